"""A small library to read beside a course on backpropagation.

Read it in this order: gate, graph, arithmetic, activations, losses, layers, optimizers, training. The others are there
to look things up: information, initializers, regularizers, gradient_check, datasets, checkpoint and history; guard,
scalars, targets, arguments and divergence for what is let in or refused, and in which words; expression and operators
for what nodes can be written with. NumPy is all it needs; pictures load matplotlib when they are first asked for.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from nn_lib import datasets, initializers, operators
from nn_lib.activations import (
    ACTIVATIONS,
    ELUGate,
    HardTanhGate,
    IdentityGate,
    LeakyReLUGate,
    PReLUGate,
    ReLUGate,
    SigmoidGate,
    SoftmaxGate,
    SoftplusGate,
    SoftsignGate,
    TanhGate,
    elu,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    prelu,
    relu,
    sigmoid,
    softmax,
    softplus,
    softsign,
    tanh,
)
from nn_lib.arithmetic import (
    AbsGate,
    AddGate,
    CosGate,
    DivideGate,
    ExpGate,
    ExponentialGate,
    IndexGate,
    LogGate,
    MatrixMultiplyGate,
    MaxGate,
    MeanGate,
    MinGate,
    MultiplyGate,
    NegateGate,
    PowerGate,
    ReciprocalGate,
    ScaleGate,
    ShiftGate,
    SinGate,
    SubtractGate,
    SumGate,
    TransposeGate,
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
    scale,
    shift,
    sin,
    sqrt,
    subtract,
    sum,
    transpose,
)
from nn_lib.divergence import TrainingDiverged
from nn_lib.gate import Elementwise, Gate, Pairwise
from nn_lib.gradient_check import GradientReport, check_gradient, numerical_gradient
from nn_lib.graph import ComputationalGraph, Input, Node, Parameter
from nn_lib.history import History
from nn_lib.information import cross_entropy, entropy, kl_divergence
from nn_lib.layers import MLP, Flatten, FullyConnected, PReLU, linear_regression, sigmoid_perceptron
from nn_lib.losses import (
    BinaryCrossEntropy,
    NegativeLogLikelihood,
    SoftmaxCrossEntropy,
    SquaredError,
    binary_cross_entropy,
    negative_log_likelihood,
    softmax_cross_entropy,
    squared_error,
)
from nn_lib.optimizers import SGD, Adam, cosine_decay, exponential_decay, step_decay
from nn_lib.regularizers import L1, L2
from nn_lib.training import fit, minibatches


def __getattr__(name: str) -> Any:
    # Loaded when first asked for: a graph on a server needs no plots.
    if name in ("pictures", "widgets"):
        return importlib.import_module(f"nn_lib.{name}")
    raise AttributeError(f"nn_lib has no {name!r}")


def __dir__() -> list[str]:
    return [*globals(), "pictures", "widgets"]


# `from nn_lib import *` must not replace Python's own sum, nor a `graph` or `gate` of the reader's.
__version__ = "0.2.0"

__all__ = sorted(
    name
    for name, value in globals().items()
    if name in ("datasets", "initializers")
    or (
        name[0] != "_" and name not in ("Any", "ModuleType", "annotations", "sum") and not isinstance(value, ModuleType)
    )
)
