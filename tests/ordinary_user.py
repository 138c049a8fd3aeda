"""For a suite that runs as root: a command run as somebody who is not."""

import os
import sys
from pathlib import Path

from autograder.sandbox import bubblewrap

ROOT = Path(__file__).resolve().parents[1]


def as_ordinary_user(bwrap, uid, command, files=(), folders=()):
    """The command run as a user of no rights, who may read this Python, this repository and `files`.

    `folders` become that user's own, to write in.
    """
    needed = [*bubblewrap._python_paths(), ROOT, *files]
    for folder in folders:
        os.chown(folder, uid, uid)
    private = {
        parent
        for path in [*needed, *folders]
        for parent in [*path.parents, *path.resolve().parents]
        if parent != Path("/") and not parent.stat().st_mode & 0o005
    }
    view = ["--dev-bind", "/", "/"]
    for folder in sorted(p for p in private if not any(q in private for q in p.parents)):
        view += ["--perms", "0755", "--tmpfs", str(folder)]
        inside = {
            p
            for path in [*needed, *folders]
            for q in (path, path.resolve())
            for p in q.parents
            if p.is_relative_to(folder)
        }
        for parent in sorted(inside - {folder}):
            view += ["--perms", "0755", "--dir", str(parent)]
    for path in needed:
        view += ["--ro-bind", str(path.resolve()), str(path)]
        if path.resolve() != path:
            view += ["--ro-bind", str(path.resolve()), str(path.resolve())]
    for folder in folders:
        view += ["--bind", str(folder), str(folder)]
    become = (
        f"import os, sys; os.setgroups([]); os.setgid({uid}); os.setuid({uid}); os.execv(sys.argv[1], sys.argv[1:])"
    )
    caps = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return [bwrap, "--cap-drop", "ALL", *caps, *view, sys.executable, "-S", "-c", become, *command]
