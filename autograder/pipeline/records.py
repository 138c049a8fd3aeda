"""What a run notes of each submission, so that the next one knows what is done: done with what, and what has changed.

A record lies in `.autograder/<assignment>/`. One that is missing, damaged or from another version only has its
submission graded again.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from autograder.exercises import Exercise, the_course, using_course
from autograder.pipeline.course import SEEDS, Course
from autograder.pipeline.delivery import Delivery, answers_in, record_part, short_digest
from autograder.pipeline.source import Book, NotebookSource, Standing
from autograder.reading.folders import read_regular
from autograder.reading.notebook_file import FILE_BYTES, NotANotebook, read_submission
from autograder.sandbox import Limits
from autograder.student.language import fingerprint
from autograder.student.syntax import source_of

FILES = "the submission"
EXERCISES = "the exercises"
EXERCISE = "the exercise "
_MOST_NAMES = 6
_LONGEST_RECORD = 16 * 2**20
_PLAIN = re.compile(r"[\w@+-][\w.@+ -]{0,99}", re.ASCII)


def fingerprints(
    course: Course,
    source: Mapping[str, NotebookSource],
    book: Book,
    limits: Limits,
    isolation: str,
    secret: bytes,
) -> dict[str, str]:
    """All that a grade depends on besides the submission, each in words and with a digest of its state."""
    late = {name: course.config.get(name, {}) for name in ("LateSubmissionPlugin", "AssignLatePenalties")}
    return {
        EXERCISES: short_digest(_descriptions(source)),
        **{EXERCISE + name: version for name, version in _versions_asked(source).items()},
        "the gradebook": short_digest([book.identity]),
        "the cells or their points": short_digest([_cells(notebook) for _, notebook in sorted(source.items())]),
        "the settings": short_digest([repr(asdict(limits)), isolation, repr(late), _rule(late)]),
        "the language of what is said": fingerprint(),
        "the due date": str(book.due),
        "the secret of the seeds": short_digest([secret.hex()]),
        "the grader": short_digest([*_engine(), np.__version__, sys.version]),
    }


def _cells(notebook: NotebookSource) -> str:
    """A notebook in words that are the same in every process: the order of a set is not."""
    return repr((replace(notebook, prose=frozenset(), beside=frozenset()), sorted(notebook.prose)))


def version(exercise: Exercise) -> str:
    """The version of an exercise: a digest of what is asked, how it is probed, how points are split and what is right.

    Hints and known mistakes are no part of it, since no point depends on them.
    """
    asked = (exercise.points, exercise.signature, exercise.outputs, exercise.functions, exercise.forward)
    return short_digest(
        [repr(asked), repr(exercise.criteria), _source_of(exercise.probes), *map(_source_of, _right(exercise))]
    )


def _right(exercise: Exercise) -> list[Any]:
    code = exercise.code(exercise.reference)
    return [code[name] for name in sorted(code)]


def _source_of(code: Any) -> str:
    try:
        return source_of(code)
    except (OSError, TypeError):  # what is made by a call has no text of its own
        return str(getattr(code, "__qualname__", type(code).__qualname__))


def _versions_asked(source: Mapping[str, NotebookSource]) -> dict[str, str]:
    """The version of each exercise that an assignment's cells check."""
    exercises = the_course().exercises
    checked = sorted({str(cell.check) for notebook in source.values() for cell in notebook.cells if cell.autograded})
    return {name: version(exercises[name]) for name in checked if name in exercises}


def exercises_of(record: Mapping[str, Any]) -> dict[str, str] | None:
    """The exercises that a submission was graded with, and their versions; None where its record names none."""
    prints = record.get("prints")
    if not isinstance(prints, dict):
        return None
    named = {str(name): str(value) for name, value in prints.items() if str(name).startswith(EXERCISE)}
    return {name.removeprefix(EXERCISE): value for name, value in named.items()} or None


def other_exercises(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What differs between two sets of exercises with their versions, by name: "train changed, max_backward gone"."""
    words = [f"{name} changed" for name in now if name in before and before[name] != now[name]]
    words += [f"{name} new" for name in now if name not in before]
    words += [f"{name} gone" for name in before if name not in now]
    more = f" and {len(words) - _MOST_NAMES} more" if len(words) > _MOST_NAMES else ""
    return ", ".join(words[:_MOST_NAMES]) + more


def graded_with_others(course: Course, records: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Whose grades come of other exercises than the course has now, and of which: {student: "train changed"}.

    Such grades cannot be compared with those of the others. A record of an earlier version of the grader does not name
    its exercises, and is told as well. Raises `CourseProblem` for a course that cannot be read.
    """
    with using_course(course.exercises):
        now = {name: version(exercise) for name, exercise in the_course().exercises.items()}
    found = {}
    for student, record in records.items():
        if isinstance(record.get("prints"), dict) and not record.get("open"):
            before = exercises_of(record)
            same = {name: now[name] for name in before or {} if name in now}
            words = "exercises of an earlier version" if before is None else other_exercises(before, same)
            if words:
                found[student] = words
    return found


def _descriptions(source: Mapping[str, NotebookSource]) -> list[str]:
    """The files that describe the exercises an assignment checks, and what they import of their course."""
    course = the_course()
    checked = {cell.check for notebook in source.values() for cell in notebook.cells if cell.autograded}
    waiting = sorted({course.exercises[name].assignment for name in checked if name in course.exercises})
    seen: set[str] = set()
    texts: list[str] = [_read(path) for path in sorted(course.folder.glob("*.py"))]
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        for path in sorted((course.folder / name).rglob("*.py")):
            text = _read(path)
            texts += [path.relative_to(course.folder).as_posix(), text]
            waiting += re.findall(r"from \.\.(\w+)", text)
    return texts


def _engine() -> list[str]:
    """The source of the grader and of the library: a version number does not say what a checkout holds."""
    package = Path(__file__).resolve().parents[1]
    rooms = ("judge", "student", "exercises", "reading", "sandbox", "pipeline")
    folders = [*(package / room for room in rooms), package.parent / "nn_lib"]
    return [_read(path) for folder in folders for path in sorted(folder.rglob("*.py"))]


def _rule(late: Mapping[str, Any]) -> str:
    """The source of a rule for late work that the course has of its own."""
    named = str(late["AssignLatePenalties"].get("plugin_class", ""))
    with suppress(Exception):  # it may not exist; grading will say so
        module, _, _ = named.rpartition(".")
        return source_of(importlib.import_module(module))
    return named


def _read(path: Path) -> str:
    return (read_regular(path, _LONGEST_RECORD) or b"").decode("utf-8", "replace")


def answers_before(course: Course, assignment: str, student: str) -> dict[str, str] | None:
    """What `answers_in` gives for the notebooks as they were graded last; None when nothing is known of it."""
    record = read_record(course, assignment, student)
    answers = record.get("answers")
    if isinstance(answers, dict):
        return {str(name): str(digest) for name, digest in answers.items()}
    found: dict[str, str] = {}
    for path in course.folder("autograded", student, assignment).glob("*.ipynb"):
        with suppress(NotANotebook, TypeError, ValueError, AttributeError):
            found |= answers_in(path.stem, read_submission(read_regular(path, FILE_BYTES) or b"")["cells"])
    return found or None


def record_path(course: Course, assignment: str, student: str) -> Path:
    """Where a student's record lies; names that are no file names, or too long for one, are told by their digest."""
    name = student
    if not _PLAIN.fullmatch(student):
        name = f"{re.sub(r'[^A-Za-z0-9_-]', '_', student)[:40]}-{short_digest([student])}"
    return course.root / SEEDS / assignment / f"{name}.json"


def read_record(course: Course, assignment: str, student: str) -> dict[str, Any]:
    """A student's record, or an empty one where there is none that can be read."""
    try:
        data = read_regular(record_path(course, assignment, student), _LONGEST_RECORD)
        record = json.loads(data or b"{}")
    except (OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def what_changed(
    course: Course,
    assignment: str,
    student: str,
    digest: str,
    prints: Mapping[str, str],
    standing: Standing | None,
) -> str:
    """What is not as it was when the submission was graded last, in words; "" when it is up to date.

    Something that was left open is up to date once a person has marked everything that waited.
    """
    record = read_record(course, assignment, student)
    if not record or not course.folder("autograded", student, assignment).is_dir():
        return "new"
    if record.get("digest") != digest:
        return FILES
    graded = {str(key).partition("/")[0] for key in record.get("answers") or ()}
    if not all((course.folder("autograded", student, assignment) / f"{name}.ipynb").is_file() for name in graded):
        return "new"
    known = record.get("prints")
    known = known if isinstance(known, dict) else {}
    general = [name for name in prints if not name.startswith(EXERCISE)]
    changed = [name for name in general if known.get(name) != prints[name]]
    if len(changed) == len(general):
        return "new"
    if changed:
        by_name = other_exercises(exercises_of(record) or {}, exercises_of({"prints": prints}) or {})
        named = f"{EXERCISES} ({by_name})" if by_name and exercises_of(record) else EXERCISES
        return " and ".join(named if name == EXERCISES else name for name in changed)
    if standing is None:
        return "the gradebook"
    if record.get("open"):
        return "" if standing.waiting == 0 and standing.by_hand else "open"
    automatic = record.get("automatic")
    if not isinstance(automatic, int | float) or abs(automatic - standing.automatic) > 1e-6:
        return "the gradebook"
    return ""


def write_record(course: Course, assignment: str, prints: Mapping[str, str], delivery: Delivery) -> None:
    """Note what became of a submission. One that is open is noted as such, and never as done."""
    result = delivery.result
    content = {
        "student": result.student,
        "digest": result.digest,
        "prints": prints,
        "seed": result.seed,
        "score": result.score,
        "automatic": result.automatic,
        "seconds": round(result.seconds, 3),
        "open": result.open,
        "troubles": result.troubles,
        "remarks": result.remarks,
    }
    path = record_path(course, assignment, result.student)
    # All of the new content or all of the old. Not forced to the disk: a record that is lost, or damaged, when the
    # power fails only has this submission graded again.
    if delivery.record is not None:
        begun = Path(delivery.record)
    else:
        begun = path.with_name(f".{path.name}.new")
        part = delivery.part
        if not result.notebooks:  # we failed at it: marks by hand are still about what was there before
            part = record_part({}, answers_before(course, assignment, result.student) or {})
        path.parent.mkdir(parents=True, exist_ok=True)
        begun.unlink(missing_ok=True)
    try:
        with _to_write(begun) as file:
            begin = "" if delivery.record is not None else f"{{{part}"
            file.write(f"{begin}, {json.dumps(content)[1:]}".encode())
        _move(begun, path)
    except OSError:
        begun.unlink(missing_ok=True)
        raise


def _move(begun: Path, path: Path) -> None:
    try:
        os.replace(begun, path)
        return
    except OSError as problem:
        if problem.errno not in (errno.EXDEV, errno.ENOENT):
            raise
    path.parent.mkdir(parents=True, exist_ok=True)  # of an assignment that was never graded
    try:
        os.replace(begun, path)
    except OSError as problem:
        if problem.errno != errno.EXDEV:  # the graded folders may be a file system of their own
            raise
        copy = path.with_name(f".{path.name}.new")
        shutil.copyfile(begun, copy)
        copy.chmod(0o600)
        os.replace(copy, path)
        begun.unlink(missing_ok=True)


def _to_write(path: Path) -> BinaryIO:
    """A file to add to, that nobody else can read: grades stand in it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "ab")


def forget(course: Course, assignment: str, student: str) -> None:
    """Leave no record that says a submission is done."""
    record_path(course, assignment, student).unlink(missing_ok=True)
