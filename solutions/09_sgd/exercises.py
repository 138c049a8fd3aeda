"""Assignment 09: from one step to a trained classifier."""

from functools import lru_cache

import numpy as np

from autograder.exercises import Criterion, Exercise, Probe, SeededGenerator, Step, away_from, no_slip, read_only
from nn_lib import MLP, datasets

UNUSED = "Which argument is unused?"
DOWNHILL = "Which way is downhill?"
RETURN = "Does your function end with return?"
WHICH_MATRICES = "Which matrices belong to the penalty?"
CONVENTION = "Which convention does fc_forward use: outputs first, or inputs first?"
LOST = "Print the loss of the first ten steps. Does it fall? Are the labels still those of their inputs?"

TWO = (
    Criterion("values", "does what the docstring says", 0.7),
    Criterion("edges", "at the edges too", 0.15, ("values",)),
    Criterion("contract", "a good guest: leaves its inputs alone and keeps no memory", 0.15, ("values",)),
)


def _returned(outcome):
    if outcome.error is not None:
        raise ValueError(f"raised {outcome.error.type}: {outcome.error.message}")
    return outcome.value


def _explains(check):
    """A check that tells an error of the student's in words of its own."""

    def verify(outcomes):
        try:
            return check(outcomes)
        except ValueError as error:
            if str(error).startswith("raised "):
                return str(error)
            raise

    return verify


def _batch_problem(value, n, size):
    if not isinstance(value, (list, tuple)):
        return "did not return a list of index arrays"
    batches = [np.asarray(batch) for batch in value]
    if any(batch.ndim != 1 or batch.dtype.kind not in "iu" for batch in batches):
        return "each batch must be an array of whole numbers: indices, not data"
    joined = np.concatenate(batches) if batches else np.array([], dtype=int)
    if joined.size and (joined.min() < 0 or joined.max() >= n):
        return f"the indices must lie between 0 and {n - 1}; found {joined.min()} to {joined.max()}"
    counts = np.bincount(joined, minlength=n)
    if np.any(counts == 0) and np.any(counts > 1):
        often, never = int(np.argmax(counts)), int(np.argmin(counts))
        return f"index {often} came {int(counts.max())} times, and index {never} not at all"
    if np.any(counts == 0):
        return f"index {int(np.argmin(counts))} is in no batch: {joined.size} of {n} indices were handed out"
    if np.any(counts > 1):
        return f"index {int(np.argmax(counts))} came {int(counts.max())} times"
    expected = [size] * (n // size) + ([n % size] if n % size else [])
    if [len(batch) for batch in batches] != expected:
        return f"the batches have sizes {[len(b) for b in batches][:6]}; expected {expected[:6]}"
    return None


def _flat(value):
    return np.concatenate([np.asarray(b) for b in value]).tolist()


def _minibatch_probes(exercise, rng):
    def one(n, size, seed, criterion="values"):
        @_explains
        def verify(outcomes):
            first, again, other = map(_returned, outcomes)
            for value in (first, other):
                if problem := _batch_problem(value, n, size):
                    return f"with n={n}, batch_size={size}: {problem}"
            if n < 8:
                return None
            if _flat(first) == list(range(n)):
                return "the indices come in their old order: nothing was shuffled"
            if _flat(first) != _flat(again):
                return "two generators with the same seed gave different batches: draw from the one you are given"
            if _flat(first) == _flat(other):
                return "two generators with different seeds gave the same batches: draw from the one you are given"
            return None

        steps = tuple(Step(exercise.name, (n, size, SeededGenerator(s))) for s in (seed, seed, seed + 1))
        return Probe(steps, criterion, verify=verify)

    seed = int(rng.integers(2**31))
    found = [one(23, 5, seed), one(40, 8, seed + 10)]
    return [*found, one(5, 9, seed, "edges"), one(9, 1, seed, "edges"), one(1, 1, seed, "edges")]


def _batches(test):
    """A symptom: test(first, again, other), of what the three calls of the first probe (n = 23, size 5) returned."""
    return lambda answers: test(*map(_returned, answers[0]))


def _sound_batches(value):
    return _batch_problem(value, 23, 5) is None


def _counts(value):
    # Indices that do not exist count as one: bincount makes a place for every number up to the largest.
    return np.bincount(np.minimum(_flat(value), 23), minlength=23)


def _step_probes(*ranges):
    """Probes for a step: lists of arrays, then one number from each of the ranges."""

    def probes(exercise, rng):
        def ask(shapes, criterion="values", make=lambda a: a):
            lists = [[make(away_from(rng, shape)) for shape in shapes] for _ in exercise.arguments[len(ranges) :]]
            return exercise.call(*lists, *(float(rng.uniform(*ends)) for ends in ranges), criterion=criterion)

        def one(*how):
            return ask(((3, 4), (3,), (2, 3), (2,)), *how)

        single = ask(((1,),), "edges")
        return [one(), one(), one(), single, one("edges", read_only), one("edges", lambda a: a.astype(np.float32))]

    return probes


def _penalty_probes(exercise, rng):
    def one(alpha, criterion="values", make=lambda w: w):
        weights = [away_from(rng, (3, 4)), away_from(rng, (2, 3))]
        return exercise.call([make(w) for w in weights], alpha, criterion=criterion)

    found = [one(0.7), one(float(rng.uniform(2.0, 5.0))), one(float(rng.uniform(0.05, 0.3)))]
    found += [one(0.0, "edges"), one(0.3, "edges", read_only), one(0.3, "edges", lambda w: w.astype(np.float32))]
    return [*found, exercise.call([away_from(rng, (1, 1))], 1.5, criterion="edges")]


BIG, SIZES = (400, 300, 200, 200), (64, 48, 10)


def _layers_of(outcome, sizes):
    value = _returned(outcome)
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise ValueError("raised nothing, but did not return (weights, biases)")
    weights, biases = ([np.asarray(a) for a in part] for part in value)
    if len(weights) != len(sizes) - 1 or len(biases) != len(sizes) - 1:
        raise ValueError(
            f"raised nothing, but returned {len(weights)} weights and {len(biases)} biases for sizes {list(sizes)}"
        )
    return weights, biases


def _shape_problem(weights, biases, sizes):
    for i, (w, b) in enumerate(zip(weights, biases)):
        if w.shape != (sizes[i + 1], sizes[i]):
            return f"weights[{i}] has shape {w.shape}; expected {(sizes[i + 1], sizes[i])}, outputs first"
        if b.shape != (sizes[i + 1],):
            return f"biases[{i}] has shape {b.shape}; expected {(sizes[i + 1],)}"
    return None


def _drawn(outcomes):
    """All weights of each outcome for the sizes (6, 5, 5), in one row."""
    return [np.concatenate([w.ravel() for w in _layers_of(outcome, (6, 5, 5))[0]]) for outcome in outcomes]


def _initialize_probes(exercise, rng):
    seed = int(rng.integers(2**31))

    def probe(criterion, verify, *asked):
        steps = tuple(Step(exercise.name, (list(sizes), SeededGenerator(s))) for sizes, s in asked)
        return Probe(steps, criterion, verify=_explains(verify))

    def values(outcomes):
        weights, biases = _layers_of(outcomes[0], BIG)
        if problem := _shape_problem(weights, biases, BIG):
            return problem
        for i, (w, b) in enumerate(zip(weights, biases)):
            if not np.all(b == 0):
                return f"biases[{i}] should start at zero"
            wanted = 2.0 / BIG[i]
            if not np.isfinite(w).all() or abs(w.mean()) > 6 * np.sqrt(wanted / w.size):
                return f"weights[{i}] has mean {w.mean():.4g}; expected about 0"
            if not 0.9 * wanted < w.var() < 1.1 * wanted:
                return f"weights[{i}] has variance {w.var():.4g}; expected about 2 / {BIG[i]} = {wanted:.4g}"
        return "two layers got the same weights" if np.array_equal(weights[2], weights[1][:, :200]) else None

    def draws(outcomes):
        first, again, other = _drawn(outcomes)
        if not np.array_equal(first, again):
            return "two generators with the same seed gave different weights: draw from the one you are given"
        return "two generators with different seeds gave the same weights" if np.array_equal(first, other) else None

    def small(outcomes):
        found = [_shape_problem(*_layers_of(o, sizes), sizes) for o, sizes in zip(outcomes, ((3, 2), (1, 1, 1)))]
        return found[0] or found[1]

    return [
        probe("values", values, (BIG, seed)),
        probe("draws", draws, *(((6, 5, 5), s) for s in (seed, seed, seed + 1))),
        probe("edges", small, ((3, 2), seed), ((1, 1, 1), seed)),
    ]


def _start(test):
    """A symptom: test(weights, biases), of what came back for the sizes `BIG`."""
    return lambda answers: bool(test(*_layers_of(answers[0][0], BIG)))


def _near(value, wanted):
    return 0.9 * wanted < value < 1.1 * wanted


def _sound_start(answers):
    weights, _ = _layers_of(answers[0][0], BIG)
    return all(_near(w.var(), 2 / n) for w, n in zip(weights, BIG))


def _alike(answers):
    """Whether two generators of the same seed gave the same weights, and whether two of different seeds did."""
    first, again, other = _drawn(answers[1])
    return np.array_equal(first, again), np.array_equal(first, other)


@lru_cache(maxsize=1)
def _digits():
    return datasets.digits()


def _accuracy(weights, biases):
    """The share of held-out digits that a network with these parameters gets right."""
    network = MLP(SIZES)
    for layer, w, b in zip(network.fully_connected, weights, biases):
        layer.W[...], layer.b[...] = w, b
    with np.errstate(all="ignore"):
        return network.accuracy(_digits().test.inputs, _digits().test.labels)


def _train_probes(exercise, rng):
    @_explains
    def learns(outcomes):
        weights, biases = _layers_of(outcomes[0], SIZES)
        if problem := _shape_problem(weights, biases, SIZES):
            return problem
        right = _accuracy(weights, biases)
        if right < 0.95:
            return f"{right:.1%} of the held-out digits are right; at least 95 % are asked for"
        return None if all(map(np.any, biases)) else "the biases are still zero: every parameter takes part"

    data, seed = _digits().train, int(rng.integers(2**31))
    step = Step(exercise.name, (data.inputs, data.labels, list(SIZES), 0.3, 30, 20, SeededGenerator(seed)))
    return [Probe((step,), verify=learns)]


def _trained(test):
    """A symptom: test(weights, biases), of what came back from training."""
    return lambda answers: bool(test(*_layers_of(answers[0][0], SIZES)))


def _accuracy_below(limit, weights, biases):
    return _shape_problem(weights, biases, SIZES) is None and _accuracy(weights, biases) < limit


EXERCISES = [
    Exercise(
        name="minibatches",
        points=2,
        signature="(n, batch_size, rng)",
        probes=_minibatch_probes,
        criteria=TWO,
        hints={
            "not shuffled": "When does the generator you were given get used?",
            "drops the last, short batch": "Count the examples you handed out.",
            "drawn with replacement": "Count how often each example appears.",
            "overlapping batches": "List the indices of the first two batches. Where does the second one start?",
            "ignores the generator": (
                "Which random numbers do you draw: those of the generator you were given, or others?"
            ),
            "a seed of its own": "Run two epochs and compare their first batches.",
            "one example lost per batch": "What is the length of a[0:4]?",
            "indices out of range": "What is the index of the last example?",
            "one array instead of a list of batches": "How many batches do you return?",
        },
        symptoms={
            "not shuffled": _batches(lambda first, again, other: _flat(first) == list(range(23))),
            "drops the last, short batch": _batches(
                lambda first, again, other: len(_flat(first)) == 20 and set(_counts(first)) <= {0, 1}
            ),
            "drawn with replacement": _batches(
                lambda first, again, other: len(_flat(first)) == 23 and max(_counts(first)) > 1
            ),
            "overlapping batches": _batches(
                lambda first, again, other: len(np.intersect1d(first[0], first[1])) == len(first[0]) - 1
            ),
            "ignores the generator": _batches(
                lambda first, again, other: _sound_batches(first) and _flat(first) != _flat(again)
            ),
            "a seed of its own": _batches(
                lambda first, again, other: _sound_batches(first) and _flat(first) == _flat(other) != list(range(23))
            ),
            "one example lost per batch": _batches(
                lambda first, again, other: [len(batch) for batch in first] == [4, 4, 4, 4, 2]
            ),
            "indices out of range": _batches(lambda first, again, other: max(_flat(first)) >= 23),
            "one array instead of a list of batches": _batches(
                lambda first, again, other: not isinstance(first, (list, tuple))
            ),
        },
        slips=no_slip,
    ),
    Exercise(
        name="sgd_step",
        points=1,
        signature="(parameters, gradients, learning_rate)",
        probes=_step_probes((0.05, 0.5)),
        criteria=TWO,
        hints={
            "ascends": DOWNHILL,
            "learning rate forgotten": UNUSED,
            "returns the step only": "Where did the old value go?",
            "learning rate applied twice": "How many times does the learning rate enter?",
            "sign of the gradient only": "Compare the step at a steep and at a flat point.",
            "nothing changes": "Print a parameter before and after.",
            "multiplies": "Is the step added or multiplied?",
            "one gradient for every parameter": "Whose gradient moves whose parameter?",
            "parameters changed in place": "Does the caller still have the old parameters?",
            "gradients scaled in place": "Print the gradients after the call.",
            "returns nothing": RETURN,
            "divides by the number of parameters": (
                "Who already divided by the batch size? Nothing here needs another mean."
            ),
        },
        slips=no_slip,
    ),
    Exercise(
        name="momentum_step",
        points=2,
        signature="(parameters, gradients, velocities, learning_rate, momentum)",
        outputs=("parameters", "velocities"),
        probes=_step_probes((0.05, 0.4), (0.3, 0.9)),
        criteria=TWO,
        hints={
            "sign of the gradient's part": DOWNHILL,
            ("velocity forgotten", "learning rate forgotten"): UNUSED,
            "damped gradient, 1 - momentum": (
                "Compare with the formula in the docstring: what stands before the gradient?"
            ),
            "momentum forgotten": "What makes an old velocity fade?",
            "learning rate applied twice": "The velocity already holds the learning rate.",
            "old velocity used": "Which is computed first: the new velocity, or the new parameter?",
            "moves against the velocity": "Is the velocity added or taken away?",
            "momentum ignored in the step": "The parameter moves by the velocity.",
            "velocities not returned": "Two things are asked for: parameters and velocities.",
            "outputs in another order": "Compare the order of what you return with the docstring.",
            "velocities changed in place": "Does the caller still have the old velocities?",
        },
        slips=no_slip,
    ),
    Exercise(
        name="l2_penalty",
        points=1,
        signature="(weights, alpha)",
        probes=_penalty_probes,
        criteria=TWO,
        hints={
            "half forgotten": "Compare with the formula: a factor is missing.",
            "alpha forgotten": UNUSED,
            (
                "norms not squared",
                "absolute values",
            ): "Scale the weights by 10: by what factor should the penalty grow?",
            "only the first layer": WHICH_MATRICES,
            "mean instead of sum": "Is anything averaged here? Read the docstring.",
            "one penalty per layer": "How many numbers is a penalty?",
            "alpha squared": "How many times does alpha enter?",
            "sign": "Should large weights cost something, or be rewarded?",
        },
        slips=no_slip,
    ),
    Exercise(
        name="l2_penalty_gradients",
        points=1,
        signature="(weights, alpha)",
        probes=_penalty_probes,
        criteria=TWO,
        hints={
            "factor 2": "Differentiate the penalty as written, its half included.",
            "factor 1/2": "Differentiate the square as well.",
            "alpha forgotten": UNUSED,
            "value instead of gradient": "What shape must a gradient have?",
            "absolute values": "Which way should the penalty pull a negative weight?",
            "sign of the weights only": "Does a large weight feel more than a small one?",
            "sign": "The gradient points to where the penalty grows.",
            "divided by the number of weights": "Is anything averaged here?",
            "only the first layer": WHICH_MATRICES,
        },
        slips=no_slip,
    ),
    Exercise(
        name="initialize",
        points=2,
        signature="(sizes, rng)",
        outputs=("weights", "biases"),
        probes=_initialize_probes,
        criteria=(
            Criterion("values", "shapes, mean and variance are right, biases are zero", 0.7),
            Criterion("draws", "draws from the generator it is given", 0.15, ("values",)),
            Criterion("edges", "small networks too", 0.15, ("values",)),
        ),
        hints={
            ("all zeros", "all equal"): "If two hidden units start equal, what ever makes them differ?",
            "not scaled": "What is the variance of a sum of many such terms?",
            "variance used as standard deviation": "Is 2 / inputs a variance or a standard deviation?",
            "outputs counted instead of inputs": "How many terms are summed into one output unit?",
            "scale for tanh": "ReLU passes on half of what comes in. Which factor makes up for it?",
            "never negative": "Draw a histogram. Where is its centre?",
            "weights transposed": CONVENTION,
            "biases random": "Do biases need to differ from one another at the start?",
            "biases as columns": "Compare with the shape in the docstring of fc_forward.",
            ("ignores the generator", "a seed of its own"): "Call it with two generators and compare.",
        },
        symptoms={
            "all zeros": _start(lambda w, b: not w[0].any()),
            "all equal": _start(lambda w, b: w[0].any() and w[0].std() < 1e-12),
            "not scaled": _start(lambda w, b: _near(w[0].var(), 1.0)),
            "variance used as standard deviation": _start(lambda w, b: _near(w[0].var(), (2 / 400) ** 2)),
            "outputs counted instead of inputs": _start(
                lambda w, b: w[0].shape == (300, 400) and _near(w[0].var(), 2 / 300)
            ),
            "scale for tanh": _start(lambda w, b: _near(w[0].var(), 1 / 400)),
            "never negative": _start(lambda w, b: w[0].min() >= 0 and w[0].std() > 1e-9),
            "weights transposed": _start(lambda w, b: w[0].shape == (400, 300)),
            "biases random": _start(lambda w, b: bool(b[0].any())),
            "biases as columns": _start(lambda w, b: b[0].ndim == 2),
            "ignores the generator": lambda answers: _sound_start(answers) and not _alike(answers)[0],
            "a seed of its own": lambda answers: _sound_start(answers) and _alike(answers) == (True, True),
        },
        slips=no_slip,
    ),
    Exercise(
        name="train",
        points=6,
        signature="(inputs, labels, sizes, learning_rate, epochs, batch_size, rng)",
        outputs=("weights", "biases"),
        probes=_train_probes,
        criteria=(
            Criterion("values", "95 % of held-out digits, with every parameter taking part", 0.85),
            Criterion("contract", "a good guest: leaves the data alone and keeps no memory", 0.15, ("values",)),
        ),
        hints={
            "biases never updated": "Which parameters did you update? Print a bias after training.",
            "learns nothing": LOST,
            "weights transposed": CONVENTION,
            "returns nothing": RETURN,
        },
        symptoms={
            "biases never updated": _trained(lambda w, b: not any(map(np.any, b)) and not _accuracy_below(0.6, w, b)),
            "learns nothing": _trained(lambda w, b: _accuracy_below(0.45, w, b)),
            "weights transposed": _trained(lambda w, b: w[0].shape == (64, 48)),
        },
        slips=no_slip,
    ),
]
