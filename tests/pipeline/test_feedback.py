"""Feedback pages made by several processes are the pages nbgrader makes."""

import shutil
from pathlib import Path

import pytest
from conftest import need_program

from autograder.exercises import CourseProblem
from autograder.pipeline import feedback
from autograder.pipeline.course import open_course
from autograder.pipeline.demo import run_demo

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "03_circuits_and_gates"
pytestmark = pytest.mark.xdist_group("feedback")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A graded class, with the pages of nbgrader's own command beside it."""
    need_program("bwrap", "bubblewrap")
    folder = tmp_path_factory.mktemp("feedback") / "demo"
    run_demo(folder, REPOSITORY, [NAME], say=lambda words: None)
    shutil.move(folder / "feedback", folder / "by_nbgrader")
    return open_course(folder)


def pages(folder):
    return {path.relative_to(folder): path.read_text("utf-8") for path in sorted(folder.rglob("*.html"))}


@pytest.mark.parametrize(("share", "jobs"), [(100, None), (3, 2)])  # in this process, and in two of their own
def test_the_pages_are_nbgraders_own(course, monkeypatch, share, jobs):
    monkeypatch.setattr(feedback, "SHARE", share)
    told = []
    written, failed = feedback.write_feedback(course, NAME, jobs=jobs, progress=lambda *at: told.append(at))
    assert len(written) == 13 and not failed
    assert told[-1] == (13, 13)
    assert pages(course.root / "feedback") == pages(course.root / "by_nbgrader")


def test_one_page_that_cannot_be_made_is_named_and_stops_no_other(course):
    broken = course.root / "autograded" / "boris" / NAME / f"{NAME}.ipynb"
    kept = broken.read_text()
    broken.chmod(0o644)
    broken.write_text("{")
    try:
        written, failed = feedback.write_feedback(course, NAME)
    finally:
        broken.write_text(kept)
    assert failed == ["boris"] and len(written) == 12
    assert feedback.write_feedback(course, NAME, student="boris") == (["boris"], [])


def test_nobody_graded_says_what_to_do(course):
    with pytest.raises(CourseProblem, match="autograder grade 09_sgd"):
        feedback.write_feedback(course, "09_sgd")
