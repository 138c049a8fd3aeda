"""Training: shuffled mini-batches, one step each, epoch after epoch."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from nn_lib.arguments import check_training, check_whole, checked_examples
from nn_lib.divergence import Watch
from nn_lib.guard import Array
from nn_lib.history import History, Progress
from nn_lib.layers import MLP
from nn_lib.optimizers import SGD, Optimizer


def minibatches(n: int, batch_size: int, rng: np.random.Generator) -> list[Array]:
    """The indices 0 ... n - 1, shuffled by `rng` and cut into batches (batch_size,); the last one may be short.

    Raises `ValueError` unless both are whole numbers of at least 1.
    """
    check_whole(1, n=n, batch_size=batch_size)
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
    callback: Callable[[History], object] | None = None,
    full_accuracy: bool = False,
) -> History:
    """Train `model` on `data` (anything with `inputs`, `labels` and a length) and return the history.

    Each of the `epochs` goes once through all the examples, in shuffled mini-batches of `batch_size`, with `SGD(0.1)`
    unless told otherwise. With `patience`, stops when the validation loss has not improved for so many epochs, and
    gives the network back the weights of its best epoch. An interrupt from the keyboard stops it too, and the history
    so far is returned. `callback` is called with the history after every epoch: to plot while the network learns.
    With `full_accuracy` all examples go through the network once more at the end of each epoch, for the accuracy then.

    The same seed gives the same weights, bit for bit. A network remembers how far it has shuffled: another call of
    `fit` with the same seed goes on from there, so that with one optimiser four calls of one epoch are one call of
    four.

    Raises `TrainingDiverged` when a loss or a weight stops being finite, or grows beyond all bounds; `ValueError` or
    `TypeError` for arguments that do not fit together.
    """
    optimizer = SGD(0.1) if optimizer is None else optimizer
    check_training(optimizer, epochs, batch_size, validation, patience, callback)
    inputs, labels = checked_examples(model.dtype, data, "data")
    held_out = checked_examples(model.dtype, validation, "validation") if validation is not None else None
    if seed not in model.shuffles:
        model.shuffles[seed] = np.random.default_rng(seed)
    rng = model.shuffles[seed]
    history, start = History(), time.perf_counter()
    shown = Progress(epochs) if progress else None
    watch = Watch(model, optimizer)
    best: list[Array] = []
    try:
        for watch.epoch in range(1, epochs + 1):
            figures = _epoch(model, inputs, labels, optimizer, minibatches(len(inputs), batch_size, rng), watch)
            if full_accuracy and model.classifies:
                figures["accuracy"] = model.accuracy(inputs, labels)
            if held_out is not None:
                figures["validation_loss"] = model.loss(*held_out)
                watch.check(figures["validation_loss"], held_out[0], "validation")
                if model.classifies and model.outputs is not None:
                    figures["validation_accuracy"] = model.share_right(model.outputs, held_out[1])
                if patience is not None and figures["validation_loss"] < min(history.validation_loss, default=np.inf):
                    best, history.best_epoch = [p.copy() for p in model.parameters], watch.epoch
            for name, figure in figures.items():
                getattr(history, name).append(figure)
            history.seconds = time.perf_counter() - start
            history.stopped_early = patience is not None and watch.epoch - (history.best_epoch or 0) >= patience
            if shown:
                shown.show(watch.epoch, history)
            if callback is not None:
                callback(history)
            if history.stopped_early:
                break
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        for parameter, value in zip(model.parameters, best, strict=False):  # none, without patience
            parameter[...] = value
        if shown:
            shown.close()
    return history


def _epoch(
    model: MLP, inputs: Array, labels: Array, optimizer: Optimizer, batches: list[Array], watch: Watch
) -> dict[str, float]:
    """One pass over the data: its mean loss and, of a classifier, its accuracy, both from before each batch's step."""
    total, parameters = 0.0, model.parameters
    outputs: list[Any] = []
    for batch in batches:
        x = inputs.take(batch, axis=0)
        loss = model.loss(x, labels.take(batch, axis=0))
        watch.check(loss, x, "data")
        outputs.append(model.outputs)
        optimizer.step(parameters, model.backward())
        total += loss * len(batch)
    watch.check_weights(x)  # no loss was taken after the last step
    figures = {"loss": total / len(inputs)}
    if model.classifies:
        figures["accuracy"] = model.share_right(np.concatenate(outputs), labels[np.concatenate(batches)])
    return figures
