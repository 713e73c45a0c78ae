"""How rare a score is, and which rungs it passes."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from maillon.facts.pool import LEVEL_STEP, LEVELS
from maillon.jit import njit


@njit
def log10_p(levels: NDArray[Any], score: float) -> float:
    """Return the decimal logarithm of how rare `score` is, from scores tabulated at every quarter of a decade."""
    if score <= levels[0]:
        return 0.0
    level = 1
    while level < LEVELS - 1 and levels[level] < score:
        level += 1
    span = levels[level] - levels[level - 1]
    part = (score - levels[level - 1]) / span if span > 0.0 else 1.0
    return -LEVEL_STEP * (level - 1 + part)


@njit
def passed(thresholds: NDArray[Any], score: int, rung: int) -> int:
    """Return the highest rung that `score` (in 1/1024) reaches, `rung` or more. `thresholds` is one for each rung."""
    while rung < 3 and score >= thresholds[rung]:
        rung += 1
    return rung
