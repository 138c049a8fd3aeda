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
# # Activations
#
# **You will** meet ten activation functions with their slopes, write the backward function of each, and measure on deep
# stacks why the slope matters more than the value.
#
# **You need** gates and the sigmoid circuit (notebooks 03 and 04). **Time** about 70 minutes. **Next** losses (notebook 06).
#
# An activation $g$ acts on each entry of its input by itself, so its backward function is always
#
# $$\text{gradient of the input} = \text{upstream gradient}\times g'(x),\qquad\text{entry by entry.}$$
#
# What changes is $g'$. We write $x$ for what goes in, and give each function a name of its own.

# %%
import numpy as np

from autograder import check, look
from nn_lib import ACTIVATIONS, pictures
from nn_lib.pictures import activation_curve, activation_curves

activation_curves()

# %% [markdown]
# ## 1 The sigmoid, and what is wrong with it
#
# $\sigma(x) = \frac{1}{1 + e^{-x}}$ has values in $(0, 1)$ and was read as the firing rate of a nerve cell. Its slope
# $\sigma(1-\sigma)$, derived in notebook 04, is $0.25$ at best: $0.25,\ 0.197,\ 0.105$ at $x = 0,\ 1,\ 2$. Three complaints:
#
# * it **saturates**: far from 0 the curve is flat, the slope is nearly 0, and no gradient comes through;
# * its outputs are **not centred on zero**. If all inputs of a unit are positive, the gradients of all its weights have the
#   same sign, that of the upstream gradient, and its weights can only all rise or all fall together;
# * it needs an exponential, which costs more than a comparison.
#
# So in hidden layers there are better choices. At the output, where a probability is wanted, the sigmoid is the right thing.
#
# ### Find the mistake
#
# "The sigmoid is $\frac{1}{1 + e^{a}}$, and its values fill the interval $[0,1]$." Two things are wrong with this sentence.
#
# <details><summary>What is wrong</summary>The exponent's sign: e<sup>−a</sup>. With the plus, the curve falls from 1 to 0. And
# the interval is open: 0 and 1 are approached and never reached, except by rounding in a computer. The same goes for tanh
# and [−1, 1].</details>
#
# Choose a name and look: value, slope, and where it is flat.

# %% tags=["demonstration"]
print(", ".join(ACTIVATIONS))
activation_curve("sigmoid")

# %% tags=["demonstration"]
# All of them: move x and see the tangent, the saturated part, and what a stack of layers makes of a batch.
from nn_lib.widgets import activation_explorer

activation_explorer("sigmoid")

# %% [markdown]
# ## 2 Tanh
#
# $\tanh x = \frac{e^x - e^{-x}}{e^x + e^{-x}}$ is a sigmoid, stretched and moved: $\tanh x = 2\,\sigma(2x) - 1$. It runs from $-1$ to
# $1$, centred on zero, and is four times as steep at 0. With $t = \tanh x$ the slope is $1 - t^2$: at $x = 1$, $t = 0.7616$ and the
# slope is $0.42$. It still saturates.
#
# For years tanh was the first choice for hidden layers. Today ReLU is, and tanh is among the things to try.
#
# ### Exercises 1 and 2
#
# Write `tanh_backward(upstream, x)`, and `tanh_from_sigmoid(x)`, which computes tanh with the `sigmoid` given below.
#
# <details><summary>Hint</summary>The slope is written with the gate's output t. Which of the two do you have: x, or t?</details>
# <details><summary>Hint for exercise 2</summary>Check three points by hand: 0, a large positive x, a large negative x.</details>


# %% nbgrader={"grade": false, "grade_id": "tanh_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tanh_backward(upstream, x):
    """Gradient of tanh(x) for x, entry by entry; upstream, x: numbers or arrays of one shape.

    Example: tanh_backward(2.0, 0.0) is 2.0.
    """
    ### BEGIN SOLUTION
    return upstream * (1 - np.tanh(x) ** 2)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "tanh_from_sigmoid", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid(x):
    small = np.exp(-np.abs(x))  # never overflows
    return np.where(np.asarray(x) >= 0, 1 / (1 + small), small / (1 + small))


def tanh_from_sigmoid(x):
    """tanh(x) by way of sigmoid; x: a number or an array; returns the same shape.

    Example: tanh_from_sigmoid(0.0) is 0.0.
    """
    ### BEGIN SOLUTION
    return 2 * sigmoid(2 * np.asarray(x)) - 1
    ### END SOLUTION


# %%
x = np.array([-1.0, 0.0, 1.0])
look(tanh_backward, np.array([1.0, 2.0, 10.0]), x, by_hand=np.array([0.41997434, 2.0, 4.1997434]))
look(tanh_from_sigmoid, x, by_hand=np.array([-0.76159416, 0.0, 0.76159416]))

# %% nbgrader={"grade": true, "grade_id": "check-tanh_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("tanh_backward")

# %% nbgrader={"grade": true, "grade_id": "check-tanh_from_sigmoid", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("tanh_from_sigmoid")

# %% [markdown]
# ## 3 Two cheaper squashers
#
# **Hard tanh** is made of three straight pieces: $-1$, then $x$, then $1$. Its slope is 1 between $-1$ and $1$ and 0 outside.
# **Softsign**, $\frac{x}{1+|x|}$, has the shape of tanh without an exponential. By the quotient rule, for $x>0$,
#
# $$g'(x) = \frac{1\cdot(1+x) - x\cdot 1}{(1+x)^2},$$
#
# and the curve is symmetric. At $x = \pm 1$ the slope is $\frac14$, at $\pm2$ it is $\frac19$.
#
# ### Exercises 3 and 4
#
# Write `hard_tanh_backward(upstream, x)` and `softsign_backward(upstream, x)`. Exactly at $\pm1$ hard tanh has a kink, and any
# slope from 0 to 1 is right.
#
# <details><summary>Hint</summary>Hard tanh has two flat pieces. Does your condition know both?</details>
# <details><summary>Hint for exercise 4</summary>Simplify the numerator above. What must change for a negative x?</details>


# %% nbgrader={"grade": false, "grade_id": "hard_tanh_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hard_tanh_backward(upstream, x):
    """Gradient of hard tanh for x, entry by entry; upstream, x: numbers or arrays of one shape.

    Example: hard_tanh_backward(np.array([2.0, 2.0]), np.array([0.5, 3.0])) is [2.0, 0.0].
    """
    ### BEGIN SOLUTION
    return upstream * (np.abs(x) < 1)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "softsign_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softsign_backward(upstream, x):
    """Gradient of x / (1 + |x|) for x, entry by entry; upstream, x: numbers or arrays of one shape.

    Example: softsign_backward(1.0, 0.0) is 1.0.
    """
    ### BEGIN SOLUTION
    return upstream / (1 + np.abs(x)) ** 2
    ### END SOLUTION


# %%
look(hard_tanh_backward, np.array([2.0, 2.0]), np.array([0.5, 3.0]), by_hand=np.array([2.0, 0.0]))
x = np.array([-1.0, 0.0, 2.0])
look(softsign_backward, np.array([1.0, 1.0, 9.0]), x, by_hand=np.array([0.25, 1.0, 1.0]))

# %% nbgrader={"grade": true, "grade_id": "check-hard_tanh_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("hard_tanh_backward")

# %% nbgrader={"grade": true, "grade_id": "check-softsign_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("softsign_backward")

# %% [markdown]
# ## 4 Slopes multiply
#
# A gradient on its way through twenty layers is multiplied by twenty slopes. Suppose each sits at its best, at $x=0$: the
# sigmoid leaves $0.25^{20}\approx 10^{-12}$ of it. Tanh and ReLU leave all of it. Away from the best place tanh fades too:
# that is the **vanishing gradient**.

# %% tags=["demonstration"]
depth = np.arange(1, 21)
pictures.curves(
    depth,
    {
        "sigmoid at 0": 0.25**depth,
        "sigmoid at 2": 0.10499359**depth,
        "tanh at 0.5": (1 - np.tanh(0.5) ** 2) ** depth,
        "ReLU, open": 1.0**depth,
    },
    xlabel="layers",
    ylabel="product of slopes",
    title="What is left of a gradient",
    log=True,
)

# %% [markdown]
# ## 5 The rectifier
#
# $\mathrm{ReLU}(x) = \max(0, x)$. It does not saturate on the right, costs one comparison, and networks that use it often
# train much faster: six times, in one well-known experiment with one network. Its slope is 1 where $x > 0$ and 0
# where $x < 0$. So the backward function is a gate in the everyday sense: open or shut, entry by entry, as decided on the way
# *forward*.
#
# And at $x=0$? There is a kink, and no derivative. Any number between 0 and 1 is a *subgradient*; `nn_lib` takes 0. A
# network need not be differentiable everywhere. Almost everywhere is enough.
#
# ### Exercises 5 and 6
#
# Write `relu_forward(x)` and `relu_backward(upstream, x)`. Leave your inputs as they were.
#
# <details><summary>Hint</summary>An upstream gradient may be negative, and must come through as it is where the gate is
# open.</details>
# <details><summary>Hint for exercise 6</summary>Which array decides: what came forward, or what comes back?</details>


# %% nbgrader={"grade": false, "grade_id": "relu_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relu_forward(x):
    """max(0, x), entry by entry; x: a number or an array, not changed; returns the same shape.

    Example: relu_forward(np.array([-3.0, 2.0])) is [0.0, 2.0].
    """
    ### BEGIN SOLUTION
    return np.maximum(x, 0)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "relu_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relu_backward(upstream, x):
    """Gradient of max(0, x) for x, entry by entry; upstream, x: numbers or arrays of one shape.

    At x = 0 any slope from 0 to 1 is right. Neither argument is changed.
    Example: relu_backward(np.array([5.0, -7.0]), np.array([-3.0, 2.0])) is [0.0, -7.0].
    """
    ### BEGIN SOLUTION
    return upstream * (np.asarray(x) > 0)
    ### END SOLUTION


# %%
x = np.array([-3.0, 2.0])
look(relu_forward, x, by_hand=np.array([0.0, 2.0]))
look(relu_backward, np.array([5.0, -7.0]), x, by_hand=np.array([0.0, -7.0]))

# %% nbgrader={"grade": true, "grade_id": "check-relu_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("relu_forward")

# %% nbgrader={"grade": true, "grade_id": "check-relu_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("relu_backward")

# %% [markdown]
# ## 6 Dead units
#
# What gradient does ReLU send back for $x<0$? None. A unit that is negative for *every* example gets no gradient at all, so
# its weights never change again: it is **dead**. It takes only a bias that is too negative, for instance after one step with
# too large a learning rate. Here 200 units see 500 examples:

# %% tags=["demonstration"]
rng = np.random.default_rng(0)
inputs, weights = rng.normal(size=(500, 20)), rng.normal(size=(200, 20)) / np.sqrt(20)
biases = np.linspace(-6, 2, 17)
shares = [np.mean(np.all(inputs @ weights.T + b <= 0, axis=0)) for b in biases]
assert shares[-1] == 0.0 < shares[0]
pictures.dead_share(biases, shares)

# %% [markdown]
# ## 7 Repairs: leaky ReLU and ELU
#
# **Leaky ReLU** lets a little through: $x$ for $x > 0$, else $\text{slope}\cdot x$, with a slope such as $0.01$. It cannot die.
# **ELU** bends instead: $x$ for $x>0$, else $\alpha(e^x - 1)$. Its outputs are nearer to zero mean. "All benefits of ReLU" is too
# much said: on the far left it saturates, by design, it needs an exponential, and at 0 it has a kink unless $\alpha = 1$.
#
# With $\alpha = 0.5$ at $x=-1$: the value is $0.5\,(e^{-1}-1) = -0.316$, and the slope is $0.5\,e^{-1} = 0.184$.
#
# ### Exercises 7 and 8
#
# Write `leaky_relu_backward(upstream, x, slope)` and `elu_backward(upstream, x, alpha)`, gradients for `x` only.
#
# <details><summary>Hint</summary><code>np.where(condition, a, b)</code> picks entry by entry.</details>
# <details><summary>Hint for exercise 8</summary><code>np.where</code> computes both sides for all entries. What does e^x do at
# x = 1000, and need you ask it there?</details>


# %% nbgrader={"grade": false, "grade_id": "leaky_relu_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def leaky_relu_backward(upstream, x, slope):
    """Gradient of leaky ReLU for x, entry by entry; upstream, x: numbers or arrays of one shape.

    slope: a number, 0 or more; it may be larger than 1.
    Example: leaky_relu_backward(np.array([2.0, 2.0]), np.array([-3.0, 3.0]), 0.1) is [0.2, 2.0].
    """
    ### BEGIN SOLUTION
    return upstream * np.where(np.asarray(x) > 0, 1.0, slope)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "elu_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def elu_backward(upstream, x, alpha):
    """Gradient of ELU for x, entry by entry; upstream, x: numbers or arrays of one shape; alpha > 0.

    Finite for every finite x. Example: elu_backward(1.0, -1.0, 0.5) is about 0.1839397.
    """
    ### BEGIN SOLUTION
    return upstream * np.where(np.asarray(x) > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))
    ### END SOLUTION


# %%
look(leaky_relu_backward, np.array([2.0, 2.0]), np.array([-3.0, 3.0]), 0.1, by_hand=np.array([0.2, 2.0]))
look(elu_backward, np.array([1.0, 2.0]), np.array([-1.0, 1.0]), 0.5, by_hand=np.array([0.18393972, 2.0]))

# %% nbgrader={"grade": true, "grade_id": "check-leaky_relu_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("leaky_relu_backward")

# %% nbgrader={"grade": true, "grade_id": "check-elu_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("elu_backward")

# %% [markdown]
# ## 8 A slope that learns: PReLU
#
# Why choose the slope by hand? **PReLU** makes it a parameter: $x$ for $x>0$, else $\alpha x$. Now $\alpha$ needs a gradient too.
# For a negative entry the output is $\alpha x$, whose slope in $\alpha$ is $x$; for a positive one $\alpha$ does nothing. And one $\alpha$
# serves all entries: it is a branch, and at branches gradients **add**.
#
# With $x = (-3, 2)$, $\alpha = 0.1$ and upstream $(5, 7)$: $\ dx = (0.5,\ 7)$ and $d\alpha = 5\cdot(-3) + 0 = -15$.
#
# A shortcut to avoid: $\max(\alpha x, x)$. Try $\alpha = 2$ at $x = -1$ and at $x=1$. The shortcut is right only for
# $\alpha \le 1$, and a slope that learns may leave that range.
#
# ### Exercise 9
#
# Write `prelu_backward(upstream, x, alpha)`, which returns $(dx,\ d\alpha)$.
#
# <details><summary>Hint 1</summary>Two questions: how does each output move with its own x, and how with alpha?</details>
# <details><summary>Hint 2</summary>alpha is one number. What shape must its gradient have?</details>


# %% nbgrader={"grade": false, "grade_id": "prelu_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def prelu_backward(upstream, x, alpha):
    """Gradients of PReLU: (dx, dalpha).

    upstream, x: arrays of one shape; alpha: one number, shared by all entries. dx is shaped like x;
    dalpha is one number, summed over all entries, not averaged.
    Example: upstream [5, 7], x [-3, 2], alpha 0.1 give ([0.5, 7.0], -15.0).
    """
    ### BEGIN SOLUTION
    dx = upstream * np.where(x > 0, 1.0, alpha)
    dalpha = np.sum(upstream * np.where(x > 0, 0.0, x))
    return dx, dalpha
    ### END SOLUTION


# %%
look(prelu_backward, np.array([5.0, 7.0]), np.array([-3.0, 2.0]), 0.1, by_hand=(np.array([0.5, 7.0]), -15.0))

# %% nbgrader={"grade": true, "grade_id": "check-prelu_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("prelu_backward")

# %% [markdown]
# ## 9 A smooth rectifier: softplus
#
# The function $\log(1 + e^x)$ is called **softplus**. It is near 0 on the left, near $x$ on the right,
# $\log 2 = 0.693$ at 0. Chain two links, and a familiar curve appears: its slope is the sigmoid.
#
# A trap: $e^{1000}$ is too large for a computer, yet softplus(1000) is simply 1000. Draw out what is large:
# $\log(1+e^x) = \log\big(e^x(e^{-x}+1)\big)$. What can you say about each of the two factors?
#
# ### Exercises 10 and 11
#
# Write `softplus_forward(x)`, right and finite for any $x$, and `softplus_backward(upstream, x)`.
#
# <details><summary>Hint 1</summary>For positive x, take e^x out of the bracket. For negative x, leave the formula alone.</details>
# <details><summary>Hint 2</summary><code>np.maximum(x, 0)</code>, <code>np.abs(x)</code> and <code>np.log1p</code> can say both cases
# in one line; so can a NumPy function that adds two numbers given by their logarithms.</details>
# <details><summary>Hint for exercise 11</summary>e^x / (1 + e^x) has the same trap. Notebook 04 shows the way out.</details>


# %% nbgrader={"grade": false, "grade_id": "softplus_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softplus_forward(x):
    """log(1 + e^x), entry by entry, right and finite for every finite x; x: a number or an array.

    Example: softplus_forward(np.array([0.0, 1000.0])) is about [0.69314718, 1000.0].
    """
    ### BEGIN SOLUTION
    return np.logaddexp(0.0, x)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "softplus_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softplus_backward(upstream, x):
    """Gradient of softplus for x, entry by entry; upstream, x: numbers or arrays of one shape.

    Finite for every finite x. Example: softplus_backward(2.0, 0.0) is 1.0.
    """
    ### BEGIN SOLUTION
    return upstream * sigmoid(x)
    ### END SOLUTION


# %%
look(softplus_forward, np.array([-1.0, 0.0, 1000.0]), by_hand=np.array([0.31326169, 0.69314718, 1000.0]))
look(softplus_backward, np.array([2.0, 1.0]), np.array([0.0, 1.0]), by_hand=np.array([1.0, 0.73105858]))

# %% nbgrader={"grade": true, "grade_id": "check-softplus_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("softplus_forward")

# %% nbgrader={"grade": true, "grade_id": "check-softplus_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("softplus_backward")

# %% [markdown]
# ## 10 A deep stack, measured
#
# Ten layers of 100 units, random weights of variance $1/100$: what do the outputs look like at each depth? Run it with
# `"sigmoid"`, `"tanh"` and `"relu"`. Deep in a sigmoid stack, each unit gives nearly the same output for every example, and says nothing about the input any more;
# tanh's shrink towards zero; ReLU's shrink faster, half of the units being shut, which is why its weights want twice the
# variance. Set `variance = 2 / 100` and see. (Notebook 09 returns to this.)

# %% tags=["demonstration"]
name, variance = "tanh", 1 / 100
rng = np.random.default_rng(1)
h, outputs = rng.normal(size=(300, 100)), []
for _ in range(10):
    h = ACTIVATIONS[name]().forward(h @ rng.normal(0, np.sqrt(variance), (100, 100)))
    outputs.append(h)
pictures.layer_outputs(outputs, title=f"Outputs by depth: {name}")

# %% [markdown]
# ### In your own words (graded by a person)
#
# A network of ten sigmoid layers hardly learns in its first layers. In six sentences or fewer: give two reasons from this
# notebook, and say for each which activation would remove it, and at what price.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-05_activations", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# The slope of a sigmoid is at most 1/4, so through ten layers at most a millionth of the gradient arrives, and less where units
# saturate; ReLU has slope 1 where it is open, at the price of units that can die. The outputs of a sigmoid are all positive, so
# the gradients of all weights into a unit share one sign and the weights must zigzag; tanh is centred on zero, at the price
# that it still saturates.
#
# === BEGIN MARK SCHEME ===
# 1 point for each reason with a fitting replacement and its price. Reasons: product of small slopes, saturation, outputs not
# centred. Leaky ReLU and ELU are fine answers too.
# === END MARK SCHEME ===

# %% [markdown]
# ## What you know now
#
# | name | slope for $x>0$ | slope for $x<0$ | remember |
# | --- | --- | --- | --- |
# | sigmoid | $\sigma(1-\sigma)$ | the same | output probabilities |
# | tanh | $1 - t^2$ | the same | centred |
# | ReLU | 1 | 0 | the usual first choice; can die |
# | leaky ReLU, PReLU | 1 | slope, $\alpha$ | cannot die |
# | ELU | 1 | $\alpha e^x$ | saturates far left |
# | softplus | $\sigma$ | the same | smooth |
#
# Sound advice: begin with ReLU and watch the learning rate; try leaky ReLU, ELU, and perhaps tanh; keep the sigmoid for outputs.
#
# **Where this is in PyTorch and JAX.** `torch.nn.ReLU`, `torch.nn.functional.elu`, `jax.nn.softplus`: the same curves, with the
# same choice of 0 for the slope of ReLU at 0. `torch.nn.PReLU` holds its $\alpha$ as a parameter.
#
# Next: what the network's output is measured against.
