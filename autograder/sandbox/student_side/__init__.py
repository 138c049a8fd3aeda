"""What a submission sees as `autograder` inside the sandbox: `check` and `look`, and nothing of the judge."""

from autograder.check import check
from autograder.look import look

__all__ = ["check", "look"]
