"""A call as Python that a student can paste and run: an expression, after lines that make what it is called on.

`import numpy as np` is assumed, and the student's own functions; where it makes gates, `given_gate` as well, which
`complete` imports. What the call hands over is exactly what the judge handed over: values to the last digit, dtype,
memory order, read-only flag, functions and gates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.student.given import INPUTS, UPSTREAM, Formula, FormulaGate, SeededGenerator, given_gate
from autograder.student.steps import Kept, Step

LONGEST = 4000
"""Characters: what is longer than this nobody pastes."""


_WIDE = 100  # characters: a row of calls that is longer is written one below the other


def spelled(steps: Sequence[Step]) -> str | None:
    """The calls of a probe as a student writes them; None when they would be too long to paste.

    One call stands alone. Of several, the last line shows what each gives, in order. An object that a step keeps, and
    that is used more than once, has a line of its own before.
    """
    lines: list[str] = []
    calls: list[str] = []
    kept: dict[str, str] = {}
    taken: set[str] = set()
    for number, step in enumerate(steps):
        if step.keep is None:
            calls.append(_call(step, kept))
        elif (not calls and _one_chain(steps[number:])) or _used_once(step.keep, steps[number + 1 :]):
            kept[step.keep] = _call(step, kept)
        else:
            name = _identifier(step.keep, taken)
            taken.add(name)
            lines += [*calls, f"{name} = {_call(step, kept)}"]
            kept[step.keep], calls = name, []
    text = "\n".join([*lines, together(calls)])
    return text if len(text) <= LONGEST else None


def together(calls: Sequence[str]) -> str:
    """Several calls as one expression, which gives what each of them gives; one call as it is."""
    if len(calls) == 1:
        return calls[0]
    row = f"({', '.join(calls)})"
    return row if len(row) <= _WIDE else "(\n" + "".join(f"    {call},\n" for call in calls) + ")"


def what_is_called(steps: Sequence[Step]) -> str | None:
    """What the last step of a chain calls, as a student writes it: `activation('relu')[1]`; None for other steps."""
    if len(steps) < 2 or not _one_chain(steps) or steps[-1].method != "__call__":
        return None
    kept: dict[str, str] = {}
    for step in steps[:-1]:
        kept = {step.keep or "": _call(step, kept)}
    return kept[steps[-1].name]


def _one_chain(steps: Sequence[Step]) -> bool:
    """Whether each step but the last keeps what the next one, and no other, is called on: `f(a)[0](b)`."""
    pairs = zip(steps, steps[1:], strict=False)
    return steps[-1].keep is None and all(
        step.keep is not None and after.method is not None and after.name == step.keep for step, after in pairs
    )


def _used_once(name: str, steps: Sequence[Step]) -> bool:
    """Whether an object is used in one place, and nothing but objects that are kept is made before: it can be written
    out there."""
    uses = [
        number
        for number, step in enumerate(steps)
        for used in (
            *([step.name] if step.method is not None else ()),
            *(a.name for a in step.args if isinstance(a, Kept)),
        )
        if used == name
    ]
    return len(uses) == 1 and all(step.keep is not None for step in steps[: uses[0] + 1])


_OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "matmul": "@", "pow": "**", "floordiv": "//", "mod": "%",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
}  # fmt: skip


def _as_written(owner: str, method: str, arguments: Sequence[str]) -> str | None:
    """A call of one of Python's own methods as one writes it: `x + y`, `2.0 - x`, `-x`, `x.grad`, `len(x)`."""
    word = method.removeprefix("__").removesuffix("__")
    if method != f"__{word}__":
        return None
    if word == "call":
        return f"{owner}({', '.join(arguments)})"
    if word == "getitem":
        return f"{owner}[{', '.join(arguments)}]"
    if len(arguments) == 1:
        if word in _OPERATORS:
            return f"({owner} {_OPERATORS[word]} {arguments[0]})"
        if word.startswith("r") and word[1:] in _OPERATORS:
            return f"({arguments[0]} {_OPERATORS[word[1:]]} {owner})"
        if word == "getattribute" and arguments[0][1:-1].isidentifier():
            return f"{owner}.{arguments[0][1:-1]}"
    if not arguments and word in ("len", "iter", "next", "abs"):
        return f"{word}({owner})"
    return f"(-{owner})" if word == "neg" and not arguments else None


def _call(step: Step, kept: dict[str, str]) -> str:
    owner = kept.get(step.name, step.name)
    called = step.name if step.method is None else f"{owner}.{step.method}"
    arguments = [kept[a.name] if isinstance(a, Kept) and a.name in kept else value_spelled(a) for a in step.args]
    if step.method is not None and (written := _as_written(owner, step.method, arguments)) is not None:
        return written
    return f"{called}({', '.join(arguments)})"


def _identifier(name: str, taken: set[str]) -> str:
    word = "".join(c if c.isalnum() else "_" for c in name.split("#")[0]) or "kept"
    word = word if word.isidentifier() else f"kept_{word}"
    return word if word not in taken else f"{word}_{len(taken) + 1}"


def value_spelled(value: Any) -> str:
    """An argument as an expression. Raises `TypeError` for what no argument of a probe is."""
    if value is None or isinstance(value, (bool, int, str)):
        return repr(value)
    if isinstance(value, float):
        return _number(float(value))
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, np.generic):
        return f"np.{value.dtype.name}({_number(value.item())})"
    if isinstance(value, list):
        return f"[{', '.join(map(value_spelled, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(value_spelled, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{value_spelled(k)}: {value_spelled(v)}' for k, v in value.items())}}}"
    if isinstance(value, Formula):
        return f"(lambda {', '.join(value.parameters)}: {value.expression})"
    if isinstance(value, FormulaGate):
        return _gate(value)
    if isinstance(value, SeededGenerator):
        return f"np.random.default_rng({value.seed})"
    raise TypeError(f"a {type(value).__name__} cannot be written out")


def _number(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "-np.inf"
    return repr(value)


def _array(array: np.ndarray) -> str:
    order = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))  # stable: as C order where it can be
    if array.flags.c_contiguous or array.size == 0:
        order = list(range(array.ndim))
    straight = array.transpose(order)
    text = _in_order(straight)
    if order != list(range(array.ndim)):
        text += ".T" if order == list(range(array.ndim))[::-1] else f".transpose({tuple(map(int, np.argsort(order)))})"
    if not array.flags.writeable:
        text = f"np.broadcast_to({text}, {array.shape})"  # a view that refuses to be written into
    return text


def _in_order(array: np.ndarray) -> str:
    if array.size == 0:
        kind = "" if array.dtype == np.float64 else f", {_dtype(array.dtype)}"
        return f"np.zeros({array.shape}{kind})"
    plain = array.dtype == np.float64 or array.dtype == np.int64 or array.dtype == np.bool_
    single = array.dtype in (np.float32, np.float16)
    text = _nested(array, single)
    return f"np.array({text}{'' if plain else f', dtype={_dtype(array.dtype)}'})"


def _dtype(dtype: np.dtype[Any]) -> str:
    return "bool" if dtype == np.bool_ else f"np.{dtype.name}"


def _nested(array: np.ndarray, single: bool) -> str:
    if array.ndim == 0:
        item = array.item()
        # The shortest digits that come back as this number in its own dtype.
        return str(array[()]) if single and math.isfinite(item) else _number(item)
    return f"[{', '.join(_nested(array[i, ...], single) for i in range(len(array)))}]"


def _gate(gate: FormulaGate) -> str:
    names, upstreams = gate.forward.parameters, {formula.parameters[0] for formula in gate.backward}
    if any(formula.parameters[1:] != names for formula in gate.backward) or len(upstreams) > 1:
        raise TypeError("a gate whose formulas do not take the same inputs cannot be written out")
    parts = [repr(formula.expression) for formula in (gate.forward, *gate.backward)]
    if names != INPUTS[: len(gate.backward)]:
        parts.append(f"inputs={names!r}")
    if not upstreams <= {UPSTREAM}:
        parts.append(f"upstream={upstreams.pop()!r}")
    if gate.ran_with:
        parts.append(f"ran_with={value_spelled(gate.ran_with)}")
    return f"{given_gate.__name__}({', '.join(parts)})"


def complete(text: str) -> str:
    """A call as text that can be run as it stands, beside NumPy and the student's functions."""
    made = given_gate.__name__
    return f"from autograder import {made}\n{text}" if f"{made}(" in text else text
