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


def by_arrows(that_leave):
    """Nodes with many arrows that leave come first, or nodes with few that come in."""

    def wrong(successors):
        number = {node: -len(after) if that_leave else 0 for node, after in successors.items()}
        for after in () if that_leave else successors.values():
            for node in after:
                number[node] += 1
        return sorted(successors, key=lambda node: number[node])

    return wrong


def as_soon_as_reached(successors):
    targets = {t for ts in successors.values() for t in ts}
    order, stack = [], [n for n in successors if n not in targets]
    while stack:
        node = stack.pop()
        if node not in order:
            order.append(node)
            stack.extend(successors[node])
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


def as_soon_as_visited(place):
    """A backward that visits each node once, when it is met, whatever has yet to arrive there."""

    def backward(self):
        table = {name: (gate, parents) for name, gate, parents in self.nodes}
        total = dict.fromkeys(table, 0.0)
        total[self.nodes[-1][0]] = 1.0
        waiting, met = [self.nodes[-1][0]], {self.nodes[-1][0]}
        while waiting:
            name = waiting.pop(place)
            gate, parents = table[name]
            for parent, gradient in zip(parents, gate.backward(total[name]) if gate else ()):
                total[parent] += gradient
                if parent not in met:
                    met.add(parent)
                    waiting.append(parent)
        return {name: total[name] for name, (gate, _) in table.items() if gate is None}

    return backward


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


def gradient_check(
    forward, backward, inputs, tolerance=1e-4, relative=True, shapes=True, entries=None, finite=True, of=np.asarray, size=np.abs
):
    inputs = [np.array(x, dtype=float) for x in inputs]
    output = np.asarray(forward(*inputs))
    upstream = np.random.default_rng(0).uniform(0.5, 1.5, output.shape)
    gradients = backward(upstream, *inputs)
    for i, (x, gradient) in enumerate(zip(inputs, gradients, strict=True)):
        if (shapes and np.shape(gradient) != x.shape) or (finite and not np.all(np.isfinite(gradient))):
            return False
        numerical = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            step = 1e-5 * max(1.0, abs(x[index]))
            moved = [[np.array(v) for v in inputs] for _ in range(2)]
            moved[0][i][index] += step
            moved[1][i][index] -= step
            numerical[index] = np.sum(upstream * (forward(*moved[0]) - forward(*moved[1]))) / (2 * step)
        largest = max(np.abs(numerical).max(), np.abs(gradient).max(), 1e-8) if relative else 1.0
        if np.any((of(size(numerical - gradient)) > tolerance * largest).ravel()[:entries]):
            return False
    return True


def with_both_signs(**options):
    """The checker with an upstream gradient of which every second entry is negative."""

    def check(forward, backward, inputs):
        shape = np.shape(forward(*inputs))
        signs = (-1.0) ** np.arange(int(np.prod(shape))).reshape(shape)
        return gradient_check(
            lambda *v: forward(*v) * signs, lambda u, *v: backward(u * signs, *v), inputs, **options
        )

    return check


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


# --- Tensor ---------------------------------------------------------------------------------------------------------


def fitted(gradient, shape):
    """A gradient summed back into the shape that was spread out."""
    gradient = np.asarray(gradient, dtype=float)
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    repeated = tuple(i for i, n in enumerate(shape) if n == 1 and gradient.shape[i] != 1)
    return gradient.sum(axis=repeated, keepdims=True)


def spread(gradient, axis, keepdims, shape):
    """The gradient of a sum, for each of the entries that were added."""
    if axis is not None and not keepdims:
        gradient = np.expand_dims(gradient, axis)
    return np.broadcast_to(gradient, shape)


class Tensor:
    """The reference: each node keeps one function for each parent, from its own gradient to the parent's."""

    accumulate = False

    def __init__(self, data, parents=(), back=()):
        self.data = np.array(data, dtype=float)
        self.grad = None
        self.parents, self.back = tuple(parents), back

    @staticmethod
    def fit(gradient, shape):
        gradient = np.asarray(gradient, dtype=float)
        while gradient.ndim > len(shape):
            gradient = gradient.sum(axis=0)
        for axis, entries in enumerate(shape):
            if entries == 1:
                gradient = gradient.sum(axis=axis, keepdims=True)
        return gradient

    def of(self, value):
        return value if isinstance(value, Tensor) else type(self)(value)

    def made(self, data, parents, *back):
        return type(self)(data, parents, back)

    def __add__(self, other):
        other = self.of(other)
        return self.made(self.data + other.data, (self, other), lambda g: g, lambda g: g)

    def __mul__(self, other):
        other = self.of(other)
        return self.made(self.data * other.data, (self, other), lambda g: g * other.data, lambda g: g * self.data)

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + self.of(other) * -1.0

    def __truediv__(self, other):
        return self * self.of(other) ** -1.0

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other):
        return self.of(other) - self

    def __rtruediv__(self, other):
        return self.of(other) / self

    def __pow__(self, n):
        return self.made(self.data**n, (self,), lambda g: g * n * self.data ** (n - 1.0))

    def __matmul__(self, other):
        other = self.of(other)
        return self.made(self.data @ other.data, (self, other), lambda g: g @ other.data.T, lambda g: self.data.T @ g)

    def exp(self):
        value = np.exp(self.data)
        return self.made(value, (self,), lambda g: g * value)

    def log(self):
        return self.made(np.log(self.data), (self,), lambda g: g / self.data)

    def relu(self):
        return self.made(np.maximum(self.data, 0.0), (self,), lambda g: g * (self.data > 0))

    def sum(self, axis=None, keepdims=False):
        value = self.data.sum(axis=axis, keepdims=keepdims)
        return self.made(value, (self,), lambda g: spread(g, axis, keepdims, self.data.shape))

    def order(self):
        """All that this was computed from, each after all that uses it."""
        uses, found, waiting = {self: 0}, [], [self]
        while waiting:
            for parent in waiting.pop().parents:
                if parent not in uses:
                    uses[parent] = 0
                    waiting.append(parent)
                uses[parent] += 1
        ready = [self]
        while ready:
            found.append(ready.pop())
            for parent in found[-1].parents:
                uses[parent] -= 1
                if uses[parent] == 0:
                    ready.append(parent)
        return found

    def begin(self, nodes):
        for node in nodes:
            if not (self.accumulate and node.grad is not None):
                node.grad = np.zeros(node.data.shape)
        self.grad = np.ones(self.data.shape)

    def backward(self):
        nodes = self.order()
        self.begin(nodes)
        for node in nodes:
            for parent, back in zip(node.parents, node.back):
                self.receive(parent, self.fit(back(node.grad), parent.data.shape))

    @staticmethod
    def receive(parent, gradient):
        parent.grad = parent.grad + gradient


def faulty(**changes):
    return type("Tensor", (Tensor,), changes)


def with_back(name, *backs):
    """The operation `name` with other ways back: each a function of the gradient and the operands' data."""

    def operation(self, *operands, **named):
        right = getattr(Tensor, name)(self, *operands, **named)
        data = [parent.data for parent in right.parents]
        return self.made(right.data, right.parents, *(lambda g, b=b: b(g, *data) for b in backs))

    return faulty(**{name: operation, **({name.replace("__", "__r", 1): operation} if name in SYMMETRIC else {})})


SYMMETRIC = ("__add__", "__mul__")


def overwrite(parent, gradient):
    parent.grad = gradient


def along_every_path(self):
    """Each arrival is handed on at once, added to what was handed on before."""
    nodes = self.order()
    self.begin(nodes)
    waiting, steps = [self], 0
    while waiting and steps < 20_000:
        node, steps = waiting.pop(), steps + 1
        for parent, back in zip(node.parents, node.back):
            parent.grad = parent.grad + self.fit(back(node.grad), parent.data.shape)
            waiting.append(parent)


def in_breadth(self):
    """Nearest first: what is reached first goes first, though not all of its gradients may have arrived."""
    nodes, waiting = [], deque([self])
    while waiting:
        node = waiting.popleft()
        if not any(node is other for other in nodes):
            nodes.append(node)
            waiting.extend(node.parents)
    self.begin(nodes)
    for node in nodes:
        for parent, back in zip(node.parents, node.back):
            self.receive(parent, self.fit(back(node.grad), parent.data.shape))


def not_fitted(gradient, shape):
    return np.asarray(gradient, dtype=float)


def leading_axes_only(gradient, shape):
    gradient = np.asarray(gradient, dtype=float)
    return gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))


def fitted_by_the_mean(gradient, shape):
    gradient = np.asarray(gradient, dtype=float)
    return fitted(gradient, shape) * (np.prod(shape, dtype=int) / gradient.size)


def only_the_inputs_anew(self, nodes):
    for node in nodes:
        if node.grad is None or not node.parents:
            node.grad = np.zeros(node.data.shape)
    self.grad = np.ones(self.data.shape)


def no_beginning(self, nodes):
    for node in nodes:
        node.grad = np.zeros(node.data.shape)


class Micro:
    """As in micrograd: closures that add to the operands' gradients, a set of operands, and recursion."""

    def __init__(self, data, _children=()):
        self.data, self.grad = np.asarray(data, dtype=np.float64), 0.0
        self._backward, self._prev = lambda: None, set(_children)

    @property
    def parents(self):
        return tuple(self._prev)

    def _out(self, data, children, backward):
        out = type(self)(data, children)
        out._backward = lambda: backward(out.grad)
        return out

    def __add__(self, other):
        other = other if isinstance(other, Micro) else Micro(other)

        def backward(g):
            self.grad = self.grad + fitted(g, self.data.shape)
            other.grad = other.grad + fitted(g, other.data.shape)

        return self._out(self.data + other.data, (self, other), backward)

    def __mul__(self, other):
        other = other if isinstance(other, Micro) else Micro(other)

        def backward(g):
            self.grad = self.grad + fitted(g * other.data, self.data.shape)
            other.grad = other.grad + fitted(g * self.data, other.data.shape)

        return self._out(self.data * other.data, (self, other), backward)

    def __matmul__(self, other):
        def backward(g):
            self.grad = self.grad + g @ other.data.T
            other.grad = other.grad + self.data.T @ g

        return self._out(self.data @ other.data, (self, other), backward)

    def _one(self, data, slope):
        def backward(g):
            self.grad = self.grad + g * slope

        return self._out(data, (self,), backward)

    def __pow__(self, n):
        return self._one(self.data**n, n * self.data ** (n - 1))

    def relu(self):
        return self._one(np.where(self.data > 0, self.data, 0), self.data > 0)

    def exp(self):
        return self._one(np.exp(self.data), np.exp(self.data))

    def log(self):
        return self._one(np.log(self.data), 1 / self.data)

    def sum(self, axis=None, keepdims=False):
        def backward(g):
            if axis is not None and not keepdims:
                g = np.expand_dims(g, axis)
            self.grad = self.grad + g * np.ones_like(self.data)

        return self._out(np.sum(self.data, axis=axis, keepdims=keepdims), (self,), backward)

    def backward(self):
        topo, visited = [], set()

        def build(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build(child)
                topo.append(v)

        build(self)
        for v in topo:
            v.grad = np.zeros_like(v.data)
        self.grad = np.ones_like(self.data)
        for v in reversed(topo):
            v._backward()

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return other + (-self)

    def __rmul__(self, other):
        return self * other

    def __truediv__(self, other):
        return self * (other**-1 if isinstance(other, Micro) else 1 / other)

    def __rtruediv__(self, other):
        return other * self**-1


class Function:
    """As in PyTorch: an operation is a class with a context, and the engine counts who still has to hand over."""

    def __init__(self, *operands, **options):
        self.operands, self.options = operands, options

    @classmethod
    def apply(cls, *operands, **options):
        operands = [x if isinstance(x, Torchlike) else Torchlike(x) for x in operands]
        context = cls(*operands, **options)
        out = Torchlike(context.forward(*(x.data for x in operands)))
        out.grad_fn = context
        return out


class Add(Function):
    def forward(self, x, y):
        return x + y

    def backward(self, g):
        return g, g


class Mul(Function):
    def forward(self, x, y):
        self.saved = x, y
        return x * y

    def backward(self, g):
        x, y = self.saved
        return g * y, g * x


class Div(Function):
    def forward(self, x, y):
        self.saved = x, y
        return x / y

    def backward(self, g):
        x, y = self.saved
        return g / y, -g * x / y**2


class Sub(Function):
    def forward(self, x, y):
        return x - y

    def backward(self, g):
        return g, -g


class MatMul(Function):
    def forward(self, x, y):
        self.saved = x, y
        return np.dot(x, y)

    def backward(self, g):
        x, y = self.saved
        return np.dot(g, np.transpose(y)), np.dot(np.transpose(x), g)


class Pow(Function):
    def forward(self, x):
        self.saved = x
        return np.power(x, float(self.options["n"]))

    def backward(self, g):
        n = float(self.options["n"])
        return (g * n * np.power(self.saved, n - 1.0),)


class Exp(Function):
    def forward(self, x):
        self.saved = np.exp(x)
        return self.saved

    def backward(self, g):
        return (g * self.saved,)


class Log(Function):
    def forward(self, x):
        self.saved = x
        return np.log(x)

    def backward(self, g):
        return (g / self.saved,)


class Relu(Function):
    def forward(self, x):
        self.saved = x > 0
        return x * self.saved

    def backward(self, g):
        return (np.where(self.saved, g, 0.0),)


class Sum(Function):
    def forward(self, x):
        self.saved = x.shape
        return x.sum(**self.options)

    def backward(self, g):
        kept = np.zeros(self.saved).sum(axis=self.options["axis"], keepdims=True).shape
        return (np.zeros(self.saved) + np.reshape(g, kept),)


class Torchlike:
    __slots__ = ("__weakref__", "_grad", "data", "grad_fn")

    def __init__(self, data):
        self.data, self._grad, self.grad_fn = np.array(data, dtype=np.float64), None, None

    @property
    def grad(self):
        return self._grad

    @property
    def parents(self):
        return list(self.grad_fn.operands) if self.grad_fn else []

    def __add__(self, other):
        return Add.apply(self, other)

    def __radd__(self, other):
        return Add.apply(other, self)

    def __sub__(self, other):
        return Sub.apply(self, other)

    def __rsub__(self, other):
        return Sub.apply(other, self)

    def __neg__(self):
        return Sub.apply(0.0, self)

    def __mul__(self, other):
        return Mul.apply(self, other)

    def __rmul__(self, other):
        return Mul.apply(other, self)

    def __truediv__(self, other):
        return Div.apply(self, other)

    def __rtruediv__(self, other):
        return Div.apply(other, self)

    def __matmul__(self, other):
        return MatMul.apply(self, other)

    def __pow__(self, n):
        return Pow.apply(self, n=n)

    def exp(self):
        return Exp.apply(self)

    def log(self):
        return Log.apply(self)

    def relu(self):
        return Relu.apply(self)

    def sum(self, axis=None, keepdims=False):
        return Sum.apply(self, axis=axis, keepdims=keepdims)

    def backward(self):
        dependencies, stack, seen = {}, [self], {id(self)}
        while stack:
            for operand in stack.pop().parents:
                dependencies[id(operand)] = dependencies.get(id(operand), 0) + 1
                if id(operand) not in seen:
                    seen.add(id(operand))
                    operand._grad = None
                    stack.append(operand)
        self._grad, ready = np.ones_like(self.data), deque([self])
        while ready:
            node = ready.popleft()
            for operand, g in zip(node.parents, node.grad_fn.backward(node._grad) if node.grad_fn else ()):
                g = fitted(g, operand.data.shape)
                operand._grad = g if operand._grad is None else operand._grad + g
                dependencies[id(operand)] -= 1
                if dependencies[id(operand)] == 0:
                    ready.append(operand)


class Taped:
    """A number for each node, in the order in which they were made: a parent's is always smaller."""

    count = 0

    def __init__(self, data, parents=(), local=None):
        self.data, self.grad, self.parents, self.local = np.array(data, float), None, parents, local
        Taped.count += 1
        self.number = Taped.count

    def __add__(self, other):
        other = other if isinstance(other, Taped) else Taped(other)
        return Taped(self.data + other.data, (self, other), lambda g: (g, g))

    def __sub__(self, other):
        other = other if isinstance(other, Taped) else Taped(other)
        return Taped(self.data - other.data, (self, other), lambda g: (g, -g))

    def __mul__(self, other):
        other = other if isinstance(other, Taped) else Taped(other)
        return Taped(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data))

    def __truediv__(self, other):
        other = other if isinstance(other, Taped) else Taped(other)
        value = self.data / other.data
        return Taped(value, (self, other), lambda g: (g / other.data, -g * value / other.data))

    def __matmul__(self, other):
        local = lambda g: (np.einsum("bo,io->bi", g, other.data), np.einsum("bi,bo->io", self.data, g))
        return Taped(np.einsum("bi,io->bo", self.data, other.data), (self, other), local)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other):
        return Taped(other) - self

    def __rtruediv__(self, other):
        return Taped(other) / self

    def __neg__(self):
        return Taped(-self.data, (self,), lambda g: (-g,))

    def __pow__(self, n):
        return Taped(self.data**n, (self,), lambda g: (g * (n * self.data ** (n - 1)),))

    def exp(self):
        out = Taped(np.exp(self.data), (self,))
        out.local = lambda g: (g * out.data,)
        return out

    def log(self):
        return Taped(np.log(self.data), (self,), lambda g: (g * self.data**-1.0,))

    def relu(self):
        return Taped(self.data.clip(0), (self,), lambda g: (g * np.heaviside(self.data, 0.0),))

    def sum(self, axis=None, keepdims=False):
        whole = self.data.sum(axis, keepdims=True)
        out = Taped(whole if keepdims else np.squeeze(whole, axis), (self,))
        out.local = lambda g: (np.tile(np.reshape(g, whole.shape), np.array(self.data.shape) // whole.shape),)
        if not self.data.ndim:
            out.local = lambda g: (g,)
        return out

    def backward(self):
        known, waiting = {self.number: self}, [self]
        while waiting:
            for parent in waiting.pop().parents:
                if parent.number not in known:
                    known[parent.number] = parent
                    waiting.append(parent)
        for node in known.values():
            node.grad = np.zeros(node.data.shape)
        self.grad += 1
        for number in sorted(known, reverse=True):
            node = known[number]
            for parent, g in zip(node.parents, node.local(node.grad) if node.local else ()):
                parent.grad += fitted(g, parent.data.shape)


class Reaching:
    """A table of values and slopes, and a backward that asks for each node's gradient from those that use it."""

    def __init__(self, data, parents=(), rule=None):
        self.data, self.parents, self.rule, self.grad = np.array(data).astype(float), list(parents), rule, None

    @staticmethod
    def lift(value):
        return value if isinstance(value, Reaching) else Reaching(value)

    def _two(self, other, value, rule):
        other = Reaching.lift(other)
        return Reaching(value(self.data, other.data), [self, other], lambda g: rule(g, self.data, other.data))

    def __add__(self, other):
        return self._two(other, np.add, lambda g, x, y: [g, g])

    def __sub__(self, other):
        return self._two(other, np.subtract, lambda g, x, y: [g, -g])

    def __mul__(self, other):
        return self._two(other, np.multiply, lambda g, x, y: [g * y, g * x])

    def __truediv__(self, other):
        return self._two(other, np.divide, lambda g, x, y: [g / y, -g * x / (y * y)])

    def __matmul__(self, other):
        return self._two(other, np.matmul, lambda g, x, y: [g @ y.T, (g.T @ x).T])

    def __radd__(self, other):
        return Reaching.lift(other) + self

    def __rsub__(self, other):
        return Reaching.lift(other) - self

    def __rmul__(self, other):
        return Reaching.lift(other) * self

    def __rtruediv__(self, other):
        return Reaching.lift(other) / self

    def __neg__(self):
        return 0.0 - self

    def __pow__(self, n):
        return Reaching(self.data**n, [self], lambda g: [g * n * self.data**n / self.data])

    def exp(self):
        return Reaching(np.exp(self.data), [self], lambda g: [g * np.exp(self.data)])

    def log(self):
        return Reaching(np.log(self.data), [self], lambda g: [g / self.data])

    def relu(self):
        return Reaching(self.data * (self.data > 0), [self], lambda g: [g * (self.data > 0)])

    def sum(self, axis=None, keepdims=False):
        value = np.sum(self.data, axis, keepdims=keepdims)
        return Reaching(value, [self], lambda g: [spread(g, axis, keepdims, self.data.shape).copy()])

    def backward(self):
        order, done, stack = [], set(), [(self, iter(self.parents))]
        done.add(id(self))
        while stack:
            node, rest = stack[-1]
            parent = next((p for p in rest if id(p) not in done), None)
            if parent is None:
                order.append(stack.pop()[0])
            else:
                done.add(id(parent))
                stack.append((parent, iter(parent.parents)))
        arrived = {id(node): [] for node in order}
        arrived[id(self)].append(np.ones(self.data.shape))
        for node in reversed(order):
            node.grad = sum(arrived[id(node)])
            for parent, g in zip(node.parents, node.rule(node.grad) if node.rule else []):
                arrived[id(parent)].append(fitted(g, parent.data.shape))


class AddGate:
    def forward(self, x, y):
        self.shapes = np.shape(x), np.shape(y)
        return x + y

    def backward(self, dz):
        return [fitted(dz, shape) for shape in self.shapes]


class MultiplyGate:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dz):
        return [fitted(dz * self.y, np.shape(self.x)), fitted(dz * self.x, np.shape(self.y))]


class MatrixGate:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x @ y

    def backward(self, dz):
        return [dz @ self.y.T, self.x.T @ dz]


class EntryGate:
    """One input, entry by entry: a value, and a slope from the input and the value."""

    def __init__(self, value, slope):
        self.value, self.slope = value, slope

    def forward(self, x):
        self.x, self.y = x, self.value(x)
        return self.y

    def backward(self, dz):
        return [dz * self.slope(self.x, self.y)]


class SumGate:
    def __init__(self, axis, keepdims):
        self.axis, self.keepdims = axis, keepdims

    def forward(self, x):
        self.shape = x.shape
        return x.sum(axis=self.axis, keepdims=self.keepdims)

    def backward(self, dz):
        return [spread(dz, self.axis, self.keepdims, self.shape)]


class Gated:
    """Gates inside, and the order of another exercise."""

    def __init__(self, data, gate=None, parents=()):
        self.data, self.gate, self.parents, self.grad = np.array(data, dtype=float), gate, parents, None

    @staticmethod
    def through(gate, *operands):
        operands = tuple(x if isinstance(x, Gated) else Gated(x) for x in operands)
        return Gated(gate.forward(*(x.data for x in operands)), gate, operands)

    def __add__(self, other):
        return Gated.through(AddGate(), self, other)

    def __mul__(self, other):
        return Gated.through(MultiplyGate(), self, other)

    def __matmul__(self, other):
        return Gated.through(MatrixGate(), self, other)

    def __pow__(self, n):
        return Gated.through(EntryGate(lambda x: x**n, lambda x, y: n * x ** (n - 1)), self)

    def exp(self):
        return Gated.through(EntryGate(np.exp, lambda x, y: y), self)

    def log(self):
        return Gated.through(EntryGate(np.log, lambda x, y: 1 / x), self)

    def relu(self):
        return Gated.through(EntryGate(lambda x: np.maximum(x, 0), lambda x, y: y > 0), self)

    def sum(self, axis=None, keepdims=False):
        return Gated.through(SumGate(axis, keepdims), self)

    def backward(self):
        users, waiting = {self: []}, [self]
        while waiting:
            node = waiting.pop()
            for parent in node.parents:
                if parent not in users:
                    users[parent] = []
                    waiting.append(parent)
                users[parent].append(node)
        order = topological_order(users)
        for node in order:
            node.grad = np.zeros(node.data.shape)
        self.grad = np.ones(self.data.shape)
        for node in reversed(order):
            for parent, gradient in zip(node.parents, node.gate.backward(node.grad) if node.gate else ()):
                parent.grad = parent.grad + gradient

    def __neg__(self):
        return self * -1.0

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __sub__(self, other):
        return self + (-other if isinstance(other, Gated) else -np.asarray(other))

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * other**-1.0

    def __rtruediv__(self, other):
        return self**-1.0 * other


def shared_out(self, axis=None, keepdims=False):
    value = self.data.sum(axis=axis, keepdims=keepdims)
    share = value.size / self.data.size
    return self.made(value, (self,), lambda g: share * spread(g, axis, keepdims, self.data.shape))


def axis_lost(self, axis=None, keepdims=False):
    value = self.data.sum(axis=axis, keepdims=keepdims)
    return self.made(value, (self,), lambda g: g * np.ones(self.data.shape))


def from_the_front(self):
    return Tensor.order(self)[::-1]


def plus_both(self, other):
    other = self.of(other)
    return self.made(self.data - other.data, (self, other), lambda g: g, lambda g: g)


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
            "sorted by the number of arrows": [by_arrows(True), by_arrows(False)],
            "double arrows": double_arrows,
            "does not wait for every arrow": not_deep(as_soon_as_reached),
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
            "hands on before everything has arrived": [
                broken(backward=hands_on_early),
                *(broken(backward=as_soon_as_visited(place)) for place in (0, -1)),
            ],
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
            "tolerance too generous": [
                lambda f, b, x: gradient_check(f, b, x, tolerance=0.05),
                lambda f, b, x: gradient_check(f, b, x, tolerance=0.15),
            ],
            "the sign of the difference kept": [
                with_both_signs(size=np.asarray),
                with_both_signs(size=np.negative),
            ],
            "one wrong entry lost in a mean": lambda f, b, x: gradient_check(f, b, x, tolerance=2e-3, of=np.mean),
            "a nan is accepted": lambda f, b, x: gradient_check(f, b, x, finite=False),
            "not every entry compared": [
                lambda f, b, x: gradient_check(f, b, x, entries=1),
                lambda f, b, x: gradient_check(f, b, x, entries=3),
            ],
            "returns nothing": lambda f, b, x: None,
        },
        right=tuple(map(of_their_shapes, (along_directions, whole_jacobian, four_points, one_long_vector, one_sided))),
    ),
    "Tensor": Answers(
        reference=Tensor,
        wrong={
            "overwrites where a value is used twice": faulty(receive=staticmethod(overwrite)),
            "a second backward adds to the first": faulty(accumulate=True),
            "only the inputs start anew": faulty(begin=only_the_inputs_anew),
            "the output's own gradient is not 1": faulty(begin=no_beginning),
            "hands on before everything has arrived": faulty(backward=in_breadth),
            "backward from the front": faulty(order=from_the_front),
            "the vanished axis is not put back": faulty(sum=axis_lost),
            "walks every path": faulty(backward=along_every_path),
            "the gradient keeps the broadcast shape": faulty(fit=staticmethod(not_fitted)),
            "axes of length 1 are not summed": faulty(fit=staticmethod(leading_axes_only)),
            "the mean in place of the sum": faulty(fit=staticmethod(fitted_by_the_mean)),
            "the factors change places": with_back("__mul__", lambda g, x, y: g * x, lambda g, x, y: g * y),
            "the matrices are not transposed": with_back("__matmul__", lambda g, x, y: g @ y, lambda g, x, y: x @ g),
            "the exponent is forgotten": faulty(
                __pow__=lambda self, n: self.made(self.data**n, (self,), lambda g: g * self.data ** (n - 1.0))
            ),
            "upstream forgotten in exp": with_back("exp", lambda g, x: np.exp(x)),
            "exp takes its own output again": with_back("exp", lambda g, x: g * np.exp(np.exp(x))),
            "log is taken for its own slope": with_back("log", lambda g, x: g * np.log(x)),
            "relu asks the gradient for its sign": with_back("relu", lambda g, x: g * (g > 0)),
            "the sum shares its gradient out": faulty(sum=shared_out),
            "the quotient the wrong way round": faulty(__rtruediv__=lambda self, other: self / other),
            "the difference the wrong way round": faulty(__rsub__=lambda self, other: self - other),
            "both terms of a difference with a plus": faulty(__sub__=plus_both),
            "backward returns without setting grad": faulty(backward=lambda self: None),
        },
        right=(Micro, Torchlike, Taped, Reaching, Gated),
    ),
}
