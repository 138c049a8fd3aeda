"""The exports agree with `nbgrader export`, and are read back as the platforms read them."""

import csv
import datetime
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import need_module, need_program
from courses import released
from nbgrader.api import Gradebook

from autograder.cli import main
from autograder.exercises import CourseProblem
from autograder.pipeline.course import open_course
from autograder.pipeline.demo import CLASS, hand_in, nbgrader
from autograder.pipeline.grade import grade_assignment
from autograder.pipeline.graded import SubmissionResult
from autograder.report.exports import FORMS, export_grades
from autograder.report.table import print_results

NAME = "04_sigmoid_circuit"
DUE = datetime.datetime(2030, 1, 1, 12)
# Ids that break a CSV written by hand: they are in the gradebook, and did not hand in.
AWKWARD = ("o, neil", 'the "boss"', "two\nlines", "ünïcödé 学生", " spaced ", "a;b")
FORMULAS = ('=HYPERLINK("http://evil","me")', "\t=1+1", "-2+3+cmd|' /C calc'!A0", "x;=1+1", "x\n@SUM(1)", "＝1+1()")
# Begin like formulas, but are logins some platform allows.
LOGINS = ("+1", "-jones", "@x", "ada+1@b.edu", "_me")
pytestmark = pytest.mark.xdist_group("exports")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A real gradebook: late work with a penalty plug-in, manual marks, extra credit, people without submissions."""
    need_program("bwrap", "bubblewrap")
    folder = tmp_path_factory.mktemp("exports")
    released(folder, NAME)
    (folder / "late_rule.py").write_text(
        "from nbgrader.plugins import LateSubmissionPlugin\n"
        "class PerHour(LateSubmissionPlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n"
        "        return round(0.1 * total_seconds_late / 3600, 3)\n"
    )
    with (folder / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write('\nc.AssignLatePenalties.plugin_class = "late_rule.PerHour"\n')
    hand_in(folder, NAME)
    for student in CLASS:
        if student.name not in ("ada", "boris", "chen", "emil", "gus"):
            shutil.rmtree(folder / "submitted" / student.name)
    for student, hours in (("boris", 3), ("gus", 500), ("ada", -2)):
        moment = DUE + datetime.timedelta(hours=hours)
        (folder / "submitted" / student / NAME / "timestamp.txt").write_text(f"{moment} UTC")
    course = open_course(folder)
    with Gradebook(course.db_url, course.course_id) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=DUE)
    grade_assignment(course, NAME)  # finds the plug-in in the course's folder, as nbgrader's commands do
    with Gradebook(course.db_url, course.course_id) as gradebook:
        by_hand = gradebook.find_grade("check-exp_backward", NAME, NAME, "boris")
        by_hand.manual_score, by_hand.needs_manual_grade = 1 / 3, False
        gradebook.find_grade("check-exp_backward", NAME, NAME, "emil").extra_credit = 2.7
        gradebook.find_submission(NAME, "gus").notebooks[0].late_submission_penalty = 50.0  # marks lowered since
        for student in AWKWARD:
            gradebook.add_student(student)
        gradebook.update_or_create_student("ada", first_name="Ada", last_name="Lovelace, Countess", email="a@b.edu")
        gradebook.update_or_create_student("chen", last_name="Chén")
        gradebook.update_or_create_student("emil", first_name="Émil", lms_user_id="4711")
        gradebook.db.commit()
    return course


@pytest.fixture
def course(graded, tmp_path):
    """A copy, to change."""
    shutil.copytree(graded.root, tmp_path / "course")
    return open_course(tmp_path / "course")


def rows(course, form, folder):
    path = export_grades(course, NAME, form, folder / f"{form}.csv")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def nbgraders_points(course):
    with Gradebook(course.db_url, course.course_id) as gradebook:
        found = {s.student_id: s for s in gradebook.assignment_submissions(NAME)}
        return {
            s.id: max(0.0, found[s.id].score - found[s.id].late_submission_penalty) if s.id in found else 0.0
            for s in gradebook.students
        }


def test_our_csv_is_nbgraders_row_by_row(graded, tmp_path):
    """nbgrader puts its cells together without quotes; so put together, ours are the same file, and one column more."""
    theirs = tmp_path / "theirs.csv"
    nbgrader(graded.root, "export", f"--CsvExportPlugin.to={theirs}")
    ours = rows(graded, "csv", tmp_path)
    mine = "".join(",".join(row[:-1]) + "\n" for row in ours)
    # Points are added up in another order there, which may show in the last digit.
    assert _rounded(mine) == _rounded(theirs.read_text(encoding="utf-8"))
    by_student = {row[3]: dict(zip(ours[0], row, strict=True)) for row in ours[1:]}
    assert float(by_student["boris"]["late_submission_penalty"]) == pytest.approx(0.3)
    assert float(by_student["boris"]["score"]) == pytest.approx(float(by_student["boris"]["raw_score"]) - 0.3)
    assert (by_student["gus"]["score"], by_student["gus"]["late_submission_penalty"]) == ("0.0", "50.0")
    assert set(AWKWARD) < set(by_student)


def _rounded(text):
    return re.sub(r"\d+\.\d{10,}", lambda number: f"{float(number[0]):.9g}", text)


def test_every_form_holds_nbgraders_points_of_everybody(graded, tmp_path):
    expected = nbgraders_points(graded)
    who = {"csv": "student_id", "canvas": "SIS User ID", "moodle": "Username", "gradescope": "SID"}
    points = {
        "csv": "score", "canvas": NAME, "moodle": f"Assignment: {NAME} (Real)", "gradescope": "Total Score",
    }  # fmt: skip
    for form in FORMS:
        head, *found = rows(graded, form, tmp_path)
        assert {len(row) for row in found} == {len(head)}
        table = [dict(zip(head, row, strict=True)) for row in found if "Points Possible" not in row[0]]
        assert {row[who[form]]: float(row[points[form]]) for row in table} == pytest.approx(expected, abs=1e-9), form


def test_canvas_finds_the_columns_the_points_and_the_people(graded, tmp_path):
    """As its importer goes about it: three to five columns on the student up to Section, then only assignments."""
    head, possible, *students = rows(graded, "canvas", tmp_path)
    assert "Student" in head[0] and "ID" in head[1]
    assert re.search(r"SIS\s+User\s+ID", head[2]) and re.search(r"SIS\s+Login\s+ID", head[3]) and "Section" in head[4]
    assert head[5:] == [NAME]
    with Gradebook(graded.db_url, graded.course_id) as gradebook:
        assert "Points Possible" in possible[0] and float(possible[5]) == gradebook.find_assignment(NAME).max_score
    by_login = {row[3]: row for row in students}
    assert by_login["ada"][0] == "Lovelace, Countess, Ada"
    assert by_login["emil"][1] == "4711"  # nbgrader's lms_user_id
    assert all(re.fullmatch(r"[0-9.]+", row[5]) for row in students)


def test_what_a_person_still_has_to_mark_is_said(course, tmp_path):
    with Gradebook(course.db_url, course.course_id) as gradebook:
        gradebook.find_grade("check-exp_backward", NAME, NAME, "chen").needs_manual_grade = True
        for student in ("ada", "boris", "emil", "gus"):
            for notebook in gradebook.find_submission(NAME, student).notebooks:
                for grade in notebook.grades:
                    grade.needs_manual_grade = False
        gradebook.db.commit()
    said = []
    export_grades(course, NAME, "canvas", tmp_path / "out.csv", said.append)
    assert [remark for remark in said if "still has to mark: chen." in remark]
    column = {form: {row[0]: row[-1] for row in rows(course, form, tmp_path)} for form in ("moodle",)}
    assert column["moodle"]["chen"] == "still to be marked" and column["moodle"]["ada"] == ""
    assert {r[3]: r[-1] for r in rows(course, "csv", tmp_path)}["chen"] == "true"
    status = {row[2]: row[-1] for row in rows(course, "gradescope", tmp_path)}
    assert (status["chen"], status["ada"], status["a;b"]) == ("Ungraded", "Graded", "Missing")


def test_every_row_per_question_adds_up_with_a_mark_that_needs_another_look_too(course, tmp_path):
    with Gradebook(course.db_url, course.course_id) as gradebook:
        gradebook.find_grade("check-exp_backward", NAME, NAME, "boris").needs_manual_grade = True
        gradebook.find_grade("check-exp_backward", NAME, NAME, "chen").needs_manual_grade = True  # as when it is open
        gradebook.db.commit()
    path = export_grades(course, NAME, "csv", tmp_path / "questions.csv", per_question=True)
    with path.open(newline="", encoding="utf-8") as file:
        head, *found = csv.reader(file)
    for row in found:
        *points, penalty, score = (float(cell or 0.0) for cell in row[3:])
        assert max(0.0, sum(points) - penalty) == pytest.approx(score), row[0]
    boris = dict(zip(head, next(row for row in found if row[0] == "boris"), strict=True))
    assert float(next(boris[name] for name in head if name.startswith("exp_backward"))) == pytest.approx(1 / 3)


def test_what_is_handed_in_but_not_graded_is_said(course, tmp_path):
    shutil.copytree(course.root / "submitted" / "ada", course.root / "submitted" / "late comer")
    said = []
    export_grades(course, NAME, "csv", tmp_path / "out.csv", said.append)
    assert [remark for remark in said if "late comer" in remark and f"autograder grade {NAME}" in remark]


def test_no_cell_is_a_formula_and_logins_stay_as_they_are(course, tmp_path):
    with Gradebook(course.db_url, course.course_id) as gradebook:
        for text in FORMULAS:
            gradebook.add_student(text, first_name=text, last_name=text, email=text)
        for text in LOGINS:
            gradebook.add_student(text)
    for form in FORMS:
        path = export_grades(course, NAME, form, tmp_path / "out.csv")
        ids = set()
        for separator in ",;\t":  # a spreadsheet goes by the country's
            with path.open(newline="", encoding="utf-8") as file:
                for cell in (cell for row in csv.reader(file, delimiter=separator) for cell in row):
                    ids.add(cell)
                    risky = cell.lstrip()[:1] in tuple("=+-@＝＋－＠")
                    assert not risky or re.fullmatch(r"[\w.@+,-]+", cell), (form, separator, cell)
        assert set(LOGINS) <= ids


def test_a_student_cannot_write_on_the_instructors_terminal(capsys):
    """A cell's type and an error's message are the student's: no colours, no titles, no forged line of another's."""
    result = SubmissionResult("bo\x1b[2J\nada", NAME, {})
    result.troubles = ["cell 3 had become a \x1b]0;taken\x07 cell\nada: 11 points", "x" * 10**6, "half a pair \udc00"]
    print_results([result])
    shown = capsys.readouterr().out
    assert "\x1b" not in shown and "\ufffd]0;taken" in shown
    assert not [line for line in shown.splitlines() if line.startswith("ada")]
    assert max(map(len, shown.splitlines())) <= 1000
    shown.encode()


def test_a_small_share_of_a_point_is_not_rounded_away(course, tmp_path):
    with Gradebook(course.db_url, course.course_id) as gradebook:
        gradebook.find_grade("check-exp_backward", NAME, NAME, "ada").manual_score = 1000 + 1 / 3
        gradebook.db.commit()
    expected = nbgraders_points(course)["ada"]
    assert float({r[2]: r for r in rows(course, "canvas", tmp_path)}["ada"][5]) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("form", FORMS)
def test_a_course_of_one_and_a_class_without_names(course, tmp_path, form):
    with Gradebook(course.db_url, course.course_id) as gradebook:
        for student in [s.id for s in gradebook.students if s.id != "gus"]:
            gradebook.remove_student(student)
    assert [row for row in rows(course, form, tmp_path)[1:] if "gus" in row]


def run(folder, monkeypatch, *arguments):
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(main, list(arguments))
    assert "Traceback" not in done.output
    return done


def refused(folder, monkeypatch, *arguments):
    """The one line of an error."""
    done = run(folder, monkeypatch, *arguments)
    assert done.exit_code == 1 and done.output.startswith("Error: ")
    assert done.output.count("\n") == 1, done.output
    return done.output


def test_unknown_assignments_are_named_with_those_there_are(graded, monkeypatch):
    with pytest.raises(CourseProblem, match=f"no assignment 'nonsense'; it has: {NAME}"):
        export_grades(graded, "nonsense")
    assert "nonsense" in refused(graded.root, monkeypatch, "export", "nonsense")
    assert NAME in refused(graded.root, monkeypatch, "report", "nonsense")


def test_without_a_gradebook_none_is_made(tmp_path, graded, monkeypatch):
    shutil.copy(graded.root / "nbgrader_config.py", tmp_path)
    assert "nbgrader generate_assignment" in refused(tmp_path, monkeypatch, "export", NAME)
    assert "nbgrader generate_assignment" in refused(tmp_path, monkeypatch, "report", NAME)
    assert not (tmp_path / "gradebook.db").exists()


@pytest.mark.parametrize("content", [b"", b"this is no database, whatever it is called" * 99])
def test_an_empty_or_broken_gradebook_is_one_line(tmp_path, graded, monkeypatch, content):
    shutil.copy(graded.root / "nbgrader_config.py", tmp_path)
    (tmp_path / "gradebook.db").write_bytes(content)
    assert "gradebook" in refused(tmp_path, monkeypatch, "export", NAME)


def test_a_gradebook_on_a_server_that_is_away_is_one_line(tmp_path, graded, monkeypatch):
    need_module("psycopg", "psycopg[binary]")
    shutil.copy(graded.root / "nbgrader_config.py", tmp_path)
    with (tmp_path / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write('\nc.CourseDirectory.db_url = "postgresql+psycopg://grader:pa55word@127.0.0.1:9/course"\n')
    words = refused(tmp_path, monkeypatch, "export", NAME)
    assert "127.0.0.1:9" in words and "pa55word" not in words


def test_an_assignment_nobody_is_graded_in_is_one_line(course, monkeypatch):
    with Gradebook(course.db_url, course.course_id) as gradebook:
        for student in ("ada", "boris", "chen", "emil", "gus"):
            gradebook.remove_submission(NAME, student)
    shutil.rmtree(course.root / ".autograder")
    assert f"autograder grade {NAME}" in refused(course.root, monkeypatch, "export", NAME)
    assert f"autograder grade {NAME}" in refused(course.root, monkeypatch, "report", NAME)


@pytest.mark.parametrize("command", ["export", "report"])
def test_where_nothing_can_be_written_is_one_line(graded, monkeypatch, tmp_path, command):
    (tmp_path / "file").write_text("in the way")
    for place in (tmp_path, tmp_path / "nowhere" / "out", tmp_path / "file" / "out", Path("/proc/out.html")):
        words = refused(graded.root, monkeypatch, command, NAME, "--output", str(place))
        assert f"{place} cannot be written" in words and "--output" in words


@pytest.mark.parametrize("command", ["export", "report"])
def test_an_earlier_file_is_replaced(graded, monkeypatch, tmp_path, command):
    path = tmp_path / "out.html"
    path.write_text("old" * 10**6)
    done = run(graded.root, monkeypatch, command, NAME, "--output", str(path))
    assert done.exit_code == 0 and f"written: {path}" in done.output
    assert "old" * 9 not in path.read_text(encoding="utf-8")
