"""Any quantities against one other: slopes against depth, time against size, a gradient against the bias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nn_lib.pictures.picture import Picture
from nn_lib.pictures.style import MARKERS, figure, finish, line_style, number, plot


@plot
def curves(
    x: Sequence[float],
    by_name: Mapping[str, Sequence[float]],
    xlabel: str,
    ylabel: str,
    title: str,
    log: bool = False,
) -> Picture:
    """One curve per name over the same `x`, each with its own dash and marker; `log` for a logarithmic y axis.

    Raises `ValueError` naming the curve whose length is not that of `x`.
    """
    drawn, axes = figure(height=3.8)
    said = []
    for i, (name, y) in enumerate(by_name.items()):
        if len(y) != len(x):
            raise ValueError(f"curves: {name!r} has {len(y)} values for {len(x)} values of {xlabel}")
        marks = {"marker": MARKERS[i % len(MARKERS)], "markevery": max(1, len(x) // 10), "markersize": 5}
        axes.plot(np.asarray(x), np.asarray(y), label=name, **line_style(i), **marks)
        said.append(f"{name} from {number(y[0])} at {number(x[0])} to {number(y[-1])} at {number(x[-1])}")
    if log:
        axes.set_yscale("log")
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if len(by_name) > 1:
        axes.legend()
    return finish(drawn, f"{title}. {ylabel} against {xlabel}: {'; '.join(said)}.")
