"""Assignment 10: the engine itself: order, gates, the graph, and a gradient checker of one's own."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from autograder.exercises import (
    Criterion,
    Exercise,
    Formula,
    FormulaGate,
    Kept,
    Probe,
    Step,
    away_from,
    by_elimination,
    no_slip,
    within,
)

# --- topological_order ----------------------------------------------------------------------------------------------

SKIP = {"a": ["b", "e"], "b": ["c"], "c": ["d"], "d": ["e"], "e": [], "alone": []}
DIAMOND = {"end": [], "left": ["end"], "right": ["end"], "start": ["left", "right"]}
DOUBLED = {"b": ["y"], "a": ["y", "y"], "y": []}
DOUBLED_AGAIN = {"end": [], "mid": ["end", "end"], "start": ["mid", "end", "mid"], "late": ["start"] * 3}
CYCLES = (
    {"a": ["b"], "b": ["c"], "c": ["a"]},
    {"s": ["a"], "a": ["b"], "b": ["a", "t"], "t": []},
    {"self": ["self"]},
)


@lru_cache(maxsize=1)
def chain():
    """10,000 nodes in a row; never written to, since every call gets a copy."""
    return {f"n{i}": [f"n{i + 1}"] for i in range(9_999)} | {"n9999": []}


CHAIN = '{}({{f"n{{i}}": [f"n{{i + 1}}"] if i < 9_999 else [] for i in range(10_000)}})'


def random_dag(rng, size):
    names = [f"n{i}" for i in rng.permutation(size)]
    edges = {name: [names[j] for j in range(i + 1, size) if rng.random() < 0.3] for i, name in enumerate(names)}
    return {name: edges[name] for name in sorted(edges)}


def order_problem(value, successors):
    """What is wrong with an order, in words; None when every node comes after all it depends on."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(node, str) for node in value):
        return "did not return a list of node names"
    place = {node: i for i, node in enumerate(value)}
    if len(place) != len(value):
        return "a node is there more than once"
    missing = [node for node in successors if node not in place]
    if missing:
        return f"{missing[0]!r} is missing"
    for node, targets in successors.items():
        for target in targets:
            if place[node] > place[target]:
                return f"{target!r} comes before {node!r}, on which it depends"
    return None


def order_probes(exercise, rng):
    def one(graph, criterion="values"):
        def verify(outcomes):
            error = outcomes[0].error
            return f"raised {error.type}: {error.message}" if error else order_problem(outcomes[0].value, graph)

        return Probe((Step(exercise.name, (graph,)),), criterion, verify=verify)

    def cycle(graph):
        def verify(outcomes):
            error = outcomes[0].error
            if error and error.is_a("ValueError"):
                return None
            return "a graph with a cycle must raise ValueError" + (f", not {error.type}" if error else "")

        return Probe((Step(exercise.name, (graph,)),), "cycle", verify=verify, raises=True)

    found = [one(SKIP), one(DIAMOND), one({"only": []}), one(random_dag(rng, 12)), one(random_dag(rng, 20))]
    deep = replace(one(chain(), "deep"), shown=CHAIN.format(exercise.name))
    found += [*map(cycle, CYCLES), deep]
    return [*found, one(DOUBLED), one(DOUBLED_AGAIN)]


def order_of(answers, probe):
    value = answers[probe][0].value
    if not isinstance(value, (list, tuple)):
        raise ValueError("no order")
    return list(value)


def reverse_order(answers):
    return not (order_problem(order_of(answers, 1)[::-1], DIAMOND) or order_problem(order_of(answers, 0)[::-1], SKIP))


def by_distance(answers):
    """Begun at the sources, so that the diamond is right, and then by distance, so that the long way comes late."""
    order = order_of(answers, 0)
    if order_problem(order_of(answers, 1), DIAMOND) is not None:
        return False
    return order.index("e") < order.index("c") and len(order) == 6


def node_per_path(answers):
    return len(set(order_of(answers, 1))) < len(order_of(answers, 1))


def isolated_lost(answers):
    return "alone" not in order_of(answers, 0) and set(order_of(answers, 0)) == set("abcde")


@within("cycle")
def cycle_passed_over(answers):
    """No exception for some cycles, at least, and a right order where there is one."""
    right = all(order_problem(order_of(answers, i), graph) is None for i, graph in ((0, SKIP), (1, DIAMOND)))
    raised = [o[0].error for o in answers[5:8]]
    return right and not all(raised) and all(error is None or error.is_a("ValueError") for error in raised)


def double_arrows(answers):
    """Right wherever no arrow is there twice, of what is known here, and nowhere else."""
    if any(outcomes[0].error is None for outcomes in answers[5:8]):
        return False
    if any(order_problem(order_of(answers, i), graph) for i, graph in ((0, SKIP), (1, DIAMOND))) or answers[8][0].error:
        return False
    return any(
        answers[i][0].error or order_problem(order_of(answers, i), g) for i, g in ((9, DOUBLED), (10, DOUBLED_AGAIN))
    )


@by_elimination
def sorted_by_arrows(answers):
    """Along every order the number of arrows that leave, or that come in, only grows, or only shrinks."""
    if any(outcomes[0].error is not None for outcomes in answers[:2]):
        return False
    rows = []
    for number, graph in ((0, SKIP), (1, DIAMOND), (9, DOUBLED), (10, DOUBLED_AGAIN)):
        if answers[number] and answers[number][0].error is None:
            order = order_of(answers, number)
            if sorted(order) != sorted(graph):
                return False
            arrows = [after for some in graph.values() for after in some]
            rows.append(([len(graph[node]) for node in order], [arrows.count(node) for node in order]))
    return any(all(row[k] == sorted(row[k], reverse=turned) for row in rows) for k in (0, 1) for turned in (0, 1))


def begun_too_early(answers):
    """Every node comes after one, at least, of those it depends on, or is where one begins anew, and some come before
    another one that they need: as when a node is taken as soon as the first arrow reaches it."""
    if any(outcomes[0].error is not None for outcomes in answers[:5]):
        return False
    early = followed = False
    for number, graph in ((0, SKIP), (1, DIAMOND), (9, DOUBLED), (10, DOUBLED_AGAIN)):
        if not answers[number]:  # not called again, after a call that ran out of time
            continue
        order = order_of(answers, number)
        if sorted(order) != sorted(graph):
            return False
        for place, node in enumerate(order):
            needed = {other for other, after in graph.items() if node in after}
            before = needed & set(order[:place])
            next_listed = next(other for other in graph if other not in order[:place])
            early = early or before != needed
            followed = followed or bool(before and node != next_listed)
            if needed and not before and node != next_listed:
                return False
    return early and followed


def recursion(answers):
    error = answers[8][0].error
    return order_problem(order_of(answers, 0), SKIP) is None and error is not None and error.type == "RecursionError"


# --- ComputationalGraph ---------------------------------------------------------------------------------------------

X, UX, XY, UXY, XYZ, UXYZ = ("x",), ("u", "x"), ("x", "y"), ("u", "x", "y"), ("x", "y", "z"), ("u", "x", "y", "z")

PLUS = FormulaGate(Formula("x + y", XY), (Formula("u * 1.0", UXY), Formula("u * 1.0", UXY)))
TIMES = FormulaGate(Formula("x * y", XY), (Formula("u * y", UXY), Formula("u * x", UXY)))
SQUARE = FormulaGate(Formula("x * x"), (Formula("u * 2 * x", UX),))
SINE = FormulaGate(Formula("float(np.sin(x))"), (Formula("u * float(np.cos(x))", UX),))
TRIPLE = FormulaGate(Formula("x + 2 * y + 3 * z", XYZ), tuple(Formula(f"u * {k}.0", UXYZ) for k in (1, 2, 3)))

LECTURE = [("x", None, []), ("y", None, []), ("z", None, []), ("q", PLUS, ["x", "y"]), ("f", TIMES, ["q", "z"])]
ONE_GATE = [("x", None, []), ("f", SQUARE, ["x"])]
TWICE_USED = [("a", None, []), ("b", PLUS, ["a", "a"])]
SQUARED = [("a", None, []), ("b", TIMES, ["a", "a"])]
SHORT_AND_LONG = [
    ("x", None, []),
    ("s", SQUARE, ["x"]),
    ("t", SINE, ["s"]),
    ("p", TIMES, ["t", "x"]),
    ("q", TIMES, ["s", "p"]),
    ("f", TRIPLE, ["q", "x", "p"]),
]
OWN_SLOPE = FormulaGate(Formula("float(np.round(x))"), (Formula("u * 0.5", UX),))
OWN_WAY_BACK = [("x", None, []), ("r", OWN_SLOPE, ["x"]), ("f", TIMES, ["r", "x"])]
UNUSED = [("x", None, []), ("y", None, []), ("f", SQUARE, ["x"])]
DEEP = [("x0", None, []), *((f"x{i}", SINE, [f"x{i - 1}"]) for i in range(1, 1500))]


def graph_probes(exercise, rng):
    def build(nodes):
        return Step(exercise.name, (nodes,), keep="g")

    def forward(nodes):
        inputs = {name: float(away_from(rng, (), spread=1.0)) for name, gate, _ in nodes if gate is None}
        return Step("g", (inputs,), "forward")

    backward = Step("g", (), "backward")

    def one(nodes, criterion="values", label=""):
        return Probe((build(nodes), forward(nodes), backward), criterion, label)

    def again(nodes):
        return Probe(
            (build(nodes), forward(nodes), backward, backward, forward(nodes), backward), "again", "used again"
        )

    found = [one(LECTURE), one(LECTURE), one(ONE_GATE)]
    found += [one(nodes, "branches") for nodes in (TWICE_USED, SQUARED, SHORT_AND_LONG, UNUSED)]
    found += [one(OWN_WAY_BACK, "branches", "a gate that rounds, and hands back half (ask the gate, do not measure)")]
    return [*found, again(LECTURE), again(SHORT_AND_LONG), one(DEEP, "deep", "a chain of 1,500 gates")]


# --- gradient_check -------------------------------------------------------------------------------------------------


def unary(forward, backward, shape=(3, 2)):
    return Formula(forward), Formula(backward, UX), 1, shape


def binary(forward, backward, shape=(2, 3)):
    return Formula(forward, XY), Formula(backward, UXY), 2, shape


TANH = "np.tanh(x)"
PLACE = "np.arange(x.size).reshape(x.shape)"
RIGHT_GATES = (
    unary(TANH, "[u * (1 - np.tanh(x)**2)]"),
    binary("x * y", "[u * y, u * x]"),
    binary("x @ y", "[u @ y.T, x.T @ u]", (3, 3)),
    unary("np.exp(x) + 1000.0", "[u * np.exp(x)]", (4,)),
    unary("x * 1e3", "[u * 1e3]", (2, 2)),
    unary("x * 1e-3", "[u * 1e-3]", (2, 2)),
    unary("np.sum(x * x)", "[u * 2 * x]", (3,)),
)
WRONG_GATES = (
    unary(TANH, "[u * (1 - np.tanh(x))]"),
    unary(TANH, "[2 * u * (1 - np.tanh(x)**2)]"),
    unary(TANH, "[-u * (1 - np.tanh(x)**2)]"),
    unary(TANH, "[0 * x]"),
    binary("x * y", "[u * y, u * y]"),
    binary("x * y", "[u * x, u * x]"),
)
SUBTLE_GATES = (
    unary(TANH, "[u * (1 - np.tanh(x)**2) * 1.01]"),
    binary("x @ y", "[u @ y, x.T @ u]", (3, 3)),
    unary(TANH, "[(1 - np.tanh(x)**2) * np.mean(u)]"),
    unary(TANH, f"[u * (1 - np.tanh(x)**2) + np.where({PLACE} == x.size - 1, 0.1, 0)]"),
    unary(TANH, f"[u * (1 - np.tanh(x)**2) + np.where({PLACE} < 1, 0.1, np.where({PLACE} < 2, -0.1, 0))]"),
    unary("x * 1e-3", "[u * 1.2e-3]", (2, 2)),
    unary(TANH, "[np.nan * u]"),
    unary(TANH, "[(u * (1 - np.tanh(x)**2))[0]]", (1, 3)),
    unary(TANH, "[(u * (1 - np.tanh(x)**2))[None]]"),
    binary("x + y", "[u, u.reshape(1, 2, 1)]", (2, 1)),
    unary("x**2", "[u * 2 * np.abs(x)]", (3, 3)),
    unary(TANH, f"[u * (1 - np.tanh(x)**2) - np.where({PLACE} == x.size - 1, 0.1, 0)]"),
)
LONG = unary(TANH, f"[u * (1 - np.tanh(x)**2) + np.where({PLACE} == 17, 0.3, 0)]", (400,))
LONG_SHOWN = (
    "{}(lambda x: np.tanh(x), lambda u, x: [u * (1 - np.tanh(x)**2) + 0.3 * (np.arange(400) == 17)], "
    "[np.linspace(-2, 2, 400)])"
)
"""One wrong entry of many, which a mean over all of them hides."""


FIRST_SUBTLE = len(RIGHT_GATES) + len(WRONG_GATES)
BY_A_LITTLE, ONE_ENTRY, TWO_ENTRIES, SMALL, ONE_SIDE, ONE_BELOW, ONE_OF_MANY = 0, 3, 4, 5, 10, 11, len(SUBTLE_GATES)
"""Some of `SUBTLE_GATES`, and the long one after them."""


def accepted(answers):
    """The numbers of the subtle gates that were accepted. Raises `ValueError` where a plain one was not told right."""
    told = [outcomes[0].value for outcomes in answers]
    plain = [True] * len(RIGHT_GATES) + [False] * len(WRONG_GATES)
    if any(outcomes[0].error is not None for outcomes in answers) or [bool(v) for v in told[:FIRST_SUBTLE]] != plain:
        raise ValueError("plain gates")
    return {i for i in range(len(SUBTLE_GATES) + 1) if told[FIRST_SUBTLE + i]}


def entries_passed_over(answers):
    """What is wrong by a little everywhere is refused, and what is wrong by more in one entry, or two, is not."""
    passed = accepted(answers)
    return {ONE_ENTRY, ONE_BELOW} <= passed <= {ONE_ENTRY, ONE_BELOW, TWO_ENTRIES, ONE_SIDE, ONE_OF_MANY}


def sign_of_the_difference(answers):
    """An entry that is too large is refused and one that is too small is not, or the other way round."""
    return accepted(answers) - {ONE_SIDE} in ({ONE_BELOW}, {ONE_ENTRY, ONE_OF_MANY})


def mean_of_differences(answers):
    """One wrong entry of six is seen, and the same one of four hundred is not."""
    return accepted(answers) == {ONE_OF_MANY}


def too_generous(answers):
    """What is wrong by a little is accepted, in one entry or in all; what is wrong by more is refused."""
    passed = accepted(answers)
    return BY_A_LITTLE in passed <= {BY_A_LITTLE, ONE_ENTRY, ONE_BELOW, TWO_ENTRIES, SMALL, ONE_OF_MANY}


def checker_probes(exercise, rng):
    def one(gate, criterion, wanted, inputs=None):
        forward, backward, count, shape = gate
        inputs = inputs or [np.round(away_from(rng, shape, spread=1.0), 2) for _ in range(count)]  # shown as they are
        if "abs" in backward.expression and criterion == "subtle":
            inputs[0][0, 0] = -abs(inputs[0][0, 0])
        words = f"forward {forward.expression}, backward {backward.expression}"

        def verify(outcomes):
            error = outcomes[0].error
            if error is not None:
                return f"{words}: raised {error.type}: {error.message}"
            value = outcomes[0].value
            answer = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
            if not isinstance(answer, (bool, np.bool_)):
                return "must return True or False"
            if bool(answer) != wanted:
                return f"{words}: {'refused, but it is right' if wanted else 'accepted, but it is wrong'}"
            return None

        return Probe((Step(exercise.name, (forward, backward, inputs)),), criterion, verify=verify)

    found = [one(gate, "values", True) for gate in RIGHT_GATES] + [one(gate, "values", False) for gate in WRONG_GATES]
    found += [one(gate, "subtle", False) for gate in SUBTLE_GATES]
    long = one(LONG, "subtle", False, [np.linspace(-2.0, 2.0, 400)])
    found.append(replace(long, shown=LONG_SHOWN.format(exercise.name)))
    # One argument changed and the others as before: what remembers an earlier verdict is found out.
    x, positive = [away_from(rng, (3, 2), spread=1.0)], [np.abs(away_from(rng, (2, 2)))]
    squares = unary("x**2", "[u * 2 * np.abs(x)]")
    found += [one(RIGHT_GATES[0], "contract", True, x), one(WRONG_GATES[1], "contract", False, x)]
    return [*found, one(squares, "contract", True, positive), one(squares, "contract", False, [-positive[0]])]


# --- Tensor ---------------------------------------------------------------------------------------------------------


class Variable:
    """A Tensor of the student's, as the judge writes programs with it: each operation is a step that keeps a result."""

    def __init__(self, steps, name, *arguments, owner=None, method=None):
        self.steps, self.name = steps, name
        handed = tuple(Kept(a.name) if isinstance(a, Variable) else a for a in arguments)
        steps.append(Step(owner or "Tensor", handed, method, keep=name))

    def _new(self, method, *arguments):
        return Variable(self.steps, f"v{len(self.steps)}", *arguments, owner=self.name, method=method)

    def exp(self):
        return self._new("exp")

    def log(self):
        return self._new("log")

    def relu(self):
        return self._new("relu")

    def sum(self, *options):
        return self._new("sum", *options)

    def backward(self):
        self.steps.append(Step(self.name, (), "backward"))

    def read(self, *attributes):
        self.steps.extend(Step(self.name, (attribute,), "__getattribute__") for attribute in attributes)


def _operator(method):
    return lambda self, *arguments: self._new(method, *arguments)


for _method in ["add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "matmul", "pow", "neg"]:
    setattr(Variable, f"__{_method}__", _operator(f"__{_method}__"))

ONE = {
    "x.sum()": lambda x, c: x.sum(),
    "x * y": lambda x, y, c: (x * y).sum(),
    "x * c, an array": lambda x, c: (x * c).sum(),
    "x + y": lambda x, y, c: ((x + y) * c).sum(),
    "x - y": lambda x, y, c: ((x - y) * c).sum(),
    "-x": lambda x, c: (-x * c).sum(),
    "x / y": lambda x, y, c: (x / y * c).sum(),
    "x ** 3": lambda x, c: (x**3 * c).sum(),
    "x ** -0.5": lambda x, c: (x**-0.5 * c).sum(),
    "numbers on the right": lambda x, c: (((x + 2.0) * 3.0 - 1.5) / 4.0 * c).sum(),
    "numbers on the left": lambda x, c: ((0.5 + 3.0 * x) * c).sum(),
    "3.5 - x": lambda x, c: ((3.5 - x) * c).sum(),
    "1.5 / x": lambda x, c: (1.5 / x * c).sum(),
    "an array on the right": lambda x, c: (((x + c) * c - c) / c * c).sum(),
    "x.exp()": lambda x, c: (x.exp() * c).sum(),
    "x.log()": lambda x, c: (x.log() * c).sum(),
    "x.relu()": lambda x, c: ((x - 1.0).relu() * c).sum(),
    "x @ y": lambda x, y, c: ((x @ y) * c).sum(),
    "x.sum(0)": lambda x, c: (x.sum(0) * c[0]).sum(),
    "x.sum(1)": lambda x, c: (x.sum(1) * c[:, 0]).sum(),
    "x.sum(1, True)": lambda x, c: (x.sum(1, True) * c[:, :1]).sum(),
}
"""Programs in which each Tensor is used once: by what they are about. `c` is a constant array, so that no upstream is
all ones."""


def ladder(x, rungs=30):
    for _ in range(rungs):
        x = x * 0.25 + x * 0.75
    return x.sum()


def diamond(x, y):
    p = x * y
    return ((p.exp() + y) * p / x).sum()


def short_and_long(x, y):
    b = x * 2.0
    return (b * (b * y).exp()).sum()


def long_before_short(x, y):
    b = x * 2.0
    return ((b * y).exp() * b + (b + y).log()).sum()


BRANCHES = {
    "x + x": lambda x: (x + x).sum(),
    "x * x": lambda x, y: (x * x * y).sum(),
    "x @ x": lambda x, y: ((x @ x) * y).sum(),
    "a value that is used three times": diamond,
    "a short and a long way": short_and_long,
    "a long and a short way": long_before_short,
    "a ladder of 30 rungs, with 2^30 paths": lambda x: ladder(x),
}
BROADCAST = {
    "(3, 2) and (2,)": ((3, 2), (2,)),
    "(2,) and (3, 2)": ((2,), (3, 2)),
    "(3, 1) and (3, 2)": ((3, 1), (3, 2)),
    "(1, 2) and (3, 1)": ((1, 2), (3, 1)),
    "(3, 2) and a number": ((3, 2), ()),
    "(2, 3, 2) and (3, 1)": ((2, 3, 2), (3, 1)),
}


def softmax_loss(x, w, b, marks):
    """Softmax cross-entropy of a small layer: what the digits need."""
    z = (x @ w + b).relu() - 0.5
    return ((z.exp().sum(1, True)).log() - (z * marks).sum(1, True)).sum() / len(marks)


def tensor_probes(exercise, rng):
    def values(shape):
        """As many between 0.2 and 0.8 as between 1.2 and 1.8, no two alike, with few digits: on both sides of the kink
        of `x - 1`, and good for log. With two alike, an axis in the place of another could go unseen."""
        count = int(np.prod(shape))
        hundredths = rng.permutation(np.arange(20, 81))[:count] + 100 * (rng.permutation(count) % 2)
        return hundredths.reshape(shape) / 100.0

    def program(function, shapes, *constants):
        steps = []
        inputs = [Variable(steps, name, values(shape)) for name, shape in zip("xyw", shapes)]
        return steps, inputs, function(*inputs, *constants)

    def one(label, function, shapes, criterion, *constants):
        steps, inputs, out = program(function, shapes, *constants)
        out.backward()
        out.read("data")
        for variable in inputs:
            variable.read("grad")
        return Probe(tuple(steps), criterion, label)

    def spread(label, operation, first, second):
        c = values(np.broadcast_shapes(first, second))
        return one(label, lambda x, y: (operation(x, y) * c).sum(), (first, second), "broadcast")

    found = []
    for label, function in ONE.items():
        shapes = ((2, 3), (3, 2)) if "@" in label else ((2, 2), (2, 2))
        count = function.__code__.co_argcount - 1
        found.append(one(label, function, shapes[:count], "values", values((2, 2))))
    found.append(one("x @ y", ONE["x @ y"], ((3, 4), (4, 2)), "values", values((3, 2))))
    found.append(one("x @ y, square", ONE["x @ y"], ((2, 2), (2, 2)), "values", values((2, 2))))
    for label, function in BRANCHES.items():
        found.append(one(label, function, ((2, 2), (2, 2))[: function.__code__.co_argcount], "branches"))
    for label, (first, second) in BROADCAST.items():
        operation = [lambda x, y: x * y, lambda x, y: x + y, lambda x, y: x / y, lambda x, y: x - y]
        found += [
            spread(label, operation[int(rng.integers(4))], first, second),
            spread(label, operation[0], first, second),
        ]
    marks = np.eye(3)[rng.integers(0, 3, 4)]
    found.append(one("a layer under softmax cross-entropy", softmax_loss, ((4, 2), (2, 3), (3,)), "broadcast", marks))

    steps, (x, y), out = program(lambda x, y: (x * y * x).sum(), ((2, 2), (2, 2)))
    middle = (x * y).exp()
    total = (middle * y).sum()
    for loss in (out, out, total, total):
        loss.backward()
        x.read("grad")
        y.read("grad")
    middle.read("grad")
    total.read("grad", "data")
    found.append(Probe(tuple(steps), "again", "backward again, and through another graph"))
    return [*found, parents_probe(values)]


def parents_probe(values):
    """What a product was computed from: in any container, one after the other."""
    steps = []
    x, y = Variable(steps, "x", values((2,))), Variable(steps, "y", values((2,)))
    product = x * y
    for name, of in (("of_product", product), ("of_x", x)):
        steps.append(Step(of.name, ("parents",), "__getattribute__", keep=name))
        steps.append(Step(name, (), "__len__"))
    steps.append(Step("of_product", (), "__iter__", keep="one_by_one"))
    for name in ("first", "second"):
        steps.append(Step("one_by_one", (), "__next__", keep=name))
        steps.append(Step(name, ("data",), "__getattribute__"))
    x.read("data")
    y.read("data")

    def verify(outcomes):
        error = next((outcome.error for outcome in outcomes if outcome.error), None)
        if error is not None:
            return f"reading the parents of x * y raised {error.type}: {error.message}"
        of_product, of_x, first, second, x, y = [o.value for o, s in zip(outcomes, steps) if s.keep is None]
        if (of_product, of_x) != (2, 0):
            return f"x * y has {of_product} parents, and x has {of_x}; expected 2 and 0"
        given, wanted = (sorted(np.ravel(v).tolist() for v in pair) for pair in ((first, second), (x, y)))
        return None if given == wanted else "the parents of x * y are not x and y"

    return Probe(tuple(steps), "again", "the parents of x * y", verify)


X_PLUS_X = len(ONE) + 2
LADDER = X_PLUS_X + list(BRANCHES).index("a ladder of 30 rungs, with 2^30 paths")


@by_elimination
@within("branches", "broadcast", "again")
def handed_on_early(answers):
    """What is used twice gets both its gradients where they come at once, and not where they come one after the other:
    of the ladder, whose gradient is 1 everywhere."""
    twice, ladder = (answers[number][-1] for number in (X_PLUS_X, LADDER))
    if twice.error is not None or ladder.error is not None:
        return False
    return bool(np.allclose(twice.value, 2.0) and not np.allclose(ladder.value, 1.0))


SHARED = "Make two gates and run both forward. Whose inputs does each remember?"
TWICE = "Call backward twice. Should the second answer differ?"
UP = "What multiplies the local gradient on its way back?"
WHICH = "Which gate is this?"
RETURN = "Does your function end with return?"

EXERCISES = [
    Exercise(
        name="topological_order",
        points=3,
        signature="(successors)",
        probes=order_probes,
        criteria=(
            Criterion("values", "every node comes after all it depends on", 0.55),
            Criterion("cycle", "a cycle raises ValueError", 0.2, ("values",)),
            Criterion("deep", "a chain of 10,000 nodes, without recursion", 0.15, ("values",)),
            Criterion("contract", "does not change its inputs; gives the same answer twice", 0.1, ("values",)),
        ),
        hints={
            "reverse order": (
                "In which direction do the arrows point: from a node to what it needs, or to what needs it?"
            ),
            "order of insertion": "Does the order in which the nodes are listed say anything?",
            "breadth first by distance": (
                "Which nodes must be finished before this one may be processed? A short and a long path may meet."
            ),
            "a node once per path": "How often may a node appear in a schedule?",
            "isolated nodes lost": "What becomes of a node without arrows?",
            "sorted by the number of arrows": (
                "Two nodes may have equally many arrows, and one depends on the other. What do their numbers say of that?"
            ),
            "cycle passed over": "Count the nodes you placed. What does it mean when some never become ready?",
            "double arrows": (
                "Where a value is used twice (b = a + a), an arrow is there twice. How often do you count it, and how "
                "often do you take it away?"
            ),
            "does not wait for every arrow": (
                "A node may need several others. When you put it into the order, have all of them been there?"
            ),
            "recursion": "How deep does your function call itself on a chain of 10,000 nodes?",
            "returns nothing": RETURN,
        },
        symptoms={
            "reverse order": reverse_order,
            "order of insertion": lambda answers: all(
                order_of(answers, i) == list(g) for i, g in ((1, DIAMOND), (9, DOUBLED))
            ),
            "breadth first by distance": by_distance,
            "a node once per path": node_per_path,
            "isolated nodes lost": isolated_lost,
            "cycle passed over": cycle_passed_over,
            "recursion": recursion,
            "sorted by the number of arrows": sorted_by_arrows,
            "double arrows": double_arrows,
            "does not wait for every arrow": begun_too_early,
            "returns nothing": lambda answers: all(o[0].error is None and o[0].value is None for o in answers),
        },
        slips=no_slip,
    ),
    Exercise(
        name="ComputationalGraph",
        points=5,
        signature="(nodes)",
        probes=graph_probes,
        criteria=(
            Criterion("values", "forward values and gradients on a tree", 0.4),
            Criterion("branches", "values used more than once", 0.3, ("values",)),
            Criterion(
                "again", "twice is as once, new inputs are new, arguments stay as they are", 0.2, ("values",), tidy=True
            ),
            Criterion("deep", "1,500 gates in a row", 0.1, ("values",)),
        ),
        hints={
            "overwrites at branches": "Two roads lead from this value to the output. Where did the first one go?",
            "accumulates over calls": "What is in the gradients at the start of the second backward?",
            "the output's own gradient is not 1": "What is the derivative of the output with respect to itself?",
            "stale values": "Run forward with other inputs. Which values does it start from?",
            "backward in forward order": "Which nodes must have received everything before this one may pass it on?",
            "only the first parent gets a gradient": "How many gradients does a gate return?",
            "hands on before everything has arrived": (
                "When you push a node onward, has it already received all it is going to receive?"
            ),
            "returns nothing from backward": "Does backward end with return?",
            "returns nothing from forward": "Does forward end with return?",
        },
        slips=no_slip,
    ),
    Exercise(
        name="gradient_check",
        points=4,
        signature="(forward, backward, inputs)",
        probes=checker_probes,
        criteria=(
            Criterion("values", "accepts right gates and refuses plainly wrong ones", 0.5),
            Criterion(
                "subtle",
                "refuses gates that are wrong in one place, for one upstream, or by a little",
                0.4,
                ("values",),
            ),
            Criterion("contract", "does not change its inputs; gives the same answer twice", 0.1, ("values",)),
        ),
        hints={
            "accepts everything": "Try it on a gate you know to be wrong.",
            "refuses everything": "Try it on a gate you know to be right: how large is the difference it finds?",
            "tolerance below round-off": "How exact is a difference quotient? Print the difference for a right gate.",
            "compares sums only": "Two errors of opposite sign: would you notice?",
            "checks the first input only": "How many gradients does backward return?",
            "absolute tolerance only": "A gradient of 0.001 that is wrong by a fifth: would you notice?",
            "shapes not compared": (
                "(1, 3) and (3,) agree entry by entry, for NumPy. What shape does the gradient for an input have?"
            ),
            "upstream gradient of ones only": "Which wrong gates look right when every upstream entry is the same?",
            "tolerance too generous": "A gradient that is wrong by 1 %: would you notice?",
            "the sign of the difference kept": "Is -3 smaller than 0.001? What does that say of how far apart they are?",
            "one wrong entry lost in a mean": "An array has 400 entries, and one is wrong. What does a mean make of it?",
            "a nan is accepted": "Is nan > 0.001? Is it smaller? What does your comparison say to a gradient of nan?",
            "not every entry compared": "Spoil the last entry of a right gradient, and no other. Would you notice?",
            "returns nothing": RETURN,
        },
        symptoms={
            "tolerance too generous": too_generous,
            "not every entry compared": entries_passed_over,
            "one wrong entry lost in a mean": mean_of_differences,
            "the sign of the difference kept": sign_of_the_difference,
        },
        slips=no_slip,
    ),
    Exercise(
        name="Tensor",
        points=6,
        signature="(data)",
        probes=tensor_probes,
        criteria=(
            Criterion("values", "each operation, forward and back", 0.4),
            Criterion("branches", "gradients add up where a value is used more than once", 0.25, ("values",)),
            Criterion("broadcast", "each gradient has the shape of its Tensor", 0.2, ("values",)),
            Criterion("again", "a second backward starts anew; parents are known", 0.15, ("values",)),
        ),
        hints={
            "overwrites where a value is used twice": (
                "In y = x + x, two gradients arrive at x. What becomes of the first when the second comes?"
            ),
            ("a second backward adds to the first", "only the inputs start anew"): (
                "Call backward twice on the same result. Which gradients are still there from the first time?"
            ),
            "the output's own gradient is not 1": "By how much does the output change when the output changes by 1?",
            "hands on before everything has arrived": (
                "When may a node hand its gradient on: when the first gradient arrives, or when the last one has?"
            ),
            "backward from the front": (
                "Where does the gradient begin, at the output or at the inputs? In which direction must the order be walked?"
            ),
            "the vanished axis is not put back": (
                "x.sum(1) of shape (2, 3) leaves 2 numbers. Along which axis does NumPy spread a gradient of shape (2,) "
                "when it has to fit (2, 3) again?"
            ),
            "walks every path": "How many paths lead through a ladder of 30 rungs? How often may each arrow be walked?",
            ("the gradient keeps the broadcast shape", "axes of length 1 are not summed"): (
                "b has 3 entries, and its gradient must have 3, though b was added to every row. Which function of "
                "notebook 03 does that, and along which axes?"
            ),
            "the mean in place of the sum": (
                "A bias that is added to four rows changes all four. Do their gradients add up, or are they averaged?"
            ),
            "the factors change places": "If x grows by a little h while y stays, by how much does x * y grow?",
            "the matrices are not transposed": (
                "x is (B, n), y is (n, m). Which product of the upstream (B, m) and y has the shape of x?"
            ),
            "the exponent is forgotten": "What is the slope of x ** 3 at x = 1? What does your program say?",
            "upstream forgotten in exp": UP,
            "exp takes its own output again": "The slope of exp at x is exp(x). To which number do you apply it?",
            "log is taken for its own slope": "Which function is its own slope: the exponential, or the logarithm?",
            "relu asks the gradient for its sign": (
                "What decides whether ReLU lets the gradient through: the input on the way up, or the gradient?"
            ),
            "the sum shares its gradient out": (
                "If one entry grows by h and the others stay, by how much does the sum of all of them grow?"
            ),
            ("the quotient the wrong way round", "the difference the wrong way round"): (
                "In 3.5 - x, Python calls x.__rsub__(3.5). Which of the two stands on the left?"
            ),
            "both terms of a difference with a plus": "If y grows by h, does x - y grow, or shrink?",
            "backward returns without setting grad": "After y.backward(), where does a reader find the gradient of x?",
        },
        symptoms={"hands on before everything has arrived": handed_on_early},
        slips=no_slip,
    ),
]
