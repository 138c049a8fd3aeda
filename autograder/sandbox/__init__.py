"""Student code, shut in: sessions in a warm worker under bubblewrap, with limits, and nothing trusted that
comes back.

Knows neither exercises nor nbgrader. `docs/sandbox.md` says what it promises.
"""

from typing import Any

from autograder.sandbox.inside.limits import Limits

__all__ = ["CellResult", "LastingSession", "Limits", "Sandbox", "SandboxUnavailable", "SandboxedCode", "Session"]


def __getattr__(name: str) -> Any:
    # The worker imports this package too, and has no use for the outer side.
    if name == "Sandbox":
        from autograder.sandbox.sandbox import Sandbox

        return Sandbox
    if name == "SandboxUnavailable":
        from autograder.sandbox.processes import SandboxUnavailable

        return SandboxUnavailable
    if name in ("SandboxedCode", "Session"):
        from autograder.sandbox import session

        return getattr(session, name)
    if name == "LastingSession":
        from autograder.sandbox.lasting import LastingSession

        return LastingSession
    if name == "CellResult":
        from autograder.sandbox.results import CellResult

        return CellResult
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
