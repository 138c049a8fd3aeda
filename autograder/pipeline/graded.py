"""What grading gives: of a notebook, and of all that a student handed in. It travels from the grading processes to the
one writer, who needs neither the judge nor the sandbox for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nbformat.notebooknode import NotebookNode

from autograder.judge.verdict import Verdict
from autograder.reading.words import one_line


@dataclass
class GradedNotebook:
    """A notebook with its outputs and verdicts. `troubles` tells in words what went wrong on the way."""

    notebook: NotebookNode
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    unjudged: dict[str, str] = field(default_factory=dict)
    """Check cells that nobody could decide, by name, and why: they stay open, and never become a zero."""
    borrowed: dict[str, str] = field(default_factory=dict)
    """Exercises whose answer is a library's, and which library's."""
    to_read: list[str] = field(default_factory=list)
    """What a person should look at before trusting the points, in words."""
    seconds: float = 0.0
    written: str | None = None
    """The notebook as the text of its file, once it is made."""

    @property
    def scores(self) -> dict[str, float]:
        """Points by the grade id of the check cell."""
        return {name: verdict.points for name, verdict in self.verdicts.items()}


@dataclass
class SubmissionResult:
    """What became of one submission. `troubles`, `remarks` and `open` are for the instructor, in words.

    What is `open` has no final grade: each entry says why. `digest` is of the files that were graded, `seed` what they
    were judged with.
    """

    student: str
    assignment: str
    notebooks: Mapping[str, GradedNotebook | None]
    troubles: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    score: float = 0.0
    """The points in the gradebook, before what being late costs."""
    penalty: float = 0.0
    """What being late costs, in points."""
    automatic: float = 0.0
    """The automatic points in the gradebook, before what a person gave or took."""
    again: str = ""
    """What has changed since it was graded before."""
    seconds: float = 0.0
    skipped: bool = False
    late: bool = False
    """Whether its time stamp is after the due date, or the student's own later one."""
    waiting: int = 0
    """How many of its answers wait in the gradebook for a person to mark them."""
    look_again: int = 0
    """How many of these have a mark by hand already, on another answer or for other points."""
    digest: str = ""
    seed: int = 0

    @property
    def final(self) -> float:
        """The score less the penalty, and at least 0, as the exports have it."""
        return max(0.0, self.score - self.penalty)


def given_up(student: str, assignment: str, why: str) -> SubmissionResult:
    """The result of a submission that we failed at: nothing is known of it, and it stays open."""
    return SubmissionResult(student, assignment, {}, open=[one_line(why)])
