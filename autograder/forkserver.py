"""The process that grading processes are forked from. It loads what they need, once for all of them."""

from __future__ import annotations

import multiprocessing
from typing import Any

from autograder.sandbox.cgroup import take_over


def context() -> Any:
    """How processes are started: never by a plain fork, since the caller may have threads and an open database."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["autograder.pipeline.submission"])
    return found


def start() -> None:
    """Have it load already, while the caller loads what it needs itself."""
    take_over()
    if context().get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running  # which not every platform has

        ensure_running()
