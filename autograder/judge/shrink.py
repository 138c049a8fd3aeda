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
from autograder.judge.comparison import Difference, is_numeric
from autograder.student.steps import Outcome, Step, StudentCode

Find = Callable[[Probe, Sequence[Outcome], Sequence[Outcome]], "list[Difference]"]
Reference = Callable[[Sequence[Any]], "list[Outcome]"]

ENOUGH = 12
"""So many numbers a reader takes in."""
_MOST_TRIES = 16


def shrunk(
    probe: Probe, got: Sequence[Outcome], code: StudentCode, reference: Reference, find: Find
) -> tuple[Probe, list[Outcome], list[Outcome]] | None:
    """A smaller probe that fails like this one, with its outcomes and the right ones; None when there is none."""
    if not can_shrink(probe):
        return None
    arguments = probe.steps[0].args
    best: tuple[Probe, list[Outcome], list[Outcome]] | None = None
    error = got[0].error.type if got[0].error is not None else None
    candidates = _tried_first(arguments)
    for stage in range(2):
        probes = [replace(probe, steps=(replace(probe.steps[0], args=args),)) for args in candidates]
        found = _first_failing(probes, error, code, reference, find)
        best = found or best
        if stage == 0:
            candidates = _rounded((best[0] if best else probe).steps[0].args)
    return best


def can_shrink(probe: Probe) -> bool:
    """Whether smaller calls than a probe's can be thought of."""
    if len(probe.steps) != 1 or probe.verify is not None or probe.between is not None or probe.raises:
        return False
    return all(_shrinkable(argument) for argument in probe.steps[0].args)


def smaller_calls(probe: Probe) -> Iterator[Step]:
    """Every call that `shrunk` may ask the reference for, whatever the student's function does."""
    step = probe.steps[0]
    first = _tried_first(step.args)
    for arguments in (*first, *(rounded for few in (step.args, *first) for rounded in _rounded(few))):
        yield replace(step, args=arguments)


def _tried_first(arguments: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    if _count(arguments) <= ENOUGH:
        return []
    shorter = _shorter(arguments)
    smallest = [min(_fewer(few), key=_count, default=few) for few in shorter]
    return sorted([*smallest, *shorter, *_fewer(arguments)[:_MOST_TRIES]], key=_count)


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


def _first_failing(
    probes: Sequence[Probe], error: str | None, code: StudentCode, reference: Reference, find: Find
) -> tuple[Probe, list[Outcome], list[Outcome]] | None:
    asked = []
    for probe in probes:
        right = reference(probe.steps)
        if right[0].error is None and _finite(right[0].value):
            asked.append((probe, right))
    if not asked:
        return None
    outcomes = code.run([step for probe, _ in asked for step in probe.steps])
    for (probe, right), outcome in zip(asked, outcomes, strict=False):
        if (outcome.error.type if outcome.error is not None else None) != error:
            continue
        if find(probe, [outcome], right):
            return probe, [outcome], right
    return None


def _shrinkable(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return 0 < len(value) <= 12 and all(_shrinkable(item) for item in value)
    return is_numeric(value) or isinstance(value, str)


def _count(value: Any) -> int:
    if isinstance(value, (list, tuple)):
        return sum(_count(item) for item in value)
    return int(np.size(value))


def _finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_finite(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return all(_finite(item) for item in value)
    return not is_numeric(value) or bool(np.isfinite(np.asarray(value, dtype=float)).all())


def _arrays(value: Any) -> list[np.ndarray]:
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
    if isinstance(value, (list, tuple)):
        return type(value)(_cut(item, sizes) for item in value)
    if not isinstance(value, np.ndarray) or not value.ndim:
        return value
    smaller = value[tuple(slice(sizes.get(n, n)) for n in value.shape)].copy(order="K")
    smaller.flags.writeable = value.flags.writeable
    return smaller


def _rounded(arguments: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The arguments with one digit after the point, or two, or three."""
    found = []
    for digits in (1, 2, 3):
        rounded = tuple(_round(argument, digits) for argument in arguments)
        if not any(item is None for item in rounded):
            found.append(rounded)
    return found


def _round(value: Any, digits: int) -> Any:
    """The value rounded; None when that would change more than digits: a kink met, a tie made, a sum of 1 broken."""
    if isinstance(value, (list, tuple)):
        items = [_round(item, digits) for item in value]
        return None if any(item is None for item in items) else type(value)(items)
    if isinstance(value, bool) or not isinstance(value, (float, np.ndarray)):
        return value
    array = np.asarray(value)
    if array.dtype.kind != "f" or not np.isfinite(array).all():
        return value
    if array.ndim and _whole(array):
        return value if np.array_equal(array, np.round(array, 4)) else None
    rounded = np.round(array, digits) + 0.0  # no -0
    landed = (rounded == np.round(rounded)) & (array != np.round(array))
    if landed.any() or len(np.unique(rounded)) < len(np.unique(array)):
        return None
    if isinstance(value, float):
        return float(rounded)
    rounded = rounded.astype(array.dtype)
    rounded.flags.writeable = value.flags.writeable
    return rounded if value.flags.c_contiguous else np.asfortranarray(rounded)
