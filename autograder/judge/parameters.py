"""The parameters of a student's function beside those that the docstring asks for.

Values are handed over by place. Parameters of the right names in another order, or more or fewer of them, are told from
the `def` line alone, whatever else is wrong behind it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from autograder.exercises import Exercise, Mistake
from autograder.exercises.slips import ARGUMENTS_IN_OTHER_ORDER
from autograder.judge.python_slips import OTHER_ARGUMENTS
from autograder.judge.verdict import legible
from autograder.student.language import later
from autograder.student.steps import Definition, StudentError
from autograder.student.syntax import parse


def slip_of_parameters(
    exercise: Exercise, definitions: Sequence[Definition], errors: Sequence[StudentError]
) -> Mistake | None:
    """What is wrong with the parameters of the first definition, the function asked for; None where nothing is, or
    where there is no text to read. That there are too many or too few is said where a call's error says so, too."""
    if exercise.kind == "class" or not definitions:
        return None
    parameters = _parameters(definitions[0].text)
    asked = exercise.arguments
    if parameters is None:
        return None
    given = [*parameters.posonlyargs, *parameters.args]
    names = [parameter.arg for parameter in given]
    row = {"asked": f"({', '.join(asked)})", "taken": legible(f"({', '.join(_written(parameters))})"[:_LONGEST])}
    if names != asked and sorted(names) == sorted(asked):
        return Mistake(ARGUMENTS_IN_OTHER_ORDER, _BY_PLACE.of(**row))
    if not any(error.is_a("TypeError") and f"{definitions[0].name}() " in error.message for error in errors):
        return None
    needed = len(given) - len(parameters.defaults)
    by_name = [a.arg for a, d in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True) if d is None]
    if by_name:
        return Mistake(OTHER_ARGUMENTS, _BY_NAME.of(**row, name=by_name[0]))
    if needed > len(asked):
        return Mistake(OTHER_ARGUMENTS, _TOO_MANY.of(**row))
    if len(given) < len(asked) and parameters.vararg is None:
        return Mistake(OTHER_ARGUMENTS, _TOO_FEW.of(**row))
    return None


_BY_PLACE = later(
    "The docstring asks for {asked}, in this order; your function takes {taken}. Values are handed over by place, not "
    "by name."
)
_BY_NAME = later(
    "The docstring asks for {asked}; your function takes {taken}. Values are handed over by place, and {name} can only "
    "be given by name."
)
_TOO_MANY = later(
    "The docstring asks for {asked}; your function takes {taken}. Where should the value of a parameter come from that "
    "nobody hands over?"
)
_TOO_FEW = later(
    "The docstring asks for {asked}; your function takes {taken}. Which of the values asked for has no parameter?"
)


_LONGEST = 300


def _written(parameters: ast.arguments) -> Iterator[str]:
    """The names of the parameters as a `def` line has them, without what they are by default."""
    yield from (parameter.arg for parameter in parameters.posonlyargs)
    yield from ["/"] * bool(parameters.posonlyargs)
    yield from (parameter.arg for parameter in parameters.args)
    if parameters.vararg is not None or parameters.kwonlyargs:
        yield f"*{parameters.vararg.arg if parameters.vararg else ''}"
    yield from (parameter.arg for parameter in parameters.kwonlyargs)
    if parameters.kwarg is not None:
        yield f"**{parameters.kwarg.arg}"


def _parameters(text: str) -> ast.arguments | None:
    """The parameters of a function, or of a lambda that is given a name; None for anything else."""
    statement = next(iter(parse(text).body), None)
    if isinstance(statement, ast.FunctionDef):
        return statement.args
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda):
        return statement.value.args
    return None
