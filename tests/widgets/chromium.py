"""A real browser with the widgets' pages, and a word on everything they fetch or get wrong."""

import json
import os
from contextlib import contextmanager
from pathlib import Path

from conftest import BROWSER_OPTIONS

from nn_lib.widgets.front_end import script

# Kept where CI says so, to be looked at.
PICTURES = os.environ.get("SCREENSHOTS")


@contextmanager
def browser(program):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=[*BROWSER_OPTIONS, "--enable-precise-memory-info"]
        )
        yield chromium
        chromium.close()


def watched(chromium, **options):
    """A new page whose `errors` and `requests` (other than of files) are kept.

    The pages forbid evaluating strings, which is how the tests ask their questions: for them that rule is lifted.
    """
    page = chromium.new_page(viewport={"width": 1250, "height": 1000}, bypass_csp=True, **options)
    page.set_default_timeout(15_000)
    page.errors, page.requests = [], []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda message: message.type == "error" and page.errors.append(message.text))
    page.on(
        "request", lambda r: not r.url.startswith(("file:", "data:", "about:", "blob:")) and page.requests.append(r.url)
    )
    return page


def keep(page, name):
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


VISIONS = ("protanopia", "deuteranopia", "tritanopia", "achromatopsia")


def keep_as_others_see_it(page, name):
    """Four pictures: as three kinds of colour-blind readers see the page, and in grey."""
    if PICTURES:
        session = page.context.new_cdp_session(page)
        for kind in VISIONS:
            session.send("Emulation.setEmulatedVisionDeficiency", {"type": kind})
            keep(page, f"{name}-{kind}")
        session.send("Emulation.setEmulatedVisionDeficiency", {"type": "none"})
        session.detach()


def in_page(page, name, body, argument=None):
    """What `body`, the inside of an async function of `given`, returns beside the scripts of a widget."""
    program = f"async (given) => {{ {script(name)}\n{body} }}"
    return page.evaluate(program, json.loads(json.dumps(argument)))
