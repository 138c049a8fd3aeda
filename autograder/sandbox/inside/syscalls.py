"""System calls refused to everything in the sandbox, by a seccomp filter that a session puts on itself.

They make memory that no process is charged with or that outlives its maker (System V objects, message queues,
memory files, keys), move a process to a processor that another submission has for itself, or open parts of the kernel
that notebooks have no use for. Sockets are for processes of one machine (AF_UNIX) and keep the buffers they are made
with. Untrusted side; runs before any student code.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from functools import cache

_EPERM, _EAFNOSUPPORT = 1, 97
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_X32 = 0x40000000

# Numbers from the kernel's tables: for x86_64, and for the architectures that share the generic table.
_REFUSED_X86_64 = {
    "shmget": 29, "semget": 64, "msgget": 68, "mq_open": 240, "memfd_create": 319, "memfd_secret": 447,
    "add_key": 248, "request_key": 249, "keyctl": 250, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323,
    "io_uring_setup": 425, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "unshare": 272,
    "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "fsmount": 432, "mount_setattr": 442, "kexec_load": 246, "init_module": 175,
    "finit_module": 313, "io_setup": 206, "kcmp": 312, "pidfd_getfd": 438, "process_madvise": 440, "fspick": 433,
    "name_to_handle_at": 303, "open_by_handle_at": 304, "fanotify_init": 300, "lsm_set_self_attr": 460,
    "sched_setaffinity": 203,
}  # fmt: skip
_REFUSED_GENERIC = {
    "shmget": 194, "semget": 190, "msgget": 186, "mq_open": 180, "memfd_create": 279, "memfd_secret": 447,
    "add_key": 217, "request_key": 218, "keyctl": 219, "bpf": 280, "perf_event_open": 241, "userfaultfd": 282,
    "io_uring_setup": 425, "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "unshare": 97,
    "setns": 268, "mount": 40, "umount2": 39, "pivot_root": 41, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "fsmount": 432, "mount_setattr": 442, "kexec_load": 104, "init_module": 105,
    "finit_module": 273, "io_setup": 0, "kcmp": 272, "pidfd_getfd": 438, "process_madvise": 440, "fspick": 433,
    "name_to_handle_at": 264, "open_by_handle_at": 265, "fanotify_init": 262, "lsm_set_self_attr": 460,
    "sched_setaffinity": 122,
}  # fmt: skip
_SOCKETS_X86_64 = {"socket": 41, "socketpair": 53, "setsockopt": 54}
_SOCKETS_GENERIC = {"socket": 198, "socketpair": 199, "setsockopt": 208}
_MACHINES = {
    "x86_64": (0xC000003E, _REFUSED_X86_64, _SOCKETS_X86_64),
    "aarch64": (0xC00000B7, _REFUSED_GENERIC, _SOCKETS_GENERIC),
}
_AF_UNIX, _SOL_SOCKET = 1, 1
_BUFFER_SIZES = (7, 8, 32, 33)  # SO_SNDBUF, SO_RCVBUF, and the same by force


@cache
def program() -> bytes | None:
    """The filter for this machine; None where its numbers are not known. A worker makes it once, before it forks."""
    machine = os.uname().machine if sys.platform == "linux" else ""
    if machine not in _MACHINES or sys.maxsize < 2**32:
        return None
    return _program(*_MACHINES[machine], x32=machine == "x86_64")


def refuse() -> bool:
    """Put the filter on this process and all it forks; False where this machine's numbers are not known."""
    made = program()
    if made is None:
        return False
    instructions = ctypes.create_string_buffer(made, len(made))
    prog = struct.pack("@HP", len(made) // 8, ctypes.addressof(instructions))
    libc = ctypes.CDLL(None, use_errno=True)
    set_no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
    libc.prctl(set_no_new_privileges, 1, 0, 0, 0)
    return libc.prctl(set_seccomp, filter_mode, ctypes.c_char_p(prog), 0, 0) == 0


def _program(architecture: int, refused: dict[str, int], sockets: dict[str, int], x32: bool) -> bytes:
    lines = [
        _line(_LOAD, value=_ARCHITECTURE_AT),
        _line(_EQUAL, 1, 0, architecture),
        _line(_RETURN, value=_KILL),
        _line(_LOAD, value=_NUMBER_AT),
    ]
    if x32:
        lines += [_line(_AT_LEAST, 0, 1, _X32), _line(_RETURN, value=_KILL)]
    for number in sorted(refused.values()):
        lines += [_line(_EQUAL, 0, 1, number), _line(_RETURN, value=_ERRNO | _EPERM)]
    for name in ("socket", "socketpair"):
        lines += _where(
            sockets[name],
            _line(_LOAD, value=_argument(0)),
            _line(_EQUAL, 1, 0, _AF_UNIX),
            _line(_RETURN, value=_ERRNO | _EAFNOSUPPORT),
        )
    refused_sizes = [_line(_EQUAL, len(_BUFFER_SIZES) - i, 0, size) for i, size in enumerate(_BUFFER_SIZES)]
    lines += _where(
        sockets["setsockopt"],
        _line(_LOAD, value=_argument(1)),
        _line(_EQUAL, 0, len(_BUFFER_SIZES) + 3, _SOL_SOCKET),
        _line(_LOAD, value=_argument(2)),
        *refused_sizes,
        _line(_RETURN, value=_ALLOW),
        _line(_RETURN, value=_ERRNO | _EPERM),
    )
    return b"".join([*lines, _line(_RETURN, value=_ALLOW)])


def _where(number: int, *lines: bytes) -> list[bytes]:
    """Lines for one system call, after which it is allowed; every other goes on with its number still loaded."""
    return [_line(_EQUAL, 0, len(lines) + 1, number), *lines, _line(_RETURN, value=_ALLOW)]


def _argument(place: int) -> int:
    return _ARGUMENTS_AT + 8 * place  # its lower half: both machines are little-endian


def _line(code: int, when_true: int = 0, when_false: int = 0, value: int = 0) -> bytes:
    return struct.pack("=HBBI", code, when_true, when_false, value)
