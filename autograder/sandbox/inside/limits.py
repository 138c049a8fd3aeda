"""How much one submission may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from autograder.student.language import Text, later

MiB = 2**20


def _limit(default: float, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True)
class Limits:
    """What one session may use; every value is positive, seconds are wall-clock seconds unless named
    otherwise.

    A cell or a call that runs out of time is interrupted and the next one goes on. Code that shrugs the
    interrupt off is killed `grace_seconds` later, and its session with it. Where a machine is busy, wall-clock seconds
    count for less (see `autograder.sandbox.patience`); processor time never does.
    """

    cell_seconds: float = _limit(30.0, "One cell.")
    cell_cpu_seconds: float = _limit(30.0, "One cell, processor time of its own process.")
    notebook_seconds: float = _limit(120.0, "All cells together.")
    call_seconds: float = _limit(5.0, "One call by the judge.")
    calls_seconds: float = _limit(60.0, "All calls by the judge together.")
    cpu_seconds: float = _limit(
        150.0, "Processor time of any one process, cells and calls together; the process is killed."
    )
    grace_seconds: float = _limit(1.0, "From the interrupt to the kill.")
    memory_bytes: int = _limit(
        1024 * MiB,
        "Address space of each process, above what the warm worker takes, and resident memory of all together.",
    )
    processes: int = _limit(32, "Processes and threads together.")
    file_bytes: int = _limit(64 * MiB, "One file.")
    disk_bytes: int = _limit(128 * MiB, "All files; the files shipped with a notebook count.")
    files: int = _limit(4096, "How many files and folders may exist at once.")
    open_files: int = _limit(128, "How many files one process may hold open.")
    cell_output_bytes: int = _limit(4 * MiB, "What one cell may print and show.")
    notebook_output_bytes: int = _limit(16 * MiB, "What all cells may print and show.")
    message_bytes: int = _limit(64 * MiB, "One message in either direction, after which the session is given up.")

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                raise ValueError(f"Limits.{each.name} must be a positive number, not {value!r}")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


OF_CELLS = later("the last of the {seconds} for all cells together (notebook_seconds)")
OF_ONE_CELL = later("the limit for one cell (cell_seconds)")


def cell_seconds(limits: Limits, left: float) -> tuple[float, Text]:
    """How long the next cell may take, of the seconds `left` for all cells; and which limit that is, in words."""
    if left < limits.cell_seconds:
        seconds = f"{limits.notebook_seconds:g}"
        return left, OF_CELLS.of(seconds=seconds)
    return limits.cell_seconds, OF_ONE_CELL
