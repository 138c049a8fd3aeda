"""A student's functions with one of them rewritten, called where the functions are.

The judge (outside) thinks of the rewriting and looks at what comes back; nothing here knows what is right. Rewritten
functions live in a namespace of their own, so the student's notebook keeps what it defines. A rewriting may loop for
ever or raise anything: each has its own small share of time, and costs the others nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.student.perform import perform
from autograder.student.steps import Definition, Outcome, Rewriting, Step
from autograder.student.time_limit import Clock, OutOfTime


def run_rewritten(
    names: Mapping[str, Any],
    clock: Clock,
    definitions: Sequence[Definition],
    rewritings: Sequence[Rewriting],
    steps: Sequence[Step],
    seconds: float,
    each: float,
) -> list[list[Outcome] | None]:
    """The outcomes of the steps under each rewriting, in order; None where it could not be had.

    `names` is what the notebook defines, `definitions` are the functions and classes concerned. The list is shorter
    than `rewritings` when `seconds` were over; one rewriting may take `each` of them.
    """
    namespace = dict(names)
    found: list[list[Outcome] | None] = []
    start = time.perf_counter()
    try:
        with clock.limit(each):
            for definition in definitions:
                exec(compile(definition.text, "<rewritten>", "exec"), namespace)
    except BaseException as error:
        _reraise_interrupt(error)
        return []
    original = dict(namespace)
    while len(found) < len(rewritings) and time.perf_counter() - start < seconds:
        done = len(found)
        began = time.perf_counter()
        try:
            # One timer for as many as finish within it; the one it strikes loses if it had half of it.
            with clock.limit(each):
                for _, text in rewritings[done:]:
                    began = time.perf_counter()
                    found.append(_outcomes(text, namespace, original, steps))
                    if time.perf_counter() - start > seconds:
                        break
        except OutOfTime:
            if time.perf_counter() - began > each / 2 or len(found) == done:
                found.append(None)
    return found


def _outcomes(
    text: str,
    namespace: dict[str, Any],
    original: Mapping[str, Any],
    steps: Sequence[Step],
) -> list[Outcome] | None:
    try:
        exec(compile(text, "<rewritten>", "exec"), namespace)
        kept: dict[str, Any] = {}
        outcomes = []
        for step in steps:
            outcome = perform(step, namespace, kept)
            if outcome.error is not None and outcome.error.kind == "time":
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
