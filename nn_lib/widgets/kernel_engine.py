"""The playground's engine on nn_lib: data, network and training behind a few calls, whose answers a front end draws.

The page's engine (`front/engine.js`) answers the same calls with the same numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nn_lib import datasets
from nn_lib.divergence import MOST_WEIGHT, most_loss, size_of
from nn_lib.gate import Array
from nn_lib.layers import MLP, FullyConnected, PReLU
from nn_lib.optimizers import SGD, Adam, Optimizer
from nn_lib.regularizers import L1, L2
from nn_lib.training import minibatches
from nn_lib.widgets.program import NOT_IN_NUMPY, numpy_program, program
from nn_lib.widgets.settings import FEATURES, REGRESSIONS, SHAPES, checked

GRID, REACH, SHOWN_DELTAS = 100, 6.0, 300
MOST_NUDGED, H = 400, 1e-5  # weights up to which a mini-batch comes with finite differences, and their step


class Playground:
    """One network in training. Each public method answers with a dictionary of numbers, lists and float32 arrays."""

    def __init__(self, config: dict[str, Any] | None = None) -> None:
        self.start(config or {})

    def start(self, config: dict[str, Any], most: int = 64) -> dict[str, Any]:
        """Draw the data and the weights anew; the answer also holds the data.

        `most` here and below: of how many units of a layer the maps are wanted. Raises `ValueError` as `checked` does.
        """
        self.config = config = checked(config)
        data = self._data()
        self.classifies = config["problem"] not in REGRESSIONS
        self.points = data.train.inputs
        both = {"train": data.train, "test": data.test}
        self.inputs = {name: self._features(part.inputs) for name, part in both.items()}
        self.labels = {name: np.ravel(part.labels) for name, part in both.items()}
        signed = self.classifies and config["loss"] == "squared_error"
        self.targets = {name: 2.0 * y - 1.0 if signed else y for name, y in self.labels.items()}
        self.model = MLP(
            [len(config["features"]), *config["hidden"], 1],
            config["activations"],
            config["loss"],
            config["seed"],
            initializer=None if config["initializer"] in ("default", "given") else config["initializer"],
            regularizer={"none": None, "l1": L1(config["strength"]), "l2": L2(config["strength"])}[
                config["regularizer"]
            ],
        )
        if config["weights"] is not None:
            for layer, W, b in zip(self.model.fully_connected, config["weights"], config["biases"], strict=True):
                layer.W[...], layer.b[...] = W, b
        self.optimizer = self._optimizer()
        self.shuffles = np.random.default_rng(config["seed"])
        self.batches: list[Array] = []
        self.epoch = 0
        self.begun = config
        self.events: list[dict[str, Any]] = []  # what a hand changed under way: `code` repeats it
        axis = np.linspace(-REACH, REACH, GRID)
        x, y = np.meshgrid(axis, axis[::-1])
        self.grid = self._features(np.stack([x.ravel(), y.ravel()], axis=1))
        self._parts = both
        with np.errstate(all="ignore"):
            self.most_loss = most_loss(self._measure("train")["loss"])
        return self.join(most)

    def join(self, most: int = 64) -> dict[str, Any]:
        """What another view of this run shows now, its data and settings with it."""
        view = self.view(most=most)
        shown = {
            n: {"points": p.inputs.tolist(), "labels": np.ravel(p.labels).tolist()} for n, p in self._parts.items()
        }
        return {**view, "data": shown, "config": self.config}

    def advance(self, epochs: int = 1, deltas: bool = False, most: int = 64) -> dict[str, Any]:
        """Train for so many epochs; an epoch that was begun with `minibatch` is finished first."""
        with np.errstate(all="ignore"):
            for _ in range(epochs):
                goal = self.epoch + 1
                while self.epoch < goal:
                    self._step(self._next_batch())
        return self.view(deltas, most)

    def train(self, steps: int, most: int = 64) -> dict[str, Any]:
        """Train for so many mini-batches, whole epochs or not."""
        with np.errstate(all="ignore"):
            for _ in range(steps):
                self._step(self._next_batch())
        return self.view(most=most)

    def film(self, frames: int, deltas: bool = False, most: int = 64) -> dict[str, Any]:
        """The next epochs, one view each in `views`; their arrays come stacked, frame after frame."""
        views = [self.advance(1, deltas, most) for _ in range(min(int(frames), 60))]
        arrays: dict[str, Any] = {
            name: np.concatenate([view.pop(name) for view in views]) for name in ("maps", "deltas") if name in views[0]
        }
        return {"views": views, **arrays}

    def minibatch(self, most: int = 64) -> dict[str, Any]:
        """One mini-batch forward and back, with its numbers for the first eight examples; then the step is taken.

        `differences` of a layer are those of the batch's loss by its weights, None where there are many weights.
        """
        batch = self._next_batch()
        before = [(layer.W.copy(), layer.b.copy()) for layer in self.model.fully_connected]
        learned = self._slopes()
        with np.errstate(all="ignore"):
            nudged = self._nudged(self.inputs["train"][batch], self.targets["train"][batch])
            loss, trace, deltas = self._traced(self.inputs["train"][batch], self.targets["train"][batch])
            self._regularize()
            gradients = [(layer.dW.copy(), layer.db.copy()) for layer in self.model.fully_connected]
            self._move()
        layers = [
            {
                "activation": name,
                "alpha": slopes,
                "W": W.tolist(), "b": b.tolist(), "a": a[:8].tolist(), "h": h[:8].tolist(),
                "delta": delta[:8].tolist(), "dW": dW.tolist(), "db": db.tolist(), "differences": differences,
            }
            for name, slopes, (W, b), (a, h), delta, (dW, db), differences in zip(
                [*self.config["activations"], "linear"], learned, before, trace, deltas, gradients, nudged, strict=True
            )
        ]  # fmt: skip
        told = {
            "size": len(batch),
            "points": self.points[batch][:8].tolist(),
            "inputs": self.inputs["train"][batch][:8].tolist(),
            "targets": self.targets["train"][batch][:8].tolist(),
            "loss": loss,
            "layers": layers,
        }
        return {**self.view(most=most), "batch": told}

    def probe(self, layer: int, row: int, column: int) -> dict[str, Any]:
        """One weight (with column -1, a bias) over all training points.

        `value`, `gradient`, finite `difference`, the `loss`, and `delta`, the sum of the unit's deltas.
        """
        chosen = self.model.fully_connected[layer]
        array, at = (chosen.b, (row,)) if column < 0 else (chosen.W, (row, column))
        value = float(array[at])
        x, targets = self.inputs["train"], self.targets["train"]
        with np.errstate(all="ignore"):
            kept = [(part.dW.copy(), part.db.copy()) for part in self.model.fully_connected]
            difference = self._difference(array, at, x, targets)
            _, _, deltas = self._traced(x, targets)
            self._regularize()
            gradient = float((chosen.db if column < 0 else chosen.dW)[at])
            loss = self._penalised(x, targets)
            for part, (dW, db) in zip(self.model.fully_connected, kept, strict=True):
                part.dW[...], part.db[...] = dW, db
        delta = float(deltas[layer][:, row].sum())
        return {"value": value, "gradient": gradient, "difference": difference, "loss": loss, "delta": delta}

    def edit(self, layer: int, row: int, column: int, value: float, most: int = 64) -> dict[str, Any]:
        """Give one weight a value (or, with column -1, a bias)."""
        chosen = self.model.fully_connected[layer]
        if column < 0:
            chosen.b[row] = value
        else:
            chosen.W[row, column] = value
        self._note({"layer": layer, "row": row, "column": column, "value": float(value)})
        return self.view(most=most)

    def pace(self, learning_rate: float) -> dict[str, Any]:
        """Go on with another learning rate. Raises `ValueError` as `checked` does."""
        self.config = checked({**self.config, "learning_rate": learning_rate})
        self.optimizer.learning_rate = float(learning_rate)
        self._note({"learning_rate": float(learning_rate)})
        return {"steps": self.optimizer.steps, "learning_rate": float(learning_rate)}

    def _note(self, change: dict[str, Any]) -> None:
        """Of what a hand drags, the last value counts."""
        place = ("step", "layer", "row", "column")
        event = {"step": self.optimizer.steps, **change}
        if self.events and all(self.events[-1].get(name) == event.get(name) for name in place):
            self.events.pop()
        self.events.append(event)

    def view(self, deltas: bool = False, most: int = 64) -> dict[str, Any]:
        """What there is to see: losses, accuracies, weights, gradient sizes, and every unit's output over the plane."""
        model = self.model
        with np.errstate(all="ignore"):
            kept = [(layer.dW.copy(), layer.db.copy()) for layer in model.fully_connected]
            _, _, all_deltas = self._traced(self.inputs["train"], self.targets["train"])
            gradients = [float(np.sqrt(np.sum(layer.dW**2))) for layer in model.fully_connected]
            for layer, (dW, db) in zip(model.fully_connected, kept, strict=True):
                layer.dW[...], layer.db[...] = dW, db
            maps = np.concatenate([h.T[:most].astype(np.float32) for _, h in self._forward(self.grid)])
            train, test = self._measure("train"), self._measure("test")
        view = {
            "epoch": self.epoch,
            "steps": self.optimizer.steps,
            "train": train,
            "test": test,
            "gradients": gradients,
            "weights": [layer.W.tolist() for layer in model.fully_connected],
            "biases": [layer.b.tolist() for layer in model.fully_connected],
            "slopes": self._slopes(),
            "maps": maps,
            "diverged": not (train["loss"] <= self.most_loss and size_of(model.parameters) <= MOST_WEIGHT),
        }
        if deltas:
            view["deltas"] = np.concatenate([d[:SHOWN_DELTAS].T[:most].astype(np.float32) for d in all_deltas])
        return view

    def code(self) -> dict[str, Any]:
        """The run from its start, with all that a hand changed, as programs: `code` on nn_lib, `numpy` without it.

        Where there is no program in NumPy alone, `why` says why.
        """
        run = (self.begun, self.epoch, self.optimizer.steps, self.events)
        written = numpy_program(*run)
        return {"code": program(*run), "numpy": written, "why": "" if written else NOT_IN_NUMPY}

    def predict(self, points: Array) -> Array:
        """The class, 0 or 1, of each point `[N x 2]`."""
        with np.errstate(all="ignore"):
            return (self._forward(self._features(points))[-1][1][:, 0] > 0).astype(np.int64)

    def _data(self) -> datasets.Dataset:
        config = self.config
        if config["problem"] != "own":
            make = SHAPES[config["problem"]]
            return make(noise=config["noise"], train_ratio=config["train_ratio"], seed=config["seed"])
        points = np.array(config["points"], dtype=float)
        order = np.random.default_rng(config["seed"]).permutation(len(points))
        first, second = np.split(order, [max(1, round(config["train_ratio"] * len(points)))])
        parts = [datasets.Split(points[i, :2], points[i, 2].astype(np.int64)) for i in (first, second)]
        return datasets.Dataset(parts[0], parts[1], 2)

    def _features(self, points: Array) -> Array:
        x, y = points[:, 0], points[:, 1]
        return np.stack([FEATURES[name][1](x, y) for name in self.config["features"]], axis=1)

    def _optimizer(self) -> Optimizer:
        config = self.config
        if config["optimizer"] == "adam":
            return Adam(config["learning_rate"])
        momentum = 0.0 if config["optimizer"] == "sgd" else config["momentum"]
        return SGD(config["learning_rate"], momentum, nesterov=config["optimizer"] == "nesterov" and momentum > 0)

    def _next_batch(self) -> Array:
        if not self.batches:
            self.batches = minibatches(len(self.inputs["train"]), self.config["batch"], self.shuffles)
        return self.batches.pop(0)

    def _step(self, batch: Array) -> None:
        self.model.loss(self.inputs["train"][batch], self.targets["train"][batch])
        self.model.backward()
        self._move()

    def _move(self) -> None:
        self.optimizer.step(self.model.parameters, self.model.gradients)
        self.epoch += not self.batches

    def _penalised(self, x: Array, targets: Array) -> float:
        """What training minimises: the loss, and what the regulariser adds."""
        outputs = self._forward(x)[-1][1]
        loss = float(self.model.loss_gate.forward(outputs, targets.astype(float).reshape(-1, 1)))
        return loss + (self.model.regularizer.penalty(self.model.weights) if self.model.regularizer else 0.0)

    def _difference(self, array: Array, at: tuple[int, ...], x: Array, targets: Array) -> float:
        """d loss / d entry by a central difference."""
        kept = array[at]
        ends = []
        for sign in (1.0, -1.0):
            array[at] = kept + sign * H
            ends.append(self._penalised(x, targets))
        array[at] = kept
        return (ends[0] - ends[1]) / (2 * H)

    def _nudged(self, x: Array, targets: Array) -> list[list[list[float]] | None]:
        """The finite difference of every weight, a matrix a layer; None where there are many weights."""
        layers = self.model.fully_connected
        if sum(layer.W.size for layer in layers) > MOST_NUDGED:
            return [None] * len(layers)
        return [
            [
                [self._difference(layer.W, (row, column), x, targets) for column in range(layer.W.shape[1])]
                for row in range(layer.W.shape[0])
            ]
            for layer in layers
        ]

    def _slopes(self) -> list[list[float] | None]:
        """The learned slopes of each layer, None where its activation has none."""
        found: list[list[float] | None] = []
        for layer in self.model.layers:
            if isinstance(layer, FullyConnected):
                found.append(None)
            elif isinstance(layer, PReLU):
                found[-1] = layer.alpha.tolist()
        return found

    def _regularize(self) -> None:
        if self.model.regularizer:
            extra = self.model.regularizer.gradients(self.model.weights)
            for layer, more in zip(self.model.fully_connected, extra, strict=True):
                layer.dW += more

    def _forward(self, x: Array) -> list[tuple[Array, Array]]:
        """Pre-activation and output of every layer."""
        trace: list[tuple[Array, Array]] = []
        for layer in self.model.layers:
            x = layer.forward(x)
            if isinstance(layer, FullyConnected):
                trace.append((x, x))
            else:
                trace[-1] = (trace[-1][0], x)
        return trace

    def _traced(self, x: Array, targets: Array) -> tuple[float, list[tuple[Array, Array]], list[Array]]:
        """The loss, every layer's values, and its delta; the layers hold the gradients afterwards."""
        trace = self._forward(x)
        loss = float(self.model.loss_gate.forward(trace[-1][1], targets.astype(float).reshape(-1, 1)))
        upstream, deltas = self.model.loss_gate.backward(1.0)[0], []
        for layer in reversed(self.model.layers):
            if isinstance(layer, FullyConnected):
                deltas.append(upstream)
            upstream = layer.backward(upstream)
        return loss, trace, deltas[::-1]

    def _measure(self, part: str) -> dict[str, Any]:
        if not len(self.inputs[part]):
            return {"loss": None, "accuracy": None, "confusion": None}
        outputs = self._forward(self.inputs[part])[-1][1]
        loss = float(self.model.loss_gate.forward(outputs, self.targets[part].astype(float).reshape(-1, 1)))
        if not self.classifies:
            return {"loss": loss, "accuracy": None, "confusion": None}
        labels, predicted = self.labels[part].astype(int), (outputs[:, 0] > 0).astype(int)
        confusion = np.bincount(2 * labels + predicted, minlength=4).reshape(2, 2).tolist()
        return {"loss": loss, "accuracy": float(np.mean(labels == predicted)), "confusion": confusion}
