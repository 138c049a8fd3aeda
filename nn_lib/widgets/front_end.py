"""The front end: scripts that need no other file, for a notebook's widget and for a page of their own."""

from __future__ import annotations

import json
from importlib.resources import files

# What computes, and could run without a screen: on a page it also runs in a worker.
COMPUTING: dict[str, tuple[str, ...]] = {
    "playground": ("random", "functions", "shapes", "network", "settings", "program", "page_engine"),
    "stepper": ("gates", "formula", "tape"),
    "gradients": ("gates", "formula", "surfaces"),
    "activations": ("random", "functions", "network", "gates", "formula", "depth"),
}
SHARED = ("elements", "controls", "colours", "kernel", "share")
SCREEN: dict[str, tuple[str, ...]] = {
    "playground": (
        "points", "link", "chart", "plane", "network_drawing", "tour", "card", "sayings", "playground_controls",
        "playground",
    ),
    "stepper": ("circuit_layout", "circuit_drawing", "prediction", "stepper"),
    "gradients": ("chart", "axes", "relief", "gradients"),
    "activations": ("axes", "activations"),
}  # fmt: skip
# The function that puts a widget on the screen, the page's own engine for it, and how a page's address is read.
MOUNTS = {
    "playground": ("playground", "pageEngine()"),
    "stepper": ("stepper", "new PageStepper()"),
    "gradients": ("gradientExplorer", "new PageGradients()"),
    "activations": ("activationExplorer", "new PageActivations()"),
}


def _read(parts: tuple[str, ...]) -> str:
    folder = files("nn_lib.widgets") / "front"
    return "\n".join((folder / f"{part}.js").read_text(encoding="utf-8") for part in parts)


def computing(name: str) -> str:
    """The part of the widget's script that computes."""
    return _read(COMPUTING[name])


def script(name: str) -> str:
    """All that the widget `name` needs, as one script."""
    return f"{computing(name)}\n{_read(SHARED + SCREEN[name])}"


def style() -> str:
    """The style sheet of all widgets, for both colour schemes."""
    sheet = (files("nn_lib.widgets") / "front" / "style.css").read_text(encoding="utf-8")
    dark = (files("nn_lib.widgets") / "front" / "dark.css").read_text(encoding="utf-8").strip()
    # On a page the system decides; in JupyterLab its own theme does.
    return (
        f"{sheet}\n@media (prefers-color-scheme: dark) {{ .nn-page .nn-widget {{ {dark} }} }}\n"
        f'[data-jp-theme-light="false"] .nn-widget, .vscode-dark .nn-widget {{ {dark} }}\n'
    )


def module(name: str) -> str:
    """The script as a module for anywidget: its engine is the kernel."""
    return f"""{script(name)}
export default {{
  render({{ model, el: host }}) {{
    const root = document.createElement("div"), look = document.createElement("style");
    look.textContent = {json.dumps(style())};
    root.dataset.lmSuppressShortcuts = root.dataset.jpSuppressContextMenu = "true"; // keys are for the widget here
    host.append(look, root);
    // The picture that stands in for this widget is not needed while it lives.
    for (const still of document.querySelectorAll(`[data-nn-still="${{model.get("options").still}}"]`))
      (still.closest(".jp-OutputArea-child") ?? still).style.display = "none";
    const widget = {MOUNTS[name][0]}(root, new KernelEngine(model), model.get("options"));
    return () => widget.stop();
  }},
}};
"""


def mounting(name: str) -> str:
    """The script that puts the widget into the page's element `widget`, with the page's own engine behind it.

    The page holds the computing part as a script of its own, `nn-computing`. Options may stand in the element's
    `data-options`; only a page of the widget's own (`data-address`) keeps its state in the address.
    """
    return f"""{_read(SHARED + SCREEN[name])}
const place = document.getElementById("widget");
const options = JSON.parse(place.dataset.options || "{{}}");
const alone = "address" in place.dataset;
window.widget = {{ ready: (async () => {{
  const linked = alone ? await {MOUNTS[name][0]}.fromAddress(location.hash) : {{}};
  window.widget = {MOUNTS[name][0]}(place, {MOUNTS[name][1]}, {{
    ...options, ...linked, share: alone ? addressKeeper({MOUNTS[name][0]}.toAddress) : null,
  }});
  await window.widget.ready;
}})() }};
"""
