"""Grades in the forms learning platforms take in, from nbgrader's gradebook."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader import api
from nbgrader.api import Gradebook

from autograder.exercises import CourseProblem
from autograder.pipeline.course import Course, where_it_belongs
from autograder.pipeline.records import graded_with_others, read_record
from autograder.pipeline.source import find_assignment, open_gradebook
from autograder.reading.words import one_line
from autograder.report.output import write_file

FORMS = ("csv", "canvas", "moodle", "gradescope")
"""What a file is called by, where that is not the form."""


@dataclass(frozen=True)
class Grade:
    """What the gradebook says of one student in one assignment. Who did not hand in has no points.

    `score` is `raw_score` less the late `penalty`, and at least 0, all in points, as nbgrader's own export has them.
    `to_mark` says that a person still has to mark something: the score will change.
    """

    id: str
    first_name: str
    last_name: str
    email: str
    platform_id: str
    handed_in: bool = False
    timestamp: str = ""
    raw_score: float = 0.0
    penalty: float = 0.0
    score: float = 0.0
    to_mark: bool = False

    @property
    def name(self) -> str:
        return f"{self.last_name}, {self.first_name}".strip(", ") or self.id


def export_grades(
    course: Course,
    assignment: str,
    form: str = "csv",
    output: Path | None = None,
    say: Callable[[str], None] = lambda remark: None,
    *,
    per_question: bool = False,
    excel: bool = False,
) -> Path:
    """Write the grades of an assignment and return the file's path.

    With `per_question`, which is for the form "csv" alone, there is a column for each graded cell, with the points it
    is worth in its head. `excel` begins the file with a byte order mark, by which Excel knows UTF-8.

    `form` is "csv" (the columns of `nbgrader export`, and whether a person still has to mark), or what "canvas" and
    "moodle" import, or the columns in which "gradescope" gives out grades. Scores are nbgrader's, manual marks, extra
    credit and late penalties included; everybody in the gradebook has a row. `say` is told of scores that are not
    final. Raises `CourseProblem` for an assignment the gradebook does not have or nobody is graded in, and when the
    file cannot be written.
    """
    if form not in FORMS:
        raise ValueError(f"there is no form {form!r}; choose one of {', '.join(FORMS)}")
    if per_question and form != "csv":
        raise CourseProblem(f"points per question are written as csv; {form} takes in one number an assignment")
    most, due, grades = _read(course, assignment)
    if not any(grade.handed_in for grade in grades):
        raise CourseProblem(f"nobody is graded in {assignment!r} yet: autograder grade {assignment}")
    path = output or course.root / f"{assignment}-{'questions' if per_question else form}.csv"
    text = io.StringIO()
    table = _questions(course, assignment, grades) if per_question else _table(form, assignment, most, due, grades)
    csv.writer(text).writerows([[_harmless(cell) for cell in row] for row in table])
    write_file(path, text.getvalue(), marked=excel)
    graded = {grade.id for grade in grades if grade.handed_in}
    waiting = [student for student in course.students_with(assignment) if student not in graded]
    if waiting:
        say(f"handed in, but not graded yet, so 0 points: {_some(waiting)}. Grade them: autograder grade {assignment}")
    if astray := where_it_belongs(course, assignment):
        say(astray)
    reasons = {student: _open(course, assignment, student) for student in sorted(graded)}
    still = {grade.id for grade in grades if grade.to_mark}
    left_open = [f"{student} ({why})" for student, why in reasons.items() if why and student in still]
    if left_open:
        say(f"open, with no final grade: {_some(left_open)}. Mend what is wrong, then: autograder grade {assignment}")
    if form == "canvas" and (word := _ignored_by_canvas(assignment)):
        say(
            f"Canvas takes a column with {word!r} in its title for one of its own totals, and ignores it: "
            f"change {assignment!r} in the first line of the file, to the title the assignment has there"
        )
    to_mark = [grade.id for grade in grades if grade.to_mark and not reasons.get(grade.id)]
    if to_mark:
        say(f"not final, a person still has to mark: {_some(to_mark)}. Mark them in formgrader, then export again")
    records = {student: read_record(course, assignment, student) for student in sorted(graded)}
    try:
        others = [f"{who} ({words})" for who, words in graded_with_others(course, records).items()]
    except CourseProblem as problem:
        say(f"whether all are graded with the exercises of now could not be found out: {problem}")
        others = []
    if others:
        say(
            "graded with other exercises than the course has now, so not to be compared with the rest: "
            f"{_some(others)}. Grade them again: autograder grade {assignment}"
        )
    return path


def _read(course: Course, assignment: str) -> tuple[float, str, list[Grade]]:
    """The points possible, the due date ("" for none), and everybody's grade, in nbgrader's order."""
    with open_gradebook(course.db_url, course.course_id) as gradebook:
        about = find_assignment(gradebook, assignment)
        submissions, to_mark = _submissions(gradebook, assignment)
        grades = [_grade(s, submissions.get(s.id), s.id in to_mark) for s in gradebook.students]
        return float(about.max_score), str(about.duedate or ""), grades


def _open(course: Course, assignment: str, student: str) -> str:
    """Why the last grading left a submission open, or ""."""
    reasons = read_record(course, assignment, student).get("open")
    return str(reasons[0]) if isinstance(reasons, list) and reasons else ""


def _ignored_by_canvas(title: str) -> str | None:
    """The word by which Canvas's import takes a column for one that it computes itself."""
    # gradebook_importer.rb passes over titles of the form "Current Score", "Final Grade", "Unposted Current Score", ...
    words = ("current score", "current points", "current grade", "final score", "final points", "final grade", "final")
    return next((word for word in words if word in re.sub(r"[_-]+", " ", title).casefold()), None)


def _submissions(gradebook: Gradebook, assignment: str) -> tuple[dict[str, Any], set[str]]:
    """Timestamp, score and penalty by student, and who has marks to come: two queries instead of three a student."""
    s = api.SubmittedAssignment
    rows = (
        gradebook.db.query(s.student_id, s.timestamp, s.score, s.late_submission_penalty)
        .join(api.Assignment, api.Assignment.id == s.assignment_id)
        .filter(api.Assignment.name == assignment)
    )
    to_mark = (
        gradebook.db.query(s.student_id)
        .join(api.Assignment, api.Assignment.id == s.assignment_id)
        .join(api.SubmittedNotebook, api.SubmittedNotebook.assignment_id == s.id)
        .join(api.Grade, api.Grade.notebook_id == api.SubmittedNotebook.id)
        .filter(api.Assignment.name == assignment, api.Grade.needs_manual_grade)
        .distinct()
    )
    return {row.student_id: row for row in rows}, {row.student_id for row in to_mark}


def _grade(student: Any, submission: Any, to_mark: bool) -> Grade:
    who = (student.id, student.first_name or "", student.last_name or "", student.email or "")
    platform_id = student.lms_user_id or ""
    if submission is None:
        return Grade(*who, platform_id)
    raw, penalty = float(submission.score or 0.0), float(submission.late_submission_penalty or 0.0)
    when = str(submission.timestamp or "")
    return Grade(*who, platform_id, True, when, raw, penalty, max(0.0, raw - penalty), to_mark)


def _table(form: str, assignment: str, most: float, due: str, grades: Iterable[Grade]) -> list[list[str]]:
    if form == "canvas":
        # Canvas finds students by ID, else SIS User ID, else SIS Login ID, and the assignment by its title. It takes
        # every further column for an assignment, so that there is no place to say that a mark is missing.
        head = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment]]
        head.append(["    Points Possible", "", "", "", "", _number(most)])
        return head + [[g.name, g.platform_id, g.id, g.id, "", _number(g.score)] for g in grades]
    if form == "moodle":
        # Moodle's grade import has the columns mapped by hand, the first one proposed as the key.
        head = [["Username", "Email address", f"Assignment: {assignment} (Real)", "Feedback comments"]]
        return head + [[g.id, g.email, _number(g.score), "still to be marked" if g.to_mark else ""] for g in grades]
    if form == "gradescope":
        head = [["First Name", "Last Name", "SID", "Email", "Total Score", "Max Points", "Status"]]
        return head + [[g.first_name, g.last_name, g.id, g.email, *_gradescope(g, most)] for g in grades]
    who = ["assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"]
    head = [[*who, "raw_score", "late_submission_penalty", "score", "max_score", "needs_manual_grade"]]
    for g in grades:
        who = [assignment, due, g.timestamp, g.id, g.last_name, g.first_name, g.email]
        head.append([*who, str(g.raw_score), str(g.penalty), str(g.score), str(most), str(g.to_mark).lower()])
    return head


def _questions(course: Course, assignment: str, grades: Iterable[Grade]) -> list[list[str]]:
    """A row for each student, a column for each graded cell in the notebooks' order: the points by hand where there
    are some, else those by check, with extra credit. Empty where a person still has to mark, or nothing came; a mark
    that needs another look counts in the score, and so stands here too: every row adds up."""
    with open_gradebook(course.db_url, course.course_id) as gradebook:
        about = find_assignment(gradebook, assignment)
        worth: dict[str, float] = {}
        names: dict[str, str] = {}
        order: dict[str, int] = {}
        for notebook in sorted(about.notebooks, key=lambda n: n.name):
            for place, cell in enumerate(notebook.source_cells):
                order[cell.name] = len(order) + place
            for cell in [*notebook.grade_cells, *notebook.task_cells]:
                several = f"{notebook.name}: " if len(about.notebooks) > 1 else ""
                names[cell.id], worth[cell.id] = several + cell.name.removeprefix("check-"), float(cell.max_score)
                order[cell.id] = order.get(cell.name, len(order))
        s, n, g = api.SubmittedAssignment, api.SubmittedNotebook, api.Grade
        rows = (
            gradebook.db.query(
                s.student_id, g.cell_id, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade
            )
            .join(n, n.assignment_id == s.id)
            .join(g, g.notebook_id == n.id)
            .filter(s.assignment_id == about.id)
        )
        points: dict[tuple[str, str], str] = {}
        for student, cell, automatic, by_hand, extra, waits in rows:
            given = automatic if by_hand is None else by_hand
            counts = 0.0 if given is None else float(given) + float(extra or 0.0)
            if given is not None and (counts or by_hand is not None or not waits):
                points[student, cell] = _number(counts)
    cells = sorted(names, key=lambda cell: order[cell])
    head = ["student_id", "last_name", "first_name", *(f"{names[c]} ({_number(worth[c])})" for c in cells)]
    table = [[*head, "late_submission_penalty", "score"]]
    for grade in grades:
        who = [grade.id, grade.last_name, grade.first_name]
        own = [points.get((grade.id, cell), "") for cell in cells]
        table.append([*who, *own, _number(grade.penalty), _number(grade.score)])
    return table


def _gradescope(grade: Grade, most: float) -> tuple[str, str, str]:
    status = "Missing" if not grade.handed_in else "Ungraded" if grade.to_mark else "Graded"
    return _number(grade.score), _number(most), status


def _number(points: float) -> str:
    return f"{points:.12g}"


def _some(students: list[str]) -> str:
    more = f" and {len(students) - 5} more" if len(students) > 5 else ""
    return f"{', '.join(map(one_line, students[:5]))}{more}"


def _harmless(cell: str) -> str:
    """The cell, unless a spreadsheet would take it for a formula that does something: then with an apostrophe.

    Who opens an export in a spreadsheet must not run what a student calls himself, =HYPERLINK(...) or +cmd|.... But a
    platform finds its students by the exact id. So a cell of letters, digits and . _ @ + - alone, which is what logins
    and addresses consist of, stays as it is, whatever it begins with: it can call nothing and fetch nothing. In any
    other cell an apostrophe goes before a leading = + - @, and before one that would lead where the file is split at
    another separator.
    """
    if re.fullmatch(r"[\w.@+-]*", cell):
        return cell
    return re.sub(r'(^|[;,|\t\r\n"])(\s*)(?=[=+\-@＝＋－＠])', r"\1\2'", cell)
