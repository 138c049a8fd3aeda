"""What a derivative is, how well differences find it, and why the chain rule needs bookkeeping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nn_lib.pictures.picture import Picture
from nn_lib.pictures.style import BLUE, INK, ORANGE, figure, finish, line_style, number, plot


@plot
def secants(f: Callable[[float], float], x: float, slope: float, steps: Sequence[float] = (2.0, 1.0, 0.4)) -> Picture:
    """The curve of `f`, secants from x to x + h for each h in `steps`, and the tangent at x with `slope`."""
    drawn, axes = figure()
    reach = max(steps)
    low, high = x - 0.75 * reach, x + 1.25 * reach
    xs = np.linspace(low, high, 300)
    ys = np.array([f(float(t)) for t in xs])
    axes.plot(xs, ys, color=INK, linewidth=2.5, label="f")
    slopes = []
    for i, h in enumerate(steps):
        rise = (f(x + h) - f(x)) / h
        slopes.append(rise)
        axes.plot(
            xs,
            f(x) + rise * (xs - x),
            linewidth=1.5,
            **line_style(i + 1),
            label=f"h = {number(h)}: slope {number(rise)}",
        )
        axes.plot([x + h], [f(x + h)], "o", color=line_style(i + 1)["color"])
    axes.plot(xs, f(x) + slope * (xs - x), color=BLUE, linewidth=2.5, label=f"tangent: slope {number(slope)}")
    axes.plot([x], [f(x)], "o", color=BLUE, markersize=9)
    margin = 0.1 * float(ys.max() - ys.min()) or 1.0
    axes.set(
        xlabel="x",
        ylabel="f(x)",
        title="Secants turn into the tangent",
        ylim=(ys.min() - margin, ys.max() + margin),
    )
    axes.legend(loc="best")
    said = ", ".join(f"{number(s)} for h = {number(h)}" for s, h in zip(slopes, steps, strict=True))
    return finish(
        drawn,
        f"Secants of a curve at x = {number(x)} have slopes {said}; the tangent has slope {number(slope)}.",
    )


@plot
def numerical_derivative_error(
    f: Callable[[Any], Any], derivative: Callable[[Any], Any], x: float, steps: Any = None
) -> Picture:
    """Error of the forward and the central difference at `x` against the step h, on logarithmic axes.

    `steps` are the positive steps to try, 1e-15 to 1 unless given. A step that leaves the domain of `f` (NaN, infinity)
    makes a gap. Raises `ValueError` when no step can be drawn.
    """
    h = np.logspace(-15, 0, 121) if steps is None else np.sort(np.asarray(steps, dtype=float).ravel())
    exact = float(derivative(x))
    tiny = np.finfo(float).tiny
    with np.errstate(all="ignore"):
        forward = np.array([abs((f(x + s) - f(x)) / s - exact) for s in h]) + tiny
        central = np.array([abs((f(x + s) - f(x - s)) / (2 * s) - exact) for s in h]) + tiny
    if not (np.isfinite(forward).any() and np.isfinite(central).any() and np.all(h > 0)):
        raise ValueError("numerical_derivative_error: give steps above 0, and a point where f and its slope are finite")
    drawn, axes = figure()
    mark = {"marker": "o"} if len(h) < 20 else {}
    axes.loglog(h, forward, label="forward difference", **line_style(1), **mark)
    axes.loglog(h, central, label="central difference", **line_style(0), **mark)
    axes.set(
        xlabel="step h",
        ylabel="absolute error",
        title="Large h: truncation error. Small h: round-off error.",
    )
    axes.set_ylim(bottom=max(0.01 * min(_smooth(forward).min(), _smooth(central).min()), 1e-17))
    axes.annotate("← round-off", (0.03, 0.05), xycoords="axes fraction")
    axes.annotate("truncation →", (0.97, 0.05), xycoords="axes fraction", ha="right")
    axes.legend(loc="upper center")
    best = [int(np.argmin(_smooth(error))) for error in (forward, central)]
    valleys = " two U-shaped curves:" * all(len(h) // 10 < at < 9 * len(h) // 10 for at in best)
    return finish(
        drawn,
        f"Error of numerical derivatives against the step,{valleys} forward differences are best near "
        f"h = {number(float(h[best[0]]))}, central ones near h = {number(float(h[best[1]]))}.",
    )


def _smooth(error: Any) -> Any:
    """Round-off errors jump, now and then to 0 by luck; the largest of five neighbours does not."""
    padded = np.pad(np.where(np.isfinite(error), error, np.inf), 2, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 5).max(axis=1)


@plot
def path_counts(depths: Sequence[int] = tuple(range(1, 13)), width: int = 2) -> Picture:
    """Multiplications for one derivative through `depth` layers of `width` linked nodes: by path and by node."""
    by_path = [depth * width**depth for depth in depths]
    by_node = [width + width * width * (depth - 1) for depth in depths]
    drawn, axes = figure()
    at = np.arange(len(depths))
    for offset, counts, colour, hatch, label in (
        (-0.2, by_path, ORANGE, "//", "path by path"), (0.2, by_node, BLUE, "", "node by node"),
    ):  # fmt: skip
        bars = axes.bar(at + offset, counts, 0.4, color=colour, hatch=hatch, edgecolor="white", label=label)
        axes.bar_label(bars, fontsize=8, rotation=0 if len(depths) <= 6 else 90, padding=2)
    axes.set_yscale("log")
    axes.set_ylim(top=max(by_path) * 12)
    axes.set_xticks(at, [str(depth) for depth in depths])
    axes.set(xlabel="depth", ylabel="multiplications", title=f"Layers of {width} nodes: storing beats recomputing")
    axes.legend(loc="upper left")
    return finish(
        drawn,
        f"Multiplications needed: at depth {depths[-1]}, {by_path[-1]:,} path by path against {by_node[-1]:,} "
        "node by node.",
    )
