"""Assignment 10: the engine itself: order, gates, the graph, and a gradient checker of one's own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from autograder.calls import Outcome
from autograder.described import Formula, FormulaGate
from autograder.exercises.exercise import (
    Criterion,
    Exercise,
    Generator,
    Mistake,
    Probe,
    Step,
    away_from,
    upstream_like,
)

ASSIGNMENT = "10_build_your_own_graph"


# --- topological_order ----------------------------------------------------------------------------------------------


def topological_order(successors: dict[str, list[str]]) -> list[str]:
    waiting = dict.fromkeys(successors, 0)
    for targets in successors.values():
        for target in targets:
            waiting[target] = waiting.get(target, 0) + 1
    ready = [node for node, count in waiting.items() if count == 0]
    order = []
    while ready:
        node = ready.pop()
        order.append(node)
        for target in successors.get(node, []):
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    if len(order) < len(waiting):
        raise ValueError("the graph has a cycle")
    return order


def _depth_first(successors: dict[str, list[str]]) -> list[str]:
    """The same by depth-first search with a stack: a node is finished when all its successors are."""
    state: dict[str, int] = {}
    order: list[str] = []
    for root in successors:
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(successors.get(root, [])))]
        while stack:
            node, rest = stack[-1]
            for target in rest:
                if state.get(target) == 1:
                    raise ValueError("cycle")
                if target not in state:
                    state[target] = 1
                    stack.append((target, iter(successors.get(target, []))))
                    break
            else:
                stack.pop()
                state[node] = 2
                order.append(node)
    return order[::-1]


def _kahn_with_queue(successors: dict[str, list[str]]) -> Any:
    counts = dict.fromkeys(successors, 0)
    for node in successors:
        for target in successors[node]:
            counts[target] += 1
    queue = deque(node for node in successors if counts[node] == 0)
    order = []
    while queue:
        node = queue.popleft()
        order.append(node)
        for target in successors[node]:
            counts[target] -= 1
            if not counts[target]:
                queue.append(target)
    if len(order) != len(successors):
        raise ValueError("there is a cycle")
    return tuple(order)


def _recursive(successors: dict[str, list[str]]) -> list[str]:
    order: list[str] = []
    active: set[str] = set()
    done: set[str] = set()

    def visit(node: str) -> None:
        if node in active:
            raise ValueError("cycle")
        if node in done:
            return
        active.add(node)
        for target in successors[node]:
            visit(target)
        active.discard(node)
        done.add(node)
        order.append(node)

    for node in successors:
        visit(node)
    return order[::-1]


def _order_problem(value: Any, successors: dict[str, list[str]]) -> str | None:
    if not isinstance(value, (list, tuple)) or not all(isinstance(node, str) for node in value):
        return "did not return a list of node names"
    place = {node: i for i, node in enumerate(value)}
    if len(place) != len(value):
        return "a node is there more than once"
    missing = [node for node in successors if node not in place]
    if missing:
        return f"{missing[0]!r} is missing"
    for node, targets in successors.items():
        for target in targets:
            if place[node] > place[target]:
                return f"{target!r} comes before {node!r}, on which it depends"
    return None


def _random_dag(rng: Generator, size: int) -> dict[str, list[str]]:
    names = [f"n{i}" for i in rng.permutation(size)]
    edges = {name: [names[j] for j in range(i + 1, size) if rng.random() < 0.3] for i, name in enumerate(names)}
    return {name: edges[name] for name in sorted(edges)}


SKIP = {"a": ["b", "e"], "b": ["c"], "c": ["d"], "d": ["e"], "e": [], "alone": []}
DIAMOND = {"end": [], "left": ["end"], "right": ["end"], "start": ["left", "right"]}


@lru_cache(maxsize=1)
def _chain() -> dict[str, list[str]]:
    """100,000 nodes in a row; never written to, since every call gets a copy."""
    return {f"n{i}": [f"n{i + 1}"] for i in range(99_999)} | {"n99999": []}


def _order_probes(rng: Generator) -> list[Probe]:
    def one(graph: dict[str, list[str]], criterion: str = "values") -> Probe:
        def verify(outcomes: Sequence[Outcome]) -> str | None:
            error = outcomes[0].error
            if error is not None:
                return f"raised {error.type}: {error.message}"
            return _order_problem(outcomes[0].value, graph)

        return Probe((Step("topological_order", (graph,)),), criterion, "", verify)

    def cycle(graph: dict[str, list[str]]) -> Probe:
        def verify(outcomes: Sequence[Outcome]) -> str | None:
            error = outcomes[0].error
            if error is not None and error.type == "ValueError":
                return None
            return "a graph with a cycle must raise ValueError" + (f", not {error.type}" if error is not None else "")

        return Probe((Step("topological_order", (graph,)),), "cycle", "", verify)

    found = [one(SKIP), one(DIAMOND), one({"only": []}), one(_random_dag(rng, 12)), one(_random_dag(rng, 20))]
    found += [cycle({"a": ["b"], "b": ["c"], "c": ["a"]}), cycle({"s": ["a"], "a": ["b"], "b": ["a", "t"], "t": []})]
    return [*found, cycle({"self": ["self"]}), one(_chain(), "deep")]


def _order_of(answers: Sequence[Sequence[Outcome]], probe: int) -> list[str]:
    value = answers[probe][0].value
    if not isinstance(value, (list, tuple)):
        raise ValueError("no order")
    return list(value)


def _by_distance(successors: dict[str, list[str]]) -> list[str]:
    targets = {t for ts in successors.values() for t in ts}
    order, queue = [], deque(n for n in successors if n not in targets)
    while queue:
        node = queue.popleft()
        if node not in order:
            order.append(node)
            queue.extend(successors[node])
    if len(order) < len(successors):
        raise ValueError("cycle")
    return order


def _not_deep(wrong: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The long chain is not what this mistake is about, and quadratic code would take minutes on it."""
    return lambda successors: topological_order(successors) if len(successors) > 1000 else wrong(successors)


def _every_path(successors: dict[str, list[str]]) -> list[str]:
    targets = {t for ts in successors.values() for t in ts}
    order: list[str] = []
    stack = [n for n in successors if n not in targets]
    for _ in range(20_000):
        if not stack:
            return order
        node = stack.pop()
        order.append(node)
        stack.extend(successors[node])
    raise ValueError("cycle")


ORDER = Exercise(
    name="topological_order",
    assignment=ASSIGNMENT,
    points=3,
    signature="(successors)",
    reference=topological_order,
    probes=_order_probes,
    criteria=(
        Criterion("values", "every node comes after all it depends on", 0.55),
        Criterion("cycle", "a cycle raises ValueError", 0.2, ("values",)),
        Criterion("deep", "a chain of 100,000 nodes, without recursion", 0.15, ("values",)),
        Criterion("contract", "a good guest: leaves its input alone and keeps no memory", 0.1, ("values",)),
    ),
    mistakes=(
        Mistake(
            "reverse order",
            "In which direction do the arrows point: from a node to what it needs, or to what needs it?",
            lambda s: topological_order(s)[::-1],
            lambda a: (
                _order_problem(_order_of(a, 1)[::-1], DIAMOND) is None
                and _order_problem(_order_of(a, 0)[::-1], SKIP) is None
            ),
        ),
        Mistake(
            "order of insertion",
            "Does the order in which the nodes are listed say anything?",
            lambda s: list(s),
            lambda a: _order_of(a, 1) == list(DIAMOND),
        ),
        Mistake(
            "breadth first by distance",
            "Which nodes must be finished before this one may be processed? A short and a long path may meet.",
            _not_deep(_by_distance),
            lambda a: _order_of(a, 0).index("e") < _order_of(a, 0).index("c") and len(_order_of(a, 0)) == 6,
        ),
        Mistake(
            "a node once per path",
            "How often may a node appear in a schedule?",
            _not_deep(_every_path),
            lambda a: len(set(_order_of(a, 1))) < len(_order_of(a, 1)),
        ),
        Mistake(
            "isolated nodes lost",
            "What becomes of a node without arrows?",
            lambda s: (
                [n for n in topological_order(s) if s[n] or any(n in t for t in s.values())]
                if len(s) < 1000
                else topological_order(s)
            ),
            lambda a: "alone" not in _order_of(a, 0) and set(_order_of(a, 0)) == set("abcde"),
        ),
        Mistake(
            "cycle passed over",
            "Count the nodes you placed. What does it mean when some never become ready?",
            lambda s: _lenient(s),
            lambda a: _order_problem(_order_of(a, 0), SKIP) is None and all(o[0].error is None for o in a[5:8]),
        ),
        Mistake(
            "recursion",
            "How deep does your function call itself on a chain of 100,000 nodes?",
            _recursive,
            lambda a: (
                _order_problem(_order_of(a, 0), SKIP) is None
                and a[8][0].error is not None
                and a[8][0].error.type == "RecursionError"
            ),
        ),
        Mistake(
            "returns nothing",
            "Does your function end with return?",
            lambda s: None,
            lambda a: all(o[0].error is None and o[0].value is None for o in a),
        ),
    ),
    right=(
        _depth_first,
        _kahn_with_queue,
        lambda s: list(topological_order(s)),
        lambda s: topological_order({k: list(v) for k, v in reversed(s.items())}),
        lambda s: tuple(_depth_first(s)),
    ),
)


def _lenient(successors: dict[str, list[str]]) -> list[str]:
    try:
        return topological_order(successors)
    except ValueError:
        return list(successors)


# --- gates ----------------------------------------------------------------------------------------------------------


class AddGate:
    def forward(self, x: Any, y: Any) -> Any:
        return x + y

    def backward(self, upstream: Any) -> list[Any]:
        return [upstream, upstream]


class ExpGate:
    def forward(self, x: Any) -> Any:
        self.y = np.exp(x)
        return self.y

    def backward(self, upstream: Any) -> list[Any]:
        return [upstream * self.y]


class MaxGate:
    def forward(self, x: Any, y: Any) -> Any:
        self.first = x >= y
        return x if self.first else y

    def backward(self, upstream: Any) -> list[Any]:
        return [upstream * 1.0, upstream * 0.0] if self.first else [upstream * 0.0, upstream * 1.0]


GATE_CRITERIA = (
    Criterion("values", "forward and backward are right", 0.7),
    Criterion("own", "each gate keeps its own, latest inputs", 0.3, ("values",)),
)


def _gate_probes(name: str, inputs: int) -> Callable[[Generator], list[Probe]]:
    def probes(rng: Generator) -> list[Probe]:
        def values() -> tuple[float, ...]:
            while True:
                drawn = tuple(float(v) for v in away_from(rng, (inputs,)))
                if inputs == 1 or abs(drawn[0] - drawn[1]) > 0.1:
                    return drawn

        def one() -> Probe:
            up = upstream_like(rng, ())
            return Probe((Step(name, (), keep="g"), Step("g", values(), "forward"), Step("g", (up,), "backward")))

        first = values()
        second = tuple(v + 0.5 for v in reversed(first))
        two = (
            Step(name, (), keep="a"),
            Step(name, (), keep="b"),
            Step("a", first, "forward"),
            Step("b", second, "forward"),
            Step("a", (1.5,), "backward"),
            Step("b", (-2.0,), "backward"),
            Step("a", second, "forward"),
            Step("a", (3.0,), "backward"),
            Step("a", (3.0,), "backward"),
        )
        found = [one() for _ in range(6)] + [Probe(two, "own", "two gates, used twice")]
        if name == "MaxGate":

            def tie(outcomes: Sequence[Outcome]) -> str | None:
                if outcomes[-1].error is not None:
                    return f"raised {outcomes[-1].error.type}"
                total = sum(float(v) for v in outcomes[-1].value)
                return (
                    None
                    if abs(total - 2.5) < 1e-9
                    else f"at a tie the gradients add up to {total:g}, not to upstream 2.5"
                )

            steps = (Step(name, (), keep="g"), Step("g", (3.0, 3.0), "forward"), Step("g", (2.5,), "backward"))
            found.append(Probe(steps, "own", "at a tie", tie))
        return found

    return probes


def _gate(forward: Any, backward: Any) -> type:
    """A gate class from two functions; backward takes the kept inputs after the upstream gradient."""

    class Gate:
        def forward(self, *inputs: Any) -> Any:
            self.inputs = inputs
            return forward(*inputs)

        def backward(self, upstream: Any) -> Any:
            return backward(upstream, *self.inputs)

    return Gate


def _shared(forward: Any, backward: Any) -> type:
    class Gate:
        kept: tuple[Any, ...] = ()

        def forward(self, *inputs: Any) -> Any:
            Gate.kept = inputs
            return forward(*inputs)

        def backward(self, upstream: Any) -> Any:
            return backward(upstream, *Gate.kept)

    return Gate


def _accumulating(forward: Any, backward: Any) -> type:
    class Gate:
        def __init__(self) -> None:
            self.total: list[Any] = []

        def forward(self, *inputs: Any) -> Any:
            self.inputs = inputs
            return forward(*inputs)

        def backward(self, upstream: Any) -> Any:
            new = backward(upstream, *self.inputs)
            self.total = [a + b for a, b in zip(self.total, new, strict=True)] if self.total else new
            return self.total

    return Gate


def _slots(forward: Any, backward: Any, wrap: Any = list) -> type:
    class Gate:
        __slots__ = ("kept",)

        def forward(self, *inputs: Any) -> Any:
            self.kept = inputs
            return forward(*inputs)

        def backward(self, upstream: Any) -> Any:
            return wrap(backward(upstream, *self.kept))

    return Gate


def _plus(x: Any, y: Any) -> Any:
    return x + y


def _larger(x: Any, y: Any) -> Any:
    return max(x, y)


def _route(g: Any, x: Any, y: Any) -> list[Any]:
    return [g * (x >= y), g * (x < y)]


SHARED = "Make two gates and run both forward. Whose inputs does each remember?"
TWICE = "Call backward twice. Should the second answer differ?"
UP = "What multiplies the local gradient on its way back?"
NOTHING = "Does your method end with return?"

ADD_GATE = Exercise(
    name="AddGate",
    assignment=ASSIGNMENT,
    points=1,
    signature="()",
    reference=AddGate,
    probes=_gate_probes("AddGate", 2),
    criteria=GATE_CRITERIA,
    mistakes=(
        Mistake("upstream forgotten", UP, _gate(_plus, lambda g, x, y: [1.0, 1.0])),
        Mistake(
            "gradient shared out",
            "If x grows by h while y stays, by how much does x + y grow?",
            _gate(_plus, lambda g, x, y: [g / 2, g / 2]),
        ),
        Mistake(
            "treated as a multiply gate",
            "Does it matter for the slope of x + y how large x is?",
            _gate(_plus, lambda g, x, y: [g * y, g * x]),
        ),
        Mistake("one gradient only", "How many inputs does this gate have?", _gate(_plus, lambda g, x, y: [g])),
        Mistake("forward returns nothing", NOTHING, _gate(lambda x, y: None, lambda g, x, y: [g, g])),
        Mistake("accumulates over calls", TWICE, _accumulating(_plus, lambda g, x, y: [g, g])),
        Mistake("multiplies forward", "Which gate is this?", _gate(lambda x, y: x * y, lambda g, x, y: [g, g])),
    ),
    right=(
        _gate(_plus, lambda g, x, y: [g, g]),
        _gate(_plus, lambda g, x, y: (g, g)),
        _slots(lambda x, y: np.add(x, y), lambda g, x, y: (g, g)),
        _gate(lambda x, y: y + x, lambda g, x, y: [1.0 * g, 1.0 * g]),
        _gate(lambda *v: sum(v), lambda g, *v: [g for _ in v]),
    ),
)

EXP_GATE = Exercise(
    name="ExpGate",
    assignment=ASSIGNMENT,
    points=1,
    signature="()",
    reference=ExpGate,
    probes=_gate_probes("ExpGate", 1),
    criteria=GATE_CRITERIA,
    mistakes=(
        Mistake("upstream forgotten", UP, _gate(np.exp, lambda g, x: [np.exp(x)])),
        Mistake(
            "power rule applied to an exponential",
            "Here x is the exponent, not the base.",
            _gate(np.exp, lambda g, x: [g * x * np.exp(x - 1)]),
        ),
        Mistake(
            "local gradient is the input", "How steep is the exponential at 0?", _gate(np.exp, lambda g, x: [g * x])
        ),
        Mistake(
            "the gate applied to its own output",
            "At which value is the slope taken?",
            _gate(np.exp, lambda g, x: [g * np.exp(np.exp(min(x, 6.0)))]),
        ),
        Mistake("state shared between gates", SHARED, _shared(np.exp, lambda g, x: [g * np.exp(x)])),
        Mistake("accumulates over calls", TWICE, _accumulating(np.exp, lambda g, x: [g * np.exp(x)])),
        Mistake(
            "returns a number instead of a list",
            "The graph hands out one gradient per input: what does it expect from every gate?",
            _gate(np.exp, lambda g, x: g * np.exp(x)),
        ),
    ),
    right=(
        _gate(np.exp, lambda g, x: [g * np.exp(x)]),
        _gate(np.exp, lambda g, x: (np.exp(x) * g,)),
        _slots(lambda x: float(np.exp(x)), lambda g, x: [g * float(np.exp(x))]),
        _gate(lambda x: np.e**x, lambda g, x: [g * np.e**x]),
        _slots(np.exp, lambda g, x: (g * np.exp(x),), tuple),
    ),
)

MAX_GATE = Exercise(
    name="MaxGate",
    assignment=ASSIGNMENT,
    points=1,
    signature="()",
    reference=MaxGate,
    probes=_gate_probes("MaxGate", 2),
    criteria=GATE_CRITERIA,
    mistakes=(
        Mistake("upstream forgotten", UP, _gate(_larger, lambda g, x, y: [float(x >= y), float(x < y)])),
        Mistake(
            "gradient to both inputs",
            "Nudge the smaller input a little. Does the output move?",
            _gate(_larger, lambda g, x, y: [g, g]),
        ),
        Mistake(
            "gradient to the smaller input",
            "Which of the two did forward let through?",
            _gate(_larger, lambda g, x, y: [g * (x < y), g * (x >= y)]),
        ),
        Mistake(
            "passes the value, not the gradient",
            "Where x wins, the output is x. What is the slope of x?",
            _gate(_larger, lambda g, x, y: [g * x * (x >= y), g * y * (x < y)]),
        ),
        Mistake(
            "the gradient is doubled at a tie",
            "What should the two gradients sum to when the inputs are equal?",
            _gate(_larger, lambda g, x, y: [g * (x >= y), g * (x <= y)]),
        ),
        Mistake(
            "the gradient vanishes at a tie",
            "What should the two gradients sum to when the inputs are equal?",
            _gate(_larger, lambda g, x, y: [g * (x > y), g * (x < y)]),
        ),
        Mistake("state shared between gates", SHARED, _shared(_larger, _route)),
        Mistake(
            "smaller instead of larger", "Which gate is this?", _gate(min, lambda g, x, y: [g * (x <= y), g * (x > y)])
        ),
    ),
    right=(
        _gate(_larger, _route),
        _gate(np.maximum, lambda g, x, y: (g * (x > y) + 0.5 * g * (x == y), g * (y > x) + 0.5 * g * (x == y))),
        _slots(_larger, _route),
        _gate(lambda x, y: x if x > y else y, lambda g, x, y: [0.0, g] if x <= y else [g, 0.0]),
        _gate(lambda x, y: (x + y + abs(x - y)) / 2, lambda g, x, y: [g if x >= y else 0, 0 if x >= y else g]),
    ),
)


# --- the graph ------------------------------------------------------------------------------------------------------

PLUS = FormulaGate(
    Formula("x + y", ("x", "y")), (Formula("u * 1.0", ("u", "x", "y")), Formula("u * 1.0", ("u", "x", "y")))
)
TIMES = FormulaGate(
    Formula("x * y", ("x", "y")), (Formula("u * y", ("u", "x", "y")), Formula("u * x", ("u", "x", "y")))
)
SQUARE = FormulaGate(Formula("x * x"), (Formula("u * 2 * x", ("u", "x")),))
SINE = FormulaGate(Formula("float(np.sin(x))"), (Formula("u * float(np.cos(x))", ("u", "x")),))
TRIPLE = FormulaGate(
    Formula("x + 2 * y + 3 * z", ("x", "y", "z")), tuple(Formula(f"u * {k}.0", ("u", "x", "y", "z")) for k in (1, 2, 3))
)

LECTURE = [("x", None, []), ("y", None, []), ("z", None, []), ("q", PLUS, ["x", "y"]), ("f", TIMES, ["q", "z"])]
TWICE_USED = [("a", None, []), ("b", PLUS, ["a", "a"])]
SQUARED = [("a", None, []), ("b", TIMES, ["a", "a"])]
SHORT_AND_LONG = [
    ("x", None, []),
    ("s", SQUARE, ["x"]),
    ("t", SINE, ["s"]),
    ("p", TIMES, ["t", "x"]),
    ("q", TIMES, ["s", "p"]),
    ("f", TRIPLE, ["q", "x", "p"]),
]
UNUSED = [("x", None, []), ("y", None, []), ("f", SQUARE, ["x"])]


class ComputationalGraph:
    """The reference engine; the switches below break it in known ways."""

    overwrite = accumulate = forgets_start = stale = wrong_order = first_only = False

    def __init__(self, nodes: Any) -> None:
        self.nodes = nodes
        self.gradients: dict[str, Any] = {}

    def forward(self, inputs: dict[str, Any]) -> Any:
        kept = getattr(self, "values", {}) if self.stale else {}
        self.values = {**inputs, **kept} if self.stale else dict(inputs)
        for name, gate, parents in self.nodes:
            if gate is not None:
                self.values[name] = gate.forward(*[self.values[p] for p in parents])
        return self.values[self.nodes[-1][0]]

    def backward(self) -> dict[str, Any]:
        if not (self.accumulate and self.gradients):
            self.gradients = dict.fromkeys((name for name, _, _ in self.nodes), 0.0)
        self.gradients[self.nodes[-1][0]] = 0.0 if self.forgets_start else 1.0
        for name, gate, parents in self.nodes if self.wrong_order else reversed(self.nodes):
            if gate is None:
                continue
            for parent, gradient in zip(parents, gate.backward(self.gradients[name]), strict=True):
                self.gradients[parent] = gradient if self.overwrite else self.gradients[parent] + gradient
                if self.first_only:
                    break
        return {name: self.gradients[name] for name, gate, _ in self.nodes if gate is None}


def _broken(**switches: bool) -> type:
    return type("ComputationalGraph", (ComputationalGraph,), switches)


class _AllGradients(ComputationalGraph):
    def backward(self) -> dict[str, Any]:
        super().backward()
        return self.gradients


class _OnePass(ComputationalGraph):
    """Follows every path from the output with its own running gradient, handing on totals too early."""

    def backward(self) -> dict[str, Any]:
        table = {name: (gate, parents) for name, gate, parents in self.nodes}
        total = dict.fromkeys(table, 0.0)
        total[self.nodes[-1][0]] = 1.0
        queue = deque([self.nodes[-1][0]])
        while queue:
            name = queue.popleft()
            gate, parents = table[name]
            if gate is None:
                continue
            for parent, gradient in zip(parents, gate.backward(total[name]), strict=True):
                total[parent] += gradient
                queue.append(parent)
        return {name: total[name] for name, (gate, _) in table.items() if gate is None}


class _ByDict:
    """A right engine of another build: successors, totals in a dict of lists."""

    def __init__(self, nodes: Any) -> None:
        self.table = {name: (gate, list(parents)) for name, gate, parents in nodes}
        self.order = [name for name, _, _ in nodes]

    def forward(self, inputs: dict[str, Any]) -> Any:
        self.value: dict[str, Any] = {}
        for name in self.order:
            gate, parents = self.table[name]
            self.value[name] = inputs[name] if gate is None else gate.forward(*(self.value[p] for p in parents))
        return self.value[self.order[-1]]

    def backward(self) -> dict[str, Any]:
        arrived: dict[str, list[Any]] = {name: [] for name in self.order}
        arrived[self.order[-1]].append(1.0)
        for name in self.order[::-1]:
            gate, parents = self.table[name]
            if gate is not None:
                for parent, gradient in zip(parents, gate.backward(sum(arrived[name])), strict=True):
                    arrived[parent].append(gradient)
        return {name: float(sum(arrived[name])) for name in self.order if self.table[name][0] is None}


class _WithZeros(ComputationalGraph):
    def backward(self) -> dict[str, Any]:
        return {name: np.float64(value) for name, value in super().backward().items()}


class _ZeroDimensional(ComputationalGraph):
    def forward(self, inputs: dict[str, Any]) -> Any:
        return np.array(super().forward(inputs))


class _Renamed(_ByDict):
    def __repr__(self) -> str:
        return "a graph"


class _Sorted(_ByDict):
    def __init__(self, nodes: Any) -> None:
        super().__init__(list(nodes))


def _graph_probes(rng: Generator) -> list[Probe]:
    def inputs_of(nodes: Any) -> dict[str, float]:
        return {name: float(away_from(rng, (), spread=1.0)) for name, gate, _ in nodes if gate is None}

    def one(nodes: Any, criterion: str = "values", label: str = "") -> Probe:
        steps = (
            Step("ComputationalGraph", (nodes,), keep="g"),
            Step("g", (inputs_of(nodes),), "forward"),
            Step("g", (), "backward"),
        )
        return Probe(steps, criterion, label)

    def again(nodes: Any) -> Probe:
        steps = (
            Step("ComputationalGraph", (nodes,), keep="g"),
            Step("g", (inputs_of(nodes),), "forward"),
            Step("g", (), "backward"),
            Step("g", (), "backward"),
            Step("g", (inputs_of(nodes),), "forward"),
            Step("g", (), "backward"),
        )
        return Probe(steps, "again", "used again")

    deep: list[Any] = [("x0", None, [])] + [(f"x{i}", SINE, [f"x{i - 1}"]) for i in range(1, 3000)]
    found = [one(LECTURE), one(LECTURE), one([("x", None, []), ("f", SQUARE, ["x"])])]
    found += [
        one(TWICE_USED, "branches"),
        one(SQUARED, "branches"),
        one(SHORT_AND_LONG, "branches"),
        one(UNUSED, "branches"),
    ]
    return [*found, again(LECTURE), again(SHORT_AND_LONG), one(deep, "deep", "a chain of 3,000 gates")]


GRAPH = Exercise(
    name="ComputationalGraph",
    assignment=ASSIGNMENT,
    points=6,
    signature="(nodes)",
    reference=ComputationalGraph,
    probes=_graph_probes,
    criteria=(
        Criterion("values", "forward values and gradients on a tree", 0.4),
        Criterion("branches", "values used more than once", 0.3, ("values",)),
        Criterion("again", "twice is the same as once, and new inputs are new", 0.2, ("values",)),
        Criterion("deep", "thousands of gates in a row", 0.1, ("values",)),
    ),
    mistakes=(
        Mistake(
            "overwrites at branches",
            "Two roads lead from this value to the output. Where did the first one go?",
            _broken(overwrite=True),
        ),
        Mistake(
            "accumulates over calls",
            "What is in the gradients at the start of the second backward?",
            _broken(accumulate=True),
        ),
        Mistake(
            "the output's own gradient is not 1",
            "What is the derivative of the output with respect to itself?",
            _broken(forgets_start=True),
        ),
        Mistake("stale values", "Run forward with other inputs. Which values does it start from?", _broken(stale=True)),
        Mistake(
            "backward in forward order",
            "Which nodes must have received everything before this one may pass it on?",
            _broken(wrong_order=True),
        ),
        Mistake(
            "only the first parent gets a gradient", "How many gradients does a gate return?", _broken(first_only=True)
        ),
        Mistake(
            "hands on before everything has arrived",
            "When you push a node onward, has it already received all it is going to receive?",
            _OnePass,
        ),
        Mistake(
            "returns nothing from backward",
            "Does backward end with return?",
            type("ComputationalGraph", (ComputationalGraph,), {"backward": lambda self: None}),
        ),
        Mistake(
            "returns nothing from forward",
            "Does forward end with return?",
            type(
                "ComputationalGraph",
                (ComputationalGraph,),
                {"forward": lambda self, inputs: [ComputationalGraph.forward(self, inputs), None][1]},
            ),
        ),
    ),
    right=(_ByDict, _WithZeros, _ZeroDimensional, _Renamed, _Sorted, _AllGradients),
)


# --- the checker ----------------------------------------------------------------------------------------------------


def gradient_check(
    forward: Any, backward: Any, inputs: Sequence[Any], tolerance: float = 1e-4, h: float = 1e-5
) -> bool:
    inputs = [np.array(x, dtype=float) for x in inputs]
    output = np.asarray(forward(*inputs))
    upstream = np.random.default_rng(0).uniform(0.5, 1.5, output.shape)
    gradients = backward(upstream, *inputs)
    for i, (x, gradient) in enumerate(zip(inputs, gradients, strict=True)):
        if np.shape(gradient) != x.shape or not np.all(np.isfinite(gradient)):
            return False
        numerical = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            step = h * max(1.0, abs(x[index]))
            moved = [[np.array(v) for v in inputs] for _ in range(2)]
            moved[0][i][index] += step
            moved[1][i][index] -= step
            numerical[index] = np.sum(upstream * (forward(*moved[0]) - forward(*moved[1]))) / (2 * step)
        size = max(np.abs(numerical).max(), np.abs(gradient).max(), 1e-8)
        if np.any(np.abs(numerical - gradient) > tolerance * size):
            return False
    return True


_UX, _UXY = ("u", "x"), ("u", "x", "y")
TANH = Formula("np.tanh(x)")
PRODUCT = Formula("x * y", ("x", "y"))
MATRIX = Formula("x @ y", ("x", "y"))
RIGHT_GATES = [
    (TANH, Formula("[u * (1 - np.tanh(x)**2)]", _UX), 1, (3, 2)),
    (PRODUCT, Formula("[u * y, u * x]", _UXY), 2, (2, 3)),
    (MATRIX, Formula("[u @ y.T, x.T @ u]", _UXY), 2, (3, 3)),
    (Formula("np.exp(x) + 1000.0"), Formula("[u * np.exp(x)]", _UX), 1, (4,)),
    (Formula("x * 1e3"), Formula("[u * 1e3]", _UX), 1, (2, 2)),
    (Formula("x * 1e-3"), Formula("[u * 1e-3]", _UX), 1, (2, 2)),
    (Formula("np.sum(x * x)"), Formula("[u * 2 * x]", _UX), 1, (3,)),
]
WRONG_GATES = [
    (TANH, Formula("[u * (1 - np.tanh(x))]", _UX), 1, (3, 2)),
    (TANH, Formula("[2 * u * (1 - np.tanh(x)**2)]", _UX), 1, (3, 2)),
    (TANH, Formula("[-u * (1 - np.tanh(x)**2)]", _UX), 1, (3, 2)),
    (TANH, Formula("[0 * x]", _UX), 1, (3, 2)),
    (PRODUCT, Formula("[u * y, u * y]", _UXY), 2, (2, 3)),
    (PRODUCT, Formula("[u * x, u * x]", _UXY), 2, (2, 3)),
]
SUBTLE_GATES = [
    (TANH, Formula("[u * (1 - np.tanh(x)**2) * 1.01]", _UX), 1, (3, 2)),
    (MATRIX, Formula("[u @ y, x.T @ u]", _UXY), 2, (3, 3)),
    (TANH, Formula("[(1 - np.tanh(x)**2) * np.mean(u)]", _UX), 1, (3, 2)),
    (
        TANH,
        Formula("[u * (1 - np.tanh(x)**2) + np.where(np.arange(x.size).reshape(x.shape) == x.size - 1, 0.1, 0)]", _UX),
        1,
        (3, 2),
    ),
    (
        TANH,
        Formula(
            "[u * (1 - np.tanh(x)**2) + np.where(np.arange(x.size).reshape(x.shape) < 1, 0.1, "
            "np.where(np.arange(x.size).reshape(x.shape) < 2, -0.1, 0))]",
            _UX,
        ),
        1,
        (3, 2),
    ),
    (Formula("x * 1e-3"), Formula("[u * 1.2e-3]", _UX), 1, (2, 2)),
    (TANH, Formula("[np.nan * u]", _UX), 1, (3, 2)),
    (Formula("x**2"), Formula("[u * 2 * np.abs(x)]", _UX), 1, (3, 3)),
]


def _checker_probes(rng: Generator) -> list[Probe]:
    def one(case: Any, criterion: str, wanted: bool) -> Probe:
        forward, backward, count, shape = case
        inputs = [away_from(rng, shape, spread=1.0) for _ in range(count)]
        if shape == (3, 3) and "abs" in backward.expression:
            inputs[0][0, 0] = -abs(inputs[0][0, 0])
        words = f"forward {forward.expression}, backward {backward.expression}"

        def verify(outcomes: Sequence[Outcome]) -> str | None:
            error = outcomes[0].error
            if error is not None:
                return f"{words}: raised {error.type}: {error.message}"
            value = outcomes[0].value
            answer = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
            if not isinstance(answer, (bool, np.bool_)):
                return "must return True or False"
            if bool(answer) != wanted:
                return f"{words}: {'refused, but it is right' if wanted else 'accepted, but it is wrong'}"
            return None

        return Probe((Step("gradient_check", (forward, backward, inputs)),), criterion, "", verify)

    found = [one(case, "values", True) for case in RIGHT_GATES] + [one(case, "values", False) for case in WRONG_GATES]
    return [*found, *(one(case, "subtle", False) for case in SUBTLE_GATES)]


def _relative_error_of_sums(forward: Any, backward: Any, inputs: Any) -> bool:
    upstream = np.ones(np.shape(forward(*inputs)))
    for i, gradient in enumerate(backward(upstream, *inputs)):
        h = 1e-5
        ahead = [v + h * (j == i) for j, v in enumerate(inputs)]
        behind = [v - h * (j == i) for j, v in enumerate(inputs)]
        numerical = np.sum(forward(*ahead) - forward(*behind)) / (2 * h)
        total = np.sum(gradient)
        if not abs(numerical - total) <= 1e-4 * max(abs(numerical), abs(total), 1e-8):
            return False
    return True


def _first_input_only(forward: Any, backward: Any, inputs: Any) -> bool:
    return gradient_check(
        lambda x: forward(x, *inputs[1:]), lambda u, x: [backward(u, x, *inputs[1:])[0]], list(inputs[:1])
    )


def _absolute(forward: Any, backward: Any, inputs: Any) -> bool:
    inputs = [np.array(x, dtype=float) for x in inputs]
    upstream = np.random.default_rng(0).uniform(0.5, 1.5, np.shape(forward(*inputs)))
    for i, gradient in enumerate(backward(upstream, *inputs)):
        for index in np.ndindex(inputs[i].shape):
            moved = [[np.array(v) for v in inputs] for _ in range(2)]
            moved[0][i][index] += 1e-5
            moved[1][i][index] -= 1e-5
            numerical = np.sum(upstream * (forward(*moved[0]) - forward(*moved[1]))) / 2e-5
            if not abs(numerical - gradient[index]) <= 1e-3:
                return False
    return True


def _with_ones(forward: Any, backward: Any, inputs: Any) -> bool:
    ones = np.ones(np.shape(forward(*inputs)))
    return gradient_check(
        lambda *v: np.sum(ones * forward(*v)), lambda u, *v: [u * g for g in backward(ones, *v)], inputs
    )


CHECKER = Exercise(
    name="gradient_check",
    assignment=ASSIGNMENT,
    points=4,
    signature="(forward, backward, inputs)",
    reference=gradient_check,
    probes=_checker_probes,
    criteria=(
        Criterion("values", "accepts right gates and refuses plainly wrong ones", 0.5),
        Criterion(
            "subtle", "refuses gates that are wrong in one place, for one upstream, or by a little", 0.4, ("values",)
        ),
        Criterion("contract", "a good guest: leaves its inputs alone and keeps no memory", 0.1, ("values",)),
    ),
    mistakes=(
        Mistake("accepts everything", "Try it on a gate you know to be wrong.", lambda f, b, x: True),
        Mistake(
            "refuses everything",
            "Try it on a gate you know to be right: how large is the difference it finds?",
            lambda f, b, x: False,
        ),
        Mistake(
            "tolerance below round-off",
            "How exact is a difference quotient? Print the difference for a right gate.",
            lambda f, b, x: gradient_check(f, b, x, tolerance=1e-15),
        ),
        Mistake("compares sums only", "Two errors of opposite sign: would you notice?", _relative_error_of_sums),
        Mistake("checks the first input only", "How many gradients does backward return?", _first_input_only),
        Mistake(
            "absolute tolerance only", "A gradient of 0.001 that is wrong by a fifth: would you notice?", _absolute
        ),
        Mistake(
            "upstream gradient of ones only",
            "Which wrong gates look right when every upstream entry is the same?",
            _with_ones,
        ),
        Mistake(
            "tolerance too generous",
            "A gradient that is wrong by 1 %: would you notice?",
            lambda f, b, x: gradient_check(f, b, x, tolerance=0.5),
        ),
        Mistake("returns nothing", "Does your function end with return?", lambda f, b, x: None),
    ),
    right=(
        lambda f, b, x: gradient_check(f, b, x, tolerance=1e-5),
        lambda f, b, x: gradient_check(f, b, x, h=1e-6),
        lambda f, b, x: np.bool_(gradient_check(f, b, x)),
        lambda f, b, x: bool(gradient_check(f, b, [np.array(v) for v in x], tolerance=3e-5)),
        lambda f, b, x: bool(gradient_check(f, lambda u, *v: tuple(b(u, *v)), x)),
    ),
)

EXERCISES = [ORDER, ADD_GATE, EXP_GATE, MAX_GATE, GRAPH, CHECKER]
