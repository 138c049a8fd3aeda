"""Data to learn from: shapes in the plane, and 8x8 pictures of handwritten digits.

The shapes are those of the TensorFlow playground (Smilkov et al. 2017), with its ranges. Every function gives
the same data for the same seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
_RADIUS = 5.0  # classification shapes fill [-5, 5] x [-5, 5], regression surfaces [-6, 6] x [-6, 6]
_REGRESSION_RADIUS = 6.0


@dataclass(frozen=True)
class Split:
    """Examples, one per row of `inputs` `[N x m]`, with their `labels`.

    Labels are integers of shape `(N,)` for classification, real targets of shape `(N, 1)` for regression.
    """

    inputs: Array
    labels: Array

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class Dataset:
    """Examples to train on and examples kept apart to test with; `classes` is 0 for regression."""

    train: Split
    test: Split
    classes: int

    def __repr__(self) -> str:
        kind = f"{self.classes} classes" if self.classes else "regression"
        shape = self.train.inputs.shape[1]
        return f"<Dataset: {len(self.train)} to train, {len(self.test)} to test, {shape} inputs each, {kind}>"


def digits(dtype: DTypeLike = np.float64, train_ratio: float = 0.8, seed: int = 0) -> Dataset:
    """1,797 handwritten digits of 8x8 pixels: inputs `[N x 64]` in [0, 1], labels 0 to 9.

    Each digit is divided between train and test in the same ratio. The same seed gives the same division.
    Source and licence: `nn_lib/data/digits.txt`. Raises `ValueError` for a ratio outside [0.1, 0.9], a
    dtype other than float32 and float64, or a seed that is not a whole number of at least 0.
    """
    if dtype not in (np.dtype("float32"), np.dtype("float64")):
        raise ValueError(f"digits: dtype must be float32 or float64, not {dtype!r}")
    dtype = np.dtype(dtype)
    _check_share("digits", "train_ratio", train_ratio, 0.1, 0.9)
    rng = _generator("digits", seed)
    with (
        (files("nn_lib") / "data" / "digits.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as stored,
    ):
        inputs, labels = stored["images"].astype(dtype) / dtype.type(16), stored["labels"].astype(np.int64)
    train: list[Array] = []
    test: list[Array] = []
    for digit in range(10):
        where = rng.permutation(np.flatnonzero(labels == digit))
        cut = round(train_ratio * len(where))
        train.append(where[:cut])
        test.append(where[cut:])
    first, second = (rng.permutation(np.concatenate(part)) for part in (train, test))
    return Dataset(Split(inputs[first], labels[first]), Split(inputs[second], labels[second]), classes=10)


def circle(n: int = 500, noise: float = 0.0, train_ratio: float = 0.5, seed: int = 0) -> Dataset:
    """A disc of class 1 inside a ring of class 0. See `spirals` for the arguments."""
    rng = _start("circle", n, noise, train_ratio, seed)
    inside = np.arange(n) < n // 2
    radius = np.where(inside, rng.uniform(0, 0.5 * _RADIUS, n), rng.uniform(0.7 * _RADIUS, _RADIUS, n))
    angle = rng.uniform(0, 2 * np.pi, n)
    points = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    # Noise moves the point that is labelled, not the one that is shown: near the border labels get wrong.
    moved = points + noise * rng.uniform(-_RADIUS, _RADIUS, (n, 2))
    return _divide(rng, points, (np.hypot(*moved.T) < 0.5 * _RADIUS).astype(np.int64), train_ratio, 2)


def xor(n: int = 500, noise: float = 0.0, train_ratio: float = 0.5, seed: int = 0) -> Dataset:
    """Class 1 where the signs of the two coordinates agree. See `spirals` for the arguments."""
    rng = _start("xor", n, noise, train_ratio, seed)
    points = rng.uniform(-_RADIUS, _RADIUS, (n, 2))
    points += np.where(points > 0, 0.3, -0.3)
    moved = points + noise * rng.uniform(-_RADIUS, _RADIUS, (n, 2))
    return _divide(rng, points, (moved[:, 0] * moved[:, 1] >= 0).astype(np.int64), train_ratio, 2)


def gaussians(n: int = 500, noise: float = 0.0, train_ratio: float = 0.5, seed: int = 0) -> Dataset:
    """A cloud of class 1 around (2, 2), one of class 0 around (-2, -2); noise widens both. See `spirals`."""
    rng = _start("gaussians", n, noise, train_ratio, seed)
    labels = (np.arange(n) < n // 2).astype(np.int64)
    variance = 0.5 + 7.0 * noise
    points = np.where(labels, 2.0, -2.0)[:, None] + np.sqrt(variance) * rng.standard_normal((n, 2))
    return _divide(rng, points, labels, train_ratio, 2)


def spirals(n: int = 500, noise: float = 0.0, train_ratio: float = 0.5, seed: int = 0) -> Dataset:
    """Two spiral arms wound around each other, class 1 and class 0, the hardest of the shapes.

    `n` points in all, `noise` from 0 to 0.5, `train_ratio` from 0.1 to 0.9, `seed` 0 or more. Inputs are `[N x 2]`,
    float64, within about [-5, 5]; labels are integers 0 and 1. Raises `ValueError` naming the argument that is out of
    range.
    """
    rng = _start("spirals", n, noise, train_ratio, seed)
    labels = (np.arange(n) < n // 2).astype(np.int64)
    along = np.concatenate([np.arange(count) / count for count in (n // 2, n - n // 2)])
    angle = 1.75 * along * 2 * np.pi + np.where(labels, 0.0, np.pi)
    points = _RADIUS * along[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    points += noise * rng.uniform(-1, 1, (n, 2))
    return _divide(rng, points, labels, train_ratio, 2)


def plane(n: int = 1200, noise: float = 0.0, train_ratio: float = 0.5, seed: int = 0) -> Dataset:
    """Regression: targets `(N, 1)` rise evenly with x + y, from -1.2 to 1.2 without noise. See `spirals`."""
    rng = _start("plane", n, noise, train_ratio, seed)
    points = rng.uniform(-_REGRESSION_RADIUS, _REGRESSION_RADIUS, (n, 2))
    moved = points + noise * rng.uniform(-_REGRESSION_RADIUS, _REGRESSION_RADIUS, (n, 2))
    return _divide(rng, points, moved.sum(axis=1, keepdims=True) / 10.0, train_ratio, 0)


def regression_gaussians(n: int = 1200, noise: float = 0.0, train_ratio: float = 0.5, seed: int = 0) -> Dataset:
    """Regression: targets `(N, 1)` form three hills and three hollows between 1 and -1. See `spirals`."""
    rng = _start("regression_gaussians", n, noise, train_ratio, seed)
    points = rng.uniform(-_REGRESSION_RADIUS, _REGRESSION_RADIUS, (n, 2))
    moved = points + noise * rng.uniform(-_REGRESSION_RADIUS, _REGRESSION_RADIUS, (n, 2))
    centres = np.array([(-4, 2.5), (0, 2.5), (4, 2.5), (-4, -2.5), (0, -2.5), (4, -2.5)])
    signs = np.array([1, -1, 1, -1, 1, -1])
    distance = np.linalg.norm(moved[:, None] - centres, axis=2)
    heights = signs * np.clip(1 - distance / 2, 0, 1)
    highest = np.abs(heights).argmax(axis=1)
    return _divide(rng, points, heights[np.arange(n), highest][:, None], train_ratio, 0)


def _start(shape: str, n: int, noise: float, train_ratio: float, seed: int) -> np.random.Generator:
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 10:
        raise ValueError(f"{shape}: n must be a whole number of at least 10 points, not {n!r}")
    _check_share(shape, "noise", noise, 0.0, 0.5)
    _check_share(shape, "train_ratio", train_ratio, 0.1, 0.9)
    return _generator(shape, seed)


def _generator(shape: str, seed: int) -> np.random.Generator:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"{shape}: seed must be a whole number of at least 0, not {seed!r}")
    return np.random.default_rng(seed)


def _check_share(shape: str, name: str, value: float, low: float, high: float) -> None:
    if not isinstance(value, (int, float, np.integer, np.floating)) or not low <= value <= high:
        raise ValueError(f"{shape}: {name} must lie between {low} and {high}, not {value!r}")


def _divide(rng: np.random.Generator, points: Array, labels: Array, train_ratio: float, classes: int) -> Dataset:
    order = rng.permutation(len(points))
    first, second = np.split(order, [round(train_ratio * len(points))])
    return Dataset(Split(points[first], labels[first]), Split(points[second], labels[second]), classes)
