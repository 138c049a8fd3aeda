"""The seam in nbgrader: what stands in `Autograde`'s settings, so that its own command and button are safe.

`SubmissionExporter` reads the file. `RestoreSubmission` comes first of the sanitising stages. `JudgeInSandbox` takes
the place of `Execute`.
"""

from __future__ import annotations

import io
from dataclasses import Field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Bool, Float, Int, TraitError, Unicode
from traitlets.config import Config

from autograder.exercises import CourseProblem
from autograder.pipeline.grading import grade_notebook
from autograder.pipeline.handed_in import SECRET, TIMESTAMP, digest_of
from autograder.pipeline.private import RefusePrivateFiles, always_ignored, withhold
from autograder.pipeline.restore import restore
from autograder.pipeline.seeds import secret_of, seed_of
from autograder.pipeline.source import read_source
from autograder.reading.folders import files_below
from autograder.reading.notebook_file import FILE_BYTES, decoded, read_submission, without_outputs
from autograder.reading.pictures import is_picture
from autograder.reading.words import one_line
from autograder.sandbox import Limits, Sandbox


class SubmissionExporter(NotebookExporter):  # type: ignore[misc]
    """nbgrader's reader, for files that `autograder grade` would read: others are refused before they take memory."""

    def from_file(self, file_stream: Any, resources: Any = None, **more: Any) -> tuple[Any, Any]:
        with Path(file_stream.name).open("rb") as file:
            data = file.read(FILE_BYTES + 1)
        read_submission(data)
        text = without_outputs(decoded(data))
        return super().from_file(io.StringIO(text), resources, **more)


class RestoreSubmission(NbGraderPreprocessor):
    """Graded cells as the gradebook keeps them, whatever the submission says of them."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        about = resources["nbgrader"]
        self._withhold(about["student"], about["assignment"])
        source = read_source(about["db_url"], about["assignment"])[about["notebook"]]
        restored = restore({"cells": [dict(cell) for cell in nb.cells]}, source)
        for remark in restored.remarks:
            self.log.warning("%s: %s", one_line(about["student"]), one_line(remark))
        return restored.notebook, resources

    def _withhold(self, student: str, assignment: str) -> None:
        """Whatever nbgrader has copied beside the submission by now, the course's answers do not stay there."""
        directory = CourseDirectory(parent=self)
        graded = directory.format_path(directory.autograded_directory, student, assignment)
        withhold(Path(graded), Path(directory.format_path(directory.source_directory, ".", assignment)))


def _trait(limit: Field[Any]) -> Any:
    kind: Any = Int if isinstance(limit.default, int) else Float
    return kind(limit.default, help=f"What a submission may use: {limit.metadata['meaning']}").tag(config=True)


# Every limit is a setting of its own: c.JudgeInSandbox.cell_seconds, and --JudgeInSandbox.cell_seconds in a command.
_Limited: Any = type("_Limited", (NbGraderPreprocessor,), {limit.name: _trait(limit) for limit in fields(Limits)})


class JudgeInSandbox(_Limited):
    """Runs a submission's cells in the sandbox and lets the judge, outside, decide its checks."""

    no_sandbox = Bool(
        False,
        help="Grade with limits only: student code can then read and write whatever you can. For code you trust.",
    ).tag(config=True)
    seed_folder = Unicode(
        ".autograder", help="Where, in the course's folder, the secret is kept that seeds are derived from."
    ).tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        about = resources["nbgrader"]
        source = read_source(about["db_url"], about["assignment"])[about["notebook"]]
        directory = CourseDirectory(parent=self)
        folder = Path(directory.format_path(directory.submitted_directory, about["student"], about["assignment"]))
        limits = self.limits()
        digest = digest_of(folder, limits.file_bytes, limits.disk_bytes)
        seed = seed_of(secret_of(Path.cwd() / self.seed_folder), about["assignment"], digest)
        isolation = "process" if self.no_sandbox else "bubblewrap"
        with Sandbox(limits, isolation) as sandbox:
            graded = grade_notebook(nb, source, sandbox, seed, folder if folder.is_dir() else None)
        for trouble in graded.troubles:
            self.log.warning("%s: %s", one_line(about["student"]), trouble)
        _leave_pictures(
            Path(directory.format_path(directory.autograded_directory, about["student"], about["assignment"]))
        )
        if graded.unjudged:  # nbgrader takes the submission back and goes on with the others
            raise RuntimeError(f"{one_line(about['student'])} stays open: {'; '.join(graded.unjudged.values())}")
        return graded.notebook, resources

    def limits(self) -> Limits:
        """What one submission may use. Raises `ValueError` for a limit that is not positive."""
        return Limits(**{limit.name: getattr(self, limit.name) for limit in fields(Limits)})


def _leave_pictures(folder: Path) -> None:
    """Of the files nbgrader has copied, notebooks, pictures, and what its exchange needs stay where they are opened."""
    for path in files_below(folder):
        if path.suffix != ".ipynb" and path.name not in (TIMESTAMP, SECRET) and not is_picture(path):
            path.unlink()


def settings(config: Config) -> JudgeInSandbox:
    """The stage as a course's configuration sets it. Raises `CourseProblem` for a setting that cannot be."""
    known = set(JudgeInSandbox.class_trait_names(config=True))
    for name in config.JudgeInSandbox:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]}?" if near else f": there are {', '.join(sorted(known))}"
            raise CourseProblem(f"nbgrader_config.py sets c.JudgeInSandbox.{name}, which does not exist{meant}")
    try:
        stage = JudgeInSandbox(config=config)
        stage.limits()
    except (TraitError, ValueError) as error:
        raise CourseProblem(f"nbgrader_config.py sets a limit that cannot be: {error}") from None
    return stage


def configure(config: Config) -> None:
    """Put the stages into nbgrader's configuration; `nbgrader_config.py` calls this."""
    sanitize = list(Autograde.sanitize_preprocessors.default_args[0])
    grading = list(Autograde.autograde_preprocessors.default_args[0])
    always_ignored()
    releasing = list(GenerateAssignment.preprocessors.default_args[0])
    config.GenerateAssignment.preprocessors = [RefusePrivateFiles, *releasing]
    config.Autograde.exporter_class = SubmissionExporter
    config.Autograde.sanitize_preprocessors = [RestoreSubmission, *sanitize]
    config.Autograde.autograde_preprocessors = [JudgeInSandbox if stage is Execute else stage for stage in grading]
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
