"""Walks: identifiers taken in order or with a small stride, and guesses that miss.

Neighbours are told by keyed hashes (`near` of an event): two numbers at most 32 apart share a half. Honest people read
neighbours too (a morning's admissions), so a walk counts from its fourth step on, and each account has its own usual.
"""

from __future__ import annotations

import numpy as np

from maillon.facts.evidence import Kind
from maillon.jit import njit
from maillon.score.whole import whole

_WALK = int(Kind.WALK)
STEPS = 3
_LOWER = np.uint64(0xFFFFFFFF)
_UPPER = np.uint64(32)


@njit
def _are_neighbours(one: np.uint64, other: np.uint64) -> bool:
    if one == np.uint64(0) or other == np.uint64(0):
        return False
    same: bool = one >> _UPPER == other >> _UPPER or one & _LOWER == other & _LOWER
    return same


@njit
def walk(record: np.void, near: np.uint64, missed: bool, explained: bool) -> bool:
    """Let a new identifier, or one that does not exist, go on in order or break it.

    Return whether it counts. A patient whom a colleague read goes on in order but counts nothing: wards work through
    lists in order too.
    """
    counts = missed
    if near != np.uint64(0):
        record["run"] = whole(record["run"]) + 1 if _are_neighbours(near, record["last_near"]) else 0
        record["last_near"] = near
        if record["run"] >= STEPS:
            record["in_row"] += 1
            counts = counts or not explained
    if counts:
        record["walked"] += 1.0
        record["today"][_WALK] = max(record["today"][_WALK], record["walked"])
    return counts
