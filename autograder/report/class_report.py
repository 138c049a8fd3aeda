"""How a class did in an assignment: one HTML page, and the same as JSON."""

from __future__ import annotations

import ast
import base64
import hmac
import json
import secrets
import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from autograder.exercises import CourseProblem, the_course, using_course
from autograder.pipeline.course import SEEDS, Course
from autograder.pipeline.records import graded_with_others
from autograder.pipeline.seeds import drawn_once
from autograder.pipeline.source import must_have
from autograder.report.copies import known
from autograder.report.output import write_file
from autograder.report.similar import parsed, similar_pairs

SHOWN_PAIRS = 50
SHOWN_LINES = 25
SHOWN_CHARACTERS = 400  # of a message, which may quote what a student prints


def write_report(course: Course, assignment: str, output: Path | None = None) -> Path:
    """Write the page (and a .json beside it) and return its path.

    Raises `CourseProblem` when nothing of the assignment was graded with `autograder grade`, and when the page cannot
    be written.
    """
    path = output or course.root / f"report-{assignment}.html"
    if path.suffix == ".json":
        raise CourseProblem(f"{path} is where the JSON would go, beside the page: --output FILE.html")
    data = collect(course, assignment)
    environment = Environment(loader=PackageLoader("autograder", "report"), autoescape=select_autoescape())
    write_file(path, environment.get_template("class_report.html").render(**data))
    write_file(path.with_suffix(".json"), json.dumps(data, indent=1))
    return path


def collect(course: Course, assignment: str) -> dict[str, Any]:
    """Everything the report shows. Students appear under pseudonyms, except where an instructor has to act."""
    records = _records(course, assignment)
    exercises = list(dict.fromkeys(name for r in records for name in r["verdicts"]))
    most = {n: next(r["verdicts"][n]["max_points"] for r in records if n in r["verdicts"]) for n in exercises}
    total = sum(most.values())
    # What is open says nothing of what the class has understood, unless some of it is judged.
    judged = [r for r in records if r["verdicts"] or not r["open"]]
    points = [sum(v["points"] for v in r["verdicts"].values()) for r in judged] or [0.0]
    students = [r["student"] for r in records]
    answers = {student: _answers(course.folder("autograded", student, assignment)) for student in students}
    given = defaultdict(list)
    texts: dict[str, dict[str, str]] = {}
    for step in ("source", "release"):
        texts[step] = _answers(course.folder(step, ".", assignment))
        for name, text in texts[step].items():
            given[name].append(text)
    similar = similar_pairs(answers, given)
    secret = _secret(course)
    slowest = sorted(records, key=lambda r: (-r["seconds"], r["student"]))[:5]
    return {
        "assignment": assignment,
        "submissions": len(records),
        "judged": len(judged),
        "open": sorted(r["student"] for r in records if r["open"]),
        "waiting": sorted(set(course.students_with(assignment)) - set(students)),
        "total": total,
        "mean": round(statistics.fmean(points), 2),
        "median": round(statistics.median(points), 2),
        "distribution": _distribution(points, total),
        "exercises": [_exercise(name, most[name], judged) for name in exercises],
        "misconceptions": _misconceptions(judged, answers, lambda student: pseudonym(student, secret)),
        "slowest": [{"student": r["student"], "seconds": round(r["seconds"], 1)} for r in slowest],
        "troubled": _to_look_at(course, records, answers, texts),
        "similar": [{"students": list(who), "exercises": names} for who, names in similar[:SHOWN_PAIRS]],
        "similar_pairs": len(similar),
    }


def pseudonym(student: str, secret: str) -> str:
    """A name that is the same for a student everywhere in a course's reports, and says nothing else.

    Without the course's secret nobody can tell whose it is by trying all names. Of 100,000 students, two share one in
    one course of 200,000.
    """
    digest = hmac.digest(secret.encode(), student.encode("utf-8", "surrogatepass"), "sha256")
    return f"student {base64.b32encode(digest)[:10].decode().lower()}"


def _secret(course: Course) -> str:
    path = course.root / SEEDS / "pseudonyms.secret"
    secret = drawn_once(path, lambda: secrets.token_hex(32))
    if len(secret) != 64:
        raise CourseProblem(f"{path} is damaged: delete it, and the pseudonyms are drawn anew")
    return secret


def _records(course: Course, assignment: str) -> list[dict[str, Any]]:
    """What `autograder grade` noted of each student, sorted by name; damaged notes are passed over."""
    records = []
    for file in sorted((course.root / SEEDS / assignment).glob("*.json")):
        try:
            record = _sound(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            continue
        if record["student"] is not None:
            records.append(record)
    records.sort(key=lambda record: record["student"])
    if not records:
        must_have(course.db_url, course.course_id, assignment)
        graded = ", ".join(sorted(p.name for p in (course.root / SEEDS).glob("*/") if any(p.glob("*.json"))))
        raise CourseProblem(
            f"nothing of {assignment!r} is graded yet{f'; graded are: {graded}' if graded else ''}. "
            f"Grade it first: autograder grade {assignment}"
        )
    return records


def _sound(record: dict[str, Any]) -> dict[str, Any]:
    """A record with everything the report reads, of the kind it reads it as. Raises one of many errors where not."""
    for verdict in record["verdicts"].values():
        verdict["points"] + verdict["max_points"], verdict["passed"], verdict["hint"]
        list(verdict["misconceptions"])
        for criterion in verdict["criteria"]:
            criterion["points"] < criterion["max_points"], criterion["message"] + ""
    prints = record.get("prints") if isinstance(record.get("prints"), dict) else None
    words = {name: [str(w) for w in record.get(name, [])] for name in ("open", "troubles", "to_read")}
    borrowed = {str(name): str(library) for name, library in record.get("borrowed", {}).items()}
    kept = {"student": str(record["student"]), "seconds": float(record["seconds"]), "verdicts": record["verdicts"]}
    return {**kept, **words, "borrowed": borrowed, "prints": prints}


def _to_look_at(
    course: Course,
    records: list[dict[str, Any]],
    answers: Mapping[str, Mapping[str, str]],
    texts: Mapping[str, Mapping[str, str]],
) -> list[dict[str, Any]]:
    """Who ran into trouble or is open, who patched, borrowed or was graded with other exercises than the course has
    now, and whose answers are the course's own; and why."""
    try:
        with using_course(course.exercises):
            exercises = the_course()
    except CourseProblem:  # grading says so; a report can be made of what was graded before
        exercises = None
    others = graded_with_others(course, {r["student"]: r for r in records}) if exercises else {}
    originals = known(exercises, texts["source"])
    found = []
    for record in records:
        words = [f"open: {w}" for w in record["open"]]
        words += record["troubles"] + [w for w in record["to_read"] if w not in record["troubles"]]
        words += [f"{name} leans on {library}" for name, library in record["borrowed"].items()]
        if record["student"] in others:
            words.append(f"graded with other exercises than the course has now: {others[record['student']]}")
        copied = defaultdict(list)
        for name, text in answers.get(record["student"], {}).items():
            given = texts["release"].get(name)
            if whose := originals.whose(name, text, [] if given is None else [given]):
                copied[whose].append(name)
        words += [f"{', '.join(names)}: in the words of {whose}" for whose, names in copied.items()]
        if words:
            found.append({"student": record["student"], "troubles": [_short(w) for w in words]})
    return found


def _answers(folder: Path) -> dict[str, str]:
    """The code cells students fill in, by name, of the notebooks in a folder."""
    found = {}
    for path in sorted(folder.glob("*.ipynb")):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        for cell in cells:
            about = cell.get("metadata", {}).get("nbgrader", {})
            if cell.get("cell_type") == "code" and about.get("solution"):
                source = cell.get("source", "")
                found[about.get("grade_id", "")] = source if isinstance(source, str) else "".join(source)
    return found


def _distribution(points: list[float], total: float) -> list[dict[str, Any]]:
    bins = [0] * 10
    for p in points:
        bins[max(0, min(9, int(10 * p / total + 1e-9))) if total else 0] += 1
    largest = max(bins)
    return [
        {"label": f"{10 * i}–{10 * i + 10} %", "count": count, "width": round(100 * count / largest)}
        for i, count in enumerate(bins)
    ]


def _exercise(name: str, most: float, records: list[dict[str, Any]]) -> dict[str, Any]:
    verdicts = [r["verdicts"][name] for r in records if name in r["verdicts"]]
    earned = [v["points"] for v in verdicts]
    return {
        "name": name,
        "max_points": most,
        "passed": sum(v["passed"] for v in verdicts),
        "pass_rate": round(100 * sum(v["passed"] for v in verdicts) / len(verdicts)),
        "mean": round(sum(earned) / len(earned), 2),
    }


def _misconceptions(
    records: list[dict[str, Any]], answers: Mapping[str, Mapping[str, str]], alias: Callable[[str], str]
) -> list[dict[str, Any]]:
    who: dict[tuple[str, str], dict[str, dict[str, Any]]] = defaultdict(dict)
    for r in records:
        for name, verdict in r["verdicts"].items():
            for misconception in verdict["misconceptions"]:
                who[name, misconception][r["student"]] = verdict
    ranked = sorted(who.items(), key=lambda item: (-len(item[1]), item[0]))
    found = []
    for (exercise, misconception), cases in ranked:
        # By lot, and the same one tomorrow: the first by name would be the first of the class again and again.
        student = min(cases, key=lambda name: alias(f"{exercise} {misconception} {name}"))
        verdict = cases[student]
        lost = [c["message"] for c in verdict["criteria"] if c["points"] < c["max_points"] and c["message"]]
        example = {
            "who": alias(student),
            "message": _short(lost[0]) if lost else "",
            "code": _anonymous(answers.get(student, {}).get(exercise, "")),
        }
        found.append(
            {
                "exercise": exercise,
                "name": misconception,
                "students": len(cases),
                "share": round(100 * len(cases) / len(records)),
                "example": example,
                "hint": verdict["hint"],
            }
        )
    return found


def _anonymous(source: str) -> str:
    """A student's code without its comments, where names stand; "" if it is no Python."""
    tree = parsed(source)
    if tree is None:
        return ""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [n for n in body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))]
            node.body = kept or body[:1]  # type: ignore[attr-defined]
    try:
        lines = ast.unparse(tree).splitlines()
    except (RecursionError, ValueError, MemoryError):
        return ""
    return "\n".join(_short(line) for line in [*lines[:SHOWN_LINES], *(["..."] if len(lines) > SHOWN_LINES else [])])


def _short(words: str) -> str:
    return words if len(words) <= SHOWN_CHARACTERS else f"{words[:SHOWN_CHARACTERS]}..."
