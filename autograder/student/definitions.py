"""The text of a student's functions, as Python keeps it for a notebook's cells and for modules."""

from __future__ import annotations

import ast
import inspect
import linecache
import types
from collections.abc import Mapping
from typing import Any

from autograder.student.borrowed import borrowed_from
from autograder.student.lent import PACKAGE, lent_for
from autograder.student.steps import Definition
from autograder.student.syntax import parse

MOST = 12
"""So many functions of a notebook are looked at for one exercise."""


def definitions_of(name: str, functions: Mapping[str, Any]) -> list[Definition]:
    """The function or class `name` and what it uses of the notebook's own, it first; [] when its text is not known."""
    found: dict[str, Definition] = {}
    waiting = [name]
    while waiting and len(found) < MOST:
        wanted = waiting.pop(0)
        thing = functions.get(wanted, names_seen_by(functions.get(name)).get(wanted))
        if wanted in found or not isinstance(thing, (types.FunctionType, type)):
            continue
        if wanted != name and not _beside(thing, functions.get(name)):
            continue  # a rewritten text of another module would not find that module's names
        text = text_of(wanted, thing)
        if text is not None:
            found[wanted] = Definition(wanted, text)
            waiting += names_read(text)
        elif wanted == name:
            return []
    return list(found.values())


def text_of(name: str, thing: Any) -> str | None:
    """The text of a function or class, or of the assignment of a lambda to `name`; None when there is none."""
    module = str(getattr(thing, "__module__", "") or "").split(".")[0]
    # What is filed in their own library passed its check: a mistake is not looked for there.
    if (
        module in ("numpy", "builtins", "scipy", "math", PACKAGE)
        or lent_for(thing) is not None
        or borrowed_from(thing) is not None
    ):
        return None
    code = getattr(_method_of(thing) if isinstance(thing, type) else thing, "__code__", None)
    if not isinstance(code, types.CodeType):
        return None
    lines = linecache.getlines(code.co_filename)
    try:
        tree = parse("".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or not node.lineno <= code.co_firstlineno <= (node.end_lineno or 0):
            continue
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if node.name == name and node.col_offset == 0:
                return "".join(lines[first - 1 : node.end_lineno])
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda) and len(node.targets) == 1:
            (target,) = node.targets
            if isinstance(target, ast.Name) and target.id == name and node.col_offset == 0:
                return "".join(lines[node.lineno - 1 : node.end_lineno])
    return None


def _beside(thing: Any, other: Any) -> bool:
    """Whether two functions or classes see the same global names."""
    seen = [getattr(_method_of(a) if isinstance(a, type) else a, "__globals__", None) for a in (thing, other)]
    return seen[0] is seen[1]


def _method_of(thing: type) -> Any:
    return next((value for value in vars(thing).values() if isinstance(value, types.FunctionType)), None)


def names_read(text: str) -> list[str]:
    """The names a definition reads, in order."""
    nodes = (node for node in ast.walk(parse(text)) if isinstance(node, ast.Name))
    return list(dict.fromkeys(node.id for node in nodes if isinstance(node.ctx, ast.Load)))


def namespace_of(name: str, functions: Mapping[str, Any]) -> dict[str, Any]:
    """What the code of a function can see: its module's names, what it closes over, and the functions given."""
    return {**names_seen_by(functions.get(name)), **functions}


def names_seen_by(thing: Any) -> dict[str, Any]:
    """The names of a function's (or a class's) module, and what it closes over."""
    if isinstance(thing, type):
        return names_seen_by(_method_of(thing))
    if not isinstance(thing, types.FunctionType):
        return {}
    return {**thing.__globals__, **inspect.getclosurevars(thing).nonlocals}
