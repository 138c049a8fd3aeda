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
# # The sigmoid circuit
#
# **You will** take a neuron apart into eight gates, carry numbers through all of them, and put four gates back together
# into one with a slope you can remember.
#
# **You need** gates and circuits (notebook 03). **Time** about 55 minutes. **Next** the other activations (notebook 05).

# %%
import numpy as np

from autograder import check, look
from nn_lib import ComputationalGraph, Input, exp, sigmoid

# %% [markdown]
# ## 1 A neuron as a circuit
#
# $$o = \frac{1}{1 + e^{-(w_0 x_0 + w_1 x_1 + w_2)}}, \qquad w = (2, -3, -3),\quad x = (-1, -2).$$
#
# Two inputs, two weights, and a **bias** $w_2$ that meets no input. We name every wire:
#
# | wire | is | value | | wire | is | value |
# | --- | --- | --- | --- | --- | --- | --- |
# | $a$ | $w_0x_0$ | $-2$ | | $e$ | $-d$ | $-1$ |
# | $b$ | $w_1x_1$ | $6$ | | $g$ | $\exp e$ | $0.36787944$ |
# | $c$ | $a+b$ | $4$ | | $h$ | $1+g$ | $1.36787944$ |
# | $d$ | $c+w_2$ | $1$ | | $o$ | $1/h$ | $0.73105858$ |
#
# Keep the digits. Whoever rounds on the way, to 0.37, 1.37 and 0.73, ends with a gradient of 0.2 where it is 0.19661193.

# %%
w0, w1, w2, x0, x1 = (Input(name) for name in ("w0", "w1", "w2", "x0", "x1"))
neuron = ComputationalGraph(1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2))))
numbers = {"w0": 2.0, "w1": -3.0, "w2": -3.0, "x0": -1.0, "x1": -2.0}
assert abs(neuron.forward(**numbers) - 0.73105858) < 1e-8
gradients = neuron.backward()
neuron

# %% tags=["demonstration"]
# Eight gates, forward and back. Each shows upstream times local, and a finite difference beside the result.
from nn_lib.widgets import stepper

stepper("1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))", **numbers)

# %% [markdown]
# ### Find the mistake
#
# A student's code computes `np.dot(w, x)` for this neuron and stops with an error about shapes. Which circuit did she have
# in mind, and how long would $x$ have to be for it?
#
# <details><summary>What is right</summary>np.dot(w, x) is w0 x0 + w1 x1 + w2 x2, but x has two entries. The third weight is a bias: it is added as it is,
# w0 x0 + w1 x1 + w2. There is no x2. (Treating the bias as a weight on an input that is always 1 is fine, if one says so.)
# </details>

# %% [markdown]
# ### Exercise 1: every wire
#
# Write `sigmoid_circuit_forward(w, x)`, which returns a dict with the values of the eight wires, under the letters of the
# table.
#
# <details><summary>Hint</summary>One line a gate. Keep the names of the table.</details>


# %% nbgrader={"grade": false, "grade_id": "sigmoid_circuit_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid_circuit_forward(w, x):
    """Every wire of the circuit: a dict with the keys a, b, c, d, e, g, h, o (numbers).

    w: (3,), the last entry is the bias; x: (2,).
    Example: sigmoid_circuit_forward([1.0, 1.0, 0.0], [2.0, -2.0])["o"] is 0.5.
    """
    ### BEGIN SOLUTION
    a = w[0] * x[0]
    b = w[1] * x[1]
    c = a + b
    d = c + w[2]
    e = -d
    g = np.exp(e)
    h = 1 + g
    o = 1 / h
    return {"a": a, "b": b, "c": c, "d": d, "e": e, "g": g, "h": h, "o": o}
    ### END SOLUTION


# %%
look(
    sigmoid_circuit_forward,
    np.array([2.0, -3.0, -3.0]),
    np.array([-1.0, -2.0]),
    by_hand={"a": -2.0, "b": 6.0, "c": 4.0, "d": 1.0, "e": -1.0, "g": 0.36787944, "h": 1.36787944, "o": 0.73105858},
)

# %% nbgrader={"grade": true, "grade_id": "check-sigmoid_circuit_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("sigmoid_circuit_forward")

# %% [markdown]
# ## 2 Four small slopes
#
# On the way back we need the slopes of the gates that notebook 03 did not have:
#
# | gate | slope | gate | slope |
# | --- | --- | --- | --- |
# | $e^x$ | $e^x$ | $a\,x$ ($a$ fixed) | $a$ |
# | $1/x$ | $-1/x^2$ | $c + x$ ($c$ fixed) | $1$ |
#
# The exponential is its own slope. The reciprocal falls as $x$ grows, hence the minus sign. For example, at $x = 2$ with
# upstream $3$: $e^x$ sends back $3e^2 = 22.167$, and $1/x$ sends back $3\cdot(-\tfrac14) = -0.75$.
#
# ### Exercise 2
#
# Write `exp_backward(upstream, x)`: the gradient for $x$, where $x$ is what went *into* the gate.
#
# <details><summary>Hint</summary>What is the slope of the exponential, and what arrives from the right?</details>


# %% nbgrader={"grade": false, "grade_id": "exp_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def exp_backward(upstream, x):
    """Gradient of e^x for x, entry by entry; upstream and x are numbers or arrays of one shape.

    Example: exp_backward(3.0, 0.0) is 3.0.
    """
    ### BEGIN SOLUTION
    return upstream * np.exp(x)
    ### END SOLUTION


# %%
look(exp_backward, 3.0, 2.0, by_hand=22.1671683)

# %% nbgrader={"grade": true, "grade_id": "check-exp_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("exp_backward")

# %% [markdown]
# ### Exercise 3
#
# Write `reciprocal_backward(upstream, x)`.
#
# <details><summary>Hint</summary>1/x is x to the power −1: use the power rule, and mind the sign.</details>


# %% nbgrader={"grade": false, "grade_id": "reciprocal_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def reciprocal_backward(upstream, x):
    """Gradient of 1 / x for x, entry by entry; upstream and x are numbers or arrays of one shape, x not 0.

    Example: reciprocal_backward(1.0, -1.0) is -1.0.
    """
    ### BEGIN SOLUTION
    return -upstream / x**2
    ### END SOLUTION


# %%
look(reciprocal_backward, 3.0, 2.0, by_hand=-0.75)

# %% nbgrader={"grade": true, "grade_id": "check-reciprocal_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("reciprocal_backward")

# %% [markdown]
# ### Exercise 4
#
# A gate with a fixed factor: `scale_backward(upstream, x, a)`, for the output $a\,x$. Only $x$ gets a gradient.
#
# <details><summary>Hint</summary>x moves by h. How far does a x move?</details>


# %% nbgrader={"grade": false, "grade_id": "scale_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def scale_backward(upstream, x, a):
    """Gradient of a * x for x alone; upstream and x are numbers or arrays of one shape, a is a fixed number.

    Example: scale_backward(2.0, 5.0, -1.0) is -2.0.
    """
    ### BEGIN SOLUTION
    return upstream * a
    ### END SOLUTION


# %%
look(scale_backward, 2.0, 5.0, -1.0, by_hand=-2.0)

# %% nbgrader={"grade": true, "grade_id": "check-scale_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("scale_backward")

# %% [markdown]
# ### Exercise 5
#
# And with a fixed summand: `shift_backward(upstream, x, c)`, for the output $c + x$.
#
# <details><summary>Hint</summary>Lift a curve by c. Does it get steeper?</details>


# %% nbgrader={"grade": false, "grade_id": "shift_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def shift_backward(upstream, x, c):
    """Gradient of c + x for x alone; upstream and x are numbers or arrays of one shape, c is a fixed number.

    Example: shift_backward(2.0, 5.0, 1.0) is 2.0.
    """
    ### BEGIN SOLUTION
    return upstream
    ### END SOLUTION


# %%
look(shift_backward, 2.0, 5.0, 1.0, by_hand=2.0)

# %% nbgrader={"grade": true, "grade_id": "check-shift_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("shift_backward")

# %% [markdown]
# ## 3 All the way back
#
# Read the lower numbers in the drawing from right to left. Each is *upstream × local*:
#
# | into | upstream | local slope | gradient |
# | --- | --- | --- | --- |
# | $h$ | $1$ | $-1/h^2 = -0.53444665$ | $-0.53444665$ |
# | $g$ | $-0.53444665$ | $1$ | $-0.53444665$ |
# | $e$ | $-0.53444665$ | $e^{-1} = 0.36787944$ | $-0.19661193$ |
# | $d$ | $-0.19661193$ | $-1$ | $0.19661193$ |
# | $c$, $w_2$, $a$, $b$ | $0.19661193$ | $1$ | $0.19661193$ |
# | $w_0$ | $0.19661193$ | $x_0=-1$ | $-0.19661193$ |
# | $x_0$ | $0.19661193$ | $w_0=2$ | $0.39322387$ |
#
# and likewise $w_1$: $-0.39322387$, $x_1$: $-0.58983580$.

# %%
expected = {"w0": -0.19661193, "w1": -0.39322387, "w2": 0.19661193, "x0": 0.39322387, "x1": -0.58983580}
for name, value in expected.items():
    assert abs(gradients[name] - value) < 5e-9
    print(f"{name}: {gradients[name]:.8f}")

# %% [markdown]
# ### Exercise 6
#
# Write `sigmoid_circuit_backward(w, x)`, which returns `(dw, dx)`, the gradients of $o$ with the shapes `(3,)` and `(2,)`.
#
# <details><summary>Hint 1</summary>The gradient at d reaches every weight and input. Find it first.</details>
# <details><summary>Hint 2</summary>Which gate does each of w0, x0 and w2 meet first?</details>
# <details><summary>Hint 3</summary>Two gates on the way flip a sign: 1/x and the negation.</details>


# %% nbgrader={"grade": false, "grade_id": "sigmoid_circuit_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid_circuit_backward(w, x):
    """Gradients of the neuron's output: (dw, dx), arrays of shape (3,) and (2,).

    w: (3,), the last entry is the bias; x: (2,). Compute what you need of the forward pass inside.
    Example: with w = [0, 0, 0], x = [4, 8], dw is [1, 2, 0.25].
    """
    ### BEGIN SOLUTION
    e = -(w[0] * x[0] + w[1] * x[1] + w[2])
    g = np.exp(e)
    h = 1 + g
    dh = -1 / h**2
    de = dh * g
    dd = -de
    return np.array([dd * x[0], dd * x[1], dd]), np.array([dd * w[0], dd * w[1]])
    ### END SOLUTION


# %%
look(
    sigmoid_circuit_backward,
    np.array([2.0, -3.0, -3.0]),
    np.array([-1.0, -2.0]),
    by_hand=(np.array([-0.19661193, -0.39322387, 0.19661193]), np.array([0.39322387, -0.58983580])),
)

# %% nbgrader={"grade": true, "grade_id": "check-sigmoid_circuit_backward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("sigmoid_circuit_backward")

# %% [markdown]
# ## 4 Four gates become one
#
# The last four gates together are the **sigmoid** $\sigma(d) = \frac{1}{1+e^{-d}}$. Multiply their slopes:
#
# $$\frac{d\sigma}{dd} = \frac{-1}{h^2}\cdot 1\cdot e^{-d}\cdot(-1) = \frac{e^{-d}}{(1+e^{-d})^2}
# = \frac{(1 + e^{-d}) - 1}{1+e^{-d}}\cdot\frac{1}{1+e^{-d}} = (1-\sigma)\,\sigma .$$
#
# Adding and taking away 1 in the numerator did the trick. Check with our numbers: $(1 - 0.73105858)\cdot0.73105858 =
# 0.19661193$. One gate, one multiplication, and only the *output* has to be remembered.

# %%
fused = ComputationalGraph(sigmoid(w0 * x0 + w1 * x1 + w2))
assert abs(fused.forward(**numbers) - neuron.output.value) < 1e-15
assert all(abs(fused.backward()[name] - gradients[name]) < 1e-15 for name in gradients)
fused

# %% [markdown]
# Try it: change the weights and see when the gradients die. When the sum is far from 0, $\sigma$ is flat, and nothing comes
# through.

# %%
for bias in (-8.0, -3.0, 0.0, 3.0, 12.0):
    output = fused.forward(**{**numbers, "w2": bias})
    print(f"w2 = {bias:5.1f}   output {output:.6f}   gradient for w2 {fused.backward()['w2']:.8f}")

# %% [markdown]
# ### Find the mistake
#
# A program computes the sigmoid as `1 / (1 + np.exp(a))`. Put in a large positive $a$. What comes out, and what should?
#
# <details><summary>What is right</summary>1/(1+e^a) falls from 1 to 0: it is 1 − σ(a). The exponent needs its minus sign:
# σ(a) = 1/(1+e^(−a)).</details>
#
# ### Exercise 7: a sigmoid that survives
#
# Write `sigmoid_forward(x)`. It must be right for *any* float: at $x=-1000$ the exponential $e^{-x}$ overflows. Rewrite the
# formula so that no infinity is divided by another. A warning alone costs nothing; a `nan` does.
#
# <details><summary>Hint 1</summary>What is inf / (1 + inf)? And 1 / (1 + inf)?</details>
# <details><summary>Hint 2</summary>tanh never overflows, and has nearly the right shape. Shift it and squeeze it.</details>


# %% nbgrader={"grade": false, "grade_id": "sigmoid_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid_forward(x):
    """1 / (1 + e^-x), entry by entry, finite for every float; x is a number or an array, of floats or whole numbers.

    Example: sigmoid_forward(0.0) is 0.5; sigmoid_forward(-1000.0) is 0.0.
    """
    ### BEGIN SOLUTION
    return 0.5 * (1 + np.tanh(np.asarray(x) / 2))
    ### END SOLUTION


# %%
look(
    sigmoid_forward,
    np.array([-1000.0, -1.0, 0.0, 1.0, 1000.0]),
    by_hand=np.array([0.0, 0.26894142, 0.5, 0.73105858, 1.0]),
)

# %% nbgrader={"grade": true, "grade_id": "check-sigmoid_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("sigmoid_forward")

# %% [markdown]
# ### Exercise 8: the fused gate
#
# Write `sigmoid_backward(upstream, x)`, where $x$ is what went into the gate.
#
# <details><summary>Hint</summary>The slope is written with the output. Which of your functions gives it?</details>


# %% nbgrader={"grade": false, "grade_id": "sigmoid_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid_backward(upstream, x):
    """Gradient of sigmoid(x) for x, entry by entry; upstream and x are numbers or arrays of one shape.

    Example: sigmoid_backward(4.0, 0.0) is 1.0.
    """
    ### BEGIN SOLUTION
    s = sigmoid_forward(x)
    return upstream * (1 - s) * s
    ### END SOLUTION


# %%
look(sigmoid_backward, 1.0, 1.0, by_hand=0.19661193)

# %% nbgrader={"grade": true, "grade_id": "check-sigmoid_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("sigmoid_backward")

# %% [markdown]
# ### In your own words (graded by a person)
#
# A circuit of eight gates and one of five give the same gradients. Name one reason to keep the eight, and two to prefer the
# fused sigmoid gate.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-04_sigmoid_circuit", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# Small gates are each trivial to check and can be recombined into new functions. The fused gate stores one number instead
# of four and does one multiplication instead of four; and it can be written so that it never overflows, while the chain
# exp, +1, 1/x divides by infinity.
#
# === BEGIN MARK SCHEME ===
# 1 point for reuse or ease of checking; 1 point for two of: less memory, less work, numerical stability.
# === END MARK SCHEME ===

# %% [markdown]
# ## What you know now
#
# Symbols differ from course to course; the slope is the same.
#
# | here | elsewhere |
# | --- | --- |
# | pre-activation $a$ (this notebook's wire $d$) | $z$, $d$, $x$ |
# | $\sigma(a)$ | $f(a)$, $g(a)$, logistic |
# | upstream gradient | "its gradient", $g$, $\partial L/\partial h$ |
#
# **Where this is in PyTorch and JAX.** `torch.sigmoid` and `jax.nn.sigmoid` are fused gates: both keep the output and
# multiply by $(1-\sigma)\sigma$. Try `torch.sigmoid(x).backward()` on one number, and compare with yours.
#
# Next: nine more activations, their slopes, and what happens when many of them stand in a row.
