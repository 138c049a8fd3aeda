"""The playground's engine on nn_lib: data, network and training behind a few calls, whose answers a front end draws.

The page's engine (`front/engine.js`) answers the same calls with the same numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nn_lib import datasets
from nn_lib.gate import Array
from nn_lib.initializers import INITIALIZERS
from nn_lib.layers import MLP, FullyConnected, PReLU
from nn_lib.optimizers import SGD, Adam, Optimizer
from nn_lib.regularizers import L1, L2
from nn_lib.training import minibatches

GRID, REACH, SHOWN_DELTAS, MOST_POINTS = 100, 6.0, 300, 20_000
MOST_NUDGED, H = 400, 1e-5  # weights up to which a mini-batch comes with finite differences, and their step
SHAPES: dict[str, Callable[..., datasets.Dataset]] = {
    f.__name__: f
    for f in (
        datasets.circle,
        datasets.xor,
        datasets.gaussians,
        datasets.spirals,
        datasets.plane,
        datasets.regression_gaussians,
    )
}
REGRESSIONS = ("plane", "regression_gaussians")
FEATURES: dict[str, tuple[str, Callable[[Array, Array], Array]]] = {
    "x": ("x", lambda x, y: x),
    "y": ("y", lambda x, y: y),
    "x²": ("x * x", lambda x, y: x * x),
    "y²": ("y * y", lambda x, y: y * y),
    "xy": ("x * y", lambda x, y: x * y),
    "sin x": ("np.sin(x)", lambda x, y: np.sin(x)),
    "sin y": ("np.sin(y)", lambda x, y: np.sin(y)),
}
ACTIVATIONS = ("tanh", "relu", "sigmoid", "linear", "leaky_relu", "prelu", "elu", "softplus", "softsign", "hard_tanh")
CHOICES: dict[str, tuple[str, ...]] = {
    "problem": (*SHAPES, "own"),
    "loss": ("binary_cross_entropy", "squared_error"),
    "optimizer": ("sgd", "momentum", "nesterov", "adam"),
    "regularizer": ("none", "l1", "l2"),
    "initializer": ("default", *INITIALIZERS),
}
DEFAULTS: dict[str, Any] = {
    "problem": "circle", "points": None, "noise": 0.0, "train_ratio": 0.5, "seed": 0, "features": ["x", "y"],
    "hidden": [4, 3], "activations": ["tanh", "tanh"], "loss": "binary_cross_entropy", "optimizer": "sgd",
    "learning_rate": 0.1, "momentum": 0.9, "batch": 10, "regularizer": "none", "strength": 0.001,
    "initializer": "default",
}  # fmt: skip
# (lowest, highest, whole numbers only)
RANGES: dict[str, tuple[float, float, bool]] = {
    "noise": (0.0, 0.5, False), "train_ratio": (0.1, 0.9, False), "seed": (0, 2**53, True),
    "learning_rate": (1e-6, 100.0, False), "momentum": (0.0, 0.999, False), "batch": (1, 10_000, True),
    "strength": (0.0, 100.0, False),
}  # fmt: skip


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """A complete configuration from a partial one. Raises `ValueError` naming the setting and what it can be."""
    unknown = set(given) - set(DEFAULTS)
    if unknown:
        raise ValueError(f"the playground has no setting {sorted(unknown)[0]!r}; it has {', '.join(DEFAULTS)}")
    config = {**DEFAULTS, **given}
    for name, choices in CHOICES.items():
        if config[name] not in choices:
            raise ValueError(f"{name} cannot be {config[name]!r}; choose one of {', '.join(choices)}")
    for name, (low, high, whole) in RANGES.items():
        value = config[name]
        right = isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
        if not right or (whole and int(value) != value):
            kind = "a whole number" if whole else "a number"
            raise ValueError(f"{name} must be {kind} from {low:g} to {high:g}, not {value!r}")
    hidden, names = list(config["hidden"]), config["activations"]
    names = [names] * len(hidden) if isinstance(names, str) else list(names)
    if any(not isinstance(n, int) or not 1 <= n <= 64 for n in hidden) or len(hidden) > 12:
        raise ValueError(f"hidden must be up to 12 layers of 1 to 64 neurons, not {hidden}")
    if len(names) != len(hidden) or any(name not in ACTIVATIONS for name in names):
        raise ValueError(
            f"activations must be one for each of the {len(hidden)} layers, out of {', '.join(ACTIVATIONS)}"
        )
    if not config["features"] or any(name not in FEATURES for name in config["features"]):
        raise ValueError(f"features must be at least one of {', '.join(FEATURES)}, not {config['features']!r}")
    if config["problem"] == "own":
        config["points"] = _checked_points(config["points"])
    else:
        config["points"] = None
    if config["problem"] in REGRESSIONS:
        config["loss"] = "squared_error"
    return {**config, "hidden": hidden, "activations": names}


def _checked_points(points: Any) -> list[list[float]]:
    if not isinstance(points, (list, tuple)) or len(points) < 4:
        raise ValueError("your own data needs at least four points [x, y, class]")
    if len(points) > MOST_POINTS:
        raise ValueError(f"{len(points):,} points are too many to draw; give at most {MOST_POINTS:,}")
    for number, point in enumerate(points, start=1):
        if (
            not isinstance(point, (list, tuple))
            or len(point) != 3
            or not all(isinstance(v, (int, float)) for v in point)
        ):
            raise ValueError(f"point {number} must be two coordinates and a class, 0 or 1; it is {point!r}")
        if point[2] not in (0, 1) or not np.all(np.isfinite(point)):
            raise ValueError(f"point {number}: the class must be 0 or 1 and the coordinates finite; it is {point!r}")
    if len({point[2] for point in points}) < 2:
        raise ValueError("your own data has one class only; there is nothing to tell apart")
    return [list(point) for point in points]


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
            initializer=None if config["initializer"] == "default" else config["initializer"],
            regularizer={"none": None, "l1": L1(config["strength"]), "l2": L2(config["strength"])}[
                config["regularizer"]
            ],
        )
        self.optimizer = self._optimizer()
        self.shuffles = np.random.default_rng(config["seed"])
        self.batches: list[Array] = []
        self.epoch = 0
        self.begun = config
        self.events: list[tuple[int, str]] = []  # what a hand changed under way: `code` repeats it
        axis = np.linspace(-REACH, REACH, GRID)
        x, y = np.meshgrid(axis, axis[::-1])
        self.grid = self._features(np.stack([x.ravel(), y.ravel()], axis=1))
        self._parts = both
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
        """One weight (with column -1, a bias) over all training points: `value`, `gradient`, finite `difference`, `loss`.

        `delta` is the sum of the unit's deltas, which is the gradient of its bias.
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
        place = f"b[{row}]" if column < 0 else f"W[{row}, {column}]"
        self._note(f"model.fully_connected[{layer}].{place} = {float(value)!r}")
        return self.view(most=most)

    def pace(self, learning_rate: float) -> dict[str, Any]:
        """Go on with another learning rate. Raises `ValueError` as `checked` does."""
        self.config = checked({**self.config, "learning_rate": learning_rate})
        self.optimizer.learning_rate = float(learning_rate)
        self._note(f"optimizer.learning_rate = {float(learning_rate)!r}")
        return {"steps": self.optimizer.steps, "learning_rate": float(learning_rate)}

    def _note(self, statement: str) -> None:
        """Of what a hand drags, the last value counts."""
        event = (self.optimizer.steps, statement)
        if self.events and self.events[-1][0] == event[0] and _assigned(self.events[-1]) == _assigned(event):
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
            "diverged": not np.isfinite(train["loss"]),
        }
        if deltas:
            view["deltas"] = np.concatenate([d[:SHOWN_DELTAS].T[:most].astype(np.float32) for d in all_deltas])
        return view

    def code(self) -> dict[str, Any]:
        """`code`, a program in plain nn_lib that repeats this run from its start, with all that a hand changed."""
        return {"code": program(self.begun, self.epoch, self.optimizer.steps, self.events)}

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


def _assigned(event: tuple[int, str]) -> str:
    return event[1].split(" = ")[0]


def program(
    config: dict[str, Any], epochs: int, steps: int | None = None, events: Sequence[tuple[int, str]] = ()
) -> str:
    """Plain nn_lib code that trains the network of `config` for so many epochs, to the same weights.

    `events` are statements with the step before which they run. With any, or where `steps` ends within an epoch, the
    program goes mini-batch by mini-batch instead of with `fit`.
    """
    config = checked(config)
    columns = ", ".join(FEATURES[name][0] for name in config["features"])
    if config["problem"] == "own":
        points = [[int(v) if float(v).is_integer() else float(v) for v in point] for point in config["points"]]
        size = max(1, round(config["train_ratio"] * len(points)))
        data = [
            f"points = np.array({points!r}, dtype=float)",
            f"order = np.random.default_rng({config['seed']}).permutation(len(points))",
            f"first, second = np.split(order, [{size}])",
            "parts = [datasets.Split(points[i, :2], points[i, 2]) for i in (first, second)]",
            "data = datasets.Dataset(parts[0], parts[1], 2)",
        ]
    else:
        size = round(config["train_ratio"] * (1200 if config["problem"] in REGRESSIONS else 500))
        keep = ("noise", "train_ratio", "seed")
        settings = ", ".join(f"{name}={config[name]!r}" for name in keep)
        data = [f"data = datasets.{config['problem']}({settings})"]
    signed = config["problem"] not in REGRESSIONS and config["loss"] == "squared_error"
    labels = "2.0 * split.labels - 1.0" if signed else "split.labels"
    rate = config["learning_rate"]
    optimizer = {
        "sgd": f"SGD({rate!r})",
        "momentum": f"SGD({rate!r}, momentum={config['momentum']!r})",
        "nesterov": f"SGD({rate!r}, momentum={config['momentum']!r}, nesterov={config['momentum'] > 0})",
        "adam": f"Adam({rate!r})",
    }[config["optimizer"]]
    extras = ""
    if config["initializer"] != "default":
        extras += f", initializer={config['initializer']!r}"
    if config["regularizer"] != "none":
        extras += f", regularizer={config['regularizer'].upper()}({config['strength']!r})"
    sizes = [len(config["features"]), *config["hidden"], 1]
    lines = [
        *data,
        "",
        "",
        "def features(split):",
        "    x, y = split.inputs[:, 0], split.inputs[:, 1]",
        f"    return datasets.Split(np.column_stack([{columns}]), {labels})",
        "",
        "",
        f"model = MLP({sizes}, {config['activations']!r}, {config['loss']!r}, seed={config['seed']}{extras})",
    ]
    batch, seed = config["batch"], config["seed"]
    if events or steps not in (None, epochs * -(-size // batch)):
        lines += [
            f"train, optimizer = features(data.train), {optimizer}",
            f"rng, batches = np.random.default_rng({seed}), []",
            "",
            "",
            "def steps(count):",
            "    for _ in range(count):",
            "        if not batches:",
            f"            batches.extend(minibatches(len(train), {batch}, rng))",
            "        batch = batches.pop(0)",
            "        model.loss(train.inputs[batch], train.labels[batch])",
            "        optimizer.step(model.parameters, model.backward())",
            "",
            "",
        ]
        done = 0
        for step, statement in [*events, (steps or 0, "")]:
            lines += [f"steps({step - done})"] * (step > done) + [statement] * bool(statement)
            done = step
    else:
        lines += [
            f"fit(model, features(data.train), optimizer={optimizer}, epochs={epochs},",
            f"    batch_size={batch}, validation=features(data.test), seed={seed})",
        ]
    text = "\n".join(lines)
    known = ("L1", "L2", "MLP", "SGD", "Adam", "datasets", "fit", "minibatches")
    names = [name for name in known if re.search(rf"\b{name}\b", text)]
    return f"import numpy as np\n\nfrom nn_lib import {', '.join(names)}\n\n{text}\n"
