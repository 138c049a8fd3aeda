"""What the repair search needs of a verdict: which probes fail, in which parts, and whose text is to be read."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.exercises import Probe
from autograder.judge.findings import find
from autograder.judge.plan import Plan, scoped
from autograder.judge.repair import MODIFIED, Search, find_place
from autograder.judge.verdict import Place
from autograder.student.steps import Outcome, StudentCode


def place(
    plan: Plan, code: StudentCode, answers: Sequence[Sequence[Outcome]], seconds: float, name: str | None = None
) -> Place | None:
    """The spot of the student's code that is off, or None. `answers` end with the first probe's repeated ones."""
    exercise = plan.exercise
    definitions = code.definitions(name or exercise.name)
    if not definitions or any(o.error and o.error.kind in ("killed", "undefined") for got in answers for o in got):
        return None
    probes = [*plan.probes, plan.probes[0]]
    compared = any(probe.verify is None for probe in probes)
    right: Sequence[Sequence[Outcome]] = plan.expected if compared else [[] for _ in plan.probes]
    expected = [*right, right[0]]
    numbers = [*range(len(plan.probes)), 0]
    rooms = [plan.rooms(number) for number in numbers]

    def wrong(number: int, got: Sequence[Outcome]) -> frozenset[str]:
        parts = {difference.part for difference in find(exercise, probes[number], got, expected[number], rooms[number])}
        if any(outcome.modified for outcome in got):
            parts.add(MODIFIED)
        return frozenset(parts)

    base = [wrong(number, got) for number, got in enumerate(answers)]
    failing = frozenset().union(*base)
    parts: tuple[str | int, ...] = ()
    if not failing & {"", MODIFIED}:
        known = list(exercise.outputs) or (list(right[0][-1].value) if isinstance(right[0][-1].value, dict) else [])
        inner = sorted(failing, key=lambda part: known.index(part) if part in known else len(known))
        parts = tuple(exercise.outputs.index(part) if part in exercise.outputs else part for part in inner)
    search = Search(
        definitions=definitions,
        probes=[scoped(probe.steps, number) for number, probe in enumerate(probes)],
        sizes=[_size(probe) for probe in probes],
        criteria=[probe.criterion for probe in probes],
        wrong=wrong,
        base=base,
        run=code.rewritten,
        parts=parts,
        helpers=(),
    )
    return find_place(search, seconds)


def _size(probe: Probe) -> int:
    """Right values come before corners; then the smaller probe."""
    return sum(_numbers(argument) for step in probe.steps for argument in step.args) + (
        0 if probe.criterion == "values" else 10_000
    )


def _numbers(value: object) -> int:
    if isinstance(value, dict):
        return sum(1 + _numbers(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return sum(_numbers(item) for item in value)
    return int(getattr(value, "size", 1))
