"""A control group around a worker, where the kernel lets one be made: it bounds memory and processes without a gap.

Version 2 of control groups needs a group that was handed over (a container, root, or `systemd-run --user --scope -p
Delegate=yes`); version 1 needs root. Elsewhere there is none, and the worker's own looks at its memory have to do.
Source: the kernel's documentation, admin-guide/cgroup-v1 and admin-guide/cgroup-v2.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from autograder.sandbox.inside.limits import Limits, MiB

# A worker's own: Python, NumPy and matplotlib, two bubblewraps, and what the kernel keeps for them.
WORKER_BYTES = 512 * MiB
WORKER_PROCESSES = 32
OURS = "autograder"
REMOVE_SECONDS = 2.0
# By its version: what bounds memory, swap and processes, each written where the file is there.
_FILES = {1: ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"), 2: ("memory.max", "memory.swap.max")}
_numbers = itertools.count()


class ControlGroup:
    """The folders of one worker's group: one in version 2, one for each controller in version 1."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders

    def entered(self, command: list[str]) -> list[str]:
        """The command, run by a shell that first puts itself into the group: what it starts is in it from birth."""
        files = [str(folder / "cgroup.procs") for folder in self._folders]
        enter = 'while [ "$1" != -- ]; do echo 0 >"$1" || exit 126; shift; done; shift; exec "$@"'
        return ["/bin/sh", "-c", enter, "enter", *files, "--", *command]

    def out_of_memory(self) -> int:
        """How often the kernel has ended a process in the group because memory ran out."""
        for folder in self._folders:
            for name in ("memory.events", "memory.oom_control"):
                with contextlib.suppress(OSError, ValueError):
                    words = dict(line.split() for line in (folder / name).read_text().splitlines())
                    return int(words.get("oom_kill", 0))
        return 0

    def remove(self) -> None:
        """Take the group away, as soon as the last process in it is gone."""
        deadline = time.monotonic() + REMOVE_SECONDS
        for folder in self._folders:
            while True:
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        break
                    time.sleep(0.005)
                else:
                    break


def control_group(limits: Limits) -> ControlGroup | None:
    """A new group with room for one worker and one session within `limits`; None where none can be made."""
    folders: list[Path] = []
    try:
        for version, parent in _parents():
            folder = parent / f"{OURS}-{os.getpid()}-{next(_numbers)}"
            folder.mkdir()
            folders.append(folder)
            _bound(folder, version, limits)
    except OSError:
        ControlGroup(folders).remove()
        return None
    return ControlGroup(folders) if folders else None


def take_over() -> None:
    """Take over the group of version 2 that this process is in, if it was handed over and nobody else is in it.

    The processes that it starts are then born beside the groups they make. Once they are there, it is too late.
    """
    with contextlib.suppress(OSError):
        _parents()


def _bound(folder: Path, version: int, limits: Limits) -> None:
    room = limits.memory_bytes + 2 * limits.disk_bytes + WORKER_BYTES
    most = {_FILES[version][0]: room, _FILES[version][1]: room if version == 1 else 0}
    most["pids.max"] = limits.processes + WORKER_PROCESSES
    found = [name for name in most if (folder / name).exists()]
    if not found:
        raise OSError(f"{folder} bounds neither memory nor processes")
    for name in found:
        (folder / name).write_text(str(most[name]))


def _parents() -> list[tuple[int, Path]]:
    """The folders in which groups for workers are made, each with its version."""
    found = []
    for version, mounted, path in _own_groups({"memory", "pids"}):
        folder = mounted / path if version == 1 else _handed_over(mounted / path)
        if folder is not None:
            found.append((version, folder))
    for _, folder in found:
        _sweep(folder)
    return found


def _own_groups(wanted: set[str]) -> Iterator[tuple[int, Path, str]]:
    """The groups that this process is in and that may hold a controller that is wanted: their version, where their
    kind is mounted, and their path below it."""
    own = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        own[controllers] = path.lstrip("/")
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        mounted, kind, options = Path(before.split()[4]), after.split()[0], after.split()[-1].split(",")
        if kind == "cgroup2" and "" in own:
            yield 2, mounted, own[""]
        elif kind == "cgroup" and (here := wanted.intersection(options)):
            yield from [(1, mounted, path) for names, path in own.items() if here & set(names.split(","))][:1]


@cache
def processors() -> float:
    """How many processors this process might use when it was first asked: a container has a share of those that there
    are, as a quota of its group or of one around it."""
    there = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    with contextlib.suppress(OSError, ValueError):  # no control groups here
        for _, mounted, path in _own_groups({"cpu"}):
            group = mounted / path
            for folder in (group, *(parent for parent in group.parents if parent.is_relative_to(mounted))):
                there = min(there, _quota(folder))
    return there


def _quota(folder: Path) -> float:
    """The processors that a group may use; infinity where it has no quota."""
    with contextlib.suppress(OSError, ValueError):
        most, period = (folder / "cpu.max").read_text().split()
        return float(most) / float(period)  # "max" is no number
    with contextlib.suppress(OSError, ValueError):
        most, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        if float(most) > 0:
            return float(most) / float(period)
    return math.inf


def _handed_over(folder: Path) -> Path | None:
    """The group of version 2 in which others can be made, if this one is such a group.

    A group with others in it holds no processes of its own, but for the machine's first (which has no type): so this
    process goes into a group beside them, the first time.
    """
    if folder.name == OURS:
        folder = folder.parent
    wanted = {"memory", "pids"}.intersection((folder / "cgroup.controllers").read_text().split())
    if not wanted:
        return None
    if not wanted <= set((folder / "cgroup.subtree_control").read_text().split()):
        if (folder / "cgroup.type").exists():
            if (folder / "cgroup.procs").read_text().split() != [str(os.getpid())]:
                return None  # others' processes stay where they are
            home = folder / OURS
            home.mkdir(exist_ok=True)
            (home / "cgroup.procs").write_text("0")
        (folder / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in sorted(wanted)))
    return folder


def _sweep(folder: Path) -> None:
    """Take away what a grader that was killed left behind."""
    for left in folder.glob(f"{OURS}-*-*"):
        with contextlib.suppress(OSError, ValueError):
            if not Path("/proc", str(int(left.name.split("-")[1]))).exists():
                left.rmdir()
