"""Probes that share every argument but one with an earlier probe.

A function that keeps what it answered, and looks an answer up by one of its arguments alone, gives an old answer to
them. They are made from an exercise's own probes: entries change places, numbers shrink, given functions are scaled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.exercises.exposing import MEMORY
from autograder.exercises.probe import Probe
from autograder.student.given import Formula
from autograder.student.language import later

_UNCHANGED = object()


def one_argument_changed(probes: Sequence[Probe], arguments: Sequence[str], criterion: str) -> list[Probe]:
    """For each argument that can change, one probe in which it alone does; made from the first probe that can tell."""
    best: Probe | None = None
    others: list[Any] = []
    most = 0
    for probe in probes:
        if len(probe.steps) == 1 and probe.verify is None and probe.between is None and not probe.raises:
            found = [_other(argument) for argument in probe.steps[0].args]
            many = sum(other is not _UNCHANGED for other in found)
            if many > most:
                best, others, most = probe, found, many
            if most == len(found):
                break
    return [] if best is None else list(_variations(best, others, arguments, criterion))


def _variations(probe: Probe, others: Sequence[Any], arguments: Sequence[str], criterion: str) -> Iterator[Probe]:
    step = probe.steps[0]
    for place, other in enumerate(others):
        if other is not _UNCHANGED:
            label = later("an earlier call again, rearranged")
            if len(step.args) > 1:
                label = later("an earlier call again with another argument alone")
                if place < len(arguments):
                    label = later("an earlier call again with another {argument} alone", argument=arguments[place])
            changed = step._replace(args=(*step.args[:place], other, *step.args[place + 1 :]))
            yield replace(probe, steps=(changed,), criterion=criterion, label=label, exposes=MEMORY)


def _other(value: Any) -> Any:
    """Another value of the same kind, which is as allowed as this one: rearranged, shrunk or scaled."""
    if type(value) is float:
        return 0.75 * value if value else _UNCHANGED
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and value.size > 1:
        axis = max(axis for axis, length in enumerate(value.shape) if length > 1)
        turned = np.roll(value, 1, axis)
        turned.flags.writeable = value.flags.writeable
        return _UNCHANGED if np.array_equal(turned, value) else turned
    if isinstance(value, Formula):
        return replace(value, expression=f"1.5 * ({value.expression})")
    if type(value) in (list, tuple) and value:
        items = [_other(item) for item in value]
        if all(item is not _UNCHANGED for item in items):
            return type(value)(items)
    return _UNCHANGED
