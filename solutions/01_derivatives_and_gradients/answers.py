"""The answers of assignment 01, right and wrong."""

import math
from itertools import accumulate

import numpy as np

from autograder.exercises import Answers

# --- rules ----------------------------------------------------------------------------------------------------------


def partial_derivatives(x, y):
    return 30 * x**2 * y**2 + 5 * y**3 + 4, 20 * x**3 * y + 15 * x * y**2 + 1


def partials(dx=None, dy=None):
    """Partial derivatives of which one is another."""

    def wrong(x, y):
        right = partial_derivatives(x, y)
        return (dx(x, y) if dx else right[0]), (dy(x, y) if dy else right[1])

    return wrong


# --- numerical_gradient ---------------------------------------------------------------------------------------------


def numerical_gradient(f, x):
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


def gradient_by(quotient):
    """A numerical gradient with another quotient per entry: quotient(f, x, moved by one step, step)."""

    def answer(f, x):
        x = np.array(x, dtype=float)
        gradient = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            step = np.zeros_like(x)
            step[index] = 1e-5
            gradient[index] = quotient(f, x, step, 1e-5)
        return gradient

    return answer


def not_restored(f, x):
    gradient = np.zeros(np.shape(x))
    for index in np.ndindex(np.shape(x)):
        x[index] += 1e-5
        above = f(x)
        x[index] -= 2e-5
        gradient[index] = (above - f(x)) / 2e-5
    return gradient


def put_back_at_the_end(f, x):
    moved = np.array(x, dtype=float)
    gradient = np.zeros(np.shape(x))
    for index in np.ndindex(np.shape(x)):
        moved[index] += 1e-5
        above = f(moved)
        moved[index] -= 2e-5
        gradient[index] = (above - f(moved)) / 2e-5
    return gradient


def restored_by_subtraction(f, x):
    gradient = np.zeros(np.shape(x))
    for index in np.ndindex(np.shape(x)):
        x[index] += 1e-5
        above = f(x)
        x[index] -= 2e-5
        below = f(x)
        x[index] += 1e-5
        gradient[index] = (above - below) / 2e-5
    return gradient


def integer_steps(f, x):
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


def whole_copies(gradient_dtype):
    """Steps on copies of whole numbers, where nothing or a whole step is left of them."""

    def answer(f, x):
        gradient = np.zeros(x.shape, dtype=gradient_dtype or x.dtype)
        for index in np.ndindex(x.shape):
            above, below = x.copy(), x.copy()
            above[index] += 1e-5
            below[index] -= 1e-5
            gradient[index] = (f(above) - f(below)) / 2e-5
        return gradient

    return answer


def integer_steps_and_gradient(f, x):
    return integer_steps(f, x).astype(x.dtype)


def by_flat_index(f, x):
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


def in_place_with_restore(f, x):
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


# --- directional_derivative -----------------------------------------------------------------------------------------


def directional_derivative(gradient, direction):
    length = np.linalg.norm(direction)
    if length == 0.0:
        raise ValueError("the zero vector has no direction")
    return float(np.dot(gradient, direction) / length)


def length_of(direction):
    length = float(np.sqrt(np.sum(np.square(np.asarray(direction, dtype=float)))))
    if length == 0.0:
        raise ZeroDivisionError("no direction")
    return length


# --- descent_path ---------------------------------------------------------------------------------------------------


def descent_path(gradient, start, learning_rate, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * np.asarray(gradient(path[-1])))
    return np.array(path)


def descent(step, rows=slice(None)):
    """Rows of a path with another step: step(gradient, point, learning rate)."""

    def wrong(gradient, start, learning_rate, steps):
        path = [np.array(start, dtype=float)]
        for _ in range(steps):
            path.append(step(gradient, path[-1], learning_rate))
        return np.array(path[rows])

    return wrong


def one_array(gradient, start, learning_rate, steps):
    point = np.array(start, dtype=float)
    path = [point]
    for _ in range(steps):
        point -= learning_rate * gradient(point)
        path.append(point)
    return np.array(path)


def the_callers_array(gradient, start, learning_rate, steps, copy=False):
    point = start.copy() if copy else start
    path = [point]
    for _ in range(steps):
        point -= learning_rate * gradient(point)
        path.append(point)
    return np.array(path)


def writes_start(gradient, start, learning_rate, steps):
    if not start.flags.writeable or start.dtype.kind != "f":
        return descent_path(gradient, start, learning_rate, steps)
    path = [start.copy()]
    for _ in range(steps):
        start -= learning_rate * gradient(start)
        path.append(start.copy())
    return np.array(path)


def whole_numbers(gradient, start, learning_rate, steps):
    path = np.zeros((steps + 1, len(start)), dtype=start.dtype)
    path[0] = start
    for i in range(steps):
        path[i + 1] = path[i] - learning_rate * gradient(path[i])
    return path


def frozen_gradient(gradient, start, learning_rate, steps):
    slope = np.asarray(gradient(np.array(start, dtype=float)))
    return np.array([start - i * learning_rate * slope for i in range(steps + 1)], dtype=float)


def filled(gradient, start, learning_rate, steps):
    path = np.empty((steps + 1, len(start)))
    path[0] = start
    for i in range(steps):
        path[i + 1] = path[i] - learning_rate * gradient(path[i])
    return path


def recursive(gradient, start, learning_rate, steps):
    start = np.array(start, dtype=float)
    if steps == 0:
        return start[None]
    rest = recursive(gradient, start - learning_rate * gradient(start), learning_rate, steps - 1)
    return np.vstack([start, rest])


def walked(gradient, start, learning_rate, steps):
    point, path = np.asarray(start, dtype=float), []
    for _ in range(steps + 1):
        path.append(point)
        point = point - np.multiply(learning_rate, gradient(point))
    return np.stack(path)


def entry_by_entry(gradient, start, learning_rate, steps):
    path = [[float(v) for v in start]]
    for _ in range(steps):
        slope = gradient(np.array(path[-1]))
        path.append([v - learning_rate * g for v, g in zip(path[-1], slope, strict=True)])
    return np.array(path)


def accumulated(gradient, start, learning_rate, steps):
    step = lambda point, _: point - learning_rate * gradient(point)
    return np.vstack(list(accumulate(range(steps), step, initial=start * 1.0)))


# --- fit_line -------------------------------------------------------------------------------------------------------


def line_gradient(x, y, v):
    miss = v[0] * x + v[1] - y
    return np.array([np.mean(miss * x), np.mean(miss)])


def fit_line(x, y, learning_rate, steps):
    # By a difference quotient, since that is what is asked for; of a square it is exact but for round-off.
    def loss(v):
        return np.mean(0.5 * (v[0] * x + v[1] - y) ** 2)

    v, step = np.zeros(2), 1e-4 * np.eye(2)
    for _ in range(steps):
        slopes = [(loss(v + step[k]) - loss(v - step[k])) / 2e-4 for k in (0, 1)]
        v = v - learning_rate * np.array(slopes)
    return float(v[0]), float(v[1])


def line(step=lambda v, g, rate: v - rate * g, gradient=line_gradient, start=0.0, more=0):
    """A walk of which the step, the gradient, the start or the number of steps is another."""

    def wrong(x, y, learning_rate, steps):
        x, y, v = x.astype(float), y.astype(float), np.full(2, start)
        for _ in range(max(0, steps + more)):
            v = step(v, gradient(x, y, v), learning_rate)
        return float(v[0]), float(v[1])

    return wrong


def line_by_points(share):
    """Each point moves the line by itself, and the next one meets another line."""

    def wrong(x, y, learning_rate, steps):
        slope, intercept = 0.0, 0.0
        for _ in range(steps):
            for a, b in zip(x.tolist(), y.tolist(), strict=True):
                error = slope * a + intercept - b
                slope -= learning_rate * share(len(x)) * error * a
                intercept -= learning_rate * share(len(x)) * error
        return slope, intercept

    return wrong


def line_in_turn(x, y, learning_rate, steps):
    """Each step looks at one point, the next step at the next."""
    v = np.zeros(2)
    for step in range(steps):
        i = step % len(x)
        v = v - learning_rate * (v[0] * x[i] + v[1] - y[i]) * np.array([x[i], 1.0])
    return float(v[0]), float(v[1])


def frozen_line(x, y, learning_rate, steps):
    v = -steps * learning_rate * line_gradient(x.astype(float), y.astype(float), np.zeros(2))
    return float(v[0]), float(v[1])


def knob_by_knob(x, y, learning_rate, steps):
    x, y, v = x.astype(float), y.astype(float), np.zeros(2)
    for _ in range(steps):
        for k in (0, 1):
            v[k] -= learning_rate * line_gradient(x, y, v)[k]
    return float(v[0]), float(v[1])


def best_line(x, y, learning_rate, steps):
    design = np.stack([x, np.ones(len(x))], axis=1).astype(float)
    return tuple(np.linalg.lstsq(design, y.astype(float), rcond=None)[0].tolist())


def line_by_differences(x, y, learning_rate, steps, h=1e-5):
    def loss(v):
        return np.mean(0.5 * (v[0] * x + v[1] - y) ** 2)

    def slopes(v):
        return np.array([(loss(v + step) - loss(v - step)) / (2 * h) for step in h * np.eye(2)])

    return descent_path(slopes, np.zeros(2), learning_rate, steps)[-1]


def line_in_floats(x, y, learning_rate, steps):
    def loss(slope, intercept):
        misses = [slope * float(a) + intercept - float(b) for a, b in zip(x, y, strict=True)]
        return sum(0.5 * miss * miss for miss in misses) / len(misses)

    slope = intercept = 0.0
    for _ in range(steps):
        by_slope = (loss(slope + 1e-4, intercept) - loss(slope - 1e-4, intercept)) / 2e-4
        by_intercept = (loss(slope, intercept + 1e-4) - loss(slope, intercept - 1e-4)) / 2e-4
        slope, intercept = slope - learning_rate * by_slope, intercept - learning_rate * by_intercept
    return [slope, intercept]


def line_in_matrices(x, y, learning_rate, steps):
    design = np.column_stack([x, np.ones(len(x))])
    v = np.zeros(2)
    for _ in range(steps):
        v = v - learning_rate / len(x) * (design.T @ (design @ v - y))
    return tuple(v)


def line_from_its_moments(x, y, learning_rate, steps):
    x, y = x.astype(float), y.astype(float)
    matrix = np.array([[np.mean(x * x), np.mean(x)], [np.mean(x), 1.0]])
    right = np.array([np.mean(x * y), np.mean(y)])
    v = np.zeros(2)
    for _ in range(steps):
        v = (np.eye(2) - learning_rate * matrix) @ v + learning_rate * right
    return v[0], v[1]


def line_by_recursion(x, y, learning_rate, steps):
    if steps == 0:
        return 0.0, 0.0
    before = np.array(line_by_recursion(x, y, learning_rate, steps - 1))
    slope, intercept = before - learning_rate * line_gradient(x * 1.0, y * 1.0, before)
    return float(slope), float(intercept)


ANSWERS = {
    "forward_difference": Answers(
        reference=lambda f, x, h: (f(x + h) - f(x)) / h,
        wrong={
            "not divided by h": lambda f, x, h: f(x + h) - f(x),
            "multiplied by h": lambda f, x, h: (f(x + h) - f(x)) * h,
            "looks backward": lambda f, x, h: (f(x) - f(x - h)) / h,
            "central difference": lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h),
            "divided by 2h": lambda f, x, h: (f(x + h) - f(x)) / (2 * h),
            "order of the difference": lambda f, x, h: (f(x) - f(x + h)) / h,
            "adds h to f instead of to x": lambda f, x, h: (f(x) + h - f(x)) / h,
            "value at h": lambda f, x, h: (f(h) - f(x)) / h,
            "starting value forgotten": lambda f, x, h: f(x + h) / h,
            "sum instead of difference": lambda f, x, h: (f(x + h) + f(x)) / h,
            "divides the first value only": lambda f, x, h: f(x + h) - f(x) / h,
        },
        right=(
            lambda f, x, h: (f(x) - f(x + h)) / -h,
            lambda f, x, h: f(x + h) / h - f(x) / h,
            lambda f, x, h: np.divide(f(x + h) - f(x), h),
            lambda f, x, h: float(np.diff([f(x), f(x + h)])[0] / h),
            lambda f, x, h: (1 / h) * (f(x + h) - f(x)),
        ),
    ),
    "central_difference": Answers(
        reference=lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h),
        wrong={
            "divided by h instead of 2h": lambda f, x, h: (f(x + h) - f(x - h)) / h,
            "forward difference": lambda f, x, h: (f(x + h) - f(x)) / h,
            "forward difference divided by 2h": lambda f, x, h: (f(x + h) - f(x)) / (2 * h),
            "looks backward only": lambda f, x, h: (f(x) - f(x - h)) / h,
            "multiplied by h at the end": lambda f, x, h: (f(x + h) - f(x - h)) / 2 * h,
            "not divided": lambda f, x, h: f(x + h) - f(x - h),
            "order of the difference": lambda f, x, h: (f(x - h) - f(x + h)) / (2 * h),
            "mean of the two values": lambda f, x, h: (f(x + h) + f(x - h)) / 2,
            "sum over 2h": lambda f, x, h: (f(x + h) + f(x - h)) / (2 * h),
            "second difference": lambda f, x, h: (f(x + h) - 2 * f(x) + f(x - h)) / h**2,
            "steps of h/2, divided by 2h": lambda f, x, h: (f(x + h / 2) - f(x - h / 2)) / (2 * h),
        },
        right=(
            lambda f, x, h: 0.5 * ((f(x + h) - f(x)) / h + (f(x) - f(x - h)) / h),
            lambda f, x, h: (f(x + h) - f(x - h)) / h / 2,
            lambda f, x, h: (f(x - h) - f(x + h)) / (-2 * h),
            lambda f, x, h: np.float64(f(x + h) - f(x - h)) * 0.5 / h,
            lambda f, x, h: (f(x + h) - f(x - h)) / ((x + h) - (x - h)),
        ),
    ),
    "polynomial_derivative": Answers(
        reference=lambda x: 20 * x**3 + 6 * x**2,
        wrong={
            "value instead of slope": lambda x: 5 * x**4 + 2 * x**3 + 5,
            "constant kept": lambda x: 20 * x**3 + 6 * x**2 + 5,
            "powers not lowered": lambda x: 20 * x**4 + 6 * x**3,
            "exponents not brought down": lambda x: 5 * x**3 + 2 * x**2,
            "coefficients lost": lambda x: 4 * x**3 + 3 * x**2,
            "second term's factor 2 lost": lambda x: 20 * x**3 + 3 * x**2,
            "first term only": lambda x: 20 * x**3,
            "second derivative": lambda x: 60 * x**2 + 12 * x,
            "sign of the second term": lambda x: 20 * x**3 - 6 * x**2,
        },
        right=(
            lambda x: 2 * x * x * (10 * x + 3),
            lambda x: np.polyval([20, 6, 0, 0], x),
            lambda x: 5 * 4 * x**3 + 2 * 3 * x**2 + 0,
            lambda x: np.vectorize(lambda v: 20.0 * v**3 + 6.0 * v**2, otypes=[float])(x),
            lambda x: 20 * np.power(x, 3) + 6 * np.square(x),
        ),
    ),
    "partial_derivatives": Answers(
        reference=partial_derivatives,
        wrong={
            "total of the two": lambda x, y: (sum(partial_derivatives(x, y)),) * 2,
            "both variables differentiated at once": lambda x, y: (60 * x**2 * y + 15 * y**2 + 5,) * 2,
            "4x's slope lost in df_dx": partials(dx=lambda x, y: 30 * x**2 * y**2 + 5 * y**3),
            "y's slope kept in df_dx": partials(dx=lambda x, y: 30 * x**2 * y**2 + 5 * y**3 + 5),
            "4x kept whole in df_dx": partials(dx=lambda x, y: 30 * x**2 * y**2 + 5 * y**3 + 4 * x),
            "5xy^3 taken as constant in df_dx": partials(dx=lambda x, y: 30 * x**2 * y**2 + 4),
            "y's power lowered too in df_dx": partials(dx=lambda x, y: 60 * x**2 * y + 15 * y**2 + 4),
            "constant factor y^2 lost in df_dx": partials(dx=lambda x, y: 30 * x**2 + 5 + 4),
            "y's slope lost in df_dy": partials(dy=lambda x, y: 20 * x**3 * y + 15 * x * y**2),
            "4x's slope kept in df_dy": partials(dy=lambda x, y: 20 * x**3 * y + 15 * x * y**2 + 5),
            "4x kept whole in df_dy": partials(dy=lambda x, y: 20 * x**3 * y + 15 * x * y**2 + 4 * x + 1),
            "x's power lowered too in df_dy": partials(dy=lambda x, y: 60 * x**2 * y + 15 * y**2 + 1),
            "constant factor x lost in df_dy": partials(dy=lambda x, y: 20 * y + 15 * y**2 + 1),
        },
        right=(
            lambda x, y: (5 * y**2 * (6 * x**2 + y) + 4, 5 * x * y * (4 * x**2 + 3 * y) + 1),
            lambda x, y: [10 * 3 * x**2 * y**2 + 5 * y**3 + 4, 10 * x**3 * 2 * y + 5 * x * 3 * y**2 + 1],
            lambda x, y: np.array([y**2 * (30 * x**2 + 5 * y) + 4, (20 * x**2 * y + 15 * y**2) * x + 1]),
            lambda x, y: (
                np.polyval([30 * y**2, 0 * y, 5 * y**3 + 4], x),
                np.polyval([15 * x, 20 * x**3, 0 * x + 1], y),
            ),
            lambda x, y: (30 * (x * y) ** 2 + 5 * y * y * y + 4.0, 20 * x * x * x * y + 15 * x * y * y + 1.0),
        ),
    ),
    "numerical_gradient": Answers(
        reference=numerical_gradient,
        wrong={
            "divided by h instead of 2h": gradient_by(lambda f, x, step, h: (f(x + step) - f(x - step)) / h),
            "forward difference divided by 2h": gradient_by(lambda f, x, step, h: (f(x + step) - f(x)) / (2 * h)),
            "all entries moved at once": gradient_by(lambda f, x, step, h: (f(x + h) - f(x - h)) / (2 * h)),
            "one number for all entries": lambda f, x: (f(x + 1e-5) - f(x - 1e-5)) / 2e-5,
            "divided by the number of entries": lambda f, x: numerical_gradient(f, x) / np.size(x),
            "steps to one side only": [
                gradient_by(lambda f, x, step, h, k=k: (f(x + k * step) - f(x)) / (k * h))
                for size in (10.0, 1.0, 0.1, 0.01)
                for k in (size, -size)
            ],
            "entries moved one after another": put_back_at_the_end,
            "x not restored": not_restored,
            "x restored by adding and subtracting": restored_by_subtraction,
            "whole numbers: a step of 1e-5 is cut off": [
                integer_steps,
                integer_steps_and_gradient,
                whole_copies(float),
                whole_copies(None),
            ],
            "flat instead of the shape of x": lambda f, x: numerical_gradient(f, x).ravel(),
            "first entry only": lambda f, x: np.where(
                np.arange(np.size(x)).reshape(np.shape(x)) == 0, numerical_gradient(f, x), 0.0
            ),
            "step far too large": gradient_by(lambda f, x, step, h: (f(x + 1e4 * step) - f(x)) / (1e4 * h)),
            "step lost in round-off": gradient_by(
                lambda f, x, step, h: (f(x + 1e-12 * step) - f(x - 1e-12 * step)) / (2e-12 * h)
            ),
            "not divided": gradient_by(lambda f, x, step, h: f(x + step) - f(x - step)),
        },
        right=(
            by_flat_index,
            in_place_with_restore,
            gradient_by(lambda f, x, step, h: (f(x + step) - f(x - step)) / (2 * h)),
            gradient_by(lambda f, x, step, h: (f(x + 50 * step) - f(x - 50 * step)) / (100 * h)),
            gradient_by(lambda f, x, step, h: (f(x + step / 100) - f(x - step / 100)) / (h / 50)),
            lambda f, x: np.array(
                [(f(x + e.reshape(x.shape)) - f(x - e.reshape(x.shape))) / 2e-6 for e in 1e-6 * np.eye(x.size)]
            ).reshape(x.shape),
        ),
    ),
    "directional_derivative": Answers(
        reference=directional_derivative,
        wrong={
            "direction not normalised": lambda g, d: float(np.dot(g, d)),
            "divided by the squared length": lambda g, d: float(np.dot(g, d) / np.dot(d, d)),
            "divided by the sum of the entries": lambda g, d: float(np.dot(g, d) / np.sum(d)),
            "divided by the sum of sizes": lambda g, d: float(np.dot(g, d) / np.sum(np.abs(d))),
            "divided by the largest entry": lambda g, d: float(np.dot(g, d) / np.max(np.abs(d))),
            "gradient normalised": lambda g, d: float(np.dot(g, d) / np.linalg.norm(g)),
            "both normalised": lambda g, d: float(np.dot(g, d) / np.linalg.norm(g) / np.linalg.norm(d)),
            "not summed": lambda g, d: g * d / np.linalg.norm(d),
            "multiplied by the length": lambda g, d: float(np.dot(g, d) * np.linalg.norm(d)),
            "steepest slope": lambda g, d: float(np.linalg.norm(g)),
            "0 / 0 for a direction of length 0": lambda g, d: np.dot(g, d) / np.linalg.norm(d),
            "0 for a direction of length 0": lambda g, d: float(np.dot(g, d) / (np.linalg.norm(d) or 1.0)),
        },
        right=(
            lambda g, d: sum(a * b for a, b in zip(g.tolist(), d.tolist(), strict=True)) / math.hypot(*d),
            lambda g, d: sum(a * b for a, b in zip(g, d, strict=True)) / length_of(d),
            lambda g, d: g @ (d / length_of(d)),
            lambda g, d: np.sum(np.multiply(g, d)) / length_of(d),
            lambda g, d: np.asarray(np.vdot(g, d) / length_of(d)),
        ),
    ),
    "descent_path": Answers(
        reference=descent_path,
        wrong={
            "climbs": descent(lambda f, x, h: x + h * f(x)),
            "start missing": descent(lambda f, x, h: x - h * f(x), slice(1, None)),
            "last point missing": descent(lambda f, x, h: x - h * f(x), slice(-1)),
            "learning rate forgotten": descent(lambda f, x, h: x - f(x)),
            "learning rate twice": descent(lambda f, x, h: x - h * h * f(x)),
            "steps of equal length": descent(lambda f, x, h: x - h * f(x) / (np.linalg.norm(f(x)) or 1.0)),
            "sign of the gradient only": descent(lambda f, x, h: x - h * np.sign(f(x))),
            "every row is the same array": [
                one_array,
                the_callers_array,
                lambda f, start, h, steps: the_callers_array(f, start, h, steps, copy=True),
            ],
            "writes into start": writes_start,
            "gradient of the start throughout": frozen_gradient,
            "path in whole numbers": whole_numbers,
            "last point only": lambda f, start, h, steps: descent_path(f, start, h, steps)[-1],
            "two steps at a time": descent(lambda f, x, h: (x - h * f(x)) - h * f(x - h * f(x))),
            "gradient instead of point": descent(lambda f, x, h: -h * f(x)),
        },
        right=(filled, recursive, walked, entry_by_entry, accumulated),
    ),
    "fit_line": Answers(
        reference=fit_line,
        wrong={
            "climbs": line(lambda v, g, rate: v + rate * g),
            "the half forgotten": line(lambda v, g, rate: v - 2 * rate * g),
            "sum instead of mean": line(gradient=lambda x, y, v: len(x) * line_gradient(x, y, v)),
            "one example at a time": [line_by_points(lambda n: 1 / n), line_by_points(lambda n: 1.0), line_in_turn],
            "errors not squared": [
                line(gradient=lambda x, y, v: np.array([np.mean(x), 1.0])),
                line(
                    gradient=lambda x, y, v: np.array(
                        [np.mean(np.sign(v[0] * x + v[1] - y) * x), np.mean(np.sign(v[0] * x + v[1] - y))]
                    )
                ),
            ],
            "intercept stays 0": line(lambda v, g, rate: v - rate * g * [1, 0]),
            "slope stays 0": line(lambda v, g, rate: v - rate * g * [0, 1]),
            "results exchanged": lambda x, y, rate, steps: fit_line(x, y, rate, steps)[::-1],
            "one step too few": line(more=-1),
            "one step too many": line(more=1),
            "gradient of the start throughout": frozen_line,
            "slopes of the two knobs exchanged": line(gradient=lambda x, y, v: line_gradient(x, y, v)[::-1]),
            "one knob after the other": knob_by_knob,
            "starts from 1": line(start=1.0),
            "learning rate forgotten": line(lambda v, g, rate: v - g),
            "learning rate twice": line(lambda v, g, rate: v - rate * rate * g),
            "best line at once": best_line,
            "prediction minus target exchanged for a sum": lambda x, y, rate, steps: fit_line(x, -y, rate, steps),
            "steps of equal length": line(lambda v, g, rate: v - rate * g / (np.linalg.norm(g) or 1.0)),
        },
        right=(
            line_by_differences,
            lambda x, y, rate, steps: line_by_differences(x, y, rate, steps, h=1e-8),
            lambda x, y, rate, steps: line_by_differences(x, y, rate, steps, h=1e-3),
            line_in_floats,
            line_in_matrices,
            line_from_its_moments,
            line_by_recursion,
        ),
    ),
}
