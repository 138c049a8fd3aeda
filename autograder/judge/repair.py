"""Where in the student's own code is it wrong? A search for one small edit that makes every answer right.

The search sits with the judge. It reads the student's text, thinks of edits (`autograder.judge.edits`), has the
rewritten function called where the student's code runs, and compares what comes back as it compares any answer. So no
right value ever travels to the student's side, probes that verify for themselves and intervals take part, and the spot
it names is a piece of the text that the judge itself has read. What comes back is trusted as little as any answer: a
process that forges it can only move words that are shown to its own author.

An edit that mends marks a spot; the edit itself is never told. It is a repair only when every probe is right with it
(or, of several parts of a result, one part that was wrong), nothing that was right is wrong, no input is written into
and the first call repeated gives the same answer.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from autograder.judge.edits import Edit, edits
from autograder.judge.verdict import Place, legible
from autograder.student.steps import Definition, Outcome, Rewriting, Step

MODIFIED = "(an argument)"
"""The part that is wrong where a call wrote into its arguments."""

EACH = 0.02
"""Seconds that one rewritten function may take for the smallest probe."""
_BATCH = 32
_LARGEST_TEXT = 20_000


Run = Callable[[Sequence[Definition], Sequence[Rewriting], Sequence[Step], float, float], "list[list[Outcome] | None]"]
"""`StudentCode.rewritten`."""
Wrong = Callable[[int, Sequence[Outcome]], frozenset[str]]
"""The number of a probe and its outcomes to the parts that are wrong."""


@dataclass(frozen=True)
class Search:
    """What a search needs of the judge.

    `probes` are the steps of each probe, the repeated first one at the end; `sizes` how large each is; `wrong` judges
    the outcomes of a probe; `base` holds what was wrong in the student's own answers. `parts` are positions or keys of
    the parts that are wrong, () when that cannot be told.
    """

    definitions: Sequence[Definition]
    probes: Sequence[Sequence[Step]]
    sizes: Sequence[int]
    wrong: Wrong
    base: Sequence[frozenset[str]]
    run: Run
    parts: tuple[str | int, ...] = ()
    helpers: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Repair:
    which: int
    edit: Edit
    full: bool


def find_place(search: Search, seconds: float) -> Place | None:
    """The spot in question, or None when no small edit repairs the answers within `seconds`."""
    deadline = time.perf_counter() + seconds
    failing = [i for i, wrong in enumerate(search.base) if wrong]
    if not failing or sum(len(d.text) for d in search.definitions) > _LARGEST_TEXT:
        return None
    order = sorted(failing, key=lambda i: search.sizes[i])
    repairs: list[_Repair] = []
    cost = 0
    candidates = iter(_candidates(search))
    sources = [definition.text.encode() for definition in search.definitions]
    while batch := list(islice(candidates, _BATCH)):
        if cost and batch[0][1].cost > cost:
            break
        left = deadline - time.perf_counter()
        if left <= 0:
            break
        rewritings = [(which, edit.apply(sources[which])) for which, edit in batch]
        outcomes = search.run(search.definitions, rewritings, search.probes[order[0]], left, EACH)
        for (which, edit), rewriting, got in zip(batch, rewritings, outcomes, strict=False):
            if got is None or (cost and edit.cost > cost):
                continue
            if not _better(search, order[0], got):
                continue
            full = _confirmed(search, rewriting, order, deadline)
            if full is not None:
                repairs.append(_Repair(which, edit, full))
                cost = edit.cost if full else cost  # half a repair ends nothing: a whole one may be further out
    return _chosen(search, repairs)


def _candidates(search: Search) -> list[tuple[int, Edit]]:
    found: list[tuple[int, Edit]] = []
    for which, definition in enumerate(search.definitions):
        try:
            parts = search.parts if which == 0 else ()
            found += [(which, edit) for edit in edits(definition.text, parts, search.helpers)]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return sorted(found, key=lambda candidate: candidate[1].cost)


def _better(search: Search, probe: int, got: Sequence[Outcome]) -> bool:
    wrong, before = search.wrong(probe, got), search.base[probe]
    return wrong < before


def _confirmed(search: Search, rewriting: tuple[int, str], order: Sequence[int], deadline: float) -> bool | None:
    """Whether a rewriting mends everything (True), one whole part (False), or neither (None)."""
    wrong: dict[int, frozenset[str]] = {}
    near, rest = list(order[:3]), [i for i in range(len(search.probes)) if i not in order[:3]]
    for numbers in (near, rest):
        steps = [step for i in numbers for step in search.probes[i]]
        left = deadline - time.perf_counter()
        outcomes = search.run(search.definitions, [rewriting], steps, max(left, 0.05), max(left, 0.05))
        if not outcomes or outcomes[0] is None:
            return None
        start = 0
        for i in numbers:
            got = outcomes[0][start : start + len(search.probes[i])]
            start += len(search.probes[i])
            wrong[i] = search.wrong(i, got)
            if not wrong[i] <= search.base[i]:
                return None
        mended = {part for i in wrong for part in search.base[i]} - {part for i in wrong for part in wrong[i]}
        if not mended:
            return None
    return not any(wrong.values())


def _chosen(search: Search, repairs: Sequence[_Repair]) -> Place | None:
    if not repairs:
        return None
    repairs = [r for r in repairs if r.full] or list(repairs)
    best = repairs[0]
    source = search.definitions[best.which].text.encode()
    start, end = best.edit.spot
    return _place(search.definitions[best.which], source, start, end, best.edit.kind)


def _place(definition: Definition, source: bytes, start: int, end: int, kind: str) -> Place:
    first = ast.parse(definition.text).body[0].lineno
    line = source.count(b"\n", 0, start) + 1
    text = definition.text.splitlines()[line - 1].strip()
    code = " ".join(source[start:end].decode(errors="replace").split())
    return Place(max(1, line - first + 1), legible(code[:200]), kind, definition.name, legible(text[:400]))
