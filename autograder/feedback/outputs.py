"""What a student's cells showed: text, tables and pictures, framed as theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from autograder.feedback.text import clean, embedded
from autograder.student.language import counted, t

LONGEST_TEXT = 10_000
MOST_TAGS = 5_000
_STEERING = re.compile(r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)?|\[[0-9;:?]*[ -/]*[@-~]|[@-_])?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass
class Room:
    """How much the outputs of one page may still hold: pictures, characters, and pieces."""

    characters: int = 200_000
    pictures: int = 8 * 2**20
    tags: int = 20_000
    outputs: int = 500


def shown(outputs: list[dict[str, Any]], room: Room) -> Markup:
    """The outputs of a cell, each with what it is; empty when there are none."""
    made = []
    for number, output in enumerate(outputs):
        if room.outputs <= 0:
            left = counted(
                "({count} more output is in your notebook)",
                "({count} more outputs are in your notebook)",
                len(outputs) - number,
            )
            made.append(Markup("<p>{}</p>").format(left))
            break
        room.outputs -= 1
        made.append(_shown(output, room))
    return Markup("").join(made)


def _shown(output: dict[str, Any], room: Room) -> Markup:
    kind = output.get("output_type")
    if kind == "stream":
        said = t("printed to stderr") if output.get("name") == "stderr" else t("printed")
        return _text(said, output.get("text"), room)
    if kind == "error":
        lines = output.get("traceback") or [f"{output.get('ename')}: {output.get('evalue')}"]
        return _text(t("raised"), "\n".join(map(str, lines)), room, "raised")
    data = output.get("data") or {}
    for picture in ("image/png", "image/jpeg", "image/gif"):
        address = embedded(_joined(data[picture])) if picture in data else None
        if address is not None:
            if len(address) > room.pictures:
                many = t("(a picture, which is in your notebook: there are too many for this page)")
                return Markup("<p>{}</p>").format(many)
            room.pictures -= len(address)
            return Markup('<img alt="{}" src="{}">').format(t("a picture that this cell drew"), address)
    if "text/html" in data:
        made = _joined(data["text/html"])
        tags = made.count("<")
        if "<table" in made and tags <= min(MOST_TAGS, room.tags) and len(made) <= room.characters:
            room.tags -= tags
            room.characters -= len(made)
            return Markup('<div class="shown">{}</div>').format(Markup(clean(made)))
        if "text/plain" not in data:
            return Markup("<p>{}</p>").format(t("(a drawing, which is in your notebook)"))
    if "text/plain" in data:
        return _text(t("value"), data["text/plain"], room)
    return Markup("<p>{}</p>").format(t("(an output of a kind that is not shown here)"))


def _text(said: str, text: Any, room: Room, look: str = "") -> Markup:
    text = _STEERING.sub("", _joined(text)).replace("\r\n", "\n")
    text = _CONTROL.sub("\ufffd", text).rstrip("\n")
    longest = min(LONGEST_TEXT, room.characters)
    rest = len(text) - longest
    room.characters -= min(len(text), longest)
    if rest > 0:
        more = t("({count} more characters are in your notebook)", count=f"{rest:,}")
        text = f"{text[:longest]}\n... {more}"
    label = Markup('<span class="label">{}</span>').format(said)
    return Markup('<div class="output {}">{}<pre>{}</pre></div>').format(look, label, text)


def _joined(text: Any) -> str:
    return "".join(map(str, text)) if isinstance(text, list) else str(text)
