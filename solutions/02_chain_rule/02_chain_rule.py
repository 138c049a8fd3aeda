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
# **You will** follow a nudge through functions inside functions, add up what arrives by several paths, and find out how to sum over
# a billion billion paths in no time.
#
# **You need** derivatives and gradients (notebook 01). **Time** about 75 minutes. **Next** circuits and gates (notebook 03).
#
# ## Before you start
#
# <details><summary>The slope of f at 2 is 5. You nudge the input from 2 to 2.01. By how much does f move?</summary>By about 0.05, five
# times the nudge.</details>
# <details><summary>What are the slopes of x⁴ and of sin x?</summary>4x³ and cos x.</details>
# <details><summary>What is known["a"] after known = {}, and how do you ask whether it is there?</summary>A KeyError. You ask with "a" in
# known: a dict that you look into before you compute will save you some centuries today.</details>
#
# A network is a function of a function of a function: each layer takes what the one below it made. If you nudge a weight at the bottom,
# how does the nudge travel to the top? That is today's question.

# %%
import numpy as np
from my_nn import numerical_gradient

from autograder import check, look

# %% [markdown]
# ## 1 Outside times inside
#
# Three gears sit in a row. The second turns three times as fast as the first, and the third turns twice as fast as the second. How often
# does the third turn, while the first turns once?
#
# Now the same with slopes. Let $y = x^2 + 3$ and $z = y^4$, at x = 1, where y = 4 and z = 256. If you nudge x by 0.01, then y moves by
# about 0.02, since the slope of y is 2. And if y moves by 0.02, how far does z move? The slope of $y^4$ is
# $4y^3$, and at y = 4 that is 256. (Only by chance, it is the value of z as well.)
#
# Guess the slope of z in x, before you run the cell.

# %%
my_guess = ...


def z_of(x):
    return (x**2 + 3) ** 4


slope = float(numerical_gradient(z_of, np.array(1.0)))
if my_guess is ...:
    print("Put your guess in place of the three dots, then run this cell again.")
else:
    print(f"you said {my_guess}; measured: {slope:.3f}")

# %% [markdown]
# <details><summary>What it is, and why</summary>z moves by 256 times 0.02, which is 5.12, and that is 512 times the nudge of 0.01. The
# slopes multiply, 256 · 2 = 512, just as the third gear turns 2 · 3 = 6 times. The outside slope is taken at y, which is what goes into the outside function, and not
# at x.</details>
#
# The picture shows it for $y = x^2$ and $z = \sin y$. Change x in the cell, a little at a time: at which x does the product become negative, and
# which of the two slopes has changed its sign?

# %% tags=["demonstration"]
from nn_lib import pictures

x, step = 1.0, 1e-5
dz_dy, dy_dx = np.cos(x**2), 2 * x
numerical = (np.sin((x + step) ** 2) - np.sin((x - step) ** 2)) / (2 * step)
assert np.isclose(dz_dy * dy_dx, numerical) and np.isclose(numerical_gradient(z_of, np.array(1.0)), 512)
pictures.compare_bars(
    {"dz/dy": dz_dy, "dy/dx": dy_dx, "product": dz_dy * dy_dx, "numerical": numerical},
    ylabel="slope",
    title=f"z = sin(y), y = x squared, at x = {x:g}",
)

# %% [markdown]
# <details><summary>Check yourself</summary>Upward, at x = 1.2533, where x² passes π/2: there dz/dy = cos(x²) changes its sign. Downward,
# at 0: there dy/dx = 2x does.</details>
#
# ### Exercise 1: three functions inside each other
#
# Put both examples together: $z = \big(\sin(x^2) + 3\big)^4$. Which function is innermost, which is outermost, and what goes into each?
# Write `nested_derivative(x)`, which returns the slope $\frac{dz}{dx}$ for a number, or for an array entry by entry.
#
# <details><summary>Hint 1</summary>Compute from the inside out, and give each value a name: u = x², then s = sin u + 3, then z.</details>
# <details><summary>Hint 2</summary>Three functions, three slopes. At which value is each one taken?</details>


# %% nbgrader={"grade": false, "grade_id": "nested_derivative", "locked": false, "schema_version": 3, "solution": true, "task": false}
def nested_derivative(x):
    """Derivative of (sin(x^2) + 3)^4 in x; x: a number or an array, entry by entry; returns the same shape.

    Example: nested_derivative(0.0) is 0.0, and nested_derivative(1.0) is about 245.0301.
    """
    ### BEGIN SOLUTION
    u = x**2
    s = np.sin(u) + 3
    return 4 * s**3 * np.cos(u) * 2 * x
    ### END SOLUTION


# %%
look(nested_derivative, np.array([0.0, 1.0]), by_hand=np.array([0.0, 245.0301]))

# %% nbgrader={"grade": true, "grade_id": "check-nested_derivative", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("nested_derivative")

# %% [markdown]
# ## 2 Longer chains
#
# Apply one function three times: $x = f(w),\ y = f(x),\ z = f(y)$. The slope of z in w is a product of three slopes, each taken at what
# goes in: at y, at x, and at w. You can get these values in two ways. Either you keep them, when you compute z. Or you compute $f(w)$
# again, and then $f(f(w))$ again, whenever you need them. For a chain of a thousand links, how many calls of f does each way take?
#
# <details><summary>Check yourself</summary>If you keep the values, a thousand calls of f will do. If you compute each of them anew, it
# takes 0 + 1 + 2 + ... + 999 more, about half a million.</details>
#
# ### Exercise 2: forward, then back
#
# Write `composition_derivative(functions, derivatives, x)`. It returns the value and the derivative of $f_n(\ldots f_2(f_1(x)))$.
# Sweep forward, and keep what goes into each function. Then sweep back from the last function to the first, and multiply the slopes.
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
print("exercise 1, as a chain of three and by your formula:")
chain = [lambda v: v**2, lambda v: np.sin(v) + 3, lambda v: v**4]
slopes_of_chain = [lambda v: 2 * v, np.cos, lambda v: 4 * v**3]
look(lambda: composition_derivative(chain, slopes_of_chain, 0.8)[1])
look(lambda: nested_derivative(0.8))

# %% nbgrader={"grade": true, "grade_id": "check-composition_derivative", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("composition_derivative")

# %% [markdown]
# ## 3 Several paths
#
# So far a nudge had one way to go. Now let $f = x\,y\,z$ with $x = r$, $y = r\,s$ and $z = s$. Take r = 2 and s = 3, so that x = 2, y = 6,
# z = 3 and f = 36. Nudge s: which of x, y and z move? Each one that moves pushes f, and small pushes add up.
#
# Draw the arrows from s to f on paper. Write the slope beside each arrow, multiply along each path, and add the paths.
#
# Then check your sum in the drawing below. Each box is one multiplication, so xyz takes two of them. The number above a line is its value.
# The number below is the slope of f in that value, which the drawing calls its gradient. For f itself it is 1. Press *Forward*: the
# drawing asks for each slope before it shows it.

# %% tags=["demonstration"]
from nn_lib import ComputationalGraph, Input
from nn_lib.widgets import stepper


def drawn():
    r, s = Input("r"), Input("s")
    y = (r * s).named("y")
    return ComputationalGraph(((r * y).named("xy") * s).named("f"))


# x is r itself, and z is s itself: the drawing has no boxes for them.
stepper(drawn(), r=2.0, s=3.0, step=4, predict=True)

# %% [markdown]
# <details><summary>The paths from s</summary>Through y the slopes are r = 2, and then xz = 6, which makes 12. Through z they are 1, and
# then xy = 12, which makes 12 again. None leads through x, which does not depend on s. Together: 24. To check, substitute first:
# f = r²s², with the slope 2r²s = 24.</details>
#
# ### Exercise 3
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
# **Multiply along a path, add over the paths.** A chain is the special case of a single path.
#
# ### Find the mistake
#
# One slope is wrong in this program. Its tests pass all the same, since they only ask for the second number. Which slope is it, and why do
# the tests not see it?
#
# ```python
# def gradient(r, s):
#     x, y, z = r, r * s, s
#     df_dx, df_dy, df_dz = y * y, x * z, x * y
#     return df_dx * 1 + df_dy * s, df_dx * 0 + df_dy * r + df_dz * 1
# ```
#
# <details><summary>What is wrong</summary>The slope of xyz in x is yz, not y². On the way from s this slope is multiplied by 0, so the slip does
# no harm there. On the way from r it is multiplied by 1, and the first number is wrong.</details>
#
# ## 4 One level down
#
# Let r and s depend on a variable u themselves, by $r = 2u$ and $s = u + 2$. At u = 1 they are 2 and 3, as before. How many paths lead
# from u to f? You could walk all of them. But you *know* how f moves with r and with s already, and those two numbers contain
# everything that happens above. How does f move with u?
#
# <details><summary>Check yourself</summary>Four paths lead from u to f, but you need two products only: 36 · 2 from the way through r, and
# 24 · 1 from the way through s. (36 is the slope of f in r, and only by chance also the value of f.) They <em>add</em> to 96.
# Multiplying the two would be wrong: both pushes arrive.</details>
#
# ### Exercise 4
#
# Call each value on the way a **node**. The nodes that are computed from it directly are its **successors**: here r and s are the
# successors of u. Once you know how the end moves with a node, you can forget everything between the two. So a node x needs two numbers
# for each successor y: how the end z moves with y, the **upstream gradient**, and how y moves with x, the **local gradient**. Write
# `sum_over_successors(upstreams, local_gradients)`, which makes one number of all of them.
#
# <details><summary>Hint</summary>One product for each successor. And then?</details>


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
look(lambda: sum_over_successors(two_path_gradient(2.0, 3.0), [2.0, 1.0]), by_hand=96.0)
print("measured:", float(numerical_gradient(lambda u: (2 * u) ** 2 * (u + 2) ** 2, np.array(1.0))))

# %% nbgrader={"grade": true, "grade_id": "check-sum_over_successors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("sum_over_successors")

# %% [markdown]
# ## 5 Vectors
#
# Let x have m entries and y have n, while z is one number. Every entry of y is a successor of every entry of x. Put all the slopes
# $\partial y_j/\partial x_i$ into one matrix, the **Jacobian** $J$, with a row for each output and a column for each input. With
#
# $$J = \begin{pmatrix}1 & 2\\ 0 & 3\end{pmatrix}, \qquad \nabla_y z = (1, 10),$$
#
# how does z move with the first entry of x, and how with the second? Use the rule of section 4, once for each entry. Then find the one
# product of a matrix and a vector that does it for all entries at once.
#
# ### Exercise 5
#
# Write `jacobian_gradient_product(jacobian, upstream)`. Backpropagation is this product, once for each operation of a network, from the
# end to the beginning.
#
# <details><summary>Hint 1</summary>The second entry of x reaches z through both entries of y: 2 · 1 + 3 · 10 = 32.</details>
# <details><summary>Hint 2</summary>upstream has n entries, and the result has m. Which way round must J stand?</details>


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
upstream, weights = np.array([1.0, -2.0]), np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 0.5]])
print("the slopes of upstream · (weights @ x) in x, by your product and measured:")
look(lambda: jacobian_gradient_product(weights, upstream))
print("measured", numerical_gradient(lambda v: upstream @ (weights @ v), np.array([0.3, -1.0, 2.0])).round(4))

# %% nbgrader={"grade": true, "grade_id": "check-jacobian_gradient_product", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("jacobian_gradient_product")

# %% [markdown]
# ## 6 Why store? Count the paths
#
# Draw each node as a point, and each dependency as an arrow: a *computation graph*. No path leads in a circle, since nothing can
# depend on itself. The slope of the end is a sum over all paths. How many are there?
#
# Take a ladder. On each rung there are two ways on, by the left (b) and by the right (c). Here are the first two rungs:
#
# ```text
#      b0          b1
#    ↗    ↘      ↗    ↘
#  a0          a1          a2  ...
#    ↘    ↗      ↘    ↗
#      c0          c1
# ```
#
# One rung has 2 paths, and two rungs have 4. How many has a ladder of 60 rungs? If your computer walks a billion paths each second, how
# long does it take?
#
# <details><summary>Check yourself</summary>2 to the power 60 is about 1.15 billion billions. That takes 36 years at a billion paths a
# second. At a million paths a second, as in plain Python, it takes more than thirty thousand years.</details>
#
# But all paths through a node share what comes after it. The picture counts the multiplications of two programs: one walks each path, and
# one stores a number at each node. The graph has layers of two nodes, with arrows from each node to both nodes of the next layer. Each line
# further up means ten times as many.

# %% tags=["demonstration"]
assert 36 < 2**60 / 1e9 / (365.25 * 24 * 3600) < 37
pictures.path_counts()

# %% [markdown]
# ### Exercise 6: count without walking
#
# Write `count_paths(successors, source, target)`: the number of different paths from one node to another. `successors` gives for each node
# the list of nodes to which its arrows lead. A ladder of 60 rungs must take no time, so never count from the same node twice. (Storing
# what is shared is called **dynamic programming**.)
#
# <details><summary>Hint 1</summary>How many paths lead from a node to the target, if you know the answer for each of its
# successors?</details>
# <details><summary>Hint 2</summary>Keep answers in a dict that is empty at the start of each call, since the next call may bring another
# graph. Look there before you count. A function inside your function can do the recursion.</details>
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
# ## 7 Backpropagation on a ladder
#
# You can count paths that nobody could walk. Now put a slope on each arrow. A nudge that takes one path is multiplied by each slope on its
# way, and the pushes of all paths add up at the end. What has to change in your recursion?
#
# ### Exercise 7: the evening's exercise
#
# Write `path_gradient(successors, slopes, source, target)`: how the target moves with the source. `slopes[("a", "b")]` is the slope on the
# arrow from a to b. With all slopes 1 it counts paths, and on a ladder of 60 rungs it takes no time. You have then written
# backpropagation: what you store at a node is how the end moves with it.
#
# <details><summary>Hint 1</summary>Suppose you know how the target moves with each successor of a node. You have written the function that makes
# one number of that.</details>
# <details><summary>Hint 2</summary>How does the target move with itself?</details>


# %% nbgrader={"grade": false, "grade_id": "path_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def path_gradient(successors, slopes, source, target):
    """The derivative of target with respect to source: over all paths, the sum of the products of slopes.

    successors: a dict, for every node the list of nodes its arrows lead to, in no special order; no path leads in a circle.
    slopes: a dict, for every arrow (from, to) a number. Neither dict is changed.
    The derivative of a node with respect to itself is 1; where there is no way, it is 0.
    Example: with successors {"a": ["b", "c"], "b": ["c"], "c": []} and slopes {("a", "b"): 2.0, ("b", "c"): 3.0,
    ("a", "c"): 5.0}, the result from "a" to "c" is 11.0.
    """
    ### BEGIN SOLUTION
    known = {target: 1.0}

    def derivative(node):
        if node not in known:
            after = successors[node]
            known[node] = sum_over_successors([derivative(s) for s in after], [slopes[node, s] for s in after])
        return known[node]

    return derivative(source)
    ### END SOLUTION


# %%
look(
    path_gradient,
    {"a": ["b", "c"], "b": ["c"], "c": []},
    {("a", "b"): 2.0, ("b", "c"): 3.0, ("a", "c"): 5.0},
    "a",
    "c",
    by_hand=11.0,
)
print("the gradient of section 3, for s:")
arrows = {"r": ["x", "y"], "s": ["y", "z"], "x": ["f"], "y": ["f"], "z": ["f"], "f": []}
on_arrows = {("r", "x"): 1, ("r", "y"): 3, ("s", "y"): 2, ("s", "z"): 1, ("x", "f"): 18, ("y", "f"): 6, ("z", "f"): 12}
look(path_gradient, arrows, on_arrows, "s", "f", by_hand=24.0)

# %% nbgrader={"grade": true, "grade_id": "check-path_gradient", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("path_gradient")

# %% [markdown]
# ## 8 The other direction
#
# You could also carry derivatives *forward*: start with 1 at the source, and multiply by slopes as the values come along. This is called
# **forward mode**. One sweep then gives the derivatives of *all* nodes with respect to *one* source. Your sweep goes back, which
# is called **reverse mode**, and gives the derivatives of *one* target with respect to *all* nodes. Take a network with 2,410 weights, and
# one loss at its end. You want the slope of the loss in every weight. How many sweeps does each way take?
#
# <details><summary>Check yourself</summary>Forward mode takes 2,410 sweeps, one for each weight. Reverse mode takes one. That is why everybody
# goes backward.</details>
#
# ## What you can do now
#
# Here is your ladder of 60 rungs. The left way has the slope 0.6 on both of its arrows, and the right way has 0.8. Guess the slope over
# all paths, before you run the cell.

# %% tags=["demonstration"]
import time

ladder, on_ladder = {"a60": []}, {}
for i in range(60):
    ladder |= {f"a{i}": [f"b{i}", f"c{i}"], f"b{i}": [f"a{i + 1}"], f"c{i}": [f"a{i + 1}"]}
    on_ladder |= {
        (f"a{i}", f"b{i}"): 0.6,
        (f"b{i}", f"a{i + 1}"): 0.6,
        (f"a{i}", f"c{i}"): 0.8,
        (f"c{i}", f"a{i + 1}"): 0.8,
    }
assert 0.6**2 + 0.8**2 == 1.0
try:
    begun = time.perf_counter()
    paths, gradient = count_paths(ladder, "a0", "a60"), path_gradient(ladder, on_ladder, "a0", "a60")
    print(
        f"{paths:,} paths, and the slope over all of them is {gradient:.6f}: {1000 * (time.perf_counter() - begun):.2f} milliseconds"
    )
except Exception as error:
    print("This needs a finished count_paths and path_gradient:", repr(error))

# %% [markdown]
# <details><summary>Why is the slope just 1?</summary>Each rung multiplies it by 0.6 · 0.6 + 0.8 · 0.8 = 1. Sixty such products make one
# number of a billion billion paths.</details>
#
# | what | formula |
# | --- | --- |
# | one path | multiply slopes, each taken at what goes in |
# | several paths | $\frac{dz}{dx} = \sum_i \frac{\partial z}{\partial y_i}\,\frac{\partial y_i}{\partial x}$ |
# | vectors | $\nabla_x z = J^{\mathsf T}\,\nabla_y z$ |
# | many paths | store the derivative at each node, and never walk a path twice |
#
# **Where this is in PyTorch and JAX.** `loss.backward()` is one sweep back over the stored graph. `jax.vjp(f, x)` is the product of exercise 5
# without ever building $J$, and `jax.jvp` is forward mode.
#
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
