"""The playground's run as a program that trains the same network to the same weights: on nn_lib, and in NumPy alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from nn_lib.widgets.settings import FEATURES, REGRESSIONS, checked


def program(
    config: dict[str, Any], epochs: int, steps: int | None = None, events: Sequence[dict[str, Any]] = ()
) -> str:
    """Plain nn_lib code that trains the network of `config` for so many epochs, to the same weights.

    `events` are what a hand changed, each with the `step` before which it did. With any, or where `steps` ends within
    an epoch, the program goes mini-batch by mini-batch instead of with `fit`.
    """
    config = checked(config)
    columns = ", ".join(FEATURES[name][0] for name in config["features"])
    data, size = _data(config)
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
    if config["initializer"] not in ("default", "given"):
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
    for n, (W, b) in enumerate(zip(config["weights"] or [], config["biases"] or [], strict=True)):
        lines.append(f"model.fully_connected[{n}].W[...] = {W!r}")
        lines.append(f"model.fully_connected[{n}].b[...] = {b!r}")
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
        for event in [*events, {"step": steps or 0}]:
            lines += [f"steps({event['step'] - done})"] * (event["step"] > done)
            done = event["step"]
            if "learning_rate" in event:
                lines.append(f"optimizer.learning_rate = {event['learning_rate']!r}")
            elif "layer" in event:
                lines.append(f"model.fully_connected[{event['layer']}].{_entry(event)} = {event['value']!r}")
    else:
        lines += [
            f"fit(model, features(data.train), optimizer={optimizer}, epochs={epochs},",
            f"    batch_size={batch}, validation=features(data.test), seed={seed})",
        ]
    text = "\n".join(lines)
    known = ("L1", "L2", "MLP", "SGD", "Adam", "datasets", "fit", "minibatches")
    names = [name for name in known if re.search(rf"\b{name}\b", text)]
    return f"import numpy as np\n\nfrom nn_lib import {', '.join(names)}\n\n{text}\n"


def _data(config: dict[str, Any]) -> tuple[list[str], int]:
    """The statements that draw the data, and how many training points they give."""
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
    return data, size


def _entry(event: dict[str, Any], index: str = "") -> str:
    """A weight or bias that a hand changed, as Python writes it."""
    row, column = event["row"], event["column"]
    return f"b{index}[{row}]" if column < 0 else f"W{index}[{row}, {column}]"


NOT_IN_NUMPY = "PReLU learns slopes of its own, which this program in NumPy leaves out; in nn_lib it is complete."
# Value and slope of each activation as nn_lib computes them, in a and h = value(a).
FORMULAS = {
    "linear": ("a", "1.0"),
    "tanh": ("np.tanh(a)", "4.0 * np.exp(-np.abs(2.0 * a)) / (1.0 + np.exp(-np.abs(2.0 * a))) ** 2"),
    "relu": ("np.maximum(a, 0.0)", "a > 0.0"),
    "sigmoid": (
        "np.maximum(np.exp(-np.abs(a)), a >= 0.0) / (1.0 + np.exp(-np.abs(a)))",
        "np.exp(-np.abs(a)) / (1.0 + np.exp(-np.abs(a))) ** 2",
    ),
    "leaky_relu": ("a * np.where(a > 0.0, 1.0, 0.01)", "np.where(a > 0.0, 1.0, 0.01)"),
    "elu": ("np.maximum(a, 0.0) + np.expm1(np.minimum(a, 0.0))", "np.where(a > 0.0, 1.0, np.exp(np.minimum(a, 0.0)))"),
    "softplus": ("np.logaddexp(0.0, a)", "-np.expm1(-h)"),
    "softsign": ("a / (1.0 + np.abs(a))", "1.0 / (1.0 + np.abs(a)) ** 2"),
    "hard_tanh": ("np.clip(a, -1.0, 1.0)", "(a > -1.0) & (a < 1.0)"),
}
HE = ("relu", "leaky_relu", "prelu", "elu", "softplus")
# How each optimiser moves a parameter p, given its gradient g and what it remembers, v.
MOVES = {
    "sgd": ["p -= g * rate"],
    "momentum": ["v *= {momentum}", "v -= g * rate", "p += v"],
    "nesterov": ["v *= {momentum}", "v -= g * rate", "p -= g * rate", "p += v * {momentum}"],
    "adam": [
        "v[0] *= 0.9",
        "v[0] += g * (1.0 - 0.9)",
        "v[1] *= 0.999",
        "v[1] += g * g * (1.0 - 0.999)",
        "root = np.sqrt(v[1]) * (1.0 / (1.0 - 0.999 ** (step + 1)) ** 0.5) + 1e-8",
        "p -= v[0] / root * (rate / (1.0 - 0.9 ** (step + 1)))",
    ],
}


def numpy_program(
    config: dict[str, Any], epochs: int, steps: int | None = None, events: Sequence[dict[str, Any]] = ()
) -> str:
    """The same run in NumPy alone but for its data, to the same weights, to the last digit; "" with PReLU.

    The arguments are those of `program`.
    """
    config = checked(config)
    names = [*config["activations"], "linear"]
    if "prelu" in names:
        return ""
    data, size = _data(config)
    columns = ", ".join(FEATURES[name][0] for name in config["features"])
    signed = config["problem"] not in REGRESSIONS and config["loss"] == "squared_error"
    labels = "data.train.labels.astype(float).reshape(-1, 1)"
    sizes = [len(config["features"]), *config["hidden"], 1]
    weights = [_start(config["initializer"], name, *pair) for name, pair in zip(names, pairwise(sizes), strict=True)]
    biases = [f"np.zeros({n})" for n in sizes[1:]]
    if config["weights"] is not None:
        weights, biases = ([f"np.array({one!r})" for one in config[part]] for part in ("weights", "biases"))
    upstream = ["upstream = (h[-1] - Y[batch]) * (1.0 / len(batch))  # the loss's gradient"]
    if config["loss"] == "binary_cross_entropy":
        share = "((1.0 - t) * np.maximum(e, z >= 0.0) - t * np.maximum(e, z <= 0.0)) / (1.0 + e)"
        upstream = [
            "z, t, e = h[-1], Y[batch], np.exp(-np.abs(h[-1]))  # the loss's gradient: sigmoid(z) - t",
            f"upstream = {share} * (1.0 / len(batch))",
        ]
    count, optimizer, batch, seed = len(names), config["optimizer"], config["batch"], config["seed"]
    penalty = {
        "none": [],
        "l1": [f"dW += np.sign(W[n]) * {config['strength']!r}"],
        "l2": [f"dW += W[n] * {config['strength']!r}"],
    }[config["regularizer"]]
    move = [line.replace("{momentum}", repr(config["momentum"])) for line in MOVES[optimizer]]
    zeros = "np.zeros((2, *p.shape))" if optimizer == "adam" else "np.zeros_like(p)"
    memory, one, each = [], "p, g", ("(W[n], dW)", "(b[n], db)")
    if optimizer != "sgd":
        memory = [f"vW, vb = [{zeros} for p in W], [{zeros} for p in b]"]
        one, each = "p, g, v", ("(W[n], dW, vW[n])", "(b[n], db, vb[n])")
    total = epochs * -(-size // batch) if steps is None else steps
    changes: dict[int, list[str]] = {}
    for event in events:
        if "learning_rate" in event:
            said = f"rate = {event['learning_rate']!r}"
        else:
            said = f"{_entry(event, '[{layer}]'.format(**event))} = {event['value']!r}"
        changes.setdefault(event["step"], []).append(said)
    inside = [
        line for step, lines in changes.items() if step < total for line in (f"if step == {step}:", *_indented(lines))
    ]
    lines = [
        "import numpy as np",
        "from nn_lib import datasets  # for the points alone",
        "",
        *data,
        "x, y = data.train.inputs.T",
        f"X, Y = np.column_stack([{columns}]), {f'2.0 * {labels} - 1.0' if signed else labels}",
        f"rng, rate = np.random.default_rng({seed}), {config['learning_rate']!r}",
        f"W = [{', '.join(weights)}]",
        f"b = [{', '.join(biases)}]",
        f"value = [{', '.join(f'lambda a: {FORMULAS[name][0]}' for name in names)}]",
        f"slope = [{', '.join(f'lambda a, h: {FORMULAS[name][1]}' for name in names)}]",
        *memory,
        f"rng, batches = np.random.default_rng({seed}), []",
        f"for step in range({total}):",
        *_indented([
            *inside,
            "if not batches:",
            f"    batches = np.split(rng.permutation(len(X)), range({batch}, len(X), {batch}))",
            "batch = batches.pop(0)",
            "a, h = [], [X[batch]]",
            f"for n in range({count}):  # forward",
            "    a.append(h[n].dot(W[n].T) + b[n])",
            "    h.append(value[n](a[n]))",
            *upstream,
            f"for n in reversed(range({count})):  # backward",
            *_indented([
                "delta = upstream * slope[n](a[n], h[n + 1])",
                "dW, db = delta.T @ h[n], delta.sum(axis=0)",
                "upstream = delta.dot(W[n])",
                *penalty,
                f"for {one} in ({each[0]}, {each[1]}):",
                *_indented(move),
            ]),
        ]),
        *(line for step, lines in changes.items() if step >= total for line in lines),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _start(initializer: str, activation: str, inputs: int, outputs: int) -> str:
    """The first weights of a layer, as Python draws them."""
    shape = f"({outputs}, {inputs})"
    name = ("he_normal" if activation in HE else "xavier_normal") if initializer == "default" else initializer
    if name in ("zeros", "uniform", "normal"):
        known = {"zeros": f"np.zeros({shape})", "uniform": f"rng.uniform(-0.05, 0.05, {shape})"}
        return known.get(name, f"rng.normal(0.0, 0.01, {shape})")
    fan = inputs if name.startswith("he") else inputs + outputs
    if name.endswith("uniform"):
        return f"rng.uniform(-np.sqrt(6.0 / {fan}), np.sqrt(6.0 / {fan}), {shape})"
    return f"rng.normal(0.0, np.sqrt(2.0 / {fan}), {shape})"
