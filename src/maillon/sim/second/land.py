"""Establishments, their groups, and the wards or teams that patients are admitted to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from maillon.sim.second.draws import Column, lognormal

HOSPITAL, HOME, CARE, COUNTY = range(4)


@dataclass(frozen=True)
class Land:
    """Sites and units. Units are numbered site by site."""

    site_kind: Column
    site_group: Column  # hospital group (GHT): one identity base
    unit_site: Column
    unit_rate: Column  # mean admissions a day
    unit_stock: Column  # patients present, or known, when the history begins

    @cached_property
    def first_unit(self) -> Column:
        """The first unit of each site, and one more for the end."""
        return np.searchsorted(self.unit_site, np.arange(len(self.site_kind) + 1))


def build(rng: np.random.Generator, accounts: int) -> Land:
    """Draw a region large enough for so many accounts."""
    hospitals, homes = max(3, accounts // 170), max(4, accounts // 18)
    teams, counties = max(2, accounts // 75), max(1, accounts // 4000)
    weights = lognormal(rng, 1.0, 1.0, hospitals)  # one university hospital beside many small ones
    wards = 1 + rng.multinomial(max(1, accounts * 7 // 100), weights / weights.sum())
    kind = np.repeat([HOSPITAL, HOME, CARE, COUNTY], [hospitals, homes, teams, counties])
    units = np.concatenate([wards, np.ones(homes + teams + counties, np.int64)])
    groups = max(1, hospitals // 6)
    site_group = np.concatenate([np.arange(hospitals) % groups, rng.integers(0, groups, homes + teams + counties)])
    unit_site = np.repeat(np.arange(len(kind)), units)
    rate, stock = _flows(rng, kind[unit_site])
    return Land(kind.astype(np.uint8), site_group, unit_site, rate, stock)


def _flows(rng: np.random.Generator, kind: Column) -> tuple[Column, Column]:
    """Draw admissions a day and patients present for units of the given kinds."""
    count = len(kind)
    ward = np.minimum(rng.gamma(0.9, 2.4, count) + 0.15, 15.0)
    emergency = rng.random(count) < 0.05
    ward = np.where(emergency, rng.uniform(18, 60, count), ward)
    rates = (ward, rng.uniform(0.03, 0.15, count), rng.uniform(0.2, 1.5, count), rng.uniform(3, 10, count))
    stocks = (
        rng.integers(8, 60, count),
        rng.integers(40, 110, count),
        rng.integers(60, 400, count),
        rng.integers(500, 4000, count),
    )
    return np.choose(kind, rates), np.choose(kind, stocks)
