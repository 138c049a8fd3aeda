"""How a training went: a record of every epoch, and the line that tells of it while it runs."""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class History:
    """The course of a training, one entry an epoch; in a notebook it draws itself.

    `loss` and `accuracy` are means over the epoch's mini-batches, each taken before the step that it led to;
    `validation_loss` and `validation_accuracy` are measured at its end (accuracies, from 0 to 1, for classifiers only).
    An epoch that was not finished has no entry. `best_epoch`, counted from 1, is the one whose weights the network
    holds after a training with `patience`; None without.
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    seconds: float = 0.0
    stopped_early: bool = False
    interrupted: bool = False
    best_epoch: int | None = None

    def __repr__(self) -> str:
        ending = ", stopped early" * self.stopped_early + ", interrupted" * self.interrupted
        if self.best_epoch is not None and (self.stopped_early or self.interrupted):
            ending += f", weights of epoch {self.best_epoch}"
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


class Progress:
    """A bar and the latest figures while a training runs.

    On a terminal they are written over the line before. In a notebook they are one output, which is replaced ten times
    a second at most: a notebook that was executed holds the last line, and not one for every epoch.
    """

    def __init__(self, epochs: int) -> None:
        self.epochs, self.shown_at, self.line = epochs, 0.0, ""
        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython is not None else None
        # A kernel shows outputs that can be replaced; IPython on a terminal has a terminal's line.
        self.display: Any = ipython.display.display if getattr(shell, "kernel", None) and ipython else None
        self.handle: Any = None

    def show(self, epoch: int, history: History) -> None:
        """Tell of an epoch that is done."""
        done = round(20 * epoch / self.epochs)
        self.line = f"epoch {epoch}/{self.epochs} [{'=' * done}{' ' * (20 - done)}] {history!r}"
        if self.display is None:
            # Cut, so that it does not wrap; filled up, so that nothing of a longer line stays behind it.
            width = shutil.get_terminal_size((160, 24)).columns - 1
            sys.stdout.write("\r" + self.line[:width].ljust(width))
            sys.stdout.flush()
        elif time.monotonic() - self.shown_at > 0.1:
            self._replace()

    def close(self) -> None:
        """The last line stays, whatever comes after it."""
        if self.display is None:
            print()
        elif self.line:
            self._replace()

    def _replace(self) -> None:
        told = {"text/plain": self.line}
        if self.handle is None:
            self.handle = self.display(told, raw=True, display_id=True)
        else:
            self.handle.update(told, raw=True)
        self.shown_at = time.monotonic()
