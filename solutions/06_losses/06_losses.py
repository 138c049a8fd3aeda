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
# **You will** measure in three ways how wrong a prediction is, turn scores of any size into probabilities, and find for
# yourself the formula that almost every classifier learns by.
#
# **You need** the chain rule with Jacobians (notebook 02), the sigmoid (04), batches and softplus (05). **Time** about 75
# minutes; `softmax_backward` may take an evening. **Next** the fully connected layer (notebook 07).
#
# ### Before you begin
#
# <details><summary>What is a batch, and what does one of its rows hold?</summary>An array with one example in each row; B
# rows make a batch of size B (notebook 05).</details>
# <details><summary>Each output of a function depends on all of its inputs. How does an upstream gradient come
# back?</summary>The transposed Jacobian times the upstream gradient (notebook 02): a sum over all outputs.</details>
# <details><summary>What is log(a · b), and what is log(e<sup>3</sup>)?</summary>log a + log b; and 3.</details>
#
# ### Why today
#
# A network says that this is a 4, and that it is 90 percent sure; but it was a 9. How wrong is that, as one number? You
# have to choose, and the choice decides what the network learns, because the gradient of this number is all that it ever
# hears. A bad choice says nothing to a network that is sure and wrong.

# %%
import numpy as np

from autograder import check, look
from my_nn import sigmoid_backward, sigmoid_forward, softplus_forward

# %% [markdown]
# ## 1 Half the squared error
#
# Take two examples, each with two numbers to predict. The network says $(1, 2)$ and $(0, -1)$; the targets are $(0, 2)$
# and $(2, -1)$. Square each difference, add within an example, and take half: the two examples cost $\frac12$ and $2$.
# The loss of the batch is their **mean**, $1.25$.
#
# With $h$ for a prediction and $y$ for its target, that is
#
# $$L = \frac1B\sum_{n=1}^{B}\tfrac12\lVert y_n - h_n\rVert^2 .$$
#
# A loss turns a whole batch into one number. In this course it is a *mean over the batch*, also called the *empirical
# risk*, unless a docstring says otherwise. "MSE" in most libraries is a mean *without* the half, and over all entries, so
# read the docstring before you compare two numbers. And most losses need the target and the prediction separately; for
# this one their difference is enough.
#
# Now raise the first prediction, 1, by 0.01: by how much does $L$ move? Do it in your head before you write code, and find
# out what the half is good for.
#
# ### Find the mistake
#
# Somebody arrives at the right gradient for one example by two wrong steps:
#
# $$\tfrac12\lVert y - h\rVert^2 = \sum_i (y_i-h_i)^2,\qquad \frac{\partial L}{\partial h} = \tfrac12\sum_i (y_i-h_i)(-1) = h - y .$$
#
# <details><summary>The answer</summary>In the first step the half got lost on the right. In the second the 2 that the
# square brings down is missing, and the sum should not be there: entry i alone depends on h<sub>i</sub>. Two slips, and a
# right result at the end.</details>
#
# ### Exercises 1 and 2
#
# Write `squared_error_forward(prediction, target)` and `squared_error_backward(prediction, target)`. A loss is the end of
# the graph, so there is no upstream gradient to multiply by.
#
# <details><summary>Hint 1</summary>Sum over the entries of an example, average over the examples.</details>
# <details><summary>Hint 2</summary>What shape does the gradient have? What became of the 1/B?</details>


# %% nbgrader={"grade": false, "grade_id": "squared_error_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def squared_error_forward(prediction, target):
    """Mean over the batch of half the squared distance.

    prediction, target: (B, K). Returns one number.
    Example: [[1, 2], [0, -1]] and [[0, 2], [2, -1]] give 1.25.
    """
    ### BEGIN SOLUTION
    of_each = 0.5 * np.sum((prediction - target) ** 2, axis=1)
    return np.mean(of_each)
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
print("the first example alone, a batch of one")
look(squared_error_forward, prediction[:1], target[:1], by_hand=0.5)
look(squared_error_backward, prediction[:1], target[:1], by_hand=np.array([[1.0, 0.0]]))

# %% nbgrader={"grade": true, "grade_id": "check-squared_error_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("squared_error_forward")

# %% nbgrader={"grade": true, "grade_id": "check-squared_error_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("squared_error_backward")

# %% [markdown]
# ## 2 Surprise
#
# How surprised should you be when something of probability $p$ happens? Not at all by a sure thing, a little by a coin,
# and a lot by one in a hundred. And when two independent things happen, the surprises should add. A function that turns
# products into sums is the logarithm, so take $-\log p$. It is 0 for a sure thing, 0.69 for a coin, 4.6 for one in a
# hundred. (That is what the logarithm is for here; keeping numbers finite comes in section 3.)
#
# * **Entropy** is the average surprise: $H(p) = -\sum_k p_k\log p_k$, in *nats* when the logarithm is the natural one.
# * **Cross-entropy** is your average surprise when things happen as $p$ says, and you believe $q$:
#   $H(p,q) = -\sum_k p_k\log q_k$.
# * **KL divergence** is what your belief costs on top, $D(p,q) = H(p,q) - H(p)$, or written out
#   $\sum_k p_k\log\frac{p_k}{q_k}$.
#
# Take a fair coin, $p=(\frac12,\frac12)$, and somebody who believes $q=(\frac34,\frac14)$. Guess which is larger, $H(p)$
# or $H(p,q)$, then let your functions say. Then exchange the two in $D$: it is not symmetric, so it is not a distance. And
# for which coin is the entropy largest? The picture under the look cell tells you.
#
# ### Exercises 3, 4 and 5
#
# Write `entropy(p)`, `cross_entropy(p, q)` and `kl_divergence(p, q)`. An outcome with $p_k=0$ never happens, so it adds
# nothing: $0\log 0$ counts as 0, though your computer thinks otherwise.
#
# <details><summary>Hint 3</summary><code>p &gt; 0</code> selects the entries that happen.</details>
# <details><summary>Hint 4</summary>Which of the two is the weight, and which is inside the logarithm?</details>
# <details><summary>Hint 5</summary>You may call your own functions.</details>


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


# %% tags=["demonstration"]
from nn_lib import pictures

p, q = np.array([0.5, 0.5]), np.array([0.75, 0.25])
look(entropy, p, by_hand=0.69314718)
look(cross_entropy, p, q, by_hand=0.83698822)
look(kl_divergence, p, q, by_hand=0.14384104)
look(kl_divergence, q, p, by_hand=0.13081204)
pictures.entropy_of_a_coin()

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
# ### Find the mistake in the entropy
#
# A library computes `entropy = np.sum(p * np.log(p))`, and its test `cross_entropy == entropy + kl` fails. Put in the $p$
# and $q$ above.
#
# <details><summary>The answer</summary>The entropy lacks its minus: written like that it is −0.6931, and −0.6931 + 0.1438
# is not 0.8370.</details>
#
# ## 3 Softmax: from scores to probabilities
#
# A network ends in scores, one for each class, any numbers at all. These are the pre-activations $a$ of its last layer,
# called **logits**. **Softmax** makes them positive and makes them sum to 1:
#
# $$p_k = \frac{e^{a_k}}{\sum_j e^{a_j}}.$$
#
# We read $p_k$ as the probability of class $k$ for this input. For $a = (2, 1, 0.1)$ it gives $(0.6590, 0.2424, 0.0986)$.
# Divide the logits by a *temperature* $T$ first, and the choice gets sharper or softer, as in the picture.
#
# A computer takes this formula at its word. Which of the rows (2, 1, 0.1), (-1000, -1000, -1001) and (1000, 1000, 0) will
# survive it? Guess, then run the cell, which prints what comes out. (`nan` is "not a number".)

# %% tags=["demonstration"]
with np.errstate(all="ignore"):
    for row in ([2.0, 1.0, 0.1], [-1000.0, -1000.0, -1001.0], [1000.0, 1000.0, 0.0]):
        print(row, np.exp(row) / np.sum(np.exp(row)))
pictures.softmax_bars([2.0, 1.0, 0.1])

# %% [markdown]
# Two classes with the same huge score should get one half each, but the formula gives no number at all. To mend it, add
# the same number to all logits of a row, and watch the quotient: top and bottom are multiplied by the same factor, so
# nothing changes. You may choose that number for each row, so choose it well.
#
# ### Exercise 6
#
# Write `softmax_forward(logits)`, one example per row.
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
# Raise one logit, and *all* probabilities move, since they must still sum to 1. So the rule of notebook 05, "times the
# slope, entry by entry", does not apply, and you need the whole Jacobian. The picture shows it for $a=(2,1,0.1)$, measured
# by differences. Three things to see: it is symmetric, its diagonal is positive, and each row sums to 0.

# %% tags=["demonstration"]
from nn_lib import numerical_gradient, softmax

a = np.array([2.0, 1.0, 0.1])
jacobian = np.array([numerical_gradient(lambda v: softmax(v)[k], a) for k in range(3)])
probabilities = softmax(a)
assert np.allclose(jacobian.sum(axis=1), 0) and np.allclose(jacobian, jacobian.T)
assert np.allclose(jacobian, np.diag(probabilities) - np.outer(probabilities, probabilities))
pictures.heat_map(jacobian, title="Jacobian of softmax", rows="probability k", columns="logit i")

# %% [markdown]
# On paper, with the quotient rule: the entry for $p_k$ and its own logit is $p_k(1-p_k)$, as for the sigmoid, and for
# another logit $i$ it is $-p_k\,p_i$. Check two entries of the picture with $p = (0.6590, 0.2424, 0.0986)$.
#
# Now send an upstream gradient $u$ back: for logit $i$ you add over all outputs, $u_k$ times the entry of $k$ and $i$.
# Take the term with $k=i$ and the others together, and put in front what they share. The sum that is left is the same for
# *every* $i$, so you need no matrix, only one number for each row.
#
# ### Exercise 7, for an evening
#
# Write `softmax_backward(upstream, logits)`, without building the Jacobian.
#
# <details><summary>Hint 1</summary>Write the sum for i = 1 and three classes. Which factor stands in all three
# terms?</details>
# <details><summary>Hint 2</summary>In words: how much better is this class's upstream gradient than the average one,
# weighted by the probabilities?</details>
# <details><summary>Hint 3</summary>Along which axis do the probabilities of one example lie?</details>


# %% nbgrader={"grade": false, "grade_id": "softmax_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax_backward(upstream, logits):
    """Gradient of softmax_forward for the logits, row by row.

    upstream: (B, K), the gradient for the probabilities; logits: (B, K). Returns (B, K).
    Finite for logits of any size.
    """
    ### BEGIN SOLUTION
    p = softmax_forward(logits)
    average = np.sum(p * upstream, axis=1, keepdims=True)
    return p * (upstream - average)
    ### END SOLUTION


# %%
# Two examples. The first row of the result is the first row of the picture.
look(
    softmax_backward,
    np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]),
    np.array([[2.0, 1.0, 0.1], [1000.0, 1000.0, 0.0]]),
    by_hand=np.array([[0.22471864, -0.1597636, -0.06495503], [-0.25, 0.25, 0.0]]),
)

# %% nbgrader={"grade": true, "grade_id": "check-softmax_backward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("softmax_backward")

# %% [markdown]
# ## 5 Softmax and cross-entropy: one gate
#
# The target is a label, an integer such as 0. Or it is the same thing **one-hot**: a row $y$ of zeros with a 1 at the true
# class. The cross-entropy between this row and $p$ leaves one term, the surprise at the true class, also called its
# *negative log-likelihood*. The loss is the mean over the batch, and each example $n$ has its own probabilities and its
# own label $c_n$:
#
# $$L = \frac1B\sum_{n=1}^{B} -\log p_{n,\,c_n}.$$
#
# For $a=(2,1,0.1)$ and the true class 0 it is $-\log 0.6590 = 0.4170$.
#
# **A trap.** If $p$ rounds to 0, its logarithm is $-\infty$, although $L$ is only large; so never compute $p$ on the way.
# Take the logarithm of the quotient by hand first: what is left of $\log e^{a_k}$?
#
# **A treasure.** Take one example, and go back by hand: the loss $-\log p_c$ sends $-\frac{1}{p_c}$ to the true class and
# 0 to the others. Put this upstream gradient into your rule for softmax. What comes out for the true class, and what for
# any other? Try it with the numbers above before you use letters. (The true class gets $-0.3410$, and the other two
# numbers you have seen before.)
#
# ### Exercises 8 and 9
#
# Write `softmax_cross_entropy_forward(logits, labels)`, and `softmax_cross_entropy_backward(logits, labels)` by the
# formula that you found.
#
# <details><summary>Hint 8.1</summary><code>logits[np.arange(B), labels]</code> picks one entry per row.</details>
# <details><summary>Hint 8.2</summary>Shift the logits first, as in exercise 6: then the sum of exponentials is at least
# 1.</details>
# <details><summary>Hint 9</summary>Nearly all of the result is something you have a function for. Then B entries change.
# And what does the mean over the batch do to the gradient?</details>


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
    gradient = softmax_forward(logits)
    gradient[np.arange(len(labels)), labels] -= 1
    return gradient / len(labels)
    ### END SOLUTION


# %%
logits, labels = np.array([[2.0, 1.0, 0.1]]), np.array([0])
look(softmax_cross_entropy_forward, logits, labels, by_hand=0.41703002)
treasure = np.array([[-0.34099886, 0.24243297, 0.09856589]])
look(softmax_cross_entropy_backward, logits, labels, by_hand=treasure)
twice, both_labels = np.repeat(logits, 2, axis=0), np.repeat(labels, 2)
print("the same example twice: the mean stays, and each of the two has half a say in it")
look(softmax_cross_entropy_forward, twice, both_labels, by_hand=0.41703002)
look(softmax_cross_entropy_backward, twice, both_labels, by_hand=np.repeat(treasure / 2, 2, axis=0))


def through_both_gates():  # the same, gate by gate: first the logarithm, then your softmax_backward
    p = softmax_forward(logits)
    return softmax_backward(np.array([[-1 / p[0, 0], 0.0, 0.0]]), logits)


def with_one_hot():  # a one-hot target has no surprise of its own, so the loss is all KL divergence
    return kl_divergence(np.array([1.0, 0.0, 0.0]), softmax_forward(logits)[0])


look(through_both_gates, by_hand=treasure)
look(with_one_hot, by_hand=0.41703002)

# %% nbgrader={"grade": true, "grade_id": "check-softmax_cross_entropy_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("softmax_cross_entropy_forward")

# %% nbgrader={"grade": true, "grade_id": "check-softmax_cross_entropy_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("softmax_cross_entropy_backward")

# %% tags=["demonstration"]
# First your own functions, while the logit of the true class goes from -6 to 6. Where the answer is
# wrong, the slope is nearly -1; where it is right, nearly 0. Then the gate in one piece. It asks you
# for the gradient before it shows it: three numbers, and you know what they add up to.
from nn_lib import ComputationalGraph, Input, softmax_cross_entropy
from nn_lib.widgets import stepper


def one_logit_moves():
    line, true_class = np.linspace(-6, 6, 49), np.array([0])
    rows = [np.array([[moved, 1.0, 0.1]]) for moved in line]
    by_name = {
        "probability": [softmax_forward(row)[0, 0] for row in rows],
        "loss": [softmax_cross_entropy_forward(row, true_class) for row in rows],
        "slope of the loss": [softmax_cross_entropy_backward(row, true_class)[0, 0] for row in rows],
    }
    assert by_name["slope of the loss"][0] < -0.99 and abs(by_name["slope of the loss"][-1]) < 0.02
    words = {"xlabel": "logit of the true class", "ylabel": "value", "title": "One logit moves"}
    return pictures.curves(line, by_name, **words)


look(one_logit_moves)
gate = ComputationalGraph(softmax_cross_entropy(Input("logits"), np.array([1])))
stepper(gate, predict=True, logits=np.array([[2.0, 1.0, -1.0]]))

# %% [markdown]
# ## 6 Two classes: binary cross-entropy
#
# For yes or no, one logit is enough: let $p = \sigma(a)$ be the probability of yes, and the target $y$ be 1 for yes and 0
# for no. The cross-entropy of two classes is then
#
# $$L = \frac1B\sum_n -\big[\,y_n\log p_n + (1-y_n)\log(1-p_n)\,\big],$$
#
# which is also called the *logistic loss*. For $a = 0.5$ and $y=1$ you get $p = 0.6225$ and $L=0.4741$. Go back by hand:
# for $p$ the gradient is $-1/p = -1.6065$, and the slope of the sigmoid is $p(1-p) = 0.2350$. Multiply. Where have you
# seen such a number?
#
# To keep it finite, rewrite both logarithms with softplus: $-\log\sigma(a) = \mathrm{softplus}(-a)$, and what is
# $-\log(1-\sigma(a))$?
#
# ### Exercises 10 and 11
#
# Write `binary_cross_entropy_forward(logits, targets)` and `binary_cross_entropy_backward(logits, targets)`.
#
# <details><summary>Hint 10</summary>1 − σ(a) is σ(−a). And your softplus of notebook 05 survives any number.</details>
# <details><summary>Hint 11</summary>Let the factor p (1 − p) cancel on paper, not in the computer.</details>


# %% nbgrader={"grade": false, "grade_id": "binary_cross_entropy_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def binary_cross_entropy_forward(logits, targets):
    """Mean over the batch of the binary cross-entropy of sigmoid(logits). Finite for finite logits.

    logits: (B,); targets: (B,), numbers from 0 to 1. Returns one number.
    """
    ### BEGIN SOLUTION
    yes, no = softplus_forward(-logits), softplus_forward(logits)
    return np.mean(targets * yes + (1 - targets) * no)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "binary_cross_entropy_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def binary_cross_entropy_backward(logits, targets):
    """Gradient of binary_cross_entropy_forward for the logits.

    logits: (B,); targets: (B,), numbers from 0 to 1. Returns (B,).
    """
    ### BEGIN SOLUTION
    p = sigmoid_forward(logits)
    return (p - targets) / len(logits)
    ### END SOLUTION


# %%
look(binary_cross_entropy_forward, np.array([0.5]), np.array([1.0]), by_hand=0.47407698)
look(binary_cross_entropy_backward, np.array([0.5]), np.array([1.0]), by_hand=np.array([-0.37754067]))
two, yes_no = np.array([0.5, -0.5]), np.array([1.0, 0.0])
print("two examples, a yes and a no")
look(binary_cross_entropy_forward, two, yes_no, by_hand=0.47407698)
look(binary_cross_entropy_backward, two, yes_no, by_hand=np.array([-0.18877033, 0.18877033]))

# %% nbgrader={"grade": true, "grade_id": "check-binary_cross_entropy_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("binary_cross_entropy_forward")

# %% nbgrader={"grade": true, "grade_id": "check-binary_cross_entropy_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("binary_cross_entropy_backward")

# %% [markdown]
# ## 7 Which loss, when?
#
# For a temperature or a price, use the squared error, and for probabilities cross-entropy. And when only right or wrong
# matters? Counting errors is a loss too, but it is flat almost everywhere. There is no gradient to follow, so
# cross-entropy stands in for it.
#
# You *can* classify with the squared error: turn the logit into a probability with a sigmoid first. Let the right answer
# be yes. The pictures draw both losses and their gradients with *your* functions, over the **logit**, since the logit is
# what the network moves. Before you run the cell: the network is sure and wrong, at $a=-8$. Which of the two losses is
# steep there, and which is flat?

# %% tags=["demonstration"]
line, along = np.linspace(-8.0, 8.0, 33), {"xlabel": "logit of the right answer"}


def your_losses():
    one = np.array([1.0])
    binary = [binary_cross_entropy_forward(np.array([v]), one) for v in line]
    squared = [squared_error_forward(sigmoid_forward(np.array([[v]])), one[None]) for v in line]
    by_name = {"cross-entropy": binary, "squared error": squared}
    return pictures.curves(line, by_name, ylabel="loss", title="Your losses", **along)


def your_slopes():
    binary, squared = [], []
    for v in line:
        p = sigmoid_forward(np.array([[v]]))
        upstream = squared_error_backward(p, np.array([[1.0]]))
        squared.append(sigmoid_backward(upstream, np.array([[v]]))[0, 0])
        binary.append(binary_cross_entropy_backward(np.array([v]), np.array([1.0]))[0])
    by_name = {"cross-entropy": binary, "squared error": squared}
    return pictures.curves(line, by_name, ylabel="gradient", title="What the network hears", **along)


def at_the_left_end():
    a, yes = np.array([-8.0]), np.array([1.0])
    p, one = sigmoid_forward(a[None]), yes[None]
    losses = [binary_cross_entropy_forward(a, yes), squared_error_forward(p, one)]
    from_squares = sigmoid_backward(squared_error_backward(p, one), a[None])
    return np.array([losses, [binary_cross_entropy_backward(a, yes)[0], from_squares[0, 0]]])


look(your_losses)
look(your_slopes)
print("at a = -8, a column for cross-entropy and one for the squared error: the losses, then the gradients")
look(at_the_left_end, by_hand=np.array([[8.00033541, 0.49966471], [-0.99966465, -0.00033513]]))

# %% [markdown]
# At the left end the gradient of cross-entropy is nearly $-1$: raise this logit, with full force. The gradient of the
# squared error says almost nothing, $-0.0003$. It carries the factor $p(1-p)$, the slope of the sigmoid, and where the
# sigmoid is sure its slope is nearly 0. In cross-entropy that factor has cancelled.
#
# ## 8 One more term
#
# Often a price on large weights is added to the loss: $J = L + \alpha\,\Omega$, for instance with
# $\Omega = \frac12\lVert W\rVert^2$, whose gradient is $W$. We keep $L$ for the loss and $J$ for the sum. Notebook 09 puts
# it to work.
#
# ## What you know now
#
# An hour ago "wrong" was a word. Now it is a number, and you know what a network hears when it is wrong. Three losses, and
# one formula three times:
#
# * half squared error, for real targets: gradient $(h - y)/B$ at the prediction;
# * softmax cross-entropy, one of K classes: gradient $(p - y)/B$ at the logits, with $y$ one-hot;
# * binary cross-entropy, yes or no: gradient $(p - y)/B$ at the logits;
# * softmax alone: $p_i\,(u_i - \sum_k u_k\,p_k)$ for an upstream gradient $u$; each row sums to 0;
# * $H(p,q) = H(p) + D(p,q)$; shift the logits by their largest before any exponential.
#
# **Where this is in PyTorch and JAX.** `torch.nn.CrossEntropyLoss` and `torch.nn.BCEWithLogitsLoss` take logits, as here;
# never put a softmax before them. `torch.nn.MSELoss` has no half and averages over all entries. In JAX,
# `jax.nn.log_softmax` is the stable half of exercise 8.
#
# Next: where logits come from.
#
# ### In your own words (graded by a person)
#
# A classifier gives the true class the probability $10^{-9}$. Compare what squared error and cross-entropy say about it:
# the size of the loss, and the gradient at the logit. Which of the two helps the network to recover, and why? Six
# sentences or fewer.

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
