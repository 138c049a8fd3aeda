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
# # Circuits and gates
#
# **You will** draw a formula as a circuit, carry values forward through it and gradients back, and say what an add, a
# multiply and a max gate do to the gradient that reaches them.
#
# **You need** partial derivatives and the chain rule (notebooks 01 and 02). **Time** about 60 minutes. **Next** the
# sigmoid as a circuit (notebook 04).
#
# Every exercise has the same four cells: the task, your cell, a *look* (your values beside hand-made ones, never graded)
# and a check. `check(...)` answers at once, here, as often as you like.

# %%
import numpy as np

from autograder import check, look
from nn_lib import ComputationalGraph, Input

# %% [markdown]
# ## 1 Values forward, gradients back
#
# Take $f(x, y, z) = (x + y)\,z$ at $x=-2,\ y=5,\ z=-4$. Name the value between the two gates $q = x + y$.
#
# **Forward**, from the inputs to the output: $q = -2 + 5 = 3$, then $f = 3 \cdot (-4) = -12$.
#
# **Backward**, from the output to the inputs. It starts with the one derivative that needs no work,
# $\frac{\partial f}{\partial f} = 1$. Then, gate by gate:
#
# $$\underbrace{\frac{\partial f}{\partial x}}_{\text{goes on}}
# = \underbrace{\frac{\partial f}{\partial q}}_{\text{upstream gradient}} \cdot
# \underbrace{\frac{\partial q}{\partial x}}_{\text{local gradient}}$$
#
# The **local gradient** is the gate's own business: how its output moves with its input. The **upstream gradient** says
# how the end of the circuit moves with the gate's output. Their product is passed on.
#
# Here is the whole circuit. Above each wire stands its value, below it its gradient.

# %%
x, y, z = Input("x"), Input("y"), Input("z")
graph = ComputationalGraph((x + y) * z)
assert graph.forward(x=-2.0, y=5.0, z=-4.0) == -12.0
assert graph.backward() == {"x": -4.0, "y": -4.0, "z": 3.0}
graph

# %% tags=["demonstration"]
# One gate at a time. Change x, y, z; switch on "predict first", and guess each sign before it is shown.
from nn_lib.widgets import stepper

stepper("(x + y) * z", x=-2.0, y=5.0, z=-4.0)

# %% [markdown]
# Read the gradient below $x$ as a promise: *raise $x$ by a little, and $f$ changes by about $-4$ times as much*. Keep the
# promise honest: nudge, and compare. Change the numbers in the next cell and run it again.

# %%
nudge = 0.001
values = {"x": -2.0, "y": 5.0, "z": -4.0}
before, gradients = graph.forward(**values), graph.backward()
print("input   promised   happened")
for name in values:
    after = graph.forward(**{**values, name: values[name] + nudge})
    print(f"{name:5} {gradients[name] * nudge:10.6f} {after - before:10.6f}")

# %% [markdown]
# ### Exercise 1: the circuit by hand
#
# Write `circuit_gradients(x, y, z)`. It returns a dict with the values `q` and `f` and the gradients `df_dq`, `df_dx`,
# `df_dy`, `df_dz` of $f = (x + y)z$, all numbers.
#
# <details><summary>Hint 1</summary>Which gate is the last one? What are its two local gradients?</details>
# <details><summary>Hint 2</summary>Work from right to left: <code>df_dq</code> and <code>df_dz</code> first.</details>
# <details><summary>Hint 3</summary><code>df_dx</code> is <code>df_dq</code> times the slope of x + y in x.</details>


# %% nbgrader={"grade": false, "grade_id": "circuit_gradients", "locked": false, "schema_version": 3, "solution": true, "task": false}
def circuit_gradients(x, y, z):
    """Values and gradients of f = (x + y) z; all arguments and results are numbers.

    Returns a dict with the keys q, f, df_dq, df_dx, df_dy, df_dz.
    Example: circuit_gradients(1.0, 2.0, 10.0)["df_dx"] is 10.0.
    """
    ### BEGIN SOLUTION
    q = x + y
    f = q * z
    df_dq, df_dz = z, q
    return {"q": q, "f": f, "df_dq": df_dq, "df_dx": df_dq * 1.0, "df_dy": df_dq * 1.0, "df_dz": df_dz}
    ### END SOLUTION


# %%
look(
    circuit_gradients,
    -2.0,
    5.0,
    -4.0,
    by_hand={"q": 3.0, "f": -12.0, "df_dq": -4.0, "df_dx": -4.0, "df_dy": -4.0, "df_dz": 3.0},
)

# %% nbgrader={"grade": true, "grade_id": "check-circuit_gradients", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("circuit_gradients")

# %% [markdown]
# ### Find the mistake
#
# A student remembers the rule as "the local gradient times its gradient", and for a gate with slope 3 and upstream 5 sends
# back $3\cdot3 = 9$. What did "its" mean?
#
# <details><summary>What is right</summary>The product is <em>local gradient × upstream gradient</em>: the gate's own slope
# times what arrives from the right, here 3 · 5 = 15.</details>

# %% [markdown]
# ## 2 The add gate distributes
#
# Let $s = x + y$. Both slopes are 1, whatever the values, so the upstream gradient goes to both inputs unchanged. With
# upstream $2$: $dx = 2$ and $dy = 2$.
#
# From here on a *backward function* takes the upstream gradient first, then the gate's inputs, and returns one gradient per
# input, each shaped like its input. Values may be numbers or whole arrays; gates like these treat each entry on its own.
#
# ### Exercise 2
#
# Write `add_backward(upstream, x, y)`, which returns `(dx, dy)`. All shapes are equal; nothing is summed or averaged.
#
# <details><summary>Hint</summary>If x grows by h and y stays, by how much does x + y grow?</details>


# %% nbgrader={"grade": false, "grade_id": "add_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def add_backward(upstream, x, y):
    """Gradients of x + y: (dx, dy).

    upstream, x, y: numbers, or arrays of one shape. Nothing is summed or averaged.
    Example: add_backward(2.0, 3.0, -4.0) is (2.0, 2.0).
    """
    ### BEGIN SOLUTION
    return upstream, upstream
    ### END SOLUTION


# %%
look(add_backward, 2.0, 3.0, -4.0, by_hand=(2.0, 2.0))

# %% nbgrader={"grade": true, "grade_id": "check-add_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("add_backward")

# %% [markdown]
# ## 3 The multiply gate switches
#
# Let $p = x\,y$. Hold $y$ still: the output is a straight line in $x$, with slope $y$. And the other way round. So each
# input receives the *other* input, times the upstream gradient: the gate switches its inputs, and scales them. With
# $x=3,\ y=-4$ and upstream $2$: $dx = 2 \cdot (-4) = -8$ and $dy = 2 \cdot 3 = 6$.
#
# Notice what this asks of the forward pass: the inputs must be **kept** until the gradient comes back.
#
# ### Exercise 3
#
# Write `multiply_backward(upstream, x, y)`, which returns `(dx, dy)`.
#
# <details><summary>Hint</summary>Try upstream = 10 after upstream = 1: every result should grow tenfold.</details>


# %% nbgrader={"grade": false, "grade_id": "multiply_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def multiply_backward(upstream, x, y):
    """Gradients of x * y, entry by entry: (dx, dy).

    upstream, x, y: numbers, or arrays of one shape. Nothing is summed or averaged.
    Example: multiply_backward(2.0, 3.0, -4.0) is (-8.0, 6.0).
    """
    ### BEGIN SOLUTION
    return upstream * y, upstream * x
    ### END SOLUTION


# %%
look(multiply_backward, 2.0, 3.0, -4.0, by_hand=(-8.0, 6.0))

# %% nbgrader={"grade": true, "grade_id": "check-multiply_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("multiply_backward")

# %% [markdown]
# ## 4 The max gate routes
#
# Let $m = \max(x, y)$. The larger input *is* the output, so its slope is 1; the smaller one could move a little and nobody
# would notice: slope 0. With $x=3,\ y=-4$ and upstream $2$: $dx=2,\ dy=0$. In an array the winner may change from entry to
# entry.
#
# At $x = y$ there is a kink and no derivative. Strictly, max is not differentiable, and neither is ReLU. A **subgradient**
# does the job: split the upstream gradient between the two in any way, as long as the
# two parts add up to it.

# %%
from nn_lib import maximum

a, b, c = Input("a"), Input("b"), Input("c")
three_gates = ComputationalGraph(maximum(a, b) * c + a)
three_gates.forward(a=3.0, b=-4.0, c=2.0)
assert three_gates.backward() == {"a": 3.0, "b": 0.0, "c": 3.0}
three_gates

# %% [markdown]
# Look at $a$: it is used twice. The gradient $2$ comes back through max, $1$ comes back through the add gate, and $a$
# receives the sum, $3$. That is section 5.
#
# ### Exercise 4
#
# Write `max_backward(upstream, x, y)`, which returns `(dx, dy)`, entry by entry.
#
# <details><summary>Hint 1</summary>Which comparison of x and y gives you an array of yes and no?</details>
# <details><summary>Hint 2</summary>A yes counts as 1 and a no as 0 when you multiply.</details>
# <details><summary>Hint 3</summary>At a tie, count: how much of the upstream gradient did you hand out in all?</details>


# %% nbgrader={"grade": false, "grade_id": "max_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def max_backward(upstream, x, y):
    """Gradients of the entry-wise maximum of x and y: (dx, dy).

    upstream, x, y: numbers, or arrays of one shape. Where x equals y, any split that adds up to upstream is right.
    Example: max_backward(2.0, 3.0, -4.0) is (2.0, 0.0).
    """
    ### BEGIN SOLUTION
    x_wins = np.asarray(x) >= np.asarray(y)
    return upstream * x_wins, upstream * ~x_wins
    ### END SOLUTION


# %%
look(
    max_backward,
    np.array([2.0, 5.0]),
    np.array([3.0, 1.0]),
    np.array([-4.0, 7.0]),
    by_hand=(np.array([2.0, 0.0]), np.array([0.0, 5.0])),
)

# %% nbgrader={"grade": true, "grade_id": "check-max_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("max_backward")

# %% [markdown]
# ## 5 Gradients add at branches
#
# A value used in two places reaches the output by two paths. Nudge it, and both paths feel it: the effects **add**. This is
# the chain rule with several paths, seen from a wire. The smallest case is $b = a + a$, whose slope is 2 and not 1.
#
# There is a pleasing symmetry. Forward, a branch *copies* a value; backward it *sums* gradients. An add gate sums forward
# and copies backward.
#
# ### Exercise 5
#
# Write `branch_backward(upstreams)`: given a list of gradients of one shape, one from each place where the value was used,
# return the gradient of the value. Leave the list and its arrays as they were.
#
# <details><summary>Hint</summary>Does <code>a += b</code> make a new array, or write into the caller's?</details>


# %% nbgrader={"grade": false, "grade_id": "branch_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def branch_backward(upstreams):
    """Gradient of a value that was used len(upstreams) times: the sum over its uses.

    upstreams: a list of numbers, or of arrays of one shape; it is not changed. Returns the same shape.
    Example: branch_backward([2.0, 1.0]) is 3.0.
    """
    ### BEGIN SOLUTION
    total = upstreams[0]
    for upstream in upstreams[1:]:
        total = total + upstream
    return total
    ### END SOLUTION


# %%
look(branch_backward, [np.array([2.0, -1.0]), np.array([1.0, 4.0])], by_hand=np.array([3.0, 3.0]))

# %% nbgrader={"grade": true, "grade_id": "check-branch_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("branch_backward")

# %% [markdown]
# ## 6 Broadcasting is a branch
#
# Add a row `y` of shape `(m,)` to every row of `x`, shape `(B, m)`: NumPy copies `y` to `B` places. So `B` gradients come
# back to it, and they add. With $B=2,\ m=3$ and upstream
#
# $$\begin{pmatrix}1 & 2 & 3\\ 10 & 20 & 30\end{pmatrix}\quad\text{we get}\quad dy = (11,\ 22,\ 33),\qquad dx = \text{upstream}.$$
#
# You will meet this again as the gradient of every bias.
#
# ### Exercise 6
#
# Write `broadcast_add_backward(upstream, x, y)`, which returns `(dx, dy)` with the shapes `(B, m)` and `(m,)`. Summed over
# the batch, not averaged.
#
# <details><summary>Hint 1</summary>Which axis of upstream counts the copies of y?</details>
# <details><summary>Hint 2</summary>Compare the shape of your dy with y.shape, brackets and all.</details>


# %% nbgrader={"grade": false, "grade_id": "broadcast_add_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def broadcast_add_backward(upstream, x, y):
    """Gradients of x + y where the row y is added to every row of x: (dx, dy).

    upstream, x: (B, m); y: (m,). dy sums over the batch; nothing is averaged.
    Example: with upstream [[1, 2], [10, 20]], dy is [11, 22].
    """
    ### BEGIN SOLUTION
    return upstream, upstream.sum(axis=0)
    ### END SOLUTION


# %%
look(
    broadcast_add_backward,
    np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]),
    np.zeros((2, 3)),
    np.zeros(3),
    by_hand=(np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]), np.array([11.0, 22.0, 33.0])),
)

# %% nbgrader={"grade": true, "grade_id": "check-broadcast_add_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("broadcast_add_backward")

# %% [markdown]
# ## 7 A gate is an object
#
# A gate must remember its inputs between `forward` and `backward`. A class does that well: `forward` stores them on
# `self`, `backward` uses them. Every layer of every framework has this form. Why `self` and not a global name? Because a
# circuit has many multiply gates, and each must remember its own inputs.
#
# ### Exercise 7
#
# Write the class `MultiplyGate` with `forward(x, y)`, which returns the product, and `backward(dz)`, which returns the list
# `[dx, dy]` for the inputs of the latest `forward`.
#
# <details><summary>Hint</summary>Make two gates, run both forward, then both backward. Do they mix up their inputs?</details>


# %% nbgrader={"grade": false, "grade_id": "MultiplyGate", "locked": false, "schema_version": 3, "solution": true, "task": false}
class MultiplyGate:
    """z = x * y, with a memory.

    forward(x, y) keeps its inputs and returns the product; backward(dz) returns [dx, dy], given the upstream gradient dz.
    Example: gate = MultiplyGate(); gate.forward(3.0, -4.0) is -12.0; gate.backward(2.0) is [-8.0, 6.0].
    """

    def forward(self, x, y):
        ### BEGIN SOLUTION
        self.x, self.y = x, y
        return x * y
        ### END SOLUTION

    def backward(self, dz):
        ### BEGIN SOLUTION
        return [dz * self.y, dz * self.x]
        ### END SOLUTION


# %%
def one_gate(x, y, dz):
    gate = MultiplyGate()
    return gate.forward(x, y), gate.backward(dz)


look(one_gate, 3.0, -4.0, 2.0, by_hand=(-12.0, [-8.0, 6.0]))

# %% nbgrader={"grade": true, "grade_id": "check-MultiplyGate", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("MultiplyGate")

# %% [markdown]
# ### In your own words (graded by a person)
#
# A friend says: "At an add gate nothing happens, so I can leave it out of the backward pass." In five sentences or fewer:
# when does leaving it out give the right gradients, and when does it go wrong? Give one small circuit for each.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-03_circuits_and_gates", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# The add gate passes its upstream gradient on unchanged, so where a sum feeds one gate and each of its inputs is used once,
# skipping it changes no number: in $(x + y)z$, the gradient $z$ simply goes to both $x$ and $y$. It goes wrong where values
# are shared: in $(x + y) + x$ the gradients of the two uses of $x$ must be added, and where a row was broadcast, summed.
#
# === BEGIN MARK SCHEME ===
# 1 point: passing the gradient on unchanged is right, and both inputs receive it. 1 point: where a value is used twice, or
# a row is broadcast, contributions must be summed. Any sound circuits will do.
# === END MARK SCHEME ===

# %% [markdown]
# ## What you know now
#
# | gate | forward | backward | nickname |
# | --- | --- | --- | --- |
# | add | $x+y$ | upstream to both | distributor |
# | multiply | $xy$ | upstream times the *other* input | switcher |
# | max | $\max(x,y)$ | upstream to the larger | router |
# | branch | copies | sums | |
#
# **Where this is in PyTorch and JAX.** `torch.autograd.Function` is your class: `forward(ctx, x, y)` saves tensors in
# `ctx`, `backward(ctx, upstream)` returns one gradient per input. In JAX, `jax.vjp(f, x, y)` runs forward and returns the
# function that maps the upstream gradient to the inputs' gradients.
#
# ```python
# x = torch.tensor(-2.0, requires_grad=True)
# f = (x + 5.0) * -4.0
# f.backward()     # x.grad is tensor(-4.)
# ```
#
# Next: eight gates in a row, and how four of them become one.
