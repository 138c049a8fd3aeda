"""Cells executed as a notebook front end would have them executed, without a kernel.

Untrusted side. An IPython shell whose streams, displays, results and errors are collected as nbformat v4
outputs.
"""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager, suppress
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

OUTPUTS_PER_CELL = 1000


class Collector:
    """The outputs of the running cell, bounded; what is beyond the bound is dropped and `cut` says so."""

    def __init__(self, cell_bytes: int, notebook_bytes: int) -> None:
        self._cell_bytes, self._left = cell_bytes, notebook_bytes
        self.start()

    def start(self) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.cut = False
        self._room = min(self._cell_bytes, self._left)
        self._streams: dict[str, io.StringIO] = {}
        self._clear_next = False
        self._displays: dict[str, dict[str, Any]] = {}

    def finish(self) -> list[dict[str, Any]]:
        self._join_streams()
        if self.cut:
            text = "\n... (the rest of this cell's output was dropped: it is over the limit)\n"
            self.outputs.append({"output_type": "stream", "name": "stdout", "text": text})
        return self.outputs

    def write(self, name: str, text: str) -> None:
        self._clear_if_due()
        text = self._spend_text(text)
        if not text:
            return
        if name not in self._streams:
            self._join_streams()
            self._streams[name] = io.StringIO()
        self._streams[name].write(text)

    def add(self, output: dict[str, Any], display_id: str | None = None) -> None:
        self._clear_if_due()
        if self.cut or len(self.outputs) >= OUTPUTS_PER_CELL or not self._spend(_size(output)):
            self.cut = True
            return
        self._join_streams()
        self.outputs.append(output)
        if display_id is not None:
            self._displays[display_id] = output

    def update(self, display_id: str | None, data: Any, metadata: Any) -> None:
        known = self._displays.get(display_id or "")
        if known is not None and self._spend(_size(data)):
            known["data"], known["metadata"] = data, metadata

    def clear(self, wait: bool) -> None:
        self._clear_next = True
        if not wait:
            self._clear_if_due()

    def _clear_if_due(self) -> None:
        if self._clear_next:
            self._clear_next = False
            self._streams.clear()
            self.outputs.clear()

    def _join_streams(self) -> None:
        for name, text in self._streams.items():
            self.outputs.append({"output_type": "stream", "name": name, "text": text.getvalue()})
        self._streams.clear()

    def _spend(self, size: int) -> bool:
        if size > self._room:
            return False
        self._room -= size
        self._left -= size
        return True

    def _spend_text(self, text: str) -> str:
        # A character is at most four bytes; cutting first keeps a huge string from being copied.
        if len(text) > self._room:
            self.cut = True
            text = text[: self._room]
        size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        if size > self._room:
            self.cut = True
            text, size = text[: self._room // 4], self._room
        self._spend(size)
        return text


def _size(value: Any, depth: int = 0) -> int:
    if isinstance(value, str):
        return 4 * len(value) if not value.isascii() else len(value)
    if isinstance(value, bytes):
        return 2 * len(value)
    if depth > 30:
        return 2**40
    if isinstance(value, dict):
        return sum(16 + _size(key, depth + 1) + _size(item, depth + 1) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return sum(16 + _size(item, depth + 1) for item in value)
    return 16


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a cell."""

    encoding = "utf-8"

    def __init__(self, collector: Collector, name: str) -> None:
        self._collector, self._name = collector, name

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._collector.write(self._name, text)
        return len(text)

    def writable(self) -> bool:
        return True


class _Publisher(DisplayPublisher):
    collector: Collector

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs) -> None:
        display_id = (transient or {}).get("display_id")
        data, metadata = _jsonable(data), _jsonable(metadata or {})
        if update:
            self.collector.update(display_id, data, metadata)
        else:
            output = {"output_type": "display_data", "data": data, "metadata": metadata}
            self.collector.add(output, display_id)

    def clear_output(self, wait: bool = False) -> None:
        self.collector.clear(wait)


class _Hook(DisplayHook):
    collector: Collector

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict, md_dict=None) -> None:
        self.collector.add(
            {
                "output_type": "execute_result",
                "execution_count": self.prompt_count,
                "data": _jsonable(format_dict),
                "metadata": _jsonable(md_dict or {}),
            }
        )


class Shell(InteractiveShell):
    """An IPython shell that shows everything to a `Collector`."""

    display_pub_class = _Publisher
    displayhook_class = _Hook
    collector: Collector

    def attach(self, collector: Collector) -> None:
        self.collector = collector
        self.display_pub.collector = collector  # type: ignore[attr-defined]
        self.displayhook.collector = collector  # type: ignore[attr-defined]

    def init_display_pub(self) -> None:
        self.display_pub = _Publisher(parent=self, shell=self)

    def _showtraceback(self, etype, evalue, stb) -> None:
        self.collector.add(
            {
                "output_type": "error",
                "ename": str(getattr(etype, "__name__", etype)),
                "evalue": _str(evalue),
                "traceback": [str(line) for line in stb],
            }
        )

    def ask_exit(self) -> None:
        pass

    def enable_gui(self, gui=None) -> None:
        pass


def make_shell() -> Shell:
    """The shell, with figures shown inline as in a notebook; made once, before forking."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.autocall = 0
    config.InteractiveShell.cache_size = 1000
    config.Completer.use_jedi = False
    shell = Shell.instance(config=config)
    shell.attach(Collector(2**20, 2**20))
    with suppress(ImportError):
        shell.enable_matplotlib("inline")
    return shell


@contextmanager
def redirected(collector: Collector):
    """Streams go to the collector, and there is nobody to type."""
    saved = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = io.StringIO()
    sys.stdout, sys.stderr = Stream(collector, "stdout"), Stream(collector, "stderr")
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = saved


def no_input(prompt: object = "") -> str:
    """What `input` and `getpass` do where nobody is there to answer."""
    raise EOFError("input() has nobody to ask: this notebook is run by the grader; use a fixed value instead")


def _jsonable(value: Any, depth: int = 0) -> Any:
    """Display data as JSON: bytes in base64 as the format wants them, anything else strange as its text."""
    if value is None or type(value) in (bool, int, float):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes):
        import base64

        return base64.b64encode(value).decode("ascii")
    if depth > 30:
        return "..."
    if isinstance(value, dict):
        return {str(key): _jsonable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(item, depth + 1) for item in value]
    return _str(value)


def _str(value: object) -> str:
    with suppress(Exception):
        return str(value)[:10_000]
    return f"<{type(value).__name__}>"
