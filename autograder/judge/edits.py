"""Small changes of a student's function, most likely first: what a repair search tries one by one.

Nothing here runs anything. A definition's text goes in, and `Edit`s come out: which characters would be replaced, by
what, and which spot of the text that puts in question. An edit is never shown to anybody; the spot and its kind are.
Every edit keeps what the function is asked for: none stores into a temporary, and none answers with a constant.
"""

from __future__ import annotations

import ast
import builtins
import math
import re
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from autograder.student.syntax import parse

LIKELY, POSSIBLE, FAR = 1, 2, 3
"""How many small steps a slip of this kind is away: the search tries all likely edits before a possible one."""

KINDS = (
    "operator",
    "operand",
    "sign",
    "factor",
    "axis",
    "shape",
    "name",
    "constant",
    "reduction",
    "call",
    "comparison",
    "condition",
    "index",
    "loop",
    "copy",
    "dtype",
    "return",
    "order",
    "line",
    "missing",
    "overflow",
    "kept",
)

_OPERATORS: dict[type[ast.operator], tuple[str, ...]] = {
    ast.Add: ("-", "*"),
    ast.Sub: ("+", "*"),
    ast.Mult: ("/", "@", "+", "-"),
    ast.Div: ("*", "-"),
    ast.MatMult: ("*",),
    ast.Pow: ("*",),
    ast.BitXor: ("**",),
    ast.FloorDiv: ("/",),
    ast.Mod: ("/", "//"),
    ast.BitAnd: ("|",),
    ast.BitOr: ("&",),
}
_SYMBOLS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.MatMult: "@",
    ast.Pow: "**",
    ast.BitXor: "^",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.LShift: "<<",
    ast.RShift: ">>",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_INSTEAD: dict[str, tuple[str, ...]] = {
    "<": (">", "<=", ">="),
    "<=": ("<", ">=", ">"),
    ">": ("<", ">=", "<="),
    ">=": (">", "<=", "<"),
}
_INSTEAD |= {"==": ("!=", "<=", ">="), "!=": ("==", "<", ">"), "is": ("is not", "=="), "is not": ("is", "!=")}
_INSTEAD |= {"in": ("not in",), "not in": ("in",)}

_DRAWS = ("uniform", "normal")
_SIBLINGS = (
    ("sum", "mean"),
    ("max", "maximum", "min", "minimum"),
    ("amax", "maximum"),
    ("argmax", "argmin"),
    ("exp", "log", "expm1"),
    ("log", "log1p", "log2"),
    ("sin", "cos"),
    ("sinh", "cosh", "tanh"),
    ("arctan", "tanh"),
    ("zeros_like", "ones_like"),
    ("zeros", "ones"),
    ("eye", "ones"),
    ("dot", "multiply", "outer", "matmul"),
    ("add", "subtract", "multiply", "divide"),
    ("sqrt", "square", "abs"),
    ("logical_and", "logical_or"),
    ("hstack", "vstack", "concatenate"),
    ("kron", "outer"),
    ("tile", "repeat"),
    ("append", "extend", "appendleft"),
    ("pop", "popleft"),
    ("floor", "ceil"),
    ("any", "all"),
    _DRAWS,
    ("empty_like", "zeros_like"),
)
_OTHERWISE = {"mean": ("max",), "sum": ("max",), "median": ("mean",), "prod": ("sum",)}
_ELEMENTWISE = ("exp", "log", "tanh", "sin", "cos", "sinh", "cosh", "sqrt", "square", "abs")
_REDUCTIONS = {"sum", "mean", "max", "min", "argmax", "argmin", "amax", "amin", "prod", "cumsum", "norm", "logsumexp"}
_TAKEN = ("asarray", "array", "asanyarray", "copy")
_MATH = {"exp", "log", "tanh", "sqrt", "sin", "cos", "cosh", "sinh", "fabs", "log1p", "expm1", "pow"}


_PLAIN_FACTORS = re.compile(
    r"\((2|0\.5) \* \(.*\)\)|\(\(.*\) [*/] (len\(\w+\)|np\.shape\(\w+\)\[-1\]|np\.size\(\w+\))\)", re.S
)


_DOUBLED = re.compile(r"\(\((\w+)\) \+ \1\)")
_WORDS = re.compile(r"\w+|[^\w\s()]")
_BODY = re.compile(r"\A.*?\bdef\b[^(]*\(.*?\)[^:\n]*:", re.S)  # what stands before the body of a function


@dataclass(frozen=True)
class Edit:
    """One change of one definition.

    `splices` are (start, end, new text) in bytes of the definition's UTF-8 text; `spot` is what the change puts in
    question, as (start, end); `kind` is one of `KINDS`; `cost` is LIKELY, POSSIBLE or FAR; `alone` is False where
    another spot is changed with it. `other` is where the second line begins of two that change places.
    """

    splices: tuple[tuple[int, int, str], ...]
    spot: tuple[int, int]
    kind: str
    cost: int
    alone: bool = True
    other: int | None = None

    @property
    def scales(self) -> bool:
        """Whether all it does is to put in a plain factor: a number, or the size of a batch, a row or an array."""
        texts = [text for _, _, text in self.splices]
        doubled = self.kind == "operand" and all(_DOUBLED.fullmatch(text) for text in texts)
        return doubled or (self.kind == "factor" and all(_PLAIN_FACTORS.fullmatch(text) for text in texts))

    def puts_in(self, source: bytes) -> bool:
        """Whether all it does is to put something in that may be put in elsewhere as well: a factor, a term, a sum."""
        if self.kind not in ("factor", "operand", "reduction", "sign", "call", "overflow"):
            return False
        for start, end, text in self.splices:
            rest = iter(_WORDS.findall(text))
            if not all(word in rest for word in _WORDS.findall(source[start:end].decode())):
                return False
        return True

    def leaves_unread(self, source: bytes) -> bool:
        """Whether a name is read nowhere any more after another one has been put in its place."""
        taken = [source[start:end].decode() for start, end, _ in self.splices]
        if self.kind != "name" or len(set(taken)) != 1 or not taken[0].isidentifier():
            return False
        read = re.findall(rf"(?<![\w.\"'])\b{taken[0]}\b(?![\"'(]|\s*=[^=])", _BODY.sub("", source.decode(), count=1))
        return len(read) <= len(taken)

    def apply(self, source: bytes) -> str:
        """The definition's text with the change made."""
        for start, end, text in sorted(self.splices, reverse=True):
            source = source[:start] + text.encode() + source[end:]
        return source.decode()


def edits(
    source: str,
    parts: Sequence[str | int] = (),
    helpers: Sequence[str] = (),
    methods: Collection[str] = (),
    until: float = math.inf,
) -> list[Edit]:
    """All edits of a definition (a function, a class, or a name given to a lambda), most likely first.

    With `parts`, positions or keys of a returned tuple or dict, only what those parts depend on is changed; with
    `methods`, only those of a class. `helpers` are functions of one argument that the notebook defines. No more are
    thought of after `until`, by `time.perf_counter`. Raises `SyntaxError` when the text is not Python.
    """
    writer = _Writer(source, tuple(parts), tuple(helpers), methods)
    found = list(writer.all(until))
    seen: set[tuple[tuple[int, int, str], ...]] = set()
    unique = []
    for edit in found + _everywhere(found, writer.source):
        if edit.splices not in seen:
            seen.add(edit.splices)
            unique.append(edit)
    return sorted(unique, key=lambda edit: edit.cost)  # stable: in one class, by kind of rule and then by place


def _everywhere(found: Sequence[Edit], source: bytes) -> list[Edit]:
    """The same change at every spot with the same text: an axis or a name that is wrong throughout."""
    groups: dict[tuple[str, bytes, str], list[Edit]] = defaultdict(list)
    for edit in found:
        if len(edit.splices) == 1 and edit.cost <= POSSIBLE:
            start, end, text = edit.splices[0]
            if end > start:
                groups[edit.kind, source[start:end], text].append(edit)
    combined = []
    for group in groups.values():
        splices = sorted({edit.splices[0] for edit in group})
        apart = all(a[1] <= b[0] for a, b in zip(splices, splices[1:], strict=False))
        if len(splices) > 1 and apart:
            first = min(group, key=lambda edit: edit.splices)
            combined.append(replace(first, splices=tuple(splices), cost=POSSIBLE))
    return combined


class _Writer:
    def __init__(
        self, source: str, parts: tuple[str | int, ...], helpers: tuple[str, ...], methods: Collection[str] = ()
    ) -> None:
        self.source = source.encode()
        self.parts, self.helpers = parts, helpers
        self.tree = parse(source)
        self.lines = [0]
        for line in self.source.split(b"\n"):
            self.lines.append(self.lines[-1] + len(line) + 1)
        self.parent: dict[ast.AST, ast.AST] = {}
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parent[child] = node
        self.stored: dict[ast.AST, list[tuple[int, str]]] = {}
        self.sliced: list[str] | None = None
        self.kept = self._attributes()
        self.called = self._called()
        self.skipped = self._skipped()
        self.relevant = self._relevant()
        self.suspected = self._of_methods(methods) if methods else None

    def _of_methods(self, methods: Collection[str]) -> set[ast.AST]:
        """All that belongs to some methods of a class, or gives them another one's name."""
        found: set[ast.AST] = set()
        for owner in ast.walk(self.tree):
            for node in owner.body if isinstance(owner, ast.ClassDef) else ():
                stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
                if (isinstance(node, ast.FunctionDef) and node.name in methods) or (
                    isinstance(node, ast.Assign) and stored & set(methods)
                ):
                    found.update(ast.walk(node))
        return found

    # --- reading the tree --------------------------------------------------------------------------------------------

    def span(self, node: ast.AST) -> tuple[int, int]:
        return (
            self.lines[node.lineno - 1] + node.col_offset,  # type: ignore[attr-defined]
            self.lines[node.end_lineno - 1] + node.end_col_offset,  # type: ignore[attr-defined]
        )

    def text(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.source[start:end].decode()

    def put(self, node: ast.AST, text: str, kind: str, cost: int, spot: ast.AST | None = None) -> Edit:
        start, end = self.span(node)
        if isinstance(node, ast.expr):
            text = f"({text})"
        return Edit(((start, end, text),), self.span(spot or node), kind, cost)

    def _skipped(self) -> set[ast.AST]:
        """Docstrings, annotations, defaults, decorators and messages of errors: nothing there makes a value."""
        skipped: set[ast.AST] = set()
        for node in ast.walk(self.tree):
            unread: list[ast.AST | None] = []
            if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)):
                if node.body and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
                    unread.append(node.body[0])
                if not isinstance(node, ast.Module):
                    unread += node.decorator_list
            if isinstance(node, ast.FunctionDef):
                unread += [node.args, node.returns]
            if isinstance(node, (ast.Raise, ast.Import, ast.ImportFrom, ast.JoinedStr, ast.Assert)):
                unread.append(node)
            if isinstance(node, ast.AnnAssign):
                unread.append(node.annotation)
            for root in unread:
                if root is not None:
                    skipped.update(ast.walk(root))
        return skipped

    def _attributes(self) -> list[str]:
        return list(
            dict.fromkeys(
                n.attr
                for n in ast.walk(self.tree)
                if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "self"
            )
        )[:8]

    def _called(self) -> set[str]:
        """Functions that are called by a bare name and are none of Python's own."""
        names = {_name(n.func) for n in ast.walk(self.tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        return {name for name in names if not hasattr(builtins, name)}

    def function_of(self, node: ast.AST) -> ast.FunctionDef | ast.Lambda | None:
        here: ast.AST | None = self.parent.get(node)
        while here is not None and not isinstance(here, (ast.FunctionDef, ast.Lambda)):
            here = self.parent.get(here)
        return here

    def statement_of(self, node: ast.AST) -> ast.stmt | None:
        here: ast.AST | None = node
        while here is not None and not isinstance(here, ast.stmt):
            here = self.parent.get(here)
        return here

    def parameters(self, node: ast.AST) -> list[str]:
        """The parameters of the functions around a node, the innermost first; neither self nor modules."""
        found: list[str] = []
        function = self.function_of(node)
        while function is not None:
            found += self._parameters_of(function)
            function = self.function_of(function)
        return list(dict.fromkeys(found))

    def _parameters_of(self, function: ast.FunctionDef | ast.Lambda) -> list[str]:
        arguments = function.args
        found = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        return [name for name in found if name not in ("self", "cls")]

    def locals(self, node: ast.AST) -> list[str]:
        """Names that are assigned in the functions around a node by its line, and what methods keep on self."""
        found: list[str] = []
        function = self.function_of(node)
        while function is not None:
            if function not in self.stored:
                self.stored[function] = [
                    (inner.lineno, inner.id)
                    for inner in ast.walk(function)
                    if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
                ]
            found += [name for line, name in self.stored[function] if line <= node.lineno]  # type: ignore[attr-defined]
            function = self.function_of(function)
        found += [f"self.{name}" for name in self.kept]
        return [name for name in dict.fromkeys(found) if name != "_"]

    def names(self, node: ast.AST) -> list[str]:
        return list(dict.fromkeys([*self.parameters(node), *self.locals(node)]))[:14]

    def _relevant(self) -> set[ast.stmt] | None:
        """The statements that the wanted parts depend on; None means all of them."""
        function = self.tree.body[0] if self.tree.body else None
        if not self.parts or not isinstance(function, ast.FunctionDef):
            return None
        returns = [node for node in ast.walk(function) if isinstance(node, ast.Return)]
        wanted: list[ast.AST] = []
        unwanted: set[ast.AST] = set()
        for node in returns:
            value = node.value
            if self.function_of(node) is not function:
                wanted += [value] if value is not None else []
                continue
            if isinstance(value, (ast.Tuple, ast.List)) and all(isinstance(p, int) for p in self.parts):
                kept = [e for i, e in enumerate(value.elts) if i in self.parts]
                others: list[ast.expr] = [e for i, e in enumerate(value.elts) if i not in self.parts]
            elif isinstance(value, ast.Dict):
                keys = [k.value if isinstance(k, ast.Constant) else None for k in value.keys]
                kept = [v for k, v in zip(keys, value.values, strict=True) if k in self.parts]
                others = [v for k, v in zip(keys, value.values, strict=True) if k not in self.parts]
            else:
                return None
            if not kept:
                return None
            wanted += kept
            for other in others:
                unwanted.update(ast.walk(other))
        names = {n.id for root in wanted for n in ast.walk(root) if isinstance(n, ast.Name)}
        chosen: set[ast.stmt] = set(returns)
        simple = [n for n in ast.walk(function) if isinstance(n, ast.stmt) and not isinstance(n, ast.FunctionDef)]
        while True:
            before = len(chosen)
            for statement in simple:
                written = _written(statement)
                if statement not in chosen and (written & names or isinstance(statement, (ast.If, ast.While))):
                    chosen.add(statement)
                    read = statement.test if isinstance(statement, (ast.If, ast.While)) else statement
                    names |= {n.id for n in ast.walk(read) if isinstance(n, ast.Name)}
            if len(chosen) == before:
                break
        for inner in ast.walk(function):
            if isinstance(inner, ast.FunctionDef) and inner is not function and inner.name in names:
                chosen.update(n for n in ast.walk(inner) if isinstance(n, ast.stmt))
        self.skipped |= unwanted
        return chosen

    def counts(self, node: ast.AST) -> bool:
        if node in self.skipped:
            return False
        statement = self.statement_of(node)
        return self.relevant is None or statement in self.relevant or isinstance(statement, ast.FunctionDef)

    # --- what can be asked of an expression --------------------------------------------------------------------------

    def is_value(self, node: ast.AST) -> bool:
        """Whether an expression stands where a value is read and another expression may stand instead."""
        if not isinstance(node, ast.expr) or isinstance(node, (ast.Slice, ast.Starred, ast.Lambda)):
            return False
        named = isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Tuple, ast.List))
        if named and not isinstance(node.ctx, ast.Load):  # type: ignore[attr-defined]
            return False
        parent = self.parent[node]
        if isinstance(parent, ast.Call) and parent.func is node:
            return False
        if isinstance(parent, (ast.Slice, ast.keyword, ast.Subscript)) and not (
            isinstance(parent, ast.Subscript) and parent.value is node
        ):
            return False
        if isinstance(parent, ast.Tuple) and isinstance(self.parent[parent], ast.Subscript):
            return False
        if isinstance(node, ast.Name) and node.id in ("np", "math", "self", "scipy"):
            return False
        if isinstance(parent, ast.Attribute) and isinstance(self.parent.get(parent), ast.Call):
            called = self.parent[parent]
            return bool(isinstance(called, ast.Call) and called.func is parent)
        return not (isinstance(parent, ast.Attribute) and parent.attr in ("shape", "size", "ndim", "dtype"))

    def is_whole(self, node: ast.AST) -> bool:
        """Whether a value is a whole product: a sign or a factor inside a product is the same outside it."""
        if not self.is_value(node) or isinstance(node, (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Compare)):
            return False
        parent = self.parent[node]
        if isinstance(parent, ast.BinOp):
            return isinstance(parent.op, (ast.Add, ast.Sub))
        if isinstance(parent, (ast.Attribute, ast.Subscript, ast.UnaryOp, ast.Compare, ast.For, ast.comprehension)):
            return False
        return not (isinstance(parent, ast.Call) and _name(parent.func) in ("len", "range", "enumerate", "zip"))

    # --- the rules ---------------------------------------------------------------------------------------------------

    def all(self, until: float = math.inf) -> Iterator[Edit]:
        nodes = [node for node in ast.walk(self.tree) if self.counts(node)]
        if self.suspected is not None:
            nodes = [node for node in nodes if node in self.suspected]
        nodes.sort(key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)))
        rules = (
            self._powers, self._where, self._at_once, self._line_beside, self._begun_with, self._shifted,
            self._operator, self._unsigned, self._comparison, self._axis, self._reduction, self._unwrapped,
            self._sibling, self._shape, self._constant, self._sign, self._name, self._operand, self._exchanged,
            self._index, self._loop, self._augmented, self._copied, self._emptied, self._condition, self._left_out,
            self._returned, self._overwritten, self._subscripts, self._halves, self._batch, self._two_names,
            self._missing_factor, self._wrapped,
            self._moved, self._kept, self._started, self._safe, self._missing_term, self._missing_operand,
            self._left_bare, self._instead,
        )  # fmt: skip
        for rule in rules:
            for node in nodes:
                if time.perf_counter() > until:
                    return
                yield from rule(node)

    def _operator(self, node: ast.AST) -> Iterator[Edit]:
        if not isinstance(node, ast.BinOp):
            return
        left, right = self.text(node.left), self.text(node.right)
        likely = 2 if isinstance(node.op, (ast.Mult, ast.Add, ast.Sub)) else 1
        for number, symbol in enumerate(_OPERATORS.get(type(node.op), ())):
            yield self.put(node, f"({left}) {symbol} ({right})", "operator", LIKELY if number < likely else POSSIBLE)
        if isinstance(node.op, (ast.MatMult, ast.Mult)):
            yield from self._products(node, node.left, node.right)
        if isinstance(node.op, ast.MatMult):
            indices = [self.text(n.slice) for n in ast.walk(node) if isinstance(n, ast.Subscript)]
            for index in dict.fromkeys(indices[::-1]):  # the bias of this layer
                for name in self.parameters(node):
                    yield self.put(node, f"{self.text(node)} + {name}[{index}]", "operand", POSSIBLE)
        if (
            isinstance(node.op, ast.Mult)
            and isinstance(node.left, ast.Subscript)
            and isinstance(node.right, ast.Subscript)
        ) and self.text(node.left.slice) == self.text(node.right.slice):  # a sum over all, and no single product
            whole = f"({self.text(node.left.value)}) @ ({self.text(node.right.value)})"
            yield self.put(node, whole, "index", POSSIBLE)
        if isinstance(node.op, ast.Mult) and isinstance(node.right, ast.Constant) and node.right.value in (2, 3):
            yield self.put(node, f"({left}) ** ({right})", "operator", LIKELY)
        if isinstance(node.op, ast.Mult) and isinstance(node.left, ast.Constant) and node.left.value in (2, 3):
            yield self.put(node, f"({right}) ** ({left})", "operator", LIKELY)

    def _products(self, node: ast.AST, left: ast.expr, right: ast.expr) -> Iterator[Edit]:
        """A matrix product of the same two, in the other order or transposed."""
        a, b = self._untransposed(left), self._untransposed(right)
        if isinstance(left, ast.Constant) or isinstance(right, ast.Constant):
            return
        cost = LIKELY if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult) else POSSIBLE
        for first, second in ((a, b), (b, a)):
            for one in (f"({first})", f"({first}).T"):
                for other in (f"({second})", f"({second}).T"):
                    yield self.put(node, f"{one} @ {other}", "shape", cost)

    def _untransposed(self, node: ast.expr) -> str:
        return self.text(node.value if isinstance(node, ast.Attribute) and node.attr == "T" else node)

    def _powers(self, node: ast.AST) -> Iterator[Edit]:
        """`^`, which binds more loosely than `**`: all of them at once, in the text."""
        if not isinstance(node, ast.stmt) or not any(
            isinstance(n, ast.BinOp) and isinstance(n.op, ast.BitXor) for n in ast.walk(node)
        ):
            return
        if any(isinstance(n, ast.stmt) for child in ast.iter_child_nodes(node) for n in ast.walk(child)):
            return
        start, end = self.span(node)
        text = self.source[start:end]
        places = [start + i for i, byte in enumerate(text) if byte == ord("^")]
        spot = re.search(rb"[\w.]+\s*\^\s*[\w.]+", text)
        where = (start + spot.start(), start + spot.end()) if spot else (start, end)
        yield Edit(tuple((i, i + 1, "**") for i in places), where, "operator", LIKELY)

    def _where(self, node: ast.AST) -> Iterator[Edit]:
        """A choice made once for a whole array, where each entry has its own."""
        if not isinstance(node, ast.If) or len(node.body) != 1 or not isinstance(node.body[0], ast.Return):
            return
        block = getattr(self.parent[node], "body", [])
        after = block[block.index(node) + 1] if node in block[:-1] else None
        other = node.orelse[0] if len(node.orelse) == 1 else after if not node.orelse else None
        first = node.body[0].value
        if not isinstance(other, ast.Return) or first is None or other.value is None:
            return
        test, start, end = self.text(node.test), self.span(node)[0], self.span(other)[1]
        pairs = [(first, other.value)]
        if isinstance(first, ast.Tuple) and isinstance(other.value, ast.Tuple):
            pairs = list(zip(first.elts, other.value.elts, strict=False))
        chosen = ", ".join(f"np.where({test}, {self.text(a)}, {self.text(b)})" for a, b in pairs)
        yield Edit(((start, end, f"return {chosen}"),), self.span(node.test), "condition", LIKELY)

    def _two_names(self, node: ast.AST) -> Iterator[Edit]:
        """Two quantities in each other's place, at one spot each, or throughout a line."""
        if not isinstance(node, (ast.Return, ast.Assign, ast.AugAssign, ast.Expr)) or node.value is None:
            return
        parameters = set(self.names(node))
        used = [n for n in ast.walk(node.value) if isinstance(n, ast.Name) and n.id in parameters]
        used = [n for n in used if not isinstance(self.parent[n], ast.Call) or self.parent[n].func is not n]  # type: ignore[attr-defined]
        used.sort(key=lambda n: (n.lineno, n.col_offset))
        for i, first in enumerate(used[:12]):
            for second in used[i + 1 : 12]:
                if first.id != second.id:
                    spot = (self.span(first)[0], self.span(second)[1])
                    exchanged = ((*self.span(first), second.id), (*self.span(second), first.id))
                    yield Edit(exchanged, spot, "order", POSSIBLE)
        for i, a in enumerate(sorted({n.id for n in used})):
            for b in sorted({n.id for n in used})[i + 1 :]:
                splices = tuple((*self.span(n), b if n.id == a else a) for n in used if n.id in (a, b))
                if len(splices) > 2:
                    yield Edit(splices, self.span(node.value), "order", POSSIBLE)

    def _unsigned(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
            kind = "sign" if isinstance(node.op, ast.USub) else "condition"
            if isinstance(self.parent[node], (ast.Slice, ast.Subscript)):
                yield self.put(node, self.text(node.operand), "index", LIKELY, self.parent[node])
                return
            yield self.put(node, self.text(node.operand), kind, LIKELY)

    def _sign(self, node: ast.AST) -> Iterator[Edit]:
        if self.is_whole(node) and not isinstance(node, ast.UnaryOp):
            yield self.put(node, f"-({self.text(node)})", "sign", LIKELY)

    def _comparison(self, node: ast.AST) -> Iterator[Edit]:
        if not isinstance(node, ast.Compare):
            return
        sides = [node.left, *node.comparators]
        symbols = [_COMPARISONS[type(op)] for op in node.ops]
        for place, symbol in enumerate(symbols):
            for other in _INSTEAD[symbol]:
                changed = [*symbols[:place], other, *symbols[place + 1 :]]
                joined = f"({self.text(sides[0])})" + "".join(
                    f" {s} ({self.text(side)})" for s, side in zip(changed, sides[1:], strict=True)
                )
                yield self.put(node, joined, "comparison", LIKELY)
        if len(symbols) == 2:
            a, b, c = (self.text(side) for side in sides)
            yield self.put(node, f"(({a}) {symbols[0]} ({b})) & (({b}) {symbols[1]} ({c}))", "comparison", LIKELY)
        for side in sides:
            if isinstance(side, ast.Name):
                yield self.put(side, f"np.abs({side.id})", "comparison", POSSIBLE, node)
        inside = [side.args[0] for side in sides if isinstance(side, ast.Call) and len(side.args) == 1]
        if len(inside) == len(sides) == 2:
            yield self.put(
                node, f"({self.text(inside[0])}) {symbols[0]} ({self.text(inside[1])})", "comparison", LIKELY
            )

    def _axis(self, node: ast.AST) -> Iterator[Edit]:
        if not isinstance(node, ast.Call):
            return
        name = _name(node.func)
        for keyword in node.keywords:
            if keyword.arg in ("axis", "axes", "keepdims"):
                values = ("0", "1", "-1", "None") if keyword.arg == "axis" else ("True", "False")
                kind = "axis" if keyword.arg == "axis" else "shape"
                for value in values:
                    if value != self.text(keyword.value):
                        start, end = self.span(keyword.value)
                        yield Edit(((start, end, value),), self.span(node), kind, LIKELY)
        if name not in _REDUCTIONS:
            return
        given = {keyword.arg for keyword in node.keywords}
        method = isinstance(node.func, ast.Attribute) and _name(node.func.value) not in ("np", "numpy", "linalg")
        positional = len(node.args) - (0 if method else 1)
        end = self.span(node)[1] - 1
        comma = ", " if node.args or node.keywords else ""
        if self.source[:end].rstrip().endswith(b","):
            comma = ""
        more = []
        if positional == 1:
            axis = node.args[-1]
            for value in ("0", "1", "-1"):
                if value != self.text(axis):
                    start, stop = self.span(axis)
                    yield Edit(((start, stop, value),), self.span(node), "axis", LIKELY)
        elif "axis" not in given and positional == 0:
            more = ["axis=0", "axis=1", "axis=-1", "axis=1, keepdims=True", "axis=0, keepdims=True"]
            more += ["axis=-1, keepdims=True", "axis=(0, 1)", "axis=(0, 2)"]
        if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            return
        for text in more:
            yield Edit(((end, end, comma + text),), self.span(node), "axis", LIKELY)
        if "keepdims" not in given and name not in ("argmax", "argmin", "cumsum") and (positional or "axis" in given):
            yield Edit(((end, end, f"{comma}keepdims=True"),), self.span(node), "shape", LIKELY)
            for keyword in node.keywords:
                if keyword.arg == "axis":
                    for value in ("0", "1", "-1"):
                        start, stop = self.span(keyword.value)
                        splices = ((start, stop, value), (end, end, f"{comma}keepdims=True"))
                        yield Edit(splices, self.span(node), "axis", LIKELY)

    def _reduction(self, node: ast.AST) -> Iterator[Edit]:
        if not isinstance(node, ast.Call) or _name(node.func) not in ("sum", "mean"):
            return
        if isinstance(node.func, ast.Attribute):
            other = "mean" if node.func.attr == "sum" else "sum"
            end = self.span(node.func)[1]
            yield Edit(((end - len(node.func.attr), end, other),), self.span(node), "reduction", LIKELY)
            if other == "sum":
                for name in self.parameters(node):
                    stop = self.span(node)[1]
                    splices = ((end - len(node.func.attr), end, other), (stop, stop, f" / len({name})"))
                    yield Edit(splices, self.span(node), "reduction", POSSIBLE)
        elif isinstance(node.func, ast.Name) and node.args:
            yield self.put(node, f"np.mean({self.text(node.args[0])}, axis=0)", "reduction", LIKELY)
            yield self.put(node.func, "np.sum", "reduction", LIKELY, node)

    def _unwrapped(self, node: ast.AST) -> Iterator[Edit]:
        """A call that should not be there: its argument, or the object whose method it is."""
        if not isinstance(node, ast.Call) or not self.is_value(node):
            return
        for number, argument in enumerate(node.args[:3]):
            if not isinstance(argument, (ast.Starred, ast.Constant, ast.GeneratorExp)):
                yield self.put(node, self.text(argument), "call", LIKELY if number == 0 else POSSIBLE)
        if isinstance(node.func, ast.Attribute) and _name(node.func.value) not in ("np", "numpy", "math", "linalg"):
            yield self.put(node, self.text(node.func.value), "call", LIKELY)
        for keyword in node.keywords:
            start, end = self.span(keyword)
            before = self.source[:start].rstrip()
            start = len(before) - 1 if before.endswith(b",") else start
            if start == self.span(keyword)[0]:  # the first argument of all: the comma behind it goes, too
                rest = self.source[end:]
                end += len(rest) - len(rest.lstrip()) + 1 if rest.lstrip().startswith(b",") else 0
            kind = {"axis": "axis", "keepdims": "shape", "dtype": "dtype"}.get(keyword.arg or "", "call")
            yield Edit(((start, end, ""),), self.span(node), kind, LIKELY)

    def _sibling(self, node: ast.AST) -> Iterator[Edit]:
        if not isinstance(node, ast.Call):
            return
        name = _name(node.func)
        if isinstance(node.func, ast.Attribute):
            end = self.span(node.func)[1]
            owner = _name(node.func.value)
            if owner == "math" and name in _MATH:
                renamed = {"fabs": "abs", "pow": "power"}.get(name, name)
                yield self.put(node.func, f"np.{renamed}", "call", LIKELY, node)
            drawn = owner not in self.parameters(node)
            for group in _SIBLINGS:
                for other in group if name in group else ():
                    if drawn and group == _DRAWS:
                        continue  # numbers that are drawn to test something: others may hide what is wrong
                    if other != name:
                        yield Edit(((end - len(name), end, other),), self.span(node), "call", LIKELY)
            for other in _OTHERWISE.get(name, ()):
                yield Edit(((end - len(name), end, other),), self.span(node), "call", POSSIBLE)
            for other in _ELEMENTWISE if name in _ELEMENTWISE else ():
                if other != name:
                    yield Edit(((end - len(name), end, other),), self.span(node), "call", POSSIBLE)
            if owner not in ("np", "numpy") and name in ("max", "min"):
                inside = ", ".join([self.text(node.func.value), *(self.text(a) for a in node.args)])
                yield self.put(node, f"np.{name}imum({inside})", "call", LIKELY)
        elif isinstance(node.func, ast.Name):
            if name in ("max", "min"):
                yield self.put(node.func, f"np.{name}imum", "call", LIKELY, node)
                yield self.put(node.func, f"np.{name}", "call", POSSIBLE, node)
                yield self.put(node.func, "min" if name == "max" else "max", "call", LIKELY, node)
                if len(node.args) == 2:
                    yield self.put(node, f"({self.text(node.args[0])}) + ({self.text(node.args[1])})", "call", POSSIBLE)
            elif name in ("any", "all"):
                yield self.put(node.func, "all" if name == "any" else "any", "call", LIKELY, node)
            elif name in ("int", "round"):
                yield self.put(node.func, "float", "dtype", LIKELY, node)
            for other in (*self.helpers, *(p for p in self.parameters(node) if p != name)):
                if other != name and len(node.args) <= 2 and name not in ("len", "range", "zip", "enumerate"):
                    yield self.put(node.func, other, "call", POSSIBLE, node)

    def _shape(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.Call) and _name(node.func) == "reshape":
            if len(node.args) == 2 and isinstance(node.func, ast.Attribute):
                start, end = self.span(node.args[0])[0], self.span(node.args[1])[1]
                for name in self.parameters(node):
                    yield Edit(((start, end, f"len({name}), -1"),), self.span(node), "shape", LIKELY)
            for argument in node.args:
                yield self.put(argument, "-1", "shape", LIKELY, node)
                for name in self.parameters(node):
                    yield self.put(argument, f"len({name})", "shape", POSSIBLE, node)
                    yield self.put(argument, f"{name}.shape", "shape", POSSIBLE, node)
        named = _name(node.func) if isinstance(node, ast.Call) and len(node.args) == 2 else ""
        if isinstance(node, ast.Call) and named in ("outer", "dot", "matmul", "multiply"):
            yield from self._products(node, node.args[0], node.args[1])
        if isinstance(node, ast.Attribute) and node.attr == "T" and self.is_value(node):
            yield self.put(node, self.text(node.value), "shape", LIKELY)
        elif self.is_value(node) and isinstance(node, (ast.Name, ast.Call, ast.Subscript, ast.BinOp, ast.Attribute)):
            parent = self.parent[node]
            if isinstance(parent, ast.Attribute) and parent.attr == "T":
                return
            # What is worked out entry by entry is seldom what should be turned: it hides the fault further down.
            entrywise = isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult)
            as_it_came = isinstance(node, ast.Name) or (isinstance(node, ast.Call) and _name(node.func) in _TAKEN)
            taken = isinstance(parent, ast.Call) and _name(parent.func) in _TAKEN
            assigned = isinstance(self.parent[parent] if taken else parent, ast.Assign)
            kept = (entrywise or as_it_came) and assigned
            yield self.put(node, f"({self.text(node)}).T", "shape", POSSIBLE if kept else LIKELY)
        operand = isinstance(node, (ast.Name, ast.Call, ast.Subscript, ast.BinOp)) and self.is_value(node)
        if operand and isinstance(self.parent[node], ast.BinOp):
            yield self.put(node, f"({self.text(node)})[:, None]", "shape", POSSIBLE)
            yield self.put(node, f"({self.text(node)})[None, :]", "shape", FAR)

    def _constant(self, node: ast.AST) -> Iterator[Edit]:
        if not isinstance(node, ast.Constant) or isinstance(self.parent[node], ast.Expr):
            return
        value, kind = node.value, "constant"
        parent = self.parent[node]
        if isinstance(parent, ast.keyword) and parent.arg in ("axis", "keepdims", "dtype"):
            return
        if isinstance(parent, ast.Call) and _name(parent.func) in ("default_rng", "seed", "RandomState"):
            return  # other numbers drawn to test something may hide what is wrong
        shown = parent if isinstance(parent, (ast.BinOp, ast.Compare, ast.UnaryOp)) else node
        if isinstance(value, bool):
            yield self.put(node, str(not value), kind, LIKELY, shown)
        elif isinstance(value, (int, float)):
            others = [0, 1, 2, 0.5, -1, value + 1, value - 1, -value, 3, 4, value / 2, value * 2]
            if isinstance(value, float) and 0 < abs(value) < 0.1:
                others = [0.0, value / 10, value * value, 1e-300]
            if isinstance(parent, ast.Slice) or (isinstance(parent, ast.Subscript) and parent.slice is node):
                kind, others = "index", [value + 1, value - 1, 0, 1, -1]
            for other in dict.fromkeys(others):
                if other != value:
                    cost = LIKELY if abs(other) <= 2 or abs(other - value) <= 1 else POSSIBLE
                    text = repr(int(other)) if other == int(other) and isinstance(value, int) else repr(other)
                    yield self.put(node, text, kind, cost, shown)
        elif isinstance(value, str):
            for word in self._strings():
                if word != value:
                    yield self.put(node, repr(word), kind, POSSIBLE)

    def _strings(self) -> list[str]:
        return list(
            dict.fromkeys(
                n.value
                for n in ast.walk(self.tree)
                if isinstance(n, ast.Constant) and isinstance(n.value, str) and n not in self.skipped
            )
        )[:8]

    def _name(self, node: ast.AST) -> Iterator[Edit]:
        attribute = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
        if not isinstance(node, ast.Name) and not attribute:
            return
        if not isinstance(node.ctx, ast.Load):  # type: ignore[attr-defined]
            if attribute:
                for name in self.kept:
                    if f"self.{name}" != self.text(node):
                        start, end = self.span(node)
                        yield Edit(((start, end, f"self.{name}"),), (start, end), "name", POSSIBLE)
            return
        parent = self.parent[node]
        if isinstance(node, ast.Name) and isinstance(parent, ast.Attribute) and parent.attr in self.kept:
            for name in ("self", *self.parameters(node)):  # of two objects of one class, the other
                if name != node.id:
                    yield self.put(node, name, "name", LIKELY, parent)
        if isinstance(node, ast.Name) and node.id in ("np", "math", "self", "range", "len", "zip", "enumerate"):
            return
        if isinstance(parent, ast.Call) and parent.func is node:
            return
        parameters = self.parameters(node)
        own = self.text(node)
        if isinstance(parent, ast.BinOp) and isinstance(parent.op, (ast.Add, ast.Sub)):
            yield self.put(node, "1", "name", POSSIBLE)
        if isinstance(node, ast.Name) and self.is_value(node) and any(True for _ in self._loops_around(node)):
            for name in self._appended_to():
                if name != own:
                    yield self.put(node, f"{name}[-1]", "name", POSSIBLE)
        for name in self.names(node):
            if name != own:
                near = (own in parameters) == (name in parameters)
                yield self.put(node, name, "name", LIKELY if near else POSSIBLE)
                if self.is_value(node):
                    for index in self._slices():
                        yield self.put(node, f"{name}[{index}]", "name", FAR)

    def _appended_to(self) -> list[str]:
        """The names of what is appended to in this definition, each once."""
        calls = (n.func for n in ast.walk(self.tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute))
        grown = (func.value for func in calls if func.attr == "append")
        return list(dict.fromkeys(owner.id for owner in grown if isinstance(owner, ast.Name)))

    def _operand(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.BinOp):
            for side in (node.left, node.right):
                yield self.put(node, self.text(side), "operand", LIKELY)
            if not isinstance(node.op, (ast.Add, ast.Mult)) or self._joins(node):
                symbol = _SYMBOLS[type(node.op)]
                swapped = f"({self.text(node.right)}) {symbol} ({self.text(node.left)})"
                yield self.put(node, swapped, "order" if not isinstance(node.op, ast.Sub) else "sign", LIKELY)
            # One factor or term further in: (a * b) + c where a * (b + c) was meant, and the other way round.
            left, right = node.left, node.right
            if isinstance(left, ast.BinOp) and type(left.op) is not type(node.op):
                outer, inner = _SYMBOLS[type(node.op)], _SYMBOLS[type(left.op)]
                a, b, c = self.text(left.left), self.text(left.right), self.text(right)
                yield self.put(node, f"({a}) {inner} (({b}) {outer} ({c}))", "order", LIKELY)
            if isinstance(right, ast.BinOp) and type(right.op) is not type(node.op):
                outer, inner = _SYMBOLS[type(node.op)], _SYMBOLS[type(right.op)]
                a, b, c = self.text(left), self.text(right.left), self.text(right.right)
                yield self.put(node, f"(({a}) {outer} ({b})) {inner} ({c})", "order", LIKELY)
            if isinstance(left, ast.Call) and len(left.args) == 1 and not left.keywords and self._is_function(left):
                symbol, argument = _SYMBOLS[type(node.op)], self.text(left.args[0])
                whole = f"{self.text(left.func)}(({argument}) {symbol} ({self.text(right)}))"
                yield self.put(node, whole, "order", LIKELY)
            if isinstance(node.op, ast.Mult):
                yield from self._into_the_call(node)
            if isinstance(node.op, ast.Pow) and isinstance(node.left, ast.Call) and len(node.left.args) == 1:
                f, x = self.text(node.left.func), self.text(node.left.args[0])
                yield self.put(node, f"{f}(({x}) ** ({self.text(node.right)}))", "order", LIKELY)
        elif isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.BinOp):
            f, inside = self.text(node.func), node.args[0]
            if isinstance(inside.op, ast.Pow):
                text = f"({f}({self.text(inside.left)})) ** ({self.text(inside.right)})"
                yield self.put(node, text, "order", LIKELY)
            elif isinstance(inside.op, (ast.Mult, ast.Div, ast.Add, ast.Sub)) and not node.keywords:
                symbol = _SYMBOLS[type(inside.op)]
                a, b = self.text(inside.left), self.text(inside.right)
                yield self.put(node, f"{f}({a}) {symbol} ({b})", "order", POSSIBLE)
                yield self.put(node, f"({a}) {symbol} {f}({b})", "order", POSSIBLE)

    def _into_the_call(self, node: ast.BinOp) -> Iterator[Edit]:
        """A factor of what a function of the notebook gives, which belongs to what it is given."""
        for call, factor in ((node.left, node.right), (node.right, node.left)):
            if isinstance(call, ast.Call) and _name(call.func) in self.called and len(call.args) > 1:
                first, *rest = map(self.text, call.args)
                inside = ", ".join([f"({first}) * ({self.text(factor)})", *rest])
                yield self.put(node, f"{self.text(call.func)}({inside})", "order", LIKELY)

    def _joins(self, node: ast.BinOp) -> bool:
        """Whether a sum puts two rows one behind the other, which depends on their order."""
        sides = [side.left if isinstance(side, ast.BinOp) else side for side in (node.left, node.right)]
        rows = (ast.List, ast.Tuple, ast.ListComp)
        made = any(isinstance(side, ast.Call) and _name(side.func) in ("list", "tuple") for side in sides)
        return isinstance(node.op, ast.Add) and (made or any(isinstance(side, rows) for side in sides))

    def _is_function(self, node: ast.Call) -> bool:
        """Whether a call is one of a function of numbers, entry by entry."""
        return _name(node.func) in (*_ELEMENTWISE, "log1p", "expm1", "log2")

    def _exchanged(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.Call) and len(node.args) > 1:
            for i, j in ((0, 1), (1, 2), (0, 2), (2, 3), (1, 3), (0, 3)):
                if j < len(node.args) and self.text(node.args[i]) != self.text(node.args[j]):
                    yield self._swap(node.args[i], node.args[j], node)
        elif isinstance(node, ast.IfExp):
            yield self._swap(node.body, node.orelse, node)
        elif isinstance(node, ast.Tuple) and isinstance(self.parent[node], ast.Subscript) and len(node.elts) == 2:
            yield self._swap(node.elts[0], node.elts[1], self.parent[node])
        elif isinstance(node, (ast.Tuple, ast.List)) and 2 <= len(node.elts) <= 3:
            if isinstance(self.parent[node], ast.Subscript):
                return
            texts = [self.text(e) for e in node.elts]
            spans = [self.span(e) for e in node.elts]
            returned = isinstance(self.parent[node], ast.Return)
            for order in permutations(range(len(texts))):
                if [texts[i] for i in order] != texts:
                    splices = tuple((*span, texts[i]) for span, i in zip(spans, order, strict=True))
                    yield Edit(splices, self.span(node), "order", LIKELY if returned else POSSIBLE)
        elif isinstance(node, ast.Dict) and 2 <= len(node.values) <= 8 and all(node.keys):
            for i, a in enumerate(node.values):
                for b in node.values[i + 1 :]:
                    if self.text(a) != self.text(b):
                        yield self._swap(a, b, a)

    def _swap(self, a: ast.AST, b: ast.AST, spot: ast.AST) -> Edit:
        return Edit(((*self.span(a), self.text(b)), (*self.span(b), self.text(a))), self.span(spot), "order", LIKELY)

    def _index(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.Call) and _name(node.func) in self.called and self.is_value(node):
            for position in ("0", "1", "-1"):
                yield self.put(node, f"{self.text(node)}[{position}]", "index", LIKELY)
        if isinstance(node, ast.Name) and self.is_value(node):
            for place in self._slices():
                yield self.put(node, f"{node.id}[{place}]", "index", POSSIBLE)
        if not isinstance(node, ast.Subscript):
            return
        loaded = isinstance(node.ctx, ast.Load)
        if loaded and self.is_value(node):
            yield self.put(node, self.text(node.value), "index", LIKELY)
        indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for index in indices:
            if isinstance(index, ast.Constant) and type(index.value) is int:
                for counter in self._counters(node):
                    yield self.put(index, counter, "index", LIKELY, node)
            if isinstance(index, ast.Slice):
                for bound, name in ((index.lower, "lower"), (index.upper, "upper"), (index.step, "step")):
                    if bound is not None:
                        start, end = self.span(bound)
                        yield Edit(((start, end, ""),), self.span(node), "index", LIKELY)
                        if name != "step" and not isinstance(bound, ast.Constant):
                            for shift in ("+ 1", "- 1"):
                                yield self.put(bound, f"({self.text(bound)}) {shift}", "index", LIKELY, node)
                start, end = self.span(index)
                if index.lower is not None and index.upper is not None and index.step is None:
                    low, high = self.text(index.lower), self.text(index.upper)
                    for shift in ("+ 1", "- 1"):
                        whole = f"({low}) {shift}:({high}) {shift}"
                        yield Edit(((start, end, whole),), self.span(node), "index", LIKELY)
                if index.step is None and (index.lower is None) != (index.upper is None):
                    bound = index.lower or index.upper
                    assert bound is not None
                    text = f":{self.text(bound)}" if index.lower is not None else f"{self.text(bound)}:"
                    yield Edit(((start, end, text),), self.span(node), "index", LIKELY)
                if isinstance(node.slice, ast.Tuple) and self.text(index) == ":":
                    for other in indices:
                        if isinstance(other, ast.Name):
                            rows = f"np.arange(len({other.id}))"
                            yield Edit(((start, end, rows),), self.span(node), "index", LIKELY)
                for text in ("1:", ":-1", "::-1", "0", "-1", ":"):
                    if text != self.text(index):
                        cost = LIKELY if text in ("1:", ":-1", "::-1") else POSSIBLE
                        yield Edit(((start, end, text),), self.span(node), "index", cost)
            elif not isinstance(index, ast.Constant):
                start, end = self.span(index)
                for shift in (" + 1", " - 1"):
                    yield Edit(((start, end, f"{self.text(index)}{shift}"),), self.span(node), "index", LIKELY)
                if isinstance(index, ast.Call):
                    for name in self.parameters(node):
                        yield Edit(((start, end, name),), self.span(index), "index", POSSIBLE)
                if isinstance(index, ast.UnaryOp) and isinstance(index.operand, ast.Constant):
                    for text in ("0", "-1", "-2", "1"):
                        if text != self.text(index):
                            yield Edit(((start, end, text),), self.span(node), "index", LIKELY)
            elif isinstance(node.ctx, ast.Load) and index.value in (0, -1) and not isinstance(node.slice, ast.Tuple):
                yield self.put(index, ":", "index", POSSIBLE, node)
        if isinstance(node.slice, ast.Tuple):
            for index in indices:
                if self.text(index) != ":":
                    start, end = self.span(index)
                    yield Edit(((start, end, ":"),), self.span(node), "index", POSSIBLE)

    def _shifted(self, node: ast.AST) -> Iterator[Edit]:
        """A row of neighbours that begins one too early or too late: `w[1], w[2]` for `w[0], w[1]`."""
        if not isinstance(node, (ast.Assign, ast.Return, ast.Expr, ast.AugAssign)) or node.value is None:
            return
        rows: dict[str, list[ast.Constant]] = defaultdict(list)
        for inner in ast.walk(node.value):
            place = inner.slice if isinstance(inner, ast.Subscript) and isinstance(inner.ctx, ast.Load) else None
            if isinstance(place, ast.Constant) and type(place.value) is int:
                rows[self.text(inner.value)].append(place)  # type: ignore[attr-defined]
        for row in rows.values():
            values = [int(place.value) for place in row]  # type: ignore[arg-type]
            for by in (-1, 1) if len(set(values)) > 1 else ():
                if min(values) + by >= 0:
                    splices = tuple((*self.span(p), str(v + by)) for p, v in zip(row, values, strict=True))
                    spot = (min(s[0] for s in splices), max(s[1] for s in splices) + 1)
                    owner = self.parent[min(row, key=lambda p: self.span(p))]
                    yield Edit(splices, (self.span(owner)[0], spot[1]), "index", LIKELY)

    def _slices(self) -> list[str]:
        """The indices that stand in this definition, each once."""
        if self.sliced is None:
            found = (n.slice for n in ast.walk(self.tree) if isinstance(n, ast.Subscript))
            self.sliced = list(dict.fromkeys(self.text(index) for index in found))[:6]
        return self.sliced

    def _counters(self, node: ast.AST) -> Iterator[str]:
        """The names that the loops around a node count with."""
        for loop in self._loops_around(node):
            if isinstance(loop, ast.For):
                yield from (inner.id for inner in ast.walk(loop.target) if isinstance(inner, ast.Name))

    def _loops_around(self, node: ast.AST) -> Iterator[ast.AST]:
        parent = self.parent.get(node)
        while parent is not None and not isinstance(parent, (ast.FunctionDef, ast.Lambda)):
            if isinstance(parent, (ast.For, ast.While)):
                yield parent
            parent = self.parent.get(parent)

    def _loop(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.Return) and any(True for _ in self._loops_around(node)):
            yield self.put(node, "continue", "loop", LIKELY)
        if isinstance(node, ast.Call) and _name(node.func) == "range":
            for argument in node.args[:2]:
                for shift in ("+ 1", "- 1"):
                    yield self.put(argument, f"({self.text(argument)}) {shift}", "loop", LIKELY, node)
            if len(node.args) == 1:
                bound = self.text(node.args[0])
                yield self.put(node, f"range(1, {bound})", "loop", LIKELY)
                yield self.put(node, f"range(1, ({bound}) + 1)", "loop", LIKELY)
                yield self.put(node, f"reversed(range({bound}))", "loop", LIKELY)
                measured = node.args[0]
                if isinstance(measured, ast.Call) and _name(measured.func) == "len" and len(measured.args) == 1:
                    yield self.put(node, f"np.ndindex(np.shape({self.text(measured.args[0])}))", "loop", LIKELY)
            elif len(node.args) == 2:
                yield self.put(node, f"reversed({self.text(node)})", "loop", LIKELY)
                yield self.put(node, f"range({self.text(node.args[1])})", "loop", LIKELY)
        iterated = node.iter if isinstance(node, (ast.For, ast.comprehension)) else None
        if iterated is not None:
            text = self.text(iterated)
            yield self.put(iterated, f"list({text})[::-1]", "loop", LIKELY)
            yield self.put(iterated, f"list({text})[:-1]", "loop", POSSIBLE)
            yield self.put(iterated, f"list({text})[1:]", "loop", POSSIBLE)
            for name in self.names(iterated):
                yield self.put(iterated, f"range(len({name}))", "loop", FAR)
        if isinstance(node, (ast.Break, ast.Continue)):
            start, end = self.span(node)
            other = "continue" if isinstance(node, ast.Break) else "break"
            yield Edit(((start, end, other),), (start, end), "loop", LIKELY)
        if isinstance(node, ast.While):
            yield self.put(node.test, f"not ({self.text(node.test)})", "condition", POSSIBLE)

    def _augmented(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.AugAssign):
            target, value = self.text(node.target), self.text(node.value)
            symbol = _SYMBOLS[type(node.op)]
            start, end = self.span(node)
            spot = (start, end)
            for other in ("+", "-", "*", "/"):
                if other != symbol:
                    cost = LIKELY if {other, symbol} in ({"+", "-"}, {"*", "/"}) else POSSIBLE
                    yield Edit(((start, end, f"{target} {other}= {value}"),), spot, "operator", cost)
            # Where rows share one array, leaving the old value out mends as much: that question comes second.
            yield Edit(((start, end, f"{target} = {target} {symbol} ({value})"),), spot, "copy", LIKELY)
            yield Edit(((start, end, f"{target} = {value}"),), spot, "operator", LIKELY)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            assigned, value = node.targets[0], self.text(node.value)
            if isinstance(assigned, (ast.Name, ast.Subscript, ast.Attribute)):
                start, end = self.span(node)
                if not isinstance(assigned, ast.Name):
                    added = f"{self.text(assigned)} = {self.text(assigned)} + ({value})"
                    yield Edit(((start, end, added),), (start, end), "operator", LIKELY)
                for symbol, cost in (("+=", LIKELY), ("-=", POSSIBLE)):
                    yield Edit(
                        ((start, end, f"{self.text(assigned)} {symbol} {value}"),), (start, end), "operator", cost
                    )
                if isinstance(assigned, ast.Subscript):
                    masked = f"{self.text(assigned)} = {self.text(assigned)} * ({value})"
                    yield Edit(((start, end, masked),), (start, end), "operator", POSSIBLE)

    def _copied(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.Assign) and self.is_value(node.value):
            text = self.text(node.value)
            near = isinstance(node.value, (ast.Name, ast.Attribute, ast.Subscript)) or (
                isinstance(node.value, ast.Call) and _name(node.value.func) in ("asarray", "array", "reshape", "ravel")
            )
            if near:
                yield self.put(node.value, f"({text}).copy()", "copy", LIKELY)
                yield self.put(node.value, f"list({text})", "copy", LIKELY)
                yield self.put(node.value, f"[np.array(item, dtype=float) for item in {text}]", "copy", POSSIBLE)
                yield self.put(node.value, f"dict({text})", "copy", POSSIBLE)
            yield self.put(node.value, f"np.array({text}, dtype=float)", "dtype", LIKELY if near else POSSIBLE)
        alike = isinstance(node, ast.Call) and _name(node.func).endswith("_like")
        if alike and not any(keyword.arg == "dtype" for keyword in node.keywords):  # type: ignore[attr-defined]
            end = self.span(node)[1] - 1
            yield Edit(((end, end, ", dtype=float"),), self.span(node), "dtype", LIKELY)
        if isinstance(node, ast.Call) and _name(node.func) in ("append", "asarray") and len(node.args) == 1:
            text = self.text(node.args[0])
            yield self.put(node.args[0], f"({text}).copy()", "copy", LIKELY)
            yield self.put(node.args[0], f"list({text})", "copy", POSSIBLE)
        if isinstance(node, ast.ListComp) and isinstance(node.elt, ast.Name):
            yield self.put(node.elt, f"({self.text(node.elt)}).copy()", "copy", POSSIBLE)

    def _emptied(self, node: ast.AST) -> Iterator[Edit]:
        """What is filled in here and made elsewhere, and so is kept from call to call: emptied when a call begins."""
        if not isinstance(node, ast.FunctionDef):
            return
        body = [s for s in node.body if s not in self.skipped]
        if not body or (indent := self.own_line(body[0])) is None:
            return
        made = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        defaults = node.args.args[len(node.args.args) - len(node.args.defaults) :]
        handed = {a.arg for a in node.args.args} - {a.arg for a in defaults}
        for inner in ast.walk(node):
            if not isinstance(inner, ast.Subscript) or not isinstance(inner.ctx, ast.Store):
                continue
            if not isinstance(inner.value, ast.Name) or inner.value.id in made | handed:
                continue
            start = self.span(body[0])[0]
            text = f"{inner.value.id}.clear()\n{indent}"
            yield Edit(((start, start, text),), self.span(inner), "kept", LIKELY)

    def _condition(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.BoolOp):
            other = " or " if isinstance(node.op, ast.And) else " and "
            yield self.put(node, other.join(f"({self.text(v)})" for v in node.values), "condition", LIKELY)
            for value in node.values:
                yield self.put(node, self.text(value), "condition", LIKELY)
        if isinstance(node, (ast.If, ast.IfExp)) and not isinstance(node.test, ast.UnaryOp):
            test = self.text(node.test)
            yield self.put(node.test, f"not ({test})", "condition", LIKELY)
        if isinstance(node, (ast.If, ast.IfExp)) and not isinstance(node.test, (ast.Compare, ast.BoolOp)):
            names = self.names(node)[:6]
            for i, first in enumerate(names):
                for second in names[i + 1 :]:
                    yield self.put(node.test, f"{first} == {second}", "condition", POSSIBLE)
        if isinstance(node, ast.IfExp):
            yield self.put(node, self.text(node.body), "condition", POSSIBLE)
            yield self.put(node, self.text(node.orelse), "condition", POSSIBLE)
        if isinstance(node, ast.If):
            yield self.put(node.test, "True", "condition", POSSIBLE)
            for name in self.names(node)[:6]:
                yield self.put(node.test, f"({self.text(node.test)}) and {name}", "condition", FAR)
        if isinstance(node, ast.comprehension):
            for only in node.ifs:
                yield self.put(only, f"not ({self.text(only)})", "condition", LIKELY)
                yield self.put(only, "True", "condition", LIKELY)

    def own_line(self, node: ast.stmt) -> str | None:
        """The indentation of a statement that begins its own line and is alone on it; else None."""
        start, end = self.span(node)
        first = self.lines[node.lineno - 1]
        before = self.source[first:start].decode()
        line_end = self.source.find(b"\n", end)
        after = self.source[end : line_end if line_end >= 0 else len(self.source)].strip()
        if before.strip() or (after and not after.startswith(b"#")):
            return None
        return before

    def _left_out(self, node: ast.AST) -> Iterator[Edit]:
        """A line that should not be there."""
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr, ast.For, ast.If, ast.Delete)):
            if self.function_of(node) is None or self.own_line(node) is None:
                return
            start, end = self.span(node)
            spot = (start, self._head(node))
            yield Edit(((start, end, "pass"),), spot, "line", LIKELY)
            if isinstance(node, ast.If) and node.orelse and not isinstance(node.orelse[0], ast.If):
                yield self.put(node.test, "False", "condition", POSSIBLE)
        elif isinstance(node, ast.Return) and self.own_line(node) is not None:
            parent = self.parent[node]
            if isinstance(parent, (ast.For, ast.While, ast.If)):
                start, end = self.span(node)
                yield Edit(((start, end, "pass"),), (start, end), "return", LIKELY)

    def _head(self, node: ast.stmt) -> int:
        """The end of a statement's first line."""
        start, end = self.span(node)
        stop = self.source.find(b"\n", start)
        return end if stop < 0 else min(end, stop)

    def _returned(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.FunctionDef):
            last = node.body[-1]
            own = [n for n in ast.walk(node) if isinstance(n, ast.Return) and self.function_of(n) is node]
            indent = self.own_line(last)
            if any(n.value is not None for n in own) or indent is None or last in self.skipped:
                return
            start, end = self.span(last)
            spot = (self.span(last)[0], self._head(last))
            if isinstance(last, ast.Expr):
                yield Edit(((start, start, "return "),), spot, "return", LIKELY)
                if isinstance(last.value, ast.Call) and _name(last.value.func) == "print" and last.value.args:
                    shown = ", ".join(self.text(a) for a in last.value.args)
                    yield Edit(((start, end, f"return {shown}"),), spot, "return", LIKELY)
            stored = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
            stored = list(dict.fromkeys(reversed(stored)))
            options = [*stored, *(", ".join(p) for k in (2, 3) for p in permutations(stored[:4], k))]
            for text in options:
                yield Edit(((end, end, f"\n{indent}return {text}"),), spot, "return", LIKELY)
        if isinstance(node, ast.Return) and isinstance(node.value, (ast.Tuple, ast.List)) and len(node.value.elts) > 1:
            for element in node.value.elts:
                yield self.put(node.value, self.text(element), "return", POSSIBLE)
        if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Tuple):
            text = self.text(node.value)
            yield self.put(node.value, f"{text}, {text}", "return", POSSIBLE)
            yield self.put(node.value, f"list({text})", "return", FAR)
            yield self.put(node.value, f"float({text})", "return", FAR)
            yield self.put(node.value, f"np.array({text}, dtype=float)", "return", FAR)
        if isinstance(node, (ast.Yield,)) and isinstance(self.parent[node], ast.Expr) and node.value is not None:
            yield self.put(self.parent[node], f"return {self.text(node.value)}", "return", LIKELY)

    def _overwritten(self, node: ast.AST) -> Iterator[Edit]:
        """An argument, or what an object was made with, that is given a new value and is needed as it was: the new
        value gets a name of its own, by which the lines after it read it."""
        if not isinstance(node, ast.Assign) or len(node.targets) != 1 or self.own_line(node) is None:
            return
        target, function = node.targets[0], self.function_of(node)
        if not isinstance(target, (ast.Name, ast.Attribute)) or not isinstance(function, ast.FunctionDef):
            return
        old = self.text(target)
        handed = [*self._parameters_of(function), *(f"self.{name}" for name in self.kept)]
        if old not in handed or self.parent[node] is not function or function.name == "__init__":
            return
        splices = [(*self.span(target), "renamed")]
        for statement in function.body[function.body.index(node) + 1 :]:
            again = isinstance(statement, ast.Assign) and any(self.text(one) == old for one in statement.targets)
            if again:
                break
            for inner in ast.walk(statement):
                if isinstance(inner, type(target)) and isinstance(inner.ctx, ast.Load) and self.text(inner) == old:
                    splices.append((*self.span(inner), "renamed"))
        if len(splices) > 1:
            yield Edit(tuple(splices), self.span(node), "name", LIKELY)

    def _subscripts(self, node: ast.AST) -> Iterator[Edit]:
        """The letters of `einsum`: two of them in each other's place, within one operand or in the result."""
        if not isinstance(node, ast.Call) or _name(node.func) != "einsum" or not node.args:
            return
        letters = node.args[0]
        if not isinstance(letters, ast.Constant) or not isinstance(letters.value, str) or "->" not in letters.value:
            return
        operands, result = letters.value.replace(" ", "").split("->", 1)
        groups = [*operands.split(","), result]
        for place, group in enumerate(groups):
            options = {"".join(order) for order in permutations(group)} if len(group) < 4 else set()
            options |= {group.replace(a, b) for a in group for b in sorted(set(operands) - {","}) if len(group) == 1}
            for option in sorted(options - {group}):
                changed = [*groups[:place], option, *groups[place + 1 :]]
                text = f"{','.join(changed[:-1])}->{changed[-1]}"
                yield self.put(letters, repr(text), "axis", LIKELY, node)

    def _halves(self, node: ast.AST) -> Iterator[Edit]:
        if self.is_whole(node):
            for factor in ("2", "0.5"):
                yield self.put(node, f"{factor} * ({self.text(node)})", "factor", LIKELY)

    def _batch(self, node: ast.AST) -> Iterator[Edit]:
        """The size of a batch, or of a row, as a factor too few."""
        if not self.is_whole(node) or not self._is_result(node):
            return
        text = self.text(node)
        for name in self.parameters(node):
            for symbol in ("/", "*"):
                yield self.put(node, f"({text}) {symbol} len({name})", "factor", LIKELY)
        for name in self.parameters(node):
            for symbol in ("/", "*"):
                yield self.put(node, f"({text}) {symbol} np.shape({name})[-1]", "factor", POSSIBLE)
                yield self.put(node, f"({text}) {symbol} np.size({name})", "factor", FAR)

    def _is_result(self, node: ast.AST) -> bool:
        """Whether a value is assigned, returned or stored, or is a term of what is."""
        parent = self.parent[node]
        while isinstance(parent, (ast.BinOp, ast.Tuple, ast.List, ast.Dict)):
            parent = self.parent[parent]
        if isinstance(parent, ast.Call) and _name(parent.func) in ("append", "array", "asarray", "float", "sum"):
            return True
        return isinstance(parent, (ast.Return, ast.Assign, ast.AugAssign, ast.ListComp, ast.Lambda, ast.GeneratorExp))

    def _missing_factor(self, node: ast.AST) -> Iterator[Edit]:
        if not self.is_whole(node):
            return
        text, parent = self.text(node), self.parent[node]
        kept = isinstance(node, ast.Name) and isinstance(parent, ast.Assign)  # no place to look for a factor
        for name in self.names(node):
            yield self.put(node, f"({text}) * {name}", "factor", FAR if kept else POSSIBLE)
        if self._is_result(node):
            if isinstance(node, ast.Call):
                for factor in self._taken_out():
                    yield self.put(node, f"({text}) * {factor}", "factor", POSSIBLE)
            for name in self.names(node):
                yield self.put(node, f"({text}) / {name}", "factor", FAR)
                yield self.put(node, f"({text}) * (1 - {name})", "factor", FAR)
                yield self.put(node, f"({text}) * ({name} > 0)", "factor", FAR)
                yield self.put(node, f"({text}) * ({name} < 0)", "factor", FAR)
                yield self.put(node, f"({text}) @ {name}", "factor", FAR)
                yield self.put(node, f"{name}.T @ ({text})", "factor", FAR)
                yield self.put(node, f"({text}) * {name} ** 2", "factor", FAR)
                yield self.put(node, f"({text}) * {name} * (1 - {name})", "factor", FAR)
                yield self.put(node, f"({text}) * (1 - {name} ** 2)", "factor", FAR)

    def _taken_out(self) -> list[str]:
        """What is taken out of a container by a name or a tuple, in this definition."""
        taken = (n for n in ast.walk(self.tree) if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Load))
        found = (self.text(n) for n in taken if isinstance(n.slice, (ast.Name, ast.Tuple)))
        return [text for text in dict.fromkeys(found) if ":" not in text][:4]

    def _missing_term(self, node: ast.AST) -> Iterator[Edit]:
        parent = self.parent.get(node)
        handed = isinstance(parent, ast.Call) and _name(parent.func) not in ("len", "range", "zip", "enumerate")
        if self.is_whole(node) and (handed or self._is_result(node)):
            text = self.text(node)
            for name in [*self.names(node), "1"]:
                yield self.put(node, f"({text}) + {name}", "operand", FAR)
                yield self.put(node, f"({text}) - {name}", "operand", FAR)

    def _missing_operand(self, node: ast.AST) -> Iterator[Edit]:
        """One side of an operation that is missing further in: a sum inside a product, the other matrix of two."""
        parent = self.parent.get(node)
        if not isinstance(parent, ast.BinOp) or not self.is_value(node) or isinstance(node, ast.Constant):
            return
        text = self.text(node)
        inside = isinstance(parent.op, (ast.Mult, ast.Div, ast.MatMult, ast.Pow))
        for name in self.names(node):
            if name == text:
                continue
            if inside:
                yield self.put(node, f"({name} - ({text}))", "operand", FAR)
                yield self.put(node, f"(({text}) - {name})", "operand", FAR)
                yield self.put(node, f"(({text}) + {name})", "operand", FAR)
            yield self.put(node, f"({name} @ ({text}))", "operand", FAR)
            yield self.put(node, f"(({text}) @ {name})", "operand", FAR)

    def _left_bare(self, node: ast.AST) -> Iterator[Edit]:
        """A value that was to be indexed, or handed to a function of two arguments that is called here elsewhere."""
        if not self.is_value(node) or isinstance(node, (ast.Constant, ast.Tuple, ast.List)):
            return
        text = self.text(node)
        if isinstance(node, ast.Call) and self._is_result(node):
            for name in self.names(node):
                yield self.put(node, f"{text}[{name}]", "index", FAR)
        if isinstance(node, ast.Name) and isinstance(self.parent[node], (ast.BinOp, ast.Return, ast.Assign)):
            for function in self._of_two():
                for name in self.names(node):
                    yield self.put(node, f"{function}({text}, {name})", "call", FAR)
                    yield self.put(node, f"{function}({name}, {text})", "call", FAR)

    def _instead(self, node: ast.AST) -> Iterator[Edit]:
        """What is worked out here and was handed over, or is 1 and nothing to be worked out."""
        among = isinstance(node, ast.Subscript) and isinstance(self.parent[node], (ast.List, ast.Tuple))
        if among and self.is_value(node) and not isinstance(self.parent[self.parent[node]], ast.Subscript):
            yield self.put(node, "1.0", "name", POSSIBLE)
        if isinstance(node, ast.Call) and self.is_value(node):
            for name in self.parameters(node):
                yield self.put(node, name, "name", FAR)
        if isinstance(node, ast.BinOp) and isinstance(self.parent[node], ast.Call) and self.is_value(node):
            for name in self.parameters(node):
                yield self.put(node, name, "name", LIKELY)

    def _at_once(self, node: ast.AST) -> Iterator[Edit]:
        """A loop whose later rounds read what its earlier ones have changed: all read what was there before the loop;
        and then each changes by its share."""
        if not isinstance(node, ast.For) or (indent := self.own_line(node)) is None or node.orelse:
            return
        changed: list[str] = []
        kept: set[ast.AST] = set()
        increments: list[ast.expr] = []
        for inner in ast.walk(node):
            target: ast.expr | None = inner.target if isinstance(inner, ast.AugAssign) else None
            if isinstance(inner, ast.Assign) and len(inner.targets) == 1:
                target = inner.targets[0]
            base = target.value if isinstance(target, ast.Subscript) else target
            if not isinstance(base, ast.Name) or not isinstance(inner, (ast.Assign, ast.AugAssign)):
                continue
            kept.add(base)
            if isinstance(inner, ast.AugAssign):
                increments.append(inner.value)
            else:
                read = [n for n in ast.walk(inner.value) if isinstance(n, ast.Name) and n.id == base.id]
                if not read:
                    continue
                kept.add(min(read, key=lambda n: (n.lineno, n.col_offset)))
                if isinstance(inner.value, ast.BinOp) and isinstance(inner.value.op, (ast.Add, ast.Sub)):
                    increments.append(inner.value.right)
            changed.append(base.id)
        names = list(dict.fromkeys(changed))
        loads = [n for s in node.body for n in ast.walk(s) if isinstance(n, ast.Name) and n.id in names]
        reads = [n for n in loads if n not in kept and isinstance(n.ctx, ast.Load)]
        if not reads:
            return
        start = self.span(node)[0]
        used = [name for name in names if any(n.id == name for n in reads)]
        before = "".join(f'{name}_before = __import__("copy").deepcopy({name})\n{indent}' for name in used)
        splices = ((start, start, before), *((*self.span(n), f"{n.id}_before") for n in reads))
        spot = (start, self._head(node))
        yield Edit(splices, spot, "loop", LIKELY if any(True for _ in self._loops_around(node)) else POSSIBLE)
        inside = [n for n in reads for value in increments if n in set(ast.walk(value))]
        if increments and not inside:
            count = f"len(list({self.text(node.iter)}))"
            shares = ((*self.span(value), f"({self.text(value)}) / {count}") for value in increments)
            yield Edit((*splices, *shares), spot, "loop", FAR)

    def _begun_with(self, node: ast.AST) -> Iterator[Edit]:
        """What a sum or a sweep begins with: a 1 in one place of a container."""
        if not isinstance(node, ast.Assign) or isinstance(node.value, ast.Constant) or len(node.targets) != 1:
            return
        if isinstance(node.targets[0], ast.Subscript) and not any(True for _ in self._loops_around(node)):
            yield self.put(node.value, "1.0", "constant", LIKELY, node)

    def _line_beside(self, node: ast.AST) -> Iterator[Edit]:
        """A line that stands at another place for another index, and is missing beside this one."""
        if not isinstance(node, ast.Assign) or (indent := self.own_line(node)) is None:
            return
        here = _stored_at(node)
        function = self.function_of(node)
        if here is None or function is None:
            return
        stores = [s for s in ast.walk(function) if isinstance(s, ast.Assign) and _stored_at(s) is not None]
        index = self.text(here.slice)
        for other in stores:
            there = _stored_at(other)
            assert there is not None
            name, instead = self.text(there.value), self.text(there.slice)
            if name == self.text(here.value) or instead == index:
                continue
            if any(self.text(s.targets[0]) == f"{name}[{index}]" for s in stores):
                continue
            start, end = self.span(other.value)
            text = self.source[start:end].decode().replace(f"[{instead}]", f"[{index}]")
            stop = self.span(node)[1]
            added = f"\n{indent}{name}[{index}] = {text}"
            yield Edit(((stop, stop, added),), (self.span(node)[0], self._head(node)), "missing", POSSIBLE)

    def _of_two(self) -> list[str]:
        """The functions that this definition calls with two arguments, each once."""
        calls = (n for n in ast.walk(self.tree) if isinstance(n, ast.Call) and len(n.args) == 2 and not n.keywords)
        return list(dict.fromkeys(n.func.id for n in calls if isinstance(n.func, ast.Name)))[:4]

    def _wrapped(self, node: ast.AST) -> Iterator[Edit]:
        """A call that is missing around a value."""
        if not self.is_value(node) or isinstance(node, (ast.Constant, ast.Compare, ast.Dict, ast.JoinedStr)):
            return
        text, parent = self.text(node), self.parent[node]
        if isinstance(parent, ast.Call) and _name(parent.func) in ("len", "range", "zip", "enumerate", "zeros_like"):
            return
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(parent, ast.BinOp):
            yield self.put(node, f"{text} ** 2", "operand", POSSIBLE)
            yield self.put(node, f"1 - {text}", "operand", POSSIBLE)
            for bounded in ("np.maximum", "np.minimum"):
                yield self.put(node, f"{bounded}({text}, 0)", "operand", FAR)
        for helper in self.helpers:
            yield self.put(node, f"{helper}({text})", "call", POSSIBLE)
        if isinstance(node, ast.Name):
            for name in self.names(node):
                if name != node.id:
                    yield self.put(node, f"{name}({text})", "call", FAR)
        if self._is_result(node) and not isinstance(node, (ast.Tuple, ast.List)):
            for call in ("sum(axis=0)", "sum(axis=1)", "sum()", "mean()", "mean(axis=0)", "sum(axis=1, keepdims=True)"):
                yield self.put(node, f"({text}).{call}", "reduction", POSSIBLE)
        if isinstance(parent, ast.Call) and isinstance(node, (ast.Name, ast.BinOp, ast.UnaryOp)):
            yield self.put(node, f"1 - ({text})", "operand", FAR)
        for function in ("np.exp", "np.abs", "np.log", "np.tanh", "np.square", "np.sqrt"):
            yield self.put(node, f"{function}({text})", "call", FAR)
        if isinstance(node, (ast.BinOp, ast.Call, ast.Name)):
            yield self.put(node, f"1 / ({text})", "operator", FAR)
            yield self.put(node, f"({text}) ** 2", "operand", FAR)

    def _moved(self, node: ast.AST) -> Iterator[Edit]:
        """A line one level too deep or too shallow, or two lines in the wrong order."""
        for block in ("body", "orelse"):
            statements = getattr(node, block, None)
            if not isinstance(statements, list) or isinstance(node, (ast.ClassDef, ast.Module, ast.Lambda, ast.IfExp)):
                continue
            for first, second in zip(statements, statements[1:], strict=False):
                a, b = self.own_line(first), self.own_line(second)
                if a is None or b is None or first in self.skipped or isinstance(second, ast.Return):
                    continue
                if not any(isinstance(one, (ast.For, ast.While, ast.If)) for one in (first, second)):
                    splices = ((*self.span(first), self.text(second)), (*self.span(second), self.text(first)))
                    short = isinstance(node, (ast.For, ast.While)) and len(statements) <= 4
                    cost = LIKELY if short else POSSIBLE
                    yield Edit(splices, self.span(first), "order", cost, other=self.span(second)[0])
            if not isinstance(node, (ast.For, ast.While)) or block != "body" or len(statements) < 2:
                continue
            last, outer = statements[-1], self.own_line(node)
            if (
                self.own_line(last) is not None
                and outer is not None
                and isinstance(last, (ast.Return, ast.Assign, ast.AugAssign, ast.Expr))
            ):
                start, end = self.span(last)
                moved = f"pass\n{outer}{self.text(last)}"
                yield Edit(((start, end, moved),), (start, self._head(last)), "loop", LIKELY)
        if isinstance(node, (ast.For, ast.While)) and not node.orelse:
            siblings = getattr(self.parent[node], "body", [])
            place = siblings.index(node) if node in siblings else -1
            inner = self.own_line(node.body[-1])
            if 0 <= place < len(siblings) - 1 and inner is not None:
                following = siblings[place + 1]
                outer = self.own_line(following)
                if outer is not None and isinstance(following, (ast.Assign, ast.AugAssign, ast.Expr)):
                    start, end = self.span(following)
                    moved = f"{inner}{self.text(following)}"
                    yield Edit(((start - len(outer), end, moved),), (start, self._head(following)), "loop", POSSIBLE)
            if place > 0 and inner is not None:
                before = siblings[place - 1]
                outer = self.own_line(before)
                if outer is not None and isinstance(before, ast.Assign):
                    start, end = self.span(before)
                    inside = self.span(node.body[0])[0]
                    splices = ((start, end, "pass"), (inside, inside, f"{self.text(before)}\n{inner}"))
                    yield Edit(splices, (start, end), "loop", POSSIBLE)

    def _kept(self, node: ast.AST) -> Iterator[Edit]:
        """What a method should have kept for another."""
        if not isinstance(node, ast.FunctionDef) or not isinstance(self.parent.get(node), ast.ClassDef):
            return
        first = node.body[1] if node.body[0] in self.skipped and len(node.body) > 1 else node.body[0]
        indent = self.own_line(first)
        if indent is None or not node.args.args or node.args.args[0].arg != "self":
            return
        start = self.span(first)[0]
        given = [a.arg for a in node.args.args[1:]]
        if node.args.vararg:
            given.append(node.args.vararg.arg)
        for attribute in self.kept:
            for name in given:
                text = f"self.{attribute} = {name}\n{indent}"
                yield Edit(((start, start, text),), (start, self._head(first)), "missing", POSSIBLE)
            for empty in ("{}", "[]", "None"):
                text = f"self.{attribute} = {empty}\n{indent}"
                yield Edit(((start, start, text),), (start, self._head(first)), "missing", FAR)

    def _started(self, node: ast.AST) -> Iterator[Edit]:
        """An argument that should have been copied, or made an array of floats, before it was used."""
        if not isinstance(node, ast.FunctionDef):
            return
        body = [s for s in node.body if s not in self.skipped]
        if not body or self.own_line(body[0]) is None:
            return
        indent, start = self.own_line(body[0]), self.span(body[0])[0]
        for argument in node.args.args:
            name = argument.arg
            if name == "self":
                continue
            users = [s for s in ast.walk(node) if isinstance(s, ast.stmt) and s is not node and name in _written(s)]
            inner = sorted((s for s in ast.walk(node) if isinstance(s, ast.stmt) and s is not node), key=self.span)
            reads = [s for s in inner if any(self._reads(n, name) for n in self._of_its_own(s))]
            writes = [u for u in users if not isinstance(u, (ast.For, ast.While, ast.If))]
            first = (writes or reads or [body[0]])[0]
            spot = (self.span(first)[0], self._head(first))
            options = [(f"np.array({name}, dtype=float)", "copy" if writes else "dtype", POSSIBLE)]
            if writes:
                options += [
                    (f"[np.array(item) for item in {name}]", "copy", POSSIBLE),
                    (f"list({name})", "copy", POSSIBLE),
                ]
                options += [(f"dict({name})", "copy", FAR)]
            for text, kind, cost in options:
                yield Edit(((start, start, f"{name} = {text}\n{indent}"),), spot, kind, cost)

    def _of_its_own(self, statement: ast.stmt) -> Iterator[ast.AST]:
        """What stands in a statement itself, and not in the statements within it."""
        for child in ast.iter_child_nodes(statement):
            if not isinstance(child, ast.stmt) and child not in self.skipped:
                yield from ast.walk(child)

    def _reads(self, node: ast.AST, name: str) -> bool:
        """Whether a node reads the numbers of what is called so, and not its form alone."""
        if not isinstance(node, ast.Name) or node.id != name:
            return False
        parent = self.parent[node]
        if isinstance(parent, ast.Attribute):
            return parent.attr not in ("shape", "ndim", "size", "dtype")
        return not (isinstance(parent, ast.Call) and _name(parent.func) in ("len", "zeros_like", "ones_like", "shape"))

    def _safe(self, node: ast.AST) -> Iterator[Edit]:
        """A value that overflows, or a logarithm of 0."""
        if not isinstance(node, ast.Call) or not node.args:
            return
        name, inside = _name(node.func), self.text(node.args[0])
        if name == "exp":
            f = self.text(node.func)
            yield self.put(node, f"{f}(({inside}) - np.max({inside}, axis=-1, keepdims=True))", "overflow", POSSIBLE)
            yield self.put(node, f"{f}(np.minimum({inside}, 0))", "overflow", POSSIBLE)
            yield self.put(node, f"{f}(np.clip({inside}, -700, 700))", "overflow", POSSIBLE)
        elif name in ("log", "log2"):
            f = self.text(node.func)
            yield self.put(node, f"{f}(np.where(({inside}) > 0, {inside}, 1.0))", "overflow", POSSIBLE)
            if "exp" in inside:
                yield self.put(node, f"np.logaddexp(0, {inside.split('exp')[-1].strip('()')})", "overflow", FAR)


def _stored_at(statement: ast.Assign) -> ast.Subscript | None:
    """What a statement stores into, when it is one item of something that has a name."""
    target = statement.targets[0]
    named = isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name)
    return target if named and len(statement.targets) == 1 else None  # type: ignore[return-value]


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _written(statement: ast.stmt) -> set[str]:
    """The names a statement gives a value to or writes into, statements inside it included."""
    found = set()
    for node in ast.walk(statement):
        targets: list[ast.AST] = []
        if isinstance(node, ast.Assign):
            targets = list(node.targets)
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.For, ast.NamedExpr)):
            targets = [node.target]
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            targets = [node.value.func, *node.value.args]  # it may change what it is called on
        for target in targets:
            found |= {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
    return found
