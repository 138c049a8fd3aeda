"""Check data gives the verdicts that the answers give, and holds no answer."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.exercises import CourseProblem, NoAnswers, check_data, the_course, using_course
from autograder.judge import decide, judge
from autograder.judge.mutation import Catalogued
from autograder.judge.plan import plan_of
from autograder.judge.recording import record, write_check_data
from autograder.judge.sketch import sketched

SEED = check_data.SEEDS[0]


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch):
    """What is said here is said on a busy machine, too."""
    monkeypatch.setattr(decide, "PLACE_SECONDS", 60.0)


def told_by_data(exercise, seed=SEED):
    """The exercise as a student's installation has it."""
    kept = record(exercise, [seed])
    mistakes = tuple(map(tuple, kept["mistakes"]))
    recorded = check_data.Recorded(Path("check_data"), exercise.name, mistakes, kept["measures"], kept["seeds"])
    return replace(exercise, answers=None, recorded=recorded)


def differences(exercise, every=1, explain=0.0):
    """The answers of the catalogue, one in `every`, on which the two installations do not say the same."""
    theirs = told_by_data(exercise)
    assert [(m.name, m.hint) for m in theirs.mistakes] == [(m.name, m.hint) for m in exercise.mistakes]
    helpers = exercise.code(exercise.reference)
    answers = [(m.name, m.wrong) for m in exercise.mistakes if m.wrong is not None]
    answers = [*answers[::every], *(("right", right) for right in exercise.right[::every])]
    found = {}
    for name, answer in answers:
        code = Catalogued({**helpers, **exercise.code(answer)})
        a, b = (judge(e, code, SEED, explain).to_dict() for e in (exercise, theirs))
        if a != b:
            found[name] = {key: (a[key], b[key]) for key in a if a[key] != b[key]}
    return found


def small_exercises():
    """One exercise of each assignment: the one whose answers are worked out soonest."""
    for exercises in the_course().assignments.values():
        yield min(exercises, key=lambda e: (len(e.mistakes) * len(plan_of(e, SEED).probes), e.name)).name


@pytest.mark.parametrize("name", [*small_exercises()])
def test_the_same_verdicts_from_data_as_from_the_answers(name):
    assert differences(the_course().get(name), every=6) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", the_course().exercises)
def test_the_same_verdicts_for_every_exercise(name):
    assert differences(the_course().get(name), every=5) == {}


# --- an installation without answers ----------------------------------------------------------------------------------


PAGE = Path(__file__).parents[2] / "docs" / "adding-an-exercise.md"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The course of the page on adding an exercise: one exercise, with its answers."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    folder = tmp_path_factory.mktemp("own") / "solutions" / "01_square"
    folder.mkdir(parents=True)
    (folder / "exercises.py").write_text(next(b for b in blocks if "EXERCISES = " in b), encoding="utf-8")
    (folder / "answers.py").write_text(next(b for b in blocks if "ANSWERS = " in b), encoding="utf-8")
    return folder.parents[1]


@pytest.fixture(scope="module")
def students(own, tmp_path_factory):
    """The same course as its students have it."""
    folder = tmp_path_factory.mktemp("students")
    target = folder / "solutions" / "01_square"
    target.mkdir(parents=True)
    shutil.copy(own / "solutions" / "01_square" / "exercises.py", target)
    write_check_data(the_course(own), folder / "solutions")
    return folder


def test_it_judges_with_the_seeds_it_has_and_no_other(own, students):
    right = {exercise.name: exercise.reference for exercise in the_course(own).exercises.values()}
    with using_course(students):
        course = the_course()
        assert course.seeds == check_data.SEEDS
        name = next(iter(course.exercises))
        for seed in course.seeds:
            assert judge(name, Catalogued(course.get(name).code(right[name])), seed).passed
        with pytest.raises(CourseProblem, match="with the seeds 20011, 20021, 20023 here, not with 7"):
            judge(name, {name: lambda *a: None}, 7)
        with pytest.raises(NoAnswers, match="autograder init"):
            _ = course.get(name).reference


def test_the_same_place_in_the_code(own, tmp_path, monkeypatch):
    (tmp_path / "handed_in_square.py").write_text("def square_backward(upstream, x):\n    return upstream * 3 * x\n")
    monkeypatch.syspath_prepend(tmp_path)
    code = Catalogued({"square_backward": __import__("handed_in_square").square_backward})
    exercise = the_course(own).get("square_backward")
    a, b = (judge(e, code, SEED, 5.0).to_dict() for e in (exercise, told_by_data(exercise)))
    assert a == b and a["place"]["line"] == 2


def test_no_line_of_the_answers_is_in_it(own, students):
    (path,) = students.rglob(check_data.FILE)
    content = check_data.header(path)
    raw = b"".join(
        check_data.Recorded(path, name, (), False, kept["seeds"]).part(seed, part)
        for name, kept in content["exercises"].items()
        for seed, parts in kept["seeds"].items()
        for part in parts
    )
    assert len(raw) > 1000
    answers, public = (
        (own / "solutions" / "01_square" / name).read_text("utf-8") for name in ("answers.py", "exercises.py")
    )
    lines = {line.strip() for line in answers.splitlines() if len(line.strip()) > 12}
    assert lines and [line for line in lines if line.encode() in raw and line not in public] == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda content: content | {"version": "0.0.1"}, "was written by version 0.0.1"),
        (lambda content: content | {"fingerprint": "another"}, "another version of the exercises.py"),
        (lambda content: content | {"format": 99}, "is of format 99"),
        (lambda content: content | {"exercises": {}}, "has nothing on"),
        (lambda content: {}, "is damaged"),
    ],
)
def test_data_that_does_not_fit_is_refused_in_one_line(students, tmp_path, change, says):
    shutil.copytree(students, tmp_path / "course")
    (path,) = (tmp_path / "course").rglob(check_data.FILE)
    path.write_bytes(msgpack.packb(change(check_data.header(path))))
    with pytest.raises(CourseProblem) as refused:
        the_course(tmp_path / "course")
    assert says in str(refused.value) and "\n" not in str(refused.value)


def test_an_assignment_with_neither_half_is_refused(students, tmp_path):
    shutil.copytree(students, tmp_path / "course")
    for path in (tmp_path / "course").rglob(check_data.FILE):
        path.unlink()
    with pytest.raises(CourseProblem, match=f"answers.py is missing.*Nor is there {check_data.FILE}"):
        the_course(tmp_path / "course")


def test_an_installed_course_that_cannot_be_imported_is_told_by_name(tmp_path):
    info = tmp_path / "broken_course-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-course\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[autograder.courses]\nbroken = broken_course\n")
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    script += "from autograder.exercises import find_course\nfind_course()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0
    assert (
        "the installed course 'broken' is passed over" in done.stderr and "pip uninstall broken-course" in done.stderr
    )


# --- sketches ---------------------------------------------------------------------------------------------------------

numbers = st.floats(-1e6, 1e6, allow_nan=False)


@given(st.lists(numbers, min_size=1, max_size=20), st.floats(-1, 1))
def test_a_value_within_the_room_is_recognised(entries, share):
    value = np.array(entries)
    room = 1e-6 * np.abs(value) + 1e-6
    assert sketched(value).is_like(value + share * room, room)


@given(st.lists(numbers, min_size=1, max_size=20), st.integers(0, 19), st.sampled_from([-1e-2, 1e-2, 1.0]))
def test_one_entry_that_is_off_is_seen(entries, which, off):
    value = np.array(entries)
    other = value.copy()
    other[which % len(value)] += off * max(1.0, abs(other[which % len(value)]))
    assert not sketched(value).is_like(other, 1e-6 * np.abs(other) + 1e-6)


def test_what_is_not_finite_has_its_place():
    value = np.array([1.0, np.nan, np.inf, -np.inf])
    room = np.zeros(4)
    assert sketched(value).is_like(value, room)
    for order in ([0, 2, 1, 3], [0, 1, 3, 2]):
        assert not sketched(value).is_like(value[order], room)
    assert not sketched(value).is_like(value.reshape(2, 2), room.reshape(2, 2))
