"""Half of a new patient's weight waits thirty minutes for a care act that explains the access."""

from __future__ import annotations

import numpy as np

from maillon.facts.account import PARKED
from maillon.facts.evidence import Kind
from maillon.jit import njit
from maillon.score.whole import whole

WAIT_US = 30 * 60 * 1_000_000

_DAY = int(Kind.DAY)
_ORIGIN = int(Kind.ORIGIN)


@njit
def count_young(record: np.void, amount: float) -> None:
    """Add what a young origin read, `amount` at least 0."""
    if amount > 0.0:
        record["young"] += amount
        record["today"][_ORIGIN] = max(record["today"][_ORIGIN], record["young"])


@njit
def _count_first(record: np.void) -> None:
    """Count the half that waited longest, on the open day."""
    first = whole(record["parked_first"])
    record["today"][_DAY] += float(record["parked_half"][first])
    count_young(record, float(record["parked_young"][first]))
    record["parked_first"] = (first + 1) % PARKED
    record["parked_count"] = whole(record["parked_count"]) - 1


@njit
def park(record: np.void, patient: np.uint64, at: int, half: float, young: float) -> None:
    """Let `half` wait, and its part `young`; if there is no room, the one that waited longest counts at once."""
    if record["parked_count"] == PARKED:
        _count_first(record)
    place = (whole(record["parked_first"]) + whole(record["parked_count"])) % PARKED
    record["parked_patient"][place] = patient
    record["parked_due"][place] = at + WAIT_US
    record["parked_half"][place] = half
    record["parked_young"][place] = young
    record["parked_count"] = whole(record["parked_count"]) + 1


@njit
def excuse(record: np.void, patient: np.uint64) -> None:
    """A care act for `patient`: what waits for them weighs nothing any more."""
    for offset in range(whole(record["parked_count"])):
        place = (whole(record["parked_first"]) + offset) % PARKED
        if record["parked_patient"][place] == patient:
            record["parked_half"][place] = 0.0
            record["parked_young"][place] = 0.0


@njit
def count_due(record: np.void, at: int) -> bool:
    """Count all that has waited long enough; return whether anything was."""
    counted = False
    while record["parked_count"] > 0 and record["parked_due"][whole(record["parked_first"])] <= at:
        _count_first(record)
        counted = True
    return counted


@njit
def count_all(record: np.void) -> None:
    """Count all that still waits: the day is over."""
    while record["parked_count"] > 0:
        _count_first(record)
