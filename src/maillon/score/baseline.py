"""What an account does on an ordinary day: its own past, lagged so that a thief cannot teach it, shrunk to its peers.

`m = (3·role + Σ 0.98^k · min(x_k, 2m+4)) / (3 + Σ 0.98^k) + 0.5` over the days k that are at least ten days old.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import RECENT, SERIES
from maillon.jit import njit
from maillon.score.whole import whole

LAG_DAYS = 10
DISCOUNT = 0.98
ROLE_DAYS = 3.0
FLOOR = 0.5


@njit
def absorb(record: np.void, day: int) -> None:
    """Move the days that are at least ten days older than `day` into what is learnt."""
    count = whole(record["recent_count"])
    first = whole(record["recent_first"])
    while count > 0 and record["recent_day"][first] <= day - LAG_DAYS:
        for series in range(SERIES):
            record["learnt"][series] = DISCOUNT * record["learnt"][series] + float(record["recent"][first, series])
        record["learnt_days"] = DISCOUNT * record["learnt_days"] + 1.0
        first = (first + 1) % RECENT
        count -= 1
    record["recent_first"] = first
    record["recent_count"] = count


@njit
def expect(record: np.void, role: NDArray[Any]) -> None:
    """Set what this day is expected to bring, from what is learnt and the means of the role."""
    for series in range(SERIES):
        total = ROLE_DAYS * role[series] + record["learnt"][series]
        record["expected"][series] = total / (ROLE_DAYS + record["learnt_days"]) + FLOOR


@njit
def lesson(amount: float, expected: float, alarmed: bool) -> float:
    """Return how much of a day's amount is learnt: capped, and nothing beyond the usual after an alarm."""
    return min(amount, expected if alarmed else 2.0 * expected + 4.0)


@njit
def remember(record: np.void, values: NDArray[Any]) -> None:
    """Let the open day wait for its lag; `values` has one number per series."""
    count = whole(record["recent_count"])
    place = (whole(record["recent_first"]) + count) % RECENT
    record["recent_day"][place] = record["day"]
    for series in range(SERIES):
        record["recent"][place, series] = values[series]
    record["recent_count"] = count + 1
