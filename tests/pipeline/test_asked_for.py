"""What instructors ask for: an own course, points per question, extensions, grading as it comes."""

import csv
import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import need_program
from nbgrader.api import Gradebook

from autograder.cli import main
from autograder.exercises import CourseProblem, the_course, using_course
from autograder.exercises.stand_ins import _table
from autograder.pipeline.collect_zip import collect_zip
from autograder.pipeline.course import open_course
from autograder.pipeline.demo import EXAMPLE_CLASS, hand_in, nbgrader
from autograder.pipeline.extensions import extend, extensions
from autograder.pipeline.feedback import write_feedback
from autograder.pipeline.grade import grade_assignment
from autograder.pipeline.times import claimed_time
from autograder.pipeline.watch import watch
from autograder.publish.notebooks import main as notebooks
from autograder.publish.own_course import EXAMPLE, init_course, told_of_stand_ins
from autograder.report.class_report import write_report
from autograder.report.exports import export_grades
from autograder.report.table import left_to_mark, print_results, summary

pytestmark = pytest.mark.xdist_group("asked for")
REPOSITORY = Path(__file__).resolve().parents[2]
DUE = "2030-01-31 12:00 UTC"
TASK = """
# %% [markdown] nbgrader={"grade": false, "grade_id": "drawn", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": true}
# Draw the gate, in cells of your own.
#
# === BEGIN MARK SCHEME ===
# 2 points: both arrows that lead back have a word.
# === END MARK SCHEME ===
"""  # noqa: E501
PEOPLE = [student for student in EXAMPLE_CLASS if student.name in ("ada", "boris", "gus")]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course made by `init`, graded: ada has handed in two days late, boris and gus in time."""
    need_program("bwrap", "bubblewrap")
    folder = tmp_path_factory.mktemp("own") / "course"
    assert init_course(folder) == [EXAMPLE]
    with (folder / "solutions" / EXAMPLE / f"{EXAMPLE}.py").open("a", encoding="utf-8") as file:
        file.write(TASK)
    with using_course(folder):
        assert notebooks(["--root", str(folder)]) == 0
    with (folder / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    nbgrader(folder, "generate_assignment", EXAMPLE, "--force")
    nbgrader(folder, "db", "assignment", "add", EXAMPLE, "--duedate", DUE)
    hand_in(folder, EXAMPLE, PEOPLE)
    for student, day in (("ada", "2030-02-02"), ("boris", "2030-01-30"), ("gus", "2030-01-30")):
        (folder / "submitted" / student / EXAMPLE / "timestamp.txt").write_text(f"{day} 12:00:00 UTC")
    with using_course(folder):
        course = open_course(folder)
        grade_assignment(course, EXAMPLE, jobs=1)
        yield course


def test_the_last_line_says_how_many_are_late(course, capsys):
    again = grade_assignment(course, EXAMPLE, jobs=1)
    assert {result.student for result in again if result.late} == {"ada"}
    late = next(result for result in again if result.late)
    assert late.penalty == late.score > 0, "the method zero takes all of it"
    assert f"1 handed in late (ada: 0 after {late.score:g} off)" in summary(again)
    print_results(grade_assignment(course, EXAMPLE, student="ada", force=True, jobs=1))
    assert re.search(r"^ada +0\b", capsys.readouterr().out, re.MULTILINE), "the table has the points after the penalty"
    waiting = sum(result.waiting for result in again)
    assert waiting > 1 and left_to_mark(again) == [f"{waiting} answers wait for a person: mark them in formgrader"]


def score(course, student):
    with Gradebook(course.db_url, course.course_id) as gradebook:
        return gradebook.find_submission(EXAMPLE, student).score - (
            gradebook.find_submission(EXAMPLE, student).late_submission_penalty or 0.0
        )


def test_the_exercises_of_a_course_of_ones_own_are_found(course):
    assert list(the_course().exercises) == ["square_backward", "product_backward"]


def test_points_per_question(course):
    path = export_grades(course, EXAMPLE, per_question=True, excel=True)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert list(rows["boris"])[3:6] == ["square_backward (1)", "product_backward (2)", "written-product (2)"]
    assert rows["boris"]["square_backward (1)"] == "0" and rows["ada"]["product_backward (2)"] == "2"
    assert rows["ada"]["written-product (2)"] == rows["ada"]["drawn (2)"] == "", "not marked yet is not a zero"
    with pytest.raises(CourseProblem, match="canvas takes in one number"):
        export_grades(course, EXAMPLE, "canvas", per_question=True)


def test_a_time_that_is_taken_away_takes_its_penalty_with_it(course):
    path = course.folder("submitted", "ada", EXAMPLE) / "timestamp.txt"
    said = path.read_text()
    assert score(course, "ada") == 0.0
    for change, points in ((path.unlink, 3.0), (lambda: path.write_text(said), 0.0)):
        change()
        results = grade_assignment(course, EXAMPLE, jobs=1)
        assert [r.student for r in results if not r.skipped] == ["ada"]
        assert score(course, "ada") == points


def test_a_graded_folder_without_its_notebook_is_made_again(course):
    (path,) = course.folder("autograded", "boris", EXAMPLE).glob("*.ipynb")
    path.unlink()
    results = grade_assignment(course, EXAMPLE, jobs=1)
    assert [r.student for r in results if not r.skipped] == ["boris"] and path.is_file()


@pytest.mark.parametrize(
    "said, when",
    [
        ("2030-01-30 12:00:00 +0200", "2030-01-30 10:00"),
        ("2030-01-30 12:00:00 -05:30", "2030-01-30 17:30"),
        ("2030-01-30 12:00:00.5 +0000", "2030-01-30 12:00"),
        ("2030-01-30 12:00:00+02:00", "2030-01-30 10:00"),
        ("2030-01-30 10:00 PM +0200", "2030-01-30 20:00"),
        ("2030-01-30 10:00 PM+0200", None),
        ("2030-01-30 12:00:00 UTC+2", "2030-01-30 10:00"),
        ("2030-01-30 12:00:00 CET", "2030-01-30 11:00"),
        ("2030-01-30 12:00:00 Europe/Berlin", "2030-01-30 11:00"),
        ("2030-01-30 12:00:00 PDTX", None),
        ("2030-01-30 +0200", None),
        ("2030-01-30 12:00:00 0200", None),
        ("2030-01-30 12:00:00 +2", None),
    ],
)
def test_a_time_with_its_distance_from_utc_is_read_right_or_not_at_all(tmp_path, said, when):
    (tmp_path / "timestamp.txt").write_text(said)
    claim = claimed_time(tmp_path)
    assert (claim.when and f"{claim.when:%Y-%m-%d %H:%M}") == when
    assert (claim.problem is None) == (when is not None)


def test_a_folder_of_a_hidden_name_is_no_student_and_is_named(course):
    hidden = course.root / "submitted" / ".ada" / EXAMPLE
    shutil.copytree(course.folder("submitted", "ada", EXAMPLE), hidden)
    try:
        assert ".ada" not in course.students_with(EXAMPLE)
        assert f".ada/{EXAMPLE}" in course.astray(EXAMPLE)
    finally:
        shutil.rmtree(hidden.parent)


def test_an_extension_is_followed_by_the_penalty_and_can_be_taken_back(course):
    assert score(course, "ada") == 0.0
    for until, points, again in (("2030-02-03 12:00 UTC", 3.0, ["ada"]), (None, 0.0, ["ada"])):
        extend(course, "ada", EXAMPLE, until)
        results = grade_assignment(course, EXAMPLE, jobs=1)
        assert [r.student for r in results if not r.skipped] == again
        assert score(course, "ada") == points
    extend(course, "ada", EXAMPLE, "2030-02-01 12:00 UTC")  # longer, and not long enough
    grade_assignment(course, EXAMPLE, jobs=1)
    assert score(course, "ada") == 0.0
    extend(course, "ada", EXAMPLE, None)
    grade_assignment(course, EXAMPLE, jobs=1)


@pytest.mark.parametrize(
    ("student", "until", "says"),
    [
        ("nobody", "2030-02-03 12:00 UTC", "no student 'nobody'"),
        ("ada", "2030-01-01", "is not after the due date, 2030-01-31 12:00 UTC"),
        ("ada", "soon", "'soon' cannot be read as a time"),
    ],
)
def test_an_extension_that_makes_no_sense_is_refused(course, student, until, says):
    with pytest.raises(CourseProblem, match=says):
        extend(course, student, EXAMPLE, until)
    assert extensions(course, EXAMPLE) == {}


def test_damaged_extensions_are_not_passed_over(course):
    path = course.root / ".autograder" / "extensions.json"
    kept = path.read_text()
    path.write_text('{"a": {"b": "later"}}')
    with pytest.raises(CourseProblem, match="cannot be read"):
        grade_assignment(course, EXAMPLE, jobs=1)
    path.write_text(kept)


def test_what_arrives_is_graded_when_it_stays_as_it_is(course):
    said, looks = [], []
    path = course.root / "submitted" / "late" / EXAMPLE / f"{EXAMPLE}.ipynb"
    whole = (course.root / "submitted" / "boris" / EXAMPLE / f"{EXAMPLE}.ipynb").read_bytes()

    def sleep(seconds):
        """What happens between two looks."""
        looks.append([line for line in said if line.startswith("late")])
        if len(looks) == 1:
            path.parent.mkdir(parents=True)
            path.write_bytes(whole[:100])  # being written
        elif len(looks) == 2:
            path.write_bytes(whole)
        elif len(looks) == 5:
            text = whole.decode().replace("upstream * x**2", "upstream * 2 * x")
            path.write_text(text, encoding="utf-8")  # handed in again
        elif len(looks) == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch(course, EXAMPLE, jobs=1, say=said.append, sleep=sleep)
    assert looks[2] == [] and len(looks[4]) == 1 and len(looks[7]) == 2
    assert (course.root / "feedback" / "late" / EXAMPLE / f"{EXAMPLE}.html").exists()


def test_the_commands(course, monkeypatch):
    monkeypatch.chdir(course.root)
    runner = CliRunner()
    for words, says in (
        (["extension", "ada", EXAMPLE, "--until", "2030-02-03 12:00 UTC"], "until 2030-02-03 12:00 UTC"),
        (["extension", "ada", EXAMPLE, "--none"], "no longer than all"),
        (["export", EXAMPLE, "--per-question"], f"{EXAMPLE}-questions.csv"),
    ):
        done = runner.invoke(main, words)
        assert done.exit_code == 0 and says in done.output, done.output
    assert "a person still has to mark" in done.output, "told by a command that has done its work"
    assert runner.invoke(main, ["extension", "ada", EXAMPLE]).exit_code == 2


def test_a_task_waits_for_a_marker_who_sees_its_mark_scheme(course):
    def text(*parts):
        path = course.root.joinpath(*parts, EXAMPLE, f"{EXAMPLE}.ipynb")
        return "".join("".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"])

    scheme = "both arrows that lead back have a word"
    assert scheme in text("solutions") and scheme not in text("notebooks") and scheme in text("autograded", "ada")
    assert "Draw the gate" in text("notebooks")
    with Gradebook(course.db_url, course.course_id) as gradebook:
        grade = gradebook.find_grade("drawn", EXAMPLE, EXAMPLE, "ada")
        assert grade.needs_manual_grade and grade.max_score == 2.0


def test_the_markers_page_alone_shows_the_mark_scheme_of_a_written_answer(course):
    from nbconvert.exporters import HTMLExporter

    scheme = "the nudge is multiplied by the other factor"
    graded = course.folder("autograded", "ada", EXAMPLE) / f"{EXAMPLE}.ipynb"
    assert scheme not in graded.read_text(encoding="utf-8"), "it travels with no file"
    exporter = HTMLExporter(config=course.config)
    marking = {"submission_id": "1", "assignment_id": EXAMPLE, "notebook_id": EXAMPLE, "index": 0, "total": 1}
    page, _ = exporter.from_filename(str(graded), resources=dict(marking))
    assert page.count(scheme) == 1 and page.index("Mark scheme, from your solutions") < page.index(scheme)
    page, _ = exporter.from_filename(str(graded), resources={"nbgrader": {"assignment": EXAMPLE, "student": "ada"}})
    assert scheme not in page, "nbgrader's own feedback is for the student"


def test_a_misspelled_assignment_is_told_with_those_there_are(course):
    says = f"no assignment '01_exmaple'; it has: {EXAMPLE}. Did you mean {EXAMPLE}"
    archive = course.root / "handed-in.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(f"ada_1_2_{EXAMPLE}.ipynb", "{}")
    for tried in (
        lambda: collect_zip(course, "01_exmaple", archive),
        lambda: write_feedback(course, "01_exmaple"),
        lambda: write_report(course, "01_exmaple"),
        lambda: export_grades(course, "01_exmaple", per_question=True),
        lambda: grade_assignment(course, "01_exmaple"),
        lambda: extend(course, "ada", "01_exmaple", "2030-02-07 12:00 UTC"),
        lambda: watch(course, "01_exmaple", once=True),
    ):
        with pytest.raises(CourseProblem, match=says):
            tried()
    assert not (course.root / "submitted" / "ada" / "01_exmaple").exists()


# --- init -------------------------------------------------------------------------------------------------------------


def test_init_leaves_a_folder_that_is_not_empty_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(CourseProblem, match="is not empty"):
        init_course(tmp_path)
    with pytest.raises(CourseProblem, match="thesis.txt is a file"):
        init_course(tmp_path / "thesis.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_init_tells_which_functions_of_assignments_left_out_are_lent_and_which_are_not(tmp_path):
    copy = tmp_path / "copy"
    init_course(copy, str(REPOSITORY), ["07_fully_connected"])
    (lent,) = told_of_stand_ins(the_course(copy))
    assert lent.endswith(
        "lends students: descent_path, jacobian_gradient_product, numerical_gradient, sigmoid_forward, "
        "softmax_cross_entropy_backward, softmax_forward"
    )
    (copy / "solutions" / "stand_ins.py").write_text("def descent_path(gradient, start, learning_rate, steps): ...")
    _table.cache_clear()
    lent, missing = told_of_stand_ins(the_course(copy))
    assert lent.endswith("lends students: descent_path") and "jacobian_gradient_product, numerical_gradient" in missing


def test_init_copies_chosen_assignments_of_another_course(course, tmp_path):
    names = init_course(tmp_path / "copy", str(course.root), [EXAMPLE])
    assert names == [EXAMPLE] and list(the_course(tmp_path / "copy").exercises) == [
        "square_backward",
        "product_backward",
    ]
    assert not list((tmp_path / "copy").rglob("gradebook.db"))
    assert "with an assignment to be changed." in (tmp_path / "copy" / "README.md").read_text()
    for origin, chosen, says in (
        (str(course.root), ["02_nothing"], "has no assignment '02_nothing'"),
        ("nowhere", [], "there is no course 'nowhere'"),
        (None, ["01"], "name that too"),
    ):
        with pytest.raises(CourseProblem, match=says):
            init_course(tmp_path / "other", origin, chosen)
        assert not (tmp_path / "other").exists()
