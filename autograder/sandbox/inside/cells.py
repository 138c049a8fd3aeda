"""Cells executed as a notebook front end would have them executed, without a kernel.

Untrusted side. An IPython shell whose streams, displays, results and errors are collected as nbformat v4
outputs.
"""

from __future__ import annotations

import ast
import copy
import io
import re
import sys
import traceback
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from types import CodeType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell
from traitlets.config import Config

from autograder.student import absent
from autograder.student.language import t
from autograder.student.perform import without_files

OUTPUTS_PER_CELL = 1000
# A copied prompt, which the shell takes away, but which may be valid Python too.
_PROMPT = re.compile(r"^\s*(?:In \[|\.\.\.|>>>|\[nav\]|\[ins\])", re.MULTILINE)

# The magic that a cell begins with, up to the end of its line.
_CELL_MAGIC = re.compile(r"\s*%%(\w+).*(?:\n|\Z)")
# What gives names their meaning. Of a cell that failed, anything else might as well fail too, or take its time.
_DEFINES = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom,
    ast.Assign, ast.AnnAssign, ast.If, ast.Try,
)  # fmt: skip


def _statements(text: str) -> list[ast.stmt]:
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.parse(text).body
    return []


def _taken_apart(statement: ast.stmt) -> list[ast.stmt]:
    """What of a statement that failed may be right: each module of an import; a function without its decorators and
    annotations."""
    if isinstance(statement, ast.Import) and len(statement.names) > 1:
        return [ast.copy_location(ast.Import([name]), statement) for name in statement.names]
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return []
    bare = copy.deepcopy(statement)
    bare.decorator_list, bare.returns = [], None
    given = bare.args
    for argument in [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]:
        if argument is not None:
            argument.annotation = None
    return [bare]


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

    def has_error(self) -> bool:
        """Whether an error is shown."""
        return any(output["output_type"] == "error" for output in self.outputs)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Nothing that is shown within the block is kept."""
        self._join_streams()
        before = list(self.outputs), self.cut, self._room, self._left, self._clear_next
        self._room = self._left = 2**16
        try:
            yield
        finally:
            self._streams.clear()
            self.outputs, self.cut, self._room, self._left, self._clear_next = before

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
            told = without_files(text.getvalue()) if name == "stderr" else text.getvalue()  # warnings name their cell
            self.outputs.append({"output_type": "stream", "name": name, "text": told})
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

    def quiet(self) -> bool:
        # Without a semicolon there is nothing to tokenize.
        history: Any = self.shell.history_manager  # type: ignore[union-attr]
        return ";" in history.input_hist_parsed[-1] and super().quiet()

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


class _History(HistoryManager):
    # The last cells, as plain attributes: as traits they took longer to set than a cell to run.
    _i00 = _i = _ii = _iii = ""


class Shell(InteractiveShell):
    """An IPython shell that shows everything to a `Collector`."""

    display_pub_class = _Publisher
    displayhook_class = _Hook
    collector: Collector

    def attach(self, collector: Collector) -> None:
        self.collector = collector
        self.display_pub.collector = collector  # type: ignore[attr-defined]
        self.displayhook.collector = collector  # type: ignore[attr-defined]

    def init_history(self) -> None:
        self.history_manager = _History(shell=self, parent=self)
        self.configurables.append(self.history_manager)  # type: ignore[arg-type]

    def init_display_pub(self) -> None:
        self.display_pub = _Publisher(parent=self, shell=self)

    def draw(self, drawn: bool) -> None:
        """Whether drawings (SVG) are made of what a cell shows."""
        with suppress(Exception):  # a notebook may have changed the formatters
            formatter = self.display_formatter.formatters["image/svg+xml"]  # type: ignore[union-attr]
            if formatter.enabled != drawn:
                formatter.enabled = drawn

    def run(self, source: str) -> BaseException | None:
        """Run a cell as a front end does, with history; what it raised, if anything.

        Plain Python takes a short way to the same end: compiled and run at once, where the shell first tokenizes a cell
        again and again in search of magics. The shell runs what is not plain, and whatever a notebook has changed the
        running of.
        """
        plain = self._compiled(source)
        if plain is None:
            result = self.run_cell(source, store_history=True)
            return result.error_before_exec or result.error_in_exec
        cell, codes = plain
        info = ExecutionInfo(source, True, False, True, None, transformed_cell=cell)
        result = ExecutionResult(info)
        result.execution_count = number = self.execution_count
        self.execution_count = number + 1
        self.events.trigger("pre_execute")
        self.history_manager.store_inputs(number, cell, source)  # type: ignore[union-attr]
        try:
            with self.builtin_trap, self.display_trap:
                for code in codes:
                    if failed := _finished(self.run_code(code, result)):
                        break
            self.last_execution_succeeded, self.last_execution_result = not failed, result
        finally:
            self.events.trigger("post_execute")
        return result.error_in_exec

    def run_after(self, failure: BaseException | None, source: str, quickly: bool = False) -> BaseException | None:
        """Run the statements of a cell that come after the one that failed, each by itself and whatever becomes of it.

        A cell may fail here and nowhere else: at a comparison with a library that is not there, a module that is not
        installed, a file that was not handed in. An answer below it is an answer all the same. Nothing is shown of
        this. With `quickly` only functions, classes and imports are run. Returns the failure, or what made an end of it
        all: time that ran out.
        """
        text, line = self._failed_at(failure, source)
        kinds = _DEFINES[:5] if quickly else (ast.stmt,) if absent.uses else _DEFINES
        with self.collector.silent():
            for statement in _statements(text):
                first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))])
                if first <= line <= (statement.end_lineno or first):
                    attempts = _taken_apart(statement)
                elif first > line and isinstance(statement, kinds):
                    attempts = [statement, *_taken_apart(statement)]
                else:
                    continue
                for attempt in attempts:
                    ended = self._run_by_itself(attempt, text)
                    if ended is None and not isinstance(attempt, ast.Import):
                        break
                    if ended is not None and not isinstance(ended, Exception):
                        return ended
        return failure

    def failed_within(self, source: str) -> bool:
        """Whether something failed in a cell whose magic, as `%%time` does, shows errors and keeps them."""
        return _CELL_MAGIC.match(source) is not None and self.collector.has_error()

    def _failed_at(self, failure: BaseException | None, source: str) -> tuple[str, int]:
        """The Python of a cell and the line that failed. Where a cell begins with a magic, that is what stands below
        it, and line 0; where no line is known, nothing."""
        magic = _CELL_MAGIC.match(source)
        if magic is not None:
            return self.transform_cell("\n" + source[magic.end() :]), 0
        if failure is None:
            return "", 0
        lines = [n for frame, n in traceback.walk_tb(failure.__traceback__) if frame.f_globals is self.user_ns]
        return (self.transform_cell(source), lines[0]) if lines and "\n" in source.strip() else ("", 0)

    def _run_by_itself(self, statement: ast.stmt, text: str) -> BaseException | None:
        """Run one statement of a cell; what it raised, if anything."""
        result = ExecutionResult(ExecutionInfo(text, False, False, True, None))
        try:
            with self.builtin_trap, self.display_trap:
                name = self.compile.cache(text, self.execution_count, raw_code=text)
                code: Any = self.compile(ast.Module([statement], []), name, "exec")  # type: ignore[arg-type]
                _finished(self.run_code(code, result))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return error
        return result.error_in_exec

    def _compiled(self, source: str) -> tuple[str, list[CodeType]] | None:
        """The code of a cell that is plain Python, to be run in order; None for one that the shell should run."""
        cell = source if source.endswith("\n") else f"{source}\n"
        if not self._unchanged() or cell[0].isspace() or _PROMPT.search(cell):
            return None
        try:
            body: list[ast.stmt] = self.compile.ast_parse(cell).body  # type: ignore[attr-defined]
            if not body or ("\n" not in cell.rstrip("\n") and self._prefiltered(cell) != cell):
                return None  # a single line may be a magic without its %
            name = self.compile.cache(cell, self.execution_count, raw_code=source)
            shown = body[-1] if isinstance(body[-1], ast.Expr) else None
            compiled: Any = self.compile  # which takes a tree as well as text
            codes: list[CodeType] = [compiled(ast.Module(body[:-1] if shown else body, []), name, "exec")]
            if shown is not None:
                codes.append(compiled(ast.Interactive([shown]), name, "single"))
        except (SyntaxError, ValueError, OverflowError, TypeError, MemoryError, RecursionError):
            return None
        return cell, codes

    def _prefiltered(self, cell: str) -> str:
        with self.builtin_trap:
            return f"{self.prefilter_manager.prefilter_lines(cell)}\n"  # type: ignore[union-attr]

    def _unchanged(self) -> bool:
        """Whether cells are run as in a fresh shell."""
        transformers = self.input_transformer_manager
        lists = (transformers.cleanup_transforms, transformers.line_transforms, transformers.token_transformers)
        callbacks = self.events.callbacks
        return (
            not (self.ast_transformers or self.input_transformers_post)
            and not (callbacks["pre_run_cell"] or callbacks["post_run_cell"] or self.custom_exceptions)
            and tuple(map(len, lists)) == self._transforms
            and self.ast_node_interactivity == "last_expr"
            and type(self).run_cell is InteractiveShell.run_cell
            and "run_cell" not in vars(self)
        )

    _transforms: tuple[int, ...] = ()

    def showtraceback(self, exc_tuple=None, *arguments, **options) -> None:
        kind, error, _ = self._get_exc_info(exc_tuple)
        if absent.missed(error):  # nobody is shown it, and it takes long to draw
            self._showtraceback(kind, error, [])
        else:
            super().showtraceback(exc_tuple, *arguments, **options)

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
    """The shell; made once, before forking."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.autocall = 0
    config.InteractiveShell.cache_size = 1000
    config.Completer.use_jedi = False
    shell = Shell.instance(config=config)
    shell.attach(Collector(2**20, 2**20))
    transformers = shell.input_transformer_manager
    lists = (transformers.cleanup_transforms, transformers.line_transforms, transformers.token_transformers)
    shell._transforms = tuple(map(len, lists))
    return shell


def draw_inline(shell: Shell) -> None:
    """Have the figures of matplotlib, where there is one, shown inline as in a notebook. Takes long to load."""
    with suppress(ImportError):
        shell.enable_matplotlib("inline")


def _finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("a cell waited outside of an event loop")


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
    raise EOFError(t("input() has nobody to ask: this notebook is run by the grader; use a fixed value instead"))


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
