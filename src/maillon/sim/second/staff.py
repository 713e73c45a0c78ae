"""The accounts: whose they are, where they work, how much they use the services, when they are away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maillon.sim.second.almanac import Almanac
from maillon.sim.second.draws import Column, lognormal, stream
from maillon.sim.second.land import COUNTY, HOSPITAL, Land
from maillon.sim.second.trades import INTERN, OFFICE, ROBOT, TRADES, column

_ROTATION = ((5, 2), (11, 2))  # interns change posts in early May and early November


@dataclass
class Staff:
    """One entry an account. `names` and `role` carry what the shared value type asks of people."""

    names: list[str]
    role: Column  # row of TRADES
    unit: Column
    second_unit: Column  # where somebody works on the days of `second_days`; the same unit for most
    second_days: Column  # bits of weekdays
    days_off: Column  # bits of weekdays never worked
    moves_on: Column  # day from which the ward belongs to `moved_unit`'s establishment; beyond the period for most
    moved_unit: Column
    level: Column  # mean patients opened on a day of use
    use: Column  # share of duty days with use
    pace: Column  # factor on the time between two pages
    from_home: Column
    joins: Column  # first day
    leaves: Column  # day after the last
    shift: Column  # row of SHIFTS
    piece: Column  # usual piece of the shift, for those who keep one (nights above all)
    shared: Column  # two people behind one log-in
    weekend: Column  # share of weekends worked

    def __len__(self) -> int:
        return len(self.names)

    def unit_on(self, account: Column, day: Column, almanac: Almanac) -> Column:
        """Return the unit where each account works on a day."""
        away = (self.second_days[account] >> almanac.weekday[day]) & 1
        unit = np.where(away == 1, self.second_unit[account], self.unit[account])
        return np.where(day >= self.moves_on[account], self.moved_unit[account], unit)


def build(seed: int, land: Land, accounts: int, almanac: Almanac) -> Staff:
    """Draw the accounts of a region."""
    rng = stream(seed, "staff")
    role = rng.choice(len(TRADES), accounts, p=column("share") / column("share").sum())
    unit = _units(rng, land, role)
    mean_use = column("use")[role]
    part_time = rng.random(accounts) < column("part_time")[role]
    two_places = (rng.random(accounts) < 0.04) & (role != ROBOT)
    joins, leaves = _stays(rng, role, almanac)
    shift = column("shift")[role]
    keeps_piece = rng.random(accounts) < 0.3  # permanent nights, permanent mornings
    moves_on, moved_unit = _reorganisations(rng, land, unit, almanac)
    return Staff(
        names=[f"{TRADES[trade].name}-{index:05d}" for index, trade in enumerate(role.tolist())],
        role=role,
        unit=unit,
        second_unit=np.where(two_places, _units(rng, land, role), unit),
        second_days=np.where(two_places, rng.choice([0b00010, 0b01010, 0b10100, 0b00001], accounts), 0),
        days_off=np.where(part_time, rng.choice([0b00100, 0b10000, 0b00001, 0b10100, 0b00110], accounts), 0),
        moves_on=moves_on,
        moved_unit=moved_unit,
        level=np.minimum(lognormal(rng, column("reads")[role], column("spread")[role], accounts), 1_500.0),
        use=rng.beta(2.2 * mean_use, 2.2 * (1 - mean_use)),
        pace=lognormal(rng, 1.0, 0.45, accounts),
        from_home=np.minimum(rng.gamma(0.6, 1 / 0.6, accounts) * column("from_home")[role], 0.8),
        joins=joins,
        leaves=leaves,
        shift=shift,
        piece=np.where(keeps_piece & (shift != OFFICE), rng.integers(0, 3, accounts), -1),
        shared=(rng.random(accounts) < 0.03) & (role != ROBOT),
        weekend=np.where(
            shift == OFFICE, rng.choice([0.0, 0.0, 0.03, 0.15], accounts), rng.uniform(0.2, 0.6, accounts)
        ),
    )


def _units(rng: np.random.Generator, land: Land, role: Column) -> Column:
    """Draw a unit of the right kind for each account; wards differ in staff."""
    kind = land.site_kind[land.unit_site]
    drawn = np.zeros(len(role), np.int64)
    for place in range(HOSPITAL, COUNTY + 1):
        units, mine = np.flatnonzero(kind == place), column("place")[role] == place
        weights = rng.lognormal(0.0, 0.5, len(units))
        drawn[mine] = rng.choice(units, int(mine.sum()), p=weights / weights.sum())
    return drawn


def _stays(rng: np.random.Generator, role: Column, almanac: Almanac) -> tuple[Column, Column]:
    """Draw the first day and the day after the last: hires, departures, interns, and log-ins left behind."""
    count, days = len(role), almanac.days
    joins, leaves = np.zeros(count, np.int64), np.full(count, days)
    hired, gone = rng.random(count) < days * 0.0007, rng.random(count) < days * 0.0006
    joins[hired] = rng.integers(1, days, int(hired.sum()))
    leaves[gone] = rng.integers(1, days, int(gone.sum()))
    abandoned = (rng.random(count) < 0.04) & (role != ROBOT)
    leaves[abandoned] = rng.integers(1, max(2, days * 3 // 10), int(abandoned.sum()))
    for day, today in enumerate(almanac.dates):
        if (today.month, today.day) in _ROTATION:
            first_half = rng.random(count) < 0.5
            leaves[(role == INTERN) & first_half] = day
            joins[(role == INTERN) & ~first_half] = day
    return joins, leaves


def _reorganisations(rng: np.random.Generator, land: Land, unit: Column, almanac: Almanac) -> tuple[Column, Column]:
    """Move some wards to another hospital on one day: same people, other patients, other network."""
    day, moved = np.full(len(unit), almanac.days + 1), unit.copy()
    wards = np.flatnonzero(land.site_kind[land.unit_site] == HOSPITAL)
    for ward in rng.choice(wards, max(1, len(wards) // 120), replace=False).tolist():
        elsewhere = wards[land.unit_site[wards] != land.unit_site[ward]]
        mine = unit == ward
        day[mine], moved[mine] = rng.integers(5, almanac.days), rng.choice(elsewhere)
    return day, moved


def absences(seed: int, staff: Staff, almanac: Almanac) -> Column:
    """Return (accounts, days): whether each is on holiday, ill or in training."""
    rng = stream(seed, "absences")
    count, days = len(staff), almanac.days
    edges = np.zeros((count, days + 1), np.int16)
    weights = np.where(almanac.school_holiday, 3.0, 1.0)  # leave follows the children's
    for length, rate in ((1, 0.020), (3, 0.006), (5, 0.010), (12, 0.006), (19, 0.0025)):
        blocks = rng.poisson(rate * days * weights.mean() / 1.5 * count)
        who, first = rng.integers(0, count, blocks), rng.choice(days, blocks, p=weights / weights.sum())
        np.add.at(edges, (who, first), 1)
        np.add.at(edges, (who, np.minimum(first + length, days)), -1)
    away: Column = np.cumsum(edges[:, :-1], axis=1) > 0
    away[staff.role == ROBOT] = False
    return away
