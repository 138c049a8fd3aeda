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
# # Circuits and gates
#
# **You will** find out who is to blame for a result, wire by wire; build three gates that networks are made of, and run any circuit
# of them forward and back.
#
# **You need** partial derivatives and the chain rule (notebooks 01 and 02). **Time** two parts: about 40 minutes
# for sections 1 to 3, and an hour for the gates in sections 4 to 8. **Next** the inside of a neuron (notebook 04).
#
# ## Before you start
#
# <details><summary>f(x, y) = x y at (3, -4). What is ∂f/∂x?</summary>It is -4, the other input: hold y still, and the output is a
# straight line in x.</details>
# <details><summary>x reaches the output by two paths, with the slopes 2 and 5. What is the whole slope?</summary>It is 7, since both
# effects arrive: multiply along a path, add over paths.</details>
# <details><summary>What shape has np.ones((4, 3)) + np.array([1, 2, 3])?</summary>It has the shape (4, 3). NumPy repeats the row four
# times, which is called broadcasting, and it will cost you a thought today.</details>
#
# A network has thousands of numbers, and one result that should be better. Which of the numbers are to blame, and by how much?
# Notebook 01 could only ask each of them in turn. Today you ask all of them at once.

# %%
import numpy as np
from my_nn import numerical_gradient

from autograder import check, look

# %% [markdown]
# ## 1 Who is to blame?
#
# A *gate* is one operation, such as +; a *wire* carries a value from one gate to the next. Gates joined by wires make a
# *circuit*. This one has two gates.
#
# Three numbers go in: x = -2, y = 5, z = -4. First q = x + y = 3, and then f = q z = -12 comes out. You would like f to be
# larger. Which of the three should you change, and in which direction?
#
# Take z first. If it became -3.9, then 3 times -3.9 would be -11.7: f rises by 0.3 when z rises by 0.1. So ∂f/∂z is 3,
# which means *three steps of the output for each step of z*. From now on we say *the gradient of z*, which is short for ∂f/∂z.
# You can find the gradient of q in the same way.
#
# Now x, which is harder, because x does not reach the output by itself: it goes through q. So ask two small questions in place of
# one hard one. If x rises by 0.1, what does q do? And if q rises by 0.1, what does f do?
#
# Each gate has its own share in this. The *local gradient* of a gate says how its output moves with one of its inputs. The
# gradient that arrives at its output, from the right, is the *upstream gradient*: how the end of the circuit moves with that
# output.
#
# The stepper asks you for each gradient before it shows it. Start at the output and work your way back. (Three of the five boxes
# are negative.)

# %% tags=["demonstration"]
from nn_lib.widgets import stepper

stepper("(x + y) * z", x=-2.0, y=5.0, z=-4.0, step=3, predict=True)

# %% [markdown]
# ### Exercise 1: the circuit by hand
#
# At x, the add gate has a local gradient, and an upstream gradient arrives at it. How did you combine the two?
#
# Write `circuit_gradients(x, y, z)`. It returns a dict with the values `q` and `f` and the gradients `df_dq`, `df_dx`, `df_dy`
# and `df_dz` of $f = (x + y)\,z$, all numbers.
#
# <details><summary>Hint 1</summary>Which gate is the last one? What are its two local gradients?</details>
# <details><summary>Hint 2</summary>Work from right to left: <code>df_dq</code> and <code>df_dz</code> come first.</details>
# <details><summary>Hint 3</summary><code>df_dx</code> is <code>df_dq</code> times the slope of x + y in x.</details>


# %% nbgrader={"grade": false, "grade_id": "circuit_gradients", "locked": false, "schema_version": 3, "solution": true, "task": false}
def circuit_gradients(x, y, z):
    """Values and gradients of f = (x + y) z; all arguments and results are numbers.

    Returns a dict with the keys q, f, df_dq, df_dx, df_dy, df_dz.
    Example: circuit_gradients(1.0, 2.0, 10.0)["df_dx"] is 10.0.
    """
    ### BEGIN SOLUTION
    q = x + y
    f = q * z
    df_dq, df_dz = z, q
    return {"q": q, "f": f, "df_dq": df_dq, "df_dx": df_dq * 1.0, "df_dy": df_dq * 1.0, "df_dz": df_dz}
    ### END SOLUTION


# %%
print("a promise, and what a nudge of 0.001 does:")
for promised, nudged in (
    ("df_dx", (-1.999, 5.0, -4.0)),
    ("df_dy", (-2.0, 5.001, -4.0)),
    ("df_dz", (-2.0, 5.0, -3.999)),
):
    look(lambda: {promised: circuit_gradients(-2.0, 5.0, -4.0)[promised] * 0.001})
    print(f"happened {(nudged[0] + nudged[1]) * nudged[2] + 12.0:.6f}")

# %% nbgrader={"grade": true, "grade_id": "check-circuit_gradients", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("circuit_gradients")

# %% [markdown]
# Read the gradient of x as a promise: *raise x by a little, and f changes by -4 times as much*. Each gate had one job: to pass on
# **upstream gradient times local gradient**. The sweep starts with the one gradient that needs no work, $\partial f/\partial f = 1$.
#
# ### Find the mistake
#
# A student remembers the rule as "the gate's gradient times its gradient". For a gate with slope 3 and upstream 5 he returns
# `3 * 3`. What did "its" mean?
#
# <details><summary>What is right</summary>The product is <em>local gradient × upstream gradient</em>: the gate's own slope times what
# arrives from the right, here 3 · 5 = 15.</details>
#
# ## 2 Gradients add at branches
#
# Where a wire branches, its value goes to two gates, and two gradients come back. In $f = a\,b + a$, the value a reaches f through
# the product and through the sum. Nudge a, and both gates feel it. Take a = 3 and b = 2: which two gradients come back to a, and
# what is the slope of f in a?
#
# <details><summary>Check yourself</summary>2 comes back through the product, 1 through the sum, and the slope is 2 + 1 = 3. Forward, a
# branch copies a value; backward, it adds up gradients. An add gate does the reverse.</details>
#
# ### Exercise 2
#
# Write `branch_backward(upstreams)`: given a list of gradients of one shape, one from each place where a value was used, return
# the gradient of the value. Leave the list and its arrays as they were.
#
# <details><summary>Hint</summary>Does <code>a += b</code> make a new array, or write into the caller's?</details>


# %% nbgrader={"grade": false, "grade_id": "branch_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def branch_backward(upstreams):
    """Gradient of a value that was used len(upstreams) times: the sum over its uses.

    upstreams: a list of numbers, or of arrays of one shape; it is not changed. Returns the same shape.
    Example: branch_backward([2.0, 1.0]) is 3.0.
    """
    ### BEGIN SOLUTION
    total = upstreams[0]
    for upstream in upstreams[1:]:
        total = total + upstream
    return total
    ### END SOLUTION


# %%
look(branch_backward, [np.array([2.0, -1.0]), np.array([1.0, 4.0])], by_hand=np.array([3.0, 3.0]))

# %% nbgrader={"grade": true, "grade_id": "check-branch_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("branch_backward")

# %% [markdown]
# ## 3 Broadcasting is a branch
#
# Networks compute with arrays. Add a row y of shape (3,) to each row of x, of shape (2, 3): NumPy copies y to two places, so two
# gradients come back to every entry of y. If the upstream gradient is
#
# $$\begin{pmatrix}1 & 2 & 3\\ 10 & 20 & 30\end{pmatrix},$$
#
# then what does y receive? You know what happens at a branch. What if y had the shape (2, 1), or were a single number?
#
# <details><summary>Check yourself</summary>The row receives (11, 22, 33), which is one sum for each column. The column of shape
# (2, 1) receives 6 and 60, one sum for each row. A single number was copied to all six places and receives 66.</details>
#
# ### Exercise 3
#
# Write `unbroadcast(gradient, shape)`: the gradient arrives in the shape that broadcasting made, and `shape` is the shape of the
# value before. Every copy of an entry sends its gradient back to that entry.
#
# Broadcasting does two things: it puts new axes in front, and it stretches axes of length 1.
#
# <details><summary>Hint 1</summary>The new axes in front are gradient.ndim - len(shape) many. Which sum removes an axis?</details>
# <details><summary>Hint 2</summary>An axis of length 1 must be there afterwards, with length 1. What does keepdims do?</details>


# %% nbgrader={"grade": false, "grade_id": "unbroadcast", "locked": false, "schema_version": 3, "solution": true, "task": false}
def unbroadcast(gradient, shape):
    """The gradient of a value that was repeated by broadcasting: the sum over its copies, in the value's own shape.

    gradient: an array, or a number when shape is (). `shape`, a tuple, can be broadcast to its shape. It is not changed.
    Returns an array of that shape (for (), a number will do). Nothing is averaged.
    Example: unbroadcast(np.array([[1.0, 2.0], [10.0, 20.0]]), (2,)) is [11.0, 22.0].
    """
    ### BEGIN SOLUTION
    total = np.asarray(gradient)
    while total.ndim > len(shape):
        total = total.sum(axis=0)
    for axis, length in enumerate(shape):
        if length == 1:
            total = total.sum(axis=axis, keepdims=True)
    return total
    ### END SOLUTION


# %%
upstream = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
look(unbroadcast, upstream, (3,), by_hand=np.array([11.0, 22.0, 33.0]))
look(unbroadcast, upstream, (2, 1), by_hand=np.array([[6.0], [60.0]]))
look(unbroadcast, upstream, (), by_hand=66.0)

# %% nbgrader={"grade": true, "grade_id": "check-unbroadcast", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("unbroadcast")

# %% [markdown]
# ### The end of part 1: a good place to stop
#
# You can find out which wire is to blame in any circuit on paper, and you can send a gradient back through broadcasting.
# With all points for the three checks, your `my_nn` holds `circuit_gradients`, `branch_backward` and `unbroadcast`. In part 2
# you build gates that do this work for you.
#
# To go on another day, open this notebook again and click into the next code cell. Then choose *Run All Above Selected Cell*
# in the menu *Run*. Your answers stand in their cells, so nothing has to be written twice.
#
# ## 4 The add gate distributes
#
# A gate must remember something between forward and backward, so make it an object. `forward(x, y)` computes the output z and
# keeps on `self` what the way back needs. `backward(dz)` receives the upstream gradient dz and returns the list `[dx, dy]`. Every
# layer of every framework has this form. A circuit has many gates of one kind, which is why each keeps its own memory.
#
# Begin with $z = x + y$. If x rises by a little and y stays, how much does z rise? What does the gate send back, if 2 arrives?
#
# ### Exercise 4
#
# Write the class `AddGate`. The inputs are numbers, or arrays that NumPy can broadcast together, and each gradient has the shape of
# its own input: your `unbroadcast` takes care of that.
#
# <details><summary>Hint 1</summary>The values of x and y do not matter on the way back. What about them does?</details>
# <details><summary>Hint 2</summary>A plain number has no <code>.shape</code>; <code>np.shape(3.0)</code> is ().</details>


# %% nbgrader={"grade": false, "grade_id": "AddGate", "locked": false, "schema_version": 3, "solution": true, "task": false}
class AddGate:
    """z = x + y, with a memory.

    forward(x, y) returns the sum; x and y are numbers, or arrays that broadcast together.
    backward(dz) returns [dx, dy] for the latest forward, each in the shape of its input; dz has the shape of z.
    Example: gate = AddGate(); gate.forward(3.0, -4.0) is -1.0; gate.backward(2.0) is [2.0, 2.0].
    """

    def forward(self, x, y):
        ### BEGIN SOLUTION
        self.shapes = np.shape(x), np.shape(y)
        return x + y
        ### END SOLUTION

    def backward(self, dz):
        ### BEGIN SOLUTION
        return [unbroadcast(dz, shape) for shape in self.shapes]
        ### END SOLUTION


# %%
def run(gate, x, y, dz):
    return gate.forward(x, y), gate.backward(dz)


look(lambda: run(AddGate(), 3.0, -4.0, 2.0), by_hand=(-1.0, [2.0, 2.0]))
look(lambda: run(AddGate(), np.zeros((2, 3)), np.ones(3), upstream)[1][1], by_hand=np.array([11.0, 22.0, 33.0]))

# %% nbgrader={"grade": true, "grade_id": "check-AddGate", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("AddGate")

# %% [markdown]
# The add gate **distributes**: it sends the upstream gradient to both inputs, whatever their values are.
#
# ## 5 The multiply gate switches
#
# Now $z = x\,y$, with x = 3 and y = -4. Hold y still: the output is a straight line in x. How steep is it, and what comes back to x
# if 2 arrives? And what comes back to y? Work it out before you write the class.
#
# ### Exercise 5
#
# Write the class `MultiplyGate`, in the same form. This time the values do matter on the way back, so forward must keep them.
#
# <details><summary>Hint</summary>Make two gates, run both forward, then both backward. Do they mix up their inputs?</details>


# %% nbgrader={"grade": false, "grade_id": "MultiplyGate", "locked": false, "schema_version": 3, "solution": true, "task": false}
class MultiplyGate:
    """z = x * y, entry by entry, with a memory.

    forward(x, y) returns the product; x and y are numbers, or arrays that broadcast together.
    backward(dz) returns [dx, dy] for the latest forward, each in the shape of its input; dz has the shape of z.
    Example: gate = MultiplyGate(); gate.forward(3.0, -4.0) is -12.0; gate.backward(2.0) is [-8.0, 6.0].
    """

    def forward(self, x, y):
        ### BEGIN SOLUTION
        self.x, self.y = x, y
        return x * y
        ### END SOLUTION

    def backward(self, dz):
        ### BEGIN SOLUTION
        return [unbroadcast(dz * self.y, np.shape(self.x)), unbroadcast(dz * self.x, np.shape(self.y))]
        ### END SOLUTION


# %%
look(lambda: run(MultiplyGate(), 3.0, -4.0, 2.0), by_hand=(-12.0, [-8.0, 6.0]))

# %% nbgrader={"grade": true, "grade_id": "check-MultiplyGate", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("MultiplyGate")

# %% [markdown]
# The multiply gate **switches**: each input receives the *other* input, times the upstream gradient.
#
# ## 6 The max gate routes
#
# Now $z = \max(x, y)$, entry by entry. With x = 3 and y = -4, the output is x itself. If y moves a little, nobody notices. So how
# much of the upstream gradient goes to each of the two?
#
# At x = y there is a kink, and no derivative: strictly, max is not differentiable, and neither is ReLU, which you will meet in
# notebook 05. It does no harm. Split the upstream gradient between the two in any way, as long as both parts add up to it. Such
# a choice is called a **subgradient**.
#
# ### Exercise 6
#
# Write the class `MaxGate`. In an array, the winner may change from entry to entry.
#
# <details><summary>Hint 1</summary>Which comparison of x and y gives you an array of yes and no?</details>
# <details><summary>Hint 2</summary>A yes counts as 1 and a no as 0 when you multiply.</details>
# <details><summary>Hint 3</summary>At a tie, count: how much of the upstream gradient did you hand out in all?</details>


# %% nbgrader={"grade": false, "grade_id": "MaxGate", "locked": false, "schema_version": 3, "solution": true, "task": false}
class MaxGate:
    """z = the larger of x and y, entry by entry, with a memory.

    forward(x, y) returns the maximum; x and y are numbers, or arrays that broadcast together.
    backward(dz) returns [dx, dy] for the latest forward, each in the shape of its input; dz has the shape of z.
    Where x equals y, any split that adds up to dz is right.
    Example: gate = MaxGate(); gate.forward(3.0, -4.0) is 3.0; gate.backward(2.0) is [2.0, 0.0].
    """

    def forward(self, x, y):
        ### BEGIN SOLUTION
        self.shapes = np.shape(x), np.shape(y)
        self.x_wins = np.asarray(x) >= np.asarray(y)
        return np.maximum(x, y)
        ### END SOLUTION

    def backward(self, dz):
        ### BEGIN SOLUTION
        return [unbroadcast(dz * self.x_wins, self.shapes[0]), unbroadcast(dz * ~self.x_wins, self.shapes[1])]
        ### END SOLUTION


# %%
look(
    lambda: run(MaxGate(), np.array([3.0, 1.0]), np.array([-4.0, 7.0]), np.array([2.0, 5.0])),
    by_hand=(np.array([3.0, 7.0]), [np.array([2.0, 0.0]), np.array([0.0, 5.0])]),
)

# %% nbgrader={"grade": true, "grade_id": "check-MaxGate", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("MaxGate")

# %% [markdown]
# The max gate **routes**: it sends all of the gradient to the larger input, and nothing to the other.
#
# ## 7 Any circuit, forward
#
# You have three gates, so you can build circuits. Write one as a list of `(name, gate, parents)`, in an order in which it can be
# run. An input has no gate and no parents. Here is $f = \max(a, b)\,c + a$. Why is `circuit()` a function? Each call makes new
# gates with empty memories, so run forward and back through the *same* list.


# %%
def circuit():
    return [
        ("a", None, []),
        ("b", None, []),
        ("c", None, []),
        ("m", MaxGate(), ["a", "b"]),
        ("p", MultiplyGate(), ["m", "c"]),
        ("f", AddGate(), ["p", "a"]),
    ]


numbers = {"a": 3.0, "b": -4.0, "c": 2.0}

# %% [markdown]
# ### Exercise 7
#
# Write `run_forward(circuit, inputs)`. It runs the gates in their order and returns a new dict with the value of every name, the
# inputs among them.
#
# <details><summary>Hint</summary>When a gate's turn comes, where have you stored the values of its parents?</details>


# %% nbgrader={"grade": false, "grade_id": "run_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def run_forward(circuit, inputs):
    """The value of every name in a circuit: a new dict.

    circuit: a list of (name, gate, parents), in an order that can be run. The gate of an input is None; every other gate
    has forward(*values of its parents). inputs: a dict with the value of each input, a number or an array; not changed.
    Example: run_forward([("x", None, []), ("z", AddGate(), ["x", "x"])], {"x": 3.0}) is {"x": 3.0, "z": 6.0}.
    """
    ### BEGIN SOLUTION
    values = {}
    for name, gate, parents in circuit:
        values[name] = inputs[name] if gate is None else gate.forward(*[values[parent] for parent in parents])
    return values
    ### END SOLUTION


# %%
look(
    lambda: run_forward(circuit(), numbers),
    by_hand={"a": 3.0, "b": -4.0, "c": 2.0, "m": 3.0, "p": 6.0, "f": 9.0},
)

# %% nbgrader={"grade": true, "grade_id": "check-run_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("run_forward")

# %% [markdown]
# ## 8 All the way back
#
# Before you write the sweep back, walk it once on paper. Write a 1 at f. The add gate sends 1 to p and 1 to a. The multiply gate
# sends 2 to m, and 3 to c. The max gate sends 2 on to a, and nothing to b. So a has received two gradients: 1 from the sum, and 2
# from the maximum. Only now is its gradient known.
#
# In which order must the gates be visited, so that no gate passes on a gradient before everything has arrived?
#
# ### Exercise 8: the evening's exercise
#
# Write `run_backward(circuit, values)`. If the last value is an array, take the sum of its entries as the result, so that there
# is one number to move. It returns a new dict with one gradient for every name. The gates remember their latest forward, which made these `values`.
#
# Then try it on circuits of your own. The look cell compares it with your `numerical_gradient`, on arrays of different shapes.
#
# <details><summary>Hint 1</summary>The gradient of a sum, for each of its entries, is 1. What shape has the gradient of the last
# value?</details>
# <details><summary>Hint 2</summary>Keep a list of what has arrived, for each name. What do you do with it when the name's turn comes?
# You have written that function.</details>
# <details><summary>Hint 3</summary>To an input that nothing uses, no gradient arrives. How does the last value move with it?</details>


# %% nbgrader={"grade": false, "grade_id": "run_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def run_backward(circuit, values):
    """The gradient of the sum of the last value's entries, with respect to every name's value: a new dict.

    circuit: as in run_forward, which has just run it; gate.backward(dz) returns a list with a gradient for each parent.
    values: the dict that run_forward returned; not changed.
    Each gradient has the shape of its value; a name that does not reach the last value has a gradient of 0.
    Example: for [("x", None, []), ("z", AddGate(), ["x", "x"])] at x = 3.0 the result is {"x": 2.0, "z": 1.0}.
    """
    ### BEGIN SOLUTION
    arrived = {name: [0.0 * value] for name, value in values.items()}
    last = circuit[-1][0]
    arrived[last] = [0.0 * values[last] + 1.0]
    gradients = {}
    for name, gate, parents in reversed(circuit):
        gradients[name] = branch_backward(arrived[name])
        if gate is not None:
            for parent, gradient in zip(parents, gate.backward(gradients[name])):
                arrived[parent].append(gradient)
    return gradients
    ### END SOLUTION


# %%
def both_ways(nodes, inputs):
    return run_backward(nodes, run_forward(nodes, inputs))


def measured(nodes, inputs, name):
    return numerical_gradient(lambda v: np.sum(run_forward(nodes, {**inputs, name: v})[nodes[-1][0]]), inputs[name])


look(lambda: both_ways(circuit(), numbers), by_hand={"f": 1.0, "p": 1.0, "m": 2.0, "c": 3.0, "b": 0.0, "a": 3.0})
arrays = {
    "a": np.array([[3.0, -1.0, 0.5], [2.0, 4.0, -2.0]]),
    "b": np.array([1.0, 2.0, 3.0]),
    "c": np.array([[2.0], [-1.0]]),
}
for name in arrays:
    print(f"{name}, by your circuit and measured:")
    look(lambda: both_ways(circuit(), arrays)[name])
    look(lambda: measured(circuit(), arrays, name))

# %% nbgrader={"grade": true, "grade_id": "check-run_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from autograder import check

check("run_backward")

# %% [markdown]
# ## What you can do now
#
# Run the next cell. It draws your circuit in the stepper, and every value and every gradient in it is computed by *your* gates.
# Step back through it, and watch the two gradients meet at a. Then build a
# circuit of your own, as wild as you like: change `circuit()` and `numbers` in section 7, then run those two cells again.

# %% tags=["demonstration"]
from nn_lib import ComputationalGraph, Gate, Input, Node


class Yours(Gate):
    """One of your gates, with the sign that the drawing shows."""

    def __init__(self, gate):
        self.gate, self.symbol = gate, {"AddGate": "+", "MultiplyGate": "×", "MaxGate": "max"}[type(gate).__name__]

    def forward(self, *inputs):
        return float(self.gate.forward(*inputs))

    def backward(self, upstream):
        return tuple(float(gradient) for gradient in self.gate.backward(upstream))


def drawn(nodes):
    made = {}
    for name, gate, parents in nodes:
        made[name] = (
            Input(name) if gate is None else Node(Yours(gate), *[made[parent] for parent in parents], name=name)
        )
    return ComputationalGraph(made[nodes[-1][0]])


try:
    display(stepper(drawn(circuit()), **numbers))
except Exception as error:
    print("This drawing needs your three finished gates:", repr(error))

# %% [markdown]
# You can now say, for every number in any circuit of these gates, how much of the result is its doing. It takes one sweep forward
# and one sweep back, however many numbers there are.
#
# | gate | forward | backward | it |
# | --- | --- | --- | --- |
# | add | $x+y$ | upstream to both | distributes |
# | multiply | $x\,y$ | upstream times the *other* input | switches |
# | max | $\max(x,y)$ | upstream to the larger | routes |
# | branch, broadcasting | copies | sums | |
#
# **Where this is in PyTorch and JAX.** `torch.autograd.Function` is your class: `forward(ctx, x, y)` saves tensors in `ctx`, and
# `backward(ctx, upstream)` returns one gradient per input. In JAX, `jax.vjp(f, x, y)` runs forward, and returns the function
# that maps the upstream gradient to those of the inputs.
#
# ```python
# x = torch.tensor(-2.0, requires_grad=True)
# f = (x + 5.0) * -4.0
# f.backward()     # x.grad is tensor(-4.)
# ```
#
# ### In your own words (graded by a person)
#
# A friend says: "An add gate does nothing on the way back, so I leave it out of my backward sweep and give its upstream gradient
# straight to whatever comes before." In which circuits does this give the right gradients, and where does it go wrong?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-03_circuits_and_gates", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# The add gate passes its upstream gradient on unchanged, so where a sum feeds one gate and each of its inputs is used once,
# skipping it changes no number: in $(x + y)z$, the gradient $z$ simply goes to both $x$ and $y$. It goes wrong where values
# are shared: in $(x + y) + x$ the gradients of the two uses of $x$ must be added, and where a row was broadcast, summed.
#
# === BEGIN MARK SCHEME ===
# 1 point: passing the gradient on unchanged is right, and both inputs receive it. 1 point: where a value is used twice, or
# a row is broadcast, contributions must be summed. Any sound circuits will do.
# === END MARK SCHEME ===
