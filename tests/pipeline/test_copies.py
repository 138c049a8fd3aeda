"""Whose words an answer is in: a paste is told from a right answer of one's own."""

import inspect
import textwrap

import pytest

import nn_lib
from autograder.exercises import the_course
from autograder.pipeline.demo import DEFAULT, in_own_words
from autograder.report.class_report import _answers
from autograder.report.copies import known

COURSE = the_course()
EXERCISE = COURSE.exercises["count_paths"]  # whose answer is long enough to have words of its own
REFERENCE = inspect.getsource(EXERCISE.reference)
OWN = """
def mine(upstream, x, W, b, alpha):
    total = 0.0
    for row in range(len(x)):
        for column in range(x.shape[1]):
            here = x[row, column] * W[column, 0]
            if here > alpha:
                total = total + upstream[row] * here
            else:
                total = total - b[column] / (1.0 + here ** 2)
    return total
"""


@pytest.fixture(scope="module")
def originals():
    return known(COURSE, {"solved": OWN})


def test_a_pasted_reference_is_told_whatever_it_is_called_and_commented(originals):
    lines = REFERENCE.replace(f"def {EXERCISE.reference.__name__}(", f"def {EXERCISE.name}(").splitlines()
    pasted = "\n".join(f"{line}  # all mine" if line.rstrip().endswith(")") else line for line in lines)
    assert originals.whose(EXERCISE.name, pasted) == "the course's reference"
    assert originals.whose(EXERCISE.name, pasted, [REFERENCE]) is None  # where everybody was handed it


def test_a_pasted_solution_and_the_librarys_code_are_told(originals):
    assert originals.whose("solved", OWN) == "the course's solution"
    assert originals.whose("anything", inspect.getsource(nn_lib.fit)) == "the code of nn_lib"


def test_ones_own_words_are_ones_own(originals):
    assert originals.whose("anything", OWN) is None
    assert originals.whose("anything", "def f(x):\n    return x") is None
    assert originals.whose("anything", "def f(:") is None


@pytest.mark.parametrize("assignment", DEFAULT)
def test_the_demos_class_is_told_for_nothing_it_has_not_copied(assignment):
    """In its own words, a solution is nobody's but its writer's; as it stands, some of it is the course's."""
    solved = _answers(COURSE.folder / assignment)
    given = _answers(COURSE.folder.parent / "notebooks" / assignment)
    originals = known(COURSE, solved)
    assert any(originals.whose(name, text, [given[name]]) for name, text in solved.items())
    for name, text in solved.items():
        assert originals.whose(name, in_own_words(text), [given[name]]) is None, name


def test_no_right_variant_of_the_course_is_taken_for_its_reference(originals):
    found = [
        (name, originals.whose(name, textwrap.dedent(inspect.getsource(right))))
        for name, exercise in COURSE.exercises.items()
        for right in exercise.answers.right
        if inspect.isfunction(right)
    ]
    assert [name for name, whose in found if whose == "the code of nn_lib"] == []
