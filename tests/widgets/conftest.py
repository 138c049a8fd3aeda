"""Pages of the widgets in a running browser, for all the tests of this folder."""

import pytest
from chromium import browser, watched
from conftest import need_program

from nn_lib.widgets.pages import write_pages


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    write_pages(folder)
    return folder


@pytest.fixture(scope="module")
def running_chromium():
    with browser(need_program("chromium", "chromium")) as opened:
        yield opened


@pytest.fixture
def open_page(running_chromium, folder):
    """Open a page by name; afterwards it must have raised nothing and fetched nothing.

    Without a link the playground trains at once; the tests' own playground waits.
    """
    opened = []

    def open_it(name, link="", size=(1250, 1000), **options):
        page = watched(running_chromium, **options)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        if name == "playground" and not link:
            link = "#seed=0"
        page.goto(f"file://{folder}/{name}.html{link}")
        page.evaluate("window.widget.ready")
        opened.append(page)
        return page

    yield open_it
    for page in opened:
        assert page.errors == []
        assert page.requests == []
        page.close()
