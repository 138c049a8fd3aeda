"""Grading a class: many submissions at once, each in a sandbox, into one gradebook by one writer.

A run may stop anywhere. A submission counts as done only when its notebook lies in place, its grades are committed and,
last, its record is written; so a second run finishes the rest, and does nothing twice that was done once.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.utils import parse_utc

from autograder.pipeline.cluster import on_cluster
from autograder.pipeline.course import SEEDS, Course
from autograder.pipeline.gradebook import GradebookWriter
from autograder.pipeline.source import CourseProblem, read_source
from autograder.pipeline.stages import limits_from, seed_of
from autograder.pipeline.submission import SubmissionResult, given_up
from autograder.pipeline.workers import on_this_machine
from autograder.sandbox import Limits

FILE_LIMIT = 64 * 2**20


Progress = Callable[[int, int, SubmissionResult], None]


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
    `CourseProblem` when there is nothing to grade, `SandboxUnavailable` when `sandboxed` and there is no
    sandbox. Results come in the order of the students' names; those that were up to date are marked `skipped`.
    """
    source = read_source(course.db_url, assignment, course.course_id)
    students = [student] if student else course.students_with(assignment)
    if not students or not any(course.folder("submitted", s, assignment).is_dir() for s in students):
        who = f"{student} did not hand in" if student else "nobody handed in"
        raise CourseProblem(
            f"{who} {assignment!r}: {course.folder('submitted', student or '*', assignment)} is missing"
        )
    seed = seed_of(course.root / SEEDS, assignment)
    if limits is None:
        limits = limits_from(dict(course.config.JudgeInSandbox.get("limits", {})))
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

    def folder_of(name: str) -> Path:
        return course.folder("submitted", name, assignment)

    arguments = (assignment, source, seed, limits, isolation)
    if cluster is not None and waiting:
        arriving = on_cluster(cluster, waiting, folder_of, arguments)
    else:
        arriving = on_this_machine(jobs, waiting, folder_of, (*arguments, os.getpid()))
    with GradebookWriter(course, assignment) as writer, closing(arriving):

        def finish(recorded: list[tuple[tuple[str, str, SubmissionResult], float]]) -> None:
            for (name, digest, result), score in recorded:
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
                _write_files(course, assignment, result)
            except (ValueError, OSError) as problem:  # this one's files cannot be written; the others' can
                result = given_up(name, assignment, source, seed, f"its files could not be written: {problem}")
                _write_files(course, assignment, result, copied=False)
            finish(writer.record((name, digest, result), name, _timestamp(folder_of(name)), result.notebooks))
        finish(writer.commit())
    return [results[name] for name in students]


def _digest(folder: Path) -> str:
    """What was handed in, in one number: names and contents of the regular files."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            digest.update(str(path.relative_to(folder)).encode("utf-8", "surrogateescape"))
            with path.open("rb") as file:
                while piece := file.read(2**20):
                    digest.update(piece)
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
    _replace(path, json.dumps(content, indent=1).encode())


def _replace(path: Path, data: bytes) -> None:
    """All of the new content or all of the old, even when the power fails."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)


def _write_files(course: Course, assignment: str, result: SubmissionResult, copied: bool = True) -> None:
    """The graded notebooks, and (`copied`) the other files as nbgrader copies them, put in place in one move."""
    destination = course.folder("autograded", result.student, assignment)
    destination.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=".grading-", dir=destination.parent))
    ignore = shutil.ignore_patterns(*course.directory.ignore, "*.ipynb")
    if copied:
        _copy_files(course.folder("submitted", result.student, assignment), making, ignore)
        _copy_files(course.folder("source", ".", assignment), making, ignore)
    for name, graded in result.notebooks.items():
        if graded is not None:
            text = graded.written or nbformat.writes(graded.notebook)
            (making / f"{name}.ipynb").write_text(text, encoding="utf-8")
    for path in making.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
    making.chmod(0o755)
    if destination.exists():
        old = destination.with_name(f".old-{destination.name}")
        shutil.rmtree(old, ignore_errors=True)
        destination.rename(old)
        making.rename(destination)
        shutil.rmtree(old, ignore_errors=True)
    else:
        making.rename(destination)


def _copy_files(origin: Path, destination: Path, ignore: Callable[[Any, list[str]], set[str]]) -> None:
    for folder, folders, files in os.walk(origin):
        unwanted = ignore(folder, [*folders, *files])
        folders[:] = [name for name in folders if name not in unwanted]
        for name in files:
            path = Path(folder, name)
            if name in unwanted or path.is_symlink() or not path.is_file() or path.stat().st_size > FILE_LIMIT:
                continue
            target = destination / path.relative_to(origin)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _timestamp(folder: Path) -> Any:
    path = folder / "timestamp.txt"
    if path.is_symlink() or not path.is_file():
        return None
    try:
        return parse_utc(path.read_text(encoding="utf-8").strip())
    except (ValueError, OSError, OverflowError):
        return None
