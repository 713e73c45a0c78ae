"""Thieves to be simulated through the scoring of every account of a state: their plans, and their accesses as events.

Each thief has one exit and one ordinary browser, both new to the account. Their ways cover what thefts of this kind
were like: hundreds in an hour, hundreds a day for days, a busy colleague's pace; evenly, in haste, by night.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.ahead.thieves import Plan
from maillon.facts.event import EVENT, Action

_DAY_US = 86_400_000_000
_HOUR_US = 3_600_000_000
_FAST, _FAST_GAP_US = 1_500, 2_000_000
_OPENS = 9
_DAYS = 5
_WAYS = (
    # name, records a day, hour of opening, hours of work, sittings a day, share of a sitting spent reading
    ("600", 600, _OPENS, 10.0, 1, 1.0),
    ("200", 200, _OPENS, 10.0, 1, 1.0),
    ("150 in haste", 150, 8, 11.0, 3, 0.15),
    ("200 by night", 200, 20, 4.0, 2, 0.2),
)
EXPORT = "export"
"""The plan of a thief who takes files."""

_EXPORTS = 6
_SALT = np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True)
class Targets:
    """What thieves take: patients with their neighbourhoods, in random order; the browser most accounts use."""

    patient: NDArray[np.uint64]
    near: NDArray[np.uint64]
    device: np.uint64


def plans(day: int, zone: int, export_rows: int) -> list[Plan]:
    """Return the plans of thieves who begin on the local day `day`; the last one takes exports of so many rows."""
    midnight = day * _DAY_US - zone * 1_000_000
    fast = midnight + 20 * _HOUR_US + np.arange(_FAST) * _FAST_GAP_US
    found = [Plan("fast", fast, np.ones(_FAST, np.int64), 1, 1, zone)]
    for name, pace, opens, hours, sittings, busy in _WAYS:
        each, slot = pace // sittings, hours * _HOUR_US / sittings
        one = np.arange(sittings)[:, None] * slot + np.arange(each) * (busy * slot / each)
        at = midnight + opens * _HOUR_US + (np.arange(_DAYS)[:, None] * _DAY_US + one.reshape(-1)).astype(np.int64)
        found.append(Plan(name, at.reshape(-1), np.ones(at.size, np.int64), _DAYS, _DAYS, zone))
    if export_rows:
        at = midnight + _OPENS * _HOUR_US + np.arange(_EXPORTS) * _HOUR_US
        found.append(Plan(EXPORT, at, np.full(_EXPORTS, export_rows), 1, 1, zone))
    return found


def rows_of(
    plan: Plan, chosen: NDArray[np.int64], part: slice, *, accounts: NDArray[np.uint64], targets: Targets
) -> NDArray[Any]:
    """Return the accesses of a plan's `part` by the thieves of the `chosen` accounts, in order of time."""
    at = plan.at[part]
    rows = np.zeros((len(at), len(chosen)), EVENT)
    mine = accounts[chosen]
    with np.errstate(over="ignore"):
        fresh = (mine ^ np.uint64(len(plan.at))) * _SALT
    rows["at"], rows["zone"] = at[:, None], plan.zone
    rows["account"], rows["session"], rows["network"], rows["address"] = mine, fresh, ~fresh, ~fresh
    rows["device"] = targets.device
    if plan.name == EXPORT:
        rows["action"], rows["listed"] = Action.EXPORT, plan.gain[part][:, None]
    else:
        # Thieves begin at different places of the same list: none of them meets only what one colleague reads.
        place = (np.arange(part.start, part.stop)[:, None] + chosen * 7_919) % max(1, len(targets.patient))
        rows["action"] = Action.READ
        rows["patient"], rows["near"] = targets.patient[place], targets.near[place]
    return rows.reshape(-1)
