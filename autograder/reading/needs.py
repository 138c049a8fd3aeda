"""What a name of a notebook needs: the statements that made it, and all that these read.

Read from the cells in the order in which they were run, and by Python's own rules for whose a name is, so that a local
variable drags in nothing that a cell has called by the same name.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from autograder.reading.outline import parsed, without_magics

_EVERYTHING = "*"
# Methods by which a statement changes what a name stands for: a table of functions is often filled so.
_CHANGING = ("add", "append", "extend", "insert", "setdefault", "update")


@dataclass(frozen=True)
class Statement:
    """A statement of a cell or a file: its text, from column 0, and what it gives names to, changes and reads.

    `at_once` are those it reads when it runs, and not when a function in it is called. `first` and `last` are its
    lines, decorators included, from 1 on.
    """

    text: str
    first: int
    last: int
    gives: frozenset[str]
    changes: frozenset[str]
    reads: frozenset[str]
    at_once: frozenset[str]
    imports: bool
    future: bool


@lru_cache(maxsize=256)
def statements_of(source: str) -> tuple[Statement, ...]:
    """The statements of a cell or file in order; none when it does not parse."""
    source = without_magics(source)
    return statements_in(source, parsed(source))


def statements_in(source: str, tree: ast.Module | None) -> tuple[Statement, ...]:
    """As `statements_of`, for a text without magics whose syntax tree is there already."""
    if tree is None:
        return ()
    lines = source.splitlines()
    firsts = [min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) for node in tree.body]
    found: list[Statement] = []
    for number, node in enumerate(tree.body):
        first, last = firsts[number], node.end_lineno or node.lineno
        text = "\n".join(lines[first - 1 : last])
        before, after = tree.body[number - 1 : number], tree.body[number + 1 : number + 2]
        shared = any(other.end_lineno == first for other in before) or any(other.lineno == last for other in after)
        if shared or node.col_offset:
            text = ast.unparse(node)
        found.append(_statement(node, text, first, last))
    return tuple(found)


def needed(statements: Sequence[Statement], names: Iterable[str]) -> list[Statement]:
    """The statements by which `names` were made what they are, and all that is needed for it, in order. A name that no
    statement gives is passed over, as a built-in one is."""
    chosen: set[int] = set()
    end = len(statements)
    waiting = [(name, end) for name in names]
    seen: set[tuple[str, int]] = set()
    while waiting:
        wanted = waiting.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        for place in _makers(statements, *wanted):
            if place not in chosen:
                chosen.add(place)
                one = statements[place]
                # What runs with the statement sees the names as they were then, what is called later as they are.
                waiting += [(name, place) for name in one.at_once]
                waiting += [(name, end) for name in one.reads - one.at_once]
    return [statements[place] for place in sorted(chosen)]


def _makers(statements: Sequence[Statement], name: str, end: int) -> Iterator[int]:
    """The places of the last statement before `end` that gives `name`, and of those that change what it gave."""
    last = max((place for place in range(end) if name in statements[place].gives), default=None)
    if last is None:
        if not hasattr(builtins, name):
            yield from (place for place in range(end) if _EVERYTHING in statements[place].gives)
        return
    yield last
    if not statements[last].imports:
        yield from (place for place in range(last + 1, len(statements)) if name in statements[place].changes)


def _statement(node: ast.stmt, text: str, first: int, last: int) -> Statement:
    imports = isinstance(node, (ast.Import, ast.ImportFrom))
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    gives, reads, at_once = _names(text)
    changes = {root for part in _outside(node) if (root := _changed(part)) is not None}
    if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
        gives = {_EVERYTHING}
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        gives, changes = set(), {node.target.id}
    return Statement(text, first, last, frozenset(gives), frozenset(changes), reads, at_once, imports, future)


def _names(text: str) -> tuple[set[str], frozenset[str], frozenset[str]]:
    """The names that a statement gives to its module, those it reads from it, and which of these when it runs."""
    try:
        table = symtable.symtable(text, "<statement>", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return set(), frozenset(), frozenset()
    gives = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    at_once = frozenset(s.get_name() for s in table.get_symbols() if s.is_referenced())
    reads = set(at_once)
    waiting = list(table.get_children())
    while waiting:
        inner = waiting.pop()
        reads |= {s.get_name() for s in inner.get_symbols() if s.is_global() and s.is_referenced()}
        gives |= {s.get_name() for s in inner.get_symbols() if s.is_declared_global() and s.is_assigned()}
        waiting += inner.get_children()
    return gives, frozenset(reads), at_once


def _outside(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a statement that run when it runs, and not when a function in it is called."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        if not isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(part))


def _changed(part: ast.AST) -> str | None:
    """The name whose object a part of a statement changes: `x[0] = 1`, `x.y = 1`, `x.append(1)`, `setattr(x, ...)`."""
    if isinstance(part, (ast.Attribute, ast.Subscript)) and not isinstance(part.ctx, ast.Load):
        return _root(part)
    if isinstance(part, ast.Call):
        if isinstance(part.func, ast.Attribute) and part.func.attr in _CHANGING:
            return _root(part.func)
        if isinstance(part.func, ast.Name) and part.func.id == "setattr" and part.args:
            return _root(part.args[0])
    return None


def _root(part: ast.AST) -> str | None:
    while isinstance(part, (ast.Attribute, ast.Subscript)):
        part = part.value
    return part.id if isinstance(part, ast.Name) else None
