"""The references are right: every analytic backward matches the numerical gradient of an independent forward."""

import numpy as np
import pytest
from conftest import SAMPLE

from autograder.exercises import the_course
from nn_lib import MLP, SGD, datasets, minibatches, numerical_gradient

EXERCISES = {**the_course(SAMPLE).exercises, **the_course().exercises}

GATES = {
    "AddGate": (lambda x, y: x + y, [(), ((3, 4), (3, 4)), ((3, 4), (4,)), ((2, 1), (2, 3)), ((), (2, 2))]),
    "MultiplyGate": (lambda x, y: x * y, [(), ((3, 4), (3, 4)), ((3, 4), (4,)), ((2, 1), (2, 3)), ((), (2, 2))]),
    "MaxGate": (np.maximum, [(), ((3, 4), (3, 4)), ((3, 4), (4,)), ((2, 1), (2, 3)), ((), (2, 2))]),
}


@pytest.mark.parametrize("name", GATES)
def test_a_gate_sends_back_the_numerical_gradient(name):
    rng = np.random.default_rng(0)
    forward, shapes = GATES[name]
    for of_each in shapes:
        inputs = [rng.normal(size=shape) for shape in of_each or ((), ())]
        gate = EXERCISES[name].reference()
        z = gate.forward(*inputs)
        assert np.asarray(z) == pytest.approx(forward(*inputs))
        dz = rng.normal(size=np.shape(z))
        for place, (got, x) in enumerate(zip(gate.backward(dz), inputs, strict=True)):

            def total(v, place=place, inputs=inputs, dz=dz):
                return np.sum(dz * forward(*inputs[:place], v, *inputs[place + 1 :]))

            by_numbers = numerical_gradient(total, x)
            assert np.asarray(got) == pytest.approx(np.asarray(by_numbers), abs=1e-7)


def test_a_circuit_sends_back_the_numerical_gradient():
    add, times = EXERCISES["AddGate"].reference, EXERCISES["MultiplyGate"].reference
    circuit = [("x", None, []), ("b", None, []), ("p", times(), ["x", "x"]), ("f", add(), ["p", "b"])]
    inputs = {"x": RNG.normal(size=(3, 2)), "b": RNG.normal(size=2)}
    values = reference("run_forward")(circuit, inputs)
    assert values["f"] == pytest.approx(inputs["x"] ** 2 + inputs["b"])
    gradients = reference("run_backward")(circuit, values)
    assert gradients["x"] == pytest.approx(2 * inputs["x"])
    assert gradients["b"] == pytest.approx([3.0, 3.0])


def test_what_broadcasting_copied_is_summed():
    for shape in ((3,), (2, 1), (1, 3), (1,), (), (2, 3)):
        gradient, value = RNG.normal(size=(4, 2, 3)), RNG.normal(size=shape)
        by_numbers = numerical_gradient(lambda v, g=gradient: np.sum(g * (np.zeros((4, 2, 3)) + v)), value)
        assert np.asarray(reference("unbroadcast")(gradient, shape)) == pytest.approx(np.asarray(by_numbers), abs=1e-7)


ONE_INPUT = {
    "ExpGate": (np.exp, ()),
    "ReciprocalGate": (lambda x: 1 / x, ()),
    "ScaleGate": (lambda x: 1.7 * x, (1.7,)),
    "ShiftGate": (lambda x: 1.7 + x, (1.7,)),
}


@pytest.mark.parametrize("name", ONE_INPUT)
def test_a_gate_of_one_input_sends_back_the_numerical_gradient(name):
    forward, setting = ONE_INPUT[name]
    gate = EXERCISES[name].reference(*setting)
    assert gate.forward(POSITIVE) == pytest.approx(forward(POSITIVE))
    by_numbers = numerical_gradient(lambda x: np.sum(G * forward(x)), POSITIVE)
    assert gate.backward(G)[0] == pytest.approx(by_numbers, rel=1e-6, abs=1e-8)


def test_the_fused_sigmoid():
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    by_numbers = numerical_gradient(lambda x: np.sum(G * sigmoid(x)), X)
    assert reference("sigmoid_backward")(G, X) == pytest.approx(by_numbers, rel=1e-6, abs=1e-8)


def test_a_neuron_follows_the_numerical_gradient_of_its_loss():
    y, v = np.array([0.0, 1.0, 1.0, 0.0, 0.4]), np.zeros(5)
    loss = lambda v: np.mean((1 / (1 + np.exp(-(INPUTS @ v[:4] + v[4]))) - y) ** 2) / 2  # noqa: E731
    for steps in range(3):
        w, b = reference("train_neuron")(INPUTS, y, 1.5, steps)
        assert np.append(w, b) == pytest.approx(v, abs=1e-8)
        v = v - 1.5 * numerical_gradient(loss, v)


def test_the_circuit_of_the_lecture():
    assert EXERCISES["circuit_gradients"].reference(-2.0, 5.0, -4.0) == {
        "q": 3.0, "f": -12.0, "df_dq": -4.0, "df_dx": -4.0, "df_dy": -4.0, "df_dz": 3.0,
    }  # fmt: skip


def test_the_sigmoid_circuit_of_the_lecture():
    w, x = np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0])
    wires = EXERCISES["sigmoid_circuit_forward"].reference(w, x)
    assert [wires[k] for k in "abcdegho"] == pytest.approx(
        [-2, 6, 4, 1, -1, 0.36787944, 1.36787944, 0.73105858], abs=5e-9
    )
    dw, dx = EXERCISES["sigmoid_circuit_backward"].reference(w, x)
    assert dw == pytest.approx([-0.19661193, -0.39322387, 0.19661193], abs=5e-9)
    assert dx == pytest.approx([0.39322387, -0.58983580], abs=5e-9)


# --- by numerical gradients of forwards written independently of the catalogues --------------------------------------

RNG = np.random.default_rng(5)
X, G = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4))
POSITIVE = 0.3 + np.abs(RNG.normal(size=(3, 4)))
INPUTS, W, B = RNG.normal(size=(5, 4)), RNG.normal(size=(3, 4)), RNG.normal(size=3)
LABELS = np.array([0, 2, 1, 1, 2])


def reference(name):
    return EXERCISES[name].reference


def logistic(x):
    return 1 / (1 + np.exp(-x))


def soft(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def softmax_loss(z, labels):
    return float(np.mean([-np.log(soft(z)[i, k]) for i, k in enumerate(labels)]))


ACT = {"sigmoid": logistic, "tanh": np.tanh, "relu": lambda a: np.maximum(a, 0)}

ELEMENTWISE = {
    "tanh_backward": (lambda x: np.sinh(x) / np.cosh(x), ()),
    "relu_backward": (lambda x: np.where(x > 0, x, 0), ()),
    "softplus_backward": (lambda x: np.log(1 + np.exp(x)), ()),
    "softmax_backward": (soft, ()),
    "flatten_backward": (lambda x: x.reshape(len(x), -1), ()),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_activations_and_shapes(name):
    forward, extra = ELEMENTWISE[name]
    upstream = RNG.normal(size=forward(X, *extra).shape)
    by_numbers = numerical_gradient(lambda x: np.sum(upstream * forward(x, *extra)), X)
    assert reference(name)(upstream, X, *extra) == pytest.approx(by_numbers, rel=1e-6, abs=1e-8)


def test_prelu_and_its_slope():
    def total(x, alpha):
        return np.sum(G * np.where(x > 0, x, alpha * x))

    dx, dalpha = reference("prelu_backward")(G, X, 0.3)
    assert dx == pytest.approx(numerical_gradient(lambda x: total(x, 0.3), X), abs=1e-8)
    assert dalpha == pytest.approx(numerical_gradient(lambda a: total(X, a), 0.3), abs=1e-7)


CURVES = {
    "linear": lambda x: x,
    "sigmoid": logistic,
    "tanh": lambda x: np.sinh(x) / np.cosh(x),
    "relu": lambda x: np.where(x > 0, x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "hard_tanh": lambda x: np.minimum(np.maximum(x, -1), 1),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "softplus": lambda x: np.log(1 + np.exp(x)),
}


@pytest.mark.parametrize("name", CURVES)
def test_the_table_of_activations(name):
    value, slope = reference("activation")(name)
    assert value(X) == pytest.approx(CURVES[name](X), rel=1e-12, abs=1e-14)
    by_numbers = numerical_gradient(lambda x: np.sum(CURVES[name](x)), X)
    assert slope(X) == pytest.approx(by_numbers, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", ["tanh", "softplus"])
def test_the_gradients_of_a_stack(name):
    weights = [RNG.normal(size=shape) / 2 for shape in ((5, 4), (3, 5), (2, 3))]
    found = reference("stack_gradients")(INPUTS, weights, *reference("activation")(name))

    def total(a, layer):
        """The sum of the outputs as a function of one layer's pre-activations."""
        for W in weights[layer + 1 :]:
            a = np.einsum("ni,oi->no", CURVES[name](a), W)
        return np.sum(CURVES[name](a))

    a = INPUTS @ weights[0].T
    for layer in range(3):
        by_numbers = numerical_gradient(lambda v, layer=layer: total(v, layer), a)
        assert found[layer] == pytest.approx(by_numbers, rel=1e-6, abs=1e-8)
        a = CURVES[name](a) @ weights[layer + 1].T if layer < 2 else a


def test_derivatives_of_one_and_two_variables():
    x = np.linspace(-1.5, 1.5, 7)
    for name, f in {
        "polynomial_derivative": lambda x: 5 * x**4 + 2 * x**3 + 5,
        "nested_derivative": lambda x: (np.sin(x * x) + 3) ** 4,
    }.items():
        by_numbers = numerical_gradient(lambda v, f=f: np.sum(f(v)), x)
        assert reference(name)(x) == pytest.approx(by_numbers, rel=1e-6, abs=1e-6), name
    for name, f in {
        "partial_derivatives": lambda v: 10 * v[0] ** 3 * v[1] ** 2 + 5 * v[0] * v[1] ** 3 + 4 * v[0] + v[1],
        "two_path_gradient": lambda v: v[0] * (v[0] * v[1]) * v[1],
    }.items():
        at = np.array([1.3, -0.7])
        assert reference(name)(*at) == pytest.approx(tuple(numerical_gradient(f, at)), rel=1e-6), name


def test_chains_vectors_and_directions():
    functions, slopes = [np.sin, np.exp, np.sqrt], [np.cos, np.exp, lambda x: 0.5 / np.sqrt(x)]
    value, slope = reference("composition_derivative")(functions, slopes, 0.4)
    chain = lambda x: np.sqrt(np.exp(np.sin(x)))  # noqa: E731
    assert (value, slope) == pytest.approx((chain(0.4), numerical_gradient(chain, 0.4)), rel=1e-7)
    J, g, x = RNG.normal(size=(3, 4)), RNG.normal(size=3), RNG.normal(size=4)
    by_numbers = numerical_gradient(lambda v: g @ (J @ v), x)
    assert reference("jacobian_gradient_product")(J, g) == pytest.approx(by_numbers, abs=1e-8)
    point, direction = np.array([0.5, -1.0]), np.array([3.0, 4.0])
    hill = lambda p: p[0] ** 2 * p[1]  # noqa: E731
    along = (hill(point + 1e-6 * direction / 5) - hill(point - 1e-6 * direction / 5)) / 2e-6
    gradient = numerical_gradient(hill, point)
    assert reference("directional_derivative")(gradient, direction) == pytest.approx(along, rel=1e-6)
    assert reference("numerical_gradient")(hill, point) == pytest.approx(gradient, rel=1e-6)
    for name in ("forward_difference", "central_difference"):
        assert reference(name)(np.exp, 0.3, 1e-6) == pytest.approx(np.exp(0.3), rel=1e-5)


def test_a_line_follows_the_numerical_gradient_of_its_loss():
    x, y, v = RNG.normal(size=9), RNG.normal(size=9), np.zeros(2)
    for steps in range(4):
        assert reference("fit_line")(x, y, 0.2, steps) == pytest.approx(tuple(v), abs=1e-8)
        v = v - 0.2 * numerical_gradient(lambda v: np.mean((v[0] * x + v[1] - y) ** 2) / 2, v)


def test_the_derivative_over_all_paths_of_a_graph():
    """f = x y z with x = r, y = r s, z = s: the slopes on the arrows are those at r = 2, s = 3."""
    successors = {"s": ["y", "z"], "r": ["x", "y"], "x": ["f"], "y": ["f"], "z": ["f"], "f": []}
    slopes = {("r", "x"): 1, ("r", "y"): 3, ("s", "y"): 2, ("s", "z"): 1, ("x", "f"): 18, ("y", "f"): 6, ("z", "f"): 12}
    by_numbers = numerical_gradient(lambda v: v[0] * (v[0] * v[1]) * v[1], np.array([2.0, 3.0]))
    found = [reference("path_gradient")(successors, slopes, name, "f") for name in "rs"]
    assert found == pytest.approx(by_numbers, rel=1e-7)
    assert reference("count_paths")(successors, "s", "f") == 2


def test_losses():
    target = RNG.normal(size=(5, 3))
    prediction = RNG.normal(size=(5, 3))
    half = lambda p: sum(0.5 * (a - b) @ (a - b) for a, b in zip(p, target, strict=True)) / 5  # noqa: E731
    assert reference("squared_error_forward")(prediction, target) == pytest.approx(half(prediction))
    assert reference("squared_error_backward")(prediction, target) == pytest.approx(
        numerical_gradient(half, prediction), abs=1e-8
    )
    assert reference("softmax_cross_entropy_forward")(prediction, LABELS) == pytest.approx(
        softmax_loss(prediction, LABELS)
    )
    assert reference("softmax_cross_entropy_backward")(prediction, LABELS) == pytest.approx(
        numerical_gradient(lambda z: softmax_loss(z, LABELS), prediction), abs=1e-8
    )
    logits, targets = RNG.normal(size=6), np.array([0.0, 1, 1, 0, 0.3, 1])
    binary = lambda z: np.mean(-targets * np.log(logistic(z)) - (1 - targets) * np.log(1 - logistic(z)))  # noqa: E731
    assert reference("binary_cross_entropy_forward")(logits, targets) == pytest.approx(binary(logits))
    assert reference("binary_cross_entropy_backward")(logits, targets) == pytest.approx(
        numerical_gradient(binary, logits), abs=1e-8
    )


def test_the_fully_connected_layer_and_the_linear_models():
    upstream = RNG.normal(size=(5, 3))
    dx, dW, db = reference("fc_backward")(upstream, INPUTS, W, B)

    def total(x, weights, biases):
        rows = [[w @ row + b for w, b in zip(weights, biases, strict=True)] for row in x]
        return np.sum(upstream * np.array(rows))

    assert dx == pytest.approx(numerical_gradient(lambda v: total(v, W, B), INPUTS), abs=1e-7)
    assert dW == pytest.approx(numerical_gradient(lambda v: total(INPUTS, v, B), W), abs=1e-7)
    assert db == pytest.approx(numerical_gradient(lambda v: total(INPUTS, W, v), B), abs=1e-7)
    h, two = RNG.normal(size=4), RNG.normal(size=(2, 4))
    rows = [numerical_gradient(lambda w, j=j: w[j] @ h, two).ravel() for j in range(2)]
    assert reference("fc_jacobian_weights")(h) == pytest.approx(np.array(rows), abs=1e-8)
    w, y = RNG.normal(size=4), np.array([0.0, 1, 1, 0, 1])
    for name, f in {
        "linear_regression_gradient": lambda v: sum((t - r @ v) ** 2 for r, t in zip(INPUTS, y, strict=True)),
        "sigmoid_perceptron_gradient": lambda v: sum(
            (t - logistic(r @ v)) ** 2 for r, t in zip(INPUTS, y, strict=True)
        ),
    }.items():
        assert reference(name)(w, INPUTS, y) == pytest.approx(numerical_gradient(f, w), rel=1e-6, abs=1e-7), name
    weights = [W, RNG.normal(size=(2, 2))]
    for got, of in zip(reference("l2_penalty_gradients")(weights, 0.7), weights, strict=True):
        assert got == pytest.approx(numerical_gradient(lambda v: 0.35 * np.sum(v * v), of), abs=1e-8)


@pytest.mark.parametrize("kind", ACT)
def test_backpropagation(kind):
    sizes = (4, 5, 3, 3)
    weights = [RNG.normal(size=(m, n)) / 2 for n, m in zip(sizes, sizes[1:], strict=False)]
    biases = [RNG.normal(size=m) for m in sizes[1:]]

    def loss(weights, biases):
        h = INPUTS
        for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
            a = np.einsum("ni,oi->no", h, w) + b
            h = ACT[kind](a) if i < len(weights) - 1 else a
        return softmax_loss(h, LABELS)

    def with_(items, i, value):
        return [value if j == i else item for j, item in enumerate(items)]

    got, dW, db = reference("mlp_backward")(INPUTS, LABELS, weights, biases, kind)
    assert got == pytest.approx(loss(weights, biases))
    for i in range(3):
        by_numbers = numerical_gradient(lambda v, i=i: loss(with_(weights, i, v), biases), weights[i])
        assert dW[i] == pytest.approx(by_numbers, abs=1e-7)
        by_numbers = numerical_gradient(lambda v, i=i: loss(weights, with_(biases, i, v)), biases[i])
        assert db[i] == pytest.approx(by_numbers, abs=1e-7)
    for letter in "abc":
        assert EXERCISES[f"repaired_backward_{letter}"].reference is EXERCISES["mlp_backward"].reference
    delta, above, a = RNG.normal(size=(5, 2)), RNG.normal(size=(2, 3)), RNG.normal(size=(5, 3))
    by_numbers = numerical_gradient(lambda v: np.sum(delta * (ACT[kind](v) @ above.T)), a)
    assert reference("hidden_delta")(delta, above, a, kind) == pytest.approx(by_numbers, abs=1e-7)


def test_the_output_delta():
    z, y = RNG.normal(size=(5, 2)), RNG.integers(0, 2, (5, 2))
    cost = lambda v: np.sum((logistic(v) - y) ** 2) / 2 / 5  # noqa: E731
    assert reference("output_delta_sigmoid_squared")(logistic(z), y) == pytest.approx(
        numerical_gradient(cost, z), abs=1e-8
    )


def test_training_by_the_reference_and_by_the_library_is_the_same_run():
    data, sizes = datasets.digits(), [64, 48, 10]
    weights, biases = reference("train")(
        data.train.inputs, data.train.labels, sizes, 0.3, 3, 20, np.random.default_rng(0)
    )
    rng = np.random.default_rng(0)
    start, start_biases = reference("initialize")(sizes, rng)
    model, optimizer = MLP(sizes, activation="relu", loss="softmax_cross_entropy"), SGD(learning_rate=0.3)
    for layer, w, b in zip(model.fully_connected, start, start_biases, strict=True):
        layer.W[...], layer.b[...] = w, b
    for _ in range(3):
        for batch in minibatches(len(data.train), 20, rng):
            model.loss(data.train.inputs[batch], data.train.labels[batch])
            optimizer.step(model.parameters, model.backward())
    for layer, w, b in zip(model.fully_connected, weights, biases, strict=True):
        assert pytest.approx(w, abs=1e-10) == layer.W and layer.b == pytest.approx(b, abs=1e-10)
    read = reference("predict")(data.test.inputs, weights, biases, "relu")
    assert np.array_equal(model.predict(data.test.inputs), read)
