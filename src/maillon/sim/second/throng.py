"""The patients: who was admitted where and when, and the number that admission gave."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from maillon.sim.second.draws import Column
from maillon.sim.second.land import Land

HISTORY = 240  # days of admissions before the period
GROUP_NUMBERS = 10_000_000  # each hospital group numbers its patients in a range of its own
_GAPS = 0.88  # share of numbers followed by their successor: the others were cancelled or given to tests


@dataclass(frozen=True)
class Throng:
    """Patients are numbered unit by unit, in order of admission; the first ones were there when the history began."""

    land: Land
    known: Column  # (units, HISTORY + days): patients known to the unit by the end of each day
    first: Column  # the first patient of each unit, and the end
    number: Column  # integer given by the identity base, ascending with admission in each group

    def __len__(self) -> int:
        return len(self.number)

    def by(self, unit: Column, day: Column) -> Column:
        """Return how many patients each unit knew by a day of the period (negative: of the history)."""
        known: Column = self.known[unit, np.clip(day + HISTORY, 0, self.known.shape[1] - 1)].astype(np.int64)
        return known

    @cached_property
    def site_order(self) -> Column:
        """Patients sorted by site, then by number: what an establishment's own list shows."""
        return np.lexsort((self.number, self.site))

    @cached_property
    def site(self) -> Column:
        """The site of each patient."""
        return np.repeat(self.land.unit_site, np.diff(self.first)).astype(np.int32)

    @cached_property
    def site_first(self) -> Column:
        """The first place of each site in `site_order`."""
        return self.first[self.land.first_unit[:-1]]

    @cached_property
    def site_known(self) -> Column:
        """(sites, HISTORY + days): patients known to the site by the end of each day."""
        return np.add.reduceat(self.known, self.land.first_unit[:-1], axis=0)

    @cached_property
    def ascending(self) -> Column:
        """All numbers in order."""
        return np.sort(self.number)


def build(rng: np.random.Generator, land: Land, days: int) -> Throng:
    """Draw admissions for the history and the period."""
    units, span = len(land.unit_rate), HISTORY + days
    week = np.where(np.arange(span) % 7 >= 5, 0.6, 1.16)  # planned admissions keep the weekend free
    counts = rng.poisson(land.unit_rate[:, None] * week).astype(np.int32)
    counts[:, 0] += land.unit_stock.astype(np.int32)
    known = np.cumsum(counts, axis=1, dtype=np.int32)
    first = np.concatenate([[0], np.cumsum(known[:, -1], dtype=np.int64)])
    day = np.repeat(np.tile(np.arange(span, dtype=np.int32), units), counts.ravel())
    group = np.repeat(land.site_group[land.unit_site], known[:, -1])
    order = np.lexsort((rng.random(len(day)), day, group))
    number = np.empty(len(day), np.int64)
    number[order] = np.cumsum(rng.geometric(_GAPS, len(day)))
    starts = np.full(int(group.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(starts, group, number)
    number += (group + 1) * GROUP_NUMBERS - starts[group]
    return Throng(land, known, first, number)
