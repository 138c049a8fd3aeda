"""A time limit on a call in this very process: an endless loop in a student's function need not hang the notebook."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Iterator


class OutOfTime(BaseException):
    """Raised in the middle of a call that took too long. Not an `Exception`: a broad `except` should not eat it."""


@contextlib.contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise `OutOfTime` in the calling thread when the block takes longer than `seconds`; None means no limit.

    It reaches Python code only: a single long call into compiled code ends first. Works on every platform that has
    threads, signals needed or not; where there are none (Python in a browser) there is no limit.
    """
    if seconds is None:
        yield
        return
    thread, lock = threading.get_ident(), threading.Lock()
    over = fired = False

    def stop() -> None:
        nonlocal fired
        with lock:
            if not over:
                fired = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(OutOfTime))

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError:
        yield
        return
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            over = True
            if fired:  # on its way, perhaps: take it back, so that it does not strike outside the block
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), None)
