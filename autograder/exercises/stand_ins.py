"""What stands in for an exercise that is not done yet: a table beside the course's assignments, `stand_ins.py`.

It defines functions and classes that have exercises' names and do the same by way of a library. It may travel to
students: a stand-in calls the library, and is no answer.
"""

from __future__ import annotations

import types
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from autograder.exercises.courses import CourseExercises, CourseProblem, nothing_compiled_left
from autograder.student.lent import lend

TABLE = "stand_ins.py"


def stand_in(course: CourseExercises, name: str) -> Any:
    """What stands in for exercise `name`, lent to whoever uses it; None where the course has nothing.

    The table may know more exercises than the course: one that leaves out an assignment still lends its functions.
    Raises `CourseProblem` when the table cannot be run.
    """
    thing = None if name.startswith("_") else vars(_table(course.folder / TABLE)).get(name)
    return lend(thing, name) if callable(thing) else None


def stands_in_for(course: CourseExercises) -> list[str]:
    """The names that the course's table has something for, sorted, whether they are exercises of this course or not.

    Raises `CourseProblem` when the table cannot be run.
    """
    table = _table(course.folder / TABLE)
    return sorted(name for name, thing in vars(table).items() if callable(thing) and not name.startswith("_"))


@lru_cache(maxsize=8)
def _table(path: Path) -> types.ModuleType:
    module = types.ModuleType("stand_ins")
    spec = spec_from_file_location("stand_ins", path)
    if not path.exists() or spec is None or spec.loader is None:
        return module
    module = module_from_spec(spec)
    try:
        with nothing_compiled_left():
            spec.loader.exec_module(module)
    except Exception as problem:  # it is Python, and can fail in any way
        raise CourseProblem(f"{path}: {type(problem).__name__}: {problem}") from None
    return module
