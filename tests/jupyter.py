"""A real Jupyter server on loopback, for the tests that need one."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

QUIET = "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate"


@contextmanager
def jupyter_lab(folder, home, **environment):
    """The address of a JupyterLab that serves `folder`; `home` is its home and keeps its log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    options = ["--no-browser", "--allow-root", f"--port={port}", "--ServerApp.ip=127.0.0.1", QUIET]
    command = [sys.executable, "-m", "jupyter", "lab", *options, "--IdentityProvider.token=", "--ServerApp.password="]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "HOME": str(home), "PATH": path, **environment},
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        for _ in range(300):
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, (home / "log").read_text()[-2000:]
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
