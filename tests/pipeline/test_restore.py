"""Submissions as they come: whatever they say of themselves, graded cells are the instructor's, the rest theirs."""

import json
import random
import time
import tracemalloc

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.judge.verdict import no_points
from autograder.pipeline.harmless import Room, clean_html, harmless_outputs
from autograder.pipeline.pages import markdown_html
from autograder.pipeline.restore import restore
from autograder.pipeline.source import NotebookSource, SourceCell
from autograder.reading.checks import check_named
from autograder.reading.notebook_file import NotANotebook, read_submission
from autograder.reading.words import one_line

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


@pytest.mark.parametrize(
    "html",
    [
        '<b style="color:' + "(" * 10**6 + '">x</b>',
        "<div>" * 200_000,
        "<b " + " ".join(f"a{i}=1" for i in range(100_000)) + ">x</b>",
        "<b/" + "/".join(f"a{i}" for i in range(100_000)) + ">x</b>",
        "<table><td>" * 100_000,
    ],
    ids=["css", "depth", "attributes", "attributes by slashes", "tables"],
)
def test_html_that_would_take_for_ever_is_left_out_in_words(html):
    start = time.perf_counter()
    (output,) = harmless_outputs([{"output_type": "display_data", "data": {"text/html": html}, "metadata": {}}])
    assert time.perf_counter() - start < 3
    shown = output["data"]["text/html"]
    assert len(shown) < 200 and ("This output is left out" in shown or shown.endswith(">x</b>"))


def test_markup_of_a_whole_notebook_is_bounded_and_words_stay():
    room = Room()
    html = {"output_type": "display_data", "data": {"text/html": "<b>x</b>" * 2_400}, "metadata": {}}
    shown = [harmless_outputs([html], room)[0]["data"]["text/html"] for _ in range(6)]
    assert [s.startswith("<b>x</b>") for s in shown] == [True] * 4 + [False] * 2
    assert "this notebook have too many" in shown[-1]
    text = {"output_type": "stream", "name": "stdout", "text": "\x1b[31mred" * 100_000}
    assert harmless_outputs([text])[0]["text"] == "red" * 100_000
    many = harmless_outputs([{**text, "text": "x"}] * 3_100, Room())
    assert len(many) == 3_001 and many[-1]["text"].startswith("(100 outputs are left out")
    few = {**text, "text": "\x1b[31mred\x1b[0m"}
    assert harmless_outputs([few]) == [few]


@pytest.mark.parametrize("item", [b"[],", b"1,", b'{"":{}},', b'"",'])
def test_values_without_end_are_refused_before_they_become_objects(item):
    data = b'{"cells": [' + item * (7 * 2**20 // len(item)) + b"1]}"
    tracemalloc.start()
    try:
        with pytest.raises(NotANotebook, match="more than 2,000,000 values"):
            read_submission(data)
        assert tracemalloc.get_traced_memory()[1] < 2 * len(data)
    finally:
        tracemalloc.stop()


def test_commas_in_text_are_no_values():
    text = '1, [2], {3}\\n\\",' * 400_000
    cells = read_submission(f'{{"cells": [{{"cell_type": "code", "source": "{text}"}}]}}'.encode())["cells"]
    assert cells[0]["source"].startswith('1, [2], {3}\n",1, [2]')


def test_a_cell_nobody_could_read_is_left_out_and_said_so():
    content = submission()
    content["cells"][1]["source"] = "x = 1\n" * 20_000
    content["cells"] += [{"cell_type": kind, "source": "y\n" * 45_000} for kind in ("markdown", "code", "raw", "code")]
    restored = restore(content, SOURCE)
    sources = [cell.source for cell in restored.notebook.cells]
    assert sources[1].startswith("# This cell was left out: with 120,000 characters")
    assert [s.startswith("y") for s in sources[4:]] == [True, True, True, False]
    assert "together are longer than the 300,000" in sources[-1]
    assert len(restored.remarks) == 2 and "add_backward was left out" in restored.remarks[0]


def test_a_picture_in_a_text_is_kept_and_nothing_else_is():
    content = submission()
    content["cells"][3]["attachments"] = {
        "mine.png": {"image/png": "iVBORw0KGgo=", "text/html": "<script>"},
        "other.svg": {"image/svg+xml": "<svg/>"},
        "forged.png": {"image/png": '"><script>'},
        "broken": 3,
    }
    notebook = restore(content, SOURCE).notebook
    assert notebook.cells[3].attachments == {"mine.png": {"image/png": "iVBORw0KGgo="}}
    nbformat.validate(notebook)


def test_markdown_shows_what_was_written_and_loads_nothing():
    html = markdown_html(
        {"cell": {"attachments": {"mine.png": {"image/png": "iVBORw0KGgo="}}}},
        "# Title\n[there](https://example.org) [bad](javascript:x) ![a](attachment:mine.png) ![near](images/a.png) "
        "![far](https://example.org/b.png) ![far](//example.org/c.png)\n\n- [x] done\n\n```python\nx = 1\n```\n$a < b$",
    )
    for kept in (
        'href="https://example.org"', 'src="data:image/png;base64,iVBORw0KGgo="', 'src="images/a.png"', "$a &lt; b$",
        'type="checkbox"', 'class="anchor-link"', '<span class="n">x</span>',
    ):  # fmt: skip
        assert kept in html
    for gone in ("javascript", "org/b.png", "org/c.png"):
        assert gone not in html


@pytest.mark.parametrize("source", ["![x](attachment:none.png)", "[" * 30_000, r"\\[" * 6_000, "# a\n" * 4_900])
def test_markdown_that_cannot_be_shown_as_such_is_shown_as_typed(source):
    start = time.perf_counter()
    html = markdown_html({}, source)
    assert time.perf_counter() - start < 3
    assert html.startswith("<p>(Shown as it was typed: ") and source in html


def test_a_verdict_steers_no_terminal_and_turns_no_line_around():
    verdict = no_points("add_backward", 1.0, "\x1b[2J it said \u202e\u2066\x9b31m\x07" + "x" * 10_000 + "<b>")
    for shown in (verdict.to_text(), verdict.to_html(), verdict.notice):
        assert not set("\x1b\x07\x9b\u202e\u2066") & set(shown)
        words = shown.split("</style>")[-1]  # the card brings its own look
        assert "it said" in words and len(words) < 5_000
    assert one_line("a\n\x1b[1m\u202eb" * 9_000).isprintable() and len(one_line("x" * 9_000)) <= 1000
