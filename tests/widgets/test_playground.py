"""The playground in a real browser: every control does what it says, models train, bad input is told in place."""

import re

import numpy as np
import pytest
from chromium import in_page, keep
from conftest import slow_after
from open_pages import choose, press, said, set_field, settled, train, view

from nn_lib.widgets.kernel_engine import Playground
from nn_lib.widgets.settings import checked

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("playground")]


def data(page, name):
    page.get_by_role("radio", name=name, exact=True).check()
    settled(page)


@pytest.mark.parametrize(
    ("problem", "link", "epochs", "loss"),
    slow_after(1, [
        ("xor", "#problem=xor&learning_rate=0.3", 150, 0.25),
        ("spirals", "#problem=spirals&features=x,y,sin x,sin y&hidden=8,8&optimizer=adam&learning_rate=0.01", 150, 0.2),
        ("plane", "#problem=plane&learning_rate=0.03", 20, 0.02),
    ]),
)  # fmt: skip
def test_it_learns(open_page, problem, link, epochs, loss):
    page = open_page("playground", link)
    start = view(page)
    assert start["config"]["problem"] == problem and start["epoch"] == 0
    train(page, epochs)
    end = view(page)
    assert end["train"]["loss"] < loss < start["train"]["loss"]
    keep(page, f"playground-{problem}")


@pytest.mark.slow
def test_the_default_network_learns_xor_from_nearly_every_start():
    reached = 0
    for seed in range(10):
        run = Playground({"problem": "xor", "seed": seed})
        reached += run.advance(150)["train"]["accuracy"] >= 0.95
    assert reached >= 9


def test_a_first_visit_sees_a_network_learn_and_is_told_what_to_watch(open_page):
    page = open_page("playground", "#")
    page.wait_for_function("widget.view.epoch > 3")
    assert page.get_by_role("button", name="Pause").is_visible()
    assert page.locator(".nn-saying").first.inner_text().startswith("Watch the small squares.")
    page.wait_for_function("!widget.playing", timeout=60_000)  # it ends by itself
    page.wait_for_timeout(300)
    assert view(page)["train"]["accuracy"] > 0.95
    assert "right after" in page.locator(".nn-saying").first.inner_text()


def test_a_visitor_who_wants_little_motion_presses_play_themselves(open_page):
    page = open_page("playground", "#", reduced_motion="reduce")
    page.wait_for_timeout(400)
    assert view(page)["epoch"] == 0 and "Press ▶" in page.locator(".nn-saying").first.inner_text()


@pytest.mark.parametrize(
    ("link", "title"),
    slow_after(
        2,
        [
            ("#problem=xor&hidden=4&activations=linear", "A straight line is all it has"),
            ("#problem=xor&initializer=zeros", "All units are the same"),
            ("#problem=spirals&hidden=2&activations=tanh", "Too few edges for a spiral"),
            ("#problem=xor&seed=3&hidden=2&activations=tanh", "Too few edges for this shape"),
            ("#problem=xor&seed=1&hidden=4,2", "Stuck"),
            ("#problem=gaussians&noise=0.5&hidden=1&activations=tanh", "This may be all there is to learn"),
        ],
    ),
)
def test_where_training_is_stuck_the_page_says_so_and_why(open_page, link, title):
    page = open_page("playground", link)
    press(page, "Train")
    page.locator(".nn-stuck").wait_for(timeout=60_000)
    assert title in page.locator(".nn-stuck").inner_text()
    page.locator(".nn-say-actions button").first.click()  # what is to be changed is changed by a button
    page.wait_for_function("widget.playing && widget.view.epoch > 0 && widget.view.epoch < 60")


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
    assert "epoch 3" in words and f"test {100 * expected['test']['accuracy']:.1f} %" in words
    page.get_by_text("which mistakes it makes").click()
    cells = [int(c) for c in page.locator(".nn-confusion tr + tr td").all_inner_texts()]
    assert cells == [*expected["test"]["confusion"][0], *expected["test"]["confusion"][1]]


def test_every_control_of_the_playground(open_page):
    page = open_page("playground")
    for name, problem in (
        ("xor", "xor"), ("gauss", "gaussians"), ("spiral", "spirals"), ("slope", "plane"),
        ("hills", "regression_gaussians"), ("circle", "circle"),
    ):  # fmt: skip
        data(page, name)
        assert view(page)["config"]["problem"] == problem
    press(page, "settings")
    for label, value, name in (("noise", 0.25, "noise"), ("for training", 0.7, "train_ratio")):
        page.get_by_role("slider", name=label, exact=True).fill(str(value))
        page.wait_for_function(f"widget.config.{name} === {value}")
    for label, value, name in (("seed", 9, "seed"), ("batch", 350, "batch"), ("learning rate", 0.05, "learning_rate")):
        set_field(page, label, value)  # 350: all of the training points
        assert view(page)["config"][name] == value
    for label, value, name in (
        ("optimiser", "nesterov", "optimizer"), ("loss", "squared_error", "loss"),
        ("weights start", "he_uniform", "initializer"), ("regulariser", "l2", "regularizer"),
    ):  # fmt: skip
        choose(page, label, value)
        assert view(page)["config"][name] == value
    set_field(page, "momentum", 0.5)
    set_field(page, "its strength", 0.01)
    press(page, "xy")
    page.wait_for_function("widget.config.features.length === 3")
    press(page, "settings")  # away with what covers the drawing
    press(page, "one more layer")
    page.wait_for_function("widget.config.hidden.length === 3")
    press(page, "more units in layer 1")
    page.wait_for_function("widget.config.hidden[0] === 5")
    config = view(page)["config"]
    assert (config["momentum"], config["strength"]) == (0.5, 0.01)
    assert config["features"] == ["x", "y", "xy"] and config["hidden"] == [5, 3, 3]
    choose(page, "activation", "softplus")
    assert view(page)["config"]["activations"] == ["softplus"] * 3
    for units in (2, 1, 0):  # the last unit takes its layer along
        press(page, "fewer units in layer 3")
        page.wait_for_function(f"(widget.config.hidden[2] ?? 0) === {units}")
    seed = view(page)["config"]["seed"]
    press(page, "settings")
    press(page, "New data and weights")
    page.wait_for_function(f"widget.config.seed === {seed + 1}")
    assert view(page)["config"]["hidden"] == [5, 3]
    press(page, "One epoch")
    page.wait_for_function("widget.view.epoch === 1")
    press(page, "Reset")
    page.wait_for_function("widget.view.epoch === 0")
    choose(page, "unit pictures show", "delta")
    for name in ("test points", "two colours"):
        press(page, name)
        assert page.get_by_role("button", name=name).get_attribute("aria-pressed") == "true"
    page.get_by_text("The numbers behind the picture").click()
    page.locator(".nn-tables table").first.wait_for()
    assert page.locator(".nn-tables table").count() == 3
    page.wait_for_timeout(300)
    keep(page, "playground-controls")
    # The address says it all: the same page opened from it is the same run.
    again = open_page("playground", page.url[page.url.index("#") :])
    assert view(again)["config"] == view(page)["config"]
    assert view(again)["weights"] == view(page)["weights"]


# ---- One example, forward and back.


def test_one_example_goes_forward_and_back_in_the_drawing(open_page):
    page = open_page("playground", "#problem=xor&hidden=3,2&activations=relu,relu")
    press(page, "step one example", exact=False)
    page.locator(".nn-tour:not([hidden])").wait_for()
    batch = Playground({"problem": "xor", "hidden": [3, 2], "activations": ["relu"] * 2}).minibatch()["batch"]
    last = batch["layers"][2]
    p = 1 / (1 + np.exp(-np.ravel(last["h"])))
    example = int(np.argmax(np.abs(p - batch["targets"])))  # the one the network gets most wrong
    steps = int(re.search(r"of (\d+)", page.locator(".nn-tour").inner_text())[1])
    assert steps == 1 + 6 + 1 + 12 + 1
    told = []
    for _ in range(steps):
        told.append(page.locator(".nn-tour").inner_text())
        if len(told) == 2:
            assert page.locator("[data-part].nn-lit").count() == 1 + 2  # a unit and the wires into it
        if page.get_by_role("button", name="next ▸", exact=True).is_enabled():
            press(page, "next ▸")
    said = "\n".join(told).replace("−", "-")
    first = batch["layers"][0]
    assert f"relu(a) = {first['h'][example][0]:.4g}"[:14] in told[1]
    y = batch["targets"][example]
    assert f"p - y = {p[example]:.3g} - {y:.0f} = {p[example] - y:.3g}" in said
    assert f"The batch's loss, {batch['loss']:.3g}, is a mean over 10" in said
    paths = [batch["layers"][1]["W"][o][0] * batch["layers"][1]["delta"][example][o] for o in range(2)]
    forks = next(t for t in told if "Backward: unit 1 of layer 1" in t).replace("−", "-")
    assert f"= {sum(paths):.3g}" in forks and "forks into 2 wires" in forks and "δ = upstream × local" in forks
    weights = next(t for t in told if "The weights into unit 1 of layer 1" in t).replace("−", "-")
    assert f"{first['dW'][0][0]:.4g}" in weights and "measured" in weights
    assert "−0.1 × gradient" in told[-1] and view(page)["steps"] == 1
    press(page, "one step back")
    assert page.locator(".nn-tour").inner_text() == told[-2]
    keep(page, "playground-tour")


def test_the_tour_marks_its_example_and_batch_and_ends_when_training_goes_on(open_page):
    page = open_page("playground", "#problem=xor")
    plain = page.evaluate("document.querySelector('.nn-map').toDataURL()")
    press(page, "step one example", exact=False)
    page.locator(".nn-tour:not([hidden])").wait_for()
    assert page.evaluate("document.querySelector('.nn-map').toDataURL()") != plain
    page.keyboard.press("ArrowRight")
    assert "step 2 of" in page.locator(".nn-tour").inner_text()
    press(page, "next layer ▸▸")
    assert "unit 1 of layer 2" in page.locator(".nn-tour").inner_text()
    assert page.locator(".nn-chip.nn-value").count() >= 4
    press(page, "One epoch")  # finishes the epoch that was begun
    page.wait_for_function("widget.view.epoch === 1")
    assert view(page)["steps"] == 25 and page.locator(".nn-tour").is_hidden()
    assert page.locator(".nn-lit, .nn-chip").count() == 0


# ---- Cards on wires and units.


def test_a_weight_is_reached_by_keyboard_read_and_changed(open_page):
    page = open_page("playground")
    first = page.locator("[data-unit='0:0']")
    first.focus()
    page.keyboard.press("ArrowRight")  # from the input x to its first wire
    assert "from x to unit 1 of layer 1" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("ArrowDown")
    assert "from x to unit 2 of layer 1" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    card = page.locator(".nn-card")
    box = card.get_by_label("weight from x to unit 2 of layer 1", exact=True)
    box.fill("nonsense")
    box.press("Enter")
    assert "must be a number" in said(page)
    box.fill("2.5")
    box.press("Enter")
    page.wait_for_function("widget.view.weights[0][1][0] === 2.5")
    assert said(page) == ""
    engine = Playground({})
    engine.edit(0, 1, 0, 2.5)
    probe = engine.probe(0, 1, 0)
    page.wait_for_function("document.querySelector('.nn-card-gradient').textContent.includes('gradient')")
    page.wait_for_timeout(200)
    words = card.inner_text().replace("−", "-")
    assert float(re.search(r"dL/dw = (\S+)", words)[1]) == pytest.approx(probe["gradient"], rel=0.01)
    assert "nudge" in words
    page.keyboard.press("Escape")
    assert card.is_hidden()
    assert "from x to unit 2 of layer 1" in page.evaluate("document.activeElement.getAttribute('aria-label')")


def test_a_card_opens_where_it_was_pressed_and_a_bias_is_changed(open_page):
    page = open_page("playground", "#hidden=3&activations=tanh")
    unit = page.locator("[data-unit='1:1']")
    unit.click()
    card = page.locator(".nn-card")
    here, there = unit.bounding_box(), card.bounding_box()
    assert abs(there["x"] - here["x"]) < 250 and abs(there["y"] - here["y"]) < 350
    set_field(page, "bias of unit 2 of layer 1", "0.75")
    page.wait_for_function("widget.view.biases[0][1] === 0.75")
    set_field(page, "bias of unit 2 of layer 1", "much")
    assert "A bias must be a number" in said(page)
    choose(page, "activation of layer 1", "elu")
    page.wait_for_function("widget.config.activations[0] === 'elu'")
    assert card.is_visible()  # the unit is still there
    card.get_by_role("button", name=re.compile("^x ")).click()
    assert "from x to unit 2 of layer 1" in card.inner_text()


def test_a_unit_that_is_pointed_at_is_shown_large(open_page):
    page = open_page("playground", "#hidden=3&activations=tanh")
    large = "document.querySelector('.nn-map').toDataURL()"
    output = page.evaluate(large)
    page.locator("[data-unit='1:1']").hover()
    assert page.evaluate(large) != output
    assert "unit 2 of layer 1" in page.locator(".nn-map-name").inner_text()
    assert "bias 0, tanh" in page.locator(".nn-readout").inner_text()
    page.mouse.move(5, 5)
    assert page.evaluate(large) == output


def test_what_is_pointed_at_is_told_while_it_trains(open_page):
    page = open_page("playground", "#problem=xor")
    readout = page.locator(".nn-readout")
    press(page, "Train")
    assert page.locator(".nn-status").get_attribute("aria-live") == "off"
    page.locator("[data-part='wire 0:0:0']").focus()
    first = readout.inner_text()
    assert "weight from x to unit 1 of layer 1: " in first
    page.wait_for_function("(first) => document.querySelector('.nn-readout').textContent !== first", arg=first)
    press(page, "Pause")
    assert page.locator(".nn-status").get_attribute("aria-live") == "polite"


# ---- Links.


def test_a_link_can_put_controls_away(open_page):
    page = open_page("playground", "#hide=noise,seed,Reset&batch=5")
    press(page, "settings")
    assert not page.get_by_label("seed", exact=True).is_visible()
    assert not page.get_by_role("slider", name="noise").is_visible()
    assert not page.get_by_role("button", name="Reset").is_visible()
    assert page.get_by_label("learning rate", exact=True).is_visible()
    assert "hide=" in page.url and said(page) == ""


def test_controls_are_put_away_by_hand_and_the_link_keeps_it(open_page):
    page = open_page("playground")
    page.get_by_text("Put controls away").click()
    for name in ("noise", "features", "two colours"):
        page.get_by_label(f"put away: {name}", exact=True).check()
    page.wait_for_function("location.hash.includes('hide=')")
    again = open_page("playground", page.url[page.url.index("#") :])
    for shown in (page, again):
        press(shown, "settings")
        assert not shown.get_by_role("slider", name="noise").is_visible()
        assert not shown.get_by_role("button", name="sin x").is_visible()
        assert not shown.get_by_role("button", name="two colours").is_visible()
        assert shown.get_by_role("button", name="test points").is_visible()
    assert again.get_by_text("Put controls away").count() == 0


def test_a_link_keeps_what_is_shown(open_page):
    page = open_page("playground", "#problem=xor")
    press(page, "settings")
    press(page, "test points")
    press(page, "two colours")
    choose(page, "unit pictures show", "delta")
    page.wait_for_function("location.hash.includes('gradients')")
    again = open_page("playground", page.url[page.url.index("#") :])
    assert said(again) == ""
    press(again, "settings")
    for name in ("test points", "two colours"):
        assert again.get_by_role("button", name=name).get_attribute("aria-pressed") == "true"
    assert again.get_by_label("unit pictures show", exact=True).input_value() == "delta"
    assert again.evaluate("Boolean(widget.view.deltas)")


def test_a_link_holds_how_far_it_has_trained_and_what_a_hand_changed(open_page):
    page = open_page("playground", "#problem=xor&seed=5")
    train(page, 4)
    page.locator("[data-part='wire 0:1:0']").press("Enter")
    page.locator(".nn-card").get_by_label("weight from x to unit 2 of layer 1", exact=True).fill("-1.25")
    page.keyboard.press("Enter")
    page.wait_for_function("widget.view.weights[0][1][0] === -1.25")
    press(page, "One epoch")
    set_field(page, "learning rate", 0.02)
    press(page, "One epoch")
    press(page, "step one example", exact=False)  # an epoch that is not finished
    page.locator(".nn-tour:not([hidden])").wait_for()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press(page, "copy link")
    page.locator(".nn-share:not([hidden])").wait_for()
    assert "opens it sees this very state" in page.locator(".nn-share").inner_text()
    assert "steps=" in page.url and "changes=" in page.url
    again = open_page("playground", page.url[page.url.index("#") :])
    mine, theirs = view(page), view(again)
    assert theirs["steps"] == mine["steps"] and theirs["weights"] == mine["weights"]
    assert theirs["config"]["learning_rate"] == 0.02
    assert again.url == page.url


def test_a_link_that_would_be_too_long_is_refused_with_a_word(open_page):
    page = open_page("playground", "#problem=own&points=1 1 1;-1 1 0;2 1 1;-2 1 0")
    rng = np.random.default_rng(0)
    rows = "".join(f"{x:.6f},{y:.6f},{i % 2}\n" for i, (x, y) in enumerate(rng.uniform(-5, 5, (300, 2))))
    page.locator("textarea").fill(rows)
    press(page, "Use these points")
    page.wait_for_function("widget.config.points.length === 300")
    page.wait_for_function("location.hash.includes('packed=')")
    again = open_page("playground", page.url[page.url.index("#") :])
    assert view(again)["config"]["points"] == view(page)["config"]["points"]  # to the last digit
    rows = "".join(f"{x:.9f},{y:.9f},{i % 2}\n" for i, (x, y) in enumerate(rng.uniform(-5, 5, (3000, 2))))
    page.locator("input[type=file]").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.wait_for_function("widget.config.points.length === 3000")
    press(page, "copy link")
    page.locator(".nn-share:not([hidden])").wait_for()
    assert "Share them as a CSV file" in page.locator(".nn-share").inner_text()


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
    assert "rate%3D0.02" in page.url
    press(page, "as code")
    for kind, name in (("code", "nn_lib"), ("numpy", "NumPy alone")):
        press(page, name)
        page.locator(f".nn-export[data-kind={kind}]").wait_for()
        assert page.locator("pre").inner_text().strip() == ours.code()[kind].strip()


@pytest.mark.slow
def test_the_loss_chart_keeps_its_beginning(open_page):
    page = open_page("playground", "#problem=xor")
    train(page, 450)
    page.wait_for_timeout(300)  # the epoch that was under way is shown, too
    chart = page.locator("svg[aria-label^='training and test loss']")
    xs = [float(point.split(",")[0]) for point in chart.locator("polyline").first.get_attribute("points").split()]
    gaps = np.diff(xs)[:-1]  # the last gap may be shorter
    assert xs[0] == 48 and xs[-1] > 250
    assert gaps.max() - gaps.min() <= 0.21
    assert f"epoch {view(page)['epoch']}" in chart.text_content()


# ---- Data of one's own.


@pytest.mark.parametrize(
    ("csv", "words"),
    [
        ("x,y,class\n1,2,1\n3,four,0\n", "line 3: “four” is not a number"),
        ("1,2,1\n2,3,1\n3,4,1\n4,5,1\n", "one class only"),
        ("1,2\n2,3\n", "2 columns"),
        ("1,5,2,5,1\n1,5,2,5,0\n", "Decimals with a comma need semicolons"),
        ("1,2,7\n1,2,0\n1,2,1\n2,2,1\n", "class must be 0 or 1, not 7"),
        ("1,2,cat\n1,3,dog\n2,2,cow\n2,1,cat\n", "third class"),
        ("1,2,1\n2,3,\n3,4,1\n4,5,\n", "line 2 has no class"),
        ("", "at least four points"),
        pytest.param("1,2,0\n" * 1_000_000, "1,000,001 lines", id="a million lines"),
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


@pytest.mark.parametrize(
    ("csv", "points", "words"),
    [
        ("x;y;class\n1,5;2;1\n-1,5;2;0\n1,25;-2;1\n0,5;1;0\n", [[1.5, 2, 1], [-1.5, 2, 0]], ""),
        ("1,2,1\n-1,2,-1\n2,2,1\n-2,1,-1\n", [[1, 2, 1], [-1, 2, 0]], "Class 1 is class 1 here, class -1 class 0."),
        ("a\tb\tkind\n1\t2\tno\n-1\t2\tyes\n2\t2\tno\n1\t1\tyes\n", [[1, 2, 0], [-1, 2, 1]], "“yes” is class 1 here"),
    ],
)
def test_data_as_spreadsheets_write_it_are_taken(open_page, csv, points, words):
    page = open_page("playground", "#problem=own&points=1 1 1;-1 1 0;2 1 1;-2 1 0")
    page.locator("textarea").fill(csv)
    press(page, "Use these points")
    page.wait_for_function(f"String(widget.config.points[0]) === '{','.join(map(str, points[0]))}'")
    assert view(page)["config"]["points"][:2] == points
    assert words in said(page)


def test_own_data_typed_and_drawn(open_page):
    page = open_page("playground")
    data(page, "your own")
    before = len(view(page)["config"]["points"])
    page.locator(".nn-map").click(position={"x": 40, "y": 60})
    page.wait_for_function(f"widget.config.points.length === {before + 1}")
    page.locator("textarea").fill("x;y;class\n" + "".join(f"{i % 6};{i % 3};{i % 2}\n" for i in range(12)))
    press(page, "Use these points")
    page.wait_for_function("widget.config.points.length === 12")
    train(page, 5)
    press(page, "as code")
    press(page, "nn_lib")
    assert "np.array([[0, 0, 0], [1, 1, 1]" in page.locator("pre").inner_text()


def test_own_data_drawn_from_nothing(open_page):
    page = open_page("playground")
    data(page, "your own")
    press(page, "Draw from nothing")
    canvas = page.locator(".nn-map")

    def stroke(*places):
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + places[0][0], box["y"] + places[0][1])
        page.mouse.down()
        for x, y in places[1:]:
            page.mouse.move(box["x"] + x, box["y"] + y, steps=10)
        page.mouse.up()
        page.wait_for_timeout(200)

    stroke((40, 40), (240, 60))
    assert "points drawn" in said(page) and len(view(page)["config"]["points"]) == 60
    choose(page, "class", "0")
    stroke((40, 240), (240, 240))
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
    page.wait_for_timeout(200)
    again = open_page("playground", page.url[page.url.index("#") :])
    assert view(again)["config"]["points"] == points.tolist()  # to the last digit


def test_four_points_and_the_smallest_share_still_train(open_page):
    page = open_page("playground", "#problem=own&train_ratio=0.1&points=1 1 1;-1 1 0;2 1 1;-2 1 0")
    press(page, "One epoch")
    page.wait_for_function("widget.view.epoch === 1")
    assert np.isfinite(view(page)["train"]["loss"])


# ---- What cannot be.


@pytest.mark.parametrize(
    ("link", "words"),
    slow_after(
        9,
        [
            ("#learning_rate=fast", "learning_rate must be a number"),
            ("#problem=doughnut", "problem cannot be “doughnut”"),
            ("#hidden=4,-2", "hidden must be"),
            ("#noise=", "noise must be"),
            ("#%E0%A4%A", "could not be read"),
            ("#wings=2", "there is no setting “wings”"),
            ("#points=1 2 1;1 2 x;1 2 z;1 1 0&problem=own", "third class"),
            ("#packed=@@@&problem=own", "packed points are damaged"),
            ("#weights=@@@", "packed weights are damaged"),
            ("#activations=tanh,warp", "activations must be"),
            ("#activations=toString", "activations must be"),
            ("#features=x,constructor", "features must be"),
            ("#__proto__=1", "there is no setting “__proto__”"),
            ("#seed=%", "“%” is damaged"),
            ("#problem=own", "your own points are not in it"),
            ("#show=everything", "show can be out of"),
            ("#steps=1e9", "steps must be a whole number"),
            ("#steps=25&changes=3:9.0.0=1", "is no change of a weight"),
            ("#changes=3:rate=-1", "learning_rate must be a number"),
        ],
    ),
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


def test_divergence_that_is_still_finite_stops_training_too(open_page):
    page = open_page("playground", "#problem=plane&hidden=4&activations=relu&batch=600&learning_rate=0.3")
    press(page, "Train")
    page.wait_for_function("document.querySelector('.nn-problem').textContent.includes('run away')")
    page.wait_for_function("!widget.playing")
    assert "the loss has grown from" in said(page) and "try a tenth" in said(page)
    assert np.isfinite(view(page)["train"]["loss"])


def test_a_weight_far_too_large_is_not_blamed_on_the_learning_rate(open_page):
    page = open_page("playground", "#problem=xor&changes=5:0.0.0=1e308&steps=20")
    assert "run away" in said(page) and "a weight was set to 1.00e+308 by hand" in said(page)
    assert "learning rate" not in said(page)


NETWORK = {"weights": [[[1.0, -0.5], [0.25, 2.0]], [[1.5, -2.0]]], "biases": [[0.5, 0.0], [0.125]]}


def test_a_network_of_ones_own_is_shown_trained_and_shared(open_page):
    page = open_page("playground")
    address = in_page(page, "playground", "return toLink({ config: completeConfig(given) });", checked(
        {**NETWORK, "problem": "xor", "activations": "relu"}
    ))  # fmt: skip
    page = open_page("playground", f"#{address}")
    assert view(page)["weights"] == NETWORK["weights"] and view(page)["biases"] == NETWORK["biases"]
    press(page, "One epoch")
    page.wait_for_function("widget.view.epoch === 1")
    ours = Playground({**NETWORK, "problem": "xor", "activations": "relu"}).advance()
    np.testing.assert_allclose(view(page)["weights"][0], ours["weights"][0], rtol=1e-9)
    again = open_page("playground", page.url[page.url.index("#") :])
    assert view(again)["weights"] == view(page)["weights"] and again.evaluate("widget.view.epoch") == 1
    press(page, "Reset")
    page.wait_for_function("widget.view.epoch === 0")
    assert view(page)["weights"] == NETWORK["weights"]
    # Another shape leaves them behind.
    page.evaluate("widget.restart({ hidden: [3], activations: ['relu'] })")
    page.wait_for_function("widget.config.weights === null")
    assert len(view(page)["weights"][0]) == 3 and page.evaluate("widget.config.initializer") == "default"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (dict(weights=[[[1.0, 2.0, 3.0]]]), "layer 1 has 2 inputs"),
        (dict(weights=[[1.0, 2.0]]), "one matrix of weights"),
        (dict(weights=[[[1.0, 2.0]]], biases=[[1.0, 2.0]]), "its biases"), (dict(biases=[[1.0]]), "needs its weights"),
        (dict(weights=[[[1.0, 2.0]] * 3]), "must have one output"), (dict(weights=[[["a", 2.0]]]), "list of matrices"),
        (dict(weights=[[[float("nan"), 2.0]]]), "not all finite"), (dict(initializer="given"), "needs its weights"),
        (dict(weights=[[[1.0, 2.0]]], hidden=[3]), "the given weights are of hidden layers"),
    ],
)  # fmt: skip
def test_weights_that_are_no_network_are_told(given, words):
    with pytest.raises(ValueError, match=words):
        checked(given)


def test_two_logits_are_taken_as_their_difference():
    config = checked({"weights": [[[1.0, 2.0], [4.0, -1.0]]], "biases": [[0.5, 0.25]]})
    assert (config["weights"], config["biases"], config["hidden"]) == ([[[3.0, -3.0]]], [[-0.25]], [])


@pytest.mark.slow
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
