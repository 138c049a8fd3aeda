"""Where in the student's code: the spot is true, nothing hides a fault, and no candidate costs more than its share."""

import ast
import inspect
import linecache
import time
from itertools import count

import numpy as np
import pytest

from autograder.exercises import get
from autograder.judge import judge
from autograder.judge.budget import Budget
from autograder.judge.card import spot
from autograder.judge.edits import KINDS, edits
from autograder.judge.place import Allowance, place
from autograder.judge.plan import perform_probes, plan_for
from autograder.judge.verdict import QUESTIONS, Place
from autograder.student.local import LocalCode
from autograder.student.rewritten import run_rewritten
from autograder.student.steps import Definition, Step

PLENTY = 20.0
CELLS = count()


def defined(source, **names):
    """A notebook's names after a cell was run, its text kept as IPython keeps it."""
    names = {"np": np, "__name__": "__main__", **names}
    file = f"<ipython-input-{next(CELLS)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), names)
    return names


def place_of(name, source, seed=3):
    return judge(name, defined(source), seed, explain=PLENTY).place


CASES = [
    ("relu_backward", "def relu_backward(upstream, x):\n    return upstream * (x < 0)", 2, "x < 0", "comparison"),
    (
        "fc_backward",
        "def fc_backward(upstream, x, W, b):\n    dx = upstream @ W\n    dW = np.zeros_like(W)\n"
        "    for i in range(len(x)):\n        dW = np.outer(upstream[i], x[i])\n"
        "    return dx, dW, upstream.sum(axis=0)",
        5,
        "dW = np.outer(upstream[i], x[i])",
        "operator",
    ),
    (
        "kl_divergence",
        "def kl_divergence(p, q):\n    total = 0\n    for a, b in zip(p, q):\n        if a == 0:\n"
        "            return total\n        total += a * np.log(a / b)\n    return total",
        5,
        "return total",
        "loop",
    ),
    (
        "softmax_backward",
        "def softmax_backward(upstream, logits):\n    e = np.exp(logits - logits.max(axis=1, keepdims=True))\n"
        "    p = e / e.sum(axis=1, keepdims=True)\n    out = np.zeros(p.shape)\n    for i in range(len(p)):\n"
        "        out[0] = (np.diag(p[i]) - np.outer(p[i], p[i])) @ upstream[i]\n    return out",
        6,
        "out[0]",
        "index",
    ),
    (
        "softmax_forward",
        "def softmax_forward(logits):\n    e = np.exp(logits - logits.max(axis=1, keepdims=True))\n"
        "    return e / e.sum(axis=0, keepdims=True)",
        3,
        "e.sum(axis=0, keepdims=True)",
        "axis",
    ),
    (
        "descent_path",
        "def descent_path(gradient, start, learning_rate, steps):\n    x = np.array(start, dtype=float)\n"
        "    path = [x]\n    for i in range(steps - 1):\n        x = x - learning_rate * gradient(x)\n"
        "        path.append(x)\n    return np.array(path)",
        4,
        "steps - 1",
        None,
    ),
    (
        "MultiplyGate",
        "class MultiplyGate:\n    def forward(self, x, y):\n        self.x = x\n        self.y = x\n"
        "        return x * y\n    def backward(self, upstream):\n        return upstream * self.y, upstream * self.x",
        4,
        "x",
        "name",
    ),
    ("polynomial_derivative", "def polynomial_derivative(x):\n    return 20 * x^3 + 6 * x^2", 2, "x^3", "operator"),
    (
        "softmax_backward",
        "def softmax_backward(upstream, logits):\n    e = np.exp(logits - logits.max(axis=1, keepdims=True))\n"
        "    p = e / e.sum(axis=1, keepdims=True)\n    return p * np.sum(p * upstream, axis=1, keepdims=True)",
        4,
        "np.sum(p * upstream, axis=1, keepdims=True)",
        "operand",
    ),
    ("one_hot", "def one_hot(labels, classes):\n    return np.eye(classes)", 2, "np.eye(classes)", "index"),
    (
        "sgd_step",
        "def sgd_step(parameters, gradients, learning_rate):\n    new = []\n"
        "    for p, g in zip(parameters, gradients):\n        new.append(p - learning_rate * g)\n        return new",
        5,
        "return new",
        None,
    ),
    (
        "branch_backward",
        "def branch_backward(upstreams):\n    total = upstreams[0]\n    for u in upstreams[1:]:\n"
        "        total += u\n    return total",
        None,
        None,
        "copy",
    ),
    (
        "fit_line",
        "def fit_line(x, y, learning_rate, steps):\n    a = b = 0.0\n    for _ in range(steps):\n"
        "        for u, v in zip(x, y):\n            e = (a * u + b - v) / len(x)\n"
        "            a -= learning_rate * e * u\n            b -= learning_rate * e\n    return a, b",
        4,
        "for u, v in zip(x, y):",
        "loop",
    ),
    (
        "softmax_cross_entropy_backward",
        "def softmax_cross_entropy_backward(logits, labels):\n"
        "    p = np.exp(logits - logits.max(axis=1, keepdims=True))\n    p = p / p.sum(axis=1, keepdims=True)\n"
        "    p[np.arange(len(labels)), np.argmax(logits, axis=1)] -= 1\n    return p / len(labels)",
        4,
        "np.argmax(logits, axis=1)",
        "index",
    ),
    (
        "sigmoid_circuit_backward",
        "def sigmoid_circuit_backward(w, x):\n    s = 1 / (1 + np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))\n"
        "    d = s * (1 - s)\n    dw = d * np.array([x[0], x[1], 1.0])\n    return dw, d * np.array([w[1], w[2]])",
        5,
        "w[1], w[2]",
        "index",
    ),
    (
        "flatten_forward",
        "def flatten_forward(x):\n    return x.reshape(-1, x.shape[-1])",
        2,
        "x.reshape(-1, x.shape[-1])",
        "shape",
    ),
]


@pytest.mark.parametrize(("name", "source", "line", "code", "kind"), CASES, ids=[case[0] for case in CASES])
def test_the_spot_is_where_the_mistake_is(name, source, line, code, kind):
    place = place_of(name, source)
    assert place is not None
    assert place.function == name
    assert kind in (None, place.kind)
    if line is not None:
        assert place.line == line
        assert place.code == code
    assert place.code in " ".join(source.split())
    assert place.text == source.splitlines()[place.line - 1].strip()


def test_the_edit_is_never_told():
    verdict = judge("relu_backward", defined(CASES[0][1]), 3, explain=PLENTY)
    assert "x > 0" not in verdict.to_text() + verdict.to_html()


def test_a_helper_s_line_is_said_to_be_the_helper_s():
    wrong_helper = (
        "def s(x):\n    t = 1 / (1 + np.exp(-x))\n    return t + t\n\n\n"
        "def sigmoid_backward(upstream, x):\n    return upstream * s(x) * (1 - s(x))"
    )
    place = place_of("sigmoid_backward", wrong_helper)
    assert place is not None
    assert place.function == "s"
    assert place.line in (2, 3)


def test_a_right_answer_and_a_hopeless_one_have_no_place():
    assert place_of("relu_backward", "def relu_backward(upstream, x):\n    return upstream * (x > 0)") is None
    hopeless = "def relu_backward(upstream, x):\n    return np.sort(np.cumsum(upstream)) - 17.25"
    assert judge("relu_backward", defined(hopeless), 3, explain=1.0).place is None


def test_nothing_is_searched_where_the_text_is_not_known():
    names = {"np": np}
    exec("def relu_backward(upstream, x):\n    return upstream * (x < 0)", names)
    assert judge("relu_backward", names, 3, explain=PLENTY).place is None


def test_the_student_s_own_names_stay_as_they_are():
    source = (
        "calls = []\n\n\ndef relu_backward(upstream, x):\n    global seen\n    seen = len(calls)\n"
        "    return upstream * (x < 0)"
    )
    names = defined(source)
    function = names["relu_backward"]
    assert judge("relu_backward", names, 3, explain=PLENTY).place is not None
    assert names["relu_backward"] is function
    assert names["calls"] == []


def test_a_candidate_that_never_ends_or_eats_memory_costs_its_share_only():
    loops = "def f(x):\n    while True:\n        pass\n"
    eats = "def f(x):\n    kept = [x]\n    while True:\n        kept = [kept, np.zeros(10**7)]\n"
    swallows = "def f(x):\n    while True:\n        try:\n            while True:\n                pass\n" + (
        "        except BaseException:\n            pass\n"
    )
    ends = "import os\ndef f(x):\n    os._exit(3)\n"
    good = "def f(x):\n    return x + 1\n"
    for bad in (loops, eats, swallows):
        start = time.monotonic()
        found = run_rewritten({"np": np}, [Definition("f", good)], [(0, bad), (0, good)], [Step("f", (1.0,))], 8.0, 0.2)
        assert time.monotonic() - start < 60
        if bad is not swallows:
            assert found[0] is None or found[0][0].error.kind == "memory"
            assert found[-1][0].value == 2.0
    dies = run_rewritten({"np": np}, [Definition("f", good)], [(0, ends)], [Step("f", (1.0,))], 2.0, 0.2)
    assert dies in ([], [None])


def test_every_edit_is_python_and_every_kind_has_a_question():
    source = (
        "def fc_backward(upstream, x, W, b):\n    B = len(x)\n    dx = upstream @ W.T\n    dW = np.zeros_like(W)\n"
        "    for i in range(B):\n        dW += np.outer(upstream[i], x[i]) if B > 1 else 0\n"
        "    db = -upstream.sum(axis=1, keepdims=True) / 2\n    return dx, dW, db\n"
    )
    found = edits(source)
    for edit in found:
        ast.parse(edit.apply(source.encode()))
        assert edit.kind in KINDS
        start, end = edit.spot
        assert 0 <= start < end <= len(source.encode())
    assert {edit.kind for edit in found} <= set(QUESTIONS)
    assert set(KINDS) <= set(QUESTIONS)
    assert found == sorted(found, key=lambda edit: edit.cost)
    assert found == edits(source)


def test_only_what_a_wrong_part_depends_on_is_changed():
    source = "def f(u, x):\n    a = u * x\n    b = u + x\n    return a, b\n"
    inner = [
        edit for edit in edits(source, (1,)) if edit.kind not in ("dtype", "copy", "order")
    ]  # of an argument, of lines
    lines = {source.encode().count(b"\n", 0, edit.spot[0]) + 1 for edit in inner}
    assert 3 in lines
    assert 2 not in lines


def test_the_spot_s_bytes_are_right_behind_letters_of_several_bytes():
    place = place_of("relu_backward", 'def relu_backward(upstream, x):\n    é = "Größe"; return upstream * (x < 0)')
    assert place is not None
    assert place.code == "x < 0"


def test_the_marked_line_in_text_and_on_the_card():
    place = Place(3, "g.max(0)", "axis", "f", "dx = g.max(0) < 1")
    line, mark, question = place.to_text().splitlines()
    assert line[mark.index("^") : mark.rindex("^") + 1] == "g.max(0)"
    assert question.endswith("?")
    shown = spot({**vars(place), "question": place.question})
    assert "dx = <mark>g.max(0)</mark> &lt; 1" in shown
    assert "<mark>long</mark>" in spot({"line": 1, "code": "not in it", "text": "long"})


def test_one_text_over_two_sets_of_constants_is_two_questions():
    text = "def relu_backward(upstream, x):\n    return SIGN * upstream * (x > KINK)\n"
    allowance = Allowance(each=PLENTY, credit=3 * PLENTY)
    plan = plan_for("relu_backward", 3)
    found = []
    for constants in ({"SIGN": -1.0, "KINK": 0.0}, {"SIGN": 1.0, "KINK": 1.0}, {"SIGN": -1.0, "KINK": 0.0}):
        code = LocalCode(defined(text, **constants))
        answers = perform_probes(code, [*plan.probes, plan.probes[0]])
        found.append(allowance.place(plan, code, answers, told=False))
    assert found[0] == found[2] is not None
    assert found[0].code == "SIGN * upstream"
    assert found[1] is not None and found[1].column >= found[1].text.index("x > KINK")


def test_the_spot_is_marked_where_it_is_and_not_where_its_text_first_stands():
    place = place_of(
        "relu_backward", "def relu_backward(upstream, x):\n    x, u = x, upstream; return upstream * (x < 0)"
    )
    assert place is not None and place.column is not None
    assert place.text[place.column :].startswith(place.code)
    twice = Place(2, "x", "name", "f", "x = g * x", 8)
    assert twice.parts() == ("x = g * ", "x", "")
    assert "x = g * <mark>x</mark>" in spot({**vars(twice), "question": twice.question})
    several_lines = Place(2, "np.dot( a, b)", "call", "f", "y = np.dot(", 4)
    assert several_lines.parts() == ("y = ", "np.dot(", "")


def test_grading_searches_one_text_once_and_ends_with_its_allowance():
    code = LocalCode(defined(CASES[0][1]))
    plan = plan_for("relu_backward", 3)
    answers = perform_probes(code, [*plan.probes, plan.probes[0]])
    rich = Allowance(each=PLENTY, credit=2 * PLENTY)
    assert rich.place(plan, code, answers, told=False) == rich.place(plan, code, answers, told=True) is not None
    poor = Allowance(each=PLENTY, share=0.0, credit=0.0)
    assert poor.place(plan, code, answers, told=False) is None


def test_a_spot_in_a_large_class_is_looked_for_where_wrong_answers_come_from():
    """Of many methods, those are read first that are wrong wherever they are called."""
    source = inspect.getsource(get("Tensor").reference).replace("lambda g: g / self.data", "lambda g: g * self.data")
    spread = "def spread(gradient, axis, keepdims, shape):\n" + (
        "    if axis is not None and not keepdims:\n        gradient = np.expand_dims(gradient, axis)\n"
        "    return np.broadcast_to(gradient, shape)\n\n\n"
    )
    names = defined(spread + source)
    plan, code = plan_for("Tensor", 3), LocalCode(names)
    answers = perform_probes(code, [*plan.probes, plan.probes[0]])
    found = place(plan, code, answers, Budget(5.0))
    assert (found.function, found.code) == ("Tensor", "g * self.data")


IN_OPERATORS = [  # what is wrong, where it is looked for, and what the spot must be
    ("n * self.data ** (n - 1))", "n * self.dat ** (n - 1))", "self.dat"),
    ("self._one(self.data**n,", "self._one(self.data**m,", "m"),
    ("self.grad = self.grad + g * slope", "self.grad = self.grad + slope", "slope"),
    (
        "return self._out(self.data * other",
        "self._out(self.data * other",
        "self._out(self.data * other.data, (self, ot",
    ),
]


@pytest.mark.parametrize(("right", "wrong", "spot"), IN_OPERATORS)
def test_an_operator_that_raises_or_returns_nothing_has_a_place(right, wrong, spot):
    """What should have come of it is missing in all steps after it."""
    answers = inspect.getmodule(get("Tensor").right[0])
    source = inspect.getsource(answers.Micro).replace("Micro", "Tensor")
    assert right in source
    names = defined(inspect.getsource(answers.fitted) + "\n\n" + source.replace(right, wrong))
    plan, code = plan_for("Tensor", 0), LocalCode(names)
    found = place(plan, code, perform_probes(code, [*plan.probes, plan.probes[0]]), Budget(5.0))
    assert spot in found.code  # whichever edit of the line was found first


def test_a_class_of_which_one_method_is_compiled_answers_as_the_whole_class():
    text = (
        'class Gate:\n    """A gate."""\n\n    def forward(self, x):\n        self.x = x\n        return Gate.of(x)\n\n'
        "    @staticmethod\n    def of(x):\n        return x * x\n\n"
        "    def backward(self, upstream):\n        return 2 * upstream * self.x\n"
    )
    several = [
        text.replace("2 * upstream", "3 * upstream"),
        text.replace("return x * x", "y = x + 1\n        return y"),
        text.replace("return x * x", "return x").replace("2 *", "5 *"),
        text.replace("of(x)", "of(x, y)"),
        text.replace("def backward", "def reverse"),
        text.replace("self.x = x", "self.x = x +"),
        text,
    ]
    steps = [Step("Gate", (), None, "g"), Step("g", (3.0,), "forward"), Step("g", (2.0,), "backward")]
    plain = text.replace("class Gate:", "class Gate(object):")
    rewritten = [(0, one) for one in several]
    whole = [(0, one.replace("class Gate:", "class Gate(object):")) for one in several]

    def told(text, rewritings):
        rows = run_rewritten({"np": np}, [Definition("Gate", text)], rewritings, steps, 8.0, 0.5)
        return [row and [(o.value, o.error and o.error.message) for o in row] for row in rows]

    assert told(text, rewritten) == told(plain, whole)
    assert told(text, rewritten)[:2] == [
        [(None, None), (9.0, None), (18.0, None)],
        [(None, None), (4.0, None), (12.0, None)],
    ]


def test_a_plain_factor_marks_no_spot_where_the_mistake_has_a_name():
    source = (
        "def two_path_gradient(r, s):\n    x, y, z = r, r * s, s\n"
        "    df_dr = (y * z) * 1\n    df_ds = (x * y) * 1\n    return df_dr, df_ds\n"
    )
    verdict = judge("two_path_gradient", defined(source), 3)
    assert verdict.misconceptions == ("one of two paths forgotten in both",)
    assert verdict.place is None or verdict.place.line in (3, 4)


def test_what_came_back_wrong_has_a_spot_though_other_calls_took_too_long():
    source = (
        "def path_gradient(successors, slopes, source, target):\n    if source == target:\n        return 1.0\n"
        "    total = 0.0\n    for n in successors[source]:\n"
        "        total += slopes[source, n] + path_gradient(successors, slopes, n, target)\n    return total"
    )
    found = judge("path_gradient", LocalCode(defined(source), call_seconds=0.1), 3, explain=2.0).place
    assert (found.line, found.kind) == (6, "operator")


def test_a_helper_of_another_module_is_not_rewritten():
    """Its text would not find the names of its own module."""
    other = {"np": np}
    exec("STEP = 0.5\ndef helper(x):\n    return STEP * x\n", other)
    source = "def relu_backward(upstream, x):\n    return 2 * helper(upstream) * (x < 0)\n"
    code = LocalCode(defined(source, helper=other["helper"]))
    assert [definition.name for definition in code.definitions("relu_backward")] == ["relu_backward"]
    assert judge("relu_backward", code, 3, explain=PLENTY).place.code == "x < 0"


def test_no_other_drawn_numbers_are_taken_for_a_repair():
    text = "def f(x):\n    u = np.random.default_rng(0).normal(size=x.shape)\n    return u * x\n"
    made = [edit.apply(text.encode()) for edit in edits(text)]
    assert made
    assert not any("uniform" in other or "default_rng(1)" in other or "default_rng((1))" in other for other in made)


def test_a_line_for_another_index_may_be_missing_beside_one():
    text = (
        "def f(d, a, n):\n    dW, db = [0] * n, [0] * n\n    dW[-1] = d @ a[-1]\n    for i in range(n - 1):\n"
        "        dW[i] = d @ a[i]\n        db[i] = d.sum(axis=0)\n    return dW, db\n"
    )
    made = [edit.apply(text.encode()) for edit in edits(text)]
    assert any("dW[-1] = d @ a[-1]\n    db[-1] = d.sum(axis=0)\n" in other for other in made)


def test_a_fault_in_an_operator_that_every_program_uses_is_found():
    answers = inspect.getmodule(get("Tensor").right[0])
    source = inspect.getsource(answers.Micro).replace("Micro", "Tensor")
    source = source.replace("g * self.data, other.data.shape", "g / self.data, other.data.shape")
    found = judge("Tensor", defined(source, **{**vars(answers), "__name__": "__main__"}), 0, explain=5.0).place
    assert (found.function, found.code) == ("Tensor", "g / self.data")


TWO_FAULTS = [
    (
        "sigmoid_backward",
        "def sigmoid_backward(upstream, x):\n    s = 0.5 * (1 + np.tanh(0.5 * (upstream * x)))\n    return s * (1 - s)",
        "upstream * x",
    ),
    (
        "binary_cross_entropy_backward",
        "def binary_cross_entropy_backward(logits, targets):\n    p = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))\n"
        "    return (targets / p - (1 - targets) / (1 - p)) / len(targets)",
        "(targets / p - (1 - targets) / (1 - p)) / len(targets)",
    ),
    (
        "minibatches",
        "def minibatches(n, batch_size, rng):\n    idx = rng.permutation(n)\n    k = n // batch_size\n"
        "    return [idx[i * batch_size : (i + 1) * batch_size] for i in range(k)] + [idx[k * batch_size + 1 :]]",
        "k * batch_size + 1",
    ),
]


@pytest.mark.parametrize(("name", "source", "spot"), TWO_FAULTS)
def test_the_first_of_two_spots_is_told_as_one_of_two(name, source, spot):
    """No single edit mends these. One that does good and no harm is told, and that it is not all."""
    found = judge(name, defined(source), 3, explain=3.0).place
    assert found is not None
    assert found.code == spot
    assert not found.alone
    assert "This may not be all" in found.question
    assert "This may not be all" in found.to_text()


def test_one_fault_alone_is_told_as_one():
    found = place_of("relu_backward", "def relu_backward(upstream, x):\n    return upstream * (x < 0)")
    assert found is not None
    assert found.alone
    assert "This may not be all" not in found.question


def test_what_is_kept_from_another_call_has_no_spot_that_any_edit_would_mend():
    source = (
        "def count_paths(successors, source, target, known={}):\n    if source == target:\n        return 1\n"
        "    if (source, target) not in known:\n        total = 0\n        for node in successors[source]:\n"
        "            total += count_paths(successors, node, target)\n        known[(source, target)] = total\n"
        "    return known[(source, target)]"
    )
    assert place_of("count_paths", source) is None


def test_an_array_of_whole_numbers_is_looked_for_where_its_numbers_are_read():
    source = (
        "def numerical_gradient(f, x):\n    out = np.zeros(x.shape)\n    for idx in np.ndindex(x.shape):\n"
        "        up = x.copy()\n        down = x.copy()\n        up[idx] += 1e-5\n        down[idx] -= 1e-5\n"
        "        out[idx] = (f(up) - f(down)) / 2e-5\n    return out"
    )
    found = place_of("numerical_gradient", source)
    assert found is None or found.line > 3


TRUE_LINES = [
    (  # an early return would go round the two lines that are wrong
        "flatten_backward",
        "def flatten_backward(upstream, x):\n    turned = list(x.shape)\n    if len(turned) < 4:\n"
        "        return upstream.reshape(x.shape)\n    turned[-1], turned[-2] = turned[-2], turned[-1]\n"
        "    return np.swapaxes(upstream.reshape(turned), -1, -2)",
        {5, 6},
    ),
    (  # a sum may be put in a line earlier, but it is the mean that is wrong
        "squared_error_forward",
        "def squared_error_forward(prediction, target):\n    halves = 0.5 * (target - prediction) ** 2\n"
        "    return halves.mean()",
        {3},
    ),
    (  # the largest may be subtracted once more in the exponent
        "softmax_forward",
        "def softmax_forward(logits):\n    centred = logits - logits.mean(axis=1, keepdims=True)\n"
        "    with np.errstate(all='ignore'):\n        exps = np.exp(centred)\n"
        "        return exps / np.sum(exps, axis=1, keepdims=True)",
        {2},
    ),
    (  # what is turned a line earlier comes out right as well
        "jacobian_gradient_product",
        "def jacobian_gradient_product(jacobian, upstream):\n    jacobian = np.asarray(jacobian)\n"
        "    return np.einsum('ij,j->i', jacobian, upstream)",
        {3},
    ),
    (  # another name in the dict would leave the wrong line as it is
        "circuit_gradients",
        "def circuit_gradients(x, y, z):\n    q = x + y\n    dq = z\n    dx = dq * x\n    dy = dq\n"
        "    return {'q': q, 'f': q * z, 'df_dq': dq, 'df_dx': dx, 'df_dy': dy, 'df_dz': q}",
        {4},
    ),
    (  # the argument is overwritten, and needed as it was
        "MultiplyGate",
        "class MultiplyGate:\n    def forward(self, x, y):\n        self.x, self.y = x, y\n        return x * y\n\n"
        "    def backward(self, dz):\n        dz = dz * self.y\n        dx = unbroadcast(dz, np.shape(self.x))\n"
        "        dz = dz * self.x\n        return [dx, unbroadcast(dz, np.shape(self.y))]",
        {7},
    ),
    (  # and so is what the gate was made with
        "ScaleGate",
        "class ScaleGate:\n    def __init__(self, a):\n        self.a = a\n\n    def forward(self, x):\n"
        "        self.a = self.a * x\n        return self.a\n\n    def backward(self, dz):\n"
        "        return [self.a * dz]",
        {6},
    ),
    (
        "unbroadcast",
        "def unbroadcast(gradient, shape):\n    gradient = np.asarray(gradient)\n"
        "    padded = list(shape) + [1] * (gradient.ndim - len(shape))\n"
        "    for axis, length in enumerate(padded):\n        if length == 1:\n"
        "            gradient = gradient.sum(axis=axis, keepdims=True)\n    return gradient.reshape(shape)",
        {3},
    ),
    (
        "path_gradient",
        "def path_gradient(successors, slopes, source, target):\n    known = {}\n\n    def moves(node):\n"
        "        if node in known:\n            return known[node]\n        if not successors[node]:\n"
        "            return 1.0\n        known[node] = sum(slopes[node, s] * moves(s) for s in successors[node])\n"
        "        return known[node]\n\n    return moves(source)",
        {7},
    ),
    (  # the value that a function within returns has other parts
        "fc_backward",
        "def fc_backward(upstream, x, W, b):\n    def three():\n"
        "        return [upstream @ W], [upstream.sum(axis=1)], [upstream.T @ x]\n\n"
        "    (dx,), (db,), (dW,) = three()\n    return dx, dW, db",
        {3},
    ),
    (
        "mlp_forward",
        "def mlp_forward(x, weights, biases, activation):\n    value = {'tanh': np.tanh, 'relu': lambda a: a * (a > 0),"
        " 'sigmoid': lambda a: 1 / (1 + np.exp(-a))}[activation]\n    pre, act = [], [x]\n"
        "    for k in range(len(weights)):\n        pre.append(x @ weights[k].T + biases[k])\n"
        "        act.append(pre[-1] if k == len(weights) - 1 else value(pre[-1]))\n    return pre, act",
        {5},
    ),
]


@pytest.mark.parametrize(("name", "source", "lines"), TRUE_LINES, ids=[case[0] for case in TRUE_LINES])
def test_a_repair_elsewhere_is_not_told_where_one_stands_at_the_fault(name, source, lines):
    helpers = {"unbroadcast": get("unbroadcast").reference} if "Gate" in name else {}
    found = judge(name, defined(source, **helpers), 3, explain=PLENTY).place
    assert found is not None
    assert found.line in lines


def test_two_lines_that_may_be_off_alike_are_both_told():
    source = (
        "def linear_regression_gradient(w, X, y):\n    rest = -2 * y @ X\n    square = X.T @ X @ w\n"
        "    return rest + square"
    )
    found = place_of("linear_regression_gradient", source)
    assert found is not None
    assert {found.line, found.other} == {3, 4}
    assert f"It could be line {found.other} as well." in found.question
    assert found.question in found.to_text()


def test_of_two_lines_in_the_wrong_order_both_are_told():
    source = (
        "def composition_derivative(functions, derivatives, x):\n    slope = 1.0\n"
        "    for f, df in zip(functions, derivatives):\n        x = f(x)\n        slope = slope * df(x)\n"
        "    return x, slope"
    )
    found = place_of("composition_derivative", source)
    assert found is not None
    assert {found.line, found.other} == {4, 5}


def test_some_calls_that_are_right_by_chance_mark_no_spot():
    source = (
        "def topological_order(successors):\n    order, seen = [], set()\n\n    def visit(n):\n        if n in seen:\n"
        "            return\n        seen.add(n)\n        for m in successors[n]:\n            visit(m)\n"
        "        order.append(n)\n\n    for n in successors:\n        visit(n)\n    return order"
    )
    found = judge("topological_order", defined(source), 0).place
    assert found is None or found.line == 14
