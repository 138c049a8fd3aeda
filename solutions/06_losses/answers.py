"""Assignment 06: the answers."""

import numpy as np

from autograder.exercises import Answers

GUARDS = (
    lambda p: p + 1e-12,
    lambda p: p + 1e-8,
    lambda p: np.clip(p, 1e-15, 1.0),
    lambda p: np.clip(p, 1e-7, 1 - 1e-7),
)


def squared_error_forward(prediction, target):
    return float(0.5 * np.sum((prediction - target) ** 2) / len(prediction))


def squared_error_backward(prediction, target):
    return (prediction - target) / len(prediction)


def _squared_in_place(prediction, target):
    prediction -= target
    return 0.5 * np.sum(prediction**2) / len(prediction)


def _difference_in_place(prediction, target):
    prediction -= target
    return prediction / len(prediction)


def _plogq(p, q):
    """The sum of p log q with 0 log 0 = 0."""
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    used = p > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(p[used] * np.log(q[used])))


def entropy(p):
    return 0.0 - _plogq(p, p)


def cross_entropy(p, q):
    return 0.0 - _plogq(p, q)


def kl_divergence(p, q):
    return _plogq(p, p) - _plogq(p, q)


def _zeros_overwritten(p):
    p[p == 0] = 1.0
    return -np.sum(p * np.log(p))


def softmax_forward(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_backward(upstream, logits):
    p = softmax_forward(logits)
    return p * (upstream - np.sum(p * upstream, axis=1, keepdims=True))


def _by(rule):
    """A backward by another rule: rule(upstream, probabilities)."""
    return lambda upstream, logits: rule(upstream, softmax_forward(logits))


def _upstream_centred(upstream, logits):
    p = softmax_forward(logits)
    upstream -= np.sum(p * upstream, axis=1, keepdims=True)
    return p * upstream


def _softmax_of(shift):
    def forward(logits):
        e = np.exp(shift(logits))
        return e / e.sum(axis=1, keepdims=True)

    return forward


UNSHIFTED = _softmax_of(lambda x: x)


def _shift_in_the_numerator(logits):
    return np.exp(logits - logits.max(axis=1, keepdims=True)) / np.exp(logits).sum(axis=1, keepdims=True)


def _shift_in_the_sum(logits):
    return np.exp(logits) / np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)


HALF_SHIFTED = _shift_in_the_numerator, _shift_in_the_sum


def _kept_above(bound):
    """The sum of p log q over the outcomes with p above a bound."""
    return lambda p, q: float(np.sum(p[p > bound] * np.log(q[p > bound])))


def _shifted_in_place(logits):
    logits -= logits.max(axis=1, keepdims=True)
    e = np.exp(logits)
    return e / e.sum(axis=1, keepdims=True)


def _sum_without_keepdims(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1)


def _no_keepdims(logits):
    e = np.exp(logits - logits.max(axis=1))
    return e / e.sum(axis=1)


def _log_softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def softmax_cross_entropy_forward(logits, labels):
    return 0.0 - float(np.mean(_log_softmax(logits)[np.arange(len(labels)), labels]))


def softmax_cross_entropy_backward(logits, labels):
    return (softmax_forward(logits) - np.eye(logits.shape[1])[labels]) / len(labels)


def _picked(logits, labels):
    return softmax_forward(logits)[np.arange(len(labels)), labels]


def _with_one_hot(rule, of=softmax_forward):
    """A loss or gradient by another rule: rule(of(logits), one-hot rows)."""
    return lambda logits, labels: rule(of(logits), np.eye(logits.shape[1])[labels])


def _columns_changed(z, y):
    p = softmax_forward(z)
    p[:, y] -= 1
    return p / len(y)


def _logits_overwritten(z, y):
    z -= z.max(axis=1, keepdims=True)
    p = softmax_forward(z)
    p[np.arange(len(y)), y] -= 1
    return p / len(y)


def _own_array_changed(z, y):
    p = softmax_forward(z)
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    return p


def _entry_by_entry(z, y):
    found = np.zeros(z.shape)
    for i, (row, k) in enumerate(zip(softmax_forward(z), y)):
        for j in range(len(row)):
            found[i, j] = (row[j] - (j == k)) / len(y)
    return found


def binary_cross_entropy_forward(logits, targets):
    return float(np.mean(np.logaddexp(0.0, logits) - targets * logits))


def _sigmoid(x):
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x)))


def binary_cross_entropy_backward(logits, targets):
    return (_sigmoid(logits) - targets) / len(logits)


def _on_probabilities(loss):
    return lambda z, t: float(np.mean(loss(_sigmoid(z), t)))


def _sigmoid_in_place(logits, targets):
    logits[...] = _sigmoid(logits)
    return (logits - targets) / len(logits)


ANSWERS = {
    "squared_error_forward": Answers(
        reference=squared_error_forward,
        wrong={
            "half forgotten": lambda p, t: np.sum((p - t) ** 2) / len(p),
            "mean over all entries": lambda p, t: np.mean((p - t) ** 2),
            "half the mean over all entries": lambda p, t: 0.5 * np.mean((p - t) ** 2),
            "divided by the classes, not by the batch": [
                lambda p, t: 0.5 * np.sum((p - t) ** 2) / p.shape[1],
                lambda p, t: np.sum((p - t) ** 2) / p.shape[1],
            ],
            "sum instead of mean over the batch": lambda p, t: 0.5 * np.sum((p - t) ** 2),
            "sum without the half": lambda p, t: np.sum((p - t) ** 2),
            "not squared": lambda p, t: 0.5 * np.sum(p - t) / len(p),
            "absolute value instead of square": lambda p, t: 0.5 * np.sum(np.abs(p - t)) / len(p),
            "norm not squared": lambda p, t: 0.5 * np.mean(np.linalg.norm(p - t, axis=1)),
            "square of the sum": lambda p, t: 0.5 * np.mean(np.sum(p - t, axis=1) ** 2),
            "one loss per example": lambda p, t: 0.5 * np.sum((p - t) ** 2, axis=1),
            "one loss per entry": lambda p, t: 0.5 * (p - t) ** 2,
            "gradient instead of value": lambda p, t: (p - t) / len(p),
            "input modified in place": _squared_in_place,
        },
        right=(
            lambda p, t: np.mean(0.5 * np.sum((t - p) ** 2, axis=1)),
            lambda p, t: sum(0.5 * np.dot(a - b, a - b) for a, b in zip(p, t)) / len(p),
            lambda p, t: np.vdot(p - t, p - t) / (2 * p.shape[0]),
            lambda p, t: np.linalg.norm(p - t) ** 2 / 2 / len(p),
            lambda p, t: np.einsum("ij,ij->", p - t, p - t) / 2 / len(t),
            lambda p, t: 0.5 * np.mean((p - t) ** 2) * p.shape[1],
        ),
    ),
    "squared_error_backward": Answers(
        reference=squared_error_backward,
        wrong={
            "target minus prediction": lambda p, t: (t - p) / len(p),
            "not divided by the batch": lambda p, t: p - t,
            "the 2 kept": lambda p, t: 2 * (p - t) / len(p),
            "the 2 kept, not divided by the batch": lambda p, t: 2 * (p - t),
            "divided by all entries": lambda p, t: (p - t) / p.size,
            "divided by the classes, not by the batch": [
                lambda p, t: (p - t) / p.shape[1],
                lambda p, t: 2 * (p - t) / p.shape[1],
            ],
            "divided by all entries, the 2 kept": lambda p, t: 2 * (p - t) / p.size,
            "half kept": lambda p, t: 0.5 * (p - t) / len(p),
            "summed over the batch": lambda p, t: (p - t).sum(axis=0) / len(p),
            "summed over the entries": lambda p, t: (p - t).sum(axis=1) / len(p),
            "value instead of gradient": lambda p, t: 0.5 * np.sum((p - t) ** 2) / len(p),
            "still squared": lambda p, t: (p - t) ** 2 / len(p),
            "sign only": lambda p, t: np.sign(p - t) / len(p),
            "target forgotten": lambda p, t: p / len(p),
            "input modified in place": _difference_in_place,
        },
        right=(
            lambda p, t: (p - t) / p.shape[0],
            lambda p, t: np.array([(a - b) / len(p) for a, b in zip(p, t)]),
            lambda p, t: -(t - p) * (1.0 / len(t)),
            lambda p, t: np.subtract(p, t) / float(len(p)),
            lambda p, t: (p / len(p)) - (t / len(p)),
        ),
    ),
    "entropy": Answers(
        reference=entropy,
        wrong={
            "sign": lambda p: _plogq(p, p),
            "logarithm to base 2": lambda p: entropy(p) / np.log(2),
            "logarithm to base 10": lambda p: entropy(p) / np.log(10),
            "0 log 0 is not a number": lambda p: -np.sum(p * np.log(p)),
            "not weighted by p": lambda p: -np.sum(np.log(p[p > 0])),
            "averaged": lambda p: entropy(p) / len(p),
            "not summed": lambda p: -p * np.log(np.where(p > 0, p, 1.0)),
            "1 - p counted too": lambda p: entropy(p) - _plogq(1 - p, 1 - p),
            "sum of squares": lambda p: 1 - np.sum(p**2),
            "guarded far too much": [
                lambda p, guard=guard: -np.sum(p * np.log(p + guard)) for guard in (0.1, 0.01, 1e-3, 1e-4, 1e-5)
            ],
            "small probabilities left out": [
                lambda p, bound=bound: -_kept_above(bound)(p, p) for bound in (0.1, 0.05, 0.02, 0.01, 1e-3, 1e-4)
            ],
            "input modified in place": _zeros_overwritten,
        },
        right=(
            lambda p: -sum(v * np.log(v) for v in p if v > 0),
            lambda p: -np.sum(p * np.log(np.where(p > 0, p, 1.0))),
            lambda p: np.sum(p[p > 0] * -np.log(p[p > 0])),
            lambda p: -np.nansum(p * np.log(p)),
            lambda p: float(np.dot(p, -np.log(np.maximum(p, 1e-300)))),
            lambda p: -np.sum(p * np.log(p + 1e-15)),
            lambda p: -np.sum(p * np.log(p + 1e-7)),
        ),
    ),
    "cross_entropy": Answers(
        reference=cross_entropy,
        wrong={
            "small probabilities left out": [
                lambda p, q, bound=bound: -_kept_above(bound)(p, q) for bound in (0.1, 0.05, 0.02, 0.01, 1e-3)
            ],
            "p and q exchanged": lambda p, q: -np.sum(q * np.log(np.maximum(p, 1e-300))),
            "sign": lambda p, q: _plogq(p, q),
            "entropy of p": lambda p, q: entropy(p),
            "entropy of q": lambda p, q: entropy(q),
            "KL divergence": kl_divergence,
            "logarithm to base 2": lambda p, q: cross_entropy(p, q) / np.log(2),
            "0 log 0 is not a number": lambda p, q: -np.sum(p * np.log(q)),
            "1 - p counted too": lambda p, q: -_plogq(p, q) - _plogq(1 - p, np.maximum(1 - q, 1e-300)),
            "averaged": lambda p, q: cross_entropy(p, q) / len(p),
            "not summed": lambda p, q: -p * np.log(np.where(p > 0, q, 1.0)),
            "most likely outcome only": lambda p, q: -np.log(q[np.argmax(p)]),
        },
        right=(
            lambda p, q: -sum(a * np.log(b) for a, b in zip(p, q) if a > 0),
            lambda p, q: -np.sum(np.where(p > 0, p * np.log(np.maximum(q, 1e-300)), 0.0)),
            lambda p, q: entropy(p) + kl_divergence(p, q),
            lambda p, q: -np.dot(p[p > 0], np.log(q[p > 0])),
            lambda p, q: float(np.nansum(-p * np.log(q))),
            lambda p, q: -np.sum(p * np.log(np.clip(q, 1e-8, 1.0))),
        ),
    ),
    "kl_divergence": Answers(
        reference=kl_divergence,
        wrong={
            "small probabilities left out": [
                lambda p, q, bound=bound: _kept_above(bound)(p, p) - _kept_above(bound)(p, q)
                for bound in (0.1, 0.05, 0.02, 0.01, 1e-3)
            ],
            "q forgotten": lambda p, q: _plogq(p, p),
            "p and q exchanged": lambda p, q: _plogq(q, q) - np.sum(q * np.log(np.maximum(p, 1e-300))),
            "sign": lambda p, q: -kl_divergence(p, q),
            "cross-entropy": cross_entropy,
            "logarithm to base 2": lambda p, q: kl_divergence(p, q) / np.log(2),
            "0 log 0 is not a number": lambda p, q: np.sum(p * np.log(p / q)),
            "ratio inverted": [
                lambda p, q: np.sum(p * np.log(q / p)),
                lambda p, q: np.sum(q * np.log(p / q)),
                lambda p, q: np.sum(q[p > 0] * np.log(p[p > 0] / q[p > 0])),
            ],
            "entropies subtracted": lambda p, q: entropy(q) - entropy(p),
            "not weighted by p": lambda p, q: np.sum(np.log(p[p > 0] / q[p > 0])),
            "ratio without the logarithm": lambda p, q: np.sum(p[p > 0] * p[p > 0] / q[p > 0]),
            "sum of differences": lambda p, q: np.sum(np.abs(p - q)),
            "symmetrised": lambda p, q: (
                0.5 * (kl_divergence(p, q) + _plogq(q, q) - np.sum(q * np.log(np.maximum(p, 1e-300))))
            ),
            "averaged": lambda p, q: kl_divergence(p, q) / len(p),
            "not summed": lambda p, q: p * np.log(np.where(p > 0, p, 1.0) / np.where(p > 0, q, 1.0)),
        },
        right=(
            lambda p, q: sum(a * np.log(a / b) for a, b in zip(p, q) if a > 0),
            lambda p, q: cross_entropy(p, q) - entropy(p),
            lambda p, q: np.sum(p[p > 0] * (np.log(p[p > 0]) - np.log(q[p > 0]))),
            lambda p, q: -np.dot(p[p > 0], np.log(q[p > 0] / p[p > 0])),
            lambda p, q: float(np.nansum(p * np.log(p / q))),
            lambda p, q: np.sum(p * np.log((p + 1e-8) / (q + 1e-8))),
        ),
    ),
    "softmax_forward": Answers(
        reference=softmax_forward,
        wrong={
            "wrong axis": lambda x: softmax_forward(x.T).T,
            "over the whole array": lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(),
            "overflow": UNSHIFTED,
            "shift forgotten in one of two places": list(HALF_SHIFTED),
            "largest logit of the whole array subtracted": _softmax_of(lambda x: x - x.max()),
            "mean subtracted": _softmax_of(lambda x: x - x.mean(axis=1, keepdims=True)),
            "smallest logit subtracted": _softmax_of(lambda x: x - x.min(axis=1, keepdims=True)),
            "clipped": _softmax_of(lambda x: np.clip(x, -500, 500)),
            "not normalised": lambda x: np.exp(x - x.max(axis=1, keepdims=True)),
            "logits normalised without exponential": lambda x: x / x.sum(axis=1, keepdims=True),
            "sigmoid of each logit": lambda x: 0.5 * (1 + np.tanh(x / 2)),
            "sign of the exponent": _softmax_of(lambda x: -x - (-x).max(axis=1, keepdims=True)),
            "largest set to 1": lambda x: (x == x.max(axis=1, keepdims=True)) * 1.0,
            "logarithm of the probabilities": lambda x: np.log(softmax_forward(x)),
            "input modified in place": _shifted_in_place,
            "sum without keepdims": _sum_without_keepdims,
            "largest and sum without keepdims": _no_keepdims,
            "base 2": lambda x: softmax_forward(x * np.log(2)),
        },
        right=(
            lambda x: np.exp(_log_softmax(x)),
            lambda x: np.array([np.exp(r - max(r)) / sum(np.exp(v - max(r)) for v in r) for r in x]),
            lambda x: np.exp(x - np.logaddexp.reduce(x, axis=1)[:, None]),
            lambda x: np.apply_along_axis(lambda row: np.exp(row - np.logaddexp.reduce(row)), 1, x),
            lambda x: (np.exp(x.T - x.max(axis=1)) / np.exp(x.T - x.max(axis=1)).sum(axis=0)).T,
            lambda x: 1 / np.exp(x[:, None, :] - x[:, :, None]).sum(axis=2),
        ),
    ),
    "softmax_backward": Answers(
        reference=softmax_backward,
        wrong={
            "diagonal of the Jacobian only": _by(lambda g, p: g * p * (1 - p)),
            "row sum forgotten": _by(lambda g, p: g * p),
            "summed over the batch": _by(lambda g, p: p * (g - np.sum(p * g, axis=0, keepdims=True))),
            "summed over everything": _by(lambda g, p: p * (g - np.sum(p * g))),
            "sum without the probabilities": _by(lambda g, p: p * (g - np.sum(g, axis=1, keepdims=True))),
            "mean in place of the weighted sum": _by(lambda g, p: p * (g - np.mean(g, axis=1, keepdims=True))),
            "sum not multiplied by the probabilities": _by(lambda g, p: p * g - np.sum(p * g, axis=1, keepdims=True)),
            "sign of the sum": _by(lambda g, p: p * (g + np.sum(p * g, axis=1, keepdims=True))),
            "logits instead of probabilities": lambda g, x: x * (g - np.sum(x * g, axis=1, keepdims=True)),
            "softmax applied twice": _by(softmax_backward),
            "overflow": lambda g, x: (lambda p: p * (g - np.sum(p * g, axis=1, keepdims=True)))(UNSHIFTED(x)),
            "shift forgotten in one of two places": [
                lambda g, x, of=of: (lambda p: p * (g - np.sum(p * g, axis=1, keepdims=True)))(of(x))
                for of in HALF_SHIFTED
            ],
            "largest logit of the whole array subtracted": lambda g, x: (
                lambda p: p * (g - np.sum(p * g, axis=1, keepdims=True))
            )(_softmax_of(lambda z: z - z.max())(x)),
            "cross-entropy's short cut": _by(lambda g, p: p - g),
            "softmax over the wrong axis": lambda g, x: softmax_backward(g.T, x.T).T,
            "sum without keepdims": _by(lambda g, p: p * (g - np.sum(p * g, axis=1))),
            "input modified in place": _upstream_centred,
        },
        right=(
            _by(lambda g, p: np.array([(np.diag(q) - np.outer(q, q)) @ u for u, q in zip(g, p)])),
            _by(lambda g, p: p * g - p * np.einsum("ij,ij->i", p, g)[:, None]),
            _by(lambda g, p: np.array([q * (u - np.dot(q, u)) for q, u in zip(p, g)])),
            lambda g, x: (lambda p: p * g - p * (p * g).sum(1, keepdims=True))(
                np.exp(x - np.logaddexp.reduce(x, axis=1)[:, None])
            ),
            _by(
                lambda g, p: np.einsum("ij,ijk->ik", g, np.eye(len(p[0])) * p[:, :, None] - p[:, :, None] * p[:, None])
            ),
        ),
    ),
    "softmax_cross_entropy_forward": Answers(
        reference=softmax_cross_entropy_forward,
        wrong={
            "logarithm of 0": lambda z, y: -np.mean(np.log(_picked(z, y))),
            "overflow": lambda z, y: -np.mean(np.log(UNSHIFTED(z)[np.arange(len(y)), y])),
            "guarded, and cut off": [
                lambda z, y, guard=guard: -np.mean(np.log(guard(_picked(z, y)))) for guard in GUARDS
            ],
            "shift forgotten in one of two places": [
                lambda z, y: np.mean(
                    np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1)) - z[np.arange(len(y)), y]
                ),
                lambda z, y: np.mean(
                    np.log(np.exp(z).sum(axis=1)) - (z - z.max(axis=1, keepdims=True))[np.arange(len(y)), y]
                ),
                *(lambda z, y, of=of: -np.mean(np.log(of(z)[np.arange(len(y)), y])) for of in HALF_SHIFTED),
            ],
            "largest logit of the whole array subtracted": [
                lambda z, y: np.mean(np.log(np.exp(z - z.max()).sum(axis=1)) - (z - z.max())[np.arange(len(y)), y]),
                lambda z, y: -np.mean(np.log(_softmax_of(lambda x: x - x.max())(z)[np.arange(len(y)), y])),
            ],
            "sum instead of mean": lambda z, y: softmax_cross_entropy_forward(z, y) * len(y),
            "averaged over the classes too": lambda z, y: softmax_cross_entropy_forward(z, y) / z.shape[1],
            "sign": lambda z, y: -softmax_cross_entropy_forward(z, y),
            "logarithm to base 2": lambda z, y: softmax_cross_entropy_forward(z, y) / np.log(2),
            "logarithm forgotten": lambda z, y: -np.mean(_picked(z, y)),
            "softmax forgotten": lambda z, y: -np.mean(z[np.arange(len(y)), y]),
            "most likely class instead of the true one": lambda z, y: -np.mean(_log_softmax(z).max(axis=1)),
            "whole columns picked": lambda z, y: -np.mean(_log_softmax(z)[:, y]),
            "labels used as weights": lambda z, y: -np.mean(_log_softmax(z) * y[:, None]),
            "summed over all classes": lambda z, y: -np.sum(_log_softmax(z)) / len(y),
            "one loss per example": lambda z, y: -_log_softmax(z)[np.arange(len(y)), y],
            "softmax applied twice": lambda z, y: softmax_cross_entropy_forward(softmax_forward(z), y),
            "softmax over the wrong axis": lambda z, y: -np.mean(_log_softmax(z.T).T[np.arange(len(y)), y]),
            "other classes counted too": _with_one_hot(
                lambda p, t: -np.mean(np.sum(t * np.log(p + 1e-300) + (1 - t) * np.log(1 - p + 1e-300), axis=1))
            ),
        },
        right=(
            lambda z, y: np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]),
            lambda z, y: sum(np.log(sum(np.exp(r - r.max()))) + r.max() - r[k] for r, k in zip(z, y)) / len(y),
            _with_one_hot(lambda log_p, t: -np.sum(t * log_p) / len(t), _log_softmax),
            lambda z, y: -np.mean(np.take_along_axis(_log_softmax(z), y[:, None], axis=1)),
            lambda z, y: np.mean([np.logaddexp.reduce(r - r[k]) for r, k in zip(z, y)]),
            _with_one_hot(lambda log_p, t: -np.einsum("nk,nk->", t, log_p) / t.shape[0], _log_softmax),
        ),
    ),
    "softmax_cross_entropy_backward": Answers(
        reference=softmax_cross_entropy_backward,
        wrong={
            "label minus probability": lambda z, y: -softmax_cross_entropy_backward(z, y),
            "not divided by the batch": lambda z, y: softmax_cross_entropy_backward(z, y) * len(y),
            "divided by the batch twice": lambda z, y: softmax_cross_entropy_backward(z, y) / len(y),
            "divided by the classes too": lambda z, y: softmax_cross_entropy_backward(z, y) / z.shape[1],
            "probabilities only": lambda z, y: softmax_forward(z) / len(y),
            "true class only": _with_one_hot(lambda p, t: (p - 1) * t / len(p)),
            "1 subtracted from whole columns": _columns_changed,
            "labels subtracted as numbers": lambda z, y: (softmax_forward(z) - y[:, None]) / len(y),
            "times p (1 - p)": _with_one_hot(lambda p, t: (p - t) / len(p) * p * (1 - p)),
            "gradient for the probabilities": _with_one_hot(lambda p, t: -t / p / len(p)),
            "logits instead of probabilities": _with_one_hot(lambda z, t: (z - t) / len(z), lambda z: z),
            "softmax over the wrong axis": _with_one_hot(
                lambda p, t: (p - t) / len(p), lambda z: softmax_forward(z.T).T
            ),
            "overflow": _with_one_hot(lambda p, t: (p - t) / len(p), UNSHIFTED),
            "shift forgotten in one of two places": [
                _with_one_hot(lambda p, t: (p - t) / len(p), of) for of in HALF_SHIFTED
            ],
            "largest logit of the whole array subtracted": _with_one_hot(
                lambda p, t: (p - t) / len(p), _softmax_of(lambda x: x - x.max())
            ),
            "softmax applied twice": _with_one_hot(lambda p, t: (softmax_forward(p) - t) / len(p)),
            "summed over the batch": lambda z, y: softmax_cross_entropy_backward(z, y).sum(axis=0),
            "input modified in place": _logits_overwritten,
            "every row given every label": _with_one_hot(lambda p, t: (p - t.sum(axis=0)) / len(p)),
        },
        right=(
            _own_array_changed,
            _entry_by_entry,
            lambda z, y: (np.exp(_log_softmax(z)) - (np.arange(z.shape[1]) == y[:, None])) / z.shape[0],
            _with_one_hot(lambda p, t: p / len(p) - t / len(p)),
            lambda z, y: np.stack([(p - np.eye(len(p))[k]) / len(y) for p, k in zip(softmax_forward(z), y)]),
        ),
    ),
    "binary_cross_entropy_forward": Answers(
        reference=binary_cross_entropy_forward,
        wrong={
            "logarithm of 0": _on_probabilities(lambda a, t: -(t * np.log(a) + (1 - t) * np.log(1 - a))),
            "overflow": lambda z, t: np.mean(np.log(1 + np.exp(z)) - t * z),
            "guarded, and cut off": [
                _on_probabilities(lambda a, t, guard=guard: -(t * np.log(guard(a)) + (1 - t) * np.log(guard(1 - a))))
                for guard in GUARDS
            ],
            "targets exchanged": lambda z, t: binary_cross_entropy_forward(z, 1 - t),
            "sum instead of mean": lambda z, t: binary_cross_entropy_forward(z, t) * len(z),
            "sign": lambda z, t: -binary_cross_entropy_forward(z, t),
            "second term forgotten": lambda z, t: np.mean(t * np.logaddexp(0, -z)),
            "first term forgotten": lambda z, t: np.mean((1 - t) * np.logaddexp(0, z)),
            "sign between the terms": lambda z, t: np.mean(t * np.logaddexp(0, -z) - (1 - t) * np.logaddexp(0, z)),
            "sigmoid forgotten": lambda z, t: -np.mean(t * np.log(z) + (1 - t) * np.log(1 - z)),
            "sigmoid applied twice": lambda z, t: binary_cross_entropy_forward(_sigmoid(z), t),
            "logarithm to base 2": lambda z, t: binary_cross_entropy_forward(z, t) / np.log(2),
            "squared error": _on_probabilities(lambda a, t: 0.5 * (a - t) ** 2),
            "one loss per example": lambda z, t: np.logaddexp(0, z) - t * z,
        },
        right=(
            lambda z, t: np.mean(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))),
            lambda z, t: sum(b * np.logaddexp(0, -a) + (1 - b) * np.logaddexp(0, a) for a, b in zip(z, t)) / len(z),
            lambda z, t: np.mean(t * np.logaddexp(0, -z) + (1 - t) * np.logaddexp(0, z)),
            lambda z, t: np.sum(np.logaddexp(-t * z, (1 - t) * z)) / z.size,
            lambda z, t: np.mean(
                np.where(z > 0, z - z * t + np.log1p(np.exp(-np.abs(z))), -z * t + np.log1p(np.exp(-np.abs(z))))
            ),
        ),
    ),
    "binary_cross_entropy_backward": Answers(
        reference=binary_cross_entropy_backward,
        wrong={
            "target minus probability": lambda z, t: (t - _sigmoid(z)) / len(z),
            "not divided by the batch": lambda z, t: _sigmoid(z) - t,
            "divided by the batch twice": lambda z, t: (_sigmoid(z) - t) / len(z) ** 2,
            "slope of the sigmoid kept": lambda z, t: (_sigmoid(z) - t) * _sigmoid(z) * (1 - _sigmoid(z)) / len(z),
            "gradient for the probability": lambda z, t: (_sigmoid(z) - t) / (_sigmoid(z) * (1 - _sigmoid(z))) / len(z),
            "0 times infinity": lambda z, t: (
                (-t / _sigmoid(z) + (1 - t) / (1 - _sigmoid(z))) * _sigmoid(z) * (1 - _sigmoid(z)) / len(z)
            ),
            "sigmoid forgotten": lambda z, t: (z - t) / len(z),
            "sigmoid applied twice": lambda z, t: (_sigmoid(_sigmoid(z)) - t) / len(z),
            "targets forgotten": lambda z, t: _sigmoid(z) / len(z),
            "targets exchanged": lambda z, t: (_sigmoid(z) - 1 + t) / len(z),
            "first term only": lambda z, t: -t * _sigmoid(-z) / len(z),
            "second term only": lambda z, t: (1 - t) * _sigmoid(z) / len(z),
            "inner minus of 1 - a forgotten": lambda z, t: (-t * _sigmoid(-z) - (1 - t) * _sigmoid(z)) / len(z),
            "input modified in place": _sigmoid_in_place,
            "infinity divided by infinity": lambda z, t: (np.exp(z) / (1 + np.exp(z)) - t) / len(z),
            "summed over the batch": lambda z, t: np.sum(_sigmoid(z) - t) / len(z),
        },
        right=(
            lambda z, t: (1 / (1 + np.exp(-z)) - t) / len(z),
            lambda z, t: np.array([(_sigmoid(a) - b) / len(z) for a, b in zip(z, t)]),
            lambda z, t: (np.exp(-np.logaddexp(0, -z)) - t) / z.size,
            lambda z, t: ((1 - t) * _sigmoid(z) - t * _sigmoid(-z)) / len(z),
            lambda z, t: np.mean(np.diag(_sigmoid(z) - t), axis=0),
        ),
    ),
}
