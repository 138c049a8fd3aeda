"""The judge's promises: fair to right answers, severe with wrong ones, clear about everything else."""

import json
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.exercises import get, the_course
from autograder.judge import judge
from autograder.judge.mutation import Catalogued, try_exercise
from autograder.reading.outline import outline_of
from autograder.reading.whose import borrowed_in_source
from autograder.student.local import LocalCode
from autograder.student.steps import Step

EXERCISES = the_course().exercises


def sigmoid(x):
    return 0.5 * (1 + np.tanh(np.asarray(x) / 2))


@pytest.mark.parametrize("seeds", [[0], pytest.param([1, 2], marks=pytest.mark.slow)], ids=["once", "twice more"])
@pytest.mark.parametrize("name", EXERCISES)
def test_every_mistake_is_caught_and_named_and_every_right_variant_accepted(name, seeds):
    score = try_exercise(get(name), seeds)
    assert score.caught == score.wrong, score.complaints
    assert score.accepted == score.right, score.complaints
    assert score.named >= 0.95 * score.wrong, score.complaints


@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_has_a_catalogue_and_five_other_right_answers(name):
    exercise = get(name)
    assert len(exercise.right) >= 5
    own = [m for m in exercise.mistakes if not m.generic]
    assert len(own) >= 3
    for mistake in exercise.mistakes:
        assert mistake.name and mistake.hint


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31 - 1))
def test_the_same_seed_gives_the_same_verdict(seed):
    wrong = {"relu": None, "sigmoid_backward": lambda upstream, x: upstream * sigmoid(x)}
    first, second = (judge("sigmoid_backward", wrong, seed) for _ in range(2))
    assert first.to_dict() == second.to_dict()
    assert judge("sigmoid_backward", {"sigmoid_backward": lambda g, x: g * sigmoid(x) * (1 - sigmoid(x))}, seed).passed


@pytest.mark.sample
def test_a_verdict_tells_points_criteria_and_one_hint():
    verdict = judge("multiply_backward", {"multiply_backward": lambda g, x, y: (y, x)})
    assert verdict.points == 0.0
    assert not verdict.passed
    assert verdict.misconceptions == ("upstream forgotten",)
    assert verdict.hint.endswith("?")
    assert verdict.criteria[0].max_points == pytest.approx(0.6)
    assert "expected" in verdict.criteria[0].message
    assert json.loads(json.dumps(verdict.to_dict()))["points"] == 0.0
    assert "multiply_backward: 0 of 1 point" in verdict.to_text()


@pytest.mark.sample
def test_plain_text_is_the_points_as_a_plain_float():
    """Stock nbgrader reads partial credit from exactly this, and takes anything else for full marks."""
    for functions in ({}, {"add_backward": lambda g, x, y: (g, g)}, {"add_backward": lambda g, x, y: (g, 0 * g)}):
        text = judge("add_backward", functions)._repr_mimebundle_()["text/plain"]
        assert text == repr(float(text))


@pytest.mark.sample
def test_student_text_is_escaped_in_the_card():
    def add_backward(upstream, x, y):
        raise ValueError("<script>alert(1)</script>")

    card = judge("add_backward", {"add_backward": add_backward}).to_html()
    assert "<script" not in card
    assert "&lt;script" in card


@pytest.mark.sample
def test_part_of_the_result_right_is_part_of_the_points():
    verdict = judge("broadcast_add_backward", {"broadcast_add_backward": lambda g, x, y: (g, g)})
    assert 0 < verdict.points < verdict.max_points


def test_two_mistakes_at_once_are_both_named():
    def sigmoid_circuit_backward(w, x):
        o = sigmoid(w[0] * x[0] + w[1] * x[1] + w[2])
        s = (1 - o) * o
        return np.array([x[0], x[1], 0.0]) * s, np.array([s, s])

    verdict = judge("sigmoid_circuit_backward", {"sigmoid_circuit_backward": sigmoid_circuit_backward})
    assert set(verdict.misconceptions) == {"bias gradient is zero", "input gradients without the weights"}


@pytest.mark.sample
def test_an_uncatalogued_mistake_gets_no_name():
    verdict = judge("add_backward", {"add_backward": lambda g, x, y: (g * 1.01, g + 0.003)})
    assert verdict.points < verdict.max_points
    assert verdict.misconceptions == ()
    assert verdict.hint is None


@pytest.mark.sample
@pytest.mark.parametrize("slip", [1.01, 1.0001])
def test_a_gradient_slightly_off_is_not_right(slip):
    verdict = judge("exp_backward", {"exp_backward": lambda g, x: g * np.exp(x) * slip})
    assert verdict.points == 0.0


@pytest.mark.parametrize(
    "gate",
    [
        lambda g, x: g * sigmoid(x) * (1 - sigmoid(x)) * np.where(np.abs(x) > 5, 1.5, 1.0),  # far from 0 only
        lambda g, x: g * sigmoid(x) * (1 - sigmoid(x)) if np.ndim(x) else 0.0,  # arrays only
        lambda g, x: np.mean(g) * sigmoid(x) * (1 - sigmoid(x)),  # uniform upstream only
        lambda g, x: np.abs(g) * sigmoid(x) * (1 - sigmoid(x)),  # positive upstream only
    ],
)
def test_answers_right_in_some_places_only_do_not_pass(gate):
    assert not judge("sigmoid_backward", {"sigmoid_backward": gate}).passed


def test_a_backward_right_for_the_students_own_wrong_forward_keeps_part():
    functions = {
        "sigmoid_forward": lambda x: np.tanh(x),
        "sigmoid_backward": lambda g, x: g * (1 - np.tanh(x) ** 2),
    }
    verdict = judge("sigmoid_backward", functions)
    assert 0 < verdict.points < verdict.max_points
    assert "your own sigmoid_forward" in verdict.criteria[0].message


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (lambda x: 0 * np.asarray(x, dtype=float), lambda g, x: 0 * g),
        (lambda x: np.ones_like(np.asarray(x, dtype=float)), lambda g, x: 0 * g),
        (lambda x: np.asarray(x, dtype=float), lambda g, x: g),
    ],
)
def test_a_forward_and_a_backward_that_merely_agree_earn_nothing(forward, backward):
    assert judge("sigmoid_backward", {"sigmoid_forward": forward, "sigmoid_backward": backward}).points == 0.0


def huge(g, x, y):
    return np.zeros(10**9, np.int8), np.ones(3)  # no page of it is there before it is looked at


def recursive(g, x, y):
    return recursive(g, x, y)


class Liar:
    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        raise RuntimeError("no")


@pytest.mark.sample
@pytest.mark.parametrize(
    ("returns", "words"),
    [
        (lambda g, x, y: None, "None"),
        (lambda g, x, y: g, "expected 2 values (dx, dy)"),
        (lambda g, x, y: (g, g, g), "returned 3 values; expected 2"),
        (lambda g, x, y: ("g", "g"), "the text 'g'"),
        (lambda g, x, y: (g * np.nan, g), "nan"),
        (lambda g, x, y: (np.array([None, {}], dtype=object), g), "dtype object"),
        (lambda g, x, y: (Liar(), Liar()), "an object of type Liar"),
        (huge, "more than"),
        (recursive, "RecursionError"),
        (lambda g: g, "TypeError"),
        (lambda g, x, y: (g, undefined), "NameError"),  # noqa: F821
        (lambda g, x, y: exit(3), "SystemExit"),
    ],
)
def test_bad_returns_get_a_clear_message(returns, words):
    verdict = judge("add_backward", {"add_backward": returns})
    assert verdict.points < verdict.max_points
    assert words in verdict.criteria[0].message


@pytest.mark.sample
def test_missing_and_uncallable_functions_are_named():
    assert "There is no function add_backward" in judge("add_backward", {}).notice
    assert "There is no function add_backward" in judge("add_backward", {"add_backward": 3.0}).notice
    assert "There is no class MultiplyGate" in judge("MultiplyGate", {}).notice


@pytest.mark.sample
def test_an_unknown_exercise_suggests_the_nearest():
    with pytest.raises(KeyError, match="multiply_backward"):
        judge("mulitply_backward", {})


@pytest.mark.sample
def test_unfinished_functions_and_classes_are_called_so():
    def add_backward(upstream, x, y):
        raise NotImplementedError

    class MultiplyGate:
        def forward(self, x, y):
            raise NotImplementedError

    assert "not filled in yet" in judge("add_backward", {"add_backward": add_backward}).notice
    assert "not filled in yet" in judge("MultiplyGate", {"MultiplyGate": MultiplyGate}).notice


@pytest.mark.sample
def test_printing_warning_and_randomness_cost_nothing(capsys):
    import sys
    import warnings

    def add_backward(upstream, x, y):
        print("hello")
        print("hello", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        np.random.random()
        return upstream, upstream

    assert judge("add_backward", {"add_backward": add_backward}).passed
    assert capsys.readouterr() == ("", "")


@pytest.mark.sample
def test_state_between_calls_costs_points():
    calls = []

    def add_backward(upstream, x, y):
        calls.append(1)
        return (upstream, upstream) if len(calls) < 11 else (upstream * 2, upstream)

    verdict = judge("add_backward", {"add_backward": add_backward})
    assert verdict.points < verdict.max_points
    assert "second time" in verdict.criteria[-1].message


def test_borrowed_functions_earn_nothing_however_they_are_wrapped():
    import nn_lib
    from nn_lib import sigmoid as theirs

    def calls_it(x):
        return theirs(x)

    def through_module(x):
        return nn_lib.sigmoid(x)

    def imports_inside(x):
        from nn_lib import sigmoid as s

        return s(x)

    def helper(x):
        return calls_it(x)

    for function in (theirs, calls_it, through_module, imports_inside, helper, lambda x: helper(x)):
        verdict = judge("sigmoid_forward", {"sigmoid_forward": function})
        assert verdict.points == 0.0
        assert "nn_lib" in verdict.notice


def test_borrowed_functions_earn_nothing_out_of_a_container_or_by_hidden_code():
    import types

    import nn_lib

    tools = {"s": nn_lib.sigmoid}
    anew = types.FunctionType(nn_lib.sigmoid.__code__, {**nn_lib.activations.__dict__, "__name__": "mine"})

    def from_a_dict(x):
        return tools["s"](x)

    def hidden(x):
        return __import__("nn_" + "lib").sigmoid(x)

    def evaluated(x):
        return eval("nn_" + "lib.sigmoid(x)", {"x": x})

    for function in (from_a_dict, hidden, evaluated, lambda x: anew(x)):
        verdict = judge("sigmoid_forward", {"sigmoid_forward": function})
        assert verdict.points == 0.0
        assert "leans on" in verdict.notice


def test_a_notebook_s_own_eval_is_no_hiding_place():
    cells = ["def eval(x):\n    return x", "def f(x):\n    return eval(x)", "def g(x):\n    return exec(x)"]
    assert borrowed_in_source(cells, "f") is None
    assert borrowed_in_source(cells, "g") is None  # a word to the instructor, and no accusation


def test_the_source_tells_of_borrowing_too():
    cells = [
        "from nn_lib import sigmoid as s\nimport numpy as np",
        "def helper(x):\n    return s(x)",
        "def f(x):\n    return helper(x)",
    ]
    assert borrowed_in_source(cells, "f") == "nn_lib"
    assert (
        borrowed_in_source(["import numpy as np", "%matplotlib inline\ndef f(x):\n    return np.tanh(x)"], "f") is None
    )
    assert borrowed_in_source(["def f(x):\n    import torch\n    return x"], "f") == "torch"
    assert borrowed_in_source(["f(", "from nn_lib import relu\nrelu(1.0)\ndef f(x):\n    return x"], "f") is None
    assert borrowed_in_source(["from nn_lib import Gate\nclass f(Gate):\n    pass"], "f") is None


OWN_ALTHOUGH = {
    "a method of a demonstration has the helper's name": [
        "import nn_lib\nclass Demo:\n    def forward(self, x):\n        return nn_lib.AddGate().forward(x, x)",
        "def forward(x):\n    return x\ndef f(x):\n    return forward(x)",
    ],
    "a function within a demonstration has it": [
        "import nn_lib\ndef show():\n    def loss(x):\n        return nn_lib.sigmoid(x)\n    return loss(1.0)",
        "def loss(x):\n    return x\ndef f(x):\n    return loss(x)",
    ],
    "an earlier value of the library's had it": [
        "import nn_lib\nloss = nn_lib.sigmoid(1.0)",
        "def loss(x):\n    return x\ndef f(x):\n    return loss(x)",
    ],
    "it derives from the library's base class by its full name": [
        "import nn_lib as nn, nn_lib.gate",
        "class f(nn.Gate):\n    pass\nclass g(nn_lib.gate.Gate):\n    pass\nf.next = g",
    ],
}


@pytest.mark.parametrize("cells", OWN_ALTHOUGH.values(), ids=OWN_ALTHOUGH)
def test_the_source_accuses_nobody_whose_function_is_their_own(cells):
    assert borrowed_in_source(cells, "f") is None


def test_the_source_tells_of_a_name_that_may_still_be_the_library_s():
    own = "def loss(x):\n    return x"
    assert borrowed_in_source([own, "import nn_lib\nloss = nn_lib.sigmoid", "def f(x):\n    return loss(x)"], "f")
    either = f"import nn_lib\nloss = nn_lib.sigmoid\nif False:\n    {own.replace(chr(10), chr(10) + '    ')}"
    assert borrowed_in_source([either, "def f(x):\n    return loss(x)"], "f") == "nn_lib"
    assert borrowed_in_source(["import nn_lib\nclass f(nn_lib.AddGate):\n    pass"], "f") == "nn_lib"


@pytest.mark.parametrize(
    ("cell", "reaches"),
    [
        ("exec(text)", {"exec"}),
        ("import importlib.util as u", {"importlib.util"}),
        ("f.__code__ = g.__code__", {"__code__"}),
        ("import sys\nsys.modules['nn_lib']", set()),
        ("shutil.copy(nn_lib.__path__[0] + '/arithmetic.py', 'mine.py')", set()),
        ("def f(exec):\n    return exec(1)", set()),
        ("import re, os, sys, inspect\nfrom autograder import check\nre.compile('x'); model.eval()", set()),
        ("import numpy as np\nclass F:\n    def __init__(self):\n        super().__init__()", set()),
    ],
)
def test_the_words_by_which_code_is_hidden_are_found(cell, reaches):
    assert outline_of(cell).reaches == reaches


def test_a_cell_that_reads_the_library_s_base_class_needs_the_import():
    assert "nn" in outline_of("class f(nn.Gate):\n    pass").reads


def test_functions_within_functions_are_read_once():
    nested = "".join(" " * depth + f"def f{depth}():\n" for depth in range(90)) + " " * 90 + "a;" * 45_000
    start = time.process_time()
    outline_of(nested + "\n")
    assert time.process_time() - start < 2


@pytest.mark.sample
def test_an_empty_list_and_an_empty_array_are_two_answers_and_no_crash():
    answers = iter([[]])
    verdict = judge("add_backward", {"add_backward": lambda *given: next(answers, np.zeros(0))})
    assert verdict.points == 0


@pytest.mark.parametrize("indices", [20, 23])
def test_a_huge_index_takes_no_time_or_memory_to_diagnose(indices):
    tracemalloc.start()
    verdict = judge("minibatches", {"minibatches": lambda n, size, rng: [np.full(indices, 5_000_000)]})
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert verdict.points == 0 and verdict.misconceptions
    assert most < 20_000_000


def _tree(depth):
    made = ()
    for _ in range(depth):
        made = (made, made, made)
    return made


@pytest.mark.sample
@pytest.mark.parametrize("returned", [[()] * 3_000_000, _tree(19)], ids=["flat", "deep"])
@pytest.mark.slow
def test_what_holds_nothing_counts_among_what_is_returned(returned):
    verdict = judge("add_backward", {"add_backward": lambda *given: returned})
    assert "200,000 values" in verdict.criteria[0].message


@pytest.mark.sample
def test_the_judge_cannot_tell_where_the_code_runs():
    class Elsewhere(LocalCode):
        """The same protocol, with every outcome made anew."""

        def run(self, steps):
            return [type(o)(o.value, o.error, o.modified, 0.0) for o in super().run(steps)]

    functions = {"add_backward": lambda g, x, y: (g, -g)}
    assert judge("add_backward", Elsewhere(functions)).to_dict() == judge("add_backward", functions).to_dict()


@pytest.mark.sample
def test_lost_answers_are_no_right_answers():
    class Dies(Catalogued):
        def run(self, steps):
            return super().run(steps)[:2]

    exercise = get("add_backward")
    verdict = judge("add_backward", Dies(exercise.code(exercise.reference)))
    assert verdict.points < verdict.max_points


def test_the_judge_imports_neither_jupyter_nor_nbgrader():
    import subprocess
    import sys

    code = (
        "import sys, autograder.judge; "
        "print([m for m in sys.modules if m.split('.')[0] in ('nbgrader', 'IPython', 'jupyter_client', 'nbformat')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_infinity_where_a_number_is_right_is_wrong():
    def overflows(x):
        return np.log(1 + np.exp(x))

    assert not judge("softplus_forward", {"softplus_forward": overflows}).passed


def test_an_endless_loop_is_stopped_and_told_and_not_started_again():
    def endless(x):
        while True:
            pass

    code = LocalCode({"softplus_forward": endless}, call_seconds=0.2)
    verdict = judge("softplus_forward", code)
    assert verdict.points == 0
    assert "took too long" in verdict.to_text()


def test_walking_every_path_is_named_and_keeps_its_other_points():
    def count_paths(successors, source, target):
        if source == target:
            return 1
        return sum(count_paths(successors, after, target) for after in successors[source])

    verdict = judge("count_paths", LocalCode({"count_paths": count_paths}, call_seconds=0.5))
    assert verdict.misconceptions == ("walks every path",)
    assert [c.points for c in verdict.criteria] == [1.5, 0.3, 0.0, 0.6]


def test_a_time_limit_strikes_only_inside_its_block():
    from autograder.student.time_limit import OutOfTime, time_limit

    for _ in range(50):
        try:
            with time_limit(0.001):
                deadline = time.perf_counter() + 0.001
                while time.perf_counter() < deadline:
                    pass
        except OutOfTime:
            pass
    time.sleep(0.01)


def test_gradients_in_one_array_count_like_a_tuple_of_whole_numbers_too():
    def two_path_gradient(r, s):
        return np.array([2 * r * s**2, 2 * r**2 * s])

    assert judge("two_path_gradient", {"two_path_gradient": two_path_gradient}).passed


@pytest.mark.parametrize(
    "returned", [np.zeros((2, 4, 2)), np.zeros(2), [np.zeros(3)], [[], []], (None, None), {"a": 1}]
)
def test_an_array_where_lists_of_arrays_are_asked_for_is_wrong_and_no_crash(returned):
    verdict = judge("mlp_forward", {"mlp_forward": lambda x, weights, biases, activation: returned})
    assert verdict.points == 0
    assert verdict.criteria[0].message


def test_a_parameter_or_local_variable_is_not_the_notebook_s_node_of_the_same_name():
    cells = [
        "from nn_lib import Input, MLP\nx, y, z = Input('x'), Input('y'), Input('z')\nmodel = MLP([2, 2])",
        "def circuit_gradients(x, y, z):\n    return x + y",
        "def train(inputs):\n    model = [inputs]\n    return model",
        "def cheat(v):\n    return model.forward(v)",
        "class Gate:\n    def forward(self, x):\n        Gate.kept = x\n        return x",
    ]
    assert borrowed_in_source(cells, "circuit_gradients") is None
    assert borrowed_in_source(cells, "train") is None
    assert borrowed_in_source(cells, "Gate") is None
    assert borrowed_in_source(cells, "cheat") == "nn_lib"


def test_a_method_that_never_ends_is_no_reason_to_leave_out_another_class_s():
    class Endless:
        def forward(self, x, y):
            while True:
                pass

    class AddGate:
        def forward(self, x, y):
            return x + y

    code = LocalCode({"Endless": Endless, "AddGate": AddGate}, call_seconds=0.2)
    steps = [Step("Endless", keep="a"), Step("a", (1.0, 2.0), "forward"), Step("a", (1.0, 2.0), "forward")]
    outcomes = code.run([*steps, Step("AddGate", keep="b"), Step("b", (1.0, 2.0), "forward")])
    assert [o.error.kind for o in outcomes if o.error] == ["time", "time"]
    assert "not called again" in outcomes[2].error.message
    assert outcomes[4].value == 3.0


def test_a_result_with_other_parts_in_each_probe_earns_nothing_for_a_part():
    """The keys of a dict that depend on what was asked: a wrong key of one probe is none of another's parts."""

    def run_forward(circuit, inputs):
        values = {}
        for name, gate, parents in circuit:
            values[name] = inputs[name] if gate is None else gate.forward(*[values[p] for p in parents[::-1]])
        return values

    verdict = judge("run_forward", {"run_forward": run_forward})
    assert verdict.points == 0.0
    assert verdict.misconceptions == ("parents in reverse",)
