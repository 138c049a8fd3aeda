"""The one concept of this library: a gate.

A gate computes one output from its inputs (`forward`), keeps what it needs, and later turns the upstream gradient, the
gradient of the loss with respect to that output, into one gradient per input (`backward`):

    downstream gradient = local gradient x upstream gradient.

Everything differentiable here is a gate, from addition to a whole layer or a loss. Most are formulas entry by entry:
`Elementwise` gates of one input say their value and their slope, `Pairwise` gates of two say their value and what each
input receives. The rest of this file makes sure that the numbers fit: it need not be read to understand a gate.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

# A Python float (float32: a NumPy scalar), or an array of floats.
Value: TypeAlias = float | np.floating[Any] | NDArray[np.floating[Any]]
Mask: TypeAlias = bool | np.bool_ | NDArray[np.bool_]
Array: TypeAlias = NDArray[Any]


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

    def forward(self, *inputs: Any) -> Any:
        """The output for these inputs; keeps what `backward` needs."""
        raise NotImplementedError(f"{type(self).__name__} must define forward")

    def backward(self, upstream: Any) -> Any:
        """The gradient of the loss with respect to each input, given the one with respect to the output."""
        raise NotImplementedError(f"{type(self).__name__} must define backward")

    def __getattr__(self, name: str) -> Any:
        # Only an unset slot or a misspelt name comes here: forward has not kept anything yet.
        if name.startswith("_"):
            raise AttributeError(name)
        raise CallForwardFirst(f"{type(self).__name__} has no {name!r}: call forward first, or is the name misspelt?")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Elementwise(Gate):
    """y = f(x), each entry on its own. A subclass defines `value(x)` and `slope(x, y)`, and no more.

    x is a Python float or an array of floats; both formulas answer in its dtype. `slope` is the derivative dy / dx, the
    local gradient of each entry.
    """

    __slots__ = ("x", "y")

    def value(self, x: Value) -> Value:
        """The output y for the input x."""
        raise NotImplementedError(f"{type(self).__name__} must define value")

    def slope(self, x: Value, y: Value) -> Value | Mask:
        """dy / dx at x, where the output is y."""
        raise NotImplementedError(f"{type(self).__name__} must define slope")

    def forward(self, x: Value) -> Value:
        self.x = x = as_float(x, self)
        self.y = plain(self.value(x))
        return self.y

    def backward(self, upstream: Value) -> Value:
        return plain(as_upstream(self, upstream, self.x) * self.slope(self.x, self.y))


class Pairwise(Gate):
    """z = f(x, y), entry by entry; x and y broadcast as in NumPy. A subclass defines `value` and `gradients`.

    The formulas answer to numbers with Python floats, to arrays with arrays. An input that was repeated by broadcasting
    receives the sum over its copies: the formulas need not know of it.
    """

    __slots__ = ("x", "y")
    x: Value
    y: Value

    def value(self, x: Value, y: Value) -> Value:
        """The output z for the inputs x and y."""
        raise NotImplementedError(f"{type(self).__name__} must define value")

    def gradients(self, upstream: Value, x: Value, y: Value) -> tuple[Value, Value]:
        """dL / dx and dL / dy, given upstream = dL / dz."""
        raise NotImplementedError(f"{type(self).__name__} must define gradients")

    def forward(self, x: Value, y: Value) -> Value:
        if type(x) is float and type(y) is float:  # the short way: graphs of a million gates are made of numbers
            self.x, self.y = x, y
            return self.value(x, y)
        self.x, self.y = as_floats(self, x, y)
        return plain(self.value(self.x, self.y))

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        x, y = self.x, self.y
        if type(x) is float and type(y) is float and type(upstream) is float:
            return self.gradients(upstream, x, y)
        dx, dy = self.gradients(as_upstream(self, upstream, x, y), x, y)
        return unbroadcast(dx, x), unbroadcast(dy, y)


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


def as_floats(gate: Gate, x: Any, y: Any) -> tuple[Value, Value]:
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
