"""Graphs of anybody's nodes: three designs of an engine, drawn and stepped through as one's own."""

import numpy as np
import pytest

from nn_lib import ComputationalGraph, Input
from nn_lib.pictures import circuit, steps
from nn_lib.pictures.any_graph import as_graph
from nn_lib.widgets.tape import tape_of, ways_of


class Closures:
    """micrograd's: the parents as a set, a closure that adds to their gradients, 0 at the start."""

    def __init__(self, data, children=(), op="", label=""):
        self.data, self.grad, self._prev, self._op, self.label = data, 0.0, set(children), op, label
        self._backward = lambda: None

    def _binary(self, other, op, value, slopes):
        out = Closures(value, (self, other), op)

        def backward():
            self.grad += slopes[0] * out.grad
            other.grad += slopes[1] * out.grad

        out._backward = backward
        return out

    def __add__(self, other):
        return self._binary(other, "+", self.data + other.data, (1.0, 1.0))

    def __mul__(self, other):
        return self._binary(other, "*", self.data * other.data, (other.data, self.data))

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent in node._prev:
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node._backward()


class Functions:
    """PyTorch's manner: a tensor that knows the function it came from, which returns one gradient per input."""

    def __init__(self, data, grad_fn=None, name=None):
        self.data, self.grad, self.grad_fn, self.name = np.asarray(data, dtype=float), None, grad_fn, name

    def __add__(self, other):
        return AddBackward0(self, other).output

    def __mul__(self, other):
        return MulBackward0(self, other).output

    def backward(self, upstream=1.0):
        self.grad = upstream if self.grad is None else self.grad + upstream
        if self.grad_fn is not None:
            for parent, gradient in zip(self.grad_fn.inputs, self.grad_fn.backward(upstream), strict=True):
                parent.backward(gradient)


class MulBackward0:
    def __init__(self, *inputs):
        self.inputs = inputs
        self.output = Functions(self.forward(*[i.data for i in inputs]), self)

    def forward(self, x, y):
        self.kept = x, y
        return x * y

    def backward(self, upstream):
        return upstream * self.kept[1], upstream * self.kept[0]


class AddBackward0(MulBackward0):
    def forward(self, x, y):
        return x + y

    def backward(self, upstream):
        return upstream, upstream


class OwnNames:
    """Names of one's own: the local gradients stand at the node, and the sweep multiplies them."""

    def __init__(self, value, parents=(), op=None, local_gradients=None):
        self.value, self.parents, self.op, self.local_gradients, self.gradient = (
            value,
            parents,
            op,
            local_gradients,
            None,
        )

    def __add__(self, other):
        return OwnNames(self.value + other.value, (self, other), "add", (1.0, 1.0))

    def __mul__(self, other):
        return OwnNames(self.value * other.value, [self, other], "mul", (other.value, self.value))

    def backward(self, upstream=1.0):
        self.gradient = (self.gradient or 0.0) + upstream
        for parent, local in zip(self.parents, self.local_gradients or (), strict=True):
            parent.backward(upstream * local)


class Gates:
    """Arrays throughout, those of no dimensions too: a gate looks at the shapes of what it was given."""

    def __init__(self, data, gate=None, parents=()):
        self.data, self.gate, self.parents, self.grad = np.array(data, dtype=float), gate, parents, None

    def __add__(self, other):
        return self._made(AddGate(), other)

    def __mul__(self, other):
        return self._made(MultiplyGate(), other)

    def _made(self, gate, other):
        other = other if isinstance(other, Gates) else Gates(other)
        return Gates(gate.forward(self.data, other.data), gate, (self, other))

    def backward(self):
        order = [node.source for node in as_graph(self).nodes_topologically_sorted()]
        for node in order:
            node.grad = np.zeros(node.data.shape)
        self.grad = np.ones(self.data.shape)
        for node in reversed(order):
            for parent, gradient in zip(node.parents, node.gate.backward(node.grad) if node.gate else (), strict=True):
                parent.grad = parent.grad + gradient


class MultiplyGate:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dz):
        return [self._summed(dz * self.y, self.x), self._summed(dz * self.x, self.y)]

    @staticmethod
    def _summed(gradient, x):
        assert gradient.shape == np.shape(x * np.ones(gradient.shape)) and x.ndim == 0 == gradient.ndim
        return gradient.reshape(x.shape)


class AddGate(MultiplyGate):
    def forward(self, x, y):
        self.x, self.y = x, y
        return x + y

    def backward(self, dz):
        return [self._summed(dz, self.x), self._summed(dz, self.y)]


class NoName:
    """A function for each parent, under a name that nobody can know; where it was written tells the operation."""

    def __init__(self, data, parents=(), how_to_go_back=()):
        self.data, self.parents, self.how_to_go_back, self.grad = data, parents, how_to_go_back, None

    def __add__(self, other):
        return NoName(self.data + other.data, (self, other), (lambda g: g, lambda g: g))

    def __mul__(self, other):
        return NoName(self.data * other.data, (self, other), (lambda g: g * other.data, lambda g: g * self.data))

    def backward(self, upstream=1.0):
        self.grad = (self.grad or 0.0) + upstream
        for parent, back in zip(self.parents, self.how_to_go_back, strict=True):
            parent.backward(back(upstream))


class Silent(Closures):
    """A closure under another name, and no word on the operation."""

    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents, self.send = data, 0.0, parents, None

    def __add__(self, other):
        out = Silent(self.data + other.data, (self, other))

        def send():
            self.grad += out.grad
            other.grad += out.grad

        out.send = send
        return out

    def __mul__(self, other):
        out = Silent(self.data * other.data, (self, other))

        def send():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.send = send
        return out

    def backward(self):
        order = [node.source for node in as_graph(self).nodes_topologically_sorted()]
        self.grad = 1.0
        for node in reversed(order):
            if node.send:
                node.send()


DESIGNS = [Closures, Functions, OwnNames, Gates, NoName, Silent]


def computed(design):
    """x y + x (x y), and its inputs: two forks, one of them within a fork."""
    x, y = design(-3.0), design(2.0)
    q = x * y
    return q + x * q, {"x": x, "y": y}


def reference():
    x, y = Input("x"), Input("y")
    q = x * y
    graph = ComputationalGraph(q + x * q)
    graph.forward(x=-3.0, y=2.0)
    graph.backward()
    return graph


def gradient_of(node):
    found = getattr(node, "gradient", None) if hasattr(node, "gradient") else node.grad
    return None if found is None else float(found)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("ran", [True, False])
def test_its_tape_is_that_of_the_same_graph_here(design, ran):
    output, inputs = computed(design)
    if ran:
        output.backward()
    before = [gradient_of(node) for node in (output, *inputs.values())]
    tape = tape_of(as_graph(output, inputs), {})
    assert [gradient_of(node) for node in (output, *inputs.values())] == before  # asked, and put back

    def said(tape):
        """Of every node by its value: what arrived along its wires, all of it, and what a nudge says."""
        nodes = tape["nodes"]
        arrived = {node["value"]: [] for node in nodes}
        for node in nodes:
            for part in node["parts"]:
                arrived[nodes[part["parent"]]["value"]].append((part["local"], part["downstream"]))
        return {
            node["value"]: (node["gradient"], pytest.approx(node["difference"]), sorted(arrived[node["value"]]))
            for node in nodes
        }

    assert said(tape) == said(tape_of(reference(), {"x": -3.0, "y": 2.0}))
    assert {node["name"] for node in tape["nodes"] if node["kind"] == "value"} == {"x", "y"}
    assert not tape["whole"] and not any("own" in node for node in tape["nodes"])


@pytest.mark.parametrize("design", DESIGNS)
def test_it_is_drawn_with_its_values_and_gradients(design):
    output, inputs = computed(design)
    assert "gradient" not in circuit(output, names=inputs).alt.split(".")[1]  # it has not run backward
    output.backward()
    picture = circuit(output, names=inputs)
    assert picture.alt.startswith("Circuit of 3 gates.")
    assert "x: value -3, gradient -10" in picture.alt and "y: value 2, gradient 6" in picture.alt
    assert steps(output) == 7
    assert "forward, gate 1 of 3" in circuit(output, step=1, names=inputs).alt


@pytest.mark.parametrize("design", DESIGNS)
def test_it_can_be_broken_and_the_break_is_seen(design):
    output, inputs = computed(design)
    graph = as_graph(output, inputs)
    assert ways_of(graph) == ["", "accumulation", "order"]
    for way in ways_of(graph)[1:]:
        wrong = [
            node for node in tape_of(graph, {}, way)["nodes"]
            if node["gradient"] is None or abs(node["gradient"] - node["difference"]) > 1e-4
        ]  # fmt: skip
        assert wrong
    with pytest.raises(ValueError, match="no way 'stale' to break it"):
        tape_of(graph, {}, "stale")


def test_a_backward_that_ran_twice_or_in_the_wrong_order_is_told():
    output, inputs = computed(Closures)
    output.backward()
    output.backward()
    told = {node["name"]: node.get("own") for node in tape_of(as_graph(output, inputs), {})["nodes"]}
    assert told["x"] == inputs["x"].grad != -10.0
    # A gate's own mistake is not hidden by adding up: it stands beside its finite difference.
    q = inputs["x"] * inputs["y"]

    def half_a_product():
        inputs["x"].grad += inputs["y"].data * q.grad
        inputs["y"].grad += q.grad

    q._backward = half_a_product
    wrong = {node["name"]: node for node in tape_of(as_graph(q, inputs), {})["nodes"]}
    assert wrong["x"]["gradient"] == pytest.approx(wrong["x"]["difference"]) == 2.0
    assert wrong["y"]["gradient"] == 1.0 != pytest.approx(wrong["y"]["difference"])


def test_the_same_node_on_two_wires_is_told_once():
    a = Closures(3.0)
    tape = tape_of(as_graph(a * a, {"a": a}), {})
    assert [part["downstream"] for part in tape["nodes"][-1]["parts"]] == [6.0]
    assert tape["nodes"][0]["difference"] == pytest.approx(6.0)
    b = OwnNames(3.0)
    assert [part["downstream"] for part in tape_of(as_graph(b * b), {})["nodes"][-1]["parts"]] == [3.0, 3.0]


def test_arrays_and_numbers_beside_nodes():
    class Tensor:
        def __init__(self, data, parents=(), op="", backward_fn=None):
            self.data, self.parents, self.op, self.backward_fn, self.grad = data, parents, op, backward_fn, None

    x = Tensor(np.array([[1.0, -2.0]]))
    w = Tensor(np.array([[0.5], [2.0]]))
    a = Tensor(x.data @ w.data, (x, w), "matmul", lambda g: (g @ w.data.T, x.data.T @ g))
    scaled = Tensor(2 * a.data, (a, 2), "*", lambda g: (2 * g, None))
    loss = Tensor(scaled.data.sum(), (scaled,), "sum", lambda g: np.full((1, 1), g))
    tape = tape_of(as_graph(loss, {"x": x, "w": w}), {})
    nodes = {node["name"] or node["value"]: node for node in tape["nodes"]}
    assert nodes["x"]["gradient"] == [[1.0, 4.0]] and nodes["w"]["gradient"] == [[2.0], [-4.0]]
    np.testing.assert_allclose(nodes["w"]["difference"], [[2.0], [-4.0]])
    assert nodes[2.0]["kind"] == "constant"
    assert [node["symbol"] for node in tape["nodes"] if node["symbol"]] == ["@", "*", "sum"]


def test_nodes_that_do_not_say_how_a_gradient_goes_back_show_what_was_left_there():
    class Bare:
        def __init__(self, value, grad, parents=()):
            self.value, self.grad, self.parents = value, grad, parents

    x = Bare(3.0, 4.0)
    output = Bare(7.0, 1.0, (x,))
    graph = as_graph(output)
    assert ways_of(graph) == [""]
    tape = tape_of(graph, {})
    assert tape["whole"] and [node["gradient"] for node in tape["nodes"]] == [4.0, 1.0]
    assert tape["nodes"][0]["name"] == "x1" and tape["nodes"][0]["difference"] is None
    x.grad = output.grad = None
    with pytest.raises(ValueError, match="call the backward of its output first"):
        tape_of(as_graph(output), {})


def test_what_is_no_graph_is_told():
    with pytest.raises(TypeError, match="without a value: it is looked for in value and data"):
        as_graph(object())
    with pytest.raises(TypeError, match="has no parents"):
        as_graph(Closures(1.0))
    with pytest.raises(TypeError, match="v is none of the nodes"):
        as_graph(Closures(1.0) * Closures(2.0), {"v": Closures(3.0)})
    output = OwnNames(1.0)
    middle = OwnNames(2.0, (output,))
    output.parents = (middle,)
    with pytest.raises(ValueError, match="form a cycle"):
        as_graph(output)
    words = OwnNames(1.0, (OwnNames("three"),))
    with pytest.raises(TypeError, match="must be a number or an array"):
        as_graph(words)
    with pytest.raises(TypeError, match="its inputs stay what they were"):
        as_graph(Closures(1.0) * Closures(2.0)).forward(x=3.0)


def test_a_long_chain_is_read_without_recursion():
    x = node = OwnNames(1.0)
    for _ in range(20_000):
        node = node + x
    assert "20,001 nodes" in circuit(node).alt


def test_a_node_of_this_library_is_read_as_anybodys():
    graph = reference()
    assert circuit(graph.output).alt == circuit(graph).alt
    with pytest.raises(TypeError, match="without a value"):
        circuit(Input("x") + 1)  # it has not run
