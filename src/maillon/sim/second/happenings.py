"""What makes a day unlike the others for many honest people at once, or for one of them for some days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maillon.sim.second.almanac import Almanac
from maillon.sim.second.draws import Column, log_between, stream
from maillon.sim.second.land import HOSPITAL, Land
from maillon.sim.second.staff import Staff
from maillon.sim.second.trades import CODER, DIRECTOR, OFFICER, ROBOT, SOCIAL

USUAL, IN_ORDER, WHOLE_HOUSE, LISTS, EXPORTS = range(5)  # how a bulk day looks at patients


@dataclass(frozen=True)
class Crisis:
    """An epidemic or a white plan: every account of some sites surges."""

    sites: Column
    first: int
    last: int
    factor: float


@dataclass(frozen=True)
class Happenings:
    """`boost` and `manner` are (accounts, days)."""

    boost: Column  # factor on the volume of the day; 0 = the service was down
    manner: Column
    crises: tuple[Crisis, ...]


def build(seed: int, land: Land, staff: Staff, almanac: Almanac) -> Happenings:
    """Draw crises, outages, campaigns, audits and statistics."""
    rng = stream(seed, "happenings")
    boost = np.ones((len(staff), almanac.days), np.float32)
    manner = np.zeros((len(staff), almanac.days), np.uint8)
    crises = _crises(rng, land, almanac)
    site = land.unit_site[staff.unit]
    for crisis in crises:
        struck = np.flatnonzero(np.isin(site, crisis.sites) & (staff.role != ROBOT))
        own = crisis.factor * rng.lognormal(0.0, 0.4, len(struck))
        boost[struck, crisis.first : crisis.last + 1] *= own[:, None]
    _campaigns(rng, land, staff, boost, manner)
    _own_bulk(rng, staff, almanac, boost, manner)
    _outages(rng, almanac, boost)
    return Happenings(boost, manner, crises)


def _crises(rng: np.random.Generator, land: Land, almanac: Almanac) -> tuple[Crisis, ...]:
    """Draw at least one crisis in the last third, and up to three before."""
    hospitals = np.flatnonzero(land.site_kind == HOSPITAL)
    late = int(rng.integers(almanac.days * 2 // 3, almanac.days - 3))
    found = []
    for first in [late, *rng.integers(0, almanac.days - 3, rng.integers(0, 4)).tolist()]:
        epidemic = rng.random() < 0.6
        length = int(rng.integers(4, 12) if epidemic else rng.integers(1, 3))
        reach = max(1, int(len(hospitals) * (rng.uniform(0.3, 0.9) if epidemic else rng.uniform(0.02, 0.15))))
        factor = log_between(rng, 1.3, 2.5) if epidemic else log_between(rng, 2.0, 6.0)
        sites = rng.choice(hospitals, reach, replace=False)
        found.append(Crisis(sites, first, min(first + length, almanac.days) - 1, factor))
    return tuple(found)


def _campaigns(rng: np.random.Generator, land: Land, staff: Staff, boost: Column, manner: Column) -> None:
    """Vaccination, certification: some people of one site go through everybody present, for a week or two."""
    days, site = boost.shape[1], land.unit_site[staff.unit]
    for place in np.unique(site).tolist():
        if rng.random() > days / 400:  # about one a year and site
            continue
        people = np.flatnonzero((site == place) & (staff.role != ROBOT))
        chosen = people[rng.random(len(people)) < 0.06]
        first, length = int(rng.integers(0, days)), int(rng.integers(4, 15))
        boost[chosen, first : first + length] *= np.float32(log_between(rng, 2, 8))
        manner[chosen, first : first + length] = WHOLE_HOUSE


def _own_bulk(rng: np.random.Generator, staff: Staff, almanac: Almanac, boost: Column, manner: Column) -> None:
    """Coding rushes, waiting-list reviews, audits, month-end statistics: one account at a time."""
    days = almanac.days
    for role, rate, kind, longest, low, high in (
        (CODER, 0.025, IN_ORDER, 7, 2.0, 9.0),  # activity must be sent each month: coders catch up in order
        (DIRECTOR, 0.020, LISTS, 2, 3.0, 20.0),  # a bed falls free: the whole waiting list is gone through
        (SOCIAL, 0.012, LISTS, 2, 2.0, 10.0),
        (OFFICER, 0.020, LISTS, 4, 2.0, 8.0),
        (-1, 0.0012, IN_ORDER, 3, 5.0, 30.0),  # audits, duplicates hunted: any trade, seldom
    ):
        people = np.flatnonzero(staff.role == role if role >= 0 else staff.role != ROBOT)
        for account in people[rng.random(len(people)) < 1 - np.exp(-rate * days)].tolist():
            first, length = int(rng.integers(0, days)), int(rng.integers(1, longest + 1))
            boost[account, first : first + length] *= np.float32(log_between(rng, low, high))
            manner[account, first : first + length] = kind
    exporting = np.flatnonzero(np.isin(staff.role, (OFFICER, CODER)) & (rng.random(len(staff)) < 0.5))
    edges = np.flatnonzero(almanac.month_edge)
    manner[np.ix_(exporting, edges)] = EXPORTS


def _outages(rng: np.random.Generator, almanac: Almanac, boost: Column) -> None:
    """The service is down for most of a day; the next day is spent catching up."""
    for day in rng.integers(0, almanac.days - 1, rng.integers(0, 3)).tolist():
        boost[:, day] *= np.float32(rng.uniform(0.05, 0.4))
        boost[:, day + 1] *= np.float32(rng.uniform(1.3, 1.9))
