"""What came back from a sandbox, checked piece by piece before anyone believes its shape.

The other side may have sent anything. What is not as it should be is dropped or cut, never raised.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.student.steps import Outcome, StudentError

_KINDS = ("exception", "undefined", "time", "memory", "size")
_MIME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,60}/[A-Za-z0-9][A-Za-z0-9.+_-]{0,100}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\ufffe\uffff]")
OUTPUTS_PER_CELL = 1001
_JSON_DEPTH = 32


@dataclass(frozen=True)
class CellResult:
    """What one cell gave: nbformat v4 outputs, its number, its error, and the limit it ran into, if any.

    `limit` is "time", "memory", "processes", "files" or "output". After "output" alone the cell itself went
    on; an error of kind "killed", "time", "memory" or "size" with no outputs means that the session ended in
    this cell or an earlier one, as its message says.
    """

    outputs: list[dict[str, Any]] = field(default_factory=list)
    execution_count: int | None = None
    error: StudentError | None = None
    limit: str | None = None
    library: bool = False
    """Whether the cell asked for a library that a session with `library=False` does not have."""


def cell_result(answer: Any) -> CellResult:
    """A child's answer to a cell as a `CellResult`."""
    answer = answer if type(answer) is dict else {}
    error = student_error(answer.get("error"))
    limit = error.kind if error is not None and error.kind in ("time", "memory") else None
    if limit is None and answer.get("cut") is True:
        limit = "output"
    library = answer.get("library") is True
    return CellResult(outputs(answer.get("outputs")), _count(answer.get("count")), error, limit, library)


def bounded(result: CellResult, room: int) -> tuple[CellResult, int]:
    """The result with its outputs dropped where they take more than `room` bytes; and what they take."""
    used = _size(result.outputs)
    if used <= room:
        return result, used
    notice = "(this cell's output was dropped: it is over the limit)\n"
    stream = {"output_type": "stream", "name": "stdout", "text": notice}
    return replace(result, outputs=[stream], limit=result.limit or "output"), len(notice)


def _size(value: Any) -> int:
    if type(value) is str:
        return len(value) if value.isascii() else len(value.encode("utf-8"))
    if type(value) is dict:
        return sum(16 + _size(key) + _size(item) for key, item in value.items())
    if type(value) is list:
        return sum(16 + _size(item) for item in value)
    return 16


def outcome(answer: Any, arguments: int, longest: float) -> Outcome:
    """A child's answer to a step as an `Outcome`; `longest` is how long it can have taken."""
    if type(answer) is tuple and len(answer) == 2:
        return Outcome(answer[0], None, (), _time(answer[1], longest))
    if type(answer) is not dict:
        return Outcome(error=StudentError("killed", "ProtocolError", "the answer could not be read"))
    modified = answer.get("modified")
    places = modified if type(modified) is tuple else ()
    places = tuple(sorted({n for n in places if type(n) is int and 0 <= n < arguments}))
    seconds = _time(answer.get("seconds"), longest)
    error = student_error(answer.get("error"))
    return Outcome(None if error is not None else answer.get("value"), error, places, seconds)


def _time(seconds: Any, longest: float) -> float:
    known = type(seconds) is float and math.isfinite(seconds)
    return min(max(seconds, 0.0), longest) if known else longest


def student_error(answer: Any) -> StudentError | None:
    """A child's description of an error, with a known kind and bounded text."""
    if answer is None:
        return None
    if type(answer) is not dict:
        return StudentError("exception", "Exception", "")
    kind = answer.get("kind")
    number = answer.get("line_number")
    line, bases = answer.get("line"), answer.get("bases")
    return StudentError(
        kind if type(kind) is str and kind in _KINDS else "exception",
        text(answer.get("type"), 100) or "Exception",
        text(answer.get("message"), 1000),
        text(line, 500) if type(line) is str else None,
        number if type(number) is int and 0 <= number < 10**9 else None,
        tuple(text(name, 100) for name in bases[:20]) if type(bases) is tuple else (),
    )


def outputs(answer: Any) -> list[dict[str, Any]]:
    """Only what nbformat v4 allows, rebuilt."""
    kept = []
    for item in (answer if type(answer) is list else [])[:OUTPUTS_PER_CELL]:
        output = _output(item) if type(item) is dict else None
        if output is not None:
            kept.append(output)
    return kept


def _output(item: dict[Any, Any]) -> dict[str, Any] | None:
    kind = item.get("output_type")
    if kind == "stream":
        name = "stderr" if item.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": text(item.get("text"))}
    if kind == "error":
        lines = item.get("traceback")
        lines = [text(line) for line in lines[:1000]] if type(lines) is list else []
        names = {name: text(item.get(name), 10_000) for name in ("ename", "evalue")}
        return {"output_type": "error", **names, "traceback": lines}
    if kind in ("display_data", "execute_result"):
        bundle = {
            "output_type": kind,
            "data": _data(item.get("data")),
            "metadata": _json_object(item.get("metadata")),
        }
        if kind == "execute_result":
            bundle["execution_count"] = _count(item.get("execution_count"))
        return bundle
    return None


def _data(bundle: Any) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for mime, value in bundle.items() if type(bundle) is dict else ():
        if type(mime) is not str or not _MIME.fullmatch(mime):
            continue
        if mime == "application/json" or mime.endswith("+json"):
            kept[mime] = _json(value, 0)
        elif type(value) is str:
            kept[mime] = text(value)
    return kept


def _json_object(value: Any) -> dict[str, Any]:
    cleaned = _json(value, 0)
    return cleaned if type(cleaned) is dict else {}


def _json(value: Any, depth: int) -> Any:
    if value is None or type(value) in (bool, int):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else None
    if type(value) is str:
        return text(value)
    if depth >= _JSON_DEPTH:
        return None
    if type(value) is dict:
        return {text(key, 1000): _json(item, depth + 1) for key, item in value.items() if type(key) is str}
    if type(value) is list:
        return [_json(item, depth + 1) for item in value]
    return None


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < 10**6 else None


def text(value: Any, longest: int | None = None) -> str:
    """Text that can be written as JSON, HTML and XML: no lone surrogates, no control characters but ESC."""
    if type(value) is not str:
        return ""
    clean = value[:longest].encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub("\ufffd", clean)
