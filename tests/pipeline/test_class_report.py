"""The class report on made-up classes: what it counts, whom it names, what it makes of hostile text, how it looks."""

import itertools
import json
import random
import re
import shutil
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from chromium import browser, keep, watched

from autograder.exercises import CourseProblem
from autograder.pipeline.course import open_course
from autograder.report.class_report import collect, pseudonym, write_report
from autograder.report.similar import similar_pairs

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "03_circuits_and_gates"
LONG = """
def train(model, data, rate, epochs):
    history = []
    for epoch in range(epochs):
        order = np.random.permutation(len(data))
        total = 0.0
        for start in range(0, len(data), 32):
            batch = data[order[start:start + 32]]
            out = model.forward(batch.inputs)
            loss, upstream = cross_entropy(out, batch.labels)
            for layer in reversed(model.layers):
                upstream, dW, db = layer.backward(upstream)
                layer.W -= rate * dW
                layer.b -= rate * db
            total += loss * len(batch)
        history.append(total / len(data))
        if epoch > 3 and history[-1] > history[-2]:
            rate = rate / 2
    return history
"""
DISGUISED = (
    LONG.replace("history", "h")
    .replace("upstream", "grad")
    .replace("epoch", "e")
    .replace("    total = 0.0\n", "    total = 0.0  # mine\n\n")
)


def make_class(folder, students):
    """A course in which `students`, by name, have records: points, misconceptions, message, answers, troubles."""
    shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
    records = folder / ".autograder" / NAME
    records.mkdir(parents=True)
    for number, (student, about) in enumerate(students.items()):
        verdicts = {}
        for exercise, points in about.get("points", {"add_backward": 1.0}).items():
            lost = [{"name": "right values", "points": points, "max_points": 1.0, "message": about.get("message", "")}]
            verdicts[exercise] = {
                "points": points, "max_points": 1.0, "passed": points == 1.0, "criteria": lost,
                "misconceptions": about.get("misconceptions", []), "hint": about.get("hint"),
            }  # fmt: skip
        record = {"student": student, "seconds": 0.1, "troubles": about.get("troubles", []), "verdicts": verdicts}
        (records / f"{number:05}.json").write_text(json.dumps(record), encoding="utf-8")
        cells = [
            {"cell_type": "code", "source": text, "metadata": {"nbgrader": {"solution": True, "grade_id": name}}}
            for name, text in about.get("answers", {}).items()
        ]
        if "/" not in student:
            path = folder / "autograded" / student / NAME / f"{NAME}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return open_course(folder)


def test_median_mean_and_distribution_are_those_of_the_points(tmp_path):
    points = (0.0, 0.1, 0.3, 0.7, 1.0, 1.0)
    data = collect(make_class(tmp_path, {f"s{i}": {"points": {"e": p}} for i, p in enumerate(points)}), NAME)
    assert (data["median"], data["mean"]) == (0.5, 0.52)
    assert [bin_["count"] for bin_ in data["distribution"]] == [1, 1, 0, 1, 0, 0, 0, 1, 0, 2]
    assert data["exercises"][0]["pass_rate"] == 33


def test_misconceptions_are_ranked_by_students_with_a_pseudonymous_example(tmp_path):
    wrong = {"points": {"f": 0.0}, "message": "dx is 1; expected 2", "hint": "Look again."}
    code = "def f(x):\n    '''by Zoe Student'''\n    # Zoe Student\n    return -x"
    students = {f"zoe{i}": {**wrong, "misconceptions": ["sign"], "answers": {"f": code}} for i in range(9)}
    students |= {f"abe{i}": {**wrong, "misconceptions": ["factor 2", "factor 2"]} for i in range(3)}
    course = make_class(tmp_path, students)
    data = collect(course, NAME)
    assert [(m["name"], m["students"], m["share"]) for m in data["misconceptions"]] == [
        ("sign", 9, 75),
        ("factor 2", 3, 25),
    ]
    example = data["misconceptions"][0]["example"]
    assert example["code"] == "def f(x):\n    return -x"
    text = write_report(course, NAME, tmp_path / "r.html").read_text(encoding="utf-8")
    assert example["who"] in text and "dx is 1; expected 2" in text and "Look again." in text
    assert "Zoe" not in text
    assert "zoe" not in json.dumps(data["misconceptions"])


def test_pseudonyms_are_the_courses_own_and_its_owners(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    wrong = {"points": {"f": 0.0}, "misconceptions": ["sign"]}
    first, second = (make_class(tmp_path / name, {"ada": wrong}) for name in ("one", "two"))

    def who(course):
        return collect(course, NAME)["misconceptions"][0]["example"]["who"]

    assert who(first) == who(first) != who(second)
    secret = first.root / ".autograder" / "pseudonyms.secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    secret.write_text("")
    with pytest.raises(CourseProblem, match="delete it"):
        who(first)


@pytest.mark.slow
def test_reports_made_at_once_agree_on_the_pseudonyms(tmp_path):
    course = make_class(tmp_path, {"ada": {"points": {"f": 0.0}, "misconceptions": ["sign"]}})
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda _: collect(course, NAME)["misconceptions"][0]["example"]["who"], range(16))
        assert len(set(found)) == 1


def test_a_hundred_thousand_students_have_as_many_pseudonyms():
    assert len({pseudonym(f"student{i}", "secret") for i in range(100_000)}) == 100_000


def test_what_is_handed_in_but_not_graded_is_named(tmp_path):
    course = make_class(tmp_path, {"ada": {}})
    for student in ("ada", "late comer"):
        (tmp_path / "submitted" / student / NAME).mkdir(parents=True)
    assert collect(course, NAME)["waiting"] == ["late comer"]
    assert "late comer" in write_report(course, NAME).read_text(encoding="utf-8")


def test_damaged_records_and_notebooks_cost_nobody_the_report(tmp_path):
    course = make_class(tmp_path, {"ada": {"message": "half a pair: \ud800", "troubles": ["\udc00" * 3]}, "bo": {}})
    for name, text in (("x", "[]"), ("y", "{"), ("z", '{"student": "z"}')):
        (tmp_path / ".autograder" / NAME / f"{name}.json").write_text(text)
    (tmp_path / "autograded" / "bo" / NAME / f"{NAME}.ipynb").write_text("%PDF")
    page = write_report(course, NAME)
    assert "2 submissions" in page.read_text(encoding="utf-8")
    assert json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))["submissions"] == 2


def test_the_json_never_takes_the_place_of_the_page(tmp_path):
    with pytest.raises(CourseProblem, match=r"FILE\.html"):
        write_report(make_class(tmp_path, {"ada": {}}), NAME, tmp_path / "report.json")


HOSTILE = (
    "<script>document.title = 'taken'</script>",
    "<img src=x onerror=\"document.title = 'taken'\">",
    '"><svg onload="document.title = \'taken\'">',
    "</pre></td></table><h1>hello</h1>{{ 7 * 7 }}",
    "\u202egnp.exe",
    "w" * 250,
)


@pytest.mark.browser
def test_hostile_text_stays_text(tmp_path, chromium):
    students = {
        text: {
            "points": {"f": 0.0, "g": 1.0}, "message": text, "misconceptions": [text[:60]], "hint": text,
            "troubles": [text], "answers": {"f": f"def f(x):\n    return {text!r}"},
        }
        for text in HOSTILE
    }  # fmt: skip
    page = write_report(make_class(tmp_path, students), NAME, tmp_path / "r.html")
    with browser(chromium) as running:
        view = watched(running)
        view.goto(page.as_uri())
        assert view.title() == f"{NAME}: class report"
        assert view.locator("script, img, svg, body h1").count() == 1  # the heading
        shown = view.locator("body").inner_text()
        for text in HOSTILE[:5]:
            assert text in shown
        assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert not view.errors and not view.requests


def varied(count):
    rng = random.Random(0)
    kinds = ["sign", "factor 2", "upstream forgotten", "sum over the batch forgotten"]
    for i in range(count):
        exercises = [f"broadcast_add_backward_{k}" for k in range(8)]
        points = {name: rng.choice((0.0, 0.4, 1.0, 1.0)) for name in exercises}
        wrong = rng.sample(kinds, rng.randrange(3))
        slow = ["cell 24: it ran out of time: stopped after 30 seconds"] if rng.random() < 0.03 else []
        message = "with upstream=-0.5366, x=-1.1021, y=2.9873: dx is 2.98727; expected -1.60297"
        yield f"student{i:03}", {"points": points, "misconceptions": wrong, "message": message, "troubles": slow}


CLASSES = {
    "two hundred": dict(varied(200)),
    "one": dict(varied(1)),
    "nobody wrong": {f"s{i}": {} for i in range(30)},
    "everybody wrong": {f"s{i}": {"points": {"f": 0.0, "g": 0.0}, "misconceptions": ["sign"]} for i in range(30)},
}


@pytest.mark.slow
@pytest.mark.browser
def test_the_page_fits_screens_wide_and_narrow_light_and_dark(tmp_path, chromium):
    with browser(chromium) as running:
        for name, students in CLASSES.items():
            (tmp_path / name).mkdir()
            page = write_report(make_class(tmp_path / name, students), NAME)
            for width, scheme in itertools.product((1250, 375), ("light", "dark")):
                view = watched(running, color_scheme=scheme)
                view.set_viewport_size({"width": width, "height": 900})
                view.goto(page.as_uri())
                assert view.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
                assert not view.errors
                keep(view, f"report-{name.replace(' ', '-')}-{width}-{scheme}")
                view.close()


def test_a_copied_answer_is_found_whatever_it_is_called(tmp_path):
    rest = {f"s{i}": {"train": f"def train(m):\n    return fit_{i}(m)"} for i in range(50)}
    assert similar_pairs({"ada": {"train": LONG}, "bo": {"train": DISGUISED}, **rest}) == [(("ada", "bo"), ["train"])]


def test_what_all_were_given_or_many_wrote_makes_nobody_alike():
    everybody = {f"s{i}": {"train": LONG} for i in range(2)}
    assert similar_pairs(everybody, {"train": [LONG]}) == []  # the model answer, or the skeleton
    assert similar_pairs({f"s{i}": {"train": LONG} for i in range(50)}) == []
    tiny = {f"s{i}": {f"e{k}": "def f(x):\n    return 0" for k in range(20)} for i in range(2)}
    rest = {f"t{i}": {f"e{k}": f"def f(x):\n    return g{i}(x, y, {k})" for k in range(20)} for i in range(100)}
    assert similar_pairs({**tiny, **rest}) == []


def test_a_notebook_copied_whole_is_found_though_each_answer_is_a_common_one():
    """Ten ways each to answer ten exercises: no answer is anybody's own, but all ten together are."""
    rng = random.Random(4)

    def answer(way):
        return f"def f(upstream, x):\n    s = {' + '.join(['x * x'] * (way + 1))}\n    return upstream * s"

    students = {f"s{i:03}": {f"e{k}": answer(rng.randrange(10)) for k in range(10)} for i in range(300)}
    students["thief"] = dict(students["s007"])
    assert [who for who, _ in similar_pairs(students)] == [("s007", "thief")]


def test_what_is_no_python_or_endless_is_passed_over():
    odd = (
        "def f(:",
        "x = '\\d'\0",
        "(" * 5000,
        "-" * 100_000 + "1",
        "9" * 10_000,
        "[" * 90 + "]" * 90,
        "a" * 10**6,
        "",
    )
    assert similar_pairs({f"s{i}": {"f": text} for i, text in enumerate(odd * 2)}) == []


@pytest.mark.slow
def test_two_thousand_students_take_seconds(tmp_path):
    """Every answer its own: the worst there is. The limit is far off, for slow machines."""
    rng = random.Random(2)

    def own():
        calls = re.sub(r"[a-z]+\.", lambda _: f"{rng.choice('abcdefgh')}.x{rng.randrange(9)}.", LONG)
        return re.sub(r" [*/+-] ", lambda _: rng.choice((" + ", " * ", " - ", " / ", " ** ")), calls)

    students = {f"s{i:04}": {"answers": {f"e{k}": own() for k in range(4)}} for i in range(2000)}
    students["s1999"] = {"answers": dict(students["s0000"]["answers"])}
    course = make_class(tmp_path, students)
    started = time.monotonic()
    data = collect(course, NAME)
    assert time.monotonic() - started < 60
    assert {"students": ["s0000", "s1999"], "exercises": ["e0", "e1", "e2", "e3"]} in data["similar"]
