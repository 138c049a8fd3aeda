"""What travels between supervisor and sandbox: length-prefixed frames of typed data, bounded both ways.

A frame is two 32-bit lengths, a msgpack header and a block of raw bytes. The header holds the structure;
arrays, bytes and long text lie in the block one after the other and are taken from it in order, so that no
byte can be claimed twice. The header is bounded much lower than the block: it is the part that grows when it
becomes Python objects. Nothing is ever unpickled, and whoever reads treats every byte as hostile.
"""

from __future__ import annotations

import math
import re
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

import msgpack
import numpy as np

from autograder.student.given import Formula, FormulaGate, SeededGenerator
from autograder.student.steps import Kept, Opaque

HEADER_BYTES = 4 * 2**20
DEPTH = 48
_SHORT = 256
_LENGTHS = struct.Struct(">II")
_DTYPE = re.compile(r"[<>|][biuf][1248]")
_USUAL = {name: np.dtype(name) for name in ("<f8", "<f4", "<i8")}  # looked up first


class WireError(Exception):
    """The other side cannot be understood, or is gone; no further frame can be read."""


class Closed(WireError):
    """The other side closed the channel."""


class Late(WireError):
    """The deadline passed."""


class Malformed(WireError):
    """The bytes received are not a frame of this protocol, or a frame beyond the bounds."""


class TooLarge(ValueError):
    """A value does not fit into one frame."""


class Channel:
    """Frames over a stream socket, with deadlines (instants of the channel's own clock, `now`; None waits for ever).

    `cost` is about how much memory the values received so far take, at worst. `meanwhile` is work to be done while
    there is nothing to read: it does one piece, and says whether there is more. The clock stands still for it, so that
    an answer that came meanwhile is not late.
    """

    def __init__(self, stream: socket.socket, message_bytes: int) -> None:
        self._stream, self._limit = stream, message_bytes
        self._unread = bytearray()
        self._at = 0  # where in it the next frame begins
        self._waits: float | None = -1.0  # how long the stream waits; each change asks the kernel
        self._aside = 0.0  # seconds for which the clock stood still
        self.cost = 0
        self.meanwhile: Callable[[], bool] | None = None

    def fileno(self) -> int:
        return self._stream.fileno()

    def close(self) -> None:
        self._stream.close()

    def now(self) -> float:
        """The time, in seconds: `time.monotonic` without what was done meanwhile."""
        return time.monotonic() - self._aside

    def send(self, value: Any, deadline: float | None = None) -> None:
        """Send one value. Raises `TooLarge` (nothing sent), `Closed` or `Late`."""
        frame = encode(value, self._limit)
        try:
            self._wait_until(deadline)
            self._stream.sendall(frame)
        except TimeoutError as late:
            raise Late("the other side does not read") from late
        except OSError as gone:
            raise Closed("the other side is gone") from gone

    def _wait_until(self, deadline: float | None, at_once: bool = False) -> None:
        left = None if deadline is None else deadline - self.now()
        if left is not None and left <= 0:
            raise Late("the deadline has passed")
        if at_once:
            left = 0.0
        if left is not None or self._waits is not None:
            self._stream.settimeout(left)
            self._waits = left

    def receive(self, deadline: float | None = None, descriptions: bool = False, limit: int | None = None) -> Any:
        """The next value, of at most `limit` bytes. Raises `Closed`, `Late` or `Malformed`."""
        if len(self._unread) < self._at + _LENGTHS.size:
            self._read(_LENGTHS.size, deadline)
        head, block = _LENGTHS.unpack_from(self._unread, self._at)
        if head > HEADER_BYTES or head + block > min(self._limit, limit or self._limit):
            raise Malformed(f"a message of {head + block:,} bytes")
        self.cost += 8 * head + block
        size = _LENGTHS.size + head + block
        if len(self._unread) < self._at + size:
            self._read(size, deadline)
        start = self._at + _LENGTHS.size
        self._at += size
        with memoryview(self._unread) as unread:
            header, raw = bytes(unread[start : start + head]), bytes(unread[start + head : self._at])
        return decode(header, raw, descriptions)

    def _read(self, count: int, deadline: float | None) -> None:
        """Read on until `count` bytes are there."""
        # Grown as bytes arrive: a claimed length alone costs nothing.
        unread = self._unread
        del unread[: self._at]
        self._at = 0
        while len(unread) < count:
            piece = self._some(max(min(count - len(unread), 2**20), 2**16), deadline)
            if not piece:
                raise Closed("the other side closed the channel")
            unread += piece

    def _some(self, most: int, deadline: float | None) -> bytes:
        """What there is to read, as soon as there is something."""
        while True:
            try:
                self._wait_until(deadline, at_once=self.meanwhile is not None)
                return self._stream.recv(most)
            except TimeoutError as late:
                raise Late("no answer in time") from late
            except BlockingIOError:
                pass
            except OSError as gone:
                raise Closed("the other side is gone") from gone
            # Not where an error of the stream is caught: an error of this work is nobody's silence.
            start = time.monotonic()
            if self.meanwhile is not None and not self.meanwhile():
                self.meanwhile = None
            self._aside += time.monotonic() - start


def encode(value: Any, limit: int) -> bytes:
    """One frame. Raises `TooLarge` beyond `limit` bytes, `TypeError` for what has no place on the wire."""
    block: list[bytes] = []
    header = msgpack.packb(_pack(value, block, 0), unicode_errors="replace")
    size = sum(map(len, block))
    if len(header) > HEADER_BYTES or len(header) + size > limit:
        raise TooLarge(f"a message of {len(header) + size:,} bytes is over the limit of {limit:,}")
    return b"".join([_LENGTHS.pack(len(header), size), header, *block])


def _pack(value: Any, block: list[bytes], depth: int) -> Any:
    kind = type(value)
    if kind is float or value is None or kind is bool or (kind is str and len(value) < _SHORT):
        return value
    if kind is np.ndarray:
        return _pack_array(value, block)
    if kind is int:
        if not -(2**63) <= value < 2**64:
            raise TooLarge("an integer does not fit into 64 bits")
        return value
    if kind is str:
        return ["s", _append(block, value.encode("utf-8", "replace"))]
    if kind is bytes:
        return ["b", _append(block, value)]
    if depth > DEPTH:
        raise TooLarge(f"containers nested more than {DEPTH} deep")
    if isinstance(value, np.generic):
        return _pack_array(value, block)
    if kind is list or kind is tuple:
        packed: list[Any] = ["l" if kind is list else "t"]
        for item in value:
            inner = type(item)
            if inner is float or (inner is str and len(item) < _SHORT):
                packed.append(item)
            else:
                packed.append(_pack(item, block, depth + 1))
        return packed
    if kind is dict:
        flat: list[Any] = ["d"]
        for key, item in value.items():
            flat.append(_pack(key, block, depth + 1))
            flat.append(item if type(item) is float else _pack(item, block, depth + 1))
        return flat
    if kind is Kept:
        return ["K", value.name]
    if kind is Opaque:
        return ["O", value.description[:1000]]
    if kind is Formula:
        return ["F", value.expression, *value.parameters]
    if kind is FormulaGate:
        return [
            "G",
            _pack(value.forward, block, depth + 1),
            _pack(value.ran_with, block, depth + 1),
            *(_pack(b, block, depth + 1) for b in value.backward),
        ]
    if kind is SeededGenerator:
        return ["R", value.seed]
    raise TypeError(f"a {kind.__name__} cannot be sent to a sandbox: use plain data or autograder.student.given")


def _append(block: list[bytes], data: bytes) -> int:
    block.append(data)
    return len(data)


def _pack_array(value: Any, block: list[bytes]) -> list[Any]:
    dtype = value.dtype.str
    if dtype not in _USUAL and not _DTYPE.fullmatch(dtype):
        raise TypeError(f"an array of dtype {value.dtype} cannot be sent to a sandbox")
    if isinstance(value, np.generic):
        return ["n", dtype, _append(block, value.tobytes())]
    flags = value.flags
    order = "F" if flags.f_contiguous and not flags.c_contiguous else "C"
    size = _append(block, value.tobytes(order=order))
    return ["a", dtype, list(value.shape), order, flags.writeable, size]


def decode(header: bytes, block: bytes, descriptions: bool = False) -> Any:
    """The value of a frame. Raises `Malformed` for anything but a frame that `encode` could have made.

    Kept objects and descriptions, which stand for code, are accepted only with `descriptions`.
    """
    try:
        tree = msgpack.unpackb(header, strict_map_key=False, unicode_errors="replace", max_map_len=0, max_ext_len=0)
        reader = _Reader(block, descriptions)
        value = reader.read(tree, 0)
        if reader.position != len(block):
            raise Malformed("bytes left over")
        return value
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"not a message of this protocol ({type(error).__name__})") from None


class _Reader:
    __slots__ = ("block", "descriptions", "position")

    def __init__(self, block: bytes, descriptions: bool) -> None:
        self.block, self.descriptions, self.position = block, descriptions, 0

    def take(self, size: Any) -> bytes:
        if type(size) is not int or size < 0 or self.position + size > len(self.block):
            raise Malformed("a wrong length")
        start, self.position = self.position, self.position + size
        return self.block[start : self.position]

    def read(self, tree: Any, depth: int) -> Any:
        kind = type(tree)
        if kind is float or kind is str or tree is None or kind is int or kind is bool:
            return tree
        if kind is not list or depth > DEPTH:
            raise Malformed("a wrong structure")
        tag = tree[0]
        if tag == "t":
            return tuple([self.read(part, depth + 1) for part in tree[1:]])
        if tag == "a":
            return self.array(*tree[1:])
        if tag == "l":
            return [self.read(part, depth + 1) for part in tree[1:]]
        if tag == "d":
            return self.mapping(tree, depth)
        if tag == "n":
            _, dtype, size = tree
            return _numbers(self.take(size), dtype, ())[()]
        if tag == "s":
            _, size = tree
            return self.take(size).decode("utf-8", "replace")
        if tag == "b":
            _, size = tree
            return self.take(size)
        if tag == "O":
            _, text = tree
            return Opaque(_text(text))
        if self.descriptions:
            return self.description(tag, tree[1:], depth)
        raise Malformed("an unknown tag")

    def mapping(self, tree: list[Any], depth: int) -> dict[Any, Any]:
        """Keys and values in turn, after the tag."""
        if not len(tree) % 2:
            raise Malformed("a key without a value")
        result = {}
        for key, item in zip(tree[1::2], tree[2::2], strict=True):
            name = key if type(key) is str else self.key(key, depth)
            result[name] = item if type(item) is float else self.read(item, depth + 1)
        return result

    def key(self, tree: Any, depth: int) -> Any:
        key = self.read(tree, depth + 1)
        # A tuple of plain values names an arrow of a graph, from one node to another.
        if any(type(value) not in (str, int, float, bool) for value in (key if type(key) is tuple else (key,))):
            raise Malformed("a key that is no plain value")
        return key

    def array(self, dtype: Any, shape: Any, order: Any, writeable: Any, size: Any) -> np.ndarray:
        if type(shape) is not list or len(shape) > 32:
            raise Malformed("a wrong shape")
        for n in shape:
            if type(n) is not int or n < 0:
                raise Malformed("a wrong shape")
        if order not in ("C", "F") or type(writeable) is not bool:
            raise Malformed("wrong flags")
        array = _numbers(self.take(size), dtype, shape, order)
        if not writeable:
            array.flags.writeable = False
        return array

    def description(self, tag: Any, parts: list[Any], depth: int) -> Any:
        if tag == "K":
            return Kept(_text(parts[0]))
        if tag == "F":
            return Formula(_text(parts[0]), tuple(map(_text, parts[1:])))
        if tag == "G":
            forward, ran_with, *backward = (self.read(part, depth + 1) for part in parts)
            return FormulaGate(forward, tuple(backward), ran_with)
        if tag == "R":
            return SeededGenerator(int(parts[0]))
        raise Malformed("an unknown tag")


def _numbers(data: bytes, dtype: Any, shape: Any, order: Any = "C") -> np.ndarray[Any, Any]:
    kind = _USUAL.get(dtype) if type(dtype) is str else None
    if kind is None:
        if type(dtype) is not str or not _DTYPE.fullmatch(dtype):
            raise Malformed("a wrong dtype")
        kind = np.dtype(dtype)
    if math.prod(shape) * kind.itemsize != len(data):
        raise Malformed("a wrong length")
    if dtype == "|b1":  # a byte other than 0 or 1 is no bool, and NumPy would trust it
        data = (np.frombuffer(data, np.uint8) != 0).tobytes()
    return np.ndarray(shape, kind, bytearray(data), order=order)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise Malformed("text expected")
    return value[:10_000]
