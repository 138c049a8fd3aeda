"""Outcomes as bytes: the parts of check data for one exercise and seed.

Exact values keep all their digits; what is only to be recognised is a `Sketch`; how far an answer may be from a value
takes one byte for each number, rounded up by a fifth at most. An exception keeps its class and message, never a line of
the code that raised it.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgpack
import numpy as np

from autograder.exercises import Probe
from autograder.judge.sketch import Sketch, sketched
from autograder.student.steps import Opaque, Outcome, Step, StudentError

_CODES_AN_OCTAVE = 4
_ZERO_CODE = 170
_BEYOND = 255


class Writer:
    """Collects outcomes, then gives them as bytes."""

    def __init__(self) -> None:
        self._doubles: list[Any] = []
        self._singles: list[float] = []

    def outcome(self, outcome: Outcome, sketch: bool = False, short: bool = False) -> Any:
        """An outcome as a tree; its numbers go to the blocks: as sketches, with ten digits (`short`), or all."""
        if short:
            outcome = outcome._replace(value=_shortened(outcome.value))
        value = self._value(sketch_of(outcome.value) if sketch else outcome.value)
        if outcome.error is None and not outcome.modified:
            return value
        error = outcome.error
        told = None if error is None else [error.kind, error.type, error.message, list(error.bases)]
        return ["!", told, list(outcome.modified), value]

    def _value(self, value: Any) -> Any:
        if value is None or type(value) in (bool, int, str):
            return value
        if isinstance(value, Sketch):
            self._singles.append(value.total)
            return ["s", *value.shape]
        if type(value) is float:
            self._doubles.append(np.asarray([value]))
            return ["f"]
        if isinstance(value, np.ndarray):
            if value.dtype == np.float64:
                self._doubles.append(value.reshape(-1))
                return ["x", *value.shape]
            return ["a", value.dtype.str, value.tobytes(), *value.shape]
        if isinstance(value, (list, tuple)):
            return ["l" if isinstance(value, list) else "t", *map(self._value, value)]
        if isinstance(value, dict):
            return ["d", *(self._value(item) for row in value.items() for item in row)]
        if isinstance(value, Opaque):
            return ["O", value.description]
        raise TypeError(f"a {type(value).__name__} cannot be written into check data")

    def packed(self, tree: Any) -> bytes:
        """The trees given out before, as `tree` arranges them, with their numbers, compressed."""
        doubles = np.concatenate([np.zeros(0), *self._doubles])
        singles = np.asarray(self._singles, dtype=np.float32)
        return zlib.compress(msgpack.packb([tree, _bytes_apart(doubles), _bytes_apart(singles)]), 9)


class Reader:
    """Reads outcomes in the order in which they were written."""

    def __init__(self, data: bytes) -> None:
        self.tree, doubles, singles = msgpack.unpackb(data, strict_map_key=False)
        self._doubles, self._singles = _bytes_together(doubles, np.float64), _bytes_together(singles, np.float32)
        self._at = self._next = 0

    def outcome(self, tree: Any) -> Outcome:
        """The outcome that was written as `tree`."""
        if type(tree) is list and tree and tree[0] == "!":
            _, told, modified, value = tree
            error = None if told is None else StudentError(told[0], told[1], told[2], bases=tuple(told[3]))
            return Outcome(self._value(value), error, tuple(modified))
        return Outcome(self._value(tree))

    def _value(self, tree: Any) -> Any:
        if type(tree) is not list:
            return tree
        tag, *rest = tree
        if tag == "s":
            self._next += 1
            return Sketch(tuple(rest), float(self._singles[self._next - 1]))
        if tag in ("f", "x"):
            size = int(np.prod(rest, dtype=int))
            taken = self._doubles[self._at : self._at + size]
            self._at += size
            return float(taken[0]) if tag == "f" else taken.reshape(rest).copy()
        if tag == "a":
            dtype, data, *shape = rest
            return np.frombuffer(data, dtype).reshape(shape).copy()
        if tag in ("l", "t"):
            items = [self._value(item) for item in rest]
            return items if tag == "l" else tuple(items)
        if tag == "d":
            items = [self._value(item) for item in rest]
            return dict(zip(items[::2], items[1::2], strict=True))
        return Opaque(rest[0])


def _shortened(value: Any) -> Any:
    """A value with some ten digits of each number; what follows is 0, and packs to nothing."""
    if type(value) is float:
        return float(_shortened(np.asarray([value]))[0])
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        bits = np.ascontiguousarray(value).reshape(-1).view(np.uint64)
        rounded = ((bits + np.uint64(1 << 19)) & ~np.uint64((1 << 20) - 1)).view(np.float64)
        plain = value.reshape(-1)
        keep = ~np.isfinite(plain) | ~np.isfinite(rounded) | (plain == np.round(plain, 4))
        return np.where(keep, plain, rounded).reshape(value.shape)
    if isinstance(value, (list, tuple)):
        return type(value)(map(_shortened, value))
    if isinstance(value, dict):
        return {key: _shortened(item) for key, item in value.items()}
    return value


def _bytes_apart(numbers: Any) -> bytes:
    """First bytes first, last bytes last: like beside like packs better."""
    return bytes(numbers.view(np.uint8).reshape(-1, numbers.itemsize).T.tobytes())


def _bytes_together(data: bytes, dtype: Any) -> Any:
    size = np.dtype(dtype).itemsize
    return np.frombuffer(np.frombuffer(data, np.uint8).reshape(size, -1).T.tobytes(), dtype)


def sketch_of(value: Any) -> Any:
    """A value with a sketch in the place of each array and number in it."""
    if isinstance(value, (int, float, np.ndarray)) and not isinstance(value, bool):
        return sketched(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map(sketch_of, value))
    if isinstance(value, dict):
        return {key: sketch_of(item) for key, item in value.items()}
    return value


# --- how far an answer may be -----------------------------------------------------------------------------------------


def spread_codes(right: Any, samples: Sequence[Any]) -> bytes:
    """How far `samples` are from `right`, a byte for each number of it, in order."""
    found = []
    for at, number in _numbers(right):
        far = np.zeros(np.shape(number))
        for sample in samples:
            other = _at(sample, at)
            if isinstance(other, (bool, int, float, np.ndarray)) and np.shape(other) == np.shape(number):
                with np.errstate(all="ignore"):
                    far = np.fmax(far, np.abs(np.asarray(other, dtype=float) - number))
        with np.errstate(all="ignore"):
            codes = np.ceil(_CODES_AN_OCTAVE * np.log2(far) - 1e-9) + _ZERO_CODE
        codes = np.where(far > 0, np.clip(codes, 1, _BEYOND), 0)
        found.append(codes.astype(np.uint8).tobytes())
    return b"".join(found)


def with_spread(right: Any, codes: bytes) -> Any:
    """`right` with each number moved by the spread that was written for it: what the samples' furthest would be."""
    numbers = np.frombuffer(codes, np.uint8).astype(float)
    far = np.where(numbers > 0, 2.0 ** ((numbers - _ZERO_CODE) / _CODES_AN_OCTAVE), 0.0)
    far = np.where(numbers == _BEYOND, np.inf, far)
    position = 0

    def moved(value: Any) -> Any:
        nonlocal position
        if _is_number(value):
            size = int(np.size(value))
            taken = far[position : position + size].reshape(np.shape(value))
            position += size
            with np.errstate(all="ignore"):
                return np.asarray(value, dtype=float) + taken
        if isinstance(value, (list, tuple)):
            return type(value)([moved(item) for item in value])
        if isinstance(value, dict):
            return {key: moved(item) for key, item in value.items()}
        return value

    return moved(right)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, np.ndarray) and value.dtype.kind in "biuf")


def _numbers(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if _is_number(value):
        yield at, np.asarray(value, dtype=float)
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from _numbers(item, (*at, i))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _numbers(item, (*at, key))


def _at(value: Any, at: Sequence[Any]) -> Any:
    for key in at:
        try:
            value = value[key]
        except (LookupError, TypeError):
            return None
    return value


# --- which call -------------------------------------------------------------------------------------------------------


def key_of(steps: Sequence[Step]) -> bytes:
    """What tells one call from another, in one process: the calls are made anew on the side that looks them up."""
    digest = hashlib.blake2b(digest_size=12)
    for step in steps:
        if len(steps) > 1:
            digest.update(f"{step.name}.{step.method};".encode())
        _add(digest, step.args)
    return digest.digest()


def _add(digest: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        digest.update(f"{value.dtype.str}{value.shape}".encode() + value.tobytes())
    elif isinstance(value, (list, tuple)):
        digest.update(f"({len(value)}".encode())
        for item in value:
            _add(digest, item)
    elif isinstance(value, dict):
        _add(digest, list(value.items()))
    else:
        digest.update(f"{type(value).__name__}:{value!r};".encode())


def structure(probes: Sequence[Probe]) -> str:
    """A digest of the form of probes: what is called with which shapes, and what for. Digits are not in it, since the
    last one may differ from machine to machine."""
    form = [
        (
            (probe.criterion, probe.label, probe.verify is None, probe.between is None, probe.raises),
            [(step.name, step.method, step.keep, _form(step.args)) for step in probe.steps],
        )
        for probe in probes
    ]
    return hashlib.sha256(repr(form).encode()).hexdigest()[:16]


def _form(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape)
    if isinstance(value, (list, tuple)):
        return tuple(map(_form, value))
    return type(value).__name__
