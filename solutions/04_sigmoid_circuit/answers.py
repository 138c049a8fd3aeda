"""Assignment 04: right and wrong answers."""

import math

import numpy as np

from autograder.exercises import Answers


def sigmoid(x):
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x, dtype=float)))


def loop(function):
    """The same function applied to one number at a time."""
    return lambda g, x, *rest: np.vectorize(lambda u, v: function(u, v, *rest), otypes=[float])(g, x)


# --- the circuit, forward -------------------------------------------------------------------------------------------


def circuit(w, x):
    a, b = w[0] * x[0], w[1] * x[1]
    c = a + b
    d = c + w[2]
    e = -d
    g = np.exp(e)
    h = 1.0 + g
    return {"a": a, "b": b, "c": c, "d": d, "e": e, "g": g, "h": h, "o": 1.0 / h}


def wires(**changed):
    """A wrong forward: some wires computed another way, everything after them from these."""

    def wrong(w, x):
        a = changed.get("a", lambda w, x: w[0] * x[0])(w, x)
        b = changed.get("b", lambda w, x: w[1] * x[1])(w, x)
        c = a + b
        d = changed.get("d", lambda c, w, x: c + w[2])(c, w, x)
        e = changed.get("e", lambda d: -d)(d)
        g = changed.get("g", np.exp)(e)
        h = changed.get("h", lambda g: 1.0 + g)(g)
        o = changed.get("o", lambda h: 1.0 / h)(h)
        return {"a": a, "b": b, "c": c, "d": d, "e": e, "g": g, "h": h, "o": o}

    return wrong


def circuit_in_floats(w, x):
    a, b, bias = float(w[0]) * float(x[0]), float(w[1]) * float(x[1]), float(w[2])
    g = float(np.exp(-a - b - bias))
    return {"a": a, "b": b, "c": a + b, "d": a + b + bias, "e": -a - b - bias, "g": g, "h": g + 1, "o": 1 / (g + 1)}


def circuit_in_arrays(w, x):
    products = np.multiply(w[:2], x)
    sums = np.cumsum([*products, w[2]])
    powers = np.exp(-sums[2:])
    found = *products, sums[1], sums[2], -sums[2], powers[0], powers[0] + 1, (1 / (1 + powers))[0]
    return dict(zip("abcdegho", map(np.array, found)))


def circuit_from_its_output(w, x):
    d = np.dot(w, [*x, 1])
    o = sigmoid(d)
    return dict(a=w[0] * x[0], b=w[1] * x[1], c=w[:2] @ x, d=d, e=-d, g=(1 - o) / o, h=1 / o, o=o)


def circuit_with_inputs(w, x):
    found = {"w0": w[0], "w1": w[1], "w2": w[2], "x0": x[0], "x1": x[1]}
    found |= {"a": w[0] * x[0], "b": w[1] * x[1]}
    found["c"] = found["a"] + found["b"]
    found["d"] = found["c"] + found["w2"]
    for wire, before, gate in (("e", "d", np.negative), ("g", "e", np.exp), ("h", "g", lambda v: v + 1)):
        found[wire] = gate(found[before])
    return found | {"o": found["h"] ** -1.0}


def circuit_backwards(w, x):
    d = sum(u * v for u, v in zip(w, (*x, 1)))
    return {
        "o": np.exp(-np.logaddexp(0, -d)),
        "h": 1 + np.exp(-d),
        "g": np.exp(-d),
        "e": -d,
        "d": d,
        "c": d - w[2],
        "b": x[1] * w[1],
        "a": x[0] * w[0],
    }


# --- the circuit, backward ------------------------------------------------------------------------------------------


def circuit_backward(w, x):
    o = sigmoid(w[0] * x[0] + w[1] * x[1] + w[2])
    slope = (1.0 - o) * o
    return np.array([x[0], x[1], 1.0]) * slope, np.array([w[0], w[1]]) * slope


def gradients(slope=lambda o: (1.0 - o) * o, dw=None, dx=None):
    """A wrong backward: another slope of the sigmoid, or other factors at the multiply gates."""

    def wrong(w, x):
        s = slope(sigmoid(w[0] * x[0] + w[1] * x[1] + w[2]))
        gw = dw(w, x, s) if dw else np.array([x[0], x[1], 1.0]) * s
        gx = dx(w, x, s) if dx else np.array([w[0], w[1]]) * s
        return gw, gx

    return wrong


def backward_by_exponentials(w, x):
    z = w[0] * x[0] + w[1] * x[1] + w[2]
    s = np.exp(-z) / (1 + np.exp(-z)) ** 2
    return [np.append(np.asarray(x, dtype=float), 1.0) * s, np.asarray(w[:2]) * s]


def backward_by_cosh(w, x):
    d = 0.25 / np.cosh(0.5 * (w[0] * x[0] + w[1] * x[1] + w[2])) ** 2
    return np.array([d * x[0], d * x[1], d]), np.array([d * w[0], d * w[1]])


def backward_gate_by_gate(w, x):
    g = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    dh = -1 / (1 + g) ** 2
    de = dh * g
    dc = db = da = -de
    return np.array([da * x[0], db * x[1], -de]), np.array([da * w[0], dc * w[1]])


def backward_by_products(w, x):
    o = sigmoid(np.dot(w[:2], x) + w[2])
    return np.concatenate([x, [1.0]]) * (o - o * o), w[:2] * (o - o * o)


def backward_by_logarithms(w, x):
    d = np.inner(w, np.r_[x, 1.0])
    s = np.exp(-np.logaddexp(0, d) - np.logaddexp(0, -d))
    return [np.r_[x, 1.0] * s, s * w[:2]]


# --- the fused gate -------------------------------------------------------------------------------------------------


def with_input_dtype(x):
    out = np.zeros_like(np.asarray(x))
    out[...] = sigmoid(x)
    return out


def fused_in_place(g, x):
    g *= sigmoid(x) * (1 - sigmoid(x))
    return g


def entry_by_entry(x):
    one = np.vectorize(lambda v: 1 / (1 + np.exp(-v)) if v >= 0 else np.exp(v) / (1 + np.exp(v)), otypes=[float])
    return one(x)


def two_sides(x):
    small = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1 / (1 + small), small / (1 + small))


# --- gates of one input ---------------------------------------------------------------------------------------------


class ExpGate:
    def forward(self, x):
        self.z = np.exp(x)
        return self.z

    def backward(self, dz):
        return [dz * self.z]


class ReciprocalGate:
    def forward(self, x):
        self.x = x
        return 1 / x

    def backward(self, dz):
        return [-dz / self.x**2]


class ScaleGate:
    def __init__(self, a):
        self.a = a

    def forward(self, x):
        return self.a * x

    def backward(self, dz):
        return [self.a * dz]


class ShiftGate:
    def __init__(self, c):
        self.c = c

    def forward(self, x):
        return self.c + x

    def backward(self, dz):
        return [dz * 1.0]


def gate(forward, backward, wrap=lambda dx: [dx]):
    """A gate class from two functions, forward(x, *settings) and backward(dz, x, *settings)."""

    class Gate:
        def __init__(self, *settings):
            self.settings = settings

        def forward(self, x):
            self.x = x
            return forward(x, *self.settings)

        def backward(self, dz):
            return wrap(backward(dz, self.x, *self.settings))

    return Gate


def shared(forward, backward):
    """All gates of the class keep what the latest of them was given."""

    class Gate:
        def __init__(self, *settings):
            Gate.settings = settings

        def forward(self, x):
            Gate.x = x
            return forward(x, *Gate.settings)

        def backward(self, dz):
            return [backward(dz, Gate.x, *Gate.settings)]

    return Gate


def accumulating(forward, backward):
    class Gate(gate(forward, backward)):
        total = 0.0

        def backward(self, dz):
            (new,) = super().backward(dz)
            self.total = self.total + new if np.shape(self.total) in ((), np.shape(new)) else new
            return [self.total]

    return Gate


def mute(forward, backward):
    """A gate whose forward returns nothing."""

    class Gate(gate(forward, backward)):
        def forward(self, x):
            super().forward(x)

    return Gate


def closure(forward, backward):
    """A gate that keeps a function in place of its input."""

    class Gate:
        def __init__(self, *settings, label=""):
            self.settings, self.label = settings, label

        def forward(self, x):
            self.pull = lambda dz: backward(dz, x, *self.settings)
            return forward(x, *self.settings)

        def backward(self, dz):
            return (self.pull(dz),)

    return Gate


def copying(forward, backward):
    """A gate that keeps a copy of its input, and answers with arrays."""

    class Gate:
        def __init__(self, *settings):
            self.settings = settings
            self.cache = {}

        def forward(self, x):
            self.cache["x"] = np.array(x, dtype=float)
            return np.asarray(forward(self.cache["x"], *self.settings))

        def backward(self, dz):
            return [np.asarray(backward(np.asarray(dz), self.cache["x"], *self.settings))]

    return Gate


def slots(forward, backward):
    class Gate:
        __slots__ = ("kept", "settings")

        def __init__(self, *settings):
            self.settings = settings

        def forward(self, x):
            self.kept = x
            return forward(x, *self.settings)

        def backward(self, dz):
            return (backward(dz, self.kept, *self.settings),)

    return Gate


def looping(forward, backward):
    """A gate that treats one number at a time."""

    class Gate:
        def __init__(self, *settings):
            self.settings = settings

        def forward(self, x):
            self.x = np.asarray(x, dtype=float)
            flat = [forward(float(v), *self.settings) for v in self.x.ravel()]
            return np.array(flat).reshape(self.x.shape)

        def backward(self, dz):
            rows = zip(np.ravel(dz), self.x.ravel(), strict=True)
            flat = [backward(float(g), float(v), *self.settings) for g, v in rows]
            return [np.array(flat).reshape(self.x.shape)]

    return Gate


RECIPROCAL = (lambda x: 1 / x, lambda g, x: -g / x**2)
EXPONENTIAL = (np.exp, lambda g, x: g * np.exp(x))
SCALE = (lambda x, a: a * x, lambda g, x, a: g * a)
SHIFT = (lambda x, c: c + x, lambda g, x, c: g * 1.0)


def right_gates(pair):
    """The same gate in other forms."""
    return closure(*pair), copying(*pair), slots(*pair), looping(*pair), gate(*pair, wrap=lambda dx: (dx * 1.0,))


def wrong_gates(pair):
    """Mistakes that any gate can have, by name."""
    return {
        "returns a number instead of a list": gate(*pair, wrap=lambda dx: dx),
        "accumulates over calls": accumulating(*pair),
        "forward returns nothing": mute(*pair),
    }


# --- a neuron that learns -------------------------------------------------------------------------------------------


def train_neuron(X, y, learning_rate, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        o = 1 / (1 + np.exp(-(X @ w + b)))
        dd = (o - y) / len(y) * o * (1 - o)
        w, b = w - learning_rate * X.T @ dd, b - learning_rate * float(np.sum(dd))
    return w, b


def neuron(
    slope=lambda o, d: o * (1 - o), step=None, squash=sigmoid, error=lambda o, y: (o - y) / len(y), start=0.0, more=0
):
    """A training of which one part is another; step(w, b, dw, db, learning rate)."""
    step = step or (lambda w, b, dw, db, rate: (w - rate * dw, b - rate * db))

    def wrong(X, y, learning_rate, steps):
        X, y = X.astype(float), y.astype(float)
        w, b = np.full(X.shape[1], start), start
        for _ in range(max(0, steps + more)):
            d = X @ w + b
            dd = error(squash(d), y) * slope(squash(d), d)
            w, b = step(w, b, X.T @ dd, float(np.sum(dd)), learning_rate)
        return w, b

    return wrong


def neuron_moved_by_each(share):
    """Each example moves the neuron by itself, and the next one meets another neuron."""

    def wrong(X, y, learning_rate, steps):
        w, b = np.zeros(X.shape[1]), 0.0
        for _ in range(steps):
            for row, target in zip(X.astype(float), y.tolist(), strict=True):
                o = float(sigmoid(row @ w + b))
                pull = learning_rate * share(len(y)) * (o - target) * o * (1 - o)
                w, b = w - pull * row, b - pull
        return w, b

    return wrong


def frozen_neuron(X, y, learning_rate, steps):
    w, b = train_neuron(X, y, learning_rate, 1)
    return steps * w, steps * b


def bias_after_weights(X, y, learning_rate, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        o = sigmoid(X @ w + b)
        w = w - learning_rate * X.T @ ((o - y) / len(y) * o * (1 - o))
        o = sigmoid(X @ w + b)
        b = b - learning_rate * float(np.sum((o - y) / len(y) * o * (1 - o)))
    return w, b


def neuron_by_examples(X, y, learning_rate, steps):
    w, b = [0.0] * X.shape[1], 0.0
    for _ in range(steps):
        dw, db = [0.0] * len(w), 0.0
        for row, target in zip(X.tolist(), y.tolist(), strict=True):
            o = 1 / (1 + math.exp(-sum(u * v for u, v in zip(w, row, strict=True)) - b))
            pull = (o - target) * o * (1 - o) / len(y)
            dw = [total + pull * v for total, v in zip(dw, row, strict=True)]
            db += pull
        w = [u - learning_rate * g for u, g in zip(w, dw, strict=True)]
        b -= learning_rate * db
    return np.array(w), b


def neuron_with_a_one(X, y, learning_rate, steps):
    with_one = np.column_stack([X, np.ones(len(X))])
    v = np.zeros(with_one.shape[1])
    for _ in range(steps):
        o = sigmoid(with_one @ v)
        v = v - learning_rate * np.mean(((o - y) * (o - o**2))[:, None] * with_one, axis=0)
    return v[:-1], v[-1]


def neuron_in_place(X, y, learning_rate, steps):
    w, b = np.zeros((X.shape[1], 1)), np.zeros(1)
    for _ in range(steps):
        s = sigmoid(X @ w + b)[:, 0]
        delta = ((s - y) * s * (1 - s))[:, None] / len(y)
        w -= learning_rate * X.T @ delta
        b -= learning_rate * delta.sum(axis=0)
    return [w[:, 0], float(b[0])]


def neuron_by_cosh(X, y, learning_rate, steps):
    w, b = np.zeros(X.shape[1]), np.float64(0)
    for _ in range(steps):
        d = np.einsum("ij,j->i", X, w) + b
        dd = (sigmoid(d) - y) * 0.25 / np.cosh(d / 2) ** 2
        w, b = w - learning_rate * np.mean(X * dd[:, np.newaxis], axis=0), b - learning_rate * np.mean(dd)
    return w, np.array(b)


def neuron_by_recursion(X, y, learning_rate, steps):
    if steps == 0:
        return np.zeros(X.shape[1]), 0.0
    w, b = neuron_by_recursion(X, y, learning_rate, steps - 1)
    o = sigmoid(b + (X * w).sum(axis=1))
    dd = (o - y) * o * (1 - o)
    return w - learning_rate * (dd @ X) / len(y), b - learning_rate * dd.mean()


class ReciprocalGate:
    def forward(self, x):
        self.x = x
        return 1 / x

    def backward(self, dz):
        return [-dz / self.x**2]


def backward_on_fresh_gates(w, x):
    ReciprocalGate().forward(circuit(w, x)["h"])
    (slope,) = ReciprocalGate().backward(1.0)
    return gradients(lambda o: slope)(w, x)


ANSWERS = {
    "ExpGate": Answers(
        reference=ExpGate,
        wrong={
            "power rule applied to an exponential": gate(np.exp, lambda g, x: g * x * np.exp(x - 1)),
            "upstream forgotten": gate(np.exp, lambda g, x: np.exp(x)),
            "local gradient is the input": gate(np.exp, lambda g, x: g * x),
            "exponential of the upstream gradient": gate(np.exp, lambda g, x: np.exp(g)),
            "the gate applied to its own output": gate(np.exp, lambda g, x: g * np.exp(np.exp(x))),
            "sign of the exponent": [
                gate(np.exp, lambda g, x: g * np.exp(-x)),
                gate(lambda x: np.exp(-x), lambda g, x: -g * np.exp(-x)),
            ],
            "power of two instead of e": gate(lambda x: 2.0**x, lambda g, x: g * 2.0**x),
            "state shared between gates": shared(*EXPONENTIAL),
            **wrong_gates(EXPONENTIAL),
        },
        right=right_gates(EXPONENTIAL),
    ),
    "ReciprocalGate": Answers(
        reference=ReciprocalGate,
        wrong={
            "sign lost": gate(RECIPROCAL[0], lambda g, x: g / x**2),
            "power one instead of two": gate(RECIPROCAL[0], lambda g, x: -g / x),
            "power in the numerator": gate(RECIPROCAL[0], lambda g, x: -g * x**2),
            "integrates instead of differentiating": gate(RECIPROCAL[0], lambda g, x: g * np.log(np.abs(x))),
            "upstream forgotten": gate(RECIPROCAL[0], lambda g, x: -1 / x**2),
            "divided by the upstream gradient": gate(RECIPROCAL[0], lambda g, x: -1 / (g * x**2)),
            "value instead of slope": gate(RECIPROCAL[0], lambda g, x: g / x),
            "state shared between gates": shared(*RECIPROCAL),
            **wrong_gates(RECIPROCAL),
        },
        right=right_gates(RECIPROCAL),
    ),
    "ScaleGate": Answers(
        reference=ScaleGate,
        wrong={
            "divides by the factor": gate(SCALE[0], lambda g, x, a: g / a),
            "factor forgotten": gate(SCALE[0], lambda g, x, a: g * 1.0),
            "upstream forgotten": gate(SCALE[0], lambda g, x, a: a + 0.0 * g),
            "multiplied by the input": gate(SCALE[0], lambda g, x, a: g * a * x),
            "multiplied by the output": gate(SCALE[0], lambda g, x, a: g * a * a * x),
            "factor added": gate(SCALE[0], lambda g, x, a: g + a),
            "a gradient for the constant too": gate(*SCALE, wrap=lambda dx: [dx, dx]),
            "setting shared between gates": shared(*SCALE),
            **wrong_gates(SCALE),
        },
        right=right_gates(SCALE),
    ),
    "ShiftGate": Answers(
        reference=ShiftGate,
        wrong={
            "constant added to the gradient": gate(SHIFT[0], lambda g, x, c: g + c),
            "multiplied by the constant": gate(SHIFT[0], lambda g, x, c: g * c),
            "upstream forgotten": gate(SHIFT[0], lambda g, x, c: 0.0 * g + 1.0),
            "zero, as for a constant": gate(SHIFT[0], lambda g, x, c: 0.0 * g),
            "multiplied by the input": gate(SHIFT[0], lambda g, x, c: g * x),
            "a gradient for the constant too": gate(*SHIFT, wrap=lambda dx: [dx, dx]),
            "setting shared between gates": shared(*SHIFT),
            **wrong_gates(SHIFT),
        },
        right=right_gates(SHIFT),
    ),
    "sigmoid_circuit_forward": Answers(
        reference=circuit,
        wrong={
            "bias multiplied by an input": [
                wires(d=lambda c, w, x: c + w[2] * x[1]),
                wires(d=lambda c, w, x: c + w[2] * x[0]),
            ],
            "bias forgotten": wires(d=lambda c, w, x: c),
            "sign of the exponent": wires(e=lambda d: d),
            "the 1 forgotten": wires(h=lambda g: g),
            "subtracts the 1": wires(h=lambda g: 1.0 - g),
            "last gate missing": wires(o=lambda h: h),
            "weights and inputs paired wrongly": wires(a=lambda w, x: w[0] * x[1], b=lambda w, x: w[1] * x[0]),
            "power of two instead of e": wires(g=lambda e: 2.0**e),
            "returns the output only": lambda w, x: circuit(w, x)["o"],
            "answers the worked example only": lambda w, x: circuit([2.0, -3.0, -3.0], [-1.0, -2.0]),
            "returns nothing": lambda w, x: None,
        },
        right=(circuit_in_floats, circuit_in_arrays, circuit_from_its_output, circuit_with_inputs, circuit_backwards),
    ),
    "sigmoid_circuit_backward": Answers(
        reference=circuit_backward,
        wrong={
            "sign of the negation gate forgotten": gradients(lambda o: -(1.0 - o) * o),
            "1 + sigma in place of 1 - sigma": gradients(lambda o: (1.0 + o) * o),
            "sigma squared": gradients(lambda o: o * o),
            "half of the slope: 1 - sigma alone": gradients(lambda o: 1.0 - o),
            "half of the slope: sigma alone": gradients(lambda o: o),
            "slope taken at the output": gradients(lambda o: (1.0 - sigmoid(o)) * sigmoid(o)),
            "slope of the sigmoid forgotten": gradients(lambda o: 1.0),
            "weight gradients without the inputs": gradients(dw=lambda w, x, s: np.array([s, s, s])),
            "input gradients without the weights": gradients(dx=lambda w, x, s: np.array([s, s])),
            "bias gradient is zero": gradients(dw=lambda w, x, s: np.array([x[0], x[1], 0.0]) * s),
            "bias multiplied by an input": gradients(dw=lambda w, x, s: np.array([x[0], x[1], x[1]]) * s),
            "multiply gates not switched": gradients(
                dw=lambda w, x, s: np.array([w[0], w[1], 1.0]) * s, dx=lambda w, x, s: np.asarray(x) * s
            ),
            "bias forgotten in the forward pass": lambda w, x: circuit_backward([w[0], w[1], 0.0], x),
            "outputs in another order": lambda w, x: circuit_backward(w, x)[::-1],
            "bias gradient left out": gradients(dw=lambda w, x, s: np.asarray(x) * s),
            "gates that never ran forward": backward_on_fresh_gates,
        },
        right=(
            backward_by_exponentials,
            backward_by_cosh,
            backward_gate_by_gate,
            backward_by_products,
            backward_by_logarithms,
        ),
    ),
    "sigmoid_forward": Answers(
        reference=sigmoid,
        wrong={
            "sign of the exponent": lambda x: sigmoid(-np.asarray(x)),
            "overflow": lambda x: np.exp(x) / (1 + np.exp(x)),
            "tanh in place of sigmoid": np.tanh,
            "inner factor lost": lambda x: 0.5 * (1 + np.tanh(x)),
            "slope in place of value": lambda x: sigmoid(x) * (1 - sigmoid(x)),
            "the 1 forgotten": lambda x: np.exp(np.minimum(x, 700)),
            "the 1 subtracted": lambda x: 1 / (1 - np.exp(-np.clip(x, -700, 700)) + 1e-300),
            "output takes the dtype of the input": with_input_dtype,
            "power of two instead of e": lambda x: 1 / (1 + 2.0 ** (-np.clip(x, -500, 500))),
            "input clipped too early": lambda x: sigmoid(np.clip(x, -3, 3)),
            "reciprocal forgotten": lambda x: 1 + np.exp(-np.clip(x, -700, 700)),
        },
        right=(
            lambda x: 1 / (1 + np.exp(-np.asarray(x, dtype=float))),
            lambda x: np.exp(-np.logaddexp(0, -np.asarray(x, dtype=float))),
            lambda x: 1 / (1 + np.exp(-np.clip(x, -500, 500))),
            two_sides,
            lambda x: (1 + np.tanh(np.asarray(x) / 2)) / 2,
            entry_by_entry,
        ),
    ),
    "sigmoid_backward": Answers(
        reference=lambda g, x: g * (1.0 - sigmoid(x)) * sigmoid(x),
        wrong={
            "upstream forgotten": lambda g, x: sigmoid(x) * (1 - sigmoid(x)),
            "half of the slope: sigma alone": lambda g, x: g * sigmoid(x),
            "half of the slope: 1 - sigma alone": lambda g, x: g * (1 - sigmoid(x)),
            "sigma squared": lambda g, x: g * sigmoid(x) ** 2,
            "1 - sigma squared twice": lambda g, x: g * (1 - sigmoid(x)) ** 2,
            "1 + sigma in place of 1 - sigma": lambda g, x: g * (1 + sigmoid(x)) * sigmoid(x),
            "sign": lambda g, x: g * sigmoid(x) * (sigmoid(x) - 1),
            "slope taken at the output": lambda g, x: g * sigmoid(sigmoid(x)) * (1 - sigmoid(sigmoid(x))),
            "the input taken for the output": lambda g, x: g * x * (1 - np.asarray(x)),
            "slope of tanh": lambda g, x: g * (1 - np.tanh(x) ** 2),
            "input modified in place": fused_in_place,
            "overflow": lambda g, x: g * np.exp(-np.asarray(x)) / (1 + np.exp(-np.asarray(x))) ** 2,
        },
        right=(
            lambda g, x: g * (sigmoid(x) - sigmoid(x) ** 2),
            lambda g, x: g / (1 + np.exp(-np.asarray(x))) * (1 - 1 / (1 + np.exp(-np.asarray(x)))),
            lambda g, x: g * 0.25 * (1 - np.tanh(np.asarray(x) / 2) ** 2),
            loop(lambda g, v: g * sigmoid(v) * sigmoid(-v)),
            lambda g, x: g * sigmoid(x) * sigmoid(-np.asarray(x)),
            lambda g, x: g * 0.25 / np.cosh(np.clip(np.asarray(x) / 2, -300, 300)) ** 2,
        ),
    ),
    "train_neuron": Answers(
        reference=train_neuron,
        wrong={
            "climbs": neuron(step=lambda w, b, dw, db, rate: (w + rate * dw, b + rate * db)),
            "sum instead of mean": neuron(error=lambda o, y: o - y),
            "the half forgotten": neuron(error=lambda o, y: 2 * (o - y) / len(y)),
            "slope of the sigmoid forgotten": neuron(slope=lambda o, d: 1.0),
            "half of the slope: sigma alone": neuron(slope=lambda o, d: o),
            "slope taken at the output": neuron(slope=lambda o, d: sigmoid(o) * (1 - sigmoid(o))),
            "no sigmoid": neuron(squash=lambda d: d, slope=lambda o, d: 1.0),
            "bias stays 0": neuron(step=lambda w, b, dw, db, rate: (w - rate * dw, b)),
            "weights stay 0": neuron(step=lambda w, b, dw, db, rate: (w, b - rate * db)),
            "one example at a time": [neuron_moved_by_each(lambda n: 1 / n), neuron_moved_by_each(lambda n: 1.0)],
            "bias gradient averaged once more": lambda X, y, rate, steps: neuron(
                step=lambda w, b, dw, db, rate: (w - rate * dw, b - rate * db / len(y))
            )(X, y, rate, steps),
            "gradient of the start throughout": frozen_neuron,
            "bias moves after the weights": bias_after_weights,
            "starts from ones": neuron(start=1.0),
            "one step too few": neuron(more=-1),
            "one step too many": neuron(more=1),
            "learning rate forgotten": neuron(step=lambda w, b, dw, db, rate: (w - dw, b - db)),
            "results exchanged": lambda X, y, rate, steps: train_neuron(X, y, rate, steps)[::-1],
            "bias as an array of length 1": lambda X, y, rate, steps: (
                train_neuron(X, y, rate, steps)[0],
                np.array([train_neuron(X, y, rate, steps)[1]]),
            ),
        },
        right=(
            neuron_by_examples,
            neuron_with_a_one,
            neuron_in_place,
            neuron_by_cosh,
            neuron_by_recursion,
        ),
    ),
}
