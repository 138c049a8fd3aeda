"""The decision: an exercise and a student's code in, a verdict out.

It asks the code for values through `StudentCode.run`, all probes of an exercise in one message, and compares them with
what the reference gives for the same steps. It trusts nothing the code returns to be more than data.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from autograder.exercises import DIFFERENCE, MEMORY, Criterion, Exercise, Mistake, Probe, get
from autograder.judge.budget import ENDLESS, Budget
from autograder.judge.comparison import Difference, compare, parts
from autograder.judge.consistency import right_for_own_forward, sincere_forward
from autograder.judge.diagnosis import diagnose
from autograder.judge.explanation import (
    Example,
    after_an_earlier_one,
    costly,
    example,
    pattern_of,
    probe_spelled,
    repeated,
    within,
    written_into,
)
from autograder.judge.findings import Plainly, find
from autograder.judge.measured import digits_end_early
from autograder.judge.messages import message, size
from autograder.judge.parameters import slip_of_parameters
from autograder.judge.place import Allowance, place
from autograder.judge.plan import Plan, perform_probes, plan_for
from autograder.judge.python_slips import stumbled_over_own_edit
from autograder.judge.special_cases import title_of
from autograder.judge.spelled import complete, what_is_called
from autograder.judge.verdict import CriterionResult, Place, Verdict, no_points
from autograder.student.borrowed import HIDDEN
from autograder.student.language import later, retold, shown, t
from autograder.student.local import LocalCode
from autograder.student.perform import Quiet
from autograder.student.steps import Outcome, StudentCode
from autograder.student.values import same

PLACE_SECONDS = 0.5
"""How long a verdict may look for the spot of the student's code that is off."""
_BESIDE = 0.05  # seconds that the rest of a verdict may take beside it; what it takes longer, the search has less
_MOST_NAMED = 8


def judge(
    name: str | Exercise,
    functions: Mapping[str, Any] | StudentCode,
    seed: int = 0,
    explain: Allowance | float | None = PLACE_SECONDS,
) -> Verdict:
    """The verdict on exercise `name` for a student's functions, given by name or as any `StudentCode`. An `Exercise`
    in place of its name need not be in a course.

    `explain` says how long a wrong answer's `place` may be looked for: so many seconds, or what an `Allowance` has
    left. With None the verdict has points, messages and names, and nothing else; the points never depend on it.

    Raises `KeyError` when there is no such exercise. Nothing the student's code does raises.
    """
    start = time.perf_counter()
    exercise = get(name) if isinstance(name, str) else name
    name = exercise.name
    code: StudentCode = LocalCode(functions) if isinstance(functions, Mapping) else functions
    if not code.defined(name):
        notice = t("There is no function {name}. Run the cell that defines it.", name=name)
        if exercise.kind == "class":
            notice = t("There is no class {name}. Run the cell that defines it.", name=name)
        return no_points(name, exercise.points, notice, seed, answered=False)
    library = code.borrowed(name)
    if library is not None:
        notice = t(
            "{name} leans on {library}. What is graded must be your own work: "
            "write it with NumPy. Use the library to check yourself.",
            name=name,
            library=retold(library, HIDDEN),
        )
        if library.startswith("scipy."):
            notice += " " + t("Elementary functions, such as expit, xlogy and logsumexp, may be used.")
        return no_points(name, exercise.points, notice, seed)
    plan = plan_for(exercise, seed)
    # The first probe once more at the end: a function that remembers something answers differently.
    answers = perform_probes(code, [*plan.probes, plan.probes[0]])
    return _Decision(plan, code, answers[:-1], answers[-1], explain, start).verdict()


MEASURED = later(
    "measured with a difference quotient, not derived: your digits end where those of a quotient end. Write the slope "
    "as a formula, and keep the quotient to check it."
)


@dataclass
class _Decision:
    """One submission's answers to the probes of a plan, weighed by its criteria."""

    plan: Plan
    code: StudentCode
    answers: list[list[Outcome]]
    again: list[Outcome]
    explain: Allowance | float | None
    start: float = field(default_factory=time.perf_counter)
    _example: Example | None = None

    @cached_property
    def _budget(self) -> Budget:
        """What all explaining may take together. What the judge has taken so far counts: somebody waits for it. What
        the student's own calls took does not."""
        if self.explain is None:
            return ENDLESS
        if isinstance(self.explain, Allowance):
            return Budget(PLACE_SECONDS)
        own = sum(outcome.seconds for outcomes in (*self.answers, self.again) for outcome in outcomes)
        taken = time.perf_counter() - self.start - own
        return Budget(max(self.explain, PLACE_SECONDS) + _BESIDE - taken)

    @property
    def exercise(self) -> Exercise:
        return self.plan.exercise

    @cached_property
    def _compared(self) -> list[list[Difference]]:
        """What differs in each probe's outcomes from what is right."""
        rows = zip(self.plan.probes, self.answers, self._expected, strict=True)
        return [
            [] if number in self._plainly.right else find(self.exercise, *row, partial(self.plan.rooms, number))
            for number, row in enumerate(rows)
        ]

    @cached_property
    def findings(self) -> list[list[Difference]]:
        """What is wrong with each probe's outcomes."""
        found = list(self._compared)
        if self._modified and any(criterion.key == "contract" for criterion in self.exercise.criteria):
            # A write into an argument is one mistake, and ends in an exception where the argument refuses it.
            for number, outcomes in enumerate(self.answers):
                if any(stumbled_over_own_edit(outcome.error) for outcome in outcomes):
                    found[number] = []
        return found

    @cached_property
    def _expected(self) -> list[list[Outcome]]:
        compared = any(probe.verify is None for probe in self.plan.probes)
        return self.plan.expected if compared else [[] for _ in self.plan.probes]

    @cached_property
    def _plainly(self) -> Plainly:
        return Plainly(self.plan.probes, self.answers, self._expected)

    @property
    def _modified(self) -> bool:
        return any(outcome.modified for outcomes in self.answers for outcome in outcomes)

    def verdict(self) -> Verdict:
        exercise, seed = self.exercise, self.plan.seed
        if self._not_filled_in():
            notice = t("{name} is not filled in yet.", name=exercise.name)
            return no_points(exercise.name, exercise.points, notice, seed, answered=False)
        results: list[CriterionResult] = []
        earned: dict[str, float] = {}
        first = exercise.criteria[0].key
        for criterion in exercise.criteria:
            share, words = self._weigh(criterion, earned)
            if criterion.key == self._charged and earned.get(first, 1.0) == 1.0 and self._measured():
                share, words = 0.0, f"{shown(MEASURED)}\n{words}".strip()
                smallest = min(self.plan.probes, key=size)
                self._example = self._example or Example(smallest, [], probe_spelled(smallest))
            earned[criterion.key] = share
            worth = exercise.points * criterion.weight
            tested = not self._waits(criterion, earned)
            title = title_of(criterion, self.plan.probes)
            results.append(CriterionResult(title, round(worth * share, 4), round(worth, 4), words, tested))
        full = all(share == 1.0 for share in earned.values())
        points = exercise.points if full else round(sum(result.points for result in results), 4)
        verdict = Verdict(exercise.name, float(points), float(exercise.points), tuple(results), seed=seed)
        if verdict.passed:
            return verdict
        with Quiet():  # once, and not around each of the hundreds of calls of the reference's
            return self._explained(verdict)

    def _explained(self, verdict: Verdict) -> Verdict:
        """The verdict with all that can be said about what is wrong; its points stand already."""
        names, hint = diagnose(
            self.plan, self.answers, self.findings, within(self.code, self._budget).run, self._budget
        )
        if (slip := self._slip_of_parameters(bool(names))) is not None:
            names, hint = (str(slip.name),), shown(slip.hint)
        if not names and any(shown(MEASURED) in result.message for result in verdict.criteria):
            names, hint = (str(DIFFERENCE.name),), shown(DIFFERENCE.hint)
        verdict = replace(verdict, misconceptions=names, hint=hint)
        if self.explain is None:
            return verdict
        call = self._example.call if self._example is not None else None
        if names == (MEMORY.name,) and self._example is not None:
            call = after_an_earlier_one(self.plan, self.findings, self._example) or call
        call = call and complete(call)
        pattern = pattern_of(self.plan, self.answers, self._compared, self._budget, bool(names))
        return replace(verdict, call=call, pattern=pattern, place=self._place(bool(names or pattern), bool(names)))

    def _slip_of_parameters(self, named: bool) -> Mistake | None:
        """What is wrong with the student's parameters, read where no values have said what the mistake is."""
        errors = [outcome.error for outcomes in self.answers for outcome in outcomes if outcome.error is not None]
        if named and not errors:
            return None
        return slip_of_parameters(self.exercise, self.code.definitions(self.exercise.name), errors)

    def _place(self, told: bool, named: bool) -> Place | None:
        answers = [*self.answers, self.again]
        if isinstance(self.explain, Allowance):
            return self.explain.place(self.plan, self.code, answers, told, named, self._compared)
        if not self.explain:
            return None
        seconds = min(self.explain, self._budget.left)
        return place(self.plan, self.code, answers, Budget(seconds), named, self._compared)

    def _not_filled_in(self) -> bool:
        stub = "NotImplementedError"
        return all(any(o.error and o.error.type == stub for o in outcomes) for outcomes in self.answers)

    def _waits(self, criterion: Criterion, earned: Mapping[str, float]) -> bool:
        """Whether a criterion is not reached, since one that it needs is not earned in full."""
        return any(earned.get(key, 0.0) < 1.0 for key in criterion.needs)

    @property
    def _charged(self) -> str:
        """The criterion that pays for a gradient that is measured and not derived: the corners, or the last."""
        keys = [criterion.key for criterion in self.exercise.criteria]
        return "edges" if "edges" in keys else keys[-1]

    def _measured(self) -> bool:
        """Whether the right values come from a difference quotient: their digits end too early, and the code divides by
        a step. Where the quotient is what is asked for, the reference does so too."""
        return (
            digits_end_early(self.plan, self.answers, self._plainly)
            and self.code.measures(self.exercise.name)
            and not self.plan.measures
        )

    def _weigh(self, criterion: Criterion, earned: Mapping[str, float]) -> tuple[float, str]:
        """The share of a criterion that is earned, and what is wrong in words."""
        if self._waits(criterion, earned):
            return 0.0, t("not looked at until the points above are right")
        if criterion.key == "contract" and (words := self._broken_contract()):
            return 0.0, words
        if criterion.tidy and (words := self._written_into()):
            return 0.0, words
        concerned = [i for i, probe in enumerate(self.plan.probes) if probe.criterion == criterion.key]
        failed = [i for i in concerned if self.findings[i]]
        if criterion.key == "contract" and min(earned.values(), default=1.0) < 1.0:
            failed = [i for i in failed if self._is_an_earlier_answer(i)]
        if not failed:
            return 1.0, ""
        budget = self._budget if self.explain is not None else None
        found = example(self.plan, self.code, self.answers, failed, budget)
        self._example = self._example or found
        words = message(found.probe, found.differences) + self._also_wrong(found.probe, concerned, failed)
        if criterion.key == "contract":
            return 0.0, words if found.probe.exposes else t("{what}; is something kept between calls?", what=words)
        share = self._share(concerned)
        if share == 0.0 and criterion.key == "values" and self._right_for_own_forward(failed):
            own = self.exercise.forward
            mend = t("right for your own {forward}, which is not right yet: mend that one first.", forward=own)
            return 0.5, f"{mend}\n{words}"
        return share, words

    def _is_an_earlier_answer(self, number: int) -> bool:
        """Whether a probe got what an earlier call got. Any other wrong answer to a probe for memory says what wrong
        answers to other calls have said, and paid for: that one bug costs once."""
        probe, outcome = self.plan.probes[number], self.answers[number][-1]
        if probe.exposes != MEMORY or len(probe.steps) > 1:
            return True
        if outcome.error is not None:
            return False
        return any(same(earlier[-1].value, outcome.value) for earlier in self.answers[:number])

    def _also_wrong(self, told: Probe, concerned: Sequence[int], failed: Sequence[int]) -> str:
        """What else of a criterion is wrong beside the probe that is `told`, where each of its probes has a name."""
        names = {i: _asked_for(self.plan.probes[i]) for i in concerned}
        if not all(names.values()):
            return ""
        others = [name for name in dict.fromkeys(names[i] for i in failed) if name != _asked_for(told)]
        if not others:
            return ""
        row = ", ".join(others[:_MOST_NAMED]) + (", ..." if len(others) > _MOST_NAMED else "")
        return "\n" + t("also wrong: {others}", others=row)

    def _right_for_own_forward(self, failed: list[int]) -> bool:
        forward = self.exercise.forward
        if forward is None or costly(self.answers):
            return False
        if not sincere_forward(plan_for(forward, self.plan.seed), self.code):
            return False
        probes, answers = [self.plan.probes[i] for i in failed], [self.answers[i] for i in failed]
        return right_for_own_forward(self.exercise, self.code, probes, answers)

    def _share(self, concerned: list[int]) -> float:
        """The part of the result that is right in every probe: of three gradients, one wrong, two thirds are kept."""
        probes = [self.plan.probes[i] for i in concerned]
        if any(probe.verify is not None or len(probe.steps) > 1 for probe in probes):
            wrong = sum(bool(self.findings[i]) for i in concerned)
            return 1.0 - wrong / len(concerned) if any(probe.label for probe in probes) else 0.0
        named = [frozenset(parts(self.plan.expected[i][-1].value, self.exercise.outputs)) for i in concerned]
        names = named[0]
        if len(set(named)) > 1:  # a dict with other keys in each probe: its parts are not those of one result
            return 0.0
        wrong_parts = {difference.part for i in concerned for difference in self.findings[i]}
        if "" in wrong_parts or len(names) < 2:
            return 0.0
        return len(names - wrong_parts) / len(names)

    def _broken_contract(self) -> str:
        if words := self._written_into():
            return words
        for first, second in zip(self.answers[0], self.again, strict=True):
            if second.late:
                continue  # not called again after a call that ran out of time, which costs its own points
            outputs = self.exercise.outputs
            if (first.error is None) != (second.error is None) or compare(second.value, first.value, outputs):
                calls = repeated(self.plan, self.code, self.answers, self._budget)
                self._example = self._example or Example(self.plan.probes[0], [], calls)
                return t("the same call gave another answer the second time: something is kept between calls")
        return ""

    def _written_into(self) -> str:
        modified = [i for i, outcomes in enumerate(self.answers) if any(outcome.modified for outcome in outcomes)]
        if not modified:
            return ""
        found = written_into(self.plan, self.code, self.answers, modified, self._budget)
        self._example = self._example or found
        first = next(outcome for outcome in self.answers[modified[0]] if outcome.modified)
        which = _argument(self.exercise, self.plan.probes[modified[0]], first.modified[0])
        if which is None:
            return t("wrote into an argument, which belongs to the caller: work on a copy")
        return t("wrote into {argument}, which belongs to the caller: work on a copy", argument=which)


def _asked_for(probe: Probe) -> str:
    """What a probe asks for, where it has a name: a function that was returned, or the probe's label."""
    return shown(probe.label) or what_is_called(probe.steps) or ""


def _argument(exercise: Exercise, probe: Probe, position: int) -> str | None:
    names = exercise.arguments
    return names[position] if position < len(names) and len(probe.steps) == 1 else None
