"""Assignment 08: a network of fully connected layers, forward and backward, and three faulty ones to repair."""

from itertools import pairwise

import numpy as np

from autograder.exercises import (
    DIFFERENCE,
    Exercise,
    all_but,
    away_from,
    memory_probes,
    no_slip,
    read_only,
    scaled_probes,
    upstream_like,
)

RETURN = "Does your function end with return?"
UNUSED = "Which of your arguments is never used?"
SHAPES = "Write the shapes under your product."
ORDER = "Compare the order of what you return with the docstring."
LINEAR_END = "May a score be negative, or larger than 1? The docstring says what the last layer does."
ZEROS_IN = "What does a layer give for an input of zeros?"
FLAT_ENDS = "The slope must vanish where the sigmoid is flat, at both ends."
OWN_DELTA = "Each example has a delta of its own."
THROUGH = "Through which weights did this layer act on the next?"
TAKEN_AT = "At which value is the slope taken: before the activation function, or after it?"
WHERE_OPEN = "Which array decided on the way forward where ReLU is open?"
ALREADY = "delta already carries the 1/B of the loss."
TICK = "Walk the steps of forward in reverse and tick each one."
FIRST_CLASS = "The first class is 0."


DEEP = (3, 2, 3, 2, 3, 2, 3, 2, 3, 3)
"""More layers than anybody writes out one by one."""


def _network(rng, sizes, batch, dtype=float):
    """Inputs, weights and biases of a network with layers of these sizes."""
    pairs = list(pairwise(sizes))
    weights = [away_from(rng, (m, n), spread=1.5 / np.sqrt(n)).astype(dtype) for n, m in pairs]
    biases = [away_from(rng, (m,), spread=0.7).astype(dtype) for _, m in pairs]
    return away_from(rng, (batch, sizes[0]), spread=1.0).astype(dtype), weights, biases


SMALL = ((1, 1, 1, 2), 1, "tanh"), ((1, 2), 2, "relu"), ((2, 1, 2), 1, "sigmoid"), ((1, 2, 2), 1, "relu")
"""Networks that can be worked out on paper: sizes, batch, kind."""


def _on_paper(exercise, rng):
    """Calls with a dozen numbers of one digit."""

    def tenths(shape):
        return rng.integers(2, 16, shape) / 10 * rng.choice([-1.0, 1.0], shape)

    for sizes, batch, kind in SMALL:
        pairs = list(pairwise(sizes))
        labels = rng.permutation(sizes[-1])[:batch]
        weights, biases = [tenths((m, n)) for n, m in pairs], [tenths((m,)) for _, m in pairs]
        yield exercise.call(tenths((batch, sizes[0])), labels, weights, biases, kind, scale=1.0)


def _same(value):
    return value


def _frozen(value):
    return [read_only(a) for a in value] if isinstance(value, list) else read_only(value)


def _single(value):
    return value.astype(np.float32)


def _forward_probes(exercise, rng):
    def one(sizes, batch, kind, criterion="values", make=_same, dtype=float):
        return exercise.call(*map(make, _network(rng, sizes, batch, dtype)), kind, criterion=criterion)

    found = [one((2, 3, 2), 1, "tanh"), one((4, 5, 3), 3, "sigmoid"), one((3, 4, 4, 2), 5, "relu")]
    found += [one((5, 4, 3, 2), 4, "tanh"), one((3, 3, 3), 2, "sigmoid"), one((4, 3, 2), 3, "relu")]
    found += [one((3, 2), 4, "relu", "edges"), one((1, 2, 1), 3, "tanh", "edges"), one((3, 4, 2), 1, "relu", "edges")]
    found += [one((2, 3, 3, 3, 2), 2, "sigmoid", "edges"), one((4, 3, 2), 3, "tanh", "edges", _frozen)]
    found += [one((3, 4, 2), 3, "tanh", "edges", dtype=np.float32)]
    found += [one((3, 4, 2), 9, "relu"), one((2, 3, 2), 23, "tanh"), one((3, 9, 11), 2, "sigmoid")]
    found += [one(DEEP, 2, kind) for kind in ("tanh", "relu")]
    x, weights, biases = _network(rng, (3, 4, 2), 2)
    found += [exercise.call(8.0 * x, weights, biases, kind) for kind in ("sigmoid", "tanh", "relu")]
    found += [exercise.call(x[[0, 1, 0]], weights, biases, "tanh", criterion="edges", label="rows that are equal")]
    found += [exercise.call(0.0 * x, weights, [0.0 * b for b in biases], "sigmoid", criterion="edges")]
    pairs = [(*_network(rng, (2, 3, 2), 2), kind) for kind in ("tanh", "sigmoid")]
    found += scaled_probes(exercise, pairs[0], range(3), factors=(1e-3,))
    found += scaled_probes(exercise, (x, weights, biases, "relu"), range(3))
    return [*found, *memory_probes(exercise, *pairs)]


def _some_zero(rng, shape):
    """An upstream gradient with a row of zeros and one more entry that is 0."""
    upstream = upstream_like(rng, shape)
    upstream[1], upstream[2, -1] = 0.0, 0.0
    return upstream


def _output_probes(exercise, rng):
    def one(shape, criterion="values", make=_same):
        pair = rng.uniform(0.05, 0.95, shape), rng.integers(0, 2, shape).astype(float)
        return exercise.call(*map(make, pair), criterion=criterion)

    found = [exercise.call(np.array([[0.55032332, 0.5449978]]), np.array([[0.0, 1.0]])), one((3, 2)), one((4, 3))]
    found += [one((2, 5)), one((3, 3)), one((1, 3), "edges"), one((4, 1), "edges"), one((1, 1), "edges")]
    found += [one((3, 2), "edges", read_only), one((3, 2), "edges", _single)]
    sure = np.array([[1.0, 0.0], [0.0, 1.0]])
    found += [exercise.call(sure, sure[::-1].copy(), criterion="edges", label="saturated", scale=1.0)]
    found += [one((9, 2)), one((23, 3)), one((2, 11))]

    def targets(shape, low, high, criterion="values"):
        return exercise.call(rng.uniform(0.05, 0.95, shape), rng.uniform(low, high, shape), criterion=criterion)

    found += [targets((4, 3), 0.0, 1.0), targets((3, 2), -3.0, 4.0, "edges"), targets((2, 3), 30.0, 90.0, "edges")]
    found += [exercise.call(np.array([[a]]), np.array([[y]])) for a in (0.2, 0.7) for y in (0.0, 1.0)]
    near = np.array([[0.004, 0.996, 0.03], [0.97, 1e-4, 0.5]])
    found += [exercise.call(near, rng.uniform(0.1, 0.9, near.shape), criterion="edges", label="outputs near 0 and 1")]
    equal = rng.uniform(0.1, 0.9, (2, 2))[[0, 1, 0]]
    found += [exercise.call(equal, rng.uniform(0.1, 0.9, (3, 2)), criterion="edges", label="rows that are equal")]
    far = rng.uniform(0.1, 0.9, (3, 2))
    far[0, 0] = 1e8
    loud = rng.uniform(0.1, 0.9, (3, 2)), far
    found += [exercise.call(*loud, label="one target of 1e8", scale=1.0, exposes=DIFFERENCE)]
    pairs = [(rng.uniform(0.1, 0.9, (2, 3)), rng.uniform(0.1, 0.9, (2, 3))) for _ in range(2)]
    found += scaled_probes(exercise, pairs[0], (0, 1), factors=(1e-3,))
    return [*found, *memory_probes(exercise, *pairs)]


def _hidden_probes(exercise, rng):
    def one(batch, here, above, kind, criterion="values", make=_same):
        arguments = upstream_like(rng, (batch, above)), away_from(rng, (above, here)), away_from(rng, (batch, here))
        return exercise.call(*map(make, arguments), kind, criterion=criterion)

    def saturated(kind):
        arguments = upstream_like(rng, (1, 2)), away_from(rng, (2, 3)), np.array([[800.0, -800.0, 3.0]])
        return exercise.call(*arguments, kind, criterion="edges", label="saturated", scale=1.0)

    found = [one(1, 3, 2, "sigmoid"), one(4, 3, 2, "tanh"), one(3, 2, 4, "relu"), one(5, 4, 3, "sigmoid")]
    found += [one(3, 3, 3, "relu"), one(2, 4, 4, "tanh"), one(1, 4, 2, "relu", "edges"), one(3, 1, 2, "tanh", "edges")]
    found += [one(3, 2, 1, "sigmoid", "edges"), one(3, 4, 2, "relu", "edges", read_only)]
    found += [one(3, 4, 2, "tanh", "edges", _single), *map(saturated, ("sigmoid", "tanh", "relu"))]
    found += [
        one(9, 3, 2, "relu"),
        one(23, 2, 3, "sigmoid"),
        one(2, 11, 3, "tanh"),
        one(2, 3, 12, "relu"),
        one(2, 23, 3, "tanh"),
        one(2, 3, 23, "sigmoid"),
    ]

    def sent_back(delta, kind, criterion="values"):
        W, a = away_from(rng, (delta.shape[1], 3)), away_from(rng, (len(delta), 3))
        return exercise.call(delta, W, a, kind, criterion=criterion)

    for factor, kind in ((1e-3, "tanh"), (30.0, "relu"), (1e4, "sigmoid")):
        found += [sent_back(factor * upstream_like(rng, (3, 2)), kind)]
    found += [sent_back(_some_zero(rng, (4, 3)), kind) for kind in ("sigmoid", "tanh", "relu")]
    found += [sent_back(upstream_like(rng, (2, 3))[[0, 1, 0]], "tanh", "edges")]
    flat = np.array([[0.0, -3.0, 0.5], [6.0, 0.0, -0.5]])
    for kind in ("sigmoid", "tanh"):
        found += [exercise.call(upstream_like(rng, (2, 2)), away_from(rng, (2, 3)), flat, kind, criterion="edges")]
    size = rng.uniform(0.2, 2.0, (1, 1))
    for kind in ("sigmoid", "tanh", "relu"):
        found += [exercise.call(s * size, size, t * size, kind) for s, t in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
    kink = np.array([[1e-2, -1e-2, 1e-4], [-1e-4, 1e-9, -1e-9]])
    beside = upstream_like(rng, (2, 2)), away_from(rng, (2, 3)), kink, "relu"
    found += [exercise.call(*beside, label="just beside ReLU's corner", criterion="edges")]
    for kind in ("tanh", "sigmoid"):
        layer = upstream_like(rng, (2, 3)), away_from(rng, (3, 2)), away_from(rng, (2, 2)), kind
        found += scaled_probes(exercise, layer, (1,))
    pairs = [
        (upstream_like(rng, (2, 3)), away_from(rng, (3, 2)), away_from(rng, (2, 2)), kind)
        for kind in ("tanh", "sigmoid")
    ]
    return [*found, *memory_probes(exercise, *pairs)]


LOUD = 5e4
"""The scale of a net with logits of a hundred: in float32 they have five digits after the point, and so have the
probabilities made of them."""


def _backward_probes(exercise, rng):
    def one(sizes, batch, kind, criterion="values", make=_same, dtype=float, scale=1.0):
        x, weights, biases = _network(rng, sizes, batch, dtype)
        labels = np.arange(batch) % sizes[-1]
        rng.shuffle(labels)
        return exercise.call(*map(make, (x, labels, weights, biases)), kind, criterion=criterion, scale=scale)

    found = [one((2, 3, 2), 1, "tanh"), one((4, 5, 3), 3, "sigmoid"), one((3, 4, 4, 2), 5, "relu")]
    found += [one((5, 4, 3, 2), 4, "tanh"), one((3, 3, 3, 3), 4, "sigmoid"), one((4, 5, 4, 3), 4, "relu")]
    found += [one((3, 2), 4, "relu", "edges"), one((3, 4, 2), 1, "relu", "edges"), one((1, 2, 2), 3, "tanh", "edges")]
    found += [one((2, 3, 3, 3, 2), 3, "sigmoid", "edges"), one((3, 1, 2), 4, "tanh", "edges")]
    found += [one((3, 4, 2), 3, "relu", "edges", _frozen), one((3, 4, 2), 3, "tanh", "edges", dtype=np.float32)]
    x, weights, biases = _network(rng, (3, 4, 2), 2)
    sure = x, np.array([1, 0]), weights, [*biases[:-1], np.array([1000.0, -1000.0])], "tanh"
    found += [exercise.call(*sure, criterion="edges", label="sure and wrong", scale=1.0)]
    found += [one((3, 4, 3), 9, "relu"), one((2, 3, 2), 23, "tanh"), one((3, 9, 11), 4, "sigmoid")]
    found += [one(DEEP, 3, "tanh"), one(DEEP, 3, "relu", scale=LOUD)]
    found += [_far_apart(exercise, rng, kind) for kind in ("relu", "tanh")]
    x, weights, biases = _network(rng, (3, 4, 3), 3)
    found += [exercise.call(x[[0, 1, 0]], np.array([0, 1, 2]), weights, biases, "tanh", criterion="edges", scale=1.0)]
    found += [exercise.call(x, np.array([2, 2, 2]), weights, biases, "sigmoid", criterion="edges", scale=1.0)]
    x, weights, biases = _network(rng, (3, 4, 2), 2)
    loud = x, np.array([1, 0]), weights, [*biases[:-1], np.array([1e12, -1e12])], "tanh"
    found += [exercise.call(*loud, criterion="edges", label="one loss of 2e12", scale=1.0, exposes=DIFFERENCE)]
    pairs = []
    for labels, kind in (([0, 1], "tanh"), ([1, 1], "sigmoid")):
        x, weights, biases = _network(rng, (4, 3, 2), 2)
        pairs.append((x, np.array(labels), weights, biases, kind))
    for first in (pairs[0], (*pairs[1][:-1], "relu")):
        found += scaled_probes(exercise, first, (0, 2, 3), factors=(1e-3,), scale=1.0)
        found += scaled_probes(exercise, first, (0, 2, 3), factors=(8.0,), scale=LOUD)
    return [*found, *memory_probes(exercise, *pairs, scale=1.0), *_on_paper(exercise, rng)]


def _far_apart(exercise, rng, kind):
    """Logits that are moderate for one example and in the thousands for the other."""
    x, weights, biases = _network(rng, (4, 3, 2), 2)
    if kind == "relu":
        weights[0], x[1] = np.abs(weights[0]), 3e6 * np.abs(x[1])
        weights[1][0] = np.abs(weights[1][0])
    else:
        x[0], biases[0] = 0.0, 0.0 * biases[0]
        # So far out that no slope is left: a little of it, times thirty thousand, would have no digits in float32.
        weights[0], x[1] = 5.0 + 5.0 * np.abs(weights[0]), 5.0 + np.abs(x[1])
        weights[1] *= 3e4 * np.array([[1.0], [-1.0]]) * np.sign(weights[1])
    labels = rng.permutation(2)
    return exercise.call(x, labels, weights, biases, kind, criterion="edges", label="rows far apart", scale=1.0)


def _one_hot_probes(exercise, rng):
    found = [exercise.call(np.array([1, 0]), 2), exercise.call(np.array([0, 2, 1, 2, 0]), 3)]
    found += [exercise.call(rng.integers(0, k, n), k) for n, k in ((4, 6), (7, 4), (5, 5))]
    found += [exercise.call(np.array(labels), k, criterion="edges") for labels, k in (([1], 4), ([0, 0], 1))]
    found += [exercise.call(np.array([0, 1, 0]), 5, criterion="edges", label="classes that do not occur")]
    found += [exercise.call(read_only(np.array([3, 1, 2])), 4, criterion="edges")]
    found += [exercise.call(rng.integers(0, k, n), k) for n, k in ((11, 3), (30, 4), (4, 13))]
    found += [exercise.call(np.array([2, 2, 2]), 3, criterion="edges"), exercise.call(np.array([0]), 2)]
    return [*found, *memory_probes(exercise, [np.array([1, 0, 2]), 3], [np.array([0, 2, 2]), 4])]


ONE, NO = np.array([[1.0]]), np.array([0.0])
ON_PAPER = (
    # Without the biases, or without an activation function between, another class wins.
    (np.array([[1.0], [-1.0]]), [np.array([[1.0], [2.0]])], [np.array([0.5, 0.0])], "relu"),
    (np.array([[2.0]]), [ONE, np.array([[1.0], [0.0]])], [NO, np.array([0.0, 1.5])], "tanh"),
    (np.array([[2.0]]), [ONE, np.array([[1.0], [0.0]])], [NO, np.array([0.0, 0.9])], "sigmoid"),
    (np.array([[-2.0]]), [ONE, np.array([[1.0], [0.0]])], [NO, np.array([0.0, -1.0])], "relu"),
    (np.array([[2.0]]), [ONE, np.array([[1.0], [0.0]])], [NO, np.array([0.0, 1.5])], "relu"),
    (np.array([[-1.0]]), [np.array([[2.0], [1.0]])], [np.array([0.0, 0.0])], "tanh"),  # both scores below 0
)


def _predict_probes(exercise, rng):
    def one(sizes, batch, kind, criterion="values", make=_same):
        x, weights, biases = _network(rng, sizes, batch)
        biases[-1] = 0.3 * biases[-1]
        return exercise.call(*map(make, (3.0 * x, weights, biases)), kind, criterion=criterion)

    found = [one((4, 6, 3), 12, "sigmoid"), one((3, 5, 4, 4), 15, "relu"), one((5, 6, 3), 14, "tanh")]
    found += [one((3, 4, 5), 12, "relu"), one((4, 5, 2), 9, "tanh"), one((3, 4, 3), 1, "relu", "edges")]
    found += [one((4, 3), 8, "sigmoid", "edges"), one((2, 3, 1), 3, "tanh", "edges")]
    found += [exercise.call(np.eye(3), [2.0 * np.eye(3)], [np.full(3, -50.0)], "relu", criterion="edges")]
    found += [one((3, 6, 4), 9, "tanh", "edges", _frozen)]
    found += [one((3, 5, 4), 31, "relu"), one((3, 9, 12), 11, "sigmoid"), one(DEEP, 9, "tanh")]
    # Below 0, ReLU lets nothing through: then the first class wins by its bias alone.
    below, above = np.array([[-3.0, -1.0, -2.0], [2.0, 0.5, -1.0]]), np.array([[0.2, 0.1, 2.0], [0.3, 1.5, -1.0]])
    found += [exercise.call(below, [np.eye(3)], [np.array([-9.0, -8.5, -8.0])], "tanh")]
    turned = np.eye(3)[[1, 2, 0]]
    pairs = [
        (below, [np.eye(3), np.eye(3)], [np.zeros(3), np.array([0.1, 0.0, 0.0])], "tanh"),
        (above, [turned, np.eye(3)], [np.zeros(3), np.array([0.0, 0.0, 9.0])], "relu"),
    ]
    found += [exercise.call(*arguments) for arguments in ON_PAPER]
    return [*found, *memory_probes(exercise, *pairs)]


SCALED = {
    "gradients scaled to fit the loss": (
        "The gradients were right: look at the loss. Over how many numbers does it average?"
    ),
}
"""What is done to the program with the faulty loss, in place of a repair."""

FAULTS = {
    "loss averaged over all entries": "The loss is a mean over the examples. Over how many numbers does this one average?",
    "bias gradients averaged": ALREADY,
    "slope taken at the activation": TAKEN_AT,
}
"""What is wrong in the three faulty networks, in their order: a loss, a bias, a delta."""

BACKWARD = {
    **FAULTS,
    "divided by the batch again at every layer": (
        "The loss divides by B, once. Compare the first layer's gradient with a numerical one: what is the ratio?"
    ),
    "ReLU's mask from the delta": WHERE_OPEN,
    "slope forgotten in the hidden layers": TICK,
    "W transposed on the way down": SHAPES,
    "wrong layer's weights on the way down": THROUGH,
    ("always the sigmoid's slope", "always ReLU's slope", "always tanh's slope"): UNUSED,
    ("last layer only", "stops one layer early"): "Does your sweep reach the first layer?",
    "slope of the wrong layer": "Delta arrives below this layer. Whose pre-activations lie there?",
    "delta multiplied as for a single example": "delta holds one example per row. Which axis does your product sum over?",
    "shift forgotten in one of two places": "The same shift belongs to every exponential, and to the logit it is compared with.",
    "largest logit of the whole batch subtracted": "Two rows may lie far apart. What is left of the lower one?",
    "all zeros": "Print delta at the output. Is it 0 already there?",
    "activations of the wrong layer": "Which array was multiplied by this W on the way forward?",
    "weight gradients transposed": "Each gradient has the shape of its W.",
    ("weight gradients averaged", "weight and bias gradients averaged"): ALREADY,
    "bias gradients not summed": "How many examples used each bias?",
    "bias gradients keep the batch axis": "Each gradient has the shape of its b.",
    "not divided by the batch": "The loss averages over the batch. Do your gradients?",
    "target minus probability": "Raise the true class's logit: does the loss rise or fall?",
    "label not subtracted": "What happens at the true class?",
    "activation's slope at the output too": LINEAR_END,
    "softmax twice": "Logits go in, probabilities come out, once.",
    "overflow": "Which intermediate value overflows for logits of 1000?",
    "logarithm of 0": "Which intermediate value becomes 0 for logits of 1000? The loss itself is finite.",
    "loss is a sum": "The loss averages over the batch.",
    "lists in the order of the sweep": "Your sweep meets the last layer first. Whose gradient comes first in your lists?",
    ("bias gradients before weight gradients", "loss at the end"): ORDER,
    "loss not returned": "Three things are asked for.",
    "returns nothing": RETURN,
}


def _of_the_network(name, points, hints):
    return Exercise(
        name=name,
        points=points,
        signature="(x, labels, weights, biases, activation)",
        outputs=("loss", "weight gradients", "bias gradients"),
        probes=_backward_probes,
        hints=hints,
        slips=no_slip,
    )


EXERCISES = [
    Exercise(
        name="mlp_forward",
        points=3,
        signature="(x, weights, biases, activation)",
        outputs=("pre_activations", "activations"),
        probes=_forward_probes,
        hints={
            (
                "activation on the last layer too",
                "activation only on the last layer",
                "softmax on the last layer",
            ): LINEAR_END,
            "activation on the input too": "Is the input itself a hidden layer?",
            "no activation at all": "Two linear layers make one linear layer. What stands between them?",
            "activation on the first hidden layer only": "Which layers have an activation?",
            ("always sigmoid", "always ReLU", "always tanh"): UNUSED,
            "W not transposed": SHAPES,
            ("biases forgotten", "biases subtracted"): ZEROS_IN,
            "pre-activations and activations exchanged": "Which of the two comes first in the docstring?",
            "input missing from the activations": "What lies below the first layer? Backward will want it.",
            (
                "output missing from the activations",
                "input among the pre-activations",
            ): "How many entries should each list have?",
            "output only": "Backward needs every step of the way.",
            (
                "activations kept in place of the pre-activations",
                "pre-activations kept in place of the activations",
            ): "Before, or after the activation function?",
            "every layer sees the input": "What is the input of the second layer?",
            "returns nothing": RETURN,
        },
        slips=no_slip,
    ),
    Exercise(
        name="output_delta_sigmoid_squared",
        points=1,
        signature="(h, y)",
        probes=_output_probes,
        hints={
            "target minus output": "Raise an output that is too high already: does the loss rise or fall?",
            "slope of the sigmoid forgotten": "The gradient is asked for before the sigmoid, not after it.",
            "slope of the sigmoid taken at its output": "h has gone through the sigmoid already.",
            "not divided by the batch": "The loss averages over the batch. Who divides?",
            "not divided by the batch, slope forgotten": (
                "Two factors are missing: one from the loss, one from the sigmoid."
            ),
            "divided by all entries": "Over what is averaged: the examples, or all entries?",
            ("2 kept", "slope squared away"): "What is the slope of half a square?",
            ("slope h (1 + h)", "slope 1 - h only"): FLAT_ENDS,
            "slope 1 - h squared": "That slope belongs to tanh.",
            "target forgotten": "Where is the bottom of this loss?",
            "summed over the batch": OWN_DELTA,
        },
    ),
    Exercise(
        name="hidden_delta",
        points=2,
        signature="(delta_next, W_next, pre_activation, activation)",
        probes=_hidden_probes,
        hints={
            "W transposed": "Write the shapes under your product: delta_next is (B, above), the result (B, here).",
            "slope taken at the activation": TAKEN_AT,
            "slope forgotten": "Between this layer and the next stands an activation function. What is its slope?",
            "W times delta, as for a single example": (
                "delta_next holds one example per row. Which axis does your product sum over?"
            ),
            "slope only": "What comes back from the layer above?",
            "weights forgotten": THROUGH,
            "activation instead of its slope": "Is that the height of the curve, or its slope?",
            "pre-activation instead of the slope": (
                "What is the slope of the activation function at the pre-activation?"
            ),
            ("always the sigmoid's slope", "always ReLU's slope", "always tanh's slope"): UNUSED,
            "mask from the delta": WHERE_OPEN,
            "sigmoid slope s only": FLAT_ENDS,
            "tanh slope not squared": "Is the slope of tanh the same at +2 and at -2?",
            "divided by the batch again": "delta already carries 1/B.",
            "summed over the batch": OWN_DELTA,
            "0 times infinity": "Which intermediate value overflows at -800?",
        },
        upstream="delta_next",
        slips=all_but("upstream returned unchanged"),
    ),
    _of_the_network("mlp_backward", 5, BACKWARD),
    Exercise(
        name="one_hot",
        points=1,
        signature="(labels, classes)",
        probes=_one_hot_probes,
        hints={
            ("transposed", "one row for all"): "One row per example.",
            "off by one": FIRST_CLASS,
            "whole columns filled": "An index such as [:, labels] names whole columns. Which entry of each row did you want?",
            "classes counted from the labels": "A class may happen not to occur in this batch.",
            "label instead of 1": "A label is a name, not a size.",
            ("zeros and ones exchanged", "zeros"): "Which entry of a row stands out?",
            "identity": "The rows follow the labels.",
            "divided by the batch": "A one-hot row holds a 1.",
            "returns nothing": RETURN,
        },
        slips=no_slip,
    ),
    Exercise(
        name="predict",
        points=1,
        signature="(x, weights, biases, activation)",
        probes=_predict_probes,
        hints={
            "smallest instead of largest": "Which score wins?",
            "over the wrong axis": "One answer per example. Along which axis lie the classes?",
            "over the whole array": "One answer per example.",
            "largest score, not its class": "Which class has it?",
            ("scores, not classes", "probabilities, not classes", "one-hot rows"): "One whole number per example.",
            "counted from 1": FIRST_CLASS,
            "hidden layers without activation": TICK,
            "biases forgotten": ZEROS_IN,
            "ReLU on the scores": LINEAR_END,
            "scores above one half": "There may be more than two classes.",
            "column of classes": "One axis: (B,).",
            "returns nothing": RETURN,
        },
        slips=no_slip,
    ),
    *(
        _of_the_network(
            f"repaired_backward_{letter}",
            2,
            {**BACKWARD, fault: f"Not repaired yet. {FAULTS[fault]}", **(SCALED if letter == "a" else {})},
        )
        for letter, fault in zip("abc", FAULTS)
    ),
]
