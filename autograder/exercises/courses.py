"""Courses: where one lies, and what its assignments ask.

A course is a folder. Each assignment is a folder in its `solutions`, with `exercises.py` (public: `EXERCISES`, a list
of `Exercise`) and `answers.py` (private: `ANSWERS`, a mapping of names to `Answers`) beside the notebook's text. A
student's installation has check data (`check_data`) in place of the answers. The judge, the grader and its processes,
the notebooks, the reports and the site all find the course by `the_course`.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import os
import re
import sys
import tempfile
import traceback
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from autograder.exercises import check_data
from autograder.exercises.course_words import SETTINGS, TABLES, speak_for
from autograder.exercises.exercise import Answers, Contradiction, Exercise
from autograder.exercises.problems import CourseProblem
from autograder.student.language import ask_first

SOLUTIONS = ("solutions", "source")
"""What the folder of the solutions may be called: ours, and nbgrader's own."""
INSTALLED = "autograder.courses"
"""The group of entry points by which installed courses are found."""
NBGRADER = "nbgrader_config.py"
"""The file that makes a folder a course of nbgrader's."""
DESCRIBED = "exercises.py"
"""The file that describes an assignment's exercises."""
_CHECK = re.compile(r"""^check\(\s*["']""", re.MULTILINE)
NAMED = "AUTOGRADER_COURSE"
"""The environment variable that names a course, for this process and those it starts."""


@dataclass(frozen=True, eq=False)
class CourseExercises:
    """The exercises of a course, by name and by assignment. `folder` is the one that holds the assignments. A folder is
    read once, so that two of these are one course only if they are one object."""

    folder: Path
    exercises: dict[str, Exercise]

    @property
    def seeds(self) -> tuple[int, ...] | None:
        """The seeds that can be checked with where the answers are not here; None where they are, and all seeds do."""
        known = [set(e.recorded.seeds) for e in self.exercises.values() if e.answers is None and e.recorded is not None]
        return tuple(sorted(set.intersection(*known))) if known else None

    @property
    def assignments(self) -> dict[str, list[Exercise]]:
        """The exercises of each assignment, in order."""
        found: dict[str, list[Exercise]] = {}
        for exercise in self.exercises.values():
            found.setdefault(exercise.assignment, []).append(exercise)
        return found

    def get(self, name: str) -> Exercise:
        """The exercise called `name`. Raises `KeyError` with the nearest names when there is none."""
        if name in self.exercises:
            return self.exercises[name]
        near = difflib.get_close_matches(str(name), self.exercises, n=3, cutoff=0.5)
        meant = f"Did you mean {' or '.join(near)}?" if near else "The names stand in the notebooks, above each check."
        raise KeyError(f"there is no exercise called {name!r}. {meant}")


def the_course(named: Path | str | None = None) -> CourseExercises:
    """The exercises of the course that is `named` (its folder), or that `find_course` finds. From now on the language
    is the course's.

    Raises `CourseProblem`, with file and line, when there is no course or a description in it is not sound.
    """
    named = named or os.environ.get(NAMED)
    absolute = named and os.path.isabs(named)  # asked for at every verdict: read once, looked for once
    course = _read_named(str(named)) if absolute else _read(find_course(named))
    speak_for(course.folder)
    return course


@lru_cache(maxsize=8)
def _read_named(named: str) -> CourseExercises:
    return _read(find_course(named))


def get(name: str) -> Exercise:
    """The exercise called `name` of the course found. Raises `KeyError` with the nearest names when there is none."""
    return the_course().get(name)


def use_course(folder: Path | str) -> None:
    """Name the course for the rest of this process, and for those it starts."""
    os.environ[NAMED] = str(Path(folder).resolve())


@contextmanager
def using_course(folder: Path | str) -> Iterator[None]:
    """Name the course for the length of a block, and for the processes that are started in it."""
    before = os.environ.get(NAMED)
    use_course(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[NAMED]
        else:
            os.environ[NAMED] = before


def find_course(named: Path | str | None = None, above: Path | None = None) -> Path:
    """The folder that holds a course's assignments, the first there is of: the one `named` (or in the environment), one
    in or above the folder `above` (the working directory), an installed one (entry point group `autograder.courses`),
    the one built in.

    Raises `CourseProblem` when a named folder holds no assignments, when a course's own folder has assignments without
    `exercises.py`, or when there is no course at all.
    """
    named = named or os.environ.get(NAMED)
    if named:
        found = _assignments_of(Path(named))
        if found is None:
            for folder in (Path(named), *(Path(named) / name for name in SOLUTIONS)):
                _refuse_undescribed(folder)
            raise CourseProblem(
                f"{named} holds no exercises: a course has a folder {SOLUTIONS[0]} with a folder for each assignment, "
                "and exercises.py in it"
            )
        return found
    try:
        here = (above or Path.cwd()).resolve()
    except OSError:  # the working directory was deleted
        here = Path("/")
    above_here = (here, *here.parents)
    # A folder of solutions first, wherever it lies: nbgrader copies an assignment's files beside what it autogrades.
    for folder in above_here:
        if found := _solutions_in(folder):
            return found
        if (folder / NBGRADER).is_file():  # a course's own folder: no other course may take its place unsaid
            for name in SOLUTIONS:
                _refuse_undescribed(folder / name)
    for found in filter(None, map(_assignments_in, above_here)):
        return found
    for found in at_hand():
        return found
    raise CourseProblem(
        "there is no course here: no folder above this one holds solutions with exercises, and none is installed"
    )


def at_hand() -> Iterator[Path]:
    """The folders of assignments that are here whatever the working directory: installed courses, and the built-in."""
    for folder in (*_installed(), Path(__file__).resolve().parents[2]):
        if found := _assignments_of(folder):
            yield found


def asked_elsewhere(name: str) -> Exercise | None:
    """The exercise called `name` of a course that is at hand, or None. A course may be made of parts of another one,
    and ask for what the parts it left out explain."""
    for folder in at_hand():
        with suppress(CourseProblem):  # whoever uses that course is told
            if exercise := _read(folder).exercises.get(name):
                return exercise
    return None


def left_out_of(course: CourseExercises, assignment: str) -> dict[str, str]:
    """What `course` leaves out of the courses at hand that have this assignment too: the exercises of the assignments
    before it, with the assignment of each."""
    found: dict[str, str] = {}
    for folder in at_hand():
        if folder != course.folder and (folder / assignment / DESCRIBED).exists():
            before = sorted(path for path in folder.glob(f"*/{DESCRIBED}") if path.parent.name < assignment)
            with suppress(CourseProblem):
                for path in before:
                    for exercise in _described(path):
                        if exercise.name not in course.exercises:
                            found.setdefault(exercise.name, path.parent.name)
    return found


def _assignments_of(folder: Path) -> Path | None:
    """The folder with the assignments: `folder` itself, or its folder of solutions."""
    return _solutions_in(folder) or _assignments_in(folder)


def _solutions_in(folder: Path) -> Path | None:
    return next(filter(None, (_assignments_in(folder / name) for name in SOLUTIONS)), None)


def _refuse_undescribed(folder: Path) -> None:
    """Raise `CourseProblem` for an assignment that has answers, or a text with checks, and no description of them."""
    try:
        places = sorted(path for path in folder.iterdir() if path.is_dir() and not (path / DESCRIBED).exists())
    except OSError:
        return  # no folder, or one that may not be read
    for place in places:
        text = place / f"{place.name}.py"
        if (place / "answers.py").is_file():
            why = "it describes the exercises that answers.py beside it answers"
        elif text.is_file() and _CHECK.search(text.read_text(encoding="utf-8", errors="replace")):
            why = f"it describes the exercises that {text.name} beside it checks"
        else:
            continue
        raise CourseProblem(f"{place / DESCRIBED} is missing: {why}. Put it back, or take the folder away")


def _assignments_in(folder: Path) -> Path | None:
    try:
        return folder.resolve() if next(folder.glob("*/exercises.py"), None) is not None else None
    except OSError:  # a folder that may not be read is no course of ours
        return None


def _installed() -> Iterator[Path]:
    for point in _entry_points(tuple(map(_state, sys.path))):
        try:
            module = importlib.import_module(point.value.partition(":")[0])
        except Exception as problem:  # it is Python, and can fail in any way
            told = f"the installed course {point.name!r} is passed over, since its package {point.value} cannot be "
            told += f"imported ({type(problem).__name__}: {problem}). Install it anew, or remove it: "
            told += f"pip uninstall {point.dist.name if point.dist else point.name}"
            warnings.warn(told, RuntimeWarning, stacklevel=2)
            continue
        yield from map(Path, getattr(module, "__path__", ()))


@lru_cache(maxsize=1)
def _entry_points(places: tuple[object, ...]) -> tuple[EntryPoint, ...]:
    """The entry points of courses in these states of the places where packages lie. To read those of all packages
    takes as long as to judge an exercise, and a grading process asks at every submission."""
    return tuple(entry_points(group=INSTALLED))


def _state(place: str) -> object:
    """A place on `sys.path`, and when something was last put into it or taken out."""
    try:
        about = os.stat(place or os.curdir)
    except OSError:
        return place
    return place, about.st_dev, about.st_ino, about.st_mtime_ns


def packed(folder: Path) -> dict[str, bytes]:
    """The descriptions of a course as names and contents, to be sent to another machine."""
    names = ("exercises.py", "answers.py", check_data.FILE, TABLES)
    paths = [path for name in names for path in folder.glob(f"*/{name}")]
    paths += [*folder.glob(SETTINGS), *folder.glob(TABLES)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(paths)}


def use_packed(files: dict[str, bytes]) -> None:
    """Use a course that came `packed` from another machine, for the rest of this process."""
    digest = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
    if digest not in _unpacked:
        kept = tempfile.TemporaryDirectory(prefix="autograder-course-")
        for name, content in files.items():
            path = Path(kept.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        _unpacked[digest] = kept
    use_course(_unpacked[digest].name)


_unpacked: dict[str, tempfile.TemporaryDirectory[str]] = {}


@lru_cache(maxsize=8)
def _read(folder: Path) -> CourseExercises:
    _refuse_undescribed(folder)
    exercises: dict[str, Exercise] = {}
    for path in sorted(folder.glob("*/exercises.py")):
        for exercise in _read_assignment(path):
            if exercise.name in exercises:
                other = folder / exercises[exercise.name].assignment / "exercises.py"
                raise CourseProblem(
                    f"{path}: {other} has an exercise called {exercise.name} already; choose another name"
                )
            exercises[exercise.name] = exercise
    return CourseExercises(folder, exercises)


def _read_assignment(path: Path) -> Iterator[Exercise]:
    private, data = path.with_name("answers.py"), path.with_name(check_data.FILE)
    described = _described(path)
    if not private.exists():
        if not data.exists() and any(exercise.answers is None for exercise in described):
            raise CourseProblem(
                f"{private} is missing: it holds the answers to the exercises beside it. "
                f"Nor is there {data.name}, from which a student's installation checks"
            )
        yield from _with_check_data(path, described, check_data.read(data) if data.exists() else {})
        return
    answers = _attribute(private, "ANSWERS", "a mapping of the exercises' names to Answers")
    names = [exercise.name for exercise in described]
    for name in answers:
        if name not in names:
            raise CourseProblem(f"{private}: there are answers for {name!r}, but {path.name} has no such exercise")
    for exercise in described:
        answer = answers.get(exercise.name, exercise.answers)
        if not isinstance(answer, Answers):
            raise CourseProblem(f"{private}: there are no Answers for {exercise.name!r}, which {path.name} asks for")
        try:
            yield exercise.with_answers(path.parent.name, answer)
        except Contradiction as problem:
            raise CourseProblem(f"{path}: {problem}") from None


def _described(path: Path) -> list[Exercise]:
    """The exercises of an assignment as its description has them: what is right in them is not known yet."""
    described: list[Exercise] = _attribute(path, "EXERCISES", "a list of Exercise")
    if any(not isinstance(exercise, Exercise) for exercise in described):
        raise CourseProblem(f"{path}: EXERCISES holds something that is not an Exercise")
    return described


def _with_check_data(
    path: Path, described: list[Exercise], recorded: dict[str, check_data.Recorded]
) -> Iterator[Exercise]:
    for exercise in described:
        if exercise.answers is not None:  # made from its forward, which is public
            yield exercise.with_answers(path.parent.name, exercise.answers)
            continue
        if exercise.name not in recorded:
            raise CourseProblem(
                f"{path.with_name(check_data.FILE)} has nothing on {exercise.name!r}, which {path.name} asks for: "
                "write it anew from the answers: autograder check-data"
            )
        yield exercise.with_check_data(path.parent.name, recorded[exercise.name])


def _attribute(path: Path, name: str, what: str) -> Any:
    module = _module(path)
    if not hasattr(module, name):
        raise CourseProblem(f"{path} does not define {name}, {what}")
    return getattr(module, name)


def _module(path: Path) -> types.ModuleType:
    """The module in a file of a course, in a package of the course's own, so that the files can import each other."""
    package = f"_course_{hashlib.sha256(str(path.parents[1]).encode()).hexdigest()[:12]}"
    for name, folder in ((package, path.parents[1]), (f"{package}.{path.parent.name}", path.parent)):
        if name not in sys.modules:
            module = types.ModuleType(name)
            module.__path__ = [str(folder)]
            sys.modules[name] = module
    name = f"{package}.{path.parent.name}.{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    try:
        with nothing_compiled_left():
            return importlib.import_module(name)
    except Contradiction as problem:
        raise CourseProblem(f"{path}: {problem}") from None
    except Exception as problem:  # it is Python, and can fail in any way
        raise CourseProblem(_where(problem, path)) from None


@contextmanager
def nothing_compiled_left() -> Iterator[None]:
    """Import files of a course without the copies that Python compiles: answers would lie about in them."""
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = written


def _where(problem: Exception, path: Path) -> str:
    """File and line of what went wrong in a description, and what it was."""
    if isinstance(problem, SyntaxError) and problem.filename:
        return f"{problem.filename}, line {problem.lineno}: {problem.msg}"
    frames = [f for f in traceback.extract_tb(problem.__traceback__) if f.filename.startswith(str(path.parents[1]))]
    place = f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else str(path)
    return f"{place}: {type(problem).__name__}: {problem}"


def _speak_here() -> None:
    with suppress(CourseProblem):  # whoever needs the course is told
        speak_for(find_course())


ask_first(_speak_here)
