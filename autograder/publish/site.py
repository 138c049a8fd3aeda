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
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from nn_lib.widgets.pages import ABOUT, LOOK, TITLES, write_pages

# anywidget brings the front ends' side of the widgets, which JupyterLite packs into its pages.
LITE = ("jupyterlite-core==0.8.6", "jupyterlite-pyodide-kernel==0.8.6", "jupyter-server>=2.14", "anywidget>=0.9.13")
# Wheels for the browser that Pyodide does not bring along.
WHEELS = ("comm", "anywidget", "ipywidgets", "jupyterlab-widgets", "psygnal")
INSTALL = "%pip install -q backprop-course anywidget"
READING = """
main { max-width: 56rem; }
pre { background: #f6f7f9; padding: 8px 10px; overflow: auto; font: 14px/1.45 "DejaVu Sans Mono", monospace; }
.output pre { background: #fff; border-left: 3px solid #c4cad1; }
img, svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; margin: 10px 0; }
td, th { border: 1px solid #c4cad1; padding: 3px 9px; text-align: left; }
math[display="block"] { margin: 12px 0; overflow-x: auto; }
.anchor-link { display: none; }
"""
_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(?=\S)(.+?)(?<=\S)\$", re.DOTALL)
_CODE = re.compile(r"(<pre.*?</pre>|<code.*?</code>|<script.*?</script>|<math.*?</math>)", re.DOTALL)


class SiteProblem(RuntimeError):
    """The site cannot be built here; says what is missing."""


def build_site(course: Path, out: Path, *, lite: bool = True, say: Callable[[str], None] = print) -> Path:
    """Build the site of the course folder `course` into `out` and return its first page.

    Raises `SiteProblem` when there are no released notebooks, or JupyterLite cannot be had.
    """
    notebooks = sorted((course / "notebooks").glob("*/*.ipynb"))
    if not notebooks:
        raise SiteProblem(f"{course / 'notebooks'} holds no released notebooks: autograder notebooks")
    out.mkdir(parents=True, exist_ok=True)
    links = {"Course": "index.html"} | ({"Run it here": "lite/lab/index.html"} if lite else {})
    say("the pages to touch")
    write_pages(out, links)
    titles = {}
    for path in notebooks:
        say(f"reading copy of {path.stem}")
        notebook = nbformat.read(path, as_version=4)
        titles[path.stem] = _title(notebook)
        page = _reading_page(_executed(notebook, path.parent), titles[path.stem], links)
        (out / f"{path.stem}.html").write_text(page, encoding="utf-8")
    (out / "index.html").write_text(_index(titles, links), encoding="utf-8")
    if lite:
        say("JupyterLite, in an environment of its own")
        _build_lite(course, notebooks, out / "lite")
    return out / "index.html"


def _title(notebook: NotebookNode) -> str:
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return str(first.splitlines()[0].lstrip("# ").strip())


def _executed(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """The notebook with its outputs: pictures, and checks that say what is still to do."""
    from nbclient import NotebookClient

    client = NotebookClient(notebook, timeout=120, allow_errors=True, store_widget_state=False)
    client.execute(cwd=str(folder))
    for cell in notebook.cells:
        for output in list(cell.get("outputs", [])):
            if output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None) and not output["data"]:
                cell.outputs.remove(output)  # the picture that stands in for the widget is an output of its own
    return notebook


def _reading_page(notebook: NotebookNode, title: str, links: dict[str, str]) -> str:
    from nbconvert.exporters import HTMLExporter
    from pygments.formatters import HtmlFormatter

    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(notebook)
    return _page(title, with_formulas(body), links, READING + HtmlFormatter().get_style_defs(".highlight"))


def with_formulas(body: str) -> str:
    """Html with its $...$ and $$...$$ as MathML, which browsers show by themselves; code stays as it is."""
    from latex2mathml.converter import convert

    def mathml(found: re.Match[str]) -> str:
        block = found.group(1) is not None
        latex = html.unescape(found.group(1) if block else found.group(2))
        try:
            return str(convert(" ".join(latex.split()), display="block" if block else "inline"))
        except Exception:  # a formula nobody can convert is shown as it was typed
            return found.group(0)

    parts = _CODE.split(body)
    return "".join(part if i % 2 else _FORMULA.sub(mathml, part) for i, part in enumerate(parts))


def _page(title: str, body: str, links: dict[str, str], look: str = "") -> str:
    places = "".join(f'<a href="{to}">{html.escape(name)}</a>' for name, to in links.items())
    touch = "".join(f'<a href="{name}.html">{name_shown}</a>' for name, name_shown in TITLES.items())
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>{LOOK}{look}</style></head>
<body><nav aria-label="pages">{places}{touch}</nav><main>{body}</main></body></html>
"""


def _index(titles: dict[str, str], links: dict[str, str]) -> str:
    read = "".join(f'<li><a href="{stem}.html">{html.escape(title)}</a></li>' for stem, title in titles.items())
    touch = "".join(f'<li><a href="{n}.html">{t}</a>: {html.escape(ABOUT[n])}</li>' for n, t in TITLES.items())
    run = (
        '<h2>Run it in this browser</h2><p><a href="lite/lab/index.html">JupyterLab with all notebooks</a>, nothing to '
        "install; the first start fetches Python for the browser, which takes a minute.</p>"
        if "Run it here" in links
        else ""
    )
    body = (
        "<h1>Backpropagation, from a derivative to a trained network</h1>"
        f"<h2>Touch it</h2><ul>{touch}</ul><h2>Read it</h2><ol>{read}</ol>{run}"
    )
    return _page("Backpropagation", body, links)


def _build_lite(course: Path, notebooks: list[Path], out: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        venv.create(work / "env", with_pip=True)
        python = work / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        _run("installing JupyterLite", [python, "-m", "pip", "install", "-q", *LITE])
        wheels = work / "wheels"
        _run("building the wheel", [python, "-m", "pip", "wheel", "-q", "--no-deps", "-w", wheels, course])
        download = [python, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "--platform=any"]
        _run("fetching wheels for the browser", [*download, "-d", wheels, *WHEELS])
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
            json.dumps({"PipliteAddon": {"piplite_urls": [str(wheel) for wheel in wheels.glob("*.whl")]}})
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


def _run(what: str, command: list[Any], cwd: Path | None = None) -> None:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise SiteProblem(
            f"{what} failed ({command[3] if len(command) > 3 else command[0]}): {done.stderr.strip()[-600:]}"
        )
