"""Grading as it goes, and what came of it, in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from autograder.reading.words import one_line

WIDE = 110
"""Columns of a terminal from which on a line has room for more than what matters."""

MOST_NAMES = 5
"""Students named on one line."""

if TYPE_CHECKING:
    from autograder.pipeline.demo import Demo
    from autograder.pipeline.grade import Progress as Report
    from autograder.pipeline.graded import SubmissionResult


@contextmanager
def grading_progress(title: str) -> Iterator[Report]:
    """A bar with rate, time left and failures, to hand to `grade_assignment`."""
    console = Console(stderr=True)
    columns: list[ProgressColumn] = [
        TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis")),
        BarColumn(bar_width=None if console.width >= WIDE else 12),
        MofNCompleteColumn(),
        *([TextColumn("{task.fields[rate]}")] if console.width >= WIDE else []),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failures]}"),
    ]
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None, rate="", failures="")
        failed = 0

        def report(done: int, total: int, result: SubmissionResult | None) -> None:
            nonlocal failed
            failed += bool(result and (result.troubles or result.open))
            speed = bar.tasks[0].speed
            rate = f"{speed * 60:.0f}/min" if speed else ""
            bar.update(
                task,
                completed=done,
                total=total,
                rate=rate,
                failures=f"{failed} troubled" if failed else "",
            )

        yield report


@contextmanager
def counting(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar to be told how many are done, of how many."""
    console = Console(stderr=True)
    columns = [
        TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis")),
        BarColumn(bar_width=None if console.width >= WIDE else 12),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_results(results: Sequence[SubmissionResult]) -> None:
    """One line a submission, then what went wrong, then a summary."""
    console = _console()
    graded = [r for r in results if not r.skipped]
    if graded:
        console.print(_table(graded))
    _print_troubles(console, graded)
    for words in (summary(results), *left_to_mark(results)):
        console.print(words, soft_wrap=not console.is_terminal, markup=False, highlight=False)


def _console() -> Console:
    """The terminal as wide as it is; where there is none, room for whole lines."""
    return Console(width=None if Console().is_terminal else 140)


def _table(results: Sequence[SubmissionResult]) -> Table:
    """Student, points and mistakes: a line for each exercise with a name, so that 80 columns hold them whole."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("student", overflow="fold", max_width=24)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("misconceptions", overflow="fold", ratio=1)
    for r in results:
        points = "open" if r.open else f"{r.final:g}"
        table.add_row(escape(one_line(r.student)), points, "\n".join(_named(r)))
    return table


def summary(results: Sequence[SubmissionResult]) -> str:
    """How many are graded, were up to date and stay open, and why, on one line."""
    graded = [r for r in results if not r.skipped and not r.open]
    skipped = sum(r.skipped for r in results)
    still_open = [r for r in results if r.open]
    words = [f"{len(graded)} graded"]
    again = Counter(r.again for r in graded if r.again not in ("", "new", "open", "the submission"))
    words += [f"{count} of them again, as {what} changed" for what, count in sorted(again.items())]
    if skipped:
        words.append(f"{skipped} were up to date (--force grades them again)")
    if late := [r for r in results if r.late]:
        words.append(f"{len(late)} handed in late ({_some(late, _cost)})")
    if still_open:
        named = "; ".join(f"{r.student}: {r.open[0]}" for r in still_open[:5])
        more = f"; and {len(still_open) - 5} more" if len(still_open) > 5 else ""
        words.append(f"{len(still_open)} open, not final ({named}{more})")
    return one_line(", ".join(words))


def left_to_mark(results: Sequence[SubmissionResult]) -> list[str]:
    """What waits for a person to mark it, and whose marks by hand need another look: a line for each, where any does.

    Of submissions that are open, the reason is told, and they are not counted here.
    """
    told = []
    again = [r for r in results if r.look_again and not r.open]
    waiting = sum(r.waiting - r.look_again for r in results if not r.open)
    if waiting:
        words = "answer waits" if waiting == 1 else "answers wait"
        told.append(f"{waiting} {words} for a person: mark {'it' if waiting == 1 else 'them'} in formgrader")
    if again:
        count = sum(r.look_again for r in again)
        words = "1 mark by hand needs" if count == 1 else f"{count} marks by hand need"
        told.append(f"{words} another look in formgrader, as the answer or its points changed: {_some(again)}")
    return told


def _some(results: Sequence[SubmissionResult], words: Callable[[SubmissionResult], str] | None = None) -> str:
    """The first of them by name, each with what `words` says of it, and how many more there are."""
    named = [r.student + (words(r) if words else "") for r in results[:MOST_NAMES]]
    more = f" and {len(results) - MOST_NAMES} more" if len(results) > MOST_NAMES else ""
    return one_line(", ".join(named) + more)


def _cost(result: SubmissionResult) -> str:
    """What being late has cost, after a student's name; nothing where it is free, or the grade is not final."""
    if result.open or not result.penalty:
        return ""
    return f": {result.final:g} after {result.penalty:g} off"


def print_demo(demo: Demo) -> None:
    """What came of a demo: each student's points and mistakes, then what to open next."""
    console = _console()
    for assignment in demo.assignments:
        results = [r for r in demo.results if r.assignment == assignment]
        most = max((sum(v.max_points for v in _verdicts(r).values()) for r in results), default=0.0)
        console.print(
            f"\n[bold]{assignment}[/bold]  ({most:g} {'point' if most == 1 else 'points'} by check, the rest by you)\n",
            highlight=False,
        )
        console.print(_table(results))
    console.print()
    _print_troubles(console, demo.results)
    page = next((demo.feedback(r) for r in demo.results if _named(r) and demo.feedback(r).exists()), None)
    for what, path in (
        ("a student's page", page),
        ("the class", demo.reports[0] if demo.reports else None),
        ("the grades", demo.grades),
        ("nbgrader's screens", None),
    ):
        words = _from_here(path) if path else f"cd {_from_here(demo.folder)} && jupyter lab"
        if path or what.startswith("nbgrader"):
            console.print(f"open next: {what:19}{words}", soft_wrap=True, highlight=False, markup=False)


def _from_here(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def misconceptions(result: SubmissionResult) -> str:
    """The mistakes recognised in a submission, by exercise."""
    return "; ".join(_named(result))


def _named(result: SubmissionResult) -> list[str]:
    return [f"{e}: {', '.join(v.misconceptions)}" for e, v in _verdicts(result).items() if v.misconceptions]


def _verdicts(result: SubmissionResult) -> dict:
    return {v.exercise: v for g in result.notebooks.values() if g is not None for v in g.verdicts.values()}


def _print_troubles(console: Console, results: Sequence[SubmissionResult]) -> None:
    for r in results:
        told = [*(f"open: {words}" for words in r.open), *r.troubles, *r.remarks]
        for words in told:
            line = one_line(f"{r.student} ({r.assignment}): {words}")
            console.print(line, soft_wrap=not console.is_terminal, markup=False, highlight=False)
