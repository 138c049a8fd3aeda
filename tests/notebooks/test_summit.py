"""Claims of notebooks 10 and 11 that stand on a student's own functions, held with the course's answers."""

import re

import numpy as np
import pytest
from prose import text_of

from autograder.exercises import the_course
from autograder.mine.earlier import answers_before
from autograder.student import lent
from nn_lib import MLP, Adam, datasets, fit

ENGINE = "10_build_your_own_graph"


@pytest.fixture(scope="module")
def engine():
    """The names of notebook 10 after its cells have run as far as the summit, on the answers to earlier notebooks."""
    shelf = lent.Shelf(**answers_before(the_course(), ENGINE))
    cells = re.findall(r"^# %%(.*?)$(.*?)(?=^# %%|\Z)", text_of(ENGINE), flags=re.MULTILINE | re.DOTALL)
    names = {"my_nn": shelf, "display": lambda shown: None}
    for header, body in cells:
        if "[markdown]" in header or "check-" in header:
            continue
        body = body.replace("from IPython.display import display\n", "")
        imported = re.search(r"^from my_nn import (.+)$", body, flags=re.MULTILINE)
        if imported:
            names |= {name: getattr(shelf, name) for name in imported.group(1).split(", ")}
            body = body.replace(imported.group(0), "")
        exec(body, names)
    return names


def test_the_engine_trains_the_digits_to_the_weights_of_the_formulas(engine):
    assert engine["the_summit"]()
    weights, biases = engine["with_my_engine"]()
    others, other_biases = engine["with_my_formulas"]()
    for mine, other in zip([*weights, *biases], [*others, *other_biases], strict=True):
        np.testing.assert_allclose(mine, other, rtol=0, atol=1e-10)


def test_what_the_look_cells_of_the_engine_promise(engine):
    loss, x, b = engine["a_row_and_its_bias"]()
    assert (loss, x.tolist(), b.tolist()) == (190.0, [[12.0, 24.0], [16.0, 28.0]], [4.0, 6.0])
    assert engine["my_gates"]() == {"AddGate": True, "MultiplyGate": True, "TamperedGate": False, "ExpGate": True}
    assert engine["times_of_my_ladders"]() == 2.0**800
    assert [float(value) for value in engine["my_neuron"]()] == [0.25, -0.5, 2.0, 1.0]


def test_the_friend_s_engine_fails_as_it_is_said(engine):
    told = text_of(ENGINE).split("# ```python\n")[1].split("# ```")[0]
    written = "class Friend(ComputationalGraph):\n" + re.sub(r"^# ?", "    ", told, flags=re.MULTILINE)
    names = dict(engine)
    exec(written, names)
    x, y, z = ("x", None, []), ("y", None, []), ("z", None, [])
    add, multiply = engine["AddGate"], engine["MultiplyGate"]
    first = names["Friend"]([x, y, z, ("q", add(), ["x", "y"]), ("f", multiply(), ["q", "z"])])
    first.forward({"x": -2.0, "y": 5.0, "z": -4.0})
    assert {name: first.backward()[name] for name in "xyz"} == {"x": -4.0, "y": -4.0, "z": 3.0}
    twice = names["Friend"]([x, ("f", add(), ["x", "x"])])
    twice.forward({"x": 3.0})
    assert twice.backward()["x"] == 1.0
    unused = names["Friend"]([x, ("p", add(), ["x", "x"]), ("f", add(), ["x", "x"])])
    unused.forward({"x": 3.0})
    with pytest.raises(KeyError):
        unused.backward()


@pytest.mark.slow
def test_a_network_of_58_numbers_learns_the_spirals_within_the_budget():
    data = datasets.spirals(noise=0.0, train_ratio=0.5, seed=0)
    seen, unseen = (np.column_stack([some.inputs, np.sin(some.inputs)]) for some in (data.train, data.test))
    model = MLP([4, 8, 2], activation="tanh", seed=0)
    fit(model, datasets.Split(seen, data.train.labels), optimizer=Adam(0.02), epochs=150, batch_size=10, progress=False)
    assert sum(p.size for p in model.parameters) == 58 and model.accuracy(unseen, data.test.labels) > 0.99
