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
# # Playground
#
# *What can your network do, and what can it not?*
#
# **You will** bet on five experiments before you see them, solve the hardest of four puzzles within a budget, and put a network of
# your own on the screen.
#
# **You need** the whole course, or curiosity alone: nothing here is graded. **Time** about 45 minutes, and then as long as it is
# fun. **Next** your own data.
#
# ### Before you start
#
# Answer these three questions aloud before you open them.
#
# <details><summary>What does one unit with two inputs draw in the plane (notebook 04)?</summary>A straight line, on one side of
# which it is above its middle value.</details>
# <details><summary>What do you look at to see whether a network has learned, or has only memorised (notebook 09)?</summary>Its loss
# on examples that it was not trained on.</details>
# <details><summary>Why do sigmoids fall silent in a deep stack (notebook 05)?</summary>Each layer multiplies the gradient by a slope
# of at most a quarter, so little of it reaches the first layers.</details>
#
# You have built every part of this machine. Today you only play with it, and find out on the way what each part is good for.

# %%
import copy

import numpy as np
from IPython.display import display

from autograder import look
from my_nn import train
from nn_lib import L1, L2, MLP, SGD, Adam, TrainingDiverged, datasets, fit, pictures
from nn_lib.widgets import playground

# %% [markdown]
# Here is the screen that you will need all the time. Press ▶, and watch a network learn which points lie inside a circle. You can
# press a unit or a wire to look inside it, or *step* to follow one example forward and back.

# %% tags=["demonstration"]
playground(problem="circle", hidden=[2], activations=["tanh"])

# %% [markdown]
# Whatever you try on the screen you can repeat in a line of code, with the function `play` below. It trains, prints what came
# out, and returns the share of held-out points that are right.


# %%
def features(points, wanted):
    """The inputs a network gets to see: any of x, y, x^2, y^2, xy, sin(x), sin(y), separated by spaces."""
    x, y = points[:, 0], points[:, 1]
    made = {"x": x, "y": y, "x^2": x**2, "y^2": y**2, "xy": x * y, "sin(x)": np.sin(x), "sin(y)": np.sin(y)}
    return np.stack([made[name] for name in wanted.split()], axis=1)


def play(
    problem="circle",
    hidden=(4,),
    activation="tanh",
    wanted="x y",
    epochs=100,
    optimizer=None,
    regularizer=None,
    noise=0.0,
    train_ratio=0.5,
    seed=0,
    draw=True,
):
    """Train on batches of 10, print the losses, draw the boundary; (held-out accuracy, the model)."""
    data = getattr(datasets, problem)(noise=noise, train_ratio=train_ratio, seed=seed)
    seen = datasets.Split(features(data.train.inputs, wanted), data.train.labels)
    unseen = datasets.Split(features(data.test.inputs, wanted), data.test.labels)
    model = MLP([seen.inputs.shape[1], *hidden, 2], activation=activation, seed=seed, regularizer=regularizer)
    numbers = sum(p.size for p in model.parameters)
    name = f"{problem}, {' and '.join(map(str, hidden)) or 'no'} hidden, {activation}"
    try:
        own = copy.deepcopy(optimizer or SGD(0.1))  # an optimiser serves one network
        fit(model, seen, optimizer=own, epochs=epochs, batch_size=10, seed=seed, progress=False)
    except TrainingDiverged as told:
        print(f"{name}: {told}")
        return 0.0, model
    right = model.accuracy(unseen.inputs, unseen.labels)
    losses = [model.loss_gate.forward(model.forward(some.inputs), some.labels) for some in (seen, unseen)]
    print(f"{name} ({numbers} numbers): loss {losses[0]:.3f} seen, {losses[1]:.3f} held out; {right:.1%} right")
    if draw:
        display(
            pictures.decision_boundary(
                lambda points: model.predict(features(points, wanted)), data.test.inputs, data.test.labels, title=name
            )
        )
    return right, model


def beside(prediction, measured):
    print(f"you said {'nothing yet' if prediction is ... else prediction}; measured: {measured}")


# %% [markdown]
# ## 1 How many units does a circle need?
#
# One hidden layer of tanh units, and each unit draws one line. How many lines do you need to fence in a circle, so that 95 % of the
# points are right? Write your number down and draw the fence on paper, before you run the cell.

# %%
my_prediction = ...  # the smallest number of units, 1 to 4

# %% tags=["demonstration"]
right = {units: play("circle", hidden=(units,), draw=units in (2, 3))[0] for units in (1, 2, 3, 4)}
beside(my_prediction, min(units for units, share in right.items() if share > 0.95))
assert right[2] < 0.9 and right[3] > 0.95

# %% [markdown]
# Two lines make a strip, whichever way you turn it, and the points of the circle that lie in the strip but outside come out wrong.
# Three lines make a triangle, and since tanh is smooth, its corners are round enough to fit surprisingly well.
#
# ## 2 Make xor fail, then make it work
#
# In xor, the two classes lie in opposite quarters. A network without a hidden layer draws one straight line. What share of the points
# will it get right? And can you repair it *without* a hidden layer, by giving it one more input?

# %%
my_prediction = ...  # the share that one straight line gets right, 0 to 1
my_input = ...  # one more input, out of "x^2", "y^2", "xy", "sin(x)" and "sin(y)"

# %% tags=["demonstration"]
right = {
    "no hidden layer": play("xor", hidden=())[0],
    "four hidden units": play("xor", hidden=(4,))[0],
    "no hidden layer, and x^2": play("xor", hidden=(), wanted="x y x^2", draw=False)[0],
    "no hidden layer, and xy": play("xor", hidden=(), wanted="x y xy", draw=False)[0],
}
if my_input is not ...:
    right["no hidden layer, and yours"] = play("xor", hidden=(), wanted=f"x y {my_input}")[0]
beside(my_prediction, f"{right['no hidden layer']:.2f}")
assert right["no hidden layer"] < 0.75 and min(right["four hidden units"], right["no hidden layer, and xy"]) > 0.95
pictures.compare_bars({name: 100 * share for name, share in right.items()}, ylabel="% right", title="Ways to do xor")

# %% [markdown]
# The product xy is positive in two opposite quarters, and negative in the others, so with this input a straight line is enough. Hidden
# units *find* such inputs by themselves, and that is what they are for.
#
# ## 3 Too much of a good thing
#
# Two noisy clouds overlap, and you have 50 points to learn from. A network with two layers of 32 units has more than a thousand
# numbers. What will become of its loss on the 50 points, and what on the points that it has not seen? Then weights get a price, as in
# notebook 09. Which of the two losses will rise, and which will fall?

# %%
my_prediction = ...  # which of the two losses falls when weights get a price: "seen", "held out", "both" or "none"

# %% tags=["demonstration"]
found = {}
for name, price in (("free", None), ("with a price", L2(0.03))):
    _, model = play("gaussians", (32, 32), "relu", epochs=400, noise=0.4, train_ratio=0.1, regularizer=price)
    data = datasets.gaussians(noise=0.4, train_ratio=0.1, seed=0)
    found[name] = [float(model.loss_gate.forward(model.forward(p.inputs), p.labels)) for p in (data.train, data.test)]
assert len(data.train) == 50 and sum(p.size for p in model.parameters) > 1000
seen, held_out = (b - a for a, b in zip(found["free"], found["with a price"]))
assert seen > 0 > held_out
beside(my_prediction, "held out")

# %% [markdown]
# Without a price, the network learns the 50 points by heart, the misplaced ones too, and it is sure of itself where it is wrong. The
# price makes it worse on what it has seen and better on what it has not, and the boundary calms down.
#
# ## 4 Break it
#
# Three ways to spoil a network. What will each of them look like: a loss that explodes, a loss that does not move, or many weights
# near zero? Connect the causes with the effects before you run the cell.

# %%
my_prediction = {
    "a learning rate of 200": ...,  # "explodes", "does not move" or "near zero"
    "five layers of sigmoids": ...,
    "a price on |w|, not on w squared": ...,
}

# %% tags=["demonstration"]
diverged, _ = play("circle", hidden=(8, 8), activation="relu", optimizer=SGD(200.0))
silent, deep = play("circle", hidden=(4, 4, 4, 4, 4), activation="sigmoid", draw=False)
_, plain = play("circle", hidden=(8,), draw=False)
_, priced = play("circle", hidden=(8,), regularizer=L1(0.01), draw=False)
near_zero = [sum(int(np.sum(np.abs(W) < 0.01)) for W in model.weights) for model in (plain, priced)]
print(f"weights nearer to zero than 0.01, of 32: {near_zero[0]} without a price, {near_zero[1]} with a price on |w|")
measured = dict(zip(my_prediction, ("explodes", "does not move", "near zero")))
for name, answer in measured.items():
    print(name, end=": ")
    beside(my_prediction[name], answer)
assert diverged == 0.0 and silent < 0.6 and near_zero[1] > near_zero[0] + 10

# %% [markdown]
# The price on |w| pulls each weight with the same force, however small it is, so many of them end near zero. (They do not end *at*
# zero, because each step overshoots a little.) And the five sigmoids are the stack of notebook 05.
#
# ## 5 The two spirals
#
# This is the hardest of the four. First see it fail, with eight units, 150 epochs, and plain descent. Then change *one* thing, so
# that it works. Which would you choose: more units, another activation, another optimiser, or other inputs? Try two or three on the screen, and
# write down what helped most.

# %% tags=["demonstration"]
playground(problem="spirals", hidden=[8], activations=["tanh"], learning_rate=0.1)

# %% [markdown]
# ## 6 The challenge
#
# Now with a budget: at most **60 numbers** to learn, and at most **150 epochs**. How far do you get on the spirals? The first three
# rows of the table are the course's, and the last is yours. One network with 58 numbers gets 99 %, but which one is not said here.

# %%
my_network = dict(hidden=(8,), activation="tanh", wanted="x y", optimizer=SGD(0.1), epochs=150)

# %% tags=["demonstration"]
rows = {
    "a straight line": dict(hidden=(), epochs=150),
    "8 tanh units": dict(hidden=(8,), epochs=150),
    "8 tanh units, momentum": dict(hidden=(8,), epochs=150, optimizer=SGD(0.05, momentum=0.9)),
    "yours": my_network,
}
table = []
for name, settings in rows.items():
    share, model = play("spirals", draw=name == "yours", **settings)
    table.append((share, sum(p.size for p in model.parameters), settings["epochs"], name))
print("\nheld out   numbers   epochs")
for share, numbers, epochs, name in sorted(table, reverse=True):
    over = "   over the budget" if numbers > 60 or epochs > 150 else ""
    print(f"{share:8.1%}   {numbers:7}   {epochs:6}   {name}{over}")
assert all(share < 0.7 for share, *_, name in table if name != "yours")

# %% [markdown]
# <details><summary>A hint</summary>A spiral turns. Which of the seven inputs turn, too?</details>
# <details><summary>Another one</summary>With few numbers, each step must count. Which optimiser, imported already, chooses a step of its
# own for each of them?</details>
#
# ## 7 Your own network on the screen
#
# So far the networks were the library's. Here is yours, trained by your `train` of notebook 09, which calls your `mlp_backward`,
# which calls what you wrote before. Its weights go onto the screen as they are. Look for the lines that its units draw, then press
# ▶, and training goes on from there.


# %% tags=["demonstration"]
def my_network_on_the_screen():
    """Train one's own network on the circle, show it on the playground, and return the share that it gets right."""
    data = datasets.circle(seed=0)
    weights, biases = train(data.train.inputs, data.train.labels, [2, 6, 2], 0.1, 100, 10, np.random.default_rng(0))
    display(playground(weights=weights, biases=biases, activations="relu", problem="circle", seed=0))
    h = np.maximum(data.test.inputs @ weights[0].T + biases[0], 0)
    return float(np.mean(np.argmax(h @ weights[1].T + biases[1], axis=1) == data.test.labels))


print("share of held-out points that your network gets right; by hand: what two lines can do")
look(my_network_on_the_screen, by_hand=0.84)

# %% [markdown]
# Press **copy link**. The link holds your network, weights and all, so whoever you send it to sees what you see. It needs no
# account and no server, since everything is in the address.
#
# Which network would you like to send? Change the problem and the sizes above, or let your `Tensor` of notebook 10 train one with a loss
# that nobody has derived for you.
#
# ## What you know now
#
# You can look at a network that fails, and say why. What helped, in five lines:
#
# 1. Better inputs: xy for xor, waves for the spirals.
# 2. Enough units: a line each, and three lines for a circle.
# 3. A fitting step: too large explodes, too small crawls.
# 4. A price on weights, when there is little data.
# 5. A look at held-out points, always.
#
# **Where this is in PyTorch and JAX.** A network like these is `torch.nn.Sequential(torch.nn.Linear(2, 6), torch.nn.ReLU(),
# torch.nn.Linear(6, 2))`, trained with `torch.optim.SGD`. In JAX it is a function of its parameters, and `jax.grad` of its loss.
#
# That was the course. You began with one knob and a nudge of 0.01, and now there is a library with your name on it, from the first difference
# quotient to an engine, and a machine that reads. What will you teach it next?
