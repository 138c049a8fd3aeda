"""Exercises, judge, sandbox and pipeline of the course. A student needs one name: `check`."""

from autograder.check import check

__all__ = ["check"]
