"""Notebooks, check data and package of different versions are told apart, once and in a sentence."""

import json
import shutil
import warnings

import pytest

from autograder.exercises import the_course, using_course
from autograder.exercises.versions import (
    ABOUT,
    changed_since_given_out,
    note_given_out,
    out_of_date,
    warn_of_versions,
    write_about,
)
from autograder.publish.own_course import EXAMPLE, init_course
from autograder.publish.student import releases, start


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "course"
    init_course(folder)
    with using_course(folder):
        yield folder


def told(folder):
    warn_of_versions.cache_clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_versions(folder)
        warn_of_versions(folder)
    return [str(warning.message) for warning in caught]


def test_notebooks_of_this_version_are_nothing_to_tell(course, tmp_path):
    start(tmp_path / "mine", say=lambda words: None)
    assert told(tmp_path / "mine" / EXAMPLE) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda about: about | {"version": "0.0.1"}, "came with version 0.0.1 of the course, and"),
        (lambda about: about | {"exercises": {EXAMPLE: "x"}}, f"the exercises of {EXAMPLE} are not those"),
    ],
)
def test_notebooks_of_another_version_are_told_once(course, tmp_path, change, says):
    start(tmp_path / "mine", say=lambda words: None)
    note = tmp_path / "mine" / ABOUT
    note.write_text(json.dumps(change(json.loads(note.read_text()))))
    (words,) = told(tmp_path / "mine" / EXAMPLE)
    assert says in words


def test_a_note_that_is_none_is_nobodys_business(course, tmp_path):
    for content in ("{", "[]", '{"version": 3}'):
        (tmp_path / ABOUT).write_text(content)
        assert told(tmp_path) == []


def test_exercises_changed_since_students_got_theirs(course):
    note_given_out(course, the_course(), [EXAMPLE])
    assert changed_since_given_out(course, the_course(), EXAMPLE) is None
    path = course / "solutions" / EXAMPLE / "exercises.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert changed_since_given_out(course, the_course(), EXAMPLE) is None  # the same, on Windows
    path.write_text(path.read_text(encoding="utf-8").replace("points=2", "points=3"), encoding="utf-8")
    assert "have changed since students got theirs" in changed_since_given_out(course, the_course(), EXAMPLE)


def test_releases_are_never_the_solved_notebooks(course, tmp_path):
    for path in releases(the_course()).values():
        assert "solutions" not in path.parts
    shutil.rmtree(course / "notebooks")
    with pytest.raises(RuntimeError, match="autograder notebooks"):
        start(tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_what_is_written_is_what_is_read(course, tmp_path):
    write_about(the_course(), tmp_path)
    assert out_of_date(json.loads((tmp_path / ABOUT).read_text()), the_course()) is None
