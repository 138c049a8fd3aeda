"""A session that outlives its processes: what a submission's cell or answer kills is made again, without that cell."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from autograder.sandbox.results import CellResult
from autograder.sandbox.session import SandboxedCode, Session

PROCESSES = 8


class LastingSession:
    """Like a `Session`, but a process that dies costs only what it died in.

    The next cell or call gets a new process, in which the cells so far are run again, but for those that ended one. The
    limits count for all of it together, and after `PROCESSES` processes no further one is made.
    """

    def __init__(
        self, begin: Callable[[Session | None], AbstractContextManager[Session]], after: LastingSession | None = None
    ) -> None:
        self._begin = begin
        """Opens a session whose limits go on from where another one of the same submission stood."""
        self._open = contextlib.ExitStack()
        self._session: Session | None = None
        self._before = after._last if after is not None else None
        self._made = 0
        self._past: list[str] = []

    @property
    def _last(self) -> Session | None:
        return self._session or self._before

    def execute(self, cells: Sequence[str], drawn: Sequence[bool] = (), asked: Sequence[str] = ()) -> list[CellResult]:
        """Execute cells in order; one result per cell. `drawn` and `asked` as for `Session.execute`."""
        looked_at = list(drawn) or [True] * len(cells)
        results: list[CellResult] = []
        while len(results) < len(cells):
            session = self._living()
            start = len(results)
            given = session.execute(cells[start:], looked_at[start:], asked)
            ended = _ended_in(session, given)
            if ended is None or self._made >= PROCESSES:
                self._past += cells[start:]
                results += given
            else:
                self._past += cells[start : start + ended]
                results += given[: ended + 1]
        return results

    def code(self, names: Sequence[str] = ()) -> SandboxedCode:
        """The functions as they are now. As for `Session.code`: to be used before the next `execute`."""
        return self._living().code(names)

    def close(self) -> None:
        """End the process and everything it started."""
        self._open.close()

    def _living(self) -> Session:
        """The session, or a new one in its place with the cells so far run again."""
        while self._session is None or (self._session.lost is not None and self._made < PROCESSES):
            self._open.close()
            before = self._last
            self._session = self._open.enter_context(self._begin(before))
            self._made += 1
            if self._past:
                given = self._session.execute(self._past, [False] * len(self._past))
                if (ended := _ended_in(self._session, given)) is not None:
                    del self._past[ended]  # it lived the last time, and does not now
        return self._session


def _ended_in(session: Session, results: Sequence[CellResult]) -> int | None:
    """The place of the cell that ended the session's process, or None while it lives."""
    if session.lost is None:
        return None
    return next((i for i, result in enumerate(results) if result.error is session.lost), 0)
