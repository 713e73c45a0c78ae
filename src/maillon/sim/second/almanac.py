"""The days of the period: French clock changes, bank holidays, school holidays, ends of months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import numpy as np

from maillon.sim.second.draws import Column

DAY = 86_400_000_000  # microseconds
HOUR = 3_600_000_000
_EPOCH = date(1970, 1, 1)
_FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_MOVABLE = (1, 39, 50)  # days after Easter: Easter Monday, Ascension, Whit Monday
# The three school zones together, rounded: a hospital recruits from all around it.
_SCHOOL = (((1, 1), (1, 5)), ((2, 8), (3, 9)), ((4, 6), (5, 4)), ((7, 6), (8, 31)), ((10, 19), (11, 2)))
_CHRISTMAS = (12, 20)


@dataclass(frozen=True)
class Almanac:
    """`days` local days from `first` on, in the zone Europe/Paris."""

    first: date
    days: int

    @cached_property
    def dates(self) -> list[date]:
        """The days, in order."""
        return [self.first + timedelta(days=day) for day in range(self.days)]

    @cached_property
    def weekday(self) -> Column:
        """0 = Monday, for each day."""
        return np.array([day.weekday() for day in self.dates])

    @cached_property
    def bank_holiday(self) -> Column:
        """Whether each day is a bank holiday."""
        return np.array([_is_bank_holiday(day) for day in self.dates])

    @cached_property
    def school_holiday(self) -> Column:
        """Whether each day falls in school holidays."""
        return np.array(
            [
                (day.month, day.day) >= _CHRISTMAS or any(a <= (day.month, day.day) <= b for a, b in _SCHOOL)
                for day in self.dates
            ]
        )

    @cached_property
    def month_edge(self) -> Column:
        """Whether each day is among the last two or first three of a month: statistics are due."""
        return np.array([day.day <= 3 or (day + timedelta(days=2)).month != day.month for day in self.dates])

    @cached_property
    def start(self) -> int:
        """The first local midnight, microseconds since 1970 UTC."""
        return int(self.utc(np.zeros(1, np.int64))[0])

    @cached_property
    def end(self) -> int:
        """The local midnight after the last day."""
        return int(self.utc(np.full(1, self.days * DAY))[0])

    def utc(self, local: Column) -> Column:
        """Return the instants of local times, counted in microseconds from the first local midnight."""
        naive = (self.first - _EPOCH).days * DAY + np.asarray(local)
        at: Column = naive - self.zone(naive - HOUR) * 1_000_000
        return at

    def local(self, at: Column) -> Column:
        """Return local microseconds from the first local midnight: the inverse of `utc`."""
        local: Column = at + self.zone(at) * 1_000_000 - (self.first - _EPOCH).days * DAY
        return local

    def zone(self, at: Column) -> Column:
        """Return seconds east of UTC at each instant: 3600, in summer 7200 (directive 2000/84/EC)."""
        return np.where(np.searchsorted(self._changes, at, "right") % 2 == 1, 7200, 3600)

    @cached_property
    def _changes(self) -> Column:
        years = range(self.first.year - 1, self.dates[-1].year + 2)
        return np.array([_last_sunday_at_one(year, month) for year in years for month in (3, 10)])


def _last_sunday_at_one(year: int, month: int) -> int:
    last = date(year, month, 31)
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    return int(datetime(year, month, sunday.day, 1, tzinfo=UTC).timestamp()) * 1_000_000


def _is_bank_holiday(day: date) -> bool:
    easter = _easter(day.year)
    return (day.month, day.day) in _FIXED or (day - easter).days in _MOVABLE


def _easter(year: int) -> date:
    """Western Easter (Gregorian computus)."""
    golden, century = year % 19, year // 100
    epact = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    moon = epact - (epact // 28) * (1 - (29 // (epact + 1)) * ((21 - golden) // 11))
    offset = moon - (year + year // 4 + moon + 2 - century + century // 4) % 7
    month = 3 + (offset + 40) // 44
    return date(year, month, offset + 28 - 31 * (month // 4))
