"""Libraries that are not there while answers are graded, and the stand-ins for them.

Where the points are decided, a library that differentiates is neither on file nor in memory. Importing one works, so
that a cell which also imports it for a comparison still defines its functions; using what was imported raises
`NotHere`. `Gate`, to derive from, and the data sets of nn_lib are no answers and stay.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.readers import FileReader
from types import ModuleType
from typing import Any, NoReturn

from autograder.student.language import t

DIFFERENTIATE = ("nn_lib", "torch", "jax", "autograd", "tensorflow", "keras", "micrograd", "tinygrad", "mygrad")
STAY = ("nn_lib.gate", "nn_lib.datasets")
uses = 0
"""How often something was asked of a library that is not there."""


class NotHere(RuntimeError):
    """A library was used that is not there while answers are graded."""


def missed(error: BaseException | None) -> bool:
    """Whether an error comes of a library that is not there, as far as can be told: a name may be missing because an
    earlier statement could not give it."""
    return isinstance(error, NotHere) or (uses > 0 and isinstance(error, NameError))


class StandIn:
    """What is imported from a library that is not there: it has a name, and raises `NotHere` for everything else."""

    _path: str

    def __init__(self, path: str) -> None:
        vars(self)["_path"] = path

    @property
    def library(self) -> str:
        return str(self._path).split(".")[0]

    def __getattr__(self, name: str) -> StandIn:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self._path}.{name}")

    def __repr__(self) -> str:
        return f"<{self._path}, which is not there while answers are graded>"

    def __instancecheck__(self, instance: object) -> bool:
        return False


def _refuses(stand_in: StandIn, *arguments: Any, **named: Any) -> NoReturn:
    global uses
    uses += 1
    raise NotHere(
        t(
            "{path}: {library} is not there while your answers are graded, which must be your own work",
            path=stand_in._path,
            library=stand_in.library,
        )
    )


_ASKED = (
    "call getitem setitem iter next len contains enter mro_entries setattr delattr bool float int index array "
    "add radd sub rsub mul rmul truediv rtruediv floordiv mod pow rpow matmul rmatmul neg pos abs invert and or xor "
    "lt le gt ge await"
)
for _name in _ASKED.split():
    setattr(StandIn, f"__{_name}__", _refuses)


class _Module(ModuleType):
    def __getattr__(self, name: str) -> Any:
        global uses
        if name == "__all__":  # `import *` brings nothing, and what it should have brought will be missed
            uses += 1
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self.__name__}.{name}")


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        top = name.split(".")[0]
        if top not in DIFFERENTIATE or name in STAY:
            return None
        found = PathFinder.find_spec(top)
        if found is None:
            return None  # not installed at all, as the student would be told anywhere
        spec = ModuleSpec(name, self, is_package=True)
        if name == top:
            spec.submodule_search_locations = list(found.submodule_search_locations or [])
        return spec

    def get_resource_reader(self, name: str) -> FileReader | None:
        found = PathFinder.find_spec(name)
        places = [] if found is None else list(found.submodule_search_locations or [])
        return FileReader(SourceFileLoader(name, f"{places[0]}/__init__.py")) if places else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__ == "nn_lib":
            for name in STAY:
                import_module(name)
            module.Gate = sys.modules["nn_lib.gate"].Gate  # type: ignore[attr-defined]


def stand_ins_are_there() -> bool:
    """Whether this is a process in which libraries are not there."""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


def stand_in_for_libraries() -> None:
    """From now on, importing a library that differentiates gives stand-ins, whatever was imported before."""
    if not stand_ins_are_there():
        for name in [name for name in sys.modules if name.split(".")[0] in DIFFERENTIATE]:
            del sys.modules[name]
        sys.meta_path.insert(0, _Finder())
