"""Assignment 07: the fully connected layer, flattening, and two linear models by hand."""

import numpy as np

from autograder.exercises import (
    DIFFERENCE,
    Exercise,
    all_but,
    away_from,
    memory_probes,
    read_only,
    scaled_probes,
    upstream_like,
)

SHAPES = "Write the shapes under your product: which two numbers must agree?"
ROW = "One row per example."
ABOVE = "What did the layer above send back?"
SUM_OR_MEAN = "The docstring says whether the loss sums or averages."
ONE_NUMBER = "One number per weight."
SQUARE = "The loss is a square without a half."

SIZES = ((5, 4, 3), (2, 3, 4), (3, 3, 3), (4, 2, 5))
CORNERS = ((1, 4, 2), (3, 1, 2), (4, 3, 1), (1, 1, 1), (2, 2, 2))
"""Batch, inputs and outputs of a layer."""
LARGE_SIZES = ((9, 3, 4), (37, 2, 3), (2, 11, 3), (3, 2, 12))
IMAGES = ((2, 3, 4, 5), (4, 2, 3, 3), (3, 1, 2, 4))
FEW = ((1, 3, 2, 2), (2, 1, 1, 1), (3, 4), (2, 3, 4))


def as_it_is(array):
    return array


def single(array):
    return array.astype(np.float32)


def layer(rng, batch, inputs, outputs):
    return away_from(rng, (batch, inputs)), away_from(rng, (outputs, inputs)), away_from(rng, (outputs,))


def forward_probes(exercise, rng):
    def one(size, criterion="values", make=as_it_is):
        return exercise.call(*map(make, layer(rng, *size)), criterion=criterion)

    small = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([0.0, 0.0, 10.0])
    found = [exercise.call(*small), *(one(size) for size in SIZES)]
    found += [*(one(size, "edges") for size in CORNERS), one((3, 4, 2), "edges", read_only)]
    found += [one((3, 4, 2), "edges", single), one((4, 3, 2), "edges", np.asfortranarray)]
    found += [*(one(size) for size in LARGE_SIZES), one((3, 4, 2), make=lambda a: 1e3 * a)]
    x, W, b = layer(rng, 2, 3, 4)
    found += [exercise.call(x[[0, 1, 0, 0]], W, b, criterion="edges", label="rows that are equal")]
    found += [exercise.call(0.0 * x, W, b, criterion="edges"), exercise.call(x, W, 0.0 * b, criterion="edges")]
    found += [exercise.call(*(sign * a for a in layer(rng, 1, 1, 1)), criterion="edges") for sign in (1.0, -1.0)]
    found += scaled_probes(exercise, (x, W, b), range(3))
    return [*found, *memory_probes(exercise, (x, W, b), layer(rng, 2, 3, 4))]


def backward_probes(exercise, rng):
    def one(size, criterion="values", make=as_it_is):
        upstream = upstream_like(rng, (size[0], size[2]))
        return exercise.call(*map(make, (upstream, *layer(rng, *size))), criterion=criterion)

    found = [one((1, 2, 2)), *(one(size) for size in SIZES), *(one(size, "edges") for size in CORNERS)]
    found += [one((3, 4, 2), "edges", make) for make in (read_only, single)]
    found += [one((4, 3, 2), "edges", np.asfortranarray), *(one(size) for size in LARGE_SIZES)]
    for factor in (1e-3, 30.0, 1e4):
        found += [exercise.call(factor * upstream_like(rng, (3, 4)), *layer(rng, 3, 2, 4))]
    some = upstream_like(rng, (4, 3)) * np.array([[1.0], [0.0], [1.0], [1.0]])
    some[2, 1] = 0.0
    found += [exercise.call(some, *layer(rng, 4, 2, 3)), one((3, 2, 4), make=lambda a: 30.0 * a)]
    x, W, b = layer(rng, 2, 3, 4)
    twice = upstream_like(rng, (4, 4)), x[[0, 1, 0, 0]], W, b
    found += [exercise.call(*twice, criterion="edges", label="rows that are equal")]
    twice = upstream_like(rng, (2, 4))[[0, 1, 0]], away_from(rng, (3, 3)), W, b
    found += [exercise.call(*twice, criterion="edges", label="upstream gradients that are equal")]
    found += [exercise.call(upstream_like(rng, (2, 4)), 0.0 * x, W, 0.0 * b, criterion="edges")]
    found += [
        exercise.call(sign * upstream_like(rng, (1, 1)), *layer(rng, 1, 1, 1), criterion="edges") for sign in (1, -1)
    ]
    loud = upstream_like(rng, (2, 4)), x, W, b + 1e12
    found += [exercise.call(*loud, label="biases near 1e12", exposes=DIFFERENCE)]
    pairs = [(upstream_like(rng, (2, 4)), *layer(rng, 2, 3, 4)) for _ in range(2)]
    found += scaled_probes(exercise, pairs[0], range(4))
    return [*found, *memory_probes(exercise, *pairs)]


def jacobian_probes(exercise, rng):
    found = [exercise.call(np.array([1.0, 2.0, 3.0])), *(exercise.call(away_from(rng, (n,))) for n in (2, 4, 5))]
    corners = away_from(rng, (1,)), read_only(away_from(rng, (3,))), np.array([2, -3, 1]), away_from(rng, (6,))[::2]
    found += [exercise.call(h, criterion="edges") for h in corners]
    found += [exercise.call(h) for h in (away_from(rng, (7,)), away_from(rng, (12,)), 1e3 * away_from(rng, (3,)))]
    found += [exercise.call(np.array([2.5, 0.0, -1.5, 2.5])), exercise.call(1e-3 * away_from(rng, (3,)))]
    size = rng.uniform(0.2, 2.0, 1)
    found += [exercise.call(size, criterion="edges"), exercise.call(-size, criterion="edges")]
    return [*found, *memory_probes(exercise, [away_from(rng, (3,))], [away_from(rng, (3,))])]


ON_PAPER = (1, 1, 2, 2), (2, 1, 2, 1), (1, 2, 1, 2)
"""Images of a few numbers."""


def flatten_probes(exercise, rng):
    def one(shape, make=as_it_is, label=""):
        return exercise.call(make(away_from(rng, shape)), criterion="edges", label=label)

    found = [exercise.call(np.arange(8.0).reshape(2, 1, 2, 2))]
    found += [exercise.call(away_from(rng, shape)) for shape in IMAGES]
    found += [one(shape) for shape in FEW]
    found += [one((2, 3, 2, 4), np.asfortranarray, "another memory order")]
    found += [one((2, 4, 3, 5), lambda x: x.transpose(0, 2, 1, 3), "a view")]
    found += [one((2, 2, 3, 4), read_only), exercise.call(away_from(rng, (23, 2, 2, 3)))]
    found += scaled_probes(exercise, [away_from(rng, (2, 3, 2, 2))], [0])
    found += [one((2, 2, 1, 3, 2), label="five axes"), one((4, 3, 1, 2), lambda x: np.round(x), "whole numbers")]
    found += [*memory_probes(exercise, [away_from(rng, (2, 2, 2, 1))], [away_from(rng, (2, 2, 2, 1))])]
    return [*found, *(exercise.call(away_from(rng, shape)) for shape in ON_PAPER)]


def unflatten_probes(exercise, rng):
    def one(shape, criterion="values", make=as_it_is):
        x, g = away_from(rng, shape), upstream_like(rng, (shape[0], int(np.prod(shape[1:]))))
        return exercise.call(make(g), make(x), criterion=criterion)

    found = [one((2, 1, 2, 2)), *(one(shape) for shape in IMAGES), *(one(shape, "edges") for shape in FEW)]
    found += [one((2, 3, 2, 4), "edges", np.asfortranarray), one((2, 2, 3, 4), "edges", read_only)]
    found += [one((23, 2, 2, 3)), one((2, 2, 1, 3, 2), "edges")]
    for factor in (0.0, 1e-3, 30.0, 1e4):
        found += [exercise.call(factor * upstream_like(rng, (2, 12)), away_from(rng, (2, 3, 2, 2)))]
    found += [exercise.call(upstream_like(rng, (2, 4)), np.zeros((2, 1, 2, 2)), criterion="edges")]
    loud = upstream_like(rng, (2, 4)), 1e12 + away_from(rng, (2, 1, 2, 2))
    found += [exercise.call(*loud, label="inputs near 1e12", exposes=DIFFERENCE)]
    # The values of x do not count here, so that an answer remembered by x, or by its own upstream, is seen both ways.
    pairs = [(upstream_like(rng, (2, 4)), away_from(rng, shape)) for shape in ((2, 2, 2, 1), (2, 1, 2, 2))]
    return [*found, *memory_probes(exercise, *pairs), *map(one, ON_PAPER)]


def model_probes(*, spread, binary=False):
    """Probes for a gradient of w, X and y; the targets are 0 or 1 where `binary`."""

    def probes(exercise, rng):
        def one(examples, inputs, criterion="values", make=as_it_is):
            X, w = away_from(rng, (examples, inputs), spread=spread), away_from(rng, (inputs,), spread=spread)
            y = rng.integers(0, 2, examples).astype(float) if binary else away_from(rng, (examples,))
            return exercise.call(make(w), make(X), make(y), criterion=criterion)

        X, y = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]]), np.array([1.0, 2.0, 0.0])
        found = [exercise.call(np.array([0.5, -0.5]), X, y), one(5, 3), one(4, 2), one(3, 4), one(6, 5), one(3, 3)]
        found += [one(1, 3, "edges"), one(4, 1, "edges"), one(1, 1, "edges"), one(5, 2, "edges", read_only)]
        found += [one(4, 3, "edges", single), one(4, 3, "edges", np.asfortranarray)]
        if binary:
            w, X, y = (
                np.array([300.0, -200.0]),
                np.array([[4.0, -3.0], [-5.0, 2.0], [1.0, 1.5]]),
                np.array([0.0, 1.0, 1.0]),
            )
            found.append(exercise.call(w, X, y, criterion="edges", label="saturated", scale=1.0))
        found += [one(9, 3), one(30, 2), one(3, 11)]
        some = away_from(rng, (4,))
        w, X = away_from(rng, (3,), spread=spread), away_from(rng, (4, 3), spread=spread)
        found += [exercise.call(w, X, some), exercise.call(0.0 * w, X, some, criterion="edges")]
        found += [exercise.call(w, X[[0, 1, 0, 0]], some, criterion="edges", label="rows that are equal")]
        found += [exercise.call(w, X, rng.uniform(0.0, 1.0, 4), criterion="edges", label="targets between 0 and 1")]
        found += scaled_probes(exercise, (w, X, some), range(3), factors=(1e-3, 10.0 if binary else 300.0))
        found += [exercise.call(w, X, 1e3 * some)]
        one_of_each = [rng.uniform(0.2, 2.0, shape) for shape in ((1,), (1, 1))]
        found += [
            exercise.call(s * one_of_each[0], t * one_of_each[1], np.array([u]), criterion="edges")
            for s, t, u in ((1, 1, 0.0), (1, -1, 1.0), (-1, 1, 1.0), (-1, -1, 0.0))
        ]
        flat = np.array([[-2.0], [2.1], [-1.8]]) * rng.uniform(0.9, 1.0)
        found += [exercise.call(np.array([4.0]), flat, np.array([1.0, 0.0, 0.5]), criterion="edges")]
        X, y = away_from(rng, (4, 3), spread=spread), (rng.random(4) < 0.5).astype(float)
        X[0], y[0] = 0.0, 1e8
        found += [exercise.call(w, X, y, label="a target of 1e8 for inputs of 0", scale=1.0, exposes=DIFFERENCE)]
        pairs = [(away_from(rng, (2,)), away_from(rng, (3, 2)), targets) for targets in (np.eye(3)[0], np.ones(3))]
        return [*found, *memory_probes(exercise, *pairs)]

    return probes


EXERCISES = [
    Exercise(
        name="fc_forward",
        points=1,
        signature="(x, W, b)",
        probes=forward_probes,
        hints={
            "W not transposed": SHAPES,
            "W times x, as for a single example": "x holds one example per row. Which axis of x does the product sum over?",
            ("bias forgotten", "bias subtracted", "bias multiplied"): "What does the layer give for an input of zeros?",
            "bias added down the columns": (
                "Every row of the result gets the same bias. Look at the shape of what you add."
            ),
            ("result transposed", "averaged over the batch", "summed over the batch"): ROW,
            "columns instead of rows": "The examples are the rows of x.",
            "first example only": "How many rows does x have?",
            "bias once per input": "How often is the bias added to one score?",
            "an activation added": "The layer is only linear. Who applies the activation?",
        },
    ),
    Exercise(
        name="fc_backward",
        points=4,
        signature="(upstream, x, W, b)",
        outputs=("dx", "dW", "db"),
        forward="fc_forward",
        functions=("fc_backward", "fc_forward"),
        probes=backward_probes,
        hints={
            "dx as for a single example": (
                "upstream holds one example per row. Which axis of it does the product sum over?"
            ),
            "dW without a transpose": "Write the two shapes under the product. Which axis do both have, and is it inside?",
            "dW examples against examples": "Which axis is summed over: the batch, or the units?",
            (
                "dx transposed",
                "dW transposed",
                "db keeps the batch axis",
                "db summed over everything",
                "dW transposed and averaged",
            ): ("Each gradient has the shape of the thing it is the gradient of."),
            "dx multiplies W transposed": SHAPES,
            "dx without W": "How does the output move with x?",
            "dx divided by the batch": "Each row of x belongs to one example. What is there to average?",
            ("dW averaged over the batch", "db averaged over the batch", "dW and db averaged over the batch"): (
                "The loss divides by the batch size. Does the layer, too?"
            ),
            ("dW from the first row only", "dW from the last row only", "dW not summed over the batch"): (
                "All rows share W. How do their contributions combine?"
            ),
            "dW from sums": "Multiply within each row first. Then sum.",
            ("dW without the upstream gradient", "db counts the rows"): ABOVE,
            "dW scaled by W": "The output is linear in W. Does its slope depend on W?",
            "db not summed over the batch": "How many rows used this bias?",
            "db summed over the outputs": "Which axis is the batch?",
            "db scaled by b": "The output grows with b one to one. Does its slope depend on b?",
            ("order dW, db, dx", "order dx, db, dW", "order dW, dx, db"): (
                "Compare the order of what you return with the docstring."
            ),
        },
    ),
    Exercise(
        name="fc_jacobian_weights",
        points=2,
        signature="(h)",
        probes=jacobian_probes,
        hints={
            "h in every block": "Does the first output contain the second output's weights?",
            "h in the other block": "Which weights belong to the first output?",
            "transposed": "One row per output, one column per weight.",
            "interleaved": "W is flattened row by row: first all weights of the first output.",
            "identity instead of h": "How far does an output move when one of its weights moves by 1?",
            ("Jacobian for one output", "blocks side by side in one row"): "Two outputs, two rows.",
            "h on the diagonal": "How many weights does one output have?",
            "first row only": "Two outputs, two rows to fill.",
            "kept as a tensor": "The weights are flattened: two axes in all.",
            "squared": "The output is linear in W. How far does it move when a weight moves by 1?",
        },
    ),
    Exercise(
        name="flatten_forward",
        points=1,
        signature="(x)",
        probes=flatten_probes,
        hints={
            ("batch flattened too", "one row in all", "one column per example"): ROW,
            "column-major order": "In which order does NumPy read the entries of one example?",
            ("reshaped the wrong way round", "examples mixed"): (
                "Entries of different examples must not meet in one row."
            ),
            "colours kept apart": "Everything but the batch becomes one row.",
            "axes swapped before": "No number changes its neighbour: reshape alone is enough.",
            "averaged over the colours": "How many numbers go in, and how many come out?",
            "memory order": "ravel with order K reads the memory as it lies. A view may lie in another order.",
        },
    ),
    Exercise(
        name="flatten_backward",
        points=1,
        signature="(upstream, x)",
        forward="flatten_forward",
        functions=("flatten_backward", "flatten_forward"),
        probes=unflatten_probes,
        hints={
            "still flat": "The gradient has the shape of x.",
            "returns x": "What is sent back: the input, or the gradient?",
            "gradient of ones": ABOVE,
            "column-major order": "Forward and backward must agree on the order.",
            "multiplied by x": "Flattening changes no number. What is its slope?",
            "axes reversed": "What shape does x have?",
            ("colours last", "folded as if the colours were last"): "Which axis of x counts the colours?",
            "divided by the batch": "Where was the 1/B already applied?",
        },
        slips=all_but("upstream returned unchanged", "upstream forgotten"),
    ),
    Exercise(
        name="linear_regression_gradient",
        points=2,
        signature="(w, X, y)",
        probes=model_probes(spread=1.5),
        hints={
            "sign": "Nudge w by hand in the 3 by 2 example: does the loss rise or fall?",
            "2 forgotten": SQUARE,
            "averaged over the examples": SUM_OR_MEAN,
            "2 forgotten and averaged": "The docstring says what the loss is.",
            "X instead of its transpose": SHAPES,
            "inputs forgotten": "How fast does a prediction move with w_j?",
            ("not summed over the examples", "the loss, not its gradient"): ONE_NUMBER,
            "target forgotten": "What is the prediction compared with?",
            "prediction forgotten": "What is the target compared with?",
            "the step, not the gradient": "Return the gradient alone; the learning rate comes later.",
            "residual squared": "What is the slope of a square?",
            "sizes of the residuals only": "Does it matter on which side of the target the prediction lies?",
            "broadcast blow-up": "Look at the shapes on both sides of your minus: (n,) and (n, 1)?",
            "scaled by the weights": "The prediction is linear in w. Does its slope depend on w?",
        },
    ),
    Exercise(
        name="sigmoid_perceptron_gradient",
        points=2,
        signature="(w, X, y)",
        probes=model_probes(spread=1.0, binary=True),
        hints={
            "slope of the sigmoid forgotten": (
                "From the loss to w you pass a square, a sigmoid and a sum. How many slopes is that?"
            ),
            "slope of the sigmoid taken at its output": (
                "At which value is the slope taken? You apply the sigmoid to something that already went through it."
            ),
            "gradient of the cross-entropy": "Output minus target belongs to another loss. Which one is in the docstring?",
            "2 forgotten": SQUARE,
            "sign": "Take one example with y = 1: should its score rise or fall?",
            "averaged over the examples": SUM_OR_MEAN,
            "slopes averaged before they meet the errors": (
                "Each example has an error and a slope of its own. Which of them are multiplied with each other?"
            ),
            "slope s only": "Is the sigmoid steepest where s is near 1?",
            "slope 1 - s only": "Is the sigmoid steepest where s is near 0?",
            "slope written with d": "The slope is written with the sigmoid's output. Did you use its output, or its input?",
            "slope s (1 + s)": "The slope must vanish where the sigmoid is flat, at both ends.",
            "residual without the sigmoid": "What is the prediction of this model?",
            "the linear model's gradient": "Where is the sigmoid?",
            "inputs forgotten": "How fast does the score of an example move with w_j?",
            "not summed over the examples": ONE_NUMBER,
            "X instead of its transpose": SHAPES,
        },
    ),
]
