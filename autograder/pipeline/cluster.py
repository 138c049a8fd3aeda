"""The same grading on the machines of a dask cluster.

A submission travels as the bytes of its files, and comes back as a result; the gradebook stays with the one writer at
home. Each thread of a worker keeps one warm sandbox.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

from autograder.exercises import CourseProblem
from autograder.exercises.course_words import SETTINGS
from autograder.exercises.courses import packed, use_packed
from autograder.pipeline.files import Stage
from autograder.pipeline.handed_in import digest_of
from autograder.pipeline.seeds import seed_of
from autograder.pipeline.source import NotebookSource
from autograder.pipeline.times import Claim, claim_of
from autograder.reading.folders import FILE_LIMIT, MOST_FILES, TOTAL_LIMIT, files_below
from autograder.reading.notebook_file import FILE_BYTES
from autograder.sandbox import Limits, Sandbox, SandboxUnavailable
from autograder.student.language import language

WORKER_PATIENCE_SECONDS = 60
ASKED_AGAIN_SECONDS = 5
FETCH_SECONDS = 30
ATTEMPTS = 3
_MOMENT = 0.01  # seconds
_KEPT = "what is recorded is kept, the same command does the rest"
_kept = threading.local()


def _warm_sandbox(limits: Limits, isolation: str) -> Sandbox:
    """This thread's sandbox, kept from one submission to the next: a sandbox has one session at a time."""
    if getattr(_kept, "key", None) != (limits, isolation):
        if hasattr(_kept, "sandbox"):
            _kept.sandbox.close()
        _kept.sandbox, _kept.key = Sandbox(limits, isolation), (limits, isolation)
    return _kept.sandbox


def grade_bytes(
    files: dict[str, bytes],
    student: str,
    assignment: str,
    source: dict[str, NotebookSource],
    limits: Limits,
    isolation: str,
    exercises: dict[str, bytes],
    seed: int,
    digest: str,
    claim: Claim,
    home: Path,
    stage: Stage | None,
) -> Any:
    """Grade one submission, given as file names and contents, in this thread's sandbox.

    A worker that sees the course's own folder makes the graded one there; `home` is what was handed in, as it lies
    there. From elsewhere the notebooks travel back, packed.
    """
    from autograder.pipeline.delivery import deliver
    from autograder.pipeline.submission import grade_submission

    use_packed(exercises)
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        sandbox = _warm_sandbox(limits, isolation)
        result = grade_submission(Path(folder), student, assignment, source, sandbox, seed, digest)
        return deliver(result, claim, home, stage)


def read_files(folder: Path) -> dict[str, bytes]:
    """The regular files of a submission; links, what is far too large and what cannot be read stay behind."""
    found = []
    for path in files_below(folder):
        with contextlib.suppress(OSError):
            longest = FILE_BYTES if path.suffix.lower() in (".ipynb", ".zip") else FILE_LIMIT
            if path.is_file() and not path.is_symlink() and (size := path.stat().st_size) <= longest:
                found.append((size, path))
    files, room = {}, TOTAL_LIMIT
    for size, path in sorted(found)[:MOST_FILES]:
        room -= size
        if room < 0:
            break
        with contextlib.suppress(OSError):
            files[str(path.relative_to(folder))] = path.read_bytes()
    return files


def on_cluster(
    address: str,
    waiting: list[str],
    folder_of: Callable[[str], Path],
    arguments: tuple[Any, ...],
    patience: float | None = None,
    stage: Stage | None = None,
) -> Generator[tuple[str, Any], None, None]:
    """Results as they are ready: (student, delivery). Seeds are derived here; their secret does not travel.

    A submission over which worker after worker died is reported as a `RuntimeError` in place of its result, and the
    others go on. Raises `CourseProblem` when there is no such cluster, when it has no worker for `patience` seconds
    (`WORKER_PATIENCE_SECONDS` without), when its workers lack this package, or when it is gone half-way;
    `SandboxUnavailable` when a worker's machine has no sandbox.
    """
    patience = WORKER_PATIENCE_SECONDS if patience is None else patience
    try:
        from distributed import Client, as_completed
    except ModuleNotFoundError:
        raise CourseProblem("grading on a cluster needs: pip install 'backprop-course[scale]'") from None
    try:
        client = Client(address, timeout="10s")
    except (OSError, TimeoutError, ValueError) as error:
        raise CourseProblem(f"no dask scheduler answers at {address}: {error}") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=patience)
        except TimeoutError:
            raise CourseProblem(_no_workers(address)) from None
        queue = list(reversed(waiting))
        lost: Counter[str] = Counter()
        futures: dict[Any, str] = {}
        running = as_completed()
        exercises, assignment, source, secret, limits, isolation = arguments
        told = {SETTINGS: f'language = "{language()}"\n'.encode()}  # whoever named it may have done so here alone
        # A task, where `scatter` would do: what dies with the worker that had it is made again, not lost for all.
        descriptions: Any = client.submit(dict, packed(exercises) | told, pure=False)
        workers = _Workers(client, address, patience)
        while queue or futures:
            room = 4 * max(1, workers.threads())  # they come and go
            while queue and len(futures) < room:  # a few at a time: what waits does not fill the cluster's memory
                student = queue.pop()
                try:
                    digest = digest_of(folder_of(student), limits.file_bytes, limits.disk_bytes)
                    files = read_files(folder_of(student))
                    claim = claim_of(folder_of(student))
                except Exception as problem:  # whatever it is, it is this submission's
                    yield student, RuntimeError(f"it could not be read: {type(problem).__name__}: {problem}")
                    continue
                given = (files, student, assignment, source, limits, isolation, descriptions)
                # pure=False: grading the same bytes again is a new task, not a cached answer.
                own = (seed_of(secret, assignment, digest), digest, claim, folder_of(student), stage)
                future = client.submit(grade_bytes, *given, *own, pure=False)
                futures[future] = student
                running.add(future)
            if futures:
                while not running.has_ready():
                    workers.threads()
                    time.sleep(_MOMENT)
                future = next(running)
                student = futures.pop(future)
                try:
                    outcome = _outcome(future, address)
                except CancelledError as problem:
                    lost[student] += 1
                    if client.status != "running":
                        raise CourseProblem(f"the dask scheduler at {address} is gone: {_KEPT}") from None
                    if lost[student] < ATTEMPTS:  # it was done, and the worker died before it was fetched
                        queue.append(student)
                        continue
                    outcome = RuntimeError(f"the cluster lost it {ATTEMPTS} times: {problem}")
                yield student, outcome


def _no_workers(address: str) -> str:
    return f"the dask scheduler at {address} has no workers: on each machine, start `dask worker {address}`"


class _Workers:
    """The workers of a cluster, asked for now and then."""

    def __init__(self, client: Any, address: str, patience: float) -> None:
        self._client, self._address, self._patience = client, address, patience
        self._threads, self._asked, self._seen = 0, float("-inf"), time.monotonic()

    def threads(self) -> int:
        """How many submissions they grade at once. Raises `CourseProblem` when there was no worker for too long."""
        now = time.monotonic()
        if now - self._asked > min(ASKED_AGAIN_SECONDS, self._patience):
            self._asked = now
            with contextlib.suppress(OSError, TimeoutError):  # a scheduler that is gone is told of by its futures
                self._threads = sum(self._client.nthreads().values())
            self._seen = now if self._threads else self._seen
            if now - self._seen > self._patience:
                raise CourseProblem(f"{_no_workers(self._address)}; {_KEPT}")
        return self._threads


def _outcome(future: Any, address: str) -> Any:
    """What has become of a submission. Raises `CancelledError` where it was lost, with its worker or all others."""
    if future.status == "finished":
        try:
            return future.result(FETCH_SECONDS)
        except TimeoutError:  # its worker died with it, and there may be no other
            raise CancelledError("not fetched in time") from None
    if future.status in ("cancelled", "lost"):
        raise CancelledError(future.status)
    problem = future.exception()
    if isinstance(problem, ImportError):
        raise CourseProblem(f"the workers of {address} need backprop-course[grader,scale] installed: {problem}")
    if isinstance(problem, SandboxUnavailable):
        raise SandboxUnavailable(f"on a worker of {address}: {problem}")
    return RuntimeError(f"the cluster could not grade it: {type(problem).__name__}: {problem}")
