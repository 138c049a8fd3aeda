"""A student's functions with one of them rewritten, called where the functions are.

The judge (outside) thinks of the rewriting and looks at what comes back; nothing here knows what is right. Rewritten
functions live in a namespace of their own, so the student's notebook keeps what it defines. A rewriting may loop for
ever or raise anything: each has its own small share of time, and costs the others nothing.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import os
import pickle
import select
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

try:
    import resource
except ImportError:  # Windows, and Python in a browser
    resource = None  # type: ignore[assignment]

from autograder.student.perform import Quiet, perform_within
from autograder.student.steps import Definition, Outcome, Rewriting, Step
from autograder.student.syntax import parse
from autograder.student.time_limit import Clock, OutOfTime

MEMORY_BYTES = 128 * 2**20
"""What all rewritten functions together may take beside what the process has."""


def run_rewritten(
    names: Mapping[str, Any],
    definitions: Sequence[Definition],
    rewritings: Sequence[Rewriting],
    steps: Sequence[Step],
    seconds: float,
    each: float,
) -> list[list[Outcome] | None]:
    """The outcomes of the steps under each rewriting, in order; None where it could not be had.

    `names` is what the notebook defines, `definitions` are the functions and classes concerned. The list is shorter
    than `rewritings` when `seconds` were over; one rewriting may take `each` of them. Where processes can be forked it
    is done in one of its own, so that no rewriting changes or ends this one.
    """

    def work(clock: Clock) -> list[list[Outcome] | None]:
        with _undisturbed():
            return _run(dict(names), clock, definitions, rewritings, steps, seconds, each)

    if not hasattr(os, "fork"):
        return work(Clock(signals=False))
    return _in_child(lambda: work(Clock(signals=True)), seconds + each)


def _in_child(work: Callable[[], list[Any]], seconds: float) -> list[Any]:
    """What `work` returns, done in a forked process that is ended when the seconds are over; [] when it was ended."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a kernel has other threads; the child needs none of them
        child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            gc.freeze()  # a look through all that the notebook holds would count against one rewriting's share of time
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(work(), pipe)
        os._exit(0)
    os.close(writing)
    received, end = b"", time.monotonic() + seconds
    try:
        while (left := end - time.monotonic()) > 0 and select.select([reading], [], [], left)[0]:
            piece = os.read(reading, 2**20)
            if not piece:
                return list(pickle.loads(received)) if received else []
            received += piece
        return []
    finally:
        os.close(reading)
        with contextlib.suppress(OSError):
            os.kill(child, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.waitpid(child, 0)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """A timer may strike while a call's output is being given back: afterwards all is as it was before."""
    out, err, filters, floats = sys.stdout, sys.stderr, list(warnings.filters), np.geterr()
    memory = _bound_memory()
    try:
        yield
    finally:
        if memory is not None:
            resource.setrlimit(resource.RLIMIT_AS, memory)
        sys.stdout, sys.stderr = out, err
        warnings.filters[:] = filters  # type: ignore[index]
        np.seterr(**floats)


def _bound_memory() -> tuple[int, int] | None:
    """Let this process have only so much more memory, where the system can do that; returns the limits as they were.

    A rewritten loop may double an array each time round, and no timer strikes inside one call of NumPy.
    """
    try:
        with open("/proc/self/statm") as pages:
            used = int(pages.read().split()[0]) * resource.getpagesize()
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = used + MEMORY_BYTES
        if soft != resource.RLIM_INFINITY and soft <= wanted:
            return None
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
        return soft, hard
    except (OSError, ValueError, AttributeError, NameError):
        return None


def _run(
    namespace: dict[str, Any],
    clock: Clock,
    definitions: Sequence[Definition],
    rewritings: Sequence[Rewriting],
    steps: Sequence[Step],
    seconds: float,
    each: float,
) -> list[list[Outcome] | None]:
    found: list[list[Outcome] | None] = []
    start = time.perf_counter()
    try:
        with _share(clock, each):
            for definition in definitions:
                exec(compile(definition.text, "<rewritten>", "exec"), namespace)
    except BaseException as error:
        _reraise_interrupt(error)
        return []
    original = dict(namespace)
    of_class = [_Methods.of(definition) for definition in definitions]
    while len(found) < len(rewritings) and time.perf_counter() - start < seconds:
        done = len(found)
        used = time.thread_time()
        try:
            # One timer for as many as finish within it; the one it strikes loses if it had half of it.
            with _share(clock, each):
                for which, text in rewritings[done:]:
                    used = time.thread_time()
                    found.append(_outcomes(text, of_class[which], namespace, original, steps))
                    if time.perf_counter() - start > seconds:
                        break
        except OutOfTime:
            if len(found) == done or time.thread_time() - used > each / 2:
                found.append(None)
    return found


class _Methods:
    """A plain class of methods, of which one alone need be compiled when one alone is rewritten: a class of a hundred
    lines takes longer to compile than to be called."""

    def __init__(self, definition: Definition, body: Sequence[ast.stmt]) -> None:
        self._name, self._lines = definition.name, definition.text.splitlines(keepends=True)
        self._whole = compile(definition.text, "<rewritten>", "exec")
        methods = [node for node in body if isinstance(node, ast.FunctionDef)]
        first = [min([node.lineno, *(d.lineno for d in node.decorator_list)]) for node in methods]
        self._spans = [(start - 1, node.end_lineno or 0) for start, node in zip(first, methods, strict=True)]

    @classmethod
    def of(cls, definition: Definition) -> _Methods | None:
        """The methods of a definition; None for a function, and for a class in which one statement knows of another."""
        body = parse(definition.text).body
        if len(body) != 1 or not isinstance(body[0], ast.ClassDef):
            return None
        node = body[0]
        if node.bases or node.keywords or node.decorator_list or not set(map(type, node.body)) <= _APART:
            return None
        if any(isinstance(e, ast.Expr) and not isinstance(e.value, ast.Constant) for e in node.body):
            return None
        names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
        decorators = {name.id for f in node.body for d in getattr(f, "decorator_list", ()) for name in _names_in(d)}
        if names & {"super", "__class__"} or not decorators <= {"property", "staticmethod", "classmethod"}:
            return None
        return cls(definition, node.body)

    def define(self, text: str, namespace: dict[str, Any]) -> bool:
        """Define the class with the one method that is another in `text`; False when it is not one method."""
        old, new = self._lines, text.splitlines(keepends=True)
        same = next((i for i, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), -1)
        span = next(((start, end) for start, end in self._spans if start <= same < end), None)
        if span is None or new[len(new) - (len(old) - span[1]) :] != old[span[1] :]:
            return False
        start, end = span[0], len(new) - (len(old) - span[1])
        alone: dict[str, Any] = {}
        exec(compile(f"class {self._name}:\n{''.join(new[start:end])}", "<rewritten>", "exec"), namespace, alone)
        made = {key: value for key, value in vars(alone[self._name]).items() if key not in _OF_EVERY_CLASS}
        exec(self._whole, namespace)
        whole = namespace[self._name]
        if len(made) != 1 or not made.keys() <= vars(whole).keys():
            return False
        for key, value in made.items():
            setattr(whole, key, value)
        return True


_APART = {ast.FunctionDef, ast.Expr, ast.Pass}
_OF_EVERY_CLASS = {*vars(type("Empty", (), {})), "__firstlineno__", "__static_attributes__"}


def _names_in(node: ast.AST) -> Iterator[ast.Name]:
    return (inner for inner in ast.walk(node) if isinstance(inner, ast.Name))


@contextlib.contextmanager
def _share(clock: Clock, each: float) -> Iterator[None]:
    """So much processor time, where that can be measured; on a busy machine other time says little."""
    clock.start(10 * each, each)
    try:
        yield
    finally:
        clock.stop()


def _outcomes(
    text: str,
    methods: _Methods | None,
    namespace: dict[str, Any],
    original: Mapping[str, Any],
    steps: Sequence[Step],
) -> list[Outcome] | None:
    try:
        if methods is None or not methods.define(text, namespace):
            exec(compile(text, "<rewritten>", "exec"), namespace)
        kept: dict[str, Any] = {}
        outcomes = []
        with Quiet() as calm:
            for step in steps:
                outcome = perform_within(calm, step, namespace, kept)
                if outcome.late:
                    raise OutOfTime
                outcomes.append(outcome)
        return outcomes
    except OutOfTime:
        raise
    except BaseException as error:
        _reraise_interrupt(error)
        return None
    finally:
        namespace.clear()
        namespace.update(original)


def _reraise_interrupt(error: BaseException) -> None:
    if isinstance(error, KeyboardInterrupt):
        raise error
