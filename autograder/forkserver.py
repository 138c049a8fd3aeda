"""The process that grading processes are forked from. Where there are many, it loads what they need once for all."""

from __future__ import annotations

import gc
import math
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograder.sandbox.cgroup import processors, take_over

# So few begin with the little that a sandbox needs to be started, and load the rest while that warms up.
FEW = 2
# A process, with the sandbox it warms up, pays for itself from about so many submissions on.
EACH = 6
_loaded = ["autograder.sandbox.sandbox", "autograder.pipeline.workers", "autograder.pipeline.submission"]


def processes_for(submissions: int, jobs: int | None) -> int:
    """How many processes grade so many submissions, where `jobs` at most are asked for."""
    return min(jobs or jobs_here(), -(-submissions // EACH))


def jobs_here() -> int:
    """One process for each processor that may be used here, which need not be all of the machine's."""
    return max(1, math.ceil(processors()))


def context() -> Any:
    """How processes are started: never by a plain fork, since the caller may have threads and an open database."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(_loaded)
    return found


def start(processes: int) -> None:
    """Have it load already what so many processes need, while the caller loads what it needs itself."""
    if processes <= FEW:
        del _loaded[2:]
    take_over()
    if context().get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running  # which not every platform has

        ensure_running()


@contextmanager
def loading() -> Iterator[None]:
    """While much is loaded, and it stays: Python's collector need not look through it again and again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()
