"""The course as a static site: pages to touch, the notebooks to read, and (with JupyterLite) to run in the browser.

Nothing on it needs a server of its own. What is to be read or touched needs no network either: formulas are MathML, and
pages fetch nothing. JupyterLite's Python, Pyodide, is fetched by the reader's browser.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.mine.folder import PACKAGE
from autograder.reading.checks import checks_in
from nn_lib.widgets.front_end import MOUNTS, computing, mounting, style
from nn_lib.widgets.pages import ABOUT, LOOK, POLICY, TITLES, write_pages

# anywidget brings the front ends' side of the widgets, which JupyterLite packs into its pages.
LITE = ("jupyterlite-core==0.8.6", "jupyterlite-pyodide-kernel==0.8.6", "jupyter-server>=2.14", "anywidget>=0.9.13")
INSTALL = """%pip install -q backprop-course anywidget
# Python in a browser has no clock to stop a check with: a loop without end is stopped by Kernel > Restart Kernel."""
_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(?=\S)(.+?)(?<=\S)\$", re.DOTALL)
_CODE = re.compile(r"(<pre.*?</pre>|<code.*?</code>|<script.*?</script>|<math.*?</math>)", re.DOTALL)


class SiteProblem(RuntimeError):
    """The site cannot be built here; says what is missing."""


def build_site(
    course: Path, out: Path, *, lite: bool = True, address: str = "", say: Callable[[str], None] = print
) -> Path:
    """Build the site of the course folder `course` into `out` and return its first page.

    `address` is where it will stand, such as "https://example.org/course/", for the pictures of shared links.

    Raises `SiteProblem` when there are no released notebooks, or JupyterLite cannot be had.
    """
    notebooks = sorted((course / "notebooks").glob("*/*.ipynb"))
    if not notebooks:
        raise SiteProblem(f"{course / 'notebooks'} holds no released notebooks: autograder notebooks")
    started = time.monotonic()

    def write(name: str, text: str) -> None:
        picture = f'og:image" content="{html.escape(address, quote=True)}preview'
        (out / name).write_text(text.replace('og:image" content="preview', picture), encoding="utf-8")

    out.mkdir(parents=True, exist_ok=True)
    links = {"Course": "index.html"} | ({"Run it here": "run.html"} if lite else {})
    say("the pages to touch")
    write_pages(out, links, address)
    pages = [_read(path, say) for path in notebooks]
    for i, page in enumerate(pages):
        around = (pages[i - 1] if i else None, pages[i + 1] if i + 1 < len(pages) else None)
        write(f"{page.stem}.html", _reading_page(page, pages, around, links))
    write("index.html", _index(pages, links))
    if lite:
        say("JupyterLite, in an environment of its own")
        _build_lite(course, notebooks, out / "lite")
        write("run.html", _run_page(out / "lite", links))
    say(f"done in {time.monotonic() - started:.0f} s")
    return out / "index.html"


@dataclass(frozen=True)
class _Reading:
    """A notebook to read: its title, its headings as (id, words), its body, and which widgets live on it."""

    stem: str
    title: str
    headings: list[tuple[str, str]]
    body: str
    widgets: list[str]
    words: str


def _read(path: Path, say: Callable[[str], None]) -> _Reading:
    say(f"reading copy of {path.stem}")
    notebook = nbformat.read(path, as_version=4)
    title = _title(notebook)
    words = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    widgets = _alive(_executed(notebook, path.parent))
    body = _quiet(with_formulas(_body(notebook)))
    headings = [
        (anchor, html.unescape(re.sub(r"<[^>]+>", "", text)).replace("¶", "").strip())
        for anchor, text in re.findall(r'<h2 id="([^"]+)">(.*?)</h2>', body, re.DOTALL)
    ]
    known = " ".join(sorted(set(re.findall(r"[a-z]{3,}", words.lower()))))
    return _Reading(path.stem, title, headings, body, widgets, known)


def _file(name: str) -> str:
    return (files("autograder.publish") / name).read_text(encoding="utf-8")


def _title(notebook: NotebookNode) -> str:
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return str(first.splitlines()[0].lstrip("# ").strip())


def _executed(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """The notebook with its outputs: pictures, tables, and the state of its widgets."""
    from nbclient import NotebookClient

    client = NotebookClient(notebook, timeout=120, allow_errors=True, store_widget_state=True)
    client.execute(cwd=str(folder))
    return notebook


def _alive(notebook: NotebookNode) -> list[str]:
    """Put the live widgets where their pictures were, and a word where a check would be; returns the widgets' names."""
    kept = notebook.metadata.pop("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    found: dict[str, None] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if checks_in(cell.source):
            words = "Here the notebook checks what you wrote, and says what to look at."
            cell.outputs = [_html_output(f'<p class="check-here">{words}</p>')]
            continue
        # An exercise that nobody has done yet says so in the notebook; on a page to read that is noise.
        cell.outputs = [o for o in cell.outputs if o.get("ename") != "NotImplementedError"]
        # Nor has its reader a library: what is said of it is a student's business.
        cell.outputs = [o for o in cell.outputs if not o.get("text", "").startswith(f"{PACKAGE}: ")]
        live = [_model(output, kept) for output in cell.outputs]
        if not any(live):
            continue
        stills = {options["still"] for options in live if options}
        cell.outputs = [
            _html_output(_place(options)) if options else output
            for output, options in zip(cell.outputs, live, strict=True)
            if options or not any(mark in str(output.get("data", {}).get("text/html", "")) for mark in stills)
        ]
        found |= {options["widget"]: None for options in live if options}
    return list(found)


def _model(output: NotebookNode, kept: dict[str, Any]) -> dict[str, Any] | None:
    """The options of a widget that a page can run without Python; None for every other output."""
    view = output.get("data", {}).get("application/vnd.jupyter.widget-view+json")
    options = kept.get(view["model_id"], {}).get("state", {}).get("options") if view else None
    if not options or options.get("widget") not in MOUNTS or (options.get("fixed") and not options.get("recorded")):
        return None
    return dict(options)


def _place(options: dict[str, Any]) -> str:
    given = html.escape(json.dumps(options), quote=True)
    return f'<div class="nn-place" data-widget="{html.escape(options["widget"])}" data-options="{given}"></div>'


def _html_output(text: str) -> NotebookNode:
    return nbformat.v4.new_output("display_data", {"text/html": text, "text/plain": ""})


def _body(notebook: NotebookNode) -> str:
    from nbconvert.exporters import HTMLExporter

    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(notebook)
    return str(body)


def _quiet(body: str) -> str:
    """Tables scroll in a frame of their own, so that the page does not scroll sideways."""
    return re.sub(
        r"(<table.*?</table>)",
        r'<div class="wide" tabindex="0" role="group" aria-label="a table">\1</div>',
        body,
        flags=re.DOTALL,
    )


def _reading_page(
    page: _Reading, pages: list[_Reading], around: tuple[_Reading | None, _Reading | None], links: dict[str, str]
) -> str:
    from pygments.formatters import HtmlFormatter

    headings = "".join(
        f'<li><a href="#{html.escape(a, quote=True)}">{html.escape(t)}</a></li>' for a, t in page.headings
    )
    here = " aria-current=page"
    others = "".join(
        f'<li><a href="{other.stem}.html"{here if other is page else ""}>{html.escape(other.title)}</a></li>'
        for other in pages
    )
    contents = (
        f'<details class="contents"><summary>Contents</summary><ul>{headings}</ul>'
        f"<details><summary>All notebooks</summary><ol>{others}</ol></details></details>"
    )
    before, after = (
        f'<a rel="{rel}" href="{other.stem}.html">{sign.format(html.escape(other.title))}</a>'
        if other
        else "<span></span>"
        for other, rel, sign in zip(around, ("prev", "next"), ("← {}", "{} →"), strict=True)
    )
    look = _file("reading.css") + HtmlFormatter(style="default").get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".highlight")
    look += f"\n.highlight {{ background: none; }}\n@media (prefers-color-scheme: dark) {{ {dark}"
    look += "\n.highlight { background: none; } }"
    script = ""
    if page.widgets:
        look += style()
        script = (
            f'<script id="nn-computing">\n{computing(*page.widgets)}</script>\n'
            f'<script type="module">\n{mounting(*page.widgets)}</script>'
        )
    body = f'{contents}{page.body}<nav class="turn" aria-label="previous and next">{before}{after}</nav>'
    about = next(iter(re.findall(r"<p>(.*?)</p>", page.body, re.DOTALL)), "")
    return _page(page.title, body, links, look, script, re.sub(r"<[^>]+>", "", about)[:200])


def with_formulas(body: str) -> str:
    """Html with its $...$ and $$...$$ as MathML, which browsers show by themselves; code stays as it is."""
    from latex2mathml.converter import convert

    def mathml(found: re.Match[str]) -> str:
        block = found.group(1) is not None
        latex = html.unescape(found.group(1) if block else found.group(2))
        try:
            made = str(convert(" ".join(latex.split()), display="block" if block else "inline"))
        except Exception:  # a formula nobody can convert is shown as it was typed
            return found.group(0)
        return _set_below(made)

    parts = _CODE.split(body)
    return "".join(part if i % 2 else _FORMULA.sub(mathml, part) for i, part in enumerate(parts))


_LIMITS = "lim|max|min|argmax|argmin|sup|inf"
_BESIDE = re.compile(rf"<msub>(<m[io][^>]*>(?:{_LIMITS})</m[io]>)")


def _set_below(mathml: str) -> str:
    """What a limit or a maximum runs over stands below it, not beside it."""
    while found := _BESIDE.search(mathml):
        # The end of this msub: as many open and closed ones between.
        depth, at = 1, found.end()
        while depth:
            tag = re.compile(r"</?msub>").search(mathml, at)
            if tag is None:
                return mathml
            depth += -1 if tag.group() == "</msub>" else 1
            at = tag.end()
        inside = mathml[found.end() : at - len("</msub>")]
        name = re.sub(r"^<m[io][^>]*>", '<mo movablelimits="false">', found.group(1)).replace("</mi>", "</mo>")
        mathml = f"{mathml[: found.start()]}<munder>{name}{inside}</munder>{mathml[at:]}"
    return mathml


def _page(title: str, body: str, links: dict[str, str], look: str = "", script: str = "", about: str = "") -> str:
    places = "".join(f'<a href="{to}">{html.escape(name)}</a>' for name, to in links.items())
    touch = "".join(f'<a href="{name}.html">{name_shown}</a>' for name, name_shown in TITLES.items())
    described = html.escape(about or "Backpropagation, from a derivative to a trained network.", quote=True)
    return f"""<!doctype html>
<html lang="en" class="nn-page"><head><meta charset="utf-8"><title>{html.escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="description" content="{described}">
<meta property="og:title" content="{html.escape(title, quote=True)}">
<meta property="og:description" content="{described}">
<meta property="og:image" content="preview-playground.png"><meta property="og:type" content="article">
<meta http-equiv="Content-Security-Policy" content="{POLICY}"><link rel="icon" href="data:,">
<style>{LOOK}{look}</style></head>
<body><nav aria-label="pages">{places}{touch}</nav><main>{body}</main>
{script}</body></html>
"""


def _index(pages: list[_Reading], links: dict[str, str]) -> str:
    read = "".join(
        f'<li data-words="{html.escape(f"{page.title.lower()} {page.words}", quote=True)}">'
        f'<a href="{page.stem}.html">{html.escape(page.title)}</a></li>'
        for page in pages
    )
    touch = "".join(f'<li><a href="{n}.html">{t}</a>: {html.escape(ABOUT[n])}</li>' for n, t in TITLES.items())
    run = (
        '<h2>Run it in this browser</h2><p><a href="run.html">JupyterLab with all notebooks</a>, nothing to install; '
        "the first start fetches Python for the browser, which takes a minute and needs a network.</p>"
        if "Run it here" in links
        else ""
    )
    place = '<div class="nn-place" data-widget="playground" data-options="{}"></div>'
    body = (
        "<h1>Backpropagation, from a derivative to a trained network</h1>"
        f"{place}<h2>Touch it</h2><ul>{touch}</ul><h2>Read it</h2>"
        '<p><label>Search the pages <input id="search" type="search"></label> '
        '<span id="found" role="status"></span></p>'
        f'<ol id="pages">{read}</ol>{run}'
    )
    script = (
        f'<script id="nn-computing">\n{computing("playground")}</script>'
        f'<script type="module">\n{mounting("playground")}\n{_file("search.js")}</script>'
    )
    look = _file("reading.css") + style() + "main { max-width: 76rem; } h1 { margin-bottom: 12px; }"
    return _page("Backpropagation", body, links, look, script)


def _build_lite(course: Path, notebooks: list[Path], out: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        venv.create(work / "env", with_pip=True)
        python = work / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        _run("installing JupyterLite", [python, "-m", "pip", "install", "-q", *LITE])
        wheels = work / "wheels"
        _run("building the wheel", [python, "-m", "pip", "wheel", "-q", "--no-deps", "-w", wheels, course])
        pure, compiled = _needs(python, next(wheels.glob("backprop_course-*.whl")), work / "report.json")
        download: list[Any] = [
            python,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--only-binary=:all:",
            "--platform=any",
        ]
        _run("fetching wheels for the browser", [*download, "-d", wheels, *pure])
        for name in compiled:  # some have a form in Python alone beside the compiled one
            subprocess.run([str(part) for part in (*download, "-d", wheels, name)], capture_output=True, check=False)
        contents = work / "contents"
        for path in notebooks:
            notebook = nbformat.read(path, as_version=4)
            notebook.cells.insert(0, nbformat.v4.new_code_cell(INSTALL, id="install"))
            notebook.metadata["kernelspec"] = {
                "name": "python",
                "display_name": "Python (Pyodide)",
                "language": "python",
            }
            (contents / path.stem).mkdir(parents=True)
            nbformat.write(notebook, contents / path.stem / path.name)
        (work / "jupyter_lite_config.json").write_text(
            json.dumps(
                {
                    "PipliteAddon": {"piplite_urls": [str(wheel) for wheel in wheels.glob("*.whl")]},
                    "LiteBuildConfig": {"no_sourcemaps": True},
                }
            )
        )
        shutil.rmtree(out, ignore_errors=True)
        command: list[Any] = [
            python,
            "-m",
            "jupyterlite_core",
            "build",
            "--contents",
            contents,
            "--output-dir",
            out.resolve(),
        ]
        _run("building JupyterLite", command, cwd=work)
    for source_map in out.rglob("*.map"):
        source_map.unlink()


def _needs(python: Path, wheel: Path, report: Path) -> tuple[list[str], list[str]]:
    """All that the course needs, as name==version: what is Python alone travels with the site.

    What is compiled, NumPy and matplotlib with their own needs, comes from the lock of the browser's Python.
    """
    ask = [python, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed", "--report", report]
    _run("finding what the course needs", [*ask, wheel, "anywidget"])
    pure: list[str] = []
    compiled: list[str] = []
    for one in json.loads(report.read_text(encoding="utf-8"))["install"]:
        name, url = one["metadata"]["name"], one["download_info"]["url"]
        if name != "backprop-course":
            (pure if url.endswith("-none-any.whl") else compiled).append(f"{name}=={one['metadata']['version']}")
    return pure, compiled


def _run_page(lite: Path, links: dict[str, str]) -> str:
    """The way into JupyterLite: it looks first whether the browser's Python can be had, and says so where it cannot."""
    scripts = (lite / "extensions" / "@jupyterlite" / "pyodide-kernel-extension" / "static").glob("*.js")
    address = r"https://[^\"'`]+/pyodide/v[\d.]+/full/"
    found = [m for path in scripts for m in re.findall(address, path.read_text("utf-8", "replace"))]
    source = found[0] if found else ""
    body = (
        "<h1>Run it here</h1><p id='told' role='status'>Looking for Python for the browser …</p>"
        "<p><a href='lite/lab/index.html'>Go on to JupyterLab</a></p>"
    )
    script = f"<script>\nconst SOURCE = {json.dumps(source)};\n{_file('enter.js')}</script>"
    host = "/".join(source.split("/")[:3])
    page = _page("Run it here", body, links, _file("reading.css"), script)
    return page.replace(POLICY, f"{POLICY}; connect-src {host} 'self'")


def _run(what: str, command: list[Any], cwd: Path | None = None) -> None:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise SiteProblem(
            f"{what} failed ({command[3] if len(command) > 3 else command[0]}): {done.stderr.strip()[-600:]}"
        )
