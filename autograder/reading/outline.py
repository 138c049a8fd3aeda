"""What a cell's source says, read and never run: its imports, its definitions, the names it needs and gives."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from autograder.reading.folders import MOST_FILES, files_below, read_regular
from autograder.student.borrowed import library_of
from autograder.student.definitions import names_read
from autograder.student.steps import Definition
from autograder.student.syntax import ONE_TREE, parse

MOST_TEXT = 300_000  # of the files handed in beside a notebook
# By these a cell runs what cannot be read in it: somebody's work in other letters. No exercise needs them. What comes
# at the grader or at the library is not looked for: neither is within reach.
_HIDING_MODULES = {"ctypes", "importlib", "marshal", "pickle", "runpy"}
_HIDING_NAMES = {"__import__", "compile", "eval", "exec"}
_HIDING_ATTRIBUTES = {"__code__", "CodeType", "FunctionType", "run_cell"}


@dataclass(frozen=True)
class Outline:
    """What a cell's source says: its imports by name, its definitions (for each the libraries imported inside and the
    names read), the names it needs from other cells and those it gives them, None where that cannot be told; and the
    functions and classes it defines whatever happens, which take the place of what had their names before. `reaches`
    are the words in it by which code can be hidden, `replaces` the parts of others (`np.allclose`) that it puts
    something else in the place of."""

    imports: dict[str, str]
    definitions: dict[str, list[tuple[list[str], list[str]]]]
    reads: frozenset[str] | None
    writes: frozenset[str] | None
    anew: frozenset[str] = frozenset()
    reaches: frozenset[str] = frozenset()
    replaces: frozenset[str] = frozenset()


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
        with ONE_TREE, warnings.catch_warnings():  # their filters are shared by all threads as well
            warnings.simplefilter("ignore")  # the student is told; who grades a class need not read of each "\\d"
            return parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def outline_of(cell: str) -> Outline:
    """The outline of a cell; empty when it does not parse. Short cells are remembered: most are the instructor's."""
    return _remembered_outline(cell) if len(cell) <= 10_000 else _outline(cell)


def outlines_of_files(folder: Path) -> dict[str, Outline]:
    """The outlines of the Python files below a folder that somebody handed in, by name; within bounds, as of cells."""
    found: dict[str, Outline] = {}
    room = MOST_TEXT
    for path in islice(files_below(folder), MOST_FILES):
        if path.suffix == ".py" and (data := read_regular(path, room)) is not None:
            room -= len(data)
            found[path.relative_to(folder).as_posix()] = outline_of(data.decode("utf-8", "replace"))
    return found


@lru_cache(maxsize=1024)
def _remembered_outline(cell: str) -> Outline:
    return _outline(cell)


def _outline(cell: str) -> Outline:
    imports: dict[str, str] = {}
    definitions: dict[str, list[tuple[list[str], list[str]]]] = {}
    tree = parsed(without_magics(cell))
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
    told = "*" not in writes and without_magics(cell) == cell.rstrip("\n")
    needed, given = (frozenset(reads - writes), frozenset(writes)) if told else (None, None)
    anew = frozenset(node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)))
    return Outline(imports, definitions, needed, given, anew, _reaches(tree), _replaces(tree))


def _reaches(tree: ast.AST) -> frozenset[str]:
    found: set[str] = set()
    own: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            paths = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            found.update(path for path in paths if path.split(".")[0] in _HIDING_MODULES)
        elif isinstance(node, ast.Attribute):
            if node.attr in _HIDING_ATTRIBUTES:
                found.add(node.attr)
        elif isinstance(node, ast.Name) and node.id in _HIDING_NAMES:
            (found if isinstance(node.ctx, ast.Load) else own).add(node.id)
        elif isinstance(node, ast.arg):
            own.add(node.arg)
    return frozenset(found - own)


def _replaces(tree: ast.AST) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            part = node.value if isinstance(node, ast.Subscript) else node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr" and node.args:
            part = ast.Attribute(node.args[0], "...")
        else:
            continue
        path: list[str] = []
        while isinstance(part, ast.Attribute):
            path.append(part.attr)
            part = part.value
        if path and isinstance(part, ast.Name):
            found.add(".".join([part.id, *reversed(path)]))
    return frozenset(found)


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
            within = f"{inner.module or ''}." if isinstance(inner, ast.ImportFrom) else ""
            paths = [within + alias.name for alias in inner.names]
            libraries += [library for path in paths if (library := library_of(path))]
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


def without_magics(cell: str) -> str:
    """The cell with IPython's own lines (%magic, !command, ?help) blanked, so that it parses as Python."""
    return "\n".join("pass" if line.lstrip().startswith(("%", "!", "?")) else line for line in cell.splitlines())


def definitions_in(cells: Sequence[str], name: str, most: int = 12) -> list[Definition]:
    """The last definition of a function or class in a notebook's cells, and of those it uses, it first; [] when it has
    none that can be read."""
    texts: dict[str, str] = {}
    for cell in cells:
        texts.update(_definitions_of(cell))
    found: dict[str, Definition] = {}
    waiting = [name]
    while waiting and len(found) < most:
        wanted = waiting.pop(0)
        if wanted in texts and wanted not in found:
            found[wanted] = Definition(wanted, texts[wanted])
            waiting += names_read(texts[wanted])
    return list(found.values()) if name in found else []


@lru_cache(maxsize=1024)
def _definitions_of(cell: str) -> dict[str, str]:
    """The text of each function and class that a cell defines, and of each name that it gives to a lambda."""
    source = without_magics(cell)
    tree = parsed(source)
    lines = source.splitlines(keepends=True)
    found: dict[str, str] = {}
    for node in tree.body if tree is not None else ():
        first, name = node.lineno, ""
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            first, name = min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.name
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda) and len(node.targets) == 1:
            name = node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""
        if name and node.col_offset == 0:
            found[name] = "".join(lines[first - 1 : node.end_lineno])
    return found
