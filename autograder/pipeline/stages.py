"""The seam in nbgrader: which of its stages give way to ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue

from autograder.pipeline.private import always_ignored


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


def configure(config: Config) -> None:
    """Put the stages into nbgrader's configuration; `nbgrader_config.py` calls this."""
    always_ignored()
    config.GenerateAssignment.preprocessors = _Stages("releasing")
    config.Autograde.exporter_class = "autograder.pipeline.nbgrader_stages.SubmissionExporter"
    config.Autograde.sanitize_preprocessors = _Stages("sanitizing")
    config.Autograde.autograde_preprocessors = _Stages("grading")
    config.GenerateFeedback.exporter_class = "autograder.pipeline.feedback_exporter.FeedbackExporter"
    config.HTMLExporter.preprocessors = ["autograder.pipeline.marking.ShowMarkScheme"]
    config.HTMLExporter.filters = {
        "markdown2html": "autograder.pipeline.pages.markdown_html",
        "clean_html": "autograder.pipeline.pages.raw_html",
        "strip_files_prefix": "autograder.pipeline.pages.unchanged",
    }
    config.HighlightMagicsPreprocessor.enabled = False  # no lexer but Python's: of others, not all are fast
    config.OverwriteCells.add_missing_cells = True
    config.ClearSolutions.code_stub = {"python": "# Your code goes here.\nraise NotImplementedError()"}
