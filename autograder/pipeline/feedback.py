"""Feedback on an assignment: marks and comments out of the gradebook, pages into nbgrader's feedback folders.

`feedback_exporter` makes the same pages for nbgrader's own command and formgrader's button. Where a course sets another
exporter there, `autograder feedback` uses that one too.
"""

from __future__ import annotations

import contextlib
import logging
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any, NamedTuple

from autograder.exercises import CourseProblem, using_course
from autograder.exercises.course_words import speak_for
from autograder.feedback.exercises import Mark, Marks
from autograder.feedback.writing import Made, Pages, write_pages
from autograder.forkserver import jobs_here
from autograder.pipeline.course import Course, no_submission, open_course
from autograder.pipeline.source import must_have, open_gradebook
from autograder.pipeline.workers import processes

SHARE = 12
# A process of its own pays for itself from about so many pages on.
ALONE = 40
OURS = "autograder.pipeline.feedback_exporter.FeedbackExporter"  # not imported: it brings nbconvert
_SCHEME = re.compile(r"BEGIN MARK SCHEME[^\n]*\n(.*?)[^\n]*END MARK SCHEME", re.DOTALL)


def read_marks(
    db_url: str, assignment: str, student: str | None = None, course_id: str = ""
) -> dict[str, dict[str, Marks]]:
    """What the gradebook says of an assignment, by student and notebook.

    Raises `CourseProblem` when it cannot be read.
    """
    from nbgrader.api import (
        Assignment,
        BaseCell,
        Comment,
        Grade,
        Notebook,
        SubmittedAssignment,
        SubmittedNotebook,
    )

    with open_gradebook(db_url, course_id or "default_course") as gradebook:

        def rows(*columns: Any, of: Any = None) -> Any:
            asked = gradebook.db.query(SubmittedAssignment.student_id, Notebook.name, *columns).select_from(
                SubmittedNotebook
            )
            asked = asked.join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            asked = asked.join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
            asked = asked.join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
            if of is not None:
                asked = asked.join(of, of.notebook_id == SubmittedNotebook.id).join(BaseCell, of.cell_id == BaseCell.id)
            asked = asked.filter(Assignment.name == assignment)
            return asked.filter(SubmittedAssignment.student_id == student) if student is not None else asked

        found: dict[tuple[str, str], tuple[float, dict[str, Mark], dict[str, str], set[str]]] = {}
        for who, notebook, penalty in rows(SubmittedNotebook.late_submission_penalty):
            found[who, notebook] = float(penalty or 0.0), {}, {}, set()
        marked = (Grade.score, Grade.max_score, Grade.manual_score, Grade.needs_manual_grade, Grade.extra_credit)
        for who, notebook, cell, score, most, by_hand, waiting, extra in rows(BaseCell.name, *marked, of=Grade):
            found[who, notebook][1][cell] = Mark(
                float(score or 0.0), float(most or 0.0), by_hand is not None, bool(waiting), float(extra or 0.0)
            )
        for who, notebook, cell, manual, automatic in rows(
            BaseCell.name, Comment.manual_comment, Comment.auto_comment, of=Comment
        ):
            if manual:
                found[who, notebook][2][cell] = manual
            if automatic:
                found[who, notebook][3].add(cell)
    marks: dict[str, dict[str, Marks]] = {}
    for (who, notebook), (penalty, cells, comments, unanswered) in found.items():
        marks.setdefault(who, {})[notebook] = Marks(cells, comments, frozenset(unanswered), penalty)
    return marks


def read_schemes(folder: Path) -> dict[str, dict[str, str]]:
    """The mark schemes in an assignment's source notebooks, by notebook and cell; empty where it has none."""
    import json

    found: dict[str, dict[str, str]] = {}
    for path in folder.glob("*.ipynb"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            for cell in json.loads(path.read_bytes())["cells"]:
                scheme = _SCHEME.search("".join(cell["source"]) + "\n")
                name = cell["metadata"].get("nbgrader", {}).get("grade_id")
                if scheme and name:
                    found.setdefault(path.stem, {})[name] = scheme[1].strip()
    return found


class Written(NamedTuple):
    """What became of an assignment's feedback: the students who have their pages now, those for whom one could not be
    made, and how many pages were written anew and were there already, up to date."""

    students: list[str]
    failed: list[str]
    new: int
    same: int


def write_feedback(
    course: Course,
    assignment: str,
    *,
    student: str | None = None,
    jobs: int | None = None,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Written:
    """Bring the feedback of everybody who is graded up to date: pages that would differ are made (all with `force`).

    Raises `CourseProblem` when
    nobody is graded yet, or not the `student` asked for. `progress` is told how many are done, of how many.
    """
    autograded = course.root / course.directory.autograded_directory
    found = [student] if student else sorted(p.name for p in autograded.glob("[!.]*") if p.is_dir())
    students = [s for s in found if any(_graded(course.folder("autograded", s, assignment)))]
    if not students:
        must_have(course.db_url, course.course_id, assignment)
        if student is not None:
            if student not in course.students_with(assignment):
                raise CourseProblem(no_submission(course, assignment, student))
            command = f"autograder grade {assignment} --student {shlex.quote(student)}"
            raise CourseProblem(f"{student} is not graded in {assignment!r} yet: {command}")
        raise CourseProblem(f"nobody is graded in {assignment!r} yet: autograder grade {assignment}")
    if is_ours(course):
        with using_course(course.exercises):  # its language, here and in the processes
            speak_for(course.exercises)
            made = _write_ours(course, assignment, students, student, jobs, force, progress)
        written = [s for s in students if made[s].problem is None]
        failed = [s for s in students if made[s].problem is not None]
        new = sum(made[s].new for s in written)
        return Written(written, failed, new, _pages_of(course, assignment, written) - new)
    _write_nbgraders(course, assignment, students, jobs, progress)
    written = [s for s in students if any(course.folder("feedback", s, assignment).glob("*.html"))]
    failed = [s for s in students if s not in written]
    return Written(written, failed, _pages_of(course, assignment, written), 0)


def _pages_of(course: Course, assignment: str, students: Iterable[str]) -> int:
    return sum(1 for s in students for _ in course.folder("feedback", s, assignment).glob("*.html"))


def is_ours(course: Course) -> bool:
    """Whether the course's settings leave the pages to us."""
    wanted = course.config.GenerateFeedback.get("exporter_class", None)
    module, _, name = OURS.rpartition(".")
    return wanted is not None and wanted in (OURS, getattr(sys.modules.get(module), name, None))


def _graded(folder: Path) -> Iterable[Path]:
    return folder.glob("*.ipynb")


def _write_ours(
    course: Course,
    assignment: str,
    students: list[str],
    student: str | None,
    jobs: int | None,
    force: bool,
    progress: Callable[[int, int], None] | None,
) -> dict[str, Made]:
    marks = read_marks(course.db_url, assignment, student, course.course_id)
    shows = course.config.FeedbackExporter.get("show_mark_scheme", True)
    schemes: Mapping[str, Mapping[str, str]] = read_schemes(course.folder("source", ".", assignment)) if shows else {}
    group = bool(course.directory.groupshared)
    tasks = [
        Pages(
            who,
            course.folder("autograded", who, assignment),
            course.folder("feedback", who, assignment),
            marks.get(who, {}),
            schemes,
            group,
            force,
        )
        for who in students
    ]
    results: dict[str, Made] = {}
    for done in _in_shares(write_pages, tasks, jobs):
        results.update(done)
        if progress is not None:
            progress(len(results), len(students))
    return results


def _in_shares(
    work: Callable[[list[Any]], Any], tasks: list[Any], jobs: int | None, alone: int = ALONE
) -> Iterable[Any]:
    """What `work` gives for each share of the tasks, from several processes where there are enough."""
    shares = [tasks[i : i + SHARE] for i in range(0, len(tasks), SHARE)]
    jobs = min(jobs or jobs_here(), len(shares))
    if jobs <= 1 or len(tasks) < alone:
        for share in shares:
            yield work(share)
        return
    with processes(jobs) as pool:
        for future in as_completed([pool.submit(work, share) for share in shares]):
            yield future.result()


def _write_nbgraders(
    course: Course, assignment: str, students: list[str], jobs: int | None, progress: Callable[[int, int], None] | None
) -> None:
    done = 0
    tasks = [(str(course.root), assignment, who) for who in students]
    for count in _in_shares(_convert, tasks, jobs, alone=2 * SHARE):
        done += count
        if progress is not None:
            progress(done, len(students))


def _convert(share: list[tuple[str, str, str]]) -> int:
    """nbgrader's own converter, for some of the students."""
    from nbgrader.converters import GenerateFeedback
    from nbgrader.converters.base import NbGraderException

    logging.getLogger("traitlets").setLevel(logging.ERROR)
    root, assignment, _ = share[0]
    students = {who for _, _, who in share}

    class Share(GenerateFeedback):  # type: ignore[misc]
        assignments: dict[str, list[str]]

        def init_notebooks(self) -> None:
            super().init_notebooks()
            wanted = {str(Path(self._format_source(assignment, who))) for who in students}
            self.assignments = {f: found for f, found in self.assignments.items() if str(Path(f)) in wanted}

    course = open_course(Path(root))
    course.directory.assignment_id, course.directory.student_id = assignment, "*"
    converter: Any = Share(coursedir=course.directory, config=course.config)
    converter.log.setLevel(logging.ERROR)
    converter.force = True
    with contextlib.suppress(NbGraderException):  # it has gone on with the others; who has no page is named later
        converter.start()
    return len(share)
