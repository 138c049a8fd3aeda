"""What the repair search needs of a verdict: which probes fail, in which parts, and whose text is to be read."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograder.exercises import Probe
from autograder.judge.budget import Budget
from autograder.judge.comparison import Difference, is_numeric, pairs
from autograder.judge.findings import find
from autograder.judge.plan import Plan, scoped
from autograder.judge.repair import (
    AFTER,
    MODIFIED,
    Entries,
    Repair,
    Search,
    find_place,
    find_repair,
    place_of,
    still_repairs,
)
from autograder.judge.verdict import Place, legible
from autograder.student.steps import Definition, Outcome, StudentCode
from autograder.student.syntax import parse


class Allowance:
    """How long a grading run may look for places: `each` seconds for one answer, and all together a share of the time
    that the run takes anyway, after a first `credit`. Answers that are explained already wait for the others.

    The same text of the same exercise is searched once: a repair found for it is tried on the answers at hand, which
    may be wrong for another reason (a constant of the notebook's, say). That there is none is known for answers that
    are wrong in the same parts.
    """

    def __init__(self, each: float = 0.3, share: float = 0.14, credit: float = 1.2) -> None:
        self._each, self._share, self._credit = each, share, credit
        self._start, self._spent = time.perf_counter(), 0.0
        self._repairs: OrderedDict[tuple[str, ...], Repair] = OrderedDict()
        self._hopeless: OrderedDict[tuple[Hashable, ...], None] = OrderedDict()

    def seconds(self, told: bool) -> float:
        """What may be spent on the next answer, which is explained already or not."""
        left = self._credit + self._share * (time.perf_counter() - self._start - self._spent) - self._spent
        return max(0.0, min(self._each, left - (self._credit / 2 if told else 0.0)))

    def place(
        self,
        plan: Plan,
        code: StudentCode,
        answers: Sequence[Sequence[Outcome]],
        told: bool,
        named: bool = False,
        differences: Sequence[Sequence[Difference]] | None = None,
    ) -> Place | None:
        """The spot that is off, found now or known from the same text handed in before. `told`
        says that the mistake is explained already, `named` that it is by a name. `differences` are those of each probe,
        where they are known."""
        start = time.perf_counter()
        try:
            return self._place(plan, code, answers, self.seconds(told), named, differences)
        finally:
            self._spent += time.perf_counter() - start

    def _place(
        self,
        plan: Plan,
        code: StudentCode,
        answers: Sequence[Sequence[Outcome]],
        seconds: float,
        named: bool,
        differences: Sequence[Sequence[Difference]] | None,
    ) -> Place | None:
        definitions = code.definitions(plan.exercise.name)
        if not definitions:
            return None
        key = (plan.exercise.name, *(definition.text for definition in definitions))
        known = self._repairs.get(key)
        if known is None and seconds < 0.02:
            return _undefined_name(definitions[0], answers)
        search = search_for(plan, code, answers, definitions, named, differences)
        if search is None:
            return None
        if known is not None and still_repairs(search, known, Budget(max(seconds, _TO_TRY))):
            return place_of(search, known)
        wrong = (*key, *sorted({(search.criteria[i], *sorted(parts)) for i, parts in enumerate(search.base) if parts}))
        if wrong in self._hopeless or seconds < 0.02:
            return _undefined_name(definitions[0], answers)
        repair = find_repair(search, Budget(seconds))
        if repair is None:
            _remember(self._hopeless, wrong, None)
            return _undefined_name(definitions[0], answers)
        _remember(self._repairs, key, repair)
        return place_of(search, repair)


def _remember(known: OrderedDict[Any, Any], key: Hashable, value: Any) -> None:
    known[key] = value
    if len(known) > _REMEMBERED:
        known.popitem(last=False)


_TO_TRY = 0.05  # seconds, for a repair that is known
_REMEMBERED = 4096


def place(
    plan: Plan,
    code: StudentCode,
    answers: Sequence[Sequence[Outcome]],
    budget: Budget,
    named: bool = False,
    differences: Sequence[Sequence[Difference]] | None = None,
) -> Place | None:
    """The spot of the student's code that is off, or None. `answers` end with the first probe's repeated ones. `named`
    says that the mistake has a name already. `differences` are those of each probe, where they are known."""
    search = search_for(plan, code, answers, code.definitions(plan.exercise.name), named, differences)
    if search is None:
        return None
    return find_place(search, budget) or _undefined_name(search.definitions[0], answers)


def search_for(
    plan: Plan,
    code: StudentCode,
    answers: Sequence[Sequence[Outcome]],
    definitions: Sequence[Definition],
    named: bool = False,
    differences: Sequence[Sequence[Difference]] | None = None,
) -> Search | None:
    """What a search for the spot needs; None where there is no text, or no call that could be made again."""
    exercise = plan.exercise
    if not definitions or any(map(_in_vain, answers)):
        return None
    probes = [*plan.probes, plan.probes[0]]
    compared = any(probe.verify is None for probe in probes)
    right: Sequence[Sequence[Outcome]] = plan.expected if compared else [[] for _ in plan.probes]
    expected = [*right, right[0]]
    numbers = [*range(len(plan.probes)), 0]
    rooms = [partial(plan.rooms, number) for number in numbers]

    def differing(number: int, got: Sequence[Outcome]) -> list[Difference]:
        return find(exercise, probes[number], got, expected[number], rooms[number])

    def parts_of(found: Sequence[Difference], got: Sequence[Outcome]) -> frozenset[str]:
        parts = {difference.part for difference in found}
        if any(outcome.modified for outcome in got):
            parts.add(MODIFIED)
        return frozenset(parts)

    def wrong(number: int, got: Sequence[Outcome]) -> frozenset[str]:
        return parts_of(differing(number, got), got)

    right_ones: dict[int, _Compared] = {}

    def entries(number: int, got: Sequence[Outcome]) -> Entries | None:
        if number not in right_ones:
            right_ones[number] = _Compared(probes[number], expected[number])
        return right_ones[number].entries(got)

    if differences is None:
        differences = [differing(number, got) for number, got in enumerate(answers[:-1])]
    found = [*differences, differing(len(probes) - 1, answers[-1])]
    base = [parts_of(*both) for both in zip(found, answers, strict=True)]
    failing = frozenset().union(*base)
    parts: tuple[str | int, ...] = ()
    if not failing & {"", MODIFIED}:
        known = list(exercise.outputs) or (list(right[0][-1].value) if isinstance(right[0][-1].value, dict) else [])
        inner = sorted(failing, key=lambda part: known.index(part) if part in known else len(known))
        parts = tuple(exercise.outputs.index(part) if part in exercise.outputs else part for part in inner)
    return Search(
        definitions=definitions,
        probes=[scoped(probe.steps, number) for number, probe in enumerate(probes)],
        sizes=[_size(probe) for probe in probes],
        criteria=[probe.criterion for probe in probes],
        wrong=wrong,
        base=base,
        run=code.rewritten,
        parts=parts,
        helpers=(),
        named=named,
        slow=frozenset(i for i, got in enumerate(answers) if any(outcome.late for outcome in got)),
        entries=entries,
        answers=answers,
    )


class _Compared:
    """The right numbers of one probe in one row, beside which many candidates' are put: what they are worth is decided
    elsewhere, this says where they are nearer."""

    def __init__(self, probe: Probe, expected: Sequence[Outcome]) -> None:
        self._steps, self._expected = probe.steps, expected
        self._known = probe.verify is None and probe.between is None
        right = self._row([outcome.value for outcome in expected]) if self._known else None
        self._known = right is not None
        if right is None:
            return
        self._right = right
        size = np.abs(right)
        self._room = 1e-5 * size + 1e-9
        self._used = size > 1e-9
        self._whole = bool(np.isfinite(right).all())
        self._telling = np.isfinite(right) & (right != np.round(right))
        arguments = [a for step in self._steps for a in step.args if len(self._steps) == 1 and is_numeric(a)]
        flat = [np.asarray(a, dtype=float).ravel() for a in arguments]
        one = len(right) and not isinstance(expected[-1].value, (tuple, list, dict))
        self._given = [np.broadcast_to(a, right.shape)[self._used] for a in flat if one and a.size in (1, right.size)]

    def _row(self, values: Sequence[Any]) -> Any:
        """The numbers of the values that steps give, where each has the form of the right one; else None."""
        rows: list[Any] = []
        for step, value, outcome in zip(self._steps, values, self._expected, strict=True):
            if step.keep is not None:
                continue
            found = None if outcome.error else pairs(value, outcome.value)
            if found is None:
                return None
            rows += [np.asarray(row, dtype=float) for row, _ in found]
        return (rows[0] if len(rows) == 1 else np.concatenate(rows)) if rows else np.zeros(0)

    def entries(self, got: Sequence[Outcome]) -> Entries | None:
        if not self._known or any(outcome.error is not None for outcome in got):
            return None
        row = self._row([outcome.value for outcome in got])
        if row is None:
            return None
        with np.errstate(all="ignore"):
            close = (np.abs(row - self._right) <= self._room) | (row == self._right)
            factors = None
            if self._whole and np.isfinite(row).all() and not row[~self._used].any():
                factors = row[self._used] / self._right[self._used]
        if factors is not None and not factors.all():
            factors = None
        return Entries(close, self._telling, factors, self._given)


def _in_vain(outcomes: Sequence[Outcome]) -> bool:
    """Whether a probe ended in what no other text of a function mends. What an operator or a method should have given
    is missing in all steps after it, and comes back with it."""
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    if any(error.kind in ("killed", "size") for error in errors):
        return True
    return bool(errors) and errors[0].kind == "undefined" and errors[0].is_a("NameError")


def _undefined_name(definition: Definition, answers: Sequence[Sequence[Outcome]]) -> Place | None:
    """The line that reads a name which has no value yet, when it is what stops every call."""
    errors = {o.error for got in answers for o in got if o.error is not None}
    if len(errors) != 1 or any(o.error is None for got in answers for o in got):
        return None
    (error,) = errors
    lines = [line.strip() for line in definition.text.splitlines()]
    if error.type not in ("NameError", "UnboundLocalError") or lines.count(error.line or "") != 1:
        return None
    line = lines.index(error.line or "")
    first = parse(definition.text).body[0].lineno
    name = next((word for word in error.message.split("'") if word.isidentifier() and word in lines[line]), lines[line])
    return Place(line + 2 - first, legible(name), "undefined", definition.name, legible(lines[line][:400]))


def _size(probe: Probe) -> int:
    """Right values come before corners; then the smaller probe."""
    return sum(_numbers(argument) for step in probe.steps for argument in step.args) + (
        0 if probe.criterion == "values" else AFTER
    )


def _numbers(value: object) -> int:
    if isinstance(value, dict):
        return sum(1 + _numbers(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return sum(_numbers(item) for item in value)
    return int(getattr(value, "size", 1))
