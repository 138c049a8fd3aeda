"""Activation functions and their slopes.

Each gate's `forward` takes a number or an array of any shape and keeps what its slope is cheapest to compute from: for
the squashing functions that is their own output. At a kink the course takes the slope on the left, 0 for ReLU;
hard tanh has 0 at both.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nn_lib.gate import Gate, Value, as_float, as_floats, as_upstream, plain, unbroadcast
from nn_lib.graph import apply


class SigmoidGate(Gate):
    """1 / (1 + e^-x), in (0, 1); slope (1 - y) y.

    Computed as (1 + tanh(x / 2)) / 2, which is equal and cannot overflow.
    """

    __slots__ = ("y",)
    symbol = "σ"

    def forward(self, x: Value) -> Value:
        self.y = plain(0.5 * (1.0 + np.tanh(0.5 * as_float(x, self))))
        return self.y

    def backward(self, upstream: Value) -> Value:
        return as_upstream(self, upstream, self.y) * ((1.0 - self.y) * self.y)


class TanhGate(Gate):
    """tanh x = 2 sigmoid(2x) - 1, in (-1, 1) and centred on zero; slope 1 - y^2."""

    __slots__ = ("y",)
    symbol = "tanh"

    def forward(self, x: Value) -> Value:
        self.y = plain(np.tanh(as_float(x, self)))
        return self.y

    def backward(self, upstream: Value) -> Value:
        return as_upstream(self, upstream, self.y) * (1.0 - self.y * self.y)


class HardTanhGate(Gate):
    """x between -1 and 1, and the nearer of the two outside; slope 1 inside, 0 at -1 and 1 and outside."""

    __slots__ = ("x",)
    symbol = "hard tanh"

    def forward(self, x: Value) -> Value:
        self.x = as_float(x, self)
        return plain(np.clip(self.x, -1.0, 1.0))

    def backward(self, upstream: Value) -> Value:
        return as_upstream(self, upstream, self.x) * ((self.x > -1.0) & (self.x < 1.0))


class SoftsignGate(Gate):
    """x / (1 + |x|), in (-1, 1); slope 1 / (1 + |x|)^2."""

    __slots__ = ("denominator",)
    symbol = "softsign"

    def forward(self, x: Value) -> Value:
        x = as_float(x, self)
        self.denominator = 1.0 + abs(x)
        return x / self.denominator

    def backward(self, upstream: Value) -> Value:
        return as_upstream(self, upstream, self.denominator) / (self.denominator * self.denominator)


class ReLUGate(Gate):
    """max(0, x); slope 1 where x > 0, else 0 (Nair and Hinton 2010)."""

    __slots__ = ("x",)
    symbol = "ReLU"

    def forward(self, x: Value) -> Value:
        self.x = as_float(x, self)
        return plain(np.maximum(self.x, 0.0))

    def backward(self, upstream: Value) -> Value:
        return as_upstream(self, upstream, self.x) * (self.x > 0.0)


class LeakyReLUGate(Gate):
    """x where x > 0, else slope x (Maas et al. 2013). Defined by cases: max(slope x, x) is wrong for slope > 1."""

    __slots__ = ("slope", "x")
    symbol = "leaky ReLU"

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = float(slope)

    def _factor(self) -> Value:
        return np.where(self.x > 0.0, _like(1.0, self.x), _like(self.slope, self.x))

    def forward(self, x: Value) -> Value:
        self.x = as_float(x, self)
        return plain(self.x * self._factor())

    def backward(self, upstream: Value) -> Value:
        return plain(as_upstream(self, upstream, self.x) * self._factor())


class PReLUGate(Gate):
    """Leaky ReLU whose slope `alpha` is an input with a gradient of its own (He et al. 2015).

    `alpha` is one number, or an array that broadcasts with x (one slope per unit). Every entry that uses a slope sends
    a contribution back to it, and they add up. Raises `ValueError` when the shapes do not broadcast.
    """

    __slots__ = ("alpha", "x")
    symbol = "PReLU"

    def forward(self, x: Value, alpha: Value) -> Value:
        self.x, self.alpha = x, alpha = as_floats(self, x, alpha)
        return plain(np.where(x > 0.0, x, alpha * x))

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        x, alpha, upstream = self.x, self.alpha, as_upstream(self, upstream, self.x, self.alpha)
        dx = plain(np.where(x > 0.0, upstream, alpha * upstream))
        dalpha = plain(np.where(x > 0.0, _like(0.0, upstream), upstream * x))
        return unbroadcast(dx, x), unbroadcast(dalpha, alpha)


class ELUGate(Gate):
    """x where x > 0, else alpha (e^x - 1); slope 1, else alpha e^x (Clevert et al. 2016)."""

    __slots__ = ("alpha", "x", "y")
    symbol = "ELU"

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = float(alpha)

    def forward(self, x: Value) -> Value:
        self.x = as_float(x, self)
        # The exponential of the positive entries is not wanted, and would overflow.
        self.y = plain(np.where(self.x > 0.0, self.x, self.alpha * np.expm1(np.minimum(self.x, 0.0))))
        return self.y

    def backward(self, upstream: Value) -> Value:
        slope = np.where(self.x > 0.0, _like(1.0, self.x), self.y + self.alpha)
        return plain(as_upstream(self, upstream, self.x) * slope)


class SoftplusGate(Gate):
    """log(1 + e^x), a smooth ReLU; slope sigmoid(x) = 1 - e^-y, which does not vanish before the output does."""

    __slots__ = ("y",)
    symbol = "softplus"

    def forward(self, x: Value) -> Value:
        x = as_float(x, self)
        self.y = plain(np.logaddexp(_like(0.0, x), x))
        return self.y

    def backward(self, upstream: Value) -> Value:
        return plain(as_upstream(self, upstream, self.y) * -np.expm1(-self.y))


class SoftmaxGate(Gate):
    """e^x_k / sum_j e^x_j over the last axis: each row becomes a probability distribution.

    The row's maximum is subtracted first, which changes nothing but keeps the exponentials finite. Backward multiplies
    by the Jacobian p_i (delta_ij - p_j) without building it.
    """

    __slots__ = ("p",)
    symbol = "softmax"

    def forward(self, x: Value) -> Value:
        x = as_float(x, self)
        if np.ndim(x) == 0 or x.shape[-1] == 0:
            raise ValueError(f"SoftmaxGate: needs at least one class along the last axis, got shape {np.shape(x)}")
        exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
        self.p = exponentials / exponentials.sum(axis=-1, keepdims=True)
        return self.p

    def backward(self, upstream: Value) -> Value:
        upstream = as_upstream(self, upstream, self.p)
        return self.p * (upstream - (upstream * self.p).sum(axis=-1, keepdims=True))


class IdentityGate(Gate):
    """x itself, slope 1: the activation of a linear layer."""

    __slots__ = ("x",)
    symbol = "x"

    def forward(self, x: Value) -> Value:
        self.x = as_float(x, self)
        return self.x

    def backward(self, upstream: Value) -> Value:
        return as_upstream(self, upstream, self.x)


ACTIVATIONS: dict[str, type[Gate]] = {
    "sigmoid": SigmoidGate,
    "tanh": TanhGate,
    "hard_tanh": HardTanhGate,
    "softsign": SoftsignGate,
    "relu": ReLUGate,
    "leaky_relu": LeakyReLUGate,
    "prelu": PReLUGate,
    "elu": ELUGate,
    "softplus": SoftplusGate,
    "softmax": SoftmaxGate,
    "linear": IdentityGate,
}


def sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x), in (0, 1)."""
    return apply(SigmoidGate(), x)


def tanh(x: Any) -> Any:
    """The hyperbolic tangent, in (-1, 1)."""
    return apply(TanhGate(), x)


def hard_tanh(x: Any) -> Any:
    """x limited to [-1, 1]."""
    return apply(HardTanhGate(), x)


def softsign(x: Any) -> Any:
    """x / (1 + |x|), in (-1, 1)."""
    return apply(SoftsignGate(), x)


def relu(x: Any) -> Any:
    """max(0, x) (Nair and Hinton 2010)."""
    return apply(ReLUGate(), x)


def leaky_relu(x: Any, slope: float = 0.01) -> Any:
    """x where positive, else slope x (Maas et al. 2013)."""
    return apply(LeakyReLUGate(slope), x)


def prelu(x: Any, alpha: Any) -> Any:
    """x where positive, else alpha x, with a gradient for alpha too (He et al. 2015); alpha broadcasts with x."""
    return apply(PReLUGate(), x, alpha)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where positive, else alpha (e^x - 1) (Clevert et al. 2016)."""
    return apply(ELUGate(alpha), x)


def softplus(x: Any) -> Any:
    """log(1 + e^x), above 0."""
    return apply(SoftplusGate(), x)


def softmax(x: Any) -> Any:
    """Probabilities over the last axis, of one class or more: each in [0, 1], with a sum of 1.

    Raises `ValueError` for a single number.
    """
    return apply(SoftmaxGate(), x)


def activation(name: str) -> Gate:
    """A new activation gate by name. Raises `ValueError` listing the names there are."""
    if name not in ACTIVATIONS:
        raise ValueError(f"there is no activation {name!r}; choose one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]()


def _like(value: float, x: Value) -> Any:
    """`value` in the dtype of x: `np.where` makes float64 of two Python numbers."""
    return np.asarray(value, dtype=getattr(x, "dtype", np.float64))
