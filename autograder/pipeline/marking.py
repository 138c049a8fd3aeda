"""The mark scheme on the page where a person marks: from the solutions, and in no file that travels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_markdown_cell
from nbgrader.coursedir import CourseDirectory

from autograder.pipeline.feedback import read_schemes

HEADING = "Mark scheme, from your solutions"


class ShowMarkScheme(Preprocessor):  # type: ignore[misc]
    """Puts the mark scheme of a written answer below it, on formgrader's page alone.

    A task cell has its scheme in its text, as nbgrader keeps it in the gradebook.
    """

    enabled = True

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        if "submission_id" not in resources or "assignment_id" not in resources:  # another page than a marker's
            return nb, resources
        directory = CourseDirectory(parent=self)
        folder = Path(directory.format_path(directory.source_directory, ".", resources["assignment_id"]))
        schemes = read_schemes(folder).get(resources.get("notebook_id", ""), {})
        cells = []
        for cell in nb.cells:
            cells.append(cell)
            about = cell.metadata.get("nbgrader", {})
            if about.get("grade") and about.get("solution") and (scheme := schemes.get(about.get("grade_id"))):
                cells.append(new_markdown_cell(f"**{HEADING}**\n\n{scheme}"))
        nb.cells = cells
        return nb, resources
