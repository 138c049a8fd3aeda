"""What is right is right in every dtype; what is wrong is wrong in every dtype; and nothing breaks the judge."""

import graphlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.exercises import get, the_course
from autograder.judge import judge
from autograder.judge.mutation import Catalogued
from autograder.judge.plan import plan_for

SEEDS = st.integers(0, 10_000)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def single(value):
    """The value with every floating-point number in float32."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(single, value))
    if isinstance(value, dict):
        return {key: single(item) for key, item in value.items()}
    if isinstance(value, (float, np.floating)) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return np.asarray(value, np.float32)[()]
    return value


def scaled(value, factor):
    if isinstance(value, (tuple, list)):
        return type(value)(scaled(item, factor) for item in value)
    return value * factor


def in_float64(logits, labels):
    p = softmax(np.asarray(logits, np.float64))
    p[np.arange(len(p)), labels] -= 1
    return p / len(p)


def other_probabilities(logits, labels):
    p = softmax(logits)
    rows = np.arange(len(p))
    p[rows, labels] = 0
    p[rows, labels] = -p.sum(axis=1)
    return p / len(p)


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS)
def test_an_answer_better_than_float32_is_right_for_a_float32_probe(seed):
    for answer in (in_float64, other_probabilities):
        assert judge("softmax_cross_entropy_backward", {"softmax_cross_entropy_backward": answer}, seed).passed


@pytest.mark.sample
@settings(max_examples=12, deadline=None)
@given(seed=SEEDS)
def test_results_in_float32_are_right_where_their_only_fault_is_rounding(seed):
    def max_backward(upstream, x, y):
        first = (np.asarray(x) > np.asarray(y)).astype(np.float32)
        return np.float32(upstream) * first, np.float32(upstream) * (1 - first)

    assert judge("max_backward", {"max_backward": max_backward}, seed).passed


FUNCTIONS = ["tanh_backward", "sigmoid_forward", "softplus_forward", "fc_backward", "max_backward", "hidden_delta"]


LITTLE_IS_LEFT = [  # beside 0 a 1 cancels; logits of hundreds, and what is made of them; a chain that is steep
    *(("tanh_from_sigmoid", 9), ("tanh_from_sigmoid", 17), ("tanh_from_sigmoid", 24), ("softmax_backward", 12)),
    *(("mlp_backward", 12), ("mlp_backward", 26), ("composition_derivative", 36), ("nested_derivative", 36)),
    *(("repaired_backward_a", 45), ("sigmoid_perceptron_gradient", 21)),
]


@pytest.mark.parametrize(
    ("name", "seed"), [*((name, seed) for seed in range(5) for name in FUNCTIONS), *LITTLE_IS_LEFT]
)
def test_right_variants_in_float32_from_start_to_end_are_right(name, seed):
    exercise = get(name)
    for variant in (exercise.reference, *exercise.right):
        code = dict(exercise.code(variant))
        function = code[name]
        code[name] = lambda *given, function=function: single(function(*map(single, given)))
        verdict = judge(name, Catalogued(code), seed)
        assert verdict.passed, verdict.to_text()


@pytest.mark.parametrize("name", [*FUNCTIONS, "tanh_from_sigmoid", "softmax_backward", "nested_derivative"])
@pytest.mark.parametrize("cast", [single, lambda value: value])
def test_one_in_five_thousand_too_much_is_wrong_in_every_dtype(name, cast):
    reference = get(name).reference
    off = {name: lambda *given: cast(scaled(reference(*given), 1 + 1.9e-4))}
    assert judge(name, Catalogued(off), 3).points == 0


@pytest.mark.parametrize("name", ["relu_backward", "sgd_step", "fc_forward", "MultiplyGate"])
def test_the_reference_answers_in_float64_whatever_the_probe(name):
    plan = plan_for(name, 1)
    found = [o.value for outcomes in plan.expected for o in outcomes if isinstance(o.value, np.ndarray)]
    assert all(value.dtype != np.float32 for value in found)


@pytest.mark.parametrize("dtype", [np.longdouble, complex, object])
def test_an_answer_of_another_dtype_is_told_which_are_taken(dtype):
    verdict = judge("tanh_backward", {"tanh_backward": lambda g, x: g * (1 - np.tanh(x) ** 2) * np.ones(1, dtype)})
    assert not verdict.passed
    assert "float64, float32" in verdict.criteria[0].message
    verdict = judge("circuit_gradients", {"circuit_gradients": lambda x, y, z: dict.fromkeys(["q", "f"], 1j)})
    assert not verdict.passed


def test_an_exception_derived_from_the_one_asked_for_is_that_one():
    def topological_order(successors):
        return list(graphlib.TopologicalSorter(successors).static_order())[::-1]

    assert judge("topological_order", {"topological_order": topological_order}).passed


def test_an_exception_of_another_kind_is_not_the_one_asked_for():
    def directional_derivative(gradient, direction):
        length = math.hypot(*map(float, direction))
        if length == 0:
            return undefined  # noqa: F821
        return float(np.dot(gradient, direction)) / length

    verdict = judge("directional_derivative", {"directional_derivative": directional_derivative})
    assert not verdict.passed
    assert "ValueError" in verdict.to_text()


# --- whatever is returned or raised -----------------------------------------------------------------------------------


class Subclass(np.ndarray):
    def __array_finalize__(self, made_from):
        pass

    def __getattribute__(self, name):
        raise RuntimeError("no")

    def __eq__(self, other):
        raise RuntimeError("no")

    __hash__ = None


class Disguised:
    @property
    def __class__(self):
        raise RuntimeError("no")


class Text(str):
    def __getitem__(self, place):
        raise RuntimeError("no")


class Unspeakable(Exception):
    def __str__(self):
        raise SystemExit

    __repr__ = __str__


class Uncut(Exception):
    def __str__(self):
        return Text("words")


class Hidden(Exception):
    @property
    def __traceback__(self):
        raise RuntimeError("no")

    @property
    def __class__(self):
        raise RuntimeError("no")


class Nameless(type):
    @property
    def __name__(cls):
        raise RuntimeError("no")

    def __instancecheck__(cls, thing):
        raise RuntimeError("no")


class Anonymous(Exception, metaclass=Nameless):
    pass


ODD = [
    np.ones(3).view(Subclass),
    Disguised(),
    Text("words"),
    {Text("key"): 1.0, Disguised: 2.0, (): 3.0},
    np.ma.masked_array([1.0, 2.0], [True, False]),
    np.array(3, dtype="M8[s]"),
    np.zeros(2, dtype=[("a", float)]),
    np.array(["a", "b"]),
    np.longdouble(1),
    2**70,
    float("nan"),
    range(3),
    iter([1.0]),
    len,
    ...,
]
RAISED = [
    *(Unspeakable(), Uncut(), Hidden(), Anonymous(), SystemExit(3), GeneratorExit(), MemoryError(), RecursionError()),
    *(
        BaseException("all"),
        StopIteration(),
        BaseExceptionGroup("more", [ValueError()]),
        UnicodeDecodeError("u", b"", 0, 1, ""),
    ),
]


class Odd:
    """Stands for one of the odd things, which hypothesis could not even print."""

    def __init__(self, number):
        self.number = number

    def __repr__(self):
        return f"ODD[{self.number}]"


def real(value):
    if isinstance(value, Odd):
        return ODD[value.number]
    if isinstance(value, (tuple, list)):
        return type(value)(map(real, value))
    return {key: real(item) for key, item in value.items()} if isinstance(value, dict) else value


NUMBERS = st.floats() | st.integers() | st.booleans() | st.complex_numbers() | st.none() | st.text(max_size=3)
ARRAYS = arrays.arrays(
    st.sampled_from([np.float64, np.float32, np.float16, np.int8, np.uint64, bool, complex]),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
)
ANYTHING = st.recursive(
    NUMBERS | ARRAYS | st.builds(Odd, st.integers(0, len(ODD) - 1)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.tuples(inner, inner, inner)
        | st.dictionaries(st.text(max_size=2) | st.sampled_from(["q", "f", "df_dx", "dx", 1]), inner, max_size=3)
    ),
    max_leaves=6,
)
# The cheap ones: what is judged is what comes back, and the judge takes it apart in the same way for all.
CHEAP = [e.name for e in the_course().exercises.values() if e.name not in ("topological_order", "train", "count_paths")]


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(CHEAP), returned=ANYTHING, seed=st.integers(0, 3))
def test_nothing_returned_breaks_the_judge(name, returned, seed):
    exercise, returned = get(name), real(returned)
    made = type("Made", (), {"forward": lambda *given: returned, "backward": lambda *given: returned})
    answers = dict.fromkeys(exercise.functions, made if name[0].isupper() else lambda *given: returned)
    if exercise.forward:
        answers[exercise.forward] = get(exercise.forward).reference
    verdict = judge(name, answers, seed)
    verdict.to_html(), verdict.to_text(), verdict.to_dict()
    assert 0 <= verdict.points <= verdict.max_points


@settings(max_examples=50, deadline=None)
@given(name=st.sampled_from(CHEAP), number=st.integers(0, len(RAISED) - 1), after=st.integers(0, 3))
def test_nothing_raised_breaks_the_judge(name, number, after):
    calls = []

    def raises(*given):
        calls.append(given)
        if len(calls) > after:
            raise RAISED[number]
        return given[0] if given else None

    assert judge(name, dict.fromkeys(get(name).functions, raises)).points < get(name).points


@settings(max_examples=50, deadline=None)
@given(name=st.sampled_from(CHEAP), extra=ANYTHING, first=st.booleans(), seed=st.integers(0, 3))
def test_a_right_answer_with_something_beside_it_breaks_nothing(name, extra, first, seed):
    exercise, extra = get(name), real(extra)
    code = dict(exercise.code(exercise.reference))
    if exercise.forward:
        code[exercise.forward] = get(exercise.forward).reference
    function = code[name]
    if not isinstance(function, type):
        code[name] = lambda *given: (function(*given), extra) if first else (extra, function(*given))
    assert 0 <= judge(name, Catalogued(code), seed).points <= exercise.points


# --- a gradient that is measured and not derived ---------------------------------------------------------------------


def measured(f, g, x, h):
    x = np.array(x, dtype=float)
    found = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + h
        above = np.sum(g * f(x))
        x[index] = kept - h
        found[index] = (above - np.sum(g * f(x))) / (2 * h)
        x[index] = kept
    return found


def inline(upstream, x):
    h = 1e-6
    return upstream * (np.tanh(x + h) - np.tanh(x - h)) / (2 * h)


def layer(upstream, x, W, b):
    return (
        measured(lambda v: v @ W.T + b, upstream, x, 1e-5),
        measured(lambda v: x @ v.T + b, upstream, W, 1e-5),
        measured(lambda v: x @ W.T + v, upstream, b, 1e-5),
    )


MEASURED = {
    "tanh_backward": inline,
    "softmax_backward": lambda g, z: measured(softmax, g, z, 1e-5),
    "fc_backward": layer,
    "softmax_cross_entropy_backward": lambda z, y: measured(
        lambda v: -np.mean(np.log(softmax(v)[np.arange(len(y)), y])), 1.0, z, 1e-6
    ),
    "polynomial_derivative": lambda x: (
        ((5 * (x + 1e-6) ** 4 + 2 * (x + 1e-6) ** 3) - (5 * (x - 1e-6) ** 4 + 2 * (x - 1e-6) ** 3)) / 2e-6
    ),
}


@pytest.mark.parametrize("name", MEASURED)
def test_a_difference_quotient_in_place_of_a_gradient_costs_points_and_is_told(name):
    for seed in range(3):
        verdict = judge(name, {name: MEASURED[name]}, seed)
        assert verdict.points < verdict.max_points
        if verdict.criteria[0].points == verdict.criteria[0].max_points and name != "polynomial_derivative":
            assert verdict.misconceptions == ("finite difference in place of the formula",)
            assert verdict.call


def jacobian_of_each_row(upstream, logits):
    h = 1e-5

    def jacobian(row):
        return np.array([(softmax(row + h * e) - softmax(row - h * e))[0] / (2 * h) for e in np.eye(row.size)])

    rows = zip(np.asarray(logits, dtype=float), np.asarray(upstream, dtype=float), strict=True)
    return np.array([jacobian(row[None]) @ g for row, g in rows])


def extrapolated(upstream, logits):
    def quotient(h):
        logits_, found = np.asarray(logits, dtype=float), np.empty(np.shape(logits))
        for j in range(found.shape[1]):
            step = np.zeros(found.shape)
            step[:, j] = h
            found[:, j] = ((softmax(logits_ + step) - softmax(logits_ - step)) * upstream).sum(axis=1) / (2 * h)
        return found

    return (4 * quotient(5e-4) - quotient(1e-3)) / 3


def times_a_large_number(upstream, logits):
    logits, found = np.asarray(logits, dtype=float), np.empty(np.shape(logits))
    for j in range(found.shape[1]):
        up, down = logits.copy(), logits.copy()
        up[:, j] += 1e-6
        down[:, j] -= 1e-6
        found[:, j] = ((softmax(up) - softmax(down)) * upstream).sum(axis=1) * 0.5e6
    return found


@pytest.mark.parametrize("answer", [jacobian_of_each_row, extrapolated, times_a_large_number])
def test_a_difference_quotient_is_found_row_by_row_and_however_it_is_written(answer):
    for seed in range(3):
        verdict = judge("softmax_backward", {"softmax_backward": answer}, seed)
        assert verdict.points < verdict.max_points
        assert verdict.misconceptions == ("finite difference in place of the formula",)


def test_a_quotient_that_is_only_there_to_check_costs_nothing():
    def tanh_backward(upstream, x):
        slope = 1 - np.tanh(x) ** 2
        assert np.allclose(inline(1.0, np.asarray(x, float)), slope, atol=1e-3)
        return upstream * slope

    assert judge("tanh_backward", {"tanh_backward": tanh_backward}).passed


@pytest.mark.parametrize("ulps", [-4, -1, 0, 1, 4])
@pytest.mark.parametrize("seed", [0, 2, 36])
def test_an_exponential_may_be_off_by_the_rounding_of_what_it_is_taken_of(ulps, seed):
    def circuit(w, x):
        w, x = np.float32(w), np.float32(x)
        a, b = w[0] * x[0], w[1] * x[1]
        d = a + b + w[2]
        e = -d + np.float32(ulps) * np.spacing(np.abs(d))  # as another machine's exponential may see it
        g = np.exp(e)
        return {"a": a, "b": b, "c": a + b, "d": d, "e": e, "g": g, "h": 1 + g, "o": 1 / (1 + g)}

    verdict = judge("sigmoid_circuit_forward", {"sigmoid_circuit_forward": circuit}, seed, explain=None)
    assert verdict.passed, verdict.to_text()


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_the_wires_of_the_circuit_may_be_found_from_its_output(seed):
    def from_the_output(w, x):
        o = 0.5 * (1 + np.tanh(0.5 * (w[:2] @ x + w[2])))
        d = np.log(o) - np.log1p(-o)
        before = {"a": w[0] * x[0], "b": w[1] * x[1], "c": d - w[2], "d": d}
        return {**before, "e": -d, "g": (1 - o) / o, "h": 1 / o, "o": o}

    verdict = judge("sigmoid_circuit_forward", {"sigmoid_circuit_forward": from_the_output}, seed, explain=None)
    assert verdict.passed, verdict.to_text()
