"""Which patient is opened: one followed for weeks, a newcomer, an old file, the ward next door, anybody, the next."""

from __future__ import annotations

import numpy as np

from maillon.sim.second.draws import Column, share, zipf
from maillon.sim.second.happenings import IN_ORDER, LISTS, WHOLE_HOUSE
from maillon.sim.second.trades import ROBOT, TRADES, column
from maillon.sim.second.volumes import Visits
from maillon.sim.second.world import World

PANEL, NEW, OLD, HOUSE, ANYWHERE, NEXT = range(6)
_REVIEW = np.array([0.25, 0.30, 0.10, 0.05, 0.30])  # a waiting list: candidates of everywhere


def choose(rng: np.random.Generator, world: World, visits: Visits, visit: Column, second: Column) -> Column:
    """Return the patient of each read. `second` marks reads of the second person behind a shared log-in."""
    account, day = visits.account[visit], visits.day[visit]
    manner, role = visits.manner[visit], world.staff.role[account]
    unit = world.staff.unit_on(account, day, world.almanac)
    mode = _modes(rng, role, manner)
    patient = np.zeros(len(visit), np.int64)
    for kind, pick in ((PANEL, _panel), (NEW, _new), (OLD, _old), (HOUSE, _house), (ANYWHERE, _anywhere)):
        rows = np.flatnonzero(mode == kind)
        patient[rows] = pick(rng, world, account[rows] * 2 + second[rows], unit[rows], day[rows])
    rows = np.flatnonzero(mode == NEXT)
    if len(rows):
        ordinal = rows - np.searchsorted(visit, visit[rows])
        patient[rows] = _next(world, account[rows], unit[rows], day[rows], ordinal)
    return patient


def _modes(rng: np.random.Generator, role: Column, manner: Column) -> Column:
    cumulated = np.cumsum(column("modes"), axis=1)
    drawn = rng.random(len(role))
    mode = (drawn[:, None] > cumulated[role][:, :-1]).sum(axis=1)
    mode = np.where(manner == LISTS, (drawn[:, None] > np.cumsum(_REVIEW)[:-1]).sum(axis=1), mode)
    told = rng.random(len(role)) < 0.85
    mode = np.where((manner == WHOLE_HOUSE) & told, HOUSE, mode)
    return np.where(((manner == IN_ORDER) & told) | (role == ROBOT), NEXT, mode)


def _at(world: World, unit: Column, rank: Column) -> Column:
    return world.throng.first[unit] + rank


def _panel(rng: np.random.Generator, world: World, person: Column, unit: Column, day: Column) -> Column:
    """Zipf over the places of a panel; each place keeps its patient for a while, then takes one admitted lately."""
    role = world.staff.role[person >> 1]
    scale = 0.5 + share(world.seed, 30, person)
    size = np.maximum((np.array([trade.panel for trade in TRADES])[role] * scale).astype(np.int64), 3)
    place = zipf(rng, size)
    turnover = column("turnover")[role] * (0.3 + 1.4 * share(world.seed, 31, person, place))
    phase = share(world.seed, 32, person, place) * turnover
    term = np.floor((day + phase) / turnover)
    born = (term * turnover - phase).astype(np.int64)
    known = world.throng.by(unit, born)
    span = np.minimum(known, (world.land.unit_rate[unit] * 20).astype(np.int64) + 8)
    back = (span * share(world.seed, 33, person, place, term.astype(np.int64)) ** 1.5).astype(np.int64)
    return _at(world, unit, np.maximum(known - 1 - back, 0))


def _new(rng: np.random.Generator, world: World, _person: Column, unit: Column, day: Column) -> Column:
    known = world.throng.by(unit, day)
    back = rng.exponential(1.0, len(unit)) * (world.land.unit_rate[unit] + 0.7)
    return _at(world, unit, np.maximum(known - 1 - back.astype(np.int64), 0))


def _old(rng: np.random.Generator, world: World, _person: Column, unit: Column, day: Column) -> Column:
    known = world.throng.by(unit, day)
    return _at(world, unit, (known * rng.random(len(unit))).astype(np.int64))


def _house(rng: np.random.Generator, world: World, _person: Column, unit: Column, day: Column) -> Column:
    site, first = world.land.unit_site[unit], world.land.first_unit
    near = first[site] + (rng.random(len(unit)) * (first[site + 1] - first[site])).astype(np.int64)
    known = world.throng.by(near, day)
    span = np.minimum(known, (world.land.unit_rate[near] * 25).astype(np.int64) + 30)
    return _at(world, near, known - 1 - (span * rng.random(len(unit)) ** 2).astype(np.int64))


def _anywhere(rng: np.random.Generator, world: World, person: Column, unit: Column, day: Column) -> Column:
    return _old(rng, world, person, rng.integers(0, len(world.land.unit_rate), len(unit)), day)


def _next(world: World, account: Column, unit: Column, day: Column, ordinal: Column) -> Column:
    """Go through the establishment's own list in order of its numbers, each day from another place."""
    throng, site = world.throng, world.land.unit_site[unit]
    known = throng.site_known[
        site, np.minimum(day, world.almanac.days - 1) + (throng.known.shape[1] - world.almanac.days)
    ]
    start = (known * (0.3 + 0.65 * share(world.seed, 34, account, day))).astype(np.int64)
    patient: Column = throng.site_order[throng.site_first[site] + (start + ordinal) % known]
    return patient
