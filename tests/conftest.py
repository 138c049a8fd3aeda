"""What every test may lean on: a loud way to need a system package."""

import os
import shutil
from pathlib import Path

import pytest

from autograder.exercises.courses import using_course

SAMPLE = Path(__file__).parent / "sample"

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
    """The grader's and the sandbox's tests, and those marked `sample`, use the course of the tests' own."""
    module = request.node
    if module.path.parent.name in ("pipeline", "sandbox") or module.get_closest_marker("sample"):
        with using_course(SAMPLE):
            yield
    else:
        yield
