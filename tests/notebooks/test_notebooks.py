"""The notebooks: in step with their text, clean when released, and running from top to bottom either way."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import SAMPLE
from nbclient import NotebookClient

from autograder.exercises import the_course
from autograder.notebook_check import check_notebook
from autograder.publish.notebooks import NotebookProblem, assignments, build, main, out_of_step, solution_notebook

EXERCISES = the_course().exercises
ASSIGNMENTS = the_course().assignments

REPOSITORY = Path(__file__).resolve().parents[2]
NAMES = assignments(REPOSITORY)
GRADED = [name for name in NAMES if name in ASSIGNMENTS]


def solution(name, course=REPOSITORY):
    return nbformat.read(course / "solutions" / name / f"{name}.ipynb", as_version=4)


def release(name):
    return nbformat.read(REPOSITORY / "notebooks" / name / f"{name}.ipynb", as_version=4)


def run(notebook, folder):
    """Execute in a real kernel; returns the notebook with outputs. Errors do not stop it."""
    NotebookClient(notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def outputs(notebook, kind):
    return [(c.id, o) for c in notebook.cells if c.cell_type == "code" for o in c.outputs if o.output_type == kind]


@pytest.mark.parametrize("name", NAMES)
def test_both_notebooks_are_what_the_text_generates(name):
    assert out_of_step(REPOSITORY, name) == []
    assert build(REPOSITORY, name) == build(REPOSITORY, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_release_has_no_solution_no_hidden_test_and_no_output(name):
    text = (REPOSITORY / "notebooks" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    for mark in ("BEGIN SOLUTION", "HIDDEN TEST", "MARK SCHEME"):
        assert mark not in text
    for cell in release(name).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
            if cell.metadata.get("nbgrader", {}).get("solution"):
                assert "raise NotImplementedError()" in cell.source
    answers = {c.id: c.source for c in solution(name).cells if c.metadata.get("nbgrader", {}).get("solution")}
    for cell in release(name).cells:
        if cell.id in answers:
            hidden = answers[cell.id].split("### BEGIN SOLUTION")[1:]
            for part in hidden:
                body = part.split("### END SOLUTION")[0].strip()
                assert body not in cell.source


@pytest.mark.parametrize("name", GRADED)
def test_every_exercise_of_an_assignment_has_its_cells(name):
    cells = {c.id: c for c in solution(name).cells}
    for exercise in EXERCISES.values():
        if exercise.assignment == name:
            assert cells[exercise.name].metadata.nbgrader.solution
            check = cells[f"check-{exercise.name}"].metadata.nbgrader
            assert (check.points, check.grade, check.locked) == (exercise.points, True, True)
            assert exercise.name in cells[exercise.name].source
    assert cells[f"written-{name}"].metadata.nbgrader.grade
    assert cells[f"written-{name}"].cell_type == "markdown"


@pytest.mark.parametrize("name", GRADED)
def test_the_form_every_notebook_shares(name):
    cells = solution(name).cells
    prose = " ".join(c.source for c in cells if c.cell_type == "markdown")
    first = cells[0].source
    assert first.startswith("# ")
    for word in ("**You will**", "**You need**", "**Time**", "**Next**"):
        assert word in first, word
    assert "minutes" in first
    assert "Find the mistake" in prose
    assert "PyTorch" in prose and "JAX" in prose
    assert prose.count("<details>") >= sum(e.assignment == name for e in EXERCISES.values())


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_solution_runs_and_earns_all_points(name, tmp_path):
    notebook = run(solution(name), tmp_path)
    assert outputs(notebook, "error") == []
    assert [o.text for _, o in outputs(notebook, "stream") if o.name == "stderr"] == []
    for cell_id, output in outputs(notebook, "execute_result"):
        if cell_id.startswith("check-"):
            exercise = EXERCISES[cell_id.removeprefix("check-")]
            assert output.data["text/plain"] == repr(float(exercise.points)), output.data.get("text/html")
    for cell_id, output in [*outputs(notebook, "execute_result"), *outputs(notebook, "display_data")]:
        pictures = [kind for kind in output.data if kind.startswith("image/")]
        if pictures:  # every figure can be read by someone who cannot see it
            assert re.search(r'<img [^>]*alt="[^"]{15,}"', output.data.get("text/html", "")), cell_id


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_release_runs_as_released_and_earns_nothing(name, tmp_path):
    notebook = run(release(name), tmp_path)
    assert outputs(notebook, "error") == []
    for cell_id, output in outputs(notebook, "execute_result"):
        if cell_id.startswith("check-"):
            assert output.data["text/plain"] == "0.0"
            assert "not filled in yet" in output.data["text/html"]


@pytest.mark.slow
def test_stock_nbgrader_releases_the_same(tmp_path):
    name = GRADED[0]
    shutil.copytree(REPOSITORY / "solutions" / name, tmp_path / "solutions" / name)
    shutil.copy(REPOSITORY / "nbgrader_config.py", tmp_path)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", name]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    made = (tmp_path / "notebooks" / name / f"{name}.ipynb").read_bytes()
    assert made == (REPOSITORY / "notebooks" / name / f"{name}.ipynb").read_bytes()


@pytest.mark.sample
def test_check_notebook_judges_a_whole_notebook_and_leaves_it_alone(tmp_path):
    path = tmp_path / "mine.ipynb"
    notebook = solution("03_circuits_and_gates", SAMPLE)
    for cell in notebook.cells:
        if cell.id == "add_backward":
            cell.source = "def add_backward(upstream, x, y):\n    return 1.0, 1.0"
    nbformat.write(notebook, path)
    before = path.read_bytes()
    verdicts = {v.exercise: v for v in check_notebook(path)}
    assert path.read_bytes() == before
    assert not verdicts["add_backward"].passed
    assert all(v.passed for name, v in verdicts.items() if name != "add_backward")


def command(*arguments):
    return subprocess.run([sys.executable, "-m", "autograder.cli", *map(str, arguments)], capture_output=True, text=True)


@pytest.mark.sample
def test_the_command_says_what_is_wrong_with_a_file(tmp_path):
    broken = tmp_path / "broken.ipynb"
    broken.write_text("not json")
    empty = tmp_path / "empty.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), empty)
    unparsed = tmp_path / "unparsed.ipynb"
    cells = [nbformat.v4.new_code_cell("def f(:\n    pass"), nbformat.v4.new_code_cell('check("add_backward")')]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), unparsed)
    for path, words, status in [
        (broken, "not valid JSON", 2),
        (empty, "checks no exercise", 2),
        (unparsed, "code cell 1", 1),  # the rest of it is judged
        (tmp_path / "missing.ipynb", "there is no file", 2),
    ]:
        done = command("check", path)
        assert done.returncode == status
        assert words in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.sample
def test_the_command_prints_json_and_exits_by_the_points(tmp_path):
    import json

    path = tmp_path / "mine.ipynb"
    cells = [
        nbformat.v4.new_code_cell("def add_backward(upstream, x, y):\n    return upstream, upstream"),
        nbformat.v4.new_code_cell('from autograder import check\ncheck("add_backward")'),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    done = command("check", path, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["passed"] is True
    cells[0].source = "def add_backward(upstream, x, y):\n    return upstream, -upstream"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    done = command("check", path)
    assert done.returncode == 1
    assert "0.3 of 1 point" in done.stdout


@pytest.mark.sample
def test_a_text_that_makes_no_sound_assignment_is_refused(tmp_path):
    meta = '{"grade": true, "grade_id": "check-add_backward", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}'  # fmt: skip
    with pytest.raises(NotebookProblem, match="worth 5 points, the exercise 1"):
        solution_notebook(f'# %% nbgrader={meta}\ncheck("add_backward")\n', "x")
    with pytest.raises(NotebookProblem, match="no exercise of that name"):
        solution_notebook(f'# %% nbgrader={meta.replace("add_b", "odd_b")}\ncheck("odd_backward")\n', "x")
    with pytest.raises(NotebookProblem, match="two cells have the grade id"):
        solution_notebook(f'# %% nbgrader={meta.replace("5", "1")}\ncheck("add_backward")\n' * 2, "x")


def test_the_check_option_notices_drift(tmp_path, capsys):
    name = GRADED[0]
    shutil.copytree(REPOSITORY / "solutions" / name, tmp_path / "solutions" / name)
    assert main(["--root", str(tmp_path), "--check"]) == 1
    assert "out of step" in capsys.readouterr().out
    assert main(["--root", str(tmp_path)]) == 0
    assert main(["--root", str(tmp_path), "--check"]) == 0
    assert main(["--root", str(tmp_path), "nonsense"]) == 1
