"""The one writer of a run beside a simulated cluster: how many submissions a second it takes in, and what that costs.

The cluster's cores grade nothing: a process hands over what was made before, as often as so many cores would.
"""

from __future__ import annotations

import dataclasses
import itertools
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from autograder.exercises import using_course
from autograder.pipeline import grade, workers
from autograder.pipeline.course import Course, open_course
from autograder.pipeline.delivery import deliver
from autograder.pipeline.files import Stage, staging
from autograder.pipeline.gradebook import GradebookWriter
from autograder.pipeline.graded import SubmissionResult
from autograder.pipeline.source import read_book, read_source
from autograder.pipeline.submission import grade_submission
from autograder.pipeline.times import Claim
from autograder.sandbox import Limits, Sandbox
from benchmarks.grading import ASSIGNMENT, KINDS, course
from benchmarks.postgresql import moved, programs, server
from benchmarks.table import Table

# So many results from so many cores; None: as fast as they are taken.
ROWS = ((8, 60), (32, 200), (128, 500), (None, 1000))
LARGE = 100_000
_begun: dict[bytes, float] = {}
PARTS = {
    "files ms": (grade._Run, "_place"),
    "rows ms": (GradebookWriter, "_write"),
    "record ms": (grade._Run, "_note"),
}


def hand_over(place: str, student: str, task: bytes) -> Any:
    """What a grading process does in this simulation: it waits until a core would be ready, and hands over."""
    gap, *_ = pickle.loads(task)
    delivery = pickle.loads(Path(place).read_bytes())
    number = int(student[-6:])
    begin = _begun.setdefault(task, time.monotonic() - gap * number)
    wait = begin + gap * number - time.monotonic()
    if wait > 0:
        time.sleep(wait)
    return delivery


@contextmanager
def clocked() -> Iterator[dict[str, float]]:
    """The seconds that each of `PARTS` takes, commits and all."""
    seconds = dict.fromkeys(PARTS, 0.0)

    def clock(method: Callable[..., Any], part: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            start = time.perf_counter()
            try:
                return method(*arguments)
            finally:
                seconds[part] += time.perf_counter() - start

        return call

    kept = {part: getattr(owner, name) for part, (owner, name) in PARTS.items()}
    for part, (owner, name) in PARTS.items():
        setattr(owner, name, clock(kept[part], part))
    try:
        yield seconds
    finally:
        for part, (owner, name) in PARTS.items():
            setattr(owner, name, kept[part])


def deliveries(
    results: list[SubmissionResult], students: list[str], home: Course, stage: Stage | None, folder: Path
) -> tuple[dict[str, Path], float]:
    """A file with what a grading process hands over, for each student; and the processor's seconds for one."""
    found = {}
    submitted = home.folder("submitted", "student0000", ASSIGNMENT)
    start = time.process_time()
    for number, student in enumerate(students):
        result = dataclasses.replace(results[number % len(results)], student=student)
        found[student] = folder / student
        found[student].write_bytes(pickle.dumps(deliver(result, Claim(), submitted, stage)))
    return found, (time.process_time() - start) / len(students)


def written(home: Course, files: dict[str, Path], gap: float) -> tuple[float, float, float, dict[str, float]]:
    """Seconds from the first result to the last one's record, those spent waiting for results, those of the
    processor, and those of the parts: for everything that the grader's own process does with results."""
    book = read_book(home.db_url, ASSIGNMENT, home.course_id)
    run = grade._Run(home, ASSIGNMENT, book, lambda: {"the grader": "a benchmark"}, len(files), None, {})
    kept, workers._grade = workers._grade, hand_over  # type: ignore[assignment]
    try:
        arguments = (gap, Limits(), "process")
        arriving = workers.on_this_machine(2, list(files), files.__getitem__, arguments)
        waited = 0.0
        with clocked() as seconds, GradebookWriter(home, ASSIGNMENT) as writer:
            student, delivery = next(arriving)
            start, own = time.perf_counter(), time.process_time()
            while True:
                run.finish(run.take(student, delivery, writer))
                asked = time.perf_counter()
                student, delivery = next(arriving, (None, None))
                waited += time.perf_counter() - asked
                if student is None:
                    break
            run.finish(writer.commit())
            total, own = time.perf_counter() - start, time.process_time() - own
    finally:
        workers._grade = kept
    if problems := [words for result in run.results.values() for words in result.open]:
        raise AssertionError(f"not everything was written: {problems[0]}")
    return total, waited, own, seconds


def run(quick: bool = False) -> Table:
    """Submissions a second by cores and database, and the milliseconds of the writer's parts."""
    with ExitStack() as stack:
        folder = stack.enter_context(course(len(KINDS)))
        other = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(using_course(folder / "solutions"))
        home = open_course(folder)
        source = read_source(home.db_url, ASSIGNMENT, home.course_id)
        results = []
        with Sandbox(Limits()) as sandbox:
            for student in home.students_with(ASSIGNMENT):
                place = home.folder("submitted", student, ASSIGNMENT)
                results.append(grade_submission(place, student, ASSIGNMENT, source, sandbox, seed=0))
            start = time.perf_counter()
            for number, student in enumerate(home.students_with(ASSIGNMENT)):
                place = home.folder("submitted", student, ASSIGNMENT)
                grade_submission(place, student, ASSIGNMENT, source, sandbox, seed=1 + number)
            each = (time.perf_counter() - start) / len(results)
        table = Table(
            "The one writer",
            f"Results of `{ASSIGNMENT}` arrive as from so many cores, of which each takes {1000 * each:.0f} ms for "
            "one; the cores are simulated, by a process that hands over what was made before. Counted is all that the "
            "grader's own process does from then on: submissions given out, results taken in, folders put in their "
            "places, rows, records. Processor is the time of all its threads; busy, the share of the time in which it "
            "did not wait for results. This machine's cores are shared with the simulation, so that the most a second "
            "is what the processor's time leaves room for: the next limit. Folders were made by the cores, where these "
            "see the course's folder; elsewhere notebooks travel, and the writer makes the folders.",
            [
                "cores",
                "gradebook",
                "offered a second",
                "written a second",
                f"minutes for {LARGE:,}",
                "busy",
                "processor ms",
                "most a second",
                *PARTS,
            ],
        )
        numbers = itertools.count()
        costs = []

        def row(cores: int | None, count: int, database: str, reach: bool = True) -> None:
            names = [f"student{next(numbers):06}" for _ in range(8 if quick else count)]
            gap = 0.0 if cores is None else each / cores
            with staging(home, ASSIGNMENT) as stage:
                files, cost = deliveries(results, names, home, stage if reach else None, other)
                costs.append(cost)
                total, waited, own, seconds = written(home, files, gap)
            for path in files.values():
                path.unlink()
            table.rows.append([
                ("no end" if cores is None else str(cores)) + ("" if reach else ", elsewhere"),
                database,
                "" if cores is None else f"{cores / each:.0f}",
                f"{len(names) / total:.0f}",
                f"{LARGE * total / len(names) / 60:.1f}",
                f"{1 - waited / total:.0%}",
                f"{1000 * own / len(names):.2f}",
                f"{len(names) / own:,.0f}" if cores is None else "",
                *(f"{1000 * part / len(names):.2f}" for part in seconds.values()),
            ])  # fmt: skip

        for cores, count in ROWS[:1] if quick else ROWS:
            row(cores, count, "SQLite")
        table.says += f" To make a folder and the rest ready takes a core {1000 * costs[0]:.1f} ms of the processor."
        if not quick:
            row(None, 200, "SQLite", reach=False)
        if not quick and (binaries := programs()) is not None:
            address = stack.enter_context(server(binaries))
            moved(home.db_url, address)
            home.directory.db_url = address
            row(*ROWS[-1], "PostgreSQL")
    return table
