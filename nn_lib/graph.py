"""Computational graphs: nodes that hold values and gradients, and the two sweeps over them.

A graph is built once, by writing a formula over `Input`s and `Parameter`s, and run many times. One topological sort
fixes the schedule; `forward` walks it, `backward` walks it in reverse, and where a value was used more than once the
gradients that come back add up.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from typing import Any

import numpy as np

from nn_lib.expression import Expression
from nn_lib.gate import Gate
from nn_lib.guard import Value, as_float, as_upstream


class Node(Expression):
    """A value in a graph: the output of `gate` applied to `parents`, or an input when `gate` is None.

    After `forward` it holds `value`, after `backward` `gradient`, the derivative of the graph's output with respect to
    this value. Nodes combine with + - * / @ ** and unary minus; numbers and arrays may stand on either side, and one
    side of ** is a number. `node[index]`, `abs(node)`, `node.sum()`, `node.mean()`, `node.T` and NumPy's functions
    (`np.exp(node)`) make nodes, too. Nodes cannot be compared: they have no value while a formula is written.
    """

    # While a graph is built, Python's garbage collector visits every object of it again and again. So parents stand in
    # the node itself and not in a tuple, and a gate that is given by its class is made when it is first asked for.
    __slots__ = ("_gate", "first", "gradient", "mark", "more", "name", "second", "value")

    def __init__(
        self,
        gate: Gate | type[Gate] | None,
        first: Node | None = None,
        second: Node | None = None,
        more: tuple[Node, ...] = (),
        name: str | None = None,
    ) -> None:
        self._gate: Any = gate
        self.first: Any = first
        self.second: Any = second
        self.more = more
        self.name = name
        self.value: Any = None  # a Value, after forward
        self.gradient: Any = None  # a Value, after backward
        self.mark: object = None  # of the latest sort that came by

    @property
    def gate(self) -> Any:
        """The `Gate` that computes this value; None for an input."""
        if isinstance(self._gate, type):
            self._gate = self._gate()
        return self._gate

    @property
    def parents(self) -> tuple[Node, ...]:
        """The nodes that the gate is applied to, in order; none for an input."""
        return tuple(parent for parent in (self.first, self.second, *self.more) if parent is not None)

    @parents.setter
    def parents(self, parents: tuple[Node, ...]) -> None:
        self.first, self.second = (*parents, None, None)[:2]
        self.more = parents[2:]

    def named(self, name: str) -> Node:
        """The same node, with a name that pictures and messages show."""
        self.name = name
        return self

    def receive(self, gradient: Any) -> None:
        """Add the gradient that comes back from one use; None, which labels and targets get, changes nothing."""
        # The first gradient is stored, later ones are added into a new array: a gate may hand the very same array to
        # two inputs, so adding in place would change the other one.
        if gradient is not None:
            self.gradient = gradient if self.gradient is None else self.gradient + gradient

    def __repr__(self) -> str:
        operation = type(self.gate).__name__ if self.gate else type(self).__name__
        return f"<{operation}{f' {self.name}' if self.name else ''}: value {self.value}, gradient {self.gradient}>"


class Input(Node):
    """A named value given at each `forward`. Raises `TypeError` unless the name is a text."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__(None, name=_checked_name(name))


class Parameter(Node):
    """A named value that the graph keeps between runs; an optimiser changes it, if it is an array.

    Raises `TypeError` as `Input` does.
    """

    __slots__ = ()

    def __init__(self, name: str, value: Value) -> None:
        super().__init__(None, name=_checked_name(name))
        # An array of one number stays one: an optimiser moves it in place.
        self.value = value if isinstance(value, np.ndarray) and value.dtype.kind == "f" else as_float(value)


class Constant(Node):
    """A fixed value inside a formula. It gets a gradient like any node, and no one reports it."""

    __slots__ = ()

    def __init__(self, value: Any, gate: Gate | None = None) -> None:
        super().__init__(None)
        self.value = as_float(value, gate)


def _checked_name(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise TypeError(f'an input or parameter needs a name, such as Input("x"); got {name!r}')
    return name


def apply(gate: Gate, *inputs: Any) -> Any:
    """Put `gate` into a graph when any input is a `Node`; otherwise run it on the values at once."""
    for x in inputs:
        if isinstance(x, Node):
            node = Node(gate)
            node.parents = tuple([x if isinstance(x, Node) else Constant(x, gate) for x in inputs])
            return node
    return gate.forward(*inputs)


class ComputationalGraph:
    """The graph that computes `output`, ready to run forward and backward as often as you like.

    `inputs` and `parameters` are its named nodes, by name. Graphs that share nodes share their values: `backward`
    belongs to the latest `forward` of either. Raises `TypeError` when `output` is not a node, `ValueError` when two
    inputs share a name, two nodes a gate, or the nodes form a cycle.
    """

    def __init__(self, output: Node) -> None:
        if not isinstance(output, Node):
            raise TypeError(f"a graph is built from a Node, such as (x + y) * z; got {type(output).__name__}")
        self.output = output
        self._leaves, self._operations = _topological_order(output)
        given: list[int] = []
        with _collector_at_rest():
            for node in self._operations:
                if isinstance(node._gate, type):
                    node._gate = node._gate()
                else:
                    given.append(id(node._gate))
        if len(set(given)) < len(given):
            raise ValueError("two nodes have the same gate, which keeps the inputs of one: give each node its own gate")
        self.inputs: dict[str, Node] = {}
        self.parameters: dict[str, Node] = {}
        for node in self._leaves:
            if isinstance(node, (Input, Parameter)):
                if node.name in self.inputs or node.name in self.parameters:
                    raise ValueError(f"two different inputs are called {node.name!r}; give each its own name")
                (self.inputs if isinstance(node, Input) else self.parameters)[str(node.name)] = node

    def nodes_topologically_sorted(self) -> list[Node]:
        """The nodes in an order in which each one comes after everything it is computed from."""
        return self._leaves + self._operations

    def forward(self, /, *nameless: Any, **inputs: Any) -> Any:
        """Compute every node from these inputs, given by name, and return the output's value.

        Raises `TypeError` when an input is missing, unknown, or given without its name.
        """
        self._give(nameless, inputs)
        # What an earlier run left does not belong to these inputs, should a gate refuse them half-way.
        self.output.gradient = None
        if self._operations:
            self.output.value = None
        for node in self._operations:
            second = node.second
            if second is None:
                node.value = node._gate.forward(node.first.value)
            elif node.more:
                node.value = node._gate.forward(*[parent.value for parent in node.parents])
            else:
                node.value = node._gate.forward(node.first.value, second.value)
        return self.output.value

    def backward(self, upstream: Value = 1.0) -> dict[str, Any]:
        """The gradient of the output with respect to every input and parameter, by name; None for labels and targets.

        `upstream` is the gradient of whatever comes after the output: 1 when nothing does. A number stands for an
        array of the output's shape filled with it. The gradients may share memory with one another: copy one before
        changing it in place. Raises `RuntimeError` before the first `forward`, `ValueError` when `upstream` has another
        shape than the output.
        """
        if self.output.value is None:
            raise RuntimeError("backward needs the values of a forward pass: call forward first")
        upstream = as_upstream(self, upstream, self.output.value)
        for nodes in (self._leaves, self._operations):
            for node in nodes:
                node.gradient = None
        self.output.gradient = upstream
        for node in reversed(self._operations):
            upstream = node.gradient
            if upstream is None:  # only the targets of a loss depend on it
                continue
            gradients: Any = node._gate.backward(upstream)
            first, second = node.first, node.second
            if second is None:
                first.receive(gradients)
            elif node.more or type(gradients) is not tuple or len(gradients) != 2:
                for parent, gradient in zip(node.parents, _one_each(gradients, node), strict=True):
                    parent.receive(gradient)
            else:  # two inputs, as most gates have: what `receive` does, without a call in the hot loop
                dx, dy = gradients
                if dx is not None:
                    first.gradient = dx if first.gradient is None else first.gradient + dx
                if dy is not None:
                    second.gradient = dy if second.gradient is None else second.gradient + dy
        return {name: node.gradient for name, node in (self.inputs | self.parameters).items()}

    def _give(self, nameless: tuple[Value, ...], inputs: dict[str, Value]) -> None:
        unknown, missing = inputs.keys() - self.inputs.keys(), self.inputs.keys() - inputs.keys()
        if unknown or missing or nameless:
            known = ", ".join(f"{name}=..." for name in self.inputs)
            what = ["given without a name"] * bool(nameless)
            what += [f"unknown: {', '.join(sorted(unknown))}"] * bool(unknown)
            what += [f"missing: {', '.join(sorted(missing))}"] * bool(missing)
            raise TypeError(f"the graph's inputs do not match ({'; '.join(what)}). Call forward({known}).")
        values = {}
        for name, value in inputs.items():
            try:
                values[name] = as_float(value)
            except TypeError as error:
                raise TypeError(f"input {name!r}: {error}") from None
        for name, value in values.items():
            self.inputs[name].value = value

    def __copy__(self) -> ComputationalGraph:
        return ComputationalGraph(self.output)

    def __reduce__(self) -> Any:
        # Parents come first in this list: from node to parent to parent Python would recurse too deep.
        return _from_nodes, (self._leaves + self._operations,)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from nn_lib.pictures.circuit import circuit

        return circuit(self)._repr_mimebundle_()


def _from_nodes(nodes: list[Node]) -> ComputationalGraph:
    return ComputationalGraph(nodes[-1])


@contextlib.contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Without garbage collection: for loops that make many objects, none of which is garbage."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _one_each(gradients: Any, node: Node) -> Any:
    """What `backward` returned. Raises `ValueError` unless it is one gradient for each input."""
    if not isinstance(gradients, (tuple, list)) or len(gradients) != len(node.parents):
        raise ValueError(f"{node.gate!r} has {len(node.parents)} inputs: backward must return a tuple of as many")
    return gradients


def _topological_order(output: Node) -> tuple[list[Node], list[Node]]:
    """All nodes that `output` depends on: the inputs, and the operations, each after its parents.

    Depth first, without recursion: a graph may be a million nodes deep. `path` leads from the output to where the walk
    stands; a node's mark tells whether this walk has entered it, and whether it is done with it.
    """
    leaves: list[Node] = []
    operations: list[Node] = []
    if output._gate is None:
        return [output], operations
    entered, done = object(), object()
    path: list[Node] = []
    node = output
    while True:
        parent = node.first
        if parent is None or parent.mark is done:
            parent = node.second
            if parent is None or parent.mark is done:
                parent = next((p for p in node.more if p.mark is not done), None) if node.more else None
        if parent is None:
            node.mark = done
            operations.append(node)
            if not path:
                return leaves, operations
            node = path.pop()
        elif parent._gate is None:
            parent.mark = done
            leaves.append(parent)
        elif parent.mark is entered:  # and not done: we are still inside it
            raise ValueError("the nodes form a cycle: a value would depend on itself")
        else:
            node.mark = entered
            path.append(node)
            node = parent
