"""Losses: what a network is trained to make small.

Every loss is the mean over the batch of a loss per example. Its gate takes predictions and targets; `backward` returns
the gradient for the predictions and None for the targets, which are data. The cross-entropies take logits, not
probabilities: joining the logarithm with the softmax (or sigmoid) is what keeps them finite and exact, and makes their
gradient as simple as p - y.

Targets of K classes are labels (B,), whole numbers 0 ... K - 1, or distributions (B, K), one-hot or soft. With
`class_weights`, one number above 0 for each class, an example weighs as much as its class (a soft target as much as its
classes on average), and the loss is the weighted mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn_lib.gate import Gate
from nn_lib.graph import apply
from nn_lib.guard import Array, Value, as_float, as_upstream, not_negative, plain
from nn_lib.scalars import decay
from nn_lib.targets import checked_pair, checked_targets, checked_weights


class SquaredError(Gate):
    """Mean over the batch of half the squared norm of prediction - target.

    Shapes: both `(B,)` or both `(B, outputs)`; a single number counts as a batch of one. Targets take the predictions'
    dtype. Gradient (prediction - target) / B. Raises `ValueError` for unequal shapes: `(B, 1)` against `(B,)` would
    broadcast to `(B, B)`.
    """

    __slots__ = ("batch", "error")
    symbol = "½‖·‖²"

    def forward(self, prediction: Value, target: Value) -> Value:
        prediction, target = checked_pair(self, prediction, target)
        self.error = prediction - target
        self.batch = np.shape(self.error)[0] if np.ndim(self.error) else 1
        flat = np.ravel(self.error)
        return plain(0.5 * (flat @ flat) / self.batch)

    def backward(self, upstream: Value = 1.0) -> tuple[Value, None]:
        return self.error * (as_upstream(self, upstream, 1.0) / self.batch), None


def squared_error(prediction: Any, target: Any) -> Any:
    """Mean over the batch of half the squared norm of prediction - target: see `SquaredError` for shapes and errors."""
    return apply(SquaredError(), prediction, target)


class BinaryCrossEntropy(Gate):
    """Mean over all entries of -y log p - (1 - y) log(1 - p), with p = sigmoid(logit).

    Shapes: equal; targets in [0, 1], taken in the logits' dtype. Computed as max(logit, 0) - y logit +
    log(1 + e^-|logit|), finite for any logit. Gradient (p - y) / n, for n entries. `class_weights` are those of 0 and
    1. Raises `ValueError` for unequal shapes or other targets.
    """

    __slots__ = ("class_weights", "logits", "share", "targets")
    symbol = "BCE"

    def __init__(self, class_weights: Sequence[float] | None = None) -> None:
        self.class_weights = checked_weights(self, class_weights, 2)

    def forward(self, logits: Value, targets: Value) -> Value:
        self.logits, self.targets = logits, targets = checked_pair(self, logits, targets)
        if not np.all((targets >= 0) & (targets <= 1)):
            raise ValueError(
                f"BinaryCrossEntropy: targets must lie between 0 and 1; these run from {np.min(targets):g} to "
                f"{np.max(targets):g}. Are labels and logits swapped, or the labels -1 and 1?"
            )
        # Softplus(logit) - y logit with the large terms joined first: what is left of a small loss keeps its digits.
        large = np.maximum(logits, 0.0) - targets * logits
        losses = large + np.log1p(decay(logits))
        if self.class_weights is None:
            self.share: Any = 1.0 / np.size(logits)
            return plain(np.mean(losses))
        of_0, of_1 = self.class_weights.tolist()
        # An entry of target y is y parts a 1, and 1 - y parts a 0.
        small = losses - large
        weighted = of_1 * targets * (np.maximum(-logits, 0.0) + small)
        weighted += of_0 * (1.0 - targets) * (np.maximum(logits, 0.0) + small)
        total = np.sum(of_1 * targets + of_0 * (1.0 - targets))
        self.share = 1.0 / float(total)
        return plain(np.sum(weighted) * self.share)

    def backward(self, upstream: Value = 1.0) -> tuple[Value, None]:
        y, e = self.targets, decay(self.logits)
        # (1 - y) p - y (1 - p), which is p - y: of a p next to 1, 1 - p keeps its digits.
        p, not_p = np.maximum(e, self.logits >= 0.0), np.maximum(e, self.logits <= 0.0)
        of_0, of_1 = (1.0, 1.0) if self.class_weights is None else self.class_weights.tolist()
        gradient = (of_0 * (1.0 - y) * p - of_1 * y * not_p) / (1.0 + e)
        return plain(gradient * (as_upstream(self, upstream, 1.0) * self.share)), None


def binary_cross_entropy(logits: Any, targets: Any, class_weights: Sequence[float] | None = None) -> Any:
    """Mean binary cross-entropy, from logits: see `BinaryCrossEntropy` for shapes and errors."""
    return apply(BinaryCrossEntropy(class_weights), logits, targets)


class SoftmaxCrossEntropy(Gate):
    """Mean over the batch of -log softmax(logits)[label], or of -sum_k y_k log softmax(logits)_k for soft targets y.

    Shapes: logits `(B, K)`, targets `(B,)` or `(B, K)`. Gradient (p - y) / B with y one-hot. Raises `ValueError` when
    the shapes or the range of the targets do not fit.
    """

    __slots__ = ("class_weights", "e", "others", "share", "total", "true")
    symbol = "softmax CE"

    def __init__(self, class_weights: Sequence[float] | None = None) -> None:
        self.class_weights = checked_weights(self, class_weights)

    def forward(self, logits: Array, targets: Array) -> Value:
        logits = np.asarray(as_float(logits, self))
        self.true, self.share = checked_targets(self, logits, targets)
        # On a small batch the detour of .max() and .sum() through Python costs more than the numbers: reduce is direct.
        shifted = logits - np.maximum.reduce(logits, axis=1, keepdims=True)
        self.e = e = np.exp(shifted)  # p = e / total, divided when backward needs it
        if self.true is None:
            self.total = np.add.reduce(e, axis=1)
            return not_negative(np.sum(self.share * (np.log(self.total)[:, None] - shifted)))
        # The true class apart from the others: where it is nearly sure, the loss is what little they have.
        own = e.take(self.true)
        e.put(self.true, 0.0)
        self.others = others = np.add.reduce(e, axis=1)
        self.total = others + own
        losses = np.log1p(others + (own - 1.0)) - shifted.take(self.true)
        if self.class_weights is None:
            return plain(np.add.reduce(losses) / len(losses))
        return plain(np.add.reduce(losses * self.share))

    def backward(self, upstream: Value = 1.0) -> tuple[Value, None]:
        share = as_upstream(self, upstream, 1.0) * self.share
        if self.true is None:
            return self.e * (np.add.reduce(share, axis=1) / self.total)[:, None] - share, None
        part = share / self.total
        gradient = self.e * part[:, None]
        gradient.put(self.true, self.others * -part)  # p - 1 is minus what the others have
        return gradient, None


def softmax_cross_entropy(logits: Any, targets: Any, class_weights: Sequence[float] | None = None) -> Any:
    """Mean cross-entropy of softmax(logits) (B, K) against labels (B,) or distributions (B, K).

    See `SoftmaxCrossEntropy` for errors.
    """
    return apply(SoftmaxCrossEntropy(class_weights), logits, targets)


class NegativeLogLikelihood(Gate):
    """Mean over the batch of -log p[label], for probabilities `(B, K)` and targets `(B,)`, or `(B, K)` if soft.

    Gradient -1 / (B p[label]) at each label, 0 elsewhere. For a network, prefer `SoftmaxCrossEntropy`: a probability
    that underflowed to 0 has no logarithm. Raises `ValueError` for it, for values above 1 (logits, most likely), and
    for shapes and targets as there.
    """

    __slots__ = ("class_weights", "p", "share", "true")
    symbol = "NLL"

    def __init__(self, class_weights: Sequence[float] | None = None) -> None:
        self.class_weights = checked_weights(self, class_weights)

    def forward(self, probabilities: Array, targets: Array) -> Value:
        self.p = p = np.asarray(as_float(probabilities, self))
        true, share = checked_targets(self, p, targets)
        if true is None:  # every class that a soft target asks for
            true = np.flatnonzero(share)
            share = share.take(true)
        self.true, self.share = true, share
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
        return not_negative(-np.sum(np.log(chosen) * share))

    def backward(self, upstream: Value = 1.0) -> tuple[Value, None]:
        gradient = np.zeros_like(self.p)
        gradient.put(self.true, as_upstream(self, upstream, 1.0) * -self.share / self.p.take(self.true))
        return gradient, None


def negative_log_likelihood(probabilities: Any, targets: Any, class_weights: Sequence[float] | None = None) -> Any:
    """Mean of -log p[label], for probabilities (B, K) and labels (B,): see `NegativeLogLikelihood`."""
    return apply(NegativeLogLikelihood(class_weights), probabilities, targets)


LOSSES: dict[str, type[Gate]] = {
    "squared_error": SquaredError,
    "binary_cross_entropy": BinaryCrossEntropy,
    "softmax_cross_entropy": SoftmaxCrossEntropy,
    "negative_log_likelihood": NegativeLogLikelihood,
}


def loss(name: str, class_weights: Sequence[float] | None = None) -> Gate:
    """A new loss gate by name. Raises `ValueError` listing the names there are, or for weights without classes."""
    if name not in LOSSES:
        raise ValueError(f"there is no loss {name!r}; choose one of {', '.join(LOSSES)}")
    if class_weights is None:
        return LOSSES[name]()
    if name == "squared_error":
        raise ValueError("squared_error has no classes, and takes no class_weights")
    return LOSSES[name](class_weights)  # type: ignore[call-arg]
