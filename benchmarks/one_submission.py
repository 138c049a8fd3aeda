"""Where the time of one submission goes: the figures that docs/scale.md sizes a large course with."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from autograder.exercises import using_course
from autograder.pipeline import grading
from autograder.pipeline.course import open_course
from autograder.pipeline.delivery import Delivery, deliver
from autograder.pipeline.feedback import write_feedback
from autograder.pipeline.files import put, staging
from autograder.pipeline.gradebook import GradebookWriter
from autograder.pipeline.graded import SubmissionResult
from autograder.pipeline.source import read_source
from autograder.pipeline.submission import grade_submission
from autograder.pipeline.times import Claim
from autograder.sandbox import Limits, Sandbox
from autograder.sandbox.session import Session
from benchmarks.grading import ASSIGNMENT, KINDS, course, floor_seconds
from benchmarks.table import Table

# What of a session is waited for: its parts, by the methods that wait for them.
WAITS = {
    "its process: opened": [(Sandbox, "_open")],
    "its cells": [(Session, "execute")],
    "the judge's calls": [(Session, "_run"), (Session, "_simple")],
    "repairs tried, to find the spot": [(Session, "_rewritten")],
    "its process: ended": [(Session, "close")],
}


MEANWHILE = "worked out meanwhile, for the judge"


@contextmanager
def clocked() -> Iterator[dict[str, float]]:
    """The seconds that each of `WAITS` takes, without what is worked out meanwhile, and those that this takes."""
    seconds = dict.fromkeys((*WAITS, MEANWHILE), 0.0)
    kept: list[tuple[Any, str, Any]] = []

    def clock(method: Callable[..., Any], part: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            start, aside = time.perf_counter(), seconds[MEANWHILE]
            try:
                return method(*arguments, **named)
            finally:
                seconds[part] += time.perf_counter() - start
                if part != MEANWHILE:
                    seconds[part] -= seconds[MEANWHILE] - aside

        return call

    def replace(owner: Any, name: str, method: Callable[..., Any]) -> None:
        kept.append((owner, name, getattr(owner, name)))
        setattr(owner, name, method)

    ahead = grading.work_ahead
    replace(grading, "work_ahead", lambda *wanted: clock(ahead(*wanted), MEANWHILE))
    for part, methods in WAITS.items():
        for owner, name in methods:
            replace(owner, name, clock(getattr(owner, name), part))
    try:
        yield seconds
    finally:
        for owner, name, method in kept:
            setattr(owner, name, method)


def run(quick: bool = False) -> Table:
    """Milliseconds a submission for each part, by one process, once everything is loaded."""
    table = Table(
        "One submission",
        f"Milliseconds a submission of `{ASSIGNMENT}`, by one process that has begun before; the class is that of the "
        "table above. The sandbox's part is the time the grader waits for it; its parts are below it, and take in what "
        "the grader itself does to send and to read. While it would wait, the grader works out what is right; that is "
        "no part of the wait. The sandbox's processor time is all that its processes take, waited for or not. The "
        "floor is a bare fork that runs the same cells as IPython runs them and makes the same calls, shut in by "
        "nothing.",
        ["part", "where", "ms"],
    )
    # A grading process is told where its course is.
    with course(len(KINDS) if quick else 12 * len(KINDS)) as folder, using_course(folder / "solutions"):
        home = open_course(folder)
        source = read_source(home.db_url, ASSIGNMENT, home.course_id)
        students = home.students_with(ASSIGNMENT)
        seeds = itertools.count()  # each submission has its own, and what is right for it is worked out anew

        def grade(student: str, sandbox: Sandbox) -> SubmissionResult:
            return grade_submission(
                home.folder("submitted", student, ASSIGNMENT), student, ASSIGNMENT, source, sandbox, seed=next(seeds)
            )

        with Sandbox(Limits()) as sandbox:
            for student in students[: len(KINDS)]:
                grade(student, sandbox)
            own, others = time.process_time(), started_seconds()
            seconds, results = _timed(lambda: [grade(student, sandbox) for student in students])
            own, others = time.process_time() - own, started_seconds() - others
            with clocked() as waits:
                for student in students:
                    grade(student, sandbox)

        def ready(result: SubmissionResult) -> Delivery:
            return deliver(result, Claim(), home.folder("submitted", result.student, ASSIGNMENT), stage)

        def place(delivery: Delivery) -> None:
            put(Path(delivery.folder or ""), home.folder("autograded", delivery.result.student, ASSIGNMENT))

        def record() -> None:
            with GradebookWriter(home, ASSIGNMENT) as writer:
                for delivery in deliveries:
                    writer.record(delivery, delivery.result, delivery.cells, None)
                writer.commit()

        with staging(home, ASSIGNMENT) as stage:
            prepared, deliveries = _timed(lambda: [ready(result) for result in results])
            rows, _ = _timed(record)
            files, _ = _timed(lambda: [place(delivery) for delivery in deliveries])
        write_feedback(home, ASSIGNMENT, student=students[0], jobs=1)  # what is the same for the class is made here
        pages, _ = _timed(lambda: write_feedback(home, ASSIGNMENT, jobs=1, force=True))
        same, _ = _timed(lambda: write_feedback(home, ASSIGNMENT, jobs=1))
        parts = [
            ("its cells and calls, in the sandbox: waited for", "", seconds - own),
            *((f"&nbsp; {part}", "", waits[part]) for part in WAITS),
            ("restoring and judging", "the same core", own),
            (f"&nbsp; of it, {MEANWHILE}", "", waits[MEANWHILE]),
            ("the sandbox's processor time, its worker's too", "the same core", others),
            ("its files made, its rows worked out", "the same core", prepared),
            ("its rows in the gradebook", "the one writer", rows),
            ("its files put in their place", "the one writer", files),
            ("its feedback page", "a core of its own", pages),
            ("its feedback page, where nothing has changed", "a core of its own", same),
        ]
        table.rows += [(name, where, f"{1000 * total / len(students):.1f}") for name, where, total in parts]
        kilobytes = [
            sum(path.stat().st_size for path in (folder / place).glob(f"*/*/*.{kind}")) / len(students) / 1000
            for place, kind in (("autograded", "ipynb"), ("feedback", "html"))
        ]
    floor = floor_seconds(2 if quick else 40)
    table.rows.append(("the floor: a bare fork, unjudged", "", f"{1000 * floor:.1f}"))
    table.says += f" Its notebook takes {kilobytes[0]:.0f} kB, its page {kilobytes[1]:.0f} kB."
    return table


def started_seconds() -> float:
    """The processor time so far of the processes below this one, with that of those that they have seen end."""
    found: dict[int, tuple[int, float]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended since
            fields = path.read_text().rpartition(")")[2].split()
            found[int(path.parent.name)] = int(fields[1]), sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def below(pid: int) -> float:
        return sum(seconds + below(child) for child, (parent, seconds) in found.items() if parent == pid)

    return below(os.getpid())


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result
