"""A computational graph drawn as a circuit: round gates, values above the wires, gradients below.

Plain SVG written by Python, so a notebook needs neither a drawing program nor matplotlib. Plain attributes
and no style sheet: sanitisers in notebook pages drop those.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from nn_lib.pictures.any_graph import as_graph
from nn_lib.pictures.layout import Layout
from nn_lib.pictures.picture import Picture
from nn_lib.pictures.style import GRADIENT, INK, VALUE

WIRE, NOW = "#5a6472", "#ffe9a8"
FONT, SYMBOL, RADIUS, ROW, CURVE, MARGIN = 13, 15, 18, 66, 44, 22
MOST_NODES = 200
FAMILY = "DejaVu Sans, Verdana, sans-serif"
WIDEST = 1300  # in pixels: shrunk further to fit a page, the numbers would be too small to read
LEGEND = "above: value, below: d output / d wire"


def circuit(graph: Any, step: int | None = None, digits: int = 4, names: Mapping[str, Any] | None = None) -> Picture:
    """Draw a graph as a circuit: a `ComputationalGraph`, or the output of an engine of one's own.

    The nodes of such an engine show their values, gradients and parents (docs/nn_lib.md says under which names);
    `names` gives them names for the drawing, `{"w": w}`.

    Values stand above each wire, gradients below it; a graph that has not run yet shows its structure only.
    With `step`, only what is known by then is shown, and the gate at work is marked: of n gates, steps 0 to n
    go forward gate by gate, step n + 1 sets the gradient at the output, and steps up to 2n + 1 go backward
    gate by gate (see `steps`). A gradient appears when all its parts have arrived. Numbers have `digits`
    significant digits, arrays of more than four entries appear by their shape. Raises `ValueError` for a step
    out of range, or one that the graph has not been run for, `TypeError` for what is no graph. Beyond 200 nodes the
    picture says so instead of drawing.
    """
    graph = as_graph(graph, names)
    nodes = graph.nodes_topologically_sorted()
    if len(nodes) > MOST_NODES:
        return _too_large(len(nodes))
    return _Drawing(graph.output, nodes, step, digits).picture()


LETTERS = "qrstuvpabcdeghjklmno"


def wire_names(nodes: Sequence[tuple[str, bool]]) -> list[str]:
    """A name for every wire: (name or "", is a gate) of each node, the output last.

    A gate's wire without a name gets a letter, from q on, as in the course's text, and the output is f; inputs and
    constants keep what they have.
    """
    taken = {name for name, _ in nodes}
    rounds = (f"{letter}{i or ''}" for i in itertools.count() for letter in LETTERS)
    letters = (name for name in rounds if name not in taken)
    output = "out" if "f" in taken else "f"
    return [
        name or ("" if not gate else output if i == len(nodes) - 1 else next(letters))
        for i, (name, gate) in enumerate(nodes)
    ]


def steps(graph: Any) -> int:
    """The last step that `circuit(graph, step=...)` can show: 2n + 1 for a graph of n gates."""
    return 2 * sum(node.gate is not None for node in as_graph(graph).nodes_topologically_sorted()) + 1


class _Drawing:
    def __init__(self, output: Any, nodes: list[Any], step: int | None, digits: int) -> None:
        self.nodes, self.digits = nodes, digits
        # The output comes last among the gates already; a graph that is a single input is its own output.
        self.index = {id(node): i for i, node in enumerate(nodes)}
        self.layout = Layout([[self.index[id(parent)] for parent in node.parents] for node in nodes])
        self.has_run = output.value is not None and any(node.gate is not None for node in nodes)
        self.labels = wire_names([(node.name or "", node.gate is not None) for node in nodes])
        self.active: int | None = None
        self.caption = ""
        self.values, self.gradients = self._texts(step)
        self.parts: list[str] = []

    def _texts(self, step: int | None) -> tuple[list[str], list[str]]:
        nodes = self.nodes
        show_value = [self.has_run] * len(nodes)
        show_gradient = [self.has_run and nodes[-1].gradient is not None] * len(nodes)
        if step is not None:
            show_value, show_gradient = self._known_at(step)
        values = [self._text(node.value) if shown else "" for node, shown in zip(nodes, show_value, strict=True)]
        gradients = [
            self._text(node.gradient) if shown and not _constant(node) else ""
            for node, shown in zip(nodes, show_gradient, strict=True)
        ]
        return values, gradients

    def _known_at(self, step: int) -> tuple[list[bool], list[bool]]:
        gates = [i for i, node in enumerate(self.nodes) if node.gate is not None]
        n = len(gates)
        if not 0 <= step <= 2 * n + 1:
            raise ValueError(f"step {step}: this graph of {n} gates has steps 0 to {2 * n + 1}")
        if not self.has_run:
            raise ValueError("there is nothing to step through yet: call graph.forward(...) first")
        if step > n and self.nodes[-1].gradient is None:
            raise ValueError(f"steps beyond {n} show gradients: call graph.backward() first")
        forward, backward = set(gates[: min(step, n)]), set(gates[::-1][: max(0, step - n - 1)])
        value = [node.gate is None or i in forward for i, node in enumerate(self.nodes)]
        waiting = {self.index[id(p)] for i in gates if i not in backward for p in self.nodes[i].parents}
        gradient = [step > n and i not in waiting for i in range(len(self.nodes))]
        if 1 <= step <= n:
            self.active = gates[step - 1]
            self.caption = f"forward, gate {step} of {n}: {self.nodes[self.active].gate.symbol}"
        elif step > n + 1:
            self.active = gates[2 * n + 1 - step]
            self.caption = f"backward, gate {step - n - 1} of {n}: through {self.nodes[self.active].gate.symbol}"
        else:
            self.caption = "the inputs are given" if step == 0 else "backward starts with the gradient at the output"
        return value, gradient

    def _text(self, value: Any) -> str:
        if value is None:
            return ""
        array = np.asarray(value)
        if array.size > 4 or array.ndim > 2 or array.size == 0:
            return f"[{'×'.join(map(str, array.shape))}]"
        if array.ndim == 0:
            return _number(float(array), self.digits)
        rows = np.atleast_2d(array)
        return "[" + "; ".join(" ".join(_number(float(v), self.digits) for v in row) for row in rows) + "]"

    def _formula(self, i: int) -> str:
        node = self.nodes[i]
        if node.gate is None:
            return "constant" if _constant(node) else "input"
        return f"{node.gate.symbol} ({', '.join(self._name(self.index[id(parent)]) for parent in node.parents)})"

    def _name(self, i: int) -> str:
        """How a wire is called in words; a constant by its number."""
        return self._text(self.nodes[i].value) if _constant(self.nodes[i]) else self.labels[i]

    def picture(self) -> Picture:
        self._measure()
        for i in range(len(self.nodes)):
            self._wires_into(i)
        for i in range(len(self.nodes)):
            self._node(i)
        self._legend()
        width, height = self.width, self.height
        alt = self._alt()
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="{FAMILY}" role="img">'
            f"<title>{escape(alt)}</title>"
            f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>{"".join(self.parts)}</svg>'
        )
        return Picture(svg.encode(), "svg", alt, summary=self._table(), caption=False, scroll=width > WIDEST)

    def _measure(self) -> None:
        """Each column is as wide as its widest gate or name and its widest number."""
        columns = len(self.layout.columns)
        head, wire = [0.0] * columns, [24.0] * columns
        for i, node in enumerate(self.nodes):
            c = self.layout.column[i]
            head[c] = max(head[c], self._head(node))
            if node.gate is not None and node.name:  # written over the gate, and perhaps wider
                beside = (_width(node.name, FONT) - self._head(node)) / 2
                head[c] = max(head[c], self._head(node) + beside + 6)
                wire[c] = max(wire[c], beside + 6)
            texts = ("", "") if _constant(node) else (self.values[i], self.gradients[i])
            wire[c] = max(wire[c], *(_width(text, FONT) + 10 for text in texts))
        self.start, self.end = [], []  # where a column's wires begin and end
        x = float(MARGIN)
        for c in range(columns):
            self.start.append(x + head[c])
            self.end.append(x + head[c] + wire[c])
            x = self.end[c] + CURVE
        self.top = MARGIN + 30 + (24 if self.caption else 0)
        rows = max(self.layout.row.values())
        self.height = self.top + rows * ROW + 40 + (46 if self.has_run else 10)
        legend = MARGIN + 72 + _width(LEGEND, 11) if self.has_run else 0.0
        self.width = max(self.end[-1], legend, MARGIN + _width(self.caption, FONT)) + MARGIN

    def _head(self, node: Any) -> float:
        if node.gate is None:
            return _width(self._title(node), SYMBOL) + 8
        return max(2.0 * RADIUS, _width(node.gate.symbol, _symbol_size(node.gate.symbol)) + 18)

    def _title(self, node: Any) -> str:
        return self._text(node.value) if _constant(node) else str(node.name)

    def _y(self, place: tuple[int, int]) -> float:
        return self.top + self.layout.row[place] * ROW

    def _wires_into(self, i: int) -> None:
        column = self.layout.column[i]
        sources = sorted(self.layout.sources(i), key=self._y)
        left = self.start[column] - self._head(self.nodes[i]) if sources else 0.0
        for k, source in enumerate(sources):
            spread = (k - (len(sources) - 1) / 2) * min(12.0, 2.0 * RADIUS / max(1, len(sources)))
            inset = RADIUS - (RADIUS**2 - spread**2) ** 0.5
            self._curve(self.end[source[1]], self._y(source), left + inset, self._y((i, column)) + spread)
        y = self._y((i, column))
        self._line(self.start[column], y, self.end[column], y)
        for c in range(column + 1, self.layout.last[i] + 1):
            before, here = self._y((i, c - 1)), self._y((i, c))
            start = self.start[c] - max(
                self._head(self.nodes[n]) for n, at in self.layout.columns[c] if self._own(n, at)
            )
            self._curve(self.end[c - 1], before, start, here)
            self._line(start, here, self.end[c], here)
        self._branches(i)

    def _own(self, node: int, column: int) -> bool:
        return self.layout.column[node] == column

    def _branches(self, i: int) -> None:
        """A dot where a wire forks, so that a fork is not taken for a crossing."""
        uses: dict[int, int] = {}
        for k in range(len(self.nodes)):
            for node, c in self.layout.sources(k):
                if node == i:
                    uses[c] = uses.get(c, 0) + 1
        for c, count in uses.items():
            if count + (c < self.layout.last[i]) > 1:
                self.parts.append(f'<circle cx="{self.end[c]:.1f}" cy="{self._y((i, c)):.1f}" r="3.2" fill="{WIRE}"/>')

    def _node(self, i: int) -> None:
        node, column = self.nodes[i], self.layout.column[i]
        y, x = self._y((i, column)), self.start[column]
        if node.gate is None:
            style = "normal" if _constant(node) else "italic"
            self._write(self._title(node), x - 6, y + 5, SYMBOL, INK, anchor="end", style=style)
        else:
            symbol, width = node.gate.symbol, self._head(node)
            size = _symbol_size(symbol)
            fill, border = (NOW, 3.5) if i == self.active else ("#f5f7fa", 1.6)
            self.parts.append(
                f'<rect x="{x - width:.1f}" y="{y - RADIUS:.1f}" width="{width:.1f}" height="{2 * RADIUS}" '
                f'rx="{RADIUS}" fill="{fill}" stroke="{INK}" stroke-width="{border}"/>'
            )
            self._write(symbol, x - width / 2, y + size * 0.36, size, INK)
            if node.name:
                self._write(node.name, x - width / 2, y - RADIUS - 6, FONT, INK, style="italic")
        if _constant(node):
            return
        middle = (x + self.end[column]) / 2
        self._write(self.values[i], middle, y - 6, FONT, VALUE, part=f"value {self.labels[i]}")
        self._write(self.gradients[i], middle, y + 16, FONT, GRADIENT, part=f"gradient {self.labels[i]}")

    def _legend(self) -> None:
        if self.caption:
            self._write(self.caption, MARGIN, MARGIN + 4, FONT, INK, anchor="start")
        if not self.has_run:
            return
        y = self.height - 24
        self._line(MARGIN, y, MARGIN + 60, y)
        self._write("value", MARGIN + 30, y - 6, 12, VALUE)
        self._write("gradient", MARGIN + 30, y + 15, 12, GRADIENT)
        self._write(LEGEND, MARGIN + 72, y + 4, 11, INK, anchor="start")

    def _curve(self, x0: float, y0: float, x1: float, y1: float) -> None:
        m = (x0 + x1) / 2
        path = f"M{x0:.1f} {y0:.1f}C{m:.1f} {y0:.1f} {m:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
        self.parts.append(f'<path d="{path}" fill="none" stroke="{WIRE}" stroke-width="1.5"/>')

    def _line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.parts.append(
            f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" fill="none" stroke="{WIRE}" stroke-width="1.5"/>'
        )

    def _write(
        self, text: str, x: float, y: float, size: int, fill: str,
        anchor: str = "middle", style: str = "normal", part: str = "",
    ) -> None:  # fmt: skip
        if text:
            # A white rim keeps a name readable where a wire passes behind it.
            rim = ' stroke="#ffffff" stroke-width="3" paint-order="stroke"' if style == "italic" else ""
            says = f' aria-label="{escape(part, quote=True)} {escape(text, quote=True)}"' if part else ""
            self.parts.append(
                f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}" '
                f'font-style="{style}"{says}{rim}>{escape(text)}</text>'
            )

    def _alt(self) -> str:
        gates = sum(node.gate is not None for node in self.nodes)
        wires = []
        for i, node in enumerate(self.nodes):
            if _constant(node):
                continue
            says = [f"value {self.values[i]}"] * bool(self.values[i])
            says += [f"gradient {self.gradients[i]}"] * bool(self.gradients[i])
            origin = "" if node.gate is None else f" = {self._formula(i)}"
            wires.append(f"{self.labels[i]}{origin}{': ' if says else ''}{', '.join(says)}")
        shown, more = wires[:24], len(wires) - 24
        rest = f"; and {more} more wires" if more > 0 else ""
        state = f" {self.caption}." if self.caption else "" if self.has_run else " It has not been run yet."
        return f"Circuit of {gates} {'gate' if gates == 1 else 'gates'}.{state} {'; '.join(shown)}{rest}."

    def _table(self) -> str:
        rows = [("wire", "computed by", "value", "gradient")]
        for i, node in enumerate(self.nodes):
            if not _constant(node):
                rows.append((self.labels[i], self._formula(i), self.values[i] or "-", self.gradients[i] or "-"))
        widths = [max(len(row[k]) for row in rows) for k in range(4)]
        lines = [
            f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d:>{widths[3]}}".rstrip() for a, b, c, d in rows
        ]
        lines.insert(1, "-" * max(map(len, lines)))
        return "\n".join([self.caption, *lines] if self.caption else lines)


def _constant(node: Any) -> bool:
    return node.gate is None and node.name is None


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}g}"
    return "0" if text == "-0" else text


def _width(text: str, size: float) -> float:
    """About how wide `text` is: the fonts asked for are about 0.64 of their size per character."""
    return 0.64 * size * len(text)


def _symbol_size(symbol: str) -> int:
    return SYMBOL + 2 if len(symbol) <= 1 else SYMBOL - 1 if len(symbol) == 2 else SYMBOL - 3


def _too_large(count: int) -> Picture:
    says = (
        f"This graph has {count:,} nodes; beyond {MOST_NODES} a drawing is no longer readable. "
        "Draw a part of it: ComputationalGraph(node) of a node inside."
    )
    first, second = says.split("; ")
    lines = [f"{first};", *second.split(". ", 1)]
    text = "".join(f'<text x="16" y="{28 + 22 * k}" fill="{INK}">{escape(line)}</text>' for k, line in enumerate(lines))
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="92" viewBox="0 0 600 92" '
        f'font-family="{FAMILY}" font-size="14"><rect width="600" height="92" fill="#ffffff"/>{text}</svg>'
    )
    return Picture(svg.encode(), "svg", says)
