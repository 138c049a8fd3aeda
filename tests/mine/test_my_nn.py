"""A student's own library: filed by `check`, imported by later notebooks, its gaps filled, its faults found."""

import shutil
import subprocess
import sys

import nbformat
import pytest
from conftest import need_program
from little_course import FROM, RIGHT, do, make_course, python, run_cells

from autograder.student import lent


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def home(course, tmp_path_factory):
    """The notebooks of a student who has done everything of the first two assignments."""
    folder = tmp_path_factory.mktemp("anna")
    said = do(course, folder / "01_first", ["double", "triple"]) + do(
        course, folder / "02_second", ["fourfold", "sixfold"]
    )
    assert said.count("is in your library now") == 4, said
    return folder


def test_who_does_everything_imports_their_own(course, home):
    assert sorted(path.name for path in (home / "my_nn").glob("*.py")) == [
        "01_first.py", "02_second.py", "__init__.py", "__main__.py",
    ]  # fmt: skip
    filed = (home / "my_nn" / "01_first.py").read_text()
    assert RIGHT["double"] in filed and "THREE = 3" in filed and "def by(k, x):" in filed and "check" not in filed
    assert "import os" not in filed  # which it does not use
    cells = ["from my_nn import double, sixfold", "print(double(3), sixfold(1), double.__module__)"]
    said = run_cells(course, home / "03_third", cells)
    assert "my_nn: your library: 4 functions" in said and "6 6 my_nn.01_first" in said and "borrowed" not in said


@pytest.mark.slow
def test_every_layout_finds_the_same_library(course, home):
    """In an assignment's folder, in the one above it, where the folder itself is found first, and with -m."""
    for folder in (home / "02_second", home):
        assert "6" in run_cells(course, folder, ["import my_nn", "print(my_nn.double(3))"])
        said = python(course, folder, "-m", "my_nn")
        assert "yours: double, triple" in said and "4 of 5 are your own (80 %)" in said


def test_a_gap_is_filled_and_said_and_blocks_nothing(course, tmp_path):
    do(course, tmp_path / "01_first", ["triple"])
    cells = [
        "from my_nn import double, triple",
        "print(double(4.0), triple(1))",
        "from my_nn import sixfold\nprint('still here')",
        "sixfold(1)",
        RIGHT["fourfold"],
        f'{FROM}check("fourfold")',
        "from my_nn import never_heard_of",
    ]
    said = run_cells(course, tmp_path / "03_third", cells)
    assert "my_nn: your library: 1 function; borrowed here, until you write them: double" in said
    assert "8.0 3" in said and "still here" in said and "to be done first: sixfold" in said
    assert "it is an exercise of 02_second, and nothing stands in for it. Do that one first." in said
    assert "fourfold is in your library now" in said  # with what was lent: no borrowing
    assert "never_heard_of" in said


def test_a_course_that_leaves_out_what_it_builds_on_lends_it_or_names_it(tmp_path):
    """As `init --with-course --assignment` makes it; the course it came from is at hand here."""
    course = make_course(tmp_path / "part")
    shutil.rmtree(course / "solutions" / "01_first")
    cells = [
        "from my_nn import double, descent_path, unheard_of",
        "from my_nn import double, descent_path",
        "print(double(4.0))",
        "descent_path(None, None, 0.1, 1)",
    ]
    said = run_cells(course, tmp_path / "02_second", cells)
    assert "cannot import name 'unheard_of'" in said and "8.0" in said
    assert "it is an exercise of 01_derivatives_and_gradients, which this course leaves out" in said, said
    asked = f"from autograder.exercises import the_course\nfrom pathlib import Path\n{LEFT_OUT}"
    assert python(course, tmp_path, "-c", asked).split() == ["double", "8.0"]


LEFT_OUT = """
from autograder.mine.earlier import library_before
from autograder.student.lent import Shelf
earlier, _ = library_before(the_course(), "03_third", Path.cwd())
print(*[name for *_, names in earlier["earlier"] for name in names if name == "double"], Shelf(**earlier).double(4.0))
"""


def test_what_is_lent_for_this_very_notebook_answers_nothing(course, tmp_path):
    cells = ["from my_nn import fourfold", f'{FROM}print(check("fourfold").notice)']
    cells += ["def sixfold(x):\n    return fourfold(x) + x + x", f'{FROM}print(check("sixfold").notice)']
    said = run_cells(course, tmp_path / "02_second", cells)
    assert "in your library now" not in said and said.count("leans on what stands in for fourfold") == 2, said
    assert not (tmp_path / "my_nn").exists()


def test_a_filed_function_that_became_wrong_is_found(course, home, tmp_path):
    subprocess.run(["cp", "-r", str(home / "my_nn"), str(tmp_path / "my_nn")], check=True)
    path = tmp_path / "my_nn" / "01_first.py"
    path.write_text(path.read_text().replace("return x + x", "return x + x + 1"))
    cells = ["from my_nn import double, triple", "print(double(3.0), triple(1.0))", "from my_nn import double"]
    said = run_cells(course, tmp_path, cells)
    assert "double in my_nn/01_first.py does not pass its check any more, so it is not used" in said
    assert "borrowed here, until you write them: double" in said and "6.0 3.0" in said and said.count("any more") == 1
    assert "not right any more: double" in python(course, tmp_path, "-m", "my_nn")
    do(course, tmp_path / "01_first", ["double"])  # passing again mends it
    said = run_cells(course, tmp_path, cells)
    assert "any more" not in said and "borrowed" not in said
    path.write_text("def double(x:\n")
    said = run_cells(course, tmp_path, cells)
    assert "my_nn/01_first.py is not Python any more" in said and "borrowed here, until you write them: double" in said
    said = do(course, tmp_path / "01_first", ["double"])
    assert "is not Python any more" in said and path.read_text() == "def double(x:\n"  # theirs: not written over


@pytest.mark.slow
def test_a_better_version_replaces_it_and_the_rest_stays(course, tmp_path):
    do(course, tmp_path / "01_first", ["double", "triple"])
    path = tmp_path / "my_nn" / "01_first.py"
    path.write_text(path.read_text().replace("THREE = 3", "# a remark of mine\nTHREE = 3"))
    better = "def twice(x):\n    return 2 * x\n\ndef double(x):\n    return twice(x)"
    said = run_cells(course, tmp_path / "01_first", [better, f'{FROM}check("double")', 'check("double")'])
    assert said.count("is in your library now") == 1
    text = path.read_text()
    assert (
        "x + x" not in text
        and "def twice(x)" in text
        and "# a remark of mine" in text
        and text.count("def double") == 1
    )
    wrong = "def double(x):\n    return 3 * x"
    run_cells(course, tmp_path / "01_first", [wrong, f'{FROM}check("double")'])
    assert path.read_text() == text


@pytest.mark.slow
def test_what_is_no_text_is_not_filed_and_says_so(course, tmp_path):
    cells = ["exec('def double(x):\\n    return 2 * x')", f'{FROM}check("double")']
    cells += [
        "f = open(__import__('os').devnull)\ndef triple(x):\n    f.fileno()\n    return 3 * x\n",
        'check("triple")',
    ]
    said = run_cells(course, tmp_path, cells)
    assert "double was not filed in my_nn: its text is in no cell" in said
    assert "triple was not filed in my_nn: alone in a file it does not pass" in said or "triple is in your" in said


def test_two_students_on_one_machine_have_a_library_each(course, tmp_path):
    for who, name in (("anna", "double"), ("ben", "triple")):
        do(course, tmp_path / who / "01_first", [name])
        text = (tmp_path / who / "my_nn" / "01_first.py").read_text()
        assert f"def {name}" in text
    assert "def triple" not in (tmp_path / "anna" / "my_nn" / "01_first.py").read_text()


def test_where_nothing_can_be_written_the_check_still_answers(course, tmp_path):
    (tmp_path / "file").write_text("in the way")
    cells = [RIGHT["double"], f'{FROM}print(check("double"))']
    said = run_cells(course, tmp_path, cells, MY_NN=str(tmp_path / "file" / "my_nn"))
    assert "double was not filed" in said and "cannot be written" in said and "Traceback" not in said


def test_away_from_the_course_the_files_are_still_a_package(home):
    script = "import sys; sys.meta_path[:] = [f for f in sys.meta_path if 'ditable' not in repr(f)]\n"
    script += "sys.modules['autograder'] = None\nimport my_nn; print(my_nn.double(4))"
    done = subprocess.run([sys.executable, "-c", script], cwd=home, capture_output=True, text=True)
    assert done.stdout.strip() == "8", done.stderr


def test_a_course_that_leaves_an_assignment_out_still_lends_its_functions(course, tmp_path):
    part = tmp_path / "part" / "solutions"
    shutil.copytree(course / "solutions" / "03_third", part / "03_third")
    shutil.copy(course / "solutions" / "stand_ins.py", part)
    said = run_cells(
        part.parent, tmp_path / "03_third", ["from my_nn import fourfold", *THIRD, f'{FROM}check("twelvefold")']
    )
    assert "twelvefold is in your library now" in said


# --- graded, here or on another machine -------------------------------------------------------------------------------


def notebook(folder, *cells):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mine.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]), path)
    return path


@pytest.fixture
def judged(course, monkeypatch):
    """A notebook's verdicts from `autograder check`, by exercise."""
    from autograder.notebook_check import check_notebook

    need_program("bwrap", "bubblewrap")
    monkeypatch.setenv("AUTOGRADER_COURSE", str(course))
    return lambda path: {verdict.exercise: verdict for verdict in check_notebook(path)}


THIRD = ["from my_nn import fourfold\n\ndef twelvefold(x):\n    return fourfold(x) + fourfold(x) + fourfold(x)"]


def test_graded_on_another_machine_it_finds_the_answers_of_earlier_assignments(judged, tmp_path):
    path = notebook(tmp_path, *THIRD, f'{FROM}check("twelvefold")')
    assert judged(path)["twelvefold"].passed
    # Whatever was handed in beside it under that name.
    (tmp_path / "my_nn").mkdir()
    (tmp_path / "my_nn" / "__init__.py").write_text("def fourfold(x):\n    return 0 * x\n")
    assert judged(path)["twelvefold"].passed


def test_in_there_are_no_answers_to_this_assignment_nor_to_later_ones(judged, tmp_path):
    look = "import my_nn, os\nassert not hasattr(my_nn, 'answers') and sorted(dir(my_nn)) == ['double', 'triple']\n"
    look += "assert 'nobody' not in str(my_nn._code) and 'docstring' not in str(my_nn._code)\n"
    look += "assert all(type(getattr(my_nn, n)).__name__ == 'Missing' for n in ('fourfold', 'sixfold', 'twelvefold'))"
    own = "from my_nn import sixfold as lent, double\ndef fourfold(x):\n    return double(double(x))"
    taken = f"{look}\n{own}\nfrom my_nn import sixfold"
    verdicts = judged(notebook(tmp_path, taken, f'{FROM}check("fourfold")\ncheck("sixfold")'))
    assert verdicts["fourfold"].passed
    assert "it is an exercise of 02_second; write it here" in verdicts["sixfold"].criteria[0].message


@pytest.mark.slow
def test_where_the_course_has_no_answers_ones_own_library_and_stand_ins_are_there(
    course, home, judged, tmp_path, monkeypatch
):
    import autograder.notebook_check as module

    monkeypatch.setattr(module, "answers_before", lambda course, assignment: pytest.fail("there are none"))
    monkeypatch.setattr(module, "_has_answers", lambda course, assignment: False)
    monkeypatch.delenv("MY_NN")
    do(course, tmp_path / "01_first", ["triple"])
    cells = ["from my_nn import double, triple\n\ndef sixfold(x):\n    return double(triple(x))"]
    leans = "import nn_lib\ndef fourfold(x):\n    return nn_lib.ScaleGate(4.0).forward(x)"
    verdicts = judged(notebook(tmp_path / "02_second", *cells, leans, f'{FROM}check("sixfold")\ncheck("fourfold")'))
    assert verdicts["sixfold"].passed
    assert not verdicts["fourfold"].passed


def test_graded_in_a_course_without_the_earlier_assignment_it_comes_from_an_installed_one(
    course, monkeypatch, tmp_path
):
    from autograder.exercises import courses
    from autograder.exercises.courses import the_course, using_course
    from autograder.mine.earlier import answers_before

    shutil.copytree(course / "solutions" / "03_third", tmp_path / "solutions" / "03_third")
    monkeypatch.setattr(courses, "_installed", lambda: iter([course]))
    with using_course(tmp_path):
        found = answers_before(the_course(), "03_third")
    shelf = lent.Shelf(**found)
    assert shelf.fourfold(2.0) == 8.0 and shelf.double(1.5) == 3.0
    assert found["others"] == {"twelvefold": "03_third"}


def test_who_grades_is_told_of_names_that_nothing_gives():
    from autograder.pipeline.grading import _not_there
    from autograder.reading.outline import outline_of

    cells = ["from my_nn import double, sixfold, unheard_of", "import my_nn\nfrom numpy import sum"]
    earlier = {"earlier": [("01_first", b"", ["double"])], "others": {"sixfold": "02_second"}}
    assert _not_there(earlier, map(outline_of, cells)) == ["unheard_of"]
    assert _not_there(None, map(outline_of, cells)) == []


def test_a_course_that_is_installed_or_removed_while_a_process_grades_is_noticed(course, monkeypatch, tmp_path):
    from autograder.exercises.courses import at_hand, the_course, using_course
    from autograder.mine.earlier import answers_before

    shutil.copytree(course / "solutions" / "03_third", tmp_path / "solutions" / "03_third")
    packages = tmp_path / "packages"
    packages.mkdir()
    monkeypatch.syspath_prepend(packages)
    with using_course(tmp_path):
        assert answers_before(the_course(), "03_third")["earlier"] == []
        before = list(at_hand())
        shutil.copytree(course, packages / "course_that_came_later")
        (packages / "course_that_came_later" / "__init__.py").touch()
        info = packages / "course_that_came_later-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: course-that-came-later\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[autograder.courses]\nlater = course_that_came_later\n")
        found = answers_before(the_course(), "03_third")
        assert lent.Shelf(**found).fourfold(2.0) == 8.0
        assert answers_before(the_course(), "03_third") == found
        assert [folder for folder in at_hand() if folder not in before] == [
            packages / "course_that_came_later" / "solutions"
        ]
        shutil.rmtree(info)
        assert answers_before(the_course(), "03_third")["earlier"] == []
        assert list(at_hand()) == before
