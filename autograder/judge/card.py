"""A verdict as HTML: the card under a check cell, and the same parts on a feedback page; one look, in `card.css`.

Everything is made from the plain data of `Verdict.to_dict`, so that what was kept of a verdict shows as it did.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from autograder.student.language import counted, later, shown, t

MARKS = {"right": "✓", "part": "◐", "wrong": "✗", "empty": "–", "waiting": "…"}
WORDS = {
    "right": later("all points"),
    "part": later("part of the points"),
    "wrong": later("no points yet"),
    "empty": later("not answered"),
    "waiting": later("not marked yet"),
}


@cache
def style() -> str:
    """The stylesheet of card and page, without its comments and line ends."""
    text = Path(__file__).with_name("card.css").read_text(encoding="utf-8")
    return " ".join(text.partition("*/")[2].split())


def card(verdict: Mapping[str, Any], styled: bool = True) -> str:
    """The card: what was earned and why, the mistake, where it is, and what to try. `styled` brings its stylesheet."""
    answered = verdict.get("answered", True) is not False
    state = state_of(verdict["points"], verdict["max_points"]) if answered else "empty"
    head = (
        f"<p><strong>{html.escape(verdict['exercise'])}</strong> &nbsp; "
        f'<span class="bp-state">{number(verdict["points"])} / {number(verdict["max_points"])} '
        f"&nbsp; {MARKS[state]} {shown(WORDS[state])}</span></p>"
    )
    sheet = f"<style>{style()}</style>" if styled else ""
    return f'{sheet}<div class="bp"><div class="bp-card bp-{state}">{head}{body(verdict)}{again(verdict)}</div></div>'


def again(verdict: Mapping[str, Any]) -> str:
    """How to ask for the same inputs once more, where there is something to mend."""
    if not verdict.get("criteria") or verdict["points"] >= verdict["max_points"]:
        return ""
    call = html.escape(f'check("{verdict["exercise"]}", seed={int(verdict.get("seed") or 0)})')
    words = t("Other inputs are drawn each time; {call} draws these again.", call=call)
    return f'<p class="bp-says">{words}</p>'


def body(verdict: Mapping[str, Any], scale: float = 1.0, line: bool = True) -> str:
    """What stands on the card below its head; points times `scale`; with the marked `line` or without."""
    notice = f"<p>{lines(verdict['notice'])}</p>" if verdict.get("notice") else ""
    return f"{notice}{criteria(verdict, scale)}{teaching(verdict, line)}"


def criteria(verdict: Mapping[str, Any], scale: float = 1.0) -> str:
    """What was asked, what was earned for it, and why not more; what was not reached is no failure."""
    rows = []
    for c in verdict.get("criteria") or ():
        tested = c.get("tested", True) is not False
        state = state_of(c["points"], c["max_points"]) if tested else "empty"
        earned = f"{number(c['points'] * scale)} / " if tested else ""
        message = f'<span class="bp-says">{lines(c["message"])}</span>' if c.get("message") else ""
        said = shown(WORDS[state]) if tested else t("not reached")
        rows.append(
            f'<li class="bp-{state}"><span class="bp-state" role="img" aria-label="{said}">{MARKS[state]}</span>'
            f'<span class="bp-what">{html.escape(c["name"])}</span>'
            f'<span class="bp-number">{earned}{number(c["max_points"] * scale)}</span>{message}</li>'
        )
    return f'<ul class="bp-criteria">{"".join(rows)}</ul>' if rows else ""


def teaching(verdict: Mapping[str, Any], line: bool = True) -> str:
    """Which mistake it was, where it is wrong, where in the code, a hint, and a call that shows it."""
    made = []
    if names := verdict.get("misconceptions"):
        named = ", ".join(html.escape(shown(name)) for name in names)
        made.append(f"<p>{t('Looks like:')} <strong>{named}</strong></p>")
    if pattern := verdict.get("pattern"):
        made.append(f"<p><strong>{t('Where it is wrong:')}</strong> {lines(pattern)}</p>")
    if line and verdict.get("place"):
        made.append(spot(verdict["place"]))
    if hint := verdict.get("hint"):
        made.append(f"<p><strong>{t('Hint.')}</strong> {lines(hint)}</p>")
    if call := verdict.get("call"):
        made.append(
            f"<p><strong>{t('See for yourself.')}</strong> {t('Paste this into your notebook:')}"
            f'<code class="bp-code bp-call">{html.escape(call)}</code></p>'
        )
    return "".join(made)


def spot(place: Mapping[str, Any]) -> str:
    """The line of the student's own code that is off, the spot marked, and a teacher's question about it."""
    text, code = str(place.get("text") or place.get("code") or ""), str(place.get("code") or "")
    before, found, after = marked_parts(text, code, place.get("column"))
    marked = f"{html.escape(before)}<mark>{html.escape(found)}</mark>{html.escape(after)}"
    number, function = int(place["line"]), html.escape(place.get("function") or "")
    where = t("Look at line {line}.", line=number)
    if function:
        where = t("Look at line {line} of {function}.", line=number, function=function)
    question = f" {lines(place['question'][:1].upper() + place['question'][1:])}" if place.get("question") else ""
    return f'<p><strong>{where}</strong>{question}<code class="bp-code">{marked}</code></p>'


def marked_parts(text: str, code: str, column: int | None = None) -> tuple[str, str, str]:
    """A line before the spot, the spot, and the line after it; the whole line where the spot is not in it. A spot of
    several lines ends with its first."""
    if not text:
        return "", code, ""
    if column is not None and 0 <= column < len(text):
        rest = text[column:]
        if rest.startswith(code):
            return text[:column], code, rest[len(code) :]
        if code.startswith(rest.rstrip()):
            return text[:column], rest, ""
    before, found, after = text.partition(code) if code else ("", "", "")
    return (before, found, after) if found else ("", text, "")


def state_of(points: float, most: float) -> str:
    """Which of the states of `MARKS` so many points are."""
    return "right" if points >= most else "part" if points > 0 else "wrong"


def number(points: float) -> str:
    """Points as people write them."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def points_of(points: float, most: float) -> str:
    """What was earned, of how much, in words."""
    return counted(
        "{points} of {most} point", "{points} of {most} points", most, points=number(points), most=number(most)
    )


def lines(text: str) -> str:
    """Text of several lines, escaped."""
    return "<br>".join(html.escape(line) for line in str(text).splitlines())
