"""The house: imports point one way, and the engine knows no exercise by name."""

import ast
import gc
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograder.exercises import the_course
from autograder.student.steps import Definition
from autograder.student.syntax import parse, source_of

REPOSITORY = Path(__file__).resolve().parents[2]
ROOMS = REPOSITORY / "autograder"


def modules(package):
    """Each module of a package, by its name, with its file."""
    for path in sorted((REPOSITORY / package).rglob("*.py")):
        parts = path.relative_to(REPOSITORY).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(package):
    """For each module of a package the modules of it that it imports, anywhere in it."""
    known = dict(modules(package))
    found = {}
    for name, path in known.items():
        wanted = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                wanted.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                wanted.update(f"{base}.{a.name}" if f"{base}.{a.name}" in known else base for a in node.names)
        found[name] = {other for other in wanted if other in known and other != name}
    return found


def circles(graph):
    """The sets of modules that reach each other."""
    reach = {name: set() for name in graph}
    for name in graph:
        waiting = list(graph[name])
        while waiting:
            current = waiting.pop()
            if current not in reach[name]:
                reach[name].add(current)
                waiting.extend(graph[current])
    return {frozenset(b for b in reach[a] if a in reach[b]) for a in graph if a in reach[a]}


def test_no_circle_of_imports_in_the_engine():
    assert circles(imports("autograder")) == set()


def test_in_the_library_only_the_operators_import_each_other():
    assert circles(imports("nn_lib")) <= {frozenset({"nn_lib.graph", "nn_lib.arithmetic"})}


@pytest.mark.parametrize(
    ("room", "may_know"),
    [
        ("student", {"student"}),
        ("reading", {"reading", "student"}),
        ("exercises", {"exercises", "student"}),
        ("judge", {"judge", "exercises", "reading", "student"}),
        ("sandbox/inside", {"sandbox", "student"}),
        ("sandbox", {"sandbox", "reading", "student"}),
    ],
)
def test_each_room_knows_only_the_rooms_below_it(room, may_know):
    inside = f"autograder.{room.replace('/', '.')}"
    for name, wanted in imports("autograder").items():
        if name == inside or name.startswith(f"{inside}."):
            rooms = {other.split(".")[1] for other in wanted if other.count(".") >= 1}
            assert rooms <= may_know, name


def test_the_library_knows_nothing_of_the_engine():
    for _, path in modules("nn_lib"):
        assert "autograder" not in path.read_text(encoding="utf-8")


def test_the_engine_knows_no_exercise_by_name():
    """Strings that are the name of an exercise, outside docstrings, which may show one as an example."""
    names = set(the_course(REPOSITORY).exercises)
    # What the demo shows is a class of this very course; entropy is also the name of a function of SciPy's.
    allowed = {"autograder.pipeline.demo", "autograder.student.borrowed"}
    for name, path in modules("autograder"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        assert name in allowed or not (names & {c for c in constants if isinstance(c, str)}), name


def test_the_judge_and_the_sandbox_load_nothing_of_nbgrader():
    loads = "import sys, autograder.judge, autograder.sandbox, autograder.notebook_check\n"
    loads += (
        "print([name for name in sys.modules if name.split('.')[0] in ('nbgrader', 'jupyter_server', 'sqlalchemy')])"
    )
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, cwd=REPOSITORY)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_what_the_sandbox_binds_needs_nothing_else_of_the_engine(tmp_path):
    """The rooms that are bound whole, alone in a folder, can be imported, all of them."""
    inside = tmp_path / "autograder"
    (inside / "sandbox").mkdir(parents=True)
    (inside / "student").symlink_to(ROOMS / "student")
    (inside / "sandbox" / "inside").symlink_to(ROOMS / "sandbox" / "inside")
    names = [
        name
        for name, _ in modules("autograder")
        if name.startswith(("autograder.student", "autograder.sandbox.inside"))
    ]
    loads = f"import importlib\nfor name in {names!r}: importlib.import_module(name)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"}
    # An editable install would find the rest of the engine after all.
    alone = "import sys\nsys.meta_path[:] = [finder for finder in sys.meta_path if 'editable' not in repr(finder)]\n"
    done = subprocess.run(
        [sys.executable, "-c", alone + loads], capture_output=True, text=True, cwd="/", env=environment
    )
    assert done.returncode == 0, done.stderr


def test_every_tree_is_built_under_the_one_lock():
    """Two threads that parse at once can fail, in CPython 3.11. A notebook's kernel and the sandbox's have one each."""
    alone = {"autograder.student.syntax", "autograder.sandbox.inside.cells"}
    for name, path in modules("autograder"):
        called = {
            f"{node.func.value.id}.{node.func.attr}"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if isinstance(node.func.value, ast.Name)
        }
        assert name in alone or not called & {"ast.parse", "ast.literal_eval", "inspect.getsource"}, name


def test_threads_that_read_python_at_once_disturb_nobody():
    text = "\n".join(f"x = [{', '.join('(1 + (2 * 3))' for _ in range(50))}]" for _ in range(40))

    def read(_):
        return len(parse(text).body), source_of(Definition).splitlines()[1]

    def gives_way(*_):
        time.sleep(0.0005)

    gc.callbacks.append(gives_way)  # in the middle of a tree another thread has its turn
    try:
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(read, range(40))) == {(40, "class Definition:")}
    finally:
        gc.callbacks.remove(gives_way)
