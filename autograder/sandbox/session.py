"""One submission's session, from outside: its cells and the judge's calls, with a bound on every answer.

Whatever happens in the sandbox arrives here as the error of a cell or of a call.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from autograder.reading.folders import files_below, read_regular
from autograder.sandbox.inside.limits import Limits
from autograder.sandbox.inside.wire import Late, Malformed, TooLarge, WireError
from autograder.sandbox.processes import ForkedProcess, SpawnedProcess
from autograder.sandbox.results import CellResult, bounded, cell_result, outcome
from autograder.student.steps import Outcome, Step, StudentError

PIECE_BYTES = 2**20
# What outputs may weigh above their limit: the notice that they were cut, error messages, structure.
SLACK_BYTES = 2**18
TOO_MUCH = "the calls together returned more than the grader keeps"


class Session:
    """One submission's process. Not safe for use from several threads at once."""

    def __init__(self, process: ForkedProcess | SpawnedProcess, limits: Limits) -> None:
        self._process, self._limits = process, limits
        self._lost: StudentError | None = None
        self._limit: str | None = None
        self._cells_left, self._calls_left = limits.notebook_seconds, limits.calls_seconds
        self._room = limits.notebook_output_bytes + SLACK_BYTES
        self._closed = False
        self.skipped: list[str] = []
        """Files that were not copied: no regular files, or over the limits."""

    def execute(self, cells: Sequence[str]) -> list[CellResult]:
        """Execute cells in order; one result per cell."""
        return [self._execute(source) for source in cells]

    def code(self) -> SandboxedCode:
        """The notebook's functions, as the judge calls them."""
        return SandboxedCode(self)

    def close(self) -> None:
        """End the session and everything it started."""
        if not self._closed:
            self._closed = True
            self._process.end()

    def _execute(self, source: str) -> CellResult:
        limits = self._limits
        if self._lost is not None:
            return CellResult(error=self._not_reached("executed"), limit=self._limit)
        if self._cells_left <= 0:
            message = f"not executed: the {limits.notebook_seconds:g} seconds for all cells together "
            message += "(notebook_seconds) were used up before"
            return CellResult(error=StudentError("time", "TimeLimit", message), limit="time")
        seconds = min(limits.cell_seconds, self._cells_left)
        which = "the limit for one cell (cell_seconds)"
        if seconds < limits.cell_seconds:
            which = f"the last of the {limits.notebook_seconds:g} for all cells together (notebook_seconds)"
        start = time.monotonic()
        try:
            request = {"do": "execute", "source": source, "seconds": seconds, "which": which}
            answer = self._ask(request, seconds, 2 * limits.cell_output_bytes + SLACK_BYTES)
        except WireError as error:
            return CellResult(error=self._lose(error, f"after {seconds:.3g} seconds, {which}"), limit=self._limit)
        except TooLarge:
            return CellResult(error=StudentError("size", "ValueError", "the cell's source is too long"))
        self._cells_left -= time.monotonic() - start
        # The session bounds its own output, and may have been made to forget it.
        room = min(self._room, limits.cell_output_bytes + SLACK_BYTES)
        result, used = bounded(cell_result(answer), room)
        self._room -= used
        return result

    def _run(self, steps: Sequence[Step]) -> list[Outcome]:
        if self._lost is not None:
            return [Outcome(error=self._not_reached("called")) for _ in steps]
        if self._calls_left <= 0:
            message = f"not called: the {self._limits.calls_seconds:g} seconds for all calls (calls_seconds) were used "
            message += "up before"
            return [Outcome(error=StudentError("time", "TimeLimit", message)) for _ in steps]
        outcomes: list[Outcome] = []
        limits = self._limits
        channel = self._process.channel
        cost = channel.cost
        try:
            request = {"do": "run", "steps": [_step(step) for step in steps]}
            last = time.monotonic() + self._calls_left + limits.grace_seconds
            longest = limits.call_seconds + limits.grace_seconds
            channel.send(request, min(time.monotonic() + longest, last))
            for step in steps:
                start = time.monotonic()
                answer = channel.receive(min(start + longest, last))
                used = time.monotonic() - start
                self._calls_left -= used
                if channel.cost - cost > limits.message_bytes:
                    answer = {"error": {"kind": "size", "type": "ValueError", "message": TOO_MUCH}}
                outcomes.append(outcome(answer, len(step.args), used))
        except WireError as error:
            when = f"after {limits.call_seconds:g} seconds, the limit for one call (call_seconds)"
            outcomes.append(Outcome(error=self._lose(error, when)))
            outcomes += [Outcome(error=self._not_reached("called")) for _ in steps[len(outcomes) :]]
        return outcomes[: len(steps)]

    def _ask(self, request: dict[str, Any], seconds: float, limit: int = 2**16) -> Any:
        deadline = time.monotonic() + seconds + self._limits.grace_seconds
        self._process.channel.send(request, deadline)
        return self._process.channel.receive(deadline, limit=limit)

    def _simple(self, request: dict[str, Any]) -> Any:
        if self._lost is not None or self._calls_left <= 0:
            return None
        start = time.monotonic()
        try:
            answer = self._ask(request, min(self._limits.call_seconds, self._calls_left))
        except WireError as error:
            self._lose(error, f"after {self._limits.call_seconds:g} seconds")
            return None
        self._calls_left -= time.monotonic() - start
        return answer if type(answer) is dict else None

    def _lose(self, error: WireError, when: str) -> StudentError:
        """The session is over: end it at once, and say why as well as can be known."""
        self._closed = True
        status, limit = self._process.end()
        if limit is None and status is not None and os.name == "posix" and os.WIFSIGNALED(status):
            limit = "time" if os.WTERMSIG(status) in (signal.SIGXCPU,) else None
        if isinstance(error, Late) and limit is None:
            limit = "time"
        self._limit = limit
        self._lost = self._verdict(error, status, limit, when)
        return self._lost

    def _verdict(self, error: WireError, status: int | None, limit: str | None, when: str) -> StudentError:
        limits = self._limits
        if limit == "time":
            if isinstance(error, Late):
                return StudentError("time", "TimeLimit", f"killed {when}: it did not stop when asked to")
            return StudentError(
                "time", "TimeLimit", f"killed: over {limits.cpu_seconds:g} seconds of processor time (cpu_seconds)"
            )
        if limit == "memory":
            size = f"{limits.memory_bytes // 2**20} MB"
            return StudentError("memory", "MemoryError", f"killed: its processes together used more than {size}")
        if limit == "processes":
            return StudentError("killed", "ProcessLimit", f"killed: more than {limits.processes} processes")
        if limit == "files":
            return StudentError("killed", "FileLimit", f"killed: more than {limits.files} files")
        if isinstance(error, Malformed):
            return StudentError("killed", "ProtocolError", f"killed: it sent {error} to the grader")
        return StudentError("killed", "ProcessDied", f"its process ended {_how(status)}")

    def _not_reached(self, done: str) -> StudentError:
        assert self._lost is not None
        return StudentError(self._lost.kind, self._lost.type, f"not {done}: earlier, {self._lost.message}")

    def _put(self, folder: Path | None) -> None:
        if folder is None:
            return
        deadline = time.monotonic() + 30
        try:
            for path, data in _regular_files(folder, self.skipped, self._limits):
                for start in range(0, max(len(data), 1), PIECE_BYTES):
                    piece = {
                        "do": "put",
                        "path": path,
                        "data": data[start : start + PIECE_BYTES],
                        "first": start == 0,
                    }
                    self._process.channel.send(piece, deadline)
        except WireError as error:
            self._lose(error, "while its files were copied")


class SandboxedCode:
    """A `StudentCode` over a session: the judge cannot tell it from local functions."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._defined: dict[str, bool] = {}
        self._borrowed: dict[str, str | None] = {}

    def defined(self, name: str) -> bool:
        """Whether the notebook defines `name` as something callable."""
        if name not in self._defined:
            answer = self._session._simple({"do": "defined", "name": name}) or {}
            self._defined[name] = answer.get("defined") is True
        return self._defined[name]

    def borrowed(self, name: str) -> str | None:
        """The library the function was taken from, or None."""
        if name not in self._borrowed:
            library = (self._session._simple({"do": "borrowed", "name": name}) or {}).get("borrowed")
            self._borrowed[name] = library[:100] if type(library) is str and library else None
        return self._borrowed[name]

    def measures(self, name: str) -> bool:
        return (self._session._simple({"do": "measures", "name": name}) or {}).get("measures") is True

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        """Perform the steps in one exchange. Raises `TypeError` or `ValueError` only for steps that cannot be
        sent."""
        return self._session._run(steps)


def _step(step: Step) -> dict[str, Any]:
    return {"name": step.name, "args": tuple(step.args), "method": step.method, "keep": step.keep}


def _how(status: int | None) -> str:
    if status is None:
        return "unexpectedly"
    if os.name == "posix" and os.WIFSIGNALED(status):
        with contextlib.suppress(ValueError):
            return f"by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"by itself, with exit status {os.waitstatus_to_exitcode(status)}"


def _regular_files(folder: Path, skipped: list[str], limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Relative path and content of the regular files that fit into half of what the session may hold."""
    room, count = limits.disk_bytes // 2, limits.files // 2
    for path in files_below(folder):
        if path.is_symlink() and path.is_dir():
            continue  # what it leads to is no file of the submission
        relative = path.relative_to(folder).as_posix()
        data = read_regular(path, min(limits.file_bytes, room)) if count > 0 else None
        if data is None:
            skipped.append(relative)
        else:
            room, count = room - len(data), count - 1
            yield relative, data
