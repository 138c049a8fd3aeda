"""The warm worker: imports everything once, and forks a child for each session.

`python -m autograder.sandbox.inside.worker FD [sealed] [library]` serves the control socket FD. Untrusted side, but out
of a student's reach: sealed in bubblewrap it is process 1 and not dumpable, a session's child holds none of its
descriptors, and each child is shut in a box of its own. Only with "library" has it nn_lib in memory, or on file.
`python -m autograder.sandbox.inside.worker connect PORT [library]` is one session in a process of its own, where there
is no fork.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

WATCH_SECONDS = 0.05
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 1, 4, 36
_ENTRIES_SWEPT = 20_000
# What a socket that nobody reads from can hold: the kernel's default, which the filter lets nobody change.
_SOCKET_BYTES = 212_992


def main(arguments: list[str]) -> None:
    if arguments[0] == "connect":
        _one_session(int(arguments[1]), "library" in arguments[2:])
        return
    sealed = "sealed" in arguments[1:]
    _prctl(_PR_SET_DUMPABLE, 0)
    _take_off_the_graders_limit()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=int(arguments[0]))
    Worker(control, sealed, "library" in arguments[1:]).run()


class Worker:
    """Serves the control socket: one session at a time."""

    def __init__(self, control: socket.socket, sealed: bool, library: bool) -> None:
        from autograder.sandbox.inside.box import give_up_rights
        from autograder.sandbox.inside.limits import Limits
        from autograder.sandbox.inside.rehearsal import rehearse_a_session, warm_up, warm_up_drawing
        from autograder.sandbox.inside.syscalls import program
        from autograder.sandbox.inside.wire import Channel

        self._sealed = sealed
        self._control_socket = control
        self._control = Channel(control, 2**20)
        told = self._control.receive(time.monotonic() + 60)
        self.limits, self._processors = Limits(**told["limits"]), told["processors"]
        if not sealed:
            _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        program()
        self._shell = warm_up(library)
        self._draws = library
        if library:
            warm_up_drawing(self._shell, library)
        rehearse_a_session(self._shell, self.limits)
        self._boxes = sealed and _boxes_can_be_made(self.limits)
        if sealed and not self._boxes:
            give_up_rights()
        self._child: int | None = None
        self._status: int | None = None
        self._limit: str | None = None
        self._root = Path("/tmp") if sealed else Path(tempfile.mkdtemp(prefix="autograder-sandbox-"))
        self._folder = self._root / "session"
        _sweep(self._root)
        self._base_anonymous = _anonymous(os.getpid())

    def run(self) -> None:
        import gc

        from autograder.sandbox.inside.place import keep_to

        gc.collect()
        gc.freeze()
        keep_to(self._processors)
        self._control.send({"ready": True})
        try:
            while True:
                watching = self._child is not None
                readable, _, _ = select.select([self._control], [], [], WATCH_SECONDS if watching else None)
                if readable:
                    self._command()
                elif watching:
                    self._watch()
        except Exception:  # the supervisor is gone, or cannot be served: end, and as process 1 end everything
            pass
        finally:
            self._kill_all()
            if not self._sealed:
                shutil.rmtree(self._root, ignore_errors=True)

    def _command(self) -> None:
        message, descriptors, _, _ = socket.recv_fds(self._control_socket, 1, 1)
        if not message:
            raise EOFError
        if message == b"D" and not self._draws:
            self._load_drawing()
        if message in (b"S", b"D"):
            self._start(descriptors[0])
        elif message == b"E":
            self._control.send(self._end())

    def _load_drawing(self) -> None:
        """matplotlib takes longer to load than all the rest: only where a notebook speaks of it, once for all after."""
        import gc

        from autograder.sandbox.inside.rehearsal import warm_up_drawing

        self._draws = True
        gc.unfreeze()
        warm_up_drawing(self._shell, library=False)
        _sweep(self._root)
        gc.collect()
        gc.freeze()
        self._base_anonymous = _anonymous(os.getpid())

    def _start(self, descriptor: int) -> None:
        from autograder.sandbox.inside.box import do_and_end, fork_apart

        self._status = self._limit = None

        def session() -> None:
            self._be_the_session(descriptor)

        if self._boxes:
            self._child = fork_apart(session)
        elif (child := os.fork()) == 0:
            do_and_end(session)
        else:
            self._child = child
        os.close(descriptor)

    def _be_the_session(self, descriptor: int) -> None:
        from autograder.sandbox.inside.box import shut_in
        from autograder.sandbox.inside.serve import serve
        from autograder.sandbox.inside.syscalls import refuse
        from autograder.sandbox.inside.wire import Channel

        os.setsid()
        if self._boxes:
            shut_in(self.limits)
        if self._sealed:
            refuse()
        descriptor = _keep_only(descriptor)
        if not self._sealed:
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        import numpy as np

        np.random.seed(int.from_bytes(os.urandom(4), "little"))
        home = self._root / "home"
        home.mkdir(exist_ok=True)
        os.environ["HOME"] = str(home)
        limit_this_process(self.limits, self._sealed)
        channel = Channel(socket.socket(fileno=descriptor), self.limits.message_bytes)
        channel.send({"ready": True})
        serve(channel, self._shell, self.limits, self._folder)

    def _watch(self) -> None:
        self._reap()
        if self._limit is not None:
            return
        limits = self.limits
        pids = self._others()
        uses = [use for pid in pids if (use := _use(pid)) is not None]
        memory, threads = sum(use[0] for use in uses) + self._in_sockets(), sum(use[1] for use in uses)
        # Pages shared with the worker count in full here; only when that is too much are they shared out.
        if memory > limits.memory_bytes and self._shared_out(pids) > limits.memory_bytes:
            self._limit = "memory"
        elif threads > limits.processes + 1:
            self._limit = "processes"
        elif self._sealed and not self._boxes and _files(self._root) > limits.files:
            self._limit = "files"
        if self._limit is not None:
            self._kill_all()

    def _shared_out(self, pids: list[int]) -> int:
        """The memory of the processes where a page of several is divided among them, as near as can be told."""
        shares = [_share(pid) for pid in pids]
        unread = sum(share is None for share in shares)
        found = sum(share for share in shares if share is not None) + self._in_sockets()
        if unread:  # one that is just ending, or all where that may not be read
            found += sum(
                use[0] for pid, share in zip(pids, shares, strict=True) if share is None and (use := _use(pid))
            )
            found -= self._base_anonymous
        return found

    def _in_sockets(self) -> int:
        """What the sockets of the network namespace can hold, whoever has them or has them under way to another."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            if self._sealed:
                return _SOCKET_BYTES * int(Path("/proc/net/sockstat").read_text().split()[2])
        return 0

    def _others(self) -> list[int]:
        """The processes of the session: in a namespace of our own all but us, else our descendants."""
        try:
            pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        except OSError:
            return []
        if self._sealed:
            return [pid for pid in pids if pid != 1]
        parents = {pid: _parent(pid) for pid in pids}
        ours = {os.getpid()}
        while True:
            more = {pid for pid, parent in parents.items() if parent in ours and pid not in ours}
            if not more:
                return sorted(ours - {os.getpid()})
            ours |= more

    def _reap(self) -> bool:
        """Collect the dead; whether any process is left."""
        while True:
            try:
                pid, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self._child:
                self._status = status
                # Process 1 of a namespace does not die of SIGXCPU, which the kernel sends first.
                if used.ru_utime + used.ru_stime > self.limits.cpu_seconds:
                    self._limit = self._limit or "time"

    def _kill_all(self) -> bool:
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            if self._sealed:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(-1, signal.SIGKILL)
            else:
                for pid in {
                    *self._others(),
                    *([self._child] if self._child and self._status is None else []),
                }:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, signal.SIGKILL)
            if not self._reap():
                return True
            time.sleep(0.0005)
        return False

    def _end(self) -> dict[str, Any]:
        # A moment's grace for a child that is just ending by itself, so that its exit status tells the story.
        self._reap()
        clean = self._kill_all()
        self._child = None
        if not self._sealed:
            clean = _sweep(self._root) and clean
        elif not self._boxes:
            clean = False  # what the session left, nobody has looked for: the next one gets another worker
        return {"status": self._status, "limit": self._limit, "clean": clean}


def _boxes_can_be_made(limits: Any) -> bool:
    """Whether a session can be shut in here: some hosts allow bubblewrap its namespaces, and nobody below it."""
    from autograder.sandbox.inside.box import fork_apart, shut_in

    try:
        child = fork_apart(lambda: shut_in(limits))
    except OSError:
        return False
    return os.waitpid(child, 0)[1] == 0


def limit_this_process(limits: Any, sealed: bool) -> None:
    """Set the limits the kernel keeps for a process, where the platform has them."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = int(used.ru_utime + used.ru_stime + limits.cpu_seconds) + 1
    wanted = {
        "RLIMIT_AS": _address_space() + limits.memory_bytes,
        "RLIMIT_CPU": cpu,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 2**16,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_SIGPENDING": 256,
    }
    if sealed and _processes_counted_per_namespace():
        wanted["RLIMIT_NPROC"] = limits.processes
    for name, value in wanted.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        # A second between SIGXCPU, by which the supervisor knows what happened, and SIGKILL.
        above = 1 if name == "RLIMIT_CPU" and hard == resource.RLIM_INFINITY else 0
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (value, value + above))


def _processes_counted_per_namespace() -> bool:
    # Before Linux 5.14 the count takes in every process of the user outside; then only the watch counts.
    numbers = os.uname().release.split("-")[0].split(".")
    return tuple(int(n) for n in numbers[:2] if n.isdigit()) >= (5, 14)


def _take_off_the_graders_limit() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _address_space() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 2**30


def _use(pid: int) -> tuple[int, int] | None:
    """Bytes of memory that are no file's, and threads of a process, or None when it is gone."""
    found = _kilobytes(f"/proc/{pid}/status", {"RssAnon": 0, "RssShmem": 0, "VmSwap": 0, "Threads": 1})
    return (
        None if found is None else (1024 * (found["RssAnon"] + found["RssShmem"] + found["VmSwap"]), found["Threads"])
    )


def _share(pid: int) -> int | None:
    """Bytes of such memory, each page divided by the number of processes that have it."""
    found = _kilobytes(f"/proc/{pid}/smaps_rollup", {"Pss_Anon": 0, "Pss_Shmem": 0, "SwapPss": 0})
    return None if found is None else 1024 * sum(found.values())


def _kilobytes(path: str, wanted: dict[str, int]) -> dict[str, int] | None:
    try:
        status = Path(path).read_text(errors="replace")
    except OSError:
        return None
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name in wanted:
            wanted[name] = int(value.split()[0])
    return wanted


def _anonymous(pid: int) -> int:
    use = _use(pid)
    return 0 if use is None else use[0]


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def _files(folder: Path) -> int:
    try:
        statistics = os.statvfs(folder)
    except OSError:
        return 0
    return statistics.f_files - statistics.f_ffree


def _sweep(folder: Path) -> bool:
    """Empty a folder; False when that took too many steps or failed, and only a new worker will be clean."""
    left = [_ENTRIES_SWEPT]

    def empty(path: str, depth: int) -> None:
        with os.scandir(path) as entries:
            for entry in list(entries):
                if depth == 0 and os.path.ismount(entry.path):
                    continue
                left[0] -= 1
                if left[0] < 0 or depth > 200:
                    raise OSError("too much to sweep")
                if entry.is_dir(follow_symlinks=False):
                    os.chmod(entry.path, 0o700)
                    empty(entry.path, depth + 1)
                    os.rmdir(entry.path)
                else:
                    os.unlink(entry.path)

    try:
        if folder.is_dir():
            empty(str(folder), 0)
    except OSError:
        return False
    return True


def _keep_only(descriptor: int) -> int:
    """Close every descriptor but this one, which becomes 3; standard streams lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    if descriptor != 3:
        os.dup2(descriptor, 3)
    os.set_inheritable(3, False)
    os.closerange(4, 65536)
    return 3


def _prctl(option: int, value: int) -> None:
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _one_session(port: int, library: bool) -> None:
    from autograder.sandbox.inside.limits import Limits
    from autograder.sandbox.inside.rehearsal import warm_up, warm_up_drawing
    from autograder.sandbox.inside.serve import serve
    from autograder.sandbox.inside.wire import Channel

    token = sys.stdin.readline().strip()
    stream = socket.create_connection(("127.0.0.1", port), timeout=30)
    stream.sendall(token.encode("ascii"))
    start = Channel(stream, 2**20).receive(time.monotonic() + 60)
    limits = Limits(**start["limits"])
    folder = Path(start["folder"])
    shell = warm_up(library)
    warm_up_drawing(shell, library)
    os.environ["HOME"] = str(folder)
    limit_this_process(limits, sealed=False)
    channel = Channel(stream, limits.message_bytes)
    channel.send({"ready": True})
    serve(channel, shell, limits, folder / "session")


if __name__ == "__main__":
    main(sys.argv[1:])
