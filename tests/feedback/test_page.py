"""What stands on a feedback page, and what can never get onto one."""

import base64
import re
from html.parser import HTMLParser

import pytest
from attacks import BOMBS, QUICK, SHOWN, TEXTS
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.feedback.exercises import Mark, Marks, parts
from autograder.feedback.page import page, summary
from autograder.feedback.text import TAGS, image_kind
from autograder.feedback.text import markdown as html_of
from notebooks import LESSON, LESSON_MARKS, answer, check, code, markdown, marks, shows, written

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
OURS = {
    "h1",
    "h2",
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "main",
    "section",
    "footer",
    "progress",
    "mark",
}
MATHS = re.compile(r"math|m[a-z]{1,12}|none|annotation")


def page_of(notebook, said=LESSON_MARKS, **more):
    return page(notebook, "ada", "lesson", said, **more)


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


def words(text):
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL).split())


def test_it_opens_with_points_and_what_to_mend_first():
    text = words(page_of(LESSON))
    opening = text[: text.index("Your points")]
    assert "2.25 of 6 points" in opening
    assert "Exercise 1: The slope of a square" in opening and "square_slope" in opening
    assert "factor 1/2" in opening and "What is the slope at 1?" in opening
    assert "square_slope(3.0) # 6.0" in opening
    assert "Every value is half of what it should be." in opening
    assert "line 3" in opening
    assert "0.25 points were taken off" in opening


def test_exercises_have_the_names_of_their_headings_and_their_own_answers():
    found = parts(LESSON, LESSON_MARKS).exercises
    titles = [(str(e.title), e.name, e.status) for e in found]
    assert titles == [
        ("Exercise 1: The slope of a square", "square_slope", "part"),
        ("Exercises 2 and 3: The slope of a square", "cube_slope", "right"),
        ("Exercises 2 and 3: The slope of a square", "root_slope", "empty"),
        ("In your own words", None, "part"),
    ]
    assert ["cube_slope" in "".join(e.answers) for e in found] == [False, True, False, False]


def test_the_marked_line_stands_in_the_students_code():
    text = page_of(LESSON)
    (line,) = re.findall(r'<mark class="line">(.*?)\n</mark>', text)
    assert words(line) == "return x"
    assert "what is the derivative of x times x?" in text


def test_the_line_an_error_quotes_is_marked():
    cells = [
        answer("f", "def f(x):\n    y = x\n    return y.shpae\n"),
        check("f", 0, 1, message="raised AttributeError: no shpae in the line: return y.shpae"),
    ]
    (exercise,) = parts({"cells": cells}, marks(f=(0, 1))).exercises
    assert exercise.place == {"line": 3, "text": "return y.shpae"}


def test_an_answer_in_another_cell_is_found():
    cells = [answer("f", "# see below"), code("f = lambda x: x"), code("print(f)"), check("f", 1, 1)]
    (exercise,) = parts({"cells": cells}, marks(f=(1, 1))).exercises
    assert len(exercise.answers) == 2 and "lambda" in exercise.answers[1]
    assert "print" in exercise.around[0]


def test_written_answers_come_with_points_comment_and_mark_scheme():
    text = page_of(LESSON, schemes={"why": "1 point: it grows. 1 point: at rate $2$."})
    shown = words(text[text.index('id="exercise-4"') :])
    assert "1 of 2" in shown and "Say how fast." in shown and "1 point: it grows." in shown
    unmarked = Marks({**LESSON_MARKS.cells, "why": Mark(0.0, 2.0, waiting=True)})
    text = page_of(LESSON, unmarked, schemes={"why": "1 point: it grows."})
    assert "1 point: it grows." not in text  # a scheme is no hint
    assert "2 of them are still to be marked" in words(text)


def test_a_markers_comment_is_markdown():
    said = "**Almost.** The slope is $2x$:\n\n- at 0\n- at 1 <script>alert(1)</script>"
    text = page_of(LESSON, Marks(LESSON_MARKS.cells, comments={"why": said}))
    shown = text[text.index('id="exercise-4"') :]
    assert "<strong>Almost.</strong>" in shown and "<li>at 0" in shown and "<math" in shown
    assert "<script" not in shown and "**" not in shown


def test_a_task_is_shown_without_its_mark_scheme_until_a_person_has_marked_it():
    source = "Draw it.\n\n=== BEGIN MARK SCHEME ===\n2 points: an arrow.\n=== END MARK SCHEME ===\n"
    lesson = {"cells": [markdown(source, grade_id="drawn", task=True, solution=False, grade=False, locked=True)]}
    for marked in (False, True):
        mark = Mark(2.0, 2.0, by_hand=marked, waiting=not marked)
        text = page_of(lesson, Marks({"drawn": mark}), schemes={"drawn": "2 points: an arrow."})
        assert "Draw it." in text and "MARK SCHEME" not in text
        assert ("2 points: an arrow." in text) == marked


def test_points_are_the_gradebooks_and_a_persons_word_stands():
    changed = Marks({**LESSON_MARKS.cells, "check-square_slope": Mark(4.0, 4.0, by_hand=True)})
    shown = words(page_of(LESSON, changed))
    assert "8 of 8" not in shown and "6 of 8 points" in shown
    assert "A person set the points: 4 of 4." in shown
    assert "1 / 4" in shown  # the criteria in the gradebook's points


def test_a_criterion_that_was_not_reached_is_no_failure():
    cells = [answer("f", "def f(): pass"), check("f", 0, 1)]
    cells[1]["metadata"]["autograder"]["criteria"].append(
        {"name": "corners", "points": 0, "max_points": 1, "message": "", "tested": False}
    )
    text = page_of({"cells": cells}, marks(f=(0, 1)))
    assert text.count('aria-label="not reached"') == 1


def test_who_has_everything_has_nothing_to_mend():
    cells = [answer("f", "def f(): pass"), check("f", 1, 1)]
    made = summary(parts({"cells": cells}, marks(f=(1, 1))))
    assert made.first is None and "nothing to mend" in made.sentence


def test_formulas_are_mathml_and_the_page_asks_for_nothing():
    text = page_of(LESSON)
    assert "<mfrac>" in text and "$" not in words(text)
    assert "http" not in text.replace("http-equiv", "")


def test_the_same_input_gives_the_same_page():
    assert page_of(LESSON) == page_of(LESSON)


def assert_harmless(text):
    """Nothing of a page can run, load, move or pose as the page's own parts."""
    inside = text[text.index("</style>") :]
    for tag, attributes in Tags(inside).tags:
        assert tag in TAGS | OURS or MATHS.fullmatch(tag), tag
        for name, value in attributes.items():
            assert not name.startswith("on") and name != "style", (tag, name)
            if name == "href":
                assert re.match(r"(https?://|mailto:|#)", value), value
            if name == "src":
                assert re.match(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=]+$", value), value[:50]
        assert tag not in ("meta", "link", "base", "style", "form", "input", "button"), tag


HOSTILE_TEXTS = [
    TEXTS,
    '<div class="bp-card bp-right" style="position:fixed;inset:0" id="points"><h2>9 of 9 points</h2></div>',
    "<details title='\n\n$x\" onclick=\"alert(1)$\n\n'>",
    '<a href="jav&#x61;script:alert(1)">x</a> [y](<javascript:alert(1)>) <javascript:alert(1)> [z](JAVASCRIPT:a(1))',
    "\ue0000\ue001 $x$ <b title='\ue0000\ue001'>b</b>",
    "$\\href{javascript:alert(1)}{x} \\style{position:fixed}{y} \\class{bp-card}{z}$",
    "$$\\text{<script>alert(1)</script>} \\unicode{x3c}script\\unicode{x3e} &lt;script&gt;$$",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<svg><desc><noscript><img src=x onerror=alert(1)></noscript></desc></svg>",
    "![a](data:image/svg+xml;base64,PHN2Zz4=) ![b](data:image/png;base64,PHN2Zz4=) ![c](//evil/x.png) ![d](evil.html)",
    f"![e](data:image/png;base64,{PIXEL})",
    "<!--><img src=x onerror=alert(1)>-->",
    "<textarea></textarea><title></title><xmp><img src=x onerror=alert(1)></xmp>",
]


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_a_hostile_text_stays_text(text):
    cells = [
        markdown(text),
        answer("f", text),
        code("x", [shows(**SHOWN), shows(**{"text/html": f"<table><tr><td>{text}</table>"})]),
        code(
            "x",
            [
                {"output_type": "stream", "name": text, "text": text},
                {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]},
            ],
        ),
        check("f", 0, 1, message=f"raised E: {text} in the line: {text}", hint=text, misconceptions=[text], call=text),
        markdown(f"# {text}"),
        markdown(f"### {' '.join(text.split())[:100]}"),
        written("why", text),
        {"cell_type": "raw", "metadata": {}, "source": text},
    ]
    said = Marks({"check-f": Mark(0, 1), "why": Mark(0, 1, waiting=True)}, comments={"why": text, "f": text})
    assert_harmless(page({"cells": cells}, text, text, said))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("<", ">", "<b", "<a href=", '"', "'", " title=", "$", "$$", "\\text{", "}", "{", "\\begin{aligned}"),
                *("javascript:", "onclick=", "style=", "<!--", "-->", "&lt;", "`", "```\n", "\n\n", "<details>", "|"),
                *(
                    "<svg ",
                    "<script>",
                    "<math>",
                    "<style>",
                    "/",
                    "=",
                    "x",
                    " ",
                    "\ue000",
                    "0",
                    "\ue001",
                    "[",
                    "](",
                    ")",
                ),
            ]
        ),
        max_size=30,
    ).map("".join)
)
def test_no_text_made_of_dangerous_pieces_gets_through(text):
    assert_harmless(f"</style>{html_of(text)}")


@pytest.mark.parametrize("bomb", [name for name in QUICK if isinstance(BOMBS[name], list)])
def test_what_is_made_to_take_long_is_bounded(bomb):
    cells = [cell for cell in BOMBS[bomb] if isinstance(cell, dict) and isinstance(cell.get("source", ""), str)]
    made = page({"cells": cells[:5_000]}, "ada", "lesson", Marks())
    assert len(made) < 20_000_000
    assert_harmless(made)


def test_pictures_are_what_they_begin_with():
    png = base64.b64decode(PIXEL)
    assert image_kind(png) == "image/png" and image_kind(b"<svg>") is None and image_kind(b"GIF89a..") == "image/gif"
    beside = {"plot.png": png, "evil.html": b"<script>"}.get
    shown = html_of("![a](plot.png) ![b](evil.html) ![c](../x.png)", None, beside)
    assert shown.count("src=") == 1 and "data:image/png;base64," in shown
    shown = html_of("![a](attachment:a.png)", {"a.png": {"image/png": PIXEL}})
    assert shown.count("src=") == 1


def test_outputs_keep_tables_and_pictures():
    table = "<table style='position:fixed'><tr><th>loss</th></tr><tr><td>0.5</td></tr></table>"
    cells = [
        answer("f", "f = 1", [shows(**{"text/html": table, "text/plain": "x"}), shows(**{"image/png": PIXEL})]),
        check("f", 0, 1),
    ]
    text = page_of({"cells": cells}, marks(f=(0, 1)))
    assert "<td>0.5</td>" in text and f"data:image/png;base64,{PIXEL}" in text


def test_colours_and_control_characters_do_not_reach_the_page():
    said = "\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07 \u202eevil\x00"
    cells = [
        answer("f", "f = 1", [{"output_type": "stream", "name": "stdout", "text": said}]),
        check("f", 0, 1),
    ]
    text = page_of({"cells": cells}, marks(f=(0, 1)))
    assert "red link" in text and "\x1b" not in text and "\u202e" not in text and "\x00" not in text
