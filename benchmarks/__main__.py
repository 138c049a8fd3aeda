"""The command: run benchmarks, print their tables, and write them to docs/benchmarks.md when all have run."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.table import machine

NAMES = (
    "training_steps",
    "fit",
    "deep_graph",
    "check_latency",
    "gradient_zoo",
    "grading",
    "one_submission",
    "wrong_answers",
    "writer",
    "widgets",
)
DOCS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make benchmarks`. Everything in one table was measured in one run on one machine; only ratios travel.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks named, or all; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)}; all when none is given")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that everything runs")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; choose from {', '.join(NAMES)}")
    if len(chosen.names) == 1:
        print(importlib.import_module(f"benchmarks.{chosen.names[0]}").run(quick=chosen.quick).markdown())
        return 0
    print(machine(), end="\n\n")
    tables = []
    for name in chosen.names or NAMES:
        # In a process of its own each: what one peer loads would slow the next one's memory and forks.
        command = [sys.executable, "-m", "benchmarks", name, *(["--quick"] if chosen.quick else [])]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        print(done.stdout, flush=True)
        tables.append(done.stdout)
    if not chosen.names and not chosen.quick:
        parts = [HEAD, machine() + "\n", *tables]
        DOCS.write_text("\n".join(parts), encoding="utf-8")
        print(f"written: docs/{DOCS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
