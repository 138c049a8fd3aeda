"""How long explaining a wrong answer may take: one deadline, which every stage of it is handed."""

from __future__ import annotations

import math
import time


class Budget:
    """So many seconds from now. What is begun has to end within `left`; nothing new is begun when it is `over`."""

    def __init__(self, seconds: float) -> None:
        self._end = time.perf_counter() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, 0 at least."""
        return max(0.0, self._end - time.perf_counter())

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        return time.perf_counter() >= self._end


ENDLESS = Budget(math.inf)
