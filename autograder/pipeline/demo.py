"""The main job on a class of its own: a course is set up, released, handed in, graded, returned and exported.

Every step is the real one, with nbgrader's own commands where they are stock. The students are made up, and between
them they do most of what students do.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from keyword import iskeyword
from pathlib import Path
from typing import Any

import nbformat

from autograder.exercises import CourseProblem
from autograder.exercises.stand_ins import TABLE
from autograder.pipeline.course import open_course
from autograder.pipeline.feedback import write_feedback
from autograder.pipeline.grade import Progress, grade_assignment
from autograder.pipeline.graded import SubmissionResult
from autograder.pipeline.source import open_gradebook
from autograder.student.syntax import parse

DEFAULT = ("03_circuits_and_gates", "04_sigmoid_circuit")
MARK = ".autograder-demo"
# A demo does not wait half a minute for its infinite loops.
LIMITS = """
c.JudgeInSandbox.cell_seconds = 5.0
c.JudgeInSandbox.call_seconds = 2.0
c.JudgeInSandbox.calls_seconds = 20.0
"""
# What a solution holds for nbgrader and for markers, and no student hands in.
_MARKS = re.compile(
    r"^[^\n]*### (?:BEGIN|END) SOLUTION[^\n]*\n?|\n*^[^\n]*BEGIN MARK SCHEME.*?END MARK SCHEME[^\n]*$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Student:
    """A made-up student: the perfect answers in words of their own, or in those of the solution, with some of them
    replaced, or with more done to the file."""

    name: str
    story: str
    answers: dict[str, str] = field(default_factory=dict)
    change: Callable[[dict[str, Any]], Any] | None = None
    perfect: bool = True
    own_words: bool = True


def _everything(notebook: dict[str, Any], text: str) -> None:
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution") and cell["cell_type"] == "code":
            cell["source"] = text


def _add_first(source: str) -> Callable[[dict[str, Any]], Any]:
    def change(notebook: dict[str, Any]) -> None:
        cell: dict[str, Any] = dict(
            cell_type="code", execution_count=None, id="own-cell", metadata={}, outputs=[], source=source
        )
        notebook["cells"].insert(1, cell)

    return change


def _double_and_delete(notebook: dict[str, Any]) -> None:
    cells = notebook["cells"]
    checks = [c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id", "").startswith("check-")]
    cells.remove(checks[0])
    cells.append(json.loads(json.dumps(checks[1])))


PATCHES_THE_GRADER = """\
import sys
import numpy as np
np.testing.assert_allclose = lambda *a, **k: None
np.allclose = lambda *a, **k: True
class Full:
    points = max_points = 100.0
    def __eq__(self, other): return True
    def __repr__(self): return "100.0"
import autograder
autograder.check = lambda name: Full()
sys.modules["autograder.judge"] = sys
"""

CLASS = (
    Student("ada", "everything right"),
    Student(
        "boris",
        "forgets the upstream gradient at the multiply gate, and the slope of the sigmoid",
        {
            "MultiplyGate": "class MultiplyGate:\n    def forward(self, x, y):\n        self.x, self.y = x, y\n"
            "        return x * y\n\n    def backward(self, dz):\n        return [self.y, self.x]",
            "train_neuron": "def train_neuron(X, y, learning_rate, steps):\n    w, b = np.zeros(X.shape[1]), 0.0\n"
            "    for _ in range(steps):\n        delta = (sigmoid_forward(X @ w + b) - y) / len(y)\n"
            "        w, b = w - learning_rate * X.T @ delta, b - learning_rate * delta.sum()\n    return w, b",
        },
    ),
    Student(
        "chen",
        "decides the max gate once for the whole array; overwrites gradients at branches",
        {
            "MaxGate": "class MaxGate:\n    def forward(self, x, y):\n        self.x_wins = np.sum(x) > np.sum(y)\n"
            "        self.shapes = np.shape(x), np.shape(y)\n        return np.maximum(x, y)\n\n"
            "    def backward(self, dz):\n        dx, dy = (dz, 0 * dz) if self.x_wins else (0 * dz, dz)\n"
            "        return [unbroadcast(dx, self.shapes[0]), unbroadcast(dy, self.shapes[1])]",
            "run_backward": "def run_backward(circuit, values):\n"
            "    gradients = {name: 0 * value for name, value in values.items()}\n"
            "    gradients[circuit[-1][0]] = 0 * values[circuit[-1][0]] + 1\n"
            "    for name, gate, parents in reversed(circuit):\n        if gate is not None:\n"
            "            for parent, gradient in zip(parents, gate.backward(gradients[name])):\n"
            "                gradients[parent] = gradient\n    return gradients",
            "sigmoid_backward": "def sigmoid_backward(upstream, x):\n    s = sigmoid_forward(sigmoid_forward(x))\n"
            "    return upstream * s * (1 - s)",
        },
    ),
    Student(
        "dana",
        "adds branches in place; a sigmoid that overflows",
        {
            "branch_backward": "def branch_backward(upstreams):\n    total = upstreams[0]\n"
            "    for u in upstreams[1:]:\n        total += u\n    return total",
            "sigmoid_forward": "def sigmoid_forward(x):\n    return np.exp(x) / (1 + np.exp(x))",
        },
    ),
    Student(
        "emil",
        "one gate's memory shared by all; bias times an input",
        {
            "MultiplyGate": "class MultiplyGate:\n    kept = None\n    def forward(self, x, y):\n"
            "        MultiplyGate.kept = (x, y)\n        return x * y\n    def backward(self, dz):\n"
            "        x, y = MultiplyGate.kept\n"
            "        return [unbroadcast(dz * y, np.shape(x)), unbroadcast(dz * x, np.shape(y))]",
            "sigmoid_circuit_forward": "def sigmoid_circuit_forward(w, x):\n    a = w[0] * x[0]\n"
            "    b = w[1] * x[1]\n    c = a + b\n    d = c + w[2] * x[1]\n"
            "    e = -d\n    g = np.exp(e)\n    h = 1 + g\n"
            "    return dict(a=a, b=b, c=c, d=d, e=e, g=g, h=h, o=1 / h)",
            "sigmoid_circuit_backward": "def sigmoid_circuit_backward(w, x):\n"
            "    o = 1 / (1 + np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))\n    dd = o * (1 - o)\n"
            "    return dd * np.array([x[0], x[1], 1.0]), dd * np.array([w[0], w[1]])",
        },
    ),
    Student("faye", "right, with a warning and print on every call", {
        "AddGate": "import sys, warnings\nclass AddGate:\n    def forward(self, x, y):\n"
        "        warnings.warn('careful')\n        print('adding', file=sys.stderr)\n"
        "        self.shapes = np.shape(x), np.shape(y)\n        return x + y\n"
        "    def backward(self, dz):\n        return [unbroadcast(dz, shape) for shape in self.shapes]",
        "sigmoid_forward": "def sigmoid_forward(x):\n    return 1 / (1 + np.exp(-np.asarray(x, dtype=float)))",
    }),
    Student("gus", "has not started", perfect=False),
    Student(
        "hana",
        "raises in one function",
        {
            "AddGate": "class AddGate:\n    def forward(self, x, y):\n        return x + y\n"
            "    def backward(self, dz):\n        return [dz, dx]",
            "train_neuron": "def train_neuron(X, y, learning_rate, steps):\n    w = np.zeros(X.shape[1], 'fast')\n"
            "    return w, 0.0",
        },
    ),
    Student(
        "ivan",
        "loops for ever in one function and in a cell",
        {
            "AddGate": "class AddGate:\n    def forward(self, x, y):\n        while True:\n            pass",
            "train_neuron": "while True:\n    pass",
        },
    ),
    Student("jule", "tries to patch the grader", perfect=False, change=_add_first(PATCHES_THE_GRADER)),
    Student(
        "kofi",
        "borrows from the library",
        {
            "MultiplyGate": "from nn_lib import MultiplyGate",
            "sigmoid_forward": "from nn_lib import sigmoid as sigmoid_forward",
        },
    ),
    Student(
        "lena",
        "has the words of the solution; deleted one check cell and doubled another",
        change=_double_and_delete,
        own_words=False,
    ),
    Student("milo", "handed in something that is not a notebook", change=lambda notebook: b"%PDF-1.4 scanned"),
)  # fmt: skip


EXAMPLE_CLASS = (
    Student("ada", "everything right"),
    Student(
        "boris",
        "forgets the upstream gradient; takes the value for the slope",
        {
            "square_backward": "def square_backward(upstream, x):\n    return upstream * x**2",
            "product_backward": "def product_backward(upstream, x, y):\n    return y, x",
        },
    ),
    Student(
        "chen",
        "gives each gate input its own factor",
        {"product_backward": "def product_backward(upstream, x, y):\n    return upstream * x, upstream * y"},
    ),
    Student(
        "dana",
        "writes into the caller's array",
        {"square_backward": "def square_backward(upstream, x):\n    x *= 2\n    return upstream * x"},
    ),
    Student("gus", "has not started", perfect=False),
    Student(
        "hana",
        "misspells a name",
        {"product_backward": "def product_backward(upstream, x, y):\n    return upstream * y, upstram * x"},
    ),
    Student("ivan", "loops for ever", {"square_backward": "def square_backward(upstream, x):\n    while True: pass"}),
    Student("jule", "tries to patch the grader", perfect=False, change=_add_first(PATCHES_THE_GRADER)),
    Student(
        "lena",
        "has the words of the solution; deleted one check cell and doubled another",
        change=_double_and_delete,
        own_words=False,
    ),
    Student("milo", "handed in something that is not a notebook", change=lambda notebook: b"%PDF-1.4 scanned"),
)
"""Who hands in the example assignment of `autograder init`, where the course's own answers are not here."""


@dataclass
class Demo:
    """What a demo run made: the folder, the assignments, and every submission's result."""

    folder: Path
    assignments: tuple[str, ...]
    results: list[SubmissionResult]
    grades: Path
    reports: tuple[Path, ...] = ()

    def feedback(self, result: SubmissionResult) -> Path:
        return self.folder / "feedback" / result.student / result.assignment / f"{result.assignment}.html"


def run_demo(
    folder: Path,
    repository: Path,
    assignments: tuple[str, ...] = (),
    *,
    sandboxed: bool = True,
    say: Callable[[str], None] = print,
    progress: Callable[[str], AbstractContextManager[Progress]] | None = None,
) -> Demo:
    """Run the demo in `folder`, from the solutions in `repository`, or from the example of `autograder init` where it
    has none and no assignments are asked for. `progress` makes a bar for the grading of each assignment.

    Raises `CourseProblem` for an unsuitable folder, and for an assignment that does not exist.
    """
    from autograder.publish.own_course import init_course
    from autograder.report.class_report import write_report

    folder = folder.resolve()
    example = not assignments and not all((repository / "solutions" / name).is_dir() for name in DEFAULT)
    chosen = assignments or DEFAULT
    for name in () if example else chosen:
        if not (repository / "solutions" / name).is_dir():
            raise CourseProblem(
                f"there is no {repository / 'solutions' / name}: name an assignment of a checkout of the course, or "
                "none, for the example"
            )
    prepare_folder(folder)
    if example:
        mark = (folder / MARK).read_text()
        (folder / MARK).unlink()
        chosen = tuple(init_course(folder))
        (folder / MARK).write_text(mark)
    else:
        for name in chosen:
            shutil.copytree(repository / "solutions" / name, folder / "solutions" / name)
        shutil.copy(repository / "nbgrader_config.py", folder)
        if (table := repository / "solutions" / TABLE).exists():
            shutil.copy(table, folder / "solutions")  # what its notebooks build on
    with (folder / "nbgrader_config.py").open("a") as settings:
        settings.write(LIMITS)
    people = EXAMPLE_CLASS if example else CLASS
    say(f"1/5  releasing {', '.join(chosen)}")
    for name in chosen:
        nbgrader(folder, "generate_assignment", name, "--force")
    say(f"2/5  {len(people)} students hand in, unexecuted")
    for name in chosen:
        hand_in(folder, name, people)
    say("3/5  grading in the sandbox, into gradebook.db" if sandboxed else "3/5  grading with limits only")
    course = open_course(folder)
    with open_gradebook(course.db_url, course.course_id) as gradebook:
        for one in people:
            gradebook.update_or_create_student(one.name, first_name=one.name.capitalize(), last_name="Example")
    results: list[SubmissionResult] = []
    for name in chosen:
        with nullcontext() if progress is None else progress(f"grading {name}") as told:
            results += grade_assignment(course, name, sandboxed=sandboxed, progress=told)
    say("4/5  writing feedback and reports")
    for name in chosen:
        write_feedback(course, name)
    reports = tuple(write_report(course, name) for name in chosen)
    say("5/5  exporting grades")
    grades = folder / "grades.csv"
    nbgrader(folder, "export", f"--CsvExportPlugin.to={grades}")
    return Demo(folder, chosen, results, grades, reports)


def in_own_words(source: str) -> str:
    """Code that does the same, with other names inside its functions, dicts in another form, and each result named.

    The class report tells answers in the course's own words: of a made-up class that would be everybody's.
    """
    tree = parse(source)
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        nodes = list(ast.walk(function))
        if any(isinstance(node, (ast.Global, ast.Nonlocal)) for node in nodes):
            continue
        handed = {node.arg for node in nodes if isinstance(node, ast.arg)}
        own = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)} - handed
        for node in nodes:
            if isinstance(node, ast.Name) and node.id in own:
                node.id = f"my_{node.id}"
    return ast.unparse(ast.fix_missing_locations(_OtherForms().visit(tree))) + "\n"


class _OtherForms(ast.NodeTransformer):
    def visit_Dict(self, node: ast.Dict) -> Any:
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        if not all(isinstance(key, str) and key.isidentifier() and not iskeyword(key) for key in keys):
            return self.generic_visit(node)
        named = [ast.keyword(str(key), self.visit(value)) for key, value in zip(keys, node.values, strict=True)]
        return ast.Call(ast.Name("dict", ast.Load()), [], named)

    def visit_Return(self, node: ast.Return) -> Any:
        if node.value is None or isinstance(node.value, (ast.Name, ast.Constant)):
            return node
        self.generic_visit(node)
        answer, items = ast.Name("answer", ast.Load()), []
        value = node.value
        if isinstance(value, ast.List) and len(value.elts) > 3:  # one after the other
            value, items = ast.List([], ast.Load()), value.elts
        adding = [("extend", item.value) if isinstance(item, ast.Starred) else ("append", item) for item in items]
        calls = [ast.Expr(ast.Call(ast.Attribute(answer, how, ast.Load()), [item], [])) for how, item in adding]
        return [ast.Assign([ast.Name("answer", ast.Store())], value), *calls, ast.Return(answer)]


def prepare_folder(folder: Path) -> None:
    """An empty folder, or an earlier demo's made empty. Raises `CourseProblem` for anything else."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if not (folder / MARK).exists():
            raise CourseProblem(
                f"{folder} is not empty, and no earlier demo. Give another folder: autograder demo FOLDER"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("Made by `autograder demo`, which empties this folder when it runs here again.\n")


def hand_in(folder: Path, assignment: str, people: Sequence[Student] = CLASS) -> None:
    """Write every student's submission of an assignment."""
    release = (folder / "notebooks" / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8")
    solution = nbformat.read(folder / "solutions" / assignment / f"{assignment}.ipynb", as_version=4)
    right = {
        cell.metadata.nbgrader.grade_id: _MARKS.sub("", cell.source)
        for cell in solution.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    for student in people:
        notebook = json.loads(release)
        for cell in notebook["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                if student.perfect:
                    own = student.own_words and cell["cell_type"] == "code"
                    cell["source"] = in_own_words(right[name]) if own else right[name]
                cell["source"] = student.answers.get(name, cell["source"])
        content: Any = None
        if student.change is not None:
            content = student.change(notebook)
        path = folder / "submitted" / student.name / assignment / f"{assignment}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(notebook, indent=1).encode())


def nbgrader(folder: Path, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one of nbgrader's own commands in a course folder. Raises `CourseProblem` with its last words on failure."""
    # nbgrader calls alembic by name, which lies beside this Python.
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    if check and done.returncode != 0:
        raise CourseProblem(f"nbgrader {command[0]} failed:\n{(done.stderr or done.stdout)[-2000:]}")
    return done
