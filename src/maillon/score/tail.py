"""How high a score must be to be as rare as p: counted where it can be, a generalised-Pareto tail beyond."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maillon.facts.pool import LEVEL_STEP, LEVELS
from maillon.score.pool import upper_edge
from maillon.score.volume import UNIT

FITTED = 100
"""The tail is fitted above so many: further down lie the ordinary days, which say nothing of the lawful bulk days."""

COUNTED = 5.0
"""With so many scores above, their number speaks for itself; with fewer the tail is fitted."""

_RARITIES = 10.0 ** (-LEVEL_STEP * np.arange(LEVELS))


def fit(excesses: NDArray[np.float64]) -> tuple[float, float]:
    """Return shape ξ and scale σ of a generalised Pareto, by probability-weighted moments, 0 ≤ ξ ≤ 0.9."""
    ascending = np.sort(excesses)
    count = len(ascending)
    mean = float(ascending.mean())
    if mean <= 0.0:
        return 0.0, 1.0 / UNIT
    weights = (count - np.arange(count) - 0.65) / count
    second = float((weights * ascending).mean())
    shape = 2.0 - mean / (mean - 2.0 * second) if mean > 2.0 * second else 0.9
    shape = min(max(shape, 0.0), 0.9)
    return shape, mean * (1.0 - shape)


def beyond(base: float, shape: float, scale: float, ratio: float) -> float:
    """Return the score exceeded by a share `ratio` (at most 1) of those that exceed `base`."""
    if shape < 1e-6:
        return base - scale * float(np.log(ratio))
    return base + scale / shape * float(ratio**-shape - 1.0)


def levels(histogram: NDArray[np.int64], largest: NDArray[np.int32], count: int, aside: int) -> NDArray[np.float64]:
    """Return the scores (LEVELS,) reached with probability 10^0, 10^-0.25, …; never decreasing.

    `aside` more account-days lie above all that are counted: they left the fit, their number stays.
    """
    scores = np.zeros(LEVELS)
    top = largest[largest >= 0][: min(max(count // 10, 2), FITTED)] / UNIT
    if count < COUNTED or len(top) < 2:
        return scores
    base = float(top[-1])
    shape, scale = fit(top[:-1] - base)
    above = np.cumsum(histogram[::-1])[::-1]
    for level, rarity in enumerate(_RARITIES):
        expected = rarity * (count + aside) - aside
        if expected >= len(top):
            first = np.searchsorted(-above, -expected)  # the first bin from which on no more than that lie
            scores[level] = float(upper_edge(first - 1))
        elif expected >= COUNTED:
            scores[level] = top[int(expected)]
        else:
            share = rarity * (count + aside) / (len(top) + aside)
            scores[level] = beyond(base, shape, scale, min(share, 1.0))
    return np.maximum.accumulate(scores)
