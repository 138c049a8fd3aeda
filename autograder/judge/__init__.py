"""The judge: an exercise and a student's code in, a verdict out. It knows no notebook, no nbgrader and no process.

It is loaded when it is asked for: who only reads verdicts does without.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.judge.decide import judge

__all__ = ["judge"]


def __getattr__(name: str) -> Any:
    if name != "judge":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from autograder.judge.decide import judge

    globals()[name] = judge
    return judge
