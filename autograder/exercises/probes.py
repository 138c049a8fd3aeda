"""Values to probe with: random arrays of both signs, and the probes that any elementwise function can have."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.exercises.drawn import read_only, upstream_like
from autograder.exercises.exercise import Exercise, Generator
from autograder.exercises.probe import Probe
from autograder.student.language import later


def either_side(
    rng: Generator, shape: tuple[int, ...], points: Sequence[float] = (0.0,), spread: float = 2.0, gap: float = 0.05
) -> Any:
    """Random values on every side of the given points, in each row as far as it has room, and no closer than `gap`.

    So no row, and no entry of a longer row, is without consequence: half of what a ReLU is given lies below 0.
    """
    edges = sorted(set(points))
    sides = len(edges) + 1
    if not shape:
        return _on_side(rng, edges, int(rng.integers(sides)), spread, gap)
    columns = shape[-1]
    rows = math.prod(shape[:-1])
    first = int(rng.integers(sides))
    in_turn = (first + np.arange(rows + columns)) % sides
    chosen = [rng.permutation(in_turn[row : row + columns]) for row in range(rows)]
    if sides == 2:
        away = gap + np.abs(rng.normal(0.0, spread, (rows, columns)))
        values = edges[0] + np.where(np.array(chosen) == 0, -away, away)
    else:
        values = np.array([[_on_side(rng, edges, int(side), spread, gap) for side in row] for row in chosen])
    return values.reshape(shape)


def _on_side(rng: Generator, edges: Sequence[float], side: int, spread: float, gap: float) -> float:
    away = gap + abs(rng.normal(0.0, spread))
    if side == 0:
        return float(edges[0] - away)
    if side == len(edges):
        return float(edges[-1] + away)
    low, high = edges[side - 1], edges[side]
    room = min(gap, (high - low) / 4)
    return float(rng.uniform(low + room, high - room))


def away_from(rng: Generator, shape: tuple[int, ...], points: Sequence[float] = (0.0,), spread: float = 2.0) -> Any:
    """Random values of both signs, no two alike, that keep a distance of 0.05 from the given points."""
    values = rng.normal(0.0, spread, shape)
    for point in points:
        near = np.abs(values - point) < 0.05
        away = rng.uniform(0.05, 0.15, shape)
        values = np.where(near, point + np.where(values >= point, away, -away), values)
    return float(values) if shape == () else values


def near(value: Any, right: Any) -> bool:
    """Whether an array is the right one but for rounding, in float32 too: for the `verify` of a probe."""
    value, right = np.asarray(value, dtype=float), np.asarray(right, dtype=float)
    if value.shape != right.shape:
        return False
    return bool(np.all(np.abs(value - right) <= 2e-6 * (np.abs(right) + min(1.0, np.abs(right).max(initial=0.0)))))


def elementwise_probes(
    *,
    extra: Callable[[Generator], tuple[Any, ...]] = lambda rng: (),
    kinks: Sequence[float] = (),
    extremes: Sequence[float] = (50.0, -50.0, 1000.0, -1000.0),
    numbers: bool = True,
    integers: bool = False,
) -> Callable[[Exercise, Generator], list[Probe]]:
    """Probes for a function of one array, entry by entry: `name(x, ...)`, or `name(upstream, x, ...)` for a backward.

    Values on every side of the `kinks` (of 0 where there are none) in each row, at several scales; right beside the
    kinks; exactly 0 for a smooth function; upstream gradients of 0 and beyond 2. Shapes (7, 3), (5,), (1, 1), single
    numbers with each sign, a view, a read-only array, float32, extremes.
    """
    points = tuple(kinks) or (0.0,)

    def probes(exercise: Exercise, rng: Generator) -> list[Probe]:
        def ask(x: Any, criterion: str, label: str = "", g: Any = None) -> Probe:
            if g is None:
                g = upstream_like(rng, np.shape(x), _float_of(x))  # drawn for a forward too: the same inputs for both
            return exercise.call(*((g,) if exercise.upstream else ()), x, *extra(rng), criterion=criterion, label=label)

        def one(shape: tuple[int, ...], criterion: str = "values", scale: float = 2.0, make: Any = None) -> Probe:
            x = either_side(rng, shape, points, scale, 0.05 if len(kinks) else 0.0)
            return ask(make(x) if make else x, criterion)

        found = [one((3, 4)), one((5,)), one((2, 3), scale=0.05), one((7, 3)), one((4, 3), scale=6.0)]
        found += [
            one((1, 1), "edges"),
            one((1, 1), "edges"),
            one((2, 3, 2), "edges"),
            one((3, 4), "edges", make=read_only),
        ]
        found += [one((3, 4), "edges", make=lambda x: x.astype(np.float32))]
        found += [one((4, 3), "edges", make=np.asfortranarray), one((2, 2), "edges", scale=1e-3)]
        for point in points:
            near_by = point + np.array([0.01, -0.01, 1e-4, -1e-4])
            found.append(ask(near_by, "edges", later("beside {point}", point=f"{point:g}")))
        if not len(kinks):
            found.append(ask(np.zeros(3), "edges", later("exactly 0")))
        if exercise.upstream:
            x = np.tile(either_side(rng, (1, len(points) + 1), points, 2.0, 0.05), (2, 1))
            g = upstream_like(rng, x.shape) * [[0.0], [1.0]] + 0.0  # no -0, which nobody wants to paste
            found.append(ask(x, "edges", later("upstream gradients of 0"), g))
        if numbers:
            values = [either_side(rng, (1, len(points) + 1), points, 2.0, 0.05) for _ in range(2)]
            for sign, row in zip((1.0, -1.0), values, strict=True):
                found += [ask(float(x), "edges", "", sign * abs(upstream_like(rng, ()))) for x in row[0]]
        if integers:
            whole = np.array([[1, -2], [-3, 3], [2, -1]])[rng.permutation(3)]
            found.append(ask(whole, "edges"))
        if len(extremes):
            found.append(ask(np.array(extremes, dtype=float), "edges", later("extreme inputs")))
        return found

    return probes


def _float_of(x: Any) -> Any:
    dtype = getattr(x, "dtype", np.dtype(float))
    return dtype if dtype.kind == "f" else np.float64
