"""What a grading process hands to the one writer: all that many processes can work out, in the form that it is written.

What depends on the gradebook as it stands (marks by hand, earlier scores) is left to the writer.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from autograder.pipeline.times import Claim
from autograder.reading.notebook_file import grade_id, text_of

if TYPE_CHECKING:
    from autograder.pipeline.files import Stage
    from autograder.pipeline.graded import GradedNotebook, SubmissionResult


class Cells(NamedTuple):
    """What the cells of one notebook say to the gradebook's rows about them."""

    grades: dict[str, tuple[float | None, bool]]
    """For each graded cell that is decided: nbgrader's score (None: a person gives it), and whether it is an answer."""
    comments: dict[str, str | None]
    """For each answer: nbgrader's own comment."""
    answers: dict[str, str]
    """What `answers_in` gives."""


@dataclass(frozen=True)
class Delivery:
    """One submission, graded. `result` has its notebooks packed; `cells` is None for one that was not handed in.

    Its folder and the beginning of its record are made already; else the writer makes them, from the `texts` of its
    notebooks and the `part` of the record that is about them.
    """

    result: SubmissionResult
    cells: dict[str, Cells | None]
    claim: Claim
    folder: str | None = None
    record: str | None = None
    texts: bytes = b""
    part: str = ""

    def notebooks(self) -> dict[str, str]:
        """The texts of the notebooks, where the folder is not made yet."""
        return dict(json.loads(zlib.decompress(self.texts)))


class Packed(Mapping[str, "GradedNotebook | None"]):
    """A submission's notebooks without their cells, unpacked when somebody looks: a class of them takes little room."""

    def __init__(self, notebooks: Mapping[str, GradedNotebook | None]) -> None:
        from nbformat.notebooknode import NotebookNode

        bare = {
            name: graded and replace(graded, notebook=NotebookNode(cells=[]), written=None)
            for name, graded in notebooks.items()
        }
        self._names = tuple(bare)
        self._data = zlib.compress(pickle.dumps(bare, pickle.HIGHEST_PROTOCOL), 1)

    def __getitem__(self, name: str) -> GradedNotebook | None:
        notebooks: dict[str, GradedNotebook | None] = pickle.loads(zlib.decompress(self._data))  # made in __init__
        return notebooks[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def deliver(result: SubmissionResult, claim: Claim, submitted: Path, stage: Stage | None = None) -> Delivery:
    """A result as the writer takes it, with its folder made on the `stage` where that is within reach."""
    graded = {name: notebook for name, notebook in result.notebooks.items() if notebook is not None}
    texts = {name: notebook.written or json.dumps(notebook.notebook) for name, notebook in graded.items()}
    cells = {
        name: None if notebook is None else cells_of(name, notebook) for name, notebook in result.notebooks.items()
    }
    part = record_part(graded, {key: text for said in cells.values() if said for key, text in said.answers.items()})
    made: tuple[str, str] | None = None
    if stage is not None and result.notebooks and stage.within_reach():
        try:
            stage.make_way(result.student)
            folder, remarks = stage.make(submitted, texts, handed_in_at(claim))
            made = str(folder), str(stage.begin_record(part))
            result.remarks += remarks
        except (OSError, ValueError):  # the writer tries it again, and tells
            pass
    result.notebooks = Packed(result.notebooks)
    if made is not None:
        return Delivery(result, cells, claim, *made)
    return Delivery(result, cells, claim, texts=zlib.compress(json.dumps(texts).encode(), 1), part=part)


def handed_in_at(claim: Claim) -> str | None:
    """A claim in the words of `timestamp.txt`."""
    return None if claim.when is None else f"{claim.when} UTC"


def cells_of(name: str, graded: GradedNotebook) -> Cells:
    """What a notebook says to the gradebook, by nbgrader's own rules."""
    from autograder.pipeline.lean import utils

    nbgrader = utils()
    said = Cells({}, {}, answers_in(name, graded.notebook.cells))
    for cell in graded.notebook.cells:
        kept = cell.metadata.get("nbgrader", {}).get("grade_id")
        if not kept:
            continue
        if nbgrader.is_grade(cell) and kept not in graded.unjudged:
            score = nbgrader.determine_grade(cell)[0]
            said.grades[kept] = None if score is None else float(score), bool(nbgrader.is_solution(cell))
        if nbgrader.is_solution(cell) or nbgrader.is_task(cell):
            checksum = cell.metadata.nbgrader.get("checksum")
            untouched = checksum == nbgrader.compute_checksum(cell) and not nbgrader.is_task(cell)
            said.comments[kept] = "No response." if untouched else None
    return said


def answers_in(notebook: str, cells: Iterable[Any]) -> dict[str, str]:
    """For each graded cell of a notebook, a digest of what a mark on it is about, and of its points.

    That is the text of a written answer; for a check, the answers since the graded cell before it.
    """
    found: dict[str, str] = {}
    answers: list[str] = []
    for cell in cells:
        name = grade_id(cell)
        if name is None:
            continue
        about = cell["metadata"]["nbgrader"]
        if about.get("solution"):
            answers.append(text_of(cell.get("source")))
        if about.get("grade") or about.get("task"):
            what = answers[-1:] if about.get("solution") else answers
            found[f"{notebook}/{name}"] = short_digest([repr(float(about.get("points") or 0.0)), *what])
            answers = []
    return found


def record_part(graded: Mapping[str, GradedNotebook], answers: Mapping[str, str]) -> str:
    """What a submission's record says of its notebooks: the members of a JSON object."""
    return json.dumps({
        "to_read": [words for notebook in graded.values() for words in notebook.to_read],
        "borrowed": {k: v for notebook in graded.values() for k, v in notebook.borrowed.items()},
        "answers": answers,
        "verdicts": {v.exercise: v.to_dict() for notebook in graded.values() for v in notebook.verdicts.values()},
    })[1:-1]  # fmt: skip


def short_digest(parts: Iterable[str]) -> str:
    """One short number for some texts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
