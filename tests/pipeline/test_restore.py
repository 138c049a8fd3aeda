"""Submissions as they come: whatever they say of themselves, graded cells are the instructor's, the rest theirs."""

import json
import random

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.pipeline.harmless import clean_html, harmless_outputs
from autograder.pipeline.restore import NotANotebook, read_submission, restore
from autograder.pipeline.source import NotebookSource, SourceCell, check_named

CHECK = 'from autograder import check\n\ncheck("add_backward")'
SOURCE = NotebookSource(
    "demo",
    (
        SourceCell("add_backward", "code", "def add_backward(): ...", False, "a", False, True, False, None),
        SourceCell("check-add_backward", "code", CHECK, True, "b", True, False, False, 1.0, "add_backward"),
        SourceCell("written", "markdown", "YOUR ANSWER HERE", False, "c", True, True, False, 2.0),
    ),
    {"name": "python3", "display_name": "Python 3", "language": "python"},
)


def submission():
    cells = [nbformat.v4.new_markdown_cell("# Title")]
    for kept in SOURCE.cells:
        make = nbformat.v4.new_code_cell if kept.cell_type == "code" else nbformat.v4.new_markdown_cell
        cell = make(kept.source)
        cell.metadata["nbgrader"] = {
            "grade_id": kept.name, "grade": kept.grade, "solution": kept.solution, "locked": kept.locked,
            "schema_version": 3, "points": kept.points, "task": False,
        }  # fmt: skip
        cells.append(cell)
    return json.loads(nbformat.writes(nbformat.v4.new_notebook(cells=cells)))


def names(restored):
    return [c.metadata.get("nbgrader", {}).get("grade_id") for c in restored.notebook.cells]


def graded_cell(restored):
    return next(c for c in restored.notebook.cells if c.id == "check-add_backward")


def test_an_honest_submission_is_left_alone():
    restored = restore(submission(), SOURCE)
    assert names(restored) == [None, "add_backward", "check-add_backward", "written"]
    assert restored.remarks == []
    nbformat.validate(restored.notebook)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(points=100),
        lambda m: m.update(locked=False),
        lambda m: m.update(grade=False),
        lambda m: m.update(solution=True),
        lambda m: m.update(schema_version=99),
        lambda m: m.update(schema_version="two"),
        lambda m: m.pop("schema_version"),
        lambda m: m.update(checksum=17),
    ],
)
def test_what_a_submission_says_of_its_cells_is_not_believed(change):
    content = submission()
    change(content["cells"][2]["metadata"]["nbgrader"])
    meta = graded_cell(restore(content, SOURCE)).metadata.nbgrader
    assert (meta.points, meta.locked, meta.grade, meta.solution, meta.schema_version) == (1.0, True, True, False, 3)


def test_a_locked_cell_gets_its_text_back():
    content = submission()
    content["cells"][2]["source"] = ["1.0"]
    restored = restore(content, SOURCE)
    assert graded_cell(restored).source == CHECK
    assert any("had been changed" in remark for remark in restored.remarks)


def test_a_retyped_cell_is_what_it_was():
    content = submission()
    content["cells"][2]["cell_type"] = "markdown"
    assert graded_cell(restore(content, SOURCE)).cell_type == "code"


def test_of_doubled_cells_the_last_counts():
    content = submission()
    copy = json.loads(json.dumps(content["cells"][1]))
    copy["source"] = "second try"
    content["cells"].append(copy)
    restored = restore(content, SOURCE)
    assert names(restored).count("add_backward") == 1
    assert next(c for c in restored.notebook.cells if c.id == "add_backward").source == "second try"
    assert [c.source for c in restored.notebook.cells].count("def add_backward(): ...") == 1


def test_missing_cells_return_to_their_place():
    content = submission()
    del content["cells"][2]
    restored = restore(content, SOURCE)
    assert names(restored) == [None, "add_backward", "check-add_backward", "written"]
    content["cells"] = []
    assert names(restore(content, SOURCE)) == ["check-add_backward", "written"]


def test_scripts_in_a_students_text_do_not_run():
    content = submission()
    content["cells"][0]["source"] = (
        "<details>fine</details> <script>alert(1)</script> <img src=x onerror=alert(1)> a < b"
    )
    text = restore(content, SOURCE).notebook.cells[0].source
    assert "<details>" in text
    assert "<script" not in text
    assert "<img" not in text
    assert "a < b" in text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"%PDF-1.4", "not valid JSON"),
        (b"[1, 2]", "no cells"),
        (b'{"cells": "many"}', "no cells"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_files_that_are_no_notebooks_are_refused_in_words(data, words):
    with pytest.raises(NotANotebook, match=words):
        read_submission(data)


def test_old_notebooks_with_worksheets_are_read():
    content = read_submission(
        json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"]}]}]}).encode()
    )
    assert "x = 1" in [cell.source for cell in restore(content, SOURCE).notebook.cells]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(junk=JSON, seed=st.integers(0, 10_000))
def test_a_damaged_notebook_still_gives_every_graded_cell_once(junk, seed):
    """A fuzzer over cells and metadata: parts of a valid notebook are replaced by anything at all."""
    content, rng = submission(), random.Random(seed)
    for _ in range(rng.randint(1, 4)):
        place = content
        path = rng.choice(
            [
                ["cells"],
                ["cells", 0],
                ["cells", 1, "metadata"],
                ["cells", 2, "metadata", "nbgrader"],
                ["cells", 2, "source"],
                ["cells", 3, "cell_type"],
                ["cells", 1, "metadata", "nbgrader", "grade_id"],
            ]
        )
        try:
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = json.loads(json.dumps(junk))
        except (TypeError, KeyError, IndexError):
            continue
    try:
        content = read_submission(json.dumps(content).encode())
    except NotANotebook:
        return
    restored = restore(content, SOURCE)
    found = names(restored)
    assert found.count("check-add_backward") == found.count("written") == 1
    assert graded_cell(restored).source == CHECK
    nbformat.validate(restored.notebook)


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 3000), byte=st.integers(0, 255), cut=st.integers(0, 3000))
def test_damaged_bytes_are_read_or_refused_never_more(place, byte, cut):
    data = bytearray(json.dumps(submission()).encode())
    data[place % len(data)] = byte
    data = data[: len(data) - cut % 50]
    try:
        content = read_submission(bytes(data))
    except NotANotebook:
        return
    assert names(restore(content, SOURCE)).count("check-add_backward") == 1


def test_check_named_reads_the_one_check():
    assert check_named(CHECK) == "add_backward"
    assert check_named("1.0") is None
    assert check_named('check("a"); check("b")') is None
    assert check_named("check(name)") is None


def test_outputs_lose_their_scripts_and_keep_their_pictures():
    html = '<b onclick="x()">bold</b><script>alert(1)</script><img src="data:image/png;base64,AA" alt="a"><img src="http://x/y">'
    clean = clean_html(html)
    assert "<script" not in clean
    assert "onclick" not in clean
    assert 'src="data:image/png;base64,AA"' in clean
    assert "http://x" not in clean
    outputs = [
        {"output_type": "display_data", "data": {"application/javascript": "alert(1)"}, "metadata": {}},
        {"output_type": "display_data", "data": {"image/svg+xml": "<svg onload='x()'/>"}, "metadata": {}},
        {"output_type": "stream", "name": "stdout", "text": "<script>"},
    ]
    script, drawing, stream = harmless_outputs(outputs)
    assert "application/javascript" not in script["data"]
    assert drawing["data"]["text/html"].startswith("<img ")
    assert stream["text"] == "<script>"


def test_half_characters_become_whole_ones():
    source = NotebookSource("n", ())
    for text in ("x = '\ud800'", ["x = '\ud83d", "\ude00'"]):
        cell = restore({"cells": [{"cell_type": "code", "source": text}]}, source).notebook.cells[0]
        assert cell.source.encode("utf-8").startswith(b"x = '")
