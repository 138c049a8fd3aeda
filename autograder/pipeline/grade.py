"""Grading a class: many submissions at once, each in a sandbox, into one gradebook by one writer.

A run may stop anywhere, the power may fail. A submission counts as done only when its notebook lies safely on the disk,
its grades are committed and, last, its record is written; so a second run finishes the rest, and does nothing twice
that was done once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.utils import parse_utc

from autograder.exercises import CourseProblem, using_course
from autograder.pipeline.cluster import on_cluster
from autograder.pipeline.course import SEEDS, Course
from autograder.pipeline.gradebook import GradebookWriter
from autograder.pipeline.private import withhold
from autograder.pipeline.seeds import seed_of
from autograder.pipeline.source import read_source
from autograder.pipeline.stages import settings
from autograder.pipeline.submission import SubmissionResult, given_up
from autograder.pipeline.workers import on_this_machine
from autograder.reading.folders import DEEPEST, FILE_LIMIT, MOST_FILES, TOTAL_LIMIT, files_below
from autograder.sandbox import Limits

# Told how many submissions are done, of how many, and the latest result: None before the first.
Progress = Callable[[int, int, SubmissionResult | None], None]


def grade_assignment(
    course: Course,
    assignment: str,
    *,
    student: str | None = None,
    jobs: int | None = None,
    force: bool = False,
    sandboxed: bool = True,
    limits: Limits | None = None,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> list[SubmissionResult]:
    """Grade every submission of an assignment that is new or changed (all of them with `force`).

    `cluster` is the address of a dask scheduler to grade on, in place of this machine's processors. Raises
    `CourseProblem` when there is nothing to grade, when the assignment is being graded already or the gradebook cannot
    be written, and `SandboxUnavailable` when `sandboxed` and there is no sandbox. Results come in the order of the
    students' names; those that were up to date are marked `skipped`.
    """
    with _alone(course, assignment), using_course(course.exercises):
        return _grade(course, assignment, student, jobs, force, sandboxed, limits, cluster, progress)


def _grade(
    course: Course,
    assignment: str,
    student: str | None,
    jobs: int | None,
    force: bool,
    sandboxed: bool,
    limits: Limits | None,
    cluster: str | None,
    progress: Progress | None,
) -> list[SubmissionResult]:
    source = read_source(course.db_url, assignment, course.course_id)
    students = [student] if student else course.students_with(assignment)
    if not students or not any(course.folder("submitted", s, assignment).is_dir() for s in students):
        who = f"{student} did not hand in" if student else "nobody handed in"
        raise CourseProblem(
            f"{who} {assignment!r}: {course.folder('submitted', student or '*', assignment)} is missing"
        )
    stage = settings(course.config)
    seed = seed_of(course.root / stage.seed_folder, assignment)
    limits = limits or stage.limits()
    jobs = jobs or os.cpu_count() or 1
    results: dict[str, SubmissionResult] = {}
    waiting: list[tuple[str, str]] = []
    for name in students:
        digest = _digest(course.folder("submitted", name, assignment))
        if not force and _is_done(course, assignment, name, digest):
            results[name] = SubmissionResult(name, assignment, {}, skipped=True)
        else:
            waiting.append((name, digest))
    isolation = "bubblewrap" if sandboxed else "process"
    if progress is not None:
        progress(len(results), len(students), None)

    def folder_of(name: str) -> Path:
        return course.folder("submitted", name, assignment)

    arguments = (course.exercises, assignment, source, seed, limits, isolation)
    if cluster is not None and waiting:
        arriving = on_cluster(cluster, waiting, folder_of, arguments)
    else:
        arriving = on_this_machine(jobs, waiting, folder_of, arguments)
    with GradebookWriter(course, assignment) as writer, closing(arriving):

        def finish(recorded: list[tuple[tuple[str, str, SubmissionResult], float | Exception]]) -> None:
            for (name, digest, result), score in recorded:
                if isinstance(score, Exception):
                    result.troubles.append(f"not recorded in the gradebook, the others are: {score}")
                else:
                    result.score = score
                    _mark_done(course, assignment, name, digest, result)
                for notebook in result.notebooks.values():
                    if notebook is not None:  # what a class prints does not pile up here
                        notebook.notebook, notebook.written = nbformat.v4.new_notebook(), None
                results[name] = result
                if progress is not None:
                    progress(len(results), len(students), result)

        for name, digest, result in arriving:
            if isinstance(result, Exception):
                result = given_up(name, assignment, source, seed, str(result))
            try:
                write_files(course, assignment, result)
            except (ValueError, OSError) as problem:  # what lies beside the notebook is no reason to lose its points
                result.remarks.append(f"the files beside the notebook could not be copied: {problem}")
                try:
                    write_files(course, assignment, result, copied=False)
                except ValueError as worse:
                    result = given_up(name, assignment, source, seed, f"its notebook could not be written: {worse}")
                    write_files(course, assignment, result, copied=False)
            finish(writer.record((name, digest, result), name, _timestamp(folder_of(name)), result.notebooks))
        finish(writer.commit())
    return [results[name] for name in students]


@contextmanager
def _alone(course: Course, assignment: str) -> Iterator[None]:
    """One grading of an assignment at a time. The system lets go of the lock whatever becomes of us."""
    folder = course.root / SEEDS
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{assignment}.lock").open("a") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # Windows, where nothing is sandboxed either
            pass
        except BlockingIOError:
            raise CourseProblem(f"{assignment!r} is being graded already, by another program: wait for it") from None
        yield


def _digest(folder: Path) -> str:
    """What was handed in, in one number: names and contents of the regular files."""
    digest, room = hashlib.sha256(), TOTAL_LIMIT
    for path in sorted(files_below(folder)):
        name = str(path.relative_to(folder)).encode("utf-8", "surrogateescape")
        try:
            if path.is_symlink() or not path.is_file():
                continue
            about = path.stat()
            digest.update(b"%s\0%d\0" % (name, about.st_size))
            if about.st_size > min(FILE_LIMIT, room):  # nobody looks into it; it may be all hole, and endless to read
                digest.update(b"%d" % about.st_mtime_ns)
                continue
            room -= about.st_size
            with path.open("rb") as file:
                while piece := file.read(2**20):
                    digest.update(piece)
        except OSError:  # not readable, or gone by now: that is this file's matter, and not the class's
            digest.update(b"%s\0?" % name)
    return digest.hexdigest()


def _record(course: Course, assignment: str, student: str) -> Path:
    return course.root / SEEDS / assignment / f"{student}.json"


def _is_done(course: Course, assignment: str, student: str, digest: str) -> bool:
    try:
        record = json.loads(_record(course, assignment, student).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return record.get("digest") == digest and course.folder("autograded", student, assignment).is_dir()


def _mark_done(course: Course, assignment: str, student: str, digest: str, result: SubmissionResult) -> None:
    verdicts = {
        verdict.exercise: verdict.to_dict()
        for graded in result.notebooks.values()
        if graded is not None
        for verdict in graded.verdicts.values()
    }
    content = {
        "student": student,
        "digest": digest,
        "score": result.score,
        "seconds": round(result.seconds, 3),
        "troubles": result.troubles,
        "remarks": result.remarks,
        "verdicts": verdicts,
    }
    path = _record(course, assignment, student)
    path.parent.mkdir(parents=True, exist_ok=True)
    # All of the new content or all of the old. Not forced to the disk: a record that is lost, or damaged, when the
    # power fails only has this submission graded again.
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(json.dumps(content, indent=1).encode())
    os.replace(file.name, path)


def write_files(course: Course, assignment: str, result: SubmissionResult, copied: bool = True) -> None:
    """The graded notebooks, and (`copied`) the other files as nbgrader copies them, put in place in one move."""
    destination = course.folder("autograded", result.student, assignment)
    destination.parent.mkdir(parents=True, exist_ok=True)
    making, old = (destination.with_name(f".{what}-{assignment}") for what in ("making", "old"))
    for left in (making, old):  # by a run that was killed here
        shutil.rmtree(left, ignore_errors=True)
    making.mkdir()
    ignore = shutil.ignore_patterns(*course.directory.ignore, "*.ipynb")
    if copied:
        _copy_files(course.folder("submitted", result.student, assignment), making, ignore)
        source = course.folder("source", ".", assignment)
        _copy_files(source, making, ignore)
        withhold(making, source)
    for name, graded in result.notebooks.items():
        if graded is not None:
            text = graded.written or nbformat.writes(graded.notebook)
            with (making / f"{name}.ipynb").open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())  # before the record says that it is there
    for path in making.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
    making.chmod(0o755)
    if destination.exists():
        destination.rename(old)
    making.rename(destination)
    shutil.rmtree(old, ignore_errors=True)


def _copy_files(origin: Path, destination: Path, ignore: Callable[[Any, list[str]], set[str]]) -> None:
    room, count = TOTAL_LIMIT, 0
    for folder, folders, files in os.walk(origin):
        if len(Path(folder).relative_to(origin).parts) >= DEEPEST:
            folders[:] = []
            continue
        unwanted = ignore(folder, [*folders, *files])
        folders[:] = [name for name in folders if name not in unwanted]
        for name in files:
            path = Path(folder, name)
            if name in unwanted or path.is_symlink() or not path.is_file():
                continue
            if (size := path.stat().st_size) > FILE_LIMIT:
                continue
            room, count = room - size, count + 1
            if room < 0 or count > MOST_FILES:
                raise ValueError(f"there are more than {MOST_FILES:,} of them, or {TOTAL_LIMIT // 2**20} MB together")
            target = destination / path.relative_to(origin)
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(PermissionError):  # the grader may not read it, so the student's code did not
                shutil.copyfile(path, target)


def _timestamp(folder: Path) -> Any:
    path = folder / "timestamp.txt"
    if path.is_symlink() or not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8") as file:
            return parse_utc(file.read(100).strip())
    except (ValueError, OSError, OverflowError):
        return None
