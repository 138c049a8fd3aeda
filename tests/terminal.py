"""A real terminal of 80 x 24, emulated: what a command shows there, and what has scrolled away."""

import fcntl
import os
import pty
import struct
import termios

import pyte


def run(command, folder, environment, columns=80, rows=24):
    """The exit status, all lines shown, and in how many lines at most a progress bar stood at once."""
    screen = pyte.HistoryScreen(columns, rows, history=10_000)
    stream = pyte.ByteStream(screen)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        environment = {k: v for k, v in environment.items() if k not in ("COLUMNS", "LINES")}
        os.execvpe(command[0], command, {**environment, "TERM": "xterm-256color"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    bars = 0
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        stream.feed(piece)
        bars = max(bars, sum("━" in line for line in screen.display))
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    gone = ["".join(line[x].data for x in range(columns)) for line in screen.history.top]
    lines = [line.rstrip() for line in [*gone, *screen.display]]
    while lines and not lines[-1]:
        lines.pop()
    return os.waitstatus_to_exitcode(status), lines, bars
