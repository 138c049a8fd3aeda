"""The wire: what goes in comes out, and nothing else is believed."""

import contextlib
import socket
import struct
import threading
import time

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.sandbox.inside.wire import Channel, Closed, Late, Malformed, TooLarge, decode, encode
from autograder.student.given import Formula, FormulaGate, SeededGenerator
from autograder.student.steps import Kept, Opaque

LIMIT = 2**20

arrays = st.one_of(
    hnp.arrays(
        dtype=st.sampled_from(["<f8", "<f4", ">f8", "<f2", "<i8", "<i4", "|u1", "|b1"]),
        shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    )
)
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=600)
    | st.binary(max_size=600)
    | arrays,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=5) | st.integers(0, 9), inner, max_size=4)
    ),
    max_leaves=12,
)


def halves(frame):
    head, block = struct.unpack(">II", frame[:8])
    assert len(frame) == 8 + head + block
    return frame[8 : 8 + head], frame[8 + head :]


def same(a, b):
    if isinstance(a, np.ndarray):
        flags = a.flags.writeable == b.flags.writeable and a.flags.f_contiguous == b.flags.f_contiguous
        return (
            type(b) is np.ndarray and a.dtype == b.dtype and a.shape == b.shape and flags and a.tobytes() == b.tobytes()
        )
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return a == b or a != a


@given(plain)
def test_plain_data_comes_back_as_it_was(value):
    assert same(value, decode(*halves(encode(value, LIMIT))))


def test_memory_order_and_read_only_arrays_come_back_as_they_were():
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    x.flags.writeable = False
    assert same(x, decode(*halves(encode(x, LIMIT))))


def test_a_key_may_be_a_tuple_of_plain_values_and_of_nothing_else():
    arrows = {("a", "b"): 2.0, ("b", 3): [1.0], (): 0.0}
    assert decode(*halves(encode(arrows, LIMIT))) == arrows
    for key in (("a", ("b", "c")), ("a", None), b"bytes"):
        with pytest.raises(Malformed):
            decode(*halves(encode({key: 1.0}, LIMIT)))


DESCRIPTIONS = [
    Kept("gate"),
    Formula("x + y", ("x", "y")),
    FormulaGate(Formula("x"), (Formula("upstream", ("upstream", "x")),)),
    FormulaGate(Formula("x"), (Formula("upstream", ("upstream", "x")),), ran_with=(3.0,)),
    SeededGenerator(7),
]


@pytest.mark.parametrize("value", DESCRIPTIONS, ids=repr)
def test_descriptions_are_believed_only_from_the_judge(value):
    assert decode(*halves(encode([value], LIMIT)), descriptions=True) == [value]
    with pytest.raises(Malformed):
        decode(*halves(encode([value], LIMIT)))


def test_opaque_values_come_back_in_words():
    assert decode(*halves(encode(Opaque("a thing"), LIMIT))) == Opaque("a thing")


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, np.array([object()]), np.array([1j]), lambda: 0],
    ids=["object", "set", "objects", "complex", "function"],
)
def test_code_and_objects_have_no_place_on_the_wire(value):
    with pytest.raises(TypeError, match="cannot be sent"):
        encode(value, LIMIT)


@pytest.mark.parametrize(
    "value", [bytes(LIMIT), [0.5] * (2**19), 2**64, np.zeros(2**18)], ids=lambda v: type(v).__name__
)
def test_what_is_too_large_is_refused_before_sending(value):
    with pytest.raises(TooLarge):
        encode(value, LIMIT)


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_any_bytes_are_a_value_or_malformed(header, block):
    with contextlib.suppress(Malformed):
        decode(header, block)


@settings(max_examples=300)
@given(plain, st.data())
def test_a_damaged_frame_is_a_value_or_malformed(value, data):
    header, block = map(bytearray, halves(encode(value, LIMIT)))
    place = data.draw(st.integers(0, len(header) - 1))
    header[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Malformed):
        decode(header, block)


HOSTILE = {
    "a map": msgpack.packb({"a": 1}),
    "an extension": msgpack.packb(msgpack.ExtType(5, b"x")),
    "a timestamp": msgpack.packb(msgpack.Timestamp(1, 1)),
    "raw bytes": msgpack.packb(b"x"),
    "an empty list": msgpack.packb([]),
    "an unknown tag": msgpack.packb(["z", 1]),
    "an object array": msgpack.packb(["a", "|O8", [0], "C", True, 0]),
    "a structured array": msgpack.packb(["a", "<f8,<f8", [0], "C", True, 0]),
    "a negative shape": msgpack.packb(["a", "<f8", [-1], "C", True, 0]),
    "a shape of floats": msgpack.packb(["a", "<f8", [1.0], "C", True, 8]),
    "a shape that overflows": msgpack.packb(["a", "<f8", [2**40, 2**40, 0], "C", True, 0]),
    "fewer bytes than the shape": msgpack.packb(["a", "<f8", [2, 2], "C", True, 0]),
    "a length beyond the block": msgpack.packb(["b", 10**9]),
    "a negative length": msgpack.packb(["b", -1]),
    "a length that is true": msgpack.packb(["b", True]),
    "a key that is a list": msgpack.packb(["d", ["l"], 1]),
    "a key without a value": msgpack.packb(["d", "a"]),
    "too many dimensions": msgpack.packb(["a", "<f8", [1] * 65, "C", True, 0]),
    "deep nesting": b"\x92\xa1l" * 200 + b"\xc0",
    "very deep nesting": b"\x91" * 100_000 + b"\xc0",
    "a claimed long list": b"\xdd\xff\xff\xff\xff",
    "two values": b"\xc0\xc0",
    "nothing": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_headers_are_malformed(name):
    with pytest.raises(Malformed):
        decode(HOSTILE[name], b"")


def test_bytes_nobody_claimed_are_malformed():
    with pytest.raises(Malformed):
        decode(b"\xc0", b"left")


def test_a_bool_array_holds_only_zeros_and_ones():
    header = msgpack.packb(["a", "|b1", [3], "C", True, 3])
    assert decode(header, b"\x00\x07\xff").view(np.uint8).tolist() == [0, 1, 1]


def test_the_same_bytes_cannot_be_claimed_twice():
    header = msgpack.packb(["l", *([["b", 100]] * 50)])
    with pytest.raises(Malformed):
        decode(header, bytes(100))


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    yield Channel(ours, LIMIT), theirs
    ours.close()
    theirs.close()


def soon():
    return time.monotonic() + 0.1


def test_silence_ends_at_the_deadline(pair):
    with pytest.raises(Late):
        pair[0].receive(soon())


def test_one_byte_at_a_time_ends_at_the_deadline(pair):
    channel, theirs = pair
    done = threading.Event()

    def drip():
        for byte in struct.pack(">II", 1000, 0) + bytes(1000):
            if done.wait(0.02):
                return
            theirs.send(bytes([byte]))

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        with pytest.raises(Late):
            channel.receive(soon())
    finally:
        done.set()
        thread.join()


def test_who_does_not_read_does_not_hold_up_the_sender(pair):
    with pytest.raises(Late):
        while True:
            pair[0].send(bytes(LIMIT // 2), soon())


def test_a_closed_channel_says_so(pair):
    channel, theirs = pair
    theirs.send(b"\x00\x00")
    theirs.close()
    with pytest.raises(Closed):
        channel.receive(soon())
    with pytest.raises(Closed):
        for _ in range(3):
            channel.send(1, soon())


@pytest.mark.parametrize("lengths", [(2**32 - 1, 0), (0, 2**32 - 1), (5 * 2**20, 0), (1, LIMIT)])
def test_a_length_beyond_the_limit_is_refused_before_reading(pair, lengths):
    channel, theirs = pair
    theirs.send(struct.pack(">II", *lengths))
    with pytest.raises(Malformed):
        channel.receive(soon())
