"""Functions that a course lends: what an exercise of an earlier notebook asks for, where a later one needs it.

Whoever uses them in an answer borrows nothing: they are no part of what is asked, and `lend` marks them as such. Where
answers are graded there is a module `my_nn` made of what the grader sent (`Shelf`): the answers to earlier assignments,
as compiled code.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, FunctionType, ModuleType
from typing import Any, NoReturn

from autograder.student.language import t

PACKAGE = "my_nn"
ANSWER = "answer_"
"""Before the name of an exercise, the name of its answer in what the grader sent."""
_lent: dict[int, tuple[Any, str]] = {}


def lend(thing: Any, name: str) -> Any:
    """Mark a function or class, with its methods, as lent for the exercise `name`; returns it."""
    parts = [part for part in vars(thing).values() if isinstance(part, FunctionType)] if isinstance(thing, type) else []
    for part in (thing, *parts):
        _lent[id(part)] = part, name
    return thing


def lent_for(thing: Any) -> str | None:
    """The exercise that a function is lent for, or None when it is not lent."""
    kept = _lent.get(id(thing))
    return kept[1] if kept is not None else None


def is_lent(code: CodeType) -> bool:
    """Whether code that runs is that of a lent function, and so nobody's answer."""
    return any(getattr(thing, "__code__", None) is code for thing, _ in _lent.values())


class NotDoneYet(RuntimeError):
    """A function of one's own library was used that is not written yet; says which exercise to do."""


class Missing:
    """In the place of a function that is not there: a name, and words for whoever calls it."""

    def __init__(self, name: str, words: str) -> None:
        self.__name__ = self.__qualname__ = name
        self._words = words

    def __call__(self, *arguments: Any, **named: Any) -> NoReturn:
        raise NotDoneYet(self._words)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return ()  # a class may derive from it, and misses its methods when they are called

    def __repr__(self) -> str:
        return f"<{self.__name__}, which is not there: {self._words}>"


class Shelf(ModuleType, MetaPathFinder, Loader):
    """The module `my_nn` where answers are graded, and what finds it, whatever folder of that name was handed in.

    `earlier` has for each earlier assignment the compiled text of its answers and the names of its exercises; nothing
    of it runs before it is asked for. `others` says of each other exercise which assignment it belongs to.
    """

    def __init__(
        self, earlier: Sequence[tuple[str, bytes, Sequence[str]]] = (), others: Mapping[str, str] = {}
    ) -> None:
        super().__init__(PACKAGE, "The answers to the exercises of earlier notebooks, while yours are graded.")
        self.__path__ = [os.path.join(os.getcwd(), PACKAGE)]  # further files of a student's, where they were handed in
        self._code = {assignment: code for assignment, code, _ in earlier}
        self._place = {name: assignment for assignment, _, names in earlier for name in names}
        self._others = dict(others)
        self._run: dict[str, dict[str, Any]] = {}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != PACKAGE:
            return None
        spec = ModuleSpec(name, self, is_package=True)
        spec.submodule_search_locations = list(self.__path__)
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run: each name is made when it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._place:
            thing = self._made(name)
        elif name in self._others:
            words = t(
                "{name} is not in {library} while your answers are graded: it is an exercise of {assignment}; write it "
                "here",
                name=name,
                library=PACKAGE,
                assignment=self._others[name],
            )
            thing = Missing(name, words)
        else:
            words = t(
                "{library} holds functions of earlier notebooks, and none is called {name!r}",
                library=PACKAGE,
                name=name,
            )
            raise AttributeError(words)
        setattr(self, name, thing)
        return thing

    def __dir__(self) -> list[str]:
        return sorted(self._place)

    def _made(self, name: str) -> Any:
        assignment = self._place[name]
        if assignment not in self._run:
            code: CodeType = marshal.loads(self._code[assignment])
            names: dict[str, Any] = {"__name__": f"{PACKAGE}.{assignment}"}
            exec(code, names)
            self._run[assignment] = names
        thing = self._run[assignment][f"{ANSWER}{name}"]
        return lend(thing[name] if isinstance(thing, Mapping) else thing, name)


def put_on_the_shelf(earlier: Sequence[tuple[str, bytes, Sequence[str]]] = (), others: Mapping[str, str] = {}) -> None:
    """From now on, `my_nn` is made of these answers."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Shelf)]
    sys.modules.pop(PACKAGE, None)
    sys.meta_path.insert(0, Shelf(earlier, others))
