"""A fresh box for each session: namespaces and mounts of its own, and no rights, before the first cell.

The worker keeps CAP_SYS_ADMIN in its own user namespace for this and nothing else. A session has none: it gives up
every capability here. What a process can attach to a file, a folder or a process (access-control lists, extended
attributes, inode flags, priorities, System V objects) is attached to things that end with the session. Untrusted side;
runs before any student code.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import threading
import warnings
from collections.abc import Callable
from functools import cache

from autograder.sandbox.inside.limits import Limits

_NEW_MOUNTS, _NEW_IPC, _NEW_PROCESSES = 0x00020000, 0x08000000, 0x20000000
_NO_SETUID, _NO_DEVICES, _NO_PROGRAMS = 2, 4, 8
_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 0x40000
_CAPABILITY_VERSION = 0x20080522
_BOUNDING_SET_DROP, _AMBIENT, _AMBIENT_CLEAR = 24, 47, 4
_STACK_BYTES = 64 * 2**20


def fork_apart(work: Callable[[], None]) -> int:
    """Fork a child that does `work` as process 1 of a new process namespace, and ends; its process number here.

    A namespace for children is a property of the thread that asks for it, so a thread that ends with the fork asks.
    When the child ends, however it does, the kernel ends everything else in the namespace. Raises `OSError`.
    """
    made: list[int | OSError] = []

    def fork() -> None:
        try:
            _call("unshare", _NEW_PROCESSES)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that there are two threads: the other one waits below
                child = os.fork()
        except OSError as error:
            made.append(error)
            return
        if child == 0:
            do_and_end(work)
        made.append(child)

    before = threading.stack_size(_STACK_BYTES)
    thread = threading.Thread(target=fork)
    thread.start()
    threading.stack_size(before)
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]


def do_and_end(work: Callable[[], None]) -> None:
    """For a forked child: do `work`, then end without a word to what it was forked from."""
    status = 70
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def shut_in(limits: Limits) -> None:
    """Give this process mounts and a System V namespace of its own, then take every capability away. Raises `OSError`.

    Process 1 of the namespaces around it is out of sight where /proc can be mounted. Where it cannot (root in a
    container whose /proc is masked) the /proc of the worker stays, in which that process can be seen but not touched.
    """
    _call("unshare", _NEW_MOUNTS | _NEW_IPC)
    _call("mount", None, b"/", None, _PRIVATE | _RECURSIVE, None)
    _writable("/tmp", limits.disk_bytes, limits.files)
    _writable("/dev/shm", max(limits.disk_bytes // 8, 2**20), limits.files)
    terminals = b"newinstance,ptmxmode=0666,mode=0620"
    _call("mount", b"devpts", b"/dev/pts", b"devpts", _NO_SETUID | _NO_PROGRAMS, terminals)
    with contextlib.suppress(OSError):
        _call("mount", b"proc", b"/proc", b"proc", _NO_SETUID | _NO_DEVICES | _NO_PROGRAMS, None)
    give_up_rights()


def give_up_rights() -> None:
    """Take every capability from this process, and the way back to them. Raises `OSError`."""
    libc = _libc()
    for capability in range(64):
        if libc.prctl(_BOUNDING_SET_DROP, capability, 0, 0, 0) != 0:
            break  # the kernel knows no further one, or there is no right to drop from the set
    libc.prctl(_AMBIENT, _AMBIENT_CLEAR, 0, 0, 0)
    _call("capset", struct.pack("=II", _CAPABILITY_VERSION, 0), bytes(24))


def _writable(folder: str, size: int, files: int) -> None:
    """An empty folder in memory in place of this one; what is mounted in it (a Python that lies below /tmp) stays."""
    inside = [name for name in os.listdir(folder) if os.path.ismount(f"{folder}/{name}")]
    places = [(f"{folder}/{name}", os.open(f"{folder}/{name}", os.O_PATH)) for name in inside]
    options = f"size={size},nr_inodes={files},mode=0755".encode()
    _call("mount", b"tmpfs", folder.encode(), b"tmpfs", _NO_SETUID | _NO_DEVICES, options)
    for place, descriptor in places:
        os.mkdir(place)
        _call("mount", f"/proc/self/fd/{descriptor}".encode(), place.encode(), None, _BIND | _RECURSIVE, None)
        os.close(descriptor)


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc(), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
