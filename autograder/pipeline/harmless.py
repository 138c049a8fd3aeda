"""Outputs of student code, made fit for a page that other people open: no script survives, pictures do."""

from __future__ import annotations

import base64
from typing import Any

import bleach
from bleach.css_sanitizer import CSSSanitizer

_TAGS = frozenset(
    [
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
    ]
)
_ATTRIBUTES = {
    "*": ["style", "title"],
    "img": ["src", "alt", "width", "height"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan"],
}
_STYLES = CSSSanitizer(
    allowed_css_properties=[
        "color", "background-color", "font-weight", "font-style", "text-align", "white-space", "border", "border-left",
        "padding", "margin", "width", "max-width", "height", "max-height", "vertical-align", "border-collapse",
    ]
)  # fmt: skip
_TEXT = ("text/plain", "text/latex")
_IMAGES = ("image/png", "image/jpeg")


def harmless_outputs(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The outputs without anything that could run, load or send something."""
    return [_harmless(output) for output in outputs]


def _harmless(output: dict[str, Any]) -> dict[str, Any]:
    if "data" not in output:
        return output
    data = output["data"]
    kept = {kind: data[kind] for kind in (*_TEXT, *_IMAGES) if kind in data}
    if isinstance(data.get("text/html"), str):
        kept["text/html"] = clean_html(data["text/html"])
    elif isinstance(data.get("image/svg+xml"), str) and "image/png" not in kept:
        # A drawing inside an image element cannot run scripts, one that stands in the page could.
        encoded = base64.b64encode(data["image/svg+xml"].encode()).decode()
        kept["text/html"] = f'<img alt="a drawing" src="data:image/svg+xml;base64,{encoded}">'
    if not kept:
        kept["text/plain"] = "(an output of a kind that is not shown here)"
    return {**output, "data": kept, "metadata": {}}


def clean_html(html: str) -> str:
    """HTML with nothing but text, tables and embedded pictures."""
    return bleach.clean(
        html,
        tags=_TAGS,
        attributes=_allowed,
        protocols=["data"],
        css_sanitizer=_STYLES,
        strip=True,
        strip_comments=True,
    )


def _allowed(tag: str, name: str, value: str) -> bool:
    if tag == "img" and name == "src":
        return value.strip().lower().startswith("data:image/")
    return name in _ATTRIBUTES["*"] or name in _ATTRIBUTES.get(tag, [])
