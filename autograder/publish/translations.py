"""The tables of texts for another language: what is to be translated, what is, and what has no English any more.

Texts of the engine are read from its source: every call of `t`, `counted` and `later` writes its English out, in Python
and in templates. Those of a course are the names, hints, titles and labels of its exercises.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from autograder.exercises import CourseExercises, CourseProblem, Exercise
from autograder.exercises.course_words import forget, language_in, tables_of
from autograder.installed import is_checkout
from autograder.student.language import ENGLISH, FOLDER, Text, placeholders, read_table
from autograder.student.syntax import parse

PACKAGE = Path(__file__).resolve().parents[1]
ENGINE = "the engine"
WHOLE = "the whole course"
SAYING = {"t": 1, "counted": 2, "later": 1}
"""The functions that say a text, and how many of their first arguments are texts."""
_SEEDS = range(2)


class NotWrittenOut(ValueError):
    """A text that is said is not written out in the call; names file and line."""


@dataclass(frozen=True)
class Coverage:
    """How much of one part (the engine, or an assignment) a language has. `path` is the table, there or not."""

    language: str
    part: str
    path: Path
    texts: tuple[str, ...]
    missing: tuple[str, ...]
    superfluous: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether the table has every text, none too many, and the placeholders of each."""
        return not (self.missing or self.superfluous or self.wrong)


def engine_texts() -> tuple[str, ...]:
    """Every text that the engine says to a student, in English. Raises `NotWrittenOut` for one that cannot be read."""
    found: dict[str, None] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        found |= dict.fromkeys(texts_in(path))
    for path in sorted(PACKAGE.rglob("*.j2")):
        found |= dict.fromkeys(_in_template(path))
    return tuple(found)


def texts_in(path: Path) -> Iterator[str]:
    """The texts that a Python file says."""
    tree = parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    if not any(
        isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & SAYING.keys() for node in nodes
    ):
        return
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
            for argument in node.args[: SAYING[node.func.id]]:
                if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                    what = ast.unparse(argument)
                    raise NotWrittenOut(
                        f"{path}, line {node.lineno}: {node.func.id}({what}) does not write its text out. Write it in "
                        "the call, with placeholders; for a text that is kept elsewhere there is shown()"
                    )
                yield argument.value


def _in_template(path: Path) -> Iterator[str]:
    from jinja2 import Environment, nodes

    for node in Environment(autoescape=True).parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
        if isinstance(node.node, nodes.Name) and node.node.name in SAYING:
            for argument in node.args[: SAYING[node.node.name]]:
                if not isinstance(argument, nodes.Const) or not isinstance(argument.value, str):
                    raise NotWrittenOut(f"{path}, line {node.lineno}: a text of {node.node.name} is not written out")
                yield argument.value


def course_texts(course: CourseExercises, assignment: str) -> tuple[str, ...]:
    """Every text of an assignment's exercises that a student reads and the engine does not have."""
    found = dict.fromkeys(texts_in(course.folder / assignment / "exercises.py"))
    for exercise in course.assignments[assignment]:
        found |= dict.fromkeys(_of(exercise))
    known = set(engine_texts())
    return tuple(text for text in found if text not in known)


def _of(exercise: Exercise) -> Iterator[str]:
    for mistake in exercise.mistakes:
        yield from (mistake.name, mistake.hint)
    for criterion in exercise.criteria:
        yield criterion.title
    for seed in _SEEDS:
        for probe in exercise.drawn(np.random.default_rng(seed)):
            if probe.label:
                yield probe.label.key if isinstance(probe.label, Text) else probe.label
            yield from probe.exposes or ()


def languages(course: CourseExercises) -> list[str]:
    """English, and each language that the engine or the course has a table in, sorted."""
    known = {path.stem for path in FOLDER.glob("*.toml")}
    return sorted({ENGLISH, *known, *(language_in(path) for path in tables_of(course.folder))})


def coverage(course: CourseExercises, named: Sequence[str] = (), assignments: Sequence[str] = ()) -> list[Coverage]:
    """For each language there is a table in (or each named), how much it has of the engine and of each assignment (or
    of those named); and what a table for the whole course has."""
    wanted = list(named) or [one for one in languages(course) if one != ENGLISH]
    texts = engine_texts()
    own = {
        name: course_texts(course, name) for name in course.assignments if name in (assignments or course.assignments)
    }
    found = []
    for language in wanted:
        shared = _shared(course, language)
        engine, whole = _engine_path(course, language), course.folder / f"words.{language}.toml"
        found.append(_compared(language, ENGINE, engine, texts, shared))
        if whole.exists() and whole != engine:
            known_texts = {*texts, *chain(*own.values())}
            theirs = [text for text in _read(whole) if text in known_texts or assignments]
            found.append(_compared(language, WHOLE, whole, theirs, shared))
        for name, asked in own.items():
            path = course.folder / name / f"words.{language}.toml"
            # The words of the engine, and of the whole course, may be put otherwise in an assignment.
            found.append(_compared(language, name, path, asked, shared, also=texts))
    return found


def _shared(course: CourseExercises, language: str) -> dict[str, str]:
    """What the tables of the engine and of the whole course have."""
    return _read(FOLDER / f"{language}.toml") | _read(course.folder / f"words.{language}.toml")


def _engine_path(course: CourseExercises, language: str) -> Path:
    """Where the engine's texts in a language stand, or belong: a course from an installed engine has its own."""
    own = FOLDER / f"{language}.toml"
    if own.exists() or is_checkout():
        return own
    return course.folder / f"words.{language}.toml"


def _read(path: Path) -> dict[str, str]:
    try:
        return read_table(path) if path.exists() else {}
    except ValueError as problem:
        raise CourseProblem(str(problem)) from None


def _compared(
    language: str,
    part: str,
    path: Path,
    texts: Sequence[str],
    shared: Mapping[str, str],
    also: Iterable[str] = (),
) -> Coverage:
    table = _read(path)
    known = {**table, **shared} if part in (ENGINE, WHOLE) else {**shared, **table}
    allowed = {*texts, *also}
    return Coverage(
        language,
        part,
        path,
        tuple(texts),
        tuple(text for text in texts if text not in known),
        tuple(text for text in table if text not in allowed),
        tuple(text for text in texts if text in known and placeholders(text) != placeholders(known[text])),
    )


def add_missing(found: Coverage) -> int:
    """Put the texts that a table lacks at its end, to be filled in; returns how many. An empty text is none yet."""
    if found.missing:
        before = found.path.read_text(encoding="utf-8") if found.path.exists() else ""
        lines = [f'{quoted(text)} = ""' for text in found.missing if text not in tomllib.loads(before)]
        found.path.write_text("\n".join([*before.splitlines(), *lines]) + "\n", encoding="utf-8")
        forget()
        return len(lines)
    return 0


def quoted(text: str) -> str:
    """A text as a basic string of TOML."""
    made = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{made}"'
