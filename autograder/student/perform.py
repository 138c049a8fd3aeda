"""The one place where a student's function is called, in the notebook and in the sandbox alike."""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import re
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from autograder.student.language import later
from autograder.student.lent import is_lent
from autograder.student.steps import Kept, Outcome, Step, StudentError
from autograder.student.time_limit import Clock, OutOfTime, interruptible
from autograder.student.values import TOO_MUCH, TooMuch, as_before, fresh, given, plain

# Code that is nobody's answer: this package, the library beside it, and what Python brings frozen.
_OTHERS = (*(str(Path(__file__).parents[1].with_name(name)) + os.sep for name in ("autograder", "nn_lib")), "<frozen")
_NOT_DEFINED = later("{name} is not defined as a function or class")
_NO_OBJECT = later("there is no object {name}")
_NOT_TO_HAND = later("there is no object {name} to hand over")
_NO_METHOD = later("{owner} has no method {method}")
REFUSALS = (_NOT_DEFINED, _NOT_TO_HAND, _NO_OBJECT, _NO_METHOD, TOO_MUCH)
"""What is said of a call that could not be made, or whose result is too large."""
_SOILED = 4096  # numbers; what is larger comes from the system, which gives zeros
_BASES = 20  # of an exception's class: more are never of interest, the built-in ones come last


class TimedCalls:
    """Calls of a student's functions, each within `seconds` on a clock (None: no limit).

    What ran out of time once is not called again: it would run out of time on every probe, at the cost of the exercises
    after it. `kept` holds the objects that steps keep. An interrupt is somebody's wish to stop; where a student's code
    runs `alone`, it can only be that code's own, and is an error of it like any other.
    """

    def __init__(
        self, functions: Mapping[str, Any], clock: Clock, seconds: float | None, which: str = "", alone: bool = False
    ) -> None:
        self.functions, self._clock, self._seconds, self._which = functions, clock, seconds, which
        self._alone = alone
        self.patience = 1.0
        """How many times `seconds` a call may take by the clock on the wall; of processor time it is `seconds`."""
        self._slow: set[tuple[str | int, str | None]] = set()
        self.kept: dict[str, Any] = {}

    def perform(self, step: Step) -> Outcome:
        """The outcome of one step; whatever the student's code does, it does not raise."""
        outcomes: list[Outcome] = []
        self.perform_all([step], outcomes.append)
        return outcomes[0]

    def perform_all(self, steps: Iterable[Step], told: Callable[[Outcome], object]) -> None:
        """Perform steps in order, and tell the outcome of each as soon as it is there."""
        with Quiet() as calm:
            for step in steps:
                told(self._perform(step, calm))

    def _perform(self, step: Step, calm: Quiet) -> Outcome:
        # Of a method it is the class that counts: another gate's forward may well end.
        called = (step.name if step.method is None else id(type(self.kept.get(step.name))), step.method)
        if called in self._slow:
            return Outcome(error=StudentError("time", "OutOfTime", "not called again: an earlier call ran out of time"))
        start = time.perf_counter()
        try:
            if self._seconds is None:
                outcome = perform_within(calm, step, self.functions, self.kept)
            else:
                self._clock.start(self._seconds, self._seconds, self._which, self.patience)
                try:
                    outcome = perform_within(calm, step, self.functions, self.kept)
                finally:
                    self._clock.stop()
        except BaseException as error:  # struck between the call and its end, or what came back cannot be looked at
            if isinstance(error, KeyboardInterrupt) and not self._alone:
                raise
            outcome = Outcome(error=describe_error(error), seconds=time.perf_counter() - start)
        if self._clock.struck and not outcome.late:  # swallowed
            late = StudentError("time", OutOfTime.__name__, "it caught the exception that was to stop it")
            outcome = Outcome(error=late, seconds=outcome.seconds)
        if outcome.late:
            self._slow.add(called)
        return outcome


def perform(step: Step, functions: Mapping[str, Any], kept: dict[str, Any]) -> Outcome:
    """Perform one step: fresh arguments, printing and warnings swallowed, any exception turned into an `Outcome`."""
    with Quiet() as calm:
        return perform_within(calm, step, functions, kept)


def perform_within(calm: Quiet, step: Step, functions: Mapping[str, Any], kept: dict[str, Any]) -> Outcome:
    """The same within `calm`, which goes on swallowing whatever the call has done to it."""
    target, missing = target_of(step, functions, kept)
    if missing is not None:
        return Outcome(error=missing)
    try:
        handed = [(kept[a.name], fresh(kept[a.name])) if isinstance(a, Kept) else given(a) for a in step.args]
    except KeyError as gone:
        return Outcome(error=StudentError("undefined", "NameError", _NOT_TO_HAND.of(name=gone)))
    arguments, before = [value for value, _ in handed], [snapshot for _, snapshot in handed]
    _soil(arguments)
    start = time.perf_counter()
    try:
        value = interruptible(target, *arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a student's SystemExit is an error of theirs like any other
        return Outcome(error=describe_error(error), seconds=time.perf_counter() - start)
    finally:
        calm.restore()
    seconds = time.perf_counter() - start
    modified = tuple(i for i, (a, b) in enumerate(zip(arguments, before, strict=True)) if not as_before(a, b))
    if step.keep is not None:
        kept[step.keep] = value
        return Outcome(modified=modified, seconds=seconds)
    try:
        return Outcome(plain(value), None, modified, seconds)
    except TooMuch as error:
        return Outcome(error=StudentError("size", "ValueError", str(error)), modified=modified, seconds=seconds)


def _soil(arguments: Iterable[Any]) -> None:
    """Leave NaN in free memory of the sizes that this call may ask for. An answer that reads what it has never written,
    as `np.log(p, where=p > 0)` does, is then wrong each time, and not right where the memory happens to hold zeros."""
    sizes = {size for a in arguments if type(a) is np.ndarray for size in (a.size, *a.shape) if size <= _SOILED}
    held = [np.empty(size) for size in sizes for _ in range(2)]
    for array in held:
        array.fill(np.nan)


def target_of(step: Step, functions: Mapping[str, Any], kept: dict[str, Any]) -> tuple[Any, StudentError | None]:
    """What a step calls, or why there is nothing to call."""
    if step.method is None:
        target = functions.get(step.name)
        if not callable(target):
            return None, StudentError("undefined", "NameError", _NOT_DEFINED.of(name=step.name))
        return target, None
    if step.name not in kept:
        return None, StudentError("undefined", "NameError", _NO_OBJECT.of(name=step.name))
    target = getattr(kept[step.name], step.method, None)
    if not callable(target):
        owner = type(kept[step.name]).__name__
        return None, StudentError("undefined", "AttributeError", _NO_METHOD.of(owner=owner, method=step.method))
    return target, None


class Quiet:
    """Printing and warnings swallowed while the block lasts, for many calls: `restore` undoes what one has changed.

    A block within another one is quiet already, and gets that one's.
    """

    _now: Quiet | None = None

    def __enter__(self) -> Quiet:
        if Quiet._now is not None:
            return Quiet._now
        self._streams = sys.stdout, sys.stderr
        self._warnings = warnings.catch_warnings(action="ignore")
        self._warnings.__enter__()
        self._numbers = np.seterr(all="ignore")
        self._bin = sys.stdout = sys.stderr = _Bin()
        self._known = warnings.filters, len(warnings.filters), warnings.filters[0], np.geterr()
        Quiet._now = self
        return self

    def __exit__(self, *_: object) -> None:
        if Quiet._now is not self:
            return
        Quiet._now = None
        sys.stdout, sys.stderr = self._streams
        np.seterr(**self._numbers)
        self._warnings.__exit__(None, None, None)

    def restore(self) -> None:
        """What a call printed to, and what it made of warnings, is the next call's no more."""
        filters, count, first, numbers = self._known
        sys.stdout = sys.stderr = self._bin
        if self._bin.closed:
            self._bin = sys.stdout = sys.stderr = _Bin()
        if warnings.filters is not filters or len(filters) != count or filters[0] is not first:
            self._warnings.__exit__(None, None, None)
            self._warnings = warnings.catch_warnings(action="ignore")
            self._warnings.__enter__()
            self._known = warnings.filters, len(warnings.filters), warnings.filters[0], numbers
        if np.geterr() != numbers:
            np.seterr(**numbers)


class _Bin(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


def without_files(words: str) -> str:
    """Words without the name that IPython gives a cell as a file: whoever reads them sees a cell."""
    return _CELL.sub(r"cell \1", _CELL_AND_LINE.sub(r"(line \1)", words))


_CELL = re.compile(r"<ipython-input-(\d+)-\w+>")
_CELL_AND_LINE = re.compile(rf"\({_CELL.pattern.replace('(', '(?:')}, line (\d+)\)")


def describe_error(error: BaseException) -> StudentError:
    """An exception of the student's, with the last line of their own code that was running. Its class may be the
    student's too, and is asked for nothing that it could answer by raising."""
    made = type(error)
    kind = "time" if issubclass(made, OutOfTime) else "memory" if issubclass(made, MemoryError) else "exception"
    line = number = None
    with contextlib.suppress(Exception):
        line, number = _own_line(error)
    message = ""
    with contextlib.suppress(BaseException):
        message = _cut(without_files(str(error)), 500)
    names = [_cut(type.__dict__["__name__"].__get__(base), 100) for base in type.__dict__["__mro__"].__get__(made)]
    return StudentError(kind, names[0], message, line, number, tuple(names[1:][-_BASES:]))


def _cut(text: str, longest: int) -> str:
    return str.__getitem__(text, slice(longest))


def _own_line(error: BaseException) -> tuple[str | None, int | None]:
    trace = BaseException.__dict__["__traceback__"].__get__(error)
    # What a lent function does inside is nobody's line: the line that called it is.
    before = takewhile(lambda step: not is_lent(step[0].f_code), traceback.walk_tb(trace))
    for frame, number in reversed(list(before)):  # a recursion without end has a thousand, so no summary is made of all
        file = frame.f_code.co_filename
        own = file.startswith("<ipython") or "ipykernel" in file
        own = own or not (file.startswith(_OTHERS) or "site-packages" in file)
        if own and file != "<given function>":
            linecache.lazycache(file, frame.f_globals)
            return linecache.getline(file, number).strip() or None, number
    return None, None
