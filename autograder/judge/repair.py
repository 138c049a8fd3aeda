"""Where in the student's own code is it wrong? A search for one small edit that makes every answer right.

The search sits with the judge. It reads the student's text, thinks of edits (`autograder.judge.edits`), has the
rewritten function called where the student's code runs, and compares what comes back as it compares any answer. So no
right value ever travels to the student's side, probes that verify for themselves and intervals take part, and the spot
it names is a piece of the text that the judge itself has read. What comes back is trusted as little as any answer: a
process that forges it can only move words that are shown to its own author.

An edit that mends marks a spot; the edit itself is never told. It is a repair when every probe is right with it, no
input is written into and the first call repeated gives the same answer. Short of that, one that makes all probes of the
criterion right that fails first, or of several parts of a result one that was wrong; in no case is anything wrong that
was right before.
"""

from __future__ import annotations

import ast
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from autograder.judge.edits import FAR, LIKELY, Edit, edits
from autograder.judge.verdict import Place, legible
from autograder.student.steps import Definition, Outcome, Rewriting, Step
from autograder.student.syntax import parse

MODIFIED = "(an argument)"
"""The part that is wrong where a call wrote into its arguments."""

AFTER = 10_000
"""A size that says: not before all probes of right values."""

EACH = 0.02
"""Seconds that one rewritten function may take for the smallest probe."""
_FIRST_BATCH, _LARGEST_BATCH = 32, 256
_LARGEST_TEXT = 20_000


Run = Callable[[Sequence[Definition], Sequence[Rewriting], Sequence[Step], float, float], "list[list[Outcome] | None]"]
"""`StudentCode.rewritten`."""
Wrong = Callable[[int, Sequence[Outcome]], frozenset[str]]
"""The number of a probe and its outcomes to the parts that are wrong."""


@dataclass(frozen=True)
class Search:
    """What a search needs of the judge.

    `probes` are the steps of each probe, the repeated first one at the end; `sizes` how large each is, `criteria` what
    it counts for; `wrong` judges the outcomes of a probe; `base` holds what was wrong in the student's own answers.
    `parts` are positions or keys of the parts that are wrong, in order, () when that cannot be told. `named` says that
    the mistake has a name already: then a plain factor, which may stand in any line, tells nothing about the spot.
    `slow` are the probes that ran out of time: no small edit makes them fast, and there may be another fault.
    """

    definitions: Sequence[Definition]
    probes: Sequence[Sequence[Step]]
    sizes: Sequence[int]
    criteria: Sequence[str]
    wrong: Wrong
    base: Sequence[frozenset[str]]
    run: Run
    parts: tuple[str | int, ...] = ()
    helpers: tuple[str, ...] = ()
    named: bool = False
    slow: frozenset[int] = frozenset()


WHOLE, VALUES, PART = 3, 2, 1
"""How much an edit mends: everything; all of the criterion that fails first; one part of the result, everywhere."""


@dataclass(frozen=True)
class Repair:
    """An edit of one of the definitions (its position among them), and how much it mends."""

    which: int
    edit: Edit
    mends: int


def find_place(search: Search, seconds: float) -> Place | None:
    """The spot in question, or None when no small edit repairs the answers within `seconds`."""
    repair = find_repair(search, seconds)
    return None if repair is None else place_of(search, repair)


def find_repair(search: Search, seconds: float) -> Repair | None:
    """What repairs the answers, when a small edit does within `seconds`."""
    return _Run(search, time.perf_counter() + seconds).found()


def still_repairs(search: Search, repair: Repair, seconds: float) -> bool:
    """Whether a repair found for the same texts at another time repairs these answers as well."""
    run = _Run(search, time.perf_counter() + seconds)
    return run.mends(repair.which, repair.edit) >= repair.mends


def place_of(search: Search, repair: Repair) -> Place:
    """The spot that a repair marks."""
    start, end = repair.edit.spot
    definition = search.definitions[repair.which]
    return _place(definition, definition.text.encode(), start, end, repair.edit.kind)


class _Run:
    def __init__(self, search: Search, deadline: float) -> None:
        self.search, self.deadline = search, deadline
        failing = [i for i, wrong in enumerate(search.base) if wrong and i not in search.slow]
        self.methods = _run_by(search)
        # Few methods run, and few can be at fault; right values come first all the same.
        few = [len(methods) for methods in self.methods] or [0] * len(search.probes)
        self.order = sorted(failing, key=lambda i: (search.sizes[i] >= AFTER, few[i], search.sizes[i]))
        self.sources = [definition.text.encode() for definition in search.definitions]
        self.repairs: list[Repair] = []

    def found(self) -> Repair | None:
        if not self.order or sum(map(len, self.sources)) > _LARGEST_TEXT:
            return None
        candidates: list[tuple[int, Edit]] = []
        if self.methods and self.methods[self.order[0]]:
            run = frozenset(self.methods[self.order[0]])
            candidates = self._by_suspicion(_candidates(self.search, self._half_way(), run))
            self._try_all(candidates)
        if not self.repairs:
            tried = set(candidates)
            candidates = [c for c in _candidates(self.search, self._half_way()) if c not in tried]
            self._try_all(candidates)
        if not self.repairs:
            self._try_all(_pairs([edit for which, edit in candidates if which == 0 and edit.cost == LIKELY]))
        return self._chosen()

    def _by_suspicion(self, candidates: Sequence[tuple[int, Edit]]) -> list[tuple[int, Edit]]:
        """The edits of a class's methods, the most suspicious method first."""
        definition = self.search.definitions[0]
        ranks = _ranks(self.search, self.methods)
        spans = _spans(definition.text)
        found: list[tuple[int, int, tuple[int, Edit]]] = []
        for which, edit in candidates:
            start = edit.spot[0]
            method = next((name for name, low, high in spans if low <= start < high), "")
            rank = ranks.get(method, len(ranks))
            found.append((edit.cost + (rank > 0), rank, (which, edit)))  # the first method goes one step further
        return [candidate for *_, candidate in sorted(found, key=lambda row: row[:2])]

    def _half_way(self) -> float:
        """When to stop thinking of edits, so that there is time to try them."""
        return time.perf_counter() + self._left() / 2

    def _left(self) -> float:
        return self.deadline - time.perf_counter()

    def _try_all(self, candidates: Iterable[tuple[int, Edit]]) -> None:
        """Try candidates in order, until one is a whole repair, or the time is over; half a repair ends nothing."""
        search, waiting, size = self.search, iter(candidates), _FIRST_BATCH
        while (batch := list(islice(waiting, size))) and self._left() > 0:
            size = min(2 * size, _LARGEST_BATCH)
            rewritings = [(which, edit.apply(self.sources[which])) for which, edit in batch]
            outcomes = search.run(search.definitions, rewritings, search.probes[self.order[0]], self._left(), EACH)
            for (which, edit), rewriting, got in zip(batch, rewritings, outcomes, strict=False):
                if got is None or not search.wrong(self.order[0], got) < search.base[self.order[0]]:
                    continue
                mends = self._mends(rewriting)
                if mends:
                    self.repairs.append(Repair(which, edit, mends))
                    if mends == WHOLE:
                        return

    def _mends(self, rewriting: Rewriting, likely: bool = False) -> int:
        """How much a rewriting mends; 0 when it is no repair. Where it is `likely` one, all is asked for at once: each
        asking takes a process of its own."""
        search, wrong = self.search, {}
        near, everything = self.order[:3], [i for i in range(len(search.probes)) if i not in search.slow]
        for numbers in (everything,) if likely else (near, [i for i in everything if i not in near]):
            left = max(self._left(), 0.05)
            steps = [step for i in numbers for step in search.probes[i]]
            outcomes = search.run(search.definitions, [rewriting], steps, left, left)
            if not outcomes or outcomes[0] is None:
                return 0
            start = 0
            for i in numbers:
                wrong[i] = search.wrong(i, outcomes[0][start : start + len(search.probes[i])])
                start += len(search.probes[i])
                if not wrong[i] <= search.base[i]:
                    return 0
            if not any(wrong[i] < search.base[i] for i in wrong):
                return 0
        if not any(wrong.values()):
            return WHOLE
        first = search.criteria[self.order[0]]
        if not any(wrong[i] for i in wrong if search.criteria[i] == first):
            return VALUES
        mended = {part for i in wrong for part in search.base[i]} - {part for i in wrong for part in wrong[i]}
        if search.parts and isinstance(search.parts[0], str) and search.parts[0] not in mended:
            return 0  # of values that are worked out one from the other, the first comes first
        return PART if mended - {""} else 0

    def mends(self, which: int, edit: Edit) -> int:
        """How much an edit mends; 0 when it is no repair."""
        return self._mends((which, edit.apply(self.sources[which])), likely=True) if self.order else 0

    def _chosen(self) -> Repair | None:
        if not self.repairs:
            return None
        most = max(repair.mends for repair in self.repairs)
        return next(repair for repair in self.repairs if repair.mends == most)


def _run_by(search: Search) -> list[set[str]]:
    """The methods that each probe may run; [] where none calls a method of a class."""
    if not any(step.method is not None for steps in search.probes for step in steps):
        return []
    reached = _reached(search.definitions[0].text)
    run = [{m for step in steps for m in reached.get(step.method or "__init__", ())} for steps in search.probes]
    return run if any(run) else []


def _ranks(search: Search, run: Sequence[set[str]]) -> dict[str, int]:
    """The order in which to look at methods: those first that run in most of the probes that fail and in few that do
    not; of equals, those that run in few probes at all."""
    failing = [methods for methods, wrong in zip(run, search.base, strict=True) if wrong]

    def suspicion(method: str) -> tuple[float, int]:
        failed = sum(method in methods for methods in failing)
        often = sum(method in methods for methods in run)
        return -round(failed / math.sqrt(len(failing) * often or 1), 1), often

    every = set().union(*run)
    return {method: rank for rank, method in enumerate(sorted(every, key=lambda m: (*suspicion(m), m)))}


def _spans(text: str) -> list[tuple[str, int, int]]:
    """The methods of a class, with the bytes where each begins and ends."""
    lines = [0]
    for line in text.encode().split(b"\n"):
        lines.append(lines[-1] + len(line) + 1)
    node = parse(text).body[0]
    inner = node.body if isinstance(node, ast.ClassDef) else []
    methods = [method for method in inner if isinstance(method, ast.FunctionDef)]
    return [(m.name, lines[m.lineno - 1], lines[m.end_lineno or m.lineno]) for m in methods]


def _reached(text: str) -> dict[str, set[str]]:
    """The methods of a class, each with those that it may run, itself among them; {} for anything else."""
    node = parse(text).body[0]
    if not isinstance(node, ast.ClassDef):
        return {}
    methods = {inner.name: set(_used_by(inner)) for inner in node.body if isinstance(inner, ast.FunctionDef)}
    found = {}
    for name in methods:
        reached, waiting = set[str](), [name]
        while waiting:
            method = waiting.pop()
            if method in methods and method not in reached:
                reached.add(method)
                waiting += methods[method]
        found[name] = reached
    return found


def _used_by(method: ast.FunctionDef) -> Iterator[str]:
    """The names of attributes in a method, and of the methods of operators that it applies to what it is handed."""
    handed = {argument.arg for argument in method.args.args}
    for inner in ast.walk(method):
        if isinstance(inner, ast.Attribute):
            yield inner.attr
        elif isinstance(inner, (ast.BinOp, ast.AugAssign, ast.UnaryOp)):
            sides = [getattr(inner, side, None) for side in ("left", "right", "target", "value", "operand")]
            if any(isinstance(side, ast.Name) and side.id in handed for side in sides):
                name = _OPERATORS.get(type(inner.op), "")
                yield from (f"__{name}__", f"__r{name}__")


_OPERATORS: dict[type[ast.AST], str] = {
    **{ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.MatMult: "matmul", ast.Pow: "pow"},
    ast.USub: "neg",
}


def _candidates(search: Search, until: float, methods: frozenset[str] = frozenset()) -> list[tuple[int, Edit]]:
    """Edits to try, the likeliest first; with `methods`, of those of the class that is asked for alone."""
    found: list[tuple[int, Edit]] = []
    for which, definition in enumerate(search.definitions):
        try:
            if which == 0:
                made = edits(definition.text, search.parts, search.helpers, methods, until)
                found += [(which, edit) for edit in made]
            elif not methods:  # what is asked is more often at fault than what it uses
                found += [(which, replace(e, cost=e.cost + 2)) for e in edits(definition.text, until=until)]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    if search.named:
        found = [candidate for candidate in found if not candidate[1].scales]
    return sorted(found, key=lambda candidate: candidate[1].cost)


def _pairs(likely: Sequence[Edit]) -> Iterator[tuple[int, Edit]]:
    """Two likely edits at once, at two spots, the likeliest first; the first spot stands for both."""
    for total in range(1, 2 * len(likely) - 2):
        for i in range(max(0, total - len(likely) + 1), (total + 1) // 2):
            a, b = sorted((likely[i], likely[total - i]), key=lambda edit: edit.splices)
            if all(x[1] <= y[0] or y[1] <= x[0] for x in a.splices for y in b.splices):
                yield 0, replace(a, splices=a.splices + b.splices, cost=FAR)


def _place(definition: Definition, source: bytes, start: int, end: int, kind: str) -> Place:
    first = parse(definition.text).body[0].lineno
    line = source.count(b"\n", 0, start) + 1
    whole = source.split(b"\n")[line - 1].decode(errors="replace")
    before = source[source.rfind(b"\n", 0, start) + 1 : start].decode(errors="replace")
    text = whole.strip()
    column = max(0, len(before) - (len(whole) - len(whole.lstrip())))
    code = " ".join(source[start:end].decode(errors="replace").split())
    return Place(max(1, line - first + 1), legible(code[:200]), kind, definition.name, legible(text[:400]), column)
