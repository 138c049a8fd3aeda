"""How parameters move, given their gradients. Backpropagation finds the gradients; these decide what to do with them.

An optimiser changes arrays in place: `step(parameters, gradients)`. It keeps velocities and the like by position, so it
serves the arrays of its first step and no others.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nn_lib.guard import Array

# From the number of steps taken so far to a factor on the learning rate.
Schedule = Callable[[int], float]


def step_decay(every: int, factor: float = 0.5) -> Schedule:
    """Multiply the learning rate by `factor` after every `every` > 0 steps."""
    return lambda step: factor ** (step // every)


def exponential_decay(half_life: float) -> Schedule:
    """Halve the learning rate every `half_life` > 0 steps, smoothly."""
    return lambda step: 0.5 ** (step / half_life)


def cosine_decay(steps: int) -> Schedule:
    """From 1 to 0 along half a cosine over `steps` > 0 steps, and 0 from then on (Loshchilov and Hutter 2017)."""
    return lambda step: 0.5 * (1.0 + float(np.cos(np.pi * min(step, steps) / steps)))


class Optimizer:
    """What all optimisers share: a learning rate, its schedule, weight decay, and a memory per parameter.

    `learning_rate` > 0 is multiplied by `schedule(steps so far)` where there is one; `weight_decay` >= 0. One optimiser
    serves one network. Raises `ValueError` for values outside these ranges.
    """

    def __init__(self, learning_rate: float, weight_decay: float = 0.0, schedule: Schedule | None = None) -> None:
        if not learning_rate > 0:
            raise ValueError(f"the learning rate must be above 0, got {learning_rate}")
        if not weight_decay >= 0:
            raise ValueError(f"weight decay must not be negative, got {weight_decay}")
        self.learning_rate, self.weight_decay = float(learning_rate), float(weight_decay)
        self.schedule = schedule
        self.steps = 0
        self._served: list[Array] = []  # the parameters of the first step
        self._fitting: list[Array] = []  # the gradients of the latest: found to be of the parameters' shapes
        self._memory: list[list[Array]] = []

    def __getstate__(self) -> dict[str, Any]:
        # A copy, or what comes back from a file, serves the copy of the network: the one it meets first.
        return {**self.__dict__, "_served": [], "_fitting": []}

    def step(self, parameters: Sequence[Array], gradients: Sequence[Array]) -> None:
        """Move every parameter (a float array) once, in place; gradients stay as they are.

        Weight decay moves matrices only: biases are not regularised. Raises `ValueError` when a gradient's shape is not
        its parameter's, or the parameters are not the very arrays of the first step, `TypeError` for one that is no
        float array.
        """
        if not (_same(parameters, self._served) and _same(gradients, self._fitting)):
            self._meet(parameters, gradients)
        learning_rate = self.learning_rate * (self.schedule(self.steps) if self.schedule else 1.0)
        self.steps += 1
        # In the parameters' own dtype: a Python number would be converted anew for each product.
        rate, decay = np.array(learning_rate, self._served[0].dtype if self._served else None), self.weight_decay
        for p, g, memory in zip(parameters, gradients, self._memory, strict=True):
            if type(g) is not np.ndarray:  # a graph's gradient for a single number
                g = np.asarray(g, p.dtype)
            if rate.dtype is not p.dtype:
                rate = np.array(learning_rate, p.dtype)
            self._move(p, g, rate, decay if p.ndim > 1 else 0.0, memory)

    def _meet(self, parameters: Sequence[Array], gradients: Sequence[Array]) -> None:
        """The first step remembers whom it serves; later ones, with other arrays, are refused."""
        if not all(isinstance(p, np.ndarray) and p.dtype.kind == "f" for p in parameters):
            raise TypeError("an optimiser moves float arrays in place: instead of the number 0.5, np.array(0.5)")
        if len(parameters) != len(gradients):
            raise ValueError(f"{len(parameters)} parameters need as many gradients, got {len(gradients)}")
        for p, g in zip(parameters, gradients, strict=True):
            if p.shape != np.shape(g):
                raise ValueError(f"a parameter of shape {p.shape} has a gradient of shape {np.shape(g)}")
        shapes, remembered = [p.shape for p in parameters], [memory[0].shape for memory in self._memory]
        self._fitting = list(gradients)
        if _same(parameters, self._served):
            return
        if self._served or (remembered and shapes != remembered):
            raise ValueError(
                f"these parameters, of shapes {shapes}, are not the arrays of the first step, of shapes {remembered}: "
                "an optimiser serves one network. Make a new one, or write new values into the arrays it knows: W[...]"
            )
        self._served = list(parameters)
        if not remembered:
            self._memory = [[np.zeros_like(p) for _ in range(self._arrays() + 1)] for p in parameters]

    def _arrays(self) -> int:
        """How many arrays of a parameter's size are remembered; one more serves as scratch paper."""
        raise NotImplementedError

    def _move(self, p: Array, g: Array, rate: Array, decay: float, memory: list[Array]) -> None:
        """Move p in place, given its gradient g.

        `memory` holds what is remembered of p and, last, the scratch paper. The update rules below are written term by
        term, each product onto that paper: a new array of the weights' size at every step would double the time.
        """
        raise NotImplementedError


def _same(parameters: Sequence[Array], served: Sequence[Array]) -> bool:
    return len(parameters) == len(served) and all(map(operator.is_, parameters, served))


class SGD(Optimizer):
    """Stochastic gradient descent, p <- p - learning_rate * g, and its variations.

    With `momentum` mu in [0, 1): v <- mu v - learning_rate g and p <- p + v; with `nesterov`, p <- p + mu v -
    learning_rate g, which looks one step ahead. `weight_decay` adds weight_decay * W to the gradient of a matrix W.
    Raises `ValueError` for a momentum outside [0, 1), or `nesterov` without one.
    """

    def __init__(
        self,
        learning_rate: float = 0.1,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        *,
        nesterov: bool = False,
        schedule: Schedule | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, schedule)
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must lie in [0, 1), got {momentum}")
        if nesterov and not momentum:
            raise ValueError("nesterov needs a momentum above 0")
        self.momentum, self.nesterov = float(momentum), nesterov

    def _arrays(self) -> int:
        return 1 if self.momentum else 0

    def _move(self, p: Array, g: Array, rate: Array, decay: float, memory: list[Array]) -> None:
        scratch = memory[-1]
        if not self.momentum:  # p = p - rate * (g + decay * p)
            if decay:
                p *= 1.0 - rate * decay
            np.multiply(g, rate, scratch)
            p -= scratch
            return
        velocity = memory[0]  # velocity = momentum * velocity - rate * (g + decay * p)
        velocity *= self.momentum
        if decay:
            np.multiply(p, rate * decay, out=scratch)
            velocity -= scratch
            if self.nesterov:
                p -= scratch
        np.multiply(g, rate, out=scratch)
        velocity -= scratch
        if self.nesterov:  # p = p + momentum * velocity - rate * (g + decay * p)
            p -= scratch
            np.multiply(velocity, self.momentum, out=scratch)
            p += scratch
        else:
            p += velocity


class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square (Kingma and Ba 2015).

    mean <- beta1 mean + (1 - beta1) g, square <- beta2 square + (1 - beta2) g^2, both corrected for their start at 0,
    and p <- p - learning_rate mean / (sqrt(square) + epsilon). `weight_decay` shrinks W by learning_rate *
    weight_decay W on its own (Loshchilov and Hutter 2019). Raises `ValueError` for values out of range.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        weight_decay: float = 0.0,
        *,
        epsilon: float = 1e-8,
        schedule: Schedule | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, schedule)
        if not (0 <= beta1 < 1 and 0 <= beta2 < 1):
            raise ValueError(f"beta1 and beta2 must lie in [0, 1), got {beta1} and {beta2}")
        self.beta1, self.beta2, self.epsilon = float(beta1), float(beta2), float(epsilon)

    def _arrays(self) -> int:
        return 2

    def _move(self, p: Array, g: Array, rate: Array, decay: float, memory: list[Array]) -> None:
        mean, square, scratch = memory
        if decay:
            p *= 1.0 - rate * decay
        mean *= self.beta1
        np.multiply(g, 1.0 - self.beta1, out=scratch)
        mean += scratch
        square *= self.beta2
        np.multiply(g, g, out=scratch)
        scratch *= 1.0 - self.beta2
        square += scratch
        # Early on both means are too small, as they started from 0.
        correction = 1.0 - self.beta2**self.steps
        np.sqrt(square, out=scratch)
        scratch *= 1.0 / correction**0.5
        scratch += self.epsilon
        np.divide(mean, scratch, out=scratch)
        scratch *= rate / (1.0 - self.beta1**self.steps)
        p -= scratch
