"""A course folder: where nbgrader keeps submissions, grades and settings, read from its own configuration."""

from __future__ import annotations

import difflib
import os
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.exercises import CourseProblem, find_course
from autograder.pipeline.lean import course_directory
from autograder.pipeline.source import find_assignment, open_gradebook
from autograder.reading.folders import MOST_FILES
from autograder.reading.words import one_line

SEEDS = ".autograder"
CourseDirectory = course_directory()


@dataclass(frozen=True)
class Course:
    """A course folder and its nbgrader configuration."""

    root: Path
    config: Config
    directory: Any
    """nbgrader's `CourseDirectory`."""

    @property
    def db_url(self) -> str:
        return str(self.directory.db_url)

    @property
    def course_id(self) -> str:
        return str(self.directory.course_id)

    @property
    def exercises(self) -> Path:
        """The folder with the descriptions of the exercises: the course's own solutions, or those found from here."""
        return find_course(above=self.root)

    def folder(self, step: str, student: str, assignment: str) -> Path:
        """nbgrader's folder of a student's assignment; `step` is "submitted", "autograded", "feedback" or "source"."""
        name = getattr(self.directory, f"{step}_directory")
        return Path(self.directory.format_path(name, student, assignment))

    def students_with(self, assignment: str) -> list[str]:
        """The students who handed in this assignment, sorted. A name that begins with a dot is no student's: nbgrader's
        pages pass over such folders, and graded ones are made in them."""
        submitted = self.root / self.directory.submitted_directory
        found = [path.name for path in submitted.iterdir() if path.is_dir()] if submitted.is_dir() else []
        excluded = set(str(self.directory.student_id_exclude or "").split(","))
        found = [name for name in found if name not in excluded and not name.startswith(".")]
        return sorted(student for student in found if self.folder("submitted", student, assignment).is_dir())

    def astray(self, assignment: str) -> list[str]:
        """What lies among the submissions where no assignment is looked for: files in place of a student's folder, and
        of a student who did not hand in this assignment, files and folders that belong to no assignment; and work in a
        folder whose name begins with a dot."""
        submitted = self.root / self.directory.submitted_directory
        steps = (self.folder(step, ".", "*").parent for step in ("source", "release"))
        known = {entry.name for step in steps for entry in _entries(step) if entry.is_dir()}
        excluded = set(str(self.directory.student_id_exclude or "").split(","))
        found: list[Path] = []
        for entry in _entries(submitted):
            if entry.name in excluded:
                continue
            if not entry.is_dir():
                found.append(entry)
            elif not self.folder("submitted", entry.name, assignment).is_dir():
                found += [inside for inside in _entries(entry) if not (inside.is_dir() and inside.name in known)]
        for entry in _entries(submitted, hidden=True):
            work = self.folder("submitted", entry.name, assignment)
            found += [work] if work.is_dir() else []
        return [one_line(path.relative_to(submitted).as_posix()) for path in found]


def _entries(folder: Path, hidden: bool = False) -> list[Path]:
    """What lies in a folder and is not hidden, or is, by name; nothing of what is no folder, or not readable."""
    try:
        return sorted(path for path in islice(folder.iterdir(), MOST_FILES) if path.name.startswith(".") == hidden)
    except OSError:
        return []


def where_it_belongs(course: Course, assignment: str) -> str:
    """In words, what lies astray among the submissions and where the grader looks; "" where nothing does."""
    astray = course.astray(assignment)
    if not astray:
        return ""
    more = f" and {len(astray) - 10} more" if len(astray) > 10 else ""
    where = course.folder("submitted", "STUDENT", assignment)
    return f"not graded, as no submission is looked for there: {', '.join(astray[:10])}{more}. Put work into {where}/"


def no_submission(course: Course, assignment: str, student: str) -> str:
    """Why there is nothing of this student in an assignment, in words: nobody of that name, or nothing handed in.

    A name that nobody has is told with those nearest to it.
    """
    with open_gradebook(course.db_url, course.course_id) as gradebook:
        find_assignment(gradebook, assignment)  # a misspelled one is told as such
        names = sorted({*(s.id for s in gradebook.students), *course.students_with(assignment)})
    if student in names:
        return f"{student} did not hand in {assignment!r}: {course.folder('submitted', student, assignment)} is missing"
    near = difflib.get_close_matches(student, names, n=2, cutoff=0.6)
    meant = f". Did you mean {' or '.join(near)}?" if near else ""
    return f"{student} did not hand in {assignment!r}: there is no student of this name{meant}"


def open_course(root: Path) -> Course:
    """The course in `root`. Raises `CourseProblem` when there is no `nbgrader_config.py`, or it does not run."""
    root = root.resolve()
    if not (root / "nbgrader_config.py").exists():
        raise CourseProblem(
            f"{root} is not a course folder: it has no nbgrader_config.py. "
            "Go to the course's folder, or make one to try: autograder demo"
        )
    beside = str(Path(sys.executable).parent)  # nbgrader calls alembic by name, which lies there
    if beside not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = f"{beside}{os.pathsep}{os.environ.get('PATH', '')}"
    if str(root) not in sys.path:
        sys.path.append(str(root))  # as nbgrader's commands do: there lie plug-ins the course has of its own
    try:
        config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    except Exception as problem:  # it is Python, and can fail in any way
        raise CourseProblem(
            f"nbgrader's settings in {root / 'nbgrader_config.py'} do not run: {type(problem).__name__}: {problem}"
        ) from None
    config.CourseDirectory.root = str(root)
    return Course(root, config, CourseDirectory(config=config))
