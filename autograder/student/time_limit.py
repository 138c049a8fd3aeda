"""A time limit on what a student's code does in this very process: an endless loop need not hang a notebook."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

CALL_SECONDS = 10.0
"""What one call of a student's function may take in a notebook."""


class OutOfTime(BaseException):
    """Raised in the middle of what took too long. Not an `Exception`: a broad `except` should not eat it."""


class _Insisting(OutOfTime):
    """What is raised in a thread that is out of time. A bare `except` catches it, and may go on for ever. So when it is
    caught, and once more when it is dropped, the next line of whoever caught it is made to raise again."""

    def __init__(self, *words: object) -> None:
        super().__init__(*words)
        _insist(sys._getframe(1))

    def __del__(self) -> None:
        _insist(sys._getframe(1))


def _insist(frame: FrameType | None) -> None:
    """Let the next line of a student's frame raise, while the time of this thread is over. A debugger keeps its trace;
    where there is one, what was caught is caught."""
    if threading.get_ident() not in _out_of_time or sys.gettrace() is not None:
        return
    if frame is None or _is_ours(frame):
        return
    sys.settrace(_raise_again)
    while frame is not None and not _is_ours(frame):
        frame.f_trace = _raise_again
        frame = frame.f_back


def _raise_again(frame: FrameType, event: str, argument: object) -> Any:
    if event == "line" and threading.get_ident() in _out_of_time:
        raise _Insisting  # and Python ends the trace
    return None if event == "call" else _raise_again  # what is called from now on runs to its end


def _is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(_OURS)


_out_of_time: set[int] = set()
"""The threads whose time is over and whose clock still runs."""
_OURS = str(Path(__file__).parents[1]) + os.sep
_AGAIN = 0.05  # seconds


class Clock:
    """Raises `OutOfTime` in the thread that started it, once the seconds are over.

    With `signals` (main thread, Unix) it reads processor time too, and is called again at each start, since a student
    may have taken the handlers away. Without them a second thread raises the exception between two instructions of
    Python, again and again until the clock is stopped: a single long call into compiled code ends first. Where there
    are neither (Python in a browser) there is no limit.
    """

    def __init__(self, signals: bool) -> None:
        self._signals = signals and hasattr(signal, "setitimer")
        self._lock = threading.Lock()
        self._stopped: threading.Event | None = None
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
            while True:
                try:
                    self.stop()
                    break
                except OutOfTime:  # struck once more on the way
                    continue

    def start(self, wall: float, cpu: float, which: str = "") -> None:
        """Begin to count `wall` seconds, and with signals `cpu` seconds of processor time; `which` limit, in words."""
        self._wall, self._cpu, self._which = wall, cpu, which
        if self._signals:
            signal.signal(signal.SIGALRM, self._out_of_time)
            signal.signal(signal.SIGPROF, self._out_of_cpu)
            signal.setitimer(signal.ITIMER_REAL, wall)
            signal.setitimer(signal.ITIMER_PROF, cpu)
            return
        self._fired, self._stopped = False, threading.Event()
        thread = threading.Thread(target=self._strike, args=(threading.get_ident(), wall, self._stopped), daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no threads here
            self._stopped = None

    def stop(self) -> None:
        """Stop counting. What is on its way is taken back, so that it does not strike later."""
        if self._signals:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.setitimer(signal.ITIMER_PROF, 0)
            return
        if self._stopped is None:
            return
        with self._lock:
            self._stopped.set()
            _out_of_time.discard(threading.get_ident())
            if self._fired:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(threading.get_ident()), None)
                if sys.gettrace() is _raise_again:
                    sys.settrace(None)
        self._stopped = None

    def _strike(self, thread: int, wall: float, stopped: threading.Event) -> None:
        pause = wall
        while not stopped.wait(pause):
            with self._lock:
                if stopped.is_set():
                    return
                self._fired = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(_Insisting))
                _out_of_time.add(thread)
            pause = _AGAIN

    def _out_of_time(self, number: int, frame: object) -> None:
        raise OutOfTime(f"stopped after {self._wall:.3g} seconds, {self._which}")

    def _out_of_cpu(self, number: int, frame: object) -> None:
        raise OutOfTime(f"stopped after {self._cpu:g} seconds of processor time")


@contextlib.contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise `OutOfTime` in the calling thread when the block takes longer than `seconds`; None means no limit.

    It works on every platform that has threads, and leaves signals alone, which belong to whoever runs the notebook.
    """
    with Clock(signals=False).limit(seconds):
        yield
