"""A small library to read beside a course on backpropagation.

Read it in this order: gate, graph, arithmetic, activations, losses, layers, optimizers, training. NumPy is all it
needs; pictures load matplotlib, and widgets anywidget, when they are first asked for.
"""

from __future__ import annotations

import importlib
from typing import Any

from nn_lib.activations import *  # noqa: F403
from nn_lib.activations import ACTIVATIONS
from nn_lib.arithmetic import *  # noqa: F403
from nn_lib.gate import Gate
from nn_lib.graph import ComputationalGraph, Input, Node, Parameter
from nn_lib.losses import *  # noqa: F403

def __getattr__(name: str) -> Any:
    if name in ("pictures", "widgets"):
        return importlib.import_module(f"nn_lib.{name}")
    raise AttributeError(f"nn_lib has no {name!r}")
