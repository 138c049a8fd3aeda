"""The main job on real parts: nbgrader's own release, the sandbox, a real gradebook, feedback, export."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import need_program
from nbgrader.api import Gradebook
from ordinary_user import as_ordinary_user

from autograder.exercises import CourseProblem
from autograder.pipeline.course import open_course
from autograder.pipeline.demo import CLASS, run_demo
from autograder.pipeline.grade import grade_assignment
from autograder.pipeline.handed_in import digest_of
from autograder.pipeline.seeds import secret_of, seed_of

REPOSITORY = Path(__file__).resolve().parents[2]
ASSIGNMENTS = ("03_circuits_and_gates", "04_sigmoid_circuit")
pytestmark = [pytest.mark.course, pytest.mark.xdist_group("main job")]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    need_program("bwrap", "bubblewrap")
    return run_demo(tmp_path_factory.mktemp("course") / "demo", REPOSITORY, say=lambda words: None)


def verdicts(demo, student):
    return {
        v.exercise: v
        for r in demo.results
        if r.student == student
        for g in r.notebooks.values()
        if g is not None
        for v in g.verdicts.values()
    }


def recorded(folder, student, assignment):
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as gradebook:
        submission = gradebook.find_submission(assignment, student)
        return {g.cell.name: g.auto_score for n in submission.notebooks for g in n.grades}


def total(demo, student):
    return sum(v.points for v in verdicts(demo, student).values())


def test_everyone_is_accounted_for(demo):
    assert {r.student for r in demo.results} == {student.name for student in CLASS}
    assert len(demo.results) == len(CLASS) * len(ASSIGNMENTS)


def test_right_answers_get_all_points(demo):
    assert all(v.passed for v in verdicts(demo, "ada").values())
    assert total(demo, "ada") == 27.0


def test_warnings_and_printing_to_stderr_cost_nothing(demo):
    assert total(demo, "faye") == 27.0


def test_a_deleted_and_a_doubled_check_cell_cost_nothing(demo):
    assert total(demo, "lena") == 27.0
    result = next(r for r in demo.results if r.student == "lena")
    assert any("was missing; it was put back" in remark for remark in result.remarks)


@pytest.mark.parametrize(
    ("student", "exercise", "mistake"),
    [
        ("boris", "MultiplyGate", "upstream forgotten"),
        ("boris", "train_neuron", "slope of the sigmoid forgotten"),
        ("chen", "MaxGate", "decides once for the whole array"),
        ("chen", "run_backward", "overwrites at branches"),
        ("chen", "sigmoid_backward", "slope taken at the output"),
        ("dana", "branch_backward", "input modified in place"),
        ("dana", "sigmoid_forward", "overflow"),
        ("emil", "MultiplyGate", "state shared between gates"),
        ("emil", "sigmoid_circuit_forward", "bias multiplied by an input"),
    ],
)
def test_catalogued_mistakes_lose_points_and_are_named(demo, student, exercise, mistake):
    verdict = verdicts(demo, student)[exercise]
    assert verdict.points < verdict.max_points
    assert verdict.misconceptions == (mistake,)
    assert verdict.hint


def test_an_unfinished_notebook_earns_nothing_and_breaks_nothing(demo):
    assert total(demo, "gus") == 0.0
    assert all("not filled in yet" in v.notice for v in verdicts(demo, "gus").values())


def test_an_infinite_loop_costs_its_own_exercise_only(demo):
    points = {name: v.points for name, v in verdicts(demo, "ivan").items()}
    lost = {name for name, v in verdicts(demo, "ivan").items() if not v.passed}
    assert lost == {"AddGate", "train_neuron"}
    assert points["AddGate"] == 0.0
    assert any("ran out of time" in t for r in demo.results if r.student == "ivan" for t in r.troubles)


def test_patching_the_grader_gains_nothing(demo):
    assert total(demo, "jule") == 0.0


def test_borrowed_functions_earn_nothing_and_are_told_so(demo):
    for exercise in ("MultiplyGate", "sigmoid_forward"):
        verdict = verdicts(demo, "kofi")[exercise]
        assert verdict.points == 0.0
        assert "nn_lib" in verdict.notice


def test_a_file_that_is_no_notebook_is_reported_and_answered(demo):
    result = next(r for r in demo.results if r.student == "milo")
    assert "not a notebook" in result.open[0]
    assert total(demo, "milo") == 0.0
    assert "could not be read" in demo.feedback(result).read_text(encoding="utf-8")


def test_the_gradebook_holds_what_the_judge_decided(demo):
    for result in demo.results:
        scores = recorded(demo.folder, result.student, result.assignment)
        for graded in result.notebooks.values():
            for cell, verdict in graded.verdicts.items():
                assert scores[cell] == pytest.approx(verdict.points)


def test_written_answers_wait_for_a_person(demo):
    with Gradebook(f"sqlite:///{demo.folder}/gradebook.db") as gradebook:
        submission = gradebook.find_submission(ASSIGNMENTS[0], "ada")
        assert submission.needs_manual_grade
        unanswered = gradebook.find_submission(ASSIGNMENTS[0], "gus")
        assert not unanswered.needs_manual_grade


def test_feedback_shows_the_card_and_no_script(demo):
    for result in demo.results:
        page = demo.feedback(result)
        assert page.exists(), page
    text = demo.feedback(next(r for r in demo.results if r.student == "boris")).read_text(encoding="utf-8")
    assert "upstream forgotten" in text
    assert "Hint." in text


def test_grades_are_exported(demo):
    rows = {(r["student_id"], r["assignment"]): r for r in csv.DictReader(demo.grades.open(encoding="utf-8"))}
    assert float(rows["ada", ASSIGNMENTS[0]]["score"]) == 13.0
    assert len(rows) >= 2 * len(CLASS)


def test_the_seed_is_recorded_with_the_verdict(demo):
    seeds = {}
    for student in ("ada", "boris"):
        path = demo.folder / "autograded" / student / ASSIGNMENTS[0] / f"{ASSIGNMENTS[0]}.ipynb"
        cells = nbformat.read(path, as_version=4).cells
        (seeds[student],) = {c.metadata.autograder.seed for c in cells if "autograder" in c.metadata}
        digest = digest_of(demo.folder / "submitted" / student / ASSIGNMENTS[0])
        assert seeds[student] == seed_of(secret_of(demo.folder / ".autograder"), ASSIGNMENTS[0], digest)
    assert seeds["ada"] != seeds["boris"]


@pytest.fixture
def course(demo, tmp_path):
    """A copy of the demo's course, to change."""
    shutil.copytree(demo.folder, tmp_path / "course", symlinks=True)
    return open_course(tmp_path / "course")


def test_grading_again_does_nothing_and_gives_the_same(course):
    before = recorded(course.root, "chen", ASSIGNMENTS[0])
    again = grade_assignment(course, ASSIGNMENTS[0])
    assert [r.student for r in again if not r.skipped] == ["milo"]  # whose file is still no notebook
    forced = grade_assignment(course, ASSIGNMENTS[0], student="chen", force=True)
    assert [r.skipped for r in forced] == [False]
    assert recorded(course.root, "chen", ASSIGNMENTS[0]) == before


def test_a_changed_submission_is_graded_again_by_itself(course):
    path = course.root / "submitted" / "ada" / ASSIGNMENTS[0] / f"{ASSIGNMENTS[0]}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "branch_backward":
            cell["source"] = "def branch_backward(upstreams):\n    return 1.0"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    graded = [r.student for r in grade_assignment(course, ASSIGNMENTS[0]) if not r.skipped]
    assert graded == ["ada", "milo"]
    assert recorded(course.root, "ada", ASSIGNMENTS[0])["check-branch_backward"] == 0.0


def test_manual_grades_survive_a_regrade_and_stay_finished(course):
    with Gradebook(course.db_url) as gradebook:
        grade = gradebook.find_grade("check-branch_backward", ASSIGNMENTS[0], ASSIGNMENTS[0], "ada")
        grade.manual_score = 0.5
        gradebook.db.commit()
    grade_assignment(course, ASSIGNMENTS[0], student="ada", force=True)
    with Gradebook(course.db_url) as gradebook:
        grade = gradebook.find_grade("check-branch_backward", ASSIGNMENTS[0], ASSIGNMENTS[0], "ada")
        assert (grade.auto_score, grade.manual_score, grade.score) == (1.0, 0.5, 0.5)
        assert not grade.needs_manual_grade


def test_unknown_assignments_and_students_are_named(course):
    with pytest.raises(CourseProblem, match="no assignment 'nonsense'"):
        grade_assignment(course, "nonsense")
    with pytest.raises(CourseProblem, match="zoe did not hand in"):
        grade_assignment(course, ASSIGNMENTS[0], student="zoe")


def nbgrader(folder, *command):
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *command], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.mark.slow
def test_stock_nbgrader_autograde_leaves_the_same_scores(demo, course):
    """Its own command, through our stages, on a gradebook that has seen no grading yet."""
    shutil.rmtree(course.root / "autograded")
    (course.root / "gradebook.db").unlink()
    for assignment in ASSIGNMENTS:
        assert nbgrader(course.root, "generate_assignment", assignment, "--force").returncode == 0
    limits = "".join(
        f"c.JudgeInSandbox.{name} = {value}\n"
        for name, value in {"cell_seconds": 5.0, "call_seconds": 2.0, "calls_seconds": 20.0}.items()
    )
    with (course.root / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(limits)
    for assignment in ASSIGNMENTS:
        done = nbgrader(course.root, "autograde", assignment)
        assert "milo" in done.stderr  # the broken file is reported by name
        for student in (s.name for s in CLASS):
            theirs, ours = (recorded(folder, student, assignment) for folder in (course.root, demo.folder))
            assert {k: v or 0.0 for k, v in theirs.items()} == pytest.approx({k: v or 0.0 for k, v in ours.items()}), (
                student
            )
    assert nbgrader(course.root, "generate_feedback", ASSIGNMENTS[0], "--force").returncode == 0
    assert nbgrader(course.root, "export").returncode == 0


AS_SOMEBODY = """
import os, sys
sys.path.insert(0, {root!r})
os.chdir({root!r})
from autograder.cli import main
assert os.getuid() != 0
sys.argv = ["autograder", "demo", {folder!r}, "--assignment", {assignment!r}]
main()
"""


@pytest.mark.slow
def test_an_ordinary_user_grades_a_class(tmp_path):
    """No rights are needed, from the release to the exported grades."""
    bwrap = need_program("bwrap", "bubblewrap")
    home, script = tmp_path / "home", tmp_path / "demo.py"
    home.mkdir()
    script.write_text(AS_SOMEBODY.format(root=str(REPOSITORY), folder=str(home / "demo"), assignment=ASSIGNMENTS[1]))
    command = [sys.executable, str(script)]
    if os.geteuid() == 0:
        command = as_ordinary_user(bwrap, 23456, command, [script], [home])
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "COLUMNS": "200"}
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=environment)
    assert done.returncode == 0 and "NO SANDBOX" not in done.stderr, done.stderr[-3000:]
    with (home / "demo" / "grades.csv").open() as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores["ada"] == 14.0 and scores["boris"] == 12.0 and scores["jule"] == 0.0 and len(scores) == len(CLASS)
