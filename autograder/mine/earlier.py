"""What `my_nn` is while a notebook is graded: the answers to the assignments before it, and to no other.

From the private half of the course, cut down to what an answer needs, and compiled: what travels into the sandbox has
none of its text, none of the mistakes beside it, and nothing of the assignment that is graded.
"""

from __future__ import annotations

import ast
import marshal
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.exercises import CourseExercises
from autograder.exercises.courses import at_hand, left_out_of
from autograder.exercises.stand_ins import TABLE, stand_in, stands_in_for
from autograder.mine.folder import the_folder
from autograder.mine.judged import is_right
from autograder.reading.needs import Statement, needed, statements_in, statements_of
from autograder.reading.outline import parsed
from autograder.student.lent import ANSWER, PACKAGE
from autograder.student.syntax import parse

Earlier = dict[str, Any]
"""The arguments of `autograder.student.lent.put_on_the_shelf`."""


def answers_before(course: CourseExercises, assignment: str | None) -> Earlier:
    """What a notebook of this assignment finds in `my_nn`. Nothing, where there are no answers to give.

    A course may have taken the assignment from another one, and left out what it builds on: the rest comes from an
    installed course that has this assignment, with exercises of the same names.
    """
    return _answers_before(course, assignment, tuple(at_hand()))


@lru_cache(maxsize=8)
def _answers_before(course: CourseExercises, assignment: str | None, folders: tuple[Path, ...]) -> Earlier:
    """The same for the whole class, as long as these folders of courses are at hand."""
    earlier = [name for name in course.assignments if assignment is not None and name < assignment]
    shelves = [(name, *_compiled(course.folder / name / "answers.py")) for name in earlier]
    there = {name for _, _, names in shelves for name in names}
    asked = {exercise.name for exercise in course.assignments.get(assignment or "", [])}
    elsewhere = [folder for folder in folders if folder != course.folder]
    origins = [folder for folder in elsewhere if asked & _answered(folder / str(assignment) / "answers.py")]
    for path in sorted(path for folder in origins for path in folder.glob("*/answers.py")):
        if path.parent.name < str(assignment):
            code, names = _compiled(path)
            more = tuple(name for name in names if name not in there and name not in course.exercises)
            shelves.append((f"{path.parent.parent.name}.{path.parent.name}", code, more))
            there.update(more)
    others = left_out_of(course, str(assignment)) | _places(course)
    others = {name: place for name, place in others.items() if name not in there}
    return {"earlier": [(name, code, list(names)) for name, code, names in shelves if names], "others": others}


def library_before(course: CourseExercises, assignment: str, here: Path) -> tuple[Earlier, bool]:
    """The same on a student's machine, where there are no answers: their own library, seen from the folder `here`, and
    what stands in for its gaps. And whether something in it needs nn_lib."""
    names = [name for name, exercise in course.exercises.items() if exercise.assignment < assignment]
    folder = the_folder(frozenset(course.assignments), here)
    earlier, own = [], set()
    for file in folder.files():
        mine = [name for name in names if name in file.names and is_right(folder, file, name)]
        if mine:
            earlier.append((file.assignment, _as_code(file.text, mine), mine))
            own.update(mine)
    table = course.folder / TABLE
    left_out = [name for name in stands_in_for(course) if name not in course.exercises]
    lent = [name for name in (*names, *left_out) if name not in own and stand_in(course, name) is not None]
    if lent:
        earlier.append((table.stem, _as_code(table.read_text(encoding="utf-8"), lent), lent))
    others = left_out_of(course, assignment) | _places(course)
    others = {name: place for name, place in others.items() if name not in {*own, *lent}}
    return {"earlier": earlier, "others": others}, bool(lent)


def _places(course: CourseExercises) -> dict[str, str]:
    return {name: exercise.assignment for name, exercise in course.exercises.items()}


def _as_code(text: str, names: list[str]) -> bytes:
    given = "".join(f"\n{ANSWER}{name} = {name}" for name in names)
    return marshal.dumps(compile(text + given, f"<{PACKAGE}>", "exec"))


def answers_in(text: str) -> dict[str, list[Statement]]:
    """For each exercise the statements that give its answer, under the name `answer_<exercise>`.

    Read from the text of an `answers.py`: `ANSWERS = {"name": Answers(reference=..., ...)}`, in one dict or several. An
    answer that needs something else of the course is left out: it is not there where the student's code runs.
    """
    tree = parsed(text)
    found: dict[str, list[Statement]] = {}
    pool = statements_in(text, tree)
    for name, reference in _references(tree).items():
        (answer,) = statements_of(f"{ANSWER}{name} = {ast.unparse(reference)}")
        wanted = needed([*pool, answer], [f"{ANSWER}{name}"])
        if not any(one.imports and _is_of_the_course(one.text) for one in wanted):
            found[name] = wanted
    return found


def _references(tree: ast.Module | None) -> dict[str, ast.expr]:
    """The expressions given as `reference`, by the exercise they answer; none where there is no tree."""
    if tree is None:
        return {}
    found: dict[str, ast.expr] = {}
    waiting: list[ast.AST] = [one for one in tree.body if not isinstance(one, (ast.FunctionDef, ast.ClassDef))]
    for node in waiting:
        for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
            given = (
                [word.value for word in value.keywords if word.arg == "reference"]
                if isinstance(value, ast.Call)
                else []
            )
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and given:
                found[key.value] = given[0]
            else:
                waiting.append(value)
        if not isinstance(node, ast.Dict):
            waiting += ast.iter_child_nodes(node)
    return found


def _is_of_the_course(text: str) -> bool:
    (node,) = parse(text).body
    if isinstance(node, ast.ImportFrom):
        return bool(node.level) or (node.module or "").split(".")[0] in ("autograder", "nn_lib", PACKAGE)
    return isinstance(node, ast.Import) and any(
        alias.name.split(".")[0] in ("autograder", "nn_lib", PACKAGE) for alias in node.names
    )


@lru_cache(maxsize=8)
def _answered(path: Path) -> frozenset[str]:
    """The exercises that are answered in a file, as far as can be told without a look at what their answers need."""
    return frozenset(_references(parsed(path.read_text(encoding="utf-8")))) if path.exists() else frozenset()


@lru_cache(maxsize=64)
def _compiled(path: Path) -> tuple[bytes, tuple[str, ...]]:
    """The answers of an assignment as code, and the exercises they answer."""
    if not path.exists():
        return b"", ()
    answers = answers_in(path.read_text(encoding="utf-8"))
    texts = dict.fromkeys(one.text for wanted in _in_order(answers) for one in wanted)
    code = compile("\n".join(texts), f"<{PACKAGE}>", "exec", optimize=2)  # without docstrings
    return marshal.dumps(code), tuple(answers)


def _in_order(answers: dict[str, list[Statement]]) -> list[list[Statement]]:
    """All statements in the order of the file, then the answers."""
    last = [wanted[-1:] for wanted in answers.values()]
    rest = sorted({one for wanted in answers.values() for one in wanted[:-1]}, key=lambda one: one.first)
    return [rest, *last]
