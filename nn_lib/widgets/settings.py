"""What the playground can be set to, and plain words for what it cannot. `front/settings.js` knows the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nn_lib import datasets
from nn_lib.gate import Array
from nn_lib.initializers import INITIALIZERS

MOST_POINTS = 20_000
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
    "initializer": ("default", *INITIALIZERS, "given"),
}
DEFAULTS: dict[str, Any] = {
    "problem": "circle", "points": None, "noise": 0.0, "train_ratio": 0.5, "seed": 0, "features": ["x", "y"],
    "hidden": [4, 3], "activations": ["tanh", "tanh"], "loss": "binary_cross_entropy", "optimizer": "sgd",
    "learning_rate": 0.1, "momentum": 0.9, "batch": 10, "regularizer": "none", "strength": 0.001,
    "initializer": "default", "weights": None, "biases": None,
}  # fmt: skip
# (lowest, highest, whole numbers only)
RANGES: dict[str, tuple[float, float, bool]] = {
    "noise": (0.0, 0.5, False), "train_ratio": (0.1, 0.9, False), "seed": (0, 2**53, True),
    "learning_rate": (1e-6, 100.0, False), "momentum": (0.0, 0.999, False), "batch": (1, 10_000, True),
    "strength": (0.0, 100.0, False),
}  # fmt: skip


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """A complete configuration from a partial one. Raises `ValueError` naming the setting and what it can be.

    With `weights`, a matrix (outputs, inputs) a layer, and perhaps `biases`, the network is the given one.
    """
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
    given_network = config["weights"] is not None
    if given_network:
        config |= _checked_network(given, config)
    elif config["initializer"] == "given" or config["biases"] is not None:
        raise ValueError(
            "a given network needs its weights: weights=[W1, W2, ...], one matrix (outputs, inputs) a layer"
        )
    hidden, names = list(config["hidden"]), config["activations"]
    if given_network and "activations" not in given:
        names = "tanh"
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


def _checked_network(given: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """The settings of a network whose weights are given: nested lists, and the sizes that follow from them."""
    try:
        weights = [np.array(W, dtype=float) for W in config["weights"]]
        biases = [np.array(b, dtype=float) for b in config["biases"] or [np.zeros(len(W)) for W in weights]]
    except (TypeError, ValueError):
        raise ValueError("weights must be a list of matrices, one a layer, and biases one of vectors") from None
    if not weights or any(W.ndim != 2 for W in weights) or len(biases) != len(weights):
        raise ValueError(
            f"a given network has one matrix of weights and one vector of biases a layer; weights have shapes "
            f"{[W.shape for W in weights]}, biases {[b.shape for b in biases]}"
        )
    if len(weights[-1]) == 2 and config["problem"] not in REGRESSIONS:
        # Two logits under softmax are one under the logistic function: their difference.
        weights[-1], biases[-1] = weights[-1][1:] - weights[-1][:1], biases[-1][1:] - biases[-1][:1]
    inputs = len(config["features"])
    for number, (W, b) in enumerate(zip(weights, biases, strict=True), start=1):
        if W.shape[1] != inputs or b.shape != (len(W),):
            raise ValueError(
                f"layer {number} has {inputs} inputs, its weights have shape {W.shape} and its biases {b.shape}; they "
                f"must be (outputs, {inputs}) and (outputs,). Is W transposed? The first layer has an input a feature"
            )
        if not (np.all(np.isfinite(W)) and np.all(np.isfinite(b))):
            raise ValueError(f"the weights of layer {number} are not all finite")
        inputs = len(W)
    if inputs != 1:
        raise ValueError(f"the last layer must have one output (or two, for the two classes), not {inputs}")
    hidden = [len(W) for W in weights[:-1]]
    if "hidden" in given and list(given["hidden"]) != hidden:
        raise ValueError(f"hidden is {list(given['hidden'])}, and the given weights are of hidden layers {hidden}")
    lists = {"weights": [W.tolist() for W in weights], "biases": [b.tolist() for b in biases]}
    return {**lists, "hidden": hidden, "initializer": "given"}


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
