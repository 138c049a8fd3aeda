"""Grading processes on this machine: each keeps one warm sandbox and grades one submission after another.

Processes and not threads: restoring, judging and writing notebooks is Python's own work, and threads would take turns.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import multiprocessing.util
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from autograder.forkserver import context, jobs_here, loading, processes_for
from autograder.sandbox import Limits
from autograder.sandbox.cgroup import processors, take_over

if TYPE_CHECKING:  # what a grader that begins has no need of, as it would only wait for it
    from autograder.pipeline.files import Stage
    from autograder.pipeline.source import NotebookSource
    from autograder.sandbox import Sandbox

ATTEMPTS_ALONE = 2
_SELDOM = (100_000, 20, 100)
MEMORY_BYTES = 2 * 2**30  # what a grading process may take above what it begins with
_sandbox: Sandbox
_task: tuple[bytes, Callable[[Path, str], Any]] | None = None
_staying: list[ProcessPoolExecutor] | None = None
_prepared: Future[ProcessPoolExecutor] | None = None


def on_this_machine(
    jobs: int | None,
    waiting: list[str],
    folder_of: Callable[[str], Path],
    arguments: tuple[Any, ...],
    stage: Stage | None = None,
) -> Generator[tuple[str, Any], None, None]:
    """Results as they are ready: (student, delivery), from `jobs` processes at most (None: one a processor), a few
    submissions in hand at a time.

    When a process is killed, each submission in hand is suspected alone: it is tried again in a process of its own,
    with nothing beside it. One on which a process dies `ATTEMPTS_ALONE` times more is reported as a `RuntimeError` in
    place of its result; so is one that cannot be graded for another reason of ours; and the others go on.
    """
    from autograder.sandbox import SandboxUnavailable

    queue = list(reversed(waiting))
    jobs = processes_for(len(queue), jobs)
    done = 0
    while queue:
        suspects: list[str] = []
        for student, result in _in_a_pool(jobs, queue, folder_of, arguments, stage):
            if isinstance(result, BrokenProcessPool):
                suspects.append(student)
                continue
            if isinstance(result, SandboxUnavailable) and not done:
                raise result  # there is none here, and never was
            done += 1
            yield student, _reported(result)
        for student in suspects:
            for _ in range(ATTEMPTS_ALONE):
                ((_, result),) = _in_a_pool(1, [student], folder_of, arguments, stage)
                if not isinstance(result, BrokenProcessPool):
                    break
            else:
                result = RuntimeError(f"the grading process died over it {1 + ATTEMPTS_ALONE} times")
            done += 1
            yield student, _reported(result)


def _reported(result: Any) -> Any:
    from autograder.sandbox import SandboxUnavailable

    if isinstance(result, RuntimeError | SandboxUnavailable) or not isinstance(result, Exception):
        return result
    return RuntimeError(f"grading it failed: {type(result).__name__}: {result}")


def _in_a_pool(
    jobs: int, queue: list[str], folder_of: Callable[[str], Path], arguments: tuple[Any, ...], stage: Stage | None
) -> Iterator[tuple[str, Any]]:
    """Results, or the exceptions in their place, until all of the queue is done or a process has died."""
    running: dict[Future[Any], str] = {}
    task = pickle.dumps((*arguments, stage))
    done: SimpleQueue[Future[Any]] = SimpleQueue()
    *_, limits, isolation = arguments
    with contextlib.ExitStack() as ending:
        pool = ending.enter_context(_pool(jobs, limits, isolation))
        broken = False
        while (queue and not broken) or running:
            while queue and not broken and len(running) < 2 * jobs:
                student = queue.pop()
                try:
                    with _main_left_alone():
                        future = pool.submit(_grade, str(folder_of(student)), student, task)
                    running[future] = student
                    future.add_done_callback(done.put)  # however many are in hand, none is looked at in vain
                except BrokenProcessPool:
                    queue.append(student)
                    broken = True
            from autograder.pipeline import graded  # noqa: F401 - what results are made of, while they are made

            if not running:
                if broken and queue:  # none was in hand: a process died by itself
                    yield queue.pop(), BrokenProcessPool()
                break
            future = done.get()
            student = running.pop(future)
            problem = future.exception()
            broken = broken or isinstance(problem, BrokenProcessPool)
            yield student, future.result() if problem is None else problem
        if _staying is not None and not broken:
            _staying.append(pool)
            ending.pop_all()


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
def staying() -> Iterator[None]:
    """Within this block, processes that have graded stay: they have most of it loaded that `processes` are to do."""
    global _staying
    _staying = []
    try:
        yield
    finally:
        left, _staying = _staying, None
        for pool in left:
            pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def processes(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Plain processes for work on files the grader made itself: `jobs`, or those that are there already."""
    if _staying:
        yield _staying[-1]
        return
    with ProcessPoolExecutor(jobs, mp_context=context(), initializer=_end_with_the_grader) as pool, _main_left_alone():
        yield pool


def prepare(jobs: int, isolation: str, root: Path, assignment: str) -> None:
    """Start processes that `on_this_machine` will use, each with its sandbox, while the course is still being read.

    They begin with the limits that most courses have; where a course sets others, their sandboxes are started again.
    One processor is left to the reader of the course: what waits for it comes first, and the other processes later.
    It returns at once: to start a process takes as long as what it is forked from takes to load.
    """
    global _prepared
    forget_prepared()
    with_a_thread = ThreadPoolExecutor(1)
    _prepared = with_a_thread.submit(_begun, jobs, isolation, root, assignment)
    with_a_thread.shutdown(wait=False)


def _begun(jobs: int, isolation: str, root: Path, assignment: str) -> ProcessPoolExecutor:
    pool = _new_pool(jobs, Limits(), isolation)
    with _main_left_alone():
        for _ in range(max(1, min(jobs, jobs_here() - 1))):
            pool.submit(_get_ready, root, assignment)
    return pool


def forget_prepared() -> None:
    """End the processes that were prepared, where nothing came to use them."""
    global _prepared
    if _prepared is not None:
        with contextlib.suppress(Exception):  # they could not be started, and nobody asks for them now
            _prepared.result().shutdown(wait=False, cancel_futures=True)
        _prepared = None


def _get_ready(root: Path, assignment: str) -> None:
    """Load what grading this assignment takes, as far as that is known before its course is read."""
    with loading(), contextlib.suppress(Exception):  # it comes again where it matters, and is told there
        from autograder.exercises import find_course, the_course, use_course
        from autograder.mine.earlier import answers_before
        from autograder.pipeline import delivery, submission  # noqa: F401
        from autograder.pipeline.lean import utils

        utils()
        use_course(find_course(above=root))
        answers_before(the_course(), assignment)


def _pool(jobs: int, limits: Limits, isolation: str) -> ProcessPoolExecutor:
    global _prepared
    prepared, _prepared = _prepared, None
    return prepared.result() if prepared is not None else _new_pool(jobs, limits, isolation)


def _new_pool(jobs: int, limits: Limits, isolation: str) -> ProcessPoolExecutor:
    take_over()
    try:
        return ProcessPoolExecutor(
            jobs, mp_context=context(), initializer=_begin, initargs=(limits, isolation, _places(jobs))
        )
    except OSError as problem:
        raise RuntimeError(
            f"the grading processes cannot be started ({problem.strerror}): they need shared memory, so /dev/shm must "
            "be there and open to you (in a container, give it one: --shm-size=64m, or --tmpfs /dev/shm)"
        ) from problem


def _places(jobs: int) -> list[int]:
    """The processors that so many grading processes share out among them; none where they do not go round."""
    if not hasattr(os, "sched_setaffinity"):
        return []
    there = sorted(os.sched_getaffinity(0))
    return there if jobs % len(there) == 0 else []


def _own_place(places: Sequence[int]) -> list[int]:
    """The one of these processors that is this process's: the next one after that of the process started before it."""
    processors()  # counted while all can be seen: how busy the machine is goes by their number
    _, _, number = multiprocessing.current_process().name.rpartition("-")
    return [places[int(number) % len(places)]] if places and number.isdecimal() else []


def _begin(limits: Limits, isolation: str, places: Sequence[int]) -> None:
    global _sandbox
    from autograder.sandbox import Sandbox, SandboxUnavailable

    # What grading leaves behind is almost no garbage of the kind that Python's collector looks for.
    gc.set_threshold(*_SELDOM)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to answer: what is in hand is finished
    _end_with_the_grader()
    _limit_memory()
    _sandbox = Sandbox(limits, isolation, processors=_own_place(places))
    multiprocessing.util.Finalize(None, lambda: _sandbox.close(), exitpriority=10)
    with contextlib.suppress(SandboxUnavailable):  # whoever opens the first session is told
        _sandbox.launch()


def _begin_task(
    exercises: Path,
    assignment: str,
    source: dict[str, NotebookSource],
    secret: bytes,
    limits: Limits,
    isolation: str,
    stage: Stage | None = None,
) -> Callable[[Path, str], Any]:
    """What grades one submission after another of an assignment, in this process."""
    global _sandbox
    with loading():
        from autograder.exercises import the_course, use_course
        from autograder.pipeline.delivery import deliver
        from autograder.pipeline.handed_in import digest_of
        from autograder.pipeline.seeds import seed_of
        from autograder.pipeline.submission import grade_submission
        from autograder.pipeline.times import claim_of
        from autograder.sandbox import Sandbox
        from autograder.sandbox.inside.place import keep_to

        use_course(exercises)
        the_course()
    if (_sandbox.limits, _sandbox.isolation) != (limits, isolation):
        _sandbox.close()
        _sandbox = Sandbox(limits, isolation, processors=_sandbox.processors)
    sandbox = _sandbox
    keep_to(sandbox.processors)  # what was loaded before was loaded wherever there was room

    def work(folder: Path, student: str) -> Any:
        digest = digest_of(folder, limits.file_bytes, limits.disk_bytes)
        seed = seed_of(secret, assignment, digest)
        result = grade_submission(folder, student, assignment, source, sandbox, seed, digest)
        delivery = deliver(result, claim_of(folder), folder, stage)
        if digest_of(folder, limits.file_bytes, limits.disk_bytes) != digest:
            result.open.append("its files changed while it was graded")
        return delivery

    return work


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


def _grade(folder: str, student: str, task: bytes) -> Any:
    global _task
    if _task is None or _task[0] != task:
        _task = task, _begin_task(*pickle.loads(task))  # made by the grader itself, in `_in_a_pool`
    return _task[1](Path(folder), student)
