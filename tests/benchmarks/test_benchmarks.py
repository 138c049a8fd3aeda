"""The benchmarks run, and say what they compare. Their figures are nobody's promise here: machines differ."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def quick(*names, timeout=280):
    """The printed tables of a quick run in a process of its own: one thread must be said before NumPy loads."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "benchmarks", *names, "--quick"]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def cells(text, first):
    """The row of a Markdown table that begins with `first`."""
    row = next(line for line in text.splitlines() if line.startswith(f"| {first}"))
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_steps_and_graphs_are_measured_and_missing_peers_are_said():
    text = quick("training_steps", "deep_graph")
    assert "one thread used" in text and "OPENBLAS_CORETYPE" in text
    row = cells(text, "64-32-10")
    assert all(float(figure) > 0 for figure in row[2:6])
    assert all(figure == "not installed" or float(figure) > 0 for figure in row[6:9])
    assert 0 < float(cells(text, "10,000")[4]) < 400


def test_an_epoch_of_fit_is_measured_against_one_by_hand():
    assert all(float(figure) > 0 for figure in cells(quick("fit"), "64-32-10")[2:])


def test_the_wait_for_a_check_is_measured():
    assert float(cells(quick("check_latency"), "median over all")[1]) > 0


def test_the_library_s_checker_is_not_fooled_by_the_zoo_and_refuses_nothing_right():
    zoo = importlib.import_module("benchmarks.gradient_zoo")
    assert [case.name for case in zoo.zoo() if zoo.ours(case) != case.right] == []
    assert {case.right for case in zoo.zoo()} == {True, False}


def test_an_unknown_benchmark_is_named():
    command = [sys.executable, "-m", "benchmarks", "nonsense"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode != 0 and "no benchmark 'nonsense'" in done.stderr


@pytest.mark.slow
def test_the_parts_of_a_submission_are_measured(bubblewrap):
    text = quick("one_submission")
    parts = ("its cells", "&nbsp; the judge", "restoring", "its rows", "its feedback", "the floor")
    assert all(float(cells(text, part)[2]) > 0 for part in parts)
    assert "takes 0 kB" not in text and "page 0 kB" not in text


@pytest.mark.slow
def test_explaining_wrong_answers_is_measured(bubblewrap):
    text = quick("wrong_answers")
    assert all(float(cells(text, f"{how} the search")[1]) > 0 for how in ("with", "without"))


@pytest.mark.slow
def test_the_writer_beside_a_simulated_cluster_is_measured(bubblewrap):
    database, *figures = cells(quick("writer"), "8 ")[1:]
    assert database == "SQLite" and all(float(figure.rstrip("%")) > 0 for figure in figures if figure)


@pytest.mark.slow
def test_grading_is_measured_against_stock_nbgrader_on_the_same_scores(bubblewrap):
    text = quick("grading")
    assert float(cells(text, "nbgrader autograde")[3]) > 0
    assert "were equal in ours" in text


@pytest.mark.slow
def test_both_engines_of_the_playground_are_measured(chromium):
    text = quick("widgets")
    for engine in ("the page's own", "nn_lib in JupyterLab"):
        assert float(cells(text, engine)[1]) > 1
