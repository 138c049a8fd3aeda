"""What is installed is whole: the wheel, alone, holds every file of the packages, finds its course and judges."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]
NOT_SHIPPED = ("__pycache__", ".ipynb_checkpoints")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    wanted = ("nn_lib", "autograder", "solutions", "pyproject.toml", "setup.py", "README.md", "LICENSE")
    for name in wanted:  # a copy: building leaves files behind
        subprocess.run(["cp", "-r", str(REPOSITORY / name), str(folder)], check=True)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder), "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def alone(site, script, folder):
    """Run a script with the unpacked wheel in place of this repository."""
    without = "import sys\nsys.meta_path[:] = [finder for finder in sys.meta_path if 'editable' not in repr(finder)]\n"
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    environment.pop("AUTOGRADER_COURSE", None)
    done = subprocess.run(
        [sys.executable, "-c", without + script], cwd=folder, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_file_of_the_packages_is_in_it(unpacked):
    for package in ("nn_lib", "autograder"):
        tracked = subprocess.run(["git", "ls-files", package], cwd=REPOSITORY, capture_output=True, text=True)
        missing = [name for name in tracked.stdout.split() if not (unpacked / name).exists()]
        assert missing == []


def test_alone_it_finds_its_course_and_judges(unpacked, tmp_path):
    script = (
        "from autograder.judge import judge\n"
        "from autograder.exercises import find_course\n"
        "print(find_course())\n"
        "print(judge('multiply_backward', {'multiply_backward': lambda upstream, x, y: (y, x)}).misconceptions)"
    )
    said = alone(unpacked, script, tmp_path)
    assert str(unpacked / "backprop_course") in said and "upstream forgotten" in said


def test_the_packages_know_their_version(unpacked, tmp_path):
    script = (
        "import autograder, nn_lib\nfrom importlib.metadata import version\n"
        "print(autograder.__version__ == nn_lib.__version__ == version('backprop-course'))"
    )
    assert alone(unpacked, script, tmp_path).strip() == "True"
