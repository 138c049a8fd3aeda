"""A graph of anybody's nodes, read so that it can be drawn and stepped through: an engine of one's own, for example.

A node is any object that shows its value, its gradient and the nodes it was computed from, under one of the names
below. How a gradient goes back through it is its own affair: it is asked, and nothing it holds is changed by that.
"""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

# Where a node is looked at. The first name that is there counts.
VALUES = ("value", "data")
GRADIENTS = ("grad", "gradient")
PARENTS = ("parents", "_prev", "_parents", "inputs", "children", "_children", "prev")
OPERATIONS = ("op", "_op", "symbol", "operation")
NAMES = ("name", "label")
# The object that computed the node, with `forward` and `backward`; a function of the node; its local gradients.
RULES = ("gate", "grad_fn", "creator", "function", "_ctx", "ctx")
FUNCTIONS = ("_backward", "backward_fn", "_backward_fn", "backward_function", "backward_step", "vjp")
LOCALS = ("local_gradients", "local_grads", "_local_gradients", "_local_grads")

SYMBOLS = {
    "add": "+", "sub": "−", "subtract": "−", "-": "−", "mul": "*", "multiply": "*", "times": "*", "div": "/",
    "divide": "/", "truediv": "/", "neg": "×−1", "negate": "×−1", "matmul": "@", "mm": "@", "matrixmultiply": "@",
    "pow": "^", "power": "^", "relu": "ReLU", "sigmoid": "σ", "maximum": "max", "minimum": "min", "t": "T",
    "transpose": "T", "reciprocal": "1/x",
}  # fmt: skip
# What the gates of these symbols compute, for a finite difference: believed only where it gives the node's own value.
KNOWN: dict[str, Callable[..., Any]] = {
    "+": np.add, "−": np.subtract, "*": np.multiply, "/": np.divide, "@": np.matmul, "max": np.maximum,
    "min": np.minimum, "×−1": np.negative, "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "abs": np.abs,
    "1/x": lambda x: 1.0 / x, "sqrt": np.sqrt, "sum": np.sum, "mean": np.mean, "T": np.transpose, "tanh": np.tanh,
    "σ": lambda x: np.exp(-np.logaddexp(0.0, -x)), "ReLU": lambda x: np.maximum(x, 0.0),
    "softplus": lambda x: np.logaddexp(0.0, x),
}  # fmt: skip


def as_graph(shown: Any, names: Mapping[str, Any] | None = None) -> Any:
    """A graph to draw: a `ComputationalGraph` as it is, or a `ReadGraph` of anybody's output.

    `names` gives names to nodes of one's own. Raises `TypeError` where there is no value or no parent to be found.
    """
    if hasattr(shown, "nodes_topologically_sorted") and hasattr(shown, "output"):
        return shown
    if not _has(shown, VALUES) and hasattr(shown, "output"):
        shown = shown.output
    return ReadGraph(shown, names)


class ReadNode:
    """What was read of one node: as `Node`, as far as it is drawn."""

    __slots__ = ("gate", "gradient", "kept", "name", "parents", "raw", "source", "value")

    def __init__(self, source: Any, parents: tuple[ReadNode, ...] = ()) -> None:
        self.source, self.parents = source, parents
        self.raw = source if _is_number(source) else _bare(source)
        self.value = self.kept = _value(source)
        self.gradient = _gradient(source)
        self.name = _text(source, NAMES)
        self.gate = ReadGate(self) if parents else None

    def alike(self, value: Any) -> Any:
        """A value or gradient of this node as its engine keeps them, in an array of no dimensions too."""
        if value is self.kept:
            return self.raw
        return np.asarray(value, self.raw.dtype) if isinstance(self.raw, np.ndarray) else value


class ReadGate:
    """How one node was computed, and how it sends a gradient back: asked of the node itself."""

    def __init__(self, node: ReadNode) -> None:
        self._node, source = node, node.source
        self.parents: tuple[ReadNode, ...] = node.parents
        self._rule, self._back = self._found(source)
        words = (
            _text(source, OPERATIONS) or _text(self._rule, OPERATIONS) or _spoken(self._rule or self._back or source)
        )
        self.symbol = _symbol(words)
        self._again = next(filter(self._repeats, self._ways_forward()), None)
        self.replays = self._again is not None

    def forward(self, *values: Any) -> Any:
        """The value for other inputs. Raises `ValueError` where nobody knows how to compute it."""
        if self._again is None:
            raise ValueError(f"the gate {self.symbol} cannot be run again")
        return _plain(self._again(*[parent.alike(value) for parent, value in zip(self.parents, values, strict=True)]))

    def _ways_forward(self) -> Iterator[Callable[..., Any]]:
        if callable(getattr(self._rule, "forward", None)):
            yield self._rule.forward
        power = re.fullmatch(r"\^(-?\d+\.?\d*)", self.symbol)
        if power:
            yield lambda x: np.power(x, float(power[1]))
        if self.symbol in KNOWN:
            known = KNOWN[self.symbol]
            yield known
            yield lambda x: known(x, x)  # of a + a, some engines keep one parent

    def _repeats(self, way: Callable[..., Any]) -> bool:
        try:
            again = _plain(way(*[parent.raw for parent in self.parents]))
        except Exception:  # somebody else's code, or another kind of input than it wants
            return False
        value = self._node.kept
        return np.shape(again) == np.shape(value) and np.allclose(again, value, rtol=1e-6, equal_nan=True)

    def backward(self, upstream: Any) -> tuple[Any, ...]:
        """What each parent gets of `upstream`, as the node's own backward has it. Raises `TypeError` without one."""
        local = _first(self._node.source, LOCALS)
        if local is not None:
            return tuple(_plain(_bare(slope) * upstream) for slope in local)
        if self._back is None:
            raise TypeError(f"the node of {self.symbol} does not say how a gradient goes back: {', '.join(FUNCTIONS)}")
        return self._sent(self._back, upstream)

    def _found(self, source: Any) -> tuple[Any, Callable[..., Any] | None]:
        """The object that computed the node, if there is one, and what sends a gradient back: by name, or by its looks.

        By its looks: a function that was given to the node, an object with a `backward`, a function for each parent.
        """
        rule = _first(source, RULES)
        named = [getattr(source, name, None) for name in FUNCTIONS]
        of_rule = [getattr(rule, "backward", None), getattr(rule, "_backward", None), rule]
        way = next(filter(callable, [*named, *of_rule]), None)
        if way is not None:
            return rule, way
        for held in _held(source):
            if callable(held) and not isinstance(held, type):
                return None, held
            if callable(getattr(held, "backward", None)):
                return held, held.backward
            if isinstance(held, (list, tuple)) and len(held) == len(self.parents) and all(map(callable, held)):
                return None, _each(held)
        return None, None

    def _sent(self, way: Callable[..., Any], upstream: Any) -> tuple[Any, ...]:
        """The gradients that `way` returns, or adds to those of the parents, which are put back afterwards."""
        sources = {id(node.source): node.source for node in self.parents if not _is_number(node.source)}
        with _put_back([self._node.source, *sources.values()]):
            for parent in self.parents:
                if id(parent.source) in sources:
                    _set_gradient(parent.source, parent.alike(np.zeros_like(parent.kept, dtype=float)[()]))
            upstream = self._node.alike(np.asarray(upstream, dtype=float)[()])
            _set_gradient(self._node.source, upstream)
            given = [upstream] if _takes_one(way) else []
            returned = way(*given)
            if returned is not None:
                several = isinstance(returned, (tuple, list))
                return tuple(
                    None if part is None else _plain(_bare(part)) for part in (returned if several else [returned])
                )
            # What a node gets on two wires from one gate, a + a, arrives as one sum: it is told on the first wire.
            sent, told = [], set()
            for parent in self.parents:
                sent.append(None if id(parent.source) in told else _gradient(parent.source))
                told.add(id(parent.source))
            return tuple(sent)


class ReadGraph:
    """Somebody's graph, from its output: as `ComputationalGraph`, as far as it is drawn and stepped through.

    `sends` says whether every node told how it sends a gradient back. `own` has the gradients found at the nodes, and
    is empty before their engine's backward has run.
    """

    inputs: Mapping[str, ReadNode] = {}

    def __init__(self, output: Any, names: Mapping[str, Any] | None = None) -> None:
        self._nodes = _read(output)
        self.output = self._nodes[-1]
        if self.output.gate is None:
            raise TypeError(
                f"the {type(output).__name__} that was given has no parents, so there is no graph to show: give the "
                f"output of a computation. What it was computed from is looked for in {', '.join(PARENTS)}"
            )
        self._name(names or {})
        gates = [node for node in self._nodes if node.gate is not None]
        found = {node: node.gradient for node in self._nodes if node.gradient is not None}
        # An engine that begins with gradients of 0 has not run backward from here while the output's is 0.
        self.own = found if np.any(found.get(self.output, bool(found))) else {}
        replayed = self._replayed(gates)
        self.sends = replayed is not None
        for node in self._nodes:
            node.gradient = self.own.get(node, (replayed or {}).get(node)) if self.own else None

    def nodes_topologically_sorted(self) -> list[ReadNode]:
        """The nodes, each after everything it is computed from, the output last."""
        return self._nodes

    def forward(self, **inputs: Any) -> Any:
        """The output's value as it was read. Raises `TypeError` for inputs: they are what they were."""
        if inputs:
            raise TypeError(
                "this graph was computed before it was shown, and its inputs stay what they were. Compute its output "
                "anew with other inputs, and show that"
            )
        for node in self._nodes:
            node.value = node.kept
        return self.output.value

    def backward(self) -> dict[str, Any]:
        """Nothing to do: the gradients are those that were found."""
        return {}

    def _replayed(self, gates: list[Any]) -> dict[ReadNode, Any] | None:
        """Every gradient, by the nodes' own backwards in the right order; None where one of them has none."""
        gradients: dict[ReadNode, Any] = {self.output: np.ones_like(self.output.value, dtype=float)[()]}
        for node in reversed(gates):
            if node not in gradients:
                continue
            try:
                sent = node.gate.backward(gradients[node])
            except Exception:  # somebody else's code: what it does is looked at where it works
                return None
            if len(sent) != len(node.parents):
                return None
            for parent, gradient in zip(node.parents, sent, strict=True):
                if gradient is not None:
                    if np.shape(gradient) != np.shape(parent.value):
                        return None
                    gradients[parent] = gradients[parent] + gradient if parent in gradients else gradient
        return gradients

    def _name(self, names: Mapping[str, Any]) -> None:
        by_source = {id(node.source): node for node in self._nodes}
        for name, source in names.items():
            if id(source) not in by_source:
                raise TypeError(f"{name} is none of the nodes that the output was computed from: {name}={source!r}")
            by_source[id(source)].name = name
        # Where inputs have names, a number without one is a constant of the formula; else all of them get one.
        leaves = [node for node in self._nodes if node.gate is None]
        if not any(node.name for node in leaves):
            for number, node in enumerate((n for n in leaves if not _is_number(n.source)), start=1):
                node.name = f"x{number}"
        for node in leaves:
            if not node.name and np.size(node.value) > 1:
                node.name = "constant"


def _read(output: Any) -> list[ReadNode]:
    """The nodes behind `output`, leaves first, then each after its parents. Raises `ValueError` for a cycle."""
    made: dict[int, ReadNode] = {}
    constants: list[ReadNode] = []
    under_way: set[int] = set()
    stack: list[Any] = [output]
    while stack:
        source = stack[-1]
        parents = _parents(source)
        if id(source) not in under_way:
            under_way.add(id(source))
            waiting = [parent for parent in parents if not _is_number(parent) and id(parent) not in made]
            if any(id(parent) in under_way for parent in waiting):
                raise ValueError("the nodes form a cycle: a node is computed from itself")
            if waiting:
                stack += reversed(waiting)
                continue
        stack.pop()
        if id(source) in made:
            continue
        fixed = [ReadNode(parent) for parent in parents if _is_number(parent)]
        constants += fixed
        numbers = iter(fixed)
        made[id(source)] = ReadNode(
            source, tuple(next(numbers) if _is_number(parent) else made[id(parent)] for parent in parents)
        )
    nodes = list(made.values())
    return [*constants, *(n for n in nodes if n.gate is None), *(n for n in nodes if n.gate is not None)]


def _parents(source: Any) -> Sequence[Any]:
    found = _first(source, PARENTS)
    if found is None:
        found = _first(_first(source, RULES), PARENTS)
    if found is None or isinstance(found, (str, bytes)) or callable(found):
        return ()
    parents = [parent for parent in found if parent is not None]
    if isinstance(found, (set, frozenset)):  # of no order: one that is the same every time
        parents.sort(key=lambda parent: (_text(parent, NAMES) or "", repr(_value(parent))))
    return parents


def _value(source: Any) -> Any:
    if _is_number(source):
        return _plain(source)
    if not _has(source, VALUES):
        raise TypeError(
            f"a node of the graph is a {type(source).__name__} without a value: it is looked for in "
            f"{' and '.join(VALUES)}, its gradient in {' and '.join(GRADIENTS)}, and what it was computed from in "
            f"{', '.join(PARENTS)}"
        )
    return _plain(_bare(source))


def _gradient(source: Any) -> Any:
    found = None if _is_number(source) else _first(source, GRADIENTS)
    return None if found is None or callable(found) else _plain(_bare(found))


def _bare(value: Any) -> Any:
    """The number or array inside: of a gradient that is itself a node, for example."""
    while not _is_number(value) and not isinstance(value, (list, tuple)) and _has(value, VALUES):
        value = _first(value, VALUES)
    return value


def _plain(value: Any) -> Any:
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"the value of a node must be a number or an array of numbers, not {value!r:.80}") from None
    return float(array) if array.ndim == 0 else array


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, np.ndarray, np.generic))


def _has(source: Any, names: Sequence[str]) -> bool:
    return _first(source, names) is not None


def _first(source: Any, names: Sequence[str]) -> Any:
    if source is None or _is_number(source):
        return None
    return next((found for name in names if (found := getattr(source, name, None)) is not None), None)


def _text(source: Any, names: Sequence[str]) -> str | None:
    found = _first(source, names)
    return found if isinstance(found, str) and found else None


def _each(functions: Sequence[Callable[..., Any]]) -> Callable[[Any], tuple[Any, ...]]:
    """One backward of several, one for each parent; it goes by the name of the first."""

    def backward(upstream: Any) -> tuple[Any, ...]:
        return tuple(function(upstream) for function in functions)

    backward.__qualname__ = getattr(functions[0], "__qualname__", "backward")
    return backward


def _held(source: Any) -> list[Any]:
    """What an object holds of its own, except its value, gradient, parents and other nodes."""
    slots = [name for kind in type(source).__mro__ for name in getattr(kind, "__slots__", ())]
    own = {name: getattr(source, name, None) for name in [*getattr(source, "__dict__", {}), *slots]}
    known = {*VALUES, *GRADIENTS, *PARENTS, "__weakref__", "__dict__"}
    return [held for name, held in own.items() if name not in known and held is not None and not _has(held, VALUES)]


def _spoken(made_by: Any) -> str:
    """What an operation is called: its class, or the method in which a function was written, `Value.__mul__`."""
    words = getattr(made_by, "__qualname__", "")
    inside = re.search(r"(\w+)\.<locals>\.[^.]*$", words)
    if inside:
        return re.sub(r"^__[ri]?(?=add|sub|mul|truediv|matmul|pow)|^__|__$", "", inside[1])
    return words or type(made_by).__name__


def _symbol(words: str) -> str:
    if words.startswith(("**", "^")):
        return "^" + words.lstrip("*^")
    short = re.sub(r"(gate|backward|function|op)?\d*$", "", words.strip(), flags=re.IGNORECASE) or words
    return SYMBOLS.get(short.lower(), short)[:14]


def _takes_one(way: Callable[..., Any]) -> bool:
    """Whether a backward wants to be given the upstream gradient, or finds it at its node."""
    try:
        parameters = inspect.signature(way).parameters.values()
    except (TypeError, ValueError):
        return True
    named = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
    return any(p.kind not in named and p.default is inspect.Parameter.empty for p in parameters)


def _set_gradient(source: Any, gradient: Any) -> None:
    name = next((name for name in GRADIENTS if hasattr(source, name)), None)
    if name is not None:
        with contextlib.suppress(AttributeError):  # it can be read only: then it cannot be added to, either
            setattr(source, name, gradient)


@contextlib.contextmanager
def _put_back(sources: Sequence[Any]) -> Iterator[None]:
    """Whatever is done inside, these nodes have the gradients afterwards that they had before."""
    kept = [(source, name, getattr(source, name)) for source in sources for name in GRADIENTS if hasattr(source, name)]
    try:
        yield
    finally:
        for source, name, gradient in kept:
            with contextlib.suppress(AttributeError):
                setattr(source, name, gradient)
