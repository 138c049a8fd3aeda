"""What leaves for a file or a terminal."""

from __future__ import annotations

from pathlib import Path

from autograder.pipeline.source import CourseProblem


def write_file(path: Path, text: str) -> None:
    """Write a text as UTF-8, in place of a file that may be there.

    What UTF-8 cannot hold (half of a surrogate pair, from a student's error message) is written as its escape. Raises
    `CourseProblem` when nothing can be written there.
    """
    try:
        path.write_bytes(text.encode("utf-8", "backslashreplace"))
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise CourseProblem(f"{path} cannot be written: {reason}. Give another file: --output FILE") from None


def one_line(words: str, longest: int = 500) -> str:
    """Words a student may have had a hand in, for a terminal: one line, no command to the terminal, not endless.

    What cannot be printed appears as its escape, `\\x1b`.
    """
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in words[: longest + 1])
    return plain if len(words) <= longest else f"{plain[:longest]}..."
