"""A student's functions in this very process, as the judge asks for them: behind `check(...)`."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from typing import Any

from autograder.student.borrowed import borrowed_from
from autograder.student.definitions import definitions_of, namespace_of
from autograder.student.perform import TimedCalls
from autograder.student.quotient import divides_by_a_step
from autograder.student.rewritten import run_rewritten
from autograder.student.steps import Definition, Outcome, Rewriting, Step
from autograder.student.time_limit import clock_here


class LocalCode:
    """A student's functions in this very process.

    With `call_seconds`, a call that takes longer is stopped, and a function that was stopped is not called again. What
    is lent for one of the exercises `asked` is no answer of the student's.
    """

    def __init__(
        self, functions: Mapping[str, Any], call_seconds: float | None = None, asked: Collection[str] = ()
    ) -> None:
        self._functions = functions
        self._call_seconds = call_seconds
        self._asked = asked

    def defined(self, name: str) -> bool:
        return callable(self._functions.get(name))

    def borrowed(self, name: str) -> str | None:
        return borrowed_from(self._functions.get(name), self._asked)

    def measures(self, name: str) -> bool:
        return divides_by_a_step(self._functions.get(name))

    def limited(self, seconds: float) -> LocalCode:
        """The same code, of which no call may take longer than this; `math.inf` sets no limit beside its own."""
        code = copy(self)
        if seconds < math.inf:
            code._call_seconds = seconds if self._call_seconds is None else min(seconds, self._call_seconds)
        return code

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        calls = TimedCalls(self._functions, clock_here(), self._call_seconds)
        outcomes: list[Outcome] = []
        calls.perform_all(steps, outcomes.append)
        return outcomes

    def definitions(self, name: str) -> list[Definition]:
        return definitions_of(name, self._functions)

    def rewritten(
        self,
        definitions: Sequence[Definition],
        rewritings: Sequence[Rewriting],
        steps: Sequence[Step],
        seconds: float,
        each: float,
    ) -> list[list[Outcome] | None]:
        names = namespace_of(definitions[0].name, self._functions)
        return run_rewritten(names, definitions, rewritings, steps, seconds, each)
