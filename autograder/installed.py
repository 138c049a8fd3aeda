"""Where this package was installed from, and so what to type to install more of it."""

from __future__ import annotations

import json
import shlex
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

NAME = "backprop-course"
EXTRA_OF = {
    **dict.fromkeys(("nbgrader", "jupytext", "rich", "jinja2", "nh3", "markdown_it", "mdit_py_plugins"), "grader"),
    "nbformat": "grader",
    **dict.fromkeys(("latex2mathml", "pygments", "traitlets"), "grader"),
    **dict.fromkeys(("nbconvert", "nbclient", "ipykernel"), "site"),
    **dict.fromkeys(("distributed", "dask", "psycopg"), "scale"),
    **dict.fromkeys(("anywidget", "jupyterlab"), "notebook"),
}
"""Which extra brings a package that the plain installation does without."""


def how_to_install(extra: str) -> str:
    """The command that installs the package with an extra, from where it came."""
    try:
        told = distribution(NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        told = None
    if told is None:
        return f"pip install '{NAME}[{extra}]'"
    origin = json.loads(told)
    address = str(origin["url"])
    if not address.startswith("file:"):
        return f"pip install '{NAME}[{extra}] @ {address}'"
    path = url2pathname(unquote(urlsplit(address).path))
    if origin.get("dir_info", {}).get("editable"):
        return f"pip install -e {shlex.quote(f'{path}[{extra}]')}"
    return f"pip install {shlex.quote(f'{path}[{extra}]')}"


def is_checkout() -> bool:
    """Whether this very code lies in a checkout of the project, from which a wheel can be built."""
    return (checkout() / "pyproject.toml").exists() and (checkout() / "setup.py").exists()


def checkout() -> Path:
    """The folder above the package."""
    return Path(__file__).resolve().parents[1]
