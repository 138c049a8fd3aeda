"""A graph's run as a tape: every value, every gradient, upstream times local, and a finite difference beside each.

`broken` runs the backward pass with one of the classic mistakes, so that its failure can be seen on the graph.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nn_lib.graph import Constant, Parameter
from nn_lib.pictures.any_graph import ReadGraph, ReadNode
from nn_lib.pictures.circuit import wire_names

BROKEN = {
    "": "as it should be",
    "accumulation": "no accumulation: at a branch the last gradient overwrites the others",
    "order": "wrong order: a gate goes backward at the first gradient that reaches it, without waiting for the others",
    "stale": "stale values: gates go backward with what they remember of the previous inputs",
}
SMALL = 16  # entries up to which an array gets finite differences and is shown in full
H = 1e-5


def ways_of(graph: Any) -> list[str]:
    """How the graph's backward pass can be broken. A graph of anybody's nodes cannot be run with other inputs."""
    if not isinstance(graph, ReadGraph):
        return list(BROKEN)
    return ["", "accumulation", "order"] if graph.sends else [""]


def tape_of(
    graph: Any, inputs: dict[str, Any], broken: str = "", before: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Run a `ComputationalGraph` or a `ReadGraph` both ways and tell everything.

    `before` are the previous inputs, for stale values. Of a `ReadGraph`, `own` is the gradient that its engine left at
    a node where that differs from what the nodes send back; `whole` says that they do not tell what they send.
    Raises `ValueError` for an unknown way of breaking it, and what `forward` raises for the inputs.
    """
    if broken not in ways_of(graph):
        ways = ", ".join(filter(None, ways_of(graph))) or "none"
        raise ValueError(f"there is no way {broken!r} to break it; of this graph there are {ways}")
    read = isinstance(graph, ReadGraph)
    if read and not graph.sends and not graph.own:
        raise ValueError(
            "the graph has no gradients, and its nodes do not tell how they send one back: call the backward of its "
            "output first"
        )
    nodes = graph.nodes_topologically_sorted()
    index = {node: i for i, node in enumerate(nodes)}
    graph.forward(**inputs)
    if np.size(graph.output.value) != 1:
        raise ValueError(
            f"the graph's output has shape {np.shape(graph.output.value)}, and a gradient is that of one number: "
            "end the graph in a loss, a sum or a mean"
        )
    values = [node.value for node in nodes]
    differences = [_difference(graph, nodes, i) for i in range(len(nodes))]
    if broken == "stale":
        graph.forward(**(before or {name: _elsewhere(value) for name, value in inputs.items()}))
        stale = [node.value for node in nodes]
        for node, value in zip(nodes, values, strict=True):
            node.value = value
    gates = [node for node in nodes if node.gate is not None]
    order = _as_soon_as_reached(graph.output) if broken == "order" else gates[::-1]
    gradients: dict[Any, Any] = {graph.output: np.ones_like(graph.output.value, dtype=float)[()]}
    parts: dict[Any, list[dict[str, Any]]] = {}
    used: dict[Any, Any] = {}  # the upstream gradient each gate went backward with
    if read and not graph.sends:
        gradients = used = dict(graph.own)
    for node in order if used is not gradients else []:
        upstream = used[node] = gradients[node]
        sent, local = _through(node, upstream), _through(node, np.ones_like(upstream)[()])
        parts[node] = []
        for parent, gradient, slope in zip(node.parents, sent, local, strict=True):
            if gradient is None:
                continue
            there = parent in gradients and broken != "accumulation"
            gradients[parent] = gradients[parent] + gradient if there else gradient
            scalar = np.ndim(gradient) == 0 and np.ndim(upstream) == 0
            parts[node].append(
                {"parent": index[parent], "local": _told(slope) if scalar else None, "downstream": _told(gradient)}
            )
    own = {node: found for node, found in graph.own.items() if _differ(found, gradients.get(node))} if read else {}
    if broken:
        own = {}
    told = []
    names = wire_names([(node.name or "", node.gate is not None) for node in nodes])
    for i, node in enumerate(nodes):
        told.append({
            "name": names[i],
            "symbol": node.gate.symbol if node.gate is not None else "",
            "kind": _kind(node),
            "parents": [index[parent] for parent in node.parents],
            "value": _told(values[i]), "shape": list(np.shape(values[i])),
            "gradient": _told(own.get(node, gradients.get(node))), "upstream": _told(used.get(node)),
            "parts": parts.get(node, []), "difference": _told(differences[i]),
            **({"own": _told(own[node])} if node in own else {}),
        })  # fmt: skip
    answer = {
        "nodes": told,
        "forward": [index[node] for node in gates],
        "backward": [index[node] for node in order],
        "broken": broken,
        "whole": read and not graph.sends,
    }
    if broken == "stale":
        answer["remembered"] = [_told(value) for value in stale]
    return answer


def _differ(found: Any, sent: Any) -> bool:
    return sent is None or np.shape(found) != np.shape(sent) or not np.allclose(found, sent, rtol=1e-5, atol=1e-9)


def _kind(node: Any) -> str:
    if node.gate is not None:
        return "gate"
    if isinstance(node, ReadNode):
        return "value" if node.name else "constant"
    return "constant" if isinstance(node, Constant) else "parameter" if isinstance(node, Parameter) else "input"


def _through(node: Any, upstream: Any) -> tuple[Any, ...]:
    try:
        sent = node.gate.backward(upstream)
    except ZeroDivisionError:  # a root at 0: its slope is not finite
        return (np.nan,) * len(node.parents)
    return sent if isinstance(sent, tuple) else (sent,)


def _as_soon_as_reached(output: Any) -> list[Any]:
    """Every gate at the first gradient that arrives, without waiting for the others."""
    order: dict[Any, None] = {}
    stack = [output]
    while stack:
        node = stack.pop()
        if node.gate is not None and node not in order:
            order[node] = None
            stack += reversed(node.parents)
    return list(order)


def _elsewhere(value: Any) -> Any:
    return np.asarray(value, dtype=float)[()] + 1.0


def _difference(graph: Any, nodes: list[Any], i: int) -> Any:
    """d output / d node by nudging the node's value: what the gradient should be. None for large arrays."""
    node = nodes[i]
    value = np.asarray(node.value, dtype=float)
    if value.size > SMALL or len(nodes) > 200 or np.asarray(node.value).dtype == np.float32:
        return None
    later = _above(node, nodes[i + 1 :])
    if not all(getattr(n.gate, "replays", True) for n in later):
        return None
    kept = [n.value for n in nodes]
    slopes = np.empty(value.shape)
    for place in np.ndindex(value.shape):
        ends = []
        h = H * max(1.0, float(abs(value[place])))
        for sign in (1.0, -1.0):
            nudged = value.copy()
            nudged[place] += sign * h
            node.value = float(nudged) if value.ndim == 0 else nudged
            try:
                for n in later:
                    n.value = n.gate.forward(*[parent.value for parent in n.parents])
                ends.append(float(np.asarray(graph.output.value).reshape(())))
            except (ValueError, ZeroDivisionError, OverflowError):
                ends.append(np.nan)
        slopes[place] = (ends[0] - ends[1]) / (2 * h)
        for n, old in zip(nodes, kept, strict=True):
            n.value = old
    for n in later:  # the gates remember the true values again
        n.gate.forward(*[parent.value for parent in n.parents])
    return slopes[()]


def _above(node: Any, nodes: list[Any]) -> list[Any]:
    """The gates that depend on `node`, in order."""
    reached = {node}
    for other in nodes:
        if not reached.isdisjoint(other.parents):
            reached.add(other)
    return [other for other in nodes if other in reached]


def _told(value: Any) -> Any:
    """A number, or nested lists, with None for what is not finite."""
    if value is None:
        return None
    array = np.asarray(value, dtype=float)
    if array.ndim == 0:
        return float(array) if np.isfinite(array) else None
    return (
        np.where(np.isfinite(array), array, np.nan).astype(object).tolist()
        if np.all(np.isfinite(array))
        else [_told(v) for v in array]
    )
