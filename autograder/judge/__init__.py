"""The judge: an exercise and a student's code in, a verdict out. It knows neither Jupyter nor nbgrader nor processes."""

from autograder.judge.decide import judge

__all__ = ["judge"]
