"""What a worker does before its first session: all that a session needs is there, and nothing of it is left."""

import subprocess
import sys

from conftest import need_program

from autograder.sandbox import Limits, Sandbox
from autograder.student.steps import Step

LOADS = """
import socket, sys
from pathlib import Path
from autograder.sandbox.inside.limits import Limits
from autograder.sandbox.inside.rehearsal import rehearse_a_session, warm_up
from autograder.sandbox.inside.wire import Channel

shell = warm_up(library=False)
rehearse_a_session(shell, Limits())
before = set(sys.modules)
from autograder.sandbox.inside.serve import Server

ours, theirs = socket.socketpair()
server = Server(Channel(ours, 2**20), shell, Limits(), Path())
text = "def half(x):\\n    return x / 2"
server.execute(text, False)
server.execute("1 / 0", False)
server.look(["half"])
server.measures("half")
server.run([("half", (3.0,)), ("half", ("three",))])
server.rewritten([("half", text)], [(0, text)], [("half", (3.0,))], 1.0, 0.5)
print(sorted(name for name in set(sys.modules) - before if name.startswith("autograder")))
"""


def test_a_session_loads_nothing_of_ours_that_its_worker_has_not_loaded():
    told = subprocess.run([sys.executable, "-c", LOADS], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_nothing_of_the_rehearsal_is_left_in_a_session():
    need_program("bwrap", "bubblewrap")
    with Sandbox(Limits()) as sandbox, sandbox.session() as session:
        first, second = session.execute(["f", "sorted(name for name in dir() if not name.startswith('_'))"])
        assert first.error is not None and first.error.type == "NameError"
        assert first.execution_count == 1
        assert second.outputs[0]["data"]["text/plain"] == "['In', 'Out', 'exit', 'get_ipython', 'open', 'quit']"
        (outcome,) = session.code().run([Step("g", (1.0, 2.0))])
        assert outcome.error is not None and outcome.error.kind == "undefined"


def test_the_engine_lies_among_what_a_worker_has_put_aside_before_it_forks():
    """Python's collector does not list what was put aside: what a session loads by itself, it would."""
    need_program("bwrap", "bubblewrap")
    ours = "autograder.sandbox.inside.serve", "autograder.student.rewritten", "autograder.student.perform"
    source = f"import gc, sys\n[any(o is vars(sys.modules[name]) for o in gc.get_objects()) for name in {ours}]"
    with Sandbox(Limits()) as sandbox, sandbox.session() as session:
        (result,) = session.execute([source])
    assert result.outputs[0]["data"]["text/plain"] == "[False, False, False]"
