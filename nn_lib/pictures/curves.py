"""Any quantities against one other: slopes against depth, time against size, a gradient against the bias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nn_lib.pictures.picture import Picture
from nn_lib.pictures.style import INK, count, figure, finish, legend, line_style, marker, number, plot, whole_numbers


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

    NaN leaves a gap, and so does a value of 0 or less on a logarithmic axis. Raises `ValueError` when there is nothing
    to draw, and naming the curve whose length is not that of `x`.
    """
    if not len(x) or not by_name:
        raise ValueError(f"curves: there are no values of {xlabel} to draw {ylabel} against")
    drawn, axes = figure(height=3.8)
    said = []
    for i, (name, y) in enumerate(by_name.items()):
        if len(y) != len(x):
            raise ValueError(f"curves: {name!r} has {len(y)} values for {len(x)} values of {xlabel}")
        marks = {"marker": marker(i), "markevery": max(1, len(x) // 10), "markersize": 5}
        axes.plot(np.asarray(x), np.asarray(y), label=name, **line_style(i), **marks)
        drawn_at = np.flatnonzero(np.isfinite(np.asarray(y, dtype=float)))
        if drawn_at.size:
            first, last = drawn_at[0], drawn_at[-1]
            said.append(
                f"{name} from {number(y[first])} at {number(x[first])} to {number(y[last])} at {number(x[last])}"
            )
        else:
            said.append(f"{name} has no finite value")
    if log:
        axes.set_yscale("log", nonpositive="mask")
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if np.array_equal(x, np.round(x)):
        whole_numbers(axes.xaxis)
    if len(by_name) > 1:
        legend(drawn, [axes])
    return finish(drawn, f"{title}. {ylabel} against {xlabel}: {'; '.join(said)}.")


@plot
def fitted_lines(
    x: Sequence[float],
    y: Sequence[float],
    lines: Mapping[str, tuple[float, float]],
    title: str = "A line through points",
) -> Picture:
    """Points, and straight lines through them: `lines` gives (slope, intercept) by name.

    Raises `ValueError` when there are no points, or not as many values of `x` as of `y`.
    """
    at, values = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if not at.size or at.shape != values.shape:
        raise ValueError(f"fitted_lines: {at.size} values of x and {values.size} of y; give a y for each x")
    drawn, axes = figure()
    axes.plot(at, values, "o", color=INK, markersize=5)
    ends = np.array([at.min(), at.max()])
    said = []
    for i, (name, (slope, intercept)) in enumerate(lines.items()):
        axes.plot(ends, slope * ends + intercept, label=name, **line_style(i))
        said.append(f" {name}: slope {number(float(slope))}, intercept {number(float(intercept))}.")
    if lines:
        axes.legend()
    axes.set(xlabel="x", ylabel="y", title=title)
    return finish(drawn, f"{title}: {count(len(at), 'point')}.{''.join(said)}")
