"""What the losses' exercises promise beyond their catalogue: harmless guards pass, harmful ones are named."""

import re

import numpy as np
import pytest

from autograder.judge import judge


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("guard", [1e-7, 1e-8, 1e-12, 1e-15])
@pytest.mark.parametrize("seed", range(5))
def test_a_guard_inside_the_logarithm_costs_the_corners_alone_and_is_named(guard, seed):
    def binary_cross_entropy_forward(logits, targets):
        a = sigmoid(logits)
        return -np.mean(targets * np.log(a + guard) + (1 - targets) * np.log(1 - a + guard))

    verdict = judge(
        "binary_cross_entropy_forward", {"binary_cross_entropy_forward": binary_cross_entropy_forward}, seed
    )
    assert verdict.misconceptions == ("guarded, and cut off",)
    assert [c.points for c in verdict.criteria] == [1.2, 0.0, 0.4]


@pytest.mark.parametrize("guard", [1e-7, 1e-15])
def test_a_guard_for_0_log_0_is_right(guard):
    assert judge("entropy", {"entropy": lambda p: -np.sum(p * np.log(p + guard))}).passed


def test_a_gradient_of_the_students_own_squared_error_keeps_half_of_its_values():
    mine = {
        "squared_error_forward": lambda prediction, target: np.sum((prediction - target) ** 2) / len(prediction),
        "squared_error_backward": lambda prediction, target: 2 * (prediction - target) / len(prediction),
    }
    verdict = judge("squared_error_backward", mine)
    assert 0 < verdict.criteria[0].points < verdict.criteria[0].max_points
    alone = judge("squared_error_backward", {"squared_error_backward": mine["squared_error_backward"]})
    assert alone.points == 0


def test_a_message_shows_digits_enough_to_tell_the_two_numbers_apart():
    verdict = judge("entropy", {"entropy": lambda p: -np.sum(p[p > 0] * np.log(p[p > 0])) * (1 + 3e-6)})
    got, wanted = re.search(r"is (\S+); expected (\S+)", verdict.criteria[0].message).groups()
    assert got != wanted
