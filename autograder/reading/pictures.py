"""Is this file a picture, and nothing that could run where it is opened?"""

from __future__ import annotations

from pathlib import Path

_KINDS = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
}


def is_picture(path: Path) -> bool:
    """Whether a regular file is a PNG, JPEG or GIF, by its name and by its first bytes.

    The name decides how a server or a browser opens it, the bytes whether the name is true.
    """
    starts = _KINDS.get(path.suffix.lower(), ())
    if not starts or path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(8).startswith(starts)
