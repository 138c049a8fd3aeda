"""What happens during training: curves, gradients by layer, dead units, how outputs spread with depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn_lib.pictures.picture import Picture
from nn_lib.pictures.style import (
    BLUE,
    COLOURS,
    INK,
    MARKERS,
    ORANGE,
    figure,
    finish,
    line_style,
    number,
    plot,
)

Curves = Mapping[str, Sequence[float]]


@plot
def training_curves(losses: Any, accuracies: Curves | None = None, title: str = "Training") -> Picture:
    """Losses against epochs, and accuracies (0 to 1) in a second panel where there are any.

    `losses` is a `History`, or a mapping from names to curves: sequences with one value per epoch, the first
    of them after epoch 1; NaN leaves a gap. Raises `ValueError` when there is nothing to draw.
    """
    if not isinstance(losses, Mapping):
        history = losses
        losses = {"training": history.loss, "validation": history.validation_loss}
        accuracies = {"training": history.accuracy, "validation": history.validation_accuracy}
    losses = {name: list(curve) for name, curve in losses.items() if len(curve)}
    accuracies = {name: list(curve) for name, curve in (accuracies or {}).items() if len(curve)}
    if not losses and not accuracies:
        raise ValueError("there are no curves to draw: train for at least one epoch first")
    groups = [(kind, curves) for kind, curves in (("loss", losses), ("accuracy", accuracies)) if curves]
    drawn, panels = figure(
        1, len(groups), width=4.6 * len(groups) + 0.4 + 2.5 * (len(groups) == 1), height=3.7, squeeze=False
    )
    said = []
    for axes, (kind, curves) in zip(panels[0], groups, strict=True):
        for i, (name, curve) in enumerate(curves.items()):
            epochs = np.arange(1, len(curve) + 1)
            marks = {"marker": MARKERS[i % len(MARKERS)], "markevery": max(1, len(curve) // 8)}
            axes.plot(epochs, curve, label=name, markersize=5, **line_style(i), **marks)
            ends = " to ".join(number(float(curve[k])) for k in (0, -1))
            said.append(f"{name} {kind} from {ends} in {len(curve)} epochs")
        axes.set(xlabel="epoch", ylabel=kind, title=f"{title}: {kind}")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend()
    return finish(drawn, f"{title} curves: {'; '.join(said)}.")


@plot
def gradient_sizes(gradients: Mapping[str, Sequence[float]], title: str = "Gradient size by layer") -> Picture:
    """Sizes (norms) of each layer's gradient, one curve per name, input side first, on a logarithmic axis."""
    drawn, axes = figure(height=3.8)
    said = []
    for i, (name, sizes) in enumerate(gradients.items()):
        layers = np.arange(1, len(sizes) + 1)
        axes.semilogy(layers, np.maximum(sizes, 1e-300), marker=MARKERS[i % len(MARKERS)], label=name, **line_style(i))
        said.append(f"{name} from {number(sizes[0])} in the first layer to {number(sizes[-1])} in the last")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(xlabel="layer (1 is next to the input)", ylabel="norm of the gradient", title=title)
    axes.legend()
    return finish(drawn, f"{title}: {'; '.join(said)}.")


@plot
def dead_share(biases: Sequence[float], shares: Sequence[float], xlabel: str = "bias") -> Picture:
    """Share of ReLU units (0 to 1) that are zero for every example, against the bias or another setting."""
    drawn, axes = figure(height=3.6)
    percent = 100 * np.asarray(shares, dtype=float)
    axes.plot(biases, percent, color=ORANGE, marker="o")
    axes.fill_between(biases, percent, color=ORANGE, alpha=0.15)
    axes.set(
        xlabel=xlabel,
        ylabel="dead units, %",
        ylim=(-2, 102),
        title="Units that are off for every example learn nothing",
    )
    return finish(
        drawn,
        f"Dead ReLU units: {percent[0]:.0f} % at {xlabel} {number(float(biases[0]))}, "
        f"{percent[-1]:.0f} % at {number(float(biases[-1]))}.",
    )


@plot
def layer_outputs(outputs: Sequence[Any], title: str = "Outputs by depth", bins: int = 40) -> Picture:
    """A histogram of each layer's outputs, side by side on one scale, with mean and spread."""
    values = [np.asarray(output, dtype=float).ravel() for output in outputs]
    columns = min(5, len(values))
    rows = -(-len(values) // columns)
    drawn, panels = figure(rows, columns, width=10, height=2.4 * rows + 0.6, squeeze=False, sharex=True)
    reach = (min(v.min() for v in values), max(v.max() for v in values))
    reach = reach if reach[0] < reach[1] else (reach[0] - 1, reach[1] + 1)
    said = []
    for i, (axes, layer) in enumerate(zip(panels.flat, values, strict=False)):
        axes.hist(layer, bins=bins, range=reach, color=BLUE)
        axes.set_yticks([])
        axes.set_title(f"layer {i + 1}\nmean {layer.mean():.2g}, std {layer.std():.2g}", fontsize=10)
        said.append(f"layer {i + 1} {number(float(layer.std()))}")
        if i + columns >= len(values):
            axes.tick_params(labelbottom=True)
            axes.set_xlabel("output")
    for axes in list(panels.flat)[len(values) :]:
        axes.set_visible(False)
    drawn.suptitle(title)
    return finish(drawn, f"{title}, one histogram a layer. Standard deviations: {', '.join(said)}.")


@plot
def compare_bars(values: Mapping[str, float], ylabel: str, title: str) -> Picture:
    """One bar per name, with its number on top."""
    drawn, axes = figure(height=3.6)
    bars = axes.bar(list(values), list(values.values()), color=COLOURS[0], edgecolor=INK)
    axes.bar_label(bars, labels=[number(float(v)) for v in values.values()], padding=2)
    axes.set(ylabel=ylabel, title=title)
    axes.margins(y=0.15)
    said = ", ".join(f"{name} {number(float(value))}" for name, value in values.items())
    return finish(drawn, f"{title}. {ylabel}: {said}.")
