"""What goes into a gate and comes out of it: numbers and arrays of one kind, whose shapes fit.

Every gate's inputs and upstream gradients come through here, and what does not fit is refused by the gate's name. It
need not be read to understand a gate.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

# A Python float (float32: a NumPy scalar), or an array of floats.
Value: TypeAlias = float | np.floating[Any] | NDArray[np.floating[Any]]
Mask: TypeAlias = bool | np.bool_ | NDArray[np.bool_]
Array: TypeAlias = NDArray[Any]


def as_float(x: Any, gate: object = None) -> Value:
    """`x` as a Python float or a floating-point array; float32 stays float32.

    Raises `TypeError`, naming the gate, for anything that is not a real number or an array of them.
    """
    if type(x) is float:
        return x
    if type(x) is np.ndarray and x.dtype.kind == "f":
        return x if x.ndim else plain(x)
    what = f"{type(x).__name__}"
    try:
        if isinstance(x, (bool, int, float)):
            return float(x)
        array = np.asarray(x)
        what += f" ({array.dtype})"
        if array.dtype.kind in "iub":
            array = array.astype(np.float64)
    except OverflowError:
        what += " beyond 1.8e308"
    except ValueError:
        what += " of rows of different lengths"
    else:
        if array.dtype.kind == "f":
            return array if array.ndim else plain(array)
    who = type(gate).__name__ if gate is not None else "a gate"
    raise TypeError(f"{who} takes real numbers or arrays of them, not {what}")


def as_floats(gate: object, x: Any, y: Any) -> tuple[Value, Value]:
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


def in_precision_of(x: Any, constant: Any) -> Value:
    """A constant or target in the dtype of the values it meets: it must not turn a float32 network into float64."""
    return constant if type(x) is float or type(constant) is float else constant.astype(x.dtype, copy=False)


def as_upstream(owner: object, upstream: Any, x: Any, y: Any = 0.0) -> Value:
    """`upstream` as the gradient for an output of the shape and dtype that x and y broadcast to; a number fills it.

    Raises `ValueError`, naming its owner (a gate) and both shapes, when it has another shape.
    """
    # What fits already, and that is nearly always, goes through untouched: this runs at every gate of every step.
    alike = type(upstream) is type(x) and type(y) is float
    if alike and (type(x) is float or (upstream.dtype is x.dtype and upstream.shape == x.shape)):
        return upstream
    upstream, shape = as_float(upstream, owner), np.broadcast_shapes(np.shape(x), np.shape(y))
    if np.shape(upstream) not in ((), shape):
        raise ValueError(
            f"{type(owner).__name__}.backward: upstream has shape {np.shape(upstream)}, the output {shape}. They must "
            "be equal: upstream is the gradient of the loss for each entry of the output. Is it transposed or summed?"
        )
    filled = np.empty(shape, np.result_type(x, y))
    filled[...] = upstream
    return plain(filled)


def plain(result: Any) -> Value:
    """A single float64 as a Python float: NumPy answers numbers with scalars of its own, ten times slower."""
    kind = type(result)
    if kind is float or (kind is np.ndarray and result.ndim) or kind is np.float32:
        return result
    return float(result) if kind is np.float64 or result.dtype == np.float64 else result[()]


def not_negative(value: Any) -> Value:
    """A measure that cannot be negative: rounding would take it below 0, and the minus of a sum makes -0.0 of 0."""
    return plain(np.maximum(value, 0.0) + 0.0)


def unbroadcast(gradient: Any, x: Any) -> Value:
    """`gradient` summed over the axes along which the input `x` was repeated by broadcasting.

    An input used many times receives the sum of all the gradients that come back, one per use.
    """
    shape = getattr(x, "shape", ())
    if type(gradient) is float or gradient.shape == shape:
        return gradient if shape else plain(gradient)
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    repeated = tuple(axis for axis, size in enumerate(shape) if size == 1 and gradient.shape[axis] != 1)
    return plain(gradient.sum(axis=repeated, keepdims=True) if repeated else gradient)
