"""From a wrong answer to the name of the mistake.

Every catalogued mistake of an exercise is itself a function, so it is run on the very same probes: where the student's
answers equal its answers everywhere, that is the mistake. Parts of a result (dx, dW, db) are explained one by one when
no single mistake explains them all. No match, no guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any

import numpy as np

from autograder.exercises import MEMORY, Mark, Mistake
from autograder.exercises.slips import OTHER_ORDER
from autograder.judge.budget import ENDLESS, Budget
from autograder.judge.comparison import Difference, alike, compare, is_numeric, mismatch, parts
from autograder.judge.findings import find
from autograder.judge.plan import PartOfPlan, Plan
from autograder.judge.python_slips import named_by_exception
from autograder.judge.tolerance import Room
from autograder.student.language import later, shown
from autograder.student.steps import Opaque, Outcome, Step
from autograder.student.values import same

INPUT_MODIFIED = Mistake(
    later("input modified in place"), later("Whose array did you write into? Print it after your call."), None
)
NOTHING = Mistake(later("returns nothing"), later("Does your function end with return?"), None)
YIELDS = Mistake(
    later("yield instead of return"),
    later("yield makes a generator, which has not begun to work. What hands back a value?"),
)
CONSTANT = Mistake(
    later("the same answer whatever comes in"),
    later("Call it with two different inputs. On which of your arguments does it depend?"),
)
CUT_OFF = Mistake(
    later("fractions cut off by whole numbers"),
    later("What dtype has your array when the input holds whole numbers? What is 2.7 in it?"),
)
A_LIST = Mistake(
    later("a list in place of an array"),
    later("What does the docstring say comes back, and what makes an array of a list?"),
)
A_DICT = Mistake(
    later("a dict in place of a row of values"),
    later("The caller takes the values in the order of the docstring, and knows no keys. What does return a, b give?"),
)
WHOLE = ""


Run = Callable[[Sequence[Step]], "list[Outcome]"]
"""The student's outcomes for steps."""


def diagnose(
    plan: Plan,
    answers: Sequence[Sequence[Outcome]],
    findings: Sequence[Sequence[Difference]],
    run: Run,
    budget: Budget = ENDLESS,
) -> tuple[tuple[str, ...], str | None]:
    """The names of the mistakes recognised, as the catalogue has them, and one hint in the language; `((), None)` when
    nothing matches. `run` makes further calls. When the budget is over, no several mistakes at once are looked for."""
    names, hint = _named(plan, answers, findings, run, budget)
    return tuple(dict.fromkeys(map(str, names))), None if hint is None else shown(hint)


def _named(
    plan: Plan,
    answers: Sequence[Sequence[Outcome]],
    findings: Sequence[Sequence[Difference]],
    run: Run,
    budget: Budget,
) -> tuple[tuple[str, ...], str | None]:
    catalogue = plan.exercise.mistakes
    slow = [any(outcome.late for outcome in outcomes) for outcomes in answers]
    failing = {probe.criterion for probe, found in zip(plan.probes, findings, strict=True) if found}
    wrong_beside_time = any(slow) and any(found and not late for found, late in zip(findings, slow, strict=True))
    if wrong_beside_time:
        return _named_beside_time(plan, answers, findings, slow, run, budget)
    symptoms = [mistake for mistake in catalogue if mistake.symptom is not None]
    for mistake in symptoms:
        if not mistake.by_elimination and _shows(mistake, answers, failing):
            return (mistake.name,), mistake.hint
    names, hint = _named_by_values(plan, answers, findings, run, budget)
    if names:
        return names, hint
    for mistake in symptoms:
        if mistake.by_elimination and _shows(mistake, answers, failing):
            return (mistake.name,), mistake.hint
    return (), None


def _named_by_values(
    plan: Plan,
    answers: Sequence[Sequence[Outcome]],
    findings: Sequence[Sequence[Difference]],
    run: Run,
    budget: Budget,
) -> tuple[tuple[str, ...], str | None]:
    """The same, but for what is told by symptoms."""
    catalogue = plan.exercise.mistakes
    wrong = sorted({d.part for found in findings for d in found})
    candidates = [(m, plan.answer_of(i, m)) for i, m in enumerate(catalogue) if m.by_values]
    # Most mistakes differ where an answer is wrong, and nothing more is asked of them: such probes come first.
    order = sorted(
        range(len(answers)), key=lambda i: (not findings[i], sum([outcome.seconds for outcome in answers[i]]))
    )
    for mistake, gives in candidates:  # whatever time is left: nothing is said of an answer that says more
        if equal(plan, answers, gives, order=order) and _shown(plan, answers, gives):
            return (mistake.name,), mistake.hint
    failing = {number for number, found in enumerate(findings) if found}
    for mistake, gives in candidates:
        if not budget.over and not mistake.generic and _equal_but_for_failures(plan, answers, gives, failing):
            return (mistake.name,), mistake.hint
    if sum(map(bool, findings)) > 2 and _constant(plan, answers):
        return (CONSTANT.name,), CONSTANT.hint
    mark = _only_mark(plan, answers, findings) or _kept(plan, answers, findings)
    if mark is not None:
        return (mark.name,), mark.hint
    modified = any(o.modified for outcomes in answers for o in outcomes)
    if not wrong and modified:
        return (INPUT_MODIFIED.name,), INPUT_MODIFIED.hint
    if (simple := _without_the_catalogue(plan, answers, findings)) is not None:
        return (simple.name,), simple.hint
    if _right_under_new_names(plan, answers, findings, run):
        return (MEMORY.name,), MEMORY.hint
    if several := _several_mistakes(plan, answers, findings, candidates, budget):
        return tuple(m.name for m in several), several[0].hint
    named: list[Mistake] = []
    if wrong and WHOLE not in wrong:
        for part in wrong:
            match = next((m for m, gives in candidates if _explains(plan, answers, m, gives, part, wrong)), None)
            if match is None:
                return (), None  # a name that leaves a wrong part unexplained may be the wrong name
            if match not in named:
                named.append(match)
    if modified and named:
        named.append(INPUT_MODIFIED)
    return tuple(m.name for m in named), named[0].hint if named else None


def _named_beside_time(
    plan: Plan,
    answers: Sequence[Sequence[Outcome]],
    findings: Sequence[Sequence[Difference]],
    slow: Sequence[bool],
    run: Run,
    budget: Budget,
) -> tuple[tuple[str, ...], str | None]:
    """The names where some calls ran out of time and others came back, but wrong: two mistakes, each told from its own
    calls. No name explains both, and so what is slow has a name only where the rest has one."""
    failing = {p.criterion for p, found, late in zip(plan.probes, findings, slow, strict=True) if found and not late}
    readable = [[] if late else outcomes for late, outcomes in zip(slow, answers, strict=True)]
    for mistake in plan.exercise.mistakes:
        if mistake.symptom is not None and _shows(mistake, readable, failing):
            return (mistake.name,), mistake.hint
    kept = [number for number, late in enumerate(slow) if not late]
    in_time = PartOfPlan(plan, kept)
    rest, hint = _named_by_values(in_time, [answers[i] for i in kept], [findings[i] for i in kept], run, budget)
    if not rest:
        return (), None
    late_criteria = {probe.criterion for probe, late in zip(plan.probes, slow, strict=True) if late}
    for mistake in plan.exercise.mistakes:
        if mistake.symptom is not None and mistake.name not in rest and _shows(mistake, answers, late_criteria):
            return (*rest, mistake.name), hint
    return rest, hint


def _several_mistakes(
    plan: Plan,
    answers: Sequence[Sequence[Outcome]],
    findings: Sequence[Sequence[Difference]],
    candidates: Sequence[tuple[Mistake, Sequence[Sequence[Outcome]]]],
    budget: Budget,
) -> list[Mistake]:
    """Two or three mistakes that spoil different calls: wherever one of them is wrong the answer is the one it gives,
    and together they are wrong wherever the answer is. [] where there are no such."""
    failing = {number for number, found in enumerate(findings) if found}
    if len(failing) < 2:
        return []
    fitting: list[tuple[Mistake, set[int]]] = []
    for mistake, gives in candidates:
        if budget.over:
            return []
        if mistake.generic:
            continue
        spoilt = set()
        for number, probe in enumerate(plan.probes):
            if number not in failing and not _wrong_at(plan, number, gives):
                continue
            if number in failing and _equal_at(plan, number, answers, gives):
                spoilt.add(number)
            elif _wrong_at(plan, number, gives) or probe.between is not None:
                break
        else:
            if spoilt:
                fitting.append((mistake, spoilt))
    chosen: list[Mistake] = []
    left = set(failing)
    while left and fitting and len(chosen) < _MOST_AT_ONCE:
        mistake, spoilt = max(fitting, key=lambda row: len(row[1] & left))
        if not spoilt & left:
            break
        chosen.append(mistake)
        left -= spoilt
    return chosen if not left else []


_MOST_AT_ONCE = 3


def _equal_at(
    plan: Plan,
    number: int,
    answers: Sequence[Sequence[Outcome]],
    gives: Sequence[Sequence[Outcome]],
    part: str | None = None,
) -> bool:
    """Whether two sets of outcomes agree for one probe, or in one part of its result."""
    rows = zip(answers[number], gives[number], plan.rooms(number), strict=True)
    return all(_same(plan, a, b, part, room.between_answers()) for a, b, room in rows)


def _wrong_at(plan: Plan, number: int, gives: Sequence[Sequence[Outcome]]) -> bool:
    """Whether a mistake shows in the answers to a probe."""
    right = plan.expected[number] if plan.probes[number].verify is None else []
    return bool(find(plan.exercise, plan.probes[number], gives[number], right, partial(plan.rooms, number)))


def _only_mark(
    plan: Plan, answers: Sequence[Sequence[Outcome]], findings: Sequence[Sequence[Difference]]
) -> Mark | None:
    """What the failing probes were made for, when they were all made for the same, and finite values came back."""
    rows = [(probe, outcomes) for probe, outcomes, found in zip(plan.probes, answers, findings, strict=True) if found]
    if any(o.error is not None or not _finite(o.value) for _, outcomes in rows for o in outcomes):
        return None
    marks = {probe.exposes for probe, _ in rows}
    return marks.pop() if len(marks) == 1 else None


def _kept(plan: Plan, answers: Sequence[Sequence[Outcome]], findings: Sequence[Sequence[Difference]]) -> Mark | None:
    """`MEMORY` when every wrong answer is one that was right for an earlier call."""
    right: list[Any] = []
    marks = set()
    for probe, outcomes, found in zip(plan.probes, answers, findings, strict=True):
        value = outcomes[-1].value
        if not found:
            right.append(value)
        elif any(o.error is not None for o in outcomes) or not any(same(value, earlier) for earlier in right):
            return None
        else:
            marks.add(probe.exposes)
    return MEMORY if MEMORY in marks else None


def _right_under_new_names(
    plan: Plan, answers: Sequence[Sequence[Outcome]], findings: Sequence[Sequence[Difference]], run: Run
) -> bool:
    """Whether every call that got a wrong answer gets the right one when the nodes of its graph have names that no call
    had before: then something is kept under the old ones."""
    failing = [number for number, found in enumerate(findings) if found]
    if findings[0] or not failing or any(o.error is not None for i in failing for o in answers[i]):
        return False
    renamed: list[Step] = []
    for number in failing:
        probe = plan.probes[number]
        (step, *more), right = probe.steps, plan.expected[number][0].value
        keys = {key for argument in step.args if type(argument) is dict for key in argument if type(key) is str}
        if more or not keys or probe.verify is not None or not is_numeric(right):
            return False
        new = {key: f"{key}_{number}" for key in keys}
        renamed.append(step._replace(args=tuple(_renamed(argument, new) for argument in step.args)))
    gives = run(renamed)
    return len(gives) == len(failing) and all(
        outcome.error is None and mismatch(outcome.value, plan.expected[number][0].value) is None
        for number, outcome in zip(failing, gives, strict=True)
    )


def _renamed(value: Any, new: Mapping[str, str]) -> Any:
    if type(value) is str:
        return new.get(value, value)
    if type(value) in (list, tuple):
        return type(value)(_renamed(item, new) for item in value)
    if type(value) is dict:
        return {_renamed(key, new): _renamed(item, new) for key, item in value.items()}
    return value


def _finite(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_finite, value))
    if isinstance(value, dict):
        return all(map(_finite, value.values()))
    return is_numeric(value) and bool(np.isfinite(value).all())


def _without_the_catalogue(
    plan: Plan, answers: Sequence[Sequence[Outcome]], findings: Sequence[Sequence[Difference]]
) -> Mistake | None:
    """What can go wrong anywhere, told from the outcomes alone."""
    failing = [i for i, found in enumerate(findings) if found]
    last = [answers[i][-1] for i in failing]
    if failing and all(outcome.error is None and outcome.value is None for outcome in last):
        return NOTHING
    if failing and (slip := _in_another_container(plan, last, failing)) is not None:
        return slip
    if failing and all(isinstance(o.value, Opaque) and "generator" in o.value.description for o in last):
        return YIELDS
    # With a single entry an array is as good as a number, and what fails for arrays gives something.
    errors = [
        next((o for o in answers[i] if o.error is not None), answers[i][-1]) for i in failing if _several(plan, i)
    ]
    # What fails for two objects at once, and for one alone never, is no slip of the line that it fails in.
    apart = any(_objects(plan, i) == 1 for i in range(len(answers)) if i not in failing)
    if not (apart and all(_objects(plan, i) > 1 for i in failing)) and (slip := named_by_exception(errors)) is not None:
        return slip
    if failing and all(_cut_off(plan, answers, i) for i in failing):
        return CUT_OFF
    return None


def _in_another_container(plan: Plan, last: Sequence[Outcome], failing: Sequence[int]) -> Mistake | None:
    """A list or a dict of right values where an array or a row of values is asked for."""
    if any(plan.probes[i].verify is not None for i in failing):
        return None
    rows = [(outcome.value, plan.expected[i][-1].value) for outcome, i in zip(last, failing, strict=True)]
    if all(type(value) is list and isinstance(right, np.ndarray) for value, right in rows):
        return A_LIST if all(_array_of(value, right) for value, right in rows) else None
    if all(type(value) is dict and isinstance(right, (tuple, list)) for value, right in rows):
        return A_DICT if all(not compare(list(value.values()), right) for value, right in rows) else None
    return None


def _array_of(value: list[Any], right: Any) -> bool:
    try:
        return alike(np.asarray(value, dtype=float), right)
    except (TypeError, ValueError, OverflowError):
        return False


def _several(plan: Plan, number: int) -> bool:
    """Whether some array of a probe has more than one entry, or there is none."""
    sizes = [a.size for step in plan.probes[number].steps for a in step.args if isinstance(a, np.ndarray)]
    return not sizes or max(sizes) > 1


def _objects(plan: Plan, number: int) -> int:
    """How many objects a probe makes and keeps."""
    return len({step.keep for step in plan.probes[number].steps} - {None})


def _constant(plan: Plan, answers: Sequence[Sequence[Outcome]]) -> bool:
    """Whether one answer is given to all calls, though not all ask for the same."""
    if any(len(probe.steps) > 1 or probe.verify is not None for probe in plan.probes):
        return False
    first = answers[0][0]
    if (
        first.error is not None
        or first.value is None
        or isinstance(first.value, (Opaque, str))
        or not parts(first.value, ())
    ):
        return False
    same = all(o.error is None and not compare(o.value, first.value) for (o,) in answers)
    return same and any(compare(o.value, plan.expected[0][0].value) for (o,) in plan.expected[1:])


def _cut_off(plan: Plan, answers: Sequence[Sequence[Outcome]], number: int) -> bool:
    """Whether the answer to a probe with whole numbers in is the right one without its fractions."""
    inputs = plan.probes[number].steps[-1].args
    whole = any((isinstance(a, np.ndarray) and a.dtype.kind in "iu") or type(a) is int for a in inputs)
    value, right = answers[number][-1].value, plan.expected[number][-1].value
    if not whole or not is_numeric(value) or not is_numeric(right):
        return False
    return mismatch(value, np.trunc(np.asarray(right, dtype=float))) is None and mismatch(value, right) is not None


def _shows(mistake: Mistake, answers: Sequence[Sequence[Outcome]], failing: AbstractSet[str]) -> bool:
    """Whether a mistake's symptom is there, and what fails is all of its kind."""
    assert mistake.symptom is not None
    if not failing <= set(getattr(mistake.symptom, "criteria", failing)):
        return False
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
    if part is None and a.modified != b.modified:
        return False
    if part is None and isinstance(a.value, (list, tuple)) and isinstance(b.value, (list, tuple)):
        return len(a.value) == len(b.value) and all(alike(x, y, room) for x, y in zip(a.value, b.value, strict=True))
    if part is None and isinstance(a.value, dict) and isinstance(b.value, dict) and a.value.keys() != b.value.keys():
        return False  # what is right of the keys that are there says nothing of those that are not
    return alike(_value(plan, a, part), _value(plan, b, part), room)


def equal(
    plan: Plan,
    answers: Sequence[Sequence[Outcome]],
    gives: Sequence[Sequence[Outcome]],
    part: str | None = None,
    order: Sequence[int] | None = None,
) -> bool:
    """Whether two sets of outcomes agree everywhere, or everywhere in one part of the result; `order` is the order in
    which the probes are looked at."""
    numbers = range(len(answers)) if order is None else order
    return all(_equal_at(plan, number, answers, gives, part) for number in numbers)


def _equal_but_for_failures(
    plan: Plan, answers: Sequence[Sequence[Outcome]], gives: Sequence[Sequence[Outcome]], failing: AbstractSet[int]
) -> bool:
    """Whether a mistake gives all wrong answers, and all right ones but where it gives no number at all: to think of
    that case, too, is no other mistake."""
    left = 0
    for number in range(len(plan.probes)):
        if _equal_at(plan, number, answers, gives):
            continue
        ended = any(o.error is not None or not _finite(o.value) for o in gives[number])
        if number in failing or not ended:
            return False
        left += 1
    return 0 < left < len(failing) and _shown(plan, answers, gives)


def _explains(
    plan: Plan,
    answers: Sequence[Sequence[Outcome]],
    mistake: Mistake,
    gives: Sequence[Sequence[Outcome]],
    part: str,
    wrong: Sequence[str],
) -> bool:
    """Whether a mistake explains one wrong part of a result, and would not have spoilt a part that is right.

    The generic slips are made in each part by itself, but an exchange of parts is not.
    """
    if not equal(plan, answers, gives, part) or not _shown(plan, answers, gives, part):
        return False
    if mistake.generic and mistake.name != OTHER_ORDER:
        return True
    return all(name in wrong or equal(plan, plan.expected, gives, name) for name in plan.exercise.outputs)


def _shown(
    plan: Plan, answers: Sequence[Sequence[Outcome]], gives: Sequence[Sequence[Outcome]], part: str | None = None
) -> bool:
    """Whether answers that equal a mistake's show it: a mistake that is right on these probes explains nothing.

    Nor do exceptions of one type, which have many causes: a wrong value must have come back, or every message agree.
    """
    if any(probe.verify for probe in plan.probes):
        return True
    rows = [
        row
        for number, probe in enumerate(zip(answers, gives, plan.expected, strict=True))
        for row in zip(*probe, plan.rooms(number), strict=True)
    ]
    if any(a.error is None and not _same(plan, b, right, part, room) for a, b, right, room in rows):
        return True
    errors = [(a.error.message, b.error.message) for a, b, _, _ in rows if a.error is not None and b.error is not None]
    return bool(errors) and all(a == b for a, b in errors)
