"""Which patients an account has already seen: sets of keyed fingerprints, bounded, safe when full."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import SETS, WAYS
from maillon.jit import njit
from maillon.score.whole import whole

UNSEEN = 0
SEEN = 1
SEEN_TODAY = 2

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SET_SHIFT = np.uint64(57)  # the top 7 bits choose one of 128 sets
_PRINT_SHIFT = np.uint64(42)  # the next 15 bits are the fingerprint
_PRINT_MASK = np.uint64(0x7FFF)


@njit
def touch(seen: NDArray[Any], patient: np.uint64) -> int:
    """Return how `patient` was known (UNSEEN, SEEN, SEEN_TODAY) and remember it as seen today.

    `seen` is the account's table, (128, 8) uint16, the most recent first in each set. The lowest bit of an entry
    marks today.
    """
    mixed = patient * _SPREAD
    row = whole(mixed >> _SET_SHIFT)
    print_ = whole((mixed >> _PRINT_SHIFT) & _PRINT_MASK)
    if print_ == 0:
        print_ = whole(1)
    known = UNSEEN
    place = WAYS - 1
    for way in range(WAYS):
        entry = whole(seen[row, way])
        if entry >> 1 == print_:
            known = SEEN_TODAY if entry & 1 else SEEN
            place = way
            break
    for way in range(place, 0, -1):
        seen[row, way] = seen[row, way - 1]
    seen[row, 0] = np.uint16((print_ << 1) | 1)
    return known


@njit
def begin_day(seen: NDArray[Any]) -> None:
    """Forget that the patients were seen today; they stay known."""
    for row in range(SETS):
        for way in range(WAYS):
            seen[row, way] = np.uint16(whole(seen[row, way]) & 0xFFFE)
