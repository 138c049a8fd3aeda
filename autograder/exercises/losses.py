"""Assignment 06: losses, softmax, and what entropy has to do with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercises.exercise import (
    Exercise,
    Generator,
    Mistake,
    Probe,
    away_from,
    call,
    read_only,
    slips,
    upstream_like,
)

ASSIGNMENT = "06_losses"
WHO_DIVIDES = "Repeat every example twice. Should the result change? The docstring says over what is averaged."
STABLE = "Which intermediate value overflows, or becomes log(0)? The result itself is harmless."
NATURAL = "Which logarithm? A fair coin has entropy 0.693."
OWNER = "Whose array did you write into? Print it after your call."
CUT_OFF = "The loss of a sure and wrong answer has no upper limit. Yours has."
# A guard such as log(p + 1e-8) is harmless at moderate values: the values probes let it pass, the extremes do not.
GUARD_ROOM = 1e3
GUARDS = (
    lambda p: p + 1e-12,
    lambda p: p + 1e-8,
    lambda p: np.clip(p, 1e-15, 1.0),
    lambda p: np.clip(p, 1e-7, 1 - 1e-7),
)
KEEPDIMS = "Print the shapes just before you divide or subtract. Which axis went missing?"


def _cut_off(first: float) -> Any:
    """Whether a loss is right for the first probe, `first`, but stays below 60 where it should be in the hundreds."""

    def symptom(answers: Any) -> bool:
        return bool(abs(answers[0][0].value - first) < 1e-4 and 5.0 < answers[1][0].value < 60.0)

    return symptom


# --- squared error -------------------------------------------------------------------------------------------------


def squared_error_forward(prediction: Any, target: Any) -> float:
    return float(0.5 * np.sum((prediction - target) ** 2) / len(prediction))


def squared_error_backward(prediction: Any, target: Any) -> Any:
    return (prediction - target) / len(prediction)


def _pair_probes(name: str) -> Any:
    def probes(rng: Generator) -> list[Probe]:
        def one(shape: tuple[int, int], criterion: str = "values", spread: float = 2.0, make: Any = None) -> Probe:
            pair = away_from(rng, shape, spread=spread), away_from(rng, shape, spread=spread)
            return call(name, *(make(a) if make else a for a in pair), criterion=criterion)

        found = [call(name, np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([[0.0, 2.0], [2.0, -1.0]]))]
        found += [one((3, 4)), one((5, 2)), one((4, 3), spread=30.0), one((2, 5))]
        found += [one((1, 3), "edges"), one((4, 1), "edges"), one((1, 1), "edges"), one((3, 3), "edges", 1e-3)]
        found += [one((3, 2), "edges", make=read_only), one((3, 4), "edges", make=lambda a: a.astype(np.float32))]
        same = away_from(rng, (3, 2))
        return [*found, call(name, same, same.copy(), criterion="edges", label="prediction equals target", scale=1.0)]

    return probes


def _squared_in_place(prediction: Any, target: Any) -> Any:
    prediction -= target
    return 0.5 * np.sum(prediction**2) / len(prediction)


def _difference_in_place(prediction: Any, target: Any) -> Any:
    prediction -= target
    return prediction / len(prediction)


SQUARED = Exercise(
    name="squared_error_forward",
    assignment=ASSIGNMENT,
    points=1,
    signature="(prediction, target)",
    reference=squared_error_forward,
    probes=_pair_probes("squared_error_forward"),
    mistakes=(
        Mistake(
            "half forgotten", "The docstring asks for half squared norms.", lambda p, t: np.sum((p - t) ** 2) / len(p)
        ),
        Mistake(
            "mean over all entries",
            "Over what is averaged: the examples, or all entries?",
            lambda p, t: np.mean((p - t) ** 2),
        ),
        Mistake(
            "half the mean over all entries",
            "Over what is averaged: the examples, or all entries?",
            lambda p, t: 0.5 * np.mean((p - t) ** 2),
        ),
        Mistake("sum instead of mean over the batch", WHO_DIVIDES, lambda p, t: 0.5 * np.sum((p - t) ** 2)),
        Mistake("sum without the half", WHO_DIVIDES, lambda p, t: np.sum((p - t) ** 2)),
        Mistake("not squared", "Can an error of +1 and one of -1 cancel?", lambda p, t: 0.5 * np.sum(p - t) / len(p)),
        Mistake(
            "absolute value instead of square",
            "How much more does an error of 2 cost than one of 1?",
            lambda p, t: 0.5 * np.sum(np.abs(p - t)) / len(p),
        ),
        Mistake(
            "norm not squared",
            "A norm has a root in it. The docstring squares it.",
            lambda p, t: 0.5 * np.mean(np.linalg.norm(p - t, axis=1)),
        ),
        Mistake(
            "square of the sum",
            "Square first, then sum: (1, -1) is an error too.",
            lambda p, t: 0.5 * np.mean(np.sum(p - t, axis=1) ** 2),
        ),
        Mistake(
            "one loss per example", "One number for the whole batch.", lambda p, t: 0.5 * np.sum((p - t) ** 2, axis=1)
        ),
        Mistake("one loss per entry", "One number for the whole batch.", lambda p, t: 0.5 * (p - t) ** 2),
        Mistake("gradient instead of value", "One number for the whole batch.", lambda p, t: (p - t) / len(p)),
        Mistake("input modified in place", OWNER, _squared_in_place),
        *slips(squared_error_forward, backward=False),
    ),
    right=(
        lambda p, t: np.mean(0.5 * np.sum((t - p) ** 2, axis=1)),
        lambda p, t: sum(0.5 * np.dot(a - b, a - b) for a, b in zip(p, t, strict=True)) / len(p),
        lambda p, t: np.vdot(p - t, p - t) / (2 * p.shape[0]),
        lambda p, t: np.linalg.norm(p - t) ** 2 / 2 / len(p),
        lambda p, t: np.einsum("ij,ij->", p - t, p - t) / 2 / len(t),
        lambda p, t: 0.5 * np.mean((p - t) ** 2) * p.shape[1],
    ),
)

SQUARED_BACK = Exercise(
    name="squared_error_backward",
    assignment=ASSIGNMENT,
    points=2,
    signature="(prediction, target)",
    reference=squared_error_backward,
    forward="squared_error_forward",
    forward_reference=squared_error_forward,
    functions=("squared_error_backward", "squared_error_forward"),
    probes=_pair_probes("squared_error_backward"),
    mistakes=(
        Mistake(
            "target minus prediction",
            "Raise a prediction that is too high already: does the loss rise or fall?",
            lambda p, t: (t - p) / len(p),
        ),
        Mistake("not divided by the batch", WHO_DIVIDES, lambda p, t: p - t),
        Mistake("the 2 kept", "What is the slope of half a square?", lambda p, t: 2 * (p - t) / len(p)),
        Mistake(
            "the 2 kept, not divided by the batch",
            "What is the slope of half a square? And who divides?",
            lambda p, t: 2 * (p - t),
        ),
        Mistake(
            "divided by all entries",
            "Over what is averaged: the examples, or all entries?",
            lambda p, t: (p - t) / p.size,
        ),
        Mistake(
            "divided by all entries, the 2 kept",
            "Over what is averaged: the examples, or all entries?",
            lambda p, t: 2 * (p - t) / p.size,
        ),
        Mistake("half kept", "What is the slope of half a square?", lambda p, t: 0.5 * (p - t) / len(p)),
        Mistake(
            "summed over the batch",
            "Each prediction has a gradient of its own.",
            lambda p, t: (p - t).sum(axis=0) / len(p),
        ),
        Mistake(
            "summed over the entries",
            "Each prediction has a gradient of its own.",
            lambda p, t: (p - t).sum(axis=1) / len(p),
        ),
        Mistake(
            "value instead of gradient",
            "The gradient has the shape of the prediction.",
            lambda p, t: 0.5 * np.sum((p - t) ** 2) / len(p),
        ),
        Mistake("still squared", "What is the slope of a square?", lambda p, t: (p - t) ** 2 / len(p)),
        Mistake(
            "sign only", "Should a large error pull harder than a small one?", lambda p, t: np.sign(p - t) / len(p)
        ),
        Mistake("target forgotten", "Where is the bottom of this loss?", lambda p, t: p / len(p)),
        Mistake("input modified in place", OWNER, _difference_in_place),
        *slips(squared_error_backward, backward=False),
    ),
    right=(
        lambda p, t: (p - t) / p.shape[0],
        lambda p, t: np.array([(a - b) / len(p) for a, b in zip(p, t, strict=True)]),
        lambda p, t: -(t - p) * (1.0 / len(t)),
        lambda p, t: np.subtract(p, t) / float(len(p)),
        lambda p, t: (p / len(p)) - (t / len(p)),
    ),
)


# --- entropy -------------------------------------------------------------------------------------------------------


def _plogq(p: Any, q: Any) -> float:
    """The sum of p log q with 0 log 0 = 0."""
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    used = p > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(p[used] * np.log(q[used])))


def entropy(p: Any) -> float:
    return 0.0 - _plogq(p, p)


def cross_entropy(p: Any, q: Any) -> float:
    return 0.0 - _plogq(p, q)


def kl_divergence(p: Any, q: Any) -> float:
    return _plogq(p, p) - _plogq(p, q)


def _distribution(rng: Generator, n: int) -> Any:
    return rng.dirichlet(np.full(n, 2.0)) * 0.9 + 0.1 / n


HALF, QUARTER = np.array([0.5, 0.5]), np.array([0.75, 0.25])


def _guarded(name: str, *args: Any, criterion: str = "values", label: str = "") -> Probe:
    return call(name, *args, criterion=criterion, label=label, scale=GUARD_ROOM)


def _entropy_probes(rng: Generator) -> list[Probe]:
    name = "entropy"
    found = [_guarded(name, HALF), *(_guarded(name, _distribution(rng, n)) for n in (2, 3, 5, 4))]
    found += [
        _guarded(name, np.full(8, 0.125), criterion="edges"),
        _guarded(name, read_only(QUARTER), criterion="edges"),
    ]
    sure = np.array([0.0, 1.0, 0.0])
    found += [_guarded(name, sure, criterion="edges", label="a sure outcome")]
    found += [_guarded(name, np.array([0.5, 0.0, 0.25, 0.25]), criterion="edges", label="an outcome with p = 0")]
    return [*found, _guarded(name, np.array([1.0]), criterion="edges")]


def _two_probes(name: str) -> Any:
    def probes(rng: Generator) -> list[Probe]:
        found = [_guarded(name, HALF, QUARTER)]
        found += [_guarded(name, _distribution(rng, n), _distribution(rng, n)) for n in (2, 3, 5, 4)]
        same = _distribution(rng, 3)
        found += [_guarded(name, same, same.copy(), criterion="edges", label="p equals q")]
        found += [
            _guarded(
                name,
                np.array([0.5, 0.5, 0.0]),
                np.array([0.25, 0.5, 0.25]),
                criterion="edges",
                label="an outcome with p = 0",
            )
        ]
        found += [
            _guarded(name, np.array([0.0, 1.0, 0.0]), np.array([0.2, 0.7, 0.1]), criterion="edges", label="one-hot p")
        ]
        found += [
            _guarded(name, np.array([0.5, 0.0, 0.5]), np.array([0.25, 0.0, 0.75]), criterion="edges", label="p = q = 0")
        ]
        return [*found, _guarded(name, read_only(QUARTER), read_only(HALF), criterion="edges")]

    return probes


ZERO = "What should 0 log 0 be? What does your computer make of it?"


def _zeros_overwritten(p: Any) -> Any:
    p[p == 0] = 1.0
    return -np.sum(p * np.log(p))


ENTROPY = Exercise(
    name="entropy",
    assignment=ASSIGNMENT,
    points=1,
    signature="(p)",
    reference=entropy,
    probes=_entropy_probes,
    mistakes=(
        Mistake("sign", "Logarithms of probabilities are negative. Can an uncertainty be?", lambda p: _plogq(p, p)),
        Mistake("logarithm to base 2", NATURAL, lambda p: entropy(p) / np.log(2)),
        Mistake("logarithm to base 10", NATURAL, lambda p: entropy(p) / np.log(10)),
        Mistake("0 log 0 is not a number", ZERO, lambda p: -np.sum(p * np.log(p))),
        Mistake("not weighted by p", "How often does each surprise happen?", lambda p: -np.sum(np.log(p[p > 0]))),
        Mistake("averaged", "The weights p already make it an average.", lambda p: entropy(p) / len(p)),
        Mistake("not summed", "One number for the distribution.", lambda p: -p * np.log(np.where(p > 0, p, 1.0))),
        Mistake(
            "1 - p counted too", "Each outcome appears once in the sum.", lambda p: entropy(p) - _plogq(1 - p, 1 - p)
        ),
        Mistake("sum of squares", "Which function measures surprise?", lambda p: 1 - np.sum(p**2)),
        Mistake(
            "guarded far too much",
            "The guard changes the values it was meant to protect.",
            lambda p: -np.sum(p * np.log(p + 0.01)),
        ),
        Mistake("input modified in place", OWNER, _zeros_overwritten),
        *slips(entropy, backward=False),
    ),
    right=(
        lambda p: -sum(v * np.log(v) for v in p if v > 0),
        lambda p: -np.sum(p * np.log(np.where(p > 0, p, 1.0))),
        lambda p: np.sum(p[p > 0] * -np.log(p[p > 0])),
        lambda p: -np.nansum(p * np.log(p)),
        lambda p: float(np.dot(p, -np.log(np.maximum(p, 1e-300)))),
        lambda p: -np.sum(p * np.log(p + 1e-15)),
        lambda p: -np.sum(p * np.log(p + 1e-7)),
    ),
)

CROSS = Exercise(
    name="cross_entropy",
    assignment=ASSIGNMENT,
    points=1,
    signature="(p, q)",
    reference=cross_entropy,
    probes=_two_probes("cross_entropy"),
    mistakes=(
        Mistake(
            "p and q exchanged",
            "Which distribution says how often something happens, and which how surprised you are?",
            lambda p, q: -np.sum(q * np.log(np.maximum(p, 1e-300))),
        ),
        Mistake("sign", "Logarithms of probabilities are negative.", lambda p, q: _plogq(p, q)),
        Mistake("entropy of p", "Where is q?", lambda p, q: entropy(p)),
        Mistake("entropy of q", "How often do the outcomes really happen?", lambda p, q: entropy(q)),
        Mistake("KL divergence", "That is how much is lost by using q. What is paid in all?", kl_divergence),
        Mistake("logarithm to base 2", NATURAL, lambda p, q: cross_entropy(p, q) / np.log(2)),
        Mistake("0 log 0 is not a number", ZERO, lambda p, q: -np.sum(p * np.log(q))),
        Mistake(
            "1 - p counted too",
            "Each outcome appears once in the sum.",
            lambda p, q: -_plogq(p, q) - _plogq(1 - p, np.maximum(1 - q, 1e-300)),
        ),
        Mistake("averaged", "The weights p already make it an average.", lambda p, q: cross_entropy(p, q) / len(p)),
        Mistake(
            "not summed", "One number for the two distributions.", lambda p, q: -p * np.log(np.where(p > 0, q, 1.0))
        ),
        Mistake("most likely outcome only", "The other outcomes happen too.", lambda p, q: -np.log(q[np.argmax(p)])),
        *slips(cross_entropy, backward=False),
    ),
    right=(
        lambda p, q: -sum(a * np.log(b) for a, b in zip(p, q, strict=True) if a > 0),
        lambda p, q: -np.sum(np.where(p > 0, p * np.log(np.maximum(q, 1e-300)), 0.0)),
        lambda p, q: entropy(p) + kl_divergence(p, q),
        lambda p, q: -np.dot(p[p > 0], np.log(q[p > 0])),
        lambda p, q: float(np.nansum(-p * np.log(q))),
        lambda p, q: -np.sum(p * np.log(np.clip(q, 1e-8, 1.0))),
    ),
)

KL = Exercise(
    name="kl_divergence",
    assignment=ASSIGNMENT,
    points=1,
    signature="(p, q)",
    reference=kl_divergence,
    probes=_two_probes("kl_divergence"),
    mistakes=(
        Mistake(
            "p and q exchanged",
            "D(p, q) is not D(q, p). Which one stands in front of the logarithm?",
            lambda p, q: _plogq(q, q) - np.sum(q * np.log(np.maximum(p, 1e-300))),
        ),
        Mistake(
            "sign",
            "Can a coding with the wrong distribution be cheaper than with the right one?",
            lambda p, q: -kl_divergence(p, q),
        ),
        Mistake("cross-entropy", "What would you have paid anyhow, with q = p?", cross_entropy),
        Mistake("logarithm to base 2", NATURAL, lambda p, q: kl_divergence(p, q) / np.log(2)),
        Mistake("0 log 0 is not a number", ZERO, lambda p, q: np.sum(p * np.log(p / q))),
        Mistake(
            "entropies subtracted",
            "H(q) weighs by q. How often do the outcomes really happen?",
            lambda p, q: entropy(q) - entropy(p),
        ),
        Mistake(
            "not weighted by p", "How often does each outcome happen?", lambda p, q: np.sum(np.log(p[p > 0] / q[p > 0]))
        ),
        Mistake(
            "ratio without the logarithm",
            "Which function turns a ratio of probabilities into a difference?",
            lambda p, q: np.sum(p[p > 0] * p[p > 0] / q[p > 0]),
        ),
        Mistake(
            "sum of differences",
            "Which function turns a ratio of probabilities into a difference?",
            lambda p, q: np.sum(np.abs(p - q)),
        ),
        Mistake(
            "symmetrised",
            "The docstring asks for one direction.",
            lambda p, q: 0.5 * (kl_divergence(p, q) + _plogq(q, q) - np.sum(q * np.log(np.maximum(p, 1e-300)))),
        ),
        Mistake("averaged", "The weights p already make it an average.", lambda p, q: kl_divergence(p, q) / len(p)),
        Mistake(
            "not summed",
            "One number for the two distributions.",
            lambda p, q: p * np.log(np.where(p > 0, p, 1.0) / np.where(p > 0, q, 1.0)),
        ),
        *slips(kl_divergence, backward=False),
    ),
    right=(
        lambda p, q: sum(a * np.log(a / b) for a, b in zip(p, q, strict=True) if a > 0),
        lambda p, q: cross_entropy(p, q) - entropy(p),
        lambda p, q: np.sum(p[p > 0] * (np.log(p[p > 0]) - np.log(q[p > 0]))),
        lambda p, q: -np.dot(p[p > 0], np.log(q[p > 0] / p[p > 0])),
        lambda p, q: float(np.nansum(p * np.log(p / q))),
        lambda p, q: np.sum(p * np.log((p + 1e-8) / (q + 1e-8))),
    ),
)


# --- softmax -------------------------------------------------------------------------------------------------------


def softmax_forward(logits: Any) -> Any:
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_backward(upstream: Any, logits: Any) -> Any:
    p = softmax_forward(logits)
    return p * (upstream - np.sum(p * upstream, axis=1, keepdims=True))


LARGE = np.array([[1000.0, 1001.0, 999.0], [-1000.0, 0.0, 1000.0], [-1e4, -1e4, -1e4]])


def _logit_probes(name: str, upstream: bool) -> Any:
    def probes(rng: Generator) -> list[Probe]:
        def one(shape: tuple[int, int], criterion: str = "values", spread: float = 1.5, make: Any = None) -> Probe:
            logits = away_from(rng, shape, spread=spread)
            arguments = (upstream_like(rng, shape), logits) if upstream else (logits,)
            return call(name, *(make(a) if make else a for a in arguments), criterion=criterion, scale=1.0)

        found = [one((1, 3)), one((3, 4)), one((4, 2)), one((2, 5)), one((3, 3))]
        found += [one((1, 4), "edges"), one((5, 2), "edges", 8.0), one((3, 2), "edges", make=read_only)]
        found += [
            one((3, 4), "edges", make=lambda a: a.astype(np.float32)),
            one((4, 3), "edges", make=np.asfortranarray),
        ]
        found += [one((3, 1), "edges")]
        g = upstream_like(rng, LARGE.shape)
        arguments = (g, LARGE) if upstream else (LARGE,)
        found.append(call(name, *arguments, criterion="edges", label="logits of 1000", scale=1.0))
        offset = away_from(rng, (2, 3)) + np.array([[800.0], [-900.0]])
        arguments = (upstream_like(rng, (2, 3)), offset) if upstream else (offset,)
        return [*found, call(name, *arguments, criterion="edges", label="rows far apart", scale=1.0)]

    return probes


def _softmax_of(shift: Any) -> Any:
    def forward(logits: Any) -> Any:
        e = np.exp(shift(logits))
        return e / e.sum(axis=1, keepdims=True)

    return forward


def _shifted_in_place(logits: Any) -> Any:
    logits -= logits.max(axis=1, keepdims=True)
    e = np.exp(logits)
    return e / e.sum(axis=1, keepdims=True)


def _sum_without_keepdims(logits: Any) -> Any:
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1)


def _no_keepdims(logits: Any) -> Any:
    e = np.exp(logits - logits.max(axis=1))
    return e / e.sum(axis=1)


SOFTMAX = Exercise(
    name="softmax_forward",
    assignment=ASSIGNMENT,
    points=2,
    signature="(logits)",
    reference=softmax_forward,
    probes=_logit_probes("softmax_forward", False),
    mistakes=(
        Mistake(
            "wrong axis",
            "Which sums should be 1: those of the rows, or of the columns?",
            lambda x: softmax_forward(x.T).T,
        ),
        Mistake(
            "over the whole array",
            "Each example has its own probabilities.",
            lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(),
        ),
        Mistake("overflow", STABLE, _softmax_of(lambda x: x)),
        Mistake(
            "largest logit of the whole array subtracted",
            "Two rows may lie far apart. What is left of the lower one?",
            _softmax_of(lambda x: x - x.max()),
        ),
        Mistake(
            "mean subtracted",
            "Is the largest exponent small now, for every row?",
            _softmax_of(lambda x: x - x.mean(axis=1, keepdims=True)),
        ),
        Mistake(
            "smallest logit subtracted",
            "Is the largest exponent small now, for every row?",
            _softmax_of(lambda x: x - x.min(axis=1, keepdims=True)),
        ),
        Mistake(
            "clipped",
            "The differences between the logits decide. What does clipping do to them?",
            _softmax_of(lambda x: np.clip(x, -500, 500)),
        ),
        Mistake("not normalised", "Do your rows sum to 1?", lambda x: np.exp(x - x.max(axis=1, keepdims=True))),
        Mistake(
            "logits normalised without exponential",
            "Can your probabilities be negative?",
            lambda x: x / x.sum(axis=1, keepdims=True),
        ),
        Mistake("sigmoid of each logit", "Do your rows sum to 1?", lambda x: 0.5 * (1 + np.tanh(x / 2))),
        Mistake(
            "sign of the exponent",
            "Which class should get the largest probability?",
            _softmax_of(lambda x: -x - (-x).max(axis=1, keepdims=True)),
        ),
        Mistake(
            "largest set to 1",
            "That is the class, not the probabilities.",
            lambda x: (x == x.max(axis=1, keepdims=True)) * 1.0,
        ),
        Mistake("logarithm of the probabilities", "Do your rows sum to 1?", lambda x: np.log(softmax_forward(x))),
        Mistake("input modified in place", OWNER, _shifted_in_place),
        Mistake("sum without keepdims", KEEPDIMS, _sum_without_keepdims),
        Mistake("largest and sum without keepdims", KEEPDIMS, _no_keepdims),
        Mistake("base 2", "Which base has the exponential?", lambda x: softmax_forward(x * np.log(2))),
        *slips(softmax_forward, backward=False),
    ),
    right=(
        lambda x: np.exp(
            x - x.max(1, keepdims=True) - np.log(np.exp(x - x.max(1, keepdims=True)).sum(1, keepdims=True))
        ),
        lambda x: np.array([np.exp(r - max(r)) / sum(np.exp(v - max(r)) for v in r) for r in x]),
        lambda x: np.exp(x - np.logaddexp.reduce(x, axis=1)[:, None]),
        lambda x: softmax_forward(x - x[:, :1]) if np.abs(x - x[:, :1]).max() < 50 else softmax_forward(x),
        lambda x: (np.exp(x.T - x.max(axis=1)) / np.exp(x.T - x.max(axis=1)).sum(axis=0)).T,
        lambda x: 1 / np.exp(x[:, None, :] - x[:, :, None]).sum(axis=2),
    ),
)


def _jacobian_rows(g: Any, x: Any) -> Any:
    rows = []
    for upstream, p in zip(g, softmax_forward(x), strict=True):
        rows.append((np.diag(p) - np.outer(p, p)) @ upstream)
    return np.array(rows)


def _upstream_centred(upstream: Any, logits: Any) -> Any:
    p = softmax_forward(logits)
    upstream -= np.sum(p * upstream, axis=1, keepdims=True)
    return p * upstream


SOFTMAX_BACK = Exercise(
    name="softmax_backward",
    assignment=ASSIGNMENT,
    points=3,
    signature="(upstream, logits)",
    reference=softmax_backward,
    forward="softmax_forward",
    forward_reference=softmax_forward,
    functions=("softmax_backward", "softmax_forward"),
    probes=_logit_probes("softmax_backward", True),
    mistakes=(
        Mistake(
            "diagonal of the Jacobian only",
            "Raise one logit: do the other probabilities stay where they are?",
            lambda g, x: g * softmax_forward(x) * (1 - softmax_forward(x)),
        ),
        Mistake(
            "row sum forgotten",
            "Raise one logit: do the other probabilities stay where they are?",
            lambda g, x: g * softmax_forward(x),
        ),
        Mistake(
            "summed over the batch",
            "Along which axis do the probabilities of one example lie?",
            lambda g, x: softmax_forward(x) * (g - np.sum(softmax_forward(x) * g, axis=0, keepdims=True)),
        ),
        Mistake(
            "summed over everything",
            "Each example has its own probabilities.",
            lambda g, x: softmax_forward(x) * (g - np.sum(softmax_forward(x) * g)),
        ),
        Mistake(
            "sum without the probabilities",
            "In the sum, each upstream gradient is weighed by what?",
            lambda g, x: softmax_forward(x) * (g - np.sum(g, axis=1, keepdims=True)),
        ),
        Mistake(
            "mean in place of the weighted sum",
            "In the sum, each upstream gradient is weighed by what?",
            lambda g, x: softmax_forward(x) * (g - np.mean(g, axis=1, keepdims=True)),
        ),
        Mistake(
            "sum not multiplied by the probabilities",
            "Both terms belong inside the bracket.",
            lambda g, x: softmax_forward(x) * g - np.sum(softmax_forward(x) * g, axis=1, keepdims=True),
        ),
        Mistake(
            "sign of the sum",
            "Adding the same number to all logits changes nothing. What must each row of your gradient sum to?",
            lambda g, x: softmax_forward(x) * (g + np.sum(softmax_forward(x) * g, axis=1, keepdims=True)),
        ),
        Mistake(
            "logits instead of probabilities",
            "The Jacobian is written with the gate's output.",
            lambda g, x: x * (g - np.sum(x * g, axis=1, keepdims=True)),
        ),
        Mistake(
            "softmax applied twice",
            "The Jacobian is written with the gate's output, once.",
            lambda g, x: softmax_backward(g, softmax_forward(x)),
        ),
        Mistake(
            "overflow",
            STABLE,
            lambda g, x: (lambda p: p * (g - np.sum(p * g, axis=1, keepdims=True)))(_softmax_of(lambda v: v)(x)),
        ),
        Mistake(
            "cross-entropy's short cut",
            "p - y is the gradient of softmax and cross-entropy together. Here the upstream gradient is any.",
            lambda g, x: softmax_forward(x) - g,
        ),
        Mistake("softmax over the wrong axis", "Each row is an example.", lambda g, x: softmax_backward(g.T, x.T).T),
        Mistake(
            "sum without keepdims",
            KEEPDIMS,
            lambda g, x: softmax_forward(x) * (g - np.sum(softmax_forward(x) * g, axis=1)),
        ),
        Mistake("input modified in place", OWNER, _upstream_centred),
        *slips(softmax_backward, backward=True),
    ),
    right=(
        _jacobian_rows,
        lambda g, x: (
            softmax_forward(x) * g - softmax_forward(x) * np.einsum("ij,ij->i", softmax_forward(x), g)[:, None]
        ),
        lambda g, x: np.array([p * (u - np.dot(p, u)) for p, u in zip(softmax_forward(x), g, strict=True)]),
        lambda g, x: (lambda p: p * g - p * (p * g).sum(1, keepdims=True))(
            np.exp(x - np.logaddexp.reduce(x, axis=1)[:, None])
        ),
        lambda g, x: np.einsum(
            "ijk,ij->ik",
            np.eye(x.shape[1]) * softmax_forward(x)[:, :, None]
            - softmax_forward(x)[:, :, None] * softmax_forward(x)[:, None, :],
            g,
        ),
    ),
)


# --- softmax cross-entropy -----------------------------------------------------------------------------------------


def _log_softmax(logits: Any) -> Any:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def softmax_cross_entropy_forward(logits: Any, labels: Any) -> float:
    return 0.0 - float(np.mean(_log_softmax(logits)[np.arange(len(labels)), labels]))


def _onehot(logits: Any, labels: Any) -> Any:
    return np.eye(logits.shape[1])[labels]


def softmax_cross_entropy_backward(logits: Any, labels: Any) -> Any:
    return (softmax_forward(logits) - _onehot(logits, labels)) / len(labels)


def _label_probes(name: str) -> Any:
    def probes(rng: Generator) -> list[Probe]:
        def one(batch: int, classes: int, criterion: str = "values", spread: float = 1.5, make: Any = None) -> Probe:
            labels = np.arange(batch) % classes
            rng.shuffle(labels)
            logits = away_from(rng, (batch, classes), spread=spread)
            pair = (make(logits), read_only(labels) if make is read_only else labels) if make else (logits, labels)
            return call(name, *pair, criterion=criterion, scale=GUARD_ROOM if criterion == "values" else None)

        wrong, labels = np.array([[1000.0, -1000.0, 0.0], [5.0, 1000.0, 999.0]]), np.array([1, 1])
        found = [call(name, np.array([[2.0, 1.0, 0.1]]), np.array([0]), scale=GUARD_ROOM)]
        found += [call(name, wrong, labels, criterion="edges", label="sure and wrong")]
        found += [one(5, 3), one(3, 4), one(6, 2), one(4, 4), one(1, 3, "edges"), one(4, 3, "edges", 9.0)]
        found += [one(3, 2, "edges", make=read_only), one(4, 3, "edges", make=lambda a: a.astype(np.float32))]
        found += [call(name, np.zeros((2, 5)), np.array([4, 1]), criterion="edges", label="all logits equal")]
        right, labels = np.array([[1000.0, 0.0], [-1e4, 1e4]]), np.array([0, 1])
        return [*found, call(name, right, labels, criterion="edges", label="sure and right", scale=1.0)]

    return probes


SCE = Exercise(
    name="softmax_cross_entropy_forward",
    assignment=ASSIGNMENT,
    points=2,
    signature="(logits, labels)",
    reference=softmax_cross_entropy_forward,
    probes=_label_probes("softmax_cross_entropy_forward"),
    mistakes=(
        Mistake("logarithm of 0", STABLE, lambda z, y: -np.mean(np.log(softmax_forward(z)[np.arange(len(y)), y]))),
        Mistake(
            "overflow", STABLE, lambda z, y: -np.mean(np.log(np.exp(z)[np.arange(len(y)), y] / np.exp(z).sum(axis=1)))
        ),
        *(
            Mistake(
                "guarded, and cut off",
                CUT_OFF,
                lambda z, y, guard=guard: -np.mean(np.log(guard(softmax_forward(z)[np.arange(len(y)), y]))),
                symptom=_cut_off(0.41703002),
            )
            for guard in GUARDS
        ),
        Mistake("sum instead of mean", WHO_DIVIDES, lambda z, y: softmax_cross_entropy_forward(z, y) * len(y)),
        Mistake(
            "averaged over the classes too", WHO_DIVIDES, lambda z, y: softmax_cross_entropy_forward(z, y) / z.shape[1]
        ),
        Mistake("sign", "Logarithms of probabilities are negative.", lambda z, y: -softmax_cross_entropy_forward(z, y)),
        Mistake(
            "logarithm to base 2", "Which logarithm?", lambda z, y: softmax_cross_entropy_forward(z, y) / np.log(2)
        ),
        Mistake(
            "logarithm forgotten",
            "A probability near 0 should cost much.",
            lambda z, y: -np.mean(softmax_forward(z)[np.arange(len(y)), y]),
        ),
        Mistake(
            "softmax forgotten", "Logits are no probabilities yet.", lambda z, y: -np.mean(z[np.arange(len(y)), y])
        ),
        Mistake(
            "most likely class instead of the true one",
            "Which class does the label name?",
            lambda z, y: -np.mean(_log_softmax(z).max(axis=1)),
        ),
        Mistake(
            "whole columns picked",
            "probabilities[:, labels] is a matrix. Which entries of it did you want?",
            lambda z, y: -np.mean(_log_softmax(z)[:, y]),
        ),
        Mistake(
            "labels used as weights",
            "A label is a name, not a size.",
            lambda z, y: -np.mean(_log_softmax(z) * y[:, None]),
        ),
        Mistake(
            "summed over all classes",
            "Which class does the label name?",
            lambda z, y: -np.sum(_log_softmax(z)) / len(y),
        ),
        Mistake(
            "one loss per example",
            "One number for the whole batch.",
            lambda z, y: -_log_softmax(z)[np.arange(len(y)), y],
        ),
        Mistake(
            "softmax applied twice",
            "Logits go in, probabilities come out, once.",
            lambda z, y: softmax_cross_entropy_forward(softmax_forward(z), y),
        ),
        Mistake(
            "softmax over the wrong axis",
            "Each row is an example.",
            lambda z, y: -np.mean(_log_softmax(z.T).T[np.arange(len(y)), y]),
        ),
        Mistake(
            "other classes counted too",
            "That is the binary cross-entropy of each class.",
            lambda z, y: (
                -np.mean(
                    np.sum(
                        _onehot(z, y) * np.log(softmax_forward(z) + 1e-300)
                        + (1 - _onehot(z, y)) * np.log(1 - softmax_forward(z) + 1e-300),
                        axis=1,
                    )
                )
            ),
        ),
        *slips(softmax_cross_entropy_forward, backward=False),
    ),
    right=(
        lambda z, y: np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]),
        lambda z, y: (
            sum(np.log(np.sum(np.exp(r - r.max()))) + r.max() - r[k] for r, k in zip(z, y, strict=True)) / len(y)
        ),
        lambda z, y: -np.sum(_onehot(z, y) * _log_softmax(z)) / len(z),
        lambda z, y: -np.mean(np.take_along_axis(_log_softmax(z), y[:, None], axis=1)),
        lambda z, y: np.mean([np.logaddexp.reduce(r - r[k]) for r, k in zip(z, y, strict=True)]),
        lambda z, y: -np.einsum("nk,nk->", _onehot(z, y), _log_softmax(z)) / z.shape[0],
    ),
)


def _subtracted_from_labels(z: Any, y: Any) -> Any:
    p = softmax_forward(z)
    p[:, y] -= 1
    return p / len(y)


def _in_place(z: Any, y: Any) -> Any:
    p = softmax_forward(z)
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    return p


def _logits_overwritten(z: Any, y: Any) -> Any:
    z -= z.max(axis=1, keepdims=True)
    p = softmax_forward(z)
    p[np.arange(len(y)), y] -= 1
    return p / len(y)


def _row_by_row(z: Any, y: Any) -> Any:
    found = np.zeros(z.shape)
    for i, (row, k) in enumerate(zip(softmax_forward(z), y, strict=True)):
        for j in range(len(row)):
            found[i, j] = (row[j] - (j == k)) / len(y)
    return found


SCE_BACK = Exercise(
    name="softmax_cross_entropy_backward",
    assignment=ASSIGNMENT,
    points=2,
    signature="(logits, labels)",
    reference=softmax_cross_entropy_backward,
    forward="softmax_cross_entropy_forward",
    forward_reference=softmax_cross_entropy_forward,
    functions=("softmax_cross_entropy_backward", "softmax_cross_entropy_forward"),
    probes=_label_probes("softmax_cross_entropy_backward"),
    mistakes=(
        Mistake(
            "label minus probability",
            "Raise the true class's logit: does the loss rise or fall?",
            lambda z, y: -softmax_cross_entropy_backward(z, y),
        ),
        Mistake("not divided by the batch", WHO_DIVIDES, lambda z, y: softmax_cross_entropy_backward(z, y) * len(y)),
        Mistake("divided by the batch twice", WHO_DIVIDES, lambda z, y: softmax_cross_entropy_backward(z, y) / len(y)),
        Mistake(
            "divided by the classes too", WHO_DIVIDES, lambda z, y: softmax_cross_entropy_backward(z, y) / z.shape[1]
        ),
        Mistake("probabilities only", "What happens at the true class?", lambda z, y: softmax_forward(z) / len(y)),
        Mistake(
            "true class only",
            "Raising another class's logit lowers the true one's probability.",
            lambda z, y: (softmax_forward(z) - 1) * _onehot(z, y) / len(y),
        ),
        Mistake(
            "1 subtracted from whole columns",
            "p[:, labels] names whole columns. Which entries did you want?",
            _subtracted_from_labels,
        ),
        Mistake(
            "labels subtracted as numbers",
            "A label is a name, not a size.",
            lambda z, y: (softmax_forward(z) - y[:, None]) / len(y),
        ),
        Mistake(
            "times p (1 - p)",
            "That factor belongs to the sigmoid with the squared error.",
            lambda z, y: softmax_cross_entropy_backward(z, y) * softmax_forward(z) * (1 - softmax_forward(z)),
        ),
        Mistake(
            "gradient for the probabilities",
            "That is one link short: logits, probabilities, loss.",
            lambda z, y: -_onehot(z, y) / softmax_forward(z) / len(y),
        ),
        Mistake(
            "logits instead of probabilities",
            "Logits are no probabilities yet.",
            lambda z, y: (z - _onehot(z, y)) / len(y),
        ),
        Mistake(
            "softmax over the wrong axis",
            "Each row is an example.",
            lambda z, y: (softmax_forward(z.T).T - _onehot(z, y)) / len(y),
        ),
        Mistake("overflow", STABLE, lambda z, y: (_softmax_of(lambda v: v)(z) - _onehot(z, y)) / len(y)),
        Mistake(
            "softmax applied twice",
            "Logits go in, probabilities come out, once.",
            lambda z, y: (softmax_forward(softmax_forward(z)) - _onehot(z, y)) / len(y),
        ),
        Mistake(
            "summed over the batch",
            "Each logit has a gradient of its own.",
            lambda z, y: softmax_cross_entropy_backward(z, y).sum(axis=0),
        ),
        Mistake("input modified in place", OWNER, _logits_overwritten),
        Mistake(
            "every row given every label",
            "How many entries of each row should change?",
            lambda z, y: (softmax_forward(z) - _onehot(z, y).sum(axis=0)) / len(y),
        ),
        *slips(softmax_cross_entropy_backward, backward=False),
    ),
    right=(
        _in_place,
        _row_by_row,
        lambda z, y: (np.exp(_log_softmax(z)) - (np.arange(z.shape[1]) == y[:, None])) / z.shape[0],
        lambda z, y: (
            softmax_backward(-_onehot(z, y) / np.maximum(softmax_forward(z), 1e-300), z) / len(y)
            if np.abs(z).max() < 100
            else softmax_cross_entropy_backward(z, y)
        ),
        lambda z, y: np.stack([(p - np.eye(len(p))[k]) / len(y) for p, k in zip(softmax_forward(z), y, strict=True)]),
    ),
)


# --- binary cross-entropy ------------------------------------------------------------------------------------------


def binary_cross_entropy_forward(logits: Any, targets: Any) -> float:
    return float(np.mean(np.logaddexp(0.0, logits) - targets * logits))


def _sigmoid(x: Any) -> Any:
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x)))


def binary_cross_entropy_backward(logits: Any, targets: Any) -> Any:
    return (_sigmoid(logits) - targets) / len(logits)


def _binary_probes(name: str) -> Any:
    def probes(rng: Generator) -> list[Probe]:
        def one(n: int, criterion: str = "values", spread: float = 1.5, make: Any = None) -> Probe:
            targets = (np.arange(n) % 2).astype(float)
            rng.shuffle(targets)
            pair = away_from(rng, (n,), spread=spread), targets
            scale = GUARD_ROOM if criterion == "values" else None
            return call(name, *(make(a) if make else a for a in pair), criterion=criterion, scale=scale)

        sure = np.array([1000.0, -1000.0, 1000.0, -1e4])
        found = [call(name, np.array([0.5]), np.array([1.0]), scale=GUARD_ROOM)]
        found += [call(name, sure, np.array([0.0, 1.0, 1.0, 0.0]), criterion="edges", label="logits of 1000")]
        found += [one(5), one(4), one(7), one(3), one(4, "edges", 4.0), one(6, "edges", 12.0)]
        found += [call(name, np.array([0.5]), np.array([0.0]), criterion="edges")]
        found += [one(4, "edges", make=read_only), one(5, "edges", make=lambda a: a.astype(np.float32))]
        whole, between = np.array([0, 1, 1, 0]), np.array([0.3, 0.9, 0.5])
        found += [call(name, away_from(rng, (4,)), whole, criterion="edges", label="targets in whole numbers")]
        found += [call(name, away_from(rng, (3,)), between, criterion="edges", label="targets between 0 and 1")]
        right = np.array([1.0, 0.0, 1.0, 0.0])
        return [*found, call(name, sure, right, criterion="edges", label="sure and right", scale=1.0)]

    return probes


def _on_probabilities(loss: Any) -> Any:
    return lambda z, t: float(np.mean(loss(_sigmoid(z), t)))


BCE = Exercise(
    name="binary_cross_entropy_forward",
    assignment=ASSIGNMENT,
    points=2,
    signature="(logits, targets)",
    reference=binary_cross_entropy_forward,
    probes=_binary_probes("binary_cross_entropy_forward"),
    mistakes=(
        Mistake("logarithm of 0", STABLE, _on_probabilities(lambda a, t: -(t * np.log(a) + (1 - t) * np.log(1 - a)))),
        Mistake("overflow", STABLE, lambda z, t: np.mean(np.log(1 + np.exp(z)) - t * z)),
        *(
            Mistake(
                "guarded, and cut off",
                CUT_OFF,
                _on_probabilities(lambda a, t, guard=guard: -(t * np.log(guard(a)) + (1 - t) * np.log(guard(1 - a)))),
                symptom=_cut_off(0.47407698),
            )
            for guard in GUARDS
        ),
        Mistake(
            "targets exchanged",
            "At target 1, is a large logit good or bad?",
            lambda z, t: binary_cross_entropy_forward(z, 1 - t),
        ),
        Mistake("sum instead of mean", WHO_DIVIDES, lambda z, t: binary_cross_entropy_forward(z, t) * len(z)),
        Mistake("sign", "Logarithms of probabilities are negative.", lambda z, t: -binary_cross_entropy_forward(z, t)),
        Mistake(
            "second term forgotten", "What does a target of 0 cost?", lambda z, t: np.mean(t * np.logaddexp(0, -z))
        ),
        Mistake(
            "first term forgotten", "What does a target of 1 cost?", lambda z, t: np.mean((1 - t) * np.logaddexp(0, z))
        ),
        Mistake(
            "sign between the terms",
            "Both terms are costs.",
            lambda z, t: np.mean(t * np.logaddexp(0, -z) - (1 - t) * np.logaddexp(0, z)),
        ),
        Mistake(
            "sigmoid forgotten",
            "Logits are no probabilities yet.",
            lambda z, t: -np.mean(t * np.log(z) + (1 - t) * np.log(1 - z)),
        ),
        Mistake(
            "sigmoid applied twice",
            "Logits go in, probabilities come out, once.",
            lambda z, t: binary_cross_entropy_forward(_sigmoid(z), t),
        ),
        Mistake("logarithm to base 2", "Which logarithm?", lambda z, t: binary_cross_entropy_forward(z, t) / np.log(2)),
        Mistake("squared error", "That is another loss.", _on_probabilities(lambda a, t: 0.5 * (a - t) ** 2)),
        Mistake("one loss per example", "One number for the whole batch.", lambda z, t: np.logaddexp(0, z) - t * z),
        *slips(binary_cross_entropy_forward, backward=False),
    ),
    right=(
        lambda z, t: np.mean(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))),
        lambda z, t: (
            sum(b * np.logaddexp(0, -a) + (1 - b) * np.logaddexp(0, a) for a, b in zip(z, t, strict=True)) / len(z)
        ),
        lambda z, t: np.mean(t * np.logaddexp(0, -z) + (1 - t) * np.logaddexp(0, z)),
        lambda z, t: np.sum(np.logaddexp(-t * z, (1 - t) * z)) / z.size,
        lambda z, t: np.mean(
            np.where(z > 0, z - z * t + np.log1p(np.exp(-np.abs(z))), -z * t + np.log1p(np.exp(-np.abs(z))))
        ),
    ),
)


def _sigmoid_in_place(logits: Any, targets: Any) -> Any:
    logits[...] = _sigmoid(logits)
    return (logits - targets) / len(logits)


BCE_BACK = Exercise(
    name="binary_cross_entropy_backward",
    assignment=ASSIGNMENT,
    points=1,
    signature="(logits, targets)",
    reference=binary_cross_entropy_backward,
    forward="binary_cross_entropy_forward",
    forward_reference=binary_cross_entropy_forward,
    functions=("binary_cross_entropy_backward", "binary_cross_entropy_forward"),
    probes=_binary_probes("binary_cross_entropy_backward"),
    mistakes=(
        Mistake(
            "target minus probability",
            "At target 1, does raising the logit raise the loss?",
            lambda z, t: (t - _sigmoid(z)) / len(z),
        ),
        Mistake("not divided by the batch", WHO_DIVIDES, lambda z, t: _sigmoid(z) - t),
        Mistake("divided by the batch twice", WHO_DIVIDES, lambda z, t: (_sigmoid(z) - t) / len(z) ** 2),
        Mistake(
            "slope of the sigmoid kept",
            "With this loss a factor cancels. That factor belongs to the squared error.",
            lambda z, t: (_sigmoid(z) - t) * _sigmoid(z) * (1 - _sigmoid(z)) / len(z),
        ),
        Mistake(
            "gradient for the probability",
            "That is one link short: logit, probability, loss.",
            lambda z, t: (_sigmoid(z) - t) / (_sigmoid(z) * (1 - _sigmoid(z))) / len(z),
        ),
        Mistake(
            "0 times infinity",
            STABLE,
            lambda z, t: (-t / _sigmoid(z) + (1 - t) / (1 - _sigmoid(z))) * _sigmoid(z) * (1 - _sigmoid(z)) / len(z),
        ),
        Mistake("sigmoid forgotten", "Logits are no probabilities yet.", lambda z, t: (z - t) / len(z)),
        Mistake(
            "sigmoid applied twice",
            "Logits go in, probabilities come out, once.",
            lambda z, t: (_sigmoid(_sigmoid(z)) - t) / len(z),
        ),
        Mistake("targets forgotten", "Where is the bottom of this loss?", lambda z, t: _sigmoid(z) / len(z)),
        Mistake(
            "targets exchanged",
            "At target 1, is a large logit good or bad?",
            lambda z, t: (_sigmoid(z) - 1 + t) / len(z),
        ),
        Mistake(
            "first term only",
            "What does the loss of a target of 0 ask for?",
            lambda z, t: -t * _sigmoid(-z) / len(z),
        ),
        Mistake(
            "second term only",
            "What does the loss of a target of 1 ask for?",
            lambda z, t: (1 - t) * _sigmoid(z) / len(z),
        ),
        Mistake(
            "inner minus of 1 - a forgotten",
            "What is the slope of log(1 - a)? Mind what is inside.",
            lambda z, t: (-t * _sigmoid(-z) - (1 - t) * _sigmoid(z)) / len(z),
        ),
        Mistake("input modified in place", OWNER, _sigmoid_in_place),
        Mistake("infinity divided by infinity", STABLE, lambda z, t: (np.exp(z) / (1 + np.exp(z)) - t) / len(z)),
        Mistake(
            "summed over the batch",
            "Each logit has a gradient of its own.",
            lambda z, t: np.sum(_sigmoid(z) - t) / len(z),
        ),
        *slips(binary_cross_entropy_backward, backward=False),
    ),
    right=(
        lambda z, t: (1 / (1 + np.exp(-z)) - t) / len(z),
        lambda z, t: np.array([(_sigmoid(a) - b) / len(z) for a, b in zip(z, t, strict=True)]),
        lambda z, t: (np.exp(-np.logaddexp(0, -z)) - t) / z.size,
        lambda z, t: ((1 - t) * _sigmoid(z) - t * _sigmoid(-z)) / len(z),
        lambda z, t: np.mean(np.diag(_sigmoid(z) - t), axis=0),
    ),
)


EXERCISES = (SQUARED, SQUARED_BACK, ENTROPY, CROSS, KL, SOFTMAX, SOFTMAX_BACK, SCE, SCE_BACK, BCE, BCE_BACK)
