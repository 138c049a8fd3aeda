"""Assignment 02: outside and inside, several paths, vectors, and why storing beats recomputing."""

from dataclasses import replace
from itertools import accumulate

import numpy as np

from autograder.exercises import (
    Criterion,
    Exercise,
    Formula,
    away_from,
    elementwise_probes,
    only,
    read_only,
    upstream_like,
)

LINKS = (  # functions that can follow each other in any order, and their derivatives
    ("np.sin(x)", "np.cos(x)"),
    ("x**2 + 1", "2*x"),
    ("3*x - 1", "3.0"),
    ("np.tanh(x) + x/2", "1 - np.tanh(x)**2 + 0.5"),
    ("np.exp(-x/2)", "-np.exp(-x/2)/2"),
    ("x**3/4", "3*x**2/4"),
)

SKIPS = {"x": ["y", "z", "w"], "y": ["z"], "z": ["w"], "w": ["v"], "v": []}
ISLAND = {"x": ["y"], "y": [], "u": ["w"], "w": []}
DEAD_END = {"s": ["dead", "a", "b"], "dead": [], "a": ["t"], "b": ["a", "t"], "t": ["after"], "after": []}


def composition_probes(exercise, rng):
    def one(order, x, criterion="values", label=""):
        functions, derivatives = ([Formula(LINKS[i][k]) for i in order] for k in (0, 1))
        return exercise.call(functions, derivatives, x, criterion=criterion, label=label, scale=1.0)

    def somewhere():
        return float(rng.uniform(0.3, 1.4))

    def all_of_them(sign):
        """A row of all functions in which no value is so large that a sine or an exponential of it has few digits."""
        while True:
            order, x = rng.permutation(6).tolist(), sign * somewhere()
            with np.errstate(all="ignore"):
                values = list(accumulate([x, *order], lambda value, i: float(Formula(LINKS[i][0])(value))))
            if max(map(abs, values)) <= 30.0:
                return one(order, x)

    found = [one(order, somewhere()) for order in ([0, 1], [1, 0], [2, 3, 1], [1, 2, 0, 3])]
    found += [all_of_them(sign) for sign in (1.0, -1.0)]
    found += [one([2, 0], 0.0, "edges", "at 0")]
    found += [one([4], somewhere(), "edges", "a single function"), one([0, 0, 0], somewhere(), "edges")]
    return [*found, one([3] * 30, -somewhere(), "edges"), one([1, 3, 1], -somewhere(), "edges")]


def two_path_probes(exercise, rng):
    call = exercise.call
    corners = [np.abs(away_from(rng, (2,))) * side for side in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
    found = [call(2.0, 3.0), *(call(*map(float, pair)) for pair in corners)]
    found += [call(3, -2, criterion="edges"), call(0.0, 1.5, criterion="edges", scale=1.0)]
    return [*found, call(1.0, 0.0, criterion="edges", scale=1.0), call(-40.0, 0.5, criterion="edges")]


def successor_probes(exercise, rng):
    call = exercise.call

    def one(n, criterion="values"):
        upstreams, local_gradients = (upstream_like(rng, (n,)).tolist() for _ in range(2))
        return call(upstreams, local_gradients, criterion=criterion, scale=1.0)

    found = [one(2), one(3), one(5), one(7), call([2.0, -1.0], [3.0, 5.0])]
    found += [one(1, "edges"), one(40, "edges"), call([1, 2, -3], [4, 0, 2], criterion="edges")]
    found += [call([0.0, 1.5], [3.0, -2.0], criterion="edges", scale=1.0, label="an upstream gradient of 0")]
    return [*found, call([2.0, 2.0], [1.5, -1.5], criterion="edges", scale=1.0)]


def jacobian_probes(exercise, rng):
    def one(n, m, criterion="values", make=lambda array: array):
        jacobian, upstream = upstream_like(rng, (n, m)), upstream_like(rng, (n,))
        return exercise.call(make(jacobian), make(upstream), criterion=criterion)

    found = [one(n, m) for n, m in ((2, 3), (4, 2), (3, 7), (7, 3), (3, 3))]
    found += [exercise.call(np.array([[1.0, 2.0], [0.0, 3.0]]), np.array([1.0, 10.0]))]
    found += [one(1, 4, "edges"), one(4, 1, "edges"), one(1, 1, "edges"), one(3, 2, "edges", read_only)]
    return [*found, one(2, 4, "edges", lambda a: a.astype(np.float32)), one(3, 2, "edges", np.asfortranarray)]


def ladder(rungs):
    """A graph with 2 ** rungs paths from "a0" to "a{rungs}": at each rung one may go left or right."""
    graph = {}
    for i in range(rungs):
        graph |= {f"a{i}": [f"b{i}", f"c{i}"], f"b{i}": [f"a{i + 1}"], f"c{i}": [f"a{i + 1}"]}
    return graph | {f"a{rungs}": []}


LADDER = """\
rungs = {rungs}
graph = {{f"a{{i}}": [f"b{{i}}", f"c{{i}}"] for i in range(rungs)}} | {{f"a{{rungs}}": []}}
graph |= {{f"{{side}}{{i}}": [f"a{{i + 1}}"] for side in "bc" for i in range(rungs)}}
"""
"""A ladder as a student makes one; with fewer rungs, one sees how the time grows."""
SLOPES = "slopes = {{(node, after): 0.5 for node in graph for after in graph[node]}}\n"


def long_ladders(exercise, *slopes, scale=None):
    """The calls with a ladder of 60 rungs, which nobody pastes; 22 are enough to wait for. In the second one no path
    leads to the target, which is no reason to walk them all."""
    beside = ladder(60) | {"beside it": []}
    given = f"{SLOPES}{exercise.name}(graph, slopes, " if slopes else f"{exercise.name}(graph, "
    for graph, target, label, more, end in (
        (ladder(60), "a60", "a ladder of 60 rungs", "", 'f"a{{rungs}}"'),
        (
            beside,
            "beside it",
            "from a ladder of 60 rungs to a node beside it",
            'graph["beside it"] = []\n',
            '"beside it"',
        ),
    ):
        probe = exercise.call(graph, *slopes, "a0", target, criterion="fast", label=label, scale=scale)
        yield replace(probe, shown=f'{LADDER}{more}{given}"a0", {end})'.format(rungs=22))


def random_dag(rng, nodes):
    """A random graph without cycles; its dict is not in a topological order, and skips lead over several nodes."""
    names = [f"n{i}" for i in rng.permutation(nodes)]
    graph = {names[i]: [] for i in rng.permutation(nodes)}
    for i in range(nodes - 1):
        later = names[i + 1 :]
        chosen = rng.choice(len(later), size=min(len(later), int(rng.integers(1, 4))), replace=False)
        graph[names[i]] = [later[j] for j in chosen]
        if names[i + 1] not in graph[names[i]]:
            graph[names[i]].append(names[i + 1])
    return graph


def path_probes(exercise, rng):
    call = exercise.call
    found = [call(ladder(1), "a0", "a1"), call(SKIPS, "x", "w"), call(ladder(3), "a0", "a3")]
    for size in (6, 8, 10):
        graph = random_dag(rng, size)
        reached = {node for after in graph.values() for node in after}
        start = next(node for node in graph if node not in reached)
        end = next(node for node in graph if not graph[node])
        found.append(call(graph, start, end))
    found += [call(DEAD_END, "s", "t"), call(SKIPS, "x", "v")]
    found += [call(SKIPS, "z", "z", criterion="edges", label="from a node to itself")]
    found += [call(ISLAND, "x", "w", criterion="edges", label="no path")]
    found += [call(SKIPS, "v", "x", criterion="edges", label="against the arrows")]
    found += [call(DEAD_END, "b", "t", criterion="edges"), call(ISLAND, "u", "w", criterion="edges")]
    return [*found, *long_ladders(exercise)]


def random_slopes(rng, graph):
    """A number on each arrow, away from 0 and of both signs."""
    arrows = [(node, after) for node, targets in graph.items() for after in targets]
    return {arrow: float(rng.uniform(0.5, 1.6) * rng.choice([-1.0, 1.0])) for arrow in arrows}


def gradient_probes(exercise, rng):
    def one(graph, source, target, criterion="values", label="", slopes=None):
        slopes = random_slopes(rng, graph) if slopes is None else slopes
        return exercise.call(graph, slopes, source, target, criterion=criterion, label=label, scale=1.0)

    two_ways = {"a": ["b", "c"], "b": ["c"], "c": []}
    known = {("a", "b"): 2.0, ("b", "c"): 3.0, ("a", "c"): 5.0}
    found = [one(two_ways, "a", "c", slopes=known), one(ladder(1), "a0", "a1"), one(SKIPS, "x", "w")]
    found += [one(ladder(3), "a0", "a3"), one(DEAD_END, "s", "t"), one(SKIPS, "x", "v")]
    found += [one(two_ways, "a", "c", slopes={**known, arrow: -4.0}) for arrow in known]
    for size in (6, 8, 10):
        graph = random_dag(rng, size)
        reached = {node for after in graph.values() for node in after}
        start = next(node for node in graph if node not in reached)
        found.append(one(graph, start, next(node for node in graph if not graph[node])))
    zero = random_slopes(rng, SKIPS) | {("x", "y"): 0.0}
    found += [one(SKIPS, "x", "w", "edges", "a slope of 0", zero)]
    found += [one(SKIPS, "z", "z", "edges", "from a node to itself"), one(ISLAND, "x", "w", "edges", "no path")]
    found += [one(SKIPS, "v", "x", "edges", "against the arrows"), one(DEAD_END, "b", "t", "edges")]
    found += [
        one(ladder(2), "a0", "a2", "edges", "whole numbers", {arrow: 2 for arrow in random_slopes(rng, ladder(2))})
    ]
    steep = {arrow: abs(slope) ** 0.5 for arrow, slope in random_slopes(rng, ladder(60)).items()}
    return [*found, *long_ladders(exercise, steep, scale=1.0)]


def ran_out_of_time(answers):
    """Right or wrong on small graphs, but endless on the ladder."""
    *small, long, _ = [outcomes[-1].error for outcomes in answers]
    late = long is not None and (long.kind in ("time", "killed") or long.type in ("TimeoutError", "RecursionError"))
    return late and not any(small)


MULTIPLY = "Along one path, do effects add or multiply?"
HEIGHT = "Is that the height, or the slope?"
SQUARE = "What is the slope of x^2?"
WEAKER = "Does a second path weaken the first?"

EXERCISES = [
    Exercise(
        name="nested_derivative",
        points=2,
        signature="(x)",
        probes=elementwise_probes(extremes=(0.0, 1.0, 10.0, -10.0), integers=True),
        hints={
            "inner derivative forgotten": "x^2 moves faster than x. By which factor?",
            "middle derivative forgotten": "Three links, three slopes. How fast does the sine move?",
            "outer derivative forgotten": "z moves faster than what is inside the brackets. By which factor?",
            "outer derivative taken at x": "At which value is the slope of the fourth power taken?",
            "outer derivative taken at the sine": "What goes into the fourth power: is the 3 part of it?",
            ("cosine taken at x", "cosine taken at the inner slope"): (
                "At which value is the cosine taken: what goes into the sine?"
            ),
            ("sine kept", "sine and sign"): "What is the slope of the sine?",
            "square of the sine": "sin(x^2) is not (sin x)^2: which function is inside?",
            ("power not lowered", "exponent not brought down"): "What is the slope of v^4?",
            "square not lowered": SQUARE,
            "inner slope is x": SQUARE,
            "constant kept in the middle slope": "By how much does the 3 change when x moves?",
            "value instead of slope": HEIGHT,
            "slopes added": MULTIPLY,
        },
    ),
    Exercise(
        name="composition_derivative",
        points=3,
        signature="(functions, derivatives, x)",
        outputs=("value", "derivative"),
        probes=composition_probes,
        hints={
            "every slope taken at x": (
                "Each function has a slope at the value that goes into it. Which value is that for the second one?"
            ),
            "slopes taken at the outputs": "Is a function's slope taken at what goes in, or at what comes out?",
            "every slope taken at the end": "Each function has a slope at the value that goes into it.",
            "values paired with slopes in reverse": (
                "The backward sweep runs through the functions and through their inputs in the same order."
            ),
            "slopes added": MULTIPLY,
            ("last slope only", "first slope only"): "How many links has the chain?",
            "first link left out": "Does your sweep back reach the first function?",
            "last link left out": "Does your sweep back begin at the last function?",
            "functions applied in reverse": "f_1 is applied first. Which one is it in the list?",
            "value before the last function": "Is the last function applied to your value?",
            "functions multiplied, not composed": "What goes into the second function: x, or what the first one gave?",
            "derivative chained like a function": "Slopes are multiplied. What are the functions, one after the other?",
        },
    ),
    Exercise(
        name="two_path_gradient",
        points=2,
        signature="(r, s)",
        outputs=("df_dr", "df_ds"),
        probes=two_path_probes,
        hints={
            "one of two paths forgotten in both": "y = r s moves too when r or s moves. How many paths lead from r to f?",
            "one of two paths forgotten for r": "How many paths lead from r to f?",
            "one of two paths forgotten for s": "How many paths lead from s to f?",
            "paths multiplied": "Along a path slopes multiply. What about two paths that meet again?",
            "paths averaged": "Two paths both carry the change. Does either of them weaken the other?",
            "inner slope of y forgotten": "How fast does y = r s move when r moves?",
            "inner slope of y switched": "How fast does y = r s move when r moves: by r, or by s?",
            "yz printed as y squared": "The slope of xyz in x is a product of two different numbers. Which?",
            "value instead of gradient": "Is that f, or its slopes?",
            "third path invented": "How many arrows leave r?",
        },
    ),
    Exercise(
        name="sum_over_successors",
        points=1,
        signature="(upstreams, local_gradients)",
        probes=successor_probes,
        hints={
            "paths multiplied": "Along a path slopes multiply. What about paths that meet again?",
            "first successor only": "How many ways lead from x to z?",
            "last successor only": "Does each turn of your loop replace the sum, or add to it?",
            "averaged": WEAKER,
            "local gradients forgotten": "How does each successor move with x?",
            "upstream gradients forgotten": "How does z move with each successor?",
            "sums multiplied": "Multiply along each path first. Then?",
            "everything added": MULTIPLY,
            "not summed": "One x, one number.",
            "largest path only": "Do the smaller paths carry nothing?",
            "sizes added": "A path may pull the other way.",
        },
    ),
    Exercise(
        name="jacobian_gradient_product",
        points=2,
        signature="(jacobian, upstream)",
        probes=jacobian_probes,
        hints={
            "Jacobian not transposed": (
                "The result is a gradient for x: how many entries has x? Try your product on a 2 x 3 Jacobian."
            ),
            "diagonal only": "May y_2 depend on x_1?",
            "upstream forgotten": "What multiplies each row?",
            "not summed over the outputs": "Each x_i reaches z through all y_j. What happens to those paths?",
            "summed over the inputs": "Which index survives: that of y, or that of x?",
            "averaged over the outputs": WEAKER,
            "one row only": "Each x_i reaches z through all y_j.",
            (
                "a column instead of a vector",
                "a row instead of a vector",
            ): "upstream is one-dimensional, and so is the gradient for x.",
            "inverted": "Are you solving for something, or passing it on?",
        },
    ),
    Exercise(
        name="count_paths",
        points=3,
        signature="(successors, source, target)",
        probes=path_probes,
        criteria=(
            Criterion("values", "right number of paths", 0.5),
            Criterion("edges", "right in special cases: no path, from a node to itself", 0.1, ("values",)),
            Criterion("fast", "a ladder of 60 rungs at once", 0.2, ("values",)),
            Criterion("contract", "does not change its inputs; gives the same answer twice", 0.2, ("values",)),
        ),
        hints={
            "walks every path": (
                "A ladder of 60 rungs has 2^60 paths. What do you know about a node once you have counted from it?"
            ),
            "counts nodes": "A diamond has four nodes. How many ways lead through it?",
            "counts edges": "A diamond has four arrows. How many ways lead through it?",
            "counts arrows that leave the source": "Two arrows may lead to one path or to four.",
            "counts arrows that reach the target": "How many paths reach the node before the target?",
            "shortest paths only": "Is a longer way not a way?",
            "order of the dict taken for an order of the graph": (
                "When you pass a node's count on, is it finished? Must the dict list a node before its successors?"
            ),
            "handed on before everything has arrived": (
                "When a node's number goes on to its successors, has it received all it is going to receive?"
            ),
            "each node visited once": "Two paths may run through the same node. What should the second one find there?",
            "counts paths to any end": "Which paths end at the target?",
            "no path from a node to itself": "How many ways are there to stay where you are?",
            "whether, not how many": "There may be more than one way.",
            "one too many": "Try two nodes and one arrow by hand.",
        },
        symptoms={"walks every path": ran_out_of_time},
        slips=only("sign", "factor 2", "returns nothing"),
    ),
    Exercise(
        name="path_gradient",
        points=3,
        signature="(successors, slopes, source, target)",
        probes=gradient_probes,
        criteria=(
            Criterion("values", "right sum over the paths", 0.5),
            Criterion("edges", "right in special cases: no path, from a node to itself", 0.1, ("values",)),
            Criterion("fast", "a ladder of 60 rungs at once", 0.2, ("values",)),
            Criterion("contract", "does not change its inputs; gives the same answer twice", 0.2, ("values",)),
        ),
        hints={
            "walks every path": (
                "A ladder of 60 rungs has 2^60 paths. What do you know about a node once you have its derivative?"
            ),
            "counts paths": "What is on the arrows?",
            "slopes added along a path": MULTIPLY,
            "paths multiplied": "Along a path slopes multiply. What about two paths that meet again?",
            "paths averaged": WEAKER,
            "one path only": "Does each turn of your loop replace the sum, or add to it?",
            "largest path only": "Do the smaller paths carry nothing?",
            "sizes added": "A path may pull the other way.",
            "slope of the first arrow forgotten": "How does each successor move with the source?",
            "slope of the last arrow forgotten": "How does the target move with the node right before it?",
            "handed on before everything has arrived": (
                "When a node's number goes on to its successors, has it received all it is going to receive?"
            ),
            "each node visited once": "Two paths may run through the same node. What should the second one find there?",
            "order of the dict taken for an order of the graph": (
                "When you pass a node's number on, is it finished? Must the dict list a node before its successors?"
            ),
            "shortest paths only": "Is a longer way not a way?",
            "paths to any end": "Which paths end at the target?",
            "no derivative of a node with respect to itself": "How fast does a node move, when it moves itself?",
            "sum of all slopes": "Which arrows lie on a path to the target, and what happens along a path?",
        },
        symptoms={"walks every path": ran_out_of_time},
        slips=only("sign", "factor 2", "returns nothing"),
    ),
]
