"""A solution is edited as text or in JupyterLab, and neither is lost."""

import os
import time

import nbformat
import pytest

from autograder.exercises import using_course
from autograder.publish.notebooks import main, out_of_step
from autograder.publish.own_course import EXAMPLE, init_course


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "course"
    init_course(folder)
    with using_course(folder):
        yield folder


def files(course):
    text = course / "solutions" / EXAMPLE / f"{EXAMPLE}.py"
    return text, text.with_suffix(".ipynb")


def edit(path, older):
    """Say something else in a notebook, later than its text was written."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = notebook.cells[0].source.replace("An example", "Another title")
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="ran")]
    nbformat.write(notebook, path)
    later = older.stat().st_mtime + 5
    os.utime(path, (later, later))


def test_a_notebook_edited_after_its_text_is_shown_and_left(course, capsys):
    text, notebook = files(course)
    edit(notebook, text)
    kept, release = notebook.read_bytes(), (course / "notebooks" / EXAMPLE / f"{EXAMPLE}.ipynb").read_bytes()
    assert main(["--root", str(course)]) == 1
    told = capsys.readouterr()
    assert "-# # An example" in told.out and "+# # Another title" in told.out and "ran" not in told.out
    assert f"autograder notebooks --take {EXAMPLE}" in told.err and "--force" in told.err
    assert notebook.read_bytes() == kept
    assert (course / "notebooks" / EXAMPLE / f"{EXAMPLE}.ipynb").read_bytes() == release


def test_what_was_edited_can_be_taken_over(course):
    text, notebook = files(course)
    before = text.read_text(encoding="utf-8")
    edit(notebook, text)
    assert main(["--root", str(course), "--take"]) == 0
    assert text.read_text(encoding="utf-8") == before.replace("An example", "Another title")
    assert out_of_step(course, EXAMPLE) == []
    assert "Another title" in (course / "notebooks" / EXAMPLE / f"{EXAMPLE}.ipynb").read_text(encoding="utf-8")


def test_or_be_lost_on_purpose(course):
    text, notebook = files(course)
    edit(notebook, text)
    assert main(["--root", str(course), "--force"]) == 0
    assert "Another title" not in notebook.read_text(encoding="utf-8") and out_of_step(course, EXAMPLE) == []


def test_a_notebook_that_was_only_run_is_written_anew(course):
    text, notebook = files(course)
    executed = nbformat.read(notebook, as_version=4)
    executed.cells[1].outputs = [nbformat.v4.new_output("stream", text="ran")]
    nbformat.write(executed, notebook)
    os.utime(notebook, (time.time() + 5,) * 2)
    assert main(["--root", str(course)]) == 0
    assert "ran" not in notebook.read_text(encoding="utf-8")


def test_a_newer_file_that_is_no_notebook_is_left(course, capsys):
    text, notebook = files(course)
    notebook.write_text("{")
    os.utime(notebook, (text.stat().st_mtime + 5,) * 2)
    assert main(["--root", str(course)]) == 1
    assert "cannot be read as a notebook" in capsys.readouterr().err and notebook.read_text() == "{"


def test_jupyterlab_saves_both(course):
    """What JupyterLab does when the notebook is saved, through jupytext's own contents manager."""
    from jupyter_server.services.contents.largefilemanager import LargeFileManager
    from jupytext.sync_contentsmanager import build_sync_jupytext_contents_manager_class

    text, notebook = files(course)
    manager = build_sync_jupytext_contents_manager_class(LargeFileManager)()
    manager.root_dir = str(course)
    where = notebook.relative_to(course).as_posix()
    model = manager.get(where)
    model["content"]["cells"][0]["source"] = "# Saved in JupyterLab"
    manager.save({"type": "notebook", "content": model["content"]}, where)
    assert "# # Saved in JupyterLab" in text.read_text(encoding="utf-8")
    assert main(["--root", str(course)]) == 0
    assert "Saved in JupyterLab" in notebook.read_text(encoding="utf-8") and out_of_step(course, EXAMPLE) == []
