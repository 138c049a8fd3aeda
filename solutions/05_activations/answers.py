"""Assignment 05: right and wrong answers."""

import numpy as np

from autograder.exercises import Answers


def sigmoid(x):
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x, dtype=float)))


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


def elu_with(piece):
    """An ELU backward with `piece` on the left of 0."""
    return lambda g, x, alpha: g * np.where(np.asarray(x) > 0, 1.0, piece(np.minimum(x, 0.0), alpha))


def prelu_backward(g, x, alpha):
    return g * np.where(np.asarray(x) > 0, 1.0, alpha), np.sum(g * np.minimum(x, 0.0))


def alpha_gradient(change):
    """A PReLU backward whose gradient for alpha is another."""
    return lambda g, x, a: (prelu_backward(g, x, a)[0], change(np.asarray(g), np.asarray(x), a))


def input_gradient(change):
    """A PReLU backward whose gradient for x is another."""
    return lambda g, x, a: (change(np.asarray(g), np.asarray(x), a), prelu_backward(g, x, a)[1])


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
        reference=lambda x: 2.0 * sigmoid(2.0 * np.asarray(x, dtype=float)) - 1.0,
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
    "hard_tanh_backward": Answers(
        reference=lambda g, x: g * (np.abs(x) < 1),
        wrong={
            "flat where it should rise": lambda g, x: g * (np.abs(x) >= 1),
            "value instead of slope": lambda g, x: g * np.clip(x, -1, 1),
            "lower bound forgotten": lambda g, x: g * (x < 1),
            "upper bound forgotten": lambda g, x: g * (x > -1),
            "upstream forgotten": lambda g, x: (np.abs(x) < 1) * 1.0,
            "mask from the upstream gradient": lambda g, x: g * (np.abs(g) < 1),
            "clips the upstream gradient": lambda g, x: np.clip(g, -1, 1),
            "slope of the smooth tanh": lambda g, x: g * (1 - np.tanh(x) ** 2),
            "bounds at 0 and 1": lambda g, x: g * ((x > 0) & (x < 1)),
        },
        right=(
            lambda g, x: np.where(np.abs(x) < 1, g, 0.0),
            lambda g, x: np.where(np.abs(x) <= 1, g, 0.0),
            lambda g, x: g * (np.clip(x, -1, 1) == x),
            each(lambda g, v: g if -1 < v < 1 else 0.0),
            lambda g, x: g * np.heaviside(1 - np.abs(x), 0.5),
        ),
    ),
    "softsign_backward": Answers(
        reference=lambda g, x: g / (1.0 + np.abs(x)) ** 2,
        wrong={
            "power 1 instead of 2": lambda g, x: g / (1 + np.abs(x)),
            "1 + x^2 in the denominator": lambda g, x: g / (1 + np.asarray(x) ** 2),
            "sign of the input kept": lambda g, x: g * np.sign(x) / (1 + np.abs(x)) ** 2,
            "upstream forgotten": lambda g, x: 1 / (1 + np.abs(x)) ** 2,
            "value instead of slope": lambda g, x: g * x / (1 + np.abs(x)),
            "absolute value forgotten": lambda g, x: g / (1 + np.asarray(x)) ** 2,
            "power in the numerator": lambda g, x: g * (1 + np.abs(x)) ** 2,
            "product rule stopped half-way": lambda g, x: (
                g * (1 / (1 + np.abs(x)) - np.asarray(x) / (1 + np.abs(x)) ** 2)
            ),
        },
        right=(
            lambda g, x: g * (1 + np.abs(x)) ** (-2.0),
            lambda g, x: g * (1 - np.abs(x / (1 + np.abs(x)))) ** 2,
            lambda g, x: g / (1 + 2 * np.abs(x) + np.asarray(x) ** 2),
            each(lambda g, v: g / (1 + abs(v)) ** 2),
            lambda g, x: np.divide(g, np.square(1 + np.maximum(x, -np.asarray(x)))),
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
    "leaky_relu_backward": Answers(
        reference=lambda g, x, a: g * np.where(np.asarray(x) > 0, 1.0, a),
        wrong={
            "nothing on the negative side": lambda g, x, a: g * (np.asarray(x) > 0),
            "slope hard-coded": lambda g, x, a: g * np.where(np.asarray(x) > 0, 1.0, 0.01),
            "value instead of slope": lambda g, x, a: g * np.where(np.asarray(x) > 0, 1.0, a * np.asarray(x)),
            "sign on the left": lambda g, x, a: g * np.where(np.asarray(x) > 0, 1.0, -a),
            "slope on the positive side": lambda g, x, a: g * np.where(np.asarray(x) > 0, a, 1.0),
            "slope added on the right too": lambda g, x, a: g * ((np.asarray(x) > 0) + a),
            "upstream forgotten": lambda g, x, a: np.where(np.asarray(x) > 0, 1.0, a),
            "right only for slopes below 1": lambda g, x, a: g * np.where(a * np.asarray(x) > x, a, 1.0),
            "mask from the upstream gradient": lambda g, x, a: g * np.where(np.asarray(g) > 0, 1.0, a),
            "upstream forgotten on the left": lambda g, x, a: np.where(np.asarray(x) > 0, g, a),
        },
        right=(
            lambda g, x, a: np.where(np.asarray(x) > 0, g, a * np.asarray(g)),
            lambda g, x, a: np.where(np.asarray(x) >= 0, g, a * np.asarray(g)),
            lambda g, x, a: g * ((np.asarray(x) > 0) + a * (np.asarray(x) <= 0)),
            each(lambda g, v, a: g * (1.0 if v > 0 else a)),
            lambda g, x, a: g * (a + (1 - a) * np.heaviside(x, 0.0)),
        ),
    ),
    "elu_backward": Answers(
        reference=elu_with(lambda x, a: a * np.exp(x)),
        wrong={
            "alpha forgotten": elu_with(lambda x, a: np.exp(x)),
            "value instead of slope": elu_with(lambda x, a: a * (np.exp(x) - 1)),
            "upstream forgotten": lambda g, x, a: np.where(np.asarray(x) > 0, 1.0, a * np.exp(np.minimum(x, 0))),
            "upstream forgotten on the left": lambda g, x, a: np.where(
                np.asarray(x) > 0, g, a * np.exp(np.minimum(x, 0))
            ),
            "nothing on the negative side": lambda g, x, a: g * (np.asarray(x) > 0),
            "exponential on both sides": lambda g, x, a: g * a * np.exp(x),
            "sign on the left": elu_with(lambda x, a: -a * np.exp(x)),
            "leaky ReLU's slope": elu_with(lambda x, a: a * np.ones_like(np.asarray(x, dtype=float))),
            "0 times infinity": lambda g, x, a: g * ((np.asarray(x) > 0) + (np.asarray(x) <= 0) * a * np.exp(x)),
        },
        right=(
            lambda g, x, a: np.where(np.asarray(x) > 0, g, g * a * np.exp(np.minimum(x, 0))),
            lambda g, x, a: g * np.where(np.asarray(x) > 0, 1.0, a * np.exp(x)),
            lambda g, x, a: g * np.where(np.asarray(x) > 0, 1.0, a * np.expm1(np.minimum(x, 0)) + a),
            each(lambda g, v, a: g * (1.0 if v > 0 else a * np.exp(v))),
            lambda g, x, a: g * ((np.asarray(x) > 0) + (np.asarray(x) <= 0) * a * np.exp(np.minimum(x, 0))),
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
}
