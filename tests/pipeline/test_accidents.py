"""What goes wrong around a grading costs one submission at most, and is told in words that help."""

import json
import os
import re
import shutil
import sqlite3
import subprocess

import pytest
from attacks import QUICK, hostile
from bs4 import BeautifulSoup
from chromium import browser
from courses import opens, released

import autograder.pipeline.source as source_module
from autograder.exercises import CourseProblem
from autograder.pipeline.cluster import read_files
from autograder.pipeline.course import open_course
from autograder.pipeline.demo import nbgrader
from autograder.pipeline.feedback import write_feedback
from autograder.pipeline.grade import grade_assignment
from autograder.pipeline.seeds import secret_of, seed_of

NAME = "03_circuits_and_gates"
STUDENTS = ["ada", "ben", "cleo"]


@pytest.fixture
def course(tmp_path):
    _, solution = released(tmp_path, NAME)
    for student in STUDENTS:
        folder = tmp_path / "submitted" / student / NAME
        folder.mkdir(parents=True)
        (folder / f"{NAME}.ipynb").write_text(json.dumps(solution))
    return open_course(tmp_path)


def grade(course):
    # Trusted answers: what is tested here lies outside the sandbox.
    return {r.student: r for r in grade_assignment(course, NAME, jobs=1, sandboxed=False)}


def html_text(page):
    return BeautifulSoup(page, "html.parser").get_text()


def database(course):
    return sqlite3.connect(course.root / "gradebook.db", isolation_level=None)


def test_a_row_the_gradebook_refuses_costs_only_its_student(course):
    with database(course) as connection:
        connection.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON submitted_assignment WHEN NEW.student_id = 'ben' "
            "BEGIN SELECT RAISE(ABORT, 'no room for ben'); END"
        )
    results = grade(course)
    assert "no room for ben" in results["ben"].open[-1]
    assert results["ada"].score == results["cleo"].score > 0
    with database(course) as connection:
        connection.execute("DROP TRIGGER refuse")
    again = grade(course)
    assert again["ada"].skipped and again["cleo"].skipped and not again["ben"].skipped
    assert again["ben"].score == results["ada"].score and not again["ben"].open


@pytest.mark.slow
def test_a_gradebook_in_use_is_said_so_and_nothing_is_lost(course, monkeypatch):
    monkeypatch.setattr(source_module, "PATIENCE_SECONDS", 1)
    busy = database(course)
    busy.execute("BEGIN IMMEDIATE")
    with pytest.raises(CourseProblem, match=r"gradebook cannot be written: .*locked.*the same command again"):
        grade(course)
    busy.execute("ROLLBACK")
    busy.close()
    assert all(r.score > 0 and not r.troubles for r in grade(course).values())


@pytest.mark.slow
def test_two_gradings_of_an_assignment_do_not_mix(course):
    refused = []

    def start_another(done, total, result):
        if not refused:
            with pytest.raises(CourseProblem) as problem:
                grade(course)
            refused.append(str(problem.value))

    grade_assignment(course, NAME, jobs=1, sandboxed=False, progress=start_another)
    assert "being graded already" in refused[0]
    assert all(r.skipped for r in grade(course).values())


def test_a_file_that_cannot_be_copied_costs_no_points(course):
    folder = course.root / "submitted" / "ben" / NAME
    deep = folder
    while len(str(deep)) < 4094 - 202:
        deep /= "d" * 200
    deep.mkdir(parents=True)
    name = "x" * (4094 - len(str(deep)) - 5) + ".png"  # as long as a path can be: where it is copied to is longer
    (deep / name).write_bytes(b"\x89PNG\r\n\x1a\n")
    results = grade(course)
    assert results["ben"].score == results["ada"].score and not results["ben"].open
    assert any("could not be copied" in remark for remark in results["ben"].remarks)


@pytest.mark.slow
def test_what_a_killed_grading_left_in_the_way_is_cleared(course):
    for what in ("making", "old", "making-abcd1234"):
        stale = course.root / "autograded" / "ada" / f".{what}-{NAME}"
        stale.mkdir(parents=True)
        (stale / "half.ipynb").write_text("{")
    (course.root / "autograded" / "ada" / NAME).write_text("a file where a folder belongs")
    grade(course)
    assert [path.name for path in (course.root / "autograded" / "ada").iterdir()] == [NAME]


def test_a_secret_is_kept_and_a_damaged_one_is_named(course, monkeypatch):
    folder = course.root / ".autograder"
    drawn = secret_of(folder)
    assert secret_of(folder) == drawn and len(drawn) == 32
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError("no hard links here")))
    assert secret_of(folder / "another") == secret_of(folder / "another") != drawn
    (folder / "seeds.secret").write_text("")
    with pytest.raises(CourseProblem, match=r"seeds\.secret should hold the secret.*graded again"):
        grade(course)


def test_a_seed_is_its_submissions_own():
    secret = bytes(range(32))
    seeds = {seed_of(secret, name, digest) for name in ("a", "b") for digest in ("x", "y")}
    assert len(seeds) == 4 and all(0 <= seed < 2**63 for seed in seeds)
    assert seed_of(secret, "a", "x") in seeds and seed_of(bytes(32), "a", "x") not in seeds


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("cell_second = 5", "cell_second, which does not exist; did you mean cell_seconds?"),
        ("limits = {}", "c.JudgeInSandbox.limits, which does not exist: there are call_seconds"),
        ("cell_seconds = -1", "Limits.cell_seconds must be a positive number"),
        ("memory_bytes = '1 GB'", "'memory_bytes' trait"),
    ],
)
def test_a_limit_that_cannot_be_is_named_before_anything_is_graded(course, setting, words):
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(f"c.JudgeInSandbox.{setting}\n")
    with pytest.raises(CourseProblem, match=re.escape(words)):
        grade(open_course(course.root))
    assert not (course.root / "autograded").exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("c.Course(", "do not run: SyntaxError"),
        ("import no_such_module", "do not run: ModuleNotFoundError"),
        ("c.CourseDirectory.db_url = 'nonsense'", "the gradebook nonsense cannot be read"),
        ("c.CourseDirectory.db_url = 'sqlite:////nowhere/gradebook.db'", "there is no gradebook /nowhere/gradebook.db"),
        ("c.CourseDirectory.db_url = 'postgresql+pg8000://a:secret@localhost:1/x'", "needs pg8000"),
        ("c.CourseDirectory.db_url = 'postgresql+psycopg://a:secret@localhost:1/x'", "a:***@localhost:1/x cannot be"),
    ],
)
def test_settings_that_do_not_work_are_one_line_and_no_secret(course, line, words):
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(CourseProblem, match=re.escape(words)) as caught:
        grade(open_course(course.root))
    assert "\n" not in str(caught.value) and "secret" not in str(caught.value)


def test_each_limit_is_a_setting_that_holds_and_is_named(course):
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("c.JudgeInSandbox.cell_seconds = 1.5\nc.JudgeInSandbox.notebook_seconds = 2.0\n")
    path = course.root / "submitted" / "ben" / NAME / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text())
    loop = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": "while True: pass"}
    notebook["cells"] += [{**loop, "id": "a"}, {**loop, "id": "b"}]
    path.write_text(json.dumps(notebook))
    results = grade(open_course(course.root))
    first, second = results["ben"].troubles
    assert "stopped after 1.5 seconds, the limit for one cell (cell_seconds)" in first
    assert "the last of the 2 for all cells together (notebook_seconds)" in second
    assert results["ben"].score == results["ada"].score


@pytest.fixture
def deep_course(course):
    yield course
    subprocess.run(["rm", "-rf", course.root / "submitted" / "ben"], check=True)  # too deep for Python's own cleaning


@pytest.mark.parametrize("content", ["0001-01-01 00:00:00 +1400", None])
def test_a_time_that_is_none_costs_nothing(course, content):
    path = course.root / "submitted" / "ben" / NAME / "timestamp.txt"
    if content is None:
        with path.open("wb") as file:
            file.truncate(2**42)
    else:
        path.write_text(content)
    assert grade(course)["ben"].score == 11.0


def test_nbgraders_own_command_refuses_a_bomb_before_it_goes_off(course):
    """Nor does it stop at it: the others are graded. What the other command leaves open stays open here."""
    submitted = course.root / "submitted"
    (submitted / "ben" / NAME / f"{NAME}.ipynb").write_bytes(b'{"cells": [' + b"[]," * 2_000_000 + b"[]]}")
    path = submitted / "cleo" / NAME / f"{NAME}.ipynb"
    path.write_text(json.dumps({"cells": json.loads(path.read_text())["cells"]}))
    shutil.copytree(course.root / "notebooks" / NAME, submitted / "dora" / NAME)
    (submitted / "dora" / NAME / "answers.pdf").write_bytes(b"%PDF-1.4")
    done = nbgrader(course.root, "autograde", NAME, check=False)
    assert "more than 2,000,000 values" in done.stderr
    assert "dora stays open: " in done.stderr and "as it was given out; there is answers.pdf" in done.stderr
    graded = {folder.name for folder in (course.root / "autograded").iterdir() if any(folder.rglob("*.ipynb"))}
    assert graded == {"ada", "cleo"}


def test_files_of_holes_are_not_filled(course):
    """Files that are nothing on the student's disk, and gigabytes wherever they are read or copied."""
    folder = course.root / "submitted" / "ben" / NAME
    for number in range(20):
        with (folder / f"hole{number}").open("wb") as file:
            file.truncate(60 * 2**20)
    results = grade(course)
    assert results["ben"].score == results["ada"].score > 0 and results["ben"].seconds < 30
    copied = course.root / "autograded" / "ben" / NAME
    assert [path.name for path in copied.iterdir()] == [f"{NAME}.ipynb"]
    taken = read_files(folder)
    assert f"{NAME}.ipynb" in taken and sum(map(len, taken.values())) <= 256 * 2**20
    assert all(r.skipped for r in grade(course).values())


def test_a_bomb_costs_nobody_else_anything(deep_course):
    """A thousand folders in one another, a file that is all hole, an expression too deep to parse, a forged line."""
    course = deep_course
    deep = course.root / "submitted" / "ben" / NAME
    for _ in range(1200):
        deep = deep / "d"
        deep.mkdir()
    path = course.root / "submitted" / "cleo" / NAME
    with (path / "hole.bin").open("wb") as file:
        file.truncate(2**40)
    notebook = json.loads((path / f"{NAME}.ipynb").read_text())
    extra = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    notebook["cells"] += [{**extra, "source": "1" + "+1" * 20_000}]
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("locked"):
            cell["cell_type"] = "\x1b[2J\nada (03): 0 points"
    (path / f"{NAME}.ipynb").write_text(json.dumps(notebook))
    results = grade(course)
    assert results["ada"].score == results["ben"].score == results["cleo"].score > 0
    assert any("had become" in words for words in results["cleo"].remarks)
    assert read_files(course.root / "submitted" / "ben" / NAME)[f"{NAME}.ipynb"]
    for words in results["cleo"].troubles + results["cleo"].remarks:
        assert words.isprintable()


@pytest.fixture(scope="module")
def bombed(tmp_path_factory):
    """A class in which everybody solved everything, and most added a bomb; graded, with feedback."""
    folder = tmp_path_factory.mktemp("bombs")
    _, solution = released(folder, NAME)
    for student, bomb in {**{bomb.replace(" ", "-"): bomb for bomb in QUICK}, "honest": None}.items():
        path = folder / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        content = hostile(bomb, solution, 9) if bomb else solution
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    course = open_course(folder)
    return course, grade(course), write_feedback(course, NAME)


@pytest.mark.parametrize("bomb", QUICK)
def test_a_bomb_in_a_notebook_is_over_soon_and_costs_no_points(bombed, bomb):
    _, results, (written, failed, *_) = bombed
    result = results[bomb.replace(" ", "-")]
    assert result.seconds < 30
    if bomb == "small objects without end":  # in place of the notebook
        assert result.score == 0.0 and "more than 2,000,000 values" in result.open[0]
    else:
        assert result.score == results["honest"].score == 11.0
    told = (*result.open, *result.troubles, *result.remarks)
    assert all(words.isprintable() and len(words) < 1100 for words in told)
    assert len(written) == len(results) and not failed


def test_what_was_left_out_of_a_notebook_is_said_to_student_and_instructor(bombed):
    course, results, _ = bombed
    for student, words in {
        "two-hundred-thousand-lines": "with 800,000 characters it is longer than the 100,000 that are read",
        "markdown-brackets": "the cells together are longer than the 300,000 characters that are read",
    }.items():
        assert any(words in remark for remark in results[student].remarks)
        page = (course.root / "feedback" / student / NAME / f"{NAME}.html").read_text()
        assert f"This cell was left out: {words}" in html_text(page)


@pytest.mark.browser
def test_a_page_of_feedback_runs_nothing_and_asks_for_nothing(bombed, chromium):
    course = bombed[0]
    with browser(chromium) as opened:
        opens(opened, course.root / "feedback" / "what-a-page-could-run" / NAME / f"{NAME}.html")
