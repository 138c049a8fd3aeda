"""What every test may lean on: a loud way to need a system package."""

import ast
import os
import shutil
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from autograder.exercises import course_words, the_course
from autograder.exercises.courses import using_course
from autograder.student.language import speak

SAMPLE = Path(__file__).parent / "sample"
COURSE = Path(__file__).parents[1] / "solutions"

BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def need_program(program: str, package: str) -> str:
    """The path of a system program; skips the test where it is missing, or fails where CI promised it."""
    path = shutil.which(program)
    if path is not None:
        return path
    reason = f"{program} is not installed (Debian/Ubuntu: apt-get install {package})"
    if os.environ.get("REQUIRE_SYSTEM_PACKAGES"):
        pytest.fail(reason)
    pytest.skip(reason)


def need_module(module: str, install: str):
    """An optional Python package, imported; skips the test where it is missing, or fails where CI promised it."""
    try:
        return __import__(module, fromlist=["_"])
    except ImportError:
        reason = f"{module} is not installed (pip install {install})"
        if os.environ.get("REQUIRE_SYSTEM_PACKAGES"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Each test begins in English, whatever language a course of the test before it has."""
    speak("en")
    course_words.forget()


@pytest.fixture(autouse=True)
def own_library(tmp_path_factory, monkeypatch):
    """A `check` that is passed in a test files the answer in a folder of the test's own."""
    monkeypatch.setenv("MY_NN", str(tmp_path_factory.getbasetemp() / f"my_nn-{os.getpid()}-{time.monotonic_ns()}"))


@pytest.fixture
def bubblewrap() -> str:
    return need_program("bwrap", "bubblewrap")


@pytest.fixture
def chromium() -> str:
    return need_program("chromium", "chromium")


@pytest.fixture
def torch():
    return need_module("torch", "torch==2.13.0")


@pytest.fixture(scope="module", autouse=True)
def named_course(request):
    """The grader's and the sandbox's tests use the course of the tests' own, unless a marker says which one."""
    module = request.node
    if module.get_closest_marker("course"):
        named = using_course(COURSE)
    elif module.get_closest_marker("own_course"):
        named = nullcontext()
    elif module.path.parent.name in ("pipeline", "sandbox") or module.get_closest_marker("sample"):
        named = using_course(SAMPLE)
    else:
        named = nullcontext()
    with named:
        yield


@pytest.fixture(autouse=True)
def named_course_of_one_test(request):
    """A test marked `sample` uses it too, and one whose parameter `name` is an exercise that only this course has."""
    parameters = getattr(request.node, "callspec", None)
    named = course_of(parameters.params.get("name")) if parameters else nullcontext()
    with using_course(SAMPLE) if request.node.get_closest_marker("sample") else named:
        yield


def course_of(name):
    """For the length of a block, the course of the tests' own where only that one has an exercise of this name."""
    only_there = name not in the_course().exercises and name in the_course(SAMPLE).exercises
    return using_course(SAMPLE) if only_there else nullcontext()


def pasted(text, names):
    """What a cell shows into which a call was pasted: the value of its last line."""
    *before, last = ast.parse(text).body
    exec(compile(ast.Module(before, []), "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)


def slow_after(count, values):
    """Parameters of which the first `count` are quick to have tried, and CI tries them all."""
    given = [value if isinstance(value, tuple) else (value,) for value in values]
    return [pytest.param(*value, marks=[pytest.mark.slow] * (n >= count)) for n, value in enumerate(given)]


@pytest.fixture(scope="module", autouse=True)
def as_on_an_idle_machine(request):
    """In the sandbox's own tests, which run into its limits, a second is a second whatever else runs here."""
    with pytest.MonkeyPatch.context() as patch:
        if request.path.parent.name == "sandbox":
            patch.setattr("autograder.sandbox.session.patience", lambda: 1.0)
        yield
