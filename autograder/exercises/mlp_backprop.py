"""Assignment 08: a network of fully connected layers, forward and backward, and three faulty ones to repair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from autograder.exercises.exercise import (
    Exercise,
    Generator,
    Mistake,
    Probe,
    away_from,
    call,
    read_only,
    slips,
    upstream_like,
)

ASSIGNMENT = "08_mlp_backprop"
HIDDEN = ("sigmoid", "tanh", "relu")


def _g(name: str, a: Any) -> Any:
    if name == "sigmoid":
        return 0.5 * (1.0 + np.tanh(0.5 * a))
    return np.tanh(a) if name == "tanh" else np.maximum(a, 0)


def _another_g(name: str, a: Any) -> Any:
    if name == "sigmoid":
        return 1 / (1 + np.exp(-a))
    return np.sinh(a) / np.cosh(a) if name == "tanh" else a * (a > 0)


def _slope(name: str, a: Any) -> Any:
    if name == "relu":
        return (a > 0).astype(np.asarray(a).dtype)
    h = _g(name, a)
    return h * (1 - h) if name == "sigmoid" else 1 - h**2


def _network(rng: Generator, sizes: Sequence[int], batch: int, dtype: Any = float) -> tuple[Any, Any, Any]:
    """Inputs, weights and biases of a network with layers of these sizes."""
    pairs = list(pairwise(sizes))
    weights = [away_from(rng, (m, n), spread=1.5 / np.sqrt(n)).astype(dtype) for n, m in pairs]
    biases = [away_from(rng, (m,), spread=0.7).astype(dtype) for _, m in pairs]
    return away_from(rng, (batch, sizes[0]), spread=1.0).astype(dtype), weights, biases


def _frozen(value: Any) -> Any:
    return [read_only(a) for a in value] if isinstance(value, list) else read_only(value)


# --- forward -------------------------------------------------------------------------------------------------------


def mlp_forward(x: Any, weights: Any, biases: Any, activation: str) -> tuple[list[Any], list[Any]]:
    pre_activations, activations = [], [x]
    for i, (W, b) in enumerate(zip(weights, biases, strict=True)):
        a = activations[-1] @ W.T + b
        pre_activations.append(a)
        activations.append(_g(activation, a) if i < len(weights) - 1 else a)
    return pre_activations, activations


def _forward_probes(rng: Generator) -> list[Probe]:
    name = "mlp_forward"

    def one(sizes: Sequence[int], batch: int, kind: str, criterion: str = "values", make: Any = None) -> Probe:
        x, weights, biases = _network(rng, sizes, batch)
        arguments = (x, weights, biases)
        return call(name, *((make(a) for a in arguments) if make else arguments), kind, criterion=criterion)

    found = [one((2, 3, 2), 1, "tanh"), one((4, 5, 3), 3, "sigmoid"), one((3, 4, 4, 2), 5, "relu")]
    found += [one((5, 4, 3, 2), 4, "tanh"), one((3, 3, 3), 2, "sigmoid"), one((4, 3, 2), 3, "relu")]
    found += [one((3, 2), 4, "relu", "edges"), one((1, 2, 1), 3, "tanh", "edges"), one((3, 4, 2), 1, "relu", "edges")]
    found += [one((2, 3, 3, 3, 2), 2, "sigmoid", "edges"), one((4, 3, 2), 3, "tanh", "edges", _frozen)]
    x, weights, biases = _network(rng, (3, 4, 2), 3, np.float32)
    return [*found, call(name, x, weights, biases, "tanh", criterion="edges")]


def _forward(layer: Any = None, act: Any = None, keep: Any = None) -> Any:
    """A forward sweep in which the layer, the activation or what is returned is another."""

    def wrong(x: Any, weights: Any, biases: Any, activation: str) -> Any:
        pre, acts = [], [x]
        for i, (W, b) in enumerate(zip(weights, biases, strict=True)):
            a = layer(acts[-1], W, b) if layer else acts[-1] @ W.T + b
            pre.append(a)
            last = i == len(weights) - 1
            acts.append(act(activation, a, last, i) if act else (a if last else _g(activation, a)))
        return keep(pre, acts) if keep else (pre, acts)

    return wrong


LINEAR_END = "May a score be negative, or larger than 1? The docstring says what the last layer does."

FORWARD = Exercise(
    name="mlp_forward",
    assignment=ASSIGNMENT,
    points=3,
    signature="(x, weights, biases, activation)",
    outputs=("pre_activations", "activations"),
    reference=mlp_forward,
    probes=_forward_probes,
    mistakes=(
        Mistake("activation on the last layer too", LINEAR_END, _forward(act=lambda n, a, last, i: _g(n, a))),
        Mistake(
            "no activation at all",
            "Two linear layers make one linear layer. What stands between them?",
            _forward(act=lambda n, a, last, i: a),
        ),
        Mistake(
            "activation only on the last layer", LINEAR_END, _forward(act=lambda n, a, last, i: _g(n, a) if last else a)
        ),
        Mistake(
            "activation on the first hidden layer only",
            "Which layers have an activation?",
            _forward(act=lambda n, a, last, i: _g(n, a) if i == 0 and not last else a),
        ),
        Mistake(
            "softmax on the last layer",
            LINEAR_END,
            _forward(act=lambda n, a, last, i: np.exp(a) / np.exp(a).sum(axis=1, keepdims=True) if last else _g(n, a)),
        ),
        Mistake(
            "always sigmoid",
            "Which of your arguments is never used?",
            _forward(act=lambda n, a, last, i: a if last else _g("sigmoid", a)),
        ),
        Mistake(
            "always ReLU",
            "Which of your arguments is never used?",
            _forward(act=lambda n, a, last, i: a if last else _g("relu", a)),
        ),
        Mistake(
            "always tanh",
            "Which of your arguments is never used?",
            _forward(act=lambda n, a, last, i: a if last else _g("tanh", a)),
        ),
        Mistake("W not transposed", "Write the shapes under your product.", _forward(layer=lambda h, W, b: h @ W + b)),
        Mistake(
            "biases forgotten", "What does a layer give for an input of zeros?", _forward(layer=lambda h, W, b: h @ W.T)
        ),
        Mistake(
            "biases subtracted",
            "What does a layer give for an input of zeros?",
            _forward(layer=lambda h, W, b: h @ W.T - b),
        ),
        Mistake(
            "pre-activations and activations exchanged",
            "Which of the two comes first in the docstring?",
            _forward(keep=lambda pre, acts: (acts, pre)),
        ),
        Mistake(
            "input missing from the activations",
            "What lies below the first layer? Backward will want it.",
            _forward(keep=lambda pre, acts: (pre, acts[1:])),
        ),
        Mistake(
            "output missing from the activations",
            "How many entries should each list have?",
            _forward(keep=lambda pre, acts: (pre, acts[:-1])),
        ),
        Mistake(
            "input among the pre-activations",
            "How many entries should each list have?",
            _forward(keep=lambda pre, acts: ([acts[0], *pre], acts)),
        ),
        Mistake("output only", "Backward needs every step of the way.", _forward(keep=lambda pre, acts: acts[-1])),
        Mistake(
            "activations kept in place of the pre-activations",
            "Before, or after the activation function?",
            _forward(keep=lambda pre, acts: (acts[1:], acts)),
        ),
        Mistake(
            "pre-activations kept in place of the activations",
            "Before, or after the activation function?",
            _forward(keep=lambda pre, acts: (pre, [acts[0], *pre])),
        ),
        Mistake(
            "every layer sees the input",
            "What is the input of the second layer?",
            lambda x, weights, biases, n: (
                [x @ W.T + b for W, b in zip(weights, biases, strict=True)],
                [x] + [_g(n, x @ W.T + b) for W, b in zip(weights, biases, strict=True)],
            ),
        ),
        Mistake("returns nothing", "Does your function end with return?", lambda x, weights, biases, n: None),
    ),
    right=(
        _forward(layer=lambda h, W, b: np.einsum("ni,oi->no", h, W) + b),
        _forward(layer=lambda h, W, b: np.array([W @ row + b for row in h])),
        _forward(keep=lambda pre, acts: [pre, acts]),
        _forward(keep=lambda pre, acts: (tuple(pre), tuple(acts))),
        _forward(act=lambda n, a, last, i: a.copy() if last else _another_g(n, a)),
    ),
)


# --- deltas --------------------------------------------------------------------------------------------------------


def output_delta_sigmoid_squared(a: Any, y: Any) -> Any:
    return (a - y) * a * (1 - a) / len(a)


def _output_probes(rng: Generator) -> list[Probe]:
    name = "output_delta_sigmoid_squared"

    def one(shape: tuple[int, int], criterion: str = "values", make: Any = None) -> Probe:
        a = rng.uniform(0.05, 0.95, shape)
        y = rng.integers(0, 2, shape).astype(float)
        return call(name, *((make(a), make(y)) if make else (a, y)), criterion=criterion)

    found = [call(name, np.array([[0.55032332, 0.5449978]]), np.array([[0.0, 1.0]])), one((3, 2)), one((4, 3))]
    found += [one((2, 5)), one((3, 3)), one((1, 3), "edges"), one((4, 1), "edges"), one((1, 1), "edges")]
    found += [one((3, 2), "edges", read_only), one((3, 2), "edges", lambda v: v.astype(np.float32))]
    sure = np.array([[1.0, 0.0], [0.0, 1.0]])
    return [*found, call(name, sure, sure[::-1].copy(), criterion="edges", label="saturated", scale=1.0)]


OUTPUT = Exercise(
    name="output_delta_sigmoid_squared",
    assignment=ASSIGNMENT,
    points=1,
    signature="(a, y)",
    reference=output_delta_sigmoid_squared,
    probes=_output_probes,
    mistakes=(
        Mistake(
            "target minus output",
            "Raise an output that is too high already: does the loss rise or fall?",
            lambda a, y: (y - a) * a * (1 - a) / len(a),
        ),
        Mistake(
            "slope of the sigmoid forgotten",
            "The gradient is asked for before the sigmoid, not after it.",
            lambda a, y: (a - y) / len(a),
        ),
        Mistake(
            "slope of the sigmoid taken at its output",
            "a went through the sigmoid already.",
            lambda a, y: (a - y) * _slope("sigmoid", a) / len(a),
        ),
        Mistake(
            "not divided by the batch",
            "The loss averages over the batch. Who divides?",
            lambda a, y: (a - y) * a * (1 - a),
        ),
        Mistake(
            "not divided by the batch, slope forgotten",
            "Two factors are missing: one from the loss, one from the sigmoid.",
            lambda a, y: a - y,
        ),
        Mistake(
            "divided by all entries",
            "Over what is averaged: the examples, or all entries?",
            lambda a, y: (a - y) * a * (1 - a) / a.size,
        ),
        Mistake("2 kept", "What is the slope of half a square?", lambda a, y: 2 * (a - y) * a * (1 - a) / len(a)),
        Mistake(
            "slope a (1 + a)",
            "The slope must vanish where the sigmoid is flat, at both ends.",
            lambda a, y: (a - y) * a * (1 + a) / len(a),
        ),
        Mistake("slope 1 - a squared", "That slope belongs to tanh.", lambda a, y: (a - y) * (1 - a**2) / len(a)),
        Mistake(
            "slope 1 - a only",
            "The slope must vanish where the sigmoid is flat, at both ends.",
            lambda a, y: (a - y) * (1 - a) / len(a),
        ),
        Mistake("target forgotten", "Where is the bottom of this loss?", lambda a, y: a * a * (1 - a) / len(a)),
        Mistake(
            "slope squared away",
            "What is the slope of half a square?",
            lambda a, y: (a - y) ** 2 * a * (1 - a) / len(a),
        ),
        Mistake(
            "summed over the batch",
            "Each example has a delta of its own.",
            lambda a, y: ((a - y) * a * (1 - a)).sum(axis=0) / len(a),
        ),
        *slips(output_delta_sigmoid_squared, backward=False),
    ),
    right=(
        lambda a, y: (a - y) * (a - a**2) / a.shape[0],
        lambda a, y: np.array([(row - t) * row * (1 - row) / len(a) for row, t in zip(a, y, strict=True)]),
        lambda a, y: -(y - a) / len(y) * a * (1 - a),
        lambda a, y: np.einsum("ij,ij,ij->ij", a - y, a, 1 - a) / len(a),
        lambda a, y: np.multiply(a - y, 0.25 - (a - 0.5) ** 2) / float(len(a)),
    ),
)


def hidden_delta(delta_next: Any, W_next: Any, pre_activation: Any, activation: str) -> Any:
    return (delta_next @ W_next) * _slope(activation, pre_activation)


def _hidden_probes(rng: Generator) -> list[Probe]:
    name = "hidden_delta"

    def one(batch: int, here: int, above: int, kind: str, criterion: str = "values", make: Any = None) -> Probe:
        arguments = upstream_like(rng, (batch, above)), away_from(rng, (above, here)), away_from(rng, (batch, here))
        return call(name, *((make(a) for a in arguments) if make else arguments), kind, criterion=criterion)

    found = [one(1, 3, 2, "sigmoid"), one(4, 3, 2, "tanh"), one(3, 2, 4, "relu"), one(5, 4, 3, "sigmoid")]
    found += [one(3, 3, 3, "relu"), one(2, 4, 4, "tanh"), one(1, 4, 2, "relu", "edges"), one(3, 1, 2, "tanh", "edges")]
    found += [one(3, 2, 1, "sigmoid", "edges"), one(3, 4, 2, "relu", "edges", read_only)]
    found += [one(3, 4, 2, "tanh", "edges", lambda a: a.astype(np.float32))]
    far = np.array([[800.0, -800.0, 3.0]])
    for kind in HIDDEN:
        arguments = upstream_like(rng, (1, 2)), away_from(rng, (2, 3)), far
        found.append(call(name, *arguments, kind, criterion="edges", label="saturated", scale=1.0))
    return found


def _delta(change: Any) -> Any:
    """A hidden delta by another rule: change(delta, W, pre-activation, name)."""
    return lambda delta_next, W_next, pre_activation, activation: change(delta_next, W_next, pre_activation, activation)


TAKEN_AT = "At which value is the slope taken: before the activation function, or after it?"

HIDDEN_DELTA = Exercise(
    name="hidden_delta",
    assignment=ASSIGNMENT,
    points=2,
    signature="(delta_next, W_next, pre_activation, activation)",
    reference=hidden_delta,
    probes=_hidden_probes,
    mistakes=(
        Mistake(
            "W transposed",
            "Write the shapes under your product: delta_next is (B, above), the result (B, here).",
            _delta(lambda d, W, a, n: (d @ W.T) * _slope(n, a)),
        ),
        Mistake("slope taken at the activation", TAKEN_AT, _delta(lambda d, W, a, n: (d @ W) * _slope(n, _g(n, a)))),
        Mistake(
            "slope forgotten",
            "Between this layer and the next stands an activation function. What is its slope?",
            _delta(lambda d, W, a, n: d @ W),
        ),
        Mistake(
            "weights forgotten",
            "Through which weights did this layer act on the next?",
            _delta(lambda d, W, a, n: np.sum(d, axis=1, keepdims=True) * _slope(n, a)),
        ),
        Mistake(
            "activation instead of its slope",
            "Is that the height of the curve, or its slope?",
            _delta(lambda d, W, a, n: (d @ W) * _g(n, a)),
        ),
        Mistake(
            "pre-activation instead of the slope",
            "What is the slope of the activation function at the pre-activation?",
            _delta(lambda d, W, a, n: (d @ W) * a),
        ),
        Mistake(
            "always the sigmoid's slope",
            "Which of your arguments is never used?",
            _delta(lambda d, W, a, n: (d @ W) * _slope("sigmoid", a)),
        ),
        Mistake(
            "always ReLU's slope",
            "Which of your arguments is never used?",
            _delta(lambda d, W, a, n: (d @ W) * _slope("relu", a)),
        ),
        Mistake(
            "always tanh's slope",
            "Which of your arguments is never used?",
            _delta(lambda d, W, a, n: (d @ W) * _slope("tanh", a)),
        ),
        Mistake(
            "mask from the delta",
            "Which array decided on the way forward where ReLU is open?",
            _delta(lambda d, W, a, n: (d @ W) * (_slope(n, a) if n != "relu" else (d @ W) > 0)),
        ),
        Mistake(
            "sigmoid slope s only",
            "The slope must vanish where the sigmoid is flat, at both ends.",
            _delta(lambda d, W, a, n: (d @ W) * (_slope(n, a) if n != "sigmoid" else _g(n, a))),
        ),
        Mistake(
            "tanh slope not squared",
            "Is the slope of tanh the same at +2 and at -2?",
            _delta(lambda d, W, a, n: (d @ W) * (_slope(n, a) if n != "tanh" else 1 - np.tanh(a))),
        ),
        Mistake(
            "divided by the batch again",
            "delta already carries 1/B.",
            _delta(lambda d, W, a, n: (d @ W) * _slope(n, a) / len(d)),
        ),
        Mistake(
            "summed over the batch",
            "Each example has a delta of its own.",
            _delta(lambda d, W, a, n: ((d @ W) * _slope(n, a)).sum(axis=0)),
        ),
        Mistake(
            "0 times infinity",
            "Which intermediate value overflows at -800?",
            _delta(
                lambda d, W, a, n: (d @ W) * (_slope(n, a) if n != "sigmoid" else np.exp(-a) / (1 + np.exp(-a)) ** 2)
            ),
        ),
        *(s for s in slips(hidden_delta, backward=True) if s.name != "upstream returned unchanged"),
    ),
    right=(
        lambda d, W, a, n: np.einsum("no,oi->ni", d, W) * _slope(n, a),
        lambda d, W, a, n: np.array([(W.T @ row) * s for row, s in zip(d, _slope(n, a), strict=True)]),
        lambda d, W, a, n: (W.T @ d.T).T * _slope(n, a),
        lambda d, W, a, n: np.where(a > 0, d @ W, 0.0) if n == "relu" else np.multiply(np.dot(d, W), _slope(n, a)),
        lambda d, W, a, n: (
            (d @ W)
            * {
                "relu": lambda: np.heaviside(a, 0.0),
                "tanh": lambda: 1 / np.cosh(np.clip(a, -300, 300)) ** 2,
                "sigmoid": lambda: _g("sigmoid", a) - _g("sigmoid", a) ** 2,
            }[n]()
        ),
    ),
)


def weight_gradient(delta: Any, activations_below: Any) -> Any:
    return delta.T @ activations_below


def _weight_probes(rng: Generator) -> list[Probe]:
    name = "weight_gradient"

    def one(batch: int, above: int, below: int, criterion: str = "values", make: Any = None) -> Probe:
        arguments = upstream_like(rng, (batch, above)), away_from(rng, (batch, below))
        return call(name, *((make(a) for a in arguments) if make else arguments), criterion=criterion)

    found = [one(1, 2, 3), one(4, 3, 2), one(5, 2, 4), one(3, 3, 3), one(2, 4, 3)]
    found += [one(1, 3, 2, "edges"), one(3, 1, 2, "edges"), one(4, 2, 1, "edges"), one(1, 1, 1, "edges")]
    return [*found, one(3, 2, 4, "edges", read_only), one(3, 2, 4, "edges", lambda a: a.astype(np.float32))]


ALREADY = "delta already carries the 1/B of the loss."

WEIGHT = Exercise(
    name="weight_gradient",
    assignment=ASSIGNMENT,
    points=1,
    signature="(delta, activations_below)",
    reference=weight_gradient,
    probes=_weight_probes,
    mistakes=(
        Mistake("transposed", "The gradient has the shape of W: one row per unit above.", lambda d, h: h.T @ d),
        Mistake("divided by the batch again", ALREADY, lambda d, h: d.T @ h / len(d)),
        Mistake(
            "transposed and divided by the batch",
            "The gradient has the shape of W, and " + ALREADY,
            lambda d, h: h.T @ d / len(d),
        ),
        Mistake(
            "first example only",
            "All examples share W. How do their contributions combine?",
            lambda d, h: np.outer(d[0], h[0]),
        ),
        Mistake(
            "last example only",
            "Does each turn of your loop replace the sum, or add to it?",
            lambda d, h: np.outer(d[-1], h[-1]),
        ),
        Mistake(
            "outer product of the sums",
            "Multiply within each example first. Then sum.",
            lambda d, h: np.outer(d.sum(axis=0), h.sum(axis=0)),
        ),
        Mistake(
            "not summed over the batch",
            "All examples share W. How do their contributions combine?",
            lambda d, h: d[:, :, None] * h[:, None, :],
        ),
        Mistake(
            "activations forgotten",
            "The gradient of a weight is delta at its head times what at its tail?",
            lambda d, h: np.ones_like(h).T.sum(axis=1)[None] * d.sum(axis=0)[:, None] / len(d),
        ),
        Mistake(
            "delta forgotten",
            "The gradient of a weight is the activation at its tail times what at its head?",
            lambda d, h: np.ones_like(d).T @ h,
        ),
        Mistake(
            "examples against examples", "Which axis is summed over: the batch, or the units?", lambda d, h: d @ h.T
        ),
        *(s for s in slips(weight_gradient, backward=False) if s.name != "transposed"),
    ),
    right=(
        lambda d, h: np.einsum("no,ni->oi", d, h),
        lambda d, h: sum(np.outer(u, v) for u, v in zip(d, h, strict=True)),
        lambda d, h: (h.T @ d).T,
        lambda d, h: np.tensordot(d, h, axes=(0, 0)),
        lambda d, h: (d[:, :, None] * h[:, None, :]).sum(axis=0),
    ),
)


def bias_gradient(delta: Any) -> Any:
    return delta.sum(axis=0)


def _bias_probes(rng: Generator) -> list[Probe]:
    name = "bias_gradient"
    found = [call(name, upstream_like(rng, shape)) for shape in ((2, 3), (4, 2), (5, 4), (3, 3))]
    found += [call(name, upstream_like(rng, shape), criterion="edges") for shape in ((1, 4), (4, 1), (1, 1))]
    found += [call(name, read_only(upstream_like(rng, (3, 2))), criterion="edges")]
    return [*found, call(name, upstream_like(rng, (3, 2), np.float32), criterion="edges")]


BIAS = Exercise(
    name="bias_gradient",
    assignment=ASSIGNMENT,
    points=1,
    signature="(delta)",
    reference=bias_gradient,
    probes=_bias_probes,
    mistakes=(
        Mistake("averaged over the batch", ALREADY, lambda d: d.mean(axis=0)),
        Mistake("not summed over the batch", "How many examples used this bias?", lambda d: d * 1.0),
        Mistake("summed over the units", "Which axis is the batch?", lambda d: d.sum(axis=1)),
        Mistake("summed over everything", "The gradient has the shape of b.", lambda d: d.sum()),
        Mistake(
            "batch axis kept",
            "The gradient has the shape of b, brackets and all.",
            lambda d: d.sum(axis=0, keepdims=True),
        ),
        Mistake("first example only", "How many examples used this bias?", lambda d: d[0] * 1.0),
        Mistake("last example only", "How many examples used this bias?", lambda d: d[-1] * 1.0),
        Mistake("sizes summed", "Contributions may pull in different directions.", lambda d: np.abs(d).sum(axis=0)),
        Mistake(
            "counts the examples", "What came back from the layer above?", lambda d: np.full(d.shape[1], float(len(d)))
        ),
        Mistake("squared", "a grows with b one to one.", lambda d: (d**2).sum(axis=0)),
        *(s for s in slips(bias_gradient, backward=False) if s.name != "mean instead of sum over the batch"),
    ),
    right=(
        lambda d: np.add.reduce(d),
        lambda d: np.ones(len(d)) @ d,
        lambda d: sum(row for row in d),
        lambda d: np.einsum("no->o", d),
        lambda d: np.array([column.sum() for column in d.T]),
    ),
)


# --- all of it -----------------------------------------------------------------------------------------------------


def _probabilities(logits: Any) -> Any:
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _loss(logits: Any, labels: Any) -> Any:
    return np.mean(np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(labels)), labels])


def _start(logits: Any, labels: Any) -> Any:
    delta = _probabilities(logits)
    delta[np.arange(len(labels)), labels] -= 1
    return delta / len(labels)


def _backward(
    *,
    loss: Callable[..., Any] = _loss,
    start: Callable[..., Any] = _start,
    weight: Callable[..., Any] = lambda delta, h, a, i: delta.T @ h,
    bias: Callable[..., Any] = lambda delta, i: delta.sum(axis=0),
    down: Callable[..., Any] = lambda delta, W, a, h, name, weights, i: (delta @ W) * _slope(name, a),
    last: int = 0,
    finish: Callable[..., Any] = lambda loss, dW, db: (loss, dW, db),
) -> Any:
    """Backpropagation with parts that can be exchanged for faulty ones.

    `weight(delta, activation below, pre-activation below, layer)`; `down(delta, W, pre-activation below, activation
    below, name, all weights, layer)`; the sweep stops after layer `last`, whose lower neighbours get zeros.
    """

    def backward(x: Any, labels: Any, weights: Any, biases: Any, activation: str) -> Any:
        pre, acts = mlp_forward(x, weights, biases, activation)
        dW, db = [0.0 * W for W in weights], [0.0 * b for b in biases]
        delta = start(pre[-1], labels)
        for i in range(len(weights) - 1, min(last, len(weights) - 1) - 1, -1):
            dW[i], db[i] = weight(delta, acts[i], pre[i - 1] if i else x, i), bias(delta, i)
            if i > 0:
                delta = down(delta, weights[i], pre[i - 1], acts[i], activation, weights, i)
        return finish(loss(pre[-1], labels), dW, db)

    return backward


mlp_backward = _backward()

NETWORKS: tuple[tuple[tuple[int, ...], int, str], ...] = (
    ((2, 3, 2), 1, "tanh"),
    ((4, 5, 3), 3, "sigmoid"),
    ((3, 4, 4, 2), 5, "relu"),
    ((5, 4, 3, 2), 4, "tanh"),
    ((3, 3, 3, 3), 4, "sigmoid"),
    ((4, 5, 4, 3), 4, "relu"),
)
CORNERS: tuple[tuple[tuple[int, ...], int, str], ...] = (
    ((3, 2), 4, "relu"),
    ((3, 4, 2), 1, "relu"),
    ((1, 2, 2), 3, "tanh"),
    ((2, 3, 3, 3, 2), 3, "sigmoid"),
    ((3, 1, 2), 4, "tanh"),
)


def _backward_probes(name: str) -> Any:
    def probes(rng: Generator) -> list[Probe]:
        def one(sizes: Sequence[int], batch: int, kind: str, criterion: str = "values", make: Any = None) -> Probe:
            x, weights, biases = _network(rng, sizes, batch, np.float32 if make == "float32" else float)
            labels = np.arange(batch) % sizes[-1]
            rng.shuffle(labels)
            arguments = (x, labels, weights, biases)
            if make is _frozen:
                arguments = tuple(_frozen(a) for a in arguments)  # type: ignore[assignment]
            return call(name, *arguments, kind, criterion=criterion, scale=1.0)

        found = [one(*network) for network in NETWORKS]
        found += [one(*network, "edges") for network in CORNERS]
        found += [one((3, 4, 2), 3, "relu", "edges", _frozen), one((3, 4, 2), 3, "tanh", "edges", "float32")]
        x, weights, biases = _network(rng, (3, 4, 2), 2)
        biases[-1] = np.array([1000.0, -1000.0])
        sure = (x, np.array([1, 0]), weights, biases, "tanh")
        return [*found, call(name, *sure, criterion="edges", label="sure and wrong", scale=1.0)]

    return probes


def _unstable(logits: Any, labels: Any) -> Any:
    e = np.exp(logits)
    return e / e.sum(axis=1, keepdims=True)


def _minus_one(p: Any, labels: Any) -> Any:
    p = p.copy()
    p[np.arange(len(labels)), labels] -= 1
    return p


TICK = "Walk the steps of forward in reverse and tick each one."
WHICH_BELOW = "Which array was multiplied by this W on the way forward?"

FAULTS = (
    Mistake(
        "slope taken at the activation", TAKEN_AT, _backward(down=lambda d, W, a, h, n, ws, i: (d @ W) * _slope(n, h))
    ),
    Mistake(
        "divided by the batch again at every layer",
        "The loss divides by B, once. Compare the first layer's gradient with a numerical one: what is the ratio?",
        _backward(down=lambda d, W, a, h, n, ws, i: (d @ W) * _slope(n, a) / len(d)),
    ),
    Mistake(
        "ReLU's mask from the delta",
        "Which array decided on the way forward where ReLU is open?",
        _backward(down=lambda d, W, a, h, n, ws, i: (d @ W) * (_slope(n, a) if n != "relu" else (d @ W) > 0)),
    ),
)

SLIPS = (
    Mistake("slope forgotten in the hidden layers", TICK, _backward(down=lambda d, W, a, h, n, ws, i: d @ W)),
    Mistake(
        "W transposed on the way down",
        "Write the shapes under your product.",
        _backward(down=lambda d, W, a, h, n, ws, i: (d @ W.T) * _slope(n, a)),
    ),
    Mistake(
        "wrong layer's weights on the way down",
        "Through which weights did this layer act on the next?",
        _backward(down=lambda d, W, a, h, n, ws, i: (d @ ws[i - 1]) * _slope(n, a)),
    ),
    Mistake(
        "always the sigmoid's slope",
        "Which of your arguments is never used?",
        _backward(down=lambda d, W, a, h, n, ws, i: (d @ W) * _slope("sigmoid", a)),
    ),
    Mistake(
        "always ReLU's slope",
        "Which of your arguments is never used?",
        _backward(down=lambda d, W, a, h, n, ws, i: (d @ W) * _slope("relu", a)),
    ),
    Mistake(
        "always tanh's slope",
        "Which of your arguments is never used?",
        _backward(down=lambda d, W, a, h, n, ws, i: (d @ W) * _slope("tanh", a)),
    ),
    Mistake("last layer only", "Does your sweep reach the first layer?", _backward(last=99)),
    Mistake("stops one layer early", "Does your sweep reach the first layer?", _backward(last=1)),
    Mistake("activations of the wrong layer", WHICH_BELOW, _backward(weight=lambda d, h, a, i: d.T @ a)),
    Mistake(
        "weight gradients transposed",
        "Each gradient has the shape of its W.",
        _backward(weight=lambda d, h, a, i: h.T @ d),
    ),
    Mistake("weight gradients averaged", ALREADY, _backward(weight=lambda d, h, a, i: d.T @ h / len(d))),
    Mistake("bias gradients averaged", ALREADY, _backward(bias=lambda d, i: d.mean(axis=0))),
    Mistake(
        "weight and bias gradients averaged",
        ALREADY,
        _backward(weight=lambda d, h, a, i: d.T @ h / len(d), bias=lambda d, i: d.mean(axis=0)),
    ),
    Mistake("bias gradients not summed", "How many examples used each bias?", _backward(bias=lambda d, i: d * 1.0)),
    Mistake(
        "bias gradients keep the batch axis",
        "Each gradient has the shape of its b.",
        _backward(bias=lambda d, i: d.sum(axis=0, keepdims=True)),
    ),
    Mistake(
        "not divided by the batch",
        "The loss averages over the batch. Do your gradients?",
        _backward(start=lambda z, y: _start(z, y) * len(y)),
    ),
    Mistake(
        "target minus probability",
        "Raise the true class's logit: does the loss rise or fall?",
        _backward(start=lambda z, y: -_start(z, y)),
    ),
    Mistake(
        "label not subtracted",
        "What happens at the true class?",
        _backward(start=lambda z, y: _probabilities(z) / len(y)),
    ),
    Mistake(
        "activation's slope at the output too",
        LINEAR_END,
        lambda x, y, ws, bs, n: _backward(start=lambda z, t: _start(z, t) * _slope(n, z))(x, y, ws, bs, n),
    ),
    Mistake(
        "softmax twice",
        "Logits go in, probabilities come out, once.",
        _backward(start=lambda z, y: _minus_one(_probabilities(_probabilities(z)), y) / len(y)),
    ),
    Mistake(
        "overflow",
        "Which intermediate value overflows for logits of 1000?",
        _backward(
            start=lambda z, y: _minus_one(_unstable(z, y), y) / len(y),
            loss=lambda z, y: -np.mean(np.log(_unstable(z, y)[np.arange(len(y)), y])),
        ),
    ),
    Mistake(
        "logarithm of 0",
        "Which intermediate value becomes 0 for logits of 1000? The loss itself is finite.",
        _backward(loss=lambda z, y: -np.mean(np.log(_probabilities(z)[np.arange(len(y)), y]))),
    ),
    Mistake("loss is a sum", "The loss averages over the batch.", _backward(loss=lambda z, y: _loss(z, y) * len(y))),
    Mistake(
        "gradients in reverse order",
        "The first gradient belongs to the first layer.",
        _backward(finish=lambda c, dW, db: (c, dW[::-1], db[::-1])),
    ),
    Mistake(
        "bias gradients before weight gradients",
        "Compare the order of what you return with the docstring.",
        _backward(finish=lambda c, dW, db: (c, db, dW)),
    ),
    Mistake("loss not returned", "Three things are asked for.", _backward(finish=lambda c, dW, db: (dW, db))),
    Mistake(
        "loss at the end",
        "Compare the order of what you return with the docstring.",
        _backward(finish=lambda c, dW, db: (dW, db, c)),
    ),
    Mistake("returns nothing", "Does your function end with return?", lambda x, y, ws, bs, n: None),
)


def _by_recursion(x: Any, labels: Any, weights: Any, biases: Any, activation: str) -> Any:
    def below(h: Any, i: int) -> Any:
        a = h @ weights[i].T + biases[i]
        if i == len(weights) - 1:
            return _loss(a, labels), _start(a, labels), [_start(a, labels).T @ h], [_start(a, labels).sum(axis=0)]
        loss, delta, dW, db = below(_g(activation, a), i + 1)
        delta = (delta @ weights[i + 1]) * _slope(activation, a)
        return loss, delta, [delta.T @ h, *dW], [delta.sum(axis=0), *db]

    loss, _, dW, db = below(x, 0)
    return loss, dW, db


def _example_by_example(x: Any, labels: Any, weights: Any, biases: Any, activation: str) -> Any:
    total, dW, db = 0.0, [np.zeros(W.shape) for W in weights], [np.zeros(b.shape) for b in biases]
    for row, label in zip(x, labels, strict=True):
        loss, one_W, one_b = mlp_backward(row[None], np.array([label]), weights, biases, activation)
        total += loss / len(x)
        for k in range(len(weights)):
            dW[k] += one_W[k] / len(x)
            db[k] += one_b[k] / len(x)
    return total, dW, db


RIGHT = (
    _by_recursion,
    _example_by_example,
    _backward(weight=lambda d, h, a, i: np.einsum("no,ni->oi", d, h), bias=lambda d, i: np.ones(len(d)) @ d),
    _backward(finish=lambda c, dW, db: [float(c), tuple(dW), tuple(db)]),
    _backward(
        start=lambda z, y: (np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None]) - np.eye(z.shape[1])[y]) / z.shape[0]
    ),
    _backward(down=lambda d, W, a, h, n, ws, i: (W.T @ d.T).T * _slope(n, a)),
)


def _exercise(name: str, points: float, first: tuple[Mistake, ...]) -> Exercise:
    rest = tuple(m for m in (*FAULTS, *SLIPS) if m.name not in {f.name for f in first})
    return Exercise(
        name=name,
        assignment=ASSIGNMENT,
        points=points,
        signature="(x, labels, weights, biases, activation)",
        outputs=("loss", "weight gradients", "bias gradients"),
        reference=mlp_backward,
        probes=_backward_probes(name),
        mistakes=(*first, *rest),
        right=RIGHT,
    )


BACKWARD = _exercise("mlp_backward", 5, ())
CLINIC = tuple(
    _exercise(f"repaired_backward_{letter}", 2, (replace(fault, hint=f"Not repaired yet. {fault.hint}"),))
    for letter, fault in zip("abc", FAULTS, strict=True)
)


# --- labels --------------------------------------------------------------------------------------------------------


def one_hot(labels: Any, classes: int) -> Any:
    return np.eye(classes)[labels]


def _one_hot_probes(rng: Generator) -> list[Probe]:
    name = "one_hot"
    found = [call(name, np.array([1, 0]), 2), call(name, np.array([0, 2, 1, 2, 0]), 3)]
    found += [call(name, rng.integers(0, k, n), k) for n, k in ((4, 6), (7, 4), (5, 5))]
    found += [call(name, np.array([1]), 4, criterion="edges"), call(name, np.array([0, 0]), 1, criterion="edges")]
    found += [call(name, np.array([0, 1, 0]), 5, criterion="edges", label="classes that do not occur")]
    return [*found, call(name, read_only(np.array([3, 1, 2])), 4, criterion="edges")]


def _one_hot_loop(labels: Any, classes: int) -> Any:
    found = np.zeros((len(labels), classes))
    for row, label in enumerate(labels):
        found[row, label] = 1
    return found


def _one_hot_where(labels: Any, classes: int) -> Any:
    found = np.zeros((len(labels), classes), dtype=int)
    found[np.arange(len(labels)), labels] = 1
    return found


ONE_HOT = Exercise(
    name="one_hot",
    assignment=ASSIGNMENT,
    points=1,
    signature="(labels, classes)",
    reference=one_hot,
    probes=_one_hot_probes,
    mistakes=(
        Mistake("transposed", "One row per example.", lambda y, k: np.eye(k)[y].T),
        Mistake("off by one", "The first class is 0.", lambda y, k: np.eye(k)[(np.asarray(y) - 1) % k]),
        Mistake(
            "whole columns filled",
            "found[:, labels] names whole columns. Which entries did you want?",
            lambda y, k: np.array(np.isin(np.arange(k), y) * np.ones((len(y), 1))),
        ),
        Mistake(
            "classes counted from the labels",
            "A class may happen not to occur in this batch.",
            lambda y, k: np.eye(int(np.max(y)) + 1)[y],
        ),
        Mistake(
            "label instead of 1", "A label is a name, not a size.", lambda y, k: np.eye(k)[y] * np.asarray(y)[:, None]
        ),
        Mistake("zeros and ones exchanged", "Which entry of a row stands out?", lambda y, k: 1 - np.eye(k)[y]),
        Mistake("identity", "The rows follow the labels.", lambda y, k: np.eye(len(y), k)),
        Mistake("zeros", "Which entry of a row stands out?", lambda y, k: np.zeros((len(y), k))),
        Mistake("one row for all", "One row per example.", lambda y, k: np.eye(k)[y].sum(axis=0)),
        Mistake("divided by the batch", "A one-hot row holds a 1.", lambda y, k: np.eye(k)[y] / len(y)),
        Mistake("returns nothing", "Does your function end with return?", lambda y, k: None),
    ),
    right=(
        _one_hot_loop,
        _one_hot_where,
        lambda y, k: (np.asarray(y)[:, None] == np.arange(k)).astype(float),
        lambda y, k: np.array([[float(j == label) for j in range(k)] for label in y]),
        lambda y, k: np.equal.outer(y, np.arange(k)),
        lambda y, k: np.take(np.eye(k, dtype=np.float32), y, axis=0),
    ),
)


def predict(x: Any, weights: Any, biases: Any, activation: str) -> Any:
    return mlp_forward(x, weights, biases, activation)[1][-1].argmax(axis=1)


def _predict_probes(rng: Generator) -> list[Probe]:
    name = "predict"

    def one(sizes: Sequence[int], batch: int, kind: str, criterion: str = "values", make: Any = None) -> Probe:
        x, weights, biases = _network(rng, sizes, batch)
        biases[-1] = 0.3 * biases[-1]
        arguments = (3.0 * x, weights, biases)
        return call(name, *((make(a) for a in arguments) if make else arguments), kind, criterion=criterion)

    found = [one((4, 6, 3), 12, "sigmoid"), one((3, 5, 4, 4), 15, "relu"), one((5, 6, 3), 14, "tanh")]
    found += [one((3, 4, 5), 12, "relu"), one((4, 5, 2), 9, "tanh")]
    found += [
        one((3, 4, 3), 1, "relu", "edges"),
        one((4, 3), 8, "sigmoid", "edges"),
        one((2, 3, 1), 3, "tanh", "edges"),
        call(name, np.eye(3), [2.0 * np.eye(3)], [np.full(3, -50.0)], "relu", criterion="edges"),
    ]
    return [*found, one((3, 6, 4), 9, "tanh", "edges", _frozen)]


def _scores(x: Any, weights: Any, biases: Any, activation: str) -> Any:
    return mlp_forward(x, weights, biases, activation)[1][-1]


PREDICT = Exercise(
    name="predict",
    assignment=ASSIGNMENT,
    points=1,
    signature="(x, weights, biases, activation)",
    reference=predict,
    probes=_predict_probes,
    mistakes=(
        Mistake(
            "smallest instead of largest",
            "Which score wins?",
            lambda x, ws, bs, n: _scores(x, ws, bs, n).argmin(axis=1),
        ),
        Mistake(
            "over the wrong axis",
            "One answer per example. Along which axis lie the classes?",
            lambda x, ws, bs, n: _scores(x, ws, bs, n).argmax(axis=0),
        ),
        Mistake("over the whole array", "One answer per example.", lambda x, ws, bs, n: _scores(x, ws, bs, n).argmax()),
        Mistake(
            "largest score, not its class",
            "Which class has it?",
            lambda x, ws, bs, n: _scores(x, ws, bs, n).max(axis=1),
        ),
        Mistake("scores, not classes", "One whole number per example.", _scores),
        Mistake(
            "probabilities, not classes",
            "One whole number per example.",
            lambda x, ws, bs, n: _probabilities(_scores(x, ws, bs, n)),
        ),
        Mistake(
            "one-hot rows",
            "One whole number per example.",
            lambda x, ws, bs, n: np.eye(len(bs[-1]))[predict(x, ws, bs, n)],
        ),
        Mistake("counted from 1", "The first class is 0.", lambda x, ws, bs, n: predict(x, ws, bs, n) + 1),
        Mistake(
            "hidden layers without activation",
            TICK,
            lambda x, ws, bs, n: _forward(act=lambda k, a, last, i: a)(x, ws, bs, n)[1][-1].argmax(axis=1),
        ),
        Mistake(
            "biases forgotten",
            "What does a layer give for an input of zeros?",
            lambda x, ws, bs, n: _forward(layer=lambda h, W, b: h @ W.T)(x, ws, bs, n)[1][-1].argmax(axis=1),
        ),
        Mistake(
            "ReLU on the scores", LINEAR_END, lambda x, ws, bs, n: np.maximum(_scores(x, ws, bs, n), 0).argmax(axis=1)
        ),
        Mistake(
            "scores above one half",
            "There may be more than two classes.",
            lambda x, ws, bs, n: (_scores(x, ws, bs, n) > 0.5).astype(int),
        ),
        Mistake("column of classes", "One axis: (B,).", lambda x, ws, bs, n: predict(x, ws, bs, n)[:, None]),
        Mistake("returns nothing", "Does your function end with return?", lambda x, ws, bs, n: None),
    ),
    right=(
        lambda x, ws, bs, n: _probabilities(_scores(x, ws, bs, n)).argmax(axis=1),
        lambda x, ws, bs, n: np.array([int(np.argmax(row)) for row in _scores(x, ws, bs, n)]),
        lambda x, ws, bs, n: np.argsort(_scores(x, ws, bs, n), axis=1)[:, -1],
        lambda x, ws, bs, n: np.argmax(_scores(x, ws, bs, n).T, axis=0).astype(float),
        lambda x, ws, bs, n: np.concatenate([_scores(row[None], ws, bs, n).argmax(axis=1) for row in x]),
    ),
)


EXERCISES = (FORWARD, OUTPUT, HIDDEN_DELTA, WEIGHT, BIAS, BACKWARD, ONE_HOT, PREDICT, *CLINIC)
