"""How far an answer may lie from the reference's and still be right: an error model, not a constant.

The reference runs in float64 on the values of the probe, whatever the probe's dtype. An honest answer may compute in
float32 from start to end; its error then has four sources, and each has its share of the room an entry is given:

* the result is rounded, and so are a few steps before it: a few units of rounding, relative to the entry;
* something of size 1 cancels on the way, as in `1 - tanh(x)**2`, or something of the inputs' size, as in the logarithm
  of a sum of exponentials: a few units of rounding, absolute;
* what has cancelled is multiplied by the upstream gradient of the entry: as many units of rounding of that;
* the inputs are rounded, and the function makes more of it where it is steep or where its terms cancel. How much is
  measured: the reference runs on inputs moved by their own rounding in random directions, and once in float32. What
  moves by more than `cap`, a share of the result's size, is not steep but a jump, and gets no more than that.

Beside small inputs there may be a 1 that cancels, as in `2 * sigmoid(2 * x) - 1`, or there may be none: that, too, is
measured. The reference runs in float32 and in float64 on the same inputs, at a few points nearby.

The room depends on the probe and the reference alone, never on the answer or its dtype: `right * (1 + 1e-4)` is wrong
in every dtype. A probe in float32 gets more of it, since everyone's float32 answer to it is rounded at every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from autograder.exercises import Probe, Step
from autograder.student.steps import Outcome

Perform = Callable[[Sequence[Sequence[Step]]], "list[list[Outcome]]"]
ROUNDING = 2.0**-24
"""The unit of rounding of float32, relative."""
_LARGE = 1e4  # larger inputs are there for the range of the answer, not for its digits
_SMALL = 1e-2  # what smaller ones lose to a 1 beside them is measured
_DIRECTIONS = 6
_NEARBY = 2, 8  # points at which float32 is held against float64, and so many where all inputs are below 1
_NEAR = 2.0**-8  # of an input is how far they lie: many units of rounding, so that each rounds otherwise
_LOST = 6.0  # units of rounding that the difference of two numbers near 1 may be off, as in `1 - tanh(x)**2`
_SPREADS = 8.0  # what a few random directions show, against the worst there is


@dataclass(frozen=True)
class Room:
    """How far each number of a result may lie from the one it is compared with.

    `relative` is a share of the number, `absolute` is the same for all, `share` a share of the largest number beside
    it. `samples()` gives results for inputs moved by their rounding: what they differ by, to the limit of `cap`, is
    room too. They are asked for only where the rest of the room does not do. `beside` is the room that the upstream
    gradient of each number gives, where result and upstream gradient have one shape.
    """

    relative: float = 1e-6
    absolute: float = 0.0
    share: float = 1e-9
    cap: float = 0.0
    samples: Callable[[], Sequence[Any]] = tuple
    beside: Any = 0.0

    def at(self, key: Any) -> Room:
        """The room of one part of the result: an item of a sequence, or of a dict."""
        if self.samples is tuple:
            return self
        samples = self.samples
        inner = partial(_items_of, samples, key)
        return Room(self.relative, self.absolute, self.share, self.cap, inner, self.beside)

    def known(self, right: Any) -> Any:
        """The room around each number of `right` that needs no samples."""
        room = self.relative * np.abs(right) + self.absolute
        if np.shape(self.beside) == np.shape(right):
            room = room + self.beside
        return room + self.share * _largest(right) if self.share else room

    def first(self, right: Any) -> float:
        """The same for the first number of an array alone."""
        room = self.relative * abs(float(right.item(0))) + self.absolute
        if np.shape(self.beside) == right.shape:
            room += float(np.asarray(self.beside).item(0))
        return room + self.share * _largest(np.asarray(right, dtype=float)) if self.share else room

    def measured(self, right: Any) -> Any:
        """The room around each number of `right` that the samples show."""
        moved = np.zeros(np.shape(right))
        for sample in self.samples():
            if isinstance(sample, (bool, int, float, np.ndarray)) and np.shape(sample) == np.shape(right):
                moved = np.fmax(moved, np.abs(np.asarray(sample, dtype=float) - right))
        return np.minimum(_SPREADS * moved, self.most(right))

    def most(self, right: Any) -> float:
        """The limit of what samples can show."""
        return self.cap * max(_largest(right), 1.0)

    def between_answers(self) -> Room:
        """The room between two answers, each of which may be off: to recognise a mistake by its values."""
        return Room(4 * self.relative, 2 * self.absolute, max(self.share, 1e-9))


def _largest(values: Any) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


_RELATIVE = 24.0 * ROUNDING
LEAST = Room(_RELATIVE, 0.0, 0.0)
"""The room that every number of a result has, whatever was asked."""


def rooms_for(probe: Probe, samples: Sequence[Callable[[], Sequence[Any]]], upstream: bool = False) -> list[Room]:
    """The room for the result of each of a probe's steps; `samples` are the step's results for moved inputs. With
    `upstream` the first argument is an upstream gradient, which multiplies whatever was lost before it."""
    values = [value for step in probe.steps for argument in step.args for value in floats_within(argument)]
    single = any(isinstance(value, np.ndarray) and value.dtype.itemsize < 8 for value in values)
    largest = _largest_of(values) or 1.0
    cancels = (16.0 if single else 8.0) * min(1.0, max(largest, _SMALL)) + 2.0 * min(largest, _LARGE)
    absolute = max(ROUNDING * cancels, 1e-9 * (probe.scale or 0.0))
    relative, cap = (64.0 * ROUNDING, 1e-3) if single else (_RELATIVE, 1e-3)
    first = probe.steps[0].args[:1]
    gradient: Any = first[0] if upstream and first else 0.0
    numeric = isinstance(gradient, (float, np.ndarray)) and np.asarray(gradient).dtype.kind == "f"
    rest = [value for step in probe.steps for argument in step.args[1:] for value in floats_within(argument)]
    lost = max(_LOST, 2.0 * min(_largest_of(rest), _LARGE))
    beside = lost * ROUNDING * np.abs(np.asarray(gradient, dtype=float)) if numeric else 0.0
    return [Room(relative, absolute, 0.0, cap, of_step, beside) for of_step in samples]


def _largest_of(values: Iterable[Any]) -> float:
    return max(map(_largest, values), default=0.0)


def in_double(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps with all numbers in float64."""
    if not any(_single(argument) for step in steps for argument in step.args):
        return tuple(steps)
    return _changed(steps, lambda x: x.astype(np.float64), float)


def moved(steps: Sequence[Step], seed: int) -> list[tuple[Step, ...]]:
    """The steps with inputs moved by their rounding: in a few random directions, and once cast to float32."""
    rng = np.random.default_rng(seed)

    def nudged(x: Any) -> Any:
        return x * (1.0 + ROUNDING * rng.choice([-1.0, 1.0], np.shape(x)))

    kept, double = _without_numbers(steps), in_double(steps)
    found = [_changed(double, nudged, lambda x: float(nudged(x)), kept) for _ in range(_DIRECTIONS)]
    return [*found, _changed(steps, lambda x: x.astype(np.float32), float, kept)]


def near(perform: Perform, steps: Sequence[Step], seed: int) -> list[list[Any]]:
    """The samples of each step's result: what the reference gives for moved inputs, and the right result off by what
    float32 loses at points nearby. `perform` gives the reference's outcomes for rows of steps."""
    single, double = nearby(steps, seed)
    rows = perform([*moved(steps, seed), *single, *double, *([in_double(steps)] if single else [])])
    many = len(rows) - len(single) - len(double) - bool(single)
    found = [[row[step].value for row in rows[:many] if row[step].error is None] for step in range(len(steps))]
    for both in zip(rows[many : many + len(single)], rows[many + len(single) :], strict=False):
        for samples, *outcomes in zip(found, *both, rows[-1], strict=True):
            if all(outcome.error is None for outcome in outcomes):
                samples.append(_off_by(*(outcome.value for outcome in outcomes)))
    return found


def nearby(steps: Sequence[Step], seed: int) -> tuple[list[tuple[Step, ...]], list[tuple[Step, ...]]]:
    """The steps with inputs moved a little, in float32 and, with the same numbers, in float64."""
    double = in_double(steps)
    values = [value for step in double for argument in step.args for value in floats_within(argument)]
    rng = np.random.default_rng([seed, len(values)])

    def nudged(x: Any) -> Any:
        return (x * (1.0 + _NEAR * rng.uniform(-1.0, 1.0, np.shape(x)))).astype(np.float32)

    few, many = _NEARBY
    kept = _without_numbers(double)
    points = range(many if _largest_of(values) < 1.0 else few) if values else ()
    single = [_changed(double, nudged, lambda x: np.float32(nudged(np.float64(x))), kept) for _ in points]
    return single, [in_double(row) for row in single]


def _off_by(single: Any, double: Any, right: Any) -> Any:
    """A right result that is off by what float32 loses elsewhere; None where they are no numbers of one form."""
    if isinstance(right, dict):
        return {key: _off_by(single[key], double[key], item) for key, item in right.items()}
    if isinstance(right, (list, tuple)):
        return [_off_by(*three) for three in zip(single, double, right, strict=True)]
    if isinstance(right, (bool, int, float, np.ndarray)) and np.shape(single) == np.shape(right):
        with np.errstate(all="ignore"):
            return np.asarray(right, float) + (np.asarray(single, float) - np.asarray(double, float))
    return None


def _without_numbers(steps: Sequence[Step]) -> list[Any]:
    """The arguments that hold nothing to be moved: a graph of thousands of nodes need not be walked for each sample."""
    return [argument for step in steps for argument in step.args if not floats_within(argument)]


def _changed(
    steps: Iterable[Step], array: Callable[[Any], Any], number: Callable[[float], Any], kept: Iterable[Any] = ()
) -> tuple[Step, ...]:
    # What is handed over twice is the same thing twice.
    known: dict[int, Any] = {id(value): value for value in kept}

    def changed(value: Any) -> Any:
        if id(value) in known:
            return known[id(value)]
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            with np.errstate(all="ignore"):
                known[id(value)] = array(value)
            return known[id(value)]
        if type(value) is float:
            return number(value)
        if isinstance(value, np.floating):
            return number(float(value))
        if type(value) in (list, tuple):
            return type(value)(map(changed, value))
        if type(value) is dict:
            return {key: changed(item) for key, item in value.items()}
        return value

    steps = tuple(steps)
    return tuple(step._replace(args=tuple(changed(argument) for argument in step.args)) for step in steps)


def _single(value: Any) -> bool:
    """Whether there is a number in floating point within an argument that is not in float64."""
    if type(value) in _DOUBLE:
        return False
    if isinstance(value, (np.ndarray, np.floating)):
        return value.dtype.kind == "f" and value.dtype.itemsize != 8
    if type(value) is dict:
        value = value.values()
    elif type(value) not in (list, tuple):
        return False
    return not _numberless(value) and any(map(_single, value))


def _numberless(items: Iterable[Any]) -> bool:
    """Whether a container holds names and integers alone, or containers of them: a graph may hold very many."""
    kinds = set(map(type, items))
    if kinds <= _NAMES:
        return True
    return kinds <= {list, tuple} and set(map(type, chain.from_iterable(items))) <= _NAMES


_NAMES = {str, int, bool, type(None)}
_DOUBLE = _NAMES | {float}


def floats_within(value: Any) -> list[Any]:
    """The arrays and numbers in floating point within an argument."""
    if isinstance(value, (float, np.floating)) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return [value if isinstance(value, np.ndarray) else np.asarray(float(value))]
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, (list, tuple)) or _numberless(value):
        return []
    return [number for item in value for number in floats_within(item)]


def _items_of(samples: Callable[[], Sequence[Any]], key: Any) -> list[Any]:
    return list(_items(samples(), key))


def _items(samples: Iterable[Any], key: Any) -> Iterable[Any]:
    for sample in samples:
        try:
            yield sample[key]
        except (LookupError, TypeError):
            continue
