"""How many patients each account opens on each day: heavy tails, drifts, seasons, rotas, bulk days."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from maillon.sim.second.draws import Column
from maillon.sim.second.happenings import EXPORTS, USUAL
from maillon.sim.second.trades import BATCH, OFFICE, ROBOT, column
from maillon.sim.second.world import World

_MOST = 600  # patients that one person can open in a day: one in 45 seconds without a break


class Visits(NamedTuple):
    """One entry an account and day of use."""

    account: Column
    day: Column
    reads: Column
    manner: Column


def visits(rng: np.random.Generator, world: World, accounts: Column) -> Visits:
    """Draw the days of use of some accounts."""
    staff, days = world.staff, world.almanac.days
    role, boost = staff.role[accounts], world.happenings.boost[accounts]
    manner = world.happenings.manner[accounts]
    duty = on_duty(rng, world, accounts)
    bulk = (manner != USUAL) & (manner != EXPORTS)
    use = 1 - (1 - staff.use[accounts, None]) ** np.maximum(boost, 0.3)
    used = duty & (rng.random(duty.shape) < np.where(bulk, 0.95, use))
    mean = staff.level[accounts, None] * _drift(rng, len(accounts), days) * _season(world) * boost
    burst = column("burst")[role][:, None]
    drawn = rng.poisson(rng.gamma(np.broadcast_to(burst, mean.shape), mean / burst))
    fixed = np.broadcast_to(np.round(staff.level[accounts])[:, None], mean.shape)
    reads = np.where((role == ROBOT)[:, None], fixed, np.minimum(drawn, _MOST)).astype(np.int64)
    row, day = np.nonzero(used)
    return Visits(accounts[row], day, reads[row, day], manner[row, day])


def on_duty(rng: np.random.Generator, world: World, accounts: Column) -> Column:
    """Draw (accounts, days): who is at work."""
    staff, almanac = world.staff, world.almanac
    shift = staff.shift[accounts][:, None]
    days = np.arange(almanac.days)
    weekend = (almanac.weekday >= 5) | almanac.bank_holiday
    chance = rng.random((len(accounts), almanac.days))
    office = np.where(weekend, chance < staff.weekend[accounts][:, None] * 0.3, chance < 0.98)
    rota = chance < np.where(weekend, staff.weekend[accounts][:, None], 0.62)  # twelve-hour days: three or four a week
    present = np.where(shift == OFFICE, office, rota) | (shift == BATCH)
    present &= ((staff.days_off[accounts][:, None] >> almanac.weekday) & 1) == 0
    present &= (days >= staff.joins[accounts][:, None]) & (days < staff.leaves[accounts][:, None])
    at_work: Column = present & ~world.away[accounts]
    return at_work


def _drift(rng: np.random.Generator, count: int, days: int) -> Column:
    """Let habits wander from week to week: a random walk of the logarithm, and now and then a lasting step."""
    weeks = days // 7 + 1
    steps = rng.normal(0.0, 0.11, (count, weeks))
    steps += rng.normal(0.0, 0.7, (count, weeks)) * (rng.random((count, weeks)) < 0.012)
    return np.repeat(np.exp(np.cumsum(steps, axis=1)), 7, axis=1)[:, :days]


def _season(world: World) -> Column:
    """Mondays are full, Fridays short; school holidays quieter; each region has its winter."""
    weekday = np.array([1.18, 1.05, 0.98, 1.02, 0.86, 0.6, 0.55])[world.almanac.weekday]
    month = np.array([day.month for day in world.almanac.dates])
    winter = np.where(np.isin(month, (12, 1, 2)), 1.12, 1.0)
    return weekday * winter * np.where(world.almanac.school_holiday, 0.93, 1.0)
