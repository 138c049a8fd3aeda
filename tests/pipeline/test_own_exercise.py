"""The walk in docs/adding-an-exercise.md, as it is printed: from nothing to a graded class."""

import csv
import json
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import need_program

from autograder.exercises import Argument, Contradiction, Exercise
from autograder.judge.decide import judge
from autograder.judge.mutation import Catalogued
from autograder.judge.plan import plan_of
from nn_lib import numerical_gradient

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs" / "adding-an-exercise.md").read_text(encoding="utf-8")
WALK = PAGE.partition("## From the forward alone")[2]
NAME = "02_layer_norm"
RIGHT = "upstream.sum(axis=0)\n"


@pytest.mark.slow
@pytest.mark.xdist_group("docs")
def test_from_nothing_to_a_graded_class(tmp_path):
    need_program("bwrap", "bubblewrap")
    steps = re.findall(r"`(solutions/[^`]+\.py)`|```(python|console)\n(.*?)```", WALK, re.DOTALL)
    environment = {k: v for k, v in os.environ.items() if k != "AUTOGRADER_COURSE"}
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for program, module in (("nbgrader", "nbgrader"), ("autograder", "autograder.cli")):
        (binaries / program).write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
        (binaries / program).chmod(0o755)
    environment["PATH"] = os.pathsep.join([str(binaries), str(Path(sys.executable).parent), environment["PATH"]])
    course, file = tmp_path, ""
    for named, kind, block in steps:
        if named:
            file = named
        elif kind == "python":
            (course / file).write_text(block, encoding="utf-8")
        else:
            for line in block.splitlines():
                command = line.removeprefix("$ ")
                if command.startswith("cd "):
                    course = course / command.removeprefix("cd ")
                    continue
                if command.startswith("autograder grade"):
                    hand_in(course)
                done = subprocess.run(["/bin/sh", "-c", command], cwd=course, env=environment, capture_output=True)
                assert done.returncode == 0, (command, done.stderr.decode()[-2000:])
    with (course / f"{NAME}-questions.csv").open(newline="", encoding="utf-8") as table:
        points = {row["student_id"]: float(row["layer_norm_backward (3)"]) for row in csv.DictReader(table)}
    assert points["ada"] == 3.0 and 0.0 < points["boris"] < 3.0 and points["gus"] == 0.0
    report = json.loads((course / f"report-{NAME}.json").read_text(encoding="utf-8"))
    assert "mean instead of sum over the batch" in json.dumps(report["misconceptions"])


def hand_in(course):
    """One student who is right, one who takes a mean for a sum, one who has not begun."""
    solved = json.loads((course / "solutions" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    released = json.loads((course / "notebooks" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    wrong = json.loads(json.dumps(solved).replace("upstream.sum(axis=0)", "upstream.mean(axis=0)"))
    assert wrong != solved
    for student, notebook in (("ada", solved), ("boris", wrong), ("gus", released)):
        path = course / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")


# --- the exercise itself ----------------------------------------------------------------------------------------------


def scale_shift(x, w, b):
    return np.tanh(x @ w.T + b)


def hinge(x, w):
    return np.maximum(0.0, 1.0 - np.abs(x) * w)


BY_STEP = {"x": Argument(("B", "m")), "w": Argument(("n", "m")), "b": Argument(("n",))}
BY_DIFFERENCE = {"x": Argument(("B", "m"), kinks=(0.0,)), "w": Argument((), positive=True, differentiable=False)}


def weighed(forward, upstream, inputs, place, x):
    return float(np.sum(upstream * forward(*inputs[:place], x, *inputs[place + 1 :])))


@pytest.mark.parametrize(("forward", "arguments"), [(scale_shift, BY_STEP), (hinge, BY_DIFFERENCE)])
def test_what_is_right_is_the_librarys_numerical_gradient(forward, arguments):
    exercise = Exercise.from_forward(forward, arguments)
    plan = plan_of(exercise, 1)
    for probe, (outcome,) in zip(plan.probes[:4], plan.expected, strict=False):
        upstream, *inputs = probe.steps[0].args
        values = outcome.value if isinstance(outcome.value, tuple) else (outcome.value,)
        for place, value in enumerate(values):
            total = partial(weighed, forward, upstream, inputs, place)
            np.testing.assert_allclose(value, numerical_gradient(total, inputs[place]), rtol=1e-5, atol=1e-7)


def right(upstream, x, w, b):
    g = upstream * (1 - np.tanh(x @ w.T + b) ** 2)
    return g @ w, g.T @ x, g.sum(axis=0)


def test_right_answers_pass_and_slips_have_names():
    exercise = Exercise.from_forward(scale_shift, BY_STEP, points=2)

    def verdict(answer, seed):
        return judge(exercise, Catalogued({exercise.name: answer}), seed)

    assert all(verdict(right, seed).passed for seed in range(10))
    named = {
        "upstream forgotten": lambda g, *a: right(np.ones_like(g), *a),
        "sign": lambda *a: tuple(-part for part in right(*a)),
        "outputs in another order": lambda *a: right(*a)[::-1],
    }
    for name, answer in named.items():
        assert verdict(answer, 0).misconceptions == (name,)


@pytest.mark.parametrize(
    ("forward", "arguments", "says"),
    [
        (lambda x: x, {"x": Argument(("B",)), "y": Argument(())}, "its forward raises TypeError"),
        (lambda x: "no", {"x": Argument(("B",))}, "asked for is one array of numbers"),
        (lambda x: x, {"x": Argument(("B",), differentiable=False)}, "no gradient to ask for"),
        (np.round, {"x": Argument(("B",), spread=0.3, centre=0.5)}, None),
    ],
)
def test_a_forward_that_cannot_serve_is_refused(forward, arguments, says):
    if says is None:  # flat almost everywhere: its gradient is 0, and that is right
        assert Exercise.from_forward(forward, arguments, name="flat").answers is not None
        return
    with pytest.raises(Contradiction, match=says):
        Exercise.from_forward(forward, arguments, name="bad")
