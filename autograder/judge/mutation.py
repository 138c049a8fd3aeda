"""The mutation suite: does every known wrong answer lose points, is it named, and does every right one pass?

    python -m autograder.judge.mutation [--seeds 200] [NAME ...]

prints a table and ends with a non-zero exit on any wrong answer accepted, right variant refused, or mistake's name
given to a right answer, and when fewer than 95 % of the mistakes are named.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from autograder.exercises import Exercise, the_course
from autograder.judge.decide import judge
from autograder.judge.diagnosis import equal
from autograder.judge.plan import plan_for
from autograder.student.perform import LocalCode


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
    plan_for.cache_clear()  # two hundred seeds' answers of one exercise are enough to keep
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


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m autograder.judge.mutation", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="exercises; all when none is given")
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds (20)")
    chosen = parser.parse_args(arguments)
    course = the_course()
    exercises = [course.get(name) for name in chosen.names] or list(course.exercises.values())
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
