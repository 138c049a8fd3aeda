"""nbgrader's formgrader, in a real Jupyter server and a real browser: its buttons go through the sandbox."""

import json

import nbformat
import pytest
from conftest import BROWSER_OPTIONS, need_program
from courses import released
from jupyter import jupyter_lab
from nbgrader.api import Gradebook

from autograder.pipeline.course import open_course
from autograder.pipeline.grade import grade_assignment

NAME = "03_circuits_and_gates"
SECRET = "canary-in-the-server's-environment"
SPY = """
import os, pathlib
print("seen:", os.environ.get("A_SECRET"), pathlib.Path("{gradebook}").exists())
open("{gradebook}", "wb").write(b"gone")
"""
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("formgrader")]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    need_program("bwrap", "bubblewrap")
    folder = tmp_path_factory.mktemp("formgrader")
    _, solution = released(folder, NAME)
    for student in ("ada", "spy"):
        notebook = json.loads(json.dumps(solution))
        if student == "spy":
            spying = nbformat.v4.new_code_cell(SPY.format(gradebook=folder / "gradebook.db"), id="spying")
            notebook["cells"].insert(1, spying)
            for text in ("![far](http://127.0.0.1:9/far.png) seen", "![lost](attachment:none.png)"):
                notebook["cells"].append(nbformat.v4.new_markdown_cell(text))
        path = folder / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook))
    return folder


@pytest.fixture(scope="module")
def server(course, tmp_path_factory):
    """The address of a Jupyter server in the course's folder."""
    with jupyter_lab(course, tmp_path_factory.mktemp("home"), A_SECRET=SECRET) as address:
        yield address


@pytest.fixture(scope="module")
def page(server):
    from playwright.sync_api import sync_playwright

    program = need_program("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=BROWSER_OPTIONS)
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def press(page, server, student, button):
    """One of the buttons in a student's row, and what formgrader says when it is done."""
    page.goto(f"{server}/formgrader/manage_submissions/{NAME}")
    page.locator("#main-table tr", has_text=student).locator(f"td.{button} a").click()
    words = page.locator(".modal-dialog:visible .modal-body").first
    words.wait_for()
    said = words.inner_text()
    page.goto("about:blank")
    return said


def score_of(course, student):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return gradebook.find_submission(NAME, student).score


def test_the_autograde_button_judges_in_the_sandbox(course, server, page):
    for student in ("ada", "spy"):
        assert "success" in press(page, server, student, "autograde").lower()
        assert score_of(course, student) == 11.0
        graded = course / "autograded" / student / NAME / f"{NAME}.ipynb"
        notebook = nbformat.read(graded, 4)
        verdicts = [cell.metadata.autograder for cell in notebook.cells if "autograder" in cell.metadata]
        assert verdicts and all(verdict["passed"] for verdict in verdicts)
        assert SECRET not in graded.read_text()
        if student == "spy":
            assert "seen: None False" in graded.read_text()


def test_a_students_text_is_shown_to_a_marker_and_loads_nothing(course, server, page):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        identity = gradebook.find_submission(NAME, "spy").notebooks[0].id
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server}/formgrader/submissions/{identity}/?index=0")
    page.get_by_text("Shown as it was typed: missing attachment: none.png").wait_for()
    assert page.get_by_alt_text("far").count() == 1
    assert asked and not any(url.startswith("http://127.0.0.1:9/") for url in asked)


def test_marks_given_in_formgrader_survive_grading_again(course, server, page):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        identity = gradebook.find_submission(NAME, "ada").notebooks[0].id
    page.goto(f"{server}/formgrader/submissions/{identity}/?index=0")
    page.get_by_text("all points").first.wait_for()  # the verdicts are part of what a marker sees
    page.get_by_text("Mark scheme, from your solutions").wait_for()
    score = page.locator("input.score").last
    score.fill("1.5")
    score.press("Tab")
    page.locator("textarea.comment").last.fill("Say why the gradients add up.")
    page.locator("textarea.comment").last.press("Tab")
    page.wait_for_load_state("networkidle")
    assert score_of(course, "ada") == 12.5
    grade_assignment(open_course(course), NAME, student="ada", jobs=1, force=True)
    assert score_of(course, "ada") == 12.5


def test_the_feedback_button_tells_verdicts_and_comments(course, server, page):
    assert "success" in press(page, server, "ada", "generate-feedback").lower()
    (told,) = (course / "feedback" / "ada" / NAME).glob("*.html")
    text = told.read_text(encoding="utf-8")
    assert "all points" in text and "Say why the gradients add up." in text
