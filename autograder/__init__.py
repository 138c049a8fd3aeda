"""Exercises, judge, sandbox and pipeline of the course. A student needs two names: `check` and `look`."""

from autograder.check import check
from autograder.student.look import look

__all__ = ["check", "look"]
