"""Archives as Canvas, Moodle and Gradescope give them out, taken into a course's folder of submissions."""

import shutil
import zipfile
from types import SimpleNamespace

import pytest
from nbgrader.api import Gradebook

from autograder.exercises import CourseProblem
from autograder.pipeline.collect_zip import collect_zip

NAME = "03_circuits_and_gates"
BOOK = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


@pytest.fixture(scope="module")
def students(tmp_path_factory):
    """A gradebook with four students; each test has a copy."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with Gradebook(f"sqlite:///{path}") as gradebook:
        gradebook.add_student(
            "ada", first_name="Ada", last_name="Lovelace", email="ada@uni.example", lms_user_id="1001"
        )
        gradebook.add_student("boris", first_name="Boris", last_name="de Vries", email="boris@uni.example")
        gradebook.add_student("chen1", first_name="Chen", last_name="Li")
        gradebook.add_student("chen2", first_name="Chen", last_name="Li")
        gradebook.add_assignment(NAME)
    return path


@pytest.fixture
def course(tmp_path, students):
    shutil.copy(students, tmp_path / "gradebook.db")
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"

    def folder(step, student, assignment):
        return tmp_path / step / student / assignment

    return SimpleNamespace(root=tmp_path, db_url=url, course_id="", folder=folder)


def archive(course, files):
    path = course.root / "archive.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def handed_in(course, student):
    folder = course.folder("submitted", student, NAME)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_canvas_names_user_upload_and_the_latest_attempt_counts(course):
    files = {
        f"lovelaceada_1001_500_{NAME}.ipynb": b"old",
        f"lovelaceada_LATE_1001_501_{NAME}-1.ipynb": BOOK,
        f"devriesboris_1002_502_{NAME}.ipynb": BOOK,
    }
    collected = collect_zip(course, NAME, archive(course, files))
    assert collected.new == ["ada", "boris"] and not collected.unknown
    assert handed_in(course, "ada") == {f"{NAME}.ipynb": BOOK}


@pytest.mark.parametrize("between", ["/", "_"])
def test_moodle_names_people(course, between):
    files = {
        f"Ada Lovelace_77_assignsubmission_file{between}{NAME}.ipynb": BOOK,
        f"Boris de Vries_78_assignsubmission_file{between}{NAME}.ipynb": BOOK,
        f"__MACOSX/Ada Lovelace_77_assignsubmission_file{between}._{NAME}.ipynb": b"junk",
    }
    collected = collect_zip(course, NAME, archive(course, files))
    assert sorted(collected.new) == ["ada", "boris"]
    assert handed_in(course, "boris") == {f"{NAME}.ipynb": BOOK}


def test_gradescope_brings_a_list_of_submitters_and_times(course):
    listed = (
        "---\nsubmission_1:\n  :submitters:\n  - :name: Ada Lovelace\n    :sid: ada\n    :email: a@b.example\n"
        "  :created_at: 2030-01-30 10:00:00 +0000\nsubmission_2:\n  :submitters:\n  - :name: Somebody\n"
        "    :sid: ''\n    :email: boris@uni.example\n"
    )
    files = {
        "assignment_9_export/submission_metadata.yml": listed,
        f"assignment_9_export/submission_1/{NAME}.ipynb": BOOK,
        "assignment_9_export/submission_1/data/points.csv": b"1,2",
        f"assignment_9_export/submission_2/{NAME}.ipynb": BOOK,
    }
    collected = collect_zip(course, NAME, archive(course, files))
    assert sorted(collected.new) == ["ada", "boris"]
    assert handed_in(course, "ada") == {
        f"{NAME}.ipynb": BOOK, "data/points.csv": b"1,2", "timestamp.txt": b"2030-01-30 10:00:00 +0000",
    }  # fmt: skip


def test_who_is_not_in_the_gradebook_is_named_or_added(course):
    files = {f"Zoe Zimmer_79_assignsubmission_file/{NAME}.ipynb": BOOK}
    path = archive(course, files)
    assert collect_zip(course, NAME, path).unknown == ["Zoe Zimmer"]
    assert collect_zip(course, NAME, path, add_students=True).new == ["Zoe_Zimmer"]
    with Gradebook(course.db_url) as gradebook:
        assert gradebook.find_student("Zoe_Zimmer").last_name == "Zimmer"


def test_a_name_that_two_students_have_decides_nothing(course):
    files = {f"Chen Li_80_assignsubmission_file/{NAME}.ipynb": BOOK}
    assert collect_zip(course, NAME, archive(course, files)).unknown == ["Chen Li"]


def test_a_resubmission_replaces_and_the_earlier_one_is_kept(course):
    name = f"lovelaceada_1001_500_{NAME}.ipynb"
    collect_zip(course, NAME, archive(course, {name: BOOK}))
    assert collect_zip(course, NAME, archive(course, {name: BOOK})).unchanged == ["ada"]
    assert collect_zip(course, NAME, archive(course, {name: BOOK + b" "})).replaced == ["ada"]
    assert handed_in(course, "ada") == {f"{NAME}.ipynb": BOOK + b" "}
    kept = course.root / ".autograder" / "replaced" / NAME / "ada.1" / f"{NAME}.ipynb"
    assert kept.read_bytes() == BOOK


@pytest.mark.parametrize("name", ["../../evil.ipynb", "etc//evil.ipynb", "..\\..\\evil.ipynb", "a/../../../evil.ipynb"])
def test_no_name_leads_out_of_the_folder(course, name):
    before = set(course.root.parent.rglob("evil*"))
    files = {f"Ada Lovelace_77_assignsubmission_file/{name}": BOOK}
    collect_zip(course, NAME, archive(course, files))
    inside = course.folder("submitted", "ada", NAME)
    assert all(path.is_relative_to(inside) for path in set(course.root.parent.rglob("evil*")) - before)


def test_a_damaged_file_of_one_student_costs_nobody_else_anything(course):
    files = {f"lovelaceada_1001_500_{NAME}.ipynb": BOOK * 50, f"devriesboris_1002_502_{NAME}.ipynb": BOOK}
    path = archive(course, files)
    data = bytearray(path.read_bytes())
    data[data.index(BOOK) + 5] ^= 0xFF
    path.write_bytes(data)
    collected = collect_zip(course, NAME, path)
    assert collected.new == ["boris"] and "ada: what was handed in cannot be taken out" in collected.remarks[0]


def test_what_is_no_archive_or_of_no_known_shape_is_refused_by_name(course):
    path = course.root / "archive.zip"
    with pytest.raises(CourseProblem, match=f"there is no file {path}"):
        collect_zip(course, NAME, path)
    path.write_bytes(b"%PDF")
    with pytest.raises(CourseProblem, match="is not a zip archive"):
        collect_zip(course, NAME, path)
    with pytest.raises(CourseProblem, match=r"the shape of no platform known here .* it holds notes\.txt"):
        collect_zip(course, NAME, archive(course, {"notes.txt": "x"}))
    with pytest.raises(CourseProblem, match="there is no platform 'blackboard'"):
        collect_zip(course, NAME, path, platform="blackboard")
