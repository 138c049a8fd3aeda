"""Grading a class: many submissions at once, each in a sandbox, into one gradebook by one writer.

A run may stop anywhere, the power may fail. A submission counts as done only when its notebook lies safely on the disk,
its grades are committed and, last, its record is written; so a second run finishes the rest, and does nothing twice
that was done once.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.exercises import CourseProblem, using_course
from autograder.pipeline.cluster import on_cluster
from autograder.pipeline.course import SEEDS, Course, no_submission, where_it_belongs
from autograder.pipeline.delivery import Delivery, handed_in_at
from autograder.pipeline.extensions import extensions
from autograder.pipeline.files import put, staging, write_files
from autograder.pipeline.gradebook import GradebookWriter
from autograder.pipeline.handed_in import digest_of
from autograder.pipeline.records import answers_before, fingerprints, forget, record_path, what_changed, write_record
from autograder.pipeline.sandbox_settings import settings
from autograder.pipeline.seeds import secret_of
from autograder.pipeline.source import Book, read_book, read_source
from autograder.pipeline.times import Claim, claim_of, doubts, is_late
from autograder.pipeline.workers import on_this_machine
from autograder.reading.words import one_line
from autograder.sandbox import Limits

if TYPE_CHECKING:  # a run has time for it once its first submissions are in hand
    from autograder.pipeline.graded import SubmissionResult

# Told how many submissions are done, of how many, and the latest result: None before the first.
Progress = Callable[[int, int, "SubmissionResult | None"], None]


def grade_assignment(
    course: Course,
    assignment: str,
    *,
    student: str | None = None,
    jobs: int | None = None,
    force: bool = False,
    sandboxed: bool = True,
    limits: Limits | None = None,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> list[SubmissionResult]:
    """Grade every submission of an assignment that is new or changed (all of them with `force`).

    `cluster` is the address of a dask scheduler to grade on, in place of this machine's processors. Raises
    `CourseProblem` when there is nothing to grade, when the assignment is being graded already or the gradebook cannot
    be written, and `SandboxUnavailable` when `sandboxed` and there is no sandbox. Results come in the order of the
    students' names; those that were up to date are marked `skipped`.
    """
    with _alone(course, assignment), using_course(course.exercises):
        return _grade(course, assignment, student, jobs, force, sandboxed, limits, cluster, progress)


def _grade(
    course: Course,
    assignment: str,
    student: str | None,
    jobs: int | None,
    force: bool,
    sandboxed: bool,
    limits: Limits | None,
    cluster: str | None,
    progress: Progress | None,
) -> list[SubmissionResult]:
    source = read_source(course.db_url, assignment, course.course_id, course.folder("release", ".", assignment))
    students = [student] if student else course.students_with(assignment)
    if not students or not any(course.folder("submitted", s, assignment).is_dir() for s in students):
        if student:
            raise CourseProblem(no_submission(course, assignment, student))
        raise CourseProblem(
            f"nobody handed in {assignment!r}: {course.folder('submitted', '*', assignment)} is missing"
            + (f"; {astray}" if (astray := where_it_belongs(course, assignment)) else "")
        )
    stage = settings(course.config)
    secret = secret_of(course.root / stage.seed_folder)
    limits = limits or stage.limits()
    isolation = "bubblewrap" if sandboxed else "process"
    book = read_book(course.db_url, assignment, course.course_id)
    prints = cache(lambda: fingerprints(course, source, book, limits, isolation, secret))
    later = extensions(course, assignment)
    run = _Run(course, assignment, book, prints, len(students), progress, later)
    waiting = [name for name in students if not run.is_done(name, limits, force)]
    claims = {s: claim_of(course.folder("submitted", s, assignment)) for s in students}
    run.doubts = doubts(course, assignment, claims, book.due, later)
    if progress is not None:
        progress(len(run.results), len(students), None)

    def folder_of(name: str) -> Path:
        return course.folder("submitted", name, assignment)

    arguments = (course.exercises, assignment, source, secret, limits, isolation)
    with staging(course, assignment) if waiting else nullcontext() as beside:
        if cluster is not None and waiting:
            arriving = on_cluster(cluster, waiting, folder_of, arguments, stage=beside)
        else:
            arriving = on_this_machine(jobs, waiting, folder_of, arguments, beside)
        with GradebookWriter(course, assignment) as writer, closing(arriving):
            for name, result in arriving:
                run.finish(run.take(name, result, writer))
            run.finish(writer.commit())
    standing = read_book(course.db_url, assignment, course.course_id).students
    for name in students:
        result = run.results[name]
        result.late = is_late(claims[name], later.get(name, book.due))
        if (now := standing.get(name)) is not None:
            result.waiting, result.look_again, result.penalty = now.waiting, now.again, now.penalty
            if result.skipped:
                result.score = now.score
    return [run.results[name] for name in students]


class _Run:
    """One grading of an assignment: what is done, and the way of a result into files, gradebook and record.

    Whatever fails on that way is one submission's: it stays open, and the others go on.
    """

    def __init__(
        self,
        course: Course,
        assignment: str,
        book: Book,
        prints: Callable[[], dict[str, str]],
        total: int,
        progress: Progress | None,
        later: Mapping[str, datetime.datetime],
    ) -> None:
        self._later = later
        self._course, self._assignment, self._book = course, assignment, book
        self._prints = prints  # made when a record is read or written: a new class is in hand before
        self._total, self._progress = total, progress
        self._again: dict[str, str] = {}
        self.results: dict[str, SubmissionResult] = {}
        self.doubts: dict[str, list[str]] = {}

    def is_done(self, name: str, limits: Limits, force: bool) -> bool:
        """Whether a submission is graded as it is now; notes the result of one that is."""
        try:
            if force or not record_path(self._course, self._assignment, name).exists():
                return False
            folder = self._course.folder("submitted", name, self._assignment)
            digest = digest_of(folder, limits.file_bytes, limits.disk_bytes)
            standing = self._book.students.get(name)
            prints = self._prints_of(name)
            changed = what_changed(self._course, self._assignment, name, digest, prints, standing)
        except Exception:  # whatever it is: then it is graded, and what is wrong is told with that
            changed = "new"
        if changed:
            self._again[name] = changed
            return False
        from autograder.pipeline.graded import SubmissionResult

        self.results[name] = SubmissionResult(name, self._assignment, {}, skipped=True)
        return True

    def _prints_of(self, student: str) -> dict[str, str]:
        """The prints, with the due date that is this student's."""
        if student not in self._later:
            return self._prints()
        return self._prints() | {"the due date": f"{self._book.due}, extended to {self._later[student]}"}

    def take(self, name: str, result: Any, writer: GradebookWriter) -> _Recorded:
        """Put a result in its place. Raises `CourseProblem` when the gradebook cannot be written at all."""
        from autograder.pipeline.graded import given_up

        if isinstance(result, Delivery):
            delivery = result
        else:
            claim = claim_of(self._course.folder("submitted", name, self._assignment))
            delivery = Delivery(given_up(name, self._assignment, str(result)), {}, claim)
        result, claim = delivery.result, delivery.claim
        result.again = self._again.get(name, "")
        try:
            self._judge_time(result, claim)
            before = self._answers_before(name)
            self._place(delivery)
            untimed = claim.when is None and claim.problem is None
            return writer.record(delivery, result, delivery.cells, claim.when, before, self._later.get(name), untimed)
        except CourseProblem:
            raise
        except Exception as problem:
            return [(delivery, problem)]

    def _judge_time(self, result: SubmissionResult, claim: Claim) -> None:
        result.troubles += self.doubts.get(result.student, [])
        if claim.problem is None:
            return
        if self._book.due is None:
            result.remarks.append(f"{claim.problem}; no due date is set, so that it costs nothing")
        else:
            result.open.append(f"{claim.problem}, so that nobody knows whether it is late: mend or delete the file")

    def _answers_before(self, name: str) -> dict[str, str] | None:
        standing = self._book.students.get(name)
        if standing is None or not standing.by_hand:
            return None
        return answers_before(self._course, self._assignment, name)

    def _place(self, delivery: Delivery) -> None:
        student = delivery.result.student
        if delivery.folder is not None:
            put(Path(delivery.folder), self._course.folder("autograded", student, self._assignment))
        elif delivery.cells:  # else we failed at it: what was there before stays
            when = handed_in_at(delivery.claim)
            remarks = write_files(self._course, self._assignment, student, delivery.notebooks(), when)
            delivery.result.remarks += remarks

    def finish(self, recorded: _Recorded) -> None:
        """Note what has become of submissions that are recorded, or could not be."""
        for delivery, score in recorded:
            result = delivery.result
            if isinstance(score, Exception):
                words = f"it could not be recorded: {type(score).__name__}: {score}"
                if isinstance(score, OSError):
                    words += ": see that its folder in autograded/ can be written, and grade again"
                result.open.append(one_line(words))
            else:
                result.score = score
            self._note(delivery)
            self.results[result.student] = result
            if self._progress is not None:
                self._progress(len(self.results), self._total, result)

    def _note(self, delivery: Delivery) -> None:
        result = delivery.result
        try:
            write_record(self._course, self._assignment, self._prints_of(result.student), delivery)
        except Exception as problem:
            result.open.append(one_line(f"its record could not be written: {type(problem).__name__}: {problem}"))
            with contextlib.suppress(OSError):
                forget(self._course, self._assignment, result.student)


_Recorded = list[tuple[Delivery, float | Exception]]


@contextmanager
def _alone(course: Course, assignment: str) -> Iterator[None]:
    """One grading of an assignment at a time. The system lets go of the lock whatever becomes of us."""
    folder = course.root / SEEDS
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{assignment}.lock").open("a") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # Windows, where nothing is sandboxed either
            pass
        except BlockingIOError:
            raise CourseProblem(f"{assignment!r} is being graded already, by another program: wait for it") from None
        yield
