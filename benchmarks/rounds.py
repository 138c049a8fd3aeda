"""Timing on a noisy machine: the contestants take turns, many rounds, and medians count.

Time is the processor's, of all threads of the process: what else runs on the machine does not count. A ratio is taken
within each round, where both contestants met the same load, and is the median over the rounds.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping


def timed(contestants: Mapping[str, Callable[[], object]], rounds: int, calls: int) -> dict[str, list[float]]:
    """Seconds per call of each contestant in each round: `calls` calls, in turns, the collector at rest."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for run in contestants.values():
        for _ in range(max(2, calls // 4)):
            run()
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, run in contestants.items():
                for _ in range(calls // 10):  # the caches still hold the data of the one before
                    run()
                start = time.process_time()
                for _ in range(calls):
                    run()
                seconds[name].append((time.process_time() - start) / calls)
    finally:
        gc.enable()
    return seconds


def medians(seconds: Mapping[str, list[float]]) -> dict[str, float]:
    """Seconds per call of each contestant: the median over the rounds."""
    return {name: statistics.median(times) for name, times in seconds.items()}


def ratio(seconds: Mapping[str, list[float]], one: str, other: str) -> float:
    """How many times as long `one` takes as `other`."""
    return statistics.median(a / b for a, b in zip(seconds[one], seconds[other], strict=True))
