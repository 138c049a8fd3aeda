"""What the judge decided, and how it shows itself: a card in a notebook, text in a shell, JSON for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograder.judge.card import card, marked_parts, number
from autograder.reading.words import legible


@dataclass(frozen=True)
class CriterionResult:
    """One part of the points: what was asked, what was earned, and, where points were lost, why.

    `tested` is False for what was not reached, because what comes before it is not right yet.
    """

    name: str
    points: float
    max_points: float
    message: str = ""
    tested: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", legible(self.message))


@dataclass(frozen=True)
class Place:
    """A spot of the student's own code that is off.

    `line` counts from the function's own `def` line, which is 1; `code` is the text of the spot; `kind` is one of the
    keys of `QUESTIONS`; `function` says whose line it is, and `text` is the whole line, in which the spot begins at
    `column`, counted from 0 (None: where `code` is first found in it).
    """

    line: int
    code: str
    kind: str
    function: str = ""
    text: str = ""
    column: int | None = None

    @property
    def question(self) -> str:
        """What a teacher would ask about this spot."""
        return QUESTIONS[self.kind]

    def parts(self) -> tuple[str, str, str]:
        """The line before the spot, the spot, and the line after it; the whole line where the spot is not in it."""
        return marked_parts(self.text, self.code, self.column)

    def to_text(self) -> str:
        """The line with the spot underlined, and the question."""
        before, spot, _ = self.parts()
        head = f"line {self.line} of {self.function}: " if self.function else f"line {self.line}: "
        mark = " " * (len(head) + len(before)) + "^" * len(spot)
        return f"{head}{self.text or self.code}\n{mark}\nlook there: {self.question}"


QUESTIONS = {
    "operator": "which operation belongs here?",
    "operand": "is everything in it that belongs in it, and nothing else?",
    "sign": "in which direction should this go?",
    "factor": "what is this multiplied or divided by, and what should it be?",
    "axis": "along which axis does this go, and what shape should come out?",
    "shape": "what shape does this have, and what should it be?",
    "name": "is this the quantity that belongs here?",
    "constant": "where does this number come from?",
    "reduction": "what is added up here, and is it a sum or a mean?",
    "call": "is this function the right one here, and is it needed?",
    "comparison": "which values should pass here?",
    "condition": "when should this happen?",
    "index": "which entries does this take, and which should it take?",
    "loop": "how often does this run, and from where to where?",
    "copy": "whose array is this, and who else sees it change?",
    "dtype": "which type of number is in here, and does a fraction fit into it?",
    "return": "what does the caller get from here?",
    "order": "is this the right order?",
    "line": "what does this line do, and is it needed here?",
    "undefined": "where does this name get its value, and is that before this line?",
    "missing": "what must be known later, and is it kept here?",
    "overflow": "what does this give for a value of 1000, and for 0?",
}


@dataclass(frozen=True)
class Verdict:
    """The judgement on one exercise.

    `call` is the smallest failing call as Python to paste and run, `pattern` one true sentence about the wrong entries,
    `place` the spot of the student's own code that is off; each is None where there is none.
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
    call: str | None = None
    pattern: str | None = None
    place: Place | None = None

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
            "call": self.call,
            "pattern": self.pattern,
            "place": None if self.place is None else {**vars(self.place), "question": self.place.question},
        }

    def to_text(self) -> str:
        """The verdict for a shell."""
        lines = [f"{self.exercise}: {number(self.points)} of {number(self.max_points)} points"]
        if self.notice:
            lines.append(f"  {self.notice}")
        for c in self.criteria:
            mark = "ok  " if c.points >= c.max_points else "part" if c.points > 0 else "no  " if c.tested else "-   "
            earned = f"{number(c.points)}/{number(c.max_points)}" if c.tested else "not reached"
            lines.append(f"  {mark} {c.name} ({earned})")
            lines += [f"       {line}" for line in c.message.splitlines()]
        if self.call:
            first, *more = self.call.splitlines()
            lines += [f"  try: {first}", *(f"       {line}" for line in more)]
        if self.pattern:
            lines.append(f"  where: {self.pattern}")
        if self.misconceptions:
            lines.append(f"  looks like: {', '.join(self.misconceptions)}")
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        if self.place:
            lines += [f"  {line}" for line in self.place.to_text().splitlines()]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return repr(float(self.points))

    def to_html(self, styled: bool = True) -> str:
        """The verdict as a card; `styled` brings the card's stylesheet, which one of a page's cards has to."""
        return card(self.to_dict(), styled)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(float(self.points)), "text/html": self.to_html()}


def no_points(exercise: str, max_points: float, notice: str, seed: int = 0, hint: str | None = None) -> Verdict:
    """A verdict of zero points with one sentence that says why nothing could be judged."""
    return Verdict(exercise, 0.0, float(max_points), (), (), hint, seed, notice)
