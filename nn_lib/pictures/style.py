"""One look for all plots: colours that colour-blind readers tell apart, a second sign beside each colour,
legible text.

matplotlib is imported here and only inside functions, so that the library itself starts without it. Figures
are made without pyplot: nothing is left open, and nothing pops up.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec

from nn_lib.pictures.picture import Picture

# Okabe and Ito (2008).
BLUE, ORANGE, GREEN, PINK, SKY, YELLOW, INK = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#1b1f24",
)  # fmt: skip
# One meaning each, here as in the widgets: blue is above zero (class 1), orange below (class 0), green a value on its
# way forward, violet a gradient on its way back.
ABOVE, BELOW, VALUE, GRADIENT = BLUE, ORANGE, "#11772d", "#7b2d9b"
COLOURS = (BLUE, ORANGE, GREEN, PINK, YELLOW, SKY, INK)
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
SETTINGS: Any = {
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dfe3e8",
    "axes.axisbelow": True,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "lines.linewidth": 2.0,
    "hatch.linewidth": 0.5,
    "figure.facecolor": "white",
    "mathtext.fontset": "dejavusans",
}


P = ParamSpec("P")


def plot(function: Callable[P, Picture]) -> Callable[P, Picture]:
    """Mark a function that draws with matplotlib: it runs under these settings and leaves the reader's alone."""

    @functools.wraps(function)
    def drawing(*args: P.args, **kwargs: P.kwargs) -> Picture:
        try:
            import matplotlib
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "this picture is drawn with matplotlib, which is not installed: pip install matplotlib",
                name=error.name,
            ) from None
        with matplotlib.rc_context(SETTINGS):
            return function(*args, **kwargs)

    return drawing


def figure(rows: int = 1, columns: int = 1, width: float = 7.5, height: float = 4.0, **options: Any) -> tuple[Any, Any]:
    """A new figure of this many panels, in inches, and its axes: one, or an array of them."""
    from matplotlib.figure import Figure

    new = Figure(figsize=(width, height), layout="constrained")
    return new, new.subplots(rows, columns, **options)


def finish(drawn: Any, alt: str) -> Picture:
    """The figure as a picture: png, 110 dots an inch."""
    for axes in drawn.axes:
        axes.title.set_wrap(True)
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return Picture(buffer.getvalue(), "png", alt)


def signed_colours() -> Any:
    """A colour map for values from -top to top: orange below zero, white at it, blue above."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signed", [BELOW, "#ffffff", ABOVE])


def line_style(i: int) -> dict[str, Any]:
    """Colour and dash of the i-th curve; beyond 7 the colours return with other dashes."""
    return {"color": COLOURS[i % len(COLOURS)], "linestyle": DASHES[(i + i // len(COLOURS)) % len(DASHES)]}


def marker(i: int) -> str:
    """Marker of the i-th curve or class; beyond 7 the colours return with other markers."""
    return MARKERS[(i + i // len(COLOURS)) % len(MARKERS)]


def whole_numbers(axis: Any) -> None:
    """Ticks at whole numbers only, also where there is room for just one."""
    axis.get_major_locator().set_params(integer=True, min_n_ticks=1)


def legend(drawn: Any, panels: Sequence[Any]) -> None:
    """Names of the curves: inside each panel while they are few and short, else once below all of them."""
    entries: dict[str, Any] = {}
    for axes in panels:
        handles, names = axes.get_legend_handles_labels()
        entries |= dict(zip(names, handles, strict=True))
    if len(entries) <= 3 and max(map(len, entries), default=0) <= 28:
        for axes in panels:
            axes.legend()
    else:
        legend_below(drawn, entries)


def legend_below(drawn: Any, entries: Mapping[str, Any]) -> None:
    """Handles by name, below the panels, in as many columns as the figure has room for."""
    longest = max(map(len, entries), default=0)
    columns = int(drawn.get_figwidth() / (0.8 + 0.085 * longest))
    if entries:
        drawn.set_figheight(drawn.get_figheight() + 0.22 * -(-len(entries) // max(1, columns)))
        drawn.legend(
            entries.values(), entries.keys(), loc="outside lower center", ncols=min(max(1, columns), len(entries)),
            handlelength=3,
        )  # fmt: skip


def count(n: int, noun: str, plural: str = "") -> str:
    """ "1 step", "2 steps": for an alt text."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def number(value: float) -> str:
    """A number for a label or an alt text: four significant digits."""
    return f"{value:.4g}"
