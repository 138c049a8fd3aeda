"""An endless loop ends, and nothing is left behind of what ended it."""

import sys
import threading
import warnings

import numpy as np
import pytest

from autograder.student.local import LocalCode
from autograder.student.steps import Step
from autograder.student.time_limit import Clock, OutOfTime, time_limit

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


def test_limits_one_after_the_other_take_one_thread():
    with time_limit(10.0):
        before = threading.active_count()
    for _ in range(20):
        with time_limit(10.0):
            assert threading.active_count() == before


def test_a_later_limit_may_be_the_earlier_to_strike():
    with time_limit(10.0):
        pass  # the thread sleeps for that long
    with pytest.raises(OutOfTime), time_limit(LIMIT):
        while True:
            pass


def test_the_inner_of_two_limits_strikes_and_the_outer_goes_on():
    with pytest.raises(OutOfTime), time_limit(4 * LIMIT):
        with pytest.raises(OutOfTime), time_limit(LIMIT):
            while True:
                pass
        while True:
            pass


def test_within_a_clock_with_signals_no_thread_is_made_and_both_strike():
    clock = Clock(signals=True)
    clock.start(4 * LIMIT, 10.0)
    try:
        before = threading.active_count()
        with pytest.raises(OutOfTime), time_limit(LIMIT):
            assert threading.active_count() == before
            while True:
                pass
        with pytest.raises(OutOfTime):
            while True:
                pass
    finally:
        clock.stop()


def test_a_limit_that_is_later_than_the_clock_leaves_the_clock_alone():
    clock = Clock(signals=True)
    clock.start(LIMIT, 10.0)
    try:
        with pytest.raises(OutOfTime), time_limit(10.0):
            while True:
                pass
    finally:
        clock.stop()


def rude():
    sys.stdout.close()
    warnings.simplefilter("error")
    np.seterr(all="raise")
    return 1.0


def test_what_a_call_does_to_printing_warnings_and_numbers_is_undone():
    numbers, filters, out = np.geterr(), list(warnings.filters), sys.stdout

    def speaks():
        print("swallowed", flush=True)
        warnings.warn("swallowed", stacklevel=1)
        return np.float64(1.0) / np.float64(0.0)

    outcomes = LocalCode({"rude": rude, "speaks": speaks}).run([Step("speaks"), Step("rude"), Step("speaks")])
    assert [outcome.error for outcome in outcomes] == [None] * 3
    assert outcomes[2].value == np.inf
    assert (np.geterr(), list(warnings.filters), sys.stdout) == (numbers, filters, out)
