"""The folder of a graded submission: made complete beside the graded ones, then put in its place in one move.

Grading processes make it where there are many of them; the one writer only moves it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.pipeline.handed_in import SECRET, TIMESTAMP
from autograder.reading.folders import FILE_LIMIT, MOST_FILES, TOTAL_LIMIT, files_below, read_regular
from autograder.reading.pictures import is_picture

if TYPE_CHECKING:  # with nbgrader, which grading processes do without
    from autograder.pipeline.course import Course

_TOKEN = "token"


@dataclass(frozen=True)
class Stage:
    """Where the folders of one run are made: a folder on the file system of the graded ones.

    `source` is the assignment's own folder, whose pictures go to every student. Whoever reads `token` in this one, as
    the writer's own user, sees the course's folder and can make folders there.
    """

    folder: Path
    assignment: str
    source: Path
    token: bytes
    user: int
    places: str
    """Where a student's folder belongs; `token`, as a hexadecimal number, stands for the student."""

    def within_reach(self) -> bool:
        """Whether this process can make folders here: it may run on another machine, or as somebody else."""
        return _user() == self.user and read_regular(self.folder / _TOKEN, 100) == self.token

    def make(self, submitted: Path, texts: Mapping[str, str], when: str | None) -> tuple[Path, list[str]]:
        """A submission's folder, complete, and what is to be remarked on it. Raises `OSError` where it has no room."""
        return _with_pictures_or_without(self.folder, self.assignment, submitted, self.source, texts, when)

    def make_way(self, student: str) -> None:
        """Have the folder there that the student's own comes into, and nothing of a killed run in it."""
        parent = Path(self.places.replace(self.token.hex(), student)).parent
        try:
            parent.mkdir(parents=True)
        except FileExistsError:
            _clear(parent, self.assignment)

    def begin_record(self, part: str) -> Path:
        """A file with the first members of a submission's record, to which the writer adds the others."""
        descriptor, name = tempfile.mkstemp(prefix=".record-", dir=self.folder)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{{{part}")
        return Path(name)


@contextmanager
def staging(course: Course, assignment: str) -> Iterator[Stage | None]:
    """A place to make folders in, for one run; what a run that was killed left there is cleared away.

    None where none can be made: each folder is then made in its place, which tells why it cannot be.
    """
    parent = course.root / course.directory.autograded_directory
    token = secrets.token_bytes(16)
    try:
        parent.mkdir(parents=True, exist_ok=True)
        _clear(parent, assignment)
        folder = Path(tempfile.mkdtemp(prefix=".making-", suffix=f"-{assignment}", dir=parent))
    except OSError:
        yield None
        return
    try:
        try:
            (folder / _TOKEN).write_bytes(token)
        except OSError:
            yield None
        else:
            places = str(course.folder("autograded", token.hex(), assignment))
            yield Stage(folder, assignment, course.folder("source", ".", assignment), token, _user(), places)
    finally:
        _remove(folder)


def write_files(
    course: Course, assignment: str, student: str, texts: Mapping[str, str], when: str | None = None
) -> list[str]:
    """Make a student's folder and put it in its place: the graded notebooks, the time they were handed in, and the
    pictures beside them. Gives what is to be remarked on it.
    """
    destination = course.folder("autograded", student, assignment)
    destination.parent.mkdir(parents=True, exist_ok=True)
    _clear(destination.parent, assignment)
    submitted, source = course.folder("submitted", student, assignment), course.folder("source", ".", assignment)
    making, remarks = _with_pictures_or_without(destination.parent, assignment, submitted, source, texts, when)
    put(making, destination)
    return remarks


def put(making: Path, destination: Path) -> None:
    """Move a folder that is complete to its place, and away what is there."""
    try:
        os.rename(making, destination)
        return
    except OSError as problem:
        if problem.errno not in (errno.EXDEV, errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
            raise
        across = problem.errno == errno.EXDEV  # a student's folder may be a file system of its own
    destination.parent.mkdir(parents=True, exist_ok=True)
    if across:
        _clear(destination.parent, _assignment_of(making))
        making = _copied_across(making, destination.parent)
    # Beside it: a folder that its owner made read-only can be renamed, but not come into another one.
    old = destination.with_name(making.name.replace(".making-", ".old-", 1))
    if os.path.lexists(destination):
        os.rename(destination, old)
    os.rename(making, destination)
    _remove(old)


def _copied_across(making: Path, parent: Path) -> Path:
    copy = Path(tempfile.mkdtemp(prefix=".making-", suffix=f"-{_assignment_of(making)}", dir=parent))
    try:
        shutil.copytree(making, copy, dirs_exist_ok=True)
        for path in copy.glob("*.ipynb"):
            with path.open("rb") as file:
                os.fsync(file.fileno())
    except BaseException:
        _remove(copy)
        raise
    _remove(making)
    return copy


def _assignment_of(making: Path) -> str:
    return making.name.split("-", 2)[2]


def _with_pictures_or_without(
    parent: Path, assignment: str, submitted: Path, source: Path, texts: Mapping[str, str], when: str | None
) -> tuple[Path, list[str]]:
    try:
        return _made(parent, assignment, submitted, (submitted, source), texts, when), []
    except (ValueError, OSError) as problem:  # what lies beside the notebook is no reason to lose its points
        making = _made(parent, assignment, submitted, (), texts, when)
        return making, [f"the pictures beside the notebook could not be copied: {problem}"]


def _made(
    parent: Path,
    assignment: str,
    submitted: Path,
    pictures: tuple[Path, ...],
    texts: Mapping[str, str],
    when: str | None,
) -> Path:
    """A new folder with the notebooks, the time they were handed in, and the pictures of some others.

    Nothing else that was handed in comes to where an instructor opens files: a page or a script would run as theirs.
    """
    making = Path(tempfile.mkdtemp(prefix=".making-", suffix=f"-{assignment}", dir=parent))
    try:
        for folder in pictures:
            _copy_pictures(folder, making)
        if when is not None:
            (making / TIMESTAMP).write_text(when, encoding="ascii")
        # The exchange finds by it who may fetch the feedback.
        secret = read_regular(submitted / SECRET, 1_000)
        if secret is not None:
            (making / SECRET).write_bytes(secret)
        for name, text in texts.items():
            with (making / f"{name}.ipynb").open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())  # before the record says that it is there
        for path in making.rglob("*"):
            if path.is_file():
                path.chmod(0o444)
        making.chmod(0o755)
    except BaseException:
        _remove(making)  # a disk that is full has no room for halves
        raise
    return making


def _clear(parent: Path, assignment: str) -> None:
    """Take away what a run that was killed left in a folder."""
    left = re.compile(rf"\.(making|old)(-\w{{8}})?-{re.escape(assignment)}")
    for path in list(parent.iterdir()):
        if left.fullmatch(path.name):
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        with contextlib.suppress(OSError):
            path.chmod(0o755)  # it may be read-only
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0


def _copy_pictures(origin: Path, destination: Path) -> None:
    room, count = TOTAL_LIMIT, 0
    for path in files_below(origin):
        if not is_picture(path) or (size := path.stat().st_size) > FILE_LIMIT:
            continue
        room, count = room - size, count + 1
        if room < 0 or count > MOST_FILES:
            raise ValueError(f"there are more than {MOST_FILES:,} of them, or {TOTAL_LIMIT // 2**20} MB together")
        target = destination / path.relative_to(origin)
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(PermissionError):  # the grader may not read it, so the student's code did not
            shutil.copyfile(path, target)
