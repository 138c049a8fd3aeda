"""Grading as submissions arrive: one look at the folder after another, each followed by an ordinary grading run."""

from __future__ import annotations

import time
from collections.abc import Callable

from autograder.exercises import CourseProblem
from autograder.pipeline.course import Course
from autograder.pipeline.demo import nbgrader
from autograder.pipeline.feedback import write_feedback
from autograder.pipeline.grade import grade_assignment
from autograder.pipeline.graded import SubmissionResult
from autograder.pipeline.source import read_book
from autograder.reading.folders import files_below

Seen = tuple[tuple[str, int, int], ...]


def watch(
    course: Course,
    assignment: str,
    *,
    every: float = 10.0,
    collect: bool = False,
    once: bool = False,
    jobs: int | None = None,
    say: Callable[[str], None] = print,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Grade what is new or changed among the submissions of an assignment, and write its feedback, again and again.

    A submission is graded once its files stay as they are from one look to the next. `collect` has nbgrader collect
    from its exchange first. Problems of one look are told, and the next look tries again; with `once` there is one
    look, which grades what is there, and its `CourseProblem` is raised.
    """
    seen: dict[str, Seen] = {}
    done: dict[str, Seen] = {}
    while True:
        try:
            if collect:
                nbgrader(course.root, "collect", assignment, "--update")
            now = {student: _state(course, assignment, student) for student in course.students_with(assignment)}
            if not now:
                read_book(course.db_url, assignment, course.course_id)  # a misspelled name is told, not waited for
            for student, state in now.items():
                if done.get(student) != state and (once or seen.get(student) == state):
                    for result in grade_assignment(course, assignment, student=student, jobs=jobs):
                        if not result.skipped:
                            say(_told(result))
                    write_feedback(course, assignment, student=student)
                    done[student] = state
            seen = now
        except CourseProblem as problem:
            if once:
                raise
            say(f"{problem}; it is tried again")
        if once:
            return
        sleep(every)


def _state(course: Course, assignment: str, student: str) -> Seen:
    """Names, sizes and times of a submission's files."""
    folder = course.folder("submitted", student, assignment)
    found = []
    for path in files_below(folder):
        try:
            about = path.lstat()
        except OSError:  # taken away meanwhile
            continue
        found.append((path.relative_to(folder).as_posix(), about.st_size, about.st_mtime_ns))
    return tuple(sorted(found))


def _told(result: SubmissionResult) -> str:
    if result.open:
        return f"{result.student}: open, not final: {result.open[0]}"
    words = f"{result.student}: {result.final:g} {'point' if result.final == 1 else 'points'}"
    if result.penalty:
        words += f" after {result.penalty:g} off for being late"
    if result.waiting:
        words += f", {result.waiting} {'answer waits' if result.waiting == 1 else 'answers wait'} for a person"
    if result.look_again:
        words += f", {result.look_again} of them with a mark by hand that needs another look"
    return words
