"""The gradebook's rows of many submissions at once: read in a few questions, written in a few batches.

The tables, names and defaults are nbgrader's own; what a row says is what `nbgrader autograde` would have written.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbgrader.api import Comment, Grade, Student, SubmittedAssignment, SubmittedNotebook, new_uuid
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task, parse_utc
from sqlalchemy import bindparam, insert, select, update

from autograder.pipeline.records import answers_in

if TYPE_CHECKING:
    from autograder.pipeline.graded import SubmissionResult


@dataclass(frozen=True)
class Recording:
    """What is to be recorded of one submission; `before` is what `answers_in` gave for the notebooks of then, `until` a
    due date of the student's own."""

    result: SubmissionResult
    timestamp: datetime.datetime | None
    before: Mapping[str, str] | None
    until: datetime.datetime | None = None


@dataclass
class Recorded:
    """One submission as it stands in the gradebook now. `penalties` may have to be worked out: it is or was late."""

    identity: str
    score: float = 0.0
    penalties: bool = False


@dataclass
class _Batch:
    """Rows to insert, and changes to make, by table."""

    inserted: dict[Any, list[dict[str, Any]]] = field(default_factory=dict)
    changed: dict[Any, list[dict[str, Any]]] = field(default_factory=dict)

    def insert(self, table: Any, **row: Any) -> None:
        self.inserted.setdefault(table, []).append(row)

    def change(self, table: Any, identity: str, **values: Any) -> None:
        self.changed.setdefault((table, tuple(values)), []).append({"which": identity, **values})


class Rows:
    """The rows of one assignment's submissions, through a session of nbgrader's gradebook."""

    def __init__(self, session: Any, assignment: Any) -> None:
        self._session, self._assignment, self._due = session, assignment.id, assignment.duedate
        self._notebooks = {n.id: n.name for n in assignment.notebooks}
        self._names: dict[str, str] = {}
        self._grades: dict[str, list[str]] = {}
        self._comments: dict[str, list[str]] = {}
        for notebook in assignment.notebooks:
            graded = [*notebook.grade_cells, *notebook.task_cells]
            commented = [*notebook.solution_cells, *notebook.task_cells]
            self._names |= {cell.id: cell.name for cell in (*graded, *commented)}
            self._grades[notebook.id] = [cell.id for cell in graded]
            self._comments[notebook.id] = [cell.id for cell in commented]

    def write(self, recordings: Sequence[Recording]) -> list[Recorded]:
        """Write what is to be recorded; committing is the caller's. No student may be there twice."""
        batch = _Batch()
        students = [recording.result.student for recording in recordings]
        known = {row.id for row in self._rows(Student, "id", students)}
        for student in students:
            if student not in known:
                batch.insert(Student, id=student)
        submissions = {
            row.student_id: row
            for row in self._rows(SubmittedAssignment, "student_id", students)
            if row.assignment_id == self._assignment
        }
        notebooks = _by(self._rows(SubmittedNotebook, "assignment_id", [s.id for s in submissions.values()]))
        identities = [notebook.id for several in notebooks.values() for notebook in several]
        grades = _by(self._rows(Grade, "notebook_id", identities), "notebook_id")
        comments = _by(self._rows(Comment, "notebook_id", identities), "notebook_id")
        recorded = []
        for recording in recordings:
            there = submissions.get(recording.result.student)
            if there is None:
                recorded.append(self._new(recording, batch))
            else:
                recorded.append(self._again(recording, there, notebooks.get(there.id, []), grades, comments, batch))
        self._carry_out(batch)
        return recorded

    def _rows(self, table: Any, column: str, values: Sequence[str]) -> list[Any]:
        if not values:
            return []
        asked = select(table.__table__).where(table.__table__.c[column].in_(values))
        return list(self._session.execute(asked))

    def _carry_out(self, batch: _Batch) -> None:
        for table in (Student, SubmittedAssignment, SubmittedNotebook, Grade, Comment):  # each stands on those before
            if rows := batch.inserted.get(table):
                self._session.execute(insert(table.__table__), rows)
        for (table, names), rows in batch.changed.items():
            change = update(table.__table__).where(table.__table__.c.id == bindparam("which"))
            # Not through the mapped class: with that, SQLAlchemy would look every row up again.
            self._session.connection().execute(change.values({name: bindparam(name) for name in names}), rows)

    def _new(self, recording: Recording, batch: _Batch) -> Recorded:
        made = Recorded(new_uuid())
        when = None if recording.timestamp is None else parse_utc(recording.timestamp)
        batch.insert(
            SubmittedAssignment,
            id=made.identity,
            assignment_id=self._assignment,
            student_id=recording.result.student,
            timestamp=when,
            extension=self._extension(recording),
        )
        automatic = 0.0
        for notebook, name in self._notebooks.items():
            identity = new_uuid()
            batch.insert(SubmittedNotebook, id=identity, assignment_id=made.identity, notebook_id=notebook)
            cells = _Cells(recording, name)
            for cell in self._grades[notebook]:
                score, waits = cells.grade(self._names[cell], None, None, True)
                row = {"cell_id": cell, "notebook_id": identity, "auto_score": score, "needs_manual_grade": waits}
                batch.insert(Grade, id=new_uuid(), **row)
                automatic += float(score or 0.0)
            for cell in self._comments[notebook]:
                comment = cells.comment(self._names[cell], None)
                batch.insert(Comment, id=new_uuid(), cell_id=cell, notebook_id=identity, auto_comment=comment)
        recording.result.automatic = made.score = automatic
        made.penalties = self._late(when, self._extension(recording))
        return made

    def _again(
        self,
        recording: Recording,
        there: Any,
        notebooks: Iterable[Any],
        grades: Mapping[str, list[Any]],
        comments: Mapping[str, list[Any]],
        batch: _Batch,
    ) -> Recorded:
        made = Recorded(there.id)
        when = there.timestamp
        if recording.timestamp is not None:
            when = parse_utc(recording.timestamp)
            batch.change(SubmittedAssignment, there.id, timestamp=when)
        automatic = 0.0
        extension = there.extension
        if recording.until is not None and (own := self._extension(recording)) != extension:
            extension = own
            batch.change(SubmittedAssignment, there.id, extension=extension)
        made.penalties = self._late(when, extension)
        for notebook in notebooks:
            made.penalties = made.penalties or bool(notebook.late_submission_penalty)
            cells = _Cells(recording, self._notebooks.get(notebook.notebook_id, ""))
            for row in grades.get(notebook.id, []):
                name = self._names.get(row.cell_id, "")
                score, waits = cells.grade(name, row.auto_score, row.manual_score, row.needs_manual_grade)
                batch.change(Grade, row.id, auto_score=score, needs_manual_grade=waits)
                automatic += float(score or 0.0)
                given = row.manual_score if row.manual_score is not None else score
                made.score += float(given or 0.0) + (float(row.extra_credit or 0.0) if given is not None else 0.0)
            for row in comments.get(notebook.id, []):
                comment = cells.comment(self._names.get(row.cell_id, ""), row.auto_comment)
                batch.change(Comment, row.id, auto_comment=comment)
        recording.result.automatic = automatic
        return made

    def _extension(self, recording: Recording) -> datetime.timedelta | None:
        """By how much the student's own due date is later than everybody's, as nbgrader keeps it."""
        return None if recording.until is None or self._due is None else recording.until - self._due

    def _late(self, when: datetime.datetime | None, extension: datetime.timedelta | None) -> bool:
        if when is None or self._due is None:
            return False
        return bool(when > self._due + (extension or datetime.timedelta()))


class _Cells:
    """What the cells of one notebook of a submission say to the rows about them."""

    def __init__(self, recording: Recording, notebook: str) -> None:
        result = recording.result
        self._recording, self._notebook, self._result = recording, notebook, result
        self._failed = notebook not in result.notebooks  # we failed at it, and know nothing
        self._graded = result.notebooks.get(notebook)
        self._cells: dict[str, Any] = {}
        self._now: dict[str, str] = {}
        if self._graded is not None:
            cells = self._graded.notebook.cells
            self._cells = {name: cell for cell in cells if (name := cell.metadata.get("nbgrader", {}).get("grade_id"))}
            if recording.before is not None:
                self._now = answers_in(notebook, cells)

    def grade(
        self, name: str, automatic: float | None, by_hand: float | None, waits: bool
    ) -> tuple[float | None, bool]:
        """The automatic score of a cell, and whether a person has to look at it; given what is there."""
        cell = self._cells.get(name)
        if self._graded is None and not self._failed:
            return 0, False  # this notebook was not handed in
        if self._graded is None or name in self._graded.unjudged or cell is None or not is_grade(cell):
            return automatic, True
        score = determine_grade(cell)[0]
        if by_hand is None:
            return score, (bool(self._result.open) and not is_solution(cell)) or score is None
        key = f"{self._notebook}/{name}"
        before = self._recording.before
        return score, waits or before is None or before.get(key) != self._now.get(key)

    def comment(self, name: str, there: str | None) -> str | None:
        """The automatic comment on a cell, given the one that is there."""
        cell = self._cells.get(name)
        if cell is None or not (is_solution(cell) or is_task(cell)):
            return there
        untouched = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell) and not is_task(cell)
        return "No response." if untouched else None


def _by(rows: Iterable[Any], column: str = "assignment_id") -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found
