"""The words between the judge and a student's code: steps go out, outcomes come back.

The judge writes a list of `Step`s and reads a list of `Outcome`s. Whether they were performed in this process
(`local.LocalCode`, behind `check(...)`) or in a sandbox, it cannot tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


class Step(NamedTuple):
    """One call of the student's code.

    `name` is a function or class of the notebook or, with `method`, an object an earlier step kept. With `keep`, the
    result stays on the student's side under that name (an instance of a class, say) and `Outcome.value` is None.
    Arguments are plain data, descriptions (`autograder.student.given`) or `Kept` objects; each call gets fresh copies.
    """

    name: str
    args: tuple[Any, ...] = ()
    method: str | None = None
    keep: str | None = None


@dataclass(frozen=True)
class Kept:
    """An argument that stands for an object an earlier step kept."""

    name: str


@dataclass(frozen=True)
class Opaque:
    """A returned value that is not plain data; `description` says in words what it was."""

    description: str


@dataclass(frozen=True)
class StudentError:
    """What went wrong in a call.

    `kind` is "exception", "undefined" (no such function or object), "time" (out of time), "memory", "killed" (the
    process died) or "size" (returned too much). `line` is the student's own line, where there is one. `bases` names the
    classes that the exception's class derives from: a `CycleError` is a `ValueError` too.
    """

    kind: str
    type: str
    message: str
    line: str | None = None
    line_number: int | None = None
    bases: tuple[str, ...] = ()

    def is_a(self, name: str) -> bool:
        """Whether the exception is of the built-in class of this name, or of one derived from it."""
        return name == self.type or name in self.bases


class Outcome(NamedTuple):
    """What one step gave: `value`, or `error`; `modified` lists the arguments (by position) the call wrote into."""

    value: Any = None
    error: StudentError | None = None
    modified: tuple[int, ...] = ()
    seconds: float = 0.0

    @property
    def late(self) -> bool:
        """Whether the call ran out of time."""
        return self.error is not None and self.error.kind == "time"


@dataclass(frozen=True)
class Definition:
    """A function or class of the student's: its name, and its text, beginning in column 0."""

    name: str
    text: str


Rewriting = tuple[int, str]
"""Which definition (its position in a list of them), and the text it gets instead."""


class StudentCode(Protocol):
    """A student's functions, wherever they run."""

    def defined(self, name: str) -> bool:
        """Whether the notebook defines `name` as something callable."""
        ...

    def borrowed(self, name: str) -> str | None:
        """The library a function was taken from or leans on ("nn_lib", "torch", ...), or None when it is their own."""
        ...

    def measures(self, name: str) -> bool:
        """Whether a function, or one that it uses, divides by the step of a difference quotient."""
        ...

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        """Perform the steps in order, in one exchange; one outcome per step. Never raises for the student's doing."""
        ...

    def definitions(self, name: str) -> list[Definition]:
        """The text of the function or class `name`, and of those of the notebook it uses, it first; [] when unknown."""
        ...

    def rewritten(
        self,
        definitions: Sequence[Definition],
        rewritings: Sequence[Rewriting],
        steps: Sequence[Step],
        seconds: float,
        each: float,
    ) -> list[list[Outcome] | None]:
        """The outcomes of the steps under each rewriting, in order, None where there were none to be had; the list ends
        early when `seconds` are over. One rewriting may take `each` of them. Never raises for the student's doing."""
        ...
