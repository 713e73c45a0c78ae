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
TRUSTED = 3
"""How a patient is known. TRUSTED: from before today, and read from an old origin then."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SET_SHIFT = np.uint64(57)  # the top 7 bits choose one of 128 sets
_PRINT_SHIFT = np.uint64(42)  # the next 15 bits are the fingerprint
_PRINT_MASK = np.uint64(0x7FFF)


@njit
def touch(seen: NDArray[Any], today: NDArray[Any], patient: np.uint64, trusted: bool) -> int:
    """Return how `patient` was known and remember it as seen today; `trusted` tells that it is from an old origin.

    `seen` is the account's table, (128, 8) uint16: fingerprint, and whether it is trusted in the lowest bit; the most
    recent first in each set. `today` tells how many of each set's first are of today.
    """
    mixed = patient * _SPREAD
    row = whole(mixed >> _SET_SHIFT)
    print_ = whole((mixed >> _PRINT_SHIFT) & _PRINT_MASK)
    if print_ == 0:
        print_ = whole(1)
    recent = whole(today[row])
    place = 0
    while place < WAYS and whole(seen[row, place]) >> 1 != print_:
        place += 1
    trust = whole(0) if place == WAYS else whole(seen[row, place]) & 1
    known = UNSEEN if place == WAYS else SEEN_TODAY if place < recent else TRUSTED if trust == 1 else SEEN
    for way in range(min(place, WAYS - 1), 0, -1):
        seen[row, way] = seen[row, way - 1]
    seen[row, 0] = (print_ << 1) | trust | (1 if trusted else 0)
    if place >= recent:
        today[row] = min(recent + 1, WAYS)
    return known


@njit
def has_seen(seen: NDArray[Any], patient: np.uint64) -> bool:
    """Tell whether `patient` is in the account's table, as `touch` would find it; nothing changes."""
    mixed = patient * _SPREAD
    row = whole(mixed >> _SET_SHIFT)
    print_ = whole((mixed >> _PRINT_SHIFT) & _PRINT_MASK)
    if print_ == 0:
        print_ = whole(1)
    for place in range(WAYS):  # noqa: SIM110 - it is compiled
        if whole(seen[row, place]) >> 1 == print_:
            return True
    return False


@njit
def begin_day(today: NDArray[Any]) -> None:
    """Forget that the patients were seen today; they stay known."""
    for row in range(SETS):
        today[row] = 0
