"""What the gradebook knows of an assignment: its cells, their points, their locked text. Read once a run."""

from __future__ import annotations

import datetime
import difflib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from autograder.exercises import CourseProblem, the_course
from autograder.reading.checks import check_named
from autograder.reading.folders import MOST_FILES, files_below, read_regular
from autograder.reading.notebook_file import FILE_BYTES, NotANotebook, read_submission, text_of


@dataclass(frozen=True)
class SourceCell:
    """One cell nbgrader keeps: graded, answered, or locked. `check` names the exercise its `check(...)` asks for."""

    name: str
    cell_type: str
    source: str
    locked: bool
    checksum: str
    grade: bool
    solution: bool
    task: bool
    points: float | None
    check: str | None = None

    @property
    def autograded(self) -> bool:
        return self.grade and not self.solution and self.cell_type == "code"


@dataclass(frozen=True)
class NotebookSource:
    """The kept cells of one notebook, in their order."""

    name: str
    cells: tuple[SourceCell, ...]
    kernelspec: dict[str, Any] = field(default_factory=dict)
    prose: frozenset[str] = frozenset()
    """The texts of the released notebook: what is not among them is a student's. Empty where there is none to read."""

    beside: frozenset[str] = frozenset()
    """The names of the files that were given out with it."""

    def get(self, name: str) -> SourceCell | None:
        return next((cell for cell in self.cells if cell.name == name), None)


# How long another program may be at the gradebook before we give up: formgrader and nbgrader are never at it for long.
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Standing:
    """What the gradebook has of one student's submission: its automatic points together, and how many cells of it have
    a mark by hand, wait for one, and have one that needs another look. `score` has marks by hand and extra credit, and
    is before the `penalty` for being late."""

    automatic: float
    by_hand: int
    waiting: int
    again: int = 0
    score: float = 0.0
    penalty: float = 0.0


@dataclass(frozen=True)
class Book:
    """What a gradebook says of an assignment before a run: which one it is, when it is due, who stands how."""

    identity: str
    due: datetime.datetime | None
    students: dict[str, Standing]


def read_book(db_url: str, assignment: str, course_id: str = "") -> Book:
    """What the gradebook says of everybody in an assignment.

    Raises `CourseProblem` when it cannot be read, or has no such assignment.
    """
    from nbgrader import api
    from sqlalchemy import case, func

    with open_gradebook(db_url, course_id) as gradebook:
        about = find_assignment(gradebook, assignment)
        s, n, g = api.SubmittedAssignment, api.SubmittedNotebook, api.Grade
        columns = (
            func.sum(g.auto_score),
            func.sum(case((g.manual_score.isnot(None), 1), else_=0)),
            func.sum(case((g.needs_manual_grade, 1), else_=0)),
            func.sum(case((g.needs_manual_grade & g.manual_score.isnot(None), 1), else_=0)),
            func.sum(g.score),
        )
        rows = (
            gradebook.db.query(s.student_id, *columns)
            .join(n, n.assignment_id == s.id)
            .join(g, g.notebook_id == n.id)
            .filter(s.assignment_id == about.id)
            .group_by(s.student_id)
        )
        late = (
            gradebook.db.query(s.student_id, func.sum(n.late_submission_penalty))
            .join(n, n.assignment_id == s.id)
            .filter(s.assignment_id == about.id)
            .group_by(s.student_id)
        )
        penalties = {who: float(penalty or 0.0) for who, penalty in late}
        students = {
            who: Standing(
                automatic=float(auto or 0.0),
                by_hand=int(hand or 0),
                waiting=int(wait or 0),
                again=int(again or 0),
                score=float(score or 0.0),
                penalty=penalties.get(who, 0.0),
            )
            for who, auto, hand, wait, again, score in rows
        }
        return Book(str(about.id), about.duedate, students)


def patient(db_url: str) -> str:
    """The address of a gradebook, with the patience to wait for another program that writes to it."""
    from sqlalchemy.engine import make_url

    url = make_url(db_url)
    if url.get_backend_name() == "sqlite" and "timeout" not in url.query:
        url = url.update_query_dict({"timeout": str(PATIENCE_SECONDS)})
    return url.render_as_string(hide_password=False)


def read_source(
    db_url: str, assignment: str, course_id: str = "", release: Path | None = None
) -> dict[str, NotebookSource]:
    """The notebooks of an assignment as the gradebook keeps them; `release` is the folder they were given out from.

    Raises `CourseProblem` when the assignment was never generated, or has an autograded cell that does not check an
    exercise: its points would be decided by code a student can reach.
    """
    with open_gradebook(db_url, course_id) as gradebook:
        notebooks = find_assignment(gradebook, assignment).notebooks
        beside = _names(release)
        return {notebook.name: _read(notebook, _prose(release, notebook.name), beside) for notebook in notebooks}


def find_assignment(gradebook: Any, name: str) -> Any:
    """An assignment of the gradebook. Raises `CourseProblem`, which names those there are, when it is none of them."""
    from nbgrader.api import MissingEntry  # seconds to load, and the grading processes do without it

    try:
        return gradebook.find_assignment(name)
    except MissingEntry:
        names = sorted(a.name for a in gradebook.assignments)
        near = difflib.get_close_matches(name, names, n=2, cutoff=0.6)
        released = f"nbgrader generate_assignment {name} --force puts it there"
        next_step = f"Did you mean {' or '.join(near)}?" if near else released
        raise CourseProblem(
            f"the gradebook has no assignment {name!r}; it has: {', '.join(names) or 'none'}. {next_step}"
        ) from None


def must_have(db_url: str, course_id: str, name: str) -> None:
    """Raise `CourseProblem`, as `find_assignment` does, where the gradebook has no assignment of this name."""
    with open_gradebook(db_url, course_id) as gradebook:
        find_assignment(gradebook, name)


def _prose(release: Path | None, name: str) -> frozenset[str]:
    """The texts of a notebook as it was given out; none where that is not there to be read."""
    data = None if release is None else read_regular(release / f"{name}.ipynb", FILE_BYTES)
    try:
        cells = read_submission(data or b"")["cells"]
    except NotANotebook:
        return frozenset()
    return frozenset(text_of(cell.get("source")).strip() for cell in cells if isinstance(cell, dict))


def _names(release: Path | None) -> frozenset[str]:
    """The names of the files that were given out; none where they are not there to be read."""
    below = [] if release is None else islice(files_below(release), MOST_FILES)
    return frozenset(path.relative_to(release or path).as_posix() for path in below)


@contextmanager
def open_gradebook(db_url: str, course_id: str = "") -> Iterator[Any]:
    """nbgrader's gradebook, to read. Raises `CourseProblem` where there is none or its database fails."""
    from nbgrader.api import Gradebook
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    where = db_url.rpartition("@")[2]  # what stands before it may be a password
    try:
        url = make_url(db_url)
        where = url.render_as_string(hide_password=True)
        if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
            raise CourseProblem(
                f"there is no gradebook {url.database}: make one: nbgrader generate_assignment NAME --force"
            )
        with Gradebook(patient(db_url), course_id) as gradebook:
            yield gradebook
    except ModuleNotFoundError as missing:
        raise CourseProblem(
            f"the gradebook {where} needs {missing.name}, which is not installed. For PostgreSQL: "
            "pip install 'backprop-course[scale]'"
        ) from None
    except SQLAlchemyError as problem:
        reason = " ".join(str(getattr(problem, "orig", None) or problem).split())
        raise CourseProblem(f"the gradebook {where} cannot be read: {reason}") from None


def _read(notebook: Any, prose: frozenset[str], beside: frozenset[str]) -> NotebookSource:
    graded = {cell.name: float(cell.max_score) for cell in [*notebook.grade_cells, *notebook.task_cells]}
    grade_names = {cell.name for cell in notebook.grade_cells}
    solution_names = {cell.name for cell in notebook.solution_cells}
    task_names = {cell.name for cell in notebook.task_cells}
    cells = []
    course = the_course()
    for cell in notebook.source_cells:
        kept = SourceCell(
            name=cell.name,
            cell_type=cell.cell_type,
            source=cell.source or "",
            locked=bool(cell.locked),
            checksum=cell.checksum or "",
            grade=cell.name in grade_names,
            solution=cell.name in solution_names,
            task=cell.name in task_names,
            points=graded.get(cell.name),
            check=check_named(cell.source or "") if cell.cell_type == "code" else None,
        )
        if kept.autograded and kept.check is not None and kept.check not in course.exercises:
            raise CourseProblem(
                f"cell {kept.name!r} of {notebook.name!r} checks {kept.check!r}, which the course in {course.folder} "
                "does not have. If the assignment was given out with former exercises, grade it with the version it "
                "was given out with; the two cannot be mixed in one gradebook. Else give it out anew: "
                f"nbgrader generate_assignment {notebook.assignment.name} --force"
            )
        if kept.autograded and kept.check is None:
            raise CourseProblem(
                f"cell {kept.name!r} of {notebook.name!r} is autograded, but does not check an exercise. "
                'Only check("name") is decided out of a student\'s reach: write an exercise for it '
                "(docs/adding-an-exercise.md), or make the cell manually graded."
            )
        cells.append(kept)
    return NotebookSource(notebook.name, tuple(cells), json.loads(notebook.kernelspec or "{}"), prose, beside)
