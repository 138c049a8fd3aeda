"""An endless loop ends, whatever it catches, and nothing is left behind of what ended it."""

import math
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings

import numpy as np
import pytest

from autograder.student.local import LocalCode
from autograder.student.steps import Step
from autograder.student.time_limit import Clock, OutOfTime, interruptible, time_limit

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


SHAPES = {
    "pass": """
        while True:
            try:
                x = 1
            except:
                pass
    """,
    "numpy inside": """
        a = np.ones((120, 120))
        while True:
            try:
                a = np.tanh(a @ a)
            except:
                pass
    """,
    "nested": """
        while True:
            try:
                while True:
                    try:
                        np.exp(1.0)
                    except:
                        pass
            except:
                np.exp(2.0)
    """,
    "continue": """
        while True:
            try:
                np.exp(1.0)
            except BaseException:
                continue
    """,
    "named": """
        while True:
            try:
                np.exp(1.0)
            except BaseException as error:
                last = str(error)
    """,
    "a handler that calls": """
        def mend(n):
            try:
                return sum(np.sqrt(i) for i in range(n))
            except:
                return 0
        while True:
            try:
                np.exp(1.0)
            except:
                try:
                    mend(50)
                except:
                    mend(50)
    """,
    "finally": """
        while True:
            try:
                np.exp(1.0)
            finally:
                continue
    """,
    "suppress": """
        while True:
            with contextlib.suppress(BaseException):
                np.exp(1.0)
    """,
    "generator": """
        def numbers():
            while True:
                try:
                    yield np.exp(1.0)
                except:
                    pass
        while True:
            try:
                for n in numbers():
                    n + 1
            except:
                pass
    """,
    "recursion": """
        def f(n):
            try:
                return f(n + 1)
            except:
                return f(n + 1)
        f(0)
    """,
    "loop by calling": """
        def f():
            try:
                np.exp(1.0)
            except:
                pass
            return f
        g = f
        while g:
            try:
                g = g()
            except:
                g = f
    """,
    "gives a number after all": """
        try:
            while True:
                pass
        except:
            return 1.0
    """,
    "raises something else": """
        try:
            while True:
                pass
        except:
            raise ValueError("no")
    """,
    "nothing is caught": """
        while True:
            np.exp(1.0)
    """,
}

RUN = """
import contextlib, faulthandler, sys
import numpy as np
from autograder.student.perform import TimedCalls
from autograder.student.steps import Step
from autograder.student.time_limit import Clock, clock_here

out = sys.stdout
for shape, body in {shapes!r}.items():
    faulthandler.dump_traceback_later(20, exit=True)
    names = dict(np=np, contextlib=contextlib)
    exec("def answer():\\n" + body, names)
    calls = TimedCalls(dict(answer=names["answer"], exp=np.exp), {clock}, 0.1, "the limit")
    outcome = calls.perform(Step("answer"))
    assert outcome.error is not None and outcome.error.kind == "time", (shape, outcome)
    assert calls.perform(Step("exp", (0.0,))).value == 1.0, shape
    assert sys.stdout is out, shape
    for i in range(10**4):  # nothing strikes later
        abs(i)
    print(shape)
"""
CLOCKS = {
    "clock_here()": list(SHAPES),
    "Clock(signals=True)": list(SHAPES),
    "Clock(signals=False)": ["pass", "gives a number after all", "raises something else", "nothing is caught"],
}
"""How the time is kept, and the shapes that it ends for certain. A second thread strikes where it may, and with
luck."""


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_loop_ends_whatever_it_catches(clock):
    """In a process of its own, which ends when one of them does not."""
    shapes = {
        name: textwrap.indent(textwrap.dedent(body), "    ") for name, body in SHAPES.items() if name in CLOCKS[clock]
    }
    program = RUN.format(shapes=shapes, clock=clock)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == list(shapes), done.stderr[:2000]


def test_the_alarm_of_somebody_else_is_put_back():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(OutOfTime), time_limit(0.05):
            while True:
                pass
        assert not rung
        end = time.monotonic() + 5.0
        while not rung and time.monotonic() < end:
            time.sleep(0.01)
        assert rung == [1]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_code_of_ours_is_struck_once():
    """What puts things back after a student's call is not interrupted by what interrupted the call."""
    put_back = []

    def endless():
        while True:
            try:
                abs(1)
            except BaseException:
                abs(2)

    with pytest.raises(OutOfTime), time_limit(0.05):
        try:
            interruptible(endless)
        finally:
            put_back.extend(abs(i) for i in range(1000))
    assert len(put_back) == 1000


def test_outside_of_the_main_thread_a_loop_ends_too():
    found = []

    def work():
        try:
            with time_limit(0.1):
                while True:
                    pass
        except OutOfTime:
            found.append("ended")

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(20.0)
    assert found == ["ended"]


def test_a_clock_says_whether_it_struck():
    clock = Clock(signals=False)
    with pytest.raises(OutOfTime), clock.limit(0.05):
        while True:
            pass
    assert clock.struck
    with clock.limit(None):
        pass
    assert not clock.struck


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


def test_where_no_time_is_left_a_call_ends_and_where_there_is_no_limit_it_is_made():
    def loops(x):
        while True:
            pass

    code = LocalCode({"loops": loops, "adds": lambda x: x + 1})
    (late,) = code.limited(0.0).run([Step("loops", (1.0,))])
    assert late.error is not None and late.error.kind == "time"
    (late,) = LocalCode({"loops": loops}, 5.0).limited(0.0).run([Step("loops", (1.0,))])
    assert late.error is not None and late.error.kind == "time"
    (made,) = code.limited(math.inf).run([Step("adds", (1.0,))])
    assert (made.value, made.error) == (2.0, None)
