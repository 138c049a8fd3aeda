"""What a student calls in a notebook: `check("relu_backward")`."""

from __future__ import annotations

import difflib
import linecache
import secrets
import sys
from pathlib import Path
from typing import Any

from autograder.exercises import the_course
from autograder.exercises.versions import warn_of_versions
from autograder.judge import judge
from autograder.judge.verdict import Verdict
from autograder.mine.filing import file_answer
from autograder.mine.folder import the_folder
from autograder.mine.judged import asked_with
from autograder.student.language import t
from autograder.student.local import LocalCode
from autograder.student.time_limit import CALL_SECONDS


class UnknownExercise(LookupError):
    """There is no exercise of this name; says which names are near."""


def check(name: str, seed: int | None = None) -> Verdict:
    """Judge exercise `name` with the functions defined in the notebook (or module) this is called from.

    In a notebook the result shows itself as a card. What earns full points is filed in the student's own library,
    `my_nn` (see docs/student.md). Nothing is sent anywhere. A call of your function that takes longer than 10 s is
    stopped. Each check draws a seed, and the inputs from it: one of the few for which a student's installation knows
    what is right. `seed` asks for the inputs of an earlier check, whose card says it. Raises `UnknownExercise` when
    there is no exercise of that name, and `CheckDataProblem` for a seed without values.
    """
    course = the_course()
    if not isinstance(name, str) or name not in course.exercises:
        raise UnknownExercise(_unknown(name, list(course.exercises)))
    drawn = seed if seed is not None else secrets.choice(course.seeds) if course.seeds else secrets.randbelow(2**20)
    warn_of_versions(Path.cwd())
    seen = _caller()
    functions = {exercise: seen[exercise] for exercise in course.exercises if exercise in seen}
    verdict = judge(name, LocalCode(functions, CALL_SECONDS, asked_with(course, name)), seed=drawn)
    if verdict.passed:
        words = file_answer(course.get(name), _cells(seen), functions, the_folder(frozenset(course.assignments)), drawn)
        if words is not None:
            print(words)
    return verdict


def _unknown(name: Any, known: list[str]) -> str:
    wanted = name if isinstance(name, str) else str(getattr(name, "__name__", type(name).__name__))
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    if not isinstance(name, str):
        shown = wanted if wanted in known else near[0] if near else known[0]
        return t(
            'check takes the name of an exercise, in quotes, as in check("{shown}"); it was given {wanted}',
            shown=shown,
            wanted=wanted,
        )
    if near:
        names = t(" or ").join(near)
        return t("there is no exercise {name!r}. Did you mean {names}?", name=wanted, names=names)
    names = ", ".join(known[:5])
    return t("there is no exercise {name!r}. There are {names}, ...", name=wanted, names=names)


def _caller() -> dict[str, Any]:
    """The names of the notebook, or of the caller outside one."""
    shell = _shell()
    names: dict[str, Any] = shell.user_ns if shell is not None else sys._getframe(2).f_globals
    return names


def _cells(seen: dict[str, Any]) -> list[str]:
    """What was run to make these names: a notebook's cells in the order they were run, or the text of a module."""
    shell = _shell()
    if shell is not None:
        return [cell for cell in shell.user_ns.get("In", ()) if isinstance(cell, str)]
    return ["".join(linecache.getlines(str(seen.get("__file__"))))]


def _shell() -> Any:
    main = sys.modules.get("IPython")
    return main.get_ipython() if main is not None else None
