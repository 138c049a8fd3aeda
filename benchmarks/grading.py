"""Submissions per minute: `autograder grade`, stock nbgrader, and a bare fork that runs the same cells unjudged."""

from __future__ import annotations

import compileall
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.exercises.stand_ins import TABLE
from autograder.pipeline.demo import hand_in, nbgrader
from benchmarks.table import Table

REPOSITORY = Path(__file__).resolve().parents[1]
ASSIGNMENT = "04_sigmoid_circuit"
# Students of the demo's class, from everything right to not started. The class of a run is these, over and over.
KINDS = ("ada", "boris", "chen", "dana", "emil", "faye", "gus", "hana")
STOCK = """c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
"""


@contextmanager
def course(submissions: int, stock: bool = False) -> Iterator[Path]:
    """A course in a temporary folder: the assignment released, and so many submissions, unexecuted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(REPOSITORY / "solutions" / ASSIGNMENT, folder / "solutions" / ASSIGNMENT)
        shutil.copy(REPOSITORY / "solutions" / TABLE, folder / "solutions")  # it builds on the assignments before it
        if stock:
            (folder / "nbgrader_config.py").write_text(STOCK)
        else:
            shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
        nbgrader(folder, "generate_assignment", ASSIGNMENT)
        kinds = handed_in(folder)
        shutil.rmtree(folder / "submitted")
        for i in range(submissions):
            path = folder / "submitted" / f"student{i:04}" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_bytes(kinds[i % len(kinds)])
        yield folder


def handed_in(folder: Path) -> list[bytes]:
    """One submission of each kind, of the assignment released in this folder."""
    hand_in(folder, ASSIGNMENT)
    return [(folder / "submitted" / kind / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_bytes() for kind in KINDS]


def rows(folder: Path) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Every graded cell of every student, as the gradebook has it."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {
            (submission.student.id, grade.cell.name): (
                float(grade.auto_score or 0.0),
                grade.manual_score,
                grade.extra_credit,
                grade.max_score,
                grade.needs_manual_grade,
                bool(grade.failed_tests),
            )
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def ours(folder: Path, jobs: int, feedback: bool = False) -> tuple[float, float, int]:
    """For one `autograder grade`, start-up and all: seconds, those to the first graded submission, and the peak memory
    of the grader in MB."""
    report = folder / "peak"
    more = ["--feedback"] if feedback else []
    program = (
        "import re, sys\n"
        "from autograder.cli import main\n"
        f"sys.argv = ['autograder', 'grade', {ASSIGNMENT!r}, '--jobs', '{jobs}', '--force', *{more!r}]\n"
        "try:\n    main()\nfinally:\n"
        # Not ru_maxrss: that starts at the size of the process that started this one.
        "    peak = re.search(r'VmHWM:\\s*(\\d+) kB', open('/proc/self/status').read())[1]\n"
        f"    open({str(report)!r}, 'w').write(peak)\n"
    )
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for package in ("autograder", "nn_lib"):  # as pip leaves them
        compileall.compile_dir(REPOSITORY / package, quiet=1)
    graded, first = folder / "autograded", 0.0
    if graded.exists():
        raise AssertionError(f"{graded} is there before anything is graded")
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as grader:
        while grader.poll() is None and not any(graded.glob(f"[!.]*/{ASSIGNMENT}")):
            time.sleep(0.005)
        first = time.perf_counter() - start
        _, said = grader.communicate()
    seconds = time.perf_counter() - start
    if grader.returncode:
        raise AssertionError(f"autograder grade ended with {grader.returncode}: {said.decode()[-1000:]}")
    return seconds, first, int(report.read_text()) // 1024


def stock_seconds(folder: Path, command: str = "autograde") -> float:
    """Seconds for one of nbgrader's commands over the whole folder."""
    start = time.perf_counter()
    nbgrader(folder, command, ASSIGNMENT, "--force")
    return time.perf_counter() - start


OTTER_TEST = """OK_FORMAT = False
from otter.test_files import test_case

name = {name!r}
points = {points!r}


@test_case(points={points!r})
def test_it(env):
    from autograder.judge import judge

    assert judge({name!r}, env).passed
"""


def otter_seconds(submissions: int) -> float | None:
    """Seconds a submission for `otter run`, one process each, with our judge as its tests; None when not installed."""
    from autograder.exercises import the_course

    EXERCISES = the_course().exercises

    program = Path(sys.executable).parent / "otter"
    if not program.exists():
        return None
    environment = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tests").mkdir()
        for exercise in EXERCISES.values():
            if exercise.assignment == ASSIGNMENT:
                test = OTTER_TEST.format(name=exercise.name, points=exercise.points)
                (folder / "tests" / f"{exercise.name}.py").write_text(test)
        generate = [str(program), "generate", "--no-environment", "-t", "tests", "-o", "grader.zip"]
        subprocess.run(generate, cwd=folder, env=environment, capture_output=True, check=True)
        shutil.copy(REPOSITORY / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", folder / "submission.ipynb")
        start = time.perf_counter()
        for _ in range(submissions):
            run = [str(program), "run", "-a", "grader.zip", "submission.ipynb"]
            subprocess.run(run, cwd=folder, env=environment, capture_output=True, check=True)
        seconds = (time.perf_counter() - start) / submissions
        total = sum(test.get("score", 0.0) for test in json.loads((folder / "results.json").read_text())["tests"])
        if total != sum(e.points for e in EXERCISES.values() if e.assignment == ASSIGNMENT):
            raise AssertionError(f"otter gave {total} points to a right submission")
    return seconds


def floor_seconds(submissions: int) -> float:
    """Seconds a submission for a bare fork of a warm process that runs the same cells and makes the same calls."""
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell

    from autograder.exercises import the_course
    from autograder.student.perform import perform

    EXERCISES = the_course().exercises
    from autograder.judge.plan import plan_for
    from autograder.pipeline.grading import demonstrations

    names = [e.name for e in EXERCISES.values() if e.assignment == ASSIGNMENT]
    with course(len(KINDS)) as folder:
        kinds = []
        for path in sorted((folder / "submitted").glob("*/*/*.ipynb")):
            notebook = nbformat.read(path, as_version=4)
            passed_over = demonstrations(notebook, names)  # as the grader does
            cells = [c.source for i, c in enumerate(notebook.cells) if c.cell_type == "code" and i not in passed_over]
            kinds.append([source for source in cells if "from autograder import check\n\ncheck(" not in source])
    steps = [step for name in names for probe in plan_for(name, 0).probes for step in probe.steps]
    shell = InteractiveShell.instance()
    import matplotlib.pyplot  # noqa: F401  (the warm worker has it too)

    times: list[list[float]] = [[] for _ in kinds]
    for number in range(submissions):
        start = time.perf_counter()
        child = os.fork()
        if child == 0:
            sink = os.open(os.devnull, os.O_WRONLY)
            os.dup2(sink, 1)
            os.dup2(sink, 2)
            for source in kinds[number % len(kinds)]:
                shell.run_cell(source)
            kept: dict[str, Any] = {}
            for step in steps:
                perform(step, shell.user_ns, kept)
            os._exit(0)
        os.waitpid(child, 0)
        times[number % len(kinds)].append(time.perf_counter() - start)
    return statistics.mean(statistics.median(of_a_kind) for of_a_kind in times if of_a_kind)


def stock(few: int) -> tuple[float, float, dict[tuple[str, str], tuple[Any, ...]]]:
    """Of stock nbgrader on so many submissions: seconds to grade, seconds with the pages, the gradebook's rows."""
    with course(few, stock=True) as folder:
        grading = stock_seconds(folder)
        found = rows(folder)
        return grading, grading + stock_seconds(folder, "generate_feedback"), found


def run(quick: bool = False) -> Table:
    """Rates, ratios, memory, and whether both gradebooks say the same."""
    few = 2 if quick else len(KINDS)
    table = Table(
        "Grading",
        f"Submissions of `{ASSIGNMENT}`, start-up included, gradebook written: the answers of {len(KINDS)} made-up "
        "students, from everything right to not started, over and over. Stock nbgrader runs the very same notebooks, "
        "checks and all, and is strictly serial: its seconds for a class are those of its submissions; it is "
        "run before and after ours, since machines drift, and the mean of both counts. What makes the "
        "pages too is compared with nbgrader's two commands. The first graded submission is there so long after the "
        "command is given; the modules are compiled, as pip leaves them. Memory is that of the "
        "grader's own process, without its workers.",
        ["what", "submissions", "seconds", "a minute", "times stock", "first after", "peak memory of the grader"],
    )
    before = stock(few)
    stock_rows = before[2]
    otter = otter_seconds(1 if quick else 3)
    measured: list[tuple[int, int, bool, float, float, int]] = []
    taken: dict[tuple[int, int], float] = {}
    sizes = [(1, 1), (10, 1), (100, 1), (100, 2), (100, 4), (1000, 2)]
    runs = (
        [(2, 1, False), (2, 1, True)]
        if quick
        else [(*size, False) for size in sizes] + [(100, 2, True), (1000, 2, True)]
    )
    for count, jobs, feedback in runs:
        with course(count) as folder:
            seconds, first, megabytes = ours(folder, jobs, feedback)
            pages = len(list(folder.glob("feedback/*/*/*.html")))
            if feedback and pages != count:
                raise AssertionError(f"of {count} pages there are {pages}")
            if count >= few:
                mine = rows(folder)
                differing = [key for key, row in stock_rows.items() if mine.get(key) != row]
                if differing:
                    key = differing[0]
                    raise AssertionError(f"the two gradebooks differ: {key}: {stock_rows[key]}, ours {mine.get(key)}")
        measured.append((count, jobs, feedback, seconds, first, megabytes))
        if not feedback:
            taken[count, jobs] = seconds
    after = before if quick else stock(few)
    grading, both = ((before[i] + after[i]) / 2 for i in (0, 1))
    stock_rate, both_rate = 60 * few / grading, 60 * few / both
    commands = (("nbgrader autograde", grading), ("nbgrader autograde, generate_feedback", both))
    for command, seconds in commands:
        table.rows.append([command, str(few), f"{seconds:.1f}", f"{60 * few / seconds:.0f}", "1", "-", "-"])
    if otter is None:
        table.rows.append(["otter run", "-", "not installed", "not installed", "-", "-", "-"])
    else:
        few_runs, rate = 1 if quick else 3, 60 / otter
        times = f"{rate / stock_rate:.1f}"
        table.rows.append(["otter run", str(few_runs), f"{otter * few_runs:.1f}", f"{rate:.0f}", times, "-", "-"])
    for count, jobs, feedback, seconds, first, megabytes in measured:
        rate = 60 * count / seconds
        command = "autograder grade --feedback" if feedback else "autograder grade"
        table.rows.append([
            f"{command}, {jobs} worker{'s' if jobs > 1 else ''}",
            f"{count:,}",
            f"{seconds:.1f}",
            f"{rate:.0f}",
            f"{rate / (both_rate if feedback else stock_rate):.{0 if count > 1 else 1}f}",
            f"{first:.1f} s",
            f"{megabytes} MB",
        ])  # fmt: skip
    floor = floor_seconds(3 if quick else 60)
    times = ""
    if not quick:
        one = (taken[100, 1] - taken[10, 1]) / 90
        times = f"; once started, autograder grade with one worker takes {one / floor:.2f} times as long"
    table.rows.append(
        [f"bare fork, unjudged, one process{times}", "1", f"{floor:.3f}", f"{60 / floor:.0f}", "-", "-", "-"]
    )
    table.says += (
        f" All {len(stock_rows)} rows of the stock run's gradebook (student and cell: scores, maximum, marked by hand "
        "or not, failed or not) were equal in ours."
    )
    return table


__all__ = ["course", "floor_seconds", "otter_seconds", "ours", "rows", "run", "stock_seconds"]
