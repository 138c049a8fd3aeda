"""`autograder check`: whatever a notebook looks like, each of its exercises is judged, or said to be missing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import SAMPLE, need_program

import autograder.notebook_check as module
from autograder.exercises import the_course
from autograder.exercises.courses import using_course
from autograder.notebook_check import NothingToJudge, check_notebook
from autograder.sandbox import SandboxUnavailable

NAME = "03_circuits_and_gates"
SOLUTION = SAMPLE / "solutions" / NAME / f"{NAME}.ipynb"
pytestmark = pytest.mark.sample
RIGHT = "def add_backward(upstream, x, y):\n    return upstream, upstream"
FROM = "from autograder import check\n"


@pytest.fixture(scope="module", autouse=True)
def sandbox():
    need_program("bwrap", "bubblewrap")


def written(path, *cells):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells]), path)
    return path


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "autograder.cli", "check", *map(str, arguments)],
        capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize(
    "cells",
    [
        [f'{FROM}{RIGHT}\n\ncheck("add_backward")'],
        [f'{FROM}{RIGHT}\n\nresult = check("add_backward")\nresult'],
        [f'{FROM}check("add_backward")\n{RIGHT}'],
        [RIGHT, 'from autograder import check as test\ntest("add_backward")'],
        [RIGHT, f'{FROM}for name in ["add_backward"]:\n    print(check(name))'],
        [RIGHT, f'{FROM}check("add_backward")', "add_backward = None"],
        [RIGHT, f'{FROM}check("add_backward")', "import os\nos._exit(0)"],
    ],
    ids=["with its check", "kept", "check first", "another name", "a loop", "used again below", "dies below"],
)
def test_the_exercise_a_notebook_checks_is_judged_where_it_is_checked(tmp_path, cells):
    verdicts = check_notebook(written(tmp_path / "mine.ipynb", *cells))
    assert [(v.exercise, v.passed) for v in verdicts] == [("add_backward", True)]


def changed(tmp_path, change):
    notebook = json.loads(SOLUTION.read_text(encoding="utf-8"))
    notebook["cells"] = [cell for cell in notebook["cells"] if change(cell) is not None]
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps(notebook))
    return path


def grade_id(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def without_the_checks(cell):
    return None if grade_id(cell).startswith("check-") else cell


def without_one_answer(cell):
    return None if grade_id(cell) == "add_backward" else cell


def test_every_exercise_of_the_assignment_is_judged_though_its_checks_are_gone(tmp_path):
    verdicts = check_notebook(changed(tmp_path, without_the_checks))
    assert len(verdicts) == 7 and all(verdict.passed for verdict in verdicts)


def test_an_exercise_that_is_gone_is_said_to_be_missing(tmp_path):
    done = command(changed(tmp_path, without_one_answer))
    assert done.returncode == 1
    assert "add_backward is missing: no cell of the notebook defines it." in done.stdout
    assert done.stdout.strip().endswith("10 of 11 points")


def not_begun(cell):
    if grade_id(cell) == "add_backward":
        cell["source"] = "def add_backward(upstream, x, y):\n    raise NotImplementedError()"
    elif grade_id(cell) == "check-add_backward":
        cell["source"] = "result = check('add_backward')\nresult"
    return cell


BROKEN = "def multiply_backward(upstream, x, y):\n    return upstream * y,, upstream * x"


@pytest.mark.parametrize("checked_there", [False, True])
def test_a_cell_that_does_not_compile_is_told_and_the_rest_is_judged(tmp_path, checked_there):
    check = f'{FROM}check("multiply_backward")'
    middle = [f"{BROKEN}\n{check}"] if checked_there else [BROKEN, check]
    told = []
    path = written(tmp_path / "mine.ipynb", "x = = 1", *middle, RIGHT, f'{FROM}check("add_backward")')
    broken, right = check_notebook(path, tell=told.append)
    assert right.passed and right.exercise == "add_backward"
    assert broken.points == 0 and broken.notice == (
        "multiply_backward is not defined: code cell 2, which is to define it, does not compile: invalid syntax, in its "
        "line 2: return upstream * y,, upstream * x"
    )
    assert [words.split(":")[0] for words in told] == [f"code cell {number} does not compile" for number in (1, 2)]


def test_an_exercise_not_begun_counts_however_its_check_is_written(tmp_path):
    done = command(changed(tmp_path, not_begun))
    assert done.returncode == 1
    assert done.stdout.strip().endswith("10 of 11 points")


def test_a_pipe_in_place_of_a_notebook_is_refused_at_once(tmp_path):
    path = tmp_path / "mine.ipynb"
    os.mkfifo(path)
    done = command(path)
    assert done.returncode == 2 and "no regular file" in done.stderr


def test_nothing_a_file_says_steers_the_terminal(tmp_path):
    bad = "\x1b[2J\x1b]0;taken\x07\u202e"
    for cell in (f"x = (  # {bad}", f"{RIGHT.replace('upstream, upstream', 'int(chr(27))')}"):
        done = command(written(tmp_path / "mine.ipynb", f'{cell}\n{FROM}check("add_backward")'))
        assert done.returncode in (1, 2)
        assert not set("\x1b\x07\u202e") & set(done.stdout + done.stderr)


def test_without_a_sandbox_nothing_runs_unless_it_is_trusted(tmp_path, monkeypatch):
    def start(self, *library):
        if self.isolation == "bubblewrap":
            raise SandboxUnavailable("bubblewrap is not installed")
        return real(self, *library)

    real = module.Sandbox.start
    monkeypatch.setattr(module.Sandbox, "start", start)
    seen = tmp_path / "seen"
    path = written(tmp_path / "mine.ipynb", f"open({str(seen)!r}, 'w')\n{RIGHT}", f'{FROM}check("add_backward")')
    with pytest.raises(NothingToJudge, match="--trust"):
        check_notebook(path)
    assert not seen.exists()
    asked = []
    assert check_notebook(path, trusted=lambda reason: not asked.append(reason))[0].passed
    assert asked == ["bubblewrap is not installed"] and seen.exists()


def test_code_of_a_notebook_reaches_no_file_of_the_user(tmp_path):
    seen = tmp_path / "seen"
    path = written(tmp_path / "mine.ipynb", f"open({str(seen)!r}, 'w')", f'{RIGHT}\n{FROM}check("add_backward")')
    check_notebook(path)
    assert not seen.exists()


COURSE = Path(__file__).parents[2] / "solutions"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.parent.name for path in COURSE.glob("*/answers.py")))
def test_a_solution_of_the_course_has_every_exercise_of_its_own_and_no_other(name):
    with using_course(COURSE):
        verdicts = check_notebook(COURSE / name / f"{name}.ipynb")
        asked = [exercise.name for exercise in the_course().assignments.get(name, [])]
    assert [v.exercise for v in verdicts] == asked and all(v.passed for v in verdicts)


OTHER = "sigmoid_forward"  # of another assignment


def with_cells(tmp_path, *sources):
    notebook = json.loads(SOLUTION.read_text(encoding="utf-8"))
    notebook["cells"] += [nbformat.v4.new_code_cell(source) for source in sources]
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps(notebook))
    return check_notebook(path)


@pytest.mark.parametrize(
    "cells",
    [
        [f'checked = {{"{OTHER}": True}}'],
        [f"def {OTHER}(*given):\n    return 0", f'look({OTHER}, by_hand={{"{OTHER}": 0}}, label="checked by hand")'],
        [f"from my_nn import {OTHER}", f'check("{OTHER}")'],
    ],
    ids=["named", "written", "imported and checked"],
)
def test_exercises_of_other_notebooks_that_are_used_are_not_judged(tmp_path, cells):
    assert OTHER not in [v.exercise for v in with_cells(tmp_path, *cells)]


def test_an_exercise_of_another_notebook_that_is_written_and_checked_is_judged_too(tmp_path):
    verdicts = with_cells(tmp_path, f"def {OTHER}(*given):\n    return 0", f'check("{OTHER}")')
    assert [v.exercise for v in verdicts][-1] == OTHER and not verdicts[-1].passed and len(verdicts) > 2
