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
# **You will** train small networks on four toy problems, and make each of them fail and work.
#
# **You need** the whole course, or just curiosity. **Time** as long as you like; 30 minutes for the experiments below.
# **Next** your own data.
#
# Nothing here is graded. Watch a network train, on the course's own library. Press ▶ to start and stop it, press a wire or a unit to
# look inside, and press *step* to follow one example forward and back. There are cross-entropy, momentum and Adam, an activation for each
# layer, your own points, and the run as code.

# %% tags=["demonstration"]
from nn_lib.widgets import playground

playground(problem="circle", hidden=[2], activations=["tanh"])

# %% [markdown]
# The same experiments stand below with everything in one function, `play`, so that you can read, change and repeat them, and see their
# pictures where nothing moves.

# %%
import numpy as np

from nn_lib import L1, L2, MLP, SGD, Adam, TrainingDiverged, datasets, fit, pictures


def features(points, wanted="x1 x2"):
    """The inputs a network gets to see: any of x1 x2 x1^2 x2^2 x1x2 sin(x1) sin(x2)."""
    x1, x2 = points[:, 0], points[:, 1]
    made = {
        "x1": x1,
        "x2": x2,
        "x1^2": x1**2,
        "x2^2": x2**2,
        "x1x2": x1 * x2,
        "sin(x1)": np.sin(x1),
        "sin(x2)": np.sin(x2),
    }
    return np.stack([made[name] for name in wanted.split()], axis=1)


class Seen:
    """Examples with the inputs the network gets to see."""

    def __init__(self, data, wanted):
        self.inputs, self.labels = features(data.inputs, wanted), data.labels

    def __len__(self):
        return len(self.labels)


def play(
    problem="circle",
    hidden=(4,),
    activation="tanh",
    wanted="x1 x2",
    epochs=100,
    batch_size=10,
    noise=0.0,
    train_ratio=0.5,
    optimizer=None,
    regularizer=None,
    seed=0,
):
    """Train, print both losses and the accuracy, and draw the decision boundary."""
    data = getattr(datasets, problem)(noise=noise, train_ratio=train_ratio, seed=seed)
    train, test = Seen(data.train, wanted), Seen(data.test, wanted)
    model = MLP([train.inputs.shape[1], *hidden, 2], activation=activation, seed=seed, regularizer=regularizer)
    try:
        fit(
            model,
            train,
            optimizer=optimizer or SGD(0.1),
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
            progress=False,
        )
    except TrainingDiverged as problem_found:
        print(problem_found)
        return None
    print(
        f"training loss {model.loss(train.inputs, train.labels):.3f}, test loss {model.loss(test.inputs, test.labels):.3f}, "
        f"test accuracy {model.accuracy(test.inputs, test.labels):.1%}"
    )
    return pictures.decision_boundary(
        lambda points: model.predict(features(points, wanted)),
        data.test.inputs,
        data.test.labels,
        title=f"{problem}: {' '.join(map(str, hidden)) or 'no'} hidden, {activation}",
    )


# %% [markdown]
# ## 1 How many neurons does a circle need?
#
# One hidden layer of two neurons, no noise, batches of 10, half of the data for training. Two neurons draw two lines: enough for a strip, and not for a circle.
# Predict how far the loss will fall, then run both cells. (With half the squared error and targets of -1 and 1, answering 0 everywhere costs 0.5.)

# %%
play("circle", hidden=(2,))

# %%
play("circle", hidden=(3,))

# %% [markdown]
# ## 2 Make xor fail, then make it work
#
# Without a hidden layer there is one straight line, and no line can do it. Then repair it in two ways: with hidden units, or with a better *input*, the product
# $x_1x_2$, and no hidden layer at all.

# %%
play("xor", hidden=())

# %%
play("xor", hidden=(4,))

# %%
play("xor", hidden=(), wanted="x1 x2 x1x2")

# %% [markdown]
# ## 3 The two spirals
#
# The hardest of the four. Try: more layers, another activation, momentum, Adam, all features. What is the smallest network that you can get above 95 %?

# %%
play("spirals", hidden=(16, 16), activation="relu", epochs=300, optimizer=SGD(0.05, momentum=0.9))

# %%
play("spirals", hidden=(8,), wanted="x1 x2 sin(x1) sin(x2) x1x2", epochs=300, optimizer=Adam(0.01))

# %% [markdown]
# ## 4 Too much of a good thing
#
# A large network, few noisy examples: the training loss falls and the test loss does not. Then charge for weights, and watch the boundary calm down.

# %%
play("gaussians", hidden=(32, 32), activation="relu", noise=0.4, train_ratio=0.1, epochs=400)

# %%
play("gaussians", hidden=(32, 32), activation="relu", noise=0.4, train_ratio=0.1, epochs=400, regularizer=L2(0.03))

# %% [markdown]
# ## 5 Break it
#
# A learning rate that is far too large; an activation that saturates in a deep stack; L1, which pulls every weight towards zero. What do you expect before you run the cell?

# %%
play("circle", hidden=(8, 8), activation="relu", optimizer=SGD(200.0))

# %%
play("circle", hidden=(4, 4, 4, 4, 4), activation="sigmoid")

# %%
play("circle", hidden=(8,), regularizer=L1(0.01))

# %% [markdown]
# ## What you know now
#
# Look back at what helped: better inputs, enough units, a fitting learning rate, a price on weights. **Where this is in PyTorch and JAX.** The same experiments
# take the same few lines there: `torch.nn.Sequential` with `torch.optim.SGD`, or a function and `jax.grad`.
