"""The widgets as pages of their own: one file each, which needs no server, no network and nothing installed."""

from __future__ import annotations

from html import escape
from pathlib import Path

from nn_lib.widgets.front_end import SCRIPTS, mounting, style

TITLES = {
    "playground": "Playground",
    "stepper": "Circuit stepper",
    "gradients": "Gradient explorer",
    "activations": "Activation explorer",
}
ABOUT = {
    "playground": "Train a small network in the plane and watch its units and its gradients. The address of this page "
    "keeps the settings: send it to somebody, and they see the same run.",
    "stepper": "Values flow forward and gradients back, one gate at a time: upstream times local gives downstream. "
    "Type a formula, edit an input, break the backward pass and see what fails. Arrow keys step too.",
    "gradients": "The gradient at a point of a function of two variables, slopes in other directions, and gradient "
    "descent from there. Drag the point, or move it with the arrow keys.",
    "activations": "Each activation with its slope and tangent, where it saturates, and what becomes of a batch that "
    "goes through many layers of it.",
}
# Nothing is fetched, and a page that tried would be stopped.
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
LOOK = """
body { margin: 0 auto; padding: 12px; max-width: 1280px; font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif;
  color: #1b1f24; background: #fff; }
nav a { margin-right: 14px; color: #0b5a8f; }
nav a[aria-current] { color: #1b1f24; font-weight: bold; text-decoration: none; }
h1 { font-size: 1.5em; margin: 8px 0; }
"""


def page(name: str, links: dict[str, str] | None = None) -> str:
    """The widget `name` as a whole page; `links` are further places for its navigation, by title."""
    here = [
        f'<a href="{other}.html"{" aria-current=page" if other == name else ""}>{escape(title)}</a>'
        for other, title in TITLES.items()
    ]
    further = [f'<a href="{escape(to, quote=True)}">{escape(title)}</a>' for title, to in (links or {}).items()]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{TITLES[name]}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<link rel="icon" href="data:,"><style>{LOOK}{style()}</style></head>
<body><nav aria-label="pages">{"".join(further + here)}</nav><main><h1>{TITLES[name]}</h1><p>{ABOUT[name]}</p>
<div id="widget"></div><noscript>This page computes in your browser, and needs JavaScript for it.</noscript></main>
<script type="module">
{mounting(name)}</script></body></html>
"""


def write_pages(folder: str | Path, links: dict[str, str] | None = None) -> list[Path]:
    """Write all pages into `folder` and return their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in SCRIPTS:
        path = folder / f"{name}.html"
        path.write_text(page(name, links), encoding="utf-8")
        paths.append(path)
    return paths
