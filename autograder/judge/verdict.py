"""What the judge decided, and how it shows itself: a card in a notebook, text in a shell, JSON for machines."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from autograder.reading.words import legible


@dataclass(frozen=True)
class CriterionResult:
    """One part of the points: what was asked, what was earned, and, where points were lost, why."""

    name: str
    points: float
    max_points: float
    message: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", legible(self.message))


@dataclass(frozen=True)
class Verdict:
    """The judgement on one exercise.

    `text/plain` is the points as a plain float: that is what nbgrader reads partial credit from.
    """

    exercise: str
    points: float
    max_points: float
    criteria: tuple[CriterionResult, ...]
    misconceptions: tuple[str, ...] = ()
    hint: str | None = None
    seed: int = 0
    notice: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "notice", legible(self.notice))

    @property
    def passed(self) -> bool:
        """Whether all points were earned."""
        return self.points >= self.max_points

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "exercise": self.exercise,
            "points": self.points,
            "max_points": self.max_points,
            "passed": self.passed,
            "criteria": [vars(criterion) for criterion in self.criteria],
            "misconceptions": list(self.misconceptions),
            "hint": self.hint,
            "seed": self.seed,
            "notice": self.notice,
        }

    def to_text(self) -> str:
        """The verdict for a shell."""
        lines = [f"{self.exercise}: {_number(self.points)} of {_number(self.max_points)} points"]
        if self.notice:
            lines.append(f"  {self.notice}")
        for c in self.criteria:
            mark = "ok  " if c.points >= c.max_points else "part" if c.points > 0 else "no  "
            lines.append(f"  {mark} {c.name} ({_number(c.points)}/{_number(c.max_points)})")
            lines += [f"       {line}" for line in c.message.splitlines()]
        if self.misconceptions:
            lines.append(f"  looks like: {', '.join(self.misconceptions)}")
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return repr(float(self.points))

    def to_html(self) -> str:
        """The verdict as a card. Inline styles only: notebooks and feedback pages strip classes and scripts."""
        colour = "#1a7f4b" if self.passed else "#9a6700" if self.points > 0 else "#b3261e"
        state = "✓ all points" if self.passed else "◐ part of the points" if self.points > 0 else "✗ no points yet"
        rows = []
        for c in self.criteria:
            mark = "✓" if c.points >= c.max_points else "◐" if c.points > 0 else "✗"
            message = f'<br><span style="color:#555">{_lines(c.message)}</span>' if c.message else ""
            rows.append(
                '<tr><td style="text-align:left;vertical-align:top">'
                f'{mark}</td><td style="text-align:left;vertical-align:top">{html.escape(c.name)}{message}</td>'
                '<td style="text-align:right;vertical-align:top;white-space:nowrap">'
                f"{_number(c.points)} / {_number(c.max_points)}</td></tr>"
            )
        card = [
            f'<div style="border:1px solid #bbb;border-left:6px solid {colour};padding:8px 12px;max-width:720px">',
            f"<b>{html.escape(self.exercise)}</b> &nbsp; "
            f'<b style="color:{colour}">{_number(self.points)} / {_number(self.max_points)}</b> &nbsp; {state}',
        ]
        if self.notice:
            card.append(f"<p>{_lines(self.notice)}</p>")
        if rows:
            card.append(f'<table style="width:100%">{"".join(rows)}</table>')
        if self.misconceptions:
            names = ", ".join(html.escape(name) for name in self.misconceptions)
            card.append(f"<p>Looks like: <b>{names}</b></p>")
        if self.hint:
            card.append(f"<p><b>Hint.</b> {_lines(self.hint)}</p>")
        card.append("</div>")
        return "".join(card)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(float(self.points)), "text/html": self.to_html()}


def no_points(exercise: str, max_points: float, notice: str, seed: int = 0, hint: str | None = None) -> Verdict:
    """A verdict of zero points with one sentence that says why nothing could be judged."""
    return Verdict(exercise, 0.0, float(max_points), (), (), hint, seed, notice)


def _number(points: float) -> str:
    return f"{points:.2f}".rstrip("0").rstrip(".")


def _lines(text: str) -> str:
    return "<br>".join(html.escape(line) for line in text.splitlines())
