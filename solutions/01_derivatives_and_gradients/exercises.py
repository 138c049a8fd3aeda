"""Assignment 01: difference quotients, partial derivatives, gradients, a first descent."""

from dataclasses import replace

import numpy as np

from autograder.exercises import Exercise, Formula, away_from, elementwise_probes, no_slip, read_only

CURVES = ("5*x**4 + 2*x**3 + 5", "np.sin(3*x) + x", "np.exp(x/2) - x**2", "x*x*x", "1/(1 + x**2)")

HILLS = (  # a function, and its gradient: what a numerical gradient must come near to
    ("np.sum(x**3)", "3*x**2"),
    ("np.sum(np.sin(x)) * 2", "2*np.cos(x)"),
    ("np.sum(x)**2 / 4", "np.full(x.shape, np.sum(x)/2)"),
    (
        "np.sum(np.exp(x/2) * np.arange(1, x.size + 1).reshape(x.shape))",
        "np.exp(x/2)/2 * np.arange(1, x.size + 1).reshape(x.shape)",
    ),
    (
        "np.sum(np.log(1 + x**2)) + x.flat[0]*x.flat[-1]",
        "2*x/(1 + x**2) + x[::-1] * (np.arange(x.size) % (x.size - 1) == 0)",
    ),
)

BOWL = Formula("np.array([8*x[0], 2*x[1]])")
TWIST = Formula("np.array([x[0] + np.sin(x[1]), x[1] * x[0], 0.5 * x[2]])")
LINE = Formula("2 * x - 3")


def quotient_probes(exercise, rng):
    call = exercise.call
    found = [call(Formula(curve), float(rng.uniform(0.4, 2.0)), 0.25) for curve in CURVES]
    found += [call(Formula(curve), float(rng.uniform(-2.0, -0.4)), 0.01) for curve in CURVES]
    found += [call(Formula(CURVES[1]), 0.0, 0.5, criterion="edges"), call(Formula(CURVES[0]), 2, 1, criterion="edges")]
    found += [call(Formula(CURVES[3]), float(rng.uniform(0.5, 2.0)), -0.3, criterion="edges")]
    return [*found, call(Formula("7 - 3*x"), float(rng.uniform(-9, 9)), 1e-3, criterion="edges", scale=10.0)]


def partial_probes(exercise, rng):
    call = exercise.call
    points = [np.abs(away_from(rng, (2,))) * side for side in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
    found = [call(1.0, 2.0), *(call(float(x), float(y)) for x, y in points)]
    found += [call(x, y, criterion="edges") for x, y in ((2, -3), (0.0, 1.5), (-1.0, 0.0), (0.0, 0.0))]
    return [*found, call(away_from(rng, (3, 2)), away_from(rng, (3, 2)), criterion="edges")]


def numerical_probes(exercise, rng):
    def one(hill, x, criterion="values"):
        formula, slope = hill
        x = np.round(x, 2)  # such a call is shown as it is
        right = Formula(slope)(x.astype(float))
        # What a step between 1e-8 and 1e-3 to both sides can do to a quotient in float64.
        room = 1e-5 * np.maximum(np.abs(right), 0.1 * np.abs(right).max() + 0.1)
        return exercise.call(Formula(formula), x, criterion=criterion, between=(right - room, right + room))

    shapes = [(3,), (2, 3), (4,), (3, 2), (5,)]
    found = [one(hill, away_from(rng, shape)) for hill, shape in zip(HILLS, shapes, strict=True)]
    found += [one(HILLS[0], away_from(rng, (1, 1)), "edges"), one(HILLS[3], away_from(rng, (2, 3, 2)), "edges")]
    found += [one(HILLS[1], np.asfortranarray(away_from(rng, (3, 4))), "edges")]
    # The slopes at whole numbers are none themselves.
    found += [one(HILLS[1], rng.integers(1, 5, (2, 2)) * np.array([[1, -1], [1, -1]]), "edges")]
    # At the bottom of a steep valley that lies askew: what looks to one side only, or does not go back to where it
    # was before it moves the next entry, meets the wall of the valley; what looks to both sides does not.
    bottom = away_from(rng, (3,)).round(2)
    valley = (
        f"np.sum(x * np.arange(1, 4)) + 1e6 * np.sum(x - np.array({bottom.tolist()}))**2",
        "np.arange(1.0, 4.0) + 0*x",
    )
    found.append(one(valley, bottom))
    x = away_from(rng, (4,))
    twice = [one(HILLS[0], x), one(HILLS[1], x), one(HILLS[1], x[::-1].copy())]
    return [*found, *(replace(probe, criterion="contract", label="an earlier call, half changed") for probe in twice)]


def directional_probes(exercise, rng):
    call = exercise.call

    def pair(n, size=2.0):
        return away_from(rng, (n,), spread=2.0), away_from(rng, (n,), spread=size)

    found = [call(np.array([8.0, 2.0]), np.array([3.0, 4.0])), *(call(*pair(n)) for n in (2, 3, 5, 7))]
    axes = (0.0, 1.0), (1.0, 0.0), (-1.0, 0.0), (0.0, -2.0)
    found += [call(away_from(rng, (2,)), np.array(axis), criterion="edges", label="along an axis") for axis in axes]
    found += [call(np.array([0.0, 0.0]), np.array([3.0, -4.0]), criterion="edges", label="a gradient of 0")]
    found += [call(*pair(n, size), criterion="edges") for n, size in ((1, 2.0), (4, 1e-6), (4, 1e6))]
    found += [call(*(read_only(v) for v in pair(3)), criterion="edges")]
    found += [call(np.array([2.0, 1.0]), np.array([-1.0, 2.0]), criterion="edges", scale=1.0)]
    found += [call(np.array([1, -2, 2]), np.array([2, 1, 2]), criterion="edges", scale=1.0)]
    found += [call(np.array([5.0, 1.0]), np.array([1.0, -1.0]), criterion="edges", label="entries that add up to 0")]
    nowhere = "a direction of length 0"
    return [*found, call(np.array([1.0, 2.0]), np.zeros(2), criterion="edges", label=nowhere, raises=True)]


def descent_probes(exercise, rng):
    call = exercise.call
    found = [call(BOWL, np.array([1.0, 1.0]), 0.1, 3), call(BOWL, away_from(rng, (2,)), 0.05, 6)]
    found += [call(TWIST, away_from(rng, (3,), spread=1.0), 0.1, 5), call(LINE, away_from(rng, (4,)), 0.2, 4)]
    found += [call(BOWL, away_from(rng, (2,)), 0.1, 1, criterion="edges")]
    found += [call(BOWL, away_from(rng, (2,)), 0.1, 0, criterion="edges", label="no steps")]
    found += [call(LINE, away_from(rng, (1,)), 0.3, 4, criterion="edges")]
    found += [call(BOWL, np.array([3, -2]), 0.1, 4, criterion="edges", label="a start in whole numbers")]
    found += [call(BOWL, read_only(away_from(rng, (2,))), 0.24, 30, criterion="edges")]
    found += [call(BOWL, away_from(rng, (2,)), 0.3, 5, criterion="edges")]
    found += [call(BOWL, away_from(rng, (2,)), 1e-7, 3, criterion="edges", label="steps that hardly move")]
    return [*found, call(BOWL, np.zeros(2), 0.1, 4, criterion="edges", label="a start at the bottom")]


def line_probes(exercise, rng):
    def one(count, steps, criterion="values", label="", make=lambda array: array, slope=None):
        x = away_from(rng, (count,), spread=1.2)
        y = (float(away_from(rng, (), spread=1.5)) if slope is None else slope) * x + away_from(rng, (count,))
        return walk(make(x), make(y), float(rng.uniform(0.05, 0.2)), steps, criterion, label)

    def walk(x, y, learning_rate, steps, criterion="values", label=""):
        return exercise.call(x, y, learning_rate, steps, criterion=criterion, label=label, scale=1.0)

    found = [walk(np.array([-1.0, 1.0]), np.array([0.0, 2.0]), 0.5, 1)]
    found += [one(count, steps) for count, steps in ((5, 1), (7, 4), (12, 10), (3, 25))]
    found += [one(6, 5, slope=sign * 2.0) for sign in (1, -1)]
    found += [one(4, 0, "edges", "no steps"), one(1, 6, "edges", "a single point"), one(20, 60, "edges")]
    found += [one(5, 3, "edges", make=read_only)]
    whole = np.array([2, -1, 1, 0]), np.array([3, -2, 1, 5])
    return [*found, walk(*whole, 0.1, 5, "edges", "whole numbers")]


APART = "How far apart are your two points?"
PER_WHAT = "A slope is a change per what?"
DIFFERENCE = "A change is a difference of two values."

EXERCISES = [
    Exercise(
        name="forward_difference",
        points=1,
        signature="(f, x, h)",
        probes=quotient_probes,
        hints={
            ("not divided by h", "multiplied by h"): PER_WHAT,
            "looks backward": "On which side of x does your second point lie?",
            "central difference": "That quotient looks to both sides. This one takes a single step, forward.",
            "divided by 2h": APART,
            "order of the difference": "End minus beginning?",
            "adds h to f instead of to x": "Which number moves by h: the input, or the output?",
            "value at h": "Where does the step begin?",
            "starting value forgotten": DIFFERENCE,
            "sum instead of difference": "A change is what kind of combination of two values?",
            "divides the first value only": (
                "In Python, what is divided first: which part of your line belongs in brackets?"
            ),
        },
    ),
    Exercise(
        name="central_difference",
        points=1,
        signature="(f, x, h)",
        probes=quotient_probes,
        hints={
            ("divided by h instead of 2h", "forward difference divided by 2h", "steps of h/2, divided by 2h"): APART,
            "forward difference": "That quotient looks to one side only. Where is the point on the other side?",
            "looks backward only": "Where is the point on the other side?",
            "multiplied by h at the end": "In Python, a / 2 * h is (a / 2) * h. What did you mean to divide by?",
            "not divided": PER_WHAT,
            "order of the difference": "Right minus left?",
            ("mean of the two values", "sum over 2h"): DIFFERENCE,
            "second difference": "That is how the slope changes, not the slope.",
        },
    ),
    Exercise(
        name="polynomial_derivative",
        points=1,
        signature="(x)",
        probes=elementwise_probes(extremes=(30.0, -30.0, 0.0, 1.0), integers=True),
        hints={
            "value instead of slope": "Is that the height of the curve, or its slope?",
            "constant kept": "By how much does a constant change when x moves?",
            "powers not lowered": "d/dx x^n: what happens to the exponent?",
            "exponents not brought down": "d/dx x^n: what comes down in front?",
            "coefficients lost": "A curve twice as high is twice as steep.",
            "second term's factor 2 lost": "What stands in front of x^3?",
            "first term only": "A sum changes by the sum of the changes.",
            "second derivative": "You have differentiated once more than asked.",
            "sign of the second term": "Which sign has the second term of f?",
        },
    ),
    Exercise(
        name="partial_derivatives",
        points=2,
        signature="(x, y)",
        outputs=("df_dx", "df_dy"),
        probes=partial_probes,
        hints={
            "total of the two": "Two numbers are asked for: one for each variable.",
            (
                "both variables differentiated at once",
                "y's power lowered too in df_dx",
                "constant factor y^2 lost in df_dx",
                "x's power lowered too in df_dy",
                "constant factor x lost in df_dy",
            ): "The other variable is a constant now. What happens to a constant factor?",
            (
                "4x's slope lost in df_dx",
                "5xy^3 taken as constant in df_dx",
            ): "Which terms of f move when x moves? Count them.",
            "y's slope kept in df_dx": "Does y move when only x moves?",
            "4x kept whole in df_dx": "4x is a straight line in x. How steep is it?",
            "y's slope lost in df_dy": "Which terms of f move when y moves? Count them.",
            "4x's slope kept in df_dy": "Does x move when only y moves?",
            "4x kept whole in df_dy": "4x does not move when only y moves. What is its slope in y?",
        },
    ),
    Exercise(
        name="numerical_gradient",
        points=3,
        signature="(f, x)",
        probes=numerical_probes,
        hints={
            ("divided by h instead of 2h", "forward difference divided by 2h"): APART,
            "all entries moved at once": "A partial derivative moves one entry. What do the others do meanwhile?",
            "one number for all entries": "How many entries has the gradient of a function of x.size numbers?",
            "divided by the number of entries": "Each entry has a quotient of its own: is there anything to average?",
            "x not restored": "Print x after your call. Is it what it was?",
            "x restored by adding and subtracting": (
                "x + h - h is not always x: floats round, and whole numbers cut h off. What could you keep instead?"
            ),
            "whole numbers: a step of 1e-5 is cut off": "x holds whole numbers here: what is left of a step of 1e-5?",
            "steps to one side only": "Your quotient looks to one side only. The docstring asks for both sides.",
            "entries moved one after another": (
                "Print x each time you call f. Is the entry before back where it was when the next one moves?"
            ),
            "flat instead of the shape of x": "The gradient has the shape of x.",
            "first entry only": "Does your loop reach every entry?",
            "step far too large": "Draw the error against h: a step of 0.1 is to the far right of that picture.",
            "step lost in round-off": "Draw the error against h: a step of 1e-16 is to the far left of that picture.",
            "not divided": PER_WHAT,
        },
    ),
    Exercise(
        name="directional_derivative",
        points=2,
        signature="(gradient, direction)",
        probes=directional_probes,
        hints={
            "direction not normalised": "Double the direction. Should the slope per unit length double?",
            "divided by the squared length": "Double the direction. Your answer halves; should it?",
            (
                "divided by the sum of the entries",
                "divided by the sum of sizes",
                "divided by the largest entry",
            ): "How long is the arrow (3, 4)?",
            "gradient normalised": "Which of the two arrows only gives a direction?",
            "both normalised": "That is the cosine of the angle. Does a steeper slope change your answer?",
            "not summed": "One direction, one slope: how many numbers should come out?",
            "multiplied by the length": "Double the direction. Should the slope per unit length grow?",
            "steepest slope": "That is the slope along the gradient itself. Which way do you walk?",
            (
                "0 / 0 for a direction of length 0",
                "0 for a direction of length 0",
            ): "An arrow of length 0 points nowhere. The docstring says what to do then.",
        },
    ),
    Exercise(
        name="descent_path",
        points=2,
        signature="(gradient, start, learning_rate, steps)",
        probes=descent_probes,
        hints={
            "climbs": "The gradient points uphill. Where do you want to go?",
            "start missing": "Where does the path begin?",
            "last point missing": "n steps make how many points?",
            "learning rate forgotten": "How long is a step?",
            "learning rate twice": "By what is the gradient multiplied, and how often?",
            "steps of equal length": "Near the bottom the gradient is short. Should the step stay long?",
            "sign of the gradient only": "A steep slope and a gentle one: the same step?",
            "every row is the same array": "Print the path. Why are all its rows equal?",
            "writes into start": "Whose array did you write into?",
            "gradient of the start throughout": "After the first step you stand elsewhere. What is the slope there?",
            "path in whole numbers": "What dtype has your array when the start is [3, -2]?",
            "last point only": "The whole path is asked for.",
            "two steps at a time": "How often is your point moved between two rows?",
            "gradient instead of point": "A step starts from where you stand.",
        },
    ),
    Exercise(
        name="fit_line",
        points=3,
        signature="(x, y, learning_rate, steps)",
        outputs=("slope", "intercept"),
        probes=line_probes,
        hints={
            "climbs": "The gradient points to where the loss grows. Where do you want to go?",
            "the half forgotten": "Compare your loss of one point with the text: what stands in front of the square?",
            "sum instead of mean": "Give every point twice. Should the line learn twice as fast?",
            "one example at a time": "At which slope and intercept is the error of the second point taken? Of the first?",
            "errors not squared": "What becomes of each miss before the mean is taken?",
            "intercept stays 0": "Two knobs: does your gradient have two entries, and do both move?",
            "slope stays 0": "Two knobs: does your gradient have two entries, and do both move?",
            "results exchanged": "In which order does the docstring ask for the two numbers?",
            "one step too few": "How often does your line move when steps is 1? And when it is 0?",
            "one step too many": "How often does your line move when steps is 0?",
            "gradient of the start throughout": "After the first step the line is another. What is its gradient?",
            "slopes of the two knobs exchanged": "Which of your two slopes belongs to which knob?",
            "one knob after the other": (
                "When the intercept moves, has the slope moved already? Both steps start from the same line."
            ),
            "starts from 1": "Which line knows nothing yet: where do both knobs stand at the start?",
            "learning rate forgotten": "How long is a step?",
            "learning rate twice": "By what is the gradient multiplied, and how often?",
            "best line at once": "That is where the walk ends, if it is long. Where does it stand after so many steps?",
            "prediction minus target exchanged for a sum": "How far is the line from the point: a sum, or a difference?",
            "steps of equal length": "Near the bottom the gradient is short. Should the step stay long?",
        },
        slips=no_slip,
    ),
]
