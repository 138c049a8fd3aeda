# ruff: noqa: E501 - cells are quoted as a student would write them
"""Honest notebooks: what a notebook front end does, the sandbox does too."""

import base64

import nbformat
import numpy as np
import pytest
from conftest import need_program
from sandboxes import SMALL, printed, run

from autograder.sandbox import Sandbox
from autograder.student.given import Formula, FormulaGate, SeededGenerator
from autograder.student.local import LocalCode
from autograder.student.steps import Kept, Opaque, Step


@pytest.fixture(scope="module", params=["bubblewrap", "process", "spawned"])
def any_sandbox(request):
    if request.param == "bubblewrap":
        need_program("bwrap", "bubblewrap")
    isolation = "process" if request.param == "spawned" else request.param
    with Sandbox(SMALL, isolation, fork=request.param != "spawned") as sandbox:
        yield sandbox


def test_a_small_notebook_gives_the_outputs_of_a_notebook(any_sandbox):
    results = run(
        any_sandbox,
        "print('hello')\nimport sys\nprint('careful', file=sys.stderr)",
        "x = 6\nx * 7",
        "1 / 0",
        "x * 2;",
        "def broken(:",
        "x",
    )
    assert results[0].outputs == [
        {"output_type": "stream", "name": "stdout", "text": "hello\n"},
        {"output_type": "stream", "name": "stderr", "text": "careful\n"},
    ]
    assert results[1].outputs == [
        {"output_type": "execute_result", "data": {"text/plain": "42"}, "metadata": {}, "execution_count": 2}
    ]
    assert results[2].outputs[0]["ename"] == "ZeroDivisionError"
    assert results[2].error.type == "ZeroDivisionError" and results[2].error.line == "1 / 0"
    assert results[3].outputs == []
    assert results[4].error.type == "SyntaxError"
    assert [r.execution_count for r in results] == [1, 2, 3, 4, 5, 6]
    cells = [
        nbformat.v4.new_code_cell(
            "", outputs=[nbformat.from_dict(o) for o in r.outputs], execution_count=r.execution_count
        )
        for r in results
    ]
    nbformat.validate(nbformat.v4.new_notebook(cells=cells))


def test_a_plot_becomes_a_picture(any_sandbox):
    results = run(
        any_sandbox,
        "%matplotlib inline\nimport matplotlib.pyplot as plt",
        "plt.plot([1, 2, 3]);",
        "plt.show()",
    )
    (picture,) = results[1].outputs
    assert picture["output_type"] == "display_data"
    assert base64.b64decode(picture["data"]["image/png"]).startswith(b"\x89PNG")
    assert results[2].outputs == []


def test_magics_and_shell_commands_work(any_sandbox):
    results = run(
        any_sandbox,
        "%timeit -n 2 -r 1 1 + 1",
        "%%time\nx = 1",
        "!echo from the shell",
        "%%bash\necho bash",
        "?print",
    )
    texts = ["".join(o.get("text", "") for o in r.outputs) for r in results]
    assert "loop" in texts[0] and "time" in texts[1]
    assert "from the shell" in texts[2] and texts[3] == "bash\n"
    assert all(r.error is None for r in results)


def test_what_a_program_prints_by_itself_is_shown(any_sandbox):
    results = run(any_sandbox, "import os\nos.system('echo one');", "os.write(2, b'two\\n');", "3")
    assert [o.get("text") for r in results for o in r.outputs] == ["one\n", "two\n", None]


def test_display_updates_and_clears(any_sandbox):
    results = run(
        any_sandbox,
        "from IPython.display import display, HTML, clear_output\nh = display(HTML('<b>a</b>'), display_id=True)\nh.update(HTML('c'))",
        "print('old'); clear_output(wait=True); print('new')",
        "class C:\n    def _repr_html_(self): return '<i>c</i>'\nC()",
    )
    assert results[0].outputs[0]["data"]["text/html"] == "c"
    assert results[1].outputs == [{"output_type": "stream", "name": "stdout", "text": "new\n"}]
    assert results[2].outputs[0]["data"]["text/html"] == "<i>c</i>"


def test_a_warning_goes_to_stderr_and_harms_nothing(any_sandbox):
    (result,) = run(any_sandbox, "import warnings\nwarnings.warn('careful')\n3")
    assert result.error is None
    assert [o["output_type"] for o in result.outputs] == ["stream", "execute_result"]


@pytest.mark.parametrize(
    "ask", ["input('name?')", "import getpass; getpass.getpass()", "import sys; sys.stdin.readline() or 1/0"]
)
def test_input_fails_politely(any_sandbox, ask):
    results = run(any_sandbox, ask, "print('after')")
    assert results[0].error.type in ("EOFError", "ZeroDivisionError")
    assert results[1].error is None


def test_files_shipped_with_the_notebook_are_there(any_sandbox, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "numbers.csv").write_text("1,2,3\n")
    (tmp_path / "mine.py").write_text("answer = 42\n")
    (tmp_path / "big.bin").write_bytes(bytes(range(256)) * 12_000)
    results = run(
        any_sandbox,
        "import numpy as np\nnp.loadtxt('data/numbers.csv', delimiter=',').sum()",
        "import mine\nmine.answer",
        "open('big.bin', 'rb').read() == bytes(range(256)) * 12_000",
        "open('out.txt', 'w').write('x' * 1000); open('data/numbers.csv', 'a').write('4'); len(open('out.txt').read())",
        files=tmp_path,
    )
    assert [r.outputs[0]["data"]["text/plain"] for r in results] == ["np.float64(6.0)", "42", "True", "1000"]
    assert (tmp_path / "data" / "numbers.csv").read_text() == "1,2,3\n"
    assert not (tmp_path / "out.txt").exists()


def test_a_check_of_the_students_own_says_that_it_is_not_judged_here(any_sandbox):
    (result,) = run(any_sandbox, "from autograder import check\ncheck('fc_backward')")
    assert result.error is None
    assert "outside" in result.outputs[0]["data"]["text/plain"]


def test_the_library_is_there_for_who_asks(any_sandbox):
    with any_sandbox.session(library=True) as session:
        (result,) = session.execute(["import nn_lib\nnn_lib.AddGate().forward(1.0, 2.0)"])
    assert printed(result) == "3.0" and not result.library


def test_await_and_comprehensions_over_globals(any_sandbox):
    results = run(any_sandbox, "import asyncio\nawait asyncio.sleep(0)\nn = 3", "[n * i for i in range(n)]")
    assert [r.error for r in results] == [None, None]


def test_processes_may_be_started_and_joined(any_sandbox):
    (result,) = run(
        any_sandbox, "import subprocess\nsubprocess.run(['echo', 'x'], capture_output=True, text=True).stdout"
    )
    assert result.outputs[0]["data"]["text/plain"] == r"'x\n'"


def test_a_cell_that_forks_is_answered_once(any_sandbox):
    results = run(any_sandbox, "import os\nchild = os.fork()", "1", "2")
    assert [r.outputs[0]["data"]["text/plain"] for r in results[1:]] == ["1", "2"]


def test_each_session_draws_other_random_numbers(any_sandbox):
    cell = "import numpy as np\nnp.random.random()"
    first, second = (run(any_sandbox, cell)[0].outputs[0]["data"]["text/plain"] for _ in range(2))
    assert first != second


STUDENT = """
import numpy as np
def scale(x, a=2.0):
    return x * a
def wrong(x):
    raise ValueError("no such luck")
def writes(x, y):
    y[0] = 7.0
    return x
def shapes(x):
    return {"c": x.flags.c_contiguous, "f": x.flags.f_contiguous, "w": x.flags.writeable, "d": str(x.dtype), "s": x.shape}
def apply(f, x):
    return f(x)
def draw(rng):
    return rng.random(3)
def chain(gate, x):
    y = gate.forward(x)
    return y, gate.backward(np.ones_like(x))
def thing():
    return object()
def many():
    return [1, 2.5, "text", None, True, (1, 2), {"a": np.arange(3)}, np.float32(1.5), 10**30]
class Counter:
    def __init__(self, start):
        self.n = start
    def add(self, k):
        self.n += k
        return self.n
"""


def steps():
    x = np.arange(6.0).reshape(2, 3)
    read_only = x.copy()
    read_only.flags.writeable = False
    return [
        Step("scale", (x,)),
        Step("scale", (3.0, 4.0)),
        Step("scale", (np.float32(3.0),)),
        Step("wrong", (x,)),
        Step("writes", (x, x.copy())),
        Step("writes", (x, read_only)),
        *[
            Step("shapes", (a,))
            for a in (x, x.T, read_only, x[:, ::2], x.astype("f4"), np.array(1.0), np.zeros((0, 3)), x > 2)
        ],
        Step("apply", (Formula("np.sum(x ** 2)"), x)),
        Step("draw", (SeededGenerator(3),)),
        Step("chain", (FormulaGate(Formula("x ** 2"), (Formula("upstream * 2 * x", ("upstream", "x")),)), x)),
        Step("thing"),
        Step("many"),
        Step("missing", (1,)),
        Step("Counter", (5,), keep="counter"),
        Step("counter", (2,), method="add"),
        Step("counter", (2,), method="take"),
        Step("scale", (Kept("nobody"),)),
        Step("scale", ([1, 2], "x")),
        Step("scale", (np.array([np.nan, np.inf, -0.0]),)),
    ]


def test_the_judge_cannot_tell_the_sandbox_from_this_process(any_sandbox):
    namespace = {"__name__": "__main__"}
    exec(STUDENT, namespace)
    local = LocalCode(namespace)
    with any_sandbox.session() as session:
        session.execute([STUDENT])
        remote = session.code()
        assert remote.defined("scale") and remote.defined("Counter") and not remote.defined("missing")
        assert remote.borrowed("scale") is None
        there, here = remote.run(steps()), local.run(steps())
    assert len(there) == len(here) == len(steps())
    for step, a, b in zip(steps(), there, here, strict=True):
        assert _equal(a.value, b.value), step
        assert (a.error and (a.error.kind, a.error.type, a.error.message)) == (
            b.error and (b.error.kind, b.error.type, b.error.message)
        ), step
        assert a.modified == b.modified, step


def test_an_error_in_a_call_names_the_students_line(any_sandbox):
    with any_sandbox.session() as session:
        session.execute([STUDENT])
        (outcome,) = session.code().run([Step("wrong", (1,))])
    assert outcome.error.line == 'raise ValueError("no such luck")'
    assert outcome.error.line_number == 5  # IPython leaves out the empty first line


def test_a_borrowed_function_is_known_by_its_library(any_sandbox):
    with any_sandbox.session() as session:
        session.execute(["from nn_lib import sigmoid as mine"])
        assert session.code().borrowed("mine") == "nn_lib"


def test_the_library_is_gone_while_graded_but_its_base_class_stays(any_sandbox):
    cells = [
        "import sys\nfrom nn_lib import Gate, datasets\nfrom nn_lib import sigmoid as s\nkept = [s]\nprint(datasets.digits)",
        "class Mine(Gate):\n    def forward(self, x):\n        return 2 * x",
        "def own(x):\n    return Mine().forward(x)\ndef hidden(x):\n    return kept[0](x)\n"
        "def again(x):\n    import nn_lib\n    return nn_lib.sigmoid(x)",
    ]
    with any_sandbox.session() as session:
        assert all(result.error is None for result in session.execute(cells))
        own, hidden, again = session.code().run([Step(name, (1.0,)) for name in ("own", "hidden", "again")])
    assert own.value == 2.0
    assert "your own work" in hidden.error.message
    assert "nn_lib" in again.error.message


def _equal(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(_equal(a[k], b[k]) for k in a)
    if isinstance(a, Opaque):
        return a.description == b.description
    return a == b or (a != a and b != b)


def test_a_session_that_was_not_expected_to_draw_draws_all_the_same(any_sandbox):
    """A cell may reach matplotlib by a way that nobody sees in its text."""
    cells = ["plt = __import__('importlib').import_module('matplotlib.py' + 'plot')\nplt.plot([1, 2]);", "plt.gca();"]
    shown = []
    for draws in (False, True):
        with any_sandbox.session(draws=draws) as session:
            results = session.execute(cells)
        assert [result.error for result in results] == [None, None]
        shown.append([[sorted(output.get("data", {})) for output in result.outputs] for result in results])
    assert shown[0] == shown[1] == [[["image/png", "text/plain"]]] * 2
