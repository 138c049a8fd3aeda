"""What is wrong with the outcomes of a probe: verified in the probe's own way, or compared with the reference's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.exercises import Exercise, Probe
from autograder.judge.comparison import Difference, compare, in_words, outside, parts
from autograder.judge.messages import error_in_words, first_error
from autograder.student.steps import Outcome


def find(exercise: Exercise, probe: Probe, got: Sequence[Outcome], right: Sequence[Outcome]) -> list[Difference]:
    """What is wrong with the outcomes of a probe; empty when they are right."""
    if probe.verify is not None:
        return _verified(probe, got)
    for outcome, expected in zip(got, right, strict=True):
        if outcome.error is not None and expected.error is None:
            return [Difference("", error_in_words(outcome.error))]
        if outcome.error is None and expected.error is not None:
            return [Difference("", f"gave {in_words(outcome.value)}; expected {expected.error.type}")]
        if outcome.error is not None:
            continue
        if probe.between is not None:
            return _between(exercise, outcome.value, *probe.between)
        scale = probe.scale or scale_of(probe, expected.value)
        differences = compare(outcome.value, expected.value, exercise.outputs, scale)
        if differences:
            return differences
    return []


def _verified(probe: Probe, got: Sequence[Outcome]) -> list[Difference]:
    assert probe.verify is not None
    try:
        message = probe.verify(got)
    except Exception:  # what came back does not have the form the check reads
        message = first_error(got) or f"returned {in_words(got[-1].value)}, which is not what the docstring asks for"
    return [Difference("", message)] if message else []


def _between(exercise: Exercise, value: Any, low: Any, high: Any) -> list[Difference]:
    if not isinstance(low, tuple):
        message = outside(value, low, high)
        return [Difference("", message)] if message else []
    if not isinstance(value, (tuple, list)) or len(value) != len(low):
        return compare(value, low, exercise.outputs)
    names = exercise.outputs or [f"[{i}]" for i in range(len(low))]
    rows = zip(names, value, low, high, strict=True)
    return [Difference(name, m) for name, v, lo, hi in rows if (m := outside(v, lo, hi))]


def scale_of(probe: Probe, right: Any) -> float | None:
    """The size below which a difference is round-off: at least a thousandth of what comes in."""
    sizes = [
        np.abs(np.asarray(v, dtype=float)) for v in parts(right, ()).values() if isinstance(v, (float, int, np.ndarray))
    ]
    first = probe.steps[-1].args[0] if probe.steps[-1].args else 0.0
    if isinstance(first, (float, np.ndarray)):
        sizes.append(np.minimum(1.0, 1e-3 * np.abs(np.asarray(first, dtype=float))))
    largest = [float(s[np.isfinite(s)].max()) for s in sizes if np.isfinite(s).any()]
    return max(largest) if largest else None
