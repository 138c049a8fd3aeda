"""The course's own stand-ins and answers: what its notebooks import from `my_nn` is there, and right."""

import ast
import re
from pathlib import Path

import pytest

from autograder.exercises import the_course
from autograder.exercises.stand_ins import TABLE, _table, stand_in
from autograder.judge import judge
from autograder.mine.earlier import answers_before
from autograder.student import lent
from autograder.student.local import LocalCode

REPOSITORY = Path(__file__).resolve().parents[2]
COURSE = the_course(REPOSITORY / "solutions")
LENT = sorted(name for name in vars(_table(COURSE.folder / TABLE)) if name in COURSE.exercises)


def imported(assignment):
    """The names that a notebook imports from my_nn."""
    text = (COURSE.folder / assignment / f"{assignment}.py").read_text(encoding="utf-8")
    lines = re.findall(r"^\s*from my_nn import (?:\(.*?\)|.+?)$", text, flags=re.MULTILINE | re.DOTALL)
    return [alias.name for line in lines for node in ast.parse(line.strip()).body for alias in node.names]


@pytest.mark.parametrize("assignment", sorted(path.parent.name for path in COURSE.folder.glob("*/[01]*.py")))
def test_what_a_notebook_imports_is_of_earlier_ones_and_there_when_it_is_graded(assignment):
    shelf = lent.Shelf(**answers_before(COURSE, assignment))
    for name in imported(assignment):
        assert COURSE.exercises[name].assignment < assignment, name
        assert callable(getattr(shelf, name)) and not isinstance(getattr(shelf, name), lent.Missing), name


@pytest.mark.parametrize("assignment", sorted(path.parent.name for path in COURSE.folder.glob("*/[01]*.py")))
def test_what_a_notebook_imports_has_a_stand_in_for_who_takes_it_alone(assignment):
    assert [name for name in imported(assignment) if stand_in(COURSE, name) is None] == []


def test_every_answer_can_travel_but_those_that_need_the_faults_of_their_exercise():
    found = {name for _, _, names in answers_before(COURSE, "99")["earlier"] for name in names}
    assert {name for name in COURSE.exercises if name not in found and "repaired" not in name} == set()


@pytest.mark.parametrize("name", LENT)
def test_what_stands_in_for_an_exercise_passes_its_check(name):
    verdict = judge(name, LocalCode({name: stand_in(COURSE, name)}), seed=2, explain=None)
    # Good manners and the library's own corners are its business; its values must be right.
    assert verdict.criteria and verdict.criteria[0].points == verdict.criteria[0].max_points, verdict.criteria


def test_a_difference_quotient_is_one_when_it_is_lent_too():
    """A gradient that is measured with what my_nn lends is no derivation."""
    borrowed = stand_in(COURSE, "numerical_gradient")
    source = (
        "def softplus_backward(upstream, x):\n    return upstream * measured(lambda v: np.sum(np.logaddexp(0, v)), x)"
    )
    import numpy as np

    names = {"np": np, "measured": borrowed}
    exec(source, names)
    code = LocalCode({"softplus_backward": names["softplus_backward"]})
    assert code.borrowed("softplus_backward") is None and code.measures("softplus_backward")
