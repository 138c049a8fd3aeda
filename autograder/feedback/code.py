"""Python as it stands in a cell: highlighted, its lines numbered, and the lines that matter marked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from markupsafe import Markup, escape

from autograder.student.language import t

MOST_HIGHLIGHTED = 10_000
MOST_LINES = 2_000


def highlighted(source: str, marked: Mapping[int, str] | None = None) -> Markup:
    """The code as a block of lines; `marked` gives the words for the lines to look at, by number from 1."""
    lines = _lines(source)
    shown = []
    for number, line in enumerate(lines[:MOST_LINES], start=1):
        words = (marked or {}).get(number)
        if words is None:
            shown.append(f'<span class="line">{line}\n</span>')
        else:
            where = escape(t("line {line}", line=number))
            says = f'<span class="says"><b>↑ {where}:</b> {escape(words)}\n</span>'
            shown.append(f'<mark class="line">{line}\n</mark>{says}')
    if len(lines) > MOST_LINES:
        more = t("({count} more lines are not shown)", count=f"{len(lines) - MOST_LINES:,}")
        shown.append(f'<span class="says">{more}\n</span>')
    return Markup(f'<pre class="code"><code>{"".join(shown)}</code></pre>')


@lru_cache(maxsize=1024)
def _lines(source: str) -> tuple[str, ...]:
    source = source.rstrip()
    if len(source) > MOST_HIGHLIGHTED:
        return tuple(str(escape(line)) for line in source.split("\n"))
    from pygments import highlight

    made = highlight(source, *_tools())
    return tuple(made.rstrip("\n").split("\n"))


@cache
def _tools() -> tuple[Any, Any]:
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers.python import PythonLexer

    return PythonLexer(stripnl=False, ensurenl=False), HtmlFormatter(nowrap=True)


def defined_at(source: str, name: str) -> int | None:
    """The line, from 1, at which the last definition of a function, class or variable of this name begins."""
    pattern = rf"^(?:async[ \t]+def|def|class)[ \t]+{re.escape(name)}\b|^{re.escape(name)}[ \t]*(?::[^=\n]*)?=(?!=)"
    found = list(re.finditer(pattern, source, re.MULTILINE)) if name in source else []
    return source.count("\n", 0, found[-1].start()) + 1 if found else None


def line_of(source: str, quoted: str) -> int | None:
    """The line, from 1, that reads as quoted; None when there is none or more than one."""
    quoted = quoted.strip()
    found = [number for number, line in enumerate(source.split("\n"), start=1) if line.strip() == quoted]
    return found[0] if quoted and len(found) == 1 else None


def line_below(source: str, function: str, place: Mapping[str, Any]) -> int | None:
    """The line, from 1, of a spot whose `line` counts from the definition it is in; None where it is not there."""
    lines = source.split("\n")
    pattern = rf"^[ \t]*(?:async[ \t]+def|def|class)[ \t]+{re.escape(function)}\b"
    text = str(place.get("text") or "").strip()
    for found in reversed(list(re.finditer(pattern, source, re.MULTILINE))):
        number = source.count("\n", 0, found.start()) + int(place.get("line") or 0)
        if 0 < number <= len(lines) and text in lines[number - 1]:
            return number
    return line_of(source, text)
