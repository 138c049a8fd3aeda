"""What a worker does before its first session: imports what every notebook uses, and runs a little of everything.

Untrusted side. What Python and the libraries load or prepare on first use is there before a session's process is
forked: else each process would do it again. So are the many small functions of the engine that answer the judge: Python
runs a function faster once it has run it a few times.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.sandbox.inside.limits import Limits

_TIMES = 10  # Python looks at what a function does with its values after eight runs


def warm_up(library: bool = True):
    """Import what every notebook uses, with the library or stand-ins for it, and return the shell."""
    import gc

    gc.disable()  # nothing of what is loaded is garbage, and to look for it would take a fifth of the time
    try:
        shell = _loaded_shell(library)
        gc.freeze()
        _rehearse(shell, _REHEARSAL)
    finally:
        gc.enable()
    return shell


def _loaded_shell(library: bool) -> Any:
    import warnings

    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    import numpy.linalg
    import numpy.random  # noqa: F401

    import autograder
    from autograder.sandbox.inside import check as stub
    from autograder.sandbox.inside.cells import make_shell

    # With limits only, the real `check` lies here too: no judge is to run in a session.
    sys.modules["autograder.checking"] = stub
    autograder.check = stub.check  # type: ignore[assignment]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not library:
            from autograder.student.absent import stand_in_for_libraries

            stand_in_for_libraries()
        with contextlib.suppress(ImportError):
            import nn_lib  # noqa: F401
        return make_shell()


def warm_up_drawing(shell: Any, library: bool) -> None:
    """Import what notebooks draw with, and draw once; with the library, its graphs and pictures too."""
    import warnings

    from autograder.sandbox.inside.cells import draw_inline

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        draw_inline(shell)
        with contextlib.suppress(ImportError):
            import matplotlib.pyplot  # noqa: F401
        _rehearse(shell, (*_REHEARSAL_OF_DRAWING, *(_REHEARSAL_OF_THE_LIBRARY if library else ())))


_REHEARSAL = (
    "import numpy as np\nx = np.arange(6.0)\nprint(x)\nx",
    "def f(x):\n    return 1 / (1 + np.exp(-x))\nf(x)",
    "1 / 0",
    "import warnings\nwarnings.warn('rehearsal')",
    "%timeit -n 1 -r 1 1",
    "from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))",
    "from autograder import check, look\nlook(np.exp, 0.0, by_hand=1.0)",
)
_REHEARSAL_OF_DRAWING = (
    "import matplotlib.pyplot as plt\nplt.plot([0, 1], label='$x$'); plt.title('rehearsal'); plt.legend();",
    "plt.close('all')",
)
_REHEARSAL_OF_THE_LIBRARY = (
    "from nn_lib import ComputationalGraph, Input, pictures\nx = Input('x')\ngraph = ComputationalGraph(x * x + 1)",
    "graph.forward(x=1.0)\ngraph.backward()\ngraph",
    "pictures.curves([0, 1], {'a': [0, 1]}, xlabel='x', ylabel='y', title='rehearsal')",
    "pictures.level_curves(lambda x, y: x * x + y, x_range=(-1, 1), y_range=(-1, 1))",
)


def _rehearse(shell: Any, cells: Iterable[str]) -> None:
    """Run a little of everything, so that what Python and the libraries load on first use is loaded before
    forking."""
    import warnings

    from autograder.sandbox.inside.cells import Collector, redirected

    collector = Collector(2**22, 2**24)
    shell.attach(collector)
    with redirected(collector), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for source in cells:
            collector.start()
            shell.run_cell(source, store_history=True)
    shell.reset(new_session=True)


_REHEARSED = (
    """import numpy as np
def f(x):
    return 1 / (1 + np.exp(-x))
def g(upstream, x):
    return upstream * f(x) * (1 - f(x))
class Gate:
    def forward(self, x):
        return x
f""",
    "print(f(0.5))",
)


def rehearse_a_session(shell: Any, limits: Limits) -> None:
    """Serve cells, looks, calls and a rewriting as a session does, to nobody."""
    import gc

    import numpy as np

    from autograder.sandbox.inside.serve import Server
    from autograder.sandbox.inside.wire import Channel

    values = (0.5, np.arange(3.0), np.ones((2, 3), np.float32), "no number", (1.0, [2.0, {"x": 3}]))
    steps: list[tuple[Any, ...]] = [("f", (value,)) for value in values]
    steps += [("g", (value, value)) for value in values[:3]]
    steps += [("Gate", (), None, "gate"), ("gate", (values[1],), "forward", None), ("not there", ())]
    requests: list[dict[str, Any]] = [
        {"do": "left", "seconds": 60.0},
        *({"do": "execute", "source": source, "drawn": False} for source in _REHEARSED),
        {"do": "look", "names": ["f", "not there"]},
        {"do": "measures", "name": "g"},
        {"do": "run", "steps": steps},
    ]
    text = "def f(x):\n    return x"
    rewriting = {
        "definitions": [("f", text)],
        "rewritings": [(0, text)],
        "steps": steps[:1],
        "seconds": 1.0,
        "each": 0.5,
    }
    answers = len(requests) - 2 + len(steps)  # to each but what says how long, and to each step
    gc.freeze()  # what is loaded stays, and need not be looked through when the shell is reset
    ours, theirs = socket.socketpair()
    with ours, theirs:
        grader, session = Channel(theirs, limits.message_bytes), Channel(ours, limits.message_bytes)
        server = Server(session, shell, limits, Path(), raw=None)
        for last in (False,) * (_TIMES - 1) + (True,):
            grader.send([*requests, *([{"do": "rewritten", **rewriting}] if last else [])])
            server.answer(session.receive(descriptions=True))
            for _ in range(answers + last):
                grader.receive()
    shell.reset(new_session=True)
