"""Names for what students really write in any exercise, and none that leaves a wrong part unexplained."""

import linecache
import math

import numpy as np
import pytest

from autograder.exercises import get
from autograder.judge import judge
from autograder.judge.mutation import Catalogued
from autograder.student.local import LocalCode


def relu_in_place(upstream, x):
    upstream[x <= 0] = 0
    return upstream


def relu_with_if(upstream, x):
    if x > 0:
        return upstream
    return 0 * upstream


def chained(upstream, x):
    return upstream * (0 < x < np.inf)


def either(upstream, x):
    return upstream * (x > 0 and x < np.inf)


def caret(upstream, x):
    return upstream * (1 - np.tanh(x) ^ 2)


def generator(upstream, x):
    yield upstream * (x > 0)


def forgets(upstream, x):
    upstream * (x > 0)


def undefined(upstream, x):
    return upstream * (X > 0)  # noqa: F821


def two(upstream):
    return upstream


def whole(x):
    found = np.zeros_like(x)
    found[...] = 8 * x * np.cos(np.square(x, dtype=float)) * (np.sin(np.square(x, dtype=float)) + 3) ** 3
    return found


NAMED = [
    ("relu_backward", relu_in_place, "input modified in place"),
    ("relu_backward", relu_with_if, "if on an array"),
    ("relu_forward", lambda x: max(0, x), "Python's max or min of arrays"),
    ("relu_backward", chained, "a chained comparison of arrays"),
    ("relu_backward", either, "and, or, not of arrays"),
    ("tanh_backward", caret, "^ taken for a power"),
    (
        "tanh_backward",
        lambda upstream, x: upstream * (1 - math.tanh(x) ** 2),
        "a function of one number given an array",
    ),
    ("exp_backward", lambda upstream, x: upstream * math.exp(x), "a function of one number given an array"),
    ("relu_backward", generator, "yield instead of return"),
    ("relu_backward", forgets, "returns nothing"),
    ("circuit_gradients", lambda x, y, z: None, "returns nothing"),
    ("relu_backward", undefined, "a name that is not defined"),
    ("relu_backward", two, "called with other arguments than it takes"),
    ("relu_backward", lambda upstream, x: 0 * upstream, "all zeros"),
    ("numerical_gradient", lambda f, x: np.zeros(x.shape), "all zeros"),
    ("fc_backward", lambda g, x, W, b: (0 * x, 0 * W, 0 * b), "all zeros"),
    ("add_backward", lambda upstream, x, y: (1, 1), "the same answer whatever comes in"),
    ("multiply_backward", lambda upstream, x, y: 0, "the same answer whatever comes in"),
    ("two_path_gradient", lambda r, s: (36, 24), "the same answer whatever comes in"),
    ("tanh_backward", lambda x, upstream: upstream * (1 - np.tanh(x) ** 2), "arguments in another order"),
    ("max_backward", lambda x, y, upstream: (upstream * (x > y), upstream * (x <= y)), "arguments in another order"),
    ("nested_derivative", whole, "fractions cut off by whole numbers"),
    ("one_hot", lambda labels, classes: np.eye(classes)[labels].tolist(), "a list in place of an array"),
    ("two_path_gradient", lambda r, s: {"dr": 2 * r * s**2, "ds": 2 * r**2 * s}, "a dict in place of a row of values"),
]


EXCEPTIONS = [
    (lambda upstream, x: upstream * [0.0][3], "an index that is not there"),
    (lambda upstream, x: upstream * {}["x"], "a key that is not there"),
    (lambda upstream, x: upstream * (1 / 0), "a division by zero"),
    (lambda upstream, x: np.reshape(upstream, (7, 11)), "a shape for another number of entries"),
    (lambda upstream, x: upstream + "x", "calculating with what is no number"),
    (lambda upstream, x: [upstream] * 2.0, "calculating with what is no number"),
    (lambda upstream, x: upstream * np.pi(x), "a value of another kind than the line needs"),
    (lambda upstream, x: upstream * x.tanh(), "an attribute that is not there"),
    (lambda upstream, x: [g for g, _, _, _ in [(upstream, x)]], "another number of values than names"),
]


@pytest.mark.parametrize(("function", "called"), EXCEPTIONS)
def test_an_exception_in_the_student_s_own_line_has_a_name(function, called):
    verdict = judge("tanh_backward", {"tanh_backward": function}, 1, explain=None)
    assert verdict.misconceptions == (called,), verdict.to_text()
    assert verdict.hint.startswith("In the line")


@pytest.mark.parametrize(("name", "function", "called"), NAMED)
def test_what_students_write_has_a_name_and_a_hint(name, function, called):
    for seed in range(4):
        verdict = judge(name, {name: function}, seed, explain=None)
        assert verdict.points < verdict.max_points
        assert called in verdict.misconceptions, verdict.to_text()
        assert verdict.hint


PARAMETERS = [
    ("(X, y, w)", "arguments in another order", "your function takes (X, y, w)."),
    ("(w, X)", "called with other arguments than it takes", "your function takes (w, X). Which"),
    ("(w, X, y, b)", "called with other arguments than it takes", "your function takes (w, X, y, b). Where"),
    ("(w, X, *, y)", "called with other arguments than it takes", "y can only be given by name"),
]


@pytest.mark.parametrize(("parameters", "called", "said"), PARAMETERS)
def test_parameters_are_held_against_the_docstring_s(parameters, called, said):
    # Beside the parameters the values are wrong, too: no answer that is right otherwise tells the order.
    source = f"def linear_regression_gradient{parameters}:\n    return X.T @ (y - X @ w)\n"
    file, names = f"<ipython-input-{parameters}>", {"__name__": "__main__"}
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), names)
    verdict = judge("linear_regression_gradient", names, explain=None)
    assert verdict.misconceptions == (called,)
    assert "(w, X, y)" in verdict.hint
    assert said in verdict.hint


def test_what_leaves_a_wrong_part_unexplained_is_no_name():
    def one_too_low(labels, classes):
        return np.eye(classes)[labels - 1].tolist()

    def added_and_slow(successors, slopes, source, target):
        inner = (slopes[source, n] + added_and_slow(successors, slopes, n, target) for n in successors[source])
        return 1.0 if source == target else sum(inner)

    assert judge("one_hot", {"one_hot": one_too_low}, explain=None).misconceptions == ()
    code = LocalCode({"path_gradient": added_and_slow}, 0.2)
    assert judge("path_gradient", code, explain=None).misconceptions == ()


class NoSelf:
    def forward(x, y):  # noqa: N805
        return x * y

    def backward(upstream):  # noqa: N805
        return upstream, upstream


def test_a_method_without_self_is_asked_for_it():
    verdict = judge("MultiplyGate", {"MultiplyGate": NoSelf}, explain=None)
    assert verdict.misconceptions == ("called with other arguments than it takes",)
    assert "self" in verdict.hint


def test_a_hint_for_an_exception_quotes_the_student_s_own_line():
    verdict = judge("tanh_backward", {"tanh_backward": caret})
    assert "np.tanh(x) ^ 2" in verdict.hint


def test_a_write_into_the_upstream_gradient_costs_once():
    verdict = judge("relu_backward", {"relu_backward": relu_in_place})
    lost = [criterion for criterion in verdict.criteria if criterion.points < criterion.max_points]
    assert [criterion.name for criterion in lost] == [verdict.criteria[-1].name]


UNNAMED = [
    ("multiply_backward", lambda x, y, upstream: (upstream * y + 0.1, upstream * x)),
    ("fc_backward", lambda g, x, W, b: (g @ W, g.T @ np.abs(x), np.broadcast_to(g.mean(), b.shape))),
    ("broadcast_add_backward", lambda g, x, y: (g * 1.01, g.mean(axis=0))),
    ("sigmoid_circuit_backward", lambda w, x: (0.1 * np.append(x, 1), 0.1 * w[:2])),
]


@pytest.mark.parametrize(("name", "function"), UNNAMED)
def test_a_name_that_leaves_a_wrong_part_unexplained_is_not_given(name, function):
    verdict = judge(name, {name: function})
    assert verdict.points < verdict.max_points
    assert verdict.misconceptions == ()


def test_half_of_a_max_gate_is_not_called_a_gradient_to_both():
    class MaxGate:
        def forward(self, x, y):
            return max(x, y)

        def backward(self, upstream):
            return [upstream, 0.0]

    assert judge("MaxGate", {"MaxGate": MaxGate}).misconceptions == ()


def test_a_walk_in_depth_is_not_called_the_order_of_insertion():
    def topological_order(successors):
        order = []

        def visit(node):
            if node not in order:
                order.append(node)
                for after in successors[node]:
                    visit(after)

        if len(successors) < 1000:
            for node in successors:
                visit(node)
        return order

    assert (
        "order of insertion" not in judge("topological_order", {"topological_order": topological_order}).misconceptions
    )


def test_an_exception_is_no_evidence_for_a_slip_that_raises_too():
    def fc_backward(g, x, W, b):
        raise ValueError("not yet")

    assert judge("fc_backward", {"fc_backward": fc_backward}).misconceptions == ()


def test_a_memory_is_named():
    exercise, known = get("fc_forward"), {}

    def remembers(x, W, b):
        return known.setdefault(x.tobytes(), exercise.reference(x, W, b))

    verdict = judge("fc_forward", Catalogued({"fc_forward": remembers}))
    assert verdict.misconceptions == ("keeps an earlier answer",)


def test_what_fails_for_two_gates_at_once_is_no_slip_of_the_line_it_fails_in():
    """One memory of shapes for all gates ends in a reshape that cannot be, in a line with nothing wrong."""

    class AddGate:
        shapes = ()

        def forward(self, x, y):
            AddGate.shapes = [np.shape(x), np.shape(y)]
            return x + y

        def backward(self, dz):
            return [unbroadcast(dz, shape) for shape in AddGate.shapes]

    unbroadcast = get("unbroadcast").reference
    for seed in range(5):
        found = judge("AddGate", {"AddGate": AddGate}, seed, explain=5.0)
        assert not found.passed
        assert found.misconceptions == ()
        assert "two gates" in found.pattern
