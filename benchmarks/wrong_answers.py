"""What it costs to explain wrong answers: a class of which half is wrong, each in a way and a text of its own."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path

from autograder.exercises import the_course, using_course
from autograder.judge.mechanical import mutants
from autograder.judge.place import Allowance
from autograder.pipeline import grading
from autograder.pipeline.course import open_course
from autograder.pipeline.source import read_source
from autograder.pipeline.submission import grade_submission
from autograder.sandbox import Limits, Sandbox
from benchmarks.grading import ASSIGNMENT, course
from benchmarks.table import Table

SUBMISSIONS = 100
NOTHING = {"each": 0.0, "share": 0.0, "credit": 0.0}


def make_half_wrong(folder: Path, submissions: int) -> None:
    """Give every second student one wrong answer, another one each; all others hand in what is right."""
    right = (folder / "submitted" / "student0000" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
    names = [e.name for e in the_course().exercises.values() if e.assignment == ASSIGNMENT]
    answers = {
        name: number
        for number, cell in enumerate(json.loads(right)["cells"])
        for name in names
        if cell["cell_type"] == "code" and f"\ndef {name}(" in "\n" + "".join(cell["source"])
    }
    texts = ["".join(json.loads(right)["cells"][number]["source"]) for number in answers.values()]
    rows = [
        [(number, m.text) for m in mutants(t, 1, submissions)]
        for number, t in zip(answers.values(), texts, strict=True)
    ]
    wrong = [pair for row in itertools.zip_longest(*rows) for pair in row if pair]
    for number in range(submissions):
        path = folder / "submitted" / f"student{number:04}" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        notebook = json.loads(right)
        if number % 2:
            place, text = wrong[(number // 2) % len(wrong)]
            notebook["cells"][place]["source"] = f"# answer {number}\n{text}"
        path.write_text(json.dumps(notebook), encoding="utf-8")


def run(quick: bool = False) -> Table:
    """Seconds for a class by one process, with the search for spots and without it."""
    submissions = 4 if quick else SUBMISSIONS
    table = Table(
        "Wrong answers",
        f"{submissions} submissions of `{ASSIGNMENT}` by one process that has begun before: every second one has a "
        "wrong answer, another one each, so that no search serves two. With the search for the spot in "
        "the student's code, and without it; each is run twice, and the faster run counts.",
        ["what", "seconds", "processor seconds", "times the run without"],
    )
    with course(submissions) as folder, using_course(folder / "solutions"):
        make_half_wrong(folder, submissions)
        home = open_course(folder)
        source = read_source(home.db_url, ASSIGNMENT, home.course_id)
        students = home.students_with(ASSIGNMENT)
        seeds = itertools.count()

        def graded(allowance: Allowance, sandbox: Sandbox) -> tuple[float, float]:
            grading._PLACES = allowance
            start, own = time.perf_counter(), time.process_time()
            for student in students:
                where = home.folder("submitted", student, ASSIGNMENT)
                grade_submission(where, student, ASSIGNMENT, source, sandbox, seed=next(seeds))
            return time.perf_counter() - start, time.process_time() - own

        kept = grading._PLACES
        try:
            with Sandbox(Limits()) as sandbox:
                graded(Allowance(**NOTHING), sandbox)
                without, with_it = [], []
                for _ in range(1 if quick else 2):
                    without.append(graded(Allowance(**NOTHING), sandbox))
                    with_it.append(graded(Allowance(), sandbox))
        finally:
            grading._PLACES = kept
    base = min(without)
    for words, best in (("without the search", base), ("with the search", min(with_it))):
        table.rows.append((words, f"{best[0]:.1f}", f"{best[1]:.1f}", f"{best[0] / base[0]:.2f}"))
    return table
