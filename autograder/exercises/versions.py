"""Which version of a course its notebooks go with, which one students check with, and whether it is the one here."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.exercises import check_data
from autograder.exercises.courses import CourseExercises, the_course
from autograder.exercises.problems import CourseProblem
from nn_lib import __version__

ABOUT = "course.json"
"""The note beside notebooks."""


def write_about(course: CourseExercises, folder: Path) -> None:
    """Note beside notebooks which version of the engine and of each description they go with."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {"version": __version__, "exercises": fingerprints(course)}
    (folder / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def fingerprints(course: CourseExercises) -> dict[str, str]:
    """The fingerprint of each assignment's description."""
    return {name: check_data.fingerprint(course.folder / name / "exercises.py") for name in course.assignments}


def out_of_date(about: dict[str, Any], course: CourseExercises) -> str | None:
    """What in a note written by `write_about` is not what is installed, in a sentence; None when all is."""
    if about.get("version") != __version__:
        return (
            f"these notebooks came with version {about.get('version')} of the course, and {__version__} is installed: "
            "install the one that came with them, or fetch the notebooks anew"
        )
    now, then = fingerprints(course), about.get("exercises", {})
    changed = [name for name in then if name in now and then[name] != now[name]]
    if changed:
        return f"the exercises of {', '.join(changed)} are not those that the notebooks came with: fetch them anew"
    return None


@lru_cache(maxsize=16)
def warn_of_versions(folder: Path) -> None:
    """Say once when the notebooks in or above a folder go with another version than the one installed."""
    for place in (folder, *folder.parents):
        try:
            about = json.loads((place / ABOUT).read_text(encoding="utf-8"))
            told = out_of_date(about, the_course()) if "exercises" in about else None
        except (OSError, ValueError, TypeError, CourseProblem):
            continue
        if told:
            warnings.warn(told, UserWarning, stacklevel=3)
        return


_GIVEN_OUT = Path(".autograder") / "given-out.json"


def note_given_out(root: Path, course: CourseExercises, names: Sequence[str]) -> None:
    """Note which descriptions students check with, for `changed_since_given_out`."""
    path = root / _GIVEN_OUT
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    now = fingerprints(course)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(known | {name: now[name] for name in names}, indent=1), encoding="utf-8")


def changed_since_given_out(root: Path, course: CourseExercises, assignment: str) -> str | None:
    """A sentence when students check an assignment with another description than the one that is graded by."""
    try:
        given = json.loads((root / _GIVEN_OUT).read_text(encoding="utf-8")).get(assignment)
    except (OSError, ValueError):
        return None
    if given is None or given == fingerprints(course).get(assignment):
        return None
    return (
        f"the exercises of {assignment} have changed since students got theirs: their check and this grade may "
        "differ. Give out a new bundle: autograder student-bundle FOLDER"
    )
