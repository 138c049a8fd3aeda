"""Numbers that are none any more, and a training that ran away: how it is noticed, and what is said of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nn_lib.gate import Gate
from nn_lib.guard import Array


class TrainingDiverged(FloatingPointError):
    """The loss is no longer a finite number, or beyond all bounds; the message says when, where, and why as a rule."""


def first_not_finite(layers: Sequence[Gate], x: Array) -> str | None:
    """Where NaN or infinity comes in: the inputs, or the first layer whose parameters or output hold it."""
    x = np.asarray(x)
    if x.dtype.kind == "f" and not np.all(np.isfinite(x)):
        place = np.argwhere(~np.isfinite(x))[0]
        return f"the inputs, in row {place[0]}" + (f", column {place[1]}" if len(place) > 1 else "")
    with np.errstate(all="ignore"):
        for number, layer in enumerate(layers, start=1):
            learned = getattr(layer, "parameters", [])
            if not all(np.all(np.isfinite(parameter)) for parameter in learned):
                return f"the parameters of layer {number} ({type(layer).__name__})"
            x = layer.forward(x)
            if not np.all(np.isfinite(x)):
                return f"layer {number} ({type(layer).__name__})"
    return None


def numbers_only(layers: Sequence[Gate], x: Array, outputs: Array) -> Array:
    """The outputs of the layers for x. Raises `ValueError`, saying where they come from, when some are NaN."""
    if np.isnan(outputs).any():
        row = int(np.argwhere(np.isnan(outputs))[0, 0])
        raise ValueError(
            f"the network's output for row {row} is not a number (NaN). It comes from {first_not_finite(layers, x)}. "
            "Look for missing values in the inputs; if the weights are spoilt, train anew with a smaller learning rate"
        )
    return outputs


# What a training cannot come back from: a loss of so many times the first one (or 1, if that was smaller), or weights
# whose sizes sum to so much. The playground stops at the same two.
MOST, MOST_WEIGHT = 1e8, 1e20


def most_loss(first: float) -> float:
    """The largest loss that is no divergence yet, of a training that began with the loss `first`."""
    return MOST * max(1.0, first)


def size_of(parameters: Sequence[Array]) -> float:
    """The sum of the absolute values of all entries."""
    return sum(float(np.abs(p).sum()) for p in parameters)


class Watch:
    """Looks out for values that are no numbers any more, or so large that the training cannot come back from there."""

    def __init__(self, model: Any, optimizer: Any) -> None:
        self.model, self.optimizer, self.epoch = model, optimizer, 0
        self.first = self.bound = math.nan

    def check(self, loss: float, x: Array, what: str) -> None:
        if self.bound != self.bound and math.isfinite(loss):
            self.first, self.bound = loss, most_loss(loss)
        if not loss <= self.bound:
            grown = f"the loss has grown from {self.first:.3g} at the start to"
            raise TrainingDiverged(self._in_words(loss, x, what, grown))

    def check_weights(self, x: Array) -> None:
        total = size_of(self.model.parameters)
        if not total <= MOST_WEIGHT:
            raise TrainingDiverged(self._in_words(total, x, "data", "the weights have grown until they sum to"))

    def _largest(self, x: Array) -> str:
        sizes = []
        for layer in self.model.layers:
            x = layer.forward(x)
            sizes.append(float(np.max(np.abs(x))))
        first = next((n for n, size in enumerate(sizes) if size > 1e3), int(np.argmax(sizes)))
        return (
            f"and layer {first + 1} ({type(self.model.layers[first]).__name__}) gives values up to {sizes[first]:.3g}"
        )

    def _in_words(self, value: float, x: Array, what: str, grown: str) -> str:
        model, place = self.model, first_not_finite(self.model.layers, x)
        advice = (
            f"Usually the learning rate is too large (it is {self.optimizer.learning_rate:g}; try a tenth), or the "
            "inputs are not scaled to about 1."
        )
        if math.isfinite(value):
            return f"training diverged in epoch {self.epoch}: {grown} {value:.3g}, {self._largest(x)}. {advice}"
        if place is None:
            place = f"the loss, above layer {len(model.layers)} ({type(model.layers[-1]).__name__})"
        elif place.startswith("the inputs"):
            place = place.replace("the inputs", "the input data" if what == "data" else "the validation inputs")
            advice = f"Look for missing values in the {what}, or for numbers too large for {model.dtype}."
        return f"training diverged in epoch {self.epoch}: the first value that is not finite is in {place}. {advice}"
