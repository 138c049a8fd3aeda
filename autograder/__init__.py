"""Exercises, judge, sandbox and pipeline of the course. A student needs two names: `check` and `look`.

`given_gate` makes the gates in the calls that a verdict asks one to try.
"""

from autograder.check import check
from autograder.student.given import given_gate
from autograder.student.look import look

__all__ = ["check", "given_gate", "look"]


def __getattr__(name: str) -> str:
    if name == "__version__":
        from nn_lib import __version__

        return __version__
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
