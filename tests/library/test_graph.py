import copy
import gc
import pickle
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_lib import (
    ComputationalGraph,
    Input,
    MultiplyGate,
    Parameter,
    exp,
    log,
    matmul,
    maximum,
    numerical_gradient,
    sigmoid,
    squared_error,
)
from nn_lib import sum as total
from nn_lib.graph import apply

NUMBERS = st.floats(-5, 5).filter(lambda v: abs(v) > 1e-2)


def lecture_circuit():
    x, y, z = Input("x"), Input("y"), Input("z")
    return ComputationalGraph((x + y) * z)


def neuron():
    w0, x0, w1, x1, w2 = (Input(name) for name in ("w0", "x0", "w1", "x1", "w2"))
    return ComputationalGraph(1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2))))


def test_the_circuit_of_the_lecture():
    graph = lecture_circuit()
    assert graph.forward(x=-2.0, y=5.0, z=-4.0) == -12.0
    assert graph.backward() == {"x": -4.0, "y": -4.0, "z": 3.0}
    assert graph.backward(2.0) == {"x": -8.0, "y": -8.0, "z": 6.0}


def test_the_neuron_of_the_lecture_wire_by_wire():
    graph = neuron()
    output = graph.forward(w0=2, x0=-1, w1=-3, x1=-2, w2=-3)
    gradients = graph.backward()
    assert output == pytest.approx(0.73105858, abs=5e-9)
    expected = {"w0": -0.19661193, "x0": 0.39322387, "w1": -0.39322387, "x1": -0.58983580, "w2": 0.19661193}
    assert gradients == pytest.approx(expected, abs=5e-9)
    values = [n.value for n in graph.nodes_topologically_sorted() if n.gate is not None]
    assert values == pytest.approx([-2, 6, 4, 1, -1, 0.36787944, 1.36787944, 0.73105858], abs=5e-9)


def test_backward_twice_is_the_same_as_once():
    graph = neuron()
    graph.forward(w0=2, x0=-1, w1=-3, x1=-2, w2=-3)
    assert graph.backward() == graph.backward()


def test_a_value_used_twice_gets_the_sum():
    a = Input("a")
    graph = ComputationalGraph(a + a)
    graph.forward(a=3.0)
    assert graph.backward() == {"a": 2.0}
    square = ComputationalGraph(a * a)
    square.forward(a=3.0)
    assert square.backward() == {"a": 6.0}


def test_gradients_shared_by_two_inputs_are_not_the_same_array():
    """An add gate hands one array to both inputs; adding into it in place would change the other's gradient."""
    x, y = Input("x"), Input("y")
    graph = ComputationalGraph(total((x + y) + x))
    graph.forward(x=np.ones(3), y=np.ones(3))
    gradients = graph.backward()
    assert gradients["x"].tolist() == [2.0, 2.0, 2.0]
    assert gradients["y"].tolist() == [1.0, 1.0, 1.0]


@given(x=NUMBERS, y=NUMBERS, z=NUMBERS)
def test_graph_gradients_match_their_numerical_twins(x, y, z):
    def f(v):
        return (v[0] * v[1] + v[2]) / v[1] + v[0] ** 2 - np.tanh(v[2])

    a, b, c = Input("a"), Input("b"), Input("c")
    from nn_lib import tanh

    graph = ComputationalGraph((a * b + c) / b + a**2 - tanh(c))
    assert graph.forward(a=x, b=y, c=z) == pytest.approx(f([x, y, z]))
    gradients = graph.backward()
    numerical = numerical_gradient(f, np.array([x, y, z]))
    assert [gradients["a"], gradients["b"], gradients["c"]] == pytest.approx(numerical.tolist(), rel=1e-5, abs=1e-6)


def test_every_node_comes_after_its_parents_and_inputs_come_first():
    order = neuron().nodes_topologically_sorted()
    place = {id(node): i for i, node in enumerate(order)}
    assert all(place[id(parent)] < place[id(node)] for node in order for parent in node.parents)
    assert [node.name for node in order[:5]] == ["w0", "x0", "w1", "x1", "w2"]


def test_numbers_stay_python_floats():
    graph = neuron()
    assert type(graph.forward(w0=2, x0=-1, w1=-3, x1=-2, w2=-3)) is float
    assert all(type(gradient) is float for gradient in graph.backward().values())


def test_parameters_keep_their_value_between_runs():
    w, x = Parameter("w", [1.0, 2.0]), Input("x")
    graph = ComputationalGraph(total(w * x))
    assert graph.forward(x=np.array([3.0, 4.0])) == 11.0
    assert graph.backward()["w"].tolist() == [3.0, 4.0]
    assert graph.forward(x=np.array([1.0, 1.0])) == 3.0


def test_arrays_on_the_left_of_a_node_do_not_fall_apart():
    x = Input("x")
    graph = ComputationalGraph(total(np.array([1.0, 2.0]) * x + np.array([1.0, 1.0])))
    assert graph.forward(x=np.array([3.0, 4.0])) == 13.0
    assert graph.backward()["x"].tolist() == [1.0, 2.0]


def test_matrix_products_in_a_graph():
    x, w = Input("x"), Input("w")
    graph = ComputationalGraph(total(matmul(x, w)))
    graph.forward(x=np.ones((2, 3)), w=np.arange(12.0).reshape(3, 4))
    gradients = graph.backward()
    assert gradients["x"].shape == (2, 3)
    assert gradients["w"].tolist() == [[2.0] * 4] * 3


def test_a_missing_or_unknown_input_is_named():
    with pytest.raises(TypeError, match=r"missing: z.*forward\(x=..., y=..., z=...\)"):
        lecture_circuit().forward(x=1.0, y=2.0)
    with pytest.raises(TypeError, match="unknown: t"):
        lecture_circuit().forward(x=1.0, y=2.0, z=3.0, t=4.0)
    with pytest.raises(TypeError, match="input 'x'.*real numbers"):
        lecture_circuit().forward(x="one", y=2.0, z=3.0)
    with pytest.raises(TypeError, match=r"given without a name; missing: x, y, z\). Call forward\(x=..., y=...,"):
        lecture_circuit().forward({"x": 1.0, "y": 2.0, "z": 3.0})


def test_backward_before_forward_says_so():
    with pytest.raises(RuntimeError, match="call forward first"):
        lecture_circuit().backward()
    with pytest.raises(RuntimeError, match="MultiplyGate.*call forward first"):
        MultiplyGate().backward(1.0)


def test_shapes_that_do_not_fit_name_the_gate_and_both_shapes():
    graph = lecture_circuit()
    with pytest.raises(ValueError, match=r"AddGate: shapes \(2,\) and \(3,\)"):
        graph.forward(x=np.ones(2), y=np.ones(3), z=1.0)
    with pytest.raises(ValueError, match=r"MatrixMultiplyGate: shapes \(2, 3\) and \(2, 3\)"):
        matmul(np.ones((2, 3)), np.ones((2, 3)))


def test_upstream_of_another_shape_is_refused():
    x = Input("x")
    graph = ComputationalGraph(x * 2.0)
    graph.forward(x=np.ones(3))
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        graph.backward(np.ones(2))


def test_two_inputs_of_one_name_and_cycles_are_refused():
    with pytest.raises(ValueError, match="'x'"):
        ComputationalGraph(Input("x") + Input("x"))
    x = Input("x")
    node = x + 1.0
    node.parents = (node,)
    with pytest.raises(ValueError, match="cycle"):
        ComputationalGraph(node)
    with pytest.raises(TypeError, match="Node"):
        ComputationalGraph(3.0)


def test_a_graph_shows_itself_as_a_picture_with_words():
    graph = lecture_circuit()
    graph.forward(x=-2.0, y=5.0, z=-4.0)
    graph.backward()
    bundle = graph._repr_mimebundle_()
    assert "-12" in bundle["text/plain"]
    assert bundle["image/svg+xml"].startswith("<svg")
    assert 'alt="' in bundle["text/html"]


@pytest.mark.slow
def test_a_million_nodes_without_recursion_and_at_most_400_bytes_each():
    gc.collect()
    tracemalloc.start()
    a, b = Input("a"), Input("b")
    node = a
    for _ in range(500_000):
        node = node * b + a
    graph = ComputationalGraph(node)
    output = graph.forward(a=1.0, b=0.5)
    gradients = graph.backward()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert output == pytest.approx(2.0)
    # d/da of a sum of powers of b, and d/db of the same geometric series
    assert gradients["a"] == pytest.approx(2.0)
    assert gradients["b"] == pytest.approx(4.0)
    assert size / 1_000_001 <= 400


def test_max_and_sigmoid_compose():
    a, b = Input("a"), Input("b")
    graph = ComputationalGraph(sigmoid(maximum(a, b)))
    assert graph.forward(a=1.0, b=0.0) == pytest.approx(0.73105858)
    assert graph.backward() == pytest.approx({"a": 0.19661193, "b": 0.0})


def test_targets_may_be_computed_too():
    x, t = Input("x"), Input("t")
    graph = ComputationalGraph(squared_error(x, t * 2.0 + 1.0))
    assert graph.forward(x=np.ones(3), t=np.zeros(3)) == 0.0
    assert graph.backward() == {"x": pytest.approx([0.0] * 3), "t": None}


def test_after_a_forward_that_failed_half_way_there_is_nothing_to_go_back_through():
    a, b = Input("a"), Input("b")
    graph = ComputationalGraph(log(a) * b)
    graph.forward(a=2.0, b=3.0)
    with pytest.raises(ValueError, match="LogGate"):
        graph.forward(a=-1.0, b=5.0)
    with pytest.raises(RuntimeError, match="call forward first"):
        graph.backward()
    graph.forward(a=1.0, b=3.0)
    with pytest.raises(TypeError, match="input 'b'"):
        graph.forward(a=2.0, b="three")
    assert (a.value, b.value) == (1.0, 3.0)


def test_an_input_may_be_called_self_and_must_be_called_something():
    assert ComputationalGraph(Input("self") + 1.0).forward(**{"self": 1.0}) == 2.0
    for name in ("", 3, None):
        with pytest.raises(TypeError, match="needs a name"):
            Input(name)
    with pytest.raises(TypeError, match="needs a name"):
        Parameter(np.ones(2), "w")


def test_a_gate_that_sends_back_too_little_is_named():
    class Careless(MultiplyGate):
        def backward(self, upstream):
            return upstream * self.y

    for value in (2.0, np.ones(2)):
        graph = ComputationalGraph(apply(Careless(), Input("x"), Input("y")))
        graph.forward(x=value, y=value)
        with pytest.raises(ValueError, match="Careless.* has 2 inputs.*tuple of as many"):
            graph.backward()


def test_deep_graphs_are_copied_and_pickled_without_recursion():
    node = x = Input("x")
    for _ in range(20_000):
        node = node * 1.0001 + x
    graph = ComputationalGraph(node)
    value = graph.forward(x=1e-3)
    for copied in (copy.deepcopy(graph), pickle.loads(pickle.dumps(graph))):
        assert copied.output.value == value
        assert copied.output is not graph.output
        copied.forward(x=5.0)
        assert copied.backward() == pytest.approx(graph.backward())
    assert graph.output.value == value
    assert copy.copy(graph).output is graph.output


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda things: pickle.loads(pickle.dumps(things))])
def test_what_shares_nodes_shares_them_in_a_copy(copied):
    x, w = Input("x"), Parameter("w", np.array([1.0, 2.0]))
    product = w * x
    things = {"weights": w, "graph": ComputationalGraph(product + 1.0), "other": ComputationalGraph(product * x)}
    twins = copied(things)
    assert twins["weights"] is not w
    assert twins["weights"] is twins["graph"].parameters["w"] is twins["other"].parameters["w"]
    twins["weights"].value += 1.0
    assert twins["graph"].forward(x=2.0).tolist() == [5.0, 7.0]
    assert twins["other"].forward(x=2.0).tolist() == [8.0, 12.0]
    assert things["graph"].forward(x=2.0).tolist() == [3.0, 5.0]


def test_a_gate_in_two_places_would_forget_its_first_inputs():
    gate, x = MultiplyGate(), Input("x")
    inner = apply(gate, x, x)
    with pytest.raises(ValueError, match="give each node its own gate"):
        ComputationalGraph(apply(gate, inner, x))
    assert ComputationalGraph(inner + inner).forward(x=3.0) == 18.0
