"""A grader that is killed anywhere, and started again, ends where an undisturbed one ends."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import need_program
from courses import released
from nbgrader.api import Gradebook

from autograder.pipeline.course import open_course
from autograder.pipeline.grade import grade_assignment

NAME = "03_circuits_and_gates"
STUDENTS = [f"s{i:02}" for i in range(24)]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("resume")]
GRADE = f"""
from pathlib import Path
from autograder.pipeline.course import open_course
from autograder.pipeline.grade import grade_assignment
grade_assignment(open_course(Path(".")), {NAME!r}, jobs=2)
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A class of which every student solved another number of exercises, not graded yet."""
    need_program("bwrap", "bubblewrap")
    folder = tmp_path_factory.mktemp("class")
    release, solution = released(folder, NAME)
    answers = [i for i, c in enumerate(solution["cells"]) if c["metadata"].get("nbgrader", {}).get("solution")]
    for number, student in enumerate(STUDENTS):
        notebook = json.loads(json.dumps(release))
        for i in answers[: number % (len(answers) + 1)]:
            notebook["cells"][i]["source"] = solution["cells"][i]["source"]
        path = folder / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook))
    return folder


def scores(folder):
    """Every automatic score, in the database's own words; also that no submission is there twice."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        submissions = gradebook.assignment_submissions(NAME)
        names = [s.student.id for s in submissions]
        assert len(names) == len(set(names))
        return {
            (s.student.id, grade.cell.name): grade.auto_score
            for s in submissions
            for notebook in s.notebooks
            for grade in notebook.grades
        }


def start(folder):
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.Popen(
        [sys.executable, "-c", GRADE], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


# Six kills a seed. RESUME_SEEDS=9 kills at more than fifty moments.
@pytest.mark.parametrize("seed", range(int(os.environ.get("RESUME_SEEDS", "3"))))
def test_killed_at_random_moments_and_resumed(course, tmp_path, seed):
    undisturbed, broken = tmp_path / "undisturbed", tmp_path / "broken"
    shutil.copytree(course, undisturbed)
    shutil.copytree(course, broken)
    grade_assignment(open_course(undisturbed), NAME, jobs=2)
    moments = random.Random(seed)
    for _ in range(6):
        grader = start(broken)
        time.sleep(moments.uniform(0.2, 8.0))
        grader.send_signal(signal.SIGKILL)
        grader.wait()
    results = grade_assignment(open_course(broken), NAME, jobs=2)
    assert [r.student for r in results] == STUDENTS
    assert scores(broken) == scores(undisturbed)
    assert all(r.skipped for r in grade_assignment(open_course(broken), NAME, jobs=2))
    for student in STUDENTS:
        assert (broken / "autograded" / student / NAME / f"{NAME}.ipynb").is_file()


def grading_processes():
    """The processes that grade for this one: children of its fork server."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
                above = (Path("/proc") / parent / "stat").read_text().rsplit(")", 1)[1].split()[1]
                if above == str(os.getpid()) and b"multiprocessing.forkserver" in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def test_a_grading_process_that_is_killed_is_replaced(course, tmp_path):
    folder = tmp_path / "course"
    shutil.copytree(course, folder)
    killed = []

    def kill_one():
        while not killed:
            time.sleep(0.05)
            for process in grading_processes()[:1]:
                time.sleep(0.5)
                os.kill(process, signal.SIGKILL)
                killed.append(process)

    killer = threading.Thread(target=kill_one, daemon=True)
    killer.start()
    results = grade_assignment(open_course(folder), NAME, jobs=2)
    assert killed
    assert [r.student for r in results] == STUDENTS
    assert {student for student, _ in scores(folder)} == set(STUDENTS)
    assert all(r.troubles == [] for r in results)
