"""Claims of notebooks 08 and 09 that stand on a student's own functions, held with the course's answers."""

import re

import numpy as np
import pytest
from prose import text_of

from autograder.exercises import the_course
from autograder.mine.earlier import answers_before
from autograder.student import lent
from nn_lib import numerical_gradient

pytestmark = pytest.mark.slow
WANTED = {  # functions that stand in demonstration cells
    "08_mlp_backprop": ("def pixels_it_looks_at", "def seat_of_the_fault", "def descent"),
    "09_sgd": ("def my_reader", "def the_same_run_in_the_library", "def my_challenge"),
}


def names_of(notebook):
    """The names of a notebook after its cells have run, on the answers to earlier ones; what is shown is kept."""
    shown = []
    shelf = lent.Shelf(**answers_before(the_course(), notebook))
    names = {"display": shown.append, "shown": shown, "check": lambda name: None, "look": lambda *a, **k: None}
    imports = re.compile(r"^from my_nn import (?:\((.*?)\)|(.+?))$", flags=re.MULTILINE | re.DOTALL)
    for header, body in re.findall(r"^# %%(.*?)$(.*?)(?=^# %%|\Z)", text_of(notebook), flags=re.MULTILINE | re.DOTALL):
        passed_over = "demonstration" in header and not any(wanted in body for wanted in WANTED[notebook])
        if "[markdown]" in header or "check-" in header or passed_over:
            continue
        for several, one in imports.findall(body):
            for part in filter(None, (part.strip() for part in (several or one).split(","))):
                name, _, alias = part.partition(" as ")
                names[alias or name] = getattr(shelf, name)
        body = re.sub(r"^from (IPython\.display|autograder) import .+$", "", imports.sub("", body), flags=re.MULTILINE)
        exec(body, names)
    return names


@pytest.fixture(scope="module")
def network():
    return names_of("08_mlp_backprop")


@pytest.fixture(scope="module")
def training():
    return names_of("09_sgd")


def test_the_ratios_tell_where_each_fault_is(network):
    one, compare = np.ones(2), network["compare"]
    assert all(np.array_equal(ends, one) for ends in compare(network["mlp_backward"]).values())
    faulty = [network[f"faulty_backward_{letter}"] for letter in "abc"]
    assert [network["seat_of_the_fault"](program) for program in faulty] == ["loss", "bias", "delta"]
    assert all(np.array_equal(ends, 2 * one) for ends in compare(faulty[0]).values())
    for name, ends in compare(faulty[1], batch=4).items():
        assert np.array_equal(ends, one / 4 if name.startswith("b") else one)
    assert all(np.array_equal(ends, one) for ends in compare(faulty[1], batch=1).values())
    assert all(np.array_equal(ends, one) for ends in compare(faulty[2], "relu").values())
    assert network["apart_from_mine"]() == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)


def test_the_small_network_is_the_one_of_the_text(network):
    push, h = network["loss_when_pushed"], network["outputs"]
    assert push() == pytest.approx(0.25494138)
    assert network["delta_of_label_1"]() == pytest.approx(np.array([[0.13618717, -0.11282926]]))
    hidden = network["hidden_delta"](
        network["delta_of_label_1"](), network["W2"], np.array([[-0.2, 1.0, -0.2]]), "sigmoid"
    )
    assert hidden[0] == pytest.approx(numerical_gradient(lambda by: push(hidden_push=by), np.zeros(3)), abs=1e-8)
    assert h[0, 0] > 0 and h[0, 1] < 1 and network["W2"][0, 0] > 0 > network["W2"][1, 0]


def test_the_small_reader_reads_better_than_a_linear_one(network):
    assert network["pixels_it_looks_at"]() > 0.95
    assert len(network["shown"]) == 1


def test_a_step_falls_as_far_as_it_was_foretold(training):
    fall, foretold = training["fall_of_one_step"]()
    assert fall == pytest.approx(foretold, rel=0.01)
    sizes = {factor: training["sizes_by_layer"](factor) for factor in (1, 2, 4)}
    assert sizes[1][19] < 0.01 < 0.3 < sizes[2][19] < 3 < 100 < sizes[4][19]


def test_the_reader_reads_and_the_library_s_run_is_the_same(training):
    assert training["my_reader"]() > 0.95
    assert len(training["shown"]) == 3  # its curve, its weights, what it gets wrong
    difference, read_otherwise = training["the_same_run_in_the_library"]()
    assert difference < 1e-10 and read_otherwise == 0


def test_the_challenge_is_not_won_as_it_is_given_and_can_be_won(training):
    assert training["my_challenge"]()[1] < 0.97
    training["I_have_chosen"] = True
    training["my_settings"] |= {"learning_rate": 0.1, "momentum": 0.9, "hidden": 100}
    assert training["my_challenge"]()[1] > 0.97
