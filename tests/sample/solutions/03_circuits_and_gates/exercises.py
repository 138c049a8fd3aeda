"""Assignment 03: the circuit (x + y) z by hand, and what each gate does to a gradient."""

from dataclasses import replace

import numpy as np

from autograder.exercises import Criterion, Exercise, Probe, Step, away_from, near, no_slip, read_only, upstream_like

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


def two_input_probes(*, kinked=False):
    """Probes for a function of upstream, x and y, all of one shape, or numbers. `kinked` keeps x and y apart."""

    def probes(exercise, rng):
        def one(shape, criterion="values", scale=2.0, make=None):
            x, y = away_from(rng, shape, (0.0,), scale), away_from(rng, shape, (0.0,), scale)
            if kinked and shape:
                y = np.where(np.abs(x - y) < 0.05 * scale, y + 0.2 * scale, y)
            if make:
                x, y = make(x), make(y)
            return exercise.call(upstream_like(rng, shape, getattr(x, "dtype", float)), x, y, criterion=criterion)

        def number(signs):
            upstream, x, y = np.abs([upstream_like(rng, ()), *away_from(rng, (2,))]) * signs
            return exercise.call(*map(float, (upstream, x, y + 0.1 * (x == y))), criterion="edges")

        def exactly(x, y, label):
            return exercise.call(
                upstream_like(rng, np.shape(x)), np.array(x), np.array(y), criterion="edges", label=label
            )

        found = [one((3, 4)), one((5,)), one((2, 3), scale=0.1), one((7, 2), scale=20.0), one(())]
        found += [number(signs) for signs in SIGNS]
        found += [exactly([0.0, 0.0, 1.5, -1.5], [2.0, -2.0, 0.0, 0.0], "inputs of 0")]
        near_by = np.array([0.01, -0.01, 1e-4, -1e-4])
        found += [exactly(0.7 + near_by, np.full(4, 0.7), "inputs that nearly agree")]
        x, y = np.array([1.5, -2.0, 0.7, -0.4]), np.array([-0.6, 1.1, -1.3, 2.5])
        upstream = upstream_like(rng, (4,)) * [0.0, 0.0, 1.0, 1.0]
        found += [exercise.call(upstream, x, y, criterion="edges", label="upstream gradients of 0")]
        found += [one((1, 1), "edges"), one((2, 3, 2), "edges"), one((3, 4), "edges", make=read_only)]
        return [*found, one((3, 4), "edges", make=single), one((4, 3), "edges", make=np.asfortranarray)]

    return probes


def max_probes(exercise, rng):
    plain = two_input_probes(kinked=True)(exercise, rng)
    found = [replace(p, criterion="corners") if p.criterion == "edges" else p for p in plain]
    x = away_from(rng, (3, 4))
    y = np.where(rng.random((3, 4)) < 0.5, x, x + away_from(rng, (3, 4)))
    y[0, 0], y[0, 1] = x[0, 0], x[0, 1] + 1.0
    upstream = upstream_like(rng, (3, 4))

    won = upstream * (x > y)

    def adds_up(outcomes):
        if outcomes[0].error is not None:
            return f"raised {outcomes[0].error.type}"
        dx, dy = (np.asarray(part, dtype=float) for part in outcomes[0].value)
        if not near(dx + dy, upstream):
            return "where x equals y, the two gradients should add up to the upstream gradient"
        share = dx / upstream
        if near(dx[x != y], won[x != y]) and np.all((share >= -1e-6) & (share <= 1 + 1e-6)):
            return None
        return "one input wins here, and receives all of the gradient"

    return [*found, Probe((Step(exercise.name, (upstream, x, y)),), "edges", "with ties", adds_up)]


def branch_probes(exercise, rng):
    def one(count, shape, criterion="values", make=lambda array: array):
        return exercise.call([make(upstream_like(rng, shape)) for _ in range(count)], criterion=criterion)

    found = [one(2, (3, 4)), one(3, (2, 3)), one(4, (7,)), one(7, (2,)), one(3, ()), one(2, ())]
    found += [one(1, (2, 2), "edges"), one(7, (2, 2), "edges"), one(2, (1, 1), "edges")]
    return [*found, one(3, (3, 2), "edges", read_only), one(2, (3, 2), "edges", single)]


def broadcast_probes(exercise, rng):
    def one(batch, m, criterion="values", make=lambda array: array):
        arrays = upstream_like(rng, (batch, m)), away_from(rng, (batch, m)), away_from(rng, (m,))
        return exercise.call(*map(make, arrays), criterion=criterion)

    found = [one(5, 3), one(2, 4), one(7, 2)]
    found += [one(3, 3, "edges"), one(1, 4, "edges"), one(4, 1, "edges"), one(1, 1, "edges")]
    return [*found, one(4, 3, "edges", read_only), one(4, 3, "edges", single)]


def gate_probes(exercise, rng):
    def new(gate):
        return Step(exercise.name, keep=gate)

    def forward(gate, x, y):
        return Step(gate, (x, y), "forward")

    def backward(gate, dz):
        return Step(gate, (dz,), "backward")

    def one(shape):
        x, y, dz = away_from(rng, shape), away_from(rng, shape), upstream_like(rng, shape)
        return Probe((new("gate"), forward("gate", x, y), backward("gate", dz)))

    x1, y1, x2, y2 = (float(v) for v in away_from(rng, (4,)))
    two_gates = (
        *(new("first"), new("second"), forward("first", x1, y1), forward("second", x2, y2)),
        *(backward("first", 1.5), backward("second", -2.0)),
    )
    used_again = (
        *(new("gate"), forward("gate", x1, y1), backward("gate", 2.0), backward("gate", 2.0)),
        *(forward("gate", x2, y2), backward("gate", 3.0)),
    )
    found = [one(()), one((3, 4)), one((2,))]
    return [*found, Probe(two_gates, "own", "two gates at once"), Probe(used_again, "own", "the same gate used again")]


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
        name="add_backward",
        points=1,
        signature="(upstream, x, y)",
        outputs=("dx", "dy"),
        probes=two_input_probes(),
        hints={
            "upstream forgotten": "Your local slopes look right. What arrives from the right-hand side of the gate?",
            "gradient shared out": "If x grows by h while y stays put, by how much does x + y grow?",
            "multiplies by its inputs": SIZE,
            "treated as a multiply gate": "Which gate is this? Move x by h and look at x + y.",
            "only the first input gets a gradient": "y moves the output too.",
            "gradient to y negated": "That is the slope of x - y.",
            "returns the sum": "Forward or backward: which of the two was asked for?",
        },
    ),
    Exercise(
        name="multiply_backward",
        points=1,
        signature="(upstream, x, y)",
        outputs=("dx", "dy"),
        probes=two_input_probes(),
        hints={
            "inputs not switched": STRAIGHT,
            "upstream forgotten": "Compare your result for upstream = 1 and upstream = 10. Should they be the same?",
            "the same gradient to both inputs": "The two inputs play mirrored roles; check each one separately.",
            "multiplied by the output": "Which factor of x y disappears when you differentiate with respect to x?",
            "upstream added instead of multiplied": "Along one path, do slopes add or multiply?",
            "treated as an add gate": WHICH_GATE,
            "divides instead of multiplying": "By how much does x y grow when x grows by h?",
        },
    ),
    Exercise(
        name="max_backward",
        points=2,
        signature="(upstream, x, y)",
        outputs=("dx", "dy"),
        criteria=(
            Criterion("values", "routes the gradient to the larger input", 0.5),
            Criterion("corners", "numbers, single entries, float32", 0.1, ("values",)),
            Criterion("edges", "at a tie the gradients add up to the upstream gradient", 0.25, ("values",)),
            Criterion("contract", "does not change its inputs; gives the same answer twice", 0.15, ("values",)),
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
            "upstream forgotten": "What multiplies the local gradient on its way back?",
            "compares with zero": "Which two numbers does the gate compare?",
        },
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
        name="broadcast_add_backward",
        points=2,
        signature="(upstream, x, y)",
        outputs=("dx", "dy"),
        probes=broadcast_probes,
        hints={
            "sum over the batch forgotten": (
                "The same y was added to every row. How many contributions come back to it?"
            ),
            "mean instead of sum over the batch": "A value used many times: do the contributions add or average?",
            "sums over the wrong axis": "Which axis do you want to disappear?",
            ("keeps an axis of length 1", "summed too far"): "Compare the shape of your dy with the shape of y.",
            "only the first row counts": "The same y was added to every row. What happened to the other rows?",
            "counts the rows instead of summing them": "What did each row send back?",
            "multiplies by its inputs": SIZE,
        },
    ),
    Exercise(
        name="MultiplyGate",
        points=2,
        signature="()",
        outputs=("dx", "dy"),
        criteria=(
            Criterion("values", "forward multiplies, backward switches", 0.6),
            Criterion("own", "each gate keeps its own, latest inputs", 0.25, ("values",)),
            Criterion("contract", "does not change its inputs", 0.15, ("values",)),
        ),
        probes=gate_probes,
        hints={
            "upstream forgotten": "Compare your result for dz = 1 and dz = 10. Should they be the same?",
            "inputs not switched": STRAIGHT,
            "state shared between gates": "Make two gates and run both forward. Whose inputs does each remember?",
            "keeps the inputs of the first call only": "Run forward a second time. Which inputs does backward use?",
            "accumulates over calls": "Call backward twice. Should the second answer differ?",
            "treated as an add gate": WHICH_GATE,
            "forward keeps nothing": "backward needs the inputs. Where are they kept between the two calls?",
            "forward returns nothing": "Does forward end with return?",
        },
        slips=no_slip,
    ),
]
