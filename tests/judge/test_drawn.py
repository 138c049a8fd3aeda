"""Inputs that are drawn: on the sides they should be on, and the same numbers whether alone or in an array."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.exercises import away_from, upstream_like
from autograder.exercises.probes import either_side

SEEDS = st.integers(0, 2**63)
POINTS = st.lists(st.sampled_from([-1.0, 0.0, 0.5, 2.0]), min_size=1, max_size=3, unique=True)
SPREADS = st.sampled_from([0.01, 1.0, 6.0])


@given(SEEDS, POINTS, SPREADS, st.sampled_from([0.0, 0.05]))
def test_a_number_is_the_entry_of_an_array_of_one(seed, points, spread, gap):
    for draw in (
        lambda rng, shape: either_side(rng, shape, points, spread, gap),
        lambda rng, shape: away_from(rng, shape, points, spread),
    ):
        one, other = np.random.default_rng(seed), np.random.default_rng(seed)
        number, (entry,) = draw(one, ()), draw(other, (1,))
        assert type(number) is float and number == entry
        assert one.random() == other.random()  # what is drawn next is the same, too


@given(SEEDS, POINTS, SPREADS, st.sampled_from([(), (1,), (4,), (3, 5), (2, 3, 2)]))
def test_no_value_lies_on_a_point_and_every_row_lies_on_both_sides(seed, points, spread, shape):
    values = np.asarray(either_side(np.random.default_rng(seed), shape, points, spread, 0.05))
    assert values.shape == shape
    edges = sorted(points)
    room = [0.05, *(min(0.05, (high - low) / 4) for low, high in zip(edges, edges[1:], strict=False))]
    assert all(np.abs(values - point).min() >= min(room) * 0.999 for point in points)
    if shape and shape[-1] > len(points):
        sides = sum((values > point).astype(int) for point in points)
        assert all(len(set(row)) == len(points) + 1 for row in sides.reshape(-1, shape[-1]).tolist())
    assert np.abs(np.asarray(away_from(np.random.default_rng(seed), shape, points, spread)) - edges[-1]).min() >= 0.05


@pytest.mark.parametrize("shape", [(), (1,), (4,), (3, 5)])
def test_upstream_gradients_are_unlike_each_other_and_one_is_large(shape):
    for seed in range(200):
        values = np.atleast_1d(upstream_like(np.random.default_rng(seed), shape)).ravel()
        sizes = np.abs(values)
        assert sizes.min() >= 0.2 and len(set(sizes)) == values.size
        assert values.size == 1 or sizes.max() >= 11.0
