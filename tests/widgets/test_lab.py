"""The widgets in a real JupyterLab: nn_lib in the kernel behind them, and a picture where no kernel is."""

import json
import os
from pathlib import Path

import nbformat
import numpy as np
import pytest
from chromium import browser, keep, watched
from conftest import need_program
from jupyter import jupyter_lab

import nn_lib
from nn_lib import ComputationalGraph, Input, Parameter, datasets, mean, tanh
from nn_lib.widgets import activation_explorer, gradient_explorer, playground, slope_explorer, stepper
from nn_lib.widgets.kernel_engine import Playground

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("lab")]
REPOSITORY = Path(__file__).resolve().parents[2]
CELLS = [
    "import numpy as np\nfrom nn_lib import ComputationalGraph, Input, Parameter, mean, tanh\n"
    "from nn_lib.widgets import activation_explorer, gradient_explorer, playground, stepper",
    "playground(problem='xor', learning_rate=0.3)",
    "stepper('(x + y) * z', x=-2.0, y=5.0, z=-4.0)",
    "x, W = Input('x'), Parameter('W', np.arange(12.0).reshape(3, 4) / 10)\n"
    "stepper(ComputationalGraph(mean(tanh(x @ W))), x=np.ones((2, 3)))",
    "gradient_explorer('(1 - x)^2 + 5 * (y - x^2)^2', x=0.5, y=-1.0)",
    "activation_explorer('relu')",
    "from IPython.display import display\nshared = playground(problem='gaussians', seed=4)\ndisplay(shared)\nshared",
]
WIDGETS = 7  # one of them in two views


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    program = need_program("chromium", "chromium")
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "widgets.ipynb")
    path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
    with jupyter_lab(folder, tmp_path_factory.mktemp("home"), PYTHONPATH=path) as address, browser(program) as chromium:
        page = watched(chromium)
        page.set_default_timeout(60_000)
        page.address = address
        page.goto(f"{address}/lab/tree/widgets.ipynb?reset")
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        page.wait_for_timeout(3000)  # menus that open while the page still loads close again
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.locator(".nn-activations[data-at]").wait_for()
        yield page


def test_all_widgets_are_there_and_nothing_outside_is_asked(page):
    assert page.locator(".nn-widget").count() == WIDGETS
    told = page.locator(".nn-status:has-text('Computed'), .nn-computed")
    told.nth(4).wait_for()  # each asks the kernel on its own, and the slowest need not be the last
    assert told.count() == 5 and all("nn_lib in the kernel" in words for words in told.all_text_contents())
    assert [url for url in page.requests if not url.startswith((page.address, f"blob:{page.address}"))] == []


def test_the_playground_trains_in_the_kernel(page):
    widget = page.locator(".nn-playground").first
    for _ in range(2):
        widget.get_by_role("button", name="One epoch").click()
        page.wait_for_timeout(400)
    expected = Playground({"problem": "xor", "learning_rate": 0.3}).advance(2)
    words = widget.locator(".nn-status").inner_text()
    assert "epoch 2" in words and f"test {100 * expected['test']['accuracy']:.1f} %" in words
    widget.get_by_text("The numbers behind the picture").click()
    widget.locator(".nn-tables td").first.wait_for()
    first = float(widget.locator(".nn-tables td").first.inner_text().replace("−", "-"))
    assert first == pytest.approx(expected["weights"][0][0][0], rel=1e-3)
    widget.get_by_role("button", name="Train").click()
    page.wait_for_function("Number(document.querySelector('.nn-playground').dataset.epoch) > 150")
    widget.get_by_role("button", name="Pause").click()
    widget.get_by_role("button", name="Train").wait_for()
    page.wait_for_timeout(500)
    loss = float(widget.locator(".nn-status").inner_text().split("loss ")[1].split(" ")[0])
    assert loss < 0.4 * expected["train"]["loss"]
    widget.get_by_role("button", name="as code").click()
    widget.locator("pre:visible").wait_for()
    page.wait_for_function("document.querySelector('.nn-playground pre').textContent.includes('delta')")
    widget.get_by_role("button", name="nn_lib", exact=True).click()
    page.wait_for_function("document.querySelector('.nn-playground pre').textContent.includes('MLP(')")
    assert "datasets.xor(" in widget.locator("pre").inner_text()
    keep(page, "lab-playground")


def test_one_example_goes_through_the_drawing_in_the_kernel_too(page):
    widget = page.locator(".nn-playground").first
    widget.get_by_role("button", name="step one example", exact=False).click()
    tour = widget.locator(".nn-tour:not([hidden])")
    tour.wait_for()
    for _ in range(3):
        widget.get_by_role("button", name="next ▸", exact=True).click()
    assert "Forward: unit 3 of layer 1" in tour.inner_text()
    widget.locator("[data-part='wire 0:0:0']").press("Enter")
    widget.locator(".nn-card-gradient:has-text('dL/dw')").wait_for()
    page.keyboard.press("Escape")


def test_two_views_of_one_widget_show_the_same_run(page):
    first, second = page.locator(".nn-playground").nth(1), page.locator(".nn-playground").nth(2)
    first.get_by_role("button", name="One epoch").click()
    second.locator(".nn-status:has-text('epoch 1')").wait_for()
    second.get_by_role("button", name="One epoch").click()
    first.locator(".nn-status:has-text('epoch 2')").wait_for()
    assert first.locator(".nn-status").inner_text() == second.locator(".nn-status").inner_text()
    first.get_by_role("radio", name="xor").check()
    page.wait_for_function("document.querySelectorAll('.nn-playground')[2].querySelector('[value=xor]').checked")
    second.locator(".nn-status:has-text('epoch 0')").wait_for()
    keep(page, "lab-two-views")


def test_jupyterlabs_dark_theme_is_followed(page):
    ground = "getComputedStyle(document.querySelector('.nn-widget')).backgroundColor"
    light = page.evaluate(ground)
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    assert page.evaluate(ground) == "rgb(22, 26, 31)" != light
    page.wait_for_timeout(300)
    keep(page, "lab-dark")
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")


def test_bad_settings_are_told_in_place(page):
    widget = page.locator(".nn-playground").first
    box = widget.get_by_label("learning rate", exact=True)
    box.fill("quick")
    box.press("Enter")
    widget.locator(".nn-problem:not([hidden])").wait_for()
    assert "learning_rate must be a number" in widget.locator(".nn-problem").inner_text()
    box.fill("0.1")
    box.press("Enter")
    page.wait_for_function("document.querySelector('.nn-playground .nn-problem').hidden")


def test_the_steppers_show_nn_libs_gradients(page):
    first, second = page.locator(".nn-stepper").all()
    first.get_by_role("button", name="To the end").click()
    shown = [t.replace("−", "-") for t in first.locator(".nn-circuit .nn-gradient").all_text_contents()]
    assert shown == ["-4", "-4", "3", "upstream -4", "1"]
    box = first.get_by_label("z", exact=True)
    box.fill("2")
    box.press("Enter")
    first.locator(".nn-circuit .nn-gradient", has_text="2").first.wait_for()
    assert first.locator(".nn-circuit .nn-gradient").all_text_contents() == ["2", "2", "3", "upstream 2", "1"]
    second.get_by_role("button", name="To the end").click()
    assert "agrees" in second.locator(".nn-status").inner_text()
    second.get_by_role("button", name="parameter W", exact=False).press("Enter")
    assert second.locator("canvas").count() == 2  # value and gradient as heat maps
    keep(page, "lab-steppers")


def test_the_explorers_show_nn_libs_numbers(page):
    explorer = page.locator(".nn-gradients")
    x, y = Input("x"), Input("y")
    graph = ComputationalGraph((1 - x) ** 2 + 5 * (y - x**2) ** 2)
    graph.forward(x=0.5, y=-1.0)
    gradient = graph.backward()
    np.testing.assert_allclose(json.loads(explorer.get_attribute("data-gradient")), [gradient["x"], gradient["y"]])
    at = json.loads(page.locator(".nn-activations").get_attribute("data-at"))
    assert at == pytest.approx([1, nn_lib.relu(1.0), 1])


def test_no_error_was_logged(page):
    ours = [error for error in page.errors if "nn-" in error or "anywidget" in error or "Circuit" in error]
    assert ours == []


def test_while_it_lives_its_picture_is_hidden(page):
    assert page.locator("[data-nn-still]").count() == WIDGETS
    assert not any(still.is_visible() for still in page.locator("[data-nn-still]").all())


def test_opened_again_without_its_kernel_the_pictures_are_there(page):
    page.locator(".jp-Notebook .jp-Cell").first.click(position={"x": 5, "y": 5})
    page.keyboard.press("Control+s")
    page.locator(".jp-mod-dirty").wait_for(state="detached")
    page.evaluate(
        "async () => { const token = document.cookie.match(/_xsrf=([^;]+)/)?.[1] ?? '';"
        " for (const { id } of await (await fetch('/api/sessions')).json())"
        " await fetch(`/api/sessions/${id}`, { method: 'DELETE', headers: { 'X-XSRFToken': token } }); }"
    )
    again = page.context.browser.new_page()
    again.set_viewport_size({"width": 1250, "height": 5000})  # Lab draws the cells in sight
    again.goto(f"{page.address}/lab/tree/widgets.ipynb?reset")
    again.wait_for_function("document.querySelectorAll('[data-nn-still]').length === 7", timeout=60_000)
    pictures = again.locator("[data-nn-still]").all()
    assert len(pictures) == WIDGETS and all(still.is_visible() for still in pictures)
    assert all(still.locator("img").get_attribute("alt") for still in pictures)
    assert "run the cell" in pictures[0].inner_text()
    again.wait_for_timeout(2000)
    noise = again.locator(".jp-OutputArea-output:has-text('model not found')")
    assert not any(one.is_visible() for one in noise.all())
    keep(again, "lab-reopened")
    again.close()
    # The page that is still open says what to do, when somebody presses on.
    page.locator(".nn-playground").first.get_by_role("button", name="One epoch").click()
    words = page.locator(".nn-playground .nn-problem:not([hidden])").first
    words.wait_for(timeout=40_000)
    assert "run this cell again" in words.inner_text()


def test_where_no_kernel_is_a_picture_or_a_sentence_stands_in():
    x, W = Input("x"), Parameter("W", np.eye(2))
    widgets = [
        stepper("(x + y) * z"),
        stepper(ComputationalGraph(mean(tanh(x @ W))), x=np.ones((2, 2))),
        activation_explorer("tanh"),
        slope_explorer("x^3 - 2 * x", x=0.5, reach=2),
        gradient_explorer("x * y"),
        playground(),
    ]
    for widget in widgets:
        bundle, _ = widget._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in bundle
        assert len(bundle["text/plain"]) > 40
        assert "<" not in bundle["text/plain"][:1]
    assert all("image/svg+xml" in w._repr_mimebundle_()[0] for w in widgets[:2])
    assert all("image/png" in w._repr_mimebundle_()[0] for w in widgets[2:])
    for still in (gradient_explorer("log(x) * y"), playground(problem="plane")):  # no picture of these
        assert "image/png" not in still._repr_mimebundle_()[0]
        assert len(still._repr_mimebundle_()[0]["text/plain"]) > 40


def test_a_network_of_one_s_own_stands_still_as_it_was_given():
    weights, biases = [np.array([[1.0, 0.0]]), np.array([[5.0]])], [np.array([0.0]), np.array([0.0])]
    own = playground(weights=weights, biases=biases, activations="linear", problem="circle", seed=0)
    told = own._repr_mimebundle_()[0]["text/plain"]
    # It says 1 where x is positive, and nothing else: half of a circle is right, and training would change that.
    x, _ = np.array(datasets.circle(seed=0).train.inputs).T
    right = np.mean((x > 0) == (datasets.circle(seed=0).train.labels == 1))
    assert "as it was given" in told and f"{100 * right:.1f} %" in told


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: playground(problem="moons"), "problem cannot be 'moons'"),
        (lambda: playground(colour=1), "no setting 'colour'"),
        (lambda: playground(batch=0.5), "batch must be a whole number"),
        (lambda: playground(hidden=[4]), "one for each of the 1 layers"),
        (lambda: playground(problem="own"), "at least four points"),
        (lambda: playground(problem="own", points=[[0, 0, 1]] * 5), "one class only"),
        (lambda: stepper("x +"), "is not a formula"),
        (lambda: stepper(ComputationalGraph(tanh(Input("x"))), x=np.ones(3)), "end the graph in a loss"),
        (lambda: stepper("x * 9^9^9^9"), "too large, or not real"),
        (lambda: stepper("x * (-8)^0.5"), "too large, or not real"),
        (lambda: stepper("x + exp(1000)"), "too large, or not real"),
        (lambda: stepper("x + 0^(-1)"), "divides by zero"),
        (lambda: gradient_explorer("a + b"), "no input 'a'"),
        (lambda: gradient_explorer("log(x)", x=-1), "no finite value"),
        (lambda: activation_explorer("warp(x)"), "no function 'warp'"),
        (lambda: slope_explorer("x * y"), "no input 'y'"),
        (lambda: slope_explorer("log(x)", x=-1), "no finite value"),
        (lambda: slope_explorer("x^0.5", x=0), "no finite slope at x = 0"),
        (lambda: activation_explorer("__import__('os').system('ls')"), "has no place in a formula"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(make, words):
    with pytest.raises(ValueError) as refused:
        make()
    assert words in str(refused.value)


def test_a_cell_that_imports_the_playground_runs_twice():
    for _ in range(2):
        names = {}
        exec("from nn_lib.widgets import playground\nshown = playground()", names)
        assert names["shown"].options["config"]["problem"] == "circle"


def test_the_gradient_explorer_can_do_without_the_descent():
    with_it, without = (
        gradient_explorer("x * y", descent=d)._repr_mimebundle_()[0]["text/plain"] for d in (True, False)
    )
    assert "descent" in with_it and "descent" not in without


def test_without_anywidget_a_picture_and_a_word_of_advice(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "nn_lib.widgets.widget", raising=False)
    shown = stepper("(x + y) * z")
    assert "pip install" in repr(shown)
    assert "<img" in shown._repr_mimebundle_()["text/html"]
    assert "pip install" in playground()._repr_mimebundle_()["text/plain"]
