"""Controls stay alive under the hand: what is dragged, focused or selected survives every change it causes."""

import re

import pytest
from open_pages import drag, focused, press, view

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("gestures")]

SLIDERS = [
    ("playground", "noise", "widget.config.noise", 0.5),
    ("gradients", "learning rate", "widget.state.learning_rate", 10**0.3),
    ("gradients", "momentum", "widget.state.momentum", 0.95),
    ("activations", "weights ×", "widget.deep.length", 6),
    ("activations", "layers", "widget.deep.length", 12),
]


@pytest.mark.parametrize(("name", "label", "value", "end"), SLIDERS)
def test_a_slider_follows_a_drag_to_its_end(open_page, name, label, value, end):
    page = open_page(name)
    slider = page.get_by_role("slider", name=label, exact=True)
    node = slider.element_handle()
    drag(page, slider, 0.05, 0.999)
    assert page.evaluate("(node) => node.isConnected && document.activeElement === node", node)
    assert float(slider.input_value()) == float(slider.get_attribute("max"))
    page.wait_for_function(f"Math.abs({value} - {end}) < 1e-9")


@pytest.mark.parametrize(("name", "label", "value", "end"), SLIDERS)
def test_arrow_keys_move_a_slider_notch_by_notch(open_page, name, label, value, end):
    page = open_page(name)
    slider = page.get_by_role("slider", name=label, exact=True)
    slider.focus()
    page.keyboard.press("Home")
    low, step = float(slider.get_attribute("min")), float(slider.get_attribute("step"))
    for _ in range(4):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(120)
    assert float(slider.input_value()) == pytest.approx(low + 4 * step)
    assert focused(page) == label


def test_a_slider_may_be_dragged_while_the_network_trains(open_page):
    page = open_page("playground", "#problem=xor")
    press(page, "Train")
    drag(page, page.get_by_role("slider", name="noise", exact=True), 0.05, 0.6)
    page.wait_for_function("widget.playing && widget.view.epoch > 2 && widget.config.noise > 0.2")


def test_a_finger_drags_too(open_page):
    page = open_page("playground", "#problem=xor", size=(390, 844), has_touch=True, is_mobile=True)
    page.get_by_role("button", name="data", exact=True).tap()
    slider = page.get_by_role("slider", name="noise", exact=True)
    box = slider.bounding_box()
    session = page.context.new_cdp_session(page)
    y = box["y"] + box["height"] / 2

    def touch(kind, *share):
        points = [{"x": box["x"] + s * box["width"], "y": y} for s in share]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(60)

    touch("touchStart", 0.04)
    for notch in range(1, 11):
        touch("touchMove", 0.04 + 0.09 * notch)
    touch("touchEnd")
    page.wait_for_function("widget.config.noise >= 0.4")
    page.get_by_role("button", name="Train").tap()
    page.wait_for_function("widget.view.epoch > 2")


@pytest.mark.parametrize(
    ("act", "label"),
    [
        (lambda page: page.get_by_role("button", name="xy", exact=True), "xy"),
        (lambda page: page.get_by_role("button", name="more units in layer 2"), "more units in layer 2"),
        (lambda page: page.get_by_role("button", name="one more layer"), "one more layer"),
        (lambda page: page.get_by_role("button", name="Reset"), "Reset"),
        (lambda page: page.get_by_role("button", name="One epoch"), "One epoch"),
    ],
)
def test_a_pressed_button_keeps_the_focus(open_page, act, label):
    page = open_page("playground")
    for _ in range(2):
        act(page).focus()
        page.keyboard.press("Enter")
        page.wait_for_timeout(250)
        assert focused(page) == label


@pytest.mark.parametrize("label", ["activation", "loss"])
def test_a_select_keeps_the_focus_and_takes_key_after_key(open_page, label):
    page = open_page("playground", "#activations=linear,linear")
    select = page.get_by_label(label, exact=True)
    select.focus()
    seen = [select.input_value()]
    for _ in range(1 if label == "loss" else 3):
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(200)
        seen.append(select.input_value())
        assert focused(page) == label
    assert len(set(seen)) == len(seen)
    if label == "activation":
        assert view(page)["config"]["activations"] == [seen[-1]] * 2


def test_data_sets_are_chosen_with_the_arrow_keys(open_page):
    page = open_page("playground")
    page.get_by_role("radio", name="circle").focus()
    for name, problem in (("xor", "xor"), ("gauss", "gaussians"), ("spiral", "spirals")):
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"widget.config.problem === '{problem}'")
        assert focused(page) == name


def test_what_is_being_typed_is_left_alone(open_page):
    page = open_page("playground", "#problem=xor")
    press(page, "Train")
    box = page.get_by_label("learning rate", exact=True)
    box.focus()
    page.keyboard.press("Control+a")
    for key in "0.07":
        page.keyboard.press(key)
        page.wait_for_timeout(120)
    assert box.input_value() == "0.07" and focused(page) == "learning rate"
    page.keyboard.press("Enter")
    page.wait_for_function("widget.config.learning_rate === 0.07 && widget.playing")
    assert focused(page) == "learning rate"


def test_a_weight_is_dragged_in_its_card(open_page):
    page = open_page("playground", "#problem=xor")
    page.locator("[data-part='wire 0:0:0']").focus()
    page.keyboard.press("Enter")
    slider = page.get_by_role("slider", name=re.compile("drag the weight from x"))
    drag(page, slider, 0.5, 0.95, pause=40)
    most = float(slider.get_attribute("max"))
    page.wait_for_function(f"widget.view.weights[0][0][0] > {0.8 * most}")
    assert page.evaluate("widget.changes.length") == 1  # of a drag the last value counts


def test_the_networks_drawing_is_one_stop_on_the_tab_keys_way(open_page):
    for link, budget in (("#problem=xor", 34), ("#hidden=8,8,8&activations=tanh,tanh,tanh", 38)):
        page = open_page("playground", link)
        page.locator("body").click(position={"x": 2, "y": 2})
        stops = []
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body") or focused(page) in stops[:1]:
                break
            stops.append(focused(page))
        assert len(stops) <= budget, stops
        inside = page.evaluate("document.querySelectorAll('.nn-network [data-part][tabindex=\"0\"]').length")
        assert inside == 1


def test_the_steppers_fields_and_gates_keep_the_focus(open_page):
    page = open_page("stepper")
    box = page.get_by_label("z", exact=True)
    box.focus()
    for key in ("Control+a", "7", "Enter"):
        page.keyboard.press(key)
    page.wait_for_function("widget.inputs.z === 7")
    assert focused(page) == "z"
    page.keyboard.press("Tab")
    assert focused(page) == "break it"
    gate = page.get_by_role("button", name=re.compile(r"^gate \+"))
    gate.focus()
    page.keyboard.press("Enter")
    assert focused(page).startswith("gate +")
    page.keyboard.press("ArrowRight")
    assert focused(page).startswith("gate *")
    page.keyboard.press("Enter")
    assert "the gate *" in page.locator(".nn-detail").inner_text()
    press(page, "Forward ▶")
    press(page, "Forward ▶")
    assert focused(page) == "Forward ▶"


def test_the_steppers_tape_is_dragged(open_page):
    page = open_page("stepper")
    scrub = page.get_by_label("step on the tape")
    drag(page, scrub, 0.02, 0.999, pause=50)
    assert page.evaluate("widget.step") == 5 and focused(page) == "step on the tape"


def test_the_landscape_is_turned_by_a_drag_and_by_keys(open_page):
    page = open_page("gradients", "#landscape=1")
    canvas = page.locator(".nn-canvas canvas")
    before = page.evaluate("[widget.state.turn, widget.state.x]")
    drag(page, canvas, 0.3, 0.7, pause=20)
    after = page.evaluate("[widget.state.turn, widget.state.x]")
    assert after[0] != before[0] and after[1] == before[1]
    canvas.focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("widget.state.turn") == (after[0] + 5) % 360


def test_the_point_of_the_gradient_explorer_is_dragged(open_page):
    page = open_page("gradients")
    drag(page, page.locator(".nn-canvas canvas"), 0.2, 0.8, pause=20)
    page.wait_for_function("Math.abs(widget.state.x - 1.8) < 0.05 && Math.abs(widget.state.y) < 0.1")
