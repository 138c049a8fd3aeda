"""Mechanical mutants of a right answer: operators, terms, names, constants, axes, calls, lines, order, loops.

They stand for wrong answers that nobody catalogued. They are made on the syntax tree and know nothing of the edits that
a repair search tries, so that what the search finds can be held against where the mutation was.
"""

from __future__ import annotations

import ast
import builtins
import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.student.syntax import parse

_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.MatMult: ast.Mult,
}
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.Gt,
    ast.GtE: ast.LtE,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_SIBLINGS = {"sum": "mean", "mean": "sum", "max": "min", "exp": "sin", "tanh": "sinh", "zeros_like": "ones_like"}


@dataclass(frozen=True)
class Mutant:
    """A definition with one change: what kind, the text, and where: the first line of the spot and its text."""

    kind: str
    text: str
    line: int
    code: str

    def names(self, line: int, code: str) -> bool:
        """Whether a spot (its line, its text) is where the change is."""
        if self.kind == "line left out":
            return abs(line - self.line) <= 1
        return line == self.line and (self.code in code or code in self.code)


def mutants(text: str, seed: int, most: int) -> list[Mutant]:
    """So many different mutants of a definition, at most, in an order that the seed draws."""
    tree = parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    base = parse(ast.unparse(tree))
    rng = random.Random(seed)
    found = {mutant.text: mutant for mutant in _all(base, rng)}
    found.pop(ast.unparse(base) + "\n", None)
    drawn = list(found.values())
    rng.shuffle(drawn)
    return drawn[:most]


def _all(base: ast.Module, rng: random.Random) -> Iterator[Mutant]:
    for number in range(len(list(ast.walk(base)))):
        for way in range(3):
            tree = copy.deepcopy(base)
            nodes = list(ast.walk(tree))
            made = _Mutation(nodes, rng).of(nodes[number], way)
            if made is None:
                continue
            kind, spot = made
            place = list(ast.walk(tree)).index(spot)
            text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
            try:
                marked = list(ast.walk(parse(text)))[place]
            except (SyntaxError, IndexError):
                continue
            code = ast.get_source_segment(text, marked)
            if code is not None:
                yield Mutant(kind, text, marked.lineno, " ".join(code.split()))  # type: ignore[attr-defined]


class _Mutation:
    def __init__(self, nodes: list[ast.AST], rng: random.Random) -> None:
        self.rng = rng
        self.parent = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
        given = {a.arg for node in nodes if isinstance(node, ast.arguments) for a in node.args}
        used = {node.id for node in nodes if isinstance(node, ast.Name)}
        self.names = sorted(n for n in given | used if n not in ("self", "np") and not hasattr(builtins, n))

    def put(self, node: ast.AST, new: ast.AST) -> ast.AST:
        """Put another node in the place of this one."""
        for name, value in ast.iter_fields(self.parent[node]):
            if value is node:
                setattr(self.parent[node], name, new)
            elif isinstance(value, list) and node in value:
                value[value.index(node)] = new
        return new

    def of(self, node: ast.AST, way: int) -> tuple[str, ast.AST] | None:
        """Change the node in one of its ways; the kind of change and the node to look at, None when there is none."""
        if isinstance(node, ast.BinOp):
            return self._operation(node, way)
        if isinstance(node, ast.Call):
            return self._call(node, way)
        if isinstance(node, ast.Compare) and way == 0 and type(node.ops[0]) in _COMPARISONS:
            node.ops[0] = _COMPARISONS[type(node.ops[0])]()
            return "comparison", node
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and way < 2:
            if isinstance(node.value, bool):
                return None
            node.value = node.value + 1 if way == 0 else 2 * node.value
            return "constant", node
        if isinstance(node, ast.UnaryOp) and way == 0 and isinstance(node.operand, (ast.Name, ast.BinOp, ast.Call)):
            return "sign", self.put(node, node.operand)
        if isinstance(node, ast.Attribute) and node.attr == "T" and way == 0:
            return "transpose", self.put(node, node.value)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in self.names:
            called = isinstance(self.parent[node], ast.Call) and self.parent[node].func is node  # type: ignore[attr-defined]
            others = [name for name in self.names if name != node.id]
            if way == 0 and others and not called:
                node.id = self.rng.choice(others)
                return "name", node
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and way == 0:
            return "index", self.put(node, node.value)
        return self._statement(node, way)

    def _operation(self, node: ast.BinOp, way: int) -> tuple[str, ast.AST] | None:
        if way == 0 and type(node.op) in _OPERATORS:
            node.op = _OPERATORS[type(node.op)]()
            return "operator", node
        if way == 1:
            return "term left out", self.put(node, self.rng.choice([node.left, node.right]))
        if isinstance(node.op, (ast.Add, ast.Mult)):
            return "sign", self.put(node, ast.UnaryOp(ast.USub(), node))
        node.left, node.right = node.right, node.left
        return "order", node

    def _call(self, node: ast.Call, way: int) -> tuple[str, ast.AST] | None:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        whole = not any(isinstance(argument, (ast.GeneratorExp, ast.Starred)) for argument in node.args)
        if way == 0 and node.args and whole and name not in ("range", "len", "zip", "enumerate"):
            return "call left out", self.put(node, node.args[0])
        if way == 1 and node.keywords:
            node.keywords.pop()
            return "keyword left out", node
        if way == 1 and len(node.args) > 1:
            node.args[0], node.args[1] = node.args[1], node.args[0]
            return "order", node
        if way == 2 and name in _SIBLINGS and isinstance(node.func, ast.Attribute):
            node.func.attr = _SIBLINGS[name]
            return "another function", node
        return None

    def _statement(self, node: ast.AST, way: int) -> tuple[str, ast.AST] | None:
        block = getattr(self.parent.get(node), "body", [])
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)) and way == 0 and isinstance(block, list):
            return ("line left out", self.put(node, ast.Pass())) if node in block and len(block) > 1 else None
        if isinstance(node, ast.AugAssign) and way == 1 and type(node.op) in _OPERATORS:
            node.op = _OPERATORS[type(node.op)]()
            return "operator", node
        if isinstance(node, ast.If) and way == 0:
            node.test = ast.UnaryOp(ast.Not(), node.test)
            return "condition", node.test
        if isinstance(node, ast.Return) and way == 0 and isinstance(node.value, ast.Tuple):
            node.value.elts.reverse()
            return "order", node
        return None
