"""What stands in for an exercise that a student has not done yet: the library's own, under the exercise's name.

`my_nn` gives these where nothing is filed. Each is a thin call into nn_lib, and no answer. What the library has no word for
is not here: then the student is told which exercise to do first.
"""

import numpy as np

import nn_lib

# --- 01 -------------------------------------------------------------------------------------------------------------


def numerical_gradient(f, x):
    return nn_lib.numerical_gradient(f, x)


numerical_gradient.measures = True  # whoever answers with it measures a gradient, and derives none


def descent_path(gradient, start, learning_rate, steps):
    optimizer, point = nn_lib.SGD(learning_rate), np.array(start, dtype=float)
    path = [point.copy()]
    for _ in range(steps):
        optimizer.step([point], [np.array(gradient(point.copy()), dtype=float)])
        path.append(point.copy())
    return np.array(path)


# --- 02 -------------------------------------------------------------------------------------------------------------


def jacobian_gradient_product(jacobian, upstream):
    layer = _layer(jacobian, np.zeros(len(jacobian)))
    layer.forward(np.zeros((1, jacobian.shape[1])))
    return layer.backward(np.array([upstream], dtype=float))[0]


# --- 03 -------------------------------------------------------------------------------------------------------------


def unbroadcast(gradient, shape):
    gate = nn_lib.AddGate()
    gate.forward(np.zeros(shape), np.zeros(np.shape(gradient)))
    return gate.backward(gradient)[0]


def _listed(gate):
    """A class like the exercise's: what comes back is a list with one gradient for each input."""

    class Listed:
        def __init__(self, *settings):
            self.gate = gate(*settings)

        def forward(self, *inputs):
            return self.gate.forward(*inputs)

        def backward(self, upstream):
            gradients = self.gate.backward(upstream)
            return list(gradients) if isinstance(gradients, tuple) else [gradients]

    Listed.__name__ = Listed.__qualname__ = gate.__name__
    return Listed


AddGate = _listed(nn_lib.AddGate)
MultiplyGate = _listed(nn_lib.MultiplyGate)
MaxGate = _listed(nn_lib.MaxGate)


class _Handed(nn_lib.gate.Gate):
    """A gate of the student's, in the library's form."""

    def __init__(self, gate):
        self.gate = gate

    def forward(self, *inputs):
        return self.gate.forward(*inputs)

    def backward(self, upstream):
        gradients = self.gate.backward(upstream)
        return gradients[0] if len(gradients) == 1 else tuple(gradients)


def _graph(circuit):
    nodes = {}
    for name, gate, parents in circuit:
        if gate is None:
            nodes[name] = nn_lib.Input(name)
        else:
            given = [nodes[parent] for parent in parents]
            first, second = (*given, None)[:2]
            nodes[name] = nn_lib.graph.Node(_Handed(gate), first, second, tuple(given[2:]), name)
    return nodes, nn_lib.ComputationalGraph(nodes[circuit[-1][0]])


def run_forward(circuit, inputs):
    nodes, graph = _graph(circuit)
    graph.forward(**{name: inputs[name] for name in graph.inputs})
    return {name: inputs.get(name, node.value) for name, node in nodes.items()}


def run_backward(circuit, values):
    nodes, graph = _graph(circuit)
    graph.forward(**{name: values[name] for name in graph.inputs})
    graph.backward()
    return {name: 0.0 * values[name] if node.gradient is None else node.gradient for name, node in nodes.items()}


# --- 04 -------------------------------------------------------------------------------------------------------------

ExpGate = _listed(nn_lib.ExpGate)
ReciprocalGate = _listed(nn_lib.ReciprocalGate)
ScaleGate = _listed(nn_lib.ScaleGate)
ShiftGate = _listed(nn_lib.ShiftGate)


def _forward(gate):
    return lambda *inputs: gate().forward(*inputs)


def _backward(gate):
    def backward(upstream, *inputs):
        one = gate()
        one.forward(*inputs)
        return one.backward(upstream)

    return backward


sigmoid_forward, sigmoid_backward = _forward(nn_lib.SigmoidGate), _backward(nn_lib.SigmoidGate)

# --- 05 -------------------------------------------------------------------------------------------------------------

tanh_backward = _backward(nn_lib.TanhGate)
relu_forward, relu_backward = _forward(nn_lib.ReLUGate), _backward(nn_lib.ReLUGate)
prelu_backward = _backward(nn_lib.PReLUGate)
softplus_forward, softplus_backward = _forward(nn_lib.SoftplusGate), _backward(nn_lib.SoftplusGate)


def activation(name):
    gate = _gate(name)
    return _forward(gate), lambda x: _backward(gate)(np.ones(np.shape(x)), x)


def _gate(name):
    known = {
        "linear": nn_lib.IdentityGate,
        "sigmoid": nn_lib.SigmoidGate,
        "tanh": nn_lib.TanhGate,
        "relu": nn_lib.ReLUGate,
        "leaky_relu": nn_lib.LeakyReLUGate,
        "hard_tanh": nn_lib.HardTanhGate,
        "softsign": nn_lib.SoftsignGate,
        "elu": nn_lib.ELUGate,
        "softplus": nn_lib.SoftplusGate,
    }
    if name not in known:
        raise ValueError(f"there is no activation {name!r}; there are {', '.join(known)}")
    return known[name]


# --- 06 -------------------------------------------------------------------------------------------------------------


def _loss_backward(gate):
    def backward(outputs, targets):
        one = gate()
        one.forward(outputs, targets)
        return one.backward()[0]

    return backward


squared_error_forward = _forward(nn_lib.SquaredError)
squared_error_backward = _loss_backward(nn_lib.SquaredError)
softmax_forward, softmax_backward = _forward(nn_lib.SoftmaxGate), _backward(nn_lib.SoftmaxGate)
softmax_cross_entropy_forward = _forward(nn_lib.SoftmaxCrossEntropy)
softmax_cross_entropy_backward = _loss_backward(nn_lib.SoftmaxCrossEntropy)
binary_cross_entropy_forward = _forward(nn_lib.BinaryCrossEntropy)
binary_cross_entropy_backward = _loss_backward(nn_lib.BinaryCrossEntropy)


def entropy(p):
    return nn_lib.entropy(p)


def cross_entropy(p, q):
    return nn_lib.cross_entropy(p, q)


def kl_divergence(p, q):
    return nn_lib.kl_divergence(p, q)


# --- 07 -------------------------------------------------------------------------------------------------------------


def _layer(W, b):
    layer = nn_lib.FullyConnected(
        W.shape[1], W.shape[0], rng=np.random.default_rng(0), initializer=nn_lib.initializers.zeros
    )
    layer.W, layer.b = np.array(W, dtype=float), np.array(b, dtype=float)
    layer.dW, layer.db = np.zeros_like(layer.W), np.zeros_like(layer.b)
    return layer


def fc_forward(x, W, b):
    return _layer(W, b).forward(x)


def fc_backward(upstream, x, W, b):
    layer = _layer(W, b)
    layer.forward(x)
    return layer.backward(upstream), *layer.gradients


def flatten_forward(x):
    return nn_lib.Flatten().forward(x)


def flatten_backward(upstream, x):
    layer = nn_lib.Flatten()
    layer.forward(x)
    return layer.backward(upstream)


# --- 08 -------------------------------------------------------------------------------------------------------------


def _network(weights, biases, activation):
    sizes = [weights[0].shape[1], *(len(b) for b in biases)]
    model = nn_lib.MLP(sizes, activation=activation, loss="softmax_cross_entropy")
    for parameter, given in zip(model.parameters, [p for pair in zip(weights, biases) for p in pair]):
        parameter[...] = given
    return model


def mlp_forward(x, weights, biases, activation):
    pre_activations, activations = [], [x]
    for number, (W, b) in enumerate(zip(weights, biases), start=1):
        pre_activations.append(fc_forward(activations[-1], W, b))
        last = number == len(weights)
        activations.append(pre_activations[-1] if last else _gate(activation)().forward(pre_activations[-1]))
    return pre_activations, activations


def hidden_delta(delta_next, W_next, pre_activation, activation):
    gate = _gate(activation)()
    above = _layer(W_next, np.zeros(len(W_next)))
    above.forward(gate.forward(pre_activation))
    return gate.backward(above.backward(delta_next))


def mlp_backward(x, labels, weights, biases, activation):
    model = _network(weights, biases, activation)
    loss = model.loss(x, labels)
    gradients = model.backward()
    return loss, gradients[0::2], gradients[1::2]


def predict(x, weights, biases, activation):
    return _network(weights, biases, activation).predict(x)


# --- 09 -------------------------------------------------------------------------------------------------------------


def minibatches(n, batch_size, rng):
    return nn_lib.minibatches(n, batch_size, rng)


def sgd_step(parameters, gradients, learning_rate):
    moved = [np.array(p, dtype=float) for p in parameters]
    nn_lib.SGD(learning_rate).step(moved, gradients)
    return moved


def l2_penalty(weights, alpha):
    return nn_lib.L2(alpha).penalty(weights)


def l2_penalty_gradients(weights, alpha):
    return nn_lib.L2(alpha).gradients(weights)


def initialize(sizes, rng):
    weights = [nn_lib.initializers.he_normal(rng, outputs, inputs) for inputs, outputs in zip(sizes, sizes[1:])]
    return weights, [np.zeros(outputs) for outputs in sizes[1:]]


def train(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
    model = nn_lib.MLP(sizes, seed=int(rng.integers(2**31)))
    if epochs and learning_rate:
        nn_lib.fit(
            model,
            nn_lib.datasets.Split(inputs, labels),
            optimizer=nn_lib.SGD(learning_rate),
            epochs=epochs,
            batch_size=batch_size,
            seed=int(rng.integers(2**31)),
            progress=False,
        )
    return [layer.W for layer in model.fully_connected], [layer.b for layer in model.fully_connected]
