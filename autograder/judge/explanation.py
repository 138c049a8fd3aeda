"""What a failing verdict says beyond its points: the call that fails, where it is wrong, and where in the code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from autograder.exercises import Probe
from autograder.judge.budget import Budget
from autograder.judge.comparison import Difference, alike, close_entries, compare
from autograder.judge.explain import pattern
from autograder.judge.findings import find
from autograder.judge.messages import size
from autograder.judge.plan import Plan, perform_probes, perform_steps, scoped
from autograder.judge.shrink import ENOUGH, Perform, can_shrink, few_digits, numbers_in, shrunk
from autograder.judge.spelled import LONGEST, spelled, value_spelled
from autograder.judge.tolerance import floats_within
from autograder.student.language import shown, t
from autograder.student.local import LocalCode
from autograder.student.steps import Outcome, Step, StudentCode
from autograder.student.values import same


@dataclass(frozen=True)
class Example:
    """The call that a verdict shows: the probe, what is wrong with its outcomes, and the call as Python."""

    probe: Probe
    differences: list[Difference]
    call: str | None


def _shorter(one: Probe, other: Probe) -> bool:
    """Whether a call hands over fewer numbers than another, and takes less room."""
    fewer = numbers_in(one.steps) < numbers_in(other.steps)
    return fewer and len(probe_spelled(one) or "") <= len(probe_spelled(other) or "")


Shown = tuple[Probe, Sequence[Outcome], Sequence[Outcome]]
"""A probe, what came, and what is right."""
_SHARE = 0.4  # of the time for all explaining
_TRIED = 6  # failing probes, while the call that is shown is long


def costly(answers: Sequence[Sequence[Outcome]]) -> bool:
    """Whether a call took too long, or too much memory, or ended its process: nobody wants more such calls."""
    kinds = ("time", "memory", "size", "killed")
    return any(outcome.error is not None and outcome.error.kind in kinds for got in answers for outcome in got)


def within(code: StudentCode, budget: Budget) -> StudentCode:
    """The same code, of which no call takes longer than the budget has left. Where it has a box of its own, the box
    sets the limits."""
    return code.limited(budget.left) if isinstance(code, LocalCode) else code


def _performer(code: StudentCode, budget: Budget, got: Sequence[Outcome]) -> Perform:
    """Calls like those that gave these outcomes, as many as may be expected to end within the budget."""
    each = sum(outcome.seconds for outcome in got)

    def perform(rows: Sequence[Sequence[Step]]) -> list[list[Outcome]]:
        left = budget.left
        rows = rows[: int(min(len(rows), left / (4 * each) if each else len(rows)))]
        if not rows or budget.over:
            return []
        share = Budget(left / sum(map(len, rows)))
        return perform_steps(within(code, share), rows)

    return perform


def example(
    plan: Plan,
    code: StudentCode,
    answers: Sequence[Sequence[Outcome]],
    failed: Sequence[int],
    budget: Budget | None,
) -> Example:
    """The smallest failing call among the failed probes (their numbers), made smaller where that can be done within
    the budget; as it is without one."""
    order = sorted(failed, key=lambda i: (size(plan.probes[i]), len(probe_spelled(plan.probes[i]) or "x" * 10**6)))
    smallest = order[0]

    def outcomes(number: int) -> Shown:
        probe = plan.probes[number]
        return probe, answers[number], plan.expected[number] if probe.verify is None else []

    probe, got, right = outcomes(smallest)

    def differences(probe: Probe, got: Sequence[Outcome], right: Sequence[Outcome]) -> list[Difference]:
        return find(plan.exercise, probe, got, right, partial(plan.rooms_of, probe))

    if (earlier := _kept_from(plan, answers, smallest, failed)) is not None:
        pair = plan.probes[earlier], probe
        if budget is not None and not costly(answers):
            pair = _with_few_digits(plan, code, *pair, budget)
        return Example(probe, differences(probe, got, right), _in_a_row(pair))
    if budget is not None and not costly(answers):
        share = Budget(_SHARE * budget.left)  # a name, a sentence and a spot say more than a smaller call
        for number in order[:_TRIED]:  # one that is no smaller at first may be made so
            if share.over:
                break
            before, came, _ = outcomes(number)
            reference = partial(plan.for_smaller, of=before)
            found = shrunk(before, came, _performer(code, share, came), reference, differences, share)
            if found is not None and (number == smallest or _shorter(found[0], probe)):
                probe, got, right = found
            if numbers_in(probe.steps) <= ENOUGH or not can_shrink(probe):
                break
    return Example(probe, differences(probe, got, right), probe_spelled(_to_the_first_wrong(plan, probe, got, right)))


def _to_the_first_wrong(plan: Plan, probe: Probe, got: Sequence[Outcome], right: Sequence[Outcome]) -> Probe:
    """The probe up to the first step that gives something wrong: what comes after it says nothing more."""
    if probe.verify is not None or probe.between is not None:
        return probe
    for many in range(1, len(probe.steps)):
        cut = replace(probe, steps=probe.steps[:many])
        if find(plan.exercise, cut, got[:many], right[:many], partial(plan.rooms_of, probe)):
            return cut
    return probe


def _kept_from(plan: Plan, answers: Sequence[Sequence[Outcome]], number: int, failed: Sequence[int]) -> int | None:
    """The earlier call for which this answer was right: one call alone would not show what is kept."""
    outcome = answers[number][-1]
    if outcome.error is not None or len(plan.probes[number].steps) > 1 or not _telling(outcome.value):
        return None
    before = (i for i in range(number)[::-1] if i not in failed and len(plan.probes[i].steps) == 1)
    return next((i for i in before if same(answers[i][-1].value, outcome.value)), None)


def after_an_earlier_one(plan: Plan, findings: Sequence[Sequence[Difference]], shown: Example) -> str | None:
    """The call that is shown behind the first right one that names a node of the same graph, where calls have graphs:
    alone it would be right where nothing was called before."""
    nodes = _nodes(shown.probe)
    for probe, found in zip(plan.probes, findings, strict=True):
        if not found and _nodes(probe) & nodes:
            return _in_a_row([probe, shown.probe])
    return None


def _nodes(probe: Probe) -> set[str]:
    dicts = [argument for step in probe.steps for argument in step.args if type(argument) is dict]
    return {key for argument in dicts for key in argument if type(key) is str}


def _telling(value: Any) -> bool:
    """Whether a value is one that hardly two calls give: numbers, and not all of them whole."""
    return any(bool((array != np.round(array)).any()) for array in floats_within(value))


def _with_few_digits(plan: Plan, code: StudentCode, first: Probe, second: Probe, budget: Budget) -> tuple[Probe, Probe]:
    """Two calls that get one answer, with fewer digits where they still do, and should not."""
    if not (can_shrink(first) and can_shrink(second)):
        return first, second
    # Each is rounded by itself: what is right for that is among the check data.
    for one, other in product(few_digits(first.steps), few_digits(second.steps)):
        right = [*plan.for_smaller(one, first), *plan.for_smaller(other, second)]
        got = within(code, Budget(budget.left / 2)).run((*one, *other))
        if any(outcome.error is not None or outcome.value is None for outcome in (*right, *got)):
            continue
        told = compare(right[1].value, right[0].value, plan.exercise.outputs)
        if told and len(got) == 2 and same(got[0].value, got[1].value):
            return replace(first, steps=one), replace(second, steps=other)
    return first, second


def written_into(
    plan: Plan, code: StudentCode, answers: Sequence[Sequence[Outcome]], modified: Sequence[int], budget: Budget
) -> Example:
    """The smallest call, among the probes `modified` (their numbers), that writes into an argument."""
    smallest = min(modified, key=lambda i: size(plan.probes[i]))
    probe, got = plan.probes[smallest], answers[smallest]

    def differences(probe: Probe, got: Sequence[Outcome], right: Sequence[Outcome]) -> list[Difference]:
        return [Difference("", "") for outcome in got if outcome.modified]

    perform = _performer(code, budget, got)
    reference = partial(plan.for_smaller, of=probe)
    found = None if costly(answers) else shrunk(probe, got, perform, reference, differences, budget)
    if found is not None:
        probe, got, _ = found
    return Example(probe, [], _with_what_became_of_it(probe, got) or probe_spelled(probe))


def _with_what_became_of_it(probe: Probe, got: Sequence[Outcome]) -> str | None:
    """A call beside its argument as it is afterwards."""
    if len(probe.steps) != 1:
        return None
    (step,), (outcome,) = probe.steps, got
    place = outcome.modified[0]
    try:
        given = value_spelled(step.args[place])
        others = [value_spelled(argument) for argument in step.args]
    except TypeError:
        return None
    others[place] = "mine"
    text = f"mine = {given}\n({step.name}({', '.join(others)}), mine)"
    return text if len(text) <= LONGEST else None


def probe_spelled(probe: Probe) -> str | None:
    """A probe's calls as Python; None where they are too long, or hold what cannot be written out."""
    try:
        return probe.shown or spelled(probe.steps)
    except TypeError:  # an argument of a course's own kind
        return None


def repeated(plan: Plan, code: StudentCode, answers: Sequence[Sequence[Outcome]], budget: Budget) -> str | None:
    """Calls after which a function that keeps something answers differently: one call twice, or one in between.

    What is kept already may hide the difference here; one call twice shows it where nothing has been called before.
    """
    first = plan.probes[0]
    if costly(answers):
        return _in_a_row([first, first])
    rows = [[first, first], *([first, between, first] for between in plan.probes[1:4])]
    for row in rows:
        if budget.over:
            break
        answers = perform_probes(within(code, budget), row)
        a, b = answers[0][-1], answers[-1][-1]
        if (a.error is None) != (b.error is None) or compare(b.value, a.value, plan.exercise.outputs):
            return _in_a_row(row)
    return _in_a_row(rows[0])


def _in_a_row(probes: Sequence[Probe]) -> str | None:
    calls = spelled([step for number, probe in enumerate(probes) for step in scoped(probe.steps, number)])
    return calls or probes[-1].shown or None


def pattern_of(
    plan: Plan,
    answers: Sequence[Sequence[Outcome]],
    differences: Sequence[Sequence[Difference]],
    budget: Budget,
    named: bool = False,
) -> str | None:
    """One true sentence about where the answers are wrong, or None; none is looked for when the budget is over.
    `differences` are those of each probe; `named` says that there is a name for the mistake already."""
    said = _of_values(plan, answers, budget, named)
    if said is None and not budget.over:
        said = _yes_or_no(plan, answers) or _labels(plan, differences)
    return said


def _yes_or_no(plan: Plan, answers: Sequence[Sequence[Outcome]]) -> str | None:
    """Where yes or no is asked for, and all wrong answers are the same one of the two."""
    told: list[tuple[bool, bool]] = []
    for probe, got in zip(plan.probes, answers, strict=True):
        if probe.verify is None or len(got) != 1 or not isinstance(got[0].value, (bool, np.bool_)):
            return None
        right = [word for word in (True, False) if not find(plan.exercise, probe, [Outcome(word)], [], list)]
        if len(right) != 1:
            return None
        told.append((bool(got[0].value), right[0]))
    wrong = {value for value, right in told if value != right}
    if len(wrong) != 1 or {value for value, right in told if value == right} != {True, False}:
        return None
    if wrong == {True}:
        return t(
            "it says True where False is right, in {count} of {all} calls, and never the other way round.", **_of(told)
        )
    return t(
        "it says False where True is right, in {count} of {all} calls, and never the other way round.", **_of(told)
    )


def _of(told: Sequence[tuple[bool, bool]]) -> dict[str, int]:
    return {"count": sum(value != right for value, right in told), "all": len(told)}


def _labels(plan: Plan, differences: Sequence[Sequence[Difference]]) -> str | None:
    """What goes wrong alone, where what is asked for has names: one or two of them, and many others are right."""
    failing = [bool(found) for found in differences]
    names = [shown(probe.label) if probe.label else "" for probe in plan.probes]
    wrong = {name for name, bad in zip(names, failing, strict=True) if bad}
    fine = {name for name, bad in zip(names, failing, strict=True) if not bad}
    if not wrong or "" in wrong or wrong & fine or len(wrong) > _FEW_LABELS or failing.count(False) < _MANY_RIGHT:
        return None
    return t("of the cases that the check tries, only these fail: {labels}.", labels="; ".join(sorted(wrong)))


_FEW_LABELS, _MANY_RIGHT = 2, 4


def _of_values(plan: Plan, answers: Sequence[Sequence[Outcome]], budget: Budget, named: bool) -> str | None:
    exercise = plan.exercise
    used = [i for i, probe in enumerate(plan.probes) if probe.verify is None and probe.between is None]
    if not used:
        return None

    # Samples are those of the whole result; a part of it, or a changed one, is compared without.
    rooms = [replace(plan.rooms(i)[-1], samples=tuple) for i in used]

    def same(number: int, value: Any, right: Any) -> bool:
        return alike(value, right, rooms[number])

    def close(number: int, value: Any, right: Any) -> Any:
        return close_entries(value, right, rooms[number])

    return pattern(
        exercise.arguments,
        exercise.outputs,
        [plan.probes[i].steps for i in used],
        [answers[i] for i in used],
        [plan.expected[i] for i in used],
        same,
        close,
        plan.for_changed,
        budget,
        named,
    )
