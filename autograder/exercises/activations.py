"""Assignment 05: the activation functions and their slopes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercises.exercise import (
    Exercise,
    Generator,
    Mistake,
    Probe,
    away_from,
    call,
    elementwise_probes,
    read_only,
    slips,
    upstream_like,
)

ASSIGNMENT = "05_activations"
UPSTREAM = "What multiplies the local gradient on its way back?"
HEIGHT = "Is that the height of the curve, or its slope?"


def _sigmoid(x: Any) -> Any:
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x, dtype=float)))


def _each(function: Any) -> Any:
    """A backward that goes through the entries one by one: the loop many students write."""

    def loop(upstream: Any, x: Any, *rest: Any) -> Any:
        pairs = zip(np.ravel(upstream), np.ravel(x), strict=True)
        return np.array([function(g, v, *rest) for g, v in pairs]).reshape(np.shape(x))

    return loop


def _elementwise(
    name: str, reference: Any, mistakes: list[Mistake], right: list[Any], points: float = 1, **probes: Any
) -> Exercise:
    """A backward or forward function of one array, entry by entry."""
    backward = probes.get("backward", True)
    extra = {"leaky_relu_backward": ", slope", "elu_backward": ", alpha"}.get(name, "")
    return Exercise(
        name=name,
        assignment=ASSIGNMENT,
        points=points,
        signature=f"(upstream, x{extra})" if backward else "(x)",
        reference=reference,
        probes=probes.pop("probes", None) or elementwise_probes(name, **probes),
        mistakes=(*mistakes, *slips(reference, backward=backward)),
        right=tuple(right),
        forward=probes.get("forward"),
    )


def _at_kinks(name: str, low: Any, high: Any, kinks: list[float], *extra: Any) -> Any:
    """Probes at the kinks themselves: any slope between the two sides' slopes is right there."""

    def probe(rng: Generator) -> Probe:
        x = np.array(kinks)
        g = upstream_like(rng, x.shape)
        bounds = np.sort(np.stack([g * low, g * high]), axis=0)
        return call(name, g, x, *extra, criterion="edges", between=(bounds[0], bounds[1]), label="at the kink")

    return probe


def _with(*more: Any, base: Any) -> Any:
    """The usual probes and some of the exercise's own."""
    return lambda rng: [*base(rng), *(probe(rng) for probe in more)]


# --- tanh ----------------------------------------------------------------------------------------------------------


TANH = _elementwise(
    "tanh_backward",
    lambda upstream, x: upstream * (1.0 - np.tanh(x) ** 2),
    [
        Mistake(
            "square of the input",
            "The slope of tanh is written with the gate's output. Which of the two did you square?",
            lambda upstream, x: upstream * (1 - np.asarray(x) ** 2),
        ),
        Mistake(
            "square forgotten",
            "Is the slope of tanh the same at +2 and at -2? Does yours say so?",
            lambda upstream, x: upstream * (1 - np.tanh(x)),
        ),
        Mistake("upstream forgotten", UPSTREAM, lambda upstream, x: 1 - np.tanh(x) ** 2),
        Mistake(
            "slope taken at the output",
            "At which value is the slope taken? You apply tanh to something that already went through it.",
            lambda upstream, x: upstream * (1 - np.tanh(np.tanh(x)) ** 2),
        ),
        Mistake("sign", "tanh rises everywhere. What sign has its slope?", lambda g, x: g * (np.tanh(x) ** 2 - 1)),
        Mistake("value instead of slope", HEIGHT, lambda upstream, x: upstream * np.tanh(x)),
        Mistake(
            "slope of the sigmoid",
            "That is the slope of another squashing function. At 0 the slope of tanh is 1.",
            lambda upstream, x: upstream * _sigmoid(x) * (1 - _sigmoid(x)),
        ),
        Mistake(
            "sigmoid's formula with tanh in it",
            "s (1 - s) belongs to the sigmoid. Which formula belongs to tanh?",
            lambda upstream, x: upstream * np.tanh(x) * (1 - np.tanh(x)),
        ),
    ],
    [
        lambda upstream, x: upstream * (1 - np.tanh(x)) * (1 + np.tanh(x)),
        lambda upstream, x: upstream / np.cosh(np.clip(x, -300, 300)) ** 2,
        lambda upstream, x: 4 * upstream * _sigmoid(2 * np.asarray(x)) * (1 - _sigmoid(2 * np.asarray(x))),
        _each(lambda g, v: g * (1 - np.tanh(v) ** 2)),
        lambda upstream, x: np.asarray(upstream) - np.asarray(upstream) * np.tanh(x) ** 2,
    ],
)

TANH_FROM_SIGMOID = _elementwise(
    "tanh_from_sigmoid",
    lambda x: 2.0 * _sigmoid(2.0 * np.asarray(x, dtype=float)) - 1.0,
    [
        Mistake("inner 2 lost", "Compare the slope of your curve at 0 with 1.", lambda x: 2 * _sigmoid(x) - 1),
        Mistake(
            "outer 2 lost",
            "tanh runs from -1 to 1. What is the range of yours?",
            lambda x: _sigmoid(2 * np.asarray(x)) - 1,
        ),
        Mistake("not shifted down", "tanh(0) is 0. What does yours give?", lambda x: 2 * _sigmoid(2 * np.asarray(x))),
        Mistake(
            "returns the sigmoid",
            "That is the sigmoid itself. Where does the curve have to be stretched and moved?",
            _sigmoid,
        ),
        Mistake(
            "sigmoid of 2x",
            "Half of the way: the curve is as steep as it should be. Which range has it, and which should it have?",
            lambda x: _sigmoid(2 * np.asarray(x)),
        ),
        Mistake(
            "sign",
            "For a large positive x, should the result be near 1 or near -1?",
            lambda x: 1 - 2 * _sigmoid(2 * np.asarray(x)),
        ),
    ],
    [
        np.tanh,
        lambda x: _sigmoid(2 * np.asarray(x)) - _sigmoid(-2 * np.asarray(x)),
        lambda x: 1 - 2 * _sigmoid(-2 * np.asarray(x)),
        lambda x: np.vectorize(np.tanh, otypes=[float])(x),
        lambda x: 2 / (1 + np.exp(-2 * np.asarray(x, dtype=float))) - 1,
    ],
    backward=False,
)


# --- hard tanh, softsign -------------------------------------------------------------------------------------------


HARD_TANH = _elementwise(
    "hard_tanh_backward",
    lambda upstream, x: upstream * (np.abs(x) < 1),
    [
        Mistake(
            "flat where it should rise",
            "Where is the curve flat: inside or outside the interval from -1 to 1?",
            lambda upstream, x: upstream * (np.abs(x) >= 1),
        ),
        Mistake("value instead of slope", HEIGHT, lambda upstream, x: upstream * np.clip(x, -1, 1)),
        Mistake("lower bound forgotten", "There are two flat pieces.", lambda upstream, x: upstream * (x < 1)),
        Mistake("upper bound forgotten", "There are two flat pieces.", lambda upstream, x: upstream * (x > -1)),
        Mistake("upstream forgotten", UPSTREAM, lambda upstream, x: (np.abs(x) < 1) * 1.0),
        Mistake(
            "mask from the upstream gradient",
            "Which array decides where the gate is flat: what came forward, or what comes back?",
            lambda upstream, x: upstream * (np.abs(upstream) < 1),
        ),
        Mistake(
            "clips the upstream gradient",
            "The gate limits its input on the way forward. Does it limit the gradient?",
            lambda upstream, x: np.clip(upstream, -1, 1),
        ),
        Mistake(
            "slope of the smooth tanh",
            "That is the slope of the smooth tanh. This one is made of straight pieces.",
            lambda upstream, x: upstream * (1 - np.tanh(x) ** 2),
        ),
        Mistake(
            "bounds at 0 and 1",
            "Where does the slanted piece begin?",
            lambda upstream, x: upstream * ((x > 0) & (x < 1)),
        ),
    ],
    [
        lambda upstream, x: np.where(np.abs(x) < 1, upstream, 0.0),
        lambda upstream, x: np.where(np.abs(x) <= 1, upstream, 0.0),
        lambda upstream, x: upstream * (np.clip(x, -1, 1) == x),
        _each(lambda g, v: g if -1 < v < 1 else 0.0),
        lambda upstream, x: upstream * np.heaviside(1 - np.abs(x), 0.5),
    ],
    probes=_with(
        _at_kinks("hard_tanh_backward", 0.0, 1.0, [-1.0, 1.0, 1.0]),
        base=elementwise_probes("hard_tanh_backward", kinks=(-1.0, 1.0)),
    ),
)

SOFTSIGN = _elementwise(
    "softsign_backward",
    lambda upstream, x: upstream / (1.0 + np.abs(x)) ** 2,
    [
        Mistake(
            "power 1 instead of 2",
            "Check the slope at x = 3 with a finite difference. Is a power missing?",
            lambda upstream, x: upstream / (1 + np.abs(x)),
        ),
        Mistake(
            "1 + x^2 in the denominator",
            "Evaluate your denominator at x = 1. The curve's is larger.",
            lambda upstream, x: upstream / (1 + np.asarray(x) ** 2),
        ),
        Mistake(
            "sign of the input kept",
            "softsign rises everywhere. Can its slope be negative?",
            lambda upstream, x: upstream * np.sign(x) / (1 + np.abs(x)) ** 2,
        ),
        Mistake("upstream forgotten", UPSTREAM, lambda upstream, x: 1 / (1 + np.abs(x)) ** 2),
        Mistake("value instead of slope", HEIGHT, lambda upstream, x: upstream * x / (1 + np.abs(x))),
        Mistake(
            "absolute value forgotten",
            "What happens to your formula at x = -1?",
            lambda upstream, x: upstream / (1 + np.asarray(x)) ** 2,
        ),
        Mistake(
            "power in the numerator",
            "Far from 0 the curve is almost flat. Is yours?",
            lambda upstream, x: upstream * (1 + np.abs(x)) ** 2,
        ),
        Mistake(
            "product rule stopped half-way",
            "A quotient has two parts that change with x. Which one did you hold still?",
            lambda upstream, x: upstream * (1 / (1 + np.abs(x)) - np.asarray(x) / (1 + np.abs(x)) ** 2),
        ),
    ],
    [
        lambda upstream, x: upstream * (1 + np.abs(x)) ** -2.0,
        lambda upstream, x: upstream * (1 - np.abs(x / (1 + np.abs(x)))) ** 2,
        lambda upstream, x: upstream / (1 + 2 * np.abs(x) + np.asarray(x) ** 2),
        _each(lambda g, v: g / (1 + abs(v)) ** 2),
        lambda upstream, x: np.divide(upstream, np.square(1 + np.maximum(x, -np.asarray(x)))),
    ],
)


# --- the rectifier and its family ----------------------------------------------------------------------------------


def _clear_below_zero(x: Any) -> Any:
    if isinstance(x, np.ndarray) and x.flags.writeable:
        x[x < 0] = 0
        return x
    return np.maximum(x, 0)


RELU_FORWARD = _elementwise(
    "relu_forward",
    lambda x: np.maximum(x, 0.0),
    [
        Mistake("absolute value", "What should come out for -3?", np.abs),
        Mistake("minimum instead of maximum", "What should come out for 3?", lambda x: np.minimum(x, 0)),
        Mistake(
            "maximum over the whole array",
            "Compare the shapes of input and output.",
            lambda x: np.max([np.max(x), 0.0]),
        ),
        Mistake("leaks", "What should come out for -3, exactly?", lambda x: np.where(np.asarray(x) > 0, x, 0.01 * x)),
        Mistake(
            "step",
            "That is where the gate is open. What comes out of it there?",
            lambda x: (np.asarray(x) > 0) * 1.0,
        ),
        Mistake("clipped at 1", "What should come out for 7?", lambda x: np.clip(x, 0, 1)),
        Mistake("writes into its input", "Does the caller still have its negative numbers?", _clear_below_zero),
        Mistake("sign", "What should come out for 3?", lambda x: -np.maximum(x, 0.0)),
    ],
    [
        lambda x: np.where(np.asarray(x) > 0, x, 0.0),
        lambda x: x * (np.asarray(x) > 0),
        lambda x: (x + np.abs(x)) / 2,
        lambda x: np.clip(x, 0, None),
        lambda x: np.array([max(0.0, v) for v in np.ravel(x)]).reshape(np.shape(x)),
    ],
    backward=False,
    integers=True,
)


def _close_the_gate(upstream: Any, x: Any) -> Any:
    if isinstance(upstream, np.ndarray) and upstream.flags.writeable:
        upstream[np.asarray(x) <= 0] = 0
        return upstream
    return upstream * (np.asarray(x) > 0)


RELU = _elementwise(
    "relu_backward",
    lambda upstream, x: upstream * (np.asarray(x) > 0),
    [
        Mistake(
            "mask from the upstream gradient",
            "Which array decides where the gate is open: what came in on the way forward, or on the way back?",
            lambda upstream, x: upstream * (np.asarray(upstream) > 0),
        ),
        Mistake(
            "only where both are positive",
            "A gradient may be negative. Which array alone decides where the gate is open?",
            lambda upstream, x: np.maximum(upstream, 0) * (np.asarray(x) > 0),
        ),
        Mistake("upstream forgotten", "What did the layer above send back?", lambda g, x: (np.asarray(x) > 0) * 1.0),
        Mistake(
            "value instead of slope",
            "Where x is positive the output is x. What is the slope of x?",
            lambda upstream, x: upstream * np.maximum(x, 0),
        ),
        Mistake(
            "mask inverted", "Which units passed a signal forward?", lambda upstream, x: upstream * (np.asarray(x) < 0)
        ),
        Mistake("passes everything", "What is the slope where the output stays 0?", lambda upstream, x: upstream * 1.0),
        Mistake(
            "writes into the upstream gradient",
            "Print the upstream gradient after your call: whose array did you write into?",
            _close_the_gate,
        ),
        Mistake("slope -1 on the left", "Can the slope of ReLU be negative?", lambda g, x: g * np.sign(x)),
        Mistake(
            "one decision for all",
            "The gate may be open for one entry and shut for its neighbour.",
            lambda g, x: g * 1.0 if np.all(np.asarray(x) > 0) else np.zeros_like(np.asarray(g, dtype=float)),
        ),
        Mistake(
            "returns x where open", "What is passed back: the input, or the gradient?", lambda g, x: np.maximum(x, 0)
        ),
        Mistake(
            "one entry's sign for its row",
            "The gate may be open for one entry and shut for its neighbour.",
            lambda g, x: (
                g
                * (np.sum(np.atleast_1d(x), axis=-1, keepdims=True) > 0).reshape(
                    (*np.shape(x)[:-1], 1) if np.ndim(x) else ()
                )
            ),
        ),
    ],
    [
        lambda upstream, x: np.where(np.asarray(x) > 0, upstream, 0.0),
        lambda upstream, x: np.where(np.asarray(x) >= 0, upstream, 0.0),
        lambda upstream, x: upstream * np.heaviside(x, 0.5),
        lambda upstream, x: upstream * (np.maximum(x, 0) > 0),
        _each(lambda g, v: g if v > 0 else 0.0),
        lambda upstream, x: upstream * (np.sign(x) + 1) / 2,
    ],
    probes=_with(
        _at_kinks("relu_backward", 0.0, 1.0, [0.0, 0.0, -0.0]),
        base=elementwise_probes("relu_backward", kinks=(0.0,), integers=True),
    ),
)


def _rate(low: float, high: float) -> Any:
    return lambda rng: (float(rng.uniform(low, high)),)


def _fixed(name: str, value: float) -> Any:
    """A probe with a value of the extra argument that is unusual but allowed."""

    def probe(rng: Generator) -> Probe:
        x = away_from(rng, (3, 4))
        return call(name, upstream_like(rng, (3, 4)), x, value, criterion="edges")

    return probe


LEAKY = _elementwise(
    "leaky_relu_backward",
    lambda upstream, x, slope: upstream * np.where(np.asarray(x) > 0, 1.0, slope),
    [
        Mistake(
            "nothing on the negative side",
            "This gate leaks. What comes through on the left?",
            lambda upstream, x, slope: upstream * (np.asarray(x) > 0),
        ),
        Mistake(
            "slope hard-coded",
            "Which of your arguments never appears in your formula?",
            lambda upstream, x, slope: upstream * np.where(np.asarray(x) > 0, 1.0, 0.01),
        ),
        Mistake(
            "value instead of slope",
            "Is that the height of the line on the left, or its slope?",
            lambda upstream, x, slope: upstream * np.where(np.asarray(x) > 0, 1.0, slope * np.asarray(x)),
        ),
        Mistake(
            "sign on the left",
            "Does the function rise or fall to the left of 0?",
            lambda upstream, x, slope: upstream * np.where(np.asarray(x) > 0, 1.0, -slope),
        ),
        Mistake(
            "slope on the positive side",
            "On which side does the gate leak?",
            lambda upstream, x, slope: upstream * np.where(np.asarray(x) > 0, slope, 1.0),
        ),
        Mistake(
            "slope added on the right too",
            "To the right of 0, how much does the output move when x moves by 1?",
            lambda upstream, x, slope: upstream * ((np.asarray(x) > 0) + slope),
        ),
        Mistake(
            "upstream forgotten",
            "What did the layer above send back?",
            lambda upstream, x, slope: np.where(np.asarray(x) > 0, 1.0, slope),
        ),
        Mistake(
            "right only for slopes below 1",
            "Try slope = 1.5 by hand at x = -2 and x = 3.",
            lambda upstream, x, slope: upstream * np.where(slope * np.asarray(x) > x, slope, 1.0),
        ),
        Mistake(
            "mask from the upstream gradient",
            "Which array decides on which side of the kink we are?",
            lambda upstream, x, slope: upstream * np.where(np.asarray(upstream) > 0, 1.0, slope),
        ),
        Mistake(
            "upstream forgotten on the left",
            "Multiply both pieces by what comes back.",
            lambda upstream, x, slope: np.where(np.asarray(x) > 0, upstream, slope),
        ),
    ],
    [
        lambda upstream, x, slope: np.where(np.asarray(x) > 0, upstream, slope * np.asarray(upstream)),
        lambda upstream, x, slope: np.where(np.asarray(x) >= 0, upstream, slope * np.asarray(upstream)),
        lambda upstream, x, slope: upstream * ((np.asarray(x) > 0) + slope * (np.asarray(x) <= 0)),
        _each(lambda g, v, slope: g * (1.0 if v > 0 else slope)),
        lambda upstream, x, slope: upstream * (slope + (1 - slope) * np.heaviside(x, 0.0)),
    ],
    probes=_with(
        _fixed("leaky_relu_backward", 1.5),
        _fixed("leaky_relu_backward", 0.0),
        base=elementwise_probes("leaky_relu_backward", extra=_rate(0.05, 0.6), kinks=(0.0,)),
    ),
)


def elu_backward(upstream: Any, x: Any, alpha: float) -> Any:
    return upstream * np.where(np.asarray(x) > 0, 1.0, alpha * np.exp(np.minimum(x, 0.0)))


def _left(piece: Any) -> Any:
    """An ELU backward with another piece on the left of 0."""

    def wrong(upstream: Any, x: Any, alpha: float) -> Any:
        return upstream * np.where(np.asarray(x) > 0, 1.0, piece(np.minimum(x, 0.0), alpha))

    return wrong


ELU = _elementwise(
    "elu_backward",
    elu_backward,
    [
        Mistake("alpha forgotten", "Try alpha = 0.5.", _left(lambda x, alpha: np.exp(x))),
        Mistake(
            "value instead of slope",
            "Is that the height of the curve on the left, or its slope?",
            _left(lambda x, alpha: alpha * (np.exp(x) - 1)),
        ),
        Mistake(
            "upstream forgotten",
            "What did the layer above send back?",
            lambda g, x, alpha: np.where(np.asarray(x) > 0, 1.0, alpha * np.exp(np.minimum(x, 0))),
        ),
        Mistake(
            "upstream forgotten on the left",
            "Multiply both pieces by what comes back.",
            lambda g, x, alpha: np.where(np.asarray(x) > 0, g, alpha * np.exp(np.minimum(x, 0))),
        ),
        Mistake(
            "nothing on the negative side",
            "ELU is not flat just left of 0.",
            lambda g, x, alpha: g * (np.asarray(x) > 0),
        ),
        Mistake(
            "exponential on both sides",
            "On the right of 0 the curve is a straight line.",
            lambda g, x, alpha: g * alpha * np.exp(x),
        ),
        Mistake(
            "sign on the left",
            "Does the function rise or fall to the left of 0?",
            _left(lambda x, alpha: -alpha * np.exp(x)),
        ),
        Mistake(
            "leaky ReLU's slope",
            "Is the left piece a straight line?",
            _left(lambda x, alpha: alpha * np.ones_like(np.asarray(x, dtype=float))),
        ),
        Mistake(
            "0 times infinity",
            "A product of 0 and infinity is not a number. For which entries do you need the exponential at all?",
            lambda g, x, alpha: g * ((np.asarray(x) > 0) + (np.asarray(x) <= 0) * alpha * np.exp(x)),
        ),
    ],
    [
        lambda g, x, alpha: np.where(np.asarray(x) > 0, g, g * alpha * np.exp(np.minimum(x, 0))),
        lambda g, x, alpha: g * np.where(np.asarray(x) > 0, 1.0, alpha * np.exp(x)),
        lambda g, x, alpha: g * np.where(np.asarray(x) > 0, 1.0, alpha * np.expm1(np.minimum(x, 0)) + alpha),
        _each(lambda g, v, alpha: g * (1.0 if v > 0 else alpha * np.exp(v))),
        lambda g, x, alpha: g * ((np.asarray(x) > 0) + (np.asarray(x) <= 0) * alpha * np.exp(np.minimum(x, 0))),
    ],
    probes=_with(
        _fixed("elu_backward", 1.0),
        base=elementwise_probes("elu_backward", extra=_rate(0.3, 0.8), kinks=(0.0,)),
    ),
)


def prelu_backward(upstream: Any, x: Any, alpha: float) -> tuple[Any, Any]:
    dx = upstream * np.where(np.asarray(x) > 0, 1.0, alpha)
    return dx, np.sum(upstream * np.minimum(x, 0.0))


def _prelu_probes(rng: Generator) -> list[Probe]:
    name = "prelu_backward"

    def one(shape: tuple[int, ...], criterion: str = "values", alpha: float | None = None, make: Any = None) -> Probe:
        x = away_from(rng, shape)
        x = make(x) if make else x
        g = upstream_like(rng, shape, getattr(x, "dtype", np.float64))
        return call(name, g, x, float(rng.uniform(0.1, 0.6)) if alpha is None else alpha, criterion=criterion)

    found = [one((3, 4)), one((5,)), one((4, 2)), one((2, 3))]
    found += [one((1, 1), "edges"), one((2, 3, 2), "edges"), one((3, 4), "edges", 1.5), one((3, 4), "edges", 0.0)]
    found += [one((3, 4), "edges", make=read_only), one((3, 4), "edges", make=lambda x: x.astype(np.float32))]
    found += [one((4, 3), "edges", make=lambda x: np.abs(x)), one((4, 3), "edges", make=np.asfortranarray)]
    return found


def _slope_gradient(change: Any) -> Any:
    """A PReLU backward whose gradient for alpha is another."""

    def wrong(upstream: Any, x: Any, alpha: float) -> Any:
        return prelu_backward(upstream, x, alpha)[0], change(np.asarray(upstream), np.asarray(x), alpha)

    return wrong


def _input_gradient(change: Any) -> Any:
    """A PReLU backward whose gradient for x is another."""

    def wrong(upstream: Any, x: Any, alpha: float) -> Any:
        return change(np.asarray(upstream), np.asarray(x), alpha), prelu_backward(upstream, x, alpha)[1]

    return wrong


PRELU = Exercise(
    name="prelu_backward",
    assignment=ASSIGNMENT,
    points=2,
    signature="(upstream, x, alpha)",
    outputs=("dx", "dalpha"),
    reference=prelu_backward,
    probes=_prelu_probes,
    mistakes=(
        Mistake(
            "slope's gradient not summed",
            "One alpha serves every entry. How many contributions does it get?",
            _slope_gradient(lambda g, x, alpha: g * np.minimum(x, 0)),
        ),
        Mistake(
            "slope's gradient summed over the batch only",
            "alpha is one number. What shape must its gradient have?",
            _slope_gradient(lambda g, x, alpha: np.sum(g * np.minimum(x, 0), axis=0)),
        ),
        Mistake(
            "slope's gradient without the upstream gradient",
            "What did each entry send back?",
            _slope_gradient(lambda g, x, alpha: np.sum(np.minimum(x, 0))),
        ),
        Mistake(
            "slope's gradient averaged",
            "A shared parameter: do its contributions add, or average?",
            _slope_gradient(lambda g, x, alpha: np.mean(g * np.minimum(x, 0))),
        ),
        Mistake(
            "slope's gradient counts positive entries too",
            "Does alpha influence an entry whose x is positive?",
            _slope_gradient(lambda g, x, alpha: np.sum(g * x)),
        ),
        Mistake(
            "slope's gradient from the positive entries",
            "On which side of 0 does alpha do anything?",
            _slope_gradient(lambda g, x, alpha: np.sum(g * np.maximum(x, 0))),
        ),
        Mistake(
            "slope's gradient uses the sign of x",
            "How far does the output move when alpha moves a little? Does the size of x matter?",
            _slope_gradient(lambda g, x, alpha: np.sum(g * np.where(x > 0, 0.0, -1.0))),
        ),
        Mistake(
            "slope's gradient counts the negative entries",
            "How far does the output move when alpha moves a little? Does the size of x matter?",
            _slope_gradient(lambda g, x, alpha: np.sum(g * (x <= 0))),
        ),
        Mistake(
            "slope's gradient uses alpha",
            "Hold x fixed: on the left the output is alpha times x. What is its slope in alpha?",
            _slope_gradient(lambda g, x, alpha: np.sum(g * np.where(x > 0, 0.0, alpha))),
        ),
        Mistake(
            "alpha on both sides",
            "On the right of 0 the output is x itself.",
            _input_gradient(lambda g, x, alpha: g * alpha),
        ),
        Mistake(
            "nothing on the negative side",
            "What comes through on the left?",
            _input_gradient(lambda g, x, alpha: g * (x > 0)),
        ),
        Mistake(
            "value instead of slope",
            "Is that the height of the line on the left, or its slope?",
            _input_gradient(lambda g, x, alpha: g * np.where(x > 0, x, alpha * x)),
        ),
        *slips(prelu_backward, backward=True, outputs=2),
    ),
    right=(
        lambda g, x, alpha: (np.where(x > 0, g, alpha * g), float(np.sum(g * np.minimum(x, 0)))),
        lambda g, x, alpha: [np.where(x >= 0, g, alpha * g), np.vdot(g, np.minimum(x, 0))],
        lambda g, x, alpha: (g * ((x > 0) + alpha * (x <= 0)), np.asarray(np.sum(g[x <= 0] * x[x <= 0]))),
        lambda g, x, alpha: (
            np.where(x > 0, g, alpha * g),
            sum(u * v for u, v in zip(np.ravel(g), np.ravel(x), strict=True) if v <= 0),
        ),
        lambda g, x, alpha: (
            g - g * (x <= 0) * (1 - alpha),
            np.einsum("i,i->", np.ravel(g), np.ravel(np.where(x > 0, 0, x))),
        ),
    ),
)


# --- softplus ------------------------------------------------------------------------------------------------------


SOFTPLUS_FORWARD = _elementwise(
    "softplus_forward",
    lambda x: np.logaddexp(0.0, x),
    [
        Mistake(
            "overflow",
            "For large x the answer is nearly x. Which intermediate value overflows?",
            lambda x: np.log(1 + np.exp(x)),
        ),
        Mistake(
            "overflow",
            "For large x the answer is nearly x. Which intermediate value overflows?",
            lambda x: np.log1p(np.exp(x)),
        ),
        Mistake(
            "sign of the exponent",
            "For a large positive x, should the result be near x or near 0?",
            lambda x: np.logaddexp(0, -np.asarray(x)),
        ),
        Mistake(
            "logarithm forgotten",
            "Two links in this chain: the exponential, and what comes after it.",
            lambda x: 1 + np.exp(x),
        ),
        Mistake("1 forgotten", "At x = 0 the result is log 2.", lambda x: np.log(np.exp(x))),
        Mistake("returns x", "At x = 0 the result is log 2.", lambda x: np.asarray(x) * 1.0),
        Mistake("ReLU", "softplus is smooth: at 0 it is log 2.", lambda x: np.maximum(x, 0)),
        Mistake(
            "logarithm to base 2",
            "Which logarithm? At x = 0 the result is 0.693.",
            lambda x: np.logaddexp(0, x) / np.log(2),
        ),
        Mistake("capped", "For x = 1000 the answer is 1000.", lambda x: np.log(1 + np.exp(np.clip(x, -500, 500)))),
        Mistake("slope instead of value", "That is the slope of softplus.", _sigmoid),
    ],
    [
        lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
        lambda x: np.where(np.asarray(x) > 40, x, np.log1p(np.exp(np.minimum(x, 40.0)))),
        lambda x: np.asarray(x) - np.minimum(x, 0) + np.log1p(np.exp(-np.abs(x))),
        lambda x: np.vectorize(lambda v: max(v, 0) + np.log1p(np.exp(-abs(v))), otypes=[float])(x),
        lambda x: np.maximum(x, 0) + np.log(1 + np.exp(-np.abs(x))),
    ],
    points=2,
    backward=False,
)

SOFTPLUS = _elementwise(
    "softplus_backward",
    lambda upstream, x: upstream * _sigmoid(x),
    [
        Mistake(
            "mirrored",
            "The slope of softplus is near 1 for large x. Where is yours near 1?",
            lambda upstream, x: upstream * (1 - _sigmoid(x)),
        ),
        Mistake("upstream forgotten", UPSTREAM, lambda upstream, x: _sigmoid(x)),
        Mistake(
            "outer derivative forgotten",
            "The logarithm was there too: chain two links.",
            lambda upstream, x: upstream * np.exp(x),
        ),
        Mistake(
            "inner derivative forgotten",
            "The exponential was there too: chain two links.",
            lambda upstream, x: upstream / (1 + np.exp(x)),
        ),
        Mistake(
            "differentiated twice",
            "You have differentiated once more than asked.",
            lambda upstream, x: upstream * _sigmoid(x) * (1 - _sigmoid(x)),
        ),
        Mistake("value instead of slope", HEIGHT, lambda upstream, x: upstream * np.logaddexp(0, x)),
        Mistake(
            "infinity divided by infinity",
            "Infinity divided by infinity is not a number: rewrite the quotient.",
            lambda upstream, x: upstream * np.exp(x) / (1 + np.exp(x)),
        ),
        Mistake("slope of ReLU", "softplus is smooth; its slope at 0 is 1/2.", lambda g, x: g * (np.asarray(x) > 0)),
    ],
    [
        lambda upstream, x: upstream / (1 + np.exp(-np.asarray(x))),
        lambda upstream, x: upstream * np.exp(-np.logaddexp(0, -np.asarray(x))),
        lambda upstream, x: upstream * 0.5 * (1 + np.tanh(np.asarray(x) / 2)),
        _each(lambda g, v: g / (1 + np.exp(-v))),
        lambda upstream, x: upstream * (1 - 1 / (1 + np.exp(np.clip(x, -700, 700)))),
    ],
)


EXERCISES = (
    TANH,
    TANH_FROM_SIGMOID,
    HARD_TANH,
    SOFTSIGN,
    RELU_FORWARD,
    RELU,
    LEAKY,
    ELU,
    PRELU,
    SOFTPLUS_FORWARD,
    SOFTPLUS,
)
