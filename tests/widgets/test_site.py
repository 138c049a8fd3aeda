"""The static site: everything on it opens in a real browser and fetches nothing from outside."""

import functools
import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
import urllib.parse
from pathlib import Path

import pytest
from chromium import browser, keep, keep_as_others_see_it, watched
from conftest import need_program

from autograder.publish.site import SiteProblem, build_site, with_formulas
from nn_lib.widgets.pages import TITLES

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("site")]
REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(path.stem for path in (REPOSITORY / "notebooks").glob("*/*.ipynb"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    try:
        build_site(REPOSITORY, out, say=lambda words: None)
    except SiteProblem as problem:
        if "installing JupyterLite" not in str(problem) or os.environ.get("REQUIRE_SYSTEM_PACKAGES"):
            raise
        pytest.skip(f"JupyterLite cannot be installed here: {problem}")
    return out


@pytest.fixture(scope="module")
def page(folder):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with browser(need_program("chromium", "chromium")) as chromium:
        page = watched(chromium)
        page.set_default_timeout(60_000)
        page.address = f"http://127.0.0.1:{server.server_port}"
        yield page
    server.shutdown()


def outside(page):
    return [url for url in page.requests if not url.startswith((page.address, f"blob:{page.address}"))]


def test_the_first_page_leads_everywhere(page, folder):
    page.goto(f"{page.address}/index.html")
    links = page.evaluate("[...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))")
    assert {f"{stem}.html" for stem in [*NOTEBOOKS, *TITLES]} <= set(links)
    assert all((folder / link).is_file() for link in links)
    keep(page, "site-index")


@pytest.mark.parametrize("stem", NOTEBOOKS)
def test_a_notebook_reads_well_without_a_network(page, stem):
    page.goto(f"{page.address}/{stem}.html")
    assert page.evaluate("document.querySelectorAll('pre .se, math').length") > 0 or stem == "11_playground"
    text = page.evaluate("document.querySelector('main').innerText")
    assert "\\frac" not in text and "$$" not in text and "Traceback" not in text
    assert page.evaluate("[...document.querySelectorAll('img')].every((i) => i.alt.length > 15 && i.naturalWidth > 0)")
    assert not re.search(r"(?<!\w)0 of \d", text)  # no red card of a check that nobody has done
    for width in (1250, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1250, "height": 1000})
    number = NOTEBOOKS.index(stem)
    around = NOTEBOOKS[max(0, number - 1) : number] + NOTEBOOKS[number + 1 : number + 2]
    turn = page.evaluate("[...document.querySelectorAll('nav.turn a')].map((a) => a.getAttribute('href'))")
    assert turn == [f"{other}.html" for other in around]
    assert page.locator(".contents a").count() > len(NOTEBOOKS)
    assert outside(page) == []
    keep(page, f"site-{stem}")
    if stem[:2] in ("03", "05"):
        keep_as_others_see_it(page, f"site-{stem}")


def test_the_widgets_live_among_the_text(page):
    live = 0
    for stem in NOTEBOOKS:
        page.goto(f"{page.address}/{stem}.html")
        for place in page.locator(".nn-place").all():
            place.scroll_into_view_if_needed()
            place.locator("input, button").first.wait_for()
            live += 1
        assert page.locator("[data-nn-still]").count() == 0, stem
    assert live >= 8 and page.errors == []
    page.goto(f"{page.address}/03_circuits_and_gates.html")
    stepper = page.locator(".nn-stepper").first
    stepper.scroll_into_view_if_needed()
    stepper.get_by_role("button", name="To the end").click()
    assert "agrees" in stepper.locator(".nn-status").inner_text()
    assert outside(page) == []


def test_pages_are_found_by_their_words(page):
    page.goto(f"{page.address}/index.html")
    page.get_by_label("Search the pages").fill("softmax cross-entropy")
    shown = page.locator("#pages > li:visible").all_inner_texts()
    assert 0 < len(shown) < len(NOTEBOOKS) and "Losses" in shown
    assert f"{len(shown)} of {len(NOTEBOOKS)} pages" in page.locator("#found").inner_text()


def test_where_python_for_the_browser_cannot_be_had_it_is_said(page, folder):
    page.route(
        "**/*",
        lambda route: route.continue_() if route.request.url.startswith((page.address, "file:")) else route.abort(),
    )
    page.goto(f"{page.address}/run.html")
    page.locator("#told:has-text('cannot be reached')").wait_for(timeout=10_000)
    page.goto(f"file://{folder}/run.html")
    page.locator("#told:has-text('cannot run from a file')").wait_for(timeout=10_000)
    page.unroute("**/*")
    page.errors.clear()  # the browser says that it did not get it
    del page.requests[:]


@pytest.mark.parametrize("name", TITLES)
def test_a_page_to_touch_runs_from_the_site(page, name):
    page.goto(f"{page.address}/{name}.html")
    page.locator(".nn-status").first.wait_for()
    page.wait_for_function("document.querySelector('.nn-status').textContent.length > 20")
    assert page.errors == [] and outside(page) == []


def test_jupyterlite_has_the_notebooks_and_the_wheel(page, folder):
    page.goto(f"{page.address}/lite/lab/index.html")
    page.locator(".jp-DirListing-item").first.wait_for()
    shown = [text.split("\n")[0] for text in page.locator(".jp-DirListing-item").all_inner_texts()]
    assert shown == NOTEBOOKS
    wheels = json.loads((folder / "lite" / "pypi" / "all.json").read_text())
    (wheel,) = next(iter(wheels["backprop-course"]["releases"].values()))
    assert (folder / "lite" / "pypi" / wheel["filename"]).is_file()
    # What is Python alone travels with the site; what is compiled comes with the browser's Python.
    assert {"anywidget", "click"} <= set(wheels) and not {"numpy", "matplotlib"} & set(wheels)
    assert list((folder / "lite").rglob("*.map")) == []
    notebook = json.loads((folder / "lite" / "files" / NOTEBOOKS[0] / f"{NOTEBOOKS[0]}.ipynb").read_text())
    assert "%pip install -q backprop-course anywidget" in "".join(notebook["cells"][0]["source"])
    assert "BEGIN SOLUTION" not in json.dumps(notebook)


def test_formulas_become_mathml_and_code_stays():
    made = with_formulas(r"<p>$\frac{a}{b}$ costs $5, and $$x &lt; y$$</p><pre>$HOME$</pre><code>$a$</code>")
    limit = with_formulas(r"$$\lim_{h \to 0} \frac{f(x_i)}{h} = \max_i x_i$$")
    assert limit.count("<munder>") == 2 and limit.count("</munder>") == 2 and "<msub><mi>x</mi>" in limit
    assert made.count("<math") == 2 and "<mfrac>" in made and "&lt;" in made
    assert "<pre>$HOME$</pre><code>$a$</code>" in made


# What the browser's IPython is made of; Pyodide's npm package brings the interpreter alone.
FOR_THE_KERNEL = (
    "asttokens", "decorator", "executing", "ipython", "jedi", "matplotlib-inline", "micropip", "packaging", "parso",
    "prompt-toolkit", "pure-eval", "pygments", "six", "stack-data", "traitlets", "typing-extensions", "wcwidth",
)  # fmt: skip


@pytest.fixture(scope="module")
def own_pyodide(folder, tmp_path_factory):
    """The site with a Pyodide of its own, so that its kernel starts without a network. NumPy is not to be had so."""
    npm = need_program("npm", "npm")
    work, lite = tmp_path_factory.mktemp("pyodide"), folder / "lite"
    scripts = (lite / "extensions" / "@jupyterlite" / "pyodide-kernel-extension" / "static").glob("*.js")
    (version,) = {v for path in scripts for v in re.findall(r"pyodide/v([\d.]+)", path.read_text("utf-8", "replace"))}
    subprocess.run([npm, "pack", "--silent", f"pyodide@{version}"], cwd=work, check=True, capture_output=True)
    with tarfile.open(next(work.glob("*.tgz"))) as archive:
        archive.extractall(work, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    served = lite / "static" / "pyodide"
    shutil.copytree(work / "package", served)
    lock = json.loads((served / "pyodide-lock.json").read_text())
    wanted = [lock["packages"][name] for name in FOR_THE_KERNEL]
    python = lock["info"]["python"].rsplit(".", 1)[0]
    download = ["download", "-q", "--no-deps", "--only-binary=:all:", f"--python-version={python}", "-d", str(served)]
    names = [f"{package['name']}=={package['version']}" for package in wanted]
    subprocess.run([sys.executable, "-m", "pip", *download, *names], check=True, capture_output=True)
    for package in wanted:
        package["sha256"] = hashlib.sha256((served / package["file_name"]).read_bytes()).hexdigest()
    (served / "pyodide-lock.json").write_text(json.dumps(lock))
    settings = json.loads((lite / "jupyter-lite.json").read_text())
    plugins = settings["jupyter-config-data"].setdefault("litePluginSettings", {})
    plugins.setdefault("@jupyterlite/pyodide-kernel-extension:kernel", {})["pyodideUrl"] = (
        "./static/pyodide/pyodide.mjs"
    )
    (lite / "jupyter-lite.json").write_text(json.dumps(settings))


# Everything but NumPy's numbers, and msgpack, which is compiled too: what the course imports besides must exist in the
# browser's Python, which has neither threads nor processes nor signals.
STAND_IN_FOR_NUMPY = """
import sys, types, unittest.mock as mock
class StandIn(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        is_class = name[0].isupper() or name in ("ndarray", "generic", "integer", "floating", "number", "errstate")
        members = {
            "__class_getitem__": classmethod(lambda c, i: c),
            "__init__": lambda self, *a, **k: None,
            "__call__": lambda self, decorated: decorated,
        }
        return type(name, (), members) if is_class else mock.MagicMock()
for name in ("numpy", "numpy.random", "numpy.linalg", "numpy.typing", "numpy.testing", "msgpack"):
    sys.modules[name] = StandIn(name)
"""


def test_the_kernel_in_the_browser_starts_and_installs_the_course_without_a_network(page, own_pyodide):
    del page.requests[:]
    code = (
        "import piplite\n"
        "await piplite.install(['backprop-course', 'anywidget', 'psygnal', 'ipywidgets'], deps=False)\n"
        "import importlib.metadata as m\n"
        f"{STAND_IN_FOR_NUMPY}"
        "import nn_lib.widgets\n"
        "from autograder import check\n"
        "from autograder.student.time_limit import time_limit\n"
        "with time_limit(10):\n"
        "    print('here:', m.version('backprop-course'), m.version('anywidget'), 20 + 3, check.__name__)"
    )
    page.goto(f"{page.address}/lite/repl/index.html?kernel=python&code={urllib.parse.quote(code)}")
    told = page.locator(".jp-OutputArea-output").filter(has_text=re.compile(r"here: \d|Error")).first
    told.wait_for(timeout=120_000)
    assert re.search(r"here: [\d.]+ [\d.]+ 23 check", told.inner_text()), told.inner_text()
    assert outside(page) == []
    keep(page, "site-kernel")


# `check` judges with NumPy, which is not to be had here, so its judgement is taken as given. The filing, the storage,
# the import, and what `my_nn` is after a reload are the real ones.
FILE_IT = """
import types
import autograder.mine.filing as filing
from autograder.mine.folder import the_folder
filing.judge = lambda *given, **more: types.SimpleNamespace(passed=True)
written = "def unbroadcast(gradient, shape):\\n    return 'my own', shape\\n"
exec(written)
here = "03_circuits_and_gates"
folder = the_folder(frozenset([here]))
exercise = types.SimpleNamespace(name="unbroadcast", assignment=here)
print("told:", filing.file_answer(exercise, [written], {"unbroadcast": unbroadcast}, folder, 0))
"""
USE_IT = """
import os
from my_nn import unbroadcast
print("told:", os.getcwd(), unbroadcast(1, (2,)), unbroadcast.__module__)
"""


def run_in_lab(page, stem, code):
    """Run code in the first cell of a notebook of the site's JupyterLite, and return what it prints."""
    page.goto("about:blank")
    page.goto(f"{page.address}/lite/lab/index.html?path={stem}/{stem}.ipynb")
    first = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-CodeCell").first
    page.locator(f".lm-TabBar-tab.lm-mod-current:has-text('{stem}')").first.wait_for()
    first.wait_for()
    page.wait_for_timeout(2000)  # the workspace of an earlier visit comes back first
    first.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")
    told = first.locator(".jp-OutputArea-output").filter(has_text=re.compile("told:|Error")).first
    told.wait_for(timeout=240_000)
    return told.inner_text()


def test_the_library_of_a_student_is_kept_in_the_browser_s_storage(page, own_pyodide):
    begin = (
        "import piplite\n"
        "await piplite.install(['backprop-course', 'anywidget', 'psygnal', 'ipywidgets'], deps=False)\n"
        f"{STAND_IN_FOR_NUMPY}"
    )
    mine = page.context.browser.new_page()  # a storage of its own
    mine.set_default_timeout(60_000)
    mine.address = page.address
    filed = run_in_lab(mine, "03_circuits_and_gates", begin + FILE_IT)
    assert "unbroadcast is in your library now: my_nn/03_circuits_and_gates.py" in filed, filed
    # Another notebook, after a reload: a new kernel, and what was filed is there.
    used = run_in_lab(mine, "04_sigmoid_circuit", begin + USE_IT)
    assert "/drive/04_sigmoid_circuit ('my own', (2,)) my_nn.03_circuits_and_gates" in used, used
    mine.close()
