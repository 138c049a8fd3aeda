"""nbformat and nbgrader, loaded without what grading never asks of them.

Both load at once all that any of their users may need: together that takes several times as long as what the grader
needs of them. What is left out here is loaded later, by whoever asks for it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module, util
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
_loading = threading.RLock()


def load() -> None:
    """Load of nbgrader the package itself, without its pages for Jupyter's server; nbformat comes when it is used.

    `nbformat.notebooknode`, of which a grader's notebooks are made, is there without the rest of it.
    """
    _when_used("nbformat", *(() if "jsonschema" in sys.modules else _KINDS_OF_TEXT))
    if "nbgrader" not in sys.modules:
        with suppress(ImportError), _in_place({name: _later(name, (_LOAD,)) for name in _PAGES}):
            import nbgrader  # noqa: F401


def course_directory() -> Any:
    """nbgrader's `CourseDirectory`, without the archives that its `zip_collect` opens."""
    with _in_place({"setuptools.archive_util": _later("setuptools.archive_util", _ARCHIVES)}):
        from nbgrader.coursedir import CourseDirectory
    _when_used("requests")  # how nbgrader asks JupyterHub who somebody is
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


class _Unloaded(ModuleType):
    """A module that is loaded when something in it is asked for, and not when it, or a part of it, is imported.

    Not `importlib.util.LazyLoader`, whose modules are loaded by Python's own look at them in every import.
    """

    _without: tuple[str, ...]

    def __getattr__(self, name: str) -> Any:
        with _loading:
            if type(self) is _Unloaded:
                self.__class__ = ModuleType  # type: ignore[assignment]  # at once: it asks for parts of itself while it is loaded
                try:
                    with _in_place(dict.fromkeys(self._without)):  # Python's way to say: not to be found
                        self.__spec__.loader.exec_module(self)  # type: ignore[union-attr]
                except BaseException:
                    self.__class__ = _Unloaded
                    raise
        return getattr(self, name)


def _when_used(name: str, *without: str) -> None:
    """Have a module loaded when something in it is asked for, and then as if the modules `without` were not there."""
    spec = None if name in sys.modules else util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    module = util.module_from_spec(spec)
    module.__class__ = _Unloaded
    vars(module)["_without"] = without
    sys.modules[name] = module
