"""What the sandbox's tests share: limits small enough to run into, and a way to run cells."""

from pathlib import Path

from autograder.sandbox import Limits
from autograder.sandbox.inside.limits import MiB

SMALL = Limits(
    cell_seconds=2.0,
    cell_cpu_seconds=2.0,
    notebook_seconds=20.0,
    call_seconds=1.0,
    calls_seconds=10.0,
    cpu_seconds=6.0,
    grace_seconds=0.5,
    memory_bytes=256 * MiB,
    processes=16,
    file_bytes=8 * MiB,
    disk_bytes=32 * MiB,
    files=1000,
    cell_output_bytes=64 * 1024,
    notebook_output_bytes=256 * 1024,
    message_bytes=40 * MiB,
)


def run(sandbox, *cells, files=None):
    """Execute cells in a session of their own; the results."""
    with sandbox.session(files) as session:
        return session.execute(cells)


def printed(result):
    """What a cell printed, showed and complained of, in one string."""
    parts = []
    for output in result.outputs:
        parts.append(output.get("text", ""))
        parts.append(output.get("data", {}).get("text/plain", ""))
        parts.append(output.get("evalue", ""))
    return "".join(parts)


def command_lines():
    """What every process of this machine was started as, in one string."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return "\n".join(lines)
