"""Whose function is it? A graded function must be the student's own.

A function is borrowed when it comes from a library that differentiates, or when it, or a function of the notebook it
uses, refers to one. Looked up in the compiled code, so that it works without the source, here and in the sandbox.
"""

from __future__ import annotations

import ast
import dis
import sys
import types
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import islice
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
# By these a function reaches code that neither its source nor its bytecode shows.
_HIDING = ("__import__", "exec", "eval", "importlib")
# And by these it comes at the grader, or at a copy of the library's code. No exercise needs them.
_REACHING_MODULES = {"builtins", "ctypes", "gc", "importlib", "marshal", "multiprocessing", "runpy", "subprocess"}
_REACHING_NAMES = {"__builtins__", "__import__", "__loader__", "__spec__", "compile", "eval", "exec"}
_REACHING_ATTRIBUTES = {
    "__builtins__", "__code__", "__file__", "__globals__", "__loader__", "__path__", "__spec__", "__subclasses__",
    "CodeType", "FunctionType", "_getframe", "fork", "modules", "run_cell", "user_ns",
}  # fmt: skip
_FOUND = find_spec("nn_lib")
_FOLDER = (_FOUND.submodule_search_locations or [""])[0] if _FOUND else ""
_LOOKED_AT = 1000  # of a container's items: what holds a library's functions is small, what holds data may be large


def borrowed_from(function: Any) -> str | None:
    """The library `function` (or class) was taken from or leans on, or None when it is the student's own."""
    try:
        return _search(function, set())
    except Exception:  # an object built to break the inspection does not get past it
        return "an object that hides where it comes from"


def _library(module: Any) -> str | None:
    name = str(module or "").split(".")[0]
    return name if name in LIBRARIES else None


def _library_or_hiding(module: Any) -> str | None:
    return _library(module) or _hiding(str(module or "").split(".")[0])


def _hiding(name: str) -> str | None:
    return f"{name}, which hides where its code comes from" if name in _HIDING else None


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
    if isinstance(thing, dict):
        return _first(islice(dict.values(thing), _LOOKED_AT), seen)
    if isinstance(thing, (list, tuple)):
        return _first(list(thing[:_LOOKED_AT]), seen)
    if isinstance(thing, types.FunctionType):
        if library := _library(thing.__module__):
            return library
        if not _own(thing):
            return None
        # A function made anew from the library's code has lost its module, but not the file it was compiled from.
        if _FOLDER and thing.__code__.co_filename.startswith(_FOLDER):
            return "nn_lib"
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
        if instruction.opname == "IMPORT_NAME" and (library := _library_or_hiding(instruction.argval)):
            return library
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            if instruction.argval not in names:
                if library := _hiding(instruction.argval):
                    return library
                continue
            value = names[instruction.argval]
            searched = (types.ModuleType, types.FunctionType, type, types.MethodType, dict, list, tuple)
            if isinstance(value, searched) or callable(value):
                if library := _search(value, seen):
                    return library
            elif library := _library(type(value).__module__):
                return library
    nested = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return next((found for inner in nested if (found := _in_code(inner, names, seen))), None)


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
            if path is None and (library := _hiding(current)):
                return library
            if path is not None and not path.endswith(".Gate") and (library := _library_or_hiding(path)):
                return library
    return None


def withdraw_libraries() -> None:
    """Take the libraries away from this process, however they are referred to: their functions refuse to run.

    For the sandbox, after the notebook's cells and before the judge's calls, where reading the code is no defence
    against someone who hides what it calls. `Gate` stays, to derive from.
    """
    seen: set[int] = set()
    for name, module in list(sys.modules.items()):
        if _library(name) in (None, "autograder") or name == "nn_lib.gate":
            continue
        if _library(name) == "nn_lib" and isinstance(module, types.ModuleType):
            _withdraw(vars(module), seen)
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own mark for "do not import this"


def _withdraw(things: dict[str, Any], seen: set[int]) -> None:
    for thing in list(things.values()):
        if isinstance(thing, dict) and id(thing) not in seen:
            seen.add(id(thing))
            _withdraw(thing, seen)
        elif isinstance(thing, type) and id(thing) not in seen and _taken(thing):
            seen.add(id(thing))
            _withdraw(dict(vars(thing)), seen)
        else:
            _refuse(thing.fget if isinstance(thing, property) else thing)


def _refuse(function: Any) -> None:
    if hasattr(function, "__wrapped__"):  # a static method, a cached or decorated function
        _refuse(function.__wrapped__)
    if isinstance(function, types.FunctionType) and _taken(function):
        with suppress(ValueError):
            function.__code__ = _refusal(function.__code__.co_freevars)


def _taken(thing: Any) -> bool:
    return _library(thing.__module__) == "nn_lib" and thing.__module__ != "nn_lib.gate"


@cache
def _refusal(enclosed: tuple[str, ...]) -> types.CodeType:
    return _refuses.__code__.replace(co_freevars=enclosed)  # Python asks for as many as the function's own code has


def _refuses(*inputs: Any, **named: Any) -> None:
    raise RuntimeError("nn_lib is not there while your function is graded: it must be your own work")


@dataclass(frozen=True)
class Outline:
    """What a cell's source says: its imports by name, its definitions (for each the libraries imported inside and the
    names read), the names it needs from other cells and those it gives them, None where that cannot be told; and the
    functions and classes it defines whatever happens, which take the place of what had their names before. `reaches`
    are the words in it by which code can be hidden."""

    imports: dict[str, str]
    definitions: dict[str, list[tuple[list[str], list[str]]]]
    reads: frozenset[str] | None
    writes: frozenset[str] | None
    anew: frozenset[str] = frozenset()
    reaches: frozenset[str] = frozenset()


def joined(outlines: Iterable[Outline]) -> Outline:
    """The imports and definitions of a notebook's cells, in their order, as those of one cell."""
    imports: dict[str, str] = {}
    definitions: dict[str, list[tuple[list[str], list[str]]]] = {}
    for outline in outlines:
        imports.update(outline.imports)
        for name, parts in outline.definitions.items():
            if name in outline.anew:
                definitions.pop(name, None)
            definitions.setdefault(name, []).extend(parts)
    return Outline(imports, definitions, None, None)


def parsed(source: str) -> ast.Module | None:
    """The syntax tree of what a student wrote, or None when it is no Python, or too deep for it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the student is told; who grades a class need not read of each "\\d"
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def outline_of(cell: str) -> Outline:
    """The outline of a cell; empty when it does not parse. Short cells are remembered: most are the instructor's."""
    return _remembered_outline(cell) if len(cell) <= 10_000 else _outline(cell)


@lru_cache(maxsize=1024)
def _remembered_outline(cell: str) -> Outline:
    return _outline(cell)


def _outline(cell: str) -> Outline:
    imports: dict[str, str] = {}
    definitions: dict[str, list[tuple[list[str], list[str]]]] = {}
    tree = parsed(_without_magics(cell))
    if tree is None:
        return Outline({}, {}, None, None)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                imports[alias.asname or alias.name.split(".")[0]] = alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                imports[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
    for node in _outside_functions(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            definitions.setdefault(node.name, []).append(_inside(node)[:2])
        elif isinstance(node, ast.Assign):
            inside = _inside(node.value)[:2]
            for target in node.targets:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                        definitions.setdefault(part.id, []).append(inside)
    writes: set[str] = set(imports)
    reads: set[str] = set()
    for node in _outside_functions(tree):
        if isinstance(node, ast.Name):
            (reads if isinstance(node.ctx, ast.Load) else writes).add(node.id)
        elif isinstance(node, _FUNCTIONS):
            _, names, gates = _inside(node)
            reads.update(names, gates)
            if not isinstance(node, ast.Lambda):
                writes.add(node.name)
    told = "*" not in writes and _without_magics(cell) == cell.rstrip("\n")
    needed, given = (frozenset(reads - writes), frozenset(writes)) if told else (None, None)
    anew = frozenset(node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)))
    return Outline(imports, definitions, needed, given, anew, _reaches(tree))


def _reaches(tree: ast.AST) -> frozenset[str]:
    found: set[str] = set()
    own: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            paths = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            found.update(path for path in paths if path.split(".")[0] in _REACHING_MODULES)
            found.update(path for path in paths if path.startswith("autograder.") and path != "autograder.check")
        elif isinstance(node, ast.Attribute):
            # A network's own list of `modules` is nobody's business.
            of_sys = isinstance(node.value, ast.Name) and node.value.id == "sys"
            if node.attr in _REACHING_ATTRIBUTES and (node.attr != "modules" or of_sys):
                found.add(node.attr)
        elif isinstance(node, ast.Name) and node.id in _REACHING_NAMES:
            (found if isinstance(node.ctx, ast.Load) else own).add(node.id)
        elif isinstance(node, ast.arg):
            own.add(node.arg)
    return frozenset(found - own)


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes whose names are the notebook's: those not within a function or class."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _FUNCTIONS):
            waiting.extend(ast.iter_child_nodes(node))


def _inside(node: ast.AST) -> tuple[list[str], list[str], list[str]]:
    """The libraries imported inside a piece of code, the names it reads from around it (its parameters and local
    variables are its own, whatever a cell of the notebook has called by the same name), and apart from these the nn_lib
    of nn_lib.Gate, to derive from."""
    libraries: list[str] = []
    names: list[str] = []
    forms: list[str] = []
    own: set[str] = set()
    shared: set[str] = set()
    gates: set[ast.AST] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and (inner.attr == "Gate" or inner in gates):
            gates.add(inner.value)  # the walk comes to it later
        elif isinstance(inner, (ast.Import, ast.ImportFrom)):
            module = inner.module if isinstance(inner, ast.ImportFrom) else inner.names[0].name
            if library := _library_or_hiding(module):
                libraries.append(library)
        elif isinstance(inner, ast.Name):
            if not isinstance(inner.ctx, ast.Load):
                own.add(inner.id)
            else:
                (forms if inner in gates else names).append(inner.id)
        elif isinstance(inner, ast.arg):
            own.add(inner.arg)
        elif isinstance(inner, (ast.Global, ast.Nonlocal)):
            shared.update(inner.names)
    own -= shared
    return libraries, [name for name in names if name not in own], [name for name in forms if name not in own]


def _without_magics(cell: str) -> str:
    return "\n".join("pass" if line.lstrip().startswith(("%", "!", "?")) else line for line in cell.splitlines())
