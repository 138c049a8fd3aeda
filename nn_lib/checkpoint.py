"""A network's file: its parameters and what describes it in one .npz archive, none of it executed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nn_lib.guard import Array
from nn_lib.regularizers import REGULARIZERS


def save(path: str | Path, model: Any) -> Path:
    """Write an `MLP` to `path`, with .npz at its end, and return that.

    Raises `ValueError` for a regulariser of another kind than `L1` and `L2`.
    """
    kind = type(model.regularizer).__name__ if model.regularizer else ""
    if kind not in REGULARIZERS:
        raise ValueError(f"{kind} cannot be saved, only L1 and L2: set the network's regularizer to None first")
    stored: dict[str, Any] = {
        "sizes": model.sizes, "activations": model.activations, "output": model.output, "loss": model.loss_name,
        "regularizer": kind, "alpha": model.regularizer.alpha if model.regularizer else 0.0,
    }  # fmt: skip
    if model.class_weights:
        stored["class_weights"] = model.class_weights
    stored |= {f"parameter_{i}": p for i, p in enumerate(model.parameters)}
    path = _npz(path)
    np.savez(path, **stored)
    return path


def load(path: str | Path, make: Callable[..., Any]) -> Any:
    """The network in `path`, given with or without its .npz, as `make`, the class `MLP`, makes it.

    Raises `FileNotFoundError` when there is none, `ValueError` for a file that is damaged or holds something else.
    """
    path = Path(path) if Path(path).is_file() else _npz(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            stored = dict(file)
        return _restored(make, stored, [array for name, array in stored.items() if name.startswith("parameter_")])
    except FileNotFoundError:
        raise
    except Exception:  # NumPy's own words advise allow_pickle=True, which would execute the file
        raise ValueError(f"{path} is damaged, or no network saved by MLP.save: save the network again") from None


def _restored(make: Callable[..., Any], about: dict[str, Any], parameters: list[Array]) -> Any:
    sizes, regularizer = about["sizes"].tolist(), REGULARIZERS[str(about["regularizer"])]
    # A few bytes can promise a network of any size: none is made unless its parameters are there.
    if sum(n * m for n, m in zip(sizes, sizes[1:], strict=False)) > sum(p.size for p in parameters):
        raise ValueError("there are fewer parameters than the sizes promise")
    model = make(
        sizes,
        about["activations"].tolist(),
        str(about["loss"]),
        dtype=parameters[0].dtype,
        output=str(about["output"]),
        regularizer=regularizer(float(about["alpha"])),
        class_weights=about["class_weights"].tolist() if "class_weights" in about else None,
    )
    for parameter, value in zip(model.parameters, parameters, strict=True):
        if (parameter.shape, parameter.dtype) != (value.shape, value.dtype):
            raise ValueError("a parameter has another shape or dtype than its network")
        parameter[...] = value
    return model


def _npz(path: str | Path) -> Path:
    return Path(path) if Path(path).suffix == ".npz" else Path(f"{path}.npz")
