"""Do the digits of right answers end early, as those of a difference quotient do?

A formula in float64 is right to some fifteen digits, whatever its spelling; a quotient of two differences to five to
eleven. An answer in float32 ends early too, but is then a number that float32 can hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograder.judge.comparison import is_numeric, parts
from autograder.judge.findings import Plainly
from autograder.judge.plan import Plan
from autograder.student.steps import Outcome

_EXACT = 2e-13  # relative to the number or to 1: some hundred units of rounding
_ENOUGH = 0.25  # of the numbers


def digits_end_early(plan: Plan, answers: Sequence[Sequence[Outcome]], plainly: Plainly) -> bool:
    """Whether at least a quarter of the numbers other than 0 are right, but not to the digits that a formula gives."""
    inexact = compared = 0
    first = plan.exercise.criteria[0].key
    asked = [
        number
        for number, probe in enumerate(plan.probes)
        if probe.verify is None and probe.between is None and probe.criterion == first
    ]
    if plainly.exact(asked, _EXACT):
        return False
    for number in asked:
        for outcome, expected in zip(answers[number], plan.expected[number], strict=True):
            for value, right in _pairs(outcome.value, expected.value):
                if (value == right).all():
                    compared += int(np.count_nonzero(right))
                    continue
                if np.array_equal(value.astype(np.float32), value):
                    continue
                error = np.abs(value - right)[right != 0.0]
                compared += error.size
                inexact += int(np.sum(error > _EXACT * np.maximum(1.0, np.abs(right[right != 0.0]))))
    return compared > 0 and inexact >= _ENOUGH * compared


def _pairs(value: Any, right: Any) -> Iterator[tuple[Any, Any]]:
    """The arrays of an answer beside the right ones."""
    if isinstance(right, (tuple, list, dict)):
        ours, theirs = parts(value, ()), parts(right, ())
        for key in theirs:
            if key in ours:
                yield from _pairs(ours[key], theirs[key])
    elif is_numeric(value) and is_numeric(right) and np.shape(value) == np.shape(right):
        yield np.asarray(value, dtype=float), np.asarray(right, dtype=float)
