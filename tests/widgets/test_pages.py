"""The pages in a real browser: every control does what it says, models train, bad input is told in place."""

import json
import re

import numpy as np
import pytest
from chromium import browser, keep, watched
from conftest import need_program

from nn_lib import ComputationalGraph, Input
from nn_lib.widgets.kernel_engine import Playground
from nn_lib.widgets.pages import write_pages

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    write_pages(folder)
    return folder


@pytest.fixture(scope="module")
def chromium():
    with browser(need_program("chromium", "chromium")) as opened:
        yield opened


@pytest.fixture
def open_page(chromium, folder):
    """Open a page by name; afterwards it must have raised nothing and fetched nothing."""
    opened = []

    def open_it(name, link=""):
        page = watched(chromium)
        page.goto(f"file://{folder}/{name}.html{link}")
        page.evaluate("window.widget.ready")
        opened.append(page)
        return page

    yield open_it
    for page in opened:
        assert page.errors == []
        assert page.requests == []
        page.close()


def view(page):
    return page.evaluate("({ ...widget.view, maps: undefined, config: widget.config })")


def press(page, name, exact=True):
    page.get_by_role("button", name=name, exact=exact).click()


def set_field(page, label, value):
    box = page.get_by_label(label, exact=True)
    box.fill(str(value))
    box.press("Enter")
    page.wait_for_timeout(150)


def choose(page, label, value):
    page.get_by_label(label, exact=True).select_option(value)
    page.wait_for_timeout(150)


def slide(page, label, value):
    page.get_by_role("slider", name=label, exact=True).fill(str(value))
    page.wait_for_timeout(400)


def said(page):
    return page.locator(".nn-problem").inner_text()


def train(page, epochs):
    press(page, "Train")
    page.wait_for_function(f"widget.view.epoch >= {epochs}", timeout=60_000)
    press(page, "Pause")
    page.wait_for_function("document.querySelector('button.nn-main').textContent === 'Train'")


@pytest.mark.parametrize(
    ("problem", "link", "epochs", "loss"),
    [
        ("xor", "#problem=xor&learning_rate=0.3", 150, 0.25),
        ("spirals", "#problem=spirals&features=x,y,sin x,sin y&hidden=8,8&optimizer=adam&learning_rate=0.01", 150, 0.2),
        ("plane", "#problem=plane&learning_rate=0.03", 20, 0.02),
    ],
)  # fmt: skip
def test_it_learns(open_page, problem, link, epochs, loss):
    page = open_page("playground", link)
    start = view(page)
    assert start["config"]["problem"] == problem and start["epoch"] == 0
    train(page, epochs)
    end = view(page)
    assert end["train"]["loss"] < loss < start["train"]["loss"]
    keep(page, f"playground-{problem}")


def test_what_is_shown_is_nn_libs_own(open_page):
    page = open_page("playground", "#problem=xor&seed=3&hidden=5&activations=relu&batch=20")
    for _ in range(3):
        press(page, "One epoch")
        page.wait_for_timeout(120)
    ours = Playground({"problem": "xor", "seed": 3, "hidden": [5], "activations": ["relu"], "batch": 20})
    expected = ours.advance(3)
    shown = view(page)
    assert shown["epoch"] == 3
    np.testing.assert_allclose(shown["weights"][0], expected["weights"][0], rtol=1e-9)
    words = page.locator(".nn-status").inner_text()
    assert "epoch 3" in words and f"{100 * expected['test']['accuracy']:.1f} % right" in words
    cells = [int(c) for c in page.locator(".nn-confusion td").all_inner_texts()]
    assert cells == [*expected["test"]["confusion"][0], *expected["test"]["confusion"][1]]


def test_every_control_of_the_playground(open_page):
    page = open_page("playground")
    for problem in ("xor", "gaussians", "spirals", "plane", "regression_gaussians", "circle"):
        choose(page, "data", problem)
        assert view(page)["config"]["problem"] == problem
    for label, value, name in (("noise", 0.25, "noise"), ("for training", 0.7, "train_ratio")):
        slide(page, label, value)
        assert view(page)["config"][name] == value
    for label, value, name in (
        ("seed", 9, "seed"),
        ("batch", 350, "batch"),  # all of the training points
        ("learning rate", 0.05, "learning_rate"),
        ("layer 1: units", 6, "hidden"),
    ):
        set_field(page, label, value)
        assert view(page)["config"][name] in (value, [value, 2])
    for label, value, name in (
        ("optimiser", "nesterov", "optimizer"), ("loss", "squared_error", "loss"),
        ("weights start", "he_uniform", "initializer"), ("regulariser", "l2", "regularizer"),
    ):  # fmt: skip
        choose(page, label, value)
        assert view(page)["config"][name] == value
    set_field(page, "momentum", 0.5)
    set_field(page, "its strength", 0.01)
    press(page, "xy")
    press(page, "+ layer")
    page.wait_for_timeout(150)
    page.locator("[aria-label='layer 3'] select").select_option("softplus")
    page.wait_for_timeout(150)
    config = view(page)["config"]
    assert (config["momentum"], config["strength"]) == (0.5, 0.01)
    assert config["features"] == ["x", "y", "xy"] and config["hidden"] == [6, 2, 3]
    assert config["activations"] == ["tanh", "tanh", "softplus"]
    press(page, "− layer")
    page.wait_for_timeout(150)
    seed = view(page)["config"]["seed"]
    press(page, "New data and weights")
    page.wait_for_timeout(150)
    assert view(page)["config"]["seed"] == seed + 1 and view(page)["config"]["hidden"] == [6, 2]
    press(page, "One epoch")
    page.wait_for_timeout(200)
    press(page, "Reset")
    page.wait_for_timeout(200)
    assert view(page)["epoch"] == 0
    choose(page, "unit pictures show", "delta")
    for name in ("show test points", "two colours only"):
        press(page, name)
        assert page.get_by_role("button", name=name).get_attribute("aria-pressed") == "true"
    page.get_by_text("The numbers behind the picture").click()
    page.locator(".nn-tables table").first.wait_for()
    assert page.locator(".nn-tables table").count() == 3
    keep(page, "playground-controls")
    # The address says it all: the same page opened from it is the same run.
    again = open_page("playground", page.url[page.url.index("#") :])
    assert view(again)["config"] == view(page)["config"]
    assert view(again)["weights"] == view(page)["weights"]


def test_one_mini_batch_shows_its_numbers(open_page):
    page = open_page("playground", "#problem=xor")
    press(page, "One mini-batch, with its numbers")
    page.locator(".nn-batch h4").wait_for()
    assert page.locator(".nn-numbers").inner_text().count("Unit 1 of layer 1") == 1
    page.get_by_role("button", name="the output: show its numbers").click()
    text = page.locator(".nn-numbers").inner_text()
    batch = Playground({"problem": "xor"}).minibatch()["batch"]
    assert f"loss {batch['loss']:.4f}"[:10] in text and "The output" in text
    h = f"{abs(batch['layers'][2]['a'][0][0]):.3f}"[:5]
    assert h in text
    assert view(page)["steps"] == 1 and view(page)["epoch"] == 0
    press(page, "One epoch")  # finishes the epoch that was begun
    page.wait_for_timeout(200)
    assert view(page)["epoch"] == 1 and view(page)["steps"] == 25


def test_a_weight_is_edited_by_keyboard(open_page):
    page = open_page("playground")
    edge = page.get_by_role("button", name=re.compile("from x to unit 1 of layer 1"))
    edge.focus()
    page.keyboard.press("Enter")
    box = page.locator(".nn-batch input")
    box.fill("nonsense")
    box.press("Enter")
    assert "must be a number" in said(page)
    box.fill("2.5")
    box.press("Enter")
    page.wait_for_function("widget.view.weights[0][0][0] === 2.5")
    assert said(page) == ""


def test_a_bias_is_edited_and_a_unit_is_shown_large(open_page):
    page = open_page("playground", "#hidden=3")
    large = "document.querySelector('canvas[width=\"320\"]').toDataURL()"
    output = page.evaluate(large)
    unit = page.get_by_role("button", name="unit 2 of layer 1: show its numbers")
    unit.hover()
    assert page.evaluate(large) != output
    page.mouse.move(5, 5)
    assert page.evaluate(large) == output
    unit.click()
    set_field(page, "bias of unit 2 of layer 1", "0.75")
    page.wait_for_function("widget.view.biases[0][1] === 0.75")
    set_field(page, "bias of unit 2 of layer 1", "much")
    assert "A bias must be a number" in said(page)


def test_a_link_can_put_controls_away(open_page):
    page = open_page("playground", "#hide=noise,seed,Reset&batch=5")
    assert not page.get_by_label("seed", exact=True).is_visible()
    assert not page.get_by_role("slider", name="noise").is_visible()
    assert not page.get_by_role("button", name="Reset").is_visible()
    assert page.get_by_label("learning rate", exact=True).is_visible()
    assert "hide=" in page.url and said(page) == ""


def test_controls_are_put_away_by_hand_and_the_link_keeps_it(open_page):
    page = open_page("playground")
    page.get_by_text("Put controls away").click()
    for name in ("noise", "features", "two colours only"):
        page.get_by_label(f"put away: {name}", exact=True).check()
    again = open_page("playground", page.url[page.url.index("#") :])
    for shown in (page, again):
        assert not shown.get_by_role("slider", name="noise").is_visible()
        assert not shown.get_by_role("button", name="sin x").is_visible()
        assert not shown.get_by_role("button", name="two colours only").is_visible()
        assert shown.get_by_role("button", name="show test points").is_visible()
    assert again.get_by_text("Put controls away").count() == 0


def test_a_link_keeps_what_is_shown(open_page):
    page = open_page("playground", "#problem=xor")
    press(page, "show test points")
    press(page, "two colours only")
    choose(page, "unit pictures show", "delta")
    again = open_page("playground", page.url[page.url.index("#") :])
    assert said(again) == ""
    for name in ("show test points", "two colours only"):
        assert again.get_by_role("button", name=name).get_attribute("aria-pressed") == "true"
    assert again.get_by_label("unit pictures show", exact=True).input_value() == "delta"
    assert again.evaluate("Boolean(widget.view.deltas)")


def test_the_learning_rate_changes_under_way(open_page):
    page = open_page("playground", "#problem=xor")
    press(page, "One epoch")
    page.wait_for_function("widget.view.epoch === 1")
    set_field(page, "learning rate", 0.02)
    press(page, "One epoch")
    page.wait_for_function("widget.view.epoch === 2")
    ours = Playground({"problem": "xor"})
    ours.advance()
    ours.pace(0.02)
    np.testing.assert_allclose(view(page)["weights"][0], ours.advance()["weights"][0], rtol=1e-9)
    assert "learning_rate=0.02" in page.url
    press(page, "As nn_lib code")
    assert page.locator("pre").inner_text().strip() == ours.code()["code"].strip()


def test_what_is_pointed_at_is_told_while_it_trains(open_page):
    page = open_page("playground", "#problem=xor")
    readout = page.locator(".nn-readout")
    page.get_by_role("button", name="unit 2 of layer 1: show its numbers").hover()
    assert "unit 2 of layer 1: bias 0, tanh" in readout.inner_text()
    press(page, "Train")
    assert page.locator(".nn-status").get_attribute("aria-live") == "off"
    page.get_by_role("button", name=re.compile("from x to unit 1 of layer 1")).focus()
    first = readout.inner_text()
    assert "weight from x to unit 1 of layer 1: " in first
    page.wait_for_function("(first) => document.querySelector('.nn-readout').textContent !== first", arg=first)
    press(page, "Pause")
    assert page.locator(".nn-status").get_attribute("aria-live") == "polite"


def test_a_unit_with_the_focus_shows_it(open_page):
    page = open_page("playground")
    page.get_by_label("layer 1: units").focus()
    while "unit 3 of layer 1: show" not in page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''"):
        page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outline")
    assert "solid 3px" in outline and "none" not in outline


def test_one_mini_batch_goes_forward_and_back_layer_by_layer(open_page):
    page = open_page("playground", "#problem=xor&hidden=3&activations=relu")
    press(page, "One mini-batch, with its numbers")
    page.locator(".nn-batch h4").wait_for()
    batch = Playground({"problem": "xor", "hidden": [3], "activations": ["relu"]}).minibatch()["batch"]
    told = []
    for _ in range(6):
        press(page, "Layer forward ▶")
        told.append(page.locator(".nn-numbers").inner_text().split("\n", 1)[1])
    ways = ["Forward, layer 1", "Forward, the output", "The loss compares", "Backward, the output"]
    for way, text in zip([*ways, "Backward, layer 1", "The step (sgd"], told, strict=True):
        assert text.startswith(way)
    assert f"over the batch of 10 is {batch['loss']:.5g}." in told[2]
    assert f"relu(a) = {batch['layers'][0]['h'][0][0]:.4g}"[:14] in told[0]
    delta = f"{batch['layers'][1]['delta'][0][0]:.5g}".replace("-", "−")
    assert f"= {delta};" in told[3]
    tags = page.locator(".nn-tag").all_text_contents()
    assert len(tags) == 4 and all("δ" in tag for tag in tags)
    assert page.get_by_role("button", name="Layer forward ▶").is_disabled()
    press(page, "◀ Layer back")
    assert page.locator(".nn-numbers").inner_text().split("\n", 1)[1] == told[4]


def test_the_loss_chart_keeps_its_beginning(open_page):
    page = open_page("playground", "#problem=xor")
    page.evaluate("widget.restart()")
    train(page, 450)
    page.wait_for_timeout(300)  # the epoch that was under way is shown, too
    points = page.locator("svg[aria-label^='training and test loss'] polyline").first.get_attribute("points").split()
    xs = [float(point.split(",")[0]) for point in points]
    gaps = np.diff(xs)[:-1]  # the last gap may be shorter
    assert xs[0] == 56 and xs[-1] > 250
    assert gaps.max() - gaps.min() <= 0.21
    assert f"epoch {view(page)['epoch']}" in page.locator("svg[aria-label^='training']").text_content()


@pytest.mark.parametrize(
    ("csv", "words"),
    [
        ("x,y,class\n1,2,1\n3,four,0\n", "line 3: “four” is not a number"),
        ("1,2,1\n2,3,1\n3,4,1\n4,5,1\n", "one class only"),
        ("1,2\n2,3\n", "2 columns"),
        ("1,2,7\n", "class must be 0 or 1"),
        ("", "at least four points"),
        ("1,2,0\n" * 1_000_000, "1,000,001 lines"),
    ],
)
def test_data_that_cannot_be_used_is_told_and_the_rest_works(open_page, csv, words):
    page = open_page("playground", "#problem=own&points=1 1 1;-1 1 0;2 1 1;-2 1 0")
    page.locator("input[type=file]").set_input_files(
        {"name": "mine.csv", "mimeType": "text/csv", "buffer": csv.encode()}
    )
    page.locator(".nn-problem:not([hidden])").wait_for()
    assert words in said(page)
    press(page, "One epoch")
    page.wait_for_function("widget.view.epoch === 1")


def test_own_data_typed_and_drawn(open_page):
    page = open_page("playground")
    choose(page, "data", "own")
    before = len(view(page)["config"]["points"])
    page.locator(".nn-playground > .nn-columns canvas[width='320']").click(position={"x": 40, "y": 60})
    page.wait_for_function(f"widget.config.points.length === {before + 1}")
    page.locator("textarea").fill("x;y;class\n" + "".join(f"{i % 6};{i % 3};{i % 2}\n" for i in range(12)))
    press(page, "Use these points")
    page.wait_for_function("widget.config.points.length === 12")
    train(page, 5)
    press(page, "As nn_lib code")
    assert "np.array([[0, 0, 0], [1, 1, 1]" in page.locator("pre").inner_text()


def test_own_data_drawn_from_nothing(open_page):
    page = open_page("playground")
    choose(page, "data", "own")
    press(page, "Draw from nothing")
    canvas = page.locator("canvas[width='320']")

    def stroke(*places):
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + places[0][0], box["y"] + places[0][1])
        page.mouse.down()
        for x, y in places[1:]:
            page.mouse.move(box["x"] + x, box["y"] + y, steps=10)
        page.mouse.up()
        page.wait_for_timeout(150)

    stroke((40, 40), (240, 60))
    assert "points drawn" in said(page) and len(view(page)["config"]["points"]) == 60
    choose(page, "class", "0")
    stroke((40, 200), (240, 200))
    points = np.array(view(page)["config"]["points"])
    assert said(page) == "" and 12 < len(points) < 50
    assert set(points[points[:, 1] > 1][:, 2]) == {1} and set(points[points[:, 1] < 0][:, 2]) == {0}


def test_points_from_far_away_are_moved_into_the_picture(open_page):
    page = open_page("playground", "#problem=own&points=1 1 1;-1 1 0;2 1 1;-2 1 0")
    rows = "".join(f'"{1000 + i}",{-0.25 * i},{i % 2}\n' for i in range(21))
    page.locator("input[type=file]").set_input_files(
        {"name": "far.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    page.wait_for_function("widget.config.points.length === 21")
    assert "x = (your x − 1010) / 2, y = (your y + 2.5) / 0.5" in said(page)
    points = np.array(view(page)["config"]["points"])
    np.testing.assert_allclose(points[:, :2], np.stack([np.linspace(-5, 5, 21), np.linspace(5, -5, 21)], axis=1))
    again = open_page("playground", page.url[page.url.index("#") :])
    assert view(again)["config"]["points"] == points.tolist()  # to the last digit


def test_four_points_and_the_smallest_share_still_train(open_page):
    page = open_page("playground", "#problem=own&train_ratio=0.1&points=1 1 1;-1 1 0;2 1 1;-2 1 0")
    press(page, "One epoch")
    page.wait_for_function("widget.view.epoch === 1")
    assert np.isfinite(view(page)["train"]["loss"])


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("#learning_rate=fast", "learning_rate must be a number"),
        ("#problem=doughnut", "problem cannot be “doughnut”"),
        ("#hidden=4,-2", "hidden must be"),
        ("#noise=", "noise must be"),
        ("#%E0%A4%A", "could not be read"),
        ("#wings=2", "there is no setting “wings”"),
        ("#points=1 2 x&problem=own", "not a number"),
        ("#activations=tanh,warp", "activations must be"),
        ("#activations=toString", "activations must be"),
        ("#features=x,constructor", "features must be"),
        ("#__proto__=1", "there is no setting “__proto__”"),
        ("#seed=%", "“%” is damaged"),
        ("#problem=own", "your own points are not in it"),
        ("#show=everything", "show can be out of"),
    ],
)
def test_a_damaged_link_is_told_and_what_is_sound_is_kept(open_page, link, words):
    page = open_page("playground", link + "&batch=7")
    assert words in said(page)
    assert view(page)["config"]["batch"] == 7
    press(page, "One epoch")
    page.wait_for_function("widget.view.epoch === 1")


def test_divergence_stops_and_says_what_to_do(open_page):
    page = open_page("playground", "#problem=plane&learning_rate=50&activations=linear,linear")
    press(page, "Train")
    page.wait_for_function("document.querySelector('.nn-problem').textContent.includes('too large')")
    assert "try a tenth" in said(page)
    set_field(page, "learning rate", 0.01)
    train(page, 3)
    assert said(page) == "" and view(page)["train"]["loss"] < 10
    set_field(page, "learning rate", "-1")
    assert "learning_rate must be a number from" in said(page)


def test_a_long_run_does_not_grow(open_page):
    page = open_page("playground", "#problem=xor")
    session = page.context.new_cdp_session(page)

    def used():
        for _ in range(3):
            session.send("HeapProfiler.collectGarbage")
        return page.evaluate("performance.memory.usedJSHeapSize") / 2**20

    train(page, 450)
    early, nodes = used(), page.evaluate("document.querySelectorAll('*').length")
    train(page, 950)
    assert used() < early + 3
    assert page.evaluate("document.querySelectorAll('*').length") < nodes + 20


def tape(page):
    return page.evaluate("widget.tape")


def test_the_stepper_steps_by_button_key_and_scrub_bar(open_page):
    page = open_page("stepper")
    assert "Step 0" in page.locator(".nn-status").inner_text()
    assert page.locator(".nn-gradient").count() == 0
    press(page, "Forward ▶")
    assert page.locator(".nn-value").all_text_contents() == ["−2", "5", "−4", "3"]
    page.locator("svg").first.press("ArrowRight")
    assert page.evaluate("widget.step") == 2
    page.get_by_label("step on the tape").fill("5")
    assert page.evaluate("widget.step") == 5
    assert "agrees with its finite difference" in page.locator(".nn-status").inner_text()
    x, y, z = Input("x"), Input("y"), Input("z")
    graph = ComputationalGraph((x + y) * z)
    graph.forward(x=-2.0, y=5.0, z=-4.0)
    gradients = graph.backward()
    shown = {n["name"]: n["gradient"] for n in tape(page)["nodes"] if n["kind"] == "input"}
    assert shown == gradients
    assert "upstream × local = downstream:  −4 × 1 = −4" in page.locator(".nn-numbers").inner_text()
    press(page, "◀ Back")
    assert page.evaluate("widget.step") == 4
    press(page, "Reset")
    press(page, "Play")
    page.wait_for_function("widget.step === 2")
    press(page, "Pause")
    page.get_by_text("The tape as a table").click()
    page.locator("details table").wait_for()
    assert page.locator("details tr").count() == 6
    keep(page, "stepper")


def test_editing_an_input_changes_everything(open_page):
    page = open_page("stepper")
    press(page, "To the end")
    set_field(page, "z", 7)
    assert [n["gradient"] for n in tape(page)["nodes"]][:3] == [7, 7, 3]
    set_field(page, "z", "seven")
    assert "z must be a number" in said(page)
    set_field(page, "formula", "exp(a) * a + b")
    page.wait_for_function("widget.tape.nodes.some((n) => n.symbol === 'exp')")
    assert said(page) == ""


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("x +", "is not a formula"), ("x $ y", "is not a formula"), ("tan(x)", "there is no function 'tan'"),
        ("2 + 3", "is a number"), ("exp(x, y)", "exp takes 1 input"), ("x^y", "exponent must be a number"),
        ("x / 0", "divides by zero"), ("log(-x - 5)", "needs positive values"), ("exp", "exp is a function"),
        ("x * 9^9^9^9", "too large, or not real"), ("x * (-8)^0.5", "too large, or not real"),
        ("x + exp(1000)", "too large, or not real"), ("constructor(x)", "there is no function 'constructor'"),
    ],
)  # fmt: skip
def test_a_formula_that_cannot_be_is_told_and_the_old_one_stays(open_page, formula, words):
    page = open_page("stepper")
    set_field(page, "formula", formula)
    page.locator(".nn-problem:not([hidden])").wait_for()
    assert words in said(page)
    press(page, "To the end")
    assert tape(page)["nodes"][-1]["value"] == -12


@pytest.mark.parametrize("how", ["accumulation", "order", "stale"])
def test_breaking_it_fails_on_the_graph(open_page, how):
    page = open_page("stepper")
    choose(page, "or an example", "(x * y + x) * max(x * y, y)")
    press(page, "To the end")
    assert "agrees" in page.locator(".nn-status").inner_text()
    choose(page, "break it", how)
    assert "disagree" in page.locator(".nn-status").inner_text()
    assert page.locator("text=✗").count() > 0
    keep(page, f"stepper-broken-{how}")


def test_predict_first_asks_before_it_shows(open_page):
    page = open_page("stepper")
    press(page, "predict first")
    for _ in range(3):
        press(page, "Forward ▶")
    press(page, "Forward ▶")
    assert "Predict first" in page.locator(".nn-detail").inner_text()
    assert page.evaluate("widget.step") == 3
    page.keyboard.press("Enter")  # "negative" has the focus, and is right
    assert "Right: the gate sends −4" in page.locator(".nn-detail").inner_text()
    assert page.evaluate("widget.step") == 4


def test_predict_first_takes_a_value_too(open_page):
    page = open_page("stepper")
    press(page, "predict first")
    page.get_by_label("step on the tape").fill("3")
    press(page, "Forward ▶")
    guess = page.get_by_label("or its value")
    guess.fill("much")
    guess.press("Enter")
    assert "A guess must be a number" in said(page)
    guess.fill("-4.1")
    guess.press("Enter")
    assert "Right: the gate sends −4" in page.locator(".nn-detail").inner_text()


def test_a_finite_difference_stands_beside_every_step_back(open_page):
    page = open_page("stepper")
    choose(page, "or an example", "(x * y + x) * max(x * y, y)")
    scrub = page.get_by_label("step on the tape")
    scrub.fill("7")
    words = page.locator(".nn-numbers").inner_text()
    assert "upstream 8; finite difference 8" in words and "more is to come to it on other paths" in words
    scrub.fill("8")
    words = page.locator(".nn-numbers").inner_text()
    assert "6 × 1 = 6  to [2]; with its other paths 14, finite difference 14" in words
    assert "value 2, gradient" in " ".join(page.locator(".nn-wire title").all_text_contents())


def test_on_a_small_screen_nothing_is_cut_off_and_a_finger_drags(chromium, folder):
    page = watched(chromium, has_touch=True)
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ("playground", "stepper", "gradients", "activations"):
        page.goto(f"file://{folder}/{name}.html")
        page.evaluate("window.widget.ready")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("getComputedStyle(document.querySelector('.nn-activations > svg')).touchAction") == "none"
    assert page.errors == []
    page.close()


def test_the_gradient_explorer(open_page):
    page = open_page("gradients")
    assert page.evaluate("widget.here.gradient") == [3, 6]
    canvas = page.locator("canvas").first
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("Math.abs(widget.here.gradient[0] - 3.3) < 1e-9")
    canvas.click(position={"x": 192, "y": 64})
    page.wait_for_function("Math.abs(widget.here.gradient[0]) < 0.1")
    set_field(page, "f(x, y) =", "x * y + max(x, 0)")
    set_field(page, "f(x, y) =", "x / ")
    assert "is not a formula" in said(page)
    choose(page, "or", "max(x, y)")
    page.evaluate("widget.change({ x: 1, y: 1 })")
    assert "max has a tie" in said(page)
    choose(page, "or", "x^2 - y^2")
    slide(page, "learning rate", 0.2)
    slide(page, "momentum", 0.5)
    slide(page, "direction", 90)
    set_field(page, "f(x, y) =", "sin(x) * cos(y)")
    page.evaluate("widget.change({ x: 0, y: 0 })")
    assert page.evaluate("widget.here.gradient.map((g) => g + 0)") == [1, 0]
    set_field(page, "sides reach to", 10)
    assert said(page) == ""
    set_field(page, "sides reach to", -1)
    assert "must reach" in said(page)
    assert len(page.evaluate("widget.path")) > 3
    keep(page, "gradients")


def test_the_activation_explorer(open_page):
    page = open_page("activations")
    for name in ("tanh", "relu", "elu", "prelu", "hard_tanh"):
        choose(page, "activation", name)
        page.wait_for_function(f"document.querySelector('.nn-status').textContent.startsWith('{name}')")
    choose(page, "activation", "relu")
    page.wait_for_function("widget.deep !== null")
    slide(page, "bias", -3)
    assert json.loads(page.locator(".nn-activations").get_attribute("data-dead"))[-1] > 0.5
    page.get_by_label("the point x").fill("-2")
    assert json.loads(page.locator(".nn-activations").get_attribute("data-at")) == [-2, 0, 0]
    set_field(page, "or a formula in x", "x * sigmoid(x)")
    page.wait_for_function("document.querySelector('.nn-status').textContent.startsWith('x * sigmoid(x)')")
    set_field(page, "or a formula in x", "warp(x)")
    assert "there is no function 'warp'" in said(page)
    set_field(page, "or a formula in x", "log(x)")
    assert "has no finite value at x = −2" in said(page)
    choose(page, "activation", "hard_tanh")
    plot = page.locator(".nn-activations > svg").bounding_box()
    page.mouse.click(plot["x"] + 30 + 6 * 38, plot["y"] + 100)
    assert "At x = 1 hard_tanh has a corner" in said(page)
    page.get_by_label("the point x").fill("0.5")
    assert said(page) == ""
    keep(page, "activations")


# ruff: noqa: E501  (a script in a string)
CONTRAST = """() => {
  const light = (rgb) => { const [r, g, b] = rgb.map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const worst = [];
  for (const node of document.querySelectorAll("body *")) {
    const words = [...node.childNodes].filter((n) => n.nodeType === 3 && n.textContent.trim());
    if (!words.length || !node.getClientRects().length || node.disabled || ["SCRIPT", "STYLE", "TITLE", "OPTION"].includes(node.tagName.toUpperCase())) continue;
    const style = getComputedStyle(node), ink = parse(node instanceof SVGElement ? style.fill : style.color);
    let under = node, back = [255, 255, 255];
    for (; under; under = under.parentElement) { const c = parse(getComputedStyle(under).backgroundColor); if (c.length < 4 || c[3] > 0) { back = c.slice(0, 3); break; } }
    const [a, b] = [light(ink.slice(0, 3)), light(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) worst.push(`${ratio.toFixed(2)}: ${words[0].textContent.trim().slice(0, 40)}`);
  }
  return worst;
}"""


@pytest.mark.parametrize("name", ["playground", "stepper", "gradients", "activations"])
def test_readable_and_reachable_by_keyboard(open_page, name):
    page = open_page(name)
    if name == "stepper":
        press(page, "To the end")
    assert page.evaluate(CONTRAST) == []
    unnamed = page.evaluate(
        "[...document.querySelectorAll('button, input, select, textarea, canvas, [role=img], [role=button]')]"
        ".filter((n) => !(n.getAttribute('aria-label') || n.textContent.trim() || n.labels?.[0]?.textContent.trim()))"
        ".map((n) => n.outerHTML.slice(0, 90))"
    )
    assert unnamed == []
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.textContent || document.activeElement.type || ''").strip()[:30]
        )
    wanted = {"playground": "Train", "stepper": "Forward ▶", "gradients": "range", "activations": "range"}[name]
    assert wanted in reached
