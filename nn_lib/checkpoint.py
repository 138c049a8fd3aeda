"""Networks in files: an .npz archive of what describes a network and of its parameters, none of it executed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nn_lib.regularizers import L1, L2

if TYPE_CHECKING:
    from nn_lib.layers import MLP

_REGULARIZERS: dict[str, Any] = {"": lambda alpha: None, "L1": L1, "L2": L2}


def save(model: MLP, path: str | Path) -> Path:
    """Write sizes, names, the regulariser and the parameters to `path`, with .npz at its end, and return that.

    Raises `ValueError` for a regulariser of another kind than `L1` and `L2`.
    """
    path, kind = _npz(path), type(model.regularizer).__name__ if model.regularizer else ""
    if kind not in _REGULARIZERS:
        raise ValueError(f"{kind} cannot be saved, only L1 and L2: set the network's regularizer to None first")
    about: dict[str, Any] = {
        "sizes": model.sizes,
        "activations": model.activations,
        "output": model.output,
        "loss": model.loss_name,
        "regularizer": kind,
        "alpha": model.regularizer.alpha if model.regularizer else 0.0,
    }
    about |= {f"parameter_{i}": p for i, p in enumerate(model.parameters)}
    np.savez(path, **about)
    return path


def load(kind: type[MLP], path: str | Path) -> MLP:
    """The network, a `kind` of MLP, that `save` wrote to `path`, given with or without its .npz.

    Raises `FileNotFoundError` when there is none, `ValueError` for a file that is damaged or holds something else.
    """
    path = Path(path) if Path(path).is_file() else _npz(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            stored = dict(file)
        parameters = [array for name, array in stored.items() if name.startswith("parameter_")]
        sizes, regularizer = stored["sizes"].tolist(), _REGULARIZERS[str(stored["regularizer"])]
        # A few bytes can promise a network of any size: none is made unless its parameters are there.
        if sum(n * m for n, m in zip(sizes, sizes[1:], strict=False)) > sum(p.size for p in parameters):
            raise ValueError("there are fewer parameters than the sizes promise")
        model = kind(
            sizes,
            stored["activations"].tolist(),
            str(stored["loss"]),
            dtype=parameters[0].dtype,
            output=str(stored["output"]),
            regularizer=regularizer(float(stored["alpha"])),
        )
        for parameter, value in zip(model.parameters, parameters, strict=True):
            if (parameter.shape, parameter.dtype) != (value.shape, value.dtype):
                raise ValueError("a parameter has another shape or dtype than its network")
            parameter[...] = value
    except FileNotFoundError:
        raise
    except Exception:  # NumPy's own words advise allow_pickle=True, which would execute the file
        raise ValueError(f"{path} is damaged, or no network saved by MLP.save: save the network again") from None
    return model


def _npz(path: str | Path) -> Path:
    return Path(path) if Path(path).suffix == ".npz" else Path(f"{path}.npz")
