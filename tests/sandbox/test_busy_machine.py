"""Where more runs than there are processors, a limit on time costs nobody a right answer."""

import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandboxes import SMALL

from autograder.sandbox import Sandbox, cgroup
from autograder.sandbox import patience as busy
from autograder.sandbox import session as module
from autograder.sandbox.patience import MOST_PATIENCE, patience
from autograder.student.steps import Step

LIMITS = replace(SMALL, cell_seconds=0.4, call_seconds=0.4, grace_seconds=0.3)
# A process that waits for its turn uses no processor time; one that sleeps does not, either.
CELLS = [
    "import time\ndef waits(x):\n    time.sleep(0.8)\n    return x",
    "def loops(x):\n    while True:\n        pass",
    "time.sleep(0.8)\nafter = 1",
]


@given(st.floats(0.0, 1e4), st.floats(0.0, 1e4))
def test_patience_grows_with_what_runs_and_has_an_end(one, other):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(busy, "processors", lambda: 2.0)
        patch.setattr(busy, "_running", lambda: one)
        first = patience()
        patch.setattr(busy, "_running", lambda: other)
        assert 1.0 <= first <= MOST_PATIENCE
        assert first == 1.0 or one > 2.0
        assert (first <= patience()) or other < one


@pytest.mark.skipif(sys.platform != "linux", reason="the system tells what runs in its own way")
def test_what_runs_now_is_seen_at_once():
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    try:
        seen = 0.0
        for _ in range(200):  # one that has just begun, or waits for its file, does not run yet
            seen = max(seen, busy._running())
            if seen >= 3:
                break
            time.sleep(0.05)
        assert seen >= 3
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


@pytest.mark.parametrize(
    ("files", "share"),
    [
        ({"cpu.max": "50000 100000\n"}, 0.5),
        ({"cpu.max": "max 100000\n"}, 64.0),
        ({"cpu.cfs_quota_us": "150000\n", "cpu.cfs_period_us": "100000\n"}, 1.5),
        ({"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"}, 64.0),
        ({"cpu.max": "what is this\n"}, 64.0),
        ({}, 64.0),
    ],
)
def test_a_container_has_the_processors_of_its_quota(monkeypatch, tmp_path, files, share):
    inner = tmp_path / "box" / "inner"
    inner.mkdir(parents=True)
    for name, text in files.items():  # of the group around
        (tmp_path / "box" / name).write_text(text)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    monkeypatch.setattr(cgroup, "_own_groups", lambda wanted: [(2, tmp_path, "box/inner")])
    assert cgroup.processors.__wrapped__() == share


@pytest.mark.parametrize(("times", "lost"), [(1.0, True), (4.0, False)])
def test_what_waits_for_its_turn_is_given_the_time_and_what_loops_is_not(monkeypatch, times, lost):
    monkeypatch.setattr(module, "patience", lambda: times)
    with Sandbox(LIMITS, "process") as sandbox, sandbox.session() as session:
        *_, late = session.execute(CELLS)
        waited, looped = session.code().run([Step("waits", (1.0,)), Step("loops", (1.0,))])
    assert (late.limit == "time") is lost
    assert waited.late is lost and (waited.value == 1.0) is not lost
    assert (
        looped.late and str(looped.error.message) == "stopped after 0.4 seconds, the limit for one call (call_seconds)"
    )
