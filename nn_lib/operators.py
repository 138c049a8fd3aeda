"""What the operators mean beside a node, and NumPy's functions of one: the gates they stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nn_lib.activations import softplus, tanh
from nn_lib.arithmetic import (
    absolute,
    add,
    cos,
    divide,
    exp,
    log,
    matmul,
    maximum,
    mean,
    minimum,
    multiply,
    negate,
    pick,
    power,
    reciprocal,
    sin,
    sqrt,
    subtract,
    sum,
    transpose,
)
from nn_lib.expression import NUMPY_FUNCTIONS
from nn_lib.graph import Node


def _reflected(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: operation(other, self)


# What the operators mean beside a node, and NumPy's functions of one.
Node.__add__ = Node.__radd__ = add  # type: ignore[method-assign]
Node.__mul__ = Node.__rmul__ = multiply  # type: ignore[method-assign]
Node.__sub__, Node.__rsub__ = subtract, _reflected(subtract)  # type: ignore[method-assign]
Node.__truediv__, Node.__rtruediv__ = divide, _reflected(divide)  # type: ignore[method-assign]
Node.__matmul__, Node.__rmatmul__ = matmul, _reflected(matmul)  # type: ignore[method-assign]
Node.__pow__, Node.__rpow__ = power, _reflected(power)  # type: ignore[method-assign]
Node.__neg__, Node.__abs__, Node.__getitem__ = negate, absolute, pick  # type: ignore[method-assign]
Node.sum, Node.mean, Node.T = sum, mean, property(transpose)  # type: ignore[method-assign, assignment]
NUMPY_FUNCTIONS.update({
    np.add: add, np.subtract: subtract, np.multiply: multiply, np.divide: divide, np.negative: negate,
    np.positive: lambda x: x, np.absolute: absolute, np.maximum: maximum, np.minimum: minimum,
    np.reciprocal: reciprocal, np.power: power, np.float_power: power, np.square: lambda x: power(x, 2.0),
    np.sqrt: sqrt, np.exp: exp, np.exp2: lambda x: power(2.0, x), np.log: log, np.sin: sin,
    np.cos: cos, np.matmul: matmul, np.dot: matmul, np.sum: sum, np.mean: mean, np.transpose: transpose, np.tanh: tanh,
    np.logaddexp: lambda x, y: add(x, softplus(subtract(y, x))),
})  # fmt: skip
