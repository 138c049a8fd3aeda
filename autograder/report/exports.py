"""Grades in the forms learning platforms take in, from nbgrader's gradebook."""

from __future__ import annotations

import csv
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from autograder.pipeline.course import Course
from autograder.pipeline.source import CourseProblem

FORMS = ("csv", "canvas", "moodle", "gradescope")


def export_grades(course: Course, assignment: str, form: str = "csv", output: Path | None = None) -> Path:
    """Write the grades of an assignment and return the file's path.

    `form` is "csv" (student, score, most, late penalty, whether a person still has to mark), or the import format of
    "canvas", "moodle" or "gradescope". Scores are nbgrader's, manual marks and late penalties included. Raises
    `CourseProblem` for an assignment the gradebook does not have.
    """
    if form not in FORMS:
        raise ValueError(f"there is no form {form!r}; choose one of {', '.join(FORMS)}")
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            most = float(gradebook.find_assignment(assignment).max_score)
        except MissingEntry:
            raise CourseProblem(f"the gradebook has no assignment {assignment!r}") from None
        rows = []
        for student in gradebook.students:
            try:
                submission = gradebook.find_submission(assignment, student.id)
            except MissingEntry:
                continue
            penalty = float(submission.late_submission_penalty or 0.0)
            rows.append(
                (student, max(0.0, float(submission.score) - penalty), penalty, bool(submission.needs_manual_grade))
            )
        table = _table(form, assignment, most, rows)
    path = output or course.root / f"{assignment}-{form}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(table)
    return path


def _table(form: str, assignment: str, most: float, rows: list) -> list[list[str]]:
    def name(student: object) -> str:
        first, last = getattr(student, "first_name", None) or "", getattr(student, "last_name", None) or ""
        return f"{last}, {first}".strip(", ") or str(student.id)  # type: ignore[attr-defined]

    if form == "canvas":
        # Canvas matches students by id and adds a column per assignment; the second row holds the points possible.
        head = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment]]
        head.append(["    Points Possible", "", "", "", "", f"{most:g}"])
        return head + [[name(s), "", s.id, s.id, "", f"{score:g}"] for s, score, _, _ in rows]
    if form == "moodle":
        # Moodle's grade import maps any column; these are the names its own export uses.
        head = [["Username", "Email address", f"Assignment: {assignment} (Real)", "Feedback comments"]]
        return head + [
            [s.id, s.email or "", f"{score:g}", "still to be marked" if todo else ""] for s, score, _, todo in rows
        ]
    if form == "gradescope":
        head = [["Name", "SID", "Email", "Total Score", "Max Points", "Status"]]
        return head + [
            [name(s), s.id, s.email or "", f"{score:g}", f"{most:g}", "Ungraded" if todo else "Graded"]
            for s, score, _, todo in rows
        ]
    head = [["student_id", "assignment", "score", "max_score", "late_penalty", "needs_manual_grade"]]
    return head + [
        [s.id, assignment, f"{score:g}", f"{most:g}", f"{penalty:g}", str(todo).lower()]
        for s, score, penalty, todo in rows
    ]
