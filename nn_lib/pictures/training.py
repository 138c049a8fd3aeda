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
    ORANGE,
    count,
    figure,
    finish,
    legend,
    line_style,
    marker,
    number,
    plot,
    whole_numbers,
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
    order = list(dict.fromkeys([*losses, *accuracies]))  # a name has the same look in both panels
    groups = [(kind, curves) for kind, curves in (("loss", losses), ("accuracy", accuracies)) if curves]
    drawn, panels = figure(
        1, len(groups), width=4.6 * len(groups) + 0.4 + 2.5 * (len(groups) == 1), height=3.7, squeeze=False
    )
    said = []
    for axes, (kind, curves) in zip(panels[0], groups, strict=True):
        for name, curve in curves.items():
            i, epochs = order.index(name), np.arange(1, len(curve) + 1)
            marks = {"marker": marker(i), "markevery": max(1, len(curve) // 8)}
            axes.plot(epochs, curve, label=name, markersize=5, **line_style(i), **marks)
            ends = " to ".join(number(float(curve[k])) for k in (0, -1))
            said.append(f"{name} {kind} from {ends} in {count(len(curve), 'epoch')}")
        axes.set(xlabel="epoch", ylabel=kind, title=f"{title}: {kind}")
        whole_numbers(axes.xaxis)
    legend(drawn, panels[0])
    return finish(drawn, f"{title} curves: {'; '.join(said)}.")


@plot
def gradient_sizes(
    gradients: Mapping[str, Sequence[float]],
    title: str = "Gradient size by layer",
    ylabel: str = "norm of the gradient",
) -> Picture:
    """Sizes of each layer's gradient, one curve per name, input side first, on a logarithmic axis called `ylabel`.

    A gradient of exactly 0, for which the axis has no place, stands at the bottom and is marked; NaN and infinity leave
    a gap. Raises `ValueError` when there is nothing to draw.
    """
    curves = {name: np.asarray(sizes, dtype=float) for name, sizes in gradients.items() if len(sizes)}
    if not curves:
        raise ValueError("gradient_sizes: there are no gradients to draw; give one size per layer for each name")
    every = np.concatenate(list(curves.values()))
    above_zero = every[np.isfinite(every) & (every > 0)]
    bottom = float(above_zero.min(initial=1.0)) / 10
    drawn, axes = figure(height=3.8)
    said = []
    for i, (name, sizes) in enumerate(curves.items()):
        layers = np.arange(1, len(sizes) + 1)
        shown = np.where(np.isfinite(sizes), np.maximum(sizes, bottom), np.nan)
        axes.semilogy(layers, shown, marker=marker(i), label=name, **line_style(i))
        for layer in layers[sizes == 0]:
            axes.annotate("0", (layer, bottom), xytext=(0, 7), textcoords="offset points", ha="center")
        said.append(f"{name} from {number(sizes[0])} in the first layer to {number(sizes[-1])} in the last")
    axes.set_xlim(0.75, max(map(len, curves.values())) + 0.25)
    whole_numbers(axes.xaxis)
    axes.set(xlabel="layer (1 is next to the input)", ylabel=ylabel, title=title)
    legend(drawn, [axes])
    return finish(drawn, f"{title} ({ylabel}): {'; '.join(said)}.")


@plot
def dead_share(biases: Sequence[float], shares: Sequence[float], xlabel: str = "bias") -> Picture:
    """Share of ReLU units (0 to 1) that are zero for every example, against the bias or another setting.

    Raises `ValueError` unless there is one share for each setting, and at least one.
    """
    percent = 100 * np.asarray(shares, dtype=float)
    if not len(percent) or len(biases) != len(percent):
        raise ValueError(f"dead_share: {len(biases)} values of {xlabel} and {len(percent)} shares; give one for each")
    drawn, axes = figure(height=3.6)
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
def layer_outputs(
    outputs: Sequence[Any], title: str = "Outputs by depth", bins: int = 40, xlabel: str = "output"
) -> Picture:
    """A histogram of each layer's outputs, side by side on one scale, with mean and spread; `xlabel` says of what.

    Outputs that are not finite (a network that exploded) are left out and counted in the title. Raises `ValueError`
    when there are no layers, or no finite output at all.
    """
    every = [np.asarray(output, dtype=float).ravel() for output in outputs]
    values = [layer[np.isfinite(layer)] for layer in every]
    together = np.concatenate([*values, np.empty(0)])
    if not len(together):
        raise ValueError("layer_outputs: there is no finite output to draw; give one array per layer")
    columns = min(5, len(values))
    rows = -(-len(values) // columns)
    drawn, panels = figure(rows, columns, width=10, height=2.6 * rows + 0.6, squeeze=False, sharex=True)
    reach = (together.min(), together.max())
    reach = reach if reach[0] < reach[1] else (reach[0] - 1, reach[1] + 1)
    said = []
    for i, (axes, layer) in enumerate(zip(panels.flat, values, strict=False)):
        lost = len(every[i]) - len(layer)
        mean, spread = (float(layer.mean()), float(layer.std())) if len(layer) else (np.nan, np.nan)
        axes.hist(layer, bins=bins, range=reach, color=BLUE)
        axes.set_yticks([])
        words = f"layer {i + 1}{f', {lost} not finite' * bool(lost)}\nmean {mean:.2g}\nstd {spread:.2g}"
        axes.set_title(words, fontsize=10)
        said.append(f"layer {i + 1} {number(spread)}{f' ({lost} outputs not finite)' * bool(lost)}")
        if i + columns >= len(values):
            axes.tick_params(labelbottom=True)
            axes.set_xlabel(xlabel)
    for axes in list(panels.flat)[len(values) :]:
        axes.set_visible(False)
    drawn.suptitle(title)
    return finish(drawn, f"{title}, one histogram a layer. Standard deviations: {', '.join(said)}.")


@plot
def compare_bars(values: Mapping[str, float], ylabel: str, title: str) -> Picture:
    """One bar per name, with its number on top. Raises `ValueError` when there are none."""
    if not values:
        raise ValueError("compare_bars: there are no values to compare")
    drawn, axes = figure(height=3.6)
    bars = axes.bar(list(values), list(values.values()), color=COLOURS[0], edgecolor=INK)
    if max(map(len, values)) * len(values) > 72:  # side by side the names would run into each other
        axes.tick_params(axis="x", rotation=30)
        for name in axes.get_xticklabels():
            name.set(horizontalalignment="right", rotation_mode="anchor")
    axes.bar_label(bars, labels=[number(float(v)) for v in values.values()], padding=2)
    axes.set(ylabel=ylabel, title=title)
    axes.margins(y=0.15)
    said = ", ".join(f"{name} {number(float(value))}" for name, value in values.items())
    return finish(drawn, f"{title}. {ylabel}: {said}.")
