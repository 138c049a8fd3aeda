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
# # The chain rule
#
# **You will** differentiate functions inside functions, add up the effects of several paths, do the same with vectors and
# Jacobians, and see why backpropagation stores what it has computed.
#
# **You need** derivatives and gradients (notebook 01). **Time** about 70 minutes. **Next** circuits and gates (notebook 03).

# %%
import numpy as np

from autograder import check, look
from nn_lib import pictures

# %% [markdown]
# ## 1 Outside times inside
#
# Let $y$ depend on $x$, and $z$ on $y$. Nudge $x$ by a little, $dx$. Then $y$ moves by about $\frac{dy}{dx}\,dx$, and $z$
# moves by about $\frac{dz}{dy}$ times *that*:
#
# $$\frac{dz}{dx} = \frac{dz}{dy}\cdot\frac{dy}{dx},\qquad\text{or}\qquad \big(f(g(x))\big)' = f'(g(x))\; g'(x).$$
#
# In words: the slope of the **outside**, taken at the inside, times the slope of the **inside**. Three gears: the
# second turns three times as fast as the first, the third twice as fast as the second, so the third turns six times as
# fast as the first.
#
# For $\sin(x^2)$ the outside is the sine and the inside the square. At $x = 1$: the value is $\sin 1 = 0.8415$, and the slope
# $\cos(1)\cdot 2 = 1.0806$. Move the point, run, and compare the product with the numerical slope.

# %% tags=["demonstration"]
x, h = 1.0, 1e-5
dz_dy, dy_dx = np.cos(x**2), 2 * x
numerical = (np.sin((x + h) ** 2) - np.sin((x - h) ** 2)) / (2 * h)
assert np.isclose(dz_dy * dy_dx, numerical)
pictures.compare_bars(
    {"dz/dy": dz_dy, "dy/dx": dy_dx, "product": dz_dy * dy_dx, "numerical": numerical},
    ylabel="slope",
    title=f"z = sin(y), y = x squared, at x = {x:g}",
)

# %% tags=["demonstration"]
# The same idea one gate at a time: step back through tanh of x squared, change x, and step again.
from nn_lib.widgets import stepper

stepper("tanh(x^2)", x=1.0)

# %% [markdown]
# ### Exercise 1
#
# Write `d_sin_of_square(x)`, the derivative of $\sin(x^2)$, for a number or an array.
#
# <details><summary>Hint</summary>The cosine is taken at what goes <em>into</em> the sine.</details>


# %% nbgrader={"grade": false, "grade_id": "d_sin_of_square", "locked": false, "schema_version": 3, "solution": true, "task": false}
def d_sin_of_square(x):
    """Derivative of sin(x^2); x: a number or an array; returns the same shape.

    Example: d_sin_of_square(1.0) is about 1.08060461.
    """
    ### BEGIN SOLUTION
    return np.cos(x**2) * 2 * x
    ### END SOLUTION


# %%
look(d_sin_of_square, np.array([0.0, 1.0]), by_hand=np.array([0.0, 1.08060461]))

# %% nbgrader={"grade": true, "grade_id": "check-d_sin_of_square", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("d_sin_of_square")

# %% [markdown]
# ### Exercise 2
#
# $z = (x^2+3)^4$. Call the inside $y = x^2 + 3$, so $z = y^4$, $\ \frac{dz}{dy} = 4y^3$ and $\frac{dy}{dx} = 2x$. At $x = 1$:
# $y = 4$, $z = 256$, and the slope is $256\cdot 2 = 512$. Write `d_fourth_power(x)`.
#
# <details><summary>Hint</summary>Compute y first, and give it a name.</details>


# %% nbgrader={"grade": false, "grade_id": "d_fourth_power", "locked": false, "schema_version": 3, "solution": true, "task": false}
def d_fourth_power(x):
    """Derivative of (x^2 + 3)^4; x: a number or an array; returns the same shape.

    Example: d_fourth_power(1.0) is 512.0.
    """
    ### BEGIN SOLUTION
    y = x**2 + 3
    return 4 * y**3 * 2 * x
    ### END SOLUTION


# %%
look(d_fourth_power, np.array([0.0, 1.0, -1.0]), by_hand=np.array([0.0, 512.0, -512.0]))

# %% nbgrader={"grade": true, "grade_id": "check-d_fourth_power", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("d_fourth_power")

# %% [markdown]
# ## 2 Longer chains
#
# Apply the same function three times: $x = f(w),\ y = f(x),\ z = f(y)$. Then
#
# $$\frac{dz}{dw} = f'(y)\; f'(x)\; f'(w) = f'(f(f(w)))\; f'(f(w))\; f'(w).$$
#
# The two sides give the same number at a different price. The left one **stores** $x$ and $y$ on the way forward and uses
# them. The right one, read literally, computes $f(w)$ again and again. With a chain of a thousand links, that is the
# difference between two thousand evaluations and half a million.
#
# ### Exercise 3: forward, then back
#
# Write `composition_derivative(functions, derivatives, x)`: the value and the derivative of
# $f_n(\ldots f_2(f_1(x)))$. One sweep forward that stores what goes into each function, one sweep back that multiplies
# slopes. `functions[0]` is applied first; `derivatives[i]` is the derivative of `functions[i]`.
#
# <details><summary>Hint 1</summary>With n functions, how many numbers do you meet on the way, x included?</details>
# <details><summary>Hint 2</summary>The slope of a function is taken at what goes into it, not at what comes out.</details>
# <details><summary>Hint 3</summary>Begin the sweep back with 1.0, at the last function and the value that went into it.</details>


# %% nbgrader={"grade": false, "grade_id": "composition_derivative", "locked": false, "schema_version": 3, "solution": true, "task": false}
def composition_derivative(functions, derivatives, x):
    """Value and derivative of the composition: (value, derivative).

    functions: a list of functions of one number, the first is applied first, at least one.
    derivatives: their derivatives, in the same order. x: a number.
    Example: for [square, double] at 3.0 the result is (18.0, 12.0).
    """
    ### BEGIN SOLUTION
    inputs = []
    for function in functions:
        inputs.append(x)
        x = function(x)
    slope = 1.0
    for derivative, value in zip(reversed(derivatives), reversed(inputs)):
        slope = slope * derivative(value)
    return x, slope
    ### END SOLUTION


# %%
look(
    composition_derivative,
    [lambda v: v * v, lambda v: 2 * v],
    [lambda v: 2 * v, lambda v: 2.0],
    3.0,
    by_hand=(18.0, 12.0),
)

# %% nbgrader={"grade": true, "grade_id": "check-composition_derivative", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("composition_derivative")

# %% [markdown]
# ## 3 Several paths
#
# Now $x$ may reach $z$ by several ways. Nudge $x$, and *all* of $y_1, y_2, \ldots$ move; each moves $z$; small effects add:
#
# $$\frac{dz}{dx} = \sum_i \frac{\partial z}{\partial y_i}\cdot\frac{\partial y_i}{\partial x}.$$
#
# **Multiply along a path, add over paths.** The chain rule with a single product is the special case of a single path.
#
# Take $f = xyz$ with $x = r,\ y = rs,\ z = s$. Here is the circuit at $r=2,\ s=3$, where $x = 2,\ y = 6,\ z = 3$ and $f = 36$:

# %%
from nn_lib import ComputationalGraph, Input

r, s = Input("r"), Input("s")
graph = ComputationalGraph(r * (r * s) * s)
assert graph.forward(r=2.0, s=3.0) == 36.0
assert graph.backward() == {"r": 36.0, "s": 24.0}
graph

# %% [markdown]
# Two ways lead from $s$ to $f$: one through $y$, one through $z$; none through $x$, which does not depend on $s$:
#
# $$\frac{\partial f}{\partial s} = \underbrace{yz\cdot 0}_{\text{by } x} + \underbrace{xz\cdot r}_{\text{by } y} +
# \underbrace{xy\cdot 1}_{\text{by } z} = 0 + 12 + 12 = 24 .$$
#
# A check: substitute first, $f = r^2s^2$, and $\partial f/\partial s = 2r^2s = 24$.
#
# ### Find the mistake
#
# Somebody works out $\partial f/\partial s$ and writes $\frac{\partial (xyz)}{\partial x} = y^2$. The final result is right all
# the same. Why, and will it be right for $\partial f/\partial r$ too?
#
# <details><summary>What is wrong</summary>The slope of xyz in x is yz. On the way from s, this slope is multiplied by
# ∂x/∂s = 0, so the slip does no harm. On the way from r it is multiplied by 1, and the answer would be wrong.</details>
#
# ### Exercise 4
#
# Write `two_path_gradient(r, s)`, which returns $(\partial f/\partial r,\ \partial f/\partial s)$.
#
# <details><summary>Hint</summary>Which of x, y, z move when r moves? Write one product for each of them.</details>


# %% nbgrader={"grade": false, "grade_id": "two_path_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def two_path_gradient(r, s):
    """Gradient of f = x y z with x = r, y = r s, z = s: (df/dr, df/ds); all numbers.

    Example: two_path_gradient(1.0, 1.0) is (2.0, 2.0).
    """
    ### BEGIN SOLUTION
    x, y, z = r, r * s, s
    df_dr = (y * z) * 1 + (x * z) * s
    df_ds = (x * z) * r + (x * y) * 1
    return df_dr, df_ds
    ### END SOLUTION


# %%
look(two_path_gradient, 2.0, 3.0, by_hand=(36.0, 24.0))

# %% nbgrader={"grade": true, "grade_id": "check-two_path_gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("two_path_gradient")

# %% [markdown]
# ## 4 What is known need not be opened again
#
# Go one level down: let $r$ and $s$ depend on $u$. From $u$ to $f$ there are now four paths through $r$ and $s$ (six
# products, if you count those that are zero). But we *know* $\partial f/\partial r$ and $\partial f/\partial s$ already, and
# they contain everything that happens above:
#
# $$\frac{df}{du} = \frac{\partial f}{\partial r}\frac{dr}{du} + \frac{\partial f}{\partial s}\frac{ds}{du}.$$
#
# Two products. **Once the derivative at a node is known, everything between that node and the end can be forgotten.** With
# $r = 2u,\ s = u + 2$ at $u = 1$: $36\cdot 2 + 24\cdot 1 = 96$.


# %%
def f_of_u(u):
    r, s = 2 * u, u + 2
    return r * (r * s) * s


assert abs((f_of_u(1 + 1e-5) - f_of_u(1 - 1e-5)) / 2e-5 - 96.0) < 1e-6

# %% [markdown]
# Mind the plus. Sum over the ways that go by $r$ and multiply by $dr/du$; sum over those that go by $s$ and multiply by
# $ds/du$; then **add** the two.
#
# ### Exercise 5
#
# Each node needs to know only two things about each of its **successors** $y_i$: how the end moves with $y_i$, and how $y_i$
# moves with the node. Write `sum_over_successors(upstreams, local_gradients)`, the formula of section 3.
#
# <details><summary>Hint</summary>One product per successor. And then?</details>


# %% nbgrader={"grade": false, "grade_id": "sum_over_successors", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sum_over_successors(upstreams, local_gradients):
    """dz/dx from the successors of x: one number.

    upstreams: list of dz/dy_i; local_gradients: list of dy_i/dx; equally long, at least one entry.
    Example: sum_over_successors([36.0, 24.0], [2.0, 1.0]) is 96.0.
    """
    ### BEGIN SOLUTION
    return sum(upstream * local for upstream, local in zip(upstreams, local_gradients))
    ### END SOLUTION


# %%
look(sum_over_successors, [36.0, 24.0], [2.0, 1.0], by_hand=96.0)

# %% nbgrader={"grade": true, "grade_id": "check-sum_over_successors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("sum_over_successors")

# %% [markdown]
# ## 5 Vectors
#
# Let $x$ have $m$ entries, $y = y(x)$ have $n$, and $z$ be one number. The **Jacobian** $J$ collects all slopes:
# $J_{ji} = \partial y_j/\partial x_i$, one row per output, one column per input, $n\times m$. Every $y_j$ is a successor of
# every $x_i$:
#
# $$\frac{\partial z}{\partial x_i} = \sum_j \frac{\partial z}{\partial y_j}\frac{\partial y_j}{\partial x_i}
# \qquad\text{that is}\qquad \nabla_x z = J^{\mathsf T}\,\nabla_y z .$$
#
# With $J = \begin{pmatrix}1 & 2\\ 0 & 3\end{pmatrix}$ and $\nabla_y z = (1, 10)$: $\ \nabla_x z = (1\cdot 1 + 0\cdot 10,\
# 2\cdot 1 + 3\cdot 10) = (1, 32)$.
#
# Backpropagation is this product, once for each operation of a network, from the end to the beginning. Nothing else.
#
# ### Exercise 6
#
# Write `jacobian_gradient_product(jacobian, upstream)`.
#
# <details><summary>Hint</summary>upstream has n entries, the result has m. Which way round must J stand?</details>


# %% nbgrader={"grade": false, "grade_id": "jacobian_gradient_product", "locked": false, "schema_version": 3, "solution": true, "task": false}
def jacobian_gradient_product(jacobian, upstream):
    """Gradient for x from the gradient for y.

    jacobian: (n, m), rows are outputs, columns are inputs; upstream: (n,). Returns (m,).
    Example: jacobian_gradient_product(np.array([[1.0, 2.0], [0.0, 3.0]]), np.array([1.0, 10.0]))
    is [1.0, 32.0].
    """
    ### BEGIN SOLUTION
    return jacobian.T @ upstream
    ### END SOLUTION


# %%
look(
    jacobian_gradient_product,
    np.array([[1.0, 2.0], [0.0, 3.0]]),
    np.array([1.0, 10.0]),
    by_hand=np.array([1.0, 32.0]),
)

# %% nbgrader={"grade": true, "grade_id": "check-jacobian_gradient_product", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("jacobian_gradient_product")

# %% [markdown]
# ## 6 Why store? Count the paths
#
# Draw each value as a **node** and each dependency as an **arrow**: a *computation graph*. It has no directed cycles, since
# nothing can depend on itself. The formula of section 3 is a sum over paths through this graph. How many are there?
#
# Stack layers of two nodes, each linked to both nodes of the next layer: every layer doubles the number of paths. Walking
# them one by one, the work grows exponentially. But all paths through a node share what comes after it. Store the derivative
# *at the node*, once, and the work grows only with the number of arrows. This is **dynamic programming**, and it is what makes
# training a network with millions of weights possible at all.

# %% tags=["demonstration"]
pictures.path_counts()

# %% [markdown]
# ### Exercise 7: count without walking
#
# Write `count_paths(successors, source, target)`: the number of different paths from one node to another. `successors` maps
# each node to the list of nodes its arrows lead to. A ladder of 60 rungs has $2^{60}$ paths: walking them would take your
# computer some centuries, and storing one number per node takes no time.
#
# <details><summary>Hint 1</summary>How many paths lead from a node to the target, if you know the answer for each of its
# successors?</details>
# <details><summary>Hint 2</summary>Keep answers in a dict. Look there before you count.</details>
# <details><summary>Hint 3</summary>From the target to itself there is exactly one path: stay.</details>


# %% nbgrader={"grade": false, "grade_id": "count_paths", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_paths(successors, source, target):
    """Number of paths from source to target in a graph without cycles.

    successors: a dict, for every node the list of nodes its arrows lead to, in no special order;
    it is not changed. The path from a node to itself counts as one; where there is no way, 0.
    Example: count_paths({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, "a", "d") is 2.
    """
    ### BEGIN SOLUTION
    known = {target: 1}

    def count(node):
        if node not in known:
            known[node] = sum(count(successor) for successor in successors[node])
        return known[node]

    return count(source)
    ### END SOLUTION


# %%
look(count_paths, {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, "a", "d", by_hand=2)

# %% nbgrader={"grade": true, "grade_id": "check-count_paths", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("count_paths")

# %% [markdown]
# ## 7 The other direction
#
# You could also carry derivatives *forward*: start with $dx/dx = 1$ and multiply slopes as the values come along. That is
# **forward mode**. One sweep then gives the derivatives of *all* nodes with respect to *one* input. Backpropagation, or
# reverse mode, gives the derivatives of *one* output with respect to *all* nodes. A network has one loss and a million
# weights: count the sweeps, and you know why everyone goes backward.

# %% [markdown]
# ### In your own words (graded by a person)
#
# In the diamond $x \to y_1 \to z$, $x \to y_2 \to z$, a friend computes $\frac{dz}{dx}$ as the *product* of all four slopes
# on the arrows. In five sentences or fewer: what does the chain rule say, and for which kind of graph would her rule be right?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-02_chain_rule", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# Along each path the slopes multiply: nudging $x$ by $dx$ moves $z$ by $\frac{\partial z}{\partial y_1}\frac{dy_1}{dx}dx$ by
# the first path. But the nudge travels both paths at once and both effects arrive, so the two products are added. One product
# of all slopes is right only where there is a single path, a chain without branches.
#
# === BEGIN MARK SCHEME ===
# 1 point: multiply along each path and add over the paths, with a reason (both effects arrive). 1 point: a chain with one
# path.
# === END MARK SCHEME ===

# %% [markdown]
# ## What you know now
#
# * one path: multiply slopes, each taken at the value that went in
# * several paths: add the products
# * vectors: $\nabla_x z = J^{\mathsf T}\nabla_y z$
# * store the derivative at each node, and never walk a path twice
#
# **Where this is in PyTorch and JAX.** `loss.backward()` is one sweep back over the stored graph. `jax.vjp(f, x)` is the
# product of exercise 6 without ever building $J$; `jax.jvp` is forward mode.
#
# Next: the same sweep, drawn as a circuit, one gate at a time.
