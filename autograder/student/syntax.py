"""Python read as a tree, one thread at a time.

CPython 3.11 counts the depth of the tree it builds in one place for all threads: two trees at once can fail with a
`SystemError`.
"""

from __future__ import annotations

import ast
import inspect
from threading import RLock
from typing import Any

ONE_TREE = RLock()
"""Held while a tree is built. `compile` of a text builds none that Python sees, and needs no holding."""


def parse(source: str) -> ast.Module:
    """The tree of a text. Raises what `ast.parse` raises."""
    with ONE_TREE:
        return ast.parse(source)


def source_of(thing: Any) -> str:
    """The text of a function, class or module; for a class Python looks for it in a tree.

    Raises `OSError` when there is no text to be read, and `TypeError` for what has none.
    """
    with ONE_TREE:
        return inspect.getsource(thing)
