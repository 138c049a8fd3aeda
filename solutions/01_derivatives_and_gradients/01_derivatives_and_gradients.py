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
# # Derivatives and gradients
#
# **You will** measure a slope with two function values, see how wrong such a measurement can be, take partial derivatives,
# collect them into a gradient, and walk downhill with it.
#
# **You need** school calculus (the power rule) and a little NumPy. **Time** about 60 minutes. **Next** the chain rule
# (notebook 02).
#
# Every exercise has the same four cells: the task, your cell, a *look* (your values beside hand-made ones, never graded)
# and a check. `check(...)` answers at once, here, as often as you like.

# %%
import numpy as np

from autograder import check, look
from nn_lib import pictures

# %% [markdown]
# ## 1 What a derivative says
#
# A derivative is an exchange rate: *how much the output changes per change of the input*. Take
# $f(x) = 5x^4 + 2x^3 + 5$ at $x=1$, where $f(1) = 12$. Move $x$ by $0.01$:
#
# $$f(1.01) = 12.2636\ldots,\qquad \frac{f(1.01) - f(1)}{0.01} = 26.36\ldots$$
#
# The smaller the step, the nearer this quotient comes to 26, the slope of the curve at 1. That is the definition:
#
# $$f'(a) = \lim_{h\to 0}\frac{f(a+h) - f(a)}{h}$$
#
# In the picture each straight line runs through two points of the curve. As the second point moves in, the line turns into
# the tangent.


# %% tags=["demonstration"]
def f(x):
    return 5 * x**4 + 2 * x**3 + 5


assert f(1.0) == 12.0
pictures.secants(f, 1.0, slope=26.0, steps=(0.4, 0.2, 0.05))

# %% [markdown]
# ### Exercise 1: one step forward
#
# Write `forward_difference(f, x, h)`: the quotient of the definition, for a given step $h$. `f` is a function that you call.
#
# <details><summary>Hint</summary>Which two points of the curve do you need? How far apart are they?</details>


# %% nbgrader={"grade": false, "grade_id": "forward_difference", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forward_difference(f, x, h):
    """The slope of f between x and x + h.

    f: a function of one number; x, h: numbers, h not 0. Returns a number.
    Example: forward_difference(lambda x: x * x, 3.0, 0.5) is 6.5.
    """
    ### BEGIN SOLUTION
    return (f(x + h) - f(x)) / h
    ### END SOLUTION


# %%
look(forward_difference, lambda x: x * x, 3.0, 0.5, by_hand=6.5)

# %% nbgrader={"grade": true, "grade_id": "check-forward_difference", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("forward_difference")

# %% [markdown]
# ### Exercise 2: look to both sides
#
# The forward difference leans to one side. Step to the left as well as to the right, and the leaning cancels. For $x^2$ at
# 3 with $h = 0.5$: the values at $3.5$ and $2.5$ are $12.25$ and $6.25$, and $6 / 1 = 6$, the exact slope.
#
# Write `central_difference(f, x, h)`, which uses the points $x + h$ and $x - h$.
#
# <details><summary>Hint</summary>How far apart are the two points now?</details>


# %% nbgrader={"grade": false, "grade_id": "central_difference", "locked": false, "schema_version": 3, "solution": true, "task": false}
def central_difference(f, x, h):
    """The slope of f between x - h and x + h.

    f: a function of one number; x, h: numbers, h not 0. Returns a number.
    Example: central_difference(lambda x: x * x, 3.0, 0.5) is 6.0.
    """
    ### BEGIN SOLUTION
    return (f(x + h) - f(x - h)) / (2 * h)
    ### END SOLUTION


# %%
look(central_difference, lambda x: x * x, 3.0, 0.5, by_hand=6.0)

# %% nbgrader={"grade": true, "grade_id": "check-central_difference", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("central_difference")

# %% [markdown]
# ## 2 How small should h be?
#
# "As small as possible" is wrong. Two errors pull in opposite directions:
#
# * **truncation**: the curve is not a straight line. This error shrinks with $h$ (forward) or with $h^2$ (central).
# * **round-off**: a computer keeps about 16 digits. $f(x+h)$ and $f(x)$ agree in most of them, their difference keeps only
#   what is left, and dividing by a tiny $h$ blows the rest up. This error *grows* as $h$ shrinks.
#
# Together they make a valley. Read off its bottom: near $10^{-8}$ for the forward difference, and between $10^{-5}$ and
# $10^{-7}$ for the central one, which also reaches much deeper.

# %% tags=["demonstration"]
pictures.numerical_derivative_error(f, lambda x: 20 * x**3 + 6 * x**2, 1.0)

# %% [markdown]
# ## 3 Rules instead of limits
#
# Limits are for proofs and for checking. For computing there are rules: $(x^n)' = n\,x^{n-1}$, constant factors stay,
# sums are taken term by term, and a constant does not move at all.
#
# ### Find the mistake
#
# A friend differentiates $5x^4 + 2x^3 + 5$ and writes into her notes
#
# $$f(x) = 20x^3 + 6x^2 .$$
#
# Her next line of code computes $f(1)$, and gets 26.
#
# <details><summary>What is wrong</summary>The right-hand side is the <em>derivative</em>, but the left says f. It must read
# f'(x) = 20x³ + 6x²; the value f(1) is 12. (A habit that helps: d for functions of one variable, the curly ∂ as soon as
# there are several.)</details>
#
# ### Exercise 3
#
# Write `polynomial_derivative(x)`, the derivative of $5x^4 + 2x^3 + 5$. It must work for a number and for an array, entry
# by entry.
#
# <details><summary>Hint</summary>Take the three terms one at a time. How does the last one move?</details>


# %% nbgrader={"grade": false, "grade_id": "polynomial_derivative", "locked": false, "schema_version": 3, "solution": true, "task": false}
def polynomial_derivative(x):
    """Derivative of 5 x^4 + 2 x^3 + 5; x: a number or an array; returns the same shape.

    Example: polynomial_derivative(1.0) is 26.0.
    """
    ### BEGIN SOLUTION
    return 20 * x**3 + 6 * x**2
    ### END SOLUTION


# %%
look(polynomial_derivative, np.array([0.0, 1.0, -1.0]), by_hand=np.array([0.0, 26.0, -14.0]))

# %% nbgrader={"grade": true, "grade_id": "check-polynomial_derivative", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("polynomial_derivative")

# %% [markdown]
# ## 4 One variable at a time
#
# With two inputs there are two questions: how does $f$ move with $x$ while $y$ stays, and how does it move with $y$ while
# $x$ stays? The answers are the **partial derivatives**. To get $\partial f/\partial x$, treat $y$ as if it were a fixed
# number. For $f(x,y) = 3x^2y + y$: $\ \partial f/\partial x = 6xy$ and $\ \partial f/\partial y = 3x^2 + 1$.
#
# ### Exercise 4
#
# Write `partial_derivatives(x, y)`, which returns $(\partial f/\partial x,\ \partial f/\partial y)$ of
#
# $$f(x,y) = 10x^3y^2 + 5xy^3 + 4x + y .$$
#
# <details><summary>Hint 1</summary>Cover y with your hand and call it 7. Which terms still move with x?</details>
# <details><summary>Hint 2</summary>Four terms, two variables: eight small questions. Four of the eight answers are plain
# numbers.</details>


# %% nbgrader={"grade": false, "grade_id": "partial_derivatives", "locked": false, "schema_version": 3, "solution": true, "task": false}
def partial_derivatives(x, y):
    """The partial derivatives of 10 x^3 y^2 + 5 x y^3 + 4 x + y: (df/dx, df/dy).

    x, y: numbers, or arrays of one shape. Example: partial_derivatives(1.0, 2.0) is (164.0, 101.0).
    """
    ### BEGIN SOLUTION
    return 30 * x**2 * y**2 + 5 * y**3 + 4, 20 * x**3 * y + 15 * x * y**2 + 1
    ### END SOLUTION


# %%
look(partial_derivatives, 1.0, 2.0, by_hand=(164.0, 101.0))

# %% nbgrader={"grade": true, "grade_id": "check-partial_derivatives", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("partial_derivatives")

# %% [markdown]
# ## 5 The gradient
#
# Put the partial derivatives into one vector, and you have the **gradient**:
# $\nabla f = \left(\frac{\partial f}{\partial x_1}, \ldots, \frac{\partial f}{\partial x_n}\right)$.
#
# For the valley $f(x,y) = 4x^2 + y^2$ it is $\nabla f = (8x,\ 2y)$. The picture shows level curves, along which $f$ does not
# change, and gradients as arrows. Two things to see:
#
# * each arrow stands at a **right angle** on its level curve (where the gradient is zero, at the bottom, there is no arrow
#   and no right angle to speak of);
# * it points where $f$ grows **fastest**, and it is longer where the slope is steeper.
#
# Move the points in the list, and run the cell again.

# %% tags=["demonstration"]
points = [(1.0, 1.0), (-1.5, 1.0), (0.5, -2.0), (-1.0, -1.0)]
pictures.level_curves(
    lambda x, y: 4 * x**2 + y**2,
    gradient=lambda x, y: (8 * x, 2 * y),
    at=points,
    x_range=(-2.5, 2.5),
    y_range=(-3.0, 3.0),
)

# %% tags=["demonstration"]
# Drag the point, or move it with the arrow keys. The violet arrow is the gradient, the black direction is yours to turn.
from nn_lib.widgets import gradient_explorer

gradient_explorer("4 * x^2 + y^2")

# %% [markdown]
# ### Exercise 5: a gradient for any function
#
# A function of an array of any shape has one partial derivative per entry, so its gradient has the shape of the array. Write
# `numerical_gradient(f, x)`. Step one entry at a time to both sides, with a step from the bottom of the valley of section 2.
#
# Keep this tool: a gradient that you derive by hand is right when this one agrees.
#
# <details><summary>Hint 1</summary><code>np.ndindex(x.shape)</code> gives every index of an array of any shape.</details>
# <details><summary>Hint 2</summary>If you step on x itself, keep the old value and put it back. If you step on a copy, what is
# its dtype when x holds whole numbers?</details>


# %% nbgrader={"grade": false, "grade_id": "numerical_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def numerical_gradient(f, x):
    """The gradient of f at x by central differences: a step to both sides, right to five digits.

    f: takes an array shaped like x and returns one number.
    x: an array of any shape, of floats or whole numbers; exactly as before when you are done.
    Returns floats in the shape of x.
    Example: numerical_gradient(lambda v: np.sum(v**2), np.array([1.0, -3.0])) is about [2.0, -6.0].
    """
    ### BEGIN SOLUTION
    x = np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + 1e-5
        above = f(x)
        x[index] = kept - 1e-5
        below = f(x)
        x[index] = kept
        gradient[index] = (above - below) / 2e-5
    return gradient
    ### END SOLUTION


# %%
look(
    numerical_gradient,
    lambda v: np.sum(v**2),
    np.array([[1.0, -3.0]]),
    by_hand=np.array([[2.0, -6.0]]),
)

# %% nbgrader={"grade": true, "grade_id": "check-numerical_gradient", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("numerical_gradient")

# %% [markdown]
# ## 6 Any direction
#
# The gradient knows more than the axes. The slope when you walk along a direction $d$ is
#
# $$\frac{\nabla f \cdot d}{\lVert d\rVert}.$$
#
# The division makes it a slope *per unit length*: walking along $(3,4)$ or along $(6,8)$ is the same walk. With
# $\nabla f = (8, 2)$ and $d = (3,4)$: $(24 + 8)/5 = 6.4$.
#
# The dot product is largest when $d$ points along the gradient, zero at a right angle to it, and most negative against it.
# So **minus the gradient is the way of steepest descent**. Turn around and see:

# %% tags=["demonstration"]
angles = np.linspace(0, 360, 73)
slopes = [8 * np.cos(a) + 2 * np.sin(a) for a in np.radians(angles)]
steepest = float(np.degrees(np.arctan2(2, 8)))
assert abs(angles[int(np.argmax(slopes))] - steepest) < 5
pictures.curves(
    angles,
    {"slope in this direction": slopes},
    xlabel="direction in degrees; the gradient (8, 2) points to 14",
    ylabel="slope",
    title="Slope by direction",
)

# %% [markdown]
# ### Exercise 6
#
# Write `directional_derivative(gradient, direction)`: the slope per unit length. A direction of length 0 points nowhere:
# raise a `ValueError` and say so.
#
# <details><summary>Hint</summary>Double the direction by hand. Your answer should not change.</details>


# %% nbgrader={"grade": false, "grade_id": "directional_derivative", "locked": false, "schema_version": 3, "solution": true, "task": false}
def directional_derivative(gradient, direction):
    """Slope of a function along a direction, per unit length.

    gradient, direction: arrays of shape (n,). Returns one number.
    Raises ValueError when direction has length 0.
    Example: directional_derivative(np.array([8.0, 2.0]), np.array([3.0, 4.0])) is 6.4.
    """
    ### BEGIN SOLUTION
    length = np.linalg.norm(direction)
    if length == 0:
        raise ValueError("a direction of length 0 points nowhere")
    return float(gradient @ direction / length)
    ### END SOLUTION


# %%
look(directional_derivative, np.array([8.0, 2.0]), np.array([3.0, 4.0]), by_hand=6.4)

# %% nbgrader={"grade": true, "grade_id": "check-directional_derivative", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("directional_derivative")

# %% [markdown]
# ## 7 Walk downhill
#
# Move by a small vector $\Delta v$, and to first order $\Delta C \approx \nabla C\cdot\Delta v$, with two variables or with
# $m$. Choose $\Delta v = -\eta\,\nabla C$:
#
# $$\Delta C \approx -\eta\,\lVert\nabla C\rVert^2 \le 0 .$$
#
# The value falls, **if the step is small**: the formula is only the beginning of the truth, and a long step leaves the place
# where it holds. The **learning rate** $\eta$ is what keeps the step short. On $4x^2+y^2$ from $(1,1)$ with $\eta=0.1$, where
# $f = 5$: the next points are $(0.2, 0.8)$, $(0.04, 0.64)$, $(0.008, 0.512)$ with $f = 0.8,\ 0.416,\ 0.2624$.
#
# ### Exercise 7
#
# Write `descent_path(gradient, start, learning_rate, steps)`, which returns **all** points of the walk as one array of shape
# `(steps + 1, n)`, the start first.
#
# <details><summary>Hint 1</summary>n steps, n + 1 points. Which one is row 0?</details>
# <details><summary>Hint 2</summary>If you append the same array again and again and change it in place, what does each row
# show at the end?</details>


# %% nbgrader={"grade": false, "grade_id": "descent_path", "locked": false, "schema_version": 3, "solution": true, "task": false}
def descent_path(gradient, start, learning_rate, steps):
    """Points of a gradient descent.

    gradient: a function from a point (n,) to the gradient there (n,).
    start: (n,), floats or whole numbers; not changed. learning_rate: a positive number.
    steps: how many, 0 allowed. Returns floats of shape (steps + 1, n).
    Example: descent_path(lambda p: 2 * p, np.array([1.0]), 0.25, 2) is [[1.0], [0.5], [0.25]].
    """
    ### BEGIN SOLUTION
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * gradient(path[-1]))
    return np.array(path)
    ### END SOLUTION


# %%
def valley(p):
    return np.array([8 * p[0], 2 * p[1]])


look(
    descent_path,
    valley,
    np.array([1.0, 1.0]),
    0.1,
    2,
    by_hand=np.array([[1.0, 1.0], [0.2, 0.8], [0.04, 0.64]]),
)

# %% nbgrader={"grade": true, "grade_id": "check-descent_path", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("descent_path")

# %% [markdown]
# ## 8 Too short, good, too long
#
# Three learning rates on the same valley, from three corners. With $0.25$, $x$ jumps from $1$ to $-1$ and back for ever; above that it runs away.
# In this valley the points can be written down at once: each step multiplies $x$ by $1 - 8\eta$ and $y$ by $1 - 2\eta$. What
# must hold of these factors for the walk to end at the bottom? Try other rates.


# %% tags=["demonstration"]
def walk(learning_rate, steps=12, start=(1.0, 1.0)):
    k = np.arange(steps + 1)
    return np.stack([start[0] * (1 - 8 * learning_rate) ** k, start[1] * (1 - 2 * learning_rate) ** k], axis=1)


assert np.allclose(walk(0.1)[3], [0.008, 0.512]) and np.allclose(walk(0.25)[:3, 0], [1.0, -1.0, 1.0])
pictures.level_curves(
    lambda x, y: 4 * x**2 + y**2,
    x_range=(-2.5, 2.5),
    y_range=(-2.0, 2.0),
    paths={
        "0.02": walk(0.02, 20),
        "0.1": walk(0.1, start=(-1.0, 1.0)),
        "0.27": walk(0.27, 5, start=(1.0, -1.8)),
    },
)

# %% [markdown]
# ### In your own words (graded by a person)
#
# A colleague checks gradients with the forward difference and $h = 10^{-15}$, "to be as exact as possible", and finds that
# many of her gradients are wrong by 10 % or more. In five sentences or fewer: what is going on, and what should she do instead?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-01_derivatives_and_gradients", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# With such a step, the two function values agree in nearly all of their 16 digits, so the difference consists almost wholly
# of round-off, and dividing by $10^{-15}$ magnifies it. Her gradients may well be right; her measurement is not. She should
# use the central difference with a step near $10^{-5}$, where truncation and round-off are both small.
#
# === BEGIN MARK SCHEME ===
# 1 point: names round-off, or lost digits in the difference. 1 point: a larger step (1e-8 to 1e-4), better with the central
# difference.
# === END MARK SCHEME ===

# %% [markdown]
# ## What you know now
#
# | idea | formula |
# | --- | --- |
# | derivative | change of output per change of input |
# | numerical derivative | central difference, $h \approx 10^{-5}$ |
# | gradient | all partial derivatives, shaped like the input |
# | slope along $d$ | $\nabla f \cdot d\,/\,\lVert d\rVert$ |
# | descent | $v \leftarrow v - \eta\,\nabla C(v)$, for small enough $\eta$ |
#
# **Where this is in PyTorch and JAX.** `torch.autograd.gradcheck` compares a derived gradient with central differences, as
# you will; `jax.grad(f)` gives the gradient as a function. Neither uses differences to *compute* it: how they do that is the
# rest of this course.
#
# **Further reading.** Any encyclopedia's articles on *derivative*, *partial derivative* and *gradient*; and the first chapter
# of a textbook on neural networks, which usually opens with gradient descent on a valley like ours.
#
# Next: functions inside functions.
