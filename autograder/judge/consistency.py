"""Errors carried forward: is a backward right for the student's own forward, even where that one is wrong?

A forward that is off and a backward that differentiates it faithfully are one mistake, not two. The student's forward
is differentiated numerically, only where the backward failed against the reference. Agreement alone earns nothing: a
forward that does not move with its input, or that just returns it, agrees with many a backward.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from autograder.exercises import DIFFERENCE, Exercise, Probe, Step
from autograder.judge.comparison import is_numeric
from autograder.judge.diagnosis import diagnose
from autograder.judge.findings import find
from autograder.judge.plan import Plan, perform_probes
from autograder.student.steps import Outcome, StudentCode

_STEP = 1e-4


def sincere_forward(forward: Plan, code: StudentCode) -> bool:
    """Whether the student's forward is wrong, and yet near right or a known mistake: worth a gradient of its own.

    Beside a right forward there is nothing to carry on, and a forward that has nothing to do with the task shows no
    understanding that its gradient could follow from. Near right is what is right for half of the
    ordinary probes; for very large numbers it may overflow.
    """
    name = forward.exercise.name
    if not code.defined(name) or code.borrowed(name) is not None:
        return False
    ordinary = Plan(forward.exercise, forward.seed, [p for p in forward.probes if p.criterion == "values"])
    answers = perform_probes(code, ordinary.probes)
    rows = zip(ordinary.probes, answers, ordinary.expected, strict=True)
    findings = [find(ordinary.exercise, *row, partial(ordinary.rooms, number)) for number, row in enumerate(rows)]
    if not any(findings):
        return False
    names, _ = diagnose(ordinary, answers, findings, code.run)
    return bool(names) or 2 * sum(map(bool, findings)) <= len(findings)


def right_for_own_forward(
    exercise: Exercise, code: StudentCode, probes: Sequence[Probe], answers: Sequence[Sequence[Outcome]]
) -> bool:
    """Whether the student's gradients are those of the student's own forward, in all these probes: those that fail.

    What the forward itself is worth, `sincere_forward` says.
    """
    judged = 0
    for probe, outcomes in zip(probes, answers, strict=True):
        if probe.exposes == DIFFERENCE:
            continue  # made so that a numerical derivative, which is what is compared with here, has no digits left
        if len(probe.steps) != 1 or outcomes[0].error is not None:
            return False
        verdict = _one(exercise, code, probe, outcomes[0].value)
        if verdict is None:
            continue
        if not verdict:
            return False
        judged += 1
    return judged > 0


def _one(exercise: Exercise, code: StudentCode, probe: Probe, value: Any) -> bool | None:
    arguments = probe.steps[0].args
    takes_upstream = exercise.upstream is not None
    upstream, inputs = (arguments[0], arguments[1:]) if takes_upstream else (1.0, arguments)
    gradients = list(value) if isinstance(value, (tuple, list)) else [value]
    if not 0 < len(gradients) <= len(inputs):
        return False
    steps, places = [], []
    for i, gradient in enumerate(gradients):
        x = np.asarray(inputs[i], dtype=float)
        if not is_numeric(gradient) or np.shape(gradient) != x.shape or x.size > 40:
            return None if x.size > 40 else False
        for entry in range(x.size):
            for sign in (1.0, -1.0, 0.5, -0.5):
                moved = x.copy()
                moved.flat[entry] += sign * _STEP
                given = list(inputs)
                given[i] = moved if x.ndim else float(moved)
                steps.append(Step(str(exercise.forward), tuple(given)))
            places.append((i, entry))
    outcomes = code.run(steps)
    if any(o.error is not None or not is_numeric(o.value) for o in outcomes):
        return False
    values = [np.asarray(o.value, dtype=float) for o in outcomes]
    if any(v.shape != values[0].shape for v in values) or (takes_upstream and np.shape(upstream) != values[0].shape):
        return False
    worst = spread = trivial = 0.0
    for number, (i, entry) in enumerate(places):
        far, half = values[4 * number : 4 * number + 2], values[4 * number + 2 : 4 * number + 4]
        coarse, fine = (far[0] - far[1]) / (2 * _STEP), (half[0] - half[1]) / _STEP
        numerical = float(np.sum(upstream * ((4 * fine - coarse) / 3)))
        analytic = float(np.asarray(gradients[i], dtype=float).flat[entry])
        worst = max(worst, abs(numerical - analytic) - 1e-5 * max(abs(numerical), abs(analytic)) - 1e-7)
        spread = max(spread, abs(numerical))
        identity = float(np.asarray(upstream).flat[entry % np.size(upstream)])
        trivial = max(trivial, abs(numerical - identity))
    # A constant forward, or one that returns its input, shows no understanding that a gradient could follow from.
    return worst <= 0.0 and spread > 1e-6 and trivial > 1e-6
