"""Where things stand in a drawn graph: columns from left to right, rows that avoid each other.

After Sugiyama, Tagawa and Toda (1981): give every node a column, fill the columns a long wire passes with
stand-ins, order each column so that few wires cross, then pull every node towards its neighbours as far as
its column allows.
"""

from __future__ import annotations

from collections.abc import Sequence

Place = tuple[int, int]  # (node, column): the node itself in its own column, its wire in later ones


class Layout:
    """Columns, rows and wires of a graph given by `parents`: for each node the indices of those it is
    computed from.

    Nodes come in topological order. `column[i]` is node i's column, `row[(i, c)]` the height (in rows, from
    0) of node i, or of its wire, in column c; `last[i]` the last column its wire reaches.
    """

    def __init__(self, parents: Sequence[Sequence[int]]) -> None:
        self.parents = parents
        self.column = self._columns()
        self.last = list(self.column)
        for node, ancestors in enumerate(parents):
            for parent in ancestors:
                self.last[parent] = max(self.last[parent], self.column[node] - 1)
        self.columns: list[list[Place]] = [[] for _ in range(max(self.column) + 1)]
        for node in self._reading_order():
            for column in range(self.column[node], self.last[node] + 1):
                self.columns[column].append((node, column))
        self._left: dict[Place, list[Place]] = {}
        self._right: dict[Place, list[Place]] = {}
        self._connect()
        self._reduce_crossings()
        self.row = self._rows()

    def sources(self, node: int) -> list[Place]:
        """Where the wires into `node` come from, one per input."""
        return [(parent, self.column[node] - 1) for parent in self.parents[node]]

    def _columns(self) -> list[int]:
        column = [0] * len(self.parents)
        for node, ancestors in enumerate(self.parents):
            if ancestors:
                column[node] = 1 + max(column[parent] for parent in ancestors)
        first_use: dict[int, int] = {}
        for node, ancestors in enumerate(self.parents):
            for parent in ancestors:
                first_use[parent] = min(first_use.get(parent, column[node]), column[node])
        # An input stands right before the first gate that uses it, not in a far column of inputs.
        return [
            first_use[node] - 1 if not ancestors and node in first_use else column[node]
            for node, ancestors in enumerate(self.parents)
        ]

    def _reading_order(self) -> list[int]:
        order: list[int] = []
        seen: set[int] = set()
        stack = [len(self.parents) - 1]
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                order.append(node)
                stack.extend(reversed(self.parents[node]))
        return order

    def _connect(self) -> None:
        for column in self.columns:
            for place in column:
                node, at = place
                left = [(node, at - 1)] if at > self.column[node] else self.sources(node)
                self._left[place] = left
                for source in left:
                    self._right.setdefault(source, []).append(place)

    def _reduce_crossings(self) -> None:
        best, fewest = [list(column) for column in self.columns], self._crossings()
        for sweep in range(8):
            if fewest == 0:
                break
            neighbours, order = (
                (self._left, self.columns[1:]) if sweep % 2 == 0 else (self._right, self.columns[-2::-1])
            )
            for column in order:
                position = {place: i for other in self.columns for i, place in enumerate(other)}
                rank = {}
                for place in column:
                    near = [position[other] for other in neighbours.get(place, [])]
                    rank[place] = sum(near) / len(near) if near else position[place]
                column.sort(key=rank.__getitem__)
            count = self._crossings()
            if count < fewest:
                best, fewest = [list(column) for column in self.columns], count
        self.columns = best

    def _crossings(self) -> int:
        position = {place: i for column in self.columns for i, place in enumerate(column)}
        count = 0
        for column in self.columns[1:]:
            wires = [(position[left], position[place]) for place in column for left in self._left[place]]
            count += sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(wires) for c, d in wires[:i])
        return count

    def _rows(self) -> dict[Place, float]:
        row = {place: float(i) for column in self.columns for i, place in enumerate(column)}
        for sweep in range(24):
            rightward = sweep % 2 == 1
            near = self._left if rightward else self._right
            for column in self.columns if rightward else reversed(self.columns):
                wanted = []
                for place in column:
                    heights = [row[other] for other in near.get(place, [])]
                    wanted.append(sum(heights) / len(heights) if heights else row[place])
                row.update(zip(column, _apart(wanted), strict=True))
        top = min(row.values())
        return {place: height - top for place, height in row.items()}


def _apart(wanted: list[float]) -> list[float]:
    """The heights nearest to `wanted`, by least squares, that keep their order and stay one row apart."""
    blocks: list[list[float]] = []  # pool adjacent violators: [sum, count]
    for i, height in enumerate(wanted):
        blocks.append([height - i, 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    level = [total / count for total, count in blocks for _ in range(int(count))]
    return [height + i for i, height in enumerate(level)]
