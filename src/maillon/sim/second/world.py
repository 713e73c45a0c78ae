"""Everything that is drawn before anybody logs in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from maillon.sim.second import bases, happenings, land, lines, staff, throng
from maillon.sim.second.almanac import Almanac
from maillon.sim.second.draws import Column, stream

_FIRST_MONDAY, _MONDAYS = date(2022, 1, 3), 200


@dataclass(frozen=True)
class World:
    """A region before its log."""

    seed: int
    almanac: Almanac
    land: land.Land
    throng: throng.Throng
    bases: bases.Bases
    staff: staff.Staff
    away: Column  # (accounts, days)
    happenings: happenings.Happenings
    lines: lines.Lines


def build(seed: int, accounts: int, days: int) -> World:
    """Draw a region."""
    rng = stream(seed, "world")
    almanac = Almanac(_FIRST_MONDAY + timedelta(weeks=int(rng.integers(_MONDAYS))), days)
    places = land.build(stream(seed, "land"), accounts)
    patients = throng.build(stream(seed, "throng"), places, days)
    people = staff.build(seed, places, accounts, almanac)
    return World(
        seed=seed,
        almanac=almanac,
        land=places,
        throng=patients,
        bases=bases.build(seed, patients, almanac),
        staff=people,
        away=staff.absences(seed, people, almanac),
        happenings=happenings.build(seed, places, people, almanac),
        lines=lines.build(seed, places, accounts, almanac),
    )
