"""Mistakes that ordinary probes do not show, whatever the exercise: a kept answer, a finite difference."""

import pickle

import numpy as np
import pytest

from autograder.exercises import DIFFERENCE, MEMORY, Formula, get, the_course
from autograder.judge import judge
from autograder.judge.mutation import Catalogued
from autograder.judge.plan import plan_for


def exposing(mark):
    return [
        exercise.name
        for exercise in the_course().exercises.values()
        if any(probe.exposes == mark for probe in exercise.drawn(np.random.default_rng(0)))
    ]


def remembering(reference, key):
    answers = {}

    def answer(*arguments):
        kept = pickle.dumps([arguments[i] for i in key])
        if kept not in answers:
            answers[kept] = reference(*arguments)
        return answers[kept]

    return answer


def judged(exercise, answer, seed=0):
    return judge(exercise.name, Catalogued({**exercise.code(exercise.reference), exercise.name: answer}), seed)


def of_data(names):
    """The exercises whose arguments are data, which an answer can be remembered by; functions cannot."""
    given = {name: plan_for(name, 0).probes[0].steps[0].args for name in names}
    return [name for name, args in given.items() if not any(map(has_formula, args))]


def of_one_call(names):
    """The exercises whose answer is a call's result, and not something to be called in its turn."""
    return [name for name in of_data(names) if all(len(probe.steps) == 1 for probe in plan_for(name, 0).probes)]


def has_formula(value):
    return isinstance(value, Formula) or (isinstance(value, (list, tuple)) and any(map(has_formula, value)))


def values(exercise, argument):
    """The values that the reference gives for all probes that bring other values of one argument alone."""
    by_the_rest = {}
    for probe in plan_for(exercise.name, 0).probes:
        if len(probe.steps) == 1 and len(probe.steps[0].args) == len(exercise.arguments) and not probe.raises:
            args = probe.steps[0].args
            rest = pickle.dumps([a for i, a in enumerate(args) if i != argument])
            by_the_rest.setdefault(rest, set()).add(pickle.dumps(exercise.reference(*args)))
    return by_the_rest.values()


def matters(exercise, argument):
    """Whether the value of an argument changes an answer: whoever does not look at another is right."""
    return any(len(answers) > 1 for answers in values(exercise, argument))


@pytest.mark.parametrize("name", of_data(exposing(MEMORY)))
def test_an_answer_remembered_by_a_part_of_its_arguments_costs_points_and_is_named(name):
    exercise = get(name)
    count = len(exercise.arguments)
    for missing in range(count):
        if not matters(exercise, missing):
            continue
        key = [i for i in range(count) if i != missing]
        for kept_by in {tuple(key), *((i,) for i in key)}:
            verdict = judged(exercise, remembering(exercise.reference, kept_by))
            assert not verdict.passed, (missing, kept_by)
            if verdict.criteria[0].points == verdict.criteria[0].max_points:
                assert verdict.misconceptions == (MEMORY.name,), (missing, kept_by)


@pytest.mark.parametrize("name", of_data(exposing(MEMORY)))
def test_an_answer_remembered_by_all_its_arguments_is_right(name):
    exercise = get(name)
    every = range(len(exercise.arguments))
    assert judged(exercise, remembering(exercise.reference, every)).passed


def _network_loss(x, labels, weights, biases, activation):
    from nn_lib import MLP

    network = MLP([x.shape[1], *map(len, biases)], activation)
    for layer, w, b in zip(network.fully_connected, weights, biases, strict=True):
        layer.W[...], layer.b[...] = w, b
    return network.loss(x, labels)


def _penalty(weights, alpha):
    return 0.5 * alpha * sum(np.sum(w * w) for w in weights)


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


LOSSES = {
    "linear_regression_gradient": lambda w, X, y: np.sum((y - X @ w) ** 2),
    "sigmoid_perceptron_gradient": lambda w, X, y: np.sum((y - sigmoid(X @ w)) ** 2),
    "output_delta_sigmoid_squared": lambda a, y: np.sum((a - y) ** 2) / (2 * len(a)),
    "l2_penalty_gradients": _penalty,
    "mlp_backward": _network_loss,
}


def difference(f, array, step):
    """The gradient of f by central differences, one entry at a time, in the array itself."""
    array = np.array(array, dtype=float)
    found = np.zeros(array.shape)
    for i in range(array.size):
        kept = array.flat[i]
        array.flat[i] = kept + step
        above = f(array)
        array.flat[i] = kept - step
        found.flat[i] = (above - f(array)) / (2 * step)
        array.flat[i] = kept
    return found


def by_differences(name, step):
    """A student's gradient by finite differences of the loss, or of upstream times the forward's result."""
    exercise = get(name)
    forward = get(exercise.forward).reference if exercise.forward else LOSSES.get(name, _network_loss)

    def upstream_first(upstream, *inputs):
        found = [
            difference(
                lambda v, i=i: float(np.sum(upstream * forward(*inputs[:i], v, *inputs[i + 1 :]))), inputs[i], step
            )
            for i in range(max(1, len(exercise.outputs)))
        ]
        return found[0] if len(found) == 1 else tuple(found)

    def of_output(a, y):
        return difference(lambda z: forward(sigmoid(z), y), np.log(a / (1 - a)), step)

    def of_weights(weights, alpha):
        return [
            difference(lambda v, i=i: forward([*weights[:i], v, *weights[i + 1 :]], alpha), w, step)
            for i, w in enumerate(weights)
        ]

    def of_network(x, labels, weights, biases, activation):
        dW = [
            difference(
                lambda v, i=i: forward(x, labels, [*weights[:i], v, *weights[i + 1 :]], biases, activation), w, step
            )
            for i, w in enumerate(weights)
        ]
        db = [
            difference(
                lambda v, i=i: forward(x, labels, weights, [*biases[:i], v, *biases[i + 1 :]], activation), b, step
            )
            for i, b in enumerate(biases)
        ]
        return forward(x, labels, weights, biases, activation), dW, db

    if exercise.upstream:
        return upstream_first
    special = {"output_delta_sigmoid_squared": of_output, "l2_penalty_gradients": of_weights}
    if exercise.signature == "(x, labels, weights, biases, activation)":
        return of_network
    return special.get(name, lambda first, *rest: difference(lambda v: forward(v, *rest), first, step))


@pytest.mark.parametrize("name", of_one_call(exposing(DIFFERENCE)))
@pytest.mark.parametrize("step", [1e-4, 1e-5, 1e-6])
@pytest.mark.parametrize("seed", range(2))
def test_a_finite_difference_in_place_of_the_formula_costs_points(name, step, seed):
    verdict = judged(get(name), by_differences(name, step), seed)
    assert not verdict.passed
    if verdict.misconceptions:
        assert verdict.misconceptions == (DIFFERENCE.name,)
        assert "formula" in verdict.hint


@pytest.mark.parametrize("name", of_one_call(exposing(DIFFERENCE)))
def test_a_finite_difference_is_named_where_all_else_is_right(name):
    plan = plan_for(name, 0)
    wrong = by_differences(name, 1e-5)
    marked = {id(probe) for probe in plan.probes if probe.exposes == DIFFERENCE}
    reference = get(name).reference

    def answer(*arguments):
        for probe in plan.probes:
            if id(probe) in marked and pickle.dumps(probe.steps[0].args) == pickle.dumps(arguments):
                return wrong(*arguments)
        return reference(*arguments)

    assert judged(get(name), answer).misconceptions == (DIFFERENCE.name,)


@pytest.mark.parametrize("step", [1e-5, 1e-6])
def test_a_measured_slope_in_a_table_of_functions_is_named(step):
    def activation(name):
        value, _ = get("activation").reference(name)
        return value, lambda x: (value(x + step) - value(x - step)) / (2 * step)

    assert judged(get("activation"), activation).misconceptions == (DIFFERENCE.name,)


@pytest.mark.parametrize("step", [1e-5, 1e-6])
def test_gradients_of_a_stack_that_are_measured_are_named(step):
    def stack_gradients(x, weights, value, slope):
        found, a = [], x @ weights[0].T
        for layer in range(len(weights)):

            def total(v, layer=layer):
                for W in weights[layer + 1 :]:
                    v = value(v) @ W.T
                return float(np.sum(value(v)))

            found.append(difference(total, a, step))
            a = value(a) @ weights[layer + 1].T if layer + 1 < len(weights) else a
        return found

    assert judged(get("stack_gradients"), stack_gradients).misconceptions == (DIFFERENCE.name,)
