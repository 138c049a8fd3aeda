"""Arrays to probe any exercise with: upstream gradients, and copies that refuse to be written into."""

from __future__ import annotations

from typing import Any

import numpy as np

Generator = np.random.Generator


def upstream_like(rng: Generator, shape: tuple[int, ...], dtype: Any = np.float64) -> Any:
    """A random upstream gradient: both signs, no two entries alike, none closer to 0 than 0.2, one entry in four made
    larger and one beyond 10, so that no limit on its size goes unseen. A float for shape ()."""
    values = rng.uniform(0.2, 2.0, shape)
    if not shape:
        # As `rng.choice` draws, without all that it can do besides.
        return float(values * (1.0, 3.0)[rng.integers(0, 2)] * (-1.0, 1.0)[rng.integers(0, 2)])
    large = rng.permutation(values.size)[: -(-values.size // 4)]
    if values.size > 1:
        row = values.reshape(-1)  # the same numbers
        row[large] *= rng.uniform(4.0, 8.0, large.size)
        row[large[0]] = rng.uniform(11.0, 16.0)
    return np.where(rng.integers(0, 2, shape), values, -values).astype(dtype, copy=False)


def read_only(array: Any) -> Any:
    """A copy that refuses to be written into."""
    array = np.array(array)
    array.flags.writeable = False
    return array
