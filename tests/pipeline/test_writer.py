"""From the grading processes to the one writer: what is made ready there is put in its place here, or told."""

import datetime
import errno
import json
import os
import pickle
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import need_module, need_program
from courses import released
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.utils import parse_utc
from sqlalchemy import event

from autograder.judge.verdict import Verdict
from autograder.pipeline import files
from autograder.pipeline.course import open_course
from autograder.pipeline.delivery import Delivery, deliver
from autograder.pipeline.files import Stage, put, staging
from autograder.pipeline.grade import _Run, grade_assignment
from autograder.pipeline.gradebook import GradebookWriter
from autograder.pipeline.graded import GradedNotebook, SubmissionResult
from autograder.pipeline.records import read_record
from autograder.pipeline.restore import restore
from autograder.pipeline.source import read_book, read_source
from autograder.pipeline.times import Claim, claimed_time
from benchmarks.postgresql import moved, programs, server

NAME = "03_circuits_and_gates"
STUDENTS = ("ada", "ben")
WHEN = datetime.datetime(2030, 2, 1, 12, 0, 0, 250_000)
pytestmark = pytest.mark.xdist_group("writer")


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "course"
    _, solution = released(folder, NAME)
    for student in STUDENTS:
        place = folder / "submitted" / student / NAME
        place.mkdir(parents=True)
        (place / f"{NAME}.ipynb").write_text(json.dumps(solution))
        (place / "drawn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        (place / "submission_secret.txt").write_text("secret")
    return open_course(folder)


def grade(course):
    return {r.student: r for r in grade_assignment(course, NAME, jobs=1, sandboxed=False)}


def result_of(course, student, points=1.0):
    """A submission, judged by hand: `points` for each check."""
    source = read_source(course.db_url, NAME)[NAME]
    content = json.loads((course.folder("submitted", student, NAME) / f"{NAME}.ipynb").read_text())
    notebook = restore(content, source).notebook
    verdicts = {}
    for cell in notebook.cells:
        kept = source.get(cell.metadata.get("nbgrader", {}).get("grade_id") or "")
        if kept is not None and kept.autograded:
            verdicts[kept.name] = Verdict(kept.check, min(points, kept.points), kept.points, ())
            shown = {"data": verdicts[kept.name]._repr_mimebundle_(), "metadata": {}, "execution_count": 1}
            cell.outputs = [type(notebook)({"output_type": "execute_result", **shown})]
            cell.outputs[0].data = type(notebook)(cell.outputs[0].data)
    graded = GradedNotebook(notebook, verdicts, written=json.dumps(notebook))
    return SubmissionResult(student, NAME, {NAME: graded}, digest="d", seed=5)


def delivered(course, stage, student="ada", points=1.0):
    """What arrives at the writer: through the pipe between two processes, as it were."""
    submitted = course.folder("submitted", student, NAME)
    return pickle.loads(pickle.dumps(deliver(result_of(course, student, points), Claim(WHEN), submitted, stage)))


def written(course, *deliveries):
    run = _Run(course, NAME, read_book(course.db_url, NAME), lambda: {"the grader": "this"}, 9, None, {})
    with GradebookWriter(course, NAME) as writer:
        for delivery in deliveries:
            run.finish(run.take(delivery.result.student, delivery, writer))
        run.finish(writer.commit())
    return run.results


def tree(folder):
    """Names, modes and contents."""
    paths = [folder, *sorted(folder.rglob("*"))]
    return {
        str(path.relative_to(folder)): (stat.filemode(path.stat().st_mode), path.is_file() and path.read_bytes())
        for path in paths
    }


def record(course, student="ada"):
    return {name: value for name, value in read_record(course, NAME, student).items() if name != "seconds"}


def rows(db_url):
    """Everything in a gradebook's rows but the identities, which are drawn."""
    with Gradebook(db_url) as gradebook:
        return sorted(
            [
                s.student.id,
                str(s.timestamp),
                str(s.extension),
                kind,
                row.name,
                *(getattr(row, name) for name in columns),
            ]
            for s in gradebook.assignment_submissions(NAME)
            for n in s.notebooks
            for kind, several, columns in (
                ("grade", n.grades, ("auto_score", "manual_score", "needs_manual_grade")),
                ("comment", n.comments, ("auto_comment", "manual_comment")),
            )
            for row in several
        )


def test_folder_and_record_are_the_same_whoever_makes_them(course):
    """A grading process that sees the course's folder makes them there; from elsewhere the notebooks travel."""
    with staging(course, NAME) as stage:
        elsewhere = Stage(stage.folder, NAME, stage.source, b"another disk", stage.user, stage.places)
        somebody_else = Stage(stage.folder, NAME, stage.source, stage.token, stage.user + 1, stage.places)
        seen = {}
        for where in (stage, elsewhere, somebody_else, None):
            delivery = delivered(course, where)
            assert (delivery.folder is not None) == (where is stage)
            results = written(course, delivery)
            assert [v.points for v in results["ada"].notebooks[NAME].verdicts.values()] == [1.0] * 7
            seen[where] = tree(course.folder("autograded", "ada", NAME)), record(course), results["ada"].score
        assert not any(path.name != "token" for path in stage.folder.iterdir())
    assert all(one == seen[stage] for one in seen.values())
    made, noted, score = seen[stage]
    assert made["."][0] == "drwxr-xr-x" and made[f"{NAME}.ipynb"][0] == "-r--r--r--"
    assert set(made) == {".", f"{NAME}.ipynb", "drawn.png", "timestamp.txt", "submission_secret.txt"}
    assert made["timestamp.txt"][1] == b"2030-02-01 12:00:00.250000 UTC"
    assert noted["score"] == score == 7.0 and len(noted["verdicts"]) == 7 and len(noted["answers"]) == 8
    assert not stage.folder.exists()


def test_a_submission_that_takes_the_place_of_an_earlier_one_leaves_nothing_of_it(course):
    with staging(course, NAME) as stage:
        written(course, delivered(course, stage))
        (course.folder("submitted", "ada", NAME) / "drawn.png").unlink()
        written(course, delivered(course, stage, points=0.5))
    place = course.folder("autograded", "ada", NAME)
    assert "drawn.png" not in tree(place) and [path.name for path in place.parent.iterdir()] == [NAME]
    assert record(course)["score"] == 3.5


def test_a_students_folder_may_be_a_file_system_of_its_own(course, monkeypatch):
    rename = os.rename

    def across(origin, destination):
        if Path(origin).parent != Path(destination).parent:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename(origin, destination)

    with staging(course, NAME) as stage:
        here, there = delivered(course, stage), delivered(course, stage, student="ben")
        put(Path(here.folder), course.folder("autograded", "ada", NAME))
        monkeypatch.setattr(files.os, "rename", across)
        for _ in range(2):  # also where something is there
            written(course, there)
            there = delivered(course, stage, student="ben")
    places = [course.folder("autograded", student, NAME) for student in STUDENTS]
    assert tree(places[0]) == tree(places[1])
    assert [path.name for path in places[1].parent.iterdir()] == [NAME]


def test_all_graded_folders_may_be_a_file_system_of_their_own(course, monkeypatch):
    """Also for the first submission of all, for which there is no folder of records yet."""
    replace = os.replace

    def across(origin, destination):
        if not Path(destination).parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if Path(origin).parent != Path(destination).parent:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        replace(origin, destination)

    monkeypatch.setattr(os, "replace", across)
    with staging(course, NAME) as stage:
        results = written(course, *(delivered(course, stage, student=student) for student in STUDENTS))
    assert not any(result.open for result in results.values())
    assert all(record(course, student)["score"] == 7.0 for student in STUDENTS)


def test_a_folder_that_was_made_read_only_is_replaced(course, monkeypatch):
    """As for somebody who is not root: what cannot be written in cannot be moved to another folder."""
    rename = os.rename

    def refused(origin, destination):
        moved = Path(origin).parent != Path(destination).parent
        if moved and Path(origin).is_dir() and not Path(origin).stat().st_mode & stat.S_IWUSR:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        rename(origin, destination)

    monkeypatch.setattr(files.os, "rename", refused)
    place = course.folder("autograded", "ada", NAME)
    with staging(course, NAME) as stage:
        written(course, delivered(course, stage))
        place.chmod(0o555)
        results = written(course, delivered(course, stage, points=0.5))
    assert not results["ada"].open and record(course)["score"] == 3.5
    assert stat.filemode(place.stat().st_mode) == "drwxr-xr-x" and [p.name for p in place.parent.iterdir()] == [NAME]


def test_what_a_killed_run_was_making_is_cleared_by_the_next_one(course):
    autograded = course.root / "autograded"
    left = autograded / f".making-abcd1234-{NAME}" / f".making-efgh5678-{NAME}" / f"{NAME}.ipynb"
    left.parent.mkdir(parents=True)
    left.write_text("{")
    other = autograded / ".making-abcd1234-04_another"
    other.mkdir()
    assert all(not result.open for result in grade(course).values())
    assert sorted(path.name for path in autograded.iterdir()) == [other.name, *STUDENTS]


def test_killed_between_files_and_rows(course, monkeypatch):
    """As by a signal: no submission is taken for done, and the next run takes all of them up."""

    class Killed(BaseException):
        pass

    def killed(self, waiting):
        assert course.folder("autograded", "ada", NAME).is_dir()
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(GradebookWriter, "_write", killed)
        with pytest.raises(Killed):
            grade(course)
    assert rows(course.db_url) == [] and record(course) == {}
    again = grade(course)
    assert not any(result.skipped or result.open for result in again.values())
    assert len(rows(course.db_url)) == 2 * 16
    assert all(result.skipped for result in grade(course).values())


def test_a_disk_that_is_full_is_told_and_leaves_no_half_of_a_folder(course, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with staging(course, NAME) as stage:
        with monkeypatch.context() as patch:
            patch.setattr(files.os, "fsync", full)
            delivery = delivered(course, stage)
            assert delivery.folder is None and [path.name for path in stage.folder.iterdir()] == ["token"]
            results = written(course, delivery)
        assert "No space left on device" in results["ada"].open[0]
        assert list((course.root / "autograded" / "ada").iterdir()) == []
        assert record(course)["open"] and rows(course.db_url) == []
        assert not written(course, delivered(course, stage))["ada"].open


@pytest.mark.slow
def test_grading_onto_a_disk_that_is_full(course):
    small = [need_program("bwrap", "bubblewrap"), "--dev-bind", "/", "/"]
    (course.root / "autograded").mkdir()
    program = (
        "from pathlib import Path\n"
        "from autograder.pipeline.course import open_course\n"
        "from autograder.pipeline.grade import grade_assignment\n"
        f"for r in grade_assignment(open_course(Path('.')), {NAME!r}, jobs=1, sandboxed=False):\n"
        "    print(r.student, r.score, r.open)\n"
    )
    said = subprocess.run(
        [*small, "--size", "20000", "--tmpfs", str(course.root / "autograded"), sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=course.root,
        timeout=120,
    )
    assert said.stdout.count("could not be recorded: OSError: [Errno 28] No space left") == 2, said
    assert not any(result.skipped or result.open for result in grade(course).values())


def test_rows_are_looked_up_by_index(course):
    """However many submissions a gradebook has, a batch asks for its own rows alone."""
    asked = []

    def note(connection, cursor, statement, parameters, context, many):
        if statement.lstrip().startswith("SELECT"):
            asked.append((statement, parameters))

    with staging(course, NAME) as stage:
        several = [delivered(course, stage, student) for student in STUDENTS]
        written(course, *several)
        several = [delivered(course, stage, student) for student in STUDENTS]
        with GradebookWriter(course, NAME) as writer:
            engine = writer._gradebook.db.get_bind()
            event.listen(engine, "before_cursor_execute", note)
            for delivery in several:
                writer.record(delivery, delivery.result, delivery.cells, WHEN)
            writer.commit()
            assert len(asked) == 5
            for statement, parameters in asked:
                plan = writer._gradebook.db.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                assert not any("SCAN" in row[-1] for row in plan), statement


@given(st.datetimes(datetime.datetime(1980, 1, 1), datetime.datetime(2200, 12, 31)))
def test_times_are_read_as_nbgrader_reads_them(when):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "timestamp.txt").write_text(f"{when} UTC")
        assert claimed_time(Path(folder)) == Claim(parse_utc(f"{when} UTC")) == Claim(when)


@pytest.mark.slow
def test_postgresql_gets_the_same_rows(course, tmp_path, monkeypatch):
    need_module("psycopg", "psycopg[binary]")
    binaries = programs() or Path(need_program("initdb", "postgresql")).parent
    monkeypatch.setattr(GradebookWriter, "_one_by_one", lambda *_: pytest.fail("a batch was not taken in one"))
    release = course.root / "notebooks" / NAME / f"{NAME}.ipynb"
    shutil.copy(release, course.folder("submitted", "ben", NAME))  # not started
    empty = tmp_path / "empty.db"
    shutil.copy(course.root / "gradebook.db", empty)
    extension = WHEN + datetime.timedelta(days=2, microseconds=5)

    def twice(home):
        with Gradebook(home.db_url) as gradebook:
            gradebook.update_or_create_assignment(NAME, duedate=WHEN - datetime.timedelta(days=1))
        for points in (1.0, 0.5):
            with staging(home, NAME) as stage, GradebookWriter(home, NAME) as writer:
                several = [delivered(home, stage, student, points) for student in STUDENTS]
                several.append(Delivery(SubmissionResult("cid", NAME, {}, open=["lost"]), {}, Claim()))
                several.append(Delivery(SubmissionResult("dan", NAME, {NAME: None}), {NAME: None}, Claim()))
                until = {"ada": extension}
                for delivery in several:
                    student = delivery.result.student
                    when = delivery.claim.when
                    assert writer.record(student, delivery.result, delivery.cells, when, None, until.get(student)) == []
                done = dict(writer.commit())
                assert not [problem for problem in done.values() if isinstance(problem, Exception)]
        return rows(home.db_url)

    ours = twice(course)
    assert len(ours) == 4 * 16 and {row[2] for row in ours} == {"None", "3 days, 0:00:00.000005"}
    with server(binaries) as url:
        moved(f"sqlite:///{empty}", url)
        course.directory.db_url = url
        assert twice(course) == ours
