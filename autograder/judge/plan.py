"""What is right for one exercise and one seed: worked out once, and shared by all submissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache, partial
from typing import Any, overload

import numpy as np

from autograder.exercises import Contradiction, Exercise, Mistake, Probe, get
from autograder.judge.reference import CourseCode
from autograder.judge.tolerance import Room, in_double, moved, rooms_for
from autograder.student.local import LocalCode
from autograder.student.steps import Kept, Outcome, Step, StudentCode, StudentError


@dataclass
class Plan:
    """The probes of an exercise for a seed, and what the reference (in float64) and each mistake give for them."""

    exercise: Exercise
    seed: int
    probes: list[Probe]
    answers: dict[int, Sequence[list[Outcome]]] = field(default_factory=dict)
    _rooms: dict[int, list[Room]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def reference(self) -> StudentCode:
        """The reference, to be asked like a student's code."""
        return CourseCode(self.exercise.code(self.exercise.reference))

    @cached_property
    def expected(self) -> list[list[Outcome]]:
        """What the reference gives for the probes. Raises `Contradiction` where it raises and no probe says it may."""
        probes = [replace(probe, steps=in_double(probe.steps)) for probe in self.probes]
        expected = perform_probes(self.reference, probes)
        for number, (probe, outcomes) in enumerate(zip(self.probes, expected, strict=True)):
            for outcome in outcomes:
                if outcome.error is not None and not probe.raises and probe.verify is None:
                    error = outcome.error
                    raise Contradiction(
                        f"exercise {self.exercise.name}: its reference raises {error.type} ({error.message}) on its "
                        f"own probe {number} (seed {self.seed}); a probe that asks for an exception says raises=True"
                    )
        return expected

    def rooms(self, number: int) -> list[Room]:
        """How far the outcome of each step of a probe may lie from the reference's."""

        if number not in self._rooms:
            self._rooms[number] = self.rooms_of(self.probes[number], number)
        return self._rooms[number]

    def rooms_of(self, probe: Probe, seed: int = 0) -> list[Room]:
        """The same for a probe that need not be among the plan's."""

        @cache
        def near() -> list[list[Outcome]]:
            """What the reference gives for inputs that are moved by their rounding."""
            return perform_probes(self.reference, [replace(probe, steps=steps) for steps in moved(probe.steps, seed)])

        def samples(step: int) -> list[Any]:
            return [outcomes[step].value for outcomes in near() if outcomes[step].error is None]

        return rooms_for(probe, [partial(samples, step) for step in range(len(probe.steps))])

    def answer_of(self, index: int, mistake: Mistake) -> Sequence[list[Outcome]]:
        """What a catalogued mistake gives for the probes."""
        if index not in self.answers:
            names = {**self.exercise.code(self.exercise.reference), **self.exercise.code(mistake.wrong)}
            self.answers[index] = _Asked(LocalCode(names), self.probes)
        return self.answers[index]


class _Asked(Sequence[list[Outcome]]):
    """What a code gives for each probe, asked for when it is looked at: most mistakes differ at the first."""

    def __init__(self, code: StudentCode, probes: Sequence[Probe]) -> None:
        self._code, self._probes = code, probes
        self._known: dict[int, list[Outcome]] = {}

    def __len__(self) -> int:
        return len(self._probes)

    @overload
    def __getitem__(self, number: int) -> list[Outcome]: ...
    @overload
    def __getitem__(self, number: slice) -> list[list[Outcome]]: ...
    def __getitem__(self, number: int | slice) -> list[Outcome] | list[list[Outcome]]:
        if isinstance(number, slice):
            return [self[i] for i in range(len(self))[number]]
        if number not in self._known:
            (self._known[number],) = perform_probes(self._code, [self._probes[number]])
        return self._known[number]


@lru_cache(maxsize=512)
def plan_for(exercise: str | Exercise, seed: int) -> Plan:
    """The plan of an exercise, or of the course's exercise of a name, for a seed; made once. Raises `KeyError` when
    there is no such exercise."""
    return plan_of(get(exercise) if isinstance(exercise, str) else exercise, seed)


def plan_of(exercise: Exercise, seed: int) -> Plan:
    """The plan of an exercise that need not be in a course."""
    generator = np.random.default_rng([seed, sum(map(ord, exercise.name))])
    return Plan(exercise, seed, exercise.drawn(generator))


def perform_probes(code: StudentCode, probes: Sequence[Probe]) -> list[list[Outcome]]:
    """The outcomes of each probe, all asked for in one message. Names of kept objects belong to their probe."""
    steps = [step for number, probe in enumerate(probes) for step in scoped(probe.steps, number)]
    outcomes = list(code.run(steps))
    lost = Outcome(error=StudentError("killed", "", "the notebook's process stopped before this call"))
    outcomes += [lost] * (len(steps) - len(outcomes))
    found, start = [], 0
    for probe in probes:
        found.append(outcomes[start : start + len(probe.steps)])
        start += len(probe.steps)
    return found


def scoped(steps: Sequence[Step], number: int) -> list[Step]:
    """The steps with the names of kept objects made the probe's own."""

    def own(value: object) -> object:
        return Kept(f"{value.name}#{number}") if isinstance(value, Kept) else value

    return [
        Step(
            f"{step.name}#{number}" if step.method is not None else step.name,
            tuple(own(argument) for argument in step.args),
            step.method,
            f"{step.keep}#{number}" if step.keep is not None else None,
        )
        for step in steps
    ]
