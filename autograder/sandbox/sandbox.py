"""The trusted side: keeps a warm worker, opens sessions in it, and never waits longer than it said it would."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.sandbox.inside.limits import Limits
from autograder.sandbox.processes import SandboxUnavailable, SpawnedProcess, WorkerProcess
from autograder.student.language import language

if TYPE_CHECKING:  # loaded with the first session, while the worker warms up
    from autograder.sandbox.lasting import LastingSession
    from autograder.sandbox.session import Session


class Sandbox:
    """A warm worker in which sessions run, one at a time; for more at once, make more sandboxes.

    `isolation="bubblewrap"` shuts student code in namespaces of its own. `isolation="process"` has limits
    only: the code can read and write whatever this user can, so it is for code you trust. Where there is fork, sessions
    keep to the `processors` given by number; without any they run wherever there is room. Raises `SandboxUnavailable`
    on entering when a sandbox cannot be had.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        isolation: str = "bubblewrap",
        *,
        fork: bool = sys.platform == "linux",
        processors: Sequence[int] = (),
    ) -> None:
        if isolation not in ("bubblewrap", "process"):
            raise ValueError(f'isolation must be "bubblewrap" or "process", not {isolation!r}')
        self.limits = limits or Limits()
        self.isolation = isolation
        self.processors = processors
        self._fork = fork or isolation == "bubblewrap"
        self._workers: dict[bool, WorkerProcess] = {}
        self._busy = threading.Lock()

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def start(self, library: bool = False) -> None:
        """Start a worker now rather than with the first session: one for sessions with the library, one for those
        without."""
        self.launch(library)
        if self._fork:
            try:
                self._workers[library].wait()
            except BaseException:
                del self._workers[library]
                raise

    def launch(self, library: bool = False) -> None:
        """As `start`, without waiting until the worker is warm: the first session waits for that.

        A worker that was started before the course was known may speak another language than the course: a new one
        takes its place.
        """
        worker = self._workers.get(library)
        if worker is not None and worker.language != language():
            self._workers.pop(library).kill()
        if self._fork and library not in self._workers:
            self._workers[library] = WorkerProcess(self.limits, self.isolation, library, self.processors)

    def close(self) -> None:
        """End the workers and everything in them."""
        while self._workers:
            self._workers.popitem()[1].kill()

    @contextlib.contextmanager
    def session(
        self,
        files: Path | str | None = None,
        *,
        library: bool = False,
        draws: bool = True,
        after: Session | None = None,
        earlier: Mapping[str, Any] | None = None,
        meanwhile: Callable[[], bool] | None = None,
    ) -> Iterator[Session]:
        """A fresh process with copies of the regular files below `files` in its working folder.

        Without `library`, neither nn_lib nor another library that differentiates is there, on file or in memory:
        importing one gives a stand-in that cannot be used, and `CellResult.library` tells which cells tried. What comes
        after something in a cell that needed it is run all the same. With `after`, an earlier session of the same
        submission, the limits go on counting from where that one stood. `earlier` is what is found under the name
        `my_nn` (see `autograder.mine.earlier`); without it nothing is. A session that `draws` begins with matplotlib in
        memory; another one that imports it after all waits for it, and draws all the same. `meanwhile` is work of the
        caller's to be done while the process is waited for: it does one piece, never raises, and says whether there is
        more. No limit that is kept out here counts the time that it takes.
        Raises `RuntimeError` when a session of this sandbox is still open.
        """
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("this sandbox has a session open: close it first, or make another Sandbox")
        try:
            session = self._open(library, draws, after, meanwhile)
            try:
                session._put(Path(files) if files is not None else None)
                if earlier is not None:
                    session._lend(earlier)
                yield session
            finally:
                session.close()
        finally:
            self._busy.release()

    @contextlib.contextmanager
    def lasting_session(
        self,
        files: Path | str | None = None,
        *,
        library: bool = False,
        draws: bool = True,
        after: LastingSession | None = None,
        earlier: Mapping[str, Any] | None = None,
        meanwhile: Callable[[], bool] | None = None,
    ) -> Iterator[LastingSession]:
        """A session that outlives its processes: what dies costs itself, and what comes after goes on without it."""
        from autograder.sandbox.lasting import LastingSession

        session = LastingSession(
            lambda before: self.session(
                files, library=library, draws=draws, after=before, earlier=earlier, meanwhile=meanwhile
            ),
            after,
        )
        try:
            yield session
        finally:
            session.close()

    def _open(self, library: bool, draws: bool, after: Session | None, meanwhile: Callable[[], bool] | None) -> Session:
        from autograder.sandbox.session import Session

        if not self._fork:
            return Session(SpawnedProcess(self.limits, library, meanwhile), self.limits, after)
        for _ in range(3):
            self.start(library)
            process = self._workers[library].open(draws, meanwhile)
            if process is not None:
                return Session(process, self.limits, after)
            self._workers.pop(library).kill()
        raise SandboxUnavailable("the sandbox's worker dies as soon as it is started, three times in a row")
