"""Elementary gates: sums, products, powers, exponentials, reductions, and the matrix product.

Every function here builds a node when it is given one, and computes at once when it is given values:
`exp(Input("x"))` is a node, `exp(1.0)` is a number. Numbers and arrays of any shape will do unless a docstring says
otherwise; every function raises what its gate does. Inputs of two-input gates broadcast as in NumPy; the gradient of an
input that was repeated is the sum over its copies. A plain number or array beside a node is a constant.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nn_lib.gate import Gate, Value, as_float, as_floats, as_upstream, in_precision_of, unbroadcast
from nn_lib.graph import Node, apply


class AddGate(Gate):
    """x + y. Distributes: each input receives the upstream gradient."""

    __slots__ = ("x", "y")
    symbol = "+"

    def forward(self, x: Value, y: Value) -> Value:
        self.x, self.y = x, y = as_floats(self, x, y)
        return x + y

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        x, y = self.x, self.y
        if type(x) is type(y) is type(upstream) is float:
            return upstream, upstream
        upstream = as_upstream(self, upstream, x, y)
        return unbroadcast(upstream, x), unbroadcast(upstream, y)


class SubtractGate(Gate):
    """x - y: the upstream gradient to x, its negative to y."""

    __slots__ = ("x", "y")
    symbol = "−"

    def forward(self, x: Value, y: Value) -> Value:
        self.x, self.y = x, y = as_floats(self, x, y)
        return x - y

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        upstream = as_upstream(self, upstream, self.x, self.y)
        return unbroadcast(upstream, self.x), unbroadcast(-upstream, self.y)


class MultiplyGate(Gate):
    """x * y. Switches: each input receives the upstream gradient times the other input."""

    __slots__ = ("x", "y")
    symbol = "*"

    def forward(self, x: Value, y: Value) -> Value:
        self.x, self.y = x, y = as_floats(self, x, y)
        return x * y

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        x, y = self.x, self.y
        if type(x) is type(y) is type(upstream) is float:
            return upstream * y, upstream * x
        upstream = as_upstream(self, upstream, x, y)
        return unbroadcast(upstream * y, x), unbroadcast(upstream * x, y)


class DivideGate(Gate):
    """x / y: upstream / y to x, and -upstream x / y^2 to y. Raises `ZeroDivisionError` for numbers with y = 0."""

    __slots__ = ("x", "y")
    symbol = "/"

    def forward(self, x: Value, y: Value) -> Value:
        self.x, self.y = x, y = as_floats(self, x, y)
        return x / y

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        dx = as_upstream(self, upstream, self.x, self.y) / self.y
        dy = -dx * (self.x / self.y)
        return unbroadcast(dx, self.x), unbroadcast(dy, self.y)


class MaxGate(Gate):
    """max(x, y), entry by entry. Routes: the larger input receives the gradient; a tie is halved."""

    __slots__ = ("x", "y")
    symbol = "max"

    def forward(self, x: Value, y: Value) -> Value:
        self.x, self.y = x, y = as_floats(self, x, y)
        if type(x) is type(y) is float:
            return x if x >= y or x != x else y
        return np.maximum(x, y)

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        x, y, upstream = self.x, self.y, as_upstream(self, upstream, self.x, self.y)
        if type(upstream) is float:
            share = 1.0 if x > y else 0.5 if x == y else 0.0
            return upstream * share, upstream * (1.0 - share)
        tie = 0.5 * upstream * (x == y)
        return unbroadcast(upstream * (x > y) + tie, x), unbroadcast(upstream * (y > x) + tie, y)


class NegateGate(Gate):
    """-x; local gradient -1."""

    __slots__ = ("x",)
    symbol = "×−1"

    def forward(self, x: Value) -> Value:
        self.x = as_float(x, self)
        return -self.x

    def backward(self, upstream: Value) -> Value:
        return -as_upstream(self, upstream, self.x)


class ScaleGate(Gate):
    """a x, for a fixed a: a number, or an array that broadcasts with x and takes its dtype. Local gradient a."""

    __slots__ = ("a", "factor", "x")

    def __init__(self, a: Value) -> None:
        self.a = as_float(a, self)

    @property
    def symbol(self) -> str:  # type: ignore[override]
        return f"×{_short(self.a)}"

    def forward(self, x: Value) -> Value:
        self.x, a = as_floats(self, x, self.a)
        self.factor = in_precision_of(self.x, a)
        return self.x * self.factor

    def backward(self, upstream: Value) -> Value:
        return unbroadcast(as_upstream(self, upstream, self.x, self.factor) * self.factor, self.x)


class ShiftGate(Gate):
    """x + c, for a fixed c: a number, or an array that broadcasts with x and takes its dtype. Local gradient 1."""

    __slots__ = ("c", "summand", "x")

    def __init__(self, c: Value) -> None:
        self.c = as_float(c, self)

    @property
    def symbol(self) -> str:  # type: ignore[override]
        return _short(self.c) if type(self.c) is float and self.c < 0 else f"+{_short(self.c)}"

    def forward(self, x: Value) -> Value:
        self.x, c = as_floats(self, x, self.c)
        self.summand = in_precision_of(self.x, c)
        return self.x + self.summand

    def backward(self, upstream: Value) -> Value:
        return unbroadcast(as_upstream(self, upstream, self.x, self.summand), self.x)


class ExpGate(Gate):
    """e^x, whose local gradient is its own output."""

    __slots__ = ("y",)
    symbol = "exp"

    def forward(self, x: Value) -> Value:
        x = as_float(x, self)
        self.y = _number_or_array(x, math.exp, np.exp)
        return self.y

    def backward(self, upstream: Value) -> Value:
        return as_upstream(self, upstream, self.y) * self.y


class LogGate(Gate):
    """The natural logarithm; local gradient 1 / x. Raises `ValueError` for an entry that is not positive."""

    __slots__ = ("x",)
    symbol = "log"

    def forward(self, x: Value) -> Value:
        self.x = x = as_float(x, self)
        if np.any(np.asarray(x) <= 0):
            raise ValueError(
                "LogGate: the logarithm needs positive values. Of a probability that underflowed to 0, take "
                "the loss from the logits instead (softmax_cross_entropy, binary_cross_entropy)."
            )
        return _number_or_array(x, math.log, np.log)

    def backward(self, upstream: Value) -> Value:
        return as_upstream(self, upstream, self.x) / self.x


class ReciprocalGate(Gate):
    """1 / x; local gradient -1 / x^2. Raises `ZeroDivisionError` for the number 0."""

    __slots__ = ("y",)
    symbol = "1/x"

    def forward(self, x: Value) -> Value:
        self.y = 1.0 / as_float(x, self)
        return self.y

    def backward(self, upstream: Value) -> Value:
        return -as_upstream(self, upstream, self.y) * self.y * self.y


class PowerGate(Gate):
    """x^n for a fixed exponent n; local gradient n x^(n-1).

    Raises `ValueError` for a value below 0 under an exponent that is not whole, `ZeroDivisionError` for the number 0
    under a negative one (in `backward`, under one below 1), `TypeError` for an exponent that is not a fixed number.
    """

    __slots__ = ("exponent", "x")

    def __init__(self, exponent: float) -> None:
        if isinstance(exponent, Node):
            raise TypeError("PowerGate: the exponent is a fixed number; for x ** y write exp(y * log(x))")
        self.exponent = float(exponent)

    @property
    def symbol(self) -> str:  # type: ignore[override]
        return f"^{_short(self.exponent)}"

    def forward(self, x: Value) -> Value:
        self.x = x = as_float(x, self)
        if not self.exponent.is_integer() and np.any(np.asarray(x) < 0):
            raise ValueError(f"PowerGate: a negative value has no real power {self.exponent}")
        return _power(x, self.exponent)

    def backward(self, upstream: Value) -> Value:
        upstream = as_upstream(self, upstream, self.x)
        if self.exponent == 0.0:
            return upstream * 0.0
        return upstream * self.exponent * _power(self.x, self.exponent - 1.0)


class MatrixMultiplyGate(Gate):
    """x @ y for vectors and matrices. Raises `ValueError` naming both shapes when they do not fit."""

    __slots__ = ("output", "x", "y")
    symbol = "@"

    def forward(self, x: Value, y: Value) -> Value:
        self.x, self.y = x, y = as_float(x, self), as_float(y, self)
        if np.ndim(x) not in (1, 2) or np.ndim(y) not in (1, 2) or x.shape[-1] != y.shape[0]:
            raise ValueError(
                f"MatrixMultiplyGate: shapes {np.shape(x)} and {np.shape(y)} do not fit: of two vectors or matrices, "
                "the last dimension of the first must equal the first dimension of the second. Is a transpose missing? "
                "Numbers are multiplied with *."
            )
        self.output = x @ y
        return self.output

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        x, y = np.atleast_2d(self.x), self.y if self.y.ndim == 2 else self.y[:, None]
        g = np.reshape(as_upstream(self, upstream, self.output), (x.shape[0], y.shape[1]))
        return (g @ y.T).reshape(self.x.shape), (x.T @ g).reshape(self.y.shape)


class SumGate(Gate):
    """The sum over `axis` (all axes when None). Backward copies the gradient to everything that was summed."""

    __slots__ = ("axis", "keepdims", "output", "shape")
    symbol = "Σ"

    def __init__(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> None:
        self.axis, self.keepdims = axis, keepdims

    def forward(self, x: Value) -> Value:
        x = as_float(x, self)
        self.shape = np.shape(x)
        self.output = np.sum(x, axis=self.axis, keepdims=self.keepdims) if self.shape else x
        return self.output

    def backward(self, upstream: Value) -> Value:
        upstream = as_upstream(self, upstream, self.output)
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
        axes = range(len(self.shape)) if self.axis is None or not self.shape else np.atleast_1d(self.axis)
        return math.prod(self.shape[axis] for axis in axes)

    def forward(self, x: Value) -> Value:
        return super().forward(x) / self._count()

    def backward(self, upstream: Value) -> Value:
        return super().backward(upstream) / self._count()


class TransposeGate(Gate):
    """The transpose of a matrix: (m, n) to (n, m), and the gradient back. Raises `ValueError` for other shapes."""

    __slots__ = ("x",)
    symbol = "ᵀ"

    def forward(self, x: Value) -> Value:
        self.x = x = as_float(x, self)
        if np.ndim(x) != 2:
            raise ValueError(f"TransposeGate: needs a matrix, got shape {np.shape(x)}; a row is x.reshape(1, -1)")
        return x.T

    def backward(self, upstream: Value) -> Value:
        return as_upstream(self, upstream, self.x.T).T


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
    """x / y, entry by entry. Raises `ZeroDivisionError` for numbers with y = 0."""
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
    """a x for a fixed a, a number or an array that broadcasts with x."""
    return apply(ScaleGate(a), x)


def shift(x: Any, c: Value) -> Any:
    """x + c for a fixed c, a number or an array that broadcasts with x."""
    return apply(ShiftGate(c), x)


def exp(x: Any) -> Any:
    """e^x, entry by entry."""
    return apply(ExpGate(), x)


def log(x: Any) -> Any:
    """The natural logarithm of x > 0, entry by entry. Raises `ValueError` for other values."""
    return apply(LogGate(), x)


def reciprocal(x: Any) -> Any:
    """1 / x, entry by entry. Raises `ZeroDivisionError` for the number 0."""
    return apply(ReciprocalGate(), x)


def power(x: Any, exponent: float) -> Any:
    """x to a fixed power, entry by entry. Raises `ValueError` for values below 0 unless the exponent is whole."""
    return apply(PowerGate(exponent), x)


def matmul(x: Any, y: Any) -> Any:
    """The product (m, n) @ (n, k) = (m, k) of matrices; vectors (n,) may stand on either side.

    Raises `ValueError`, naming both shapes, when they do not fit.
    """
    return apply(MatrixMultiplyGate(), x, y)


def sum(x: Any, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    """The sum of x over `axis`, an axis or several, all of them when None; `keepdims` leaves axes of length 1."""
    return apply(SumGate(axis, keepdims), x)


def mean(x: Any, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    """The mean of x over `axis`, an axis or several, all of them when None; `keepdims` leaves axes of length 1."""
    return apply(MeanGate(axis, keepdims), x)


def transpose(x: Any) -> Any:
    """The transpose (n, m) of a matrix (m, n). Raises `ValueError` for other shapes."""
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


def _power(x: Value, n: float) -> Value:
    """Python raises for one number where NumPy returns infinity."""
    try:
        return x**n
    except OverflowError:
        return math.copysign(math.inf, x) if n % 2 else math.inf


def _short(value: Value) -> str:
    return f"{value:g}" if np.ndim(value) == 0 else "c"
