"""Grading processes on this machine: each keeps one warm sandbox and grades one submission after another.

Processes and not threads: restoring, judging and writing notebooks is Python's own work, and threads would take turns.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.util
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from autograder.pipeline.source import NotebookSource
from autograder.sandbox import Limits, Sandbox, SandboxUnavailable

ATTEMPTS = 3
MEMORY_BYTES = 2 * 2**30  # what a grading process may take above what it begins with
_work: Callable[[Path, str], Any]


def on_this_machine(
    jobs: int, waiting: list[tuple[str, str]], folder_of: Callable[[str], Path], arguments: tuple[Any, ...]
) -> Generator[tuple[str, str, Any], None, None]:
    """Results as they are ready: (student, digest, result), from `jobs` processes, a few submissions in hand at a time.

    A process that is killed is replaced, and what it had in hand is tried again; a submission on which a process dies
    `ATTEMPTS` times is reported as a `RuntimeError` in place of its result, and the others go on.
    """
    queue = [(student, digest, 1) for student, digest in reversed(waiting)]
    while queue:
        running: dict[Future[Any], tuple[str, str, int]] = {}
        with ProcessPoolExecutor(jobs, mp_context=_context(), initializer=_begin, initargs=arguments) as pool:
            broken = False
            while (queue and not broken) or running:
                while queue and not broken and len(running) < 2 * jobs:
                    item = queue.pop()
                    try:
                        with _main_left_alone():
                            running[pool.submit(_grade, str(folder_of(item[0])), item[0])] = item
                    except BrokenProcessPool:
                        queue.append(item)
                        broken = True
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    student, digest, attempt = running.pop(future)
                    try:
                        result = future.result()
                    except SandboxUnavailable:
                        raise
                    except BrokenProcessPool:
                        broken = True
                        if attempt >= ATTEMPTS:
                            yield student, digest, RuntimeError(f"the grading process died {ATTEMPTS} times over it")
                        else:
                            queue.append((student, digest, attempt + 1))
                    except Exception as problem:
                        yield student, digest, RuntimeError(f"grading it failed: {type(problem).__name__}: {problem}")
                    else:
                        yield student, digest, result


@contextlib.contextmanager
def _main_left_alone() -> Iterator[None]:
    """Start processes without the caller's script: they need nothing of it, and would run it again, unguarded."""
    main = sys.modules["__main__"]
    kept: dict[str, Any] = {n: main.__dict__.pop(n) for n in ("__file__", "__spec__") if n in main.__dict__}
    main.__spec__ = None
    try:
        yield
    finally:
        main.__dict__.update(kept)


@contextlib.contextmanager
def processes(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Plain processes for work on files the grader made itself."""
    with ProcessPoolExecutor(jobs, mp_context=_context(), initializer=_end_with_the_grader) as pool, _main_left_alone():
        yield pool


def prepare() -> None:
    """Begin to load what the processes will need, in the background; they start in no time once that is done."""
    if _context().get_start_method() == "forkserver":
        from multiprocessing import forkserver

        with _main_left_alone():
            forkserver.ensure_running()


def _context() -> Any:
    # Never a plain fork: the caller may have threads and an open database.
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autograder.pipeline.submission"])
    return context


def _begin(
    exercises: Path,
    assignment: str,
    source: dict[str, NotebookSource],
    seed: int,
    limits: Limits,
    isolation: str,
) -> None:
    global _work
    from autograder.exercises import use_course
    from autograder.pipeline.submission import grade_submission

    use_course(exercises)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to answer: what is in hand is finished
    _end_with_the_grader()
    _limit_memory()
    sandbox = Sandbox(limits, isolation)
    multiprocessing.util.Finalize(None, sandbox.close, exitpriority=10)
    _work = lambda folder, student: grade_submission(folder, student, assignment, source, sandbox, seed)  # noqa: E731


def _end_with_the_grader() -> None:
    """A grader that was killed leaves nobody behind, even while it is a zombie whose parent waits for its output."""
    grader = multiprocessing.parent_process()

    def wait() -> None:
        if grader is not None:
            grader.join()  # by a pipe that the kernel closes with the grader, and not by its number
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _limit_memory() -> None:
    """Make a cell that is a bomb for the parser a `MemoryError` here, before the kernel looks for somebody to kill.

    The soft limit only: the sandbox's worker, which has limits of its own for its sessions, takes it off again.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(OSError, ValueError):  # a platform that keeps no such limit
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limit = used + MEMORY_BYTES
        if hard == resource.RLIM_INFINITY or limit < hard:
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _grade(folder: str, student: str) -> Any:
    return _work(Path(folder), student)
