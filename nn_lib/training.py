"""Training: shuffled mini-batches, one step each, epoch after epoch, and a record of how it went."""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nn_lib.gate import Array, as_float
from nn_lib.layers import MLP
from nn_lib.optimizers import SGD, Optimizer


class TrainingDiverged(FloatingPointError):
    """The loss is no longer a finite number; the message says when, where, and what usually causes it.

    `history` holds the epochs before.
    """

    history: History


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
    interrupted: bool = False

    def __repr__(self) -> str:
        if not self.loss:
            return "no epochs yet"
        parts = [f"{len(self.loss)} epochs in {self.seconds:.1f} s", f"loss {self.loss[-1]:.4g}"]
        if self.validation_loss:
            parts.append(f"validation loss {self.validation_loss[-1]:.4g}")
        if self.validation_accuracy:
            parts.append(f"validation accuracy {self.validation_accuracy[-1]:.1%}")
        ending = ", stopped early" * self.stopped_early + ", interrupted" * self.interrupted
        return ", ".join(parts) + ending

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from nn_lib import pictures

        if not self.loss:
            return {"text/plain": repr(self)}
        return {**pictures.training_curves(self)._repr_mimebundle_(), "text/plain": repr(self)}


def minibatches(n: int, batch_size: int, rng: np.random.Generator) -> list[Array]:
    """The indices 0 ... n - 1, shuffled by `rng` and cut into batches (batch_size,); the last one may be short.

    Raises `ValueError` unless both are whole numbers of at least 1.
    """
    _check_whole(1, n=n, batch_size=batch_size)
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

    Each of the `epochs` goes once through all the examples, in shuffled mini-batches of `batch_size` (the last may be
    short), with `SGD(0.1)` unless told otherwise. With `patience`, stops when the validation loss has not improved for
    so many epochs; an interrupt from the keyboard stops it too, and the history so far is returned. The same seed gives
    the same weights, bit for bit. `progress=False` silences the progress bar.

    Raises `TrainingDiverged` when a loss or a weight stops being finite, `ValueError` or `TypeError` for arguments that
    do not fit together.
    """
    if not isinstance(model, MLP):
        raise TypeError(f"fit trains an MLP, not {model!r}")
    optimizer = SGD(0.1) if optimizer is None else optimizer
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be one such as SGD(learning_rate=0.1), not {optimizer!r}")
    inputs, labels = _examples(model, data, "data")
    held_out = _examples(model, validation, "validation") if validation is not None else None
    if patience is not None and held_out is None:
        raise ValueError("patience needs validation data to watch: fit(..., validation=..., patience=...)")
    _check_whole(0, epochs=epochs)
    _check_whole(1, batch_size=batch_size, patience=1 if patience is None else patience)
    rng, history, start = np.random.default_rng(seed), History(), time.perf_counter()
    best, since, show = np.inf, 0, _Progress(epochs) if progress else None

    def check(loss: float, x: Array, what: str) -> None:
        if not np.isfinite(loss):
            error = TrainingDiverged(_what_happened(model, x, epoch, optimizer, what))
            error.history = history
            raise error

    # A value that overflows is told of by the check, in words, and not by warnings from within NumPy.
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            for epoch in range(1, epochs + 1):
                total = 0.0
                for batch in minibatches(len(inputs), batch_size, rng):
                    loss = model.loss(inputs[batch], labels[batch])
                    check(loss, inputs[batch], "data")
                    optimizer.step(model.parameters, model.backward())
                    total += loss * len(batch)
                # The last step of the epoch was not followed by a loss.
                check(sum(float(p.sum()) for p in model.parameters), inputs[batch], "data")
                history.loss.append(total / len(inputs))
                if model.classifies:
                    history.accuracy.append(model.accuracy(inputs, labels))
                if held_out is not None:
                    history.validation_loss.append(model.loss(*held_out))
                    check(history.validation_loss[-1], held_out[0], "validation")
                    if model.classifies:
                        history.validation_accuracy.append(model.accuracy(*held_out))
                    since = 0 if history.validation_loss[-1] < best else since + 1
                    best = min(best, history.validation_loss[-1])
                history.seconds = time.perf_counter() - start
                history.stopped_early = patience is not None and since >= patience
                if show:
                    show(epoch, history)
                if history.stopped_early:
                    break
        except KeyboardInterrupt:
            history.interrupted = True
        finally:
            if show:
                show.end(history)
    return history


def _check_whole(least: int, **arguments: int) -> None:
    for name, value in arguments.items():
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")


def _examples(model: MLP, data: Any, what: str) -> tuple[Array, Array]:
    for name in ("inputs", "labels"):
        if not hasattr(data, name):
            raise ValueError(f"{what} needs inputs and labels, like datasets.digits().train; {name} is missing")
    with np.errstate(over="ignore"):  # too large for float32: infinite, and told of as such
        inputs = np.ascontiguousarray(as_float(data.inputs), dtype=model.dtype)
    labels = np.asarray(data.labels)
    if len(inputs) != len(labels) or not len(inputs):
        raise ValueError(
            f"{what} has {len(inputs)} inputs and {len(labels)} labels; there must be as many, and at least one"
        )
    if labels.dtype.kind == "f" and not np.all(np.isfinite(labels)):
        row = int(np.argwhere(~np.isfinite(labels))[0][0])
        raise ValueError(f"{what} has a label that is not finite, in row {row}. Look for missing values.")
    return inputs, labels


def _what_happened(model: MLP, x: Array, epoch: int, optimizer: Optimizer, what: str) -> str:
    advice = (
        f"Usually the learning rate is too large (it is {optimizer.learning_rate:g}; try a tenth), or the inputs "
        "are not scaled to about 1."
    )
    if not np.all(np.isfinite(x)):
        where = "the input data" if what == "data" else "the validation inputs"
        advice = f"Look for missing values, or for numbers that are too large for {model.dtype}."
    else:
        where = f"the loss, above layer {len(model.layers)} ({type(model.layers[-1]).__name__})"
        for number, layer in enumerate(model.layers, start=1):
            x = layer.forward(x)
            if not np.all(np.isfinite(x)):
                where = f"layer {number} ({type(layer).__name__})"
                break
    return f"training diverged in epoch {epoch}: the first value that is not finite is in {where}. {advice}"


class _Progress:
    """A bar that grows on one line of a terminal or a notebook; in a file or a pipe, a line every tenth of the way."""

    def __init__(self, epochs: int) -> None:
        self.epochs, self.width = epochs, shutil.get_terminal_size((120, 24)).columns - 1
        self.rewrites = sys.stdout.isatty() or "kernel" in type(sys.stdout).__module__
        self.shown = 0

    def __call__(self, epoch: int, history: History) -> None:
        done = round(20 * epoch / self.epochs)
        line = f"epoch {epoch}/{self.epochs} [{'=' * done}{' ' * (20 - done)}] {history!r}"
        tenth = 10 * epoch // self.epochs > 10 * (epoch - 1) // self.epochs
        if self.rewrites:  # padded, so that nothing of a longer line stays behind
            print("\r" + line[: self.width].ljust(self.width), end="", flush=True)
            self.shown += 1
        elif epoch == 1 or tenth or history.stopped_early:
            print(line)

    def end(self, history: History) -> None:
        if self.rewrites and self.shown:
            print()
        if history.interrupted:
            print(f"interrupted: {history!r}")
