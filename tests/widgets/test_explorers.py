"""The gradient and the activation explorer in a real browser: what they show, and that what they say is true."""

import json
import re
from html import escape

import pytest
from chromium import keep, watched
from open_pages import choose, press, said, set_field

from nn_lib.widgets import slope_explorer
from nn_lib.widgets.front_end import COMPUTING, computing, screen

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("explorers")]


def slide(page, label, value):
    page.get_by_role("slider", name=label, exact=True).fill(str(value))
    page.wait_for_timeout(200)


def test_the_gradient_explorer_without_the_descent(open_page, folder):
    options = 'data-options=\'{"expression": "4 * x^2 + y^2", "x": 1, "y": 1, "descent": false}\''
    whole = (folder / "gradients.html").read_text(encoding="utf-8")
    (folder / "without.html").write_text(whole.replace("data-address", f"data-address {options}"), encoding="utf-8")
    page = open_page("without")
    assert page.evaluate("[widget.here.gradient, widget.path]") == [[8, 2], []]
    page.locator(".nn-canvas canvas").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("widget.here.gradient[0] > 8")
    told = page.locator(".nn-gradients").inner_text()
    assert "slope in the direction" in told and "descent" not in told and "learning rate" not in told


def test_the_gradient_explorer(open_page):
    page = open_page("gradients")
    assert page.evaluate("widget.here.gradient") == [3, 6]
    canvas = page.locator(".nn-canvas canvas")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("Math.abs(widget.here.gradient[0] - 3.3) < 1e-9")
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 6})
    page.wait_for_function("Math.abs(widget.here.gradient[0]) < 0.1")
    set_field(page, "f(x, y) =", "x * y + max(x, 0)")
    set_field(page, "f(x, y) =", "x / ")
    assert "is not a formula" in said(page)
    choose(page, "or", "max(x, y)")
    page.evaluate("widget.change({ x: 1, y: 1 })")
    page.wait_for_function("document.querySelector('.nn-problem').textContent.includes('max has a tie')")
    choose(page, "or", "x^2 - y^2")
    slide(page, "learning rate", -0.7)
    slide(page, "momentum", 0.5)
    slide(page, "direction", 90)
    set_field(page, "f(x, y) =", "sin(x) * cos(y)")
    page.evaluate("widget.change({ x: 0, y: 0 })")
    page.wait_for_function("String(widget.here.gradient.map((g) => g + 0)) === '1,0'")
    set_field(page, "sides reach to", 10)
    assert said(page) == ""
    set_field(page, "sides reach to", -1)
    assert "must reach" in said(page)
    assert len(page.evaluate("widget.path")) > 3
    keep(page, "gradients")
    press(page, "landscape")
    page.wait_for_timeout(200)
    keep(page, "gradients-landscape")


def test_every_example_opens_without_diverging(open_page):
    page = open_page("gradients")
    for text in page.evaluate("[...document.querySelectorAll('select[aria-label=or] option')].map((o) => o.value)"):
        if text:
            choose(page, "or", text)
            page.wait_for_function("(text) => widget.state.expression === text", arg=text)
            assert said(page) == "", text


@pytest.mark.parametrize(
    ("link", "words", "not_said"),
    [
        ("#expression=log(x) %2B y&x=0.5&learning_rate=0.9", "no value or no slope", "learning rate"),
        ("#expression=sqrt(x) %2B y^2&x=0.1&learning_rate=0.9", "no value or no slope", "learning rate"),
        ("#expression=x^3 %2B y&x=-2&learning_rate=0.5", "goes down for ever", "learning rate"),
        ("#expression=x^2 %2B y^2&learning_rate=1.9", "the learning rate is too large", "for ever"),
    ],
)
def test_where_a_descent_ends_early_the_reason_is_the_right_one(open_page, link, words, not_said):
    page = open_page("gradients", link)
    assert words in said(page) and not_said not in said(page)


@pytest.mark.parametrize("name", ["gradients", "activations"])
def test_the_explorers_states_are_links(open_page, name):
    page = open_page(name)
    if name == "gradients":
        choose(page, "or", "x * y")
        slide(page, "momentum", 0.5)
        page.wait_for_function("location.hash.includes('momentum=0.5')")
        state = "JSON.stringify([widget.state, widget.path])"
    else:
        choose(page, "activation", "relu")
        slide(page, "layers", 3)
        page.get_by_label("the point x").fill("-2")
        page.wait_for_function("location.hash.includes('x=-2')")
        state = "JSON.stringify([widget.deep, document.querySelector('.nn-activations').dataset.at])"
    again = open_page(name, page.url[page.url.index("#") :])
    assert again.evaluate(state) == page.evaluate(state)


def test_the_activation_explorer(open_page):
    page = open_page("activations")
    for name in ("tanh", "relu", "elu", "prelu", "hard_tanh"):
        choose(page, "activation", name)
        page.wait_for_function(f"document.querySelector('.nn-status').textContent.startsWith('{name}')")
    choose(page, "activation", "relu")
    page.wait_for_function("widget.deep !== null")
    slide(page, "bias", -3)
    page.wait_for_function("JSON.parse(document.querySelector('.nn-activations').dataset.dead).at(-1) > 0.5")
    page.get_by_label("the point x").fill("-2")
    assert json.loads(page.locator(".nn-activations").get_attribute("data-at")) == [-2, 0, 0]
    set_field(page, "or a formula in x", "x * sigmoid(x)")
    page.wait_for_function("document.querySelector('.nn-status').textContent.startsWith('x * sigmoid(x)')")
    set_field(page, "or a formula in x", "warp(x)")
    assert "there is no function 'warp'" in said(page)
    set_field(page, "or a formula in x", "log(x)")
    page.wait_for_function("document.querySelector('.nn-problem').textContent.includes('no finite value at x = −2')")
    choose(page, "activation", "hard_tanh")
    plot = page.locator(".nn-canvas svg").bounding_box()
    page.mouse.click(plot["x"] + (40 + 0.6 * 508) / 560 * plot["width"], plot["y"] + 100)
    page.wait_for_function("document.querySelector('.nn-problem').textContent.includes('At x = 1 hard_tanh has a cor')")
    page.get_by_label("the point x").fill("0.5")
    assert said(page) == ""
    keep(page, "activations")


@pytest.mark.parametrize(
    ("activation", "saturated", "not_saturated"),
    [
        ("sigmoid", [-5, 4.8], [-2, 0, 2]), ("tanh", [-3, 3], [-1, 1]), ("relu", [], [1, 4]),
        ("x^3", [], [0, 1, 3]), ("exp(x)", [-4.5], [0, 1, 3]), ("sin(x)", [], [-3, 0, 1.55, 3]), ("x", [], [-5, 0, 5]),
        ("softplus", [-4.5], [0, 4]), ("elu", [-4.5], [0, 1]), ("hard_tanh", [-3, 3], [0]), ("x^2", [], [0, 0.1, 3]),
    ],
)  # fmt: skip
def test_saturated_is_said_where_it_is_true(open_page, activation, saturated, not_saturated):
    page = open_page("activations", f"#activation={activation}")
    for x, expected in [*((x, True) for x in saturated), *((x, False) for x in not_saturated)]:
        page.get_by_label("the point x").fill(str(x))
        words = page.locator(".nn-status").inner_text()
        assert ("saturated, hardly" in words) == expected, (x, words)


@pytest.fixture
def among_text(running_chromium, folder):
    """A widget among the text of a page, with options as a notebook gives them."""
    opened = []

    def open_it(name, **options):
        given = escape(json.dumps(options), quote=True)
        whole = (folder / f"{name}.html").read_text(encoding="utf-8")
        place = f'<div data-widget="{name}" data-options="{given}"></div>'
        path = folder / "among_text.html"
        path.write_text(whole.replace(f'<div data-widget="{name}" data-address></div>', place), encoding="utf-8")
        page = watched(running_chromium)
        opened.append(page)
        page.goto(f"file://{path}")
        page.locator(".nn-status:has-text('Computed')").wait_for()
        return page

    yield open_it
    for page in opened:
        assert page.errors == []
        page.close()


def test_the_slope_explorer_has_one_knob(among_text):
    shown = slope_explorer("5 * x^4 + 2 * x^3 + 5", x=0.5, reach=1.25)
    page = among_text("activations", **shown.options)
    assert page.locator("input").count() == 1 and page.locator("select").count() == 0
    ends = {}
    for x, value, slope in ((1.0, 12, 26), (-1.0, 8, -14), (1.25, 21.11328125, 48.4375)):
        page.get_by_label("the point x").fill(str(x))
        assert json.loads(page.locator(".nn-activations").get_attribute("data-at")) == pytest.approx([x, value, slope])
        line = page.locator(".nn-plot-tangent")
        ends[x] = [float(line.get_attribute(name)) for name in ("x1", "y1", "x2", "y2")]
    # The tangents are as steep as they say: in the picture's own units their slopes are as 26 to -14 to 48.4.
    steep = {x: (y1 - y2) / (x2 - x1) for x, (x1, y1, x2, y2) in ends.items()}
    assert steep[1.0] / steep[-1.0] == pytest.approx(26 / -14) and steep[1.25] / steep[1.0] == pytest.approx(
        48.4375 / 26
    )
    plot = page.locator(".nn-canvas svg").bounding_box()
    page.mouse.click(plot["x"] + (40 + 0.5 * 508) / 560 * plot["width"], plot["y"] + 100)
    assert json.loads(page.locator(".nn-activations").get_attribute("data-at"))[0] == pytest.approx(0, abs=0.02)
    keep(page, "slopes")


@pytest.mark.parametrize(
    ("name", "link", "words"),
    [
        (
            "activations",
            "#layers=1e9",
            "layers must be a whole number from 1 to 12",
        ),  # else the page never answers again
        ("activations", "#scale=1e300&bias=nan", "bias must be a number from -3 to 3"),
        ("activations", "#initializer=constructor", "initializer can be he_normal"),
        ("activations", "#x=1e9", "x must be a number from -5 to 5"),
        ("gradients", "#learning_rate=-1", "learning rate must be a number"),
        ("gradients", "#momentum=2&x=1e300", "x must be a number from -1000000"),
        ("gradients", "#reach=0", "reach must be a number"),
    ],
)
def test_what_is_out_of_reach_in_a_link_is_told_and_the_rest_is_shown(open_page, name, link, words):
    page = open_page(name, link)
    assert words in said(page).replace("−", "-")
    assert "NaN" not in page.locator("main").inner_text()
    shown = (
        page.locator("[data-at]").get_attribute("data-at")
        if name == "activations"
        else page.locator("table").inner_text()
    )
    assert shown


@pytest.mark.parametrize("link", ["#expression=log(x)&x=-1", "#expression=1e308*x*x*x"])
def test_a_point_without_a_value_is_told(open_page, link):
    assert "has no finite value at (" in said(open_page("gradients", link))


@pytest.mark.parametrize("name", COMPUTING)
def test_what_computes_in_a_worker_leans_on_nothing_of_the_screen(name):
    drawn = set(re.findall(r"^(?:async )?(?:function|const|let|class) (\w+)", screen(name), re.MULTILINE))
    code = re.sub(r"//.*|\"[^\"]*\"", "", computing(name))
    # Of a text with blanks, what fills them: the rest is words.
    code = re.sub(r"`([^`]*)`", lambda text: " ".join(re.findall(r"\$\{([^}]*)\}", text[1])), code)
    own = set(re.findall(r"(?:function|const|let|class) (\w+)", code)) | set(re.findall(r"(\w+) =(?!=)", code))
    assert set(re.findall(r"(?<![.\w])(\w+)\(", code)) & drawn - own == set()
