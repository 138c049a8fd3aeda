"""Where in the student's own code is it wrong? A search for one small edit that makes every answer right.

The search sits with the judge. It reads the student's text, thinks of edits (`autograder.judge.edits`), has the
rewritten function called where the student's code runs, and compares what comes back as it compares any answer. So no
right value ever travels to the student's side, probes that verify for themselves and intervals take part, and the spot
it names is a piece of the text that the judge itself has read. What comes back is trusted as little as any answer: a
process that forges it can only move words that are shown to its own author.

An edit that mends marks a spot; the edit itself is never told. It is a repair when every probe is right with it, no
input is written into and the first call repeated gives the same answer. The first one that is found need not be where
the fault is: the search goes on for a while for one that asks for less at another line, and a repair that leaves the
rest of the function unused, so that it goes round the fault, is none. Short of a repair, one that makes all probes of
the criterion right that fails first, or of several parts of a result one that was wrong, or some of the wrong entries:
it is then the first of two, and is told as that. In no case is anything wrong that was right before.
"""

from __future__ import annotations

import ast
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from autograder.judge.budget import ENDLESS, Budget
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
_TOGETHER = 12  # candidates that are tried at all probes in one process
_FIRST_PROBES, _TELLING = 3, 4  # so many numbers, which nobody hits by chance, tell that something got better
_NEARER, _SECOND = 6, 400
_MOST_OF_THEM = 0.9
_PROVED = 3.0
_ROUGHLY = 0.02  # what was one factor all but for this has not become one by an edit
_SHARE = 0.2  # of what is wrong has to be mended
_SHARE_OF_CALLS = 0.5  # where all that is known of a call is whether it is right: some are by chance
_CONTEST, _LEAST_CONTEST = 0.5, 0.02  # of the time that is left, and seconds beside those that the search has taken
_TOLD = 0.4  # of what is wrong has to be mended by what is told as the first of two edits
_TOLD_AT_ONCE = 0.6  # the same, where not all single edits could be tried
_FOR_SECONDS = 0.35  # of the time that is left may go to second edits, before all first ones are tried
_TO_END = 0.01  # seconds that ending a process may take
_LARGEST_TEXT = 20_000


Run = Callable[[Sequence[Definition], Sequence[Rewriting], Sequence[Step], float, float], "list[list[Outcome] | None]"]
"""`StudentCode.rewritten`."""


@dataclass(frozen=True)
class Entries:
    """The entries of a probe's outcomes in one row: which are `close` to the right ones, and which are `telling`, that
    is, right by no chance; `factors` are those between the two where the right one is not 0, None where there are
    none; `given` holds the arguments there, as far as they go entry by entry with the result."""

    close: Any
    telling: Any
    factors: Any
    given: Sequence[Any] = ()


EntriesOf = Callable[[int, Sequence[Outcome]], "Entries | None"]
"""The number of a probe and its outcomes to their entries; None where they have not the form of the right ones."""


def _no_entries(number: int, got: Sequence[Outcome]) -> Entries | None:
    return None


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
    `answers` are the student's own, `entries` compares outcomes entry by entry.
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
    entries: EntriesOf = _no_entries
    answers: Sequence[Sequence[Outcome]] = ()


WHOLE, VALUES, PART, STEP = 4, 3, 2, 1
"""How much an edit mends: everything; all of the criterion that fails first; one part of the result, everywhere; or
some entries, with no harm to any other, so that it is the first of two."""


@dataclass(frozen=True)
class Repair:
    """An edit of one of the definitions (its position among them), and how much it mends; with `text`, the definition
    after this edit and another one that mends what is left. At the spot `other` an edit of the same size would mend as
    much."""

    which: int
    edit: Edit
    mends: int
    text: str | None = None
    other: int | None = None


def find_place(search: Search, budget: Budget) -> Place | None:
    """The spot in question, or None when no small edit repairs the answers within the budget."""
    repair = find_repair(search, budget)
    return None if repair is None else place_of(search, repair)


def find_repair(search: Search, budget: Budget) -> Repair | None:
    """What repairs the answers, when a small edit does within the budget."""
    return _Run(search, budget).found()


def still_repairs(search: Search, repair: Repair, budget: Budget) -> bool:
    """Whether a repair found for the same texts at another time repairs these answers as well."""
    return _Run(search, budget).mends(repair) >= repair.mends


def place_of(search: Search, repair: Repair) -> Place:
    """The spot that a repair marks."""
    start, end = repair.edit.spot
    definition = search.definitions[repair.which]
    alone = repair.mends == WHOLE and repair.text is None and repair.edit.alone
    source = definition.text.encode()
    found = _place(definition, source, start, end, repair.edit.kind, alone)
    other = repair.other if repair.edit.other is None else repair.edit.other
    if other is None:
        return found
    return replace(found, other=found.line + source.count(b"\n", 0, other) - source.count(b"\n", 0, start))


Candidate = tuple[int, Edit]
"""Which definition, and an edit of it."""


class _Run:
    def __init__(self, search: Search, budget: Budget) -> None:
        self.search, self.budget = search, budget
        failing = [i for i, wrong in enumerate(search.base) if wrong and i not in search.slow]
        self.methods = _run_by(search)
        # Few methods run, and few can be at fault; right values come first all the same.
        few = [len(methods) for methods in self.methods] or [0] * len(search.probes)
        self.order = sorted(failing, key=lambda i: (search.sizes[i] >= AFTER, few[i], search.sizes[i]))
        self.everything = [i for i in range(len(search.probes)) if i not in search.slow]
        self.sources = [definition.text.encode() for definition in search.definitions]
        self.repairs: list[Repair] = []
        self.nearer: list[tuple[float, Candidate]] = []
        self.steps: list[tuple[float, Repair]] = []
        self.reserve = 0.3 * budget.left  # for second edits, where a first does some good
        self.began = time.perf_counter()
        self.contest: Budget | None = None  # how long a repair that is found may be contested
        self.near_ones_done = False  # whether all edits but far ones are tried: one that mends all may be among them

    def found(self) -> Repair | None:
        if not self.order or sum(map(len, self.sources)) > _LARGEST_TEXT:
            return None
        candidates: list[Candidate] = []
        if self.methods and self.methods[self.order[0]]:
            run = frozenset(self.methods[self.order[0]])
            candidates = self._by_suspicion(_candidates(self.search, self._half_way(), run))
            self._try_all(candidates)
        if not self.repairs:
            tried = set(candidates)
            candidates = [c for c in _candidates(self.search, self._half_way()) if c not in tried]
            self.near_ones_done = self._try_all(c for c in candidates if c[1].cost < FAR)
            if not self.repairs and not self._proved:
                self._try_second_edits()
            if not any(repair.mends == WHOLE for repair in self.repairs):
                self._try_all(c for c in candidates if c[1].cost >= FAR)
        if not self.repairs and not self._proved:
            self._try_second_edits()
        if not self.repairs and not self._proved:
            self._try_all(_pairs([edit for which, edit in candidates if which == 0 and edit.cost == LIKELY]))
        return self._chosen()

    @property
    def _proved(self) -> bool:
        """Whether two edits are known that mend everything together."""
        return any(score == _PROVED for score, _ in self.steps)

    def _by_suspicion(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The edits of a class's methods, the most suspicious method first."""
        definition = self.search.definitions[0]
        ranks = _ranks(self.search, self.methods)
        spans = _spans(definition.text)
        found: list[tuple[int, int, Candidate]] = []
        for which, edit in candidates:
            start = edit.spot[0]
            method = next((name for name, low, high in spans if low <= start < high), "")
            rank = ranks.get(method, len(ranks))
            found.append((edit.cost + (rank > 0), rank, (which, edit)))  # the first method goes one step further
        return [candidate for *_, candidate in sorted(found, key=lambda row: row[:2])]

    def _half_way(self) -> float:
        """When to stop thinking of edits, so that there is time to try them."""
        return time.perf_counter() + self.budget.left / 2

    @cached_property
    def _first(self) -> list[int]:
        """The probes that every candidate is tried on: the first that fails, and where that has few numbers, others."""
        found, entries = [], 0
        for number in self.order[:_FIRST_PROBES]:
            found.append(number)
            told = self._base_entries(number)
            entries += 0 if told is None else int(told.telling.sum())
            if told is None or entries >= _TELLING:
                break
        return found

    def _base_entries(self, number: int) -> Entries | None:
        if number not in self._known:
            self._known[number] = self.search.entries(number, self.search.answers[number])
        return self._known[number]

    @cached_property
    def _known(self) -> dict[int, Entries | None]:
        return {}

    def _run(
        self, rewritings: Sequence[Rewriting], numbers: Sequence[int]
    ) -> Iterator[tuple[int, dict[int, list[Outcome]]]]:
        """The outcomes of some probes under each rewriting, with its position; those that gave none are left out."""
        search = self.search
        steps = [step for number in numbers for step in search.probes[number]]
        # A candidate may take somewhat longer than the student's own answers did.
        each = max(EACH, 3 * sum(outcome.seconds for number in numbers for outcome in search.answers[number]))
        left = min(self.budget.left, self.contest.left if self.contest is not None else math.inf) - _TO_END
        if not steps or left <= 0:
            return
        each = min(each, left)
        for place, got in enumerate(
            search.run(search.definitions, rewritings, steps, max(left - each, 0.05 * left), each)
        ):
            if got is None or len(got) != len(steps):
                continue
            outcomes, start = {}, 0
            for number in numbers:
                outcomes[number] = got[start : start + len(search.probes[number])]
                start += len(search.probes[number])
            yield place, outcomes

    def _try_all(self, candidates: Iterable[Candidate]) -> bool:
        """Try candidates in order, until the time is over; half a repair ends nothing. After a whole one, only those
        are tried that stand at another line and ask for no more. Whether none was left over."""
        search, waiting, size = self.search, self._worth_trying(candidates), _FIRST_BATCH
        first = self.order[0]
        while batch := list(islice(waiting, size)):
            if self.budget.left <= (self.reserve if self.nearer and not self.repairs else 0.0):
                return False
            size = min(2 * size, _LARGEST_BATCH)
            rewritings = [(which, edit.apply(self.sources[which])) for which, edit in batch]
            likely = []
            for place, got in self._run(rewritings, self._first):
                if self._out_of_time:
                    return False
                if search.wrong(first, got[first]) < search.base[first]:
                    likely.append((batch[place], rewritings[place]))
                elif (nearer := self._progress(got)) > _told_least(batch[place][1]):
                    self.nearer.append((nearer, batch[place]))
            for start in range(0, len(likely), _TOGETHER):
                self._verify(likely[start : start + _TOGETHER])
                if self._mended_by_itself or self._out_of_time:
                    return False
            if not self.repairs and not self._proved and any(score > 1 for score, _ in self.nearer):
                self._try_second_edits(Budget(_FOR_SECONDS * self.budget.left))
        return not self.budget.over

    @property
    def _out_of_time(self) -> bool:
        return self.budget.over or (self.contest is not None and self.contest.over)

    def _worth_trying(self, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
        """The candidates, as long as no whole repair is known; then those that could take its place."""
        known, least, taken = 0, math.inf, set[tuple[int, int]]()
        for candidate in candidates:
            if len(self.repairs) > known:
                known = len(self.repairs)
                whole = [repair for repair in self.repairs if repair.mends == WHOLE]
                least = min((self._asks(repair.which, repair.edit) for repair in whole), default=math.inf)
                taken = {(repair.which, self._line(repair.which, repair.edit)) for repair in whole}
            which, edit = candidate
            if not taken or (
                edit.cost <= least and (which, self._line(*candidate)) not in taken and self._asks(*candidate) <= least
            ):
                yield candidate

    def _line(self, which: int, edit: Edit) -> int:
        return self.sources[which].count(b"\n", 0, edit.spot[0])

    def _asks(self, which: int, edit: Edit) -> int:
        """How much an edit asks one to believe: what is exchanged or taken away was wrong where it stood; what is put
        in beside it may be put in elsewhere as well, and a name that nobody reads any more was there for something."""
        return edit.cost + edit.puts_in(self.sources[which]) + edit.leaves_unread(self.sources[which])

    @cached_property
    def _mended_by_itself(self) -> bool:
        """Whether the text as it is does better when it is run anew: what was wrong was kept from another call, and any
        edit at all would mend it."""
        unchanged = (0, self.search.definitions[0].text)
        for _, got in self._run([unchanged], self.order):
            return any(self.search.wrong(i, got[i]) < self.search.base[i] for i in self.order)
        return False

    def _verify(self, likely: Sequence[tuple[Candidate, Rewriting]]) -> None:
        """Try rewritings that do better at the first probe at all of them, and keep what each mends."""
        if self._mended_by_itself:
            return
        near = self.order[:3]
        known: list[dict[int, list[Outcome]]] = [{} for _ in likely]
        going = list(range(len(likely)))
        for numbers in (near, [i for i in self.everything if i not in near]):
            found = []
            for place, got in self._run([likely[k][1] for k in going], numbers):
                if self.budget.over:
                    return
                if all(self.search.wrong(i, got[i]) <= self.search.base[i] for i in numbers):
                    known[going[place]].update(got)
                    found.append(going[place])
            going = found if numbers else going
        for k in going:
            candidate, rewriting = likely[k]
            mends = self._mends(known[k])
            if mends:
                if mends == WHOLE and self._goes_round(rewriting):
                    continue
                self.repairs.append(Repair(*candidate, mends))
                if mends == WHOLE and self.contest is None:
                    taken = time.perf_counter() - self.began
                    self.contest = Budget(min(_CONTEST * self.budget.left, taken + _LEAST_CONTEST))
            elif (nearer := self._progress(known[k])) > _told_least(candidate[1]):
                self.nearer.append((nearer, candidate))
                self.steps.append((nearer, Repair(*candidate, STEP)))

    def _goes_round(self, rewriting: Rewriting) -> bool:
        """Whether a rewriting never comes to the end of a function whose failing calls did: what is repaired there is
        not used any more."""
        which, text = rewriting
        ends = [_with_end_marked(self.search.definitions[which].text), _with_end_marked(text)]
        if ends[0] is None or ends[1] is None:
            return False
        came = dict(self._run([(which, ends[0]), (which, ends[1])], self.everything))
        if len(came) < 2:
            return False
        failing = [outcome for i in self.order for outcome in came[0][i]]
        after = [outcome for got in came[1].values() for outcome in got]
        return any(map(_came_to_end, failing)) and not any(map(_came_to_end, after))

    def _mends(self, outcomes: Mapping[int, Sequence[Outcome]]) -> int:
        """How much is mended by what gave these outcomes for all probes; 0 when it is no repair."""
        search = self.search
        wrong = {i: search.wrong(i, got) for i, got in outcomes.items()}
        if len(wrong) < len(self.everything) or not all(wrong[i] <= search.base[i] for i in wrong):
            return 0
        if not any(wrong.values()):
            return WHOLE
        if not any(wrong[i] < search.base[i] for i in wrong):
            return 0
        first = search.criteria[self.order[0]]
        if not any(wrong[i] for i in wrong if search.criteria[i] == first):
            return VALUES
        mended = {part for i in wrong for part in search.base[i]} - {part for i in wrong for part in wrong[i]}
        if search.parts and isinstance(search.parts[0], str) and search.parts[0] not in mended:
            return 0  # of values that are worked out one from the other, the first comes first
        return PART if mended - {""} else 0

    def _progress(self, outcomes: Mapping[int, Sequence[Outcome]]) -> float:
        """How near outcomes come that are not right yet: the share of wrong entries that are right now, where no right
        one is wrong; 2 where one factor alone is left; 0 when they are no nearer."""
        if self.search.parts and isinstance(self.search.parts[0], str):
            return 0.0  # values that are worked out one from the other: what comes later is no first of two
        mended = failing = calls = 0
        after: list[Entries] = []
        before: list[Entries] = []
        for number, got in outcomes.items():
            if not self.search.base[number] or self.search.criteria[number] != self.search.criteria[self.order[0]]:
                continue
            now, was = self.search.entries(number, got), self._base_entries(number)
            if now is None:
                if was is not None:
                    return 0.0
                failing += 1
                calls += not self.search.wrong(number, got)
                continue
            if was is None or was.close.shape != now.close.shape:
                if self.search.parts:
                    return 0.0  # what is right now may have been right before, in another form
                close = np.zeros_like(now.close)
            else:
                close = was.close
            if (close & ~now.close).any():
                return 0.0
            mended += int((now.close & ~close & now.telling).sum())
            failing += int((~close & now.telling).sum())
            after.append(now)
            if was is not None:
                before.append(was)
        if (mended >= 2 or calls >= 2) and mended + calls >= (_SHARE if mended else _SHARE_OF_CALLS) * failing:
            return (mended + calls) / failing
        return 2.0 if _one_factor(after) and not (before and _one_factor(before, _ROUGHLY)) else 0.0

    def _try_second_edits(self, share: Budget = ENDLESS) -> None:
        """A second edit beside each that does some good: together they may mend everything. Of an edit that does good
        at all probes, and for which there is no second one, the spot is known all the same."""
        nearer = [candidate for _, candidate in sorted(self.nearer, key=lambda row: -row[0])[:_NEARER]]
        self.nearer = []
        for which, edit in nearer:
            if self.budget.over or share.over:
                return
            text = edit.apply(self.sources[which])
            alone = next(iter(self._run([(which, text)], self.everything)), None)
            if alone is None or not all(
                self.search.wrong(i, got) <= self.search.base[i] for i, got in alone[1].items()
            ):
                continue
            if (near := self._progress(alone[1])) <= _told_least(edit):
                continue
            try:
                until = time.perf_counter() + self.budget.left / 8
                second = [e for e in edits(text, self.search.parts, self.search.helpers, (), until) if e.cost < FAR]
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            texts = [other.apply(text.encode()) for other in second[:_SECOND]]
            both = self._mending([(which, other) for other in texts])
            if both is not None:
                # One edit says more than two: where there is time, it is still looked for.
                self.steps.append((_PROVED, Repair(which, edit, WHOLE, both)))
                return
            self.steps.append((near, Repair(which, edit, STEP)))

    def _mending(self, rewritings: Sequence[Rewriting]) -> str | None:
        """The first of some texts that makes everything right."""
        right = [
            rewritings[place]
            for place, got in self._run(rewritings, self._first)
            if not any(self.search.wrong(i, outcomes) for i, outcomes in got.items())
        ]
        for place, got in self._run(right[:_TOGETHER], self.everything):
            if self._mends(got) == WHOLE:
                return right[place][1]
        return None

    def mends(self, repair: Repair) -> int:
        """How much a repair mends; 0 when it is none."""
        text = repair.text or repair.edit.apply(self.sources[repair.which])
        found = next(iter(self._run([(repair.which, text)], self.everything)), None) if self.order else None
        if found is None:
            return 0
        return self._mends(found[1]) or (STEP if self._progress(found[1]) else 0)

    def _chosen(self) -> Repair | None:
        if not self.repairs:
            least = _TOLD if self.near_ones_done else _TOLD_AT_ONCE
            told = [row for row in self.steps if least <= row[0] and (self.near_ones_done or row[0] < 1)]
            return max(told, key=lambda row: row[0])[1] if told else None
        most = max(repair.mends for repair in self.repairs)
        best = [repair for repair in self.repairs if repair.mends == most]
        asks = [self._asks(repair.which, repair.edit) for repair in best]
        chosen = best[asks.index(min(asks))]
        for repair, asked in zip(best, asks, strict=True):
            elsewhere = self._line(repair.which, repair.edit) != self._line(chosen.which, chosen.edit)
            if asked == min(asks) and repair.which == chosen.which and elsewhere:
                return replace(chosen, other=repair.edit.spot[0])
        return chosen


_END = "this function came to its end"


def _came_to_end(outcome: Outcome) -> bool:
    return outcome.error is not None and outcome.error.message == _END


def _with_end_marked(text: str) -> str | None:
    """A function's text that raises in place of its last return; None where it has but one, and nothing can go round
    it."""
    node = parse(text).body[0]
    if not isinstance(node, ast.FunctionDef) or not isinstance(node.body[-1], ast.Return):
        return None
    last = node.body[-1]
    if all(not isinstance(inner, ast.Return) or inner is last for inner in ast.walk(node)):
        return None
    lines = text.splitlines(keepends=True)
    start, end = last.lineno - 1, last.end_lineno or last.lineno
    before = lines[start].encode()[: last.col_offset].decode()
    after = lines[end - 1].encode()[last.end_col_offset :].decode()
    return "".join([*lines[:start], f"{before}raise RuntimeError({_END!r}){after}", *lines[end:]])


def _told_least(edit: Edit) -> float:
    """How much progress is none yet: of a far edit, or a factor, which stands right beside many a fault, only that a
    single factor is left tells something."""
    return 1.0 if edit.cost >= FAR or edit.kind == "factor" else 0.0


def _one_factor(rows: Sequence[Entries], within: float = 1e-5) -> bool:
    """Whether the entries that come of all probes are the right ones times one and the same factor: a number, an
    argument, or 1 over it. A few may be lost in round-off."""
    known = [row for row in rows if row.factors is not None]
    if len(known) <= len(rows) / 2:
        return False
    told = np.concatenate([row.factors for row in known])
    if len(told) < _TELLING:
        return False
    if _one_number(told, within):
        return True
    for argument in range(min(len(row.given) for row in known)):
        given = np.concatenate([row.given[argument] for row in known])
        if given.all() and (_one_number(told * given, within) or _one_number(told / given, within)):
            return True
    return False


def _one_number(row: Any, within: float) -> bool:
    some = sorted(row[:: max(1, len(row) // 4)].tolist())
    if all(abs(b - a) > within * abs(b) for a, b in zip(some, some[1:], strict=False)):
        return False  # most rows end here
    middle = float(np.median(row))
    return bool((np.abs(row - middle) <= within * abs(middle)).mean() >= _MOST_OF_THEM)


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
                yield 0, replace(a, splices=a.splices + b.splices, cost=FAR, alone=False)


def _place(definition: Definition, source: bytes, start: int, end: int, kind: str, alone: bool) -> Place:
    first = parse(definition.text).body[0].lineno
    line = source.count(b"\n", 0, start) + 1
    whole = source.split(b"\n")[line - 1].decode(errors="replace")
    before = source[source.rfind(b"\n", 0, start) + 1 : start].decode(errors="replace")
    text = whole.strip()
    column = max(0, len(before) - (len(whole) - len(whole.lstrip())))
    code = " ".join(source[start:end].decode(errors="replace").split())
    return Place(
        max(1, line - first + 1), legible(code[:200]), kind, definition.name, legible(text[:400]), column, alone
    )
