"""nbgrader's feedback pages for a whole class: its own converter in several processes, a share of the class each."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any

from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException

from autograder.exercises import CourseProblem
from autograder.pipeline.course import Course, open_course
from autograder.pipeline.workers import processes

SHARE = 12


def write_feedback(
    course: Course,
    assignment: str,
    *,
    student: str | None = None,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[str], list[str]]:
    """Write the feedback of everybody who is graded, anew, as marks may have changed since.

    Returns the students whose pages are written, and those for whom nbgrader could not make one. Raises `CourseProblem`
    when nobody is graded yet. `progress` is told how many are done, of how many.
    """
    autograded = course.root / course.directory.autograded_directory
    found = [student] if student else sorted(p.name for p in autograded.glob("[!.]*") if p.is_dir())
    students = [s for s in found if any(course.folder("autograded", s, assignment).glob("*.ipynb"))]
    if not students:
        raise CourseProblem(f"nobody is graded in {assignment!r} yet: autograder grade {assignment}")
    shares = [students[i : i + SHARE] for i in range(0, len(students), SHARE)]
    jobs = min(jobs or os.cpu_count() or 1, len(shares) // 2)
    done = 0
    if jobs <= 1:  # a new process takes as long to load nbgrader as a share takes to write
        for share in shares:
            _write(str(course.root), assignment, share)
            done += len(share)
            if progress is not None:
                progress(done, len(students))
        return _sorted_out(course, assignment, students)
    with processes(jobs) as pool:
        running = {pool.submit(_write, str(course.root), assignment, share): share for share in shares}
        for future in as_completed(running):
            future.result()
            done += len(running[future])
            if progress is not None:
                progress(done, len(students))
    return _sorted_out(course, assignment, students)


def _sorted_out(course: Course, assignment: str, students: list[str]) -> tuple[list[str], list[str]]:
    written = [s for s in students if any(course.folder("feedback", s, assignment).glob("*.html"))]
    return written, [s for s in students if s not in written]


class _Share(GenerateFeedback):  # type: ignore[misc]
    """nbgrader's converter, for some of the students."""

    students: frozenset[str] = frozenset()
    assignments: dict[str, list[str]]

    def init_notebooks(self) -> None:
        super().init_notebooks()
        assignment = self.coursedir.assignment_id
        wanted = {str(Path(self._format_source(assignment, student))) for student in self.students}
        self.assignments = {folder: found for folder, found in self.assignments.items() if str(Path(folder)) in wanted}


def _write(root: str, assignment: str, students: list[str]) -> None:
    logging.getLogger("traitlets").setLevel(logging.ERROR)
    course = open_course(Path(root))
    course.directory.assignment_id, course.directory.student_id = assignment, "*"
    converter: Any = _Share(coursedir=course.directory, config=course.config)
    converter.log.setLevel(logging.ERROR)
    converter.students, converter.force = frozenset(students), True
    with contextlib.suppress(NbGraderException):  # it has gone on with the others; who has no page is named later
        converter.start()
