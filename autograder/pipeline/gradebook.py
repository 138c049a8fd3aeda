"""Writing results into nbgrader's gradebook: the same rows as `nbgrader autograde` writes, in one place."""

from __future__ import annotations

import datetime
import warnings
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task
from sqlalchemy.exc import SAWarning

from autograder.pipeline.course import Course
from autograder.pipeline.grading import GradedNotebook


def write_submission(
    gradebook: Gradebook,
    course: Course,
    assignment: str,
    student: str,
    timestamp: datetime.datetime | None,
    notebooks: dict[str, GradedNotebook | None],
) -> float:
    """Record a submission's automatic scores and return its total; None for a notebook that was not handed in.

    Manual grades and comments stay as they are, and are marked for another look, as nbgrader does.
    """
    times = {"timestamp": timestamp} if timestamp is not None else {}
    with warnings.catch_warnings():
        # nbgrader builds new rows piece by piece, and SQLAlchemy remarks on each piece.
        warnings.simplefilter("ignore", SAWarning)
        gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(assignment, student, **times)
    for recorded in submission.notebooks:
        graded = notebooks.get(recorded.name)
        cells: dict[str, Any] = {}
        if graded is not None:
            for cell in graded.notebook.cells:
                name = cell.metadata.get("nbgrader", {}).get("grade_id")
                if name:
                    cells[name] = cell
        for grade in recorded.grades:
            cell = cells.get(grade.cell.name)
            if cell is None or not is_grade(cell):
                if graded is None:
                    grade.auto_score, grade.needs_manual_grade = 0, False
                continue
            grade.auto_score = determine_grade(cell)[0]
            grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        for comment in recorded.comments:
            cell = cells.get(comment.cell.name)
            if cell is not None and (is_solution(cell) or is_task(cell)):
                untouched = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell) and not is_task(cell)
                comment.auto_comment = "No response." if untouched else None
    gradebook.db.commit()
    _late_penalties(course, assignment, student, submission, notebooks)
    gradebook.db.refresh(submission)
    return float(submission.score)


def _late_penalties(
    course: Course,
    assignment: str,
    student: str,
    submission: Any,
    notebooks: dict[str, GradedNotebook | None],
) -> None:
    """nbgrader's own stage, with whatever plug-in the course configured, where it could change something."""
    late = submission.total_seconds_late > 0
    for recorded in submission.notebooks:
        graded = notebooks.get(recorded.name)
        if graded is None or not (late or recorded.late_submission_penalty):
            continue
        about = {
            "student": student,
            "assignment": assignment,
            "notebook": recorded.name,
            "db_url": course.db_url,
        }
        AssignLatePenalties(config=course.config).preprocess(graded.notebook, {"nbgrader": about})
