"""The rows of many submissions, written at once, are those that nbgrader's own stage writes one by one."""

import datetime
import json
import shutil

import nbformat
import pytest
from courses import released
from nbgrader.api import Gradebook
from nbgrader.preprocessors import SaveAutoGrades

from autograder.judge.verdict import Verdict
from autograder.pipeline.course import open_course
from autograder.pipeline.delivery import answers_in, cells_of
from autograder.pipeline.gradebook import GradebookWriter
from autograder.pipeline.graded import GradedNotebook, SubmissionResult
from autograder.pipeline.restore import restore
from autograder.pipeline.source import read_source

NAME = "03_circuits_and_gates"
LATE = datetime.datetime(2030, 2, 1, 12, 0)
pytestmark = pytest.mark.xdist_group("rows")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A released assignment, and what some students handed in, graded by hand: no sandbox is needed for rows."""
    folder = tmp_path_factory.mktemp("rows")
    release, solution = released(folder, NAME)
    return open_course(folder), release, solution


def graded(course, content, points):
    """A notebook with the verdicts of an all-seeing judge: `points` of each check."""
    home, _, _ = course
    source = read_source(home.db_url, NAME)[NAME]
    notebook = restore(json.loads(json.dumps(content)), source).notebook
    for cell in notebook.cells:
        kept = source.get(cell.metadata.get("nbgrader", {}).get("grade_id") or "")
        if kept is not None and kept.autograded:
            verdict = Verdict(kept.check, min(points, kept.points), kept.points, ())
            shown = {"data": verdict._repr_mimebundle_(), "metadata": {}, "execution_count": 1}
            cell.outputs = [nbformat.from_dict({"output_type": "execute_result", **shown})]
    return GradedNotebook(notebook)


def results(course):
    _, release, solution = course
    return [
        SubmissionResult("ada", NAME, {NAME: graded(course, solution, 99.0)}),
        SubmissionResult("boris", NAME, {NAME: graded(course, solution, 0.5)}),
        SubmissionResult("gus", NAME, {NAME: graded(course, release, 0.0)}),
    ]


def rows(path):
    """Everything but the identities, which are drawn."""
    with Gradebook(f"sqlite:///{path}") as gradebook:
        found = {}
        for submission in gradebook.assignment_submissions(NAME):
            about = (submission.student.id, submission.timestamp, submission.score, submission.total_seconds_late)
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    found[(*about, grade.name, "grade")] = (
                        *(grade.auto_score, grade.manual_score, grade.extra_credit, grade.needs_manual_grade),
                        *(grade.score, grade.max_score, notebook.late_submission_penalty),
                    )
                for comment in notebook.comments:
                    found[(*about, comment.name, "comment")] = (comment.auto_comment, comment.manual_comment)
        return found


def by_nbgrader(course, several, when):
    """What `nbgrader autograde` does to the gradebook once a notebook has its outputs."""
    home, _, _ = course
    with Gradebook(home.db_url) as gradebook:
        for result in several:
            gradebook.update_or_create_student(result.student)
            gradebook.update_or_create_submission(NAME, result.student, timestamp=when)
    for result in several:
        about = {"student": result.student, "assignment": NAME, "notebook": NAME, "db_url": home.db_url}
        SaveAutoGrades().preprocess(result.notebooks[NAME].notebook, {"nbgrader": about})


def by_us(course, several, when, before=None):
    done = []
    with GradebookWriter(course[0], NAME) as writer:
        for result in several:
            cells = {name: made and cells_of(name, made) for name, made in result.notebooks.items()}
            done += writer.record(result.student, result, cells, when, before)
        return done + writer.commit()


def mark(path, score):
    with Gradebook(f"sqlite:///{path}") as gradebook:
        notebook = gradebook.find_submission_notebook(NAME, NAME, "ada")
        written = next(g for g in notebook.grades if g.name == f"written-{NAME}")
        written.manual_score, written.needs_manual_grade, written.extra_credit = score, False, 0.25
        next(c for c in notebook.comments if c.name == f"written-{NAME}").manual_comment = "Good."
        gradebook.db.commit()


def test_new_rows_and_changed_rows_are_nbgraders(course):
    home, path = course[0], course[0].root / "gradebook.db"
    empty, theirs = home.root / "empty.db", home.root / "theirs.db"
    shutil.copy(path, empty)
    by_nbgrader(course, results(course), LATE)
    shutil.copy(path, theirs)
    shutil.copy(empty, path)
    done = by_us(course, results(course), LATE)
    assert rows(path) == rows(theirs)
    assert len(rows(path)) == 3 * 16
    assert dict(done) == {who: score for (who, _, score, *_), _ in rows(path).items()}

    for book in (path, theirs):  # and once more, changed, with a mark by hand between
        mark(book, 1.5)
    changed = [*results(course)[1:], SubmissionResult("ada", NAME, {NAME: graded(course, course[2], 1.0)})]
    later = LATE + datetime.timedelta(days=1)
    done = dict(by_us(course, changed, later))
    ours = rows(path)
    shutil.copy(theirs, path)
    by_nbgrader(course, changed, later)
    assert ours == rows(path)
    assert done["ada"] == next(score for (who, _, score, *_) in ours if who == "ada") == 7 * 1.0 + 1.5 + 0.25
    shutil.copy(empty, path)


def test_a_mark_of_an_unchanged_answer_stays_finished(course):
    path = course[0].root / "gradebook.db"
    (ada, *_) = results(course)
    by_us(course, [ada], LATE)
    mark(path, 2.0)
    before = answers_in(NAME, ada.notebooks[NAME].notebook.cells)
    by_us(course, [results(course)[0]], LATE, before)
    waits = {key[4]: row[3] for key, row in rows(path).items() if key[0] == "ada" and key[5] == "grade"}
    assert waits[f"written-{NAME}"] is False
    by_us(course, [results(course)[0]], LATE, {**before, f"{NAME}/written-{NAME}": "another text"})
    waits = {key[4]: row[3] for key, row in rows(path).items() if key[0] == "ada" and key[5] == "grade"}
    assert waits[f"written-{NAME}"] is True


def test_one_that_cannot_be_written_costs_itself_alone(course):
    several = results(course)
    several[1].student = "lone surrogate \ud800"
    done = dict(by_us(course, several, None))
    assert isinstance(done["lone surrogate \ud800"], Exception)
    assert done["ada"] > 0 and done["gus"] == 0.0


def test_what_nobody_could_judge_stays_open_and_what_is_missing_is_zero(course):
    (ada, boris, _) = results(course)
    ada.student, ada.notebooks = "ida", {}
    boris.student, boris.notebooks = "bela", {NAME: None}
    by_us(course, [ada, boris], None)
    found = rows(course[0].root / "gradebook.db")
    open_ones = [row for key, row in found.items() if key[0] == "ida" and key[5] == "grade"]
    assert all(row[0] is None and row[3] for row in open_ones) and len(open_ones) == 8
    missing = [row for key, row in found.items() if key[0] == "bela" and key[5] == "grade"]
    assert all(row[0] == 0 and not row[3] for row in missing)
