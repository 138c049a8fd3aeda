"""A name is given only where it explains all that is wrong, and nothing that is right."""

import numpy as np
import pytest

from autograder.exercises import get
from autograder.judge import judge
from autograder.judge.mutation import Catalogued
from autograder.student.local import LocalCode


def velocity_twice(parameters, gradients, velocities, learning_rate, momentum):
    v = [momentum * u - learning_rate * g for u, g in zip(velocities, gradients, strict=True)]
    return v, v


def parameters_moved_in_place(parameters, gradients, velocities, learning_rate, momentum):
    v = [momentum * u - learning_rate * g for u, g in zip(velocities, gradients, strict=True)]
    for p, u in zip(parameters, v, strict=True):
        p += u
    return parameters, v


def another_library(parameters, gradients, velocities, learning_rate, momentum):
    v = [momentum * u + g for u, g in zip(velocities, gradients, strict=True)]
    return [p - learning_rate * u for p, u in zip(parameters, v, strict=True)], v


def yielded(n, batch_size, rng):
    order = rng.permutation(n)
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size]


def first_and_rest_wrong(weights, alpha):
    return [1.5 * alpha * weights[0], *(0 * w for w in weights[1:])]


def raising(*arguments):
    raise ValueError("some array has a shape that I did not think of")


def half_shifted(logits):
    return np.exp(logits) / np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)


def with_one_known_mistake(upstream, x, W, b):
    return upstream @ W * 1.7, x.T @ upstream, upstream.sum(axis=0)


CASES = [
    ("momentum_step", velocity_twice, "velocity in place of the parameters"),
    ("momentum_step", parameters_moved_in_place, "parameters changed in place"),
    ("momentum_step", another_library, "velocity without the learning rate"),
    ("minibatches", yielded, "yields instead of returning a list"),
    ("l2_penalty_gradients", lambda weights, alpha: [np.zeros_like(w) for w in weights], "all zeros"),
    ("l2_penalty_gradients", first_and_rest_wrong, None),
    ("fc_forward", raising, None),
    ("fc_backward", raising, None),
    ("mlp_backward", raising, None),
    ("fc_backward", with_one_known_mistake, None),
    ("fc_forward", lambda x, W, b: W @ x + b, "W times x, as for a single example"),
    ("cross_entropy", lambda p, q: -np.sum(q * np.log(np.maximum(p, 1e-300))), "p and q exchanged"),
    ("softmax_forward", half_shifted, "shift forgotten in one of two places"),
]


@pytest.mark.parametrize(("name", "answer", "mistake"), CASES)
@pytest.mark.parametrize("seed", range(3))
def test_the_name_is_the_mistake_or_there_is_none(name, answer, mistake, seed):
    verdict = judge(name, {name: answer}, seed)
    assert not verdict.passed
    assert verdict.misconceptions == (() if mistake is None else (mistake,))


def test_a_table_that_outlives_the_call_is_named_and_shown_by_two_calls():
    """Asked about graphs whose nodes have new names, it is right: something is kept under the old ones."""
    table = {}

    def count_paths(successors, source, target):
        if source == target:
            return 1
        if source not in table:
            table[source] = sum(count_paths(successors, after, target) for after in successors[source])
        return table[source]

    verdict = judge("count_paths", {"count_paths": count_paths}, 3, explain=1e-9)
    assert verdict.misconceptions == ("keeps an earlier answer",)
    assert verdict.call.count("count_paths(") == 2

    def one_too_few(successors, source, target):
        return get("count_paths").reference(successors, source, target) - (source == "a0")

    assert judge("count_paths", {"count_paths": one_too_few}, 3, explain=None).misconceptions == ()


def test_an_order_that_is_wrong_is_not_only_a_cycle_passed_over():
    by_number = lambda successors: sorted(successors, key=lambda node: -len(successors[node]))  # noqa: E731
    verdict = judge("topological_order", {"topological_order": by_number}, 0, explain=None)
    assert verdict.points == 0.0
    assert verdict.misconceptions == ("sorted by the number of arrows",)


def test_depth_first_is_not_called_breadth_first():
    def as_met(successors):
        done, order = set(), []
        for start in successors:
            stack = [start]
            while stack:
                node = stack.pop()
                if node not in done:
                    done.add(node)
                    order.append(node)
                    stack += successors[node]
        return order

    names = judge("topological_order", {"topological_order": as_met}, 0, explain=None).misconceptions
    assert names == ("does not wait for every arrow",)


def test_two_mistakes_that_spoil_other_calls_are_both_named():
    right = get("gradient_check").reference

    def no_shapes_and_nan(forward, backward, inputs):
        return right(forward, backward, inputs, shapes=False, finite=False)

    verdict = judge("gradient_check", Catalogued({"gradient_check": no_shapes_and_nan}), 3, explain=None)
    assert set(verdict.misconceptions) == {"a nan is accepted", "shapes not compared"}


def test_what_is_slow_and_what_is_wrong_are_both_named():
    def paths(successors, source, target):
        if len(successors) > 100:
            while True:
                pass
        return sum((after == target) + paths(successors, after, target) for after in successors[source])

    verdict = judge("count_paths", LocalCode({"count_paths": paths}, 0.2), 3, explain=None)
    assert verdict.misconceptions == ("no path from a node to itself", "walks every path")


def test_one_name_is_given_once():
    right = get("activation").reference

    def masks(name):
        value, slope = right(name)
        if name != "elu":
            return value, slope
        return (lambda x: (x > 0) * x + (x <= 0) * (np.exp(x) - 1)), (lambda x: (x > 0) * 1.0 + (x <= 0) * np.exp(x))

    names = judge("activation", Catalogued({"activation": masks}), 3, explain=None).misconceptions
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("place", [0, -1])
def test_an_order_in_which_nodes_do_not_wait_for_all_their_arrows(place):
    def order_of(successors):
        arrows = {target for after in successors.values() for target in after}
        order, waiting = [], [node for node in successors if node not in arrows]
        while waiting:
            node = waiting.pop(place)
            if node not in order:
                order.append(node)
                waiting.extend(successors[node])
        if len(order) < len(successors):
            raise ValueError("cycle")
        return order

    code = LocalCode({"topological_order": order_of}, 0.5)
    names = judge("topological_order", code, 3, explain=None).misconceptions
    assert names in (("does not wait for every arrow",), ("breadth first by distance",))
