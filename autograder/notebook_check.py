"""A student's whole notebook, judged from the shell: no instructor, no nbgrader, and not a byte of it changed."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from autograder.exercises import the_course
from autograder.judge import judge
from autograder.judge.verdict import Verdict
from autograder.reading.checks import checks_in, is_check_cell
from autograder.reading.folders import is_small
from autograder.sandbox import Limits, Sandbox


class NothingToJudge(ValueError):
    """The notebook cannot be judged; says why and what to do."""


def check_notebook(path: Path, seed: int | None = None) -> list[Verdict]:
    """Run a notebook in a process of its own, with limits, and judge the exercises it checks.

    Raises `NothingToJudge` when the file is missing, is no notebook, does not compile or checks no exercise.
    """
    cells = _code_cells(path)
    known = the_course().exercises
    names = list(dict.fromkeys(name for source in cells for name in checks_in(source) if name in known))
    if not names:
        raise NothingToJudge(f'{path} checks no exercise: it has no cell with check("...") in it')
    for number, source in enumerate(cells, start=1):
        _compile(path, number, source)
    working = [source for source in cells if not is_check_cell(source)]
    with (
        Sandbox(Limits(), "process") as sandbox,
        sandbox.session(path.parent if is_small(path.parent) else None) as session,
    ):
        session.execute(working)
        code = session.code()
        drawn = secrets.randbelow(2**31) if seed is None else seed
        return [judge(name, code, drawn) for name in names]


def _code_cells(path: Path) -> list[str]:
    try:
        content: Any = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise NothingToJudge(f"there is no file {path}") from None
    except OSError as error:
        raise NothingToJudge(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise NothingToJudge(f"{path} is not a notebook: it is not valid JSON. Give the .ipynb file.") from None
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise NothingToJudge(f"{path} is not a notebook: it has no cells. Give the .ipynb file.")
    found = []
    for cell in content["cells"]:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", "")
            found.append("".join(source) if isinstance(source, list) else str(source))
    return found


def _compile(path: Path, number: int, source: str) -> None:
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        compile(TransformerManager().transform_cell(source), f"code cell {number}", "exec")
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise NothingToJudge(
            f"code cell {number} of {path} does not compile: {error.msg}, in its line {error.lineno}: {line}"
        ) from None
