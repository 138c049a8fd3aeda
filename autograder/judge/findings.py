"""What is wrong with the outcomes of a probe: verified in the probe's own way, or compared with the reference's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.exercises import Exercise, Probe
from autograder.judge.comparison import Difference, Joined, agrees, compare, in_words, outside, pairs
from autograder.judge.messages import error_in_words, first_error
from autograder.judge.tolerance import LEAST, Room
from autograder.student.language import shown, t
from autograder.student.steps import Outcome, Step, StudentError

Rooms = Callable[[], Sequence[Room]]


def find(
    exercise: Exercise, probe: Probe, got: Sequence[Outcome], right: Sequence[Outcome], rooms: Rooms
) -> list[Difference]:
    """What is wrong with the outcomes of a probe; empty when they are right.

    `rooms()` has one `Room` for each step, and is asked only where the least room does not do.
    """
    if probe.verify is not None:
        return _verified(probe, got)
    for number, (step, outcome, expected) in enumerate(zip(probe.steps, got, right, strict=True)):
        if outcome.error is not None and expected.error is None:
            return [Difference("", error_in_words(outcome.error))]
        if outcome.error is None and expected.error is not None:
            return [Difference("", _not_raised(in_words(outcome.value), expected.error.type))]
        if outcome.error is not None and expected.error is not None:
            if not _meant(outcome.error, expected.error):
                return [Difference("", _another(error_in_words(outcome.error), expected.error.type))]
            continue
        if probe.between is not None and step.keep is None:
            return _between(exercise, outcome.value, *probe.between, rooms()[number])
        if not agrees(outcome.value, expected.value, exercise.outputs, LEAST):
            differences = compare(outcome.value, expected.value, exercise.outputs, rooms()[number])
            if differences:
                return [_of_what(step, difference) for difference in differences]
    return []


def _not_raised(value: str, asked: str) -> str:
    return t("gave {value}; expected {asked}", value=value, asked=asked)


def _another(error: str, asked: str) -> str:
    return t("{error}; expected {asked}", error=error, asked=asked)


def _of_what(step: Step, difference: Difference) -> Difference:
    """A difference in what a step reads of an object, with its name before it: `x.grad[0, 1] is ...`."""
    if step.method != "__getattribute__" or len(step.args) != 1:
        return difference
    room = "" if difference.message[:1] == "[" else " "
    return replace(difference, message=f"{step.name}.{step.args[0]}{room}{difference.message}")


class Plainly:
    """The probes whose outcomes are right to the least room, told in one comparison of them all: they need no look of
    their own. `right` holds their numbers."""

    def __init__(
        self, probes: Sequence[Probe], got: Sequence[Sequence[Outcome]], right: Sequence[Sequence[Outcome]]
    ) -> None:
        rows: list[list[tuple[Any, Any]]] = []
        self._row: dict[int, int] = {}
        for number, (probe, outcomes, expected) in enumerate(zip(probes, got, right, strict=True)):
            if probe.verify is not None or probe.between is not None:
                continue
            row: list[tuple[Any, Any]] = []
            for outcome, other in zip(outcomes, expected, strict=True):
                if outcome.error is not None or other.error is not None:
                    break
                if outcome.value is None and other.value is None:  # kept on its own side
                    continue
                found = pairs(outcome.value, other.value)
                if found is None:
                    break
                row += found
            else:
                self._row[number] = len(rows)
                rows.append(row)
        self._joined = Joined(rows)
        told = zip(self._row, self._joined.close(LEAST.relative), strict=True)
        self.right = frozenset(number for number, close in told if close)

    def exact(self, numbers: Iterable[int], share: float) -> bool:
        """Whether these probes are among them, and right to a share of their numbers or of 1."""
        rows = [self._row.get(number) for number in numbers]
        known = [row for row in rows if row is not None]
        return len(known) == len(rows) and self._joined.exact(known, share)


def _meant(error: StudentError, asked: StudentError) -> bool:
    """Whether an exception is an answer where one is asked for, and no slip of the code's. Another class than the one
    asked for is accepted: 1 / 0 says what it has to say."""
    slips = ("NameError", "TypeError", "AttributeError", "ImportError", "SyntaxError", "RuntimeError", "MemoryError")
    return error.is_a(asked.type) or (error.kind == "exception" and not any(map(error.is_a, slips)))


def _verified(probe: Probe, got: Sequence[Outcome]) -> list[Difference]:
    assert probe.verify is not None
    try:
        message = probe.verify(got)
    except Exception:  # what came back does not have the form the check reads
        value = in_words(got[-1].value)
        message = first_error(got) or t("returned {value}, which is not what the docstring asks for", value=value)
    return [Difference("", shown(message))] if message else []


def _between(exercise: Exercise, value: Any, low: Any, high: Any, room: Room) -> list[Difference]:
    if not isinstance(low, tuple):
        message = outside(value, low, high, room)
        return [Difference("", message)] if message else []
    if isinstance(value, np.ndarray) and value.ndim:  # one array for several values, as `compare` takes it
        value = [np.asarray(item) for item in value]
    if not isinstance(value, (tuple, list)) or len(value) != len(low):
        return compare(value, low, exercise.outputs)
    names = exercise.outputs or [f"[{i}]" for i in range(len(low))]
    rows = zip(names, value, low, high, strict=True)
    return [Difference(name, m) for name, v, lo, hi in rows if (m := outside(v, lo, hi, room))]
