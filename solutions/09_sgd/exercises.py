"""Assignment 09: from one step to a trained classifier."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from autograder.exercises import (
    DIFFERENCE,
    Criterion,
    Exercise,
    Probe,
    SeededGenerator,
    Step,
    away_from,
    memory_probes,
    no_slip,
    read_only,
    scaled_probes,
)
from nn_lib import MLP, ReLUGate, datasets

UNUSED = "Which argument is unused?"
DOWNHILL = "Which way is downhill?"
RETURN = "Does your function end with return?"
WHICH_MATRICES = "Which matrices belong to the penalty?"
CONVENTION = "Which convention does fc_forward use: outputs first, or inputs first?"
LOST = "Print the loss of the first ten steps. Does it fall? Are the labels still those of their inputs?"

TWO = (
    Criterion("values", "does what the docstring says", 0.7),
    Criterion("edges", "at the edges too", 0.15, ("values",)),
    Criterion("contract", "does not change its inputs; gives the same answer twice", 0.15, ("values",)),
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


def _neighbours(value):
    """The share of indices that are followed by the next or the previous one: in shuffled order hardly any."""
    order = np.array(_flat(value))
    return float(np.mean(np.isin(np.diff(order) % len(order), (1, len(order) - 1))))


def _blocks(value, size):
    """Whether every batch holds the indices of one stretch: only the batches, or only their insides, were shuffled."""
    return all(int(np.ptp(batch)) == len(batch) - 1 for batch in value if len(batch)) and len(value[0]) > 1


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
            if size > 1 and (_blocks(first, size) or _neighbours(first) > 0.5):
                return "neighbours stay together: every example must be able to meet every other in a batch"
            if _flat(first) != _flat(again):
                return "two generators with the same seed gave different batches: draw from the one you are given"
            if _flat(first) == _flat(other):
                return "two generators with different seeds gave the same batches: draw from the one you are given"
            return None

        steps = tuple(Step(exercise.name, (n, size, SeededGenerator(s))) for s in (seed, seed, seed + 1))
        return Probe(steps, criterion, verify=verify)

    @_explains
    def everywhere(outcomes):
        orders = [_flat(_returned(outcome)) for outcome in outcomes]
        if any(len(order) != 4 for order in orders):
            return "with n=4, batch_size=2: an epoch does not hold 4 indices"
        for where, place in (("first", 0), ("last", -1)):
            for index in range(4):
                if all(order[place] != index for order in orders):
                    return f"in {len(orders)} epochs of 4 examples, index {index} never came {where}"
        return None

    seed = int(rng.integers(2**31))
    found = [one(23, 5, seed), one(40, 8, seed + 10)]
    # A right shuffle leaves one of the eight out of eighty epochs less than once in a thousand million checks.
    epochs = tuple(Step(exercise.name, (4, 2, SeededGenerator(seed + 100 + k))) for k in range(80))
    found += [Probe(epochs, verify=everywhere), one(103, 10, seed + 20)]
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

        def lists(shapes, factors=(1.0, 1.0, 1.0)):
            return [[factor * away_from(rng, shape) for shape in shapes] for _, factor in zip(names, factors)]

        def numbers(*chosen):
            return chosen or tuple(float(rng.uniform(*ends)) for ends in ranges)

        names = exercise.arguments[: -len(ranges)]
        found = [one(), one(), one(), ask(((1,),), "edges"), one("edges", read_only)]
        found += [one("edges", lambda a: a.astype(np.float32))]
        many = ((4, 2), (4,), (3, 4), (3,), (2, 3), (2,), (5, 2, 2), *((2,),) * 9)
        found += [ask(many), exercise.call(*lists(((11, 3), (37,))), *numbers())]
        for position in range(len(names)):
            for factor in (0.0, 1e-3, 300.0):
                factors = [factor if k == position else 1.0 for k in range(len(names))]
                found += [exercise.call(*lists(((2, 3), (2,)), factors), *numbers())]
        for chosen in ((1.0, 0.0), (1e-3, 1.0), (2.5, 0.99), (0.0, 0.5)):
            found += [exercise.call(*lists(((2, 3), (2,))), *chosen[: len(ranges)], criterion="edges")]
        found += [exercise.call(*lists(((2,), (2,), (2,))), *numbers(), criterion="edges", label="arrays of one shape")]
        signs = rng.uniform(0.2, 2.0)
        for turn in range(len(names)):
            given = [[np.array([-signs if k == turn else signs])] for k in range(len(names))]
            found += [exercise.call(*given, *numbers(), criterion="edges")]
        pairs = [(*lists(((2, 2), (2,))), *numbers()) for _ in range(2)]
        return [*found, *memory_probes(exercise, *pairs)]

    return probes


def _penalty_probes(exercise, rng):
    def one(alpha, criterion="values", make=lambda w: w):
        weights = [away_from(rng, (3, 4)), away_from(rng, (2, 3))]
        return exercise.call([make(w) for w in weights], alpha, criterion=criterion)

    found = [one(0.7), one(float(rng.uniform(2.0, 5.0))), one(float(rng.uniform(0.05, 0.3)))]
    found += [one(0.0, "edges"), one(0.3, "edges", read_only), one(0.3, "edges", lambda w: w.astype(np.float32))]
    found += [exercise.call([away_from(rng, (1, 1))], 1.5, criterion="edges")]
    layers = [away_from(rng, shape) for shape in ((4, 3), (5, 4), (2, 5), (11, 2), *((2, 2),) * 9)]
    found += [exercise.call(layers, 0.4), exercise.call([away_from(rng, (37, 2))], 0.2)]
    found += scaled_probes(exercise, ([away_from(rng, (3, 2)), away_from(rng, (2, 3))], 0.7), (0, 1))
    mixed = [np.array([[1e-3, -2.0], [0.0, 40.0]]), np.array([[-30.0, 5e-3]])]
    found += [exercise.call(mixed, 0.3), exercise.call([0.0 * w for w in mixed], 0.3, criterion="edges")]
    size = rng.uniform(0.2, 2.0, (1, 1))
    found += [exercise.call([sign * size], 0.8, criterion="edges") for sign in (1.0, -1.0)]
    if exercise.name == "l2_penalty_gradients":
        loud = [np.array([[1e8, 0.5], [-0.3, 1.2]]), away_from(rng, (1, 2))]
        found += [exercise.call(loud, 0.7, label="one weight of 1e8", scale=1.0, exposes=DIFFERENCE)]
    pairs = [([away_from(rng, (2, 2)), away_from(rng, (1, 2))], alpha) for alpha in (0.3, 0.9)]
    return [*found, *memory_probes(exercise, *pairs)]


BIG, SIZES = (400, 300, 200, 200), (64, 48, 10)
SMALL = (3, 2), (1, 1, 1), (2, 3) * 6


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
            if any(len(np.unique(part, axis=0)) < len(part) for part in (w, w.T)):
                return f"weights[{i}] has units that start alike: nothing will ever make them differ"
            for a, b in ((w[1:], w[:-1]), (w[:, 1:], w[:, :-1])):
                if abs(np.mean(a * b)) > 6 * wanted / np.sqrt(a.size):
                    return f"the entries of weights[{i}] depend on their neighbours: draw each by itself"
        return "two layers got the same weights" if np.array_equal(weights[2], weights[1][:, :200]) else None

    def draws(outcomes):
        first, again, other = _drawn(outcomes)
        if not np.array_equal(first, again):
            return "two generators with the same seed gave different weights: draw from the one you are given"
        return "two generators with different seeds gave the same weights" if np.array_equal(first, other) else None

    def small(outcomes):
        found = [_shape_problem(*_layers_of(o, sizes), sizes) for o, sizes in zip(outcomes, SMALL)]
        return next(filter(None, found), None)

    return [
        probe("values", values, (BIG, seed)),
        probe("draws", draws, *(((6, 5, 5), s) for s in (seed, seed, seed + 1))),
        probe("edges", small, *((sizes, seed) for sizes in SMALL)),
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


def _network(sizes, weights, biases, **loss):
    """The library's network with these parameters."""
    network = MLP(sizes, **loss)
    for layer, w, b in zip(network.fully_connected, weights, biases):
        layer.W[...], layer.b[...] = w, b
    return network


def _accuracy(weights, biases):
    """The share of held-out digits that a network with these parameters gets right."""
    with np.errstate(all="ignore"):
        return _network(SIZES, weights, biases).accuracy(_digits().test.inputs, _digits().test.labels)


def _gradients(parameters, inputs, targets, *, gates=True, **loss):
    """The gradients of a network's loss by the library, all weights and then all biases.

    Without `gates` the hidden activations hand back what arrives.
    """
    network = _network(SIZES, parameters[:2], parameters[2:], **loss)
    with np.errstate(all="ignore"):
        network.loss(inputs, targets)
        delta = network.loss_gate.backward(1.0)[0]
        for layer in reversed(network.layers):
            if gates or not isinstance(layer, ReLUGate):
                delta = layer.backward(delta)
    return [*network.gradients[::2], *network.gradients[1::2]]


SLOW, FAST = 1e-3, 0.25
"""The learning rates of single steps."""
BATCH, SHORT, PIECES = 40, 12, 60
NAMES = ("weights[0]", "weights[1]", "biases[0]", "biases[1]")
DECAY = 0.011
"""Weight decay up to 0.01 may come on top of the gradient."""


def _some_digits(n):
    """Digits in an order of their own, none of them from a class that is missing among the first."""
    data = _digits().train
    return data.inputs[100 : 100 + n], data.labels[100 : 100 + n]


def _pieces():
    """Examples that each light one pixel: a pixel's weights tell when its example was used."""
    return np.eye(PIECES, SIZES[0]), np.arange(PIECES) * 7 % SIZES[-1]


def _parameters(outcome):
    weights, biases = _layers_of(outcome, SIZES)
    if problem := _shape_problem(weights, biases, SIZES):
        raise ValueError(f"raised nothing, but {problem}")
    parameters = [np.asarray(a, dtype=float) for a in (*weights, *biases)]
    for name, values in zip(NAMES, parameters):
        if not np.isfinite(values).all():
            raise ValueError(f"raised nothing, but {name} holds values that are not finite after a single step")
    return parameters


def _moved(start, end, rate):
    """What the parameters moved against, per learning rate: for plain descent the gradient."""
    return [(a - b) / rate for a, b in zip(start, end)]


def _room(start, gradients, rate):
    """What float32 may lose in each parameter: its own digits, and a few of the gradient's."""
    return [2e-7 * np.abs(a).max() / rate + 1e-5 * np.abs(g).max() for a, g in zip(start, gradients)]


def _fits(moved, wanted, room, which=range(4)):
    return all(np.abs(moved[i] - wanted[i]).max() <= room[i] for i in which)


def _off(moved, start, gradients, rate, which):
    """The first of the parameters that did not move by its gradient, with its worst entry; None when all did.

    A penalty on the weights, the same share of each, may have been added.
    """
    room, weights = _room(start, gradients, rate), start[:2]
    size = sum(np.vdot(w, w) for w in weights)
    extra = sum(np.vdot(m - g, w) for m, g, w in zip(moved, gradients, weights)) / max(size, 1e-300)
    share = extra if 0.0 < extra < DECAY else 0.0
    for i in which:
        decayed = [gradients[i] + part * start[i] for part in ((share,) if i < 2 else (0.0, share))]
        errors = [np.abs(moved[i] - wanted) for wanted in decayed]
        if min(error.max() for error in errors) > room[i]:
            return i, np.unravel_index(int(np.argmax(errors[0])), errors[0].shape)
    return None


def _one_step(outcomes, which, inputs, labels):
    """What is wrong with single steps at the rates 0, 0, SLOW and FAST; None when nothing is."""
    start, again, slow, fast = map(_parameters, outcomes)
    if not all(map(np.array_equal, start, again)):
        return "two generators with the same seed gave different networks: draw from the one you are given"
    gradients = _gradients(start, inputs, labels)
    for rate, end in ((FAST, fast), (SLOW, slow)):
        moved = _moved(start, end, rate)
        if (found := _off(moved, start, gradients, rate, which)) is not None:
            i, place = found
            where = f"{NAMES[i]}[{', '.join(str(int(k)) for k in place)}]"
            got, wanted = -rate * moved[i][place], -rate * gradients[i][place]
            return (
                f"one step on {len(inputs)} digits at learning rate {rate:g} moved {where} by {got:.4g}; "
                f"minus learning_rate times its gradient is {wanted:.4g}"
            )
    return None


def _small_training(rates, epochs, size):
    """Training on four examples, to be pasted in place of one on digits: one result for each rate."""
    call = f"train(np.eye(4, 3), np.arange(4) % 2, [3, 2], rate, {epochs}, {size}, np.random.default_rng(0))"
    return f"[{call} for rate in {rates}]"


TO_PASTE = {
    "gradient": _small_training((0.0, 0.5), 1, 4),
    "batches": _small_training((0.0, 0.5), 1, 3),
    "values": _small_training((0.5,), 200, 2),
}
"""A call to paste for each criterion: by how much do the parameters move, and is it the gradient times the rate?"""


def _train_probes(exercise, rng):
    seed = int(rng.integers(2**31))

    def steps(inputs, labels, size, *rates):
        return tuple(
            Step(exercise.name, (inputs, labels, list(SIZES), rate, 1, size, SeededGenerator(seed))) for rate in rates
        )

    inputs, labels = _some_digits(BATCH)
    single = steps(inputs, labels, BATCH, 0.0, 0.0, SLOW, FAST)

    def follows(which):
        return _explains(lambda outcomes: _one_step(outcomes, which, inputs, labels))

    @_explains
    def short(outcomes):
        start, end = map(_parameters, outcomes)
        moved = _moved(start, end, FAST)
        few = inputs[:SHORT], labels[:SHORT]
        if not any(map(np.any, moved)) or _off(moved, start, _gradients(start, *few), FAST, range(4)) is None:
            return None
        return f"a batch of {SHORT}, where batch_size is {BATCH}, is not averaged over its {SHORT} examples"

    @_explains
    def one_epoch(outcomes):
        start, end = map(_parameters, outcomes)
        unused = np.flatnonzero(~np.any(start[0] != end[0], axis=0)[:PIECES])
        if unused.size:
            return f"after an epoch of batches of 20, {unused.size} of {PIECES} examples have not been used"
        return "the examples are used in their old order: shuffle them in each epoch" if _in_order(start, end) else None

    @_explains
    def learns(outcomes):
        weights, biases = _layers_of(outcomes[0], SIZES)
        if problem := _shape_problem(weights, biases, SIZES):
            return problem
        right = _accuracy(weights, biases)
        if right < 0.9:
            return f"{right:.1%} of the held-out digits are right; at least 90 % are asked for"
        return None if all(map(np.any, biases)) else "the biases are still zero: every parameter takes part"

    @_explains
    def every_epoch(outcomes):
        if _none_likelier(outcomes):
            return (
                "with batches of one example and a large learning rate, no label is more likely than another: each step "
                "follows the gradient of its own mini-batch, and of nothing else"
            )
        if not _one_order(outcomes):
            return None
        return "every epoch uses the examples in the order of the first: each epoch has a new random order"

    def epochs(count):
        inputs, labels = _alternatives()
        return Step(exercise.name, (inputs, labels, list(SIZES), SWAY, count, 1, SeededGenerator(seed)))

    data = _digits().train
    whole = Step(exercise.name, (data.inputs, data.labels, list(SIZES), 0.2, 8, 48, SeededGenerator(seed)))
    probes = [
        Probe(single, "gradient", "weights", follows((0, 1))),
        Probe(single, "gradient", "biases", follows((2, 3))),
        Probe(steps(inputs[:SHORT], labels[:SHORT], BATCH, 0.0, FAST), "batches", "a short batch", short),
        Probe(steps(*_pieces(), 20, 0.0, FAST), "batches", "one epoch", one_epoch),
        Probe(tuple(map(epochs, range(1, 4))), "batches", "several epochs", every_epoch),
        Probe((whole,), "values", verify=learns),
    ]
    return [replace(probe, shown=TO_PASTE[probe.criterion]) for probe in probes]


def _in_order(start, end):
    """Whether plain descent with the pieces in their old order gives these very parameters."""
    inputs, labels = _pieces()
    now = start
    for first in range(0, PIECES, 20):
        batch = slice(first, first + 20)
        now = [a - FAST * g for a, g in zip(now, _gradients(now, inputs[batch], labels[batch]))]
    return all(np.allclose(a, b, rtol=1e-6, atol=1e-7) for a, b in zip(now, end))


def _alternatives():
    """One example for each class, all with the same empty input: the logits tell which were used last."""
    return np.zeros((SIZES[-1], SIZES[0])), np.arange(SIZES[-1])


SWAY = 3.0
"""A learning rate at which one step makes its label the most likely of all."""


def _logits(outcome):
    """What a network trained on `_alternatives` makes of their input."""
    parameters = _parameters(outcome)
    return parameters[1] @ np.maximum(parameters[2], 0) + parameters[3]


def _none_likelier(outcomes):
    """Whether steps on one example each leave all labels alike: the gradient of all ten together is 0."""
    return all(np.ptp(_logits(outcome)) < 1e-9 for outcome in outcomes)


def _whole_set(answers):
    """Whether single steps are right, and those of mini-batches are on all examples."""
    return _follows_the_gradient(answers) and _none_likelier(answers[4])


def _one_order(outcomes):
    """Whether runs of 1, 2, 3, ... epochs from one seed all end with the same three examples.

    Orders drawn anew do so in three runs twice in a million checks.
    """
    ends = []
    for outcome in outcomes:
        logits = _logits(outcome)
        if np.ptp(logits) < 1e-9:
            return False
        ends.append(tuple(np.argsort(logits)[-3:]))
    return len(set(ends)) == 1


def _follows_the_gradient(answers):
    return _one_step(answers[0], range(4), *_some_digits(BATCH)) is None


def _stepped(test):
    """A symptom of single steps: test(moved per rate at FAST, gradients, start, room)."""

    def symptom(answers):
        start, _, _, fast = map(_parameters, answers[0])
        gradients = _gradients(start, *_some_digits(BATCH))
        return bool(test(_moved(start, fast, FAST), gradients, start, _room(start, gradients, FAST)))

    return symptom


def _times(factor):
    """A symptom: all parameters moved by the gradient times `factor`."""
    return _stepped(
        lambda moved, g, start, room: _fits(moved, [factor * a for a in g], [max(1.0, abs(factor)) * r for r in room])
    )


def _of_squares(moved, gradients, start, room):
    """Whether a step followed the gradient of a squared error, of outputs or of probabilities."""
    inputs, labels = _some_digits(BATCH)
    for output in ("linear", "softmax"):
        g = _gradients(start, inputs, np.eye(SIZES[-1])[labels], loss="squared_error", output=output)
        for factor in (1.0, 2.0, 1 / SIZES[-1], 2 / SIZES[-1], BATCH, 2 * BATCH):
            if _fits(moved, [factor * a for a in g], [2 * BATCH * r for r in room]) and np.any(moved[1]):
                return True
    return False


def _only_at_first(answers):
    """Whether the lower layer's step is right at a small rate alone, as when the weights above it have moved before."""
    start, _, slow, fast = map(_parameters, answers[0])
    gradients = _gradients(start, *_some_digits(BATCH))
    errors = [
        [np.abs(m - g).max() for m, g in zip(_moved(start, end, rate), gradients)]
        for rate, end in ((SLOW, slow), (FAST, fast))
    ]
    room = _room(start, gradients, FAST)
    upper_right = errors[1][1] <= room[1] and errors[1][3] <= room[3]
    return upper_right and errors[1][0] > 10 * room[0] and errors[0][0] < 0.05 * errors[1][0]


def _moved_within_the_batch(answers):
    """Whether a step at a small rate is nearly the gradient's, of the mean or the sum, and at a large rate is far off:
    the network has changed meanwhile."""
    start, _, slow, fast = map(_parameters, answers[0])
    gradient = _in_one_row(_gradients(start, *_some_digits(BATCH)))
    small, large = (_in_one_row(_moved(start, end, rate)) for rate, end in ((SLOW, slow), (FAST, fast)))
    share = float(small @ gradient / (gradient @ gradient))
    return (
        any(abs(share / whole - 1) < 0.2 for whole in (1.0, BATCH))
        and _cosine(small, gradient) > 0.98
        and _cosine(large, gradient) < _cosine(small, gradient) - 1e-6
        and np.abs(large - share * gradient).max() > 0.02 * np.abs(share * gradient).max()
    )


def _in_one_row(arrays):
    return np.concatenate([a.ravel() for a in arrays])


def _cosine(a, b):
    return float(a @ b / max(np.sqrt((a @ a) * (b @ b)), 1e-300))


def _not_moved(answers):
    """Whether the learning rate makes no difference to what comes out of a single step.

    A step was taken, that is, the biases are at zero no longer.
    """
    start, _, slow, fast = map(_parameters, answers[0])
    same = all(np.array_equal(a, b) and np.array_equal(a, c) for a, b, c in zip(start, slow, fast))
    return same and any(map(np.any, start[2:]))


def _short_over_size(answers):
    start, end = map(_parameters, answers[2])
    inputs, labels = _some_digits(SHORT)
    gradients = _gradients(start, inputs, labels)
    wanted = [SHORT / BATCH * g for g in gradients]
    return _fits(_moved(start, end, FAST), wanted, _room(start, gradients, FAST)) and not _times(SHORT / BATCH)(answers)


def _a_part_only(answers):
    """Whether an epoch has moved the weights of some examples' pixels, and not of all."""
    start, end = (_parameters(outcome)[0] for outcome in answers[3])
    moved = np.any(start != end, axis=0)[:PIECES]
    return bool(moved.any() and not moved.all())


def _infinite(answers):
    parts = [a for outcomes in answers for o in outcomes if o.error is None for a in (*o.value[0], *o.value[1])]
    return not all(np.isfinite(a).all() for a in parts)


def _trained(test):
    """A symptom: test(weights, biases), of what came back from training."""
    return lambda answers: bool(test(*_layers_of(answers[-1][0], SIZES)))


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
            "batches of nearly equal size": "How many examples has each batch, and which of them may have fewer?",
            "one array instead of a list of batches": "How many batches do you return?",
            "yields instead of returning a list": "yield makes a generator. The docstring asks for a list.",
            ("only the batches shuffled", "only shuffled within the batches"): (
                "Can example 0 and example 20 ever meet in one batch?"
            ),
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
                lambda first, again, other: (
                    _sound_batches(first) and not _blocks(first, 5) and _flat(first) == _flat(other) != list(range(23))
                )
            ),
            "one example lost per batch": _batches(
                lambda first, again, other: [len(batch) for batch in first] == [4, 4, 4, 4, 2]
            ),
            "batches of nearly equal size": _batches(
                lambda first, again, other: (
                    all(_counts(first) == 1) and np.ptp([len(batch) for batch in first]) <= 1 and len(first) > 1
                )
            ),
            "indices out of range": _batches(lambda first, again, other: max(_flat(first)) >= 23),
            "one array instead of a list of batches": _batches(
                lambda first, again, other: isinstance(first, np.ndarray) and first.ndim == 1
            ),
            "yields instead of returning a list": _batches(
                lambda first, again, other: "generator" in getattr(first, "description", "")
            ),
            "only the batches shuffled": _batches(
                lambda first, again, other: (
                    _blocks(first, 5)
                    and all(np.all(np.diff(batch) == 1) for batch in first)
                    and _flat(first) != list(range(23))
                )
            ),
            "only shuffled within the batches": _batches(
                lambda first, again, other: (
                    _blocks(first, 5)
                    and [min(batch) for batch in first] == [0, 5, 10, 15, 20]
                    and _flat(first) != list(range(23))
                )
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
            "learning rate alone": UNUSED,
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
            "velocity in place of the parameters": "Two lists are asked for. Where did the parameters go?",
            "parameters not moved": "Print a parameter before and after.",
            "velocity without the learning rate": (
                "Another library keeps its velocity so. Where does the formula here put the learning rate?"
            ),
            "average of the gradients, 1 - momentum": (
                "That is an average of gradients. Compare with the formula: what stands before the gradient?"
            ),
            "Nesterov's look ahead": "That is another method. Here the parameter moves by the new velocity alone.",
            "velocity with the other sign": "Which sign has the gradient in the velocity, and the velocity in the move?",
            "all zeros": "Print the new velocity. What became of the gradient?",
            "velocities not returned": "Two things are asked for: parameters and velocities.",
            "outputs in another order": "Compare the order of what you return with the docstring.",
            "velocities changed in place": "Does the caller still have the old velocities?",
            "parameters changed in place": "Does the caller still have the old parameters?",
            "gradients scaled in place": "Print the gradients after the call.",
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
            ("only the first layer", "only the last layer"): WHICH_MATRICES,
            "always 0": "Print the square of one weight. Where does it enter your sum?",
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
            ("only the first layer", "only the last layer"): WHICH_MATRICES,
            "all zeros": "Nudge one weight. Does the penalty stay where it is?",
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
            (
                "all zeros",
                "all equal",
                "units that start alike",
            ): "If two hidden units start equal, what ever makes them differ?",
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
            "units that start alike": _start(
                lambda w, b: (
                    w[0].std() > 1e-9 and any(len(np.unique(part, axis=0)) < len(part) for part in (w[0], w[0].T))
                )
            ),
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
            Criterion("gradient", "one step moves every parameter by learning_rate times its gradient", 0.45),
            Criterion("values", "90 % of held-out digits, with every parameter taking part", 0.3),
            Criterion("batches", "batches: all examples, in a new order, a short one too", 0.1, ("gradient",)),
            Criterion("contract", "does not change the data; gives the same answer twice", 0.15, ("values",)),
        ),
        hints={
            "returns nothing": RETURN,
            "weights transposed": CONVENTION,
            "starts at zeros": "If two hidden units start equal, what ever makes them differ?",
            "overflow": "Print the loss of the first steps. When does it stop being a number, and what overflowed?",
            "learning rate ignored": UNUSED,
            "learning rate applied twice": "How many times does the learning rate enter one step?",
            "ascends": DOWNHILL,
            ("sum instead of mean over the batch", "divided by the batch twice"): (
                "The loss is a mean over the mini-batch. Who divides, and how often?"
            ),
            "divided by the classes too": "Over what is the loss averaged: the examples, or all outputs?",
            "factor 2": "Right up to a factor 2. Which loss has a 2 in its slope?",
            "one example at a time": (
                "How often do the weights change while one batch is worked on? All its examples meet the same network."
            ),
            "another factor for the biases": (
                "Weights and biases take the same step. Where is the mean over the batch taken, and how often for each?"
            ),
            "one parameter never updated": (
                "Train for one step, and print each parameter before and after. Which one has not moved?"
            ),
            "biases never updated": "Which parameters did you update? Print a bias after training.",
            "ReLU's mask forgotten on the way back": "Which hidden units were silent on the way forward?",
            "squared error in place of the cross-entropy": (
                "Which loss does the docstring name? Compare the delta you begin with to that loss's gradient."
            ),
            "weights changed before delta went through them": (
                "Which weights carried the signal forward: those before the update, or those after it?"
            ),
            "only the last layer learns": "Does your sweep reach the first layer?",
            "labels and inputs come apart": "Are the labels still those of their inputs?",
            "only the last layer's gradient is right": (
                "The last layer moves as it should. What is sent down from it, through which weights?"
            ),
            "learns nothing": LOST,
            "a part of the examples only": "Count the examples that one epoch hands out.",
            "not shuffled": "When does the generator you were given get used in an epoch?",
            "every step on the whole set": "Which examples does one step look at: those of its mini-batch, or all?",
            "one order for all epochs": "How often do you draw an order: once, or once for each epoch?",
            "short batch divided by batch_size": "How many examples has the last batch of an epoch?",
        },
        symptoms={
            "weights transposed": _trained(lambda w, b: w[0].shape == (64, 48)),
            "starts at zeros": lambda answers: not any(map(np.any, _parameters(answers[0][0])[:2])),
            "overflow": _infinite,
            "biases never updated": _stepped(
                lambda moved, g, start, room: (
                    any(map(np.any, moved[:2])) and not any(map(np.any, (*moved[2:], *start[2:])))
                )
            ),
            "one example at a time": _moved_within_the_batch,
            "another factor for the biases": _stepped(
                lambda moved, g, start, room: (
                    _fits(moved, g, room, (0, 1))
                    and any(
                        _fits(moved, [factor * a for a in g], [max(1.0, factor) * r for r in room], (2, 3))
                        for factor in (BATCH, 1.0 / BATCH, 1.0 / SIZES[-1], 2.0, 0.5)
                    )
                )
            ),
            "one parameter never updated": _stepped(
                lambda moved, g, start, room: any(
                    np.any(g[i]) and not np.any(moved[i]) and _fits(moved, g, room, [k for k in range(4) if k != i])
                    for i in range(1, 4)
                )
            ),
            "learning rate ignored": lambda answers: (
                _not_moved(answers) and not _accuracy_below(0.45, *_layers_of(answers[-1][0], SIZES))
            ),
            "learning rate applied twice": _times(FAST),
            "ascends": _times(-1.0),
            "sum instead of mean over the batch": _times(float(BATCH)),
            "divided by the batch twice": _times(1.0 / BATCH),
            "divided by the classes too": _times(1.0 / SIZES[-1]),
            "factor 2": lambda answers: _times(2.0)(answers) or _times(0.5)(answers),
            "ReLU's mask forgotten on the way back": _stepped(
                lambda moved, g, start, room: (
                    not _fits(moved, g, room)
                    and _fits(moved, _gradients(start, *_some_digits(BATCH), gates=False), [2 * r for r in room])
                )
            ),
            "squared error in place of the cross-entropy": _stepped(_of_squares),
            "weights changed before delta went through them": _only_at_first,
            "only the last layer learns": _stepped(
                lambda moved, g, start, room: _fits(moved, g, room, (1, 3)) and np.any(g[0]) and not np.any(moved[0])
            ),
            "labels and inputs come apart": _stepped(
                lambda moved, g, start, room: _fits(moved, g, room, (3,)) and not _fits(moved, g, room, (1,))
            ),
            "only the last layer's gradient is right": _stepped(
                lambda moved, g, start, room: _fits(moved, g, room, (1, 3)) and not _fits(moved, g, room, (0, 2))
            ),
            "a part of the examples only": _a_part_only,
            "not shuffled": lambda answers: _in_order(*map(_parameters, answers[3])),
            "every step on the whole set": _whole_set,
            "one order for all epochs": lambda answers: (
                _follows_the_gradient(answers)
                and not _in_order(*map(_parameters, answers[3]))
                and _one_order(answers[4])
            ),
            "short batch divided by batch_size": _short_over_size,
            "learns nothing": lambda answers: (
                not _a_part_only(answers) and _accuracy_below(0.45, *_layers_of(answers[-1][0], SIZES))
            ),
        },
        slips=no_slip,
    ),
]
