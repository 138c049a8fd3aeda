"""The judge's points on the gradebook's scale: what a cell is worth is the instructor's to say, not the exercise's."""

from __future__ import annotations

from dataclasses import replace

from autograder.judge.verdict import Verdict


def scaled(verdict: Verdict, most: float | None) -> Verdict:
    """The verdict with `most` points to be had, its criteria in proportion; a perfect answer gets exactly `most`.

    Where a cell is worth nothing, the verdict stays as the judge gave it, for its words.
    """
    if not most or most == verdict.max_points or verdict.max_points <= 0:
        return verdict
    factor = most / verdict.max_points
    criteria = tuple(
        replace(c, points=round(c.points * factor, 4), max_points=round(c.max_points * factor, 4))
        for c in verdict.criteria
    )
    points = most if verdict.passed else min(most, round(verdict.points * factor, 4))
    return replace(verdict, points=float(points), max_points=float(most), criteria=criteria)
