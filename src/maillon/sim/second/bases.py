"""The same patient in three services: an opaque identifier, a number by admission date, a keyed hash of the NIR."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maillon.sim.second.almanac import Almanac
from maillon.sim.second.draws import Column, stream
from maillon.sim.second.pages import IDENTITY
from maillon.sim.second.throng import GROUP_NUMBERS, Throng

NOBODY = -1


@dataclass(frozen=True)
class Bases:
    """Identifiers are indices: service * patients + patient; after them the numbers that a merged base gave."""

    patients: int
    numbers: Column  # of each identifier; -1 where it is no integer
    alias: Column  # identifier after the merger, NOBODY where the patient keeps the old one
    merger: int  # day of the merger
    ascending: Column  # identifiers of the identity service by number, as they stand after the merger

    def of(self, service: Column, patient: Column, day: Column) -> Column:
        """Return the identifier of patients in services on given days."""
        renamed = (service == IDENTITY) & (day >= self.merger) & (self.alias[patient] != NOBODY)
        return np.where(renamed, self.alias[patient], service.astype(np.int64) * self.patients + patient)

    def find(self, number: Column) -> Column:
        """Return the identifiers that bear these numbers, NOBODY where a number was given to nobody."""
        known = self.numbers[self.ascending]
        place = np.minimum(np.searchsorted(known, number), len(known) - 1)
        return np.where(known[place] == number, self.ascending[place], NOBODY)


def build(seed: int, throng: Throng, almanac: Almanac) -> Bases:
    """Merge one hospital group's base into a new one on a drawn day: all its patients are renumbered."""
    rng = stream(seed, "bases")
    patients = len(throng)
    groups = int(throng.land.site_group.max()) + 1
    group = throng.land.site_group[throng.site]
    moved = np.flatnonzero(group == rng.integers(0, groups))
    if groups == 1:  # a small region merges one establishment's base only
        moved = np.flatnonzero(throng.site == rng.integers(0, len(throng.land.site_kind)))
    renamed = np.arange(3 * patients, 3 * patients + len(moved))
    alias = np.full(patients, NOBODY)
    alias[moved[np.argsort(throng.number[moved])]] = renamed
    numbers = np.full(3 * patients + len(moved), -1)
    numbers[patients : 2 * patients] = throng.number
    numbers[3 * patients :] = (groups + 1) * GROUP_NUMBERS + np.arange(1, len(moved) + 1)
    now = np.where(alias == NOBODY, IDENTITY * patients + np.arange(patients), alias)
    return Bases(patients, numbers, alias, int(rng.integers(1, almanac.days)), now[np.argsort(numbers[now])])
