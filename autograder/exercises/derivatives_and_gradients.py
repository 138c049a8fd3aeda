"""Assignment 01: difference quotients, partial derivatives, gradients, a first descent."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.described import Formula
from autograder.exercises.exercise import (
    Exercise,
    Generator,
    Mistake,
    Probe,
    Step,
    away_from,
    call,
    elementwise_probes,
    read_only,
    slips,
)

ASSIGNMENT = "01_derivatives_and_gradients"

# --- difference quotients ------------------------------------------------------------------------------------------

CURVES = ("5*x**4 + 2*x**3 + 5", "np.sin(3*x) + x", "np.exp(x/2) - x**2", "x*x*x", "1/(1 + x**2)")


def _quotient_probes(name: str) -> Any:
    def probes(rng: Generator) -> list[Probe]:
        found = [call(name, Formula(curve), float(rng.uniform(0.4, 2.0)), 0.25) for curve in CURVES]
        found += [call(name, Formula(curve), float(rng.uniform(-2.0, -0.4)), 0.01) for curve in CURVES]
        found += [call(name, Formula(CURVES[1]), 0.0, 0.5, criterion="edges")]
        found += [call(name, Formula(CURVES[0]), 2, 1, criterion="edges")]
        found += [call(name, Formula(CURVES[3]), float(rng.uniform(0.5, 2.0)), -0.3, criterion="edges")]
        return [*found, call(name, Formula("7 - 3*x"), float(rng.uniform(-9, 9)), 1e-3, criterion="edges", scale=10.0)]

    return probes


def forward_difference(f: Any, x: float, h: float) -> float:
    return (f(x + h) - f(x)) / h


FORWARD = Exercise(
    name="forward_difference",
    assignment=ASSIGNMENT,
    points=1,
    signature="(f, x, h)",
    reference=forward_difference,
    probes=_quotient_probes("forward_difference"),
    mistakes=(
        Mistake("not divided by h", "A slope is a change per what?", lambda f, x, h: f(x + h) - f(x)),
        Mistake("multiplied by h", "A slope is a change per what?", lambda f, x, h: (f(x + h) - f(x)) * h),
        Mistake(
            "looks backward",
            "On which side of x does your second point lie?",
            lambda f, x, h: (f(x) - f(x - h)) / h,
        ),
        Mistake(
            "central difference",
            "That quotient looks to both sides. This one takes a single step, forward.",
            lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h),
        ),
        Mistake("divided by 2h", "How far apart are your two points?", lambda f, x, h: (f(x + h) - f(x)) / (2 * h)),
        Mistake("order of the difference", "End minus beginning?", lambda f, x, h: (f(x) - f(x + h)) / h),
        Mistake(
            "adds h to f instead of to x",
            "Which number moves by h: the input, or the output?",
            lambda f, x, h: (f(x) + h - f(x)) / h,
        ),
        Mistake("value at h", "Where does the step begin?", lambda f, x, h: (f(h) - f(x)) / h),
        Mistake("starting value forgotten", "A change is a difference of two values.", lambda f, x, h: f(x + h) / h),
        Mistake(
            "sum instead of difference",
            "A change is what kind of combination of two values?",
            lambda f, x, h: (f(x + h) + f(x)) / h,
        ),
        Mistake(
            "divides the first value only",
            "In Python, what is divided first: which part of your line belongs in brackets?",
            lambda f, x, h: f(x + h) - f(x) / h,
        ),
        *slips(forward_difference, backward=False),
    ),
    right=(
        lambda f, x, h: (f(x) - f(x + h)) / -h,
        lambda f, x, h: f(x + h) / h - f(x) / h,
        lambda f, x, h: np.divide(f(x + h) - f(x), h),
        lambda f, x, h: float(np.diff([f(x), f(x + h)])[0] / h),
        lambda f, x, h: (1 / h) * (f(x + h) - f(x)),
    ),
)


def central_difference(f: Any, x: float, h: float) -> float:
    return (f(x + h) - f(x - h)) / (2 * h)


CENTRAL = Exercise(
    name="central_difference",
    assignment=ASSIGNMENT,
    points=1,
    signature="(f, x, h)",
    reference=central_difference,
    probes=_quotient_probes("central_difference"),
    mistakes=(
        Mistake(
            "divided by h instead of 2h",
            "How far apart are your two points?",
            lambda f, x, h: (f(x + h) - f(x - h)) / h,
        ),
        Mistake(
            "forward difference",
            "That quotient looks to one side only. Where is the point on the other side?",
            forward_difference,
        ),
        Mistake(
            "forward difference divided by 2h",
            "How far apart are your two points?",
            lambda f, x, h: (f(x + h) - f(x)) / (2 * h),
        ),
        Mistake("looks backward only", "Where is the point on the other side?", lambda f, x, h: (f(x) - f(x - h)) / h),
        Mistake(
            "multiplied by h at the end",
            "In Python, a / 2 * h is (a / 2) * h. What did you mean to divide by?",
            lambda f, x, h: (f(x + h) - f(x - h)) / 2 * h,
        ),
        Mistake("not divided", "A slope is a change per what?", lambda f, x, h: f(x + h) - f(x - h)),
        Mistake("order of the difference", "Right minus left?", lambda f, x, h: (f(x - h) - f(x + h)) / (2 * h)),
        Mistake(
            "mean of the two values",
            "A change is a difference of two values.",
            lambda f, x, h: (f(x + h) + f(x - h)) / 2,
        ),
        Mistake(
            "sum over 2h",
            "A change is a difference of two values.",
            lambda f, x, h: (f(x + h) + f(x - h)) / (2 * h),
        ),
        Mistake(
            "second difference",
            "That is how the slope changes, not the slope.",
            lambda f, x, h: (f(x + h) - 2 * f(x) + f(x - h)) / h**2,
        ),
        Mistake(
            "steps of h/2, divided by 2h",
            "How far apart are your two points?",
            lambda f, x, h: (f(x + h / 2) - f(x - h / 2)) / (2 * h),
        ),
        *slips(central_difference, backward=False),
    ),
    right=(
        lambda f, x, h: 0.5 * ((f(x + h) - f(x)) / h + (f(x) - f(x - h)) / h),
        lambda f, x, h: (f(x + h) - f(x - h)) / h / 2,
        lambda f, x, h: (f(x - h) - f(x + h)) / (-2 * h),
        lambda f, x, h: np.float64(f(x + h) - f(x - h)) * 0.5 / h,
        lambda f, x, h: (f(x + h) - f(x - h)) / ((x + h) - (x - h)),
    ),
)


# --- rules ---------------------------------------------------------------------------------------------------------


def polynomial_derivative(x: Any) -> Any:
    return 20 * x**3 + 6 * x**2


POLYNOMIAL = Exercise(
    name="polynomial_derivative",
    assignment=ASSIGNMENT,
    points=1,
    signature="(x)",
    reference=polynomial_derivative,
    probes=elementwise_probes("polynomial_derivative", backward=False, extremes=(30.0, -30.0, 0.0, 1.0), integers=True),
    mistakes=(
        Mistake(
            "value instead of slope",
            "Is that the height of the curve, or its slope?",
            lambda x: 5 * x**4 + 2 * x**3 + 5,
        ),
        Mistake(
            "constant kept", "By how much does a constant change when x moves?", lambda x: 20 * x**3 + 6 * x**2 + 5
        ),
        Mistake("powers not lowered", "d/dx x^n: what happens to the exponent?", lambda x: 20 * x**4 + 6 * x**3),
        Mistake("exponents not brought down", "d/dx x^n: what comes down in front?", lambda x: 5 * x**3 + 2 * x**2),
        Mistake("coefficients lost", "A curve twice as high is twice as steep.", lambda x: 4 * x**3 + 3 * x**2),
        Mistake("second term's factor 2 lost", "What stands in front of x^3?", lambda x: 20 * x**3 + 3 * x**2),
        Mistake("first term only", "A sum changes by the sum of the changes.", lambda x: 20 * x**3),
        Mistake("second derivative", "You have differentiated once more than asked.", lambda x: 60 * x**2 + 12 * x),
        Mistake("sign of the second term", "Which sign has the second term of f?", lambda x: 20 * x**3 - 6 * x**2),
        *slips(polynomial_derivative, backward=False),
    ),
    right=(
        lambda x: 2 * x * x * (10 * x + 3),
        lambda x: np.polyval([20, 6, 0, 0], x),
        lambda x: 5 * 4 * x**3 + 2 * 3 * x**2 + 0,
        lambda x: np.vectorize(lambda v: 20.0 * v**3 + 6.0 * v**2, otypes=[float])(x),
        lambda x: 20 * np.power(x, 3) + 6 * np.square(x),
    ),
)


def partial_derivatives(x: Any, y: Any) -> tuple[Any, Any]:
    return 30 * x**2 * y**2 + 5 * y**3 + 4, 20 * x**3 * y + 15 * x * y**2 + 1


def _partials(dx: Any = None, dy: Any = None) -> Any:
    """Partial derivatives of which one is another."""

    def wrong(x: Any, y: Any) -> tuple[Any, Any]:
        right = partial_derivatives(x, y)
        return (dx(x, y) if dx else right[0]), (dy(x, y) if dy else right[1])

    return wrong


def _partial_probes(rng: Generator) -> list[Probe]:
    name = "partial_derivatives"
    points = [away_from(rng, (2,)) for _ in range(4)]
    found = [call(name, 1.0, 2.0), *(call(name, float(x), float(y)) for x, y in points)]
    found += [call(name, 2, -3, criterion="edges"), call(name, 0.0, 1.5, criterion="edges")]
    found += [call(name, -1.0, 0.0, criterion="edges"), call(name, 0.0, 0.0, criterion="edges")]
    return [*found, call(name, away_from(rng, (3, 2)), away_from(rng, (3, 2)), criterion="edges")]


PARTIALS = Exercise(
    name="partial_derivatives",
    assignment=ASSIGNMENT,
    points=2,
    signature="(x, y)",
    outputs=("df_dx", "df_dy"),
    reference=partial_derivatives,
    probes=_partial_probes,
    mistakes=(
        Mistake(
            "total of the two",
            "Two numbers are asked for: one for each variable.",
            lambda x, y: (sum(partial_derivatives(x, y)),) * 2,
        ),
        Mistake(
            "both variables differentiated at once",
            "The other variable is a constant now. What happens to a constant factor?",
            lambda x, y: (60 * x**2 * y + 15 * y**2 + 5, 60 * x**2 * y + 15 * y**2 + 5),
        ),
        Mistake(
            "4x's slope lost in df_dx",
            "Which terms of f move when x moves? Count them.",
            _partials(dx=lambda x, y: 30 * x**2 * y**2 + 5 * y**3),
        ),
        Mistake(
            "y's slope kept in df_dx",
            "Does y move when only x moves?",
            _partials(dx=lambda x, y: 30 * x**2 * y**2 + 5 * y**3 + 5),
        ),
        Mistake(
            "4x kept whole in df_dx",
            "4x is a straight line in x. How steep is it?",
            _partials(dx=lambda x, y: 30 * x**2 * y**2 + 5 * y**3 + 4 * x),
        ),
        Mistake(
            "5xy^3 taken as constant in df_dx",
            "Which terms of f move when x moves? Count them.",
            _partials(dx=lambda x, y: 30 * x**2 * y**2 + 4),
        ),
        Mistake(
            "y's power lowered too in df_dx",
            "The other variable is a constant now. What happens to a constant factor?",
            _partials(dx=lambda x, y: 60 * x**2 * y + 15 * y**2 + 4),
        ),
        Mistake(
            "constant factor y^2 lost in df_dx",
            "The other variable is a constant now. What happens to a constant factor?",
            _partials(dx=lambda x, y: 30 * x**2 + 5 + 4),
        ),
        Mistake(
            "y's slope lost in df_dy",
            "Which terms of f move when y moves? Count them.",
            _partials(dy=lambda x, y: 20 * x**3 * y + 15 * x * y**2),
        ),
        Mistake(
            "4x's slope kept in df_dy",
            "Does x move when only y moves?",
            _partials(dy=lambda x, y: 20 * x**3 * y + 15 * x * y**2 + 5),
        ),
        Mistake(
            "4x kept whole in df_dy",
            "4x does not move when only y moves. What is its slope in y?",
            _partials(dy=lambda x, y: 20 * x**3 * y + 15 * x * y**2 + 4 * x + 1),
        ),
        Mistake(
            "x's power lowered too in df_dy",
            "The other variable is a constant now. What happens to a constant factor?",
            _partials(dy=lambda x, y: 60 * x**2 * y + 15 * y**2 + 1),
        ),
        Mistake(
            "constant factor x lost in df_dy",
            "The other variable is a constant now. What happens to a constant factor?",
            _partials(dy=lambda x, y: 20 * y + 15 * y**2 + 1),
        ),
        *slips(partial_derivatives, backward=False, outputs=2),
    ),
    right=(
        lambda x, y: (5 * y**2 * (6 * x**2 + y) + 4, 5 * x * y * (4 * x**2 + 3 * y) + 1),
        lambda x, y: [10 * 3 * x**2 * y**2 + 5 * y**3 + 4, 10 * x**3 * 2 * y + 5 * x * 3 * y**2 + 1],
        lambda x, y: np.array(partial_derivatives(x, y)),
        lambda x, y: (
            np.polyval([30 * y**2, 0, 5 * y**3 + 4], x) if np.ndim(y) == 0 else partial_derivatives(x, y)[0],
            (20 * x**2 * y + 15 * y**2) * x + 1,
        ),
        lambda x, y: (30 * (x * y) ** 2 + 5 * y * y * y + 4.0, 20 * x * x * x * y + 15 * x * y * y + 1.0),
    ),
)


# --- gradients -----------------------------------------------------------------------------------------------------


def numerical_gradient(f: Any, x: Any) -> Any:
    x = np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + 1e-5
        above = f(x)
        x[index] = kept - 1e-5
        below = f(x)
        x[index] = kept
        gradient[index] = (above - below) / 2e-5
    return gradient


# A function and its gradient; the second is what a numerical gradient must come near to.
HILLS = (
    ("np.sum(x**3)", "3*x**2"),
    ("np.sum(np.sin(x)) * 2", "2*np.cos(x)"),
    ("np.sum(x)**2 / 4", "np.full(x.shape, np.sum(x)/2)"),
    (
        "np.sum(np.exp(x/2) * np.arange(1, x.size + 1).reshape(x.shape))",
        "np.exp(x/2)/2 * np.arange(1, x.size + 1).reshape(x.shape)",
    ),
    ("np.sum(np.log(1 + x**2)) + x.flat[0]*x.flat[-1]", None),
)


def _hill_probe(hill: tuple[str, str | None], x: Any, criterion: str = "values") -> Probe:
    x = np.asarray(x)
    formula, slope = hill
    if slope is None:
        right = 2 * x / (1 + x**2)
        right.flat[0] += x.flat[-1]
        right.flat[-1] += x.flat[0]
    else:
        right = Formula(slope)(x.astype(float))
    # What a step between 1e-7 and 1e-4 can do to a quotient in float64, with room to spare.
    room = 2e-4 * np.maximum(np.abs(right), 0.1 * np.abs(right).max() + 0.1)
    return Probe((Step("numerical_gradient", (Formula(formula), x)),), criterion, between=(right - room, right + room))


def _numerical_probes(rng: Generator) -> list[Probe]:
    shapes = [(3,), (2, 3), (4,), (3, 2), (5,)]
    found = [_hill_probe(hill, away_from(rng, shape)) for hill, shape in zip(HILLS, shapes, strict=True)]
    found += [
        _hill_probe(HILLS[0], away_from(rng, (1, 1)), "edges"),
        _hill_probe(HILLS[3], away_from(rng, (2, 3, 2)), "edges"),
    ]
    found += [_hill_probe(HILLS[1], np.asfortranarray(away_from(rng, (3, 4))), "edges")]
    found += [_hill_probe(HILLS[0], rng.integers(1, 5, (2, 2)) * np.array([[1, -1], [1, -1]]), "edges")]
    return found


def _gradient_by(quotient: Any) -> Any:
    """A numerical gradient with another quotient per entry: quotient(f, x, moved by one step, step)."""

    def wrong(f: Any, x: Any) -> Any:
        x = np.array(x, dtype=float)
        gradient = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            step = np.zeros_like(x)
            step[index] = 1e-5
            gradient[index] = quotient(f, x, step, 1e-5)
        return gradient

    return wrong


def _not_restored(f: Any, x: Any) -> Any:
    gradient = np.zeros(np.shape(x))
    for index in np.ndindex(np.shape(x)):
        x[index] += 1e-5
        above = f(x)
        x[index] -= 2e-5
        gradient[index] = (above - f(x)) / 2e-5
    return gradient


def _restored_by_subtraction(f: Any, x: Any) -> Any:
    gradient = np.zeros(np.shape(x))
    for index in np.ndindex(np.shape(x)):
        x[index] += 1e-5
        above = f(x)
        x[index] -= 2e-5
        below = f(x)
        x[index] += 1e-5
        gradient[index] = (above - below) / 2e-5
    return gradient


def _integer_steps(f: Any, x: Any) -> Any:
    x = np.array(x)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + 1e-5
        above = f(x)
        x[index] = kept - 1e-5
        below = f(x)
        x[index] = kept
        gradient[index] = (above - below) / 2e-5
    return gradient


def _by_flat_index(f: Any, x: Any) -> Any:
    moved = np.array(x, dtype=float)
    found = []
    for i in range(moved.size):
        kept = moved.flat[i]
        moved.flat[i] = kept + 1e-6
        above = f(moved)
        moved.flat[i] = kept - 1e-6
        found.append((above - f(moved)) / 2e-6)
        moved.flat[i] = kept
    return np.array(found).reshape(moved.shape)


def _in_place_with_restore(f: Any, x: Any) -> Any:
    if x.dtype.kind != "f":
        x = x.astype(float)
    gradient = np.empty(x.shape)
    with np.nditer(x, flags=["multi_index"]) as walk:
        for _ in walk:
            i = walk.multi_index
            kept = x[i]
            x[i] = kept + 1e-4
            above = f(x)
            x[i] = kept - 1e-4
            below = f(x)
            x[i] = kept
            gradient[i] = (above - below) / 2e-4
    return gradient


NUMERICAL = Exercise(
    name="numerical_gradient",
    assignment=ASSIGNMENT,
    points=3,
    signature="(f, x)",
    reference=numerical_gradient,
    probes=_numerical_probes,
    mistakes=(
        Mistake(
            "divided by h instead of 2h",
            "How far apart are your two points?",
            _gradient_by(lambda f, x, step, h: (f(x + step) - f(x - step)) / h),
        ),
        Mistake(
            "forward difference divided by 2h",
            "How far apart are your two points?",
            _gradient_by(lambda f, x, step, h: (f(x + step) - f(x)) / (2 * h)),
        ),
        Mistake(
            "all entries moved at once",
            "A partial derivative moves one entry. What do the others do meanwhile?",
            _gradient_by(lambda f, x, step, h: (f(x + h) - f(x - h)) / (2 * h)),
        ),
        Mistake(
            "one number for all entries",
            "How many entries has the gradient of a function of x.size numbers?",
            lambda f, x: (f(np.asarray(x) + 1e-5) - f(np.asarray(x) - 1e-5)) / 2e-5,
        ),
        Mistake(
            "divided by the number of entries",
            "Each entry has a quotient of its own: is there anything to average?",
            lambda f, x: numerical_gradient(f, x) / np.size(x),
        ),
        Mistake("x not restored", "Print x after your call. Is it what it was?", _not_restored),
        Mistake(
            "x restored by adding and subtracting",
            "In floating point x + h - h is not always x. What could you keep instead?",
            _restored_by_subtraction,
        ),
        Mistake(
            "float step on an integer array",
            "What does an integer array do with 2 + 0.00001? Look at its dtype.",
            _integer_steps,
        ),
        Mistake(
            "flat instead of the shape of x",
            "The gradient has the shape of x.",
            lambda f, x: numerical_gradient(f, x).ravel(),
        ),
        Mistake(
            "first entry only",
            "Does your loop reach every entry?",
            lambda f, x: np.where(np.arange(np.size(x)).reshape(np.shape(x)) == 0, numerical_gradient(f, x), 0.0),
        ),
        Mistake(
            "step far too large",
            "Draw the error against h: a step of 0.1 is to the far right of that picture.",
            _gradient_by(lambda f, x, step, h: (f(x + 1e4 * step) - f(x)) / (1e4 * h)),
        ),
        Mistake(
            "step lost in round-off",
            "Draw the error against h: a step of 1e-16 is to the far left of that picture.",
            _gradient_by(lambda f, x, step, h: (f(x + 1e-12 * step) - f(x - 1e-12 * step)) / (2e-12 * h)),
        ),
        Mistake(
            "not divided",
            "A slope is a change per what?",
            _gradient_by(lambda f, x, step, h: f(x + step) - f(x - step)),
        ),
        *slips(numerical_gradient, backward=False),
    ),
    right=(
        _by_flat_index,
        _in_place_with_restore,
        _gradient_by(lambda f, x, step, h: (f(x + step) - f(x - step)) / (2 * h)),
        _gradient_by(lambda f, x, step, h: (f(x + step / 10) - f(x)) / (h / 10)),
        lambda f, x: np.array(
            [(f(x + e.reshape(np.shape(x))) - f(x - e.reshape(np.shape(x)))) / 2e-6 for e in 1e-6 * np.eye(np.size(x))]
        ).reshape(np.shape(x)),
    ),
)


def directional_derivative(gradient: Any, direction: Any) -> float:
    length = np.linalg.norm(direction)
    if length == 0.0:
        raise ValueError("the zero vector has no direction")
    return float(np.dot(gradient, direction) / length)


def _directional_probes(rng: Generator) -> list[Probe]:
    name = "directional_derivative"

    def pair(n: int, size: float = 2.0) -> tuple[Any, Any]:
        return away_from(rng, (n,), spread=2.0), away_from(rng, (n,), spread=size)

    found = [call(name, np.array([8.0, 2.0]), np.array([3.0, 4.0])), *(call(name, *pair(n)) for n in (2, 3, 5))]
    found += [call(name, *pair(1), criterion="edges"), call(name, *pair(4, 1e-6), criterion="edges")]
    found += [
        call(name, *pair(4, 1e6), criterion="edges"),
        call(name, *(read_only(v) for v in pair(3)), criterion="edges"),
    ]
    found += [call(name, np.array([2.0, 1.0]), np.array([-1.0, 2.0]), criterion="edges", scale=1.0)]
    found += [call(name, np.array([1, -2, 2]), np.array([2, 1, 2]), criterion="edges", scale=1.0)]
    return [*found, call(name, np.array([1.0, 2.0]), np.zeros(2), criterion="edges", label="a direction of length 0")]


DIRECTIONAL = Exercise(
    name="directional_derivative",
    assignment=ASSIGNMENT,
    points=2,
    signature="(gradient, direction)",
    reference=directional_derivative,
    probes=_directional_probes,
    mistakes=(
        Mistake(
            "direction not normalised",
            "Double the direction. Should the slope per unit length double?",
            lambda gradient, direction: float(np.dot(gradient, direction)),
        ),
        Mistake(
            "divided by the squared length",
            "Double the direction. Your answer halves; should it?",
            lambda gradient, direction: float(np.dot(gradient, direction) / np.dot(direction, direction)),
        ),
        Mistake(
            "divided by the sum of the entries",
            "How long is the arrow (3, 4)?",
            lambda gradient, direction: float(np.dot(gradient, direction) / np.sum(direction)),
        ),
        Mistake(
            "divided by the sum of sizes",
            "How long is the arrow (3, 4)?",
            lambda gradient, direction: float(np.dot(gradient, direction) / np.sum(np.abs(direction))),
        ),
        Mistake(
            "divided by the largest entry",
            "How long is the arrow (3, 4)?",
            lambda gradient, direction: float(np.dot(gradient, direction) / np.max(np.abs(direction))),
        ),
        Mistake(
            "gradient normalised",
            "Which of the two arrows only gives a direction?",
            lambda gradient, direction: float(np.dot(gradient, direction) / np.linalg.norm(gradient)),
        ),
        Mistake(
            "both normalised",
            "That is the cosine of the angle. Does a steeper slope change your answer?",
            lambda gradient, direction: float(
                np.dot(gradient, direction) / np.linalg.norm(gradient) / np.linalg.norm(direction)
            ),
        ),
        Mistake(
            "not summed",
            "One direction, one slope: how many numbers should come out?",
            lambda gradient, direction: np.asarray(gradient) * direction / np.linalg.norm(direction),
        ),
        Mistake(
            "multiplied by the length",
            "Double the direction. Should the slope per unit length grow?",
            lambda gradient, direction: float(np.dot(gradient, direction) * np.linalg.norm(direction)),
        ),
        Mistake(
            "steepest slope",
            "That is the slope along the gradient itself. Which way do you walk?",
            lambda gradient, direction: float(np.linalg.norm(gradient)),
        ),
        Mistake(
            "0 / 0 for a direction of length 0",
            "An arrow of length 0 points nowhere. The docstring says what to do then.",
            lambda gradient, direction: np.dot(gradient, direction) / np.linalg.norm(direction),
        ),
        Mistake(
            "0 for a direction of length 0",
            "An arrow of length 0 points nowhere. The docstring says what to do then.",
            lambda gradient, direction: float(np.dot(gradient, direction) / (np.linalg.norm(direction) or 1.0)),
        ),
        *slips(directional_derivative, backward=False),
    ),
    right=(
        lambda gradient, direction: directional_derivative(gradient, np.asarray(direction) * 3.0),
        lambda gradient, direction: sum(g * d for g, d in zip(gradient, direction, strict=True)) / _length(direction),
        lambda gradient, direction: gradient @ (direction / _length(direction)),
        lambda gradient, direction: np.sum(np.multiply(gradient, direction)) / _length(direction),
        lambda gradient, direction: np.asarray(np.vdot(gradient, direction) / _length(direction)),
    ),
)


def _length(direction: Any) -> float:
    length = float(np.sqrt(np.sum(np.square(np.asarray(direction, dtype=float)))))
    if length == 0.0:
        raise ZeroDivisionError("no direction")
    return length


def descent_path(gradient: Any, start: Any, learning_rate: float, steps: int) -> Any:
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * np.asarray(gradient(path[-1])))
    return np.array(path)


BOWL = Formula("np.array([8*x[0], 2*x[1]])")
TWIST = Formula("np.array([x[0] + np.sin(x[1]), x[1] * x[0], 0.5 * x[2]])")
LINE = Formula("2 * x - 3")


def _descent_probes(rng: Generator) -> list[Probe]:
    name = "descent_path"
    found = [call(name, BOWL, np.array([1.0, 1.0]), 0.1, 3), call(name, BOWL, away_from(rng, (2,)), 0.05, 6)]
    found += [
        call(name, TWIST, away_from(rng, (3,), spread=1.0), 0.1, 5),
        call(name, LINE, away_from(rng, (4,)), 0.2, 4),
    ]
    found += [call(name, BOWL, away_from(rng, (2,)), 0.1, 1, criterion="edges")]
    found += [call(name, BOWL, away_from(rng, (2,)), 0.1, 0, criterion="edges", label="no steps")]
    found += [call(name, LINE, away_from(rng, (1,)), 0.3, 4, criterion="edges")]
    found += [call(name, BOWL, np.array([3, -2]), 0.1, 4, criterion="edges", label="a start in whole numbers")]
    found += [call(name, BOWL, read_only(away_from(rng, (2,))), 0.24, 30, criterion="edges")]
    return [*found, call(name, BOWL, away_from(rng, (2,)), 0.3, 5, criterion="edges")]


def _descent(step: Any, first: bool = True, last: bool = True) -> Any:
    """A path with another step: step(gradient, point, learning rate)."""

    def wrong(gradient: Any, start: Any, learning_rate: float, steps: int) -> Any:
        path = [np.array(start, dtype=float)]
        for _ in range(steps):
            path.append(step(gradient, path[-1], learning_rate))
        return np.array(path[0 if first else 1 :][: None if last else -1])

    return wrong


def _one_array(gradient: Any, start: Any, learning_rate: float, steps: int) -> Any:
    point = np.array(start, dtype=float)
    path = [point]
    for _ in range(steps):
        point -= learning_rate * gradient(point)
        path.append(point)
    return np.array(path)


def _writes_start(gradient: Any, start: Any, learning_rate: float, steps: int) -> Any:
    if not isinstance(start, np.ndarray) or not start.flags.writeable or start.dtype.kind != "f":
        return descent_path(gradient, start, learning_rate, steps)
    path = [start.copy()]
    for _ in range(steps):
        start -= learning_rate * gradient(start)
        path.append(start.copy())
    return np.array(path)


def _whole_numbers(gradient: Any, start: Any, learning_rate: float, steps: int) -> Any:
    path = np.zeros((steps + 1, len(start)), dtype=np.asarray(start).dtype)
    path[0] = start
    for i in range(steps):
        path[i + 1] = path[i] - learning_rate * gradient(path[i])
    return path


def _frozen_gradient(gradient: Any, start: Any, learning_rate: float, steps: int) -> Any:
    slope = np.asarray(gradient(np.array(start, dtype=float)))
    return np.array([start - i * learning_rate * slope for i in range(steps + 1)], dtype=float)


def _filled(gradient: Any, start: Any, learning_rate: float, steps: int) -> Any:
    path = np.empty((steps + 1, len(start)))
    path[0] = start
    for i in range(steps):
        path[i + 1] = path[i] - learning_rate * gradient(path[i])
    return path


def _recursive(gradient: Any, start: Any, learning_rate: float, steps: int) -> Any:
    start = np.array(start, dtype=float)
    if steps == 0:
        return start[None]
    rest = _recursive(gradient, start - learning_rate * gradient(start), learning_rate, steps - 1)
    return np.vstack([start, rest])


def _walked(gradient: Any, start: Any, learning_rate: float, steps: int) -> Any:
    point, path = np.asarray(start, dtype=float), []
    for _ in range(steps + 1):
        path.append(point)
        point = point - np.multiply(learning_rate, gradient(point))
    return np.stack(path)


def _entry_by_entry(gradient: Any, start: Any, learning_rate: float, steps: int) -> Any:
    path = [[float(v) for v in start]]
    for _ in range(steps):
        slope = gradient(np.array(path[-1]))
        path.append([v - learning_rate * g for v, g in zip(path[-1], slope, strict=True)])
    return np.array(path)


DESCENT = Exercise(
    name="descent_path",
    assignment=ASSIGNMENT,
    points=2,
    signature="(gradient, start, learning_rate, steps)",
    reference=descent_path,
    probes=_descent_probes,
    mistakes=(
        Mistake(
            "climbs", "The gradient points uphill. Where do you want to go?", _descent(lambda f, x, h: x + h * f(x))
        ),
        Mistake("start missing", "Where does the path begin?", _descent(lambda f, x, h: x - h * f(x), first=False)),
        Mistake(
            "last point missing", "n steps make how many points?", _descent(lambda f, x, h: x - h * f(x), last=False)
        ),
        Mistake("learning rate forgotten", "How long is a step?", _descent(lambda f, x, h: x - f(x))),
        Mistake(
            "learning rate twice",
            "By what is the gradient multiplied, and how often?",
            _descent(lambda f, x, h: x - h * h * f(x)),
        ),
        Mistake(
            "steps of equal length",
            "Near the bottom the gradient is short. Should the step stay long?",
            _descent(lambda f, x, h: x - h * f(x) / (np.linalg.norm(f(x)) or 1.0)),
        ),
        Mistake(
            "sign of the gradient only",
            "A steep slope and a gentle one: the same step?",
            _descent(lambda f, x, h: x - h * np.sign(f(x))),
        ),
        Mistake(
            "every row the same",
            "One array, written over again and again: what does each row of your path show?",
            _one_array,
        ),
        Mistake("writes into start", "Whose array did you write into?", _writes_start),
        Mistake(
            "gradient of the start throughout",
            "After the first step you stand elsewhere. What is the slope there?",
            _frozen_gradient,
        ),
        Mistake("path in whole numbers", "What dtype has your array when the start is [3, -2]?", _whole_numbers),
        Mistake(
            "last point only",
            "The whole path is asked for.",
            lambda f, start, h, steps: descent_path(f, start, h, steps)[-1],
        ),
        Mistake(
            "two steps at a time",
            "How often is your point moved between two rows?",
            _descent(lambda f, x, h: (x - h * f(x)) - h * f(x - h * f(x))),
        ),
        Mistake(
            "gradient instead of point", "A step starts from where you stand.", _descent(lambda f, x, h: -h * f(x))
        ),
        *slips(descent_path, backward=False),
    ),
    right=(_filled, _recursive, _walked, _entry_by_entry, lambda f, s, h, n: descent_path(f, s, h, n)),
)


EXERCISES = (FORWARD, CENTRAL, POLYNOMIAL, PARTIALS, NUMERICAL, DIRECTIONAL, DESCENT)
