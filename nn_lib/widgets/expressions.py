"""A typed formula as a computational graph: `graph_of("(x + y) * z")`. Nothing typed is executed.

The same grammar as the page's own (`front/formula.js`): + - * / ^, numbers, pi, names, and the functions below. A
number or a bracket may stand right before what it multiplies: 2x, 3sin(x), (x + 1)(x - 1).
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from typing import Any

from nn_lib import activations, arithmetic
from nn_lib.graph import ComputationalGraph, Input, Node

FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "exp": (1, arithmetic.exp), "log": (1, arithmetic.log), "max": (2, arithmetic.maximum),
    "sigmoid": (1, activations.sigmoid), "tanh": (1, activations.tanh), "relu": (1, activations.relu),
    "softplus": (1, activations.softplus), "softsign": (1, activations.softsign), "elu": (1, activations.elu),
    "leaky_relu": (1, activations.leaky_relu), "hard_tanh": (1, activations.hard_tanh),
    "sin": (1, arithmetic.sin), "cos": (1, arithmetic.cos), "ln": (1, arithmetic.log),
    "sqrt": (1, arithmetic.sqrt), "abs": (1, arithmetic.absolute), "min": (2, arithmetic.minimum),
}  # fmt: skip
CONSTANTS = {"pi": math.pi}
LONGEST = 400
# Numbers, names, operators, and whatever else somebody typed.
_TOKEN = re.compile(
    r"\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|[a-z_]\w*|\*\*|[-+*/^(),]|\S", re.ASCII | re.IGNORECASE
)


def graph_of(text: str, names: tuple[str, ...] | None = None) -> ComputationalGraph:
    """The graph of a formula; with `names`, only these inputs may occur in it, and all of them exist.

    Raises `ValueError` saying what in the formula cannot be read.
    """
    if len(text) > LONGEST:
        raise ValueError(f"the formula is longer than {LONGEST} characters")
    try:
        tree = ast.parse(_spelt_out(text), mode="eval").body
    except (SyntaxError, ValueError):
        raise ValueError(f"“{text.strip()}” is not a formula: write it like (x + y) * z, 2 * x^2 or exp(-x)") from None
    result = _build(tree, {}, names)
    if not isinstance(result, Node):
        raise ValueError(f"“{text.strip()}” is a number: use at least one input, such as {(names or ('x',))[0]}")
    return ComputationalGraph(_shared(result, {}))


def _spelt_out(text: str) -> str:
    """The formula as Python would write it: ** for ^, and a * where a product is written without one."""
    spelt: list[str] = []
    for token in _TOKEN.findall(text):
        ends = bool(spelt) and re.fullmatch(r"\.?\d.*|\)", spelt[-1])  # a number, or a bracket
        if ends and re.match(r"[a-z_(]", token, re.IGNORECASE):
            spelt.append("*")
        spelt.append("**" if token == "^" else token)
    return " ".join(spelt)


def _shared(node: Node, seen: dict[Any, Node]) -> Node:
    """The same graph, in which what is written twice is one node with two uses."""
    if isinstance(node, Input):
        return node
    parents = tuple(_shared(parent, seen) for parent in node.parents)
    if node.gate is None:
        return seen.setdefault(node.value, node)
    fixed = tuple(getattr(node.gate, name) for name in ("a", "c", "exponent", "base") if name in node.gate.__slots__)
    shared = Node(node.gate)
    shared.parents = parents
    return seen.setdefault((type(node.gate), fixed, tuple(map(id, parents))), shared)


def _build(tree: ast.expr, inputs: dict[str, Node], names: tuple[str, ...] | None) -> Any:
    if isinstance(tree, ast.Constant) and isinstance(tree.value, (int, float)) and not isinstance(tree.value, bool):
        return _fixed(float(tree.value))
    if isinstance(tree, ast.Name):
        if tree.id in FUNCTIONS:
            raise ValueError(f"{tree.id} is a function: write {tree.id}(x)")
        if tree.id in CONSTANTS:
            return CONSTANTS[tree.id]
        if names is not None and tree.id not in names:
            raise ValueError(f"there is no input {tree.id!r} here, only {', '.join(names)}")
        return inputs.setdefault(tree.id, Input(tree.id))
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, (ast.USub, ast.UAdd)):
        inside = _build(tree.operand, inputs, names)
        if isinstance(tree.op, ast.UAdd):
            return inside
        return -inside if isinstance(inside, Node) else 0.0 - inside
    if isinstance(tree, ast.BinOp):
        x, y = _build(tree.left, inputs, names), _build(tree.right, inputs, names)
        combined = _combine(tree.op, x, y)
        return combined if isinstance(combined, Node) else _fixed(combined) + 0.0  # no -0
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and not tree.keywords:
        name = tree.func.id
        if name not in FUNCTIONS:
            raise ValueError(f"there is no function {name!r} here; there are {', '.join(FUNCTIONS)}")
        count, function = FUNCTIONS[name]
        if len(tree.args) != count:
            raise ValueError(f"{name} takes {count} {'input' if count == 1 else 'inputs'}, not {len(tree.args)}")
        given = [_build(argument, inputs, names) for argument in tree.args]
        try:
            result = function(*given)
        except OverflowError:
            result = math.inf
        return result if isinstance(result, Node) else _fixed(result)
    raise ValueError(
        f"“{ast.unparse(tree)}” has no place in a formula here: + - * / ^, numbers, names, {', '.join(FUNCTIONS)}"
    )


def _combine(operation: ast.operator, x: Any, y: Any) -> Any:
    if isinstance(operation, ast.Pow):
        if isinstance(x, Node) and isinstance(y, Node):
            raise ValueError("an exponent or its base must be a number: write exp(y * log(x)) for x to the y")
        if isinstance(y, Node) and not x > 0:
            raise ValueError("the base of an exponent such as 2^x must be above 0")
        try:
            return x**y
        except OverflowError:
            return math.inf
        except ZeroDivisionError:
            raise ValueError("the formula divides by zero") from None
    if isinstance(operation, ast.Add):
        return x + y
    if isinstance(operation, ast.Sub):
        return x - y
    if isinstance(operation, ast.Mult):
        return x * y
    if isinstance(operation, ast.Div):
        if not isinstance(y, Node) and y == 0:
            raise ValueError("the formula divides by zero")
        return x / y
    raise ValueError("only + - * / and ^ are known")


def _fixed(value: Any) -> Any:
    if isinstance(value, complex) or not math.isfinite(value):
        raise ValueError("a number in the formula is too large, or not real")
    return value


def has_kink(graph: ComputationalGraph) -> str | None:
    """The first gate that stands exactly at its kink, in words; None when the output is smooth where it was run."""
    for node in graph.nodes_topologically_sorted():
        name = type(node.gate).__name__
        if name in ("ReLUGate", "LeakyReLUGate") and node.parents[0].value == 0:
            return f"{node.gate.symbol} stands at 0, where it has no slope: the one on the left is used"  # type: ignore[union-attr]
        if name == "HardTanhGate" and abs(node.parents[0].value) == 1:
            return "hard tanh stands at its corner, where it has no slope: 0 is used"
        if name == "AbsGate" and node.parents[0].value == 0:
            return "abs stands at 0, where it has no slope: 0 is used"
        if name in ("MaxGate", "MinGate") and node.parents[0].value == node.parents[1].value:
            return f"{node.gate.symbol} has a tie: the gradient is halved between its inputs"  # type: ignore[union-attr]
    return None


def finite(value: float) -> float | None:
    """JSON has no infinity: None instead."""
    return value if math.isfinite(value) else None
