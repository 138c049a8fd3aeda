"""The mutation suite: does every known wrong answer lose points, is it named, and does every right one pass?

    python -m autograder.judge.mutation [--seeds 200] [NAME ...]

prints a table and ends with a non-zero exit on any wrong answer accepted, right variant refused, or mistake's name
given to a right answer, and when fewer than 95 % of the mistakes are named.

    python -m autograder.judge.mutation --mechanical 6 [--seeds 20] [NAME ...]

makes mechanical mutants of each right answer instead, and counts how many are explained (a name, where it is wrong, or
a place in the code) and how many of the places are true. A mutant that some seeds refuse and others accept is a fault.
"""

from __future__ import annotations

import argparse
import linecache
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.exercises import Exercise, the_course
from autograder.judge.decide import PLACE_SECONDS, judge
from autograder.judge.diagnosis import equal
from autograder.judge.mechanical import mutants
from autograder.judge.plan import forget_plans, plan_for
from autograder.student.definitions import namespace_of, text_of
from autograder.student.local import LocalCode


class Catalogued(LocalCode):
    """Answers out of the catalogue, which are nobody's homework."""

    def borrowed(self, name: str) -> str | None:
        return None


@dataclass
class Score:
    """Counts over all seeds for one exercise; `complaints` says what went wrong, once each."""

    wrong: int = 0
    caught: int = 0
    named: int = 0
    right: int = 0
    accepted: int = 0
    complaints: list[str] = field(default_factory=list)

    def complain(self, what: str, seed: int, why: str = "") -> None:
        if not any(text.startswith(what) for text in self.complaints):
            self.complaints.append(f"{what} (first at seed {seed}){': ' if why else ''}{why}")


def try_exercise(exercise: Exercise, seeds: Sequence[int]) -> Score:
    """Judge every mistake and every right variant of an exercise, for every seed."""
    score = Score()
    forget_plans()  # two hundred seeds' answers of one exercise are enough to keep
    helpers = exercise.code(exercise.reference)
    for seed in seeds:
        plan = plan_for(exercise.name, seed)
        for number, mistake in enumerate(exercise.mistakes):
            gives = plan.answer_of(number, mistake)
            if mistake.generic and equal(plan, gives, plan.expected):
                continue  # this slip changes nothing here
            if mistake.generic and all(outcome.error for outcomes in gives for outcome in outcomes):
                continue  # this slip cannot be made here: the exercise's arguments do not allow it
            twins = {m.name for i, m in enumerate(exercise.mistakes) if equal(plan, gives, plan.answer_of(i, m))}
            verdict = judge(exercise.name, Catalogued({**helpers, **exercise.code(mistake.wrong)}), seed, explain=None)
            score.wrong += 1
            if verdict.points < verdict.max_points:
                score.caught += 1
            else:
                score.complain(f"accepted: {mistake.name}", seed)
            if twins & set(verdict.misconceptions):
                score.named += 1
            else:
                score.complain(f"not named: {mistake.name}", seed, f"named {verdict.misconceptions or 'nothing'}")
        for number, variant in enumerate((exercise.reference, *exercise.right)):
            verdict = judge(exercise.name, Catalogued({**helpers, **exercise.code(variant)}), seed, explain=None)
            score.right += 1
            if verdict.passed and not verdict.misconceptions:
                score.accepted += 1
            else:
                lost = [c.message for c in verdict.criteria if c.points < c.max_points] or [verdict.notice]
                score.complain(f"refused: right variant {number}", seed, lost[0])
    return score


@dataclass
class Mechanical:
    """Counts over the mechanical mutants of one exercise: how many were `wrong`, how many of these have a `name`, a
    `pattern` or a `place`, one of the three (`explained`), or a call to paste; how many places are `true`. `survived`
    says which mutants no seed refused: they are equivalent, or a probe is missing."""

    wrong: int = 0
    named: int = 0
    pattern: int = 0
    place: int = 0
    true: int = 0
    explained: int = 0
    call: int = 0
    lucky: int = 0
    survived: list[str] = field(default_factory=list)

    def add(self, other: Mechanical) -> None:
        for name in ("wrong", "named", "pattern", "place", "true", "explained", "call", "lucky"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def try_mutants(exercise: Exercise, seeds: Sequence[int], most: int, seconds: float = PLACE_SECONDS) -> Mechanical:
    """Judge mechanical mutants of an exercise's right answer: each must be refused for every seed or for none."""
    counts = Mechanical()
    reference = exercise.code(exercise.reference)
    called = reference[exercise.name].__name__
    text = text_of(called, reference[exercise.name])
    if text is None:
        counts.survived.append("\nnone made: its right answer is no function or class with a text of its own")
        return counts
    if called.isidentifier():  # a student's function is called as the exercise is, and found by that name
        text = re.sub(rf"\b{called}\b", exercise.name, text)
    names = {**namespace_of(exercise.name, reference), **reference}
    for number, mutant in enumerate(mutants(text, sum(map(ord, exercise.name)), most)):
        code = _kept(exercise.name, mutant.text, names, number)
        if code is None:
            continue
        passed = [judge(exercise.name, code, seed, explain=None).passed for seed in seeds]
        if all(passed):
            counts.survived.append(mutant.text)
            continue
        counts.lucky += any(passed)
        verdict = judge(exercise.name, code, seeds[passed.index(False)], explain=seconds)
        counts.wrong += 1
        counts.named += bool(verdict.misconceptions)
        counts.pattern += verdict.pattern is not None
        counts.call += verdict.call is not None
        counts.explained += bool(verdict.misconceptions or verdict.pattern or verdict.place)
        if verdict.place is not None:
            counts.place += 1
            counts.true += mutant.names(verdict.place.line, verdict.place.code)
    return counts


def _kept(name: str, text: str, names: dict[str, Any], number: int) -> Catalogued | None:
    """The code of a mutant, its text kept where the place search reads it; None when it cannot even be defined."""
    file = f"<mutant {number} of {name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    own = {**names, "__name__": "__main__"}
    try:
        exec(compile(text, file, "exec"), own)
    except Exception:
        return None
    return Catalogued(own, call_seconds=2.0)


def print_mutants(exercises: Sequence[Exercise], seeds: Sequence[int], most: int) -> int:
    """The table of the mechanical mutants; returns the exit status."""
    total = Mechanical()
    print(f"{'exercise':30} {'wrong':>6} {'named':>6} {'where':>6} {'place':>6} {'true':>6} {'said':>6} {'call':>6}")
    for exercise in exercises:
        counts = try_mutants(exercise, seeds, most)
        total.add(counts)
        print(_line(exercise.name, counts), flush=True)
        for text in counts.survived:
            print("    survives: " + " | ".join(line.strip() for line in text.splitlines()[1:])[:160])
    print(_line("all", total))
    share = total.explained / max(total.wrong, 1)
    true = total.true / max(total.place, 1)
    print(f"explained {share:.1%}, places true {true:.1%}, refused for some seeds only {total.lucky}")
    return 0 if share >= 0.7 and true >= 0.9 and not total.lucky else 1


def _line(name: str, counts: Mechanical) -> str:
    return (
        f"{name:30} {counts.wrong:>6} {counts.named:>6} {counts.pattern:>6} {counts.place:>6} {counts.true:>6} "
        f"{counts.explained:>6} {counts.call:>6}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m autograder.judge.mutation", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="exercises; all when none is given")
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds (20)")
    parser.add_argument("--mechanical", type=int, default=0, metavar="N", help="N mechanical mutants of each instead")
    chosen = parser.parse_args(arguments)
    course = the_course()
    exercises = [course.get(name) for name in chosen.names] or list(course.exercises.values())
    if chosen.mechanical:
        return print_mutants(exercises, range(chosen.seeds), chosen.mechanical)
    total = Score()
    print(f"{'exercise':36} {'wrong caught':>14} {'named':>14} {'right accepted':>16}")
    for exercise in exercises:
        score = try_exercise(exercise, range(chosen.seeds))
        print(
            f"{exercise.name:36} {score.caught:>6} / {score.wrong:<6} {score.named:>5} / {score.wrong:<6} "
            f"{score.accepted:>7} / {score.right:<6}",
            flush=True,
        )
        for complaint in score.complaints:
            print(f"    {complaint}")
        for name in ("wrong", "caught", "named", "right", "accepted"):
            setattr(total, name, getattr(total, name) + getattr(score, name))
    print(
        f"{'all':36} {total.caught:>6} / {total.wrong:<6} {total.named:>5} / {total.wrong:<6} "
        f"{total.accepted:>7} / {total.right:<6}"
    )
    sound = total.caught == total.wrong and total.accepted == total.right and total.named >= 0.95 * total.wrong
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
