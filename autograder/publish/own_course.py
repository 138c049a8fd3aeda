"""A course of one's own: a folder with settings, an example assignment or copies of another course's, and a README."""

from __future__ import annotations

import ast
import shutil
import tempfile
from collections.abc import Sequence
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

from autograder.exercises import CourseExercises, CourseProblem, NoAnswers, the_course, using_course
from autograder.exercises.course_words import SETTINGS, TABLES
from autograder.exercises.courses import INSTALLED
from autograder.exercises.stand_ins import TABLE, stands_in_for
from autograder.installed import checkout
from autograder.mine.folder import PACKAGE
from autograder.reading.outline import parsed, without_magics

EXAMPLE = "01_example"
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "*.pyc")


def init_course(folder: Path, origin: str | None = None, assignments: Sequence[str] = ()) -> list[str]:
    """Make a course in `folder`, which is new or empty, and return the names of its assignments.

    `origin` names a course to copy, all of it or the chosen `assignments`: the folder it lies in, or an installed one.
    Raises `CourseProblem` for a folder that is not empty, for a course or an assignment that does not exist, and for
    one whose answers are not here. Until all is made, nothing is written.
    """
    from autograder.publish import notebooks  # the instructor's tools

    if folder.exists() and not folder.is_dir():
        raise CourseProblem(f"{folder} is a file: give a folder that is new. Nothing was changed")
    if folder.exists() and any(folder.iterdir()):
        raise CourseProblem(f"{folder} is not empty: give a folder that is new. Nothing was changed")
    if assignments and origin is None:
        raise CourseProblem("--assignment chooses among the assignments of a course: name that too, by --with-course")
    with tempfile.TemporaryDirectory() as place:
        work = Path(place) / "course"
        names = _copy(origin, assignments, work) if origin else _example(work)
        course_id = folder.resolve().name.replace(" ", "-")
        copied = "an assignment" if len(names) == 1 else f"{len(names)} assignments"
        what = "an example assignment" if origin is None else f"{copied} to be changed"
        for name, target in (("nbgrader_config", "nbgrader_config.py"), ("jupytext", "solutions/jupytext.toml")):
            (work / target).write_text(_text(name).replace("{course_id}", course_id), encoding="utf-8")
        readme = _text("README").format(course_id=course_id, what=what, first=names[0])
        (work / "README.md").write_text(readme, encoding="utf-8")
        with using_course(work):
            made = [file for name in names for file in notebooks.build(work, name).items()]
        for path, content in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        shutil.copytree(work, folder, dirs_exist_ok=True, ignore=_LEFT_OUT)
    return names


def leans_on(course: CourseExercises) -> tuple[list[str], list[str]]:
    """The functions that notebooks of the course import from the student's library, and that no assignment of it asks
    for: those that `stand_ins.py` lends, and those that nothing stands in for. Each sorted."""
    asked: set[str] = set()
    for path in course.folder.glob("*/*.py"):
        tree = parsed(without_magics(path.read_text(encoding="utf-8"))) if path.stem == path.parent.name else None
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
                asked.update(alias.name for alias in node.names if alias.name != "*")
    lent = asked.intersection(stands_in_for(course))
    return sorted(lent - set(course.exercises)), sorted(asked - lent - set(course.exercises))


def told_of_stand_ins(course: CourseExercises) -> list[str]:
    """What whoever copied a part of a course is told of the functions that the rest of it would have given."""
    lent, missing = leans_on(course)
    table = course.folder / TABLE
    told = []
    if lent:
        told.append(f"of assignments that are left out, {table} lends students: {', '.join(lent)}")
    if missing:
        told.append(
            f"nothing gives students {', '.join(missing)}, which notebooks import from {PACKAGE}: define each in "
            f"{table}, or take it out of the notebook"
        )
    return told


def _text(name: str) -> str:
    return (files("autograder.publish") / "example" / f"{name}.txt").read_text(encoding="utf-8")


def _example(work: Path) -> list[str]:
    target = work / "solutions" / EXAMPLE
    target.mkdir(parents=True)
    for name, file in (("exercises", "exercises.py"), ("answers", "answers.py"), ("notebook", f"{EXAMPLE}.py")):
        (target / file).write_text(_text(name), encoding="utf-8")
    return [EXAMPLE]


def _copy(origin: str, chosen: Sequence[str], work: Path) -> list[str]:
    folder = _folder_of(origin)
    known = sorted(path.parent.name for path in folder.glob("*/*.py") if path.stem == path.parent.name)
    if unknown := [name for name in chosen if name not in known]:
        raise CourseProblem(f"{origin} has no assignment {unknown[0]!r}; it has {', '.join(known)}")
    names = [*dict.fromkeys(chosen)] or known
    for name in names:
        shutil.copytree(folder / name, work / "solutions" / name, ignore=_LEFT_OUT)
    shared = (*folder.glob("*.py"), *folder.glob(SETTINGS), *folder.glob(TABLES))
    for path in shared:  # what the assignments share
        if path.name != "__init__.py":
            shutil.copyfile(path, work / "solutions" / path.name)
    the_course(work)  # what does not stand alone is said now
    return names


def _folder_of(origin: str) -> Path:
    """The folder with the assignments of a course, answers and texts and all, by its path or its installed name."""
    installed = [point for point in entry_points(group=INSTALLED) if point.name == origin]
    if not installed and not Path(origin).exists():
        known = ", ".join(sorted({point.name for point in entry_points(group=INSTALLED)})) or "none"
        raise CourseProblem(
            f"there is no course {origin!r}: give its folder, or the name of an installed one ({known})"
        )
    places = [checkout(), None] if installed else [Path(origin)]
    for place in places:
        try:
            folder = the_course(place).folder if place else _module_folder(installed[0].value)
        except CourseProblem:
            if not installed:
                raise
            continue
        if any(folder.glob("*/answers.py")):
            return folder
    raise NoAnswers(f"copying the course {origin!r}")


def _module_folder(package: str) -> Path:
    import importlib

    return Path(next(iter(importlib.import_module(package.partition(":")[0]).__path__)))
