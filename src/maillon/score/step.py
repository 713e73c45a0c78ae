"""One event at a time: the loop that moves accounts, O(1) an event."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import HOME, KINDS, NEVER, NEW
from maillon.facts.event import Action, Flag, Outcome
from maillon.facts.evidence import Kind, Sign
from maillon.jit import njit
from maillon.score.day import close_day, open_day
from maillon.score.evidence import judge
from maillon.score.index import ABSENT, place_of
from maillon.score.kinds.walk import walk
from maillon.score.login import surprise
from maillon.score.origins import AGE_DAYS, come_back, is_old, knows_device, knows_network, visit
from maillon.score.seen import SEEN, SEEN_TODAY, TRUSTED, touch
from maillon.score.sessions import attend, compose
from maillon.score.territory import community_of, is_explained
from maillon.score.weight import (
    AGAIN_EXPLAINS,
    CARE_EXPLAINS,
    COLLEAGUE_EXPLAINS,
    COMMON_FROM,
    EXPLAINED,
    FAST,
    FAST_US,
    LISTED_A_PAGE,
    NEW_DEVICE,
    NEW_NETWORK,
    ODD_HOURS,
    RETURN_EXPLAINS,
    STRANGE_FROM,
    WALKING,
    WOKEN,
    accounts_on,
    is_odd,
    rarity,
)
from maillon.score.whole import whole

DAY_US = 86_400_000_000
_HOUR_US = 3_600_000_000
_LEAK_US = 20_000_000.0

COUNTERS = 4
ACCOUNTS = 0
WRITTEN = 1
CLOSED_DAYS = 2
MET = 3
"""Places in the counters: records in use, rows of evidence written, account-days closed, patients met."""

SETTLING_DAYS = 5
"""Local days from the log's first on which every account is new to Maillon, and none suspect for it."""

ROOM = KINDS
"""Rows of evidence that one event can write."""

_UNTRUSTED = False  # what came too late to be scored explains nothing
_FOUND, _MISSED, _UNEXPLAINED = False, True, False
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
_STRANGE = int(Kind.STRANGE)
_WINDOW = int(Kind.WINDOW)
_REPLAY = int(Kind.REPLAY)
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
def _whence(record: np.void, sealed: np.void, event: np.void) -> int:
    """Return the place of the event's origin among the account's."""
    day = whole(record["day"])
    trusted = (
        event["network"] == np.uint64(0)
        or day < whole(sealed["begun"]) + SETTLING_DAYS
        or accounts_on(sealed["networks"], sealed["networks_accounts"], event["network"]) >= COMMON_FROM
    )
    return visit(record, event["network"], event["device"], event["at"], day, trusted)


@njit
def _youth(record: np.void, strangeness: float) -> float:
    """Return what one unexplained patient weighs for its origin, 0 where the account is at home.

    An account that has just woken after a long sleep is nowhere quite at home.
    """
    young = strangeness - 1.0 if strangeness >= STRANGE_FROM else 0.0
    if whole(record["day"]) - whole(record["woken"]) < AGE_DAYS:
        return max(young, WOKEN)
    return young


@njit
def _is_moved(record: np.void, event: np.void, place: int) -> bool:
    """Tell whether the event's session, in this place, is used from more than one origin."""
    moved: bool = event["session"] != np.uint64(0) and record["session_moved"][place] == 1
    return moved


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
def _excuse(record: np.void, amount: float) -> None:
    """Take away from what young origins read: something explains it."""
    record["young"] = max(0.0, record["young"] - amount)
    record["replayed"] = max(0.0, record["replayed"] - amount)


@njit
def _count_young(record: np.void, event: np.void, origin: int, moved: bool, young: float) -> None:
    """Count an unexplained new patient read from a young origin, by what makes it young."""
    record["young_patients"] += 1
    record["young_session"] = event["session"]
    record["young_network"] = event["network"]
    record["young_device"] = event["device"]
    record["young_since"] = record["origin_at"][origin]
    record["young"] += young
    record["today"][_ORIGIN] = max(record["today"][_ORIGIN], record["young"])
    if moved:
        record["replayed"] += young
        record["today"][_REPLAY] = max(record["today"][_REPLAY], record["replayed"])


@njit
def _count_new(record: np.void, event: np.void, weight: float, explained: bool) -> None:
    """Count a new patient: plainly for the day and the weeks, by weight for the burst."""
    at = event["at"]
    part = EXPLAINED if explained else 1.0
    record["today"][NEW] += 1.0
    record["today"][_DAY] += part
    if explained:
        record["today"][HOME] += 1.0
    else:
        record["today"][_WINDOW] += 1.0
    leaked = (at - record["bucket_at"]) / _LEAK_US
    record["bucket"] = max(0.0, record["bucket"] - max(0.0, leaked)) + part * weight
    record["bucket_at"] = at
    record["today"][_BURST] = max(record["today"][_BURST], record["bucket"])
    record["new_session"] = event["session"]
    record["new_network"] = event["network"]
    record["new_device"] = event["device"]
    if record["since"] == 0:
        record["since"] = at


@njit
def _meet(record: np.void, event: np.void, met: NDArray[Any], counters: NDArray[Any]) -> None:
    """Let the territory learn, at the next turn of the day, that this community knows this patient."""
    community = whole(record["home"])
    if community == 0:
        community = community_of(event["network"])
    if community != 0:
        met[counters[MET]]["patient"] = event["patient"]
        met[counters[MET]]["community"] = community
        counters[MET] += 1


@njit
def _see(
    record: np.void,
    sealed: np.void,
    territory: NDArray[Any],
    met: NDArray[Any],
    counters: NDArray[Any],
    event: np.void,
    origin: int,
    hour: int,
) -> bool:
    """Take note of an access to one patient; return whether scores may have risen."""
    at, patient = event["at"], event["patient"]
    care = event["action"] == _UPDATE or event["action"] == _CARE
    other = patient != record["last_patient"]
    if other:
        record["other_at"] = record["last_at"]
        record["last_patient"] = patient
    record["last_at"] = at
    place = attend(record, event["session"], origin, at)
    old = is_old(record, origin, whole(record["day"]))
    known = touch(record["seen"], record["seen_today"], patient, old)
    if known != SEEN_TODAY:
        record["patients"] += 1
    elif not care:
        return False
    strangeness = _strangeness(record, sealed, event, origin)
    young = _youth(record, strangeness)
    if care:
        record["care"] += 1
        _excuse(record, CARE_EXPLAINS * young)
    if known == SEEN_TODAY:
        return False
    if old and known != TRUSTED:
        _meet(record, event, met, counters)
    if known == TRUSTED:
        come_back(record, origin)
        _excuse(record, RETURN_EXPLAINS * young)
        return False
    if known == SEEN:
        _excuse(record, AGAIN_EXPLAINS * young)
        return False
    explained = is_explained(territory, patient, whole(record["home"]), community_of(event["network"]))
    if walk(record, event["near"], _FOUND, explained):
        young *= WALKING
    strange = compose(record, place, explained)
    record["today"][_STRANGE] = max(record["today"][_STRANGE], strange)
    _count_new(record, event, strangeness * _haste(record, at, hour), explained)
    if young == 0.0:
        record["settled"] += 1.0
    elif explained:
        _excuse(record, COLLEAGUE_EXPLAINS * young)
    else:
        _count_young(record, event, origin, _is_moved(record, event, place), young)
    return True


@njit
def _advance(
    record: np.void,
    sealed: np.void,
    territory: NDArray[Any],
    met: NDArray[Any],
    counters: NDArray[Any],
    event: np.void,
    hour: int,
    out: NDArray[Any],
    written: int,
) -> int:
    """Let a successful access move the open day; return how many rows of `out` are filled."""
    at, action = event["at"], event["action"]
    record["hours_today"] = whole(record["hours_today"]) | (1 << hour)
    origin = _whence(record, sealed, event)
    if action == _LOGIN:
        unlike = surprise(record, sealed, event["network"], event["device"])
        record["login_surprise"] = max(float(record["login_surprise"]), unlike)
    risen = False
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
        risen = _see(record, sealed, territory, met, counters, event, origin, hour) or risen
    if risen:
        written = judge(record, sealed, at, whole(event["zone"]), out, written)
    return written


@njit
def _miss(record: np.void, sealed: np.void, event: np.void, out: NDArray[Any], written: int) -> int:
    """Take note of an identifier that does not exist; return how many rows of `out` are filled."""
    at = event["at"]
    origin = _whence(record, sealed, event)
    place = attend(record, event["session"], origin, at)
    record["misses"] += 1
    record["new_session"] = event["session"]
    record["new_network"] = event["network"]
    record["new_device"] = event["device"]
    walk(record, event["near"], _MISSED, _UNEXPLAINED)
    young = _youth(record, _strangeness(record, sealed, event, origin))
    if young > 0.0:
        _count_young(record, event, origin, _is_moved(record, event, place), young)
    return judge(record, sealed, at, whole(event["zone"]), out, written)


@njit
def step(
    events: NDArray[Any],
    start: int,
    newest_day: int,
    accounts: NDArray[Any],
    rows: NDArray[Any],
    sealed: NDArray[Any],
    territory: NDArray[Any],
    met: NDArray[Any],
    counters: NDArray[Any],
    out: NDArray[Any],
    places: NDArray[np.int64],
    closed: NDArray[Any],
) -> int:
    """Fold events from `start` on, none of a later local day than `newest_day`; return where it stopped for room.

    `sealed` holds two seals, by the parity of the day they govern; `rows` is the index of `accounts`; `met` receives
    what the territory will learn; `places` the place in `events` that each row of `out` was written at. An account
    gets a record at its first success only: made-up names cost nothing.
    """
    for position in range(start, len(events)):
        if counters[WRITTEN] + ROOM > len(out) or counters[CLOSED_DAYS] == len(closed) or counters[MET] == len(met):
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
        before = whole(counters[WRITTEN])
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
            if record["open"] and day > record["day"]:
                close_day(record, sealed[whole(record["day"]) & 1], closed[counters[CLOSED_DAYS]])
                counters[CLOSED_DAYS] += 1
            if not record["open"]:
                open_day(record, sealed[day & 1], day)
            seal = sealed[day & 1]
            counters[WRITTEN] = _advance(record, seal, territory, met, counters, event, hour, out, before)
        elif event["outcome"] == _MISSING and event["patient"] != np.uint64(0) and record["open"]:
            seal = sealed[whole(record["day"]) & 1]
            counters[WRITTEN] = _miss(record, seal, event, out, before)
        places[before : counters[WRITTEN]] = position
    return len(events)


@njit
def sweep(
    start: int,
    until_day: int,
    accounts: NDArray[Any],
    sealed: NDArray[Any],
    counters: NDArray[Any],
    closed: NDArray[Any],
) -> int:
    """Close the days up to `until_day` of accounts from row `start` on; return where it stopped for room."""
    for row in range(start, counters[ACCOUNTS]):
        if counters[CLOSED_DAYS] == len(closed):
            return row
        record = accounts[row]
        if record["open"] and record["day"] <= until_day:
            close_day(record, sealed[whole(record["day"]) & 1], closed[counters[CLOSED_DAYS]])
            counters[CLOSED_DAYS] += 1
    return whole(counters[ACCOUNTS])
