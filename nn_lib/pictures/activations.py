"""Activation functions, each with its slope."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn_lib.activations import ACTIVATIONS
from nn_lib.pictures.picture import Picture
from nn_lib.pictures.style import GRADIENT, VALUE, figure, finish, number, plot

SHOWN = (
    "sigmoid", "tanh", "hard_tanh", "softsign", "relu", "leaky_relu", "prelu", "elu", "softplus", "linear",
)  # fmt: skip


@plot
def activation_curve(name: str, reach: float = 5.0) -> Picture:
    """An activation and its derivative, from -reach to reach.

    Raises `ValueError` for an unknown name, and for softmax, which takes a whole vector (see `softmax_bars`).
    """
    drawn, axes = figure(height=3.8)
    steepest = _draw(axes, name, reach)
    axes.legend(loc="upper left")
    reached = f"from {number(-reach)} to {number(reach)}"
    return finish(
        drawn, f"{_title(name)} and its derivative, {reached}, where the slope is at most {number(steepest)}."
    )


@plot
def activation_curves(reach: float = 5.0) -> Picture:
    """All activations of one variable side by side, each with its derivative, on the same scale."""
    names = [name for name in SHOWN if name in ACTIVATIONS]
    rows = -(-len(names) // 5)
    drawn, panels = figure(rows, 5, width=10, height=2.5 * rows + 0.5, sharex=True, sharey=True)
    steepest = {}
    for axes, name in zip(panels.flat, names, strict=False):
        steepest[name] = _draw(axes, name, reach)
        axes.set(ylim=(-2.1, 3.1), xlabel="", ylabel="")
    for axes in list(panels.flat)[len(names) :]:
        axes.set_visible(False)
    drawn.legend(*panels.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    said = ", ".join(f"{_title(name)} {number(value)}" for name, value in steepest.items())
    return finish(
        drawn,
        f"{len(names)} activations with their derivatives, from {number(-reach)} to {number(reach)}. "
        f"Greatest slopes there: {said}.",
    )


def _draw(axes: Any, name: str, reach: float) -> float:
    if name == "softmax":
        raise ValueError("softmax takes a whole vector, so it is no curve: draw it with softmax_bars(logits)")
    if name not in ACTIVATIONS:
        raise ValueError(f"there is no activation {name!r}; choose one of {', '.join(SHOWN)}")
    x = np.linspace(-reach, reach, 801)
    gate = ACTIVATIONS[name]()
    inputs = (x, np.full_like(x, 0.25)) if name == "prelu" else (x,)
    y = gate.forward(*inputs)
    slope = gate.backward(np.ones_like(x))
    slope = slope[0] if isinstance(slope, tuple) else slope
    axes.axhline(0, color="#9aa4b0", linewidth=0.8)
    axes.axvline(0, color="#9aa4b0", linewidth=0.8)
    axes.plot(x, y, color=VALUE, label="value")
    axes.plot(x, slope, color=GRADIENT, linestyle="--", label="slope")
    axes.set(xlabel="x", ylabel="value, slope", title=_title(name) + (", α = 0.25" if name == "prelu" else ""))
    return float(np.max(slope))


def _title(name: str) -> str:
    special = {"relu": "ReLU", "leaky_relu": "leaky ReLU", "prelu": "PReLU", "elu": "ELU"}
    return special.get(name, name.replace("_", " "))
