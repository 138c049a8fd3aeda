"""The references are right: every analytic backward matches the numerical gradient of an independent forward."""

import numpy as np
import pytest

from autograder.exercises import EXERCISES
from nn_lib import check_gradient

FORWARDS = {
    "add_backward": lambda x, y: x + y,
    "multiply_backward": lambda x, y: x * y,
    "max_backward": np.maximum,
    "exp_backward": np.exp,
    "reciprocal_backward": lambda x: 1 / x,
    "scale_backward": lambda x, a: a * x,
    "shift_backward": lambda x, c: c + x,
    "sigmoid_backward": lambda x: 1 / (1 + np.exp(-x)),
}


@pytest.mark.parametrize("name", FORWARDS)
def test_reference_gradients_are_right(name):
    rng = np.random.default_rng(0)
    two = name in ("add_backward", "multiply_backward", "max_backward")
    inputs = [rng.normal(size=(3, 4)) for _ in range(2 if two else 1)]
    extra = (1.7,) if name in ("scale_backward", "shift_backward") else ()
    forward, backward = FORWARDS[name], EXERCISES[name].reference
    report = check_gradient(
        (lambda *v: forward(*v, *extra), lambda upstream, *v: backward(upstream, *v, *extra)), *inputs
    )
    assert report, report


def test_the_circuit_of_the_lecture():
    assert EXERCISES["circuit_gradients"].reference(-2.0, 5.0, -4.0) == {
        "q": 3.0, "f": -12.0, "df_dq": -4.0, "df_dx": -4.0, "df_dy": -4.0, "df_dz": 3.0,
    }  # fmt: skip


def test_the_sigmoid_circuit_of_the_lecture():
    w, x = np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0])
    wires = EXERCISES["sigmoid_circuit_forward"].reference(w, x)
    assert [wires[k] for k in "abcdegho"] == pytest.approx(
        [-2, 6, 4, 1, -1, 0.36787944, 1.36787944, 0.73105858], abs=5e-9
    )
    dw, dx = EXERCISES["sigmoid_circuit_backward"].reference(w, x)
    assert dw == pytest.approx([-0.19661193, -0.39322387, 0.19661193], abs=5e-9)
    assert dx == pytest.approx([0.39322387, -0.58983580], abs=5e-9)
