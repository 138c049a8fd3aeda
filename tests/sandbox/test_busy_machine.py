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

from autograder.sandbox import Sandbox
from autograder.sandbox import session as module
from autograder.sandbox.inside import limits
from autograder.sandbox.inside.limits import MOST_PATIENCE, patience
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
        patch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
        patch.setattr(limits, "_running", lambda: one)
        first = patience()
        patch.setattr(limits, "_running", lambda: other)
        assert 1.0 <= first <= MOST_PATIENCE
        assert first == 1.0 or one > 2.0
        assert (first <= patience()) or other < one


@pytest.mark.skipif(sys.platform != "linux", reason="the system tells what runs in its own way")
def test_what_runs_now_is_seen_at_once():
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    try:
        seen = 0.0
        for _ in range(200):  # one that has just begun, or waits for its file, does not run yet
            seen = max(seen, limits._running())
            if seen >= 3:
                break
            time.sleep(0.05)
        assert seen >= 3
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


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
