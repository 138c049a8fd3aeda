"""Functions of two variables seen from above: level curves, gradients, descents, and where a classifier decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nn_lib.pictures.picture import Picture
from nn_lib.pictures.style import (
    ABOVE,
    BELOW,
    COLOURS,
    INK,
    count,
    figure,
    finish,
    legend_below,
    line_style,
    marker,
    number,
    plot,
)

Range = tuple[float, float]
Paths = Mapping[str, Any]
HATCHES = ("", "//", "..", "\\\\", "xx", "++", "oo", "--", "**", "||")


@plot
def level_curves(
    f: Callable[[Any, Any], Any],
    gradient: Callable[[float, float], Sequence[float]] | None = None,
    at: Sequence[tuple[float, float]] = (),
    x_range: Range = (-3.0, 3.0),
    y_range: Range = (-3.0, 3.0),
    paths: Paths | None = None,
) -> Picture:
    """Level curves of `f(x, y)`, its gradient as arrows at the points `at`, and descent paths `(steps + 1,
    2)` by name.

    `f` takes arrays. Arrows have the gradient's direction and, relative to each other, its length; where it is zero,
    or not finite, there is a dot alone. Right angles show as such unless one range is more than 4 times the other:
    then the axes have scales of their own. Raises `ValueError` when `f` is nowhere finite.
    """
    drawn, axes = figure(width=6.5, height=5.2)
    x, y, z = _surface("level_curves", f, x_range, y_range)
    if z.min() < z.max():  # a constant has no level curves
        lines = axes.contour(x, y, z, levels=12, colors="#5a6472", linewidths=1.0)
        axes.clabel(lines, fontsize=9, fmt=number)
    title, arrows_said = "Level curves", ""
    if gradient is not None and len(at):
        points = np.asarray(at, dtype=float)
        arrows = np.array([gradient(float(a), float(b)) for a, b in points], dtype=float)
        lengths = np.linalg.norm(arrows, axis=1)
        drawable = np.isfinite(lengths) & (lengths > 0)
        if drawable.any():
            scale = 0.22 * min(x_range[1] - x_range[0], y_range[1] - y_range[0]) / lengths[drawable].max()
            axes.quiver(
                *points[drawable].T, *(scale * arrows[drawable]).T,
                angles="xy", scale_units="xy", scale=1, color=INK, width=0.008, clip_on=False, zorder=3,
            ).set_in_layout(False)  # fmt: skip
            at_right_angles = _aspect(x_range, y_range) == "equal"
            title = f"Gradients {'stand at right angles to level curves and ' * at_right_angles}point uphill"
            arrows_said = f"; {count(int(drawable.sum()), 'gradient arrow')}, at right angles to the curves"
        axes.plot(*points.T, "o", color=INK, markersize=4)
    _draw_paths(drawn, axes, paths, x_range, y_range)
    axes.set(xlabel="x", ylabel="y", xlim=x_range, ylim=y_range, aspect=_aspect(x_range, y_range), title=title)
    alt = f"Level curves of a function with values from {number(z.min())} to {number(z.max())}{arrows_said}"
    return finish(drawn, f"{alt}.{_say_paths(paths, f)}")


@plot
def loss_surface(
    f: Callable[[Any, Any], Any],
    paths: Paths,
    x_range: Range = (-3.0, 3.0),
    y_range: Range = (-3.0, 3.0),
    labels: tuple[str, str] = ("weight 1", "weight 2"),
) -> Picture:
    """A loss over two weights, darker where lower, with descent paths `(steps + 1, 2)` by name.

    Raises `ValueError` when `f` is nowhere finite.
    """
    drawn, axes = figure(width=7.0, height=5.0)
    x, y, z = _surface("loss_surface", f, x_range, y_range)
    lowest, height = float(z.min()), float(z.max() - z.min())
    # Closer together near the bottom; a flat surface gets one band.
    levels = np.unique(lowest + (height or 1.0) * np.linspace(0, 1, 16) ** 2)
    filled = axes.contourf(x, y, z, levels=levels, cmap="cividis", alpha=0.85)
    drawn.colorbar(filled, ax=axes, label="loss", format=lambda value, _: number(value))
    _draw_paths(drawn, axes, paths, x_range, y_range, edge="white")
    axes.set(xlabel=labels[0], ylabel=labels[1], xlim=x_range, ylim=y_range, title="Loss surface and ways down")
    axes.grid(False)
    return finish(drawn, f"A loss surface with {count(len(paths), 'descent path')}.{_say_paths(paths, f)}")


@plot
def decision_boundary(
    predict: Callable[[Any], Any],
    inputs: Any,
    labels: Any,
    title: str = "Decision boundary",
    resolution: int = 160,
) -> Picture:
    """The x-y plane coloured by `predict` (points `[N x 2]` -> labels `(N,)`), with the examples on top.

    Each class has its own marker, and its region a hatching, as well as a colour. Raises `ValueError` unless the
    inputs are points in the plane, finite, at least one, and with one label each.
    """
    inputs, labels = np.asarray(inputs, dtype=float), np.asarray(labels).ravel()
    if inputs.ndim != 2 or inputs.shape[1] != 2:
        raise ValueError(
            f"decision_boundary draws points of the plane, shape (N, 2); the inputs have shape {inputs.shape}"
        )
    if not len(inputs) or len(labels) != len(inputs):
        raise ValueError(
            f"decision_boundary: {len(inputs)} inputs and {len(labels)} labels; there must be as many, and at least one"
        )
    if not np.isfinite(inputs).all():
        bad = int((~np.isfinite(inputs).all(axis=1)).sum())
        raise ValueError(f"decision_boundary: {bad} of {len(inputs)} inputs are not finite; leave those rows out")
    low, high = inputs.min(axis=0), inputs.max(axis=0)
    margin = np.where(high > low, 0.08 * (high - low), 0.5)
    low, high = low - margin, high + margin
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    x, y = np.meshgrid(np.linspace(low[0], high[0], resolution), np.linspace(low[1], high[1], resolution))
    guess = np.asarray(predict(np.stack([x.ravel(), y.ravel()], axis=1))).ravel()
    known = np.unique(np.concatenate([np.unique(labels), np.unique(guess)]))
    drawn, axes = figure(width=6.0, height=5.2)
    number_of = np.searchsorted(known, guess).reshape(x.shape)
    colours, markers = _of_classes(known)
    hatches = [HATCHES[i % len(HATCHES)] for i in range(len(known))]
    between = np.arange(len(known) + 1) - 0.5
    axes.contourf(x, y, number_of, levels=between, colors=colours, hatches=hatches, alpha=0.25)
    if len(np.unique(number_of)) > 1:
        axes.contour(x, y, number_of, levels=np.arange(len(known) - 1) + 0.5, colors=INK, linewidths=1.5)
    names: dict[str, Any] = {}
    for i, label in enumerate(known):
        chosen = inputs[labels == label]
        (points,) = axes.plot(*chosen.T, markers[i], color=colours[i], markeredgecolor="white", markersize=6)
        region = Patch(facecolor=(*to_rgb(colours[i]), 0.25), edgecolor=INK, linewidth=0, hatch=hatches[i])
        names[f"class {label}"] = (region, points)
    axes.set(xlabel="x", ylabel="y", title=title, aspect=_aspect((low[0], high[0]), (low[1], high[1])))
    axes.grid(False)
    legend_below(drawn, names)
    right = float(np.mean(np.asarray(predict(inputs)).ravel() == labels))
    said = f"{count(len(inputs), 'point')} of {count(len(known), 'class', 'classes')}"
    return finish(drawn, f"{title}: {said}, {100 * right:.1f} % on the right side.")


def _of_classes(known: Any) -> tuple[list[str], list[str]]:
    """Colours and markers: class 1 is blue and round, class 0 or -1 orange and square, as in the playground."""
    if set(known.tolist()) <= {-1, 0, 1} and len(known) <= 2:
        return [ABOVE if label > 0 else BELOW for label in known], ["o" if label > 0 else "s" for label in known]
    return [COLOURS[i % len(COLOURS)] for i in range(len(known))], [marker(i) for i in range(len(known))]


def _surface(name: str, f: Callable[[Any, Any], Any], x_range: Range, y_range: Range) -> tuple[Any, Any, Any]:
    """The grid and `f` on it, masked where it is not finite."""
    x, y = np.meshgrid(np.linspace(*x_range, 161), np.linspace(*y_range, 161))
    with np.errstate(all="ignore"):
        z = np.ma.masked_invalid(np.broadcast_to(np.asarray(f(x, y), dtype=float), x.shape))
    if z.count() == 0:
        raise ValueError(f"{name}: the function has no finite value for x in {x_range} and y in {y_range}")
    return x, y, z


def _aspect(x_range: Range, y_range: Range) -> Any:
    """Equal scales, unless they would press the picture into a line."""
    wide, tall = x_range[1] - x_range[0], y_range[1] - y_range[0]
    return "equal" if max(wide, tall) <= 4 * min(wide, tall) else "auto"


def _draw_paths(drawn: Any, axes: Any, paths: Paths | None, x_range: Range, y_range: Range, edge: str = "none") -> None:
    for i, (name, path) in enumerate((paths or {}).items()):
        path = np.asarray(path, dtype=float)
        inside = np.clip(path, [x_range[0] * 3, y_range[0] * 3], [x_range[1] * 3, y_range[1] * 3])
        style = line_style(i + 1)
        if edge != "none":  # a light border, so that the line stands out on the dark bottom of a surface
            axes.plot(*inside.T, color=edge, linewidth=3.5)
        axes.plot(
            *inside.T,
            marker=marker(i),
            markersize=5,
            markeredgecolor=edge,
            linewidth=1.6,
            label=name,
            **style,
        )
    handles, names = axes.get_legend_handles_labels()
    legend_below(drawn, dict(zip(names, handles, strict=True)))


def _say_paths(paths: Paths | None, f: Callable[[Any, Any], Any]) -> str:
    said = []
    for name, path in (paths or {}).items():
        ends = [float(np.asarray(f(*np.asarray(path, dtype=float)[k]))) for k in (0, -1)]
        said.append(f" Path {name}: {count(len(path) - 1, 'step')}, from {number(ends[0])} to {number(ends[1])}.")
    return "".join(said)
