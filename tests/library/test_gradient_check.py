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


def at_kinks(n, dtype=float):
    """Numbers of which a good third stand exactly at 0, 1 or -1."""
    return (np.round(2 * np.random.default_rng(3).normal(size=n)) / 2).astype(dtype)


ABS, CLIP = (np.abs, lambda g, x: g * np.sign(x)), (lambda x: np.clip(x, -1, 1), lambda g, x: g * (np.abs(x) < 1))
LEAKY = (lambda x: np.where(x > 0, x, 0.1 * x), lambda g, x: g * np.where(x > 0, 1.0, 0.1).astype(x.dtype))
PENALTY = (lambda x: 0.1 * np.abs(x).sum(), lambda g, x: 0.1 * g * np.sign(x))


def pool(x):
    return x.reshape(-1, 4).max(axis=1)


def pool_backward(g, x):
    first = np.arange(4) == x.reshape(-1, 4).argmax(axis=1)[:, None]
    return (g[:, None] * first).reshape(x.shape)


KINKED = {"relu": RELU, "abs": ABS, "clip": CLIP, "leaky": LEAKY, "L1": PENALTY, "max pool": (pool, pool_backward)}
SLIPS = {
    "all zero": lambda backward: lambda g, x: 0 * backward(g, x),
    "sign": lambda backward: lambda g, x: -backward(g, x),
    "5 % off": lambda backward: lambda g, x: x.dtype.type(1.05) * backward(g, x),
    "beyond both slopes at a kink": lambda backward: lambda g, x: backward(g, x) + 3 * np.max(np.abs(g)) * (x == 0),
    "one entry": lambda backward: (
        lambda g, x: backward(g, x) + 3 * np.max(np.abs(g)) * (np.arange(x.size) == x.size // 2)
    ),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [200, 204, 640])
@pytest.mark.parametrize("name", KINKED)
def test_kinks_do_not_excuse_one_another(name, n, dtype):
    """Each entry at a kink has a hull of its own; their sum would hide anything."""
    forward, backward = KINKED[name]
    x = at_kinks(n, dtype)
    report = check_gradient((forward, backward), x)
    assert report, report
    for slip in SLIPS.values():
        assert not check_gradient((forward, slip(backward)), x)


def test_zeros_of_a_picture_do_not_hide_a_gradient_of_zeros():
    from nn_lib import datasets

    pictures = datasets.digits().train.inputs[:10]
    assert check_gradient(RELU, pictures)
    assert not check_gradient((RELU[0], lambda g, x: 0 * g), pictures)
    assert not check_gradient((RELU[0], lambda g, x: g * (x <= 0)), pictures)


def test_kinks_inside_a_function_of_all_entries():
    rng = np.random.default_rng(0)
    x, W = np.round(rng.normal(size=(30, 10))), np.round(rng.normal(size=(8, 10)))

    def backward(g, x, W):
        g = g * (x @ W.T > 0)
        return g @ W, g.T @ x

    forward = lambda x, W: RELU[0](x @ W.T)  # noqa: E731
    report = check_gradient((forward, backward), x, W)
    assert report, report
    assert not check_gradient((forward, lambda g, x, W: (0 * x, backward(g, x, W)[1])), x, W)


@pytest.mark.parametrize("entry", [0, 777, 19_999])
def test_one_entry_of_20_000_in_float32_is_found(entry):
    x = np.random.default_rng(0).normal(size=20_000).astype(np.float32)

    def backward(g, x):
        gradient = g * np.cos(x)
        gradient[entry] *= np.float32(1.01)
        return gradient

    assert check_gradient((np.sin, lambda g, x: g * np.cos(x)), x)
    report = check_gradient((np.sin, backward), x)
    assert not report
    assert f"input 0[{entry}]" in report.worst


def test_one_weight_of_20_000_in_float32_is_found_or_said_undecided():
    rng = np.random.default_rng(0)
    x, W = (rng.normal(size=shape).astype(np.float32) for shape in ((5, 100), (200, 100)))

    def backward(g, x, W, factor=1.01):
        dW = g.T @ x
        dW[17, 40] *= np.float32(factor)
        return g @ W, dW

    product = lambda x, W: x @ W.T  # noqa: E731
    report = check_gradient((product, backward), x, W)
    assert not report or report.inconclusive
    assert check_gradient((product, lambda g, x, W: backward(g, x, W, 1.0)), x, W)


def in_half(f):
    return lambda x: f(x.astype(np.float16))


HALF = {
    "exp": (np.exp, np.exp),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "square": (np.square, lambda x: 2 * x),
    "relu": (RELU[0], lambda x: 1.0 * (x > 0)),
}


@pytest.mark.parametrize("n", [5, 300])
@pytest.mark.parametrize("factor", [1.0, 1.1, -1.0, 0.0])
@pytest.mark.parametrize("name", HALF)
def test_of_half_precision_nothing_is_decided(name, factor, n):
    """The digits that a difference needs are not there: neither a right gradient nor a wrong one can be told."""
    f, slope = HALF[name]
    for seed in range(5):
        x = np.random.default_rng(seed).normal(size=n)
        reports = [
            check_gradient((in_half(f), lambda g, x: np.float16(factor) * g * slope(x)), x.astype(np.float16)),
            check_gradient((lambda x: in_half(f)(x).astype(float), lambda g, x: factor * g * slope(x)), x),
        ]
        for report in reports:
            assert report
            assert repr(report).startswith("nothing can be decided here: the function computes in float16")


@pytest.mark.parametrize("decimals", [2, 3, 4])
def test_a_rounded_loss_proves_nothing_right(decimals):
    x = np.random.default_rng(0).normal(size=4)
    rounded = lambda x: np.round(np.sum(x**2), decimals)  # noqa: E731
    report = check_gradient((rounded, lambda g, x: g * 2 * x), x)
    assert report
    assert report.inconclusive == report.checked == 4
    with pytest.raises(ValueError, match="rounds its values too coarsely"):
        numerical_gradient(lambda x: float(rounded(x)), x)


@pytest.mark.parametrize("x", [[1.0, 2.0, 3.0], [0.1, -7.0], 1.5])
def test_numerical_gradients_of_half_precision_are_refused(x):
    with pytest.raises(ValueError, match="float16"):
        numerical_gradient(lambda x: float(np.sum(np.asarray(x).astype(np.float16) ** 2)), x)


@pytest.mark.parametrize("shift", [0.0, 1.0, 3175.0, -7e4])
def test_waves_far_out_are_not_taken_for_flat(shift):
    """Steps of 100 at cos(3175) agree with one another, by chance, on a slope of 0.001."""
    x = np.linspace(shift, shift + 7, 30)
    assert check_gradient((np.cos, lambda g, x: -g * np.sin(x)), x)
    assert numerical_gradient(lambda v: float(np.cos(v)), shift + 0.5) == pytest.approx(-np.sin(shift + 0.5), rel=1e-6)
