"""Values to probe with: random arrays of both signs, and the probes that any elementwise function can have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.exercises.exercise import Exercise, Generator, Probe


def upstream_like(rng: Generator, shape: tuple[int, ...], dtype: Any = np.float64) -> Any:
    """A random upstream gradient: both signs, no two entries alike, none closer to 0 than 0.2. A float for shape ()."""
    values = rng.uniform(0.2, 2.0, shape) * rng.choice([-1.0, 1.0], shape)
    return float(values) if shape == () else values.astype(dtype)


def away_from(rng: Generator, shape: tuple[int, ...], points: Sequence[float] = (0.0,), spread: float = 2.0) -> Any:
    """Random values of both signs that keep a distance of 0.05 from the given points."""
    values = rng.normal(0.0, spread, shape)
    for point in points:
        near = np.abs(values - point) < 0.05
        values = np.where(near, point + np.where(values >= point, 0.1, -0.1), values)
    return float(values) if shape == () else values


def near(value: Any, right: Any) -> bool:
    """Whether an array is the right one but for rounding, in float32 too: for the `verify` of a probe."""
    value, right = np.asarray(value, dtype=float), np.asarray(right, dtype=float)
    if value.shape != right.shape:
        return False
    return bool(np.all(np.abs(value - right) <= 2e-6 * (np.abs(right) + min(1.0, np.abs(right).max(initial=0.0)))))


def read_only(array: Any) -> Any:
    """A copy that refuses to be written into."""
    array = np.array(array)
    array.flags.writeable = False
    return array


def elementwise_probes(
    *,
    extra: Callable[[Generator], tuple[Any, ...]] = lambda rng: (),
    kinks: Sequence[float] = (),
    extremes: Sequence[float] = (50.0, -50.0, 1000.0, -1000.0),
    numbers: bool = True,
    integers: bool = False,
) -> Callable[[Exercise, Generator], list[Probe]]:
    """Probes for a function of one array, entry by entry: `name(x, ...)`, or `name(upstream, x, ...)` for a backward.

    Both signs, several scales, shapes (3, 4), (5,), (1, 1), one number, a view, a read-only array, float32, extremes.
    """

    def probes(exercise: Exercise, rng: Generator) -> list[Probe]:
        def ask(x: Any, criterion: str, label: str = "") -> Probe:
            g = upstream_like(rng, np.shape(x), _float_of(x))  # drawn for a forward too: the same inputs for both
            return exercise.call(*((g,) if exercise.upstream else ()), x, *extra(rng), criterion=criterion, label=label)

        def one(shape: tuple[int, ...], criterion: str = "values", scale: float = 2.0, make: Any = None) -> Probe:
            x = away_from(rng, shape, kinks, scale)
            return ask(make(x) if make else x, criterion)

        found = [one((3, 4)), one((5,)), one((2, 3), scale=0.05), one((4, 2), scale=6.0)]
        found += [one((1, 1), "edges"), one((2, 3, 2), "edges"), one((3, 4), "edges", make=read_only)]
        found += [one((3, 4), "edges", make=lambda x: x.astype(np.float32))]
        found += [one((4, 3), "edges", make=np.asfortranarray), one((2, 2), "edges", scale=1e-3)]
        if numbers:
            found += [one((), "edges"), one((), "edges")]
        if integers:
            found.append(ask(rng.integers(1, 4, (3, 2)) * rng.choice([-1, 1], (3, 2)), "edges"))
        if len(extremes):
            found.append(ask(np.array(extremes, dtype=float), "edges", "extreme inputs"))
        return found

    return probes


def _float_of(x: Any) -> Any:
    dtype = getattr(x, "dtype", np.dtype(float))
    return dtype if dtype.kind == "f" else np.float64
