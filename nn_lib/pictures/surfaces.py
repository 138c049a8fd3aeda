"""Functions of two variables seen from above: level curves, gradients, descents, and where a classifier decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nn_lib.pictures.picture import Picture
from nn_lib.pictures.style import COLOURS, INK, MARKERS, figure, finish, line_style, number, plot

Range = tuple[float, float]
Paths = Mapping[str, Any]


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

    `f` takes arrays. Arrows have the gradient's direction and, relative to each other, its length.
    """
    drawn, axes = figure(width=6.5, height=5.2)
    x, y, z = _surface(f, x_range, y_range)
    lines = axes.contour(x, y, z, levels=12, colors="#5a6472", linewidths=1.0)
    axes.clabel(lines, fontsize=9, fmt=number)
    if gradient is not None and len(at):
        points = np.asarray(at, dtype=float)
        arrows = np.array([gradient(float(a), float(b)) for a, b in points], dtype=float)
        longest = np.linalg.norm(arrows, axis=1).max() or 1.0
        scale = 0.22 * min(x_range[1] - x_range[0], y_range[1] - y_range[0]) / longest
        axes.quiver(*points.T, *(scale * arrows).T, angles="xy", scale_units="xy", scale=1, color=INK, width=0.008)
        axes.plot(*points.T, "o", color=INK, markersize=4)
    _draw_paths(axes, paths, x_range, y_range)
    axes.set(xlabel="x", ylabel="y", xlim=x_range, ylim=y_range, aspect="equal", title="Level curves")
    if gradient is not None and len(at):
        axes.set_title("Gradients stand at right angles to level curves and point uphill")
    alt = f"Level curves of a function with values from {number(z.min())} to {number(z.max())}"
    alt += f"; {len(at)} gradient arrows, each at right angles to its curve" if gradient is not None and len(at) else ""
    return finish(drawn, f"{alt}.{_say_paths(paths, f)}")


@plot
def loss_surface(
    f: Callable[[Any, Any], Any],
    paths: Paths,
    x_range: Range = (-3.0, 3.0),
    y_range: Range = (-3.0, 3.0),
    labels: tuple[str, str] = ("weight 1", "weight 2"),
) -> Picture:
    """A loss over two weights, darker where lower, with descent paths `(steps + 1, 2)` by name."""
    drawn, axes = figure(width=7.0, height=5.0)
    x, y, z = _surface(f, x_range, y_range)
    lift = z - z.min()
    levels = z.min() + lift.max() * np.linspace(0, 1, 16) ** 2  # closer together near the bottom
    filled = axes.contourf(x, y, z, levels=np.unique(levels), cmap="cividis", alpha=0.85)
    drawn.colorbar(filled, ax=axes, label="loss", format=lambda value, _: number(value))
    _draw_paths(axes, paths, x_range, y_range, edge="white")
    axes.set(xlabel=labels[0], ylabel=labels[1], xlim=x_range, ylim=y_range, title="Loss surface and ways down")
    axes.grid(False)
    return finish(drawn, f"A loss surface with {len(paths)} descent paths.{_say_paths(paths, f)}")


@plot
def decision_boundary(
    predict: Callable[[Any], Any],
    inputs: Any,
    labels: Any,
    title: str = "Decision boundary",
    resolution: int = 160,
) -> Picture:
    """The plane coloured by `predict` (points `[N x 2]` -> labels `(N,)`), with the examples on top.

    Each class has its own marker as well as its colour. Raises `ValueError` unless the inputs are points in
    the plane.
    """
    inputs, labels = np.asarray(inputs, dtype=float), np.asarray(labels).ravel()
    if inputs.ndim != 2 or inputs.shape[1] != 2:
        raise ValueError(
            f"decision_boundary draws points of the plane, shape (N, 2); the inputs have shape {inputs.shape}"
        )
    low, high = inputs.min(axis=0) - 0.5, inputs.max(axis=0) + 0.5
    x, y = np.meshgrid(np.linspace(low[0], high[0], resolution), np.linspace(low[1], high[1], resolution))
    guess = np.asarray(predict(np.stack([x.ravel(), y.ravel()], axis=1))).ravel()
    known = np.unique(np.concatenate([np.unique(labels), np.unique(guess)]))
    drawn, axes = figure(width=6.0, height=5.2)
    number_of = np.searchsorted(known, guess).reshape(x.shape)
    colours = [COLOURS[i % len(COLOURS)] for i in range(len(known))]
    axes.contourf(x, y, number_of, levels=np.arange(len(known) + 1) - 0.5, colors=colours, alpha=0.25)
    if len(np.unique(number_of)) > 1:
        axes.contour(x, y, number_of, levels=np.arange(len(known) - 1) + 0.5, colors=INK, linewidths=1.5)
    for i, label in enumerate(known):
        chosen = inputs[labels == label]
        axes.plot(
            *chosen.T,
            MARKERS[i % len(MARKERS)],
            color=colours[i],
            markeredgecolor="white",
            markersize=6,
            label=f"class {label}",
        )
    axes.set(xlabel="$x_1$", ylabel="$x_2$", title=title, aspect="equal")
    axes.grid(False)
    drawn.legend(loc="outside lower center", ncols=min(5, len(known)))
    right = float(np.mean(np.asarray(predict(inputs)).ravel() == labels))
    return finish(
        drawn,
        f"{title}: {len(inputs)} points of {len(known)} classes, {100 * right:.1f} % on the right side.",
    )


def _surface(f: Callable[[Any, Any], Any], x_range: Range, y_range: Range) -> tuple[Any, Any, Any]:
    x, y = np.meshgrid(np.linspace(*x_range, 161), np.linspace(*y_range, 161))
    return x, y, np.broadcast_to(np.asarray(f(x, y), dtype=float), x.shape)


def _draw_paths(axes: Any, paths: Paths | None, x_range: Range, y_range: Range, edge: str = "none") -> None:
    for i, (name, path) in enumerate((paths or {}).items()):
        path = np.asarray(path, dtype=float)
        inside = np.clip(path, [x_range[0] * 3, y_range[0] * 3], [x_range[1] * 3, y_range[1] * 3])
        style = line_style(i + 1)
        if edge != "none":  # a light border, so that the line stands out on the dark bottom of a surface
            axes.plot(*inside.T, color=edge, linewidth=3.5)
        axes.plot(
            *inside.T,
            marker=MARKERS[i % len(MARKERS)],
            markersize=5,
            markeredgecolor=edge,
            linewidth=1.6,
            label=name,
            **style,
        )
    if paths:
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.12), ncols=min(3, len(paths)))


def _say_paths(paths: Paths | None, f: Callable[[Any, Any], Any]) -> str:
    said = []
    for name, path in (paths or {}).items():
        ends = [float(np.asarray(f(*np.asarray(path, dtype=float)[k]))) for k in (0, -1)]
        said.append(f" Path {name}: {len(path) - 1} steps, from {number(ends[0])} to {number(ends[1])}.")
    return "".join(said)
