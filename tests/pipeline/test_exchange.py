"""nbgrader's own exchange carries an assignment out, a submission in, and feedback back."""

import json
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import need_program
from courses import REPOSITORY, SAMPLE

from autograder.pipeline.course import open_course
from autograder.pipeline.grade import grade_assignment

NAME = "03_circuits_and_gates"
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("exchange")]


def test_release_fetch_submit_collect_and_feedback(tmp_path):
    need_program("bwrap", "bubblewrap")
    exchange, course = tmp_path / "exchange", tmp_path / "course"
    exchange.mkdir()
    exchange.chmod(0o777)
    shutil.copytree(SAMPLE / "solutions" / NAME, course / "solutions" / NAME)
    shutil.copy(REPOSITORY / "nbgrader_config.py", course)

    def nbgrader(who, folder, *command):
        home = tmp_path / "home" / who
        home.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        options = [f"--Exchange.root={exchange}", f"--Exchange.cache={home / 'cache'}", "--course", "backprop"]
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command, *options],
            cwd=folder, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-1500:]

    nbgrader("teacher", course, "generate_assignment", NAME)
    nbgrader("teacher", course, "release_assignment", NAME)
    solution = json.loads((course / "solutions" / NAME / f"{NAME}.ipynb").read_text())
    answers = {
        c["metadata"]["nbgrader"]["grade_id"]: c["source"] for c in solution["cells"] if "nbgrader" in c["metadata"]
    }
    desk = tmp_path / "desk"
    desk.mkdir()
    nbgrader("student", desk, "fetch_assignment", NAME)
    assert not list((desk / NAME).glob("*.py"))  # the text of the solutions stays at home
    path = desk / NAME / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("solution") and not about.get("grade"):
            cell["source"] = answers[about["grade_id"]]
    path.write_text(json.dumps(notebook))
    nbgrader("student", desk, "submit", NAME)
    nbgrader("teacher", course, "collect", NAME)
    (result,) = grade_assignment(open_course(course), NAME, jobs=1)
    assert result.score == 11.0
    assert result.student == pwd.getpwuid(os.getuid()).pw_name  # the exchange goes by the owner of the files
    nbgrader("teacher", course, "generate_feedback", NAME)
    nbgrader("teacher", course, "release_feedback", NAME)
    nbgrader("student", desk, "fetch_feedback", NAME)
    (page,) = (desk / NAME / "feedback").rglob("*.html")
    text = page.read_text(encoding="utf-8")
    assert "all points" in text and "circuit_gradients" in text
