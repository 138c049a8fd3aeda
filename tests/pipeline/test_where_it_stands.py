# ruff: noqa: E501 - cells are quoted as a student would write them
"""Honest notebooks with an accident: each check is decided by what stood there, and what dies costs itself."""

import nbformat
import pytest
from conftest import need_program

from autograder.judge.plan import forget_plans, plan_for, work_ahead
from autograder.pipeline import grading
from autograder.pipeline.grading import NOT_SHOWN, grade_notebook
from autograder.pipeline.source import NotebookSource, SourceCell
from autograder.sandbox import Limits, Sandbox

ADD = "def add_backward(upstream, x, y):\n    return upstream * np.ones_like(x), upstream * np.ones_like(y)"
MULTIPLY = "def multiply_backward(upstream, x, y):\n    return upstream * y, upstream * x"
NUMPY = "import numpy as np"
NAMES = ("add_backward", "multiply_backward")
CHECKS = {
    name: SourceCell(f"check-{name}", "code", f'check("{name}")', True, "", True, False, False, 1.0, name)
    for name in NAMES
}
LIMITS = Limits(cell_seconds=10, call_seconds=3, calls_seconds=20, memory_bytes=512 * 2**20)


@pytest.fixture(scope="module")
def sandbox():
    need_program("bwrap", "bubblewrap")
    with Sandbox(LIMITS) as made:
        yield made


def graded(sandbox, *cells, files=None):
    """A notebook graded: `cells` in order, "CHECK name" for a check, "ANSWER ..." for a cell nbgrader keeps."""
    made = nbformat.v4.new_notebook()
    for source in cells:
        word, _, rest = source.partition(" ")
        if word == "CHECK":
            cell = nbformat.v4.new_code_cell(CHECKS[rest].source)
            cell.metadata["nbgrader"] = {"grade": True, "grade_id": CHECKS[rest].name}
        elif word == "ANSWER":
            cell = nbformat.v4.new_code_cell(rest)
            cell.metadata["nbgrader"] = {"solution": True, "grade_id": f"answer-{len(made.cells)}"}
        else:
            cell = nbformat.v4.new_code_cell(source)
        made.cells.append(cell)
    return grade_notebook(made, NotebookSource("n", tuple(CHECKS.values())), sandbox, seed=3, files=files)


def points(made):
    return [made.scores[f"check-{name}"] for name in NAMES]


BOTH = (NUMPY, ADD, "CHECK add_backward", MULTIPLY, "CHECK multiply_backward")
GIVEN = 'def add_backward(upstream, x, y):\n    raise NotImplementedError("add_backward")'


@pytest.mark.parametrize("first", [ADD, GIVEN, ADD.replace("upstream * ", "", 1), "add_backward = None", "1 / 0"])
def test_what_is_worked_out_while_the_cells_run_changes_no_verdict(sandbox, monkeypatch, first):
    cells = (NUMPY, first, "CHECK add_backward", MULTIPLY, "CHECK multiply_backward")
    asked = []

    def watched(exercises, seed):
        work = work_ahead(exercises, seed)
        return lambda: asked.append(1) or work()

    with monkeypatch.context() as patch:
        patch.setattr(grading, "work_ahead", watched)
        ahead = graded(sandbox, *cells)
    assert asked
    forget_plans()
    monkeypatch.setattr(grading, "work_ahead", lambda exercises, seed: lambda: False)
    assert graded(sandbox, *cells).verdicts == ahead.verdicts


def test_what_is_right_is_worked_out_ahead_for_what_is_answered_only():
    forget_plans()
    work = work_ahead({"add_backward": True, "no such exercise": True, "multiply_backward": False}, 3)
    pieces = 1
    while work():
        pieces += 1
    assert pieces == 4  # two plans, what is right for one of them, and the end
    known = ["expected" in vars(plan_for(name, 3)) for name in NAMES]
    assert known == [True, False] and not work()


LATER = {
    "the library's own in its place": "from nn_lib import AddGate, MultiplyGate\nadd_backward = AddGate().backward\nmultiply_backward = MultiplyGate",
    "everything of the library": "from nn_lib import *\nMLP([2, 3, 1], loss='squared_error')",
    "%reset": "%reset -f",
    "%xdel": "%xdel add_backward",
    "a loop variable": "for add_backward in range(3):\n    multiply_backward = add_backward",
    "an old definition": "def add_backward(upstream, x, y):\n    return x, y\ndef multiply_backward(upstream, x, y):\n    raise NotImplementedError",
    "deleted": "del add_backward, multiply_backward, np",
    "a result of the same name": "add_backward = 3.0\nmultiply_backward = add_backward * 2",
    "NumPy gone": "np = None",
    "ends itself": "import os\nos._exit(0)",
    "segfault": "import ctypes\nctypes.string_at(0)",
    "abort": "import os\nos.abort()",
    "memory without end": "x = []\nwhile True:\n    x.append(bytearray(10**7))",
    "memory of many": "import os, time\nfor _ in range(9):\n    if os.fork() == 0:\n        x = bytearray(150 * 2**20)\n        for i in range(0, len(x), 4096): x[i] = 1\n        time.sleep(60)\ntime.sleep(9)",
    "closes everything": "import os\nos.closerange(0, 99)",
    "noise on every descriptor": "import os\nfor d in range(3, 20):\n    try: os.write(d, b'\\xff' * 99)\n    except OSError: pass",
    "a loop that shrugs": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
}


@pytest.mark.parametrize("what", LATER)
def test_what_comes_later_takes_nothing_away(sandbox, what):
    made = graded(sandbox, *BOTH, LATER[what])
    assert points(made) == [1.0, 1.0], made.troubles


@pytest.mark.parametrize("what", ["ends itself", "segfault", "abort", "closes everything"])
def test_a_cell_that_dies_costs_itself(sandbox, what):
    made = graded(
        sandbox, NUMPY, ADD, "CHECK add_backward", LATER[what], MULTIPLY, "CHECK multiply_backward", "print('on')"
    )
    assert points(made) == [1.0, 1.0]
    assert made.notebook.cells[-1].outputs[0].text == "on\n"
    assert made.troubles[0].startswith("cell 4: its process was stopped")


DYING = {
    "ends itself": "import os\n    os._exit(0)",
    "segfault": "import ctypes\n    ctypes.string_at(0)",
    "memory": "x = []\n    while True: x.append(np.ones(10**6))",
    "shrugs": "while True:\n        try:\n            while True: pass\n        except BaseException: pass",
}


@pytest.mark.parametrize("what", DYING)
def test_an_answer_that_dies_costs_itself(sandbox, what):
    answer = f"def add_backward(upstream, x, y):\n    {DYING[what]}"
    made = graded(sandbox, NUMPY, answer, "CHECK add_backward", MULTIPLY, "CHECK multiply_backward")
    assert points(made) == [0.0, 1.0], made.troubles


FAILS = {
    "a module that is not installed": "import no_such_module as plot",
    "one of two modules": "import no_such_module, math",
    "a file that was not handed in": "data = open('grades.csv').read()",
    "somebody to ask": "name = input('who? ')",
    "a line magic of somewhere else": "%tensorflow_version 2.x",
    "a cell magic of somewhere else": "%%wandb",
    "a module that is not installed, timed": "%%time\nimport no_such_module",
    "a file that was not handed in, captured": "%%capture out\ndata = open('grades.csv').read()",
    "a test of the student's own": "assert 1 + 1 == 3",
    "a decorator of somewhere else": "from no_such_module import njit\n@njit(cache=True)",
    "a folder of somewhere else": "import os\nos.chdir('/content/drive/MyDrive')",
}


@pytest.mark.parametrize("what", FAILS)
def test_what_fails_here_and_nowhere_else_costs_no_answer_below_it(sandbox, what):
    made = graded(
        sandbox, NUMPY, f"ANSWER {FAILS[what]}\n{ADD}", "CHECK add_backward", MULTIPLY, "CHECK multiply_backward"
    )
    assert points(made) == [1.0, 1.0]
    assert "rror" in str(made.notebook.cells[1].outputs), "what failed is shown as it was"
    assert any("no_such_module" in words for words in made.troubles) == ("no_such_module" in FAILS[what])


def test_modules_imported_beside_one_that_is_not_installed_are_there(sandbox):
    first = "import no_such_module, numpy as np\nprint('not shown')\nfrom math import tau"
    made = graded(sandbox, first, f"{ADD}\ntau", *BOTH[2:])
    assert points(made) == [1.0, 1.0]
    assert [o.output_type for o in made.notebook.cells[0].outputs] == ["error"] and "6.28" in str(
        made.notebook.cells[1].outputs
    )


def test_an_answer_below_what_takes_too_long_counts():
    with Sandbox(Limits(cell_seconds=0.5)) as sandbox:
        made = graded(sandbox, NUMPY, f"import time\ntime.sleep(60)\n{ADD}", *BOTH[2:])
    assert points(made) == [1.0, 1.0] and "ran out of time" in made.troubles[0]


def test_an_answer_that_forks_is_given_once(sandbox):
    forks = "import os\ndef add_backward(upstream, x, y):\n    os.fork()\n    return upstream * 1.0, upstream * 1.0"
    made = graded(sandbox, NUMPY, forks, "CHECK add_backward", MULTIPLY, "CHECK multiply_backward")
    assert points(made)[1] == 1.0


def test_a_dozen_that_die_end_in_words_and_in_time(sandbox):
    made = graded(
        sandbox, NUMPY, ADD, "CHECK add_backward", *["import os\nos._exit(1)"] * 12, MULTIPLY, "CHECK multiply_backward"
    )
    assert points(made)[0] == 1.0
    assert made.troubles
    verdict = made.verdicts["check-multiply_backward"]
    assert verdict.passed or "Earlier in the notebook" in verdict.notice


def test_an_answer_written_below_its_check_counts(sandbox):
    made = graded(sandbox, "CHECK add_backward", NUMPY, "CHECK multiply_backward", MULTIPLY, ADD)
    assert points(made) == [1.0, 1.0]


def test_a_right_answer_below_a_wrong_one_counts(sandbox):
    made = graded(sandbox, NUMPY, "def add_backward(upstream, x, y):\n    return 0", "CHECK add_backward", ADD)
    assert points(made)[0] == 1.0


def test_a_comparison_with_the_library_costs_nothing_and_shows_what_it_showed(sandbox):
    answer = "ANSWER from nn_lib import AddGate\ngate = AddGate()\nprint(gate.forward(1.0, 2.0))\n" + ADD
    made = graded(sandbox, NUMPY, answer, "CHECK add_backward")
    assert points(made)[0] == 1.0
    assert made.notebook.cells[1].outputs[0].text == "3.0\n"
    made = graded(sandbox, NUMPY, answer.removeprefix("ANSWER "), "CHECK add_backward")
    assert points(made)[0] == 1.0
    assert made.notebook.cells[1].outputs[0].text == f"{NOT_SHOWN}\n"
    assert made.troubles == []


def test_an_endless_loop_after_a_comparison_ends_in_time_and_costs_no_answer(sandbox):
    cell = "import nn_lib\nnn_lib.AddGate()\nwhile True:\n    pass\nwhile True:\n    pass"
    made = graded(sandbox, NUMPY, ADD, cell, "CHECK add_backward", MULTIPLY, "CHECK multiply_backward")
    assert points(made) == [1.0, 1.0]
    assert [words for words in made.troubles if "ran out of time" in words]


def test_an_error_in_an_answer_after_a_comparison_is_shown_by_its_own_line(sandbox):
    cell = "import nn_lib\nnn_lib.AddGate()\n\ndef add_backward(upstream, x, y):\n    return upstream / oops, 0"
    made = graded(sandbox, cell, "CHECK add_backward")
    assert "return upstream / oops, 0" in str(made.verdicts["check-add_backward"].to_dict())


# Ways to the library

BOX = "\nclass Box: pass\nbox = Box()\n"
USE = "def add_backward(upstream, x, y):\n    g = box.gate()\n    g.forward(x, y)\n    return g.backward(upstream)"
PLAIN = "\n    g.forward(x, y)\n    return g.backward(upstream)"
WAYS = {
    "an import": ["from nn_lib import AddGate\ndef add_backward(upstream, x, y):\n    g = AddGate()" + PLAIN],
    "a subclass": [
        "import nn_lib\nclass Mine(nn_lib.AddGate): pass\ndef add_backward(upstream, x, y):\n    g = Mine()" + PLAIN
    ],
    "an audit hook": [
        "import sys"
        + BOX
        + "def hook(event, arguments):\n    m = sys.modules.get('nn_' + 'lib')\n    if m: box.gate = vars(m).get('AddGate')\nsys.addaudithook(hook)\nimport nn_lib",
        USE,
    ],
    "a pool forked before": [
        "import multiprocessing, numpy as np\ndef work(a):\n    import nn_lib\n    g = nn_lib.AddGate(); g.forward(*a[1:]); return g.backward(a[0])\npool = multiprocessing.get_context('fork').Pool(1)",
        "def add_backward(upstream, x, y):\n    return pool.apply(work, ((upstream, x, y),))",
    ],
    "its source copied into a file": [
        "import nn_lib, shutil, os\nshutil.copytree(nn_lib.__path__[0], 'mine')\nimport mine"
        + BOX
        + "box.gate = mine.AddGate",
        USE,
    ],
    "a module loaded from its file": [
        "import nn_lib, importlib.util as u\ns = u.spec_from_file_location('mine', nn_lib.__path__[0] + '/arithmetic.py')\nm = u.module_from_spec(s)\ns.loader.exec_module(m)"
        + BOX
        + "box.gate = m.AddGate",
        USE,
    ],
    "the objects of the process": [
        "import gc, nn_lib"
        + BOX
        + "for o in gc.get_objects():\n    if getattr(o, '__name__', '') == 'AddGate': box.gate = o",
        USE,
    ],
    "the frames of the worker": [
        "import sys"
        + BOX
        + "f = sys._getframe()\nwhile f:\n    for m in list(f.f_globals.get('sys', sys).modules.values()):\n        if hasattr(m, 'AddGate'): box.gate = m.AddGate\n    f = f.f_back",
        USE,
    ],
    "a change of the worker's modules": [
        "import autograder.student.absent as a, sys\na.uses = -10**9\nsys.meta_path[:] = [f for f in sys.meta_path if 'absent' not in type(f).__module__]\nfor n in list(sys.modules):\n    if n.startswith('nn_lib'): del sys.modules[n]\nimport nn_lib.arithmetic"
        + BOX
        + "box.gate = nn_lib.arithmetic.AddGate",
        USE,
    ],
    "a search of the whole file system": [
        "import glob, sys"
        + BOX
        + "for p in glob.glob('/**/arithmetic.py', recursive=True):\n    sys.path.insert(0, p.rsplit('/', 2)[0])\n    exec(open(p).read(), globals())\nbox.gate = AddGate",
        USE,
    ],
    "a process of its own": [
        "import subprocess, sys, json\ndef add_backward(upstream, x, y):\n    code = f'import nn_lib, numpy as np; g = nn_lib.AddGate(); g.forward({float(x)}, {float(y)}); print(list(g.backward({float(upstream)})))'\n    return tuple(json.loads(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout))",
    ],
    "another library": [
        "import torch\ndef add_backward(upstream, x, y):\n    a = torch.tensor(x, requires_grad=True); b = torch.tensor(y, requires_grad=True)\n    (a + b).backward(torch.tensor(upstream))\n    return a.grad.numpy(), b.grad.numpy()"
    ],
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_to_the_library(sandbox, way):
    made = graded(sandbox, NUMPY, *WAYS[way], "CHECK add_backward", MULTIPLY, "CHECK multiply_backward")
    assert points(made) == [0.0, 1.0], made.troubles


def test_a_file_handed_in_beside_it_is_no_way_either(sandbox, tmp_path):
    (tmp_path / "helper.py").write_text(
        "from nn_lib import AddGate\ndef add_backward(upstream, x, y):\n    g = AddGate()" + PLAIN
    )
    made = graded(sandbox, "from helper import *", "CHECK add_backward", files=tmp_path)
    assert points(made)[0] == 0.0


def test_a_file_handed_in_with_one_s_own_work_counts(sandbox, tmp_path):
    (tmp_path / "helper.py").write_text(f"{NUMPY}\n{ADD}")
    made = graded(sandbox, "from helper import *", "CHECK add_backward", files=tmp_path)
    assert points(made)[0] == 1.0


def test_a_file_handed_in_is_read_as_a_cell_is(sandbox, tmp_path):
    (tmp_path / "helper.py").write_text(f"{NUMPY}\nexec({ADD!r})")
    made = graded(sandbox, "from helper import *", "CHECK add_backward", files=tmp_path)
    assert points(made)[0] == 1.0
    assert any("helper.py" in words and "exec" in words for words in made.troubles)
