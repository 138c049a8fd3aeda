"""What a function is not defined for, refused by the name of its gate. It need not be read to understand a gate."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn_lib.scalars import short


def positive(gate: object, x: Any) -> Any:
    """x itself. Raises `ValueError`, naming the gate, for an entry that has no logarithm."""
    if np.any(np.asarray(x) <= 0):
        raise ValueError(
            f"{type(gate).__name__}: the logarithm needs positive values. Of a probability that underflowed to 0, take "
            "the loss from the logits instead (softmax_cross_entropy, binary_cross_entropy)."
        )
    return x


def with_power(gate: object, x: Any, n: float) -> Any:
    """x itself. Raises `ValueError` or `ZeroDivisionError`, naming the gate, for an entry that has no power n."""
    if not n.is_integer() and np.any(np.asarray(x) < 0):
        raise ValueError(f"{type(gate).__name__}: a negative value has no real power {n}")
    if n < 0 and type(x) is float and x == 0.0:
        raise ZeroDivisionError(f"{type(gate).__name__}: the number 0 has no power {short(n)}")
    return x


def with_slope(gate: object, x: Any, n: float) -> Any:
    """x itself. Raises `ZeroDivisionError`, naming the gate, where x^n has no derivative."""
    if n < 1.0 and np.any(np.asarray(x) == 0):
        raise ZeroDivisionError(
            f"{type(gate).__name__}: x^{short(n)} has no derivative at 0, its slope is infinite there. Keep x away "
            "from 0: take the square root of a sum of squares plus a small number, such as 1e-12"
        )
    return x
