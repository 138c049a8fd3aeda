"""Grading what one student handed in. All that a grading process loads; nbgrader, slow to load, stays outside."""

from __future__ import annotations

import json
import time
from pathlib import Path

from autograder.judge.plan import forget_plans
from autograder.pipeline.graded import GradedNotebook, SubmissionResult
from autograder.pipeline.grading import grade_notebook, not_judged
from autograder.pipeline.handed_in import find_work
from autograder.pipeline.restore import restore
from autograder.pipeline.source import NotebookSource
from autograder.reading.words import one_line
from autograder.sandbox import Sandbox
from autograder.student.language import later, shown

MOST_TOLD = 20


def grade_submission(
    folder: Path,
    student: str,
    assignment: str,
    source: dict[str, NotebookSource],
    sandbox: Sandbox,
    seed: int,
    digest: str = "",
) -> SubmissionResult:
    """Grade everything one student handed in. Never raises for what is in the folder."""
    start = time.perf_counter()
    notebooks: dict[str, GradedNotebook | None] = {}
    result = SubmissionResult(student, assignment, notebooks, seed=seed, digest=digest)
    found = {name: find_work(folder, notebook, frozenset(source)) for name, notebook in source.items()}
    anything = any(work.content is not None for work in found.values())
    for name, notebook in source.items():
        work = found[name]
        result.remarks += work.remarks
        if work.content is None:
            if work.problem is None and anything:  # of several notebooks, this one was left out
                notebooks[name] = None
                result.troubles.append(f"{name}.ipynb was not handed in")
                continue
            nothing = later("{name} is missing: there is nothing in the folder", name=f"{name}.ipynb")
            why = one_line(shown(work.problem or nothing))
            notebooks[name] = not_judged(notebook, why)
            result.open.append(why)
            continue
        restored = restore(work.content, notebook)
        graded = grade_notebook(restored.notebook, notebook, sandbox, seed, folder)
        notebooks[name] = graded
        result.troubles += graded.troubles
        result.remarks += restored.remarks
        result.open += graded.unjudged.values()
    for made in notebooks.values():
        if made is not None:
            # Without nbformat's line lists and indents, which take ten times as long and which no reader needs.
            made.written = json.dumps(made.notebook, ensure_ascii=False)
    result.troubles, result.remarks, result.open = _told(result.troubles), _told(result.remarks), _told(result.open)
    result.seconds = time.perf_counter() - start
    forget_plans()  # the tests of this seed are nobody else's
    return result


def _told(words: list[str]) -> list[str]:
    """Each thing once, and the first of them: a notebook can have thousands of cells."""
    once = list(dict.fromkeys(one_line(w) for w in words))
    return once if len(once) <= MOST_TOLD else [*once[:MOST_TOLD], f"and {len(once) - MOST_TOLD} more of this kind"]
