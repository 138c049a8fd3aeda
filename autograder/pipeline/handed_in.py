"""What one student handed in: its digest, and which file is the work on a notebook."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from autograder.pipeline.source import NotebookSource
from autograder.reading.folders import FILE_LIMIT, MOST_FILES, TOTAL_LIMIT, begins_with, files_below, read_regular
from autograder.reading.notebook_file import (
    FILE_BYTES,
    MAX_CELLS,
    NotANotebook,
    grade_id,
    read_submission,
    source_of,
)
from autograder.reading.words import one_line
from autograder.student.language import Text, later

MOST_CANDIDATES = 20
TIMESTAMP = "timestamp.txt"
# What nbgrader's exchange leaves beside a submission, to know who may fetch its feedback.
SECRET = "submission_secret.txt"
_COPIES = ".ipynb_checkpoints"


def digest_of(folder: Path, file_bytes: int = FILE_LIMIT, total_bytes: int = TOTAL_LIMIT) -> str:
    """What was handed in, in one number: names and contents of the regular files, in the order a session reads them.

    A file over `file_bytes`, or beyond `total_bytes` of all, counts by its size and time: no session gets to see it.
    """
    digest, room = hashlib.sha256(), max(total_bytes, TOTAL_LIMIT)
    for path in files_below(folder):
        name = str(path.relative_to(folder)).encode("utf-8", "surrogateescape")
        longest = max(file_bytes, FILE_BYTES if path.suffix.lower() in (".ipynb", ".zip") else FILE_LIMIT)
        try:
            if path.is_symlink() or not path.is_file():
                continue
            about = path.stat()
            digest.update(b"%s\0%d\0" % (name, about.st_size))
            if about.st_size > min(longest, room):  # it may be all hole, and endless to read
                digest.update(b"%d" % about.st_mtime_ns)
                continue
            room -= about.st_size
            with path.open("rb") as file:
                while piece := file.read(2**20):
                    digest.update(piece)
        except OSError:  # not readable, or gone by now: that is this file's matter, and not the class's
            digest.update(b"%s\0?" % name)
    return digest.hexdigest()


@dataclass
class Work:
    """A notebook found among what was handed in. With neither `content` nor `problem`, there is nothing like it."""

    content: dict[str, Any] | None = None
    remarks: list[str] = field(default_factory=list)
    problem: Text | None = None
    """Why nobody but a person can say what is to be graded."""


_MISSING = later("is missing")
_AS_GIVEN = later("is as it was given out")


def find_work(folder: Path, source: NotebookSource, others: frozenset[str] = frozenset()) -> Work:
    """The work on one notebook of an assignment, wherever in the folder it lies; `others` are the names of the rest.

    The file of the notebook's own name is taken if anything was done in it. Else, if exactly one other notebook (under
    another name, in a folder, in a zip archive) carries this notebook's cells with work in them, that one is taken.
    Nothing done is a result only where no other file is there, which might be the work.
    """
    name = f"{source.name}.ipynb"
    state, content = _of_its_own_name(folder / name, source)
    own = None if content is None else _answers(content, source)
    found, there, unread = _candidates(folder, source, {name, *(f"{other}.ipynb" for other in others)})
    carrying = [c for c in found if c.answers is not None and c.answers != own]
    if own is not None:
        remarks = [f"{c.where} has work on {name} too, and was not graded" for c in carrying]
        return Work(content, remarks)
    if len({c.answers for c in carrying}) == 1:
        return Work(carrying[0].content, [f"{carrying[0].where} was graded in place of {name}, which {state}"])
    if carrying:
        which = later(
            "{name} {state}; work on it is in {names}: which is to be graded? Give it that name",
            name=name,
            state=state,
            names=", ".join(c.where for c in carrying),
        )
        return Work(problem=which)
    if (kept := _kept_by_the_editor(folder, source)) is not None:
        words = later(
            "{name} {state}; the editor's own copy {where} has work on it: is that to be graded? Give it that name",
            name=name,
            state=state,
            where=kept,
        )
        return Work(problem=words)
    if content is not None and not unread:
        return Work(content)
    if found and not unread and state is _MISSING:  # as it was given out, under another name
        return Work(found[0].content, [f"{found[0].where} was graded in place of {name}, which {state}"])
    if state is _MISSING and not there:
        return Work()
    there = unread or there
    if not there:
        return Work(problem=later("{name} {state}", name=name, state=state))
    names = ", ".join(there[:5])
    if len(there) > 5:
        return Work(problem=later("{name} {state}; there is {names} and more", name=name, state=state, names=names))
    return Work(problem=later("{name} {state}; there is {names}", name=name, state=state, names=names))


def _of_its_own_name(path: Path, source: NotebookSource) -> tuple[Text, dict[str, Any] | None]:
    """What is to be said of the file that has the notebook's name, where nothing was done in it; and its content."""
    if path.is_symlink():
        return later("is a link, and no file"), None
    if not path.exists():
        return _MISSING, None
    data = read_regular(path, FILE_BYTES)
    if data is None:
        return later("cannot be read, or is larger than {most} MB", most=FILE_BYTES // 2**20), None
    try:
        content = read_submission(data)
    except NotANotebook as problem:
        return later("cannot be read: {why}", why=problem.why), None
    if _is_another(content, source):
        return later("has none of the cells of this notebook"), None
    return _AS_GIVEN, content


def _is_another(content: dict[str, Any], source: NotebookSource) -> bool:
    """Whether a notebook has nothing of this one: none of its cells, and no answer to any of its exercises."""
    if not source.cells or _kept(content, source):
        return False
    asked = [cell.check for cell in source.cells if cell.check]
    texts = [text for text in _texts(content) if text not in source.prose]
    return not any(name in text for text in texts for name in asked) if asked else not texts


def _texts(content: dict[str, Any]) -> list[str]:
    cells = [cell for cell in content["cells"][:MAX_CELLS] if isinstance(cell, dict)]
    texts = (source_of(cell).strip() for cell in cells)
    return [text for text in texts if text]


@dataclass(frozen=True)
class _Candidate:
    where: str
    content: dict[str, Any]
    answers: tuple[str, ...] | None


def _candidates(folder: Path, source: NotebookSource, known: set[str]) -> tuple[list[_Candidate], list[str], list[str]]:
    """The other notebooks that carry cells of this one; the names of all other files; and those of them that might hold
    somebody's work all the same."""
    found: list[_Candidate] = []
    there: list[str] = []
    unread: list[str] = []
    for where, data in _other_files(folder, known):
        there.append(one_line(where))
        content = None
        if data is not None and len(found) < MOST_CANDIDATES:
            with suppress(NotANotebook):
                content = read_submission(data)
        if content is not None and _carries(content, source):
            found.append(_Candidate(one_line(where), content, _answers(content, source)))
        elif where not in source.beside and not _of_a_program(where):
            unread.append(one_line(where))
    return found, there, unread


def _of_a_program(where: str) -> bool:
    """Whether a file lies there for a program's sake, and nobody has handed it in."""
    return where == SECRET or any(part.startswith((".", "__")) for part in where.split("/"))


def _kept_by_the_editor(folder: Path, source: NotebookSource) -> str | None:
    """The name of the first of an editor's own copies with work on a notebook; they are older than what was saved."""
    room = TOTAL_LIMIT
    for path in islice(files_below(folder), MOST_FILES):
        if _COPIES not in path.parts or path.suffix.lower() != ".ipynb":
            continue
        data = read_regular(path, min(FILE_BYTES, room)) or b""
        room -= len(data)
        with suppress(NotANotebook):
            content = read_submission(data)
            if _carries(content, source) and _answers(content, source) is not None:
                return one_line(path.relative_to(folder).as_posix())
    return None


def _other_files(folder: Path, known: set[str]) -> Iterator[tuple[str, bytes | None]]:
    """The files but those `known`, also those in zip archives, with the contents of the notebooks among them."""
    room = TOTAL_LIMIT
    for count, path in enumerate(files_below(folder)):
        where = path.relative_to(folder).as_posix()
        if count >= MOST_FILES or where in known or where == TIMESTAMP or _COPIES in path.parts or path.is_symlink():
            continue
        kind = path.suffix.lower()
        if kind == ".zip" and (data := read_regular(path, min(FILE_BYTES, room))) is not None:
            room -= len(data)
            inside = None
            for inside, content in _unzipped(data, room):
                room -= len(content or b"")
                yield f"{where} ({inside})", content
            if inside is None:
                yield where, None
        elif kind == ".ipynb" or _begins_like_a_notebook(path):
            data = read_regular(path, min(FILE_BYTES, room))
            room -= len(data or b"")
            yield where, data
        else:
            yield where, None


def _begins_like_a_notebook(path: Path) -> bool:
    """Whether a file may be a notebook to which a browser or a mail program has given another name."""
    return begins_with(path, 64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _unzipped(data: bytes, room: int) -> Iterator[tuple[str, bytes | None]]:
    """The files in a zip archive; with their contents the notebooks, up to `room` bytes together. Of an archive that
    cannot be read there are none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist()[:MOST_FILES]:
                if info.is_dir() or "__MACOSX" in info.filename or _COPIES in info.filename:
                    continue
                if not info.filename.lower().endswith(".ipynb") or info.file_size > min(room, FILE_BYTES):
                    yield info.filename, None
                    continue
                with archive.open(info) as file:
                    content = file.read(min(room, FILE_BYTES) + 1)
                if len(content) <= min(room, FILE_BYTES):
                    room -= len(content)
                    yield info.filename, content
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, ValueError, EOFError, NotImplementedError):
        return


def _kept(content: dict[str, Any], source: NotebookSource) -> dict[str, str]:
    """The cells of a notebook that are the gradebook's, by name, with their text; locked ones also by text alone."""
    locked = {cell.source.strip(): cell.name for cell in source.cells if cell.locked}
    names = {cell.name for cell in source.cells}
    found: dict[str, str] = {}
    for cell in content["cells"][:MAX_CELLS]:
        if not isinstance(cell, dict):
            continue
        text = source_of(cell)
        name = grade_id(cell)
        name = name if name in names else locked.get(text.strip())
        if name is not None:
            found[name] = text
    return found


def _carries(content: dict[str, Any], source: NotebookSource) -> bool:
    """Whether a notebook is this one: with at least half of its cells."""
    return 2 * len(_kept(content, source)) >= max(1, len(source.cells))


def _answers(content: dict[str, Any], source: NotebookSource) -> tuple[str, ...] | None:
    """What a notebook's answers say; None when nothing was done: all are as they were given out."""
    kept = _kept(content, source)
    asked = [cell for cell in source.cells if cell.solution]
    if any(cell.name not in kept for cell in asked):
        # Answers without their ids: then everything counts that was not given out.
        given = {*source.prose, *(cell.source.strip() for cell in source.cells)}
        own = tuple(text for text in _texts(content) if text not in given)
        return own or None
    own = tuple(kept[cell.name].strip() for cell in asked)
    return None if own == tuple(cell.source.strip() for cell in asked) else own
