"""What a criterion is called for one exercise: special cases are those of its own probes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograder.exercises.exercise import SPECIAL, Criterion
from autograder.exercises.probe import Probe
from autograder.student.language import shown, t

_MOST = 4
"""So many cases are named: a longer list is not read."""


def title_of(criterion: Criterion, probes: Sequence[Probe]) -> str:
    """The criterion's title; the one for special cases names some that its probes ask for."""
    if criterion.title != SPECIAL:
        return shown(criterion.title)
    concerned = [probe for probe in probes if probe.criterion == criterion.key]
    found = [shown(name) for probe in concerned if (name := probe.label)]
    found += [name for probe in concerned if not probe.label for name in _kinds(probe)]
    cases = list(dict.fromkeys(found))[:_MOST]
    return t("right in special cases, among them: {cases}", cases="; ".join(cases)) if cases else shown(SPECIAL)


def _kinds(probe: Probe) -> Iterator[str]:
    """What is special about the arguments of a probe without a label, as far as they show it."""
    arguments = [argument for step in probe.steps for argument in step.args]
    arrays = [item for argument in arguments for item in _arrays(argument)]
    if any(array.dtype == np.float32 for array in arrays):
        yield t("float32")
    elif any(array.size == 0 for array in arrays):
        yield t("nothing at all")
    elif arrays and all(array.size == 1 for array in arrays):
        yield t("a single entry")
    elif arrays and arrays[0].ndim == 2 and len(arrays[0]) == 1:
        yield t("a single row")
    elif any(not array.flags.writeable for array in arrays):
        yield t("arrays that cannot be written to")
    numbers = [a for a in arguments if isinstance(a, (int, float))]
    if not arrays and numbers and all(type(number) is int for number in numbers):
        yield t("whole numbers")


def _arrays(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _arrays(item)
