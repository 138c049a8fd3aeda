"""Assignment 04: right and wrong answers."""

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


ANSWERS = {
    "exp_backward": Answers(
        reference=lambda g, x: g * np.exp(x),
        wrong={
            "power rule applied to an exponential": lambda g, x: g * x * np.exp(x - 1),
            "upstream forgotten": lambda g, x: np.exp(x),
            "logarithm instead of exponential": lambda g, x: g * np.log(np.abs(x)),
            "local gradient is the input": lambda g, x: g * x,
            "exponential of the upstream gradient": lambda g, x: np.exp(g) * x,
            "sign of the exponent": lambda g, x: g * np.exp(-x),
            "the gate applied to its own output": lambda g, x: g * np.exp(np.exp(np.minimum(x, 6.0))),
        },
        right=(
            lambda g, x: g * np.exp(np.asarray(x) / 2) ** 2,
            loop(lambda g, v: g * np.exp(v)),
            lambda g, x: g * np.e ** np.asarray(x, dtype=float),
            lambda g, x: g / np.exp(-np.asarray(x)),
            lambda g, x: np.multiply(g, np.expm1(x) + 1),
        ),
    ),
    "reciprocal_backward": Answers(
        reference=lambda g, x: -g / (x * x),
        wrong={
            "sign lost": lambda g, x: g / (x * x),
            "power one instead of two": lambda g, x: -g / x,
            "power in the numerator": lambda g, x: -g * x * x,
            "integrates instead of differentiating": lambda g, x: g * np.log(np.abs(x)),
            "upstream forgotten": lambda g, x: -1.0 / (x * x),
            "value instead of slope": lambda g, x: g / x,
            "the gate applied to its own output": lambda g, x: -g / (1 / x * (1 / x)) + 0.0 * x,
            "divided by the upstream gradient": lambda g, x: -1.0 / (x * x * g),
        },
        right=(
            lambda g, x: -g * (1.0 / x) ** 2,
            lambda g, x: g * -1.0 / x**2,
            loop(lambda g, v: -g / v**2),
            lambda g, x: -(g / x) / x,
            lambda g, x: np.negative(g) * np.power(np.asarray(x, dtype=float), -2.0),
        ),
    ),
    "scale_backward": Answers(
        reference=lambda g, x, a: g * a,
        wrong={
            "divides by the factor": lambda g, x, a: g / a,
            "factor forgotten": lambda g, x, a: g * 1.0,
            "upstream forgotten": lambda g, x, a: a + 0.0 * np.asarray(x),
            "multiplied by the input": lambda g, x, a: g * x,
            "multiplied by the output": lambda g, x, a: g * a * x,
            "factor added": lambda g, x, a: g + a,
            "a gradient for the constant too": lambda g, x, a: (g * a, np.sum(g * x)),
        },
        right=(
            lambda g, x, a: np.einsum("...,->...", g, a),
            loop(lambda g, v, a: g * a),
            lambda g, x, a: np.multiply(g, a),
            lambda g, x, a: np.asarray(g) * np.full(np.shape(x), a),
            lambda g, x, a: g / (1.0 / a),
        ),
    ),
    "shift_backward": Answers(
        reference=lambda g, x, c: g * 1.0,
        wrong={
            "constant added to the gradient": lambda g, x, c: g + c,
            "multiplied by the constant": lambda g, x, c: g * c,
            "upstream forgotten": lambda g, x, c: np.ones(np.shape(x)) if np.ndim(x) else 1.0,
            "zero, as for a constant": lambda g, x, c: g * 0.0,
            "multiplied by the input": lambda g, x, c: g * x,
            "value instead of gradient": lambda g, x, c: x + c,
        },
        right=(
            lambda g, x, c: g,
            lambda g, x, c: np.array(g),
            loop(lambda g, v, c: g),
            lambda g, x, c: g * np.ones_like(x),
            lambda g, x, c: np.add(g, 0.0),
        ),
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
}
