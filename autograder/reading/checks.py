"""Is this a check cell? Answered here, for the grader, the shell command and the notebooks alike."""

from __future__ import annotations

import ast

from autograder.reading.outline import parsed, without_magics


def checks_in(source: str) -> list[str]:
    """The names in the calls `check("name")` of a cell, in order; none when the cell does not parse."""
    tree = parsed(without_magics(source)) if "check" in source else None
    calls = [] if tree is None else _calls(tree)
    return [name for call in calls if (name := _name(call)) is not None]


def check_named(source: str) -> str | None:
    """The exercise a cell checks: the name in its only `check("name")` call, or None when it has no such call."""
    tree = parsed(source) if "check" in source else None
    calls = [] if tree is None else _calls(tree)
    return _name(calls[0]) if len(calls) == 1 else None


def is_check_cell(source: str) -> bool:
    """Whether a cell does nothing but import and call `check`: a cell with more in it is the student's work too."""
    tree = parsed(source) if "check" in source else None
    if tree is None or not _calls(tree):
        return False
    return all(_imports_check(statement) or _is_check(statement) for statement in tree.body)


def _calls(tree: ast.AST) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    found = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "check"]
    return sorted(found, key=lambda call: (call.lineno, call.col_offset))


def _name(call: ast.Call) -> str | None:
    first = call.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _imports_check(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "autograder"


def _is_check(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and any(call is statement.value for call in _calls(statement))
