"""The engine of one's own: every right design gives the gradients that differences measure, and its calls read well."""

import numpy as np
import pytest
from conftest import pasted
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.exercises import the_course
from autograder.judge import judge
from nn_lib import numerical_gradient

EXERCISE = the_course().get("Tensor")
PROGRAMS = EXERCISE.probes.__globals__
DESIGNS = [EXERCISE.reference, *EXERCISE.right]
X, Y = np.array([[0.3, 1.6], [1.2, 0.7]]), np.array([[1.4, 0.5], [0.8, 1.9]])
C = np.array([[0.6, 1.7], [1.1, 0.4]])


def measured(function, values, place):
    def at(x):
        return float(function(*[Plain(x if i == place else v) for i, v in enumerate(values)]).data)

    return numerical_gradient(at, values[place])


class Plain:
    """NumPy itself, with the names of a Tensor's operations."""

    def __init__(self, data):
        self.data = np.asarray(data)

    def _with(self, operation, *others):
        return Plain(operation(self.data, *(o.data if isinstance(o, Plain) else o for o in others)))

    def exp(self):
        return self._with(np.exp)

    def log(self):
        return self._with(np.log)

    def relu(self):
        return self._with(lambda x: np.maximum(x, 0.0))

    def sum(self, axis=None, keepdims=False):
        return Plain(self.data.sum(axis=axis, keepdims=keepdims))

    def __neg__(self):
        return self._with(np.negative)


for _name in ["add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "matmul", "pow"]:
    setattr(Plain, f"__{_name}__", lambda self, other, n=f"__{_name}__": self._with(getattr(np.ndarray, n), other))


def gradients(design, function, values):
    inputs = [design(v) for v in values]
    out = function(*inputs)
    out.backward()
    return float(out.data), [np.asarray(x.grad) for x in inputs]


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.__name__)
def test_every_program_of_the_check_has_the_gradient_that_differences_measure(design):
    programs = {n: (lambda *v, f=f: f(*v, C), f.__code__.co_argcount - 1) for n, f in PROGRAMS["ONE"].items()}
    programs |= {n: (f, f.__code__.co_argcount) for n, f in PROGRAMS["BRANCHES"].items()}
    for name, (function, count) in programs.items():
        values = [X, Y][:count]
        value, found = gradients(design, function, values)
        assert value == pytest.approx(float(function(*map(Plain, values)).data), rel=1e-12), name
        for place, gradient in enumerate(found):
            np.testing.assert_allclose(gradient, measured(function, values, place), rtol=1e-6, atol=1e-7, err_msg=name)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_program_gives_the_same_gradients_in_every_design(data):
    """Random straight-line programs over a pool of values, each of which may be used any number of times."""
    operations = {
        "a + b": lambda a, b: a + b,
        "a * b": lambda a, b: a * b,
        "a - b * 0.5": lambda a, b: a - b * 0.5,
        "a / (b * b + 1)": lambda a, b: a / (b * b + 1.0),
        "(a @ b) / 4": lambda a, b: (a @ b) / 4.0,
        "exp(-a * a)": lambda a, b: (-a * a).exp(),
        "log(a ** 2 + 1)": lambda a, b: (a**2 + 1.0).log(),
        "relu(a + 0.1)": lambda a, b: (a + 0.1).relu(),
        "a - mean of rows of b": lambda a, b: a - b.sum(axis=1, keepdims=True) / 2.0,
        "a + column sums": lambda a, b: a + b.sum(axis=0),
    }
    steps = data.draw(
        st.lists(st.tuples(st.sampled_from(sorted(operations)), st.integers(0, 7), st.integers(0, 7)), max_size=6)
    )

    def program(x, y):
        pool = [x, y]
        for name, i, j in steps:
            pool.append(operations[name](pool[i % len(pool)], pool[j % len(pool)]))
        return (pool[-1] * x + pool[-2] * y).sum()

    value, wanted = gradients(EXERCISE.reference, program, [X, Y])
    for design in EXERCISE.right:
        other, found = gradients(design, program, [X, Y])
        assert other == pytest.approx(value, rel=1e-9)
        for gradient, right in zip(found, wanted, strict=True):
            np.testing.assert_allclose(gradient, right, rtol=1e-8, atol=1e-9)


def test_a_failing_call_reads_as_one_writes_it():
    overwriting = next(m for m in EXERCISE.mistakes if m.name == "overwrites where a value is used twice")
    verdict = judge("Tensor", {"Tensor": overwriting.wrong}, seed=3)
    assert verdict.misconceptions == ("overwrites where a value is used twice",)
    assert ".backward()" in verdict.call and "x.grad" in verdict.call and "(x + x)" in verdict.call
    data, grad = pasted(verdict.call, {"Tensor": EXERCISE.reference, "np": np})[-2:]
    assert np.all(grad == 2.0) and data.shape == ()
