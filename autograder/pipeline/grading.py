"""Grading one notebook: its cells run in the sandbox, its checks are decided outside.

The one place where a submission meets a sandbox and the judge; the nbgrader stage and the parallel grader both call it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode, from_dict

from autograder.exercises import CourseProblem, the_course
from autograder.judge import judge
from autograder.judge.place import Allowance
from autograder.judge.plan import work_ahead
from autograder.judge.verdict import Verdict, no_points
from autograder.mine.earlier import Earlier, answers_before
from autograder.mine.folder import PACKAGE
from autograder.pipeline.graded import GradedNotebook
from autograder.pipeline.harmless import Room, harmless_outputs
from autograder.pipeline.points import scaled
from autograder.pipeline.restore import DEMONSTRATION
from autograder.pipeline.source import NotebookSource
from autograder.reading.checks import is_check_cell
from autograder.reading.outline import Outline, joined, outline_of, outlines_of_files
from autograder.reading.whose import borrowed_in_source
from autograder.reading.words import one_line
from autograder.sandbox import CellResult, LastingSession, Sandbox
from autograder.sandbox.inside.limits import OF_CELLS, OF_ONE_CELL
from autograder.student.language import later, retold, shown, t
from autograder.student.steps import Definition, Outcome, Rewriting, Step, StudentError
from autograder.student.time_limit import OUT_OF_TIME

OPEN = "NotJudged"
# Whose parts are settings, and there to be changed.
SETTINGS = ("matplotlib", "IPython")
LIMIT_WORDS = {
    "time": later("it ran out of time"),
    "memory": later("it ran out of memory"),
    "processes": later("it started too many processes"),
    "files": later("it made too many files"),
    "output": later("it printed too much; the rest was cut off"),
}
_STOPPED = later("its process was stopped")
_TIMES = (*OUT_OF_TIME, OF_CELLS, OF_ONE_CELL)
# One for a grading process: a class hands in the same wrong answers, and a search each would cost more than grading.
_PLACES = Allowance()
# What a cell that draws with matplotlib says, by itself or through another package. One that does without all of these
# words draws too, and waits until matplotlib is loaded.
_DRAWS = re.compile(r"plot|pylab|seaborn|pictures")
NOT_SHOWN = later("(not shown: it needs nn_lib, which is not there while answers are graded)")


class _SourceAware:
    """A submission's code, with what its source says of borrowed functions on top of what the sandbox says."""

    def __init__(self, code: Any, outline: Outline) -> None:
        # One for the whole notebook, so that a name is looked up once and not in each of thousands of cells.
        self._code, self._outline = code, outline
        self.found: dict[str, str] = {}

    def defined(self, name: str) -> bool:
        return self._code.defined(name)

    def borrowed(self, name: str) -> str | None:
        library = borrowed_in_source(self._outline, name) or self._code.borrowed(name)
        if library is not None:
            self.found[name] = library
        return library

    def measures(self, name: str) -> bool:
        return self._code.measures(name)

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        return self._code.run(steps)

    def definitions(self, name: str) -> list[Definition]:
        return self._code.definitions(name)

    def rewritten(
        self,
        definitions: Sequence[Definition],
        rewritings: Sequence[Rewriting],
        steps: Sequence[Step],
        seconds: float,
        each: float,
    ) -> list[list[Outcome] | None]:
        return self._code.rewritten(definitions, rewritings, steps, seconds, each)


def demonstrations(
    notebook: NotebookNode, wanted: Sequence[str], outlines: dict[int, Outline] | None = None
) -> set[int]:
    """The positions of the cells that grading may pass over: tagged, and writing nothing that is read elsewhere.

    A cell tagged "demonstration" only shows something. Where a student's code reads a name it writes (or it writes one
    of the `wanted` functions), or where that cannot be told, it runs like any other. `outlines` are those of the code
    cells, where they are known already.
    """
    code = {i: cell for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"}
    outlines = outlines or _outlines(notebook)
    passed = {i for i, cell in code.items() if DEMONSTRATION in cell.metadata.get("tags", [])}
    passed = {i for i in passed if outlines[i].writes is not None and not is_graded(code[i])}
    while True:
        kept = [outline.reads for i, outline in outlines.items() if i not in passed]
        if any(reads is None for reads in kept):
            return set()
        needed = frozenset(wanted).union(*(reads for reads in kept if reads is not None))
        still = {i for i in passed if not (outlines[i].writes or frozenset()) & needed}
        if still == passed:
            return passed
        passed = still


def _outlines(notebook: NotebookNode) -> dict[int, Outline]:
    return {i: outline_of(cell.source) for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"}


def is_graded(cell: NotebookNode) -> bool:
    """Whether nbgrader knows the cell: a student's answer, or a check."""
    about = cell.metadata.get("nbgrader", {})
    return bool(about.get("grade") or about.get("solution"))


def grade_notebook(
    notebook: NotebookNode, source: NotebookSource, sandbox: Sandbox, seed: int, files: Path | None = None
) -> GradedNotebook:
    """Run a restored notebook in the sandbox and judge its checks; fills in outputs. Never raises for its doing.

    `files` is the folder of what was handed in beside the notebook; the sandbox gets copies.
    """
    start = time.perf_counter()
    run = _Run(notebook, source, files)
    ahead = work_ahead(run.answered, seed)
    with sandbox.lasting_session(files, earlier=run.earlier, draws=run.draws, meanwhile=ahead) as session:
        run.in_order(session, seed)
        once_more = run.answers_ask_for_a_library()
    if once_more:
        with sandbox.lasting_session(files, library=True, after=session, earlier=run.earlier) as session:
            run.show_with_the_library(session)
    run.show()
    run.graded.seconds = time.perf_counter() - start
    return run.graded


class _Run:
    """One notebook on its way: its cells run, its checks judged, what became of them shown in it."""

    def __init__(self, notebook: NotebookNode, source: NotebookSource, files: Path | None) -> None:
        self.graded = GradedNotebook(notebook)
        self.checks = {cell.name: cell.check for cell in source.cells if cell.autograded and cell.check}
        self.points = {cell.name: cell.points for cell in source.cells}
        self.outlines = _outlines(notebook)
        self._names = [_kept_name(cell) for cell in notebook.cells]
        self._files = {} if files is None else outlines_of_files(files)
        asked = self._files or any(PACKAGE in cell.source for cell in notebook.cells if cell.cell_type == "code")
        self.earlier = _before(self.checks.values()) if asked else None
        for name in _not_there(self.earlier, self.outlines.values()):
            told = (
                f"{PACKAGE} has no {name} to give: no assignment before this one asks for it, here or in an installed "
            )
            self._tell(f"{told}course. Cells that import it fail: add that assignment, or define it in the notebook")
        passed_over = demonstrations(notebook, list(self.checks.values()), self.outlines)
        code = {i: cell for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"}
        written, left = self._written(source, code)
        passed_over |= left
        self.answered = {exercise: exercise in written for exercise in self.checks.values()}
        self._cells = {i: c for i, c in code.items() if self._own(i) and c.source.strip() and i not in passed_over}
        self.draws = bool(self._files) or any(_DRAWS.search(cell.source) for cell in self._cells.values())
        self._results: dict[int, CellResult] = {}
        self._room = Room()
        self._lost = False
        self._unmet: dict[str, frozenset[str]] = {}
        for cell in code.values():
            cell.outputs, cell.execution_count = [], None

    def _written(self, source: NotebookSource, code: dict[int, NotebookNode]) -> tuple[set[str], set[int]]:
        """The names that the student's own cells write, and the cells for answers that are as they were given out below
        such cells: what these define, which is nothing yet, would take the place of the answers."""
        asked = {cell.source.strip() for cell in source.cells if cell.solution}
        given = asked | source.prose | {cell.source.strip() for cell in source.cells}
        written: set[str] = set()
        left = set()
        for i, cell in code.items():
            text, writes = cell.source.strip(), self.outlines[i].writes
            if text in asked and writes and writes <= written:
                left.add(i)
            elif text not in given:
                written |= self.outlines[i].definitions.keys() if writes is None else writes
        return written, left

    def in_order(self, session: LastingSession, seed: int) -> None:
        """Run the cells that are the student's, or that the student's need, and judge each check where it stands."""
        above = list(self._files.values())  # what is written above a check, and not what comes below
        read: set[str] = set()
        written: set[str] = set()
        waiting: list[int] = []
        left = dict(self.checks)
        for position, cell in enumerate(self.graded.notebook.cells):
            if position in self.outlines and self._own(position):
                above.append(self.outlines[position])
                read |= self.outlines[position].reads or frozenset()
                written |= self.outlines[position].writes or frozenset()
            if position in self._cells:
                waiting.append(position)
            elif (name := self._names[position] or "") in left and cell.cell_type == "code":
                self._run(session, waiting, left[name])
                above = [joined(above)]
                self._unmet[name] = frozenset(read - written)
                self._judge(session, above[0], [(name, left.pop(name))], seed)
        self._run(session, waiting)
        late = [item for item in self.checks.items() if item[0] in left or self._mended_below(*item)]
        self._judge(session, joined(above), late, seed)
        self.graded.to_read = _to_read(self.outlines, self._files)
        if any(verdict.points for verdict in self.graded.verdicts.values()):
            self.graded.troubles += self.graded.to_read

    def _run(self, session: LastingSession, waiting: list[int], *asked: str) -> None:
        """Run the waiting cells, all in one message, before the answers `asked` for are judged."""
        # A drawing is looked at where it is an answer; there are plain words of every other.
        cells = [self._cells[i] for i in waiting]
        sources, drawn = [cell.source for cell in cells], [is_graded(cell) for cell in cells]
        results = session.execute(sources, drawn, asked) if cells else []
        self._results.update(zip(waiting, results, strict=True))
        for position, result in zip(waiting, results, strict=True):
            self._tell_of(position, result)
        waiting.clear()

    def _judge(self, session: LastingSession, own: Outline, checks: Sequence[tuple[str, str]], seed: int) -> None:
        """Judge the checks with the names as they are now; a better verdict than an earlier one takes its place."""
        if not checks:
            return
        code = _SourceAware(session.code([exercise for _, exercise in checks]), own)
        for name, exercise in checks:
            verdict = _judge(exercise, code, seed, self.graded.troubles)
            if not isinstance(verdict, Verdict):
                self.graded.unjudged[name] = verdict
                continue
            verdict = scaled(verdict, self.points[name])
            earlier = self.graded.verdicts.get(name)
            if earlier is None or verdict.points > earlier.points:
                self.graded.verdicts[name] = verdict
        self.graded.borrowed |= code.found

    def _mended_below(self, name: str, exercise: str) -> bool:
        """Whether an answer that is not right where its check stands is written again in a later cell, or something it
        needs that was not there: the cells of a notebook can be run in any order."""
        if name in self.graded.unjudged:
            return False
        verdict = self.graded.verdicts[name]
        place = self._names.index(name)
        later = [self.outlines[i].writes for i in self._cells if i > place]
        return verdict.points < verdict.max_points and any(
            writes is None or exercise in writes or writes & self._unmet[name] for writes in later
        )

    def answers_ask_for_a_library(self) -> bool:
        """Whether an answer's cell used a library that was not there: its outputs are not what its author saw."""
        return any(result.library and is_graded(self._cells[i]) for i, result in self._results.items())

    def show_with_the_library(self, session: LastingSession) -> None:
        """Run the cells once more where the library is, for what they show and nothing else."""
        results = session.execute(
            [cell.source for cell in self._cells.values()], [is_graded(cell) for cell in self._cells.values()]
        )
        for position, result in zip(self._cells, results, strict=True):
            if result.error is None or result.outputs:
                self._results[position] = result

    def _own(self, position: int) -> bool:
        """Whether a cell is more than a check: checks are decided outside, and copies of them have nothing to do."""
        return self._names[position] not in self.checks and not is_check_cell(
            self.graded.notebook.cells[position].source
        )

    def _tell_of(self, position: int, result: CellResult) -> None:
        if result.limit is not None or _killed(result):
            self._tell_limit(position, result)
        elif result.error is not None and result.error.type in ("SyntaxError", "IndentationError", "TabError"):
            message = result.error.message
            self._tell(t("cell {number} does not compile: {message}", number=position + 1, message=message))
        elif result.error is not None and result.error.type == "ModuleNotFoundError":
            self._tell(
                t(
                    "cell {number} needs a module that is not installed where this is graded: {message}",
                    number=position + 1,
                    message=result.error.message,
                )
            )

    def _tell_limit(self, position: int, result: CellResult) -> None:
        if not self._lost:  # the cells after a lost process all say the same
            words = shown(LIMIT_WORDS.get(result.limit or "", _STOPPED))
            told = retold(result.error.message, _TIMES) if result.error is not None else ""
            why = f": {told}" if told else ""
            self._tell(t("cell {number}: {words}", number=position + 1, words=f"{words}{why}"))
        self._lost = self._lost or _killed(result) or (result.error is not None and not result.outputs)

    def _tell(self, words: str) -> None:
        self.graded.troubles.append(one_line(words))

    def show(self) -> None:
        """Put each cell's outputs below it, and each verdict below its check cell."""
        for position, result in self._results.items():
            cell = self._cells[position]
            cell.outputs = [from_dict(output) for output in harmless_outputs(result.outputs, self._room)]
            cell.execution_count = result.execution_count
            if result.library:
                cell.outputs = [_output("stream", name="stdout", text=f"{shown(NOT_SHOWN)}\n")]
            elif result.error is not None and not any(o.output_type == "error" for o in cell.outputs):
                cell.outputs.append(_error_output(result.error))
        styled = True
        for name, cell in zip(self._names, self.graded.notebook.cells, strict=True):
            verdict = self.graded.verdicts.get(name or "")
            if verdict is not None and cell.cell_type == "code":
                cell.execution_count = 1
                cell.outputs = [_verdict_output(verdict, self.points[name or ""], styled)]
                styled = False  # the first brings the stylesheet for all
                dict.__setitem__(cell.metadata, "autograder", verdict.to_dict())  # to be written, not asked
            elif name in self.graded.unjudged:
                cell.outputs = [_open_output(t("This could not be judged. Your instructor has been told."))]


def _before(exercises: Iterable[str]) -> Earlier | None:
    """The answers to the assignments before the one that these exercises belong to."""
    try:
        course = the_course()
    except CourseProblem:  # each check will say so
        return None
    assignments = {course.exercises[name].assignment for name in exercises if name in course.exercises}
    return answers_before(course, min(assignments, default=None))


def _not_there(earlier: Earlier | None, outlines: Iterable[Outline]) -> list[str]:
    """The names that cells import from `my_nn`, and that no exercise anywhere has."""
    if earlier is None:
        return []
    known = {name for _, _, names in earlier["earlier"] for name in names} | set(earlier["others"])
    paths = (path for outline in outlines for path in outline.imports.values())
    wanted = {path.removeprefix(f"{PACKAGE}.") for path in paths if path.startswith(f"{PACKAGE}.")}
    return sorted(name for name in wanted - known if name.isidentifier())


def _killed(result: CellResult) -> bool:
    return result.error is not None and result.error.kind == "killed"


def _to_read(outlines: dict[int, Outline], files: dict[str, Outline]) -> list[str]:
    """What the instructor should read before trusting the points: an honest notebook may have it, but seldom does."""
    places = {f"cell {i + 1}": outline for i, outline in outlines.items()} | files
    known = joined(places.values())
    imports = {name: path for name, path in known.imports.items() if not path.startswith(SETTINGS)}
    reached = {place: outline.reaches - known.definitions.keys() for place, outline in places.items()}
    replaced = {
        place: frozenset(what for what in outline.replaces if what.split(".")[0] in imports and what != "os.environ")
        for place, outline in places.items()
    }
    told = []
    for found, one, many, why in (
        (reached, "uses", "use", ", by which a notebook can hide whose work it is"),
        (replaced, "puts", "put", " out of its place: other code then does what the notebook says"),
    ):
        where = [place for place, words in found.items() if words]
        if where:
            words = ", ".join(sorted(frozenset[str]().union(*found.values())))
            told.append(one_line(f"{_listed(where)} {one if len(where) == 1 else many} {words}{why}{READ_IT}"))
    return told


READ_IT = ": read it before you trust it"


def _listed(places: list[str]) -> str:
    cells = [place.removeprefix("cell ") for place in places if place.startswith("cell ")]
    others = [place for place in places if not place.startswith("cell ")]
    named = [f"cell{'s' if len(cells) > 1 else ''} {', '.join(cells)}"] if cells else []
    return ", ".join(named + others)


def _judge(exercise: str, code: Any, seed: int, troubles: list[str]) -> Verdict | str:
    """The verdict, or why there is none: the judge's own failure is no student's, and says nothing of the answer."""
    try:
        verdict = judge(exercise, code, seed, _PLACES)
    except Exception as error:
        return one_line(f"{exercise} could not be judged ({type(error).__name__}: {error})")
    if verdict.notice and troubles and verdict.points == 0.0:
        before = t("Earlier in the notebook: {troubles}.", troubles="; ".join(troubles[:3]))
        notice = f"{verdict.notice}\n{before}"
        return no_points(exercise, verdict.max_points, notice, seed, verdict.hint, answered=verdict.answered)
    return verdict


def _kept_name(cell: NotebookNode) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def _verdict_output(verdict: Verdict, most: float | None, styled: bool = True) -> NotebookNode:
    data = {"text/plain": repr(verdict), "text/html": verdict.to_html(styled)}
    if most is not None and verdict.points > most:  # a cell that is worth nothing: nbgrader refuses more
        data["text/plain"] = repr(float(most))
    return from_dict({"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1})


def _output(kind: str, **content: Any) -> NotebookNode:
    """As nbformat makes it, but for the look at its schema, which takes as long to load as the judge."""
    return from_dict({"output_type": kind, **content})


def _open_output(words: str) -> NotebookNode:
    """In place of a verdict. An error, so that nothing that reads points from outputs takes it for an answer."""
    return _output("error", ename=OPEN, evalue=words, traceback=[words])


def _error_output(error: StudentError) -> NotebookNode:
    name, message = error.type or "Stopped", shown(error.message) or t("the cell was stopped")
    return _output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])


def not_judged(source: NotebookSource, why: str) -> GradedNotebook:
    """A notebook in place of one that could not be read: the gradebook's cells, all of them open, and the reason."""
    from autograder.pipeline.restore import restore

    notebook = restore({"cells": []}, source).notebook
    words = t("**This submission could not be read:** {why}.", why=why)
    notebook.cells.insert(0, from_dict({"id": "unreadable", "cell_type": "markdown", "source": words, "metadata": {}}))
    graded = GradedNotebook(notebook)
    for cell in notebook.cells:
        kept = source.get(_kept_name(cell) or "")
        if kept is not None and (kept.grade or kept.task):
            graded.unjudged[kept.name] = why
            if kept.autograded:
                cell.outputs = [_open_output(t("Nothing is judged yet: your instructor has been told."))]
    return graded
