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


def _measured(page: Any, seconds: float) -> tuple[float, float, float]:
    """Updates a second while training, empty frames a second on the same page, and seconds to the first picture."""
    page.locator(".nn-playground[data-updates]").wait_for(timeout=90_000)
    first = page.evaluate(FIRST)
    frames = page.evaluate(FRAMES, seconds)
    count = "Number(document.querySelector('.nn-playground').dataset.updates)"
    page.locator("button.nn-main").click()
    page.wait_for_timeout(1000)
    start, before = time.perf_counter(), page.evaluate(count)
    page.wait_for_timeout(1000 * seconds)
    rate = (page.evaluate(count) - before) / (time.perf_counter() - start)
    page.locator("button.nn-main").click()
    return rate, frames, first


def _in_lab(chromium: Any, folder: Path, seconds: float) -> tuple[float, float, float]:
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
        "page draws when it has nothing to draw.",
        ["engine", "updates a second", "empty frames a second", "updates / frames", "first picture, seconds"],
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
        page.close()
        rows["nn_lib in JupyterLab's kernel"] = _in_lab(chromium, Path(name), seconds)
        chromium.close()
    for engine, (rate, frames, first) in rows.items():
        shown = f"{first:.2f}" if engine == "the page's own" else "with JupyterLab"
        table.rows.append([engine, f"{rate:.0f}", f"{frames:.0f}", f"{rate / frames:.2f}", shown])
    return table
