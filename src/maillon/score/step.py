"""One event at a time: the loop that moves accounts, O(1) an event."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import KINDS, NEVER, NEW
from maillon.facts.event import Action, Flag, Outcome
from maillon.facts.evidence import Kind, Sign
from maillon.jit import njit
from maillon.score.day import close_day, open_day
from maillon.score.evidence import judge
from maillon.score.index import ABSENT, place_of
from maillon.score.origins import come_back, is_old, knows_device, knows_network, visit
from maillon.score.parking import count_due, count_young, excuse, park
from maillon.score.seen import SEEN, SEEN_TODAY, TRUSTED, touch
from maillon.score.weight import (
    FAST,
    FAST_US,
    LISTED_A_PAGE,
    NEW_DEVICE,
    NEW_NETWORK,
    ODD_HOURS,
    RETURN_EXPLAINS,
    STRANGE_FROM,
    accounts_on,
    is_odd,
    rarity,
)
from maillon.score.whole import whole

DAY_US = 86_400_000_000
_HOUR_US = 3_600_000_000
_LEAK_US = 20_000_000.0

COUNTERS = 3
ACCOUNTS = 0
WRITTEN = 1
CLOSED_DAYS = 2
"""Places in the counters: records in use, rows of evidence written, account-days closed."""

ROOM = 2 * KINDS
"""Rows of evidence that one event can write: for the day that it ends, and for its own."""

_UNTRUSTED = False  # what came too late to be scored explains nothing
_OK = int(Outcome.OK)
_MISSING = int(Outcome.MISSING)
_LATE = int(Flag.LATE)
_LIST = int(Action.LIST)
_SEARCH = int(Action.SEARCH)
_UPDATE = int(Action.UPDATE)
_CARE = int(Action.CARE)
_LOGIN = int(Action.LOGIN)
_LOGOUT = int(Action.LOGOUT)
_TAMPER = int(Action.TAMPER)
_DAY = int(Kind.DAY)
_BURST = int(Kind.BURST)
_ORIGIN = int(Kind.ORIGIN)
_LISTED = int(Kind.LISTED)
_SIGN_NETWORK = int(Sign.NEW_NETWORK)
_SIGN_DEVICE = int(Sign.NEW_DEVICE)


@njit
def _strangeness(record: np.void, sealed: np.void, event: np.void, origin: int) -> float:
    """Return the part of the weight that network and client make, 1 where the account is at home."""
    day, network, device = whole(record["day"]), event["network"], event["device"]
    weight = 1.0
    if not is_old(record, origin, day):
        if not knows_network(record, network, day):
            weight *= rarity(NEW_NETWORK, accounts_on(sealed["networks"], sealed["networks_accounts"], network))
            record["signs"] = whole(record["signs"]) | _SIGN_NETWORK
        if not knows_device(record, device, day):
            weight *= rarity(NEW_DEVICE, accounts_on(sealed["devices"], sealed["devices_accounts"], device))
            record["signs"] = whole(record["signs"]) | _SIGN_DEVICE
    return weight


@njit
def _haste(record: np.void, at: int, hour: int) -> float:
    """Return the part of the weight that pace and hour make."""
    weight = 1.0
    if record["other_at"] != 0 and at - record["other_at"] < FAST_US:
        weight *= FAST
        record["fast"] += 1
    if is_odd(record, hour):
        weight *= ODD_HOURS
        record["odd"] += 1
    return weight


@njit
def _count_new(record: np.void, event: np.void, origin: int, weight: float, young: float, explained: bool) -> None:
    """Count a new patient: by number for the day, by weight for the burst, by `young` for the origin.

    Of what the day and the origin count, half waits for a care act, unless this access is one.
    """
    at = event["at"]
    record["today"][NEW] += 1.0
    record["today"][_DAY] += 0.5
    leaked = (at - record["bucket_at"]) / _LEAK_US
    record["bucket"] = max(0.0, record["bucket"] - max(0.0, leaked)) + weight
    record["bucket_at"] = at
    record["today"][_BURST] = max(record["today"][_BURST], record["bucket"])
    record["new_session"] = event["session"]
    record["new_network"] = event["network"]
    record["new_device"] = event["device"]
    if record["since"] == 0:
        record["since"] = at
    if young > 0.0:
        record["young_patients"] += 1
        record["young_session"] = event["session"]
        record["young_network"] = event["network"]
        record["young_device"] = event["device"]
        record["young_since"] = record["origin_at"][origin]
        count_young(record, 0.5 * young)
    else:
        record["settled"] += 1.0
    if not explained:
        park(record, event["patient"], at, 0.5, 0.5 * young)


@njit
def _see(record: np.void, sealed: np.void, event: np.void, origin: int, hour: int) -> bool:
    """Take note of an access to one patient; return whether scores may have risen."""
    at, patient = event["at"], event["patient"]
    care = event["action"] == _UPDATE or event["action"] == _CARE
    if patient != record["last_patient"]:
        record["other_at"] = record["last_at"]
        record["last_patient"] = patient
    record["last_at"] = at
    if care:
        record["care"] += 1
        excuse(record, patient)
    old = is_old(record, origin, whole(record["day"]))
    known = touch(record["seen"], record["seen_today"], patient, old)
    if known != SEEN_TODAY:
        record["patients"] += 1
    if known in (SEEN, SEEN_TODAY):
        return False
    strangeness = _strangeness(record, sealed, event, origin)
    young = strangeness - 1.0 if strangeness >= STRANGE_FROM else 0.0
    if known == TRUSTED:
        come_back(record, origin)
        record["young"] = max(0.0, record["young"] - RETURN_EXPLAINS * young)
        return False
    _count_new(record, event, origin, strangeness * _haste(record, at, hour), young, care)
    return True


@njit
def _advance(record: np.void, sealed: np.void, event: np.void, hour: int, out: NDArray[Any], written: int) -> int:
    """Let a successful access move the open day; return how many rows of `out` are filled."""
    at, action = event["at"], event["action"]
    record["hours_today"] = whole(record["hours_today"]) | (1 << hour)
    origin = visit(record, event["network"], event["device"], at, whole(record["day"]))
    risen = count_due(record, at)
    listing = action in (_LIST, _SEARCH)
    listed = max(whole(0), whole(event["listed"]))
    if listing and event["patient"] != np.uint64(0):
        listed += 1
    if listed > 0:
        record["listed"] = min(whole(record["listed"]) + listed, whole(1 << 30))
        record["today"][_LISTED] += listed / LISTED_A_PAGE
        risen = True
    aside = action in (_LOGIN, _LOGOUT, _TAMPER)
    if event["patient"] != np.uint64(0) and not listing and not aside:
        risen = _see(record, sealed, event, origin, hour) or risen
    if risen:
        written = judge(record, sealed, at, whole(event["zone"]), out, written)
    return written


@njit
def step(
    events: NDArray[Any],
    start: int,
    newest_day: int,
    accounts: NDArray[Any],
    rows: NDArray[Any],
    sealed: NDArray[Any],
    counters: NDArray[Any],
    out: NDArray[Any],
    closed: NDArray[Any],
) -> int:
    """Fold events from `start` on, none of a later local day than `newest_day`; return where it stopped for room.

    `sealed` holds two seals, by the parity of the day they govern; `rows` is the index of `accounts`. An account gets
    a record at its first success only, so that made-up names cost nothing.
    """
    for position in range(start, len(events)):
        if counters[WRITTEN] + ROOM > len(out) or counters[CLOSED_DAYS] == len(closed):
            return position
        event = events[position]
        account = event["account"]
        if account == np.uint64(0):
            continue
        place = place_of(rows, accounts, account)
        row = whole(rows[place])
        action = event["action"]
        success = event["outcome"] == _OK and (
            event["patient"] != np.uint64(0) or event["listed"] > 0 or action == _LOGIN
        )
        if row == ABSENT:
            if not success:
                continue
            if counters[ACCOUNTS] == len(accounts):
                return position
            row = whole(counters[ACCOUNTS])
            counters[ACCOUNTS] += 1
            rows[place] = row
            accounts[row]["account"] = account
            accounts[row]["day"] = NEVER
        record = accounts[row]
        local = event["at"] + whole(event["zone"]) * 1_000_000
        day = local // DAY_US
        hour = (local % DAY_US) // _HOUR_US
        if event["flags"] & _LATE or day < newest_day - 1 or day < record["day"] - 1:
            if success and event["patient"] != np.uint64(0) and action not in (_LIST, _SEARCH):
                touch(record["seen"], record["seen_today"], event["patient"], _UNTRUSTED)
            continue
        if success:
            # Sources that write other zones disagree on the day for some hours: the account's day never goes back.
            day = max(day, whole(record["day"]))
            at, zone = event["at"], whole(event["zone"])
            written = whole(counters[WRITTEN])
            if record["open"] and day > record["day"]:
                old = sealed[whole(record["day"]) & 1]
                written = close_day(record, old, at, zone, out, written, closed[counters[CLOSED_DAYS]])
                counters[CLOSED_DAYS] += 1
            if not record["open"]:
                open_day(record, sealed[day & 1], day)
            counters[WRITTEN] = _advance(record, sealed[day & 1], event, hour, out, written)
        elif event["outcome"] == _MISSING and event["patient"] != np.uint64(0) and record["open"]:
            record["misses"] += 1
    return len(events)


@njit
def sweep(
    start: int,
    until_day: int,
    at: int,
    zone: int,
    accounts: NDArray[Any],
    sealed: NDArray[Any],
    counters: NDArray[Any],
    out: NDArray[Any],
    closed: NDArray[Any],
) -> int:
    """Close the days up to `until_day` of accounts from row `start` on; return where it stopped for room."""
    for row in range(start, counters[ACCOUNTS]):
        if counters[WRITTEN] + ROOM > len(out) or counters[CLOSED_DAYS] == len(closed):
            return row
        record = accounts[row]
        if record["open"] and record["day"] <= until_day:
            old = sealed[whole(record["day"]) & 1]
            counters[WRITTEN] = close_day(
                record, old, at, zone, out, whole(counters[WRITTEN]), closed[counters[CLOSED_DAYS]]
            )
            counters[CLOSED_DAYS] += 1
    return whole(counters[ACCOUNTS])
