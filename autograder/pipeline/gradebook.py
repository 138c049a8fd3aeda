"""Writing results into nbgrader's gradebook: the same rows as `nbgrader autograde` writes, in one place."""

from __future__ import annotations

import datetime
import time
import warnings
from collections.abc import Mapping
from typing import Any

import nbformat
from nbgrader.api import Gradebook, SubmittedAssignment
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task
from sqlalchemy.exc import InterfaceError, OperationalError, SAWarning

from autograder.exercises import CourseProblem
from autograder.pipeline.course import Course
from autograder.pipeline.grading import GradedNotebook
from autograder.pipeline.records import answers_in
from autograder.pipeline.source import patient
from autograder.pipeline.submission import SubmissionResult


class GradebookWriter:
    """The one writer of a run: submissions are recorded as they come, and committed many at a time.

    A context manager. `record` returns the items that are dealt with, each with its score once that is safely
    committed, or with the exception that says why this one cannot be recorded; `commit` commits what is left. A commit
    costs as much as a dozen submissions, and nobody else may write while one is open. Raises `CourseProblem` when the
    database itself cannot be written.
    """

    def __init__(self, course: Course, assignment: str, batch: int = 25, seconds: float = 1.0) -> None:
        self._course, self._assignment, self._batch, self._seconds = course, assignment, batch, seconds
        self._waiting: list[tuple[Any, tuple[Any, ...]]] = []
        self._submissions: list[Any] = []
        self._since = 0.0

    def __enter__(self) -> GradebookWriter:
        self._gradebook = Gradebook(patient(self._course.db_url), self._course.course_id)
        session = self._gradebook.db
        session().expire_on_commit = False
        # nbgrader commits after every row it adds; here rows gather, complete, and `_end` commits.
        self._end, session.commit = session.commit, lambda: None
        # Kept, so that the session finds them in its memory and does not ask for each again.
        self._notebooks = self._gradebook.find_assignment(self._assignment).notebooks
        kept = [cell for n in self._notebooks for cell in (*n.grade_cells, *n.solution_cells, *n.task_cells)]
        self._names = {cell.id: cell.name for cell in kept}
        return self

    def __exit__(self, *exception: object) -> None:
        self._gradebook.db.rollback()
        self._gradebook.close()

    def record(
        self,
        item: Any,
        result: SubmissionResult,
        timestamp: datetime.datetime | None,
        before: Mapping[str, str] | None = None,
    ) -> list[tuple[Any, float | Exception]]:
        """Record a submission's automatic scores; None in place of a notebook that was not handed in.

        Manual grades and comments stay as they are. They are marked for another look where the answer is not the one
        that was marked, as `before` says: what `answers_in` gave for the notebooks of then. Cells that are open keep
        the score they have, and wait for a person.
        """
        if not self._waiting:
            self._since = time.monotonic()
        arguments = (result, timestamp, before)
        self._waiting.append((item, arguments))
        try:
            late = self._write(*arguments)
        except Exception as problem:
            return self._one_by_one(problem)
        if late or len(self._waiting) >= self._batch or time.monotonic() - self._since > self._seconds:
            return self.commit()
        return []

    def commit(self) -> list[tuple[Any, float | Exception]]:
        """Commit what is waiting, apply late penalties, and return the items with their scores."""
        try:
            return self._commit()
        except Exception as problem:
            return self._one_by_one(problem)

    def _commit(self) -> list[tuple[Any, float | Exception]]:
        self._end()
        session = self._gradebook.db
        identities = [submission.id for submission in self._submissions]
        rows = session.query(SubmittedAssignment.id, SubmittedAssignment.score).filter(
            SubmittedAssignment.id.in_(identities)
        )
        by_id = {identity: float(score or 0.0) for identity, score in rows}
        self._end()
        done: list[tuple[Any, float | Exception]] = []
        for (item, (result, _, _)), identity in zip(self._waiting, identities, strict=True):
            try:
                self._late_penalties(result.student, identity, result.notebooks)
            except Exception as problem:  # a rule of the course's own can fail in any way
                if isinstance(problem, OperationalError | InterfaceError):
                    raise
                self._leave_open(identity)
                done.append((item, RuntimeError(f"its late penalty: {type(problem).__name__}: {problem}")))
                continue
            done.append((item, by_id[identity]))
        self._waiting, self._submissions = [], []
        return done

    def _one_by_one(self, problem: Exception) -> list[tuple[Any, float | Exception]]:
        """After something that could not be written: each submission on its own, so that it costs only the culprit."""
        waiting, self._waiting, self._submissions = self._waiting, [], []
        self._gradebook.db.rollback()
        _refuse_unless_usable(problem)
        done: list[tuple[Any, float | Exception]] = []
        for item, arguments in waiting:
            self._waiting = [(item, arguments)]
            try:
                self._write(*arguments)
                done += self._commit()
            except Exception as culprit:
                self._gradebook.db.rollback()
                self._waiting, self._submissions = [], []
                _refuse_unless_usable(culprit)
                done.append((item, culprit))
        return done

    def _write(
        self, result: SubmissionResult, timestamp: datetime.datetime | None, before: Mapping[str, str] | None
    ) -> bool:
        gradebook = self._gradebook
        times = {"timestamp": timestamp} if timestamp is not None else {}
        with warnings.catch_warnings():
            # nbgrader builds new rows piece by piece, and SQLAlchemy remarks on each piece.
            warnings.simplefilter("ignore", SAWarning)
            gradebook.update_or_create_student(result.student)
            submission = gradebook.update_or_create_submission(self._assignment, result.student, **times)
        automatic = 0.0
        for recorded in submission.notebooks:
            graded = result.notebooks.get(recorded.name)
            if recorded.name not in result.notebooks:  # we failed at it, and know nothing
                graded = GradedNotebook(nbformat.v4.new_notebook())
            cells: dict[str, Any] = {}
            now: dict[str, str] = {}
            if graded is not None:
                now = answers_in(recorded.name, graded.notebook.cells)
                for cell in graded.notebook.cells:
                    name = cell.metadata.get("nbgrader", {}).get("grade_id")
                    if name:
                        cells[name] = cell
            for grade in recorded.grades:
                name = self._names[grade.cell_id]
                cell = cells.get(name)
                if graded is None:
                    grade.auto_score, grade.needs_manual_grade = 0, False
                elif name in graded.unjudged or cell is None or not is_grade(cell):
                    grade.needs_manual_grade = True
                else:
                    grade.auto_score = determine_grade(cell)[0]
                    key = f"{recorded.name}/{name}"
                    if grade.manual_score is None:
                        waits = bool(result.open) and not is_solution(cell)
                        grade.needs_manual_grade = waits or grade.auto_score is None
                    elif before is None or before.get(key) != now.get(key):
                        grade.needs_manual_grade = True
                automatic += float(grade.auto_score or 0.0)
            for comment in recorded.comments:
                cell = cells.get(self._names[comment.cell_id])
                if cell is not None and (is_solution(cell) or is_task(cell)):
                    untouched = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell) and not is_task(cell)
                    comment.auto_comment = "No response." if untouched else None
        result.automatic = automatic
        self._submissions.append(submission)
        return bool(submission.total_seconds_late > 0)

    def _leave_open(self, identity: str) -> None:
        """A submission whose score cannot be final, though it is written, waits for a person."""
        submission = self._gradebook.db.get(SubmittedAssignment, identity)
        for recorded in submission.notebooks:
            for grade in recorded.grades:
                grade.needs_manual_grade = grade.needs_manual_grade or grade.manual_score is None
        self._end()

    def _late_penalties(self, student: str, identity: str, notebooks: dict[str, GradedNotebook | None]) -> None:
        """nbgrader's own stage, with whatever plug-in the course configured, where it could change something."""
        submission = self._gradebook.db.get(SubmittedAssignment, identity)
        late = submission.total_seconds_late > 0
        for recorded in submission.notebooks:
            graded = notebooks.get(recorded.name)
            if graded is None or not (late or recorded.late_submission_penalty):
                continue
            about = {
                "student": student,
                "assignment": self._assignment,
                "notebook": recorded.name,
                "db_url": patient(self._course.db_url),
            }
            AssignLatePenalties(config=self._course.config).preprocess(graded.notebook, {"nbgrader": about})


def _refuse_unless_usable(problem: Exception) -> None:
    """Raise `CourseProblem` when `problem` is the database's and not one submission's."""
    if isinstance(problem, (OperationalError, InterfaceError)):
        raise CourseProblem(
            f"the gradebook cannot be written: {problem.orig}. If another program is at work on it (formgrader, "
            "another grading), end that. What is recorded is kept: give the same command again for the rest."
        ) from problem
