"""Arrays and what describes them in one .npz archive, none of it executed: a network's file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from nn_lib.guard import Array

Model = TypeVar("Model")


def save(path: str | Path, about: dict[str, Any], parameters: Sequence[Array]) -> Path:
    """Write the description and the parameters to `path`, with .npz at its end, and return that."""
    path = _npz(path)
    stored: dict[str, Any] = {**about, **{f"parameter_{i}": p for i, p in enumerate(parameters)}}
    np.savez(path, **stored)
    return path


def load(path: str | Path, restored: Callable[[dict[str, Any], list[Array]], Model]) -> Model:
    """What `restored` makes of the description and parameters in `path`, given with or without its .npz.

    Raises `FileNotFoundError` when there is none, `ValueError` for a file that is damaged or holds something else.
    """
    path = Path(path) if Path(path).is_file() else _npz(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            stored = dict(file)
        return restored(stored, [array for name, array in stored.items() if name.startswith("parameter_")])
    except FileNotFoundError:
        raise
    except Exception:  # NumPy's own words advise allow_pickle=True, which would execute the file
        raise ValueError(f"{path} is damaged, or no network saved by MLP.save: save the network again") from None


def _npz(path: str | Path) -> Path:
    return Path(path) if Path(path).suffix == ".npz" else Path(f"{path}.npz")
