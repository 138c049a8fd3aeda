"""`check` inside the sandbox, where there is no judge: it says so and gives no points."""

from autograder.student.language import t


class NotCheckedHere:
    """Stands where a verdict would be."""

    points = 0.0

    def __repr__(self) -> str:
        return t("not checked here: while a submission is graded, the judge runs outside the sandbox")


def check(name: str = "", *arguments: object, **options: object) -> NotCheckedHere:
    """Accept any call a notebook makes of `autograder.check`."""
    return NotCheckedHere()
