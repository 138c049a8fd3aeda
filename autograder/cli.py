"""The command line: `autograder check`, `start`, `grade`, `feedback`, `export`, `init`, `notebooks` and others."""

from __future__ import annotations

import atexit
import gc
import glob
import json
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from autograder.pipeline.course import Course


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="backprop-course", prog_name="autograder")
def main() -> None:
    """Check a notebook, grade a class, see what it has misunderstood.

    The exit status is 0 when a command has done its work, 1 when it could not do all of it or found something wrong,
    and 2 when the command line cannot be read (of `check`: when there is nothing to judge). Answers that wait for a
    person to mark them are told, and are no failure.
    """


@contextmanager
def _plain_errors() -> Iterator[None]:
    """What can go wrong for a user ends in one clear message instead of a traceback."""
    try:
        yield
    except ModuleNotFoundError as missing:
        from autograder.installed import EXTRA_OF, how_to_install

        package = (missing.name or "").split(".")[0]
        if package in EXTRA_OF:
            raise click.ClickException(
                f"{package} is not installed, and this command needs it: {how_to_install(EXTRA_OF[package])}"
            ) from None
        raise
    except (RuntimeError, OSError, ValueError) as problem:
        from autograder.reading.words import legible

        if type(problem).__module__.split(".")[0] in ("autograder", "builtins"):
            raise click.ClickException(legible(str(problem) + _where(problem))) from None
        raise


def _where(problem: Exception) -> str:
    """For an error of the system that names no file: the place it came from."""
    if not isinstance(problem, OSError) or problem.filename is not None or problem.errno is None:
        return ""
    *_, last = traceback.extract_tb(problem.__traceback__)
    return f" (in {last.name}, {Path(last.filename).name}, line {last.lineno}: {last.line})"


@main.command()
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="The verdicts as JSON.")
@click.option("--seed", type=int, default=None, help="Probe with this seed again; a fresh one otherwise.")
@click.option("--trust", is_flag=True, help="Where there is no sandbox: run it without one, and do not ask.")
def check(notebook: Path, as_json: bool, seed: int | None, trust: bool) -> None:
    """Judge every exercise of NOTEBOOK: no instructor needed, and the notebook is not changed.

    It runs in the sandbox. Where there is none, its code could do whatever you can, and you are asked first. The exit
    status is 0 when all points are earned, 1 when some are missing, 2 when there is nothing to judge.
    """
    from autograder.exercises import CourseProblem
    from autograder.judge.card import points_of
    from autograder.notebook_check import NothingToJudge, check_notebook
    from autograder.student.language import t

    def trusted(reason: str) -> bool:
        if trust or not sys.stdin.isatty():
            return trust
        _show(f"No sandbox: {reason}", err=True)
        return click.confirm("The notebook's code can then do whatever you can. Run it?", err=True)

    try:
        verdicts = check_notebook(notebook, seed, trusted, lambda words: _show(words, err=True))
    except (NothingToJudge, CourseProblem) as problem:
        if as_json:
            click.echo(json.dumps({"error": str(problem)}))
        else:
            _show(str(problem), err=True)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps([verdict.to_dict() for verdict in verdicts], indent=1))
    else:
        for verdict in verdicts:
            _show(verdict.to_text())
        points, most = sum(v.points for v in verdicts), sum(v.max_points for v in verdicts)
        if not all(verdict.passed for verdict in verdicts):
            click.echo(f"\n{t('the same tests again: --seed {seed}', seed=verdicts[0].seed)}")
        click.echo(f"\n{points_of(points, most)}")
    sys.exit(0 if all(verdict.passed for verdict in verdicts) else 1)


def _show(words: str, err: bool = False) -> None:
    """Words that may quote somebody else's: nothing in them steers the terminal."""
    from autograder.reading.words import legible

    click.echo(legible(words), err=err)


@main.command()
@click.argument("assignment")
@click.option("--student", help="Only this student's submission.")
@click.option("--jobs", type=click.IntRange(1), help="How many submissions at once; one a processor otherwise.")
@click.option("--dask", metavar="ADDRESS", help="Grade on the dask cluster whose scheduler has this address.")
@click.option("--force", is_flag=True, help="Grade again what is graded already.")
@click.option("--feedback", "with_feedback", is_flag=True, help="Write the feedback pages too, where they changed.")
@click.option("--no-sandbox", is_flag=True, help="Limits only. Student code can then do whatever you can.")
def grade(
    assignment: str,
    student: str | None,
    jobs: int | None,
    dask: str | None,
    force: bool,
    with_feedback: bool,
    no_sandbox: bool,
) -> None:
    """Grade a class's submissions of ASSIGNMENT, sandboxed and in parallel, into nbgrader's gradebook.

    The exit status is 0 when all are graded, and 1 when any stays open: its grade is not final, and the reason is told.
    It is 1, too, when work lies under submitted/ where no submission is looked for.
    """
    from autograder import forkserver

    atexit.register(gc.freeze)  # so that Python does not look through all that is loaded before it ends
    with _plain_errors():
        with forkserver.loading():
            if dask is None:  # before all that is to load here
                waiting = 1 if student else sum(1 for _ in Path("submitted").glob(f"*/{glob.escape(assignment)}"))
                most = forkserver.processes_for(waiting, jobs)
                if most:
                    forkserver.start(most)
                    from autograder.pipeline.workers import forget_prepared, prepare

                    prepare(most, "process" if no_sandbox else "bubblewrap", Path.cwd(), assignment)
                    click.get_current_context().call_on_close(forget_prepared)
            from autograder.exercises import the_course
            from autograder.exercises.versions import changed_since_given_out
            from autograder.pipeline.course import open_course, where_it_belongs
            from autograder.pipeline.grade import grade_assignment
            from autograder.pipeline.workers import staying
            from autograder.report.table import grading_progress, print_results

            course = open_course(Path.cwd())
            told = changed_since_given_out(course.root, the_course(course.exercises), assignment)
        if with_feedback:
            click.get_current_context().with_resource(staying())
        if told:
            click.secho(told, fg="yellow", err=True)
        if no_sandbox:
            click.secho("No sandbox: the students' code runs as you, with limits only.", fg="yellow", err=True)
        with grading_progress(f"grading {assignment}") as progress:
            results = grade_assignment(
                course,
                assignment,
                student=student,
                jobs=jobs,
                force=force,
                sandboxed=not no_sandbox,
                cluster=dask,
                progress=progress,
            )
        print_results(results)
        astray = "" if student else where_it_belongs(course, assignment)
        if astray:
            click.secho(astray, fg="yellow", err=True)
        if with_feedback:
            _feedback(course, assignment, student, jobs)
    if astray or any(result.open for result in results):
        sys.exit(1)


def _feedback(course: Course, assignment: str, student: str | None, jobs: int | None, force: bool = False) -> None:
    from autograder.pipeline.feedback import write_feedback
    from autograder.report.table import counting

    with counting(f"feedback on {assignment}") as progress:
        made = write_feedback(course, assignment, student=student, jobs=jobs, force=force, progress=progress)
    pages = "page" if made.new + made.same == 1 else "pages"
    told = f"{made.new + made.same} {pages} under feedback/: {made.new} new or changed, {made.same} as before"
    click.echo(told)
    if made.failed:
        raise click.ClickException(f"no page could be made for {', '.join(made.failed)}")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("demo"))
@click.option("--assignment", "assignments", multiple=True, help="Which assignments of a checkout.")
def demo(folder: Path, assignments: tuple[str, ...]) -> None:
    """Set up a course in FOLDER (./demo), have a class hand in, grade it, write feedback, export the grades.

    In a checkout the class hands in two notebooks of the course, elsewhere an example. Takes about half a minute.
    """
    with _plain_errors():
        from autograder.installed import checkout
        from autograder.pipeline.demo import run_demo
        from autograder.report.table import grading_progress, print_demo
        from autograder.sandbox import Sandbox, SandboxUnavailable

        try:
            with Sandbox():
                sandboxed = True
        except SandboxUnavailable as reason:
            sandboxed = False
            click.secho("=" * 79, fg="red", err=True)
            click.secho(f"NO SANDBOX: {reason}", fg="red", bold=True, err=True)
            click.secho(
                "This demo made its submissions itself, so it goes on with processes and limits only.\n"
                "Grading real submissions refuses in this state.",
                fg="red",
                err=True,
            )
            click.secho("=" * 79, fg="red", err=True)
        here = Path.cwd() if Path("solutions").is_dir() else checkout()
        done = run_demo(folder, here, assignments, sandboxed=sandboxed, say=click.echo, progress=grading_progress)
        print_demo(done)


@main.command()
@click.argument("assignment")
@click.option("--student", help="Only this student's page.")
@click.option("--jobs", type=click.IntRange(1), help="How many processes; one a processor otherwise.")
@click.option("--force", is_flag=True, help="Write every page anew, not only those that changed.")
def feedback(assignment: str, student: str | None, jobs: int | None, force: bool) -> None:
    """Write the feedback pages of ASSIGNMENT under feedback/, several at once; only what changed is written anew."""
    with _plain_errors():
        from autograder.pipeline.course import open_course

        _feedback(open_course(Path.cwd()), assignment, student, jobs, force)


@main.command()
@click.argument("assignment")
@click.option("--output", type=click.Path(path_type=Path), help="The HTML file; report-ASSIGNMENT.html otherwise.")
def report(assignment: str, output: Path | None) -> None:
    """Write a page (and JSON beside it) on how a class did in ASSIGNMENT: points, misconceptions, look-alikes."""
    with _plain_errors():
        from autograder.pipeline.course import open_course
        from autograder.report.class_report import write_report

        page = write_report(open_course(Path.cwd()), assignment, output)
        click.echo(f"written: {page} and {page.with_suffix('.json').name}")


@main.command()
@click.argument("assignment")
@click.option(
    "--to",
    "form",
    type=click.Choice(["csv", "canvas", "moodle", "gradescope"]),
    default="csv",
    show_default=True,
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="The file; ASSIGNMENT-FORM.csv otherwise.",
)
@click.option("--per-question", is_flag=True, help="As csv, with a column for each graded cell.")
@click.option("--excel", is_flag=True, help="With the mark by which Excel knows UTF-8.")
def export(assignment: str, form: str, output: Path | None, per_question: bool, excel: bool) -> None:
    """Write the grades of ASSIGNMENT in a form a learning platform takes in.

    It says whose grades are not final. The exit status is 0 all the same, for the file is complete.
    """
    with _plain_errors():
        from autograder.pipeline.course import open_course
        from autograder.report.exports import export_grades

        def say(remark: str) -> None:
            click.secho(remark, fg="yellow", err=True)

        course = open_course(Path.cwd())
        path = export_grades(course, assignment, form, output, say, per_question=per_question, excel=excel)
        click.echo(f"written: {path}")


@main.command()
@click.argument("student")
@click.argument("assignment")
@click.option("--until", help='The time, as in "2030-02-07 23:59 UTC".')
@click.option("--none", "none", is_flag=True, help="Take an extension back.")
def extension(student: str, assignment: str, until: str | None, none: bool) -> None:
    """Let STUDENT hand in ASSIGNMENT later than the others, without a late penalty."""
    if none == (until is not None):
        raise click.UsageError('say --until "2030-02-07 23:59 UTC", or --none')
    with _plain_errors():
        from autograder.pipeline.course import open_course
        from autograder.pipeline.extensions import extend

        when = extend(open_course(Path.cwd()), student, assignment, until)
        told = f"until {when:%Y-%m-%d %H:%M} UTC" if when else "no longer than all"
        click.echo(f"{student} may hand in {assignment} {told}; the next autograder grade takes it into account")


@main.command()
@click.argument("assignment")
@click.option("--every", type=click.FloatRange(1.0), default=10.0, show_default=True, help="Seconds between two looks.")
@click.option("--collect", is_flag=True, help="Collect from nbgrader's exchange at each look, resubmissions too.")
@click.option("--once", is_flag=True, help="Look once, grade, and end.")
@click.option("--jobs", type=click.IntRange(1), help="How many submissions at once; one a processor otherwise.")
def watch(assignment: str, every: float, collect: bool, once: bool, jobs: int | None) -> None:
    """Grade what arrives under submitted/ for ASSIGNMENT, and write its feedback, until Ctrl+C.

    What is handed in again is graded again. A submission that is just being written is left for the next look.
    """
    with _plain_errors():
        from autograder.pipeline.course import open_course
        from autograder.pipeline.watch import watch as look

        try:
            look(open_course(Path.cwd()), assignment, every=every, collect=collect, once=once, jobs=jobs, say=_show)
        except KeyboardInterrupt:
            click.echo("\nended; what is graded stays")


@main.command("collect-zip")
@click.argument("archive", type=click.Path(path_type=Path))
@click.argument("assignment")
@click.option("--platform", help="canvas, moodle or gradescope; recognised by the names otherwise.")
@click.option("--add-students", is_flag=True, help="Put students into the gradebook who are not in it.")
def collect_zip(archive: Path, assignment: str, platform: str | None, add_students: bool) -> None:
    """Take the submissions of ASSIGNMENT out of ARCHIVE, as Canvas, Moodle or Gradescope gives it out.

    The exit status is 1 when somebody's work was left out: then the gradebook has no such student.
    """
    with _plain_errors():
        from autograder.pipeline.collect_zip import collect_zip as collect
        from autograder.pipeline.course import open_course

        collected = collect(open_course(Path.cwd()), assignment, archive, platform=platform, add_students=add_students)
        for remark in collected.remarks:
            click.echo(remark, err=True)
        done = {"new": collected.new, "replaced": collected.replaced, "unchanged": collected.unchanged}
        click.echo(", ".join(f"{len(students)} {what}" for what, students in done.items()))
        if collected.unknown:
            click.echo(f"not in the gradebook, left out: {', '.join(collected.unknown)}", err=True)
            click.echo("put them there: nbgrader db student import FILE, or --add-students", err=True)
        sys.exit(1 if collected.unknown else 0)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("site"))
@click.option(
    "--lite/--no-lite", default=True, help="With JupyterLite, to run the notebooks in the browser, or without."
)
@click.option("--address", default="", help="Where the site will stand, for the pictures of shared links.")
def site(folder: Path, lite: bool, address: str) -> None:
    """Build the course's static site into FOLDER (./site): pages to touch, notebooks to read and to run."""
    with _plain_errors():
        from autograder.publish.site import build_site

        click.echo(f"written: {build_site(Path.cwd(), folder, lite=lite, address=address, say=click.echo)}")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("backprop"))
def start(folder: Path) -> None:
    """For students: put the course's notebooks into FOLDER (./backprop), and say what to type."""
    with _plain_errors():
        from autograder.exercises import the_course
        from autograder.installed import how_to_install
        from autograder.publish.student import releases
        from autograder.publish.student import start as put

        put(folder, click.echo)
        first = next(iter(releases(the_course())))
        try:
            import jupyterlab  # noqa: F401
        except ModuleNotFoundError:
            click.echo(f"a notebook front end is missing. Once, type:  {how_to_install('notebook')}")
        click.echo(f"now type:  jupyter lab {folder}")
        click.echo(f"and open:  {first}/{first}.ipynb")


@main.command("student-bundle")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--assignment", "assignments", multiple=True, help="Which assignments; all that are released otherwise.")
@click.option("--wheel", type=click.Path(path_type=Path), help="The package's wheel; built from a checkout otherwise.")
def student_bundle(out: Path, assignments: tuple[str, ...], wheel: Path | None) -> None:
    """Write what students get into OUT and OUT.zip: notebooks, check data in place of the answers, how to install."""
    with _plain_errors():
        from autograder.forkserver import jobs_here
        from autograder.publish.student import student_bundle as bundle

        archive = bundle(Path.cwd(), out, assignments, wheel=wheel, jobs=jobs_here(), say=_progress_word)
        click.echo(f"written: {out}/ and {archive}")


@main.command("check-data")
@click.argument("assignments", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), help="The folder for it; build/check-data otherwise.")
@click.option("--check", "only_look", is_flag=True, help="Write nothing; fail when any is out of step.")
def check_data(assignments: tuple[str, ...], out: Path | None, only_look: bool) -> None:
    """Write what a student's check needs of the answers, as data, for ASSIGNMENTS (all otherwise).

    It is written anew where the exercises, their answers or the engine have changed. Takes a minute or two for a
    course of ten assignments.
    """
    with _plain_errors():
        from autograder.exercises import CourseProblem, the_course
        from autograder.exercises.check_data import FILE, SEEDS
        from autograder.forkserver import jobs_here
        from autograder.judge.recording import in_step, source_of, write_check_data

        course = the_course()
        out = out or Path("build", "check-data")
        for name in assignments:
            if name not in course.assignments:
                known = ", ".join(course.assignments)
                raise CourseProblem(f"there is no assignment {name!r} with exercises in it; there are {known}")
        if only_look:
            source = source_of(course)
            chosen = assignments or course.assignments
            old = [path for name in chosen if not in_step(path := out / name / FILE, source, SEEDS)]
            for path in old:
                click.echo(f"out of step: {path}")
            if old:
                raise CourseProblem("write it anew: autograder check-data")
            click.echo(f"in step: {len(chosen)} files under {out}")
            return
        written = write_check_data(course, out, names=assignments, jobs=jobs_here(), say=_progress_word)
        click.echo(f"written: {len(written)} files under {out}, {sum(written.values()) / 2**20:.1f} MB")


def _progress_word(words: str) -> None:
    click.echo(words, err=True)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--with-course", "origin", metavar="COURSE", help="Copy this course: its folder, or an installed one.")
@click.option("--assignment", "assignments", multiple=True, help="Copy only this assignment; may be given again.")
def init(folder: Path, origin: str | None, assignments: tuple[str, ...]) -> None:
    """Make a course of your own in FOLDER, with an example assignment or with another course's to be changed."""
    with _plain_errors():
        from autograder.exercises import the_course
        from autograder.publish.own_course import init_course, told_of_stand_ins

        names = init_course(folder, origin, assignments)
        click.echo(f"made: {folder}/ with {', '.join(names)}")
        for words in told_of_stand_ins(the_course(folder)) if origin else ():
            click.echo(words)
        click.echo(f"read {folder / 'README.md'}, a page; then:  cd {folder}")


@main.command()
@click.argument("language", required=False)
@click.option("--assignment", "assignments", multiple=True, help="Only this assignment; may be given again.")
@click.option("--add", is_flag=True, help="Put the texts that are missing into the tables, to be filled in.")
@click.option("--check", "only_look", is_flag=True, help="Fail when a table that was begun is not complete.")
def translations(language: str | None, assignments: tuple[str, ...], add: bool, only_look: bool) -> None:
    """How much of what students read there is in LANGUAGE, as in "de", or in every language there is a table for.

    What has no translation is said in English. docs/another-language.md tells how a table is written.
    """
    with _plain_errors():
        from autograder.exercises import CourseProblem, the_course
        from autograder.publish.translations import ENGINE, add_missing, coverage, languages, quoted
        from autograder.student.language import tag

        course = the_course()
        if language is not None:
            named, language = language, tag(language)
            if re.fullmatch("[a-z]{2,3}", language) is None:
                known = ", ".join(languages(course))
                raise CourseProblem(
                    f'{named!r} is no language: give its tag of two or three letters, as in "de". There are {known}'
                )
        for name in assignments:
            if name not in course.assignments:
                known = ", ".join(course.assignments)
                raise CourseProblem(f"there is no assignment {name!r} with exercises in it; there are {known}")
        if add and not language:
            raise CourseProblem("--add needs a language: autograder translations de --add")
        found = coverage(course, [language] if language else [], assignments)
        broken = []
        for one in found:
            done = len(one.texts) - len(one.missing)
            click.echo(f"{one.language}  {one.part:32} {done:4} of {len(one.texts):4} texts")
            if add and (one.part == ENGINE or one.part in assignments) and (count := add_missing(one)):
                click.echo(f"    {count} to be filled in: {one.path}")
            if one.path.exists() and not one.complete:
                broken.append(one)
                rows = [("missing", one.missing), ("no text of ours", one.superfluous), ("other braces", one.wrong)]
                for why, texts in rows if only_look else ():
                    for text in texts:
                        click.echo(f"    {why}: {quoted(text)}")
        if only_look and broken:
            raise CourseProblem(f"not complete: {', '.join(str(one.path) for one in broken)}")


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def notebooks(arguments: tuple[str, ...]) -> None:
    """Generate the notebooks from their text form; --check only looks whether they are in step."""
    with _plain_errors():
        from autograder.publish.notebooks import main as build

        sys.exit(build(list(arguments)))


if __name__ == "__main__":
    main()
