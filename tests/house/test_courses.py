"""Finding a course, and refusing one whose descriptions contradict themselves: one line, with file and line."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from autograder.exercises import CourseProblem, find_course, the_course, use_course, using_course
from autograder.exercises.courses import NAMED, packed, use_packed
from autograder.judge import judge
from autograder.judge.plan import plan_for

REPOSITORY = Path(__file__).resolve().parents[2]
PUBLIC = """
from autograder.exercises import Criterion, Exercise, elementwise_probes

EXERCISES = [
    Exercise(
        name="cube_backward",
        points=2,
        signature="(upstream, x)",
        probes=elementwise_probes(extremes=()),
        hints={"the 3 forgotten": "Compare with a finite difference at x = 2."},
    )
]
"""
PRIVATE = """
import numpy as np
from autograder.exercises import Answers


def cube_backward(upstream, x):
    return 3 * upstream * x**2


ANSWERS = {
    "cube_backward": Answers(
        reference=cube_backward,
        wrong={"the 3 forgotten": lambda upstream, x: upstream * x**2},
        right=(
            lambda upstream, x: upstream * 3 * x * x,
            lambda upstream, x: 3 * (upstream * x * x),
            lambda upstream, x: np.multiply(3 * upstream, np.square(x)),
            lambda upstream, x: upstream * x * (x + x + x),
            lambda upstream, x: np.einsum("...,...->...", 3.0 * np.asarray(upstream), np.asarray(x) ** 2),
        ),
    )
}
"""


def course(folder, public=PUBLIC, private=PRIVATE, assignment="one"):
    place = folder / "solutions" / assignment
    place.mkdir(parents=True)
    (place / "exercises.py").write_text(textwrap.dedent(public))
    if private is not None:
        (place / "answers.py").write_text(textwrap.dedent(private))
    return folder


def test_a_course_of_one_s_own_is_judged_like_ours(tmp_path):
    with using_course(course(tmp_path)):
        assert list(the_course().exercises) == ["cube_backward"]
        verdict = judge("cube_backward", {"cube_backward": lambda upstream, x: upstream * x**2})
        assert verdict.misconceptions == ("the 3 forgotten",)
        assert judge("cube_backward", {"cube_backward": lambda upstream, x: 3 * upstream * x * x}).passed


def test_the_course_above_the_working_directory_is_found(tmp_path, monkeypatch):
    monkeypatch.delenv(NAMED, raising=False)
    deep = course(tmp_path) / "notebooks" / "one"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert find_course() == tmp_path / "solutions"
    assert find_course(above=REPOSITORY / "tests") == REPOSITORY / "solutions"


@pytest.mark.parametrize("left", ["answers.py", "one.py"])
def test_an_assignment_whose_description_is_gone_is_named_and_no_other_course_taken(tmp_path, monkeypatch, left):
    monkeypatch.delenv(NAMED, raising=False)
    one = course(tmp_path) / "solutions" / "one"
    (tmp_path / "nbgrader_config.py").write_text("")
    (one / "one.py").write_text('# %%\ncheck("cube_backward")\n')
    (one / "exercises.py").rename(tmp_path / "kept.py")
    for path in one.iterdir():
        if path.name != left:
            path.unlink()
    asked = [lambda: find_course(above=tmp_path), lambda: the_course(tmp_path)]
    other = course(tmp_path / "with another", assignment="two") / "solutions"
    shutil.copytree(one, other / "one")
    asked.append(lambda: the_course(other))
    for ask in asked:
        with pytest.raises(CourseProblem, match=r"one/exercises.py is missing: .* Put it back"):
            ask()
    (one / left).write_text("# %% [markdown]\n# # A text without a check\n")
    (one / left).rename(one / "one.py")
    assert find_course(above=tmp_path) != tmp_path / "solutions"  # what nbgrader has of a course that is installed


def test_what_nbgrader_copied_of_an_assignment_is_no_course(tmp_path, monkeypatch):
    monkeypatch.delenv(NAMED, raising=False)
    (one,) = (path.parent for path in (course(tmp_path) / "solutions").glob("*/exercises.py"))
    copied = tmp_path / "autograded" / "ada" / one.name
    shutil.copytree(one, copied)
    monkeypatch.chdir(copied)
    assert find_course() == tmp_path / "solutions"
    assert find_course(above=one) == tmp_path / "solutions"


def test_without_one_above_the_installed_course_is_found(tmp_path):
    script = "from autograder.exercises import the_course; print(len(the_course().exercises))"
    environment = {name: value for name, value in os.environ.items() if name != NAMED}
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.stdout.strip() == str(len(the_course(REPOSITORY).exercises)), done.stderr


def test_a_course_named_for_a_block_is_forgotten_after_it(tmp_path, monkeypatch):
    monkeypatch.setenv(NAMED, str(REPOSITORY))
    with using_course(course(tmp_path)):
        assert os.environ[NAMED] == str(tmp_path)
    assert os.environ[NAMED] == str(REPOSITORY)


def test_a_course_sent_to_another_machine_is_the_same_there(tmp_path, monkeypatch):
    monkeypatch.setenv(NAMED, "")
    use_packed(packed(course(tmp_path) / "solutions"))
    assert list(the_course().exercises) == ["cube_backward"]
    assert find_course() != tmp_path / "solutions"


def test_a_folder_without_exercises_is_refused_by_name(tmp_path):
    with pytest.raises(CourseProblem, match=f"{tmp_path} holds no exercises"):
        the_course(tmp_path)


@pytest.mark.parametrize(
    ("public", "private", "says"),
    [
        (PUBLIC, None, "answers.py is missing"),
        (PUBLIC.replace("points=2", "points=2,\n  nonsense="), PRIVATE, "exercises.py, line 8: "),
        (PUBLIC, PRIVATE.replace("import numpy as np", "import numpy as\n"), "answers.py, line 2: "),
        (PUBLIC.replace("points=2", "points=1 / 0"), PRIVATE, "exercises.py, line 7: ZeroDivisionError"),
        (PUBLIC.replace("EXERCISES", "EXERCISE"), PRIVATE, "does not define EXERCISES"),
        (PUBLIC, PRIVATE.replace("ANSWERS", "ANSWER"), "does not define ANSWERS"),
        (PUBLIC, PRIVATE.replace('"cube_backward": Answers', '"cube": Answers'), "there are answers for 'cube'"),
        (PUBLIC, "ANSWERS = {}", "there are no Answers for 'cube_backward'"),
        (PUBLIC.replace("hints={", "hints={'x': 'y', "), PRIVATE, "there is a hint for 'x', but no wrong answer"),
        (PUBLIC, PRIVATE.replace("wrong={", "wrong={'x': abs, "), "the mistake 'x' has no hint"),
        (PUBLIC, PRIVATE.replace("lambda upstream, x: 3 * (upstream * x * x),", ""), "it has 4 right variants; five"),
        (
            PUBLIC,
            PRIVATE.replace("lambda upstream, x: 3 * (upstream * x * x)", "lambda u, x: cube_backward(u, x) * 1"),
            "right variant 1 calls the reference",
        ),
        (
            PUBLIC.replace("points=2", "points=2, criteria=(Criterion('values', 'right', 0.5),)"),
            PRIVATE,
            "weights of its criteria add up to 0.5",
        ),
        (
            PUBLIC.replace("points=2", "points=2, criteria=(Criterion('values', 'right', 1.0, ('none',)),)"),
            PRIVATE,
            "criterion 'values' needs 'none', which does not exist",
        ),
    ],
)
def test_a_description_that_contradicts_itself_is_refused_by_name(tmp_path, public, private, says):
    with pytest.raises(CourseProblem) as refused:
        the_course(course(tmp_path, public, private))
    assert says in str(refused.value) and str(tmp_path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_probe_for_a_criterion_that_does_not_exist_is_refused(tmp_path):
    public = PUBLIC.replace("points=2", "points=2, criteria=(Criterion('values', 'right', 1.0),)")
    with (
        using_course(course(tmp_path, public)),
        pytest.raises(ValueError, match="criterion 'edges', which does not exist"),
    ):
        plan_for("cube_backward", 0)


def test_a_reference_that_raises_on_its_own_probes_is_refused(tmp_path):
    private = PRIVATE.replace("    return 3 * upstream * x**2", "    raise TypeError('no')")
    with (
        using_course(course(tmp_path, private=private)),
        pytest.raises(ValueError, match="its reference raises TypeError"),
    ):
        judge("cube_backward", {"cube_backward": lambda upstream, x: 3 * upstream * x * x}, seed=77)


def test_two_exercises_of_one_name_are_refused(tmp_path):
    course(course(tmp_path), assignment="two")
    with pytest.raises(CourseProblem, match="has an exercise called cube_backward already"):
        the_course(tmp_path)


def test_the_command_says_it_in_one_line_and_judges_nothing(tmp_path):
    course(tmp_path, PUBLIC.replace("points=2", "points=("))
    (tmp_path / "solutions" / "one" / "one.py").write_text("# %% [markdown]\n# # One\n")
    command = [sys.executable, "-m", "autograder.cli", "notebooks"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert "exercises.py, line" in done.stderr and done.stderr.count("\n") == 1, done.stderr
    assert not (tmp_path / "notebooks").exists()


def test_use_course_holds_for_started_processes(tmp_path, monkeypatch):
    monkeypatch.setenv(NAMED, "")
    use_course(course(tmp_path))
    script = "from autograder.exercises import the_course; print(*the_course().exercises)"
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.stdout.strip() == "cube_backward"
