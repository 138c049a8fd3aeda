"""Sandboxes for the tests: sealed by the real bubblewrap, with limits small enough to run into."""

import pytest

from autograder.sandbox import Limits, Sandbox
from autograder.sandbox.limits import MiB

SMALL = Limits(
    cell_seconds=2.0,
    cell_cpu_seconds=2.0,
    notebook_seconds=20.0,
    call_seconds=1.0,
    calls_seconds=10.0,
    cpu_seconds=6.0,
    grace_seconds=0.5,
    memory_bytes=256 * MiB,
    processes=16,
    file_bytes=8 * MiB,
    disk_bytes=32 * MiB,
    files=1000,
    cell_output_bytes=64 * 1024,
    notebook_output_bytes=256 * 1024,
    message_bytes=40 * MiB,
)


@pytest.fixture(scope="session")
def small_limits():
    return SMALL


@pytest.fixture(scope="module")
def _module_sandbox():
    with Sandbox(SMALL) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(bubblewrap, request):
    """A sealed sandbox, shared by a file's tests: what one leaves behind, the next would meet."""
    return request.getfixturevalue("_module_sandbox")
