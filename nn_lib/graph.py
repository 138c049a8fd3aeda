"""Computational graphs: nodes that hold values and gradients, and the two sweeps over them.

A graph is built once, by writing a formula over `Input`s and `Parameter`s, and run many times. One topological sort
fixes the schedule; `forward` walks it, `backward` walks it in reverse, and where a value was used more than once the
gradients that come back add up.
"""

from __future__ import annotations

import operator
from typing import Any

from nn_lib.gate import Gate, Value, as_float, as_upstream


class Node:
    """A value in a graph: the output of `gate` applied to `parents`, or an input when `gate` is None.

    After `forward` it holds `value`, after `backward` `gradient`, the derivative of the graph's output with respect to
    this value. Nodes combine with + - * / @ and unary minus, numbers and arrays may stand on either side; an
    exponent after ** is a number.
    """

    __slots__ = ("gate", "gradient", "name", "parents", "value")
    __array_ufunc__ = None  # so that `array * node` asks the node instead of multiplying entry by entry

    def __init__(self, gate: Gate | None, parents: tuple[Node, ...] = (), name: str | None = None) -> None:
        self.gate, self.parents, self.name = gate, parents, name
        self.value: Any = None  # a Value, after forward
        self.gradient: Any = None  # a Value, after backward

    def named(self, name: str) -> Node:
        """The same node, with a name that pictures and messages show."""
        self.name = name
        return self

    def __repr__(self) -> str:
        operation = type(self.gate).__name__ if self.gate else type(self).__name__
        return f"<{operation}{f' {self.name}' if self.name else ''}: value {self.value}, gradient {self.gradient}>"

    def __add__(self, other: Any) -> Node:
        return arithmetic.add(self, other)

    def __radd__(self, other: Any) -> Node:
        return arithmetic.add(self, other)

    def __sub__(self, other: Any) -> Node:
        return arithmetic.subtract(self, other)

    def __rsub__(self, other: Any) -> Node:
        return arithmetic.shift(arithmetic.negate(self), other)

    def __mul__(self, other: Any) -> Node:
        return arithmetic.multiply(self, other)

    def __rmul__(self, other: Any) -> Node:
        return arithmetic.multiply(self, other)

    def __truediv__(self, other: Any) -> Node:
        return arithmetic.divide(self, other)

    def __rtruediv__(self, other: Any) -> Node:
        quotient = arithmetic.reciprocal(self)
        return quotient if isinstance(other, (int, float)) and other == 1 else arithmetic.scale(quotient, other)

    def __pow__(self, exponent: float) -> Node:
        return arithmetic.power(self, exponent)

    def __matmul__(self, other: Any) -> Node:
        return arithmetic.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Node:
        return arithmetic.matmul(other, self)

    def __neg__(self) -> Node:
        return arithmetic.negate(self)


class Input(Node):
    """A named value given at each `forward`. Raises `TypeError` unless the name is a text."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__(None, (), _checked_name(name))


class Parameter(Node):
    """A named value that the graph keeps between runs; an optimiser changes it, if it is an array.

    Raises `TypeError` as `Input` does.
    """

    __slots__ = ()

    def __init__(self, name: str, value: Value) -> None:
        super().__init__(None, (), _checked_name(name))
        self.value = as_float(value)


class Constant(Node):
    """A fixed value inside a formula. It gets a gradient like any node, and no one reports it."""

    __slots__ = ()

    def __init__(self, value: Value) -> None:
        super().__init__(None)
        self.value = as_float(value)


def _checked_name(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise TypeError(f'an input or parameter needs a name, such as Input("x"); got {name!r}')
    return name


def apply(gate: Gate, *inputs: Any) -> Any:
    """Put `gate` into a graph when any input is a `Node`; otherwise run it on the values at once."""
    for x in inputs:
        if isinstance(x, Node):
            return Node(gate, tuple([x if isinstance(x, Node) else Constant(x) for x in inputs]))
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
        self._order = _topological_order(output)
        self._operations = [node for node in self._order if node.gate is not None]
        gates = sorted([id(node.gate) for node in self._operations])
        if any(map(operator.eq, gates, gates[1:])):  # of a million, faster than a set
            raise ValueError("two nodes have the same gate, which keeps the inputs of one: give each node its own gate")
        self.inputs: dict[str, Node] = {}
        self.parameters: dict[str, Node] = {}
        for node in self._order:
            if isinstance(node, (Input, Parameter)):
                if node.name in self.inputs or node.name in self.parameters:
                    raise ValueError(f"two different inputs are called {node.name!r}; give each its own name")
                (self.inputs if isinstance(node, Input) else self.parameters)[str(node.name)] = node

    def nodes_topologically_sorted(self) -> list[Node]:
        """The nodes in an order in which each one comes after everything it is computed from."""
        return list(self._order)

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
            parents = node.parents
            if len(parents) == 2:  # spelt out: most gates have two inputs, and this loop is the hot one
                node.value = node.gate.forward(parents[0].value, parents[1].value)  # type: ignore[union-attr]
            else:
                node.value = node.gate.forward(*[parent.value for parent in parents])  # type: ignore[union-attr]
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
        for node in self._order:
            node.gradient = None
        self.output.gradient = upstream
        for node in reversed(self._operations):
            if node.gradient is None:  # only the targets of a loss depend on it
                continue
            gradients = node.gate.backward(node.gradient)  # type: ignore[union-attr]
            parents = node.parents
            if len(parents) == 1:
                gradients = (gradients,)
            elif not isinstance(gradients, (tuple, list)) or len(parents) != len(gradients):
                raise ValueError(f"{node.gate!r} has {len(parents)} inputs: backward must return a tuple of as many")
            for parent, gradient in zip(parents, gradients):  # noqa: B905  (strict costs a tenth of this loop)
                if gradient is None:  # labels and targets are data: a loss sends nothing back to them
                    continue
                # The first gradient is stored, later ones are added into a new array: a gate may hand the very same
                # array to two inputs, so adding in place would change the other one.
                parent.gradient = gradient if parent.gradient is None else parent.gradient + gradient
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
        return _from_nodes, (self._order,)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from nn_lib.pictures.circuit import circuit

        return circuit(self)._repr_mimebundle_()


def _from_nodes(nodes: list[Node]) -> ComputationalGraph:
    return ComputationalGraph(nodes[-1])


def _topological_order(output: Node) -> list[Node]:
    """All nodes `output` depends on: inputs first, then each gate after its parents.

    Depth first, with a stack of its own instead of recursion: a graph may be a million nodes deep.
    """
    leaves: list[Node] = []
    operations: list[Node] = []
    entered: set[Node] = set()
    done: set[Node] = set()
    stack = [output]
    while stack:
        node = stack[-1]
        if node in done:
            stack.pop()
        elif node.gate is None:
            done.add(node)
            leaves.append(stack.pop())
        elif node in entered:  # back from its parents, which are all done
            done.add(node)
            operations.append(stack.pop())
        else:
            entered.add(node)
            for parent in reversed(node.parents):
                if parent in done:
                    continue
                if parent in entered:  # entered and not done: we are still inside it
                    raise ValueError("the nodes form a cycle: a value would depend on itself")
                stack.append(parent)
    return leaves + operations


from nn_lib import arithmetic  # noqa: E402  (gates are written with nodes, nodes offer gates as operators)
