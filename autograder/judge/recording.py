"""Writing check data: the answers of a course are asked once for everything that a student's check may need."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from autograder.exercises import CourseExercises, Exercise, NoAnswers, Probe, check_data, get
from autograder.exercises.courses import packed
from autograder.judge.plan import Plan, changed_of, perform_steps, plan_of, smaller_of
from autograder.judge.recorded import Writer, spread_codes, structure
from autograder.judge.tolerance import near
from autograder.student.steps import Outcome, Step

LARGEST = 5 * 2**20
"""Bytes that the check data of a course may take."""


def record(exercise: Exercise, seeds: Sequence[int]) -> dict[str, Any]:
    """The check data of one exercise. Raises `NoAnswers` where the answers are not here."""
    if exercise.answers is None:
        raise NoAnswers("writing check data")
    plans = [plan_of(exercise, seed) for seed in seeds]
    return {
        "mistakes": [[mistake.name, mistake.generic] for mistake in exercise.mistakes],
        "measures": plans[0].measures,
        "seeds": {plan.seed: _parts(plan) for plan in plans},
    }


def _parts(plan: Plan) -> dict[str, bytes]:
    return {
        "form": Writer().packed(structure(plan.probes)),
        "right": _right(plan),
        "mistakes": _mistakes(plan),
        "changed": _changed(plan),
        "smaller": _smaller(plan),
    }


def _right(plan: Plan) -> bytes:
    writer = Writer()
    codes, trees = [], []
    for number, (probe, outcomes) in enumerate(zip(plan.probes, plan.expected, strict=True)):
        compared = probe.verify is None
        trees.append([writer.outcome(outcome, sketch=not compared) for outcome in outcomes])
        codes.append(_spreads(plan, probe, outcomes, number) if compared else [b""] * len(outcomes))
    return writer.packed([trees, codes])


def _spreads(plan: Plan, probe: Probe, right: Sequence[Outcome], seed: int) -> list[bytes]:
    """How far the results of each step are when the inputs are moved by their rounding."""
    samples = near(partial(perform_steps, plan.reference), probe.steps, seed)
    return [spread_codes(outcome.value, of_step) for outcome, of_step in zip(right, samples, strict=True)]


def _mistakes(plan: Plan) -> bytes:
    writer = Writer()
    rows = []
    for index, mistake in enumerate(plan.exercise.mistakes):
        if mistake.by_values:
            gives = plan.answer_of(index, mistake)
            rows.append([index, [[writer.outcome(o, sketch=True) for o in outcomes] for outcomes in gives]])
    plan.answers.clear()
    return writer.packed(rows)


def _changed(plan: Plan) -> bytes:
    writer = Writer()
    outcomes = plan.for_changed(changed_of(plan.exercise, plan.probes))
    return writer.packed([writer.outcome(outcome, sketch=True) for outcome in outcomes])


def _smaller(plan: Plan) -> bytes:
    writer = Writer()

    def row(steps: Sequence[Step]) -> list[Any]:
        outcomes = plan.for_smaller(steps)
        failed = any(outcome.error is not None for outcome in outcomes)
        codes = [b""] * len(steps) if failed else _spreads(plan, Probe(tuple(steps)), outcomes, 0)
        return [[writer.outcome(outcome, short=True) for outcome in outcomes], codes]

    return writer.packed([[row(steps) for steps in smaller_of(probe)] for probe in plan.probes])


def source_of(course: CourseExercises) -> str:
    """A digest of all that check data is made from: the course's descriptions and answers, the engine, the library."""
    digest = hashlib.sha256()
    for name, content in packed(course.folder).items():
        if name.endswith(".py"):
            digest.update(f"{name}\n".encode() + content.replace(b"\r\n", b"\n"))
    here = Path(__file__).resolve().parents[2]
    for path in sorted(path for room in _ROOMS for path in (here / room).rglob("*.py")):
        digest.update(path.relative_to(here).as_posix().encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


_ROOMS = ("autograder/exercises", "autograder/judge", "autograder/student", "nn_lib")


def write_check_data(
    course: CourseExercises,
    out: Path | None = None,
    seeds: Sequence[int] = check_data.SEEDS,
    *,
    names: Sequence[str] = (),
    jobs: int = 1,
    say: Callable[[str], None] = lambda words: None,
) -> dict[Path, int]:
    """Write the check data of a course's assignments (those of `names`, or all) into `out/<assignment>/`, or beside
    their descriptions; returns the files with their sizes. Files that are in step already are left as they are.

    Raises `NoAnswers` where the answers are not here, and `CheckDataProblem` when the data is larger than `LARGEST`.
    """
    source = source_of(course)
    written: dict[Path, int] = {}
    for assignment, exercises in course.assignments.items():
        if names and assignment not in names:
            continue
        path = (out or course.folder) / assignment / check_data.FILE
        if not in_step(path, source, seeds):
            say(f"check data of {assignment}")
            parts = _recorded(exercises, seeds, jobs)
            path.parent.mkdir(parents=True, exist_ok=True)
            check_data.write(path, course.folder / assignment / "exercises.py", parts, source)
        written[path] = path.stat().st_size
    if sum(written.values()) > LARGEST:
        raise check_data.CheckDataProblem(
            f"the check data takes {sum(written.values()) / 2**20:.1f} MB, more than {LARGEST / 2**20:.0f}: "
            f"ask for fewer seeds than {len(seeds)}, or give the probes fewer numbers"
        )
    return written


def in_step(path: Path, source: str, seeds: Sequence[int] = ()) -> bool:
    """Whether a file of check data was made from this `source` (see `source_of`), for these seeds at least."""
    try:
        content = check_data.header(path)
    except check_data.CheckDataProblem:
        return False
    known = [set(kept["seeds"]) for kept in content["exercises"].values()]
    return content["source"] == source and all(set(seeds) <= kept for kept in known)


def _recorded(exercises: Sequence[Exercise], seeds: Sequence[int], jobs: int) -> dict[str, Any]:
    names = [exercise.name for exercise in exercises]
    if jobs > 1:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(_by_name, names, [tuple(seeds)] * len(names)))
    else:
        found = [record(exercise, seeds) for exercise in exercises]
    return dict(zip(names, found, strict=True))


def _by_name(name: str, seeds: Sequence[int]) -> dict[str, Any]:
    return record(get(name), seeds)
