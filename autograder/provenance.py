"""Whose function is it? A graded function must be the student's own."""

from __future__ import annotations

from typing import Any

LIBRARIES = ("nn_lib", "torch", "jax", "autograd", "tensorflow", "micrograd", "autograder", "keras")


def borrowed_from(function: Any) -> str | None:
    """The library `function` was taken from or leans on, or None when it is the student's own."""
    module = str(getattr(function, "__module__", "") or "").split(".")[0]
    return module if module in LIBRARIES else None
