"""Assignment 03: the circuit (x + y) z by hand, gates that remember, and any circuit of them forward and back."""

from dataclasses import replace

import numpy as np

from autograder.exercises import (
    Criterion,
    Exercise,
    Formula,
    FormulaGate,
    Probe,
    Step,
    all_but,
    away_from,
    near,
    no_slip,
    read_only,
    upstream_like,
)

SIZE = "Does it matter for the slope of x + y how large x is?"
STRAIGHT = "Hold y fixed: the output is a straight line in x. What is its slope?"
WHICH_GATE = "What does this gate do to its inputs?"


SIGNS = tuple(np.array([a, b, c]) for a in (1, -1) for b in (1, -1) for c in (1, -1))


def single(array):
    return array.astype(np.float32)


def circuit_probes(exercise, rng):
    found = [exercise.call(-2.0, 5.0, -4.0)]
    found += [exercise.call(*map(float, np.abs(away_from(rng, (3,))) * signs)) for signs in SIGNS]
    corners = (3, -1, 2), (2.0, -2.0, 5.0), (0.0, 2.0, 3.0), (-1.5, 4.0, 0.0), (1e6, -3e5, 1e-3)
    return [*found, *(exercise.call(*corner, criterion="edges") for corner in corners)]


def branch_probes(exercise, rng):
    def one(count, shape, criterion="values", make=lambda array: array):
        return exercise.call([make(upstream_like(rng, shape)) for _ in range(count)], criterion=criterion)

    found = [one(2, (3, 4)), one(3, (2, 3)), one(4, (7,)), one(7, (2,)), one(3, ()), one(2, ())]
    found += [one(1, (2, 2), "edges"), one(7, (2, 2), "edges"), one(2, (1, 1), "edges")]
    return [*found, one(3, (3, 2), "edges", read_only), one(2, (3, 2), "edges", single)]


def unbroadcast_probes(exercise, rng):
    def one(gradient, shape, criterion="values", make=lambda array: array):
        return exercise.call(make(upstream_like(rng, gradient)), shape, criterion=criterion)

    found = [exercise.call(np.array([[1.0, 2.0], [10.0, 20.0]]), (2,))]
    found += [one((5, 3), (3,)), one((2, 4), (2, 1)), one((3, 4), (1, 4)), one((7, 2), (2,))]
    found += [one((3, 4), (3, 4), "edges"), one((3, 3), (3,), "edges"), one((2, 3), (1, 1), "edges")]
    found += [one((2, 3, 4), (4,), "edges"), one((2, 3, 4), (3, 1), "edges"), one((2, 3, 4), (1, 3, 1), "edges")]
    found += [one((2, 3), (), "edges"), one((4,), (), "edges"), one((1, 4), (4,), "edges"), one((1, 1), (1,), "edges")]
    found += [one((4, 3), (3,), "edges", read_only), one((4, 3), (4, 1), "edges", single)]
    return [*found, one((4, 3), (3,), "edges", np.asfortranarray), exercise.call(2.5, (), criterion="edges")]


# --- gates ----------------------------------------------------------------------------------------------------------

ALONE = Criterion("values", "forward and backward are right", 0.5)
REST = (
    Criterion("shapes", "each gradient has the shape of its input, summed over its copies", 0.2, ("values",)),
    Criterion("own", "each gate keeps its own, latest inputs", 0.15, ("values",)),
)
GATE = (ALONE, *REST, Criterion("contract", "does not change its inputs", 0.15, ("values",)))


def gate_probes(*, kinked=False):
    """Probes for a gate of two inputs. `kinked` keeps x and y apart."""

    def probes(exercise, rng):
        def new(gate):
            return Step(exercise.name, keep=gate)

        def forward(gate, x, y):
            return Step(gate, (x, y), "forward")

        def backward(gate, dz):
            return Step(gate, (dz,), "backward")

        def draw(shape, scale=2.0):
            return away_from(rng, shape, spread=scale)

        def one(x_shape, y_shape=None, criterion="values", scale=2.0, make=lambda array: array, signs=None):
            x, y = draw(x_shape, scale), draw(x_shape if y_shape is None else y_shape, scale)
            if kinked:
                y = np.where(np.abs(x - y) < 0.05 * scale, y + 0.2 * scale, y) if np.shape(x) == np.shape(y) else y
                y = y if np.ndim(y) else float(y)
            dz = upstream_like(rng, np.broadcast_shapes(np.shape(x), np.shape(y)))
            if signs is not None:
                x, y, dz = (abs(value) * sign for value, sign in zip((x, y, dz), signs.tolist(), strict=True))
                y = y + 0.1 * (x == y)
            given = [make(value) if np.ndim(value) else value for value in (x, y, dz)]
            steps = (new("gate"), forward("gate", *given[:2]), backward("gate", given[2]))
            return Probe(steps, criterion)

        found = [one(()), one((2,)), one((3, 4)), one((7, 2), scale=20.0), one((2, 3), scale=0.1), one((5,))]
        found += [one((), signs=signs) for signs in SIGNS]
        found += [one((3, 4), criterion="values", make=read_only), one((2, 3, 2)), one((1, 1))]
        # Far apart in size, so that no kink lies between the two.
        apart = [((2, 3), (3,)), ((4,), (3, 4)), ((2, 3), (2, 1)), ((3, 1), (1, 2)), ((2, 3), ()), ((), (4,))]
        found += [one(*shapes, criterion="shapes") for shapes in apart]
        x1, y1, x2, y2 = (float(v) for v in np.array([1.5, -0.7, -2.0, 0.4]) * rng.uniform(0.8, 1.2, 4))
        two_gates = (
            *(new("first"), new("second"), forward("first", x1, y1), forward("second", x2, y2)),
            *(backward("first", 1.5), backward("second", -2.0)),
        )
        used_again = (
            *(new("gate"), forward("gate", x1, y1), backward("gate", 2.0), backward("gate", 2.0)),
            *(forward("gate", x2, y2), backward("gate", 3.0)),
        )
        shapes = (
            *(new("first"), new("second"), forward("first", draw((2, 3)), draw((3,)))),
            *(forward("second", draw((2,)), draw((4, 2))), backward("first", upstream_like(rng, (2, 3)))),
            backward("second", upstream_like(rng, (4, 2))),
        )
        found += [Probe(two_gates, "own", "two gates at once"), Probe(used_again, "own", "the same gate used again")]
        return [*found, Probe(shapes, "own", "two gates of different shapes")]

    return probes


def max_probes(exercise, rng):
    x = away_from(rng, (3, 4))
    y = np.where(rng.random((3, 4)) < 0.5, x, x + away_from(rng, (3, 4)))
    y[0, 0], y[0, 1] = x[0, 0], x[0, 1] + 1.0

    def tie(x, y):
        upstream = np.round(upstream_like(rng, np.shape(x)), 2)  # such a call is shown as it is
        won = upstream * (np.asarray(x) > y)

        def adds_up(outcomes):
            wrong = next((o.error for o in outcomes if o.error is not None), None)
            if wrong is not None:
                return f"raised {wrong.type}: {wrong.message}"
            dx, dy = (np.asarray(part, dtype=float) for part in outcomes[-1].value)
            if not near(dx + dy, upstream):
                return "where x equals y, the two gradients should add up to the upstream gradient"
            share = dx / upstream
            apart = np.asarray(x) != y
            if near(dx[apart], won[apart]) and np.all((share >= -1e-6) & (share <= 1 + 1e-6)):
                return None
            return "one input wins here, and receives all of the gradient"

        steps = Step(exercise.name, keep="gate"), Step("gate", (x, y), "forward"), Step("gate", (upstream,), "backward")
        return Probe(steps, "ties", "with ties", adds_up)

    near_by = np.array([0.01, -0.01, 1e-4, -1e-4])
    steps = (
        Step(exercise.name, keep="gate"),
        Step("gate", (0.7 + near_by, np.full(4, 0.7)), "forward"),
        Step("gate", (upstream_like(rng, (4,)),), "backward"),
    )
    found = [*gate_probes(kinked=True)(exercise, rng), Probe(steps, "values", "inputs that nearly agree")]
    return [*found, tie(x, y), tie(np.array([1.5, -2.0]), np.array([1.5, -2.0]))]


# --- circuits -------------------------------------------------------------------------------------------------------

XY, UXY, XYZ, UXYZ = ("x", "y"), ("u", "x", "y"), ("x", "y", "z"), ("u", "x", "y", "z")


def given_gate(forward, *backward, names=XY):
    return FormulaGate(Formula(forward, names), tuple(Formula(formula, ("u", *names)) for formula in backward))


PLUS = given_gate("x + y", "u * 1.0", "u * 1.0")
TIMES = given_gate("x * y", "u * y", "u * x")
SQUARE = given_gate("x * x", "u * 2 * x", names=("x",))
SINE = given_gate("np.sin(x)", "u * np.cos(x)", names=("x",))
SHORT_SINE = given_gate("np.round(np.sin(x), 3)", "u * np.cos(x)", names=("x",))  # with values of few digits
WEIGHED = given_gate("x + 2 * y + 3 * z", "u * 1.0", "u * 2.0", "u * 3.0", names=XYZ)
AWAY = given_gate("x - 2 * y", "u * 1.0", "u * -2.0")
ROW = given_gate("x + y", "u * 1.0", "u.sum(axis=0)")  # y is a row, added to each row of x
HALF = given_gate("np.round(x)", "u * 0.5", names=("x",))  # what it sends back can only be had by asking it

INPUTS = {name: (name, None, []) for name in "abcxyz"}
CIRCUITS = {
    "one gate": [INPUTS["x"], ("s", SQUARE, ["x"])],
    "(x + y) z": [INPUTS["x"], INPUTS["y"], INPUTS["z"], ("q", PLUS, ["x", "y"]), ("f", TIMES, ["q", "z"])],
    "used twice": [INPUTS["a"], ("b", TIMES, ["a", "a"])],
    "a gate x - 2y": [INPUTS["x"], INPUTS["y"], INPUTS["z"], ("d", AWAY, ["x", "y"]), ("f", AWAY, ["d", "z"])],
    "three inputs": [INPUTS["b"], INPUTS["a"], ("w", WEIGHED, ["a", "b", "a"]), ("f", SINE, ["w"])],
    "a short and a long way": [
        INPUTS["x"],
        ("s", SQUARE, ["x"]),
        ("t", SINE, ["s"]),
        ("p", AWAY, ["t", "x"]),
        ("q", TIMES, ["s", "p"]),
        ("f", WEIGHED, ["q", "x", "p"]),
    ],
    "not used": [INPUTS["x"], INPUTS["y"], ("s", SQUARE, ["x"]), ("t", SINE, ["y"]), ("f", AWAY, ["s", "x"])],
    "inputs in between": [INPUTS["x"], ("s", SINE, ["x"]), INPUTS["y"], ("f", TIMES, ["y", "s"])],
    "a gate that rounds, and sends back half": [INPUTS["x"], ("r", HALF, ["x"]), ("f", TIMES, ["r", "x"])],
}
WITH_A_ROW = [INPUTS["x"], INPUTS["b"], ("a", ROW, ["x", "b"]), ("h", SINE, ["a"]), ("f", TIMES, ["h", "a"])]


def few_digits(value):
    return np.round(value, 2) if np.ndim(value) else round(float(value), 2)


def inputs_of(circuit, rng, shape=()):
    # Few digits, so that a call can be read and followed on paper.
    return {name: few_digits(away_from(rng, shape, spread=1.0)) for name, gate, _ in circuit if gate is None}


def has_run(circuit, inputs):
    """The circuit with gates that keep what their forward was given, and the values, in few digits."""
    values, gates = {}, []
    for name, gate, parents in circuit:
        gate = SHORT_SINE if gate is SINE else gate
        given = tuple(values[parent] for parent in parents)
        values[name] = inputs[name] if gate is None else gate.forward(*given)
        values[name] = np.round(values[name], 10) if np.ndim(values[name]) else round(float(values[name]), 10)
        gates.append((name, gate and replace(gate, ran_with=given), parents))
    return gates, values


def circuits(rng):
    """(criterion, label, circuit, inputs): numbers first, then arrays."""
    for label, circuit in CIRCUITS.items():
        simple = label in ("one gate", "(x + y) z", "a gate x - 2y", "inputs in between")
        yield "values" if simple else "branches", label, circuit, inputs_of(circuit, rng)
        if label not in ("a gate that rounds, and sends back half", "not used"):
            yield "arrays", label, circuit, inputs_of(circuit, rng, (1, 2) if label == "one gate" else (2, 3))
    yield "arrays", "a row for all", WITH_A_ROW, {"x": away_from(rng, (3, 2)), "b": away_from(rng, (2,))}


def run_forward_probes(exercise, rng):
    found = [exercise.call(c, i, criterion=key, label=label, scale=1.0) for key, label, c, i in circuits(rng)]
    turned = dict(reversed(inputs_of(CIRCUITS["(x + y) z"], rng).items()))
    found.append(exercise.call(CIRCUITS["(x + y) z"], turned, label="inputs in another order"))
    alone = [INPUTS["x"]]
    return [*found, exercise.call(alone, {"x": 2.5}, criterion="branches", label="no gate at all")]


def run_backward_probes(exercise, rng):
    def one(circuit, inputs, criterion, label):
        return exercise.call(*has_run(circuit, inputs), criterion=criterion, label=label, scale=1.0)

    found = [one(c, i, key, label) for key, label, c, i in circuits(rng)]
    beside = [INPUTS["x"], INPUTS["y"], ("f", SINE, ["y"])]
    inputs = {"x": few_digits(away_from(rng, (1, 2), spread=1.0)), "y": few_digits(away_from(rng, (), spread=1.0))}
    found.append(one(beside, inputs, "branches", "an array that is not used, beside a number"))
    return [*found, one([INPUTS["x"]], {"x": 2.5}, "branches", "no gate at all")]


ORDER = [(key, label) for key, label, _, _ in circuits(np.random.default_rng(0))]
USED_TWICE, NOT_USED = ORDER.index(("branches", "three inputs")), ORDER.index(("branches", "not used"))


def overwritten(answers):
    """Of a + 2b + 3a, what came last stands for a, and nothing else: 3 to the 2 of b."""
    found = answers[USED_TWICE][0].value
    return bool(abs(found["b"]) > 0 and near(found["a"], 1.5 * np.asarray(found["b"])))


def left_out(answers):
    """Nothing is known of t and y, which do not reach the output, whether they are missing or asked for in vain."""
    outcome = answers[NOT_USED][0]
    if outcome.error is not None:
        return outcome.error.type == "KeyError" and outcome.error.message.strip("'\"") in ("t", "y")
    return {"x", "s", "f"} <= set(outcome.value) and not {"t", "y"} <= set(outcome.value)


CIRCUIT = (
    Criterion("values", "right values on circuits without branches", 0.4),
    Criterion("branches", "values that are used more than once, or not at all", 0.3, ("values",)),
    Criterion("arrays", "circuits of arrays", 0.15, ("values",)),
    Criterion("contract", "does not change its inputs; gives the same answer twice", 0.15, ("values",)),
)

COPIES = "How many copies of it did broadcasting make, and what does each of them send back?"
OWN = "Make two gates and run both forward. Whose inputs does each remember?"
TWICE = "Call backward twice. Should the second answer differ?"
FORGOT = "Compare your result for dz = 1 and dz = 10. Should they be the same?"
ENDS = "Do both methods end with return?"

EXERCISES = [
    Exercise(
        name="circuit_gradients",
        points=2,
        signature="(x, y, z)",
        probes=circuit_probes,
        hints={
            "x times y in place of x plus y": "Which gate joins x and y in the drawing?",
            "add gate stops the upstream gradient": (
                "The slope of x + y in x is 1, but something arrives at q from the right. What happens to it?"
            ),
            "df_dz is the value of z": "Hold q fixed and move z by 1. How far does f move?",
            "multiply gate not switched": (
                "At a multiply gate each input receives the other one. Which is the other one?"
            ),
            "df_dz is 1": "What does z meet at its gate?",
            "df_dq is 1": "1 is where the backward pass starts, at f. What is the slope of q z in q?",
            "add gate multiplies by its inputs": (
                "By how much does x + y grow when x grows by h? Does it matter how large x is?"
            ),
            "sign": "Nudge the input a little and see which way f moves.",
            "answers the worked example only": "Will it work for other numbers than those in the drawing?",
        },
        slips=no_slip,
    ),
    Exercise(
        name="branch_backward",
        points=1,
        signature="(upstreams)",
        probes=branch_probes,
        hints={
            "multiplies the branches": "Along one path slopes multiply. What happens where two paths meet?",
            "averages the branches": "If both roads lead to the loss, does a step count once or twice?",
            "keeps only the last branch": "Two roads lead to the loss. Where did the first one go?",
            "keeps only the first branch": "Two roads lead to the loss. Where did the others go?",
            "keeps the largest branch": "Every road to the loss counts, the steep ones and the flat ones.",
            "input modified in place": "Print the first upstream gradient after your call.",
            ("sums everything to one number", "stacks instead of adding"): (
                "The gradient has the shape of the value that was used twice."
            ),
            "sign": "Which way does the output move when the value grows?",
            "returns nothing": "Does your function end with return?",
        },
        slips=no_slip,
    ),
    Exercise(
        name="unbroadcast",
        points=2,
        signature="(gradient, shape)",
        probes=unbroadcast_probes,
        hints={
            "not summed": "One value was copied to many places. How many gradients come back to it?",
            "mean instead of sum": "A value used many times: do the contributions add or average?",
            "only the first copy counts": "What happened to what the other copies sent back?",
            "axes of length 1 lost": "Compare the shape of your result with the shape asked for, brackets and all.",
            "axes of length 1 not summed": "What did broadcasting do to an axis of length 1?",
            "new axes not summed": "What did broadcasting put in front of the shape?",
            "one new axis only": "How many axes did broadcasting put in front? Try a gradient of shape (2, 3, 4).",
            "sums everything": "Which entries of the gradient belong to which entry of the value?",
            "sums over the last axis": "Which axis counts the copies?",
            "sums over the first axis, always": "Is the first axis always the one that counts the copies? Try (2, 1).",
            "shapes aligned from the left": "Write the two shapes below each other. At which end does NumPy line them up?",
            "a plain number not taken": "A plain number has no .shape; np.shape(3.0) is (). What shape has the gradient?",
            "reshaped instead of summed": "The shape is right now. Where did the other numbers go?",
            "largest copy only": "Every copy's gradient counts, the large ones and the small ones.",
            "counts the copies": "What did each copy send back?",
        },
        slips=all_but("upstream returned unchanged"),
    ),
    Exercise(
        name="AddGate",
        points=1,
        signature="()",
        outputs=("dx", "dy"),
        criteria=GATE,
        probes=gate_probes(),
        hints={
            "upstream forgotten": "Your local slopes look right. What arrives from the right-hand side of the gate?",
            "gradient shared out": "If x grows by h while y stays put, by how much does x + y grow?",
            "multiplies by its inputs": SIZE,
            "treated as a multiply gate": "Which gate is this? Move x by h and look at x + y.",
            "only the first input gets a gradient": "y moves the output too.",
            "gradient to y negated": "That is the slope of x - y.",
            "gradient not summed over the copies": COPIES,
            "mean over the copies": "Do the contributions of the copies add or average?",
            "state shared between gates": OWN,
            "accumulates over calls": TWICE,
            "forward returns nothing": ENDS,
        },
        slips=no_slip,
    ),
    Exercise(
        name="MultiplyGate",
        points=2,
        signature="()",
        outputs=("dx", "dy"),
        criteria=GATE,
        probes=gate_probes(),
        hints={
            "upstream forgotten": FORGOT,
            "inputs not switched": STRAIGHT,
            "the same gradient to both inputs": "The two inputs play mirrored roles; check each one separately.",
            "multiplied by the output": "Which factor of x y disappears when you differentiate with respect to x?",
            "upstream added instead of multiplied": "Along one path, do slopes add or multiply?",
            "divides instead of multiplying": "By how much does x y grow when x grows by h?",
            "gradient not summed over the copies": COPIES,
            "summed before it is multiplied": "Each copy met another partner. Which comes first, the product or the sum?",
            "state shared between gates": OWN,
            "keeps the inputs of the first call only": "Run forward a second time. Which inputs does backward use?",
            "accumulates over calls": TWICE,
            "treated as an add gate": WHICH_GATE,
            "forward keeps nothing": "backward needs the inputs. Where are they kept between the two calls?",
            "forward returns nothing": ENDS,
        },
        slips=no_slip,
    ),
    Exercise(
        name="MaxGate",
        points=2,
        signature="()",
        outputs=("dx", "dy"),
        criteria=(
            replace(ALONE, weight=0.4),
            Criterion("ties", "at a tie the gradients add up to the upstream gradient", 0.15, ("values",)),
            *REST,
            Criterion("contract", "does not change its inputs", 0.1, ("values",)),
        ),
        probes=max_probes,
        hints={
            "gradient to both inputs": "Nudge the smaller input a little. Does the output move?",
            "gradient to the smaller input": "Which of the two inputs did the forward pass let through?",
            "passes the value, not the gradient": "Where x wins, the output equals x. What is the slope of x in x?",
            ("the gradient vanishes at a tie", "the gradient is doubled at a tie"): (
                "What should the two gradients sum to when the inputs are equal?"
            ),
            "decides once for the whole array": "The winner may differ from element to element.",
            "~ of a plain True": "What does ~True give in Python, and what does ~np.array([True]) give?",
            "upstream forgotten": FORGOT,
            "compares with zero": "Which two numbers does the gate compare?",
            "smaller instead of larger": WHICH_GATE,
            "gradient not summed over the copies": COPIES,
            "state shared between gates": OWN,
            "accumulates over calls": TWICE,
        },
        slips=no_slip,
    ),
    Exercise(
        name="run_forward",
        points=1,
        signature="(circuit, inputs)",
        criteria=CIRCUIT,
        probes=run_forward_probes,
        hints={
            "last value only": "The docstring asks for the value of every name.",
            "inputs left out": "The docstring asks for the value of every name. The inputs have names too.",
            "gates left out": "The docstring asks for the value of every name. The gates' outputs have names too.",
            "parents in reverse": "Is x - y the same as y - x? In which order do the parents stand?",
            "a list without names": "How will the sweep back find the value of a name?",
            "first parent only": "How many inputs does this gate have?",
            "parents looked up among the inputs": "A parent may be a gate itself. Where does its value stand?",
            "last gate not run": "Does your loop reach the end of the list?",
            "writes into the inputs": "Whose dict did you write into?",
            "returns nothing": "Does your function end with return?",
        },
        slips=no_slip,
    ),
    Exercise(
        name="run_backward",
        points=2,
        signature="(circuit, values)",
        criteria=CIRCUIT,
        probes=run_backward_probes,
        hints={
            "overwrites at branches": "Two roads lead from this value to the output. Where did the first one go?",
            "the last gradient is its value": "What is the derivative of the output with respect to itself?",
            "starts with 0": "With which gradient does the sweep start?",
            "in forward order": "Which gates must have passed on their gradient before this one may?",
            "inputs only": "The docstring asks for the gradient of every name.",
            "only the first parent gets a gradient": "How many gradients does a gate return?",
            "gradients to the parents in reverse": "In which order do a gate's gradients stand?",
            "names that nothing uses left out": (
                "Nothing arrives at an input that no gate uses. How does the last value move with it?"
            ),
            "starts with 1 whatever the shape": "What is the shape of the last value? Each gradient has its value's shape.",
            "passes on before everything has arrived": (
                "When a gate passes its gradient on, has it already received all it is going to receive?"
            ),
            "averages at branches": "If both roads lead to the output, does a step count once or twice?",
            "writes into the values": "Whose dict did you write into?",
            "returns nothing": "Does your function end with return?",
        },
        symptoms={"overwrites at branches": overwritten, "names that nothing uses left out": left_out},
        slips=no_slip,
    ),
]
