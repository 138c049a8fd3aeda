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


class CallForwardFirst(RuntimeError, AttributeError):
    """A gate was asked for what only `forward` gives it. Python wants an `AttributeError` for a missing name."""


class Gate:
    """A function with a backward pass.

    `forward(*inputs)` returns the output. `backward(upstream)` takes the gradient for the output, of its shape (a
    number stands for an array filled with it), and returns the gradient of each input, in the input's own shape: a bare
    gradient for a gate of one input, a tuple for several. Integers become floats on the way in; float32 in, float32
    out; where both precisions meet, the wider wins. A gate keeps its inputs, not copies: leave them alone in between.

    `forward` raises `TypeError` for inputs that are not numbers and `ValueError` for shapes that do not fit,
    `backward` `ValueError` for an upstream gradient of another shape than the output, and `CallForwardFirst` (a
    `RuntimeError`) before the first `forward`. The messages name the gate and the shapes.
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
        raise CallForwardFirst(f"{type(self).__name__} has no {name!r}: call forward first, or is the name misspelt?")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def as_float(x: Value, gate: Any = None) -> Value:
    """`x` as a Python float or a floating-point array; float32 stays float32.

    Raises `TypeError`, naming the gate, for anything that is not a real number or an array of them.
    """
    if type(x) is float:
        return x
    if type(x) is np.ndarray and x.dtype.kind == "f":
        return x
    if isinstance(x, (bool, int, float)):
        return float(x)
    array = np.asarray(x)
    if array.dtype.kind in "iub":
        array = array.astype(np.float64)
    if array.dtype.kind != "f":
        who = type(gate).__name__ if gate is not None else "a gate"
        raise TypeError(f"{who} takes real numbers or arrays of them, not {type(x).__name__} ({array.dtype})")
    return array


def as_floats(gate: Gate, x: Value, y: Value) -> tuple[Value, Value]:
    """Two inputs as floats. Raises `ValueError`, naming the gate and both shapes, when they do not broadcast."""
    x, y = as_float(x, gate), as_float(y, gate)
    if type(x) is not float and type(y) is not float and x.shape != y.shape:
        try:
            np.broadcast_shapes(x.shape, y.shape)
        except ValueError:
            raise ValueError(
                f"{type(gate).__name__}: shapes {x.shape} and {y.shape} do not fit together. "
                "Trailing dimensions must be equal or 1; transpose or reshape one of the inputs."
            ) from None
    return x, y


def in_precision_of(x: Value, constant: Value) -> Value:
    """A constant or target in the dtype of the values it meets: it must not turn a float32 network into float64."""
    return constant if type(x) is float or type(constant) is float else constant.astype(x.dtype, copy=False)


def as_upstream(gate: Any, upstream: Value, x: Value, y: Value = 0.0) -> Value:
    """`upstream` as the gradient for an output of the shape and dtype that x and y broadcast to; a number fills it.

    Raises `ValueError`, naming the gate and both shapes, when it has another shape.
    """
    alike = type(upstream) is type(x) and type(y) is float
    if alike and (type(x) is float or (upstream.dtype is x.dtype and upstream.shape == x.shape)):
        return upstream
    upstream, shape = as_float(upstream, gate), np.broadcast_shapes(np.shape(x), np.shape(y))
    if np.shape(upstream) not in ((), shape):
        raise ValueError(
            f"{type(gate).__name__}.backward: upstream has shape {np.shape(upstream)}, the output {shape}. They must "
            "be equal: upstream is the gradient of the loss for each entry of the output. Is it transposed or summed?"
        )
    filled = np.empty(shape, np.result_type(x, y))
    filled[...] = upstream
    return plain(filled)


def plain(result: Any) -> Value:
    """A single float64 as a Python float: NumPy answers numbers with scalars of its own, ten times slower."""
    if isinstance(result, np.ndarray) and result.ndim:
        return result
    return float(result) if result.dtype == np.float64 else result[()]


def unbroadcast(gradient: Value, x: Value) -> Value:
    """`gradient` summed over the axes along which the input `x` was repeated by broadcasting.

    An input used many times receives the sum of all the gradients that come back, one per use.
    """
    shape = getattr(x, "shape", ())
    if type(gradient) is float or gradient.shape == shape:
        return gradient
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    repeated = tuple(axis for axis, size in enumerate(shape) if size == 1 and gradient.shape[axis] != 1)
    return plain(gradient.sum(axis=repeated, keepdims=True) if repeated else gradient)
