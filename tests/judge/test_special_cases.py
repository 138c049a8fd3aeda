"""The line for special cases names those of the exercise, and no others."""

import numpy as np
import pytest

from autograder.exercises import Criterion, Probe, Step
from autograder.exercises.exercise import SPECIAL
from autograder.judge import judge
from autograder.judge.special_cases import title_of

EDGES = Criterion("edges", SPECIAL, 0.2)


def probe(*arguments, label="", criterion="edges"):
    return Probe((Step("f", arguments),), criterion, label)


@pytest.mark.parametrize(
    ("arguments", "case"),
    [
        ((np.ones((2, 3), np.float32),), "float32"),
        (([np.ones((2, 3)), np.ones((2, 3), np.float32)],), "float32"),
        ((np.ones((1, 3)), np.ones((4, 3))), "a single row"),
        ((np.ones((1, 1)),), "a single entry"),
        ((3, 4), "whole numbers"),
    ],
)
def test_what_the_arguments_show_is_named(arguments, case):
    assert title_of(EDGES, [probe(*arguments)]) == f"{SPECIAL}, among them: {case}"


def test_labels_come_first_once_each_and_other_criteria_count_for_nothing():
    probes = [probe(3, 4), *[probe(1.0, label="at 0")] * 2, probe(1.0, label="values only", criterion="values")]
    assert title_of(EDGES, probes) == f"{SPECIAL}, among them: at 0; whole numbers"
    assert title_of(EDGES, [probe(1.0)]) == SPECIAL


def test_a_title_of_ones_own_stands():
    assert title_of(Criterion("edges", "small networks too", 0.2), [probe(3, 4)]) == "small networks too"


def test_no_kinks_where_there_are_none():
    told = judge("forward_difference", {"forward_difference": lambda f, x, h: 0.0}).to_text()
    assert f"{SPECIAL}, among them: whole numbers (" in told and "kink" not in told


def test_a_bare_number_where_a_list_is_expected_is_told_so():
    class ReciprocalGate:
        def forward(self, x):
            self.x = x
            return 1 / x

        def backward(self, dz):
            return float(-dz / self.x**2)

    told = judge("ReciprocalGate", {"ReciprocalGate": ReciprocalGate}).to_text()
    assert "expected a list with one value, [dx]" in told
