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
# # Stochastic gradient descent
#
# **You will** cut data into mini-batches, take steps with and without momentum, penalise large weights, start a network well, and
# train a digit classifier to 95 % with code that is all your own.
#
# **You need** backpropagation (notebook 08). **Time** about 75 minutes. **Next** an engine of your own (notebook 10).

# %%
import numpy as np

from autograder import check, look
from nn_lib import L2, MLP, SGD, datasets, fit, initializers, pictures

digits = datasets.digits()
print(len(digits.train), "digits to learn from,", len(digits.test), "held out")
pictures.images(digits.train.inputs[:10], labels=digits.train.labels[:10], title="8 by 8 pixels each")

# %% [markdown]
# ## 1 What gradients are for
#
# Backpropagation computes gradients. It does not learn anything. Learning is what you do with them: **gradient descent**, a step
# against the gradient of the loss, for all weights and biases, at the end of each backward pass:
#
# $$W \leftarrow W - \eta\,\frac{\partial L}{\partial W},\qquad b \leftarrow b - \eta\,\frac{\partial L}{\partial b}.$$
#
# Four things are needed: a loss, its gradients, a regulariser (with its gradient), and a place to start. Training repeats three steps:
# forward, backward, update.
#
# One symbol per role helps. Texts call the step size $\eta$, $\epsilon$ or $\alpha$; here it is the *learning rate*, and $\alpha$ is the
# weight of a penalty. In code, `dx` is short for $dL/dx$: the slope of the loss, not a step of x.
#
# ### Find the mistake
#
# (a) "Update: $w_{jk} \leftarrow w_{jk} - \eta\,\frac{\partial R}{\partial w_{kl}}$." (b) "Backpropagation is the application of
# gradient descent via the chain rule."
#
# <details><summary>What is wrong</summary>(a) The gradient of another weight: both sides need the same index, jk. (b) Two things
# mixed: backpropagation is the chain rule, organised well, and only gives the gradient. What one does with it, gradient descent or
# anything else, comes after.</details>
#
# ### Exercise 1
#
# Write `sgd_step(parameters, gradients, learning_rate)`.
#
# <details><summary>Hint</summary>Does your line make a new array, or write into the caller's?</details>


# %% nbgrader={"grade": false, "grade_id": "sgd_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sgd_step(parameters, gradients, learning_rate):
    """One step of gradient descent: a new list of new arrays.

    parameters, gradients: lists of arrays with the same shapes, not changed; learning_rate: a number.
    The gradients are means over the batch already.
    """
    ### BEGIN SOLUTION
    return [p - learning_rate * g for p, g in zip(parameters, gradients)]
    ### END SOLUTION


# %%
look(sgd_step, [np.array([1.0, 2.0])], [np.array([10.0, -10.0])], 0.1, by_hand=[np.array([0.0, 3.0])])

# %% nbgrader={"grade": true, "grade_id": "check-sgd_step", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("sgd_step")

# %% [markdown]
# ## 2 Mini-batches
#
# The **full batch** gradient is a mean over all $N$ examples: exact, and one step costs a pass through all the data. A **mini-batch** of
# $m$ examples gives an *estimate*, $\frac1m\sum_j \nabla L_j \approx \frac1N\sum_i\nabla L_i$, at $\frac mN$ of the cost: many rough steps for the
# price of one exact one. That is *stochastic* gradient descent. (Some say SGD only for single examples,
# $m = 1$; most mean mini-batches.)
#
# The whole algorithm: start somewhere; then, until a stopping criterion says enough (so many epochs, or no more gain on held-out data), take $m$
# examples, compute $g = \frac1m\nabla\sum_j L_j + \alpha\nabla\Omega$, and take a step, $\theta \leftarrow \theta - \eta\,g$.
#
# One **epoch** is one pass: shuffle, cut, and update once per mini-batch. Shuffle the *indices*, so that inputs and labels stay together
# and the caller's data stays as it was.
#
# ### Exercise 2
#
# Write `minibatches(n, batch_size, rng)`.
#
# <details><summary>Hint 1</summary><code>rng.permutation(n)</code> is a shuffled list of all indices.</details>
# <details><summary>Hint 2</summary>With n = 10 and batch_size = 4 there are three batches, and the last has two.</details>


# %% nbgrader={"grade": false, "grade_id": "minibatches", "locked": false, "schema_version": 3, "solution": true, "task": false}
def minibatches(n, batch_size, rng):
    """One epoch: a list of index arrays that hold each of 0 .. n - 1 once, shuffled.

    n, batch_size: at least 1; every batch has batch_size indices but the last, which may be shorter.
    rng: a NumPy generator, the only source of chance.
    """
    ### BEGIN SOLUTION
    order = rng.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]
    ### END SOLUTION


# %%
def sizes_and_all_indices(n, batch_size):
    batches = minibatches(n, batch_size, np.random.default_rng(0))
    return [len(batch) for batch in batches], np.sort(np.concatenate(batches))


look(sizes_and_all_indices, 10, 4, by_hand=([4, 4, 2], np.arange(10)))

# %% nbgrader={"grade": true, "grade_id": "check-minibatches", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("minibatches")

# %% [markdown]
# ## 3 How it walks
#
# A line fitted to 40 points has two weights, so its loss can be drawn. Full-batch steps run straight down; mini-batches of four stagger,
# but each of their steps cost a tenth. Near the bottom they never quite settle: the learning rate must shrink in the end.

# %% tags=["demonstration"]
rng = np.random.default_rng(3)
t = rng.uniform(-1, 1, 40)
points, values = np.column_stack([t, np.ones(40)]), 1.5 * t - 0.5 + rng.normal(0, 0.4, 40)


def walk(batch_size, learning_rate=0.15, mu=0.0, steps=40):
    w, v, path = np.array([-1.5, 1.5]), np.zeros(2), [np.array([-1.5, 1.5])]
    chance = np.random.default_rng(0)
    for _ in range(steps):
        chosen = chance.permutation(40)[:batch_size]
        slope = 2 * points[chosen].T @ (points[chosen] @ w - values[chosen]) / batch_size
        v = mu * v - learning_rate * slope
        w = w + v
        path.append(w)
    return np.array(path)


def loss(w1, w2):
    return sum((w1 * a + w2 * b - y) ** 2 for (a, b), y in zip(points, values)) / 40


pictures.loss_surface(
    loss,
    {"full batch": walk(40), "mini-batches of 4": walk(4), "full batch, momentum": walk(40, 0.05, 0.8)},
    x_range=(-2, 3),
    y_range=(-2, 2),
)

# %% [markdown]
# ## 4 Momentum
#
# A ball rolling downhill does not stop and turn at every point. It keeps a **velocity**, a fading memory of past gradients:
#
# $$v \leftarrow \mu v - \eta\,g,\qquad p \leftarrow p + v.$$
#
# With $\mu = 0.9$ about the last ten gradients count: noise averages out, and steady slopes add up. From $p=1$, $v = 0.5$, $g = 2$ with
# $\eta = 0.1$, $\mu=0.9$: $v = 0.45 - 0.2 = 0.25$, $p = 1.25$.
#
# ### Exercise 3
#
# Write `momentum_step(parameters, gradients, velocities, learning_rate, momentum)`.
#
# <details><summary>Hint</summary>First the new velocity, then the move. Where does the learning rate appear, and how often?</details>


# %% nbgrader={"grade": false, "grade_id": "momentum_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def momentum_step(parameters, gradients, velocities, learning_rate, momentum):
    """One step with momentum: (parameters, velocities), two new lists.

    v <- momentum v - learning_rate g, then p <- p + v with the new v.
    parameters, gradients, velocities: lists of arrays with the same shapes, not changed.
    """
    ### BEGIN SOLUTION
    velocities = [momentum * v - learning_rate * g for v, g in zip(velocities, gradients)]
    return [p + v for p, v in zip(parameters, velocities)], velocities
    ### END SOLUTION


# %%
look(
    momentum_step,
    [np.array([1.0])],
    [np.array([2.0])],
    [np.array([0.5])],
    0.1,
    0.9,
    by_hand=([np.array([1.25])], [np.array([0.25])]),
)

# %% nbgrader={"grade": true, "grade_id": "check-momentum_step", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("momentum_step")

# %% [markdown]
# ## 5 A price on large weights
#
# $J = L + \alpha\,\Omega$ with $\Omega = \frac12\sum w^2$: large weights must be worth their price, and a network that cannot afford them
# fits the noise less closely. The gradient is simple, $\alpha w$. Biases are left out, as usual; some add the penalty to them too. Say
# which.
#
# Why do we want that at all? Because the training loss is a **surrogate**. What we want is few errors on examples never seen.
#
# ### Exercises 4 and 5
#
# Write `l2_penalty(weights, alpha)` and `l2_penalty_gradients(weights, alpha)`.
#
# <details><summary>Hint</summary>The sum runs over all entries of all arrays. Nothing is divided by their number.</details>
# <details><summary>Hint for exercise 5</summary>What became of the 2 that the square brings down?</details>


# %% nbgrader={"grade": false, "grade_id": "l2_penalty", "locked": false, "schema_version": 3, "solution": true, "task": false}
def l2_penalty(weights, alpha):
    """alpha / 2 times the sum of all squared weights; weights: list of arrays. Returns one number."""
    ### BEGIN SOLUTION
    return alpha / 2 * sum(np.sum(w**2) for w in weights)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "l2_penalty_gradients", "locked": false, "schema_version": 3, "solution": true, "task": false}
def l2_penalty_gradients(weights, alpha):
    """The gradients of l2_penalty: a new list of arrays shaped like the weights."""
    ### BEGIN SOLUTION
    return [alpha * w for w in weights]
    ### END SOLUTION


# %%
weights = [np.array([[1.0, -2.0]]), np.array([[3.0]])]
look(l2_penalty, weights, 0.1, by_hand=0.7)
look(l2_penalty_gradients, weights, 0.1, by_hand=[np.array([[0.1, -0.2]]), np.array([[0.3]])])

# %% nbgrader={"grade": true, "grade_id": "check-l2_penalty", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("l2_penalty")

# %% nbgrader={"grade": true, "grade_id": "check-l2_penalty_gradients", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("l2_penalty_gradients")

# %% [markdown]
# ## 6 Where to start
#
# **All zeros** fails: every hidden unit computes the same, receives the same gradient, and stays a copy of its neighbours for ever. So start
# at random, but how far from zero? A unit sums $n$ inputs, so its variance is $n$ times that of one weight times the inputs' size. Weights of
# variance $1/n$ keep the size (Xavier); ReLU shuts half of the units, so it wants $2/n$ (He). Biases may start at zero.
#
# ### Exercise 6
#
# Write `initialize(sizes, rng)` with He's variance, for `sizes` such as `[64, 32, 10]`.
#
# <details><summary>Hint</summary>n counts the inputs of the layer. Is 2 / n a variance, or a standard deviation?</details>


# %% nbgrader={"grade": false, "grade_id": "initialize", "locked": false, "schema_version": 3, "solution": true, "task": false}
def initialize(sizes, rng):
    """Parameters of a ReLU network with layers of these sizes: (weights, biases), two lists.

    weights[i]: (sizes[i + 1], sizes[i]), random with mean 0 and variance 2 / sizes[i]; biases[i]: zeros,
    (sizes[i + 1],). rng: a NumPy generator, the only source of chance.
    """
    ### BEGIN SOLUTION
    weights = [rng.normal(0, np.sqrt(2 / n), (m, n)) for n, m in zip(sizes, sizes[1:])]
    return weights, [np.zeros(m) for m in sizes[1:]]
    ### END SOLUTION


# %%
def spread_of_first_layer(sizes):
    weights, biases = initialize(sizes, np.random.default_rng(0))
    return [w.shape for w in weights], float(np.std(weights[0]) * np.sqrt(sizes[0]))


print("shapes, and standard deviation times the root of the inputs (about 1.414)")
look(spread_of_first_layer, [400, 300, 10], by_hand=([(300, 400), (10, 300)], 1.414))

# %% nbgrader={"grade": true, "grade_id": "check-initialize", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("initialize")

# %% [markdown]
# ## 7 Experiments
#
# Five settings, each changed alone, with the course's own network on the digits (20 % of them held out). Change the numbers, and run again.
# First the **learning rate**. Too small: it crawls. Too large: it jumps about, or blows up.


# %% tags=["demonstration"]
def losses(learning_rate=0.1, batch_size=32, start="he_normal", epochs=12, **more):
    model = MLP([64, 32, 10], seed=0, initializer=start)
    optimizer = SGD(learning_rate, **more)
    return fit(model, digits.train, optimizer=optimizer, epochs=epochs, batch_size=batch_size, progress=False).loss


pictures.training_curves(
    {f"learning rate {rate:g}": losses(rate) for rate in (0.003, 0.03, 0.3, 3.0)}, title="Learning rate"
)

# %% tags=["demonstration"]
# Live: change learning rate, batch and optimiser while it trains. What is the largest rate that still learns the spirals?
from nn_lib.widgets import playground

playground(problem="spirals", features=["x", "y", "sin x", "sin y"], hidden=[8], activations=["tanh"])

# %% [markdown]
# **Batch size**: the same number of epochs means fewer, better steps for large batches. Here 8 and 32 win; a full batch takes 12 steps in all.

# %% tags=["demonstration"]
pictures.training_curves(
    {f"batch of {size}": losses(batch_size=size) for size in (8, 32, 256, len(digits.train))}, title="Batch size"
)

# %% [markdown]
# **Start**: zeros learn only the output's biases. A standard deviation of 1 begins with wild outputs and a large loss.

# %% tags=["demonstration"]
starts = {
    "zeros": initializers.zeros,
    "deviation 0.01": lambda rng, outputs, inputs: initializers.normal(rng, outputs, inputs, 0.01),
    "deviation 1": lambda rng, outputs, inputs: initializers.normal(rng, outputs, inputs, 1.0),
    "He": initializers.he_normal,
}
pictures.training_curves({name: losses(0.03, start=start) for name, start in starts.items()}, title="Initialisation")

# %% [markdown]
# **Momentum** multiplies the reach of a small learning rate; **the penalty** (L2) costs training loss. What does it do to the accuracy on
# held-out digits, when there are only 179 digits to learn from?

# %% tags=["demonstration"]
few = datasets.digits(train_ratio=0.1)
accuracy = {}
for alpha in (0.0, 0.003, 0.03, 0.3):
    model = MLP([64, 64, 10], seed=0, regularizer=L2(alpha))
    fit(model, few.train, optimizer=SGD(0.1), epochs=100, batch_size=20, progress=False)
    accuracy[f"alpha {alpha:g}"] = 100 * model.accuracy(few.test.inputs, few.test.labels)
pictures.compare_bars(accuracy, ylabel="held-out accuracy, %", title="L2 with 179 training digits")

# %% tags=["demonstration"]
pictures.training_curves(
    {f"momentum {mu:g}": losses(0.02, momentum=mu) for mu in (0.0, 0.5, 0.9, 0.99)}, title="Momentum"
)

# %% [markdown]
# ## 8 Your own classifier
#
# Everything comes together. `train` gets the digits and must return a network that has learned them.
#
# ### Exercise 7
#
# Write `train(...)`: ReLU in the hidden layers, a linear last layer, softmax cross-entropy, mini-batches, SGD. The check looks at two things.
# The weights you return are tried on digits that you have not seen, and must get 95 % of them right. And a single step must follow the
# gradient: many a wrong backward pass learns, only worse. Everything must be your own: call your own functions, or write backpropagation
# into it.
#
# <details><summary>Hint 1</summary>Three loops: epochs, mini-batches, and layers on the way back.</details>
# <details><summary>Hint 2</summary>Begin with one step on one mini-batch, and print the loss before and after it.</details>
# <details><summary>Hint 3</summary>In the backward sweep: gradients of a layer first, then the delta for the layer below, with the weights as
# they were on the way forward.</details>


# %% nbgrader={"grade": false, "grade_id": "train", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
    """Train a network with ReLU hidden layers: (weights, biases), two lists in the order of the layers.

    inputs: (N, sizes[0]); labels: (N,) integers; neither is changed. weights[i]: (sizes[i + 1], sizes[i]);
    biases[i]: (sizes[i + 1],). Loss: softmax cross-entropy, mean over the mini-batch.
    A step moves every parameter by learning_rate times its gradient, downhill. Momentum, a weight decay of at
    most 0.01, or a rate that falls after the first epoch may be added.
    Each epoch uses the examples in a new random order; its last mini-batch may be shorter.
    rng: a NumPy generator, the only source of chance. The check calls it with sizes [64, 48, 10]: with
    learning_rate 0.3, epochs 30, batch_size 20, and for single steps and one epoch on a few examples.
    """
    ### BEGIN SOLUTION
    weights, biases = initialize(sizes, rng)
    for _ in range(epochs):
        for batch in minibatches(len(inputs), batch_size, rng):
            activations = [inputs[batch]]
            for layer, (W, b) in enumerate(zip(weights, biases)):
                a = activations[-1] @ W.T + b
                activations.append(np.maximum(a, 0) if layer < len(weights) - 1 else a)
            delta = np.exp(activations[-1] - activations[-1].max(axis=1, keepdims=True))
            delta /= delta.sum(axis=1, keepdims=True)
            delta[np.arange(len(batch)), labels[batch]] -= 1
            delta /= len(batch)
            dW, db = [], []
            for layer in reversed(range(len(weights))):
                dW.insert(0, delta.T @ activations[layer])
                db.insert(0, delta.sum(axis=0))
                delta = (delta @ weights[layer]) * (activations[layer] > 0)
            weights = sgd_step(weights, dW, learning_rate)
            biases = sgd_step(biases, db, learning_rate)
    return weights, biases
    ### END SOLUTION


# %%
def held_out_accuracy():
    rng = np.random.default_rng(0)
    weights, biases = train(digits.train.inputs, digits.train.labels, [64, 48, 10], 0.3, 30, 20, rng)
    h = np.maximum(digits.test.inputs @ weights[0].T + biases[0], 0)
    return float(np.mean((h @ weights[1].T + biases[1]).argmax(axis=1) == digits.test.labels))


print("share of held-out digits that are right; by hand: what is asked for")
look(held_out_accuracy, by_hand=0.95)

# %% nbgrader={"grade": true, "grade_id": "check-train", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("train")

# %% [markdown]
# What has a network learned? The first-layer weights of a trained one, as images: red pixels speak for the unit, blue ones against it.

# %% tags=["demonstration"]
model = MLP([64, 30, 10], seed=0)
fit(model, digits.train, optimizer=SGD(0.1, momentum=0.9), epochs=15, progress=False)
print(f"held-out accuracy {model.accuracy(digits.test.inputs, digits.test.labels):.1%}")
pictures.images(model.weights[0][:20], title="What 20 hidden units look for")

# %% [markdown]
# ### In your own words (graded by a person)
#
# Two runs end with the same training loss. Run A used a batch of 1438 (all of it), run B batches of 20. Which of the two took more epochs, which
# of them more steps, and why do most people prefer B? What would you change in B towards the end of training? Six sentences or fewer.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-09_sgd", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# A needs more epochs, because it takes a single step per epoch; B takes 72 and so needs more steps, each rough, but at about a seventieth of
# the cost. For the same computing time B usually gets further, since an estimate from 20 examples is good enough to go downhill, and its noise
# does little harm far from the bottom. Near the bottom the noise keeps B from settling, so one lowers the learning rate (or enlarges the
# batches) towards the end.
#
# === BEGIN MARK SCHEME ===
# 1 point: epochs against steps, and the price of a step. 1 point: noise near the bottom, smaller learning rate or larger batches.
# === END MARK SCHEME ===

# %% [markdown]
# ## What you know now
#
# | setting | too small | too large |
# | --- | --- | --- |
# | learning rate | crawls | jumps, diverges |
# | batch size | noisy | few steps per epoch |
# | starting weights | signal fades | wild outputs, saturation |
# | momentum | | overshoots |
# | penalty | fits the noise | fits nothing |
#
# **Where this is in PyTorch and JAX.** `torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)`, then
# `optimizer.step()` after `loss.backward()`; PyTorch keeps the velocity without the learning rate in it, which is the same walk as long as the
# rate stays put. In JAX, the Optax library has `optax.sgd`, and `optax.adam`, which rescales every weight's step by the size of its recent
# gradients; `nn_lib.Adam` lets you compare.
#
# Next: stop deriving backward passes. Build the machine that does it.
