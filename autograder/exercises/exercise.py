"""What an exercise is: one description that serves the instant check, the grading run, the hints and their tests.

An `Exercise` says what to call (`probes`), what is right (`reference`), how points are split (`criteria`), and which
wrong answers are known (`mistakes`). Probes are lists of `Step`s, so functions and classes are described alike; what is
right for a probe is what the reference gives when it performs the same steps, unless the probe brings a `verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograder.calls import Kept, Outcome, Step

Generator = np.random.Generator
Verify = Callable[[Sequence[Outcome]], "str | None"]


@dataclass(frozen=True)
class Probe:
    """Steps to perform, and how to tell whether the outcomes are right.

    `criterion` is the key of the criterion it counts for. `verify(outcomes)` returns None when all is well, else what
    is wrong in words; without it the outcomes are compared with the reference's, entry by entry. `between(outcomes)`,
    for values that may lie anywhere in an interval (a kink), gives the lower and the upper bound instead. `scale` is
    the size below which differences are round-off; None takes it from the reference's values and the first argument.
    """

    steps: tuple[Step, ...]
    criterion: str = "values"
    label: str = ""
    verify: Verify | None = None
    between: tuple[Any, Any] | None = None
    scale: float | None = None


@dataclass(frozen=True)
class Criterion:
    """A part of the points: `weight` of the whole. It is earned only when the criteria in `needs` are."""

    key: str
    title: str
    weight: float
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mistake:
    """A wrong answer students are known to give.

    `wrong` is written with the exercise's own signature (or is a class, or a mapping of names to functions). Outputs
    equal to its outputs identify it. `symptom(outcomes of all probes)` recognises what values alone cannot. `hint` says
    what to look at, never the answer. `generic` marks the slips any function can have (`slips`): for one exercise or
    another they may coincide with the right answer, or with a mistake of its own, which then gives the name.
    """

    name: str
    hint: str
    wrong: Any
    symptom: Callable[[Sequence[Sequence[Outcome]]], bool] | None = None
    generic: bool = False


STANDARD = (
    Criterion("values", "right values", 0.6),
    Criterion("edges", "right in the corners: extremes, kinks, single rows, float32", 0.2, ("values",)),
    Criterion("contract", "a good guest: leaves its inputs alone and keeps no memory", 0.2, ("values",)),
)


@dataclass(frozen=True)
class Exercise:
    """One graded function or class.

    `functions` lists what the probes may call of the student's, the graded one first. `reference` is the right answer,
    or a mapping of names to right answers. `outputs` names the parts of what is returned, in order, for messages.
    `forward` is the matching forward exercise's name: a backward that is wrong by the reference, but right for the
    student's own forward, then keeps half of its values. `right` are differently written right answers, and with the
    mistakes the exercise's own test. Points are those of the notebook cell.
    """

    name: str
    assignment: str
    points: float
    signature: str
    reference: Any
    probes: Callable[[Generator], list[Probe]]
    mistakes: tuple[Mistake, ...]
    right: tuple[Any, ...]
    outputs: tuple[str, ...] = ()
    criteria: tuple[Criterion, ...] = STANDARD
    forward: str | None = None
    forward_reference: Callable[..., Any] | None = None
    bonus: bool = False
    functions: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if not self.functions:
            object.__setattr__(self, "functions", (self.name,))
        total = sum(criterion.weight for criterion in self.criteria)
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"exercise {self.name}: the weights of its criteria add up to {total}, not 1")

    def code(self, answer: Any) -> Mapping[str, Any]:
        """An answer (function, class or mapping) as the names a notebook would define."""
        return answer if isinstance(answer, Mapping) else {self.name: answer}

    @property
    def arguments(self) -> list[str]:
        """The names of the parameters, from the signature."""
        return [part.strip() for part in self.signature.strip("()").split(",") if part.strip()]


def call(
    name: str,
    *args: Any,
    criterion: str = "values",
    label: str = "",
    between: Any = None,
    scale: float | None = None,
) -> Probe:
    """A probe that calls one function once."""
    return Probe((Step(name, args),), criterion, label, between=between, scale=scale)


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


def read_only(array: Any) -> Any:
    """A copy that refuses to be written into."""
    array = np.array(array)
    array.flags.writeable = False
    return array


def elementwise_probes(
    name: str,
    *,
    extra: Callable[[Generator], tuple[Any, ...]] = lambda rng: (),
    kinks: Sequence[float] = (),
    extremes: Sequence[float] = (50.0, -50.0, 1000.0, -1000.0),
    backward: bool = True,
    numbers: bool = True,
    integers: bool = False,
) -> Callable[[Generator], list[Probe]]:
    """Probes for a function of one array, entry by entry: `name(x, ...)`, or `name(upstream, x, ...)` for a backward.

    Both signs, several scales, shapes (3, 4), (5,), (1, 1), one number, a view, a read-only array, float32, extremes.
    """

    def probes(rng: Generator) -> list[Probe]:
        def one(shape: tuple[int, ...], criterion: str = "values", scale: float = 2.0, make: Any = None) -> Probe:
            x = away_from(rng, shape, kinks, scale)
            x = make(x) if make else x
            g = upstream_like(rng, shape, getattr(x, "dtype", np.float64))
            return call(name, *((g,) if backward else ()), x, *extra(rng), criterion=criterion)

        found = [one((3, 4)), one((5,)), one((2, 3), scale=0.05), one((4, 2), scale=6.0)]
        found += [one((1, 1), "edges"), one((2, 3, 2), "edges"), one((3, 4), "edges", make=read_only)]
        found += [one((3, 4), "edges", make=lambda x: x.astype(np.float32))]
        found += [one((4, 3), "edges", make=np.asfortranarray), one((2, 2), "edges", scale=1e-3)]
        if numbers:
            found += [one((), "edges"), one((), "edges")]
        if integers:
            x = rng.integers(1, 4, (3, 2)) * rng.choice([-1, 1], (3, 2))
            g = upstream_like(rng, (3, 2))
            found.append(call(name, *((g,) if backward else ()), x, *extra(rng), criterion="edges"))
        if len(extremes):
            x = np.array(extremes, dtype=float)
            g = upstream_like(rng, x.shape)
            found.append(
                call(
                    name,
                    *((g,) if backward else ()),
                    x,
                    *extra(rng),
                    criterion="edges",
                    label="extreme inputs",
                )
            )
        return found

    return probes


def slips(reference: Any, *, backward: bool, outputs: int = 1) -> tuple[Mistake, ...]:
    """Generic slips any function can have, made from its reference; tried after the exercise's own catalogue."""

    def each(change: Callable[..., Any]) -> Callable[..., Any]:
        def wrong(*args: Any) -> Any:
            right = reference(*args)
            if outputs == 1:
                return change(right, args)
            return tuple(change(part, args) for part in right)

        return wrong

    def batch(args: tuple[Any, ...]) -> int:
        return next((len(a) for a in args if isinstance(a, np.ndarray) and a.ndim), 1)

    def transposed(right: Any, args: tuple[Any, ...]) -> Any:
        return np.asarray(right).T if np.ndim(right) == 2 else right

    found = [
        Mistake(
            "sign",
            "The size is right. Which way does the output move when the input grows?",
            each(lambda r, a: -r),
        ),
        Mistake(
            "factor 2",
            "Right up to a factor 2: a square, a half, or a two-sided difference?",
            each(lambda r, a: 2.0 * r),
        ),
        Mistake(
            "factor 1/2",
            "Right up to a factor 1/2: a square, a half, or a mean of two?",
            each(lambda r, a: 0.5 * r),
        ),
        Mistake(
            "mean instead of sum over the batch",
            "Where was the 1/B already applied? The docstring says who divides.",
            each(lambda r, a: r / batch(a)),
        ),
        Mistake(
            "sum instead of mean over the batch",
            "Repeat every example twice. Should the result change? The docstring says over what is averaged.",
            each(lambda r, a: r * batch(a)),
        ),
        Mistake("transposed", "Each gradient has the shape of the thing it is the gradient of.", each(transposed)),
        Mistake(
            "keeps an axis of length 1",
            "Compare the shapes: there is one axis too many.",
            each(lambda r, a: np.asarray(r)[None]),
        ),
        Mistake("returns nothing", "Does your function end with return?", lambda *args: None),
    ]
    if backward:

        def ones(*args: Any) -> Any:
            return reference(np.ones_like(args[0]) if np.ndim(args[0]) else 1.0, *args[1:])

        found.insert(0, Mistake("upstream forgotten", "What multiplies the local gradient on its way back?", ones))

        def added(*args: Any) -> Any:
            right = ones(*args)
            return args[0] + right if outputs == 1 else tuple(args[0] + part for part in right)

        found.append(Mistake("upstream added", "Along one path, do effects add or multiply?", added))
        found.append(
            Mistake(
                "upstream returned unchanged",
                "What is the slope of this gate at its input?",
                lambda *args: args[0] if outputs == 1 else (args[0],) * outputs,
            )
        )
    if outputs > 1:
        found.append(
            Mistake(
                "outputs in another order",
                "Compare the order of what you return with the docstring.",
                lambda *args: tuple(reversed(reference(*args))),
            )
        )
    return tuple(replace(mistake, generic=True) for mistake in found)


__all__ = [
    "STANDARD",
    "Criterion",
    "Exercise",
    "Kept",
    "Mistake",
    "Outcome",
    "Probe",
    "Step",
    "away_from",
    "call",
    "elementwise_probes",
    "read_only",
    "slips",
    "upstream_like",
]
