"""What a hand does on a widget's page, and what the page then says: words for the tests."""


def settled(page):
    """What was asked for is there."""
    page.wait_for_timeout(150)
    page.wait_for_function("!window.widget.busy")


def view(page):
    return page.evaluate("({ ...widget.view, maps: undefined, config: widget.config })")


def press(page, name, exact=True):
    page.get_by_role("button", name=name, exact=exact).click()


def set_field(page, label, value):
    box = page.get_by_label(label, exact=True)
    box.fill(str(value))
    box.press("Enter")
    settled(page)


def choose(page, label, value):
    page.get_by_label(label, exact=True).select_option(value)
    settled(page)


def said(page):
    return page.locator(".nn-problem").inner_text()


def train(page, epochs):
    press(page, "Train")
    page.wait_for_function(f"widget.view.epoch >= {epochs}", timeout=60_000)
    press(page, "Pause")
    page.wait_for_function("!widget.playing")


def drag(page, locator, start, end, notches=10, pause=100):
    """A hand's drag along a slider or a picture: down, so many moves, up. `start` and `end` are shares of the width."""
    box = locator.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    for notch in range(1, notches + 1):
        page.mouse.move(box["x"] + (start + (end - start) * notch / notches) * box["width"], y)
        page.wait_for_timeout(pause)
    page.mouse.up()
    page.wait_for_timeout(200)


def focused(page):
    return page.evaluate(
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()"
    )
