"""Whether a function measures a slope instead of deriving it: does it divide by the step of a difference quotient?

Looked up in the compiled code, through the functions of the notebook it uses, so that it works without the source. The
sign is a division by a constant step, `(f(x + h) - f(x - h)) / (2 * h)`: by a tiny number, or by a name (or twice a
name) that is a tiny number, or is added to something or put into an array in the same function. A multiplication by a
large number is a division by a small one. Alone it is no proof; that the digits of the
answers end where those of a difference quotient end is the other half, and the judge's to see.
"""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator
from typing import Any

from autograder.student.lent import lent_for

_TINY = 0.011
_LOADS = ("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_DEREF", "LOAD_GLOBAL", "LOAD_NAME", "LOAD_CLOSURE")
_STORES = ("STORE_FAST", "STORE_DEREF", "STORE_NAME")
_OTHERS = ("numpy", "scipy", "builtins", "math", "functools", "autograder", "IPython")
_MOST = 200  # functions looked at


def divides_by_a_step(function: Any) -> bool:
    """Whether `function`, or a function of the notebook that it uses, divides by a step."""
    try:
        return any(code is None or _divides(code, names) for code, names in _reached(function))
    except Exception:  # an object built to break the inspection is no difference quotient
        return False


def _reached(function: Any) -> Iterator[tuple[types.CodeType | None, dict[str, Any]]]:
    """The code of a function and of those it uses, each with the values its names are known to have; None in place of
    the code of what is lent and says of itself that it measures: it may call a library's quotient, of another form."""
    seen: set[int] = set()
    waiting = [function]
    while waiting and len(seen) < _MOST:
        thing = waiting.pop()
        thing = getattr(thing, "__func__", thing)
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if lent_for(thing) is not None and getattr(thing, "measures", False) is True:
            yield None, {}
        if isinstance(thing, type):
            waiting.extend(vars(thing).values())
        if not isinstance(thing, types.FunctionType) or str(thing.__module__).split(".")[0] in _OTHERS:
            continue
        code = thing.__code__
        names = dict(zip(code.co_varnames[: code.co_argcount][::-1], (thing.__defaults__ or ())[::-1], strict=False))
        names.update(thing.__kwdefaults__ or {})
        for name, cell in zip(code.co_freevars, thing.__closure__ or (), strict=True):
            try:
                names[name] = cell.cell_contents
            except ValueError:
                continue
        nested = list(_nested(code))
        for inner in nested:  # a step given a value in one may be used in another
            names.update((name, value) for name, value in _given_values(inner) if name in inner.co_cellvars)
        for inner in nested:
            known = {name: thing.__globals__[name] for name in inner.co_names if name in thing.__globals__}
            yield inner, {**known, **names}
            waiting.extend(value for value in known.values() if isinstance(value, (types.FunctionType, type)))
        waiting.extend(value for value in names.values() if isinstance(value, types.FunctionType))


def _nested(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _nested(constant)


def _instructions(code: types.CodeType) -> list[dis.Instruction]:
    return [i for i in dis.get_instructions(code) if i.opname not in ("CACHE", "EXTENDED_ARG", "NOP", "COPY")]


def _given_values(code: types.CodeType) -> Iterator[tuple[str, Any]]:
    """The names that are given a constant value, and the value."""
    instructions = _instructions(code)
    for before, instruction in zip(instructions, instructions[1:], strict=False):
        if instruction.opname in _STORES and before.opname == "LOAD_CONST":
            yield instruction.argval, before.argval


def _put_into_an_array(instructions: list[dis.Instruction], place: int) -> str | None:
    """The name whose value the STORE_SUBSCR at this place stores: its statement begins with the value."""
    first = place
    while first and not instructions[first - 1].opname.startswith(("STORE_", "POP_", "RESUME", "FOR_ITER")):
        first -= 1
    here = [i for i in instructions[first : first + 2] if i.opname in _LOADS]
    return str(here[0].argval) if len(here) == 2 else None


def _divides(code: types.CodeType, names: dict[str, Any]) -> bool:
    instructions = _instructions(code)
    tiny = {name for name, value in (*names.items(), *_given_values(code)) if _is_tiny(value)}
    added: set[str] = set()
    for place, instruction in enumerate(instructions):
        before = instructions[place - 1] if place else None
        if before is None:
            continue
        if instruction.opname == "STORE_SUBSCR" and (name := _put_into_an_array(instructions, place)) is not None:
            added.add(name)
        sums = instruction.opname == "BINARY_OP" and instruction.argrepr.rstrip("=") in ("+", "-")
        if sums and before.opname in _LOADS:
            added.add(before.argval)
    for place, instruction in enumerate(instructions):
        if instruction.opname != "BINARY_OP":
            continue
        if instruction.argrepr.rstrip("=") == "*" and any(map(_is_large, instructions[max(0, place - 2) : place])):
            return True
        if instruction.argrepr.rstrip("=") != "/":
            continue
        last, *earlier = instructions[max(0, place - 3) : place][::-1]
        if last.opname == "LOAD_CONST" and _is_tiny(last.argval):
            return True
        product = last.opname == "BINARY_OP" and last.argrepr == "*"
        loaded = [i for i in (earlier[:2] if product else [last]) if i.opname in _LOADS]
        if last.opname == "BINARY_OP" and last.argrepr == "+" and len({i.argval for i in earlier[:2]}) == 1:
            loaded = [i for i in earlier[:1] if i.opname in _LOADS]  # h + h
        twice = not product or any(i.opname == "LOAD_CONST" and i.argval in (2, 12) for i in earlier[:2])
        if twice and any(i.argval in tiny or i.argval in added for i in loaded):
            return True
    return False


def _is_large(instruction: dis.Instruction) -> bool:
    value = instruction.argval
    return instruction.opname == "LOAD_CONST" and isinstance(value, float) and 1 / _TINY < abs(value) < 1e12


def _is_tiny(value: Any) -> bool:
    return isinstance(value, float) and 0.0 < abs(value) < _TINY
