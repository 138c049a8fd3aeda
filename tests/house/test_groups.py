"""The test tools: tests of one group run in one worker, so that what they share is made once."""

import subprocess
import sys

GROUP = """
import os
import pytest

pytestmark = pytest.mark.xdist_group("together")

@pytest.mark.parametrize("number", range(4))
def test_a_part(number):
    print("ran in", os.environ["PYTEST_XDIST_WORKER"])
"""


def test_the_tests_of_a_group_run_in_one_worker(tmp_path):
    (tmp_path / "test_parts.py").write_text(GROUP)
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-rP", "-p", "no:cacheprovider"]
    run = subprocess.run([*command, "-c", "/dev/null", "test_parts.py"], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    workers = [line for line in run.stdout.splitlines() if line.startswith("ran in ")]
    assert len(workers) == 4 and len(set(workers)) == 1, run.stdout
