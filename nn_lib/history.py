"""How a training went: a record of every epoch, and the line that tells of it under way."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from typing import Any


@dataclass
class History:
    """The course of a training, one entry an epoch; in a notebook it draws itself.

    `loss` and `accuracy` are means over the epoch's mini-batches while the weights moved (`accuracy` is measured at its
    end with `fit(..., full_accuracy=True)`); `validation_loss` and `validation_accuracy` are measured at its end.
    Accuracies, from 0 to 1, are there for classifiers only. An epoch that was not finished has no entry.
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    seconds: float = 0.0
    stopped_early: bool = False
    interrupted: bool = False

    def __repr__(self) -> str:
        ending = ", stopped early" * self.stopped_early + ", interrupted" * self.interrupted
        if not self.loss:
            return "no epochs yet" + ending
        parts = [
            f"{len(self.loss)} epoch{'s' * (len(self.loss) > 1)} in {self.seconds:.1f} s",
            f"loss {self.loss[-1]:.4g}",
        ]
        if self.validation_loss:
            parts.append(f"validation loss {self.validation_loss[-1]:.4g}")
        if self.validation_accuracy:
            parts.append(f"validation accuracy {self.validation_accuracy[-1]:.1%}")
        return ", ".join(parts) + ending

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from nn_lib import pictures

        words = {"text/plain": repr(self)}
        try:
            return pictures.training_curves(self)._repr_mimebundle_() | words if self.loss else words
        except ImportError:  # no matplotlib: the words will do
            return words


def show_progress(epoch: int, epochs: int, history: History) -> None:
    """Write a bar and the latest figures over the line before."""
    done = round(20 * epoch / epochs)
    line = f"epoch {epoch}/{epochs} [{'=' * done}{' ' * (20 - done)}] {history!r}"
    # Cut, so that it does not wrap; filled up, so that nothing of a longer line stays behind it.
    width = shutil.get_terminal_size((160, 24)).columns - 1
    sys.stdout.write("\r" + line[:width].ljust(width))
    sys.stdout.flush()
