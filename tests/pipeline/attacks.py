# ruff: noqa: E501  (an attack is one line of somebody else's code)
"""Hostile and broken notebooks, by name."""

import json

NAME = "03_circuits_and_gates"
CANARY = "canary-5e1f-do-not-sing"

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
    "patches the check": "import autograder\nautograder.check = lambda name: 2.0\nimport autograder.checking as c",
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
    "a default ACL on /tmp": "import os, struct\nacl = struct.pack('<I', 2) + b''.join(struct.pack('<HHI', t, 0, 2**32 - 1) for t in (1, 4, 32))\nfor f in ('/tmp', '/dev/shm', '.', '/tmp/home'):\n    os.setxattr(f, 'system.posix_acl_default', acl)\n    os.setxattr(f, 'system.posix_acl_access', acl)",
    "attributes for the next": "import os\nfor f in ('/tmp', '/dev/shm', '/', '/dev', '/usr'):\n    try:\n        os.setxattr(f, 'user.answer', b'2.0')\n    except OSError as e:\n        print(e)",
    "folders that cannot be swept": "import os\nfor i in range(300):\n    os.makedirs('a/' * 20, exist_ok=True)\n    os.chdir('a')\nos.chmod('/tmp', 0)",
    "inode flags": "import fcntl, os, struct\nfor f in ('/tmp', '/dev/shm', '.'):\n    try:\n        fcntl.ioctl(os.open(f, os.O_RDONLY), 0x40086602, struct.pack('l', 0x90))\n    except OSError as e:\n        print(e)",
    "priorities of everybody": "import ctypes, os\nlibc = ctypes.CDLL(None)\nfor which in (1, 2, 3):\n    for who in (0, 1, os.getuid()):\n        libc.syscall(251, which, who, 3 << 13)\nos.setpriority(os.PRIO_USER, 0, 19)\nos.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0))",
    "sockets of other families": "import socket\nfor family in range(2, 46):\n    try:\n        s = socket.socket(family, socket.SOCK_DGRAM)\n        print('MADE', family)\n    except OSError:\n        pass",
    "memory in sockets": "import os, socket\nkept = []\nfor _ in range(20):\n    if os.fork() == 0:\n        while True:\n            a, b = socket.socketpair()\n            a.setblocking(False)\n            kept.append((a, b))\n            try:\n                while True:\n                    a.send(b'x' * 60000)\n            except OSError:\n                pass\nimport time\ntime.sleep(60)",
    "memory in many small processes": "import os, time\nfor _ in range(28):\n    if os.fork() == 0:\n        x = bytearray(55 * 2**20)\n        for i in range(0, len(x), 4096):\n            x[i] = 1\n        time.sleep(60)\ntime.sleep(60)",
    "memory given back and taken anew": "import ctypes, os, time\nlibc = ctypes.CDLL(None)\nfor _ in range(28):\n    if os.fork() == 0:\n        for line in open('/proc/self/maps'):\n            if line.split()[1].startswith('rw') and len(line.split()) == 5:\n                s, e = (int(v, 16) for v in line.split()[0].split('-'))\n                break\n        x = [bytearray(10**6) for _ in range(60)]\n        time.sleep(60)\ntime.sleep(60)",
    "empty files": "import os\nn = 0\ntry:\n    while True:\n        os.mkdir(f'/dev/shm/{n}') if n % 2 else open(f'/tmp/{n}', 'w').close()\n        n += 1\nexcept OSError as e:\n    print(n, e)",
    "message queues and semaphores": "import ctypes\nlibc = ctypes.CDLL(None)\nprint([libc.shmget(1, 4096, 0o1666), libc.semget(1, 1, 0o1666), libc.msgget(1, 0o1666), libc.mq_open(b'/q', 66, 0o666, None)])",
    "a keyring": "import ctypes\nlibc = ctypes.CDLL(None)\nprint(libc.syscall(248, b'user', b'answer', b'2.0', 3, -4), libc.syscall(250, 0, -4, 1))",
    "a further mount": "import ctypes\nlibc = ctypes.CDLL(None)\nprint(libc.unshare(0x10020000), libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None), libc.umount2(b'/tmp', 2), libc.syscall(161, b'/tmp'))",
    "waits as process 1": "import os, time\nfor _ in range(10):\n    if os.fork() == 0:\n        if os.fork() == 0:\n            time.sleep(50)\n        os._exit(0)\ntry:\n    while os.wait():\n        pass\nexcept ChildProcessError:\n    pass",
    "terminals": "import os\nkept = []\nwhile True:\n    kept.append(os.openpty())",
    "replaces its own process": "import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'import os\\nwhile True: os.write(3, b\"x\")'])",
    "answers before it is asked": "import os\nfrom autograder.sandbox.inside.wire import encode\nos.write(3, encode({'seen': [(True, None)] * 9}, 2**20) + encode({'value': (1.0, 1.0), 'error': None, 'modified': (), 'seconds': 0.0}, 2**20) * 50)",
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
    "returns a long text": "def add_backward(upstream, x, y):\n    return '\\x1b[2J' * 10**6, '\\u202e' * 10**6",
    "an error without end": "def add_backward(upstream, x, y):\n    raise ValueError('\\x1b[2J<b>\\u202e' * 10**6)",
    "the library's own": "from nn_lib import AddGate\ndef add_backward(upstream, x, y):\n    g = AddGate()\n    g.forward(x, y)\n    return g.backward(upstream)",
    "the library's own by another import": "def add_backward(upstream, x, y):\n    g = getattr(__import__('nn_' + 'lib'), 'AddGate')()\n    g.forward(x, y)\n    return g.backward(upstream)",
    "the library's own from the loaded modules": "import sys\nN = vars([m for n, m in sys.modules.items() if n == 'nn_' + 'lib'][0])\ndef add_backward(upstream, x, y):\n    g = N['AddGate']()\n    g.forward(x, y)\n    return g.backward(upstream)",
    "the library's own from an object": "import sys\nclass Box:\n    pass\nbox = Box()\nfor n, m in sys.modules.items():\n    if n == 'nn_' + 'lib':\n        box.gate = vars(m)['AddGate']\ndef add_backward(upstream, x, y):\n    g = box.gate()\n    g.forward(x, y)\n    return g.backward(upstream)",
    "the library's own loaded afresh": "def add_backward(upstream, x, y):\n    import sys\n    for n in list(sys.modules):\n        if n.startswith('nn_' + 'lib'):\n            del sys.modules[n]\n    exec('from nn_' + 'lib import AddGate as G', globals())\n    g = G()\n    g.forward(x, y)\n    return g.backward(upstream)",
    "the library's own code made anew": "import sys, types\nm = [m for n, m in sys.modules.items() if n == 'nn_' + 'lib.arithmetic'][0]\nlook = vars(m)\nclass Mine:\n    pass\nfor k, v in vars(look['AddGate']).items():\n    if isinstance(v, types.FunctionType):\n        setattr(Mine, k, types.FunctionType(v.__code__, {**look, '__name__': 'mine'}))\ndef add_backward(upstream, x, y):\n    g = Mine()\n    g.forward(x, y)\n    return g.backward(upstream)",
}

BORROWED = (
    "\ndef add_backward(upstream, x, y):\n    g = box.gate()\n    g.forward(x, y)\n    return g.backward(upstream)"
)
# What runs beside the grader's own code can undo what that does: there is still no library to be had.
HIDDEN = {
    "takes away the taking away": "import nn_lib, sys\nsys.modules['autograder.student.absent']._refuses = lambda *a: None\nsys.meta_path.clear()\nclass box:\n    gate = vars(nn_lib)['AddGate']",
    "changes the worker's own modules": "import nn_lib\nimport autograder.student.borrowed as p\np.library_of = lambda m: None\np.borrowed_from = lambda f: None\nclass box:\n    gate = vars(nn_lib)['AddGate']",
    "the library under another name": "import nn_lib, importlib.util as u\ns = u.spec_from_file_location('mine', nn_lib.__path__[0] + '/arithmetic.py')\nm = u.module_from_spec(s)\ns.loader.exec_module(m)\nclass Box:\n    pass\nbox = Box()\nbox.gate = m.AddGate",
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


def _cell(kind, source, **more):
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": "bomb", "metadata": {}, **code, "source": source, **more}


def _shows(html):
    return _cell("code", f"from IPython.display import HTML, display\ndisplay(HTML({html}))")


def _each(notebook, key, make):
    for number, cell in enumerate(notebook["cells"]):
        cell[key] = make(number, cell)


def _doubled_and_retyped(notebook):
    kinds = ["markdown", "raw", "code", "heading", None, {}]
    notebook["cells"] += [dict(c, cell_type=k) for c in list(notebook["cells"]) for k in kinds]


def _minor(number):
    return lambda notebook: notebook.update(nbformat_minor=number)


def _worksheets(notebook):
    sheets = [{"cells": notebook.pop("cells")}, 3, {"cells": "x"}]
    notebook.update(nbformat=3, worksheets=sheets)


OUTSIDE = "http://127.0.0.1:9/"
MARK = "document.title='pwned'"
SCRIPT = f"</pre><script>{MARK}</script>"
TEXTS = f"""[link](javascript:{MARK}) [link](JaVa\tscript:{MARK}) [link](data:text/html,<script>{MARK}</script>)
![far]({OUTSIDE}a.png) ![far][there] ![far](//127.0.0.1:9/b.png) ![svg](data:image/svg+xml,<svg/onload={MARK}>)

[there]: {OUTSIDE}c.png
<img src=x onerror={MARK}><svg onload={MARK}></svg><p onclick={MARK}>x</p><style>@import '{OUTSIDE}d.css'</style>
`<script>{MARK}</script>` $<script>{MARK}</script>$ $\\href{{javascript:{MARK}}}{{x}}$

```html
</pre><script>{MARK}</script>
```
<details
ontoggle={MARK} open>a</details> <iframe src="{OUTSIDE}e"></iframe> <meta http-equiv=refresh content="0;url={OUTSIDE}f">
"""
SHOWN = {
    "text/html": f"<script>{MARK}</script><img src=x onerror={MARK}><iframe srcdoc='<script>top.{MARK}</script>'></iframe>"
    f"<b style='background:url({OUTSIDE}g)'>x</b><img src='{OUTSIDE}h'><link rel=stylesheet href='{OUTSIDE}i'>"
    f"<object data='{OUTSIDE}j'></object><svg><image href='{OUTSIDE}k'/></svg><form action='{OUTSIDE}'><button>x</button>",
    "image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg' onload=\"{MARK}\"><script>{MARK}</script>"
    f"<image href='{OUTSIDE}l'/></svg>",
    "application/javascript": MARK,
    "text/markdown": TEXTS,
    "text/latex": f"</div><script>{MARK}</script>$\\href{{javascript:{MARK}}}{{x}}$",
    "text/plain": f"</pre><script>{MARK}</script>\x1b]8;;{OUTSIDE}m\x07x\x1b]8;;\x07",
    "image/png": f'"><script>{MARK}</script>',
    "text/vnd.mermaid": f"graph TD; A[<img src=x onerror={MARK}>]",
    "application/vnd.jupyter.widget-view+json": {"model_id": f"</script><script>{MARK}</script>", "version_major": 2},
}


def _what_a_page_could_run(notebook):
    shows = "".join(f"display({{{kind!r}: {value!r}}}, raw=True)\n" for kind, value in SHOWN.items())
    notebook["cells"].insert(1, _cell("code", shows + f"raise type({SCRIPT!r}, (Exception,), {{}})({SCRIPT!r})"))
    notebook["cells"].insert(2, _cell("code", f"%%javascript\n{MARK}"))
    notebook["cells"] += [_cell(kind, TEXTS) for kind in ("markdown", "raw")]
    written = next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("solution"))
    written["source"] = [*written["source"], f"\n# </pre><script>{MARK}</script>"]
    notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"x": f"</script><script>{MARK}"}}


WRONG = [None, 3, "x", [], {}, [[]], {"a": 1}, True]
# Made to take the grader's own time or memory: to parse, to clean, to show. A list of cells to add, or what to change.
BOMBS = {
    "signs": [_cell("code", "-" * 90_000 + "1")],
    "brackets": [_cell("code", "(" * 90_000)],
    "nested strings": [_cell("code", 'f"{' * 30_000)],
    "strange escapes": [_cell("code", r"'\d';" * 15_000)],
    "two hundred thousand lines": [_cell("code", "x=1\n" * 200_000)],
    "lines in many cells": [_cell("code", "x=1\n" * 24_000) for _ in range(5)],
    "a line of ten megabytes": [_cell("code", "x = '" + "a" * 10**7 + "'")],
    "names by the thousand": [
        *(_cell("code", "") for _ in range(4_500)),
        _cell("code", "def add_backward(g, x, y):\n    return " + ",".join(f"a{i}" for i in range(14_000))),
    ],
    "a chain of demonstrations": [
        _cell("code", f"a{i + 1} = a{i}", metadata={"tags": ["demonstration"]}) for i in range(1_000)
    ],
    "nested html": [_shows("'<div>' * 200_000")],
    "html in many outputs": [_shows("'<b>' * 4_000") for _ in range(50)],
    "nested css": [_shows("""'<b style="color:' + '(' * 10**6 + '">x</b>'""")],
    "attributes": [_shows("'<b ' + ' '.join(f'a{i}=1' for i in range(200_000)) + '>x</b>'")],
    "colours": [_cell("code", "print('\\x1b[31m' * 700_000)")],
    "colours in many outputs": [_cell("code", "for i in range(900):\n    display('\\x1b[3' * 900)")],
    "outputs in many cells": [
        _cell("code", "import sys\nfor i in range(500):\n    print(i)\n    print(i, file=sys.stderr)")
        for _ in range(40)
    ],
    "markdown brackets": [_cell("markdown", mark * 30_000) for mark in ("[", ">", "*a ", r"\\[", "- ")],
    "markdown quotes": [_cell("markdown", mark * 3_000) for mark in ("> ", "![](", "<p>", "$a", "`a", "- ")],
    "raw cells": [_cell("raw", "<div>" * 15_000), _cell("raw", '<b style="color:' + "(" * 90_000 + '">')],
    "a picture that is missing": [_cell("markdown", "![mine](attachment:none.png)")],
    "a picture of thirty megabytes": [
        _cell("markdown", "![a](attachment:a.png)", attachments={"a.png": {"image/png": "A" * 30 * 2**20}})
    ],
    "outputs that were handed in": [
        _cell("code", "1", outputs=[{"output_type": "stream", "name": "stdout", "text": "x"}] * 100_000)
    ],
    "fifty thousand cells": [_cell("markdown", "x")] * 50_000,
    "cells of wrong types": [
        *WRONG,
        *(_cell("code", w) for w in WRONG),
        *(_cell("markdown", "x", metadata=w, attachments=w) for w in WRONG),
        *(_cell(w, w) for w in WRONG),
    ],
    "half a character": [_cell(kind, "x = '\ud800'") for kind in ("code", "markdown", "raw")],
    "characters of nothing": [_cell(kind, "x = '\0\x1b[2J\u202e'") for kind in ("code", "markdown", "raw")],
    "metadata of ten megabytes": lambda n: n["metadata"].update(x=["y" * 10] * 700_000),
    "one id for all": lambda n: _each(n, "id", lambda number, cell: "same"),
    "ids of wrong types": lambda n: _each(n, "id", lambda number, cell: WRONG[number % len(WRONG)]),
    "doubled and retyped": _doubled_and_retyped,
    "a version of the far future": _minor(10**30),
    "a version below zero": _minor(-1),
    "worksheets": _worksheets,
    "a name that steers a terminal": lambda n: n["cells"].insert(
        0, _cell("code", "raise type('\\x1b[2J\\u202eE', (Exception,), {})('[red]\\x1b]0;x\\x07')")
    ),
    "what a page could run": _what_a_page_could_run,
    "values without end": lambda n: b'{"cells": [' + b"[]," * 5_000_000 + b"[]]}",
    "small objects without end": lambda n: b'{"cells": [' + b'{"a":1},' * 2_000_000 + b"[]]}",
}
# Those that are quick and run nothing: they need no sandbox.
QUICK = [
    *(
        "signs",
        "brackets",
        "nested strings",
        "two hundred thousand lines",
        "a line of ten megabytes",
        "markdown brackets",
    ),
    *(
        "names by the thousand",
        "a picture that is missing",
        "raw cells",
        "outputs that were handed in",
        "cells of wrong types",
    ),
    *("half a character", "characters of nothing", "one id for all", "ids of wrong types", "doubled and retyped"),
    *("a version of the far future", "a version below zero", "worksheets", "what a page could run"),
    "small objects without end",
]
ATTACKS = [*CODE, *LIARS, *SHAPES, *BYTES, *BOMBS]


def hostile(attack, release, port):
    """The notebook of an attack, as data or as the bytes of its file."""
    notebook = json.loads(json.dumps(release))
    if attack in CODE:
        source = CODE[attack].replace("PORT", str(port))
        own = {"cell_type": "code", "id": "own", "metadata": {}, "outputs": [], "execution_count": None}
        notebook["cells"].insert(0, {**own, "source": source})
    elif attack in LIARS:
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "add_backward":
                cell["source"] = LIARS[attack]
    elif attack in SHAPES:
        SHAPES[attack](notebook)
    elif attack in BOMBS:
        bomb = BOMBS[attack]
        if not callable(bomb):
            notebook["cells"][1:1] = bomb
        elif type(data := bomb(notebook)) is bytes:
            return data
    else:
        text = BYTES[attack]
        return json.dumps(release).encode()[:3000] if text is None else text
    return notebook


def hand_in(folder, student, content):
    path = folder / "submitted" / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path
