"""The answers of assignment 02, right and wrong."""

import math
from functools import reduce
from itertools import accumulate

import numpy as np

from autograder.exercises import Answers

# --- nested_derivative ----------------------------------------------------------------------------------------------


def nested_derivative(x):
    u = np.square(x)
    s = np.sin(u) + 3
    return 4 * s**3 * np.cos(u) * 2 * x


def nested(outer=lambda s, x: 4 * s**3, middle=lambda u, x: np.cos(u), inner=lambda x: 2 * x):
    """A derivative of which one slope is another."""

    def wrong(x):
        u = np.square(x)
        return outer(np.sin(u) + 3, x) * middle(u, x) * inner(x)

    return wrong


def nested_slopes(x):
    links = (
        (lambda v: v**2, lambda v: 2 * v),
        (np.sin, np.cos),
        (lambda v: v + 3, np.ones_like),
        (None, lambda v: 4 * v**3),
    )
    for function, slope in links:
        yield slope(x)
        x = function(x) if function else x


# --- composition_derivative -----------------------------------------------------------------------------------------


def composition_derivative(functions, derivatives, x):
    points = [x]
    for function in functions:
        points.append(function(points[-1]))
    slope = 1.0
    for derivative, point in zip(reversed(derivatives), reversed(points[:-1]), strict=True):
        slope = slope * derivative(point)
    return points[-1], slope


def composition(slope=None, value=None):
    """A composition of which one half is another: change(functions, derivatives, x and the outputs one by one)."""

    def wrong(functions, derivatives, x):
        points = list(accumulate(functions, lambda point, function: function(point), initial=x))
        right = composition_derivative(functions, derivatives, x)
        return tuple(
            change(functions, derivatives, points) if change else part
            for change, part in zip((value, slope), right, strict=True)
        )

    return wrong


def forward_mode(functions, derivatives, x):
    slope = 1.0
    for function, derivative in zip(functions, derivatives, strict=True):
        slope *= derivative(x)
        x = function(x)
    return x, slope


def one_by_one(functions, derivatives, x):
    if len(functions) == 0:
        return x, 1.0
    value, slope = one_by_one(functions[1:], derivatives[1:], functions[0](x))
    return value, slope * derivatives[0](x)


def indexed(functions, derivatives, x):
    values = [x]
    for i in range(len(functions)):
        values.append(functions[i](values[i]))
    gradient = 1.0
    for i in range(len(functions) - 1, -1, -1):
        gradient *= derivatives[i](values[i])
    return [values[-1], gradient]


def in_an_array(functions, derivatives, x):
    *inputs, value = accumulate(functions, lambda point, function: function(point), initial=x)
    return np.array([value, np.prod([slope(point) for slope, point in zip(derivatives, inputs, strict=True)])])


# --- two_path_gradient ----------------------------------------------------------------------------------------------


def two_path_gradient(r, s):
    return 2 * r * s**2, 2 * r**2 * s


def paths(dr=None, ds=None):
    """A two-path gradient of which one half is another."""

    def wrong(r, s):
        right = two_path_gradient(r, s)
        return (dr(r, s) if dr else right[0]), (ds(r, s) if ds else right[1])

    return wrong


# --- count_paths ----------------------------------------------------------------------------------------------------


def count_paths(successors, source, target):
    known = {target: 1}
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


def every_path(successors, source, target):
    steps = 0

    def walk(node):
        nonlocal steps
        steps += 1
        if steps > 3000:
            raise TimeoutError("out of time")
        return 1 if node == target else sum(walk(after) for after in successors[node])

    return walk(source)


def reachable(successors, source):
    found, stack = {source}, [source]
    while stack:
        for after in successors[stack.pop()]:
            if after not in found:
                found.add(after)
                stack.append(after)
    return found


def shortest_only(successors, source, target):
    counts, layer = {source: 1}, [source]
    while layer and target not in layer:
        following = {}
        for node in layer:
            for after in successors[node]:
                if after not in counts:
                    following[after] = following.get(after, 0) + counts[node]
        counts.update(following)
        layer = list(following)
    return counts.get(target, 0)


def in_order_of_the_dict(successors, source, target):
    counts = dict.fromkeys(successors, 0)
    counts[source] = 1
    for node in successors:
        for after in successors[node]:
            counts[after] += counts[node]
    return counts[target]


def visited_once(successors, source, target):
    seen = set()

    def walk(node):
        if node == target:
            return 1
        if node in seen:
            return 0
        seen.add(node)
        return sum(walk(after) for after in successors[node])

    return walk(source)


def to_any_end(successors, source, target):
    known = {}

    def count(node):
        if node not in known:
            known[node] = 1 if not successors[node] else sum(count(after) for after in successors[node])
        return known[node]

    return count(source)


def target_counts_nothing(successors, source, target):
    known = {}

    def count(node):
        if node not in known:
            known[node] = sum(1 if after == target else count(after) for after in successors[node])
        return known[node]

    return count(source)


def memoised(successors, source, target):
    known = {}

    def count(node):
        if node == target:
            return 1
        if node not in known:
            known[node] = sum(count(after) for after in successors[node])
        return known[node]

    return count(source)


def sorted_first(successors, source, target):
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


def adjacency(successors):
    """The place of each node, and the matrix with a 1 where an arrow leads from the row's node to the column's."""
    place = {name: i for i, name in enumerate(successors)}
    matrix = np.zeros((len(place), len(place)), dtype=np.int64)
    for node, after in successors.items():
        matrix[place[node], [place[other] for other in after]] = 1
    return place, matrix


def powers_of_the_matrix(successors, source, target):
    place, matrix = adjacency(successors)
    row = np.zeros(len(place), dtype=np.int64)
    row[place[source]] = 1
    total = 0
    for _ in place:
        total += int(row[place[target]])
        row = row @ matrix
    return total


def linear_equations(successors, source, target):
    """The counts c solve c = A c + (1 at the target)."""
    place, matrix = adjacency(successors)
    one = np.arange(len(place)) == place[target]
    return float(np.linalg.solve(np.eye(len(place)) - matrix, one.astype(float))[place[source]])


def relaxed(successors, source, target):
    counts = {node: int(node == target) for node in successors}
    for _ in range(len(successors)):
        fresh = {n: 1 if n == target else sum(counts[a] for a in successors[n]) for n in successors}
        if fresh == counts:
            break
        counts = fresh
    return counts[source]


# --- path_gradient --------------------------------------------------------------------------------------------------


def path_gradient(successors, slopes, source, target):
    known = {}

    def derivative(node):
        if node == target:
            return 1.0
        if node not in known:
            known[node] = sum(slopes[node, after] * derivative(after) for after in successors[node])
        return known[node]

    return float(derivative(source))


def over_paths(
    meet=sum, along=lambda slope, rest: slope * rest, start=1.0, end=lambda node, target, after: node == target
):
    """A recursion of which one step is another: how paths meet, and what happens along an arrow."""

    def wrong(successors, slopes, source, target):
        known = {}

        def derivative(node):
            if end(node, target, successors[node]):
                return start
            if node not in known:
                reached = [
                    s for s in successors[node] if count_paths(successors, s, target) or end(s, target, successors[s])
                ]
                known[node] = meet([along(slopes[node, after], derivative(after)) for after in reached] or [0.0])
            return known[node]

        return float(derivative(source))

    return wrong


def lengths_of_paths(successors, slopes, source, target):
    """The sum over the paths of the sum of their slopes."""
    known = {target: (0.0, 1)}

    def visit(node):
        if node not in known:
            found = [(slopes[node, after], *visit(after)) for after in successors[node]]
            known[node] = sum(rest + many * slope for slope, rest, many in found), sum(many for *_, many in found)
        return known[node]

    return 1.0 if source == target else float(visit(source)[0])


def every_path_walked(successors, slopes, source, target):
    steps = 0

    def walk(node):
        nonlocal steps
        steps += 1
        if steps > 3000:
            raise TimeoutError("out of time")
        return 1.0 if node == target else sum(slopes[node, after] * walk(after) for after in successors[node])

    return float(walk(source))


def first_arrow_free(successors, slopes, source, target):
    if source == target:
        return 1.0
    return float(sum(path_gradient(successors, slopes, after, target) for after in successors[source]))


def last_arrow_free(successors, slopes, source, target):
    free = {(a, b): 1.0 if b == target else slope for (a, b), slope in slopes.items()}
    return path_gradient(successors, free, source, target)


def seen_once(successors, slopes, source, target):
    seen = set()

    def walk(node):
        if node == target:
            return 1.0
        if node in seen:
            return 0.0
        seen.add(node)
        return sum(slopes[node, after] * walk(after) for after in successors[node])

    return float(walk(source))


def pushed_in_order_of_the_dict(successors, slopes, source, target):
    total = dict.fromkeys(successors, 0.0)
    total[source] = 1.0
    for node in successors:
        for after in successors[node]:
            total[after] += slopes[node, after] * total[node]
    return total[target]


def along_shortest(successors, slopes, source, target):
    total, layer = {source: 1.0}, [source]
    while layer and target not in layer:
        following = {}
        for node in layer:
            for after in successors[node]:
                if after not in total:
                    following[after] = following.get(after, 0.0) + slopes[node, after] * total[node]
        total.update(following)
        layer = list(following)
    return total.get(target, 0.0)


def nothing_for_itself(successors, slopes, source, target):
    return 0.0 if source == target else path_gradient(successors, slopes, source, target)


def pushed_forward(successors, slopes, source, target):
    incoming = dict.fromkeys(successors, 0)
    for node in successors:
        for after in successors[node]:
            incoming[after] += 1
    ready, total = [n for n in successors if incoming[n] == 0], dict.fromkeys(successors, 0.0)
    total[source] = 1.0
    while ready:
        node = ready.pop()
        for after in successors[node]:
            total[after] += slopes[(node, after)] * total[node]
            incoming[after] -= 1
            if incoming[after] == 0:
                ready.append(after)
    return total[target]


def with_a_stack(successors, slopes, source, target):
    known, stack = {target: 1.0}, [source]
    while stack:
        missing = [s for s in successors[stack[-1]] if s not in known]
        if stack[-1] in known:
            stack.pop()
        elif missing:
            stack += missing
        else:
            node = stack.pop()
            known[node] = sum(known[after] * slopes[node, after] for after in successors[node])
    return known[source]


def slope_matrix(successors, slopes):
    place, matrix = {name: i for i, name in enumerate(successors)}, np.zeros((len(successors),) * 2)
    for (node, after), slope in slopes.items():
        matrix[place[node], place[after]] = slope
    return place, matrix


def by_equations(successors, slopes, source, target):
    place, matrix = slope_matrix(successors, slopes)
    one = (np.arange(len(place)) == place[target]).astype(float)
    return float(np.linalg.solve(np.eye(len(place)) - matrix, one)[place[source]])


def by_powers(successors, slopes, source, target):
    place, matrix = slope_matrix(successors, slopes)
    column = (np.arange(len(place)) == place[target]).astype(float)
    total = 0.0
    for _ in place:
        total += column[place[source]]
        column = matrix @ column
    return np.array(total)


def until_nothing_changes(successors, slopes, source, target):
    value = {node: float(node == target) for node in successors}
    for _ in successors:
        value = {
            n: 1.0 if n == target else sum((slopes[n, a] * value[a] for a in successors[n]), 0.0) for n in successors
        }
    return value[source]


def products(u, g):
    return [a * b for a, b in zip(u, g, strict=True)]


def pushed_too_early(place):
    """Nodes wait in a row, and the one at `place` is next, whatever has yet to reach it."""

    def wrong(successors, slopes, source, target):
        total = {node: 0.0 for node in successors}
        total[source] = 1.0
        waiting, seen = [source], {source}
        while waiting:
            node = waiting.pop(place)
            for after in successors[node]:
                total[after] += total[node] * slopes[node, after]
                if after not in seen:
                    seen.add(after)
                    waiting.append(after)
        return total[target]

    return wrong


def too_early(place):
    pushed = pushed_too_early(place)

    def wrong(successors, source, target):
        arrows = {(node, after): 1.0 for node in successors for after in successors[node]}
        return int(pushed(successors, arrows, source, target))

    return wrong


ANSWERS = {
    "nested_derivative": Answers(
        reference=nested_derivative,
        wrong={
            "inner derivative forgotten": nested(inner=lambda x: 1.0 + 0 * x),
            "middle derivative forgotten": nested(middle=lambda u, x: 1.0 + 0 * x),
            "outer derivative forgotten": nested(outer=lambda s, x: 1.0 + 0 * x),
            "outer derivative taken at x": nested(outer=lambda s, x: 4.0 * x**3),
            "outer derivative taken at the sine": nested(outer=lambda s, x: 4.0 * (s - 3) ** 3),
            "cosine taken at x": nested(middle=lambda u, x: np.cos(x)),
            "cosine taken at the inner slope": nested(middle=lambda u, x: np.cos(2 * x)),
            "sine kept": nested(middle=lambda u, x: np.sin(u)),
            "sine and sign": nested(middle=lambda u, x: -np.sin(u)),
            "square of the sine": lambda x: 8 * (np.sin(x) ** 2 + 3) ** 3 * np.sin(x) * np.cos(x),
            "power not lowered": nested(outer=lambda s, x: 4.0 * s**4),
            "exponent not brought down": nested(outer=lambda s, x: s**3),
            "square not lowered": nested(inner=lambda x: 2.0 * np.square(x)),
            "inner slope is x": nested(inner=lambda x: 1.0 * x),
            "constant kept in the middle slope": nested(middle=lambda u, x: np.cos(u) + 3),
            "value instead of slope": lambda x: (np.sin(np.square(x)) + 3.0) ** 4,
            "slopes added": lambda x: 4 * (np.sin(np.square(x)) + 3) ** 3 + np.cos(np.square(x)) + 2 * x,
        },
        right=(
            lambda x: 8 * x * np.cos(x**2) * (3 + np.sin(x**2)) ** 3,
            lambda x: np.vectorize(lambda v: 8.0 * v * math.cos(v * v) * (math.sin(v * v) + 3) ** 3, otypes=[float])(x),
            lambda x: (x + x) * np.sin(np.square(x) + np.pi / 2) * 4 * np.power(np.sin(np.square(x)) + 3, 3),
            lambda x: np.polyval([4.0, 36, 108, 108], np.sin(x * x)) * np.cos(x * x) * 2 * x,
            lambda x: math.prod(nested_slopes(np.asarray(x, dtype=float))),
        ),
    ),
    "composition_derivative": Answers(
        reference=composition_derivative,
        wrong={
            "every slope taken at x": composition(lambda f, d, p: math.prod(s(p[0]) for s in d)),
            "slopes taken at the outputs": composition(lambda f, d, p: math.prod(s(v) for s, v in zip(d, p[1:]))),
            "every slope taken at the end": composition(lambda f, d, p: math.prod(s(p[-1]) for s in d)),
            "values paired with slopes in reverse": composition(
                lambda f, d, p: math.prod(s(v) for s, v in zip(d, p[-2::-1]))
            ),
            "slopes added": composition(lambda f, d, p: sum(s(v) for s, v in zip(d, p))),
            "last slope only": composition(lambda f, d, p: d[-1](p[-2])),
            "first slope only": composition(lambda f, d, p: d[0](p[0])),
            "first link left out": composition(lambda f, d, p: math.prod(s(v) for s, v in zip(d[1:], p[1:]))),
            "last link left out": composition(lambda f, d, p: math.prod(s(v) for s, v in zip(d[:-1], p))),
            "functions applied in reverse": lambda f, d, x: composition_derivative(f[::-1], d[::-1], x),
            "value before the last function": composition(value=lambda f, d, p: p[-2]),
            "functions multiplied, not composed": composition(value=lambda f, d, p: math.prod(g(p[0]) for g in f)),
            "derivative chained like a function": composition(lambda f, d, p: reduce(lambda v, s: s(v), d, p[0])),
        },
        right=(
            forward_mode,
            one_by_one,
            indexed,
            in_an_array,
            lambda functions, derivatives, x: reduce(
                lambda pair, link: (link[0](pair[0]), link[1](pair[0]) * pair[1]), zip(functions, derivatives), (x, 1.0)
            ),
            lambda functions, derivatives, x: tuple(np.asarray(v) for v in indexed(functions, derivatives, x)),
        ),
    ),
    "two_path_gradient": Answers(
        reference=two_path_gradient,
        wrong={
            "one of two paths forgotten in both": lambda r, s: (r * s**2, r**2 * s),
            "one of two paths forgotten for r": paths(dr=lambda r, s: r * s * s),
            "one of two paths forgotten for s": paths(ds=lambda r, s: r * r * s),
            "paths multiplied": [
                lambda r, s: ((r * s * s) ** 2, (r * r * s) ** 2),
                lambda r, s: ((r * s * s) * (r * s), (r * r * s) * (r * s)),
            ],
            "paths averaged": lambda r, s: (0.75 * r * s * s, 0.75 * r * r * s),
            "inner slope of y forgotten": lambda r, s: (r * s * s + r * s, r * r * s + r * s),
            "inner slope of y switched": lambda r, s: (r * s * s + r * s * r, r * r * s + r * s * s),
            "yz printed as y squared": lambda r, s: ((r * s) ** 2 + r * s * s, (r * s) ** 2 + r * r * s),
            "value instead of gradient": lambda r, s: ((r * s) ** 2, (r * s) ** 2),
            "third path invented": lambda r, s: (3 * r * s * s, 3 * r * r * s),
        },
        right=(
            lambda r, s: (r * s * s + r * s * s, r * s * r + r * (r * s)),
            lambda r, s: [2 * r * s * s, 2 * s * r * r],
            lambda r, s: np.array([s, r]) * (2.0 * r * s),
            lambda r, s: ((r * s) * s + (r * s) * s, (r * s) * r + (r * s) * r),
            lambda r, s: tuple(np.asarray(2.0 * r * s) * v for v in (s, r)),
        ),
    ),
    "sum_over_successors": Answers(
        reference=lambda u, g: float(sum(products(u, g))),
        wrong={
            "paths multiplied": lambda u, g: math.prod(products(u, g)),
            "first successor only": lambda u, g: u[0] * g[0],
            "last successor only": lambda u, g: u[-1] * g[-1],
            "averaged": lambda u, g: sum(products(u, g)) / len(u),
            "local gradients forgotten": lambda u, g: float(sum(u)),
            "upstream gradients forgotten": lambda u, g: float(sum(g)),
            "sums multiplied": lambda u, g: float(sum(u) * sum(g)),
            "everything added": lambda u, g: float(sum(u) + sum(g)),
            "not summed": products,
            "largest path only": lambda u, g: max(products(u, g), key=abs),
            "sizes added": lambda u, g: float(sum(map(abs, products(u, g)))),
        },
        right=(
            lambda u, g: np.dot(u, g),
            lambda u, g: np.sum(np.multiply(u, g)),
            lambda u, g: sum(u[i] * g[i] for i in range(len(u))),
            lambda u, g: np.einsum("i,i->", np.asarray(u, dtype=float), np.asarray(g, dtype=float)),
            lambda u, g: float(np.asarray(u) @ np.asarray(g)),
        ),
    ),
    "jacobian_gradient_product": Answers(
        reference=lambda jacobian, upstream: jacobian.T @ upstream,
        wrong={
            "Jacobian not transposed": lambda jacobian, upstream: jacobian @ upstream,
            "diagonal only": lambda jacobian, upstream: (np.eye(*jacobian.shape) * jacobian).T @ upstream,
            "upstream forgotten": lambda jacobian, upstream: jacobian.sum(axis=0),
            "not summed over the outputs": lambda jacobian, upstream: jacobian * upstream[:, None],
            "summed over the inputs": lambda jacobian, upstream: (jacobian * upstream[:, None]).sum(axis=1),
            "averaged over the outputs": lambda jacobian, upstream: jacobian.T @ upstream / len(upstream),
            "one row only": lambda jacobian, upstream: jacobian[0] * upstream[0],
            "a column instead of a vector": lambda jacobian, upstream: jacobian.T @ upstream[:, None],
            "a row instead of a vector": lambda jacobian, upstream: upstream[None, :] @ jacobian,
            "inverted": lambda jacobian, upstream: np.linalg.pinv(jacobian) @ upstream,
        },
        right=(
            lambda jacobian, upstream: upstream @ jacobian,
            lambda jacobian, upstream: np.einsum("ji,j->i", jacobian, upstream),
            lambda jacobian, upstream: (jacobian * upstream[:, None]).sum(axis=0),
            lambda jacobian, upstream: np.array([np.dot(column, upstream) for column in jacobian.T]),
            lambda jacobian, upstream: sum(u * row for u, row in zip(upstream, jacobian, strict=True)),
        ),
    ),
    "count_paths": Answers(
        reference=count_paths,
        wrong={
            "walks every path": every_path,
            "counts nodes": lambda successors, source, target: len(reachable(successors, source)),
            "counts edges": lambda successors, source, target: sum(
                len(successors[node]) for node in reachable(successors, source)
            ),
            "counts arrows that leave the source": lambda successors, source, target: len(successors[source]),
            "counts arrows that reach the target": lambda successors, source, target: sum(
                after.count(target) for after in successors.values()
            ),
            "shortest paths only": shortest_only,
            "order of the dict taken for an order of the graph": in_order_of_the_dict,
            "handed on before everything has arrived": [too_early(place) for place in (0, -1)],
            "each node visited once": visited_once,
            "counts paths to any end": to_any_end,
            "no path from a node to itself": target_counts_nothing,
            "whether, not how many": lambda successors, source, target: int(target in reachable(successors, source)),
            "one too many": lambda successors, source, target: count_paths(successors, source, target) + 1,
        },
        right=(memoised, sorted_first, powers_of_the_matrix, relaxed, linear_equations),
    ),
    "path_gradient": Answers(
        reference=path_gradient,
        wrong={
            "walks every path": every_path_walked,
            "counts paths": lambda successors, slopes, a, b: float(count_paths(successors, a, b)),
            "slopes added along a path": [
                over_paths(along=lambda slope, rest: slope + rest, start=0.0),
                lengths_of_paths,
            ],
            "paths multiplied": over_paths(meet=math.prod),
            "paths averaged": over_paths(meet=lambda found: sum(found) / len(found)),
            "one path only": [over_paths(meet=lambda found: found[0]), over_paths(meet=lambda found: found[-1])],
            "largest path only": [over_paths(meet=max), over_paths(meet=lambda found: max(found, key=abs))],
            "sizes added": over_paths(along=lambda slope, rest: abs(slope) * rest),
            "slope of the first arrow forgotten": first_arrow_free,
            "slope of the last arrow forgotten": last_arrow_free,
            "handed on before everything has arrived": [pushed_too_early(place) for place in (0, -1)],
            "each node visited once": seen_once,
            "order of the dict taken for an order of the graph": pushed_in_order_of_the_dict,
            "shortest paths only": along_shortest,
            "paths to any end": over_paths(end=lambda node, target, after: not after),
            "no derivative of a node with respect to itself": nothing_for_itself,
            "sum of all slopes": lambda successors, slopes, a, b: float(sum(slopes.values())),
        },
        right=(pushed_forward, with_a_stack, by_equations, by_powers, until_nothing_changes),
    ),
}
