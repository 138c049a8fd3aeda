"""The widgets as pages of their own: one file each, which needs no server, no network and nothing installed."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from pathlib import Path

from nn_lib.widgets.front_end import MOUNTS, computing, mounting, style

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
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:"
)
LOOK = """
:root { color-scheme: light dark; }
body { margin: 0 auto; padding: 8px 14px 14px; max-width: 2200px; color: #1b1f24; background: #fff;
  font: 16px/1.55 system-ui, "DejaVu Sans", sans-serif; }
nav { font-size: 14px; margin-bottom: 8px; display: flex; flex-wrap: wrap; gap: 2px 14px; }
nav a, main a { color: #0b5a8f; }
nav a[aria-current] { color: inherit; font-weight: bold; text-decoration: none; }
h1 { font-size: 1.5em; margin: 8px 0; }
.about { max-width: 46rem; }
.aside-title { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 640px) {
  body { padding: 6px 10px; }
  nav { flex-wrap: nowrap; overflow-x: auto; white-space: nowrap; }
}
@media (prefers-color-scheme: dark) { body { color: #e8ebef; background: #161a1f; } nav a, main a { color: #5cb3ec; } }
"""


def page(name: str, links: dict[str, str] | None = None, address: str = "") -> str:
    """The widget `name` as a whole page; `links` are further places for its navigation, by title.

    `address` is where the pages will stand, such as "https://example.org/course/": who previews a shared link wants
    the picture's whole address.
    """
    here = [
        f'<a href="{other}.html"{" aria-current=page" if other == name else ""}>{escape(title)}</a>'
        for other, title in TITLES.items()
    ]
    further = [f'<a href="{escape(to, quote=True)}">{escape(title)}</a>' for title, to in (links or {}).items()]
    return f"""<!doctype html>
<html lang="en" class="nn-page"><head><meta charset="utf-8">
<title>{TITLES[name]}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="{escape(ABOUT[name], quote=True)}">
<meta property="og:title" content="{TITLES[name]}"><meta property="og:type" content="website">
<meta property="og:description" content="{escape(ABOUT[name], quote=True)}">
<meta property="og:image" content="{escape(address, quote=True)}preview-{name}.png">
<meta name="twitter:card" content="summary_large_image">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<link rel="icon" href="data:,"><style>{LOOK}{style()}</style></head>
<body><nav aria-label="pages">{"".join(further + here)}</nav><main><h1 class="aside-title">{TITLES[name]}</h1>
<div data-widget="{name}" data-address></div>
<noscript>This page computes in your browser, and needs JavaScript for it.</noscript>
<p class="about">{ABOUT[name]}</p></main>
<script id="nn-computing">
{computing(name)}</script>
<script type="module">
{mounting(name)}</script></body></html>
"""


def write_pages(folder: str | Path, links: dict[str, str] | None = None, address: str = "") -> list[Path]:
    """Write all pages into `folder`, with their preview pictures, and return their paths; arguments as in `page`."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in MOUNTS:
        path = folder / f"{name}.html"
        path.write_text(page(name, links, address), encoding="utf-8")
        picture = files("nn_lib.widgets") / "front" / f"preview-{name}.png"
        (folder / f"preview-{name}.png").write_bytes(picture.read_bytes())
        paths.append(path)
    return paths
