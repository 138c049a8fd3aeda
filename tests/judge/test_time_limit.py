"""An endless loop ends, whatever it catches; and nothing is left behind of what ended it."""

import sys
import time

import numpy as np
import pytest

from autograder.judge import judge
from autograder.student.local import LocalCode
from autograder.student.time_limit import OutOfTime, time_limit

LIMIT = 0.2


def eats_everything():
    while True:
        try:  # noqa: SIM105
            sum(range(1000))
        except:  # noqa: E722
            pass


def eats_it_twice():
    while True:
        try:
            while True:
                try:  # noqa: SIM105
                    time.sleep(0.005)
                except:  # noqa: E722
                    pass
        except BaseException:
            pass


def eats_it_below():
    def helper():
        try:
            sum(range(100))
        except BaseException as error:
            return error

    while True:
        helper()


def starts_again():
    try:
        while True:
            np.zeros(10).sum()
    finally:
        starts_again()


@pytest.mark.parametrize("loop", [eats_everything, eats_it_twice, eats_it_below, starts_again])
def test_a_loop_that_catches_everything_ends(loop):
    before = sys.gettrace()
    with pytest.raises((OutOfTime, RecursionError)), time_limit(LIMIT):
        loop()
    assert sys.gettrace() is before
    assert sum(1 for _ in range(10_000)) == 10_000  # nothing strikes later


def test_a_function_that_catches_everything_is_judged():
    def relu_forward(x):
        while True:
            try:
                x = x + 0
            except:  # noqa: E722
                x = x * 1

    verdict = judge("relu_forward", LocalCode({"relu_forward": relu_forward}, LIMIT), 3, explain=None)
    assert "took too long" in verdict.criteria[0].message


def test_what_was_struck_leaves_the_next_alone():
    with pytest.raises(OutOfTime), time_limit(LIMIT):
        while True:
            pass
    with time_limit(10.0):
        assert sum(1 for _ in range(100_000)) == 100_000
