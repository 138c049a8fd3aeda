"""A student's whole notebook, judged from the shell: no instructor, no nbgrader, and not a byte of it changed."""

from __future__ import annotations

import ast
import re
import secrets
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder.exercises import CourseExercises, the_course
from autograder.exercises.versions import warn_of_versions
from autograder.judge import judge
from autograder.judge.place import Allowance
from autograder.judge.plan import work_ahead
from autograder.judge.verdict import Verdict, no_points
from autograder.mine.earlier import Earlier, answers_before, library_before
from autograder.mine.folder import PACKAGE
from autograder.reading.checks import checks_in, is_check_cell
from autograder.reading.folders import is_small, read_regular
from autograder.reading.notebook_file import FILE_BYTES, NotANotebook, grade_id, read_submission, source_of
from autograder.reading.outline import outline_of, parsed, without_magics
from autograder.reading.words import legible, one_line
from autograder.sandbox import LastingSession, Limits, Sandbox, SandboxUnavailable
from autograder.student.language import t
from autograder.student.syntax import ONE_TREE


class NothingToJudge(ValueError):
    """The notebook cannot be judged; says why and what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(legible(words))  # it quotes a file that somebody else may have written


@dataclass(frozen=True)
class _Cell:
    """A code cell; `names` are the exercises that are judged once it has run, `broken` why it does not compile."""

    source: str
    names: tuple[str, ...]
    broken: str | None = None

    def of(self, *names: str) -> _Cell:
        """The same cell, after which of these exercises alone are judged."""
        return replace(self, names=tuple(name for name in self.names if name in names))


def check_notebook(
    path: Path,
    seed: int | None = None,
    trusted: Callable[[str], bool] = lambda reason: False,
    tell: Callable[[str], object] = lambda words: None,
) -> list[Verdict]:
    """Run a notebook in the sandbox and judge the exercises of its assignment, each where its check stands.

    A notebook with the cells of an assignment is judged on every exercise of it; one that is missing has no points and
    says so. Of any other notebook, the exercises it checks are judged. Where there is no sandbox, `trusted` is asked,
    with the reason, whether the notebook may run with this user's rights. A cell that does not compile costs what it
    defines, and is what `tell` is told of. Raises `NothingToJudge` when the notebook may not run, and when the file is
    missing, is no notebook or has no exercise in it.
    """
    cells, names, assignment = _read(path)
    for number, cell in enumerate(cells, start=1):
        if cell.broken is not None:
            tell(one_line(t("code cell {number} does not compile: {why}", number=number, why=cell.broken)))
    warn_of_versions(path.parent.resolve())
    known = the_course().seeds
    if seed is not None and known and seed not in known:
        raise NothingToJudge(f"there are tests for the seeds {', '.join(map(str, known))} here, and none for {seed}")
    drawn = seed if seed is not None else secrets.choice(known) if known else secrets.randbelow(2**63)
    files = path.parent if is_small(path.parent) else None
    earlier, library = _library_for(assignment, path.resolve().parent)
    with (
        _sandbox(path, trusted) as sandbox,
        sandbox.lasting_session(
            files,
            library=library and _asked_for(cells),
            earlier=earlier,
            meanwhile=work_ahead(dict.fromkeys(names, True), drawn),
        ) as session,
    ):
        return _judged(session, cells, names, drawn)


def _library_for(assignment: str, here: Path) -> tuple[Earlier, bool]:
    """What a notebook of this assignment finds in `my_nn`, and whether that needs nn_lib: the answers to earlier
    assignments where the course has them, and otherwise what the student has filed, and what stands in for the rest."""
    course = the_course()
    if _has_answers(course, assignment):
        return answers_before(course, assignment), False
    return library_before(course, assignment, here)


def _has_answers(course: CourseExercises, assignment: str) -> bool:
    return (course.folder / assignment / "answers.py").exists()


def _asked_for(cells: Sequence[_Cell]) -> bool:
    return any(PACKAGE in cell.source for cell in cells)


def _sandbox(path: Path, trusted: Callable[[str], bool]) -> Sandbox:
    sandbox = Sandbox(Limits(), "bubblewrap")
    try:
        sandbox.start()
    except SandboxUnavailable as reason:
        if not trusted(str(reason)):
            raise NothingToJudge(
                f"{path} was not run: there is no sandbox here, and its code could do whatever you can. "
                f"If you know whose it is: autograder check --trust {path}"
            ) from None
        return Sandbox(Limits(), "process")
    return sandbox


def _judged(session: LastingSession, cells: Sequence[_Cell], names: Sequence[str], seed: int) -> list[Verdict]:
    verdicts: dict[str, Verdict] = {}
    waiting: list[str] = []
    places = Allowance(each=0.5, credit=5.0)  # somebody waits for the whole notebook

    def judge_now(wanted: Sequence[str]) -> None:
        if waiting:
            session.execute(waiting)
            waiting.clear()
        code = session.code(list(wanted))
        for name in wanted:
            verdict = judge(name, code, seed, places)
            if name not in verdicts or verdict.points > verdicts[name].points:
                verdicts[name] = verdict

    written: dict[str, int] = {}
    broken: dict[str, int] = {}
    judged_at: dict[str, int] = {}
    for number, cell in enumerate(cells):
        if not is_check_cell(cell.source):
            waiting.append(cell.source)
            if cell.broken is not None:
                broken |= {name: number for name in names if _defines(cell.source, name)}
            else:
                writes = outline_of(cell.source).writes
                written |= dict.fromkeys(names if writes is None else writes, number)
        if cell.names:
            judge_now(cell.names)
            judged_at |= dict.fromkeys(cell.names, number)
    # An answer without a check, or one that is written again below it.
    late = [n for n in names if n not in verdicts or (not verdicts[n].passed and written.get(n, -1) > judged_at[n])]
    if late:
        judge_now(late)
    gone = {name for name in names if name not in written and not verdicts[name].points}
    return [verdicts[name] if name not in gone else _missing(verdicts[name], broken.get(name), cells) for name in names]


def _defines(source: str, name: str) -> bool:
    """Whether a cell that does not compile looks as if it were to define `name`."""
    return re.search(rf"^\s*(?:(?:async\s+)?def|class)\s+{name}\b|^{name}\s*=[^=]", source, re.MULTILINE) is not None


def _missing(verdict: Verdict, broken: int | None, cells: Sequence[_Cell]) -> Verdict:
    words = t("{name} is missing: no cell of the notebook defines it.", name=verdict.exercise)
    if broken is not None:
        words = t(
            "{name} is not defined: code cell {number}, which is to define it, does not compile: {why}",
            name=verdict.exercise,
            number=broken + 1,
            why=cells[broken].broken,
        )
    return no_points(verdict.exercise, verdict.max_points, one_line(words), verdict.seed, answered=broken is not None)


def _read(path: Path) -> tuple[list[_Cell], list[str], str]:
    """The code cells of a notebook, the exercises it is to be judged on, and the assignment whose notebook it is: the
    first of those of its exercises where it is none of the course's."""
    content = _content(path)
    course = the_course()
    known = course.exercises
    cells: list[_Cell] = []
    marked: list[str] = []
    for cell in content["cells"]:
        if not isinstance(cell, dict):
            continue
        name = (grade_id(cell) or "").removeprefix("check-")
        own = [name] if name in known else []
        marked += own
        if cell.get("cell_type") == "code":
            source = source_of(cell)
            checked = [*checks_in(source), *(_named(source, known) if "check" in source or own else ())]
            if (grade_id(cell) or "").startswith("check-"):
                checked += own
            cells.append(_Cell(source, tuple(dict.fromkeys(n for n in checked if n in known)), _broken(source)))
    names = list(dict.fromkeys(name for cell in cells for name in cell.names))
    assignments = [known[name].assignment for name in (marked or names)]
    whole = max(assignments, key=assignments.count, default="")
    asked = [exercise.name for exercise in course.assignments.get(whole, [])]
    if marked or 2 * len(set(names) & set(asked)) > len(asked) > 2:  # the course's, with its marks or without
        others = _written_again(cells, [name for name in names if name not in asked])
        return [cell.of(*asked, *others) for cell in cells], [*asked, *others], whole
    if not names:
        raise NothingToJudge(f'{path} checks no exercise: it has no cell with check("...") in it')
    return cells, names, min(assignments)


def _written_again(cells: Sequence[_Cell], names: Sequence[str]) -> list[str]:
    """Those of the exercises of other notebooks that this one writes and checks, rather than uses."""
    checked = {name for cell in cells for name in checks_in(cell.source)}
    return [name for name in names if name in checked and any(_defines(cell.source, name) for cell in cells)]


def _named(source: str, known: dict[str, Any]) -> list[str]:
    """The exercises a cell names in quotes: what it checks in a loop, or by another name for `check`."""
    tree = parsed(without_magics(source))
    if tree is None:
        return [name for name in re.findall(r"""["'](\w+)["']""", source) if name in known]
    return [
        n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value in known
    ]


def _content(path: Path) -> dict[str, Any]:
    try:
        there = path.resolve(strict=True)
    except FileNotFoundError:
        raise NothingToJudge(f"there is no file {path}") from None
    except (OSError, RuntimeError) as error:
        raise NothingToJudge(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    data = read_regular(there, FILE_BYTES)
    if data is None:
        raise NothingToJudge(
            f"{path} cannot be read: it is no regular file, is not yours to read, or is larger than "
            f"{FILE_BYTES // 2**20} MB. Give the .ipynb file."
        )
    try:
        return read_submission(data)
    except NotANotebook as problem:
        raise NothingToJudge(f"{path} is not a notebook: {problem}. Give the .ipynb file.") from None


def _broken(source: str) -> str | None:
    """Why a cell does not compile; None when it does."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        with ONE_TREE, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            compile(TransformerManager().transform_cell(source), "<cell>", "exec", flags=flags, dont_inherit=True)
    except SyntaxError as error:
        message, text = error.msg, (error.text or "").strip()
        return t("{message}, in its line {line}: {text}", message=message, line=error.lineno, text=text)
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return None
