"""An epoch of `fit`, progress off, against the same epoch as a careful programmer writes it by hand."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from benchmarks.rounds import medians, ratio, timed
from benchmarks.table import Table
from benchmarks.training_steps import RATE, cross_entropy
from nn_lib import MLP, SGD, datasets, fit

NETWORKS = (((64, 32, 10), 32), ((64, 128, 64, 10), 64))


def by_hand(inputs: Any, labels: Any, sizes: tuple[int, ...], batch_size: int, accuracy: bool) -> Any:
    """An epoch: shuffled mini-batches, a step each, the mean loss, and (`accuracy`) the share right of the batches.

    As careful as `fit`: the stable form of the loss, and an end when loss or weights are no numbers any more.
    """
    model = MLP(list(sizes), dtype=str(inputs.dtype))
    weights = [layer.W.copy() for layer in model.fully_connected]
    biases = [layer.b.copy() for layer in model.fully_connected]
    rng, rate = np.random.default_rng(0), inputs.dtype.type(RATE)

    def epoch() -> Any:
        total, right = 0.0, 0
        order = rng.permutation(len(inputs))
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            x, y = inputs[batch], labels[batch]
            rows = np.arange(len(y))
            hs = [x]
            for i, (W, b) in enumerate(zip(weights, biases, strict=True)):
                a = hs[-1] @ W.T + b
                hs.append(np.maximum(a, 0) if i < len(weights) - 1 else a)
            z = hs[-1] - hs[-1].max(axis=1, keepdims=True)
            loss, delta = cross_entropy(z, rows, y)
            if not loss <= 1e8:
                raise FloatingPointError(f"training diverged: the loss is {loss:g}")
            total += float(loss) * len(y)
            if accuracy:
                right += int(np.count_nonzero(z.argmax(axis=1) == y))
            delta /= x.dtype.type(len(y))
            for i in range(len(weights) - 1, -1, -1):
                dW, db = delta.T @ hs[i], delta.sum(axis=0)
                if i:
                    delta = (delta @ weights[i]) * (hs[i] > 0)
                weights[i] -= rate * dW
                biases[i] -= rate * db
        if not sum(float(np.abs(W).sum()) for W in weights + biases) <= 1e20:
            raise FloatingPointError("training diverged: the weights have grown beyond all bounds")
        return total / len(inputs), right / len(inputs)

    return epoch


def run(quick: bool = False) -> Table:
    """Milliseconds an epoch, and the ratios."""
    train = datasets.digits().train
    table = Table(
        "Fit",
        f"An epoch over the {len(train):,} digits, one thread, milliseconds of the processor; medians over interleaved "
        "rounds, ratios within each. By hand: loops over the same shuffled mini-batches, as stable and as watchful as "
        "`fit`, with the mean loss, and with the accuracy of the batches too. `full_accuracy` takes the "
        "accuracy of all digits at the end of each epoch instead.",
        ["network", "dtype", "by hand", "with accuracy", "fit", "fit / by hand", "with accuracy", "full_accuracy"],
    )
    for (sizes, batch), dtype in itertools.product(NETWORKS[:1] if quick else NETWORKS, ("float32", "float64")):
        inputs, labels = np.ascontiguousarray(train.inputs, dtype=dtype), np.asarray(train.labels)
        model = MLP(list(sizes), dtype=dtype)
        optimizer = SGD(RATE)

        data = datasets.Split(inputs, labels)  # in the network's precision already, as by hand

        def trained(
            model: MLP = model, optimizer: SGD = optimizer, batch: int = batch, data: Any = data, **more: Any
        ) -> Any:
            return fit(model, data, optimizer=optimizer, epochs=1, batch_size=batch, progress=False, **more)

        contestants = {
            "loss": by_hand(inputs, labels, sizes, batch, accuracy=False),
            "accuracy": by_hand(inputs, labels, sizes, batch, accuracy=True),
            "fit": trained,
            "full": lambda trained=trained: trained(full_accuracy=True),
        }
        rounds = timed(contestants, *((2, 1) if quick else (81, 1)))
        seconds = medians(rounds)
        table.rows.append([
            f"{'-'.join(map(str, sizes))} relu b{batch}",
            dtype,
            *(f"{1e3 * seconds[name]:.2f}" for name in ("loss", "accuracy", "fit")),
            *(f"{ratio(rounds, 'fit', name):.2f}" for name in ("loss", "accuracy")),
            f"{1e3 * seconds['full']:.2f}",
        ])  # fmt: skip
    return table
