# ruff: noqa: E501 - cells are quoted as a student would write them
"""The trusted side: what it refuses, how long it waits, what it believes, and who may run it."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from conftest import need_program
from hypothesis import given, settings
from hypothesis import strategies as st
from ordinary_user import as_ordinary_user
from sandboxes import SMALL, command_lines, printed, run

from autograder.sandbox import CellResult, Limits, Sandbox, SandboxUnavailable, bubblewrap
from autograder.sandbox.results import cell_result, outcome
from autograder.student.steps import Outcome, Step
from autograder.student.time_limit import Clock, OutOfTime

ROOT = Path(__file__).resolve().parents[2]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=4), inner)
    ),
    max_leaves=10,
)
words = st.sampled_from(
    ["stream", "error", "display_data", "execute_result", "stdout", "text/html", "application/json"]
)
hostile_output = st.dictionaries(
    st.sampled_from(
        ["output_type", "name", "text", "data", "metadata", "ename", "evalue", "traceback", "execution_count"]
    ),
    words | anything | st.dictionaries(words | st.text(max_size=20), anything, max_size=3),
)
hostile_error = st.dictionaries(
    st.sampled_from(["kind", "type", "message", "line", "line_number"]),
    st.sampled_from(["killed", "time"]) | anything,
)


@settings(deadline=None)  # the first of them loads nbformat's schema
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "outputs": st.lists(hostile_output) | anything,
            "count": anything,
            "error": hostile_error,
            "cut": anything,
        },
    )
    | anything
)
def test_whatever_a_child_answers_a_cell_result_is_a_valid_notebook_output(answer):
    result = cell_result(answer)
    assert type(result) is CellResult
    assert result.error is None or result.error.kind in ("exception", "undefined", "time", "memory", "size")
    cell = nbformat.v4.new_code_cell("", outputs=[nbformat.from_dict(o) for o in result.outputs])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.validate(notebook)
    json.loads(json.dumps(notebook, allow_nan=False).encode("utf-8"))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "value": anything,
            "error": st.none() | hostile_error | anything,
            "modified": anything,
            "seconds": anything,
        },
    )
    | anything
)
def test_whatever_a_child_answers_an_outcome_has_honest_fields(answer):
    result = outcome(answer, arguments=2, longest=3.0)
    assert type(result) is Outcome
    assert 0.0 <= result.seconds <= 3.0
    assert set(result.modified) <= {0, 1}
    assert result.error is None or (type(result.error.message) is str and len(result.error.message) <= 1000)
    assert result.error is None or result.value is None


# Limits and refusals


@pytest.mark.parametrize("wrong", [{"cell_seconds": 0}, {"memory_bytes": -1}, {"processes": "many"}, {"files": True}])
def test_a_wrong_limit_is_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Limits(**wrong)


def test_an_unknown_isolation_is_named():
    with pytest.raises(ValueError, match="docker"):
        Sandbox(isolation="docker")


def test_without_bubblewrap_it_refuses_and_says_how_to_install_it(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(SandboxUnavailable, match="apt-get install bubblewrap"), Sandbox(SMALL):
        pass


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_on_another_system_it_refuses_and_says_the_way_out(monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(SandboxUnavailable, match="Dockerfile.* or virtual machine"), Sandbox(SMALL):
        pass


@pytest.mark.parametrize(
    ("complaint", "answer"),
    [
        ("bwrap: No permissions to create new namespace", "may not make namespaces"),
        ("bwrap: setting up uid map: Permission denied", "may not make namespaces"),
        ("bwrap: Unknown option --disable-userns", "0.8 or newer"),
        ("ModuleNotFoundError: No module named 'IPython'", "IPython"),
    ],
)
def test_when_bubblewrap_fails_it_says_why_and_what_to_do(monkeypatch, tmp_path, complaint, answer):
    if sys.platform != "linux":
        pytest.skip("bubblewrap is Linux's")
    fake = tmp_path / "bwrap"
    fake.write_text(f'#!/bin/sh\necho "{complaint}" >&2\nexit 1\n')
    fake.chmod(0o755)
    monkeypatch.setattr(bubblewrap, "find", lambda: str(fake))
    with pytest.raises(SandboxUnavailable, match=answer), Sandbox(SMALL):
        pass


def test_two_sessions_of_one_sandbox_do_not_overlap():
    with (
        Sandbox(SMALL, "process") as sandbox,
        sandbox.session(),
        pytest.raises(RuntimeError, match="another Sandbox"),
        sandbox.session(),
    ):
        pass


def test_the_time_for_the_whole_notebook_ends():
    limits = Limits(cell_seconds=1.0, notebook_seconds=1.2, grace_seconds=0.5)
    with Sandbox(limits, "process") as sandbox, sandbox.session() as session:
        results = session.execute(["def f(): return 1", *["while True: pass"] * 3, "print('late')"])
        assert [r.error and r.error.kind for r in results] == [None, "time", "time", "time", "time"]
        assert "not executed" in results[-1].error.message
        assert session.code().run([Step("f")])[0].value == 1


def test_names_asked_for_with_the_cells_are_as_the_cells_left_them():
    with Sandbox(SMALL, "process") as sandbox, sandbox.session() as session:
        session.execute(["def f(): return 1", "g = 2"], asked=["f", "g", "h"])
        code = session.code(["f"])
        assert [code.defined(name) for name in "fgh"] == [True, False, False]
        assert code.run([Step("f")])[0].value == 1
        session.execute(["del f\ndef h(): return 3"])
        code = session.code(["f", "h"])
        assert [code.defined(name) for name in "fgh"] == [False, False, True]
        results = session.execute(["import os\nos._exit(1)"], asked=["h"])
        assert results[0].error is not None
        assert not session.code(["h"]).defined("h")


def test_with_no_time_left_for_calls_cells_are_executed_and_nothing_is_asked():
    limits = Limits(call_seconds=0.3, calls_seconds=0.3)
    with Sandbox(limits, "process") as sandbox, sandbox.session() as session:
        session.execute(["import time\ndef f(): time.sleep(0.5)"])
        session.code().run([Step("f")])
        for number in range(2):
            (result,) = session.execute([f"print({number})"], asked=["f"])
            assert printed(result) == f"{number}\n"
        assert not session.code(["f"]).defined("f")


def test_a_closed_session_answers_with_errors():
    with Sandbox(SMALL, "process") as sandbox:
        with sandbox.session() as session:
            code = session.code()
        assert session.execute(["1"])[0].error.kind == "killed"
        assert code.run([Step("f")])[0].error.kind == "killed"
        assert not code.defined("f")


def test_an_interrupt_of_the_grader_ends_the_session_and_the_sandbox_goes_on():
    def interrupt(*_):
        raise KeyboardInterrupt

    with Sandbox(SMALL, "process") as sandbox:
        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.4)
            with pytest.raises(KeyboardInterrupt), sandbox.session() as session:
                session.execute(["import time\ntime.sleep(1.5)"])
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert printed(run(sandbox, "6 * 7")[0]) == "42"


# Limits only


@pytest.mark.parametrize("fork", [True, False])
@pytest.mark.slow
def test_with_limits_only_a_hostile_notebook_still_ends(fork):
    with Sandbox(SMALL, "process", fork=fork) as sandbox:
        for cell in (
            "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nsignal.signal(signal.SIGPROF, signal.SIG_IGN)\nwhile True: pass",
            "import os\nos._exit(3)",
            "import os\nos.write(3, b'x' * 10_000)\nos.kill(os.getpid(), 9)",
            "x = bytearray(2 * 2**30)",
        ):
            results = run(sandbox, cell, "1")
            assert results[0].error is not None, cell
        assert printed(run(sandbox, "6 * 7")[0]) == "42"


def test_with_limits_only_no_process_and_no_file_is_left():
    with Sandbox(SMALL, "process") as sandbox:
        with sandbox.session() as session:
            (result,) = session.execute(
                [
                    "import os, subprocess\nsubprocess.Popen(['sleep', '4712'], start_new_session=True)\nprint(os.getcwd())"
                ]
            )
            folder = Path(printed(result).strip())
            assert folder.is_dir()
        assert not folder.exists()
    assert "sleep 4712" not in command_lines()
    assert not folder.parent.exists()


def test_where_there_are_no_interval_timers_a_loop_is_still_interrupted(monkeypatch):
    monkeypatch.delattr(signal, "setitimer")
    timer = Clock(signals=True)
    with pytest.raises(OutOfTime), timer.limit(0.2, "a limit"):
        while True:
            pass
    timer.start(0.05, 0.05, "a limit")
    timer.stop()
    time.sleep(0.1)


# Who runs it

GRADE = """
import sys, json, os
sys.path.insert(0, {root!r}); sys.path.insert(0, {tests!r})
from sandboxes import SMALL, command_lines, printed, run
from autograder.student.steps import Step
from autograder.sandbox import Sandbox
with Sandbox(SMALL) as sandbox:
    first = run(sandbox, "import os\\nprint(os.getuid())", "import os\\nwhile True:\\n    try: os.fork()\\n    except OSError: pass")
    second = run(sandbox, "6 * 7")
print(json.dumps([os.getuid(), printed(first[0]), first[1].error is not None, printed(second[0])]))
"""


def test_an_ordinary_user_may_grade_and_a_fork_bomb_is_held(tmp_path):
    bwrap = need_program("bwrap", "bubblewrap")
    script = tmp_path / "grade.py"
    script.write_text(GRADE.format(root=str(ROOT), tests=str(ROOT / "tests" / "sandbox")))
    command = [sys.executable, str(script)]
    if os.geteuid() == 0:
        command = as_ordinary_user(bwrap, 23456, command, [script])
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, cwd="/")
    assert done.returncode == 0, done.stderr
    uid, inside, bomb_reported, answer = json.loads(done.stdout)
    assert uid != 0 and inside == f"{bubblewrap.NOBODY}\n"
    assert bomb_reported and answer == "42"


def test_run_by_root_the_sandbox_is_not_roots(tmp_path):
    need_program("bwrap", "bubblewrap")
    if os.geteuid() != 0:
        pytest.skip("only root can see to that")
    with Sandbox(SMALL) as sandbox, sandbox.session() as session:
        session.execute(["1"])
        owners = {_uid(pid) for pid in _descendants(sandbox._workers[False]._process.pid) if "worker" in _line(pid)}
    assert owners == {bubblewrap.NOBODY}


def test_a_killed_grader_takes_its_sandbox_with_it(tmp_path):
    need_program("bwrap", "bubblewrap")
    code = """
        import sys, time
        sys.path.insert(0, {root!r})
        from autograder.sandbox import Sandbox
        sandbox = Sandbox(); sandbox.start()
        with sandbox.session() as session:
            session.execute(["import subprocess\\nsubprocess.Popen(['sleep', '4713'], start_new_session=True)"])
            print(sandbox._workers[False]._process.pid, flush=True)
            session.execute(["while True: pass"])
    """
    grader = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code).format(root=str(ROOT))],
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(grader.stdout.readline())
    inside = [*_descendants(pid), pid]
    grader.kill()
    grader.wait()
    grader.stdout.close()
    deadline = time.monotonic() + 10
    while any(_alive(p) for p in inside) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [_line(p) for p in inside if _alive(p)]
    assert len(inside) >= 3


def _descendants(pid):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and _parent(int(entry)) == pid:
            found += [int(entry), *_descendants(int(entry))]
    return found


def _parent(pid):
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _uid(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1])


def _line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


DEAF = "import signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\ntime.sleep(60)"


def test_what_is_killed_has_used_its_time_all_the_same(bubblewrap, monkeypatch):
    """Each process that is made in place of a killed one would have all the time again that is there for all cells."""
    monkeypatch.setattr("autograder.sandbox.session.patience", lambda: 1.0)
    limits = replace(
        SMALL, cell_seconds=0.6, grace_seconds=0.3, notebook_seconds=1.5, call_seconds=0.6, calls_seconds=1.5
    )
    with Sandbox(limits) as sandbox, sandbox.lasting_session() as session:
        results = session.execute([DEAF] * 6)
        assert sum("(notebook_seconds) were used up" in str(result.error.message) for result in results) >= 3
        assert results[0].limit == "time"
    with Sandbox(limits) as sandbox, sandbox.lasting_session() as session:
        session.execute([f"def deaf(x):\n    {DEAF.replace(chr(10), chr(10) + '    ')}"])
        late = [session.code().run([Step("deaf", (1.0,))])[0] for _ in range(5)]
        assert sum("(calls_seconds) were used up" in str(outcome.error.message) for outcome in late) >= 2
