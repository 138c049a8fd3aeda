"""How long to wait for code that shares its processors with others."""

from __future__ import annotations

import os
from pathlib import Path

from autograder.sandbox.cgroup import processors

MOST_PATIENCE = 8.0


def patience() -> float:
    """How many times as long as by itself something takes on this machine now, from 1 to `MOST_PATIENCE`.

    What shares a processor with others waits for its turn, and is none the slower for it: a right answer should not
    run out of time because there are more grading processes than processors, or less than one processor for them all.
    """
    return min(max(1.0, _running() / processors()), MOST_PATIENCE)


def _running() -> float:
    """How much wants a processor: the mean of the last minute or the number now, whichever is more."""
    try:
        minute, *_, now, _ = Path("/proc/loadavg").read_text().split()
        return max(float(minute), float(now.partition("/")[0]))
    except (OSError, ValueError):
        pass
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows
        return 1.0
