"""Filing: the text of a function that earned full points goes into the student's own library, with what it needs."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.exercises import Exercise
from autograder.judge import judge
from autograder.mine.folder import PACKAGE, FiledFile, Folder
from autograder.mine.modules import run
from autograder.reading.needs import Statement, needed, statements_of
from autograder.reading.words import one_line
from autograder.student.language import t
from autograder.student.lent import lent_for
from autograder.student.local import LocalCode
from autograder.student.time_limit import CALL_SECONDS


def file_answer(
    exercise: Exercise, cells: Sequence[str], functions: Mapping[str, Any], folder: Folder, seed: int
) -> str | None:
    """File the answer to `exercise`, found in the `cells` in the order they were run; what there is to tell, or None.

    Only what earns full points from its file alone, too, is written: a function may lean on something that is no text.
    """
    name = exercise.name
    if _is_filed_already(functions[name]):
        return None
    pool = [one for cell in cells for one in statements_of(cell)]
    wanted = needed(pool, [name])
    if not any(name in one.gives for one in wanted):
        return t(
            "{name} was not filed in {library}: its text is in no cell that was run here", name=name, library=PACKAGE
        )
    path = folder.path / f"{exercise.assignment}.py"
    old = next((file for file in folder.files() if file.path == path), None)
    if old is not None and old.text.strip() and not old.statements:
        return t(
            "{name} was not filed: {path} is not Python any more. Mend it, or move it away, and check again.",
            name=name,
            path=_shown(path),
        )
    text = composed(exercise.assignment, old, wanted)
    if old is not None and text == old.text:
        return None
    made = FiledFile(path, text, statements_of(text))
    module = run(made, types.ModuleType(f"{PACKAGE}.{exercise.assignment}"))
    answer = vars(module).get(name)
    right = judge(name, LocalCode({**functions, name: answer}, CALL_SECONDS), seed, explain=None).passed
    if not right:
        return t(
            "{name} was not filed in {library}: alone in a file it does not pass. It may lean on something that no "
            "cell defines in plain statements; give it what it needs as arguments, or define it beside the function.",
            name=name,
            library=PACKAGE,
        )
    try:
        folder.write(exercise.assignment, text)
    except OSError as problem:
        why = problem.strerror or problem
        words = t("{name} was not filed: {path} cannot be written ({why})", name=name, path=_shown(path), why=why)
        return one_line(words)
    folder.note(name, made.digest(name), True)
    return t("{name} is in your library now: {path}", name=name, path=_shown(path))


def composed(assignment: str, old: FiledFile | None, wanted: Sequence[Statement]) -> str:
    """The text of an assignment's file with the statements `wanted` in it; what they replace is gone, all else stays.

    Imports stand on top, and what is new at the end.
    """
    kept = [] if old is None else _pieces(old)
    stays = _staying(kept, wanted)
    given = frozenset(name for one in wanted for name in one.gives)
    fresh = [one for one in wanted if one.text not in stays]
    texts = {one.text for one in fresh}
    kept = [
        (text, one)
        for text, one in kept
        if one is None or one.text in stays or not (one.text in texts or _is_replaced(one, given))
    ]
    top = next((i for i, (_, one) in enumerate(kept) if one is not None and not one.imports), len(kept))
    about = t("{assignment}: what I wrote, and what it needs.", assignment=assignment)
    head = [text for text, _ in kept[:top]] or [f'"""{about}"""\n']
    first = 1 if head[0].startswith(('"""', "'''")) else 0
    head[first:first] = [one.text for one in fresh if one.future]
    head += [one.text for one in fresh if one.imports and not one.future]
    body = [text for text, _ in kept[top:]] + [one.text for one in fresh if not one.imports]
    return "\n\n\n".join(["\n".join(head).rstrip("\n"), *(text.strip("\n") for text in body)]) + "\n"


def _staying(kept: Sequence[tuple[str, Statement | None]], wanted: Sequence[Statement]) -> frozenset[str]:
    """The texts among the `wanted` that may stay where they are in the file: nothing that they need comes only now."""
    there = {one.text for _, one in kept if one is not None}
    stays: set[str] = set()
    moved: set[str] = set()
    for one in wanted:
        if one.text in there and (one.imports or not (one.reads | one.changes) & moved):
            stays.add(one.text)
        elif not one.imports:
            moved |= one.gives
    return frozenset(stays)


def _pieces(file: FiledFile) -> list[tuple[str, Statement | None]]:
    """The file cut into its statements, each with the comments above it; None beside what gives, changes and imports
    nothing, such as its docstring."""
    lines = file.text.splitlines()
    pieces: list[tuple[str, Statement | None]] = []
    end = 0
    for one in file.statements:
        if one.first <= end:  # two on one line: it came with the one before
            continue
        text = "\n".join(lines[end : one.last]).lstrip("\n")
        pieces.append((text, one if one.gives or one.changes or one.imports else None))
        end = one.last
    rest = "\n".join(lines[end:]).strip("\n")
    return [*pieces, (rest, None)] if rest else pieces


def _is_replaced(one: Statement, given: frozenset[str]) -> bool:
    if one.imports:
        return False
    return one.gives <= given if one.gives else bool(one.changes & given)


def _is_filed_already(thing: Any) -> bool:
    return lent_for(thing) is not None or str(getattr(thing, "__module__", "")).split(".")[0] == PACKAGE


def _shown(path: Path) -> str:
    return f"{PACKAGE}/{path.name}"
