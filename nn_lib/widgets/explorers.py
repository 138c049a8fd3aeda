"""The numbers behind the gradient explorer and the activation explorer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from nn_lib.activations import ACTIVATIONS, PReLUGate
from nn_lib.graph import ComputationalGraph
from nn_lib.initializers import INITIALIZERS
from nn_lib.widgets.expressions import finite, graph_of, has_kink

GRID = 64
BARS, WIDTH, BATCH = 24, 64, 128
# Where a named activation has a corner, at plus and minus, and what is used there.
KINKS = {
    "relu": (0, "relu has a corner, and no slope: 0, that on the left, is used"),
    "leaky_relu": (0, "leaky_relu has a corner, and no slope: 0.01, that on the left, is used"),
    "prelu": (0, "prelu has a corner, and no slope: 0.25, that on the left, is used"),
    "hard_tanh": (1, "hard_tanh has a corner, and no slope: 0 is used"),
}


def plane(expression: str, reach: float = 3.0) -> dict[str, Any]:
    """The values of a formula in x and y over the square of this reach, top row first, float32 `(1, 64 * 64)`."""
    graph = graph_of(expression, ("x", "y"))
    axis = np.linspace(-reach, reach, GRID)
    values = np.full((GRID, GRID), np.nan)
    for row, y in enumerate(axis[::-1]):
        for column, x in enumerate(axis):
            values[row, column] = _value(graph, x, y)
    if not np.any(np.isfinite(values)):
        raise ValueError(f"“{expression}” has no finite value between {-reach:g} and {reach:g}")
    return {"values": values.reshape(1, -1).astype(np.float32)}


def surface(expression: str) -> Callable[[Any, Any], Any]:
    """A formula in x and y as a function of arrays. It raises what the formula's gates raise where it has no value."""
    graph = graph_of(expression, ("x", "y"))

    def values(x: Any, y: Any) -> Any:
        with np.errstate(all="ignore"):
            return graph.forward(**{name: part for name, part in (("x", x), ("y", y)) if name in graph.inputs})

    return values


def at(expression: str, x: float, y: float) -> dict[str, Any]:
    """Value and gradient of a formula at a point, and a word where it has a kink there."""
    graph = graph_of(expression, ("x", "y"))
    value = _value(graph, x, y)
    if not np.isfinite(value):
        raise ValueError(f"“{expression}” has no finite value at ({x:g}, {y:g})")
    try:
        gradient = graph.backward()
    except ZeroDivisionError:  # a root at 0: its slope is not finite
        gradient = dict.fromkeys(("x", "y"), np.nan)
    return {
        "value": value,
        "gradient": [finite(float(gradient.get(name, 0.0))) for name in ("x", "y")],
        "kink": has_kink(graph),
    }


def descent(
    expression: str, x: float, y: float, learning_rate: float, momentum: float = 0.0, steps: int = 40
) -> dict[str, Any]:
    """Gradient descent with momentum from a point: `path` of [x, y, value].

    `ended` says what stopped it early: "domain" where the formula has no value or slope, "far" beyond 1e6, else "".
    """
    path: list[list[float]] = []
    velocity = np.zeros(2)
    point = np.array([x, y], dtype=float)
    for _ in range(steps + 1):
        try:
            here = at(expression, *point)
        except (ValueError, ZeroDivisionError, OverflowError):
            return {"path": path, "ended": "domain"}
        path.append([float(point[0]), float(point[1]), here["value"]])
        if None in here["gradient"]:
            return {"path": path, "ended": "domain"}
        if np.max(np.abs(point)) > 1e6:
            return {"path": path, "ended": "far"}
        velocity = momentum * velocity - learning_rate * np.array(here["gradient"])
        point = point + velocity
    return {"path": path, "ended": ""}


def _value(graph: ComputationalGraph, x: float, y: float) -> float:
    given = {name: value for name, value in (("x", float(x)), ("y", float(y))) if name in graph.inputs}
    try:
        with np.errstate(all="ignore"):
            return float(graph.forward(**given))
    except (ValueError, ZeroDivisionError, OverflowError, TypeError):
        return float("nan")


def curve(activation: str, reach: float = 5.0, points: int = 201) -> dict[str, Any]:
    """An activation (by name, or a formula in x) and its slope: `x`, `y` and `slope`, lists of numbers.

    `kinks` says for each x, in words, where there is no slope; None elsewhere.
    """
    xs = np.linspace(-reach, reach, points)
    if activation in ACTIVATIONS and activation != "softmax":
        gate = ACTIVATIONS[activation]()
        extra = (0.25,) if isinstance(gate, PReLUGate) else ()
        ys = gate.forward(xs, *extra)
        slopes = gate.backward(np.ones(points))
        slopes = slopes[0] if extra else slopes
        corner = KINKS.get(activation)
        kinks = [corner[1] if corner and abs(x) == corner[0] else None for x in xs]
        return {"x": xs.tolist(), "y": ys.tolist(), "slope": np.broadcast_to(slopes, points).tolist(), "kinks": kinks}
    graph = graph_of(activation, ("x",))
    ys, slopes, kinks = [], [], []
    for x in xs:
        y = slope = kink = None
        with suppress(ValueError, ZeroDivisionError, OverflowError):  # a root has a value at 0, and no slope
            y = finite(float(graph.forward(x=float(x))))
            slope = finite(float(graph.backward()["x"]))
            kink = has_kink(graph)
        ys.append(y)
        slopes.append(slope)
        kinks.append(kink)
    if all(y is None for y in ys):
        raise ValueError(f"“{activation}” has no finite value between {-reach:g} and {reach:g}")
    return {"x": xs.tolist(), "y": ys, "slope": slopes, "kinks": kinks}


def depth(
    activation: str,
    initializer: str = "he_normal",
    layers: int = 6,
    scale: float = 1.0,
    bias: float = 0.0,
    seed: int = 0,
) -> dict[str, Any]:
    """What becomes of a batch of normal inputs layer by layer: histogram, mean, deviation, share of dead units.

    A unit is dead when its slope is 0 for the whole batch.
    """
    if activation not in ACTIVATIONS or activation == "softmax":
        raise ValueError(f"depth needs an activation by name, not {activation!r}")
    if initializer not in INITIALIZERS:
        raise ValueError(f"there is no initializer {initializer!r}; choose one of {', '.join(INITIALIZERS)}")
    rng = np.random.default_rng(seed)
    h = rng.normal(0.0, 1.0, (BATCH, WIDTH))
    told = []
    for _ in range(layers):
        gate = ACTIVATIONS[activation]()
        extra = (0.25,) if isinstance(gate, PReLUGate) else ()
        h = gate.forward(h @ (scale * INITIALIZERS[initializer](rng, WIDTH, WIDTH)).T + bias, *extra)
        slopes = gate.backward(np.ones_like(h))
        slopes = slopes[0] if extra else slopes
        low, high = float(h.min()), float(h.max())
        high = high if high > low else low + 1.0
        bars = np.clip(np.floor((h - low) / (high - low) * BARS), 0, BARS - 1).astype(int)
        told.append({
            "low": low, "high": high, "bars": np.bincount(bars.ravel(), minlength=BARS).tolist(),
            "mean": float(h.mean()), "deviation": float(h.std()), "dead": float(np.mean(np.all(slopes == 0, axis=0))),
            "slope": float(np.mean(np.abs(slopes))),
        })  # fmt: skip
    return {"layers": told}
