"""For everybody: axe-core finds nothing serious, light and dark; small and large windows; colours that carry no sign
alone; no frame that keeps a hand waiting."""

import subprocess
import tarfile

import pytest
from chromium import PICTURES, keep, keep_as_others_see_it
from conftest import need_program, slow_after
from open_pages import press
from PIL import Image
from previews import SIZE, meaning_of_colours, picture_of

from nn_lib.widgets.pages import TITLES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("access")]
STATES = {
    "playground": [
        "#problem=xor&steps=400",
        "#problem=own&points=1 1 1;-1 1 0;2 1 1;-2 1 0",
        "#problem=plane&hidden=2",
    ],
    "stepper": ["#step=4", "#formula=(x * y %2B x) * max(x * y, y)&inputs=x:2,y:3&break=accumulation&step=9&predict=1"],
    "gradients": ["", "#landscape=1"],
    "activations": ["", "#activation=relu&x=0"],
}


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    npm, work = need_program("npm", "npm"), tmp_path_factory.mktemp("axe")
    subprocess.run([npm, "pack", "--silent", "axe-core@4"], cwd=work, check=True, capture_output=True)
    with tarfile.open(next(work.glob("*.tgz"))) as archive:
        return archive.extractfile("package/axe.min.js").read().decode()


def serious(page, axe):
    page.evaluate(axe)
    found = page.evaluate("axe.run().then(({ violations }) => violations)")
    return [
        f"{one['id']}: {node['html'][:120]} {node['any'][0]['message'] if node['any'] else ''}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", slow_after(1, ["light", "dark"]))
@pytest.mark.parametrize("name", TITLES)
def test_axe_finds_nothing_serious(open_page, axe, name, scheme):
    for number, link in enumerate(STATES[name]):
        page = open_page(name, link, color_scheme=scheme)
        for summary in page.locator("summary").all():
            summary.click()
        if name == "playground":
            press(page, "settings")
            press(page, "as code")
            page.locator("[data-part='wire 0:0:0']").press("Enter")
            page.wait_for_timeout(200)
        assert serious(page, axe) == []
        keep(page, f"access-{name}-{number}-{scheme}")
    if name == "playground":
        press(page, "step one example", exact=False)
        page.locator(".nn-tour:not([hidden])").wait_for()
        for _ in range(12):
            page.keyboard.press("ArrowRight")
        assert serious(page, axe) == []
        keep(page, f"access-tour-{scheme}")


@pytest.mark.parametrize("size", [(390, 844), (768, 1024), (1366, 768), (1920, 1080)])
def test_play_network_and_output_are_in_the_first_view(open_page, size):
    page = open_page("playground", "#problem=xor&steps=500", size=size)
    for selector in (".nn-main", ".nn-network", ".nn-map", ".nn-saying"):
        box = page.locator(selector).first.bounding_box()
        assert box["y"] >= 0 and box["x"] >= 0 and box["x"] + box["width"] <= size[0]
        assert box["y"] + (40 if selector == ".nn-saying" else box["height"]) <= size[1], selector
    assert page.locator(".nn-map").bounding_box()["width"] >= (280 if size[0] < 1000 else 0.23 * size[0])
    keep(page, f"playground-{size[0]}")


@pytest.mark.parametrize("name", TITLES)
def test_nothing_scrolls_sideways_on_a_phone(open_page, name):
    for link in STATES[name]:
        page = open_page(name, link, size=(390, 844), has_touch=True, is_mobile=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        keep(page, f"phone-{name}-{STATES[name].index(link)}")


@pytest.mark.parametrize("width", [390, 330])
def test_buttons_under_the_thumb_keep_their_words_on_one_line(open_page, width):
    page = open_page("playground", size=(width, 844), has_touch=True, is_mobile=True)
    boxes = [tab.bounding_box() for tab in page.locator(".nn-actions .nn-tab:visible").all()]
    assert len(boxes) == 3 and all(box["height"] <= 48 for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_card_of_a_unit_leaves_the_network_in_sight_on_a_phone(open_page):
    page = open_page("playground", size=(390, 844), has_touch=True, is_mobile=True)
    page.locator("[data-part^='unit']").nth(2).tap()
    page.locator(".nn-card:not([hidden])").wait_for()
    network, card = (page.locator(name).bounding_box() for name in (".nn-network", ".nn-card"))
    assert network["y"] > 0 and network["y"] + network["height"] <= card["y"]
    keep(page, "phone-card")


# Buttons above the network's layers that something else covers.
COVERED = """() => [...document.querySelectorAll(".nn-heads button")].filter((button) => {
  const { left, top, width, height } = button.getBoundingClientRect();
  return document.elementFromPoint(left + width / 2, top + height / 2) !== button;
}).map((button) => button.title)"""


@pytest.mark.parametrize("layers", [1, 4, 7, 12])
def test_however_many_layers_there_are_each_has_its_buttons_free(open_page, layers):
    link = f"#hidden={','.join(['8'] * layers)}&activations={','.join(['tanh'] * layers)}"
    page = open_page("playground", link, size=(390, 844))
    for width in (390, 768, 1366):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function("(width) => document.querySelector('.nn-network > svg').clientWidth < width", arg=width)
        assert page.locator(".nn-heads button").count() == 2 * layers + 1
        assert page.evaluate(COVERED) == []
    page.get_by_label("fewer units in layer 1", exact=True).click()
    page.wait_for_function("widget.config.hidden[0] === 7")


def test_canvases_follow_the_devices_pixels(open_page):
    for ratio in (1, 2):
        page = open_page("playground", "#problem=xor", device_scale_factor=ratio)
        for selector in (".nn-map", ".nn-unit canvas"):
            width, css = page.evaluate(
                "(s) => { const c = document.querySelector(s); return [c.width, c.getBoundingClientRect().width]; }",
                selector,
            )
            assert width == pytest.approx(ratio * css, abs=2 * ratio)


@pytest.mark.parametrize(
    ("name", "link"),
    [("playground", "#problem=xor&steps=600"), ("gradients", "#expression=x^2 - y^2"),
     ("activations", "#activation=relu"),
     ("stepper", "#formula=(x * y %2B x) * max(x * y, y)&inputs=x:2,y:3&break=accumulation&step=9")],
)  # fmt: skip
def test_without_colour_there_is_still_shape_dash_and_place(open_page, name, link):
    page = open_page(name, link)
    keep_as_others_see_it(page, name)
    if name == "playground":
        dashed = "getComputedStyle(document.querySelector('path.nn-below')).strokeDasharray"
        assert page.evaluate(dashed) != "none"
        left, right = page.evaluate(HATCHED)
        assert left >= 4 and right <= 1
    if name == "stepper":
        assert page.locator(".nn-circuit text:has-text('✗')").count() == 3


# In the picture of the input x, half below zero and half above: how often neighbours are far apart.
HATCHED = """(() => {
  const canvas = document.querySelector(".nn-unit canvas"), wide = canvas.width, middle = wide >> 1;
  const row = canvas.getContext("2d").getImageData(0, middle, wide, 1).data, green = (i) => row[4 * i + 1];
  const jumps = [0, 0];
  for (let i = 1; i < wide; i++) if (Math.abs(green(i) - green(i - 1)) > 12) jumps[i < middle ? 0 : 1]++;
  return jumps;
})()"""


GAPS = """async (seconds) => {
  let last = performance.now(), worst = 0;
  const end = last + 1000 * seconds;
  while (last < end) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    worst = Math.max(worst, now - last);
    last = now;
  }
  return worst;
}"""


def test_a_large_network_is_computed_beside_the_page_and_drawn_in_part(open_page):
    layers = 12
    link = f"#problem=spirals&hidden={','.join(['64'] * layers)}&activations={','.join(['relu'] * layers)}"
    page = open_page("playground", link + "&learning_rate=0.01")
    assert "beside the page" in page.locator(".nn-computed").text_content()
    for width in (1920, 1250):  # a wide window has no more to draw in a frame
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_function("(width) => document.querySelector('.nn-network > svg').clientWidth < width", arg=width)
        assert page.locator(".nn-edge").count() <= 400
        assert page.locator(".nn-unit").count() < 14 * 16 and page.locator(".nn-rest").count() >= layers
    press(page, "Train")
    worst = page.evaluate(GAPS, 2.0)
    page.wait_for_function("widget.view.epoch >= 1", timeout=60_000)
    press(page, "Pause")
    if PICTURES:
        keep(page, f"playground-large-gap-{worst:.0f}-ms")


@pytest.mark.parametrize("name", TITLES)
def test_the_picture_of_a_shared_link_shows_what_colours_mean_now(name):
    with Image.open(picture_of(name)) as image:
        assert image.size == SIZE  # what previews of links ask for
        assert image.text["colours"] == meaning_of_colours(), "python tests/widgets/previews.py takes them anew"
