"""Scalar graphs of a thousand to a million nodes: build, forward and backward, time and memory per node."""

from __future__ import annotations

import contextlib
import gc
import statistics
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from benchmarks.table import Table
from nn_lib import ComputationalGraph, Input


def _build(nodes: int) -> ComputationalGraph:
    x, y = Input("x"), Input("y")
    node: Any = x
    for i in range(nodes):
        node = node * y if i % 2 else node + x
    return ComputationalGraph(node)


def _nodes(graph: ComputationalGraph) -> int:
    return len(graph.nodes_topologically_sorted())


def ours(nodes: int) -> float:
    """Seconds to build a graph of so many operations and run it both ways."""
    gc.collect()
    start = time.process_time()
    graph = _build(nodes)
    graph.forward(x=1e-3, y=0.999)
    graph.backward()
    return time.process_time() - start


def micrograd(nodes: int) -> float:
    """The same circuit in micrograd; its sort recurses, so it needs a raised limit and a large stack."""
    from micrograd.engine import Value

    gc.collect()
    start = time.process_time()
    x, y = Value(1e-3), Value(0.999)
    node = x
    for i in range(nodes):
        node = node * y if i % 2 else node + x
    node.backward()
    return time.process_time() - start


def _with_stack(run: Callable[[], None]) -> None:
    """Run in a thread with 4 GB of stack and a recursion limit to match."""
    limit, size = sys.getrecursionlimit(), threading.stack_size()
    sys.setrecursionlimit(10_000_000)
    threading.stack_size((1 << 32) - (1 << 20))
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)


def bytes_per_node(nodes: int) -> float:
    """Memory of a graph after both sweeps, per node."""
    gc.collect()
    tracemalloc.start()
    graph = _build(nodes)
    graph.forward(x=1e-3, y=0.999)
    graph.backward()
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return used / _nodes(graph)


def run(quick: bool = False) -> Table:
    """The table over sizes."""
    table = Table(
        "Deep scalar graphs",
        "Build, forward and backward of a chain of sums and products with two shared inputs, microseconds a node "
        "of the processor (medians; ratios within each round): the same circuit, node for node, in both. "
        "micrograd recurses: it runs here in a thread with a raised limit and four gigabytes of stack, and not at all "
        "without.",
        ["nodes", "nn_lib", "micrograd", "micrograd / nn_lib", "nn_lib, bytes a node"],
    )
    sizes = (1_000, 10_000) if quick else (1_000, 10_000, 100_000, 1_000_000)
    for nodes in sizes:
        repeats = 3 if quick or nodes >= 100_000 else 31
        mine: list[float] = []
        theirs: list[float] = []

        def both(nodes: int = nodes, repeats: int = repeats, mine: Any = mine, theirs: Any = theirs) -> None:
            for _ in range(repeats):
                mine.append(1e6 * ours(nodes) / nodes)
                with contextlib.suppress(ImportError):
                    theirs.append(1e6 * micrograd(nodes) / nodes)

        _with_stack(both)
        us = statistics.median(mine)
        them = statistics.median(theirs) if theirs else None
        times = statistics.median(b / a for a, b in zip(mine, theirs, strict=True)) if theirs else None
        table.rows.append([
            f"{nodes:,}",
            f"{us:.2f}",
            f"{them:.2f}" if them else "not installed",
            f"{times:.1f}" if times else "-",
            f"{bytes_per_node(nodes):.0f}",
        ])  # fmt: skip
    return table
