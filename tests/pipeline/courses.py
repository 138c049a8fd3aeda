"""Small courses for the tests: one assignment, released by nbgrader itself."""

import json
import shutil
from pathlib import Path

from autograder.pipeline.demo import nbgrader

REPOSITORY = Path(__file__).resolve().parents[2]


def released(folder, name):
    """Make `folder` a course with the assignment released; its notebook as students get it, and its solution."""
    shutil.copytree(REPOSITORY / "solutions" / name, folder / "solutions" / name)
    shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
    nbgrader(folder, "generate_assignment", name)
    files = (folder / part / name / f"{name}.ipynb" for part in ("notebooks", "solutions"))
    release, solution = (json.loads(path.read_text(encoding="utf-8")) for path in files)
    return release, solution
