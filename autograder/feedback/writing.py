"""Pages put into nbgrader's feedback folders, by processes that need nothing of nbgrader: only what changed is made."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.feedback.exercises import Marks
from autograder.feedback.page import page, version
from autograder.feedback.text import image_kind
from autograder.student.language import fingerprint

# What nbgrader's exchange needs beside a page.
CARRIED = ("timestamp.txt", "submission_secret.txt")
LARGEST_PICTURE = 4 * 2**20
MOST_PICTURES = 16 * 2**20
MOST_FILES = 4_096
_MADE_FROM = re.compile(rb'<meta name="made-from" content="([0-9a-f]{64})">')


@dataclass(frozen=True)
class Pages:
    """What is to be made for one student: from the notebooks in `autograded` into `feedback`."""

    student: str
    autograded: Path
    feedback: Path
    marks: Mapping[str, Marks]
    schemes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    group: bool = False
    force: bool = False


@dataclass(frozen=True)
class Made:
    """What became of one student's pages: how many were written, the others being up to date, or what went wrong."""

    new: int = 0
    problem: str | None = None


def write_pages(share: list[Pages]) -> dict[str, Made]:
    """Make the pages of some students."""
    return {pages.student: _write(pages) for pages in share}


def _write(pages: Pages) -> Made:
    try:
        names = sorted(_notebooks(pages.autograded))
        if not names:
            return Made(problem="there is no graded notebook")
        new = sum([_page(pages, name) for name in names])
        _carry(pages, {f"{name}.html" for name in names})
    except Exception as problem:  # one student's pages must not cost the class theirs
        return Made(problem=f"{type(problem).__name__}: {problem}")
    return Made(new)


def _notebooks(folder: Path) -> list[str]:
    return [path.stem for path in folder.glob("*.ipynb") if _regular(path)]


def _page(pages: Pages, name: str) -> bool:
    """Make a page where it would differ; whether it was made."""
    if name not in pages.marks:
        raise ValueError(f"the gradebook has no {name} of {pages.student}")
    target = pages.feedback / f"{name}.html"
    kept = None if pages.force else _made_from(target)
    notebook = pages.autograded / f"{name}.ipynb"
    text = made(notebook, pages.student, pages.marks[name], pages.schemes.get(name, {}), kept)
    if text is not None:
        _put(target, text.encode("utf-8", "replace"), pages.group)
    return text is not None


def made(notebook: Path, student: str, marks: Marks, schemes: Mapping[str, str], kept: str | None = None) -> str | None:
    """The page of a graded notebook; None when one made from the same, by its digest, is `kept` already."""
    data = notebook.read_bytes()
    digest = _digest(data, student, marks, schemes)
    if digest == kept:
        return None
    beside = PicturesBeside(notebook.parent)
    return page(json.loads(data), student, notebook.stem, marks, schemes=schemes, beside=beside, digest=digest)


def _digest(data: bytes, student: str, marks: Marks, schemes: Mapping[str, str]) -> str:
    about = repr((student, sorted(marks.cells.items()), sorted(marks.comments.items()), sorted(marks.unanswered)))
    more = repr((marks.late_penalty, sorted(schemes.items()), version(), fingerprint()))
    return hashlib.sha256(data + about.encode("utf-8", "replace") + more.encode("utf-8", "replace")).hexdigest()


def _made_from(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            found = _MADE_FROM.search(file.read(1_000))
    except OSError:
        return None
    return found[1].decode("ascii") if found else None


def _put(target: Path, data: bytes, group: bool) -> None:
    """All of the new content or all of the old."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".making-", delete=False) as file:
        file.write(data)
    os.chmod(file.name, 0o664 if group else 0o644)
    os.replace(file.name, target)


def _carry(pages: Pages, names: set[str]) -> None:
    """Beside the pages: what the exchange needs, and pictures. Anything else that lies there goes."""
    wanted = set(names)
    for path, relative in harmless_files(pages.autograded):
        wanted.add(relative)
        target = pages.feedback / relative
        data = path.read_bytes()
        if not _regular(target) or target.read_bytes() != data:
            _put(target, data, pages.group)
    tidy(pages.feedback, wanted)
    if pages.group:
        pages.feedback.chmod(0o2775)


def harmless_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """The files of a submission that may lie beside its page, where a browser may open them."""
    room, count = MOST_PICTURES, 0
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(here, name)
            relative = path.relative_to(folder).as_posix()
            count += 1
            if count > MOST_FILES:
                return
            if not _regular(path) or path.stat().st_size > min(LARGEST_PICTURE, room):
                continue
            if relative in CARRIED or _is_picture(path):
                room -= path.stat().st_size
                yield path, relative


def tidy(folder: Path, wanted: set[str]) -> None:
    """Remove what does not belong into a feedback folder: pages of earlier runs, files a student handed in."""
    for here, folders, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(here, name)
            if path.relative_to(folder).as_posix() not in wanted:
                path.unlink(missing_ok=True)
        for name in folders:
            path = Path(here, name)
            if path.is_symlink():
                path.unlink()
            elif not any(path.iterdir()):
                path.rmdir()


def _is_picture(path: Path) -> bool:
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg", ".gif"):
        return False
    with path.open("rb") as file:
        return image_kind(file.read(16)) is not None


def _regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


class PicturesBeside:
    """The pictures that lie beside a notebook, by the name its text gives them; only so many bytes of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._room = MOST_PICTURES

    def __call__(self, name: str) -> bytes | None:
        from urllib.parse import unquote

        try:
            path = (self._folder / unquote(name)).resolve()
            if not path.is_relative_to(self._folder) or not _regular(path) or not _is_picture(path):
                return None
            size = path.stat().st_size
            if size > min(LARGEST_PICTURE, self._room):
                return None
            self._room -= size
            return path.read_bytes()
        except (OSError, ValueError):
            return None
