"""Losses and probabilities: what a wrong guess costs, how temperature sharpens softmax, how uncertain a coin is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn_lib.activations import sigmoid, softplus
from nn_lib.pictures.picture import Picture
from nn_lib.pictures.style import BLUE, COLOURS, figure, finish, line_style, plot

HATCHES = ("", "//", "..", "xx", "\\\\")


@plot
def losses_against_probability() -> Picture:
    """What three losses say about the probability given to the right class."""
    p = np.linspace(0.002, 1.0, 500)
    drawn, axes = figure(height=4.0)
    curves = (
        ("cross-entropy, −log p", -np.log(p)), ("squared error, ½ (1 − p)²", 0.5 * (1 - p) ** 2),
        ("errors counted (two classes)", (p < 0.5).astype(float)),
    )  # fmt: skip
    for i, (name, loss) in enumerate(curves):
        axes.plot(p, loss, label=name, **line_style(i))
    axes.set(
        xlabel="probability p given to the right class",
        ylabel="loss",
        ylim=(-0.1, 5),
        title="What a wrong guess costs",
    )
    axes.legend()
    return finish(
        drawn,
        "Losses against the probability of the right class: cross-entropy grows without bound towards 0 "
        "(4.6 at 0.01), squared error stays below 0.5, and counting errors is flat with one jump at 0.5.",
    )


@plot
def losses_against_logit() -> Picture:
    """What three losses say about the score of the right class, of two classes: where each has a slope to follow."""
    a = np.linspace(-8.0, 8.0, 501)
    p = sigmoid(a)
    drawn, axes = figure(height=4.0)
    curves = (
        ("cross-entropy, −log σ(a)", softplus(-a)), ("squared error, ½ (1 − σ(a))²", 0.5 * (1 - p) ** 2),
        ("errors counted", (a < 0).astype(float)),
    )  # fmt: skip
    for i, (name, loss) in enumerate(curves):
        axes.plot(a, loss, label=name, **line_style(i))
    axes.set(
        xlabel="logit a of the right class (its probability is σ(a))",
        ylabel="loss",
        title="Sure and wrong, on the left: which loss still has a slope?",
    )
    axes.legend()
    return finish(
        drawn,
        "Losses against the score of the right class: at z = -8 cross-entropy is 8.0 and falls with slope -1; squared "
        "error is 0.5 and flat, with slope -0.0003; counting errors is flat with one jump at 0.",
    )


@plot
def softmax_bars(logits: Sequence[float], temperatures: Sequence[float] = (0.5, 1.0, 2.0)) -> Picture:
    """Softmax of `logits` / T as bars, one group per class and one bar per temperature T > 0.

    Raises `ValueError` for logits that are not finite numbers in a row, and for a temperature that is not positive.
    """
    values = np.asarray(logits, dtype=float)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise ValueError(f"softmax_bars: give one row of finite logits, one per class; got {logits!r}")
    if min(temperatures) <= 0:
        raise ValueError(f"softmax_bars: temperatures must be positive, got {min(temperatures)}")
    drawn, axes = figure(width=float(np.clip(0.85 * len(values), 7.5, 10.5)), height=3.9)
    at = np.arange(len(values))
    width = 0.8 / len(temperatures)
    said = []
    for i, temperature in enumerate(temperatures):
        scaled = (values - values.max()) / temperature
        p = np.exp(scaled) / np.exp(scaled).sum()
        bars = axes.bar(
            at + (i - (len(temperatures) - 1) / 2) * width, p, width, color=COLOURS[i % len(COLOURS)],
            hatch=HATCHES[i % len(HATCHES)], edgecolor="white", label=f"T = {temperature:g}",
        )  # fmt: skip
        if len(values) * len(temperatures) <= 18:  # more would run into each other
            axes.bar_label(bars, labels=[f"{v:.2f}" for v in p], fontsize=9, padding=1)
        said.append(f"T = {temperature:g}: {', '.join(f'{v:.2f}' for v in p)}")
    axes.set_xticks(
        at, [f"class {k}\nlogit {logit:.3g}" for k, logit in enumerate(values)], fontsize=11 if len(values) <= 8 else 8
    )
    axes.set(ylabel="probability", ylim=(0, 1.12), title="A low temperature sharpens, a high one flattens")
    axes.legend()
    return finish(drawn, f"Softmax probabilities. {'; '.join(said)}.")


@plot
def entropy_of_a_coin() -> Picture:
    """The entropy, in nats, of a coin that shows heads with probability p."""
    p = np.linspace(0, 1, 401)
    q: Any = np.where((p > 0) & (p < 1), p, 0.5)
    entropy = np.where((p > 0) & (p < 1), -q * np.log(q) - (1 - q) * np.log(1 - q), 0.0)
    drawn, axes = figure(height=3.6)
    axes.plot(p, entropy, color=BLUE)
    axes.plot([0.5], [np.log(2)], "o", color=BLUE)
    axes.annotate("log 2 = 0.693", (0.5, np.log(2)), xytext=(0, 8), textcoords="offset points", ha="center")
    axes.set(
        xlabel="probability of heads",
        ylabel="entropy, nats",
        ylim=(0, 0.8),
        title="A fair coin is the least certain",
    )
    return finish(
        drawn,
        "Entropy of a coin against its probability of heads: 0 at both ends, 0.693 nats at one half.",
    )
