"""Penalties on large weights: alpha * Omega is added to the loss, its gradient to the gradients of the weights.

Biases are left alone: they do not make a function steep.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nn_lib.guard import Array


@dataclass(frozen=True)
class Regularizer:
    """A penalty whose weight in the loss is `alpha` >= 0. Raises `ValueError` for another alpha."""

    alpha: float

    def __post_init__(self) -> None:
        if not self.alpha >= 0:
            raise ValueError(f"a regulariser's alpha must be at least 0, got {self.alpha}")

    def penalty(self, weights: Sequence[Array]) -> float:
        """alpha Omega for these matrices, which is added to the loss."""
        raise NotImplementedError

    def gradients(self, weights: Sequence[Array]) -> list[Array]:
        """The gradient of alpha Omega for each matrix."""
        raise NotImplementedError


class L2(Regularizer):
    """Omega = half the sum of squared weights; gradient W."""

    def penalty(self, weights: Sequence[Array]) -> float:
        """alpha / 2 times the sum of squares over all the matrices."""
        return float(0.5 * self.alpha * sum(np.vdot(w, w) for w in weights))

    def gradients(self, weights: Sequence[Array]) -> list[Array]:
        """alpha W for each matrix W."""
        return [w * self.alpha for w in weights]


class L1(Regularizer):
    """Omega = the sum of absolute weights; gradient sign(W), 0 at 0. It draws weights to 0, small ones as fast."""

    def penalty(self, weights: Sequence[Array]) -> float:
        """alpha times the sum of absolute values over all the matrices."""
        return float(self.alpha * sum(np.abs(w).sum() for w in weights))

    def gradients(self, weights: Sequence[Array]) -> list[Array]:
        """alpha sign(W) for each matrix W."""
        return [np.sign(w) * self.alpha for w in weights]


# By the names that stand in files of networks.
REGULARIZERS: dict[str, Callable[[float], Regularizer | None]] = {"": lambda alpha: None, "L1": L1, "L2": L2}
