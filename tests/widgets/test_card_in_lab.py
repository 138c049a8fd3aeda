"""The card under a check in a real JupyterLab: read by everybody, in its themes, on a narrow screen and a wide one."""

import os
from pathlib import Path

import nbformat
import pytest
from chromium import browser, keep, watched
from conftest import need_module, need_program
from jupyter import jupyter_lab

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("lab")]
REPOSITORY = Path(__file__).resolve().parents[2]
CELLS = [
    "import numpy as np\nfrom autograder import check",
    "def relu_forward(x):\n    return np.maximum(0, x)\n\ncheck('relu_forward', seed=1)",
    "def relu_backward(upstream, x):\n    return upstream * (x < 0)\n\ncheck('relu_backward', seed=1)",
    "def fc_backward(upstream, x, weights, bias):\n"
    "    x_gradient = upstream @ weights\n"
    "    weights_gradient = upstream.T @ x\n"
    "    bias_gradient = upstream.mean(axis=0)\n"
    "    return x_gradient, weights_gradient, bias_gradient\n\n"
    "check('fc_backward', seed=1)",
    "def softmax_forward(logits):\n    e = np.exp(logits - logits.max(axis=1, keepdims=True))\n"
    "    return e / e.sum(axis=1, keepdims=True)\n\n"
    "def softmax_backward(upstream, logits):\n    p = softmax_forward(logits)\n"
    "    return p * (upstream + np.sum(p * upstream, axis=1, keepdims=True))\n\n"
    "check('softmax_backward', seed=1)",
    "def tanh_backward(upstream, x):\n    return upstream * (1 - np.tanh(y) ** 2)\n\ncheck('tanh_backward', seed=1)",
    "def numerical_gradient(f, x, h=1e-5):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n\n"
    "check('numerical_gradient', seed=1)",
    "class MultiplyGate:\n    def forward(self, x, y):\n        return x * y\n\ncheck('MultiplyGate', seed=1)",
    "check('typo')",
]
CARDS = len(CELLS) - 2
MADE = """
() => [...document.querySelectorAll('.bp-card')].map(card => {
  const box = e => e.getBoundingClientRect(), all = css => [...card.querySelectorAll(css)];
  const within = (e, around) => box(e).left >= box(around).left - 1 && box(e).right <= box(around).right + 1;
  return {
    card: box(card).width,
    inside: within(card, card.closest('.jp-OutputArea-output')) && all('*').every(e => within(e, card)),
    messages: all('li > .bp-says').every(e => Math.abs(box(e).width - box(e.closest('ul')).width) < 2),
    code: all('.bp-code').every(e => e.scrollWidth <= e.clientWidth),
    grounds: all('.bp-code').map(e => getComputedStyle(e).backgroundColor),
    not_reached: all('li.bp-empty > .bp-state').map(e => e.textContent),
  };
})
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    program = need_program("chromium", "chromium")
    folder = tmp_path_factory.mktemp("empty")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "cards.ipynb")
    path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
    with jupyter_lab(folder, tmp_path_factory.mktemp("home"), PYTHONPATH=path) as address, browser(program) as chromium:
        page = watched(chromium)
        page.set_default_timeout(60_000)
        page.set_viewport_size({"width": 1280, "height": 6000})  # Lab draws the cells in sight
        page.goto(f"{address}/lab/tree/cards.ipynb?reset")
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        page.wait_for_timeout(3000)  # menus that open while the page still loads close again
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.locator(".jp-OutputArea-output", has_text="UnknownExercise").first.wait_for()
        yield page


def theme(page, dark):
    if page.evaluate("document.body.dataset.jpThemeLight") == ("false" if dark else "true"):
        return
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).hover()
    page.get_by_role("menuitem", name="JupyterLab Dark" if dark else "JupyterLab Light", exact=True).click()
    page.wait_for_function(f"document.body.dataset.jpThemeLight === '{'false' if dark else 'true'}'")
    page.wait_for_timeout(800)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 1600])
def test_the_card_is_wide_enough_and_can_be_read(page, width, dark):
    axe = need_module("axe_playwright_python.sync_playwright", "axe-playwright-python")
    page.set_viewport_size({"width": width, "height": 6000})
    theme(page, dark)
    keep(page, f"lab-cards-{width}-{'dark' if dark else 'light'}")
    assert page.locator(".bp-card").count() == CARDS
    made = page.evaluate(MADE)
    for one in made:
        assert one["card"] > 600 and one["inside"] and one["messages"] and one["code"], one
        assert set(one["grounds"]) <= {"rgb(33, 36, 41)" if dark else "rgb(243, 244, 246)"}  # ours, not Lab's
    assert {mark for one in made for mark in one["not_reached"]} == {"–"}
    found = axe.Axe().run(page, context=".bp-card")
    assert found.violations_count == 0, found.generate_report()


def test_each_card_says_what_it_should(page):
    right, wrong, layer, named, raising, empty, unfinished = page.locator(".bp-card").all_inner_texts()
    assert "all points" in right and "Hint" not in right
    for card in (wrong, layer):
        assert "Looks like" in card and "Where it is wrong:" in card
    for card in (wrong, layer, named):
        assert "See for yourself." in card and "Look at line" in card
    assert "NameError" in raising and "not filled in" in empty and "no method backward" in unfinished
    marked = page.locator(".bp-card mark").all_inner_texts()
    assert marked[:2] == ["x < 0", "upstream.mean(axis=0)"]
    assert page.locator(".jp-OutputArea-output", has_text="UnknownExercise").count() == 1
