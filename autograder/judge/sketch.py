"""A value known by a sketch alone: its shape, and one number that tells it from another value of that shape.

Check data holds what wrong answers give, and what the right function gives for changed inputs, only to be recognised. A
sketch is enough for that, takes four bytes for each array, and shows nobody the values. The number is a weighted sum
of all entries, each brought to a common scale first, so that no large entry hides a small one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

_NAN, _PLUS, _MINUS = 1234.5, 2345.5, -3456.5


@dataclass(frozen=True)
class Sketch:
    """What is left of an array or a number: its shape, and the sum that stands for its entries."""

    shape: tuple[int, ...]
    total: float

    def is_like(self, value: Any, room: Any) -> bool:
        """Whether an array can be the one sketched; `room` is how far each of its entries may be off."""
        value = np.asarray(value, dtype=float)
        if value.shape != self.shape:
            return False
        weights = np.abs(_weights(value.size)).reshape(value.shape)
        with np.errstate(all="ignore"):
            scaled = np.nan_to_num(np.asarray(room) / np.hypot(1.0, value), nan=0.0, posinf=0.0)
        return abs(sketched(value).total - self.total) <= float(np.sum(weights * scaled)) + _rounding(value)


def sketched(value: Any) -> Sketch:
    """The sketch of an array or a number."""
    value = np.asarray(value, dtype=float)
    with np.errstate(all="ignore"):
        scaled: Any = np.nan_to_num(np.arcsinh(value), nan=_NAN, posinf=_PLUS, neginf=_MINUS)
    return Sketch(value.shape, float(np.float32(np.sum(_weights(value.size) * scaled.reshape(-1)))))


def _rounding(value: Any) -> float:
    """What the rounding of the sum to float32 may come to."""
    with np.errstate(all="ignore"):
        scaled = np.nan_to_num(np.abs(np.arcsinh(value)), nan=_NAN, posinf=-_MINUS)
    return 3e-7 * float(np.sum(scaled)) + 1e-12


def _weights(count: int) -> Any:
    return _many_weights(max(1024, 1 << max(count - 1, 0).bit_length()))[:count]


@lru_cache(maxsize=8)
def _many_weights(count: int) -> Any:
    """Weights between 0.5 and 1.5 of both signs, no two alike: multiples of the golden ratio, the same everywhere."""
    places = np.arange(1, count + 1)
    return (0.5 + places * 0.6180339887498949 % 1.0) * np.where(places * 0.7548776662466927 % 1.0 < 0.5, -1.0, 1.0)
