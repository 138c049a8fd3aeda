"""Slips of Python and NumPy, told from what an exception says and from the student's own line that raised it.

A name is given only where every wrong answer is an exception of that one kind: what else is wrong would stay
unexplained. The hint quotes the line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.exercises import Mistake
from autograder.student.language import Text, later
from autograder.student.steps import Outcome, StudentError


@dataclass(frozen=True)
class _Slip:
    """Types of exceptions, a pattern in the message and one in the line, and what it is called when both are there."""

    types: tuple[str, ...]
    message: str
    line: str
    name: Text
    hint: Text


OTHER_ARGUMENTS = later("called with other arguments than it takes")
_TRUTH = r"truth value of an array"
_ONE_NUMBER = r"only (length-1|0-dimensional|size-1) arrays can be converted|can only convert an array of size 1"
_READ_ONLY = r"read-only|does not support item assignment"
_ANY = r"\S"
"""The exception came of a line of the student's own."""
_SLIPS = (
    _Slip(
        ("TypeError",),
        r"for \^=?:|bitwise_xor",
        "",
        later("^ taken for a power"),
        later("In Python ^ compares bits. Which operator raises to a power?"),
    ),
    _Slip(
        ("ValueError",),
        _TRUTH,
        r"(?<![\w.])(max|min|sorted)\(",
        later("Python's max or min of arrays"),
        later(
            "Python's max asks which of two arrays is larger, as a whole. Which NumPy function compares entry by entry?"
        ),
    ),
    _Slip(
        ("ValueError",),
        _TRUTH,
        r"\b(and|or|not)\b",
        later("and, or, not of arrays"),
        later("and, or and not need one answer for a whole array. What do NumPy's & | ~ do?"),
    ),
    _Slip(
        ("ValueError",),
        _TRUTH,
        r"[<>]=?[^=<>,:]+[<>]",
        later("a chained comparison of arrays"),
        later(
            "To Python a < x < b is one question with one answer. Ask NumPy two questions, and join the answers with &."
        ),
    ),
    _Slip(
        ("ValueError",),
        _TRUTH,
        "",
        later("if on an array"),
        later("An array of yes and no is neither. Which NumPy function chooses entry by entry?"),
    ),
    _Slip(
        ("TypeError",),
        _ONE_NUMBER,
        "",
        later("a function of one number given an array"),
        later("math and float work on one number at a time. Which library has the same for whole arrays?"),
    ),
    _Slip(
        ("UFuncTypeError", "UFuncOutputCastingError", "_UFuncOutputCastingError"),
        "Cannot cast",
        "",
        later("arithmetic in place on whole numbers"),
        later("An array of whole numbers cannot hold the result. What dtype has the array you write into?"),
    ),
    _Slip(
        ("ValueError",),
        r"matmul|shapes .* not aligned|core dimension",
        "",
        later("the shapes of a product do not fit"),
        later("Write both shapes under the product. Which two lengths must be the same?"),
    ),
    _Slip(
        ("ValueError",),
        "could not be broadcast",
        "",
        later("shapes that do not fit together"),
        later("Print both shapes just before that line. Which axis is which?"),
    ),
    _Slip(
        ("ValueError",),
        "cannot reshape array",
        "",
        later("a shape for another number of entries"),
        later("Print both shapes just before that line, and multiply their lengths. Which entries are too many?"),
    ),
    _Slip(
        ("AxisError",),
        "out of bounds",
        "",
        later("an axis that is not there"),
        later("The second argument of np.max and np.sum is an axis. Did you mean a comparison entry by entry?"),
    ),
    _Slip(
        ("NameError", "UnboundLocalError"),
        "",
        "",
        later("a name that is not defined"),
        later("Where does the name get its value? Restart, run only this cell, and look."),
    ),
    _Slip(
        ("TypeError",),
        r"^(?!.*<locals>)\w+\.\w+\(\) takes (\d+ positional arguments?|from \d+ to \d+ positional arguments) but",
        "^$",
        OTHER_ARGUMENTS,
        later("Python hands the object itself to a method, before all other values. Is self the first parameter?"),
    ),
    _Slip(
        ("TypeError",),
        r"positional argument|unexpected keyword",
        "",
        OTHER_ARGUMENTS,
        later("Compare the parameters of your function with the docstring, and those of the functions you call."),
    ),
    _Slip(
        ("IndexError",),
        "",
        _ANY,
        later("an index that is not there"),
        later(
            "Print the shape and the index just before that line. Where does counting start, and which index is the "
            "last?"
        ),
    ),
    _Slip(
        ("KeyError",),
        "",
        _ANY,
        later("a key that is not there"),
        later("Print the keys just before that line. Who should have put this one in, and when?"),
    ),
    _Slip(
        ("ZeroDivisionError",),
        "",
        _ANY,
        later("a division by zero"),
        later("For which input is the number under the fraction zero? What should the function give there?"),
    ),
    _Slip(
        ("TypeError",),
        "exceptions must derive from",
        _ANY,
        later("raising what is no exception"),
        later("Only an exception can be raised. Which kind does the docstring ask for?"),
    ),
    _Slip(
        ("TypeError", "UFuncTypeError"),
        r"unsupported operand|did not contain a loop|not supported for the input types|can only concatenate"
        r"|multiply sequence|not supported between|bad operand type",
        _ANY,
        later("calculating with what is no number"),
        later("Print the type of each value in that line. Which one is neither a number nor an array?"),
    ),
    _Slip(
        ("TypeError",),
        r"not callable|not subscriptable|not iterable|has no len|be interpreted as an integer|unhashable",
        _ANY,
        later("a value of another kind than the line needs"),
        later("Print the type of each value in that line. Is each what you take it for?"),
    ),
    _Slip(
        ("AttributeError",),
        "has no attribute",
        _ANY,
        later("an attribute that is not there"),
        later("Print the type of what stands before the dot. Where does it get this attribute?"),
    ),
    _Slip(
        ("ValueError",),
        "to unpack",
        _ANY,
        later("another number of values than names"),
        later("Count the names on the left, and the values on the right. Print what is on the right."),
    ),
)


def named_by_exception(wrong: Sequence[Outcome]) -> Mistake | None:
    """The slip that all the wrong outcomes show, with a hint that quotes the line; None when they do not show one."""
    found = [_slip(outcome.error) for outcome in wrong if outcome.error is not None]
    if not found or len(found) < len(wrong) or None in found or len({slip.name for slip in found if slip}) > 1:
        return None
    slip = found[0]
    error = next(outcome.error for outcome in wrong if outcome.error is not None)
    assert slip is not None
    if not error.line:
        return Mistake(slip.name, slip.hint)
    return Mistake(slip.name, later("In the line \u201c{line}\u201d: {hint}", line=error.line, hint=slip.hint))


def stumbled_over_own_edit(error: StudentError | None) -> bool:
    """Whether a call ended because it wrote into an argument that cannot be written into."""
    return error is not None and error.is_a("Exception") and re.search(_READ_ONLY, error.message) is not None


def _slip(error: StudentError) -> _Slip | None:
    for slip in _SLIPS:
        said = any(map(error.is_a, slip.types)) and re.search(slip.message, error.message)
        if said and re.search(slip.line, error.line or ""):
            return slip
    return None
