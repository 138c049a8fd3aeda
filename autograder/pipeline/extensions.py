"""Extensions: who may hand in later than the due date, and until when.

They lie in the course's own folder, since nbgrader's gradebook can keep one only for somebody who has handed in.
Grading writes them there, where nbgrader's late penalties follow them.
"""

from __future__ import annotations

import datetime
import json
from contextlib import suppress
from pathlib import Path

from autograder.exercises import CourseProblem
from autograder.pipeline.course import SEEDS, Course
from autograder.pipeline.source import open_gradebook, read_book
from autograder.reading.words import one_line

FILE = "extensions.json"


def extensions(course: Course, assignment: str) -> dict[str, datetime.datetime]:
    """Until when (UTC, without a zone) students may hand in an assignment, where that is later than for all.

    Raises `CourseProblem` when the file that holds it is damaged.
    """
    return {
        student: datetime.datetime.fromisoformat(until) for student, until in _read(course).get(assignment, {}).items()
    }


def extend(course: Course, student: str, assignment: str, until: str | None) -> datetime.datetime | None:
    """Let a student hand in an assignment until a time, or (None) no longer than all; returns the time in UTC.

    Raises `CourseProblem` for a student or an assignment that the gradebook does not have, without a due date, and for
    a time that cannot be read or is not after it.
    """
    from nbgrader.api import MissingEntry

    book = read_book(course.db_url, assignment, course.course_id)
    with open_gradebook(course.db_url, course.course_id) as gradebook:
        try:
            gradebook.find_student(student)
        except MissingEntry:
            raise CourseProblem(
                f"the gradebook has no student {student!r}: nbgrader db student add {one_line(student)}"
            ) from None
        if until is None:
            with suppress(MissingEntry):
                gradebook.grant_extension(assignment, student)  # which without a time takes it back
    when = None if until is None else _time(until)
    if when is not None:
        if book.due is None:
            raise CourseProblem(
                f"{assignment!r} has no due date, so that nobody is late: "
                f'nbgrader db assignment add {assignment} --duedate "2030-01-31 23:59 UTC"'
            )
        if when <= book.due:
            raise CourseProblem(f"{_shown(when)} is not after the due date, {_shown(book.due)}")
    known = _read(course)
    of_assignment = known.setdefault(assignment, {})
    of_assignment.pop(student, None)
    if when is not None:
        of_assignment[student] = when.isoformat()
    path = _path(course)
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_suffix(".making")
    making.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    making.replace(path)
    return when


def _path(course: Course) -> Path:
    return course.root / SEEDS / FILE


def _read(course: Course) -> dict[str, dict[str, str]]:
    path = _path(course)
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        for students in known.values():
            for until in students.values():
                datetime.datetime.fromisoformat(until)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as problem:
        raise CourseProblem(
            f"{path} should hold the extensions, and cannot be read ({type(problem).__name__}): bring it back from a "
            "copy, or delete it and give the extensions again"
        ) from None
    return dict(known)


def _time(text: str) -> datetime.datetime:
    from nbgrader.utils import parse_utc

    try:
        when: datetime.datetime = parse_utc(text)
    except Exception:  # dateutil raises whatever its arithmetic does
        raise CourseProblem(f"{text!r} cannot be read as a time: give it as in 2030-01-31 23:59 UTC") from None
    return when


def _shown(when: datetime.datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
