"""Digits where they are easily lost: the tails of functions and losses, against exact values and PyTorch."""

import warnings

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn_lib
from nn_lib import (
    ACTIVATIONS,
    MLP,
    BinaryCrossEntropy,
    NegativeLogLikelihood,
    SoftmaxCrossEntropy,
    cross_entropy,
    entropy,
    kl_divergence,
    log_sigmoid,
    sigmoid,
    softmax,
)

mpmath.mp.dps = 60
DTYPES = [np.float32, np.float64]


def exact_sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def kept_by(x, alpha=1):
    return (x, 1) if x > 0 else (alpha * mpmath.expm1(x), alpha * mpmath.exp(x))


EXACT = {  # value and slope
    "sigmoid": lambda x: (exact_sigmoid(x), exact_sigmoid(x) * exact_sigmoid(-x)),
    "tanh": lambda x: (mpmath.tanh(x), mpmath.sech(x) ** 2),
    "softplus": lambda x: (mpmath.log1p(mpmath.exp(x)), exact_sigmoid(x)),
    "softsign": lambda x: (x / (1 + abs(x)), 1 / (1 + abs(x)) ** 2),
    "elu": kept_by,
}


def close_to(exact, dtype, ulps=16):
    """Relative to the value itself, but for what is too small for the dtype to hold all its digits."""
    tiny = float(np.finfo(dtype).tiny)
    return pytest.approx(float(exact), rel=ulps * float(np.finfo(dtype).eps), abs=tiny)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", EXACT)
@settings(max_examples=60, deadline=None)
@given(x=st.floats(-700, 700, width=32))
def test_activations_and_slopes_keep_their_digits_in_both_tails(name, dtype, x):
    gate = ACTIVATIONS[name]()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = gate.forward(np.array([x], dtype))[0]
        slope = gate.backward(np.ones(1, dtype))[0]
        alone = gate.forward(float(x)), gate.backward(1.0)
    value, exact = EXACT[name](mpmath.mpf(float(x)))
    assert float(y) == close_to(value, dtype)
    # x times the rounding of x: an exponential of it cannot do better.
    assert float(slope) == close_to(exact, dtype, 16 + 4 * abs(x))
    assert alone == (close_to(value, np.float64), close_to(exact, np.float64, 16 + 4 * abs(x)))


@pytest.mark.parametrize(("x", "y"), [(-40.0, 4.248354255291589e-18), (-20.0, 2.061153618190204e-9), (40.0, 1.0)])
def test_sigmoid_by_the_numbers(x, y):
    assert sigmoid(x) == pytest.approx(y, rel=1e-15)
    assert sigmoid(np.array([x], np.float32))[0] == pytest.approx(y, rel=1e-6)
    assert nn_lib.log(sigmoid(np.array([-x])))[0] == pytest.approx(-np.logaddexp(0, x), abs=1e-16)


@pytest.mark.parametrize("x", [-1e4, -745.0, -40.0, -1e-9, 0.0, 3.0, 40.0, 700.0])
def test_the_logarithm_of_a_sigmoid_is_never_that_of_0(x):
    exact = -mpmath.log1p(mpmath.exp(-mpmath.mpf(x)))
    assert log_sigmoid(x) == close_to(exact, np.float64)
    graph = nn_lib.ComputationalGraph(log_sigmoid(nn_lib.Input("x")))
    graph.forward(x=x)
    assert graph.backward()["x"] == close_to(exact_sigmoid(-mpmath.mpf(x)), np.float64, 16 + 4 * abs(x))


def exact_losses(logits, labels):
    rows = []
    for row, label in zip(logits, labels, strict=True):
        e = [mpmath.exp(mpmath.mpf(float(z))) for z in row]
        rows.append((mpmath.log(sum(e) / e[label]), [(v - (k == label) * sum(e)) / sum(e) for k, v in enumerate(e)]))
    return rows


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=60, deadline=None)
@given(
    gap=st.floats(-60, 60, width=32),
    other=st.floats(-30, 30, width=32),
    label=st.integers(0, 2),
    shift=st.sampled_from([0.0, 500.0]),
)
def test_a_softmax_cross_entropy_and_its_gradient_keep_their_digits(dtype, gap, other, label, shift):
    logits = np.array([[gap, 0.0, other]], dtype) + dtype(shift)
    gate = SoftmaxCrossEntropy()
    loss = gate.forward(logits, np.array([label]))
    ((value, gradient),) = exact_losses(logits, [label])
    assert float(loss) == close_to(value, dtype, 16 + 200)
    for ours, exact in zip(gate.backward()[0][0], gradient, strict=True):
        assert float(ours) == close_to(exact, dtype, 300)


def test_a_sure_right_answer_costs_what_is_left_of_doubt():
    for logits, label in (([[40.0, 0.0]], 0), ([[0.0, 40.0]], 1), ([[0.0, 0.0, 45.0]], 2)):
        loss = nn_lib.softmax_cross_entropy(np.array(logits), np.array([label]))
        one_hot = nn_lib.softmax_cross_entropy(np.array(logits), np.eye(len(logits[0]))[[label]])
        exact = exact_losses(logits, [label])[0][0]
        assert loss == one_hot == close_to(exact, np.float64)


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=60, deadline=None)
@given(logit=st.floats(-300, 300, width=32), y=st.sampled_from([0.0, 0.25, 1.0]))
def test_a_binary_cross_entropy_and_its_gradient_keep_their_digits(dtype, logit, y):
    gate, z = BinaryCrossEntropy(), mpmath.mpf(float(dtype(logit)))
    loss = float(gate.forward(np.array([logit], dtype), np.array([y], dtype)))
    exact = y * mpmath.log1p(mpmath.exp(-z)) + (1 - y) * mpmath.log1p(mpmath.exp(z))
    assert loss == close_to(exact, dtype, 16)
    slope = (1 - y) * exact_sigmoid(z) - y * exact_sigmoid(-z)
    # Where y is soft, p - y is small only where it truly cancels.
    room = 16 + 4 * abs(logit) if y in (0.0, 1.0) else (16 + 4 * abs(logit)) / max(1e-6, abs(float(slope)))
    assert float(gate.backward()[0][0]) == close_to(slope, dtype, room)


def test_nothing_is_minus_nothing():
    sure = [1.0, 0.0]
    for value in (
        entropy(sure),
        cross_entropy(sure, sure),
        kl_divergence(sure, sure),
        kl_divergence([0.5, 0.5], [0.5, 0.5]),
        nn_lib.negative_log_likelihood(np.array([sure]), np.array([0])),
        nn_lib.softmax_cross_entropy(np.array([[900.0, 0.0]]), np.array([0])),
        nn_lib.softmax_cross_entropy(np.array([[900.0, 0.0]]), np.array([sure])),
        nn_lib.binary_cross_entropy(np.array([900.0, -900.0]), np.array([1.0, 0.0])),
        nn_lib.squared_error(np.zeros(2), np.zeros(2)),
    ):
        assert str(float(value)) == "0.0"


SOFT = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0], [0.0, 0.1, 0.9], [1 / 3, 1 / 3, 1 / 3]])
LOGITS = np.random.default_rng(4).normal(size=(4, 3)) * 3
WEIGHTS = [0.5, 2.0, 3.0]


def of_torch(torch, logits, targets, weights=None, reduction="mean"):
    tensor = torch.tensor(logits, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(
        tensor,
        torch.tensor(targets),
        weight=None if weights is None else torch.tensor(weights, dtype=tensor.dtype),
        reduction=reduction,
    )
    loss.backward()
    return loss.item(), tensor.grad.numpy()


@pytest.mark.parametrize(
    "targets", [SOFT, np.eye(3)[[0, 2, 1, 1]], np.array([0, 2, 1, 1])], ids=["soft", "hot", "labels"]
)
def test_targets_of_every_kind_agree_with_pytorch(torch, targets):
    value, gradient = of_torch(torch, LOGITS, targets)
    gate = SoftmaxCrossEntropy()
    assert gate.forward(LOGITS, targets) == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(gate.backward()[0], gradient, rtol=1e-10, atol=1e-14)
    likelihood = NegativeLogLikelihood()
    assert likelihood.forward(softmax(LOGITS), targets) == pytest.approx(value, rel=1e-12)


def test_class_weights_agree_with_pytorch_and_do_not_ask_how_targets_are_written(torch):
    labels = np.array([0, 2, 1, 1])
    value, gradient = of_torch(torch, LOGITS, labels, WEIGHTS)
    for targets in (labels, np.eye(3)[labels], np.eye(3, dtype=int)[labels]):
        gate = SoftmaxCrossEntropy(WEIGHTS)
        assert gate.forward(LOGITS, targets) == pytest.approx(value, rel=1e-12)
        np.testing.assert_allclose(gate.backward()[0], gradient, rtol=1e-10, atol=1e-14)
        assert NegativeLogLikelihood(WEIGHTS).forward(softmax(LOGITS), targets) == pytest.approx(value, rel=1e-12)
    # Of soft targets PyTorch takes the sum, and divides by the examples; here the weights' sum divides, as for labels.
    total, of_sum = of_torch(torch, LOGITS, SOFT, WEIGHTS, reduction="sum")
    weight, gate = float((SOFT * WEIGHTS).sum()), SoftmaxCrossEntropy(WEIGHTS)
    assert gate.forward(LOGITS, SOFT) == pytest.approx(total / weight, rel=1e-12)
    np.testing.assert_allclose(gate.backward()[0], of_sum / weight, rtol=1e-10, atol=1e-14)


def test_binary_class_weights_are_those_of_two_classes():
    z, y = np.array([0.3, -2.0, 4.0]), np.array([1.0, 0.0, 0.25])
    gate = BinaryCrossEntropy([0.5, 2.0])
    two, both = np.stack([np.zeros(3), z], axis=1), np.stack([1 - y, y], axis=1)
    other = SoftmaxCrossEntropy([0.5, 2.0])
    assert gate.forward(z, y) == pytest.approx(other.forward(two, both), rel=1e-12)
    np.testing.assert_allclose(gate.backward()[0], other.backward()[0][:, 1], rtol=1e-12)
    assert BinaryCrossEntropy([3.0, 3.0]).forward(z, y) == pytest.approx(BinaryCrossEntropy().forward(z, y))


@pytest.mark.parametrize("gate", [SoftmaxCrossEntropy(WEIGHTS), NegativeLogLikelihood(WEIGHTS), SoftmaxCrossEntropy()])
@pytest.mark.parametrize("targets", [SOFT, np.array([2, 0, 1, 1])], ids=["soft", "labels"])
def test_gradients_of_weighted_losses_pass_the_check(gate, targets):
    values = softmax(LOGITS) if isinstance(gate, NegativeLogLikelihood) else LOGITS
    report = nn_lib.check_gradient((lambda z: gate.forward(z, targets), lambda u, z: back(gate, u, z, targets)), values)
    assert report, report


def back(gate, upstream, z, targets):
    gate.forward(z, targets)
    return gate.backward(upstream)[0]


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda: SoftmaxCrossEntropy([1.0, 2.0]).forward(LOGITS, [0, 1, 2, 0]), "2 class_weights for scores of shape"),
        (lambda: SoftmaxCrossEntropy([1.0, 0.0, 1.0]), "class_weights must be as many numbers above 0"),
        (lambda: BinaryCrossEntropy([1.0, 2.0, 3.0]), "class_weights must be 2 numbers above 0"),
        (lambda: MLP([3, 4, 3], class_weights=[1.0, 2.0]), "2 class_weights, but 3 outputs"),
        (lambda: MLP([3, 1], loss="squared_error", class_weights=[1.0]), "squared_error has no classes"),
        (lambda: SoftmaxCrossEntropy().forward(LOGITS, -SOFT), "must be distributions.*Row 0"),
        (lambda: SoftmaxCrossEntropy().forward(LOGITS, SOFT * [1, 1, np.nan]), "must be distributions"),
    ],
)
def test_targets_and_weights_that_make_no_sense_are_refused(mistake, words):
    with pytest.raises(ValueError, match=words):
        mistake()
