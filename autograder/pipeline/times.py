"""When a submission was handed in: what it says, and what the platform knows."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograder.pipeline.handed_in import TIMESTAMP
from autograder.reading.folders import read_regular
from autograder.reading.words import one_line

if TYPE_CHECKING:  # with nbgrader, which grading processes do without
    from autograder.pipeline.course import Course

SLACK = datetime.timedelta(minutes=5)
# As nbgrader writes it. All other ways to say a time are read by its own, slow, rules.
_PLAIN = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{6})?) UTC", re.ASCII)
# nbgrader would read the hours and minutes of such a zone as seconds.
_SPACED_OFFSET = re.compile(r"(\S+ \S+)\s+([+-]\d\d:?\d\d)", re.ASCII)


@dataclass(frozen=True)
class Claim:
    """When a submission says it was handed in (UTC, without a zone; None when it does not say), or what is wrong."""

    when: datetime.datetime | None = None
    problem: str | None = None


def claim_of(folder: Path) -> Claim:
    """What a submission's folder says of its time, whatever is in it."""
    try:
        return claimed_time(folder)
    except Exception as problem:
        return Claim(problem=one_line(f"{TIMESTAMP} cannot be read: {type(problem).__name__}: {problem}"))


def claimed_time(folder: Path) -> Claim:
    """What `timestamp.txt` says. A time that cannot be read, or is not all there, is a problem and never a time."""
    path = folder / TIMESTAMP
    if not path.is_symlink() and not path.exists():
        return Claim()
    data = None if path.is_symlink() else read_regular(path, 1000)
    if data is None:
        return Claim(problem=f"{TIMESTAMP} is no file with a time in it")
    text = data.decode("utf-8", "replace").strip()
    when = _plain_time(text) or _time(text)
    if when is None:
        return Claim(problem=f"{TIMESTAMP} cannot be read as a time: {one_line(text)[:60]!r}")
    return Claim(when)


def is_late(claim: Claim, due: datetime.datetime | None) -> bool:
    """Whether a submission came after its due date, by what it says itself: what nbgrader goes by."""
    return due is not None and claim.when is not None and claim.when > due


def _plain_time(text: str) -> datetime.datetime | None:
    if (said := _PLAIN.fullmatch(text)) is None:
        return None
    try:
        when = datetime.datetime.fromisoformat(said[1])
    except ValueError:
        return None
    return when if 1980 <= when.year <= 2200 else None


def _time(text: str) -> datetime.datetime | None:
    from dateutil import parser, tz
    from nbgrader.utils import parse_utc

    if (spaced := _SPACED_OFFSET.fullmatch(text)) is not None:
        text = "".join(spaced.groups())
    parts = text.split(" ")
    try:
        # nbgrader reads the third of three parts as a time zone; one it does not know it takes for UTC.
        if len(parts) == 3 and tz.gettz(parts[2]) is None:
            return None
        day = " ".join(parts[:2]) if len(parts) == 3 else text
        # dateutil fills in what is missing from a day of its own: what depends on that day was not said.
        days = [datetime.datetime(1904, 2, 29), datetime.datetime(2011, 5, 17)]
        first, second = (parser.parse(day, default=other, ignoretz=True) for other in days)
        with suppress(Exception):  # a zone's name may be none of dateutil's, and "PM+0200" says more than a zone
            if parser.parse(text, default=days[0], ignoretz=True) != first:
                return None
        when = parse_utc(text)
    except Exception:  # dateutil raises whatever its arithmetic does
        return None
    return when if first == second and 1980 <= when.year <= 2200 else None


def doubts(
    course: Course,
    assignment: str,
    claims: Mapping[str, Claim],
    due: datetime.datetime | None,
    later: Mapping[str, datetime.datetime] = MappingProxyType({}),
) -> dict[str, list[str]]:
    """What speaks against the times that submissions give of themselves, by student, in words.

    Only where it matters: where a due date is set, and the claim (or its absence) makes a submission one in time.
    `later` holds the due dates of those who have one of their own.
    """
    found: dict[str, list[str]] = {student: [] for student in claims}
    if due is None:
        return found
    due_of = {student: later.get(student, due) for student in claims}
    in_time = {s: c.when for s, c in claims.items() if c.problem is None and (c.when is None or c.when <= due_of[s])}
    changed: dict[str, datetime.datetime] = {}
    for student, when in in_time.items():
        taken = _taken_in(course, assignment, student)
        if taken is not None and taken > max(due_of[student], when or due) + SLACK:
            found[student].append(f"{_says(when)}, but the exchange took it in at {_shown(taken)}, after the due date")
            continue
        last = _changed_last(course.folder("submitted", student, assignment))
        if last is not None and last > due_of[student] + SLACK and when is not None:
            changed[student] = last
    # Where most files are younger than the due date, they were copied here, and their times tell nothing.
    if len(changed) < 2 or 2 * len(changed) <= len(in_time):
        for student, last in changed.items():
            words = f"but its notebook was changed last at {_shown(last)}, after the due date"
            found[student].append(f"{_says(in_time[student])}, {words}")
    without = [s for s, c in claims.items() if c.when is None and c.problem is None]
    if 2 * len(without) < len(claims):
        for student in without:
            found[student].append(f"it has no {TIMESTAMP}, which the others have: it counts as in time")
    return found


def _says(when: datetime.datetime | None) -> str:
    return f"{TIMESTAMP} says {_shown(when)}" if when is not None else f"it has no {TIMESTAMP}"


def _shown(when: datetime.datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _utc(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(tzinfo=None)


def _changed_last(folder: Path) -> datetime.datetime | None:
    times = []
    for path in folder.glob("*.ipynb"):
        try:
            times.append(_utc(path.lstat().st_mtime))
        except (OSError, ValueError, OverflowError):
            continue
    return max(times, default=None)


def _taken_in(course: Course, assignment: str, student: str) -> datetime.datetime | None:
    """When the exchange took a submission in, by the clock of its file system, which nobody but root can set back."""
    root = str(course.config.get("Exchange", {}).get("root", "") or "")
    inbound = Path(root, course.course_id, "inbound")
    if not root:
        return None
    prefix = f"{student}+{assignment}+"
    try:
        folders = sorted(path for path in inbound.iterdir() if path.name.startswith(prefix))
        return _utc((folders[-1] / TIMESTAMP).lstat().st_ctime) if folders else None
    except (OSError, ValueError, OverflowError):
        return None
