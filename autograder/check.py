"""What a student calls in a notebook: `check("relu_backward")`."""

from __future__ import annotations

import difflib
import secrets
import sys
from typing import Any

from autograder.exercises import the_course
from autograder.judge import judge
from autograder.judge.verdict import Verdict
from autograder.student.local import LocalCode
from autograder.student.time_limit import CALL_SECONDS


class UnknownExercise(LookupError):
    """There is no exercise of this name; says which names are near."""


def check(name: str, seed: int | None = None) -> Verdict:
    """Judge exercise `name` with the functions defined in the notebook (or module) this is called from.

    In a notebook the result shows itself as a card. Nothing is sent anywhere. A call of your function that takes longer
    than 10 s is stopped. Each check draws a seed, and the inputs from it: one of the few for which a student's
    installation knows what is right. `seed` asks for the inputs of an earlier check, whose card says it. Raises
    `UnknownExercise` when there is no exercise of that name, and `CheckDataProblem` for a seed without values.
    """
    course = the_course()
    if not isinstance(name, str) or name not in course.exercises:
        raise UnknownExercise(_unknown(name, list(course.exercises)))
    drawn = seed if seed is not None else secrets.choice(course.seeds) if course.seeds else secrets.randbelow(2**20)
    return judge(name, LocalCode(_names(set(course.exercises)), CALL_SECONDS), seed=drawn)


def _unknown(name: Any, known: list[str]) -> str:
    wanted = name if isinstance(name, str) else str(getattr(name, "__name__", type(name).__name__))
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    if not isinstance(name, str):
        shown = wanted if wanted in known else near[0] if near else known[0]
        return f'check takes the name of an exercise, in quotes, as in check("{shown}"); it was given {wanted}'
    meant = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(known[:5])}, ..."
    return f"there is no exercise {wanted!r}. {meant}"


def _names(wanted: set[str]) -> dict[str, Any]:
    """The exercises' functions in the namespace of the notebook, or of the caller outside one."""
    main = sys.modules.get("IPython")
    shell = main.get_ipython() if main is not None else None
    names = shell.user_ns if shell is not None else sys._getframe(2).f_globals
    return {name: names[name] for name in wanted if name in names}
