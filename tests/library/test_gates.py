import copy
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import nn_lib
from nn_lib import (
    ACTIVATIONS,
    AddGate,
    BinaryCrossEntropy,
    ComputationalGraph,
    CosGate,
    DivideGate,
    ExpGate,
    Flatten,
    Input,
    LogGate,
    MatrixMultiplyGate,
    MaxGate,
    MeanGate,
    MultiplyGate,
    NegateGate,
    NegativeLogLikelihood,
    PowerGate,
    PReLUGate,
    ReciprocalGate,
    ReLUGate,
    ScaleGate,
    ShiftGate,
    SinGate,
    SoftmaxCrossEntropy,
    SquaredError,
    SubtractGate,
    SumGate,
    TransposeGate,
    check_gradient,
    cross_entropy,
    entropy,
    kl_divergence,
    matmul,
    softmax,
)

ONE_INPUT = {
    "negate": NegateGate,
    "exp": ExpGate,
    "sin": SinGate,
    "cos": CosGate,
    "reciprocal": ReciprocalGate,
    "power": lambda: PowerGate(3),
    "scale": lambda: ScaleGate(-1.5),
    "shift": lambda: ShiftGate(2.0),
    "sum": SumGate,
    "sum of columns": lambda: SumGate(axis=0),
    "sum of rows, kept": lambda: SumGate(axis=1, keepdims=True),
    "mean": MeanGate,
    "mean of rows": lambda: MeanGate(axis=1),
    "transpose": TransposeGate,
    **{name: gate for name, gate in ACTIVATIONS.items() if name != "prelu"},
}
TWO_INPUTS = {"add": AddGate, "subtract": SubtractGate, "multiply": MultiplyGate, "divide": DivideGate, "max": MaxGate}
MATRICES = arrays(float, (3, 4), elements=st.floats(-4, 4).filter(lambda v: abs(v) > 0.05))


@pytest.mark.parametrize("name", ONE_INPUT)
@settings(max_examples=15, deadline=None)
@given(x=MATRICES)
def test_one_input_gates_match_their_numerical_gradient(name, x):
    report = check_gradient(ONE_INPUT[name](), x)
    assert report, report


@pytest.mark.parametrize("name", TWO_INPUTS)
@settings(max_examples=15, deadline=None)
@given(x=MATRICES, y=MATRICES)
def test_two_input_gates_match_their_numerical_gradient_with_broadcasting(name, x, y):
    gate = TWO_INPUTS[name]()
    for other in (y, y[0], y[:, :1], y[:1, :1]):
        report = check_gradient(gate, x, other)
        assert report, report


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [*ONE_INPUT, *TWO_INPUTS, "prelu", "log", "matmul"])
def test_dtype_in_equals_dtype_out(name, dtype):
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(3, 3)).astype(dtype) for _ in range(2))
    if name in ONE_INPUT:
        gate, inputs = ONE_INPUT[name](), (x,)
    elif name in TWO_INPUTS:
        gate, inputs = TWO_INPUTS[name](), (x, y)
    else:
        gate, inputs = {
            "prelu": (PReLUGate(), (x, np.array([0.1, 0.2, 0.3], dtype))),
            "log": (LogGate(), (np.abs(x) + 1,)),
            "matmul": (MatrixMultiplyGate(), (x, y)),
        }[name]
    output = gate.forward(*inputs)
    gradients = gate.backward(np.ones_like(output))
    assert np.asarray(output).dtype == dtype
    for gradient, given_input in zip(gradients if isinstance(gradients, tuple) else (gradients,), inputs, strict=True):
        assert gradient.dtype == dtype
        assert gradient.shape == given_input.shape


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", [SquaredError, BinaryCrossEntropy, SoftmaxCrossEntropy, NegativeLogLikelihood])
def test_losses_keep_the_dtype(loss, dtype):
    logits = np.random.default_rng(0).normal(size=(4, 3)).astype(dtype)
    targets = (
        np.array([0, 2, 1, 1]) if loss in (SoftmaxCrossEntropy, NegativeLogLikelihood) else np.full((4, 3), 0.5, dtype)
    )
    gate = loss()
    value = gate.forward(softmax(logits) if loss is NegativeLogLikelihood else logits, targets)
    assert np.asarray(value).dtype == dtype
    assert gate.backward()[0].dtype == dtype


def test_integers_become_floats():
    gate = MultiplyGate()
    assert gate.forward(3, -4) == -12.0
    assert gate.backward(2) == (-8.0, 6.0)
    assert ReLUGate().forward(np.array([-1, 2])).dtype == np.float64


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n != "prelu"])
def test_activations_are_finite_and_silent_at_extremes(name):
    x = np.array([-1e4, -1e3, -30.0, 30.0, 1e3, 1e4])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gate = ACTIVATIONS[name]()
        assert np.all(np.isfinite(gate.forward(x)))
        assert np.all(np.isfinite(gate.backward(np.ones_like(x))))


def test_losses_from_huge_logits_are_finite_right_and_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gate = SoftmaxCrossEntropy()
        assert gate.forward(np.array([[1e4, 0.0], [0.0, 1e4]]), np.array([1, 1])) == pytest.approx(5000.0)
        assert gate.backward()[0].tolist() == [[0.5, -0.5], [0.0, 0.0]]
        binary = BinaryCrossEntropy()
        assert binary.forward(np.array([1e4, -1e4]), np.array([0.0, 0.0])) == pytest.approx(5000.0)
        assert binary.backward()[0].tolist() == [0.5, 0.0]


WORKED = {  # values at -2, -1, 0, 1, 2
    "sigmoid": [0.11920292, 0.26894142, 0.5, 0.73105858, 0.88079708],
    "tanh": [-0.96402758, -0.76159416, 0, 0.76159416, 0.96402758],
    "softplus": [0.12692801, 0.31326169, 0.69314718, 1.31326169, 2.12692801],
    "elu": [-0.86466472, -0.63212056, 0, 1, 2],
    "softsign": [-2 / 3, -0.5, 0, 0.5, 2 / 3],
    "hard_tanh": [-1, -1, 0, 1, 1],
    "leaky_relu": [-0.02, -0.01, 0, 1, 2],
}
SLOPES = {
    "sigmoid": [0.10499359, 0.19661193, 0.25, 0.19661193, 0.10499359],
    "tanh": [0.07065082, 0.41997434, 1, 0.41997434, 0.07065082],
    "softsign": [1 / 9, 0.25, 1, 0.25, 1 / 9],
    "relu": [0, 0, 0, 1, 1],
}


@pytest.mark.parametrize("name", WORKED)
def test_activations_at_worked_values(name):
    assert ACTIVATIONS[name]().forward(np.arange(-2.0, 3.0)) == pytest.approx(WORKED[name], abs=5e-9)


@pytest.mark.parametrize("name", SLOPES)
def test_slopes_at_worked_values(name):
    gate = ACTIVATIONS[name]()
    gate.forward(np.arange(-2.0, 3.0))
    assert gate.backward(np.ones(5)) == pytest.approx(SLOPES[name], abs=5e-9)


def test_losses_at_worked_values():
    gate = SoftmaxCrossEntropy()
    assert gate.forward(np.array([[2.0, 1.0, 0.1]]), np.array([0])) == pytest.approx(0.41703002, abs=5e-9)
    assert gate.backward()[0][0] == pytest.approx([-0.34099886, 0.24243297, 0.09856589], abs=5e-9)
    binary = BinaryCrossEntropy()
    assert binary.forward(0.5, 1.0) == pytest.approx(0.47407698, abs=5e-9)
    assert binary.backward()[0] == pytest.approx(-0.37754067, abs=5e-9)
    p, q = [0.5, 0.5], [0.75, 0.25]
    assert [entropy(p), cross_entropy(p, q), kl_divergence(p, q), kl_divergence(q, p)] == pytest.approx(
        [0.69314718, 0.83698822, 0.14384104, 0.13081204], abs=5e-9
    )
    assert entropy([1.0, 0.0]) == 0.0


def test_a_loss_refuses_a_column_against_a_row():
    with pytest.raises(ValueError, match=r"SquaredError: predictions have shape \(4, 1\) and targets \(4,\)"):
        SquaredError().forward(np.ones((4, 1)), np.ones(4))


def test_labels_out_of_range_are_named():
    with pytest.raises(ValueError, match="3 classes are numbered 0 to 2. Do yours start at 1"):
        SoftmaxCrossEntropy().forward(np.ones((3, 3)), np.array([1, 2, 3]))
    with pytest.raises(ValueError, match=r"rows that sum to 1. Row 0 is \[2.0, 0.0, 0.0\]"):
        SoftmaxCrossEntropy().forward(np.ones((3, 3)), 2 * np.eye(3))
    with pytest.raises(ValueError, match="between 0 and 1"):
        BinaryCrossEntropy().forward(np.zeros(2), np.array([3.0, 0.0]))


def test_logarithms_of_nothing_say_what_to_do():
    with pytest.raises(ValueError, match="from the logits"):
        LogGate().forward(np.array([0.0, 1.0]))
    with pytest.raises(ValueError, match="SoftmaxCrossEntropy"):
        NegativeLogLikelihood().forward(np.array([[0.0, 1.0]]), np.array([0]))


NUMPY_ALONE = """
import sys

class NumPyAlone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "numpy", "nn_lib"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NumPyAlone())
from nn_lib import *

x, y, z = Input("x"), Input("y"), Input("z")
graph = ComputationalGraph((x + y) * z)
assert graph.forward(x=-2.0, y=5.0, z=-4.0) == -12.0
assert graph.backward() == {"x": -4.0, "y": -4.0, "z": 3.0}
assert "image/svg+xml" in graph._repr_mimebundle_()
digits = datasets.digits()
model = MLP([64, 16, 10], regularizer=L2(1e-4))
history = fit(model, digits.train, optimizer=Adam(), epochs=2, validation=digits.test, progress=False)
assert history.loss[1] < history.loss[0]
assert history._repr_mimebundle_()["text/plain"].startswith("2 epochs in ")
assert check_gradient(SigmoidGate(), [1.0, 2.0])
import nn_lib
try:
    nn_lib.pictures.activation_curve("tanh")
except ImportError as error:
    print(error)
"""


def test_the_library_takes_numpy_alone_and_plots_say_what_they_lack():
    done = subprocess.run([sys.executable, "-c", NUMPY_ALONE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (
        done.stdout.strip() == "this picture is drawn with matplotlib, which is not installed: pip install matplotlib"
    )


def test_prelu_gradient_for_its_slope():
    for alpha in (0.3, np.array([0.1, 0.2, 0.3, 0.4])):
        report = check_gradient(PReLUGate(), np.random.default_rng(1).normal(size=(3, 4)), alpha)
        assert report, report


def test_every_public_name_is_documented():
    for name in nn_lib.__all__:
        thing = getattr(nn_lib, name)
        if callable(thing):
            assert (thing.__doc__ or "").strip(), f"{name} has no docstring"


def test_gates_agree_with_pytorch(torch):
    rng = np.random.default_rng(3)
    x, upstream = rng.normal(size=(5, 4)) * 3, rng.normal(size=(5, 4))
    theirs = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "hard_tanh": torch.nn.functional.hardtanh,
        "softsign": torch.nn.functional.softsign,
        "relu": torch.relu,
        "leaky_relu": lambda t: torch.nn.functional.leaky_relu(t, 0.01),
        "elu": torch.nn.functional.elu,
        "softplus": torch.nn.functional.softplus,
        "softmax": lambda t: torch.softmax(t, -1),
    }
    for name, function in theirs.items():
        tensor = torch.tensor(x, requires_grad=True)
        output = function(tensor)
        output.backward(torch.tensor(upstream))
        gate = ACTIVATIONS[name]()
        np.testing.assert_allclose(gate.forward(x), output.detach().numpy(), rtol=1e-6, atol=1e-9, err_msg=name)
        np.testing.assert_allclose(gate.backward(upstream), tensor.grad.numpy(), rtol=1e-6, atol=1e-9, err_msg=name)
    labels = np.array([0, 3, 1, 2, 2])
    tensor = torch.tensor(x, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(tensor, torch.tensor(labels))
    loss.backward()
    gate = SoftmaxCrossEntropy()
    assert gate.forward(x, labels) == pytest.approx(loss.item())
    np.testing.assert_allclose(gate.backward()[0], tensor.grad.numpy(), rtol=1e-10, atol=1e-12)


def test_logits_stored_by_columns_get_the_same_gradient():
    logits, labels = np.arange(12.0).reshape(4, 3) % 5, np.array([0, 2, 1, 0])
    for gate in (nn_lib.SoftmaxCrossEntropy, nn_lib.NegativeLogLikelihood):
        values = logits if gate is nn_lib.SoftmaxCrossEntropy else nn_lib.softmax(logits)
        answers = []
        for stored in (values, np.asfortranarray(values)):
            one = gate()
            answers.append((one.forward(stored, labels), one.backward(1.0)[0]))
        assert answers[0][0] == pytest.approx(answers[1][0])
        np.testing.assert_allclose(answers[0][1], answers[1][1])


EVERY_GATE = {
    **{name: (make, 1) for name, make in ONE_INPUT.items()},
    **{name: (make, 2) for name, make in TWO_INPUTS.items()},
    "log": (LogGate, 1),
    "matmul": (MatrixMultiplyGate, 2),
    "prelu": (PReLUGate, 2),
    "flatten": (Flatten, 1),
}


def run(name, x):
    make, inputs = EVERY_GATE[name]
    gate = make()
    return gate, gate.forward(*[x] * inputs)


@pytest.mark.parametrize("name", EVERY_GATE)
def test_an_upstream_gradient_of_another_shape_is_refused_by_name(name):
    """Left alone, most would broadcast, and hand back gradients that are not of the inputs' shapes."""
    gate, output = run(name, np.arange(1.0, 10.0).reshape(3, 3) + 0.5)
    for shape in ((2, 3), (4,), (7,), (2, 3, 3), (3, 1), (1, 3)):
        if shape != np.shape(output):
            with pytest.raises(ValueError) as refusal:
                gate.backward(np.ones(shape))
            assert str(refusal.value).startswith(f"{type(gate).__name__}.backward: upstream has shape {shape}, the")


@pytest.mark.parametrize("name", TWO_INPUTS)
def test_an_upstream_gradient_fits_what_the_inputs_broadcast_to(name):
    gate = TWO_INPUTS[name]()
    gate.forward(np.ones((3, 1), np.float32), np.full(4, 2, np.float32))
    dx, dy = gate.backward(np.ones((3, 4)))
    assert (dx.shape, dy.shape, dx.dtype, dy.dtype) == ((3, 1), (4,), np.float32, np.float32)
    with pytest.raises(ValueError, match=r"shape \(3, 1\), the output \(3, 4\)"):
        gate.backward(np.ones((3, 1)))


@pytest.mark.parametrize("name", EVERY_GATE)
def test_a_number_upstream_fills_an_array_and_float64_does_not_leak_in(name):
    gate, output = run(name, (np.arange(1, 10).reshape(3, 3) / 8).astype(np.float32))
    of_number, of_array = gate.backward(2), gate.backward(np.full(np.shape(output), 2.0))
    for g, h in zip(np.atleast_1d(of_number), np.atleast_1d(of_array), strict=True):
        assert g.dtype == h.dtype == np.float32
        assert g.shape == h.shape
        assert np.array_equal(g, h)


NEED_AXES = ("matmul", "transpose", "flatten", "softmax", "sum of columns", "sum of rows, kept", "mean of rows")


@pytest.mark.parametrize("name", [n for n in EVERY_GATE if n not in NEED_AXES])
@pytest.mark.parametrize("x", [2.5, 3, np.float64(2.5), np.array(2.5), np.float32(2.5)])
def test_numbers_in_numbers_out(name, x):
    gate, output = run(name, x)
    gradients = gate.backward(1.0)
    for value in (output, *(gradients if isinstance(gradients, tuple) else (gradients,))):
        assert np.shape(value) == ()
        if isinstance(x, (float, int)):
            assert type(value) is float
        else:
            assert np.asarray(value).dtype == x.dtype


def test_constants_take_the_precision_of_what_they_meet():
    x = np.ones((2, 3), np.float32)
    node = Input("x")
    for formula in (node * np.float64(2), node / np.ones(3), [1, 2, 3] - node, node + np.float64(0.5), 2 / node):
        graph = ComputationalGraph(formula)
        assert graph.forward(x=x).dtype == np.float32
        assert graph.backward(np.ones((2, 3)))["x"].dtype == np.float32


@pytest.mark.parametrize(
    ("mistake", "error", "words"),
    [
        (lambda: matmul(np.ones((2, 3, 4)), np.ones((4, 2))), ValueError, r"MatrixMultiplyGate.*\(2, 3, 4\)"),
        (lambda: matmul(2.0, np.ones((4, 2))), ValueError, r"MatrixMultiplyGate: shapes \(\).*with \*"),
        (lambda: nn_lib.transpose(np.ones(3)), ValueError, r"TransposeGate: needs a matrix, got shape \(3,\)"),
        (lambda: nn_lib.exp("two"), TypeError, "ExpGate takes real numbers"),
        (lambda: nn_lib.relu(np.array([1, None])), TypeError, "ReLUGate takes real numbers.*object"),
        (lambda: nn_lib.prelu(np.ones((2, 3)), np.ones(4)), ValueError, r"PReLUGate: shapes \(2, 3\) and \(4,\)"),
        (lambda: nn_lib.scale(np.ones((2, 3)), np.ones(4)), ValueError, r"ScaleGate: shapes \(2, 3\) and \(4,\)"),
        (lambda: SquaredError().forward(np.ones((4, 2)), np.ones((4, 3))), ValueError, r"SquaredError.*\(4, 3\)"),
        (lambda: SquaredError().forward(np.ones(0), np.ones(0)), ValueError, "SquaredError.*empty"),
        (lambda: BinaryCrossEntropy().forward(np.ones(2), [np.nan, 0]), ValueError, "nan"),
        (lambda: BinaryCrossEntropy().forward(np.ones(2), [-1, 1]), ValueError, "from -1 to 1"),
        (lambda: SoftmaxCrossEntropy().forward(np.ones((2, 3)), [0, np.nan]), ValueError, "one of them is nan"),
        (lambda: SoftmaxCrossEntropy().forward(np.ones((2, 3)), [0, 0.5]), ValueError, "one of them is 0.5"),
        (lambda: SoftmaxCrossEntropy().forward(np.ones((2, 3)), ["a", "b"]), ValueError, "one of them is 'a'"),
        (lambda: SoftmaxCrossEntropy().forward(np.ones((2, 3)), [[0], [1]]), ValueError, r"labels\[:, 0\]"),
        (lambda: SoftmaxCrossEntropy().forward(np.ones(3), [0]), ValueError, "batch of one"),
        (lambda: SoftmaxCrossEntropy().forward(np.ones((0, 3)), np.zeros(0, int)), ValueError, "empty"),
        (lambda: NegativeLogLikelihood().forward(np.full((1, 2), 3.0), [0]), ValueError, "Are these logits"),
        (lambda: Input("x") ** Input("y"), TypeError, r"PowerGate.*exp\(y \* log\(x\)\)"),
    ],
)
def test_a_mistake_is_named_with_its_gate_and_a_way_out(mistake, error, words):
    with pytest.raises(error, match=words):
        mistake()


def test_a_gate_that_has_not_run_can_be_copied_and_asked():
    gate = copy.deepcopy(MultiplyGate())
    assert not hasattr(pickle.loads(pickle.dumps(gate)), "x")
    with pytest.raises(RuntimeError, match="call forward first"):
        gate.backward(1.0)


def test_prelu_slopes_larger_than_their_input_send_back_its_shape():
    report = check_gradient(PReLUGate(), np.array([-1.0, 2.0, -3.0]), np.full((4, 3), 0.3))
    assert report, report


def test_targets_take_the_precision_of_the_predictions():
    x = np.ones((2, 3), np.float32)
    for loss in (SquaredError(), BinaryCrossEntropy()):
        for targets in (np.zeros((2, 3)), np.zeros((2, 3), int), np.zeros((2, 3), bool)):
            assert np.asarray(loss.forward(x, targets)).dtype == np.float32
            assert loss.backward()[0].dtype == np.float32


def test_whole_labels_may_come_as_floats_or_truths():
    x = np.array([[2.0, 1.0, 0.1], [0.3, 0.2, 0.1]])
    expected = SoftmaxCrossEntropy().forward(x, np.array([1, 0]))
    for labels in ([1.0, 0.0], [True, False], np.array([1, 0], np.uint8)):
        assert SoftmaxCrossEntropy().forward(x, labels) == expected


@pytest.mark.parametrize("loss", [SquaredError, BinaryCrossEntropy])
def test_a_losss_upstream_is_one_number(loss):
    gate = loss()
    gate.forward(np.ones(3), np.zeros(3))
    with pytest.raises(ValueError, match=rf"{loss.__name__}.backward: upstream has shape \(3,\)"):
        gate.backward(np.ones(3))


def test_losses_agree_with_pytorch(torch):
    rng = np.random.default_rng(5)
    for scale in (1.0, 30.0):
        x, y, labels = rng.normal(size=(6, 4)) * scale, rng.uniform(size=(6, 4)), rng.integers(0, 4, 6)
        theirs = {
            SquaredError: lambda t, y=y: ((t - torch.tensor(y)) ** 2).sum() / 2 / len(y),
            BinaryCrossEntropy: lambda t, y=y: torch.nn.functional.binary_cross_entropy_with_logits(t, torch.tensor(y)),
            SoftmaxCrossEntropy: lambda t, k=labels: torch.nn.functional.cross_entropy(t, torch.tensor(k)),
        }
        for gate, theirs_of in theirs.items():
            tensor = torch.tensor(x, requires_grad=True)
            value = theirs_of(tensor)
            value.backward()
            ours = gate()
            assert ours.forward(x, labels if gate is SoftmaxCrossEntropy else y) == pytest.approx(value.item())
            np.testing.assert_allclose(ours.backward()[0], tensor.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("x", [-120.0, -103.8, -97.2, -95.0, -49.0, -20.0, -7.0, 30.0, 100.0])
def test_the_slope_of_softplus_is_right_to_the_last_digits_far_from_zero(x, dtype):
    gate = ACTIVATIONS["softplus"]()
    report = check_gradient(gate, np.array([x], dtype))
    assert report, report
    assert gate.backward(np.ones(1)) == pytest.approx(np.exp(min(x, 0.0)), rel=2e-3, abs=float(np.finfo(dtype).tiny))


@pytest.mark.parametrize(
    ("exponent", "x"), [(3, 1e200), (3, -1e200), (2, -1e200), (2.5, 1e200), (-2, -1e-200), (-3, -1e-200), (0.5, 1e308)]
)
def test_a_power_too_large_for_a_number_is_infinite_as_in_an_array(exponent, x):
    number, array = PowerGate(exponent), PowerGate(exponent)
    with np.errstate(over="ignore"):
        assert number.forward(x) == array.forward(np.array([x]))[0]
        assert number.backward(1.0) == array.backward(np.ones(1))[0]


def test_empty_batches_and_empty_sums_go_through():
    flatten = Flatten()
    assert flatten.forward(np.ones((0, 2, 3))).shape == (0, 6)
    assert flatten.backward(np.ones((0, 6))).shape == (0, 2, 3)
    product = MatrixMultiplyGate()
    assert product.forward(np.ones((2, 0)), np.ones((0, 3))).tolist() == np.zeros((2, 3)).tolist()
    assert [g.shape for g in product.backward(np.ones((2, 3)))] == [(2, 0), (0, 3)]


@pytest.mark.parametrize("gate", [SumGate, MeanGate])
def test_the_sum_and_mean_of_a_number_over_its_axis_are_the_number(gate):
    one = gate(axis=0)
    assert one.forward(2.5) == 2.5
    assert one.backward(3.0) == 3.0


def test_a_small_binary_cross_entropy_keeps_its_digits():
    """As softplus(15) - 15 a float32 has none left."""
    for logit, y in ((15.0, 1.0), (5.0, 1.0), (-15.0, 0.0)):
        loss = BinaryCrossEntropy().forward(np.float32([logit]), np.float32([y]))
        assert loss == pytest.approx(np.log1p(np.exp(-abs(logit))), rel=1e-6)


@pytest.mark.parametrize("step", [0.0, 1e-9, 1e-8])
def test_the_divergence_of_neighbours_is_not_negative(step):
    rng = np.random.default_rng(0)
    for _ in range(50):
        p = rng.dirichlet(np.ones(4))
        q = p * (1 + step * rng.normal(size=4))
        assert kl_divergence(p, q / q.sum()) >= 0


@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy, NegativeLogLikelihood])
def test_whole_numbers_in_an_array_of_objects_are_labels(loss):
    scores = softmax(np.arange(6.0).reshape(2, 3))
    labels = np.array([2, 0], dtype=object)
    assert loss().forward(scores, labels) == loss().forward(scores, labels.astype(int))


def test_the_slope_of_prelu_keeps_its_precision_beside_a_number():
    gate = PReLUGate()
    gate.forward(-1.5, np.array([0.25], np.float32))
    assert gate.backward(2.0)[1].dtype == np.float32
