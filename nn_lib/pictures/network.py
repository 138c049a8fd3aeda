"""A network of fully connected layers drawn as units and lines, with what flows forward and back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from nn_lib.pictures.picture import Picture
from nn_lib.pictures.style import ABOVE, BELOW, GRADIENT, INK, VALUE, figure, finish, number, plot

MOST_UNITS = 8


@plot
def network(
    sizes: Sequence[int], activations: Sequence[Any] | None = None, deltas: Sequence[Any] | None = None,
    weights: Sequence[Any] | None = None, title: str = "",
) -> Picture:  # fmt: skip
    """Layers of `sizes` units, the input first.

    `activations`: one vector per layer, written inside the units. `deltas`: one vector per layer but the input's (the
    gradients at the pre-activations), written below them. `weights`: one matrix `(outputs, inputs)` per layer but the
    input's; lines grow thicker with size, blue above zero, orange and dashed below. Layers of
    more than 8 units show 7 and dots. Raises `ValueError` when a list's lengths do not fit `sizes`.
    """
    if not len(sizes):
        raise ValueError("network: give the sizes of the layers, from input to output, such as [2, 3, 1]")
    for name, given, first in (("activations", activations, 0), ("deltas", deltas, 1)):
        wanted = list(sizes)[first:]
        got = None if given is None else [int(np.size(vector)) for vector in given]
        if got is not None and got != wanted:
            raise ValueError(f"network: {name} must have lengths {wanted}, got {got}")
    if weights is not None:
        got_shapes = [np.shape(w) for w in weights]
        wanted_shapes = [(above, below) for below, above in pairwise(sizes)]
        if got_shapes != wanted_shapes:
            raise ValueError(f"network: weights must have shapes {wanted_shapes} (outputs, inputs), got {got_shapes}")
    tallest = min(max(sizes), MOST_UNITS)
    drawn, axes = figure(width=min(10.0, 2.2 * len(sizes) + 1.0), height=max(2.6, 0.85 * tallest + 1.2))
    places = [_places(size) for size in sizes]
    _lines(axes, places, weights)
    for layer, units in enumerate(places):
        for unit, y in units.items():
            x = 2.2 * layer
            axes.plot(
                [x],
                [y],
                "o",
                markersize=30,
                markerfacecolor="#f5f7fa",
                markeredgecolor=INK,
                markeredgewidth=1.5,
                zorder=3,
            )
            if activations is not None:
                value = f"{float(np.ravel(activations[layer])[unit]):.2g}"
                fits = min(10.0, 45 / len(value))  # inside the circle
                axes.text(x, y, value, ha="center", va="center", color=VALUE, fontsize=fits, zorder=4)
            if deltas is not None and layer:
                delta = float(np.ravel(deltas[layer - 1])[unit])
                axes.text(
                    x, y - 0.33, f"δ {delta:.2g}", ha="center", va="top", color=GRADIENT, fontsize=10, zorder=4,
                    bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
                )  # fmt: skip
        if sizes[layer] > MOST_UNITS:
            axes.text(
                2.2 * layer,
                (units[MOST_UNITS - 2] + units[sizes[layer] - 1]) / 2,
                "⋮",
                ha="center",
                va="center",
                fontsize=16,
            )
        name = "input" if layer == 0 else "output" if layer == len(sizes) - 1 else f"hidden {layer}"
        axes.text(
            2.2 * layer,
            tallest / 2 + 0.15,
            f"{name}\n{sizes[layer]}",
            ha="center",
            va="bottom",
            fontsize=min(11.0, 110 / len(sizes)),
        )
    low = -tallest / 2 - (0.35 if deltas is not None else 0.1)
    if deltas is not None:
        axes.annotate(
            "",
            xy=(0.6, low),
            xytext=(2.2 * (len(sizes) - 1) - 0.6, low),
            arrowprops={"arrowstyle": "->", "color": GRADIENT},
        )
        axes.text(1.1 * (len(sizes) - 1), low - 0.08, "deltas flow back", ha="center", va="top", color=GRADIENT)
        low -= 0.4
    axes.set(xlim=(-0.7, 2.2 * (len(sizes) - 1) + 0.7), ylim=(low - 0.1, tallest / 2 + 0.95), title=title)
    axes.axis("off")
    alt = f"Network of layers with {', '.join(map(str, sizes))} units"
    if activations is not None:
        alt += f"; outputs {', '.join(number(float(v)) for v in np.ravel(activations[-1])[:10])}"
    if deltas is not None:
        alt += f"; output deltas {', '.join(number(float(v)) for v in np.ravel(deltas[-1])[:10])}"
    return finish(drawn, alt + ".")


def _places(size: int) -> dict[int, float]:
    """The height of each unit that is drawn; of a large layer the first seven and the last."""
    if size <= MOST_UNITS:
        return {unit: (size - 1) / 2 - unit for unit in range(size)}
    places = {unit: (MOST_UNITS - 1) / 2 - unit * 0.9 for unit in range(MOST_UNITS - 1)}
    return {**places, size - 1: -(MOST_UNITS - 1) / 2}


def _lines(axes: Any, places: Sequence[dict[int, float]], weights: Sequence[Any] | None) -> None:
    for layer, (below, above) in enumerate(pairwise(places)):
        matrix = None if weights is None else np.asarray(weights[layer], dtype=float)
        largest = 1.0 if matrix is None else float(np.abs(matrix).max()) or 1.0
        for i, y0 in below.items():
            for j, y1 in above.items():
                weight = 0.25 if matrix is None else float(matrix[j, i]) / largest
                axes.plot(
                    [2.2 * layer, 2.2 * (layer + 1)], [y0, y1], zorder=1,
                    color="#8a94a0" if matrix is None else ABOVE if weight >= 0 else BELOW,
                    linewidth=0.3 + 3.0 * abs(weight), linestyle="--" if weight < 0 else "-",
                )  # fmt: skip
