"""An ungraded look: the student's values beside the ones worked out by hand, or a picture of them. Never stops a
notebook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.student.lent import NotDoneYet
from autograder.student.perform import describe_error
from autograder.student.time_limit import CALL_SECONDS, OutOfTime, time_limit


def look(function: Callable[..., Any], *arguments: Any, by_hand: Any = None) -> None:
    """Print what `function(*arguments)` gives beside what a calculation by hand gives, with shapes.

    A function that is not filled in yet, raises, or takes longer than 10 s costs one line of text and not the rest of
    the notebook. What can show itself, such as a picture drawn from the student's numbers, is shown instead.
    """
    name = getattr(function, "__name__", "the function")
    name = "your function" if name == "<lambda>" else name
    try:
        with time_limit(CALL_SECONDS):
            given = function(*arguments)
    except OutOfTime:
        print(f"{name} took longer than {CALL_SECONDS:g} s and was stopped. Does a loop in it ever end?")
        return
    except NotImplementedError:
        print(f"{name} is not filled in yet: come back to this cell when it is.")
        return
    except NotDoneYet as missing:
        print(missing)
        return
    except Exception as error:
        wrong = describe_error(error)
        where = f"\n  in the line: {wrong.line}" if wrong.line else ""
        print(f"{name} raised {wrong.type}: {wrong.message}{where}")
        return
    if hasattr(given, "_repr_mimebundle_"):
        from IPython.display import display  # only where there is something to show

        display(given)  # type: ignore[no-untyped-call]
        return
    print(f"yours    {_shown(given)}")
    if by_hand is not None:
        print(f"by hand  {_shown(by_hand)}")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(item)}" for key, item in value.items())
    if isinstance(value, (tuple, list)):
        return " | ".join(_shown(item) for item in value)
    if isinstance(value, np.ndarray) and value.ndim:
        numbers = np.array2string(value, precision=4, suppress_small=True, separator=", ").replace("\n", "")
        return f"{numbers} shape {value.shape}"
    if isinstance(value, (float, np.floating)) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return f"{float(value):.8g}"
    return repr(value)
