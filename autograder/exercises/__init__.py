"""All exercises of the course, by name."""

from __future__ import annotations

import difflib
import importlib

from autograder.exercises.exercise import Exercise

ASSIGNMENTS = {
    "01_derivatives_and_gradients": "derivatives_and_gradients",
    "02_chain_rule": "chain_rule",
    "03_circuits_and_gates": "circuits_and_gates",
    "04_sigmoid_circuit": "sigmoid_circuit",
    "05_activations": "activations",
    "06_losses": "losses",
    "07_fully_connected": "fully_connected",
    "08_mlp_backprop": "mlp_backprop",
    "09_sgd": "sgd",
    "10_build_your_own_graph": "build_your_own_graph",
}

EXERCISES: dict[str, Exercise] = {}
for _module in ASSIGNMENTS.values():
    for _exercise in importlib.import_module(f"autograder.exercises.{_module}").EXERCISES:
        if _exercise.name in EXERCISES:
            raise ValueError(f"two exercises are called {_exercise.name}")
        EXERCISES[_exercise.name] = _exercise


def get(name: str) -> Exercise:
    """The exercise called `name`. Raises `KeyError` with the nearest names when there is none."""
    if name in EXERCISES:
        return EXERCISES[name]
    near = difflib.get_close_matches(str(name), EXERCISES, n=3, cutoff=0.5)
    meant = f" Did you mean {' or '.join(near)}?" if near else " The names stand in the notebooks, above each check."
    raise KeyError(f"there is no exercise called {name!r}.{meant}")
