"""Arguments that are not plain data: functions, gates and generators, described so that they can travel.

An exercise such as `numerical_gradient(f, x)` hands the student's code a function. Code never crosses the wire
between the judge and a sandbox as an object; a description does, and the side that makes the call builds the real
thing from it just before the call (`materialise`). Only the judge writes descriptions, so evaluating one is safe.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Formula:
    """A function given by a Python expression over `np` and its parameters: `Formula("np.sum(x ** 3)", ("x",))`.

    Calling it evaluates it here; `materialise` turns it into a plain function for student code.
    """

    expression: str
    parameters: tuple[str, ...] = ("x",)

    def function(self) -> Callable[..., Any]:
        """The function itself: positional arguments in the order of `parameters`."""
        # With names of its own: whoever gets it may change them.
        return FunctionType(_compiled(self.expression, self.parameters), {"np": np, "__builtins__": __builtins__})

    def __call__(self, *arguments: Any) -> Any:
        return self.function()(*arguments)


@lru_cache(maxsize=1024)
def _compiled(expression: str, parameters: tuple[str, ...]) -> CodeType:
    """The code of the function. A graph of the probes may hold thousands of gates with the same formula."""
    made = eval(compile(f"lambda {', '.join(parameters)}: ({expression})", "<given function>", "eval"), {})
    code: CodeType = made.__code__
    return code


@dataclass(frozen=True)
class FormulaGate:
    """A gate given by formulas: `forward` over the inputs, and one `backward` formula per input.

    Each backward formula takes `upstream` first, then the inputs. The gate built from it has `forward(*inputs)`,
    which keeps its inputs, and `backward(upstream)`, which returns a list with one gradient per input. `ran_with` are
    the inputs of a forward that has run already: what the gate keeps when it is handed over.
    """

    forward: Formula
    backward: tuple[Formula, ...]
    ran_with: tuple[Any, ...] = ()

    def build(self, ways: _Ways | None = None) -> Any:
        """A fresh gate object; `ways` are its functions, where they are made already."""
        kept = tuple(np.array(value) if isinstance(value, np.ndarray) else value for value in self.ran_with)
        return _GivenGate(*(ways or self.ways()), kept)

    def ways(self) -> _Ways:
        """The functions there and back. They keep nothing, so that gates of one formula can share them."""
        return self.forward.function(), tuple(formula.function() for formula in self.backward)


class _GivenGate:
    def __init__(
        self, forward: Callable[..., Any], backward: tuple[Callable[..., Any], ...], kept: tuple[Any, ...] = ()
    ) -> None:
        self._forward, self._backward, self._inputs = forward, backward, kept

    def forward(self, *inputs: Any) -> Any:
        self._inputs = inputs
        return self._forward(*inputs)

    def backward(self, upstream: Any) -> list[Any]:
        return [gradient(upstream, *self._inputs) for gradient in self._backward]


INPUTS, UPSTREAM = ("x", "y", "z"), "u"


def given_gate(
    forward: str,
    *backward: str,
    inputs: Sequence[str] | None = None,
    upstream: str = UPSTREAM,
    ran_with: tuple[Any, ...] = (),
) -> Any:
    """A gate from formulas over `np`: `given_gate("x * y", "u * y", "u * x")`, with one way back for each input.

    The inputs are called x, y and z unless `inputs` names them; the gradient that arrives is u unless `upstream` names
    it. `ran_with` are the inputs of a forward that has run already.
    """
    names = tuple(INPUTS[: len(backward)] if inputs is None else inputs)
    ways = tuple(Formula(formula, (upstream, *names)) for formula in backward)
    return FormulaGate(Formula(forward, names), ways, ran_with).build()


@dataclass(frozen=True)
class SeededGenerator:
    """A NumPy random generator that starts from `seed`."""

    seed: int


_PLAIN = frozenset({str, float, int, bool, type(None), np.ndarray})
_Ways = tuple[Callable[..., Any], tuple[Callable[..., Any], ...]]


def materialise(value: Any) -> Any:
    """The real argument behind a description; containers are rebuilt, plain data is returned as it is."""
    return _real(value, {})


def _real(value: Any, ways: dict[int, _Ways]) -> Any:
    """`ways` has the functions of the gates that this argument has described so far: a graph may repeat one often."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Formula):
        return value.function()
    if isinstance(value, FormulaGate):
        known = ways.get(id(value))
        if known is None:
            known = ways[id(value)] = value.ways()
        return value.build(known)
    if isinstance(value, SeededGenerator):
        return np.random.default_rng(value.seed)
    if isinstance(value, list):
        return [item if type(item) in _PLAIN else _real(item, ways) for item in value]
    if isinstance(value, tuple):
        return tuple([item if type(item) in _PLAIN else _real(item, ways) for item in value])
    if isinstance(value, dict):
        return {key: _real(item, ways) for key, item in value.items()}
    return value
