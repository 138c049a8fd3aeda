"""Where weights start. Every function returns an array of shape `(outputs, inputs)`.

All need a random generator, so that the same seed gives the same weights. Equal weights stay equal (`zeros`); weights
too large or too small make signals explode or die out layer by layer. The scales here keep their variance level:
Xavier/Glorot (2010) for tanh and sigmoid, He et al. (2015) for ReLU, whose units pass on half of what comes in.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nn_lib.guard import Array

Initializer = Callable[[np.random.Generator, int, int], Array]


def zeros(rng: np.random.Generator, outputs: int, inputs: int) -> Array:
    """All zero: every hidden unit computes, and learns, the same. Here to show why not."""
    return np.zeros((outputs, inputs))


def uniform(rng: np.random.Generator, outputs: int, inputs: int, limit: float = 0.05) -> Array:
    """Uniform between -limit and limit."""
    return rng.uniform(-limit, limit, (outputs, inputs))


def normal(rng: np.random.Generator, outputs: int, inputs: int, deviation: float = 0.01) -> Array:
    """Normal around 0 with the given standard deviation."""
    return rng.normal(0.0, deviation, (outputs, inputs))


def xavier_uniform(rng: np.random.Generator, outputs: int, inputs: int) -> Array:
    """Uniform with variance 2 / (inputs + outputs)."""
    return uniform(rng, outputs, inputs, float(np.sqrt(6.0 / (inputs + outputs))))


def xavier_normal(rng: np.random.Generator, outputs: int, inputs: int) -> Array:
    """Normal with variance 2 / (inputs + outputs)."""
    return normal(rng, outputs, inputs, float(np.sqrt(2.0 / (inputs + outputs))))


def he_uniform(rng: np.random.Generator, outputs: int, inputs: int) -> Array:
    """Uniform with variance 2 / inputs."""
    return uniform(rng, outputs, inputs, float(np.sqrt(6.0 / inputs)))


def he_normal(rng: np.random.Generator, outputs: int, inputs: int) -> Array:
    """Normal with variance 2 / inputs."""
    return normal(rng, outputs, inputs, float(np.sqrt(2.0 / inputs)))


INITIALIZERS: dict[str, Initializer] = {
    f.__name__: f for f in (zeros, uniform, normal, xavier_uniform, xavier_normal, he_uniform, he_normal)
}


def initializer_for(activation: str, given: str | Initializer | None = None) -> Initializer:
    """The one that is given, by name or as a function; else He's for the ReLU family, Xavier's for the others.

    Raises `ValueError` listing the names there are.
    """
    if callable(given):
        return given
    family = ("relu", "leaky_relu", "prelu", "elu", "softplus")
    name = given or ("he_normal" if activation in family else "xavier_normal")
    if name not in INITIALIZERS:
        raise ValueError(f"there is no initializer {name!r}; choose one of {', '.join(INITIALIZERS)}")
    return INITIALIZERS[name]
