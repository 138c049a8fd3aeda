"""What a loss is given to compare with: targets, labels and class weights, looked over before they are used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn_lib.gate import Gate
from nn_lib.guard import Array, Value, as_float, in_precision_of


def checked_pair(gate: Gate, prediction: Value, target: Value) -> tuple[Value, Value]:
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


def checked_weights(gate: Gate, given: Sequence[float] | None, classes: int | None = None) -> Array | None:
    if given is None:
        return None
    weights = np.asarray(as_float(given, gate), np.float64)
    if weights.ndim != 1 or not np.all(np.isfinite(weights) & (weights > 0)) or classes not in (None, len(weights)):
        raise ValueError(
            f"{type(gate).__name__}: class_weights must be {classes or 'as many'} numbers above 0"
            f"{'' if classes else ' as there are classes'}, not {given!r}"
        )
    return weights


def checked_targets(gate: Any, scores: Array, targets: Any) -> tuple[Array | None, Any]:
    """Where each example's true class stands when the (B, K) scores are read as one long row, and its share of the sum.

    For soft targets: None, and the share (B, K) of each class of each example.
    """
    name, targets, weights = type(gate).__name__, np.asarray(targets), gate.class_weights
    if weights is not None and np.shape(scores)[-1:] != weights.shape:
        raise ValueError(
            f"{name}: {len(weights)} class_weights for scores of shape {np.shape(scores)}; expected (B, K)"
        )
    if targets.ndim == 2 and targets.shape == scores.shape and scores.size:
        y = _distributions(name, targets)
        if np.count_nonzero(y) > len(y) or np.any(y.max(axis=1) != 1.0):
            share = y if weights is None else y * weights
            return None, (share / (len(y) if weights is None else share.sum())).astype(scores.dtype)
        targets = y.argmax(axis=1)
    labels = _labels(name, scores, targets)
    try:
        true = np.ravel_multi_index((np.arange(len(labels)), labels), scores.shape)
    except ValueError:
        raise ValueError(
            f"{name}: labels run from {labels.min()} to {labels.max()}, but {scores.shape[1]} classes are numbered "
            f"0 to {scores.shape[1] - 1}. Do yours start at 1?"
        ) from None
    if weights is None:
        return true, 1.0 / len(labels)
    share = weights[labels]
    return true, (share / share.sum()).astype(scores.dtype)


def _distributions(name: str, targets: Array) -> Array:
    y = np.asarray(targets, float) if targets.dtype.kind in "iubf" else np.full(targets.shape, np.nan)
    wrong = np.flatnonzero(~(np.all(y >= 0, axis=1) & (np.abs(y.sum(axis=1) - 1.0) < 1e-3)))
    if len(wrong):
        hint = " A column of labels is given as labels[:, 0]." if y.shape[1] == 1 else ""
        raise ValueError(
            f"{name}: targets of the scores' shape {y.shape} must be distributions: no entry below 0, and rows that "
            f"sum to 1. Row {wrong[0]} is {targets[wrong[0]].tolist()}.{hint}"
        )
    return y


def _labels(name: str, scores: Array, labels: Array) -> Array:
    if scores.ndim != 2 or labels.shape != scores.shape[:1] or scores.size == 0:
        hint = ""
        if np.ndim(scores) == 1:
            hint = " A single example is a batch of one: scores.reshape(1, -1), and its label in a list."
        elif labels.ndim == 2:
            hint = " Labels that stand in a column are labels[:, 0]; one-hot rows have one entry for each class."
        raise ValueError(
            f"{name}: scores have shape {np.shape(scores)} and labels {labels.shape}; expected (B, K) and (B,), not "
            f"empty.{hint}"
        )
    if labels.dtype.kind not in "iu":
        wrong = [x for x in labels.tolist() if not isinstance(x, (int, float)) or x != x // 1]
        if wrong:
            raise ValueError(f"{name}: labels must be whole numbers, counting from 0; one of them is {wrong[0]!r}")
        labels = labels.astype(np.int64)
    return labels
