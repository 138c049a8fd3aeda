"""Measures of information, of distributions and not of a batch: where the cross-entropies come from."""

from __future__ import annotations

import numpy as np

from nn_lib.guard import Array, not_negative


def entropy(p: Array) -> float:
    """H(p) = -sum p log p in nats, with 0 log 0 = 0; `p` is a distribution over its last axis, mean over the others.

    Raises `ValueError` unless `p` has no negative entry and sums to 1.
    """
    return cross_entropy(p, p)


def cross_entropy(p: Array, q: Array) -> float:
    """H(p, q) = -sum p log q in nats, for distributions of one shape. Infinite where q is 0 and p is not.

    Raises `ValueError` as `entropy` does, and for unequal shapes.
    """
    p, q = _distribution("p", p), _distribution("q", q)
    if p.shape != q.shape:
        raise ValueError(f"cross_entropy: p has shape {p.shape} and q {q.shape}; they must be equal")
    if np.any((q == 0) & (p > 0)):
        return float("inf")
    return float(not_negative(-(p * np.log(np.where(p > 0, q, 1.0))).sum(axis=-1).mean()))


def kl_divergence(p: Array, q: Array) -> float:
    """D(p, q) = sum p log(p / q) = H(p, q) - H(p), in nats, at least 0. Not symmetric, so not a distance.

    Raises `ValueError` as `cross_entropy` does.
    """
    return float(not_negative(cross_entropy(p, q) - entropy(p)))


def _distribution(name: str, p: Array) -> Array:
    p = np.asarray(p, dtype=float)
    if p.ndim == 0 or np.any(p < 0) or not np.allclose(p.sum(axis=-1), 1.0, atol=1e-6):
        raise ValueError(f"{name} must be a probability distribution: no negative entries, and a sum of 1")
    return p
