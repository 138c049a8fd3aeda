"""Where is it wrong? One true sentence about wrong entries, or nothing.

A sentence is claimed only when it holds for every entry of every probe that can be compared, right ones and wrong ones
alike: a region must hold all wrong entries and no right one, and both sides must be populated. Bounds are natural ones
(0, a kink at 1 or -1, the first row, a batch of one, ties), not values at which somebody's function saturates. No
sentence fits: none is said.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from autograder.judge.budget import ENDLESS, Budget
from autograder.judge.comparison import is_numeric, parts
from autograder.judge.spelled import what_is_called
from autograder.student.language import Text, later, shown, t
from autograder.student.steps import Outcome, Step, StudentError

Same = Callable[[int, Any, Any], bool]
"""Whether a value counts as another one in the answers to a probe (its number), by the judge's own tolerance."""
Close = Callable[[int, Any, Any], Any]
"""Which entries of an array do."""
Reference = Callable[[Sequence[Step]], "list[Outcome]"]
"""What the right answer gives for steps."""

_MOST_ENTRIES = 1000
_NAMED = {"backward": ("upstream",), "__call__": ("x",)}
"""What the arguments of a method are called in a sentence."""


@dataclass(frozen=True)
class Case:
    """One value that was asked for, and one that came: a part of one outcome.

    `arguments` are those of the call by name, `steps` all steps of the probe, and `step` says which of them this is
    of. `part` is the name of the part, "" for the whole; `position` where it stands among the parts.
    """

    steps: Sequence[Step]
    step: int
    arguments: dict[str, Any]
    part: str
    value: Any
    right: Any
    position: int
    same: Callable[[Any, Any], bool]
    close: Callable[[Any, Any], Any]
    seconds: float
    changed: dict[Any, Outcome | None]
    """What the reference gave for changed arguments, by the change: None where it says nothing; one for all parts."""

    @cached_property
    def wrong(self) -> bool:
        """Whether the value is not the right one."""
        return not self.same(self.value, self.right)

    @cached_property
    def wrong_entries(self) -> np.ndarray:
        """Which entries of an array of the right shape are wrong, by the judge's tolerance."""
        return np.asarray(np.logical_not(self.close(self.value, self.right)))

    def fine(self, row: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Which numbers of the value, given as a row beside the right ones, are right."""
        if is_numeric(self.value) and is_numeric(self.right) and np.shape(self.value) == np.shape(self.right):
            return ~self.wrong_entries.reshape(-1)
        return np.asarray(self.close(row, right))

    @cached_property
    def diverged(self) -> tuple[np.ndarray, float] | None:
        """The numbers of a value that is far larger than the right one, and how large the least of such is."""
        value, right = _flat(self.value), _flat(self.right)
        if value is None or right is None or not (np.isfinite(value).all() and np.isfinite(right).all()):
            return None
        least = 1e3 * float(np.abs(right).max(initial=1.0))
        return (value, least) if np.abs(value).max(initial=0.0) > 0.99 * least else None

    def is_(self, other: Any) -> bool:
        """Whether the value that came is `other`."""
        return self.same(self.value, other)


def pattern(
    names: Sequence[str],
    outputs: Sequence[str],
    probes: Sequence[Sequence[Step]],
    answers: Sequence[Sequence[Outcome]],
    expected: Sequence[Sequence[Outcome]],
    same: Same,
    close: Close,
    reference: Reference | None,
    budget: Budget = ENDLESS,
    named: bool = False,
) -> str | None:
    """One sentence about what is wrong, true of all probes given; None when no sentence of ours is, or the budget is
    over before one is found.

    `names` are the function's parameters, `outputs` the names of the parts it returns. Probes whose answers may lie
    between bounds, or that verify for themselves, are to be left out by the caller. `same` compares a part's values,
    `close` its entries.
    Without `reference` (a student's installation has none) nothing is said of changed inputs. Where the mistake is
    `named` already, what may be so for these calls alone is left out.
    """

    def told(sentences: Iterator[str]) -> str | None:
        return None if budget.over else next(sentences, None)

    if reference is not None:
        reference = _until(budget, reference)
    late = any(outcome.late for row in answers for outcome in row)
    in_time = t("(Of the calls that came back in time.)") if late else ""
    cases = list(_cases(names, outputs, probes, answers, expected, same, close))
    wrong = [part for part in dict.fromkeys(c.part for c in cases) if any(c.wrong for c in cases if c.part == part)]

    def about_values(part: str) -> Iterator[str]:
        return _sentences(part, cases, outputs, reference, named)

    def about_calls(part: str) -> Iterator[str]:  # what is said of whole calls says least
        return _whole_calls(_subject(part), [case for case in cases if case.part == part])

    for about in (about_values, about_calls):
        for part in wrong:
            if (found := told(about(part))) is not None:
                others = [other for other in wrong if other != part]
                alike = len(others) <= _FEW and all(told(about(o)) == _said_of(o, part, found) for o in others)
                return " ".join(filter(None, (found, _of_the_others(others, alike), in_time)))
    return None


def _said_of(other: str, part: str, sentence: str) -> str:
    """A sentence about one part, said of another."""
    return sentence.replace(_subject(part), _subject(other), 1)


def _of_the_others(others: Sequence[str], alike: bool) -> str:
    """What is said of the other wrong parts, lest they seem right: two parts in one sentence would be riddles."""
    names = [f"result{part}" if part.startswith("[") else part for part in others if part]
    if not names:
        return ""
    row = ", ".join(names[:_MOST_NAMED]) + (f" {t('and more')}" if len(names) > _MOST_NAMED else "")
    return t("The same is true of {parts}.", parts=row) if alike else t("Also wrong: {parts}.", parts=row)


_FEW, _MOST_NAMED = 3, 4


def _until(budget: Budget, reference: Reference) -> Reference:
    """What the right function gives, as long as there is time; then nothing that is anybody's answer."""
    over = Outcome(error=StudentError("time", "OutOfTime", ""))

    def asked(steps: Sequence[Step]) -> list[Outcome]:
        return [over] * len(steps) if budget.over else reference(steps)

    return asked


def _cases(
    names: Sequence[str],
    outputs: Sequence[str],
    probes: Sequence[Sequence[Step]],
    answers: Sequence[Sequence[Outcome]],
    expected: Sequence[Sequence[Outcome]],
    same: Same,
    close: Close,
) -> Iterator[Case]:
    for probe, (steps, got, right) in enumerate(zip(probes, answers, expected, strict=True)):
        how = (partial(same, probe), partial(close, probe))
        for number, (step, g, r) in enumerate(zip(steps, got, right, strict=True)):
            # A late one is neither right nor wrong; the message tells of it.
            if step.keep is not None or r.error is not None or g.late:
                continue
            changed: dict[Any, Outcome | None] = {}
            rest = (*how, g.seconds, changed)
            named = names if step.method is None else _NAMED.get(step.method, ())
            arguments = dict(zip(named, step.args, strict=False))
            labels = outputs if step.method in (None, "backward") else ()
            wanted, came = parts(r.value, labels), {} if g.error is not None else parts(g.value, labels)
            read = step.args[0] if step.method == "__getattribute__" and len(step.args) == 1 else None
            if read is not None:
                wanted, came = ({f"{step.name}.{read} {k}".strip(): v for k, v in d.items()} for d in (wanted, came))
            elif step.method == "__call__" and (called := what_is_called(steps)) is not None:
                wanted, came = ({f"{called} {k}".strip(): v for k, v in d.items()} for d in (wanted, came))
            elif step.method is not None and not set(wanted) <= set(outputs):
                wanted, came = ({f"{step.method}(){_entry(k)}": v for k, v in d.items()} for d in (wanted, came))
            if set(came) != set(wanted) and "" in wanted:
                yield Case(steps, number, arguments, "", g.value, wanted[""], 0, *rest)
                continue
            for position, (part, value) in enumerate(wanted.items()):
                yield Case(steps, number, arguments, part, came.get(part), value, position, *rest)


def _entry(part: str) -> str:
    """A part of what a method returns, as one reads it: `[0]`, `['x']`; "" for the whole."""
    return part if not part or part.startswith("[") else f"[{part!r}]"


def _subject(part: str) -> str:
    """What a sentence says something about: a part of the result, in words that take a verb in the singular."""
    if not part:
        return t("the result")
    if part.startswith("["):
        return f"result{part}"
    if not part.replace("_", "").replace(" ", "").isalnum():
        return part
    several = len(part) > 3 and part.endswith("s") and not part.endswith("ss")
    return t("the part {part!r} of the result", part=part) if several else part


def _sentences(
    part: str, cases: Sequence[Case], outputs: Sequence[str], reference: Reference | None, named: bool
) -> Iterator[str]:
    own = [case for case in cases if case.part == part]
    what = _subject(part)
    if any(isinstance(case.value, type(None)) for case in own):
        return
    flat = [(_flat(case.value), _flat(case.right)) for case in own]
    rows = [(v, r) for v, r in flat if v is not None and r is not None and len(v) == len(r)]
    comparable = len(rows) == len(flat)
    if comparable and sum(len(r) for _, r in rows) <= 50 * _MOST_ENTRIES:
        yield from _by_size(what, own, rows)
    yield from _rearranged(what, own)
    yield from _summed_up(what, own)
    yield from _another_part(what, part, cases, own)
    yield from _an_argument(what, own)
    if reference is not None:
        yield from _changed_inputs(what, own, reference)
    if comparable:
        negative = any((r < 0).any() for _, r in rows)
        if negative and all(case.same(v, np.abs(r)) for case, (v, r) in zip(own, rows, strict=True)):
            yield t("{what} has the right size everywhere, but no negative entry: the sign is lost.", what=what)
        yield from _plus_argument(what, own)
        yield from _made_of_it(what, own, rows)
        yield from _region(what, own)
    yield from _items(what, own)
    if comparable:
        yield from _nearly(what, own, rows, named)


# --- comparing -------------------------------------------------------------------------------------------------------


def _flat(value: Any) -> np.ndarray | None:
    """All numbers of a value in one row; None when it holds anything else."""
    if is_numeric(value):
        return np.asarray(value, dtype=float).reshape(-1)
    if isinstance(value, (list, tuple)):
        inner = [_flat(item) for item in value]
        if all(item is not None for item in inner):
            return np.concatenate(inner) if inner else np.zeros(0)  # type: ignore[arg-type]
    return None


# --- sentences -------------------------------------------------------------------------------------------------------


def _by_size(what: str, own: Sequence[Case], flat: Sequence[tuple[np.ndarray, np.ndarray]]) -> Iterator[str]:
    if all(not v.any() for v, _ in flat):
        yield t("{what} is 0 everywhere.", what=what)
        return
    ratios: list[float | None] = []
    for case, (v, r) in zip(own, flat, strict=True):
        ratios.append(_ratio(case, v, r))
        if ratios[-1] is None and (v.any() or r.any()):
            break  # no factor here, and so none everywhere
    known = [ratio for ratio in ratios if ratio is not None]
    if known and len(ratios) == len(own) and (ratios[-1] is not None or not (flat[-1][0].any() or flat[-1][1].any())):
        if all(abs(ratio - known[0]) <= 1e-6 * abs(known[0]) for ratio in known) and len(known) > 1:
            if abs(known[0] - 1) > 1e-6:  # else the numbers are right, and their form is not
                yield _times(what, known[0])
            return
        yield from _ratio_of_sizes(what, own, ratios)
    shifts: list[float | None] = []
    for case, (v, r) in zip(own, flat, strict=True):
        shifts.append(_shift(case, v, r))
        if shifts[-1] is None:
            return
    enough = 1 if any(len(r) > 1 for _, r in flat) else 2  # a few single numbers are off by one number by chance
    if len(shifts) > enough and all(s is not None and abs(s - (shifts[0] or 0)) <= 1e-6 * abs(s) for s in shifts):
        size = f"{abs(shifts[0] or 0):.6g}"
        if (shifts[0] or 0) > 0:
            yield t("every entry of {what} is {size} too large.", what=what, size=size)
        else:
            yield t("every entry of {what} is {size} too small.", what=what, size=size)


def _times(what: str, factor: float) -> str:
    if abs(factor + 1) < 1e-6:
        return t("every entry of {what} has the right size and the wrong sign.", what=what)
    return t("every entry of {what} is {factor} times the right one.", what=what, factor=f"{factor:.4g}")


def _ratio(case: Case, v: np.ndarray, r: np.ndarray) -> float | None:
    """The factor between two arrays, when it is one for all entries."""
    used = np.isfinite(r) & (np.abs(r) > 1e-9)
    if not used.any() or not np.isfinite(v).all():
        return None
    largest = int(np.argmax(np.where(used, np.abs(r), 0.0)))
    factor = float(v[largest] / r[largest])
    return factor if factor != 0.0 and case.same(v, factor * r) else None


def _shift(case: Case, v: np.ndarray, r: np.ndarray) -> float | None:
    if not len(r) or not np.isfinite(v).all() or not np.isfinite(r).all():
        return None
    apart = np.sort(v - r)  # their median; NumPy's own takes ten times as long for so few
    shift = float((apart[(len(r) - 1) // 2] + apart[len(r) // 2]) / 2)
    return shift if abs(shift) > 1e-9 and case.same(v, r + shift) else None


def _ratio_of_sizes(what: str, own: Sequence[Case], ratios: Sequence[float | None]) -> Iterator[str]:
    """A factor that is another in each probe: the batch size, the length of a row, or a number that was handed over."""
    used = [(case, ratio) for case, ratio in zip(own, ratios, strict=True) if ratio is not None]
    if len({round(ratio, 9) for _, ratio in used}) < 2:
        return
    for name in own[0].arguments:
        given = [(case.arguments.get(name), ratio) for case, ratio in used]
        for measured, words in (
            (_rows, later("the number of rows of {name}", name=name)),
            (_columns, later("the number of columns of {name}", name=name)),
            (_size, later("the number of entries of {name}", name=name)),
            (_number, name),
        ):
            sizes = [measured(value) for value, _ in given]
            if any(size is None or size == 0 for size in sizes):
                continue
            if all(abs(r - s) <= 1e-6 * abs(s) for s, (_, r) in zip(sizes, given, strict=True)):  # type: ignore[arg-type, operator]
                yield t("{what} is the right one times {number}.", what=what, number=words)
            if all(abs(r * s - 1) <= 1e-6 for s, (_, r) in zip(sizes, given, strict=True)):  # type: ignore[operator]
                yield t("{what} is the right one divided by {number}.", what=what, number=words)


def _rows(value: Any) -> float | None:
    return float(len(value)) if isinstance(value, np.ndarray) and value.ndim else None


def _columns(value: Any) -> float | None:
    return float(value.shape[-1]) if isinstance(value, np.ndarray) and value.ndim > 1 else None


def _size(value: Any) -> float | None:
    return float(value.size) if isinstance(value, np.ndarray) and value.ndim else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


_REARRANGED: tuple[tuple[Text, Callable[[np.ndarray], np.ndarray | None]], ...] = (
    (later("{what} is the right one, transposed."), lambda r: r.T if r.ndim == 2 else None),
    (
        later("{what} has the rows of the right one in reverse order."),
        lambda r: r[::-1] if r.ndim and len(r) > 1 else None,
    ),
)


_AXES = ((0, later("over its rows")), (-1, later("over its columns")), (None, later("over all entries")))
_SUMS: tuple[tuple[Callable[..., Any], Text, Text], ...] = (
    (np.sum, later("{what} is the right one, summed {along}."), later("{what} is not summed {along} yet.")),
    (np.mean, later("{what} is the right one, averaged {along}."), later("{what} is not averaged {along} yet.")),
)


def _summed_up(what: str, own: Sequence[Case]) -> Iterator[str]:
    """What came is the right one summed or averaged once too often, or once too rarely."""
    if not all(is_numeric(c.value) and is_numeric(c.right) for c in own):
        return
    rows = [(c, np.asarray(c.value, dtype=float), np.asarray(c.right, dtype=float)) for c in own]
    if any(v.shape == r.shape for c, v, r in rows if c.wrong):
        return
    for axis, along in _AXES:
        for reduced, much, little in _SUMS:
            for sentence, longer in ((much, True), (little, False)):
                pairs = [(c, r, v) if longer else (c, v, r) for c, v, r in rows]  # what is summed, and what it gives
                # Of equal rows the mean is each of them, and that says nothing.
                told = sum(c.wrong and a.ndim > 0 and np.ptp(a, axis=axis).any() for c, a, _ in pairs if a.size)
                if told > 1 and all(not c.wrong or _reduces(c, a, b, reduced, axis) for c, a, b in pairs):
                    yield shown(sentence.of(what=what, along=along))


def _reduces(case: Case, array: np.ndarray, result: np.ndarray, reduced: Callable[..., Any], axis: int | None) -> bool:
    """Whether an array summed up in some way gives a result, with or without the axis that is gone."""
    if not array.ndim:
        return False
    return any(case.same(reduced(array, axis=axis, keepdims=kept), result) for kept in (False, True))


_OF_THE_RIGHT_ONE: tuple[tuple[Text, Callable[[Any], Any]], ...] = (
    (later("{what} is 1 minus the right one."), lambda r: 1.0 - r),
    (later("{what} is 1 divided by the right one."), lambda r: 1.0 / r),
    (later("{what} is the square of the right one."), lambda r: r * r),
    (later("{what} is the square root of the right one."), np.sqrt),
    (later("{what} is the exponential of the right one."), np.exp),
    (later("{what} is the logarithm of the right one."), np.log),
)


def _made_of_it(what: str, own: Sequence[Case], rows: Sequence[tuple[np.ndarray, np.ndarray]]) -> Iterator[str]:
    """What came is a function of the right one."""
    with np.errstate(all="ignore"):
        for sentence, function in _OF_THE_RIGHT_ONE:
            if not all(case.same(v, function(r)) for case, (v, r) in zip(own, rows, strict=True)):
                continue
            if len({float(x) for _, r in rows for x in r[:_MOST_ENTRIES] if np.isfinite(function(x))}) > 3:
                yield shown(sentence.of(what=what))


def _nearly(
    what: str, own: Sequence[Case], rows: Sequence[tuple[np.ndarray, np.ndarray]], named: bool
) -> Iterator[str]:
    """What is the matter with wrong entries, where no region holds them: not finite, off by little, or off by a factor
    or a number that a whole row, column or call has in common."""
    wrong = [case.wrong for case in own]
    bad = [(v, r) for (v, r), off in zip(rows, wrong, strict=True) if off]
    lost = [~np.isfinite(v) & np.isfinite(r) for v, r in bad]
    if any(mask.any() for mask in lost):
        held = [case.same(np.where(mask, r, v), r) for case, mask, (v, r) in zip(_wrong(own), lost, bad, strict=True)]
        if all(held):
            yield t("wherever {what} is wrong, it is no number at all: nan, or infinite.", what=what)
        return
    if not all(np.isfinite(v).all() and np.isfinite(r).all() for v, r in bad):
        return
    yield from _some_signs(what, own, rows)
    fine = [c.fine(v, r) for c, (v, r) in zip(_wrong(own), bad, strict=True)]
    entries = np.concatenate(
        [(np.abs(v - r) / np.maximum(np.abs(r), 1e-300))[~close] for close, (v, r) in zip(fine, bad, strict=True)]
    )
    if len(entries) > 3 and len(bad) > 2 and 1e-9 < entries.max() < _LITTLE:
        yield t(
            "{what} is nearly right: no entry is off by more than {percent} %. Is something rounded, cut off or added?",
            what=what,
            percent=f"{100 * entries.max():.1g}",
        )
    # Of sizes, and not of numbers: what is too small here may be a gradient that is negative elsewhere.
    off = np.concatenate([(np.abs(v) - np.abs(r))[~close] for close, (v, r) in zip(fine, bad, strict=True)])
    yield from _factors_of_rows(what, own, bad)
    if not named and len(bad) > 2 and len(off) >= _ENOUGH and all((v * r >= 0).all() for v, r in bad):
        if (off > 0).all():
            yield t("wherever {what} is wrong, its absolute value is too large, and never too small.", what=what)
        elif (off < 0).all():
            yield t("wherever {what} is wrong, its absolute value is too small, and never too large.", what=what)


def _some_signs(what: str, own: Sequence[Case], rows: Sequence[tuple[np.ndarray, np.ndarray]]) -> Iterator[str]:
    signs = [(np.sign(v), np.sign(r)) for v, r in rows]
    turned = sum(int((a * b < 0).sum()) for a, b in signs)
    kept = sum(int((a * b > 0).sum()) for a, b in signs)
    if min(turned, kept) > 2 and all(case.same(np.abs(v), np.abs(r)) for case, (v, r) in zip(own, rows, strict=True)):
        yield t("{what} has the right size everywhere; some of its signs are wrong.", what=what)


def _factors_of_rows(what: str, own: Sequence[Case], bad: Sequence[Any]) -> Iterator[str]:
    """What a whole row, column or call is off by."""
    arrays = [
        (np.asarray(c.value, dtype=float), np.asarray(c.right, dtype=float)) for c in _wrong(own) if is_numeric(c.value)
    ]
    arrays = [(v, r) for v, r in arrays if v.ndim and v.shape == r.shape]
    if len(arrays) < 2 or len(arrays) < len(bad):
        return
    per_call = [[row] for row in arrays]
    for words, pieces in (
        (later("each call"), per_call),
        (later("each row"), [list(zip(v, r, strict=True)) for v, r in arrays if v.ndim == 2]),
        (later("each column"), [list(zip(v.T, r.T, strict=True)) for v, r in arrays if v.ndim == 2]),
    ):
        if len(pieces) < len(arrays):
            continue
        told = [(v, r) for call in pieces for v, r in call if np.size(r) > 1 and np.ptp(r) > 1e-9]
        if len(told) < 3 or len(told) < 0.7 * sum(map(len, pieces)):
            continue
        if all(np.ptp(d) <= 1e-6 * max(1.0, np.abs(d).max()) for d in (v - r for v, r in told)):
            yield t(
                "the entries of {what} are all off by a constant, a different one for {each}.", what=what, each=words
            )
        used = [(v, r) for v, r in told if (np.abs(r) > 1e-9).any()]
        if pieces is per_call:
            continue  # a factor for each call: that may be anything
        several = any(_several_factors(call) for call in pieces)
        if several and len(used) > 2 and all(_proportional(v, r) for v, r in used):
            yield t("{what} is right up to a factor, a different one for {each}.", what=what, each=words)


_LITTLE = 0.03
_FEW_CALLS = 3  # fewer share a property by chance
_ENOUGH = 4  # wrong entries


def _wrong(own: Sequence[Case]) -> list[Case]:
    return [case for case in own if case.wrong]


def _several_factors(pieces: Sequence[tuple[np.ndarray, np.ndarray]]) -> bool:
    """Whether the rows or columns of one array are off by factors that differ: one factor for all is none of theirs."""
    most = [(int(np.argmax(np.abs(r))), v, r) for v, r in pieces if (np.abs(r) > 1e-9).any()]
    factors = [float(v[at] / r[at]) for at, v, r in most]
    return bool(factors) and max(factors) - min(factors) > 1e-6 * max(map(abs, factors))


def _proportional(v: np.ndarray, r: np.ndarray) -> bool:
    v, r = v.ravel(), r.ravel()
    largest = int(np.argmax(np.abs(r)))
    factor = v[largest] / r[largest]
    return bool(factor != 0.0 and (np.abs(v - factor * r) <= 1e-6 * np.abs(factor * r).max()).all())


def _other_order(what: str, own: Sequence[Case]) -> Iterator[str]:
    """The right entries, or rows, in another order; or all but the first or last of them; or one too many."""
    arrays = [(c, np.asarray(c.value, dtype=float), np.asarray(c.right, dtype=float)) for c in own if c.wrong]
    several = [v for _, v, r in arrays if r.ndim and r.size > 2]
    if len(several) < 2 or not all(v.ndim == r.ndim > 0 and v.shape[1:] == r.shape[1:] for _, v, r in arrays):
        return
    if all(v.shape == r.shape and c.same(np.sort(v, axis=None), np.sort(r, axis=None)) for c, v, r in arrays):
        yield t("{what} holds what it should, in another order.", what=what)
    for first, last, sentence in (
        (1, None, later("the first entry of {what} is missing, and all others are right.")),
        (None, -1, later("the last entry of {what} is missing, and all others are right.")),
    ):
        if all(len(v) == len(r) - 1 and c.same(v, r[first:last]) for c, v, r in arrays):
            yield shown(sentence.of(what=what))
    for first, last, sentence in (
        (1, None, later("{what} has one entry too many, the first, and all others are right.")),
        (None, -1, later("{what} has one entry too many, the last, and all others are right.")),
    ):
        if all(len(v) == len(r) + 1 and c.same(v[first:last], r) for c, v, r in arrays):
            yield shown(sentence.of(what=what))


def _rearranged(what: str, own: Sequence[Case]) -> Iterator[str]:
    if not all(is_numeric(c.value) and is_numeric(c.right) for c in own):
        return
    yield from _other_order(what, own)
    for sentence, change in _REARRANGED:
        changed = [(c, change(np.asarray(c.right))) for c in own]
        told = any(other is not None and c.wrong for c, other in changed)
        if told and all(c.is_(other if other is not None else c.right) for c, other in changed):
            yield shown(sentence.of(what=what))
    arrays = [(c, np.asarray(c.value), np.asarray(c.right)) for c in own]
    if all(v.shape != r.shape and v.size == r.size > 0 and c.same(v.reshape(-1), r.reshape(-1)) for c, v, r in arrays):
        # The message above names two shapes, those of the call that is shown: others would be those of another call.
        yield t("{what} holds the right numbers in another shape.", what=what)


def _another_part(what: str, part: str, cases: Sequence[Case], own: Sequence[Case]) -> Iterator[str]:
    """The right value of another part stands in this one's place."""
    if not part or len(own) < 2:
        return
    for other in dict.fromkeys(case.part for case in cases if case.part and case.part != part):
        theirs = {id(c.steps): c for c in cases if c.part == other}
        if theirs.keys() != {id(c.steps) for c in own} or not all(c.is_(theirs[id(c.steps)].right) for c in own):
            continue
        wrong = [(c, theirs[id(c.steps)]) for c in own if not c.same(c.right, theirs[id(c.steps)].right)]
        # Of another shape, it may be this part before a sum over what was spread out: then nothing changed places.
        exchanged = all(o.is_(c.right) for c, o in wrong)
        if wrong and (exchanged or all(_form(c.right) == _form(o.right) for c, o in wrong)):
            copied = not exchanged and all(t.is_(t.right) for t in theirs.values())
            if copied:
                yield t("{what} holds the value of {other}.", what=what, other=other)
            else:
                yield t("{what} holds what belongs in {other}.", what=what, other=other)


def _form(value: Any) -> Any:
    """The shape of an array, and of the arrays in a list."""
    return [_form(item) for item in value] if isinstance(value, (list, tuple)) else np.shape(value)


def _an_argument(what: str, own: Sequence[Case]) -> Iterator[str]:
    for name in own[0].arguments:
        given: list[Any] = [case.arguments.get(name) for case in own]
        if all(g is not None and is_numeric(g) and c.is_(g) for g, c in zip(given, own, strict=True)):
            yield t("{what} is {name}, unchanged.", what=what, name=name)


def _plus_argument(what: str, own: Sequence[Case]) -> Iterator[str]:
    for name in own[0].arguments:
        given: list[Any] = [case.arguments.get(name) for case in own]
        if not all(is_numeric(g) for g in given) or not all(is_numeric(c.value) for c in own):
            continue
        if not all(np.shape(g) == np.shape(c.right) for g, c in zip(given, own, strict=True)):
            continue
        for sign, sentence in (
            (1.0, later("{what} is the right one plus {name}.")),
            (-1.0, later("{what} is the right one minus {name}.")),
        ):
            if all(c.is_(np.asarray(c.right) + sign * np.asarray(g)) for g, c in zip(given, own, strict=True)):
                yield shown(sentence.of(what=what, name=name))


_CHANGES: tuple[tuple[Text, Callable[[Any], Any]], ...] = (
    (later("|{name}| in place of {name}"), lambda a: np.abs(a)),
    (later("ones in place of {name}"), lambda a: np.ones_like(a) if isinstance(a, np.ndarray) else type(a)(1)),
    (later("-{name} in place of {name}"), lambda a: -a),
    (later("zeros in place of {name}"), lambda a: np.zeros_like(a) if isinstance(a, np.ndarray) else type(a)(0)),
    (later("{name} in reverse order"), lambda a: a[::-1].copy() if np.ndim(a) and len(a) > 1 else None),
    (later("{name} transposed"), lambda a: a.T.copy() if np.ndim(a) == 2 else None),
    (later("the mean over the rows of {name} in place of each row"), lambda a: _spread(a, "mean")),
    (later("the first row of {name} in place of each row"), lambda a: _spread(a, "first")),
    (later("the sign of {name} in place of {name}"), lambda a: np.sign(a)),
    (later("{name} cut down to whole numbers"), lambda a: np.trunc(a)),
    (later("{name} - 1 in place of {name}"), lambda a: a - 1 if type(a) is int else None),
    (later("{name} + 1 in place of {name}"), lambda a: a + 1 if type(a) is int else None),
    (later("the square of {name} in place of {name}"), lambda a: a * a),
    (later("twice {name} in place of {name}"), lambda a: 2 * a),
    (later("half of {name} in place of {name}"), lambda a: 0.5 * a),
    (later("{name} rounded to whole numbers"), lambda a: np.round(a)),
    (later("1 where {name} > 0, and 0 elsewhere, in place of {name}"), lambda a: (a > 0) * 1.0),
    (later("{name} cut off at -1 and 1"), lambda a: np.clip(a, -1, 1)),
    (later("{name} without its negative entries (0 in their place)"), lambda a: np.maximum(a, 0)),
)


def _spread(a: Any, how: str) -> Any:
    if np.ndim(a) < 1 or a.dtype.kind not in "f" or len(a) < 1:
        return None
    row = a.mean(axis=0) if how == "mean" else a[0]
    return np.broadcast_to(row, a.shape).copy()


def _changed_inputs(what: str, own: Sequence[Case], reference: Reference) -> Iterator[str]:
    if sum(case.wrong for case in own) < 2:
        return  # one call may be right for changed arguments by chance: cos(x) is 1 where x is 0
    order = sorted(own, key=lambda case: (not case.wrong, case.seconds))  # most changes end at the first
    if not all(len(case.steps) == 1 for case in order):
        return
    first = next((case for case in own if case.wrong), own[0])
    names = [name for name, value in first.arguments.items() if is_numeric(value)]
    for number, (words, change) in enumerate(_changes(names)):
        if _fits(order, (number, *names), change, reference):
            yield t("{what} is what the right function gives {how}.", what=what, how=words())


Change = Callable[[dict[str, Any]], dict[str, Any]]


def _changes(names: Sequence[str]) -> Iterator[tuple[Callable[[], Text], Change]]:
    """Changes of the arguments called `names`, each with its words, which are made when they are wanted: most changes
    explain nothing."""
    for name in names:
        for words, change in _CHANGES:
            yield partial(_for_inputs, words, name), partial(_one_changed, name, change)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            yield partial(_when_exchanged, first, second), partial(_exchanged, first, second)
    for first in names:
        for second in names:
            if first != second:
                yield partial(_when_replaced, first, second), partial(_replaced, first, second)


def _for_inputs(words: Text, name: str) -> Text:
    return later("for {inputs}", inputs=words.of(name=name))


def _when_exchanged(first: str, second: str) -> Text:
    return later("when {first} and {second} are exchanged", first=first, second=second)


def _when_replaced(first: str, second: str) -> Text:
    return later("with {second} in the place of {first}", first=first, second=second)


def changed_calls(names: Sequence[str], step: Step) -> Iterator[Step]:
    """Every call with changed arguments that `pattern` may ask the reference for in place of this one."""
    arguments = dict(zip(names, step.args, strict=False))
    for _, change in _changes([name for name, value in arguments.items() if is_numeric(value)]):
        changed = _changed(change, arguments)
        if changed is not None and not _left_out(changed, arguments):
            yield Step(step.name, tuple(changed.values()))


def _changed(change: Change, arguments: dict[str, Any]) -> dict[str, Any] | None:
    try:
        with np.errstate(all="ignore"):
            return change(arguments)
    except (TypeError, ValueError, OverflowError):
        return None


def _left_out(changed: dict[str, Any], arguments: dict[str, Any]) -> bool:
    """Whether a change says nothing about these arguments: there is no such thing as the rows of a number."""
    return any(value is None for name, value in changed.items() if arguments[name] is not None)


def _one_changed(name: str, change: Callable[[Any], Any], given: dict[str, Any]) -> dict[str, Any]:
    return {**given, name: _apply(change, given[name])}


def _exchanged(first: str, second: str, given: dict[str, Any]) -> dict[str, Any]:
    return {**given, first: given[second], second: given[first]}


def _replaced(first: str, second: str, given: dict[str, Any]) -> dict[str, Any]:
    return {**given, first: given[second]}


def _apply(change: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, bool) or not is_numeric(value):
        return None
    changed = change(value)
    if isinstance(value, (int, float)) and changed is not None:
        return type(value)(changed) if float(changed).is_integer() else float(changed)
    return changed


def _fits(cases: Sequence[Case], key: Hashable, change: Change, reference: Reference) -> bool:
    """Whether the right function gives these answers for changed arguments, in every case; at least one is wrong.
    The change is known by its `key`."""
    for case in cases:
        if key not in case.changed:
            case.changed[key] = _given_changed(case, change, reference)
        outcome = case.changed[key]
        if outcome is None:
            if case.wrong:
                return False
            continue
        if outcome.error is not None:
            return False
        gives = _part_of(outcome.value, case) if case.part else outcome.value
        if not case.is_(gives) and not _both_diverged(case, gives):
            return False
    return True


def _given_changed(case: Case, change: Change, reference: Reference) -> Outcome | None:
    """What the reference gives for a case's changed arguments; an error where there is no such change, and None where
    the change says nothing about these."""
    changed = _changed(change, case.arguments)
    if changed is None:
        return Outcome(error=_NO_SUCH_CHANGE)
    if _left_out(changed, case.arguments):
        return None
    return reference([Step(case.steps[case.step].name, tuple(changed.values()))])[0]


_NO_SUCH_CHANGE = StudentError("exception", "ValueError", "")


def _both_diverged(case: Case, gives: Any) -> bool:
    """Whether two results are far larger than the right one, and alike to three digits: the rest gets lost."""
    if case.diverged is None:
        return False
    value, least = case.diverged
    other = _flat(gives)
    if other is None or len(value) != len(other) or not np.isfinite(other).all():
        return False
    most = np.abs(other).max(initial=0.0)
    return bool(most > least and (np.abs(value - other) <= 1e-3 * most).all())


def _part_of(value: Any, case: Case) -> Any:
    if isinstance(value, dict):
        return value.get(case.part)
    if isinstance(value, (tuple, list)):
        return value[case.position] if case.position < len(value) else None
    return value


# --- regions ---------------------------------------------------------------------------------------------------------


def _region(what: str, own: Sequence[Case]) -> Iterator[str]:
    """Where the wrong entries are, when one bound parts them from the right ones without exception."""
    cases = [case for case in own if is_numeric(case.value) and np.shape(case.value) == np.shape(case.right)]
    if len(cases) != len(own) or sum(np.size(c.right) for c in cases) > _MOST_ENTRIES:
        return
    wrong = [case.wrong_entries for case in cases]
    bad, good = sum(int(w.sum()) for w in wrong), sum(int((~w).sum()) for w in wrong)
    if not bad or good <= 2:
        return
    if sum(w.any() for w in wrong) < 2 and bad < _ENOUGH:
        return  # of a single small array much can be said, and little is true of it by more than chance
    rows = sorted(zip(cases, wrong, strict=True), key=lambda row: not (row[1].any() and not row[1].all()))
    for words, test in _tests(cases):
        if all(_covers(test(case), w) for case, w in rows) and not _idle_outside(cases, wrong):
            yield t("{what} is wrong {where}, and right everywhere else.", what=what, where=words)
    yield from _upto_a_row(what, cases, wrong)
    yield from _for_one_name(what, cases, [bool(w.any()) for w in wrong])
    yield from _wrong_only(what, cases, wrong)
    yield from _one_number(what, cases, wrong)


def _idle_outside(cases: Sequence[Case], wrong: Sequence[np.ndarray]) -> bool:
    """Whether all that is right is right where nothing was to be done: where the result is an argument as it came, as
    after no steps at all. That any answer gets right, and that the rest is wrong says nothing."""
    return all(not bad.any() and _is_idle(case) for case, bad in zip(cases, wrong, strict=True) if not bad.all())


def _is_idle(case: Case) -> bool:
    """Whether the right result is an argument as it came, or nothing but zeros."""
    return any(is_numeric(given) and case.same(case.right, given) for given in _given(case))


def _given(case: Case) -> Iterator[Any]:
    """What a call was handed, and what that is where nothing is said: nothing at all."""
    yield from case.arguments.values()
    if is_numeric(case.right):
        yield np.zeros(np.shape(case.right))


def _upto_a_row(what: str, cases: Sequence[Case], wrong: Sequence[np.ndarray]) -> Iterator[str]:
    """The first two or three rows are right, and none after them is."""
    for many in (2, 3):
        rows = [np.asarray(bad.any(axis=tuple(range(1, bad.ndim)))) for bad in wrong if bad.ndim]
        longer = [bad for bad in rows if len(bad) > many]
        if len(rows) < len(wrong) or len(longer) < 2:
            return
        if all(not bad[:many].any() and bad[many:].all() for bad in rows):
            flat = all(bad.ndim < 2 for bad in wrong)
            if flat:
                yield t(
                    "the first {many} entries of {what} are right, and all after them are wrong.", what=what, many=many
                )
            else:
                yield t(
                    "the first {many} rows of {what} are right, and all after them are wrong.", what=what, many=many
                )


def _wrong_only(what: str, cases: Sequence[Case], wrong: Sequence[np.ndarray]) -> Iterator[str]:
    """One side of a natural bound holds all wrong entries, and hardly a right one: nothing shows there where a factor
    is 0. The other side holds several, all right."""
    for name in cases[0].arguments:
        for words, side in _SIDES:
            inside: list[bool] = []
            outside: list[bool] = []
            for case, bad in zip(cases, wrong, strict=True):
                value: Any = case.arguments.get(name)
                if not is_numeric(value) or np.shape(value) != bad.shape:
                    break
                mask = np.asarray(side(np.asarray(value, dtype=float)))
                inside += bad[mask].tolist()
                outside += bad[~mask].tolist()
            else:
                if len(outside) >= 5 and not any(outside) and len(inside) >= 5 and sum(inside) >= 0.7 * len(inside):
                    yield t("{what} is wrong only {where}.", what=what, where=words.of(name=name))


_SIDES: tuple[tuple[Text, Callable[[Any], Any]], ...] = (
    (later("where {name} < 0"), lambda a: a < 0),
    (later("where {name} > 0"), lambda a: a > 0),
    (later("where {name} > 1"), lambda a: a > 1),
    (later("where {name} < -1"), lambda a: a < -1),
    (later("where |{name}| > 1"), lambda a: np.abs(a) > 1),
    (later("where |{name}| < 1"), lambda a: np.abs(a) < 1),
)


def _one_number(what: str, cases: Sequence[Case], wrong: Sequence[np.ndarray]) -> Iterator[str]:
    """Every wrong array holds one number throughout, and the right ones do not."""
    both = [(np.asarray(c.value, dtype=float), np.asarray(c.right, dtype=float)) for c in cases]
    told = [(v, r) for (v, r), bad in zip(both, wrong, strict=True) if bad.any() and v.size > 1]
    if len(told) > 1 and all(np.ptp(v) == 0.0 < np.ptp(r) for v, r in told) and any(v.any() for v, _ in told):
        yield t("where {what} is wrong, all its entries are the same number.", what=what)


def _for_one_name(what: str, cases: Sequence[Case], wrong: Sequence[bool]) -> Iterator[str]:
    """The one value of an argument that is a name, such as an activation's, for which alone there are wrong entries."""
    for name in cases[0].arguments:
        values = [case.arguments.get(name) for case in cases]
        if not all(type(value) is str for value in values):
            continue
        bad = {value for value, is_wrong in zip(values, wrong, strict=True) if is_wrong}
        often = all(values.count(value) > 1 for value in values)  # names that are chosen among, and none of a node
        if len(bad) == 1 and len(set(values)) > 1 and often:
            yield t(
                "{what} is wrong only where {name} is {value!r}, and right for every other {name}.",
                what=what,
                name=name,
                value=bad.pop(),
            )


def _items(what: str, own: Sequence[Case]) -> Iterator[str]:
    """Which arrays of a list are wrong, when there are several and it is always the same ones."""
    rows = []
    for case in own:
        both = (case.value, case.right)
        if not all(isinstance(value, (list, tuple)) and all(map(is_numeric, value)) for value in both):
            return
        if len(case.value) != len(case.right):
            return
        rows.append([not case.same(value, right) for value, right in zip(case.value, case.right, strict=True)])
    longer = [wrong for wrong in rows if len(wrong) > 1]
    if not any(any(wrong) and not all(wrong) for wrong in longer):
        return
    for words, which in (
        (later("in the last of its arrays only"), lambda n: np.arange(n) == n - 1),
        (later("in the first of its arrays only"), lambda n: np.arange(n) == 0),
        (later("in every one of its arrays but the last"), lambda n: np.arange(n) < n - 1),
        (later("in every one of its arrays but the first"), lambda n: np.arange(n) > 0),
    ):
        if all(not any(wrong) or np.array_equal(which(len(wrong)), wrong) for wrong in rows):
            yield t("{what} is wrong {where}, and right everywhere else.", what=what, where=words)


def _whole_calls(what: str, own: Sequence[Case]) -> Iterator[str]:
    """For which arguments a call goes wrong, when one property of one argument parts such calls from the right ones."""
    wrong = [case.wrong for case in own]
    if min(sum(wrong), len(wrong) - sum(wrong)) < _FEW_CALLS:
        return
    if all(case.wrong or _is_idle(case) for case in own):
        return
    for name in own[0].arguments:
        given = [case.arguments.get(name) for case in own]
        for words, test in _OF_A_CALL:
            told = (test(value, case.right) for value, case in zip(given, own, strict=True))
            if all(known is not None and bool(known) == bad for known, bad in zip(told, wrong, strict=True)):
                yield t("{what} is wrong {where}, and right for all others.", what=what, where=words.of(name=name))
    names = list(own[0].arguments)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            pairs = [(case.arguments.get(first), case.arguments.get(second)) for case in own]
            if all(type(a) is type(b) is str for a, b in pairs) and [a == b for a, b in pairs] == wrong:
                where = later("where {first} and {second} are the same", first=first, second=second)
                yield t("{what} is wrong {where}, and right for all others.", what=what, where=where)


def _axes(value: Any) -> int | None:
    return np.ndim(value) if is_numeric(value) else None


def _entries(test: Callable[[Any], Any], value: Any) -> bool | None:
    return bool(np.any(test(np.asarray(value)))) if is_numeric(value) else None


def _length(value: Any) -> int | None:
    return len(value) if isinstance(value, (list, tuple, dict)) or (np.ndim(value) > 0 and is_numeric(value)) else None


def _known(test: Callable[[Any], bool], measured: int | None) -> bool | None:
    return None if measured is None else test(measured)


_OF_A_CALL: tuple[tuple[Text, Callable[[Any, Any], bool | None]], ...] = (
    (
        later("where {name} has more axes than the result"),
        lambda v, r: None if _axes(v) is None or _axes(r) is None else np.ndim(v) > np.ndim(r),
    ),
    (later("where {name} is a single number"), lambda v, r: _known(lambda n: n == 0, _axes(v))),
    (later("where {name} is an array"), lambda v, r: _known(lambda n: n > 0, _axes(v))),
    (later("where {name} has two axes"), lambda v, r: _known(lambda n: n == 2, _axes(v))),
    (later("where {name} has more than two axes"), lambda v, r: _known(lambda n: n > 2, _axes(v))),
    (later("where {name} > 0"), lambda v, r: None if _number(v) is None else v > 0),
    (later("where {name} > 1"), lambda v, r: None if _number(v) is None else v > 1),
    (later("where {name} < 0"), lambda v, r: None if _number(v) is None else v < 0),
    (later("where {name} holds a 0"), lambda v, r: _entries(lambda a: a == 0, v)),
    (later("where {name} holds a negative number"), lambda v, r: _entries(lambda a: a < 0, v)),
    (later("where {name} holds a number above 100"), lambda v, r: _entries(lambda a: np.abs(a) > 100, v)),
    (later("where {name} holds a fraction"), lambda v, r: _entries(lambda a: a != np.round(a), v)),
    (later("where {name} is empty"), lambda v, r: _known(lambda n: n == 0, _length(v))),
    (later("where {name} has length 1"), lambda v, r: _known(lambda n: n == 1, _length(v))),
    (later("where {name} is longer than 1"), lambda v, r: _known(lambda n: n > 1, _length(v))),
    (later("where {name} is longer than 2"), lambda v, r: _known(lambda n: n > 2, _length(v))),
)


def _covers(mask: Any, wrong: np.ndarray) -> bool:
    """Whether a region holds all wrong entries of an array, and no other."""
    if mask is None:
        return False
    mask = np.asarray(mask, dtype=bool)
    return (
        bool((mask == wrong).all())
        if np.ndim(mask) == 0 or mask.shape == wrong.shape
        else np.array_equal(np.broadcast_to(mask, wrong.shape), wrong)
    )


Test = Callable[[Case], Any]


def _tests(cases: Sequence[Case]) -> Iterator[tuple[Text, Test]]:
    names = list(cases[0].arguments)

    def entries(name: str, test: Callable[[np.ndarray], Any]) -> Test:
        def mask(case: Case) -> Any:
            value: Any = case.arguments.get(name)
            if not is_numeric(value) or np.shape(value) not in (np.shape(case.right), ()):
                return None
            return test(np.asarray(value, dtype=float))

        return mask

    for name in names:
        for words, test in (
            (later("exactly where {name} < 0"), lambda a: a < 0),
            (later("exactly where {name} > 0"), lambda a: a > 0),
            (later("exactly where {name} = 0"), lambda a: a == 0),
            (later("exactly where {name} is not 0"), lambda a: a != 0),
            (later("exactly where {name} is 0 or less"), lambda a: a <= 0),
            (later("exactly where {name} is 0 or more"), lambda a: a >= 0),
            (later("exactly where {name} > 1"), lambda a: a > 1),
            (later("exactly where {name} < -1"), lambda a: a < -1),
            (later("exactly where |{name}| > 1"), lambda a: np.abs(a) > 1),
            (later("exactly where |{name}| < 1"), lambda a: np.abs(a) < 1),
            (later("exactly where {name} is 1 or -1"), lambda a: np.abs(a) == 1),
        ):
            yield words.of(name=name), entries(name, test)
    for first in names:
        for second in names:
            if first != second:
                for words, compare in (
                    (later("exactly where {first} < {second}"), np.less),
                    (later("exactly where {first} > {second}"), np.greater),
                    (later("exactly where {first} = {second}"), np.equal),
                ):
                    if first < second or compare is not np.equal:
                        yield words.of(first=first, second=second), _pairwise(first, second, compare)
    flat = all(np.ndim(case.right) < 2 for case in cases)
    for row, entry, column, which in _ALONG:
        yield entry if flat else row, partial(_along, 0, which)
        yield column, partial(_along, -1, which)
    for words, whole in (
        (later("for a batch of one row"), lambda a: len(a) == 1),
        (later("for more than one row"), lambda a: len(a) > 1),
        (later("for more than five rows"), lambda a: len(a) > 5),
        (later("where {name} has one column"), lambda a: a.shape[-1] == 1),
        (later("where {name} is not square"), lambda a: a.ndim == 2 and a.shape[0] != a.shape[1]),
        (later("where {name} holds integers"), lambda a: a.dtype.kind in "iu"),
        (later("where {name} is float32"), lambda a: a.dtype == np.float32),
    ):
        for name in names:
            yield words.of(name=name), partial(_of_array, name, whole)
    for name in names:
        numbers = [case.arguments.get(name) for case in cases]
        if all(isinstance(n, (int, float)) for n in numbers) and len(set(numbers)) > 1:
            yield later("exactly where {name} is negative", name=name), partial(_of_number, name, lambda n: n < 0)
            yield later("exactly where {name} is not 1", name=name), partial(_of_number, name, lambda n: n != 1)
    yield later("for single numbers"), lambda case: np.ndim(case.right) == 0


_ALONG: tuple[tuple[Text, Text, Text, Callable[[int], Any]], ...] = (
    (
        later("in the first row only"),
        later("in the first entry only"),
        later("in the first column only"),
        lambda n: np.arange(n) == 0,
    ),
    (
        later("in the last row only"),
        later("in the last entry only"),
        later("in the last column only"),
        lambda n: np.arange(n) == n - 1,
    ),
    (
        later("in every row but the first"),
        later("in every entry but the first"),
        later("in every column but the first"),
        lambda n: np.arange(n) > 0,
    ),
    (
        later("in every row but the last"),
        later("in every entry but the last"),
        later("in every column but the last"),
        lambda n: np.arange(n) < n - 1,
    ),
)


def _of_array(name: str, test: Callable[[np.ndarray], Any], case: Case) -> Any:
    value = case.arguments.get(name)
    return test(value) if isinstance(value, np.ndarray) and value.ndim else None


def _of_number(name: str, test: Callable[[float], bool], case: Case) -> bool:
    return test(case.arguments[name])


def _pairwise(first: str, second: str, compare: Any) -> Test:
    def mask(case: Case) -> Any:
        a: Any = case.arguments.get(first)
        b: Any = case.arguments.get(second)
        if not is_numeric(a) or not is_numeric(b) or np.shape(a) != np.shape(b) or np.shape(a) != np.shape(case.right):
            return None
        return compare(np.asarray(a), np.asarray(b))

    return mask


def _along(axis: int, rows: Callable[[int], Any], case: Case) -> Any:
    shape = np.shape(case.right)
    if not shape or (axis == -1 and len(shape) < 2):
        return None
    mask = rows(shape[axis])
    return mask.reshape(-1, *([1] * (len(shape) - 1))) if axis == 0 else mask
