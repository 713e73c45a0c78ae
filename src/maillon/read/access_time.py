"""The timestamps of access logs as microseconds: the way of Apache and nginx, ISO 8601, seconds since 1970."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.jit import njit
from maillon.read.find import word_at
from maillon.read.words import U, Word

LOCAL_WIDTH = 26
_SPACE, _DASH, _STROKE, _COLON = 32, 45, 47, 58
_SIX, _TO_ZONE, _TWO_BYTES = U(6), U(18), U(16)
_MONTHS = np.frombuffer(b"JanFebMarAprMayJunJulAugSepOctNovDec", np.uint8)
_MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)


@njit
def digits(data: NDArray[np.uint8], at: int, count: int) -> int:
    """Return the number written in `count` digits, or -1."""
    value = 0
    for i in range(at, at + count):
        digit = int(data[i]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@njit
def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """Return seconds since 1970 of a civil time, or -1 where there is no such time (days by Hinnant's algorithm)."""
    if year < 1970 or year > 2200 or month < 1 or month > 12 or day < 1:
        return -1
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day > _MONTH_DAYS[month - 1] + (1 if leap else 0):
        return -1
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 60:
        return -1
    y = year - 1 if month <= 2 else year
    era = y // 400
    of_era = y - era * 400
    shifted = month - 3 if month > 2 else month + 9
    days = era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + (153 * shifted + 2) // 5 + day - 1 - 719468
    return days * 86400 + hour * 3600 + minute * 60 + second


@njit
def _zone(data: NDArray[np.uint8], at: int, colon: int) -> int:
    """Return seconds east of UTC of `+0200` or (colon = 1) `+02:00`, or 1 << 20 where it is neither."""
    hours, minutes = digits(data, at + 1, 2), digits(data, at + 3 + colon, 2)
    if hours < 0 or hours > 23 or minutes < 0 or minutes > 59:
        return 1 << 20
    if data[at] == 43:
        return hours * 3600 + minutes * 60
    return -(hours * 3600 + minutes * 60) if data[at] == _DASH else 1 << 20


@njit
def local_time(data: NDArray[np.uint8], at: int, row: Any, hour: NDArray[np.int64]) -> bool:  # noqa: ANN401 - a row of RECORD
    """Read `10/Oct/2024:13:55:36 +0200` into the row; return False for what is no such moment since 1970.

    `hour` remembers the hour of the last one: where its text begins (-1 = none yet), its first second, its zone. Most
    lines are of the same hour as the line before.
    """
    if data[at + 14] != _COLON or data[at + 17] != _COLON:
        return False
    minute, second = digits(data, at + 15, 2), digits(data, at + 18, 2)
    if minute < 0 or minute > 59 or second < 0 or second > 60:
        return False
    if hour[0] < 0 or not _same_hour(data, U(at), U(hour[0])):
        begins, zone = _hour(data, at)
        if begins < 0:
            return False
        hour[0], hour[1], hour[2] = at, begins, zone
    seconds = hour[1] + minute * 60 + second
    zone = hour[2]
    row["at"] = (seconds - zone) * 1_000_000
    row["zone"] = zone
    return bool(seconds >= zone)


@njit
def _same_hour(data: NDArray[np.uint8], at: Word, other: Word) -> bool:
    """Tell whether `10/Oct/2024:13` and ` +0200` are the same in two timestamps."""
    return bool(
        word_at(data, at) == word_at(data, other)
        and word_at(data, at + _SIX) == word_at(data, other + _SIX)
        and word_at(data, at + _TO_ZONE) >> _TWO_BYTES == word_at(data, other + _TO_ZONE) >> _TWO_BYTES
    )


@njit
def _hour(data: NDArray[np.uint8], at: int) -> tuple[int, int]:
    """Return the first second of a timestamp's hour, as its clock shows it, and its zone; -1 for what is no hour."""
    if data[at + 2] != _STROKE or data[at + 6] != _STROKE or data[at + 11] != _COLON or data[at + 20] != _SPACE:
        return -1, 0
    month = 0
    for i in range(12):
        if data[at + 3] == _MONTHS[3 * i] and data[at + 4] == _MONTHS[3 * i + 1] and data[at + 5] == _MONTHS[3 * i + 2]:
            month = i + 1
    zone = _zone(data, at + 21, 0)
    if zone == 1 << 20:
        return -1, 0
    return _moment(digits(data, at + 7, 4), month, digits(data, at, 2), digits(data, at + 12, 2), 0, 0), zone


@njit
def iso_time(data: NDArray[np.uint8], at: int, end: int, row: Any) -> bool:  # noqa: ANN401
    """Read `2024-10-10T13:55:36.123+02:00` (fraction or not, Z, +0200) that fills [at, end) into the row."""
    if end - at < 20 or data[at + 4] != _DASH or data[at + 7] != _DASH:
        return False
    if data[at + 13] != _COLON or data[at + 16] != _COLON:
        return False
    seconds = _moment(
        digits(data, at, 4),
        digits(data, at + 5, 2),
        digits(data, at + 8, 2),
        digits(data, at + 11, 2),
        digits(data, at + 14, 2),
        digits(data, at + 17, 2),
    )
    i, micros, scale = at + 19, 0, 100_000
    if data[i] == 46:
        i += 1
        while i < end and 48 <= data[i] <= 57:
            micros += (int(data[i]) - 48) * scale
            scale //= 10
            i += 1
    zone = 0 if end - i == 1 and data[i] == 90 else 1 << 20
    if end - i == 6:
        zone = _zone(data, i, 1)
    elif end - i == 5:
        zone = _zone(data, i, 0)
    if seconds < 0 or zone == 1 << 20:
        return False
    row["at"] = (seconds - zone) * 1_000_000 + micros
    row["zone"] = zone
    return seconds >= zone


@njit
def epoch(data: NDArray[np.uint8], at: int, end: int, row: Any) -> bool:  # noqa: ANN401
    """Read `1728561336.123` that fills [at, end) into the row."""
    seconds, i = 0, at
    while i < end and 48 <= data[i] <= 57 and i - at < 11:
        seconds = seconds * 10 + int(data[i]) - 48
        i += 1
    if i == at or seconds > 7_258_118_400:
        return False
    micros, scale = 0, 100_000
    if i < end and data[i] == 46:
        for j in range(i + 1, end):
            if data[j] < 48 or data[j] > 57:
                return False
            micros += (int(data[j]) - 48) * scale
            scale //= 10
    elif i != end:
        return False
    row["at"] = seconds * 1_000_000 + micros  # the zone is another variable's, if any
    return True
