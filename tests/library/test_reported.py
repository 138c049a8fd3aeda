"""Small inputs at which other libraries went wrong, each as its users reported it, with the right value.

Each stands for a kind, which another file of this folder looks into; the report is named beside it.
"""

import re

import numpy as np
import pytest

import nn_lib
from nn_lib import (
    MLP,
    SGD,
    ComputationalGraph,
    Input,
    TanhGate,
    binary_cross_entropy,
    check_gradient,
    datasets,
    entropy,
    fit,
    log,
    numerical_gradient,
    sigmoid,
    softmax_cross_entropy,
)


def relu(x):
    return np.maximum(x, 0)


def no_gradient(upstream, x):
    return 0 * upstream


def inverted(upstream, x):
    return upstream * (x < 0)


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape)


def a_third_at_the_kink():
    x = normal(300)
    x[:100] = 0.0
    return x


@pytest.mark.parametrize(
    ("pair", "x"),
    [
        # pytorch/pytorch#59615, chainer/chainer#3541
        ((relu, no_gradient), lambda: datasets.digits().train.inputs[:10]),
        # pytorch/pytorch#57166
        ((relu, inverted), a_third_at_the_kink),
        # chainer/chainer#3541
        ((np.abs, no_gradient), lambda: np.round(normal(30, 10))),
    ],
    ids=["relu of digits without a gradient", "relu with its mask inverted", "abs of whole numbers without a gradient"],
)
def test_a_gradient_that_is_wrong_is_wrong_with_entries_at_a_kink_too(pair, x):
    assert not check_gradient(pair, x())


@pytest.mark.parametrize("seed", range(3))
def test_a_right_gradient_of_half_precision_is_not_called_wrong(seed):  # jax-ml/jax#39821, #7742
    def forward(x):
        return np.exp(x.astype("f2"))

    def backward(upstream, x):
        return upstream.astype("f2") * np.exp(x.astype("f2"))

    x = np.random.default_rng(seed).normal(size=5).astype("f2")
    try:
        report = check_gradient((forward, backward), x)
    except (TypeError, ValueError) as refused:
        assert "float16" in str(refused)
    else:
        assert "wrong" not in repr(report)


def test_a_numerical_gradient_of_half_precision_is_not_made_up():  # jax-ml/jax#39821
    def square(x):
        return float(np.sum(x.astype("f2") ** 2))

    try:
        gradient = numerical_gradient(square, np.array([1.0, 2.0, 3.0]))
    except (TypeError, ValueError):
        return
    assert np.all(np.isnan(gradient) | (np.abs(gradient - [2, 4, 6]) < 0.5))


def test_small_probabilities_and_losses_keep_their_digits():
    # tenstorrent/tt-metal#26211, clab/dynet#1090
    assert sigmoid(-40.0) == pytest.approx(4.248354255291589e-18, rel=1e-15)
    assert sigmoid(np.array([-20.0], np.float32))[0] == pytest.approx(2.0611536e-09, rel=1e-6)
    # pytorch/pytorch#1835, #20972; tinygrad/tinygrad#10955
    assert log(sigmoid(np.array([-40.0])))[0] == pytest.approx(-40.0, rel=1e-15)
    # pytorch/pytorch#195527
    gate = TanhGate()
    gate.forward(np.array([20.0]))
    assert gate.backward(np.array([1.0]))[0] == pytest.approx(1.6993417021166355e-17, rel=1e-15)
    # pytorch/pytorch#66441
    by_softmax = softmax_cross_entropy(np.array([[40.0, 0.0]]), np.array([0]))
    by_sigmoid = binary_cross_entropy(np.array([40.0]), np.array([1.0]))
    assert by_softmax == pytest.approx(4.248354255291589e-18, rel=1e-15)
    assert by_softmax == pytest.approx(by_sigmoid, rel=1e-15)


def test_certainty_has_no_entropy_and_no_sign():  # Tchanders/InformationMeasures.jl#18
    assert repr(entropy([1.0, 0.0])) == "0.0"


def test_what_is_no_number_is_no_class():  # deeplearning4j/deeplearning4j#6748
    with pytest.raises(ValueError, match="row 0 is not a number"):
        MLP([2, 4, 2]).predict(np.full((1, 2), np.nan))


def test_the_memory_of_an_optimizer_moves_no_other_network():  # keras-team/keras#454, mrosol/Nonlincausality#12
    optimizer, first, second = SGD(0.1, momentum=0.9), np.zeros(3), np.zeros(3)
    optimizer.step([first], [np.ones(3)])
    with pytest.raises(ValueError, match="serves one network"):
        optimizer.step([second], [np.zeros(3)])
    assert not second.any()


def test_every_call_of_fit_shuffles_anew(monkeypatch):  # civisanalytics/muffnn#15, dask/dask-ml#274
    import nn_lib.training

    orders, minibatches = set(), nn_lib.training.minibatches

    def kept(n, size, rng):
        batches = minibatches(n, size, rng)
        orders.add(tuple(np.concatenate(batches)))
        return batches

    monkeypatch.setattr(nn_lib.training, "minibatches", kept)
    model, optimizer, data = MLP([2, 4, 2]), SGD(0.1), datasets.xor(n=60).train
    for _ in range(4):
        fit(model, data, optimizer=optimizer, epochs=1, batch_size=8, progress=False)
    assert len(orders) == 4


def test_stopping_early_keeps_the_best_weights():  # keras-team/keras#11371, #12511; dreamquark-ai/tabnet#317
    rng = np.random.default_rng(0)
    data = datasets.Split(rng.normal(size=(30, 5)), rng.integers(0, 2, 30))
    held_out = datasets.Split(rng.normal(size=(200, 5)), rng.integers(0, 2, 200))
    model = MLP([5, 50, 2], seed=1)
    history = fit(model, data, optimizer=SGD(0.5), epochs=60, validation=held_out, patience=8, progress=False)
    assert history.stopped_early and history.validation_loss[-1] > min(history.validation_loss)
    assert model.loss(held_out.inputs, held_out.labels) == min(history.validation_loss)


def test_a_number_reads_as_a_number():  # ochubar/SRW#57
    assert repr(nn_lib.sum(np.array([1.0, 2.0]))) == "3.0"


def test_a_point_without_a_derivative_is_named_with_its_gate():  # HIPS/autograd#151, #570
    graph = ComputationalGraph(nn_lib.sum(Input("x") ** 2) ** 0.5)
    graph.forward(x=np.zeros(3))
    with pytest.raises(ZeroDivisionError, match=re.escape("PowerGate: x^0.5 has no derivative at 0")):
        graph.backward()
