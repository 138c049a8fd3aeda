"""What the grader does while it waits for the sandbox costs no student any time, and never makes it wait longer."""

import socket
import struct
import threading
import time
from dataclasses import replace

import pytest
from sandboxes import SMALL

from autograder.sandbox import Sandbox
from autograder.sandbox.inside.wire import Channel, Closed, Late, encode
from autograder.student.steps import Step


class Work:
    """So many pieces of so many seconds."""

    def __init__(self, pieces, seconds=0.0):
        self.left, self._seconds = pieces, seconds

    def __call__(self):
        time.sleep(self._seconds)
        self.left -= 1
        return self.left > 0


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    yield Channel(ours, 2**20), theirs
    ours.close()
    theirs.close()


def test_what_is_there_is_read_before_anything_else_is_done(pair):
    channel, theirs = pair
    channel.meanwhile = work = Work(3)
    theirs.sendall(encode("first", 99) + encode("second", 99))
    assert (channel.receive(), channel.receive(), work.left) == ("first", "second", 3)


def test_all_of_it_is_done_once_while_nothing_comes(pair):
    channel, theirs = pair
    channel.meanwhile = work = Work(5)
    with pytest.raises(Late):
        channel.receive(channel.now() + 0.05)
    assert work.left == 0 and channel.meanwhile is None
    theirs.sendall(encode(1, 99))
    assert channel.receive(channel.now() + 0.05) == 1


def test_time_that_the_work_takes_is_no_time_of_the_answer_s(pair):
    channel, theirs = pair
    channel.meanwhile = Work(2, 0.5)
    threading.Timer(0.8, theirs.sendall, [encode("late by the clock on the wall", 99)]).start()
    start, began = channel.now(), time.monotonic()
    assert channel.receive(start + 0.6) == "late by the clock on the wall"
    assert channel.now() - start < 0.6 < time.monotonic() - began


def test_a_part_of_an_answer_does_not_end_the_work_or_the_wait(pair):
    channel, theirs = pair
    channel.meanwhile = work = Work(3)
    frame = encode("in two parts", 99)
    theirs.sendall(frame[:7])
    threading.Timer(0.1, theirs.sendall, [frame[7:]]).start()
    assert channel.receive(channel.now() + 5) == "in two parts" and work.left == 0


def test_one_byte_at_a_time_ends_at_the_deadline(pair):
    channel, theirs = pair
    channel.meanwhile = Work(10**9)
    done = threading.Event()

    def drip():
        for byte in struct.pack(">II", 1000, 0) + bytes(1000):
            theirs.send(bytes([byte]))
            if done.wait(0.0005):
                return

    def stop():
        channel.meanwhile = None

    thread = threading.Thread(target=drip)
    thread.start()
    threading.Timer(0.2, stop).start()
    try:
        with pytest.raises(Late):
            channel.receive(channel.now() + 0.1)
    finally:
        done.set()
        thread.join()


def test_who_is_gone_is_found_out_during_the_work(pair):
    channel, theirs = pair
    channel.meanwhile = work = Work(10**9)
    theirs.close()
    with pytest.raises(Closed):
        channel.receive()
    assert work.left == 10**9


def test_it_goes_on_when_somebody_else_has_set_how_long_the_stream_waits(pair):
    channel, theirs = pair
    for _ in range(2):
        channel.meanwhile = work = Work(10**6)
        threading.Timer(0.1, theirs.sendall, [encode(1, 99)]).start()
        assert channel.receive(channel.now() + 60) == 1
        assert 0 < work.left < 10**6
        channel._stream.settimeout(5.0)  # as the grader does with a worker's control socket


def test_an_error_of_the_work_s_own_is_not_taken_for_the_other_side_s(pair):
    channel, _ = pair

    def fails():
        raise OSError("no space left on device")

    channel.meanwhile = fails
    with pytest.raises(OSError, match="no space left"):
        channel.receive(channel.now() + 1)


LIMITS = replace(SMALL, cell_seconds=1.0, notebook_seconds=1.0, call_seconds=1.0, calls_seconds=1.0, grace_seconds=0.5)
ANSWERS = "import time\ndef right(x):\n    time.sleep(0.1)\n    return x\ndef endless(x):\n    while True: pass"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(LIMITS) as made:
        yield made


def test_no_limit_of_a_session_counts_it(sandbox, bubblewrap):
    """Each answer below is waited for, and takes a tenth of a limit; what is done meanwhile takes more than half."""
    work = Work(20, 0.6)
    with sandbox.session(meanwhile=work) as session:
        for cell in (ANSWERS, *["time.sleep(0.1)"] * 4):
            (result,) = session.execute([cell])
            assert result.error is None
        for number in range(4):
            (outcome,) = session.code().run([Step("right", (float(number),))])
            assert outcome.value == number
        assert session.code().defined("right") and session.lost is None
    assert work.left <= 12


def test_a_call_took_the_time_that_it_says_and_all_together_no_more_than_passed(sandbox, bubblewrap):
    start = time.monotonic()
    with sandbox.session(meanwhile=Work(2, 0.2)) as session:
        session.execute([ANSWERS])
        seconds = [outcome.seconds for outcome in session.code().run([Step("right", (1.0,)) for _ in range(3)])]
        assert min(seconds) >= 0.1 and sum(seconds) < time.monotonic() - start
        forged = "import autograder.sandbox.inside.serve as s\ns._outcome = lambda outcome: (1.0, 1e9)"
        session.execute([forged])
        seconds = [outcome.seconds for outcome in session.code().run([Step("right", (1.0,)) for _ in range(3)])]
        assert sum(seconds) < time.monotonic() - start


def test_a_limit_strikes_all_the_same(sandbox, bubblewrap):
    with sandbox.session(meanwhile=Work(3, 0.1)) as session:
        session.execute([ANSWERS])
        first, second = session.code().run([Step("endless", (1.0,)), Step("right", (2.0,))])
        assert first.error.kind == "time" and second.value == 2.0


def test_it_is_done_while_each_session_is_opened(sandbox, bubblewrap):
    for _ in range(3):
        work = Work(10**6, 0.0005)
        with sandbox.session(meanwhile=work) as session:
            assert work.left < 10**6
            session.execute(["x = bytearray(10**8)"])  # whose end takes a while


def test_processes_that_follow_one_that_died_do_the_rest(sandbox, bubblewrap):
    work = Work(10**6)
    with sandbox.lasting_session(meanwhile=work) as session:
        died, on = session.execute(["import os, time\ntime.sleep(0.2)\nos._exit(0)", "time.sleep(0.2)\n3"])
        assert died.error is not None and "NameError" in str(on.error)
        left = work.left
        assert left < 10**6
        session.execute(["import time\ntime.sleep(0.2)"])
    assert work.left < left
