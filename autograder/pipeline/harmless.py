"""What students wrote and what their code showed, made fit for pages and terminals of other people.

No script survives, pictures do; and nothing is so large or so deep that showing it takes long.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any

import nh3

from autograder.student.language import t

TAGS = {
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "caption",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
}
ATTRIBUTES = {
    "*": {"style", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
# None that moves anything out of its place: a forged card could slide over a page's own controls.
STYLES = {
    "color", "background-color", "font-weight", "font-style", "text-align", "white-space", "border", "border-left",
    "padding", "width", "max-width", "height", "max-height", "vertical-align", "border-collapse",
}  # fmt: skip
_TEXT = ("text/plain", "text/latex")
_IMAGES = ("image/png", "image/jpeg")
MOST_TAGS = 5_000
MOST_WORDS = 30_000
MOST_COLOURS = 2_000
_COLOUR = re.compile(r"\x1b(\[[0-9;:]*[A-Za-z]?)?")


@dataclass
class Room:
    """How much the outputs of one notebook may still have of what a page takes its time for, each piece of it."""

    outputs: int = 3_000
    tags: int = 20_000
    words: int = 200_000
    colours: int = 20_000


def harmless_outputs(outputs: list[dict[str, Any]], room: Room | None = None) -> list[dict[str, Any]]:
    """The outputs without anything that could run, load or send something, and no more of them than there is `room`.

    HTML of more than `MOST_TAGS` tags or `MOST_WORDS` words gives way to a sentence; colours of text, beyond
    `MOST_COLOURS` changes, are left out.
    """
    room = room or Room()
    shown = [_harmless(output, room) for output in outputs[: room.outputs]]
    if len(shown) < len(outputs):
        left, most = f"{len(outputs) - len(shown):,}", f"{Room.outputs:,}"
        words = t("({left} outputs are left out: a notebook may have {most})", left=left, most=most)
        shown.append({"output_type": "stream", "name": "stdout", "text": f"{words}\n"})
    room.outputs = max(0, room.outputs - len(outputs))
    return shown


def _harmless(output: dict[str, Any], room: Room) -> dict[str, Any]:
    if "text" in output:
        return {**output, "text": _plain(output["text"], room)}
    if "traceback" in output:
        return {**output, "traceback": [_plain(line, room) for line in output["traceback"]]}
    if "data" not in output:
        return output
    data = output["data"]
    kept = {kind: data[kind] for kind in (*_TEXT, *_IMAGES) if kind in data}
    if isinstance(kept.get("text/plain"), str):
        kept["text/plain"] = _plain(kept["text/plain"], room)
    if isinstance(data.get("text/html"), str):
        kept["text/html"] = _bounded_html(data["text/html"], room)
    elif isinstance(data.get("image/svg+xml"), str) and "image/png" not in kept:
        # A drawing inside an image element cannot run scripts, one that stands in the page could.
        encoded = base64.b64encode(data["image/svg+xml"].encode()).decode()
        drawing = t("a drawing")
        kept["text/html"] = f'<img alt="{drawing}" src="data:image/svg+xml;base64,{encoded}">'
    if not kept:
        kept["text/plain"] = t("(an output of a kind that is not shown here)")
    return {**output, "data": kept, "metadata": {}}


def _plain(text: str, room: Room) -> str:
    colours = text.count("\x1b")
    if colours <= min(room.colours, MOST_COLOURS):
        room.colours -= colours
        return text
    return _COLOUR.sub("", text)


def _bounded_html(html: str, room: Room) -> str:
    tags = html.count("<")
    # Words because a parser compares each attribute of a tag with all before it, and these stand between attributes.
    words = len(html.split()) + sum(map(html.count, "/\"'"))
    if tags > MOST_TAGS or words > MOST_WORDS:
        most = t(
            "(This output is left out: it has more than {tags} HTML tags or {words} words.)",
            tags=f"{MOST_TAGS:,}",
            words=f"{MOST_WORDS:,}",
        )
        return f"<p>{most}</p>"
    if tags > room.tags or words > room.words:
        many = t("(This output is left out: the outputs of this notebook have too many HTML tags or words.)")
        return f"<p>{many}</p>"
    room.tags -= tags
    room.words -= words
    return clean_html(html)


def clean_html(html: str) -> str:
    """HTML with nothing but text, tables and embedded pictures."""
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_allowed,
        url_schemes={"data"},
        filter_style_properties=STYLES,
        link_rel=None,
    )


def _allowed(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if value.strip().lower().startswith("data:image/") else None
    return value
