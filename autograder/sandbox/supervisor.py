"""The trusted side: starts a warm worker, opens sessions in it, and never waits longer than it said it would.

Whatever happens in a sandbox arrives here as the error of a cell or of a call. Only a sandbox that cannot be
started raises, as `SandboxUnavailable`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from autograder.calls import Outcome, Step, StudentError
from autograder.sandbox import bubblewrap
from autograder.sandbox.limits import Limits
from autograder.sandbox.results import CellResult, bounded, cell_result, outcome
from autograder.sandbox.wire import Channel, Late, Malformed, TooLarge, WireError

START_SECONDS = 60.0
END_SECONDS = 5.0
PIECE_BYTES = 2**20
DEEPEST = 100
# What outputs may weigh above their limit: the notice that they were cut, error messages, structure.
SLACK_BYTES = 2**18
TOO_MUCH = "the calls together returned more than the grader keeps"

INSTALL = "install it with: sudo apt-get install bubblewrap  (Fedora: sudo dnf install bubblewrap)"
WAY_OUT = "grade in a Linux container or virtual machine, or, only for submissions you trust, use --no-sandbox"


class SandboxUnavailable(RuntimeError):
    """No sandbox can be started here; the message says why and what to do."""


class Sandbox:
    """A warm worker in which sessions run, one at a time; for more at once, make more sandboxes.

    `isolation="bubblewrap"` shuts student code in namespaces of its own. `isolation="process"` has limits
    only: the code can read and write whatever this user can, so it is for code you trust. Raises
    `SandboxUnavailable` on entering when a sandbox cannot be had.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        isolation: str = "bubblewrap",
        *,
        fork: bool = sys.platform == "linux",
    ) -> None:
        if isolation not in ("bubblewrap", "process"):
            raise ValueError(f'isolation must be "bubblewrap" or "process", not {isolation!r}')
        self.limits = limits or Limits()
        self.isolation = isolation
        self._fork = fork or isolation == "bubblewrap"
        self._worker: _Worker | None = None
        self._busy = threading.Lock()

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the worker now rather than with the first session."""
        if self._fork and self._worker is None:
            self._worker = _Worker(self.limits, self.isolation)

    def close(self) -> None:
        """End the worker and everything in it."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()

    @contextlib.contextmanager
    def session(self, files: Path | str | None = None) -> Iterator[Session]:
        """A fresh process with copies of the regular files below `files` in its working folder.

        Raises `RuntimeError` when a session of this sandbox is still open.
        """
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("this sandbox has a session open: close it first, or make another Sandbox")
        try:
            session = self._open()
            try:
                session._put(Path(files) if files is not None else None)
                yield session
            finally:
                session.close()
        finally:
            self._busy.release()

    def _open(self) -> Session:
        if not self._fork:
            return Session(_SpawnedProcess(self.limits), self.limits)
        for _ in range(3):
            self.start()
            assert self._worker is not None
            process = self._worker.open()
            if process is not None:
                return Session(process, self.limits)
            self.close()
        raise SandboxUnavailable("the sandbox's worker dies as soon as it is started, three times in a row")


class Session:
    """One submission's process. Not safe for use from several threads at once."""

    def __init__(self, process: _ForkedProcess | _SpawnedProcess, limits: Limits) -> None:
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

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        """Perform the steps in one exchange. Raises `TypeError` or `ValueError` only for steps that cannot be
        sent."""
        return self._session._run(steps)


class _Worker:
    """The worker's process and its control socket."""

    def __init__(self, limits: Limits, isolation: str) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in kill
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._control = Channel(ours, 2**20)
        with theirs:
            command, environment = _command(limits, isolation, theirs.fileno())
            self._process = _launch(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                pass_fds=[theirs.fileno()],
                env=environment,
                start_new_session=True,
            )
        try:
            deadline = time.monotonic() + START_SECONDS
            self._control.send({"limits": limits.to_dict()}, deadline)
            self._control.receive(deadline)
        except WireError as error:
            _kill_group(self._process)
            why = _why(isolation, _tail(self._errors), error)
            self.kill()
            raise SandboxUnavailable(why) from None
        except BaseException:
            self.kill()
            raise
        self._message_bytes = limits.message_bytes

    def open(self) -> _ForkedProcess | None:
        """A new session's process, or None when the worker is gone."""
        if self._process.poll() is not None:
            return None
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._socket.settimeout(END_SECONDS)
                socket.send_fds(self._socket, [b"S"], [theirs.fileno()])
        except OSError:
            ours.close()
            return None
        return _ForkedProcess(self, Channel(ours, self._message_bytes))

    def end_session(self) -> tuple[int | None, str | None]:
        """Have the worker kill and sweep; a worker that cannot is killed, and the next session gets
        another."""
        try:
            self._socket.settimeout(END_SECONDS)
            self._socket.sendall(b"E")
            answer = self._control.receive(time.monotonic() + END_SECONDS)
        except (WireError, OSError):
            self.kill()
            return None, None
        except BaseException:
            self.kill()
            raise
        if answer.get("clean") is not True:
            self.kill()
        return answer.get("status"), answer.get("limit")

    def kill(self) -> None:
        """End the worker and everything in it: by closing its socket, and by force when that takes too
        long."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._control.close()
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            _kill_group(self._process)
        self._errors.close()


class _ForkedProcess:
    def __init__(self, worker: _Worker, channel: Channel) -> None:
        self._worker, self.channel = worker, channel
        self._ended: tuple[int | None, str | None] | None = None

    def end(self) -> tuple[int | None, str | None]:
        """Its exit status and the limit it ran into, as far as known."""
        if self._ended is None:
            self._ended = None, None
            self.channel.close()
            self._ended = self._worker.end_session()
        return self._ended


class _SpawnedProcess:
    """A session in a fresh process of its own, where there is no fork."""

    def __init__(self, limits: Limits) -> None:
        self._folder = tempfile.mkdtemp(prefix="autograder-session-")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in kill
        token = secrets.token_hex(16)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            command = [
                sys.executable,
                "-m",
                "autograder.sandbox.worker",
                "connect",
                str(listener.getsockname()[1]),
            ]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                env=_environment(),
                start_new_session=True,
            )
            try:
                assert self._process.stdin is not None
                self._process.stdin.write(f"{token}\n".encode())
                self._process.stdin.close()
                deadline = time.monotonic() + START_SECONDS
                self.channel = Channel(_accept(listener, token, deadline), limits.message_bytes)
                self.channel.send({"limits": limits.to_dict(), "folder": self._folder}, deadline)
                self.channel.receive(deadline)
            except (WireError, OSError) as error:
                why = _why("process", _tail(self._errors), error)
                self._kill()
                raise SandboxUnavailable(why) from None
            except BaseException:
                self._kill()
                raise

    def end(self) -> tuple[int | None, str | None]:
        """Its exit status, where it ended by itself."""
        self.channel.close()
        status = self._kill()
        shutil.rmtree(self._folder, ignore_errors=True)
        return status, None

    def _kill(self) -> int | None:
        ended = self._process.poll()
        _kill_group(self._process)
        self._errors.close()
        if ended is None or os.name != "posix":
            return None
        return -ended if ended < 0 else ended << 8


_launcher: ThreadPoolExecutor | None = None
_launcher_lock = threading.Lock()


def _launch(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a process from a thread that lives as long as we do: `--die-with-parent` goes by the thread."""
    global _launcher
    with _launcher_lock:
        if _launcher is None:
            _launcher = ThreadPoolExecutor(1, thread_name_prefix="sandbox-launcher")
    return _launcher.submit(lambda: subprocess.Popen(command, **options)).result()


def _forget_launcher() -> None:
    global _launcher, _launcher_lock
    _launcher, _launcher_lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_launcher)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    # The whole group: run as root, there are two bubblewraps, and the outer may not signal the inner one.
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)


def _accept(listener: socket.socket, token: str, deadline: float) -> socket.socket:
    while True:
        listener.settimeout(max(deadline - time.monotonic(), 0.01))
        stream, _ = listener.accept()
        stream.settimeout(5)
        given = b""
        with contextlib.suppress(OSError):
            while len(given) < len(token) and (piece := stream.recv(len(token) - len(given))):
                given += piece
        if secrets.compare_digest(given, token.encode("ascii")):
            return stream
        stream.close()


def _command(limits: Limits, isolation: str, control: int) -> tuple[list[str], dict[str, str]]:
    if isolation == "process":
        return [sys.executable, "-m", "autograder.sandbox.worker", str(control)], _environment()
    if sys.platform != "linux":
        raise SandboxUnavailable(f"the sandbox needs Linux, and this is {sys.platform}: {WAY_OUT}")
    bwrap = bubblewrap.find()
    if bwrap is None:
        raise SandboxUnavailable(f"bubblewrap, which shuts student code in, is not installed: {INSTALL}; or {WAY_OUT}")
    return bubblewrap.command(bwrap, limits, control), {}


def _environment() -> dict[str, str]:
    # What a Python needs to start, on any platform, and none of the user's other variables.
    names = (
        "PATH",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "TMPDIR",
        "LANG",
        "PYTHONPATH",
        "HOME",
        "USERPROFILE",
        "APPDATA",
    )
    kept = {name: os.environ[name] for name in (*names, "OPENBLAS_CORETYPE") if name in os.environ}
    package_root = str(Path(__file__).resolve().parent.parent.parent)
    path = os.pathsep.join(filter(None, [kept.get("PYTHONPATH"), package_root]))
    return {
        **kept,
        "PYTHONPATH": path,
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def _why(isolation: str, errors: str, error: Exception) -> str:
    if "Unknown option" in errors:
        return f"this bubblewrap is too old ({errors}): version 0.8 or newer is needed; or {WAY_OUT}"
    if isolation == "bubblewrap" and ("namespace" in errors or "uid map" in errors or "Operation not" in errors):
        return (
            f"bubblewrap may not make namespaces here ({errors}). On Ubuntu 24.04 and later allow it with: "
            "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 ; in a container, start it "
            f"with user namespaces allowed. Otherwise {WAY_OUT}"
        )
    return f"the sandbox's worker did not start: {errors or error}"


def _tail(errors: IO[bytes]) -> str:
    errors.seek(0, os.SEEK_END)
    errors.seek(max(errors.tell() - 2000, 0))
    return errors.read().decode("utf-8", "replace").strip()


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
    """Relative path and content of the regular files that fit into half of what the session may hold; links and
    devices are never followed or opened for real."""
    room, count = limits.disk_bytes // 2, limits.files // 2
    for here, folders, names in os.walk(folder, followlinks=False):
        if os.path.relpath(here, folder).count(os.sep) >= DEEPEST:
            folders[:] = []
        folders[:] = sorted(name for name in folders if not os.path.islink(os.path.join(here, name)))
        for name in sorted(names):
            full = os.path.join(here, name)
            relative = Path(full).relative_to(folder).as_posix()
            data = _read_regular(full, min(limits.file_bytes, room)) if count > 0 else None
            if data is None:
                skipped.append(relative)
            else:
                room, count = room - len(data), count - 1
                yield relative, data


def _read_regular(path: str, longest: int) -> bytes | None:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > longest:
            return None
        data = file.read(longest + 1)
    return data if len(data) <= longest else None


__all__ = ["Sandbox", "SandboxUnavailable", "SandboxedCode", "Session"]
