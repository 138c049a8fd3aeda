"""Wrong in one place only: beside a kink, at 0, in one row, for a large upstream gradient, on the second call.

None of them is in a catalogue. Each must lose points on every seed.
"""

import numpy as np
import pytest

from autograder.exercises import get
from autograder.judge import judge
from autograder.judge.mutation import Catalogued

SEEDS = range(4)


def sigmoid(x):
    return 0.5 * (1 + np.tanh(np.asarray(x) / 2))


def slopes(x, a=None):
    return {
        "relu_backward": lambda g, x: g * (x > 0),
        "sigmoid_backward": lambda g, x: g * sigmoid(x) * (1 - sigmoid(x)),
        "tanh_backward": lambda g, x: g * (1 - np.tanh(x) ** 2),
        "exp_backward": lambda g, x: g * np.exp(x),
        "softplus_backward": lambda g, x: g * sigmoid(x),
    }


RIGHT = slopes(None)
KINKED = {"relu_backward": 0.0}


def refused(name, function, seeds=SEEDS):
    for seed in seeds:
        verdict = judge(name, {name: function}, seed, explain=None)
        assert verdict.points < verdict.max_points, (name, seed)


@pytest.mark.parametrize("name", RIGHT)
def test_the_right_ones_are_right(name):
    assert all(judge(name, {name: RIGHT[name]}, seed).passed for seed in SEEDS)


@pytest.mark.parametrize("name", KINKED)
@pytest.mark.parametrize("shift", [0.049, 0.011, -0.02, 0.002, -2e-4, 5e-4])
def test_a_threshold_beside_the_kink(name, shift):
    right = RIGHT[name]
    refused(name, lambda g, x, *rest: right(g, np.asarray(x) - shift, *rest))


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize(
    "upstream",
    [
        lambda g: np.clip(g, -2, 2),
        lambda g: np.clip(g, -10, 10),
        lambda g: np.minimum(g, 3),
        np.abs,
        lambda g: np.where(np.abs(g) > 4, 0, g),
        lambda g: np.where(g == 0, 1, g),
        lambda g: g / max(1.0, float(np.sqrt(np.sum(np.square(g))))),
    ],
)
def test_an_upstream_gradient_that_is_limited_or_lost(name, upstream):
    right = RIGHT[name]
    refused(name, lambda g, x, *rest: right(upstream(g), np.asarray(x), *rest))


@pytest.mark.parametrize("name", [name for name in RIGHT if name not in KINKED])
def test_wrong_at_exactly_0(name):
    right = RIGHT[name]
    refused(name, lambda g, x: np.where(np.asarray(x) == 0, 0.0, right(g, np.asarray(x))))


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("row", range(7))
def test_one_row_doubled(name, row):
    right = RIGHT[name]

    def doubles(g, x, *rest):
        found = np.array(right(g, np.asarray(x), *rest), dtype=float)
        if found.ndim == 2 and len(found) > row:
            found[row] *= 2
        return found

    refused(name, doubles)


@pytest.mark.parametrize("row", [0, 1, 2, 3, 5, 6, -1])
def test_one_row_of_a_relu_doubled(row):
    def relu_forward(x):
        found = np.maximum(x, 0) * 1.0
        if found.ndim == 2 and -len(found) <= row < len(found):
            found[row] *= 2
        return found

    refused("relu_forward", relu_forward)


def table(name):
    """The pair of `activation`, written independently of the catalogue."""
    pairs = {
        "linear": (lambda x: 1 * x, lambda x: x * 0 + 1),
        "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
        "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        "relu": (lambda x: np.maximum(x, 0), lambda x: np.heaviside(x, 0.5)),
        "leaky_relu": (lambda x: np.maximum(x, 0.01 * x), lambda x: np.where(x > 0, 1, 0.01)),
        "hard_tanh": (lambda x: np.clip(x, -1, 1), lambda x: np.heaviside(1 - np.abs(x), 1)),
        "softsign": (lambda x: x / (1 + np.abs(x)), lambda x: (1 + np.abs(x)) ** -2.0),
        "elu": (lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), lambda x: np.exp(np.minimum(x, 0))),
        "softplus": (lambda x: np.logaddexp(x, 0), sigmoid),
    }
    if name not in pairs:
        raise ValueError(name)
    return pairs[name]


ROWS = ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "hard_tanh", "softsign", "elu", "softplus"]


def in_row(chosen, which, change):
    """The table with one function of one row changed."""

    def activation(name):
        pair = list(table(name))
        if name == chosen:
            pair[which] = change(pair[which])
        return pair

    return activation


def beyond(limit):
    return lambda f: lambda x: np.where(np.abs(x) > limit, 0.5 * f(x), f(x))


def third_row_doubled(f):
    def changed(x):
        found = np.array(f(x), dtype=float)
        if found.ndim == 2 and len(found) > 3:
            found[3] *= 2
        return found

    return changed


def one_for_the_array(f):
    return lambda x: np.full(np.shape(x), np.mean(f(x)))


CHANGES = [
    lambda f: lambda x: f(x) + 1e-3,
    lambda f: lambda x: 1.01 * f(x),
    third_row_doubled,
    lambda f: lambda x: np.where(x < 0, 0.9, 1) * f(x) + np.where(x < 0, 0.01, 0),
    lambda f: lambda x: f(x).reshape(len(x), -1),
]


def test_the_table_is_right():
    assert all(judge("activation", {"activation": table}, seed).passed for seed in SEEDS)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("which", [0, 1])
def test_a_row_of_the_table_wrong_in_one_place(name, which):
    far = [beyond(20.0), beyond(3.0)] if which == 0 else []  # a slope out there may be 0
    for change in [*CHANGES, *far]:
        refused("activation", in_row(name, which, change), [0, 1])
    if name != "linear" or which == 0:
        refused("activation", in_row(name, which, one_for_the_array), [0, 1])


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "hard_tanh"])
@pytest.mark.parametrize("shift", [0.049, 0.011, -0.02, 0.002, -2e-4, 5e-4])
def test_a_threshold_of_the_table_beside_the_kink(name, shift):
    refused("activation", in_row(name, 1, lambda f: lambda x: f(np.asarray(x) - shift)))


def test_an_unknown_name_is_asked_for():
    refused("activation", lambda name: table(name if name in ROWS else "linear"))


def test_a_stack_of_gradients_wrong_in_one_place():
    def stack(x, weights, value, slope, g0=lambda h: np.ones(h.shape), at=lambda layer, g: g):
        seen, h = [], x
        for W in weights:
            seen.append(h @ W.T)
            h = value(seen[-1])
        upstream, found = g0(h), []
        for layer in range(len(weights) - 1, -1, -1):
            found.insert(0, at(layer, upstream * slope(seen[layer])))
            upstream = found[0] @ weights[layer]
        return found

    assert all(judge("stack_gradients", {"stack_gradients": stack}, seed).passed for seed in SEEDS)
    refused("stack_gradients", lambda *a: stack(*a, g0=lambda h: np.ones(h.shape) / len(h)))
    refused("stack_gradients", lambda *a: stack(*a, at=lambda layer, g: g if layer < 3 else 0 * g))
    refused("stack_gradients", lambda *a: stack(*a, at=lambda layer, g: g if layer < 8 else 0.5 * g))
    refused("stack_gradients", lambda *a: stack(*a, at=lambda layer, g: np.clip(g, -1, 1)))
    refused("stack_gradients", lambda x, weights, value, slope: stack(x, weights, value, slope)[:2])
    refused("stack_gradients", lambda x, weights, value, slope: stack(x[:5], weights, value, slope))


def test_prelu_s_own_slope_may_be_negative_and_its_sum_has_more_than_five_rows():
    def prelu(g, x, alpha):
        return g * np.where(x > 0, 1.0, alpha), float(np.sum(g * x * (x < 0)))

    assert judge("prelu_backward", {"prelu_backward": prelu}).passed
    refused("prelu_backward", lambda g, x, a: prelu(g, x, abs(a)))
    refused("prelu_backward", lambda g, x, a: (prelu(g, x, a)[0], prelu(g[:5], x[:5], a)[1]))


@pytest.mark.parametrize(
    ("name", "number"),
    [
        (n, i)
        for n in ("fc_backward", "scale_backward", "sigmoid_backward", "descent_path", "softmax_forward")
        for i in range(3)
    ],
)
def test_a_memory_keyed_on_one_argument(name, number):
    exercise = get(name)
    if number >= len(exercise.arguments) or len(exercise.arguments) == 1:
        return
    known = {}

    def remembers(*given):
        key = repr(given[number]) if not callable(given[number]) else given[number].__code__.co_code
        if key not in known:
            known[key] = exercise.reference(*given)
        return known[key]

    for seed in range(3):
        known.clear()
        verdict = judge(name, Catalogued({name: remembers}), seed)
        assert verdict.points < verdict.max_points
        if verdict.criteria[0].points == verdict.criteria[0].max_points:
            assert verdict.misconceptions == ("keeps an earlier answer",)


def stepping(quotient, put_back=True):
    def numerical_gradient(f, x):
        x = np.array(x, dtype=float)
        found = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            kept = x[index]
            found[index] = quotient(f, x, index)
            if put_back:
                x[index] = kept
        return found

    return numerical_gradient


def at(f, x, index, h):
    moved = x.copy()
    moved[index] += h
    return f(moved)


def leaves_it(f, x, index):
    x[index] += 1e-5
    above = f(x)
    x[index] -= 2e-5
    return (above - f(x)) / 2e-5


def central(h):
    return lambda f, x, i: (at(f, x, i, h) - at(f, x, i, -h)) / (2 * h)


@pytest.mark.parametrize("h", [1e-3, 1e-4, 1e-5, 3e-6, 1e-7])
def test_a_central_difference_is_right_with_any_sensible_step(h):
    for seed in SEEDS:
        assert judge("numerical_gradient", {"numerical_gradient": stepping(central(h))}, seed).passed


@pytest.mark.parametrize(
    "wrong",
    [
        *(stepping(lambda f, x, i, h=h: (at(f, x, i, h) - f(x)) / h) for h in (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, -1e-6)),
        stepping(leaves_it, put_back=False),
        stepping(lambda f, x, i: central(1e-5)(f, x, i) * (1 + 1e-4)),
        stepping(lambda f, x, i: central(1e-5)(f, x, i) - 1e-3),
    ],
)
def test_a_numerical_gradient_that_looks_to_one_side_or_does_not_go_back(wrong):
    refused("numerical_gradient", wrong)


def test_a_direction_along_an_axis():
    def directional_derivative(gradient, direction):
        if direction[0] == 0:
            raise ValueError("nowhere")
        return float(gradient @ direction / np.linalg.norm(direction))

    refused("directional_derivative", directional_derivative)


def test_a_direction_whose_entries_add_up_to_0():
    def by_its_sum(gradient, direction):
        if np.sum(direction) == 0:
            raise ValueError("a direction of length 0")
        return float(gradient @ direction / np.linalg.norm(direction))

    refused("directional_derivative", by_its_sum)


def test_a_stored_0_is_stored():
    def count(successors, source, target):
        stored = {}

        def ways(node):
            if node == target:
                return 1
            if not stored.get(node):
                stored[node] = sum(ways(after) for after in successors[node])
            return stored[node]

        return ways(source)

    verdict = judge("count_paths", Catalogued({"count_paths": count}, call_seconds=0.5), 0, explain=None)
    assert 0 < verdict.points < verdict.max_points
    assert "ladder of 60 rungs" in verdict.criteria[-1].message + verdict.criteria[-2].message


def test_the_gradient_of_an_array_that_nobody_uses_is_an_array():
    def run_backward(circuit, values):
        arrived = {name: [] for name in values}
        last = circuit[-1][0]
        arrived[last].append(np.ones_like(values[last], dtype=float))
        gradients = {}
        for name, gate, parents in reversed(circuit):
            gradients[name] = sum(arrived[name]) if arrived[name] else 0.0
            if gate is not None and arrived[name]:
                for parent, gradient in zip(parents, gate.backward(gradients[name]), strict=True):
                    arrived[parent].append(gradient)
        return gradients

    refused("run_backward", run_backward)


def test_a_graph_s_dict_of_inputs_is_the_caller_s():
    right = get("ComputationalGraph").reference

    class ComputationalGraph(right):
        def forward(self, inputs):
            value = super().forward(inputs)
            inputs.update(self.values)
            return value

    verdict = judge("ComputationalGraph", {"ComputationalGraph": ComputationalGraph})
    assert 0 < verdict.points < verdict.max_points
    assert "belongs to the caller" in verdict.to_text()


def test_a_graph_that_measures_instead_of_asking_its_gates():
    right = get("ComputationalGraph").reference

    class ComputationalGraph(right):
        def forward(self, inputs):
            self.given = dict(inputs)
            return super().forward(inputs)

        def backward(self):
            def at(name, h):
                return right(self.nodes).forward({**self.given, name: self.given[name] + h})

            return {name: (at(name, 1e-5) - at(name, -1e-5)) / 2e-5 for name in self.given}

    verdict = judge("ComputationalGraph", {"ComputationalGraph": ComputationalGraph})
    assert verdict.points < verdict.max_points
    assert "ask the gate" in verdict.to_text()


def test_a_checker_that_does_not_look_at_shapes():
    def gradient_check(forward, backward, inputs):
        inputs = [np.array(x, dtype=float) for x in inputs]
        upstream = np.random.default_rng(0).uniform(0.5, 1.5, np.shape(forward(*inputs)))
        for i, (x, gradient) in enumerate(zip(inputs, backward(upstream, *inputs), strict=True)):
            for index in np.ndindex(x.shape):
                ends = [[v.copy() for v in inputs] for _ in range(2)]
                ends[0][i][index] += 1e-5
                ends[1][i][index] -= 1e-5
                slope = np.sum(upstream * (forward(*ends[0]) - forward(*ends[1]))) / 2e-5
                given = (
                    np.broadcast_to(gradient, x.shape)[index]
                    if np.size(gradient) == x.size and np.ndim(gradient) <= x.ndim
                    else np.reshape(gradient, x.shape)[index]
                )
                if not abs(slope - given) <= 1e-4 * max(abs(slope), np.max(np.abs(gradient)), 1e-8):
                    return False
        return True

    refused("gradient_check", gradient_check)


@pytest.mark.parametrize("seed", range(5))
def test_memory_that_nobody_wrote_is_no_answer(seed):
    def entropy(p):
        return -np.sum(p * np.log(p, where=p > 0), axis=-1)

    def relu_forward(x):
        out = np.empty_like(x)
        out[x > 0] = x[x > 0]
        return out

    for answer in (entropy, relu_forward):
        verdict = judge(answer.__name__, {answer.__name__: answer}, seed)
        assert not verdict.passed, answer.__name__
