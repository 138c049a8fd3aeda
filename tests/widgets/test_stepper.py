"""The circuit stepper in a real browser: every number at its place, predictions, broken backward passes, links."""

import pytest
from chromium import in_page, keep
from conftest import slow_after
from open_pages import choose, press, said, set_field

from nn_lib import ComputationalGraph, Input
from nn_lib.widgets import stepper

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stepper")]
SHARED = "(x * y + x) * max(x * y, y)"


def tape(page):
    return page.evaluate("widget.tape")


def told(page):
    return page.locator(".nn-status").inner_text().replace("−", "-")


def shown(page, kind):
    return [t.replace("−", "-") for t in page.locator(f".nn-circuit .nn-{kind}").all_text_contents() if t]


def test_it_steps_by_button_key_and_scrub_bar(open_page):
    page = open_page("stepper")
    assert "The inputs are given" in told(page) and shown(page, "gradient") == []
    press(page, "Forward ▶")
    assert shown(page, "value") == ["-2", "5", "-4", "q = 3"]
    page.keyboard.press("ArrowRight")
    assert page.evaluate("widget.step") == 2
    page.get_by_label("step on the tape").fill("5")
    assert page.evaluate("widget.step") == 5
    assert "agrees with its finite difference" in told(page)
    x, y, z = Input("x"), Input("y"), Input("z")
    graph = ComputationalGraph((x + y) * z)
    graph.forward(x=-2.0, y=5.0, z=-4.0)
    gradients = graph.backward()
    assert {n["name"]: n["gradient"] for n in tape(page)["nodes"] if n["kind"] == "input"} == gradients
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


def test_upstream_local_and_product_stand_on_their_wires(open_page):
    page = open_page("stepper", "#step=4")
    boxes = [b.replace("−", "-") for b in page.locator(".nn-c-box").all_text_contents()]
    assert boxes == ["local: z = -41 × (-4) = -4", "local: q = 31 × 3 = 3"]
    assert "upstream 1" in shown(page, "gradient")
    assert page.locator(".nn-c-wire.nn-now.nn-back").count() == 2
    words = told(page)
    assert "To q: upstream × local = 1 × (-4) = -4. Measured: nudge q by 0.001, and f moves by -0.004." in words
    # Forward and backward differ without colour.
    dashes = "(s) => getComputedStyle(document.querySelector(s)).strokeDasharray"
    assert page.evaluate(dashes, ".nn-c-wire.nn-back") != "none"
    press(page, "Reset")
    press(page, "Forward ▶")
    assert page.evaluate(dashes, ".nn-c-wire.nn-now") == "none"
    assert page.locator(".nn-c-box").text_content().replace("−", "-") == "-2 + 5 = 3"


# By how many pixels what stands on the wires reaches into the boxes of the gate at work, or into gates.
COVERED = """() => {
  const found = (selector) => [...document.querySelectorAll(selector)], rects = (list) => list.map((one) => one.getBoundingClientRect());
  const words = rects(found(".nn-c-words .nn-value, .nn-c-words .nn-gradient").filter((one) => one.textContent));
  let most = 0;
  for (const a of words)
    for (const b of rects(found(".nn-c-box rect, .nn-c-gate"))) {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      if (Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4) most = Math.max(most, wide);
    }
  return most;
}"""  # noqa: E501


@pytest.mark.parametrize("width", [1250, 390])
@pytest.mark.parametrize(
    "link",
    slow_after(2, ["", "#formula=(x * y %2B x) * max(x * y, y)&inputs=x:2,y:3&break=accumulation",
     "#formula=sigmoid(w0 * x0 %2B w1 * x1 %2B w2)&inputs=w0:2,x0:-1,w1:-3,x1:-2,w2:-3",
     "#formula=x * y %2B max(z, w)&inputs=x:3,y:-4,z:2,w:-1", "#formula=relu(w * x %2B b)^2&inputs=w:-0.5,x:2,b:3"]),
)  # fmt: skip
def test_no_number_stands_behind_a_box_or_a_gate_and_none_outside(open_page, link, width):
    page = open_page("stepper", link, size=(width, 844))
    assert page.evaluate("widget.tape.nodes.length") == page.locator("[data-node]").count()
    circuit = page.locator(".nn-circuit")
    assert circuit.evaluate("(box) => box.scrollWidth <= box.clientWidth")  # all of it is in the window, side by side
    covered = {}
    for step in range(1, page.evaluate("widget.tape.forward.length + widget.tape.backward.length + 1") + 1):
        page.evaluate("(step) => widget.jump(step)", step)
        covered[step] = page.evaluate(COVERED)
    assert max(covered.values()) <= 8, covered


def test_a_circuit_on_a_phone_stands_upright_and_arrow_keys_follow_its_wires(open_page):
    page = open_page("stepper", "", size=(390, 844))
    page.locator("[data-node='0']").focus()
    places = []
    for key in ("ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
        places.append(page.evaluate("document.activeElement.dataset.node"))
    symbols = [page.evaluate("(i) => widget.tape.nodes[i].symbol", int(i)) for i in places]
    assert symbols == ["+", "*", "+"]
    page.set_viewport_size({"width": 1250, "height": 900})
    page.locator(".nn-circuit:not(.nn-upright)").wait_for()
    page.locator("[data-node='0']").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("widget.tape.nodes[document.activeElement.dataset.node].symbol") == "+"


def test_at_a_fork_the_contribution_of_each_path_stands_before_their_sum(open_page):
    page = open_page("stepper")
    choose(page, "or an example", SHARED)
    scrub = page.get_by_label("step on the tape")
    scrub.fill("7")
    assert "8 + …" in shown(page, "gradient") and "More is to come to it on another path" in told(page)
    scrub.fill("8")
    assert "8 + 6 = 14" in shown(page, "gradient")
    assert "Its 2 paths come to 14 together. Measured: nudge q by 0.001, and f moves by 0.014" in told(page)


def test_editing_keeps_the_inputs_that_are_still_there(open_page):
    page = open_page("stepper")
    press(page, "To the end")
    set_field(page, "z", 7)
    assert [n["gradient"] for n in tape(page)["nodes"]][:3] == [7, 7, 3]
    set_field(page, "z", "seven")
    assert "z must be a number" in said(page)
    set_field(page, "formula", "exp(a) * z + y")
    page.wait_for_function("widget.tape.nodes.some((n) => n.symbol === 'exp')")
    assert said(page) == ""
    assert page.evaluate("[widget.inputs.z, widget.inputs.y]") == [7, 5]
    assert page.get_by_label("x", exact=True).count() == 0


@pytest.mark.parametrize(
    ("formula", "words"),
    slow_after(6, [
        ("x +", "is not a formula"), ("x $ y", "is not a formula"), ("tan(x)", "there is no function 'tan'"),
        ("2 + 3", "is a number"), ("exp(x, y)", "exp takes 1 input"), ("x^y", "exponent or its base must be"),
        ("x / 0", "divides by zero"), ("log(-x - 5)", "needs positive values"), ("exp", "exp is a function"),
        ("x * 9^9^9^9", "too large, or not real"), ("x * (-8)^0.5", "too large, or not real"),
        ("x + exp(1000)", "too large, or not real"), ("constructor(x)", "there is no function 'constructor'"),
        ("2 pi", "is a number"), ("sqrt(-abs(x) - 1)", "no real power"),
    ]),
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
    choose(page, "or an example", SHARED)
    press(page, "To the end")
    assert "agrees" in told(page)
    choose(page, "break it", how)
    page.wait_for_function("document.querySelector('.nn-status').textContent.includes('disagree')")
    assert page.locator(".nn-circuit text:has-text('✗')").count() > 0
    keep(page, f"stepper-broken-{how}")


def test_predict_first_asks_about_each_parent_and_cannot_be_skipped(open_page):
    page = open_page("stepper")
    press(page, "predict first")
    for _ in range(4):
        press(page, "Forward ▶")
    box = page.locator(".nn-predict")
    assert "What does it send back to q?" in box.inner_text()
    assert page.locator(".nn-c-box").text_content() == "to q: ?"
    for _ in range(2):
        press(page, "Forward ▶")  # a second press does not skip it
    assert page.evaluate("widget.step") == 3 and "Answer first" in box.inner_text()
    press(page, "negative")
    assert "What does it send back to z?" in box.inner_text() and "q: You predicted negative: right" in box.inner_text()
    guess = page.get_by_label("or its value, within 5 %")
    guess.fill("much")
    guess.press("Enter")
    assert "A guess must be a number" in said(page)
    guess.fill("2.9")
    guess.press("Enter")
    assert page.evaluate("widget.step") == 4
    assert "z: You predicted 2.9: right. It is 3." in told(page)
    press(page, "Forward ▶")
    press(page, "positive")  # wrong: both inputs of the sum get -4
    press(page, "show me")
    assert page.evaluate("widget.step") == 5
    assert "x: You predicted positive: not this time. It is -4." in told(page)
    assert "You predicted 2 of 4" in told(page)


def test_every_state_is_a_link(open_page):
    page = open_page("stepper")
    choose(page, "or an example", SHARED)
    set_field(page, "x", "1.5")
    set_field(page, "x", "2.5")
    choose(page, "break it", "stale")
    page.get_by_label("step on the tape").fill("8")
    page.wait_for_function("location.hash.includes('step=8')")
    again = open_page("stepper", page.url[page.url.index("#") :])
    assert again.evaluate("widget.step") == 8
    assert tape(again) == tape(page) and told(again) == told(page)
    press(again, "predict first")
    again.wait_for_function("location.hash.includes('predict=1')")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press(page, "copy link")
    page.wait_for_function("document.querySelector('.nn-share').textContent.includes('this very state')")
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_a_link_to_a_broken_backward_pass_asks_which_gradient_is_wrong(open_page):
    page = open_page("stepper", "#formula=(x * y %2B x) * max(x * y, y)&inputs=x:2,y:3&break=accumulation")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press(page, "copy as a riddle")
    page.wait_for_function("document.querySelector('.nn-share').textContent.includes('Riddle copied')")
    address = page.evaluate("navigator.clipboard.readText()")
    assert "accumulation" not in address  # it does not tell
    other = open_page("stepper", address[address.index("#") :])
    assert "Which gradient is the first to be wrong" in told(other)
    assert other.locator(".nn-circuit text:has-text('✗')").count() == 0
    assert not other.get_by_label("break it").is_visible()
    other.locator(".nn-c-node[aria-label^='gate +']").click()
    assert "r is right" in told(other)
    other.locator(".nn-c-node[aria-label^='gate *, wire q']").click()
    assert "Found. q got 6; measured it is 14. Where paths meet, the last gradient overwrote" in told(other)
    assert other.locator(".nn-circuit text:has-text('✗')").count() > 0


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("#formula=x %2B", "is not a formula"), ("#break=sideways", "no way “sideways” to break it"),
        ("#inputs=x:1,y", "is no input with its value"), ("#step=soon", "step must be a whole number"),
        ("#step=2.5", "step must be a whole number"), ("#riddle=9", "riddle must be a whole number from 1 to 3"),
        ("#wings=2", "there is no “wings”"), ("#formula=%E0%A4%A", "is damaged"),
    ],
)  # fmt: skip
def test_a_damaged_link_is_told(open_page, link, words):
    page = open_page("stepper", link)
    assert words in said(page)


def engine_of_ones_own(ran_twice=False, tells=True):
    """A graph as a student writes one, and the options that its stepper is given."""

    class Value:
        def __init__(self, data, parents=(), op="", slopes=()):
            self.data, self.parents, self.op, self.grad = data, parents, op, 0.0
            if tells:
                self.local_grads = slopes

        def __add__(self, other):
            return Value(self.data + other.data, (self, other), "+", (1.0, 1.0))

        def __mul__(self, other):
            return Value(self.data * other.data, (self, other), "*", (other.data, self.data))

    w, x = Value(3.0), Value(-2.0)
    loss = w * x + x
    for node, gradient in ((loss, 1.0), (w, -2.0), (x, 4.0), (loss.parents[0], 1.0)):
        node.grad = gradient
    if ran_twice:
        x.grad = 8.0
    return stepper(loss, w=w, x=x).options


def open_recorded(page, options):
    in_page(
        page,
        "stepper",
        """const root = document.createElement("div");
        document.querySelector(".nn-widget").replaceWith(root);
        window.widget = stepper(root, new RecordedStepper(given.recorded), given);
        await window.widget.ready;""",
        options,
    )


def test_an_engine_of_ones_own_is_stepped_through(open_page):
    page = open_page("stepper")
    open_recorded(page, engine_of_ones_own())
    assert page.get_by_label("break it").locator("option").count() == 3  # stale values need other inputs
    press(page, "To the end")
    assert "Every gradient agrees with its finite difference" in told(page)
    assert "1 + 3 = 4" in shown(page, "gradient")
    choose(page, "break it", "accumulation")
    page.wait_for_function("document.querySelector('.nn-status').textContent.includes('disagree')")


def test_what_an_engine_left_at_its_nodes_is_compared(open_page):
    page = open_page("stepper")
    open_recorded(page, engine_of_ones_own(ran_twice=True))
    press(page, "To the end")
    assert "your engine left at x are not what its gates send back" in told(page)
    assert "8 ✗" in shown(page, "gradient")


def test_an_engine_that_tells_no_local_gradients_shows_whole_ones(open_page):
    page = open_page("stepper")
    open_recorded(page, engine_of_ones_own(tells=False))
    assert not page.get_by_label("break it").is_visible()
    for _ in range(4):
        press(page, "Forward ▶")
    assert "1" in shown(page, "gradient") and "4" not in shown(page, "gradient")
    assert "do not tell what they send along each wire" in told(page)
    press(page, "To the end")
    assert "4" in shown(page, "gradient") and "agrees with its finite difference" in told(page)


def test_what_stands_in_for_a_stepper_that_asks_gives_no_answer_away():
    def words(**options):
        bundle = stepper("(x + y) * z", x=-2.0, y=5.0, z=-4.0, **options)._repr_mimebundle_()
        (data, *_) = bundle if isinstance(bundle, tuple) else (bundle,)
        return {line.split()[0]: line.split() for line in data["text/plain"].splitlines() if line.strip()}

    asked, told = words(step=3, predict=True), words()
    assert told["q"][-2:] == ["3", "-4"] and told["f"][-2:] == ["-12", "1"]
    assert asked["q"][-2:] == ["3", "-"] and asked["f"][-2:] == ["-12", "1"]
