"""Small courses for the tests: one assignment, released by nbgrader itself."""

import atexit
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

from autograder.pipeline.demo import nbgrader

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLE = REPOSITORY / "tests" / "sample"


def released(folder, name):
    """Make `folder` a course with the assignment released; its notebook as students get it, and its solution."""
    shutil.copytree(_released_once(name), folder, dirs_exist_ok=True)
    files = (folder / part / name / f"{name}.ipynb" for part in ("notebooks", "solutions"))
    release, solution = (json.loads(path.read_text(encoding="utf-8")) for path in files)
    return release, solution


@cache
def _released_once(name):
    """A release takes seconds, and is the same for every test that starts from it."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(SAMPLE / "solutions" / name, folder / "solutions" / name)
    shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
    nbgrader(folder, "generate_assignment", name)
    return folder


def opens(browser, path):
    """Open a feedback page and use it: nothing runs, and the page asks for nothing."""
    page = browser.new_page()
    asked, dialogs = [], []
    page.route(lambda url: not url.startswith(("file:", "data:")), lambda route: route.abort())
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate("document.querySelectorAll('a:not([href^=http]), button, p').forEach(e => e.click())")
    page.wait_for_timeout(500)
    assert page.title() != "pwned" and not dialogs
    kept = ("data:", path.as_uri())
    elsewhere = [url for url in asked if not url.startswith(kept)]
    assert elsewhere == []
    assert page.url.split("#")[0] == path.as_uri()
    page.close()
