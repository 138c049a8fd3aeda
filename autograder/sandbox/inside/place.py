"""Where processes run: a grading process and its sandbox keep to one processor.

They take turns, hundreds of times for each submission. Left to the system they are moved about, now both to one
processor, now each to one that has nothing of theirs in its cache.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence


def keep_to(processors: Sequence[int]) -> None:
    """Have this thread, and whatever it starts, run on these processors only; anywhere when there are none."""
    if processors and hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):  # taken away since
            os.sched_setaffinity(0, processors)
