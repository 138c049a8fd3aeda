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
# **You will** find out, for one number and then for many, in which direction a nudge makes a result smaller; and let a
# line find its own way through a cloud of points.
#
# **You need** school calculus (the power rule) and a little NumPy. **Time** about 80 minutes. **Next** the chain rule
# (notebook 02).
#
# Each exercise has four cells: the task, your cell, a *look* (your values beside values worked out by hand, or drawn) and a check,
# which answers at once, as often as you like. When a check gives all points, your function is saved in the folder `my_nn`.
# Later notebooks import it from there; what you have not written yet is lent to you.
#
# ## Before you start
#
# Three questions. Answer each in your head before you open it.
#
# <details><summary>How steep is the straight line 3x + 2?</summary>It rises by 3 for each step of 1 to the right, so its slope
# is 3 everywhere. The 2 lifts the line, and does not tilt it.</details>
# <details><summary>What is the derivative of x³ at x = 2?</summary>The power rule gives 3x², so 12.</details>
# <details><summary>x is np.array([3, -2]). What happens if you write 0.5 into np.zeros_like(x)?</summary>It becomes 0, without a
# word of warning, because the new array holds whole numbers like x. You will meet this again today.</details>
#
# ## Somebody wrote these
#
# Run the next cell: a small network learns to read, and then reads sixteen digits that it has never seen.

# %% tags=["demonstration"]
import time

import numpy as np

from nn_lib import MLP, SGD, datasets, fit, pictures

data = datasets.digits()
reader = MLP([64, 32, 10], activation="relu", loss="softmax_cross_entropy", seed=0)
begun = time.perf_counter()
fit(reader, data.train, optimizer=SGD(learning_rate=0.1, momentum=0.9), epochs=20, batch_size=32, progress=False)
print(f"{sum(p.size for p in reader.parameters):,} numbers, nudged for {time.perf_counter() - begun:.2f} seconds")

unseen, labels = data.test.inputs[9:25], data.test.labels[9:25]
scores = np.exp(reader.forward(unseen))
assert sum(p.size for p in reader.parameters) == 2410 and reader.accuracy(unseen, labels) == 15 / 16
pictures.readings(unseen, scores / scores.sum(axis=1, keepdims=True), labels)

# %% [markdown]
# Under each digit stand ten bars, which show how sure the network is that it sees a 0, a 1, and so on up to 9. It gets fifteen
# of the sixteen right. Look at the one it gets wrong: would you have done better?
#
# Nobody wrote a rule for what a 4 looks like; the network was only shown examples with their answers. It started with 2,410
# random numbers. Each of them was nudged a little, again
# and again, in the direction that made the mistakes smaller, and after a second or so of nudging it could read.
#
# By notebook 09 you will have built this machine: not used it, built it, every line. Today you take the first step. If you
# want to nudge 2,410 numbers in the right direction, you first have to find out, for *one* number, which direction is right.
#
# ## 1 Turn one knob
#
# Take the function $5x^4 + 2x^3 + 5$, with a single knob, x. At x = 1 it gives 12. Now predict, before you run anything: if you
# turn the knob from 1 to 1.01, what will come out? Write your guess in place of the three dots. You will remember the answer
# better for having been wrong.
#
# Then run the second cell, and turn the knob yourself: drag the point along the curve, or move the slider. Where does the
# output hardly move, whatever you do, and on which side of 0 does it fall while x grows?

# %%
import numpy as np

from autograder import check, look

my_guess = ...


def f(x):
    return 5 * x**4 + 2 * x**3 + 5


if my_guess is ...:
    print("Put your guess in place of the three dots, then run this cell again.")
else:
    print(f"you said {my_guess}; it is {f(1.01):.4f}")
    print(f"the output moved by {f(1.01) - f(1.0):.4f}, the knob by 0.01: {(f(1.01) - f(1.0)) / 0.01:.2f} times as far")

# %% tags=["demonstration"]
from nn_lib.widgets import slope_explorer

# Where nothing can be dragged, a picture stands here: the curve, and a straight line along it at x = 0.5.
slope_explorer("5 * x^4 + 2 * x^3 + 5", x=0.5, reach=1.25)

# %% [markdown]
# Near x = 1, the output moves about 26 times as far as the knob. This number is called the **derivative** of f at x = 1, or
# its **slope**: *how far the output moves for each small step of the input*. The whole course is about it. Near 0 the slope
# is almost nothing, and left of -0.3 it is negative: there f falls while x grows.
#
# ### Exercise 1: one step forward
#
# Make a tool of what you just did. Given a function, a place x and a step h, how much does the output change for each unit of
# the step? Write `forward_difference(f, x, h)`. The look cell also draws what it measures at x = 1, for three steps.
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


# %% tags=["demonstration"]
look(forward_difference, lambda x: x * x, 3.0, 0.5, by_hand=6.5)
assert f(1.0) == 12.0 and round(f(1.01), 4) == 12.2636 and f(-0.31) > f(-0.3) < f(-0.29)
pictures.secants(f, 1.0, slope=26.0, steps=(0.4, 0.2, 0.05))

# %% nbgrader={"grade": true, "grade_id": "check-forward_difference", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("forward_difference")

# %% [markdown]
# Each straight line of the picture runs through two points of your curve. As the second point moves in, the line turns into the **tangent**,
# and its slope approaches 26. The derivative is what this quotient approaches as h shrinks:
# $f'(x) = \lim_{h\to 0}\frac{f(x+h) - f(x)}{h}$.
#
# ### Exercise 2: look to both sides
#
# All three lines are too steep, because they look to one side only. Step to the left as well as to the right, and the two
# errors cancel. Try it by hand on $x^2$ at 3, where the slope is 6, with the values at 3.5 and 2.5.
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


def slopes_of_powers(x):
    return {f"x^{n}": central_difference(lambda v: v**n, x, 1e-5) for n in (1, 2, 3, 4)}


print("used at once, for section 3: the slopes of four powers of x, at 2")
look(slopes_of_powers, 2.0)

# %% nbgrader={"grade": true, "grade_id": "check-central_difference", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("central_difference")

# %% [markdown]
# ## 2 How small should h be?
#
# A smaller step came closer to 26, so should you take the smallest one there is? Guess first which h gives the best answer:
# 0.1, 1e-5, 1e-10 or 1e-15. Then run the cell, which shows how far your two functions are off.


# %% tags=["demonstration"]
def far_off(h):
    return {"forward": forward_difference(f, 1.0, h) - 26, "central": central_difference(f, 1.0, h) - 26}


for h in (1e-1, 1e-5, 1e-10, 1e-15):
    print(f"h = {h:g}")
    look(far_off, h)

errors = {h: abs((f(1 + h) - f(1 - h)) / (2 * h) - 26) for h in (1e-1, 1e-3, 1e-5, 1e-6, 1e-7, 1e-10, 1e-13)}
assert min(errors, key=errors.get) in (1e-5, 1e-6, 1e-7)
assert abs((f(1 + 1e-15) - f(1)) / 1e-15 - 26) > 0.5
pictures.numerical_derivative_error(f, lambda x: 20 * x**3 + 6 * x**2, 1.0)

# %% [markdown]
# Two errors pull in opposite directions, and together they make a valley, one for each of the two quotients.
#
# * **Truncation**: the curve is not a straight line. This error shrinks with h (forward), or with h² (central).
# * **Round-off**: a computer keeps about 16 digits, and the two values of f agree in most of them. Their difference keeps only
#   the few that are left, and dividing by a tiny h blows the rest up. This error *grows* as h shrinks.
#
# <details><summary>Where is the bottom, and which of the two valleys is deeper?</summary>Near 1e-8 for the forward difference. For
# the central one it lies between 1e-7 and 1e-5, and reaches much deeper, because its truncation shrinks so much faster.</details>
#
# ## 3 Rules instead of limits
#
# Measuring costs two calls of f for each slope, and leaves an error. Is there a pattern to use instead? The look cell of
# exercise 2 measured the slopes of $x, x^2, x^3, x^4$ at 2. Find the rule that the four numbers follow.
#
# <details><summary>The pattern</summary>1, 4, 12, 32: each is n times 2 to the power n − 1. This is the power rule,
# (xⁿ)′ = n xⁿ⁻¹. A constant factor stays where it is, a sum is taken term by term, and a constant does not move at
# all.</details>
#
# ### Exercise 3
#
# Write `polynomial_derivative(x)`, the derivative of $5x^4 + 2x^3 + 5$, as a formula for a number or an array, entry by entry.
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
print("at 1.3, by your formula and measured:")
look(lambda: (polynomial_derivative(1.3), central_difference(f, 1.3, 1e-5)))

# %% nbgrader={"grade": true, "grade_id": "check-polynomial_derivative", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("polynomial_derivative")

# %% [markdown]
# ### Find the mistake
#
# A friend keeps this in a file, and says: "f(1) is 26."
#
# ```python
# def f(x):
#     return 20 * x**3 + 6 * x**2
# ```
#
# <details><summary>What is wrong</summary>The body is the <em>derivative</em>, but its name is f. The value f(1) is 12. The
# 26 is f′(1), also written df/dx: a d for functions of one variable, the curly ∂ as soon as there are
# several.</details>
#
# ## 4 One variable at a time
#
# A network has 2,410 knobs; begin with two. Let $f(x, y) = 3x^2y + y$, at (2, 5). Put a finger on y, so that it stays 5. What
# is left is $15x^2 + 5$, a function of x alone, and its slope at 2 is 60. Now hold x and let y move: $13y$ has the slope 13.
#
# These numbers are the **partial derivatives**, $\partial f/\partial x = 60$ and $\partial f/\partial y = 13$. Each one says
# what a nudge of *its* knob does while the other knobs stay.
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
# Put all partial derivatives into one vector. This vector is the **gradient**,
# $\nabla f = \left(\frac{\partial f}{\partial x_1}, \ldots, \frac{\partial f}{\partial x_n}\right)$. For the valley
# $f(x,y) = 4x^2 + y^2$ it is $(8x,\ 2y)$.
#
# The picture shows **level curves**, along which f does not change, and the gradient as an arrow. Drag the point, or move it
# with the arrow keys. Where is the arrow long, and at what angle does it meet the curve it stands on?

# %% tags=["demonstration"]
from nn_lib.widgets import gradient_explorer

gradient_explorer("4 * x^2 + y^2", descent=False)

# %% [markdown]
# <details><summary>What there is to see</summary>The arrow stands at a right angle on its level curve, and points to where f
# grows fastest. It is longer where the slope is steeper. At the bottom the gradient is zero, and has no direction.</details>
#
# ### Exercise 5: a gradient for any function
#
# A function of an array has one partial derivative for each entry, so its gradient has the shape of the array. Write
# `numerical_gradient(f, x)`: for each entry in turn, step to both sides while the others stay, with h = 1e-5 or so
# (section 2).
#
# This function is the judge of everything that you will derive by hand: a formula is right when the two agree. The look cell
# puts it to work at once, on your formula of exercise 4.
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
print("exercise 4, measured and by your formula:")
look(
    numerical_gradient,
    lambda v: 10 * v[0] ** 3 * v[1] ** 2 + 5 * v[0] * v[1] ** 3 + 4 * v[0] + v[1],
    np.array([1.3, -0.7]),
)
look(lambda: np.array(partial_derivatives(1.3, -0.7)))

# %% nbgrader={"grade": true, "grade_id": "check-numerical_gradient", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("numerical_gradient")

# %% [markdown]
# ## 6 Any direction
#
# You stand in a place where the gradient is (8, 2). Walk along x, and f rises by 8 for each step. What if you walk along
# (3, 4)? That is 3 along x and 4 along y, so f rises by $3\cdot 8 + 4\cdot 2 = 32$. Such a sum of products is called
# the **dot product** of two vectors. The **length** of the walk is $\sqrt{3^2 + 4^2} = 5$, which makes 6.4 for each step of
# length 1.
#
# ### Exercise 6
#
# Write `directional_derivative(gradient, direction)`: the slope for each unit of length walked. So (6, 8) has the same slope as
# (3, 4). A direction of length 0 points nowhere: raise a `ValueError` that says so.
#
# In which direction is the slope greatest, and in which is it most negative? Guess in degrees, where 0 is along x and 90 is
# along y. The look cell lets your function walk all the way round.
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


# %% tags=["demonstration"]
def all_the_way_round():
    angles = np.arange(0, 361, 2)
    around = [
        directional_derivative(np.array([8.0, 2.0]), np.array([np.cos(a), np.sin(a)])) for a in np.radians(angles)
    ]
    print(f"greatest at {angles[np.argmax(around)]} degrees, most negative at {angles[np.argmin(around)]}")
    return pictures.curves(angles, {"slope": around}, "direction in degrees", "slope", "Slope by direction")


assert round(float(np.degrees(np.arctan2(2, 8)))) == 14
look(directional_derivative, np.array([8.0, 2.0]), np.array([3.0, 4.0]), by_hand=6.4)
look(all_the_way_round)

# %% nbgrader={"grade": true, "grade_id": "check-directional_derivative", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("directional_derivative")

# %% [markdown]
# The gradient (8, 2) itself points to 14 degrees. The slope is greatest along the gradient, zero at a right angle to it, and
# most negative against it. So **minus the gradient is the way of steepest descent**.
#
# ## 7 Walk downhill
#
# Take a step that way: from a point v, go to $v - \eta\,\nabla f(v)$. The number $\eta$, the **learning rate**, says how long
# the step is. In the valley $4x^2 + y^2$, start at (1, 1), where f = 5. With $\eta = 0.1$, the gradient (8, 2) takes you to
# (0.2, 0.8). Where does the second step take you?
#
# <details><summary>Check yourself</summary>The gradient at (0.2, 0.8) is (1.6, 1.6), so you come to (0.04, 0.64). There f is
# 0.416.</details>
#
# ### Exercise 7
#
# Write `descent_path(gradient, start, learning_rate, steps)`, which returns **all** points of the walk as one array of shape
# `(steps + 1, n)`, the start first.
#
# The look cell draws three walks of yours, with the learning rates 0.02, 0.1 and 0.27. They start in different places, so
# that they do not cover each other. Predict before you run it: which one arrives, which one does not get far, and what
# happens to the third?
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


# %% tags=["demonstration"]
def valley(p):
    return np.array([8 * p[0], 2 * p[1]])


def three_walks():
    paths = {
        "0.02": descent_path(valley, np.array([1.0, 1.0]), 0.02, 12),
        "0.1": descent_path(valley, np.array([-1.0, 1.0]), 0.1, 12),
        "0.27": descent_path(valley, np.array([1.0, -1.8]), 0.27, 5),
    }
    return pictures.level_curves(lambda x, y: 4 * x**2 + y**2, x_range=(-2.5, 2.5), y_range=(-2.0, 2.0), paths=paths)


assert np.allclose((1 - 8 * 0.25) ** np.arange(3), [1.0, -1.0, 1.0]) and abs(1 - 8 * 0.27) > 1

look(
    descent_path,
    valley,
    np.array([1.0, 1.0]),
    0.1,
    2,
    by_hand=np.array([[1.0, 1.0], [0.2, 0.8], [0.04, 0.64]]),
)
look(three_walks)

# %% nbgrader={"grade": true, "grade_id": "check-descent_path", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("descent_path")

# %% [markdown]
# ## 8 Too short, good, too long
#
# Look at your three walks again. Why does the third one climb, after its first step? Move by a small vector $\Delta v$, and f changes by about $\nabla f\cdot\Delta v$. With
# $\Delta v = -\eta\,\nabla f$ that is $-\eta\,\lVert\nabla f\rVert^2$, which is never a rise **as long as the step is small**.
# A long step leaves the place where the slope was measured.
#
# <details><summary>For which learning rates does the walk in this valley arrive?</summary>Each step multiplies x by 1 − 8η and
# y by 1 − 2η. Both factors must lie between −1 and 1, so η must be below 0.25. At 0.25 exactly, x jumps from 1 to −1 and
# back for ever.</details>
#
# ## 9 Let a line learn
#
# Now for something that learns: a line $\text{slope}\cdot x + \text{intercept}$ through a cloud of points. At first it knows
# nothing, and both of its numbers are 0. How wrong is a line? For each point, take half the square of the miss,
# $\tfrac12(\text{slope}\cdot x + \text{intercept} - y)^2$. (The half will cancel the 2 of the
# derivative.) The mean of these over all points is the **loss** of the line, L.
# There are two knobs and one number to make smaller, so you have all you need.
#
# ### Exercise 8: the evening's exercise
#
# Write `fit_line(x, y, learning_rate, steps)`. Start from slope 0 and intercept 0. In each step, let your own
# `numerical_gradient` say how the loss moves with the two knobs, and move both against it. Return the slope and the intercept
# after the last step. (A gradient that you derive as a formula counts as well; in notebook 07 you will need one.)
#
# Here is a first step by hand, for the two points (-1, 0) and (1, 2). The loss of the flat line is $(0 + 2)/2 = 1$, and its
# gradient is (-1, -1). With a learning rate of 0.5 the line goes to slope 0.5 and intercept 0.5.
#
# <details><summary>Hint 1</summary>Your tools want one array. Put both knobs into an array v of length 2, and write the loss
# as a function of v.</details>
# <details><summary>Hint 2</summary>One step is v minus the learning rate times the gradient at v. Have you written something
# that takes many such steps?</details>


# %% nbgrader={"grade": false, "grade_id": "fit_line", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fit_line(x, y, learning_rate, steps):
    """A straight line through points, by gradient descent from slope 0 and intercept 0: (slope, intercept).

    x, y: arrays of shape (n,), not changed. learning_rate: a positive number. steps: how many, 0 allowed.
    The loss is the mean over the points of half the squared error. Both numbers move at once, in every step.
    Returns two numbers.
    Example: fit_line(np.array([-1.0, 1.0]), np.array([0.0, 2.0]), 0.5, 1) is about (0.5, 0.5).
    """

    ### BEGIN SOLUTION
    def loss(v):
        return np.mean(0.5 * (v[0] * x + v[1] - y) ** 2)

    path = descent_path(lambda v: numerical_gradient(loss, v), np.zeros(2), learning_rate, steps)
    return float(path[-1][0]), float(path[-1][1])
    ### END SOLUTION


# %%
look(fit_line, np.array([-1.0, 1.0]), np.array([0.0, 2.0]), 0.5, 1, by_hand=(0.5, 0.5))

# %% nbgrader={"grade": true, "grade_id": "check-fit_line", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("fit_line")

# %% [markdown]
# ## What you can do now
#
# The next cell shows your line after 0, 3 and 100 steps. You told it nothing about lines: only how wrong it was, and which way was
# down.

# %% tags=["demonstration"]
rng = np.random.default_rng(1)
points_x = rng.uniform(-2, 2, 30)
points_y = 1.5 * points_x + 0.7 + rng.normal(0, 0.4, 30)
best = np.polyfit(points_x, points_y, 1)
assert abs(best[0] - 1.5) < 0.2 and abs(best[1] - 0.7) < 0.2
try:
    lines = {f"after {steps} steps": fit_line(points_x, points_y, 0.3, steps) for steps in (0, 3, 100)}
    display(pictures.fitted_lines(points_x, points_y, lines, "Your line, learning"))
    print(f"the best line there is: slope {best[0]:.4f}, intercept {best[1]:.4f}")
except Exception as error:
    print("This picture needs a finished fit_line:", repr(error))

# %% [markdown]
# You can now say which way is down, for any function at all. So why not train the digit reader just like this? Count first: a
# step needs the gradient, and each knob costs two calls of the loss.
#
# <details><summary>The reader has 2,410 knobs. How many calls is that for one step?</summary>4,820: for a single step, the network
# would have to look at all digits 4,820 times. There is a way to get all 2,410 slopes for the price of a few calls. It is
# called backpropagation, and it is why this course goes on.</details>
#
# | what | formula |
# | --- | --- |
# | derivative | $f'(x) \approx \frac{f(x+h) - f(x-h)}{2h}$, with $h \approx 10^{-5}$ |
# | power rule | $(x^n)' = n\,x^{n-1}$ |
# | gradient | all partial derivatives, in the shape of the input |
# | slope along a direction $v$ | $\nabla f\cdot v\,/\,\lVert v\rVert$, greatest along $\nabla f$ |
# | descent | $v \leftarrow v - \eta\,\nabla f(v)$, for small enough $\eta$ |
#
# **Where this is in PyTorch and JAX.** `torch.autograd.gradcheck` compares a derived gradient with central differences, as
# you did. `jax.grad(f)` gives the gradient as a function. Neither uses differences to *compute* a gradient: how they do that
# is the rest of this course.
#
# **Further reading.** Any encyclopedia has articles on *derivative*, *partial derivative* and *gradient*. Then read the first
# chapter of a textbook on neural networks, which usually opens with descent in a valley like ours.
#
# ### In your own words (graded by a person)
#
# A colleague checks gradients with the forward difference and $h = 10^{-15}$, "to be as exact as possible". Many of her
# gradients turn out wrong by 10 % or more. In five sentences or fewer: what is going on, and what should she do instead?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-01_derivatives_and_gradients", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# With such a step, the two function values agree in nearly all of their 16 digits, so the difference consists almost wholly
# of round-off, and dividing by $10^{-15}$ magnifies it. Her gradients may well be right; her measurement is not. She should
# use the central difference with a step near $10^{-5}$, where truncation and round-off are both small.
#
# === BEGIN MARK SCHEME ===
# 1 point: names round-off, or lost digits in the difference. 1 point: a larger step (1e-8 to 1e-4), better with the central
# difference.
# === END MARK SCHEME ===
