"""The page itself: a summary to begin with, then one exercise after another."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from autograder.feedback.exercises import Exercise, Marks, Parts, parts
from autograder.feedback.text import Beside
from autograder.judge import card
from autograder.student.language import counted, language, shown, t

ROOM = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Summary:
    """What a student should know first. `unread` says that nothing of what was handed in could be graded."""

    sentence: str
    unread: bool
    waiting: float
    first: Exercise | None
    why: str
    mistakes: list[tuple[str, list[Exercise]]]


def page(
    notebook: Mapping[str, Any],
    student: str,
    name: str,
    marks: Marks,
    *,
    schemes: Mapping[str, str] | None = None,
    beside: Beside | None = None,
    digest: str = "",
) -> str:
    """The HTML of a graded notebook's feedback. `digest` is kept in it, to see later whether it is still true."""
    taken = parts(notebook, marks, schemes, beside)
    style, style_hash = _style()
    made: str = _template().render(
        parts=taken,
        student=student,
        notebook=name,
        marks_of=marks,
        summary=summary(taken),
        style=style,
        style_hash=style_hash,
        digest=digest,
    )
    return made


def summary(taken: Parts) -> Summary:
    """What comes first is the earliest that was tried and is not right: later exercises build on it."""
    exercises = taken.exercises
    judged = [e for e in exercises if e.status != "waiting"]
    right = [e for e in judged if e.status == "right"]
    lost = [e for e in judged if e.status != "right"]
    first = next((e for e in lost if e.status != "empty"), lost[0] if lost else None)
    mistakes: dict[str, list[Exercise]] = {}
    for exercise in lost:
        for name in (exercise.verdict or {}).get("misconceptions") or ():
            mistakes.setdefault(str(name), []).append(exercise)
    sentence = counted(
        "{count} of {total} exercises is completely right.",
        "{count} of {total} exercises are completely right.",
        len(right),
        total=len(judged),
    )
    if judged and not lost:
        sentence = t("Everything that has been marked is right. There is nothing to mend.")
    elif not judged:
        sentence = t("Nothing has been marked yet.")
    elif not right:
        sentence = t("None of the exercises is completely right yet.")
    unread = taken.unreadable is not None and not judged
    if unread:
        sentence = t(
            "Nothing of it could be graded. Hand it in again: open your notebook in Jupyter, save it, and hand in that "
            ".ipynb file. If you do not know what is wrong with it, ask your instructor."
        )
    waiting = sum(e.mark.max_points for e in exercises if e.status == "waiting")
    return Summary(sentence, unread, waiting, first, _why(first), list(mistakes.items()))


def _why(first: Exercise | None) -> str:
    """What was seen to be wrong, where the verdict has no call that shows it."""
    verdict = first.verdict if first is not None else None
    if first is None or not verdict or verdict.get("call"):
        return ""
    failed = [c for c in verdict.get("criteria") or [] if c["points"] < c["max_points"] and c.get("message")]
    return str(failed[0]["message"]) if failed else ""


def version() -> str:
    """What the making of pages depends on, in one word: a page of another version is made anew."""
    return _version()


@cache
def _version() -> str:
    digest = hashlib.sha256()
    looks = ROOM.parent / "judge"
    for path in [*sorted(ROOM.glob("*.[pchj]*")), *sorted(looks.glob("card.*s*")), looks / "card.py"]:
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def _style() -> tuple[Markup, Markup]:
    text = f"{card.style()}\n{(ROOM / 'page.css').read_text(encoding='utf-8')}"
    seen = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), Markup(f"'sha256-{seen}'")


def _safe(part: Callable[..., str]) -> Callable[..., Markup]:
    """A maker of HTML that has escaped what it was given."""
    return lambda *given: Markup(part(*given))


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(ROOM), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"number": card.number, "shown": shown}
    environment.filters["lines"] = lambda text: Markup(card.lines(text))
    environment.globals |= {"marks": card.MARKS, "words": card.WORDS, "language": language}
    environment.globals |= {"t": t, "shown": shown, "counted": counted}
    environment.globals |= {part.__name__: _safe(part) for part in (card.body, card.teaching, card.spot)}
    environment.globals["points_of"] = card.points_of
    return environment.get_template("page.html.j2")
