"""Every assignment of the course through the real pipeline: the solution earns all points, the release none."""

import shutil
from pathlib import Path

import pytest
from conftest import need_program
from nbgrader.api import Gradebook

from autograder.exercises import the_course
from autograder.pipeline.course import open_course
from autograder.pipeline.demo import nbgrader
from autograder.pipeline.grade import grade_assignment

EXERCISES = the_course().exercises
ASSIGNMENTS = the_course().assignments

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.course, pytest.mark.slow, pytest.mark.xdist_group("all assignments")]


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_a_solution_earns_everything_and_a_release_nothing(name, tmp_path):
    need_program("bwrap", "bubblewrap")
    shutil.copytree(REPOSITORY / "solutions" / name, tmp_path / "solutions" / name)
    shutil.copy(REPOSITORY / "nbgrader_config.py", tmp_path)
    nbgrader(tmp_path, "generate_assignment", name)
    for student, origin in (("full", "solutions"), ("empty", "notebooks")):
        (tmp_path / "submitted" / student / name).mkdir(parents=True)
        shutil.copy(tmp_path / origin / name / f"{name}.ipynb", tmp_path / "submitted" / student / name)
    results = {r.student: r for r in grade_assignment(open_course(tmp_path), name, jobs=2)}
    points = sum(e.points for e in EXERCISES.values() if e.assignment == name)
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        scores = {s.student.id: float(s.score) for s in gradebook.assignment_submissions(name)}
    assert scores == {"full": float(points), "empty": 0.0}
    assert results["full"].troubles == []
    assert results["empty"].troubles == []
