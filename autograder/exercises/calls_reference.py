"""Whether one answer calls another: looked up in the compiled code, through the functions it uses."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Any


def calls(answer: Any, other: Any) -> bool:
    """Whether `answer` (a function, a class or a mapping of names to them) calls a function of `other`."""
    targets = {code for function in _functions(other) for code in [function.__code__]}
    seen: set[int] = set()
    waiting = list(_functions(answer))
    while waiting:
        function = waiting.pop()
        if id(function) in seen:
            continue
        seen.add(id(function))
        if function.__code__ in targets:
            return True
        waiting.extend(_used(function))
    return False


def _functions(answer: Any) -> Iterator[types.FunctionType]:
    if isinstance(answer, types.FunctionType):
        yield answer
    elif isinstance(answer, type):
        for base in answer.__mro__[:-1]:  # what it inherits is its own too
            for member in vars(base).values():
                yield from _functions(getattr(member, "__func__", member))
    elif isinstance(answer, Mapping):
        for member in answer.values():
            yield from _functions(member)


def _used(function: types.FunctionType) -> Iterator[types.FunctionType]:
    names = function.__globals__
    for code in _nested(function.__code__):
        for name in code.co_names:
            yield from _functions(names.get(name))
    for cell in function.__closure__ or ():
        try:
            yield from _functions(cell.cell_contents)
        except ValueError:  # an empty cell
            continue
    for default in function.__defaults__ or ():
        yield from _functions(default)


def _nested(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _nested(constant)
