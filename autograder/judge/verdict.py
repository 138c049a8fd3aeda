"""What the judge decided, and how it shows itself: a card in a notebook, text in a shell, JSON for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograder.judge.card import card, marked_parts, number, points_of
from autograder.reading.words import legible
from autograder.student.language import Text, later, shown, t


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
    `column`, counted from 0 (None: where `code` is first found in it). It is `alone` when nothing else is off. Where
    another line may be off in its place, that is the line `other`.
    """

    line: int
    code: str
    kind: str
    function: str = ""
    text: str = ""
    column: int | None = None
    alone: bool = True
    other: int | None = None

    @property
    def question(self) -> str:
        """What a teacher would ask about this spot."""
        question = shown(QUESTIONS[self.kind])
        if self.other is not None:
            question = f"{question} {t('It could be line {line} as well.', line=self.other)}"
        if self.alone:
            return question
        return f"{question} {t('This may not be all that is wrong.')}"

    def parts(self) -> tuple[str, str, str]:
        """The line before the spot, the spot, and the line after it; the whole line where the spot is not in it."""
        return marked_parts(self.text, self.code, self.column)

    def to_text(self) -> str:
        """The line with the spot underlined, and the question."""
        before, spot, _ = self.parts()
        head = t("line {line}", line=self.line)
        if self.function:
            head = t("line {line} of {function}", line=self.line, function=self.function)
        mark = " " * (len(head) + 2 + len(before)) + "^" * len(spot)
        return f"{head}: {self.text or self.code}\n{mark}\n{t('look there: {question}', question=self.question)}"


QUESTIONS: dict[str, Text] = {
    "operator": later("which operation belongs here?"),
    "operand": later("is everything in it that belongs in it, and nothing else?"),
    "sign": later("which sign belongs here?"),
    "factor": later("what is this multiplied or divided by, and what should it be?"),
    "axis": later("along which axis does this go, and what shape should come out?"),
    "shape": later("which shape does this have, and which order of axes, and which should it have?"),
    "name": later("is this the quantity that belongs here?"),
    "constant": later("where does this value come from?"),
    "reduction": later("is something to be added up here, and is it a sum or a mean?"),
    "call": later("is this call the right one here, with the right arguments, and is it needed?"),
    "comparison": later("for which values should this hold?"),
    "condition": later("when should this happen?"),
    "index": later("which entries does this take, and which should it take?"),
    "loop": later("how often does this run, and from where to where?"),
    "copy": later("whose array is this, and who else sees it change?"),
    "dtype": later("which type of number is in here, and does a fraction fit into it?"),
    "return": later("what does the caller get from here?"),
    "order": later("is this the right order?"),
    "line": later("what does this line do, and is it needed here?"),
    "undefined": later("where does this name get its value, and is that before this line?"),
    "kept": later("what is in it from an earlier call, and where is it made?"),
    "missing": later("what must be known later, and is it kept here?"),
    "overflow": later("what does this give for a value of 1000, and for 0?"),
}


@dataclass(frozen=True)
class Verdict:
    """The judgement on one exercise.

    `misconceptions` are names as the catalogue has them, whatever the language; all else is in the language.
    `call` is the smallest failing call as Python to paste and run, `pattern` one true sentence about the wrong entries,
    `place` the spot of the student's own code that is off; each is None where there is none. `answered` is False where
    there is no answer yet: not defined, or not filled in.
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
    answered: bool = True

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
            "answered": self.answered,
            "place": None if self.place is None else {**vars(self.place), "question": self.place.question},
        }

    def to_text(self) -> str:
        """The verdict for a shell."""
        lines = [f"{self.exercise}: {points_of(self.points, self.max_points)}"]
        if self.notice:
            lines.append(f"  {self.notice}")
        for c in self.criteria:
            earned = f"{number(c.points)}/{number(c.max_points)}" if c.tested else t("not reached")
            lines.append(f"  {_mark(c)} {c.name} ({earned})")
            lines += [f"       {line}" for line in c.message.splitlines()]
        if self.call:
            first, *more = t("try: {call}", call=self.call).splitlines()
            lines += [f"  {first}", *(f"       {line}" for line in more)]
        if self.pattern:
            lines.append(f"  {t('where: {pattern}', pattern=self.pattern)}")
        if self.misconceptions:
            lines.append(f"  {t('looks like: {names}', names=', '.join(map(shown, self.misconceptions)))}")
        if self.hint:
            lines.append(f"  {t('hint: {hint}', hint=self.hint)}")
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


def _mark(criterion: CriterionResult) -> str:
    """Four letters that say what came of a criterion."""
    if criterion.points >= criterion.max_points:
        return f"{t('ok'):4}"
    if criterion.points > 0:
        return f"{t('part'):4}"
    return f"{t('no'):4}" if criterion.tested else "-   "


def no_points(
    exercise: str, max_points: float, notice: str, seed: int = 0, hint: str | None = None, *, answered: bool = True
) -> Verdict:
    """A verdict of zero points with one sentence that says why nothing could be judged; not `answered` where there is
    no answer yet, which is no mistake."""
    return Verdict(exercise, 0.0, float(max_points), (), (), hint, seed, notice, answered=answered)
