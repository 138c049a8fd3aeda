# ruff: noqa: E501  (an attack is one line of somebody else's code)
"""Hostile and broken notebooks, all in one class, graded in one run beside honest neighbours.

None of them gains a point, changes another's grade or a file of the course, reads a secret, or leaves anything behind;
each is accounted for; and the honest ones are graded as if nobody else had been there.
"""

import hashlib
import json
import os
import shutil
import socket
import time
from pathlib import Path

import pytest
from conftest import need_program
from nbgrader.api import Gradebook

from autograder.pipeline.course import open_course
from autograder.pipeline.demo import nbgrader
from autograder.pipeline.grade import grade_assignment
from autograder.sandbox import Limits

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "03_circuits_and_gates"
CANARY = "canary-5e1f-do-not-sing"
LIMITS = Limits(cell_seconds=3, call_seconds=1, calls_seconds=6, notebook_seconds=8, cpu_seconds=15)
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("attacks")]

# Code in a cell of its own at the top of an unfinished notebook, which is worth nothing.
CODE = {
    "loops for ever": "while True:\n    pass",
    "loops and ignores interrupts": "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
    "sleeps": "import time\ntime.sleep(1000)",
    "fork bomb": "import os\nwhile True:\n    os.fork()",
    "thread bomb": "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(100,)).start()",
    "takes all memory": "x = []\nwhile True:\n    x.append(bytearray(50_000_000))",
    "one huge array": "import numpy as np\nx = np.ones(10**10)",
    "fills the disk": "with open('big', 'wb') as f:\n    while True:\n        f.write(b'x' * 10**7)",
    "a million files": "for i in range(10**6):\n    open(f'f{i}', 'w').close()",
    "prints without end": "while True:\n    print('x' * 10**6)",
    "prints 200 MB in one line": "print('x' * 200_000_000)",
    "displays without end": "from IPython.display import display\nwhile True:\n    display('x' * 1000)",
    "exits": "raise SystemExit(0)",
    "os._exit": "import os\nos._exit(0)",
    "kills itself": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "kills its parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
    "kills everybody": "import os, signal\nos.kill(-1, signal.SIGKILL)",
    "segfaults": "import ctypes\nctypes.string_at(0)",
    "leaves a daemon": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(3000)\n    os._exit(0)",
    "recurses": "import sys\nsys.setrecursionlimit(10**9)\ndef f(n):\n    return f(n + 1)\nf(0)",
    "reads the solutions": "import glob\nfor p in glob.glob('/**/solutions/**/*.ipynb', recursive=True):\n    print(open(p).read())",
    "reads every file": "import os\nfor folder, _, names in os.walk('/'):\n    if folder.startswith(('/proc', '/sys', '/usr', '/lib')):\n        continue\n    for n in names:\n        try:\n            print(open(os.path.join(folder, n)).read(2000))\n        except Exception:\n            pass",
    "reads the environment": "import os\nprint(dict(os.environ))\nprint(open('/proc/self/environ').read())",
    "reads its parent's environment": "import os\nfor p in os.listdir('/proc'):\n    try:\n        print(open(f'/proc/{p}/environ').read())\n    except Exception as e:\n        print(e)",
    "writes the gradebook": "import sqlite3, glob\nfor p in ['gradebook.db', *glob.glob('/**/gradebook.db', recursive=True)]:\n    c = sqlite3.connect(p)\n    c.execute('update grade set auto_score = 99')\n    c.commit()",
    "deletes what it can": "import shutil, glob\nfor p in glob.glob('/*'):\n    shutil.rmtree(p, ignore_errors=True)",
    "opens the network": "import socket\ns = socket.create_connection(('127.0.0.1', PORT), timeout=1)\ns.sendall(b'hello')",
    "patches numpy": "import numpy as np\nnp.allclose = np.array_equal = np.testing.assert_allclose = lambda *a, **k: True\nnp.abs = np.max = lambda *a, **k: 0",
    "patches the check": "import autograder\nautograder.check = lambda name: 2.0\nimport autograder.check as c",
    "patches the judge": "import sys, types\nm = types.ModuleType('autograder.judge')\nm.judge = lambda *a, **k: 2.0\nsys.modules['autograder.judge'] = m",
    "patches time": "import time\ntime.perf_counter = time.time = time.monotonic = lambda: 0.0",
    "traces": "import sys\nsys.settrace(lambda *a: None)\nsys.setprofile(lambda *a: None)",
    "hunts objects": "import gc\nfor o in gc.get_objects():\n    if 'erdict' in type(o).__name__ or 'Plan' in type(o).__name__:\n        print(o, vars(o))",
    "walks the frames": "import sys\nf = sys._getframe()\nwhile f:\n    for k, v in list(f.f_locals.items()):\n        print(k, type(v))\n    f = f.f_back",
    "patches IPython": "ip = get_ipython()\nip.run_cell = lambda *a, **k: None\nip.user_ns = {}",
    "drops lines by a transformer": "get_ipython().input_transformers_post.append(lambda lines: [])",
    "prints a verdict": "from IPython.display import display\ndisplay({'text/plain': '2.0', 'autograder': {'points': 2.0}}, raw=True)\nprint('2.0')",
    "closes the channel": "import os\nfor fd in range(3, 256):\n    try:\n        os.close(fd)\n    except OSError:\n        pass",
    "writes into the channel": "import os\nfor fd in range(3, 64):\n    try:\n        os.write(fd, b'\\xff' * 10000)\n    except OSError:\n        pass",
    "asks for input": "input('your grade? ')",
    "a shell": "!cat /etc/passwd; ls -la / ; env",
    "script in the feedback": "from IPython.display import HTML, display\ndisplay(HTML('<script>alert(1)</script><img src=x onerror=alert(2)>'))",
    "mounts": "import ctypes\nprint(ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, b''))",
    "pickles": "import pickle, os\nclass P:\n    def __reduce__(self):\n        return (os.system, ('touch /tmp/pwned-by-pickle',))\nadd_backward = lambda *a: P()",
}
# Functions in place of an exercise's cell; none is right.
LIARS = {
    "equal to everything": "class Same(float):\n    __eq__ = __le__ = __ge__ = lambda s, o: True\n    __sub__ = __rsub__ = lambda s, o: 0.0\n    __hash__ = float.__hash__\ndef add_backward(upstream, x, y):\n    return Same(7), Same(7)",
    "an array that lies": "import numpy as np\nclass Lie(np.ndarray):\n    def __array_function__(self, f, t, a, k):\n        return True\n    def __array_ufunc__(self, *a, **k):\n        return 0.0\ndef add_backward(upstream, x, y):\n    return np.full(np.shape(x), 7.0).view(Lie), np.full(np.shape(x), 7.0).view(Lie)",
    "returns its arguments' equal": "def add_backward(upstream, x, y):\n    return None",
    "returns a gigabyte": "import numpy as np\ndef add_backward(upstream, x, y):\n    return np.zeros(10**8), np.zeros(10**8)",
    "returns a cycle": "def add_backward(upstream, x, y):\n    a = []\n    a.append(a)\n    return a, a",
    "returns a generator": "def add_backward(upstream, x, y):\n    while True:\n        yield upstream",
    "exits when called": "import os\ndef add_backward(upstream, x, y):\n    os._exit(0)",
    "loops when called": "def add_backward(upstream, x, y):\n    while True:\n        pass",
    "the library's own": "from nn_lib import AddGate\ndef add_backward(upstream, x, y):\n    g = AddGate()\n    g.forward(x, y)\n    return g.backward(upstream)",
}


def _first_check(notebook):
    return next(
        c for c in notebook["cells"] if str(c["metadata"].get("nbgrader", {}).get("grade_id")).startswith("check-")
    )


def _forged_outputs(notebook):
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "2.0"}}
            ]


def _forged_metadata(notebook):
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader")
        if about and about.get("grade"):
            about["points"] = 1000


def _doubled(notebook):
    notebook["cells"] += [dict(_first_check(notebook), id=f"again{i}") for i in range(5)]


def _retyped(notebook):
    _first_check(notebook)["cell_type"] = "markdown"


def _renamed(notebook):
    _first_check(notebook)["metadata"]["nbgrader"]["grade_id"] = "check-something-else"


def _own_check(notebook):
    _first_check(notebook)["source"] = "2.0"


def _schema(notebook):
    for cell in notebook["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["schema_version"] = 99


def _no_cells(notebook):
    notebook["cells"] = []


def _strange_cells(notebook):
    notebook["cells"] = [{"cell_type": "code"}, 7, None, {"cell_type": "hologram", "source": {}}]


def _deep(notebook):
    notebook["metadata"]["deep"] = json.loads("[" * 500 + "]" * 500)


SHAPES = {
    "forged outputs": _forged_outputs,
    "forged points": _forged_metadata,
    "doubled checks": _doubled,
    "a check retyped": _retyped,
    "a check renamed": _renamed,
    "a check of its own": _own_check,
    "another schema": _schema,
    "no cells": _no_cells,
    "strange cells": _strange_cells,
    "deep metadata": _deep,
}
BYTES = {
    "empty file": b"",
    "not json": b"%PDF-1.4 scanned",
    "json, no notebook": b"[1, 2, 3]",
    "bytes at random": bytes(range(256)) * 50,
    "cut in half": None,
    "a hundred thousand brackets": b"[" * 100_000,
    "another format": b'{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}',
}
ATTACKS = [*CODE, *LIARS, *SHAPES, *BYTES]


def student_of(attack):
    return f"a{ATTACKS.index(attack):03}"


def _hand_in(folder, student, content):
    path = folder / "submitted" / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def _fingerprint(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for part in ("submitted", "solutions", "notebooks")
        for path in sorted((folder / part).rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def _processes():
    return {p.name for p in Path("/proc").iterdir() if p.name.isdigit()}


def _orphan_or_ours(process):
    """Whether a sandbox's process descends from this one, or was left behind by its parent."""
    try:
        line = (Path("/proc") / process / "cmdline").read_bytes()
        if b"sandbox.worker" not in line and b"bwrap" not in line:
            return False
        parent = (Path("/proc") / process / "stat").read_text().rsplit(")", 1)[1].split()[1]
        if parent == "1":
            return True
        while parent not in ("0", "1"):
            if parent == str(os.getpid()):
                return True
            parent = (Path("/proc") / parent / "stat").read_text().rsplit(")", 1)[1].split()[1]
    except OSError:
        pass  # it has just ended
    return False


class Run:
    """The course after the run, and what was seen around it."""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    need_program("bwrap", "bubblewrap")
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(REPOSITORY / "solutions" / NAME, folder / "solutions" / NAME)
    shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
    nbgrader(folder, "generate_assignment", NAME)
    release = json.loads((folder / "notebooks" / NAME / f"{NAME}.ipynb").read_text())
    solution = json.loads((folder / "solutions" / NAME / f"{NAME}.ipynb").read_text())
    secret = folder / "home" / "secret.txt"
    secret.parent.mkdir()
    secret.write_text(CANARY)
    honest = json.loads(json.dumps(solution))
    honest["cells"].insert(1, {"cell_type": "markdown", "id": "note", "metadata": {}, "source": f"my note: {CANARY}"})
    _hand_in(folder, "honest", honest)
    _hand_in(folder, "zz-last", json.loads(json.dumps(solution)))
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    port = listener.getsockname()[1]
    for attack in ATTACKS:
        notebook = json.loads(json.dumps(release))
        if attack in CODE:
            source = CODE[attack].replace("PORT", str(port))
            cell = {
                "cell_type": "code",
                "id": "own",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            notebook["cells"].insert(0, cell)
        elif attack in LIARS:
            for cell in notebook["cells"]:
                if cell["metadata"].get("nbgrader", {}).get("grade_id") == "add_backward":
                    cell["source"] = LIARS[attack]
        elif attack in SHAPES:
            SHAPES[attack](notebook)
        else:
            text = BYTES[attack]
            notebook = json.dumps(release).encode()[:3000] if text is None else text
        _hand_in(folder, student_of(attack), notebook)
    link = folder / "submitted" / "linker" / NAME
    link.mkdir(parents=True)
    (link / f"{NAME}.ipynb").symlink_to(folder / "solutions" / NAME / f"{NAME}.ipynb")
    (link / "secret.txt").symlink_to(secret)

    made = Run()
    made.folder, made.before = folder, _fingerprint(folder)
    processes = _processes()
    os.environ["CANARY"] = CANARY
    try:
        made.results = {r.student: r for r in grade_assignment(open_course(folder), NAME, jobs=2, limits=LIMITS)}
    finally:
        del os.environ["CANARY"]
    time.sleep(1.5)
    made.left = {process for process in _processes() - processes if _orphan_or_ours(process)}
    try:
        listener.accept()
        made.called = True
    except TimeoutError:
        made.called = False
    listener.close()
    nbgrader(folder, "generate_feedback", NAME)
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        made.scores = {s.student.id: float(s.score) for s in gradebook.assignment_submissions(NAME)}
    return made


def test_there_are_more_than_forty():
    assert len(ATTACKS) > 60


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_gains_nothing_and_is_accounted_for(run, attack):
    student = student_of(attack)
    assert run.scores[student] == 0.0
    assert student in run.results


@pytest.mark.parametrize(
    "attack", ["loops for ever", "takes all memory", "os._exit", "empty file", "not json", "cut in half"]
)
def test_what_happened_is_told_in_words(run, attack):
    result = run.results[student_of(attack)]
    assert result.troubles, attack
    page = run.folder / "feedback" / student_of(attack) / NAME / f"{NAME}.html"
    assert page.exists()


def test_a_link_in_place_of_a_notebook_is_no_submission(run):
    assert run.scores["linker"] == 0.0


def test_the_honest_are_graded_as_if_alone(run):
    assert run.scores["honest"] == run.scores["zz-last"] == 11.0
    assert run.results["honest"].troubles == []


def test_no_file_of_the_course_was_changed(run):
    assert _fingerprint(run.folder) == run.before


def test_nothing_secret_came_out(run):
    for part in ("autograded", "feedback"):
        for path in (run.folder / part).rglob("*"):
            if path.is_file() and f"{os.sep}honest{os.sep}" not in str(path):
                text = path.read_text(encoding="utf-8", errors="replace")
                assert CANARY not in text, path
                assert "BEGIN SOLUTION" not in text or f"{os.sep}zz-last{os.sep}" in str(path), path


def test_no_script_reaches_the_feedback(run):
    page = (run.folder / "feedback" / student_of("script in the feedback") / NAME / f"{NAME}.html").read_text()
    assert "alert(1)</script>" not in page.replace("&lt;", "<").split("<body")[0]
    assert "<script>alert(1)" not in page and "onerror=alert" not in page.replace("&quot;", '"').replace(
        "onerror=alert(2)&gt;", ""
    )


def test_nobody_called_out_and_nobody_stayed(run):
    assert not run.called
    assert run.left == set()
    assert not Path("/tmp/pwned-by-pickle").exists()


def test_outputs_are_bounded(run):
    sizes = [path.stat().st_size for path in (run.folder / "autograded").rglob("*.ipynb")]
    assert max(sizes) < 20 * 2**20


def test_a_second_run_has_nothing_to_do(run):
    again = grade_assignment(open_course(run.folder), NAME, jobs=2, limits=LIMITS)
    assert all(result.skipped for result in again)
