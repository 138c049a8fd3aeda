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
# # Build your own graph
#
# **You will** write an engine that computes the gradients of any circuit: an order of work, gates, a graph with forward and backward,
# and a checker that tells right gates from wrong ones.
#
# **You need** circuits and gates (notebook 03) and the chain rule with several paths (02). **Time** about 75 minutes. **Next** the playground
# (notebook 11).

# %%
import time

import numpy as np

import nn_lib
from autograder import check, look
from nn_lib import pictures

# %% [markdown]
# ## 1 Programs that can be differentiated
#
# Deriving by hand gets hard: each new layer of notebook 07 made the formulas longer. A graph does not mind. Each **node** holds a value; each
# arrow says "is computed from". The *operations* come from a small library of simple functions, each with a forward and a backward; together
# they make functions as complicated as you like. Every operation must be differentiable, or nearly so: ReLU is not at 0, and nobody suffers.
#
# Seen in this way, deep learning is **differentiable programming**: the inputs are data and parameters, the output is a loss, and the schedule
# is an order of the nodes. Backpropagation may differentiate *any* of these functions for *any* variables; networks are one use of it.
#
# Two notes for readers. *History*: Theano and TensorFlow (Python), Torch (Lua), CNTK (C++ and C#), Caffe and cnn (C++) were the frameworks of
# the first years. *Caffe* kept one file for each layer, a forward and a backward in each:
# absval, concat, conv, crop, dropout, elu, exp, pooling, relu, sigmoid, softmax, tanh and many more. That is all a framework is, and you are about
# to write a small one.
#
# Here is a small circuit in `nn_lib`, one step at a time: forward fills in the values, backward the gradients. Count `step` up from 0.

# %% tags=["demonstration"]
a, b = nn_lib.Input("a"), nn_lib.Input("b")
small = nn_lib.ComputationalGraph((a + b) * nn_lib.exp(a))
small.forward(a=1.0, b=2.0)
small.backward()
step = 4
print(f"step {step} of {pictures.steps(small)}")
pictures.circuit(small, step=step)

# %% [markdown]
# ## 2 In which order?
#
# A node can be computed when everything it needs is there. A **topological order** lists the nodes so that every arrow points forward. It exists
# exactly when there is no *directed* cycle. (Undirected cycles, such as a diamond, are fine.) Forward goes through the list; backward goes through it
# in reverse, and then every node has received *all* its gradients before it passes them on.
#
# One way to find such a list: count for each node how many arrows reach it. Nodes with count 0 are ready. Take one, put it on the list, and lower
# the count of its successors by one each; some of them become ready.
#
# For $x \to y$, $x\to z$, $y \to z$: counts $0, 1, 2$. Take $x$: counts of $y$ and $z$ fall to $0$ and $1$. Take $y$: $z$ falls to 0. The order is
# $x, y, z$. If nodes are left over and none is ready, they wait for each other: a cycle.
#
# ### Exercise 1
#
# Write `topological_order(successors)`. A chain of 10,000 nodes must pass, and Python gives up at about 1,000 nested calls.
#
# <details><summary>Hint 1</summary>Two loops: one that counts, one that takes ready nodes from a list.</details>
# <details><summary>Hint 2</summary>How do you notice that some nodes never became ready?</details>


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
# ## 3 Gates
#
# The smallest module: `forward` computes and keeps what backward needs; `backward` takes the upstream gradient and returns **a list with one gradient
# for each input**, even when there is only one. In a network the modules are layers: given $\partial L/\partial h_l$, they compute
# $\partial L/\partial h_{l-1}$, which is passed on, and $\partial L/\partial W$, which is kept for the update. You wrote `MultiplyGate` in notebook 03;
# here it is again, for use in the experiments.


# %%
class MultiplyGate:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, upstream):
        return [upstream * self.y, upstream * self.x]


# %% [markdown]
# ## 4 Two sweeps
#
# With $u_1,\ldots,u_n$ in topological order and $u_n$ the output, the two sweeps fit into two lines:
#
# **forward**, $i = 1,\ldots,n$: $\quad u_i = f_i(\text{values of its parents})$
#
# **backward**, from $n$ down: $\quad\frac{\partial u_n}{\partial u_n} = 1,\qquad
# \frac{\partial u_n}{\partial u_j} = \sum_{i:\ j \text{ is a parent of } i}\frac{\partial u_n}{\partial u_i}\,\frac{\partial u_i}{\partial u_j}$
#
# The sum is where branches add up. Each arrow is used once in each sweep, however many *paths* there are: what is known at a node need not be opened
# again. That is dynamic programming, and it is the whole secret.
#
# Below, one value used twice: $b = a + a$. If the second gradient that reaches $a$ *overwrites* the first, the result is 1 instead of 2.

# %%
a = nn_lib.Input("a")
diamond = nn_lib.ComputationalGraph(a + a)
diamond.forward(a=3.0)
assert diamond.backward() == {"a": 2.0}
diamond

# %% tags=["demonstration"]
# Break it: no accumulation, wrong order, stale values. Which gradients are wrong then, and why just these?
from nn_lib.widgets import stepper

stepper("(a * b + a) * max(a * b, b)", a=2.0, b=3.0)

# %% [markdown]
# ### Find the mistake
#
# A sketch of the engine: functions `forward(inputs)` and `backward()` without `self` that use `self.graph`; in the loop,
# `gate.forward()` without arguments; and `return loss`, a name that nothing defines.
#
# <details><summary>What is missing</summary>Both need self, as methods of a class. forward must put the inputs somewhere, hand each gate its parents' values,
# and keep what comes out; the loss is the last of these values. backward must begin with 1 at the end, hand each gate the gradient that arrived at its output, and
# add what comes back to the gradients of its parents.</details>
#
# ### Exercise 5
#
# Write `ComputationalGraph`. A node is a tuple `(name, gate, names of its parents)`; for an input the gate is `None` and there are no parents. Nodes come
# with parents first; the last one is the output.
#
# <details><summary>Hint 1</summary>Two dicts do it: values by name, and gradients by name.</details>
# <details><summary>Hint 2</summary>backward fills a fresh dict of gradients each time. Why not keep the old one?</details>
# <details><summary>Hint 3</summary>In reversed order, when you reach a node, everything that uses it has been handled.</details>


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
class Plus:
    def forward(self, x, y):
        return x + y

    def backward(self, upstream):
        return [upstream, upstream]


def lecture_circuit():
    inputs = [("x", None, []), ("y", None, []), ("z", None, [])]
    graph = ComputationalGraph([*inputs, ("q", Plus(), ["x", "y"]), ("f", MultiplyGate(), ["q", "z"])])
    value = graph.forward({"x": -2.0, "y": 5.0, "z": -4.0})
    return value, graph.backward()


look(lecture_circuit, by_hand=(-12.0, {"x": -4.0, "y": -4.0, "z": 3.0}))

# %% nbgrader={"grade": true, "grade_id": "check-ComputationalGraph", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("ComputationalGraph")

# %% [markdown]
# ## 5 Any circuit you like
#
# Your engine against the course's, on a circuit of your choice. Change it, and run again.


# %%
def yours_and_ours():
    nodes = [
        ("x", None, []),
        ("y", None, []),
        ("p", MultiplyGate(), ["x", "y"]),
        ("q", Plus(), ["p", "x"]),
        ("f", MultiplyGate(), ["q", "q"]),
    ]
    graph = ComputationalGraph(nodes)
    return graph.forward({"x": 2.0, "y": -3.0}), graph.backward()


x, y = nn_lib.Input("x"), nn_lib.Input("y")
q = x * y + x
ours = nn_lib.ComputationalGraph(q * q)
look(yours_and_ours, by_hand=(ours.forward(x=2.0, y=-3.0), ours.backward()))
ours

# %% [markdown]
# And how does it scale? Time grows with the number of nodes. The number of paths would grow much faster: here every node is used twice by the next.

# %% tags=["demonstration"]
depths, seconds = [500, 1000, 2000, 4000], []
for depth in depths:
    node = first = nn_lib.Input("x")
    for _ in range(depth):
        node = node * 0.5 + node * 0.5
    graph = nn_lib.ComputationalGraph(node)
    start = time.perf_counter()
    graph.forward(x=1.0)
    assert abs(graph.backward()["x"] - 1.0) < 1e-9
    seconds.append(time.perf_counter() - start)
pictures.curves(
    depths,
    {"both sweeps": [1000 * s for s in seconds]},
    xlabel="rungs of the ladder",
    ylabel="milliseconds",
    title="Time grows with the nodes, not with the 2^4000 paths",
)

# %% [markdown]
# ## 6 Trust no gate
#
# How do you know that a new gate is right? Compare with differences: for an output array $f(x)$ and an upstream gradient $u$, let
# $s(x) = \sum u\odot f(x)$. Then `backward` must return the gradient of $s$. Five ways to be fooled:
#
# * upstream all ones: many wrong gates agree then; take different random entries;
# * comparing sums of gradients instead of entries;
# * checking the first input only;
# * a fixed tolerance: 0.001 means nothing for a gradient of 0.0005, and is too strict for one of 10,000. Compare with the gradients' size;
# * a tolerance below round-off: nothing passes.
#
# ### Exercise 6
#
# Write `gradient_check(forward, backward, inputs)`, which returns `True` for right gates and `False` for wrong ones. It must notice an error of 1 %, and
# one wrong entry among right ones.
#
# <details><summary>Hint 1</summary>For each input, each entry: step up, step down, difference of s, divided by two steps.</details>
# <details><summary>Hint 2</summary>Near 1e-5 is a good step. Relative to the largest gradient, 1e-4 is a good tolerance.</details>
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
    inputs = [np.array(x, dtype=float) for x in inputs]
    upstream = np.random.default_rng(0).uniform(0.5, 1.5, np.shape(forward(*inputs)))
    for x, gradient in zip(inputs, backward(upstream, *inputs)):
        numerical = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            kept = x[index]
            x[index] = kept + 1e-5
            above = np.sum(upstream * forward(*inputs))
            x[index] = kept - 1e-5
            below = np.sum(upstream * forward(*inputs))
            x[index] = kept
            numerical[index] = (above - below) / 2e-5
        size = max(np.abs(numerical).max(), np.abs(gradient).max(), 1e-8)
        if np.shape(gradient) != x.shape or not np.all(np.abs(numerical - gradient) <= 1e-4 * size):
            return False
    return True
    ### END SOLUTION


# %%
def right_and_wrong():
    x = np.array([0.3, -1.2, 2.0])
    right = gradient_check(np.tanh, lambda u, x: [u * (1 - np.tanh(x) ** 2)], [x])
    wrong = gradient_check(np.tanh, lambda u, x: [u * (1 - np.tanh(x))], [x])
    return right, wrong


look(right_and_wrong, by_hand=(True, False))

# %% nbgrader={"grade": true, "grade_id": "check-gradient_check", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("gradient_check")

# %% [markdown]
# ### In your own words (graded by a person)
#
# Someone walks backward *breadth first* from the output: a node passes its gradient on as soon as the first gradient reaches it. Draw (or describe) a circuit
# in which this goes wrong, and say in six sentences or fewer what a topological order guarantees that this walk does not.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-10_build_your_own_graph", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# Let $f = b\,z$ with $b = 2x$, $y = b + 1$ and $z = e^y$: $b$ feeds $f$ directly, and also through $y$ and $z$. Breadth first, $b$ is reached by the short way
# and passes on (or is finished) before the gradient that comes the long way has arrived, so that part is lost, or counted twice if $b$ is visited again. In the
# reverse of a topological order every user of a node comes before the node itself, so all its gradients have arrived when its turn comes, and it passes on once.
#
# === BEGIN MARK SCHEME ===
# 1 point: a circuit in which a short and a long path meet. 1 point: all users come first, so everything has arrived.
# === END MARK SCHEME ===

# %% [markdown]
# ## What you know now
#
# About sixty lines of yours differentiate any circuit. Forward mode, which carries derivatives along with the values, would need one sweep for each input; yours
# needs one in all.
#
# **Where this is in PyTorch and JAX.** PyTorch builds such a graph while your program runs, and `backward()` walks it in reverse; `torch.autograd.Function` is your
# gate, and `torch.autograd.gradcheck` your checker. JAX traces a function instead and gives back another function, `jax.grad(f)`; `jax.jvp` is forward mode.
#
# Next: play.
