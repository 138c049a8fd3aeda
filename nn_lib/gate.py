"""The one concept of this library: a gate.

A gate computes one output from its inputs (`forward`), keeps what it needs, and later turns the upstream gradient, the
gradient of the loss with respect to that output, into one gradient per input (`backward`):

    downstream gradient = local gradient x upstream gradient.

Everything differentiable here is a gate, from addition to a whole layer or a loss. Most are formulas entry by entry:
`Elementwise` gates of one input say their value and their slope, `Pairwise` gates of two say their value and what each
input receives. That the numbers they get are numbers, and fit, is seen to in `guard.py`.
"""

from __future__ import annotations

from typing import Any

from nn_lib.guard import Array as Array
from nn_lib.guard import Mask, Value, as_float, as_floats, as_upstream, plain, unbroadcast


class CallForwardFirst(RuntimeError, AttributeError):
    """A gate was asked for what only `forward` gives it. Python wants an `AttributeError` for a missing name."""


class Gate:
    """A function with a backward pass.

    `forward(*inputs)` returns the output. `backward(upstream)` takes the gradient for the output, of its shape (a
    number stands for an array filled with it), and returns the gradient of each input, in the input's own shape: a bare
    gradient for a gate of one input, a tuple for several. Integers become floats on the way in; float32 in, float32
    out; where both precisions meet, the wider wins. A gate keeps its inputs, not copies: leave them alone in between.

    `forward` raises `TypeError` for inputs that are not numbers and `ValueError` for shapes that do not fit,
    `backward` `ValueError` for an upstream gradient of another shape than the output, and `CallForwardFirst` (a
    `RuntimeError`) before the first `forward`. The messages name the gate and the shapes.
    """

    __slots__ = ()
    symbol = "?"

    def forward(self, *inputs: Any) -> Any:
        """The output for these inputs; keeps what `backward` needs."""
        raise NotImplementedError(f"{type(self).__name__} must define forward")

    def backward(self, upstream: Any) -> Any:
        """The gradient of the loss with respect to each input, given the one with respect to the output."""
        raise NotImplementedError(f"{type(self).__name__} must define backward")

    def __getattr__(self, name: str) -> Any:
        # Only an unset slot or a misspelt name comes here: forward has not kept anything yet.
        if name.startswith("_"):
            raise AttributeError(name)
        raise CallForwardFirst(f"{type(self).__name__} has no {name!r}: call forward first, or is the name misspelt?")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Elementwise(Gate):
    """y = f(x), each entry on its own. A subclass defines `value(x)` and `slope(x, y)`, and no more.

    x is a Python float or an array of floats; both formulas answer in its dtype. `slope` is the derivative dy / dx, the
    local gradient of each entry.
    """

    __slots__ = ("x", "y")

    def value(self, x: Value) -> Value:
        """The output y for the input x."""
        raise NotImplementedError(f"{type(self).__name__} must define value")

    def slope(self, x: Value, y: Value) -> Value | Mask:
        """dy / dx at x, where the output is y."""
        raise NotImplementedError(f"{type(self).__name__} must define slope")

    def forward(self, x: Value) -> Value:
        self.x = x = as_float(x, self)
        self.y = plain(self.value(x))
        return self.y

    def backward(self, upstream: Value) -> Value:
        return plain(as_upstream(self, upstream, self.x) * self.slope(self.x, self.y))


class Pairwise(Gate):
    """z = f(x, y), entry by entry; x and y broadcast as in NumPy. A subclass defines `value` and `gradients`.

    The formulas answer to numbers with Python floats, to arrays with arrays. An input that was repeated by broadcasting
    receives the sum over its copies: the formulas need not know of it.
    """

    __slots__ = ("x", "y")
    x: Value
    y: Value

    def value(self, x: Value, y: Value) -> Value:
        """The output z for the inputs x and y."""
        raise NotImplementedError(f"{type(self).__name__} must define value")

    def gradients(self, upstream: Value, x: Value, y: Value) -> tuple[Value, Value]:
        """dL / dx and dL / dy, given upstream = dL / dz."""
        raise NotImplementedError(f"{type(self).__name__} must define gradients")

    def forward(self, x: Value, y: Value) -> Value:
        if type(x) is float and type(y) is float:  # the short way: graphs of a million gates are made of numbers
            self.x, self.y = x, y
            return self.value(x, y)
        self.x, self.y = as_floats(self, x, y)
        return plain(self.value(self.x, self.y))

    def backward(self, upstream: Value) -> tuple[Value, Value]:
        x, y = self.x, self.y
        if type(x) is float and type(y) is float and type(upstream) is float:
            return self.gradients(upstream, x, y)
        dx, dy = self.gradients(as_upstream(self, upstream, x, y), x, y)
        return unbroadcast(dx, x), unbroadcast(dy, y)
