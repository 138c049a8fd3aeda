"""Penalties on large weights: alpha * Omega is added to the loss, its gradient to the gradients of the weights.

Biases are left alone: they do not make a function steep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nn_lib.gate import Array


@dataclass(frozen=True)
class L2:
    """Omega = half the sum of squared weights; gradient W (Taylor's deck). `alpha` >= 0 is its weight in the loss.

    Raises `ValueError` for a negative alpha.
    """

    alpha: float

    def __post_init__(self) -> None:
        _check_alpha(self.alpha)

    def penalty(self, weights: Sequence[Array]) -> float:
        """alpha / 2 times the sum of squares over all the matrices."""
        return float(0.5 * self.alpha * sum(np.vdot(w, w) for w in weights))

    def gradients(self, weights: Sequence[Array]) -> list[Array]:
        """alpha W for each matrix W."""
        return [w * self.alpha for w in weights]


@dataclass(frozen=True)
class L1:
    """Omega = the sum of absolute weights; gradient sign(W), 0 at 0 (Taylor's deck). It pushes weights to exactly 0.

    Raises `ValueError` for a negative alpha.
    """

    alpha: float

    def __post_init__(self) -> None:
        _check_alpha(self.alpha)

    def penalty(self, weights: Sequence[Array]) -> float:
        """alpha times the sum of absolute values over all the matrices."""
        return float(self.alpha * sum(np.abs(w).sum() for w in weights))

    def gradients(self, weights: Sequence[Array]) -> list[Array]:
        """alpha sign(W) for each matrix W."""
        return [np.sign(w) * self.alpha for w in weights]


def _check_alpha(alpha: float) -> None:
    if not isinstance(alpha, (int, float)) or not alpha >= 0:
        raise ValueError(f"a regulariser's alpha must be a number of at least 0, got {alpha!r}")
