"""Who works when: one row an account and worked day, with its shift, its facility and how much it will read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.clock import HOUR, Period
from maillon.sim.roles import ROLE, ROLES

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from maillon.sim.people import People


LONG_LEAVE = (31, 45)
"""Days, the last one excluded."""


@dataclass(frozen=True)
class Duty:
    """Worked days, by account then day."""

    account: NDArray[np.int64]
    day: NDArray[np.int64]
    facility: NDArray[np.int64]  # where it works that day: covering for a colleague, it may be another
    begins: NDArray[np.int64]  # microseconds after the day's midnight
    lasts: NDArray[np.int64]
    on_call: NDArray[np.bool_]  # at home, for the night
    bulk: NDArray[np.bool_]  # an audit or a review of a waiting list: many records, lawfully
    reads: NDArray[np.int64]


def draw_duty(rng: Generator, people: People, period: Period) -> Duty:
    """Draw the worked days of everybody and the volume of each."""
    worked, on_call = _worked(rng, people, period)
    account, day = np.nonzero(worked)
    role = people.role[account]
    bulk = rng.random(len(account)) < np.array([r.bulk for r in ROLES])[role]
    night = on_call[account, day]
    begins, lasts = _shifts(rng, role, night, people.pace[account])
    facility = _covering(rng, people, period)[account, day]
    reads = _volume(rng, people, account, bulk, night)
    here = ~_long_leave(rng, people, period)[account, day]
    return Duty(
        account=account[here],
        day=day[here],
        facility=facility[here],
        begins=begins[here],
        lasts=lasts[here],
        on_call=night[here],
        bulk=bulk[here],
        reads=reads[here],
    )


def _worked(rng: Generator, people: People, period: Period) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return (accounts, days) matrices: works, and is on call for the night."""
    shape = (len(people.role), period.days)
    trait = np.array([(r.weekday, r.weekend) for r in ROLES])[people.role]
    regular = rng.uniform(0.8, 1.15, shape[0])
    regular[~people.personal()] = 1.0
    chance = np.where(period.quiet_days()[None, :], trait[:, 1:2], trait[:, 0:1]) * regular[:, None]
    part_time = rng.random(shape[0]) < 0.3
    free_day = rng.integers(0, 5, shape[0])
    personal = people.personal()
    chance[(free_day[:, None] == period.weekdays()[None, :]) & (part_time & personal)[:, None]] = 0.0
    worked = rng.random(shape) < chance
    worked &= ~_holidays(rng, people, period)
    on_call = (rng.random(shape) < 0.05) & (people.role == ROLE["doctor"])[:, None]
    days = np.arange(period.days)[None, :]
    present = (days >= people.joined[:, None]) & (days < people.left[:, None])
    return (worked | on_call) & present, on_call


def _holidays(rng: Generator, people: People, period: Period) -> NDArray[np.bool_]:
    """One person in five a three weeks is away for five days to two weeks."""
    accounts = len(people.role)
    away = np.zeros((accounts, period.days), np.bool_)
    days = np.arange(period.days)[None, :]
    for _ in range(max(1, period.days // 21)):
        goes = (rng.random(accounts) < 0.2) & people.personal()
        first = rng.integers(-7, period.days, accounts)[:, None]
        away |= goes[:, None] & (days >= first) & (days < first + rng.integers(5, 15, accounts)[:, None])
    return away


def _long_leave(rng: Generator, people: People, period: Period) -> NDArray[np.bool_]:
    """In periods long enough for a return, one person in thirty is away for a month to six weeks (ill, a birth)."""
    accounts, days = len(people.role), np.arange(period.days)[None, :]
    if period.days <= LONG_LEAVE[1]:
        return np.zeros((accounts, period.days), np.bool_)
    goes = (rng.random(accounts) < 1 / 30) & people.personal()
    lasts = rng.integers(*LONG_LEAVE, accounts)
    first = rng.integers(3, period.days - lasts)
    return goes[:, None] & (days >= first[:, None]) & (days < (first + lasts)[:, None])


def _covering(rng: Generator, people: People, period: Period) -> NDArray[np.int64]:
    """Return the facility of each account each day: 3 % cover elsewhere for some days, 1 % move for good."""
    accounts = len(people.role)
    luck = rng.random(accounts)
    elsewhere = rng.choice(len(people.kind), accounts, p=people.weight)
    first = rng.integers(0, period.days, accounts)
    until = np.where(luck < 0.03, first + rng.integers(1, 6, accounts), np.where(luck < 0.04, period.days, -1))
    until[~people.personal()] = -1
    days = np.arange(period.days)[None, :]
    covers = (days >= first[:, None]) & (days < until[:, None])
    return np.where(covers, elsewhere[:, None], people.facility[:, None])


def _shifts(
    rng: Generator, role: NDArray[np.int64], on_call: NDArray[np.bool_], pace: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw beginning and length of each worked day; who reads much is at the screen longer."""
    luck = rng.random(len(role))
    begins, lasts = np.zeros(len(role)), np.zeros(len(role))
    for index, kind in enumerate(ROLES):
        mine = np.flatnonzero(role == index)
        steps = np.cumsum([weight for _, _, weight in kind.hours])
        which = np.minimum(np.searchsorted(steps, luck[mine], side="right"), len(steps) - 1)
        begins[mine] = np.array([hour for hour, _, _ in kind.hours])[which]
        lasts[mine] = np.array([length for _, length, _ in kind.hours])[which]
    alone = (role != ROLE["kiosk"]) & (role != ROLE["service"])
    begins += alone * rng.normal(0, 0.35, len(role))
    lasts *= np.where(alone & (pace < 40), rng.uniform(0.5, 1.0, len(role)), 1.0)
    begins = np.where(on_call, rng.uniform(18.5, 23, len(role)), np.maximum(begins, 0.0))
    lasts = np.where(on_call, rng.uniform(1, 7, len(role)), lasts)
    return (begins * HOUR).astype(np.int64), (lasts * HOUR).astype(np.int64)


def _volume(
    rng: Generator,
    people: People,
    account: NDArray[np.int64],
    bulk: NDArray[np.bool_],
    on_call: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Draw the records read each worked day: gamma-Poisson about the account's own pace; reviews are of 60 to 450."""
    pace = people.pace[account]
    steady = people.role[account] == ROLE["service"]
    shape = np.where(steady, 400.0, 3.0)
    mean = pace * rng.gamma(shape) / shape * np.where(on_call, 0.4, 1.0)
    reads = rng.poisson(mean)
    review = np.exp(rng.uniform(np.log(60), np.log(450), len(account))).astype(np.int64)
    service = np.clip(reads, 150, 230)
    return np.where(steady, service, np.where(bulk, reads + review, reads))
