"""Whose function is it? A graded function must be the student's own.

A function is borrowed when it comes from a library that differentiates, or when it, or a function of the notebook it
uses, refers to one. Looked up in the compiled code, so that it works without the source, here and in the sandbox.
"""

from __future__ import annotations

import ast
import dis
import types
from typing import Any

LIBRARIES = (
    "nn_lib",
    "torch",
    "jax",
    "autograd",
    "tensorflow",
    "keras",
    "micrograd",
    "autograder",
    "tinygrad",
    "mygrad",
)
# Deriving from the base class borrows a form, not an answer.
_HARMLESS = {("nn_lib.gate", "Gate")}


def borrowed_from(function: Any) -> str | None:
    """The library `function` (or class) was taken from or leans on, or None when it is the student's own."""
    try:
        return _search(function, set())
    except Exception:  # an object built to break the inspection does not get past it
        return "an object that hides where it comes from"


def _library(module: Any) -> str | None:
    name = str(module or "").split(".")[0]
    return name if name in LIBRARIES else None


def _search(thing: Any, seen: set[int]) -> str | None:
    if id(thing) in seen:
        return None
    seen.add(id(thing))
    if isinstance(thing, types.ModuleType):
        return _library(thing.__name__)
    if isinstance(thing, type):
        if (thing.__module__, thing.__name__) in _HARMLESS:
            return None
        if library := _library(thing.__module__):
            return library
        members = [*thing.__bases__, *vars(thing).values()] if thing.__module__ == "__main__" or _own(thing) else []
        return _first(members, seen)
    if isinstance(thing, (staticmethod, classmethod)):
        return _search(thing.__func__, seen)
    if isinstance(thing, property):
        return _first([thing.fget, thing.fset], seen)
    if isinstance(thing, types.MethodType):
        return _search(thing.__func__, seen)
    if isinstance(thing, types.FunctionType):
        if library := _library(thing.__module__):
            return library
        if not _own(thing):
            return None
        cells = [cell.cell_contents for cell in thing.__closure__ or () if _filled(cell)]
        return _in_code(thing.__code__, thing.__globals__, seen) or _first([*cells, *(thing.__defaults__ or ())], seen)
    inner = [getattr(thing, name) for name in ("func", "pyfunc", "__wrapped__") if _has(thing, name)]
    if inner:
        return _first(inner, seen)
    return _library(type(thing).__module__) or _library(getattr(thing, "__module__", None))


def _own(thing: Any) -> bool:
    """Whether the code was written in a notebook rather than in an installed package such as NumPy."""
    module = str(getattr(thing, "__module__", "") or "")
    return module.split(".")[0] not in (
        "numpy",
        "builtins",
        "math",
        "matplotlib",
        "scipy",
        "IPython",
        "functools",
    )


def _filled(cell: Any) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def _has(thing: Any, name: str) -> bool:
    return name in getattr(thing, "__dict__", {}) or (name == "func" and hasattr(type(thing), "func"))


def _first(things: Any, seen: set[int]) -> str | None:
    return next((found for thing in things if (found := _search(thing, seen))), None)


def _in_code(code: types.CodeType, names: dict[str, Any], seen: set[int]) -> str | None:
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME" and (library := _library(instruction.argval)):
            return library
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME") and instruction.argval in names:
            value = names[instruction.argval]
            if isinstance(value, (types.ModuleType, types.FunctionType, type, types.MethodType)) or callable(value):
                if library := _search(value, seen):
                    return library
            elif library := _library(type(value).__module__):
                return library
    nested = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return next((found for inner in nested if (found := _in_code(inner, names, seen))), None)


def borrowed_in_source(cells: list[str], name: str) -> str | None:
    """The same question, asked of the source alone: for use where nothing the code says of itself can be trusted.

    Follows the definition of `name` and the functions and names of the notebook it refers to. Cells that do not parse
    are passed over. It sees what is written plainly; what is hidden on purpose is the sandbox's business.
    """
    definitions: dict[str, list[ast.AST]] = {}
    imported: dict[str, str] = {}
    for cell in cells:
        try:
            tree = ast.parse(_without_magics(cell))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    imported[alias.asname or alias.name.split(".")[0]] = alias.name
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    imported[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
                definitions.setdefault(node.name, []).append(node)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        definitions.setdefault(target.id, []).append(node.value)
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        if current in definitions:
            for node in definitions[current]:
                for inner in ast.walk(node):
                    if isinstance(inner, (ast.Import, ast.ImportFrom)):
                        module = inner.module if isinstance(inner, ast.ImportFrom) else inner.names[0].name
                        if library := _library(module):
                            return library
                    elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                        waiting.append(inner.id)
        elif current in imported:
            path = imported[current]
            if (library := _library(path)) and not path.endswith(".Gate"):
                return library
    return None


def _without_magics(cell: str) -> str:
    return "\n".join("pass" if line.lstrip().startswith(("%", "!", "?")) else line for line in cell.splitlines())
