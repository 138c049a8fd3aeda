"""Secrets of a course, drawn once and kept: what seeds are derived from, and what names are hidden with."""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from autograder.exercises import CourseProblem

SECRET = "seeds.secret"


def secret_of(folder: Path) -> bytes:
    """The secret of 256 bits that a course's seeds are derived from: drawn once, and kept in `folder`.

    Raises `CourseProblem` when the file that holds it is damaged.
    """
    path = folder / SECRET
    text = drawn_once(path, lambda: secrets.token_hex(32))
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise CourseProblem(
            f"{path} should hold the secret that seeds are derived from, 64 digits in hexadecimal, and does not: bring "
            "it back from a copy, or delete it, and everybody is graded again with other tests"
        )
    return secret


def seed_of(secret: bytes, assignment: str, digest: str) -> int:
    """The seed, below 2**63, that a submission with this digest is judged with.

    Whoever changes a submission changes its seed, so that no answers can be prepared for it; who knows a seed, from a
    page or a record, knows nothing of the secret or of another seed. The same submission always has the same one.
    """
    made = hmac.digest(secret, f"{assignment}\0{digest}".encode("utf-8", "surrogatepass"), "sha256")
    return int.from_bytes(made[:8]) >> 1


def drawn_once(path: Path, draw: Callable[[], str]) -> str:
    """What `draw` gave when this file was first asked for; only its owner can read it.

    Two that ask at the same time get the same, and nobody gets a part, whatever happens to them.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:
            file.write(draw())
            file.flush()
            os.fsync(file.fileno())
            with suppress(FileExistsError):  # another was faster: then what it drew is the one
                try:
                    os.link(file.name, path)  # complete at once, whatever happens to us
                except FileExistsError:
                    raise
                except OSError:  # a file system without hard links
                    with path.open("x", encoding="ascii") as kept:
                        kept.write(Path(file.name).read_text(encoding="ascii"))
    return path.read_text(encoding="ascii", errors="replace").strip()
