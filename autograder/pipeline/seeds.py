"""Secrets of a course, drawn once and kept: the seed of each assignment, and what names are hidden with."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from autograder.exercises import CourseProblem


def seed_of(folder: Path, assignment: str) -> int:
    """The seed all submissions of an assignment are judged with: drawn once, kept, and recorded with every verdict.

    Drawn, so that nobody can prepare answers for it; kept, so that a grade can be reproduced.
    """
    path = folder / f"{assignment}.seed"
    text = drawn_once(path, lambda: str(secrets.randbelow(2**31)))
    if not text.isdecimal():
        raise CourseProblem(
            f"{path} should hold the number the tests of {assignment!r} are drawn with, and holds {text[:40]!r}: "
            "bring it back from a copy, or delete it and grade everybody again with --force"
        )
    return int(text)


def drawn_once(path: Path, draw: Callable[[], str]) -> str:
    """What `draw` gave when this file was first asked for; only its owner can read it.

    Two that ask at the same time get the same, and nobody gets a part, whatever happens to them.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:
            file.write(draw())
            file.flush()
            os.fsync(file.fileno())
            with suppress(FileExistsError):  # another was faster: then what it drew is the one
                try:
                    os.link(file.name, path)  # complete at once, whatever happens to us
                except FileExistsError:
                    raise
                except OSError:  # a file system without hard links
                    with path.open("x", encoding="ascii") as kept:
                        kept.write(Path(file.name).read_text(encoding="ascii"))
    return path.read_text(encoding="ascii", errors="replace").strip()
