"""Every command of docs/instructor.md works as it is printed, in a fresh checkout, for a user without rights."""

import csv
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import need_program
from ordinary_user import as_ordinary_user

from autograder.exercises import the_course

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "03_circuits_and_gates"
# The demo and the virtual environment are what runs here; JupyterLab has tests of its own.
ELSEWHERE = ("make demo", "python3 -m venv", "pip install", "jupyter lab")
pytestmark = [pytest.mark.own_course, pytest.mark.slow, pytest.mark.xdist_group("docs")]


def printed():
    text = (REPOSITORY / "docs" / "instructor.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    commands = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines() if line.strip()]
    return [command for command in commands if not command.startswith(ELSEWHERE)]


def test_the_commands_work_as_printed(tmp_path):
    bwrap = need_program("bwrap", "bubblewrap")
    course, home, binaries = tmp_path / "course", tmp_path / "home", tmp_path / "bin"
    for folder in (home, binaries, tmp_path / "exchange"):
        folder.mkdir()
    for part in ("solutions", "notebooks"):
        shutil.copytree(REPOSITORY / part, course / part)
    shutil.copy(REPOSITORY / "nbgrader_config.py", course)
    with (course / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(f'\nc.Exchange.root = "{tmp_path / "exchange"}"\nc.Exchange.cache = "{tmp_path / "cache"}"\n')
    (course / "students.csv").write_text("id,first_name,last_name\nada,Ada,Lovelace\ndora,Dora,Doe\n")
    for student in ("ada", "boris"):
        path = course / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        shutil.copy(REPOSITORY / "solutions" / NAME / f"{NAME}.ipynb", path)
        (path.parent / "timestamp.txt").write_text("2030-01-30 10:00:00 UTC")
        (path.parent / "submission_secret.txt").write_text(student)  # `nbgrader submit` leaves both
    with zipfile.ZipFile(course / "submissions.zip", "w") as archive:  # as Canvas gives it out
        archive.write(REPOSITORY / "solutions" / NAME / f"{NAME}.ipynb", f"chenwei_4711_815_{NAME}.ipynb")
    installed = tmp_path / "installed"  # the packages alone, as a wheel installs them
    for package in ("autograder", "nn_lib"):
        shutil.copytree(REPOSITORY / package, installed / package, ignore=shutil.ignore_patterns("__pycache__"))
    for program, module in (("nbgrader", "nbgrader"), ("autograder", "autograder.cli")):
        (binaries / program).write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
        (binaries / program).chmod(0o755)
    commands = printed()
    # What came out of an archive came by no exchange, which has nothing to return it with.
    commands.insert(commands.index(next(c for c in commands if "release_feedback" in c)), "rm -r feedback/4711")
    assert len(commands) >= 9
    script = tmp_path / "walk.sh"
    script.write_text("\n".join([f"cd {course}", "set -ex", *commands]))
    command = ["/bin/bash", str(script)]
    folders = [course, home, binaries, tmp_path / "exchange", tmp_path]
    if os.geteuid() == 0:
        for path in [tmp_path, *tmp_path.rglob("*")]:
            os.chown(path, 23456, 23456)
        command = as_ordinary_user(bwrap, 23456, command, [script], folders)
    path = f"{binaries}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin"
    environment = {"HOME": str(home), "PATH": path, "PYTHONPATH": str(installed), "LANG": "C.UTF-8"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:]
    with (course / f"{NAME}-canvas.csv").open(newline="", encoding="utf-8") as file:
        points = {row[3]: row[5] for row in csv.reader(file)}
    most = sum(exercise.points for exercise in the_course(REPOSITORY).assignments[NAME])
    assert float(points["ada"]) == float(points["boris"]) == most
    assert (course / f"report-{NAME}.html").exists()
    assert "4711" in points or "chenwei" in " ".join(points)
    with (course / f"{NAME}-questions.csv").open(newline="", encoding="utf-8-sig") as file:
        assert "ada" in {row["student_id"] for row in csv.DictReader(file)}
    assert (course / "for-students.zip").exists() and not list((course / "for-students").rglob("answers.py"))
    assert (course / "my-course" / "README.md").exists() and (course / "our-course" / "solutions" / NAME).is_dir()
    assert list((course / "feedback" / "ada" / NAME).glob("*.html"))
    assert (tmp_path / "exchange" / "backprop" / "outbound" / NAME / f"{NAME}.ipynb").exists()
