"""A graded notebook taken apart into its exercises: what was asked, what was answered, what came of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from autograder.feedback import code, outputs
from autograder.feedback.text import Beside, formula, markdown
from autograder.judge.messages import RAISED_IN
from autograder.student.language import shown, t

LONGEST_TITLE = 120
MOST_MARKDOWN = 100_000
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_INLINE = re.compile(r"\$([^$]+)\$|`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*")
_BARE = re.compile(r"(exercise|part|question|task|problem)s?\s*\d+[a-z]?((,| and|-|–|\s)*\d+[a-z]?)*\W*", re.IGNORECASE)
_NUMBERING = re.compile(r"^\d+(\.\d+)*[.)]?\s+")
_MARK_SCHEME = re.compile(r"^[^\n]*BEGIN MARK SCHEME.*?(END MARK SCHEME[^\n]*\n?|\Z)", re.DOTALL | re.MULTILINE)
DEMONSTRATION = "demonstration"


@dataclass(frozen=True)
class Mark:
    """The points of one graded cell as the gradebook has them."""

    points: float
    max_points: float
    by_hand: bool = False
    waiting: bool = False
    extra: float = 0.0


@dataclass(frozen=True)
class Marks:
    """What the gradebook says of one student's notebook: marks and comments by the name of the cell."""

    cells: Mapping[str, Mark] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    unanswered: frozenset[str] = frozenset()
    late_penalty: float = 0.0

    @property
    def points(self) -> float:
        return sum(mark.points for mark in self.cells.values()) - self.late_penalty

    @property
    def max_points(self) -> float:
        return sum(mark.max_points for mark in self.cells.values())


@dataclass
class Exercise:
    """One graded cell with everything that belongs to it. `verdict` is the judge's, as plain data; None for a person's.

    `status` is "right", "part", "wrong", "empty" (nothing was answered) or "waiting" (for a person to mark it).
    """

    number: int
    cell: str
    title: Markup
    name: str | None
    mark: Mark
    verdict: dict[str, Any] | None = None
    status: str = "wrong"
    task: list[Markup] = field(default_factory=list)
    answers: list[Markup] = field(default_factory=list)
    comments: list[Markup] = field(default_factory=list)
    around: list[Markup] = field(default_factory=list)
    scheme: Markup | None = None
    place: dict[str, Any] | None = None

    @property
    def anchor(self) -> str:
        return f"exercise-{self.number}"


@dataclass
class Parts:
    """The exercises of a notebook in their order, and the cells after the last of them."""

    title: Markup
    exercises: list[Exercise]
    rest: list[Markup]
    unreadable: Markup | None = None


class _Reader:
    def __init__(self, marks: Marks, schemes: Mapping[str, str], beside: Beside | None) -> None:
        self.marks, self.schemes, self.beside = marks, schemes, beside
        self.room = outputs.Room()
        self.markdown_left = MOST_MARKDOWN

    def text(self, cell: dict[str, Any]) -> Markup:
        source = _source(cell)
        if cell.get("cell_type") == "raw":
            return Markup("<pre>{}</pre>").format(source[:MOST_MARKDOWN])
        if len(source) > self.markdown_left:  # a shorter one after it may still fit
            words = t("(The texts of this notebook are too long for this page; this one is left out.)")
            return Markup("<p>{}</p>").format(words)
        self.markdown_left -= len(source)
        return markdown(source, cell.get("attachments"), self.beside)

    def shown(self, cell: dict[str, Any]) -> Markup:
        return outputs.shown(cell.get("outputs") or [], self.room)


def parts(
    notebook: Mapping[str, Any],
    marks: Marks,
    schemes: Mapping[str, str] | None = None,
    beside: Beside | None = None,
) -> Parts:
    """The parts of a graded notebook. `schemes` are mark schemes by cell; `beside` gives the pictures beside it."""
    reader = _Reader(marks, schemes or {}, beside)
    cells = [cell for cell in notebook.get("cells", []) if isinstance(cell, dict)]
    unreadable = None
    if cells and cells[0].get("id") == "unreadable":
        unreadable = reader.text(cells.pop(0))
    graded = [i for i, cell in enumerate(cells) if _is_graded(cell) and _name(cell) in marks.cells]
    answers = _owners(cells, graded)
    titles = _titles(cells)
    found: list[Exercise] = []
    start = 0
    for at in graded:
        mine = [i for i, owner in answers.items() if owner == at]
        around = [cells[i] for i in range(start, at) if i not in answers]
        title = titles[at] or escape(t("Exercise {number}", number=len(found) + 1))
        exercise = Exercise(len(found) + 1, _name(cells[at]), title, None, marks.cells[_name(cells[at])])
        _fill(exercise, cells[at], [cells[i] for i in mine], around, reader)
        found.append(exercise)
        start = at + 1
    first = next((m[2] for c in cells if c.get("cell_type") == "markdown" for m in _HEADING.finditer(_source(c))), "")
    rest = [_other(cells[i], reader) for i in range(start, len(cells)) if i not in answers]
    return Parts(inline(first), found, [made for made in rest if made], unreadable)


def _is_graded(cell: Mapping[str, Any]) -> bool:
    return bool(_about(cell).get("grade") or _about(cell).get("task"))


def _owners(cells: list[dict[str, Any]], graded: list[int]) -> dict[int, int]:
    """Which check each answer belongs to: the one that asks for what it defines, else the next one."""
    names = {at: _asked(cells[at]) for at in graded}
    code_cells = [i for i, cell in enumerate(cells) if _is_code(cell) and i not in names]
    owners: dict[int, int] = {}
    for i in code_cells:
        if not _about(cells[i]).get("solution"):
            continue
        later = [at for at in graded if at > i]
        defines = [at for at in later if (name := names[at]) and code.defined_at(_source(cells[i]), name)]
        meant = [at for at in later if names[at] is not None and names[at] == _name(cells[i])]
        if later:
            owners[i] = (defines or meant or later)[0]
    for at, name in names.items():  # written into another cell than the one for it: the last before the check counts
        if not name or any(owner == at and code.defined_at(_source(cells[i]), name) for i, owner in owners.items()):
            continue
        elsewhere = [i for i in code_cells if i < at and code.defined_at(_source(cells[i]), name)]
        owners |= dict.fromkeys([i for i in elsewhere[-1:] if i not in owners], at)
    return dict(sorted(owners.items()))


def _asked(cell: Mapping[str, Any]) -> str | None:
    verdict = cell.get("metadata", {}).get("autograder")
    judged = isinstance(verdict, dict) and not _about(cell).get("solution") and verdict.get("exercise")
    return str(verdict["exercise"]) if judged else None


def _fill(
    exercise: Exercise,
    cell: dict[str, Any],
    answers: list[dict[str, Any]],
    around: list[dict[str, Any]],
    reader: _Reader,
) -> None:
    marks, mark = reader.marks, exercise.mark
    exercise.name = _asked(cell)
    exercise.verdict = cell["metadata"]["autograder"] if exercise.name is not None else None
    for answer in answers:
        exercise.answers.append(_answer(answer, exercise, reader))
    for other in around:
        if other.get("cell_type") == "markdown":
            exercise.task.append(reader.text(other))
        elif made := _other(other, reader):
            exercise.around.append(made)
    if _about(cell).get("task"):
        exercise.task.append(reader.text({**cell, "source": _MARK_SCHEME.sub("", _source(cell)).rstrip()}))
    elif _about(cell).get("solution") and exercise.cell not in marks.unanswered:
        written = Markup('<div class="written">{}</div>')
        exercise.answers.append(
            _answer(cell, exercise, reader) if _is_code(cell) else written.format(reader.text(cell))
        )
    names = [_name(c) for c in [*answers, cell]]
    exercise.comments = [markdown(comment) for name in names if (comment := marks.comments.get(name))]
    if mark.by_hand and exercise.cell in reader.schemes:
        exercise.scheme = markdown(reader.schemes[exercise.cell])
    own = [_name(c) for c in answers] or names
    exercise.status = _status(mark, all(name in marks.unanswered for name in own))


def _titles(cells: list[dict[str, Any]]) -> list[Markup]:
    """What stands above each cell, in words: its last heading; with the section's, where that is but a number."""
    section = heading = ""
    titles = []
    for cell in cells:
        if cell.get("cell_type") == "markdown" and not _is_graded(cell):
            for found in _HEADING.finditer(_source(cell)):
                if len(found[2]) > LONGEST_TITLE:
                    continue
                heading = found[2]
                if len(found[1]) <= 2:
                    section = _NUMBERING.sub("", heading)
        bare = _BARE.fullmatch(heading) and section and section != heading
        titles.append(inline(f"{heading.rstrip(' :.')}: {section}" if bare else heading))
    return titles


def _status(mark: Mark, unanswered: bool) -> str:
    if mark.waiting and not mark.by_hand:
        return "waiting"
    if mark.points >= mark.max_points:
        return "right"
    if mark.points > 0:
        return "part"
    return "empty" if unanswered else "wrong"


def _answer(cell: dict[str, Any], exercise: Exercise, reader: _Reader) -> Markup:
    source = _source(cell)
    marked = _marked(source, exercise)
    return Markup("{}{}").format(code.highlighted(source, marked), reader.shown(cell))


def _marked(source: str, exercise: Exercise) -> dict[int, str]:
    """The lines of an answer that the verdict points at, and its words for each."""
    verdict = exercise.verdict or {}
    place = verdict.get("place")
    if isinstance(place, dict) and exercise.place is None:
        number = code.line_below(source, str(place.get("function") or exercise.name), place)
        if number is not None:
            exercise.place = {**place, "line": number, "function": ""}
            return {number: str(place.get("question") or place.get("kind") or t("look here"))}
    for criterion in verdict.get("criteria") or []:
        quoted = _quoted_line(shown(RAISED_IN)).search(str(criterion.get("message", "")))
        line_number = code.line_of(source, quoted[1]) if quoted else None
        if quoted and line_number is not None:
            exercise.place = {"line": line_number, "text": quoted[1].strip()}
            return {line_number: t("the error comes from here")}
    return {}


@lru_cache(maxsize=8)
def _quoted_line(sentence: str) -> re.Pattern[str]:
    """What finds the line that a sentence like `RAISED_IN` quotes at its end."""
    before = sentence.removesuffix("{line}")
    return re.compile(re.escape(before[before.rindex("}") + 1 :].strip()) + " (.+)")


def _other(cell: dict[str, Any], reader: _Reader) -> Markup:
    if not _is_code(cell):
        return reader.text(cell)
    if not _source(cell).strip():
        return Markup("")
    return Markup("{}{}").format(code.highlighted(_source(cell)), reader.shown(cell))


def inline(text: str) -> Markup:
    """A line of Markdown with its formulas, code and emphasis, and nothing else."""
    made, at = [], 0
    for found in _INLINE.finditer(text[:1000]):
        made.append(escape(text[at : found.start()]))
        latex, quoted, strong, weak = found.groups()
        if latex is not None:
            made.append(Markup(formula(latex, False)))
        else:
            tag = "code" if quoted is not None else "strong" if strong is not None else "em"
            made.append(Markup(f"<{tag}>{{}}</{tag}>").format(quoted or strong or weak))
        at = found.end()
    return Markup("").join([*made, escape(text[at:1000])])


def _about(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = cell.get("metadata")
    about = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return about if isinstance(about, dict) else {}


def _name(cell: Mapping[str, Any]) -> str:
    return str(_about(cell).get("grade_id") or "")


def _is_code(cell: Mapping[str, Any]) -> bool:
    return cell.get("cell_type") == "code"


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)
