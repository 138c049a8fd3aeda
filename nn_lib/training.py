"""Training: shuffled mini-batches, one step each, epoch after epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from nn_lib.gate import Array
from nn_lib.history import History, show_progress
from nn_lib.layers import MLP
from nn_lib.optimizers import SGD, Optimizer


BLOCK_BYTES = 2**25


class TrainingDiverged(FloatingPointError):
    """The loss is no longer a finite number; the message says when, where, and what usually causes it."""


def minibatches(n: int, batch_size: int, rng: np.random.Generator) -> list[Array]:
    """The indices 0 ... n - 1, shuffled by `rng` and cut into batches (batch_size,); the last one may be short.

    Raises `ValueError` unless both are whole numbers of at least 1.
    """
    _check_whole(1, n=n, batch_size=batch_size)
    order = rng.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]


# A value that overflows is told of in words below, and not by warnings from within NumPy.
@np.errstate(over="ignore", invalid="ignore")
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
    full_accuracy: bool = False,
) -> History:
    """Train `model` on `data` (anything with `inputs`, `labels` and a length) and return the history.

    Each of the `epochs` goes once through all the examples, in shuffled mini-batches of `batch_size`, with `SGD(0.1)`
    unless told otherwise. With `patience`, stops when the validation loss has not improved for so many epochs; an
    interrupt from the keyboard stops it too, and the history so far is returned. The same seed gives the same weights,
    bit for bit.

    The accuracy of an epoch is that of its mini-batches, each before the step taken with it, like the loss. With
    `full_accuracy` all the examples go through the network once more at the end of each epoch, for the accuracy then.

    Raises `TrainingDiverged` when a loss or a weight stops being finite, `ValueError` or `TypeError` for arguments that
    do not fit together.
    """
    inputs, labels = _examples(model, data, "data")
    held_out = _examples(model, validation, "validation") if validation is not None else None
    if patience is not None and held_out is None:
        raise ValueError("patience needs validation data to watch: fit(..., validation=..., patience=...)")
    _check_whole(0, epochs=epochs)
    _check_whole(1, batch_size=batch_size, patience=1 if patience is None else patience)
    optimizer = SGD(0.1) if optimizer is None else optimizer
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be one such as SGD(learning_rate=0.1), not {optimizer!r}")
    rng, history, start = np.random.default_rng(seed), History(), time.perf_counter()
    best, since = np.inf, 0
    parameters = model.parameters
    most = min(len(inputs), _block(inputs, batch_size))
    outputs = np.empty((most, model.sizes[-1]), model.dtype) if model.classifies and not full_accuracy else None

    def check(value: float, x: Array, what: str) -> None:
        if not math.isfinite(value):
            raise TrainingDiverged(_what_happened(model, x, epoch, optimizer, what))

    try:
        for epoch in range(1, epochs + 1):
            total, right = 0.0, 0.0
            for xs, ys in _shuffled(inputs, labels, batch_size, rng):
                for at in range(0, len(xs), batch_size):
                    x = xs[at : at + batch_size]
                    loss = model.loss(x, ys[at : at + batch_size])
                    if not math.isfinite(loss):
                        check(loss, x, "data")
                    if outputs is not None:
                        outputs[at : at + len(x)] = model.outputs
                    optimizer.step(parameters, model.backward())
                    total += loss * len(x)
                if outputs is not None:
                    right += model.share_right(outputs[: len(xs)], ys) * len(xs)
            # No loss was taken after the epoch's last step.
            check(sum(float(p.sum()) for p in parameters), x, "data")
            figures = {"loss": total / len(inputs)}
            if outputs is not None:
                figures["accuracy"] = right / len(inputs)
            elif model.classifies:
                figures["accuracy"] = model.accuracy(inputs, labels)
            if held_out is not None:
                figures["validation_loss"] = model.loss(*held_out)
                check(figures["validation_loss"], held_out[0], "validation")
                if model.classifies:
                    figures["validation_accuracy"] = model.share_right(model.outputs, held_out[1])
                since = 0 if figures["validation_loss"] < best else since + 1
                best = min(best, figures["validation_loss"])
            for name, figure in figures.items():
                getattr(history, name).append(figure)
            history.seconds = time.perf_counter() - start
            history.stopped_early = patience is not None and since >= patience
            if progress:
                show_progress(epoch, epochs, history)
            if history.stopped_early:
                break
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        if progress:
            print()
    return history


def _block(inputs: Array, batch_size: int) -> int:
    """How many examples are put in order at once: whole mini-batches, and not so many that the memory doubles."""
    return batch_size * max(1, BLOCK_BYTES // max(1, inputs[:1].nbytes * batch_size))


def _shuffled(inputs: Array, labels: Array, batch_size: int, rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """The examples in the order of `minibatches`, a block of whole mini-batches at a time."""
    order, block = rng.permutation(len(inputs)), _block(inputs, batch_size)
    for start in range(0, len(order), block):
        taken = order[start : start + block]
        yield inputs.take(taken, axis=0), labels.take(taken, axis=0)


def _check_whole(least: int, **arguments: int) -> None:
    for name, value in arguments.items():
        if not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")


def _examples(model: MLP, data: Any, what: str) -> tuple[Array, Array]:
    for name in ("inputs", "labels"):
        if not hasattr(data, name):
            raise ValueError(f"{what} needs inputs and labels, like datasets.digits().train; {name} is missing")
    inputs, labels = np.ascontiguousarray(data.inputs, dtype=model.dtype), np.asarray(data.labels)
    if len(inputs) != len(labels) or not len(inputs):
        raise ValueError(
            f"{what} has {len(inputs)} inputs and {len(labels)} labels; there must be as many, and at least one"
        )
    if labels.dtype.kind == "f" and not np.all(np.isfinite(labels)):
        row = int(np.argwhere(~np.isfinite(labels))[0, 0])
        raise ValueError(f"{what} has a label that is not finite, in row {row}: look for missing values")
    return inputs, labels


def _what_happened(model: MLP, x: Array, epoch: int, optimizer: Optimizer, what: str) -> str:
    where = f"the loss, above layer {len(model.layers)} ({type(model.layers[-1]).__name__})"
    advice = (
        f"Usually the learning rate is too large (it is {optimizer.learning_rate:g}; try a tenth), or the inputs "
        "are not scaled to about 1."
    )
    if not np.all(np.isfinite(x)):
        where = "the input data" if what == "data" else "the validation inputs"
        advice = f"Look for missing values in the {what}, or for numbers too large for {model.dtype}."
    else:
        for number, layer in enumerate(model.layers, start=1):
            x = layer.forward(x)
            if not np.all(np.isfinite(x)):
                where = f"layer {number} ({type(layer).__name__})"
                break
    return f"training diverged in epoch {epoch}: the first value that is not finite is in {where}. {advice}"
