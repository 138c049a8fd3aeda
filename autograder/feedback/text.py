"""The Markdown of a notebook's cells as HTML that can do nothing but be read, formulas as MathML.

Where a student wrote the text, it is hostile until cleaned. `nh3` removes what could run, load, move or pose as ours;
formulas are converted here, element by element, and join the page after the cleaning.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import nh3
from markupsafe import Markup

from autograder.student.language import t

MOST_MARKDOWN = 20_000
MOST_FORMULAS = 300
LONGEST_FORMULA = 2_000
MOST_TAGS = 5_000
PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em",
    "h3", "hr", "i", "img", "ins", "kbd", "li", "ol", "p", "pre", "s", "small", "span",
    "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
# No class, no id, no style: nothing that could take the place or the look of the page's own parts.
ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_MATHML = {
    "math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "msup", "msub", "msubsup", "mfrac", "msqrt", "mroot",
    "mover", "munder", "munderover", "mmultiscripts", "mprescripts", "none", "mtable", "mtr", "mtd", "mstyle",
    "mpadded", "mphantom", "menclose", "mfenced",
}  # fmt: skip
_MATHML_ATTRIBUTES = {
    "display", "mathvariant", "stretchy", "fence", "separator", "form", "lspace", "rspace", "columnalign", "rowspacing",
    "columnspacing", "columnlines", "rowlines", "linethickness", "width", "height", "depth", "voffset", "minsize",
    "maxsize", "accent", "accentunder", "displaystyle", "scriptlevel", "notation", "movablelimits", "open", "close",
    "separators", "symmetric", "largeop", "mathsize",
}  # fmt: skip
# A size that a formula may ask for: small, whatever the unit.
_LENGTH = re.compile(r"-?\d{0,2}(\.\d{1,4})?(em|ex|px|pt|mu|%)?")
_SIZES = {"width", "height", "depth", "voffset", "lspace", "rspace", "minsize", "maxsize", "linethickness", "mathsize"}
# The places of formulas while the HTML around them is cleaned: characters that no text keeps.
_OPEN, _CLOSE = "\ue000", "\ue001"
_PRIVATE = re.compile("[\ue000-\ue0ff\x00]")
_PLACE = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_DATA = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+", re.IGNORECASE)
_LINK = re.compile(r"(https?:|mailto:|#)", re.IGNORECASE)

# Gives the bytes of a picture that lies beside the notebook, or None.
Beside = Callable[[str], "bytes | None"]


def markdown(source: str, attachments: Any = None, beside: Beside | None = None) -> Markup:
    """The HTML of a Markdown cell; what is too long, or cannot be read as Markdown, is shown as it was typed."""
    if not attachments and "](" not in source and "<img" not in source.lower():
        return _plain_markdown(source)
    return _markdown(source, attachments, beside)


@lru_cache(maxsize=2048)
def _plain_markdown(source: str) -> Markup:
    """Texts without pictures or links depend on nothing else; most of a class's are the same."""
    return _markdown(source, None, None)


def _markdown(source: str, attachments: Any, beside: Beside | None) -> Markup:
    if len(source) > MOST_MARKDOWN:
        return as_typed(source, t("it is longer than {count} characters", count=f"{MOST_MARKDOWN:,}"))
    formulas: list[str] = []
    try:
        made = _parser().render(_PRIVATE.sub("\ufffd", source), {"formulas": formulas})
    except Exception as problem:  # of whatever kind: it is the text's, and must not cost the page
        return as_typed(source, t("it could not be read as Markdown ({problem})", problem=type(problem).__name__))
    if len(formulas) > MOST_FORMULAS:
        return as_typed(source, t("it has more than {count} formulas", count=MOST_FORMULAS))
    if made.count("<") > MOST_TAGS:
        return as_typed(source, t("it has more than {count} parts", count=f"{MOST_TAGS:,}"))
    cleaned = clean(made, lambda place: _picture(place, attachments, beside))
    return Markup(_PLACE.sub(lambda found: formulas[int(found[1])], cleaned))


def clean(made: str, picture: Callable[[str], str | None] | None = None) -> str:
    """HTML of which only text, tables, lists, harmless links and PNG, JPEG or GIF pictures are left."""
    picture = picture or (lambda place: place if _DATA.fullmatch(place) else None)

    def allowed(tag: str, name: str, value: str) -> str | None:
        if _OPEN in value:
            return None
        if name == "src":
            return picture(value)
        if name == "href":
            return value if _LINK.match(value) else None
        if name in ("width", "height", "colspan", "rowspan", "start"):
            return value if value.isdecimal() and int(value[:6]) <= 2_000 else None
        return value

    return nh3.clean(
        made.encode("utf-8", "replace").decode("utf-8"),
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=allowed,
        url_schemes={"attachment", "data", "http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def as_typed(source: str, why: str) -> Markup:
    """A text as it stands in its cell, with the reason."""
    return Markup("<p>{}</p><pre>{}</pre>").format(t("(Shown as it was typed: {why}.)", why=why), source)


def image_kind(data: bytes) -> str | None:
    """Which of the three kinds of pictures these bytes are, by how they begin."""
    return next((kind for magic, kind in PICTURES.items() if data.startswith(magic)), None)


def embedded(data: str) -> str | None:
    """A picture given in base64 as an address that carries it, or None when it is no PNG, JPEG or GIF."""
    try:
        start = base64.b64decode("".join(data[:64].split())[:32], validate=True)
    except (binascii.Error, ValueError):
        return None
    kind = image_kind(start)
    compact = "".join(data.split())
    if kind is None or not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", compact):
        return None
    return f"data:{kind};base64,{compact}"


def _picture(place: str, attachments: Any, beside: Beside | None) -> str | None:
    if _DATA.fullmatch(place):
        return embedded(place.partition(",")[2])
    if place.startswith("attachment:"):
        from urllib.parse import unquote

        bundle = attachments.get(unquote(place[len("attachment:") :])) if isinstance(attachments, dict) else None
        held = [data for data in bundle.values() if isinstance(data, str)] if isinstance(bundle, dict) else []
        return next((address for data in held if (address := embedded(data))), None)
    data = beside(place) if beside is not None else None
    if data is None or image_kind(data) is None:
        return None
    return embedded(base64.b64encode(data).decode("ascii"))


@cache
def _parser() -> Any:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.amsmath import amsmath_plugin
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": 20}).enable(["table", "strikethrough"])
    # Every place is let through here, and looked at once, by `clean`.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=True, double_inline=True)
    parser.use(amsmath_plugin)

    def place(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
        block = tokens[index].type != "math_inline"
        formulas = env["formulas"]
        if len(formulas) > MOST_FORMULAS:
            return ""
        formulas.append(formula(tokens[index].content, block))
        return f"{_OPEN}{len(formulas) - 1}{_CLOSE}"

    for kind in ("math_inline", "math_inline_double", "math_block", "amsmath"):
        parser.add_render_rule(kind, place)

    def heading(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
        # All of a cell's headings stand one below that of its exercise, which keeps their order.
        return "<h3>" if tokens[index].nesting == 1 else "</h3>\n"

    parser.add_render_rule("heading_open", heading)
    parser.add_render_rule("heading_close", heading)
    return parser


@lru_cache(maxsize=4096)
def formula(latex: str, block: bool) -> str:
    """A formula as MathML; as its LaTeX where it cannot be converted."""
    typed = f"<code>{html.escape(latex.strip())}</code>"
    if len(latex) > LONGEST_FORMULA:
        return typed
    try:
        from latex2mathml.converter import convert_to_element

        made = convert_to_element(" ".join(latex.split()), display="block" if block else "inline")
        _check(made)
        shown = ET.tostring(made, encoding="unicode")
    except Exception:  # a formula nobody can convert is shown as it was typed
        return typed
    # A wide formula scrolls by itself, with the keyboard too.
    return f'<span class="formula" tabindex="0">{shown}</span>' if block else shown


def _check(element: ET.Element) -> None:
    """Keep what a formula needs. Raises `ValueError` for an element that has no place in one."""
    if element.tag not in _MATHML:
        raise ValueError(f"an element {element.tag}")
    for name, value in list(element.attrib.items()):
        sized = name in _SIZES and not _LENGTH.fullmatch(value)
        if name not in _MATHML_ATTRIBUTES or sized or len(value) > 100:
            del element.attrib[name]
    # latex2mathml writes some characters as entities, which the serialiser would escape.
    if element.text:
        element.text = _PRIVATE.sub("\ufffd", html.unescape(element.text))
    if element.tail:
        element.tail = _PRIVATE.sub("\ufffd", html.unescape(element.tail))
    for part in element:
        _check(part)
