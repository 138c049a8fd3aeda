"""The class report, the exports, and grading on a cluster and into PostgreSQL, on a small class of real notebooks."""

import contextlib
import json
import shutil
import subprocess
import sys
import time
from concurrent.futures import CancelledError
from pathlib import Path

import pytest
from conftest import need_module, need_program
from nbgrader.api import Gradebook

from autograder.exercises import CourseProblem
from autograder.pipeline import cluster as module
from autograder.pipeline.cluster import on_cluster
from autograder.pipeline.course import open_course
from autograder.pipeline.demo import CLASS, hand_in, nbgrader
from autograder.pipeline.grade import grade_assignment
from autograder.report.class_report import collect, write_report
from autograder.sandbox import Limits
from benchmarks.postgresql import programs, server

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "03_circuits_and_gates"
LIMITS = Limits(cell_seconds=5.0, call_seconds=2.0, calls_seconds=20.0)
pytestmark = [pytest.mark.course, pytest.mark.xdist_group("reports")]


def make_course(folder, like=None, configuration=""):
    """A course with its class; with the seeds of another one, so that what is partly right earns the same."""
    shutil.copytree(REPOSITORY / "solutions" / NAME, folder / "solutions" / NAME)
    shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
    with (folder / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(configuration)
    nbgrader(folder, "generate_assignment", NAME)
    hand_in(folder, NAME)
    if like is not None:
        (secret,) = like.root.rglob("seeds.secret")
        copy = folder / secret.relative_to(like.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(secret, copy)
    return open_course(folder)


def scores(course):
    with Gradebook(course.db_url, course.course_id) as gradebook:
        return {s.name: gradebook.find_submission(NAME, s.name).score for s in CLASS}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    need_program("bwrap", "bubblewrap")
    course = make_course(tmp_path_factory.mktemp("class"))
    grade_assignment(course, NAME, limits=LIMITS)
    return course


@pytest.mark.slow
def test_the_report_counts_misconceptions_and_names_troubles(graded):
    data = collect(graded, NAME)
    assert data["submissions"] == len(CLASS)
    assert data["open"] == ["milo"]  # handed in something that is no notebook
    assert sum(bin_["count"] for bin_ in data["distribution"]) == len(CLASS) - 1
    named = {(m["exercise"], m["name"]): m["students"] for m in data["misconceptions"]}
    assert named["MultiplyGate", "upstream forgotten"] == 1
    assert named["MaxGate", "decides once for the whole array"] == 1
    # An endless loop in an answer is a verdict like others; who patched, borrowed or is open is to be looked at.
    told = {t["student"]: "; ".join(t["troubles"]) for t in data["troubled"]}
    # ivan's endless gate also runs in the cell that looks at it, and lena answers in the words of the solution.
    assert set(told) == {"ivan", "jule", "kofi", "lena", "milo"}
    assert {student for student, words in told.items() if "words of the course's solution" in words} == {"lena"}
    rate = {e["name"]: e["pass_rate"] for e in data["exercises"]}
    assert 0 < rate["AddGate"] < 100


def test_the_report_hides_names_where_nobody_has_to_act(graded, tmp_path):
    page = write_report(graded, NAME, tmp_path / "report.html")
    text = page.read_text(encoding="utf-8")
    assert "boris: " not in text
    assert "student " in text
    assert json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))["assignment"] == NAME


def test_a_report_on_nothing_says_what_to_do(graded):
    with pytest.raises(CourseProblem, match="no assignment '99_nothing'; it has: .*generate_assignment"):
        collect(graded, "99_nothing")


def start_worker(folder, address, threads=1):
    options = ["--no-nanny", "--no-dashboard", "--local-directory", str(folder / "dask")]
    return start_dask("worker", address, "--nthreads", str(threads), *options)


def start_dask(*arguments):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", "dask", *arguments], **quiet)


@contextlib.contextmanager
def cluster(folder, *workers):
    """A scheduler and workers with so many threads each, as processes on loopback: its address, and the workers."""
    need_module("distributed", "distributed")
    found = folder / "scheduler.json"
    where = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(found)]
    processes = [start_dask("scheduler", *where)]
    try:
        deadline = time.monotonic() + 60
        while not found.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        address = json.loads(found.read_text())["address"]
        processes += [start_worker(folder, address, threads) for threads in workers]
        yield address, processes[1:]
    finally:
        for process in reversed(processes):  # a worker says goodbye to its scheduler, and waits for the answer
            process.terminate()
            process.wait(timeout=60)


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_scores(graded, tmp_path):
    need_program("bwrap", "bubblewrap")
    course = make_course(tmp_path / "course", graded)
    with cluster(tmp_path, 1, 1) as (address, _):
        grade_assignment(course, NAME, limits=LIMITS, cluster=address)
        assert scores(course) == pytest.approx(scores(graded))


@pytest.mark.slow
def test_a_worker_of_several_threads_grades_as_many_at_once(graded, tmp_path):
    """`dask worker` takes a thread a processor unless told otherwise."""
    need_program("bwrap", "bubblewrap")
    course = make_course(tmp_path / "course", graded)
    with cluster(tmp_path, 3) as (address, _):
        results = grade_assignment(course, NAME, limits=LIMITS, cluster=address)
    assert not any("sandbox" in trouble for r in results for trouble in r.troubles)
    assert scores(course) == pytest.approx(scores(graded))


@pytest.mark.slow
def test_a_worker_that_dies_loses_nothing(graded, tmp_path):
    need_program("bwrap", "bubblewrap")
    course = make_course(tmp_path / "course", graded)
    with cluster(tmp_path, 1, 1) as (address, workers):

        def kill_one(done, total, result):
            if result is not None and workers[0].poll() is None:
                workers[0].kill()

        grade_assignment(course, NAME, limits=LIMITS, cluster=address, progress=kill_one)
        workers[0].wait(timeout=30)
    assert scores(course) == pytest.approx(scores(graded))


@pytest.mark.slow
def test_a_worker_that_joins_when_the_first_has_died_grades_the_rest(graded, tmp_path):
    """What every submission is graded by was on the first one alone."""
    need_program("bwrap", "bubblewrap")
    course = make_course(tmp_path / "course", graded)
    joined = []
    with cluster(tmp_path, 1) as (address, workers):

        def replace_the_first(done, total, result):
            if result is not None and not joined:
                workers[0].kill()
                joined.append(start_worker(tmp_path, address))

        try:
            grade_assignment(course, NAME, limits=LIMITS, cluster=address, progress=replace_the_first)
        finally:
            for worker in joined:
                worker.terminate()
                worker.wait(timeout=60)
    assert scores(course) == pytest.approx(scores(graded))


@pytest.mark.slow
def test_a_result_that_is_lost_with_its_worker_is_graded_again(graded, tmp_path, monkeypatch):
    need_program("bwrap", "bubblewrap")
    course = make_course(tmp_path / "course", graded)
    fetched, fetch = [], module._outcome

    def lose_the_first(future, address):
        fetched.append(future)
        if len(fetched) == 1:
            raise CancelledError("already forgotten")
        return fetch(future, address)

    monkeypatch.setattr(module, "_outcome", lose_the_first)
    with cluster(tmp_path, 1) as (address, _):
        results = grade_assignment(course, NAME, limits=LIMITS, cluster=address)
    assert len(fetched) == len(results) + 1
    assert scores(course) == pytest.approx(scores(graded))


@pytest.mark.slow
def test_a_scheduler_that_goes_half_way_is_said_so_and_the_rest_is_done_later(graded, tmp_path):
    need_program("bwrap", "bubblewrap")
    need_module("distributed", "distributed")
    from distributed import Client

    course, gone = make_course(tmp_path / "course", graded), []
    with cluster(tmp_path, 1) as (address, workers):

        def shut_down(done, total, result):
            if result is not None and not gone:
                gone.append(Client(address))
                gone[0].shutdown()

        with pytest.raises(CourseProblem, match="is gone: what is recorded is kept"):
            grade_assignment(course, NAME, limits=LIMITS, cluster=address, progress=shut_down)
        workers[0].kill()  # it may wait for its scheduler for ever
    grade_assignment(course, NAME, limits=LIMITS)
    assert scores(course) == pytest.approx(scores(graded))


@pytest.mark.slow
def test_a_cluster_that_loses_its_last_worker_is_said_so(graded, tmp_path, monkeypatch):
    need_program("bwrap", "bubblewrap")
    monkeypatch.setattr(module, "WORKER_PATIENCE_SECONDS", 2)
    monkeypatch.setattr(module, "FETCH_SECONDS", 2)
    course = make_course(tmp_path / "course", graded)
    with cluster(tmp_path, 1) as (address, workers):

        def kill_it(done, total, result):
            if result is not None:
                workers[0].kill()

        with pytest.raises(CourseProblem, match="has no workers: .* what is recorded is kept"):
            grade_assignment(course, NAME, limits=LIMITS, cluster=address, progress=kill_it)


def test_a_cluster_without_workers_is_said_so(tmp_path):
    with (
        cluster(tmp_path) as (address, _),
        pytest.raises(CourseProblem, match="has no workers: .* `dask worker tcp"),
    ):
        next(on_cluster(address, ["ada"], Path, (), patience=1))


@pytest.mark.slow
def test_a_cluster_that_is_not_there_is_said_so(graded):
    need_module("distributed", "distributed")
    with pytest.raises(CourseProblem, match=r"127\.0\.0\.1:9"):
        grade_assignment(graded, NAME, force=True, cluster="tcp://127.0.0.1:9")


@pytest.mark.slow
def test_postgresql_holds_the_same_scores(graded, tmp_path):
    need_module("psycopg", "psycopg[binary]")
    binaries = programs() or Path(need_program("initdb", "postgresql")).parent
    with server(binaries) as url:
        course = make_course(tmp_path / "course", graded, f'\nc.CourseDirectory.db_url = "{url}"\n')
        grade_assignment(course, NAME, limits=LIMITS)
        assert scores(course) == pytest.approx(scores(graded))
