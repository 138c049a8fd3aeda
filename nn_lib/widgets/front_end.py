"""The front end: scripts that need no other file, for a notebook's widget and for a page of their own."""

from __future__ import annotations

import json
from importlib.resources import files

SCRIPTS: dict[str, tuple[str, ...]] = {
    "playground": ("random", "engine", "settings", "ui", "playground"),
    "stepper": ("ui", "expression", "stepper"),
    "gradients": ("engine", "ui", "expression", "gradients"),
    "activations": ("random", "engine", "ui", "expression", "activations"),
}
MOUNTS = {
    "playground": "playground",
    "stepper": "stepper",
    "gradients": "gradientExplorer",
    "activations": "activationExplorer",
}


def script(name: str) -> str:
    """All that the widget `name` needs, as one script."""
    folder = files("nn_lib.widgets") / "front"
    return "\n".join((folder / f"{part}.js").read_text(encoding="utf-8") for part in SCRIPTS[name])


def style() -> str:
    """The style sheet of all widgets."""
    return (files("nn_lib.widgets") / "front" / "style.css").read_text(encoding="utf-8")


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
    const widget = {MOUNTS[name]}(root, new KernelEngine(model), model.get("options"));
    return () => widget.stop();
  }},
}};
"""


ENGINES = {
    "playground": "PageEngine",
    "stepper": "PageStepper",
    "gradients": "PageGradients",
    "activations": "PageActivations",
}


def mounting(name: str) -> str:
    """The script that puts the widget into the page's element `widget`, with the page's own engine behind it."""
    target = 'document.getElementById("widget")'
    if name != "playground":
        return f"{script(name)}\nwindow.widget = {MOUNTS[name]}({target}, new {ENGINES[name]}());\n"
    return f"""{script(name)}
const {{ config, hide, show, problem }} = fromLink(location.hash);
let link = location.hash;
window.widget = playground({target}, new PageEngine(), {{
  config, hide, show, problem,
  changed: (...now) => {{
    link = "#" + toLink(...now);
    history.replaceState(null, "", link);
  }},
}});
window.addEventListener("hashchange", () => location.hash !== link && location.reload());
"""
