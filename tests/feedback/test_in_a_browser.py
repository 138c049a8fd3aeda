"""Feedback pages in a real browser: read by axe-core, on a phone, in the dark, on paper; and pages made to attack."""

import os
from pathlib import Path

import pytest
from attacks import SHOWN, TEXTS
from conftest import BROWSER_OPTIONS, need_module, need_program

from autograder.feedback.page import page
from notebooks import LESSON, LESSON_MARKS, answer, check, code, markdown, marks, shows

SCREENSHOTS = os.environ.get("SCREENSHOTS")
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("feedback-browser")]


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    program = need_program("chromium", "chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=BROWSER_OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "lesson.html"
    path.write_text(page(LESSON, "ada", "lesson", LESSON_MARKS, schemes={"why": "1 point: it grows."}), "utf-8")
    return path


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_everybody_can_read_it(browser, lesson, width, scheme):
    axe = need_module("axe_playwright_python.sync_playwright", "axe-playwright-python")
    shown = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    asked = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(lesson.as_uri())
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = axe.Axe().run(shown)
    assert found.violations_count == 0, found.generate_report()
    assert asked == [lesson.as_uri()]
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        shown.screenshot(path=Path(SCREENSHOTS) / f"feedback-{width}-{scheme}.png", full_page=True)
    shown.close()


def test_the_marked_line_and_the_score_are_in_sight(browser, lesson):
    shown = browser.new_page(viewport={"width": 390, "height": 844})
    shown.goto(lesson.as_uri())
    score = shown.locator(".score b").bounding_box()
    first = shown.get_by_role("heading", name="What to mend first").bounding_box()
    assert score["y"] < first["y"] < 844  # without scrolling, on a phone
    line = shown.locator("mark.line")
    ground = shown.locator("pre.code").first
    colour = "e => getComputedStyle(e).backgroundColor"
    assert line.evaluate(colour) != ground.evaluate(colour)
    shown.close()


def test_on_paper_it_is_black_on_white_whatever_the_screen(browser, lesson):
    shown = browser.new_page(color_scheme="dark")
    shown.goto(lesson.as_uri())
    shown.emulate_media(media="print")
    colours = shown.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
    assert colours == ["rgb(28, 30, 33)", "rgb(255, 255, 255)"]
    assert len(shown.pdf(format="A4")) > 10_000
    shown.close()


FORGED = (
    '<div class="bp-card bp-right mend" style="position:fixed;top:0;left:0;right:0;height:100vh;z-index:9999;'
    'margin-top:-2000px;transform:translateY(-900px);background:#fff">9 of 9 points</div>'
)


def test_a_forged_card_neither_covers_nor_resembles_the_real_one(browser, tmp_path):
    cells = [
        markdown(f"text\n\n{FORGED}"),
        code("x", [shows(**{"text/html": f"<table><tr><td>{FORGED}</td></tr></table>"})]),
        answer("f", "def f(x):\n    return x", [shows(**{"text/html": f"<table><tr><td>{FORGED}</td></tr></table>"})]),
        check("f", 0, 2, message="wrong"),
    ]
    path = tmp_path / "forged.html"
    path.write_text(page({"cells": cells}, "eve", "lesson", marks(f=(0, 2))), "utf-8")
    shown = browser.new_page(viewport={"width": 1280, "height": 900})
    shown.goto(path.as_uri())
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    score = shown.locator(".score b")
    box = score.bounding_box()
    on_top = "([x, y]) => document.elementFromPoint(x, y).textContent"
    assert shown.evaluate(on_top, [box["x"] + 5, box["y"] + box["height"] / 2]) == "0 of 2 points"
    assert shown.locator(".bp-card", has_text="9 of 9").count() == 0
    for forged in shown.get_by_text("9 of 9 points").all():
        style = forged.evaluate("e => [getComputedStyle(e).position, getComputedStyle(e).borderLeftWidth]")
        assert style[0] == "static" and style[1] in ("0px", "1px")
    shown.close()


def test_nothing_a_student_wrote_runs_or_loads(browser, tmp_path):
    path = tmp_path / "hostile.html"
    cells = [
        markdown(TEXTS),
        code("x", [shows(**{kind: value}) for kind, value in SHOWN.items()]),
        answer("f", TEXTS, [shows(**{"text/html": f"<table><tr><td>{SHOWN['text/html']}</td></tr></table>"})]),
        check("f", 0, 1, message=TEXTS, hint=TEXTS, call=TEXTS),
    ]
    path.write_text(page({"cells": cells}, "eve", "lesson", marks(f=(0, 1))), "utf-8")
    shown = browser.new_page()
    asked, dialogs, complaints = [], [], []
    shown.on("request", lambda request: asked.append(request.url))
    shown.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    shown.on("console", lambda message: complaints.append(message.text))
    shown.goto(path.as_uri())
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    shown.evaluate("document.querySelectorAll('a:not([href^=http]), button, p, summary').forEach(e => e.click())")
    shown.wait_for_timeout(300)
    assert shown.title().endswith("feedback for eve") and not dialogs
    assert {url.split("#")[0] for url in asked} == {path.as_uri()}
    assert complaints == []  # the policy of the page had nothing to stop: nothing of the kind is in it
    shown.close()
