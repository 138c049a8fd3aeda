"""How a class did in an assignment: one HTML page, and the same as JSON."""

from __future__ import annotations

import ast
import hashlib
import itertools
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, PackageLoader, select_autoescape

from autograder.pipeline.course import SEEDS, Course
from autograder.pipeline.source import CourseProblem

SIMILAR = 0.85
LONG_ENOUGH = 12


def write_report(course: Course, assignment: str, output: Path | None = None) -> Path:
    """Write the page (and a .json beside it) and return its path.

    Raises `CourseProblem` when nothing of the assignment was graded with `autograder grade`.
    """
    path = output or course.root / f"report-{assignment}.html"
    data = collect(course, assignment)
    environment = Environment(loader=PackageLoader("autograder", "report"), autoescape=select_autoescape())
    path.write_text(environment.get_template("class_report.html").render(**data), encoding="utf-8")
    path.with_suffix(".json").write_text(json.dumps(data, indent=1), encoding="utf-8")
    return path


def collect(course: Course, assignment: str) -> dict[str, Any]:
    """Everything the report shows. Students appear under pseudonyms, except where an instructor has to act."""
    records = []
    for file in sorted((course.root / SEEDS / assignment).glob("*.json")):
        try:
            records.append(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
    if not records:
        raise CourseProblem(f"nothing of {assignment!r} is graded yet: autograder grade {assignment}")
    exercises = list(dict.fromkeys(name for r in records for name in r["verdicts"]))
    most = {n: next(r["verdicts"][n]["max_points"] for r in records if n in r["verdicts"]) for n in exercises}
    total = sum(most.values())
    points = [sum(v["points"] for v in r["verdicts"].values()) for r in records]
    return {
        "assignment": assignment,
        "submissions": len(records),
        "total": total,
        "mean": round(sum(points) / len(points), 2),
        "median": sorted(points)[len(points) // 2],
        "distribution": _distribution(points, total),
        "exercises": [_exercise(name, most[name], records) for name in exercises],
        "misconceptions": _misconceptions(records),
        "slowest": [
            {"student": r["student"], "seconds": r["seconds"]} for r in sorted(records, key=lambda r: -r["seconds"])[:5]
        ],
        "troubled": [{"student": r["student"], "troubles": r["troubles"]} for r in records if r["troubles"]],
        "similar": _similar(course, assignment, [r["student"] for r in records]),
    }


def pseudonym(student: str) -> str:
    """A name that is the same for a student everywhere in a report, and says nothing else."""
    return f"student {hashlib.sha256(student.encode()).hexdigest()[:4]}"


def _distribution(points: list[float], total: float) -> list[dict[str, Any]]:
    bins = [0] * 10
    for p in points:
        bins[min(9, int(10 * p / total)) if total else 0] += 1
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


def _misconceptions(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    who: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for r in records:
        for name, verdict in r["verdicts"].items():
            for misconception in verdict["misconceptions"]:
                who[name, misconception].append({"student": r["student"], "verdict": verdict})
    ranked = sorted(who.items(), key=lambda item: (-len(item[1]), item[0]))
    found = []
    for (exercise, misconception), cases in ranked:
        example = cases[0]
        lost = [c["message"] for c in example["verdict"]["criteria"] if c["points"] < c["max_points"] and c["message"]]
        found.append(
            {
                "exercise": exercise,
                "name": misconception,
                "students": len(cases),
                "example": {"who": pseudonym(example["student"]), "message": lost[0] if lost else ""},
                "hint": example["verdict"]["hint"],
            }
        )
    return found


def _similar(course: Course, assignment: str, students: list[str]) -> list[dict[str, Any]]:
    """Pairs of students whose longer answers are built alike, names, comments and spacing aside."""
    shapes: dict[str, dict[str, Counter[str]]] = {}
    for student in students:
        shapes[student] = _shapes(course.folder("autograded", student, assignment))
    common: dict[str, Counter[str]] = defaultdict(Counter)
    for own in shapes.values():
        for name, shape in own.items():
            common[name][json.dumps(sorted(shape.items()))] += 1
    found = []
    for a, b in itertools.combinations(students, 2):
        alike = []
        for name in shapes[a].keys() & shapes[b].keys():
            x, y = shapes[a][name], shapes[b][name]
            # What many write alike says nothing of two.
            widespread = common[name][json.dumps(sorted(x.items()))] > max(3, len(students) // 10)
            if widespread or min(x.total(), y.total()) < LONG_ENOUGH:
                continue
            if 2 * (x & y).total() / (x.total() + y.total()) >= SIMILAR:
                alike.append(name)
        if alike:
            found.append({"students": [a, b], "exercises": sorted(alike)})
    return sorted(found, key=lambda pair: -len(pair["exercises"]))[:50]


def _shapes(folder: Path) -> dict[str, Counter[str]]:
    shapes: dict[str, Counter[str]] = {}
    for path in sorted(folder.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            meta = cell.metadata.get("nbgrader", {})
            if cell.cell_type != "code" or not meta.get("solution"):
                continue
            try:
                tree = ast.parse(cell.source)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            shapes[meta["grade_id"]] = Counter(
                f"{type(node).__name__}>{type(child).__name__}"
                for node in ast.walk(tree)
                for child in ast.iter_child_nodes(node)
                if not isinstance(child, (ast.expr_context, ast.arg))
            )
    return shapes
