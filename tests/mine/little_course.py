"""A course of three small assignments, and notebooks of it as a front end runs them."""

import os
import subprocess
import sys

EXERCISES = """
from autograder.exercises import Exercise, elementwise_probes

EXERCISES = [
    Exercise(name=name, points=1, signature="(x)", probes=elementwise_probes(), hints={"off": "By how much?"})
    for name in NAMES
]
"""
ANSWERS = '''
import numpy as np

from autograder.exercises import Answers

SECRET = "nobody is to read this"


def answers(k):
    """A docstring that stays with the instructor."""
    return {
        "wrong": {"off": lambda x: x * (k + 3)},
        "right": tuple(
            lambda x, part=part: np.multiply(x, k - part) + np.multiply(x, part) for part in (0.0, 0.25, 0.5, 1.0, 2.0)
        ),
    }


ANSWERS = {%s}
'''
COURSE = {
    "01_first": {"double": 2, "triple": 3},
    "02_second": {"fourfold": 4, "sixfold": 6},
    "03_third": {"twelvefold": 12},
}
STAND_INS = """
import nn_lib


def double(x):
    return nn_lib.ScaleGate(2.0).forward(x)


def fourfold(x):
    return nn_lib.ScaleGate(4.0).forward(x)
"""
FROM = "from autograder import check\n"
RIGHT = {
    "double": "def double(x):\n    return x + x",
    "triple": "import os\nTHREE = 3\n\ndef by(k, x):\n    return k * x\n\ndef triple(x):\n    return by(THREE, x)",
    "fourfold": "from my_nn import double\n\ndef fourfold(x):\n    return double(double(x))",
    "sixfold": "from my_nn import double, triple\n\ndef sixfold(x):\n    return double(triple(x))",
}


def make_course(folder):
    """The course in a folder; `folder / "solutions"` holds its assignments."""
    for assignment, factors in COURSE.items():
        place = folder / "solutions" / assignment
        place.mkdir(parents=True)
        names = f"NAMES = {list(factors)!r}\n"
        (place / "exercises.py").write_text(names + EXERCISES)
        rows = ", ".join(f'"{n}": Answers(reference=lambda x: {k} * x, **answers({k}))' for n, k in factors.items())
        (place / "answers.py").write_text(ANSWERS % rows)
    (folder / "solutions" / "stand_ins.py").write_text(STAND_INS)
    return folder


def run_cells(course, folder, cells, **environment):
    """What a fresh notebook in `folder` prints for these cells, run by IPython."""
    folder.mkdir(parents=True, exist_ok=True)
    script = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "from traitlets.config import Config\n"
        "quiet = Config({'HistoryManager': {'enabled': False}, 'InteractiveShell': {'colors': 'nocolor'}})\n"
        f"shell = InteractiveShell.instance(config=quiet)\nfor cell in {list(cells)!r}:\n"
        "    shell.run_cell(cell, store_history=True)\n"
    )
    return python(course, folder, "-c", script, **environment)


def python(course, folder, *arguments, **environment):
    settings = {k: v for k, v in os.environ.items() if k not in ("MY_NN", "AUTOGRADER_COURSE")}
    settings |= {"AUTOGRADER_COURSE": str(course), **environment}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=settings, capture_output=True, text=True, timeout=120
    )
    return done.stdout + done.stderr


def do(course, folder, names):
    """A notebook in which these exercises are done, each checked in a cell of its own."""
    return run_cells(course, folder, [c for name in names for c in (RIGHT[name], f'{FROM}check("{name}")')])
