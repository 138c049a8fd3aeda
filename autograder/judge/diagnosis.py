"""From a wrong answer to the name of the mistake.

Every catalogued mistake of an exercise is itself a function, so it is run on the very same probes: where the student's
answers equal its answers everywhere, that is the mistake. Parts of a result (dx, dW, db) are explained one by one when
no single mistake explains them all. No match, no guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.exercises import Mistake
from autograder.judge.comparison import Difference, compare, is_numeric, mismatch, parts
from autograder.judge.plan import Plan
from autograder.judge.python_slips import named_by_exception
from autograder.judge.tolerance import Room
from autograder.student.steps import Opaque, Outcome

INPUT_MODIFIED = Mistake("input modified in place", "Whose array did you write into? Print it after your call.", None)
KEPT = Mistake("something kept between calls", "What does your function remember from one call to the next?", None)
NOTHING = Mistake("returns nothing", "Does your function end with return?", None)
YIELDS = Mistake(
    "yield instead of return", "yield makes a generator, which has not begun to work. What hands back a value?"
)
CONSTANT = Mistake(
    "the same answer whatever comes in", "Call it with two different inputs. On which of your arguments does it depend?"
)
CUT_OFF = Mistake(
    "fractions cut off by whole numbers",
    "What dtype has your array when the input holds whole numbers? What is 2.7 in it?",
)
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
        if equal(plan, answers, gives) and _differs(plan, gives) and _tells(mistake, answers, gives):
            return (mistake.name,), mistake.hint
    modified = any(o.modified for outcomes in answers for o in outcomes)
    if not wrong and modified:
        return (INPUT_MODIFIED.name,), INPUT_MODIFIED.hint
    if (simple := _without_the_catalogue(plan, answers, findings)) is not None:
        return (simple.name,), simple.hint
    named: list[Mistake] = []
    if wrong and WHOLE not in wrong:
        for part in wrong:
            match = next(
                (m for m, gives in candidates if equal(plan, answers, gives, part) and _wrong_in(plan, gives, part)),
                None,
            )
            if match is None:
                return (), None  # a name that leaves a wrong part unexplained is not given
            if match not in named:
                named.append(match)
    if modified and named:
        named.append(INPUT_MODIFIED)
    return tuple(m.name for m in named), named[0].hint if named else None


def _without_the_catalogue(
    plan: Plan, answers: Sequence[Sequence[Outcome]], findings: Sequence[Sequence[Difference]]
) -> Mistake | None:
    """What can go wrong anywhere, told from the outcomes alone."""
    failing = [i for i, found in enumerate(findings) if found]
    if failing and all(plan.probes[i].criterion == "contract" for i in failing):
        return KEPT
    last = [answers[i][-1] for i in failing]
    if failing and all(outcome.error is None and outcome.value is None for outcome in last):
        return NOTHING
    if failing and all(isinstance(o.value, Opaque) and "generator" in o.value.description for o in last):
        return YIELDS
    # With a single entry an array is as good as a number, and what fails for arrays gives something.
    errors = [
        next((o for o in answers[i] if o.error is not None), answers[i][-1]) for i in failing if _several(plan, i)
    ]
    if (slip := named_by_exception(errors)) is not None:
        return slip
    if len(failing) > 2 and _constant(plan, answers):
        return CONSTANT
    if failing and all(_cut_off(plan, answers, i) for i in failing):
        return CUT_OFF
    return None


def _several(plan: Plan, number: int) -> bool:
    """Whether some array of a probe has more than one entry, or there is none."""
    sizes = [a.size for step in plan.probes[number].steps for a in step.args if isinstance(a, np.ndarray)]
    return not sizes or max(sizes) > 1


def _constant(plan: Plan, answers: Sequence[Sequence[Outcome]]) -> bool:
    """Whether one answer is given to all calls, though not all ask for the same."""
    if any(len(probe.steps) > 1 or probe.verify is not None for probe in plan.probes):
        return False
    first = answers[0][0]
    if first.error is not None or isinstance(first.value, (Opaque, str)) or not parts(first.value, ()):
        return False
    same = all(o.error is None and not compare(o.value, first.value) for (o,) in answers)
    return same and any(compare(o.value, plan.expected[0][0].value) for (o,) in plan.expected[1:])


def _cut_off(plan: Plan, answers: Sequence[Sequence[Outcome]], number: int) -> bool:
    """Whether the answer to a probe with whole numbers in is the right one without its fractions."""
    inputs = plan.probes[number].steps[-1].args
    whole = any((isinstance(a, np.ndarray) and a.dtype.kind in "iu") or type(a) is int for a in inputs)
    value, right = answers[number][-1].value, plan.expected[number][-1].value if whole else None
    if not is_numeric(value) or not is_numeric(right):
        return False
    return mismatch(value, np.trunc(right)) is None and mismatch(value, right) is not None


def _tells(mistake: Mistake, answers: Sequence[Sequence[Outcome]], gives: Sequence[Sequence[Outcome]]) -> bool:
    """Whether agreement says anything: exceptions alone do only when they say the same, and a slip's never do."""
    ours = [outcome.error for outcomes in answers for outcome in outcomes]
    if not all(ours):
        return True
    theirs = [outcome.error for outcomes in gives for outcome in outcomes]
    return not mistake.generic and all(
        a is not None and b is not None and _without_numbers(a.message) == _without_numbers(b.message)
        for a, b in zip(ours, theirs, strict=True)
    )


def _without_numbers(text: str) -> str:
    return re.sub(r"[\d.,() ]+", " ", text)


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
