"""What a submission sees as `autograder` inside the sandbox: `check`, and nothing of the judge."""

from autograder.check import check

__all__ = ["check"]
