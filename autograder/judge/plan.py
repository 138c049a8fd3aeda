"""What is right for one exercise and one seed: worked out once, and shared by all submissions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache, partial
from typing import Any, overload

import numpy as np

from autograder.exercises import Contradiction, Exercise, Mistake, Probe, get
from autograder.exercises.check_data import CheckDataProblem, Recorded
from autograder.judge.explain import changed_calls
from autograder.judge.recorded import Reader, key_of, structure, with_spread
from autograder.judge.reference import CourseCode
from autograder.judge.shrink import can_shrink, smaller_calls
from autograder.judge.tolerance import Room, in_double, near, rooms_for
from autograder.student.language import later
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

    @property
    def measures(self) -> bool:
        """Whether the reference itself divides by a step: a difference quotient is what is asked for."""
        return self.reference.measures(self.exercise.name)

    def for_smaller(self, steps: Sequence[Step], of: Probe | None = None) -> list[Outcome]:
        """What is right for the call of a probe that was made smaller; which probe that was, `of`, helps to find it."""
        return list(self.reference.run(in_double(steps)))

    def for_changed(self, steps: Sequence[Step]) -> list[Outcome]:
        """What the right function gives for the call of a probe with arguments changed."""
        return list(self.reference.run(steps))

    @cached_property
    def expected(self) -> list[list[Outcome]]:
        """What the reference gives for the probes. Raises `Contradiction` where it raises and no probe says it may."""
        expected = perform_steps(self.reference, [in_double(probe.steps) for probe in self.probes])
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

    @property
    def _of_upstream(self) -> bool:
        """Whether the first argument is an upstream gradient."""
        return self.exercise.upstream is not None and self.exercise.arguments[:1] == [self.exercise.upstream]

    def rooms_of(self, probe: Probe, seed: int = 0) -> list[Room]:
        """The same for a probe that need not be among the plan's."""

        @cache
        def measured() -> list[list[Any]]:
            return near(partial(perform_steps, self.reference), probe.steps, seed)

        def samples(step: int) -> list[Any]:
            return measured()[step]

        return rooms_for(probe, [partial(samples, step) for step in range(len(probe.steps))], self._of_upstream)

    def answer_of(self, index: int, mistake: Mistake) -> Sequence[list[Outcome]]:
        """What a catalogued mistake gives for the probes."""
        if index not in self.answers:
            names = {**self.exercise.code(self.exercise.reference), **self.exercise.code(mistake.wrong)}
            self.answers[index] = _Asked(LocalCode(names), self.probes)
        return self.answers[index]


class RecordedPlan(Plan):
    """The plan of an exercise whose answers are not here: check data tells what they give."""

    def __init__(self, exercise: Exercise, seed: int, probes: list[Probe]) -> None:
        super().__init__(exercise, seed, probes)
        form = Reader(self._data.part(seed, "form")).tree
        if form != structure(probes):
            raise CheckDataProblem(
                f"{self._data.path} does not fit the probes of {exercise.name}: it was written by another version of "
                "the course or of NumPy. Install the course anew"
            )

    @property
    def _data(self) -> Recorded:
        assert self.exercise.recorded is not None
        return self.exercise.recorded

    @property
    def measures(self) -> bool:
        return self._data.measures

    @cached_property
    def _right(self) -> tuple[list[list[Outcome]], list[list[bytes]]]:
        reader = Reader(self._data.part(self.seed, "right"))
        outcomes, codes = reader.tree
        return [[reader.outcome(tree) for tree in row] for row in outcomes], codes

    @cached_property
    def expected(self) -> list[list[Outcome]]:
        return self._right[0]

    def rooms_of(self, probe: Probe, seed: int = 0) -> list[Room]:
        for number, mine in enumerate(self.probes):
            if mine is probe:
                right, codes = self._right[0][number], self._right[1][number]
                of_steps = [partial(_spread, *both) for both in zip(right, codes, strict=True)]
                return rooms_for(probe, of_steps, self._of_upstream)
        found = self._smaller.get(key_of(probe.steps))
        if found is None:
            return rooms_for(probe, [tuple for _ in probe.steps], self._of_upstream)
        return rooms_for(probe, [partial(_spread, *both) for both in zip(*found, strict=True)], self._of_upstream)

    def for_smaller(self, steps: Sequence[Step], of: Probe | None = None) -> list[Outcome]:
        for number, probe in enumerate(self.probes):
            if of is None or probe is of:
                self._look_up(number)
        found = self._smaller.get(key_of(steps))
        return found[0] if found else [_UNKNOWN] * len(steps)

    @cached_property
    def _smaller(self) -> dict[bytes, tuple[list[Outcome], list[bytes]]]:
        """What is known of smaller calls, of the probes that were looked up."""
        return {}

    def _look_up(self, number: int) -> None:
        """Put what is known of a probe's smaller calls where it is found. To think of them all takes long for some
        exercises, and few probes are made smaller."""
        rows = self._rows_of_smaller[number]
        if rows:
            known = zip(smaller_of(self.probes[number]), rows, strict=True)
            self._smaller.update({key_of(steps): row for steps, row in known})
            self._rows_of_smaller[number] = []

    @cached_property
    def _rows_of_smaller(self) -> list[list[tuple[list[Outcome], list[bytes]]]]:
        reader = Reader(self._data.part(self.seed, "smaller"))
        return [[([reader.outcome(tree) for tree in trees], codes) for trees, codes in rows] for rows in reader.tree]

    def for_changed(self, steps: Sequence[Step]) -> list[Outcome]:
        return [self._changed.get(key_of(steps), _UNKNOWN)]

    @cached_property
    def _changed(self) -> dict[bytes, Outcome]:
        reader = Reader(self._data.part(self.seed, "changed"))
        rows = zip(changed_of(self.exercise, self.probes), reader.tree, strict=True)
        return {key_of([step]): reader.outcome(tree) for step, tree in rows}

    def answer_of(self, index: int, mistake: Mistake) -> Sequence[list[Outcome]]:
        return self._mistakes[index]

    @cached_property
    def _mistakes(self) -> dict[int, list[list[Outcome]]]:
        reader = Reader(self._data.part(self.seed, "mistakes"))
        return {index: [[reader.outcome(tree) for tree in row] for row in rows] for index, rows in reader.tree}


class PartOfPlan(Plan):
    """Some of a plan's probes (their numbers), with what is known of them."""

    def __init__(self, whole: Plan, numbers: Sequence[int]) -> None:
        super().__init__(whole.exercise, whole.seed, [whole.probes[number] for number in numbers])
        self._of, self._numbers = whole, numbers

    @cached_property
    def expected(self) -> list[list[Outcome]]:
        return [self._of.expected[number] for number in self._numbers]

    def rooms(self, number: int) -> list[Room]:
        return self._of.rooms(self._numbers[number])

    def answer_of(self, index: int, mistake: Mistake) -> Sequence[list[Outcome]]:
        whole = self._of.answer_of(index, mistake)
        return [whole[number] for number in self._numbers]


_LOST = later("the notebook's process stopped before this call")
_UNKNOWN = Outcome(error=StudentError("exception", "LookupError", "not among the check data"))


def _spread(right: Outcome, codes: bytes) -> list[Any]:
    return [] if right.error is not None else [with_spread(right.value, codes)]


def smaller_of(probe: Probe) -> list[tuple[Step, ...]]:
    """The smaller calls that may be asked for in the place of a probe's, each once."""
    return _once(smaller_calls(probe)) if can_shrink(probe) else []


def changed_of(exercise: Exercise, probes: Sequence[Probe]) -> list[Step]:
    """The calls with changed arguments that may be asked for, each once."""
    used = [probe for probe in probes if probe.verify is None and probe.between is None and len(probe.steps) == 1]
    steps = [probe.steps[0] for probe in used if probe.steps[0].method is None and probe.steps[0].keep is None]
    return [step for (step,) in _once((c,) for step in steps for c in changed_calls(exercise.arguments, step))]


def _once(rows: Iterable[tuple[Step, ...]]) -> list[tuple[Step, ...]]:
    return list({key_of(steps): steps for steps in rows}.values())


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


def plan_for(exercise: str | Exercise, seed: int) -> Plan:
    """The plan of an exercise, or of the course's exercise of a name, for a seed; made once. Raises `KeyError` when
    there is no such exercise."""
    return _planned(get(exercise) if isinstance(exercise, str) else exercise, seed)


@lru_cache(maxsize=512)
def _planned(exercise: Exercise, seed: int) -> Plan:
    return plan_of(exercise, seed)


def work_ahead(exercises: Mapping[str, bool], seed: int) -> Callable[[], bool]:
    """The part of judging these exercises that does not depend on the student, to be done while a student's code is
    waited for: each call does one piece, and says whether there is more. It never raises.

    Inputs are drawn for all; what is right for them is worked out where the exercise is answered (True).
    """

    def pieces() -> Iterator[None]:
        for name, answered in exercises.items():
            with suppress(Exception):  # it comes again where it is needed, and is told there
                plan = plan_for(name, seed)
                yield
                if answered:
                    _ = plan.expected
                    yield

    left = pieces()
    return lambda: next(left, left) is None


def forget_plans() -> None:
    """Forget the plans made so far: they hold the answers to a seed."""
    _planned.cache_clear()


def plan_of(exercise: Exercise, seed: int) -> Plan:
    """The plan of an exercise that need not be in a course.

    Raises `CourseProblem` when the answers are not here, and the check data in their place has no such seed.
    """
    generator = np.random.default_rng([seed, sum(map(ord, exercise.name))])
    if exercise.answers is None and exercise.recorded is not None:
        exercise.recorded.seed(seed)  # said before anything is drawn
        return RecordedPlan(exercise, seed, exercise.drawn(generator))
    return Plan(exercise, seed, exercise.drawn(generator))


def perform_probes(code: StudentCode, probes: Sequence[Probe]) -> list[list[Outcome]]:
    """The outcomes of each probe, all asked for in one message. Names of kept objects belong to their probe."""
    return perform_steps(code, [probe.steps for probe in probes])


def perform_steps(code: StudentCode, rows: Sequence[Sequence[Step]]) -> list[list[Outcome]]:
    """The outcomes of each row of steps; names of kept objects belong to their row."""
    steps = [step for number, row in enumerate(rows) for step in scoped(row, number)]
    outcomes = list(code.run(steps))
    lost = Outcome(error=StudentError("killed", "", _LOST))
    outcomes += [lost] * (len(steps) - len(outcomes))
    found, start = [], 0
    for row in rows:
        found.append(outcomes[start : start + len(row)])
        start += len(row)
    return found


def scoped(steps: Sequence[Step], number: int) -> list[Step]:
    """The steps with the names of kept objects made the probe's own."""
    if not any(step.keep or step.method for step in steps):
        return list(steps)

    def own(value: object) -> object:
        return Kept(f"{value.name}#{number}") if type(value) is Kept else value

    return [
        Step(
            f"{step.name}#{number}" if step.method is not None else step.name,
            tuple([own(argument) for argument in step.args]),
            step.method,
            f"{step.keep}#{number}" if step.keep is not None else None,
        )
        for step in steps
    ]
