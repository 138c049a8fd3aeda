"""What pyproject.toml cannot say: the course's folder is installed too, as the package `backprop_course`, and
the student's own library, `my_nn`, before anything is filed in it.

A wheel is what students install. Of the course it holds the public exercises, check data in place of the answers, and
the released notebooks. The source distribution, like a checkout, holds everything: it is what instructors work in.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
PACKAGE = "backprop_course"
PUBLIC = ("__init__.py", "exercises.py", "stand_ins.py", "course.toml")


class BuildWithoutAnswers(build_py):
    """Builds the packages, and writes the course's check data and releases where its answers would have been."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return  # a checkout is worked in: its own folder is the course
        course = Path(self.build_lib, PACKAGE)
        for path in course.rglob("*"):  # what an earlier build, or a pattern too wide, may have left
            if path.is_file() and path.name not in PUBLIC and not path.match("words.*.toml"):
                path.unlink()
        # Kept between builds: a file that is in step with its sources is not made again.
        kept = ROOT / "build" / "check-data"
        command = [sys.executable, "-m", "autograder.cli", "check-data", "--out", str(kept)]
        paths = os.pathsep.join([str(ROOT), *sys.path])
        subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}, check=True)
        for described in sorted((ROOT / "solutions").glob("*/exercises.py")):
            target = course / described.parent.name
            shutil.copyfile(kept / described.parent.name / "check_data.msgpack", target / "check_data.msgpack")
            shutil.copyfile(described, target / described.name)
        # It takes minutes: a description that was edited meanwhile would not fit its data, and no student could check.
        subprocess.run([*command, "--check"], cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}, check=True)
        for release in sorted((ROOT / "notebooks").glob("*/*.ipynb")):
            target = course / release.parent.name / "release"
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(release, target / release.name)


setup(
    packages=[*find_packages(include=["nn_lib*", "autograder*"]), PACKAGE, "my_nn"],
    package_dir={PACKAGE: "solutions", "my_nn": "autograder/mine/installed"},
    cmdclass={"build_py": BuildWithoutAnswers},
)
