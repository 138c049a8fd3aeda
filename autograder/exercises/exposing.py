"""Probes that expose one kind of mistake in any exercise: an answer kept from an earlier call, a finite difference.

Such a mistake gives right values at ordinary probes. A probe made for it carries its `Mark`; where only marked probes
fail, the mark is the mistake's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from autograder.exercises.probe import Mark, Probe
from autograder.student.language import later


class Asks(Protocol):
    """What makes probes that call one function: an `Exercise`."""

    def call(self, *args: Any, criterion: str = ..., scale: float | None = ..., exposes: Mark | None = ...) -> Probe:
        """A probe that calls the function once."""
        ...


MEMORY = Mark(
    later("keeps an earlier answer"),
    later("Call it twice, and change one argument in between. Does the result follow every argument?"),
)
DIFFERENCE = Mark(
    later("finite difference in place of the formula"),
    later("The difference of two large numbers loses its digits. It serves to check a gradient; asked is the formula."),
)


def memory_probes(
    exercise: Asks,
    first: Sequence[Any],
    second: Sequence[Any],
    *,
    criterion: str = "contract",
    scale: float | None = None,
) -> list[Probe]:
    """The call with the arguments `first`, again and again, each time followed by one that differs in one argument.

    Whatever part of its arguments a function remembers its answers by, one of these calls gets the wrong one. The two
    sets of arguments have the same shapes; `second` supplies what differs.
    """

    def ask(arguments: Sequence[Any]) -> Probe:
        return exercise.call(*arguments, criterion=criterion, scale=scale, exposes=MEMORY)

    found: list[Probe] = []
    for position, other in enumerate(second):
        changed = [*first]
        changed[position] = other
        found += [ask(first), ask(changed)]
    return found


def scaled_probes(
    exercise: Asks,
    arguments: Sequence[Any],
    positions: Sequence[int],
    *,
    factors: Sequence[float] = (1e-3, 300.0),
    criterion: str = "values",
    scale: float | None = None,
) -> list[Probe]:
    """The call with one argument at a time, those at `positions`, made small and made large.

    They show what is left out below some size, and what is cut off beyond another. A list is scaled as a whole.
    """
    found: list[Probe] = []
    for position in positions:
        for factor in factors:
            changed = [*arguments]
            given = arguments[position]
            changed[position] = [factor * a for a in given] if isinstance(given, list) else factor * given
            found.append(exercise.call(*changed, criterion=criterion, scale=scale))
    return found
