"""The page's engine answers as nn_lib does: the same random numbers, data, weights, steps, gradients and programs."""

import itertools

import numpy as np
import pytest
from chromium import browser, in_page, watched
from conftest import need_program, slow_after
from hypothesis import given, settings
from hypothesis import strategies as st

from nn_lib import ComputationalGraph, Input, exp, fit, maximum
from nn_lib.widgets import explorers
from nn_lib.widgets.expressions import FUNCTIONS, graph_of
from nn_lib.widgets.kernel_engine import Playground
from nn_lib.widgets.program import numpy_program, program
from nn_lib.widgets.settings import ACTIVATIONS, CHOICES, DEFAULTS, FEATURES, SHAPES, checked
from nn_lib.widgets.tape import BROKEN, tape_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("parity")]


@pytest.fixture(scope="module")
def page():
    with browser(need_program("chromium", "chromium")) as chromium:
        yield watched(chromium)


@pytest.mark.parametrize("seed", [0, 1, 42, 2**31, 123456789012])
def test_random_numbers_are_numpys(page, seed):
    theirs = in_page(
        page, "playground",
        "const g = new Generator(given); return { u: [...g.uniform(-3, 2, 5)], n: [...g.normal(1, 2, 20000)], "
        "p: [...g.permutation(1000)], q: [...g.permutation(7)], r: g.random() };",
        seed,
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    np.testing.assert_array_equal(theirs["u"], rng.uniform(-3, 2, 5))
    np.testing.assert_allclose(theirs["n"], rng.normal(1, 2, 20000), rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(theirs["p"], rng.permutation(1000))
    np.testing.assert_array_equal(theirs["q"], rng.permutation(7))
    assert theirs["r"] == rng.random()


OWN = [[-2.0, 1.0, 1], [3.0, 1.5, 0], [0.5, -1.0, 1], [2.0, 2.0, 0], [-1.0, -1.0, 1], [4.0, 0.0, 0]]
CONFIGS = [dict(problem=shape, noise=0.15, seed=seed) for seed, shape in enumerate(SHAPES)]
CONFIGS += [dict(problem="own", points=OWN, batch=2)]
CONFIGS += [
    dict(problem="spirals", features=list(FEATURES), hidden=[6, 5], activations=[activation, "tanh"], seed=5,
         optimizer=optimizer, learning_rate=0.02, regularizer=regularizer, strength=0.003, loss=loss, initializer=start)
    for activation, optimizer, regularizer, loss, start in zip(
        ACTIVATIONS, itertools.cycle(CHOICES["optimizer"]), itertools.cycle(CHOICES["regularizer"]),
        itertools.cycle(CHOICES["loss"]), itertools.cycle(CHOICES["initializer"][:-1]),
    )
]  # fmt: skip
CONFIGS += [dict(hidden=[], activations=[]), dict(initializer="he_normal"), dict(train_ratio=0.9, batch=7)]
CONFIGS += [
    dict(problem="xor", weights=[[[1.0, -0.5], [1e-05, 2.0], [0.25, 3e-7]], [[1.0, 0.1, -2.0]]], activations="relu",
         biases=[[0.0, -0.5, 100.0], [0.125]])
]  # fmt: skip


@pytest.mark.parametrize(
    "config", slow_after(6, CONFIGS), ids=lambda c: f"{c.get('problem', 'circle')}-{c.get('initializer', '')}"
)
def test_training_step_for_step(page, config):
    theirs = in_page(
        page, "playground",
        "const e = new PageEngine(), start = await e.call('start', { config: given }), seen = [start.weights];"
        "let v; for (let i = 0; i < 5; i++) { v = await e.call('advance', { epochs: 1, deltas: true });"
        " seen.push(v.weights); }"
        "const { batch } = await e.call('minibatch'); const plain = (rows) => rows.map((row) => Array.from(row));"
        "return { data: start.data, seen, train: v.train, test: v.test, gradients: v.gradients, slopes: v.slopes,"
        " epoch: v.epoch, maps: plain(v.maps), deltas: plain(v.deltas), batch };",
        checked(config),
    )  # fmt: skip
    ours = Playground(config)
    start = ours.start(config)
    for part in ("train", "test"):
        np.testing.assert_allclose(theirs["data"][part]["points"], start["data"][part]["points"], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(theirs["data"][part]["labels"], start["data"][part]["labels"], atol=1e-9)
    close = dict(rtol=1e-6, atol=1e-7)
    for epoch in range(6):
        view = ours.advance(1, deltas=True) if epoch else start
        for a, b in zip(theirs["seen"][epoch], view["weights"], strict=True):
            np.testing.assert_allclose(a, b, **close)
    assert theirs["epoch"] == view["epoch"] == 5
    for part in ("train", "test"):
        assert theirs[part]["loss"] == pytest.approx(view[part]["loss"], rel=1e-6)
        assert theirs[part]["confusion"] == view[part]["confusion"]
    np.testing.assert_allclose(theirs["gradients"], view["gradients"], **close)
    for a, b in zip(theirs["slopes"], view["slopes"], strict=True):
        assert (a is None) == (b is None) and (a is None or np.allclose(a, b, **close))
    np.testing.assert_allclose(theirs["maps"], view["maps"], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(theirs["deltas"], view["deltas"], rtol=1e-4, atol=1e-7)
    batch = ours.minibatch()["batch"]
    assert theirs["batch"]["loss"] == pytest.approx(batch["loss"], rel=1e-6)
    for a, b in zip(theirs["batch"]["layers"], batch["layers"], strict=True):
        for name in ("W", "b", "a", "h", "delta", "dW", "db"):
            np.testing.assert_allclose(a[name], b[name], **close)
        np.testing.assert_allclose(a["differences"], b["differences"], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("regularizer", ["none", "l1", "l2"])
def test_a_weight_looked_at_is_the_same_from_both_and_agrees_with_its_nudge(page, regularizer):
    config = checked({"problem": "xor", "regularizer": regularizer, "strength": 0.02})
    places = [(0, 1, 0), (1, 2, 3), (2, 0, -1), (0, 3, -1)]
    theirs = in_page(
        page, "playground",
        "const e = new PageEngine(); await e.call('start', { config: given.config });"
        "await e.call('train', { steps: 40 });"
        "return given.places.map(([layer, row, column]) => e.probe({ layer, row, column }));",
        {"config": config, "places": places},
    )  # fmt: skip
    engine = Playground(config)
    engine.train(40)
    for place, found in zip(places, theirs, strict=True):
        ours = engine.probe(*place)
        assert found == pytest.approx(ours, rel=1e-6, abs=1e-9)
        assert ours["gradient"] == pytest.approx(ours["difference"], rel=1e-4, abs=1e-7)
    before = engine.view()["weights"]
    engine.probe(0, 0, 0)
    assert engine.view()["weights"] == before


def test_only_the_maps_that_are_wanted_come(page):
    config = checked({"hidden": [7, 5]})
    theirs = in_page(
        page, "playground",
        "const e = new PageEngine(); const v = await e.call('start', { config: given, most: 3 });"
        "const w = e.view(true, 3); return [v.maps.map((m) => m[4321]), w.deltas.length];",
        config,
    )  # fmt: skip
    maps = Playground(config).view(most=3)["maps"]
    assert len(maps) == 3 + 3 + 1 == theirs[1]
    np.testing.assert_allclose(theirs[0], maps[:, 4321], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c.get('problem', 'circle')}-{c.get('initializer', '')}")
def test_the_program_is_the_same_from_both_and_repeats_the_run(page, config):
    config = checked(config)
    text = program(config, 4)
    assert in_page(page, "playground", "return asCode(given, 4);", config) == text
    names = {}
    exec(compile(text.replace("validation=", "progress=False, validation="), "program", "exec"), names)
    engine = Playground(config)
    engine.advance(4)
    for a, b in zip(names["model"].parameters, engine.model.parameters, strict=True):
        np.testing.assert_array_equal(a, b)
    assert names["fit"] is fit
    plain = numpy_program(config, 4)
    assert in_page(page, "playground", "return asNumpy(given, 4);", config) == plain
    assert bool(plain) == ("prelu" not in config["activations"])
    if plain:
        same_in_numpy(plain, engine)


def same_in_numpy(text, engine):
    names = {}
    exec(compile(text, "program", "exec"), names)
    assert text.count("nn_lib") == 1  # for the points alone
    for W, b, layer in zip(names["W"], names["b"], engine.model.fully_connected, strict=True):
        np.testing.assert_array_equal(W, layer.W)
        np.testing.assert_array_equal(b, layer.b)


BY_HAND = [
    ("advance", {"epochs": 2}), ("pace", {"learning_rate": 0.00005}), ("minibatch", {}),
    ("edit", {"layer": 0, "row": 1, "column": 0, "value": -2.5}),
    ("edit", {"layer": 1, "row": 0, "column": -1, "value": 1}),
    ("advance", {"epochs": 1}), ("pace", {"learning_rate": 0.25}), ("minibatch", {}), ("minibatch", {}),
]  # fmt: skip


@pytest.mark.parametrize(
    "config",
    [dict(problem="xor", hidden=[3], activations=["tanh"]), dict(problem="own", points=OWN, batch=2, optimizer="adam"),
     dict(problem="plane", optimizer="momentum", regularizer="l1")],
    ids=lambda c: c["problem"],
)  # fmt: skip
@pytest.mark.parametrize("calls", [BY_HAND, BY_HAND[:3], BY_HAND[:1], []], ids=["edited", "paced", "epochs", "nothing"])
def test_the_program_repeats_what_a_hand_changed(page, config, calls):
    theirs = in_page(
        page, "playground",
        "const e = new PageEngine(); await e.call('start', { config: given.config });"
        "for (const [what, details] of given.calls) await e.call(what, details);"
        "return { ...(await e.call('code')), weights: e.view().weights };",
        {"config": checked(config), "calls": calls},
    )  # fmt: skip
    engine = Playground(config)
    for what, details in calls:
        getattr(engine, what)(**details)
    text = engine.code()["code"]
    assert theirs["code"] == text
    assert theirs["numpy"] == engine.code()["numpy"]
    same_in_numpy(theirs["numpy"], engine)
    names = {}
    exec(compile(text.replace("validation=", "progress=False, validation="), "program", "exec"), names)
    for a, b in zip(names["model"].parameters, engine.model.parameters, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(theirs["weights"], engine.view()["weights"], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)


RUNAWAY = dict(problem="plane", hidden=[4], activations="relu", batch=600, learning_rate=0.3)


@pytest.mark.parametrize(
    ("config", "finite"),
    [(RUNAWAY, True), (dict(problem="plane", learning_rate=5.0, activations="linear"), False),
     (dict(problem="xor"), None),
     (dict(weights=[[[1e20, 1e20]]]), True)],
    ids=["finite", "not finite", "sound", "weights"],
)  # fmt: skip
def test_both_stop_at_the_same_epoch_when_training_runs_away(page, config, finite):
    theirs = in_page(
        page, "playground",
        "const e = new PageEngine(), seen = [(await e.call('start', { config: given })).diverged];"
        "for (let i = 0; i < 4; i++) seen.push((await e.call('advance', { epochs: 1 })).diverged);"
        "return seen;",
        checked(config),
    )  # fmt: skip
    ours = Playground(config)
    views = [ours.view(), *[ours.advance() for _ in range(4)]]
    assert theirs == [view["diverged"] for view in views]
    gone = [view["train"]["loss"] for view in views if view["diverged"]]
    assert bool(gone) == (finite is not None)
    assert not gone or np.isfinite(gone[0]) == finite


def test_both_know_the_same_settings(page):
    theirs = in_page(
        page,
        "playground",
        "return { DEFAULTS, CHOICES, RANGES, F: Object.keys(FEATURES), A: Object.keys(ACTIVATIONS) };",
    )
    assert theirs["DEFAULTS"] == DEFAULTS
    assert {name: tuple(values) for name, values in theirs["CHOICES"].items()} == CHOICES
    assert theirs["F"] == list(FEATURES) and set(theirs["A"]) == set(ACTIVATIONS)
    from nn_lib.widgets.settings import RANGES

    assert {n: (v[0], v[1], bool(v[2:] and v[2])) for n, v in theirs["RANGES"].items()} == RANGES


numbers = st.floats(-3, 3).map(lambda v: round(v, 3))
leaves = st.one_of(numbers.map(lambda v: f"({v})"), st.sampled_from(["x", "y"]))
formulas = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from([f for f, (n, _) in FUNCTIONS.items() if n == 1]), inner).map(
            lambda t: f"{t[0]}({t[1]})"
        ),
        st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        st.tuples(st.sampled_from(["2", "0.5", "(pi - 1)", "2^", "0.5^"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        inner.map(lambda t: f"-{t}^2"),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(text=formulas, x=numbers, y=numbers, broken=st.sampled_from(["", "accumulation", "order"]))
@pytest.mark.slow
def test_any_formula_is_the_same_circuit_with_the_same_tape(page, text, x, y, broken):
    theirs = in_page(
        page, "stepper",
        "try { return tapeOf(new Circuit(given.text, ['x', 'y']), given.inputs, given.broken); }"
        " catch (e) { return { error: e.message }; }",
        {"text": text, "inputs": {"x": x, "y": y}, "broken": broken},
    )  # fmt: skip
    try:
        graph = graph_of(text, ("x", "y"))
        ours = tape_of(graph, {name: v for name, v in (("x", x), ("y", y)) if name in graph.inputs}, broken)
    except (ValueError, ZeroDivisionError, OverflowError, KeyError):
        ours = None
    if ours is None or "error" in theirs:
        # Where one of them cannot, the other gives no number either.
        told = theirs.get("nodes", [{"value": None}]) if ours is None else ours["nodes"]
        assert told[-1]["value"] is None or ("error" in theirs and ours is None)
        return
    for a, b in zip(theirs["nodes"], ours["nodes"], strict=True):
        assert (a["name"], a["symbol"], a["kind"], a["parents"]) == (b["name"], b["symbol"], b["kind"], b["parents"])
        for name in ("value", "gradient", "upstream"):
            if a[name] is not None and b[name] is not None:
                assert a[name] == pytest.approx(b[name], rel=1e-9, abs=1e-12)
    assert (theirs["forward"], theirs["backward"]) == (ours["forward"], ours["backward"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2x", 3.0), ("3sin(x)", 3 * np.sin(1.5)), ("(x + 1)(x - 1)", 1.25), ("2x^2", 4.5), ("-2x", -3.0),
        ("1 / 2x", 0.75), ("2(x + y)", 0.0), ("sqrt(x)", 1.5**0.5), ("abs(y)", 1.5), ("min(x, y)", -1.5),
        ("ln(x)", np.log(1.5)), ("pi * x", 1.5 * np.pi),
        ("2^x", 2**1.5), ("x * 2^-y", 1.5 * 2**1.5), ("2^x^2", 2**2.25), ("(1 + 1) ** x", 2**1.5), ("x^y", None),
        ("(-2)^x", None), ("0^x", None), ("2pi x", None), ("x y", None), ("2 3 x", None),
        ("x 2", None), ("1.2.3 x", None), (". x", None), ("2e x", None), ("pi", None),
    ],
)  # fmt: skip
def test_formulas_as_people_write_them(page, text, value):
    theirs = in_page(
        page, "stepper",
        "try { return new Circuit(given, ['x', 'y']).forward({ x: 1.5, y: -1.5 }); } catch (e) { return null; }",
        text,
    )  # fmt: skip
    try:
        graph = graph_of(text, ("x", "y"))
        ours = graph.forward(**{name: v for name, v in (("x", 1.5), ("y", -1.5)) if name in graph.inputs})
    except ValueError:
        ours = None
    assert theirs == (value if value is None else pytest.approx(value))
    assert ours == (value if value is None else pytest.approx(value))


@pytest.mark.parametrize("number", ["0.0001", "0.00001234567", "999999.6", "1e6", "-123456.7", "1e-300", "0.1", "100"])
def test_numbers_in_gates_are_written_alike(page, number):
    theirs = in_page(
        page, "stepper", "const c = new Circuit(given); return c.symbol(c.output);", f"x * ({number})"
    )  # fmt: skip
    assert theirs == graph_of(f"x * ({number})").output.gate.symbol


@pytest.mark.parametrize("broken", BROKEN)
def test_the_tape_shows_what_is_broken(broken):
    x, y = Input("x"), Input("y")
    shared = x * y
    graph = ComputationalGraph((shared + x) * maximum(shared, y) + exp(shared * x))
    tape = tape_of(graph, {"x": 1.5, "y": -0.7}, broken)
    off = [n for n in tape["nodes"] if n["gradient"] is None or abs(n["gradient"] - n["difference"]) > 1e-4]
    assert bool(off) == bool(broken)
    for node in tape["nodes"]:
        for part in node["parts"]:
            assert part["downstream"] == pytest.approx(node["upstream"] * part["local"])


@pytest.mark.parametrize(
    "expression", ["x^2 + 3 * y^2", "max(x, y)", "log(x) * y", "tanh(x) * y + 0.2 * x^2", "sqrt(x^2 + y^2)"]
)
def test_the_gradient_explorers_agree(page, expression):
    ask = {"expression": expression, "x": 1.3, "y": -0.6, "reach": 3, "learning_rate": 0.07, "momentum": 0.5}
    theirs = in_page(
        page, "gradients",
        "const e = new PageGradients(); const p = await e.call('plane', given);"
        "return { at: await e.call('at', given), walk: await e.call('descent', given),"
        " plane: Array.from(p.values[0], told) };",
        ask,
    )  # fmt: skip
    here = explorers.at(expression, 1.3, -0.6)
    assert theirs["at"]["value"] == pytest.approx(here["value"])
    assert theirs["at"]["gradient"] == pytest.approx(here["gradient"])
    walk = explorers.descent(expression, 1.3, -0.6, 0.07, 0.5)
    assert theirs["walk"]["ended"] == walk["ended"]
    np.testing.assert_allclose(theirs["walk"]["path"], walk["path"], rtol=1e-6, atol=1e-9)
    plane = explorers.plane(expression)["values"][0]
    np.testing.assert_allclose(
        np.array(theirs["plane"], dtype=float), np.where(np.isfinite(plane), plane, np.nan), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(
    "name", [*ACTIVATIONS, "x * sigmoid(x)", "max(x, -x) + sin(x)", "relu(x - 1) * cos(x)", "x ^ 0.5"]
)
def test_the_activation_explorers_agree(page, name):
    theirs = in_page(
        page, "activations",
        "const e = new PageActivations(); const named = given in ACTIVATIONS;"
        "return { curve: await e.call('curve', { activation: given }),"
        " deep: named ? await e.call('depth', { activation: given, scale: 0.8, bias: -0.5, seed: 3 }) : null };",
        name,
    )  # fmt: skip
    curve = explorers.curve(name)
    assert theirs["curve"]["kinks"] == curve["kinks"]
    for part in ("x", "y", "slope"):
        ours = np.array(curve[part], dtype=float)  # None, where there is no value, as NaN
        np.testing.assert_allclose(np.array(theirs["curve"][part], dtype=float), ours, rtol=1e-6, atol=1e-9)
    if theirs["deep"]:
        deep = explorers.depth(name, scale=0.8, bias=-0.5, seed=3)
        for a, b in zip(theirs["deep"]["layers"], deep["layers"], strict=True):
            for part in ("low", "high", "mean", "deviation", "dead", "slope"):
                assert a[part] == pytest.approx(b[part], rel=1e-5, abs=1e-7)
            assert np.abs(np.subtract(a["bars"], b["bars"])).sum() <= 8
