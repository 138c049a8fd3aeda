"""What stands in nbgrader's `GenerateFeedback`: its command, and formgrader's button, make our pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters.exporter import Exporter
from traitlets import Bool, default

from autograder.exercises import CourseProblem, find_course
from autograder.exercises.course_words import speak_for
from autograder.feedback.writing import harmless_files, made, tidy
from autograder.pipeline.feedback import read_marks, read_schemes


class FeedbackExporter(Exporter):  # type: ignore[misc]
    """A graded notebook as the page its student gets back."""

    show_mark_scheme = Bool(True, help="Show the mark scheme of an answer that a person has marked.").tag(config=True)

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_filename(self, filename: str, resources: Any = None, **more: Any) -> tuple[Any, Any]:
        about = resources["nbgrader"]
        name, student, assignment = about["notebook"], about["student"], about["assignment"]
        converter: Any = self.parent
        directory = converter.coursedir
        marks = read_marks(about["db_url"], assignment, student)
        if name not in marks.get(student, {}):
            raise CourseProblem(f"the gradebook has no {name} of {student}: autograder grade {assignment}")
        speak_for(find_course(above=Path(directory.root)))
        schemes = read_schemes(Path(directory.format_path(directory.source_directory, ".", assignment)))
        told = schemes.get(name, {}) if self.show_mark_scheme else {}
        text = made(Path(filename), student, marks[student][name], told)
        folder = Path(filename).parent
        # nbgrader has copied every file of the submission there; a page of the student's own is no feedback.
        wanted = {relative for _, relative in harmless_files(folder)} | {
            f"{path.stem}.html" for path in folder.glob("*.ipynb")
        }
        tidy(Path(directory.format_path(directory.feedback_directory, student, assignment)), wanted)
        return text or "", {**resources, "output_extension": ".html", "outputs": {}}
