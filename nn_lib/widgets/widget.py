"""The notebook's side of a widget: the front end asks, Python answers; a picture stands in where neither runs."""

from __future__ import annotations

import html
import math
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import numpy as np
import traitlets
from IPython.display import display

from nn_lib.pictures.picture import Picture
from nn_lib.widgets.front_end import module

Answer = Callable[..., dict[str, Any]]


class Widget(anywidget.AnyWidget):
    """A front end with calls that it may make, and the options it starts with."""

    options = traitlets.Dict().tag(sync=True)

    def __init__(
        self, name: str, answers: Mapping[str, Answer], options: dict[str, Any], stand_in: Callable[[], Picture | str]
    ) -> None:
        self._answers, self._stand_in = answers, stand_in
        options = _jsonable(options)
        super().__init__(_esm=module(name), options={**options, "widget": name, "still": uuid.uuid4().hex})
        self.on_msg(self._on_call)

    def _on_call(self, widget: Any, message: Any, buffers: Any) -> None:
        number = message.get("id")
        try:
            answer = dict(self._answers[message["what"]](**message.get("details", {})))
        except Exception as error:  # told to whoever pressed the button; the rest keeps working
            self.send({"id": number, "error": f"{error}" or type(error).__name__})
            return
        arrays = {name: value for name, value in answer.items() if isinstance(value, np.ndarray)}
        plain = _jsonable({name: value for name, value in answer.items() if name not in arrays})
        listed = [{"name": name, "rows": len(value), "colours": name == "maps"} for name, value in arrays.items()]
        data = [
            _as_colours(value) if name == "maps" else value.astype(np.float32).tobytes()
            for name, value in arrays.items()
        ]
        # Every view of this widget hears the answer; the one that asked knows its number, the others follow.
        self.send({"id": number, "what": message["what"], "answer": plain, "arrays": listed}, buffers=data)

    def _ipython_display_(self) -> None:
        """The picture, and then the widget, which hides the picture while it lives.

        A notebook that is opened again without its kernel still shows what was there: front ends would rather say that
        the widget is missing than show another form of the same output.
        """
        bundle, metadata = self._repr_mimebundle_()
        view = {kind: bundle.pop(kind) for kind in list(bundle) if "widget-view" in kind}
        still = bundle.get("text/html") or f"<p>{html.escape(bundle['text/plain'])}</p>"
        advice = "<small>This needs anywidget to move. Where it is installed, run the cell.</small>"
        mark = self.options["still"]
        bundle["text/html"] = f'<div data-nn-still="{mark}">{_quiet(mark)}{still}<br>{advice}</div>'
        display(bundle, raw=True)
        display(view, metadata=metadata, raw=True)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The live widget, and for places that cannot run it a picture or a sentence."""
        made = super()._repr_mimebundle_(**kwargs)
        bundle, metadata = made if isinstance(made, tuple) else (made or {}, {})
        shown = self._stand_in()
        still = shown._repr_mimebundle_() if isinstance(shown, Picture) else {"text/plain": shown}
        return {**bundle, **still}, metadata


def _quiet(mark: str) -> str:
    """A style that hides what JupyterLab says in place of a widget whose kernel is gone: a line without elements."""
    output = ".jp-OutputArea-child"
    after = f"{output}:has([data-nn-still='{mark}']) + {output}:not(:has(.nn-widget))"
    return f"<style>{after} {{ display: none }}</style>"


def _as_colours(maps: Any) -> bytes:
    """Maps are looked at, thirty times a second: a byte an entry, from -1 to 1, will do; -128 is not a number."""
    with np.errstate(invalid="ignore"):
        shades = np.rint(np.clip(maps, -1.0, 1.0) * 127.0)
    return np.where(np.isfinite(shades), shades, -128).astype(np.int8).tobytes()


def _jsonable(value: Any) -> Any:
    """What JSON can hold: no infinities, no NumPy numbers."""
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
