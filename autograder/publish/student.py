"""What students get: the released notebooks, what their check needs, and two lines that install.

Where a course lies as its instructor has it, releases stand in `notebooks/`; an installed course carries each in
`<assignment>/release/`. Neither the answers nor a solved notebook is ever taken: names are looked for, not left out.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from autograder.exercises import CourseExercises, CourseProblem, check_data, the_course
from autograder.exercises.course_words import SETTINGS, tables_of
from autograder.exercises.stand_ins import TABLE as STAND_INS
from autograder.exercises.versions import note_given_out, write_about
from autograder.installed import NAME, checkout, is_checkout
from nn_lib import __version__

RELEASE = "release"
PUBLIC = ("exercises.py", check_data.FILE)
PICTURES = (".png", ".jpg", ".jpeg", ".gif")
SETUP = """\
# The course's package, which checks what you write. Without it there is nothing to check with.
try:
    import autograder
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        "the course's package is not installed in this kernel. README.md, which came with this notebook, has the line "
        "that installs it. In Colab or VS Code: upload the .whl file beside the notebook, then %pip install its name"
    ) from None
"""


def releases(course: CourseExercises) -> dict[str, Path]:
    """The released notebook of each assignment. Raises `CourseProblem` when there is none."""
    found = {path.stem: path for path in sorted(course.folder.glob(f"*/{RELEASE}/*.ipynb"))}
    beside = {path.stem: path for path in sorted(course.folder.parent.glob("notebooks/*/*.ipynb"))}
    found |= {name: path for name, path in beside.items() if path.parent.name == name and name not in found}
    if not found:
        raise CourseProblem(f"{course.folder.parent} holds no released notebooks: autograder notebooks makes them")
    return found


def start(folder: Path, say: Callable[[str], None] = print) -> list[Path]:
    """Put the course's released notebooks into a folder. A notebook that is there already is left as it is.

    Raises `CourseProblem` when there is no course, or it has no releases.
    """
    course = the_course()
    new, kept = [], []
    for name, release in releases(course).items():
        target = folder / name / release.name
        if target.exists():
            kept.append(target)
            continue
        _copy_release(release, target.parent)
        new.append(target)
    write_about(course, folder)
    if not new:
        what = "notebook was" if len(kept) == 1 else "notebooks were"
        say(f"{len(kept)} {what} there already, in {folder}/: left as they are")
        return new
    say(
        f"{len(new)} {'notebook is' if len(new) == 1 else 'notebooks are'} in {folder}/"
        + (f", and {len(kept)} were there already" if kept else "")
    )
    return new


def _copy_release(release: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(release, target / release.name)
    for picture in release.parent.iterdir():
        if picture.suffix in PICTURES:
            shutil.copyfile(picture, target / picture.name)


# --- the bundle -------------------------------------------------------------------------------------------------------


def student_bundle(
    root: Path,
    out: Path,
    assignments: Sequence[str] = (),
    *,
    wheel: Path | None = None,
    jobs: int = 1,
    say: Callable[[str], None] = print,
) -> Path:
    """Write what the students of the course in `root` get into `out`, and zip it; returns the archive.

    `wheel` is the package to put in; without it, it is built where this code lies in a checkout. Raises `CourseProblem`
    when `out` is not empty, an assignment does not exist, or a release is missing.
    """
    from autograder.judge.recording import write_check_data

    course = the_course(root)
    found = releases(course)
    for name in assignments:
        if name not in course.assignments:
            known = ", ".join(course.assignments)
            raise CourseProblem(f"there is no assignment {name!r} with exercises in it; there are {known}")
    chosen = {name: path for name, path in found.items() if not assignments or name in assignments}
    if missing := [name for name in assignments if name not in found]:
        raise CourseProblem(f"{missing[0]} has no released notebook: autograder notebooks {missing[0]}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CourseProblem(f"{out} is not empty: give a folder that is new. Nothing was changed")
    archive = Path(f"{out}.zip")
    if archive.exists():
        raise CourseProblem(f"{archive} is there already: move it away, or give another name. Nothing was changed")
    described = [name for name in chosen if name in course.assignments]
    with tempfile.TemporaryDirectory() as place:
        work = Path(place) / out.name
        for name, release in chosen.items():
            _copy_release(release, work / "notebooks" / name)
            _with_setup(work / "notebooks" / name / release.name)
        data = write_check_data(course, root / "build" / "check-data", names=described or ["none"], jobs=jobs, say=say)
        for path in data:
            target = work / "solutions" / path.parent.name
            target.mkdir(parents=True)
            shutil.copyfile(course.folder / path.parent.name / "exercises.py", target / "exercises.py")
            shutil.copyfile(path, target / path.name)
        for table in (*course.folder.glob(SETTINGS), *tables_of(course.folder)):
            target = work / "solutions" / table.relative_to(course.folder)
            if target.parent.is_dir():
                shutil.copyfile(table, target)
        if (course.folder / STAND_INS).exists():
            shutil.copyfile(course.folder / STAND_INS, work / "solutions" / STAND_INS)
        package = _package(work, wheel, say)
        write_about(the_course(work), work / "notebooks")
        (work / "README.md").write_text(_README.format(install=package, names=_listed(chosen)), encoding="utf-8")
        shutil.copytree(work, out, dirs_exist_ok=True)
        shutil.make_archive(str(out), "zip", place, out.name)
    note_given_out(root, course, described)
    return archive


def _listed(chosen: dict[str, Path]) -> str:
    return "\n".join(f"- `notebooks/{name}/{path.name}`" for name, path in chosen.items())


def _with_setup(path: Path) -> None:
    """A first cell that says in a sentence what is missing, in a kernel without the package."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "id": "setup",
        "metadata": {},
        "outputs": [],
    }
    notebook["cells"].insert(0, cell | {"source": SETUP.splitlines(keepends=True)})
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _package(work: Path, wheel: Path | None, say: Callable[[str], None]) -> str:
    """Put the wheel in, and return the line that installs it."""
    if wheel is None and is_checkout():
        say("building the wheel, some minutes: what each check must know is worked out (--wheel FILE takes one)")
        command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(work), str(checkout())]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise CourseProblem(f"the wheel could not be built: {done.stderr.strip()[-600:]}")
    elif wheel is not None:
        if not wheel.is_file() or wheel.suffix != ".whl":
            raise CourseProblem(f"{wheel} is no wheel: give the .whl file, or leave --wheel out")
        shutil.copyfile(wheel, work / wheel.name)
    built = [path.name for path in work.glob("*.whl")]
    if built:
        return f'python -m pip install "./{built[0]}[notebook]"'
    return f"python -m pip install '{NAME}[notebook]=={__version__}'".replace("'", '"')


_README = """\
# What you need for the course

Python 3.11 or newer, on Linux, macOS or Windows. In this folder, type

```console
{install}
jupyter lab notebooks
```

and open the first notebook:

{names}

Each exercise has a check under it, which answers at once and sends nothing anywhere. Keep the folders beside each
other: the checks read `solutions/`, which holds no solutions but what is needed to check yours. A notebook is handed in
as it is. From a terminal, `autograder check NOTEBOOK` judges a whole notebook.
"""
