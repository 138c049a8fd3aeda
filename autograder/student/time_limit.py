"""A time limit on what a student's code does in this very process: an endless loop need not hang a notebook."""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import signal
import threading
import time
from collections.abc import Iterator

try:
    # `signal.signal` looks up the names of what it is given, which takes longer than most of the calls that are timed.
    from _signal import signal as _handle
except ImportError:
    _handle = signal.signal
_ALARM, _PROFILE = (int(getattr(signal, name, 0)) for name in ("SIGALRM", "SIGPROF"))

CALL_SECONDS = 10.0
"""What one call of a student's function may take in a notebook."""


class OutOfTime(BaseException):
    """Raised in the middle of what took too long. Not an `Exception`: a broad `except` should not eat it."""


class Clock:
    """Raises `OutOfTime` in the thread that started it, once the seconds are over.

    With `signals` (main thread, Unix) it reads processor time too, and is called again at each start, since a student
    may have taken the handlers away. Without them a second thread raises the exception between two instructions of
    Python: a single long call into compiled code ends first. Where there are neither (Python in a browser) there is no
    limit.
    """

    def __init__(self, signals: bool) -> None:
        self._signals = signals and hasattr(signal, "setitimer")
        self._struck: int | None = None
        self._wall = self._cpu = 0.0
        self._which = ""

    @contextlib.contextmanager
    def limit(self, seconds: float | None, which: str = "") -> Iterator[None]:
        """Raise `OutOfTime` when the block takes longer than `seconds`; None means no limit."""
        if seconds is None:
            yield
            return
        self.start(seconds, seconds, which)
        try:
            yield
        finally:
            self.stop()

    def start(self, wall: float, cpu: float, which: str = "") -> None:
        """Begin to count `wall` seconds, and with signals `cpu` seconds of processor time; `which` limit, in words."""
        self._wall, self._cpu, self._which = wall, cpu, which
        if self._signals:
            global _running
            _running = self
            _handle(_ALARM, self._out_of_time)
            _handle(_PROFILE, self._out_of_cpu)
            signal.setitimer(signal.ITIMER_REAL, wall)
            signal.setitimer(signal.ITIMER_PROF, cpu)
            return
        _watch.add(self, time.monotonic() + wall)

    def stop(self) -> None:
        """Stop counting. What is on its way is taken back, so that it does not strike later."""
        if self._signals:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.setitimer(signal.ITIMER_PROF, 0)
            return
        _watch.remove(self)

    @contextlib.contextmanager
    def shortened(self, seconds: float) -> Iterator[None]:
        """For the block, a timer that runs strikes after `seconds` already; what the block takes counts for both."""
        left, start = signal.getitimer(signal.ITIMER_REAL)[0], time.monotonic()
        if seconds >= left:
            yield
            return
        _handle(_ALARM, self._out_of_time)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - start), 1e-3))

    @property
    def runs_here(self) -> bool:
        """Whether a timer of this clock runs in this process, and would strike in this thread."""
        return (
            self._signals
            and threading.current_thread() is threading.main_thread()
            and signal.getitimer(signal.ITIMER_REAL)[0] > 0
        )

    def strike(self, thread: int | None) -> None:
        """Raise `OutOfTime` in a thread; with None, take back what has not struck yet."""
        struck, self._struck = self._struck, thread
        if thread is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(OutOfTime))
        elif struck is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(struck), None)

    def _out_of_time(self, number: int, frame: object) -> None:
        raise OutOfTime(f"stopped after {self._wall:.3g} seconds, {self._which}")

    def _out_of_cpu(self, number: int, frame: object) -> None:
        raise OutOfTime(f"stopped after {self._cpu:g} seconds of processor time")


_running: Clock | None = None
"""The clock with signals that was started last."""


class _Watch:
    """The one thread that strikes for all clocks without signals: a thread for each call would take longer than most
    calls do. It sleeps on when a clock is stopped, and is woken up only for what is due before it wakes by itself."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._due: dict[Clock, tuple[float, int]] = {}
        self._thread: threading.Thread | None = None
        self._wakes = math.inf

    def add(self, clock: Clock, instant: float) -> None:
        """Strike at this instant of `time.monotonic`, in the thread that calls this."""
        with self._changed:
            self._due[clock] = instant, threading.get_ident()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="time limits", daemon=True)
                try:
                    self._thread.start()
                except RuntimeError:  # no threads here
                    self._thread = None
                    self._due.clear()
            elif instant < self._wakes:
                self._changed.notify()

    def remove(self, clock: Clock) -> None:
        """Strike no more; what is on its way is taken back."""
        with self._changed:
            self._due.pop(clock, None)
            clock.strike(None)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for clock, (instant, thread) in list(self._due.items()):
                    if instant <= now:
                        del self._due[clock]
                        clock.strike(thread)
                self._wakes = min((instant for instant, _ in self._due.values()), default=math.inf)
                self._changed.wait(None if self._wakes == math.inf else max(0.0, self._wakes - now))


_watch = _Watch()


def _new_watch() -> None:
    global _watch
    _watch = _Watch()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_watch)


@contextlib.contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise `OutOfTime` in the calling thread when the block takes longer than `seconds`; None means no limit.

    It works on every platform that has threads, and leaves signals alone, which belong to whoever runs the notebook.
    Where a clock with signals runs already, as in the sandbox, it is that clock's signal which comes earlier: a second
    thread makes each page that a forked process touches dearer.
    """
    if seconds is not None and _running is not None and _running.runs_here:
        with _running.shortened(seconds):
            yield
    else:
        with Clock(signals=False).limit(seconds):
            yield
