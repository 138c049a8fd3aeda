"""The lectures' worked examples, computed by the library to eight decimals."""

import numpy as np
import pytest

import nn_lib
from nn_lib import MLP, SGD, BinaryCrossEntropy, SoftmaxCrossEntropy, squared_error


def close(values):
    return pytest.approx(np.array(values), abs=6e-9)


def test_softmax_and_uniform_logits():
    assert nn_lib.softmax(np.array([2.0, 1.0, 0.1])) == close([0.65900114, 0.24243297, 0.09856589])
    for classes in (2, 3, 10):
        assert SoftmaxCrossEntropy().forward(np.zeros((4, classes)), np.arange(4) % classes) == pytest.approx(
            np.log(classes)
        )


def test_binary_cross_entropy_by_way_of_the_probability():
    """dL/dz = dL/da * da/dz, with the sigmoid as a gate of its own."""
    gate, z = nn_lib.SigmoidGate(), 0.5
    a = gate.forward(z)
    assert a == close(0.62245933)
    assert -1 / a == close(-1.60653066)
    loss = BinaryCrossEntropy()
    loss.forward(z, 1.0)
    assert loss.backward()[0] == close(gate.backward(-1 / a))


def test_the_first_circuit_and_a_small_push():
    graph = nn_lib.ComputationalGraph((nn_lib.Input("x") + nn_lib.Input("y")) * nn_lib.Input("z"))
    before = graph.forward(x=-2.0, y=5.0, z=-4.0)
    assert graph.forward(x=-1.999, y=5.0, z=-4.0) - before == pytest.approx(-0.004)


def test_four_gates_have_the_slope_of_one_sigmoid_gate():
    x = nn_lib.Input("x")
    graph = nn_lib.ComputationalGraph(nn_lib.reciprocal(nn_lib.exp(-x) + 1.0))
    graph.forward(x=1.0)
    graph.backward()
    gradients = [node.gradient for node in graph.nodes_topologically_sorted()]
    assert gradients == close([0.19661193, -0.19661193, -0.53444665, -0.53444665, 1.0])


def test_gradient_descent_on_a_valley():
    v, values = np.array([1.0, 1.0]), []
    optimizer = SGD(0.1)
    for _ in range(3):
        optimizer.step([v], [v * [8.0, 2.0]])
        values.append([*v, 4 * v[0] ** 2 + v[1] ** 2])
    assert np.array(values) == close([[0.2, 0.8, 0.8], [0.04, 0.64, 0.416], [0.008, 0.512, 0.2624]])
    v = np.array([1.0, 1.0])
    SGD(0.25).step([v], [v * [8.0, 2.0]])
    assert v[0] == -1.0


def test_a_network_with_two_inputs_three_hidden_units_and_two_outputs():
    model = MLP([2, 3, 2], activation="sigmoid", output="sigmoid", loss="squared_error")
    for array, values in zip(
        model.parameters,
        (
            [[0.1, -0.2], [0.4, 0.3], [-0.5, 0.2]],
            [0.1, 0.0, -0.1],
            [[0.3, -0.1, 0.2], [-0.4, 0.5, 0.1]],
            [0.05, -0.05],
        ),
        strict=True,
    ):
        array[...] = values
    model.fully_connected[0].needs_input_gradient = True
    x, y = np.array([[1.0, 2.0]]), np.array([[0.0, 1.0]])
    outputs = [x]
    for layer in model.layers:
        outputs.append(layer.forward(outputs[-1]))
    expected = (
        [-0.2, 1.0, -0.2],
        [0.45016600, 0.73105858, 0.45016600],
        [0.20197714, 0.18047949],
        [0.55032332, 0.54499780],
    )
    for output, values in zip(outputs[1:], expected, strict=True):
        assert output[0] == close(values)
    assert model.loss(x, y) == close(0.25494138)
    dW1, db1, dW2, db2 = model.backward()
    assert db2 == close([0.13618717, -0.11282926])
    assert dW2 == close([[0.06130683, 0.09956080, 0.06130683], [-0.05079190, -0.08248480, -0.05079190]])
    assert db1 == close([0.02128342, -0.01376939, 0.00394901])
    assert dW1 == close([[0.02128342, 0.04256684], [-0.01376939, -0.02753878], [0.00394901, 0.00789801]])
    gradient = model.loss_gate.backward()[0]
    for layer in reversed(model.layers):
        gradient = layer.backward(gradient)
    assert gradient[0] == close([-0.00535392, -0.00759770])


def test_half_the_squared_norm_averaged_over_examples():
    assert squared_error(np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([[0.0, 2.0], [2.0, -1.0]])) == 1.25
