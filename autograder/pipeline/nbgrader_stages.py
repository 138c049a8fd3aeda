"""The stages that stand in nbgrader's `Autograde` and `GenerateAssignment`: its own command and button are safe.

`SubmissionExporter` reads the file. `RestoreSubmission` comes first of the sanitising stages. `JudgeInSandbox` takes
the place of `Execute`. `RefusePrivateFiles` comes first where a release is made. Loaded when nbgrader comes to them:
`autograder grade` does without.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.exercises import CourseProblem
from autograder.pipeline.course import CourseDirectory
from autograder.pipeline.grading import grade_notebook
from autograder.pipeline.handed_in import SECRET, TIMESTAMP, Work, digest_of, find_work
from autograder.pipeline.private import copies, withhold
from autograder.pipeline.restore import restore
from autograder.pipeline.sandbox_settings import SandboxSettings
from autograder.pipeline.seeds import secret_of, seed_of
from autograder.pipeline.source import read_source
from autograder.reading.folders import files_below
from autograder.reading.notebook_file import FILE_BYTES, decoded, read_submission, without_outputs
from autograder.reading.pictures import is_picture
from autograder.reading.words import one_line
from autograder.sandbox import Sandbox
from autograder.student.language import shown


class SubmissionExporter(NotebookExporter):  # type: ignore[misc]
    """nbgrader's reader, for files that `autograder grade` would read: others are refused before they take memory."""

    def from_file(self, file_stream: Any, resources: Any = None, **more: Any) -> tuple[Any, Any]:
        with Path(file_stream.name).open("rb") as file:
            data = file.read(FILE_BYTES + 1)
        content = read_submission(data)
        text = without_outputs(decoded(data))
        if not {"metadata", "nbformat", "nbformat_minor"} <= content.keys():  # what nbformat insists on
            text = json.dumps({"metadata": {}, "nbformat": 4, "nbformat_minor": 5, **content})
        return super().from_file(io.StringIO(text), resources, **more)


class RestoreSubmission(NbGraderPreprocessor):
    """Graded cells as the gradebook keeps them, whatever the submission says of them."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        about = resources["nbgrader"]
        self._withhold(about["student"], about["assignment"])
        directory = CourseDirectory(parent=self)
        release, submitted = (
            Path(directory.format_path(where, who, about["assignment"]))
            for where, who in ((directory.release_directory, "."), (directory.submitted_directory, about["student"]))
        )
        sources = read_source(about["db_url"], about["assignment"], release=release)
        source = sources[about["notebook"]]
        work = find_work(submitted, source, frozenset(sources)) if submitted.is_dir() else Work()
        if work.problem is not None:  # nbgrader goes on with the others
            raise RuntimeError(f"{one_line(about['student'])} stays open: {one_line(shown(work.problem))}")
        restored = restore(work.content or {"cells": [dict(cell) for cell in nb.cells]}, source)
        for remark in [*work.remarks, *restored.remarks]:
            self.log.warning("%s: %s", one_line(about["student"]), one_line(remark))
        return restored.notebook, resources

    def _withhold(self, student: str, assignment: str) -> None:
        """Whatever nbgrader has copied beside the submission by now, the course's answers do not stay there."""
        directory = CourseDirectory(parent=self)
        graded = directory.format_path(directory.autograded_directory, student, assignment)
        withhold(Path(graded), Path(directory.format_path(directory.source_directory, ".", assignment)))


class JudgeInSandbox(NbGraderPreprocessor, SandboxSettings):
    """Runs a submission's cells in the sandbox and lets the judge, outside, decide its checks."""

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


def _leave_pictures(folder: Path) -> None:
    """Of the files nbgrader has copied, notebooks, pictures, and what its exchange needs stay where they are opened."""
    for path in files_below(folder):
        if path.suffix != ".ipynb" and path.name not in (TIMESTAMP, SECRET) and not is_picture(path):
            path.unlink()


class RefusePrivateFiles(NbGraderPreprocessor):
    """Stops a release that would hold private files; nbgrader then takes the release away again."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        directory = CourseDirectory(parent=self)
        about = resources["nbgrader"]
        place = (about["student"], about["assignment"])
        source = Path(directory.format_path(directory.source_directory, *place))
        release = Path(directory.format_path(directory.release_directory, *place))
        found = [path.name for path in copies(release, source)]
        if found:
            raise CourseProblem(
                f"the release of {about['assignment']!r} would hold {', '.join(sorted(found))}, which are not for "
                'students: add "*.py" to c.CourseDirectory.ignore in nbgrader_config.py'
            )
        return nb, resources
