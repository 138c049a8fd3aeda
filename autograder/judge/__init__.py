"""The judge: an exercise and a student's code in, a verdict out. It knows no notebook, no nbgrader and no process."""

from autograder.judge.decide import judge

__all__ = ["judge"]
