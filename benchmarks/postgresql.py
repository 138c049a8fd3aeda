"""A PostgreSQL server for a while, with nothing in it; and a gradebook moved there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import util
from pathlib import Path


def programs() -> Path | None:
    """The folder with PostgreSQL's programs, where it is installed with what Python needs to speak to it."""
    if util.find_spec("psycopg") is None:
        return None
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if found:
        return found[-1]
    initdb = shutil.which("initdb")
    return None if initdb is None else Path(initdb).resolve().parent


@contextmanager
def server(binaries: Path) -> Iterator[str]:
    """The address of a database of a server that is there for as long as the context is."""
    with tempfile.TemporaryDirectory() as name:
        # Of its own, and not below somebody's: the server's user must come through to it.
        data, sockets = Path(name, "data"), Path(name, "s")
        sockets.mkdir()
        as_user = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            for path in (Path(name), sockets):
                path.chmod(0o777)
            as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]

        def run(program: str, *options: str) -> None:
            command = [*as_user, str(binaries / program), "-D", str(data), *options]
            subprocess.run(command, check=True, capture_output=True, cwd="/tmp")

        run("initdb", "-U", "grader", "-A", "trust")
        options = f"-c listen_addresses='' -c unix_socket_directories={sockets}"
        run("pg_ctl", "-w", "-o", options, "-l", str(data / "log"), "start")
        try:
            yield f"postgresql+psycopg://grader@/postgres?host={sockets}"
        finally:
            run("pg_ctl", "-m", "fast", "stop")


def moved(origin: str, destination: str) -> None:
    """Copy every row of a gradebook to a database that has none."""
    from nbgrader.api import Base, Gradebook
    from sqlalchemy import insert, select

    with Gradebook(origin) as ours, Gradebook(destination) as theirs:
        for table in Base.metadata.sorted_tables:
            there = set(theirs.db.execute(select(*table.primary_key.columns)))
            rows = [row for row in ours.db.execute(select(table)).mappings() if _key(table, row) not in there]
            if rows:
                theirs.db.execute(insert(table), [dict(row) for row in rows])
        theirs.db.commit()


def _key(table: object, row: object) -> tuple[object, ...]:
    return tuple(row[column.name] for column in table.primary_key.columns)  # type: ignore[attr-defined,index]
