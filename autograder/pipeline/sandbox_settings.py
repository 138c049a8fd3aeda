"""The settings of the sandbox in a course: its limits, and whether there is one."""

from __future__ import annotations

from dataclasses import Field, fields
from difflib import get_close_matches
from typing import Any

from traitlets import Bool, Float, Int, TraitError, Unicode
from traitlets.config import Config, LoggingConfigurable

from autograder.exercises import CourseProblem
from autograder.sandbox import Limits

SECTION = "JudgeInSandbox"


def _trait(limit: Field[Any]) -> Any:
    kind: Any = Int if isinstance(limit.default, int) else Float
    return kind(limit.default, help=f"What a submission may use: {limit.metadata['meaning']}").tag(config=True)


# Every limit is a setting of its own: c.JudgeInSandbox.cell_seconds, and --JudgeInSandbox.cell_seconds in a command.
_Limited: Any = type("_Limited", (LoggingConfigurable,), {limit.name: _trait(limit) for limit in fields(Limits)})


class SandboxSettings(_Limited):
    """What stands in a course's settings under the name of the stage that judges."""

    no_sandbox = Bool(
        False,
        help="Grade with limits only: student code can then read and write whatever you can. For code you trust.",
    ).tag(config=True)
    seed_folder = Unicode(
        ".autograder", help="Where, in the course's folder, the secret is kept that seeds are derived from."
    ).tag(config=True)

    @classmethod
    def section_names(cls) -> list[str]:
        """The sections of the settings that are about this: those of `JudgeInSandbox`."""
        return list(dict.fromkeys([*super().section_names(), SECTION]))

    def limits(self) -> Limits:
        """What one submission may use. Raises `ValueError` for a limit that is not positive."""
        return Limits(**{limit.name: getattr(self, limit.name) for limit in fields(Limits)})


def settings(config: Config) -> SandboxSettings:
    """The settings as a course's configuration sets it. Raises `CourseProblem` for a setting that cannot be."""
    known = {*SandboxSettings.class_trait_names(config=True), "enabled"}  # as every stage of nbgrader's can be
    for name in config.JudgeInSandbox:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]}?" if near else f": there are {', '.join(sorted(known))}"
            raise CourseProblem(f"nbgrader_config.py sets c.JudgeInSandbox.{name}, which does not exist{meant}")
    try:
        stage = SandboxSettings(config=config)
        stage.limits()
    except (TraitError, ValueError) as error:
        raise CourseProblem(f"nbgrader_config.py sets a limit that cannot be: {error}") from None
    return stage
