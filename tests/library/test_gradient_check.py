import numpy as np
import pytest

from nn_lib import ReLUGate, check_gradient, numerical_gradient

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


def test_gradients_that_are_not_finite_are_refused():
    assert not check_gradient((np.sin, lambda g, v: g * np.nan), X)
