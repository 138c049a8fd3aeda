"""Is a gradient right? Numerical derivatives with an error estimate, and a verdict that knows its own doubt.

A difference quotient errs in two ways: by curvature when its step is large, by round-off when it is small. So no single
step is trusted: a ladder of steps is tried, each quotient improved by Richardson's extrapolation, and the rung with the
smallest estimated error is kept, together with that estimate. An analytic gradient is refused only where it differs by
more than the estimate can explain; at a kink, anything between the two one-sided slopes is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn_lib.gate import Array, Gate, as_float

# Steps h_k = scale * 10^-1.5 * 4^-k: from a thirtieth of the input's own size down to the eighth digit.
LADDER = 10.0**-1.5 * 4.0 ** -np.arange(14)
RELATIVE, DOUBTS, ABSOLUTE = 1e-6, 20.0, 1e-9
FULL_SWEEP = 200


def numerical_gradient(f: Callable[[Any], float], x: Array | float) -> Array | float:
    """The gradient of a scalar function at `x` (any shape) by central differences; `x` is unchanged afterwards.

    Every entry is moved on its own. Raises `TypeError` when `f` is not callable, `ValueError` when it does not return
    one number.
    """
    if not callable(f):
        raise TypeError(f"numerical_gradient needs a function, got {type(f).__name__}")
    point = np.array(as_float(x), dtype=np.float64)
    given = np.asarray(x)
    is_number = np.ndim(x) == 0

    def value(at: Array) -> Array:
        result = np.asarray(f(float(at) if is_number else at.astype(_kind(given))))
        if result.size != 1:
            raise ValueError(
                f"numerical_gradient needs a function that returns one number; it returned shape {result.shape}"
            )
        return result.reshape(())

    gradient = np.zeros(point.shape)
    for index in np.ndindex(point.shape):
        direction = np.zeros(point.shape)
        direction[index] = 1.0
        gradient[index] = directional_derivative(
            value, point, direction, _entry_scale(point, index), given.dtype
        ).estimate
    return float(gradient) if is_number else gradient


@dataclass(frozen=True)
class Derivative:
    """A numerical derivative, its estimated error, and the one-sided slopes where they stay apart (a kink)."""

    estimate: float
    error: float
    kink: tuple[float, float] | None = None


def directional_derivative(
    f: Callable[[Array], Array],
    x: Array,
    direction: Array,
    scale: float,
    dtype: Any = np.float64,
    upstream: Any = 1.0,
) -> Derivative:
    """d/dt of sum(upstream * f(x + t direction)) at t = 0.

    `scale` is the size of a natural step along the direction. `dtype` is the precision `f` works in. Costs two calls of
    `f` a rung, and stops at the first rung that cannot be improved.
    """
    eps = float(np.finfo(dtype if np.dtype(dtype).kind == "f" else np.float64).eps)
    here = _total(f, x, upstream)
    steps = scale * LADDER
    if eps > 1e-10:  # float32 moves in steps of its own size; smaller ones are lost
        steps = steps[:7]
    forward, backward = [], []
    best: Derivative | None = None
    central: list[float] = []
    improved: list[float] = []
    for k, h in enumerate(steps):
        ahead, behind = _total(f, x + h * direction, upstream), _total(f, x - h * direction, upstream)
        forward.append((ahead.sum - here.sum) / h)
        backward.append((here.sum - behind.sum) / h)
        central.append((ahead.sum - behind.sum) / (2 * h))
        noise = 2 * eps * max(ahead.size, behind.size) / h
        if k == 0:
            continue
        improved.append((16 * central[k] - central[k - 1]) / 15)
        change = abs(improved[-1] - improved[-2]) if len(improved) > 1 else abs(improved[-1] - central[k])
        error = change + noise
        if np.isfinite(error) and (best is None or error < best.error):
            best = Derivative(improved[-1], error)
        elif best is not None and error > 1e3 * best.error and k > 4:
            break
    if best is None:
        return Derivative(float("nan"), float("inf"))
    return Derivative(best.estimate, best.error, _kink(forward, backward, steps, eps, here.size))


@dataclass(frozen=True)
class _Total:
    sum: float
    size: float


def _total(f: Callable[[Array], Array], x: Array, upstream: Any) -> _Total:
    with np.errstate(all="ignore"):
        terms = np.asarray(f(x), dtype=np.float64) * upstream
        return _Total(float(terms.sum()), float(np.sqrt((terms * terms).sum())))


def _kink(
    forward: Sequence[float], backward: Sequence[float], steps: Array, eps: float, size: float
) -> tuple[float, float] | None:
    """The two one-sided slopes, when they differ by the same amount over five steps: curvature would make it shrink."""
    gaps = np.abs(np.subtract(forward, backward))
    noise = 100 * eps * max(size, 1e-300) / steps[: len(gaps)]
    for start in range(len(gaps) - 4):
        window = gaps[start : start + 5]
        if np.all(window > noise[start : start + 5]) and window.max() <= 1.2 * window.min():
            return (forward[start + 4], backward[start + 4])
    return None


@dataclass(frozen=True)
class GradientReport:
    """The verdict on an analytic gradient. `worst` says which entry of which input differs most, and by how much."""

    passed: bool
    worst: str
    inconclusive: int = 0

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        doubts = f" ({self.inconclusive} entries could not be decided)" if self.inconclusive else ""
        return f"{'gradient is right' if self.passed else 'gradient is wrong'}: {self.worst}{doubts}"


def check_gradient(
    gate: Gate | tuple[Callable[..., Any], Callable[..., Any]], *inputs: Any, seed: int = 0
) -> GradientReport:
    """Compare a gate's backward with numerical derivatives of its forward at `inputs`.

    `gate` is a `Gate`, or a pair of functions `(forward(*inputs), backward(upstream, *inputs))`. The upstream gradient
    is random, of both signs. Small inputs are checked entry by entry, large ones along three random directions first.
    Whole-number arrays (labels) and inputs whose gradient is None are left out. Raises `ValueError` when a gradient has
    another shape than its input.
    """
    forward, backward = _as_pair(gate)
    rng = np.random.default_rng(seed)
    values = [np.array(v) if np.ndim(v) else v for v in inputs]
    output = forward(*values)
    upstream = rng.uniform(0.2, 2.0, np.shape(output)) * rng.choice([-1.0, 1.0], np.shape(output))
    given = float(upstream) if np.ndim(output) == 0 else upstream.astype(_kind(np.asarray(output)))
    gradients = backward(given, *values)
    if not isinstance(gradients, (tuple, list)):
        gradients = (gradients,)
    largest = max([float(np.max(np.abs(g), initial=0.0)) for g in gradients if g is not None], default=0.0)
    worst, excess, inconclusive = "all entries agree", 0.0, 0
    for position, gradient in enumerate(gradients):
        x = values[position]
        if gradient is None or np.asarray(x).dtype.kind != "f":
            continue
        if np.shape(gradient) != np.shape(x):
            raise ValueError(
                f"input {position} has shape {np.shape(x)}, but its gradient has shape {np.shape(gradient)}"
            )
        if not np.all(np.isfinite(gradient)):
            return GradientReport(False, f"the gradient of input {position} is not finite")
        point = np.asarray(x, dtype=np.float64)

        def moved(at: Array, position: int = position, x: Any = x) -> Array:
            changed = list(values)
            changed[position] = float(at) if np.ndim(x) == 0 else at.astype(np.asarray(x).dtype)
            return np.asarray(forward(*changed))

        for where, direction, scale in _directions(point, rng):
            found = directional_derivative(moved, point, direction, scale, np.asarray(x).dtype, given)
            analytic = float(np.sum(np.asarray(gradient, dtype=np.float64) * direction))
            slack = RELATIVE * max(abs(analytic), abs(found.estimate)) + DOUBTS * found.error + ABSOLUTE * largest
            low, high = found.kink or (found.estimate, found.estimate)
            difference = max(min(low, high) - analytic, analytic - max(low, high), 0.0)
            if found.error * DOUBTS > max(abs(found.estimate), 1e-3 * largest) and found.kink is None:
                inconclusive += 1
                continue
            if difference > slack and difference / slack > excess:
                excess = difference / slack
                worst = f"input {position}{where}: {analytic:.6g}, but numerically {found.estimate:.6g}"
    return GradientReport(bool(excess == 0.0), worst, inconclusive)


def _as_pair(gate: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    if isinstance(gate, Gate):

        def backward(upstream: Any, *inputs: Any) -> Any:
            gate.forward(*inputs)
            return gate.backward(upstream)

        return gate.forward, backward
    if isinstance(gate, tuple) and len(gate) == 2 and all(callable(part) for part in gate):
        return gate
    raise TypeError("check_gradient needs a Gate, or a pair of functions (forward, backward)")


def _directions(x: Array, rng: np.random.Generator) -> list[tuple[str, Array, float]]:
    size = float(np.sqrt(np.mean(x * x))) if x.size else 0.0
    if x.size > FULL_SWEEP:
        found = [rng.normal(size=x.shape) for _ in range(3)]
        return [(" along a random direction", d, max(size, 1e-3)) for d in found]
    entries = []
    for index in np.ndindex(x.shape):
        direction = np.zeros(x.shape)
        direction[index] = 1.0
        where = f"[{', '.join(map(str, index))}]" if index else ""
        entries.append((where, direction, _entry_scale(x, index)))
    return entries


def _entry_scale(x: Array, index: tuple[int, ...]) -> float:
    size = float(np.sqrt(np.mean(x * x)))
    return max(abs(float(x[index])), 0.1 * size) or 1.0


def _kind(array: Array) -> Any:
    return array.dtype if array.dtype.kind == "f" else np.float64
