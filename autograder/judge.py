"""The judge: an exercise and a student's code in, a verdict out.

It asks the code for values through `StudentCode.run`, all probes of an exercise in one message, and compares them with
what the reference gives for the same steps. It knows neither Jupyter nor nbgrader nor processes, and trusts nothing the
code returns to be more than data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from autograder.calls import LocalCode, Outcome, StudentCode, StudentError
from autograder.comparison import Difference, compare, in_words, outside, parts
from autograder.consistency import right_for_own_forward
from autograder.diagnosis import diagnose
from autograder.exercises import get
from autograder.exercises.exercise import Exercise, Mistake, Probe, Step
from autograder.verdict import CriterionResult, Verdict, no_points


@dataclass
class Plan:
    """What is right for one exercise and seed; computed once and shared by all submissions."""

    exercise: Exercise
    seed: int
    probes: list[Probe]
    answers: dict[int, list[list[Outcome]]] = field(default_factory=dict)

    @cached_property
    def expected(self) -> list[list[Outcome]]:
        """What the reference gives for the probes; not worked out where every probe verifies for itself."""
        return perform_probes(LocalCode(self.exercise.code(self.exercise.reference)), self.probes)

    def answer_of(self, index: int, mistake: Mistake) -> list[list[Outcome]]:
        """What a catalogued mistake gives for the probes."""
        if index not in self.answers:
            names = {**self.exercise.code(self.exercise.reference), **self.exercise.code(mistake.wrong)}
            self.answers[index] = perform_probes(LocalCode(names), self.probes)
        return self.answers[index]


@lru_cache(maxsize=512)
def plan_for(name: str, seed: int) -> Plan:
    """The plan of an exercise for a seed."""
    exercise = get(name)
    probes = exercise.probes(np.random.default_rng([seed, sum(map(ord, name))]))
    return Plan(exercise, seed, probes)


def perform_probes(code: StudentCode, probes: Sequence[Probe]) -> list[list[Outcome]]:
    """The outcomes of each probe, all asked for in one message. Names of kept objects belong to their probe."""
    steps = [step for number, probe in enumerate(probes) for step in _scoped(probe.steps, number)]
    outcomes = list(code.run(steps))
    lost = Outcome(error=StudentError("killed", "", "the notebook's process stopped before this call"))
    outcomes += [lost] * (len(steps) - len(outcomes))
    found, start = [], 0
    for probe in probes:
        found.append(outcomes[start : start + len(probe.steps)])
        start += len(probe.steps)
    return found


def judge(name: str, functions: Mapping[str, Any] | StudentCode, seed: int = 0) -> Verdict:
    """The verdict on exercise `name` for a student's functions, given by name or as any `StudentCode`.

    Raises `KeyError` when there is no such exercise. Nothing the student's code does raises.
    """
    exercise = get(name)
    code: StudentCode = LocalCode(functions) if isinstance(functions, Mapping) else functions
    if not code.defined(name):
        kind = "class" if name[0].isupper() else "function"
        return no_points(name, exercise.points, f"There is no {kind} {name}. Run the cell that defines it.", seed)
    library = code.borrowed(name)
    if library is not None:
        notice = (
            f"{name} leans on {library}. What is graded must be your own work: "
            "write it with NumPy. Use the library to check yourself."
        )
        return no_points(name, exercise.points, notice, seed)
    plan = plan_for(name, seed)
    # The first probe once more at the end: a function that remembers something answers differently.
    answers = perform_probes(code, [*plan.probes, plan.probes[0]])
    return _decide(plan, code, answers[:-1], answers[-1])


def _decide(plan: Plan, code: StudentCode, answers: list[list[Outcome]], again: list[Outcome]) -> Verdict:
    exercise = plan.exercise
    if all(any(o.error and o.error.type == "NotImplementedError" for o in outcomes) for outcomes in answers):
        return no_points(exercise.name, exercise.points, f"{exercise.name} is not filled in yet.", plan.seed)
    compared = any(probe.verify is None for probe in plan.probes)
    expected = plan.expected if compared else [[] for _ in plan.probes]
    findings = [
        find(exercise, probe, got, right) for probe, got, right in zip(plan.probes, answers, expected, strict=True)
    ]
    results: list[CriterionResult] = []
    earned: dict[str, float] = {}
    for criterion in exercise.criteria:
        share, message = 1.0, ""
        if criterion.key == "contract":
            message = _contract(exercise, answers, again)
            share = 0.0 if message else 1.0
        else:
            concerned = [i for i, probe in enumerate(plan.probes) if probe.criterion == criterion.key]
            failed = [i for i in concerned if findings[i]]
            if failed:
                first = min(failed, key=lambda i: _size(plan.probes[i]))  # the smallest case says most
                message = _message(exercise, plan.probes[first], findings[first])
                share = _share(exercise, plan, concerned, findings)
                own = [plan.probes[i] for i in concerned], [answers[i] for i in concerned]
                if (
                    share == 0.0
                    and exercise.forward
                    and criterion.key == "values"
                    and right_for_own_forward(exercise, code, *own)
                ):
                    share = 0.5
                    mend = f"right for your own {exercise.forward}, which is not right yet: mend that one first."
                    message = f"{mend}\n{message}"
        if any(earned.get(key, 0.0) < 1.0 for key in criterion.needs):
            share, message = 0.0, "comes after the points above"
        earned[criterion.key] = share
        worth = exercise.points * criterion.weight
        results.append(CriterionResult(criterion.title, round(worth * share, 4), round(worth, 4), message))
    points = (
        exercise.points if all(share == 1.0 for share in earned.values()) else round(sum(r.points for r in results), 4)
    )
    misconceptions: tuple[str, ...] = ()
    hint = None
    if points < exercise.points:
        misconceptions, hint = diagnose(plan, answers, findings)
    return Verdict(
        exercise.name, float(points), float(exercise.points), tuple(results), misconceptions, hint, plan.seed
    )


def find(exercise: Exercise, probe: Probe, got: Sequence[Outcome], right: Sequence[Outcome]) -> list[Difference]:
    """What is wrong with the outcomes of a probe; empty when they are right."""
    if probe.verify is not None:
        try:
            message = probe.verify(got)
        except Exception:  # what came back does not have the form the check reads
            message = (
                _first_error(got) or f"returned {in_words(got[-1].value)}, which is not what the docstring asks for"
            )
        return [Difference("", message)] if message else []
    for outcome, expected in zip(got, right, strict=True):
        if outcome.error is not None and expected.error is None:
            return [Difference("", _error(outcome.error))]
        if outcome.error is None and expected.error is not None:
            return [Difference("", f"gave {in_words(outcome.value)}; expected {expected.error.type}")]
        if outcome.error is not None:
            continue
        if probe.between is not None:
            low, high = probe.between
            if isinstance(low, tuple):
                value = outcome.value
                if not isinstance(value, (tuple, list)) or len(value) != len(low):
                    return compare(value, low, exercise.outputs)
                names = exercise.outputs or [f"[{i}]" for i in range(len(low))]
                rows = zip(names, value, low, high, strict=True)
                return [Difference(n, m) for n, v, lo, hi in rows if (m := outside(v, lo, hi))]
            message = outside(outcome.value, low, high)
            return [Difference("", message)] if message else []
        differences = compare(
            outcome.value, expected.value, exercise.outputs, probe.scale or _scale(probe, expected.value)
        )
        if differences:
            return differences
    return []


def _scoped(steps: Sequence[Step], number: int) -> list[Step]:
    """The steps with the names of kept objects made the probe's own."""
    from autograder.calls import Kept

    def scoped(value: Any) -> Any:
        return Kept(f"{value.name}#{number}") if isinstance(value, Kept) else value

    return [
        Step(
            f"{step.name}#{number}" if step.method is not None else step.name,
            tuple(scoped(argument) for argument in step.args),
            step.method,
            f"{step.keep}#{number}" if step.keep is not None else None,
        )
        for step in steps
    ]


def _scale(probe: Probe, right: Any) -> float | None:
    """The size below which a difference is round-off: at least a thousandth of what comes in."""
    sizes = [
        np.abs(np.asarray(v, dtype=float)) for v in parts(right, ()).values() if isinstance(v, (float, int, np.ndarray))
    ]
    first = probe.steps[-1].args[0] if probe.steps[-1].args else 0.0
    if isinstance(first, (float, np.ndarray)):
        sizes.append(np.minimum(1.0, 1e-3 * np.abs(np.asarray(first, dtype=float))))
    largest = [float(s[np.isfinite(s)].max()) for s in sizes if np.isfinite(s).any()]
    return max(largest) if largest else None


def _share(exercise: Exercise, plan: Plan, concerned: list[int], findings: list[list[Difference]]) -> float:
    """The part of the result that is right in every probe: three gradients of which one is wrong keep two thirds."""
    expected = [plan.expected[i][-1].value for i in concerned if plan.probes[i].verify is None]
    if len(expected) != len(concerned) or any(len(plan.probes[i].steps) > 1 for i in concerned):
        wrong = sum(bool(findings[i]) for i in concerned)
        return 1.0 - wrong / len(concerned) if any(plan.probes[i].label for i in concerned) else 0.0
    names = set(parts(expected[0], exercise.outputs))
    wrong_parts = {difference.part for i in concerned for difference in findings[i]}
    if "" in wrong_parts or len(names) < 2:
        return 0.0
    return len(names - wrong_parts) / len(names)


def _contract(exercise: Exercise, answers: list[list[Outcome]], again: list[Outcome]) -> str:
    for outcomes in answers:
        for outcome in outcomes:
            if outcome.modified:
                names = exercise.arguments
                position = outcome.modified[0]
                which = names[position] if position < len(names) and len(outcomes) == 1 else "an argument"
                return f"wrote into {which}, which belongs to the caller: work on a copy"
    for first, second in zip(answers[0], again, strict=True):
        if second.error is not None and second.error.kind == "time":
            continue  # not called again after a call that ran out of time, which costs its own points
        if (first.error is None) != (second.error is None) or compare(second.value, first.value, exercise.outputs):
            return "the same call gave another answer the second time: something is kept between calls"
    return ""


def _message(exercise: Exercise, probe: Probe, differences: list[Difference]) -> str:
    label = f"{probe.label}: " if probe.label else ""
    shown = "; ".join(f"{d.part}{'' if d.message[:1] == '[' else ' '}{d.message}".strip() for d in differences[:3])
    return f"{label}{_call(exercise, probe)}{shown}"


def _size(probe: Probe) -> int:
    return sum(int(np.size(a)) if isinstance(a, (int, float, np.ndarray)) else 8 for s in probe.steps for a in s.args)


def _call(exercise: Exercise, probe: Probe) -> str:
    """The call, when it is small enough to read."""
    if len(probe.steps) != 1:
        return ""
    arguments = probe.steps[0].args
    if not all(isinstance(a, (int, float, np.ndarray)) for a in arguments) or sum(np.size(a) for a in arguments) > 8:
        return ""
    shown = [np.array2string(np.asarray(a), precision=4, separator=", ").replace("\n", "") for a in arguments]
    named = [f"{n}={s}" for n, s in zip(exercise.arguments, shown, strict=False)]
    return f"with {', '.join(named)}: "


def _first_error(outcomes: Sequence[Outcome]) -> str | None:
    return next((_error(o.error) for o in outcomes if o.error is not None), None)


def _error(error: StudentError) -> str:
    words = {
        "time": "took too long and was stopped",
        "memory": "asked for more memory than there is",
        "killed": error.message or "the process was stopped",
        "size": error.message,
        "undefined": error.message,
    }
    if error.kind in words:
        return words[error.kind]
    where = f" in the line: {error.line}" if error.line else ""
    return f"raised {error.type}: {error.message}{where}"
