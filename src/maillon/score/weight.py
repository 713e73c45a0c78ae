"""What one access to a patient new to the account weighs: the product of what makes it more likely a thief's.

It weighs in the burst; the part of network and client weighs in the origin. The day counts plain patients: weighted,
a lawful review of records done in haste or from a new place scores as high as a theft of a thousand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.jit import njit
from maillon.score.whole import whole

NEW_NETWORK = 2.0
NEW_DEVICE = 2.0
FAST = 1.5
ODD_HOURS = 1.5
"""Their product is 9 at most, so the cap of 10 needs no hand."""

STRANGE_FROM = 1.2
"""What a young origin reads counts as such by what its network and client weigh above 1, where that is worth it."""

RETURN_EXPLAINS = 10.0
"""One return to a patient of old explains ten new ones from the same origin: who moves takes patients along."""

COLLEAGUE_EXPLAINS = 3.0
AGAIN_EXPLAINS = 3.0
"""A new patient whom a colleague read, one met again on a later day: each explains three others."""

CARE_EXPLAINS = 10.0
"""One act of care explains ten: who cares for people writes now and then, who collects them hardly ever."""

WOKEN = 0.5
"""What an unexplained patient weighs at least, for ten days, through an account that slept for thirty.

Who comes back from a long leave finds the patients of colleagues, which explains; a thief does not."""

WALKING = 3.0
"""An identifier taken in order from a young origin weighs as three."""

EXPLAINED = 0.3
"""What a new patient whom a colleague read counts in day and burst."""

FAST_US = 4_000_000
COMMON_FROM = 3
"""Accounts on a network from which it starts to be common: a new colleague on the hospital's gateway is no stranger."""

USUAL_AFTER_DAYS = 5
USUAL_SHARE = 20
"""An hour is usual where it or a neighbour was active on one day in twenty."""

LISTED_A_PAGE = 16.0
"""A search page lists some fifteen people for the one who is wanted: as many listed weigh like one opened."""


@njit
def accounts_on(keys: NDArray[Any], counts: NDArray[Any], key: np.uint64) -> int:
    """Return how many accounts the seal knew on this network or client (0 = too few to be listed). Keys ascend."""
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) // 2
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    if low < len(keys) and keys[low] == key:
        return whole(counts[low])
    return 0


@njit
def rarity(factor: float, accounts: int) -> float:
    """Return the factor of something new to the account, lowered where many accounts share it."""
    if accounts < COMMON_FROM:
        return factor
    return 1.0 + (factor - 1.0) * COMMON_FROM / accounts


@njit
def is_odd(record: np.void, hour: int) -> bool:
    """Return whether the account is hardly ever active around this local hour."""
    days = whole(record["hours_days"])
    if days < USUAL_AFTER_DAYS:
        return False
    hours = record["hours"]
    around = whole(hours[(hour + 23) % 24]) + whole(hours[hour]) + whole(hours[(hour + 1) % 24])
    return USUAL_SHARE * around < days


@njit
def learn_hours(record: np.void) -> None:
    """Add the open day's hours to the usual ones."""
    if record["hours_days"] == 255:
        record["hours_days"] = 127
        for hour in range(24):
            record["hours"][hour] = whole(record["hours"][hour]) // 2
    record["hours_days"] = whole(record["hours_days"]) + 1
    for hour in range(24):
        if (whole(record["hours_today"]) >> hour) & 1:
            record["hours"][hour] = whole(record["hours"][hour]) + 1
