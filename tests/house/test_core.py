"""The core of the library stays small enough to be read."""

import ast
import io
import re
import tokenize
from pathlib import Path

import nn_lib

LIBRARY = Path(nn_lib.__file__).parent
MOST = 1250
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def code_lines(source: str) -> int:
    """Lines that hold code: none that is empty, or holds only a comment or a part of a docstring."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines.difference_update(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return len(lines)


def core() -> list[str]:
    """The files that docs/nn_lib.md gives to read, in its order: gates, graphs, layers, and how they are trained.

    What need not be read for that is no part of it: checks of arguments, data sets, gradient checks, pictures, widgets.
    """
    page = (LIBRARY.parent / "docs" / "nn_lib.md").read_text(encoding="utf-8")
    order = page[page.index("To read the source") : page.index("in\nthat order")]
    return re.findall(r"`(\w+\.py)`", order)


def test_lines_are_counted_as_they_are_read():
    source = '"""A module."""\n\n# why\nx = 1  # one\n\ndef f():\n    """What it does,\n    in words."""\n'
    source += '    return """\n    text"""\n'
    assert code_lines(source) == 4  # x, def, and a text of two lines that is no docstring


def test_the_core_is_short():
    lines = {name: code_lines((LIBRARY / name).read_text(encoding="utf-8")) for name in core()}
    assert {"gate.py", "graph.py", "layers.py", "training.py"} < set(lines)
    assert sum(lines.values()) <= MOST, lines


def test_no_gate_layer_loss_or_optimizer_stands_elsewhere():
    waiting = [nn_lib.gate.Gate, nn_lib.optimizers.Optimizer]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        room, _, file = kind.__module__.rpartition(".")
        if room == "nn_lib":
            assert f"{file}.py" in core(), kind
