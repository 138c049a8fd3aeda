"""The verdicts of today are those that were recorded: the same points and the same names for the same seed."""

import pytest
import recorded

from autograder.exercises import the_course


@pytest.mark.parametrize("name", the_course().exercises)
def test_points_and_names_are_as_recorded(name):
    kept = recorded.recorded()[name]
    now = recorded.verdicts(the_course().get(name), seeds=[3])
    assert now == {mistake: [rows[3] if len(rows) > 1 else rows[0]] for mistake, rows in kept.items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", the_course().exercises)
def test_points_and_names_are_as_recorded_for_every_seed(name):
    assert recorded.shortened(recorded.verdicts(the_course().get(name))) == recorded.recorded()[name]
