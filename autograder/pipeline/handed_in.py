"""What one student handed in: its digest, and which file is the work on a notebook."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.pipeline.source import NotebookSource
from autograder.reading.folders import FILE_LIMIT, MOST_FILES, TOTAL_LIMIT, files_below, read_regular
from autograder.reading.notebook_file import (
    FILE_BYTES,
    MAX_CELLS,
    NotANotebook,
    grade_id,
    read_submission,
    text_of,
)
from autograder.reading.words import one_line

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
    problem: str | None = None
    """Why nobody but a person can say what is to be graded."""


def find_work(folder: Path, source: NotebookSource, others: frozenset[str] = frozenset()) -> Work:
    """The work on one notebook of an assignment, wherever in the folder it lies; `others` are the names of the rest.

    The file of the notebook's own name is taken if anything was done in it. Else, if exactly one other notebook (under
    another name, in a folder, in a zip archive) carries this notebook's cells with work in them, that one is taken.
    """
    name = f"{source.name}.ipynb"
    path = folder / name
    state, content, own = "is missing", None, None
    if path.is_symlink():
        state = "is a link, and no file"
    elif path.exists():
        data = read_regular(path, FILE_BYTES)
        if data is None:
            state = f"cannot be read, or is larger than {FILE_BYTES // 2**20} MB"
        else:
            try:
                content = read_submission(data)
                own = _answers(content, source)
                state = "is as it was given out"
            except NotANotebook as problem:
                state = str(problem).replace("the file ", "", 1)
    found, there = _candidates(folder, source, {name, *(f"{other}.ipynb" for other in others)})
    carrying = [c for c in found if c.answers is not None and c.answers != own]
    if own is not None:
        remarks = [f"{c.where} has work on {name} too, and was not graded" for c in carrying]
        return Work(content, remarks)
    if len({c.answers for c in carrying}) == 1:
        return Work(carrying[0].content, [f"{carrying[0].where} was graded in place of {name}, which {state}"])
    if carrying:
        names = ", ".join(c.where for c in carrying)
        return Work(problem=f"{name} {state}; work on it is in {names}: which is to be graded? Give it that name")
    if content is not None:
        return Work(content)
    if found:  # as it was given out, under another name
        return Work(found[0].content, [f"{found[0].where} was graded in place of {name}, which {state}"])
    if state == "is missing" and not there:
        return Work()
    beside = f"; there is {', '.join(there[:5])}{' and more' if len(there) > 5 else ''}" if there else ""
    return Work(problem=f"{name} {state}{beside}")


@dataclass(frozen=True)
class _Candidate:
    where: str
    content: dict[str, Any]
    answers: tuple[str, ...] | None


def _candidates(folder: Path, source: NotebookSource, known: set[str]) -> tuple[list[_Candidate], list[str]]:
    """The other notebooks that carry cells of this one, and the names of all other files."""
    found: list[_Candidate] = []
    there: list[str] = []
    for where, data in _other_files(folder, known):
        there.append(one_line(where))
        if data is None or len(found) >= MOST_CANDIDATES:
            continue
        try:
            content = read_submission(data)
        except NotANotebook:
            continue
        if _carries(content, source):
            found.append(_Candidate(one_line(where), content, _answers(content, source)))
    return found, there


def _other_files(folder: Path, known: set[str]) -> Iterator[tuple[str, bytes | None]]:
    """The files but those `known`, with the contents of notebooks, also of those in zip archives; names in words."""
    room = TOTAL_LIMIT
    for count, path in enumerate(files_below(folder)):
        where = path.relative_to(folder).as_posix()
        if count >= MOST_FILES or where in known or where == TIMESTAMP or _COPIES in path.parts or path.is_symlink():
            continue
        kind = path.suffix.lower()
        if kind == ".ipynb":
            data = read_regular(path, min(FILE_BYTES, room))
            room -= len(data or b"")
            yield where, data
        elif kind == ".zip" and (data := read_regular(path, min(FILE_BYTES, room))) is not None:
            room -= len(data)
            yield where, None
            for inside, content in _unzipped(data, room):
                room -= len(content)
                yield f"{where} ({inside})", content
        else:
            yield where, None


def _unzipped(data: bytes, room: int) -> Iterator[tuple[str, bytes]]:
    """The notebooks in a zip archive, up to `room` bytes together; an archive that cannot be read has none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist()[:MOST_FILES]:
                if not info.filename.lower().endswith(".ipynb") or "__MACOSX" in info.filename:
                    continue
                if _COPIES in info.filename or info.file_size > min(room, FILE_BYTES):
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
        text = text_of(cell.get("source", cell.get("input")))
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
        cells = [cell for cell in content["cells"][:MAX_CELLS] if isinstance(cell, dict)]
        texts = [text_of(cell.get("source", cell.get("input"))).strip() for cell in cells]
        own = tuple(text for text in texts if text and text not in given)
        return own or None
    own = tuple(kept[cell.name].strip() for cell in asked)
    return None if own == tuple(cell.source.strip() for cell in asked) else own
