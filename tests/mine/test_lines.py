"""An exception that a lent function raises is told with the student's own line, and never with the lent one."""

import my_nn
import numpy as np
import pytest

from autograder.judge import judge
from autograder.student.lent import lend
from autograder.student.perform import describe_error


def a_lent_function(x):
    return x @ np.ones((7, 7))


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("x = = 1", "invalid syntax (line 1)"),
        ("raise ValueError(__import__('sys')._getframe().f_code.co_filename)", "cell 12"),
    ],
)
def test_an_error_names_a_cell_and_no_file_that_nobody_has(source, says):
    try:
        exec(compile(source, "<ipython-input-12-0a1b2c3d4e5f>", "exec"), {})
    except Exception as error:
        assert describe_error(error).message == says


def test_the_line_is_the_one_that_called_a_lent_function():
    lend(a_lent_function, "fc_backward")

    def mine(x):
        return a_lent_function(x + 1)

    try:
        mine(np.ones((2, 3)))
    except ValueError as error:
        wrong = describe_error(error)
    assert wrong.line == "return a_lent_function(x + 1)"


def test_a_verdict_quotes_no_line_of_what_stands_in():
    def hidden_delta(delta_next, W_next, pre_activation, activation):
        return my_nn.fc_backward(np.ones((2, 7)), pre_activation, W_next, np.zeros(len(W_next)))[0]

    verdict = judge("hidden_delta", {"hidden_delta": hidden_delta}, seed=0, explain=None)
    told = " ".join(criterion.message for criterion in verdict.criteria if criterion.message)
    assert "in the line: return my_nn.fc_backward(np.ones((2, 7)), pre_activation" in told
