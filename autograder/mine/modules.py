"""The filed text as a module that runs."""

from __future__ import annotations

import ast
import contextlib
import io
import sys
import types

from autograder.mine.folder import PACKAGE, FiledFile
from autograder.reading.outline import parsed

_kept: dict[str, tuple[str, types.ModuleType]] = {}


def module_of(file: FiledFile) -> types.ModuleType:
    """The module of a file, as `my_nn.<assignment>`; made again when the file has changed."""
    text, module = _kept.get(str(file.path), ("", None))
    if module is None or text != file.text:
        module = types.ModuleType(f"{PACKAGE}.{file.assignment}")
        _kept[str(file.path)] = file.text, module  # before it runs: what it imports may come back here
        sys.modules[module.__name__] = module
        run(file, module)
    return module


def run(file: FiledFile, module: types.ModuleType) -> types.ModuleType:
    """Run a file's statements in `module`, each by itself: one that fails costs what it gives, and nothing else."""
    names = vars(module)
    names["__file__"] = str(file.path)
    tree = parsed(file.text)
    for statement in tree.body if tree is not None else ():
        with contextlib.suppress(Exception, SystemExit), contextlib.redirect_stdout(io.StringIO()):
            exec(compile(ast.Module([statement], []), str(file.path), "exec"), names)
    return module
