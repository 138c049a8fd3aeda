"""What the library promises of everything in it: dtypes kept, nothing modified, finite and silent at extremes."""

import hashlib
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import nn_lib
from nn_lib import L1, L2, MLP, SGD, Adam, Gate, cosine_decay, exponential_decay, softmax, step_decay
from nn_lib.gradient_check import check_gradient
from nn_lib.initializers import INITIALIZERS

DTYPES = [np.float32, np.float64]
ANY = (-1e4, 1e4)
AWAY = (1e-3, 1e4)  # from 0


def one(make, low=ANY[0], high=ANY[1], **shape):
    """A gate of one array."""
    return make, lambda data, dtype: [drawn(data, dtype, data.draw(array_shapes(**(SHAPE | shape))), low, high)]


def two(make, y_range=ANY):
    """A gate of two arrays that broadcast: the second is a row, a column, a number, or as large as the first."""

    def inputs(data, dtype):
        shape = data.draw(array_shapes(**(SHAPE | {"min_dims": 2})))
        other = data.draw(st.sampled_from([shape, shape[1:], (*shape[:-1], 1), ()]))
        return [drawn(data, dtype, shape, *ANY), drawn(data, dtype, other, *y_range)]

    return make, inputs


def product(data, dtype):
    rows, inner, columns = (data.draw(st.integers(1, 4)) for _ in range(3))
    return [drawn(data, dtype, (rows, inner), *ANY), drawn(data, dtype, (inner, columns), *ANY)]


def batch(width):
    return lambda data, dtype: [drawn(data, dtype, (data.draw(st.integers(1, 5)), width), *ANY)]


def scores(targets):
    def inputs(data, dtype):
        shape = (data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4)))
        return [drawn(data, dtype, shape, *ANY), targets(data, dtype, shape)]

    return inputs


def labels(data, dtype, shape):
    return np.array(data.draw(st.lists(st.integers(0, shape[1] - 1), min_size=shape[0], max_size=shape[0])))


def probabilities(data, dtype):
    logits, true = scores(labels)(data, dtype)
    return [softmax(logits * dtype(1e-3)), true]


def drawn(data, dtype, shape, low, high):
    return data.draw(arrays(dtype, shape, elements=st.floats(*(np.float32([low, high]).tolist()), width=32)))


def fully_connected(dtype):
    return nn_lib.FullyConnected(3, 2, rng=np.random.default_rng(0), initializer=INITIALIZERS["he_normal"], dtype=dtype)


SHAPE = {"min_dims": 1, "max_dims": 3, "max_side": 4}
GATES = {
    "AddGate": two(nn_lib.AddGate),
    "SubtractGate": two(nn_lib.SubtractGate),
    "MultiplyGate": two(nn_lib.MultiplyGate),
    "DivideGate": two(nn_lib.DivideGate, AWAY),
    "MaxGate": two(nn_lib.MaxGate),
    "MinGate": two(nn_lib.MinGate),
    "AbsGate": one(nn_lib.AbsGate),
    "NegateGate": one(nn_lib.NegateGate),
    "ScaleGate": one(lambda: nn_lib.ScaleGate(-1.5)),
    "ShiftGate": one(lambda: nn_lib.ShiftGate(2.0)),
    "ExpGate": one(nn_lib.ExpGate, -80, 80),
    "LogGate": one(nn_lib.LogGate, 1e-30, 1e30),
    "ExponentialGate": one(lambda: nn_lib.ExponentialGate(3.0), -50, 50),
    "IndexGate": one(lambda: nn_lib.IndexGate((0, ...))),
    "SinGate": one(nn_lib.SinGate, -100, 100),
    "CosGate": one(nn_lib.CosGate, -100, 100),
    "ReciprocalGate": one(nn_lib.ReciprocalGate, *AWAY),
    "PowerGate": one(lambda: nn_lib.PowerGate(3)),
    "MatrixMultiplyGate": (nn_lib.MatrixMultiplyGate, product),
    "SumGate": one(lambda: nn_lib.SumGate(axis=0)),
    "MeanGate": one(lambda: nn_lib.MeanGate(axis=-1, keepdims=True)),
    "TransposeGate": one(nn_lib.TransposeGate, min_dims=2, max_dims=2),
    "PReLUGate": two(nn_lib.PReLUGate, (-2, 2)),
    **{gate.__name__: one(gate) for name, gate in nn_lib.ACTIVATIONS.items() if name != "prelu"},
    "FullyConnected": (fully_connected, batch(3)),
    "PReLU": (lambda dtype: nn_lib.PReLU(3, dtype), batch(3)),
    "Flatten": one(nn_lib.Flatten, min_dims=2),
    "SquaredError": (nn_lib.SquaredError, scores(lambda data, dtype, shape: drawn(data, dtype, shape, *ANY))),
    "BinaryCrossEntropy": (
        nn_lib.BinaryCrossEntropy,
        scores(lambda data, dtype, shape: drawn(data, dtype, shape, 0, 1)),
    ),
    "SoftmaxCrossEntropy": (nn_lib.SoftmaxCrossEntropy, scores(labels)),
    "NegativeLogLikelihood": (nn_lib.NegativeLogLikelihood, probabilities),
}
LAYERS = ("FullyConnected", "PReLU")


def test_every_gate_of_the_library_stands_in_these_tests():
    public = {n for n in nn_lib.__all__ if isinstance(vars(nn_lib)[n], type) and issubclass(vars(nn_lib)[n], Gate)}
    assert public - {"Gate", "Elementwise", "Pairwise"} == set(GATES)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", GATES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_gate_keeps_dtype_and_shape_modifies_nothing_and_stays_finite(name, dtype, data):
    make, draw_inputs = GATES[name]
    gate, inputs = make(dtype) if name in LAYERS else make(), draw_inputs(data, dtype)
    before = [np.copy(x) for x in inputs]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        output = np.asarray(gate.forward(*inputs))
        upstream = np.asarray(np.random.default_rng(0).normal(size=output.shape), dtype)
        kept = upstream.copy()
        gradients = gate.backward(upstream)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    assert output.dtype == dtype
    assert np.isfinite(output).all()
    assert len(gradients) == len(inputs)
    for x, gradient in zip(inputs, gradients, strict=True):
        if gradient is None:  # labels and targets are data
            continue
        assert np.asarray(gradient).dtype == dtype
        assert np.shape(gradient) == np.shape(x)
        assert np.isfinite(gradient).all()
    for name_of_gradient in ("dW", "db", "dalpha"):
        if hasattr(type(gate), name_of_gradient):
            assert getattr(gate, name_of_gradient).dtype == dtype
    assert all(np.array_equal(x, old) for x, old in zip([*inputs, upstream], [*before, kept], strict=True))


@pytest.mark.parametrize("name", GATES)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_both_precisions_agree_about_the_gradients(name, data):
    make, draw_inputs = GATES[name]
    inputs = draw_inputs(data, np.float32)
    answers = []
    for dtype in DTYPES:
        gate = make(np.float32) if name in LAYERS else make()
        if name in LAYERS and dtype is np.float64:
            for array in ("W", "b", "dW", "db", "alpha", "dalpha"):
                if hasattr(type(gate), array):
                    setattr(gate, array, getattr(gate, array).astype(dtype))
        output = gate.forward(*[x.astype(dtype) if np.asarray(x).dtype.kind == "f" else x for x in inputs])
        gradients = gate.backward(np.ones_like(np.asarray(output)))
        answers.append(gradients if isinstance(gradients, tuple) else (gradients,))
    for single, double in zip(*answers, strict=True):
        if double is not None:
            largest = float(np.max(np.abs(double), initial=0.0))
            np.testing.assert_allclose(single, double, rtol=2e-5, atol=1e-5 * largest + 1e-6)


EXTREMES = np.array([-1e4, -1e3, -745.2, -104.0, -88.8, -30.0, -1.0, -1e-8, 1e-8, 1.0, 30.0, 88.8, 710.0, 1e3, 1e4])


def exactly(x):
    """Values and slopes of the activations that use an exponential, in extended precision."""
    x = x.astype(np.longdouble)
    with np.errstate(all="ignore"):
        s, t = 1 / (1 + np.exp(-x)), np.tanh(x)
        s_other = 1 / (1 + np.exp(x))
        negative = np.minimum(x, 0)
        return {
            "sigmoid": (s, s * s_other),
            "tanh": (t, 1 / np.cosh(x) ** 2),
            "softplus": (np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), s),
            "elu": (np.where(x > 0, x, np.expm1(negative)), np.where(x > 0, 1, np.exp(negative))),
            "softsign": (x / (1 + np.abs(x)), 1 / (1 + np.abs(x)) ** 2),
        }


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", exactly(EXTREMES))
def test_values_and_slopes_are_right_at_extremes(name, dtype):
    x = EXTREMES.astype(dtype)
    value, slope = exactly(x)[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gate = nn_lib.ACTIVATIONS[name]()
        y, dx = gate.forward(x), gate.backward(np.ones_like(x))
        alone = [nn_lib.ACTIVATIONS[name]().forward(float(v)) for v in x]
    eps = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(y, value.astype(np.float64), rtol=eps, atol=eps)
    np.testing.assert_allclose(dx, slope.astype(np.float64), rtol=eps, atol=eps)
    np.testing.assert_allclose(alone, value.astype(np.float64), rtol=eps, atol=eps)


@pytest.mark.parametrize("dtype", DTYPES)
def test_losses_and_their_gradients_are_right_at_extreme_logits(dtype):
    a = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e3, 1e3 + 1, 0.0], [0.0, 0.0, 1e4]], dtype)
    true = np.array([1, 0, 0, 2])
    exact = a.astype(np.longdouble) - a.max(axis=1, keepdims=True)
    p = np.exp(exact) / np.exp(exact).sum(axis=1, keepdims=True)
    losses = np.log(np.exp(exact).sum(axis=1)) - exact[np.arange(4), true]
    y = np.eye(3)[true]
    with np.errstate(all="ignore"):
        s = 1 / (1 + np.exp(-a.astype(np.longdouble)))
        binary = np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a.astype(np.longdouble)))) - y * a
    tolerance = 4 * float(np.finfo(dtype).eps)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for gate, targets, loss, gradient in (
            (nn_lib.SoftmaxCrossEntropy(), true, losses.mean(), (p - y) / 4),
            (nn_lib.BinaryCrossEntropy(), y.astype(dtype), binary.mean(), (s - y) / 12),
        ):
            assert float(gate.forward(a, targets)) == pytest.approx(float(loss), rel=tolerance)
            np.testing.assert_allclose(gate.backward()[0], gradient.astype(float), rtol=tolerance, atol=tolerance)


def test_entropies_take_certainty_and_impossibility_in_silence():
    sure, fair = [1.0, 0.0, 0.0], [0.5, 0.5, 0.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert nn_lib.entropy(sure) == 0.0
        assert nn_lib.cross_entropy(sure, fair) == pytest.approx(np.log(2))
        assert nn_lib.cross_entropy(fair, sure) == np.inf
        assert nn_lib.kl_divergence(fair, sure) == np.inf
        assert nn_lib.kl_divergence(sure, sure) == 0.0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", [n for n in nn_lib.ACTIVATIONS if n != "softmax"])
@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "binary_cross_entropy", "squared_error"])
def test_a_network_with_huge_logits_has_finite_gradients_and_is_silent(activation, loss, dtype):
    rng = np.random.default_rng(0)
    model = MLP([4, 5, 3], activation=activation, loss=loss, dtype=dtype, regularizer=L1(1e-3))
    x, targets = rng.normal(size=(6, 4)) * 1e3, rng.integers(0, 3, 6)
    if loss != "softmax_cross_entropy":
        targets = np.eye(3)[targets]
    model.parameters[2][...] *= 1e4 if activation in ("sigmoid", "tanh", "hard_tanh", "softsign") else 10
    optimizer = SGD(1e-9, momentum=0.9, weight_decay=1e-4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            value = model.loss(x, targets)
            gradients = model.backward()
            optimizer.step(model.parameters, gradients)
        model.predict(x)
    assert np.abs(model.forward(x)).max() > 1e3
    assert np.isfinite(value)
    assert all(g.dtype == dtype and np.isfinite(g).all() for g in gradients)
    assert all(p.dtype == dtype and np.isfinite(p).all() for p in model.parameters)


SCHEDULES = [None, step_decay(2), exponential_decay(3.0), cosine_decay(4)]


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=40, deadline=None)
@given(
    data=st.data(),
    momentum=st.sampled_from([0.0, 0.5, 0.99]),
    decay=st.sampled_from([0.0, 1e-3]),
    nesterov=st.booleans(),
    adam=st.booleans(),
    schedule=st.sampled_from(SCHEDULES),
)
def test_an_optimizer_keeps_dtypes_leaves_gradients_alone_and_stays_finite(
    dtype, data, momentum, decay, nesterov, adam, schedule
):
    shapes = [(3, 2), (3,)]
    parameters = [drawn(data, dtype, shape, *ANY) for shape in shapes]
    if adam:
        optimizer = Adam(0.01, weight_decay=decay, schedule=schedule)
    else:
        optimizer = SGD(0.01, momentum, decay, nesterov=nesterov and momentum > 0, schedule=schedule)
    places = [p.ctypes.data for p in parameters]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            gradients = [drawn(data, dtype, shape, *ANY) for shape in shapes]
            kept = [g.copy() for g in gradients]
            optimizer.step(parameters, gradients)
            assert all(np.array_equal(g, k) for g, k in zip(gradients, kept, strict=True))
    assert [p.ctypes.data for p in parameters] == places
    assert all(p.dtype == dtype and np.isfinite(p).all() for p in parameters)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("regularizer", [L1(0.1), L2(0.1)])
def test_a_regularizer_keeps_the_dtype(regularizer, dtype):
    assert regularizer.gradients([np.ones((2, 3), dtype)])[0].dtype == dtype


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", INITIALIZERS)
def test_a_network_starts_in_its_dtype_whatever_the_initializer(name, dtype):
    assert all(p.dtype == dtype for p in MLP([3, 4, 2], initializer=name, dtype=dtype).parameters)


TRAIN = """
import hashlib
from nn_lib import MLP, SGD, Adam, datasets, fit
for make in (lambda: SGD(0.1, momentum=0.9, nesterov=True), lambda: Adam(0.01)):
    model = MLP([64, 16, 10], activation="prelu", seed=3, dtype="float32")
    fit(model, datasets.digits(dtype="float32").train, optimizer=make(), epochs=1, progress=False, seed=5)
    print(hashlib.sha256(b"".join(p.tobytes() for p in model.parameters)).hexdigest())
"""


def test_another_process_trains_to_the_same_bits():
    runs = {
        subprocess.run([sys.executable, "-c", TRAIN], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(runs) == 1
    assert len(runs.pop().split()[0]) == 2 * hashlib.sha256().digest_size


# The layers' parameters have gradients of their own, and tests of those.
@pytest.mark.parametrize("name", [name for name in GATES if name not in LAYERS])
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_every_gate_passes_the_gradient_check(name, data):
    make, draw_inputs = GATES[name]
    inputs = draw_inputs(data, np.float64)
    report = check_gradient(make(), *inputs)
    assert report, (report, inputs)
