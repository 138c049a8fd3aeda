"""Mechanical mutants, a sample of them: caught for every seed, shown with a call, and most of them explained."""

import ast

import pytest

from autograder.exercises import get
from autograder.judge.mechanical import mutants
from autograder.judge.mutation import try_mutants

TEXT = (
    "def f(x, y):\n    '''Words.'''\n    z = x * y + 1\n    if z > 0:\n        z += np.sum(x, axis=0)\n"
    "    return z, -y\n"
)


def test_a_mutant_is_another_program_with_one_place():
    found = mutants(TEXT, 0, 1000)
    assert len(found) > 20
    assert len({mutant.text for mutant in found}) == len(found)
    for mutant in found:
        ast.parse(mutant.text)
        assert mutant.code in " ".join(mutant.text.split("\n")[mutant.line - 1 :][0].split()) or "\n" in mutant.code
        assert mutant.names(mutant.line, mutant.code)
        assert not mutant.names(mutant.line + 5, mutant.code)
    assert mutants(TEXT, 0, 5) == found[:5]


@pytest.mark.parametrize("name", ["fc_backward", "softmax_backward", "l2_penalty"])
def test_a_sample_is_caught_and_explained(name):
    counts = try_mutants(get(name), range(3), most=3, seconds=10.0)
    assert counts.wrong > 0
    assert counts.lucky == 0
    assert counts.call == counts.wrong
    assert counts.explained >= counts.wrong - 1
    assert counts.true >= counts.place - 1
