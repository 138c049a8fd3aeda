"""Feedback for a class: one page each, whoever makes it; only what changed is made; nbgrader's own stays available."""

import json
import shutil
from pathlib import Path

import pytest
from conftest import need_program, slow_after

from autograder.exercises import CourseProblem
from autograder.pipeline import feedback
from autograder.pipeline.course import open_course
from autograder.pipeline.demo import nbgrader, run_demo
from autograder.pipeline.grade import grade_assignment

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "03_circuits_and_gates"
pytestmark = [pytest.mark.course, pytest.mark.xdist_group("feedback")]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    need_program("bwrap", "bubblewrap")
    folder = tmp_path_factory.mktemp("feedback") / "demo"
    run_demo(folder, REPOSITORY, [NAME], say=lambda words: None)
    return open_course(folder)


def pages(folder):
    return {path.relative_to(folder): path.read_text("utf-8") for path in sorted(folder.rglob("*.html"))}


def page(course, student):
    return course.folder("feedback", student, NAME) / f"{NAME}.html"


def times(course):
    return {path.parent.parent.name: path.stat().st_mtime_ns for path in (course.root / "feedback").rglob("*.html")}


@pytest.mark.parametrize(
    ("share", "jobs", "alone"), slow_after(1, [(3, 2, 1), (100, None, 40)])
)  # in two other processes, and in this one
def test_pages_are_the_same_whoever_makes_them(course, monkeypatch, share, jobs, alone):
    nbgrader(course.root, "generate_feedback", NAME, "--force")
    by_nbgraders_command = pages(course.root / "feedback")
    shutil.rmtree(course.root / "feedback")
    monkeypatch.setattr(feedback, "SHARE", share)
    monkeypatch.setattr(feedback, "ALONE", alone)
    told = []
    made = feedback.write_feedback(course, NAME, jobs=jobs, progress=lambda *at: told.append(at))
    assert len(made.students) == made.new == 13 and not made.failed and made.same == 0
    assert told[-1] == (13, 13)
    assert pages(course.root / "feedback") == by_nbgraders_command


def test_only_what_changed_is_made_anew(course):
    from nbgrader.api import Gradebook

    feedback.write_feedback(course, NAME)
    before = times(course)
    made = feedback.write_feedback(course, NAME)
    assert times(course) == before and (made.new, made.same) == (0, 13)
    with Gradebook(course.db_url) as gradebook:
        submission = gradebook.find_submission_notebook(NAME, NAME, "chen")
        comment = next(c for c in submission.comments if c.name == f"written-{NAME}")
        comment.manual_comment = "Which wire?"
        grade = next(g for g in submission.grades if g.name == f"written-{NAME}")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    made = feedback.write_feedback(course, NAME)
    assert (made.new, made.same) == (1, 12)
    after = times(course)
    assert {who for who in after if after[who] != before[who]} == {"chen"}
    text = page(course, "chen").read_text("utf-8")
    assert "Which wire?" in text and "1.5 of 2" in text
    assert "both inputs receive it" in text  # the mark scheme, now that a person has marked
    assert "both inputs receive it" not in page(course, "ada").read_text("utf-8")
    feedback.write_feedback(course, NAME, force=True)
    assert all(times(course)[who] != after[who] for who in after)


def test_the_page_names_mistake_and_points_of_the_gradebook(course):
    feedback.write_feedback(course, NAME)
    text = page(course, "boris").read_text("utf-8")
    assert "upstream forgotten" in text and "11 of 15 points" in text
    unread = page(course, "milo").read_text("utf-8")
    assert unread.index("could not be read") < unread.index("Hand it in again")
    assert "still to be marked by a person" not in unread and "completely right" not in unread


def test_what_lies_beside_a_submission_stays_off_the_page_unless_it_is_a_picture(course):
    folder = course.folder("autograded", "ada", NAME)
    (folder / "evil.html").write_text("<script>alert(1)</script>")
    (folder / "fake.png").write_text("<script>alert(1)</script>")
    (folder / "dot.gif").write_bytes(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;")
    (folder / "timestamp.txt").write_text("2030-01-01 00:00:00 UTC")
    (folder / "link.png").symlink_to("/etc/passwd")
    wanted = {f"{NAME}.html", "dot.gif", "timestamp.txt"}
    try:
        feedback.write_feedback(course, NAME)
        assert {path.name for path in page(course, "ada").parent.iterdir()} == wanted
        nbgrader(course.root, "generate_feedback", NAME, "--force", "--student", "ada")
        assert {path.name for path in page(course, "ada").parent.iterdir()} == wanted
    finally:
        for name in ("evil.html", "fake.png", "dot.gif", "timestamp.txt", "link.png"):
            (folder / name).unlink()


def test_one_page_that_cannot_be_made_is_named_and_stops_no_other(course):
    broken = course.root / "autograded" / "boris" / NAME / f"{NAME}.ipynb"
    kept = broken.read_text()
    broken.chmod(0o644)
    broken.write_text("{")
    try:
        made = feedback.write_feedback(course, NAME)
    finally:
        broken.write_text(kept)
    assert made.failed == ["boris"] and len(made.students) == 12
    assert feedback.write_feedback(course, NAME, student="boris")[:2] == (["boris"], [])


def test_nbgraders_own_pages_are_one_setting_away(course):
    settings = course.root / "nbgrader_config.py"
    kept = settings.read_text()
    settings.write_text(f'{kept}\nc.GenerateFeedback.exporter_class = "nbconvert.exporters.HTMLExporter"\n')
    try:
        made = feedback.write_feedback(open_course(course.root), NAME, student="ada")
        assert (made.students, made.failed, made.new) == (["ada"], [], 1)
        assert "(Score: 2.0 / 2.0)" in page(course, "ada").read_text("utf-8")
    finally:
        settings.write_text(kept)
    feedback.write_feedback(course, NAME)
    assert "What was asked" in page(course, "ada").read_text("utf-8")


def test_the_mark_scheme_can_be_kept_back(course):
    hidden = open_course(course.root)
    hidden.config.FeedbackExporter.show_mark_scheme = False
    feedback.write_feedback(hidden, NAME, student="chen")
    assert "both inputs receive it" not in page(course, "chen").read_text("utf-8")
    feedback.write_feedback(course, NAME, student="chen")


def test_grade_and_feedback_in_one_command(course):
    import os
    import subprocess
    import sys

    shutil.rmtree(course.root / "feedback")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "autograder.cli", "grade", NAME, "--student", "ada", "--force", "--feedback"]
    done = subprocess.run(command, cwd=course.root, env=environment, capture_output=True, text=True, check=True)
    assert "1 page under feedback/: 1 new or changed, 0 as before" in done.stdout
    assert list(pages(course.root / "feedback")) == [Path("ada") / NAME / f"{NAME}.html"]
    notebook = json.loads((course.folder("autograded", "ada", NAME) / f"{NAME}.ipynb").read_text())
    assert any("autograder" in cell["metadata"] for cell in notebook["cells"])


def test_nobody_graded_says_what_to_do(course):
    from nbgrader.api import Gradebook

    with pytest.raises(CourseProblem, match="nbgrader generate_assignment 09_sgd"):
        feedback.write_feedback(course, "09_sgd")
    with Gradebook(course.db_url) as gradebook:
        gradebook.update_or_create_assignment("09_sgd")
    with pytest.raises(CourseProblem, match="autograder grade 09_sgd"):
        feedback.write_feedback(course, "09_sgd")


@pytest.mark.parametrize("command", [feedback.write_feedback, grade_assignment])
def test_a_misspelled_student_is_told_with_the_nearest(course, command):
    with pytest.raises(CourseProblem, match=r"borris did not hand in .*no student of this name\. Did you mean boris\?"):
        command(course, NAME, student="borris")


def test_a_student_who_is_not_graded_yet_is_told_how_to_be(course):
    shutil.copytree(course.root / "submitted" / "boris", course.root / "submitted" / "late comer")
    try:
        with pytest.raises(CourseProblem, match=f"late comer is not graded in .*autograder grade {NAME} --student"):
            feedback.write_feedback(course, NAME, student="late comer")
    finally:
        shutil.rmtree(course.root / "submitted" / "late comer")
