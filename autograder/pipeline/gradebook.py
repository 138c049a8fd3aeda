"""Writing results into nbgrader's gradebook: the same rows as `nbgrader autograde` writes, in one place."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nbgrader.api import Gradebook, SubmittedAssignment
from sqlalchemy.exc import InterfaceError, OperationalError

from autograder.exercises import CourseProblem
from autograder.pipeline.course import Course
from autograder.pipeline.rows import Recording, Rows
from autograder.pipeline.source import patient

if TYPE_CHECKING:  # with the whole judge, for which a run has time once its first submissions are in hand
    from autograder.pipeline.delivery import Cells
    from autograder.pipeline.graded import SubmissionResult


class GradebookWriter:
    """The one writer of a run: submissions are recorded as they come, and committed many at a time.

    A context manager. `record` returns the items that are dealt with, each with its score once that is safely
    committed, or with the exception that says why this one cannot be recorded; `commit` commits what is left. A commit
    costs as much as dozens of submissions, and nobody else may write while one is open. Raises `CourseProblem` when the
    database itself cannot be written.
    """

    def __init__(self, course: Course, assignment: str, batch: int = 250, seconds: float = 1.0) -> None:
        self._course, self._assignment, self._batch, self._seconds = course, assignment, batch, seconds
        self._waiting: list[tuple[Any, Recording]] = []
        self._since = 0.0

    def __enter__(self) -> GradebookWriter:
        self._gradebook = Gradebook(patient(self._course.db_url), self._course.course_id)
        session = self._gradebook.db
        # nbgrader commits after every row it adds; here rows gather, complete, and `_end` commits.
        self._end, session.commit = session.commit, lambda: None
        self._rows = Rows(session, self._gradebook.find_assignment(self._assignment))
        self._end()  # nothing is open while the first submissions are on their way
        return self

    def __exit__(self, *exception: object) -> None:
        self._gradebook.db.rollback()
        self._gradebook.close()

    def record(
        self,
        item: Any,
        result: SubmissionResult,
        cells: Mapping[str, Cells | None],
        timestamp: datetime.datetime | None,
        before: Mapping[str, str] | None = None,
        until: datetime.datetime | None = None,
        untimed: bool = False,
    ) -> list[tuple[Any, float | Exception]]:
        """Record a submission's automatic scores, as its `cells` say; None for a notebook that was not handed in.

        Manual grades and comments stay as they are. They are marked for another look where the answer is not the one
        that was marked, as `before` says: what `answers_in` gave for the notebooks of then. Cells that are open keep
        the score they have, and wait for a person. `until` is a due date of the student's own, which stays in the
        gradebook as nbgrader's extension. `untimed`: the submission gives no time, and one that it gave before
        holds no longer.
        """
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append((item, Recording(result, cells, timestamp, before, until, untimed)))
        if len(self._waiting) >= self._batch or time.monotonic() - self._since > self._seconds:
            return self.commit()
        return []

    def commit(self) -> list[tuple[Any, float | Exception]]:
        """Write and commit what is waiting, apply late penalties, and return the items with their scores."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return []
        try:
            return self._write(waiting)
        except Exception as problem:
            return self._one_by_one(waiting, problem)

    def _write(self, waiting: list[tuple[Any, Recording]]) -> list[tuple[Any, float | Exception]]:
        recorded = self._rows.write([recording for _, recording in waiting])
        self._end()
        done: list[tuple[Any, float | Exception]] = []
        for (item, recording), made in zip(waiting, recorded, strict=True):
            try:
                if made.penalties:
                    self._gradebook.db.expire_all()  # the rows were written past the session's memory of them
                    self._late_penalties(recording.result.student, made.identity, recording.cells)
            except Exception as problem:  # a rule of the course's own can fail in any way
                if isinstance(problem, OperationalError | InterfaceError):
                    raise
                self._leave_open(made.identity)
                done.append((item, RuntimeError(f"its late penalty: {type(problem).__name__}: {problem}")))
                continue
            done.append((item, made.score))
        return done

    def _one_by_one(
        self, waiting: list[tuple[Any, Recording]], problem: Exception
    ) -> list[tuple[Any, float | Exception]]:
        """After something that could not be written: each submission on its own, so that it costs only the culprit."""
        self._gradebook.db.rollback()
        _refuse_unless_usable(problem)
        done: list[tuple[Any, float | Exception]] = []
        for item, recording in waiting:
            try:
                done += self._write([(item, recording)])
            except Exception as culprit:
                self._gradebook.db.rollback()
                _refuse_unless_usable(culprit)
                done.append((item, culprit))
        return done

    def _leave_open(self, identity: str) -> None:
        """A submission whose score cannot be final, though it is written, waits for a person."""
        submission = self._gradebook.db.get(SubmittedAssignment, identity)
        for recorded in submission.notebooks:
            for grade in recorded.grades:
                grade.needs_manual_grade = grade.needs_manual_grade or grade.manual_score is None
        self._end()

    def _late_penalties(self, student: str, identity: str, cells: Mapping[str, Cells | None]) -> None:
        """nbgrader's own stage, with whatever plug-in the course configured, where it could change something."""
        from nbformat.notebooknode import NotebookNode
        from nbgrader.preprocessors import AssignLatePenalties  # with all of nbconvert, and few are late

        submission = self._gradebook.db.get(SubmittedAssignment, identity)
        late = submission.total_seconds_late > 0
        for recorded in submission.notebooks:
            if cells.get(recorded.name) is None or not (late or recorded.late_submission_penalty):
                continue
            about = {
                "student": student,
                "assignment": self._assignment,
                "notebook": recorded.name,
                "db_url": patient(self._course.db_url),
            }
            AssignLatePenalties(config=self._course.config).preprocess(NotebookNode(cells=[]), {"nbgrader": about})


def _refuse_unless_usable(problem: Exception) -> None:
    """Raise `CourseProblem` when `problem` is the database's and not one submission's."""
    if isinstance(problem, (OperationalError, InterfaceError)):
        raise CourseProblem(
            f"the gradebook cannot be written: {problem.orig}. If another program is at work on it (formgrader, "
            "another grading), end that; if its disk is full, or it may only be read, mend that. "
            "What is recorded is kept: give the same command again for the rest."
        ) from problem
