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
# # The fully connected layer
#
# **You will** turn an image into scores, push a whole batch through a layer, derive its three gradients from its Jacobians,
# and train two linear models with rules worked out by hand.
#
# **You need** the chain rule with Jacobians (notebook 02), gates and branches (03), squared error (06). **Time** about 70
# minutes. **Next** many layers (notebook 08).

# %%
import numpy as np

from autograder import check, look
from nn_lib import numerical_gradient, pictures

# %% [markdown]
# ## 1 Scores of an image
#
# A classifier is an input, a function and a loss, and the whole of it is one function made of blocks. The smallest such
# block: take an image of $2\times2$ pixels, stretch it into a column $x$ of 4 numbers, and give each of three classes (cat,
# dog, ship) a row of 4 weights and a bias. Three scores come out:
#
# $$a = W x + b,\qquad W: 3\times 4,\quad x: 4,\quad b: 3 .$$

# %% tags=["demonstration"]
image = np.array([[0.2, 0.9], [0.8, 0.1]])
W = np.array([[1.0, -1.0, 0.5, 2.0], [0.0, 2.0, 1.0, -1.0], [-1.0, 0.5, 0.0, 1.0]])
b = np.array([0.1, -0.2, 0.3])

scores = W @ image.ravel() + b
assert np.allclose(scores, [0.0, 2.3, 0.65])
for name, score in zip(["cat", "dog", "ship"], scores):
    print(f"{name:5} {score:5.2f}")
pictures.images(image.reshape(1, 4), shape=(2, 2), labels=["dog?"])

# %% [markdown]
# ## 2 A batch at once
#
# One example at a time wastes a computer. Stack $B$ examples as **rows** of an array `x` of shape `(B, inputs)`, keep `W` as
# `(outputs, inputs)` and `b` as `(outputs,)`, and every row gets its scores at once:
#
# $$A = X\,W^{\mathsf T} + b,\qquad \text{row by row } a_i = W x_i + b .$$
#
# Many texts write one example as a column, $a = Wx + b$; PyTorch and this course write a batch of rows. The numbers are the
# same, and so is `W`. Change the two shapes and see what comes out.

# %% tags=["demonstration"]
pictures.shape_blocks(batch=5, inputs=4, outputs=3)

# %% tags=["demonstration"]
# The same with numbers: point at a wire for its shape. Every gradient has the shape of its value; where did the sum for b happen?
from nn_lib import ComputationalGraph, Input, Parameter, mean, transpose
from nn_lib.widgets import stepper

weights, biases = Parameter("W", np.array([[1.0, -2.0], [0.5, 3.0]])), Parameter("b", np.array([0.1, 0.2]))
mean_score = mean(Input("x") @ transpose(weights) + biases)
stepper(ComputationalGraph(mean_score), x=np.array([[1.0, 2.0], [-1.0, 0.0], [0.5, 1.0]]))

# %% [markdown]
# ### Exercise 1
#
# Write `fc_forward(x, W, b)`.
#
# <details><summary>Hint</summary>Write the shapes under your product: the two inner numbers must agree.</details>


# %% nbgrader={"grade": false, "grade_id": "fc_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fc_forward(x, W, b):
    """Fully connected layer: x W^T + b.

    x: (B, inputs); W: (outputs, inputs); b: (outputs,). Returns (B, outputs).
    Example: x [[1, 2]], W [[1, 0], [0, 1], [1, 1]], b [0, 0, 10] give [[1, 2, 13]].
    """
    ### BEGIN SOLUTION
    return x @ W.T + b
    ### END SOLUTION


# %%
x2, W2 = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
look(fc_forward, x2, W2, np.array([0.0, 0.0, 10.0]), by_hand=np.array([[1.0, 2.0, 13.0]]))

# %% nbgrader={"grade": true, "grade_id": "check-fc_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("fc_forward")

# %% [markdown]
# ## 3 Jacobians, and the pattern in them
#
# For one row, $a = Wh$: how does $a_j$ move with $h_i$? By $W_{ji}$. So the Jacobian $\frac{\partial a}{\partial h}$ is $W$
# itself.
#
# And with the weights? $a_j = \sum_i W_{ji}h_i$ contains only the weights of row $j$, each with slope $h_i$. So
# $\frac{\partial a_j}{\partial w_j} = h^{\mathsf T}$, and $\frac{\partial a_j}{\partial w_k} = 0$ for every other row. Written
# out, with the weights of two outputs in one long row $(w_{11}, w_{12}, w_{13}, w_{21}, w_{22}, w_{23})$ and $h = (1, 2, 3)$:
#
# $$\frac{\partial a}{\partial W} = \begin{pmatrix}1&2&3&0&0&0\\0&0&0&1&2&3\end{pmatrix}$$
#
# For ten outputs nine tenths of this matrix are zeros; for a batch it would be a tensor with more axes still. The way out is
# always the same: flatten, work out a small case, look at the indices. Nobody builds this matrix to train a network.
#
# ### Exercise 2
#
# Write `fc_jacobian_weights(h)` for **two** outputs: shape `(2, 2 * inputs)`.
#
# <details><summary>Hint</summary>Start from zeros. Which columns belong to the first output?</details>


# %% nbgrader={"grade": false, "grade_id": "fc_jacobian_weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fc_jacobian_weights(h):
    """Jacobian of a = W h for W flattened row by row, with two outputs.

    h: (inputs,). Returns (2, 2 * inputs).
    Example: fc_jacobian_weights(np.array([1.0, 2.0])) is [[1, 2, 0, 0], [0, 0, 1, 2]].
    """
    ### BEGIN SOLUTION
    inputs = len(h)
    jacobian = np.zeros((2, 2 * inputs))
    jacobian[0, :inputs] = h
    jacobian[1, inputs:] = h
    return jacobian
    ### END SOLUTION


# %%
look(
    fc_jacobian_weights,
    np.array([1.0, 2.0]),
    by_hand=np.array([[1.0, 2.0, 0.0, 0.0], [0.0, 0.0, 1.0, 2.0]]),
)

# %% nbgrader={"grade": true, "grade_id": "check-fc_jacobian_weights", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("fc_jacobian_weights")

# %% tags=["demonstration"]
h = np.array([1.0, -2.0, 3.0, 0.5])
four_by_four = np.zeros((4, 4))
jacobian = np.zeros((4, 16))
for output in range(4):  # by differences: a is linear in W, so any step is exact
    for column in range(16):
        moved = four_by_four.copy()
        moved.flat[column] += 1
        jacobian[output, column] = (moved @ h - four_by_four @ h)[output]
pictures.heat_map(jacobian, title="Four outputs: the row h, once a block", rows="output", columns="weight, flattened")

# %% [markdown]
# ## 4 Three gradients
#
# A layer is a module with two duties: it receives the upstream gradient $\frac{\partial L}{\partial a}$, **passes on**
# $\frac{\partial L}{\partial x}$ to the layer below, and **keeps** $\frac{\partial L}{\partial W}$ and
# $\frac{\partial L}{\partial b}$ for the update.
#
# Multiply the Jacobians of section 3 with one upstream row $\delta$ (as columns, $J^{\mathsf T}\delta$; where gradients
# are rows it reads $\delta J$, the same numbers):
#
# * input: $W^{\mathsf T}\delta$;
# * weights: entry $ji$ is $\delta_j x_i$, the **outer product** $\delta\, x^{\mathsf T}$, shaped like $W$;
# * bias: $\delta$.
#
# And for a batch? Every row has its own $x$ and its own $\delta$, but all rows share $W$ and $b$: a branch. Their gradients
# **add**. A layer only sums; dividing by $B$ is the business of a loss that averages.
#
# With $x = (1, 2)$, $\delta = (10, -1)$: $\ dW = \begin{pmatrix}10&20\\-1&-2\end{pmatrix}$.
#
# ### Exercise 3
#
# Write `fc_backward(upstream, x, W, b)`, which returns `(dx, dW, db)`.
#
# <details><summary>Hint 1</summary>Write down all shapes. For each gradient there is one product of two of the arrays that
# fits, and it sums over the batch by itself.</details>
# <details><summary>Hint 2</summary>Each gradient has the shape of what it is the gradient of, brackets and all.</details>
# <details><summary>Hint 3</summary>dW[j, i] is a sum over the rows n of upstream[n, j] times ...</details>


# %% nbgrader={"grade": false, "grade_id": "fc_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fc_backward(upstream, x, W, b):
    """Gradients of a fully connected layer: (dx, dW, db).

    upstream: (B, outputs); x: (B, inputs); W: (outputs, inputs); b: (outputs,).
    dx: (B, inputs); dW: (outputs, inputs) and db: (outputs,), summed over the batch, not averaged.
    """
    ### BEGIN SOLUTION
    return upstream @ W, upstream.T @ x, upstream.sum(axis=0)
    ### END SOLUTION


# %%
look(
    fc_backward,
    np.array([[10.0, -1.0]]),
    np.array([[1.0, 2.0]]),
    np.array([[3.0, 4.0], [5.0, 6.0]]),
    np.zeros(2),
    by_hand=(np.array([[25.0, 34.0]]), np.array([[10.0, 20.0], [-1.0, -2.0]]), np.array([10.0, -1.0])),
)

# %% nbgrader={"grade": true, "grade_id": "check-fc_backward", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("fc_backward")

# %% [markdown]
# Trust, and verify. Differences know nothing of your derivation: here is dW once from them and once from your function.

# %%
rng = np.random.default_rng(0)
batch, upstream = rng.normal(size=(5, 4)), rng.normal(size=(5, 3))


def loss_of_weights(weights):
    return np.sum(upstream * (batch @ weights.T + b))


by_differences = numerical_gradient(loss_of_weights, W)


def your_gradient():
    return fc_backward(upstream, batch, W, b)[1]


look(your_gradient, by_hand=by_differences)

# %% [markdown]
# ## 5 Flattening
#
# Real images come as a batch of shape $[B\times C\times W\times H]$: examples, colours, width, height. (Most software puts
# height before width, `(B, C, H, W)`. Flattening does not care, as long as you never mix the two.) A fully connected layer wants
# `(B, inputs)`. So everything but the batch is stretched into one row, and the gradient on its way back is folded again:
# no number changes, only its place.
#
# ### Exercises 4 and 5
#
# Write `flatten_forward(x)` and `flatten_backward(upstream, x)`.
#
# <details><summary>Hint</summary><code>reshape</code> with -1 works out one length for you, also for more or fewer axes.</details>
# <details><summary>Hint for exercise 5</summary>Which of the arguments knows the shape you must return to?</details>


# %% nbgrader={"grade": false, "grade_id": "flatten_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def flatten_forward(x):
    """(B, ...) to (B, product of the rest), row by row in NumPy's own order.

    Example: shape (2, 3, 4, 5) becomes (2, 60).
    """
    ### BEGIN SOLUTION
    return x.reshape(len(x), -1)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "flatten_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def flatten_backward(upstream, x):
    """Gradient of flattening for x: upstream (B, product of the rest) in the shape of x, (B, ...)."""
    ### BEGIN SOLUTION
    return upstream.reshape(x.shape)
    ### END SOLUTION


# %%
x4 = np.arange(8.0).reshape(2, 1, 2, 2)
look(flatten_forward, x4, by_hand=np.array([[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]]))
look(flatten_backward, np.arange(8.0).reshape(2, 4), x4, by_hand=x4)

# %% nbgrader={"grade": true, "grade_id": "check-flatten_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("flatten_forward")

# %% nbgrader={"grade": true, "grade_id": "check-flatten_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("flatten_backward")

# %% [markdown]
# ## 6 Linear regression by hand
#
# Gradient descent as a recipe: a model, a loss, its partial derivatives, an update, repeat. Model: $w^{\mathsf T}x_k$. Loss:
# $L = \sum_k (y_k - w^{\mathsf T}x_k)^2$, here a **sum** and without the half; others average, and only the docstring can
# tell you. With the residual $\delta_k = y_k - w^{\mathsf T}x_k$:
#
# $$\frac{\partial L}{\partial w_j} = \sum_k 2\,\delta_k\cdot(-x_{kj}),\qquad w_j \leftarrow w_j + 2\eta\sum_k \delta_k\,x_{kj}.$$
#
# For $X = \begin{pmatrix}1&2\\3&-1\\0&1\end{pmatrix}$, $y = (1,2,0)$, $w=(0.5,-0.5)$: predictions $(-0.5, 2, -0.5)$, residuals
# $(1.5, 0, 0.5)$, $L = 2.5$, gradient $(-3,-7)$. A step with $\eta=0.1$ leads to $w = (0.8, 0.2)$.
#
# ### Find the mistake
#
# This program should do the same, and arrives at other weights:
#
# ```python
# for j in range(len(w)):
#     delta = y - X @ w
#     w[j] += 2 * eta * sum(delta[k] * X[k, 0] for k in range(1, len(y)))
# ```
#
# <details><summary>What is right</summary>Three slips of index and order. Weight j needs its own column, X[k, j]; the sum begins
# at the first example, k = 0; and the residuals are taken once, before any weight moves: inside the loop, w[1] is updated
# with the residuals of a w[0] that has moved already.</details>
#
# ### Exercise 6
#
# Write `linear_regression_gradient(w, X, y)`.
#
# <details><summary>Hint</summary>The sum over k is a matrix product. Is it X or its transpose that turns a row per example into a
# number per weight?</details>


# %% nbgrader={"grade": false, "grade_id": "linear_regression_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def linear_regression_gradient(w, X, y):
    """Gradient of sum_k (y_k - w.x_k)^2 for w; summed over the examples, not averaged.

    w: (inputs,); X: (examples, inputs); y: (examples,). Returns (inputs,).
    """
    ### BEGIN SOLUTION
    return -2 * X.T @ (y - X @ w)
    ### END SOLUTION


# %%
X = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]])
y = np.array([1.0, 2.0, 0.0])
w = np.array([0.5, -0.5])
look(linear_regression_gradient, w, X, y, by_hand=np.array([-3.0, -7.0]))

# %% nbgrader={"grade": true, "grade_id": "check-linear_regression_gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("linear_regression_gradient")

# %% [markdown]
# Forty steps on the loss surface of this very example, with a numerical gradient:


# %% tags=["demonstration"]
def loss(w1, w2):
    return sum((t - w1 * row[0] - w2 * row[1]) ** 2 for row, t in zip(X, y))


path = [w]
for _ in range(40):
    path.append(path[-1] - 0.03 * numerical_gradient(lambda v: loss(*v), path[-1]))
assert np.allclose(w - 0.1 * numerical_gradient(lambda v: loss(*v), w), [0.8, 0.2])

pictures.loss_surface(loss, {"descent": np.array(path)}, x_range=(0.0, 1.2), y_range=(-0.8, 0.8))

# %% [markdown]
# ## 7 The sigmoid perceptron by hand
#
# One more block: the prediction is $\sigma(d_i)$ with $d_i = \sum_k w_k x_{ik}$. With $\delta_i = y_i - \sigma(d_i)$ and one more factor from the chain rule:
#
# $$\frac{\partial L}{\partial w_j} = \sum_i -2\,\delta_i\;\sigma(d_i)\big(1-\sigma(d_i)\big)\;x_{ij},
# \qquad w_j \leftarrow w_j + 2\eta\sum_i\delta_i\,\sigma(d_i)(1-\sigma(d_i))\,x_{ij}.$$
#
# On the data above the gradient is $(-0.99762,\ -0.17266)$.
#
# You can feel where this leads: one block more, and the formula grows again. Deriving by hand gets hard. Gates do not mind.
#
# ### Exercise 7
#
# Write `sigmoid_perceptron_gradient(w, X, y)`.
#
# <details><summary>Hint</summary>At which value is the slope of the sigmoid taken? You have s already; do you need a sigmoid of
# it?</details>


# %% nbgrader={"grade": false, "grade_id": "sigmoid_perceptron_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid_perceptron_gradient(w, X, y):
    """Gradient of sum_i (y_i - sigmoid(w.x_i))^2 for w; summed over the examples, not averaged.

    w: (inputs,); X: (examples, inputs); y: (examples,). Returns (inputs,).
    """
    ### BEGIN SOLUTION
    s = 0.5 * (1 + np.tanh(0.5 * (X @ w)))
    return X.T @ (-2 * (y - s) * s * (1 - s))
    ### END SOLUTION


# %%
look(sigmoid_perceptron_gradient, w, X, y, by_hand=np.array([-0.99761527, -0.17265584]))

# %% nbgrader={"grade": true, "grade_id": "check-sigmoid_perceptron_gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("sigmoid_perceptron_gradient")

# %% [markdown]
# ### In your own words (graded by a person)
#
# Someone averages `dW` over the batch inside the layer "because the loss is a mean". The loss does divide by $B$ too. In five
# sentences or fewer: what happens to training, why does the loss still go down, and how would you find the error?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-07_fully_connected", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# The gradient of the weights is divided by B twice, so every step of W is B times too short, while the gradient passed to the
# layer below is right. The direction of dW is still a descent direction, so the loss falls, only more slowly. A comparison with
# a numerical gradient shows the ratio B at once; so does repeating every example twice, which should leave the gradient of a
# mean as it was.
#
# === BEGIN MARK SCHEME ===
# 1 point: divided twice, right direction, shorter step. 1 point: a way to find it (numerical gradient, ratio B, doubled batch).
# === END MARK SCHEME ===

# %% [markdown]
# ## What you know now
#
# | | shape of it and of its gradient | its gradient |
# | --- | --- | --- |
# | $x$ | `(B, inputs)` | one row per example: upstream through the weights |
# | $W$ | `(outputs, inputs)` | outer products, summed over the batch |
# | $b$ | `(outputs,)` | upstream, summed over the batch |
#
# **Where this is in PyTorch and JAX.** `torch.nn.Linear(inputs, outputs)` holds `weight` of shape `(outputs, inputs)`, as here;
# `torch.nn.Flatten()` keeps the batch. In JAX a layer is usually written `x @ w + b` with `w` the other way round.
#
# Next: one layer on top of another.
