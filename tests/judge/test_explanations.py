"""What is said about where an answer is wrong is true; the call that is shown fails, is small, and can be pasted."""

import ast
import re

import numpy as np
import pytest

from autograder.exercises import get, the_course
from autograder.judge import decide, judge
from autograder.judge.budget import Budget
from autograder.judge.comparison import Difference
from autograder.judge.diagnosis import diagnose
from autograder.judge.explanation import example, pattern_of
from autograder.judge.mutation import Catalogued
from autograder.judge.place import place
from autograder.judge.plan import perform_probes, plan_for
from autograder.judge.shrink import ENOUGH
from autograder.judge.tolerance import floats_within
from autograder.student.local import LocalCode
from autograder.student.steps import Outcome


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch):
    """What is said here is said on a busy machine, too."""
    monkeypatch.setattr(decide, "PLACE_SECONDS", 60.0)


def s(x):
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(x)))


def verdict_of(name, answer, seed=3):
    return judge(name, {name: answer}, seed, explain=0.0)


def descended_late(gradient, start, learning_rate, steps):
    points = [np.array(start, dtype=float)]
    for _ in range(steps):
        points.append(points[-1] - learning_rate * gradient(points[-1]))
    return np.array(points)[1:]


SENTENCES = [
    ("relu_backward", lambda g, x: np.abs(g) * (x > 0), "|upstream| in place of upstream"),
    ("sigmoid_backward", lambda g, x: 3 * g * s(x) * (1 - s(x)), "3 times the right one"),
    ("sigmoid_backward", lambda g, x: -g * s(x) * (1 - s(x)), "wrong sign"),
    ("sigmoid_backward", lambda g, x: 0 * g, "0 everywhere"),
    (
        "fc_backward",
        lambda g, x, W, b: (g @ W, g.T @ x / len(x), g.sum(0)),
        "dW is the right one divided by the number",
    ),
    ("fc_backward", lambda g, x, W, b: (g @ W, x.T @ g, g.sum(0)), "dW is the right one, transposed"),
    ("fc_backward", lambda g, x, W, b: (g @ W, g.T @ x, b), "db is b, unchanged"),
    (
        "softplus_forward",
        lambda x: np.logaddexp(0, x) * np.where(np.sin(9 * np.asarray(x)) < 0, -1, 1),
        "has the right size everywhere; some of its signs",
    ),
    ("sigmoid_forward", lambda x: s(-np.asarray(x)), "for -x in place of x"),
    (
        "tanh_backward",
        lambda g, x: g * (1 - np.tanh(x) ** 2) * (1 + 0.01 * np.sin(x)),
        "is nearly right",
    ),
    ("fc_backward", lambda g, x, W, b: (g @ W, g.T @ x, g), "db is not summed over its rows yet"),
    (
        "squared_error_backward",
        lambda p, t: (p - t) / len(p) * np.arange(1, len(p) + 1)[:, None],
        "a different one for each row",
    ),
    (
        "descent_path",
        descended_late,
        "the first entry of the result is missing",
    ),
    ("flatten_forward", lambda x: x.reshape(len(x), -1)[:, ::-1], "holds what it should, in another order"),
    ("l2_penalty", lambda w, alpha: 0.5 * sum(np.sum(x**2) for x in w), "ones in place of alpha"),
]


@pytest.mark.parametrize(("name", "answer", "words"), SENTENCES)
@pytest.mark.parametrize("seed", [0, 3])
def test_a_sentence_says_where_it_is_wrong(name, answer, words, seed):
    said = verdict_of(name, answer, seed).pattern
    if name == "l2_penalty":
        assert said is not None
        return
    assert said is not None
    assert words in said


def test_a_region_is_named_when_it_parts_wrong_from_right():
    said = verdict_of("tanh_backward", lambda g, x: np.where(np.asarray(x) < 0, 7.0, g * (1 - np.tanh(x) ** 2))).pattern
    assert said is not None
    assert "exactly where x < 0" in said


def test_a_function_that_was_returned_is_named_as_it_is_called():
    right = get("activation").reference

    def doubled(name):
        value, slope = right(name)
        return value, (lambda x: 2 * slope(x)) if name == "softsign" else slope

    verdict = verdict_of("activation", doubled)
    assert verdict.pattern is not None
    assert "activation('softsign')[1] is 2 times the right one" in verdict.pattern
    assert verdict.call is not None
    assert verdict.call.startswith("activation('softsign')[1](np.array([")


def test_a_region_that_is_the_whole_task_is_not_worth_a_sentence():
    """After no steps at all w is still 0: that it is wrong wherever there were steps says nothing."""
    exercise = get("train_neuron")
    for mistake in exercise.mistakes:
        if mistake.wrong is not None and not mistake.generic:
            said = judge(
                "train_neuron", Catalogued({**exercise.code(exercise.reference), "train_neuron": mistake.wrong}), 3
            )
            assert "steps > 0" not in (said.pattern or ""), mistake.name


def test_yes_in_place_of_no_and_never_the_other_way_round():
    right = get("gradient_check").reference
    lax = Catalogued({"gradient_check": lambda f, b, x: right(f, b, x, tolerance=0.015)})
    said = judge("gradient_check", lax, 3, explain=0.0).pattern
    assert said is not None
    assert "it says True where False is right" in said


def test_one_factor_for_all_rows_of_a_call_is_none_of_a_row_s():
    """Divided by the columns and not by the rows: another factor for each shape, and one for all rows of it."""
    said = verdict_of("squared_error_backward", lambda p, t: (p - t) / p.shape[1]).pattern
    assert "each row" not in (said or "") and "each column" not in (said or "")


def test_what_may_be_so_by_chance_is_left_out_where_there_is_a_name():
    plan = plan_for("stack_gradients", 3)
    mistake = next(m for m in plan.exercise.mistakes if m.name == "slope taken at the activation")
    code = LocalCode(plan.exercise.code(mistake.wrong))
    answers = perform_probes(code, plan.probes)
    nothing: list[list[Difference]] = [[] for _ in plan.probes]
    assert "absolute value" in (pattern_of(plan, answers, nothing, Budget(60.0)) or "")
    assert "absolute value" not in (pattern_of(plan, answers, nothing, Budget(60.0), named=True) or "")


def test_what_goes_wrong_alone_is_told_by_its_name():
    right = get("directional_derivative").reference

    def lenient(gradient, direction):
        return right(gradient, direction) if np.any(direction) else -1.0

    assert verdict_of("directional_derivative", lenient).pattern == (
        "of the cases that the check tries, only these fail: a direction of length 0."
    )


def test_of_calls_that_ran_out_of_time_nothing_is_said():
    def slow(successors, source, target):
        if len(successors) > 100:
            while True:
                pass
        return get("count_paths").reference(successors, source, target) + (source == target)

    verdict = judge("count_paths", LocalCode({"count_paths": slow}, 0.2), 3, explain=0.0)
    assert verdict.pattern is None or "right for all others" not in verdict.pattern


def test_every_stage_of_an_explanation_ends_with_its_budget():
    plan = plan_for("tanh_backward", 3)
    calls = []

    def doubled(upstream, x):
        calls.append(np.size(x))
        return 2 * upstream * (1 - np.tanh(x) ** 2)

    code = LocalCode({"tanh_backward": doubled})
    answers = perform_probes(code, plan.probes)
    over = Budget(0.0)
    findings = [[Difference("", "wrong")] for _ in plan.probes]
    many = len(calls)
    assert pattern_of(plan, answers, findings, over) is None
    assert diagnose(plan, answers, findings, code.run, over)[0] == ("factor 2",)  # a name says most, and is never cut
    assert example(plan, code, answers, range(len(plan.probes)), over).call is not None
    assert place(plan, code, [*answers, answers[0]], over) is None
    assert len(calls) == many


def test_a_smaller_call_that_never_ends_is_stopped():
    """What is right for many rows may hang for one: no call of an explanation outlasts it."""

    def hangs(upstream, x, W, b):
        while len(upstream) < 2:
            pass
        return upstream @ W, upstream.T @ x, upstream.sum(axis=0) + 1

    plan = plan_for("fc_backward", 3)
    large = [number for number, probe in enumerate(plan.probes) if len(probe.steps[0].args[0]) > 2]
    answers = [
        perform_probes(LocalCode({"fc_backward": hangs}), [p])[0] if i in large else [Outcome()]
        for i, p in enumerate(plan.probes)
    ]
    assert example(plan, LocalCode({"fc_backward": hangs}), answers, large[:1], Budget(0.3)).call is not None


def test_nothing_is_claimed_where_nothing_is_true():
    assert verdict_of("tanh_backward", lambda g, x: g * np.cos(x) + 0.1).pattern is None
    right = verdict_of("tanh_backward", lambda g, x: g / np.cosh(np.clip(x, -300, 300)) ** 2)
    assert (right.pattern, right.call, right.place) == (None, None, None)


WRONG = {
    "fc_backward": lambda upstream, x, W, b: (upstream @ W, upstream.T @ x, upstream.sum(axis=0) + 1),
    "softmax_backward": lambda upstream, logits: upstream,
    "relu_backward": lambda upstream, x: upstream * (x > 0.3),
    "kl_divergence": lambda p, q: 0.125,
    "momentum_step": lambda p, g, v, rate, mu: ([a + b for a, b in zip(p, v, strict=True)], v),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_call_fails_as_the_message_says_and_is_small(name):
    verdict = verdict_of(name, WRONG[name])
    given = []

    def spy(*arguments):
        given.extend(arguments)
        return WRONG[name](*arguments)

    value = eval(verdict.call, {"np": np, name: spy})
    assert value is not None
    numbers = sum(
        np.size(item) for argument in given for item in (argument if isinstance(argument, list) else [argument])
    )
    assert numbers <= ENOUGH + (12 if name == "momentum_step" else 0)
    assert len(verdict.call) < 400
    assert any(criterion.message for criterion in verdict.criteria)


def test_what_is_not_reached_is_said_to_be_so():
    verdict = verdict_of("relu_backward", lambda g, x: g)
    assert [criterion.tested for criterion in verdict.criteria] == [True, False, False]
    assert "not reached" in verdict.to_text()
    assert "–" in verdict.to_html()
    assert verdict.to_dict()["criteria"][1]["tested"] is False


def test_a_memory_is_shown_by_calls_that_differ():
    def remembers():
        seen = set()

        def relu_forward(x):
            again = np.asarray(x).tobytes() in seen
            seen.add(np.asarray(x).tobytes())
            return np.maximum(x, 0) + again

        return relu_forward

    verdict = judge("relu_forward", {"relu_forward": remembers()}, 3, explain=0.0)
    assert not verdict.passed
    first, second = eval(verdict.call, {"np": np, "relu_forward": remembers()})
    assert not np.array_equal(first, second)


def soft(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def five_rows(logits, labels):
    d = soft(logits)
    d[np.arange(len(labels)), labels] -= 1
    d /= len(labels)
    d[2:] *= 1.5
    return d


def test_nothing_is_carried_on_from_a_right_forward_or_from_a_nonsense_one():
    def loss(logits, labels):
        return -np.mean(np.log(soft(logits)[np.arange(len(labels)), labels]))

    answers = {"softmax_cross_entropy_backward": five_rows, "softmax_cross_entropy_forward": loss}
    verdict = judge("softmax_cross_entropy_backward", answers, 3, explain=None)
    assert "right for your own" not in verdict.to_text()
    nonsense = {"sigmoid_forward": lambda x: 2 * np.asarray(x), "sigmoid_backward": lambda upstream, x: 2 * upstream}
    assert judge("sigmoid_backward", nonsense, 3, explain=None).points == 0


def test_a_gradient_of_a_forward_that_is_a_known_mistake_keeps_half():
    answers = {
        "softmax_cross_entropy_forward": lambda logits, labels: (
            -np.sum(np.log(soft(logits)[np.arange(len(labels)), labels]))
        ),
        "softmax_cross_entropy_backward": lambda logits, labels: soft(logits) - np.eye(logits.shape[1])[labels],
    }
    verdict = judge("softmax_cross_entropy_backward", answers, 3, explain=None)
    assert verdict.points > 0
    assert "right for your own softmax_cross_entropy_forward" in verdict.to_text()


def test_a_wrong_shape_is_no_factor_and_no_exchange():
    kept = judge(
        "fc_backward",
        {"fc_backward": lambda u, x, W, b: (u @ W, u.T @ x, u.sum(axis=0, keepdims=True))},
        explain=1e-9,
    )
    assert "in another shape" in kept.pattern

    class SumsNothing:
        def forward(self, x, y):
            return x + y

        def backward(self, upstream):
            return upstream, upstream

    spread = judge("AddGate", {"AddGate": SumsNothing}, explain=1e-9)
    assert "holds what belongs" not in (spread.pattern or "")
    exchanged = judge("fc_backward", {"fc_backward": lambda u, x, W, b: (u @ W, u.sum(axis=0), u.T @ x)}, explain=1e-9)
    assert "holds what belongs in" in exchanged.pattern


def test_what_holds_another_part_is_told_from_an_exchange():
    def circuit_gradients(x, y, z):
        return {"q": x + y, "f": (x + y) * z, "df_dq": x + y, "df_dx": z, "df_dy": z, "df_dz": x + y}

    verdict = judge("circuit_gradients", {"circuit_gradients": circuit_gradients}, explain=1e-9)
    assert verdict.pattern == "df_dq holds the value of q."


def test_a_vector_has_entries_and_no_rows():
    def sigmoid_circuit_backward(w, x):
        o = 1 / (1 + np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))
        return o * (1 - o) * np.array([x[0], x[1], 0.3]), o * (1 - o) * np.array([w[0], w[1]])

    verdict = judge("sigmoid_circuit_backward", {"sigmoid_circuit_backward": sigmoid_circuit_backward}, explain=1e-9)
    assert verdict.pattern == "dw is wrong in the last entry only, and right everywhere else."


def test_parts_that_differ_from_call_to_call_are_no_exchange():
    """The names of a circuit differ: as many calls have a q as have a z, and they are not the same calls."""

    def run_forward(circuit, inputs):
        values = dict(inputs)
        for name, gate, parents in circuit:
            if gate is not None:
                values[name] = gate.forward(*[values[parent] for parent in parents[::-1]])
        return values

    verdict = judge("run_forward", {"run_forward": run_forward}, 852599, explain=1e-9)
    assert verdict.misconceptions == ("parents in reverse",)


def test_what_else_is_wrong_is_said_by_its_name():
    right = get("activation").reference

    def activation(name):
        value, slope = right(name)
        return value, (lambda x: 2 * slope(x)) if name in ("elu", "softsign", "tanh") else slope

    verdict = judge("activation", {"activation": activation}, 3, explain=None)
    told = verdict.criteria[0].message.splitlines()
    assert len(told) == 2
    assert sum(name in told[1] for name in ("elu", "softsign", "tanh")) == 2 and told[1].startswith("also wrong: ")


def test_what_is_not_answered_yet_is_no_mistake():
    def relu_forward(x):
        raise NotImplementedError

    for names in ({"relu_forward": relu_forward}, {}):
        verdict = judge("relu_forward", names)
        assert not verdict.answered and verdict.to_dict()["answered"] is False
        assert "bp-empty" in verdict.to_html() and "bp-wrong" not in verdict.to_html().partition("</style>")[2]
    assert "bp-wrong" in judge("relu_forward", {"relu_forward": lambda x: 0 * x}).to_html().partition("</style>")[2]


def test_wrong_for_one_name_alone():
    def hidden_delta(delta_next, W_next, pre_activation, activation):
        if activation == "sigmoid":
            slope = 1 / (2 + 2 * np.cosh(pre_activation))
        if activation == "tanh":  # noqa: SIM108
            slope = 1 - np.tanh(pre_activation) ** 2
        else:
            slope = pre_activation > 0
        return (delta_next @ W_next) * slope

    verdict = judge("hidden_delta", {"hidden_delta": hidden_delta})
    assert verdict.pattern == (
        "the result is wrong only where activation is 'sigmoid', and right for every other activation."
    )


def leading_axes_kept(gradient, shape):
    gradient = np.asarray(gradient)
    for axis, n in enumerate(shape):
        if n == 1:
            gradient = gradient.sum(axis=axis, keepdims=True)
    return gradient


def last_biases_not_moved(x, labels, weights, biases, activation):
    loss, dw, db = get("mlp_backward").reference(x, labels, weights, biases, activation)
    return loss, dw, [*db[:-1], np.zeros_like(db[-1])]


def other_velocities(parameters, gradients, velocities, rate, momentum):
    v = [momentum * v - g for v, g in zip(velocities, gradients, strict=True)]
    return [p + rate * v for p, v in zip(parameters, v, strict=True)], v


def a_leak_too_much(upstream, x, alpha):
    return upstream * ((x > 0) + alpha), (upstream * x * (x <= 0)).sum()


def one_sum_for_all(gradient, shape):
    gradient = np.asarray(gradient)
    return gradient if gradient.shape == shape else np.full(shape, gradient.sum())


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("unbroadcast", leading_axes_kept, "where gradient has more axes than the result"),
        ("mlp_backward", last_biases_not_moved, "in the last of its arrays only"),
        (
            "momentum_step",
            other_velocities,
            "the part 'velocities' of the result is what the right function gives for ones in place of learning",
        ),
        ("prelu_backward", a_leak_too_much, "dx is wrong only where x > 0"),
        ("unbroadcast", one_sum_for_all, "all its entries are the same number"),
    ],
)
def test_calls_lists_and_sides_have_sentences(name, answer, words):
    said = judge(name, Catalogued({name: answer}), 3, explain=0.0).pattern
    assert words in (said or "")


def test_right_numbers_in_another_form_have_not_lost_a_sign():
    said = verdict_of("one_hot", lambda labels, classes: np.eye(classes)[labels].tolist()).pattern
    assert said is None or "sign" not in said


SLOW_SLOPES = ("slope of the wrong layer", "largest logit of the whole batch subtracted")


@pytest.mark.parametrize("mistake", SLOW_SLOPES)
def test_a_network_in_a_call_has_twelve_numbers_at_most(mistake):
    exercise = get("mlp_backward")
    wrong = next(m.wrong for m in exercise.mistakes if m.name == mistake)
    call = verdict_of("mlp_backward", wrong, 0).call
    assert len(literals(call)) <= ENOUGH


def literals(call):
    """The numbers that are written out in a call."""
    return [n for n in ast.walk(ast.parse(call)) if isinstance(n, ast.Constant) and type(n.value) in (int, float)]


@pytest.mark.slow
@pytest.mark.parametrize("name", the_course().exercises)
def test_the_call_for_every_recorded_mistake_has_twelve_numbers_at_most(name):
    exercise = get(name)
    helpers = exercise.code(exercise.reference)
    for mistake in exercise.mistakes:
        if mistake.wrong is None or mistake.generic:
            continue
        verdict = judge(name, Catalogued({**helpers, **exercise.code(mistake.wrong)}), 3, explain=0.0)
        assert verdict.call is not None, mistake.name
        assert len(literals(verdict.call)) <= ENOUGH, (mistake.name, verdict.call)


def test_a_circuit_is_cut_off_behind_the_node_at_which_it_goes_wrong():
    wrong = next(m.wrong for m in get("run_backward").mistakes if m.name == "passes on before everything has arrived")
    call = verdict_of("run_backward", wrong, 0).call
    assert len(literals(call)) <= ENOUGH
    names = {"run_backward": wrong}
    exec(call.rsplit("\n", 1)[0], names)
    got, right = (
        eval(call.rsplit("\n", 1)[1], {**names, "run_backward": f}) for f in (wrong, get("run_backward").reference)
    )
    assert got != right


def test_the_values_of_a_circuit_have_few_digits():
    for seed in range(3):
        for probe in plan_for("run_backward", seed).probes:
            for value in floats_within(probe.steps[0].args[1]):
                assert np.array_equal(value, np.round(value, 10))
    wrong = next(m.wrong for m in get("run_backward").mistakes if m.name == "overwrites at branches")
    call = verdict_of("run_backward", wrong, 0).call
    assert not re.search(r"\d\.\d{9}", call)


def test_of_several_wrong_parts_none_seems_right():
    def halved(upstream, x, W, b):
        return upstream @ W, upstream.T @ x / 2, upstream.sum(axis=0) / 2

    def one_of_each(upstream, x, W, b):
        return upstream @ W, upstream.T @ x / 2, upstream.sum(axis=0) ** 2 + 1

    assert verdict_of("fc_backward", halved).pattern == (
        "every entry of dW is 0.5 times the right one. The same is true of db."
    )
    assert verdict_of("fc_backward", one_of_each).pattern == (
        "every entry of dW is 0.5 times the right one. Also wrong: db."
    )


def test_parts_are_called_as_one_reads_them():
    class Doubled:
        def forward(self, x):
            self.z = np.exp(x)
            return self.z

        def backward(self, dz):
            return [2 * dz * self.z]

    assert verdict_of("ExpGate", Doubled).pattern == "every entry of dx is 2 times the right one."
    found = verdict_of("l2_penalty_gradients", lambda weights, alpha: [2 * alpha * W for W in weights]).pattern
    assert found.startswith("every entry of result[0] is 2 times the right one.")
    shorter = verdict_of("mlp_forward", lambda x, weights, biases, activation: ([], [x]))
    assert any("has length 1; expected" in criterion.message for criterion in shorter.criteria)


def test_one_bug_costs_once_though_it_shows_in_a_call_made_for_a_memory():
    def of_labels(logits, targets):
        p = 1 / (1 + np.exp(-np.clip(logits, -700, 700)))
        return np.where(targets == 1, p - 1, p) / len(logits)

    verdict = verdict_of("binary_cross_entropy_backward", of_labels)
    assert [c.points == c.max_points for c in verdict.criteria] == [True, False, True]

    known = {}

    def remembered(logits, targets):
        p = 1 / (1 + np.exp(-np.clip(logits, -700, 700)))
        return known.setdefault(logits.tobytes(), np.where(targets == 1, p - 1, p) / len(logits))

    verdict = verdict_of("binary_cross_entropy_backward", remembered)
    assert [c.points == c.max_points for c in verdict.criteria] == [True, False, False]
