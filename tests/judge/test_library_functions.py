"""Which of a library's functions may be used in an answer: what is elementary, and not what is the exercise itself."""

import numpy as np
import pytest
import scipy.optimize
import scipy.special
import scipy.stats
from scipy import special
from scipy.special import expit, logsumexp, rel_entr, softmax, xlogy

from autograder.judge import judge
from autograder.reading.whose import borrowed_in_source
from autograder.student.local import LocalCode


def inside(z):
    from scipy.special import softmax as s

    return s(z, axis=1)


def module_inside(z):
    import scipy.special

    return scipy.special.softmax(z, axis=1)


def measured(g, x):
    return g * scipy.optimize.approx_fprime(x, np.tanh)


WHOLE = {
    "softmax_forward": [
        softmax,
        lambda z: softmax(z, axis=1),
        lambda z: special.softmax(z, axis=1),
        lambda z: scipy.special.softmax(z, axis=1),
        lambda z: np.exp(special.log_softmax(z, axis=1)),
        inside,
        module_inside,
    ],
    "entropy": [scipy.stats.entropy, lambda p: scipy.stats.entropy(p), lambda p: float(special.entr(p).sum())],
    "kl_divergence": [lambda p, q: float(rel_entr(p, q).sum()), lambda p, q: float(np.sum(special.kl_div(p, q)))],
    "tanh_backward": [measured],
    "numerical_gradient": [lambda f, x: scipy.optimize.approx_fprime(x, f)],
}


@pytest.mark.parametrize(("name", "function"), [(name, f) for name, functions in WHOLE.items() for f in functions])
def test_a_function_that_is_the_exercise_is_not_one_s_own_and_is_named(name, function):
    verdict = judge(name, {name: function})
    assert verdict.points == 0
    assert "scipy." in verdict.notice


def sigmoid_backward(upstream, x):
    return upstream * expit(x) * expit(-np.asarray(x))


def log_sum_exp(z):
    return np.exp(z - special.logsumexp(z, axis=1, keepdims=True))


ELEMENTARY = {
    "sigmoid_forward": expit,
    "sigmoid_backward": sigmoid_backward,
    "softmax_forward": log_sum_exp,
    "entropy": lambda p: float(-xlogy(p, p).sum()),
    "softplus_forward": lambda x: -special.log_expit(-np.asarray(x, dtype=float)),
}


@pytest.mark.parametrize("name", ELEMENTARY)
def test_elementary_functions_are_there_for_everyone(name):
    verdict = judge(name, {name: ELEMENTARY[name]})
    assert verdict.passed, verdict.to_text()
    assert logsumexp is special.logsumexp


def test_a_name_of_one_s_own_is_nobody_else_s():
    def entropy(p):
        return float(-np.sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0)))

    class Tools:
        softmax = staticmethod(log_sum_exp)

    code = LocalCode({"entropy": entropy, "softmax_forward": lambda z: Tools.softmax(z)})
    assert judge("entropy", code).passed
    assert judge("softmax_forward", code).passed


def test_the_source_tells_of_it_too():
    assert borrowed_in_source(["from scipy.special import softmax as s", "def f(z):\n    return s(z)"], "f")
    assert borrowed_in_source(["def f(z):\n    from scipy.special import expit, softmax\n    return softmax(z)"], "f")
    assert borrowed_in_source(["from scipy.special import expit", "def f(z):\n    return expit(z)"], "f") is None
