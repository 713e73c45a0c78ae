"""Patients of a log in the order of their identifiers, as far as neighbourhoods tell it.

Events carry no number, only keyed hashes of the two neighbourhoods of 64 that a number lies in, half a neighbourhood
apart. Each upper one shares numbers with two lower ones and the other way round: they make chains, and along a chain
numbers rise (or fall: nothing tells which).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from maillon.facts.event import NEIGHBOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HALF = NEIGHBOURS // 2
_LOW = 0xFFFFFFFF


def in_order(near: NDArray[np.uint64], first: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return a number for each patient: neighbours by `near` get numbers near each other, the rest come after them.

    Patients without a neighbourhood (0) follow in the order of `first`, in which they were first read.
    """
    numbers = np.zeros(len(near), np.int64)
    halves, half = np.unique(near, return_inverse=True)
    place = _places(halves)
    by_place = np.lexsort((first, half))
    rank = np.arange(len(near)) - np.searchsorted(half[by_place], half[by_place])
    size = np.bincount(half, minlength=len(halves))
    slot = rank * _HALF // np.maximum(size[half[by_place]], 1) if len(near) else rank
    numbers[by_place] = place[half[by_place]] * _HALF + slot
    # Two patients of one half neighbourhood that is fuller than it can be (a collision) still get numbers of their own.
    plain = np.flatnonzero(near == 0)
    numbers[plain[np.argsort(first[plain], kind="stable")]] = (int(place.max(initial=0)) + 4) * _HALF + np.arange(
        len(plain)
    )
    return _distinct(numbers)


def _distinct(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the same order with no number twice."""
    order = np.argsort(numbers, kind="stable")
    apart = numbers[order]
    apart = np.maximum.accumulate(apart - np.arange(len(apart))) + np.arange(len(apart))
    out = np.empty_like(numbers)
    out[order] = apart
    return out


def _places(halves: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the place of each half neighbourhood along the chains; chains stand one after the other."""
    at = {int(half): index for index, half in enumerate(halves.tolist())}
    upper: dict[int, list[int]] = defaultdict(list)
    lower: dict[int, list[int]] = defaultdict(list)
    for half in at:
        upper[half >> 32].append(half)
        lower[half & _LOW].append(half)
    place = np.zeros(len(halves), np.int64)
    seen: set[int] = set()
    following = 0
    for ends in (1, 2):  # chains are walked from an end; what is left are rings, by collision only
        for half in at:
            if half in seen or (ends == 1 and min(len(upper[half >> 32]), len(lower[half & _LOW])) > 1):
                continue
            step: int | None = half
            while step is not None:
                seen.add(step)
                place[at[step]] = following
                following += 1
                around = upper[step >> 32] + lower[step & _LOW]
                step = next((one for one in around if one not in seen), None)
            following += 4  # a gap, so that no walk takes two chains for one
    return place
