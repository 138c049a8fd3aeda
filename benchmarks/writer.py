"""The one writer of a run beside a simulated cluster: how many submissions a second it takes in, and what it waits for.

The cluster's cores grade nothing: each hands over a result that was made before, as often as a core would.
"""

from __future__ import annotations

import dataclasses
import pickle
import time
from collections.abc import Callable, Iterator
from typing import Any

from autograder.pipeline.course import open_course
from autograder.pipeline.grade import write_files
from autograder.pipeline.gradebook import GradebookWriter
from autograder.pipeline.source import read_source
from autograder.pipeline.submission import grade_submission
from autograder.sandbox import Limits, Sandbox
from benchmarks.grading import ASSIGNMENT, KINDS, course
from benchmarks.table import Table

CORES = (1, 2, 8, 32)
LARGE = 100_000


def arriving(results: list[bytes], count: int, each: float) -> Iterator[bytes]:
    """Results as a cluster gives them: one every `each` seconds, and at once where the writer is behind."""
    start = time.perf_counter()
    for number in range(count):
        wait = start + number * each - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        yield results[number % len(results)]


def run(quick: bool = False) -> Table:
    """Submissions a second by cores, and the seconds of the writer's parts."""
    count = 24 if quick else 600
    with course(len(KINDS)) as folder:
        home = open_course(folder)
        source = read_source(home.db_url, ASSIGNMENT, home.course_id)
        results = []
        with Sandbox(Limits()) as sandbox:
            for student in home.students_with(ASSIGNMENT):
                graded = grade_submission(
                    home.folder("submitted", student, ASSIGNMENT), student, ASSIGNMENT, source, sandbox, seed=0
                )
                start = time.perf_counter()
                grade_submission(
                    home.folder("submitted", student, ASSIGNMENT), student, ASSIGNMENT, source, sandbox, seed=0
                )
                each = time.perf_counter() - start
                results.append(pickle.dumps(graded))
        table = Table(
            "The one writer",
            f"{count} results of `{ASSIGNMENT}` arrive as from so many cores, of which each takes {1000 * each:.0f} ms "
            "for one; the cores are simulated. Each result is unpacked, its files put in their place, its rows "
            "written. Busy is the share of the time in which the writer did not wait for results.",
            [
                "cores",
                "offered a second",
                "written a second",
                f"minutes for {LARGE:,}",
                "busy",
                "unpacking ms",
                "files ms",
                "rows ms",
            ],
        )
        for cores in CORES[:1] if quick else CORES:
            seconds = dict.fromkeys(("unpacking", "files", "rows"), 0.0)

            def timed(part: str, work: Callable[[], Any], seconds: dict[str, float] = seconds) -> Any:
                start = time.perf_counter()
                made = work()
                seconds[part] += time.perf_counter() - start
                return made

            begin = time.perf_counter()
            with GradebookWriter(home, ASSIGNMENT) as writer:
                for number, packed in enumerate(arriving(results, count, each / cores)):
                    result = timed("unpacking", lambda packed=packed: pickle.loads(packed))
                    result = dataclasses.replace(result, student=f"{cores}-{number:05}")
                    timed("files", lambda result=result: write_files(home, ASSIGNMENT, result))
                    timed("rows", lambda result=result: writer.record(result, result, None))
                timed("rows", writer.commit)
            total = time.perf_counter() - begin
            table.rows.append([
                str(cores),
                f"{cores / each:.0f}",
                f"{count / total:.0f}",
                f"{LARGE * total / count / 60:.0f}",
                f"{sum(seconds.values()) / total:.0%}",
                *(f"{1000 * part / count:.2f}" for part in seconds.values()),
            ])  # fmt: skip
    return table
