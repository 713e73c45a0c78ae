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


def beyond(base: float, shape: float, scale: float, ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scores exceeded by shares `ratio` (at most 1) of those that exceed `base`."""
    if shape < 1e-6:
        return np.asarray(base - scale * np.log(ratio))
    return np.asarray(base + scale / shape * (ratio**-shape - 1.0))


def levels(histogram: NDArray[np.int64], largest: NDArray[np.int32], count: int, aside: int) -> NDArray[np.float64]:
    """Return the scores (LEVELS,) reached with probability 10^0, 10^-0.25, …; never decreasing.

    `aside` more account-days lie above all that are counted: they left the fit, their number stays.
    """
    top = largest[largest >= 0][: min(max(count // 10, 2), FITTED)] / UNIT
    if count < COUNTED or len(top) < 2:
        return np.zeros(LEVELS)
    base = float(top[-1])
    shape, scale = fit(top[:-1] - base)
    expected = _RARITIES * (count + aside) - aside
    share = _RARITIES * (count + aside) / (len(top) + aside)
    scores = beyond(base, shape, scale, np.minimum(share, 1.0))
    counted = np.clip(expected.astype(np.int64), 0, len(top) - 1)
    scores = np.where(expected >= COUNTED, top[counted], scores)
    above = np.cumsum(histogram[::-1])[::-1]
    first = np.searchsorted(-above, -expected)  # the first bin from which on no more than that lie
    scores = np.where(expected >= len(top), upper_edge(first - 1), scores)
    return np.asarray(np.maximum.accumulate(scores))
