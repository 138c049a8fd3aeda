"""How the judge asks a student's code for values: steps go out, outcomes come back.

The judge writes a list of `Step`s and reads a list of `Outcome`s; it cannot tell whether they were performed in this
process (`LocalCode`, behind `check(...)`) or in a sandbox. `perform` is the one place where a student's function is
called, on either side.
"""

from __future__ import annotations

import contextlib
import gc
import io
import linecache
import marshal
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from autograder.described import materialise
from autograder.provenance import borrowed_from
from autograder.time_limit import OutOfTime, time_limit

MAX_RETURNED_BYTES = 32 * 2**20
MAX_RETURNED_ITEMS = 200_000


@dataclass(frozen=True)
class Step:
    """One call of the student's code.

    `name` is a function or class of the notebook or, with `method`, an object an earlier step kept. With `keep`, the
    result stays on the student's side under that name (an instance of a class, say) and `Outcome.value` is None.
    Arguments are plain data, descriptions (`autograder.described`) or `Kept` objects; each call gets fresh copies.
    """

    name: str
    args: tuple[Any, ...] = ()
    method: str | None = None
    keep: str | None = None


@dataclass(frozen=True)
class Kept:
    """An argument that stands for an object an earlier step kept."""

    name: str


@dataclass(frozen=True)
class Opaque:
    """A returned value that is not plain data; `description` says in words what it was."""

    description: str


@dataclass(frozen=True)
class StudentError:
    """What went wrong in a call.

    `kind` is "exception", "undefined" (no such function or object), "time" (out of time), "memory", "killed" (the
    process died) or "size" (returned too much). `line` is the student's own line, where there is one.
    """

    kind: str
    type: str
    message: str
    line: str | None = None
    line_number: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What one step gave: `value`, or `error`; `modified` lists the arguments (by position) the call wrote into."""

    value: Any = None
    error: StudentError | None = None
    modified: tuple[int, ...] = ()
    seconds: float = 0.0


class StudentCode(Protocol):
    """A student's functions, wherever they run."""

    def defined(self, name: str) -> bool:
        """Whether the notebook defines `name` as something callable."""
        ...

    def borrowed(self, name: str) -> str | None:
        """The library a function was taken from or leans on ("nn_lib", "torch", ...), or None when it is their own."""
        ...

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        """Perform the steps in order, in one exchange; one outcome per step. Never raises for the student's doing."""
        ...


class LocalCode:
    """A student's functions in this very process.

    With `call_seconds`, a call that takes longer is stopped, and a function that was stopped is not called again.
    """

    def __init__(self, functions: Mapping[str, Any], call_seconds: float | None = None) -> None:
        self._functions = functions
        self._call_seconds = call_seconds

    def defined(self, name: str) -> bool:
        return callable(self._functions.get(name))

    def borrowed(self, name: str) -> str | None:
        return borrowed_from(self._functions.get(name))

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        kept: dict[str, Any] = {}
        slow: set[tuple[str, str | None]] = set()
        outcomes = []
        for step in steps:
            called = (step.name if step.method is None else "", step.method)
            if called in slow:
                error = StudentError("time", "OutOfTime", "not called again: an earlier call ran out of time")
                outcomes.append(Outcome(error=error))
                continue
            try:
                with time_limit(self._call_seconds):
                    outcome = perform(step, self._functions, kept)
            except OutOfTime as late:  # struck between the call and its end
                outcome = Outcome(error=describe_error(late))
            if outcome.error is not None and outcome.error.kind == "time":
                slow.add(called)
            outcomes.append(outcome)
        return outcomes


def perform(step: Step, functions: Mapping[str, Any], kept: dict[str, Any]) -> Outcome:
    """Perform one step: fresh arguments, printing and warnings swallowed, any exception turned into an `Outcome`."""
    target, missing = _target(step, functions, kept)
    if missing is not None:
        return Outcome(error=missing)
    try:
        given = [(kept[a.name], fresh(kept[a.name])) if isinstance(a, Kept) else _given(a) for a in step.args]
    except KeyError as gone:
        return Outcome(error=StudentError("undefined", "NameError", f"there is no object {gone} to hand over"))
    arguments, before = [value for value, _ in given], [snapshot for _, snapshot in given]
    start = time.perf_counter()
    try:
        with _quiet():
            value = target(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a student's SystemExit is an error of theirs like any other
        return Outcome(error=describe_error(error), seconds=time.perf_counter() - start)
    seconds = time.perf_counter() - start
    modified = tuple(i for i, (a, b) in enumerate(zip(arguments, before, strict=True)) if not _as_before(a, b))
    if step.keep is not None:
        kept[step.keep] = value
        return Outcome(modified=modified, seconds=seconds)
    try:
        return Outcome(plain(value), None, modified, seconds)
    except TooMuch as error:
        return Outcome(error=StudentError("size", "ValueError", str(error)), modified=modified, seconds=seconds)


def _target(step: Step, functions: Mapping[str, Any], kept: dict[str, Any]) -> tuple[Any, StudentError | None]:
    if step.method is None:
        target = functions.get(step.name)
        if not callable(target):
            return None, StudentError("undefined", "NameError", f"{step.name} is not defined as a function or class")
        return target, None
    if step.name not in kept:
        return None, StudentError("undefined", "NameError", f"there is no object {step.name}")
    target = getattr(kept[step.name], step.method, None)
    if not callable(target):
        owner = type(kept[step.name]).__name__
        return None, StudentError("undefined", "AttributeError", f"{owner} has no method {step.method}")
    return target, None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with (
        contextlib.redirect_stdout(_Bin()),
        contextlib.redirect_stderr(_Bin()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


class _Bin(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


def _packed(value: Any) -> bytes | None:
    """A large container of plain values as bytes: copied and compared a hundred times faster than piece by piece."""
    if type(value) not in (list, dict) or len(value) <= 100:
        return None
    try:
        return marshal.dumps(value, 2)
    except ValueError:
        return None  # there are arrays or descriptions in it


def _unpacked(packed: bytes) -> Any:
    """Python's collector looks through everything again and again while a hundred thousand lists are made: four fifths
    of the time, for plain values that hold no cycle."""
    active = gc.isenabled()
    gc.disable()
    try:
        return marshal.loads(packed)
    finally:
        if active:
            gc.enable()


def _given(value: Any) -> tuple[Any, Any]:
    """The argument a call gets, its own copy, and what it must still look like afterwards."""
    packed = _packed(value)
    if packed is not None:
        return _unpacked(packed), packed
    real = materialise(value)
    return fresh(real), fresh(real)


def _as_before(value: Any, snapshot: Any) -> bool:
    if type(snapshot) is bytes:
        return _packed(value) == snapshot
    return same(value, snapshot)


def fresh(value: Any) -> Any:
    """A deep copy of plain data that keeps an array's memory order and its read-only flag."""
    if type(value) is np.ndarray:
        copy = value.copy(order="K")
        copy.flags.writeable = value.flags.writeable
        return copy
    if type(value) is list:
        return [fresh(item) for item in value]
    if type(value) is tuple:
        return tuple(fresh(item) for item in value)
    if type(value) is dict:
        return {key: fresh(item) for key, item in value.items()}
    return value


def same(a: Any, b: Any) -> bool:
    """Whether plain data is unchanged: type, shape, dtype and every value (NaN equals NaN)."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return bool(a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes())
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (bool, int, float, str, type(None))):
        return a == b or a != a
    return True  # generators, functions and objects are allowed to change


class TooMuch(ValueError):
    """A returned value is larger than the judge accepts."""


def plain(value: Any) -> Any:
    """A returned value as plain data: None, bool, int, float, str, array, list, tuple or dict; else `Opaque`.

    Array subclasses become arrays, NumPy scalars 0-d arrays. Raises `TooMuch` beyond the size limits.
    """
    return _plain(value, _Budget(), 0)


class _Budget:
    def __init__(self) -> None:
        self.bytes, self.items = MAX_RETURNED_BYTES, MAX_RETURNED_ITEMS

    def spend(self, size: int, items: int = 1) -> None:
        self.bytes -= size
        self.items -= items
        if self.bytes < 0 or self.items < 0:
            limit = MAX_RETURNED_BYTES // 2**20
            raise TooMuch(f"the function returned more than {limit} MB or {MAX_RETURNED_ITEMS:,} values")


def _plain(value: Any, budget: _Budget, depth: int) -> Any:
    budget.spend(8)
    if value is None or type(value) in (bool, float):
        return value
    if type(value) is int:
        return value if -(2**63) <= value < 2**64 else Opaque("an integer too large for 64 bits")
    if type(value) is str:
        budget.spend(4 * len(value), 0)
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.ndarray.__array__(value) if isinstance(value, np.ndarray) else np.array(value)
        array = np.asarray(array).view(np.ndarray)
        budget.spend(array.nbytes, 0)
        if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
            return Opaque(f"an array of dtype {array.dtype}")
        return np.array(array)
    if depth > 20:
        return Opaque("containers nested more than 20 deep")
    if isinstance(value, tuple):
        return tuple(_plain(item, budget, depth + 1) for item in tuple.__iter__(value))
    if type(value) is list and all(type(item) is str for item in value):  # a hundred thousand nodes' names, say
        budget.spend(sum(map(len, value)) * 4, len(value))
        return list(value)
    if isinstance(value, list):
        return [_plain(item, budget, depth + 1) for item in list.__iter__(value)]
    if isinstance(value, dict):
        return {_key(key): _plain(item, budget, depth + 1) for key, item in dict.items(value)}
    return Opaque(f"an object of type {type(value).__name__}")


def _key(key: Any) -> Any:
    return key if type(key) in (str, int, float, bool) else repr(key)[:100]


def describe_error(error: BaseException) -> StudentError:
    """An exception of the student's, with the last line of their own code that was running."""
    kind = "time" if isinstance(error, OutOfTime) else "memory" if isinstance(error, MemoryError) else "exception"
    line = number = None
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        own = frame.filename.startswith("<ipython") or "ipykernel" in frame.filename
        own = own or not any(part in frame.filename for part in ("site-packages", "autograder", "nn_lib", "<frozen"))
        if own and frame.filename != "<given function>":
            number = frame.lineno
            line = (linecache.getline(frame.filename, number or 0) or frame.line or "").strip() or None
            break
    try:
        message = str(error)[:500]
    except BaseException:
        message = ""
    return StudentError(kind, type(error).__name__[:100], message, line, number)
