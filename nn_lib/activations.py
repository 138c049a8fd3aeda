"""Activation functions and their slopes.

Each takes a number or an array of any shape. The slope is written in what makes it shortest: for the squashing
functions that is their own output. At a kink the course takes the slope on the left, 0 for ReLU; hard tanh has 0 at
both.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nn_lib.arithmetic import negate
from nn_lib.gate import Elementwise, Gate, Pairwise
from nn_lib.graph import apply
from nn_lib.guard import Mask, Value, as_float, as_upstream, plain
from nn_lib.scalars import decay, fixed_number


class SigmoidGate(Elementwise):
    """1 / (1 + e^-x), in (0, 1); slope (1 - y) y.

    With e = e^-|x|, y is 1 / (1 + e) for x >= 0 and e / (1 + e) below, and its slope e / (1 + e)^2 everywhere: equal,
    without overflow, and exact in both tails, where 1 - y has no digits left.
    """

    __slots__ = ("e",)
    symbol = "σ"

    def value(self, x: Value) -> Value:
        self.e = e = decay(x)
        return (1.0 if x >= 0.0 else e) / (1.0 + e) if type(x) is float else np.maximum(e, x >= 0.0) / (1.0 + e)

    def slope(self, x: Value, y: Value) -> Value:
        return self.e / (1.0 + self.e) ** 2


def sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x), in (0, 1)."""
    return apply(SigmoidGate(), x)


class TanhGate(Elementwise):
    """tanh x = 2 sigmoid(2x) - 1, in (-1, 1) and centred on zero; slope 1 - y^2.

    The slope is computed as 4 e / (1 + e)^2 with e = e^-2|x|: equal, and exact where y^2 is next to 1.
    """

    __slots__ = ()
    symbol = "tanh"

    def value(self, x: Value) -> Value:
        return np.tanh(x)

    def slope(self, x: Value, y: Value) -> Value:
        e = decay(2.0 * x)
        return 4.0 * e / (1.0 + e) ** 2


def tanh(x: Any) -> Any:
    """The hyperbolic tangent, in (-1, 1)."""
    return apply(TanhGate(), x)


class HardTanhGate(Elementwise):
    """x between -1 and 1, and the nearer of the two outside; slope 1 inside, 0 at -1 and 1 and outside."""

    __slots__ = ()
    symbol = "hard tanh"

    def value(self, x: Value) -> Value:
        return np.clip(x, -1.0, 1.0)

    def slope(self, x: Value, y: Value) -> Mask:
        return (x > -1.0) & (x < 1.0)


def hard_tanh(x: Any) -> Any:
    """x limited to [-1, 1]."""
    return apply(HardTanhGate(), x)


class SoftsignGate(Elementwise):
    """x / (1 + |x|), in (-1, 1); slope 1 / (1 + |x|)^2."""

    __slots__ = ()
    symbol = "softsign"

    def value(self, x: Value) -> Value:
        return x / (1.0 + np.abs(x))

    def slope(self, x: Value, y: Value) -> Value:
        return 1.0 / (1.0 + np.abs(x)) ** 2


def softsign(x: Any) -> Any:
    """x / (1 + |x|), in (-1, 1)."""
    return apply(SoftsignGate(), x)


class ReLUGate(Elementwise):
    """max(0, x); slope 1 where x > 0, else 0 (Nair and Hinton 2010)."""

    __slots__ = ()
    symbol = "ReLU"

    def value(self, x: Value) -> Value:
        return np.maximum(x, 0.0)

    def slope(self, x: Value, y: Value) -> Mask:
        return x > 0.0


def relu(x: Any) -> Any:
    """max(0, x) (Nair and Hinton 2010)."""
    return apply(ReLUGate(), x)


class LeakyReLUGate(Elementwise):
    """x where x > 0, else alpha x (Maas et al. 2013). Defined by cases: max(alpha x, x) is wrong for alpha > 1."""

    __slots__ = ("alpha",)
    symbol = "leaky ReLU"

    def __init__(self, slope: float = 0.01) -> None:
        self.alpha = fixed_number(self, "the slope", slope)

    def value(self, x: Value) -> Value:
        return x * self.slope(x, x)

    def slope(self, x: Value, y: Value) -> Value:
        return np.where(x > 0.0, _like(1.0, x), _like(self.alpha, x))


def leaky_relu(x: Any, slope: float = 0.01) -> Any:
    """x where positive, else slope x (Maas et al. 2013)."""
    return apply(LeakyReLUGate(slope), x)


class PReLUGate(Pairwise):
    """Leaky ReLU whose slope `alpha`, the second input y, has a gradient of its own (He et al. 2015).

    It is one number, or an array that broadcasts with x (one slope per unit). Every entry that uses a slope sends
    a contribution back to it, and they add up. Raises `ValueError` when the shapes do not broadcast.
    """

    __slots__ = ()
    symbol = "PReLU"

    def value(self, x: Value, y: Value) -> Value:
        return plain(np.where(x > 0.0, x, y * x))

    def gradients(self, upstream: Value, x: Value, y: Value) -> tuple[Value, Value]:
        dx = np.where(x > 0.0, upstream, y * upstream)
        dy = np.where(x > 0.0, _like(0.0, upstream), upstream * x)
        return plain(dx), plain(dy)


def prelu(x: Any, alpha: Any) -> Any:
    """x where positive, else alpha x, with a gradient for alpha too (He et al. 2015); alpha broadcasts with x."""
    return apply(PReLUGate(), x, alpha)


class ELUGate(Elementwise):
    """x where x > 0, else alpha (e^x - 1); slope 1, else alpha e^x (Clevert et al. 2016)."""

    __slots__ = ("alpha",)
    symbol = "ELU"

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = fixed_number(self, "alpha", alpha)

    def value(self, x: Value) -> Value:
        # The exponential of the positive entries is not wanted, and would overflow.
        return np.maximum(x, 0.0) + self.alpha * np.expm1(np.minimum(x, 0.0))

    def slope(self, x: Value, y: Value) -> Value:
        return np.where(x > 0.0, _like(1.0, x), self.alpha * np.exp(np.minimum(x, 0.0)))


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where positive, else alpha (e^x - 1) (Clevert et al. 2016)."""
    return apply(ELUGate(alpha), x)


class SoftplusGate(Elementwise):
    """log(1 + e^x), a smooth ReLU; slope sigmoid(x) = 1 - e^-y, which does not vanish before the output does."""

    __slots__ = ()
    symbol = "softplus"

    def value(self, x: Value) -> Value:
        return np.logaddexp(_like(0.0, x), x)

    def slope(self, x: Value, y: Value) -> Value:
        return -np.expm1(-y)


def softplus(x: Any) -> Any:
    """log(1 + e^x), above 0."""
    return apply(SoftplusGate(), x)


def log_sigmoid(x: Any) -> Any:
    """log(sigmoid(x)), below 0, as -softplus(-x): finite and exact where sigmoid(x) is 0 or next to 1."""
    return negate(softplus(negate(x)))


class SoftmaxGate(Gate):
    """e^x_k / sum_j e^x_j over the last axis: each row becomes a probability distribution.

    The row's maximum is subtracted first, which changes nothing but keeps the exponentials finite. Backward multiplies
    by the Jacobian p_i (delta_ij - p_j) without building it.
    """

    __slots__ = ("p",)
    symbol = "softmax"

    def forward(self, x: Value) -> Value:
        x = np.asarray(as_float(x, self))
        if x.ndim == 0 or x.shape[-1] == 0:
            raise ValueError(f"SoftmaxGate: needs at least one class along the last axis, got shape {x.shape}")
        exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
        self.p = exponentials / exponentials.sum(axis=-1, keepdims=True)
        return self.p

    def backward(self, upstream: Value) -> Value:
        upstream = as_upstream(self, upstream, self.p)
        return self.p * (upstream - (upstream * self.p).sum(axis=-1, keepdims=True))


def softmax(x: Any) -> Any:
    """Probabilities over the last axis, of one class or more: each in [0, 1], with a sum of 1.

    Raises `ValueError` for a single number.
    """
    return apply(SoftmaxGate(), x)


class IdentityGate(Elementwise):
    """x itself, slope 1: the activation of a linear layer."""

    __slots__ = ()
    symbol = "x"

    def value(self, x: Value) -> Value:
        return x

    def slope(self, x: Value, y: Value) -> Value:
        return 1.0


ACTIVATIONS: dict[str, type[Gate]] = {
    "sigmoid": SigmoidGate, "tanh": TanhGate, "hard_tanh": HardTanhGate, "softsign": SoftsignGate, "relu": ReLUGate,
    "leaky_relu": LeakyReLUGate, "prelu": PReLUGate, "elu": ELUGate, "softplus": SoftplusGate, "softmax": SoftmaxGate,
    "linear": IdentityGate,
}  # fmt: skip


def activation(name: str) -> Gate:
    """A new activation gate by name. Raises `ValueError` listing the names there are."""
    if name not in ACTIVATIONS:
        raise ValueError(f"there is no activation {name!r}; choose one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]()


def _like(value: float, x: Value) -> Any:
    """`value` in the dtype of x: `np.where` makes float64 of two Python numbers."""
    return np.asarray(value, dtype=getattr(x, "dtype", np.float64))
