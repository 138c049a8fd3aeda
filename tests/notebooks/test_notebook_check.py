"""`autograder check`: whatever a notebook looks like, each of its exercises is judged, or said to be missing."""


import nbformat
import pytest

from autograder.notebook_check import check_notebook

RIGHT = "def add_backward(upstream, x, y):\n    return upstream, upstream"


def written(path, *cells):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells]), path)
    return path


@pytest.mark.parametrize(
    "cell",
    [
        f'from autograder import check\n{RIGHT}\n\ncheck("add_backward")',
        f'from autograder import check\n{RIGHT}\n\nresult = check("add_backward")\nresult',
        f'from autograder import check\ncheck("add_backward")\n{RIGHT}',
    ],
)
def test_a_cell_that_holds_a_function_and_its_check_is_run(tmp_path, cell):
    verdicts = check_notebook(written(tmp_path / "mine.ipynb", cell))
    assert [(v.exercise, v.passed) for v in verdicts] == [("add_backward", True)]
