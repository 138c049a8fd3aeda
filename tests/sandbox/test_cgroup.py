"""Where the kernel lets a control group be made, a worker lives in one."""

import subprocess
import sys
from dataclasses import replace

import pytest
from conftest import need_program

from autograder.sandbox import Limits, Sandbox
from autograder.sandbox.cgroup import WORKER_PROCESSES, control_group

SMALL = replace(Limits(), memory_bytes=2**20, disk_bytes=2**20, processes=4)


@pytest.fixture
def group():
    found = control_group(SMALL)
    if found is None:
        pytest.skip("no control group can be made here: it takes root, or a group that was handed over")
    yield found
    found.remove()
    assert not any(folder.exists() for folder in found._folders)


def run(group, text):
    return subprocess.run(group.entered([sys.executable, "-c", text]), capture_output=True, text=True, timeout=60)


def bounds(group, *files):
    return any((folder / name).exists() for folder in group._folders for name in files)


def test_what_takes_too_much_memory_is_ended_and_told(group):
    if not bounds(group, "memory.max", "memory.limit_in_bytes"):
        pytest.skip("memory is not among the groups that can be made here")
    assert run(group, "print(len(bytearray(2**20)))").stdout == "1048576\n"
    assert group.out_of_memory() == 0
    assert run(group, "a = b'x' * 2**31; print(len(a))").returncode != 0
    assert group.out_of_memory() >= 1


def test_processes_past_the_bound_are_not_made(group):
    if not bounds(group, "pids.max"):
        pytest.skip("processes are not among the groups that can be made here")
    most = SMALL.processes + WORKER_PROCESSES
    forks = f"import os\nfor i in range({most} + 5):\n    if os.fork() == 0: os.read(0, 1); os._exit(0)\n"
    ended = subprocess.run(
        group.entered([sys.executable, "-c", forks]), capture_output=True, text=True, timeout=60, input=""
    )
    assert "BlockingIOError" in ended.stderr


def test_a_worker_is_in_its_group_and_the_group_goes_with_it(group):
    need_program("bwrap", "bubblewrap")
    with Sandbox() as sandbox, sandbox.session() as session:
        assert session.execute(["1"])[0].error is None
        (worker,) = sandbox._workers.values()
        folders = worker._group._folders
        assert all((folder / "cgroup.procs").read_text().split() for folder in folders)
    assert not any(folder.exists() for folder in folders)
