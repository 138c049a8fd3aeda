"""From the bytes a student handed in to a sound notebook: graded cells as the instructor wrote them, the rest theirs.

Nothing a submission says about points, ids, locks or schema versions is believed. What is missing is put back, what is
doubled loses its grading, what is unknown becomes an ordinary cell. Only a file that is no notebook at all is refused.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.pipeline.source import NotebookSource, SourceCell

MAX_BYTES = 64 * 2**20
MAX_CELLS = 5_000
MAX_ITEMS = 2_000_000
MAX_CELL_TEXT = 100_000
MAX_TEXT = 300_000
MAX_ATTACHED = 16 * 2**20
DEMONSTRATION = "demonstration"
# What an instructor's own text uses. Anything else in a student's text would run in the feedback page.
_HARMLESS = "details|summary|em|strong|b|i|u|code|pre|br|hr|sub|sup|p|table|thead|tbody|tr|td|th|ul|ol|li|blockquote"
# Each comma or bracket of JSON that is not within a string; possessive, so that it never goes back.
_SEPARATOR = re.compile(r'(?:[^",\[{]++|"(?:[^"\\]++|\\.)*+"?)*+(?:[,\[{]|\Z)', re.DOTALL)
_PICTURES = ("image/png", "image/jpeg", "image/gif")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
_OTHER_TAG = re.compile(rf"<(?!/?(?:{_HARMLESS})\s*/?>)(?=[A-Za-z/!?])", re.IGNORECASE)


class NotANotebook(ValueError):
    """The file cannot be read as a notebook; says why in words for the student."""


@dataclass
class Restored:
    """A submission's notebook made sound, and what had to be done to it, in words."""

    notebook: NotebookNode
    remarks: list[str] = field(default_factory=list)


def read_submission(data: bytes) -> dict[str, Any]:
    """A notebook file as plain data. Raises `NotANotebook`."""
    if len(data) > MAX_BYTES:
        raise NotANotebook(f"the file is larger than {MAX_BYTES // 2**20} MB")
    if not data.strip():
        raise NotANotebook("the file is empty")
    try:
        text = data.decode(json.detect_encoding(data), "surrogatepass")
        # Three bytes can become an object of hundreds.
        bomb = next(islice(_SEPARATOR.finditer(text), MAX_ITEMS, None), None) is not None
        content = None if bomb else json.loads(text)
    except (ValueError, RecursionError):
        raise NotANotebook("the file is not a notebook: it is not valid JSON") from None
    if bomb:
        raise NotANotebook(f"the file has more than {MAX_ITEMS:,} values in it, far more than a notebook needs")
    if not isinstance(content, dict) or not isinstance(content.get("cells", content.get("worksheets")), list):
        raise NotANotebook("the file is not a notebook: it has no cells")
    if "worksheets" in content and "cells" not in content:
        sheets = [sheet for sheet in content["worksheets"] if isinstance(sheet, dict)]
        content["cells"] = [
            cell for sheet in sheets for cell in sheet.get("cells", []) if isinstance(sheet.get("cells"), list)
        ]
    return content


def restore(content: dict[str, Any], source: NotebookSource) -> Restored:
    """The submission's own cells, with every cell the gradebook keeps as the gradebook keeps it."""
    found = Restored(nbformat.v4.new_notebook())
    remarks = found.remarks
    cells: list[NotebookNode] = []
    place: dict[str, int] = {}
    raw = content["cells"]
    if len(raw) > MAX_CELLS:
        remarks.append(f"only the first {MAX_CELLS} of {len(raw)} cells were read")
        raw = raw[:MAX_CELLS]
    # Of doubled cells the last counts, as in nbgrader.
    room = MAX_TEXT
    last = {_grade_id(cell): number for number, cell in enumerate(raw) if _grade_id(cell)}
    for number, cell in enumerate(raw):
        kept = source.get(_grade_id(cell) or "")
        if kept is not None and last[kept.name] != number:
            remarks.append(f"the cell {kept.name} was there more than once; the last one counts")
            kept = None
        clean = _clean(cell, number, kept, room, remarks)
        if clean is None:
            continue
        if kept is None or not kept.locked:
            room -= len(clean.source)
        if kept is not None:
            place[kept.name] = len(cells)
        cells.append(clean)
    _put_back(source, cells, place, remarks)
    for number, cell in enumerate(cells):
        cell["id"] = str(cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell-{number + 1:03d}")
    found.notebook.cells = cells
    found.notebook.metadata = nbformat.from_dict(
        {"kernelspec": source.kernelspec, "language_info": {"name": "python"}} if source.kernelspec else {}
    )
    found.notebook.nbformat, found.notebook.nbformat_minor = 4, 5
    return found


def _grade_id(cell: Any) -> str | None:
    try:
        grade_id = cell["metadata"]["nbgrader"]["grade_id"]
    except (TypeError, KeyError):
        return None
    return grade_id if isinstance(grade_id, str) and grade_id else None


def _text(value: Any) -> str:
    parts = [part for part in value if isinstance(part, str)] if isinstance(value, list) else [value]
    text = "".join(parts) if all(isinstance(part, str) for part in parts) else ""
    # JSON can spell half a character (a lone surrogate), which no file can hold.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _clean(cell: Any, number: int, kept: SourceCell | None, room: int, remarks: list[str]) -> NotebookNode | None:
    if not isinstance(cell, dict):
        remarks.append("something between the cells was not a cell, and was left out")
        return None
    kind = cell.get("cell_type")
    text = _text(cell.get("source", cell.get("input")))
    known = kind if kind in ("code", "markdown", "raw") else "strange"
    if (kept is None or not kept.locked) and len(text) > min(MAX_CELL_TEXT, room):
        why = f"with {len(text):,} characters it is longer than the {MAX_CELL_TEXT:,} that are read"
        if len(text) <= MAX_CELL_TEXT:
            why = f"the cells together are longer than the {MAX_TEXT:,} characters that are read"
        remarks.append(f"the cell {kept.name if kept else number + 1} was left out: {why}")
        text = ("# " if (kept.cell_type if kept else known) == "code" else "") + f"This cell was left out: {why}."
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
            data = _text(bundle.get(kind)) if isinstance(bundle, dict) else ""
            if data and len(data) <= room and _BASE64.fullmatch(data):
                kept[_text(name)] = NotebookNode({kind: data})
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
    return nbformat.from_dict({**outside, "nbgrader": meta})


def _put_back(source: NotebookSource, cells: list[NotebookNode], place: dict[str, int], remarks: list[str]) -> None:
    """Graded cells that are missing return to where they stood: after the kept cell that came before them."""
    before = -1
    for kept in source.cells:
        if kept.name in place:
            before = place[kept.name]
            continue
        if not (kept.grade or kept.task):
            continue
        remarks.append(f"the cell {kept.name} was missing; it was put back")
        # An answer that is missing is no answer: the release's own text tells nbgrader so.
        cell = _new(kept.cell_type, kept.source)
        cell.metadata = _metadata(kept)
        cells.insert(before + 1, cell)
        before += 1
        place.update({name: at + 1 for name, at in place.items() if at >= before})
        place[kept.name] = before
