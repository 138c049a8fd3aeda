"""Grading passes over cells that only show something, and over nothing that a student's code needs."""

import nbformat
import pytest

from autograder.pipeline.grading import demonstrations
from autograder.pipeline.restore import restore
from autograder.pipeline.source import NotebookSource


def notebook(*cells):
    """Cells as sources; a leading "* " marks a demonstration."""
    made = []
    for source in cells:
        cell = nbformat.v4.new_code_cell(source.removeprefix("* "))
        if source.startswith("* "):
            cell.metadata["tags"] = ["demonstration"]
        made.append(cell)
    return nbformat.v4.new_notebook(cells=made)


@pytest.mark.parametrize(
    ("cells", "passed"),
    [
        (["x = 1", "* print(x)", "y = x"], {1}),
        (["* shown = 1", "print(shown)"], set()),  # read elsewhere: it runs
        (["* a = 1", "* b = a", "* print(b)"], {0, 1, 2}),
        (["* a = 1", "* b = a", "def f():\n    return b"], set()),  # and what it needs runs too
        (["* rng = 1", "def f(rng):\n    return rng"], {0}),  # a parameter is not the cell's name
        (["* def f():\n    return 1"], set()),  # a wanted function
        (["* %matplotlib inline", "x = 1"], set()),  # cannot be told
        (["* from math import *", "x = 1"], set()),
        (["* a = 1", "this does not parse"], set()),  # what that reads cannot be told
        (["print(1)"], set()),
    ],
)
def test_what_is_passed_over(cells, passed):
    assert demonstrations(notebook(*cells), ["f"]) == passed


def test_an_answer_is_never_passed_over_whatever_its_tags_say():
    made = notebook("* def g():\n    return 1")
    made.cells[0].metadata["nbgrader"] = {"solution": True, "grade": False, "grade_id": "f"}
    assert demonstrations(made, []) == set()


def test_the_tag_of_what_was_handed_in_survives_restoring():
    handed_in = notebook("x = 1", "* print(x)")
    handed_in.cells[1].metadata["tags"] = ["demonstration", "another"]
    handed_in.cells[0].metadata["tags"] = 7
    restored = restore(handed_in, NotebookSource("n", ())).notebook
    assert [cell.metadata for cell in restored.cells] == [{}, {"tags": ["demonstration"]}]
    assert demonstrations(restored, []) == {1}
