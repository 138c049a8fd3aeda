"""`python -m my_nn`: what is in a student's own library, and how much of it is their own."""

from __future__ import annotations

import ast
import sys

from autograder.exercises import CourseProblem, the_course
from autograder.exercises.stand_ins import stand_in
from autograder.mine.folder import PACKAGE, FiledFile, the_folder
from autograder.mine.judged import is_right
from autograder.reading.needs import needed
from autograder.student.language import later, shown, t
from autograder.student.syntax import parse


def main() -> None:
    """Print a line for each assignment, and the sum."""
    try:
        course = the_course()
    except CourseProblem as problem:
        sys.exit(str(problem))
    folder = the_folder(frozenset(course.assignments))
    files = {file.assignment: file for file in folder.files()}
    nothing = t("nothing is filed yet; it will lie in {folder}", folder=folder.path)
    print(f"{PACKAGE}: {folder.path if files else nothing}")
    own = lines = 0
    for assignment, exercises in course.assignments.items():
        file = files.get(assignment)
        found: dict[str, list[str]] = {kind: [] for kind in _KINDS}
        for name in [exercise.name for exercise in exercises]:
            if file is not None and name in file.names:
                found["own" if is_right(folder, file, name) else "wrong"].append(name)
            else:
                found["open" if stand_in(course, name) is None else "borrowed"].append(name)
        written = _lines(file, found["own"])
        own, lines = own + len(found["own"]), lines + written
        mine, asked = len(found["own"]), len(exercises)
        print(f"\n{assignment}: {t('{mine} of {asked}, {lines} lines of code', mine=mine, asked=asked, lines=written)}")
        for kind, names in found.items():
            if names:
                print(f"  {shown(_KINDS[kind])}: {', '.join(names)}")
    total = len(course.exercises)
    told = t(
        "{own} of {total} are your own ({share} %), in {lines} lines of code.",
        own=own,
        total=total,
        share=100 * own // max(total, 1),
        lines=lines,
    )
    print(f"\n{told}")


_KINDS = {
    "own": later("yours"),
    "wrong": later("not right any more"),
    "borrowed": later("borrowed"),
    "open": later("to do"),
}


def _lines(file: FiledFile | None, names: list[str]) -> int:
    """The lines of code in some functions and in what they need, each once: no docstring, comment or blank line."""
    if file is None:
        return 0
    return sum(_code_lines(one.text) for one in needed(file.statements, names) if not one.imports)


def _code_lines(text: str) -> int:
    tree = parse(text)
    for node in ast.walk(tree):
        if (
            isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            and ast.get_docstring(node) is not None
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return len([line for line in ast.unparse(tree).splitlines() if line.strip()])
