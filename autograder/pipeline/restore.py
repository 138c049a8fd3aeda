"""From the bytes a student handed in to a sound notebook: graded cells as the instructor wrote them, the rest theirs.

Nothing a submission says about points, ids, locks or schema versions is believed. What is missing is put back, what is
doubled loses its grading, what is unknown becomes an ordinary cell. Only a file that is no notebook at all is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from nbformat.notebooknode import NotebookNode, from_dict

from autograder.pipeline.source import NotebookSource, SourceCell
from autograder.reading.checks import is_check_cell
from autograder.reading.notebook_file import MAX_CELLS, grade_id, source_of, text_of
from autograder.student.language import later, shown, t

MAX_CELL_TEXT = 100_000
MAX_TEXT = 300_000
MAX_ATTACHED = 16 * 2**20
DEMONSTRATION = "demonstration"
LOST = later("# The cell of this answer had lost its id. The answer stands in one of the cells around this one.")
BESIDE = later("(Nothing was written into the cell of this answer. What was written stands in a cell beside it.)")
# What an instructor's own text uses. Anything else in a student's text would run in the feedback page.
_HARMLESS = "details|summary|em|strong|b|i|u|code|pre|br|hr|sub|sup|p|table|thead|tbody|tr|td|th|ul|ol|li|blockquote"
_PICTURES = ("image/png", "image/jpeg", "image/gif")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
_OTHER_TAG = re.compile(rf"<(?!/?(?:{_HARMLESS})\s*/?>)(?=[A-Za-z/!?])", re.IGNORECASE)


@dataclass
class Restored:
    """A submission's notebook made sound, and what had to be done to it, in words."""

    notebook: NotebookNode
    remarks: list[str] = field(default_factory=list)


def restore(content: dict[str, Any], source: NotebookSource) -> Restored:
    """The submission's own cells, with every cell the gradebook keeps as the gradebook keeps it."""
    # As nbformat makes an empty one, which it validates: the first time it compiles its schema for that.
    empty = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
    found = Restored(from_dict(empty))
    remarks = found.remarks
    cells: list[NotebookNode] = []
    place: dict[str, int] = {}
    raw = content["cells"]
    if len(raw) > MAX_CELLS:
        remarks.append(f"only the first {MAX_CELLS} of {len(raw)} cells were read")
        raw = raw[:MAX_CELLS]
    claims, lost = _claims(raw, source, remarks)
    beside = _written_beside(raw, claims, source)
    # What an answer may take is not used up by the cells before it.
    room = {True: MAX_TEXT, False: MAX_TEXT}
    for number, cell in enumerate(raw):
        kept = claims.get(number)
        answer = kept is not None and kept.solution
        clean = _clean(cell, number, kept, room[answer], remarks)
        if clean is None:
            continue
        if kept is not None and kept.name in beside:
            clean.source = shown(BESIDE)
            remarks.append(f"nothing was written into the cell {kept.name}, but into one beside it: mark it there")
        if kept is not None and (typed := _typed_into(kept, cell, room[False])) is not None:
            room[False] -= len(typed.source)
            remarks.append(f"what was typed into the locked cell {kept.name} stands before it")
            cells.append(typed)
        if kept is None or not kept.locked:
            room[answer] -= len(clean.source)
        if kept is not None:
            place[kept.name] = len(cells)
        cells.append(clean)
    _put_back(source, cells, place, lost, remarks)
    for number, cell in enumerate(cells):
        cell["id"] = str(cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell-{number + 1:03d}")
    found.notebook.cells = cells
    found.notebook.metadata = from_dict(
        {"kernelspec": source.kernelspec, "language_info": {"name": "python"}} if source.kernelspec else {}
    )
    found.notebook.nbformat, found.notebook.nbformat_minor = 4, 5
    return found


def _claims(raw: list[Any], source: NotebookSource, remarks: list[str]) -> tuple[dict[int, SourceCell], frozenset[str]]:
    """Which cell is which of the gradebook's, and the written answers that are somewhere, but nobody can say where.

    A cell is known by its id; of doubled ones the last counts, as in nbgrader, unless only another has work in it.
    Where ids were lost (cells pasted into another notebook lose them), a locked cell is known by its text, and an
    answer by its place between known cells.
    """
    texts = [source_of(cell) for cell in raw]
    ids = [grade_id(cell) for cell in raw]
    last: dict[str, int] = {}
    known = {cell.name: cell for cell in source.cells}
    for number, name in enumerate(ids):
        earlier = last.get(name or "")
        kept = known.get(name or "")
        if name and (earlier is None or _has_work(texts[number], kept) or not _has_work(texts[earlier], kept)):
            last[name] = number
    claims: dict[int, SourceCell] = {}
    for number, name in enumerate(ids):
        kept = source.get(name or "")
        if kept is not None and last[kept.name] != number:
            which = "last one counts" if number < last[kept.name] else "last one with work in it counts"
            remarks.append(f"the cell {kept.name} was there more than once; the {which}")
        elif kept is not None:
            claims[number] = kept
    nameless = [n for n, cell in enumerate(raw) if n not in claims and ids[n] is None and isinstance(cell, dict)]
    claimed = {kept.name for kept in claims.values()}
    if len(claimed) == len(source.cells) or not nameless:
        return claims, frozenset()
    by_text = {texts[n].strip(): n for n in nameless}
    for kept in source.cells:
        if kept.locked and kept.name not in claimed and (at := by_text.get(kept.source.strip())) is not None:
            claims.setdefault(at, kept)
    lost = set()
    for index, kept in enumerate(source.cells):
        place = {claim.name: number for number, claim in claims.items()}
        if kept.name in place or not kept.solution:
            continue
        before = [place[c.name] for c in source.cells[:index] if c.name in place]
        after = [place[c.name] for c in source.cells[index + 1 :] if c.name in place]
        start, end = before[-1] if before else -1, after[0] if after else len(raw)
        free = [n for n in nameless if n not in claims and raw[n].get("cell_type") == kept.cell_type]
        own = [n for n in free if texts[n].strip() not in ("", kept.source.strip(), *source.prose)]
        here = [n for n in own if start < n < end]
        if len(here) == 1:
            claims[here[0]] = kept
            remarks.append(f"the cell {kept.name} had lost its id; the cell in its place was taken for it")
        elif kept.grade and (here or (own and source.prose)):
            lost.add(kept.name)
    return claims, frozenset(lost)


def _has_work(text: str, kept: SourceCell | None) -> bool:
    """Whether the text of a cell is more than what was given out; of a locked cell, nothing is."""
    return kept is None or not kept.solution or text.strip() not in ("", kept.source.strip())


def _written_beside(raw: list[Any], claims: dict[int, SourceCell], source: NotebookSource) -> frozenset[str]:
    """The answers for a person to mark that are as they were given out, while a cell of the student's own stands beside
    them: before the next cell, and after the one before, that the gradebook knows."""
    if not source.prose:
        return frozenset()
    given = {"", *source.prose, *(cell.source.strip() for cell in source.cells)}
    known = sorted(claims)
    found = set()
    for at, number in enumerate(known):
        kept = claims[number]
        if not (kept.grade and kept.solution) or _has_work(source_of(raw[number]), kept):
            continue
        start = known[at - 1] + 1 if at else 0
        end = known[at + 1] if at + 1 < len(known) else len(raw)
        around = [cell for cell in raw[start:end] if isinstance(cell, dict) and cell.get("cell_type") == kept.cell_type]
        if any(source_of(cell).strip() not in given for cell in around):
            found.add(kept.name)
    return frozenset(found)


def _typed_into(kept: SourceCell, cell: dict[str, Any], room: int) -> NotebookNode | None:
    """What a student typed into a locked cell, as a cell of its own: an editor that knows no locks lets them."""
    text = source_of(cell)
    added = {line.strip() for line in text.splitlines()} - {line.strip() for line in kept.source.splitlines()} - {""}
    if not kept.locked or not added or len(text) > min(MAX_CELL_TEXT, room):
        return None
    kind = cell.get("cell_type")
    if kind == "code" and is_check_cell(text):
        return None
    return _new(kind if kind in ("code", "markdown", "raw") else kept.cell_type, text)


def _clean(cell: Any, number: int, kept: SourceCell | None, room: int, remarks: list[str]) -> NotebookNode | None:
    if not isinstance(cell, dict):
        remarks.append("something between the cells was not a cell, and was left out")
        return None
    kind = cell.get("cell_type")
    text = source_of(cell)
    known = kind if kind in ("code", "markdown", "raw") else "strange"
    if (kept is None or not kept.locked) and len(text) > min(MAX_CELL_TEXT, room):
        count, most = f"{len(text):,}", f"{MAX_CELL_TEXT:,}"
        why = later("with {count} characters it is longer than the {most} that are read", count=count, most=most)
        if len(text) <= MAX_CELL_TEXT:
            most = f"{MAX_TEXT:,}"
            why = later("the cells together are longer than the {most} characters that are read", most=most)
        remarks.append(f"the cell {kept.name if kept else number + 1} was left out: {why}")
        text = ("# " if (kept.cell_type if kept else known) == "code" else "") + t(
            "This cell was left out: {why}.", why=shown(why)
        )
    if kept is None:
        new = _new("markdown" if known == "strange" else known, text)
        if kind == "code" and _is_demonstration(cell):
            new.metadata["tags"] = [DEMONSTRATION]
    else:
        if known != kept.cell_type:
            remarks.append(f"the cell {kept.name} had become a {known} cell; it is a {kept.cell_type} cell again")
        if kept.locked and text != kept.source:
            remarks.append(f"the locked cell {kept.name} had been changed; the original was used")
        new = _new(kept.cell_type, kept.source if kept.locked else text)
        new.metadata = _metadata(kept)
    if new.cell_type == "markdown" and (pictures := _pictures(cell.get("attachments"))):
        new.attachments = pictures
    return new


def _pictures(attachments: Any) -> NotebookNode:
    """The pictures a student put into a text, up to `MAX_ATTACHED` characters of them."""
    kept, room = NotebookNode(), MAX_ATTACHED
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        for kind in _PICTURES:
            data = text_of(bundle.get(kind)) if isinstance(bundle, dict) else ""
            if data and len(data) <= room and _BASE64.fullmatch(data):
                kept[text_of(name)] = NotebookNode({kind: data})
                room -= len(data)
    return kept


def _is_demonstration(cell: dict[str, Any]) -> bool:
    """The one tag that is kept: it says that grading may pass the cell over, and gains a submission nothing."""
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return isinstance(tags, list) and DEMONSTRATION in tags


def _new(kind: str, text: str) -> NotebookNode:
    # Not nbformat's own makers: they check each cell against the schema; the whole notebook is checked when written.
    cell = NotebookNode(id="", cell_type=kind, metadata=NotebookNode(), source=text)
    if kind == "code":
        cell.update(execution_count=None, outputs=[])
    elif kind == "markdown":
        cell.source = _OTHER_TAG.sub("&lt;", text)
    return cell


def _metadata(kept: SourceCell) -> NotebookNode:
    meta: dict[str, Any] = {
        "grade": kept.grade,
        "grade_id": kept.name,
        "locked": kept.locked,
        "schema_version": 3,
        "solution": kept.solution,
        "task": kept.task,
        "cell_type": kept.cell_type,
        "checksum": kept.checksum,
    }
    if kept.points is not None:
        meta["points"] = kept.points
    outside = {"deletable": False, "editable": False} if kept.locked else {"deletable": False}
    return from_dict({**outside, "nbgrader": meta})


def _put_back(
    source: NotebookSource,
    cells: list[NotebookNode],
    place: dict[str, int],
    lost: frozenset[str],
    remarks: list[str],
) -> None:
    """Graded cells that are missing return to where they stood: after the kept cell that came before them."""
    before = -1
    for kept in source.cells:
        if kept.name in place:
            before = place[kept.name]
            continue
        if not (kept.grade or kept.task):
            continue
        if kept.name in lost:
            remarks.append(f"the answer {kept.name} had lost its id; it stands in a cell beside it: mark it there")
        else:
            remarks.append(f"the cell {kept.name} was missing; it was put back")
        # An answer that is missing is no answer: the release's own text tells nbgrader so. Any other text is marked.
        cell = _new(kept.cell_type, shown(LOST) if kept.name in lost else kept.source)
        cell.metadata = _metadata(kept)
        cells.insert(before + 1, cell)
        before += 1
        place.update({name: at + 1 for name, at in place.items() if at >= before})
        place[kept.name] = before
