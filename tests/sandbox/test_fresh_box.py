# ruff: noqa: E501 - cells are quoted as a student would write them
"""Each session has a box of its own: what one attaches to anything is gone with it, and no other meets it."""

import os
import socket
from dataclasses import replace

import pytest
from conftest import need_program
from sandboxes import SMALL, printed, run

from autograder.sandbox import Sandbox, SandboxUnavailable
from autograder.sandbox.inside.wire import WireError
from autograder.sandbox.processes import WorkerProcess

PATIENT = replace(SMALL, cell_seconds=20.0, cell_cpu_seconds=20.0, notebook_seconds=60.0, cpu_seconds=30.0)


@pytest.fixture(scope="module")
def sandbox():
    need_program("bwrap", "bubblewrap")
    with Sandbox(PATIENT) as sandbox:
        yield sandbox


NO_ENTRY = "import os, struct\nacl = struct.pack('<I', 2) + b''.join(struct.pack('<HHI', tag, 0, 2**32 - 1) for tag in (1, 4, 32))\n"
# What a session attaches to what it can reach, and what the next one looks for.
LEFT = {
    "a default ACL on /tmp": (
        NO_ENTRY + "for f in ('/tmp', '/dev/shm'):\n    os.setxattr(f, 'system.posix_acl_default', acl)",
        "import os\nos.mkdir('/tmp/new'); open('/tmp/new/file', 'w').write('x'); print([a for f in ('/tmp', '/dev/shm') for a in os.listxattr(f)])",
        "[]\n",
    ),
    "an ACL on /tmp": (
        NO_ENTRY + "os.setxattr('/tmp', 'system.posix_acl_access', acl)",
        "import os\nprint(sorted(os.listdir('/tmp')))",
        "['home', 'session']\n",
    ),
    "extended attributes": (
        "import os\nfor f in ('/tmp', '/dev/shm', '/dev', '/', '/tmp/home'):\n    try: os.setxattr(f, 'user.answer', b'42')\n    except OSError: pass",
        "import os\nprint([a for f in ('/tmp', '/dev/shm', '/dev', '/', '/tmp/home') for a in os.listxattr(f)])",
        "[]\n",
    ),
    "inode flags": (
        "import fcntl, os, struct\nfor f in ('/tmp', '/dev/shm', '/tmp/home'):\n    d = os.open(f, os.O_RDONLY)\n    try: fcntl.ioctl(d, 0x40086602, struct.pack('l', 0x80))\n    except OSError: pass",
        "import fcntl, os, struct\nprint([struct.unpack('l', fcntl.ioctl(os.open(f, os.O_RDONLY), 0x80086601, bytes(8)))[0] & 0x80 for f in ('/tmp', '/dev/shm')])",
        "[0, 0]\n",
    ),
    "modes and times of folders": (
        "import os\nfor f in ('/tmp', '/dev/shm', '/dev/pts', '/dev/pts/ptmx'):\n    try: os.utime(f, (4711, 4711)); os.chmod(f, 0)\n    except OSError: pass",
        "import os\nprint([int(os.stat(f).st_mtime) == 4711 or not os.stat(f).st_mode & 0o700 for f in ('/tmp', '/dev/shm')], oct(os.stat('/dev/pts/ptmx').st_mode & 0o777))",
        "[False, False] 0o666\n",
    ),
    "a terminal": (
        "import os\nkept = [os.openpty() for _ in range(5)]",
        "import os\nprint(sorted(os.listdir('/dev/pts')))",
        "['ptmx']\n",
    ),
    "an io priority of everybody's": (
        "import ctypes, os\nlibc = ctypes.CDLL(None)\nfor which in (1, 2, 3):\n    for who in (0, 1, os.getuid()): libc.syscall(251, which, who, 3 << 13)",
        "import ctypes\nprint(ctypes.CDLL(None).syscall(252, 1, 0) >> 13)",
        "0\n",
    ),
    "a scheduler's policy and slice": (
        "import os, ctypes\nfor pid in (0, 1, 2):\n    try: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))\n    except OSError: pass\n"
        "for who in (0, 1, os.getuid()):\n    for which in (0, 1, 2):\n        try: os.setpriority(which, who, 19)\n        except OSError: pass",
        "import os\nprint(os.sched_getscheduler(0), os.getpriority(0, 0))",
        f"0 {os.nice(0)}\n",
    ),
    "limits of process 1": (
        "import resource\nfor name in dir(resource):\n    if name.startswith('RLIMIT_'):\n        try: resource.prlimit(1, getattr(resource, name), (0, 0))\n        except Exception: pass",
        "import resource\nprint(resource.getrlimit(resource.RLIMIT_STACK)[0] != 0, resource.getrlimit(resource.RLIMIT_NOFILE)[0])",
        f"True {PATIENT.open_files}\n",
    ),
    "an abstract socket": (
        "import os, socket, time\nif os.fork() == 0:\n    s = socket.socket(socket.AF_UNIX); s.bind(b'\\0answers'); s.listen(); time.sleep(100)",
        "import socket\ntry: socket.socket(socket.AF_UNIX).connect(b'\\0answers')\nexcept OSError as e: print(type(e).__name__)",
        "ConnectionRefusedError\n",
    ),
    "files deleted and held": (
        "import os, time\nif os.fork() == 0:\n    f = open('/tmp/held', 'w'); f.write('x' * 2**20); f.flush(); os.unlink('/tmp/held'); time.sleep(100)",
        "import os\ns = os.statvfs('/tmp'); print((s.f_blocks - s.f_bfree) * s.f_bsize < 2**16, s.f_files - s.f_ffree < 20)",
        "True True\n",
    ),
    "a watch on everything": (
        "import ctypes\nlibc = ctypes.CDLL(None)\nw = libc.inotify_init()\nfor f in (b'/tmp', b'/dev', b'/usr/bin'): libc.inotify_add_watch(w, f, 0xfff)",
        "import os\nprint(len(os.listdir('/proc/self/fd')) < 10)",
        "True\n",
    ),
}


@pytest.mark.parametrize("what", LEFT)
def test_nothing_is_left_for_the_next(sandbox, what):
    attack, look, clean = LEFT[what]
    sandbox.start()
    worker = sandbox._workers[False]
    run(sandbox, attack)
    (result,) = run(sandbox, look)
    assert printed(result) == clean
    assert sandbox._workers[False] is worker, "it took a new worker"


def test_mounts_are_refused_and_all_rights_are_gone(sandbox):
    cell = (
        "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "print([libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None), libc.umount2(b'/tmp', 2), libc.unshare(0x20000), libc.unshare(0x10000000)])\n"
        "print({line.split()[1] for line in open('/proc/self/status') if line.startswith('Cap')})"
    )
    (result,) = run(sandbox, cell)
    assert printed(result) == "[-1, -1, -1, -1]\n{'0000000000000000'}\n"


FAMILIES = {2: "internet", 10: "internet 6", 16: "netlink", 17: "packets", 38: "cryptography", 40: "vsock", 44: "xdp"}


@pytest.mark.parametrize("family", FAMILIES.values())
def test_there_are_sockets_of_one_machine_only(sandbox, family):
    number = next(n for n, name in FAMILIES.items() if name == family)
    (result,) = run(sandbox, f"import socket\nsocket.socket({number}, socket.SOCK_DGRAM)")
    assert result.error.type == "OSError"
    (result,) = run(
        sandbox,
        "import asyncio, socket\na, b = socket.socketpair()\na.send(b'x'); print(b.recv(1))\nawait asyncio.sleep(0)",
    )
    assert printed(result) == "b'x'\n"


def test_buffers_of_sockets_stay_as_they_are(sandbox):
    cell = "import socket\na, _ = socket.socketpair()\nfor option in (7, 8, 32, 33):\n    try: a.setsockopt(1, option, 2**26)\n    except OSError: print('no')"
    (result,) = run(sandbox, cell)
    assert printed(result) == "no\n" * 4


def test_memory_in_sockets_counts(sandbox):
    cell = (
        "import os, socket, time\nfor _ in range(12):\n    if os.fork() == 0:\n        kept = []\n        try:\n            while True:\n"
        "                a, b = socket.socketpair(); a.setblocking(False); kept.append((a, b))\n                try:\n"
        "                    while True: a.send(b'x' * 60_000)\n                except BlockingIOError: pass\n        except OSError: pass\n"
        "        time.sleep(100)\ntime.sleep(15)"
    )
    (result,) = run(sandbox, cell)
    assert result.error.kind == "memory"


def test_memory_given_back_and_taken_anew_counts(sandbox):
    """Every process begins with the worker's pages: none of them may be exchanged for others that do not count."""
    cell = (
        "import ctypes, os, time\nlibc = ctypes.CDLL(None)\nfor _ in range(12):\n    if os.fork() == 0:\n"
        "        for line in open('/proc/self/maps'):\n            if '[heap]' in line:\n"
        "                start, end = (int(x, 16) for x in line.split()[0].split('-'))\n"
        "        x = bytearray(40 * 2**20)\n        for i in range(0, len(x), 4096): x[i] = 1\n        time.sleep(100)\ntime.sleep(15)"
    )
    (result,) = run(sandbox, cell)
    assert result.error.kind == "memory"


def test_processes_that_only_share_what_the_worker_has_do_not_count_many_times(sandbox):
    cell = (
        "import os, time\nchildren = []\nfor _ in range(10):\n    if (child := os.fork()) == 0:\n        time.sleep(0.5); os._exit(0)\n"
        "    children.append(child)\nfor child in children: os.waitpid(child, 0)\nprint('fine')"
    )
    (result,) = run(sandbox, cell)  # ten times sixty megabytes, of which 256 are allowed
    assert printed(result) == "fine\n", result.error


def test_files_are_bounded_by_the_file_system_itself(sandbox):
    cell = "n = 0\ntry:\n    while True: open(str(n), 'w').close(); n += 1\nexcept OSError as e: print(n, e.strerror)"
    result, after = run(sandbox, cell, "1 + 1")
    made, why = printed(result).split(" ", 1)
    assert int(made) < PATIENT.files and "space" in why
    assert printed(after) == "2"


def test_a_box_that_does_not_say_it_is_ready_is_tried_again_and_costs_nobody_anything(bubblewrap, monkeypatch):
    with Sandbox(SMALL) as sandbox:
        first = sandbox._workers[False]
        told = iter([{"ready": True, "and": "more"}, WireError("gone"), None])
        receive = type(first._control).receive

        def tampered(channel, *arguments, **options):
            answer = receive(channel, *arguments, **options)
            if options.get("limit") != 2**10 or answer != {"ready": True} or (other := next(told, None)) is None:
                return answer
            if isinstance(other, WireError):
                raise other
            return other

        monkeypatch.setattr("autograder.sandbox.inside.wire.Channel.receive", tampered)
        (result,) = run(sandbox, "6 * 7")
        assert printed(result) == "42"
        assert sandbox._workers[False] is not first


def test_where_no_box_can_be_made_each_submission_gets_a_worker_of_its_own(bubblewrap, monkeypatch):
    from autograder.sandbox import bubblewrap as module

    whole = module.command

    def without_rights(*arguments, **options):
        words = whole(*arguments, **options)
        place = len(words) - 1 - words[::-1].index("CAP_SYS_ADMIN")
        return words[: place - 1] + words[place + 1 :]

    monkeypatch.setattr(module, "command", without_rights)
    with Sandbox(SMALL) as sandbox:
        first = sandbox._workers[False]
        run(sandbox, "import os\nos.chmod('/tmp', 0)\nprint(os.getpid())")
        (result,) = run(sandbox, "import os\nopen('/tmp/x', 'w').close()\nos.getpid()")
        assert result.error is None and int(printed(result)) > 1
        assert False not in sandbox._workers or sandbox._workers[False] is not first


def test_a_sandbox_whose_sessions_never_become_ready_refuses_and_says_so(bubblewrap, monkeypatch):
    monkeypatch.setattr(WorkerProcess, "open", lambda worker, draws, meanwhile: None)
    sandbox = Sandbox(SMALL)
    with sandbox, pytest.raises(SandboxUnavailable, match="three times"), sandbox.session():
        pass


def test_the_host_s_sockets_are_out_of_reach(sandbox):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(b"\0of-the-host-" + str(os.getpid()).encode())
        listener.listen()
        cell = f"import socket\nsocket.socket(socket.AF_UNIX).connect({listener.getsockname()!r})"
        (result,) = run(sandbox, cell)
    assert result.error.type == "ConnectionRefusedError"


def test_a_box_made_ahead_is_no_older_than_the_end_of_the_one_before(sandbox):
    """It is there while the grader works, has seen nothing of the session before, and is used once."""
    with sandbox.session() as session:
        session.execute(
            ["import os, subprocess\nopen('/tmp/mine', 'w').write('x')\nsubprocess.Popen(['sleep', '4713'])"]
        )
    worker = sandbox._workers[False]
    ahead = worker._ahead
    assert ahead is not None
    look = "import os\nprint(os.path.exists('/tmp/mine'), sum(name.isdigit() for name in os.listdir('/proc')))"
    with sandbox.session() as session:
        assert session._process is ahead and worker._ahead is None
        (result,) = session.execute([look])
        assert printed(result) == "False 1\n"
    assert worker._ahead is not ahead


def test_a_worker_that_cannot_clean_up_gives_no_box_that_it_made_ahead(sandbox, monkeypatch):
    run(sandbox, "1")
    worker = sandbox._workers[False]
    receive = type(worker._control).receive

    def unclean(channel, *arguments, **options):
        answer = receive(channel, *arguments, **options)
        return {**answer, "clean": False} if channel is worker._control else answer

    monkeypatch.setattr("autograder.sandbox.inside.wire.Channel.receive", unclean)
    (result,) = run(sandbox, "6 * 7")
    assert printed(result) == "42" and sandbox._workers[False] is not worker
