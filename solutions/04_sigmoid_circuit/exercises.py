"""Assignment 04: 1 / (1 + exp(-(w0 x0 + w1 x1 + w2))), gate by gate, then as one gate."""

import re
from dataclasses import replace

import numpy as np

from autograder.exercises import (
    Criterion,
    Exercise,
    Probe,
    Step,
    away_from,
    either_side,
    elementwise_probes,
    no_slip,
    read_only,
    upstream_like,
)

FORGETFUL = re.compile(r"'\w*Gate' object has no attribute")
UPSTREAM = "What multiplies the local gradient on its way back?"
WHICH_PASS = "Forward or backward: which of the two was asked for?"
BASE = "Which base does the exponential have?"


GATE = (
    Criterion("values", "forward and backward are right", 0.6),
    Criterion("own", "each gate keeps its own, latest input", 0.25, ("values",)),
    Criterion("contract", "does not change its inputs", 0.15, ("values",)),
)


def gate_probes(*, settings=False, kinks=(), spread=2.0):
    """Probes for a gate of one input, which has a setting or none."""

    def probes(exercise, rng):
        def setting():
            return (float(away_from(rng, ())),) if settings else ()

        def new(gate):
            return Step(exercise.name, setting(), keep=gate)

        def forward(gate, x):
            return Step(gate, (x,), "forward")

        def backward(gate, dz):
            return Step(gate, (dz,), "backward")

        def one(x, make=lambda array: array, dz=None, label=""):
            dz = upstream_like(rng, np.shape(x)) if dz is None else dz
            given = make(x) if np.ndim(x) else x, make(dz) if np.ndim(x) else dz
            return Probe((new("gate"), forward("gate", given[0]), backward("gate", given[1])), "values", label)

        def draw(shape, scale=spread):
            return either_side(rng, shape, kinks or (0.0,), scale, 0.3 if kinks else 0.0)

        found = [one(sign * abs(draw(()))) for sign in (1.0, -1.0)]
        found += [one(sign * abs(draw(())), dz=-abs(upstream_like(rng, ()))) for sign in (1.0, -1.0)]
        found += [one(draw((3,))), one(draw((3, 4))), one(draw((7, 2), 3 * spread)), one(draw((1, 1)))]
        found += [one(draw((2, 3, 2))), one(draw((3, 4)), read_only)]
        found += [one(draw((2, 2)), dz=upstream_like(rng, (2, 2)) * [[0.0], [1.0]])]
        found += [one(np.zeros(3))] if not kinks else [one(np.array([0.25, -0.5, 40.0, -100.0]))]
        first, second = float(rng.uniform(0.5, 1.5)), -float(rng.uniform(0.5, 1.5))
        two_gates = (
            *(new("first"), new("second"), forward("first", first), forward("second", second)),
            *(backward("first", 1.5), backward("second", -2.0)),
        )
        used_again = (
            *(new("gate"), forward("gate", first), backward("gate", 2.0), backward("gate", 2.0)),
            *(forward("gate", second), backward("gate", 3.0)),
        )
        found += [Probe(two_gates, "own", "two gates at once")]
        return [*found, Probe(used_again, "own", "the same gate used again")]

    return probes


def circuit_probes(exercise, rng):
    def one(criterion, make=lambda array: array, step=1, spread=2.0):
        w, x = away_from(rng, (3 * step,), spread=spread), away_from(rng, (2 * step,), spread=spread)
        return exercise.call(make(w)[::step], make(x)[::step], criterion=criterion)

    def wide():
        # Large products, and a sum within 8 of 0: beyond it, 1 - o has no digits left that 1 / o could be found from.
        w, x = away_from(rng, (3,), spread=5.0), away_from(rng, (2,), spread=5.0)
        w[2] = rng.choice([-1.0, 1.0]) * rng.uniform(4.0, 8.0) - w[:2] @ x
        return exercise.call(w, x, criterion="edges")

    found = [exercise.call(np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0]))]
    found += [one("values", spread=1.0) for _ in range(4)]
    found += [one("edges", read_only), one("edges", step=2), wide(), one("edges", spread=0.01)]
    # Each entry with each sign: five numbers, and no sign of one follows from those of the others.
    for signs in ((1, 1, 1, 1, 1), (-1, -1, -1, -1, -1), (1, -1, 1, 1, -1), (-1, 1, 1, -1, 1), (1, 1, -1, -1, -1)):
        v = np.abs(away_from(rng, (5,), spread=0.7)) * signs
        found.append(exercise.call(v[:3].copy(), v[3:].copy(), criterion="edges"))
    nothing = np.array([0.0, 1.5, 0.0]), np.array([-2.0, 0.0])
    found.append(exercise.call(*nothing, criterion="edges", label="weights and inputs of 0"))
    whole = np.array([1, -2, 3]), np.array([2, 1])
    return [*found, exercise.call(*whole, criterion="edges", label="whole numbers")]


def never_run_forward(answers):
    """Every call stops in a gate that has kept nothing."""
    errors = [outcomes[-1].error for outcomes in answers]
    return all(e is not None and e.type == "AttributeError" and FORGETFUL.search(e.message) for e in errors)


def forward_probes(exercise, rng):
    found = elementwise_probes(integers=True)(exercise, rng)
    huge = np.array([-745.0, -720.0, 710.0, 1e308])
    return [
        *(replace(probe, criterion="stable") if probe.label == "extreme inputs" else probe for probe in found),
        exercise.call(0.0),
        exercise.call(huge, criterion="stable", label="extreme inputs"),
    ]


def neuron_probes(exercise, rng):
    def one(n, m, steps, criterion="values", label="", rate=None, make=lambda array: array):
        X = away_from(rng, (n, m), spread=1.5)
        y = rng.permutation(np.arange(n) % 2).astype(float) if n > 1 else np.array([1.0])
        rate = float(rng.uniform(0.5, 2.0)) if rate is None else rate
        return exercise.call(make(X), make(y), rate, steps, criterion=criterion, label=label, scale=1.0)

    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    found = [exercise.call(np.array([[2.0]]), np.array([1.0]), 8.0, 1), one(5, 3, 1), one(6, 2, 4), one(9, 4, 3)]
    found += [one(4, 2, 10), one(3, 1, 5), exercise.call(corners, np.array([0.0, 0.0, 0.0, 1.0]), 2.0, 20, scale=1.0)]
    found += [one(4, 3, 0, "edges", "no steps"), one(1, 3, 3, "edges", "a single example")]
    found += [one(5, 2, 60, "edges", rate=0.3), one(4, 2, 3, "edges", make=read_only)]
    share = exercise.call(
        *(away_from(rng, (4, 2)), np.array([0.3, 0.9, 0.5, 0.1]), 1.5, 3),
        **{"criterion": "edges", "label": "targets in between", "scale": 1.0},
    )
    whole = np.array([[1, 0], [0, 1], [1, 1], [2, -1]]), np.array([0, 1, 1, 0])
    return [*found, share, exercise.call(*whole, 1.0, 4, criterion="edges", label="whole numbers", scale=1.0)]


OWN = "Make two gates and run both forward. Whose input does each remember?"
TWICE = "Call backward twice. Should the second answer differ?"
LISTED = "A circuit hands out one gradient for each input: what does it expect from every gate?"
ENDS = "Do both methods end with return?"
FORGOT = "Compare your result for dz = 1 and dz = 10. Should they be the same?"

EXERCISES = [
    Exercise(
        name="ExpGate",
        points=1,
        signature="()",
        outputs=("dx",),
        criteria=GATE,
        probes=gate_probes(spread=1.0),
        hints={
            "power rule applied to an exponential": "Here x is the exponent, not the base.",
            "upstream forgotten": FORGOT,
            "local gradient is the input": "How steep is the exponential at 0, and at 3?",
            "exponential of the upstream gradient": "At which value is the slope taken?",
            "the gate applied to its own output": "At which value is the slope taken: before the gate or after it?",
            "sign of the exponent": "Does the exponential rise or fall as x grows?",
            "power of two instead of e": BASE,
            "returns a number instead of a list": LISTED,
            "state shared between gates": OWN,
            "accumulates over calls": TWICE,
            "forward returns nothing": ENDS,
        },
        slips=no_slip,
    ),
    Exercise(
        name="ReciprocalGate",
        points=1,
        signature="()",
        outputs=("dx",),
        criteria=GATE,
        probes=gate_probes(kinks=(0.0,)),
        hints={
            "sign lost": "Does 1/x rise or fall as x grows?",
            "power one instead of two": "Write 1/x as a power of x and apply the power rule.",
            "power in the numerator": "For a large x the curve is almost flat. Is yours?",
            "integrates instead of differentiating": "Slope, not area.",
            ("upstream forgotten", "divided by the upstream gradient"): UPSTREAM,
            "value instead of slope": "Is that the height of the curve, or its slope?",
            "returns a number instead of a list": LISTED,
            "state shared between gates": OWN,
            "accumulates over calls": TWICE,
            "forward returns nothing": ENDS,
        },
        slips=no_slip,
    ),
    Exercise(
        name="ScaleGate",
        points=1,
        signature="(a)",
        outputs=("dx",),
        criteria=GATE,
        probes=gate_probes(settings=True),
        hints={
            "divides by the factor": "When x moves by h, how far does a x move?",
            "factor forgotten": "Which number of yours never appears in backward?",
            "upstream forgotten": FORGOT,
            ("multiplied by the input", "multiplied by the output"): (
                "The output is a straight line in x. Is its slope the same everywhere?"
            ),
            "factor added": "Along one path, do slopes add or multiply?",
            "a gradient for the constant too": "a is fixed: only x gets a gradient.",
            "returns a number instead of a list": LISTED,
            "setting shared between gates": "Make two gates with two settings. Which setting does each use?",
            "accumulates over calls": TWICE,
            "forward returns nothing": ENDS,
        },
        slips=no_slip,
    ),
    Exercise(
        name="ShiftGate",
        points=1,
        signature="(c)",
        outputs=("dx",),
        criteria=GATE,
        probes=gate_probes(settings=True),
        hints={
            ("constant added to the gradient", "multiplied by the constant"): (
                "Moving a curve up by c: does that change its slope?"
            ),
            "upstream forgotten": FORGOT,
            "zero, as for a constant": "c is the constant; the gradient asked for is that of x.",
            "multiplied by the input": "By how much does c + x move when x moves by h?",
            "a gradient for the constant too": "c is fixed: only x gets a gradient.",
            "returns a number instead of a list": LISTED,
            "setting shared between gates": "Make two gates with two settings. Which setting does each use?",
            "accumulates over calls": TWICE,
            "forward returns nothing": ENDS,
        },
        slips=no_slip,
    ),
    Exercise(
        name="sigmoid_circuit_forward",
        points=2,
        signature="(w, x)",
        probes=circuit_probes,
        hints={
            "bias multiplied by an input": "How many entries does x have? What does w[2] meet in the drawing?",
            "bias forgotten": "Which weight never appears in your circuit?",
            "sign of the exponent": "Which gate stands between d and exp?",
            ("the 1 forgotten", "subtracts the 1"): "Which gate stands between exp and 1/x?",
            "last gate missing": "What does the last gate do to h?",
            "weights and inputs paired wrongly": "Which weight meets which input?",
            "power of two instead of e": BASE,
            "returns the output only": "Every wire is asked for, by its letter.",
            "answers the worked example only": "Will it work for other numbers?",
            "returns nothing": "Does your function end with return?",
        },
        slips=no_slip,
    ),
    Exercise(
        name="sigmoid_circuit_backward",
        points=3,
        signature="(w, x)",
        outputs=("dw", "dx"),
        probes=circuit_probes,
        hints={
            "sign of the negation gate forgotten": "Two gates on the way flip a sign. Did you count both?",
            ("1 + sigma in place of 1 - sigma", "sigma squared"): (
                "The slope is largest in the middle and dies out on both sides. Does yours?"
            ),
            ("half of the slope: 1 - sigma alone", "half of the slope: sigma alone"): (
                "Walk the four gates back once more and keep every factor."
            ),
            "slope taken at the output": (
                "At which value is the slope taken? The output has been through the sigmoid already."
            ),
            "slope of the sigmoid forgotten": "What arrives at the last add gate from the right?",
            (
                "weight gradients without the inputs",
                "input gradients without the weights",
                "multiply gates not switched",
            ): ("At a multiply gate each input receives the other one."),
            "bias gradient is zero": "The bias moves the output too: by how much?",
            "bias multiplied by an input": "What does w[2] meet in the drawing?",
            "bias forgotten in the forward pass": "Which weight never appears in your sum?",
            "outputs in another order": "Compare the order of what you return with the docstring.",
            "bias gradient left out": "w has three entries. What shape has its gradient?",
            "gates that never ran forward": (
                "backward ran on a gate that was never run forward. Which list of gates did you run forward?"
            ),
        },
        symptoms={"gates that never ran forward": never_run_forward},
    ),
    Exercise(
        name="sigmoid_forward",
        points=2,
        signature="(x)",
        criteria=(
            Criterion("values", "right values", 0.5),
            Criterion("edges", "numbers, single entries, float32, whole numbers", 0.1, ("values",)),
            Criterion("stable", "finite and right for any input", 0.25, ("values",)),
            Criterion("contract", "does not change its inputs; gives the same answer twice", 0.15, ("values",)),
        ),
        probes=forward_probes,
        hints={
            "sign of the exponent": "Evaluate it at a large positive number. Near 0 or near 1?",
            "overflow": "What is infinity divided by infinity? Which exponential overflows for a large x?",
            "tanh in place of sigmoid": "What should come out at 0? And can the output be negative?",
            "inner factor lost": "Close: compare the slope at 0 with 1/4.",
            "slope in place of value": WHICH_PASS,
            ("the 1 forgotten", "the 1 subtracted"): "What should come out at 0?",
            "output takes the dtype of the input": "What dtype does your output have when x holds whole numbers?",
            "power of two instead of e": BASE,
            "input clipped too early": "Where is the sigmoid 0.01? Does your limit change it there?",
            "reciprocal forgotten": "The last gate of the circuit is missing.",
        },
    ),
    Exercise(
        name="sigmoid_backward",
        points=1,
        signature="(upstream, x)",
        forward="sigmoid_forward",
        probes=elementwise_probes(),
        hints={
            "upstream forgotten": "What did the gate to the right send back?",
            "half of the slope: sigma alone": "Compare with a finite difference at 0; the true slope there is small.",
            ("half of the slope: 1 - sigma alone", "sigma squared", "1 - sigma squared twice"): (
                "The slope is symmetric about 0; is yours?"
            ),
            "1 + sigma in place of 1 - sigma": "The slope dies out on both sides. Does yours?",
            "sign": "The sigmoid never falls. What sign must its slope have?",
            "slope taken at the output": "Is x the input or the output of the gate? You apply the sigmoid twice.",
            "the input taken for the output": "x is what went into the gate. Where is its output?",
            "slope of tanh": "That is the slope of another squashing function: at 0 this one is 1/4.",
            "input modified in place": "After your call, print the upstream gradient again.",
            "overflow": "What is infinity divided by infinity?",
        },
    ),
    Exercise(
        name="train_neuron",
        points=2,
        signature="(X, y, learning_rate, steps)",
        outputs=("w", "b"),
        probes=neuron_probes,
        hints={
            "climbs": "Does L rise or fall when an o rises? Which way do you want to go?",
            "sum instead of mean": "Give every example twice. Should the neuron learn twice as fast?",
            "the half forgotten": "What stands in front of the square in the text, and what does its slope become?",
            "slope of the sigmoid forgotten": "What arrives at o, and what has to happen to it on the way to d?",
            "half of the slope: sigma alone": "The slope of the sigmoid has two factors. Which one is missing?",
            "slope taken at the output": "Is what you give sigmoid_backward what went into the gate, or what came out?",
            "no sigmoid": "What squashes the sum of the neuron?",
            "bias stays 0": "The bias moves the output too. Does it get a gradient, and does it move?",
            "weights stay 0": "Which of your numbers never moves?",
            "one example at a time": "With which weights does the second example meet the neuron, and with which the first?",
            "bias gradient averaged once more": "The mean over the examples is in the gradient already. Divided how often?",
            "gradient of the start throughout": "After the first step the neuron is another. What is its gradient?",
            "bias moves after the weights": (
                "When the bias moves, have the weights moved already? Both steps start from the same neuron."
            ),
            "starts from ones": "Where do the weights and the bias stand at the start?",
            "one step too few": "How often does your neuron move when steps is 1?",
            "one step too many": "How often does your neuron move when steps is 0?",
            "learning rate forgotten": "How long is a step?",
            "results exchanged": "In which order does the docstring ask for the two?",
            "bias as an array of length 1": "The docstring asks for b as a number. What shape has yours?",
        },
        slips=no_slip,
    ),
]
