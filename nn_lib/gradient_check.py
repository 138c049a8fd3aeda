"""Is a gradient right? Numerical derivatives with an error estimate, and a verdict that knows its own doubt.

A difference quotient errs in two ways: by curvature when its step is large, by round-off when it is small. So no single
step is trusted: a ladder of steps is tried, each quotient improved by Richardson's extrapolation, and for every entry
of the output the rung with the smallest estimated error is kept, together with that estimate. An analytic gradient is
refused only where it differs by more than the estimate can explain; at a kink, where the slopes on the two sides stay
apart however small the step, anything between them is accepted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nn_lib.gate import Gate
from nn_lib.guard import Array, as_float

# Steps h_k = scale * 10^-1.5 * 4^-k: from a thirtieth of the input's own size down to the tenth digit.
LADDER = 10.0**-1.5 * 4.0 ** -np.arange(14)
RELATIVE, DOUBTS, ABSOLUTE = 1e-6, 20.0, 1e-9
DECISIVE = 0.02  # a tolerance above this share of the derivative decides nothing
FULL_SWEEP = 200  # entries that are always moved one by one
LOOKS = 1000  # directions that are tried at most in a larger input


def numerical_gradient(f: Callable[[Any], float], x: Array | float) -> Array | float:
    """The gradient of a scalar function at `x` (any shape), float64; `x` is unchanged, and `f` gets float64 copies.

    Every entry is moved on its own; NaN stands where no step leads to a finite value. Raises `TypeError` when `f` is
    not callable, or `x` or what `f` returns is not real numbers; `ValueError` when `f` does not return one number, when
    that or `x` is not finite, when two calls at `x` give two numbers, or when `f` rounds so coarsely (float16, a loss
    with three decimals) that differences of its values say nothing.
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
    gradient, grain = np.zeros(point.shape), _grain_along_all(value, point)
    for index in np.ndindex(point.shape):
        found = directional_derivative(value, point, *_entry(point, index), grain)
        gradient[index] = found.estimate[0]
        if found.coarse[0] and found.error[0] > DECISIVE * abs(found.estimate[0]):
            raise ValueError(
                "the function rounds its values too coarsely for differences of them to say anything: does it compute "
                "in float16, or round its result? Let it compute in float64, or take the derivative by hand"
            )
    return gradient if point.ndim else float(gradient)


@dataclass(frozen=True)
class Derivative:
    """For each entry of the output: its derivative, the estimated error, and half the jump of the slope at a kink.

    `grain` is what the values are rounded to, as far as it shows; `coarse` is true where that is much, or where they
    are computed in float16.
    """

    estimate: Array
    error: Array
    half_jump: Array
    coarse: Array
    grain: Array


def directional_derivative(
    f: Callable[[Array], Any], x: Array, direction: Array, scale: float, known_grain: Array | float = 0.0
) -> Derivative:
    """d/dt f(x + t direction) at t = 0, for each entry of the output; `scale` is the size of a natural step t.

    Costs two calls of `f` a rung. A step out of the domain of `f` (an exception, NaN) only loses its rung. What the
    output is rounded to may be known from elsewhere: where it is too coarse for any step to move it, it hides here.
    """
    result = np.asarray(f(x.copy()))
    here = result.astype(np.float64).ravel()
    steps = scale * LADDER[:, None]
    ahead = np.stack([_or_nan(f, x + h * direction, here) for h in steps[:, 0]])
    behind = np.stack([_or_nan(f, x - h * direction, here) for h in steps[:, 0]])
    with np.errstate(all="ignore"):
        eps = _precision(result.dtype, here, ahead, behind)
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
        grain = np.maximum(np.where(grainy, _grain(here, eps, ahead - here, behind - here), 0.0), known_grain)
        noise += grain / steps
        noise = np.where(still, np.maximum(eps * np.abs(here), grain) / steps[0], noise)[2:]
        change = np.abs(np.diff(slopes, axis=0))
        error = change + noise
        doubt = error + np.abs(jumps[1:]) / 2
        doubt[~np.isfinite(doubt)] = np.inf
        settled = (change <= np.maximum(0.1 * np.abs(slopes[1:]), noise)) & np.isfinite(doubt)
        settled &= _borne_out(slopes[1:], error, DOUBTS * error)
        rung = np.argmin(np.where(settled | ~settled.any(axis=0), doubt, np.inf), axis=0)
    entry = np.arange(here.size)
    seen = np.abs(np.stack([jumps[np.minimum(rung + i, len(jumps) - 1), entry] for i in range(3)]))
    with np.errstate(invalid="ignore"):
        kink = (seen.min(axis=0) > DOUBTS * noise[rung, entry]) & (seen.max(axis=0) <= 1.2 * seen.min(axis=0))
    return Derivative(
        estimate=slopes[1:][rung, entry],
        error=np.where(kink, error[rung, entry], doubt[rung, entry]),
        half_jump=np.where(kink, seen[1] / 2, 0.0),
        coarse=np.full(here.shape, eps > 1e-4) | (grain > 1e-6 * np.abs(here)),
        grain=grain,
    )


def _grain_along_all(f: Callable[[Array], Any], x: Array) -> Array:
    """What each entry of the output is rounded to, seen where all of x moves far."""
    if not x.size:
        return np.zeros(1)
    direction = np.random.default_rng(0).choice([-1.0, 1.0], x.shape) * np.linspace(0.5, 1.0, x.size).reshape(x.shape)
    return directional_derivative(f, x, direction, 30.0 * _scale(_root_mean_square(x))).grain


def _precision(dtype: Any, here: Array, *values: Array) -> float:
    """The relative precision `f` works in: some compute in float32 or float16 whatever they are given and return."""
    for kind in (np.float16, np.float32):
        moves = kind is np.float32 or any(np.any(v != here) for v in values)
        if dtype == kind or (moves and all(_held_in(kind, v) for v in (here, *values))):
            return float(np.finfo(kind).eps)
    return float(np.finfo(np.float64).eps)


def _held_in(kind: Any, values: Array) -> bool:
    """Whether these are numbers of a smaller kind, every one."""
    with np.errstate(all="ignore"):
        return bool(np.all((values == values.astype(kind)) | np.isnan(values)))


def _grain(here: Array, eps: float, *moves: Array) -> Array:
    """The unit that all moves of an output are multiples of, where the values are rounded to one; 0 elsewhere.

    Units that saturate, or a kink that a long step crosses, give a few multiples by chance: only many are taken for it.
    """
    sizes = np.abs(np.concatenate(moves))
    sizes[~np.isfinite(sizes)] = 0.0
    smallest = np.min(np.where(sizes > 0, sizes, np.inf), axis=0)
    parts = sizes / smallest
    off, most = np.max(np.abs(parts - np.round(parts)), axis=0), np.max(parts, axis=0)
    between = np.count_nonzero((parts > 1.5) & (parts < 0.9 * most), axis=0)
    rounded = (off <= np.clip(4 * eps * np.abs(here) / smallest, 1e-6, 1e-2)) & (most >= 16) & (between > 0)
    return np.where(rounded & np.isfinite(smallest), smallest, 0.0)


def _borne_out(slopes: Array, error: Array, slack: Array) -> Array:
    """Whether each rung's estimate agrees with all finer ones.

    Long steps over a wave, cos(3175 +- 100), can agree with one another by chance, and with no shorter one.
    """
    agrees, low, high = (
        np.ones(slopes.shape, bool),
        np.full(slopes.shape[1:], -np.inf),
        np.full(slopes.shape[1:], np.inf),
    )
    for rung in range(len(slopes) - 1, -1, -1):
        agrees[rung] = (slopes[rung] + slack[rung] >= low) & (slopes[rung] - slack[rung] <= high)
        finite = np.isfinite(slopes[rung]) & np.isfinite(error[rung])
        low = np.where(finite, np.maximum(low, slopes[rung] - slack[rung]), low)
        high = np.where(finite, np.minimum(high, slopes[rung] + slack[rung]), high)
    return agrees


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
    entries, of `checked`, about which nothing can be said, since round-off drowns the derivative or the gradient: they
    are never held against it. `coarse` is true where that is so because the function computes in float16, or rounds.
    """

    passed: bool
    worst: str
    inconclusive: int = 0
    checked: int = 0
    coarse: bool = False

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        if self.passed and self.coarse and self.inconclusive == self.checked:
            return (
                f"nothing can be decided here: the function computes in float16 or rounds its values, which drowns all "
                f"{self.checked} derivatives. Check it in float32 or float64."
            )
        if self.passed and self.checked and self.inconclusive == self.checked:
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
    input is checked on its own. An input of more than 200 whose function works entry by entry is moved as a whole, and
    each entry still compared with its own derivative; another is moved along random directions, in ever smaller parts
    where entries stand at a kink or an error of 1 % in one of them would not show. Derivatives are taken in float64; a
    float32 gradient is allowed float32's rounding, and of float16 nothing can be decided.

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
    report = _Report()
    for position, gradient in enumerate(gradients):
        if gradient is None or (np.ndim(gradient) and not np.size(gradient)):
            continue
        one = _Input(position, values, forward, output, gradient, upstream, largest)
        if one.point.size <= FULL_SWEEP:
            for index in np.ndindex(one.point.shape):
                report.add(one.at(index))
        elif one.is_elementwise(rng):
            one.sweep_at_once(report)
        else:
            one.sweep_in_parts(report, rng)
    return report.verdict()


@dataclass(frozen=True)
class _Found:
    """The comparison along one direction, which moves `entries` entries."""

    difference: float
    excess: float  # of the difference over what is allowed: above 1 is wrong
    undecided: bool
    words: str
    where: str = ""
    entries: int = 1
    kink: bool = False
    sharp: bool = True  # an error of 1 % in one entry would show
    coarse: bool = False


class _Report:
    """What was found, entry by entry or part by part."""

    def __init__(self) -> None:
        self.wrong: _Found | None = None
        self.closest: _Found | None = None
        self.inconclusive = self.checked = 0
        self.coarse = False

    def add(self, found: _Found) -> None:
        self.checked += found.entries
        self.inconclusive += found.entries * found.undecided
        self.coarse |= found.coarse
        if found.excess > 1:
            if self.wrong is None or found.excess > self.wrong.excess:
                self.wrong = found
        elif not found.undecided and (self.closest is None or found.excess > self.closest.excess):
            self.closest = found

    def verdict(self) -> GradientReport:
        worst = "there is no entry to compare"
        if self.wrong:
            worst = f"{self.wrong.where}: {self.wrong.words}"
        elif self.closest:
            worst = f"{self.closest.where} differs most: {self.closest.words}"
        # A function that rounds so coarsely shows not even a derivative of 0 for sure.
        inconclusive = self.checked if self.coarse and not self.wrong else self.inconclusive
        return GradientReport(self.wrong is None, worst, inconclusive, self.checked, self.coarse)


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
        self.values, self.position, self.forward, self.output = values, position, forward, output
        self.size = float(np.max(np.abs(output), initial=0.0))
        self.point = np.array(values[position], dtype=np.float64)
        self.gradient = np.asarray(gradient, dtype=np.float64)
        self.upstream, self.largest = np.asarray(upstream, dtype=np.float64).ravel(), largest
        kinds = [np.asarray(a).dtype for a in (values[position], gradient)]
        limits = [np.finfo(kind) for kind in kinds if kind.kind == "f"] or [np.finfo(float)]
        self.grain = _grain_along_all(self.moved, self.point)
        self.eps, self.tiny = max(float(limit.eps) for limit in limits), max(float(limit.tiny) for limit in limits)

    def moved(self, at: Array) -> Any:
        changed = list(self.values)
        changed[self.position] = at if at.ndim else float(at)
        return self.forward(*changed)

    def name(self, index: tuple[int, ...]) -> str:
        return f"input {self.position}" + (f"[{', '.join(str(int(i)) for i in index)}]" if index else " itself")

    def at(self, place: Any) -> _Found:
        """One entry, by its index or its place in the flattened input, moved on its own."""
        index = place if isinstance(place, tuple) else tuple(map(int, np.unravel_index(place, self.point.shape)))
        return replace(self.compare(*_entry(self.point, index)), where=self.name(index))

    def compare(self, direction: Array, scale: float) -> _Found:
        found = directional_derivative(self.moved, self.point, direction, scale, self.grain)
        analytic = float(np.sum(self.gradient * direction))
        parts = self.upstream * found.estimate
        numerical, between = float(parts.sum()), float(np.abs(self.upstream) @ found.half_jump)
        doubt = DOUBTS * float(np.linalg.norm(self.upstream * found.error))
        touched = float(np.linalg.norm(self.upstream[found.estimate != 0]))
        rounding = self.eps * float(np.abs(parts).sum() + touched * min(self.size, 1.0))
        coarse = self.eps > 1e-4 or bool(np.any(found.coarse & (found.error != 0)))
        excess, undecided, allowed = self._weigh(analytic, numerical, between, doubt, rounding, coarse)
        moving = np.abs(self.gradient * direction)[direction != 0]
        share = float(np.quantile(moving[moving > 0], 0.25)) if np.any(moving) else self.largest
        return _Found(
            analytic - numerical,
            float(excess),
            bool(undecided),
            f"{analytic:.6g}, numerically {numerical:.6g}" + (f" ± {between:.3g} (a kink)" if between else ""),
            kink=between > 0,
            entries=moving.size,
            sharp=float(allowed) - between <= 0.01 * share,
            coarse=coarse,
        )

    def _weigh(
        self, analytic: Any, numerical: Any, between: Any, doubt: Any, rounding: Any, coarse: Any
    ) -> tuple[Any, Any, Any]:
        """The excess of each difference over what is allowed, whether nothing can be decided, and what is allowed.

        `rounding` is what the gradient's own precision cannot resolve, in the parts it adds up and in a slope like
        1 - y^2; `between` is half the width of what is accepted at a kink.
        """
        size = np.maximum(np.abs(analytic), np.abs(numerical))
        allowed = max(RELATIVE, 100 * self.eps) * size + doubt + DOUBTS * rounding + between
        allowed = allowed + max(ABSOLUTE, self.eps) * self.largest + self.tiny  # below: digits lost to underflow
        difference = np.abs(analytic - numerical)
        notable = np.maximum(size, 1e-3 * self.largest)
        undecided = (difference > 0) & (~(doubt <= notable) | ((difference <= allowed) & (doubt > DECISIVE * notable)))
        # A slope computed from numbers near 1, like sigmoid(-8) as (1 + tanh(-4)) / 2, has lost digits on its way that
        # its own size does not show.
        lost = 4 * self.eps * float(np.linalg.norm(self.upstream))
        undecided = undecided | ((allowed < difference) & (difference <= lost)) | ((difference > 0) & coarse)
        with np.errstate(invalid="ignore", divide="ignore"):
            excess = np.where(undecided | (difference == 0), 0.0, difference / allowed)
        return excess, undecided, allowed

    def is_elementwise(self, rng: np.random.Generator) -> bool:
        """Whether each entry of the output depends on its own entry alone: moving a half leaves the other as it was."""
        if self.output.shape != self.point.shape:
            return False
        here = np.asarray(self.moved(self.point.copy()), dtype=np.float64)
        for _ in range(6):
            half = rng.random(self.point.shape) < 0.5
            there = _or_nan(self.moved, self.point + half * 0.3 * self._steps(), here)
            if not np.array_equal(there[~half], here[~half], equal_nan=True):
                return False
        return True

    def _steps(self) -> Array:
        """A natural step for every entry."""
        steps = np.maximum(np.abs(self.point), 0.1 * _root_mean_square(self.point))
        return np.where(steps > 1e-200, steps, 1.0)

    def sweep_at_once(self, report: _Report) -> None:
        """Every entry of an elementwise function, each against its own derivative, for the price of one."""
        steps = self._steps()
        found = directional_derivative(self.moved, self.point, steps, 1.0, self.grain)
        shape, upstream = self.point.shape, np.abs(self.upstream).reshape(self.point.shape)
        signed = self.upstream.reshape(shape)
        numerical = signed * found.estimate.reshape(shape) / steps
        between = upstream * found.half_jump.reshape(shape) / steps
        doubt = DOUBTS * upstream * found.error.reshape(shape) / steps
        rounding = self.eps * (np.abs(numerical) + upstream * min(self.size, 1.0) * (numerical != 0))
        coarse = np.asarray((self.eps > 1e-4) | (found.coarse & (found.error != 0))).reshape(shape)
        excess, undecided, _ = self._weigh(self.gradient, numerical, between, doubt, rounding, coarse)
        order = np.argsort(-excess, axis=None)
        for place in order[:20]:  # moved on its own once more, before anything is said about it
            alone = self.at(place)
            if alone.excess > 1 or place == order[0]:
                report.add(replace(alone, entries=0))
            if alone.excess > 1 or excess.flat[place] <= 1:
                break
        report.checked += self.point.size
        report.inconclusive += int(np.count_nonzero(undecided))
        report.coarse |= bool(np.any(coarse))

    def sweep_in_parts(self, report: _Report, rng: np.random.Generator) -> None:
        """Random directions: three along all entries, then along parts, halved until each part can be judged."""
        # No entry is moved so little that its error would not show.
        everywhere = _random_upstream(rng, (3, *self.point.shape), np.float64)
        scale = _scale(_root_mean_square(self.point))
        whole = [self.compare(direction, scale) for direction in everywhere]
        for direction, found in zip(everywhere, whole, strict=True):
            if found.excess > 1:
                return report.add(self.search(direction, scale, found))
        if not any(found.kink or found.undecided or not found.sharp for found in whole):
            closest = max(whole, key=lambda found: found.excess)
            return report.add(replace(closest, where=f"input {self.position} as a whole"))
        # Entries of one size in one part: small ones would be drowned by large ones.
        parts, looks = [(np.argsort(np.abs(self.gradient), axis=None), 0)], 0
        while parts:
            entries, depth = parts.pop()
            if looks == LOOKS:
                report.add(_Found(0.0, 0.0, True, "", entries=len(entries)))
                continue
            looks += 1
            direction = np.zeros(self.point.shape)
            direction.flat[entries] = everywhere[0].flat[entries]
            if len(entries) == 1:
                found = self.at(entries[0])
            else:
                found = self.compare(direction, _scale(_root_mean_square(self.point.flat[entries])))
            if found.excess > 1 and len(entries) > 1:
                return report.add(self.search(direction, scale, found))
            vague = found.undecided or not found.sharp
            # Noise that drowns a part drowns its halves, as a rule: then a few levels are enough.
            if len(entries) > 1 and (found.kink or (vague and depth < (4 if found.undecided else 12))):
                parts += [(half, depth + 1) for half in np.array_split(entries, 2)]
                continue
            where = found.where or f"input {self.position} in part"
            report.add(replace(found, undecided=vague and found.excess <= 1, entries=len(entries), where=where))
        return None

    def search(self, direction: Array, scale: float, found: _Found) -> _Found:
        """Where the difference comes from, by halving the direction: of two halves, the one that differs more."""
        entries, difference = np.flatnonzero(direction), found.difference
        while len(entries) > 1:
            first, second = np.array_split(entries, 2)
            part = np.zeros(direction.shape)
            part.flat[first] = direction.flat[first]
            in_first = self.compare(part, scale).difference
            in_second = difference - in_first
            entries, difference = (second, in_second) if abs(in_second) > abs(in_first) else (first, in_first)
        alone = self.at(entries[0])
        if alone.excess > 1:
            return alone
        return replace(found, where=f"input {self.position} along a random direction")


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
        own = np.float16 if np.size(g) and _held_in(np.float16, np.asarray(g, float)) else np.float32
        slack = (
            max(1e-3, 8 * float(np.finfo(own).eps)) * size
            + 1e3 * float(limit.eps) * float(np.max(np.abs(output), initial=0.0))
            + float(limit.tiny)
        )
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
