"""The quick ways to compare two values say what the comparison of every entry says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograder.judge.comparison import agrees, alike, close_entries, compare, mismatch
from autograder.judge.tolerance import LEAST, Room

ENTRY = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 1e-12, 1e300, np.inf, -np.inf, np.nan]), st.floats(-10.0, 10.0, width=32)
)
OFF = st.sampled_from([0.0, 1e-9, 1e-7, 3e-6, 1e-4, 1e-3, 1.0])


@st.composite
def values(draw):
    """A right value and another one, which may be it, or be off a little in some entries."""
    shape = draw(st.sampled_from([(), (1,), (3,), (2, 2), (0,)]))
    size = int(np.prod(shape))
    right = np.array(draw(st.lists(ENTRY, min_size=size, max_size=size))).reshape(shape)
    off = np.array(draw(st.lists(OFF, min_size=size, max_size=size))).reshape(shape)
    with np.errstate(all="ignore"):
        value = np.array(right + off * draw(st.sampled_from([1.0, -1.0])) * (np.abs(right) + 1))
    if size and draw(st.booleans()):
        value.flat[draw(st.integers(0, size - 1))] = draw(ENTRY)
    if shape == () and draw(st.booleans()):
        return float(value), float(right)
    return value, right


@st.composite
def rooms(draw):
    """Rooms of every kind that the judge makes: least, with samples, beside an upstream gradient, between answers."""
    absolute, share, cap = (draw(st.sampled_from([0.0, size])) for size in (1e-6, 1e-6, 1e-3))
    beside = draw(st.sampled_from([0.0, 2e-6, np.array([1e-5, 0.0, 1e-3])]))
    samples = [np.array(0.5), np.array([1.0, 1.00001, 0.9999]), 1.0001]
    return draw(st.sampled_from([LEAST, Room(1e-6, absolute, share, cap, lambda: samples if cap else (), beside)]))


@given(values(), rooms())
def test_the_quick_comparisons_say_what_that_of_every_entry_says(both, room):
    value, right = both
    for known in (room, Room(room.relative, room.absolute, room.share, room.cap, beside=room.beside)):
        entries = bool(np.all(close_entries(value, right, known)))
        assert alike(value, right, known) == entries
        assert (mismatch(value, right, known) is None) == entries
    assert agrees(value, right, (), LEAST) == (not compare(value, right, (), LEAST))
    assert agrees([value, 1.0], [right, 1.0], (), LEAST) == bool(np.all(close_entries(value, right, LEAST)))
