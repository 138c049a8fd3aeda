"""Grading what one student handed in. All that a grading process loads; nbgrader, slow to load, stays outside."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from autograder.pipeline.grading import GradedNotebook, grade_notebook, not_judged
from autograder.pipeline.restore import MAX_BYTES, NotANotebook, read_submission, restore
from autograder.pipeline.source import NotebookSource
from autograder.reading.words import one_line
from autograder.sandbox import Sandbox

MOST_TOLD = 20


@dataclass
class SubmissionResult:
    """What became of one submission. `troubles` and `remarks` are for the instructor, in words."""

    student: str
    assignment: str
    notebooks: dict[str, GradedNotebook | None]
    troubles: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    score: float = 0.0
    seconds: float = 0.0
    skipped: bool = False


def grade_submission(
    folder: Path,
    student: str,
    assignment: str,
    source: dict[str, NotebookSource],
    sandbox: Sandbox,
    seed: int,
) -> SubmissionResult:
    """Grade everything one student handed in. Never raises for what is in the folder."""
    start = time.perf_counter()
    result = SubmissionResult(student, assignment, {})
    for name, notebook in source.items():
        path = folder / f"{name}.ipynb"
        if path.is_symlink() or not path.is_file():
            result.notebooks[name] = None
            result.troubles.append(f"{name}.ipynb was not handed in")
            continue
        try:
            with path.open("rb") as file:  # no more than it takes to see that it is too large
                restored = restore(read_submission(file.read(MAX_BYTES + 1)), notebook)
        except (NotANotebook, OSError) as problem:
            result.notebooks[name] = not_judged(notebook, str(problem), seed)
            result.troubles.append(f"{name}.ipynb: {problem}")
            continue
        graded = grade_notebook(restored.notebook, notebook, sandbox, seed, folder)
        result.notebooks[name] = graded
        result.troubles += graded.troubles
        result.remarks += restored.remarks
    for made in result.notebooks.values():
        if made is not None:  # here, and not by the one writer, who has enough to do
            # Without nbformat's line lists and indents, which take ten times as long and which no reader needs.
            made.written = json.dumps(made.notebook, ensure_ascii=False)
    result.troubles, result.remarks = _told(result.troubles), _told(result.remarks)
    result.seconds = time.perf_counter() - start
    return result


def _told(words: list[str]) -> list[str]:
    """Each thing once, and the first of them: a notebook can have thousands of cells."""
    once = list(dict.fromkeys(one_line(w) for w in words))
    return once if len(once) <= MOST_TOLD else [*once[:MOST_TOLD], f"and {len(once) - MOST_TOLD} more of this kind"]


def given_up(student: str, assignment: str, source: dict[str, NotebookSource], seed: int, why: str) -> SubmissionResult:
    """The result of a submission that could not be graded at all: no points, and the reason."""
    notebooks: dict[str, GradedNotebook | None] = {
        name: not_judged(notebook, why, seed) for name, notebook in source.items()
    }
    return SubmissionResult(student, assignment, notebooks, [one_line(why)])
