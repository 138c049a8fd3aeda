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
# **You will** stack layers, carry a batch forward, carry deltas back, read off the gradient of every weight, and then repair
# three faulty programs that seem to work.
#
# **You need** activations (notebook 05), softmax cross-entropy (06), the fully connected layer (07). **Time** about 75 minutes.
# **Next** training (notebook 09).

# %%
import numpy as np

from autograder import check, look
from nn_lib import numerical_gradient, pictures

# %% [markdown]
# ## 1 Why stack layers?
#
# The world is built of parts: pixels make edges, edges make eyes and wheels, these make faces and cars. Features were
# composed in this way before anyone learned them. A network learns the composition: each layer is one more weight matrix and
# one more activation,
#
# $$f(x) = W_3\,g(W_2\,g(W_1 x)),\qquad R = \frac1N\sum_{n=1}^{N} L\big(y_n, f(x_n)\big),$$
#
# biases left out. (A bias is a weight from a unit that is always 1.) Without $g$ between them, two matrices are one. With it, already one hidden layer can approximate any continuous function on a
# closed and bounded set. It may need very many units: depth buys economy.
#
# Words vary too: "two hidden layers", "three weight layers" and "four layers" can all mean this network.
#
# ### Find the mistake
#
# Three claims: (a) a network of three layers computes $f(x, W_1, W_2, W_3) = \sigma(W_2\,\sigma(W_1x))$; (b) the risk is a sum over $n = 0,\ldots,N$ with
# the factor $\frac1N$; (c) "three layers can represent any function".
#
# <details><summary>What is wrong</summary>(a) W<sub>3</sub> is missing: σ(W<sub>3</sub> σ(W<sub>2</sub> σ(W<sub>1</sub> x))). (b) That
# is N + 1 examples; it begins at 1. (c) Approximate any continuous function on a closed and bounded set; and one hidden
# layer is enough for that.</details>

# %% [markdown]
# ## 2 Forward
#
# Layer by layer, with $h_0 = x$, for a batch of rows:
#
# $$a_l = h_{l-1}W_l^{\mathsf T} + b_l,\qquad h_l = g(a_l).$$
#
# $a$ is the **pre-activation**, $h$ the **activation**. Shapes: $x$ is $(B, n_0)$, $W_l$ is $(n_l, n_{l-1})$, $b_l$ is $(n_l,)$. The
# output layer usually has another activation, or none: here the last layer is **linear**, and its $h$ are the logits.
#
# Everything on the way must be **kept**: backward needs each $h$ and each $a$, so forward always comes first.
#
# The activation functions and their slopes are those of notebook 05; here they are, ready for use in all exercises.


# %%
def g(name, a):
    """The activation called name, entry by entry."""
    if name == "relu":
        return np.maximum(a, 0)
    return np.tanh(a) if name == "tanh" else 0.5 * (1 + np.tanh(0.5 * a))


def slope(name, a):
    """Its slope at the pre-activation a, entry by entry."""
    if name == "relu":
        return (a > 0) * 1.0
    h = g(name, a)
    return h * (1 - h) if name == "sigmoid" else 1 - h**2


# %% [markdown]
# ### Exercise 1
#
# Write `mlp_forward(x, weights, biases, activation)`, which returns two lists: the pre-activations of all layers, and the
# activations, *beginning with x itself*.
#
# <details><summary>Hint 1</summary>With L layers: how long is each list?</details>
# <details><summary>Hint 2</summary>The last layer has no activation function. What does its entry in the second list hold?</details>


# %% nbgrader={"grade": false, "grade_id": "mlp_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mlp_forward(x, weights, biases, activation):
    """Forward sweep: (pre_activations, activations), two lists of arrays.

    x: (B, n0); weights: list of L arrays (outputs, inputs); biases: list of L arrays (outputs,);
    activation: "sigmoid", "tanh" or "relu", for all layers but the last, which is linear.
    pre_activations: L arrays; activations: L + 1 arrays, the first is x, the last the output.
    """
    ### BEGIN SOLUTION
    pre_activations, activations = [], [x]
    for layer, (W, b) in enumerate(zip(weights, biases)):
        a = activations[-1] @ W.T + b
        pre_activations.append(a)
        activations.append(a if layer == len(weights) - 1 else g(activation, a))
    return pre_activations, activations
    ### END SOLUTION


# %%
one_row, hidden, output = np.array([[3.0, 1.0]]), np.array([[2.0, 0.0]]), np.array([[2.5]])
look(
    mlp_forward,
    one_row,
    [np.array([[1.0, -1.0], [2.0, 0.0]]), np.array([[1.0, 1.0]])],
    [np.array([0.0, -7.0]), np.array([0.5])],
    "relu",
    by_hand=([np.array([[2.0, -1.0]]), output], [one_row, hidden, output]),
)

# %% nbgrader={"grade": true, "grade_id": "check-mlp_forward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("mlp_forward")

# %% [markdown]
# ## 3 Delta at the output
#
# Call **delta** the gradient of the loss at a layer's *pre-activations*: one number for each unit and example, shaped like $a$.
# (It could be defined at the activations as well. At the pre-activations the formulas are shorter.)
#
# For sigmoid outputs $h = \sigma(a)$ and half squared error, averaged over the batch, the chain rule gives
#
# $$\delta = \frac1B\,(h - y)\odot h\odot(1 - h),$$
#
# where $\odot$ multiplies entry by entry. For softmax with cross-entropy it is shorter still, $\delta = \frac1B(p - y)$: there the entry
# by entry rule would not do, because softmax mixes the entries (notebook 06).
#
# ### Exercise 2
#
# Write `output_delta_sigmoid_squared(a, y)`. Here the argument `a` is the *output* of the sigmoid, as in texts that
# write $a$ for activations.
#
# <details><summary>Hint</summary>a went through the sigmoid already. Which form of the slope uses that?</details>


# %% nbgrader={"grade": false, "grade_id": "output_delta_sigmoid_squared", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_delta_sigmoid_squared(a, y):
    """Gradient at the output layer's pre-activations: sigmoid outputs, half squared error.

    a: (B, K), the outputs, after the sigmoid; y: (B, K), the targets. Returns (B, K).
    The loss is the mean over the batch, so the result carries 1/B.
    """
    ### BEGIN SOLUTION
    return (a - y) * a * (1 - a) / len(a)
    ### END SOLUTION


# %%
look(
    output_delta_sigmoid_squared,
    np.array([[0.55032332, 0.5449978]]),
    np.array([[0.0, 1.0]]),
    by_hand=np.array([[0.13618717, -0.11282926]]),
)

# %% nbgrader={"grade": true, "grade_id": "check-output_delta_sigmoid_squared", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("output_delta_sigmoid_squared")

# %% [markdown]
# ## 4 Delta, one layer down
#
# A hidden unit acts on the loss through *all* units of the next layer. Several paths: sum over them. Then one more link, the
# activation function:
#
# $$\delta_l = (\delta_{l+1} W_{l+1})\odot g'(a_l),\qquad\text{for one column: }\ (W_{l+1}^{\mathsf T}\delta_{l+1})\odot g'(a_l).$$
#
# This formula is the heart of the matter: with it, one sweep from the output down to the first
# layer gives all deltas. You may even go one step further, to the input itself: not needed for training, but handy for checks, and
# to see which pixels a classifier looks at.
#
# A worked example: a 2-3-2 network with sigmoid units throughout, $x = (1,2)$, $y = (0,1)$, half squared error. In the picture the
# activations stand inside the units and the deltas below them.

# %% tags=["demonstration"]
W1 = np.array([[0.1, -0.2], [0.4, 0.3], [-0.5, 0.2]])
W2 = np.array([[0.3, -0.1, 0.2], [-0.4, 0.5, 0.1]])
b1, b2 = np.array([0.1, 0.0, -0.1]), np.array([0.05, -0.05])
x, y = np.array([1.0, 2.0]), np.array([0.0, 1.0])

h1 = g("sigmoid", W1 @ x + b1)
h2 = g("sigmoid", W2 @ h1 + b2)


def cost(a2):
    return 0.5 * np.sum((g("sigmoid", a2) - y) ** 2)


at_output = numerical_gradient(cost, W2 @ h1 + b2)
at_hidden = numerical_gradient(lambda a1: cost(W2 @ g("sigmoid", a1) + b2), W1 @ x + b1)
assert np.isclose(cost(W2 @ h1 + b2), 0.25494138)
assert np.allclose(at_output, [0.13618717, -0.11282926])
assert np.allclose(at_hidden, [0.02128342, -0.01376939, 0.00394901])
pictures.network([2, 3, 2], activations=[x, h1, h2], deltas=[at_hidden, at_output], weights=[W1, W2])

# %% [markdown]
# ### Exercise 3
#
# Write `hidden_delta(delta_next, W_next, pre_activation, activation)`, one step of the recursion for a batch.
#
# <details><summary>Hint</summary>Shapes: delta_next is (B, above), W_next is (above, here), the result is (B, here).</details>


# %% nbgrader={"grade": false, "grade_id": "hidden_delta", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hidden_delta(delta_next, W_next, pre_activation, activation):
    """Delta of a hidden layer from the delta of the layer above it.

    delta_next: (B, above); W_next: (above, here), the weights between the two;
    pre_activation: (B, here); activation: "sigmoid", "tanh" or "relu". Returns (B, here).
    """
    ### BEGIN SOLUTION
    return (delta_next @ W_next) * slope(activation, pre_activation)
    ### END SOLUTION


# %%
look(
    hidden_delta,
    np.array([[0.13618717, -0.11282926]]),
    W2,
    np.array([[-0.2, 1.0, -0.2]]),
    "sigmoid",
    by_hand=np.array([[0.02128342, -0.01376939, 0.00394901]]),
)

# %% nbgrader={"grade": true, "grade_id": "check-hidden_delta", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("hidden_delta")

# %% [markdown]
# ## 5 From deltas to weights
#
# A weight joins a tail (below) to a head (above). Its gradient is **delta of the head times activation of the tail**: in the
# example $\frac{\partial C}{\partial w_{21}} = \delta_2\,h_1$, and for the bias, whose tail is always 1,
# $\frac{\partial C}{\partial b_1} = \delta_1$. All weights of a layer at once: the outer product $\delta\,h^{\mathsf T}$. For a batch,
# examples add up; $\delta$ carries the $\frac1B$ already.
#
# Only $\delta$ is recursive. Weight gradients are read off, layer by layer, and feed nothing. And mind where a text starts to count:
# in some, the weights numbered 2 lead *out of* layer 2, into layer 3.
#
# ### Exercises 4 and 5
#
# Write `weight_gradient(delta, activations_below)` and `bias_gradient(delta)`.
#
# <details><summary>Hint</summary>You met both in notebook 07, as dW and db.</details>
# <details><summary>Hint for exercise 5</summary>How many examples used the bias?</details>


# %% nbgrader={"grade": false, "grade_id": "weight_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def weight_gradient(delta, activations_below):
    """Gradient of a layer's weights, summed over the batch: delta already carries 1/B.

    delta: (B, outputs); activations_below: (B, inputs). Returns (outputs, inputs).
    """
    ### BEGIN SOLUTION
    return delta.T @ activations_below
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "bias_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bias_gradient(delta):
    """Gradient of a layer's biases, summed over the batch; delta: (B, outputs). Returns (outputs,)."""
    ### BEGIN SOLUTION
    return delta.sum(axis=0)
    ### END SOLUTION


# %%
look(
    weight_gradient,
    np.array([[0.02128342, -0.01376939, 0.00394901]]),
    np.array([[1.0, 2.0]]),
    by_hand=np.array([[0.02128342, 0.04256684], [-0.01376939, -0.02753878], [0.00394901, 0.00789801]]),
)
look(bias_gradient, np.array([[1.0, 2.0], [10.0, 20.0]]), by_hand=np.array([11.0, 22.0]))

# %% nbgrader={"grade": true, "grade_id": "check-weight_gradient", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("weight_gradient")

# %% nbgrader={"grade": true, "grade_id": "check-bias_gradient", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("bias_gradient")

# %% tags=["demonstration"]
# "step" takes one example through the network, forward and back; press a unit to see its own delta.
from nn_lib.widgets import playground

playground(problem="xor", hidden=[3, 2], activations=["tanh", "tanh"])

# %% [markdown]
# ## 6 Three notations, one idea
#
# | | here | one sum per unit | running gradient, columns | columns |
# | --- | --- | --- | --- | --- |
# | pre-activation | $a$ | $a$ | $a$ | $z$ |
# | activation | $h$ | $z$ | $h$ | $a$ |
# | gradient at the pre-activation | $\delta$ | $\delta$ | running $g$ | $\delta$ |
# | hidden step | $(\delta W)\odot g'(a)$ | $\delta_k = g'(a_k)\sum_l w_{kl}\delta_l$ | $g \leftarrow (W^{\mathsf T}g)\odot g'(a)$ | $(W^{\mathsf T}\delta)\odot g'(z)$ |
# | weights | $\delta^{\mathsf T}h$ | $\delta_j z_i$, averaged | $g\,h^{\mathsf T} + \alpha\nabla\Omega$ | $\delta a^{\mathsf T}$ |
# | $W^{(l)}$ leads | into layer $l$ | | into layer $l$ | from $l$ to $l+1$ |
#
# Four traps when you read another text. The letter $g$ may be the activation function *and* the running gradient. $L$ may be the
# loss *and* the number of layers. A penalty may act on the biases too (usual is: weights only). And formulas for one example
# need a sum over the batch.

# %% [markdown]
# ## 7 All of it
#
# Training is three steps, again and again: forward, backward, update. All parameters are updated at the **end** of the backward
# pass: change $W_3$ before $\delta_2$ has used it, and $\delta_2$ is wrong.
#
# ### Exercise 6
#
# Write `mlp_backward(x, labels, weights, biases, activation)`: forward, softmax cross-entropy (mean over the batch), and all
# gradients. You may use your functions above, or write everything afresh.
#
# <details><summary>Hint 1</summary>Loss and first delta are those of notebook 06: shift the logits before you exponentiate.</details>
# <details><summary>Hint 2</summary>From the last layer down: first the layer's two gradients from its delta, then the delta of the layer
# below. Is there a layer below the first?</details>
# <details><summary>Hint 3</summary>You meet the last layer first. In which order should the lists end up?</details>


# %% nbgrader={"grade": false, "grade_id": "mlp_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mlp_backward(x, labels, weights, biases, activation):
    """Loss and gradients of a network under softmax cross-entropy, mean over the batch.

    Arguments as for mlp_forward; labels: (B,) integers. The last layer is linear: its outputs are logits.
    Returns (loss, weight gradients, bias gradients): a number and two lists in the order of the layers,
    each gradient in the shape of its parameter. Finite for logits of any size.
    """
    ### BEGIN SOLUTION
    pre_activations, activations = mlp_forward(x, weights, biases, activation)
    logits, rows = activations[-1], np.arange(len(labels))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -np.mean(log_p[rows, labels])
    delta = np.exp(log_p)
    delta[rows, labels] -= 1
    delta /= len(labels)
    weight_gradients, bias_gradients = [], []
    for layer in reversed(range(len(weights))):
        weight_gradients.insert(0, weight_gradient(delta, activations[layer]))
        bias_gradients.insert(0, bias_gradient(delta))
        if layer > 0:
            delta = hidden_delta(delta, weights[layer], pre_activations[layer - 1], activation)
    return loss, weight_gradients, bias_gradients
    ### END SOLUTION


# %%
def first_gradients(x, labels, weights, biases, activation):
    loss, dW, db = mlp_backward(x, labels, weights, biases, activation)
    return loss, dW[0]


def loss_of(first_weights):
    logits = g("tanh", inputs @ first_weights.T + b1) @ W2.T + b2
    return np.mean(np.logaddexp.reduce(logits, axis=1) - logits[np.arange(3), labels])


inputs, labels = np.array([[1.0, 2.0], [0.0, -1.0], [0.5, 0.3]]), np.array([0, 1, 1])
print("loss, and the gradient of the first layer's weights; by hand stands for: numerically")
look(
    first_gradients,
    inputs,
    labels,
    [W1, W2],
    [b1, b2],
    "tanh",
    by_hand=(loss_of(W1), numerical_gradient(loss_of, W1)),
)

# %% nbgrader={"grade": true, "grade_id": "check-mlp_backward", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("mlp_backward")

# %% [markdown]
# ## 8 Labels and predictions
#
# Two small tools. A label 2 of 4 classes is **one-hot** $(0,0,1,0)$. A **prediction** is the class with the largest output: softmax
# would not change which one that is. (For a single sigmoid output one would compare with a threshold instead.)
#
# ### Exercises 7 and 8
#
# Write `one_hot(labels, classes)` and `predict(x, weights, biases, activation)`.
#
# <details><summary>Hint</summary>Rows of the identity matrix.</details>
# <details><summary>Hint for exercise 8</summary><code>argmax</code> needs an axis. Which one holds the classes?</details>


# %% nbgrader={"grade": false, "grade_id": "one_hot", "locked": false, "schema_version": 3, "solution": true, "task": false}
def one_hot(labels, classes):
    """Rows of zeros with a single 1 at the label; labels: (B,) integers from 0. Returns (B, classes)."""
    ### BEGIN SOLUTION
    return np.eye(classes)[labels]
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "predict", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predict(x, weights, biases, activation):
    """The class with the largest output for each row of x; arguments as for mlp_forward. Returns (B,)."""
    ### BEGIN SOLUTION
    return mlp_forward(x, weights, biases, activation)[1][-1].argmax(axis=1)
    ### END SOLUTION


# %%
look(one_hot, np.array([2, 0]), 4, by_hand=np.array([[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]]))
swap = np.array([[0.0, 2.0], [1.0, 0.0]])
look(predict, np.array([[1.0, 0.0], [0.0, 1.0]]), [swap], [np.zeros(2)], "relu", by_hand=np.array([1, 0]))

# %% nbgrader={"grade": true, "grade_id": "check-one_hot", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("one_hot")

# %% nbgrader={"grade": true, "grade_id": "check-predict", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("predict")

# %% [markdown]
# ## 9 The clinic
#
# Three programs come in. All three bring the loss down, so nobody noticed. Each has exactly one faulty line. Their symptoms, when
# their gradients are compared with numerical ones:
#
# | | right | wrong |
# | --- | --- | --- |
# | **a** | everything with ReLU; the last layer always | with tanh and sigmoid, all layers below the last, by no constant factor |
# | **b** | everything for a batch of one; the last layer always | the layer below the last, $B$ times too small; the next, $B^2$ times |
# | **c** | everything with sigmoid and tanh; the last layer always | with ReLU, all layers below; no delta there is ever negative |


# %%
def forward(x, weights, biases, activation):
    a, h = [], [x]
    for W, b in zip(weights, biases):
        a.append(h[-1] @ W.T + b)
        h.append(g(activation, a[-1]))
    return a, h


def start(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    delta = (np.exp(log_p) - np.eye(logits.shape[1])[labels]) / len(labels)
    return -np.mean(log_p[np.arange(len(labels)), labels]), delta


def faulty_backward_a(x, labels, weights, biases, activation):
    a, h = forward(x, weights, biases, activation)
    loss, delta = start(a[-1], labels)
    dW, db = [], []
    for layer in reversed(range(len(weights))):
        dW.insert(0, delta.T @ h[layer])
        db.insert(0, delta.sum(axis=0))
        if layer > 0:
            delta = (delta @ weights[layer]) * slope(activation, h[layer])
    return loss, dW, db


def faulty_backward_b(x, labels, weights, biases, activation):
    a, h = forward(x, weights, biases, activation)
    loss, delta = start(a[-1], labels)
    dW, db = [], []
    for layer in reversed(range(len(weights))):
        dW.insert(0, delta.T @ h[layer])
        db.insert(0, delta.sum(axis=0))
        if layer > 0:
            delta = (delta @ weights[layer]) * slope(activation, a[layer - 1]) / len(x)
    return loss, dW, db


def faulty_backward_c(x, labels, weights, biases, activation):
    a, h = forward(x, weights, biases, activation)
    loss, delta = start(a[-1], labels)
    dW, db = [], []
    for layer in reversed(range(len(weights))):
        dW.insert(0, delta.T @ h[layer])
        db.insert(0, delta.sum(axis=0))
        if layer > 0:
            delta = delta @ weights[layer]
            is_open = delta > 0 if activation == "relu" else slope(activation, a[layer - 1])
            delta = delta * is_open
    return loss, dW, db


# %%
from nn_lib import datasets

data, losses, steps = datasets.gaussians().train, {}, 120
patients = {
    "program a, tanh": (faulty_backward_a, "tanh"),
    "program b, tanh": (faulty_backward_b, "tanh"),
    "program c, relu": (faulty_backward_c, "relu"),
}
for name, (backward, kind) in patients.items():
    rng, losses[name] = np.random.default_rng(0), []
    sizes = [(8, 2), (8, 8), (2, 8)]
    W = [rng.normal(0, np.sqrt(1 / inputs), (outputs, inputs)) for outputs, inputs in sizes]
    b = [np.zeros(outputs) for outputs, _ in sizes]
    for _ in range(steps):
        loss, dW, db = backward(data.inputs, data.labels, W, b, kind)
        W = [w - 0.1 * d for w, d in zip(W, dW)]
        b = [v - 0.1 * d for v, d in zip(b, db)]
        losses[name].append(loss)
pictures.curves(
    np.arange(steps),
    losses,
    xlabel="step",
    ylabel="loss",
    title="The loss falls. Are the gradients right?",
)

# %% [markdown]
# ### Exercises 9, 10 and 11
#
# Find the line, and write the repaired program into the cell below: copy the faulty one and mend it. Arguments and results are those
# of `mlp_backward`.
#
# <details><summary>Hint for a</summary>For which activation function is the slope at h the same as the slope at a?</details>
# <details><summary>Hint for b</summary>Who has divided by B already?</details>
# <details><summary>Hint for c</summary>Which array decided on the way forward where ReLU is open?</details>


# %% nbgrader={"grade": false, "grade_id": "repaired_backward_a", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repaired_backward_a(x, labels, weights, biases, activation):
    """Program a, repaired: (loss, weight gradients, bias gradients), as mlp_backward."""
    ### BEGIN SOLUTION
    a, h = forward(x, weights, biases, activation)
    loss, delta = start(a[-1], labels)
    dW, db = [], []
    for layer in reversed(range(len(weights))):
        dW.insert(0, delta.T @ h[layer])
        db.insert(0, delta.sum(axis=0))
        if layer > 0:
            delta = (delta @ weights[layer]) * slope(activation, a[layer - 1])
    return loss, dW, db
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-repaired_backward_a", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("repaired_backward_a")


# %% nbgrader={"grade": false, "grade_id": "repaired_backward_b", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repaired_backward_b(x, labels, weights, biases, activation):
    """Program b, repaired: (loss, weight gradients, bias gradients), as mlp_backward."""
    ### BEGIN SOLUTION
    a, h = forward(x, weights, biases, activation)
    loss, delta = start(a[-1], labels)
    dW, db = [], []
    for layer in reversed(range(len(weights))):
        dW.insert(0, delta.T @ h[layer])
        db.insert(0, delta.sum(axis=0))
        if layer > 0:
            delta = (delta @ weights[layer]) * slope(activation, a[layer - 1])
    return loss, dW, db
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-repaired_backward_b", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("repaired_backward_b")


# %% nbgrader={"grade": false, "grade_id": "repaired_backward_c", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repaired_backward_c(x, labels, weights, biases, activation):
    """Program c, repaired: (loss, weight gradients, bias gradients), as mlp_backward."""
    ### BEGIN SOLUTION
    a, h = forward(x, weights, biases, activation)
    loss, delta = start(a[-1], labels)
    dW, db = [], []
    for layer in reversed(range(len(weights))):
        dW.insert(0, delta.T @ h[layer])
        db.insert(0, delta.sum(axis=0))
        if layer > 0:
            delta = (delta @ weights[layer]) * slope(activation, a[layer - 1])
    return loss, dW, db
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-repaired_backward_c", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("repaired_backward_c")

# %% [markdown]
# ### In your own words (graded by a person)
#
# "My loss goes down, so my backpropagation is right." In six sentences or fewer: why is that not enough, why did the three programs
# of the clinic still learn, and what would you do to be sure?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-08_mlp_backprop", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# A step lowers the loss whenever it points even roughly downhill, and with wrong lower layers the last layer alone still learns from
# its right gradient, on features that are at least not useless. Program b's gradients even have the right direction in every layer,
# only the wrong length. To be sure, compare every gradient with a numerical one, entry by entry, for each activation, with a batch
# larger than one.
#
# === BEGIN MARK SCHEME ===
# 1 point: downhill is not the same as right; the last layer learns, or the direction is roughly right. 1 point: comparison with
# numerical gradients, with some care for which inputs.
# === END MARK SCHEME ===

# %% [markdown]
# ## What you know now
#
# Forward keeps $a$ and $h$. Backward begins with $\delta = \frac1B(p-y)$ and repeats two lines from the top layer to the first: gradients
# from delta, then delta for the layer below. Update when all is done.
#
# **Where this is in PyTorch and JAX.** `loss.backward()` runs these two lines for whatever network you wrote, and leaves the results in
# `parameter.grad`; `jax.value_and_grad(loss)(parameters)` returns the loss and the gradients, as `mlp_backward` does.
#
# Next: what to do with the gradients.
