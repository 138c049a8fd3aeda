"""Losses, and the measures of information they come from.

Every loss is the mean over the batch of a loss per example. Its gate takes predictions and targets; `backward` returns
the gradient for the predictions and None for the targets, which are data. The cross-entropies take logits, not
probabilities: joining the logarithm with the softmax (or sigmoid) is what keeps them finite, and makes their gradient
as simple as p - y.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nn_lib.gate import Array, Gate, Value, as_float, as_upstream, in_precision_of
from nn_lib.graph import apply


class SquaredError(Gate):
    """Mean over the batch of half the squared norm of prediction - target.

    Shapes: both `(B,)` or both `(B, outputs)`; a single number counts as a batch of one. Targets take the predictions'
    dtype. Gradient (prediction - target) / B. Raises `ValueError` for unequal shapes: `(B, 1)` against `(B,)` would
    broadcast to `(B, B)`.
    """

    __slots__ = ("batch", "error")
    symbol = "½‖·‖²"

    def forward(self, prediction: Value, target: Value) -> Value:
        prediction, target = _pair(self, prediction, target)
        self.error = prediction - target
        self.batch = np.shape(self.error)[0] if np.ndim(self.error) else 1
        flat = np.ravel(self.error)
        return _scalar(0.5 * (flat @ flat) / self.batch)

    def backward(self, upstream: Value = 1.0) -> tuple[Value, None]:
        return self.error * (as_upstream(self, upstream, 1.0) / self.batch), None


def squared_error(prediction: Any, target: Any) -> Any:
    """Mean over the batch of half the squared norm of prediction - target: see `SquaredError` for shapes and errors."""
    return apply(SquaredError(), prediction, target)


class BinaryCrossEntropy(Gate):
    """Mean over all entries of -y log p - (1 - y) log(1 - p), with p = sigmoid(logit).

    Shapes: equal; targets in [0, 1], taken in the logits' dtype. Computed as max(logit, 0) - y logit +
    log(1 + e^-|logit|), finite for any logit. Gradient (p - y) / n, for n entries. Raises `ValueError` for unequal
    shapes or other targets.
    """

    __slots__ = ("logits", "targets")
    symbol = "BCE"

    def forward(self, logits: Value, targets: Value) -> Value:
        self.logits, self.targets = logits, targets = _pair(self, logits, targets)
        if not np.all((targets >= 0) & (targets <= 1)):
            raise ValueError(
                f"BinaryCrossEntropy: targets must lie between 0 and 1; these run from {np.min(targets):g} to "
                f"{np.max(targets):g}. Are labels and logits swapped, or the labels -1 and 1?"
            )
        # Softplus(logit) - y logit with the large terms joined first: what is left of a small loss keeps its digits.
        large = np.maximum(logits, 0.0) - targets * logits
        return _scalar(np.mean(large + np.log1p(np.exp(-np.abs(logits)))))

    def backward(self, upstream: Value = 1.0) -> tuple[Value, None]:
        p = 0.5 * (1.0 + np.tanh(0.5 * self.logits))
        return (p - self.targets) * (as_upstream(self, upstream, 1.0) / np.size(self.logits)), None


def binary_cross_entropy(logits: Any, targets: Any) -> Any:
    """Mean binary cross-entropy, from logits: see `BinaryCrossEntropy` for shapes and errors."""
    return apply(BinaryCrossEntropy(), logits, targets)


class SoftmaxCrossEntropy(Gate):
    """Mean over the batch of -log softmax(logits)[label].

    Shapes: logits `(B, K)`, labels `(B,)` of whole numbers 0 ... K - 1. Gradient (p - y) / B with y one-hot. Raises
    `ValueError` when the shapes or the range of the labels do not fit.
    """

    __slots__ = ("p", "true")
    symbol = "softmax CE"

    def forward(self, logits: Array, labels: Array) -> Value:
        logits = np.asarray(as_float(logits, self))
        self.true = _true_entries(self, logits, labels)
        # On a small batch the detour of .max() and .sum() through Python costs more than the numbers: reduce is direct.
        shifted = logits - np.maximum.reduce(logits, axis=1, keepdims=True)
        self.p = np.exp(shifted)
        sums = np.add.reduce(self.p, axis=1, keepdims=True)
        self.p /= sums
        losses = np.log(sums[:, 0]) - shifted.take(self.true)
        return _scalar(np.add.reduce(losses) / len(losses))

    def backward(self, upstream: Value = 1.0) -> tuple[Value, None]:
        share = as_upstream(self, upstream, 1.0) / len(self.p)
        gradient = self.p * share
        gradient.flat[self.true] -= share
        return gradient, None


def softmax_cross_entropy(logits: Any, labels: Any) -> Any:
    """Mean cross-entropy of softmax(logits) (B, K) against whole-number labels (B,): see `SoftmaxCrossEntropy`."""
    return apply(SoftmaxCrossEntropy(), logits, labels)


class NegativeLogLikelihood(Gate):
    """Mean over the batch of -log p[label], for probabilities `(B, K)` and labels `(B,)`.

    Gradient -1 / (B p[label]) at each label, 0 elsewhere. For a network, prefer `SoftmaxCrossEntropy`: a probability
    that underflowed to 0 has no logarithm. Raises `ValueError` for it, for values above 1 (logits, most likely), and
    for shapes and labels as there.
    """

    __slots__ = ("p", "true")
    symbol = "NLL"

    def forward(self, probabilities: Array, labels: Array) -> Value:
        self.p = p = np.asarray(as_float(probabilities, self))
        self.true = _true_entries(self, p, labels)
        chosen = p.take(self.true)
        if np.any(chosen <= 0):
            raise ValueError(
                "NegativeLogLikelihood: a true class has probability 0, whose logarithm is minus infinity. "
                "Take the loss from the logits with SoftmaxCrossEntropy."
            )
        if np.any(chosen > 1 + 1e-5):
            raise ValueError(
                f"NegativeLogLikelihood: a probability of {chosen.max():g} is above 1. Are these logits? Give them to "
                "softmax first, or to SoftmaxCrossEntropy."
            )
        return _scalar(-np.log(chosen).mean())

    def backward(self, upstream: Value = 1.0) -> tuple[Value, None]:
        gradient = np.zeros_like(self.p)
        gradient.flat[self.true] = -as_upstream(self, upstream, 1.0) / (len(gradient) * self.p.take(self.true))
        return gradient, None


def negative_log_likelihood(probabilities: Any, labels: Any) -> Any:
    """Mean of -log p[label], for probabilities (B, K) and labels (B,): see `NegativeLogLikelihood`."""
    return apply(NegativeLogLikelihood(), probabilities, labels)


LOSSES: dict[str, type[Gate]] = {
    "squared_error": SquaredError,
    "binary_cross_entropy": BinaryCrossEntropy,
    "softmax_cross_entropy": SoftmaxCrossEntropy,
    "negative_log_likelihood": NegativeLogLikelihood,
}


def loss(name: str) -> Gate:
    """A new loss gate by name. Raises `ValueError` listing the names there are."""
    if name not in LOSSES:
        raise ValueError(f"there is no loss {name!r}; choose one of {', '.join(LOSSES)}")
    return LOSSES[name]()


def entropy(p: Array) -> float:
    """H(p) = -sum p log p in nats, with 0 log 0 = 0; `p` is a distribution over its last axis, mean over the others.

    Raises `ValueError` unless `p` has no negative entry and sums to 1.
    """
    return cross_entropy(p, p)


def cross_entropy(p: Array, q: Array) -> float:
    """H(p, q) = -sum p log q in nats, for distributions of one shape. Infinite where q is 0 and p is not.

    Raises `ValueError` as `entropy` does, and for unequal shapes.
    """
    p, q = _distribution("p", p), _distribution("q", q)
    if p.shape != q.shape:
        raise ValueError(f"cross_entropy: p has shape {p.shape} and q {q.shape}; they must be equal")
    if np.any((q == 0) & (p > 0)):
        return float("inf")
    return float(-(p * np.log(np.where(p > 0, q, 1.0))).sum(axis=-1).mean())


def kl_divergence(p: Array, q: Array) -> float:
    """D(p, q) = sum p log(p / q) = H(p, q) - H(p), in nats, at least 0. Not symmetric, so not a distance.

    Raises `ValueError` as `cross_entropy` does.
    """
    return max(cross_entropy(p, q) - entropy(p), 0.0)  # rounding would take it below


def _distribution(name: str, p: Array) -> Array:
    p = np.asarray(p, dtype=float)
    if p.ndim == 0 or np.any(p < 0) or not np.allclose(p.sum(axis=-1), 1.0, atol=1e-6):
        raise ValueError(f"{name} must be a probability distribution: no negative entries, and a sum of 1")
    return p


def _pair(gate: Gate, prediction: Value, target: Value) -> tuple[Value, Value]:
    """Both as floats of the prediction's dtype, and of one shape, with something in them."""
    prediction, target = as_float(prediction, gate), as_float(target, gate)
    shape, of_target = np.shape(prediction), np.shape(target)
    if shape != of_target or 0 in shape:
        hint = " NumPy would broadcast them. Try predictions[:, 0] or targets.reshape(-1, 1)."
        raise ValueError(
            f"{type(gate).__name__}: predictions have shape {shape} and targets {of_target}. They must be equal, and "
            f"not empty.{hint if np.size(prediction) == np.size(target) != 0 else ''}"
        )
    return prediction, in_precision_of(prediction, target)


def _true_entries(gate: Gate, scores: Array, labels: Any) -> Array:
    """Where each example's true class stands when the (B, K) scores are read as one long row."""
    name, labels = type(gate).__name__, np.asarray(labels)
    if np.ndim(scores) != 2 or labels.shape != scores.shape[:1] or scores.size == 0:
        hint = ""
        if np.ndim(scores) == 1:
            hint = " A single example is a batch of one: scores.reshape(1, -1), and its label in a list."
        elif labels.ndim == 2:
            hint = " Labels are whole numbers, not one-hot rows: labels.argmax(axis=1), or labels[:, 0] for a column."
        raise ValueError(
            f"{name}: scores have shape {np.shape(scores)} and labels {labels.shape}; expected (B, K) and (B,), not "
            f"empty.{hint}"
        )
    if labels.dtype.kind not in "iu":
        wrong = [x for x in labels.tolist() if not isinstance(x, (int, float)) or x != x // 1]
        if wrong:
            raise ValueError(f"{name}: labels must be whole numbers, counting from 0; one of them is {wrong[0]!r}")
        labels = labels.astype(np.int64)
    try:
        return np.ravel_multi_index((np.arange(len(labels)), labels), scores.shape)
    except ValueError:
        raise ValueError(
            f"{name}: labels run from {labels.min()} to {labels.max()}, but {scores.shape[1]} classes are numbered "
            f"0 to {scores.shape[1] - 1}. Do yours start at 1?"
        ) from None


def _scalar(value: Any) -> Value:
    """A loss is one number: a Python float, or a float32 scalar where the inputs were float32."""
    return float(value) if value.dtype == np.float64 else value
