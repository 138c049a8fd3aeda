"""The same grading on the machines of a dask cluster.

A submission travels as the bytes of its files, and comes back as a result; the gradebook stays with the one writer at
home. Each worker process keeps one warm sandbox.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from autograder.pipeline.source import CourseProblem, NotebookSource
from autograder.sandbox import Limits, Sandbox

FILE_LIMIT = 64 * 2**20
_SANDBOXES: dict[tuple[str, Limits], Sandbox] = {}


def grade_bytes(
    files: dict[str, bytes],
    student: str,
    assignment: str,
    source: dict[str, NotebookSource],
    seed: int,
    limits: Limits,
    isolation: str,
) -> Any:
    """Grade one submission, given as file names and contents, in this process's sandbox."""
    from autograder.pipeline.submission import grade_submission

    key = (isolation, limits)
    if key not in _SANDBOXES:
        _SANDBOXES[key] = Sandbox(limits, isolation)
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return grade_submission(Path(folder), student, assignment, source, _SANDBOXES[key], seed)


def read_files(folder: Path) -> dict[str, bytes]:
    """The regular files of a submission; links and what is far too large stay behind."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= FILE_LIMIT
    }


def on_cluster(
    address: str, waiting: list[tuple[str, str]], folder_of: Callable[[str], Path], arguments: tuple[Any, ...]
) -> Generator[tuple[str, str, Any], None, None]:
    """Results as they are ready: (student, digest, result). Raises `CourseProblem` when there is no such cluster."""
    try:
        from distributed import Client, as_completed
    except ModuleNotFoundError:
        raise CourseProblem("grading on a cluster needs: pip install 'backprop-course[scale]'") from None
    try:
        client = Client(address, timeout="10s")
    except (OSError, TimeoutError, ValueError) as error:
        raise CourseProblem(f"no dask scheduler answers at {address}: {error}") from None
    with client:
        workers = max(1, len(client.scheduler_info()["workers"]))
        queue = iter(waiting)
        futures: dict[Any, tuple[str, str]] = {}

        def submit(item: tuple[str, str]) -> Any:
            # pure=False: grading the same bytes again is a new task, not a cached answer.
            assignment, *rest = arguments
            future = client.submit(grade_bytes, read_files(folder_of(item[0])), item[0], assignment, *rest, pure=False)
            futures[future] = item
            return future

        # A few at a time: what waits does not fill the cluster's memory.
        running = as_completed([submit(item) for item in itertools.islice(queue, 4 * workers)])
        for future in running:
            name, digest = futures.pop(future)
            yield name, digest, future.result()
            following = next(queue, None)
            if following is not None:
                running.add(submit(following))
