"""One submission's session, from outside: its cells and the judge's calls, with a bound on every answer.

Whatever happens in the sandbox arrives here as the error of a cell or of a call.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.reading.folders import files_below, read_regular
from autograder.reading.outline import definitions_in
from autograder.sandbox.inside.limits import Limits, cell_seconds
from autograder.sandbox.inside.wire import Late, Malformed, TooLarge, WireError
from autograder.sandbox.patience import patience
from autograder.sandbox.processes import ForkedProcess, SpawnedProcess
from autograder.sandbox.results import CellResult, bounded, cell_result, outcome
from autograder.student.language import Text, later
from autograder.student.steps import Definition, Outcome, Rewriting, Step, StudentError

PIECE_BYTES = 2**20
# What outputs may weigh above their limit: the notice that they were cut, error messages, structure.
SLACK_BYTES = 2**18
TOO_MUCH = later("the calls together returned more than the grader keeps")

_NOT_EXECUTED = later("not executed: earlier, {why}")
_NOT_CALLED = later("not called: earlier, {why}")


class Session:
    """One submission's process. Not safe for use from several threads at once.

    Cells and the judge's calls may come in any order. `code()` stands for the functions as they are at that moment, so
    that an exercise is judged where its check stands: execute up to the check, judge, and execute on.
    """

    def __init__(self, process: ForkedProcess | SpawnedProcess, limits: Limits, after: Session | None = None) -> None:
        self._process, self._limits = process, limits
        self._now = process.channel.now
        self._patience = patience()
        """How many of the seconds on the wall count as one of `limits`."""
        self._lost: StudentError | None = None
        self._limit: str | None = None
        self._moment = 0
        self._cells: list[str] = []
        self._looked: tuple[int, dict[str, tuple[bool, str | None]]] = (-1, {})
        if after is None:
            self._cells_left, self._calls_left = limits.notebook_seconds, limits.calls_seconds
            self._room = limits.notebook_output_bytes + SLACK_BYTES
        else:
            self._cells_left, self._calls_left, self._room = after._cells_left, after._calls_left, after._room
        self._closed = False
        self.skipped: list[str] = []
        """Files that were not copied: no regular files, or over the limits."""

    @property
    def lost(self) -> StudentError | None:
        """Why the session's process is gone, or None while it answers. What was lost is not brought back: open another
        session and execute what is needed again."""
        return self._lost

    def execute(self, cells: Sequence[str], drawn: Sequence[bool] = (), asked: Sequence[str] = ()) -> list[CellResult]:
        """Execute cells in order, all sent in one message; one result per cell.

        `drawn` says of each cell whether somebody looks at its drawings (SVG), which take time to make; all when empty.
        `asked` are names that `code` will be asked about after the cells: they are looked at in the same message.
        """
        self._moment += 1
        self._cells += cells
        requests: list[dict[str, Any]] = [
            {"do": "execute", "source": source, "drawn": bool(looked_at)}
            for source, looked_at in zip(cells, drawn or [True] * len(cells), strict=True)
        ]
        looks = [{"do": "look", "names": list(asked)}] if asked and self._calls_left > 0 else []
        results: list[CellResult] = []
        start = self._now()
        if self._lost is None and self._cells_left > 0:
            try:
                left = {"do": "left", "seconds": self._cells_left, "patience": self._patience}
                self._process.channel.send([left, *requests, *looks], start + self._longest(self._limits.cell_seconds))
            except WireError as error:
                self._lose(error, later("while its cells were sent"))
            except TooLarge:
                if len(cells) > 1:
                    return [
                        self.execute([source], [bool(r["drawn"])])[0] for source, r in zip(cells, requests, strict=True)
                    ]
                return [CellResult(error=StudentError("size", "ValueError", later("the cell's source is too long")))]
        else:
            requests = []
        for _ in cells:
            results.append(self._cell(start, sent=bool(requests)))
            start = self._now()
        if requests and looks and self._lost is None:
            self._looked = self._moment, _seen_of(asked, self._simple(None))
        return results

    def code(self, names: Sequence[str] = ()) -> SandboxedCode:
        """The notebook's functions as they are now, as the judge calls them.

        To be used before the next `execute`: afterwards its methods raise `RuntimeError`. What is asked about one of
        `names` is asked about all.
        """
        moment, seen = self._looked
        return SandboxedCode(self, self._moment, names, seen if moment == self._moment else {})

    def close(self) -> None:
        """End the session and everything it started."""
        if not self._closed:
            self._closed = True
            self._process.end_soon()

    def _cell(self, start: float, sent: bool) -> CellResult:
        """The result of the next cell, which began at `start`."""
        limits = self._limits
        if self._lost is not None:
            return CellResult(error=self._not_reached(_NOT_EXECUTED), limit=self._limit)
        if not sent:
            return self._cells_used_up()
        seconds, which = cell_seconds(limits, self._cells_left)
        try:
            deadline = start + self._longest(max(seconds, 0.0))
            answer = self._process.channel.receive(deadline, limit=2 * limits.cell_output_bytes + SLACK_BYTES)
        except WireError as error:
            return CellResult(
                error=self._lose(
                    error, later("after {seconds} seconds, {which}", seconds=f"{seconds:.3g}", which=which)
                ),
                limit=self._limit,
            )
        finally:
            self._cells_left -= self._used(self._now() - start)
        if type(answer) is dict and answer.get("skipped") is True:
            return self._cells_used_up()
        # The session bounds its own output, and may have been made to forget it.
        room = min(self._room, limits.cell_output_bytes + SLACK_BYTES)
        result, used = bounded(cell_result(answer), room)
        self._room -= used
        return result

    def _cells_used_up(self) -> CellResult:
        message = later(
            "not executed: the {seconds} seconds for all cells together (notebook_seconds) were used up before",
            seconds=f"{self._limits.notebook_seconds:g}",
        )
        return CellResult(error=StudentError("time", "TimeLimit", message), limit="time")

    def _run(self, steps: Sequence[Step]) -> list[Outcome]:
        if self._lost is not None:
            return [Outcome(error=self._not_reached(_NOT_CALLED)) for _ in steps]
        if self._calls_left <= 0:
            message = later(
                "not called: the {seconds} seconds for all calls (calls_seconds) were used up before",
                seconds=f"{self._limits.calls_seconds:g}",
            )
            return [Outcome(error=StudentError("time", "TimeLimit", message)) for _ in steps]
        outcomes: list[Outcome] = []
        limits = self._limits
        channel = self._process.channel
        cost = channel.cost
        try:
            requests = [{"do": "run", "steps": [_step(step) for step in steps]}]
            last = self._now() + self._longest(self._calls_left)
            longest = self._longest(limits.call_seconds)
            channel.send(requests, min(self._now() + longest, last))
            since = time.monotonic()
            for step in steps:
                start = self._now()
                try:
                    answer = channel.receive(min(start + longest, last))
                finally:
                    self._calls_left -= self._used(self._now() - start)
                if channel.cost - cost > limits.message_bytes:
                    answer = {"error": {"kind": "size", "type": "ValueError", "message": TOO_MUCH}}
                # Several may have come while something else was done: together they took no longer than all that time.
                outcomes.append(outcome(answer, len(step.args), time.monotonic() - since))
                since += outcomes[-1].seconds
        except WireError as error:
            seconds = f"{limits.call_seconds:g}"
            when = later("after {seconds} seconds, the limit for one call (call_seconds)", seconds=seconds)
            outcomes.append(Outcome(error=self._lose(error, when)))
            outcomes += [Outcome(error=self._not_reached(_NOT_CALLED)) for _ in steps[len(outcomes) :]]
        return outcomes[: len(steps)]

    def _rewritten(
        self,
        definitions: Sequence[Definition],
        rewritings: Sequence[Rewriting],
        steps: Sequence[Step],
        seconds: float,
        each: float,
    ) -> list[list[Outcome] | None]:
        if self._lost is not None or seconds <= 0:
            return []
        request = {
            "do": "rewritten",
            "definitions": [(definition.name, definition.text) for definition in definitions],
            "rewritings": [tuple(rewriting) for rewriting in rewritings],
            "steps": [_step(step) for step in steps],
            "seconds": float(seconds),
            "each": float(each),
        }
        try:
            answer = self._ask(request, seconds, self._limits.message_bytes)
        except WireError as error:
            self._lose(error, later("while a repair was looked for"))
            return []
        except TooLarge:
            return []
        rows = answer.get("rewritten") if type(answer) is dict else None
        if type(rows) is not list:
            return []
        return [_row(row, steps, seconds) for row in rows[: len(rewritings)]]

    def _longest(self, seconds: float) -> float:
        """How many seconds on the wall pass, at most, until what may take `seconds` is done or stopped."""
        return self._patience * (seconds + self._limits.grace_seconds)

    def _used(self, seconds: float) -> float:
        """What counts of so many seconds on the wall."""
        return seconds / self._patience

    def _ask(self, request: dict[str, Any] | None, seconds: float, limit: int = 2**16) -> Any:
        """The answer to a request; to one that was sent before when it is None."""
        deadline = self._now() + self._longest(seconds)
        if request is not None:
            self._process.channel.send([request], deadline)
        return self._process.channel.receive(deadline, limit=limit)

    def _simple(self, request: dict[str, Any] | None) -> Any:
        if self._lost is not None or self._calls_left <= 0:
            return None
        start = self._now()
        try:
            answer = self._ask(request, min(self._limits.call_seconds, self._calls_left))
        except WireError as error:
            self._lose(error, later("after {seconds} seconds", seconds=f"{self._limits.call_seconds:g}"))
            return None
        finally:
            self._calls_left -= self._used(self._now() - start)
        return answer if type(answer) is dict else None

    def _lose(self, error: WireError, when: Text) -> StudentError:
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

    def _verdict(self, error: WireError, status: int | None, limit: str | None, when: Text) -> StudentError:
        limits = self._limits
        if limit == "time":
            if isinstance(error, Late):
                return StudentError(
                    "time", "TimeLimit", later("killed {when}: it did not stop when asked to", when=when)
                )
            told = later(
                "killed: over {seconds} seconds of processor time (cpu_seconds)", seconds=f"{limits.cpu_seconds:g}"
            )
            return StudentError("time", "TimeLimit", told)
        if limit == "memory":
            size = f"{limits.memory_bytes // 2**20} MB"
            return StudentError(
                "memory", "MemoryError", later("killed: its processes together used more than {size}", size=size)
            )
        if limit == "processes":
            return StudentError(
                "killed", "ProcessLimit", later("killed: more than {count} processes", count=limits.processes)
            )
        if limit == "files":
            return StudentError("killed", "FileLimit", later("killed: more than {count} files", count=limits.files))
        if isinstance(error, Malformed):
            return StudentError(
                "killed", "ProtocolError", later("killed: it sent {what} to the grader", what=str(error))
            )
        return StudentError("killed", "ProcessDied", _how(status))

    def _not_reached(self, words: Text) -> StudentError:
        assert self._lost is not None
        return StudentError(self._lost.kind, self._lost.type, words.of(why=self._lost.message))

    def _put(self, folder: Path | None) -> None:
        if folder is None:
            return
        deadline = self._now() + 30
        try:
            for path, data in _regular_files(folder, self.skipped, self._limits):
                for start in range(0, max(len(data), 1), PIECE_BYTES):
                    piece = {
                        "do": "put",
                        "path": path,
                        "data": data[start : start + PIECE_BYTES],
                        "first": start == 0,
                    }
                    self._process.channel.send([piece], deadline)
        except WireError as error:
            self._lose(error, later("while its files were copied"))

    def _lend(self, earlier: Mapping[str, Any]) -> None:
        if self._lost is None:
            try:
                self._process.channel.send([{"do": "library", **earlier}], self._now() + 30)
            except WireError as error:
                self._lose(error, later("while it was given the answers to earlier assignments"))


class SandboxedCode:
    """A `StudentCode` over a session: the judge cannot tell it from local functions."""

    def __init__(
        self,
        session: Session,
        moment: int,
        names: Sequence[str] = (),
        seen: Mapping[str, tuple[bool, str | None]] = {},
    ) -> None:
        self._session_then, self._moment, self._names = session, moment, tuple(names)
        self._seen = dict(seen)

    @property
    def _session(self) -> Session:
        # A session that is lost says so to whoever asks, as it does to the judge.
        if self._session_then._moment != self._moment and self._session_then.lost is None:
            raise RuntimeError(
                "cells were executed since session.code() was called: call it again for the names as they are now"
            )
        return self._session_then

    def defined(self, name: str) -> bool:
        """Whether the notebook defines `name` as something callable."""
        return self._look(name)[0]

    def borrowed(self, name: str) -> str | None:
        """The library the function was taken from, or None."""
        return self._look(name)[1]

    def _look(self, name: str) -> tuple[bool, str | None]:
        if name not in self._seen:
            asked = [name, *(other for other in self._names if other != name and other not in self._seen)]
            self._seen |= _seen_of(asked, self._session._simple({"do": "look", "names": asked}))
        return self._seen[name]

    def measures(self, name: str) -> bool:
        return (self._session._simple({"do": "measures", "name": name}) or {}).get("measures") is True

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        """Perform the steps in one exchange. Raises `TypeError` or `ValueError` only for steps that cannot be
        sent."""
        return self._session._run(steps)

    def definitions(self, name: str) -> list[Definition]:
        """The text of a function or class and of what it uses, as the cells executed here have it."""
        return definitions_in(self._session._cells, name)

    def rewritten(
        self,
        definitions: Sequence[Definition],
        rewritings: Sequence[Rewriting],
        steps: Sequence[Step],
        seconds: float,
        each: float,
    ) -> list[list[Outcome] | None]:
        """The outcomes of the steps under each rewriting; see `StudentCode.rewritten`."""
        return self._session._rewritten(definitions, rewritings, steps, seconds, each)


def _row(answer: Any, steps: Sequence[Step], longest: float) -> list[Outcome] | None:
    """One rewriting's outcomes, as far as they can be read."""
    if type(answer) is not list or len(answer) != len(steps):
        return None
    return [outcome(item, len(step.args), longest) for item, step in zip(answer, steps, strict=True)]


def _seen_of(names: Sequence[str], answer: Any) -> dict[str, tuple[bool, str | None]]:
    """What is known of each name from the answer to a look at all of them."""
    seen = (answer or {}).get("seen")
    found = seen if type(seen) is list and len(seen) == len(names) else [None] * len(names)
    return dict(zip(names, map(_seen, found), strict=True))


def _seen(answer: Any) -> tuple[bool, str | None]:
    """Whether a name is defined, and the library it comes from, as far as the answer can be read."""
    if type(answer) is not tuple or len(answer) != 2:
        return False, None
    defined, library = answer
    return defined is True, library[:100] if type(library) is str and library else None


def _step(step: Step) -> tuple[Any, ...]:
    if step.method is None and step.keep is None:
        return step.name, tuple(step.args)
    return step.name, tuple(step.args), step.method, step.keep


def _how(status: int | None) -> Text:
    if status is None:
        return later("its process ended unexpectedly")
    if os.name == "posix" and os.WIFSIGNALED(status):
        with contextlib.suppress(ValueError):
            return later("its process ended by {signal}", signal=signal.Signals(os.WTERMSIG(status)).name)
    code = os.waitstatus_to_exitcode(status)
    return later("its process ended by itself, with exit status {code}", code=code)


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
