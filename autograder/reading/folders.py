"""Folders that somebody else filled, walked with bounds: nothing made to be deep or large breaks a run."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

FILE_LIMIT = 64 * 2**20
TOTAL_LIMIT = 256 * 2**20
MOST_FILES = 4_096
DEEPEST = 100


def files_below(folder: Path) -> Iterator[Path]:
    """What lies in a folder and is no folder (links among it, never followed), down to `DEEPEST` folders, by name.

    Folders that cannot be read are passed over. No recursion: a student may hand in more folders than Python has stack.
    """
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(here) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if not entry.is_dir(follow_symlinks=False):
                    yield here / entry.name
                elif depth < DEEPEST:
                    waiting.append((here / entry.name, depth + 1))


def read_regular(path: Path, longest: int) -> bytes | None:
    """The content of a regular file of at most `longest` bytes, or None; a link or a device is never opened."""
    with _opened(path) as file:
        if file is None or os.fstat(file.fileno()).st_size > longest:
            return None
        data = file.read(longest + 1)
    return data if len(data) <= longest else None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes] | None]:
    """A regular file, to read; None for what is none, or not readable. A link or a device is never opened."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        yield None
        return
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                yield file
        else:
            yield None
    finally:
        os.close(descriptor)


def begins_with(path: Path, count: int) -> bytes:
    """The first `count` bytes of a regular file, or as many as there are; none of what is no file, or not readable."""
    with _opened(path) as file:
        return b"" if file is None else file.read(count)


def is_small(folder: Path, *, files: int = 200, file_bytes: int = 16 * 2**20) -> bool:
    """Whether a folder is a notebook's own rather than somebody's whole home."""
    for count, path in enumerate(files_below(folder), start=1):
        if count > files:
            return False
        with contextlib.suppress(OSError):
            if path.stat(follow_symlinks=False).st_size > file_bytes:
                return False
    return True
