"""Elementary gates: sums, products, powers, exponentials, reductions, and the matrix product.

Every function here builds a node when it is given one, and computes at once when it is given values:
`exp(Input("x"))` is a node, `exp(1.0)` is a number. Inputs of two-input gates broadcast as in NumPy; the gradient of
an input that was repeated is the sum over its copies.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nn_lib.gate import Gate, Value, as_float, check_broadcast, sum_to_shape
from nn_lib.graph import Node, apply


class AddGate(Gate):
    """x + y. Distributes: each input receives the upstream gradient."""

    __slots__ = ("x_shape", "y_shape")
    symbol = "+"

    def forward(self, x: Value, y: Value) -> Value:
        x, y = as_float(x), as_float(y)
        self.x_shape, self.y_shape = getattr(x, "shape", ()), getattr(y, "shape", ())
        if self.x_shape != self.y_shape:
            check_broadcast(self, x, y)
        return x + y

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        if self.x_shape == self.y_shape:
            return upstream, upstream
        return sum_to_shape(upstream, self.x_shape), sum_to_shape(upstream, self.y_shape)


class SubtractGate(Gate):
    """x - y: the upstream gradient to x, its negative to y."""

    __slots__ = ("x_shape", "y_shape")
    symbol = "−"

    def forward(self, x: Value, y: Value) -> Value:
        x, y = as_float(x), as_float(y)
        self.x_shape, self.y_shape = getattr(x, "shape", ()), getattr(y, "shape", ())
        if self.x_shape != self.y_shape:
            check_broadcast(self, x, y)
        return x - y

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        if self.x_shape == self.y_shape:
            return upstream, -upstream
        return sum_to_shape(upstream, self.x_shape), sum_to_shape(-upstream, self.y_shape)


class MultiplyGate(Gate):
    """x * y. Switches: each input receives the upstream gradient times the other input."""

    __slots__ = ("x", "y")
    symbol = "*"

    def forward(self, x: Value, y: Value) -> Value:
        self.x, self.y = x, y = as_float(x), as_float(y)
        if type(x) is not float or type(y) is not float:
            check_broadcast(self, x, y)
        return x * y

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        x, y = self.x, self.y
        if type(x) is float and type(y) is float:
            return upstream * y, upstream * x
        return sum_to_shape(upstream * y, np.shape(x)), sum_to_shape(upstream * x, np.shape(y))


class DivideGate(Gate):
    """x / y: upstream / y to x, and -upstream x / y^2 to y. Raises `ZeroDivisionError` for numbers with y = 0."""

    __slots__ = ("x", "y")
    symbol = "/"

    def forward(self, x: Value, y: Value) -> Value:
        self.x, self.y = x, y = as_float(x), as_float(y)
        check_broadcast(self, x, y)
        return x / y

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        dx = upstream / self.y
        dy = -dx * (self.x / self.y)
        return sum_to_shape(dx, np.shape(self.x)), sum_to_shape(dy, np.shape(self.y))


class MaxGate(Gate):
    """max(x, y), entry by entry. Routes: the larger input receives the gradient; a tie is halved."""

    __slots__ = ("x", "y")
    symbol = "max"

    def forward(self, x: Value, y: Value) -> Value:
        self.x, self.y = x, y = as_float(x), as_float(y)
        if type(x) is float and type(y) is float:
            return x if x >= y or x != x else y
        check_broadcast(self, x, y)
        return np.maximum(x, y)

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        x, y = self.x, self.y
        if type(x) is float and type(y) is float:
            share = 1.0 if x > y else 0.5 if x == y else 0.0
            return upstream * share, upstream * (1.0 - share)
        tie = 0.5 * upstream * (x == y)
        dx, dy = upstream * (x > y) + tie, upstream * (y > x) + tie
        return sum_to_shape(dx, np.shape(x)), sum_to_shape(dy, np.shape(y))


class NegateGate(Gate):
    """-x."""

    __slots__ = ()
    symbol = "×−1"

    def forward(self, x: Value) -> Value:
        return -as_float(x)

    def backward(self, upstream: Value) -> Value:
        return -upstream


class ScaleGate(Gate):
    """a x, for a fixed a: a number, or an array that broadcasts with x."""

    __slots__ = ("a", "x_shape")

    def __init__(self, a: Value) -> None:
        self.a = as_float(a)

    @property
    def symbol(self) -> str:  # type: ignore[override]
        return f"×{_short(self.a)}"

    def forward(self, x: Value) -> Value:
        x = as_float(x)
        self.x_shape = getattr(x, "shape", ())
        if type(self.a) is not float:
            check_broadcast(self, x, self.a)
        return x * self.a

    def backward(self, upstream: Value) -> Value:
        dx = upstream * self.a
        return dx if type(dx) is float else sum_to_shape(dx, self.x_shape)


class ShiftGate(Gate):
    """x + c, for a fixed c: a number, or an array that broadcasts with x."""

    __slots__ = ("c", "x_shape")

    def __init__(self, c: Value) -> None:
        self.c = as_float(c)

    @property
    def symbol(self) -> str:  # type: ignore[override]
        return _short(self.c) if type(self.c) is float and self.c < 0 else f"+{_short(self.c)}"

    def forward(self, x: Value) -> Value:
        x = as_float(x)
        self.x_shape = getattr(x, "shape", ())
        if type(self.c) is not float:
            check_broadcast(self, x, self.c)
        return x + self.c

    def backward(self, upstream: Value) -> Value:
        return upstream if type(upstream) is float else sum_to_shape(upstream, self.x_shape)


class ExpGate(Gate):
    """e^x, whose local gradient is its own output."""

    __slots__ = ("y",)
    symbol = "exp"

    def forward(self, x: Value) -> Value:
        x = as_float(x)
        self.y = _number_or_array(x, math.exp, np.exp)
        return self.y

    def backward(self, upstream: Value) -> Value:
        return upstream * self.y


class LogGate(Gate):
    """The natural logarithm; local gradient 1 / x. Raises `ValueError` for an entry that is not positive."""

    __slots__ = ("x",)
    symbol = "log"

    def forward(self, x: Value) -> Value:
        self.x = x = as_float(x)
        if np.any(np.asarray(x) <= 0):
            raise ValueError(
                "LogGate: the logarithm needs positive values. Of a probability that underflowed to 0, take "
                "the loss from the logits instead (softmax_cross_entropy, binary_cross_entropy)."
            )
        return _number_or_array(x, math.log, np.log)

    def backward(self, upstream: Value) -> Value:
        return upstream / self.x


class ReciprocalGate(Gate):
    """1 / x; local gradient -1 / x^2. Raises `ZeroDivisionError` for the number 0."""

    __slots__ = ("y",)
    symbol = "1/x"

    def forward(self, x: Value) -> Value:
        self.y = 1.0 / as_float(x)
        return self.y

    def backward(self, upstream: Value) -> Value:
        return -upstream * self.y * self.y


class PowerGate(Gate):
    """x^n for a fixed exponent n; local gradient n x^(n-1). A number below 0 needs a whole exponent (`ValueError`)."""

    __slots__ = ("exponent", "x")

    def __init__(self, exponent: float) -> None:
        self.exponent = float(exponent)

    @property
    def symbol(self) -> str:  # type: ignore[override]
        return f"^{_short(self.exponent)}"

    def forward(self, x: Value) -> Value:
        self.x = x = as_float(x)
        if not self.exponent.is_integer() and np.any(np.asarray(x) < 0):
            raise ValueError(f"PowerGate: a negative value has no real power {self.exponent}")
        return x**self.exponent

    def backward(self, upstream: Value) -> Value:
        if self.exponent == 0.0:
            return upstream * 0.0
        return upstream * self.exponent * self.x ** (self.exponent - 1.0)


class MatrixMultiplyGate(Gate):
    """x @ y for vectors and matrices. Raises `ValueError` naming both shapes when they do not fit."""

    __slots__ = ("x", "y")
    symbol = "@"

    def forward(self, x: Value, y: Value) -> Value:
        self.x, self.y = x, y = as_float(x), as_float(y)
        if np.ndim(x) not in (1, 2) or np.ndim(y) not in (1, 2) or x.shape[-1] != y.shape[0]:
            raise ValueError(
                f"MatrixMultiplyGate: shapes {np.shape(x)} and {np.shape(y)} do not fit: the last dimension of the "
                "first must equal the first dimension of the second. Is a transpose missing?"
            )
        return _as_value(x @ y)

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        x, y = np.atleast_2d(self.x), self.y.reshape(self.y.shape[0], -1)
        g = np.reshape(np.asarray(upstream, dtype=np.result_type(x, y)), (x.shape[0], y.shape[1]))
        return (g @ y.T).reshape(self.x.shape), (x.T @ g).reshape(self.y.shape)


class SumGate(Gate):
    """The sum over `axis` (all axes when None). Backward copies the gradient to everything that was summed."""

    __slots__ = ("axis", "keepdims", "shape")
    symbol = "Σ"

    def __init__(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> None:
        self.axis, self.keepdims = axis, keepdims

    def forward(self, x: Value) -> Value:
        x = as_float(x)
        self.shape = np.shape(x)
        return _as_value(np.sum(x, axis=self.axis, keepdims=self.keepdims))

    def backward(self, upstream: Value) -> Value:
        if not self.shape:
            return upstream
        if self.axis is not None and not self.keepdims:
            upstream = np.expand_dims(upstream, self.axis)
        return np.broadcast_to(upstream, self.shape)


class MeanGate(SumGate):
    """The mean over `axis` (all axes when None): a sum divided by the number of values summed."""

    __slots__ = ()
    symbol = "mean"

    def _count(self) -> int:
        axes = range(len(self.shape)) if self.axis is None else np.atleast_1d(self.axis)
        return math.prod(self.shape[axis] for axis in axes)

    def forward(self, x: Value) -> Value:
        return super().forward(x) / self._count()

    def backward(self, upstream: Value) -> Value:
        return super().backward(upstream / self._count())


class TransposeGate(Gate):
    """The transpose of a matrix."""

    __slots__ = ()
    symbol = "ᵀ"

    def forward(self, x: Value) -> Value:
        return as_float(x).T

    def backward(self, upstream: Value) -> Value:
        return upstream.T


def add(x: Any, y: Any) -> Any:
    """x + y."""
    return _with_constant(x, y, ShiftGate, AddGate)


def subtract(x: Any, y: Any) -> Any:
    """x - y."""
    if isinstance(x, Node) and not isinstance(y, Node):
        return apply(ShiftGate(0.0 - as_float(y)), x)  # and not -y: x - 0 would be drawn as x + -0
    return apply(SubtractGate(), x, y)


def multiply(x: Any, y: Any) -> Any:
    """x * y, entry by entry."""
    return _with_constant(x, y, ScaleGate, MultiplyGate)


def divide(x: Any, y: Any) -> Any:
    """x / y, entry by entry."""
    if isinstance(x, Node) and not isinstance(y, Node):
        return apply(ScaleGate(1.0 / as_float(y)), x)
    return apply(DivideGate(), x, y)


def maximum(x: Any, y: Any) -> Any:
    """The larger of x and y, entry by entry."""
    return apply(MaxGate(), x, y)


def negate(x: Any) -> Any:
    """-x."""
    return apply(NegateGate(), x)


def scale(x: Any, a: Value) -> Any:
    """a x for a fixed a."""
    return apply(ScaleGate(a), x)


def shift(x: Any, c: Value) -> Any:
    """x + c for a fixed c."""
    return apply(ShiftGate(c), x)


def exp(x: Any) -> Any:
    """e^x."""
    return apply(ExpGate(), x)


def log(x: Any) -> Any:
    """The natural logarithm of x."""
    return apply(LogGate(), x)


def reciprocal(x: Any) -> Any:
    """1 / x."""
    return apply(ReciprocalGate(), x)


def power(x: Any, exponent: float) -> Any:
    """x to a fixed power."""
    return apply(PowerGate(exponent), x)


def matmul(x: Any, y: Any) -> Any:
    """The matrix product x @ y."""
    return apply(MatrixMultiplyGate(), x, y)


def sum(x: Any, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    """The sum of x over `axis`."""
    return apply(SumGate(axis, keepdims), x)


def mean(x: Any, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    """The mean of x over `axis`."""
    return apply(MeanGate(axis, keepdims), x)


def transpose(x: Any) -> Any:
    """The transpose of a matrix."""
    return apply(TransposeGate(), x)


def _with_constant(x: Any, y: Any, one_input: Any, two_inputs: Any) -> Any:
    """A fixed operand belongs into the gate: `x + 1` is drawn, and run, as one gate of one input."""
    if isinstance(x, Node):
        return Node(two_inputs(), (x, y)) if isinstance(y, Node) else Node(one_input(y), (x,))
    return Node(one_input(x), (y,)) if isinstance(y, Node) else two_inputs().forward(x, y)


def _number_or_array(x: Value, of_number: Any, of_array: Any) -> Value:
    """`math` is ten times faster than NumPy for one number, but raises where NumPy returns infinity."""
    if type(x) is not float:
        return of_array(x)
    try:
        return of_number(x)
    except OverflowError:
        return math.inf


def _as_value(result: Any) -> Value:
    return (
        result
        if isinstance(result, np.ndarray) and result.ndim
        else result[()]
        if isinstance(result, np.ndarray)
        else result
    )


def _short(value: Value) -> str:
    return f"{value:g}" if np.ndim(value) == 0 else "c"
