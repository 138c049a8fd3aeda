"""Assignment 06: losses, softmax, and what entropy has to do with them."""

import numpy as np

from autograder.exercises import (
    DIFFERENCE,
    Exercise,
    away_from,
    memory_probes,
    read_only,
    scaled_probes,
    upstream_like,
)

WHO_DIVIDES = "Repeat every example twice. Should the result change? The docstring says over what is averaged."
OVER_WHAT = "Over what is averaged: the examples, or all entries?"
ONE_NUMBER = "One number for the whole batch."
STABLE = "Which intermediate value overflows, or becomes log(0)? The result itself is harmless."
CUT_OFF = "The loss of a sure and wrong answer has no upper limit. Yours has."
BOTTOM = "Where is the bottom of this loss?"
OWNER = "Whose array did you write into? Print it after your call."
BOTH_PLACES = "The same shift belongs to every exponential. Where does it stand in your line, and where not?"
ONE_SHIFT = "Two rows may lie far apart. What is left of the lower one?"
RARE = "A rare outcome adds little to the sum, but not nothing."
WHOSE_MEAN = "The loss is a mean. Over how many things, and where does that number appear in your gradient?"
KEEPDIMS = "Print the shapes just before you divide or subtract. Which axis went missing?"

NATURAL = "Which logarithm? A fair coin has entropy 0.693."
WHICH_LOG = "Which logarithm?"
NEGATIVE = "Logarithms of probabilities are negative."
ZERO = "What should 0 log 0 be? What does your computer make of it?"
ONCE_IN_THE_SUM = "Each outcome appears once in the sum."
ALREADY_AN_AVERAGE = "The weights p already make it an average."
ONE_FOR_TWO = "One number for the two distributions."

OTHERS_MOVE = "Raise one logit: do the other probabilities stay where they are?"
ROWS = "Each row is an example."
OWN_PROBABILITIES = "Each example has its own probabilities."
LOGITS = "Logits are no probabilities yet."
ONCE = "Logits go in, probabilities come out, once."
NAME = "A label is a name, not a size."
OWN_GRADIENT = "Each logit has a gradient of its own."
GOOD_OR_BAD = "At target 1, is a large logit good or bad?"

# A guard such as log(p + 1e-8) is harmless at moderate values: the values probes let it pass, the extremes do not.
GUARD_ROOM = 1e3


def _cut_off(first):
    """Whether a loss is right for the first probe, `first`, but stays below 60 where it should be in the hundreds."""
    return lambda answers: bool(abs(answers[0][0].value - first) < 1e-4 and 5.0 < answers[1][0].value < 60.0)


def _pair_probes(exercise, rng):
    def one(shape, criterion="values", spread=2.0, make=lambda a: a):
        pair = away_from(rng, shape, spread=spread), away_from(rng, shape, spread=spread)
        return exercise.call(*map(make, pair), criterion=criterion)

    found = [exercise.call(np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([[0.0, 2.0], [2.0, -1.0]]))]
    found += [one((3, 4)), one((5, 2)), one((4, 3), spread=30.0), one((2, 5))]
    found += [one((1, 3), "edges"), one((4, 1), "edges"), one((1, 1), "edges"), one((3, 3), "edges", 1e-3)]
    found += [one((3, 2), "edges", make=read_only), one((3, 4), "edges", make=lambda a: a.astype(np.float32))]
    same = away_from(rng, (3, 2))
    found += [exercise.call(same, same.copy(), criterion="edges", label="prediction equals target", scale=1.0)]
    found += [one((9, 3)), one((23, 2)), one((2, 11)), one((3, 2), spread=1e4)]
    gap = rng.uniform(0.2, 2.0, (1, 1))
    found += [exercise.call(gap, -gap), exercise.call(-gap, gap)]
    zeros = np.zeros((3, 2))
    found += [exercise.call(zeros, same, criterion="edges"), exercise.call(same, zeros, criterion="edges")]
    twice = away_from(rng, (2, 3))[[0, 1, 0, 0]]
    found += [exercise.call(twice, away_from(rng, (4, 3)), criterion="edges", label="rows that are equal")]
    if exercise.forward is not None:
        far = away_from(rng, (4, 3))
        far[0, 0] = 1e8
        label = "one prediction far off"
        found += [exercise.call(far, away_from(rng, (4, 3)), label=label, scale=1.0, exposes=DIFFERENCE)]
    pairs = [[away_from(rng, (3, 2)) for _ in range(2)] for _ in range(2)]
    found += scaled_probes(exercise, pairs[0], (0, 1))
    return [*found, *memory_probes(exercise, *pairs)]


HALF, QUARTER = np.array([0.5, 0.5]), np.array([0.75, 0.25])


def _distribution(rng, n):
    return rng.dirichlet(np.full(n, 2.0)) * 0.9 + 0.1 / n


def _rare(rng, *smaller):
    """A distribution of one likely outcome, one of about 0.02, and ever rarer ones, in no order."""
    rare = np.array([0.015, 4e-3, 9e-4, 1e-4, *smaller]) * rng.uniform(0.5, 1.0)
    p = np.array([1.0 - rare.sum(), *rare])
    return p if smaller else rng.permutation(p)


def _entropy_probes(exercise, rng):
    def one(p, label=""):
        return exercise.call(p, criterion="edges", label=label, scale=GUARD_ROOM)

    found = [exercise.call(p, scale=GUARD_ROOM) for p in (HALF, *(_distribution(rng, n) for n in (2, 3, 5, 4)))]
    found += [one(np.full(8, 0.125)), one(read_only(QUARTER)), one(np.array([0.0, 1.0, 0.0]), "a sure outcome")]
    found += [one(np.array([0.5, 0.0, 0.25, 0.25]), "an outcome with p = 0"), one(np.array([1.0]))]
    found += [exercise.call(_distribution(rng, n), scale=GUARD_ROOM) for n in (12, 30)]
    found += [exercise.call(p, scale=GUARD_ROOM) for p in (_rare(rng), _rare(rng, 1e-5, 2e-6)[::-1].copy())]
    pairs = [[_distribution(rng, 3)] for _ in range(2)]
    return [*found, *memory_probes(exercise, *pairs, scale=GUARD_ROOM)]


def _two_probes(exercise, rng):
    def one(p, q, criterion="edges", label=""):
        return exercise.call(p, q, criterion=criterion, label=label, scale=GUARD_ROOM)

    found = [one(HALF, QUARTER, "values")]
    found += [one(_distribution(rng, n), _distribution(rng, n), "values") for n in (2, 3, 5, 4)]
    same = _distribution(rng, 3)
    found += [one(same, same.copy(), label="p equals q")]
    found += [one(np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.5, 0.25]), label="an outcome with p = 0")]
    found += [one(np.array([0.0, 1.0, 0.0]), np.array([0.2, 0.7, 0.1]), label="one-hot p")]
    found += [one(np.array([0.5, 0.0, 0.5]), np.array([0.25, 0.0, 0.75]), label="p = q = 0")]
    found += [one(read_only(QUARTER), read_only(HALF))]
    found += [one(_distribution(rng, n), _distribution(rng, n), "values") for n in (12, 30)]
    rare = _rare(rng)
    found += [one(rare, _distribution(rng, 5), "values"), one(rare, rng.permutation(rare[::-1]) * 0.5 + 0.1, "values")]
    unsure = np.array([0.6, 0.37, 0.03]), np.array([0.97, 0.018, 0.012])
    near = rare * rng.uniform(0.5, 1.5, rare.shape)
    found += [one(*unsure, "values"), one(rare, near / near.sum(), "values")]
    found += [one(np.array([0.97, 0.03]), np.array([0.012, 0.988]))]
    found += [one(np.array([0.0, 0.3, 0.5, 0.2]), np.array([0.1, 0.2, 0.3, 0.4]), label="an outcome with p = 0")]
    pairs = [[_distribution(rng, 3) for _ in range(2)] for _ in range(2)]
    return [*found, *memory_probes(exercise, *pairs, scale=GUARD_ROOM)]


LARGE = np.array([[1000.0, 1001.0, 999.0], [-1000.0, 0.0, 1000.0], [-1e4, -1e4, -1e4]])


def _logit_probes(exercise, rng):
    def ask(upstream, logits, criterion="edges", label="", make=lambda a: a):
        arguments = (upstream, logits) if exercise.upstream else (logits,)
        return exercise.call(*map(make, arguments), criterion=criterion, label=label, scale=1.0)

    def one(shape, criterion="values", spread=1.5, make=lambda a: a):
        logits = away_from(rng, shape, spread=spread)
        return ask(upstream_like(rng, shape) if exercise.upstream else None, logits, criterion, make=make)

    found = [one((1, 3)), one((3, 4)), one((4, 2)), one((2, 5)), one((3, 3))]
    found += [one((1, 4), "edges"), one((5, 2), "edges", 8.0), one((3, 2), "edges", make=read_only)]
    found += [one((3, 4), "edges", make=lambda a: a.astype(np.float32)), one((4, 3), "edges", make=np.asfortranarray)]
    found += [one((3, 1), "edges"), ask(upstream_like(rng, LARGE.shape), LARGE, label="logits of 1000")]
    apart = away_from(rng, (2, 3)) + np.array([[800.0], [-900.0]])
    found += [ask(upstream_like(rng, (2, 3)), apart, label="rows far apart")]
    found += [one((9, 3)), one((23, 2)), one((2, 11))]
    fading = np.array([[0.0, -3.0, -7.0, -12.0, -16.0], [-20.0, -9.0, -5.0, -1.0, 0.0]]) + away_from(rng, (2, 1))
    found += [
        ask(upstream_like(rng, fading.shape), fading, "values"),
        ask(upstream_like(rng, (2, 3)), np.zeros((2, 3))),
    ]
    found += [ask(upstream_like(rng, (3, 3)), away_from(rng, (2, 3))[[0, 1, 0]], label="rows that are equal")]
    if exercise.upstream:
        for factor in (1e-3, 30.0, 1e4):
            found += [ask(factor * upstream_like(rng, (3, 4)), away_from(rng, (3, 4), spread=1.5), "values")]
        some = upstream_like(rng, (4, 3)) * np.array([[1.0], [0.0], [1.0], [1.0]])
        some[2, 1] = 0.0
        found += [ask(some, away_from(rng, (4, 3), spread=1.5), "values")]
        found += [_loud_row(exercise, rng)]
    pairs = [[away_from(rng, (2, 3)) for _ in exercise.arguments] for _ in range(2)]
    found += scaled_probes(exercise, pairs[0], [len(pairs[0]) - 1], factors=(1e-2, 1e-3))
    return [*found, *memory_probes(exercise, *pairs, scale=1.0)]


def _loud_row(exercise, rng):
    """A row whose upstream gradients are huge: the other rows' gradients have nothing to do with it."""
    upstream = upstream_like(rng, (3, 4)) * np.array([[1e12], [1.0], [1.0]])
    logits = away_from(rng, (3, 4), spread=1.5)
    return exercise.call(upstream, logits, label="upstream gradients of 1e12 in one row", exposes=DIFFERENCE)


def _label_probes(exercise, rng):
    def one(batch, classes, criterion="values", spread=1.5, make=lambda a: a):
        labels = np.arange(batch) % classes
        rng.shuffle(labels)
        logits = away_from(rng, (batch, classes), spread=spread)
        scale = GUARD_ROOM if criterion == "values" else None
        labels = read_only(labels) if make is read_only else labels
        return exercise.call(make(logits), labels, criterion=criterion, scale=scale)

    def edge(logits, labels, label, scale=None):
        return exercise.call(logits, np.array(labels), criterion="edges", label=label, scale=scale)

    found = [exercise.call(np.array([[2.0, 1.0, 0.1]]), np.array([0]), scale=GUARD_ROOM)]
    found += [edge(np.array([[1000.0, -1000.0, 0.0], [5.0, 1000.0, 999.0]]), [1, 1], "sure and wrong")]
    found += [one(5, 3), one(3, 4), one(6, 2), one(4, 4), one(1, 3, "edges"), one(4, 3, "edges", 9.0)]
    found += [one(3, 2, "edges", make=read_only), one(4, 3, "edges", make=lambda a: a.astype(np.float32))]
    found += [edge(np.zeros((2, 5)), [4, 1], "all logits equal")]
    found += [edge(np.array([[1000.0, 0.0], [-1e4, 1e4]]), [0, 1], "sure and right", 1.0)]
    found += [one(9, 3), one(23, 2), one(4, 11, "edges"), one(12, 5, "edges")]
    found += [edge(away_from(rng, (3, 4)), [2, 2, 2], "one class only")]
    found += [edge(away_from(rng, (2, 3))[[0, 1, 0]], [0, 1, 2], "rows that are equal")]
    found += [edge(away_from(rng, (2, 3)) + np.array([[0.0], [-2000.0]]), [1, 0], "rows far apart")]
    if exercise.forward is not None:
        sure = np.array([[1e12, -1e12, 0.0], [0.3, -0.2, 0.5]])
        label = "one loss of 2e12"
        found += [exercise.call(sure, np.array([1, 0]), criterion="edges", label=label, scale=1.0, exposes=DIFFERENCE)]
    found += [edge(away_from(rng, (5, 11)), [10, 7, 0, 6, 10], "eleven classes")]
    pairs = [(away_from(rng, (3, 3), spread=0.5), np.array(labels)) for labels in ([0, 2, 1], [1, 0, 1])]
    found += scaled_probes(exercise, pairs[0], (0,), factors=(1e-2, 1e-3), criterion="edges", scale=1.0)
    return [*found, *memory_probes(exercise, *pairs, scale=GUARD_ROOM)]


def _binary_probes(exercise, rng):
    def one(n, criterion="values", spread=1.5, make=lambda a: a):
        targets = (np.arange(n) % 2).astype(float)
        rng.shuffle(targets)
        pair = away_from(rng, (n,), spread=spread), targets
        return exercise.call(*map(make, pair), criterion=criterion, scale=GUARD_ROOM if criterion == "values" else None)

    def edge(logits, targets, label="", scale=None):
        return exercise.call(logits, np.array(targets), criterion="edges", label=label, scale=scale)

    sure = np.array([1000.0, -1000.0, 1000.0, -1e4])
    found = [exercise.call(np.array([0.5]), np.array([1.0]), scale=GUARD_ROOM)]
    found += [edge(sure, [0.0, 1.0, 1.0, 0.0], "logits of 1000")]
    found += [one(5), one(4), one(7), one(3), one(4, "edges", 4.0), one(6, "edges", 12.0)]
    found += [edge(np.array([0.5]), [0.0])]
    found += [one(4, "edges", make=read_only), one(5, "edges", make=lambda a: a.astype(np.float32))]
    found += [edge(away_from(rng, (4,)), [0, 1, 1, 0], "targets in whole numbers")]
    found += [edge(away_from(rng, (3,)), [0.3, 0.9, 0.5], "targets between 0 and 1")]
    found += [edge(sure, [1.0, 0.0, 1.0, 0.0], "sure and right", 1.0)]
    found += [one(11), one(30), one(4, "edges", 6.0)]
    found += [edge(away_from(rng, (9,)), rng.uniform(0.0, 1.0, 9), "targets between 0 and 1")]
    size = rng.uniform(0.2, 2.0, 1)
    found += [edge(sign * size, [target]) for sign in (1.0, -1.0) for target in (0.0, 1.0)]
    found += [edge(np.zeros(3), [0.0, 1.0, 0.4], "logits of 0")]
    if exercise.forward is not None:
        logits, targets = np.array([1e12, 0.3, -0.8]), np.array([0.0, 1.0, 0.0])
        label = "one loss of 1e12"
        found += [exercise.call(logits, targets, criterion="edges", label=label, scale=1.0, exposes=DIFFERENCE)]
    found += [edge(factor * away_from(rng, (4,)), [0.0, 1.0, 1.0, 0.0]) for factor in (1e-2, 1e-3)]
    pairs = [
        (away_from(rng, (4,), spread=0.5), np.array(targets))
        for targets in ([0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 1.0, 0.4])
    ]
    return [*found, *memory_probes(exercise, *pairs, scale=GUARD_ROOM)]


EXERCISES = [
    Exercise(
        name="squared_error_forward",
        points=1,
        signature="(prediction, target)",
        probes=_pair_probes,
        hints={
            "half forgotten": "The docstring asks for half squared norms.",
            (
                "mean over all entries",
                "half the mean over all entries",
                "divided by the classes, not by the batch",
            ): OVER_WHAT,
            ("sum instead of mean over the batch", "sum without the half"): WHO_DIVIDES,
            "not squared": "Can an error of +1 and one of -1 cancel?",
            "absolute value instead of square": "How much more does an error of 2 cost than one of 1?",
            "norm not squared": "A norm has a root in it. The docstring squares it.",
            "square of the sum": "Square first, then sum: (1, -1) is an error too.",
            ("one loss per example", "one loss per entry", "gradient instead of value"): ONE_NUMBER,
            "input modified in place": OWNER,
        },
    ),
    Exercise(
        name="squared_error_backward",
        points=2,
        signature="(prediction, target)",
        probes=_pair_probes,
        hints={
            "target minus prediction": "Raise a prediction that is too high already: does the loss rise or fall?",
            "not divided by the batch": WHOSE_MEAN,
            ("the 2 kept", "half kept"): "What is the slope of half a square?",
            "the 2 kept, not divided by the batch": "What is the slope of half a square? And who divides?",
            (
                "divided by all entries",
                "divided by all entries, the 2 kept",
                "divided by the classes, not by the batch",
            ): OVER_WHAT,
            ("summed over the batch", "summed over the entries"): "Each prediction has a gradient of its own.",
            "value instead of gradient": "The gradient has the shape of the prediction.",
            "still squared": "What is the slope of a square?",
            "sign only": "Should a large error pull harder than a small one?",
            "target forgotten": BOTTOM,
            "input modified in place": OWNER,
        },
        forward="squared_error_forward",
        functions=("squared_error_backward", "squared_error_forward"),
    ),
    Exercise(
        name="entropy",
        points=1,
        signature="(p)",
        probes=_entropy_probes,
        hints={
            "sign": "Logarithms of probabilities are negative. Can an uncertainty be?",
            ("logarithm to base 2", "logarithm to base 10"): NATURAL,
            "0 log 0 is not a number": ZERO,
            "not weighted by p": "How often does each surprise happen?",
            "averaged": ALREADY_AN_AVERAGE,
            "not summed": "One number for the distribution.",
            "1 - p counted too": ONCE_IN_THE_SUM,
            "sum of squares": "Which function measures surprise?",
            "small probabilities left out": RARE,
            "guarded far too much": "The guard changes the values it was meant to protect.",
            "input modified in place": OWNER,
        },
    ),
    Exercise(
        name="cross_entropy",
        points=1,
        signature="(p, q)",
        probes=_two_probes,
        hints={
            "small probabilities left out": RARE,
            "p and q exchanged": (
                "Which distribution says how often something happens, and which how surprised you are?"
            ),
            "sign": NEGATIVE,
            "entropy of p": "Where is q?",
            "entropy of q": "How often do the outcomes really happen?",
            "KL divergence": "That is the surprise that q costs on top. How much is it in all?",
            "logarithm to base 2": NATURAL,
            "0 log 0 is not a number": ZERO,
            "1 - p counted too": ONCE_IN_THE_SUM,
            "averaged": ALREADY_AN_AVERAGE,
            "not summed": ONE_FOR_TWO,
            "most likely outcome only": "The other outcomes happen too.",
        },
    ),
    Exercise(
        name="kl_divergence",
        points=1,
        signature="(p, q)",
        probes=_two_probes,
        hints={
            "small probabilities left out": RARE,
            "q forgotten": "Where is q?",
            "p and q exchanged": "D(p, q) is not D(q, p). Which one stands in front of the logarithm?",
            "sign": "Can a wrong belief bring less surprise, on average, than the right one?",
            "cross-entropy": "How surprised would you be anyhow, with q = p?",
            "logarithm to base 2": NATURAL,
            "0 log 0 is not a number": ZERO,
            "ratio inverted": "Where p is the larger of the two, is the logarithm of your ratio above 0?",
            "entropies subtracted": "H(q) takes q as the weights. How often do the outcomes really happen?",
            "not weighted by p": "How often does each outcome happen?",
            (
                "ratio without the logarithm",
                "sum of differences",
            ): "Which function turns a ratio of probabilities into a difference?",
            "symmetrised": "The docstring asks for one direction.",
            "averaged": ALREADY_AN_AVERAGE,
            "not summed": ONE_FOR_TWO,
        },
    ),
    Exercise(
        name="softmax_forward",
        points=2,
        signature="(logits)",
        probes=_logit_probes,
        hints={
            "wrong axis": "Which sums should be 1: those of the rows, or of the columns?",
            "over the whole array": OWN_PROBABILITIES,
            "overflow": STABLE,
            "shift forgotten in one of two places": BOTH_PLACES,
            "largest logit of the whole array subtracted": ONE_SHIFT,
            ("mean subtracted", "smallest logit subtracted"): "Is the largest exponent small now, for every row?",
            "clipped": "The differences between the logits decide. What does clipping do to them?",
            ("not normalised", "sigmoid of each logit", "logarithm of the probabilities"): "Do your rows sum to 1?",
            "logits normalised without exponential": "Can your probabilities be negative?",
            "sign of the exponent": "Which class should get the largest probability?",
            "largest set to 1": "That is the class, not the probabilities.",
            "input modified in place": OWNER,
            ("sum without keepdims", "largest and sum without keepdims"): KEEPDIMS,
            "base 2": "Which base does the exponential have?",
        },
    ),
    Exercise(
        name="softmax_backward",
        points=3,
        signature="(upstream, logits)",
        probes=_logit_probes,
        hints={
            ("diagonal of the Jacobian only", "row sum forgotten"): OTHERS_MOVE,
            "summed over the batch": "Along which axis do the probabilities of one example lie?",
            "summed over everything": OWN_PROBABILITIES,
            (
                "sum without the probabilities",
                "mean in place of the weighted sum",
            ): "In the sum, what is each upstream gradient multiplied by?",
            "sum not multiplied by the probabilities": "Both terms belong inside the bracket.",
            "sign of the sum": (
                "Adding the same number to all logits changes nothing. What must each row of your gradient sum to?"
            ),
            "logits instead of probabilities": "The Jacobian is written with the gate's output.",
            "softmax applied twice": "The Jacobian is written with the gate's output, once.",
            "overflow": STABLE,
            "shift forgotten in one of two places": BOTH_PLACES,
            "largest logit of the whole array subtracted": ONE_SHIFT,
            "cross-entropy's short cut": (
                "Probabilities minus targets is the gradient of softmax and cross-entropy together. "
                "Here the upstream gradient is any."
            ),
            "softmax over the wrong axis": ROWS,
            "sum without keepdims": KEEPDIMS,
            "input modified in place": OWNER,
        },
        forward="softmax_forward",
        functions=("softmax_backward", "softmax_forward"),
    ),
    Exercise(
        name="softmax_cross_entropy_forward",
        points=2,
        signature="(logits, labels)",
        probes=_label_probes,
        hints={
            ("logarithm of 0", "overflow"): STABLE,
            "guarded, and cut off": CUT_OFF,
            "shift forgotten in one of two places": BOTH_PLACES,
            "largest logit of the whole array subtracted": ONE_SHIFT,
            "sum instead of mean": WHO_DIVIDES,
            "averaged over the classes too": OVER_WHAT,
            "sign": NEGATIVE,
            "logarithm to base 2": WHICH_LOG,
            "logarithm forgotten": "A probability near 0 should cost much.",
            "softmax forgotten": LOGITS,
            (
                "most likely class instead of the true one",
                "summed over all classes",
            ): "Which class does the label name?",
            "whole columns picked": "An index such as [:, labels] picks whole columns. Which entry of each row did you want?",
            "labels used as weights": NAME,
            "one loss per example": ONE_NUMBER,
            "softmax applied twice": ONCE,
            "softmax over the wrong axis": ROWS,
            "other classes counted too": "That is the binary cross-entropy of each class.",
        },
        symptoms={"guarded, and cut off": _cut_off(0.41703002)},
    ),
    Exercise(
        name="softmax_cross_entropy_backward",
        points=2,
        signature="(logits, labels)",
        probes=_label_probes,
        hints={
            "label minus probability": "Raise the true class's logit: does the loss rise or fall?",
            ("not divided by the batch", "divided by the batch twice"): WHOSE_MEAN,
            "divided by the classes too": OVER_WHAT,
            "shift forgotten in one of two places": BOTH_PLACES,
            "largest logit of the whole array subtracted": ONE_SHIFT,
            "probabilities only": "What happens at the true class?",
            "true class only": "Raising another class's logit lowers the true one's probability.",
            "1 subtracted from whole columns": (
                "An index such as [:, labels] names whole columns. Which entry of each row did you want?"
            ),
            "labels subtracted as numbers": NAME,
            "times p (1 - p)": "That factor belongs to the sigmoid with the squared error.",
            "gradient for the probabilities": "That is one link short: logits, probabilities, loss.",
            "logits instead of probabilities": LOGITS,
            "softmax over the wrong axis": ROWS,
            "overflow": STABLE,
            "softmax applied twice": ONCE,
            "summed over the batch": OWN_GRADIENT,
            "input modified in place": OWNER,
            "every row given every label": "How many entries of each row should change?",
        },
        forward="softmax_cross_entropy_forward",
        functions=("softmax_cross_entropy_backward", "softmax_cross_entropy_forward"),
    ),
    Exercise(
        name="binary_cross_entropy_forward",
        points=2,
        signature="(logits, targets)",
        probes=_binary_probes,
        hints={
            ("logarithm of 0", "overflow"): STABLE,
            "guarded, and cut off": CUT_OFF,
            "targets exchanged": GOOD_OR_BAD,
            "sum instead of mean": WHO_DIVIDES,
            "sign": NEGATIVE,
            "second term forgotten": "What does a target of 0 cost?",
            "first term forgotten": "What does a target of 1 cost?",
            "sign between the terms": "Both terms are costs.",
            "sigmoid forgotten": LOGITS,
            "sigmoid applied twice": ONCE,
            "logarithm to base 2": WHICH_LOG,
            "squared error": "That is another loss.",
            "one loss per example": ONE_NUMBER,
        },
        symptoms={"guarded, and cut off": _cut_off(0.47407698)},
    ),
    Exercise(
        name="binary_cross_entropy_backward",
        points=1,
        signature="(logits, targets)",
        probes=_binary_probes,
        hints={
            "target minus probability": "At target 1, does raising the logit raise the loss?",
            ("not divided by the batch", "divided by the batch twice"): WHOSE_MEAN,
            "slope of the sigmoid kept": "With this loss a factor cancels. That factor belongs to the squared error.",
            "gradient for the probability": "That is one link short: logit, probability, loss.",
            ("0 times infinity", "infinity divided by infinity"): STABLE,
            "sigmoid forgotten": LOGITS,
            "sigmoid applied twice": ONCE,
            "targets forgotten": BOTTOM,
            "targets exchanged": GOOD_OR_BAD,
            "first term only": "What does the loss of a target of 0 ask for?",
            "second term only": "What does the loss of a target of 1 ask for?",
            "inner minus of 1 - a forgotten": "What is the slope of log(1 - v) for v? Mind what is inside.",
            "input modified in place": OWNER,
            "summed over the batch": OWN_GRADIENT,
        },
        forward="binary_cross_entropy_forward",
        functions=("binary_cross_entropy_backward", "binary_cross_entropy_forward"),
    ),
]
