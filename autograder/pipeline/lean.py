"""nbformat and nbgrader, loaded without what grading never asks of them.

Both load at once all that any of their users may need: together that takes several times as long as what the grader
needs of them. What is left out here is loaded later, by whoever asks for it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module, util
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# jsonschema, which nbformat brings, checks more kinds of text where these packages are there: internationalised web
# addresses, durations, colours. No schema of a notebook speaks of any. One of them compiles a grammar for a second.
_KINDS_OF_TEXT = (
    "fqdn",
    "idna",
    "isoduration",
    "jsonpointer",
    "rfc3339_validator",
    "rfc3986_validator",
    "rfc3987",
    "rfc3987_syntax",
    "uri_template",
    "webcolors",
)
_SERVER = "nbgrader.server_extensions."
_PAGES = tuple(_SERVER + name for name in ("assignment_list", "course_list", "validate_assignment", "formgrader"))
_LOAD = "load_jupyter_server_extension"
_ARCHIVES = ("unpack_archive", "unpack_tarfile", "unpack_zipfile")


def load() -> None:
    """Load of nbgrader the package itself, without its pages for Jupyter's server; of nbformat the kind of dictionary
    that a grader's notebooks are made of."""
    _part_of_nbformat()
    if "nbgrader" not in sys.modules:
        with suppress(ImportError), _in_place({name: _later(name, (_LOAD,)) for name in _PAGES}):
            import nbgrader  # noqa: F401


def course_directory() -> Any:
    """nbgrader's `CourseDirectory`, without the archives that its `zip_collect` opens."""
    later = {"setuptools.archive_util": _ARCHIVES, "requests": ("request",)}  # it asks JupyterHub who somebody is
    with _in_place({name: _later(name, functions) for name, functions in later.items()}):
        import nbgrader.auth  # noqa: F401
        from nbgrader.coursedir import CourseDirectory

        return CourseDirectory


def utils() -> Any:
    """nbgrader's rules for the cells of a notebook, without the archives and the colours of its log."""
    later = {"setuptools.archive_util": _ARCHIVES, "tornado.log": ("LogFormatter",)}
    with _in_place({name: _later(name, functions) for name, functions in later.items()}):
        import nbgrader.utils

        return nbgrader.utils


@contextmanager
def _in_place(modules: dict[str, ModuleType | None]) -> Iterator[None]:
    """Have these found in place of modules that are not loaded yet, for a while."""
    new: dict[str, Any] = {name: module for name, module in modules.items() if name not in sys.modules}
    sys.modules.update(new)
    try:
        yield
    finally:
        for name in new:
            sys.modules.pop(name, None)


def _later(name: str, functions: tuple[str, ...]) -> ModuleType:
    """A module with these functions of the one of this name, which is loaded when one of them is called."""

    def asking(function: str) -> Any:
        return lambda *arguments, **options: getattr(import_module(name), function)(*arguments, **options)

    module = ModuleType(name)
    for function in functions:
        setattr(module, function, asking(function))
    return module


_PART = "nbformat.notebooknode"


def _part_of_nbformat() -> None:
    """Have `nbformat.notebooknode` without the rest of nbformat, which comes when somebody imports it."""
    found = None if "nbformat" in sys.modules else util.find_spec("nbformat")
    if found is None:
        return
    package = ModuleType("nbformat")
    package.__path__ = list(found.submodule_search_locations or [])
    with _in_place({"nbformat": package}):
        import_module(_PART)
    sys.meta_path.insert(0, _RestOfNbformat())


class _RestOfNbformat(MetaPathFinder):
    """Finds nbformat once: with the part of it that is there, and without what its jsonschema can do without."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != "nbformat":
            return None
        with suppress(ValueError):  # another thread was here
            sys.meta_path.remove(self)
        spec = util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def load_the_rest(module: ModuleType) -> None:
            setattr(module, _PART.rpartition(".")[2], sys.modules[_PART])
            without = () if "jsonschema" in sys.modules else _KINDS_OF_TEXT
            with _in_place(dict.fromkeys(without)):  # Python's way to say: not to be found
                execute(module)

        spec.loader.exec_module = load_the_rest  # type: ignore[method-assign]
        return spec
