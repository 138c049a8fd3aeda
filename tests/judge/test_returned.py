"""What a call returned as plain data: as much of it as the judge takes, and not one value more."""

import numpy as np
import pytest

from autograder.student.values import MAX_RETURNED_BYTES, MAX_RETURNED_ITEMS, TooMuch, plain

MOST = MAX_RETURNED_ITEMS - 1  # the container itself is one


@pytest.mark.parametrize("item", [0.5, 3, True, None, "a"], ids=repr)
@pytest.mark.parametrize("made", [list, tuple, lambda items: dict(enumerate(items))], ids=["list", "tuple", "dict"])
def test_as_many_values_are_taken_as_the_limit_says(made, item):
    assert plain(made([item] * MOST)) == made([item] * MOST)
    with pytest.raises(TooMuch):
        plain(made([item] * (MOST + 1)))


def test_what_lies_deeper_counts_as_well():
    half = [0.5] * (MOST // 2)
    assert plain([half, half[:-2]]) == [half, half[:-2]]
    with pytest.raises(TooMuch):
        plain([half, half])
    array = np.zeros(MAX_RETURNED_BYTES // 8 - 100)
    assert plain((array,))[0].size == array.size
    with pytest.raises(TooMuch):
        plain((array, np.zeros(100)))
