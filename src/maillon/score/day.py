"""An account's scoring day: how it opens, and what it leaves when it is over."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import KINDS, NEVER, SERIES
from maillon.jit import njit
from maillon.score.baseline import absorb, expect, lesson, remember
from maillon.score.evidence import DORMANT_DAYS, judge
from maillon.score.origins import quarantine
from maillon.score.parking import count_all
from maillon.score.seen import begin_day
from maillon.score.weight import learn_hours

FADING = 0.7
"""What young origins read on an earlier day counts on, fading with each active day: a thief who paces adds up."""


@njit
def stratum_of(active_days: int, idle_days: int) -> int:
    """Return the stratum (an index in STRATA) of a day of an account with this past."""
    if active_days > 0 and idle_days >= DORMANT_DAYS:
        return 4
    if active_days < 5:
        return 0
    if active_days < 10:
        return 1
    return 2 if active_days <= 20 else 3


@njit
def open_day(record: np.void, sealed: np.void, day: int) -> None:
    """Begin `day` for an account whose day before is closed."""
    record["idle_days"] = 0 if record["day"] == NEVER else day - record["day"]
    record["day"] = day
    record["open"] = 1
    record["stratum"] = stratum_of(record["active_days"], record["idle_days"])
    record["signs"] = 0
    record["since"] = 0
    record["patients"] = 0
    record["fast"] = 0
    record["odd"] = 0
    record["misses"] = 0
    record["listed"] = 0
    record["care"] = 0
    record["young_patients"] = 0
    record["settled"] = 0.0
    record["young"] *= FADING
    record["hours_today"] = 0
    for kind in range(KINDS):
        record["scores"][kind] = 0
        record["rungs"][kind] = 0
    for series in range(SERIES):
        record["today"][series] = 0.0
    absorb(record, day)
    expect(record, sealed["role"])
    begin_day(record["seen_today"])


@njit
def close_day(
    record: np.void, sealed: np.void, at: int, zone: int, out: NDArray[Any], written: int, closed: np.void
) -> int:
    """End the open day: what still waits counts, then the day is learnt. Return how many rows of `out` are filled.

    `closed` receives the account-day for the pool. `sealed` governs the day that ends; `at` is when this is noticed.
    """
    count_all(record)
    written = judge(record, sealed, at, zone, out, written)
    alarmed = False
    for kind in range(KINDS):
        alarmed = alarmed or record["rungs"][kind] > 0
        closed["scores"][kind] = record["scores"][kind]
    for series in range(SERIES):
        closed["values"][series] = lesson(record["today"][series], record["expected"][series], alarmed)
    closed["day"] = record["day"]
    closed["stratum"] = record["stratum"]
    closed["alarmed"] = 1 if alarmed else 0
    remember(record, closed["values"])
    if alarmed:
        quarantine(record)
    else:
        learn_hours(record)
    record["active_days"] += 1
    record["open"] = 0
    return written
