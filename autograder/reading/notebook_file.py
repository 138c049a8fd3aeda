"""The bytes of a notebook somebody else wrote, as plain data: with bounds, and without what its cells once printed."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

from autograder.student.language import Text, later

FILE_BYTES = 192 * 2**20
"""As much of a file as is looked at, its outputs included."""
MAX_BYTES = 64 * 2**20
MAX_CELLS = 5_000
MAX_ITEMS = 2_000_000
MAX_BRACKETS = 5_000_000
# Each comma or bracket of JSON that is not within a string; possessive, so that it never goes back.
_SEPARATOR = re.compile(r'(?:[^",\[{]++|"(?:[^"\\]++|\\.)*+"?)*+(?:[,\[{]|\Z)', re.DOTALL)
_OUTPUTS = re.compile(r'"outputs"\s*+:\s*+\[')
_BRACKET = re.compile(r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{}])', re.DOTALL)


class NotANotebook(ValueError):
    """The file cannot be read as a notebook; says why in words for the student: in English, `why` in the language."""

    def __init__(self, why: Text) -> None:
        super().__init__(str(why))
        self.why = why


def read_submission(data: bytes) -> dict[str, Any]:
    """A notebook file as plain data, the outputs of its cells left out. Raises `NotANotebook`."""
    if len(data) > FILE_BYTES:
        raise NotANotebook(later("the file is larger than {most} MB", most=FILE_BYTES // 2**20))
    if not data.strip():
        raise NotANotebook(later("the file is empty"))
    try:
        text = without_outputs(decoded(data))
        if len(text) > MAX_BYTES:
            raise NotANotebook(
                later("the file is larger than {most} MB, without the outputs of its cells", most=MAX_BYTES // 2**20)
            )
        # Three bytes can become an object of hundreds.
        bomb = next(islice(_SEPARATOR.finditer(text), MAX_ITEMS, None), None) is not None
        content = None if bomb else json.loads(text)
    except NotANotebook:
        raise
    except (ValueError, RecursionError):
        raise NotANotebook(later("the file is not a notebook: it is not valid JSON")) from None
    if bomb:
        raise NotANotebook(
            later("the file has more than {most} values in it, far more than a notebook needs", most=f"{MAX_ITEMS:,}")
        )
    if not isinstance(content, dict) or not isinstance(content.get("cells", content.get("worksheets")), list):
        raise NotANotebook(later("the file is not a notebook: it has no cells"))
    if "worksheets" in content and "cells" not in content:
        sheets = [sheet for sheet in content["worksheets"] if isinstance(sheet, dict)]
        content["cells"] = [
            cell for sheet in sheets for cell in sheet.get("cells", []) if isinstance(sheet.get("cells"), list)
        ]
    for cell in content["cells"][:MAX_CELLS]:
        if isinstance(cell, dict):  # in one piece once, however often it is looked at
            cell["source"] = source_of(cell)
    return content


def decoded(data: bytes) -> str:
    """The text of a file, without what is no text at its ends: marks of byte order, and the zeros that an interrupted
    copy leaves. Raises `UnicodeDecodeError`."""
    return data.decode(json.detect_encoding(data), "surrogatepass").strip("\ufeff\0 \t\r\n")


def without_outputs(text: str) -> str:
    """The JSON of a notebook with every list of outputs emptied, before anything of it is parsed or measured.

    Cells are executed anew, so that nobody looks at what they printed elsewhere. Raises `NotANotebook` for outputs with
    more than `MAX_BRACKETS` brackets in them.
    """
    kept: list[str] = []
    start, room = 0, MAX_BRACKETS
    while found := _OUTPUTS.search(text, start):
        kept.append(text[start : found.end()])
        start, depth = found.end(), 1
        while depth:
            bracket = _BRACKET.match(text, start)
            if bracket is None:  # cut off within the outputs: that is no JSON, as the parser will say
                return text
            depth += 1 if bracket[1] in "[{" else -1
            start, room = bracket.end(), room - 1
            if room < 0:
                raise NotANotebook(
                    later("the outputs in the file have more than {most} parts", most=f"{MAX_BRACKETS:,}")
                )
        kept.append("]")
    return "".join([*kept, text[start:]]) if kept else text


def text_of(value: Any) -> str:
    """The text of a cell, which a notebook file may hold in one piece or in lines, with any system's line ends."""
    if isinstance(value, list):
        text = "".join([part for part in value if isinstance(part, str)])
    else:
        text = value if isinstance(value, str) else ""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # JSON can spell half a character (a lone surrogate), which no file can hold.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def source_of(cell: Any) -> str:
    """The text of a cell, under the name that it has there or had in old files; "" for what is no cell."""
    return text_of(cell.get("source", cell.get("input"))) if isinstance(cell, dict) else ""


def grade_id(cell: Any) -> str | None:
    """The name nbgrader knows a cell by, if the cell says one."""
    try:
        name = cell["metadata"]["nbgrader"]["grade_id"]
    except (TypeError, KeyError):
        return None
    return name if isinstance(name, str) and name else None
