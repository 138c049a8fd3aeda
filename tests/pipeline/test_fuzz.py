"""Valid notebooks damaged at random, in bytes, JSON, cells and metadata, through the whole path.

FUZZ_SUBMISSIONS and FUZZ_SEED choose how many and which.
"""

import json
import os
import random
from contextlib import suppress

import nbformat
import pytest
from conftest import need_program
from courses import released
from nbgrader.api import Gradebook

from autograder.pipeline.course import open_course
from autograder.pipeline.feedback import write_feedback
from autograder.pipeline.grade import grade_assignment

NAME = "03_circuits_and_gates"
MOST = 11.0
SUBMISSIONS = int(os.environ.get("FUZZ_SUBMISSIONS", "120"))
SEED = int(os.environ.get("FUZZ_SEED", "20"))
STRANGE = [
    None, True, 0, -1, 2**70, 1e308, float("nan"), "", "x" * 100_000, "\ud800", "\x00", [], {}, [[]], {"": None},
    ["a", 1, None], {"nbgrader": []}, {"nbgrader": {"grade": True, "points": 10**9, "grade_id": "new"}}, "<script>",
]  # fmt: skip
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("fuzz")]


def damaged_bytes(data, rng):
    data = bytearray(data)
    for _ in range(rng.choice([1, 3, 30, 1000])):
        at = rng.randrange(len(data))
        kind = rng.randrange(4)
        if kind == 0:
            data[at] = rng.randrange(256)
        elif kind == 1:
            del data[at : at + rng.choice([1, 10, 1000])]
        elif kind == 2:
            data[at:at] = rng.randbytes(rng.choice([1, 10, 1000]))
        else:
            data[at:at] = data[at // 2 : at // 2 + 500]
        if not data:
            break
    return bytes(data)


def places(tree, found=None):
    """Every (container, key) of a JSON tree."""
    found = [] if found is None else found
    for key, value in list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree)):
        found.append((tree, key))
        if isinstance(value, (dict, list)):
            places(value, found)
    return found


def damaged_json(notebook, rng):
    for _ in range(rng.choice([1, 2, 10, 50])):
        container, key = rng.choice(places(notebook))
        if rng.random() < 0.3 and isinstance(container, dict):
            container.pop(key, None)
        elif isinstance(container, dict) or key < len(container):
            container[key] = json.loads(json.dumps(rng.choice(STRANGE)))


def damaged_cells(notebook, rng):
    cells = notebook["cells"]
    for _ in range(rng.randrange(1, 12)):
        kind = rng.randrange(6)
        at = rng.randrange(len(cells))
        if kind == 0:
            cells.insert(rng.randrange(len(cells)), json.loads(json.dumps(cells[at])))
        elif kind == 1 and len(cells) > 1:
            del cells[at]
        elif kind == 2:
            rng.shuffle(cells)
        elif kind == 3:
            source = "".join(cells[at]["source"])
            cut = rng.randrange(len(source) + 1)
            cells[at]["source"] = (
                source[:cut] + rng.choice(["", "\n", "'", "(", "\t ", "\x00", "é" * 50]) + source[cut:]
            )
        elif kind == 4:
            cells[at]["cell_type"] = rng.choice(["code", "markdown", "raw", "heading", 3])
        else:
            cells[at]["source"] = "".join(cells[at]["source"]).splitlines(keepends=True)


def damaged_metadata(notebook, rng):
    for cell in rng.sample(notebook["cells"], 10):
        about = cell["metadata"].setdefault("nbgrader", {})
        key = rng.choice(
            ["grade", "solution", "locked", "points", "grade_id", "checksum", "schema_version", "cell_type"]
        )
        about[key] = json.loads(json.dumps(rng.choice([*STRANGE, "check-add_backward", "add_backward", 4])))
    if rng.random() < 0.3:
        notebook["metadata"] = rng.choice([{}, [], None, {"kernelspec": {"name": "bash"}}, {"celltoolbar": 1}])


def damage(notebook, rng):
    notebook = json.loads(json.dumps(notebook))
    kinds = [damaged_json, damaged_cells, damaged_metadata]
    for kind in rng.sample(kinds, rng.randrange(1, 4)):
        # An earlier damage may have left nothing here to damage.
        with suppress(TypeError, KeyError, AttributeError, IndexError, ValueError):
            kind(notebook, rng)
    data = json.dumps(notebook).encode("utf-8", "replace")
    return damaged_bytes(data, rng) if rng.random() < 0.35 else data


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    need_program("bwrap", "bubblewrap")
    folder = tmp_path_factory.mktemp("fuzz")
    _, solution = released(folder, NAME)
    for number in range(SUBMISSIONS):
        path = folder / "submitted" / f"s{number:04}" / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(damage(solution, random.Random(f"{SEED}/{number}")))
    return folder, grade_assignment(open_course(folder), NAME, jobs=2)


def test_every_damaged_submission_is_accounted_for(graded):
    folder, results = graded
    assert len(results) == SUBMISSIONS
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        release = {c.name: c.max_score for n in gradebook.find_assignment(NAME).notebooks for c in n.grade_cells}
        for submission in gradebook.assignment_submissions(NAME):
            grades = {g.cell.name: g for n in submission.notebooks for g in n.grades}
            assert grades.keys() == release.keys()
            assert all(0.0 <= (g.auto_score or 0.0) <= release[name] for name, g in grades.items())
    # Whoever lost points is told why: something about the file, or the verdict on an exercise.
    for result in results:
        verdicts = [v for n in result.notebooks.values() if n is not None for v in n.verdicts.values()]
        told = result.open or result.troubles or any(not v.passed for v in verdicts)
        assert told or sum(v.points for v in verdicts) == MOST


def test_some_damage_was_survived_and_some_was_not(graded):
    scores = [result.score for result in graded[1]]
    assert min(scores) == 0.0 and max(scores) == MOST and len(set(scores)) > 5


def test_what_was_written_is_valid_and_becomes_feedback(graded):
    folder, _ = graded
    for path in (folder / "autograded").rglob("*.ipynb"):
        nbformat.validate(nbformat.read(path, as_version=4))
    written, failed, *_ = write_feedback(open_course(folder), NAME)
    assert len(written) == SUBMISSIONS and not failed
