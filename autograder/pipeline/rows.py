"""The gradebook's rows of many submissions at once: read in a few questions, written in a few batches.

The tables, names and defaults are nbgrader's own; what a row says is what `nbgrader autograde` would have written.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbgrader.api import Comment, Grade, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.utils import parse_utc
from sqlalchemy import ARRAY, Boolean, Float, String, bindparam, func, insert, select, update

if TYPE_CHECKING:
    from autograder.pipeline.delivery import Cells
    from autograder.pipeline.graded import SubmissionResult


# In this order: each stands on those before.
_COLUMNS: dict[Any, tuple[str, ...]] = {
    Student: ("id",),
    SubmittedAssignment: ("id", "assignment_id", "student_id", "timestamp", "extension"),
    SubmittedNotebook: ("id", "assignment_id", "notebook_id"),
    Grade: ("id", "cell_id", "notebook_id", "auto_score", "needs_manual_grade"),
    Comment: ("id", "cell_id", "notebook_id", "auto_comment"),
}
# What Python's sqlite3 stores as SQLAlchemy would have it store.
_AS_THEY_ARE = (String, Float, Boolean)


@dataclass(frozen=True)
class Recording:
    """What is to be recorded of one submission: what its `cells` say, by notebook; `before` is what `answers_in` gave
    for the notebooks of then, `until` a due date of the student's own. `untimed` says that the submission gives no
    time: one that it gave before holds no longer."""

    result: SubmissionResult
    cells: Mapping[str, Cells | None]
    timestamp: datetime.datetime | None
    before: Mapping[str, str] | None
    until: datetime.datetime | None = None
    untimed: bool = False


@dataclass
class Recorded:
    """One submission as it stands in the gradebook now. `penalties` may have to be worked out: it is or was late."""

    identity: str
    score: float = 0.0
    penalties: bool = False


@dataclass
class _Batch:
    """Rows to insert, as `_COLUMNS` says, and changes to make, by table."""

    inserted: dict[Any, list[tuple[Any, ...]]] = field(default_factory=lambda: {table: [] for table in _COLUMNS})
    changed: dict[Any, list[dict[str, Any]]] = field(default_factory=dict)

    def change(self, table: Any, identity: str, **values: Any) -> None:
        self.changed.setdefault((table, tuple(values)), []).append({"which": identity, **values})


class Rows:
    """The rows of one assignment's submissions, through a session of nbgrader's gradebook."""

    def __init__(self, session: Any, assignment: Any) -> None:
        self._session, self._assignment, self._due = session, assignment.id, assignment.duedate
        self._notebooks = {n.id: n.name for n in assignment.notebooks}
        self._identity = _identities().__next__
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
        known = {row.id for row in self._rows(Student, id=students)}
        for student in students:
            if student not in known:
                batch.inserted[Student].append((student,))
        submissions = {
            row.student_id: row
            for row in self._rows(SubmittedAssignment, assignment_id=[self._assignment], student_id=students)
        }
        # Each table is asked by both columns of its unique pairs: by one alone, it would be read from end to end.
        known_ones = [submission.id for submission in submissions.values()]
        notebooks = _by(self._rows(SubmittedNotebook, notebook_id=list(self._notebooks), assignment_id=known_ones))
        identities = [notebook.id for several in notebooks.values() for notebook in several]
        cells = list(self._names)
        grades = _by(self._rows(Grade, cell_id=cells, notebook_id=identities), "notebook_id")
        comments = _by(self._rows(Comment, cell_id=cells, notebook_id=identities), "notebook_id")
        recorded = []
        for recording in recordings:
            there = submissions.get(recording.result.student)
            if there is None:
                recorded.append(self._new(recording, batch))
            else:
                recorded.append(self._again(recording, there, notebooks.get(there.id, []), grades, comments, batch))
        self._carry_out(batch)
        return recorded

    def _rows(self, table: Any, **wanted: Sequence[str]) -> list[Any]:
        """The rows whose columns have one of these values each."""
        if not all(wanted.values()):
            return []
        columns = table.__table__.c
        asked = select(table.__table__).where(*(columns[name].in_(values) for name, values in wanted.items()))
        return list(self._session.execute(asked))

    def _carry_out(self, batch: _Batch) -> None:
        for table, rows in batch.inserted.items():
            if rows:
                self._insert(table.__table__, _COLUMNS[table], rows)
        for (table, names), changes in batch.changed.items():
            change = update(table.__table__).where(table.__table__.c.id == bindparam("which"))
            # Not through the mapped class: with that, SQLAlchemy would look every row up again.
            self._session.connection().execute(change.values({name: bindparam(name) for name in names}), changes)

    def _insert(self, table: Any, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        connection = self._session.connection()
        dialect = connection.dialect.name
        if dialect == "postgresql":
            # One statement with an array for each column: with one for each row, the server is what is waited for.
            columns = [func.unnest(bindparam(name, type_=ARRAY(table.c[name].type))) for name in names]
            statement = insert(table).from_select(names, select(*columns), include_defaults=False)
            connection.execute(statement, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
        elif dialect == "sqlite" and all(isinstance(table.c[name].type, _AS_THEY_ARE) for name in names):
            # Past SQLAlchemy's look at each value, which takes as long as SQLite does.
            places = ", ".join("?" * len(names))
            connection.exec_driver_sql(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})", rows)
        else:
            connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])

    def _new(self, recording: Recording, batch: _Batch) -> Recorded:
        made = Recorded(self._identity())
        when = None if recording.timestamp is None else parse_utc(recording.timestamp)
        extension = self._extension(recording)
        about = (made.identity, self._assignment, recording.result.student, when, extension)
        batch.inserted[SubmittedAssignment].append(about)
        grades, comments = batch.inserted[Grade], batch.inserted[Comment]
        automatic = 0.0
        for notebook, name in self._notebooks.items():
            identity = self._identity()
            batch.inserted[SubmittedNotebook].append((identity, made.identity, notebook))
            cells = _Cells(recording, name)
            for cell in self._grades[notebook]:
                score, waits = cells.grade(self._names[cell], None, None, True)
                grades.append((self._identity(), cell, identity, score, waits))
                automatic += float(score or 0.0)
            for cell in self._comments[notebook]:
                comment = cells.comment(self._names[cell], None)
                comments.append((self._identity(), cell, identity, comment))
        recording.result.automatic = made.score = automatic
        made.penalties = self._late(when, extension)
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
        elif recording.untimed and when is not None:
            when = None
            batch.change(SubmittedAssignment, there.id, timestamp=None)
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
    """What the cells of one notebook of a submission say to the rows about them, given what stands there."""

    def __init__(self, recording: Recording, notebook: str) -> None:
        self._recording = recording
        self._failed = notebook not in recording.cells  # we failed at it, and know nothing
        self._said = recording.cells.get(notebook)
        self._key = f"{notebook}/"

    def grade(
        self, name: str, automatic: float | None, by_hand: float | None, waits: bool
    ) -> tuple[float | None, bool]:
        """The automatic score of a cell, and whether a person has to look at it; given what is there."""
        if self._said is None and not self._failed:
            return 0.0, False  # this notebook was not handed in
        if self._said is None or name not in self._said.grades:
            return automatic, True
        score, answer = self._said.grades[name]
        if by_hand is None:
            return score, (bool(self._recording.result.open) and not answer) or score is None
        key, before = self._key + name, self._recording.before
        return score, waits or before is None or before.get(key) != self._said.answers.get(key)

    def comment(self, name: str, there: str | None) -> str | None:
        """The automatic comment on a cell, given the one that is there."""
        return there if self._said is None else self._said.comments.get(name, there)


def _identities(at_once: int = 1_000) -> Iterator[str]:
    """Identities as nbgrader draws them, random UUIDs of version 4, many for one question to the system."""
    while True:
        drawn = os.urandom(16 * at_once).hex()
        for i in range(0, len(drawn), 32):
            kind = "89ab"[int(drawn[i + 16], 16) % 4]
            yield f"{drawn[i : i + 12]}4{drawn[i + 13 : i + 16]}{kind}{drawn[i + 17 : i + 32]}"


def _by(rows: Iterable[Any], column: str = "assignment_id") -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found
