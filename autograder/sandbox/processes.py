"""The processes behind sessions: a warm worker that forks them, or a fresh one each where there is no fork."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from autograder.sandbox import bubblewrap
from autograder.sandbox.cgroup import control_group
from autograder.sandbox.inside.limits import Limits
from autograder.student.language import NAMED, language

if TYPE_CHECKING:  # with NumPy, which is loaded here while a worker that was started loads it too
    from autograder.sandbox.inside.wire import Channel

START_SECONDS = 60.0
READY_SECONDS = 20.0
END_SECONDS = 5.0
INSTALL = "install it with: sudo apt-get install bubblewrap  (Fedora: sudo dnf install bubblewrap)"
WAY_OUT = (
    "grade in a Linux container (the Dockerfile of this project says how) or virtual machine, or, only for submissions "
    "you trust, use --no-sandbox"
)


class SandboxUnavailable(RuntimeError):
    """No sandbox can be started here; the message says why and what to do."""


class WorkerProcess:
    """The worker's process and its control socket. It begins at once; `wait` says when it is warm."""

    def __init__(self, limits: Limits, isolation: str, library: bool, processors: Sequence[int] = ()) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in kill
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._out_of_memory = 0
        self._ending = False
        self._ahead: ForkedProcess | None = None
        with theirs:
            command, environment = _command(limits, isolation, theirs.fileno(), library)
            self._group = control_group(limits) if isolation == "bubblewrap" else None
            if self._group is not None:
                command = self._group.entered(command)
            self._process = _launch(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                pass_fds=[theirs.fileno()],
                env=environment,
                start_new_session=True,
            )
        from autograder.sandbox.inside.wire import Channel, WireError

        self._control = Channel(ours, 2**20)
        self._isolation, self._limits, self._ready = isolation, limits, False
        self.language = language()
        self._deadline = time.monotonic() + START_SECONDS
        with contextlib.suppress(WireError):  # `wait` says why
            self._control.send({"limits": limits.to_dict(), "processors": list(processors)}, self._deadline)

    def wait(self) -> None:
        """Wait until it is warm. Raises `SandboxUnavailable` when it ended in place of that, or took too long."""
        from autograder.sandbox.inside.wire import WireError

        if self._ready:
            return
        try:
            self._control.receive(self._deadline)
            self._ready = True
        except WireError as error:
            _kill_group(self._process)
            why = _why(self._isolation, _tail(self._errors), error)
            self.kill()
            raise SandboxUnavailable(why) from None
        except BaseException:
            self.kill()
            raise

    def open(self, draws: bool = True, meanwhile: Callable[[], bool] | None = None) -> ForkedProcess | None:
        """A new session's process, which has said that it is ready; None when the worker or the new process is gone.

        Where the session `draws`, the worker has loaded what it draws with. `meanwhile` is done while this process is
        waited for, now and later; see `Channel`.
        """
        from autograder.sandbox.inside.wire import WireError

        if self._ending:
            self._ended(meanwhile)  # before anything else is said to it
        process, self._ahead = self._ahead, None
        if process is not None and draws and not process.draws:
            process.end()
            process = None
        if self._process.poll() is not None:
            return None
        process = process or self._fork(draws)
        if process is None:
            return None
        process.channel.meanwhile = meanwhile
        try:
            ready = process.channel.receive(process.channel.now() + READY_SECONDS, limit=2**10)
        except WireError:
            ready = None
        if ready == {"ready": True}:
            return process
        process.end()
        return None

    def _fork(self, draws: bool) -> ForkedProcess | None:
        from autograder.sandbox.inside.wire import Channel

        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._socket.settimeout(END_SECONDS)
                socket.send_fds(self._socket, [b"D" if draws else b"S"], [theirs.fileno()])
        except OSError:
            ours.close()
            return None
        return ForkedProcess(self, Channel(ours, self._limits.message_bytes), draws)

    def end_session(self) -> tuple[int | None, str | None]:
        """Have the worker kill and sweep; a worker that cannot is killed, and the next session gets another."""
        self._end()
        return self._ended()

    def end_session_soon(self, draws: bool) -> None:
        """As `end_session`, without waiting for it where boxes keep sessions apart.

        Then the worker makes the box of the next session: it has time while the submission of this one is judged and
        written. That box too is fresh, and for one session only.
        """
        if self._isolation != "bubblewrap":
            self.end_session()
            return
        self._end()
        if self._ending:
            self._ahead = self._fork(draws)

    def _end(self) -> None:
        try:
            self._socket.settimeout(END_SECONDS)
            self._socket.sendall(b"E")
            self._ending = True
        except OSError:
            self.kill()

    def _ended(self, meanwhile: Callable[[], bool] | None = None) -> tuple[int | None, str | None]:
        """How the session that is ending has ended."""
        from autograder.sandbox.inside.wire import WireError

        if not self._ending:
            return None, None
        self._ending = False
        self._control.meanwhile = meanwhile
        try:
            answer = self._control.receive(self._control.now() + END_SECONDS)
        except (WireError, OSError):
            self.kill()
            return None, None
        except BaseException:
            self.kill()
            raise
        self._control.meanwhile = None
        limit = answer.get("limit")
        if self._group is not None and self._group.out_of_memory() > self._out_of_memory:
            self._out_of_memory = self._group.out_of_memory()
            limit = limit or "memory"
        if answer.get("clean") is not True:
            self.kill()
        return answer.get("status"), limit

    def kill(self) -> None:
        """End the worker and everything in it: by closing its socket, and by force when that takes too
        long."""
        ahead, self._ahead, self._ending = self._ahead, None, False
        if ahead is not None:
            ahead.channel.close()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._control.close()
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            _kill_group(self._process)
        self._errors.close()
        if self._group is not None:
            self._group.remove()


class ForkedProcess:
    def __init__(self, worker: WorkerProcess, channel: Channel, draws: bool) -> None:
        self._worker, self.channel, self.draws = worker, channel, draws
        self._ended: tuple[int | None, str | None] | None = None

    def end(self) -> tuple[int | None, str | None]:
        """Its exit status and the limit it ran into, as far as known."""
        if self._ended is None:
            self._ended = None, None
            self.channel.close()
            self._ended = self._worker.end_session()
        return self._ended

    def end_soon(self) -> None:
        """End it without waiting for that."""
        if self._ended is None:
            self._ended = None, None
            self.channel.close()
            self._worker.end_session_soon(self.draws)


class SpawnedProcess:
    """A session in a fresh process of its own, where there is no fork."""

    def __init__(self, limits: Limits, library: bool, meanwhile: Callable[[], bool] | None = None) -> None:
        from autograder.sandbox.inside.wire import Channel, WireError

        self._folder = tempfile.mkdtemp(prefix="autograder-session-")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in kill
        token = secrets.token_hex(16)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            command = [
                sys.executable,
                "-m",
                "autograder.sandbox.inside.worker",
                "connect",
                str(listener.getsockname()[1]),
                *(["library"] if library else []),
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
                self.channel.meanwhile = meanwhile
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

    def end_soon(self) -> None:
        self.end()

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


def _command(limits: Limits, isolation: str, control: int, library: bool) -> tuple[list[str], dict[str, str]]:
    if isolation == "process":
        command = [sys.executable, "-m", "autograder.sandbox.inside.worker", str(control)]
        return [*command, *(["library"] if library else [])], _environment()
    if sys.platform != "linux":
        raise SandboxUnavailable(f"the sandbox needs Linux, and this is {sys.platform}: {WAY_OUT}")
    bwrap = bubblewrap.find()
    if bwrap is None:
        raise SandboxUnavailable(f"bubblewrap, which shuts student code in, is not installed: {INSTALL}; or {WAY_OUT}")
    return bubblewrap.command(bwrap, limits, control, library), {}


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
        NAMED: language(),
    }


def _why(isolation: str, errors: str, error: Exception) -> str:
    if "Unknown option" in errors:
        return f"this bubblewrap is too old ({errors}): version 0.8 or newer is needed; or {WAY_OUT}"
    if isolation == "bubblewrap" and ("namespace" in errors or "uid map" in errors or "Operation not" in errors):
        return (
            f"bubblewrap may not make namespaces here ({errors}). On Ubuntu 24.04 and later allow it with: "
            "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 ; in a container, start it "
            f"with namespaces allowed, as the Dockerfile of this project says. Otherwise {WAY_OUT}"
        )
    return f"the sandbox's worker did not start: {errors or error}"


def _tail(errors: IO[bytes]) -> str:
    errors.seek(0, os.SEEK_END)
    errors.seek(max(errors.tell() - 2000, 0))
    return errors.read().decode("utf-8", "replace").strip()
