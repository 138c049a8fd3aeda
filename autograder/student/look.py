"""An ungraded look: the student's values beside the ones worked out by hand, or a picture of them. Never stops a
notebook."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.student.language import later, shown, t
from autograder.student.lent import NotDoneYet
from autograder.student.perform import describe_error
from autograder.student.time_limit import CALL_SECONDS, OutOfTime, interruptible, time_limit

BY_HAND = later("by hand")


def look(function: Callable[..., Any], *arguments: Any, by_hand: Any = None, label: str = BY_HAND) -> None:
    """Print what `function(*arguments)` gives beside what a calculation by hand gives, with shapes.

    `label` says what stands beside it where that is no calculation by hand ("measured", "asked for"). Lists have
    brackets; so has a tuple where the other side is a list.

    A function that is not filled in yet (or calls one that is not), raises, or takes longer than 10 s costs one line of
    text and not the rest of the notebook. What can show itself, such as a picture drawn from the student's numbers, is
    shown instead.
    """
    name = getattr(function, "__name__", None) or t("the function")
    name = t("your function") if name == "<lambda>" else name
    try:
        with time_limit(CALL_SECONDS):
            given = interruptible(function, *arguments)
    except OutOfTime:
        told = t(
            "{name} took longer than {seconds:g} s and was stopped. Does a loop in it ever end?",
            name=name,
            seconds=CALL_SECONDS,
        )
        print(told)
        return
    except NotImplementedError as error:
        name = _unfinished(error) or name
        print(t("{name} is not filled in yet: come back to this cell when it is.", name=name))
        return
    except NotDoneYet as missing:
        print(missing)
        return
    except Exception as error:
        wrong = describe_error(error)
        print(t("{name} raised {type}: {message}", name=name, type=wrong.type, message=wrong.message))
        if wrong.line:
            print(f"  {t('in the line: {line}', line=wrong.line)}")
        return
    if hasattr(given, "_repr_mimebundle_"):
        from IPython.display import display  # only where there is something to show

        display(given)  # type: ignore[no-untyped-call]
        return
    bare = not isinstance(by_hand, list)
    yours, beside = t("yours"), shown(label)
    width = max(len(yours), len(beside) if by_hand is not None else len(t("by hand")))
    print(f"{yours:{width}}  {_shown(given, bare)}")
    if by_hand is not None:
        print(f"{beside:{width}}  {_shown(by_hand, bare)}")


def _unfinished(error: BaseException) -> str | None:
    """The exercise that raised NotImplementedError: the class where it was a method, else the function; None where the
    place has no name of the student's."""
    steps = [step.f_code for step, _ in traceback.walk_tb(error.__traceback__)]
    own = [code for code in steps if code.co_filename != __file__]
    if not own or own[-1].co_name.startswith("<") or "site-packages" in own[-1].co_filename:
        return None
    owner, dot, _ = own[-1].co_qualname.rpartition(".")
    return owner.rpartition(".")[2] if dot and not owner.endswith("<locals>") else own[-1].co_name


def _shown(value: Any, bare: bool = False) -> str:
    """A value on one line; `bare` leaves the brackets of an outermost tuple away."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(item)}" for key, item in value.items())
    if isinstance(value, (tuple, list)):
        parts = " | ".join(_shown(item) for item in value)
        return parts if bare and isinstance(value, tuple) else f"[{parts}]"
    if isinstance(value, np.ndarray) and value.ndim:
        numbers = np.array2string(value, precision=4, suppress_small=True, separator=", ").replace("\n", "")
        return t("{numbers} shape {shape}", numbers=numbers, shape=value.shape)
    if isinstance(value, (float, np.floating)) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return f"{float(value):.8g}"
    return repr(value)
