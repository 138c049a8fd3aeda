"""What a verdict says: differences, calls and errors in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.exercises import Probe
from autograder.judge.comparison import Difference
from autograder.student.steps import Outcome, StudentError


def message(probe: Probe, differences: Sequence[Difference]) -> str:
    """What is wrong with a probe: its label, and three differences at most. The verdict gives the call."""
    label = f"{probe.label}: " if probe.label else ""
    shown = "; ".join(f"{d.part}{'' if d.message[:1] == '[' else ' '}{d.message}".strip() for d in differences[:3])
    return f"{label}{shown}"


def size(probe: Probe) -> int:
    """How many numbers a reader of the probe's call would meet."""
    return sum(int(np.size(a)) if isinstance(a, (int, float, np.ndarray)) else 8 for s in probe.steps for a in s.args)


def first_error(outcomes: Sequence[Outcome]) -> str | None:
    """The first error among the outcomes, in words."""
    return next((error_in_words(o.error) for o in outcomes if o.error is not None), None)


def error_in_words(error: StudentError) -> str:
    """What went wrong in a call, with the student's own line where it is known."""
    words = {
        "time": "took too long and was stopped",
        "memory": "asked for more memory than there is",
        "killed": error.message or "the process was stopped",
        "size": error.message,
        "undefined": error.message,
    }
    if error.kind in words:
        return words[error.kind]
    where = f" in the line: {error.line}" if error.line else ""
    return f"raised {error.type}: {error.message}{where}"
