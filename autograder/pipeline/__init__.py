"""From submissions to nbgrader's gradebook."""

from autograder.pipeline import lean

lean.load()
