"""An exercise made from its forward alone: the backward that is right, and the calls that probe it.

The derivative is taken by a complex step where the forward takes complex numbers, which is exact to the last digits,
and by differences where it does not; either is held against the library's numerical gradient before it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from autograder.exercises.drawn import read_only, upstream_like
from autograder.exercises.probe import Probe
from nn_lib import numerical_gradient

Generator = np.random.Generator
Forward = Callable[..., Any]

_STEP = 1e-30
_SIZES = ({"B": 3}, {"B": 2}, {"B": 7})


class Asks(Protocol):
    """What makes probes that call one function: an `Exercise`."""

    def call(self, *args: Any, criterion: str = ..., label: str = ...) -> Probe:
        """A probe that calls the function once."""
        ...


@dataclass(frozen=True)
class Argument:
    """One argument of a forward: an array whose `shape` is given by letters and numbers, () for a single number.

    A letter stands for one length in all arguments of a call; "B", the batch, is 1, 2, 3 and 7 in turn. Values are
    drawn with both signs around `centre`, about `spread` away, and, with `positive`, above 0. They keep away from
    `kinks`. There is no gradient for an argument that is not `differentiable`: it is handed over as it is.
    """

    shape: tuple[str | int, ...] = ("B", "m")
    centre: float = 0.0
    spread: float = 2.0
    positive: bool = False
    kinks: tuple[float, ...] = ()
    differentiable: bool = True

    def drawn(self, rng: Generator, sizes: Mapping[str, int], scale: float = 1.0) -> Any:
        """Values for one call. Raises `KeyError` for a letter that has no length."""
        shape = tuple(length if isinstance(length, int) else sizes[length] for length in self.shape)
        values = self.centre + scale * self.spread * (rng.uniform(0.2, 1.5, shape) * rng.choice([-1.0, 1.0], shape))
        if self.positive:
            values = np.abs(values) + 0.1 * self.spread
        for kink in self.kinks:
            near = np.abs(values - kink) < 0.05
            values = np.where(near, kink + np.where(values >= kink, 0.1, -0.1), values)
        return np.asarray(values) if shape else float(values)


def backward_of(forward: Forward, arguments: Mapping[str, Argument]) -> Callable[..., Any]:
    """The right backward of a forward: takes the upstream gradient and the arguments, and returns the gradient for each
    differentiable argument, one alone or a tuple of several."""
    wanted = [place for place, argument in enumerate(arguments.values()) if argument.differentiable]

    def backward(upstream: Any, *inputs: Any) -> Any:
        found = tuple(_gradient(forward, upstream, inputs, place) for place in wanted)
        return found[0] if len(found) == 1 else found

    backward.__wrapped__ = forward  # type: ignore[attr-defined]  # whoever asks for its source means the forward's
    return backward


def _gradient(forward: Forward, upstream: Any, inputs: tuple[Any, ...], place: int) -> Any:
    x = np.asarray(inputs[place], dtype=np.float64)
    gradient = np.zeros(x.shape)
    by_complex_step = _takes_complex(forward, inputs, place)
    for entry in np.ndindex(x.shape):
        slope = (_complex_step if by_complex_step else _difference)(forward, inputs, place, x, entry)
        gradient[entry] = np.sum(np.asarray(upstream, dtype=np.float64) * slope)
    return gradient if x.ndim else float(gradient)


def _takes_complex(forward: Forward, inputs: tuple[Any, ...], place: int) -> bool:
    """Whether a forward carries an imaginary part through, as one that is made of analytic functions does."""
    x = np.asarray(inputs[place], dtype=np.float64)
    direction = np.linspace(0.5, 1.5, x.size).reshape(x.shape)
    try:
        with np.errstate(all="ignore"):
            imaginary = np.imag(forward(*_with(inputs, place, x + 1j * _STEP * direction))) / _STEP
            h = 1e-6
            ahead, behind = (forward(*_with(inputs, place, x + s * h * direction)) for s in (1.0, -1.0))
    except (TypeError, ValueError):
        return False
    difference = (np.asarray(ahead) - np.asarray(behind)) / (2 * h)
    scale = max(1.0, float(np.max(np.abs(difference), initial=0.0)))
    return bool(np.all(np.abs(imaginary - difference) <= 1e-4 * scale))


def _complex_step(forward: Forward, inputs: tuple[Any, ...], place: int, x: Any, entry: tuple[int, ...]) -> Any:
    moved = x.astype(np.complex128)
    moved[entry] += 1j * _STEP
    return np.imag(forward(*_with(inputs, place, moved))) / _STEP


def _difference(forward: Forward, inputs: tuple[Any, ...], place: int, x: Any, entry: tuple[int, ...]) -> Any:
    """A central difference of the fourth order."""
    h = 1e-3 * max(1.0, abs(float(x[entry])))
    values = []
    for step in (2.0, 1.0, -1.0, -2.0):
        moved = x.copy()
        moved[entry] += step * h
        values.append(np.asarray(forward(*_with(inputs, place, moved)), dtype=np.float64))
    return (-values[0] + 8 * values[1] - 8 * values[2] + values[3]) / (12 * h)


def _with(inputs: tuple[Any, ...], place: int, value: Any) -> list[Any]:
    return [value if i == place else given for i, given in enumerate(inputs)]


def problem_with(forward: Forward, arguments: Mapping[str, Argument]) -> str | None:
    """What is wrong with a forward, in a sentence: it does not take its arguments, does not return one array of
    numbers, or its derivative is not the library's numerical gradient. None when all is well."""
    rng = np.random.default_rng(0)
    if not any(argument.differentiable for argument in arguments.values()):
        return "none of its arguments is differentiable, so that there is no gradient to ask for"
    try:
        inputs = tuple(argument.drawn(rng, _lengths(arguments, {"B": 2}, 3)) for argument in arguments.values())
        value = np.asarray(forward(*inputs))
    except Exception as problem:  # it is the instructor's Python, and can fail in any way
        return f"its forward raises {type(problem).__name__} ({problem}) for arguments as they are described"
    if value.dtype.kind not in "biuf":
        return f"its forward returns {type(value).__name__} of dtype {value.dtype}; asked for is one array of numbers"
    upstream = rng.uniform(0.5, 1.5, value.shape)
    found = backward_of(forward, arguments)(upstream, *inputs)
    gradients = iter(found if isinstance(found, tuple) else (found,))
    for place, (name, argument) in enumerate(arguments.items()):
        if not argument.differentiable:
            continue

        def through(x: Any, place: int = place) -> float:
            return float(np.sum(upstream * forward(*_with(inputs, place, x))))

        numerical = numerical_gradient(through, inputs[place])
        if not np.allclose(next(gradients), numerical, rtol=1e-5, atol=1e-7):
            return (
                f"its derivative for {name} cannot be told by differences: is there a kink, or a random number, in the "
                "forward? Say where the kinks are: Argument(kinks=(0.0,))"
            )
    return None


def _lengths(arguments: Mapping[str, Argument], given: Mapping[str, int], first: int) -> dict[str, int]:
    """A length for each letter: what is given, else the numbers from `first` on, no two alike."""
    letters = dict.fromkeys(n for argument in arguments.values() for n in argument.shape if isinstance(n, str))
    found = dict(given)
    for letter in letters:
        if letter not in found:
            found[letter] = first
            first += 1
    return found


def probes_of(forward: Forward, arguments: Mapping[str, Argument]) -> Callable[[Any, Generator], list[Probe]]:
    """What draws probes of the backward: batches of several sizes, small and large values, one row, single columns
    where there is one letter to make single, read-only and other memory orders, float32."""

    def probes(exercise: Asks, rng: Generator) -> list[Probe]:
        def ask(sizes: Mapping[str, int], criterion: str, scale: float = 1.0, change: Any = None) -> Probe:
            inputs = [argument.drawn(rng, sizes, scale) for argument in arguments.values()]
            upstream = upstream_like(rng, np.shape(forward(*inputs)))
            values = [upstream, *inputs]
            if change is not None:
                values = [change(value) if isinstance(value, np.ndarray) else value for value in values]
            return exercise.call(*values, criterion=criterion)

        found = [ask(_lengths(arguments, sizes, 4), "values") for sizes in _SIZES]
        found += [ask(_lengths(arguments, {"B": 2}, 3), "values", scale) for scale in (0.1, 3.0)]
        found.append(ask(_lengths(arguments, {"B": 2}, 2), "values"))
        found += [ask(_lengths(arguments, {"B": 1}, 3), "edges") for _ in range(2)]
        found.append(ask(_lengths(arguments, {"B": 5}, 2), "edges"))
        for change in (read_only, np.asfortranarray, lambda a: a.astype(np.float32)):
            found.append(ask(_lengths(arguments, {"B": 3}, 4), "edges", 1.0, change))
        return found

    return probes
