"""An account's scoring day: how it opens, and what it leaves when it is over."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import KINDS, NEVER, SERIES
from maillon.facts.evidence import Kind
from maillon.facts.pool import AUDITED, DORMANT, SERVICE
from maillon.jit import njit
from maillon.score.baseline import absorb, expect, lesson, remember
from maillon.score.evidence import DORMANT_DAYS
from maillon.score.origins import AGE_DAYS, quarantine
from maillon.score.seen import begin_day
from maillon.score.service import is_service, note_day
from maillon.score.sessions import set_rates
from maillon.score.territory import home_of
from maillon.score.volume import UNIT
from maillon.score.weight import learn_hours
from maillon.score.whole import whole

_WINDOW = int(Kind.WINDOW)

FADING = 0.85
"""What nothing explained on an earlier day counts on, fading with each active day: a thief who paces adds up."""

WEEKS = 0.92
"""The window's fading a day: about twelve active days."""


@njit
def stratum_of(active_days: int, idle_days: int) -> int:
    """Return the stratum (an index in STRATA) of a day of an account with this past."""
    if active_days > 0 and idle_days >= DORMANT_DAYS:
        return DORMANT
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
    service = is_service(record)
    record["stratum"] = SERVICE if service else stratum_of(record["active_days"], record["idle_days"])
    if record["stratum"] == DORMANT:
        record["woken"] = day
    if day - record["woken"] < AGE_DAYS and not service:
        record["stratum"] = DORMANT
    record["signs"] = 0
    record["since"] = 0
    record["patients"] = 0
    record["fast"] = 0
    record["odd"] = 0
    record["misses"] = 0
    record["in_row"] = 0
    record["run"] = 0
    record["listed"] = 0
    record["care"] = 0
    record["login_surprise"] = 0.0
    record["settled"] = 0.0
    record["young"] *= FADING
    record["replayed"] *= FADING
    record["walked"] *= FADING
    if record["young"] < 1.0:
        record["young_patients"] = 0
    record["hours_today"] = 0
    for kind in range(KINDS):
        record["scores"][kind] = 0
        record["rungs"][kind] = 0
    for series in range(SERIES):
        record["today"][series] = 0.0
    absorb(record, day)
    expect(record, sealed["role"])
    set_rates(record)
    record["home"] = home_of(record)
    begin_day(record["seen_today"])


@njit
def _beyond(levels: NDArray[Any], score: int) -> int:
    """Return how many of the audited levels a score exceeds."""
    count = 0
    for level in AUDITED:
        if levels[level] > 0.0 and score > UNIT * levels[level]:
            count += 1
    return count


@njit
def close_day(record: np.void, sealed: np.void, closed: np.void) -> None:
    """End the open day, which `sealed` governed, and learn it. `closed` receives the account-day for the pool."""
    stratum = whole(record["stratum"])
    alarmed = alone = False
    for kind in range(KINDS):
        alarmed = alarmed or record["rungs"][kind] > 0
        alone = alone or record["scores"][kind] >= sealed["thresholds"][stratum, kind, 0]
        closed["scores"][kind] = record["scores"][kind]
        closed["beyond"][kind] = _beyond(sealed["levels"][stratum, kind], record["scores"][kind])
    for series in range(SERIES):
        closed["values"][series] = lesson(record["today"][series], record["expected"][series], alarmed)
    closed["day"] = record["day"]
    closed["stratum"] = record["stratum"]
    # What only a prior alarmed is an ordinary day: without it the thresholds of all would sink.
    closed["alarmed"] = 1 if alarmed and (alone or record["prior"] == 0.0) else 0
    remember(record, closed["values"])
    if alarmed:
        quarantine(record)
    else:
        learn_hours(record)
    record["window"] = WEEKS * (record["window"] + record["today"][_WINDOW])
    record["window_expected"] = WEEKS * (record["window_expected"] + record["expected"][_WINDOW])
    note_day(record)
    record["active_days"] += 1
    record["open"] = 0
