"""One training step (forward, loss, backward, SGD) of nn_lib against hand-written NumPy and the frameworks."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.rounds import medians, ratio, timed
from benchmarks.table import Table
from nn_lib import MLP, SGD

NETWORKS = (
    ((784, 30, 10), "sigmoid", 10),
    ((64, 32, 10), "relu", 32),
    ((784, 256, 128, 10), "relu", 64),
    ((784, 1024, 1024, 10), "relu", 256),
)
RATE = 0.01
Run = Callable[[], object]


def _data(sizes: tuple[int, ...], batch: int, dtype: str) -> tuple[Any, Any, list[Any], list[Any]]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, sizes[0])).astype(dtype)
    labels = rng.integers(0, sizes[-1], batch)
    weights = [(rng.normal(size=(m, n)) * np.sqrt(2 / n)).astype(dtype) for n, m in itertools.pairwise(sizes)]
    return x, labels, weights, [np.zeros(m, dtype) for m in sizes[1:]]


def _matmuls(x: Any, weights: list[Any]) -> Run:
    """The floor: only the products a step cannot do without."""
    hs = [x]
    for W in weights:
        hs.append(hs[-1] @ W.T)

    def step() -> None:
        for h, W in zip(hs, weights, strict=False):
            h @ W.T
        for i in range(len(weights) - 1, -1, -1):
            hs[i + 1].T @ hs[i]
            if i:
                hs[i + 1] @ weights[i]

    return step


def cross_entropy(z: Any, rows: Any, labels: Any) -> tuple[Any, Any]:
    """By hand: the mean loss of logits z, at most 0 in each row, and its gradient times the size of the batch.

    The true class is taken apart from the others: where it is nearly sure, the loss is what little they have.
    """
    e = np.exp(z)
    own = e[rows, labels]
    e[rows, labels] = 0
    others = e.sum(axis=1)
    loss = np.mean(np.log1p(others + (own - 1)) - z[rows, labels])
    total = others + own
    delta = e / total[:, None]
    delta[rows, labels] = -others / total
    return loss, delta


def _by_hand(x: Any, labels: Any, weights: list[Any], biases: list[Any], activation: str) -> Run:
    """A step as a careful programmer writes it, in the stable forms that nn_lib has: all digits of a small loss."""
    weights, biases = [W.copy() for W in weights], [b.copy() for b in biases]
    rows = np.arange(len(labels))
    batch = x.dtype.type(len(labels))
    rate = x.dtype.type(RATE)

    def step() -> Any:
        hs = [x]
        kept: list[Any] = []
        for i, (W, b) in enumerate(zip(weights, biases, strict=True)):
            a = hs[-1] @ W.T + b
            if i < len(weights) - 1:
                if activation == "relu":
                    a = np.maximum(a, 0)
                else:  # the stable form, whose tails keep their digits
                    e = np.exp(-np.abs(a))
                    kept.append(e)
                    a = np.maximum(e, a >= 0) / (1 + e)
            hs.append(a)
        z = hs[-1] - hs[-1].max(axis=1, keepdims=True)
        loss, delta = cross_entropy(z, rows, labels)
        delta /= batch
        for i in range(len(weights) - 1, -1, -1):
            dW, db = delta.T @ hs[i], delta.sum(axis=0)
            if i:
                h = hs[i]
                slope = (h > 0) if activation == "relu" else kept[i - 1] / (1 + kept[i - 1]) ** 2
                delta = (delta @ weights[i]) * slope
            weights[i] -= rate * dW
            biases[i] -= rate * db
        return loss

    return step


def _nn_lib(x: Any, labels: Any, weights: list[Any], biases: list[Any], activation: str) -> Run:
    sizes = [weights[0].shape[1], *(W.shape[0] for W in weights)]
    model = MLP(sizes, activation=activation, dtype=str(x.dtype))
    for p, q in zip(model.parameters, itertools.chain(*zip(weights, biases, strict=True)), strict=True):
        p[...] = q
    optimizer = SGD(RATE)

    def step() -> Any:
        loss = model.loss(x, labels)
        optimizer.step(model.parameters, model.backward())
        return loss

    return step


def _torch(x: Any, labels: Any, weights: list[Any], biases: list[Any], activation: str) -> Run:
    import torch

    torch.set_num_threads(1)
    with contextlib.suppress(RuntimeError):
        torch.set_num_interop_threads(1)
    layers: list[Any] = []
    for i, (W, b) in enumerate(zip(weights, biases, strict=True)):
        layer = torch.nn.Linear(W.shape[1], W.shape[0], dtype=torch.from_numpy(x).dtype)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(W))
            layer.bias.copy_(torch.from_numpy(b))
        layers.append(layer)
        if i < len(weights) - 1:
            layers.append(torch.nn.ReLU() if activation == "relu" else torch.nn.Sigmoid())
    model, loss_of = torch.nn.Sequential(*layers), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    inputs, targets = torch.from_numpy(x), torch.from_numpy(labels)

    def step() -> Any:
        optimizer.zero_grad()
        loss = loss_of(model(inputs), targets)
        loss.backward()
        optimizer.step()
        return loss

    return step


def _jax(x: Any, labels: Any, weights: list[Any], biases: list[Any], activation: str) -> Run:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    act = jax.nn.relu if activation == "relu" else jax.nn.sigmoid

    def loss_of(parameters: Any, inputs: Any, targets: Any) -> Any:
        h = inputs
        for i, (W, b) in enumerate(parameters):
            h = h @ W.T + b
            h = act(h) if i < len(parameters) - 1 else h
        return -jnp.mean(jax.nn.log_softmax(h)[jnp.arange(len(targets)), targets])

    @jax.jit
    def update(parameters: Any, inputs: Any, targets: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(parameters, inputs, targets)
        return jax.tree.map(lambda p, g: p - jnp.asarray(RATE, p.dtype) * g, parameters, gradients), loss

    state = [[(jnp.asarray(W), jnp.asarray(b)) for W, b in zip(weights, biases, strict=True)]]
    inputs, targets = jnp.asarray(x), jnp.asarray(labels)

    def step() -> Any:
        state[0], loss = update(state[0], inputs, targets)
        return loss.block_until_ready()

    return step


def _autograd(x: Any, labels: Any, weights: list[Any], biases: list[Any], activation: str) -> Run:
    import autograd.numpy as anp
    from autograd import grad
    from autograd.scipy.special import logsumexp

    rows = np.arange(len(labels))

    def loss_of(parameters: Any) -> Any:
        h = x
        for i, (W, b) in enumerate(parameters):
            h = anp.dot(h, W.T) + b
            if i < len(parameters) - 1:
                h = anp.maximum(h, 0) if activation == "relu" else 0.5 * (1 + anp.tanh(0.5 * h))
        return anp.mean(logsumexp(h, axis=1) - h[rows, labels])

    gradient = grad(loss_of)
    parameters = [[W.copy(), b.copy()] for W, b in zip(weights, biases, strict=True)]

    def step() -> None:
        for layer, moves in zip(parameters, gradient(parameters), strict=True):
            layer[0] -= RATE * moves[0]
            layer[1] -= RATE * moves[1]

    return step


PEERS: dict[str, Callable[..., Run]] = {"PyTorch eager": _torch, "JAX jit": _jax, "HIPS autograd": _autograd}


def page_faults(sizes: tuple[int, ...], activation: str, batch: int, dtype: str, steps: int = 50) -> float | None:
    """Page faults per nn_lib step after warm-up; None where the system does not count them."""
    if sys.platform == "win32":
        return None
    import resource

    run = _nn_lib(*_data(sizes, batch, dtype), activation)
    for _ in range(20):
        run()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(steps):
        run()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / steps


def run(quick: bool = False) -> Table:
    """The table of all networks in both precisions."""
    table = Table(
        "Training steps",
        "One step on one thread, microseconds of the processor; medians over interleaved rounds, ratios within each. "
        "The floor is the matrix products alone. `nn_lib / NumPy` is the ratio to a careful hand-written step, whose "
        "loss keeps its digits in the same stable form. Page faults are per nn_lib step, after warm-up. micrograd is "
        "left out: it has no arrays, and takes seconds a step.",
        ["network", "dtype", "floor", "NumPy", "nn_lib", "nn_lib / NumPy", *PEERS, "page faults"],
    )
    networks = NETWORKS[1:2] if quick else NETWORKS
    for (sizes, activation, batch), dtype in itertools.product(networks, ("float32", "float64")):
        data = _data(sizes, batch, dtype)
        runs: dict[str, Run] = {
            "floor": _matmuls(data[0], data[2]),
            "NumPy": _by_hand(*data, activation),
            "nn_lib": _nn_lib(*data, activation),
        }
        for name, build in PEERS.items():
            with contextlib.suppress(ImportError):
                runs[name] = build(*data, activation)
        large = max(sizes[1:]) > 512
        turns, calls = (2, 2) if quick else (9, 3) if large else (61, 40 if max(sizes[1:]) < 100 else 10)
        rounds = timed(runs, turns, calls)
        seconds = medians(rounds)
        faults = page_faults(sizes, activation, batch, dtype, 5 if quick or large else 50)
        table.rows.append([
            f"{'-'.join(map(str, sizes))} {activation} b{batch}",
            dtype,
            *(f"{1e6 * seconds[name]:.0f}" for name in ("floor", "NumPy", "nn_lib")),
            f"{ratio(rounds, 'nn_lib', 'NumPy'):.2f}",
            *(f"{1e6 * seconds[name]:.0f}" if name in seconds else "not installed" for name in PEERS),
            "not counted" if faults is None else f"{faults:.2g}",
        ])  # fmt: skip
    return table
