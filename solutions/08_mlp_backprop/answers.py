"""Assignment 08: the answers."""

import numpy as np

from autograder.exercises import Answers

from .exercises import FAULTS


def _g(name, a):
    if name == "sigmoid":
        return 0.5 * (1.0 + np.tanh(0.5 * a))
    return np.tanh(a) if name == "tanh" else np.maximum(a, 0)


def _another_g(name, a):
    if name == "sigmoid":
        return 1 / (1 + np.exp(-a))
    return np.sinh(a) / np.cosh(a) if name == "tanh" else a * (a > 0)


def _slope(name, a):
    if name == "relu":
        return (a > 0).astype(np.asarray(a).dtype)
    h = _g(name, a)
    return h * (1 - h) if name == "sigmoid" else 1 - h**2


def mlp_forward(x, weights, biases, activation):
    pre_activations, activations = [], [x]
    for i, (W, b) in enumerate(zip(weights, biases)):
        a = activations[-1] @ W.T + b
        pre_activations.append(a)
        activations.append(_g(activation, a) if i < len(weights) - 1 else a)
    return pre_activations, activations


def _forward(
    layer=lambda h, W, b: h @ W.T + b,
    act=lambda name, a, last, i: a if last else _g(name, a),
    keep=lambda pre, acts: (pre, acts),
):
    """A forward sweep in which the layer, the activation or what is returned is another."""

    def forward(x, weights, biases, activation):
        pre, acts = [], [x]
        for i, (W, b) in enumerate(zip(weights, biases)):
            pre.append(layer(acts[-1], W, b))
            acts.append(act(activation, pre[-1], i == len(weights) - 1, i))
        return keep(pre, acts)

    return forward


def output_delta_sigmoid_squared(h, y):
    return (h - y) * h * (1 - h) / len(h)


def hidden_delta(delta_next, W_next, pre_activation, activation):
    return (delta_next @ W_next) * _slope(activation, pre_activation)


def _probabilities(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _unstable(logits):
    e = np.exp(logits)
    return e / e.sum(axis=1, keepdims=True)


def _shifted(logits):
    return logits - logits.max(axis=1, keepdims=True)


def _half_shifted(logits):
    return np.exp(_shifted(logits)) / np.exp(logits).sum(axis=1, keepdims=True)


def _less_one(p, labels):
    p = p.copy()
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)


def _loss(logits, labels):
    return np.mean(np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(labels)), labels])


def _start(logits, labels):
    return _less_one(_probabilities(logits), labels)


def mlp_backward(x, labels, weights, biases, activation):
    pre, acts = mlp_forward(x, weights, biases, activation)
    dW, db = [], []
    delta = _start(pre[-1], labels)
    for i in reversed(range(len(weights))):
        dW.insert(0, delta.T @ acts[i])
        db.insert(0, delta.sum(axis=0))
        if i > 0:
            delta = (delta @ weights[i]) * _slope(activation, pre[i - 1])
    return _loss(pre[-1], labels), dW, db


def _backward(
    loss=_loss,
    start=_start,
    weight=lambda delta, h, a: delta.T @ h,
    bias=lambda delta: delta.sum(axis=0),
    down=lambda delta, W, a, h, name: (delta @ W) * _slope(name, a),
    through=lambda i: i,
    last=0,
    finish=lambda loss, dW, db: (loss, dW, db),
    slope_of=lambda i: i - 1,
    input_of=lambda i: i,
):
    """Backpropagation with parts that can be exchanged.

    `a` and `h` are the pre-activation and the activation below a layer. `through(layer)` says whose weights delta goes
    down through, `slope_of(layer)` whose slope it meets there, `input_of(layer)` which activations its weights get. The
    sweep stops after layer `last`, whose lower neighbours get zeros.
    """

    def backward(x, labels, weights, biases, activation):
        pre, acts = mlp_forward(x, weights, biases, activation)
        dW, db = [0.0 * W for W in weights], [0.0 * b for b in biases]
        delta = start(pre[-1], labels)
        for i in range(len(weights) - 1, min(last, len(weights) - 1) - 1, -1):
            dW[i], db[i] = weight(delta, acts[input_of(i)], pre[i - 1] if i else x), bias(delta)
            if i > 0:
                delta = down(delta, weights[through(i)], pre[slope_of(i)], acts[i], activation)
        return finish(loss(pre[-1], labels), dW, db)

    return backward


BACKWARD = {
    "slope taken at the activation": _backward(down=lambda d, W, a, h, n: (d @ W) * _slope(n, h)),
    "divided by the batch again at every layer": _backward(down=lambda d, W, a, h, n: (d @ W) * _slope(n, a) / len(d)),
    "ReLU's mask from the delta": _backward(
        down=lambda d, W, a, h, n: (d @ W) * (_slope(n, a) if n != "relu" else (d @ W) > 0)
    ),
    "slope forgotten in the hidden layers": _backward(down=lambda d, W, a, h, n: d @ W),
    "W transposed on the way down": _backward(down=lambda d, W, a, h, n: (d @ W.T) * _slope(n, a)),
    "wrong layer's weights on the way down": _backward(through=lambda i: i - 1),
    "always the sigmoid's slope": _backward(down=lambda d, W, a, h, n: (d @ W) * _slope("sigmoid", a)),
    "always ReLU's slope": _backward(down=lambda d, W, a, h, n: (d @ W) * _slope("relu", a)),
    "always tanh's slope": _backward(down=lambda d, W, a, h, n: (d @ W) * _slope("tanh", a)),
    "last layer only": _backward(last=99),
    "stops one layer early": _backward(last=1),
    "slope of the wrong layer": [_backward(slope_of=lambda i: i), _backward(slope_of=lambda i: max(i - 2, 0))],
    "activations of the wrong layer": [
        _backward(weight=lambda d, h, a: d.T @ a),
        _backward(input_of=lambda i: i + 1),
        _backward(input_of=lambda i: max(i - 1, 0)),
    ],
    "delta multiplied as for a single example": [
        _backward(down=lambda d, W, a, h, n: (W.T @ d) * _slope(n, a)),
        _backward(down=lambda d, W, a, h, n: (W @ d) * _slope(n, a)),
    ],
    "shift forgotten in one of two places": [
        _backward(start=lambda z, y: _less_one(_half_shifted(z), y)),
        _backward(start=lambda z, y: _less_one(np.exp(z) / np.exp(_shifted(z)).sum(axis=1, keepdims=True), y)),
        _backward(loss=lambda z, y: np.mean(np.log(np.exp(_shifted(z)).sum(axis=1)) - z[np.arange(len(y)), y])),
        _backward(loss=lambda z, y: np.mean(np.log(np.exp(z).sum(axis=1)) - _shifted(z)[np.arange(len(y)), y])),
    ],
    "largest logit of the whole batch subtracted": [
        _backward(
            start=lambda z, y: _less_one(_unstable(z - z.max()), y),
            loss=lambda z, y: -np.mean(np.log(_unstable(z - z.max())[np.arange(len(y)), y])),
        ),
        _backward(
            start=lambda z, y: _less_one(_unstable(z - z.max()), y),
            loss=lambda z, y: np.mean(np.log(np.exp(z - z.max()).sum(axis=1)) - (z - z.max())[np.arange(len(y)), y]),
        ),
        _backward(start=lambda z, y: _less_one(_unstable(z - z.max()), y)),
        _backward(loss=lambda z, y: -np.mean(np.log(_unstable(z - z.max())[np.arange(len(y)), y]))),
    ],
    "all zeros": _backward(finish=lambda c, dW, db: (c, [0 * a for a in dW], [0 * a for a in db])),
    "weight gradients transposed": _backward(weight=lambda d, h, a: h.T @ d),
    "weight gradients averaged": _backward(weight=lambda d, h, a: d.T @ h / len(d)),
    "bias gradients averaged": _backward(bias=lambda d: d.mean(axis=0)),
    "weight and bias gradients averaged": _backward(
        weight=lambda d, h, a: d.T @ h / len(d), bias=lambda d: d.mean(axis=0)
    ),
    "bias gradients not summed": _backward(bias=lambda d: d * 1.0),
    "bias gradients keep the batch axis": _backward(bias=lambda d: d.sum(axis=0, keepdims=True)),
    "not divided by the batch": _backward(start=lambda z, y: _start(z, y) * len(y)),
    "target minus probability": _backward(start=lambda z, y: -_start(z, y)),
    "label not subtracted": _backward(start=lambda z, y: _probabilities(z) / len(y)),
    "activation's slope at the output too": lambda x, y, ws, bs, n: _backward(
        start=lambda z, y: _start(z, y) * _slope(n, z)
    )(x, y, ws, bs, n),
    "softmax twice": _backward(start=lambda z, y: _start(_probabilities(z), y)),
    "overflow": _backward(
        start=lambda z, y: _less_one(_unstable(z), y),
        loss=lambda z, y: -np.mean(np.log(_unstable(z)[np.arange(len(y)), y])),
    ),
    "logarithm of 0": _backward(loss=lambda z, y: -np.mean(np.log(_probabilities(z)[np.arange(len(y)), y]))),
    "loss averaged over all entries": _backward(loss=lambda z, y: _loss(z, y) / z.shape[1]),
    "loss is a sum": _backward(loss=lambda z, y: _loss(z, y) * len(y)),
    "lists in the order of the sweep": [
        _backward(finish=lambda c, dW, db: (c, dW[::-1], db[::-1])),
        _backward(finish=lambda c, dW, db: (c, dW, db[::-1])),
        _backward(finish=lambda c, dW, db: (c, dW[::-1], db)),
    ],
    "bias gradients before weight gradients": _backward(finish=lambda c, dW, db: (c, db, dW)),
    "loss not returned": _backward(finish=lambda c, dW, db: (dW, db)),
    "loss at the end": _backward(finish=lambda c, dW, db: (dW, db, c)),
    "returns nothing": lambda x, y, ws, bs, n: None,
}


SCALED = {
    "gradients scaled to fit the loss": [
        _backward(start=lambda z, y: _start(z, y) / z.shape[1], loss=lambda z, y: _loss(z, y) / z.shape[1]),
        _backward(start=lambda z, y: _start(z, y) / z.shape[1]),
    ],
}
"""The gradients divided by the classes, as a mean over all entries divides; the loss as it was, or mended."""


def _by_recursion(x, labels, weights, biases, activation):
    def below(h, i):
        a = h @ weights[i].T + biases[i]
        if i == len(weights) - 1:
            return _loss(a, labels), _start(a, labels), [_start(a, labels).T @ h], [_start(a, labels).sum(axis=0)]
        loss, delta, dW, db = below(_g(activation, a), i + 1)
        delta = (delta @ weights[i + 1]) * _slope(activation, a)
        return loss, delta, [delta.T @ h, *dW], [delta.sum(axis=0), *db]

    loss, _, dW, db = below(x, 0)
    return loss, dW, db


def _example_by_example(x, labels, weights, biases, activation):
    total, dW, db = 0.0, [np.zeros(W.shape) for W in weights], [np.zeros(b.shape) for b in biases]
    for row, label in zip(x, labels):
        pre, acts = [], [row]
        for W, b in zip(weights, biases):
            pre.append(W @ acts[-1] + b)
            acts.append(_g(activation, pre[-1]))
        log_p = pre[-1] - np.logaddexp.reduce(pre[-1])
        total -= log_p[label] / len(x)
        delta = (np.exp(log_p) - (np.arange(len(log_p)) == label)) / len(x)
        for i in reversed(range(len(weights))):
            dW[i] += np.outer(delta, acts[i])
            db[i] += delta
            if i > 0:
                delta = (weights[i].T @ delta) * _slope(activation, pre[i - 1])
    return total, dW, db


RIGHT = (
    _by_recursion,
    _example_by_example,
    _backward(weight=lambda d, h, a: np.einsum("no,ni->oi", d, h), bias=lambda d: np.ones(len(d)) @ d),
    _backward(finish=lambda c, dW, db: [float(c), tuple(dW), tuple(db)]),
    _backward(
        start=lambda z, y: (np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None]) - np.eye(z.shape[1])[y]) / len(z)
    ),
    _backward(down=lambda d, W, a, h, n: (W.T @ d.T).T * _slope(n, a)),
)


def one_hot(labels, classes):
    return np.eye(classes)[labels]


def _one_hot_loop(labels, classes):
    found = np.zeros((len(labels), classes))
    for row, label in enumerate(labels):
        found[row, label] = 1
    return found


def _one_hot_integers(labels, classes):
    found = np.zeros((len(labels), classes), dtype=int)
    found[np.arange(len(labels)), labels] = 1
    return found


def predict(x, weights, biases, activation):
    return mlp_forward(x, weights, biases, activation)[1][-1].argmax(axis=1)


def _by(choose=lambda scores: scores.argmax(axis=1), forward=mlp_forward):
    """A prediction by another choice among the scores, or from another forward sweep."""
    return lambda x, weights, biases, activation: choose(forward(x, weights, biases, activation)[1][-1])


ANSWERS = {
    "mlp_forward": Answers(
        reference=mlp_forward,
        wrong={
            "activation on the last layer too": _forward(act=lambda n, a, last, i: _g(n, a)),
            "activation on the input too": lambda x, ws, bs, n: (lambda pre, acts: (pre, [x, *acts[1:]]))(
                *mlp_forward(_g(n, x), ws, bs, n)
            ),
            "no activation at all": _forward(act=lambda n, a, last, i: a),
            "activation only on the last layer": _forward(act=lambda n, a, last, i: _g(n, a) if last else a),
            "activation on the first hidden layer only": _forward(
                act=lambda n, a, last, i: _g(n, a) if i == 0 and not last else a
            ),
            "softmax on the last layer": _forward(
                act=lambda n, a, last, i: np.exp(a) / np.exp(a).sum(axis=1, keepdims=True) if last else _g(n, a)
            ),
            "always sigmoid": _forward(act=lambda n, a, last, i: a if last else _g("sigmoid", a)),
            "always ReLU": _forward(act=lambda n, a, last, i: a if last else _g("relu", a)),
            "always tanh": _forward(act=lambda n, a, last, i: a if last else _g("tanh", a)),
            "W not transposed": _forward(layer=lambda h, W, b: h @ W + b),
            "biases forgotten": _forward(layer=lambda h, W, b: h @ W.T),
            "biases subtracted": _forward(layer=lambda h, W, b: h @ W.T - b),
            "pre-activations and activations exchanged": _forward(keep=lambda pre, acts: (acts, pre)),
            "input missing from the activations": _forward(keep=lambda pre, acts: (pre, acts[1:])),
            "output missing from the activations": _forward(keep=lambda pre, acts: (pre, acts[:-1])),
            "input among the pre-activations": _forward(keep=lambda pre, acts: ([acts[0], *pre], acts)),
            "output only": _forward(keep=lambda pre, acts: acts[-1]),
            "activations kept in place of the pre-activations": _forward(keep=lambda pre, acts: (acts[1:], acts)),
            "pre-activations kept in place of the activations": _forward(keep=lambda pre, acts: (pre, [acts[0], *pre])),
            "every layer sees the input": lambda x, weights, biases, n: (
                [x @ W.T + b for W, b in zip(weights, biases)],
                [x] + [_g(n, x @ W.T + b) for W, b in zip(weights, biases)],
            ),
            "returns nothing": lambda x, weights, biases, n: None,
        },
        right=(
            _forward(layer=lambda h, W, b: np.einsum("ni,oi->no", h, W) + b),
            _forward(layer=lambda h, W, b: np.array([W @ row + b for row in h])),
            _forward(keep=lambda pre, acts: [pre, acts]),
            _forward(keep=lambda pre, acts: (tuple(pre), tuple(acts))),
            _forward(act=lambda n, a, last, i: a.copy() if last else _another_g(n, a)),
        ),
    ),
    "output_delta_sigmoid_squared": Answers(
        reference=output_delta_sigmoid_squared,
        wrong={
            "target minus output": lambda h, y: (y - h) * h * (1 - h) / len(h),
            "slope of the sigmoid forgotten": lambda h, y: (h - y) / len(h),
            "slope of the sigmoid taken at its output": lambda h, y: (h - y) * _slope("sigmoid", h) / len(h),
            "not divided by the batch": lambda h, y: (h - y) * h * (1 - h),
            "not divided by the batch, slope forgotten": lambda h, y: h - y,
            "divided by all entries": lambda h, y: (h - y) * h * (1 - h) / h.size,
            "2 kept": lambda h, y: 2 * (h - y) * h * (1 - h) / len(h),
            "slope h (1 + h)": lambda h, y: (h - y) * h * (1 + h) / len(h),
            "slope 1 - h squared": lambda h, y: (h - y) * (1 - h**2) / len(h),
            "slope 1 - h only": lambda h, y: (h - y) * (1 - h) / len(h),
            "target forgotten": lambda h, y: h * h * (1 - h) / len(h),
            "slope squared away": lambda h, y: (h - y) ** 2 * h * (1 - h) / len(h),
            "summed over the batch": lambda h, y: ((h - y) * h * (1 - h)).sum(axis=0) / len(h),
        },
        right=(
            lambda h, y: (h - y) * (h - h**2) / h.shape[0],
            lambda h, y: np.array([(row - t) * row * (1 - row) / len(h) for row, t in zip(h, y)]),
            lambda h, y: -(y - h) / len(y) * h * (1 - h),
            lambda h, y: np.einsum("ij,ij,ij->ij", h - y, h, 1 - h) / len(h),
            lambda h, y: np.multiply(h - y, 0.25 - (h - 0.5) ** 2) / float(len(h)),
        ),
    ),
    "hidden_delta": Answers(
        reference=hidden_delta,
        wrong={
            "W transposed": lambda d, W, a, n: (d @ W.T) * _slope(n, a),
            "slope taken at the activation": lambda d, W, a, n: (d @ W) * _slope(n, _g(n, a)),
            "W times delta, as for a single example": [
                lambda d, W, a, n: (W.T @ d) * _slope(n, a),
                lambda d, W, a, n: (W @ d) * _slope(n, a),
            ],
            "slope only": lambda d, W, a, n: _slope(n, a) * 1.0,
            "slope forgotten": lambda d, W, a, n: d @ W,
            "weights forgotten": lambda d, W, a, n: np.sum(d, axis=1, keepdims=True) * _slope(n, a),
            "activation instead of its slope": lambda d, W, a, n: (d @ W) * _g(n, a),
            "pre-activation instead of the slope": lambda d, W, a, n: (d @ W) * a,
            "always the sigmoid's slope": lambda d, W, a, n: (d @ W) * _slope("sigmoid", a),
            "always ReLU's slope": lambda d, W, a, n: (d @ W) * _slope("relu", a),
            "always tanh's slope": lambda d, W, a, n: (d @ W) * _slope("tanh", a),
            "mask from the delta": lambda d, W, a, n: (d @ W) * (_slope(n, a) if n != "relu" else (d @ W) > 0),
            "sigmoid slope s only": lambda d, W, a, n: (d @ W) * (_slope(n, a) if n != "sigmoid" else _g(n, a)),
            "tanh slope not squared": (lambda d, W, a, n: (d @ W) * (_slope(n, a) if n != "tanh" else 1 - np.tanh(a))),
            "divided by the batch again": lambda d, W, a, n: (d @ W) * _slope(n, a) / len(d),
            "summed over the batch": lambda d, W, a, n: ((d @ W) * _slope(n, a)).sum(axis=0),
            "0 times infinity": (
                lambda d, W, a, n: (d @ W) * (_slope(n, a) if n != "sigmoid" else np.exp(-a) / (1 + np.exp(-a)) ** 2)
            ),
        },
        right=(
            lambda d, W, a, n: np.einsum("no,oi->ni", d, W) * _slope(n, a),
            lambda d, W, a, n: np.array([(W.T @ row) * s for row, s in zip(d, _slope(n, a))]),
            lambda d, W, a, n: (W.T @ d.T).T * _slope(n, a),
            lambda d, W, a, n: np.where(a > 0, d @ W, 0.0) if n == "relu" else np.multiply(np.dot(d, W), _slope(n, a)),
            lambda d, W, a, n: (
                (d @ W)
                * {
                    "relu": lambda: np.heaviside(a, 0.0),
                    "tanh": lambda: 1 / np.cosh(np.clip(a, -300, 300)) ** 2,
                    "sigmoid": lambda: _g("sigmoid", a) - _g("sigmoid", a) ** 2,
                }[n]()
            ),
        ),
    ),
    "mlp_backward": Answers(reference=mlp_backward, wrong=BACKWARD, right=RIGHT),
    "one_hot": Answers(
        reference=one_hot,
        wrong={
            "transposed": lambda y, k: np.eye(k)[y].T,
            "off by one": lambda y, k: np.eye(k)[(np.asarray(y) - 1) % k],
            "whole columns filled": lambda y, k: np.array(np.isin(np.arange(k), y) * np.ones((len(y), 1))),
            "classes counted from the labels": lambda y, k: np.eye(int(np.max(y)) + 1)[y],
            "label instead of 1": lambda y, k: np.eye(k)[y] * np.asarray(y)[:, None],
            "zeros and ones exchanged": lambda y, k: 1 - np.eye(k)[y],
            "identity": lambda y, k: np.eye(len(y), k),
            "zeros": lambda y, k: np.zeros((len(y), k)),
            "one row for all": lambda y, k: np.eye(k)[y].sum(axis=0),
            "divided by the batch": lambda y, k: np.eye(k)[y] / len(y),
            "returns nothing": lambda y, k: None,
        },
        right=(
            _one_hot_loop,
            _one_hot_integers,
            lambda y, k: (np.asarray(y)[:, None] == np.arange(k)).astype(float),
            lambda y, k: np.array([[float(j == label) for j in range(k)] for label in y]),
            lambda y, k: np.equal.outer(y, np.arange(k)),
            lambda y, k: np.take(np.eye(k, dtype=np.float32), y, axis=0),
        ),
    ),
    "predict": Answers(
        reference=predict,
        wrong={
            "smallest instead of largest": _by(lambda scores: scores.argmin(axis=1)),
            "over the wrong axis": _by(lambda scores: scores.argmax(axis=0)),
            "over the whole array": _by(lambda scores: scores.argmax()),
            "largest score, not its class": _by(lambda scores: scores.max(axis=1)),
            "scores, not classes": _by(lambda scores: scores),
            "probabilities, not classes": _by(_probabilities),
            "one-hot rows": _by(lambda scores: np.eye(scores.shape[1])[scores.argmax(axis=1)]),
            "counted from 1": _by(lambda scores: scores.argmax(axis=1) + 1),
            "hidden layers without activation": _by(forward=_forward(act=lambda n, a, last, i: a)),
            "biases forgotten": _by(forward=_forward(layer=lambda h, W, b: h @ W.T)),
            "ReLU on the scores": _by(lambda scores: np.maximum(scores, 0).argmax(axis=1)),
            "scores above one half": _by(lambda scores: (scores > 0.5).astype(int)),
            "column of classes": _by(lambda scores: scores.argmax(axis=1)[:, None]),
            "returns nothing": _by(lambda scores: None),
        },
        right=(
            _by(lambda scores: _probabilities(scores).argmax(axis=1)),
            _by(lambda scores: np.array([int(np.argmax(row)) for row in scores])),
            _by(lambda scores: np.argsort(scores, axis=1)[:, -1]),
            _by(lambda scores: np.argmax(scores.T, axis=0).astype(float)),
            lambda x, ws, bs, n: np.concatenate([mlp_forward(row[None], ws, bs, n)[1][-1].argmax(axis=1) for row in x]),
        ),
    ),
    **{
        f"repaired_backward_{letter}": Answers(
            mlp_backward, {fault: BACKWARD[fault], **BACKWARD, **(SCALED if letter == "a" else {})}, RIGHT
        )
        for letter, fault in zip("abc", FAULTS)
    },
}
