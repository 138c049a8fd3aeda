"""An endless loop ends, and nothing is left behind of what ended it."""

import pytest

from autograder.student.time_limit import OutOfTime, time_limit

LIMIT = 0.2


def test_a_loop_that_catches_every_exception_ends():
    with pytest.raises(OutOfTime), time_limit(LIMIT):
        while True:
            try:  # noqa: SIM105
                sum(range(1000))
            except Exception:
                pass


def test_what_was_struck_leaves_the_next_alone():
    with pytest.raises(OutOfTime), time_limit(LIMIT):
        while True:
            pass
    with time_limit(10.0):
        assert sum(1 for _ in range(100_000)) == 100_000
