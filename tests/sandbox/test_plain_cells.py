"""Cells that take the short way end as those that take the shell's: outputs, names, history, numbers, errors."""

import os
import pickle
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.sandbox.inside.cells import Collector, redirected
from autograder.sandbox.inside.rehearsal import warm_up

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each way has a process of its own")

NOTEBOOKS = {
    "values and prints": [
        "x = 2\nx",
        "print(x)\nx + 1",
        "_ + 1",
        "_1, _3, __",
        "Out",
        "x;",
        "x  # nothing; here",
        "None",
    ],
    "strings with semicolons": ["';'", "'a;'", "x = 1;", "'x' # ;", "1;2", "';' # '"],
    "functions and their source": [
        "def f(x):\n    '''Doc with >>> no prompt.'''\n    return x + 1\n\nf(1)",
        "import inspect\nprint(inspect.getsource(f))",
        "f.__code__.co_filename.startswith('<ipython-input-1-'), f.__module__, __name__",
    ],
    "classes and globals": [
        "class A:\n    y = 1\n    def g(self): return A.y",
        "A().g()",
        "globals() is locals()",
        "A",
    ],
    "an error in a function": ["def f(x):\n    y = x\n    return 1 / y", "f(0)", "print('goes on')", "f(1)"],
    "an error half-way": ["a = 1\nprint(a)\nb = undefined\nc = 3", "'c' in globals()", "a"],
    "errors of every kind": [
        "raise ValueError('text')",
        "raise KeyError",
        "1 / 0",
        "import sys\nsys.exit(3)",
        "exit",
        "raise SystemExit",
        "assert 1 == 2, 'two'",
    ],
    "causes": ["try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('after') from e"],
    "what does not compile": [
        "def f(:",
        "x = = 1",
        "return 3",
        "x = 1\nreturn x",
        "'x' in globals()",
        "if True:\nx",
        "\tx",
    ],
    "magics": ["%time x = 1", "%%capture out\nprint(1)", "out.stdout", "x = %pwd", "!true", "len?", "%nonsense", "pwd"],
    "prompts": [">>> x = 1\n>>> x", "In [1]: y = 2", "'''\n>>> z\n'''"],
    "leading lines": ["\n\n1 / 0", "   \nx = 1\nx", "  x = 3\n  x", "# only a comment", "   ", "\n"],
    "waiting": ["import asyncio", "await asyncio.sleep(0)", "async def f(): return 4", "await f()"],
    "display": [
        "from IPython.display import HTML, Image, display, clear_output\nHTML('<b>x</b>')",
        "display(1, 'two')",
        "h = display('a', display_id='d')\ndisplay('b', display_id='d', update=True)",
        "print('gone')\nclear_output()\nprint('kept')",
        "class B:\n    def _repr_html_(self): return '<i>b</i>'\n    def __repr__(self): return 'B'\nB()",
    ],
    "history": ["1 + 1", "In[1], In[-1], _i, _ii, _i1", "get_ipython().execution_count", "_ih[-1]"],
    "futures": ["from __future__ import annotations", "def f(x: undefined): pass\nf.__annotations__"],
    "hooks of one's own": [
        "get_ipython().events.register('pre_run_cell', lambda info: print('before', info.raw_cell))",
        "1",
        "get_ipython().input_transformers_post.append(lambda lines: [line.replace('two', '2') for line in lines])",
        "two",
    ],
    "a shell of one's own": [
        "ip = get_ipython()\nip.run_cell('q = 5\\nq');",
        "q",
        "ip.ast_node_interactivity = 'all'",
        "1\n2",
    ],
    "the displayhook": ["import sys\nsys.displayhook = lambda v: print('mine', v)", "1", "2"],
    "warnings": ["import warnings\nwarnings.warn('careful')", "for _ in range(2): warnings.warn('twice')", "'\\d'"],
    "docstrings": ["'''A cell that begins with text.'''\nx = 1", "x"],
    "deleted names": ["_ = 5", "1 + 1", "_", "del _", "2 + 2"],
    "comments and blanks": ["# a\n\nx = 1  # b\n\n# c\nx", "x = (1,\n\n2)\nx", "if 1:\n    x = 1\n# end"],
    "a line continued": ["x = 1 + \\\n    2\nx", "y = [\n  1,\n  2\n]", "'a' \\\n'b'"],
}


def ran(notebook, way):
    """What each cell gave, and what was there in the end, in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        shell = SHELL
        collector = Collector(2**20, 2**22)
        shell.attach(collector)
        seen = []
        for source in notebook:
            collector.start()
            with redirected(collector):
                if way == "short":
                    failure = shell.run(source)
                else:
                    result = shell.run_cell(source, store_history=True)
                    failure = result.error_before_exec or result.error_in_exec
            seen.append((collector.finish(), type(failure).__name__, shell.execution_count))
        names = sorted(name for name in shell.user_ns)
        hidden = sorted(shell.user_ns_hidden)
        data = (seen, names, hidden, list(shell.user_ns["In"]), sorted(shell.user_ns["Out"]))
        with os.fdopen(writing, "wb") as file:
            file.write(pickle.dumps(data))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        data = file.read()
    os.waitpid(child, 0)
    return pickle.loads(data)


SHELL = None


@pytest.fixture(scope="module", autouse=True)
def shell():
    global SHELL
    SHELL = warm_up()


def told(seen):
    return re.sub(r"0x[0-9a-f]+|(Wall time|CPU times|times): [^\\]*", "", repr(seen))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_both_ways_end_alike(name):
    short, shells = ran(NOTEBOOKS[name], "short"), ran(NOTEBOOKS[name], "shell")
    for source, mine, theirs in zip(NOTEBOOKS[name], short[0], shells[0], strict=True):
        assert told(mine) == told(theirs), source
    assert short[1:] == shells[1:]


PIECES = [
    "x = 1",
    "x",
    "print(x)",
    "def f():",
    "    return x",
    "f()",
    "%time 1",
    "1 / 0",
    "",
    "# c",
    "x;",
    "'''",
    ">>> x",
]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("\n".join), min_size=1, max_size=3))
def test_any_cells_end_alike(notebook):
    short, shells = ran(notebook, "short"), ran(notebook, "shell")
    assert told(short[0]) == told(shells[0])
    assert short[1:] == shells[1:]


def test_errors_that_cannot_be_told_end_their_cell_alone():
    notebook = [
        "class E(Exception):\n    def __str__(self): raise RuntimeError\nraise E",
        "class D:\n    def __repr__(self): raise ValueError('no')\nD()",
        "class C:\n    def _repr_html_(self): raise ValueError\n    def __repr__(self): return 'C'\nC()",
        "3",
    ]
    seen = ran(notebook, "short")[0]
    assert [name for _, name, _ in seen] == ["E", "NoneType", "NoneType", "NoneType"]
    kinds = [outputs[-1]["output_type"] for outputs, _, _ in seen]
    assert kinds == ["error", "error", "execute_result", "execute_result"]


def test_plain_cells_do_take_the_short_way():
    assert SHELL._compiled("x = 1\nx") is not None
    for source in ("%time 1", "!ls", "x?", "x = 1\nreturn", "await x", "pwd", ">>> 1"):
        assert SHELL._compiled(source) is None


def test_a_warning_names_the_cell_and_no_file_that_nobody_has():
    as_python_writes = "import sys\nprint(f'{sys._getframe().f_code.co_filename}:2: careful', file=sys.stderr)"
    (outputs, *_), *_ = ran([as_python_writes], "short")[0]
    assert [(o["name"], o["text"]) for o in outputs] == [("stderr", "cell 1:2: careful\n")]
