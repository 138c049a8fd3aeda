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
# # Losses
#
# **You will** measure how wrong a prediction is in three ways, see what entropy has to do with it, turn scores into
# probabilities without overflow, and find that two nasty gradients collapse into "probability minus target".
#
# **You need** the chain rule with Jacobians (notebook 02) and the sigmoid (04, 05). **Time** about 75 minutes. **Next** the
# fully connected layer (notebook 07).
#
# A loss turns a whole batch into **one number**. Here it is always a *mean over the batch*. Others
# sum. Only a docstring can tell you which, so every docstring of this course does.

# %%
import numpy as np

from autograder import check, look
from nn_lib import numerical_gradient, pictures, softmax, softmax_cross_entropy

# %% [markdown]
# ## 1 Half the squared error
#
# For one example with prediction $a$ and target $y$, both vectors: $C_x = \frac12\lVert y - a\rVert^2$. For $n$ examples the
# mean $C = \frac1n\sum_x C_x$, also called the *empirical risk*. With predictions $(1, 2)$ and $(0,-1)$, targets $(0,2)$ and
# $(2,-1)$: the two costs are $\frac12$ and $2$, their mean is $1.25$.
#
# The half is there for the gradient: the 2 that the square brings down cancels it, and for one example
# $\partial C_x/\partial a = a - y$. Averaging divides it by $n$.
#
# Three names to keep apart. $C_x$ is the cost of one example. $C$ is the mean over the examples. "MSE", in most libraries, is a
# mean *without* the half. And most losses are functions of target and prediction, $L(y, f(x))$: only this one needs the
# difference alone.
#
# ### Find the mistake
#
# Two lines from a derivation:
#
# $$\tfrac12\lVert y - a\rVert^2 = \sum_i (y_i-a_i)^2,\qquad \frac{\partial C}{\partial a} = \tfrac12\sum_i (y_i-a_i)(-1) = a - y .$$
#
# <details><summary>What is wrong</summary>In the first the half got lost on the right. In the second the 2 from the square is
# missing and the sum should not be there: for entry i it is 2·½·(y<sub>i</sub> − a<sub>i</sub>)·(−1). Two slips, and a right
# result at the end.</details>
#
# ### Exercises 1 and 2
#
# Write `squared_error_forward(prediction, target)` and `squared_error_backward(prediction, target)`. The second returns the
# gradient for the prediction; a loss is the end of the graph, so there is no upstream gradient to multiply with.
#
# <details><summary>Hint</summary>Sum over the entries of an example, average over the examples.</details>
# <details><summary>Hint for exercise 2</summary>Whose shape has the gradient? What became of the 1/B?</details>


# %% nbgrader={"grade": false, "grade_id": "squared_error_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def squared_error_forward(prediction, target):
    """Mean over the batch of half the squared distance.

    prediction, target: (B, K). Returns one number.
    """
    ### BEGIN SOLUTION
    return 0.5 * np.sum((prediction - target) ** 2) / len(prediction)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "squared_error_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def squared_error_backward(prediction, target):
    """Gradient of squared_error_forward for the prediction.

    prediction, target: (B, K). Returns (B, K).
    """
    ### BEGIN SOLUTION
    return (prediction - target) / len(prediction)
    ### END SOLUTION


# %%
prediction, target = np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([[0.0, 2.0], [2.0, -1.0]])
look(squared_error_forward, prediction, target, by_hand=1.25)
look(squared_error_backward, prediction, target, by_hand=np.array([[0.5, 0.0], [-1.0, 0.0]]))

# %% nbgrader={"grade": true, "grade_id": "check-squared_error_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("squared_error_forward")

# %% nbgrader={"grade": true, "grade_id": "check-squared_error_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("squared_error_backward")

# %% [markdown]
# ## 2 Surprise
#
# How surprised should you be by an event of probability $p$? Take $-\log p$: 0 for a sure thing, 0.69 for a coin, 4.6 for one in
# a hundred, and surprises of independent events add, because a logarithm turns products into sums. (That, and not "numerical
# stability", is what the logarithm is for. Stability comes in section 3.)
#
# * **Entropy** is the average surprise: $H(p) = -\sum_k p_k\log p_k$. The natural logarithm gives *nats*.
# * **Cross-entropy** is the average surprise when events come from $p$ and you believe $q$: $H(p,q) = -\sum_k p_k\log q_k$.
# * **KL divergence** is what believing $q$ costs you on top: $D(p,q) = \sum_k p_k\log\frac{p_k}{q_k}$, so
#   $H(p,q) = H(p) + D(p,q)$.
#
# For $p=(\frac12,\frac12)$ and $q=(\frac34,\frac14)$: $H(p) = 0.6931$, $H(p,q) = 0.8370$, $D(p,q)=0.1438$. But $D(q,p) = 0.1308$:
# $D$ is no distance. It is not symmetric, and a detour can be shorter than the direct way.
#
# ### Find the mistake in the entropy
#
# A library computes `entropy = np.sum(p * np.log(p))`, and its test `cross_entropy == entropy + kl` fails. Put in the $p$ and
# $q$ above.
#
# <details><summary>What is wrong</summary>The entropy lacks its minus. Written like that it is −0.6931, and −0.6931 + 0.1438 is not
# 0.8370.</details>

# %% tags=["demonstration"]
pictures.entropy_of_a_coin()

# %% [markdown]
# ### Exercises 3, 4 and 5
#
# Write `entropy(p)`, `cross_entropy(p, q)` and `kl_divergence(p, q)`. An event with $p_k=0$ never happens, so it adds nothing:
# $0\log 0$ counts as 0. Your computer thinks otherwise.
#
# <details><summary>Hint</summary><code>p &gt; 0</code> selects the entries that happen.</details>
# <details><summary>Hint for exercise 4</summary>Which of the two weighs, and which is inside the logarithm?</details>
# <details><summary>Hint for exercise 5</summary>You may call your own functions.</details>


# %% nbgrader={"grade": false, "grade_id": "entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def entropy(p):
    """-sum p log p in nats, with 0 log 0 = 0; p: (K,), sums to 1. Returns one number."""
    ### BEGIN SOLUTION
    used = p > 0
    return -np.sum(p[used] * np.log(p[used]))
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "cross_entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cross_entropy(p, q):
    """-sum p log q in nats; p, q: (K,), each sums to 1; q > 0 wherever p > 0. Returns one number."""
    ### BEGIN SOLUTION
    used = p > 0
    return -np.sum(p[used] * np.log(q[used]))
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "kl_divergence", "locked": false, "schema_version": 3, "solution": true, "task": false}
def kl_divergence(p, q):
    """sum p log(p / q) in nats; p, q: (K,), each sums to 1; q > 0 wherever p > 0. Returns one number."""
    ### BEGIN SOLUTION
    return cross_entropy(p, q) - entropy(p)
    ### END SOLUTION


# %%
p, q = np.array([0.5, 0.5]), np.array([0.75, 0.25])
look(entropy, p, by_hand=0.69314718)
look(cross_entropy, p, q, by_hand=0.83698822)
look(kl_divergence, p, q, by_hand=0.14384104)

# %% nbgrader={"grade": true, "grade_id": "check-entropy", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("entropy")

# %% nbgrader={"grade": true, "grade_id": "check-cross_entropy", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("cross_entropy")

# %% nbgrader={"grade": true, "grade_id": "check-kl_divergence", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("kl_divergence")

# %% [markdown]
# ## 3 Softmax: from scores to probabilities
#
# A network ends in scores, one per class, any real numbers: the **logits** $z$.
# Softmax makes them positive and makes them sum to 1:
#
# $$p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}.$$
#
# This number is read as the probability of class $k$ given the input, $p(c_k\mid x)$. For $z = (2, 1, 0.1)$: $p = (0.6590, 0.2424, 0.0986)$. Divide the
# logits by a *temperature* $T$, and the choice gets sharper or softer:

# %% tags=["demonstration"]
pictures.softmax_bars([2.0, 1.0, 0.1])

# %% [markdown]
# ### Exercise 6
#
# $e^{1000}$ is too large for a computer. But adding the same number to all logits of a row changes nothing: it cancels in the
# quotient. Choose the number well. Write `softmax_forward(logits)`, one example per row.
#
# <details><summary>Hint 1</summary>Which shift makes the largest exponent of each row harmless?</details>
# <details><summary>Hint 2</summary><code>keepdims=True</code> keeps a (B, 1) that broadcasts along the row.</details>


# %% nbgrader={"grade": false, "grade_id": "softmax_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax_forward(logits):
    """Softmax of each row; every row sums to 1. Finite for logits of any size.

    logits: (B, K). Returns (B, K).
    """
    ### BEGIN SOLUTION
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %%
logits = np.array([[2.0, 1.0, 0.1], [1000.0, 1000.0, 0.0]])
look(softmax_forward, logits, by_hand=np.array([[0.65900114, 0.24243297, 0.09856589], [0.5, 0.5, 0.0]]))

# %% nbgrader={"grade": true, "grade_id": "check-softmax_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("softmax_forward")

# %% [markdown]
# ## 4 Back through softmax
#
# Softmax is not entry by entry: raise one logit, and *all* probabilities move, since they must still sum to 1. Its Jacobian is
#
# $$\frac{\partial p_k}{\partial z_i} = p_k(\delta_{ki} - p_i),\qquad \delta_{ki} = 1 \text{ if } k = i, \text{ else } 0.$$
#
# Each output depends on every logit, so the rule of notebook 05, "times the slope, entry by entry", does not apply here. Multiply
# the upstream gradient $g$ with the Jacobian, and a short formula without any matrix falls out:
#
# $$dz_i = \sum_k g_k\,p_k(\delta_{ki}-p_i) = p_i\Big(g_i - \sum_k g_k\,p_k\Big).$$
#
# In words: how much better is class $i$ than the average, weighed by its probability. Each row of $dz$ sums to 0. In the picture,
# the measured Jacobian for $z=(2,1,0.1)$: symmetric, and its rows sum to 0 as well.

# %% tags=["demonstration"]
z = np.array([2.0, 1.0, 0.1])
jacobian = np.array([numerical_gradient(lambda z: softmax(z)[k], z) for k in range(3)])
assert np.allclose(jacobian.sum(axis=1), 0)
pictures.heat_map(jacobian, title="Jacobian of softmax", rows="probability k", columns="logit i")

# %% [markdown]
# ### Exercise 7
#
# Write `softmax_backward(upstream, logits)`, without building the Jacobian.
#
# <details><summary>Hint 1</summary>Three factors stand in the formula: p, g, and one number per row.</details>
# <details><summary>Hint 2</summary>Along which axis do the probabilities of one example lie?</details>


# %% nbgrader={"grade": false, "grade_id": "softmax_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax_backward(upstream, logits):
    """Gradient of softmax_forward for the logits, row by row.

    upstream: (B, K), the gradient for the probabilities; logits: (B, K). Returns (B, K).
    """
    ### BEGIN SOLUTION
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p * (upstream - np.sum(p * upstream, axis=1, keepdims=True))
    ### END SOLUTION


# %%
look(
    softmax_backward,
    np.array([[1.0, 0.0, 0.0]]),
    np.array([[2.0, 1.0, 0.1]]),
    by_hand=np.array([[0.22471864, -0.1597636, -0.06495503]]),
)

# %% nbgrader={"grade": true, "grade_id": "check-softmax_backward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("softmax_backward")

# %% [markdown]
# ## 5 Softmax and cross-entropy: one gate
#
# The target is a label $y$, an integer, or the same thing **one-hot**, a row of zeros with a 1 at the true class. The cross-entropy between the one-hot row and $p$ leaves a
# single term, the *negative log-likelihood* of the true class:
#
# $$L = \frac1B\sum_{i=1}^{B} -\log p_{i,\,y_i},\qquad p_i = \mathrm{softmax}(z_i).$$
#
# Mind the $i$: each example has its own probabilities and its own label. For $z=(2,1,0.1)$ and true class 0:
# $L = -\log 0.6590 = 0.4170$.
#
# **Stability.** If $p$ rounds to 0, its logarithm is $-\infty$, although $L$ is only large. Never compute $p$ on the way:
# $-\log p_y = \log\sum_j e^{z_j} - z_y$, and shift the logits first.
#
# **The gradient.** Put $g_k = -\frac{1}{p_y}$ at the true class into section 4, and the $p_y$ cancels. What is left is the loveliest
# formula of the course: **probability minus target**, divided by $B$. Above: $(-0.3410, 0.2424, 0.0986)$.
#
# Move one logit: below, that of class 0, the true one, goes from -6 to 6, the others stay at 1 and 0.1. Where the answer is wrong, the slope
# is nearly -1; where it is right, nearly 0. Change `others` or `label` and run the cell again.

# %% tags=["demonstration"]
others, label = [1.0, 0.1], np.array([0])
line = np.linspace(-6, 6, 49)
rows = [np.array([[moved, *others]]) for moved in line]
losses = [softmax_cross_entropy(row, label) for row in rows]
slopes = [numerical_gradient(lambda z: softmax_cross_entropy(z, label), row)[0, 0] for row in rows]
pictures.curves(
    line,
    {"probability of class 0": [softmax(row)[0, 0] for row in rows], "loss": losses, "slope of the loss": slopes},
    xlabel="logit of class 0",
    ylabel="value",
    title="One logit moves",
)

# %% tags=["demonstration"]
# Change a logit, and step back: the gradient is the probabilities minus the target, and its entries add up to 0.
from nn_lib import ComputationalGraph, Input
from nn_lib.widgets import stepper

stepper(ComputationalGraph(softmax_cross_entropy(Input("logits"), np.array([1]))), logits=np.array([[2.0, 1.0, -1.0]]))

# %% [markdown]
# ### Exercises 8 and 9
#
# Write `softmax_cross_entropy_forward(logits, labels)` and `softmax_cross_entropy_backward(logits, labels)`.
#
# <details><summary>Hint</summary><code>logits[np.arange(B), labels]</code> picks one entry per row.</details>
# <details><summary>Hint for exercise 8</summary>Take the logarithm of the quotient by hand before you write code.</details>
# <details><summary>Hint for exercise 9</summary>Probabilities first; then change B entries of a copy.</details>


# %% nbgrader={"grade": false, "grade_id": "softmax_cross_entropy_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax_cross_entropy_forward(logits, labels):
    """Mean over the batch of -log softmax(logits)[label]. Finite for finite logits.

    logits: (B, K); labels: (B,) integers from 0 to K - 1. Returns one number.
    """
    ### BEGIN SOLUTION
    shifted = logits - logits.max(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    return np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[rows, labels])
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "softmax_cross_entropy_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax_cross_entropy_backward(logits, labels):
    """Gradient of softmax_cross_entropy_forward for the logits.

    logits: (B, K); labels: (B,) integers from 0 to K - 1. Returns (B, K).
    """
    ### BEGIN SOLUTION
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    gradient = e / e.sum(axis=1, keepdims=True)
    gradient[np.arange(len(labels)), labels] -= 1
    return gradient / len(labels)
    ### END SOLUTION


# %%
logits, labels = np.array([[2.0, 1.0, 0.1]]), np.array([0])
look(softmax_cross_entropy_forward, logits, labels, by_hand=0.41703002)
look(softmax_cross_entropy_backward, logits, labels, by_hand=np.array([[-0.34099886, 0.24243297, 0.09856589]]))

# %% nbgrader={"grade": true, "grade_id": "check-softmax_cross_entropy_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("softmax_cross_entropy_forward")

# %% nbgrader={"grade": true, "grade_id": "check-softmax_cross_entropy_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("softmax_cross_entropy_backward")

# %% [markdown]
# ## 6 Two classes: binary cross-entropy
#
# With two classes one logit is enough: $a = \sigma(z)$ is the probability of class 1, and
#
# $$L = \frac1B\sum_i -\big[\,y_i\log a_i + (1-y_i)\log(1-a_i)\,\big].$$
#
# This is the *logistic loss*: the cross-entropy of two classes.
# With $z = 0.5$, $y=1$: $a = 0.6225$, $L=0.4741$, and $\partial L/\partial z = a - y = -0.3775$. The same formula again. (For $a$ the
# gradient is $-1/a = -1.6065$; times the slope $a(1-a)$ of the sigmoid it is the same $-0.3775$.)
#
# For stability, write both logarithms with softplus: $-\log\sigma(z) = \mathrm{softplus}(-z)$ and
# $-\log(1-\sigma(z)) = \mathrm{softplus}(z)$.
#
# ### Exercises 10 and 11
#
# Write `binary_cross_entropy_forward(logits, targets)` and `binary_cross_entropy_backward(logits, targets)`.
#
# <details><summary>Hint</summary>You wrote a stable softplus in notebook 05.</details>
# <details><summary>Hint for exercise 11</summary>Let the factor a (1 − a) cancel on paper, not in the computer.</details>


# %% nbgrader={"grade": false, "grade_id": "binary_cross_entropy_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def binary_cross_entropy_forward(logits, targets):
    """Mean over the batch of the binary cross-entropy of sigmoid(logits). Finite for finite logits.

    logits: (B,); targets: (B,), numbers from 0 to 1. Returns one number.
    """
    ### BEGIN SOLUTION
    return np.mean(targets * np.logaddexp(0, -logits) + (1 - targets) * np.logaddexp(0, logits))
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "binary_cross_entropy_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def binary_cross_entropy_backward(logits, targets):
    """Gradient of binary_cross_entropy_forward for the logits.

    logits: (B,); targets: (B,), numbers from 0 to 1. Returns (B,).
    """
    ### BEGIN SOLUTION
    return (0.5 * (1 + np.tanh(0.5 * logits)) - targets) / len(logits)
    ### END SOLUTION


# %%
look(binary_cross_entropy_forward, np.array([0.5]), np.array([1.0]), by_hand=0.47407698)
look(binary_cross_entropy_backward, np.array([0.5]), np.array([1.0]), by_hand=np.array([-0.37754067]))

# %% nbgrader={"grade": true, "grade_id": "check-binary_cross_entropy_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("binary_cross_entropy_forward")

# %% nbgrader={"grade": true, "grade_id": "check-binary_cross_entropy_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("binary_cross_entropy_backward")

# %% [markdown]
# ## 7 Which loss, when?
#
# Real-valued targets, such as a temperature: squared error. Probabilities: cross-entropy. And if only right or wrong matters?
# Counting errors is a loss too, but flat almost everywhere, with no gradient to follow; cross-entropy stands in for it.
#
# You *can* classify with the squared error. But behind a sigmoid its gradient for the score is $(a - 1)\,a(1-a)$, and for a sure wrong
# answer the factor $a(1-a)$ is almost 0. Look at the left end, where the network is wrong and sure of it: cross-entropy still falls
# steeply towards the right answer, squared error lies flat.

# %% tags=["demonstration"]
pictures.losses_against_logit()

# %% [markdown]
# ## 8 One more term
#
# Often a penalty on large weights is added: $J(\theta) = L(\theta) + \alpha\,\Omega(\theta)$, for instance
# $\Omega = \frac12\lVert W\rVert^2$, whose gradient is $W$. We keep $L$ for the loss and $J$ for the sum.
# Notebook 09 puts it to work.
#
# ### In your own words (graded by a person)
#
# A classifier gives the true class the probability $10^{-9}$. Compare what squared error and cross-entropy say about it: the size
# of the loss, and the gradient at the logit. Which of the two helps the network to recover, and why? Six sentences or fewer.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-06_losses", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# Squared error is at most 1/2 for that output, and its gradient at the logit has the factor p(1 - p), about a billionth: the network
# is wrong, sure of it, and hears nothing. Cross-entropy is about 20.7 and still growing, and its gradient at the logit is p - 1,
# nearly -1, as far from 0 as it can be. So cross-entropy pulls hardest where the network is most wrong; the factor that saturates
# cancels against the slope of the logarithm.
#
# === BEGIN MARK SCHEME ===
# 1 point: gradient of squared error vanishes because of p (1 - p), that of cross-entropy stays near -1. 1 point: a reason, such as
# the cancelling factor, or the unbounded loss.
# === END MARK SCHEME ===

# %% [markdown]
# ## What you know now
#
# | loss | for | gradient at its input |
# | --- | --- | --- |
# | half squared error | real targets | (prediction − target) / B |
# | softmax cross-entropy | one of K classes, from logits | (probability − one-hot target) / B |
# | binary cross-entropy | yes or no, from logits | (probability − target) / B |
#
# **Where this is in PyTorch and JAX.** `torch.nn.CrossEntropyLoss` and `torch.nn.BCEWithLogitsLoss` take logits, as here; never put
# a softmax before them. `torch.nn.MSELoss` has no half and averages over all entries. In JAX, `jax.nn.log_softmax` is the stable half
# of exercise 8.
#
# Next: where logits come from.
