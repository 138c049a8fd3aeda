"""Assignment 05: the activation functions and their slopes."""

import numpy as np

from autograder.exercises import Exercise, either_side, elementwise_probes, read_only, upstream_like

UPSTREAM = "What multiplies the local gradient on its way back?"
HEIGHT = "Is that the height of the curve, or its slope?"
ABOVE = "What did the layer above send back?"
LEFT = "Does the function rise or fall to the left of 0?"
BOTH_PIECES = "Multiply both pieces by what comes back."
LINE = "Is that the height of the line on the left, or its slope?"


def both(usual, own):
    """The usual probes and some of the exercise's own."""
    return lambda exercise, rng: [*usual(exercise, rng), *own(exercise, rng)]


def at_kinks(*kinks):
    """A probe at the kinks between slopes 0 and 1: any slope between the two is right there."""

    def probes(exercise, rng):
        g = upstream_like(rng, np.shape(kinks))
        bounds = tuple(np.sort([g * 0.0, g], axis=0))
        return [exercise.call(g, np.array(kinks), criterion="edges", between=bounds, label="at the kink")]

    return probes


def uniform(low, high):
    """A random extra argument between the two."""
    return lambda rng: (float(rng.uniform(low, high)),)


def with_extra(*values):
    """Probes with values of the extra argument that are unusual but allowed."""

    def one(exercise, rng, value):
        x = either_side(rng, (3, 4))
        return exercise.call(upstream_like(rng, (3, 4)), x, value, criterion="edges")

    return lambda exercise, rng: [one(exercise, rng, value) for value in values]


def prelu_probes(exercise, rng):
    def one(shape, criterion="values", alpha=None, make=lambda x: x):
        x = make(either_side(rng, shape))
        g = upstream_like(rng, shape, x.dtype)
        return exercise.call(g, x, float(rng.uniform(0.1, 0.6)) if alpha is None else alpha, criterion=criterion)

    def exactly(x, label):
        g = upstream_like(rng, (4,)) * (label[:2] != "up" or np.array([0, 1, 1, 0]))
        return exercise.call(g, np.array(x), float(rng.uniform(0.1, 0.6)), criterion="edges", label=label)

    found = [one((3, 4)), one((5,)), one((7, 2)), one((2, 3))]
    found += [
        exactly([0.01, -0.01, 1e-4, -1e-4], "beside 0"),
        exactly([1.5, -0.7, 2.0, -3.0], "upstream gradients of 0"),
    ]
    found += [
        one((3, 4), "edges", -0.3),
        one((1, 1), "edges"),
        one((1, 1), "edges"),
        one((2, 3, 2), "edges"),
        one((3, 4), "edges", 1.5),
        one((3, 4), "edges", 0.0),
    ]
    found += [one((3, 4), "edges", make=read_only), one((3, 4), "edges", make=lambda x: x.astype(np.float32))]
    return [*found, one((4, 3), "edges", make=np.abs), one((4, 3), "edges", make=np.asfortranarray)]


EXERCISES = [
    Exercise(
        name="tanh_backward",
        points=1,
        signature="(upstream, x)",
        probes=elementwise_probes(),
        hints={
            "square of the input": (
                "The slope of tanh is written with the gate's output. Which of the two did you square?"
            ),
            "square forgotten": "Is the slope of tanh the same at +2 and at -2? Does yours say so?",
            "upstream forgotten": UPSTREAM,
            "slope taken at the output": (
                "At which value is the slope taken? You apply tanh to something that already went through it."
            ),
            "sign": "tanh rises everywhere. What sign has its slope?",
            "value instead of slope": HEIGHT,
            "slope of the sigmoid": "That is the slope of another squashing function. At 0 the slope of tanh is 1.",
            "sigmoid's formula with tanh in it": "s (1 - s) belongs to the sigmoid. Which formula belongs to tanh?",
        },
    ),
    Exercise(
        name="tanh_from_sigmoid",
        points=1,
        signature="(x)",
        probes=elementwise_probes(),
        hints={
            "inner 2 lost": "Compare the slope of your curve at 0 with 1.",
            "outer 2 lost": "tanh runs from -1 to 1. What is the range of yours?",
            "not shifted down": "tanh(0) is 0. What does yours give?",
            "returns the sigmoid": "That is the sigmoid itself. Where does the curve have to be stretched and moved?",
            "sigmoid of 2x": (
                "Half of the way: the curve is as steep as it should be. Which range has it, and which should it have?"
            ),
            "sign": "For a large positive x, should the result be near 1 or near -1?",
        },
    ),
    Exercise(
        name="hard_tanh_backward",
        points=1,
        signature="(upstream, x)",
        probes=both(elementwise_probes(kinks=(-1.0, 1.0)), at_kinks(-1.0, 1.0, 1.0)),
        hints={
            "flat where it should rise": "Where is the curve flat: inside or outside the interval from -1 to 1?",
            "value instead of slope": HEIGHT,
            ("lower bound forgotten", "upper bound forgotten"): "There are two flat pieces.",
            "upstream forgotten": UPSTREAM,
            "mask from the upstream gradient": (
                "Which array decides where the gate is flat: what came forward, or what comes back?"
            ),
            "clips the upstream gradient": "The gate limits its input on the way forward. Does it limit the gradient?",
            "slope of the smooth tanh": "That is the slope of the smooth tanh. This one is made of straight pieces.",
            "bounds at 0 and 1": "Where does the slanted piece begin?",
        },
    ),
    Exercise(
        name="softsign_backward",
        points=1,
        signature="(upstream, x)",
        probes=elementwise_probes(),
        hints={
            "power 1 instead of 2": "Check the slope at x = 3 with a finite difference. Is a power missing?",
            "1 + x^2 in the denominator": "Evaluate your denominator at x = 1. The curve's is larger.",
            "sign of the input kept": "softsign rises everywhere. Can its slope be negative?",
            "upstream forgotten": UPSTREAM,
            "value instead of slope": HEIGHT,
            "absolute value forgotten": "What happens to your formula at x = -1?",
            "power in the numerator": "Far from 0 the curve is almost flat. Is yours?",
            "product rule stopped half-way": (
                "A quotient has two parts that change with x. Which one did you hold still?"
            ),
        },
    ),
    Exercise(
        name="relu_forward",
        points=1,
        signature="(x)",
        probes=elementwise_probes(integers=True),
        hints={
            "absolute value": "What should come out for -3?",
            ("minimum instead of maximum", "sign"): "What should come out for 3?",
            "maximum over the whole array": "Compare the shapes of input and output.",
            "leaks": "What should come out for -3, exactly?",
            "step": "That is where the gate is open. What comes out of it there?",
            "clipped at 1": "What should come out for 7?",
            "writes into its input": "Does the caller still have its negative numbers?",
        },
    ),
    Exercise(
        name="relu_backward",
        points=1,
        signature="(upstream, x)",
        probes=both(elementwise_probes(kinks=(0.0,), integers=True), at_kinks(0.0, 0.0, -0.0)),
        hints={
            "mask from the upstream gradient": (
                "Which array decides where the gate is open: what came in on the way forward, or on the way back?"
            ),
            "only where both are positive": (
                "A gradient may be negative. Which array alone decides where the gate is open?"
            ),
            "upstream forgotten": ABOVE,
            "value instead of slope": "Where x is positive the output is x. What is the slope of x?",
            "mask inverted": "Which units passed a signal forward?",
            "passes everything": "What is the slope where the output stays 0?",
            "writes into the upstream gradient": (
                "Print the upstream gradient after your call: whose array did you write into?"
            ),
            "slope -1 on the left": "Can the slope of ReLU be negative?",
            ("one decision for all", "one entry's sign for its row"): (
                "The gate may be open for one entry and shut for its neighbour."
            ),
            "returns x where open": "What is passed back: the input, or the gradient?",
        },
    ),
    Exercise(
        name="leaky_relu_backward",
        points=1,
        signature="(upstream, x, slope)",
        probes=both(elementwise_probes(extra=uniform(0.05, 0.6), kinks=(0.0,)), with_extra(1.5, 0.0, -0.4)),
        hints={
            "nothing on the negative side": "This gate leaks. What comes through on the left?",
            "slope hard-coded": "Which of your arguments never appears in your formula?",
            "value instead of slope": LINE,
            "sign on the left": LEFT,
            "slope on the positive side": "On which side does the gate leak?",
            "slope added on the right too": "To the right of 0, how much does the output move when x moves by 1?",
            "upstream forgotten": ABOVE,
            "right only for slopes below 1": "Try slope = 1.5 by hand at x = -2 and x = 3.",
            "mask from the upstream gradient": "Which array decides on which side of the kink we are?",
            "upstream forgotten on the left": BOTH_PIECES,
        },
    ),
    Exercise(
        name="elu_backward",
        points=1,
        signature="(upstream, x, alpha)",
        probes=both(elementwise_probes(extra=uniform(0.3, 0.8), kinks=(0.0,)), with_extra(1.0, -0.5)),
        hints={
            "alpha forgotten": "Try alpha = 0.5.",
            "value instead of slope": "Is that the height of the curve on the left, or its slope?",
            "upstream forgotten": ABOVE,
            "upstream forgotten on the left": BOTH_PIECES,
            "nothing on the negative side": "ELU is not flat just left of 0.",
            "exponential on both sides": "On the right of 0 the curve is a straight line.",
            "sign on the left": LEFT,
            "leaky ReLU's slope": "Is the left piece a straight line?",
            "0 times infinity": (
                "A product of 0 and infinity is not a number. For which entries do you need the exponential at all?"
            ),
        },
    ),
    Exercise(
        name="prelu_backward",
        points=2,
        signature="(upstream, x, alpha)",
        outputs=("dx", "dalpha"),
        probes=prelu_probes,
        hints={
            "slope's gradient not summed": "One alpha serves every entry. How many contributions does it get?",
            "slope's gradient summed over the batch only": "alpha is one number. What shape must its gradient have?",
            "slope's gradient without the upstream gradient": "What did each entry send back?",
            "slope's gradient averaged": "A shared parameter: do its contributions add, or average?",
            "slope's gradient counts positive entries too": "Does alpha influence an entry whose x is positive?",
            "slope's gradient from the positive entries": "On which side of 0 does alpha do anything?",
            ("slope's gradient uses the sign of x", "slope's gradient counts the negative entries"): (
                "How far does the output move when alpha moves a little? Does the size of x matter?"
            ),
            "slope's gradient uses alpha": (
                "Hold x fixed: on the left the output is alpha times x. What is its slope in alpha?"
            ),
            "alpha on both sides": "On the right of 0 the output is x itself.",
            "nothing on the negative side": "What comes through on the left?",
            "value instead of slope": LINE,
        },
    ),
    Exercise(
        name="softplus_forward",
        points=2,
        signature="(x)",
        probes=elementwise_probes(),
        hints={
            "overflow": "For large x the answer is nearly x. Which intermediate value overflows?",
            "sign of the exponent": "For a large positive x, should the result be near x or near 0?",
            "logarithm forgotten": "Two links in this chain: the exponential, and what comes after it.",
            ("1 forgotten", "returns x"): "At x = 0 the result is log 2.",
            "ReLU": "softplus is smooth: at 0 it is log 2.",
            "logarithm to base 2": "Which logarithm? At x = 0 the result is 0.693.",
            "capped": "For x = 1000 the answer is 1000.",
            "slope instead of value": "That is the slope of softplus.",
        },
    ),
    Exercise(
        name="softplus_backward",
        points=1,
        signature="(upstream, x)",
        probes=elementwise_probes(),
        hints={
            "mirrored": "The slope of softplus is near 1 for large x. Where is yours near 1?",
            "upstream forgotten": UPSTREAM,
            "outer derivative forgotten": "The logarithm was there too: chain two links.",
            "inner derivative forgotten": "The exponential was there too: chain two links.",
            "differentiated twice": "You have differentiated once more than asked.",
            "value instead of slope": HEIGHT,
            "infinity divided by infinity": "Infinity divided by infinity is not a number: rewrite the quotient.",
            "slope of ReLU": "softplus is smooth; its slope at 0 is 1/2.",
        },
    ),
]
