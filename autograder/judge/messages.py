"""What a verdict says: differences, calls and errors in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.exercises import Probe
from autograder.judge.comparison import Difference
from autograder.student.language import later, retold, shown, t
from autograder.student.perform import REFUSALS
from autograder.student.steps import Outcome, StudentError


def message(probe: Probe, differences: Sequence[Difference]) -> str:
    """What is wrong with a probe: its label, and three differences at most. The verdict gives the call."""
    label = f"{shown(probe.label)}: " if probe.label else ""
    found = "; ".join(f"{d.part}{'' if d.message[:1] == '[' else ' '}{d.message}".strip() for d in differences[:3])
    return f"{label}{found}"


def size(probe: Probe) -> int:
    """How many numbers a reader of the probe's call would meet."""
    return sum(int(np.size(a)) if isinstance(a, (int, float, np.ndarray)) else 8 for s in probe.steps for a in s.args)


RAISED_IN = later("raised {type}: {message} in the line: {line}")
"""What is said of an exception of the student's own line."""


def first_error(outcomes: Sequence[Outcome]) -> str | None:
    """The first error among the outcomes, in words."""
    return next((error_in_words(o.error) for o in outcomes if o.error is not None), None)


def error_in_words(error: StudentError) -> str:
    """What went wrong in a call, with the student's own line where it is known."""
    if error.kind == "time":
        return t("took too long and was stopped")
    if error.kind == "memory":
        return t("asked for more memory than there is")
    if error.kind == "killed" and not error.message:
        return t("the process was stopped")
    if error.kind in ("killed", "size", "undefined"):
        return retold(error.message, REFUSALS)
    if not error.line:
        return t("raised {type}: {message}", type=error.type, message=error.message)
    return shown(RAISED_IN.of(type=error.type, message=error.message, line=error.line))
