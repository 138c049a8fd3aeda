"""Markdown on a page that other people open: nbconvert's HTML of it, without what could run, load or take for ever.

`stages.configure` puts these in the place of nbconvert's own filters, for the feedback and for formgrader.
"""

from __future__ import annotations

import html
import re
from typing import Any

import nh3
from jinja2 import pass_context

from autograder.pipeline.harmless import ATTRIBUTES, MOST_TAGS, STYLES, TAGS

MOST_MARKDOWN = 20_000
MOST_FORMULAS = 300
_TAGS = TAGS | {"del", "details", "input", "ins", "summary"}
_ATTRIBUTES = {
    **ATTRIBUTES,
    "*": {*ATTRIBUTES["*"], "class"},
    **{heading: {"id"} for heading in ("h1", "h2", "h3", "h4", "h5", "h6")},
    "a": {"href"},
    "input": {"type", "checked", "disabled"},
}
# A link leads out, or to a place on the page: never to a file that somebody handed in beside the notebook.
_LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
# Of classes those that nbconvert itself gives: others would have the looks, and the places, of the page around.
_CLASS = re.compile(r"highlight( hl-[\w+-]+)?|anchor-link|math( \w+)?|task-list-item(-checkbox)?|[a-z]{1,2}[0-9a-z]?")
# A picture lies in the page itself, or beside it.
_PICTURE = re.compile(r"\s*data:image/.*|[\w%][\w.% -]*(/[\w%][\w.% -]*)*", re.IGNORECASE | re.DOTALL)


@pass_context
def markdown_html(context: Any, source: str) -> str:
    """The HTML of a cell's Markdown; what is too long for that, or cannot be read as it, is shown as it was typed."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    attachments = context.get("cell", {}).get("attachments", {})
    if len(source) > MOST_MARKDOWN:
        return _as_typed(source, f"it is longer than {MOST_MARKDOWN:,} characters")
    if source.count(r"\\[") + source.count(r"\begin{") > MOST_FORMULAS:  # for each it may look through all of the text
        return _as_typed(source, f"it has more than {MOST_FORMULAS} displayed formulas")
    try:
        made = MarkdownWithMath(renderer=IPythonRenderer(escape=False, attachments=attachments)).render(source)
    except Exception as problem:  # of whatever kind: it is the text's, and must not cost the page
        return _as_typed(source, str(problem) or type(problem).__name__)
    if made.count("<") > MOST_TAGS:
        return _as_typed(source, f"it has more than {MOST_TAGS:,} parts")
    return nh3.clean(
        made,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_allowed,
        url_schemes={"data", "http", "https", "mailto"},  # data: for pictures
        filter_style_properties=STYLES,
        link_rel="noopener noreferrer",
    )


def raw_html(source: str) -> str:
    """The HTML of a raw cell: its text. Where nbconvert would clean it as HTML, which may take for ever."""
    return f"<pre>{html.escape(source)}</pre>"


def unchanged(text: str) -> str:
    """In place of nbconvert's `strip_files_prefix`: for notebooks of 2014, and slow for thousands of brackets."""
    return text


def _allowed(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if _PICTURE.fullmatch(value) else None
    if name == "href":
        return value if _LINK.match(value) else None
    if name == "class":
        return value if _CLASS.fullmatch(value) else None
    if name == "type":
        return value if value == "checkbox" else None
    return value


def _as_typed(source: str, why: str) -> str:
    return f"<p>(Shown as it was typed: {html.escape(why)}.)</p><pre>{html.escape(source)}</pre>"
