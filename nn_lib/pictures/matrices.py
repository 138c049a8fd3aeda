"""Arrays to look at: heat maps, blocks in the shape of their arrays, grids of small images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn_lib.pictures.picture import Picture
from nn_lib.pictures.style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    YELLOW,
    count,
    figure,
    finish,
    number,
    plot,
    signed_colours,
    whole_numbers,
)


@plot
def heat_map(
    matrix: Any, title: str = "", rows: str = "row", columns: str = "column", numbers: bool | None = None
) -> Picture:
    """A matrix as colours, blue above zero and orange below; small ones with their numbers. Vectors
    become a row. Unless `numbers` says so, they are written where they fit.

    Raises `ValueError` for more than two dimensions and for an array without entries.
    """
    values = np.atleast_2d(np.asarray(matrix, dtype=float))
    if values.ndim != 2 or not values.size:
        raise ValueError(f"heat_map draws matrices; this array has shape {values.shape}")
    tall, wide = values.shape
    width = float(np.clip(0.62 * wide + 1.8, 3.6, 9.5))
    height = float(np.clip((width - 1.8) * tall / wide + 1.2, 1.9, 7.0))
    drawn, axes = figure(width=width, height=height)
    cell = min((width - 1.8) / wide, (height - 1.0) / tall)  # in inches
    texts = {at: f"{value:.3g}" for at, value in np.ndenumerate(values)} if values.size <= 150 or numbers else {}
    # A character is about two thirds as wide as high, and 72 points are an inch.
    size = min(10.0, 72 * cell / max(0.66 * max(map(len, texts.values()), default=1), 1.5))
    numbers = bool(texts) and size >= 6 if numbers is None else numbers
    finite = values[np.isfinite(values)]
    top = float(np.abs(finite).max(initial=0.0)) or 1.0
    image = axes.imshow(
        values, cmap=signed_colours(), vmin=-top, vmax=top, aspect="auto" if tall * 8 < wide else "equal"
    )
    if numbers:
        for (i, j), text in texts.items():
            colour = "white" if 0.6 * top < abs(values[i, j]) < np.inf else INK
            axes.text(j, i, text, ha="center", va="center", color=colour, fontsize=max(size, 4.0))
    drawn.colorbar(image, ax=axes, shrink=0.9)
    axes.set(xlabel=columns, ylabel=rows, title=title)
    for axis in (axes.xaxis, axes.yaxis):
        whole_numbers(axis)
    axes.grid(False)
    reach = f"values from {number(finite.min())} to {number(finite.max())}" if finite.size else "no finite values"
    zero = f"{100 * float(np.mean(values == 0)):.0f} % of them zero"
    lost = f", {values.size - finite.size} not finite" if finite.size < values.size else ""
    return finish(drawn, f"{title or 'Heat map'}: {tall} by {wide} matrix, {reach}, {zero}{lost}.")


@plot
def shape_blocks(batch: int, inputs: int, outputs: int) -> Picture:
    """The arrays of x Wᵀ + b as blocks with their shapes; sides that must agree have the same name."""
    from matplotlib.patches import Rectangle

    drawn, axes = figure(width=9, height=2.9)
    # Sides are drawn in proportion, but never so small that a label does not fit.
    largest = max(batch, inputs, outputs)
    rows, ins, outs = (0.8 + 1.6 * size / largest for size in (batch, inputs, outputs))
    of_batch, of_inputs, of_outputs = f"B = {batch}", f"inputs = {inputs}", f"outputs = {outputs}"
    blocks = (
        ("x", (rows, ins), (of_batch, of_inputs), BLUE), ("·", None, None, ""),
        ("$W^T$", (ins, outs), (of_inputs, of_outputs), ORANGE), ("+", None, None, ""),
        ("b", (0.45, outs), ("", of_outputs), YELLOW), ("=", None, None, ""),
        ("a", (rows, outs), (of_batch, of_outputs), GREEN),
    )  # fmt: skip
    at = 0.0
    for name, size, sides, colour in blocks:
        if size is None or sides is None:
            axes.text(at + 0.1, 0, name, ha="center", va="center", fontsize=20)
            at += 0.3
            continue
        tall, wide = size
        at += 0.25 + 0.11 * len(sides[0]) if sides[0] else 0.15
        axes.add_patch(
            Rectangle((at, -tall / 2), wide, tall, facecolor=colour, alpha=0.35, edgecolor=INK, linewidth=1.5)
        )
        axes.text(at + wide / 2, 0, name, ha="center", va="center", fontsize=16)
        axes.text(at + wide / 2, tall / 2 + 0.1, sides[1], ha="center", va="bottom")
        axes.text(at - 0.1, 0, sides[0], ha="right", va="center")
        at += wide + 0.25
    axes.set(xlim=(-0.05, at), ylim=(-1.3, 1.6), aspect="equal")
    axes.axis("off")
    axes.set_title("One row per example; b is added to every row")
    return finish(
        drawn,
        f"Shapes of a fully connected layer: x is {batch} by {inputs}, W transposed {inputs} by {outputs}, "
        f"b has {outputs} entries, so a is {batch} by {outputs}.",
    )


@plot
def images(
    arrays: Any,
    shape: tuple[int, int] = (8, 8),
    labels: Sequence[Any] | None = None,
    columns: int = 10,
    title: str = "",
) -> Picture:
    """Rows of `arrays` `[N x pixels]` as small grey images of `shape`, with a label over each.

    Arrays with values below zero, such as weights, get a scale with zero in the middle: blue above it, orange
    below. Pixels that are not finite stay white. Raises `ValueError` when there are no rows, they do not fill the
    shape, or there is not a label for each.
    """
    arrays = np.asarray(arrays, dtype=float)
    if not arrays.size or (labels is not None and len(labels) < len(arrays)):
        given = "" if labels is None else f" and {len(labels)} labels; there must be as many"
        raise ValueError(f"images: there are {len(arrays)} rows{given}")
    arrays = arrays.reshape(len(arrays), -1)
    if arrays.shape[1] != shape[0] * shape[1]:
        raise ValueError(
            f"images of shape {shape} have {shape[0] * shape[1]} pixels; these rows have {arrays.shape[1]}"
        )
    columns = min(columns, len(arrays))
    rows = -(-len(arrays) // columns)
    height = rows * (1.15 if labels is not None else 0.95) + (0.5 if title else 0.1)
    drawn, panels = figure(rows, columns, width=max(2.5, 0.95 * columns), height=height, squeeze=False)
    finite = arrays[np.isfinite(arrays)]
    signed = finite.min(initial=0.0) < 0
    top = float(np.abs(finite).max(initial=0.0)) or 1.0
    longest = max((len(str(label)) for label in labels), default=0) if labels is not None else 0
    look = (
        {"cmap": signed_colours(), "vmin": -top, "vmax": top} if signed else {"cmap": "gray_r", "vmin": 0, "vmax": top}
    )
    for i, axes in enumerate(panels.flat):
        axes.axis("off")
        if i < len(arrays):
            axes.imshow(arrays[i].reshape(shape), **look)
            if labels is not None:
                axes.set_title(str(labels[i]), fontsize=min(11.0, 110 / max(longest, 1)), pad=2)
    if title:
        drawn.suptitle(title)
    said = f", labelled {', '.join(map(str, labels[: len(arrays)]))}" if labels is not None else ""
    return finish(
        drawn, f"{title or 'Images'}: {count(len(arrays), 'image')} of {shape[0]} by {shape[1]} pixels{said}."
    )


@plot
def readings(
    arrays: Any,
    probabilities: Any,
    labels: Sequence[Any] | None = None,
    shape: tuple[int, int] = (8, 8),
    columns: int = 8,
) -> Picture:
    """Rows of `arrays` `[N x pixels]` as small images, and under each a bar for each class: how sure a network is.

    `probabilities` is `[N x classes]`, each between 0 and 1. Over each image stands what was read; where it is not the
    one in `labels`, the bar is hatched as well as orange, and the true label stands beside. Raises `ValueError` where
    there are no images, or not a row of probabilities and a label for each.
    """
    arrays, sure = np.asarray(arrays, dtype=float), np.asarray(probabilities, dtype=float)
    lengths = {len(arrays), len(sure), len(arrays if labels is None else labels)}
    if not len(arrays) or sure.ndim != 2 or len(lengths) > 1:
        given = "" if labels is None else f" and {len(labels)} labels"
        raise ValueError(
            f"readings: {len(arrays)} images, probabilities of shape {sure.shape}{given}; there must be a row of "
            "probabilities and a label for each image"
        )
    read = sure.argmax(axis=1)
    true = read if labels is None else np.asarray(labels)
    columns = min(columns, len(arrays))
    rows = -(-len(arrays) // columns)
    drawn, panels = figure(
        2 * rows, columns, width=max(2.5, 1.2 * columns), height=2.1 * rows, squeeze=False, height_ratios=[3, 2] * rows
    )
    for axes in panels.flat:
        axes.axis("off")
    for i in range(len(arrays)):
        picture, bars = panels[2 * (i // columns)][i % columns], panels[2 * (i // columns) + 1][i % columns]
        picture.imshow(arrays[i].reshape(shape), cmap="gray_r")
        right = read[i] == true[i]
        picture.set_title(f"read: {read[i]}" + ("" if right else f" (is {true[i]})"), fontsize=9, pad=2)
        bars.axis("on")
        bars.grid(False)
        bars.bar(range(sure.shape[1]), sure[i], color=BLUE if right else ORANGE, hatch="" if right else "///")
        bars.set(ylim=(0, 1), yticks=[], xticks=range(sure.shape[1]))
        bars.tick_params(labelsize=6, length=0, pad=1)
    wrong = [f"a {true[i]} read as {read[i]}" for i in range(len(read)) if read[i] != true[i]]
    said = "" if labels is None else f" {len(read) - len(wrong)} are read right."
    said += f" Wrong: {', '.join(wrong)}." if wrong else ""
    return finish(drawn, f"{count(len(arrays), 'image')}, each with bars for {sure.shape[1]} classes.{said}")
