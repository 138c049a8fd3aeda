"""A notebook that hides whose work it is earns nothing by it; what cannot be read is told to the instructor."""

import nbformat
import pytest
from attacks import BORROWED, HIDDEN
from conftest import need_program

from autograder.pipeline.grading import grade_notebook
from autograder.pipeline.source import NotebookSource, SourceCell
from autograder.sandbox import Limits, Sandbox

CHECK = SourceCell("check-add", "code", 'check("add_backward")', True, "", True, False, False, 1.0, "add_backward")
OWN = "def add_backward(upstream, x, y):\n    return upstream, upstream"


@pytest.fixture(scope="module")
def sandbox():
    need_program("bwrap", "bubblewrap")
    with Sandbox(Limits(cell_seconds=10)) as made:
        yield made


def graded(sandbox, *cells):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in (*cells, CHECK.source)])
    made.cells[-1].metadata["nbgrader"] = {"grade": True, "grade_id": CHECK.name}
    return grade_notebook(made, NotebookSource("n", (CHECK,)), sandbox, seed=1)


@pytest.mark.parametrize("way", HIDDEN)
def test_a_hidden_way_to_the_library_earns_nothing(sandbox, way):
    made = graded(sandbox, "import numpy as np", HIDDEN[way], BORROWED)
    assert made.scores["check-add"] == 0.0


def test_points_for_what_cannot_be_read_come_with_a_word_to_the_instructor(sandbox):
    made = graded(sandbox, f"exec({OWN!r})")
    assert made.scores["check-add"] == 1.0
    assert [words for words in made.troubles if "before you trust" in words and words.startswith("cell 1 uses exec")]


@pytest.mark.parametrize(
    "cell",
    [
        "import inspect, nn_lib\nprint(inspect.getsource(nn_lib.AddGate))",
        "class eval:\n    pass\ndef compile(x):\n    return x\ncompile(eval())",
        "import re\nre.compile('x')\nfrom autograder import check",
    ],
)
def test_of_an_honest_notebook_there_is_nothing_to_tell(sandbox, cell):
    made = graded(sandbox, cell, OWN)
    assert made.scores["check-add"] == 1.0 and made.troubles == []


def test_what_earned_nothing_need_not_be_read(sandbox):
    assert graded(sandbox, "exec('x = 1')").troubles == []
