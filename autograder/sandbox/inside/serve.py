"""What a session's process does: take the files, run the cells, then make the judge's calls.

Untrusted side: from the first cell on this process is the student's. It limits itself before that, and soft
time limits are raised here as exceptions so that a slow cell or call does not cost the ones after it; whoever
catches them meets the supervisor's deadline.
"""

from __future__ import annotations

import builtins
import contextlib
import getpass
import os
import sys
import time
from pathlib import Path
from typing import Any

from autograder.sandbox.inside.cells import Collector, Shell, no_input, redirected
from autograder.sandbox.inside.limits import Limits, cell_seconds
from autograder.sandbox.inside.wire import Channel, Closed, TooLarge
from autograder.student import absent
from autograder.student.borrowed import borrowed_from
from autograder.student.definitions import names_seen_by
from autograder.student.language import later
from autograder.student.lent import put_on_the_shelf
from autograder.student.perform import TimedCalls, describe_error
from autograder.student.quotient import divides_by_a_step
from autograder.student.rewritten import run_rewritten
from autograder.student.steps import Definition, Outcome, Step, StudentError
from autograder.student.time_limit import Clock

_LATE_SECONDS = 0.25
"""For the definitions in a cell whose time is over; less than the supervisor waits before it kills."""


class RawOutput:
    """What is written to descriptors 1 and 2 themselves, by `os.system` or a C library, kept in a nameless
    file."""

    def __init__(self, folder: Path) -> None:
        path = folder / f".output-{os.getpid()}"
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0))
        with contextlib.suppress(OSError):  # Windows keeps the name until the file is closed
            os.unlink(path)
        for standard in (1, 2):
            os.dup2(self._file, standard)

    def take(self, longest: int) -> str:
        """What has come since the last time, at most `longest` bytes of it."""
        try:
            os.lseek(self._file, 0, os.SEEK_SET)
            data = os.read(self._file, longest + 1)
            if data:
                os.ftruncate(self._file, 0)
        except OSError:
            return ""
        return data.decode("utf-8", "replace")


def serve(channel: Channel, shell: Shell, limits: Limits, folder: Path) -> None:
    """Answer the supervisor until it closes the channel."""
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    sys.path.insert(0, "")
    put_on_the_shelf()
    builtins.input = no_input
    getpass.getpass = no_input  # type: ignore[assignment]
    server = Server(channel, shell, limits, folder, RawOutput(folder.parent))
    while True:
        try:
            requests = channel.receive(descriptions=True)
        except Closed:
            return
        server.answer(requests)


class Server:
    """The answers to a supervisor's requests, one method for each kind. `raw` is what the process itself writes, where
    that is kept."""

    def __init__(
        self, channel: Channel, shell: Shell, limits: Limits, folder: Path, raw: RawOutput | None = None
    ) -> None:
        self._channel, self._shell, self._limits, self._folder = channel, shell, limits, folder
        self._collector = Collector(limits.cell_output_bytes, limits.notebook_output_bytes)
        self._clock = Clock(signals=True)
        self._cells_left, self._patience = limits.notebook_seconds, 1.0
        which = later("the limit for one call (call_seconds)")
        self._calls = TimedCalls(shell.user_ns, self._clock, limits.call_seconds, which, alone=True)
        self._process = os.getpid()
        self._raw = raw
        shell.attach(self._collector)

    def answer(self, requests: list[dict[str, Any]]) -> None:
        """Answer the requests of one message, each as it is done."""
        for request in requests:
            getattr(self, request["do"])(**{k: v for k, v in request.items() if k != "do"})

    def put(self, path: str, data: bytes, first: bool) -> None:
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "wb" if first else "ab") as file:
            file.write(data)

    def library(self, earlier: list[tuple[str, bytes, list[str]]], others: dict[str, str]) -> None:
        """What is found under the name `my_nn`."""
        put_on_the_shelf(earlier, others)

    def left(self, seconds: float, patience: float = 1.0) -> None:
        """How much time there is for all cells that follow, and by how much the clock goes slower, for calls too."""
        self._cells_left, self._patience = seconds, patience
        self._calls.patience = patience

    def execute(self, source: str, drawn: bool) -> None:
        seconds, which = cell_seconds(self._limits, self._cells_left)
        if seconds <= 0:
            self._channel.send({"skipped": True})
            return
        start = time.monotonic()
        self._shell.draw(drawn)
        answer = self._execute(source, seconds, which)
        self._cells_left -= (time.monotonic() - start) / self._patience
        try:
            self._channel.send(answer)
        except (TooLarge, TypeError) as error:
            late = StudentError("size", "ValueError", f"the cell's output cannot be sent: {error}")
            self._channel.send({**answer, "outputs": [], "error": _error_fields(late)})

    def _execute(self, source: str, seconds: float, which: str) -> dict[str, Any]:
        shell, collector = self._shell, self._collector
        collector.start()
        asked = absent.uses
        failure: BaseException | None = None
        with redirected(collector):
            try:
                self._clock.start(seconds, self._limits.cell_cpu_seconds, which, self._patience)
                failure = shell.run(source)
                if isinstance(failure, Exception) or (failure is None and shell.failed_within(source)):
                    failure = shell.run_after(failure, source)
                self._clock.stop()
                if self._clock.struck and failure is not None:  # what takes no time is still defined
                    self._clock.start(_LATE_SECONDS, _LATE_SECONDS)
                    shell.run_after(failure, source, quickly=True)
                    self._clock.stop()
            except BaseException as error:
                self._clock.stop()
                failure = error
                shell._showtraceback(type(error), error, [f"{type(error).__name__}: {error}"])
            if os.getpid() != self._process:
                os._exit(0)  # a cell forked: only one of the two goes on to answer
            if self._raw is not None:
                collector.write("stdout", self._raw.take(self._limits.cell_output_bytes))
        answer = {
            "outputs": collector.finish(),
            "count": shell.execution_count - 1,
            "error": _error(failure),
            "cut": collector.cut,
            "library": absent.uses > asked or absent.missed(failure),
        }
        return answer

    def look(self, names: list[str]) -> None:
        self._channel.send({"seen": [self._look(name) for name in names]})

    def _look(self, name: str) -> tuple[bool, str | None]:
        thing = self._shell.user_ns.get(name)
        try:
            return callable(thing), borrowed_from(thing)
        except BaseException:
            return callable(thing), None

    def measures(self, name: str) -> None:
        self._channel.send({"measures": divides_by_a_step(self._shell.user_ns.get(name))})

    def run(self, steps: list[tuple[Any, ...]]) -> None:
        self._calls.kept.clear()
        self._calls.functions = self._shell.user_ns
        self._calls.perform_all((Step(*fields) for fields in steps), self._tell)

    def _tell(self, outcome: Outcome) -> None:
        if os.getpid() != self._process:
            os._exit(0)  # an answer forked: only one of the two goes on to answer
        try:
            self._channel.send(_outcome(outcome))
        except (TooLarge, TypeError) as error:
            self._channel.send(_outcome(Outcome(error=StudentError("size", "ValueError", str(error)))))

    def rewritten(
        self,
        definitions: list[tuple[str, str]],
        rewritings: list[tuple[int, str]],
        steps: list[tuple[Any, ...]],
        seconds: float,
        each: float,
    ) -> None:
        """Calls of rewritten functions: whatever one does, this process goes on as it was."""
        known = [Definition(name, text) for name, text in definitions]
        calls = [Step(*fields) for fields in steps]
        names = {**names_seen_by(self._shell.user_ns.get(known[0].name)), **self._shell.user_ns}

        try:
            found = run_rewritten(names, known, rewritings, calls, seconds, each)
            rows = [None if row is None else [_outcome(outcome) for outcome in row] for row in found]
        except Exception:  # the student may have put anything in the way
            rows = []
        try:
            self._channel.send({"rewritten": rows})
        except (TooLarge, TypeError):
            self._channel.send({"rewritten": []})


def _outcome(outcome: Outcome) -> tuple[Any, float] | dict[str, Any]:
    """The value and its time, where there is nothing more to say."""
    if outcome.error is None and not outcome.modified:
        return outcome.value, outcome.seconds
    return {
        "value": outcome.value,
        "seconds": outcome.seconds,
        "error": _error_fields(outcome.error),
        "modified": outcome.modified,
    }


def _error(failure: BaseException | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    return _error_fields(describe_error(failure))


def _error_fields(error: StudentError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    # An exception's text may be an object of the student's that only looks like a str.
    return {name: str.__str__(field) if isinstance(field, str) else field for name, field in vars(error).items()}
