"""Training: shuffled mini-batches, one step each, epoch after epoch, and a record of how it went."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nn_lib.gate import Array
from nn_lib.layers import MLP
from nn_lib.optimizers import SGD, Optimizer


class TrainingDiverged(FloatingPointError):
    """The loss is no longer a finite number; the message says when, where, and what usually causes it."""


@dataclass
class History:
    """The course of a training, one entry an epoch; in a notebook it draws itself.

    `loss` is the mean over the epoch's mini-batches while the weights moved; `validation_loss` and `accuracy`,
    `validation_accuracy` are measured at its end (accuracies for classifiers only).
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    seconds: float = 0.0
    stopped_early: bool = False

    def __repr__(self) -> str:
        if not self.loss:
            return "no epochs yet"
        parts = [f"{len(self.loss)} epochs in {self.seconds:.1f} s", f"loss {self.loss[-1]:.4g}"]
        if self.validation_loss:
            parts.append(f"validation loss {self.validation_loss[-1]:.4g}")
        if self.validation_accuracy:
            parts.append(f"validation accuracy {self.validation_accuracy[-1]:.1%}")
        return ", ".join(parts) + (", stopped early" if self.stopped_early else "")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from nn_lib import pictures

        if not self.loss:
            return {"text/plain": repr(self)}
        return {**pictures.training_curves(self)._repr_mimebundle_(), "text/plain": repr(self)}


def minibatches(n: int, batch_size: int, rng: np.random.Generator) -> list[Array]:
    """The indices 0 ... n - 1, shuffled and cut into batches; the last one may be short."""
    if n < 1 or batch_size < 1:
        raise ValueError(f"n and batch_size must be at least 1, got {n} and {batch_size}")
    order = rng.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]


def fit(
    model: MLP,
    data: Any,
    *,
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int = 32,
    validation: Any = None,
    patience: int | None = None,
    seed: int = 0,
    progress: bool = True,
) -> History:
    """Train `model` on `data` (anything with `inputs`, `labels` and a length) and return the history.

    With `patience`, stops when the validation loss has not improved for so many epochs. The same seed gives the same
    weights, bit for bit. Raises `TrainingDiverged` when the loss stops being finite, `ValueError` for arguments that do
    not fit together.
    """
    inputs, labels = _examples(model, data, "data")
    held_out = _examples(model, validation, "validation") if validation is not None else None
    if patience is not None and held_out is None:
        raise ValueError("patience needs validation data to watch: fit(..., validation=..., patience=...)")
    optimizer = optimizer or SGD(0.1)
    rng, history, start = np.random.default_rng(seed), History(), time.perf_counter()
    best, since = np.inf, 0
    for epoch in range(1, epochs + 1):
        total = 0.0
        for batch in minibatches(len(inputs), batch_size, rng):
            loss = model.loss(inputs[batch], labels[batch])
            if not np.isfinite(loss):
                raise TrainingDiverged(_what_happened(model, inputs[batch], epoch, optimizer))
            optimizer.step(model.parameters, model.backward())
            total += loss * len(batch)
        history.loss.append(total / len(inputs))
        if model.classifies:
            history.accuracy.append(model.accuracy(inputs, labels))
        if held_out is not None:
            history.validation_loss.append(model.loss(*held_out))
            if model.classifies:
                history.validation_accuracy.append(model.accuracy(*held_out))
            since = 0 if history.validation_loss[-1] < best else since + 1
            best = min(best, history.validation_loss[-1])
        history.seconds = time.perf_counter() - start
        if progress:
            _show_progress(epoch, epochs, history)
        if patience is not None and since >= patience:
            history.stopped_early = True
            break
    if progress:
        print()
    return history


def _examples(model: MLP, data: Any, what: str) -> tuple[Array, Array]:
    for name in ("inputs", "labels"):
        if not hasattr(data, name):
            raise ValueError(f"{what} needs inputs and labels, like datasets.digits().train; {name} is missing")
    inputs, labels = np.ascontiguousarray(data.inputs, dtype=model.dtype), np.asarray(data.labels)
    if len(inputs) != len(labels) or not len(inputs):
        raise ValueError(
            f"{what} has {len(inputs)} inputs and {len(labels)} labels; there must be as many, and at least one"
        )
    return inputs, labels


def _what_happened(model: MLP, x: Array, epoch: int, optimizer: Optimizer) -> str:
    where = "the input data"
    if np.all(np.isfinite(x)):
        where = f"the loss, above layer {len(model.layers)} ({type(model.layers[-1]).__name__})"
        with np.errstate(all="ignore"):
            for number, layer in enumerate(model.layers, start=1):
                x = layer.forward(x)
                if not np.all(np.isfinite(x)):
                    where = f"layer {number} ({type(layer).__name__})"
                    break
    advice = (
        "Look for missing values in the data."
        if where == "the input data"
        else f"Usually the learning rate is too large (it is {optimizer.learning_rate:g}; try a tenth), or the inputs "
        "are not scaled to about 1."
    )
    return f"training diverged in epoch {epoch}: the first value that is not finite is in {where}. {advice}"


def _show_progress(epoch: int, epochs: int, history: History) -> None:
    done = round(20 * epoch / epochs)
    sys.stdout.write(f"\repoch {epoch}/{epochs} [{'=' * done}{' ' * (20 - done)}] {history!r}")
    sys.stdout.flush()
