"""Generic slips that any function can have, made from its reference; tried after the exercise's own catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.student.language import later

OTHER_ORDER = later("outputs in another order")
ARGUMENTS_IN_OTHER_ORDER = later("arguments in another order")


def every_slip(name: str) -> bool:
    """All slips that the shape of the exercise allows."""
    return True


def no_slip(name: str) -> bool:
    """None of them."""
    return False


def only(*names: str) -> Callable[[str], bool]:
    """The slips of these names."""
    return lambda name: name in names


def all_but(*names: str) -> Callable[[str], bool]:
    """The slips of other names than these."""
    return lambda name: name not in names


def _other_orders(count: int) -> Iterator[tuple[int, ...]]:
    """Two arguments exchanged, or all of them turned round by one place or more."""
    order = tuple(range(count))
    for first in order:
        for second in order[first + 1 :]:
            yield tuple({first: second, second: first}.get(place, place) for place in order)
    if count > 2:
        yield from (order[turn:] + order[:turn] for turn in order[1:])


ONLY_ZEROS = later("all zeros")


def generic_slips(
    reference: Any, *, backward: bool, outputs: int = 1, arguments: int = 1
) -> list[tuple[str, str, Callable[..., Any]]]:
    """Name, hint and wrong function of each slip. A `backward` takes the upstream gradient first."""

    def each(change: Callable[..., Any]) -> Callable[..., Any]:
        def wrong(*args: Any) -> Any:
            right = reference(*args)
            if outputs == 1:
                return change(right, args)
            return tuple(change(part, args) for part in right)

        return wrong

    def batch(args: tuple[Any, ...]) -> int:
        return next((len(a) for a in args if isinstance(a, np.ndarray) and a.ndim), 1)

    def transposed(right: Any, args: tuple[Any, ...]) -> Any:
        return np.asarray(right).T if np.ndim(right) == 2 else right

    def ones(*args: Any) -> Any:
        return reference(np.ones_like(args[0]) if np.ndim(args[0]) else 1.0, *args[1:])

    def added(*args: Any) -> Any:
        right = ones(*args)
        return args[0] + right if outputs == 1 else tuple(args[0] + part for part in right)

    def unchanged(*args: Any) -> Any:
        return args[0] if outputs == 1 else (args[0],) * outputs

    def another_order(order: tuple[int, ...]) -> Callable[..., Any]:
        return lambda *args: reference(*(args[place] for place in order))

    found: list[tuple[str, str, Callable[..., Any]]] = [
        (
            ONLY_ZEROS,
            later("Is the array that you fill the one that you return? And does the line that fills it run?"),
            each(lambda r, a: 0.0 * np.nan_to_num(np.asarray(r, dtype=float), posinf=0.0, neginf=0.0)),
        )
    ]
    if backward:
        found.append((later("upstream forgotten"), later("What multiplies the local gradient on its way back?"), ones))
    found += [
        (
            later("sign"),
            later("The size is right. Which way does the output move when the input grows?"),
            each(lambda r, a: -r),
        ),
        (
            later("factor 2"),
            later("Right up to a factor 2: a square, a half, or a two-sided difference?"),
            each(lambda r, a: 2.0 * r),
        ),
        (
            later("factor 1/2"),
            later("Right up to a factor 1/2: a square, a half, or a mean of two?"),
            each(lambda r, a: 0.5 * r),
        ),
        (
            later("mean instead of sum over the batch"),
            later("Where was the 1/B already applied? The docstring says who divides."),
            each(lambda r, a: r / batch(a)),
        ),
        (
            later("sum instead of mean over the batch"),
            later("The docstring says over what is averaged. Is that done here, and once?"),
            each(lambda r, a: r * batch(a)),
        ),
        (
            later("transposed"),
            later("Each gradient has the shape of the thing it is the gradient of."),
            each(transposed),
        ),
        (
            later("keeps an axis of length 1"),
            later("Compare the shapes: there is one axis too many."),
            each(lambda r, a: np.asarray(r)[None]),
        ),
        (later("returns nothing"), later("Does your function end with return?"), lambda *args: None),
    ]
    if backward:
        found += [
            (later("upstream added"), later("Along one path, do effects add or multiply?"), added),
            (later("upstream returned unchanged"), later("What is the slope of this gate at its input?"), unchanged),
        ]
    if outputs > 1:
        found.append(
            (
                OTHER_ORDER,
                later("Compare the order of what you return with the docstring."),
                lambda *args: tuple(reversed(reference(*args))),
            )
        )
    if 1 < arguments <= 4:
        found += [
            (
                ARGUMENTS_IN_OTHER_ORDER,
                later("Compare the order of your parameters with the signature in the docstring."),
                another_order(order),
            )
            for order in _other_orders(arguments)
        ]
    return found
