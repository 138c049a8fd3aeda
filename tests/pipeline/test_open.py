"""Honest work that meets an accident: graded with a word, or open with a reason, and never a silent zero."""

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from accidents import DUE, FILE, GRADED, NAME, OPEN, hand_in, text
from attacks import CODE
from courses import released
from nbgrader.api import Gradebook

from autograder.exercises import CourseProblem, using_course
from autograder.pipeline.course import open_course
from autograder.pipeline.demo import nbgrader
from autograder.pipeline.grade import grade_assignment
from autograder.pipeline.handed_in import digest_of
from autograder.pipeline.records import other_exercises, record_path
from autograder.report.class_report import collect
from autograder.report.exports import export_grades
from autograder.report.table import left_to_mark, summary

pytestmark = pytest.mark.own_course
MOST = 11.0
DIES = (
    "import os, signal\nup = os.getpid()\nfor _ in range(2):\n"
    "    up = int(open(f'/proc/{up}/stat').read().rsplit(')', 1)[1].split()[1])\nos.kill(up, signal.SIGKILL)"
)


def grade(root, **options):
    # Trusted answers: what is tested here lies outside the sandbox.
    results = grade_assignment(open_course(root), NAME, **{"jobs": 1, "sandboxed": False, **options})
    return {r.student: r for r in results}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A released course, and its notebook as given out and solved."""
    folder = tmp_path_factory.mktemp("released")
    release, solution = released(folder, NAME)
    return folder, release, solution


@pytest.fixture(scope="module")
def accidents(fresh, tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "course"
    shutil.copytree(fresh[0], folder)
    nbgrader(folder, "db", "assignment", "add", NAME, "--duedate", DUE)
    for name, (make, _) in {**GRADED, **OPEN}.items():
        hand_in(folder, name, make(json.loads(text(fresh[2])), json.loads(text(fresh[1]))))
    return folder, grade(folder, jobs=2)


@pytest.mark.parametrize("name", GRADED)
def test_work_that_is_there_is_graded_with_a_word(accidents, name):
    result, words = accidents[1][name], GRADED[name][1]
    assert result.score == MOST and not result.open
    assert words is None or any(words in told for told in [*result.remarks, *result.troubles])


def test_an_answer_that_stands_beside_its_cell_waits_for_a_person(accidents):
    results = accidents[1]
    assert results["written below its cell"].waiting == results["a stub after its answer"].waiting == 1


@pytest.mark.parametrize("name", OPEN)
def test_what_nobody_can_say_stays_open_with_a_reason(accidents, name):
    folder, results = accidents
    assert any(OPEN[name][1] in why for why in results[name].open)
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission(NAME, name)
        assert submission.needs_manual_grade
        grades = [g for n in submission.notebooks for g in n.grades]
        assert all(g.needs_manual_grade or g.auto_score is not None for g in grades)
        if "time" not in name and "day" not in name:
            assert all(g.auto_score is None and g.needs_manual_grade for g in grades)


def test_a_second_run_takes_up_what_is_open_and_nothing_else(accidents):
    again = grade(accidents[0], jobs=2)
    assert {name for name, result in again.items() if not result.skipped} == set(OPEN)
    assert summary(list(again.values())).startswith(f"0 graded, {len(GRADED)} were up to date")


def test_report_and_export_name_what_is_open(accidents):
    course = open_course(accidents[0])
    assert set(collect(course, NAME)["open"]) == set(OPEN)
    told = []
    export_grades(course, NAME, "csv", accidents[0] / "grades.csv", told.append)
    assert any("open, with no final grade" in words for words in told)
    rows = {row["student_id"]: row for row in csv.DictReader((accidents[0] / "grades.csv").open(newline=""))}
    assert all(rows[name]["needs_manual_grade"] == "true" for name in OPEN)


def test_work_where_no_submission_is_looked_for_is_named(fresh, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(fresh[0], root)
    submitted = root / "submitted"
    for folder in (f"ada/{NAME}", f"ben/{NAME} ", "cleo", "dora/02_another", ".trash"):
        (submitted / folder).mkdir(parents=True)
    (root / "solutions" / "02_another").mkdir()
    for file in (f"cleo/{FILE}", "erna.ipynb", ".DS_Store", f"ada/{NAME}/{FILE}", "ada/notes.txt"):
        (submitted / file).write_bytes(text(fresh[2]))
    assert open_course(root).astray(NAME) == [f"ben/{NAME}", f"cleo/{FILE}", "erna.ipynb"]
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", "grade", NAME, "--no-sandbox", "--jobs", "1"],
        cwd=root, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1 and f"cleo/{FILE}, erna.ipynb. Put work into {submitted}/STUDENT/{NAME}/" in done.stderr
    told = []
    export_grades(open_course(root), NAME, "csv", tmp_path / "grades.csv", told.append)
    assert any("erna.ipynb" in words for words in told)
    shutil.rmtree(submitted / "ada")
    with pytest.raises(CourseProblem, match=f"nobody handed in .*cleo/{FILE}"):
        grade(root)


@pytest.fixture
def course(fresh, tmp_path):
    """Three students, who solved everything."""
    root = tmp_path / "course"
    shutil.copytree(fresh[0], root)
    for student in ("ada", "ben", "cleo"):
        hand_in(root, student, {FILE: text(fresh[2])})
    return root


def command(root, *words, **variables):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, **variables}
    return subprocess.run(
        [sys.executable, "-m", "autograder.cli", *words], cwd=root, env=environment, capture_output=True, text=True
    )


def again(root):
    return {name: result.again for name, result in grade(root).items() if not result.skipped}


BROKEN = (
    "\nimport dataclasses\n"
    "ANSWERS['add_backward'] = dataclasses.replace(ANSWERS['add_backward'], reference=lambda u, x, y: upstraem)\n"
)


def test_a_reference_that_fails_costs_nobody_anything(course):
    """It is no student's fault: the rest is graded, that exercise is open, and the next run takes it up."""
    path = course / "solutions" / NAME / "answers.py"
    sound = path.read_text()
    path.write_text(sound + BROKEN)
    done = command(course, "grade", NAME, "--no-sandbox", "--jobs", "1")
    assert done.returncode == 1
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("0 graded, 3 open, not final (ada: add_backward could not be judged")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grades = {g.cell.name: g for n in gradebook.find_submission(NAME, "ada").notebooks for g in n.grades}
    assert grades["check-add_backward"].auto_score is None and grades["check-add_backward"].needs_manual_grade
    assert sum(g.auto_score or 0.0 for g in grades.values()) == MOST - 1.0
    path.write_text(sound)
    assert all(r.score == MOST and not r.open for r in grade(course).values())
    assert again(course) == {}


def test_a_process_that_dies_is_one_submissions_and_not_its_neighbours(course, fresh):
    notebook = json.loads(text(fresh[2]))
    own = {"cell_type": "code", "id": "own", "metadata": {}, "outputs": [], "execution_count": None, "source": DIES}
    notebook["cells"].insert(1, own)
    hand_in(course, "bomber", {FILE: text(notebook)})
    results = grade(course, jobs=2)
    assert any("process died over it" in why for why in results["bomber"].open)
    assert all(results[name].score == MOST and not results[name].open for name in ("ada", "ben", "cleo"))


CHANGES = {
    "the exercises": lambda root: (root / "solutions" / NAME / "answers.py").open("a").write("\n# a word\n"),
    "the settings": lambda root: (root / "nbgrader_config.py").open("a").write("c.JudgeInSandbox.cell_seconds = 29\n"),
    "the due date": lambda root: nbgrader(root, "db", "assignment", "add", NAME, "--duedate", DUE),
    "the secret of the seeds": lambda root: (root / ".autograder" / "seeds.secret").unlink(),
    "the cells or their points": lambda root: sql(root, "UPDATE grade_cells SET max_score = 5 WHERE max_score = 1"),
    "the gradebook": lambda root: sql(root, "UPDATE grade SET auto_score = 0"),
}


def sql(root, words):
    with sqlite3.connect(root / "gradebook.db") as connection:
        return connection.execute(words).rowcount


@pytest.fixture(scope="module")
def graded(fresh, tmp_path_factory):
    root = tmp_path_factory.mktemp("graded") / "course"
    shutil.copytree(fresh[0], root)
    hand_in(root, "ada", {FILE: text(fresh[2])})
    assert grade(root)["ada"].score == MOST
    return root


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed_is_graded_again(graded, tmp_path, what):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    with using_course(root):
        assert again(root) == {}
        CHANGES[what](root)
        assert again(root) == {"ada": what}
        assert again(root) == {}


def test_another_process_with_nothing_changed_grades_nobody_again(graded, tmp_path):
    """Sets have another order in each process: what a grade depends on must not depend on that."""
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    for order in ("1", "2"):
        done = command(root, "grade", NAME, "--no-sandbox", "--jobs", "1", PYTHONHASHSEED=order)
    assert "0 graded, 1 were up to date" in done.stdout


def test_grades_of_former_exercises_are_not_mixed_with_those_of_new_ones(graded, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    hand_in(root, "ben", {FILE: (root / "submitted" / "ada" / NAME / FILE).read_bytes()})
    description = root / "solutions" / NAME / "exercises.py"
    before = description.read_text()
    description.write_text(
        before.replace('name="max_backward",\n        points=2', 'name="max_backward",\n        points=1')
    )
    assert description.read_text() != before
    with using_course(root):
        # Only Ben is graded with the exercises of now: whoever looks at both is told, by the exercise's name.
        assert grade(root, student="ben")["ben"].again == ""
        words, said = "ada (max_backward changed)", []
        export_grades(open_course(root), NAME, say=said.append)
        assert any("other exercises than the course has now" in remark and words in remark for remark in said)
        troubled = {row["student"]: row["troubles"] for row in collect(open_course(root), NAME)["troubled"]}
        assert any("max_backward changed" in word for word in troubled["ada"]) and "max_backward" not in str(
            troubled.get("ben")
        )
        # The next run of all grades Ada again, and says why.
        assert again(root) == {"ada": "the exercises (max_backward changed)"}
        said.clear()
        export_grades(open_course(root), NAME, say=said.append)
        assert not any("other exercises" in remark for remark in said)
        # A record from before the exercises had versions is told of, too.
        record = record_path(open_course(root), NAME, "ada")
        noted = json.loads(record.read_text())
        noted["prints"] = {
            what: value for what, value in noted["prints"].items() if not what.startswith("the exercise ")
        }
        record.write_text(json.dumps(noted))
        export_grades(open_course(root), NAME, say=said.append)
        assert any("ada (exercises of an earlier version)" in remark for remark in said)


def test_a_gradebook_with_an_exercise_that_is_gone_is_refused_by_its_name(graded, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    assert sql(root, "UPDATE source_cell SET source = replace(source, 'max_backward', 'former_backward')") > 1
    with pytest.raises(CourseProblem, match=r"checks 'former_backward', which the course in .* does not have") as told:
        grade(root)
    assert "given out with former exercises" in str(told.value)


def test_what_differs_between_exercises_is_said_by_name():
    before = {"train": "1", "add_backward": "2", "one_hot": "3"}
    now = {"train": "9", "one_hot": "3", "AddGate": "4"}
    assert other_exercises(before, now) == "train changed, AddGate new, add_backward gone"
    assert other_exercises(now, now) == ""
    assert other_exercises({}, {f"e{i}": "" for i in range(9)}).endswith("e5 new and 3 more")


def test_a_gradebook_begun_anew_is_filled_anew(graded, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    (root / "gradebook.db").unlink()
    nbgrader(root, "generate_assignment", NAME, "--force")
    assert again(root).keys() == {"ada"}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission(NAME, "ada").score == MOST


def test_points_are_the_gradebooks(graded, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    sql(root, "UPDATE grade_cells SET max_score = 5 * max_score")
    result = grade(root)["ada"]
    assert result.score == 5 * MOST
    verdicts = [v for n in result.notebooks.values() for v in n.verdicts.values()]
    assert sum(v.points for v in verdicts) == sum(v.max_points for v in verdicts) == 5 * MOST
    assert all(sum(c.points for c in v.criteria) == pytest.approx(v.points) for v in verdicts)
    text_of_file = (root / "autograded" / "ada" / NAME / FILE).read_text()
    assert '"text/plain": "5.0"' in text_of_file


def mark(root, student, cell, points):
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade(cell, NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


def marked(root, student, cell):
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade(cell, NAME, NAME, student)
        return grade.manual_score, grade.needs_manual_grade


@pytest.mark.parametrize("kept", ["record", "notebook"])
def test_a_mark_by_hand_stays_finished_until_the_answer_changes(graded, tmp_path, kept):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    notebook = json.loads((root / "submitted" / "ada" / NAME / FILE).read_text())
    cell = next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == "add_backward")
    mark(root, "ada", "check-add_backward", 0.5)
    mark(root, "ada", "check-multiply_backward", 0.5)
    if kept == "notebook":  # nothing is noted: what was graded is known from the graded notebook
        record_path(open_course(root), NAME, "ada").unlink()
    grade(root, force=True)
    assert marked(root, "ada", "check-add_backward") == (0.5, False)
    cell["source"] = "def add_backward(upstream, x, y):\n    return 1.0, 1.0"
    (root / "submitted" / "ada" / NAME / FILE).write_bytes(text(notebook))
    regraded = list(grade(root).values())
    assert marked(root, "ada", "check-add_backward") == (0.5, True)
    told = [words for words in left_to_mark(regraded) if words.startswith("1 mark by hand needs another look")]
    assert len(told) == 1 and told[0].endswith(": ada"), "who has to be looked at is named"
    assert marked(root, "ada", "check-multiply_backward") == (0.5, False)


def test_what_a_person_has_decided_is_open_no_more(graded, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    hand_in(root, "scan", {"homework.pdf": b"%PDF"})
    assert grade(root)["scan"].open
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        names = [g.cell.name for n in gradebook.find_submission(NAME, "scan").notebooks for g in n.grades]
    for name in names:
        mark(root, "scan", name, 0.0)
    assert again(root) == {}


NONSENSE = ["[]", "{", "3", '"x"', "[" * 100_000, '{"digest": 7}', '{"prints": []}', '{"verdicts": [1], "open": 3}', ""]


def test_records_that_hold_nonsense_only_have_their_submission_graded_again(graded, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    course = open_course(root)
    path = record_path(course, NAME, "ada")
    for words in NONSENSE:
        path.write_text(words)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("autograder.pipeline.grade.on_this_machine", lambda jobs, waiting, *rest: seen(waiting))
            assert grade(root)["ada"].open == ["it was looked at"]
    path.unlink()
    path.mkdir()
    assert any("record could not be written" in why for why in grade(root)["ada"].open)
    path.rmdir()
    assert grade(root)["ada"].score == MOST


def seen(waiting):
    for name in waiting:
        yield name, RuntimeError("it was looked at")


def test_a_failure_of_ours_takes_no_grade_away(graded, tmp_path, monkeypatch):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    monkeypatch.setattr("autograder.pipeline.grade.on_this_machine", lambda jobs, waiting, *rest: seen(waiting))
    result = grade(root, force=True)["ada"]
    assert result.open == ["it was looked at"] and result.score == MOST
    assert (root / "autograded" / "ada" / NAME / FILE).exists()
    monkeypatch.undo()
    assert again(root) == {"ada": "the submission"}


def test_a_gradebook_that_is_locked_for_a_while_is_waited_for(graded, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    busy = sqlite3.connect(root / "gradebook.db", isolation_level=None, check_same_thread=False)
    busy.execute("BEGIN EXCLUSIVE")
    threading.Timer(7.0, lambda: busy.execute("ROLLBACK")).start()
    start = time.monotonic()
    assert grade(root, force=True)["ada"].score == MOST
    assert time.monotonic() - start > 6.5  # it did wait, and longer than SQLite does by itself


def test_what_changes_while_it_is_graded_is_graded_again(course, fresh):
    path = course / "submitted" / "ada" / NAME / FILE
    before = digest_of(path.parent)
    notebook = json.loads(text(fresh[2]))
    source = f"open({str(path.parent / 'more.txt')!r}, 'w').write('x')"
    own = {"cell_type": "code", "id": "own", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
    notebook["cells"].insert(1, own)
    path.write_bytes(text(notebook))
    assert any("changed while it was graded" in why for why in grade(course)["ada"].open)
    assert digest_of(path.parent) != before
    assert again(course) == {"ada": "the submission"} or again(course) == {"ada": "open"}


ACTIVE = {
    "evil.html": b"<script>1</script>",
    "evil.svg": b"<svg onload='1'/>",
    "data.csv": b"=cmd",
    "run.py": b"1",
    "page.png": b"<script>1</script>",
    "plot.png": b"\x89PNG\r\n\x1a\n1234",
    "images/photo.JPG": b"\xff\xd8\xff1234",
}


@pytest.mark.parametrize("way", ["autograder grade", "nbgrader autograde"])
def test_of_files_beside_a_notebook_pictures_alone_are_copied_on(graded, tmp_path, way):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    hand_in(root, "eve", {**ACTIVE, FILE: (root / "submitted" / "ada" / NAME / FILE).read_bytes()})
    if way == "autograder grade":
        grade(root, student="eve")
    else:
        with (root / "nbgrader_config.py").open("a") as file:
            file.write("c.JudgeInSandbox.no_sandbox = True\n")
        nbgrader(root, "autograde", NAME, "--student", "eve")
    made = root / "autograded" / "eve" / NAME
    found = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    assert found == {FILE, "plot.png", "images/photo.JPG"}


def test_the_report_names_who_patched_borrowed_or_pasted(graded, tmp_path, fresh):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    patched = json.loads(text(fresh[1]))
    own = {"cell_type": "code", "id": "own", "metadata": {}, "outputs": [], "execution_count": None}
    patched["cells"].insert(1, {**own, "source": CODE["patches the judge"]})
    hand_in(root, "patched", {FILE: text(patched)})
    borrowed = json.loads(text(fresh[2]))
    cell = next(c for c in borrowed["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == "add_backward")
    cell["source"] = "from nn_lib import AddGate\ndef add_backward(g, x, y):\n    return AddGate().backward(g)"
    hand_in(root, "borrowed", {FILE: text(borrowed)})
    grade(root)
    told = {entry["student"]: "; ".join(entry["troubles"]) for entry in collect(open_course(root), NAME)["troubled"]}
    assert "puts sys.modules out of its place" in told["patched"]
    assert "add_backward leans on nn_lib" in told["borrowed"]


def test_canvas_is_not_left_to_ignore_a_column(graded, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    sql(root, "UPDATE assignment SET name = 'final_project'")
    told = []
    export_grades(open_course(root), "final_project", "canvas", tmp_path / "x.csv", told.append)
    assert any("ignores it" in words and "'final'" in words for words in told)
