"""Hostile and broken notebooks, all in one class, graded in one run beside honest neighbours.

None of them gains a point, changes another's grade or a file of the course, reads a secret, or leaves anything behind;
each is accounted for; and the honest ones are graded as if nobody else had been there.
"""

import hashlib
import json
import os
import socket
import time
from pathlib import Path

import pytest
from attacks import ATTACKS, BOMBS, CANARY, NAME, hand_in, hostile
from chromium import browser
from conftest import need_program
from courses import opens, released
from nbgrader.api import Gradebook

from autograder.pipeline.course import open_course
from autograder.pipeline.demo import nbgrader
from autograder.pipeline.grade import grade_assignment
from autograder.sandbox import Limits

LIMITS = Limits(cell_seconds=3, call_seconds=1, calls_seconds=6, notebook_seconds=8, cpu_seconds=15)
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("attacks")]


def student_of(attack):
    return f"a{ATTACKS.index(attack):03}"


def _fingerprint(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for part in ("submitted", "solutions", "notebooks")
        for path in sorted((folder / part).rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def _processes():
    return {p.name for p in Path("/proc").iterdir() if p.name.isdigit()}


def _orphan_or_ours(process):
    """Whether a sandbox's process descends from this one, or was left behind by its parent."""
    try:
        line = (Path("/proc") / process / "cmdline").read_bytes()
        if b"sandbox.worker" not in line and b"bwrap" not in line:
            return False
        parent = (Path("/proc") / process / "stat").read_text().rsplit(")", 1)[1].split()[1]
        if parent == "1":
            return True
        while parent not in ("0", "1"):
            if parent == str(os.getpid()):
                return True
            parent = (Path("/proc") / parent / "stat").read_text().rsplit(")", 1)[1].split()[1]
    except OSError:
        pass  # it has just ended
    return False


class Run:
    """The course after the run, and what was seen around it."""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    need_program("bwrap", "bubblewrap")
    folder = tmp_path_factory.mktemp("hostile")
    release, solution = released(folder, NAME)
    secret = folder / "home" / "secret.txt"
    secret.parent.mkdir()
    secret.write_text(CANARY)
    honest = json.loads(json.dumps(solution))
    honest["cells"].insert(1, {"cell_type": "markdown", "id": "note", "metadata": {}, "source": f"my note: {CANARY}"})
    hand_in(folder, "honest", honest)
    hand_in(folder, "zz-last", json.loads(json.dumps(solution)))
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    port = listener.getsockname()[1]
    for attack in ATTACKS:
        hand_in(folder, student_of(attack), hostile(attack, release, port))
    link = folder / "submitted" / "linker" / NAME
    link.mkdir(parents=True)
    (link / f"{NAME}.ipynb").symlink_to(folder / "solutions" / NAME / f"{NAME}.ipynb")
    (link / "secret.txt").symlink_to(secret)

    made = Run()
    made.folder, made.before = folder, _fingerprint(folder)
    processes = _processes()
    os.environ["CANARY"] = CANARY
    try:
        made.results = {r.student: r for r in grade_assignment(open_course(folder), NAME, jobs=2, limits=LIMITS)}
    finally:
        del os.environ["CANARY"]
    time.sleep(1.5)
    made.left = {process for process in _processes() - processes if _orphan_or_ours(process)}
    try:
        listener.accept()
        made.called = True
    except TimeoutError:
        made.called = False
    listener.close()
    nbgrader(folder, "generate_feedback", NAME)
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        made.scores = {s.student.id: float(s.score) for s in gradebook.assignment_submissions(NAME)}
    return made


def test_there_are_more_than_a_hundred():
    assert len(ATTACKS) > 100


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_gains_nothing_and_is_accounted_for(run, attack):
    student = student_of(attack)
    assert run.scores[student] == 0.0
    assert student in run.results


@pytest.mark.parametrize("attack", BOMBS)
def test_a_bomb_takes_no_longer_than_its_sandbox_may(run, attack):
    assert run.results[student_of(attack)].seconds < 60  # of which 15 are the limits above, the rest a busy machine's
    assert (run.folder / "feedback" / student_of(attack) / NAME / f"{NAME}.html").exists()


@pytest.mark.parametrize(
    "attack", ["loops for ever", "takes all memory", "os._exit", "empty file", "not json", "cut in half"]
)
def test_what_happened_is_told_in_words(run, attack):
    result = run.results[student_of(attack)]
    assert result.troubles or result.open, attack
    page = run.folder / "feedback" / student_of(attack) / NAME / f"{NAME}.html"
    assert page.exists()


def test_a_link_in_place_of_a_notebook_is_no_submission(run):
    assert run.scores["linker"] == 0.0


def test_the_honest_are_graded_as_if_alone(run):
    assert run.scores["honest"] == run.scores["zz-last"] == 11.0
    assert run.results["honest"].troubles == []


def test_no_file_of_the_course_was_changed(run):
    assert _fingerprint(run.folder) == run.before


def test_nothing_secret_came_out(run):
    for part in ("autograded", "feedback"):
        for path in (run.folder / part).rglob("*"):
            if path.is_file() and f"{os.sep}honest{os.sep}" not in str(path):
                text = path.read_text(encoding="utf-8", errors="replace")
                assert CANARY not in text, path
                assert "BEGIN SOLUTION" not in text or f"{os.sep}zz-last{os.sep}" in str(path), path


def test_no_script_reaches_the_feedback(run):
    page = (run.folder / "feedback" / student_of("script in the feedback") / NAME / f"{NAME}.html").read_text()
    assert "alert(1)</script>" not in page.replace("&lt;", "<").split("<body")[0]
    assert "<script>alert(1)" not in page and "onerror=alert" not in page.replace("&quot;", '"').replace(
        "onerror=alert(2)&gt;", ""
    )


@pytest.mark.browser
@pytest.mark.parametrize("attack", ["what a page could run", "script in the feedback", "nested html", "colours"])
def test_in_a_browser_no_page_runs_anything_or_asks_for_anything(run, chromium, attack):
    page = run.folder / "feedback" / student_of(attack) / NAME / f"{NAME}.html"
    with browser(chromium) as opened:
        opens(opened, page)


def test_nobody_called_out_and_nobody_stayed(run):
    assert not run.called
    assert run.left == set()
    assert not Path("/tmp/pwned-by-pickle").exists()


def test_outputs_are_bounded(run):
    sizes = [path.stat().st_size for path in (run.folder / "autograded").rglob("*.ipynb")]
    assert max(sizes) < 20 * 2**20


def test_a_second_run_has_nothing_to_do(run):
    again = grade_assignment(open_course(run.folder), NAME, jobs=2, limits=LIMITS)
    assert all(result.skipped == (not run.results[result.student].open) for result in again)
