"""What networks and trainings are given, looked over before it is used. It need not be read to understand them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn_lib.guard import Array
from nn_lib.optimizers import Optimizer
from nn_lib.regularizers import Regularizer


def checked_network(
    sizes: Sequence[int],
    activation: str | Sequence[str],
    loss: str,
    output: str,
    dtype: Any,
    regularizer: object,
    class_weights: Sequence[float] | None,
) -> list[str]:
    """The activation of each hidden layer. Raises `ValueError` or `TypeError` where the arguments make no network."""
    if len(sizes) < 2 or any(int(size) != size or size < 1 for size in sizes):
        raise ValueError(f"sizes must be at least two whole numbers above 0, from input to output; got {list(sizes)}")
    names = [activation] * (len(sizes) - 2) if isinstance(activation, str) else list(activation)
    if len(names) != len(sizes) - 2:
        raise ValueError(f"{len(sizes) - 2} hidden layers need as many activations, got {len(names)}")
    if output == {"softmax_cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}.get(loss):
        raise ValueError(f'{loss} takes logits, and applies the {output} itself: leave output="linear"')
    if loss == "negative_log_likelihood" and output != "softmax":
        raise ValueError(f'negative_log_likelihood takes probabilities: output must be "softmax", not {output!r}')
    if regularizer is not None and not isinstance(regularizer, Regularizer):
        raise TypeError(f"regularizer must be L2(alpha) or L1(alpha), not {regularizer!r}")
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32 or float64, not {np.dtype(dtype)}")
    if class_weights is not None and loss != "binary_cross_entropy" and len(class_weights) != sizes[-1]:
        raise ValueError(f"{len(class_weights)} class_weights, but {sizes[-1]} outputs: one for each")
    return names


def check_whole(least: int, **arguments: int) -> None:
    """Raises `ValueError`, naming the argument, unless all are whole numbers of at least `least`."""
    for name, value in arguments.items():
        if not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")


def check_training(
    optimizer: object, epochs: int, batch_size: int, validation: object, patience: int | None, callback: object
) -> None:
    """Raises `ValueError` or `TypeError` where these arguments of `fit` make no training."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be one such as SGD(learning_rate=0.1), not {optimizer!r}")
    check_whole(0, epochs=epochs)
    check_whole(1, batch_size=batch_size, patience=1 if patience is None else patience)
    if patience is not None and validation is None:
        raise ValueError("patience needs validation data to watch: fit(..., validation=..., patience=...)")
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function of the history, not {callback!r}")


def checked_examples(dtype: Any, data: Any, what: str) -> tuple[Array, Array]:
    """Inputs in the dtype of the network, and labels, as many, all of them there. Raises `ValueError`."""
    for name in ("inputs", "labels"):
        if not hasattr(data, name):
            raise ValueError(f"{what} needs inputs and labels, like datasets.digits().train; {name} is missing")
    inputs, labels = np.ascontiguousarray(data.inputs, dtype=dtype), np.asarray(data.labels)
    if len(inputs) != len(labels) or not len(inputs):
        raise ValueError(
            f"{what} has {len(inputs)} inputs and {len(labels)} labels; there must be as many, and at least one"
        )
    if labels.dtype.kind == "f" and not np.all(np.isfinite(labels)):
        row = int(np.argwhere(~np.isfinite(labels))[0, 0])
        raise ValueError(f"{what} has a label that is not finite, in row {row}: look for missing values")
    return inputs, labels
