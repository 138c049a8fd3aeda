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
    """Omega = half the sum of squared weights; gradient W. `alpha` >= 0 is its weight in the loss."""

    alpha: float

    def penalty(self, weights: Sequence[Array]) -> float:
        """alpha / 2 times the sum of squares over all the matrices."""
        return float(0.5 * self.alpha * sum(np.vdot(w, w) for w in weights))

    def gradients(self, weights: Sequence[Array]) -> list[Array]:
        """alpha W for each matrix W."""
        return [w * self.alpha for w in weights]


@dataclass(frozen=True)
class L1:
    """Omega = the sum of absolute weights; gradient sign(W), 0 at 0. It pushes weights to exactly 0."""

    alpha: float

    def penalty(self, weights: Sequence[Array]) -> float:
        """alpha times the sum of absolute values over all the matrices."""
        return float(self.alpha * sum(np.abs(w).sum() for w in weights))

    def gradients(self, weights: Sequence[Array]) -> list[Array]:
        """alpha sign(W) for each matrix W."""
        return [np.sign(w) * self.alpha for w in weights]
