"""Formulas as people write them: indices, NumPy's functions, powers of a number, comparisons; and errors by name."""

import numpy as np
import pytest

import nn_lib
from nn_lib import ComputationalGraph, Input, Node, check_gradient, numerical_gradient

X = np.arange(1.0, 13.0).reshape(3, 4) / 5


def value_and_gradient(formula, x=X):
    node = Input("x")
    graph = ComputationalGraph(nn_lib.sum(formula(node) * 1.5))
    return graph.forward(x=x), graph.backward()["x"]


FORMULAS = {
    "an entry": lambda x: x[1, 2],
    "a row": lambda x: x[0],
    "a slice": lambda x: x[1:, ::2],
    "from the end": lambda x: x[-1, -2:],
    "a new axis": lambda x: x[:, None, 1],
    "an ellipsis": lambda x: x[..., 0],
    "entries, one twice": lambda x: x[[0, 2, 0]],
    "pairs": lambda x: x[[0, 1, 1], [3, 0, 0]],
    "a mask": lambda x: x[X > 1.0],
    "everything": lambda x: x[...],
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "square": np.square,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "exp2": np.exp2,
    "negative": np.negative,
    "absolute": np.abs,
    "abs": lambda x: abs(x - 1.1),
    "reciprocal": np.reciprocal,
    "maximum": lambda x: np.maximum(x, 1.1),
    "minimum": lambda x: np.minimum(1.1, x),
    "logaddexp": lambda x: np.logaddexp(x, 0.3),
    "an array plus": lambda x: np.ones(4) + x,
    "an array minus": lambda x: np.ones((3, 1)) - x,
    "an array over": lambda x: np.full(4, 2.0) / x,
    "a NumPy number times": lambda x: np.float64(3) * x,
    "a matrix times": lambda x: np.ones((2, 3)) @ x,
    "matmul": lambda x: np.matmul(np.ones((2, 3)), x),
    "power": lambda x: np.power(x, 3),
    "min": lambda x: np.minimum(x, np.ones(4)),
    "two to the power": lambda x: 2**x,
    "a half to the power": lambda x: np.float64(0.5) ** x,
    "sum": lambda x: x.sum(axis=0),
    "np.sum": lambda x: np.sum(x, axis=1, keepdims=True),
    "mean": lambda x: x.mean(axis=(0, 1)),
    "np.mean": lambda x: np.mean(x),
    "T": lambda x: x.T[1],
    "np.transpose": np.transpose,
    "plus": lambda x: +x,
}


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_of_nodes_is_the_formula_of_arrays(name):
    formula = FORMULAS[name]
    value, gradient = value_and_gradient(formula)
    assert value == pytest.approx(float(np.sum(formula(X) * 1.5)), rel=1e-12)
    np.testing.assert_allclose(gradient, numerical_gradient(lambda x: float(np.sum(formula(x) * 1.5)), X), rtol=1e-6)


def test_an_entry_taken_twice_gets_both_gradients():
    x = Input("x")
    graph = ComputationalGraph(x[[1, 1, 0]].sum() + x[1])
    assert graph.forward(x=np.array([2.0, 3.0])) == 11.0
    assert graph.backward()["x"].tolist() == [1.0, 3.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_index_keeps_the_dtype_and_a_number_is_a_number(dtype):
    x = Input("x")
    graph = ComputationalGraph(x[1])
    value = graph.forward(x=np.ones(3, dtype))
    assert type(value) is (np.float32 if dtype is np.float32 else float)
    assert graph.backward()["x"].dtype == dtype
    assert ComputationalGraph(x[...]).forward(x=2.5) == 2.5


@pytest.mark.parametrize("compare", [
    lambda x: x > 0, lambda x: x >= 1.0, lambda x: x < Input("y"), lambda x: np.ones(3) >= x, lambda x: x == 0.0,
    lambda x: x != np.zeros(2), lambda x: np.greater(x, 0), lambda x: max(x, Input("y")), lambda x: np.float64(1) == x,
])  # fmt: skip
def test_a_comparison_says_what_to_do_instead(compare):
    with pytest.raises(TypeError, match="cannot be compared.*maximum, relu"):
        compare(Input("x"))


def test_nodes_are_themselves_and_nothing_else():
    x, y = Input("x"), Input("y")
    assert x == x and x != y and [y, x].index(x) == 1 and len({x, y, x}) == 2
    assert x != "x"


@pytest.mark.parametrize(
    ("use", "error", "words"),
    [
        (lambda x: bool(x), TypeError, "no number yet"),
        (lambda x: float(x), TypeError, "exp, not math.exp"),
        (lambda x: 1.0 if x else 0.0, TypeError, "no number yet"),
        (lambda x: __import__("math").exp(x), TypeError, "exp, not math.exp"),
        (lambda x: list(x), TypeError, "not iterable"),
        (lambda x: np.where(x, 1.0, 0.0), TypeError, "np.where has no gate here.*exp"),
        (lambda x: np.arctan(x), TypeError, "np.arctan has no gate here"),
        (lambda x: np.add.reduce(x), TypeError, "reduce"),
        (lambda x: np.zeros(3).__iadd__(x), TypeError, "takes no out: write array = array [+] node"),
        (lambda x: x ** Input("y"), TypeError, r"PowerGate.*exp\(y \* log\(x\)\)"),
        (lambda x: (-2) ** x, ValueError, "ExponentialGate: the base must be a number above 0, not -2"),
        (lambda x: 0**x, ValueError, "ExponentialGate: the base"),
        (lambda x: x[Input("i")], TypeError, "IndexGate: an index is fixed"),
        (lambda x: x[0, Input("i")], TypeError, "IndexGate: an index is fixed"),
        (lambda x: x + "1", TypeError, "ShiftGate takes real numbers or arrays of them, not str"),
        (lambda x: "1" * x, TypeError, "ScaleGate takes real numbers"),
        (lambda x: x - None, TypeError, "SubtractGate takes real numbers"),
        (lambda x: [[1], [1, 2]] - x, TypeError, "SubtractGate takes .* rows of different lengths"),
        (lambda x: x / "2", TypeError, "DivideGate takes real numbers"),
        (lambda x: x / 0, ZeroDivisionError, "DivideGate: the number 1 is divided by 0"),
        (lambda x: x ** "2", TypeError, "PowerGate takes real numbers"),
        (lambda x: x ** [1, 2], TypeError, "PowerGate: the exponent must be one fixed number"),
        (lambda x: x @ "2", TypeError, "MatrixMultiplyGate takes real numbers"),
        (lambda x: nn_lib.maximum(x, 1j), TypeError, "MaxGate takes real numbers"),
        (lambda x: x + 10**400, TypeError, "ShiftGate takes .* beyond 1.8e308"),
        (lambda x: nn_lib.leaky_relu(x, "a"), TypeError, "LeakyReLUGate takes real numbers"),
        (lambda x: nn_lib.elu(x, None), TypeError, "ELUGate takes real numbers"),
    ],
)
def test_a_wrong_operand_is_refused_by_the_gate_that_it_was_meant_for(use, error, words):
    with pytest.raises(error, match=words):
        use(Input("x"))


def run(formula, x):
    graph = ComputationalGraph(formula(Input("x")))
    graph.forward(x=x)
    return graph.backward()


@pytest.mark.parametrize(
    ("formula", "x", "error", "words"),
    [
        (lambda x: nn_lib.sum(x**2) ** 0.5, np.zeros(3), ZeroDivisionError, "PowerGate: x.0.5 has no derivative at 0"),
        (lambda x: np.sqrt(x), 0.0, ZeroDivisionError, "PowerGate: x.0.5 has no derivative at 0"),
        (lambda x: (x**0.25).sum(), np.array([1.0, 0.0]), ZeroDivisionError, "PowerGate.*no derivative at 0"),
        (lambda x: x**-1, 0.0, ZeroDivisionError, "PowerGate: the number 0 has no power -1"),
        (lambda x: 1 / x, 0.0, ZeroDivisionError, "ReciprocalGate: the number 1 is divided by 0"),
        (lambda x: x / (x - x), 2.0, ZeroDivisionError, "DivideGate: the number 2 is divided by 0"),
        (lambda x: x[5], np.ones(3), IndexError, r"IndexGate: no \[5\] in an array of shape \(3,\)"),
        (lambda x: x[0], 2.0, IndexError, r"IndexGate: no \[0\] in an array of shape \(\)"),
        (lambda x: x.sum(axis=2), np.ones(3), ValueError, r"SumGate: axis 2 of shape \(3,\)"),
        (lambda x: x.mean(axis=1), np.ones(3), ValueError, r"MeanGate: axis 1 of shape \(3,\)"),
        (lambda x: x.mean(), np.ones(0), ValueError, "MeanGate: an array of shape .0,. has no mean"),
        (lambda x: np.log(x), 0.0, ValueError, "LogGate: the logarithm needs positive values"),
    ],
)
def test_where_there_is_no_value_or_slope_the_gate_is_named(formula, x, error, words):
    with pytest.raises(error, match=words):
        run(formula, x)


@pytest.mark.parametrize("result", [
    lambda: nn_lib.sum(np.array([1.0, 2.0])), lambda: nn_lib.mean(np.array([1.0, 2.0])),
    lambda: nn_lib.matmul(np.ones(2), np.ones(2)), lambda: nn_lib.pick(np.ones(2), 0),
    lambda: nn_lib.add(np.float64(1), np.array(2.0)), lambda: nn_lib.relu(np.array(2.0)),
    lambda: nn_lib.scale(np.float64(2), 3.0), lambda: nn_lib.prelu(-1.0, 0.2), lambda: nn_lib.maximum(1.0, 2.0),
    lambda: nn_lib.squared_error(np.ones(2), np.zeros(2)), lambda: nn_lib.entropy([0.5, 0.5]),
    lambda: nn_lib.binary_cross_entropy(np.ones(2), np.ones(2)), lambda: numerical_gradient(np.exp, np.float64(1)),
    lambda: nn_lib.softmax_cross_entropy(np.ones((2, 2)), [0, 1]), lambda: nn_lib.absolute(-2.0),
    lambda: run(lambda x: nn_lib.sum(x * 2.0), np.array(3.0))["x"], lambda: nn_lib.minimum(1.0, 2.0),
    lambda: nn_lib.L2(0.1).penalty([np.ones((2, 2))]), lambda: nn_lib.power(2.0, np.array(3.0)),
])  # fmt: skip
def test_one_number_is_a_python_float(result):
    assert type(result()) is float


# Short names, as they are typed; a library that took Python's own would be in the way.
WRITTEN = {"max": "maximum", "min": "minimum", "abs": "absolute", "ln": "log"}


def test_the_functions_of_the_widgets_are_those_of_the_library():
    from nn_lib.widgets.expressions import FUNCTIONS, graph_of

    for name, (count, function) in FUNCTIONS.items():
        assert function is getattr(nn_lib, WRITTEN.get(name, name))
        node = function(*[Input(letter) for letter in "xy"[:count]])
        typed = graph_of(f"{name}({', '.join('xy'[:count])})")
        assert type(typed.output.gate) is type(node.gate)
        assert vars(nn_lib)[type(node.gate).__name__] is type(node.gate)


def test_sin_and_cos_are_gates_like_all_others():
    for gate in (nn_lib.SinGate(), nn_lib.CosGate()):
        with pytest.raises(RuntimeError, match="call forward first"):
            gate.backward(1.0)
        gate.forward(np.ones(3, np.float32))
        with pytest.raises(ValueError, match=rf"{type(gate).__name__}.backward: upstream has shape \(2,\)"):
            gate.backward(np.ones(2))
        assert gate.backward(np.ones(3)).dtype == np.float32
        assert check_gradient(gate, np.linspace(-1e4, 1e4, 40))
        assert np.isnan(gate.forward(np.inf))


def test_a_node_of_three_inputs_goes_both_ways():
    class Middle(nn_lib.Gate):
        def forward(self, x, y, z):
            self.y = y
            return x * 0 + y + z * 2

        def backward(self, upstream):
            return None, upstream, 2 * upstream

    from nn_lib.graph import apply

    x, y, z = Input("x"), Input("y"), Input("z")
    graph = ComputationalGraph(apply(Middle(), x, y * 3.0, z) + y)
    assert graph.forward(x=1.0, y=2.0, z=5.0) == 18.0
    assert graph.backward() == {"x": None, "y": 4.0, "z": 2.0}
    assert [node.name for node in graph.nodes_topologically_sorted()[:3]] == ["x", "y", "z"]
    assert isinstance(graph.output, Node) and len(graph.output.parents) == 2
