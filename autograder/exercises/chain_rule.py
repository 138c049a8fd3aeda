"""Assignment 02: outside and inside, several paths, vectors, and why storing beats recomputing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.calls import Outcome
from autograder.described import Formula
from autograder.exercises.exercise import (
    Criterion,
    Exercise,
    Generator,
    Mistake,
    Probe,
    away_from,
    call,
    elementwise_probes,
    read_only,
    slips,
    upstream_like,
)

ASSIGNMENT = "02_chain_rule"


# --- one path ------------------------------------------------------------------------------------------------------


def d_sin_of_square(x: Any) -> Any:
    return np.cos(np.square(x)) * 2 * x


SIN_OF_SQUARE = Exercise(
    name="d_sin_of_square",
    assignment=ASSIGNMENT,
    points=1,
    signature="(x)",
    reference=d_sin_of_square,
    probes=elementwise_probes("d_sin_of_square", backward=False, extremes=(0.0, 1.0, 10.0, -10.0), integers=True),
    mistakes=(
        Mistake(
            "inner derivative forgotten",
            "x^2 moves faster than x. By which factor?",
            lambda x: np.cos(np.square(x)),
        ),
        Mistake(
            "outer derivative taken at the inner slope",
            "At which value is the cosine taken: what goes into the sine?",
            lambda x: np.cos(2 * np.asarray(x)) * 2 * x,
        ),
        Mistake(
            "cosine of the inner derivative",
            "The chain rule multiplies two slopes. How many factors has your answer?",
            lambda x: np.cos(2 * np.asarray(x)),
        ),
        Mistake(
            "outer derivative taken at x",
            "At which value is the cosine taken: what goes into the sine?",
            lambda x: np.cos(x) * 2 * x,
        ),
        Mistake("outer derivative forgotten", "Two links, two slopes.", lambda x: 2.0 * np.asarray(x)),
        Mistake("sine kept", "What is the slope of the sine?", lambda x: np.sin(np.square(x)) * 2 * x),
        Mistake("sine and sign", "What is the slope of the sine?", lambda x: -np.sin(np.square(x)) * 2 * x),
        Mistake(
            "square of the sine",
            "sin(x^2) is not (sin x)^2: which function is inside?",
            lambda x: 2 * np.sin(x) * np.cos(x),
        ),
        Mistake("value instead of slope", "Is that the height, or the slope?", lambda x: np.sin(np.square(x))),
        Mistake(
            "slopes added",
            "Along one path, do effects add or multiply?",
            lambda x: np.cos(np.square(x)) + 2 * np.asarray(x),
        ),
        Mistake("power not lowered", "What is the slope of x^2?", lambda x: np.cos(np.square(x)) * 2 * np.square(x)),
        *slips(d_sin_of_square, backward=False),
    ),
    right=(
        lambda x: 2 * x * np.cos(x**2),
        lambda x: (x + x) * np.sin(np.square(x) + np.pi / 2),
        lambda x: np.vectorize(lambda v: 2.0 * v * np.cos(v * v), otypes=[float])(x),
        lambda x: 2 * (x * np.cos(x * x)),
        lambda x: np.multiply(np.multiply(2.0, x), np.cos(np.power(x, 2))),
    ),
)


def d_fourth_power(x: Any) -> Any:
    return 4 * (x**2 + 3) ** 3 * 2 * x


FOURTH_POWER = Exercise(
    name="d_fourth_power",
    assignment=ASSIGNMENT,
    points=1,
    signature="(x)",
    reference=d_fourth_power,
    probes=elementwise_probes("d_fourth_power", backward=False, extremes=(0.0, 1.0, 10.0, -10.0), integers=True),
    mistakes=(
        Mistake("inner derivative forgotten", "y = x^2 + 3 moves faster than x.", lambda x: 4.0 * (x**2 + 3) ** 3),
        Mistake("outer derivative forgotten", "z moves faster than y.", lambda x: 2.0 * np.asarray(x)),
        Mistake("power not lowered", "What is the slope of y^4?", lambda x: 4 * (x**2 + 3) ** 4 * 2 * x),
        Mistake("exponent not brought down", "What is the slope of y^4?", lambda x: (x**2 + 3) ** 3 * 2 * x),
        Mistake(
            "outer derivative taken at x",
            "dz/dy is a slope at y. What is y here?",
            lambda x: 4 * np.asarray(x, dtype=float) ** 3 * 2 * x,
        ),
        Mistake(
            "outer derivative taken at the inner slope",
            "dz/dy is a slope at y. What is y here?",
            lambda x: 4.0 * (2 * np.asarray(x)) ** 3 * 2 * x,
        ),
        Mistake(
            "constant kept in the inner slope",
            "By how much does the 3 change when x moves?",
            lambda x: 4 * (x**2 + 3) ** 3 * (2 * np.asarray(x) + 3),
        ),
        Mistake(
            "slopes added",
            "Along one path, do effects add or multiply?",
            lambda x: 4 * (x**2 + 3) ** 3 + 2.0 * np.asarray(x),
        ),
        Mistake("constant lost inside", "y is x^2 + 3.", lambda x: 8.0 * np.asarray(x, dtype=float) ** 7),
        Mistake("value instead of slope", "Is that the height, or the slope?", lambda x: (x**2 + 3.0) ** 4),
        Mistake("inner slope is x", "What is the slope of x^2?", lambda x: 4 * (x**2 + 3) ** 3 * x),
        *slips(d_fourth_power, backward=False),
    ),
    right=(
        lambda x: 8 * x * (x**2 + 3) ** 3,
        lambda x: 8 * x**7 + 72 * x**5 + 216 * x**3 + 216 * x,
        lambda x: np.vectorize(lambda v: 8.0 * v * (v * v + 3) ** 3, otypes=[float])(x),
        lambda x: np.polyval([8.0, 0, 72, 0, 216, 0, 216, 0], x),
        lambda x: 4 * np.power(np.square(x) + 3, 3) * (x + x),
    ),
)


# --- a chain of any length -----------------------------------------------------------------------------------------

LINKS = (
    ("np.sin(x)", "np.cos(x)"),
    ("x**2 + 1", "2*x"),
    ("3*x - 1", "3.0"),
    ("np.tanh(x) + x/2", "1 - np.tanh(x)**2 + 0.5"),
    ("np.exp(-x/2)", "-np.exp(-x/2)/2"),
    ("x**3/4", "3*x**2/4"),
)


def composition_derivative(functions: Sequence[Any], derivatives: Sequence[Any], x: float) -> tuple[Any, Any]:
    points = [x]
    for function in functions:
        points.append(function(points[-1]))
    slope = 1.0
    for derivative, point in zip(reversed(derivatives), reversed(points[:-1]), strict=True):
        slope = slope * derivative(point)
    return points[-1], slope


def _composition_probes(rng: Generator) -> list[Probe]:
    name = "composition_derivative"

    def one(order: Sequence[int], x: float, criterion: str = "values", label: str = "") -> Probe:
        functions = [Formula(LINKS[i][0]) for i in order]
        derivatives = [Formula(LINKS[i][1]) for i in order]
        return call(name, functions, derivatives, x, criterion=criterion, label=label, scale=1.0)

    def somewhere() -> float:
        return float(rng.uniform(0.3, 1.4))

    orders = [[0, 1], [1, 0], [2, 3, 1], [1, 2, 0, 3]]
    found = [one(order, somewhere()) for order in orders]
    found += [one(rng.permutation(6).tolist(), somewhere()) for _ in range(2)]
    found += [one([4], somewhere(), "edges", "a single function"), one([0, 0, 0], somewhere(), "edges")]
    found += [one([3] * 30, -somewhere(), "edges"), one([1, 3, 1], -somewhere(), "edges")]
    return found


def _composition(slope: Any = None, value: Any = None) -> Any:
    """A composition of which one half is another: change(functions, derivatives, points before each function)."""

    def wrong(functions: Sequence[Any], derivatives: Sequence[Any], x: float) -> tuple[Any, Any]:
        points = [x]
        for function in functions:
            points.append(function(points[-1]))
        right = composition_derivative(functions, derivatives, x)
        return (
            value(functions, derivatives, points) if value else right[0],
            slope(functions, derivatives, points) if slope else right[1],
        )

    return wrong


def _product(values: Any) -> float:
    result = 1.0
    for value in values:
        result = result * value
    return result


def _backwards(functions: Sequence[Any], derivatives: Sequence[Any], x: float) -> tuple[Any, Any]:
    return composition_derivative(list(functions)[::-1], list(derivatives)[::-1], x)


def _forward_mode(functions: Sequence[Any], derivatives: Sequence[Any], x: float) -> tuple[Any, Any]:
    slope = 1.0
    for function, derivative in zip(functions, derivatives, strict=True):
        slope *= derivative(x)
        x = function(x)
    return x, slope


def _one_by_one(functions: Sequence[Any], derivatives: Sequence[Any], x: float) -> tuple[Any, Any]:
    if len(functions) == 0:
        return x, 1.0
    value, slope = _one_by_one(functions[1:], derivatives[1:], functions[0](x))
    return value, slope * derivatives[0](x)


def _indexed(functions: Sequence[Any], derivatives: Sequence[Any], x: float) -> list[Any]:
    values = [x]
    for i in range(len(functions)):
        values.append(functions[i](values[i]))
    gradient = 1.0
    for i in range(len(functions) - 1, -1, -1):
        gradient *= derivatives[i](values[i])
    return [values[-1], gradient]


COMPOSITION = Exercise(
    name="composition_derivative",
    assignment=ASSIGNMENT,
    points=3,
    signature="(functions, derivatives, x)",
    outputs=("value", "derivative"),
    reference=composition_derivative,
    probes=_composition_probes,
    mistakes=(
        Mistake(
            "every slope taken at x",
            "Each function has a slope at the value that goes into it. Which value is that for the second one?",
            _composition(slope=lambda f, d, p: _product(s(p[0]) for s in d)),
        ),
        Mistake(
            "slopes taken at the outputs",
            "Is a function's slope taken at what goes in, or at what comes out?",
            _composition(slope=lambda f, d, p: _product(s(v) for s, v in zip(d, p[1:], strict=True))),
        ),
        Mistake(
            "every slope taken at the end",
            "Each function has a slope at the value that goes into it.",
            _composition(slope=lambda f, d, p: _product(s(p[-1]) for s in d)),
        ),
        Mistake(
            "values paired with slopes in reverse",
            "The backward sweep runs through the functions and through their inputs in the same order.",
            _composition(slope=lambda f, d, p: _product(s(v) for s, v in zip(d, p[-2::-1], strict=True))),
        ),
        Mistake(
            "slopes added",
            "Along one path, do effects add or multiply?",
            _composition(slope=lambda f, d, p: sum(s(v) for s, v in zip(d, p, strict=False))),
        ),
        Mistake(
            "last slope only",
            "How many links has the chain?",
            _composition(slope=lambda f, d, p: d[-1](p[-2])),
        ),
        Mistake(
            "first slope only",
            "How many links has the chain?",
            _composition(slope=lambda f, d, p: d[0](p[0])),
        ),
        Mistake(
            "first link left out",
            "Does your sweep back reach the first function?",
            _composition(slope=lambda f, d, p: _product(s(v) for s, v in zip(d[1:], p[1:], strict=False))),
        ),
        Mistake(
            "last link left out",
            "Does your sweep back begin at the last function?",
            _composition(slope=lambda f, d, p: _product(s(v) for s, v in zip(d[:-1], p, strict=False))),
        ),
        Mistake("functions applied in reverse", "f_1 is applied first. Which one is it in the list?", _backwards),
        Mistake(
            "value before the last function",
            "Is the last function applied to your value?",
            _composition(value=lambda f, d, p: p[-2]),
        ),
        Mistake(
            "functions multiplied, not composed",
            "What goes into the second function: x, or what the first one gave?",
            _composition(value=lambda f, d, p: _product(g(p[0]) for g in f)),
        ),
        Mistake(
            "derivative chained like a function",
            "Slopes are multiplied. What are the functions, one after the other?",
            _composition(slope=lambda f, d, p: _chained(d, p[0])),
        ),
        *slips(composition_derivative, backward=False, outputs=2),
    ),
    right=(
        _forward_mode,
        _one_by_one,
        _indexed,
        lambda functions, derivatives, x: np.array(composition_derivative(functions, derivatives, x)),
        lambda functions, derivatives, x: tuple(np.asarray(v) for v in _indexed(functions, derivatives, x)),
    ),
)


def _chained(functions: Sequence[Any], x: float) -> float:
    for function in functions:
        x = function(x)
    return x


# --- several paths -------------------------------------------------------------------------------------------------


def two_path_gradient(r: Any, s: Any) -> tuple[Any, Any]:
    return 2 * r * s**2, 2 * r**2 * s


def _two_path_probes(rng: Generator) -> list[Probe]:
    name = "two_path_gradient"
    found = [call(name, 2.0, 3.0), *(call(name, *(float(v) for v in away_from(rng, (2,)))) for _ in range(4))]
    found += [call(name, 3, -2, criterion="edges"), call(name, 0.0, 1.5, criterion="edges", scale=1.0)]
    return [*found, call(name, 1.0, 0.0, criterion="edges", scale=1.0), call(name, -40.0, 0.5, criterion="edges")]


def _paths(dr: Any = None, ds: Any = None) -> Any:
    """A two-path gradient of which one half is another."""

    def wrong(r: Any, s: Any) -> tuple[Any, Any]:
        right = two_path_gradient(r, s)
        return (dr(r, s) if dr else right[0]), (ds(r, s) if ds else right[1])

    return wrong


TWO_PATHS = Exercise(
    name="two_path_gradient",
    assignment=ASSIGNMENT,
    points=2,
    signature="(r, s)",
    outputs=("df_dr", "df_ds"),
    reference=two_path_gradient,
    probes=_two_path_probes,
    mistakes=(
        Mistake(
            "path through y forgotten in both",
            "y = r s moves too when r or s moves. How many paths lead from r to f?",
            lambda r, s: (r * s**2, r**2 * s),
        ),
        Mistake(
            "path through y forgotten for r",
            "How many paths lead from r to f?",
            _paths(dr=lambda r, s: r * s * s),
        ),
        Mistake(
            "path through y forgotten for s",
            "How many paths lead from s to f?",
            _paths(ds=lambda r, s: r * r * s),
        ),
        Mistake(
            "paths multiplied",
            "Along a path slopes multiply. What about two paths that meet again?",
            lambda r, s: ((r * s * s) ** 2, (r * r * s) ** 2),
        ),
        Mistake(
            "paths averaged",
            "Two paths both carry the change. Does either of them weaken the other?",
            _paths(dr=lambda r, s: 0.75 * r * s * s, ds=lambda r, s: 0.75 * r * r * s),
        ),
        Mistake(
            "inner slope of y forgotten",
            "How fast does y = r s move when r moves?",
            lambda r, s: (r * s * s + r * s, r * r * s + r * s),
        ),
        Mistake(
            "inner slope of y switched",
            "How fast does y = r s move when r moves: by r, or by s?",
            lambda r, s: (r * s * s + r * s * r, r * r * s + r * s * s),
        ),
        Mistake(
            "yz printed as y squared",
            "The slope of xyz in x is a product of two different numbers. Which?",
            lambda r, s: ((r * s) ** 2 + r * s * s, (r * s) ** 2 + r * r * s),
        ),
        Mistake("value instead of gradient", "Is that f, or its slopes?", lambda r, s: ((r * s) ** 2, (r * s) ** 2)),
        Mistake("third path invented", "How many arrows leave r?", lambda r, s: (3 * r * s * s, 3 * r * r * s)),
        *slips(two_path_gradient, backward=False, outputs=2),
    ),
    right=(
        lambda r, s: (r * s * s + r * s * s, r * s * r + r * (r * s)),
        lambda r, s: [2 * r * s * s, 2 * s * r * r],
        lambda r, s: np.array([s, r]) * (2.0 * r * s),
        lambda r, s: ((r * s) * s + (r * s) * s, (r * s) * r + (r * s) * r),
        lambda r, s: tuple(np.asarray(2.0 * r * s) * v for v in (s, r)),
    ),
)


def sum_over_successors(upstreams: Any, local_gradients: Any) -> float:
    return float(sum(u * g for u, g in zip(upstreams, local_gradients, strict=True)))


def _successor_probes(rng: Generator) -> list[Probe]:
    name = "sum_over_successors"

    def one(n: int, criterion: str = "values") -> Probe:
        return call(
            name, upstream_like(rng, (n,)).tolist(), upstream_like(rng, (n,)).tolist(), criterion=criterion, scale=1.0
        )

    found = [one(2), one(3), one(5), one(4), call(name, [2.0, -1.0], [3.0, 5.0])]
    found += [one(1, "edges"), one(40, "edges"), call(name, [1, 2, -3], [4, 0, 2], criterion="edges")]
    return [*found, call(name, [2.0, 2.0], [1.5, -1.5], criterion="edges", scale=1.0)]


SUCCESSORS = Exercise(
    name="sum_over_successors",
    assignment=ASSIGNMENT,
    points=1,
    signature="(upstreams, local_gradients)",
    reference=sum_over_successors,
    probes=_successor_probes,
    mistakes=(
        Mistake(
            "paths multiplied",
            "Along a path slopes multiply. What about paths that meet again?",
            lambda u, g: _product(a * b for a, b in zip(u, g, strict=True)),
        ),
        Mistake("first successor only", "How many ways lead from x to z?", lambda u, g: u[0] * g[0]),
        Mistake(
            "last successor only",
            "Does each turn of your loop replace the sum, or add to it?",
            lambda u, g: u[-1] * g[-1],
        ),
        Mistake("averaged", "Does a second path weaken the first?", lambda u, g: sum_over_successors(u, g) / len(u)),
        Mistake("local gradients forgotten", "How does each successor move with x?", lambda u, g: float(sum(u))),
        Mistake("upstream gradients forgotten", "How does z move with each successor?", lambda u, g: float(sum(g))),
        Mistake("sums multiplied", "Multiply along each path first. Then?", lambda u, g: float(sum(u) * sum(g))),
        Mistake("everything added", "Along one path, do effects add or multiply?", lambda u, g: float(sum(u) + sum(g))),
        Mistake("not summed", "One x, one number.", lambda u, g: [a * b for a, b in zip(u, g, strict=True)]),
        Mistake(
            "largest path only",
            "Do the smaller paths carry nothing?",
            lambda u, g: max((a * b for a, b in zip(u, g, strict=True)), key=abs),
        ),
        Mistake(
            "sizes added",
            "A path may pull the other way.",
            lambda u, g: float(sum(abs(a * b) for a, b in zip(u, g, strict=True))),
        ),
        *slips(sum_over_successors, backward=False),
    ),
    right=(
        lambda u, g: np.dot(u, g),
        lambda u, g: np.sum(np.multiply(u, g)),
        lambda u, g: sum(u[i] * g[i] for i in range(len(u))),
        lambda u, g: np.einsum("i,i->", np.asarray(u, dtype=float), np.asarray(g, dtype=float)),
        lambda u, g: float(np.asarray(u) @ np.asarray(g)),
    ),
)


# --- vectors -------------------------------------------------------------------------------------------------------


def jacobian_gradient_product(jacobian: Any, upstream: Any) -> Any:
    return np.asarray(jacobian).T @ np.asarray(upstream)


def _jacobian_probes(rng: Generator) -> list[Probe]:
    name = "jacobian_gradient_product"

    def one(n: int, m: int, criterion: str = "values", make: Any = None) -> Probe:
        jacobian, upstream = upstream_like(rng, (n, m)), upstream_like(rng, (n,))
        if make:
            jacobian, upstream = make(jacobian), make(upstream)
        return call(name, jacobian, upstream, criterion=criterion)

    found = [
        one(2, 3),
        one(4, 2),
        one(3, 5),
        one(3, 3),
        call(name, np.array([[1.0, 2.0], [0.0, 3.0]]), np.array([1.0, 10.0])),
    ]
    found += [one(1, 4, "edges"), one(4, 1, "edges"), one(1, 1, "edges"), one(3, 2, "edges", read_only)]
    return [*found, one(2, 4, "edges", lambda a: a.astype(np.float32)), one(3, 2, "edges", np.asfortranarray)]


JACOBIAN = Exercise(
    name="jacobian_gradient_product",
    assignment=ASSIGNMENT,
    points=2,
    signature="(jacobian, upstream)",
    reference=jacobian_gradient_product,
    probes=_jacobian_probes,
    mistakes=(
        Mistake(
            "Jacobian not transposed",
            "The result is a gradient for x: how many entries has x? Try your product on a 2 x 3 Jacobian.",
            lambda jacobian, upstream: jacobian @ upstream,
        ),
        Mistake(
            "diagonal only",
            "May y_2 depend on x_1?",
            lambda jacobian, upstream: (np.eye(*jacobian.shape) * jacobian).T @ upstream,
        ),
        Mistake("upstream forgotten", "What multiplies each row?", lambda jacobian, upstream: jacobian.sum(axis=0)),
        Mistake(
            "not summed over the outputs",
            "Each x_i reaches z through all y_j. What happens to those paths?",
            lambda jacobian, upstream: jacobian * upstream[:, None],
        ),
        Mistake(
            "summed over the inputs",
            "Which index survives: that of y, or that of x?",
            lambda jacobian, upstream: (jacobian * upstream[:, None]).sum(axis=1),
        ),
        Mistake(
            "averaged over the outputs",
            "Does a second path weaken the first?",
            lambda jacobian, upstream: jacobian.T @ upstream / len(upstream),
        ),
        Mistake(
            "one row only",
            "Each x_i reaches z through all y_j.",
            lambda jacobian, upstream: jacobian[0] * upstream[0],
        ),
        Mistake(
            "a column instead of a vector",
            "upstream is one-dimensional, and so is the gradient for x.",
            lambda jacobian, upstream: jacobian.T @ upstream[:, None],
        ),
        Mistake(
            "a row instead of a vector",
            "upstream is one-dimensional, and so is the gradient for x.",
            lambda jacobian, upstream: upstream[None, :] @ jacobian,
        ),
        Mistake(
            "inverted",
            "Are you solving for something, or passing it on?",
            lambda jacobian, upstream: np.linalg.pinv(jacobian) @ upstream,
        ),
        *slips(jacobian_gradient_product, backward=False),
    ),
    right=(
        lambda jacobian, upstream: upstream @ jacobian,
        lambda jacobian, upstream: np.einsum("ji,j->i", jacobian, upstream),
        lambda jacobian, upstream: (jacobian * upstream[:, None]).sum(axis=0),
        lambda jacobian, upstream: np.array([np.dot(jacobian[:, i], upstream) for i in range(jacobian.shape[1])]),
        lambda jacobian, upstream: sum(u * row for u, row in zip(upstream, jacobian, strict=True)),
    ),
)


# --- counting paths ------------------------------------------------------------------------------------------------


def count_paths(successors: dict[str, list[str]], source: str, target: str) -> int:
    known: dict[str, int] = {target: 1}
    stack = [source]
    while stack:
        node = stack[-1]
        missing = [s for s in successors[node] if s not in known] if node not in known else []
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        if node not in known:
            known[node] = sum(known[s] for s in successors[node])
    return known[source]


def ladder(rungs: int) -> dict[str, list[str]]:
    """A graph with 2 ** rungs paths from "a0" to "a{rungs}": at each rung one may go left or right."""
    graph: dict[str, list[str]] = {}
    for i in range(rungs):
        graph[f"a{i}"] = [f"b{i}", f"c{i}"]
        graph[f"b{i}"] = graph[f"c{i}"] = [f"a{i + 1}"]
    return {**{name: list(after) for name, after in graph.items()}, f"a{rungs}": []}


def _random_dag(rng: Generator, nodes: int) -> dict[str, list[str]]:
    """A random graph without cycles; its dict is not in a topological order, and skips lead over several nodes."""
    names = [f"n{i}" for i in rng.permutation(nodes)]
    graph: dict[str, list[str]] = {names[i]: [] for i in rng.permutation(nodes)}
    for i in range(nodes - 1):
        later = names[i + 1 :]
        chosen = rng.choice(len(later), size=min(len(later), int(rng.integers(1, 4))), replace=False)
        graph[names[i]] = [later[j] for j in chosen]
        if names[i + 1] not in graph[names[i]]:
            graph[names[i]].append(names[i + 1])
    return graph


SKIPS = {"x": ["y", "z", "w"], "y": ["z"], "z": ["w"], "w": ["v"], "v": []}
ISLAND = {"x": ["y"], "y": [], "u": ["w"], "w": []}
DEAD_END = {"s": ["dead", "a", "b"], "dead": [], "a": ["t"], "b": ["a", "t"], "t": ["after"], "after": []}


def _path_probes(rng: Generator) -> list[Probe]:
    name = "count_paths"
    found = [call(name, ladder(1), "a0", "a1"), call(name, SKIPS, "x", "w"), call(name, ladder(3), "a0", "a3")]
    for size in (6, 8, 10):
        graph = _random_dag(rng, size)
        ends = [node for node in graph if not graph[node]]
        reached = {node for after in graph.values() for node in after}
        start = next(node for node in graph if node not in reached)
        found.append(call(name, graph, start, ends[0]))
    found += [call(name, DEAD_END, "s", "t"), call(name, SKIPS, "x", "v")]
    found += [call(name, SKIPS, "z", "z", criterion="edges", label="from a node to itself")]
    found += [call(name, ISLAND, "x", "w", criterion="edges", label="no path")]
    found += [call(name, SKIPS, "v", "x", criterion="edges", label="against the arrows")]
    found += [call(name, DEAD_END, "b", "t", criterion="edges"), call(name, ISLAND, "u", "w", criterion="edges")]
    return [*found, call(name, ladder(60), "a0", "a60", criterion="fast", label="a ladder of 60 rungs")]


class _Steps:
    """Stops a mistake that would take centuries."""

    def __init__(self, allowed: int) -> None:
        self.left = allowed

    def one(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise TimeoutError("out of time")


def _every_path(successors: Any, source: str, target: str) -> int:
    steps = _Steps(3000)

    def walk(node: str) -> int:
        steps.one()
        return 1 if node == target else sum(walk(after) for after in successors[node])

    return walk(source)


def _ran_out_of_time(answers: Sequence[Sequence[Outcome]]) -> bool:
    """Right or wrong on small graphs, but endless on the ladder."""
    *small, long = [outcomes[-1].error for outcomes in answers]
    late = long is not None and (long.kind in ("time", "killed") or long.type in ("TimeoutError", "RecursionError"))
    return late and not any(small)


def _reachable(successors: Any, source: str) -> set[str]:
    found, stack = {source}, [source]
    while stack:
        for after in successors[stack.pop()]:
            if after not in found:
                found.add(after)
                stack.append(after)
    return found


def _shortest_only(successors: Any, source: str, target: str) -> int:
    counts, layer = {source: 1}, [source]
    while layer and target not in layer:
        following: dict[str, int] = {}
        for node in layer:
            for after in successors[node]:
                if after not in counts:
                    following[after] = following.get(after, 0) + counts[node]
        counts.update(following)
        layer = list(following)
    return counts.get(target, 0)


def _in_order_of_the_dict(successors: Any, source: str, target: str) -> int:
    counts = dict.fromkeys(successors, 0)
    counts[source] = 1
    for node in successors:
        for after in successors[node]:
            counts[after] += counts[node]
    return counts[target]


def _visited_once(successors: Any, source: str, target: str) -> int:
    seen: set[str] = set()

    def walk(node: str) -> int:
        if node == target:
            return 1
        if node in seen:
            return 0
        seen.add(node)
        return sum(walk(after) for after in successors[node])

    return walk(source)


def _to_any_end(successors: Any, source: str, target: str) -> int:
    known: dict[str, int] = {}

    def count(node: str) -> int:
        if node not in known:
            known[node] = 1 if not successors[node] else sum(count(after) for after in successors[node])
        return known[node]

    return count(source)


def _target_counts_nothing(successors: Any, source: str, target: str) -> int:
    known: dict[str, int] = {}

    def count(node: str) -> int:
        if node not in known:
            known[node] = sum(1 if after == target else count(after) for after in successors[node])
        return known[node]

    return count(source)


def _memoised(successors: Any, source: str, target: str) -> int:
    known: dict[str, int] = {}

    def count(node: str) -> int:
        if node == target:
            return 1
        if node not in known:
            known[node] = sum(count(after) for after in successors[node])
        return known[node]

    return count(source)


def _sorted_first(successors: Any, source: str, target: str) -> int:
    incoming = dict.fromkeys(successors, 0)
    for node in successors:
        for after in successors[node]:
            incoming[after] += 1
    ready, counts = [n for n in successors if incoming[n] == 0], dict.fromkeys(successors, 0)
    counts[source] = 1
    while ready:
        node = ready.pop()
        for after in successors[node]:
            counts[after] += counts[node]
            incoming[after] -= 1
            if incoming[after] == 0:
                ready.append(after)
    return counts[target]


def _powers_of_the_matrix(successors: Any, source: str, target: str) -> int:
    names = {name: i for i, name in enumerate(successors)}
    matrix = np.zeros((len(names), len(names)), dtype=np.int64)
    for node, after in successors.items():
        for other in after:
            matrix[names[node], names[other]] = 1
    row = np.zeros(len(names), dtype=np.int64)
    row[names[source]] = 1
    total = 0
    for _ in range(len(names)):
        total += int(row[names[target]])
        row = row @ matrix
    return total


def _relaxed(successors: Any, source: str, target: str) -> int:
    counts = {node: int(node == target) for node in successors}
    for _ in range(len(successors)):
        fresh = {n: 1 if n == target else sum(counts[a] for a in successors[n]) for n in successors}
        if fresh == counts:
            break
        counts = fresh
    return counts[source]


COUNT_PATHS = Exercise(
    name="count_paths",
    assignment=ASSIGNMENT,
    points=3,
    signature="(successors, source, target)",
    reference=count_paths,
    probes=_path_probes,
    criteria=(
        Criterion("values", "right number of paths", 0.5),
        Criterion("edges", "right in the corners: no path, from a node to itself", 0.1, ("values",)),
        Criterion("fast", "a ladder of 60 rungs at once", 0.2, ("values",)),
        Criterion("contract", "a good guest: leaves its inputs alone and keeps no memory", 0.2, ("values",)),
    ),
    mistakes=(
        Mistake(
            "walks every path",
            "A ladder of 60 rungs has 2^60 paths. What do you know about a node once you have counted from it?",
            _every_path,
            symptom=_ran_out_of_time,
        ),
        Mistake(
            "counts nodes",
            "A diamond has four nodes. How many ways lead through it?",
            lambda successors, source, target: len(_reachable(successors, source)),
        ),
        Mistake(
            "counts edges",
            "A diamond has four arrows. How many ways lead through it?",
            lambda successors, source, target: sum(len(successors[n]) for n in _reachable(successors, source)),
        ),
        Mistake(
            "counts arrows that leave the source",
            "Two arrows may lead to one path or to four.",
            lambda successors, source, target: len(successors[source]),
        ),
        Mistake(
            "counts arrows that reach the target",
            "How many paths reach the node before the target?",
            lambda successors, source, target: sum(after.count(target) for after in successors.values()),
        ),
        Mistake("shortest paths only", "Is a longer way not a way?", _shortest_only),
        Mistake(
            "order of the dict taken for an order of the graph",
            "When you pass a node's count on, is it finished? Must the dict list a node before its successors?",
            _in_order_of_the_dict,
        ),
        Mistake(
            "each node visited once",
            "Two paths may run through the same node. What should the second one find there?",
            _visited_once,
        ),
        Mistake("counts paths to any end", "Which paths end at the target?", _to_any_end),
        Mistake(
            "no path from a node to itself",
            "How many ways are there to stay where you are?",
            _target_counts_nothing,
        ),
        Mistake(
            "whether, not how many",
            "There may be more than one way.",
            lambda successors, source, target: int(target in _reachable(successors, source)),
        ),
        Mistake(
            "one too many",
            "Try two nodes and one arrow by hand.",
            lambda successors, source, target: count_paths(successors, source, target) + 1,
        ),
        *(s for s in slips(count_paths, backward=False) if s.name in ("sign", "factor 2", "returns nothing")),
    ),
    right=(_memoised, _sorted_first, _powers_of_the_matrix, _relaxed, lambda s, a, b: float(count_paths(s, a, b))),
)


EXERCISES = (SIN_OF_SQUARE, FOURTH_POWER, COMPOSITION, TWO_PATHS, SUCCESSORS, JACOBIAN, COUNT_PATHS)
