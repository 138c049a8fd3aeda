"""Assignment 05: right and wrong answers."""

import numpy as np

from autograder.exercises import Answers


def sigmoid(x):
    small = np.exp(-np.abs(x))  # never too large
    return np.where(np.asarray(x) >= 0, 1.0 / (1.0 + small), small / (1.0 + small))


def each(function):
    """A backward that goes through the entries one by one: the loop many students write."""

    def loop(g, x, *rest):
        pairs = zip(np.ravel(g), np.ravel(x), strict=True)
        return np.array([function(u, v, *rest) for u, v in pairs]).reshape(np.shape(x))

    return loop


def clear_below_zero(x):
    if isinstance(x, np.ndarray) and x.flags.writeable:
        x[x < 0] = 0
        return x
    return np.maximum(x, 0)


def close_the_gate(g, x):
    if isinstance(g, np.ndarray) and g.flags.writeable:
        g[np.asarray(x) <= 0] = 0
        return g
    return g * (np.asarray(x) > 0)


def gate_of_the_row(g, x):
    row = np.sum(np.atleast_1d(x), axis=-1, keepdims=True) > 0
    return g * row.reshape((*np.shape(x)[:-1], 1) if np.ndim(x) else ())


def prelu_backward(g, x, alpha):
    return g * np.where(np.asarray(x) > 0, 1.0, alpha), np.sum(g * np.minimum(x, 0.0))


def alpha_gradient(change):
    """A PReLU backward whose gradient for alpha is another."""
    return lambda g, x, a: (prelu_backward(g, x, a)[0], change(np.asarray(g), np.asarray(x), a))


def input_gradient(change):
    """A PReLU backward whose gradient for x is another."""
    return lambda g, x, a: (change(np.asarray(g), np.asarray(x), a), prelu_backward(g, x, a)[1])


# --- activation -----------------------------------------------------------------------------------------------------


def entries(**changed):
    """The table, entry by entry (value, slope), with some entries changed."""
    table = {
        "linear": (lambda x: x * 1.0, lambda x: np.ones_like(x)),
        "sigmoid": (sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
        "tanh": (np.tanh, lambda x: 1.0 - np.tanh(x) ** 2),
        "relu": (lambda x: np.maximum(x, 0.0), lambda x: 1.0 * (x > 0)),
        "leaky_relu": (lambda x: np.where(x > 0, x, 0.01 * x), lambda x: np.where(x > 0, 1.0, 0.01)),
        "hard_tanh": (lambda x: np.clip(x, -1.0, 1.0), lambda x: 1.0 * (np.abs(x) < 1)),
        "softsign": (lambda x: x / (1.0 + np.abs(x)), lambda x: 1.0 / (1.0 + np.abs(x)) ** 2),
        "elu": (
            lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0.0))),
            lambda x: np.exp(np.minimum(x, 0.0)),
        ),
        "softplus": (lambda x: np.logaddexp(0.0, x), sigmoid),
    }
    return {**table, **changed}


def looked_up(table):
    """An answer that looks the name up in a table."""

    def activation(name):
        if name not in table:
            raise ValueError(f"there is no activation {name!r}")
        return table[name]

    return activation


def activation(name):
    table = entries()
    if name not in table:
        raise ValueError(f"there is no activation {name!r}")
    return table[name]


def with_slope(name, slope):
    """The right table, but for one slope."""
    return looked_up(entries(**{name: (entries()[name][0], slope)}))


def with_value(name, value):
    """The right table, but for one value."""
    return looked_up(entries(**{name: (value, entries()[name][1])}))


def all_pairs(change):
    """A table in which every pair is changed in the same way."""
    return looked_up({name: change(*pair) for name, pair in entries().items()})


def at_the_output(value, slope):
    return value, lambda x: slope(value(x))


def last_of_a_loop(name):
    if name not in entries():
        raise ValueError(name)
    table = {}
    for key, pair in entries().items():
        table[key] = (lambda x: pair[0](x), lambda x: pair[1](x))
    return table[name]


def branch_by_branch(name):
    if name == "linear":
        return (lambda x: x), (lambda x: np.full(np.shape(x), 1.0))
    if name == "sigmoid":

        def s(x):
            return 1.0 / (1.0 + np.exp(-np.clip(x, -700, 700)))

        return s, lambda x: s(x) - s(x) ** 2
    if name == "tanh":
        return np.tanh, lambda x: (1 - np.tanh(x)) * (1 + np.tanh(x))
    if name in ("relu", "leaky_relu"):
        leak = 0.01 if name == "leaky_relu" else 0.0
        return (lambda x: np.maximum(x, leak * x)), lambda x: leak + (1.0 - leak) * (x >= 0)
    if name == "hard_tanh":
        return (lambda x: np.minimum(np.maximum(x, -1), 1)), lambda x: np.where((x > -1) & (x < 1), 1.0, 0.0)
    if name == "softsign":
        return (lambda x: x / (1 + abs(x))), lambda x: (1 + abs(x)) ** (-2.0)
    if name == "elu":
        return (lambda x: np.where(x > 0, x, np.exp(x) - 1)), lambda x: np.where(x > 0, 1.0, np.exp(x))
    if name == "softplus":
        return (
            lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
            lambda x: np.exp(-np.logaddexp(0, -x)),
        )
    raise ValueError(f"unknown activation: {name}")


class Curve:
    """Value and slope as the methods of one object."""

    def __init__(self, name):
        if name not in entries():
            raise ValueError(name)
        self.name = name

    def value(self, x):
        return np.asarray(entries()[self.name][0](x))

    def slope(self, x):
        return np.asarray(entries()[self.name][1](x))


def by_methods(name):
    curve = Curve(name)
    return [curve.value, curve.slope]


def number_by_number(name):
    """Loops over single numbers, with the functions of the math module's kind."""
    scalar = {
        "linear": (lambda v: v, lambda v: 1.0),
        "sigmoid": (
            lambda v: 1 / (1 + np.exp(-v)) if v > -700 else 0.0,
            lambda v: np.exp(-abs(v)) / (1 + np.exp(-abs(v))) ** 2,
        ),
        "tanh": (np.tanh, lambda v: 1 - np.tanh(v) ** 2),
        "relu": (lambda v: max(v, 0.0), lambda v: 1.0 if v > 0 else 0.0),
        "leaky_relu": (lambda v: v if v > 0 else 0.01 * v, lambda v: 1.0 if v > 0 else 0.01),
        "hard_tanh": (lambda v: min(max(v, -1.0), 1.0), lambda v: 1.0 if -1 < v < 1 else 0.0),
        "softsign": (lambda v: v / (1 + abs(v)), lambda v: 1 / (1 + abs(v)) ** 2),
        "elu": (lambda v: v if v > 0 else np.exp(v) - 1, lambda v: 1.0 if v > 0 else np.exp(v)),
        "softplus": (
            lambda v: v + np.log1p(np.exp(-v)) if v > 0 else np.log1p(np.exp(v)),
            lambda v: 1 / (1 + np.exp(-v)) if v > -700 else 0.0,
        ),
    }
    try:
        pair = scalar[name]
    except KeyError:
        raise ValueError(name) from None
    return tuple(np.vectorize(function, otypes=[float]) for function in pair)


def as_a_subclass_of_the_error(name):
    class UnknownActivation(ValueError):
        pass

    if name not in entries():
        raise UnknownActivation(name)
    value, slope = entries()[name]
    return value, slope


def a_pair_for_anything(name):
    return entries().get(name, entries()["linear"])


# --- stack_gradients ------------------------------------------------------------------------------------------------


def stack_gradients(x, weights, value, slope):
    seen, h = [], x
    for W in weights:
        seen.append(h @ W.T)
        h = value(seen[-1])
    upstream, found = np.ones_like(h), []
    for W, a in zip(weights[::-1], seen[::-1], strict=True):
        found.append(upstream * slope(a))
        upstream = found[-1] @ W
    return found[::-1]


def stack_with(
    forward=lambda h, W: h @ W.T,
    between=lambda value, a: value(a),
    local=lambda value, slope, a: slope(a),
    back=lambda g, W: g @ W,
    top=None,
    kept=lambda g, below: g,
    end=lambda found: found[::-1],
    shift=0,
):
    """The right stack but for one of its parts."""

    def answer(x, weights, value, slope):
        seen, h = [], x
        for W in weights:
            seen.append(forward(h, W))
            h = between(value, seen[-1])
        upstream, found = np.ones_like(h), []
        for layer in range(len(weights) - 1, -1, -1):
            last = layer == len(weights) - 1
            g = upstream if last and top else upstream * local(value, slope, seen[layer])
            upstream = back(g, weights[max(layer - shift, 0)])
            found.append(kept(g, upstream))
        return end(found)

    return answer


def summed_upstream(x, weights, value, slope):
    seen, h = [], x
    for W in weights:
        seen.append(h @ W.T)
        h = value(seen[-1])
    upstream, found = np.ones(h.shape[1]), []
    for W, a in zip(weights[::-1], seen[::-1], strict=True):
        found.append(np.sum(upstream * slope(a), axis=0))
        upstream = found[-1] @ W
    return found[::-1]


def weights_first(x, weights, value, slope):
    seen, h = [], x
    for W in weights:
        seen.append(h @ W.T)
        h = value(seen[-1])
    g, found = np.ones_like(h), []
    for W, a in zip(weights[::-1], seen[::-1], strict=True):
        g = g @ W * slope(a)
        found.append(g)
    return found[::-1]


def example_by_example(x, weights, value, slope):
    rows = []
    for row in x:
        seen, h = [], row
        for W in weights:
            a = W @ h
            seen.append(a)
            h = value(a)
        g, found = np.ones(len(h)) * slope(seen[-1]), []
        found.insert(0, g)
        for layer in range(len(weights) - 1, 0, -1):
            g = (weights[layer].T @ g) * slope(seen[layer - 1])
            found.insert(0, g)
        rows.append(found)
    return [np.array([found[layer] for found in rows]) for layer in range(len(weights))]


def recursive_stack(x, weights, value, slope):
    def go(h, layer):
        if layer == len(weights):
            return np.ones(h.shape), []
        a = np.einsum("ni,oi->no", h, weights[layer])
        upstream, above = go(value(a), layer + 1)
        g = upstream * slope(a)
        return np.einsum("no,oi->ni", g, weights[layer]), [g, *above]

    return go(x, 0)[1]


def with_the_slopes_kept(x, weights, value, slope):
    slopes = []
    for W in weights:
        a = np.dot(x, W.transpose())
        slopes.append(slope(a))
        x = value(a)
    gradients = [slopes[-1]]
    for W, s in zip(reversed(weights[1:]), reversed(slopes[:-1]), strict=True):
        gradients.append(gradients[-1].dot(W) * s)
    gradients.reverse()
    return gradients


def filled_from_the_end(x, weights, value, slope):
    count = len(weights)
    a, h = [None] * count, [x] + [None] * count
    for i in range(count):
        a[i] = h[i] @ weights[i].T
        h[i + 1] = value(a[i])
    g = [None] * count
    upstream = h[count] * 0 + 1
    for i in range(count - 1, -1, -1):
        g[i] = slope(a[i]) * upstream
        upstream = g[i] @ weights[i]
    return tuple(g)


def through_matrices_of_slopes(x, weights, value, slope):
    """The chain of Jacobians, multiplied from the top for each example."""
    seen, h = [], x
    for W in weights:
        seen.append(h @ W.T)
        h = value(seen[-1])
    found = [np.empty(a.shape) for a in seen]
    for n in range(len(x)):
        row = np.ones(h.shape[1])
        for i in range(len(weights) - 1, -1, -1):
            row = row @ np.diag(np.atleast_1d(slope(seen[i][n])))
            found[i][n] = row
            row = row @ weights[i]
    return found


ANSWERS = {
    "tanh_backward": Answers(
        reference=lambda g, x: g * (1.0 - np.tanh(x) ** 2),
        wrong={
            "square of the input": lambda g, x: g * (1 - np.asarray(x) ** 2),
            "square forgotten": lambda g, x: g * (1 - np.tanh(x)),
            "upstream forgotten": lambda g, x: 1 - np.tanh(x) ** 2,
            "slope taken at the output": lambda g, x: g * (1 - np.tanh(np.tanh(x)) ** 2),
            "sign": lambda g, x: g * (np.tanh(x) ** 2 - 1),
            "value instead of slope": lambda g, x: g * np.tanh(x),
            "slope of the sigmoid": lambda g, x: g * sigmoid(x) * (1 - sigmoid(x)),
            "sigmoid's formula with tanh in it": lambda g, x: g * np.tanh(x) * (1 - np.tanh(x)),
        },
        right=(
            lambda g, x: g * (1 - np.tanh(x)) * (1 + np.tanh(x)),
            lambda g, x: g / np.cosh(np.clip(x, -300, 300)) ** 2,
            lambda g, x: 4 * g * sigmoid(2 * np.asarray(x)) * (1 - sigmoid(2 * np.asarray(x))),
            each(lambda g, v: g * (1 - np.tanh(v) ** 2)),
            lambda g, x: np.asarray(g) - np.asarray(g) * np.tanh(x) ** 2,
        ),
    ),
    "tanh_from_sigmoid": Answers(
        reference=lambda x: 2.0 * sigmoid(2.0 * np.asarray(x)) - 1.0,
        wrong={
            "inner 2 lost": lambda x: 2 * sigmoid(x) - 1,
            "outer 2 lost": lambda x: sigmoid(2 * np.asarray(x)) - 1,
            "not shifted down": lambda x: 2 * sigmoid(2 * np.asarray(x)),
            "returns the sigmoid": sigmoid,
            "sigmoid of 2x": lambda x: sigmoid(2 * np.asarray(x)),
            "sign": lambda x: 1 - 2 * sigmoid(2 * np.asarray(x)),
        },
        right=(
            np.tanh,
            lambda x: sigmoid(2 * np.asarray(x)) - sigmoid(-2 * np.asarray(x)),
            lambda x: 1 - 2 * sigmoid(-2 * np.asarray(x)),
            lambda x: np.vectorize(np.tanh, otypes=[float])(x),
            lambda x: 2 / (1 + np.exp(-2 * np.asarray(x, dtype=float))) - 1,
        ),
    ),
    "relu_forward": Answers(
        reference=lambda x: np.maximum(x, 0.0),
        wrong={
            "absolute value": np.abs,
            "minimum instead of maximum": lambda x: np.minimum(x, 0),
            "maximum over the whole array": lambda x: np.max([np.max(x), 0.0]),
            "leaks": lambda x: np.where(np.asarray(x) > 0, x, 0.01 * x),
            "step": lambda x: (np.asarray(x) > 0) * 1.0,
            "clipped at 1": lambda x: np.clip(x, 0, 1),
            "writes into its input": clear_below_zero,
            "sign": lambda x: -np.maximum(x, 0.0),
        },
        right=(
            lambda x: np.where(np.asarray(x) > 0, x, 0.0),
            lambda x: x * (np.asarray(x) > 0),
            lambda x: (x + np.abs(x)) / 2,
            lambda x: np.clip(x, 0, None),
            lambda x: np.array([max(0.0, v) for v in np.ravel(x)]).reshape(np.shape(x)),
        ),
    ),
    "relu_backward": Answers(
        reference=lambda g, x: g * (np.asarray(x) > 0),
        wrong={
            "mask from the upstream gradient": lambda g, x: g * (np.asarray(g) > 0),
            "only where both are positive": lambda g, x: np.maximum(g, 0) * (np.asarray(x) > 0),
            "upstream forgotten": lambda g, x: (np.asarray(x) > 0) * 1.0,
            "value instead of slope": lambda g, x: g * np.maximum(x, 0),
            "mask inverted": lambda g, x: g * (np.asarray(x) < 0),
            "passes everything": lambda g, x: g * 1.0,
            "writes into the upstream gradient": close_the_gate,
            "slope -1 on the left": lambda g, x: g * np.sign(x),
            "one decision for all": lambda g, x: (
                g * 1.0 if np.all(np.asarray(x) > 0) else np.zeros_like(np.asarray(g, dtype=float))
            ),
            "returns x where open": lambda g, x: np.maximum(x, 0),
            "one entry's sign for its row": gate_of_the_row,
        },
        right=(
            lambda g, x: np.where(np.asarray(x) > 0, g, 0.0),
            lambda g, x: np.where(np.asarray(x) >= 0, g, 0.0),
            lambda g, x: g * np.heaviside(x, 0.5),
            lambda g, x: g * (np.maximum(x, 0) > 0),
            each(lambda g, v: g if v > 0 else 0.0),
            lambda g, x: g * (np.sign(x) + 1) / 2,
        ),
    ),
    "prelu_backward": Answers(
        reference=prelu_backward,
        wrong={
            "slope's gradient not summed": alpha_gradient(lambda g, x, a: g * np.minimum(x, 0)),
            "slope's gradient summed over the batch only": alpha_gradient(
                lambda g, x, a: np.sum(g * np.minimum(x, 0), axis=0)
            ),
            "slope's gradient without the upstream gradient": alpha_gradient(lambda g, x, a: np.sum(np.minimum(x, 0))),
            "slope's gradient averaged": alpha_gradient(lambda g, x, a: np.mean(g * np.minimum(x, 0))),
            "slope's gradient counts positive entries too": alpha_gradient(lambda g, x, a: np.sum(g * x)),
            "slope's gradient from the positive entries": alpha_gradient(lambda g, x, a: np.sum(g * np.maximum(x, 0))),
            "slope's gradient uses the sign of x": alpha_gradient(
                lambda g, x, a: np.sum(g * np.where(x > 0, 0.0, -1.0))
            ),
            "slope's gradient counts the negative entries": alpha_gradient(lambda g, x, a: np.sum(g * (x <= 0))),
            "slope's gradient uses alpha": alpha_gradient(lambda g, x, a: np.sum(g * np.where(x > 0, 0.0, a))),
            "alpha on both sides": input_gradient(lambda g, x, a: g * a),
            "nothing on the negative side": input_gradient(lambda g, x, a: g * (x > 0)),
            "value instead of slope": input_gradient(lambda g, x, a: g * np.where(x > 0, x, a * x)),
        },
        right=(
            lambda g, x, a: (np.where(x > 0, g, a * g), float(np.sum(g * np.minimum(x, 0)))),
            lambda g, x, a: [np.where(x >= 0, g, a * g), np.vdot(g, np.minimum(x, 0))],
            lambda g, x, a: (g * ((x > 0) + a * (x <= 0)), np.asarray(np.sum(g[x <= 0] * x[x <= 0]))),
            lambda g, x, a: (
                np.where(x > 0, g, a * g),
                sum(u * v for u, v in zip(np.ravel(g), np.ravel(x), strict=True) if v <= 0),
            ),
            lambda g, x, a: (
                g - g * (x <= 0) * (1 - a),
                np.einsum("i,i->", np.ravel(g), np.ravel(np.where(x > 0, 0, x))),
            ),
        ),
    ),
    "softplus_forward": Answers(
        reference=lambda x: np.logaddexp(0.0, x),
        wrong={
            "overflow": [
                lambda x: np.log(1 + np.exp(x)),
                lambda x: np.log1p(np.exp(x)),
            ],
            "sign of the exponent": lambda x: np.logaddexp(0, -np.asarray(x)),
            "logarithm forgotten": lambda x: 1 + np.exp(x),
            "1 forgotten": lambda x: np.log(np.exp(x)),
            "returns x": lambda x: np.asarray(x) * 1.0,
            "ReLU": lambda x: np.maximum(x, 0),
            "logarithm to base 2": lambda x: np.logaddexp(0, x) / np.log(2),
            "capped": lambda x: np.log(1 + np.exp(np.clip(x, -500, 500))),
            "slope instead of value": sigmoid,
        },
        right=(
            lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
            lambda x: np.where(np.asarray(x) > 40, x, np.log1p(np.exp(np.minimum(x, 40.0)))),
            lambda x: np.asarray(x) - np.minimum(x, 0) + np.log1p(np.exp(-np.abs(x))),
            lambda x: np.vectorize(lambda v: max(v, 0) + np.log1p(np.exp(-abs(v))), otypes=[float])(x),
            lambda x: np.maximum(x, 0) + np.log(1 + np.exp(-np.abs(x))),
        ),
    ),
    "softplus_backward": Answers(
        reference=lambda g, x: g * sigmoid(x),
        wrong={
            "mirrored": lambda g, x: g * (1 - sigmoid(x)),
            "upstream forgotten": lambda g, x: sigmoid(x),
            "outer derivative forgotten": lambda g, x: g * np.exp(x),
            "inner derivative forgotten": lambda g, x: g / (1 + np.exp(x)),
            "differentiated twice": lambda g, x: g * sigmoid(x) * (1 - sigmoid(x)),
            "value instead of slope": lambda g, x: g * np.logaddexp(0, x),
            "infinity divided by infinity": lambda g, x: g * np.exp(x) / (1 + np.exp(x)),
            "slope of ReLU": lambda g, x: g * (np.asarray(x) > 0),
        },
        right=(
            lambda g, x: g / (1 + np.exp(-np.asarray(x))),
            lambda g, x: g * np.exp(-np.logaddexp(0, -np.asarray(x))),
            lambda g, x: g * 0.5 * (1 + np.tanh(np.asarray(x) / 2)),
            each(lambda g, v: g / (1 + np.exp(-v))),
            lambda g, x: g * (1 - 1 / (1 + np.exp(np.clip(x, -700, 700)))),
        ),
    ),
    "activation": Answers(
        reference=activation,
        wrong={
            "slope before value": all_pairs(lambda value, slope: (slope, value)),
            "values instead of slopes": all_pairs(lambda value, slope: (value, value)),
            "slopes taken at the output": all_pairs(at_the_output),
            "the same pair for every name": last_of_a_loop,
            "a slope without a shape": with_slope("linear", lambda x: 1.0),
            "leaky ReLU without its leak": [
                looked_up(entries(leaky_relu=entries()["relu"])),
                with_slope("leaky_relu", lambda x: 1.0 * (x > 0)),
            ],
            "leak of 0.1": looked_up(
                entries(leaky_relu=(lambda x: np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1.0, 0.1)))
            ),
            "hard tanh without its lower bound": with_slope("hard_tanh", lambda x: 1.0 * (x < 1)),
            "hard tanh without its upper bound": with_slope("hard_tanh", lambda x: 1.0 * (x > -1)),
            "softsign's square forgotten": with_slope("softsign", lambda x: 1 / (1 + np.abs(x))),
            "softsign's absolute value forgotten": [
                with_slope("softsign", lambda x: 1 / (1 + x) ** 2),
                with_value("softsign", lambda x: x / (1 + x)),
            ],
            "softsign's sign kept": with_slope("softsign", lambda x: np.sign(x) / (1 + np.abs(x)) ** 2),
            "ELU's value as its slope": with_slope("elu", lambda x: np.where(x > 0, 1.0, np.expm1(np.minimum(x, 0)))),
            "ELU without its 1": with_value("elu", lambda x: np.where(x > 0, x, np.exp(np.minimum(x, 0)))),
            "tanh's slope is the sigmoid's": [
                with_slope("tanh", lambda x: sigmoid(x) * sigmoid(-x)),
                with_slope("tanh", lambda x: np.tanh(x) * (1 - np.tanh(x))),
            ],
            "the sigmoid's slope without its second factor": with_slope("sigmoid", lambda x: 1 - sigmoid(x)),
            "softplus's slope mirrored": with_slope("softplus", lambda x: sigmoid(-x)),
            "infinity divided by infinity": [
                with_value("sigmoid", lambda x: np.exp(x) / (1 + np.exp(x))),
                with_slope("softplus", lambda x: np.exp(x) / (1 + np.exp(x))),
            ],
            "0 times infinity": [
                with_value("elu", lambda x: (x > 0) * x + (x <= 0) * (np.exp(x) - 1)),
                with_slope("elu", lambda x: (x > 0) + (x <= 0) * np.exp(x)),
            ],
            "softplus overflows": with_value("softplus", lambda x: np.log1p(np.exp(x))),
            "an unknown name gets a pair": a_pair_for_anything,
            "an unknown name raises KeyError": lambda name: entries()[name],
        },
        right=(
            branch_by_branch,
            by_methods,
            number_by_number,
            as_a_subclass_of_the_error,
            looked_up(
                entries(elu=(lambda x: np.where(x > 0, x, np.exp(x) - 1), lambda x: np.where(x > 0, 1, np.exp(x))))
            ),
            looked_up(entries(relu=(lambda x: x * (x > 0), lambda x: np.heaviside(x, 0.5)))),
        ),
    ),
    "stack_gradients": Answers(
        reference=stack_gradients,
        wrong={
            "slope at the top forgotten": stack_with(top=True),
            "weights before the slope": weights_first,
            "slopes forgotten": stack_with(local=lambda value, slope, a: 1.0),
            "weights forgotten": stack_with(back=lambda g, W: g),
            "slope taken at the activation": stack_with(local=lambda value, slope, a: slope(value(a))),
            "value instead of slope": stack_with(local=lambda value, slope, a: value(a)),
            "the weights of the layer itself": stack_with(shift=1),
            "weights not turned on the way back": stack_with(back=lambda g, W: g @ W.T),
            "weights turned on the way forward": stack_with(forward=lambda h, W: h @ W),
            "last layer first": stack_with(end=lambda found: found),
            "gradients at the inputs of the layers": stack_with(kept=lambda g, below: below),
            "activation forgotten on the way forward": stack_with(between=lambda value, a: a),
            "an upstream of the weights' sum": summed_upstream,
            "divided by the batch": stack_with(end=lambda found: [g / len(g) for g in found[::-1]]),
            "only the last gradient": stack_with(end=lambda found: found[-1]),
            "spreads instead of gradients": stack_with(end=lambda found: [np.std(g) for g in found[::-1]]),
        },
        right=(
            example_by_example,
            recursive_stack,
            with_the_slopes_kept,
            filled_from_the_end,
            through_matrices_of_slopes,
        ),
    ),
}
