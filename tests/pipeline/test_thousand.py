"""A large class, a tenth of it hostile, in one run: all accounted for, the honest untouched, the grader's memory flat.

CLASS_SIZE=1000 is the size promised; a smaller class says the same, sooner.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from attacks import ATTACKS, NAME, hand_in, hostile
from conftest import need_program
from courses import released
from nbgrader.api import Gradebook

SIZE = int(os.environ.get("CLASS_SIZE", "150"))
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("thousand")]
GRADE = rf"""
import json, re
from pathlib import Path
from autograder.pipeline.course import open_course
from autograder.pipeline.grade import grade_assignment
from autograder.sandbox import Limits

limits = Limits(cell_seconds=1, call_seconds=1, calls_seconds=3, notebook_seconds=2, cpu_seconds=5)
peaks = []

def watch(done, total, result):
    if result is None:  # told before the first one
        return
    # Not ru_maxrss: that starts at the size of the process that started this one.
    peaks.append(int(re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024)

results = grade_assignment(open_course(Path(".")), {NAME!r}, jobs=2, limits=limits, progress=watch)
print(json.dumps({{"peaks": peaks, "students": [r.student for r in results]}}))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    need_program("bwrap", "bubblewrap")
    folder = tmp_path_factory.mktemp("thousand")
    release, solution = released(folder, NAME)
    for number in range(SIZE):
        bad = number % 10 == 7
        content = hostile(ATTACKS[(number // 10) % len(ATTACKS)], release, 9) if bad else solution
        hand_in(folder, f"{'x' if bad else 's'}{number:04}", content)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([sys.executable, "-c", GRADE], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        told["scores"] = {s.student.id: float(s.score) for s in gradebook.assignment_submissions(NAME)}
    return told


def test_all_are_accounted_for(run):
    assert len(run["students"]) == len(run["peaks"]) == len(run["scores"]) == SIZE


def test_the_honest_have_all_points_and_the_hostile_none(run):
    assert {score for student, score in run["scores"].items() if student.startswith("s")} == {11.0}
    assert {score for student, score in run["scores"].items() if student.startswith("x")} == {0.0}


def test_memory_is_flat_and_bounded(run):
    peaks = run["peaks"]
    assert peaks[-1] < 500  # MB
    assert peaks[-1] < peaks[SIZE // 3] + 60
