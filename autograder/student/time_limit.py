"""A time limit on what a student's code does in this very process: an endless loop need not hang a notebook."""

from __future__ import annotations

import contextlib
import ctypes
import signal
import threading
from collections.abc import Iterator

from autograder.student.language import t

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
        self._lock = threading.Lock()
        self._thread: threading.Timer | None = None
        self._fired = False
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
            signal.signal(signal.SIGALRM, self._out_of_time)
            signal.signal(signal.SIGPROF, self._out_of_cpu)
            signal.setitimer(signal.ITIMER_REAL, wall)
            signal.setitimer(signal.ITIMER_PROF, cpu)
            return
        self._fired = False
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
            signal.setitimer(signal.ITIMER_PROF, 0)
            return
        timer, self._thread = self._thread, None
        if timer is None:
            return
        timer.cancel()
        with self._lock:
            if self._fired:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(threading.get_ident()), None)

    def _raise_in(self, thread: int) -> None:
        with self._lock:
            if self._thread is threading.current_thread():
                self._fired = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(OutOfTime))

    def _out_of_time(self, number: int, frame: object) -> None:
        raise OutOfTime(t("stopped after {seconds} seconds, {which}", seconds=f"{self._wall:.3g}", which=self._which))

    def _out_of_cpu(self, number: int, frame: object) -> None:
        raise OutOfTime(t("stopped after {seconds} seconds of processor time", seconds=f"{self._cpu:g}"))


@contextlib.contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise `OutOfTime` in the calling thread when the block takes longer than `seconds`; None means no limit.

    It works on every platform that has threads, and leaves signals alone, which belong to whoever runs the notebook.
    """
    with Clock(signals=False).limit(seconds):
        yield
