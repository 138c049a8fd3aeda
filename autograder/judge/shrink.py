"""The smallest call that fails: fewer rows and columns, fewer digits, as long as it keeps failing in the same way.

The reference is the oracle, so only calls that it answers are tried. What an argument may be is kept: whole arrays that
sum to 1 stay whole, no value lands on a kink or on another value, labels stay labels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from autograder.exercises import Probe
from autograder.judge.budget import Budget
from autograder.judge.comparison import Difference, is_numeric
from autograder.judge.tolerance import floats_within
from autograder.student.given import Formula, FormulaGate
from autograder.student.steps import Kept, Outcome, Step
from autograder.student.values import same

Find = Callable[[Probe, Sequence[Outcome], Sequence[Outcome]], "list[Difference]"]
Reference = Callable[[Sequence[Step]], "list[Outcome]"]
Perform = Callable[[Sequence[Sequence[Step]]], "list[list[Outcome]]"]
"""The student's outcomes for rows of steps; for the first few alone, where time is short."""

ENOUGH = 12
"""So many numbers a reader takes in."""
_MOST_TRIES = 16
_MOST_STEPS, _MOST_ITEMS = 12, 24
_FEW = 3  # digits, of which a number that is large has no more


def shrunk(
    probe: Probe, got: Sequence[Outcome], perform: Perform, reference: Reference, find: Find, budget: Budget
) -> tuple[Probe, list[Outcome], list[Outcome]] | None:
    """A smaller probe that fails like this one, with its outcomes and the right ones; None when there is none, or none
    was found within the budget."""
    if not can_shrink(probe):
        return None
    best: tuple[Probe, list[Outcome], list[Outcome]] | None = None
    candidates = _tried_first(probe.steps)
    for stage in range(2):
        probes = [replace(probe, steps=steps) for steps in candidates]
        found = _first_failing(probes, _first_error(got), perform, reference, find, budget)
        best = found or best
        if stage == 0:
            candidates = few_digits((best[0] if best else probe).steps)
    return best


def can_shrink(probe: Probe) -> bool:
    """Whether smaller calls than a probe's can be thought of."""
    if len(probe.steps) > _MOST_STEPS or probe.verify is not None or probe.between is not None or probe.raises:
        return False
    arguments = _arguments(probe.steps)
    return all(_shrinkable(argument) for argument in arguments) and _count(arguments) > 0


def smaller_calls(probe: Probe) -> Iterator[tuple[Step, ...]]:
    """All calls that `shrunk` may ask the reference for, whatever the student's function does."""
    first = _tried_first(probe.steps)
    for steps in (*first, *(few for all_ in (probe.steps, *first) for few in few_digits(all_))):
        yield tuple(steps)


def numbers_in(steps: Sequence[Step]) -> int:
    """How many numbers the steps hand over."""
    return _count(_arguments(steps))


def _arguments(steps: Sequence[Step]) -> tuple[Any, ...]:
    """The arguments of all steps in one row."""
    return tuple(argument for step in steps for argument in step.args)


def _with(steps: Sequence[Step], arguments: Sequence[Any]) -> tuple[Step, ...]:
    """The steps with other arguments, given in one row."""
    left = iter(arguments)
    return tuple(step._replace(args=tuple(next(left) for _ in step.args)) for step in steps)


def _tried_first(steps: Sequence[Step]) -> list[tuple[Step, ...]]:
    arguments = _arguments(steps)
    if _count(arguments) <= ENOUGH:
        return []
    ends = _earlier_ends(arguments)
    if _have_run(arguments):
        return [_with(steps, few) for few in sorted(ends, key=_count)]
    shorter = [*_shorter(arguments), *ends]
    smallest = [min(_fewer(few), key=_count, default=few) for few in shorter]
    tries = _MOST_TRIES if len(steps) == 1 else _MOST_TRIES // 4
    return [_with(steps, few) for few in sorted([*smallest, *shorter, *_fewer(arguments)[:tries]], key=_count)]


def few_digits(steps: Sequence[Step]) -> list[tuple[Step, ...]]:
    """The steps with numbers of fewer digits, where rounding changes nothing but digits."""
    if _have_run(_arguments(steps)):
        return []
    return [_with(steps, few) for few in _rounded(_arguments(steps))]


def _shorter(arguments: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The arguments with fewer arrays in their lists; lists of one length, as those of a network's layers, lose the
    same ones: the last one, two or three are left, or the first."""
    lengths = {len(a) for a in arguments if isinstance(a, list) and all(isinstance(item, np.ndarray) for item in a)}
    return [
        tuple([a[i] for i in left] if isinstance(a, list) and len(a) == length else a for a in arguments)
        for length in sorted(lengths)
        for many in range(1, min(length, 4))
        for left in (range(length - many, length), range(many))
    ]


def _earlier_ends(arguments: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The arguments with a circuit that ends at an earlier node, and what is known of the nodes that are left."""
    found = []
    for circuit in arguments:
        if not isinstance(circuit, list) or not all(isinstance(n, tuple) and isinstance(n[0], str) for n in circuit):
            continue
        for many in range(2, len(circuit)):
            gone = {node[0] for node in circuit[many:]}
            found.append(
                tuple(
                    circuit[:many]
                    if argument is circuit
                    else {name: item for name, item in argument.items() if name not in gone}
                    if isinstance(argument, dict)
                    else argument
                    for argument in arguments
                )
            )
    return found


def _have_run(value: Any) -> bool:
    """Whether a gate has run already: what it keeps goes with the numbers beside it, which stay as they are."""
    if isinstance(value, FormulaGate):
        return bool(value.ran_with)
    return isinstance(value, (list, tuple)) and any(map(_have_run, value))


def _first_failing(
    probes: Sequence[Probe], error: str | None, perform: Perform, reference: Reference, find: Find, budget: Budget
) -> tuple[Probe, list[Outcome], list[Outcome]] | None:
    asked = []
    for probe in probes:
        if budget.over:
            return None
        right = reference(probe.steps)
        if all(outcome.error is None and _finite(outcome.value) for outcome in right):
            asked.append((probe, right))
    if not asked:
        return None
    for (probe, right), got in zip(asked, perform([probe.steps for probe, _ in asked]), strict=False):
        if _first_error(got) == error and find(probe, got, right):
            return probe, list(got), right
    return None


def _first_error(outcomes: Sequence[Outcome]) -> str | None:
    return next((outcome.error.type for outcome in outcomes if outcome.error is not None), None)


def _shrinkable(value: Any) -> bool:
    """Whether a value can be made smaller, or stay as it is beside one that is."""
    if isinstance(value, dict):
        value = list(value.values())
        return len(value) <= _MOST_ITEMS and all(map(_shrinkable, value))
    if isinstance(value, (list, tuple)):
        return len(value) <= _MOST_ITEMS and all(map(_shrinkable, value))
    return value is None or is_numeric(value) or isinstance(value, (str, Kept, Formula, FormulaGate))


def _count(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, FormulaGate):
        value = value.ran_with
    if isinstance(value, (list, tuple)):
        return sum(_count(item) for item in value)
    return int(np.size(value)) if is_numeric(value) else 0


def _finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_finite(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return all(_finite(item) for item in value)
    return not is_numeric(value) or bool(np.isfinite(np.asarray(value, dtype=float)).all())


def _arrays(value: Any) -> list[np.ndarray]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in _arrays(item)]
    return [value] if isinstance(value, np.ndarray) and value.ndim else []


def _whole(array: np.ndarray) -> bool:
    """Whether an array holds probabilities: its rows, or all of it, sum to 1."""
    if array.dtype.kind != "f" or (array < 0).any() or array.size < 1:
        return False
    return bool(np.allclose(array.sum(axis=-1), 1.0, atol=1e-5))


def _fewer(arguments: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The arguments with fewer rows and columns, smallest first; axes of one length are cut together."""
    arrays = _arrays(arguments)
    fixed = {array.shape[-1] for array in arrays if _whole(array)}
    lengths = sorted({n for array in arrays for n in array.shape if n > 1})[:4]
    choices = [[n] if n in fixed else sorted({1, 2, n}) for n in lengths]
    found = []
    for sizes in product(*choices):
        cut = dict(zip(lengths, sizes, strict=True))
        if any(cut[n] < n for n in lengths):
            found.append(tuple(_cut(argument, cut) for argument in arguments))
    return sorted(found, key=_count)


def _cut(value: Any, sizes: dict[int, int]) -> Any:
    if isinstance(value, dict):
        return {key: _cut(item, sizes) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_cut(item, sizes) for item in value)
    if not isinstance(value, np.ndarray) or not value.ndim:
        return value
    smaller = value[tuple(slice(sizes.get(n, n)) for n in value.shape)].copy(order="K")
    smaller.flags.writeable = value.flags.writeable
    return smaller


def _rounded(arguments: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The arguments with one digit after the point, or two, or three; of large numbers with few digits in all."""
    found: list[tuple[Any, ...]] = []
    for most in (_FEW, None):
        for digits in (1, 2, 3):
            try:
                rounded = tuple(_round(argument, digits, most) for argument in arguments)
            except _OtherNumbers:
                continue
            if not any(same(rounded, other) for other in found):
                found.append(rounded)
        if all(np.abs(array[np.isfinite(array)]).max(initial=0.0) < 10.0**_FEW for array in floats_within(arguments)):
            break
    return found


class _OtherNumbers(Exception):
    """Rounding would change more than digits: a tie made, a sum of 1 broken."""


def _round(value: Any, digits: int, most: int | None) -> Any:
    """The value with so many digits after the point, or `most` in all. Raises `_OtherNumbers`."""
    if isinstance(value, dict):
        return {key: _round(item, digits, most) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_round(item, digits, most) for item in value)
    if isinstance(value, bool) or not isinstance(value, (float, np.ndarray)):
        return value
    array = np.asarray(value)
    if array.dtype.kind != "f" or not np.isfinite(array).all():
        return value
    if array.ndim and _whole(array):
        return value if np.array_equal(array, np.round(array, 4)) else _parts_of_one(array, digits)
    rounded = _to_digits(array.astype(float), digits, most)
    if len(np.unique(rounded)) < len(np.unique(array)):
        raise _OtherNumbers
    if isinstance(value, float):
        return float(rounded)
    return _like(value, rounded)


def _to_digits(array: Any, digits: int, most: int | None) -> Any:
    """Rounded entries. What would land on a whole number, where kinks are, stops one unit before it."""
    exponent = np.floor(np.log10(np.abs(np.where(array == 0.0, 1.0, array))))
    places = np.full(array.shape, digits) if most is None else np.minimum(digits, most - 1 - exponent)
    scale = 10.0**places
    steps = np.round(array * scale)
    landed = (np.mod(steps, np.maximum(scale, 1.0)) == 0.0) & (array != np.round(array)) & (scale > 1.0)
    steps = np.where(landed, steps + np.where(array * scale < steps, -1.0, 1.0), steps)
    return np.where(places > 0, np.round(steps / scale, 6), np.round(steps / scale)) + 0.0  # no -0


def _parts_of_one(array: Any, digits: int) -> Any:
    """Probabilities of `digits` digits each but the largest of a row, which makes up for the rest."""
    if array.dtype != np.float64:
        raise _OtherNumbers
    rows = array.reshape(-1, array.shape[-1])
    exponent = np.floor(np.log10(np.where(rows > 0.0, rows, 1.0)))
    parts = np.round(rows * 10.0 ** (digits - 1 - exponent)) / 10.0 ** (digits - 1 - exponent)
    largest = parts.argmax(axis=-1)
    at = np.arange(len(rows)), largest
    parts[at] = 0.0
    parts = np.round(parts, 12)
    parts[at] = np.round(1.0 - parts.sum(axis=-1), 12)
    parts = parts.reshape(array.shape)
    if (parts < 0.0).any() or len(np.unique(parts)) < len(np.unique(array)):
        raise _OtherNumbers
    return _like(array, parts)


def _like(value: Any, numbers: Any) -> Any:
    """Numbers in the dtype and memory order of an array, and read-only where it is."""
    numbers = numbers.astype(value.dtype)
    numbers = numbers if value.flags.c_contiguous else np.asfortranarray(numbers)
    numbers.flags.writeable = value.flags.writeable
    return numbers
