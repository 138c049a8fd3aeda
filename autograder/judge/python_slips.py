"""Slips of Python and NumPy, told from what an exception says and from the student's own line that raised it.

A name is given only where every wrong answer is an exception of that one kind: what else is wrong would stay
unexplained. The hint quotes the line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.exercises import Mistake
from autograder.student.steps import Outcome, StudentError


@dataclass(frozen=True)
class _Slip:
    """Types of exceptions, a pattern in the message and one in the line, and what it is called when both are there."""

    types: tuple[str, ...]
    message: str
    line: str
    name: str
    hint: str


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
        "^ taken for a power",
        "In Python ^ compares bits. Which operator raises to a power?",
    ),
    _Slip(
        ("ValueError",),
        _TRUTH,
        r"(?<![\w.])(max|min|sorted)\(",
        "Python's max or min of arrays",
        "Python's max asks which of two arrays is larger, as a whole. Which NumPy function compares entry by entry?",
    ),
    _Slip(
        ("ValueError",),
        _TRUTH,
        r"\b(and|or|not)\b",
        "and, or, not of arrays",
        "and, or and not need one answer for a whole array. What do NumPy's & | ~ do?",
    ),
    _Slip(
        ("ValueError",),
        _TRUTH,
        r"[<>]=?[^=<>,:]+[<>]",
        "a chained comparison of arrays",
        "To Python a < x < b is one question with one answer. Ask NumPy two questions, and join the answers with &.",
    ),
    _Slip(
        ("ValueError",),
        _TRUTH,
        "",
        "if on an array",
        "An array of yes and no is neither. Which NumPy function chooses entry by entry?",
    ),
    _Slip(
        ("TypeError",),
        _ONE_NUMBER,
        "",
        "a function of one number given an array",
        "math and float work on one number at a time. Which library has the same for whole arrays?",
    ),
    _Slip(
        ("UFuncTypeError", "UFuncOutputCastingError", "_UFuncOutputCastingError"),
        "Cannot cast",
        "",
        "arithmetic in place on whole numbers",
        "An array of whole numbers cannot hold the result. What dtype has the array you write into?",
    ),
    _Slip(
        ("ValueError",),
        r"matmul|shapes .* not aligned|core dimension",
        "",
        "the shapes of a product do not fit",
        "Write both shapes under the product. Which two lengths must be the same?",
    ),
    _Slip(
        ("ValueError",),
        "could not be broadcast",
        "",
        "shapes that do not fit together",
        "Print both shapes just before that line. Which axis is which?",
    ),
    _Slip(
        ("AxisError",),
        "out of bounds",
        "",
        "an axis that is not there",
        "The second argument of np.max and np.sum is an axis. Did you mean a comparison entry by entry?",
    ),
    _Slip(
        ("NameError", "UnboundLocalError"),
        "",
        "",
        "a name that is not defined",
        "Where does the name get its value? Restart, run only this cell, and look.",
    ),
    _Slip(
        ("TypeError",),
        r"positional argument|unexpected keyword",
        "",
        "called with other arguments than it takes",
        "Compare the parameters of your function with the docstring, and those of the functions you call.",
    ),
    _Slip(
        ("IndexError",),
        "",
        _ANY,
        "an index that is not there",
        "Print the shape and the index just before that line. Where does counting start, and which index is the last?",
    ),
    _Slip(
        ("KeyError",),
        "",
        _ANY,
        "a key that is not there",
        "Print the keys just before that line. Who should have put this one in, and when?",
    ),
    _Slip(
        ("ZeroDivisionError",),
        "",
        _ANY,
        "a division by zero",
        "For which input is the number under the fraction zero? What should the function give there?",
    ),
    _Slip(
        ("TypeError",),
        "exceptions must derive from",
        _ANY,
        "raising what is no exception",
        "Only an exception can be raised. Which kind does the docstring ask for?",
    ),
    _Slip(
        ("TypeError", "UFuncTypeError"),
        r"unsupported operand|did not contain a loop|not supported for the input types|can only concatenate"
        r"|multiply sequence|not supported between|bad operand type",
        _ANY,
        "calculating with what is no number",
        "Print the type of each value in that line. Which one is neither a number nor an array?",
    ),
    _Slip(
        ("TypeError",),
        r"not callable|not subscriptable|not iterable|has no len|be interpreted as an integer|unhashable",
        _ANY,
        "a value of another kind than the line needs",
        "Print the type of each value in that line. Is each what you take it for?",
    ),
    _Slip(
        ("AttributeError",),
        "has no attribute",
        _ANY,
        "an attribute that is not there",
        "Print the type of what stands before the dot. Where does it get this attribute?",
    ),
    _Slip(
        ("ValueError",),
        "to unpack",
        _ANY,
        "another number of values than names",
        "Count the names on the left, and the values on the right. Print what is on the right.",
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
    quoted = f"In the line \u201c{error.line}\u201d: " if error.line else ""
    return Mistake(slip.name, quoted + slip.hint)


def stumbled_over_own_edit(error: StudentError | None) -> bool:
    """Whether a call ended because it wrote into an argument that cannot be written into."""
    return error is not None and error.is_a("Exception") and re.search(_READ_ONLY, error.message) is not None


def _slip(error: StudentError) -> _Slip | None:
    for slip in _SLIPS:
        said = any(map(error.is_a, slip.types)) and re.search(slip.message, error.message)
        if said and re.search(slip.line, error.line or ""):
            return slip
    return None
