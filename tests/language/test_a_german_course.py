"""A course in German, from `autograder init` to the pages its students get; the same points as in English."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import need_program

from autograder.pipeline.demo import nbgrader
from autograder.student.language import engine_table, placeholders, read_table

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "07_fully_connected"
FORGETS = "def fc_forward(x, W, b):\n    return x @ W.T\n"


def run(course, *arguments, status=0):
    environment = {k: v for k, v in os.environ.items() if k not in ("AUTOGRADER_COURSE", "AUTOGRADER_LANGUAGE")}
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    assert done.returncode == status, (arguments, done.stderr[-2000:], done.stdout[-2000:])
    return done.stdout


def hand_in(course):
    """Ada hands in the solution; Boris forgets the bias and leaves the rest as it was."""
    solved = json.loads((course / "solutions" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    release = json.loads((course / "notebooks" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    for cell in release["cells"]:
        if cell["cell_type"] == "code" and "def fc_forward" in "".join(cell["source"]):
            cell["source"] = FORGETS
    for student, notebook in (("ada", solved), ("boris", release)):
        folder = course / "submitted" / student / NAME
        folder.mkdir(parents=True)
        (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    unreadable = course / "submitted" / "milo" / NAME / f"{NAME}.ipynb"
    unreadable.parent.mkdir(parents=True)
    unreadable.write_bytes(b"%PDF-1.4")


def english_in(page):
    """The English texts that stand on a page in place of their German; the notebook itself is in English."""
    made = BeautifulSoup(page, "html.parser")
    for own in made.select(".task, .yours, .written, pre, h1, h2, a"):
        own.decompose()
    seen = made.get_text(" ")
    table = {**engine_table("de"), **read_table(REPOSITORY / "solutions" / NAME / "words.de.toml")}
    fixed = (text for text, german in table.items() if german != text and len(text) > 8 and not placeholders(text))
    return [text for text in fixed if text in seen]


def graded(course, language):
    """The points of the class, and Boris's page, in a language."""
    (course / "solutions" / "course.toml").write_text(f'language = "{language}"\n', encoding="utf-8")
    told = run(course, "autograder.cli", "grade", NAME, "--feedback", "--jobs", "1", status=1)
    run(course, "autograder.cli", "export", NAME, "--per-question", "--output", "points.csv")
    page = (course / "feedback" / "boris" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    return (course / "points.csv").read_text(encoding="utf-8"), page, told


@pytest.mark.slow
def test_a_course_in_german_gives_german_pages_and_the_same_points(tmp_path):
    need_program("bwrap", "bubblewrap")
    course = tmp_path / "course"
    run(tmp_path, "autograder.cli", "init", str(course), "--with-course", str(REPOSITORY), "--assignment", NAME)
    shutil.rmtree(course / "notebooks", ignore_errors=True)
    nbgrader(course, "generate_assignment", NAME)
    assert not list((course / "notebooks").rglob("*.toml")), "tables are of no use in a release"
    hand_in(course)
    german, page, _ = graded(course, "de")
    assert '<html lang="de">' in page and "Rückmeldung für boris" in page
    assert "Bias vergessen" in page and "bias forgotten" not in page
    assert "Was ergibt die Schicht für eine Eingabe aus Nullen?" in page
    for english in ("Your points", "What to mend first", "Looks like", "right values", "is not filled in yet", "Hint."):
        assert english not in page
    assert "yours  " not in page and "von dir  " in page, "look() speaks German in the sandbox"
    assert english_in(page) == []
    unread = (course / "feedback" / "milo" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "ließ sich nicht lesen" in unread and "kein gültiges JSON" in unread and "nicht bewertet" in unread
    assert english_in(unread) == []
    english, page, told = graded(course, "en")
    assert len(english_in(page)) > 5
    assert "bias forgotten" in page and "Bias vergessen" not in page and '<html lang="en">' in page
    assert english == german, "not a point depends on the language"
    assert "the language of what is said" in told


def test_check_names_a_language_that_has_no_table(tmp_path):
    notebook = REPOSITORY / "notebooks" / NAME / f"{NAME}.ipynb"
    command = [sys.executable, "-m", "autograder.cli", "check", str(notebook)]
    environment = os.environ | {"AUTOGRADER_LANGUAGE": "dee"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "there is no table of texts for 'dee'" in done.stderr
    assert "Traceback" not in done.stderr
