"""Elementary gates: sums, products, powers, exponentials, reductions, and the matrix product.

Under each gate stands its function. The function builds a node when it is given one, and computes at once when it is
given values: `exp(Input("x"))` is a node, `exp(1.0)` is a number. Numbers and arrays of any shape will do unless a
docstring says otherwise; every function raises what its gate does. Inputs of two-input gates broadcast as in NumPy; the
gradient of an input that was repeated is the sum over its copies. A plain number or array beside a node is a constant.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nn_lib.domains import positive, with_power, with_slope
from nn_lib.gate import Elementwise, Gate, Pairwise
from nn_lib.graph import Node, apply
from nn_lib.guard import Value, as_float, as_floats, as_upstream, in_precision_of, plain, unbroadcast
from nn_lib.scalars import divided, fixed_number, number_or_array, short, to_the_power


class AddGate(Pairwise):
    """x + y. Distributes: each input receives the upstream gradient."""

    __slots__ = ()
    symbol = "+"

    def value(self, x: Value, y: Value) -> Value:
        return x + y

    def gradients(self, upstream: Value, x: Value, y: Value) -> tuple[Value, Value]:
        return upstream, upstream


def add(x: Any, y: Any) -> Any:
    """x + y."""
    if isinstance(x, Node):
        return Node(AddGate, x, y) if isinstance(y, Node) else Node(ShiftGate(y), x)
    # A fixed operand belongs into the gate: `1 + y` is drawn, and run, as one gate of one input.
    return Node(ShiftGate(x), y) if isinstance(y, Node) else AddGate().forward(x, y)


class SubtractGate(Pairwise):
    """x - y: the upstream gradient to x, its negative to y."""

    __slots__ = ()
    symbol = "−"

    def value(self, x: Value, y: Value) -> Value:
        return x - y

    def gradients(self, upstream: Value, x: Value, y: Value) -> tuple[Value, Value]:
        return upstream, -upstream


def subtract(x: Any, y: Any) -> Any:
    """x - y."""
    gate = SubtractGate()
    if isinstance(x, Node) and not isinstance(y, Node):
        return Node(ShiftGate(0.0 - as_float(y, gate)), x)  # and not -y: x - 0 would be drawn as x + -0
    if isinstance(y, Node) and not isinstance(x, Node):
        return Node(ShiftGate(as_float(x, gate)), negate(y))
    return apply(gate, x, y)


class MultiplyGate(Pairwise):
    """x * y. Switches: each input receives the upstream gradient times the other input."""

    __slots__ = ()
    symbol = "*"

    def value(self, x: Value, y: Value) -> Value:
        return x * y

    def gradients(self, upstream: Value, x: Value, y: Value) -> tuple[Value, Value]:
        return upstream * y, upstream * x


def multiply(x: Any, y: Any) -> Any:
    """x * y, entry by entry."""
    if isinstance(x, Node):
        return Node(MultiplyGate, x, y) if isinstance(y, Node) else Node(ScaleGate(y), x)
    return Node(ScaleGate(x), y) if isinstance(y, Node) else MultiplyGate().forward(x, y)


class DivideGate(Pairwise):
    """x / y: upstream / y to x, and -upstream x / y^2 to y. Raises `ZeroDivisionError` for numbers with y = 0."""

    __slots__ = ()
    symbol = "/"

    def value(self, x: Value, y: Value) -> Value:
        return divided(self, x, y)

    def gradients(self, upstream: Value, x: Value, y: Value) -> tuple[Value, Value]:
        return upstream / y, -upstream / y * (x / y)


def divide(x: Any, y: Any) -> Any:
    """x / y, entry by entry. Raises `ZeroDivisionError` for numbers with y = 0."""
    gate = DivideGate()
    if isinstance(x, Node) and not isinstance(y, Node):
        return Node(ScaleGate(gate.forward(1.0, y)), x)
    if isinstance(y, Node) and not isinstance(x, Node):
        quotient, x = reciprocal(y), as_float(x, gate)
        return quotient if type(x) is float and x == 1.0 else Node(ScaleGate(x), quotient)
    return apply(gate, x, y)


class MaxGate(Pairwise):
    """max(x, y), entry by entry. Routes: the larger input receives the gradient; a tie is halved."""

    __slots__ = ()
    symbol = "max"

    def value(self, x: Value, y: Value) -> Value:
        return plain(np.maximum(x, y))

    def gradients(self, upstream: Value, x: Value, y: Value) -> tuple[Value, Value]:
        half_of_tie = 0.5 * upstream * (x == y)
        return upstream * (x > y) + half_of_tie, upstream * (y > x) + half_of_tie


def maximum(x: Any, y: Any) -> Any:
    """The larger of x and y, entry by entry."""
    return apply(MaxGate(), x, y)


class MinGate(Pairwise):
    """min(x, y), entry by entry. Routes: the smaller input receives the gradient; a tie is halved."""

    __slots__ = ()
    symbol = "min"

    def value(self, x: Value, y: Value) -> Value:
        return plain(np.minimum(x, y))

    def gradients(self, upstream: Value, x: Value, y: Value) -> tuple[Value, Value]:
        half_of_tie = 0.5 * upstream * (x == y)
        return upstream * (x < y) + half_of_tie, upstream * (y < x) + half_of_tie


def minimum(x: Any, y: Any) -> Any:
    """The smaller of x and y, entry by entry."""
    return apply(MinGate(), x, y)


class AbsGate(Elementwise):
    """|x|; slope the sign of x, and 0 at 0."""

    __slots__ = ()
    symbol = "abs"

    def value(self, x: Value) -> Value:
        return np.abs(x)

    def slope(self, x: Value, y: Value) -> Value:
        return np.sign(x)


def absolute(x: Any) -> Any:
    """|x|, entry by entry."""
    return apply(AbsGate(), x)


class NegateGate(Elementwise):
    """-x; local gradient -1."""

    __slots__ = ()
    symbol = "×−1"

    def value(self, x: Value) -> Value:
        return -x

    def slope(self, x: Value, y: Value) -> Value:
        return -1.0


def negate(x: Any) -> Any:
    """-x."""
    return apply(NegateGate(), x)


class ScaleGate(Gate):
    """a x, for a fixed a: a number, or an array that broadcasts with x and takes its dtype. Local gradient a."""

    __slots__ = ("a", "factor", "x")

    def __init__(self, a: Value) -> None:
        self.a = as_float(a, self)

    @property
    def symbol(self) -> str:  # type: ignore[override]
        return f"×{short(self.a)}"

    def forward(self, x: Value) -> Value:
        self.x, a = as_floats(self, x, self.a)
        self.factor = in_precision_of(self.x, a)
        return self.x * self.factor

    def backward(self, upstream: Value) -> Value:
        return unbroadcast(as_upstream(self, upstream, self.x, self.factor) * self.factor, self.x)


def scale(x: Any, a: Value) -> Any:
    """a x for a fixed a, a number or an array that broadcasts with x."""
    return apply(ScaleGate(a), x)


class ShiftGate(Gate):
    """x + c, for a fixed c: a number, or an array that broadcasts with x and takes its dtype. Local gradient 1."""

    __slots__ = ("c", "summand", "x")

    def __init__(self, c: Value) -> None:
        self.c = as_float(c, self)

    @property
    def symbol(self) -> str:  # type: ignore[override]
        return short(self.c) if type(self.c) is float and self.c < 0 else f"+{short(self.c)}"

    def forward(self, x: Value) -> Value:
        self.x, c = as_floats(self, x, self.c)
        self.summand = in_precision_of(self.x, c)
        return self.x + self.summand

    def backward(self, upstream: Value) -> Value:
        return unbroadcast(as_upstream(self, upstream, self.x, self.summand), self.x)


def shift(x: Any, c: Value) -> Any:
    """x + c for a fixed c, a number or an array that broadcasts with x."""
    return apply(ShiftGate(c), x)


class ExpGate(Elementwise):
    """e^x, whose local gradient is its own output."""

    __slots__ = ()
    symbol = "exp"

    def value(self, x: Value) -> Value:
        return number_or_array(x, math.exp, np.exp)

    def slope(self, x: Value, y: Value) -> Value:
        return y


def exp(x: Any) -> Any:
    """e^x, entry by entry."""
    return apply(ExpGate(), x)


class LogGate(Elementwise):
    """The natural logarithm; local gradient 1 / x. Raises `ValueError` for an entry that is not positive."""

    __slots__ = ()
    symbol = "log"

    def value(self, x: Value) -> Value:
        return number_or_array(positive(self, x), math.log, np.log)

    def slope(self, x: Value, y: Value) -> Value:
        return 1.0 / x


def log(x: Any) -> Any:
    """The natural logarithm of x > 0, entry by entry. Raises `ValueError` for other values."""
    return apply(LogGate(), x)


class SinGate(Elementwise):
    """sin x, with the local gradient cos x."""

    __slots__ = ()
    symbol = "sin"

    def value(self, x: Value) -> Value:
        return number_or_array(x, math.sin, np.sin)

    def slope(self, x: Value, y: Value) -> Value:
        return number_or_array(x, math.cos, np.cos)


def sin(x: Any) -> Any:
    """The sine of x in radians, entry by entry."""
    return apply(SinGate(), x)


class CosGate(Elementwise):
    """cos x, with the local gradient -sin x."""

    __slots__ = ()
    symbol = "cos"

    def value(self, x: Value) -> Value:
        return number_or_array(x, math.cos, np.cos)

    def slope(self, x: Value, y: Value) -> Value:
        return -number_or_array(x, math.sin, np.sin)


def cos(x: Any) -> Any:
    """The cosine of x in radians, entry by entry."""
    return apply(CosGate(), x)


class ReciprocalGate(Elementwise):
    """1 / x; local gradient -1 / x^2. Raises `ZeroDivisionError` for the number 0."""

    __slots__ = ()
    symbol = "1/x"

    def value(self, x: Value) -> Value:
        return divided(self, 1.0, x)

    def slope(self, x: Value, y: Value) -> Value:
        return -y * y


def reciprocal(x: Any) -> Any:
    """1 / x, entry by entry. Raises `ZeroDivisionError` for the number 0."""
    return apply(ReciprocalGate(), x)


class PowerGate(Elementwise):
    """x^n for a fixed exponent n; local gradient n x^(n-1).

    Raises `ValueError` for a value below 0 under an exponent that is not whole, `ZeroDivisionError` for the number 0
    under a negative one and, in `backward`, for any 0 under one below 1, where the slope is infinite; `TypeError` for
    an exponent that is not a fixed number.
    """

    __slots__ = ("exponent",)

    def __init__(self, exponent: float) -> None:
        if isinstance(exponent, Node):
            raise TypeError("PowerGate: the exponent is a fixed number; for x ** y write exp(y * log(x))")
        self.exponent = fixed_number(self, "the exponent", exponent)

    @property
    def symbol(self) -> str:  # type: ignore[override]
        return f"^{short(self.exponent)}"

    def value(self, x: Value) -> Value:
        return to_the_power(with_power(self, x, self.exponent), self.exponent)

    def slope(self, x: Value, y: Value) -> Value:
        if self.exponent == 0.0:
            return 0.0
        return self.exponent * to_the_power(with_slope(self, x, self.exponent), self.exponent - 1.0)


class ExponentialGate(Elementwise):
    """b^x for a fixed base b > 0; local gradient b^x log b. Raises `ValueError` for another base."""

    __slots__ = ("base",)

    def __init__(self, base: float) -> None:
        self.base = fixed_number(self, "the base", base)
        if not self.base > 0:
            raise ValueError(f"ExponentialGate: the base must be a number above 0, not {base!r}")

    @property
    def symbol(self) -> str:  # type: ignore[override]
        return f"{short(self.base)}^x"

    def value(self, x: Value) -> Value:
        return number_or_array(x, lambda x: self.base**x, lambda x: np.power(x.dtype.type(self.base), x))

    def slope(self, x: Value, y: Value) -> Value:
        return y * math.log(self.base)


def power(x: Any, exponent: Any) -> Any:
    """x to a fixed power, or a fixed base above 0 to the power x, entry by entry: one of the two is a number.

    Raises `ValueError` for values below 0 unless the exponent is whole, `TypeError` when both are nodes.
    """
    if isinstance(exponent, Node) and not isinstance(x, Node):
        return apply(ExponentialGate(x), exponent)
    return apply(PowerGate(exponent), x)


def sqrt(x: Any) -> Any:
    """The square root of x >= 0, entry by entry: x to the power 1/2. `backward` raises `ZeroDivisionError` at 0."""
    return power(x, 0.5)


class MatrixMultiplyGate(Gate):
    """x @ y for vectors and matrices. Raises `ValueError` naming both shapes when they do not fit."""

    __slots__ = ("output", "x", "y")
    symbol = "@"

    def forward(self, x: Value, y: Value) -> Value:
        self.x, self.y = x, y = np.asarray(as_float(x, self)), np.asarray(as_float(y, self))
        if x.ndim not in (1, 2) or y.ndim not in (1, 2) or x.shape[-1] != y.shape[0]:
            raise ValueError(
                f"MatrixMultiplyGate: shapes {x.shape} and {y.shape} do not fit: of two vectors or matrices, "
                "the last dimension of the first must equal the first dimension of the second. Is a transpose missing? "
                "Numbers are multiplied with *."
            )
        self.output = plain(x @ y)
        return self.output

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        x, y = np.atleast_2d(self.x), self.y if self.y.ndim == 2 else self.y[:, None]
        g = np.reshape(as_upstream(self, upstream, self.output), (x.shape[0], y.shape[1]))
        return (g @ y.T).reshape(self.x.shape), (x.T @ g).reshape(self.y.shape)


def matmul(x: Any, y: Any) -> Any:
    """The product (m, n) @ (n, k) = (m, k) of matrices; vectors (n,) may stand on either side.

    Raises `ValueError`, naming both shapes, when they do not fit.
    """
    return apply(MatrixMultiplyGate(), x, y)


class SumGate(Gate):
    """The sum over `axis` (all axes when None). Backward copies the gradient to everything that was summed."""

    __slots__ = ("axis", "keepdims", "output", "shape")
    symbol = "Σ"

    def __init__(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> None:
        self.axis, self.keepdims = axis, keepdims

    def forward(self, x: Value) -> Value:
        x = as_float(x, self)
        self.shape = np.shape(x)
        try:
            self.output = plain(np.sum(x, axis=self.axis, keepdims=self.keepdims)) if self.shape else x
        except (TypeError, ValueError) as error:
            raise ValueError(f"{type(self).__name__}: axis {self.axis!r} of shape {self.shape}: {error}") from None
        return self.output

    def backward(self, upstream: Value) -> Value:
        upstream = as_upstream(self, upstream, self.output)
        if not self.shape:
            return upstream
        if self.axis is not None and not self.keepdims:
            upstream = np.expand_dims(upstream, self.axis)
        return np.broadcast_to(upstream, self.shape)


def sum(x: Any, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    """The sum of x over `axis`, an axis or several, all of them when None; `keepdims` leaves axes of length 1."""
    return apply(SumGate(axis, keepdims), x)


class MeanGate(SumGate):
    """The mean over `axis` (all axes when None): a sum divided by the number of values summed, at least one."""

    __slots__ = ("count",)
    symbol = "mean"

    def forward(self, x: Value) -> Value:
        total = super().forward(x)
        axes = range(len(self.shape)) if self.axis is None or not self.shape else np.atleast_1d(self.axis)
        self.count = math.prod(self.shape[axis] for axis in axes)
        if not self.count:
            raise ValueError(f"MeanGate: an array of shape {self.shape} has no mean over axis {self.axis}: it is empty")
        return total / self.count

    def backward(self, upstream: Value) -> Value:
        return super().backward(upstream) / self.count


def mean(x: Any, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    """The mean of x over `axis`, an axis or several, all of them when None; `keepdims` leaves axes of length 1."""
    return apply(MeanGate(axis, keepdims), x)


class IndexGate(Gate):
    """x[index], for any fixed index that NumPy takes. Backward puts the gradient where x was taken from, 0 elsewhere.

    An entry that was taken several times receives the sum. Raises `IndexError` for an index that does not fit x.
    """

    __slots__ = ("index", "output", "x")

    def __init__(self, index: Any) -> None:
        if any(isinstance(part, Node) for part in (index if isinstance(index, tuple) else (index,))):
            raise TypeError("IndexGate: an index is fixed when the formula is written, it cannot be a node")
        self.index = index

    @property
    def symbol(self) -> str:  # type: ignore[override]
        return f"[{self.index}]" if isinstance(self.index, int) else "[…]"

    def forward(self, x: Value) -> Value:
        self.x = np.asarray(as_float(x, self))
        try:
            self.output = plain(self.x[self.index])
        except IndexError as error:
            raise IndexError(f"IndexGate: no [{self.index}] in an array of shape {self.x.shape}: {error}") from None
        return self.output

    def backward(self, upstream: Value) -> Value:
        gradient = np.zeros_like(self.x)
        np.add.at(gradient, self.index, as_upstream(self, upstream, self.output))
        return plain(gradient)


def pick(x: Any, index: Any) -> Any:
    """x[index]: `node[index]` for short."""
    return apply(IndexGate(index), x)


class TransposeGate(Gate):
    """The transpose of a matrix: (m, n) to (n, m), and the gradient back. Raises `ValueError` for other shapes."""

    __slots__ = ("output",)
    symbol = "ᵀ"

    def forward(self, x: Value) -> Value:
        x = np.asarray(as_float(x, self))
        if x.ndim != 2:
            raise ValueError(f"TransposeGate: needs a matrix, got shape {x.shape}; a row is x.reshape(1, -1)")
        self.output = x.T
        return self.output

    def backward(self, upstream: Value) -> Value:
        return np.transpose(as_upstream(self, upstream, self.output))


def transpose(x: Any) -> Any:
    """The transpose (n, m) of a matrix (m, n). Raises `ValueError` for other shapes."""
    return apply(TransposeGate(), x)
