# ruff: noqa: E501 - cells are quoted as a student would write them
"""Hostile notebooks against the real bubblewrap: each clause of the threat model, by name."""

import os
import signal
import socket
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import need_program
from sandboxes import SMALL, command_lines, printed, run

from autograder.sandbox import Sandbox
from autograder.student.steps import Step

CANARY = "canary-7f3a9c"


@pytest.fixture
def small_limits():
    return SMALL


@pytest.fixture(scope="module")
def sandbox():
    """One sandbox for all: what an attack leaves behind, the next would meet."""
    need_program("bwrap", "bubblewrap")
    with Sandbox(SMALL) as sandbox:
        yield sandbox


def attempt(code):
    """A cell that tries something and prints REFUSED and why, or DONE and what came of it."""
    body = "\n".join("    " + line for line in code.splitlines())
    return f"try:\n{body}\nexcept BaseException as error:\n    print('REFUSED', repr(error))\nelse:\n    print('DONE')"


def refused(sandbox, code):
    """Whether the attempt failed, and the sandbox goes on."""
    (result,) = run(sandbox, attempt(code))
    text = printed(result)
    healthy(sandbox)
    assert "REFUSED" in text or result.error is not None, text
    assert "DONE" not in text, text
    return text


def healthy(sandbox):
    """The next submission finds everything as it should be."""
    results = run(
        sandbox,
        "import numpy, os\nassert numpy.add(1, 1) == 2 and not os.listdir('.')",
        "x = 20 + 1\nx * 2",
    )
    assert [r.error for r in results] == [None, None]
    assert printed(results[1]) == "42"


# Secrets


def test_reads_a_file_outside(sandbox, tmp_path):
    (tmp_path / "gradebook.db").write_text(CANARY)
    refused(sandbox, f"print(open({str(tmp_path / 'gradebook.db')!r}).read())")


def test_reads_the_solutions_the_exercises_or_the_repository(sandbox):
    root = Path(__file__).resolve().parents[2]
    for path in (
        root / "pyproject.toml",
        root / "solutions",
        root / "autograder" / "exercises",
        root / "tests",
    ):
        refused(sandbox, f"import os\nos.stat({str(path)!r})")


def test_imports_the_judge_or_the_exercises(sandbox):
    for module in (
        "autograder.judge",
        "autograder.exercises",
        "autograder.sandbox.session",
        "autograder.sandbox.processes",
        "autograder.pipeline",
    ):
        text = refused(sandbox, f"import importlib\nimportlib.import_module({module!r})")
        assert "ModuleNotFoundError" in text


def test_finds_the_course_anywhere_on_the_file_system(sandbox):
    (result,) = run(
        sandbox,
        "import os, subprocess\nfound = subprocess.run(['find', '/', '-xdev', '-path', '*autograder*', '-name', '*.py'],"
        " capture_output=True, text=True).stdout.split()\n"
        "import glob, numpy\nsite = os.path.dirname(os.path.dirname(numpy.__file__))\n"
        "for package in ('autograder', 'nn_lib', 'solutions', 'notebooks'):\n"
        "    found += glob.glob(f'{site}/{package}/**', recursive=True)[1:]\n"
        "found += glob.glob('/course/**', recursive=True)\n"
        "print('SEES', *found, sep='\\n')",
    )
    text = printed(result)
    assert "/course/autograder/student/steps.py" in text
    for secret in ("judge", "supervisor", "exercises", "pipeline", "solutions", "gradebook", "tests"):
        assert secret not in text, text


def test_reads_the_environment_of_the_grader(monkeypatch, bubblewrap, small_limits):
    monkeypatch.setenv("COURSE_TOKEN", CANARY)
    with Sandbox(small_limits) as sandbox:
        result, _ = run(sandbox, "import os\nprint(dict(os.environ))", "!env; cat /proc/*/environ; cat /proc/1/cmdline")
        assert "HOME" in printed(result)
        assert CANARY not in repr(result)


def test_reads_the_home_folder(sandbox):
    home = Path.home()
    (result,) = run(
        sandbox,
        f"import os\nprint(os.listdir(os.path.expanduser('~')), os.path.isdir({str(home)!r}) "
        f"and os.listdir({str(home)!r}))",
    )
    text = printed(result)
    for secret in (".ssh", ".bashrc", ".netrc", ".aws", ".config", ".cache"):
        assert secret not in text


def test_reads_an_installed_copy_of_the_exercises(monkeypatch, tmp_path):
    need_program("bwrap", "bubblewrap")
    site = tmp_path / "lib" / "site-packages"
    for package in ("autograder/exercises", "other"):
        (site / package).mkdir(parents=True)
        (site / package / "secret.py").write_text(f"found = {CANARY!r}")
    monkeypatch.setattr("sys.path", [*sys.path, str(site)])
    with Sandbox(SMALL) as sandbox:
        seen, hidden, written = run(
            sandbox,
            "import other.secret\nother.secret.found",
            f"open({str(site / 'autograder' / 'exercises' / 'secret.py')!r}).read()",
            f"open({str(site / 'autograder' / 'x.py')!r}, 'w')",
        )
    assert CANARY in printed(seen)
    assert CANARY not in printed(hidden) and hidden.error.type == "FileNotFoundError"
    assert written.error.type == "OSError"


def test_reads_users_and_passwords(sandbox):
    refused(sandbox, "open('/etc/shadow').read()")
    refused(sandbox, "open('/etc/passwd').read()")


def test_reads_another_sessions_files_and_memory(sandbox):
    run(
        sandbox,
        f"open('/tmp/left', 'w').write({CANARY!r}); open('left', 'w').write({CANARY!r})\n"
        f"open('/dev/shm/left', 'w').write({CANARY!r}); secret = {CANARY!r}\n"
        "import os, pathlib\npathlib.Path.home().joinpath('left').write_text(secret)",
    )
    (result,) = run(
        sandbox,
        "import os, gc\nfor d, _, names in os.walk('/tmp'):\n    print([n for n in names if n == 'left'])\n"
        "print(os.listdir('/dev/shm'), 'secret' in globals())\n"
        "print([o for o in gc.get_objects() if isinstance(o, dict) and o.get('secret')])",
    )
    text = printed(result)
    assert "left" not in text
    assert CANARY not in text


def test_ships_a_link_to_a_secret(sandbox, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY)
    folder = tmp_path / "submission"
    folder.mkdir()
    (folder / "data.txt").symlink_to(secret)
    (folder / "all").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(folder / "pipe")
    (folder / "honest.txt").write_text("here")
    with sandbox.session(folder) as session:
        (result,) = session.execute(["import os\nprint(sorted(os.listdir('.')), open('honest.txt').read())"])
        assert set(session.skipped) == {"data.txt", "pipe"}
    assert printed(result) == "['honest.txt'] here\n"


def test_sees_no_process_but_its_own(sandbox):
    (result,) = run(sandbox, "import os\nprint(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()))")
    assert printed(result) == "[1]\n"  # itself: the worker is out of its sight


# Network


def test_connects_to_a_listener_on_loopback(sandbox):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        listener.accept()[0].close()
        refused(sandbox, f"import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=1)")
        with pytest.raises(TimeoutError):
            listener.accept()


def test_connects_to_an_abstract_unix_socket(sandbox):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(b"\0autograder-test-listener")
        listener.listen()
        refused(sandbox, "import socket\nsocket.socket(socket.AF_UNIX).connect(b'\\0autograder-test-listener')")


def test_has_no_network_interface_but_loopback(sandbox):
    (result,) = run(sandbox, "print([line.split(':')[0].strip() for line in open('/proc/net/dev')][2:])")
    assert printed(result) == "['lo']\n"


# Writing outside


def test_writes_outside(sandbox, tmp_path):
    refused(sandbox, f"open({str(tmp_path / 'x')!r}, 'w').write('x')")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("folder", ["/", "/usr/bin", "/etc", "/course", "/course/nn_lib", "/dev", "/root", "/proc"])
def test_writes_into_the_read_only_system(sandbox, folder):
    refused(
        sandbox,
        f"import os\nos.makedirs({folder!r}, exist_ok=True)\nopen({folder!r} + '/evil.py', 'w').write('x')",
    )


def test_replaces_the_python_or_its_packages(sandbox):
    refused(sandbox, "import numpy, os\nopen(numpy.__file__, 'a').write('#')")
    refused(sandbox, "import numpy, os\nos.rename(os.path.dirname(numpy.__file__), '/tmp/numpy')")
    refused(
        sandbox,
        "import numpy, os, pathlib\np = pathlib.Path(numpy.__file__)\n"
        "for folder in list(p.parents)[:-1]:\n    try:\n        (folder / 'evil.py').write_text('x')\n"
        "    except OSError:\n        continue\n    if folder != pathlib.Path('/tmp'):\n        break\n"
        "else:\n    raise OSError('nowhere')",
    )


# The worker and the neighbours


def test_kills_the_worker(sandbox):
    sandbox.start()
    worker = sandbox._workers[False]
    results = run(
        sandbox,
        "import os, signal\nfor number in (9, 15, 19, 11, 10):\n    for process in (os.getppid(), 1, 2, 3, -1):\n"
        "        try:\n            os.kill(process, number)\n        except OSError as e:\n            print(e)",
        "try:\n    os.kill(-1, 9)\nfinally:\n    print('alive')",
    )
    assert results[0].error is None
    healthy(sandbox)
    assert sandbox._workers[False] is worker, "the worker was lost"


def test_kills_its_parent_group_and_session(sandbox):
    run(sandbox, "import os\nos.killpg(0, 9)")
    run(sandbox, "import os\nos.kill(0, 9)")
    healthy(sandbox)


def test_a_dead_worker_is_replaced_and_the_submission_reported(sandbox):
    with sandbox.session() as session:
        session.execute(["x = 1"])
        os.killpg(sandbox._workers[False]._process.pid, signal.SIGKILL)
        time.sleep(0.3)
        (result,) = session.execute(["x = 2"])
        assert result.error.kind == "killed"
    healthy(sandbox)


def test_leaves_a_daemon_behind(sandbox, tmp_path):
    cell = (
        "import subprocess, os\n"
        "for _ in range(5):\n"
        "    subprocess.Popen(['setsid', 'nohup', 'sh', '-c', 'while true; do echo x > /tmp/daemon; sleep 0.02; done'],"
        " start_new_session=True)\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        import time\n        while True: time.sleep(0.1)\n    os._exit(0)"
    )
    run(sandbox, cell)
    (result,) = run(
        sandbox,
        "import os, time\ntime.sleep(0.2)\n"
        "print(sorted(int(p) for p in os.listdir('/proc') if p.isdigit() and int(p) not in (1, os.getpid())),"
        " os.path.exists('/tmp/daemon'))",
    )
    assert printed(result) == "[] False\n"


def test_reads_or_writes_the_workers_memory(sandbox):
    # Process 1 is the session itself; no number leads to the worker.
    (result,) = run(
        sandbox, "import os\nprint(os.getpid(), os.getppid(), [p for p in os.listdir('/proc') if p.isdigit()])"
    )
    assert printed(result) == "1 0 ['1']\n"
    refused(sandbox, "open('/proc/2/mem', 'r+b')")
    refused(
        sandbox,
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "if libc.ptrace(16, 1, 0, 0) != 0: raise OSError(ctypes.get_errno(), 'ptrace')",
    )
    refused(
        sandbox,
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "class V(ctypes.Structure): _fields_ = [('b', ctypes.c_void_p), ('n', ctypes.c_size_t)]\n"
        "buffer = ctypes.create_string_buffer(8)\n"
        "here, there = V(ctypes.addressof(buffer), 8), V(0x400000, 8)\n"
        "if libc.process_vm_readv(1, ctypes.byref(here), 1, ctypes.byref(there), 1, 0) < 0:\n"
        "    raise OSError(ctypes.get_errno(), 'process_vm_readv')",
    )


def test_lowers_the_workers_limits_for_those_who_come_after(sandbox):
    run(
        sandbox,
        "import os, resource, contextlib\nfor name in dir(resource):\n    if name.startswith('RLIMIT_'):\n"
        "        with contextlib.suppress(Exception):\n            resource.prlimit(1, getattr(resource, name), (1, 1))\n"
        "with contextlib.suppress(OSError): os.setpriority(os.PRIO_PROCESS, 1, 19)\n"
        "with contextlib.suppress(OSError): os.sched_setaffinity(1, {0})",
    )
    healthy(sandbox)
    (result,) = run(
        sandbox,
        "import os, resource\nprint(os.getpriority(os.PRIO_PROCESS, 0), "
        "resource.getrlimit(resource.RLIMIT_STACK)[0] != 1, len(os.sched_getaffinity(0)))",
    )
    assert printed(result) == f"{os.nice(0)} True {len(os.sched_getaffinity(0))}\n"


def test_does_not_go_to_a_processor_where_others_are_graded(bubblewrap):
    """Where each grading process keeps to one, those who crowd there could not be avoided."""
    everywhere = sorted(os.sched_getaffinity(0))
    with Sandbox(SMALL, processors=everywhere[:1]) as sandbox:
        (result,) = run(
            sandbox, f"import os\nprint(os.sched_getaffinity(0))\nos.sched_setaffinity(0, {set(everywhere[-1:])})"
        )
        assert printed(result).startswith(f"{{{everywhere[0]}}}\n") and result.error.type == "PermissionError"


def test_finds_no_descriptor_but_its_own(sandbox):
    (result,) = run(
        sandbox,
        "import os\nprint([os.readlink(f'/proc/self/fd/{n}').split(':')[0] "
        "for n in sorted(os.listdir('/proc/self/fd')) if os.path.exists(f'/proc/self/fd/{n}')])",
    )
    kinds = eval(printed(result))
    assert kinds.count("socket") <= 1
    assert all(kind in ("/dev/null", "socket") or "/proc/" in kind or "(deleted)" in kind for kind in kinds)


def test_patches_numpy_for_those_who_come_after(sandbox):
    run(
        sandbox,
        "import numpy, sys, builtins, IPython\nnumpy.add = numpy.testing.assert_allclose = lambda *a, **k: None\n"
        "builtins.len = lambda x: 7\nsys.modules['math'] = None\nget_ipython().input_transformers_cleanup.clear()\n"
        "sys.meta_path.clear(); IPython.core.interactiveshell.InteractiveShell.run_cell = None",
    )
    healthy(sandbox)


def test_leaves_shared_memory_behind(sandbox):
    shm = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "if libc.shmget(4711, 4096, 0o1666) < 0: raise OSError(ctypes.get_errno(), 'shmget')"
    )
    refused(sandbox, shm)
    refused(sandbox, "import os\nos.memfd_create('x')")
    (result,) = run(sandbox, "print(open('/proc/sysvipc/shm').read().count('\\n'))")
    assert printed(result) == "1\n"


# Privileges


def test_becomes_root(sandbox):
    refused(sandbox, "import os\nos.setuid(0)")
    refused(sandbox, "import os\nos.chroot('/tmp')")
    (result,) = run(
        sandbox, "!su -c id root 2>&1; sudo -n id 2>&1; cat /proc/self/status | grep -E 'NoNewPrivs|CapEff'"
    )
    text = printed(result)
    assert "uid=0" not in text
    assert "CapEff:\t0000000000000000" in text
    assert "NoNewPrivs:\t1" in text


def test_runs_a_setuid_file_of_its_own(sandbox):
    (result,) = run(sandbox, "!cp /bin/sh /tmp/sh && chmod 6755 /tmp/sh && /tmp/sh -c 'id -u'; stat -c %u /tmp/sh")
    assert "\n0\n" not in "\n" + printed(result).replace("\r", "")


def test_makes_a_new_user_namespace(sandbox):
    refused(
        sandbox,
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "if libc.unshare(0x10000000) != 0: raise OSError(ctypes.get_errno(), 'unshare')",
    )
    (result,) = run(sandbox, "!unshare -Ur id -u 2>&1")
    assert "0\r\n" not in printed(result)


def test_mounts_or_remounts(sandbox):
    refused(
        sandbox,
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "if libc.mount(b'none', b'/', b'', 0x20, 0) != 0: raise OSError(ctypes.get_errno(), 'mount')",
    )


def test_uses_system_calls_of_another_table(sandbox):
    if os.uname().machine != "x86_64":
        pytest.skip("there is no other table")
    # int 0x80 with eax = 20 (getpid of the 32-bit table)
    (result,) = run(
        sandbox,
        "import ctypes, mmap\ncode = mmap.mmap(-1, 4096, prot=7)\ncode.write(b'\\xb8\\x14\\0\\0\\0\\xcd\\x80\\xc3')\n"
        "call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))\nprint('GOT', call())",
    )
    assert result.error.kind == "killed"
    healthy(sandbox)


# Time


def test_loops_for_ever(sandbox):
    results = run(sandbox, "while True: pass", "print('after')")
    assert results[0].error.kind == "time"
    assert results[0].limit == "time"
    assert printed(results[1]) == "after\n"
    healthy(sandbox)


LOOPS_SHRUGGING = (
    "import signal\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
    "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
)


def test_loops_for_ever_and_shrugs_off_interrupts(sandbox):
    results = run(sandbox, "print('before')", LOOPS_SHRUGGING, "print('after')")
    assert printed(results[0]) == "before\n"
    assert results[1].error.kind == "time" and "did not stop" in results[1].error.message
    assert results[2].error.kind == "time" and results[2].error.message.startswith("not executed")
    healthy(sandbox)


def test_sleeps_for_ever_in_a_child_process(sandbox):
    results = run(sandbox, "!sleep 1000", "print('after')")
    assert results[0].error is not None
    healthy(sandbox)


def test_stops_itself(sandbox):
    # As process 1 of its namespace it is out of its own signals' reach; a process it makes is not.
    results = run(sandbox, "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nprint('on')")
    assert printed(results[0]) == "on\n"
    results = run(sandbox, "import os\nif (child := os.fork()) == 0: os.kill(os.getpid(), 19)\nos.waitpid(child, 0)")
    assert results[0].error.kind == "time"
    healthy(sandbox)


def test_burns_processor_time_with_many_processes(sandbox):
    results = run(sandbox, "import os\nfor _ in range(8):\n    if os.fork() == 0:\n        while True: pass\n")
    assert results[0].error is None or results[0].error.kind in ("time", "killed")
    healthy(sandbox)


def test_a_function_that_loops_costs_its_calls_and_no_others(sandbox):
    with sandbox.session() as session:
        session.execute(["def slow(x):\n    while True: pass", "def quick(x):\n    return x + 1"])
        outcomes = session.code().run([Step("slow", (1,)), Step("slow", (2,)), Step("quick", (1,))])
    assert [o.error.kind if o.error else o.value for o in outcomes] == ["time", "time", 2]


def test_a_function_that_hangs_for_good_is_killed(sandbox):
    with sandbox.session() as session:
        body = LOOPS_SHRUGGING.replace("\n", "\n    ")
        session.execute([f"def slow(x):\n    {body}", "def quick(x):\n    return x + 1"])
        outcomes = session.code().run([Step("quick", (1,)), Step("slow", (1,)), Step("quick", (1,))])
        later = session.code().run([Step("quick", (1,))])
    assert outcomes[0].value == 2
    assert [o.error.kind for o in [*outcomes[1:], *later]] == ["time"] * 3
    healthy(sandbox)


# Memory, processes, disk, output


def test_allocates_without_end(sandbox):
    results = run(sandbox, "x = []\nwhile True: x.append(bytearray(10**7))", "del x\nprint('after')")
    assert results[0].error.kind == "memory"
    assert results[0].limit == "memory"
    healthy(sandbox)


def test_allocates_in_many_processes(bubblewrap):
    with Sandbox(replace(SMALL, cell_seconds=20.0)) as sandbox:
        results = run(
            sandbox,
            "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n        x = bytearray(100 * 2**20)\n"
            "        for i in range(0, len(x), 4096): x[i] = 1\n        time.sleep(100)\ntime.sleep(15)",
        )
        assert results[0].error.kind == "memory"
        healthy(sandbox)


def test_fork_bomb(sandbox):
    results = run(sandbox, "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass")
    assert results[0].error is not None
    healthy(sandbox)


def test_fork_bomb_in_the_shell(sandbox):
    run(sandbox, "import subprocess\nsubprocess.Popen(['sh', '-c', 'b() { b | b & }; b; sleep 0.3'])")
    healthy(sandbox)


def test_starts_no_more_processes_than_allowed(sandbox, small_limits):
    (result,) = run(
        sandbox,
        "import os, time\nmade = 0\ntry:\n    while True:\n        if os.fork() == 0:\n            time.sleep(100); os._exit(0)\n"
        "        made += 1\nexcept OSError: pass\nprint(made)",
    )
    assert result.limit == "processes" or int(printed(result)) <= small_limits.processes
    healthy(sandbox)


def test_threads_without_end(sandbox):
    run(
        sandbox,
        "import threading, time\nwhile True:\n    try: threading.Thread(target=time.sleep, args=(100,), daemon=True).start()\n"
        "    except RuntimeError: break",
    )
    healthy(sandbox)


@pytest.mark.parametrize("folder", ["/tmp", ".", "/dev/shm"])
def test_fills_the_disk(sandbox, folder):
    (result,) = run(
        sandbox,
        f"for i in range(1000):\n    with open(f'{folder}/{{i}}', 'wb') as f: f.write(bytes(4 * 2**20))",
    )
    assert result.error is not None
    healthy(sandbox)


def test_writes_one_huge_file(sandbox):
    (result,) = run(sandbox, "with open('big', 'wb') as f:\n    while True: f.write(bytes(2**20))")
    assert result.error is not None
    healthy(sandbox)


def test_makes_files_without_end(sandbox):
    run(sandbox, "import time\ni = 0\nwhile True:\n    open(f'{i}', 'w').close(); i += 1")
    healthy(sandbox)


def test_makes_folders_within_folders(sandbox):
    run(sandbox, "import os\nfor _ in range(900):\n    os.mkdir('d'); os.chdir('d')")
    healthy(sandbox)


def test_forbids_its_folder_to_be_swept(sandbox):
    run(
        sandbox,
        "import os\nos.makedirs('/tmp/a/b'); open('/tmp/a/b/c', 'w').write('x'); os.chmod('/tmp/a/b', 0); os.chmod('/tmp/a', 0)",
    )
    healthy(sandbox)
    (result,) = run(sandbox, "import os\nprint(os.path.exists('/tmp/a'))")
    assert printed(result) == "False\n"


def test_prints_a_hundred_megabytes(sandbox, small_limits):
    before = _resident()
    results = run(sandbox, "print('x' * 100_000_000)", "for _ in range(20_000): print('y' * 1000)", "print('after')")
    assert all(r.limit == "output" and r.error is None for r in results[:2])
    assert all(len(printed(r)) <= small_limits.cell_output_bytes + 200 for r in results)
    assert printed(results[2]) == "after\n"
    assert _resident() - before < 50 * 2**20


def test_takes_the_bound_off_its_own_output(sandbox, small_limits):
    before = _resident()
    unbound = (
        "from autograder.sandbox.inside.cells import Collector\n"
        "Collector._spend = lambda *a: True; Collector._spend_text = lambda self, text: text"
    )
    kept = len(printed(run(sandbox, unbound, "print('x' * 100_000_000)")[1]))
    results = run(sandbox, unbound, *["print('x' * 300_000)"] * 50)
    kept += sum(len(printed(result)) for result in results)
    assert kept < small_limits.notebook_output_bytes + 2**19
    assert results[-1].limit == "output"
    assert _resident() - before < 50 * 2**20
    healthy(sandbox)


def test_returns_a_large_value_at_every_call(sandbox):
    before = _resident()
    with sandbox.session() as session:
        session.execute(["import numpy as np\ndef f(): return np.zeros(2**20)\ndef g(): return [0.5] * 150_000"])
        outcomes = session.code().run([Step("f")] * 40 + [Step("g")] * 40)
    assert outcomes[0].value is not None
    assert outcomes[-1].error.kind == "size"
    assert _resident() - before < 150 * 2**20


def test_displays_without_end(sandbox):
    (result,) = run(
        sandbox,
        "from IPython.display import display, HTML\nfor _ in range(5_000): display(HTML('x' * 100))",
    )
    assert result.limit == "output"
    assert len(result.outputs) <= 1001


def test_prints_to_the_real_descriptors(sandbox, capfd):
    run(
        sandbox,
        "import os\nfor fd in (0, 1, 2):\n    try: os.write(fd, b'leak' * 1000)\n    except OSError: pass",
        "!echo leak >&2",
    )
    assert "leak" not in "".join(capfd.readouterr())


def test_returns_a_huge_value(sandbox):
    before = _resident()
    with sandbox.session() as session:
        session.execute(
            ["import numpy as np\ndef huge(n):\n    return np.zeros((n, 2**20))\ndef many(n):\n    return [0] * n"]
        )
        outcomes = session.code().run([Step("huge", (10,)), Step("many", (10**6,)), Step("many", (3,))])
    assert [o.error.kind if o.error else o.value for o in outcomes] == ["size", "size", [0, 0, 0]]
    assert _resident() - before < 50 * 2**20


def test_recurses_for_ever(sandbox, bubblewrap, small_limits):
    # IPython takes more than a second to print a thousand frames, on a busy machine several.
    with Sandbox(replace(small_limits, cell_seconds=10.0, cell_cpu_seconds=10.0)) as patient:
        results = run(patient, "def f(): return f()\nf()", "print('after')")
    assert results[0].error.type == "RecursionError"
    assert printed(results[1]) == "after\n"
    run(
        sandbox,
        "import sys\nsys.setrecursionlimit(10**9)\nf = lambda x: [f(x)]\nclass A:\n    def __repr__(self): return repr(self)\nrepr(A())",
    )
    healthy(sandbox)


def test_returns_itself_within_itself(sandbox):
    with sandbox.session() as session:
        session.execute(["def f():\n    x = []\n    x.append(x)\n    return x"])
        (outcome,) = session.code().run([Step("f")])
    assert outcome.error is None or outcome.error.kind == "size"


# Lies


@pytest.mark.parametrize(
    "how", ["os._exit(0)", "os._exit(3)", "os.abort()", "import ctypes; ctypes.string_at(0)", "os.close(3)"]
)
def test_ends_itself(sandbox, how):
    results = run(sandbox, "print('before')", f"import os\n{how}", "print('after')")
    assert printed(results[0]) == "before\n"
    assert results[1].error.kind in ("killed", "time") and results[1].error.message
    assert results[2].error.message.startswith("not executed")
    healthy(sandbox)


@pytest.mark.parametrize(
    "how", ["exit()", "quit()", "import sys; sys.exit(1)", "raise SystemExit", "raise KeyboardInterrupt"]
)
def test_asks_to_exit(sandbox, how):
    results = run(sandbox, how, "print('after')")
    assert printed(results[1]) == "after\n"


FORGERIES = {
    "noise": "b'\\x00\\x01' * 5000",
    "a huge length": "b'\\xff' * 8",
    "half a message": "b'\\x00\\x00\\x00\\x10\\x00\\x00\\x00\\x00abc'",
    "a pickle": "b'\\x00\\x00\\x00\\x05\\x00\\x00\\x00\\x00' + b'\\x80\\x04K\\x01.'",
    "nothing in it": "b'\\x00' * 8",
    "deep nesting": "b'\\x00\\x00\\x4e\\x20\\x00\\x00\\x00\\x00' + b'\\x91' * 20000",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_sends_forged_bytes_on_the_channel(sandbox, forgery):
    results = run(sandbox, f"import os\nos.write(3, {FORGERIES[forgery]})\nprint('sent')", "print('after')")
    assert any(r.error is not None for r in results)
    assert all(r.error is None or r.error.kind in ("killed", "time") for r in results)
    healthy(sandbox)


def test_forges_an_answer_ahead_of_the_question(sandbox):
    cell = (
        "import os, sys\nfrom autograder.sandbox.inside.wire import encode\n"
        "frame = encode({'value': object and 99.0, 'error': None, 'modified': (), 'seconds': -1e300}, 2**20)\n"
        "def f(x):\n    os.write(3, frame)\n    return x"
    )
    with sandbox.session() as session:
        session.execute([cell])
        outcomes = session.code().run([Step("f", (1.0,)), Step("f", (2.0,))])
    assert len(outcomes) == 2
    assert all(o.seconds >= 0 for o in outcomes)
    healthy(sandbox)


def test_sends_without_end(sandbox):
    before = _resident()
    results = run(
        sandbox,
        "import os\nwhile True: os.write(3, b'\\x00\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\xc0' * 10000)",
        "1",
        "2",
    )
    assert all(type(r.outputs) is list for r in results)
    assert _resident() - before < 50 * 2**20
    healthy(sandbox)


def test_reads_what_the_judge_will_ask_from_the_channel(sandbox):
    results = run(
        sandbox,
        "import os\nos.set_blocking(3, False)\ntry: print('GOT', os.read(3, 100))\nexcept BlockingIOError: print('none')",
    )
    assert printed(results[0]) == "none\n"


def test_returns_objects_that_lie(sandbox):
    cell = (
        "import numpy as np\n"
        "class Liar(np.ndarray):\n    def __eq__(self, other): return True\n    def __array__(self, *a, **k): raise SystemExit\n"
        "    shape = property(lambda self: (3, 3))\n    nbytes = 0\n"
        "class Number(float):\n    __eq__ = lambda self, other: True\n    __hash__ = None\n"
        "class Text(str):\n    __class__ = property(lambda self: float)\n"
        "def array(): return np.zeros((2, 2)).view(Liar)\ndef number(): return Number(1)\ndef text(): return Text('x')\n"
        "def objects(): return np.array([object()])\ndef error():\n    class E(Exception):\n        def __str__(self): return Text('evil')\n    raise E"
    )
    with sandbox.session() as session:
        session.execute([cell])
        names = ["array", "number", "text", "objects", "error"]
        outcomes = session.code().run([Step(name) for name in names])
    for outcome in outcomes:
        assert type(outcome.value) in (type(None), np.ndarray, float, str) or type(outcome.value).__name__ == "Opaque"
    healthy(sandbox)


def test_drops_lines_with_an_input_transformer(sandbox):
    with sandbox.session() as session:
        results = session.execute(
            [
                "get_ipython().input_transformers_cleanup.append(lambda lines: [l for l in lines if 'raise' not in l])",
                "def f(x):\n    raise ValueError\n    return x",
            ]
        )
        (outcome,) = session.code().run([Step("f", (1.0,))])
    assert all(r.error is None for r in results)
    assert outcome.value == 1.0  # its own loss or gain: the judge decides on values, and checks none of its own here
    healthy(sandbox)


def test_shadows_a_module_with_a_shipped_file(sandbox, tmp_path):
    (tmp_path / "numpy.py").write_text("raise SystemExit('shadowed')")
    (tmp_path / "msgpack.py").write_text("raise SystemExit('shadowed')")
    (result,) = run(sandbox, "import numpy\nprint(numpy.add(1, 1))", files=tmp_path)
    assert printed(result) == "2\n"


# Nothing is left of it


def test_no_process_and_no_file_is_left_after_the_run(bubblewrap, small_limits, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # a place of its own: other tests make and clear theirs meanwhile
    monkeypatch.setattr(tempfile, "tempdir", None)
    with Sandbox(small_limits) as sandbox:
        run(
            sandbox,
            "import subprocess\nfor _ in range(5): subprocess.Popen(['sleep', '4711'], start_new_session=True)",
        )
    time.sleep(0.2)
    assert "sleep 4711" not in command_lines()
    assert not os.listdir(tmp_path)


def test_several_sandboxes_at_once(bubblewrap, small_limits):
    results = {}

    def grade(number):
        with Sandbox(small_limits) as sandbox:
            cells = ["while True: pass"] if number == 0 else [f"print({number})"]
            results[number] = run(sandbox, *cells)

    threads = [threading.Thread(target=grade, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results[0][0].error.kind == "time"
    assert [printed(results[n][0]) for n in (1, 2)] == ["1\n", "2\n"]


def test_a_sandbox_outlives_the_thread_that_started_it():
    need_program("bwrap", "bubblewrap")
    sandbox = Sandbox(SMALL)
    thread = threading.Thread(target=sandbox.start)
    thread.start()
    thread.join()
    worker = sandbox._workers[False]
    with sandbox:
        time.sleep(0.3)
        assert printed(run(sandbox, "6 * 7")[0]) == "42"
        assert sandbox._workers[False] is worker


def test_answers_the_judge_one_call_at_a_time_and_slowly(bubblewrap):
    limits = replace(SMALL, call_seconds=0.5, calls_seconds=1.0, grace_seconds=0.3)
    with Sandbox(limits) as sandbox, sandbox.session() as session:
        session.execute(["import time\nfor name in 'abcdefghijkl':\n    globals()[name] = lambda: time.sleep(0.4)"])
        outcomes = session.code().run([Step(name) for name in "abcdefghijkl"])
        assert session.code().run([Step("a")])[0].error.kind == "time"
    assert outcomes[0].error is None
    assert outcomes[-1].error.kind == "time"


def _resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
