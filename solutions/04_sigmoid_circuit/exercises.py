"""Assignment 04: 1 / (1 + exp(-(w0 x0 + w1 x1 + w2))), gate by gate, then as one gate."""

from dataclasses import replace

import numpy as np

from autograder.exercises import Criterion, Exercise, all_but, away_from, elementwise_probes, no_slip, read_only

UPSTREAM = "What multiplies the local gradient on its way back?"
WHICH_PASS = "Forward or backward: which of the two was asked for?"
BASE = "Which base does the exponential have?"


def constant(rng):
    """The second argument of a gate with a constant."""
    return (float(away_from(rng, ())),)


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


def forward_probes(exercise, rng):
    found = elementwise_probes(integers=True)(exercise, rng)
    huge = np.array([-745.0, -720.0, 710.0, 1e308])
    return [
        *(replace(probe, criterion="stable") if probe.label == "extreme inputs" else probe for probe in found),
        exercise.call(0.0),
        exercise.call(huge, criterion="stable", label="extreme inputs"),
    ]


EXERCISES = [
    Exercise(
        name="exp_backward",
        points=1,
        signature="(upstream, x)",
        probes=elementwise_probes(extremes=(0.0, 20.0, -30.0)),
        hints={
            "power rule applied to an exponential": "Here x is the exponent, not the base.",
            "upstream forgotten": UPSTREAM,
            "logarithm instead of exponential": "Which function is its own slope?",
            "local gradient is the input": "How steep is the exponential at 0, and at 3?",
            ("exponential of the upstream gradient", "the gate applied to its own output"): (
                "At which value is the slope taken?"
            ),
            "sign of the exponent": "Does the exponential rise or fall as x grows?",
        },
    ),
    Exercise(
        name="reciprocal_backward",
        points=1,
        signature="(upstream, x)",
        probes=elementwise_probes(kinks=(0.0,), extremes=(0.25, -0.5, 40.0, -100.0)),
        hints={
            "sign lost": "Does 1/x rise or fall as x grows?",
            "power one instead of two": "Write 1/x as a power of x and apply the power rule.",
            "power in the numerator": "For a large x the curve is almost flat. Is yours?",
            "integrates instead of differentiating": "Slope, not area.",
            ("upstream forgotten", "divided by the upstream gradient"): UPSTREAM,
            "value instead of slope": "Is that the height of the curve, or its slope?",
            "the gate applied to its own output": "At which value is the slope taken: before the gate or after it?",
        },
    ),
    Exercise(
        name="scale_backward",
        points=1,
        signature="(upstream, x, a)",
        probes=elementwise_probes(extra=constant),
        hints={
            "divides by the factor": "When x moves by h, how far does a x move?",
            "factor forgotten": "Which of your arguments never appears in your formula?",
            "upstream forgotten": UPSTREAM,
            ("multiplied by the input", "multiplied by the output"): (
                "The output is a straight line in x. Is its slope the same everywhere?"
            ),
            "factor added": "Along one path, do slopes add or multiply?",
            "a gradient for the constant too": "a is fixed: only x is asked for.",
        },
    ),
    Exercise(
        name="shift_backward",
        points=1,
        signature="(upstream, x, c)",
        probes=elementwise_probes(extra=constant),
        hints={
            ("constant added to the gradient", "multiplied by the constant"): (
                "Moving a curve up by c: does that change its slope?"
            ),
            "upstream forgotten": UPSTREAM,
            "zero, as for a constant": "c is the constant; the gradient asked for is that of x.",
            "multiplied by the input": "By how much does c + x move when x moves by h?",
            "value instead of gradient": WHICH_PASS,
        },
        slips=all_but("upstream returned unchanged", "transposed", "all zeros"),
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
        },
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
]
