"""What a course can fail with, as told to whoever works with it."""

from __future__ import annotations


class CourseProblem(RuntimeError):
    """Something about the course, not about a submission, that the work cannot go on with; says what to do."""


class NoAnswers(CourseProblem):
    """The private half of a course is not here, and what was asked for cannot be done without it."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} needs the course's answers (answers.py), and they are not here: this is a student's installation, "
            "which checks and explains, but does not grade. Work in a checkout of the course, or in a course of your "
            "own: autograder init FOLDER"
        )
