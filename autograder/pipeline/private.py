"""What lies beside a notebook in the course and never leaves it: its answers, and the text it is made from.

nbgrader copies what stands beside a notebook, into releases and into graded folders, and from there files travel to
students and into the sandbox. An instructor's `ignore` setting holds private files back; this holds them back without.
"""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograder.exercises.course_words import TABLES
from autograder.pipeline.course import CourseDirectory
from autograder.reading.folders import files_below

ANSWERS = "answers.py"
COMPILED = "__pycache__"
_TEXT_FORMS = (".py", ".md", ".Rmd", ".qmd")


def private_files(folder: Path) -> Iterator[Path]:
    """The files below a folder of the course that hold answers: `answers.py`, compiled too, and text forms of
    notebooks."""
    paths = list(files_below(folder))
    notebooks = {path.with_suffix("") for path in paths if path.suffix == ".ipynb"}
    for path in paths:
        if (
            path.name == ANSWERS
            or COMPILED in path.parts
            or (path.suffix in _TEXT_FORMS and path.with_suffix("") in notebooks)
        ):
            yield path


def always_ignored() -> None:
    """Have nbgrader pass over `answers.py`, and what Python makes of it, whatever a course's settings say; and over
    tables of texts, which are of no use beside a notebook."""
    trait = CourseDirectory.class_traits()["ignore"]
    if getattr(trait, "keeps_answers", False):
        return
    validate = trait.validate

    def with_answers(directory: Any, value: Any) -> Any:
        patterns = validate(directory, value)
        return [*patterns, *(name for name in (ANSWERS, COMPILED, TABLES) if name not in patterns)]

    trait.validate, trait.keeps_answers = with_answers, True


def copies(folder: Path, source: Path) -> list[Path]:
    """The private files of an assignment's `source` that lie in `folder` too, to the byte or by the name of answers."""
    found = []
    for path in private_files(source):
        copy = folder / path.relative_to(source)
        with suppress(OSError):
            if copy.is_file() and (copy.name == ANSWERS or filecmp.cmp(copy, path, shallow=False)):
                found.append(copy)
    return found


def withhold(folder: Path, source: Path) -> None:
    """Take the copies of an assignment's private files out of `folder`; a student's own file of such a name stays."""
    for path in private_files(source):
        copy = folder / path.relative_to(source)
        with suppress(OSError):
            if copy.is_file() and not copy.is_symlink() and filecmp.cmp(copy, path, shallow=False):
                copy.chmod(0o644)
                copy.unlink()
