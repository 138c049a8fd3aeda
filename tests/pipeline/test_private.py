"""The answers and the text of a notebook never leave the course, whatever an `ignore` setting says."""

import py_compile
import shutil

import pytest
from courses import REPOSITORY, SAMPLE

from autograder.pipeline.course import open_course
from autograder.pipeline.demo import nbgrader
from autograder.pipeline.grade import grade_assignment
from autograder.sandbox import Limits

NAME = "03_circuits_and_gates"
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("private")]


def course(folder, ignore):
    shutil.copytree(SAMPLE / "solutions" / NAME, folder / "solutions" / NAME)
    shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write(f"\nc.CourseDirectory.ignore = {ignore!r}\n")
    beside = folder / "solutions" / NAME
    (beside / "data.csv").write_text("1,2\n")
    (beside / f"{NAME}.py").write_text("# %%\ndef add_backward(upstream, x, y):\n    return upstream, upstream\n")
    py_compile.compile(str(beside / "answers.py"))  # what Python leaves when somebody imports them
    return folder


def generate(folder):
    return nbgrader(folder, "generate_assignment", NAME, check=False)


def test_a_release_that_would_hold_the_text_is_refused_and_says_why(tmp_path):
    done = generate(course(tmp_path, []))
    assert done.returncode != 0
    assert f"{NAME}.py" in done.stdout + done.stderr and "are not for students" in done.stdout + done.stderr
    assert not (tmp_path / "notebooks" / NAME / f"{NAME}.py").exists()


def test_the_answers_stay_behind_even_where_nothing_is_ignored(tmp_path):
    folder = course(tmp_path, [f"{NAME}.py"])
    assert generate(folder).returncode == 0
    released = {path.name for path in (folder / "notebooks" / NAME).iterdir()}
    assert released == {f"{NAME}.ipynb", "exercises.py", "data.csv"}


@pytest.mark.parametrize("with_nbgrader", [True, False])
def test_neither_the_graded_folder_nor_the_box_gets_them(tmp_path, bubblewrap, with_nbgrader):
    folder = course(tmp_path, [f"{NAME}.py"])
    assert generate(folder).returncode == 0
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write("\nc.CourseDirectory.ignore = []\n")
    work = folder / "submitted" / "ada" / NAME
    work.mkdir(parents=True)
    text = (folder / "solutions" / NAME / f"{NAME}.ipynb").read_text()
    looks = "import os\\nprint('SEES', sorted(os.listdir('.')))"
    cell = (
        '{"cell_type": "code", "execution_count": null, "id": "looks", "metadata": {}, "outputs": [], "source": "%s"}'
    )
    (work / f"{NAME}.ipynb").write_text(text.replace('"cells": [', '"cells": [' + cell % looks + ",", 1))
    if with_nbgrader:
        assert nbgrader(folder, "autograde", NAME, check=False).returncode == 0
    else:
        grade_assignment(open_course(folder), NAME, jobs=1, limits=Limits())
    graded = folder / "autograded" / "ada" / NAME
    assert not {path.name for path in graded.iterdir()} & {"answers.py", f"{NAME}.py"}
    seen = next(line for line in (graded / f"{NAME}.ipynb").read_text().splitlines() if "SEES [" in line)
    assert "answers.py" not in seen and f"{NAME}.py" not in seen
