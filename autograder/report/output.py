"""What leaves for a file."""

from __future__ import annotations

import codecs
from pathlib import Path

from autograder.exercises import CourseProblem


def write_file(path: Path, text: str, marked: bool = False) -> None:
    """Write a text as UTF-8, in place of a file that may be there. `marked` puts a byte order mark first, by which
    Excel knows UTF-8.

    What UTF-8 cannot hold (half of a surrogate pair, from a student's error message) is written as its escape. Raises
    `CourseProblem` when nothing can be written there.
    """
    try:
        path.write_bytes((codecs.BOM_UTF8 if marked else b"") + text.encode("utf-8", "backslashreplace"))
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise CourseProblem(f"{path} cannot be written: {reason}. Give another file: --output FILE") from None
