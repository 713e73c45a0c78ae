"""Walks: identifiers taken in order or with a small stride, and guesses that miss.

Neighbours are told by keyed hashes (`near` of an event): two numbers at most 32 apart share a half. Honest people read
neighbours too (a morning's admissions), so a walk counts from its fourth step on, and each account has its own usual.
"""

from __future__ import annotations

import numpy as np

from maillon.facts.evidence import Kind
from maillon.jit import njit
from maillon.score.kinds.declaration import Declaration
from maillon.score.volume import deviance, quantised
from maillon.score.whole import whole

_KIND = int(Kind.WALK)
SPREAD = 2.0
STEPS = 3
_LOWER = np.uint64(0xFFFFFFFF)
_UPPER = np.uint64(32)


DECLARATION = Declaration(
    kind=Kind.WALK,
    looks_at=(
        "New unexplained patients whose number lies within 32 of the one before, from the fourth in a row on,"
        " and identifiers that do not exist; they add up over days (0.85 a day)."
    ),
    score="the deviance of the sum against the account's lagged mean, spread 2",
    source="Neighbours are told by keyed hashes of n // 64 and (n + 32) // 64, so that no number is stored.",
    blind_spots=(
        "Opaque identifiers; strides over 32. How close the numbers that honest people read lie is a site's "
        "own affair: until it has 1/p account-days, a walk only weighs more in a young origin."
    ),
    example="Identifiers taken one after the other: 46 steps in order, 9 tries at one that does not exist.",
    calibration="Own only.",
)


@njit
def score(record: np.void) -> int:
    """Return the score of the open day so far, in 1/1024."""
    return quantised(deviance(record["today"][_KIND], record["expected"][_KIND], SPREAD))


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
        record["today"][_KIND] = max(record["today"][_KIND], record["walked"])
    return counts
