"""Assignment 04: 1 / (1 + exp(-(w0 x0 + w1 x1 + w2))), gate by gate, then as one gate."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercises.exercise import (
    Criterion,
    Exercise,
    Generator,
    Mistake,
    Probe,
    away_from,
    call,
    elementwise_probes,
    read_only,
    slips,
)

ASSIGNMENT = "04_sigmoid_circuit"
UPSTREAM = "What multiplies the local gradient on its way back?"


def _sigmoid(x: Any) -> Any:
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x, dtype=float)))


def _loop(function: Any) -> Any:
    """The same function applied to one number at a time."""
    return lambda upstream, x, *rest: np.vectorize(lambda g, v: function(g, v, *rest), otypes=[float])(upstream, x)


def exp_backward(upstream: Any, x: Any) -> Any:
    return upstream * np.exp(x)


EXP = Exercise(
    name="exp_backward",
    assignment=ASSIGNMENT,
    points=1,
    signature="(upstream, x)",
    reference=exp_backward,
    probes=elementwise_probes("exp_backward", extremes=(0.0, 20.0, -30.0)),
    mistakes=(
        Mistake(
            "power rule applied to an exponential",
            "Here x is the exponent, not the base.",
            lambda upstream, x: upstream * x * np.exp(x - 1),
        ),
        Mistake("upstream forgotten", UPSTREAM, lambda upstream, x: np.exp(x)),
        Mistake(
            "logarithm instead of exponential",
            "Which function is its own slope?",
            lambda upstream, x: upstream * np.log(np.abs(x)),
        ),
        Mistake(
            "local gradient is the input",
            "How steep is the exponential at 0, and at 3?",
            lambda upstream, x: upstream * x,
        ),
        Mistake(
            "exponential of the upstream gradient",
            "At which value is the slope taken?",
            lambda upstream, x: np.exp(upstream) * x,
        ),
        Mistake(
            "sign of the exponent",
            "Does the exponential rise or fall as x grows?",
            lambda upstream, x: upstream * np.exp(-x),
        ),
        Mistake(
            "the gate applied to its own output",
            "At which value is the slope taken?",
            lambda upstream, x: upstream * np.exp(np.exp(np.minimum(x, 6.0))),
        ),
        *slips(exp_backward, backward=True),
    ),
    right=(
        lambda upstream, x: np.exp(x) * upstream,
        _loop(lambda g, v: g * np.exp(v)),
        lambda upstream, x: upstream * np.e ** np.asarray(x, dtype=float),
        lambda upstream, x: upstream / np.exp(-np.asarray(x)),
        lambda upstream, x: np.multiply(upstream, np.expm1(x) + 1),
    ),
)


def reciprocal_backward(upstream: Any, x: Any) -> Any:
    return -upstream / (x * x)


RECIPROCAL = Exercise(
    name="reciprocal_backward",
    assignment=ASSIGNMENT,
    points=1,
    signature="(upstream, x)",
    reference=reciprocal_backward,
    probes=elementwise_probes("reciprocal_backward", kinks=(0.0,), extremes=(0.25, -0.5, 40.0, -100.0)),
    mistakes=(
        Mistake("sign lost", "Does 1/x rise or fall as x grows?", lambda upstream, x: upstream / (x * x)),
        Mistake(
            "power one instead of two",
            "Write 1/x as a power of x and apply the power rule.",
            lambda upstream, x: -upstream / x,
        ),
        Mistake(
            "power in the numerator",
            "For a large x the curve is almost flat. Is yours?",
            lambda upstream, x: -upstream * x * x,
        ),
        Mistake(
            "integrates instead of differentiating",
            "Slope, not area.",
            lambda upstream, x: upstream * np.log(np.abs(x)),
        ),
        Mistake("upstream forgotten", UPSTREAM, lambda upstream, x: -1.0 / (x * x)),
        Mistake(
            "value instead of slope",
            "Is that the height of the curve, or its slope?",
            lambda upstream, x: upstream / x,
        ),
        Mistake(
            "the gate applied to its own output",
            "At which value is the slope taken: before the gate or after it?",
            lambda upstream, x: -upstream / ((1 / x) * (1 / x)) + 0.0 * x,
        ),
        Mistake("divided by the upstream gradient", UPSTREAM, lambda upstream, x: -1.0 / (x * x * upstream)),
        *slips(reciprocal_backward, backward=True),
    ),
    right=(
        lambda upstream, x: -upstream * (1.0 / x) ** 2,
        lambda upstream, x: upstream * -1.0 / x**2,
        _loop(lambda g, v: -g / v**2),
        lambda upstream, x: -(upstream / x) / x,
        lambda upstream, x: np.negative(upstream) * np.power(np.asarray(x, dtype=float), -2.0),
    ),
)


def scale_backward(upstream: Any, x: Any, a: Any) -> Any:
    return upstream * a


SCALE = Exercise(
    name="scale_backward",
    assignment=ASSIGNMENT,
    points=1,
    signature="(upstream, x, a)",
    reference=scale_backward,
    probes=elementwise_probes("scale_backward", extra=lambda rng: (float(away_from(rng, ())),)),
    mistakes=(
        Mistake(
            "divides by the factor",
            "When x moves by h, how far does a x move?",
            lambda upstream, x, a: upstream / a,
        ),
        Mistake(
            "factor forgotten",
            "Which of your arguments never appears in your formula?",
            lambda upstream, x, a: upstream * 1.0,
        ),
        Mistake("upstream forgotten", UPSTREAM, lambda upstream, x, a: a + 0.0 * np.asarray(x)),
        Mistake(
            "multiplied by the input",
            "The output is a straight line in x. Is its slope the same everywhere?",
            lambda upstream, x, a: upstream * x,
        ),
        Mistake(
            "multiplied by the output",
            "The output is a straight line in x. Is its slope the same everywhere?",
            lambda upstream, x, a: upstream * a * x,
        ),
        Mistake("factor added", "Along one path, do slopes add or multiply?", lambda upstream, x, a: upstream + a),
        Mistake(
            "a gradient for the constant too",
            "a is fixed: only x is asked for.",
            lambda upstream, x, a: (upstream * a, np.sum(upstream * x)),
        ),
        *slips(scale_backward, backward=True),
    ),
    right=(
        lambda upstream, x, a: a * upstream,
        _loop(lambda g, v, a: g * a),
        lambda upstream, x, a: np.multiply(upstream, a),
        lambda upstream, x, a: np.asarray(upstream) * np.full(np.shape(x), a),
        lambda upstream, x, a: upstream / (1.0 / a),
    ),
)


def shift_backward(upstream: Any, x: Any, c: Any) -> Any:
    return upstream * 1.0


SHIFT = Exercise(
    name="shift_backward",
    assignment=ASSIGNMENT,
    points=1,
    signature="(upstream, x, c)",
    reference=shift_backward,
    probes=elementwise_probes("shift_backward", extra=lambda rng: (float(away_from(rng, ())),)),
    mistakes=(
        Mistake(
            "constant added to the gradient",
            "Moving a curve up by c: does that change its slope?",
            lambda upstream, x, c: upstream + c,
        ),
        Mistake(
            "multiplied by the constant",
            "Moving a curve up by c: does that change its slope?",
            lambda upstream, x, c: upstream * c,
        ),
        Mistake("upstream forgotten", UPSTREAM, lambda upstream, x, c: np.ones(np.shape(x)) if np.ndim(x) else 1.0),
        Mistake(
            "zero, as for a constant",
            "c is the constant; the gradient asked for is that of x.",
            lambda upstream, x, c: upstream * 0.0,
        ),
        Mistake(
            "multiplied by the input",
            "By how much does c + x move when x moves by h?",
            lambda upstream, x, c: upstream * x,
        ),
        Mistake(
            "value instead of gradient",
            "Forward or backward: which of the two was asked for?",
            lambda upstream, x, c: x + c,
        ),
        *[
            m
            for m in slips(shift_backward, backward=True)
            if m.name not in ("upstream returned unchanged", "transposed")
        ],
    ),
    right=(
        lambda upstream, x, c: upstream,
        lambda upstream, x, c: np.array(upstream),
        _loop(lambda g, v, c: g),
        lambda upstream, x, c: upstream * np.ones_like(x),
        lambda upstream, x, c: np.add(upstream, 0.0),
    ),
)


# --- the circuit ----------------------------------------------------------------------------------------------------


def sigmoid_circuit_forward(w: Any, x: Any) -> dict[str, float]:
    a, b = w[0] * x[0], w[1] * x[1]
    c = a + b
    d = c + w[2]
    e = -d
    g = np.exp(e)
    h = 1.0 + g
    return {"a": a, "b": b, "c": c, "d": d, "e": e, "g": g, "h": h, "o": 1.0 / h}


def _wires(**changed: Any) -> Any:
    """A wrong forward: some wires computed another way, everything after them from these."""

    def wrong(w: Any, x: Any) -> dict[str, Any]:
        a = changed.get("a", lambda w, x: w[0] * x[0])(w, x)
        b = changed.get("b", lambda w, x: w[1] * x[1])(w, x)
        c = a + b
        d = changed.get("d", lambda c, w, x: c + w[2])(c, w, x)
        e = changed.get("e", lambda d: -d)(d)
        g = changed.get("g", np.exp)(e)
        h = changed.get("h", lambda g: 1.0 + g)(g)
        return {
            "a": a,
            "b": b,
            "c": c,
            "d": d,
            "e": e,
            "g": g,
            "h": h,
            "o": changed.get("o", lambda h: 1.0 / h)(h),
        }

    return wrong


def _circuit_probes(name: str) -> Any:
    def probes(rng: Generator) -> list[Probe]:
        found = [call(name, np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0]))]
        found += [call(name, away_from(rng, (3,), spread=1.0), away_from(rng, (2,), spread=1.0)) for _ in range(4)]
        found += [call(name, read_only(away_from(rng, (3,))), read_only(away_from(rng, (2,))), criterion="edges")]
        found += [call(name, away_from(rng, (6,))[::2], away_from(rng, (4,))[::2], criterion="edges")]
        return [
            *found,
            call(name, np.array([1, -2, 3]), np.array([2, 1]), criterion="edges", label="whole numbers"),
        ]

    return probes


FORWARD = Exercise(
    name="sigmoid_circuit_forward",
    assignment=ASSIGNMENT,
    points=2,
    signature="(w, x)",
    reference=sigmoid_circuit_forward,
    probes=_circuit_probes("sigmoid_circuit_forward"),
    mistakes=(
        Mistake(
            "bias multiplied by an input",
            "How many entries does x have? What does w[2] meet in the drawing?",
            _wires(d=lambda c, w, x: c + w[2] * x[1]),
        ),
        Mistake(
            "bias multiplied by an input",
            "How many entries does x have? What does w[2] meet in the drawing?",
            _wires(d=lambda c, w, x: c + w[2] * x[0]),
        ),
        Mistake("bias forgotten", "Which weight never appears in your circuit?", _wires(d=lambda c, w, x: c)),
        Mistake("sign of the exponent", "Which gate stands between d and exp?", _wires(e=lambda d: d)),
        Mistake("the 1 forgotten", "Which gate stands between exp and 1/x?", _wires(h=lambda g: g)),
        Mistake("subtracts the 1", "Which gate stands between exp and 1/x?", _wires(h=lambda g: 1.0 - g)),
        Mistake("last gate missing", "What does the last gate do to h?", _wires(o=lambda h: h)),
        Mistake(
            "weights and inputs paired wrongly",
            "Which weight meets which input?",
            _wires(a=lambda w, x: w[0] * x[1], b=lambda w, x: w[1] * x[0]),
        ),
        Mistake("power of two instead of e", "Which base does the exponential have?", _wires(g=lambda e: 2.0**e)),
        Mistake(
            "returns the output only",
            "Every wire is asked for, by its letter.",
            lambda w, x: sigmoid_circuit_forward(w, x)["o"],
        ),
        Mistake(
            "answers the worked example only",
            "Will it work for other numbers?",
            lambda w, x: sigmoid_circuit_forward([2.0, -3.0, -3.0], [-1.0, -2.0]),
        ),
        Mistake("returns nothing", "Does your function end with return?", lambda w, x: None),
    ),
    right=(
        lambda w, x: {k: float(v) for k, v in sigmoid_circuit_forward(w, x).items()},
        lambda w, x: {k: np.array(v) for k, v in sigmoid_circuit_forward(w, x).items()},
        lambda w, x: {**sigmoid_circuit_forward(w, x), "o": _sigmoid(w[0] * x[0] + w[1] * x[1] + w[2])},
        lambda w, x: {"w0": w[0], **sigmoid_circuit_forward(w, x)},
        lambda w, x: dict(reversed(list(sigmoid_circuit_forward(list(w), list(x)).items()))),
    ),
)


def sigmoid_circuit_backward(w: Any, x: Any) -> Any:
    o = _sigmoid(w[0] * x[0] + w[1] * x[1] + w[2])
    slope = (1.0 - o) * o
    return np.array([x[0], x[1], 1.0]) * slope, np.array([w[0], w[1]]) * slope


def _gradients(slope: Any = None, dw: Any = None, dx: Any = None) -> Any:
    """A wrong backward: another slope of the sigmoid, or other factors at the multiply gates."""

    def wrong(w: Any, x: Any) -> Any:
        o = _sigmoid(w[0] * x[0] + w[1] * x[1] + w[2])
        s = slope(o) if slope else (1.0 - o) * o
        gw = dw(w, x, s, o) if dw else np.array([x[0], x[1], 1.0]) * s
        gx = dx(w, x, s, o) if dx else np.array([w[0], w[1]]) * s
        return gw, gx

    return wrong


BACKWARD = Exercise(
    name="sigmoid_circuit_backward",
    assignment=ASSIGNMENT,
    points=3,
    signature="(w, x)",
    outputs=("dw", "dx"),
    reference=sigmoid_circuit_backward,
    probes=_circuit_probes("sigmoid_circuit_backward"),
    mistakes=(
        Mistake(
            "sign of the negation gate forgotten",
            "Two gates on the way flip a sign. Did you count both?",
            _gradients(lambda o: -(1.0 - o) * o),
        ),
        Mistake(
            "1 + sigma in place of 1 - sigma",
            "The slope is largest in the middle and dies out on both sides. Does yours?",
            _gradients(lambda o: (1.0 + o) * o),
        ),
        Mistake(
            "sigma squared",
            "The slope is largest in the middle and dies out on both sides. Does yours?",
            _gradients(lambda o: o * o),
        ),
        Mistake(
            "half of the slope: 1 - sigma alone",
            "Walk the four gates back once more and keep every factor.",
            _gradients(lambda o: 1.0 - o),
        ),
        Mistake(
            "half of the slope: sigma alone",
            "Walk the four gates back once more and keep every factor.",
            _gradients(lambda o: o),
        ),
        Mistake(
            "slope taken at the output",
            "At which value is the slope taken? The output has been through the sigmoid already.",
            _gradients(lambda o: (1.0 - _sigmoid(o)) * _sigmoid(o)),
        ),
        Mistake(
            "slope of the sigmoid forgotten",
            "What arrives at the last add gate from the right?",
            _gradients(lambda o: 1.0),
        ),
        Mistake(
            "weight gradients without the inputs",
            "At a multiply gate each input receives the other one.",
            _gradients(dw=lambda w, x, s, o: np.array([s, s, s])),
        ),
        Mistake(
            "input gradients without the weights",
            "At a multiply gate each input receives the other one.",
            _gradients(dx=lambda w, x, s, o: np.array([s, s])),
        ),
        Mistake(
            "bias gradient is zero",
            "The bias moves the output too: by how much?",
            _gradients(dw=lambda w, x, s, o: np.array([x[0], x[1], 0.0]) * s),
        ),
        Mistake(
            "bias multiplied by an input",
            "What does w[2] meet in the drawing?",
            _gradients(dw=lambda w, x, s, o: np.array([x[0], x[1], x[1]]) * s),
        ),
        Mistake(
            "multiply gates not switched",
            "At a multiply gate each input receives the other one.",
            _gradients(dw=lambda w, x, s, o: np.array([w[0], w[1], 1.0]) * s, dx=lambda w, x, s, o: np.asarray(x) * s),
        ),
        Mistake(
            "bias forgotten in the forward pass",
            "Which weight never appears in your sum?",
            lambda w, x: sigmoid_circuit_backward([w[0], w[1], 0.0], x),
        ),
        Mistake(
            "outputs in another order",
            "Compare the order of what you return with the docstring.",
            lambda w, x: sigmoid_circuit_backward(w, x)[::-1],
        ),
        Mistake(
            "bias gradient left out",
            "w has three entries. What shape has its gradient?",
            _gradients(dw=lambda w, x, s, o: np.asarray(x) * s),
        ),
        *slips(sigmoid_circuit_backward, backward=False, outputs=2),
    ),
    right=(
        lambda w, x: [
            np.append(np.asarray(x, dtype=float), 1.0)
            * (s := np.exp(-(z := w[0] * x[0] + w[1] * x[1] + w[2])) / (1 + np.exp(-z)) ** 2),
            np.asarray(w[:2]) * s,
        ],
        lambda w, x: (
            (np.array([d * x[0], d * x[1], d]), np.array([d * w[0], d * w[1]]))
            if (d := 0.25 / np.cosh(0.5 * (w[0] * x[0] + w[1] * x[1] + w[2])) ** 2)
            else None
        ),
        lambda w, x: tuple(np.array(part) for part in sigmoid_circuit_backward(w, x)),
        lambda w, x: (
            np.concatenate([x, [1.0]]) * (lambda o: o - o * o)(_sigmoid(np.dot(w[:2], x) + w[2])),
            w[:2] * (lambda o: o - o * o)(_sigmoid(np.dot(w[:2], x) + w[2])),
        ),
        lambda w, x: [np.asarray(part, dtype=float).copy() for part in sigmoid_circuit_backward(tuple(w), tuple(x))],
    ),
)


# --- the fused gate -------------------------------------------------------------------------------------------------


def _forward_probes(rng: Generator) -> list[Probe]:
    found = [
        Probe(p.steps, "stable" if p.label else p.criterion, p.label)
        for p in elementwise_probes("sigmoid_forward", backward=False, integers=True)(rng)
    ]
    return [
        *found,
        call("sigmoid_forward", 0.0),
        call(
            "sigmoid_forward",
            np.array([-745.0, -720.0, 710.0, 1e308]),
            criterion="stable",
            label="extreme inputs",
        ),
    ]


def _with_input_dtype(x: Any) -> Any:
    out = np.zeros_like(np.asarray(x))
    out[...] = _sigmoid(x)
    return out


SIGMOID = Exercise(
    name="sigmoid_forward",
    assignment=ASSIGNMENT,
    points=2,
    signature="(x)",
    reference=_sigmoid,
    probes=_forward_probes,
    criteria=(
        Criterion("values", "right values", 0.5),
        Criterion("edges", "numbers, single entries, float32, whole numbers", 0.1, ("values",)),
        Criterion("stable", "finite and right for any input", 0.25, ("values",)),
        Criterion("contract", "a good guest: leaves its inputs alone and keeps no memory", 0.15, ("values",)),
    ),
    mistakes=(
        Mistake(
            "sign of the exponent",
            "Evaluate it at a large positive number. Near 0 or near 1?",
            lambda x: _sigmoid(-np.asarray(x)),
        ),
        Mistake(
            "overflow",
            "What is infinity divided by infinity? Which exponential overflows for a large x?",
            lambda x: np.exp(x) / (1 + np.exp(x)),
        ),
        Mistake(
            "tanh in place of sigmoid",
            "What should come out at 0? And can the output be negative?",
            lambda x: np.tanh(x),
        ),
        Mistake("inner factor lost", "Close: compare the slope at 0 with 1/4.", lambda x: 0.5 * (1 + np.tanh(x))),
        Mistake(
            "slope in place of value",
            "Forward or backward: which of the two was asked for?",
            lambda x: _sigmoid(x) * (1 - _sigmoid(x)),
        ),
        Mistake("the 1 forgotten", "What should come out at 0?", lambda x: np.exp(np.minimum(x, 700))),
        Mistake(
            "the 1 subtracted",
            "What should come out at 0?",
            lambda x: 1 / (1 - np.exp(-np.clip(x, -700, 700)) + 1e-300),
        ),
        Mistake(
            "output takes the dtype of the input",
            "What dtype does your output have when x holds whole numbers?",
            _with_input_dtype,
        ),
        Mistake(
            "power of two instead of e",
            "Which base does the exponential have?",
            lambda x: 1 / (1 + 2.0 ** -np.clip(x, -500, 500)),
        ),
        Mistake(
            "input clipped too early",
            "Where is the sigmoid 0.01? Does your limit change it there?",
            lambda x: _sigmoid(np.clip(x, -3, 3)),
        ),
        Mistake(
            "reciprocal forgotten",
            "The last gate of the circuit is missing.",
            lambda x: 1 + np.exp(-np.clip(x, -700, 700)),
        ),
        *slips(_sigmoid, backward=False),
    ),
    right=(
        lambda x: 1 / (1 + np.exp(-np.asarray(x, dtype=float))),
        lambda x: np.exp(-np.logaddexp(0, -np.asarray(x, dtype=float))),
        lambda x: 1 / (1 + np.exp(-np.clip(x, -500, 500))),
        lambda x: np.where(
            np.asarray(x) >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x)))
        ),
        lambda x: (1 + np.tanh(np.asarray(x) / 2)) / 2,
        lambda x: np.vectorize(
            lambda v: 1 / (1 + np.exp(-v)) if v >= 0 else np.exp(v) / (1 + np.exp(v)), otypes=[float]
        )(x),
    ),
)


def sigmoid_backward(upstream: Any, x: Any) -> Any:
    s = _sigmoid(x)
    return upstream * (1.0 - s) * s


def _sigmoid_backward_in_place(upstream: Any, x: Any) -> Any:
    s = _sigmoid(x)
    upstream *= s * (1 - s)
    return upstream


FUSED = Exercise(
    name="sigmoid_backward",
    assignment=ASSIGNMENT,
    points=1,
    signature="(upstream, x)",
    reference=sigmoid_backward,
    forward="sigmoid_forward",
    probes=elementwise_probes("sigmoid_backward"),
    mistakes=(
        Mistake(
            "upstream forgotten",
            "What did the gate to the right send back?",
            lambda upstream, x: _sigmoid(x) * (1 - _sigmoid(x)),
        ),
        Mistake(
            "half of the slope: sigma alone",
            "Compare with a finite difference at 0; the true slope there is small.",
            lambda upstream, x: upstream * _sigmoid(x),
        ),
        Mistake(
            "half of the slope: 1 - sigma alone",
            "The slope is symmetric about 0; is yours?",
            lambda upstream, x: upstream * (1 - _sigmoid(x)),
        ),
        Mistake(
            "sigma squared",
            "The slope is symmetric about 0; is yours?",
            lambda upstream, x: upstream * _sigmoid(x) ** 2,
        ),
        Mistake(
            "1 - sigma squared twice",
            "The slope is symmetric about 0; is yours?",
            lambda upstream, x: upstream * (1 - _sigmoid(x)) ** 2,
        ),
        Mistake(
            "1 + sigma in place of 1 - sigma",
            "The slope dies out on both sides. Does yours?",
            lambda upstream, x: upstream * (1 + _sigmoid(x)) * _sigmoid(x),
        ),
        Mistake(
            "sign",
            "The sigmoid never falls. What sign must its slope have?",
            lambda upstream, x: upstream * _sigmoid(x) * (_sigmoid(x) - 1),
        ),
        Mistake(
            "slope taken at the output",
            "Is x the input or the output of the gate? You apply the sigmoid twice.",
            lambda upstream, x: upstream * _sigmoid(_sigmoid(x)) * (1 - _sigmoid(_sigmoid(x))),
        ),
        Mistake(
            "the input taken for the output",
            "x is what went into the gate. Where is its output?",
            lambda upstream, x: upstream * x * (1 - np.asarray(x)),
        ),
        Mistake(
            "slope of tanh",
            "That is the slope of another squashing function: at 0 this one is 1/4.",
            lambda upstream, x: upstream * (1 - np.tanh(x) ** 2),
        ),
        Mistake(
            "input modified in place",
            "After your call, print the upstream gradient again.",
            _sigmoid_backward_in_place,
        ),
        Mistake(
            "overflow",
            "What is infinity divided by infinity?",
            lambda upstream, x: upstream * np.exp(-np.asarray(x)) / (1 + np.exp(-np.asarray(x))) ** 2,
        ),
        *slips(sigmoid_backward, backward=True),
    ),
    right=(
        lambda upstream, x: upstream * (_sigmoid(x) - _sigmoid(x) ** 2),
        lambda upstream, x: (
            upstream / (1 + np.exp(-np.asarray(x, dtype=float))) * (1 - 1 / (1 + np.exp(-np.asarray(x, dtype=float))))
        ),
        lambda upstream, x: upstream * 0.25 * (1 - np.tanh(np.asarray(x) / 2) ** 2),
        _loop(lambda g, v: g * _sigmoid(v) * _sigmoid(-v)),
        lambda upstream, x: upstream * _sigmoid(x) * _sigmoid(-np.asarray(x)),
        lambda upstream, x: upstream * 0.25 / np.cosh(np.clip(np.asarray(x) / 2, -300, 300)) ** 2,
    ),
)

EXERCISES = [EXP, RECIPROCAL, SCALE, SHIFT, FORWARD, BACKWARD, SIGMOID, FUSED]
