"""Is this value the right one? Structure first, then shape, then finiteness, then every entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from autograder.judge.sketch import Sketch
from autograder.judge.tolerance import Room
from autograder.student.language import counted, retold, t
from autograder.student.steps import Opaque
from autograder.student.values import OPAQUE

SAME = Room()
"""The room between two answers of one function to the same call."""


@dataclass(frozen=True)
class Difference:
    """Where a value is not the right one: the part of the result ("" for the whole), and what is wrong in words."""

    part: str
    message: str


def parts(value: Any, names: Sequence[str]) -> dict[str, Any]:
    """A returned value by parts: dict entries by key, tuple entries by name or position, else one part ""."""
    if isinstance(value, dict):
        return {str(key): item for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        labels = names if len(names) == len(value) else [f"[{i}]" for i in range(len(value))]
        return dict(zip(labels, value, strict=True))
    return {"": value}


def compare(value: Any, right: Any, names: Sequence[str] = (), room: Room = SAME) -> list[Difference]:
    """All parts in which `value` differs from `right` by more than `room`; empty when it is right."""
    if isinstance(right, dict):
        if not isinstance(value, dict):
            keys = ", ".join(map(str, right))
            given = in_words(value)
            return [Difference("", t("returned {value}; expected a dict with the keys {keys}", value=given, keys=keys))]
        missing = [key for key in right if key not in value]
        found = [Difference(str(key), t("the key {key!r} is missing", key=key)) for key in missing]
        return found + [
            Difference(str(key), message)
            for key in right
            if key in value and (message := mismatch(value[key], right[key], room.at(key)))
        ]
    if isinstance(right, (tuple, list)):
        wanted = _wanted(right, names)
        if (
            isinstance(value, np.ndarray)
            and value.ndim
            and 0 < len(value) == len(right)
            and (is_numeric(right[0]) or isinstance(right[0], Sketch))
            and len(np.shape(right[0]) if is_numeric(right[0]) else right[0].shape) == value.ndim - 1
        ):
            value = [np.asarray(item) for item in value]
        if not isinstance(value, (tuple, list)):
            return [Difference("", t("returned {value}; expected {wanted}", value=in_words(value), wanted=wanted))]
        if len(value) != len(right):
            words = counted(
                "returned {count} value; expected {wanted}",
                "returned {count} values; expected {wanted}",
                len(value),
                wanted=wanted,
            )
            return [Difference("", words)]
        rows = enumerate(zip(parts(right, names).items(), value, strict=True))
        return [Difference(part, message) for i, ((part, r), v) in rows if (message := mismatch(v, r, room.at(i)))]
    message = mismatch(value, right, room)
    return [Difference("", message)] if message else []


def _wanted(right: Sequence[Any], names: Sequence[str]) -> str:
    """How many values are expected, and which."""
    named = ", ".join(names) if len(names) == len(right) else ""
    if isinstance(right, list) and len(right) == 1:  # a bare number is as good as one value, but it is no list
        return t("a list with one value, [{names}]", names=named) if named else t("a list with one value")
    if named:
        return counted("{count} value ({names})", "{count} values ({names})", len(right), names=named)
    return counted("{count} value", "{count} values", len(right))


def mismatch(value: Any, right: Any, room: Room = SAME) -> str | None:
    """What is wrong with one value, in words; None when it is right."""
    if isinstance(right, (tuple, list, dict)):
        if isinstance(right, (tuple, list)) and isinstance(value, (tuple, list)) and len(value) != len(right):
            return t("has length {got}; expected {wanted}", got=len(value), wanted=len(right))
        differences = compare(value, right, (), room)
        return f"{differences[0].part} {differences[0].message}".strip() if differences else None
    if isinstance(value, Sketch) or isinstance(right, Sketch):
        return None if _recognised(value, right, room) else t("is another value")
    if right is None or isinstance(right, (str, Opaque)):
        return (
            None
            if type(value) is type(right) and value == right
            else t("is {got}; expected {wanted}", got=in_words(value), wanted=in_words(right))
        )
    if not is_numeric(value):
        return t("is {got}; expected {wanted}", got=in_words(value), wanted=in_words(right))
    v, r = np.asarray(value), np.asarray(right)
    if v.shape != r.shape:
        return t("has shape {got}; expected {wanted}", got=v.shape, wanted=r.shape)
    if r.size == 0:
        return None
    v, r = np.asarray(v, dtype=float), np.asarray(r, dtype=float)
    worst = 0
    if v.size > 1 or (only := _first_is_close(v.item(0), r.item(0), r, room)) is None:
        close = close_entries(v, r, room)
        if close.all():
            return None
        worst = 0 if v.size == 1 else _worst(v, r, close)
    elif only:
        return None
    where = "" if v.ndim == 0 else f"[{', '.join(str(int(i)) for i in np.unravel_index(worst, v.shape))}]"
    got, wanted = _told_apart(v.item(worst), r.item(worst))
    return f"{where} {t('is {got}; expected {wanted}', got=got, wanted=wanted)}".strip()


def _worst(value: Any, right: Any, close: Any) -> int:
    """The number of the entry that a message tells."""
    with np.errstate(all="ignore"):
        bad = ~np.isfinite(value) & np.isfinite(right) & ~close
        error = np.where(close, -1.0, np.nan_to_num(np.abs(value - right), nan=np.inf))
    # Of errors that are alike the first is told, not the one whose last digit is larger.
    return int(np.argmax(bad if bad.any() else error >= error.max() * (1 - 1e-6)))


def _recognised(value: Any, right: Any, room: Room) -> Any:
    """Whether two values can be the same, of which one, at least, is known by its sketch alone."""
    if isinstance(value, Sketch):
        value, right = right, value
    if isinstance(value, Sketch):
        return value.shape == right.shape and abs(value.total - right.total) <= 1e-5 * max(1.0, abs(value.total))
    known: Sketch = right
    return is_numeric(value) and known.is_like(value, room.known(np.asarray(value, dtype=float)))


def alike(value: Any, right: Any, room: Room = SAME) -> bool:
    """Whether a value counts as the right one: `mismatch` without the words, which take their time."""
    if not is_numeric(value) or not is_numeric(right):
        return mismatch(value, right, room) is None
    v, r = np.asarray(value), np.asarray(right)
    if v.shape != r.shape or not r.size:
        return v.shape == r.shape
    # Most values that are not alike differ in the first entry, and most have no other.
    first = _first_is_close(v.item(0), r.item(0), r, room)
    if first is False or (first and r.size == 1):
        return first
    return bool(close_entries(v, r, room).all())


def _first_is_close(first: float, other: float, right: Any, room: Room) -> bool | None:
    """What `close_entries` says of the first entry beside that of the array `right`; None where it takes samples."""
    v, r = float(first), float(other)
    apart = abs(v - r)
    if apart <= room.relative * abs(r) < np.inf or v == r or (v != v and r != r):
        return True
    if not apart < np.inf:
        return False
    if not (room.absolute or room.share or room.cap):
        return False
    known = room.first(right)
    if apart <= known:
        return True
    return None if room.samples is not tuple and apart <= known + room.most(np.asarray(right, dtype=float)) else False


def pairs(value: Any, right: Any) -> list[tuple[Any, Any]] | None:
    """The arrays and numbers of a result, each as a row, beside those of the right one; None where the two are not of
    one form."""
    found: list[tuple[Any, Any]] = []
    return found if _paired(value, right, found) else None


def _paired(value: Any, right: Any, found: list[tuple[Any, Any]]) -> bool:
    """Whether two results are of one form; adds their pairs to those found."""
    if type(right) is float and type(value) is float:
        found.append(((value,), (right,)))
        return True
    if type(right) is np.ndarray and type(value) is np.ndarray:
        if value.shape != right.shape or right.dtype.kind not in "biuf" or value.dtype.kind not in "biuf":
            return False
        found.append((value.ravel(), right.ravel()))
        return True
    if is_numeric(right):
        if not is_numeric(value) or np.shape(value) != np.shape(right):
            return False
        found.append((np.asarray(value, dtype=float).ravel(), np.asarray(right, dtype=float).ravel()))
        return True
    if isinstance(right, dict):
        if not isinstance(value, dict) or not right.keys() <= value.keys():
            return False
        return all(_paired(value[key], item, found) for key, item in right.items())
    if not isinstance(right, (tuple, list)) or not isinstance(value, (tuple, list)) or len(value) != len(right):
        return False
    return all(_paired(v, r, found) for v, r in zip(value, right, strict=True))


def agrees(value: Any, right: Any, names: Sequence[str], room: Room) -> bool:
    """Whether `compare` finds nothing, without the words, which take their time; `room` knows no largest number."""
    found = pairs(value, right)
    if found is None:
        return not compare(value, right, names, room)
    return all(
        _first_is_close(v[0], r[0], np.asarray(r), room) is not False
        and (len(r) == 1 or close_entries(v, r, room).all())
        for v, r in found
        if len(r)
    )


class Joined:
    """Many small arrays of answers beside the right ones, joined to be compared at once: a row for each answer."""

    def __init__(self, rows: Sequence[Sequence[tuple[Any, Any]]]) -> None:
        found = [pair for row in rows for pair in row]
        self._ends = list(accumulate(sum([len(right) for _, right in row]) for row in rows))
        ours, theirs = zip(*found, strict=True) if found else ((), ())
        self._values = np.concatenate(ours, dtype=float, casting="unsafe") if ours else np.zeros(0)
        self._right = np.concatenate(theirs, dtype=float, casting="unsafe") if theirs else np.zeros(0)
        with np.errstate(all="ignore"):
            self._apart = np.abs(self._values - self._right)
            self._size = np.abs(self._right)

    def close(self, relative: float) -> list[bool]:
        """For each row, whether all its numbers agree to a share of themselves."""
        with np.errstate(all="ignore"):
            close = (self._apart <= relative * self._size) & np.isfinite(self._right) | (self._values == self._right)
        if close.all():
            return [True] * len(self._ends)
        return [bool(close[start:end].all()) for start, end in self._spans]

    def exact(self, rows: Sequence[int], share: float) -> bool:
        """Whether the numbers of these rows agree to a share of themselves or of 1."""
        with np.errstate(all="ignore"):
            exact = (self._apart <= share * np.maximum(1.0, self._size)) | (self._values == self._right)
        spans = self._spans
        return bool(exact.all()) or all(bool(exact[start:end].all()) for start, end in (spans[row] for row in rows))

    @property
    def _spans(self) -> list[tuple[int, int]]:
        return list(zip([0, *self._ends], self._ends, strict=False))


_YES = np.array(True)


def close_entries(value: Any, right: Any, room: Room = SAME) -> Any:
    """Which entries of an array count as those of the right one, which has the same shape."""
    v, r = np.asarray(value, dtype=float), np.asarray(right, dtype=float)
    if v.ndim == 0 and abs(float(v) - float(r)) <= room.relative * abs(float(r)) < np.inf:
        return _YES
    with np.errstate(all="ignore"):
        apart = np.abs(v - r)
        finite = np.isfinite(apart)  # infinity is within any share of infinity
        close = finite & (apart <= room.relative * np.abs(r))
        if close.all():
            return close
        if not (room.absolute or room.share or room.cap):
            return close | (v == r) | (np.isnan(v) & np.isnan(r))
        known = room.known(r)
        close = finite & (apart <= known) | (v == r) | (np.isnan(v) & np.isnan(r))
        if close.all():
            return close
        within = close | finite & (apart <= known + room.most(r))
        # What lies beyond the most there can be is wrong without a measurement, which costs calls.
        return close | finite & (apart <= known + room.measured(r)) if within.all() else within


def _told_apart(value: float, right: float) -> tuple[str, str]:
    """Both numbers with as many digits as it takes to see that they differ, six at least."""
    for digits in (6, 9, 12, 17):
        got, wanted = f"{value + 0.0:.{digits}g}", f"{right + 0.0:.{digits}g}"  # no -0
        if got != wanted:
            break
    return got, wanted


def outside(value: Any, low: Any, high: Any, room: Room = SAME) -> str | None:
    """What is wrong with a value that may lie anywhere between `low` and `high`; None when it does."""
    if not is_numeric(value):
        return t("is {got}; expected {wanted}", got=in_words(value), wanted=in_words(low))
    v, low, high = np.asarray(value, dtype=float), np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    if v.shape != low.shape:
        return t("has shape {got}; expected {wanted}", got=v.shape, wanted=low.shape)
    low, high = np.minimum(low, high), np.maximum(low, high)
    wrong = ~((v >= low - room.known(low)) & (v <= high + room.known(high)))
    if not wrong.any():
        return None
    worst = int(np.argmax(wrong))
    where = "" if v.ndim == 0 else f"[{', '.join(str(int(i)) for i in np.unravel_index(worst, v.shape))}]"
    least, most = f"{low.flat[worst]:.6g}", f"{high.flat[worst]:.6g}"
    expected = t("between {low} and {high}", low=least, high=most) if low.flat[worst] != high.flat[worst] else least
    return f"{where} {t('is {got}; expected {wanted}', got=f'{v.flat[worst]:.6g}', wanted=expected)}".strip()


def is_numeric(value: Any) -> bool:
    """Whether a returned value is a number or an array of numbers."""
    if type(value) is float:
        return True
    return value.dtype.kind in "biuf" if isinstance(value, np.ndarray) else isinstance(value, (bool, int, float))


def in_words(value: Any) -> str:
    """A value in a few words, for messages."""
    if isinstance(value, Opaque):
        return retold(value.description, OPAQUE)
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return t("an array of shape {shape}", shape=value.shape) if value.ndim else in_words(value.item())
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, float)):
        return t("the number {number}", number=f"{value:.6g}")
    if isinstance(value, str):
        return t("the text {text!r}", text=value[:40])
    if isinstance(value, (list, tuple)):
        return t("a {kind} of {count}", kind=type(value).__name__, count=len(value))
    return t("a {kind}", kind=type(value).__name__)
