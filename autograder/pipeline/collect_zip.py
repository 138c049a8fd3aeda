"""The archive a learning platform gives out, taken apart: each student's files into nbgrader's folder of submissions.

Three platforms, each with its own shape of names. An archive is somebody else's work: nothing in it decides where a
file lands, how much is read, or whose it is beyond the name the platform gave it.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import yaml
from nbgrader.api import Student

from autograder.exercises import CourseProblem
from autograder.pipeline.course import Course
from autograder.pipeline.source import find_assignment, open_gradebook
from autograder.reading.folders import DEEPEST, FILE_LIMIT, MOST_FILES, TOTAL_LIMIT
from autograder.reading.words import one_line

MOST_ENTRIES = 200_000
_JUNK = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|\.ipynb_checkpoints/)")


@dataclass(frozen=True)
class Handed:
    """One file of an archive: whose it is, by what the platform says, and what the student called it.

    `key` tells apart the students (and, with `attempt`, their attempts) of one archive.
    """

    entry: str
    key: str
    file: str
    identity: Mapping[str, str]
    attempt: tuple[int, ...] = ()
    timestamp: str = ""


@dataclass
class Collected:
    """What became of an archive: students by what was done, and what nobody in the gradebook could be found for."""

    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


# --- the three shapes -------------------------------------------------------------------------------------------------

_CANVAS = re.compile(r"(?P<name>[^/_]+)(?P<late>_LATE)?_(?P<user>\d+)_(?P<upload>\d+)_(?P<file>[^/]+)")
_MOODLE = re.compile(r"(?P<name>[^/_]+)_(?P<participant>\d+)_assignsubmission_(?:file|onlinetext)_?/?(?P<file>[^/].*)")
_GRADESCOPE = re.compile(r"(?:[^/]+/)?submission_(?P<number>\d+)/(?P<file>.+)")


def _canvas(names: Sequence[str], _: Callable[[str], str]) -> Iterator[Handed]:
    """`lastfirst_LATE_1234_5678_notebook-1.ipynb`: user id, upload id, and -1 where it was handed in again."""
    for name in names:
        found = _CANVAS.fullmatch(PurePosixPath(name).name)
        if found is None:
            continue
        file = re.sub(r"-\d+(?=\.[^.]+$)", "", found["file"])
        who = {"lms_user_id": found["user"], "joined": found["name"]}
        yield Handed(name, found["user"], file, who, (int(found["upload"]),))


def _moodle(names: Sequence[str], _: Callable[[str], str]) -> Iterator[Handed]:
    """`Ada Lovelace_1234_assignsubmission_file/notebook.ipynb`, or the same with _ in place of /."""
    for name in names:
        found = _MOODLE.fullmatch(name) or _MOODLE.fullmatch("/".join(PurePosixPath(name).parts[1:]))
        if found is not None:
            yield Handed(name, found["participant"], found["file"], {"full_name": found["name"]})


def _gradescope(names: Sequence[str], text: Callable[[str], str]) -> Iterator[Handed]:
    """`assignment_1_export/submission_2/notebook.ipynb`, with who it is in `submission_metadata.yml`."""
    about = next((name for name in names if PurePosixPath(name).name == "submission_metadata.yml"), None)
    who = _gradescope_submitters(text(about)) if about is not None else {}
    for name in names:
        found = _GRADESCOPE.fullmatch(name)
        if found is None:
            continue
        number = found["number"]
        for place, identity in enumerate(who.get(number, [{}])):  # everybody of a group
            when = identity.get("created_at", "")
            yield Handed(name, f"{number}.{place}", found["file"], identity, (), when)


def _gradescope_submitters(text: str) -> dict[str, list[dict[str, str]]]:
    """The submitters of each submission, by its number; Gradescope's keys begin with a colon (`:sid:`)."""
    try:
        listed = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    found: dict[str, list[dict[str, str]]] = {}
    for name, about in (listed if isinstance(listed, dict) else {}).items():
        if not isinstance(about, dict):
            continue
        submitters = [s for s in about.get(":submitters") or [] if isinstance(s, dict)]
        names = {"full_name": ":name", "id": ":sid", "email": ":email"}
        when = {"created_at": str(about[":created_at"])} if about.get(":created_at") else {}
        found[str(name).removeprefix("submission_")] = [
            {way: str(submitter[key]) for way, key in names.items() if submitter.get(key)} | when
            for submitter in submitters
        ]
    return found


PLATFORMS: dict[str, Callable[[Sequence[str], Callable[[str], str]], Iterator[Handed]]] = {
    "gradescope": _gradescope,
    "moodle": _moodle,
    "canvas": _canvas,
}


# --- taking an archive in ---------------------------------------------------------------------------------------------


def collect_zip(
    course: Course, assignment: str, archive: Path, *, platform: str | None = None, add_students: bool = False
) -> Collected:
    """Put what an archive of Canvas, Moodle or Gradescope holds into the course's folder of submissions.

    `platform` is one of `PLATFORMS`; None recognises it by the names. A student is found in the gradebook by id,
    e-mail, the platform's id, or the full name where only one student has it. Who is not found is left out and named,
    unless `add_students` puts them into the gradebook. A submission that is there already is replaced by one of other
    content, and the earlier one is kept below `.autograder/replaced`. Raises `CourseProblem` when the archive cannot be
    read or has none of the three shapes.
    """
    try:
        with zipfile.ZipFile(archive) as file:
            return _collect(course, assignment, file, platform, add_students)
    except FileNotFoundError:
        raise CourseProblem(f"there is no file {archive}") from None
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as problem:
        raise CourseProblem(f"{archive} is not a zip archive that can be read: {problem}") from None
    except OSError as problem:
        raise CourseProblem(f"{archive} cannot be read: {problem.strerror or problem}") from None


def _collect(
    course: Course, assignment: str, archive: zipfile.ZipFile, platform: str | None, add_students: bool
) -> Collected:
    entries = {info.filename: info for info in archive.infolist() if not info.is_dir()}
    if len(entries) > MOST_ENTRIES:
        raise CourseProblem(f"{archive.filename} holds more than {MOST_ENTRIES:,} files: is it one assignment's?")
    names = [name for name in entries if not _JUNK.search(name)]

    def text(name: str) -> str:
        return _content(archive, entries[name]).decode("utf-8", "replace")

    submissions = _by_student(names, text, platform, archive)
    collected = Collected()
    with open_gradebook(course.db_url, course.course_id) as gradebook:
        find_assignment(gradebook, assignment)
        found = _Students(gradebook.students)
        for files in submissions:
            student = found.student(files[0].identity)
            if student is None and add_students:
                student = found.new(files[0].identity)
                gradebook.update_or_create_student(student, **found.details(files[0].identity))
            if student is None:
                collected.unknown.append(one_line(_shown(files[0])))
                continue
            try:
                _put(course, assignment, student, files, archive, entries, collected)
            except (OSError, RuntimeError, zipfile.BadZipFile) as problem:  # encrypted, damaged, a name that cannot be
                collected.remarks.append(one_line(f"{student}: what was handed in cannot be taken out: {problem}"))
    return collected


def _by_student(
    names: Sequence[str], text: Callable[[str], str], platform: str | None, archive: zipfile.ZipFile
) -> list[list[Handed]]:
    """The files of each student's latest attempt: of the platform given, or the one whose shape fits best."""
    if platform is not None and platform not in PLATFORMS:
        raise CourseProblem(f"there is no platform {platform!r}; choose one of {', '.join(PLATFORMS)}")
    tried = {platform: PLATFORMS[platform]} if platform else PLATFORMS
    handed = max((list(shape(names, text)) for shape in tried.values()), key=len)
    if not handed:
        shown = ", ".join(map(one_line, names[:3])) or "nothing"
        raise CourseProblem(
            f"{archive.filename} has the shape of no platform known here ({', '.join(tried)}): it holds {shown}. "
            "nbgrader's own zip_collect takes patterns of any shape"
        )
    students: dict[str, dict[str, Handed]] = {}
    for file in handed:
        kept = students.setdefault(file.key, {})
        if file.file not in kept or kept[file.file].attempt < file.attempt:
            kept[file.file] = file
    return [list(files.values()) for files in students.values()]


class _Students:
    """The gradebook's students, to be found by what a platform says of them."""

    def __init__(self, students: Sequence[Student]) -> None:
        self._known = {student.id for student in students}
        self._ways: dict[tuple[str, str], set[str]] = {}
        for student in students:
            first, last = student.first_name or "", student.last_name or ""
            ways = {
                "id": [student.id],
                "lms_user_id": [student.lms_user_id],
                "email": [student.email, student.id],
                "full_name": [f"{first} {last}", f"{last} {first}", f"{last}, {first}", student.id],
                "joined": [f"{last}{first}", student.id],
            }
            for way, values in ways.items():
                for value in filter(None, map(_plain, filter(None, values))):
                    self._ways.setdefault((way, value), set()).add(student.id)

    def student(self, identity: Mapping[str, str]) -> str | None:
        """The one student it can be, by the first way that leads to exactly one."""
        for way in ("id", "lms_user_id", "email", "full_name", "joined"):
            students = self._ways.get((way, _plain(identity.get(way, ""))), set())
            if len(students) == 1:
                return next(iter(students))
        return None

    def new(self, identity: Mapping[str, str]) -> str:
        """An id for a student who is not in the gradebook yet."""
        wanted = next((identity[way] for way in ("id", "lms_user_id", "email", "full_name") if identity.get(way)), "")
        name = re.sub(r"[^\w.@+-]+", "_", wanted).strip("._") or "student"
        while name in self._known:
            name += "_"
        self._known.add(name)
        return name

    @staticmethod
    def details(identity: Mapping[str, str]) -> dict[str, str]:
        first, _, last = identity.get("full_name", "").rpartition(" ")
        found = {"first_name": first, "last_name": last, "email": identity.get("email", "")}
        return {key: value for key, value in {**found, "lms_user_id": identity.get("lms_user_id", "")}.items() if value}


def _plain(text: str) -> str:
    """A name as it is compared: platforms drop spaces, hyphens and capitals."""
    return re.sub(r"[\s,.'’_-]+", "", text).casefold()


def _shown(file: Handed) -> str:
    return next((value for value in file.identity.values() if value), PurePosixPath(file.entry).parts[0])


def _put(
    course: Course,
    assignment: str,
    student: str,
    files: Sequence[Handed],
    archive: zipfile.ZipFile,
    entries: Mapping[str, zipfile.ZipInfo],
    collected: Collected,
) -> None:
    destination = course.folder("submitted", student, assignment)
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=".collecting-") as name:
        making = Path(name) / "files"
        making.mkdir()
        room = TOTAL_LIMIT
        for number, file in enumerate(sorted(files, key=lambda file: file.file)):
            place = _place(file.file)
            size = entries[file.entry].file_size
            room -= size
            if place is None or size > FILE_LIMIT or room < 0 or number >= MOST_FILES:
                collected.remarks.append(
                    one_line(f"{student}: {file.file} is left out: too large, or no name for a file")
                )
                continue
            target = making / place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_content(archive, entries[file.entry]))
        when = next((file.timestamp for file in files if file.timestamp), "")
        if when:
            (making / "timestamp.txt").write_text(when, encoding="utf-8")
        if not any(making.rglob("*.ipynb")):
            collected.remarks.append(
                one_line(f"{student}: handed in no notebook, but {', '.join(f.file for f in files[:3])}")
            )
        _in_place(course, assignment, student, making, destination, collected)


def _in_place(
    course: Course, assignment: str, student: str, making: Path, destination: Path, collected: Collected
) -> None:
    if not destination.exists():
        making.rename(destination)
        collected.new.append(student)
        return
    if _contents(making) == _contents(destination):
        collected.unchanged.append(student)
        return
    kept = course.root / ".autograder" / "replaced" / assignment
    kept.mkdir(parents=True, exist_ok=True)
    number = 1 + sum(1 for _ in kept.glob(f"{student}.*"))
    shutil.move(destination, kept / f"{student}.{number}")
    making.rename(destination)
    collected.replaced.append(student)


def _contents(folder: Path) -> dict[str, bytes]:
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with contextlib.suppress(OSError):
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def _place(name: str) -> Path | None:
    """Where a file goes below the submission's folder: nothing in its name leads out of it."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", ".", "")]
    if not parts or len(parts) > DEEPEST or any(part == ".." or "\0" in part or len(part) > 200 for part in parts):
        return None
    return Path(*parts)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """What an entry holds, and no more than it says: a bomb says little and holds much."""
    if entry.file_size > FILE_LIMIT:
        raise RuntimeError(f"{entry.filename} is larger than {FILE_LIMIT // 2**20} MB")
    with archive.open(entry) as file:
        return file.read(FILE_LIMIT)
