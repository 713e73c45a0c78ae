"""French local time: the period of a region, its offsets from UTC and its public holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARIS = ZoneInfo("Europe/Paris")
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR


@dataclass(frozen=True)
class Period:
    """Whole local days, the first at `start`. Times are microseconds: `wall` as a clock on the wall shows, `at` UTC."""

    start: date
    days: int

    @cached_property
    def first_wall(self) -> int:
        """The first midnight, as the wall shows it."""
        return (self.start - date(1970, 1, 1)).days * DAY

    @cached_property
    def first(self) -> int:
        """The first moment, UTC."""
        return int(self.to_utc(np.array([self.first_wall]))[0])

    @cached_property
    def end(self) -> int:
        """The first moment after the last day, UTC."""
        return int(self.to_utc(np.array([self.first_wall + self.days * DAY]))[0])

    @cached_property
    def _changes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Moments (UTC) at which the offset changes around the period; offsets in seconds before, between and after."""
        moment = datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC) - timedelta(days=2)
        offsets = [_offset(moment)]
        moments: list[int] = []
        for _ in range((self.days + 4) * 24):
            moment += timedelta(hours=1)
            if _offset(moment) != offsets[-1]:
                offsets.append(_offset(moment))
                moments.append(int(moment.timestamp()) * SECOND)
        return np.array(moments, np.int64), np.array(offsets, np.int64)

    def zone(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return seconds east of UTC at each moment."""
        moments, offsets = self._changes
        return offsets[np.searchsorted(moments, at, side="right")]

    def to_utc(self, wall: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the moments of wall times; one that the clock skips or shows twice is taken at the offset before."""
        moments, offsets = self._changes
        threshold = moments + offsets[:-1] * SECOND
        return wall - offsets[np.searchsorted(threshold, wall, side="right")] * SECOND

    def dates(self) -> list[date]:
        """Return the days of the period."""
        return [self.start + timedelta(days=day) for day in range(self.days)]

    def quiet_days(self) -> NDArray[np.bool_]:
        """Tell of each day whether it is a Saturday, a Sunday or a public holiday."""
        return np.array([day.weekday() >= 5 or day in public_holidays(day.year) for day in self.dates()], np.bool_)

    def weekdays(self) -> NDArray[np.int64]:
        """Return the weekday of each day, Monday = 0."""
        return np.array([day.weekday() for day in self.dates()], np.int64)


def _offset(moment: datetime) -> int:
    shift = moment.astimezone(PARIS).utcoffset()
    assert shift is not None
    return int(shift.total_seconds())


def easter(year: int) -> date:
    """Return Easter Sunday (anonymous Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)


def public_holidays(year: int) -> set[date]:
    """Return the public holidays of mainland France (code du travail, art. L3133-1)."""
    sunday = easter(year)
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    movable = (1, 39, 50)
    return {date(year, *day) for day in fixed} | {sunday + timedelta(days=days) for days in movable}
