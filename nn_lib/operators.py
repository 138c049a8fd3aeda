"""What the operators mean beside a node, and NumPy's functions of one: the gates they stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nn_lib import activations, arithmetic
from nn_lib.arithmetic import absolute, add, divide, matmul, multiply, negate, pick, power, subtract, transpose
from nn_lib.expression import NUMPY_FUNCTIONS
from nn_lib.graph import Node


def _reflected(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: operation(other, self)


OPERATORS: dict[str, Any] = {
    "__add__": add, "__radd__": add, "__mul__": multiply, "__rmul__": multiply,
    "__sub__": subtract, "__rsub__": _reflected(subtract), "__truediv__": divide, "__rtruediv__": _reflected(divide),
    "__matmul__": matmul, "__rmatmul__": _reflected(matmul), "__pow__": power, "__rpow__": _reflected(power),
    "__neg__": negate, "__abs__": absolute, "__getitem__": pick,
    "sum": arithmetic.sum, "mean": arithmetic.mean, "T": property(transpose),
}  # fmt: skip
for name, meaning in OPERATORS.items():
    setattr(Node, name, meaning)

# NumPy's functions that go by the same name here, and those that do not.
SAME_NAME = (
    "absolute", "add", "cos", "divide", "exp", "log", "matmul", "maximum", "mean", "minimum", "multiply", "power",
    "reciprocal", "sin", "sqrt", "subtract", "sum", "transpose",
)  # fmt: skip
NUMPY_FUNCTIONS.update({getattr(np, name): getattr(arithmetic, name) for name in SAME_NAME})
NUMPY_FUNCTIONS.update({
    np.negative: negate, np.positive: lambda x: x, np.float_power: power, np.square: lambda x: power(x, 2.0),
    np.exp2: lambda x: power(2.0, x), np.dot: matmul, np.tanh: activations.tanh,
    np.logaddexp: lambda x, y: add(x, activations.softplus(subtract(y, x))),
})  # fmt: skip
