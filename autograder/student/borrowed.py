"""Whose function is it? A graded function must be the student's own.

A function is borrowed when it comes from a library that differentiates, or when it, or a function of the notebook it
uses, refers to one, or to a function of SciPy's that is an exercise by itself. SciPy's elementary functions (`expit`,
`xlogy`, `logsumexp`, ...) are there for everyone. Looked up in the compiled code, so that it works without the source,
here and in the sandbox.
"""

from __future__ import annotations

import dis
import types
from collections.abc import Collection
from functools import lru_cache
from importlib.util import find_spec
from itertools import islice
from typing import Any

import numpy as np

from autograder.student.absent import DIFFERENTIATE, STAY, StandIn, stand_ins_are_there
from autograder.student.language import later
from autograder.student.lent import Missing, lent_for

LIBRARIES = (*DIFFERENTIATE, "autograder", "numdifftools", "sympy", "sklearn", "scipy.differentiate")
EXERCISES_BY_THEMSELVES = {
    "scipy.special": ("softmax", "log_softmax", "entr", "rel_entr", "kl_div"),
    "scipy.stats": ("entropy",),
    "scipy.optimize": ("approx_fprime", "check_grad"),
    "scipy.misc": ("derivative",),
}
"""Functions of SciPy's that are what an exercise asks for, by the module they are imported from."""
_WHOLE = {name: f"{module}.{name}" for module, names in EXERCISES_BY_THEMSELVES.items() for name in names}
# Deriving from the base class borrows a form, not an answer.
_HARMLESS = {("nn_lib.gate", "Gate")}
_ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM")
# By these a function reaches code that neither its source nor its bytecode shows. They are nobody's business where the
# library is not there.
_HIDING = ("__import__", "exec", "eval", "importlib")
_FOUND = find_spec("nn_lib")
_FOLDER = (_FOUND.submodule_search_locations or [""])[0] if _FOUND else ""
_LOOKED_AT = 1000  # of a container's items: what holds a library's functions is small, what holds data may be large


_HIDES = later("an object that hides where it comes from")
_HIDES_CODE = later("{name}, which hides where its code comes from")
_STANDS_IN = later("what stands in for {name}")
HIDDEN = (_HIDES, _HIDES_CODE, _STANDS_IN)
"""What may be said in place of a library's name."""


def borrowed_from(function: Any, asked: Collection[str] = ()) -> str | None:
    """The library `function` (or class) was taken from or leans on, or None when it is the student's own.

    What a course lends is borrowed from nobody, unless it is lent for one of the exercises `asked`.
    """
    try:
        return _search(function, _Seen(asked))
    except Exception:  # an object built to break the inspection does not get past it
        return _HIDES


def library_of(module: Any) -> str | None:
    """The library that a module (or a name in it) belongs to, by its path; None when anybody may use it."""
    return _library_of(str(module or ""))


@lru_cache(maxsize=4096)
def _library_of(path: str) -> str | None:
    if any(f"{path}.".startswith(f"{stays}.") for stays in STAY):
        return None
    for library in LIBRARIES:
        if f"{path}.".startswith(f"{library}."):
            return library
    whole = _WHOLE.get(path.rpartition(".")[2])
    return whole if whole is not None and path.startswith(f"{whole.rpartition('.')[0]}.") else None


def _whole(thing: Any) -> str | None:
    """The full name of a function of SciPy's that is an exercise by itself."""
    name = getattr(thing, "__name__", None)
    if type(thing) is np.ufunc:  # which does not know its module: NumPy has none of these names
        return _WHOLE.get(str(name))
    return library_of(f"{getattr(thing, '__module__', '')}.{name}")


def _hiding(name: str) -> str | None:
    if name not in _HIDING or stand_ins_are_there():
        return None
    return _HIDES_CODE.of(name=name)


class _Seen(set[int]):
    """What was looked at already; nothing that is lent may answer the exercises `asked`."""

    def __init__(self, asked: Collection[str]) -> None:
        super().__init__()
        self.asked = asked


def _search(thing: Any, seen: _Seen) -> str | None:
    if id(thing) in seen:
        return None
    seen.add(id(thing))
    if (lent := lent_for(thing)) is not None:
        return _STANDS_IN.of(name=lent) if lent in seen.asked else None
    if isinstance(thing, StandIn):
        return thing.library
    if isinstance(thing, Missing):  # says what is missing when it is called
        return None
    if isinstance(thing, types.ModuleType):
        return library_of(thing.__name__)
    if isinstance(thing, type):
        if (thing.__module__, thing.__name__) in _HARMLESS:
            return None
        if library := library_of(thing.__module__):
            return library
        members = [*thing.__bases__, *vars(thing).values()] if thing.__module__ == "__main__" or _own(thing) else []
        return _first(members, seen)
    if isinstance(thing, (staticmethod, classmethod)):
        return _search(thing.__func__, seen)
    if isinstance(thing, property):
        return _first([thing.fget, thing.fset], seen)
    if isinstance(thing, types.MethodType):
        return _search(thing.__func__, seen)
    if isinstance(thing, dict):
        return _first(islice(dict.values(thing), _LOOKED_AT), seen)
    if isinstance(thing, (list, tuple)):
        return _first(list(thing[:_LOOKED_AT]), seen)
    if type(thing) is np.ufunc:
        return _whole(thing)
    if isinstance(thing, types.FunctionType):
        if library := library_of(thing.__module__) or _whole(thing):
            return library
        if not _own(thing) or thing.__module__ in STAY:
            return None
        # A function made anew from the library's code has lost its module, but not the file it was compiled from.
        if _FOLDER and thing.__code__.co_filename.startswith(_FOLDER):
            return "nn_lib"
        cells = [cell.cell_contents for cell in thing.__closure__ or () if _filled(cell)]
        return _in_code(thing.__code__, thing.__globals__, seen) or _first([*cells, *(thing.__defaults__ or ())], seen)
    inner = [getattr(thing, name) for name in ("func", "pyfunc", "__wrapped__") if _has(thing, name)]
    if inner:
        return _first(inner, seen)
    return library_of(type(thing).__module__) or library_of(getattr(thing, "__module__", None))


def _own(thing: Any) -> bool:
    """Whether the code was written in a notebook rather than in an installed package such as NumPy."""
    module = str(getattr(thing, "__module__", "") or "")
    return module.split(".")[0] not in (
        "numpy",
        "builtins",
        "math",
        "matplotlib",
        "scipy",
        "IPython",
        "functools",
    )


def _filled(cell: Any) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def _has(thing: Any, name: str) -> bool:
    return name in getattr(thing, "__dict__", {}) or (name == "func" and hasattr(type(thing), "func"))


def _first(things: Any, seen: _Seen) -> str | None:
    return next((found for thing in things if (found := _search(thing, seen))), None)


def _in_code(code: types.CodeType, names: dict[str, Any], seen: _Seen) -> str | None:
    before = set(seen)
    if _clean(code, names, seen):
        return None
    seen.clear()
    seen.update(before)
    return _in_instructions(code, names, seen)


_SEARCHED = (types.ModuleType, types.FunctionType, type, types.MethodType, dict, list, tuple)


def _clean(code: types.CodeType, names: dict[str, Any], seen: _Seen) -> bool:
    """Whether nothing is borrowed even if each name in a code were a global one and a module's: most answers, without
    a look at each instruction."""
    for name in code.co_names:
        if name in _HIDING or library_of(name) or name.split(".")[0] == "scipy":
            return False
        value = names.get(name)
        if isinstance(value, types.ModuleType) and value.__name__.split(".")[0] == "scipy":
            return False
        if isinstance(value, _SEARCHED) or callable(value):
            if _search(value, seen):
                return False
        elif value is not None and library_of(type(value).__module__):
            return False
    return all(_clean(inner, names, seen) for inner in code.co_consts if isinstance(inner, types.CodeType))


def _in_instructions(code: types.CodeType, names: dict[str, Any], seen: _Seen) -> str | None:
    modules: set[str] = set()  # of SciPy's, from which a name may be taken further on
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            path = str(instruction.argval)
            if library := library_of(path) or _hiding(path.split(".")[0]):
                return library
            if path.split(".")[0] == "scipy":
                modules.add(path)
        if instruction.opname in _ATTRIBUTES and modules and instruction.argval in _WHOLE:
            return _WHOLE[instruction.argval]
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            if instruction.argval not in names:
                if library := _hiding(instruction.argval):
                    return library
                continue
            value = names[instruction.argval]
            if isinstance(value, types.ModuleType) and value.__name__.split(".")[0] == "scipy":
                modules.add(value.__name__)
            if isinstance(value, _SEARCHED) or callable(value):
                if library := _search(value, seen):
                    return library
            elif library := library_of(type(value).__module__):
                return library
    nested = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return next((found for inner in nested if (found := _in_code(inner, names, seen))), None)
