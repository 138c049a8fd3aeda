"""Layers, and the network made of them. A layer is a gate that lists its parameters, and their gradients.

A batch stands in rows: x is (B, inputs), W is (outputs, inputs), b is (outputs,), and a = x W^T + b.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nn_lib import checkpoint
from nn_lib.activations import PReLUGate
from nn_lib.activations import activation as activation_gate
from nn_lib.arguments import checked_network
from nn_lib.divergence import numbers_only
from nn_lib.gate import CallForwardFirst, Gate
from nn_lib.guard import Array, Value, as_float, as_upstream
from nn_lib.initializers import Initializer, initializer_for
from nn_lib.losses import loss as loss_gate
from nn_lib.regularizers import Regularizer


class Layer(Gate):
    """A gate that learns. `backward` returns the gradient of its input, and leaves those of its parameters with it."""

    __slots__ = ()

    @property
    def parameters(self) -> list[Array]:
        """The arrays that an optimiser changes in place."""
        raise NotImplementedError(f"{type(self).__name__} must list its parameters")

    @property
    def gradients(self) -> list[Array]:
        """The gradients of the latest `backward`, in the order of `parameters`; the next one overwrites them."""
        raise NotImplementedError(f"{type(self).__name__} must list its gradients")


class FullyConnected(Layer):
    """a = x W^T + b, for x (B, inputs) in rows. `W` (outputs, inputs) comes from `initializer`, `b` (outputs,) is zero.

    After `backward`, which takes da (B, outputs), `dW = da^T x` and `db = sum of da's rows` hold the parameters'
    gradients. The layer never divides by the batch size: the loss has done so. `backward` returns dx = da W, or None
    where `needs_input_gradient` is False: the first layer's is not needed for training, and costs as much as the rest.
    Raises `ValueError` for shapes that do not fit.
    """

    __slots__ = ("W", "b", "dW", "db", "needs_input_gradient", "x")
    symbol = "W x + b"

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        rng: np.random.Generator,
        initializer: Initializer,
        dtype: Any = "float64",
    ) -> None:
        self.W = initializer(rng, outputs, inputs).astype(dtype)
        self.b = np.zeros(outputs, dtype)
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)
        self.needs_input_gradient = True

    def forward(self, x: Array) -> Array:
        if type(x) is not np.ndarray or x.dtype is not self.W.dtype:
            x = np.asarray(as_float(x, self), self.W.dtype)
        if x.ndim != 2 or x.shape[1] != self.W.shape[1]:
            raise ValueError(
                f"FullyConnected: x has shape {x.shape}, W {self.W.shape}; x must be (B, {self.W.shape[1]}), one "
                "example a row. Images are flattened first (Flatten)."
            )
        self.x = x
        a = x.dot(self.W.T)  # the same as x @ self.W.T, with less ado before the numbers: it shows on small layers
        a += self.b
        return a

    def backward(self, upstream: Array) -> Array | None:
        try:
            # dW = da^T x and db = sum of da's rows, written into the same arrays step after step: a new one of the
            # weights' size would be fetched from the system every time, page by page.
            np.dot(upstream.T, self.x, self.dW)
            np.add.reduce(upstream, axis=0, out=self.db)
        except (AttributeError, TypeError, ValueError):
            return self._backward_of_another(upstream)
        return upstream.dot(self.W) if self.needs_input_gradient else None

    def _backward_of_another(self, upstream: Any) -> Array | None:
        """An upstream gradient that is no (B, outputs) array of the layer's dtype: made one, or refused by name."""
        fitting: Any = as_upstream(self, upstream, np.empty((len(self.x), len(self.b)), self.W.dtype))
        if fitting is upstream:
            raise ValueError(f"FullyConnected: W {self.W.shape} and dW {self.dW.shape} no longer fit together (dot)")
        return self.backward(fitting)

    @property
    def parameters(self) -> list[Array]:
        return [self.W, self.b]

    @property
    def gradients(self) -> list[Array]:
        return [self.dW, self.db]


class PReLU(Layer):
    """PReLU with one slope per unit, which is learned: `alpha` (units,), from 0.25 on, and `dalpha` after `backward`.

    x is (B, units). Raises `ValueError` when it does not fit the slopes.
    """

    __slots__ = ("alpha", "dalpha", "gate")
    symbol = "PReLU"

    def __init__(self, units: int, dtype: Any = "float64") -> None:
        self.alpha, self.dalpha, self.gate = np.full(units, 0.25, dtype), np.zeros(units, dtype), PReLUGate()

    def forward(self, x: Value) -> Value:
        return self.gate.forward(x, self.alpha)

    def backward(self, upstream: Value) -> Value:
        dx, self.dalpha[...] = self.gate.backward(upstream)
        return dx

    @property
    def parameters(self) -> list[Array]:
        return [self.alpha]

    @property
    def gradients(self) -> list[Array]:
        return [self.dalpha]


class Flatten(Gate):
    """(B, ...) to (B, m), for example images (B, C, W, H); backward gives the gradient its shape back.

    Raises `ValueError` for a single vector or number.
    """

    __slots__ = ("output", "shape")
    symbol = "flatten"

    def forward(self, x: Array) -> Array:
        x = np.asarray(as_float(x, self))
        if x.ndim < 2:
            raise ValueError(f"Flatten: needs a batch of arrays, got shape {x.shape}; one example is x[None]")
        self.shape, self.output = x.shape, x.reshape(len(x), math.prod(x.shape[1:]))
        return self.output

    def backward(self, upstream: Value) -> Value:
        return np.reshape(as_upstream(self, upstream, self.output), self.shape)


class MLP:
    """Fully connected layers with an activation after each but the last, and a loss on top.

    `sizes` are the widths from input to output, `[64, 32, 10]`. `activation` is one name for all hidden layers or a
    list with one each; `output` is the activation of the last layer, "linear" unless the loss wants otherwise: the
    cross-entropies take logits, the negative log-likelihood takes probabilities ("softmax"). `initializer` is a name or
    function; He's for the ReLU family, Xavier's for the others, unless given. `regularizer` is an `L1` or `L2`; `seed`
    fixes the first weights. `class_weights`, one number for each class (two for binary cross-entropy), let rare classes
    weigh more in the loss.

    Inputs are (B, sizes[0]). Labels are (B,): whole numbers for softmax cross-entropy and negative log-likelihood, or
    distributions (B, classes), one-hot or soft; 0 or 1 for binary cross-entropy, numbers for squared error, (B,
    outputs) for these two where there are several.
    Raises `ValueError` when the arguments make no network, `TypeError` for a regularizer of another kind.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str | Sequence[str] = "relu",
        loss: str = "softmax_cross_entropy",
        seed: int = 0,
        dtype: Any = "float64",
        *,
        output: str = "linear",
        initializer: str | Initializer | None = None,
        regularizer: Regularizer | None = None,
        class_weights: Sequence[float] | None = None,
    ) -> None:
        names = checked_network(sizes, activation, loss, output, dtype, regularizer, class_weights)
        self.sizes, self.activations, self.output, self.loss_name = list(map(int, sizes)), names, output, loss
        self.dtype, self.regularizer = np.dtype(dtype), regularizer
        rng = np.random.default_rng(seed)
        self.layers: list[Gate] = []
        for inputs, outputs, name in zip(self.sizes, self.sizes[1:], [*names, output], strict=False):
            start = initializer_for(name, initializer)
            self.layers.append(FullyConnected(inputs, outputs, rng=rng, initializer=start, dtype=self.dtype))
            if name != "linear":
                self.layers.append(PReLU(outputs, self.dtype) if name == "prelu" else activation_gate(name))
        self.fully_connected = [layer for layer in self.layers if isinstance(layer, FullyConnected)]
        # Weights and biases first, then what the activations learn: the order of parameters in saved networks.
        learning = [layer for layer in self.layers if isinstance(layer, Layer)]
        self.learning = sorted(learning, key=lambda layer: layer not in self.fully_connected)
        self.fully_connected[0].needs_input_gradient = False
        self.loss_gate = loss_gate(loss, class_weights)
        self.class_weights = None if class_weights is None else [float(weight) for weight in class_weights]
        self.outputs: Array | None = None  # of the latest loss, while backward fits them
        self.shuffles: dict[int, np.random.Generator] = {}  # of `fit`, by seed: its next call goes on where it stopped

    def forward(self, x: Array) -> Array:
        """The output (logits, for the cross-entropies) for a batch (B, inputs)."""
        self.outputs = None
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def loss(self, x: Array, labels: Array) -> float:
        """The mean loss of a batch (B, inputs) and its labels, with the penalty where there is a regulariser.

        Raises `ValueError`, from the layer or loss that they do not fit, naming the shapes.
        """
        outputs = self.forward(x)
        value = float(self.loss_gate.forward(outputs, self._targets(labels)))
        self.outputs = outputs
        return value + self.regularizer.penalty(self.weights) if self.regularizer else value

    def backward(self) -> list[Array]:
        """The gradients of the latest `loss` for `parameters`, in the same order; the next call overwrites them.

        Raises `CallForwardFirst` (a `RuntimeError`) when there was none, or another batch went forward since.
        """
        if self.outputs is None:
            raise CallForwardFirst("backward needs the values of the latest loss: call loss, then backward at once")
        gradient = self.loss_gate.backward(1.0)[0]
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)
        if self.regularizer:
            for layer, extra in zip(self.fully_connected, self.regularizer.gradients(self.weights), strict=True):
                layer.dW += extra
        return self.gradients

    @property
    def parameters(self) -> list[Array]:
        """W and b of each layer, from input to output, then what activations learn: for an optimiser."""
        return [parameter for layer in self.learning for parameter in layer.parameters]

    @property
    def gradients(self) -> list[Array]:
        """The gradients of the latest `backward`, in the order of `parameters`."""
        return [gradient for layer in self.learning for gradient in layer.gradients]

    @property
    def weights(self) -> list[Array]:
        """The weight matrices, without the biases."""
        return [layer.W for layer in self.fully_connected]

    def predict(self, x: Array) -> Array:
        """Labels for a classifier, outputs for a regression: (B,), or (B, outputs) where targets have that shape.

        Raises `ValueError`, saying where they come from, for outputs that are not numbers (NaN): they have no label.
        """
        return self.decide(numbers_only(self.layers, x, self.forward(x)))

    def decide(self, outputs: Array) -> Array:
        """What `predict` says for outputs (B, sizes[-1])."""
        if self.loss_name in ("softmax_cross_entropy", "negative_log_likelihood"):
            return outputs.argmax(axis=1)
        if self.sizes[-1] == 1:
            outputs = outputs[:, 0]
        return (outputs > 0).astype(int) if self.loss_name == "binary_cross_entropy" else outputs

    @property
    def classifies(self) -> bool:
        """Whether `predict` gives labels, so that an accuracy makes sense."""
        return self.loss_name != "squared_error"

    def accuracy(self, x: Array, labels: Array) -> float:
        """The share of right labels, 0 to 1; of a soft target, the likeliest class is right.

        Raises `ValueError` for a regression, for labels of another shape, and as `predict` does.
        """
        return self.share_right(numbers_only(self.layers, x, self.forward(x)), labels)

    def share_right(self, outputs: Array, labels: Array) -> float:
        """The accuracy of outputs (B, sizes[-1]). Raises `ValueError` as `accuracy` does."""
        if not self.classifies:
            raise ValueError("a network with squared error predicts numbers: it has a loss, and no accuracy")
        predicted, labels = self.decide(outputs), np.asarray(labels)
        if self.loss_name == "binary_cross_entropy":
            labels = labels > 0.5
            if self.sizes[-1] == 1 and labels.shape == (len(predicted), 1):
                labels = labels[:, 0]
        elif labels.shape == outputs.shape and labels.shape[1:] != (1,):
            labels = labels.argmax(axis=1)
        if labels.shape != predicted.shape:  # NumPy would compare every prediction with every label
            raise ValueError(f"predictions have shape {predicted.shape} and labels {labels.shape}; they must be equal")
        return float(np.count_nonzero(predicted == labels) / predicted.size)

    def save(self, path: str | Path) -> Path:
        """Write sizes, names, the regulariser and the parameters to `path`, with .npz at its end, and return that.

        Raises `ValueError` for a regulariser of another kind than `L1` and `L2`.
        """
        return checkpoint.save(path, self)

    @classmethod
    def load(cls, path: str | Path) -> MLP:
        """The network that `save` wrote to `path`; nothing in the file is executed.

        Raises `FileNotFoundError` when there is none, `ValueError` for a file that is damaged or holds something else.
        """
        return checkpoint.load(path, cls)

    def _targets(self, labels: Array) -> Array:
        """Labels as the loss takes them: a single output stands in a column, so its targets do too."""
        labels = np.asarray(labels)
        column = self.loss_name in ("squared_error", "binary_cross_entropy") and self.sizes[-1] == 1
        return labels.reshape(-1, 1) if column and labels.ndim == 1 else labels


def linear_regression(inputs: int, outputs: int = 1, seed: int = 0, dtype: Any = "float64") -> MLP:
    """f(x) = W x + b under squared error: a network without hidden layers. x (B, inputs), targets (B,) or (B, outputs).

    The loss is half the mean of the squared errors; the sum of the squared errors has 2 B times its gradient.
    """
    return MLP([inputs, outputs], loss="squared_error", seed=seed, dtype=dtype)


def sigmoid_perceptron(inputs: int, seed: int = 0, dtype: Any = "float64") -> MLP:
    """f(x) = sigmoid(w x + b) under squared error. x (B, inputs), targets (B,) in [0, 1]."""
    return MLP([inputs, 1], loss="squared_error", output="sigmoid", seed=seed, dtype=dtype)
