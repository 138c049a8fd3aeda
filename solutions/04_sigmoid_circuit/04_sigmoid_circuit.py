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
# # The sigmoid circuit
#
# **You will** take a neuron apart into eight gates, run it on gates of your own, and put four of them back together into one. Then
# your neuron learns.
#
# **You need** gates and circuits (notebook 03). **Time** about 80 minutes. **Next** the other activations (notebook 05).
#
# ## Before you start
#
# <details><summary>A multiply gate with x = 3 and y = -4 receives the gradient 2 from the right. What does it send back?</summary>It sends
# -8 to x and 6 to y, since each input receives the other one, times the upstream gradient.</details>
# <details><summary>What are the slopes of eˣ at x = 0 and at x = 1?</summary>They are 1 and 2.718, because the exponential is its own
# slope.</details>
# <details><summary>1/x is a power of x. Which power is it, and what is the slope at x = 2?</summary>It is x to the power −1, so the power
# rule gives −1/x², which is −0.25.</details>
#
# In notebook 03 you built three gates, and programs that run any circuit of them. For a neuron you need only four more, and they are
# small. At the end your neuron learns something that nobody told it.

# %%
import numpy as np
from my_nn import AddGate, MultiplyGate, run_backward, run_forward

from autograder import check, look

# %% [markdown]
# ## 1 A neuron as a circuit
#
# A **neuron** takes two inputs, and multiplies each by a number of its own, its **weight**. To their sum it adds one more
# number, the **bias**, which meets no input. Weights and bias are what a neuron learns. Then it squashes the sum into a
# number between 0 and 1:
#
# $$o = \frac{1}{1 + e^{-(w_0 x_0 + w_1 x_1 + w_2)}}, \qquad w = (2, -3, -3),\quad x = (-1, -2).$$
#
# Give each wire a letter, for this notebook only. Here are the values of the first four wires: what stands on the other four?
#
# | wire | is | value | | wire | is | value |
# | --- | --- | --- | --- | --- | --- | --- |
# | $a$ | $w_0x_0$ | $-2$ | | $e$ | $-d$ | ? |
# | $b$ | $w_1x_1$ | $6$ | | $g$ | $\exp e$ | ? |
# | $c$ | $a+b$ | $4$ | | $h$ | $1+g$ | ? |
# | $d$ | $c+w_2$ | $1$ | | $o$ | $1/h$ | ? |
#
# <details><summary>Check yourself</summary>e = −1, g = 0.36787944, h = 1.36787944, o = 0.73105858. Keep the digits: whoever rounds them to
# 0.37, 1.37 and 0.73 ends with a gradient of 0.2 where it is 0.19661193.</details>
#
# ### Find the mistake
#
# A student's code computes `np.dot(w, x)` for this neuron, and stops with an error about shapes. Which circuit did she have in mind,
# and how long would $x$ have to be for it?
#
# <details><summary>What is right</summary>np.dot(w, x) is w0 x0 + w1 x1 + w2 x2, but x has two entries. The third weight is a bias, which
# is added as it is: there is no x2. (A bias may be seen as a weight on an input that is always 1, if one says so.)</details>
#
# ## 2 Four small gates
#
# You have add and multiply gates already. What is missing are four gates with a single input: the exponential, the reciprocal, a
# fixed factor, and a fixed number to add. For each of them, ask how far the output moves when the input rises by a little.
#
# ### Exercises 1 and 2
#
# Write `ExpGate`, for $e^x$, and `ReciprocalGate`, for $1/x$, in the form you know: `forward(x)` returns the output and keeps what the
# way back needs, and `backward(dz)` returns a list with one gradient, `[dx]`. Both work entry by entry. What do they send back at
# x = 2, if 3 arrives?
#
# <details><summary>Hint for ExpGate</summary>Its slope is a number that forward has computed already, so keep that.</details>
# <details><summary>Hint for ReciprocalGate</summary>Does 1/x rise or fall as x grows, and which sign must its slope have?</details>


# %% nbgrader={"grade": false, "grade_id": "ExpGate", "locked": false, "schema_version": 3, "solution": true, "task": false}
class ExpGate:
    """z = e^x, entry by entry, with a memory.

    forward(x) returns the exponential of a number or an array; backward(dz) returns [dx] for the latest forward.
    Example: gate = ExpGate(); gate.forward(0.0) is 1.0; gate.backward(3.0) is [3.0].
    """

    def forward(self, x):
        ### BEGIN SOLUTION
        self.z = np.exp(x)
        return self.z
        ### END SOLUTION

    def backward(self, dz):
        ### BEGIN SOLUTION
        return [dz * self.z]
        ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "ReciprocalGate", "locked": false, "schema_version": 3, "solution": true, "task": false}
class ReciprocalGate:
    """z = 1 / x, entry by entry, with a memory; no entry of x is 0.

    forward(x) returns the reciprocal of a number or an array; backward(dz) returns [dx] for the latest forward.
    Example: gate = ReciprocalGate(); gate.forward(-1.0) is -1.0; gate.backward(1.0) is [-1.0].
    """

    def forward(self, x):
        ### BEGIN SOLUTION
        self.x = x
        return 1 / x
        ### END SOLUTION

    def backward(self, dz):
        ### BEGIN SOLUTION
        return [-dz / self.x**2]
        ### END SOLUTION


# %%
def run(gate, x, dz):
    return gate.forward(x), gate.backward(dz)


look(lambda: run(ExpGate(), 2.0, 3.0), by_hand=(7.3890561, [22.1671683]))
look(lambda: run(ReciprocalGate(), 2.0, 3.0), by_hand=(0.5, [-0.75]))

# %% nbgrader={"grade": true, "grade_id": "check-ExpGate", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("ExpGate")

# %% nbgrader={"grade": true, "grade_id": "check-ReciprocalGate", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("ReciprocalGate")

# %% [markdown]
# ### Exercises 3 and 4
#
# The other two have a setting, which they are given when they are made. `ScaleGate(a)` multiplies by the fixed number a, and
# `ShiftGate(c)` adds the fixed number c. A setting gets no gradient. Both slopes are so simple that they are easy to get
# wrong, so draw the two straight lines if you are in doubt.
#
# <details><summary>Hint for ScaleGate</summary>If x moves by a small step, how many times as far does a x move?</details>
# <details><summary>Hint for ShiftGate</summary>If you lift a curve by c, does it get any steeper?</details>


# %% nbgrader={"grade": false, "grade_id": "ScaleGate", "locked": false, "schema_version": 3, "solution": true, "task": false}
class ScaleGate:
    """z = a * x, entry by entry, with a fixed number a.

    forward(x) takes a number or an array; backward(dz) returns [dx].
    Example: gate = ScaleGate(-1.0); gate.forward(5.0) is -5.0; gate.backward(2.0) is [-2.0].
    """

    def __init__(self, a):
        ### BEGIN SOLUTION
        self.a = a
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return self.a * x
        ### END SOLUTION

    def backward(self, dz):
        ### BEGIN SOLUTION
        return [self.a * dz]
        ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "ShiftGate", "locked": false, "schema_version": 3, "solution": true, "task": false}
class ShiftGate:
    """z = c + x, entry by entry, with a fixed number c.

    forward(x) takes a number or an array; backward(dz) returns [dx].
    Example: gate = ShiftGate(1.0); gate.forward(5.0) is 6.0; gate.backward(2.0) is [2.0].
    """

    def __init__(self, c):
        ### BEGIN SOLUTION
        self.c = c
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return self.c + x
        ### END SOLUTION

    def backward(self, dz):
        ### BEGIN SOLUTION
        return [dz]
        ### END SOLUTION


# %%
look(lambda: run(ScaleGate(-1.0), 5.0, 2.0), by_hand=(-5.0, [-2.0]))
look(lambda: run(ShiftGate(1.0), 5.0, 2.0), by_hand=(6.0, [2.0]))

# %% nbgrader={"grade": true, "grade_id": "check-ScaleGate", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("ScaleGate")

# %% nbgrader={"grade": true, "grade_id": "check-ShiftGate", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("ShiftGate")

# %% [markdown]
# ## 3 The neuron on your gates
#
# Now you have every gate that a neuron needs. Write it down as a circuit, wire by wire, and let your `run_forward` do the work. Two of
# the eight gates multiply and two add: which ones make e, g, h and o? (If one of your gates is not right yet, compute its wire by hand.)
#
# ### Exercise 5
#
# Write `sigmoid_circuit_forward(w, x)`, which returns a dict with the values of the eight wires, under the letters of the table. Other
# names in the dict do no harm.
#
# <details><summary>Hint 1</summary>The inputs are the five numbers w0, w1, w2, x0 and x1. Each wire is one line of the circuit.</details>
# <details><summary>Hint 2</summary>e is d times a fixed number, and h is g plus a fixed number.</details>


# %% nbgrader={"grade": false, "grade_id": "sigmoid_circuit_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid_circuit_forward(w, x):
    """Every wire of the circuit: a dict with the keys a, b, c, d, e, g, h, o (numbers).

    w: (3,), the last entry is the bias; x: (2,).
    Example: sigmoid_circuit_forward([1.0, 1.0, 0.0], [2.0, -2.0])["o"] is 0.5.
    """
    ### BEGIN SOLUTION
    return run_forward(neuron(), {"w0": w[0], "w1": w[1], "w2": w[2], "x0": x[0], "x1": x[1]})


def neuron():
    return [
        *((name, None, []) for name in ("w0", "w1", "w2", "x0", "x1")),
        ("a", MultiplyGate(), ["w0", "x0"]),
        ("b", MultiplyGate(), ["w1", "x1"]),
        ("c", AddGate(), ["a", "b"]),
        ("d", AddGate(), ["c", "w2"]),
        ("e", ScaleGate(-1.0), ["d"]),
        ("g", ExpGate(), ["e"]),
        ("h", ShiftGate(1.0), ["g"]),
        ("o", ReciprocalGate(), ["h"]),
    ]
    ### END SOLUTION


# %%
look(
    sigmoid_circuit_forward,
    np.array([2.0, -3.0, -3.0]),
    np.array([-1.0, -2.0]),
    by_hand={"a": -2.0, "b": 6.0, "c": 4.0, "d": 1.0, "e": -1.0, "g": 0.36787944, "h": 1.36787944, "o": 0.73105858},
)

# %% nbgrader={"grade": true, "grade_id": "check-sigmoid_circuit_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("sigmoid_circuit_forward")

# %% [markdown]
# ## 4 All the way back
#
# Before your program does it, do it yourself. Step back through the eight gates, and say each gradient before it is shown. The gradient
# at h is -1/h², since 1 arrives at o. Which two gates on the way flip a sign?

# %% tags=["demonstration"]
from nn_lib import ComputationalGraph, Input, exp
from nn_lib.widgets import stepper


def drawn():
    w0, w1, w2, x0, x1 = (Input(name) for name in ("w0", "w1", "w2", "x0", "x1"))
    a, b = (w0 * x0).named("a"), (w1 * x1).named("b")
    c = (a + b).named("c")
    d = (c + w2).named("d")
    e = (-d).named("e")
    g = exp(e).named("g")
    h = (1 + g).named("h")
    return ComputationalGraph((1 / h).named("o"))


stepper(drawn(), w0=2.0, w1=-3.0, w2=-3.0, x0=-1.0, x1=-2.0, step=9, predict=True)

# %% [markdown]
# ### Exercise 6
#
# Write `sigmoid_circuit_backward(w, x)`, which returns `(dw, dx)`, the gradients of $o$ with the shapes `(3,)` and `(2,)`. Your
# `run_backward` does it in a few lines; writing the steps out by hand is just as good.
#
# <details><summary>Hint 1</summary>The gradient at d reaches every weight and every input, so find it first.</details>
# <details><summary>Hint 2</summary>Which gate does each of w0, x0 and w2 meet first?</details>
# <details><summary>Hint 3</summary>Gates remember their latest forward: run it first, then run back through the very same gates.</details>


# %% nbgrader={"grade": false, "grade_id": "sigmoid_circuit_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid_circuit_backward(w, x):
    """Gradients of the neuron's output: (dw, dx), arrays of shape (3,) and (2,).

    w: (3,), the last entry is the bias; x: (2,). Compute what you need of the forward pass inside.
    Example: with w = [0, 0, 0], x = [4, 8], dw is [1, 2, 0.25].
    """
    ### BEGIN SOLUTION
    circuit = neuron()
    values = run_forward(circuit, {"w0": w[0], "w1": w[1], "w2": w[2], "x0": x[0], "x1": x[1]})
    found = run_backward(circuit, values)
    return np.array([found["w0"], found["w1"], found["w2"]]), np.array([found["x0"], found["x1"]])
    ### END SOLUTION


# %%
look(
    sigmoid_circuit_backward,
    np.array([2.0, -3.0, -3.0]),
    np.array([-1.0, -2.0]),
    by_hand=(np.array([-0.19661193, -0.39322387, 0.19661193]), np.array([0.39322387, -0.58983580])),
)

# %% nbgrader={"grade": true, "grade_id": "check-sigmoid_circuit_backward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("sigmoid_circuit_backward")

# %% [markdown]
# ## 5 Four gates become one
#
# The last four gates, from d to o, stand in every neuron of this kind. Together they are the **sigmoid**,
# $\sigma(d) = \frac{1}{1+e^{-d}}$. A gate that does the work of
# several is called a **fused** gate. The sigmoid is worth one for two reasons. One is speed, and you meet the other one now.
#
# A program computes the sigmoid as `np.exp(x) / (1 + np.exp(x))`, which is the same number on paper. Guess what it gives for x = 1000,
# and then run the cell.

# %%
with np.errstate(all="ignore"):
    x = np.array([-1000.0, 0.0, 1000.0])
    print("exp(x) / (1 + exp(x)):", np.exp(x) / (1 + np.exp(x)))

# %% [markdown]
# ### Exercise 7: a sigmoid that survives
#
# $e^{1000}$ has more than 400 digits, and overflows to infinity. Infinity divided by infinity is `nan`, which is not a number, and one
# `nan` spoils a whole network. Write `sigmoid_forward(x)` so that it is right for *any* float. A warning alone costs nothing, a `nan`
# does.
#
# <details><summary>Which sigmoid is this: 1 / (1 + np.exp(a))?</summary>It falls from 1 to 0, so it is 1 − σ(a). The exponent needs its minus
# sign.</details>
#
# <details><summary>Hint 1</summary>What is inf / (1 + inf), and what is 1 / (1 + inf)?</details>
# <details><summary>Hint 2</summary>There is another way: tanh never overflows, and has nearly the right shape once you shift and squeeze
# it.</details>


# %% nbgrader={"grade": false, "grade_id": "sigmoid_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid_forward(x):
    """1 / (1 + e^-x), entry by entry, finite for every float; x is a number or an array, of floats or whole numbers.

    Example: sigmoid_forward(0.0) is 0.5; sigmoid_forward(-1000.0) is 0.0.
    """
    ### BEGIN SOLUTION
    return 0.5 * (1 + np.tanh(np.asarray(x) / 2))
    ### END SOLUTION


# %%
look(
    sigmoid_forward,
    np.array([-1000.0, -1.0, 0.0, 1.0, 1000.0]),
    by_hand=np.array([0.0, 0.26894142, 0.5, 0.73105858, 1.0]),
)
print("the neuron's output, by your eight gates and by your sigmoid:")
look(lambda: (sigmoid_circuit_forward([2.0, -3.0, -3.0], [-1.0, -2.0])["o"], sigmoid_forward(1.0)))

# %% nbgrader={"grade": true, "grade_id": "check-sigmoid_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("sigmoid_forward")

# %% [markdown]
# ### Exercise 8: the slope of all four
#
# What is the slope of the sigmoid? Take paper, and multiply the slopes of the four gates: $-1/h^2$, then 1, then $e^{-d}$, then -1. Now
# write the product with $o = 1/h$ alone. (Since $h = 1 + e^{-d}$, you can write $e^{-d}$ as $h - 1$.) The number for d = 1 must come to
# 0.19661193.
#
# Write `sigmoid_backward(upstream, x)`, where $x$ is what went into the gate. It must be right for any float, too.
#
# <details><summary>Hint 1</summary>(h − 1) / h² is a product of two factors, of which one is 1/h. What is the other one?</details>
# <details><summary>Hint 2</summary>The slope is written with the output, and one of your functions gives you that.</details>


# %% nbgrader={"grade": false, "grade_id": "sigmoid_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid_backward(upstream, x):
    """Gradient of sigmoid(x) for x, entry by entry; upstream and x are numbers or arrays of one shape.

    Example: sigmoid_backward(4.0, 0.0) is 1.0.
    """
    ### BEGIN SOLUTION
    s = sigmoid_forward(x)
    return upstream * (1 - s) * s
    ### END SOLUTION


# %%
look(sigmoid_backward, 1.0, 1.0, by_hand=0.19661193)
print("the gradient of the bias, by your eight gates and by your fused gate:")
look(lambda: (sigmoid_circuit_backward([2.0, -3.0, -3.0], [-1.0, -2.0])[0][2], sigmoid_backward(1.0, 1.0)))

# %% nbgrader={"grade": true, "grade_id": "check-sigmoid_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("sigmoid_backward")

# %% [markdown]
# Does the fused gate give the numbers of your four gates, and how much faster is it? The next cell sends a million numbers through both
# of them, several times, and compares the medians of the times.

# %% tags=["demonstration"]
import statistics
import time


def median_seconds(action, repeats=5):
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        action()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def by_four_gates(x, upstream):
    gates = ScaleGate(-1.0), ExpGate(), ShiftGate(1.0), ReciprocalGate()
    for gate in gates:
        x = gate.forward(x)
    for gate in reversed(gates):
        (upstream,) = gate.backward(upstream)
    return upstream


many, ones = np.linspace(-8, 8, 1_000_000), np.ones(1_000_000)
try:
    largest = np.abs(by_four_gates(many, ones) - sigmoid_backward(ones, many)).max()
    four, one = median_seconds(lambda: by_four_gates(many, ones)), median_seconds(lambda: sigmoid_backward(ones, many))
    print(
        f"largest difference {largest:.1e}; four gates {1000 * four:.0f} ms, one gate {1000 * one:.0f} ms: {four / one:.1f} times as fast"
    )
except Exception as error:
    print("This needs your finished gates and sigmoid:", repr(error))

# %% [markdown]
# ## 6 A neuron that learns
#
# The neuron says yes (near 1) or no (near 0). Can it learn to say yes only when both of its inputs are 1? This task is called AND: four
# examples, of which one is a yes. Start with weights and a bias of 0, where the neuron answers 0.5 to everything. Measure how
# wrong it is as in notebook 01: by the mean over the examples of half the squared error, $L = \tfrac{1}{2n}\sum_i (o_i - y_i)^2$. Then
# go downhill. In notebook 01 you measured the slopes with two calls for each weight, and now you can derive them.
#
# ### Exercise 9: the evening's exercise
#
# Write `train_neuron(X, y, learning_rate, steps)`. There are two good ways. You can write the loss as a circuit of gates, in which each
# wire holds the numbers of all examples at once. Then `run_backward` does the rest, and your `unbroadcast` adds up the examples. You make
# o − y with `ScaleGate(-1)` on y and an add gate, and a square by multiplying the wire with itself. Or you can do it by hand: how does L move with each $o_i$, how does that move with the sum d, and how does d move with each weight?
#
# <details><summary>Hint 1</summary>For one example, the gradient at o is o − y. What does the mean over n examples make of it?</details>
# <details><summary>Hint 2</summary>Your sigmoid_backward takes that gradient as its upstream, and gives the gradient at d for every
# example.</details>
# <details><summary>Hint 3</summary>With d = X @ w + b, each example pulls at each weight with its own input, and the pulls add up.</details>


# %% nbgrader={"grade": false, "grade_id": "train_neuron", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_neuron(X, y, learning_rate, steps):
    """A neuron with sigmoid output, by gradient descent from weights and a bias of 0: (w, b).

    X: (n, m), an example in each row; y: (n,), targets from 0 to 1; neither is changed. steps: how many, 0 allowed.
    The loss is the mean over the examples of half the squared error. All weights and the bias move at once.
    Returns w, an array of shape (m,), and b, a number.
    Example: train_neuron(np.array([[2.0], [4.0]]), np.array([1.0, 1.0]), 8.0, 1) is ([3.0], 1.0).
    """
    ### BEGIN SOLUTION
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        d = X @ w + b
        dd = sigmoid_backward((sigmoid_forward(d) - y) / len(y), d)
        w, b = w - learning_rate * X.T @ dd, b - learning_rate * float(np.sum(dd))
    return w, b
    ### END SOLUTION


# %%
look(train_neuron, np.array([[2.0], [4.0]]), np.array([1.0, 1.0]), 8.0, 1, by_hand=(np.array([3.0]), 1.0))

# %% nbgrader={"grade": true, "grade_id": "check-train_neuron", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("train_neuron")

# %% [markdown]
# ## What you can do now
#
# Here is what your neuron answers to the four questions before it has learned anything, and after 10, 100 and 2,000 steps. Nobody
# wrote a rule for AND: it has seen four examples, and gone downhill.

# %% tags=["demonstration"]
questions, answers = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 0.0, 0.0, 1.0])
pulls = 0.5 - np.array([0.0, 1.0, 1.0, 0.0])  # of XOR, where the neuron answers 0.5 to everything
assert not (questions.T @ pulls).any() and not pulls.sum()
try:
    for steps in (0, 10, 100, 2000):
        w, b = train_neuron(questions, answers, 5.0, steps)
        said = sigmoid_forward(questions @ w + b)
        print(f"after {steps:4d} steps: " + ", ".join(f"{q.astype(int)} {s:.2f}" for q, s in zip(questions, said)))
    right = ((said > 0.5) == answers).sum()
    print(f"{right} of 4 right, with the weights {np.round(w, 2)} and the bias {b:.2f}")
except Exception as error:
    print("This needs a finished train_neuron:", repr(error))

# %% [markdown]
# Try XOR in the same cell, where yes means that exactly one of the two inputs is 1. Nothing moves: at weights of 0 the pulls of the four
# examples cancel exactly. Another start would not save it. A neuron says yes on one side of a straight line and no on the other, and no
# line has (0,1) and (1,0) on one side and (0,0) and (1,1) on the other. Notebook 08 puts many neurons together.
#
# | what | formula |
# | --- | --- |
# | $e^x$ and $1/x$ | slopes $e^x$ and $-1/x^2$ |
# | $a\,x$ and $c + x$, with fixed $a$ and $c$ | slopes $a$ and $1$ |
# | sigmoid | $\sigma(a) = \frac{1}{1+e^{-a}}$, slope $(1-\sigma)\,\sigma$ |
# | why a gate of its own | needs only its output, never overflows, and is faster, as you measured |
#
# **Where this is in PyTorch and JAX.** `torch.sigmoid` and `jax.nn.sigmoid` are fused gates: both keep the output, and multiply by
# $(1-\sigma)\,\sigma$. Call `backward()` on `torch.sigmoid(x)` for one number, and compare with yours.
#
# ### In your own words (graded by a person)
#
# A circuit of eight gates and one of five give the same gradients. Name one reason to keep the eight, and two to prefer the
# fused sigmoid gate.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-04_sigmoid_circuit", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# Small gates are each trivial to check and can be recombined into new functions. The fused gate stores one number instead
# of four and does one multiplication instead of four; and it can be written so that it never overflows, while the chain
# exp, +1, 1/x divides by infinity.
#
# === BEGIN MARK SCHEME ===
# 1 point for reuse or ease of checking; 1 point for two of: less memory, less work, numerical stability.
# === END MARK SCHEME ===
