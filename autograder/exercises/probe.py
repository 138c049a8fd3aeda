"""A probe: calls of a student's code, and how to tell whether what comes back is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograder.student.steps import Outcome, Step

Verify = Callable[[Sequence[Outcome]], "str | None"]


class Mark(NamedTuple):
    """The name and the hint of a mistake that shows only at probes made for it."""

    name: str
    hint: str


@dataclass(frozen=True)
class Probe:
    """Steps to perform, and how to tell whether the outcomes are right.

    `criterion` is the key of the criterion it counts for. `verify(outcomes)` returns None when all is well, else what
    is wrong in words; without it the outcomes are compared with the reference's, entry by entry. `between`, for values
    that may lie anywhere in an interval (a kink), gives the lower and the upper bound instead. `scale` is the size
    below which differences are round-off; None takes it from the reference's values and the first argument. `raises`
    says that an exception is the right answer. `exposes` marks a probe that was made for one kind of mistake. `shown`
    is a call, as Python text, that a student gets to paste where the steps themselves are too long.
    """

    steps: tuple[Step, ...]
    criterion: str = "values"
    label: str = ""
    verify: Verify | None = None
    between: tuple[Any, Any] | None = None
    scale: float | None = None
    raises: bool = False
    exposes: Mark | None = None
    shown: str = ""
