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
# **You will** find out why a deep network falls silent. You build a table of nine activation functions with their slopes,
# send gradients down a stack of twenty layers, and see where they die.
#
# **You need** gates and the sigmoid (notebooks 03 and 04), and a Jacobian times an upstream gradient (02). **Time** about
# 75 minutes; the stack in section 8 may take an evening. **Next** losses (notebook 06).
#
# ### Before you begin
#
# <details><summary>A gate has the slope 3 at its input, and the upstream gradient is −2. What does it send
# back?</summary>The product of the two, −6.</details>
# <details><summary>What is the slope of the sigmoid, written with its output s?</summary>s (1 − s). You derived it in
# notebook 04.</details>
# <details><summary>y = Wx has the Jacobian W. What comes back to x when an upstream gradient arrives at y?</summary>The
# transposed Jacobian times the upstream gradient. You wrote it as <code>jacobian_gradient_product</code> in notebook
# 02.</details>
#
# ### Why today
#
# A neuron adds up its weighted inputs and sends the sum through a bent curve, its **activation function**. In a network a
# neuron is called a **unit**. Units that read the same inputs side by side are a **layer**, and each layer reads the
# outputs of the layer below it. All layers but the last one are **hidden**, and a network of many layers is *deep*.
#
# Without the bend, twenty layers would be no better than one: a chain of straight lines is a straight line. But every
# curve charges for its bend: it multiplies each gradient that comes back by its slope. Today you find out how high the
# price is.

# %%
import numpy as np

from autograder import check, look
from my_nn import jacobian_gradient_product, sigmoid_backward, sigmoid_forward

# %% [markdown]
# ## 1 Twenty slopes in a row
#
# An activation acts on each number by itself. Call it $g$, call what goes in the **pre-activation** $a$, and what comes
# out the **activation** $h = g(a)$. On the way back the gate multiplies, entry by entry, by its slope at $a$.
#
# The sigmoid is steepest at 0, where its output is one half and its slope $\frac12\cdot\frac12 = 0.25$. Now imagine twenty
# sigmoids in a row, each of them at its best place. If an upstream gradient of 1 arrives at the last one, how much of it
# comes out below the first? Guess before you compute.

# %%
my_guess = ...  # what is left of the 1, as a number such as 0.01

if my_guess is ...:
    print("Replace the dots by a number, and run the cell again.")
else:
    print(f"you said {my_guess}; what is left is {0.25**20:.1e}")

# %% [markdown]
# One part in a trillion, and that in the *best* case: this is the **vanishing gradient**. The weights of the first layer
# hear almost nothing, so they hardly move. The picture shows the same product for other places, and for two curves that
# you meet below: tanh in section 3, and ReLU, whose slope is 1 where it is open, in section 4.
#
# ### One example, many examples
#
# From today on we never send one example alone. A **batch** is an array with one example in each **row**, as in the second
# picture. The number of rows is the **batch size** $B$: five examples of three features have the shape `(5, 3)`. An
# activation does not care: it treats every number alike.

# %% tags=["demonstration"]
from IPython.display import display

from nn_lib import pictures

depth = np.arange(1, 21)
products = {
    "sigmoid at 0": 0.25**depth,
    "sigmoid at 2": (sigmoid_forward(2.0) * sigmoid_forward(-2.0)) ** depth,
    "tanh at 0.5": (1 - np.tanh(0.5) ** 2) ** depth,
    "ReLU, open": 1.0**depth,
}
assert (
    0.25**20 == 2.0**-40 < 1e-12
    and products["sigmoid at 2"][-1] < products["sigmoid at 0"][-1] < products["tanh at 0.5"][-1] < 1
)
words = {"xlabel": "layers", "ylabel": "product of slopes", "title": "What is left of a gradient"}
display(pictures.curves(depth, products, log=True, **words))

batch = np.round(np.random.default_rng(3).normal(size=(5, 3)), 1)
assert batch.shape == (5, 3)
pictures.heat_map(batch, title="A batch, B = 5: a row is an example", rows="example", columns="feature")

# %% [markdown]
# ## 2 The sigmoid, and what is wrong with it
#
# $\sigma(a) = \frac{1}{1 + e^{-a}}$ lies strictly between 0 and 1. It used to be the first choice, because it looks like
# the firing rate of a nerve cell. There are three complaints against it.
#
# * It **saturates**. Far from 0 the curve is nearly flat, and hardly any gradient comes through.
# * Its outputs are **not centred on zero**. When all inputs of a unit are positive, all its weights get gradients of one
#   sign, the sign of the upstream gradient, so they can only rise together or fall together.
# * It needs an exponential, which costs more than a comparison.
#
# In hidden layers there are better choices, but at the output, where you want a probability, the sigmoid is right. Drag
# the point in the explorer below and watch the tangent: where does the sigmoid begin to saturate?

# %% tags=["demonstration"]
# Without a kernel or anywidget a picture stands here: the curve, its slope, and where it is flat.
from nn_lib.widgets import activation_explorer

activation_explorer("sigmoid")

# %% [markdown]
# ### Find the mistake
#
# "The sigmoid is $\frac{1}{1 + e^{a}}$, and its values fill the interval $[0,1]$." Two things are wrong with this
# sentence: try $a = 100$ before you open the answer.
#
# <details><summary>The answer</summary>The exponent's sign: it is e<sup>−a</sup>, and with the plus the curve falls from 1
# to 0. And the interval is open: 0 and 1 are approached and never reached, except by rounding in a computer. The same goes
# for tanh and −1 and 1.</details>
#
# ## 3 Tanh
#
# Stretch the sigmoid and move it down, and you get **tanh**. It runs from $-1$ to $1$, is centred on zero, and is four
# times as steep at 0 as the sigmoid is. It still saturates, and yet for years it was the first choice for hidden layers.
#
# How do you stretch and move it? Try three points: at 0 the sigmoid is one half and tanh is 0, far to the right both are
# 1, and far to the left the sigmoid is 0 and tanh is $-1$. That fixes the height, and the steepness at 0 fixes the rest.
#
# The slope of tanh is easiest with its output $t$: it is $1 - t^2$. At $a=1$ the output is 0.7616 and the slope 0.42.
#
# ### Exercises 1 and 2
#
# Write `tanh_from_sigmoid(x)` with your own `sigmoid_forward` from notebook 04. Then write `tanh_backward(upstream, x)`.
#
# <details><summary>Hint 1</summary>Multiply the sigmoid by one number and subtract another: which two give the right
# height at both ends? What must you do to x to make the curve steeper?</details>
# <details><summary>Hint 2</summary>The slope is written with the gate's output t. Which of the two do you have: x, or
# t?</details>


# %% nbgrader={"grade": false, "grade_id": "tanh_from_sigmoid", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tanh_from_sigmoid(x):
    """tanh(x) by way of the sigmoid; x: a number or an array; returns the same shape.

    Example: tanh_from_sigmoid(0.0) is 0.0.
    """
    ### BEGIN SOLUTION
    return 2 * sigmoid_forward(2 * np.asarray(x)) - 1
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "tanh_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tanh_backward(upstream, x):
    """Gradient of tanh(x) for x, entry by entry; upstream, x: numbers or arrays of one shape.

    Example: tanh_backward(2.0, 0.0) is 2.0.
    """
    ### BEGIN SOLUTION
    t = np.tanh(x)
    return upstream * (1 - t**2)
    ### END SOLUTION


# %%
x = np.array([-1.0, 0.0, 1.0])
look(tanh_from_sigmoid, x, by_hand=np.array([-0.76159416, 0.0, 0.76159416]))
look(tanh_backward, np.array([1.0, 2.0, 10.0]), x, by_hand=np.array([0.41997434, 2.0, 4.1997434]))

# %% nbgrader={"grade": true, "grade_id": "check-tanh_from_sigmoid", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("tanh_from_sigmoid")

# %% nbgrader={"grade": true, "grade_id": "check-tanh_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("tanh_backward")

# %% [markdown]
# ## 4 The rectifier, and units that die
#
# The **rectified linear unit** keeps what is positive and sets the rest to 0: $\mathrm{ReLU}(a) = \max(0, a)$. It never
# saturates on the right, and it costs one comparison. In one well-known experiment with one network it trained six times
# as fast as tanh.
#
# On the way back it is a gate in the everyday sense. It is open or shut, entry by entry, as decided on the way *forward*.
# At exactly 0 there is a kink and no slope: any number from 0 to 1 will do, and `nn_lib` takes 0. A network need not be
# differentiable everywhere: almost everywhere is enough.
#
# ### Exercises 3 and 4
#
# Write `relu_forward(x)` and `relu_backward(upstream, x)`. Leave your arguments as they were.
#
# <details><summary>Hint 3</summary>Python's own <code>max</code> compares whole arrays. Which NumPy function compares
# entry by entry?</details>
# <details><summary>Hint 4</summary>Which array decides: what came forward, or what comes back? And may an upstream
# gradient be negative?</details>


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
    is_open = np.asarray(x) > 0
    return upstream * is_open
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
# What happens to a unit whose pre-activation is negative for *every* example? Nothing comes back through it, so its
# weights never move again: it is **dead**. A bias that is too negative is enough, for instance after one step that was too
# long. Below, 200 units see 500 examples, and without a bias their pre-activations are mostly between −2 and 2. At which
# bias do you expect half of the units to be dead?

# %% tags=["demonstration"]
rng = np.random.default_rng(0)
inputs, weights = rng.normal(size=(500, 20)), rng.normal(size=(200, 20)) / np.sqrt(20)
biases = np.linspace(-6, 2, 17)
shares = [np.mean(np.all(inputs @ weights.T + bias <= 0, axis=0)) for bias in biases]
assert shares[-1] == 0.0 < shares[0] == 1.0 and np.all(np.diff(shares) <= 0)
pictures.dead_share(biases, shares)

# %% [markdown]
# ## 5 A slope that learns: PReLU
#
# A unit cannot die if a little comes through on the left. **Leaky ReLU** lets 0.01 of it through, but why 0.01? Let the
# network decide: **PReLU** is $a$ for $a>0$ and $\alpha a$ otherwise, and $\alpha$ is a parameter that learns. So it needs
# a gradient of its own.
#
# Take $x = (-3, 2)$, $\alpha = 0.1$ and an upstream gradient of $(5, 7)$. Work out on paper how each output moves when its
# own $x$ moves, and how it moves when $\alpha$ moves. One $\alpha$ serves every entry of the batch, so it is a branch, and
# you know from notebook 03 what gradients do at branches. (You should find $0.5$ and $7$ for $x$, and $-15$ for $\alpha$.)
#
# Some programs compute PReLU as $\max(\alpha a, a)$; try $\alpha = 2$ at $a=-1$ and at $a=1$. The shortcut is right only
# for $\alpha\le 1$, and a slope that learns may leave that range.
#
# ### Exercise 5
#
# Write `prelu_backward(upstream, x, alpha)`, which returns $(dx,\ d\alpha)$.
#
# <details><summary>Hint 1</summary>To the left of 0 the output is alpha times x: two inputs, two slopes, as at a multiply
# gate.</details>
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
upstream, x = np.array([5.0, 7.0]), np.array([-3.0, 2.0])
look(prelu_backward, upstream, x, 0.1, by_hand=(np.array([0.5, 7.0]), -15.0))

# Use it at once. Somebody made these targets with a slope of 0.3 on the left. Start from alpha = 0, and
# walk downhill with your dalpha. (The upstream gradient is that of half the squared error: prediction
# minus target.)
inputs = np.linspace(-2.0, 2.0, 9)
target = np.where(inputs > 0, inputs, 0.3 * inputs)


def learned_slope():
    alpha = 0.0
    for _ in range(30):
        prediction = np.where(inputs > 0, inputs, alpha * inputs)
        alpha = alpha - 0.1 * prelu_backward(prediction - target, inputs, alpha)[1]
    return alpha


print("the slope that you learned")
look(learned_slope, by_hand=0.3, label="theirs")

# %% nbgrader={"grade": true, "grade_id": "check-prelu_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("prelu_backward")

# %% [markdown]
# ## 6 A smooth rectifier: softplus
#
# Round off ReLU's corner and you have **softplus**, $\log(1 + e^x)$. It is close to 0 far to the left, close to $x$ far to
# the right, and $\log 2 = 0.693$ at 0. Chain its two links on paper, the exponential and the logarithm. The slope is a
# curve that you have met: which one?
#
# Here is a trap. $e^{1000}$ is too large for a computer, yet softplus of 1000 is simply 1000. Take the large part out of
# the bracket: $\log(1+e^x) = \log\big(e^x(e^{-x}+1)\big)$. What is the logarithm of each of the two factors?
#
# ### Exercises 6 and 7
#
# Write `softplus_forward(x)`, right and finite for any $x$, and `softplus_backward(upstream, x)`.
#
# <details><summary>Hint 6.1</summary>For positive x, take e^x out of the bracket. For negative x, leave the formula
# alone.</details>
# <details><summary>Hint 6.2</summary><code>np.maximum(x, 0)</code>, <code>np.abs(x)</code> and <code>np.log1p</code> can
# say both cases in one line.</details>
# <details><summary>Hint 7</summary>e^x / (1 + e^x) has the same trap. Which function of notebook 04 avoids it?</details>


# %% nbgrader={"grade": false, "grade_id": "softplus_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softplus_forward(x):
    """log(1 + e^x), entry by entry, right and finite for every finite x; x: a number or an array.

    Example: softplus_forward(np.array([0.0, 1000.0])) is about [0.69314718, 1000.0].
    """
    ### BEGIN SOLUTION
    small = np.exp(-np.abs(x))
    return np.maximum(x, 0) + np.log1p(small)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "softplus_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softplus_backward(upstream, x):
    """Gradient of softplus for x, entry by entry; upstream, x: numbers or arrays of one shape.

    Finite for every finite x. Example: softplus_backward(2.0, 0.0) is 1.0.
    """
    ### BEGIN SOLUTION
    return upstream * sigmoid_forward(x)
    ### END SOLUTION


# %%
look(softplus_forward, np.array([-1.0, 0.0, 1000.0]), by_hand=np.array([0.31326169, 0.69314718, 1000.0]))
far = np.array([0.0, 1.0, 1000.0])
look(softplus_backward, np.array([2.0, 1.0, 1.0]), far, by_hand=np.array([1.0, 0.73105858, 1.0]))

# %% nbgrader={"grade": true, "grade_id": "check-softplus_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("softplus_forward")

# %% nbgrader={"grade": true, "grade_id": "check-softplus_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("softplus_backward")

# %% [markdown]
# ## 7 One table for all of them
#
# A network should not care which curve it uses. It asks for one by name and gets two functions: the **value** and the
# **slope**. From now on, all your networks will ask this table. Five of its nine rows you have already: the straight
# line, sigmoid, tanh, ReLU and softplus. For an upstream gradient of 1, a backward function returns the slope. The other
# four rows are new.
#
# * **Hard tanh** is tanh made of three straight pieces: $-1$, then $x$, then $1$.
# * **Softsign**, $\frac{x}{1+|x|}$, has the shape of tanh without an exponential. For $x>0$ the quotient rule gives
#   $\frac{(1+x) - x}{(1+x)^2}$ for its slope. What changes for $x<0$? At $\pm1$ the slope is $\frac14$.
# * **Leaky ReLU** is $x$ for $x>0$ and $0.01\,x$ otherwise.
# * **ELU** is $x$ for $x>0$ and $e^x - 1$ otherwise. The mean of its outputs is nearer to zero. Some texts say that it has
#   all the benefits of ReLU, but it needs an exponential, and far to the left it saturates.
#
# Predict each slope at $-2$, at $0.5$ and at $2$ before you write it, and the `look` below tells you whether you were
# right.
#
# ### Exercise 8
#
# Write `activation(name)`. A dictionary of pairs is one way; a chain of `if` is another.
#
# <details><summary>Hint 1</summary><code>lambda x: tanh_backward(1.0, x)</code> is a slope made of a backward
# function.</details>
# <details><summary>Hint 2</summary><code>np.where</code> computes both sides for all entries. What does e^x do at x =
# 1000, and do you need it there? <code>np.minimum(x, 0)</code> is safe inside an exponential.</details>
# <details><summary>Hint 3</summary>A batch of shape (7, 3) needs a slope of shape (7, 3), for the straight line too:
# <code>np.ones_like(x)</code>.</details>


# %% nbgrader={"grade": false, "grade_id": "activation", "locked": false, "schema_version": 3, "solution": true, "task": false}
def activation(name):
    """The activation function of this name: a pair (value, slope) of functions.

    Each takes an array of floats and returns an array of the same shape, entry by entry, finite for
    every finite entry. At a kink any slope between those of the two sides is right.
    name: "linear" (x itself), "sigmoid", "tanh", "relu", "leaky_relu" (0.01 x on the left), "hard_tanh",
    "softsign", "elu" (e^x - 1 on the left) or "softplus". Any other name raises ValueError.
    Example: value, slope = activation("elu"); slope(np.array([0.5, 2.0])) is [1.0, 1.0].
    """
    ### BEGIN SOLUTION
    table = {
        "linear": (lambda x: x, np.ones_like),
        "sigmoid": (sigmoid_forward, lambda x: sigmoid_backward(1.0, x)),
        "tanh": (tanh_from_sigmoid, lambda x: tanh_backward(1.0, x)),
        "relu": (relu_forward, lambda x: relu_backward(1.0, x)),
        "leaky_relu": (lambda x: np.where(x > 0, x, 0.01 * x), lambda x: np.where(x > 0, 1.0, 0.01)),
        "hard_tanh": (lambda x: np.clip(x, -1, 1), lambda x: 1.0 * (np.abs(x) < 1)),
        "softsign": (lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2),
        "elu": (
            lambda x: np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1),
            lambda x: np.exp(np.minimum(x, 0)),
        ),
        "softplus": (softplus_forward, lambda x: softplus_backward(1.0, x)),
    }
    if name not in table:
        raise ValueError(f"there is no activation {name!r}; choose one of {', '.join(table)}")
    return table[name]
    ### END SOLUTION


# %%
three = np.array([-2.0, 0.5, 2.0])
slopes = {
    "leaky_relu": [0.01, 1.0, 1.0],
    "hard_tanh": [0.0, 1.0, 0.0],
    "softsign": [0.11111111, 0.44444444, 0.11111111],
    "elu": [0.13533528, 1.0, 1.0],
}


def slope_of(name):
    return activation(name)[1](three)


for name, by_hand in slopes.items():
    print(name)
    look(slope_of, name, by_hand=np.array(by_hand))

# %% nbgrader={"grade": true, "grade_id": "check-activation", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("activation")

# %% [markdown]
# ## 8 A stack, measured
#
# Now ask the question of section 1 again, with real layers in place of a row of sigmoids. A **stack** repeats two steps. It takes
# the rows `h` of the layer below (for the first layer, the batch `x`), and computes
#
# $$a = h\,W^{\mathsf T}\quad\text{and}\quad h = g(a),\qquad\text{where } W \text{ has the shape (outputs, inputs)}.$$
#
# Row by row that is $Wh$, the product you know. On the way back you start with ones at the very top: an upstream gradient
# of 1 for every output of every example. Then each layer does two things. It multiplies by the slope at its $a$: that is
# the gradient at its pre-activations, the one we want to see. And it hands the result to the layer below through its
# weights.
#
# How does a row of gradients pass through $W$? The Jacobian of $Wh$ is $W$, so your `jacobian_gradient_product` says it
# for one example. Which single product does it for the whole batch? The look cell shows three examples one by one, so that
# you can compare.
#
# ### Exercise 9, for an evening
#
# Write `stack_gradients(x, weights, value, slope)`. It works for any number of layers, of any widths. It gets the two
# functions of your table, so `stack_gradients(x, weights, *activation("tanh"))` measures a stack of tanh.
#
# <details><summary>Hint 1</summary>You need every layer's a again on the way back. Keep them in a list.</details>
# <details><summary>Hint 2</summary>Draw two layers on paper. Between the pre-activations of the upper and of the lower
# layer lie one array of weights and one activation. Which?</details>
# <details><summary>Hint 3</summary>Walk through the layers from the last to the first. The list must be in the layers' own
# order: <code>found[::-1]</code> is a list in reverse.</details>


# %% nbgrader={"grade": false, "grade_id": "stack_gradients", "locked": false, "schema_version": 3, "solution": true, "task": false}
def stack_gradients(x, weights, value, slope):
    """The gradient at each layer's pre-activations, for an upstream of ones after the last activation.

    x: (B, inputs). weights: a list of arrays (outputs, inputs), first layer first; there are no biases.
    Every layer computes a = h W^T and h = value(a), the last one too. value, slope: functions of an
    array, as activation(name) gives them.
    Returns a list with one array for each layer, first layer first, each shaped like that layer's a,
    (B, outputs). Nothing is averaged.
    Example: x [[1.0]], weights [[[2.0]], [[3.0]]], value and slope of x^2 give [[[288.0]], [[24.0]]].
    """
    ### BEGIN SOLUTION
    pre_activations, h = [], x
    for W in weights:
        pre_activations.append(h @ W.T)
        h = value(pre_activations[-1])
    upstream, found = np.ones_like(h), []
    for W, a in zip(reversed(weights), reversed(pre_activations)):
        gradient = upstream * slope(a)
        found.append(gradient)
        upstream = gradient @ W
    return found[::-1]
    ### END SOLUTION


# %%
W = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]])  # 3 inputs, 2 outputs
rows = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, -1.0]])  # gradients at a, one row for each of 3 examples


def row_by_row():
    return np.array([jacobian_gradient_product(W, row) for row in rows])


print("through W row by row, by the Jacobian: which product of rows and W is this?")
look(row_by_row, by_hand=np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0], [2.0, -7.0, 0.0]]))


def squares():
    return stack_gradients(np.array([[1.0]]), [np.array([[2.0]]), np.array([[3.0]])], lambda x: x**2, lambda x: 2 * x)


def straight():  # two units in each layer, and a slope of 1 everywhere: only the weights are left
    upper = np.array([[1.0, 2.0], [0.0, 1.0]])
    return stack_gradients(np.array([[1.0, 1.0]]), [np.eye(2), upper], *activation("linear"))


print("stack_gradients on two layers of squares, and on two straight ones")
look(squares, by_hand=[np.array([[288.0]]), np.array([[24.0]])])
look(straight, by_hand=[np.array([[1.0, 3.0]]), np.array([[1.0, 1.0]])])

# %% nbgrader={"grade": true, "grade_id": "check-stack_gradients", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("stack_gradients")

# %% [markdown]
# ### What your stack says
#
# Your stack has twenty layers of 100 units, with random weights of variance $\frac{1}{100}$, and sees 200 examples. There are
# five curves: sigmoid,
# softplus, tanh, ReLU, and ReLU with weights of twice the variance. Before you run the next cell: which of the five is
# lowest in layer 1, and which is highest?
#
# The third picture shows whole histograms, for one activation. Change the name in the first line of the cell to `"sigmoid"`
# or `"relu"` and run it again, and with ReLU count the dead units too.

# %% tags=["demonstration"]
name = "tanh"  # of the histograms

rng = np.random.default_rng(1)
x, deep = rng.normal(size=(200, 100)), [rng.normal(0, 0.1, size=(100, 100)) for _ in range(20)]


def size(gradient):
    return float(np.sqrt(np.mean(gradient**2)))


sizes, spreads = {}, {}


def sizes_by_depth():
    stacks = {name: (name, deep) for name in ("sigmoid", "softplus", "tanh", "relu")}
    stacks["relu, twice the variance"] = ("relu", [np.sqrt(2) * W for W in deep])
    for label, (curve, weights) in stacks.items():
        sizes[label] = [size(g) for g in stack_gradients(x, weights, *activation(curve))]
    return pictures.gradient_sizes(sizes, title="Your gradients, by layer", ylabel="root mean square")


def spread_by_depth():
    for curve in ("sigmoid", "tanh", "relu"):
        value, h, spreads[curve] = activation(curve)[0], x, []
        for W in deep:
            h = value(h @ W.T)
            spreads[curve].append(np.mean(np.std(h, axis=0)))
    words = {"ylabel": "spread over the examples", "title": "What is left of the input"}
    return pictures.curves(np.arange(1, 21), spreads, xlabel="layer", log=True, **words)


def histograms():
    gradients = stack_gradients(x, deep[:10], *activation(name))
    first = {label: of_layers[0] for label, of_layers in sizes.items()}  # the text above, in numbers
    assert first["sigmoid"] < 1e-12 < first["softplus"] < 1e-5 < first["relu"] < 0.01 < first["tanh"]
    assert all(0.5 < kept < 3 for kept in sizes["relu, twice the variance"])
    assert spreads["sigmoid"][9] < 1e-6 < spreads["relu"][9] < 0.1 < spreads["tanh"][9]
    dead = [int(np.sum(np.all(g == 0, axis=0))) for g in gradients]
    print("dead units in each layer:", *dead)
    logs = [np.log10(np.abs(g[g != 0])) for g in gradients]
    return pictures.layer_outputs(logs, title=f"Your gradients, {name}", xlabel="log10 of |gradient|")


look(sizes_by_depth)
look(spread_by_depth)
look(histograms)

# %% [markdown]
# The sigmoids are silent: in layer 1 less than a trillionth is left, while tanh keeps about a quarter. ReLU loses half of
# the squares in each layer, since half of its units are shut. There is a cure: give the weights twice the variance, and
# the gradient stays the same size through all twenty layers, as you will see again in notebook 09.
#
# The second picture shows another silence, on the way *forward*. It measures how far a unit's output varies from one
# example to another. From the tenth sigmoid layer on, a unit says nearly the same for every example, so it says nothing
# about the input.
#
# ## What you know now
#
# An hour ago a deep network was a black box. Now you can send a gradient down twenty layers and say where it dies, and
# why. In five lines, with $s$ and $t$ for the outputs of sigmoid and tanh:
#
# * backward is upstream times $g'(a)$, entry by entry: $s(1-s)$, $1-t^2$, and for ReLU 1 or 0;
# * softplus has the slope $\sigma(a)$, softsign $\frac{1}{(1+|a|)^2}$, ELU $e^a$ on the left, leaky ReLU 0.01;
# * $\tanh a = 2\,\sigma(2a) - 1$, and $d\alpha$ of PReLU is the sum of upstream times $\min(a, 0)$;
# * through a layer, a gradient goes back as upstream times slope, times $W$;
# * advice: begin with ReLU, try leaky ReLU, ELU and perhaps tanh next, keep the sigmoid for outputs.
#
# **Where this is in PyTorch and JAX.** `torch.nn.ReLU`, `torch.nn.functional.elu` and `jax.nn.softplus` are the same
# curves, with the same choice of 0 for the slope of ReLU at 0. `torch.nn.PReLU` holds its $\alpha$ as a parameter.
#
# Next: what the output of a network is measured against.
#
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
# centred, outputs that no longer depend on the input. Leaky ReLU and ELU are fine answers too.
# === END MARK SCHEME ===
