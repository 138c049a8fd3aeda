"""The answers of assignment 10, right and wrong."""

import graphlib
import heapq
from collections import deque

import numpy as np

from autograder.exercises import Answers

# --- topological_order ----------------------------------------------------------------------------------------------


def topological_order(successors):
    waiting = dict.fromkeys(successors, 0)
    for targets in successors.values():
        for target in targets:
            waiting[target] = waiting.get(target, 0) + 1
    ready = [node for node, count in waiting.items() if count == 0]
    order = []
    while ready:
        node = ready.pop()
        order.append(node)
        for target in successors.get(node, []):
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    if len(order) < len(waiting):
        raise ValueError("the graph has a cycle")
    return order


def depth_first(successors):
    """Depth-first search with a stack: a node is finished when all its successors are."""
    state = {}
    order = []
    for root in successors:
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(successors.get(root, [])))]
        while stack:
            node, rest = stack[-1]
            for target in rest:
                if state.get(target) == 1:
                    raise ValueError("cycle")
                if target not in state:
                    state[target] = 1
                    stack.append((target, iter(successors.get(target, []))))
                    break
            else:
                stack.pop()
                state[node] = 2
                order.append(node)
    return order[::-1]


def with_a_queue(successors):
    counts = dict.fromkeys(successors, 0)
    for node in successors:
        for target in successors[node]:
            counts[target] += 1
    queue = deque(node for node in successors if counts[node] == 0)
    order = []
    while queue:
        node = queue.popleft()
        order.append(node)
        for target in successors[node]:
            counts[target] -= 1
            if not counts[target]:
                queue.append(target)
    if len(order) != len(successors):
        raise ValueError("there is a cycle")
    return tuple(order)


def first_name_first(successors):
    needs = {node: set() for node in successors}
    for node, targets in successors.items():
        for target in targets:
            needs[target].add(node)
    heap, order = sorted(node for node in successors if not needs[node]), []
    while heap:
        order.append(heapq.heappop(heap))
        for target in set(successors[order[-1]]):
            needs[target].remove(order[-1])
            if not needs[target]:
                heapq.heappush(heap, target)
    if any(needs.values()):
        raise ValueError(f"a cycle among {[node for node in needs if needs[node]]}")
    return order


def ends_first(successors):
    """The order from its end: a node is placed when nothing that comes after it is left."""
    left = {node: len(targets) for node, targets in successors.items()}
    before = {node: [] for node in successors}
    for node, targets in successors.items():
        for target in targets:
            before[target].append(node)
    order = [node for node in successors if left[node] == 0]
    for node in order:  # it grows while it is read
        for source in before[node]:
            left[source] -= 1
            if left[source] == 0:
                order.append(source)
    if len(order) < len(left):
        raise ValueError("a circle has no beginning")
    return order[::-1]


def by_graphlib(successors):
    try:
        return list(graphlib.TopologicalSorter(successors).static_order())[::-1]
    except graphlib.CycleError as error:
        raise ValueError("cycle") from error


def recursive(successors):
    order, active, done = [], set(), set()

    def visit(node):
        if node in active:
            raise ValueError("cycle")
        if node in done:
            return
        active.add(node)
        for target in successors[node]:
            visit(target)
        active.discard(node)
        done.add(node)
        order.append(node)

    for node in successors:
        visit(node)
    return order[::-1]


def by_distance(successors):
    targets = {t for ts in successors.values() for t in ts}
    order, queue = [], deque(n for n in successors if n not in targets)
    while queue:
        node = queue.popleft()
        if node not in order:
            order.append(node)
            queue.extend(successors[node])
    if len(order) < len(successors):
        raise ValueError("cycle")
    return order


def every_path(successors):
    targets = {t for ts in successors.values() for t in ts}
    order = []
    stack = [n for n in successors if n not in targets]
    for _ in range(20_000):
        if not stack:
            return order
        node = stack.pop()
        order.append(node)
        stack.extend(successors[node])
    raise ValueError("cycle")


def isolated_lost(successors):
    return [n for n in topological_order(successors) if successors[n] or any(n in t for t in successors.values())]


def lenient(successors):
    try:
        return topological_order(successors)
    except ValueError:
        return list(successors)


def not_deep(wrong):
    """The long chain is not what this mistake is about, and quadratic code would take minutes on it."""
    return lambda successors: topological_order(successors) if len(successors) > 1000 else wrong(successors)


# --- ComputationalGraph ---------------------------------------------------------------------------------------------


class ComputationalGraph:
    """The reference; the switches break it in known ways."""

    overwrite = accumulate = forgets_start = stale = wrong_order = first_only = False

    def __init__(self, nodes):
        self.nodes = nodes
        self.values = {}
        self.gradients = {}

    def forward(self, inputs):
        self.values = {**inputs, **self.values} if self.stale else dict(inputs)
        for name, gate, parents in self.nodes:
            if gate is not None:
                self.values[name] = gate.forward(*[self.values[p] for p in parents])
        return self.values[self.nodes[-1][0]]

    def backward(self):
        if not (self.accumulate and self.gradients):
            self.gradients = dict.fromkeys((name for name, _, _ in self.nodes), 0.0)
        self.gradients[self.nodes[-1][0]] = 0.0 if self.forgets_start else 1.0
        for name, gate, parents in self.nodes if self.wrong_order else reversed(self.nodes):
            if gate is None:
                continue
            for parent, gradient in zip(parents, gate.backward(self.gradients[name]), strict=True):
                self.gradients[parent] = gradient if self.overwrite else self.gradients[parent] + gradient
                if self.first_only:
                    break
        return {name: self.gradients[name] for name, gate, _ in self.nodes if gate is None}


def broken(**changes):
    return type("ComputationalGraph", (ComputationalGraph,), changes)


def hands_on_early(self):
    """A backward that follows every path from the output and hands on totals too early."""
    table = {name: (gate, parents) for name, gate, parents in self.nodes}
    total = dict.fromkeys(table, 0.0)
    total[self.nodes[-1][0]] = 1.0
    queue = deque([self.nodes[-1][0]])
    while queue:
        name = queue.popleft()
        gate, parents = table[name]
        if gate is None:
            continue
        for parent, gradient in zip(parents, gate.backward(total[name]), strict=True):
            total[parent] += gradient
            queue.append(parent)
    return {name: total[name] for name, (gate, _) in table.items() if gate is None}


def forward_for_nothing(self, inputs):
    ComputationalGraph.forward(self, inputs)


class Listed:
    """All that arrives at a node is kept in a list, and summed at the end."""

    def __init__(self, nodes):
        self.table = {name: (gate, list(parents)) for name, gate, parents in nodes}
        self.order = [name for name, _, _ in nodes]

    def forward(self, inputs):
        self.value = {}
        for name in self.order:
            gate, parents = self.table[name]
            self.value[name] = inputs[name] if gate is None else gate.forward(*(self.value[p] for p in parents))
        return self.value[self.order[-1]]

    def backward(self):
        arrived = {name: [] for name in self.order}
        arrived[self.order[-1]].append(1.0)
        for name in self.order[::-1]:
            gate, parents = self.table[name]
            if gate is not None:
                for parent, gradient in zip(parents, gate.backward(sum(arrived[name])), strict=True):
                    arrived[parent].append(gradient)
        return {name: float(sum(arrived[name])) for name in self.order if self.table[name][0] is None}


class Pulling(Listed):
    """Each node fetches its gradient from those that use it; every node's gradient is returned, and 0-d arrays."""

    def forward(self, inputs):
        return np.array(super().forward(inputs))

    def backward(self):
        users = {name: [] for name in self.order}
        for name, (_, parents) in self.table.items():
            for place, parent in enumerate(parents):
                users[parent].append((name, place))
        gradient, handed = {}, {}
        for name in reversed(self.order):
            pulled = sum(handed[user][place] for user, place in users[name])
            gradient[name] = np.array(1.0 if name == self.order[-1] else pulled, dtype=float)
            if self.table[name][0] is not None:
                handed[name] = self.table[name][0].backward(float(gradient[name]))
        return gradient


class Numbered:
    """Values and gradients in arrays, nodes by number."""

    def __init__(self, nodes):
        self.names, self.gates, parents = zip(*nodes)
        number = {name: i for i, name in enumerate(self.names)}
        self.parents = [[number[parent] for parent in some] for some in parents]

    def forward(self, inputs):
        self.values = np.zeros(len(self.names))
        for i, gate in enumerate(self.gates):
            known = self.values[self.parents[i]].tolist() if gate else []
            self.values[i] = gate.forward(*known) if gate else inputs[self.names[i]]
        return self.values[-1]

    def backward(self):
        gradients = np.zeros(len(self.names))
        gradients[-1] = 1.0
        for i in range(len(self.names))[::-1]:
            if self.gates[i]:
                np.add.at(gradients, self.parents[i], self.gates[i].backward(float(gradients[i])))
        return {name: gradients[i] for i, name in enumerate(self.names) if self.gates[i] is None}


class Counting:
    """A node hands on when the last of those that use it has handed to it."""

    def __init__(self, nodes):
        self.nodes = {name: (gate, parents) for name, gate, parents in nodes}
        self.output = nodes[-1][0]

    def forward(self, inputs):
        values = {}
        for name, (gate, parents) in self.nodes.items():
            values[name] = gate.forward(*map(values.get, parents)) if gate else inputs[name]
        return values[self.output]

    def backward(self):
        expected = dict.fromkeys(self.nodes, 0)
        for _, parents in self.nodes.values():
            for parent in parents:
                expected[parent] += 1
        gradients = dict.fromkeys(self.nodes, 0.0) | {self.output: 1.0}
        ready = [name for name, count in expected.items() if count == 0]
        for name in ready:  # it grows while it is read
            gate, parents = self.nodes[name]
            for parent, gradient in zip(parents, gate.backward(gradients[name]) if gate else ()):
                gradients[parent] += gradient
                expected[parent] -= 1
                if expected[parent] == 0:
                    ready.append(parent)
        return {name: gradients[name] for name, (gate, _) in self.nodes.items() if not gate}


class Linked:
    """An object for every node, which knows its parents as objects."""

    class Node:
        def __init__(self, gate, parents):
            self.gate, self.parents = gate, parents

    def __init__(self, nodes):
        self.nodes = {}
        for name, gate, parents in nodes:
            self.nodes[name] = Linked.Node(gate, [self.nodes[parent] for parent in parents])

    def forward(self, inputs):
        for name, node in self.nodes.items():
            node.value = node.gate.forward(*(p.value for p in node.parents)) if node.gate else inputs[name]
        return node.value

    def backward(self):
        nodes = list(self.nodes.values())
        for node in nodes:
            node.gradient = 0.0
        nodes[-1].gradient = 1.0
        while nodes:
            node = nodes.pop()
            if node.gate:
                for parent, gradient in zip(node.parents, node.gate.backward(node.gradient)):
                    parent.gradient += gradient
        return {name: np.float64(node.gradient) for name, node in self.nodes.items() if not node.parents}


# --- gradient_check -------------------------------------------------------------------------------------------------


def gradient_check(forward, backward, inputs, tolerance=1e-4, relative=True, shapes=True):
    inputs = [np.array(x, dtype=float) for x in inputs]
    output = np.asarray(forward(*inputs))
    upstream = np.random.default_rng(0).uniform(0.5, 1.5, output.shape)
    gradients = backward(upstream, *inputs)
    for i, (x, gradient) in enumerate(zip(inputs, gradients, strict=True)):
        if (shapes and np.shape(gradient) != x.shape) or not np.all(np.isfinite(gradient)):
            return False
        numerical = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            step = 1e-5 * max(1.0, abs(x[index]))
            moved = [[np.array(v) for v in inputs] for _ in range(2)]
            moved[0][i][index] += step
            moved[1][i][index] -= step
            numerical[index] = np.sum(upstream * (forward(*moved[0]) - forward(*moved[1]))) / (2 * step)
        size = max(np.abs(numerical).max(), np.abs(gradient).max(), 1e-8) if relative else 1.0
        if np.any(np.abs(numerical - gradient) > tolerance * size):
            return False
    return True


def sums_only(forward, backward, inputs):
    upstream = np.ones(np.shape(forward(*inputs)))
    for i, gradient in enumerate(backward(upstream, *inputs)):
        h = 1e-5
        ahead = [v + h * (j == i) for j, v in enumerate(inputs)]
        behind = [v - h * (j == i) for j, v in enumerate(inputs)]
        numerical = np.sum(forward(*ahead) - forward(*behind)) / (2 * h)
        total = np.sum(gradient)
        if not abs(numerical - total) <= 1e-4 * max(abs(numerical), abs(total), 1e-8):
            return False
    return True


def first_input_only(forward, backward, inputs):
    rest = inputs[1:]
    return gradient_check(lambda x: forward(x, *rest), lambda u, x: [backward(u, x, *rest)[0]], inputs[:1])


def with_ones(forward, backward, inputs):
    ones = np.ones(np.shape(forward(*inputs)))
    return gradient_check(
        lambda *v: np.sum(ones * forward(*v)), lambda u, *v: [u * g for g in backward(ones, *v)], inputs
    )


def near(numerical, gradient, tolerance=1e-4):
    """Whether two gradients differ by little of their length."""
    numerical, gradient = np.asarray(numerical), np.asarray(gradient)
    size = np.linalg.norm(numerical) + np.linalg.norm(gradient)
    return numerical.shape == gradient.shape and bool(np.linalg.norm(numerical - gradient) <= tolerance * size)


def along_directions(forward, backward, inputs):
    """Along random directions, for random upstream gradients: are all the slopes as the gradients say?"""
    rng = np.random.default_rng(7)
    slopes, promised = [], []
    for _ in range(20):
        upstream = rng.normal(size=np.shape(forward(*inputs)))
        directions = [rng.normal(size=x.shape) for x in inputs]
        ahead, behind = ([x + h * d for x, d in zip(inputs, directions)] for h in (1e-5, -1e-5))
        slopes.append(np.sum(upstream * (forward(*ahead) - forward(*behind))) / 2e-5)
        promised.append(sum(np.sum(g * d) for g, d in zip(backward(upstream, *inputs), directions)))
    return near(slopes, promised)


def whole_jacobian(forward, backward, inputs):
    """Every entry of every output against every entry of every input: one unit upstream gradient after the other."""
    shape, right = np.shape(forward(*inputs)), []
    for i, x in enumerate(inputs):
        units = 1e-5 * np.eye(x.size).reshape(x.size, *x.shape)
        columns = [forward(*inputs[:i], x + e, *inputs[i + 1 :]) for e in units]
        columns = np.array(columns) - [forward(*inputs[:i], x - e, *inputs[i + 1 :]) for e in units]
        rows = [backward(e.reshape(shape), *inputs)[i].ravel() for e in np.eye(np.prod(shape, dtype=int))]
        right.append(np.allclose(columns.reshape(x.size, -1).T / 2e-5, rows, rtol=1e-4, atol=1e-6))
    return np.all(right)


def four_points(forward, backward, inputs):
    """Quotients of the fourth order, in place on copies, entry by entry."""
    inputs = [np.array(x, dtype=float) for x in inputs]
    upstream = np.linspace(1.0, 2.0, np.size(forward(*inputs))).reshape(np.shape(forward(*inputs)))
    for x, gradient in zip(inputs, backward(upstream, *inputs)):
        numerical = np.zeros(x.shape)
        for i in range(x.size):
            kept = x.flat[i]
            for steps, weight in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
                x.flat[i] = kept + steps * 1e-3
                numerical.flat[i] += weight * np.sum(upstream * forward(*inputs)) / 12e-3
            x.flat[i] = kept
        if not near(numerical, gradient):
            return False
    return True


def one_long_vector(forward, backward, inputs):
    """All inputs in one vector, all gradients in another."""
    ends = np.cumsum([x.size for x in inputs])[:-1]
    taken_apart = lambda vector: [part.reshape(x.shape) for part, x in zip(np.split(vector, ends), inputs)]
    upstream = np.random.default_rng(3).normal(size=np.shape(forward(*inputs)))
    loss = lambda vector: float(np.vdot(upstream, forward(*taken_apart(vector))))
    point = np.concatenate([x.ravel() for x in inputs])
    numerical = [(loss(point + e) - loss(point - e)) / 2e-6 for e in 1e-6 * np.eye(point.size)]
    return near(numerical, np.concatenate([np.ravel(g) for g in backward(upstream, *inputs)]))


def one_sided(forward, backward, inputs):
    """Forward differences, and every entry's own relative difference."""
    start = forward(*inputs)
    upstream = np.cos(np.arange(np.size(start))).reshape(np.shape(start))
    for place, (x, gradient) in enumerate(zip(inputs, backward(upstream, *inputs))):
        for index in np.ndindex(x.shape):
            moved = x.copy()
            moved[index] += 1e-6
            change = (forward(*[moved if i == place else v for i, v in enumerate(inputs)]) - start) / 1e-6
            slope = np.sum(change * upstream)
            if not abs(slope - gradient[index]) <= 1e-3 * max(abs(slope), abs(gradient[index]), 1e-4):
                return False
    return True


def of_their_shapes(checker):
    """The checker, after a look at the shapes of the gradients."""

    def answer(forward, backward, inputs):
        gradients = backward(np.ones(np.shape(forward(*inputs))), *inputs)
        fits = all(np.shape(g) == np.shape(x) for g, x in zip(gradients, inputs))
        return fits and checker(forward, backward, inputs)

    return answer


def double_arrows(successors):
    waiting = {node: 0 for node in successors}
    for targets in successors.values():
        for target in set(targets):
            waiting[target] += 1
    ready, order = [node for node in waiting if waiting[node] == 0], []
    while ready:
        order.append(ready.pop())
        for target in successors[order[-1]]:
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    if any(count > 0 for count in waiting.values()):
        raise ValueError("cycle")
    return order


ANSWERS = {
    "topological_order": Answers(
        reference=topological_order,
        wrong={
            "reverse order": lambda successors: topological_order(successors)[::-1],
            "order of insertion": list,
            "breadth first by distance": not_deep(by_distance),
            "a node once per path": not_deep(every_path),
            "isolated nodes lost": not_deep(isolated_lost),
            "cycle passed over": lenient,
            "double arrows": double_arrows,
            "recursion": recursive,
            "returns nothing": lambda successors: None,
        },
        right=(
            depth_first,
            with_a_queue,
            first_name_first,
            ends_first,
            by_graphlib,
            lambda successors: tuple(depth_first(successors)),
        ),
    ),
    "ComputationalGraph": Answers(
        reference=ComputationalGraph,
        wrong={
            "overwrites at branches": broken(overwrite=True),
            "accumulates over calls": broken(accumulate=True),
            "the output's own gradient is not 1": broken(forgets_start=True),
            "stale values": broken(stale=True),
            "backward in forward order": broken(wrong_order=True),
            "only the first parent gets a gradient": broken(first_only=True),
            "hands on before everything has arrived": broken(backward=hands_on_early),
            "returns nothing from backward": broken(backward=lambda self: None),
            "returns nothing from forward": broken(forward=forward_for_nothing),
        },
        right=(Listed, Pulling, Numbered, Counting, Linked),
    ),
    "gradient_check": Answers(
        reference=gradient_check,
        wrong={
            "accepts everything": lambda f, b, x: True,
            "refuses everything": lambda f, b, x: False,
            "tolerance below round-off": lambda f, b, x: gradient_check(f, b, x, tolerance=1e-15),
            "compares sums only": sums_only,
            "checks the first input only": first_input_only,
            "absolute tolerance only": lambda f, b, x: gradient_check(f, b, x, tolerance=1e-3, relative=False),
            "upstream gradient of ones only": with_ones,
            "shapes not compared": lambda f, b, x: gradient_check(f, b, x, shapes=False),
            "tolerance too generous": lambda f, b, x: gradient_check(f, b, x, tolerance=0.5),
            "returns nothing": lambda f, b, x: None,
        },
        right=tuple(map(of_their_shapes, (along_directions, whole_jacobian, four_points, one_long_vector, one_sided))),
    ),
}
