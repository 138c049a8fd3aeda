"""The seam in nbgrader: the settings of the sandbox in a course, and which of nbgrader's stages give way to ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, fields
from difflib import get_close_matches
from typing import Any

from traitlets import Bool, Float, Int, TraitError, Unicode
from traitlets.config import Config, LoggingConfigurable
from traitlets.config.loader import LazyConfigValue

from autograder.exercises import CourseProblem
from autograder.pipeline.private import always_ignored
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


class _Stages(LazyConfigValue):  # type: ignore[misc]
    """A list of nbgrader's stages with ours among them. Made when nbgrader asks: they take long to load."""

    def __init__(self, which: str) -> None:
        super().__init__()
        self._which = which

    def get_value(self, initial: Any = None) -> Any:
        return super().get_value(_made(self._which))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.get_value())

    def __len__(self) -> int:
        return len(self.get_value())

    def __getitem__(self, place: Any) -> Any:
        return self.get_value()[place]

    def __getattr__(self, name: str) -> Any:
        """What a list can do besides, for settings that change it further."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.get_value(), name)


def _made(which: str) -> list[Any]:
    from nbgrader.converters import Autograde, GenerateAssignment
    from nbgrader.preprocessors import Execute

    from autograder.pipeline.nbgrader_stages import JudgeInSandbox, RefusePrivateFiles, RestoreSubmission

    if which == "releasing":
        return [RefusePrivateFiles, *GenerateAssignment.preprocessors.default_args[0]]
    if which == "sanitizing":
        return [RestoreSubmission, *Autograde.sanitize_preprocessors.default_args[0]]
    grading = Autograde.autograde_preprocessors.default_args[0]
    return [JudgeInSandbox if stage is Execute else stage for stage in grading]


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


def configure(config: Config) -> None:
    """Put the stages into nbgrader's configuration; `nbgrader_config.py` calls this."""
    always_ignored()
    config.GenerateAssignment.preprocessors = _Stages("releasing")
    config.Autograde.exporter_class = "autograder.pipeline.nbgrader_stages.SubmissionExporter"
    config.Autograde.sanitize_preprocessors = _Stages("sanitizing")
    config.Autograde.autograde_preprocessors = _Stages("grading")
    config.GenerateFeedback.exporter_class = "autograder.pipeline.feedback.FeedbackExporter"
    config.HTMLExporter.preprocessors = ["autograder.pipeline.marking.ShowMarkScheme"]
    config.HTMLExporter.filters = {
        "markdown2html": "autograder.pipeline.pages.markdown_html",
        "clean_html": "autograder.pipeline.pages.raw_html",
        "strip_files_prefix": "autograder.pipeline.pages.unchanged",
    }
    config.HighlightMagicsPreprocessor.enabled = False  # no lexer but Python's: of others, not all are fast
    config.OverwriteCells.add_missing_cells = True
    config.ClearSolutions.code_stub = {"python": "# Your code goes here.\nraise NotImplementedError()"}
