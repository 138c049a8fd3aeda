"""A call written out gives exactly what the judge gave: values, dtype, memory order, read-only flag, functions."""

import re

import numpy as np
import pytest
from conftest import pasted
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.exercises import Formula, FormulaGate, Kept, SeededGenerator, Step, get, the_course
from autograder.judge import judge
from autograder.judge.plan import plan_for
from autograder.judge.spelled import complete, spelled, value_spelled
from autograder.student.given import given_gate, materialise

DTYPES = st.sampled_from(["f8", "f4", "f2", "i8", "i4", "u1", "?"])
ARRAYS = DTYPES.flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3))
)
NUMBERS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())
VALUES = st.recursive(
    st.one_of(NUMBERS, ARRAYS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    max_leaves=6,
)


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        alike = a.shape == b.shape and a.dtype == b.dtype and a.flags.writeable == b.flags.writeable
        return alike and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return a == b or (a != a and b != b)


@given(VALUES)
@settings(max_examples=200, deadline=None)
def test_what_is_written_out_is_the_value(value):
    assert same(eval(value_spelled(value), {"np": np}), value)


@given(arrays.arrays("f8", arrays.array_shapes(min_dims=2, max_dims=4, max_side=3)), st.randoms())
@settings(max_examples=60, deadline=None)
def test_memory_order_and_the_read_only_flag_are_kept(array, random):
    axes = list(range(array.ndim))
    random.shuffle(axes)
    turned = np.array(array.transpose(axes), order="K")
    back = eval(value_spelled(turned), {"np": np})
    assert same(back, turned)
    assert back.flags.f_contiguous == turned.flags.f_contiguous
    turned.flags.writeable = False
    assert not eval(value_spelled(turned), {"np": np}).flags.writeable


def test_functions_gates_and_generators_do_what_the_judge_s_do():
    f = eval(value_spelled(Formula("np.sum(x ** 3) + y", ("x", "y"))), {"np": np})
    assert f(np.array([1.0, 2.0]), 0.5) == 9.5
    gate = FormulaGate(
        Formula("x * y", ("x", "y")), (Formula("u * y", ("u", "x", "y")), Formula("u * x", ("u", "x", "y")))
    )
    made = eval(value_spelled(gate), {"given_gate": given_gate})
    assert made.forward(3.0, -4.0) == -12.0
    assert made.backward(2.0) == [-8.0, 6.0]
    has_run = FormulaGate(gate.forward, gate.backward, ran_with=(3.0, np.array([-4.0, 1.0])))
    for made in (eval(value_spelled(has_run), {"np": np, "given_gate": given_gate}), materialise(has_run)):
        assert [np.asarray(gradient).tolist() for gradient in made.backward(2.0)] == [[-8.0, 2.0], 6.0]
    drawn = eval(value_spelled(SeededGenerator(5)), {"np": np})
    assert drawn.normal() == materialise(SeededGenerator(5)).normal()


def test_a_gate_is_written_by_its_formulas():
    """A student who reads the call must see what the gate does."""
    times = FormulaGate(
        Formula("x * y", ("x", "y")), (Formula("u * y", ("u", "x", "y")), Formula("u * x", ("u", "x", "y")))
    )
    assert value_spelled(times) == "given_gate('x * y', 'u * y', 'u * x')"
    cube = FormulaGate(Formula("v**3", ("v",)), (Formula("dz * 3 * v**2", ("dz", "v")),), ran_with=(2.0,))
    written = value_spelled(cube)
    assert written == "given_gate('v**3', 'dz * 3 * v**2', inputs=('v',), upstream='dz', ran_with=(2.0,))"
    assert eval(written, {"given_gate": given_gate}).backward(1.0) == [12.0]
    names = {"run": lambda gate: gate.forward(3.0, 4.0)}
    exec(complete(f"result = run({value_spelled(times)})"), names)
    assert names["result"] == 12.0
    assert complete("f(1.0)") == "f(1.0)"
    with pytest.raises(TypeError, match="same inputs"):
        value_spelled(FormulaGate(Formula("x", ("x",)), (Formula("u", ("u", "y")),)))


def test_several_calls_are_lines_and_the_last_one_shows_their_values():
    class Gate:
        def forward(self, x):
            self.x = x
            return x

        def backward(self, upstream):
            return upstream * self.x

    def twice(gate):
        return 2 * gate.x

    steps = [
        Step("Gate", (), keep="g#3"),
        Step("g#3", (3.0,), "forward"),
        Step("Gate", (), keep="other gate"),
        Step("other gate", (5.0,), "forward"),
        Step("g#3", (2.0,), "backward"),
        Step("twice", (Kept("other gate"),)),
    ]
    text = spelled(steps)
    assert text == (
        "g = Gate()\ng.forward(3.0)\nother_gate = Gate()\n(other_gate.forward(5.0), g.backward(2.0), twice(other_gate))"
    )
    assert pasted(text, {"Gate": Gate, "twice": twice}) == (5.0, 6.0, 10.0)


def test_operators_and_attributes_are_written_as_one_writes_them():
    steps = [
        Step("Tensor", (2.0,), keep="x"),
        Step("x", (3.5,), "__rsub__", keep="a"),
        Step("a", (Kept("x"),), "__mul__", keep="b"),
        Step("b", (), "__neg__", keep="c"),
        Step("c", (), "backward"),
        Step("x", ("grad",), "__getattribute__"),
        Step("c", (), "__len__"),
    ]
    assert spelled(steps) == "x = Tensor(2.0)\nc = (-((3.5 - x) * x))\n(c.backward(), x.grad, len(c))"


def test_what_is_made_before_a_call_that_may_change_it_stays_where_it_was_made():
    """Between the making of `a` and its use stands a call: written out at its use, it would be made too late."""
    steps = [
        Step("Box", (1.0,), keep="x"),
        Step("x", ("items",), "__getattribute__", keep="a"),
        Step("x", (), "clear"),
        Step("a", (), "__len__"),
    ]
    assert spelled(steps) == "x = Box(1.0)\na = x.items\n(x.clear(), len(a))"


@pytest.mark.parametrize("name", the_course().exercises)
def test_the_smallest_call_of_every_exercise_can_be_pasted(name):
    texts = [spelled(probe.steps) for probe in plan_for(name, 5).probes]
    for text in texts:
        if text is not None:
            compile(complete(text), "<cell>", "exec")
            assert not name[0].isupper() or "lambda" not in text
    assert any(texts) or name == "train"  # a network is trained on more numbers than anybody pastes


def test_what_nobody_would_paste_is_not_written_out():
    assert spelled([Step("f", (np.zeros(5000),))]) is None


def test_calls_on_what_the_call_before_gave_are_written_as_a_student_writes_them():
    chain = [
        Step("activation", ("relu",), keep="pair"),
        Step("pair", (1,), "__getitem__", keep="function"),
        Step("function", (np.array([2.0]),), "__call__"),
    ]
    assert spelled(chain) == "activation('relu')[1](np.array([2.0]))"
    assert spelled([Step("Gate", (), keep="g"), Step("g", (2.0,), "forward")]) == "Gate().forward(2.0)"
    both = [Step("Gate", (), keep="g"), Step("g", (2.0,), "forward"), Step("g", (1.0,), "backward")]
    assert spelled(both) == "g = Gate()\n(g.forward(2.0), g.backward(1.0))"
    again = [*both, Step("g", (np.arange(9.0) * 1.5,), "forward"), Step("g", (np.arange(9.0) * 2.5,), "backward")]
    assert spelled(again).splitlines()[1:3] == ["(", "    g.forward(2.0),"]


def test_a_kept_answer_is_shown_by_two_calls_that_show_it_anywhere():
    def fresh():
        cache = {}

        def fc_forward(x, W, b):
            key = x.tobytes()
            if key not in cache:
                cache[key] = x @ W.T + b
            return cache[key]

        return fc_forward

    verdict = judge("fc_forward", {"fc_forward": fresh()}, 3)
    first, second = pasted(verdict.call, {"np": np, "fc_forward": fresh()})
    assert np.array_equal(first, second)


def test_a_write_into_an_argument_is_shown_beside_the_argument():
    def relu_forward(x):
        x[x < 0] = 0
        return x

    verdict = judge("relu_forward", {"relu_forward": relu_forward}, 3)
    _, afterwards = pasted(verdict.call, {"np": np, "relu_forward": relu_forward})
    assert (afterwards >= 0).all()
    assert "-" in verdict.call


@pytest.mark.parametrize("name", ["sgd_step", "momentum_step"])
def test_lists_of_layers_get_shorter_too(name):
    wrong = {
        "sgd_step": lambda p, g, rate: [a + rate * b for a, b in zip(p, g, strict=True)],
        "momentum_step": lambda p, g, v, rate, m: ([a - rate * b for a, b in zip(p, g, strict=True)], v),
    }
    call = judge(name, {name: wrong[name]}, 3, explain=1e-9).call
    assert len(re.findall(r"\d+\.?\d*", call)) <= 12
    assert "-0.0]" not in call


def test_training_is_shown_on_a_few_examples():
    exercise = get("train")
    wrong = next(iter(exercise.answers.wrong.values()))
    wrong = exercise.code(wrong[0] if isinstance(wrong, list) else wrong)
    call = judge("train", wrong, 3, explain=1e-9).call
    assert len(eval(call, {"np": np, **wrong})) in (1, 2)
