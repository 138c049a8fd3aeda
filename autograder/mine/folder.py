"""Where a student's own library lies, what is in it, and which of its functions are known to be right."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from autograder.reading.needs import Statement, needed, statements_of

PACKAGE = "my_nn"
NAMED = "MY_NN"
"""The environment variable that names the folder, where it is to lie somewhere else."""
_ABOVE = 2  # folders above the working directory that are looked into
_OPENING = ("__init__.py", "__main__.py")
_JUDGED = "judged.json"


@dataclass(frozen=True)
class FiledFile:
    """What is filed for one assignment: the path, its text, and its statements (none where it is not Python)."""

    path: Path
    text: str
    statements: tuple[Statement, ...]

    @property
    def assignment(self) -> str:
        return self.path.stem

    @property
    def names(self) -> frozenset[str]:
        """The names it gives, imports aside."""
        return frozenset(name for one in self.statements if not one.imports for name in one.gives)

    def digest(self, name: str) -> str:
        """What is true of the text of a function and of what it needs: another text has another digest."""
        texts = [one.text for one in needed(self.statements, [name])]
        return hashlib.sha256("\n".join([name, *texts]).encode()).hexdigest()[:32]


class Folder:
    """The folder of a student's own library. It need not be there before something is filed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def files(self) -> Iterator[FiledFile]:
        """What is filed, by assignment, as far as it can be read."""
        try:
            paths = sorted(path for path in self.path.glob("*.py") if path.name not in _OPENING)
        except OSError:
            paths = []
        for path in paths:
            with contextlib.suppress(OSError, UnicodeDecodeError):
                text = path.read_text(encoding="utf-8")
                yield FiledFile(path, text, statements_of(text))

    def write(self, assignment: str, text: str) -> None:
        """Write the file of an assignment, and once those that make the folder a package. Raises `OSError`."""
        self.path.mkdir(parents=True, exist_ok=True)
        for name in _OPENING:
            if not (self.path / name).exists():
                _replace(self.path / name, (files("autograder.mine.installed") / name).read_text(encoding="utf-8"))
        _replace(self.path / f"{assignment}.py", text)

    def judged(self) -> dict[str, tuple[str, bool]]:
        """For each function that was judged its digest then, and whether it was right."""
        try:
            kept = json.loads((self.path / "__pycache__" / _JUDGED).read_text(encoding="utf-8"))
            return {str(name): (str(digest), right is True) for name, (digest, right) in kept.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def note(self, name: str, digest: str, right: bool) -> None:
        """Remember a judgement; where nothing can be written, it is made again the next time."""
        kept = self.judged() | {name: (digest, right)}
        with contextlib.suppress(OSError):
            (self.path / "__pycache__").mkdir(exist_ok=True)
            _replace(self.path / "__pycache__" / _JUDGED, json.dumps(kept))


def the_folder(assignments: frozenset[str] = frozenset(), here: Path | None = None) -> Folder:
    """The folder named in the environment; or the one called my_nn `here` (in the working directory) or just above; or
    where one would be made: beside the folders of the `assignments`, or beside the notebook."""
    if named := os.environ.get(NAMED):
        return Folder(Path(named))
    try:
        here = here or Path.cwd()
    except OSError:  # the working directory was deleted
        return Folder(Path(PACKAGE))
    for folder in (here, *here.parents[:_ABOVE]):
        if _is_filed(folder / PACKAGE):
            return Folder(folder / PACKAGE)
    return Folder((here.parent if here.name in assignments else here) / PACKAGE)


def _is_filed(folder: Path) -> bool:
    """Whether a folder is somebody's library, and not a package of that name that was installed."""
    try:
        return any(path.name not in _OPENING for path in folder.glob("*.py"))
    except OSError:
        return False


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all, since two notebooks may be open; where that cannot be had, write it."""
    try:
        _replace_at_once(path, text)
    except OSError:  # a storage that cannot put one file in the place of another, or nothing can be written at all
        path.write_text(text, encoding="utf-8")


def _replace_at_once(path: Path, text: str) -> None:
    descriptor, made = tempfile.mkstemp(prefix=f"{path.stem}-", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        with contextlib.suppress(OSError):  # a browser's storage knows no rights
            os.chmod(made, 0o644)
        os.replace(made, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(made)
        raise
