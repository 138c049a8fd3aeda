"""Whose answer is it, asked of the source alone: for use where nothing the code says of itself can be trusted."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.reading.outline import Outline, joined, outline_of
from autograder.student.borrowed import library_of


def borrowed_in_source(cells: Sequence[str] | Outline, name: str) -> str | None:
    """The same question, asked of the source alone: for use where nothing the code says of itself can be trusted.

    `cells` are the notebook's, or their outlines joined. Follows the definition of `name` and the functions and names
    of the notebook it refers to. Cells that do not parse are passed over. It sees what is written plainly; what is
    hidden on purpose is the sandbox's business.
    """
    outline = cells if isinstance(cells, Outline) else joined(map(outline_of, cells))
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        definitions = outline.definitions.get(current, ())
        for libraries, names in definitions:
            if libraries:
                return libraries[0]
            waiting.extend(names)
        if not definitions:
            path = outline.imports.get(current)
            if path is not None and not path.endswith(".Gate") and (library := library_of(path)):
                return library
    return None
