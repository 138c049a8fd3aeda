# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Build your own engine
#
# *Can a program differentiate a program?*
#
# **You will** write an engine that finds the gradient of anything you compute: an order of work, a graph with two sweeps, a
# checker for new gates, and at last numbers that remember where they came from. With it you train the digits once more.
#
# **You need** your gates (notebooks 03 and 04), and `mlp_backward` (08) to compare with. **Time** two parts: about 65
# minutes for sections 1 to 5, and an hour or an evening for `Tensor` in section 6, with what follows. **Next** the playground (notebook 11).
#
# ### Before you start
#
# Answer these three questions aloud before you open them.
#
# <details><summary>A multiply gate gets the inputs 3 and -4, and the gradient 2 arrives at its output. What goes back (notebook
# 03)?</summary>-8 to the first input, and 6 to the second: each receives the other one, times 2.</details>
# <details><summary>One value feeds two gates. How do you get its gradient (notebook 02)?</summary>Both ways lead to the loss, so
# what comes back along them is added.</details>
# <details><summary>What must you do when you give your network of notebook 08 a new kind of layer?</summary>Derive its formulas,
# and write them into the forward sweep and into the backward sweep. Then you check both.</details>
#
# That last answer is why you are here. Each new network asked you for a new derivation, by hand, and today you write the
# program that makes derivations unnecessary, yours of notebook 08 included.

# %%
import time

import numpy as np
from IPython.display import display

from autograder import check, look
from my_nn import AddGate, ExpGate, MultiplyGate, mlp_backward, numerical_gradient, predict, relu_backward, relu_forward
from nn_lib import datasets, pictures
from nn_lib.widgets import stepper

# %% [markdown]
# ## 1 Programs that can be differentiated
#
# Take any computation apart, and you find small operations: a sum, a product, an exponential. Draw one **node** for each value,
# with an arrow from each value to those that are computed from it, as you have done since notebook 03. For each of the small
# operations you have a gate already, with a `forward` and a `backward`.
#
# So nothing new has to be derived, however long the program is. What is missing is bookkeeping: what to compute when, and what
# to add to what. A program that keeps these books is called an **automatic differentiation engine**, and writing programs for
# one is **differentiable programming**. Theano, Torch, Caffe and TensorFlow grew out of this idea. Caffe was the plainest: one
# file for each layer, with a forward and a backward in each.
#
# Before you write the books, do them once in your head. Here, b feeds two gates, and you fill in each gradient when you are
# asked.

# %% tags=["demonstration"]
stepper("(a + b) * exp(b)", a=2.0, b=0.0, predict=True)

# %% [markdown]
# ## 2 In which order?
#
# A node can be computed when everything it needs is there. Here are five nodes, with arrows to whatever is computed from them:
#
# | from | to |
# | --- | --- |
# | x | p, q |
# | y | q |
# | q | p |
# | p | z |
#
# Put them in an order in which all five can be computed. There is more than one.

# %%
my_order = ...  # for instance ["x", "z", "p", "q", "y"], which is wrong

arrows = {"x": ["p", "q"], "y": ["q"], "q": ["p"], "p": ["z"], "z": []}
if my_order is ...:
    print("Replace the dots by a list of the five names, and run the cell again.")
else:
    place = {name: number for number, name in enumerate(my_order)}
    late = [
        f"{a} must come before {b}" for a, some in arrows.items() for b in some if place.get(a, 9) > place.get(b, -1)
    ]
    print("That works." if not late else f"Not yet: {late[0]}.")

# %% [markdown]
# What you made is a **topological order**: all arrows point forward in it. How did you find it? You probably looked for a node
# that waits for nothing, put it down, and crossed out its arrows, which left others free.
#
# And if no node is free, though some are left? Then each of them waits for another one: there is a **cycle**, a way along the
# arrows back to where it began. (Two ways that part and meet again are no cycle, as x, q and p show.)
#
# ### Exercise 1
#
# Write `topological_order(successors)`. It must manage a chain of 10,000 nodes, and Python gives up at about 1,000 nested calls.
#
# <details><summary>Hint 1</summary>For how many arrows does each node still wait? A dict of counts will do.</details>
# <details><summary>Hint 2</summary>Two loops: one that counts, and one that takes free nodes from a list, while it adds new
# ones.</details>
# <details><summary>Hint 3</summary>How do you notice that some nodes never became free?</details>


# %% nbgrader={"grade": false, "grade_id": "topological_order", "locked": false, "schema_version": 3, "solution": true, "task": false}
def topological_order(successors):
    """All nodes, so that every arrow points forward: a list. Any valid order will do.

    successors: a dict, for every node the list of nodes its arrows lead to; it is not changed.
    Raises ValueError when there is a cycle. Works for 10,000 nodes in a row.
    Example: topological_order({"z": [], "x": ["y", "z"], "y": ["z"]}) is ["x", "y", "z"].
    """
    ### BEGIN SOLUTION
    waiting = {node: 0 for node in successors}
    for targets in successors.values():
        for target in targets:
            waiting[target] += 1
    ready = [node for node, count in waiting.items() if count == 0]
    order = []
    while ready:
        node = ready.pop()
        order.append(node)
        for target in successors[node]:
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    if len(order) < len(successors):
        raise ValueError("the graph has a cycle")
    return order
    ### END SOLUTION


# %%
look(topological_order, {"z": [], "x": ["y", "z"], "y": ["z"]}, by_hand=["x", "y", "z"])

# %% nbgrader={"grade": true, "grade_id": "check-topological_order", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("topological_order")

# %% [markdown]
# ## 3 Two sweeps
#
# Forward, you walk through the order, and each gate computes its value. Backward, you walk through it from the end. Why just
# so? Take the smallest circuit in which it matters, b = a + a, and b is the output. Say what its gradient for a is, before you
# run the cell.

# %%
my_guess = ...  # the gradient of b = a + a for a


def twice_the_same_wire():
    gate = AddGate()
    gate.forward(3.0, 3.0)
    return gate.backward(1.0)


print(f"you said {'nothing yet' if my_guess is ... else my_guess}")
print("what your AddGate sends back along its two wires:")
look(twice_the_same_wire, by_hand=[1.0, 1.0])

# %% [markdown]
# Two gradients of 1 arrive at a, along two wires, and a must keep their *sum*, which is 2. A program that keeps the last one is
# wrong, though it is right on every circuit in which nothing is used twice. And a may not pass its gradient on before both have
# come. In the reversed order everything that uses a node comes before the node, so nothing is missing when its turn comes.
#
# ### Exercise 2
#
# Write `ComputationalGraph`, with your gates inside. A node is a tuple `(name, gate, names of its parents)`. For an input, the
# gate is `None`, and there are no parents. Nodes come with parents first, and the last one is the output.
#
# <details><summary>Hint 1</summary>Two dicts do it: values by name, and gradients by name.</details>
# <details><summary>Hint 2</summary>With which gradient does everything begin, and at which node?</details>
# <details><summary>Hint 3</summary>What should happen when somebody calls backward a second time?</details>


# %% nbgrader={"grade": false, "grade_id": "ComputationalGraph", "locked": false, "schema_version": 3, "solution": true, "task": false}
class ComputationalGraph:
    """A circuit of gates over numbers.

    nodes: a list of (name, gate, parents), parents first, the last is the output. gate has
    forward(*values) and backward(upstream), which returns a list with one gradient per parent;
    for an input it is None, and parents is an empty list. Not changed.
    """

    def __init__(self, nodes):
        ### BEGIN SOLUTION
        self.nodes = nodes
        ### END SOLUTION

    def forward(self, inputs):
        """Value of the output; inputs: a dict with a number for each input."""
        ### BEGIN SOLUTION
        self.values = dict(inputs)
        for name, gate, parents in self.nodes:
            if gate is not None:
                self.values[name] = gate.forward(*[self.values[parent] for parent in parents])
        return self.values[self.nodes[-1][0]]
        ### END SOLUTION

    def backward(self):
        """After forward: a dict with the gradient of the output for each input, 0.0 for unused ones.

        What comes back through a gate is what the gate's own backward returns. Calling it twice gives the same as calling it once.
        """
        ### BEGIN SOLUTION
        gradients = {name: 0.0 for name, _, _ in self.nodes}
        gradients[self.nodes[-1][0]] = 1.0
        for name, gate, parents in reversed(self.nodes):
            if gate is not None:
                for parent, gradient in zip(parents, gate.backward(gradients[name])):
                    gradients[parent] = gradients[parent] + gradient
        return {name: gradients[name] for name, gate, _ in self.nodes if gate is None}
        ### END SOLUTION


# %%
def two_circuits():
    x, y, z = ("x", None, []), ("y", None, []), ("z", None, [])
    first = ComputationalGraph([x, y, z, ("q", AddGate(), ["x", "y"]), ("f", MultiplyGate(), ["q", "z"])])
    second = ComputationalGraph([x, ("f", AddGate(), ["x", "x"])])
    return (
        first.forward({"x": -2.0, "y": 5.0, "z": -4.0}),
        first.backward(),
        second.forward({"x": 3.0}),
        second.backward(),
    )


look(two_circuits, by_hand=(-12.0, {"x": -4.0, "y": -4.0, "z": 3.0}, 6.0, {"x": 2.0}))

# %% nbgrader={"grade": true, "grade_id": "check-ComputationalGraph", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("ComputationalGraph")

# %% [markdown]
# ### Find the mistake
#
# A friend's engine passes the circuit (x + y) z, and is proud. Two things are wrong with it: one raises an error now and then,
# and the other never says a word. Which circuit brings out each of them?
#
# ```python
# def backward(self):
#     gradients = {self.nodes[-1][0]: 1.0}
#     for name, gate, parents in self.nodes[::-1]:
#         if gate is not None:
#             for parent, gradient in zip(parents, gate.backward(gradients[name])):
#                 gradients[parent] = gradient
#     return gradients
# ```
#
# <details><summary>What is wrong</summary>A sum that nothing uses never gets a gradient, so looking it up raises a KeyError.
# And the last line of the loop writes over what has arrived before. The circuit x + x shows it, because this engine says
# 1.</details>
#
# Now the two sweeps fit into two lines. Call the values u, in their order, with the output last:
#
# $$u_i = f_i(\text{values of its parents}),\qquad
# \frac{\partial u_n}{\partial u_j} = \sum_{i:\ j \text{ is a parent of } i}\frac{\partial u_n}{\partial u_i}\,\frac{\partial u_i}{\partial u_j}.$$
#
# ## 4 Any circuit you like
#
# How much work is that? Build a ladder in which each node is the sum of the one below it with itself. With 800 rungs, $2^{800}$
# paths lead through it. Guess first: if you double the rungs, what becomes of the time? The cell measures *your* engine. It takes
# each time seven times, and shows the median, since a computer has other things to do as well.


# %% tags=["demonstration"]
def ladder(rungs):
    nodes = [("u0", None, [])]
    nodes += [(f"u{i}", AddGate(), [f"u{i - 1}", f"u{i - 1}"]) for i in range(1, rungs + 1)]
    return ComputationalGraph(nodes)


def median_seconds(work, repeats=7):
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return float(np.median(taken))


def times_of_my_ladders():
    """Both sweeps through ladders of 100 to 800 rungs, drawn; what is returned is the gradient of the longest."""
    rungs, milliseconds = [100, 200, 400, 800], []
    for count in rungs:
        graph = ladder(count)
        milliseconds.append(1000 * median_seconds(lambda: (graph.forward({"u0": 1.0}), graph.backward())))
    title = "Your engine: time grows with the rungs, not with the paths"
    display(
        pictures.curves(
            rungs, {"both sweeps": milliseconds}, xlabel="rungs", ylabel="milliseconds, median of 7", title=title
        )
    )
    return graph.backward()["u0"]


look(times_of_my_ladders, by_hand=2.0**800)

# %% [markdown]
# Your engine uses each arrow once in each sweep, however many paths there are. What has been added up at a node is never computed
# again. You met this in notebook 02, where you stored the counts of paths.
#
# ## 5 Trust no gate
#
# An engine is as right as its gates. Which of your gates would you bet on? Here is how to know: let s be the sum of all entries
# of the output, each times an entry of an upstream array. Then backward must return the gradient of s, and your
# `numerical_gradient` can measure that. A checker can be fooled, though. Which of these would you rely on?
#
# * an upstream of ones;
# * the sum of all entries of a gradient, in place of the entries;
# * the first input only;
# * a difference below 0.001, whatever the size of the gradient.
#
# <details><summary>The answer</summary>On none of them. Many wrong gates agree where the upstream is all ones. Two wrong entries can
# have the right sum. The second input has a gradient of its own. And 0.001 is nothing beside 10,000, and everything beside
# 0.0005: compare with the size of the gradients.</details>
#
# ### Exercise 3
#
# Write `gradient_check(forward, backward, inputs)`, which returns `True` for right gates and `False` for wrong ones. It must
# notice an error of 1 %, and a single wrong entry among right ones.
#
# <details><summary>Hint 1</summary>For each input: hold the others, and hand <code>numerical_gradient</code> a function of this
# one, which returns s.</details>
# <details><summary>Hint 2</summary>Relative to the largest entry, 1e-4 is a good tolerance.</details>
# <details><summary>Hint 3</summary>What does a comparison with NaN say? Make sure that it means "wrong".</details>


# %% nbgrader={"grade": false, "grade_id": "gradient_check", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient_check(forward, backward, inputs):
    """Whether backward is the gradient of forward, at these inputs: True or False.

    forward(*inputs) returns a number or an array; backward(upstream, *inputs) returns a list with one
    gradient per input, given an upstream gradient shaped like the output.
    inputs: a list of float arrays, exactly as before when you are done. A gradient that has not the
    shape of its input is wrong.
    """
    ### BEGIN SOLUTION
    upstream = np.random.default_rng(0).uniform(0.5, 1.5, np.shape(forward(*inputs)))
    for i, gradient in enumerate(backward(upstream, *inputs)):

        def s(x):
            return np.sum(upstream * forward(*inputs[:i], x, *inputs[i + 1 :]))

        measured = numerical_gradient(s, inputs[i])
        size = max(np.abs(measured).max(), np.abs(gradient).max(), 1e-8)
        if np.shape(gradient) != inputs[i].shape or not np.all(np.abs(measured - gradient) <= 1e-4 * size):
            return False
    return True
    ### END SOLUTION


# %%
def right_and_wrong():
    x = np.array([0.3, -1.2, 2.0])
    right = gradient_check(np.tanh, lambda u, x: [u * (1 - np.tanh(x) ** 2)], [x])
    wrong = gradient_check(np.tanh, lambda u, x: [u * (1 - np.tanh(x))], [x])
    return right, wrong


look(right_and_wrong, by_hand=(True, False), label="right")

# %% nbgrader={"grade": true, "grade_id": "check-gradient_check", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("gradient_check")

# %% [markdown]
# Put it to work at once, on the gates that your engine will be built of. The last one has been tampered with.


# %%
def as_functions(gate_class):
    """A gate as the two functions that `gradient_check` takes."""

    def backward(upstream, *inputs):
        gate = gate_class()
        gate.forward(*inputs)
        return gate.backward(upstream)

    return lambda *inputs: gate_class().forward(*inputs), backward


class TamperedGate(MultiplyGate):
    def backward(self, upstream):
        return [1.01 * gradient for gradient in super().backward(upstream)]


def my_gates():
    x, y = np.array([[0.5, -1.0], [2.0, 0.3]]), np.array([[1.5, 0.7], [-0.4, 1.1]])
    two = {gate.__name__: gradient_check(*as_functions(gate), [x, y]) for gate in (AddGate, MultiplyGate, TamperedGate)}
    return two | {"ExpGate": gradient_check(*as_functions(ExpGate), [x])}


look(my_gates, by_hand={"AddGate": True, "MultiplyGate": True, "TamperedGate": False, "ExpGate": True}, label="right")

# %% [markdown]
# ### The end of part 1: a good place to stop
#
# Your engine runs any circuit both ways, and your checker tells right gates from wrong ones. With all points for the three
# checks, your `my_nn` holds `topological_order`, `ComputationalGraph` and `gradient_check`. Part 2 is the summit of the course.
#
# To go on another day, open this notebook again and click into the next code cell. Then choose *Run All Above Selected Cell*
# in the menu *Run*. Your answers stand in their cells, so nothing has to be written twice.
#
# ## 6 A number that remembers
#
# Your graph works, but who wants to write lists of nodes? You would like to write `loss = (x * w + b).relu()`, as if these were
# numbers, and then `loss.backward()`. Python lets you: when it meets `x * w`, it calls `x.__mul__(w)`, and whatever that
# returns is the product.
#
# So let it return an object which holds the value, and which remembers three things. Which ones does backward need, do you
# think?
#
# <details><summary>The three things</summary>The gate that computed it (which has kept its inputs), the objects it was computed
# from, and, later, its own gradient.</details>
#
# ### Exercise 4: the engine
#
# This is the exercise for an evening. Write `Tensor`. Most operators are there already, as soon as `apply` sends their operands
# through a gate: your own ones, and five more, which are two lines each. Then comes `backward`, which takes everything that the
# loss was computed from, in *your* `topological_order`, from the end.
#
# The check looks at what your Tensors do, not at how. If you have another design in mind (functions in place of gates, as in
# micrograd; classes with a context, as in PyTorch), write it, as long as the docstring holds.
#
# <details><summary>Hint 1: apply</summary>An operand may be a number or an array. Make it a Tensor without parents, and the rest
# is the same.</details>
# <details><summary>Hint 2: SumGate</summary>Each entry that was added receives the whole gradient. Where an axis has vanished,
# <code>np.expand_dims</code> brings it back, and then the gradient can spread to the old shape.</details>
# <details><summary>Hint 3: the order</summary>Walk from the loss to all its ancestors, with a list of nodes still to visit. For each
# node note who uses it: these are its successors. A Tensor may be the key of a dict.</details>
# <details><summary>Hint 4: a second backward</summary>Before anything arrives, every gradient in the graph is zero again, and that of the
# loss is 1.</details>


# %% nbgrader={"grade": false, "grade_id": "Tensor", "locked": false, "schema_version": 3, "solution": true, "task": false}
class MatMulGate:
    """x @ y for x (n, k) and y (k, m)."""

    def forward(self, x, y):
        ### BEGIN SOLUTION
        self.x, self.y = x, y
        return x @ y
        ### END SOLUTION

    def backward(self, dz):
        ### BEGIN SOLUTION
        return [dz @ self.y.T, self.x.T @ dz]
        ### END SOLUTION


class PowerGate:
    """x ** n, entry by entry, for a number n."""

    def __init__(self, n):
        self.n = n

    def forward(self, x):
        ### BEGIN SOLUTION
        self.x = x
        return x**self.n
        ### END SOLUTION

    def backward(self, dz):
        ### BEGIN SOLUTION
        return [dz * self.n * self.x ** (self.n - 1)]
        ### END SOLUTION


class LogGate:
    """The natural logarithm, entry by entry."""

    def forward(self, x):
        ### BEGIN SOLUTION
        self.x = x
        return np.log(x)
        ### END SOLUTION

    def backward(self, dz):
        ### BEGIN SOLUTION
        return [dz / self.x]
        ### END SOLUTION


class ReLUGate:
    """The larger of x and 0, entry by entry."""

    def forward(self, x):
        ### BEGIN SOLUTION
        self.x = x
        return relu_forward(x)
        ### END SOLUTION

    def backward(self, dz):
        ### BEGIN SOLUTION
        return [relu_backward(dz, self.x)]
        ### END SOLUTION


class SumGate:
    """x.sum(axis=axis, keepdims=keepdims)."""

    def __init__(self, axis, keepdims):
        self.axis, self.keepdims = axis, keepdims

    def forward(self, x):
        ### BEGIN SOLUTION
        self.shape = x.shape
        return x.sum(axis=self.axis, keepdims=self.keepdims)
        ### END SOLUTION

    def backward(self, dz):
        ### BEGIN SOLUTION
        if self.axis is not None and not self.keepdims:
            dz = np.expand_dims(dz, self.axis)
        return [dz * np.ones(self.shape)]
        ### END SOLUTION


def apply(gate, *operands):
    """A new Tensor: what the gate makes of the operands, which are Tensors, numbers or arrays."""
    ### BEGIN SOLUTION
    operands = [one if isinstance(one, Tensor) else Tensor(one) for one in operands]
    return Tensor(gate.forward(*[one.data for one in operands]), gate, operands)
    ### END SOLUTION


class Tensor:
    """An array that remembers where it came from.

    data: the values, a float64 array. grad: after backward, an array of the same shape.
    parents: the Tensors it was computed from; none for one that you made from data.
    With x and y Tensors, x + y, x - y, x * y, x / y, x @ y (matrices), -x, x ** n (n a number), x.exp(), x.log(),
    x.relu() and x.sum(axis=None, keepdims=False) are new Tensors. In + - * / one side may be a constant instead: a
    number on either side, or an array on the right. Shapes broadcast as in NumPy.
    """

    def __init__(self, data, gate=None, parents=()):
        self.data, self.grad = np.array(data, dtype=float), None
        self.gate, self.parents = gate, tuple(parents)

    def backward(self):
        """For a Tensor with a single entry: set grad of it and of all that it was computed from.

        Gradients add up where a Tensor is used more than once. A second backward starts anew.
        Graphs may be 100 operations deep, with any number of paths.
        """
        ### BEGIN SOLUTION
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
            if node.gate is not None:
                for parent, gradient in zip(node.parents, node.gate.backward(node.grad)):
                    parent.grad = parent.grad + gradient
        ### END SOLUTION

    def __add__(self, other):
        return apply(AddGate(), self, other)

    def __mul__(self, other):
        return apply(MultiplyGate(), self, other)

    def __matmul__(self, other):
        return apply(MatMulGate(), self, other)

    def __pow__(self, n):
        return apply(PowerGate(n), self)

    def exp(self):
        return apply(ExpGate(), self)

    def log(self):
        return apply(LogGate(), self)

    def relu(self):
        return apply(ReLUGate(), self)

    def sum(self, axis=None, keepdims=False):
        return apply(SumGate(axis, keepdims), self)

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + other * -1.0

    def __truediv__(self, other):
        return self * other**-1.0

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self * -1.0 + other

    def __rtruediv__(self, other):
        return self**-1.0 * other


# %%
def a_row_and_its_bias():
    x, b = Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 20.0])
    loss = ((x + b) * x).sum()
    loss.backward()
    return loss.data, x.grad, b.grad


print("the loss, and the gradients for x and for b")
look(a_row_and_its_bias, by_hand=(190.0, np.array([[12.0, 24.0], [16.0, 28.0]]), np.array([4.0, 6.0])))

# %% nbgrader={"grade": true, "grade_id": "check-Tensor", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("Tensor")

# %% [markdown]
# Here is a neuron, computed by your engine and drawn from your objects. The stepper asks your own gates what they send back. Predict
# each gradient, and then break it: what changes when nothing is added up, and at which wire?


# %% tags=["demonstration"]
def my_neuron():
    """Draw and step through a squared error of a neuron with one input, on one's own Tensors."""
    x, w, b = Tensor(2.0), Tensor(-0.5), Tensor(3.0)
    miss = (w * x + b).relu() - 1.5
    loss = miss * miss
    loss.backward()
    display(stepper(loss, x=x, w=w, b=b, predict=True))
    return loss.data, x.grad, w.grad, b.grad


print("the loss, and the gradients for x, w and b")
look(my_neuron, by_hand=(0.25, -0.5, 2.0, 1.0))

# %% [markdown]
# ## 7 The digits, without a formula
#
# Now for the summit. Here is the network of notebook 08 in five lines, none of them about gradients: a layer, ReLU, a layer, and the
# cross-entropy of a softmax. The largest logit of each row is subtracted first, so that no exponential overflows.


# %%
def network_loss(inputs, labels, W1, b1, W2, b2):
    """Softmax cross-entropy of a network with one hidden layer, mean over the batch; W1 and W2 are (inputs, outputs)."""
    h = (Tensor(inputs) @ W1 + b1).relu()
    logits = h @ W2 + b2
    logits = logits - logits.data.max(axis=1, keepdims=True)
    right = (logits * np.eye(10)[labels]).sum(axis=1)
    return (logits.exp().sum(axis=1).log() - right).sum() / len(labels)


# %% [markdown]
# Train it twice, from the same start, on the same mini-batches: once with the gradients that your engine finds, and once with
# `mlp_backward`, whose every formula you derived. How far apart will the weights be in the end? Write down a power of ten.

# %% tags=["demonstration"]
my_guess = ...  # the largest difference of any weight, after 360 steps

digits = datasets.digits()


def start():
    rng = np.random.default_rng(0)
    W = [rng.normal(0, np.sqrt(2 / n), (m, n)) for n, m in ((64, 32), (32, 10))]
    return W, [np.zeros(32), np.zeros(10)]


def batches(epochs=5, B=20):
    rng = np.random.default_rng(1)
    for _ in range(epochs):
        order = rng.permutation(len(digits.train))
        yield from (order[i : i + B] for i in range(0, len(order), B))


def with_my_engine(eta=0.1):
    (W1, W2), (b1, b2) = start()
    parameters = [Tensor(W1.T), Tensor(b1), Tensor(W2.T), Tensor(b2)]
    for rows in batches():
        network_loss(digits.train.inputs[rows], digits.train.labels[rows], *parameters).backward()
        for p in parameters:
            p.data = p.data - eta * p.grad
    W1, b1, W2, b2 = (p.data for p in parameters)
    return [W1.T, W2.T], [b1, b2]


def with_my_formulas(eta=0.1):
    weights, biases = start()
    for rows in batches():
        _, dW, db = mlp_backward(digits.train.inputs[rows], digits.train.labels[rows], weights, biases, "relu")
        weights = [w - eta * d for w, d in zip(weights, dW)]
        biases = [b - eta * d for b, d in zip(biases, db)]
    return weights, biases


def the_summit():
    """The largest difference of any weight or bias, and the share of held-out digits that the engine's network reads."""
    weights, biases = with_my_engine()
    others, other_biases = with_my_formulas()
    apart = max(float(np.abs(p - q).max()) for p, q in zip([*weights, *biases], [*others, *other_biases]))
    assert apart < 1e-10, f"the two networks differ by {apart:.2g}: one of the two engines is not right yet"
    print(f"you said {'nothing yet' if my_guess is ... else my_guess}; the largest difference is {apart:.1g}")
    return float(np.mean(predict(digits.test.inputs, weights, biases, "relu") == digits.test.labels)) > 0.94


print("is the difference below 1e-10, and does the network read more than 94 % of the held-out digits?")
look(the_summit, by_hand=True, label="hoped for")

# %% [markdown]
# The same weights, digit for digit, up to the rounding of the last place. Everything that you derived in notebook 08 is in your
# engine now, and so is everything that you have not derived yet.
#
# What does the comfort cost? Guess how many times longer a step takes, then measure it: one step of each kind, the median of 51.


# %% tags=["demonstration"]
def price_of_comfort():
    """Milliseconds of one step on 20 digits, with the engine and with the formulas, and how many times longer it takes."""
    (W1, W2), (b1, b2) = start()
    rows = next(batches())
    x, labels = digits.train.inputs[rows], digits.train.labels[rows]
    parameters = [Tensor(W1.T), Tensor(b1), Tensor(W2.T), Tensor(b2)]
    engine = median_seconds(lambda: network_loss(x, labels, *parameters).backward(), 51)
    formulas = median_seconds(lambda: mlp_backward(x, labels, [W1, W2], [b1, b2], "relu"), 51)
    display(
        pictures.compare_bars(
            {"your engine": 1000 * engine, "your mlp_backward": 1000 * formulas},
            ylabel="milliseconds, median of 51",
            title=f"One step on 20 digits: your engine takes {engine / formulas:.1f} times as long",
        )
    )
    return engine / formulas


print("how many times as long a step takes with your engine")
look(price_of_comfort)

# %% [markdown]
# The time goes into bookkeeping, with a Python object for every small operation. In larger layers it matters less, since the
# matrix products are the same. A framework does what you did, and keeps its books in a faster language.
#
# ## What you know now
#
# Two hours ago every new network cost you a derivation. Now you write down what is to be computed, and your engine finds the
# gradient: for the digits, to the same weights. In five lines:
#
# 1. Nodes in topological order: what a node needs comes first.
# 2. Forward: $u_i = f_i(\text{values of its parents})$.
# 3. Backward, from the end: $\frac{\partial u_n}{\partial u_j} = \sum_i \frac{\partial u_n}{\partial u_i}\frac{\partial u_i}{\partial u_j}$ over all $u_i$ that use $u_j$.
# 4. Each arrow is used once in each sweep, however many paths there are.
# 5. A new gate is trusted when its backward agrees with differences.
#
# One question is left: why backward? In **forward mode**, derivatives travel along with the values. It needs one sweep for each
# *input*, which is 2,410 for your network, where backward needs a single one.
#
# **Where this is in PyTorch and JAX.** A `torch.Tensor` has `.data`, `.grad` and `.backward()`, as yours has. Its
# `torch.autograd.Function` is your gate, and `torch.autograd.gradcheck` is your checker. JAX traces a function instead, and
# returns another function: `jax.grad(loss)`. Its forward mode is `jax.jvp`.
#
# Type `python -m my_nn` in a terminal, in the folder of your notebooks, and see how long your library has become. Then go and play: in
# notebook 11, *your* network is on the screen.
#
# ### In your own words (graded by a person)
#
# Someone walks backward *breadth first* from the output: a node passes its gradient on as soon as the first gradient reaches it. Draw
# (or describe) a circuit in which this goes wrong, and say in six sentences or fewer what a topological order guarantees that this walk
# does not.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-10_build_your_own_graph", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# Let $f = b\,z$ with $b = 2x$, $y = b + 1$ and $z = e^y$: $b$ feeds $f$ directly, and also through $y$ and $z$. Breadth first, $b$ is reached by the short way
# and passes on (or is finished) before the gradient that comes the long way has arrived, so that part is lost, or counted twice if $b$ is visited again. In the
# reverse of a topological order every user of a node comes before the node itself, so all its gradients have arrived when its turn comes, and it passes on once.
#
# === BEGIN MARK SCHEME ===
# 1 point: a circuit in which a short and a long path meet. 1 point: all users come first, so everything has arrived.
# === END MARK SCHEME ===
