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
# # Backpropagation through a network
#
# *What does every weight owe?*
#
# **You will** carry a batch up through a network of any depth, carry the blame back down, and read off what every weight should do.
# Then you find the faults in three programs that seem to work.
#
# **You need** activation functions (notebook 05), softmax with cross-entropy (06) and the fully connected layer (07). **Time** two
# parts: about 70 minutes for sections 1 to 6, and an evening for the clinic in section 8. **Next** training (notebook 09).
#
# ### Before you start
#
# Answer these three questions aloud before you open them.
#
# <details><summary>You multiply by W<sub>1</sub> and then by W<sub>2</sub>, with nothing in between: how many layers is that really?</summary>It is
# one layer, because the product of the two matrices does the same in a single step.</details>
#
# <details><summary>A number reaches the loss by three paths: how do you get its gradient (notebook 02)?</summary>Multiply the slopes along each
# path, and add up the three products.</details>
#
# <details><summary>Your <code>fc_backward</code> sums over the batch, so who divides by B (notebook 07)?</summary>The loss does, once, because it is a
# mean, and the gradient that arrives carries the 1/B already.</details>
#
# Your linear reader of notebook 07 stopped a little above 90 %. It has a single layer, so each of its weights touches the loss directly. To get further
# you need layers on top of layers, and then most weights act on the loss only through others. Today you find out what each of them
# owes.

# %%
import numpy as np

from autograder import check, look
from my_nn import activation as value_and_slope
from my_nn import (
    fc_backward,
    fc_forward,
    numerical_gradient,
    softmax_cross_entropy_backward,
    softmax_cross_entropy_forward,
)

# %% [markdown]
# ## 1 Why stack layers?
#
# Look at a handwritten 4: pixels make strokes, strokes make corners, and corners make a digit. Much of the world is built of parts in this way. A
# network with several layers learns the parts, each layer from the one below:
#
# $$f(x) = W_3\,g(W_2\,g(W_1 x)).$$
#
# Here x is one column, and the biases are left out. (A bias is the weight of a unit that is always 1.) The function g makes the difference,
# because without it three matrices are one. With it, a single hidden layer can come as close as you like to any continuous function on a closed and
# bounded set. It may need very many units for that, and a few more layers often save most of them. Training lowers the mean loss over N
# examples, called the **empirical risk**, $\frac1N\sum_{n=1}^{N} L(f(x_n), y_n)$.
#
# When people count layers, ask what they count: "two hidden layers", "three weight layers" and "four layers" can all mean this network.
#
# ### Find the mistake
#
# A friend writes three lines about this network, and each of them holds one mistake.
#
# * `f = W2 @ g(W2 @ g(W1 @ x))`
# * `risk = sum(losses[n] for n in range(N + 1)) / N`
# * "Three layers can compute any function."
#
# <details><summary>What is wrong</summary>The outermost matrix must be W3. The sum takes N + 1 examples and divides by N. And three layers can come
# close to any continuous function on a closed and bounded set, but they need not hit it, and a function with jumps is another
# matter.</details>
#
# ## 2 Forward
#
# A batch of B rows enters at the bottom, and each layer does two things to it. Your `fc_forward` turns what arrives into the **pre-activation** a, and
# the activation function turns a into the **activation** h. Then h goes on to the next layer. The top layer is an exception: it is **linear**, so its
# h is its a, and these numbers are the logits.
#
# Keep every a and every h on the way. The sweep back will ask for all of them, so forward always comes first.
#
# <details><summary>Count before you write: if your digit reader has layers of 64, 32 and 10 units, how many numbers will it
# learn?</summary>64 · 32 + 32 and 32 · 10 + 10, which makes 2,410 in all. You met this number in notebook 01.</details>
#
# ### Exercises 1 and 2
#
# Write `mlp_forward(x, weights, biases, activation)`, which returns two lists: the pre-activations of all layers, and the activations of all layers,
# *beginning with x itself*. Your table of notebook 05 is here under the name `value_and_slope`, and `value, slope = value_and_slope("tanh")` gives you two
# functions of an array.
#
# Then write `predict`, which returns for each row the class with the largest logit. (Softmax would not change which one that is. With a single
# sigmoid output you would compare it to a threshold instead.)
#
# <details><summary>Hint 1</summary>If a network has three weight matrices, how long is each of the two lists?</details>
# <details><summary>Hint 2</summary>The last layer has no activation function, so what is its entry in the second list?</details>
# <details><summary>Hint for predict</summary><code>argmax</code> needs an axis: which one holds the classes?</details>


# %% nbgrader={"grade": false, "grade_id": "mlp_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mlp_forward(x, weights, biases, activation):
    """Forward sweep: (pre_activations, activations), two lists of arrays.

    x: (B, m); weights: list of arrays (outputs, inputs); biases: list of arrays (outputs,), one for each layer;
    activation: "sigmoid", "tanh" or "relu", for all layers but the last, which is linear.
    pre_activations: one array for each layer; activations: one more, the first is x, the last the output.
    """
    ### BEGIN SOLUTION
    value, _ = value_and_slope(activation)
    pre_activations, activations = [], [x]
    for layer, (W, b) in enumerate(zip(weights, biases)):
        a = fc_forward(activations[-1], W, b)
        pre_activations.append(a)
        activations.append(a if layer == len(weights) - 1 else value(a))
    return pre_activations, activations
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "predict", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predict(x, weights, biases, activation):
    """The class with the largest output for each row of x; arguments as for mlp_forward. Returns (B,)."""
    ### BEGIN SOLUTION
    _, activations = mlp_forward(x, weights, biases, activation)
    return activations[-1].argmax(axis=1)
    ### END SOLUTION


# %%
one_row, hidden, output = np.array([[3.0, 1.0]]), np.array([[2.0, 0.0]]), np.array([[-1.5]])
look(
    mlp_forward,
    one_row,
    [np.array([[1.0, -1.0], [2.0, 0.0]]), np.array([[1.0, 1.0]])],
    [np.array([0.0, -7.0]), np.array([-3.5])],
    "relu",
    by_hand=([np.array([[2.0, -1.0]]), output], [one_row, hidden, output]),
)
three_rows, swap = np.array([[1.0, 0.0], [0.0, 1.0], [3.0, 1.0]]), np.array([[0.0, 2.0], [1.0, 0.0]])
look(predict, three_rows, [swap], [np.array([-2.5, -1.5])], "relu", by_hand=np.array([1, 0, 1]))

# %% nbgrader={"grade": true, "grade_id": "check-mlp_forward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("mlp_forward")

# %% nbgrader={"grade": true, "grade_id": "check-predict", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("predict")

# %% [markdown]
# ## 3 One number for each unit
#
# You have a network with 2,410 numbers and one loss. You want to know, for every number, what a nudge would do. You could ask 2,410 times, as in
# notebook 01. There is a better way, and it starts by asking the *units*.
#
# Pick one unit in the hidden layer. It holds a number, its pre-activation a. If you push a up a little, the unit's output changes, so does every unit
# of the next layer, and so does the loss. By how much does it change?
#
# Try it on a small network with two inputs, three hidden units, two outputs, and a sigmoid in every unit, the outputs too. The input is (1, 2), the
# target is (0, 1), and the loss is half the squared error. Which way will the loss go when you push the first hidden unit up?

# %%
my_guess = ...  # "up" or "down": the loss, when the first hidden unit's a is pushed up by 0.1

sigmoid, _ = value_and_slope("sigmoid")
W1 = np.array([[0.1, -0.2], [0.4, 0.3], [-0.5, 0.2]])
W2 = np.array([[0.3, -0.1, 0.2], [-0.4, 0.5, 0.1]])
b1, b2 = np.array([0.1, 0.0, -0.1]), np.array([0.05, -0.05])
x, y = np.array([[1.0, 2.0]]), np.array([[0.0, 1.0]])


def loss_when_pushed(hidden_push=0.0, output_push=0.0):
    h1 = sigmoid(x @ W1.T + b1 + hidden_push)
    h2 = sigmoid(h1 @ W2.T + b2 + output_push)
    return 0.5 * np.sum((h2 - y) ** 2)


before, after = loss_when_pushed(), loss_when_pushed(hidden_push=np.array([0.1, 0.0, 0.0]))
if my_guess is ...:
    print("Replace the dots by a word, and run the cell again.")
else:
    print(
        f"Your guess: {my_guess}. The loss was {before:.6f} and is {after:.6f}: {(after - before) / 0.1:.4f} per unit of change in a."
    )

# %% [markdown]
# The answer is one number. We call it the unit's **delta**: how much the loss moves per unit of change in the unit's
# pre-activation. Every unit has one, for
# every example in the batch, so delta has the shape of a. (Some books ask at the activation instead, and get longer formulas.)
#
# ### Exercises 3 and 4
#
# Start at the top, where nothing stands between a unit and the loss but its own sigmoid. Two links lead from a to the loss: from a to h, and from h to half
# the squared error. Write down both slopes, multiply them, and remember the mean over the batch. That is `output_delta_sigmoid_squared(h, y)`, which is given
# h, so that it need not compute a sigmoid again.
#
# Its targets y have one column for each class, but labels come as integers. Written as a row, a label 2 of four classes is (0, 0, 1, 0), and this form is
# called **one-hot**. Write `one_hot(labels, classes)` as well.
#
# <details><summary>Hint for output_delta_sigmoid_squared</summary>Which form of the sigmoid's slope uses what came out, h?</details>
# <details><summary>Hint for one_hot</summary>Print <code>np.eye(4)</code> and look at its rows.</details>


# %% nbgrader={"grade": false, "grade_id": "output_delta_sigmoid_squared", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_delta_sigmoid_squared(h, y):
    """Gradient at the output layer's pre-activations: sigmoid outputs, half squared error.

    h: (B, K), the outputs, after the sigmoid; y: (B, K), the targets. Returns (B, K).
    The loss is the mean over the batch, so the result carries 1/B.
    """
    ### BEGIN SOLUTION
    return (h - y) * h * (1 - h) / len(h)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "one_hot", "locked": false, "schema_version": 3, "solution": true, "task": false}
def one_hot(labels, classes):
    """Rows of zeros with a single 1 at the label; labels: (B,) integers from 0. Returns (B, classes)."""
    ### BEGIN SOLUTION
    return np.eye(classes)[labels]
    ### END SOLUTION


# %%
outputs = sigmoid(sigmoid(x @ W1.T + b1) @ W2.T + b2)


def delta_of_label_1():
    return output_delta_sigmoid_squared(outputs, one_hot(np.array([1]), 2))


look(one_hot, np.array([2, 0]), 4, by_hand=np.array([[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]]))
measured = numerical_gradient(lambda push: loss_when_pushed(output_push=push), np.zeros((1, 2)))
print("delta of the two output units for label 1, and what your numerical_gradient measures")
look(delta_of_label_1, by_hand=measured, label="measured")

# %% nbgrader={"grade": true, "grade_id": "check-output_delta_sigmoid_squared", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("output_delta_sigmoid_squared")

# %% nbgrader={"grade": true, "grade_id": "check-one_hot", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("one_hot")

# %% [markdown]
# ## 4 Delta, one layer down
#
# Suppose you know the deltas of the next layer, and take paper to work out the deltas of this one. A push on a hidden unit first goes through its
# activation function. Then it travels along one wire to each unit of the next layer. Each wire has a weight, and at its end sits a unit whose delta you
# know. What do you do with several effects that reach the loss by several wires?
#
# ### Exercise 5
#
# When you have it on paper, write it as `hidden_delta`, for a whole batch. It is the heart of backpropagation: it works one layer at a time, so a single
# sweep gives all deltas of a network.
#
# <details><summary>Hint 1</summary>Write the shapes: delta_next is (B, above), W_next is (above, here), and the result is (B, here).</details>
# <details><summary>Hint 2</summary>The sum over the wires is a matrix product, and the slope of the activation function comes after it, entry by entry.
# At which value is that slope taken?</details>


# %% nbgrader={"grade": false, "grade_id": "hidden_delta", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hidden_delta(delta_next, W_next, pre_activation, activation):
    """Delta of a hidden layer from the delta of the layer above it.

    delta_next: (B, above); W_next: (above, here), the weights between the two;
    pre_activation: (B, here); activation: "sigmoid", "tanh" or "relu". Returns (B, here).
    """
    ### BEGIN SOLUTION
    _, slope = value_and_slope(activation)
    return (delta_next @ W_next) * slope(pre_activation)
    ### END SOLUTION


# %% tags=["demonstration"]
from nn_lib import pictures

print("the deltas of the three hidden units, from those of the two outputs")
look(
    hidden_delta,
    np.array([[0.13618717, -0.11282926]]),
    W2,
    np.array([[-0.2, 1.0, -0.2]]),
    "sigmoid",
    by_hand=np.array([[0.02128342, -0.01376939, 0.00394901]]),
)

at_output = numerical_gradient(lambda push: loss_when_pushed(output_push=push), np.zeros(2))
at_hidden = numerical_gradient(lambda push: loss_when_pushed(hidden_push=push), np.zeros(3))
assert np.isclose(before, 0.25494138) and after > before
assert 64 * 32 + 32 + 32 * 10 + 10 == 2410
assert np.allclose(x @ W1.T + b1, [[-0.2, 1.0, -0.2]])
assert np.allclose(at_output, [0.13618717, -0.11282926])
assert np.allclose(at_hidden, [0.02128342, -0.01376939, 0.00394901])
values = [x[0], sigmoid(x @ W1.T + b1)[0], outputs[0]]
pictures.network([2, 3, 2], activations=values, deltas=[at_hidden, at_output], weights=[W1, W2])

# %% nbgrader={"grade": true, "grade_id": "check-hidden_delta", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("hidden_delta")

# %% [markdown]
# The picture above is the small network, with h inside the units and delta below them. A solid blue wire has a positive weight, a dashed orange one a
# negative weight; thick means large. The first hidden unit has a positive delta: push it up, and the loss goes
# up. Follow its two wires to see why: one pushes an output that is too high even higher, and the other pulls down one that is too low. Both effects raise the loss,
# so they add up.
#
# ## 5 From deltas to weights
#
# A weight joins a unit below, its **tail**, to a unit above, its **head**. If you push the weight by a little, the head's a moves by that much times the
# tail's activation, and from there on delta takes over. In the picture, what is the gradient of the weight that leads from the
# second input (2) to the first hidden unit?

# %%
my_gradient = ...  # of the weight from the second input to the first hidden unit; its delta is 0.02128

measured = numerical_gradient(lambda w: loss_when_pushed(np.array([2.0 * (w - W1[0, 1]), 0.0, 0.0])), W1[0, 1])
if my_gradient is ...:
    print("Replace the dots by a number, and run the cell again.")
else:
    print(f"yours: {my_gradient}, measured: {float(measured):.6f}")

# %% [markdown]
# A bias is simpler: its tail is always 1, so its gradient is delta itself. In a batch, every example adds its share. You have written all of this before:
# give delta as the upstream gradient to `fc_backward`, and it returns the gradients of W and b. It also returns the gradient for its input, which is
# `hidden_delta` before the slope.
#
# Only delta is carried from layer to layer. The weights' gradients are read off on the way, and nothing waits for them. Mind where other books start to
# count, because in some the weights numbered 2 lead *out of* layer 2.

# %% tags=["demonstration"]
# "step" takes one example through the network, forward and back; press a unit to see its own delta.
from nn_lib.widgets import playground

playground(problem="xor", hidden=[3, 2], activations=["tanh", "tanh"])

# %% [markdown]
# ## 6 All of it
#
# Training repeats three steps: forward, backward, update. All parameters are updated at the *end* of the backward sweep. If you change $W_3$ too early, the
# delta that still has to come down through it will be wrong.
#
# ### Exercise 6
#
# Write `mlp_backward(x, labels, weights, biases, activation)`: forward, softmax cross-entropy, and all gradients. The first delta is the one that you derived
# in notebook 06. You cannot get it entry by entry, as with the sigmoid, because softmax mixes the entries of a row. Everything else is in this
# notebook.
#
# When it runs, do not trust it: measure it. The look cell nudges every weight and every bias with your `numerical_gradient`, and sets what the program says in
# relation to what was measured. A program without a fault has a ratio of 1 everywhere.
#
# <details><summary>Hint 1</summary>Start with <code>mlp_forward</code>, and ask yourself which array the logits are.</details>
# <details><summary>Hint 2</summary>From the last layer down, take first the two gradients of a layer, and then the delta of the layer below. Is there a
# layer below the first?</details>
# <details><summary>Hint 3</summary>You meet the last layer first, so in which order should the lists end up?</details>


# %% nbgrader={"grade": false, "grade_id": "mlp_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mlp_backward(x, labels, weights, biases, activation):
    """Loss and gradients of a network under softmax cross-entropy, mean over the batch.

    Arguments as for mlp_forward; labels: (B,) integers. The last layer is linear: its outputs are logits.
    Returns (loss, weight gradients, bias gradients): a number and two lists in the order of the layers,
    each gradient in the shape of its parameter. Finite for logits of any size.
    """
    ### BEGIN SOLUTION
    pre_activations, activations = mlp_forward(x, weights, biases, activation)
    loss = softmax_cross_entropy_forward(activations[-1], labels)
    delta = softmax_cross_entropy_backward(activations[-1], labels)
    weight_gradients, bias_gradients = [], []
    for layer in reversed(range(len(weights))):
        _, dW, db = fc_backward(delta, activations[layer], weights[layer], biases[layer])
        weight_gradients.insert(0, dW)
        bias_gradients.insert(0, db)
        if layer > 0:
            delta = hidden_delta(delta, weights[layer], pre_activations[layer - 1], activation)
    return loss, weight_gradients, bias_gradients
    ### END SOLUTION


# %%
def compare(program, activation="tanh", batch=6, sizes=(3, 5, 4, 2), seed=0):
    """For each parameter, the ratios of the program's gradients to measured ones, smallest and largest."""
    rng, ratios = np.random.default_rng(seed), {}
    weights = [rng.normal(0, 0.8, (m, n)) for n, m in zip(sizes, sizes[1:])]
    biases = [rng.normal(0, 0.5, m) for m in sizes[1:]]
    inputs, labels = rng.normal(size=(batch, sizes[0])), np.arange(batch) % sizes[-1]
    _, dW, db = program(inputs, labels, weights, biases, activation)
    for letter, parameters, gradients in (("W", weights, dW), ("b", biases, db)):
        for i, gradient in enumerate(gradients):
            name, shape = f"{letter}{i + 1}", np.shape(gradient)
            if shape != parameters[i].shape:
                raise ValueError(f"the gradient of {name} has shape {shape}, {name} has {parameters[i].shape}")

            def loss(value):
                changed = [*parameters[:i], value, *parameters[i + 1 :]]
                both = (changed, biases) if letter == "W" else (weights, changed)
                return program(inputs, labels, *both, activation)[0]

            measured = numerical_gradient(loss, parameters[i])
            felt = np.abs(measured) > 1e-6
            found = np.asarray(gradient)[felt] / measured[felt]
            ratios[name] = np.round([found.min(), found.max()], 3)
    return ratios


def my_ratios():
    return {name: [float(end) for end in ends] for name, ends in compare(mlp_backward).items()}


print("for each parameter, the smallest and the largest ratio")
look(my_ratios, by_hand={f"{letter}{i}": [1.0, 1.0] for letter in "Wb" for i in (1, 2, 3)}, label="right")

# %% nbgrader={"grade": true, "grade_id": "check-mlp_backward", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("mlp_backward")

# %% [markdown]
# ### The end of part 1: a good place to stop
#
# One call of `mlp_backward` tells you what every weight owes, in a network of any depth. With all points for the six checks, your `my_nn` holds it,
# along with `mlp_forward`, `predict`, `output_delta_sigmoid_squared`, `one_hot` and `hidden_delta`. Part 2 is about programs that look as right as yours, and
# are not.
#
# To go on another day, open this notebook again and click into the next code cell. Then choose *Run All Above Selected Cell*
# in the menu *Run*. Your answers stand in their cells, so nothing has to be written twice.
#
# ## 7 Other books, other letters
#
# You will read about this elsewhere, with other letters for the same steps. Here are three common sets of letters.
#
# | | here | book A (columns) | book B (columns) |
# | --- | --- | --- | --- |
# | before and after the activation function | a, h | a, z | z, a |
# | gradient before it | δ, a row per example | δ, or a running g | δ, a column |
# | one layer down | (δ W) ⊙ g′(a) | g′(a) ⊙ (Wᵀ δ) | (Wᵀ δ) ⊙ g′(z) |
# | gradient of the weights | δᵀ h | δ hᵀ | δ aᵀ |
#
# There are four traps. The letter g may be the activation function *and* the running gradient, and L may be the loss *and* the number of layers. A price on large
# weights (notebook 09) may act on the biases too, though usually it acts on weights alone. And a formula for one example needs a sum over the batch.
#
# ## 8 The clinic
#
# This is the exercise for an evening. Three programs come in. All of them bring the loss down, so nobody noticed that they are ill, but each has one faulty line. One
# has its fault in the **loss** that it returns, one in a **bias** gradient, and one in a **delta**. Three people wrote them, in three styles, and the styles are
# all fine.


# %% tags=["demonstration"]
from nn_lib import datasets, pictures


def faulty_backward_a(x, labels, weights, biases, activation):
    value, slope = value_and_slope(activation)
    a, h = [], [x]
    for W, b in zip(weights, biases):
        a.append(h[-1] @ W.T + b)
        h.append(value(a[-1]))
    shifted = a[-1] - a[-1].max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    y = np.eye(log_p.shape[1])[labels]
    loss = -np.mean(y * log_p)
    delta = (np.exp(log_p) - y) / len(labels)
    dW, db = [], []
    for layer in reversed(range(len(weights))):
        dW.insert(0, delta.T @ h[layer])
        db.insert(0, delta.sum(axis=0))
        if layer > 0:
            delta = (delta @ weights[layer]) * slope(a[layer - 1])
    return loss, dW, db


def faulty_backward_b(x, labels, weights, biases, activation):
    value, slope = value_and_slope(activation)

    def from_here_up(h, layer):
        W, b = weights[layer], biases[layer]
        a = h @ W.T + b
        if layer == len(weights) - 1:
            loss, dW, db = softmax_cross_entropy_forward(a, labels), [], []
            delta = softmax_cross_entropy_backward(a, labels)
        else:
            loss, upstream, dW, db = from_here_up(value(a), layer + 1)
            delta = upstream * slope(a)
        return loss, delta @ W, [delta.T @ h, *dW], [delta.mean(axis=0), *db]

    loss, _, dW, db = from_here_up(x, 0)
    return loss, dW, db


def faulty_backward_c(x, labels, weights, biases, activation):
    value, slope = value_and_slope(activation)
    kept, h, a = [], x, x  # below the first layer lies no pre-activation, so x stands in its place
    for W, b in zip(weights, biases):
        kept.append({"h": h, "a_below": a, "W": W})
        a = h @ W.T + b
        h = value(a)
    loss, delta = softmax_cross_entropy_forward(a, labels), softmax_cross_entropy_backward(a, labels)
    dW, db = [], []
    for layer in reversed(kept):
        dW.append(delta.T @ layer["h"])
        db.append(delta.sum(axis=0))
        delta = (delta @ layer["W"]) * slope(layer["h"])
    return loss, dW[::-1], db[::-1]


def descent(program):
    """The loss that a program reports at each of 120 steps along its gradients, on two clouds of points."""
    rng, found, data = np.random.default_rng(0), [], datasets.gaussians().train
    weights = [rng.normal(0, np.sqrt(1 / n), (m, n)) for n, m in ((2, 8), (8, 8), (8, 2))]
    biases = [np.zeros(8), np.zeros(8), np.zeros(2)]
    for _ in range(120):
        loss, dW, db = program(data.inputs, data.labels, weights, biases, "tanh")
        weights = [w - 0.1 * d for w, d in zip(weights, dW)]
        biases = [b - 0.1 * d for b, d in zip(biases, db)]
        found.append(loss)
    assert found[-1] < 0.2 * found[0]
    return found


pictures.curves(
    np.arange(120),
    {
        "program a": descent(faulty_backward_a),
        "program b": descent(faulty_backward_b),
        "program c": descent(faulty_backward_c),
    },
    xlabel="step",
    ylabel="loss",
    title="The loss falls. Are the gradients right?",
)

# %% [markdown]
# ### Examine them
#
# Call `compare` on each program, with other activation functions and batch sizes too. Which parameters disagree, and is it by a constant factor or by another one for
# each entry? What changes when the batch has a single example? Write down where each fault must be before you look for the line.

# %% tags=["demonstration"]
my_diagnosis = {"a": ..., "b": ..., "c": ...}  # "loss", "bias" or "delta"

for name, ends in compare(faulty_backward_a, "tanh", batch=6).items():
    print(f"{name}: the ratios go from {ends[0]:g} to {ends[1]:g}")


def seat_of_the_fault(program):
    """Where a program's fault must be, from its ratios alone."""
    ratios = compare(program)
    wrong = {name for name, ends in ratios.items() if not np.allclose(ends, 1, atol=0.01)}
    if {"W3", "b3"} <= wrong:
        return "loss"
    return "bias" if all(name.startswith("b") for name in wrong) else "delta"


programs = {"a": faulty_backward_a, "b": faulty_backward_b, "c": faulty_backward_c}
assert {seat_of_the_fault(program) for program in programs.values()} == {"loss", "bias", "delta"}
for letter, program in programs.items():
    if my_diagnosis[letter] is ...:
        print(f"program {letter}: not examined yet")
    else:
        fits = my_diagnosis[letter] == seat_of_the_fault(program)
        print(f"program {letter}: {'the numbers say so too' if fits else 'the numbers say something else'}")

# %% [markdown]
# ### Exercises 7, 8 and 9
#
# Now copy each program into its cell below and repair the one line. Arguments and results are those of `mlp_backward`.
#
# <details><summary>Hint (loss)</summary>If every single gradient is off by the same factor, is it the gradients that are wrong?</details>
# <details><summary>Hint (bias)</summary>How many examples used each bias, and who has divided by B already?</details>
# <details><summary>Hint (delta)</summary>One activation function hides this fault. Why does it not matter there where the slope is taken?</details>


# %% nbgrader={"grade": false, "grade_id": "repaired_backward_a", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repaired_backward_a(x, labels, weights, biases, activation):
    """Program a, repaired: (loss, weight gradients, bias gradients), as mlp_backward."""
    ### BEGIN SOLUTION
    value, slope = value_and_slope(activation)
    a, h = [], [x]
    for W, b in zip(weights, biases):
        a.append(h[-1] @ W.T + b)
        h.append(value(a[-1]))
    shifted = a[-1] - a[-1].max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    y = np.eye(log_p.shape[1])[labels]
    loss = -np.sum(y * log_p) / len(labels)
    delta = (np.exp(log_p) - y) / len(labels)
    dW, db = [], []
    for layer in reversed(range(len(weights))):
        dW.insert(0, delta.T @ h[layer])
        db.insert(0, delta.sum(axis=0))
        if layer > 0:
            delta = (delta @ weights[layer]) * slope(a[layer - 1])
    return loss, dW, db
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-repaired_backward_a", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("repaired_backward_a")


# %% nbgrader={"grade": false, "grade_id": "repaired_backward_b", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repaired_backward_b(x, labels, weights, biases, activation):
    """Program b, repaired: (loss, weight gradients, bias gradients), as mlp_backward."""
    ### BEGIN SOLUTION
    value, slope = value_and_slope(activation)

    def from_here_up(h, layer):
        W, b = weights[layer], biases[layer]
        a = h @ W.T + b
        if layer == len(weights) - 1:
            loss, dW, db = softmax_cross_entropy_forward(a, labels), [], []
            delta = softmax_cross_entropy_backward(a, labels)
        else:
            loss, upstream, dW, db = from_here_up(value(a), layer + 1)
            delta = upstream * slope(a)
        return loss, delta @ W, [delta.T @ h, *dW], [delta.sum(axis=0), *db]

    loss, _, dW, db = from_here_up(x, 0)
    return loss, dW, db
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-repaired_backward_b", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("repaired_backward_b")


# %% nbgrader={"grade": false, "grade_id": "repaired_backward_c", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repaired_backward_c(x, labels, weights, biases, activation):
    """Program c, repaired: (loss, weight gradients, bias gradients), as mlp_backward."""
    ### BEGIN SOLUTION
    value, slope = value_and_slope(activation)
    kept, h, a = [], x, x  # below the first layer lies no pre-activation, so x stands in its place
    for W, b in zip(weights, biases):
        kept.append({"h": h, "a_below": a, "W": W})
        a = h @ W.T + b
        h = value(a)
    loss, delta = softmax_cross_entropy_forward(a, labels), softmax_cross_entropy_backward(a, labels)
    dW, db = [], []
    for layer in reversed(kept):
        dW.append(delta.T @ layer["h"])
        db.append(delta.sum(axis=0))
        delta = (delta @ layer["W"]) * slope(layer["a_below"])
    return loss, dW[::-1], db[::-1]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-repaired_backward_c", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("repaired_backward_c")


# %%
def apart_from_mine():
    """By how much the loss or a gradient of each repaired program differs from those of mlp_backward, at most."""
    found = []
    for program in (repaired_backward_a, repaired_backward_b, repaired_backward_c):
        weights, biases = [W1, np.eye(2, 3)], [b1, b2]
        arguments = np.array([[1.0, 2.0], [0.5, -1.0], [0.0, 3.0]]), np.array([0, 1, 1]), weights, biases, "tanh"
        (loss, dW, db), (right, right_dW, right_db) = program(*arguments), mlp_backward(*arguments)
        pairs = zip([loss, *dW, *db], [right, *right_dW, *right_db])
        found.append(max(float(np.abs(mine - other).max()) for mine, other in pairs))
    return found


print("programs a, b and c, mended: how far they are from your mlp_backward")
look(apart_from_mine, by_hand=[0.0, 0.0, 0.0], label="right")

# %% [markdown]
# ## 9 Which pixels does it look at?
#
# Delta does not have to stop at the first layer. One step further down, it tells what a nudge of every *pixel* would do. Training does not need that, but it
# shows what a network looks at. The next cell trains a small one on the digits with your `mlp_backward`, and tries it on
# **held-out** digits, which it was not trained on. Then it starts from the score of each digit's own class
# and goes down with your `hidden_delta`.

# %% tags=["demonstration"]
from IPython.display import display

from nn_lib import datasets, pictures

digits = datasets.digits()


def pixels_it_looks_at():
    """Train 64-16-10 with one's own gradients, show the maps of the ten digits, and return the held-out accuracy."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(0, np.sqrt(2 / n), (m, n)) for n, m in ((64, 16), (16, 10))]
    biases = [np.zeros(16), np.zeros(10)]
    for _ in range(400):
        _, dW, db = mlp_backward(digits.train.inputs, digits.train.labels, weights, biases, "relu")
        weights = [w - 0.5 * d for w, d in zip(weights, dW)]
        biases = [b - 0.5 * d for b, d in zip(biases, db)]
    pre_activations, activations = mlp_forward(digits.test.inputs, weights, biases, "relu")
    delta = one_hot(digits.test.labels, 10)  # the slope of each example's own score
    delta = hidden_delta(delta, weights[1], pre_activations[0], "relu")
    pixels, _, _ = fc_backward(delta, activations[0], weights[0], biases[0])
    maps = [pixels[digits.test.labels == digit].mean(axis=0) for digit in range(10)]
    display(
        pictures.images(
            maps, labels=range(10), title="Ink where it is blue makes this network surer; orange, less sure"
        )
    )
    return float(np.mean(predict(digits.test.inputs, weights, biases, "relu") == digits.test.labels))


print("share of held-out digits that this network gets right, and that your linear reader of notebook 07 did")
look(pixels_it_looks_at, by_hand=0.9, label="linear reader")

# %% [markdown]
# ## What you know now
#
# When you began you could train one layer. Now you can tell what any weight of any network owes, in one sweep up and one down. The whole of it:
#
# $$a = h_{\text{below}} W^{\mathsf T} + b,\qquad h = g(a),\qquad \delta_{\text{top}} = \tfrac1B(p - y),$$
#
# $$\delta_{\text{below}} = (\delta\, W)\odot g'(a_{\text{below}}),\qquad \frac{\partial L}{\partial W} = \delta^{\mathsf T} h_{\text{below}},
# \qquad \frac{\partial L}{\partial b} = \textstyle\sum_{\text{batch}} \delta.$$
#
# Here ⊙ multiplies entry by entry. For sigmoid outputs with half the squared error, $\delta_{\text{top}} = \frac1B(h - y)\odot h\odot(1 - h)$.
#
# **Where this is in PyTorch and JAX.** `loss.backward()` makes these sweeps for whatever network you wrote, and leaves the results in
# `parameter.grad`. `jax.value_and_grad(loss)(parameters)` returns the loss and the gradients, as your `mlp_backward` does.
#
# Next, in notebook 09: what to do with the gradients, and a reader that gets there in a few epochs.
#
# ### In your own words (graded by a person)
#
# "My loss goes down, so my backpropagation is right." In six sentences or fewer: why is that not enough, why did the three programs
# of the clinic still learn, and what would you do to be sure?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-08_mlp_backprop", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# A step lowers the loss whenever it points even roughly downhill. Program a's gradients are right, and only the number that it reports is wrong.
# Program b moves its biases in the right direction, but too slowly. In program c the last layer is right and the others keep the signs of
# the true slopes, so that they still go roughly downhill. To be sure, compare every gradient with a measured one, entry by entry, for each
# activation function and with a batch larger than one.
#
# === BEGIN MARK SCHEME ===
# 1 point: downhill is not the same as right, with a reason for at least one of the programs. 1 point: comparison with numerical gradients,
# with some care for which inputs (activation functions, batch size).
# === END MARK SCHEME ===
