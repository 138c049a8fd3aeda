"""A time limit on what a student's code does in this very process: an endless loop need not hang a notebook."""

from __future__ import annotations

import contextlib
import ctypes
import signal
import sys
import threading
import time
from _thread import interrupt_main
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, TypeVar

from autograder.student.language import later

try:
    # `signal.signal` looks up the names of what it is given, which takes longer than most of the calls that are timed.
    from _signal import signal as _handle
except ImportError:
    _handle = signal.signal
_ALARM, _PROFILE = (int(getattr(signal, name, 0)) for name in ("SIGALRM", "SIGPROF"))

CALL_SECONDS = 10.0
"""What one call of a student's function may take in a notebook."""
OUT_OF_TIME = (
    later("stopped after {seconds} seconds of processor time"),
    later("stopped after {seconds} seconds, {which}"),
    later("stopped after {seconds} seconds"),
)
"""What is said where time is over. A handler that runs at the bottom of a deep recursion says it in English."""
_AGAIN = 0.01  # seconds to the next try: at the bottom of a deep recursion a handler may find no room to run
_LEAST = 1e-4  # seconds

Result = TypeVar("Result")


class OutOfTime(BaseException):
    """Raised in the middle of what took too long. Not an `Exception`: a broad `except` should not eat it."""


def interruptible(function: Callable[..., Result], *arguments: Any) -> Result:
    """`function(*arguments)`, which a clock interrupts again and again until it is left.

    A student's `except:` swallows one `OutOfTime`. The next one comes in its handler, or at the end of its loop, where
    that `except` catches nothing: each `try` is left in turn. Code of ours, which has to put things back, is not called
    in here.
    """
    return function(*arguments)


def _in_interruptible(frame: FrameType | None) -> bool:
    """Whether a frame belongs to what `interruptible` calls, rather than to `interruptible` or its callers."""
    frame = frame.f_back if frame is not None else None
    while frame is not None and frame.f_code is not interruptible.__code__:
        frame = frame.f_back
    return frame is not None


class Clock:
    """Raises `OutOfTime` in the thread that started it, once the seconds are over.

    With `signals` (main thread, Unix) it is called again at each start, since a student may have taken the handlers
    away; `processor` says whether it reads processor time too. `lend` puts back, when it stops, the handler and the
    alarm that somebody else had set. Without signals a second thread raises the exception between two instructions of
    Python, as a rule at the same one: a loop may swallow it there for ever. A single long call into compiled code ends
    first in either case. Where there are neither (Python in a browser) there is no limit.
    """

    def __init__(self, signals: bool, processor: bool = True, lend: bool = False) -> None:
        self._signals = signals and hasattr(signal, "setitimer")
        self._processor, self._lend = processor, lend
        self._before: tuple[Any, float, float, float] | None = None
        self._lock = threading.Lock()
        self._thread: threading.Timer | None = None
        self._fired = self._counts_cpu = False
        self._wall = self._cpu = 0.0
        self._which = ""

    @property
    def struck(self) -> bool:
        """Whether what was started last ran out of time, whatever it made of the exception."""
        return self._fired

    @contextlib.contextmanager
    def limit(self, seconds: float | None, which: str = "") -> Iterator[None]:
        """Raise `OutOfTime` when the block takes longer than `seconds`; None means no limit."""
        self._fired = False
        if seconds is None:
            yield
            return
        self.start(seconds, seconds, which)
        try:
            yield
        finally:
            self.stop()

    def start(self, wall: float, cpu: float, which: str = "", patience: float = 1.0) -> None:
        """Begin to count `wall` seconds, and with signals `cpu` seconds of processor time; `which` limit, in words.
        With `patience` the clock on the wall goes slower by so much: others take turns with what is timed."""
        # A timer that is set to 0 is none: where no time is left, it strikes as soon as it can.
        self._wall, self._cpu, self._which = max(wall, _LEAST), max(cpu, _LEAST), which
        wall = self._wall * patience
        self._fired = False
        if self._signals:
            handler = _handle(_ALARM, self._out_of_time)
            # One thread takes no more processor time than time: the same limit on both is one limit.
            self._counts_cpu = self._processor and self._cpu < wall
            if self._counts_cpu:
                _handle(_PROFILE, self._out_of_cpu)
                signal.setitimer(signal.ITIMER_PROF, self._cpu, _AGAIN)
            left, interval = signal.setitimer(signal.ITIMER_REAL, wall, _AGAIN)
            self._before = (handler, left, interval, time.monotonic()) if self._lend else None
            return
        timer = threading.Timer(wall, self._raise_in, [threading.get_ident()])
        timer.daemon = True
        self._thread = timer
        try:
            timer.start()
        except RuntimeError:  # no threads here
            self._thread = None

    def stop(self) -> None:
        """Stop counting. What is on its way is taken back, so that it does not strike later."""
        if self._signals:
            signal.setitimer(signal.ITIMER_REAL, 0)
            if self._counts_cpu:
                signal.setitimer(signal.ITIMER_PROF, 0)
            if self._before is not None:
                handler, left, interval, since = self._before
                self._before = None
                if handler is not None:  # else it was set by compiled code, which alone can set it again
                    _handle(_ALARM, handler)
                if left:
                    left = max(left - (time.monotonic() - since), 1e-3)
                    signal.setitimer(signal.ITIMER_REAL, left, interval)
            return
        timer, self._thread = self._thread, None
        if timer is None:
            return
        timer.cancel()
        with self._lock:
            if self._fired:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(threading.get_ident()), None)

    def _raise_in(self, thread: int) -> None:
        timer = threading.current_thread()
        assert isinstance(timer, threading.Timer)
        while True:
            with self._lock:
                if self._thread is not timer:
                    return
                if not self._fired or _in_interruptible(sys._current_frames().get(thread)):
                    self._fired = True
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(OutOfTime))
            time.sleep(_AGAIN)

    def _out_of_time(self, number: int, frame: FrameType | None) -> None:
        self._strike(number, frame, f"stopped after {self._wall:.3g} seconds, {self._which}".rstrip(", "))

    def _out_of_cpu(self, number: int, frame: FrameType | None) -> None:
        if self._cpu == self._wall:  # one limit, and words that do not depend on what else runs here
            self._out_of_time(number, frame)
            return
        self._strike(number, frame, f"stopped after {self._cpu:g} seconds of processor time")

    def _strike(self, number: int, frame: FrameType | None, words: str) -> None:
        again = _in_interruptible(frame)
        if self._fired and not again:
            return  # the student's code is left already
        self._fired = True
        error = OutOfTime(words)
        if again:
            # The signal counts as arrived once more, and is looked at where Python looks next. After a call written
            # out that would be in this function; `map` calls without a look, so it is where the student's code goes on.
            [*map(interrupt_main, (signal.Signals(number),))]
        raise error


def clock_here() -> Clock:
    """The clock for a notebook: the alarm of the process, lent for a while, where this thread may have it; else a
    second thread."""
    alarm = threading.current_thread() is threading.main_thread() and sys.platform != "emscripten"
    return Clock(signals=alarm, processor=False, lend=True)


@contextlib.contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise `OutOfTime` in the calling thread when the block takes longer than `seconds`; None means no limit.

    What `interruptible` calls in it is left whatever it catches.
    """
    clock = clock_here()
    with clock.limit(seconds):
        yield
    if clock.struck:  # and swallowed
        raise OutOfTime(f"stopped after {seconds:g} seconds")
