"""The course's own functions, asked as a student's are, without the watch that a student's need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograder.student.local import LocalCode
from autograder.student.perform import Quiet, describe_error, target_of
from autograder.student.steps import Kept, Outcome, Step
from autograder.student.values import TooMuch, handed, plain


class CourseCode(LocalCode):
    """The reference's functions: no time limit, and nobody looks whether a call wrote into its arguments.

    A grading run asks the reference as often as the students, so each call is made with little around it.
    """

    def __init__(self, functions: Mapping[str, Any]) -> None:
        super().__init__(functions)
        self._names = functions

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        kept: dict[str, Any] = {}
        with Quiet():
            return [self._perform(step, kept) for step in steps]

    def _perform(self, step: Step, kept: dict[str, Any]) -> Outcome:
        target, missing = target_of(step, self._names, kept)
        if missing is not None:
            return Outcome(error=missing)
        try:
            value = target(*(kept[a.name] if isinstance(a, Kept) else handed(a) for a in step.args))
            if step.keep is None:
                return Outcome(plain(value))
            kept[step.keep] = value
            return Outcome()
        except TooMuch:
            raise
        except Exception as error:
            return Outcome(error=describe_error(error))
