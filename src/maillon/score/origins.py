"""Whence an account works: network × client. An origin is young until it has aged ten days.

A thief's network is young on its first day and stays so; one that was there from the account's first days never was.
A session may rotate its addresses: each new one is young, and what is read from any of them counts together.
"""

from __future__ import annotations

import numpy as np

from maillon.facts.account import NEVER, ORIGINS
from maillon.jit import njit
from maillon.score.whole import whole

AGE_DAYS = 10
AGE_ACTIVE_DAYS = 3
"""An origin is known once it appeared ten days ago and was used on three days: one log-in and a wait is not enough."""

FOUNDING_DAYS = 3
"""Before the account has been active on three days, what it uses is its own: where the log itself begins, and, later,
where several accounts are at home. A newcomer from a stranger's network may be a dormant account in other hands."""

PROVING_RETURNS = 3
"""An origin has proved to be its account's own once it came back to three patients read from old origins before.

A thief does not come back. Only proved origins tell the seal that a network is common: thieves cannot make one so.
"""

QUARANTINE_DAYS = 30
"""An origin first seen on a day that raised an alarm ages as if it had appeared so much later."""


@njit
def is_old(record: np.void, origin: int, day: int) -> bool:
    """Return whether the origin in this place has aged, as of `day`."""
    if record["origin_founding"][origin]:
        return True
    aged: bool = day - record["origin_day"][origin] >= AGE_DAYS and record["origin_days"][origin] > AGE_ACTIVE_DAYS
    return aged


@njit
def knows_network(record: np.void, network: np.uint64, day: int) -> bool:
    """Return whether an old origin has this network. An absent one (0) is known."""
    if network == np.uint64(0):
        return True
    for origin in range(whole(record["origin_count"])):
        if record["origin_network"][origin] == network and is_old(record, origin, day):
            return True
    return False


@njit
def knows_device(record: np.void, device: np.uint64, day: int) -> bool:
    """Return whether an old origin has this client. An absent one (0) is known."""
    if device == np.uint64(0):
        return True
    for origin in range(whole(record["origin_count"])):
        if record["origin_device"][origin] == device and is_old(record, origin, day):
            return True
    return False


@njit
def _room(record: np.void) -> int:
    """Return the place for a new origin: a free one, or that of the least used, the longest ago."""
    count = whole(record["origin_count"])
    if count < ORIGINS:
        record["origin_count"] = count + 1
        return count
    worst = 0
    for origin in range(1, ORIGINS):
        days = whole(record["origin_days"][origin])
        least = whole(record["origin_days"][worst])
        if days < least or (days == least and record["origin_last"][origin] < record["origin_last"][worst]):
            worst = origin
    return worst


@njit
def visit(record: np.void, network: np.uint64, device: np.uint64, at: int, day: int, trusted: bool) -> int:
    """Return the place of this origin among the account's, noting today's use; a new one takes a place.

    `trusted`: in an account's first days this origin may be taken for its own.
    """
    for origin in range(whole(record["origin_count"])):
        if record["origin_network"][origin] == network and record["origin_device"][origin] == device:
            if record["origin_last"][origin] < day:
                record["origin_last"][origin] = day
                record["origin_days"][origin] = min(whole(record["origin_days"][origin]) + 1, 60000)
                if trusted and record["active_days"] < FOUNDING_DAYS:
                    record["origin_founding"][origin] = 1
            return origin
    origin = _room(record)
    record["origin_network"][origin] = network
    record["origin_device"][origin] = device
    record["origin_at"][origin] = at
    record["origin_day"][origin] = day
    record["origin_last"][origin] = day
    record["origin_days"][origin] = 1
    record["origin_returns"][origin] = 0
    record["origin_proved"][origin] = NEVER
    record["origin_founding"][origin] = 1 if trusted and record["active_days"] < FOUNDING_DAYS else 0
    return origin


@njit
def come_back(record: np.void, origin: int) -> None:
    """Note that this origin came back to a patient read from an old origin before."""
    returns = whole(record["origin_returns"][origin]) + 1
    if returns == PROVING_RETURNS:
        record["origin_proved"][origin] = record["day"]
    record["origin_returns"][origin] = min(returns, 255)


@njit
def quarantine(record: np.void) -> None:
    """After an alarm on the open day, the young origins used on it start to age and to prove only in some weeks."""
    day = whole(record["day"])
    for origin in range(whole(record["origin_count"])):
        if record["origin_last"][origin] == day and not is_old(record, origin, day):
            record["origin_day"][origin] = day + QUARANTINE_DAYS - AGE_DAYS
            record["origin_proved"][origin] = NEVER
            record["origin_returns"][origin] = 255
