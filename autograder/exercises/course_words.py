"""The language of a course, and its tables of texts: `course.toml` in the folder of its assignments says
`language = "de"`, and the tables lie beside the exercises they translate, as `words.de.toml`, or for the whole course
beside `course.toml`.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path

from autograder.exercises.problems import CourseProblem
from autograder.student.language import ENGLISH, FOLDER, NAMED, has_table, read_table, speak, tag, unfillable

SETTINGS = "course.toml"
TABLES = "words.*.toml"
"""What the tables of a course are called, with the language in the place of the star."""
_KNOWN = ("language",)
_spoken_for: tuple[Path, str | None] | None = None


def speak_for(folder: Path) -> None:
    """Speak the language of the course whose assignments lie in `folder`, or the one that the environment names.

    Raises `CourseProblem` for a language that nobody has written a table for, and for a file that cannot be read.
    """
    global _spoken_for
    asked = (folder, os.environ.get(NAMED))
    if asked == _spoken_for:
        return
    named, where = tag(asked[1] or ""), NAMED
    if not named:
        named, where = tag(_settings(folder).get("language", "")) or ENGLISH, str(folder / SETTINGS)
    paths = list(_tables(folder, named))
    if not paths and not has_table(named):
        raise CourseProblem(
            f"there is no table of texts for {named!r}, which {where} names; there are {_known(folder)}"
        )
    speak(named, [_sound(path) for path in paths])
    _spoken_for = asked


def _sound(path: Path) -> dict[str, str]:
    try:
        table = read_table(path)
    except ValueError as problem:
        raise CourseProblem(str(problem)) from None
    if (text := unfillable(table)) is not None:
        raise CourseProblem(
            f"{path}: {text!r} has other names in braces in its translation {table[text]!r}: use those of the English"
        )
    return table


def forget() -> None:
    """Look the language up anew the next time: a table was changed."""
    global _spoken_for
    _spoken_for = None


def tables_of(folder: Path, assignment: str = "*") -> list[Path]:
    """The tables of a course, those of the whole course first; of one assignment where one is named."""
    return [*(folder.glob(TABLES) if assignment == "*" else ()), *sorted(folder.glob(f"{assignment}/{TABLES}"))]


def language_in(path: Path) -> str:
    """The language of a table, from its name."""
    return path.name.split(".")[1]


def _tables(folder: Path, named: str) -> Iterator[Path]:
    return (path for path in tables_of(folder) if language_in(path) == named)


def _known(folder: Path) -> str:
    found = {ENGLISH, *(path.stem for path in FOLDER.glob("*.toml")), *map(language_in, tables_of(folder))}
    return ", ".join(sorted(found))


def _settings(folder: Path) -> dict[str, str]:
    """What `course.toml` sets; nothing where there is none."""
    path = folder / SETTINGS
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        raise CourseProblem(f"{path} cannot be read: {problem}") from None
    for key, value in found.items():
        if key not in _KNOWN:
            near = difflib.get_close_matches(key, _KNOWN, n=1)
            meant = f"did you mean {near[0]}?" if near else f"there is {', '.join(_KNOWN)}"
            raise CourseProblem(f"{path} sets {key!r}, which is no setting: {meant}")
        if not isinstance(value, str):
            raise CourseProblem(f'{path}: {key} is a text in quotes, as in {key} = "de"')
    return found
