"""The one concept of this library: a gate.

A gate computes one output from its inputs (`forward`), keeps what it needs, and later turns the upstream gradient, the
gradient of the loss with respect to that output, into one gradient per input (`backward`):

    downstream gradient = local gradient x upstream gradient.

Everything differentiable here is a gate, from addition to a whole layer or a loss.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# A Python float, or an array of float32 or float64.
Value = Any
Array = NDArray[Any]


class Gate:
    """A function with a backward pass.

    `forward(*inputs)` returns the output. `backward(upstream)` takes a gradient of the output's shape and returns the
    gradient of each input, in the input's own shape and dtype: a bare gradient for a gate of one input, a tuple for
    several. Integers become floats on the way in. `backward` raises `RuntimeError` before the first `forward`.
    """

    __slots__ = ()
    symbol = "?"

    def forward(self, *inputs: Value) -> Value:
        """The output for these inputs; keeps what `backward` needs."""
        raise NotImplementedError(f"{type(self).__name__} must define forward")

    def backward(self, upstream: Value) -> Any:
        """The gradient of the loss with respect to each input, given the one with respect to the output."""
        raise NotImplementedError(f"{type(self).__name__} must define backward")

    def __getattr__(self, name: str) -> Any:
        # Only an unset slot or a misspelt name comes here: forward has not kept anything yet.
        if name.startswith("_"):
            raise AttributeError(name)
        raise RuntimeError(f"{type(self).__name__}.backward needs {name!r}: call forward first")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def as_float(x: Value) -> Value:
    """`x` as a Python float or a floating-point array; float32 stays float32.

    Raises `TypeError` for anything that is not a real number or an array of them.
    """
    if type(x) is float:
        return x
    if type(x) is np.ndarray and x.dtype.kind == "f":
        return x
    if isinstance(x, (bool, int)):
        return float(x)
    array = np.asarray(x)
    if array.dtype.kind in "iub":
        array = array.astype(np.float64)
    if array.dtype.kind != "f":
        raise TypeError(f"a gate takes real numbers or arrays of them, not {type(x).__name__} ({array.dtype})")
    return array


def sum_to_shape(gradient: Value, shape: tuple[int, ...]) -> Value:
    """Undo broadcasting: sum `gradient` over the axes along which an input of `shape` was repeated.

    An input used many times receives the sum of all the gradients that come back, one per use.
    """
    if np.shape(gradient) == shape:
        return gradient
    gradient = np.asarray(gradient)
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    repeated = tuple(axis for axis, size in enumerate(shape) if size == 1 and gradient.shape[axis] != 1)
    gradient = gradient.sum(axis=repeated, keepdims=True)
    return gradient if shape else float(gradient)


def check_broadcast(gate: Gate, x: Value, y: Value) -> None:
    """Raise `ValueError` naming the gate and both shapes when `x` and `y` do not fit together."""
    try:
        np.broadcast_shapes(np.shape(x), np.shape(y))
    except ValueError:
        raise ValueError(
            f"{type(gate).__name__}: shapes {np.shape(x)} and {np.shape(y)} do not fit together. "
            "Trailing dimensions must be equal or 1; transpose or reshape one of the inputs."
        ) from None
