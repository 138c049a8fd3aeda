"""Answers that are the course's own: its references, its solutions, or the library's code, typed or pasted."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import nn_lib
from autograder.exercises import CourseExercises
from autograder.report.similar import parsed
from autograder.student.syntax import source_of

PIECE = 5  # words and signs in a row
ENOUGH = 30  # pieces: four lines of one's own; of less, many are right in the same words
SAME = 0.9  # of the pieces of a function, how many must be another's

Pieces = frozenset[tuple[str, ...]]


@dataclass
class Known:
    """What the course and the library hold, in pieces; names count here, as who copies keeps them."""

    answers: dict[str, list[tuple[str, Pieces]]] = field(default_factory=dict)
    library: Pieces = frozenset()

    @cached_property
    def everything(self) -> Pieces:
        return self.library.union(*(pieces for several in self.answers.values() for _, pieces in several))

    def whose(self, exercise: str, text: str, given: Iterable[str] = ()) -> str | None:
        """Whose an answer to an exercise is, in words, or None. `given` is what everybody was handed."""
        if len(_pieces(text) & self.everything) < 0.8 * ENOUGH:  # most answers, and no need to read them closely
            return None
        shown = frozenset[tuple[str, ...]]().union(*(p for t in given for p in _functions(t)))
        for pieces in _functions(text):
            own = pieces - shown
            if len(own) < ENOUGH:
                continue
            for what, theirs in self.answers.get(exercise, ()):
                if len(own & theirs) >= SAME * len(own):
                    return what
            if len(own & self.library) >= SAME * len(own):
                return "the code of nn_lib"
        return None


def known(course: CourseExercises | None, solutions: Mapping[str, str]) -> Known:
    """The references of a course, its solved notebooks' `solutions` by name, and the library."""
    found = Known(library=frozenset().union(*_library()))
    for name, text in solutions.items():
        found.answers.setdefault(name, []).extend(("the course's solution", pieces) for pieces in _functions(text))
    for name, exercise in ({} if course is None else course.exercises).items():
        reference = None if exercise.answers is None else exercise.answers.reference
        parts: list[Any] = list(reference.values()) if isinstance(reference, Mapping) else [reference]
        for part in parts:
            with suppress(OSError, TypeError):  # no source to be read
                text = textwrap.dedent(source_of(part))
                found.answers.setdefault(name, []).extend(("the course's reference", p) for p in _functions(text))
    return found


def _library() -> Iterator[Pieces]:
    for path in sorted(Path(nn_lib.__file__).parent.rglob("*.py")):
        yield from _functions(path.read_text(encoding="utf-8"))


def _functions(text: str) -> Iterator[Pieces]:
    """The pieces of each function in a text, without docstrings, comments, annotations and the name it goes by."""
    tree = parsed(text)
    for node in () if tree is None else ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            with suppress(RecursionError, ValueError, MemoryError):
                yield _pieces("\n".join(ast.unparse(s) for s in node.body if not _is_words(s)))


def _pieces(text: str) -> Pieces:
    words = re.findall(r"\w+|[^\w\s]", text)
    return frozenset(tuple(words[i : i + PIECE]) for i in range(len(words) - PIECE + 1))


def _is_words(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
