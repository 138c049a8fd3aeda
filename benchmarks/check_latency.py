"""How long a student waits for `check(...)`: every exercise, its right answer, a new seed each time."""

from __future__ import annotations

import statistics
import time

from autograder.exercises import the_course
from autograder.judge import judge
from autograder.judge.plan import forget_plans
from autograder.student.local import LocalCode
from benchmarks.table import Table

EXERCISES = the_course().exercises


class _Right(LocalCode):
    def borrowed(self, name: str) -> str | None:
        return None


def seconds_of(name: str, repeats: int) -> float:
    """The median wait for one exercise: in a notebook the first check also prepares what is right."""
    exercise = EXERCISES[name]
    times = []
    forget_plans()
    for seed in range(1000, 1000 + repeats):
        code = _Right(exercise.code(exercise.reference))
        start = time.perf_counter()
        verdict = judge(name, code, seed)
        times.append(time.perf_counter() - start)
        if not verdict.passed:
            raise AssertionError(f"{name}: the reference does not pass at seed {seed}")
    return statistics.median(times)


def run(quick: bool = False) -> Table:
    """Median and worst over all exercises, and the slowest five."""
    names = list(EXERCISES)[:5] if quick else list(EXERCISES)
    seconds = {name: seconds_of(name, 2 if quick else 7) for name in names}
    slowest = sorted(seconds, key=lambda name: -seconds[name])[:5]
    table = Table(
        "The wait for check(...)",
        f"Milliseconds for a right answer, with fresh probes each time, over {len(names)} exercises: medians over "
        "seven seeds of each, without the look at whose function it is.",
        ["what", "ms"],
    )
    table.rows.append(["median over all exercises", f"{1e3 * statistics.median(seconds.values()):.1f}"])
    table.rows += [[f"`{name}`", f"{1e3 * seconds[name]:.1f}"] for name in slowest]
    return table
