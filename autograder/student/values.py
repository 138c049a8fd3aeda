"""The data that crosses between the judge and a student's code: fresh copies in, plain data out."""

from __future__ import annotations

import gc
import marshal
from typing import Any

import numpy as np

from autograder.student.given import materialise
from autograder.student.language import later
from autograder.student.steps import Opaque

MAX_RETURNED_BYTES = 32 * 2**20
MAX_RETURNED_ITEMS = 200_000
_SMALL = 2**16
_UNCHANGING = frozenset({str, float, int, bool, type(None)})
_TOO_LARGE = later("an integer too large for 64 bits")
_OF_DTYPE = later("an array of dtype {dtype}, which is not taken (float64, float32, float16, integers and bool are)")
_COMPLEX = later("a complex number, which is not taken (float64, float32, float16, integers and bool are)")
_NESTED = later("containers nested more than 20 deep")
_OBJECT = later("an object of type {type}")
OPAQUE = (_TOO_LARGE, _OF_DTYPE, _COMPLEX, _NESTED, _OBJECT)
"""What is said of a value that is not taken."""
TOO_MUCH = later("the function returned more than {limit} MB or {items} values")


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


def given(value: Any) -> tuple[Any, Any]:
    """The argument a call gets, its own copy, and what it must still look like afterwards."""
    kind = type(value)
    if kind is np.ndarray or kind is float:
        return fresh(value), value
    packed = _packed(value)
    if packed is not None:
        return _unpacked(packed), packed
    real = materialise(value)
    return fresh(real), real


def handed(value: Any) -> Any:
    """The argument a call gets, its own copy, where nobody asks what became of it."""
    if type(value) is np.ndarray or type(value) is float:
        return fresh(value)
    packed = _packed(value)
    return _unpacked(packed) if packed is not None else fresh(materialise(value))


def as_before(value: Any, snapshot: Any) -> bool:
    if type(snapshot) is bytes:
        return _packed(value) == snapshot
    return same(value, snapshot)


def fresh(value: Any) -> Any:
    """A deep copy of plain data that keeps an array's memory order and its read-only flag."""
    if type(value) is str or type(value) is float:
        return value
    if type(value) is np.ndarray:
        copy = value.copy(order="K")
        if not value.flags.writeable:
            copy.flags.writeable = False
        return copy
    if type(value) is list:
        return [item if type(item) in _UNCHANGING else fresh(item) for item in value]
    if type(value) is tuple:
        return tuple([item if type(item) in _UNCHANGING else fresh(item) for item in value])
    if type(value) is dict:
        return {key: fresh(item) for key, item in value.items()}
    return value


def same(a: Any, b: Any) -> bool:
    """Whether plain data is unchanged: type, shape, dtype and every value (NaN equals NaN)."""
    if a is b:  # a text, a number, or an object of which there is no copy
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return bool(a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes())
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(x is y or same(x, y) for x, y in zip(a, b, strict=True))
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
    if type(value) is float:
        return value
    if type(value) is np.ndarray and value.dtype.kind in "biuf" and value.nbytes <= _SMALL and value.itemsize <= 8:
        return np.array(value)
    budget = _Budget()
    budget.spend(8)
    return _plain(value, budget, 0)


class _Budget:
    def __init__(self) -> None:
        self.bytes, self.items = MAX_RETURNED_BYTES, MAX_RETURNED_ITEMS

    def spend(self, size: int, items: int = 1) -> None:
        self.bytes -= size
        self.items -= items
        if self.bytes < 0 or self.items < 0:
            limit = MAX_RETURNED_BYTES // 2**20
            raise TooMuch(TOO_MUCH.of(limit=limit, items=f"{MAX_RETURNED_ITEMS:,}"))

    def places(self, many: int) -> None:
        """Pay for the places of a container's items."""
        self.spend(8 * many, many)


def _plain(value: Any, budget: _Budget, depth: int) -> Any:
    """The same for what may lie within a container, which has paid for the place that it takes there."""
    if value is None or type(value) in (bool, float):
        return value
    if type(value) is int:
        return value if -(2**63) <= value < 2**64 else Opaque(_TOO_LARGE)
    if type(value) is str:
        budget.spend(4 * len(value), 0)
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.ndarray.__array__(value) if isinstance(value, np.ndarray) else np.array(value)
        array = np.asarray(array).view(np.ndarray)
        budget.spend(array.nbytes, 0)
        if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
            return Opaque(_OF_DTYPE.of(dtype=array.dtype))
        return np.array(array)
    if isinstance(value, complex):
        return Opaque(_COMPLEX)
    if depth > 20:
        return Opaque(_NESTED)
    if isinstance(value, tuple):
        budget.places(tuple.__len__(value))
        return tuple(
            [item if type(item) is float else _plain(item, budget, depth + 1) for item in tuple.__iter__(value)]
        )
    if type(value) is list and set(map(type, value)) <= {str}:  # a hundred thousand nodes' names, say
        budget.spend(sum(map(len, value)) * 4, len(value))
        return list(value)
    if isinstance(value, list):
        budget.places(list.__len__(value))
        # Of a copy: another thread may go on adding to the list.
        return [item if type(item) is float else _plain(item, budget, depth + 1) for item in list.copy(value)]
    if isinstance(value, dict):
        budget.places(dict.__len__(value))
        return {_key(key): _plain(item, budget, depth + 1) for key, item in dict.items(value)}
    return Opaque(_OBJECT.of(type=type(value).__name__))


def _key(key: Any) -> Any:
    return key if type(key) in (str, int, float, bool) else repr(key)[:100]
