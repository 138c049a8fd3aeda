"""From a wrong answer to the name of the mistake.

Every catalogued mistake of an exercise is itself a function, so it is run on the very same probes: where the student's
answers equal its answers everywhere, that is the mistake. Parts of a result (dx, dW, db) are explained one by one when
no single mistake explains them all. No match, no guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograder.exercises import Mistake
from autograder.judge.comparison import Difference, mismatch, parts
from autograder.judge.plan import Plan
from autograder.judge.tolerance import Room
from autograder.student.steps import Outcome

INPUT_MODIFIED = Mistake("input modified in place", "Whose array did you write into? Print it after your call.", None)
WHOLE = ""


def diagnose(
    plan: Plan, answers: Sequence[Sequence[Outcome]], findings: Sequence[Sequence[Difference]]
) -> tuple[tuple[str, ...], str | None]:
    """The names of the mistakes recognised, and one hint; `((), None)` when nothing matches."""
    catalogue = plan.exercise.mistakes
    for mistake in catalogue:
        if mistake.symptom is not None and _shows(mistake, answers):
            return (mistake.name,), mistake.hint
    wrong = sorted({d.part for found in findings for d in found})
    candidates = [
        (m, plan.answer_of(i, m)) for i, m in enumerate(catalogue) if m.wrong is not None and m.symptom is None
    ]
    for mistake, gives in candidates:
        if equal(plan, answers, gives) and _differs(plan, gives):
            return (mistake.name,), mistake.hint
    modified = any(o.modified for outcomes in answers for o in outcomes)
    if not wrong and modified:
        return (INPUT_MODIFIED.name,), INPUT_MODIFIED.hint
    named: list[Mistake] = []
    if wrong and WHOLE not in wrong:
        for part in wrong:
            match = next(
                (m for m, gives in candidates if equal(plan, answers, gives, part) and _wrong_in(plan, gives, part)),
                None,
            )
            if match is not None and match not in named:
                named.append(match)
    if modified and named:
        named.append(INPUT_MODIFIED)
    return tuple(m.name for m in named), named[0].hint if named else None


def _shows(mistake: Mistake, answers: Sequence[Sequence[Outcome]]) -> bool:
    assert mistake.symptom is not None
    try:
        return bool(mistake.symptom(answers))
    except Exception:  # what came back does not have the form the symptom reads
        return False


def _value(plan: Plan, outcome: Outcome, part: str | None) -> Any:
    if part is None:
        return outcome.value
    return parts(outcome.value, plan.exercise.outputs).get(part)


def _same(plan: Plan, a: Outcome, b: Outcome, part: str | None, room: Room) -> bool:
    if a.error is not None or b.error is not None:
        return a.error is not None and b.error is not None and a.error.type == b.error.type
    if part is None and bool(a.modified) != bool(b.modified):
        return False
    if part is None and isinstance(a.value, (list, tuple)) and isinstance(b.value, (list, tuple)):
        return len(a.value) == len(b.value) and all(
            mismatch(x, y, room) is None for x, y in zip(a.value, b.value, strict=True)
        )
    return mismatch(_value(plan, a, part), _value(plan, b, part), room) is None


def equal(
    plan: Plan,
    answers: Sequence[Sequence[Outcome]],
    gives: Sequence[Sequence[Outcome]],
    part: str | None = None,
) -> bool:
    """Whether two sets of outcomes agree everywhere, or everywhere in one part of the result."""
    rows = enumerate(zip(answers, gives, strict=True))
    return all(
        _same(plan, a, b, part, room.between_answers())
        for number, (outcomes, others) in rows
        for a, b, room in zip(outcomes, others, plan.rooms(number), strict=True)
    )


def _differs(plan: Plan, gives: Sequence[Sequence[Outcome]]) -> bool:
    """A mistake that happens to be right on these probes explains nothing."""
    return any(probe.verify for probe in plan.probes) or not equal(plan, plan.expected, gives)


def _wrong_in(plan: Plan, gives: Sequence[Sequence[Outcome]], part: str) -> bool:
    return not equal(plan, plan.expected, gives, part)
