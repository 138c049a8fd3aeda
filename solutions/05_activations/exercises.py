"""Assignment 05: the activation functions and their slopes."""

import numpy as np

from autograder.exercises import (
    DIFFERENCE,
    Criterion,
    Exercise,
    Formula,
    Probe,
    Step,
    either_side,
    elementwise_probes,
    only,
    read_only,
    upstream_like,
)

UPSTREAM = "What multiplies the local gradient on its way back?"
HEIGHT = "Is that the height of the curve, or its slope?"
ABOVE = "What did the layer above send back?"
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


# --- activation -----------------------------------------------------------------------------------------------------

NAMES = ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "hard_tanh", "softsign", "elu", "softplus")
KINKS = {"relu": (0.0,), "leaky_relu": (0.0,), "hard_tanh": (-1.0, 1.0)}
LEAST_SLOPE = {"relu": 0.0, "leaky_relu": 0.01, "hard_tanh": 0.0}
WITHOUT_BOUND = ("linear", "relu", "leaky_relu", "elu", "softplus")
SAID = {"linear": "the linear activation", "relu": "ReLU", "leaky_relu": "leaky ReLU", "hard_tanh": "hard tanh"}


def activation_probes(exercise, rng):
    def ask(name, which, x, criterion, **more):
        steps = (
            Step(exercise.name, (name,), keep="pair"),
            Step("pair", (which,), "__getitem__", keep="function"),
            Step("function", (x,), "__call__"),
        )
        label = f"the {('value', 'slope')[which]} of {SAID.get(name, name)}"
        return Probe(steps, criterion, label, **more)

    def refuses(name):
        def verify(outcomes):
            error = outcomes[0].error
            if error is not None and error.is_a("ValueError"):
                return None
            return "an unknown name must raise ValueError" + (f", not {error.type}" if error else "")

        step = Step(exercise.name, (name,))
        return Probe((step,), "unknown", "an unknown name", verify=verify, raises=True)

    def drawn(name, shape, scale=2.0):
        points = KINKS.get(name, (0.0,))
        return either_side(rng, shape, points, scale, 0.05 if name in KINKS else 0.0)

    found = []
    for name in NAMES:
        small, many = np.round(drawn(name, (4,)), 3), drawn(name, (7, 3))
        for which, criterion in ((1, "slopes"), (0, "values")):
            found += [ask(name, which, small, criterion), ask(name, which, many, criterion)]
    for name in NAMES:
        beside = np.add.outer(np.array(KINKS.get(name, (0.0,))), [0.01, -0.01, 1e-4, -1e-4])
        for which in (0, 1):
            solid = drawn(name, (2, 3, 2))
            special = [
                beside,
                solid,
                solid[0].astype(np.float32),
                read_only(solid[1]),
                np.array([50.0, -50, 1e3, -1e3]),
            ]
            special += [] if name in KINKS else [np.zeros(3)]
            found += [ask(name, which, x, "edges") for x in special]
        if name in KINKS:
            kinks = np.array(KINKS[name])
            found.append(ask(name, 0, kinks, "edges"))
            bounds = (np.full(kinks.shape, LEAST_SLOPE[name]), np.ones(kinks.shape))
            found.append(ask(name, 1, kinks, "edges", between=bounds))
        if name in WITHOUT_BOUND:
            found.append(ask(name, 1, np.array([1e9, 3e9]) + rng.uniform(0, 1, 2), "edges", exposes=DIFFERENCE))
    return [*found, refuses("swish"), refuses("")]


# --- stack_gradients ------------------------------------------------------------------------------------------------

CURVES = (
    (Formula("np.tanh(x)"), Formula("1 - np.tanh(x) ** 2")),
    (Formula("np.sin(x)"), Formula("np.cos(x)")),
    (Formula("np.maximum(x, 0)"), Formula("1.0 * (x > 0)")),
    (Formula("x * x / 4"), Formula("x / 2")),
)
STRANGE = (Formula("x / (1 + x * x)"), Formula("3 * x + 1"))
LARGE = (Formula("x + 1e9"), Formula("np.ones_like(x)"))


def stack_probes(exercise, rng):
    def one(sizes, batch, curve, criterion="values", label="", make=lambda x: x, **more):
        weights = [
            make(rng.normal(0, 1 / np.sqrt(inputs), (outputs, inputs)))
            for inputs, outputs in zip(sizes, sizes[1:], strict=False)
        ]
        x = make(rng.normal(0, 1, (batch, sizes[0])))
        return exercise.call(x, weights, *curve, criterion=criterion, label=label, **more)

    found = [
        one((2, 2, 2), 2, CURVES[3], make=lambda x: np.round(x, 1)),
        one((2, 2, 2), 2, CURVES[0]),
        one((3, 3, 3, 3), 4, CURVES[1]),
        one((4, 4, 4), 7, CURVES[2]),
    ]
    found += [one((3, 5, 2, 4), 6, CURVES[0]), one((4, 2, 3), 3, CURVES[3]), one((3, 3, 3, 3, 3), 5, CURVES[0])]
    found += [one((3, 4), 3, CURVES[1], "edges", "one layer"), one((3, 2, 4), 1, CURVES[0], "edges", "one example")]
    found += [one((2, 3, 1), 4, CURVES[1], "edges", "one unit at the top")]
    found += [one((3, 3, 2), 3, STRANGE, "edges", "a slope that is not the value's: ask it", exposes=DIFFERENCE)]
    found += [one((2, 3, 2), 3, LARGE, "edges", "values of 1e9", exposes=DIFFERENCE)]
    found += [one((3, 4, 2), 4, CURVES[0], "edges", make=lambda x: x.astype(np.float32))]
    found += [one((3, 4, 2), 4, CURVES[1], "edges", make=read_only), one((3,) * 13, 4, CURVES[1], "edges")]
    on_paper = (
        ((1, 1, 1), 2, CURVES[3]),
        ((1, 2, 1), 1, CURVES[0]),
        ((2, 1, 2), 1, CURVES[3]),
        ((1, 1, 1, 1), 1, CURVES[1]),
    )
    return [*found, *(one(*few, make=lambda x: np.round(x, 1) + 0.1 * (np.abs(x) < 0.05)) for few in on_paper)]


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
            "sign": "tanh rises everywhere. What sign does its slope have?",
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
    Exercise(
        name="activation",
        points=4,
        signature="(name)",
        probes=activation_probes,
        criteria=(
            Criterion("slopes", "the slopes are right", 0.4),
            Criterion("values", "the values are right", 0.3),
            Criterion("edges", "right in special cases: kinks, very large numbers, float32", 0.1, ("slopes", "values")),
            Criterion("unknown", "an unknown name raises ValueError", 0.1, ("values",)),
            Criterion("contract", "does not change its inputs; gives the same answer twice", 0.1, ("values",)),
        ),
        hints={
            "slope before value": "Which of the two functions comes first?",
            "values instead of slopes": "The table asks for the height and the slope. Which of the two did you return twice?",
            "slopes taken at the output": (
                "The second function gets what went into the gate. Which formulas are written with what came out?"
            ),
            "the same pair for every name": "Print what two names give. Does the name choose, or the last turn of a loop?",
            "a slope without a shape": "For a batch of shape (7, 3), what shape does the linear slope have?",
            "leaky ReLU without its leak": "Put in -2. How much comes through?",
            "leak of 0.1": "Which slope does leaky ReLU have in the docstring?",
            ("hard tanh without its lower bound", "hard tanh without its upper bound"): (
                "Hard tanh has two flat pieces. Does your condition know both?"
            ),
            "softsign's square forgotten": "At x = 1 softsign's slope is 1/4. What is yours?",
            "softsign's absolute value forgotten": "What does your formula give at x = -1?",
            "softsign's sign kept": "Softsign rises everywhere. Can its slope be negative?",
            "ELU's value as its slope": "On the left of 0: is that the height of the ELU's curve, or its slope?",
            "ELU without its 1": "An ELU comes to 0 from the left without a jump. Does yours?",
            "tanh's slope is the sigmoid's": "At 0 the slope of tanh is 1. What is yours?",
            "the sigmoid's slope without its second factor": "Is the sigmoid steep where its output is nearly 1?",
            "softplus's slope mirrored": "The slope of softplus is near 1 for large x. Where is yours near 1?",
            "infinity divided by infinity": "Infinity divided by infinity is no number. Which formula holds e^1000?",
            "0 times infinity": (
                "A product of 0 and infinity is not a number. For which entries do you need the exponential at all?"
            ),
            "softplus overflows": "For x = 1000 softplus is 1000. Which intermediate value is too large?",
            "an unknown name gets a pair": "What should a reader be told who wrote 'swish'?",
            "an unknown name raises KeyError": "Which exception does the docstring name?",
        },
        slips=only("returns nothing"),
    ),
    Exercise(
        name="stack_gradients",
        points=3,
        signature="(x, weights, value, slope)",
        probes=stack_probes,
        hints={
            "slope at the top forgotten": (
                "The ones arrive after the last activation. What lies between them and its pre-activation?"
            ),
            "weights before the slope": (
                "The ones arrive after the last activation. Which do they meet first, its slope or the layer's weights?"
            ),
            "slopes forgotten": "Each layer multiplies by its weights, and by what else?",
            "weights forgotten": "How does a gradient come from a layer's pre-activations to the layer below?",
            "slope taken at the activation": "The slope is taken at what went into the activation. Where did you keep that?",
            "value instead of slope": "Is that the height of the curve, or its slope?",
            "the weights of the layer itself": (
                "Between the pre-activations of two layers lies one array of weights. Is it the lower layer's or the upper's?"
            ),
            "weights not turned on the way back": (
                "For one example a = W h. Which product with W turns a row for a into a row for h?"
            ),
            "weights turned on the way forward": "W has the shape (outputs, inputs), and an example is a row.",
            "last layer first": "Which layer's gradient should stand first in the list?",
            "gradients at the inputs of the layers": "Is that the gradient before or after the product with the weights?",
            "activation forgotten on the way forward": "What goes into the second layer?",
            "an upstream of the weights' sum": "What shape have the ones: that of the last layer's output for each example?",
            "divided by the batch": "Is there a mean in the docstring?",
            "only the last gradient": "How many layers are there, and how many gradients do you return?",
            "spreads instead of gradients": "The list holds arrays, one for each layer. When do you measure them?",
        },
    ),
]
