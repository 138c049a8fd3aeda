"""Assignment 07: right and wrong answers."""

import numpy as np

from autograder.exercises import Answers


def fc_backward(g, x, W, b):
    return g @ W, g.T @ x, g.sum(axis=0)


def parts(**changes):
    """A backward of which some gradients are others."""

    def wrong(g, x, W, b):
        right = dict(zip(("dx", "dW", "db"), fc_backward(g, x, W, b)))
        return tuple((right | {name: change(g, x, W, b) for name, change in changes.items()}).values())

    return wrong


def rule(factor):
    """The gradient of a linear model with another factor per example: factor(y, s, d), s the sigmoid of d = X w."""
    return lambda w, X, y: X.T @ factor(y, sigmoid(X @ w), X @ w)


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def delta(y, s):
    return -2 * (y - s) * s * (1 - s)


def by_exponentials(w, X, y):
    s = 1 / (1 + np.exp(-(X @ w)))
    return ((s - y) * 2 * s * (1 - s)) @ X


def by_cosh(w, X, y):
    slopes = 0.25 / np.cosh(np.clip(X @ w, -700, 700) / 2) ** 2
    return (X * (2 * (sigmoid(X @ w) - y) * slopes)[:, None]).sum(axis=0)


def by_examples(w, X, y):
    total = np.zeros(len(w))
    for row, target in zip(X, y):
        s = sigmoid(row @ w)
        total += 2 * (s - target) * s * sigmoid(-(row @ w)) * row
    return total


ANSWERS = {
    "fc_forward": Answers(
        reference=lambda x, W, b: x @ W.T + b,
        wrong={
            "W not transposed": lambda x, W, b: x @ W + b,
            "W times x, as for a single example": [lambda x, W, b: W @ x + b, lambda x, W, b: W.T @ x + b],
            "bias forgotten": lambda x, W, b: x @ W.T,
            "bias subtracted": lambda x, W, b: x @ W.T - b,
            "bias added down the columns": lambda x, W, b: x @ W.T + b[:, None],
            "result transposed": lambda x, W, b: (x @ W.T + b).T,
            "columns instead of rows": lambda x, W, b: W @ x.T + b[:, None],
            "first example only": lambda x, W, b: W @ x[0] + b,
            "averaged over the batch": lambda x, W, b: (x @ W.T + b).mean(axis=0),
            "summed over the batch": lambda x, W, b: (x @ W.T + b).sum(axis=0),
            "bias multiplied": lambda x, W, b: x @ W.T * b,
            "bias once per input": lambda x, W, b: x @ W.T + b * x.shape[1],
            "an activation added": lambda x, W, b: np.maximum(x @ W.T + b, 0),
        },
        right=(
            lambda x, W, b: np.einsum("ni,oi->no", x, W) + b,
            lambda x, W, b: np.array([[row @ weights + bias for weights, bias in zip(W, b)] for row in x]),
            lambda x, W, b: (W @ x.T).T + b,
            lambda x, W, b: np.hstack([x, np.ones((len(x), 1))]) @ np.hstack([W, b[:, None]]).T,
            lambda x, W, b: np.tensordot(x, W, axes=([1], [1])) + b[None, :],
            lambda x, W, b: x.astype(np.float32) @ W.astype(np.float32).T + b.astype(np.float32),
        ),
    ),
    "fc_backward": Answers(
        reference=fc_backward,
        wrong={
            "dW transposed": parts(dW=lambda g, x, W, b: x.T @ g),
            "dx multiplies W transposed": parts(dx=lambda g, x, W, b: g @ W.T),
            "dx as for a single example": [
                parts(dx=lambda g, x, W, b: W.T @ g),
                parts(dx=lambda g, x, W, b: W @ g),
            ],
            "dx transposed": parts(dx=lambda g, x, W, b: W.T @ g.T),
            "dW examples against examples": parts(dW=lambda g, x, W, b: g @ x.T),
            "dW without a transpose": [parts(dW=lambda g, x, W, b: g @ x), parts(dW=lambda g, x, W, b: x @ g)],
            "dx without W": parts(dx=lambda g, x, W, b: np.ones_like(x) * g.sum()),
            "dx divided by the batch": parts(dx=lambda g, x, W, b: g @ W / len(x)),
            "dW averaged over the batch": parts(dW=lambda g, x, W, b: g.T @ x / len(x)),
            "db averaged over the batch": parts(db=lambda g, x, W, b: g.mean(axis=0)),
            "dW and db averaged over the batch": parts(
                dW=lambda g, x, W, b: g.T @ x / len(x), db=lambda g, x, W, b: g.mean(axis=0)
            ),
            "dW from the first row only": parts(dW=lambda g, x, W, b: np.outer(g[0], x[0])),
            "dW from the last row only": parts(dW=lambda g, x, W, b: np.outer(g[-1], x[-1])),
            "dW from sums": parts(dW=lambda g, x, W, b: np.outer(g.sum(axis=0), x.sum(axis=0))),
            "dW without the upstream gradient": parts(dW=lambda g, x, W, b: np.ones_like(g).T @ x),
            "dW scaled by W": parts(dW=lambda g, x, W, b: g.T @ x * W),
            "db not summed over the batch": parts(db=lambda g, x, W, b: g * 1.0),
            "db summed over the outputs": parts(db=lambda g, x, W, b: g.sum(axis=1)),
            "db keeps the batch axis": parts(db=lambda g, x, W, b: g.sum(axis=0, keepdims=True)),
            "db summed over everything": parts(db=lambda g, x, W, b: g.sum()),
            "db counts the rows": parts(db=lambda g, x, W, b: np.full(b.shape, float(len(x)))),
            "db scaled by b": parts(db=lambda g, x, W, b: g.sum(axis=0) * b),
            "dW transposed and averaged": parts(dW=lambda g, x, W, b: x.T @ g / len(x)),
            "dW not summed over the batch": parts(dW=lambda g, x, W, b: g[:, :, None] * x[:, None, :]),
            "order dW, db, dx": lambda g, x, W, b: (g.T @ x, g.sum(axis=0), g @ W),
            "order dx, db, dW": lambda g, x, W, b: (g @ W, g.sum(axis=0), g.T @ x),
            "order dW, dx, db": lambda g, x, W, b: (g.T @ x, g @ W, g.sum(axis=0)),
        },
        right=(
            lambda g, x, W, b: (np.einsum("no,oi->ni", g, W), np.einsum("no,ni->oi", g, x), np.einsum("no->o", g)),
            lambda g, x, W, b: [(W.T @ g.T).T, (x.T @ g).T, np.add.reduce(g)],
            lambda g, x, W, b: (
                np.array([W.T @ row for row in g]),
                sum(np.outer(u, v) for u, v in zip(g, x)),
                sum(row for row in g),
            ),
            lambda g, x, W, b: (np.dot(g, W), np.tensordot(g, x, axes=(0, 0)), np.ones(len(x)) @ g),
            lambda g, x, W, b: (
                (g[:, :, None] * W[None]).sum(axis=1),
                (g[:, :, None] * x[:, None, :]).sum(axis=0),
                g.sum(axis=0, keepdims=True)[0],
            ),
            lambda g, x, W, b: (
                np.float32(g) @ np.float32(W),
                (np.float32(x).T @ np.float32(g)).T,
                np.float32(g).sum(axis=0),
            ),
        ),
    ),
    "fc_jacobian_weights": Answers(
        reference=lambda h: np.kron(np.eye(2), h),
        wrong={
            "h in every block": lambda h: np.tile(h, (2, 2)).astype(float),
            "h in the other block": lambda h: np.kron(np.eye(2)[::-1], h),
            "transposed": lambda h: np.kron(np.eye(2), h).T,
            "interleaved": lambda h: np.kron(h, np.eye(2)),
            "identity instead of h": lambda h: np.kron(np.eye(2), np.ones(len(h))),
            "Jacobian for one output": lambda h: np.asarray(h, dtype=float)[None] * 1.0,
            "h on the diagonal": lambda h: np.diag(np.concatenate([h, h]).astype(float)),
            "blocks side by side in one row": lambda h: np.concatenate([h, h]).astype(float),
            "first row only": lambda h: np.kron(np.array([[1.0, 0.0], [0.0, 0.0]]), h),
            "kept as a tensor": lambda h: np.kron(np.eye(2), h).reshape(2, 2, len(h)),
            "squared": lambda h: np.kron(np.eye(2), np.asarray(h) ** 2.0),
        },
        right=(
            lambda h: np.array([[*h, *[0.0] * len(h)], [*[0.0] * len(h), *h]]),
            lambda h: np.vstack([np.concatenate([h, 0 * h]), np.concatenate([0 * h, h])]),
            lambda h: np.einsum("jk,i->jki", np.eye(2), h).reshape(2, -1),
            lambda h: np.block(
                [[np.asarray(h)[None], np.zeros((1, len(h)))], [np.zeros((1, len(h))), np.asarray(h)[None]]]
            ),
            lambda h: np.array([[h[c % len(h)] * (c // len(h) == r) for c in range(2 * len(h))] for r in range(2)]),
        ),
    ),
    "flatten_forward": Answers(
        reference=lambda x: np.ascontiguousarray(x).reshape(len(x), -1),
        wrong={
            "batch flattened too": lambda x: x.reshape(-1),
            "one row in all": lambda x: x.reshape(1, -1),
            "column-major order": lambda x: x.reshape(len(x), -1, order="F"),
            "one column per example": lambda x: x.reshape(len(x), -1).T,
            "reshaped the wrong way round": lambda x: x.reshape(-1, len(x)),
            "examples mixed": lambda x: x.reshape(-1, len(x)).T,
            "colours kept apart": lambda x: x.reshape(*x.shape[:2], -1),
            "axes swapped before": lambda x: np.moveaxis(x, 1, -1).reshape(len(x), -1),
            "averaged over the colours": lambda x: x.mean(axis=1).reshape(len(x), -1),
            "memory order": lambda x: x.ravel(order="K").reshape(len(x), -1),
        },
        right=(
            lambda x: np.array([row.ravel() for row in x]),
            lambda x: np.reshape(x, (x.shape[0], int(np.prod(x.shape[1:])))),
            lambda x: np.stack([row.flatten() for row in x]),
            lambda x: x.ravel().reshape(x.shape[0], -1),
            lambda x: np.array([list(np.nditer(row, order="C")) for row in x]),
        ),
    ),
    "flatten_backward": Answers(
        reference=lambda g, x: np.asarray(g).reshape(x.shape),
        wrong={
            "still flat": lambda g, x: g * 1.0,
            "returns x": lambda g, x: x * 1.0,
            "gradient of ones": lambda g, x: np.ones_like(x),
            "column-major order": lambda g, x: g.reshape(x.shape, order="F"),
            "multiplied by x": lambda g, x: g.reshape(x.shape) * x,
            "axes reversed": lambda g, x: g.reshape(x.shape[::-1]),
            "colours last": lambda g, x: np.moveaxis(g.reshape(x.shape), 1, -1),
            "folded as if the colours were last": lambda g, x: np.moveaxis(
                g.reshape(x.shape[:1] + x.shape[2:] + x.shape[1:2]), -1, 1
            ),
            "divided by the batch": lambda g, x: g.reshape(x.shape) / len(x),
        },
        right=(
            lambda g, x: np.array([row.reshape(x.shape[1:]) for row in g]),
            lambda g, x: np.reshape(g, np.shape(x)),
            lambda g, x: np.array(list(np.ravel(g))).reshape(x.shape),
            lambda g, x: g.ravel().reshape(x.shape).copy(),
            lambda g, x: np.zeros_like(x) + g.reshape(x.shape),
        ),
    ),
    "linear_regression_gradient": Answers(
        reference=lambda w, X, y: -2 * X.T @ (y - X @ w),
        wrong={
            "sign": lambda w, X, y: 2 * X.T @ (y - X @ w),
            "2 forgotten": lambda w, X, y: -X.T @ (y - X @ w),
            "averaged over the examples": lambda w, X, y: -2 * X.T @ (y - X @ w) / len(X),
            "2 forgotten and averaged": lambda w, X, y: -X.T @ (y - X @ w) / len(X),
            "X instead of its transpose": lambda w, X, y: -2 * X @ (y - X @ w),
            "inputs forgotten": lambda w, X, y: np.full(w.shape, -2 * np.sum(y - X @ w)),
            "not summed over the examples": lambda w, X, y: -2 * X * (y - X @ w)[:, None],
            "target forgotten": lambda w, X, y: 2 * X.T @ (X @ w),
            "prediction forgotten": lambda w, X, y: -2 * X.T @ y,
            "the loss, not its gradient": lambda w, X, y: np.sum((y - X @ w) ** 2),
            "the step, not the gradient": lambda w, X, y: w + 2 * X.T @ (y - X @ w),
            "residual squared": lambda w, X, y: -2 * X.T @ (y - X @ w) ** 2,
            "sizes of the residuals only": lambda w, X, y: -2 * X.T @ np.abs(y - X @ w),
            "broadcast blow-up": lambda w, X, y: -2 * X.T @ (y[:, None] - X @ w).sum(axis=1),
            "scaled by the weights": lambda w, X, y: -2 * X.T @ (y - X @ w) * w,
        },
        right=(
            lambda w, X, y: 2 * X.T @ (X @ w - y),
            lambda w, X, y: 2 * (X.T @ X @ w - X.T @ y),
            lambda w, X, y: sum(-2 * (t - row @ w) * row for row, t in zip(X, y)),
            lambda w, X, y: np.einsum("kj,k->j", X, 2 * (X.dot(w) - y)),
            lambda w, X, y: ((X @ w - y)[:, None] * X * 2).sum(axis=0),
        ),
    ),
    "sigmoid_perceptron_gradient": Answers(
        reference=lambda w, X, y: X.T @ delta(y, sigmoid(X @ w)),
        wrong={
            "slope of the sigmoid forgotten": rule(lambda y, s, d: -2 * (y - s)),
            "slope of the sigmoid taken at its output": rule(
                lambda y, s, d: -2 * (y - s) * sigmoid(s) * (1 - sigmoid(s))
            ),
            "gradient of the cross-entropy": rule(lambda y, s, d: s - y),
            "2 forgotten": rule(lambda y, s, d: -(y - s) * s * (1 - s)),
            "sign": rule(lambda y, s, d: 2 * (y - s) * s * (1 - s)),
            "averaged over the examples": rule(lambda y, s, d: delta(y, s) / len(y)),
            "slopes averaged before they meet the errors": rule(lambda y, s, d: -2 * (y - s) * np.mean(s * (1 - s))),
            "slope s only": rule(lambda y, s, d: -2 * (y - s) * s),
            "slope 1 - s only": rule(lambda y, s, d: -2 * (y - s) * (1 - s)),
            "slope written with d": rule(lambda y, s, d: -2 * (y - s) * d * (1 - d)),
            "slope s (1 + s)": rule(lambda y, s, d: -2 * (y - s) * s * (1 + s)),
            "residual without the sigmoid": rule(lambda y, s, d: -2 * (y - d) * s * (1 - s)),
            "the linear model's gradient": rule(lambda y, s, d: -2 * (y - d)),
            "inputs forgotten": lambda w, X, y: np.full(w.shape, np.sum(delta(y, sigmoid(X @ w)))),
            "not summed over the examples": lambda w, X, y: X * delta(y, sigmoid(X @ w))[:, None],
            "X instead of its transpose": lambda w, X, y: X @ delta(y, sigmoid(X @ w)),
        },
        right=(
            lambda w, X, y: 2 * X.T @ ((sigmoid(X @ w) - y) * (sigmoid(X @ w) - sigmoid(X @ w) ** 2)),
            by_examples,
            lambda w, X, y: np.einsum("ij,i->j", X, -2 * (y - sigmoid(X @ w)) * sigmoid(X @ w) * sigmoid(-(X @ w))),
            by_exponentials,
            by_cosh,
        ),
    ),
}
