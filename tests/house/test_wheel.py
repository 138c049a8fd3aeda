"""What is installed is whole, and holds no answer: the wheel, alone, finds its course, checks and shows itself."""

import ast
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import terminal
from conftest import need_program

from autograder.exercises import check_data, the_course
from autograder.judge.plan import plan_of
from autograder.publish.student import student_bundle

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


def chosen():
    """The two assignments whose exercises are worked out soonest: a wheel of all takes minutes, and is no other."""

    def work(exercises):
        return sum(len(e.mistakes) * len(plan_of(e, 0).probes) for e in exercises)

    assignments = the_course(REPOSITORY).assignments
    return sorted(assignments, key=lambda name: work(assignments[name]))[:2]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A checkout of the project with two assignments: a copy, since building leaves files behind."""
    folder = tmp_path_factory.mktemp("wheel")
    wanted = ("nn_lib", "autograder", "pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
    for name in wanted:
        subprocess.run(["cp", "-r", str(REPOSITORY / name), str(folder)], check=True)
    for part in ("solutions", "notebooks"):
        (folder / part).mkdir()
        for name in chosen():
            subprocess.run(["cp", "-r", str(REPOSITORY / part / name), str(folder / part)], check=True)
    for name in ("__init__.py", "stand_ins.py"):
        subprocess.run(["cp", str(REPOSITORY / "solutions" / name), str(folder / "solutions")], check=True)
    return folder


@pytest.fixture(scope="module")
def wheel(checkout):
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", "dist", "."]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = (checkout / "dist").glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def unpacked(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def surroundings(site):
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    environment.pop("AUTOGRADER_COURSE", None)
    return environment


WITHOUT_THIS = "import sys\nsys.meta_path[:] = [finder for finder in sys.meta_path if 'editable' not in repr(finder)]\n"


def alone(site, script, folder, code=0):
    """Run a script with the unpacked wheel in place of this repository."""
    command = [sys.executable, "-c", WITHOUT_THIS + script]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=surroundings(site))
    assert done.returncode == code, done.stderr
    return done.stdout + (done.stderr if code else "")


def command(site, folder, *words, code=0):
    """Run the command line of the unpacked wheel."""
    script = f"from autograder.cli import main\nsys.argv = {['autograder', *words]!r}\nmain()"
    return alone(site, script, folder, code)


def test_every_file_of_the_packages_is_in_it(unpacked):
    for package in ("nn_lib", "autograder"):
        tracked = subprocess.run(["git", "ls-files", package], cwd=REPOSITORY, capture_output=True, text=True)
        missing = [name for name in tracked.stdout.split() if not (unpacked / name).exists()]
        assert missing == []


def given_in(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def private_pieces():
    """The text of every function of the answers, and of every solution in the notebooks' texts, but for short ones."""
    for name in chosen():
        folder = REPOSITORY / "solutions" / name
        text = (folder / "answers.py").read_text(encoding="utf-8")
        public = (folder / "exercises.py").read_text(encoding="utf-8")
        public += given_in(REPOSITORY / "notebooks" / name / f"{name}.ipynb")  # a program to be mended, say
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
                piece = ast.get_source_segment(text, node)
                if len(piece) > 30 and piece not in public:
                    yield piece
        notebook = (folder / f"{name}.py").read_text(encoding="utf-8")
        for block in re.findall(r"### BEGIN SOLUTION\n(.*?)\n *### END SOLUTION", notebook, re.DOTALL):
            if len(block.strip()) > 30:
                yield block.strip()


def test_it_holds_no_answer(unpacked):
    names = [path.name for path in unpacked.rglob("*")]
    assert "answers.py" not in names and not set(names) & {f"{name}.py" for name in chosen()}
    course = unpacked / "backprop_course"
    held = b""
    for path in course.rglob("*"):
        if path.name == check_data.FILE:
            for name, kept in check_data.header(path)["exercises"].items():
                recorded = check_data.Recorded(path, name, (), False, kept["seeds"])
                held += b"".join(recorded.part(seed, part) for seed, parts in kept["seeds"].items() for part in parts)
        elif path.suffix == ".ipynb":
            held += given_in(path).encode()
        elif path.is_file():
            held += path.read_bytes()
    pieces = list(private_pieces())
    assert len(pieces) > 20 and len(held) > 10_000
    assert [piece for piece in pieces if piece.encode() in held] == []


def test_alone_it_finds_its_course_and_judges(unpacked, tmp_path):
    exercise = the_course(REPOSITORY).assignments[chosen()[0]][0].name
    script = (
        "from autograder.judge import judge\n"
        "from autograder.exercises import find_course, the_course\n"
        "print(find_course())\n"
        f"seed = the_course().seeds[1]\nverdict = judge({exercise!r}, {{{exercise!r}: lambda *a: None}}, seed)\n"
        "print(verdict.misconceptions, verdict.call)"
    )
    said = alone(unpacked, script, tmp_path)
    assert str(unpacked / "backprop_course") in said and "returns nothing" in said and f"{exercise}(" in said


def test_the_packages_know_their_version(unpacked, tmp_path):
    script = (
        "import autograder, nn_lib\nfrom importlib.metadata import version\n"
        "print(autograder.__version__ == nn_lib.__version__ == version('backprop-course'))"
    )
    assert alone(unpacked, script, tmp_path).strip() == "True"


def test_a_student_starts_and_checks_a_notebook(unpacked, tmp_path):
    said = command(unpacked, tmp_path, "start")
    (path, *_) = sorted((tmp_path / "backprop").glob("*/*.ipynb"))
    assert "jupyter lab backprop" in said and path.parent.name == path.stem
    kept = path.read_text(encoding="utf-8")
    path.write_text(kept + "\n", encoding="utf-8")
    assert "there already" in command(unpacked, tmp_path, "start")
    assert path.read_text(encoding="utf-8") == kept + "\n"  # what a student has begun stays
    said = command(unpacked, tmp_path, "check", str(path), "--trust", code=1)
    assert "is not filled in yet" in said
    assert re.search(r"--seed (\d+)", said).group(1) in map(str, check_data.SEEDS)


def test_what_needs_the_answers_says_so(unpacked, tmp_path):
    said = command(unpacked, tmp_path, "init", "mine", "--with-course", "backprop", code=1)
    assert "needs the course's answers" in said and "Traceback" not in said and not (tmp_path / "mine").exists()
    said = command(unpacked, tmp_path, "check-data", code=1)
    assert "needs the course's answers" in said and "Traceback" not in said


def test_the_demo_runs_in_an_empty_folder_on_a_screen_of_80_columns(unpacked, tmp_path):
    need_program("bwrap", "bubblewrap")
    script = WITHOUT_THIS + "from autograder.cli import main\nsys.argv = ['autograder', 'demo']\nmain()"
    status, lines, bars = terminal.run([sys.executable, "-c", script], tmp_path, surroundings(unpacked))
    shown = "\n".join(lines)
    assert status == 0, shown
    for words in ("square_backward: value instead of slope", "product_backward: own factor", "upstream forgotten"):
        assert words in shown  # whole, in one line
    assert "…" not in shown and max(map(len, lines)) <= 80
    assert bars <= 1  # the bar never takes two lines
    assert all(f"\n{name} " in shown for name in ("ada", "boris", "milo"))
    assert lines[-1].startswith("open next: nbgrader's screens") and "open next: a student's page" in shown


def test_a_bundle_for_students_is_what_they_need_and_no_more(checkout, wheel, unpacked, tmp_path):
    name = chosen()[0]
    (checkout / "solutions" / "course.toml").write_text('language = "de"\n', encoding="utf-8")
    (checkout / "solutions" / name / "words.de.toml").write_text('"no such text" = "kein Text"\n', encoding="utf-8")
    archive = student_bundle(checkout, tmp_path / "for students", [name], wheel=wheel, say=lambda words: None)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "theirs")
    folder = tmp_path / "theirs" / "for students"
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert found == sorted(
        [
            "README.md",
            wheel.name,
            f"notebooks/{name}/{name}.ipynb",
            "notebooks/course.json",
            f"solutions/{name}/exercises.py",
            f"solutions/{name}/{check_data.FILE}",
            f"solutions/{name}/words.de.toml",
            "solutions/course.toml",
            "solutions/stand_ins.py",  # what `my_nn` lends
        ]
    )
    assert f'python -m pip install "./{wheel.name}[notebook]"' in (folder / "README.md").read_text(encoding="utf-8")
    notebook = folder / "notebooks" / name / f"{name}.ipynb"
    said = command(unpacked, notebook.parent, "check", notebook.name, "--trust", code=1)
    assert "ist noch nicht ausgefüllt" in said, "in the language of the course"
    first = json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", "".join(first["source"])], capture_output=True, text=True, cwd=folder
    )
    assert "the course's package is not installed in this kernel" in done.stderr and "README.md" in done.stderr


def test_a_library_of_one_s_own_is_there_before_anything_is_filed(unpacked, tmp_path):
    script = "import my_nn\nprint(round(my_nn.numerical_gradient(lambda x: x * x, 3.0), 5))\n"
    script += "sys.argv[1:] = []\nimport runpy\nrunpy.run_module('my_nn', run_name='__main__')"
    said = alone(unpacked, script, tmp_path)
    assert said.startswith("6.0\n") and "nothing is filed yet" in said and "0 of " in said
