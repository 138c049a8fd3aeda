"""The front end: scripts that need no other file, for a notebook's widget and for a page of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files

# What computes, and could run without a screen: on a page it also runs in a worker.
COMPUTING: dict[str, tuple[str, ...]] = {
    "playground": ("random", "sigmoid", "functions", "shapes", "network", "settings", "program", "page_engine"),
    "stepper": ("sigmoid", "gates", "formula", "tape"),
    "gradients": ("sigmoid", "gates", "formula", "surfaces"),
    "activations": ("random", "sigmoid", "functions", "network", "gates", "formula", "depth"),
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


def _read(parts: Iterable[str]) -> str:
    folder = files("nn_lib.widgets") / "front"
    return "\n".join((folder / f"{part}.js").read_text(encoding="utf-8") for part in parts)


def computing(*names: str) -> str:
    """The part that computes of the scripts of these widgets, each file once."""
    # In an order that all of them share: nothing stands before what it needs.
    order = (
        "random",
        "sigmoid",
        "functions",
        "shapes",
        "network",
        "settings",
        "program",
        "page_engine",
        "gates",
        "formula",
    )
    wanted = {part for name in names for part in COMPUTING[name]}
    return _read(sorted(wanted, key=lambda part: (order.index(part) if part in order else len(order), part)))


def screen(*names: str) -> str:
    """The part that draws of the scripts of these widgets, each file once."""
    return _read(dict.fromkeys((*SHARED, *(part for name in names for part in SCREEN[name]))))


def script(name: str) -> str:
    """All that the widget `name` needs, as one script."""
    return f"{computing(name)}\n{screen(name)}"


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


def mounting(*names: str) -> str:
    """The script of a page that shows these widgets, with the page's own engines behind them.

    Each stands in an element with `data-widget`, its name, and perhaps `data-options`; it starts when it comes near
    the window. The page holds `computing(...)` as a script of its own, `nn-computing`. One that has the page to itself
    (`data-address`) keeps its state in the page's address.
    """
    kinds = ", ".join(f"{name}: [{MOUNTS[name][0]}, () => {MOUNTS[name][1]}]" for name in names)
    return f"{screen(*names)}\nconst kinds = {{ {kinds} }};\n{_read(['mounting'])}"
