"""Check data: what a student's check needs of the answers, as data.

One file for each assignment stands beside `exercises.py`, in place of `answers.py`. It holds, for a few seeds, what is
right for each probe and how far an answer may be from it, and sketches by which known mistakes are recognised. The
judge writes and reads those parts (`autograder.judge.recording`, `autograder.judge.recorded`); this module knows the
file: its version, and the fingerprint of the description that it belongs to.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgpack

from autograder.exercises.problems import CourseProblem
from nn_lib import __version__

FILE = "check_data.msgpack"
FORMAT = 1
SEEDS = (20_011, 20_021, 20_023)
"""The seeds that data is written for where no others are asked for."""


class CheckDataProblem(CourseProblem):
    """Check data that cannot be used; says why, and what to do."""


@dataclass(frozen=True)
class Recorded:
    """The check data of one exercise: `mistakes` as (name, generic), in order, and for each seed the judge's parts."""

    path: Path
    name: str
    mistakes: tuple[tuple[str, bool], ...]
    measures: bool
    seeds: Mapping[int, Mapping[str, bytes]] = field(repr=False)

    def seed(self, seed: int) -> Mapping[str, bytes]:
        """The parts for one seed. Raises `CheckDataProblem` when the data has no such seed."""
        if seed not in self.seeds:
            known = ", ".join(map(str, sorted(self.seeds)))
            raise CheckDataProblem(
                f"{self.name} can be checked with the seeds {known} here, not with {seed}: "
                "a student's installation holds what is right for these alone"
            )
        return self.seeds[seed]

    def part(self, seed: int, name: str) -> bytes:
        """One part for a seed, unpacked."""
        return zlib.decompress(self.seed(seed)[name])


def fingerprint(exercises: Path) -> str:
    """What tells one description (an `exercises.py`) from another, however its lines end."""
    return hashlib.sha256(exercises.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:32]


def write(path: Path, description: Path, exercises: Mapping[str, Any], source: str) -> None:
    """Write the check data of a `description` (an `exercises.py`). `source` is the digest of all it was made from;
    `exercises` maps names to `mistakes`, `measures` and, under `seeds`, the parts for each seed."""
    content = {
        "format": FORMAT,
        "version": __version__,
        "fingerprint": fingerprint(description),
        "source": source,
        "exercises": exercises,
    }
    path.write_bytes(msgpack.packb(content))


def header(path: Path) -> dict[str, Any]:
    """The content of a file of check data. Raises `CheckDataProblem` when it is none, or of another format."""
    try:
        content = msgpack.unpackb(path.read_bytes(), strict_map_key=False)
        form = content["format"]
    except (OSError, ValueError, KeyError, TypeError, msgpack.UnpackException) as problem:
        raise CheckDataProblem(f"{path} is damaged ({type(problem).__name__}): {_ANEW}") from None
    if form != FORMAT:
        raise CheckDataProblem(f"{path} is of format {form}, and this version reads {FORMAT}: {_ANEW}")
    return dict(content)


_ANEW = "install the course anew; in a checkout, write it anew: autograder check-data"


def read(path: Path) -> dict[str, Recorded]:
    """The check data of an assignment by exercise.

    Raises `CheckDataProblem` when it is damaged, or belongs to another description or another version of the engine.
    """
    content = header(path)
    if content["version"] != __version__:
        raise CheckDataProblem(
            f"{path} was written by version {content['version']}, and version {__version__} is installed: {_ANEW}"
        )
    if content["fingerprint"] != fingerprint(path.with_name("exercises.py")):
        raise CheckDataProblem(f"{path} belongs to another version of the exercises.py beside it: {_ANEW}")
    return {
        name: Recorded(
            path,
            name,
            tuple((str(mistake), bool(generic)) for mistake, generic in kept["mistakes"]),
            bool(kept["measures"]),
            kept["seeds"],
        )
        for name, kept in content["exercises"].items()
    }
