"""The files of a submission, as the grader walks them: nothing that is made to be deep or large breaks the run."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

FILE_LIMIT = 64 * 2**20
TOTAL_LIMIT = 256 * 2**20
MOST_FILES = 4_096
DEEPEST = 100


def files_below(folder: Path) -> Iterator[Path]:
    """What lies in a folder and is no folder (links among it, never followed), down to `DEEPEST` folders.

    Folders that cannot be read are passed over. No recursion: a student may hand in more folders than Python has stack.
    """
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(here) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    yield here / entry.name
                elif depth < DEEPEST:
                    waiting.append((here / entry.name, depth + 1))
