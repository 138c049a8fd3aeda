"""Is a gradient right? Numerical derivatives with an error estimate, and a verdict that knows its own doubt.

A difference quotient errs in two ways: by curvature when its step is large, by round-off when it is small. So no single
step is trusted: a ladder of steps is tried, each quotient improved by Richardson's extrapolation, and for every entry
of the output the rung with the smallest estimated error is kept, together with that estimate. An analytic gradient is
refused only where it differs by more than the estimate can explain; at a kink, where the slopes on the two sides stay
apart however small the step, anything between them is accepted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn_lib.gate import Array, Gate, as_float

# Steps h_k = scale * 10^-1.5 * 4^-k: from a thirtieth of the input's own size down to the tenth digit.
LADDER = 10.0**-1.5 * 4.0 ** -np.arange(14)
RELATIVE, DOUBTS, ABSOLUTE = 1e-6, 20.0, 1e-9
FULL_SWEEP = 200


def numerical_gradient(f: Callable[[Any], float], x: Array | float) -> Array | float:
    """The gradient of a scalar function at `x` (any shape), float64; `x` is unchanged, and `f` gets float64 copies.

    Every entry is moved on its own; NaN stands where no step leads to a finite value. Raises `TypeError` when `f` is
    not callable, or `x` or what `f` returns is not real numbers; `ValueError` when `f` does not return one number, when
    that or `x` is not finite, or when two calls at `x` give two numbers.
    """
    if not callable(f):
        raise TypeError(f"numerical_gradient needs a function, got {type(f).__name__}")
    point = np.array(_real("x", x), dtype=np.float64)
    _require_finite("x", point)

    def value(at: Array) -> Array:
        result = np.asarray(_real("what the function returns", f(at if at.ndim else float(at))))
        if result.size != 1:
            raise ValueError(
                f"numerical_gradient needs a function that returns one number; it returned shape {result.shape}"
            )
        return result

    here = value(point.copy())
    _require_finite("the function's value at x", here)
    if not np.array_equal(here, value(point.copy())):
        raise ValueError(
            "the function gives two numbers for the same x: draw random numbers from a generator seeded inside it"
        )
    gradient = np.zeros(point.shape)
    for index in np.ndindex(point.shape):
        direction, scale = _entry(point, index)
        gradient[index] = directional_derivative(value, point, direction, scale).estimate[0]
    return gradient if point.ndim else float(gradient)


@dataclass(frozen=True)
class Derivative:
    """For each entry of the output: its derivative, the estimated error, and half the jump of the slope at a kink."""

    estimate: Array
    error: Array
    half_jump: Array


def directional_derivative(f: Callable[[Array], Any], x: Array, direction: Array, scale: float) -> Derivative:
    """d/dt f(x + t direction) at t = 0, for each entry of the output; `scale` is the size of a natural step t.

    Costs two calls of `f` a rung. A step out of the domain of `f` (an exception, NaN) only loses its rung.
    """
    here = np.asarray(f(x.copy()), dtype=np.float64).ravel()
    steps = scale * LADDER[:, None]
    ahead = np.stack([_or_nan(f, x + h * direction, here) for h in steps[:, 0]])
    behind = np.stack([_or_nan(f, x - h * direction, here) for h in steps[:, 0]])
    with np.errstate(all="ignore"):
        eps = _precision(ahead, behind)
        forward, backward = (ahead - here) / steps, (here - behind) / steps
        central, gap = (forward + backward) / 2, forward - backward
        slopes = (16 * central[1:] - central[:-1]) / 15
        # Curvature makes the two one-sided slopes approach each other like h; what is left of the gap is a kink.
        jumps = (4 * gap[1:] - gap[:-1]) / 3
        noise = 2 * eps * np.maximum(np.abs(ahead), np.abs(behind)) / steps
        # What a function loses on its way, by cancellation, shows where the steps are smallest.
        noise += np.median((np.abs(np.diff(central, axis=0)) * steps[1:])[-3:], axis=0) / steps
        still = np.all((ahead == here) & (behind == here), axis=0)
        # Where small steps move nothing and large ones do, the output comes in grains: log(1 + e^-19) in those of 1.
        grainy = (ahead[-1] == here) & (behind[-1] == here) & ~still
        noise += np.where(grainy, 2 * eps, 0.0) / steps
        noise = np.where(still, eps * np.abs(here) / steps[0], noise)[2:]
        change = np.abs(np.diff(slopes, axis=0))
        error = change + noise
        doubt = error + np.abs(jumps[1:]) / 2
        doubt[~np.isfinite(doubt)] = np.inf
        settled = (change <= np.maximum(0.1 * np.abs(slopes[1:]), noise)) & np.isfinite(doubt)
        rung = np.argmin(np.where(settled | ~settled.any(axis=0), doubt, np.inf), axis=0)
    entry = np.arange(here.size)
    seen = np.abs(np.stack([jumps[np.minimum(rung + i, len(jumps) - 1), entry] for i in range(3)]))
    with np.errstate(invalid="ignore"):
        kink = (seen.min(axis=0) > DOUBTS * noise[rung, entry]) & (seen.max(axis=0) <= 1.2 * seen.min(axis=0))
    return Derivative(
        estimate=slopes[1:][rung, entry],
        error=np.where(kink, error[rung, entry], doubt[rung, entry]),
        half_jump=np.where(kink, seen[1] / 2, 0.0),
    )


def _precision(*values: Array) -> float:
    """The relative precision `f` works in: some compute in float32 whatever they are given and return."""
    as_float32 = all(np.all((v == v.astype(np.float32)) | np.isnan(v)) for v in values)
    return float(np.finfo(np.float32 if as_float32 else np.float64).eps)


def _or_nan(f: Callable[[Array], Any], at: Array, like: Array) -> Array:
    try:
        with np.errstate(all="ignore"):
            return np.asarray(f(at), dtype=np.float64).reshape(like.shape)
    except (ArithmeticError, ValueError):
        return np.full(like.shape, np.nan)


@dataclass(frozen=True)
class GradientReport:
    """The verdict on an analytic gradient; true when nothing is wrong.

    `worst` names the entry of the input that differs most, or the rule that was broken. `inconclusive` counts the
    entries, of `checked`, where round-off drowns the derivative or the gradient: they are never held against it.
    """

    passed: bool
    worst: str
    inconclusive: int = 0
    checked: int = 0

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        if self.checked and self.inconclusive == self.checked:
            return f"nothing can be decided here: round-off drowns all {self.checked} derivatives. Try another point."
        doubts = f" ({self.inconclusive} of {self.checked} could not be decided)" if self.inconclusive else ""
        if 2 * self.inconclusive > self.checked:
            doubts += " Try another point: this one says little."
        return f"{'gradient is right' if self.passed else 'gradient is wrong'}: {self.worst}{doubts}"


def check_gradient(
    gate: Gate | tuple[Callable[..., Any], Callable[..., Any]], *inputs: Any, seed: int = 0
) -> GradientReport:
    """Compare a gate's backward with numerical derivatives of its forward at `inputs`.

    `gate` is a `Gate`, or a pair of functions `(forward(*inputs), backward(upstream, *inputs))`. The upstream gradient
    is random, of both signs. First come the rules that need no numbers: one gradient per input, of its shape, finite,
    the same when asked twice, linear in upstream, and neither inputs nor upstream modified. Then every entry of an
    input is checked on its own; one of more than 200 along three random directions, which are searched for the entry
    when they disagree. Derivatives are taken in float64; a float32 gradient is allowed float32's rounding.

    Inputs whose gradient is None (labels, targets) are left out. Raises `TypeError` when `gate` is neither kind, or
    inputs, output or gradients are not real numbers; `ValueError` when inputs or output are not finite, there are not
    as many gradients as inputs, or one has another shape than its input.
    """
    forward, backward = _as_pair(gate)
    if not inputs:
        raise TypeError("check_gradient needs inputs to check at: check_gradient(gate, x)")
    rng = np.random.default_rng(seed)
    values = [np.array(v) if np.ndim(v) else v for v in inputs]
    for position, value in enumerate(values):
        _require_finite(f"input {position}", _real(f"input {position}", value))
    given = _copies(values)
    result = forward(*given)
    if isinstance(result, tuple):
        raise TypeError(f"forward must return one number or array; it returned a tuple of {len(result)}")
    output = np.asarray(_real("what forward returns", result))
    _require_finite("what forward returns", output)
    for position, (x, after) in enumerate(zip(values, given, strict=True)):
        if not np.array_equal(x, after):
            return GradientReport(False, f"forward modified input {position} in place; compute a new array instead")
    if not np.array_equal(output, forward(*_copies(values))):
        return GradientReport(False, "forward gives another result when it is called again with the same inputs")
    dtype = output.dtype if output.dtype.kind == "f" else np.dtype(np.float64)
    upstream, other = (_random_upstream(rng, output.shape, dtype) for _ in range(2))
    gradients = _gradients(backward, upstream, values)
    broken = _broken_rule(backward, values, output, upstream, other, gradients)
    if broken:
        return GradientReport(False, broken)
    largest = max(float(np.max(np.abs(g), initial=0.0)) for g in gradients if g is not None)
    worst, excess, closest, inconclusive, checked = "", 0.0, -1.0, 0, 0
    for position, gradient in enumerate(gradients):
        if gradient is None:
            continue
        one = _Input(position, values, forward, output, gradient, upstream, largest)
        for where, direction, scale in _directions(one.point, rng):
            found = one.compare(direction, scale)
            checked += 1
            inconclusive += found.undecided
            if found.excess > max(1.0, excess):
                excess = found.excess
                if where:
                    worst = f"input {position}{where}: {found.words}"
                else:
                    worst = f"input {position}{one.search(direction, scale, found)}"
                    break
            elif excess == 0.0 and not found.undecided and found.excess > closest:
                closest, worst = found.excess, f"input {position}{where or ' as a whole'} differs most: {found.words}"
    return GradientReport(excess == 0.0, worst or "there is no entry to compare", inconclusive, checked)


@dataclass(frozen=True)
class _Found:
    difference: float
    excess: float  # of the difference over what is allowed: above 1 is wrong
    undecided: bool
    words: str


class _Input:
    """One input of the function under test: analytic against numerical, along any direction."""

    def __init__(
        self,
        position: int,
        values: list[Any],
        forward: Any,
        output: Array,
        gradient: Any,
        upstream: Any,
        largest: float,
    ) -> None:
        self.values, self.position, self.forward = values, position, forward
        self.size = float(np.max(np.abs(output), initial=0.0))
        self.point = np.array(values[position], dtype=np.float64)
        self.gradient = np.asarray(gradient, dtype=np.float64)
        self.upstream, self.largest = np.asarray(upstream, dtype=np.float64).ravel(), largest
        kinds = [np.asarray(a).dtype for a in (values[position], gradient)]
        limits = [np.finfo(kind) for kind in kinds if kind.kind == "f"] or [np.finfo(float)]
        self.eps, self.tiny = max(float(limit.eps) for limit in limits), max(float(limit.tiny) for limit in limits)

    def moved(self, at: Array) -> Any:
        changed = list(self.values)
        changed[self.position] = at if at.ndim else float(at)
        return self.forward(*changed)

    def compare(self, direction: Array, scale: float) -> _Found:
        found = directional_derivative(self.moved, self.point, direction, scale)
        analytic = float(np.sum(self.gradient * direction))
        parts = self.upstream * found.estimate
        numerical, between = float(parts.sum()), float(np.abs(self.upstream) @ found.half_jump)
        doubt = DOUBTS * float(np.linalg.norm(self.upstream * found.error))
        # What the gradient's own precision cannot resolve, in the parts it adds up and in a slope like 1 - y^2.
        touched = self.upstream[found.estimate != 0]
        rounding = self.eps * float(np.abs(parts).sum() + np.linalg.norm(touched) * min(self.size, 1.0))
        size = max(abs(analytic), abs(numerical))
        allowed = max(RELATIVE, 100 * self.eps) * size + doubt + DOUBTS * rounding + between
        allowed += max(ABSOLUTE, self.eps) * self.largest + self.tiny  # below it, digits are lost to underflow
        difference = abs(analytic - numerical)
        undecided = difference > 0 and not doubt <= max(size, 1e-3 * self.largest)
        # A slope computed from numbers near 1, like sigmoid(-8) as (1 + tanh(-4)) / 2, has lost digits on its way that
        # its own size does not show.
        undecided |= allowed < difference <= 4 * self.eps * float(np.linalg.norm(self.upstream))
        return _Found(
            analytic - numerical,
            0.0 if undecided or difference == 0 else difference / allowed,
            undecided,
            f"{analytic:.6g}, numerically {numerical:.6g}" + (f" ± {between:.3g} (a kink)" if between else ""),
        )

    def search(self, direction: Array, scale: float, found: _Found) -> str:
        """Where the difference comes from, by halving the direction: of two halves, the one that differs more."""
        entries, difference = np.arange(direction.size), found.difference
        while len(entries) > 1:
            first, second = np.array_split(entries, 2)
            part = np.zeros(direction.shape)
            part.flat[first] = direction.flat[first]
            in_first = self.compare(part, scale).difference
            in_second = difference - in_first
            entries, difference = (second, in_second) if abs(in_second) > abs(in_first) else (first, in_first)
        index = tuple(int(i) for i in np.unravel_index(entries[0], direction.shape))
        alone = self.compare(*_entry(self.point, index))
        if alone.excess > 1:
            return f"[{', '.join(map(str, index))}]: {alone.words}"
        return f" along a random direction: {found.words}"


def _broken_rule(
    backward: Any, values: list[Any], output: Array, upstream: Any, other: Any, gradients: tuple[Any, ...]
) -> str:
    """What is wrong with these gradients whatever the function, or nothing. Raises `ValueError` for counts and shapes.

    A gradient of another shape is an error of a kind that numbers cannot describe; the rest is a verdict.
    """
    if len(gradients) != len(values):
        raise ValueError(
            "backward must return a tuple of one gradient per input, None for labels; "
            f"inputs: {len(values)}, gradients returned: {len(gradients)}"
        )
    if all(g is None for g in gradients):
        raise ValueError("backward gave None for every input: there is nothing to compare")
    for position, (x, gradient) in enumerate(zip(values, gradients, strict=True)):
        if gradient is not None:
            _real(f"the gradient of input {position}", gradient)
        if gradient is not None and np.shape(gradient) != np.shape(x):
            raise ValueError(
                f"input {position} has shape {np.shape(x)}, but its gradient has shape {np.shape(gradient)}"
            )
        if gradient is not None and not np.all(np.isfinite(gradient)):
            return f"the gradient of input {position} is not finite"
    given, before = _copies(values), np.copy(upstream)
    kept = np.copy(upstream) if np.ndim(upstream) else upstream
    again = _as_tuple(backward(kept, *given))
    if not np.array_equal(kept, before):
        return "backward modified upstream in place; compute a new array instead"
    for position, (x, after) in enumerate(zip(values, given, strict=True)):
        if not np.array_equal(x, after):
            return f"backward modified input {position} in place; compute a new array instead"
    first, second = gradients, _gradients(backward, other, values)
    both = _gradients(backward, upstream + 2 * other, values)
    for position, (g, same, e, sum_of) in enumerate(zip(first, again, second, both, strict=True)):
        if g is None:
            continue
        if not np.array_equal(g, same):
            return f"the gradient of input {position} changes when backward is called again with the same arguments"
        size = float(np.max(np.abs(g), initial=0.0) + 2 * np.max(np.abs(e), initial=0.0))
        limit = np.finfo(np.result_type(np.asarray(g), np.float32))
        slack = 1e-3 * size + 1e3 * float(limit.eps) * float(np.max(np.abs(output), initial=0.0)) + float(limit.tiny)
        # A gradient like 1 - p has lost digits that its own size does not show.
        slack += DOUBTS * float(limit.eps) * float(np.max(np.abs(upstream + 2 * other), initial=0.0))
        off = np.abs(np.asarray(sum_of, float) - np.asarray(g, float) - 2 * np.asarray(e, float))
        if np.max(off, initial=0.0) > slack:
            return f"the gradient of input {position} is not proportional to upstream: multiply by it, once"
    return ""


def _random_upstream(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> Any:
    drawn = rng.uniform(0.2, 2.0, shape) * rng.choice([-1.0, 1.0], shape)
    return drawn.astype(dtype) if shape else float(drawn)


def _copies(values: list[Any]) -> list[Any]:
    return [np.copy(v) if isinstance(v, np.ndarray) else v for v in values]


def _as_tuple(gradients: Any) -> tuple[Any, ...]:
    """Copies: a gate may answer in arrays that its next call overwrites."""
    answer = gradients if isinstance(gradients, (tuple, list)) else (gradients,)
    return tuple(np.copy(g) if isinstance(g, np.ndarray) else g for g in answer)


def _gradients(backward: Any, upstream: Any, values: list[Any]) -> tuple[Any, ...]:
    return _as_tuple(backward(np.copy(upstream) if np.ndim(upstream) else upstream, *_copies(values)))


def _as_pair(gate: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    if isinstance(gate, Gate):

        def backward(upstream: Any, *inputs: Any) -> Any:
            gate.forward(*inputs)
            return gate.backward(upstream)

        return gate.forward, backward
    if isinstance(gate, (tuple, list)) and len(gate) == 2 and all(callable(part) for part in gate):
        return gate[0], gate[1]
    needs = "check_gradient needs a Gate, or a pair of functions (forward, backward)"
    if isinstance(gate, type) and issubclass(gate, Gate):
        raise TypeError(f"{needs}; {gate.__name__} is a class: make a gate of it, {gate.__name__}()")
    raise TypeError(f"{needs}; got {type(gate).__name__}")


def _real(what: str, value: Any) -> Any:
    """`value` as `as_float` gives it, with a `TypeError` that names it when it is not real numbers."""
    try:
        return as_float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{what} must be a real number or an array of them, not {_kind(value)}") from None


def _kind(value: Any) -> str:
    if isinstance(value, (np.ndarray, np.generic)):
        return f"{type(value).__name__} of {value.dtype}"
    return f"a {type(value).__name__}"


def _require_finite(what: str, value: Any) -> None:
    if not np.all(np.isfinite(value)):
        where = np.argwhere(~np.isfinite(value))[0].tolist()
        raise ValueError(
            f"{what} is {np.asarray(value)[tuple(where)]}{f' at {where}' if where else ''}: a derivative needs finite "
            "numbers. Choose another point."
        )


def _directions(x: Array, rng: np.random.Generator) -> list[tuple[str, Array, float]]:
    """What to move, and by how much: each entry on its own, or a large input as a whole along random directions."""
    if x.size > FULL_SWEEP:
        return [("", rng.normal(size=x.shape), _scale(_root_mean_square(x))) for _ in range(3)]
    return [(f"[{', '.join(map(str, i))}]" if i else " itself", *_entry(x, i)) for i in np.ndindex(x.shape)]


def _entry(x: Array, index: tuple[int, ...]) -> tuple[Array, float]:
    """The direction of one entry, and a natural step for it."""
    direction = np.zeros(x.shape)
    direction[index] = 1.0
    return direction, _scale(max(abs(float(x[index])), 0.1 * _root_mean_square(x)))


def _root_mean_square(x: Array) -> float:
    largest = float(np.max(np.abs(x), initial=0.0))
    return largest * float(np.sqrt(np.mean((x / largest) ** 2))) if largest else 0.0


def _scale(size: float) -> float:
    """What counts as a step in proportion: near 0, where proportions end, a step of size 1."""
    return size if size > 1e-200 else 1.0
