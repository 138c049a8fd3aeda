"""Updates a second of the playground's default network: on its page, and in JupyterLab with nn_lib in the kernel."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.table import Table
from nn_lib.widgets.pages import write_pages

BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FRAMES = """(seconds) => new Promise((done) => {
  let count = 0;
  const end = performance.now() + 1000 * seconds;
  const next = () => (performance.now() > end ? done(count / seconds) : (count++, requestAnimationFrame(next)));
  requestAnimationFrame(next);
})"""
# When the browser first painted, in seconds after the page was asked for.
FIRST = "performance.getEntriesByType('paint').at(-1).startTime / 1000"
QUIET = "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate"


def _longest_task(page: Any, act: Callable[[], object]) -> float:
    """Milliseconds of the processor of the page's longest task while `act` is done: so long it hears no hand."""
    browser = page.context.browser
    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline"])
    act()
    events = json.loads(browser.stop_tracing())["traceEvents"]
    threads = {
        (e["pid"], e["tid"]) for e in events if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        e.get("tdur", 0)
        for e in events
        if e["name"] == "ThreadControllerImpl::RunTask" and (e["pid"], e["tid"]) in threads
    ]
    return max(tasks, default=0) / 1000


def _measured(page: Any, seconds: float) -> tuple[float, float, float, float]:
    """Updates and empty frames a second of the same page, seconds to the first picture, and the longest task."""
    page.locator(".nn-playground[data-updates]").wait_for(timeout=90_000)
    first = page.evaluate(FIRST)
    frames = page.evaluate(FRAMES, seconds)
    count = "Number(document.querySelector('.nn-playground').dataset.updates)"
    page.locator("button.nn-main").click()
    page.wait_for_timeout(1000)
    start, before = time.perf_counter(), page.evaluate(count)
    page.wait_for_timeout(1000 * seconds)
    rate = (page.evaluate(count) - before) / (time.perf_counter() - start)
    longest = _longest_task(page, lambda: page.wait_for_timeout(1000 * seconds / 2))
    page.locator("button.nn-main").click()
    return rate, frames, first, longest


def _in_lab(chromium: Any, folder: Path, seconds: float) -> tuple[float, float, float, float]:
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    cell["source"] = "from nn_lib.widgets import playground\nplayground()"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (folder / "playground.ipynb").write_text(json.dumps(notebook))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token=", QUIET]
    command = [sys.executable, "-m", "jupyter", "lab", *options]
    environment = {**os.environ, "HOME": str(folder), "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    lab = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        page = chromium.new_page(viewport={"width": 1250, "height": 1000})
        page.goto(f"http://127.0.0.1:{port}/lab/tree/playground.ipynb?reset", timeout=90_000)
        page.locator(".jp-Notebook .jp-CodeCell").first.click(timeout=90_000)
        page.wait_for_timeout(4000)
        page.keyboard.press("Control+Enter")
        return _measured(page, seconds)
    finally:
        lab.terminate()
        lab.wait(20)


def run(quick: bool = False) -> Table:
    """The table of both engines; empty where there is no Chromium."""
    table = Table(
        "Widgets",
        "The playground's default network (500 points, batches of 10, 4 and 3 hidden units) in headless Chromium "
        "without a graphics card: each update is an epoch trained, and everything drawn. The floor is what the same "
        "page draws when it has nothing to draw. The longest task is that of the page's own thread, in milliseconds of "
        "the processor: above 100, a hand would feel it. A large network has 12 layers of 64 units; its window is "
        "made narrower, too, so that everything is drawn anew.",
        [
            "engine",
            "updates a second",
            "empty frames a second",
            "updates / frames",
            "first picture, seconds",
            "longest task, ms",
        ],
    )
    program = shutil.which("chromium")
    if program is None:
        return table
    from playwright.sync_api import sync_playwright

    seconds = 1.0 if quick else 6.0
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as name:
        chromium = playwright.chromium.launch(executable_path=program, args=BROWSER)
        write_pages(name)
        page = chromium.new_page(viewport={"width": 1250, "height": 1000})
        page.goto(f"file://{name}/playground.html#seed=0")
        rows = {"the page's own": _measured(page, seconds)}
        page.goto("about:blank")
        page.goto(f"file://{name}/playground.html#hidden={','.join(['64'] * 12)}&learning_rate=0.01")
        page.locator(".nn-playground[data-updates]").wait_for(timeout=90_000)
        page.locator("button.nn-main").click()

        def resized() -> None:
            page.set_viewport_size({"width": 1000, "height": 1000})
            page.wait_for_timeout(1000 * seconds)

        large = _longest_task(page, resized)
        page.close()
        rows["nn_lib in JupyterLab's kernel"] = _in_lab(chromium, Path(name), seconds)
        chromium.close()
    for engine, (rate, frames, first, longest) in rows.items():
        shown = f"{first:.2f}" if engine == "the page's own" else "with JupyterLab"
        table.rows.append([engine, f"{rate:.0f}", f"{frames:.0f}", f"{rate / frames:.2f}", shown, f"{longest:.0f}"])
    table.rows.append(["the page's own, a large network", "", "", "", "", f"{large:.0f}"])
    return table
