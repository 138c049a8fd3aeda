"""Exercises, judge, sandbox and pipeline of the course. A student needs two names: `check` and `look`.

`given_gate` makes the gates in the calls that a verdict asks one to try. Each name is loaded when it is asked for: a
grader that starts has other things to load first.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.checking import check
    from autograder.student.given import given_gate
    from autograder.student.look import look

__all__ = ["check", "given_gate", "look"]

_PLACES = {
    "check": "autograder.checking",
    "given_gate": "autograder.student.given",
    "look": "autograder.student.look",
    "__version__": "nn_lib",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_PLACES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
