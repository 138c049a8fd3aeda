import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn_lib import (
    ACTIVATIONS,
    FullyConnected,
    LogGate,
    MaxGate,
    MultiplyGate,
    PReLU,
    ReciprocalGate,
    ReLUGate,
    SoftmaxCrossEntropy,
    check_gradient,
    numerical_gradient,
)
from nn_lib.initializers import he_normal

X = np.random.default_rng(0).normal(size=(3, 4))


def test_numerical_gradient_leaves_its_input_alone():
    x = X.copy()
    gradient = numerical_gradient(lambda v: float(np.sum(v**3)), x)
    np.testing.assert_allclose(gradient, 3 * X**2, rtol=1e-8)
    assert np.array_equal(x, X)
    assert type(numerical_gradient(np.exp, 1.0)) is float


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 20.0, 1e6])
def test_right_gradients_pass_at_every_scale(scale):
    report = check_gradient((lambda x: x**3 - x, lambda g, x: g * (3 * x**2 - 1)), X * scale)
    assert report, report


@pytest.mark.parametrize("slip", [1.001, 1.0 + 1e-4, -1.0, 2.0])
def test_a_gradient_off_by_a_factor_is_refused_and_the_entry_named(slip):
    report = check_gradient((np.sin, lambda g, x: g * np.cos(x) * slip), X)
    assert not report
    assert "input 0[" in report.worst


def test_one_wrong_entry_of_many_is_found():
    def backward(g, x):
        gradient = g * np.cos(x)
        gradient[7, 11] *= 1.01
        return gradient

    assert not check_gradient((np.sin, backward), np.random.default_rng(1).normal(size=(10, 20)))
    assert not check_gradient((np.sin, backward), np.random.default_rng(1).normal(size=(30, 40)))


def test_kinks_accept_any_slope_between_the_two_sides():
    x = np.array([0.0, 1.0, -1.0])
    for slope in (0.0, 0.5, 1.0):
        assert check_gradient((lambda v: np.maximum(v, 0), lambda g, v, s=slope: g * np.where(v == 0, s, v > 0)), x)
    assert not check_gradient((lambda v: np.maximum(v, 0), lambda g, v: g * np.where(v == 0, 1.5, v > 0)), x)
    assert check_gradient(ReLUGate(), x)


def test_float32_functions_are_judged_as_float32():
    x = X.astype(np.float32)
    assert check_gradient((np.tanh, lambda g, v: g * (1 - np.tanh(v) ** 2)), x)
    assert not check_gradient((np.tanh, lambda g, v: g * (1 - np.tanh(v) ** 2) * np.float32(1.1)), x)


def test_a_loss_with_a_large_constant_is_not_refused():
    assert check_gradient((lambda v: np.sin(v) + 1e8, lambda g, v: g * np.cos(v)), X)


def test_wrong_use_says_what_to_do():
    with pytest.raises(TypeError, match="pair of functions"):
        check_gradient(np.sin, X)
    with pytest.raises(ValueError, match=r"shape \(3, 4\).*gradient has shape \(4,\)"):
        check_gradient((np.sin, lambda g, v: (g * np.cos(v)).sum(axis=0)), X)
    with pytest.raises(TypeError, match="needs a function"):
        numerical_gradient(3.0, X)
    with pytest.raises(ValueError, match="one number"):
        numerical_gradient(np.sin, X)


SQUARE = (lambda x: x * x, lambda g, x: 2 * g * x)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: numerical_gradient(np.sum, "abc"), TypeError, "x must be a real number .* not a str"),
        (lambda: numerical_gradient(np.sum, [[1, 2], [3]]), TypeError, "x must be a real number .* not a list"),
        (lambda: numerical_gradient(lambda v: None, X), TypeError, "the function returns must .* not a NoneType"),
        (lambda: numerical_gradient(lambda v: 1j, X), TypeError, "the function returns must .* not a complex"),
        (lambda: numerical_gradient(np.sum, [0.0, np.nan]), ValueError, r"x is nan at \[1\]: .*another point"),
        (lambda: numerical_gradient(lambda v: np.inf, 1.0), ValueError, "value at x is inf: "),
        (
            lambda: numerical_gradient(lambda v: np.random.default_rng().random(), 1.0),
            ValueError,
            "two numbers for the",
        ),
        (lambda: check_gradient(SQUARE), TypeError, r"check_gradient\(gate, x\)"),
        (lambda: check_gradient(ReLUGate, X), TypeError, r"ReLUGate is a class: make a gate of it, ReLUGate\(\)"),
        (lambda: check_gradient(SQUARE, X * 1j), TypeError, "input 0 must .* not ndarray of complex128"),
        (lambda: check_gradient(SQUARE, X, np.array([np.inf])), ValueError, r"input 1 is inf at \[0\]"),
        (lambda: check_gradient((lambda x: (x, x), SQUARE[1]), X), TypeError, "forward .* tuple of 2"),
        (lambda: check_gradient((lambda x: None, SQUARE[1]), X), TypeError, "forward returns must .* not a NoneType"),
        (
            lambda: check_gradient((lambda x: x * np.nan, SQUARE[1]), X),
            ValueError,
            r"forward returns is nan at \[0, 0\]",
        ),
        (
            lambda: check_gradient((SQUARE[0], lambda g, x: {"x": g}), X),
            TypeError,
            "gradient of input 0 must .* a dict",
        ),
    ],
)
def test_what_cannot_be_checked_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_forward_that_draws_anew_each_time_is_refused():
    rng = np.random.default_rng(0)
    assert "another result" in check_gradient((lambda x: x * rng.random(), lambda g, x: g), X).worst


@pytest.mark.parametrize("x", [5e-324, 1e-250, 1e308])
def test_steps_fit_numbers_at_the_ends_of_the_range(x):
    assert numerical_gradient(lambda v: 0.5 * v, x) == pytest.approx(0.5)
    assert numerical_gradient(lambda v: 0.5 * float(v[0]), [x, 0.0])[0] == pytest.approx(0.5)


@pytest.mark.parametrize(("x", "dtype"), [(-8.0, np.float32), (-15.0, np.float32), (-26.0, np.float64)])
@pytest.mark.parametrize("name", ["sigmoid", "softplus"])
def test_a_slope_that_lost_its_digits_next_to_1_is_not_refused(name, x, dtype):
    """sigmoid(-8) as (1 + tanh(-4)) / 2 is right to the last digit of 1, not of its own."""
    report = check_gradient(ACTIVATIONS[name](), np.linspace(x, x + 0.5, 6, dtype=dtype))
    assert report, report


@pytest.mark.parametrize("logit", [-19.0, -30.0, -36.0, -732.0, -1e4])
def test_a_loss_that_comes_in_grains_is_not_refused(logit):
    """log(1 + e^-19) is a whole number of grains of 1: too few for a difference of two of them."""
    for label in (0, 1):
        report = check_gradient(SoftmaxCrossEntropy(), np.array([[0.0, logit]]), np.array([label]))
        assert report, report


def test_gradients_that_are_not_finite_are_refused():
    assert not check_gradient((np.sin, lambda g, v: g * np.nan), X)


RELU = (lambda x: np.maximum(x, 0), lambda g, x: g * (x > 0))


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_a_kink_at_any_distance_refuses_no_right_gradient(seed):
    """Steps that reach across the kink see a slope between the two; only shorter ones see the right one."""
    rng = np.random.default_rng(seed)
    near = 10.0 ** rng.uniform(-12, 0, (3, 4)) * rng.choice([-1, 1], (3, 4))
    W = rng.normal(size=(5, 4))
    cases = [
        check_gradient(RELU, near),
        check_gradient((np.abs, lambda g, x: g * np.sign(x)), near),
        check_gradient(MaxGate(), X, X + near),
        check_gradient((lambda x, W: RELU[0](x @ W.T), lambda g, x, W: ((g * (x @ W.T > 0)) @ W,
                        (g * (x @ W.T > 0)).T @ x)), near, W),
    ]  # fmt: skip
    assert all(cases), cases
    assert not check_gradient((RELU[0], lambda g, x: 1.01 * RELU[1](g, x)), near)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n != "prelu"])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 20.0, 1000.0])
def test_every_activation_passes_at_every_scale_and_precision(name, scale, dtype):
    for shape in ((3, 4), (40, 50)):
        x = (np.random.default_rng(1).normal(size=shape) * scale).astype(dtype)
        assert check_gradient(ACTIVATIONS[name](), x)


def test_the_one_wrong_entry_of_a_hundred_thousand_is_named():
    def backward(g, x):
        gradient = g * np.cos(x)
        gradient[123, 45] *= 1.01
        return gradient

    x = np.random.default_rng(0).normal(size=(250, 400))
    assert check_gradient((np.sin, lambda g, x: g * np.cos(x)), x)
    report = check_gradient((np.sin, backward), x)
    assert not report
    assert "input 0[123, 45]" in report.worst


def test_a_passed_check_names_the_entry_that_differs_most():
    report = check_gradient((np.sin, lambda g, x: g * np.cos(x) * (1 + 1e-9 * (x == x.max()))), X)
    assert report
    assert f"input 0{list(map(int, np.unravel_index(X.argmax(), X.shape)))} differs most" in report.worst


@pytest.mark.parametrize(
    ("backward", "words"),
    [
        (lambda g, x: np.multiply(g, x > 0, out=g), "modified upstream in place"),
        (lambda g, x: np.multiply(x, 0, out=x) + g, "modified input 0 in place"),
        (lambda g, x: np.abs(g) * (x > 0), "not proportional to upstream"),
        (lambda g, x, calls=[]: g * (x > 0) + 1e-3 * len(calls.append(0) or calls), "called again"),
    ],
)
def test_rules_that_need_no_numbers_have_words_of_their_own(backward, words):
    report = check_gradient((RELU[0], backward), X)
    assert not report
    assert words in report.worst


def test_a_forward_that_modifies_its_input_is_refused():
    assert "forward modified input 0" in check_gradient((lambda x: np.exp(x, out=x), lambda g, x: g * x), X).worst


def test_there_must_be_a_gradient_for_every_input():
    for gradients in (lambda g, x, y: (g * y,), lambda g, x, y: (g, g, g), lambda g, x, y: (None, None)):
        with pytest.raises(ValueError, match="gradient per input, None for labels|None for every input"):
            check_gradient((lambda x, y: x * y, gradients), X, X)


@pytest.mark.parametrize("x", [2, [1, 2], np.array([[1, 2], [3, 4]])])
def test_whole_numbers_are_checked_like_others(x):
    assert check_gradient(MultiplyGate(), x, x)
    assert not check_gradient((lambda v: np.square(v), lambda g, v: g * 3.0 * np.asarray(v)), x)


def test_steps_leave_the_domain_of_a_function_without_harm():
    x = np.array([1e-8, 1e-4, 1.0])
    for gate in (LogGate(), ReciprocalGate()):
        assert check_gradient(gate, x)
    assert check_gradient((np.sqrt, lambda g, v: g / (2 * np.sqrt(v))), x)


def test_a_function_that_secretly_works_in_float32_is_judged_as_such():
    inside = (lambda v: np.tanh(v.astype(np.float32)).astype(float), lambda g, v: g * (1 - np.tanh(v) ** 2))
    assert check_gradient(inside, X)
    assert not check_gradient((inside[0], lambda g, v: 1.1 * inside[1](g, v)), X)


def test_where_nothing_can_be_decided_the_report_says_so():
    report = check_gradient((lambda v: np.sin(v) + 1e16, lambda g, v: g * np.cos(v)), X)
    assert report
    assert report.inconclusive == 12
    assert repr(report) == "nothing can be decided here: round-off drowns all 12 derivatives. Try another point."


def test_layers_send_the_right_gradients_to_their_parameters():
    rng = np.random.default_rng(2)
    layer, slopes = FullyConnected(4, 3, rng=rng, initializer=he_normal), PReLU(4)

    def forward(x, W, b):
        layer.W, layer.b = W, b
        return layer.forward(x)

    def backward(upstream, x, W, b):
        forward(x, W, b)
        return layer.backward(upstream), layer.dW, layer.db

    assert check_gradient((forward, backward), rng.normal(size=(5, 4)), layer.W, rng.normal(size=3))

    def slopes_forward(x, alpha):
        slopes.alpha = alpha
        return slopes.forward(x)

    def slopes_backward(upstream, x, alpha):
        slopes_forward(x, alpha)
        return slopes.backward(upstream), slopes.dalpha

    assert check_gradient((slopes_forward, slopes_backward), rng.normal(size=(5, 4)), rng.uniform(0.1, 1, 4))
