"""Assignment 07: the fully connected layer, flattening, and two linear models by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercises.exercise import (
    Exercise,
    Generator,
    Mistake,
    Probe,
    away_from,
    call,
    read_only,
    slips,
    upstream_like,
)

ASSIGNMENT = "07_fully_connected"
SHAPES = "Write the shapes under your product: which two numbers must agree?"


# --- forward -------------------------------------------------------------------------------------------------------


def fc_forward(x: Any, W: Any, b: Any) -> Any:
    return x @ W.T + b


def _layer(rng: Generator, batch: int, inputs: int, outputs: int, dtype: Any = float) -> tuple[Any, Any, Any]:
    made = away_from(rng, (batch, inputs)), away_from(rng, (outputs, inputs)), away_from(rng, (outputs,))
    return tuple(np.asarray(a, dtype=dtype) for a in made)  # type: ignore[return-value]


SIZES = ((5, 4, 3), (2, 3, 4), (3, 3, 3), (4, 2, 5))
CORNERS = ((1, 4, 2), (3, 1, 2), (4, 3, 1), (1, 1, 1), (2, 2, 2))


def _forward_probes(rng: Generator) -> list[Probe]:
    name = "fc_forward"
    small = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([0.0, 0.0, 10.0])
    found = [call(name, *small), *(call(name, *_layer(rng, *size)) for size in SIZES)]
    found += [call(name, *_layer(rng, *size), criterion="edges") for size in CORNERS]
    found += [call(name, *(read_only(a) for a in _layer(rng, 3, 4, 2)), criterion="edges")]
    found += [call(name, *_layer(rng, 3, 4, 2, np.float32), criterion="edges")]
    x, W, b = _layer(rng, 4, 3, 2)
    return [*found, call(name, np.asfortranarray(x), np.ascontiguousarray(W.T).T, b, criterion="edges")]


FORWARD = Exercise(
    name="fc_forward",
    assignment=ASSIGNMENT,
    points=1,
    signature="(x, W, b)",
    reference=fc_forward,
    probes=_forward_probes,
    mistakes=(
        Mistake("W not transposed", SHAPES, lambda x, W, b: x @ W + b),
        Mistake("bias forgotten", "What does the layer give for an input of zeros?", lambda x, W, b: x @ W.T),
        Mistake("bias subtracted", "What does the layer give for an input of zeros?", lambda x, W, b: x @ W.T - b),
        Mistake(
            "bias added down the columns",
            "Every row of the result gets the same bias. Look at the shape of what you add.",
            lambda x, W, b: x @ W.T + b[:, None],
        ),
        Mistake("result transposed", "One row per example.", lambda x, W, b: (x @ W.T + b).T),
        Mistake("columns instead of rows", "The examples are the rows of x.", lambda x, W, b: W @ x.T + b[:, None]),
        Mistake("first example only", "How many rows has x?", lambda x, W, b: W @ x[0] + b),
        Mistake("averaged over the batch", "One row per example.", lambda x, W, b: (x @ W.T + b).mean(axis=0)),
        Mistake("summed over the batch", "One row per example.", lambda x, W, b: (x @ W.T + b).sum(axis=0)),
        Mistake("bias multiplied", "What does the layer give for an input of zeros?", lambda x, W, b: (x @ W.T) * b),
        Mistake(
            "bias once per input",
            "How often is the bias added to one score?",
            lambda x, W, b: x @ W.T + b * x.shape[1],
        ),
        Mistake(
            "an activation added",
            "The layer is only linear. Who applies the activation?",
            lambda x, W, b: np.maximum(x @ W.T + b, 0),
        ),
        *slips(fc_forward, backward=False),
    ),
    right=(
        lambda x, W, b: np.einsum("ni,oi->no", x, W) + b,
        lambda x, W, b: np.array([[row @ weights + bias for weights, bias in zip(W, b, strict=True)] for row in x]),
        lambda x, W, b: (W @ x.T).T + b,
        lambda x, W, b: np.hstack([x, np.ones((len(x), 1))]) @ np.hstack([W, b[:, None]]).T,
        lambda x, W, b: np.tensordot(x, W, axes=([1], [1])) + b[None, :],
        lambda x, W, b: x.astype(np.float32) @ W.astype(np.float32).T + b.astype(np.float32),
    ),
)


# --- backward ------------------------------------------------------------------------------------------------------


def fc_backward(upstream: Any, x: Any, W: Any, b: Any) -> tuple[Any, Any, Any]:
    return upstream @ W, upstream.T @ x, upstream.sum(axis=0)


def _backward_probes(rng: Generator) -> list[Probe]:
    name = "fc_backward"

    def one(size: tuple[int, int, int], criterion: str = "values", make: Any = None, dtype: Any = float) -> Probe:
        arguments = (upstream_like(rng, (size[0], size[2]), dtype), *_layer(rng, *size, dtype))
        return call(name, *(make(a) if make else a for a in arguments), criterion=criterion)

    found = [one((1, 2, 2)), *(one(size) for size in SIZES)]
    found += [one(size, "edges") for size in CORNERS]
    found += [one((3, 4, 2), "edges", read_only), one((3, 4, 2), "edges", dtype=np.float32)]
    return [*found, one((4, 3, 2), "edges", np.asfortranarray)]


def _parts(dx: Any = None, dW: Any = None, db: Any = None) -> Any:
    """A backward of which some gradients are others."""

    def wrong(upstream: Any, x: Any, W: Any, b: Any) -> tuple[Any, Any, Any]:
        right = fc_backward(upstream, x, W, b)
        changes = (dx, dW, db)
        return tuple(c(upstream, x, W, b) if c else r for c, r in zip(changes, right, strict=True))  # type: ignore[return-value]

    return wrong


SHAPED = "Each gradient has the shape of the thing it is the gradient of."
ROWS = "All rows share W. How do their contributions combine?"

BACKWARD = Exercise(
    name="fc_backward",
    assignment=ASSIGNMENT,
    points=4,
    signature="(upstream, x, W, b)",
    outputs=("dx", "dW", "db"),
    reference=fc_backward,
    forward="fc_forward",
    forward_reference=fc_forward,
    functions=("fc_backward", "fc_forward"),
    probes=_backward_probes,
    mistakes=(
        Mistake("dW transposed", SHAPED, _parts(dW=lambda g, x, W, b: x.T @ g)),
        Mistake("dx multiplies W transposed", SHAPES, _parts(dx=lambda g, x, W, b: g @ W.T)),
        Mistake(
            "dx without W", "How does the output move with x?", _parts(dx=lambda g, x, W, b: np.ones_like(x) * g.sum())
        ),
        Mistake(
            "dx divided by the batch",
            "Each row of x belongs to one example. What is there to average?",
            _parts(dx=lambda g, x, W, b: g @ W / len(x)),
        ),
        Mistake(
            "dW averaged over the batch",
            "The loss divides by the batch size. Does the layer, too?",
            _parts(dW=lambda g, x, W, b: g.T @ x / len(x)),
        ),
        Mistake(
            "db averaged over the batch",
            "The loss divides by the batch size. Does the layer, too?",
            _parts(db=lambda g, x, W, b: g.mean(axis=0)),
        ),
        Mistake(
            "dW and db averaged over the batch",
            "The loss divides by the batch size. Does the layer, too?",
            _parts(dW=lambda g, x, W, b: g.T @ x / len(x), db=lambda g, x, W, b: g.mean(axis=0)),
        ),
        Mistake("dW from the first row only", ROWS, _parts(dW=lambda g, x, W, b: np.outer(g[0], x[0]))),
        Mistake("dW from the last row only", ROWS, _parts(dW=lambda g, x, W, b: np.outer(g[-1], x[-1]))),
        Mistake(
            "dW from sums",
            "Multiply within each row first. Then sum.",
            _parts(dW=lambda g, x, W, b: np.outer(g.sum(axis=0), x.sum(axis=0))),
        ),
        Mistake(
            "dW without the upstream gradient",
            "What did the layer above send back?",
            _parts(dW=lambda g, x, W, b: np.ones_like(g).T @ x),
        ),
        Mistake(
            "dW scaled by W",
            "a is linear in W. Does its slope depend on W?",
            _parts(dW=lambda g, x, W, b: (g.T @ x) * W),
        ),
        Mistake("db not summed over the batch", "How many rows used this bias?", _parts(db=lambda g, x, W, b: g * 1.0)),
        Mistake("db summed over the outputs", "Which axis is the batch?", _parts(db=lambda g, x, W, b: g.sum(axis=1))),
        Mistake("db keeps the batch axis", SHAPED, _parts(db=lambda g, x, W, b: g.sum(axis=0, keepdims=True))),
        Mistake("db summed over everything", SHAPED, _parts(db=lambda g, x, W, b: g.sum())),
        Mistake(
            "db counts the rows",
            "What did the layer above send back?",
            _parts(db=lambda g, x, W, b: np.full(b.shape, float(len(x)))),
        ),
        Mistake(
            "db scaled by b",
            "a grows with b one to one. Does its slope depend on b?",
            _parts(db=lambda g, x, W, b: g.sum(axis=0) * b),
        ),
        Mistake("dW transposed and averaged", SHAPED, _parts(dW=lambda g, x, W, b: x.T @ g / len(x))),
        Mistake("dW not summed over the batch", ROWS, _parts(dW=lambda g, x, W, b: g[:, :, None] * x[:, None, :])),
        Mistake(
            "order dW, db, dx",
            "Compare the order of what you return with the docstring.",
            lambda g, x, W, b: (g.T @ x, g.sum(axis=0), g @ W),
        ),
        Mistake(
            "order dx, db, dW",
            "Compare the order of what you return with the docstring.",
            lambda g, x, W, b: (g @ W, g.sum(axis=0), g.T @ x),
        ),
        Mistake(
            "order dW, dx, db",
            "Compare the order of what you return with the docstring.",
            lambda g, x, W, b: (g.T @ x, g @ W, g.sum(axis=0)),
        ),
        *slips(fc_backward, backward=True, outputs=3),
    ),
    right=(
        lambda g, x, W, b: (np.einsum("no,oi->ni", g, W), np.einsum("no,ni->oi", g, x), np.einsum("no->o", g)),
        lambda g, x, W, b: [(W.T @ g.T).T, (x.T @ g).T, np.add.reduce(g)],
        lambda g, x, W, b: (
            np.array([W.T @ row for row in g]),
            sum(np.outer(u, v) for u, v in zip(g, x, strict=True)),
            sum(row for row in g),
        ),
        lambda g, x, W, b: (np.dot(g, W), np.tensordot(g, x, axes=(0, 0)), np.ones(len(x)) @ g),
        lambda g, x, W, b: (
            (g[:, :, None] * W[None]).sum(axis=1),
            (g[:, :, None] * x[:, None, :]).sum(axis=0),
            g.sum(axis=0, keepdims=True)[0],
        ),
        lambda g, x, W, b: tuple(
            np.float32(a) for a in fc_backward(np.float32(g), np.float32(x), np.float32(W), np.float32(b))
        ),
    ),
)


# --- the Jacobian --------------------------------------------------------------------------------------------------


def fc_jacobian_weights(h: Any) -> Any:
    return np.kron(np.eye(2), h)


def _jacobian_probes(rng: Generator) -> list[Probe]:
    name = "fc_jacobian_weights"
    found = [call(name, np.array([1.0, 2.0, 3.0])), *(call(name, away_from(rng, (n,))) for n in (2, 4, 5))]
    found += [
        call(name, away_from(rng, (1,)), criterion="edges"),
        call(name, read_only(away_from(rng, (3,))), criterion="edges"),
    ]
    return [
        *found,
        call(name, np.array([2, -3, 1]), criterion="edges"),
        call(name, away_from(rng, (6,))[::2], criterion="edges"),
    ]


JACOBIAN = Exercise(
    name="fc_jacobian_weights",
    assignment=ASSIGNMENT,
    points=2,
    signature="(h)",
    reference=fc_jacobian_weights,
    probes=_jacobian_probes,
    mistakes=(
        Mistake(
            "h in every block",
            "Does the first output contain the second output's weights?",
            lambda h: np.tile(h, (2, 2)).astype(float),
        ),
        Mistake(
            "h in the other block", "Which weights belong to the first output?", lambda h: np.kron(np.eye(2)[::-1], h)
        ),
        Mistake("transposed", "One row per output, one column per weight.", lambda h: np.kron(np.eye(2), h).T),
        Mistake(
            "interleaved",
            "W is flattened row by row: first all weights of the first output.",
            lambda h: np.kron(h, np.eye(2)),
        ),
        Mistake(
            "identity instead of h",
            "How far does an output move when one of its weights moves by 1?",
            lambda h: np.kron(np.eye(2), np.ones(len(h))),
        ),
        Mistake("Jacobian for one output", "Two outputs, two rows.", lambda h: np.asarray(h, dtype=float)[None] * 1.0),
        Mistake(
            "h on the diagonal",
            "How many weights has one output?",
            lambda h: np.diag(np.concatenate([h, h]).astype(float)),
        ),
        Mistake(
            "blocks side by side in one row", "Two outputs, two rows.", lambda h: np.concatenate([h, h]).astype(float)
        ),
        Mistake(
            "first row only", "Two outputs, two rows to fill.", lambda h: np.kron(np.array([[1.0, 0.0], [0.0, 0.0]]), h)
        ),
        Mistake(
            "kept as a tensor",
            "The weights are flattened: two axes in all.",
            lambda h: np.kron(np.eye(2), h).reshape(2, 2, len(h)),
        ),
        Mistake(
            "squared",
            "a is linear in W. How far does it move when a weight moves by 1?",
            lambda h: np.kron(np.eye(2), np.asarray(h) ** 2.0),
        ),
        *slips(fc_jacobian_weights, backward=False),
    ),
    right=(
        lambda h: np.array([[*h, *[0.0] * len(h)], [*[0.0] * len(h), *h]]),
        lambda h: np.vstack([np.concatenate([h, 0 * h]), np.concatenate([0 * h, h])]),
        lambda h: np.einsum("jk,i->jki", np.eye(2), h).reshape(2, -1),
        lambda h: np.block(
            [[np.asarray(h)[None], np.zeros((1, len(h)))], [np.zeros((1, len(h))), np.asarray(h)[None]]]
        ),
        lambda h: np.array([[h[c % len(h)] * (c // len(h) == r) for c in range(2 * len(h))] for r in range(2)]),
    ),
)


# --- flattening ----------------------------------------------------------------------------------------------------


def flatten_forward(x: Any) -> Any:
    return np.ascontiguousarray(x).reshape(len(x), -1)


def flatten_backward(upstream: Any, x: Any) -> Any:
    return np.asarray(upstream).reshape(x.shape)


IMAGES = ((2, 3, 4, 5), (4, 2, 3, 3), (3, 1, 2, 4))
FEW = ((1, 3, 2, 2), (2, 1, 1, 1), (3, 4), (2, 3, 4))


def _flatten_probes(rng: Generator) -> list[Probe]:
    name = "flatten_forward"
    found = [call(name, np.arange(8.0).reshape(2, 1, 2, 2)), *(call(name, away_from(rng, shape)) for shape in IMAGES)]
    found += [call(name, away_from(rng, shape), criterion="edges") for shape in FEW]
    found += [
        call(name, np.asfortranarray(away_from(rng, (2, 3, 2, 4))), criterion="edges", label="another memory order")
    ]
    found += [call(name, away_from(rng, (2, 4, 3, 5)).transpose(0, 2, 1, 3), criterion="edges", label="a view")]
    return [*found, call(name, read_only(away_from(rng, (2, 2, 3, 4))), criterion="edges")]


FLATTEN = Exercise(
    name="flatten_forward",
    assignment=ASSIGNMENT,
    points=1,
    signature="(x)",
    reference=flatten_forward,
    probes=_flatten_probes,
    mistakes=(
        Mistake("batch flattened too", "One row per example.", lambda x: x.reshape(-1)),
        Mistake("one row in all", "One row per example.", lambda x: x.reshape(1, -1)),
        Mistake(
            "column-major order",
            "In which order does NumPy read the entries of one example?",
            lambda x: x.reshape(len(x), -1, order="F"),
        ),
        Mistake("one column per example", "One row per example.", lambda x: x.reshape(len(x), -1).T),
        Mistake(
            "reshaped the wrong way round",
            "Entries of different examples must not meet in one row.",
            lambda x: x.reshape(-1, len(x)),
        ),
        Mistake(
            "examples mixed",
            "Entries of different examples must not meet in one row.",
            lambda x: x.reshape(-1, len(x)).T,
        ),
        Mistake(
            "colours kept apart", "Everything but the batch becomes one row.", lambda x: x.reshape(*x.shape[:2], -1)
        ),
        Mistake(
            "axes swapped before",
            "No number changes its neighbour: reshape alone is enough.",
            lambda x: np.moveaxis(x, 1, -1).reshape(len(x), -1),
        ),
        Mistake(
            "averaged over the colours",
            "How many numbers go in, and how many come out?",
            lambda x: x.mean(axis=1).reshape(len(x), -1),
        ),
        Mistake(
            "memory order",
            "ravel with order K reads the memory as it lies. A view may lie in another order.",
            lambda x: x.ravel(order="K").reshape(len(x), -1),
        ),
        *slips(flatten_forward, backward=False),
    ),
    right=(
        lambda x: np.array([row.ravel() for row in x]),
        lambda x: np.reshape(x, (x.shape[0], int(np.prod(x.shape[1:])))),
        lambda x: np.stack([row.flatten() for row in x]),
        lambda x: x.ravel().reshape(x.shape[0], -1),
        lambda x: np.array([list(np.nditer(row, order="C")) for row in x]),
    ),
)


def _unflatten_probes(rng: Generator) -> list[Probe]:
    name = "flatten_backward"

    def one(shape: tuple[int, ...], criterion: str = "values", make: Any = None) -> Probe:
        x, g = away_from(rng, shape), upstream_like(rng, (shape[0], int(np.prod(shape[1:]))))
        return call(name, *((make(g), make(x)) if make else (g, x)), criterion=criterion)

    found = [one((2, 1, 2, 2)), *(one(shape) for shape in IMAGES)]
    found += [one(shape, "edges") for shape in FEW]
    return [*found, one((2, 3, 2, 4), "edges", np.asfortranarray), one((2, 2, 3, 4), "edges", read_only)]


UNFLATTEN = Exercise(
    name="flatten_backward",
    assignment=ASSIGNMENT,
    points=1,
    signature="(upstream, x)",
    reference=flatten_backward,
    forward="flatten_forward",
    forward_reference=flatten_forward,
    functions=("flatten_backward", "flatten_forward"),
    probes=_unflatten_probes,
    mistakes=(
        Mistake("still flat", "The gradient has the shape of x.", lambda g, x: g * 1.0),
        Mistake("returns x", "What is sent back: the input, or the gradient?", lambda g, x: x * 1.0),
        Mistake("gradient of ones", "What did the layer above send back?", lambda g, x: np.ones_like(x)),
        Mistake(
            "column-major order",
            "Forward and backward must agree on the order.",
            lambda g, x: g.reshape(x.shape, order="F"),
        ),
        Mistake(
            "multiplied by x", "Flattening changes no number. What is its slope?", lambda g, x: g.reshape(x.shape) * x
        ),
        Mistake("axes reversed", "Which shape has x?", lambda g, x: g.reshape(x.shape[::-1])),
        Mistake(
            "colours last", "Which axis of x counts the colours?", lambda g, x: np.moveaxis(g.reshape(x.shape), 1, -1)
        ),
        Mistake(
            "folded as if the colours were last",
            "Which axis of x counts the colours?",
            lambda g, x: np.moveaxis(g.reshape(x.shape[:1] + x.shape[2:] + x.shape[1:2]), -1, 1),
        ),
        Mistake("divided by the batch", "Where was the 1/B already applied?", lambda g, x: g.reshape(x.shape) / len(x)),
        *(
            s
            for s in slips(flatten_backward, backward=True)
            if s.name not in ("upstream returned unchanged", "upstream forgotten")
        ),
    ),
    right=(
        lambda g, x: np.array([row.reshape(x.shape[1:]) for row in g]),
        lambda g, x: np.reshape(g, np.shape(x)),
        lambda g, x: np.array(list(np.ravel(g))).reshape(x.shape),
        lambda g, x: g.ravel().reshape(x.shape).copy(),
        lambda g, x: np.zeros_like(x) + g.reshape(x.shape),
    ),
)


# --- two linear models ---------------------------------------------------------------------------------------------

DATA = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]]), np.array([1.0, 2.0, 0.0])


def _model_probes(name: str, spread: float, binary: bool) -> Any:
    def probes(rng: Generator) -> list[Probe]:
        def one(examples: int, inputs: int, criterion: str = "values", make: Any = None) -> Probe:
            X, w = away_from(rng, (examples, inputs), spread=spread), away_from(rng, (inputs,), spread=spread)
            y = rng.integers(0, 2, examples).astype(float) if binary else away_from(rng, (examples,))
            arguments = (make(w), make(X), make(y)) if make else (w, X, y)
            return call(name, *arguments, criterion=criterion)

        found = [call(name, np.array([0.5, -0.5]), *DATA), one(5, 3), one(4, 2), one(3, 4), one(6, 5), one(3, 3)]
        found += [one(1, 3, "edges"), one(4, 1, "edges"), one(1, 1, "edges"), one(5, 2, "edges", read_only)]
        found += [one(4, 3, "edges", lambda a: a.astype(np.float32)), one(4, 3, "edges", np.asfortranarray)]
        if binary:
            w, X = np.array([300.0, -200.0]), np.array([[4.0, -3.0], [-5.0, 2.0], [1.0, 1.5]])
            found.append(call(name, w, X, np.array([0.0, 1.0, 1.0]), criterion="edges", label="saturated", scale=1.0))
        return found

    return probes


def linear_regression_gradient(w: Any, X: Any, y: Any) -> Any:
    return -2 * X.T @ (y - X @ w)


RESIDUAL = "Nudge w by hand in the 3 by 2 example: does the loss rise or fall?"

REGRESSION = Exercise(
    name="linear_regression_gradient",
    assignment=ASSIGNMENT,
    points=2,
    signature="(w, X, y)",
    reference=linear_regression_gradient,
    probes=_model_probes("linear_regression_gradient", 1.5, False),
    mistakes=(
        Mistake("sign", RESIDUAL, lambda w, X, y: 2 * X.T @ (y - X @ w)),
        Mistake("2 forgotten", "The loss is a square without a half.", lambda w, X, y: -X.T @ (y - X @ w)),
        Mistake(
            "averaged over the examples",
            "The docstring says whether the loss sums or averages.",
            lambda w, X, y: -2 * X.T @ (y - X @ w) / len(X),
        ),
        Mistake(
            "2 forgotten and averaged",
            "The docstring says what the loss is.",
            lambda w, X, y: -X.T @ (y - X @ w) / len(X),
        ),
        Mistake("X instead of its transpose", SHAPES, lambda w, X, y: -2 * X @ (y - X @ w)),
        Mistake(
            "inputs forgotten",
            "How fast does a prediction move with w_j?",
            lambda w, X, y: np.full(w.shape, -2 * np.sum(y - X @ w)),
        ),
        Mistake(
            "not summed over the examples", "One number per weight.", lambda w, X, y: -2 * X * (y - X @ w)[:, None]
        ),
        Mistake("target forgotten", "What is the prediction compared with?", lambda w, X, y: 2 * X.T @ (X @ w)),
        Mistake("prediction forgotten", "What is the target compared with?", lambda w, X, y: -2 * X.T @ y),
        Mistake("the loss, not its gradient", "One number per weight.", lambda w, X, y: np.sum((y - X @ w) ** 2)),
        Mistake(
            "the step, not the gradient",
            "Return the gradient alone; the learning rate comes later.",
            lambda w, X, y: w + 2 * X.T @ (y - X @ w),
        ),
        Mistake("residual squared", "What is the slope of a square?", lambda w, X, y: -2 * X.T @ (y - X @ w) ** 2),
        Mistake(
            "sizes of the residuals only",
            "Does it matter on which side of the target the prediction lies?",
            lambda w, X, y: -2 * X.T @ np.abs(y - X @ w),
        ),
        Mistake(
            "broadcast blow-up",
            "Look at the shapes on both sides of your minus: (n,) and (n, 1)?",
            lambda w, X, y: -2 * X.T @ (y[:, None] - X @ w).sum(axis=1),
        ),
        Mistake(
            "scaled by the weights",
            "The prediction is linear in w. Does its slope depend on w?",
            lambda w, X, y: -2 * X.T @ (y - X @ w) * w,
        ),
        *slips(linear_regression_gradient, backward=False),
    ),
    right=(
        lambda w, X, y: 2 * X.T @ (X @ w - y),
        lambda w, X, y: 2 * (X.T @ X @ w - X.T @ y),
        lambda w, X, y: sum(-2 * (t - row @ w) * row for row, t in zip(X, y, strict=True)),
        lambda w, X, y: np.einsum("kj,k->j", X, 2 * (X.dot(w) - y)),
        lambda w, X, y: ((X @ w - y)[:, None] * X * 2).sum(axis=0),
    ),
)


def _s(x: Any) -> Any:
    return 0.5 * (1 + np.tanh(0.5 * x))


def sigmoid_perceptron_gradient(w: Any, X: Any, y: Any) -> Any:
    s = _s(X @ w)
    return X.T @ (-2 * (y - s) * s * (1 - s))


def _perceptron(factor: Any) -> Any:
    """The rule with another factor per example: factor(y, s, d)."""
    return lambda w, X, y: X.T @ factor(y, _s(X @ w), X @ w)


PERCEPTRON = Exercise(
    name="sigmoid_perceptron_gradient",
    assignment=ASSIGNMENT,
    points=2,
    signature="(w, X, y)",
    reference=sigmoid_perceptron_gradient,
    probes=_model_probes("sigmoid_perceptron_gradient", 1.0, True),
    mistakes=(
        Mistake(
            "slope of the sigmoid forgotten",
            "From the loss to w you pass a square, a sigmoid and a sum. How many slopes is that?",
            _perceptron(lambda y, s, d: -2 * (y - s)),
        ),
        Mistake(
            "slope of the sigmoid taken at its output",
            "At which value is the slope taken? You apply the sigmoid to something that already went through it.",
            _perceptron(lambda y, s, d: -2 * (y - s) * _s(s) * (1 - _s(s))),
        ),
        Mistake(
            "gradient of the cross-entropy",
            "s - y belongs to another loss. Which one is in the docstring?",
            _perceptron(lambda y, s, d: s - y),
        ),
        Mistake(
            "2 forgotten", "The loss is a square without a half.", _perceptron(lambda y, s, d: -(y - s) * s * (1 - s))
        ),
        Mistake(
            "sign",
            "Take one example with y = 1: should its score rise or fall?",
            _perceptron(lambda y, s, d: 2 * (y - s) * s * (1 - s)),
        ),
        Mistake(
            "averaged over the examples",
            "The docstring says whether the loss sums or averages.",
            lambda w, X, y: sigmoid_perceptron_gradient(w, X, y) / len(X),
        ),
        Mistake(
            "slope s only", "Is the sigmoid steepest where s is near 1?", _perceptron(lambda y, s, d: -2 * (y - s) * s)
        ),
        Mistake(
            "slope 1 - s only",
            "Is the sigmoid steepest where s is near 0?",
            _perceptron(lambda y, s, d: -2 * (y - s) * (1 - s)),
        ),
        Mistake(
            "slope written with d",
            "The slope is written with the sigmoid's output. Which of the two did you use?",
            _perceptron(lambda y, s, d: -2 * (y - s) * d * (1 - d)),
        ),
        Mistake(
            "slope s (1 + s)",
            "The slope must vanish where the sigmoid is flat, at both ends.",
            _perceptron(lambda y, s, d: -2 * (y - s) * s * (1 + s)),
        ),
        Mistake(
            "residual without the sigmoid",
            "What is the prediction of this model?",
            _perceptron(lambda y, s, d: -2 * (y - d) * s * (1 - s)),
        ),
        Mistake("the linear model's gradient", "Where is the sigmoid?", _perceptron(lambda y, s, d: -2 * (y - d))),
        Mistake(
            "inputs forgotten",
            "How fast does d move with w_j?",
            lambda w, X, y: np.full(w.shape, np.sum(-2 * (y - _s(X @ w)) * _s(X @ w) * (1 - _s(X @ w)))),
        ),
        Mistake(
            "not summed over the examples",
            "One number per weight.",
            lambda w, X, y: X * (-2 * (y - _s(X @ w)) * _s(X @ w) * (1 - _s(X @ w)))[:, None],
        ),
        Mistake(
            "X instead of its transpose",
            SHAPES,
            lambda w, X, y: X @ (-2 * (y - _s(X @ w)) * _s(X @ w) * (1 - _s(X @ w))),
        ),
        *slips(sigmoid_perceptron_gradient, backward=False),
    ),
    right=(
        lambda w, X, y: 2 * X.T @ ((_s(X @ w) - y) * (_s(X @ w) - _s(X @ w) ** 2)),
        lambda w, X, y: sum(
            -2 * (t - _s(row @ w)) * _s(row @ w) * (1 - _s(row @ w)) * row for row, t in zip(X, y, strict=True)
        ),
        lambda w, X, y: np.einsum("ij,i->j", X, -2 * (y - _s(X @ w)) * _s(X @ w) * _s(-(X @ w))),
        lambda w, X, y: (
            ((1 / (1 + np.exp(-(X @ w))) - y) * 2 * (1 / (1 + np.exp(-(X @ w)))) * (1 - 1 / (1 + np.exp(-(X @ w))))) @ X
        ),
        lambda w, X, y: (X * ((_s(X @ w) - y) / (2 * np.cosh(np.clip(X @ w, -700, 700) / 2) ** 2))[:, None]).sum(
            axis=0
        ),
    ),
)


EXERCISES = (FORWARD, BACKWARD, JACOBIAN, FLATTEN, UNFLATTEN, REGRESSION, PERCEPTRON)
