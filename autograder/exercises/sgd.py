"""Assignment 09: from one step to a trained classifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from autograder.calls import Outcome
from autograder.described import SeededGenerator
from autograder.exercises.exercise import (
    Criterion,
    Exercise,
    Generator,
    Mistake,
    Probe,
    Step,
    away_from,
    call,
    read_only,
)

ASSIGNMENT = "09_sgd"
TWO = (
    Criterion("values", "does what the docstring says", 0.7),
    Criterion("edges", "at the edges too", 0.15, ("values",)),
    Criterion("contract", "a good guest: leaves its inputs alone and keeps no memory", 0.15, ("values",)),
)


def _returned(outcome: Outcome) -> Any:
    if outcome.error is not None:
        raise ValueError(f"raised {outcome.error.type}: {outcome.error.message}")
    return outcome.value


def _explains(check: Callable[[Sequence[Outcome]], str | None]) -> Callable[[Sequence[Outcome]], str | None]:
    """A check that tells an error of the student's in words of its own."""

    def verify(outcomes: Sequence[Outcome]) -> str | None:
        try:
            return check(outcomes)
        except ValueError as error:
            if str(error).startswith("raised "):
                return str(error)
            raise

    return verify


# --- minibatches ----------------------------------------------------------------------------------------------------


def minibatches(n: int, batch_size: int, rng: Any) -> list[Any]:
    order = rng.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]


def _batch_problem(value: Any, n: int, size: int) -> str | None:
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


def _flat(value: Any) -> list[int]:
    return np.concatenate([np.asarray(b) for b in value]).tolist()


def _batch_probe(n: int, size: int, seed: int, criterion: str = "values") -> Probe:
    name = "minibatches"

    @_explains
    def verify(outcomes: Sequence[Outcome]) -> str | None:
        first, again, other = (_returned(outcome) for outcome in outcomes)
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

    steps = tuple(Step(name, (n, size, SeededGenerator(s))) for s in (seed, seed, seed + 1))
    return Probe(steps, criterion, "", verify)


def _minibatch_probes(rng: Generator) -> list[Probe]:
    seed = int(rng.integers(2**31))
    found = [_batch_probe(23, 5, seed), _batch_probe(40, 8, seed + 10)]
    return [
        *found,
        _batch_probe(5, 9, seed, "edges"),
        _batch_probe(9, 1, seed, "edges"),
        _batch_probe(1, 1, seed, "edges"),
    ]


def _first_values(answers: Sequence[Sequence[Outcome]]) -> list[Any]:
    """What the three calls of the first probe (n = 23, batch size 5) returned."""
    return [_returned(outcome) for outcome in answers[0]]


def _symptom(test: Callable[[list[Any]], bool]) -> Callable[[Sequence[Sequence[Outcome]]], bool]:
    return lambda answers: test(_first_values(answers))


def _counts(value: Any) -> Any:
    # Indices that do not exist count as one: bincount makes a place for every number up to the largest.
    return np.bincount(np.minimum(np.concatenate([np.asarray(b) for b in value]), 23), minlength=23)


MINIBATCHES = Exercise(
    name="minibatches",
    assignment=ASSIGNMENT,
    points=2,
    signature="(n, batch_size, rng)",
    reference=minibatches,
    probes=_minibatch_probes,
    criteria=TWO,
    mistakes=(
        Mistake(
            "not shuffled",
            "When does the generator you were given get used?",
            lambda n, size, rng: [np.arange(n)[i : i + size] for i in range(0, n, size)],
            _symptom(lambda v: _flat(v[0]) == list(range(23))),
        ),
        Mistake(
            "drops the last, short batch",
            "Count the examples you handed out.",
            lambda n, size, rng: minibatches(n, size, rng)[: n // size],
            _symptom(lambda v: len(_flat(v[0])) == 20 and set(_counts(v[0])) <= {0, 1}),
        ),
        Mistake(
            "drawn with replacement",
            "Count how often each example appears.",
            lambda n, size, rng: [rng.integers(0, n, min(size, n - i)) for i in range(0, n, size)],
            _symptom(lambda v: len(_flat(v[0])) == 23 and max(_counts(v[0])) > 1),
        ),
        Mistake(
            "overlapping batches",
            "List the indices of the first two batches. Where does the second one start?",
            lambda n, size, rng: (lambda order: [order[i : i + size] for i in range(n // size + bool(n % size))])(
                rng.permutation(n)
            ),
            _symptom(
                lambda v: len(v[0]) > 1 and len(set(np.asarray(v[0][0])) & set(np.asarray(v[0][1]))) == len(v[0][0]) - 1
            ),
        ),
        Mistake(
            "ignores the generator",
            "Which random numbers do you draw: those of the generator you were given, or others?",
            lambda n, size, rng: minibatches(n, size, np.random.default_rng()),
            _symptom(lambda v: _batch_problem(v[0], 23, 5) is None and _flat(v[0]) != _flat(v[1])),
        ),
        Mistake(
            "a seed of its own",
            "Run two epochs and compare their first batches.",
            lambda n, size, rng: minibatches(n, size, np.random.default_rng(0)),
            _symptom(
                lambda v: (
                    _batch_problem(v[0], 23, 5) is None
                    and _flat(v[0]) == _flat(v[2])
                    and _flat(v[0]) != list(range(23))
                )
            ),
        ),
        Mistake(
            "one example lost per batch",
            "What is the length of a[0:4]?",
            lambda n, size, rng: [batch[:-1] for batch in minibatches(n, size, rng)],
            _symptom(lambda v: [len(b) for b in v[0]] == [4, 4, 4, 4, 2]),
        ),
        Mistake(
            "indices out of range",
            "What is the index of the last example?",
            lambda n, size, rng: [batch + 1 for batch in minibatches(n, size, rng)],
            _symptom(lambda v: max(_flat(v[0])) >= 23),
        ),
        Mistake(
            "one array instead of a list of batches",
            "How many batches do you return?",
            lambda n, size, rng: rng.permutation(n),
            _symptom(lambda v: not isinstance(v[0], (list, tuple))),
        ),
    ),
    right=(
        lambda n, size, rng: (lambda order: [order[i : i + size] for i in range(0, n, size)])(rng.permutation(n)),
        lambda n, size, rng: np.array_split(rng.permutation(n), range(size, n, size)),
        lambda n, size, rng: (lambda a: (rng.shuffle(a), [a[i : i + size] for i in range(0, n, size)])[1])(
            np.arange(n)
        ),
        lambda n, size, rng: tuple(minibatches(n, size, rng)),
        lambda n, size, rng: [batch.astype(np.int32) for batch in minibatches(n, size, rng)],
        lambda n, size, rng: (lambda o: [o[i * size : (i + 1) * size] for i in range(-(-n // size))])(
            rng.choice(n, n, replace=False)
        ),
    ),
)


# --- steps ----------------------------------------------------------------------------------------------------------


def sgd_step(parameters: Any, gradients: Any, learning_rate: float) -> list[Any]:
    return [p - learning_rate * g for p, g in zip(parameters, gradients, strict=True)]


def _arrays(rng: Generator, make: Any = None) -> list[Any]:
    arrays = [away_from(rng, (3, 4)), away_from(rng, (3,)), away_from(rng, (2, 3)), away_from(rng, (2,))]
    return [make(a) for a in arrays] if make else arrays


def _step_probes(
    name: str, sets: int, extra: Callable[[Generator], tuple[float, ...]]
) -> Callable[[Generator], list[Probe]]:
    def probes(rng: Generator) -> list[Probe]:
        def one(criterion: str = "values", make: Any = None) -> Probe:
            return call(name, *(_arrays(rng, make) for _ in range(sets)), *extra(rng), criterion=criterion)

        single = call(name, *([away_from(rng, (1,))] for _ in range(sets)), *extra(rng), criterion="edges")
        return [one(), one(), one(), single, one("edges", read_only), one("edges", lambda a: a.astype(np.float32))]

    return probes


def _sgd_in_place(parameters: Any, gradients: Any, learning_rate: float) -> Any:
    for p, g in zip(parameters, gradients, strict=True):
        p -= learning_rate * g
    return parameters


def _gradients_scaled_in_place(parameters: Any, gradients: Any, learning_rate: float) -> Any:
    for g in gradients:
        g *= learning_rate
    return [p - g for p, g in zip(parameters, gradients, strict=True)]


def _first_gradient_for_all(parameters: Any, gradients: Any, learning_rate: float) -> Any:
    return [p - learning_rate * gradients[0].ravel()[: p.size].mean() for p in parameters]


SGD_STEP = Exercise(
    name="sgd_step",
    assignment=ASSIGNMENT,
    points=1,
    signature="(parameters, gradients, learning_rate)",
    reference=sgd_step,
    probes=_step_probes("sgd_step", 2, lambda rng: (float(rng.uniform(0.05, 0.5)),)),
    criteria=TWO,
    mistakes=(
        Mistake("ascends", "Which way is downhill?", lambda p, g, lr: [a + lr * b for a, b in zip(p, g, strict=True)]),
        Mistake(
            "learning rate forgotten",
            "Which argument is unused?",
            lambda p, g, lr: [a - b for a, b in zip(p, g, strict=True)],
        ),
        Mistake("returns the step only", "Where did the old value go?", lambda p, g, lr: [-lr * b for b in g]),
        Mistake(
            "learning rate applied twice",
            "How many times does the learning rate enter?",
            lambda p, g, lr: [a - lr * lr * b for a, b in zip(p, g, strict=True)],
        ),
        Mistake(
            "sign of the gradient only",
            "Compare the step at a steep and at a flat point.",
            lambda p, g, lr: [a - lr * np.sign(b) for a, b in zip(p, g, strict=True)],
        ),
        Mistake("nothing changes", "Print a parameter before and after.", lambda p, g, lr: [a.copy() for a in p]),
        Mistake(
            "multiplies",
            "Is the step added or multiplied?",
            lambda p, g, lr: [a * (1 - lr * b) for a, b in zip(p, g, strict=True)],
        ),
        Mistake("one gradient for every parameter", "Whose gradient moves whose parameter?", _first_gradient_for_all),
        Mistake("parameters changed in place", "Does the caller still have the old parameters?", _sgd_in_place),
        Mistake("gradients scaled in place", "Print the gradients after the call.", _gradients_scaled_in_place),
        Mistake("returns nothing", "Does your function end with return?", lambda p, g, lr: None),
        Mistake(
            "divides by the number of parameters",
            "Who already divided by the batch size? Nothing here needs another mean.",
            lambda p, g, lr: [a - lr * b / len(p) for a, b in zip(p, g, strict=True)],
        ),
    ),
    right=(
        lambda p, g, lr: [np.subtract(a, np.multiply(lr, b)) for a, b in zip(p, g, strict=True)],
        lambda p, g, lr: tuple(a - lr * b for a, b in zip(p, g, strict=True)),
        lambda p, g, lr: [p[i] - g[i] * lr for i in range(len(p))],
        lambda p, g, lr: [a + (-lr) * b for a, b in zip(p, g, strict=True)],
        lambda p, g, lr: list(map(lambda a, b: a - lr * b, p, g)),
    ),
)


def momentum_step(parameters: Any, gradients: Any, velocities: Any, learning_rate: float, momentum: float) -> Any:
    v = [momentum * u - learning_rate * g for u, g in zip(velocities, gradients, strict=True)]
    return [p + u for p, u in zip(parameters, v, strict=True)], v


def _momentum(velocity: Any, move: Any = None) -> Any:
    """A wrong step: another velocity, or another way to use it."""

    def wrong(p: Any, g: Any, v: Any, lr: float, mu: float) -> Any:
        new = [velocity(u, b, lr, mu) for u, b in zip(v, g, strict=True)]
        use = move or (lambda a, old, new, b, lr: a + new)
        return [use(a, old, u, b, lr) for a, old, u, b in zip(p, v, new, g, strict=True)], new

    return wrong


def _right_velocity(u: Any, g: Any, lr: float, mu: float) -> Any:
    return mu * u - lr * g


def _velocities_in_place(p: Any, g: Any, v: Any, lr: float, mu: float) -> Any:
    for u, b in zip(v, g, strict=True):
        u *= mu
        u -= lr * b
    return [a + u for a, u in zip(p, v, strict=True)], v


MOMENTUM = Exercise(
    name="momentum_step",
    assignment=ASSIGNMENT,
    points=2,
    signature="(parameters, gradients, velocities, learning_rate, momentum)",
    outputs=("parameters", "velocities"),
    reference=momentum_step,
    probes=_step_probes("momentum_step", 3, lambda rng: (float(rng.uniform(0.05, 0.4)), float(rng.uniform(0.3, 0.9)))),
    criteria=TWO,
    mistakes=(
        Mistake(
            "sign of the gradient's part", "Which way is downhill?", _momentum(lambda u, g, lr, mu: mu * u + lr * g)
        ),
        Mistake("velocity forgotten", "Which argument is unused?", _momentum(lambda u, g, lr, mu: -lr * g)),
        Mistake(
            "damped gradient, 1 - momentum",
            "Compare with the formula in the docstring: what stands before the gradient?",
            _momentum(lambda u, g, lr, mu: mu * u - (1 - mu) * lr * g),
        ),
        Mistake("momentum forgotten", "What makes an old velocity fade?", _momentum(lambda u, g, lr, mu: u - lr * g)),
        Mistake("learning rate forgotten", "Which argument is unused?", _momentum(lambda u, g, lr, mu: mu * u - g)),
        Mistake(
            "learning rate applied twice",
            "The velocity already holds the learning rate.",
            _momentum(_right_velocity, lambda a, old, new, b, lr: a + lr * new),
        ),
        Mistake(
            "old velocity used",
            "Which is computed first: the new velocity, or the new parameter?",
            _momentum(_right_velocity, lambda a, old, new, b, lr: a + old),
        ),
        Mistake(
            "moves against the velocity",
            "Is the velocity added or taken away?",
            _momentum(_right_velocity, lambda a, old, new, b, lr: a - new),
        ),
        Mistake(
            "momentum ignored in the step",
            "The parameter moves by the velocity.",
            _momentum(_right_velocity, lambda a, old, new, b, lr: a - lr * b),
        ),
        Mistake(
            "velocities not returned",
            "Two things are asked for: parameters and velocities.",
            lambda p, g, v, lr, mu: momentum_step(p, g, v, lr, mu)[0],
        ),
        Mistake(
            "outputs in another order",
            "Compare the order of what you return with the docstring.",
            lambda p, g, v, lr, mu: momentum_step(p, g, v, lr, mu)[::-1],
        ),
        Mistake("velocities changed in place", "Does the caller still have the old velocities?", _velocities_in_place),
    ),
    right=(
        lambda p, g, v, lr, mu: [*(list(part) for part in momentum_step(p, g, v, lr, mu))],
        lambda p, g, v, lr, mu: (
            [a + mu * u - lr * b for a, b, u in zip(p, g, v, strict=True)],
            [mu * u - lr * b for b, u in zip(g, v, strict=True)],
        ),
        lambda p, g, v, lr, mu: tuple(tuple(part) for part in momentum_step(p, g, v, lr, mu)),
        lambda p, g, v, lr, mu: (lambda w: ([np.add(a, u) for a, u in zip(p, w, strict=True)], w))(
            [np.subtract(np.multiply(mu, u), np.multiply(lr, b)) for b, u in zip(g, v, strict=True)]
        ),
        lambda p, g, v, lr, mu: (lambda w: ([p[i] + w[i] for i in range(len(p))], w))(
            [-(lr * g[i] - mu * v[i]) for i in range(len(p))]
        ),
    ),
)


# --- penalty --------------------------------------------------------------------------------------------------------


def l2_penalty(weights: Any, alpha: float) -> float:
    return 0.5 * alpha * sum(float(np.sum(w * w)) for w in weights)


def l2_penalty_gradients(weights: Any, alpha: float) -> list[Any]:
    return [alpha * w for w in weights]


def _penalty_probes(name: str) -> Callable[[Generator], list[Probe]]:
    def probes(rng: Generator) -> list[Probe]:
        def one(alpha: float, criterion: str = "values", make: Any = None) -> Probe:
            weights = [away_from(rng, (3, 4)), away_from(rng, (2, 3))]
            return call(name, [make(w) for w in weights] if make else weights, alpha, criterion=criterion)

        found = [one(0.7), one(float(rng.uniform(2.0, 5.0))), one(float(rng.uniform(0.05, 0.3)))]
        found += [one(0.0, "edges"), one(0.3, "edges", read_only), one(0.3, "edges", lambda w: w.astype(np.float32))]
        return [*found, call(name, [away_from(rng, (1, 1))], 1.5, criterion="edges")]

    return probes


PENALTY = Exercise(
    name="l2_penalty",
    assignment=ASSIGNMENT,
    points=1,
    signature="(weights, alpha)",
    reference=l2_penalty,
    probes=_penalty_probes("l2_penalty"),
    criteria=TWO,
    mistakes=(
        Mistake(
            "half forgotten",
            "Compare with the formula: a factor is missing.",
            lambda w, alpha: 2 * l2_penalty(w, alpha),
        ),
        Mistake("alpha forgotten", "Which argument is unused?", lambda w, alpha: l2_penalty(w, 1.0)),
        Mistake(
            "norms not squared",
            "Scale the weights by 10: by what factor should the penalty grow?",
            lambda w, alpha: 0.5 * alpha * sum(float(np.sqrt(np.sum(a * a))) for a in w),
        ),
        Mistake(
            "absolute values",
            "Scale the weights by 10: by what factor should the penalty grow?",
            lambda w, alpha: 0.5 * alpha * sum(float(np.abs(a).sum()) for a in w),
        ),
        Mistake(
            "only the first layer", "Which matrices belong to the penalty?", lambda w, alpha: l2_penalty(w[:1], alpha)
        ),
        Mistake(
            "mean instead of sum",
            "Is anything averaged here? Read the docstring.",
            lambda w, alpha: 0.5 * alpha * sum(float(np.mean(a * a)) for a in w),
        ),
        Mistake(
            "one penalty per layer",
            "How many numbers is a penalty?",
            lambda w, alpha: [l2_penalty([a], alpha) for a in w],
        ),
        Mistake("alpha squared", "How many times does alpha enter?", lambda w, alpha: alpha * l2_penalty(w, alpha)),
        Mistake("sign", "Should large weights cost something, or be rewarded?", lambda w, alpha: -l2_penalty(w, alpha)),
    ),
    right=(
        lambda w, alpha: alpha / 2 * sum(np.vdot(a, a) for a in w),
        lambda w, alpha: np.array(l2_penalty(w, alpha)),
        lambda w, alpha: 0.5 * alpha * sum(np.linalg.norm(a) ** 2 for a in w),
        lambda w, alpha: 0.5 * alpha * sum(np.einsum("ij,ij->", a, a) for a in w),
        lambda w, alpha: sum(0.5 * alpha * v * v for a in w for v in np.ravel(a)),
    ),
)

PENALTY_GRADIENTS = Exercise(
    name="l2_penalty_gradients",
    assignment=ASSIGNMENT,
    points=1,
    signature="(weights, alpha)",
    reference=l2_penalty_gradients,
    probes=_penalty_probes("l2_penalty_gradients"),
    criteria=TWO,
    mistakes=(
        Mistake(
            "factor 2",
            "Differentiate the penalty as written, its half included.",
            lambda w, alpha: [2 * alpha * a for a in w],
        ),
        Mistake("factor 1/2", "Differentiate the square as well.", lambda w, alpha: [0.5 * alpha * a for a in w]),
        Mistake("alpha forgotten", "Which argument is unused?", lambda w, alpha: [a * 1.0 for a in w]),
        Mistake("value instead of gradient", "What shape must a gradient have?", lambda w, alpha: l2_penalty(w, alpha)),
        Mistake(
            "absolute values",
            "Which way should the penalty pull a negative weight?",
            lambda w, alpha: [alpha * np.abs(a) for a in w],
        ),
        Mistake(
            "sign of the weights only",
            "Does a large weight feel more than a small one?",
            lambda w, alpha: [alpha * np.sign(a) for a in w],
        ),
        Mistake("sign", "The gradient points to where the penalty grows.", lambda w, alpha: [-alpha * a for a in w]),
        Mistake(
            "divided by the number of weights",
            "Is anything averaged here?",
            lambda w, alpha: [alpha * a / a.size for a in w],
        ),
        Mistake(
            "only the first layer",
            "Which matrices belong to the penalty?",
            lambda w, alpha: [alpha * w[0], *(0 * a for a in w[1:])],
        ),
    ),
    right=(
        lambda w, alpha: [a * alpha for a in w],
        lambda w, alpha: tuple(alpha * a for a in w),
        lambda w, alpha: [np.multiply(alpha, a) for a in w],
        lambda w, alpha: [2 * (0.5 * alpha) * a for a in w],
        lambda w, alpha: [np.array([[alpha * v for v in row] for row in a]) for a in w],
    ),
)


# --- initialisation -------------------------------------------------------------------------------------------------


def initialize(sizes: Sequence[int], rng: Any) -> Any:
    pairs = list(zip(sizes, sizes[1:], strict=False))
    weights = [rng.normal(0.0, np.sqrt(2.0 / n), (m, n)) for n, m in pairs]
    return weights, [np.zeros(m) for _, m in pairs]


BIG = (400, 300, 200, 200)


def _layers_of(outcome: Outcome, sizes: Sequence[int]) -> tuple[list[Any], list[Any]]:
    value = _returned(outcome)
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise ValueError("raised nothing, but did not return (weights, biases)")
    weights, biases = ([np.asarray(a) for a in part] for part in value)
    if len(weights) != len(sizes) - 1 or len(biases) != len(sizes) - 1:
        raise ValueError(
            f"raised nothing, but returned {len(weights)} weights and {len(biases)} biases for sizes {list(sizes)}"
        )
    return weights, biases


def _shape_problem(weights: list[Any], biases: list[Any], sizes: Sequence[int]) -> str | None:
    for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
        if w.shape != (sizes[i + 1], sizes[i]):
            return f"weights[{i}] has shape {w.shape}; expected {(sizes[i + 1], sizes[i])}, outputs first"
        if b.shape != (sizes[i + 1],):
            return f"biases[{i}] has shape {b.shape}; expected {(sizes[i + 1],)}"
    return None


def _initialize_probes(rng: Generator) -> list[Probe]:
    seed = int(rng.integers(2**31))

    @_explains
    def verify(outcomes: Sequence[Outcome]) -> str | None:
        weights, biases = _layers_of(outcomes[0], BIG)
        if problem := _shape_problem(weights, biases, BIG):
            return problem
        for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
            if not np.all(b == 0):
                return f"biases[{i}] should start at zero"
            wanted = 2.0 / BIG[i]
            if not np.isfinite(w).all() or abs(w.mean()) > 6 * np.sqrt(wanted / w.size):
                return f"weights[{i}] has mean {w.mean():.4g}; expected about 0"
            if not 0.9 * wanted < w.var() < 1.1 * wanted:
                return f"weights[{i}] has variance {w.var():.4g}; expected about 2 / {BIG[i]} = {wanted:.4g}"
        if np.array_equal(weights[2][:, :200], weights[1][:, :200]):
            return "two layers got the same weights"
        return None

    @_explains
    def draws(outcomes: Sequence[Outcome]) -> str | None:
        first, again, other = (np.concatenate([w.ravel() for w in _layers_of(o, (6, 5, 5))[0]]) for o in outcomes)
        if not np.array_equal(first, again):
            return "two generators with the same seed gave different weights: draw from the one you are given"
        return "two generators with different seeds gave the same weights" if np.array_equal(first, other) else None

    @_explains
    def small(outcomes: Sequence[Outcome]) -> str | None:
        return _shape_problem(*_layers_of(outcomes[0], (3, 2)), (3, 2)) or _shape_problem(
            *_layers_of(outcomes[1], (1, 1, 1)), (1, 1, 1)
        )

    name = "initialize"
    return [
        Probe((Step(name, (list(BIG), SeededGenerator(seed))),), "values", "", verify),
        Probe(tuple(Step(name, ([6, 5, 5], SeededGenerator(s))) for s in (seed, seed, seed + 1)), "draws", "", draws),
        Probe(
            (Step(name, ([3, 2], SeededGenerator(seed))), Step(name, ([1, 1, 1], SeededGenerator(seed)))),
            "edges",
            "",
            small,
        ),
    ]


def _start(weight: Any, bias: Any = None) -> Any:
    def wrong(sizes: Any, rng: Any) -> Any:
        pairs = list(zip(sizes, sizes[1:], strict=False))
        return [weight(rng, m, n) for n, m in pairs], [(bias or (lambda rng, m: np.zeros(m)))(rng, m) for _, m in pairs]

    return wrong


def _shows(test: Callable[[list[Any], list[Any]], bool]) -> Callable[[Sequence[Sequence[Outcome]]], bool]:
    return lambda answers: bool(test(*_layers_of(answers[0][0], BIG)))


def _near(value: float, wanted: float) -> bool:
    return 0.9 * wanted < value < 1.1 * wanted


def _he(rng: Any, m: int, n: int) -> Any:
    return rng.normal(0.0, np.sqrt(2.0 / n), (m, n))


def _seeds_differ(answers: Sequence[Sequence[Outcome]]) -> tuple[bool, bool]:
    first, again, other = (np.concatenate([w.ravel() for w in _layers_of(o, (6, 5, 5))[0]]) for o in answers[1])
    return bool(np.array_equal(first, again)), not np.array_equal(first, other)


def _sound(answers: Sequence[Sequence[Outcome]]) -> bool:
    weights, _ = _layers_of(answers[0][0], BIG)
    return all(_near(float(w.var()), 2 / BIG[i]) for i, w in enumerate(weights))


INITIALIZE = Exercise(
    name="initialize",
    assignment=ASSIGNMENT,
    points=2,
    signature="(sizes, rng)",
    outputs=("weights", "biases"),
    reference=initialize,
    probes=_initialize_probes,
    criteria=(
        Criterion("values", "shapes, mean and variance are right, biases are zero", 0.7),
        Criterion("draws", "draws from the generator it is given", 0.15, ("values",)),
        Criterion("edges", "small networks too", 0.15, ("values",)),
    ),
    mistakes=(
        Mistake(
            "all zeros",
            "If two hidden units start equal, what ever makes them differ?",
            _start(lambda rng, m, n: np.zeros((m, n))),
            _shows(lambda w, b: not w[0].any()),
        ),
        Mistake(
            "all equal",
            "If two hidden units start equal, what ever makes them differ?",
            _start(lambda rng, m, n: np.full((m, n), 0.1)),
            _shows(lambda w, b: w[0].any() and w[0].std() < 1e-12),
        ),
        Mistake(
            "not scaled",
            "What is the variance of a sum of many such terms?",
            _start(lambda rng, m, n: rng.normal(0, 1, (m, n))),
            _shows(lambda w, b: _near(w[0].var(), 1.0)),
        ),
        Mistake(
            "variance used as standard deviation",
            "Is 2 / inputs a variance or a standard deviation?",
            _start(lambda rng, m, n: rng.normal(0, 2.0 / n, (m, n))),
            _shows(lambda w, b: _near(w[0].var(), (2 / 400) ** 2)),
        ),
        Mistake(
            "outputs counted instead of inputs",
            "How many terms are summed into one output unit?",
            _start(lambda rng, m, n: rng.normal(0, np.sqrt(2.0 / m), (m, n))),
            _shows(lambda w, b: w[0].shape == (300, 400) and _near(w[0].var(), 2 / 300)),
        ),
        Mistake(
            "scale for tanh",
            "ReLU passes on half of what comes in. Which factor makes up for it?",
            _start(lambda rng, m, n: rng.normal(0, np.sqrt(1.0 / n), (m, n))),
            _shows(lambda w, b: _near(w[0].var(), 1 / 400)),
        ),
        Mistake(
            "never negative",
            "Draw a histogram. Where is its centre?",
            _start(lambda rng, m, n: rng.uniform(0, 1, (m, n)) * np.sqrt(24.0 / n)),
            _shows(lambda w, b: w[0].min() >= 0 and w[0].std() > 1e-9),
        ),
        Mistake(
            "weights transposed",
            "Which convention does fc_forward use: outputs first, or inputs first?",
            _start(lambda rng, m, n: _he(rng, n, m)),
            _shows(lambda w, b: w[0].shape == (400, 300)),
        ),
        Mistake(
            "biases random",
            "Do biases need to differ from one another at the start?",
            _start(_he, lambda rng, m: rng.normal(0, 1, m)),
            _shows(lambda w, b: bool(b[0].any())),
        ),
        Mistake(
            "biases as columns",
            "Compare with the shape in the docstring of fc_forward.",
            _start(_he, lambda rng, m: np.zeros((m, 1))),
            _shows(lambda w, b: b[0].ndim == 2),
        ),
        Mistake(
            "ignores the generator",
            "Call it with two generators and compare.",
            lambda sizes, rng: initialize(sizes, np.random.default_rng()),
            lambda a: _sound(a) and not _seeds_differ(a)[0],
        ),
        Mistake(
            "a seed of its own",
            "Call it with two generators and compare.",
            lambda sizes, rng: initialize(sizes, np.random.default_rng(0)),
            lambda a: _sound(a) and _seeds_differ(a) == (True, False),
        ),
    ),
    right=(
        lambda sizes, rng: [
            [rng.standard_normal((m, n)) * np.sqrt(2 / n) for n, m in zip(sizes, sizes[1:], strict=False)],
            [np.zeros(m) for m in sizes[1:]],
        ],
        _start(lambda rng, m, n: rng.uniform(-np.sqrt(6 / n), np.sqrt(6 / n), (m, n))),
        _start(lambda rng, m, n: _he(rng, m, n).astype(np.float32), lambda rng, m: np.zeros(m, np.float32)),
        _start(lambda rng, m, n: rng.normal(size=(n, m)).T * (2 / n) ** 0.5),
        lambda sizes, rng: (
            [_he(rng, sizes[i + 1], sizes[i]) for i in range(len(sizes) - 1)],
            [0.0 * np.arange(m) for m in sizes[1:]],
        ),
    ),
)


# --- train ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _digits() -> Any:
    from nn_lib import datasets

    return datasets.digits()


def _forward(x: Any, weights: Sequence[Any], biases: Sequence[Any]) -> list[Any]:
    layers = [x]
    for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
        a = layers[-1] @ w.T + b
        layers.append(np.maximum(a, 0) if i < len(weights) - 1 else a)
    return layers


def _train(moves_biases: bool = True, sign: float = -1.0, pair: bool = True, batches: int | None = None) -> Any:
    """Training by hand; the switches break it in known ways."""

    def train(
        inputs: Any, labels: Any, sizes: Any, learning_rate: float, epochs: int, batch_size: int, rng: Any
    ) -> Any:
        weights, biases = initialize(sizes, rng)
        y = labels if pair else labels[rng.permutation(len(labels))]
        for _ in range(epochs):
            for batch in minibatches(len(inputs), batch_size, rng)[:batches]:
                layers = _forward(inputs[batch], weights, biases)
                p = np.exp(layers[-1] - layers[-1].max(axis=1, keepdims=True))
                p /= p.sum(axis=1, keepdims=True)
                p[np.arange(len(batch)), y[batch]] -= 1
                delta = p / len(batch)
                for i in range(len(weights) - 1, -1, -1):
                    dw, db = delta.T @ layers[i], delta.sum(axis=0)
                    if i:
                        delta = (delta @ weights[i]) * (layers[i] > 0)
                    weights[i] = weights[i] + sign * learning_rate * dw
                    if moves_biases:
                        biases[i] = biases[i] + sign * learning_rate * db
        return weights, biases

    return train


SIZES = (64, 48, 10)


def _train_probes(rng: Generator) -> list[Probe]:
    data = _digits()
    seed = int(rng.integers(2**31))

    @_explains
    def learns(outcomes: Sequence[Outcome]) -> str | None:
        weights, biases = _layers_of(outcomes[0], SIZES)
        if problem := _shape_problem(weights, biases, SIZES):
            return problem
        with np.errstate(all="ignore"):
            right = np.mean(_forward(data.test.inputs, weights, biases)[-1].argmax(axis=1) == data.test.labels)
        return None if right >= 0.95 else f"{right:.1%} of the held-out digits are right; at least 95 % are asked for"

    @_explains
    def complete(outcomes: Sequence[Outcome]) -> str | None:
        _, biases = _layers_of(outcomes[0], SIZES)
        if not all(np.any(b != 0) for b in biases):
            return "the biases are still zero: every parameter takes part"
        return None

    step = Step("train", (data.train.inputs, data.train.labels, list(SIZES), 0.3, 30, 20, SeededGenerator(seed)))
    return [Probe((step,), "values", "", lambda o: learns(o) or complete(o))]


def _accuracy_below(limit: float) -> Callable[[Sequence[Sequence[Outcome]]], bool]:
    def symptom(answers: Sequence[Sequence[Outcome]]) -> bool:
        weights, biases = _layers_of(answers[0][0], SIZES)
        inputs, labels = _digits().test.inputs, _digits().test.labels
        if _shape_problem(weights, biases, SIZES) is not None:
            return False
        with np.errstate(all="ignore"):
            return bool(np.mean(_forward(inputs, weights, biases)[-1].argmax(axis=1) == labels) < limit)

    return symptom


def _biases_still(answers: Sequence[Sequence[Outcome]]) -> bool:
    return not any(np.any(b != 0) for b in _layers_of(answers[0][0], SIZES)[1])


def _transposed(answers: Sequence[Sequence[Outcome]]) -> bool:
    return np.shape(_layers_of(answers[0][0], SIZES)[0][0]) == (64, 48)


LOST = "Print the loss of the first ten steps. Does it fall? Are the labels still those of their inputs?"

TRAIN = Exercise(
    name="train",
    assignment=ASSIGNMENT,
    points=6,
    signature="(inputs, labels, sizes, learning_rate, epochs, batch_size, rng)",
    outputs=("weights", "biases"),
    reference=_train(),
    probes=_train_probes,
    criteria=(
        Criterion("values", "95 % of held-out digits, with every parameter taking part", 0.85),
        Criterion("contract", "a good guest: leaves the data alone and keeps no memory", 0.15, ("values",)),
    ),
    mistakes=(
        Mistake(
            "biases never updated",
            "Which parameters did you update? Print a bias after training.",
            _train(moves_biases=False),
            lambda a: _biases_still(a) and not _accuracy_below(0.6)(a),
        ),
        Mistake("learns nothing", LOST, _train(sign=1.0), _accuracy_below(0.45)),
        Mistake("learns nothing", LOST, _train(pair=False), None),
        Mistake("learns nothing", LOST, lambda x, y, sizes, lr, epochs, size, rng: initialize(sizes, rng), None),
        Mistake(
            "weights transposed",
            "Which convention does fc_forward use: outputs first, or inputs first?",
            lambda *a: (lambda w, b: ([m.T for m in w], b))(*_train()(*a)),
            _transposed,
        ),
        Mistake("returns nothing", "Does your function end with return?", lambda *a: None),
    ),
    right=(
        lambda x, y, sizes, lr, epochs, size, rng: _train()(x, y, sizes, lr, epochs, size, rng),
        lambda x, y, sizes, lr, epochs, size, rng: [
            list(part) for part in _train()(x, y, sizes, lr, epochs, size, rng)
        ],
        lambda x, y, sizes, lr, epochs, size, rng: _train()(x, y, sizes, lr, epochs + 4, size, rng),
        lambda x, y, sizes, lr, epochs, size, rng: _train()(x - 0.0, y, sizes, lr * 0.8, epochs + 4, size, rng),
        lambda x, y, sizes, lr, epochs, size, rng: tuple(
            [a.astype(np.float32) for a in part] for part in _train()(x, y, sizes, lr, epochs, size, rng)
        ),
    ),
)

EXERCISES = [MINIBATCHES, SGD_STEP, MOMENTUM, PENALTY, PENALTY_GRADIENTS, INITIALIZE, TRAIN]
