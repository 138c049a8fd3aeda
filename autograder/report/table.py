"""Grading as it goes, and what came of it, in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from autograder.reading.words import one_line

if TYPE_CHECKING:
    from autograder.pipeline.demo import Demo
    from autograder.pipeline.grade import Progress as Report
    from autograder.pipeline.grade import SubmissionResult


@contextmanager
def grading_progress(title: str) -> Iterator[Report]:
    """A bar with rate, time left and failures, to hand to `grade_assignment`."""
    console = Console(stderr=True)
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
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
                failures=f"{failed} with troubles" if failed else "",
            )

        yield report


@contextmanager
def counting(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar to be told how many are done, of how many."""
    console = Console(stderr=True)
    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_results(results: Sequence[SubmissionResult]) -> None:
    """One line a submission, then what went wrong, then a summary."""
    console = Console(width=None if Console().is_terminal else 140)
    table = Table("student", "points", "misconceptions", "seconds", box=None, pad_edge=False)
    graded = [r for r in results if not r.skipped]
    for r in graded:
        points = "open" if r.open else f"{r.score:g}"
        table.add_row(escape(one_line(r.student)), points, misconceptions(r), f"{r.seconds:.2f}")
    if graded:
        console.print(table)
    _print_troubles(console, graded)
    console.print(summary(results), soft_wrap=True, markup=False, highlight=False)


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
    if still_open:
        named = "; ".join(f"{r.student}: {r.open[0]}" for r in still_open[:5])
        more = f"; and {len(still_open) - 5} more" if len(still_open) > 5 else ""
        words.append(f"{len(still_open)} open, not final ({named}{more})")
    return one_line(", ".join(words))


def print_demo(demo: Demo) -> None:
    """The demo's table: student, points per exercise, misconceptions, where the feedback lies."""
    console = Console(width=None if Console().is_terminal else 150)
    for assignment in demo.assignments:
        results = [r for r in demo.results if r.assignment == assignment]
        exercises = next((v for r in results if (v := _verdicts(r))), {})
        console.print(f"\n[bold]{assignment}[/bold]")
        numbered = [f"{i} {name} ({v.max_points:g})" for i, (name, v) in enumerate(exercises.items(), start=1)]
        console.print("  " + ",  ".join(numbered), highlight=False)
        table = Table(box=SIMPLE, pad_edge=False)
        table.add_column("student", no_wrap=True)
        for number in range(1, len(exercises) + 1):
            table.add_column(str(number), justify="right", no_wrap=True)
        table.add_column("total", justify="right", no_wrap=True)
        table.add_column("misconception named", ratio=1)
        table.add_column("feedback", no_wrap=True)
        for r in results:
            verdicts = _verdicts(r)
            points = [f"{verdicts[e].points:g}" if e in verdicts else "-" for e in exercises]
            feedback = demo.feedback(r)
            where = str(feedback.parent.relative_to(demo.folder)) if feedback.exists() else "none"
            table.add_row(r.student, *points, f"{r.score:g}", misconceptions(r), where)
        console.print(table)
    _print_troubles(console, demo.results)
    for words in (
        f"grades    {demo.grades}",
        f"feedback  {demo.folder / 'feedback'}/<student>/<assignment>/<assignment>.html",
        f"nbgrader's own screens: cd {demo.folder} && jupyter lab",
    ):
        console.print(words, soft_wrap=True, highlight=False, markup=False)


def misconceptions(result: SubmissionResult) -> str:
    """The mistakes recognised in a submission, by exercise."""
    named = [f"{e}: {', '.join(v.misconceptions)}" for e, v in _verdicts(result).items() if v.misconceptions]
    return "; ".join(named)


def _verdicts(result: SubmissionResult) -> dict:
    return {v.exercise: v for g in result.notebooks.values() if g is not None for v in g.verdicts.values()}


def _print_troubles(console: Console, results: Sequence[SubmissionResult]) -> None:
    for r in results:
        told = [*(f"open: {words}" for words in r.open), *r.troubles, *r.remarks]
        for words in told:
            line = one_line(f"{r.student} ({r.assignment}): {words}")
            console.print(line, soft_wrap=True, markup=False, highlight=False)
