"""Rows of figures as a Markdown table, and what machine they come from."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import CORETYPE_WAS

PEERS = ("numpy", "torch", "jax", "autograd", "micrograd", "numdifftools", "nbgrader", "otter-grader")


@dataclass
class Table:
    """A benchmark's result: a title, what it says in a sentence or two, a head and rows of text."""

    title: str
    says: str
    head: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)

    def markdown(self) -> str:
        """The table with its title, ready for the docs."""
        lines = [f"## {self.title}", "", self.says, "", _row(self.head), _row(["---"] * len(self.head))]
        return "\n".join([*lines, *(_row(row) for row in self.rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def version(package: str) -> str | None:
    """The version of an installed package, else None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def machine() -> str:
    """Processor, cores, threads used, Python, and the versions of the peers."""
    processor = platform.processor() or "unknown"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        processor = names[0] if names else processor
    versions = ", ".join(f"{name} {version(name) or 'not installed'}" for name in PEERS)
    coretype = "not set" if CORETYPE_WAS is None else f"was {CORETYPE_WAS}, taken away"
    return (
        f"{processor}; {os.cpu_count()} cores, one thread used; Python {platform.python_version()}; {versions}; "
        f"OPENBLAS_CORETYPE {coretype}."
    )
