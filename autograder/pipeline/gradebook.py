"""Writing results into nbgrader's gradebook: the same rows as `nbgrader autograde` writes, in one place."""

from __future__ import annotations

import datetime
import time
import warnings
from typing import Any

from nbgrader.api import Gradebook, SubmittedAssignment
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError, SAWarning

from autograder.exercises import CourseProblem
from autograder.pipeline.course import Course
from autograder.pipeline.grading import GradedNotebook

# How long another program may be at the gradebook before we give up: formgrader and nbgrader are never at it for long.
PATIENCE_SECONDS = 60


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
        self._gradebook = Gradebook(self._course.db_url, self._course.course_id)
        session = self._gradebook.db
        session().expire_on_commit = False
        # nbgrader commits after every row it adds; here rows gather, complete, and `_end` commits.
        self._end, session.commit = session.commit, lambda: None
        if session.bind.dialect.name == "sqlite":
            session.execute(text(f"PRAGMA busy_timeout = {1000 * PATIENCE_SECONDS}"))
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
        student: str,
        timestamp: datetime.datetime | None,
        notebooks: dict[str, GradedNotebook | None],
    ) -> list[tuple[Any, float | Exception]]:
        """Record a submission's automatic scores; None stands for a notebook that was not handed in.

        Manual grades and comments stay as they are, and are marked for another look, as nbgrader does.
        """
        if not self._waiting:
            self._since = time.monotonic()
        arguments = (student, timestamp, notebooks)
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
        for (item, (student, _, notebooks)), identity in zip(self._waiting, identities, strict=True):
            self._late_penalties(student, identity, notebooks)
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
        self,
        student: str,
        timestamp: datetime.datetime | None,
        notebooks: dict[str, GradedNotebook | None],
    ) -> bool:
        gradebook, assignment = self._gradebook, self._assignment
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
                cell = cells.get(self._names[grade.cell_id])
                if cell is None or not is_grade(cell):
                    if graded is None:
                        grade.auto_score, grade.needs_manual_grade = 0, False
                    continue
                grade.auto_score = determine_grade(cell)[0]
                grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
            for comment in recorded.comments:
                cell = cells.get(self._names[comment.cell_id])
                if cell is not None and (is_solution(cell) or is_task(cell)):
                    untouched = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell) and not is_task(cell)
                    comment.auto_comment = "No response." if untouched else None
        self._submissions.append(submission)
        return bool(submission.total_seconds_late > 0)

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
                "db_url": self._course.db_url,
            }
            AssignLatePenalties(config=self._course.config).preprocess(graded.notebook, {"nbgrader": about})


def _refuse_unless_usable(problem: Exception) -> None:
    """Raise `CourseProblem` when `problem` is the database's and not one submission's."""
    if isinstance(problem, (OperationalError, InterfaceError)):
        raise CourseProblem(
            f"the gradebook cannot be written: {problem.orig}. If another program is at work on it (formgrader, "
            "another grading), end that. What is recorded is kept: give the same command again for the rest."
        ) from problem
