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
# **You will** build the layer that most networks are made of, and work out its three gradients from nothing but their
# shapes. Then you check them with your own numerical gradient, and they read handwritten digits.
#
# **You need** Jacobians (notebook 02), gates and branches (03), batches (05) and the losses (06). **Time** about 75
# minutes. **Next** one layer on top of another (notebook 08).
#
# ### Before you begin
#
# <details><summary>Two arrays have the shapes (5, 4) and (4, 3). What shape does their matrix product have, and what is
# summed over?</summary>(5, 3). Each entry is a sum over the axis of length 4, which both share.</details>
# <details><summary>One number is used in five places. What happens to the five gradients that come back to
# it?</summary>They add up: it is a branch (notebook 03).</details>
# <details><summary>What is the gradient of softmax cross-entropy for the logits?</summary>Probabilities minus the one-hot
# target, divided by the batch size (notebook 06).</details>
#
# ### Why today
#
# So far your gates had one or two inputs. A layer takes 64 pixels and gives 10 scores, through 640 weights and 10 biases.
# When the loss comes out too high, what do you blame? Each weight, each bias and each pixel, each by its own amount. Today
# you find all these amounts at once, with two products and a sum.

# %%
import numpy as np

from autograder import check, look
from my_nn import (
    descent_path,
    jacobian_gradient_product,
    numerical_gradient,
    sigmoid_forward,
    softmax_cross_entropy_backward,
    softmax_forward,
)

# %% [markdown]
# ## 1 Scores of an image
#
# A classifier is an input, a function and a loss. The simplest function takes an image of $2\times2$ pixels and stretches
# it into a row $x$ of 4 numbers. Then each of three classes, cat, dog and ship, weighs the pixels in its own way and adds
# a bias:
#
# $$a = W x + b,\qquad W: (3, 4),\quad x: (4,),\quad b: (3,).$$
#
# Work out the dog's score on paper: its row of $W$ is the second one.

# %%
image = np.array([[0.2, 0.9], [0.8, 0.1]])
W = np.array([[1.0, -1.0, 0.5, 2.0], [0.0, 2.0, 1.0, -1.0], [-1.0, 0.5, 0.0, 1.0]])
b = np.array([0.1, -0.2, 0.3])

my_dog = ...  # your number

if my_dog is ...:
    print("Put your number in place of the dots, and run the cell again.")
else:
    print(f"you said {my_dog}; the scores are")
    for name, score in zip(["cat", "dog", "ship"], W @ image.ravel() + b):
        print(f"{name:5} {score:5.2f}")

# %% [markdown]
# ## 2 A batch at once
#
# A batch of $B$ images is an array with one image a row, of shape `(B, inputs)`. You want all scores at once, one row for
# each image, of shape `(B, outputs)`. `W` stays as it is, `(outputs, inputs)`, and `b` is added to every row. Which
# product of `x` and `W` has the right shape? Draw both arrays as blocks, for B = 5, four inputs and three outputs. Two
# sides that meet must have the same length.
#
# ### Exercise 1
#
# Write `fc_forward(x, W, b)`.
#
# <details><summary>Hint</summary>Write the shapes under your product: the two inner numbers must agree. Which of the two
# arrays must be turned?</details>


# %% nbgrader={"grade": false, "grade_id": "fc_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fc_forward(x, W, b):
    """Fully connected layer: row by row, the scores W x + b.

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

# %% tags=["demonstration"]
from nn_lib import pictures

pictures.shape_blocks(batch=5, inputs=4, outputs=3)

# %% [markdown]
# This is your product as blocks: sides that meet have the same length. Many texts write one example as a column,
# $W x + b$. The numbers are the same, and so is $W$.
#
# ## 3 Jacobians, and the pattern in them
#
# Take one row $h$ of numbers that goes into the layer, and leave the bias aside: $a = Wh$. How does $a_j$ move when $h_i$
# moves? By $W_{ji}$. So the Jacobian of $a$ for $h$ is $W$ itself.
#
# And for the weights? Take two outputs and $h = (1, 2, 3)$: there are six weights, three for each output. Put them into
# one long row: first those of output 1, then those of output 2. Now ask for each weight: if it grows by 1, by how much
# does $a_1$ grow, and by how much does $a_2$? Fill in the two rows of six numbers before you go on.

# %%
my_jacobian = [
    [..., ..., ..., ..., ..., ...],  # a_1
    [..., ..., ..., ..., ..., ...],  # a_2
]

h, two_rows = np.array([1.0, 2.0, 3.0]), np.zeros((2, 3))
for weight in range(6):  # a is linear in the weights, so a step of 1 is exact
    moved = two_rows.copy()
    moved.flat[weight] += 1
    moves = moved @ h
    said = [row[weight] for row in my_jacobian]
    if ... in said:
        print(f"weight {weight + 1}: to be filled in")
    else:
        print(f"weight {weight + 1}:", "right" if np.allclose(said, moves) else "not yet: let it grow by 1")

# %% [markdown]
# Half of the twelve numbers are zeros, since a weight moves its own output only. With ten outputs nine tenths are zeros,
# and for a batch you would need one such matrix for each example. Nobody builds this matrix to train a network, but you
# build it once, small, to see its pattern.
#
# ### Exercise 2
#
# Write `fc_jacobian_weights(h)` for **two** outputs and any number of inputs.
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

# Used at once: an upstream gradient (10, -1), and your chain rule for vectors from notebook 02.
one_row = np.array([1.0, 2.0])


def through_the_jacobian():
    gradient = jacobian_gradient_product(fc_jacobian_weights(one_row), np.array([10.0, -1.0]))
    return gradient.reshape(2, 2)


print("the gradient of the four weights")
look(through_the_jacobian, by_hand=np.array([[10.0, 20.0], [-1.0, -2.0]]))

# %% nbgrader={"grade": true, "grade_id": "check-fc_jacobian_weights", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("fc_jacobian_weights")

# %% [markdown]
# ## 4 Three gradients
#
# Each of the four numbers that came back to $W$ is a product of one number of the upstream gradient and one of the row. Which goes with
# which? You can write the whole table without any Jacobian, from the two rows $(10, -1)$ and $(1, 2)$ alone.
#
# A layer has two duties on the way back. It **passes on** the gradient for $x$ to the layer below, and it **keeps** the
# gradients for $W$ and $b$ for the update. Each gradient has the shape of the thing it is the gradient of. Take paper, and
# fill in the last column:
#
# | gradient for | its shape | you have | so it must be |
# | --- | --- | --- | --- |
# | $x$ | (B, inputs) | upstream (B, outputs), W (outputs, inputs) | ? |
# | $W$ | (outputs, inputs) | upstream (B, outputs), x (B, inputs) | ? |
# | $b$ | (outputs,) | upstream (B, outputs) | ? |
#
# In two of the rows the letter $B$ must disappear. A matrix product that swallows $B$ sums over it, and that is just
# right: all rows of the batch share one $W$ and one $b$. It is a branch, so their gradients **add**. A layer never divides
# by $B$: that is the business of a loss that averages.
#
# ### Exercise 3
#
# Write `fc_backward(upstream, x, W, b)`, which returns `(dx, dW, db)`. This is the heart of the notebook, so take your
# time, and check it below with differences before you run *check*.
#
# <details><summary>Hint 1</summary>For each gradient there is one product of two of the arrays that has the right shape.
# For the bias there is no product at all.</details>
# <details><summary>Hint 2</summary>Each gradient has the shape of what it is the gradient of, brackets and all: db is
# (outputs,), not (1, outputs).</details>
# <details><summary>Hint 3</summary>dW[j, i] is a sum over the rows n of upstream[n, j] times ...</details>


# %% nbgrader={"grade": false, "grade_id": "fc_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fc_backward(upstream, x, W, b):
    """Gradients of a fully connected layer: (dx, dW, db).

    upstream: (B, outputs); x: (B, inputs); W: (outputs, inputs); b: (outputs,).
    dx: (B, inputs); dW: (outputs, inputs) and db: (outputs,), summed over the batch, not averaged.
    """
    ### BEGIN SOLUTION
    dx = upstream @ W
    dW = upstream.T @ x
    db = upstream.sum(axis=0)
    return dx, dW, db
    ### END SOLUTION


# %%
# Trust, and verify. Differences know nothing of your derivation: here are all three gradients, first from
# your fc_backward, then from your numerical_gradient. No two of the lengths 4, 3 and 2 are the same, so a
# product of the wrong shape cannot hide.
rng = np.random.default_rng(0)
batch = np.round(rng.normal(size=(4, 3)), 1)
upstream = np.array([[10.0, -1.0], [2.0, 5.0], [0.0, 1.0], [-3.0, 7.0]])
W3, b3 = np.round(rng.normal(size=(2, 3)), 1), np.array([0.5, -0.5])


def by_differences():
    def through(x, W, b):
        return np.sum(upstream * fc_forward(x, W, b))

    dx = numerical_gradient(lambda v: through(v, W3, b3), batch)
    dW = numerical_gradient(lambda v: through(batch, v, b3), W3)
    return dx, dW, numerical_gradient(lambda v: through(batch, W3, v), b3)


print("dx, dW and db from fc_backward")
look(fc_backward, upstream, batch, W3, b3)
print("dx, dW and db by differences")
look(by_differences)

# %% nbgrader={"grade": true, "grade_id": "check-fc_backward", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("fc_backward")

# %% [markdown]
# Some texts write gradients as columns and get $W^{\mathsf T}$ times the upstream gradient; others write rows, and get the
# upstream gradient times $W$; the numbers are the same. Step through a small layer below, which opens with its gradients
# covered and asks for each one. What comes back to `b`, and where did the sum happen?

# %% tags=["demonstration"]
from nn_lib import ComputationalGraph, Input, Parameter, mean, transpose
from nn_lib.widgets import stepper

weights = Parameter("W", np.array([[1.0, -2.0], [0.5, 3.0]]))
biases = Parameter("b", np.array([0.1, 0.2]))
mean_score = mean(Input("x") @ transpose(weights) + biases)
graph = ComputationalGraph(mean_score)
graph.forward(x=np.array([[1.0, 2.0], [-1.0, 0.0], [0.5, 1.0]]))
assert np.allclose(graph.backward()["b"], [0.5, 0.5])
stepper(graph, predict=True, x=np.array([[1.0, 2.0], [-1.0, 0.0], [0.5, 1.0]]))

# %% [markdown]
# ## 5 Flattening
#
# Real images come as a batch of shape (B, colours, height, width), and a fully connected layer wants (B, inputs). So
# everything but the batch is stretched into one row. No number changes, only its place, so what can the way back be? (Some
# texts put width before height; flattening does not care, as long as you never mix the two.)
#
# ### Exercises 4 and 5
#
# Write `flatten_forward(x)` and `flatten_backward(upstream, x)`.
#
# <details><summary>Hint 4</summary><code>reshape</code> with -1 works out one length for you, also for more or fewer
# axes.</details>
# <details><summary>Hint 5</summary>Which of the arguments knows the shape you must return to?</details>


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
# Gradient descent is a recipe: a model, a loss, its gradient, a step, repeat. Two small models show how the gradient comes
# about, and why nobody wants to go on by hand.
#
# The first model predicts a number: $w_1x_1 + w_2x_2$ for an example $(x_1, x_2)$. The loss is
#
# $$L = \sum_k (y_k - w\cdot x_k)^2 ,$$
#
# a **sum** over the examples, without a half. (In notebook 06 a loss was a mean, and only a docstring can tell you which.)
# Work it out by hand for the rows $(1, 2)$, $(3, -1)$ and $(0, 1)$, the targets $y = (1, 2, 0)$ and the weights
# $w = (0.5, -0.5)$. The predictions are $(-0.5, 2, -0.5)$, so the residuals $r_k = y_k - w\cdot x_k$ are $(1.5, 0, 0.5)$
# and $L = 2.5$. Now let $w_1$ grow a little: how does each residual move, and what does the square bring down? (You should
# find $-3$ for $w_1$ and $-7$ for $w_2$.)
#
# ### Find the mistake
#
# This program should take one step of the recipe, and arrives at other weights:
#
# ```python
# for j in range(len(w)):
#     residual = y - X @ w
#     w[j] += 2 * eta * sum(residual[k] * X[k, 0] for k in range(1, len(y)))
# ```
#
# <details><summary>The answer</summary>Three slips of index and order. Weight j needs its own column, X[k, j]. The sum
# begins at the first example, k = 0. And the residuals are taken once, before any weight moves: inside the loop, w[1] is
# updated with the residuals of a w[0] that has moved already.</details>
#
# ### Exercise 6
#
# Write `linear_regression_gradient(w, X, y)`.
#
# <details><summary>Hint</summary>The sum over the examples is a matrix product. Is it X or its transpose that turns a
# number per example into a number per weight?</details>


# %% nbgrader={"grade": false, "grade_id": "linear_regression_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def linear_regression_gradient(w, X, y):
    """Gradient of sum_k (y_k - w.x_k)^2 for w; summed over the examples, not averaged.

    w: (inputs,); X: (examples, inputs); y: (examples,). Returns (inputs,).
    """
    ### BEGIN SOLUTION
    residual = y - X @ w
    return -2 * X.T @ residual
    ### END SOLUTION


# %%
X = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]])
y = np.array([1.0, 2.0, 0.0])
w = np.array([0.5, -0.5])
look(linear_regression_gradient, w, X, y, by_hand=np.array([-3.0, -7.0]))

# %% nbgrader={"grade": true, "grade_id": "check-linear_regression_gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("linear_regression_gradient")


# %% tags=["demonstration"]
# Your gradient on your descent_path of notebook 01: forty steps on the loss surface of this example.
def loss(w1, w2):
    return sum((t - w1 * row[0] - w2 * row[1]) ** 2 for row, t in zip(X, y))


def your_descent():
    path = descent_path(lambda v: linear_regression_gradient(v, X, y), w, 0.03, 40)
    print("loss from", round(loss(*path[0]), 4), "to", round(loss(*path[-1]), 4))
    return pictures.loss_surface(loss, {"yours": path}, x_range=(0.0, 1.2), y_range=(-0.8, 0.8))


look(your_descent)

# %% [markdown]
# ## 7 The sigmoid perceptron by hand
#
# The second model has one block more. Its prediction is $s_i = \sigma(a_i)$ with $a_i = w\cdot x_i$, and the loss is again
# the sum of the squares $(y_i - s_i)^2$. So the chain gets one more link, and each link has a slope you know: the square,
# the sigmoid, the sum. Multiply them on paper for one example, then add over the examples.
#
# You can feel where this leads: another block, and the formula grows again. Deriving by hand gets hard, but gates do not
# mind.
#
# ### Exercise 7
#
# Write `sigmoid_perceptron_gradient(w, X, y)`.
#
# <details><summary>Hint</summary>The slope of the sigmoid, written with its output s, needs no second sigmoid.</details>


# %% nbgrader={"grade": false, "grade_id": "sigmoid_perceptron_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid_perceptron_gradient(w, X, y):
    """Gradient of sum_i (y_i - sigmoid(w.x_i))^2 for w; summed over the examples, not averaged.

    w: (inputs,); X: (examples, inputs); y: (examples,). Returns (inputs,).
    """
    ### BEGIN SOLUTION
    s = sigmoid_forward(X @ w)
    return X.T @ (-2 * (y - s) * s * (1 - s))
    ### END SOLUTION


# %%
look(sigmoid_perceptron_gradient, w, X, y, by_hand=np.array([-0.99761527, -0.17265584]))

# Used at once: the perceptron learns "both", from a constant 1 and two inputs. Only the last row should come
# near 1.
both = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])


def learned_both():
    wanted = np.array([0.0, 0.0, 0.0, 1.0])
    path = descent_path(lambda v: sigmoid_perceptron_gradient(v, both, wanted), np.zeros(3), 0.5, 1000)
    return np.round(sigmoid_forward(both @ path[-1]), 3)


print("what it answers after 1,000 steps")
look(learned_both, by_hand=np.array([0.0, 0.056, 0.056, 0.934]), label="ours")

# %% nbgrader={"grade": true, "grade_id": "check-sigmoid_perceptron_gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("sigmoid_perceptron_gradient")

# %% [markdown]
# ## 8 A machine that reads digits
#
# Everything is in place. Take 1,438 handwritten digits of $8\times8$ pixels, flatten them, send them through one layer
# with ten scores, and let softmax cross-entropy say how wrong the scores are. Its gradient goes back through your layer,
# and the weights take a step. There are 650 numbers to learn, and all of them start at 0.
#
# After forty steps the machine is shown 359 images that it has never seen. How many will it read? Write your guess down,
# then run.

# %%
my_guess = ...  # percent

# %% tags=["demonstration"]
from nn_lib import datasets

digits = datasets.digits()
train_images, test_images = (part.inputs.reshape(-1, 1, 8, 8) for part in (digits.train, digits.test))
labels = digits.train.labels
assert (len(train_images), len(test_images)) == (1438, 359)


trained = []  # run this cell again after a change, and the reader learns anew


def train_reader(steps=40, learning_rate=0.5):
    if not trained:
        x = flatten_forward(train_images)
        W, b = np.zeros((10, 64)), np.zeros(10)
        for _ in range(steps):
            upstream = softmax_cross_entropy_backward(fc_forward(x, W, b), labels)
            _, dW, db = fc_backward(upstream, x, W, b)
            W, b = W - learning_rate * dW, b - learning_rate * db
        trained.append((W, b))
    return trained[0]


def read(images):
    return softmax_forward(fc_forward(flatten_forward(images), *train_reader()))


def readings():
    probabilities = read(test_images)
    share = np.mean(probabilities.argmax(axis=1) == digits.test.labels)
    print(f"read: {share:.1%} of 359   your guess: {'none yet' if my_guess is ... else f'{my_guess} %'}")
    shown = test_images[:8].reshape(8, 64)
    return pictures.readings(shown, probabilities[:8], labels=digits.test.labels[:8])


look(readings)

# %% [markdown]
# More than nine in ten, with your three gradients and nothing else. And what has it learned? Each class has a row of 64
# weights, as many as there are pixels, so you can look at them as images. Blue pixels speak for the class, orange ones
# against it. Can you see the 0?
#
# The second picture is the gradient that comes back to one image, folded by your `flatten_backward`. It shows which pixels
# to blame: the loss rises where a blue pixel gets darker, and falls where an orange one does.


# %% tags=["demonstration"]
def templates():
    assert np.mean(read(test_images).argmax(axis=1) == digits.test.labels) > 0.9
    return pictures.images(train_reader()[0], labels=range(10), title="The weights of each class")


def blame():
    image, (W, b) = test_images[:1], train_reader()
    x = flatten_forward(image)
    upstream = softmax_cross_entropy_backward(fc_forward(x, W, b), digits.test.labels[:1])
    folded = flatten_backward(fc_backward(upstream, x, W, b)[0], image)
    return pictures.images(folded, labels=[f"a {digits.test.labels[0]}"], title="Blame")


look(templates)
look(blame)

# %% [markdown]
# ## What you know now
#
# An hour ago you could blame one number at a time. Now two products and a sum blame all 650 at once, and the machine
# reads. With `upstream` for the gradient at $a = xW^{\mathsf T} + b$:
#
# * $dx = \text{upstream}\;W$, shaped `(B, inputs)`, one row for each example;
# * $dW = \text{upstream}^{\mathsf T}\,x$, shaped `(outputs, inputs)`: outer products, summed over the batch;
# * $db$ is the sum of the rows of upstream, shaped `(outputs,)`;
# * linear regression: $-2\,X^{\mathsf T}r$ with the residuals $r = y - Xw$; flattening: back to the old shape;
# * sigmoid perceptron: $-2\,X^{\mathsf T}\big((y-s)\,s\,(1-s)\big)$, the three factors in the bracket multiplied entry by
#   entry.
#
# **Where this is in PyTorch and JAX.** `torch.nn.Linear(inputs, outputs)` holds `weight` of shape `(outputs, inputs)`, as
# here; `torch.nn.Flatten()` keeps the batch. In JAX a layer is usually written `x @ w + b` with `w` the other way round.
#
# Next: one layer on top of another, and a reader that does better.
#
# ### In your own words (graded by a person)
#
# Someone averages `dW` over the batch inside the layer "because the loss is a mean". The loss does divide by $B$ too. In
# five sentences or fewer: what happens to training, why does the loss still go down, and how would you find the error?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-07_fully_connected", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# The gradient of the weights is divided by B twice, so every step of W is B times too short, while the gradient passed to the
# layer below is right. The direction of dW is still a descent direction, so the loss falls, only more slowly. A comparison with
# a numerical gradient shows the ratio B at once; so does repeating every example twice, which should leave the gradient of a
# mean as it was.
#
# === BEGIN MARK SCHEME ===
# 1 point: divided twice, right direction, shorter step. 1 point: a way to find it (numerical gradient, ratio B, doubled batch).
# === END MARK SCHEME ===
