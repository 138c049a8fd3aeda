"""From the text of a solution to both notebooks: the instructor's and the students'.

    autograder notebooks [--check | --take | --force] [ASSIGNMENT ...]

`solutions/<a>/<a>.py` is the only place a notebook is edited. `solutions/<a>/<a>.ipynb` is the same as a notebook;
`notebooks/<a>/<a>.ipynb` is what nbgrader releases to students, made by nbgrader's own preprocessors. Neither has
outputs, and the same text always gives the same bytes: cell ids come from the grade id, or else from the position.

A solution's notebook that somebody has edited since is not overwritten. In JupyterLab, jupytext keeps text and notebook
the same (`solutions/jupytext.toml`); where it is not installed, the command shows the difference, and takes it over.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from traitlets.config import Config

from autograder.exercises import CourseProblem, Exercise, find_course, the_course

SOLUTIONS, RELEASES = "solutions", "notebooks"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_SPACING = ("lines_to_next_cell", "lines_to_end_of_cell_marker")
_HEAD = re.compile(r"# ---\n(?:#.*\n)*?# ---\n\s*")
STUB = "# Your code goes here.\nraise NotImplementedError()"


class NotebookProblem(ValueError):
    """A text form that does not make a sound assignment; says which cell, and what to do."""


def assignments(root: Path) -> list[str]:
    """The assignments that have a text form under `root`, in order."""
    return sorted(path.parent.name for path in (root / SOLUTIONS).glob("*/*.py") if path.stem == path.parent.name)


def solution_notebook(text: str, name: str, exercises: Mapping[str, Exercise] | None = None) -> NotebookNode:
    """The instructor's notebook from its text form; `exercises` are those of the course (None: of the one found).

    Raises `NotebookProblem` for a cell that cannot be graded.
    """
    exercises = the_course().exercises if exercises is None else exercises
    notebook = jupytext.reads(text, fmt="py:percent")
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    taken: set[str] = set()
    for number, cell in enumerate(notebook.cells, start=1):
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.id = str(grade_id or f"cell-{number:02d}")
        if cell.id in taken:
            raise NotebookProblem(f"{name}: two cells have the grade id {cell.id!r}; give each its own")
        taken.add(cell.id)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        _check_cell(cell, name, exercises)
    return notebook


def _check_cell(cell: NotebookNode, name: str, exercises: Mapping[str, Exercise]) -> None:
    """An exercise's check cell is worth what the exercise says, and calls the exercise it is named after."""
    meta = cell.metadata.get("nbgrader", {})
    if not meta.get("grade") or meta.get("solution") or meta.get("task"):
        return
    exercise = exercises.get(meta["grade_id"].removeprefix("check-"))
    if exercise is None:
        raise NotebookProblem(f"{name}: cell {meta['grade_id']!r} is graded, but there is no exercise of that name")
    if meta.get("points") != exercise.points:
        raise NotebookProblem(
            f"{name}: cell {meta['grade_id']!r} is worth {meta.get('points')} points, the exercise {exercise.points}"
        )
    if f'check("{exercise.name}")' not in cell.source:
        raise NotebookProblem(f'{name}: cell {meta["grade_id"]!r} must contain check("{exercise.name}")')


def release_notebook(solution: NotebookNode) -> NotebookNode:
    """What students get: nbgrader's own preprocessing, without its database."""
    from nbgrader.preprocessors import (
        CheckCellMetadata,
        ClearHiddenTests,
        ClearMarkScheme,
        ClearOutput,
        ClearSolutions,
        ComputeChecksums,
        IncludeHeaderFooter,
        LockCells,
    )

    stages = [
        IncludeHeaderFooter,
        LockCells,
        ClearSolutions,
        ClearOutput,
        CheckCellMetadata,
        ComputeChecksums,
    ]
    stages += [ClearHiddenTests, ClearMarkScheme, ComputeChecksums, CheckCellMetadata]
    notebook: NotebookNode = nbformat.from_dict(solution)
    resources: dict[str, object] = {}
    config = Config({"ClearSolutions": {"code_stub": {"python": STUB}}})
    for stage in stages:
        notebook, resources = stage(config=config).preprocess(notebook, resources)
    return notebook


def build(root: Path, name: str) -> dict[Path, str]:
    """The files of one assignment and what they must contain. Raises `NotebookProblem`, or `FileNotFoundError`."""
    text_form = root / SOLUTIONS / name / f"{name}.py"
    if not text_form.exists():
        known = ", ".join(assignments(root)) or "none"
        raise FileNotFoundError(f"there is no assignment {name!r} ({text_form} is missing). There are: {known}.")
    exercises = the_course(find_course(above=root)).exercises
    solution = solution_notebook(text_form.read_text(encoding="utf-8"), name, exercises)
    return {
        text_form.with_suffix(".ipynb"): nbformat.writes(solution) + "\n",
        root / RELEASES / name / f"{name}.ipynb": nbformat.writes(release_notebook(solution)) + "\n",
    }


def out_of_step(root: Path, name: str) -> list[Path]:
    """The notebooks of an assignment that are not what its text form generates."""
    return [
        path for path, content in build(root, name).items() if not path.exists() or path.read_text("utf-8") != content
    ]


def edited(text_form: Path) -> list[str]:
    """The lines in which a solution's notebook differs from its text, when the notebook was changed later; else []."""
    notebook = text_form.with_suffix(".ipynb")
    if not notebook.exists() or notebook.stat().st_mtime_ns <= text_form.stat().st_mtime_ns:
        return []
    text = text_form.read_text(encoding="utf-8")
    try:
        theirs = text_of_notebook(notebook, text)
    except Exception as problem:  # jupytext and nbformat raise what they like at a file that is no notebook
        raise NotebookProblem(
            f"{notebook} is newer than its text, and cannot be read as a notebook ({type(problem).__name__}). Mend it, "
            f"or write it anew from the text: autograder notebooks --force {text_form.stem}"
        ) from None
    ours = jupytext.writes(jupytext.reads(text, fmt="py:percent"), fmt="py:percent")
    names = (f"{text_form.name} (the text)", f"{notebook.name} (edited later)")
    return list(difflib.unified_diff(ours.splitlines(), theirs.splitlines(), *names, lineterm="", n=2))


def text_of_notebook(notebook: Path, text: str) -> str:
    """The text form of a solution's notebook, with the head of the `text` that it was made from."""
    before = jupytext.reads(text, fmt="py:percent")
    now = nbformat.read(notebook, as_version=4)
    now.metadata = before.metadata
    for cell in now.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        for key in ("execution", "ExecuteTime", *_SPACING):
            cell.metadata.pop(key, None)
        for old in before.cells:  # how many lines stand empty around a cell, a notebook does not say
            if old.source == cell.source:
                cell.metadata.update({key: old.metadata[key] for key in _SPACING if key in old.metadata})
                break
    return str(jupytext.writes(now, fmt="py:percent"))


def take_over(text_form: Path) -> None:
    """Write what was edited in a solution's notebook into its text."""
    text = text_form.read_text(encoding="utf-8")
    now = _HEAD.sub("", text_of_notebook(text_form.with_suffix(".ipynb"), text), count=1)
    head = _HEAD.match(text)
    text_form.write_text((head.group() if head else "") + now, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="autograder notebooks", description="Generate the notebooks from their text.")
    parser.add_argument("names", nargs="*", metavar="ASSIGNMENT", help="assignments; all when none is given")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a notebook is out of step")
    parser.add_argument("--take", action="store_true", help="take what was edited in a notebook over into its text")
    parser.add_argument("--force", action="store_true", help="overwrite what was edited in a notebook")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the course's folder (this one)")
    chosen = parser.parse_args(arguments)
    names = chosen.names or assignments(chosen.root)
    if not names:
        print(
            f"no assignments under {chosen.root / SOLUTIONS}: run this in the course's folder",
            file=sys.stderr,
        )
        return 1
    stale: list[Path] = []
    try:
        for name in names:
            text_form = chosen.root / SOLUTIONS / name / f"{name}.py"
            difference = edited(text_form) if text_form.exists() and not chosen.force else []
            if difference and chosen.take and not chosen.check:
                take_over(text_form)
                print(f"taken over: {text_form.relative_to(chosen.root)}")
            elif difference:
                print("\n".join(difference))
                print(
                    f"{text_form.with_suffix('.ipynb').relative_to(chosen.root)} was edited after its text, and is "
                    f"left as it is. Take that over into the text: autograder notebooks --take {name}\n"
                    f"Or lose it: autograder notebooks --force {name}",
                    file=sys.stderr,
                )
                return 1
            for path in out_of_step(chosen.root, name):
                stale.append(path)
                if not chosen.check:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(build(chosen.root, name)[path], encoding="utf-8")
    except (NotebookProblem, CourseProblem, FileNotFoundError) as problem:
        print(problem, file=sys.stderr)
        return 1
    for path in stale:
        print(f"{'out of step' if chosen.check else 'written'}: {path.relative_to(chosen.root)}")
    if chosen.check and stale:
        print("Run `autograder notebooks` to bring them in step.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
