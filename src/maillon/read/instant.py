"""Instants as logs write them: RFC 3339 and its cousins, the web servers' own form, seconds since 1970."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

LOCAL = 1 << 20
"""In place of a zone: the time was written as local time without one; `at` is then the local clock's reading."""
EPOCH = 1 << 21
"""In place of a zone: seconds since 1970 UTC, so the instant is known and the zone is not."""

_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)  # noqa: SIM905
}
_ZONE = r"(Z|z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?"
_ISO = re.compile(
    r"([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]{1,12}))? ?" + _ZONE
)
_COMMON = re.compile(r"\[?([0-9]{2})/([A-Za-z]{3})/([0-9]{4}):([0-9]{2}):([0-9]{2}):([0-9]{2}) ?" + _ZONE + r"\]?")
_NUMBER = re.compile(r"([0-9]{9,20})(?:\.([0-9]{1,12}))?")
_FIRST_DAY = date(1970, 1, 1).toordinal()
_MICROS = 1_000_000
_YEAR_2000 = 946_684_800 * _MICROS  # a smaller number of seconds is a duration or a mistake
_YEAR_2200 = 7_258_118_400 * _MICROS


def instant(value: object) -> tuple[int, int] | None:
    """Return (microseconds since 1970, seconds east of UTC) of a JSON value, or None where it is no time.

    Numbers are seconds, milli-, micro- or nanoseconds since 1970, told by their size. The second part is LOCAL or
    EPOCH where no zone was written.
    """
    if isinstance(value, str):
        return instant_of_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _epoch(value)


@lru_cache(maxsize=1 << 15)
def instant_of_text(text: str) -> tuple[int, int] | None:
    """Return the same of a text. Remembered: many lines of a log share their second."""
    if found := _ISO.fullmatch(text):
        year, month, day, hour, minute, second, fraction, zone = found.groups()
        micros = int((fraction or "0")[:6].ljust(6, "0"))
        return _civil(int(year), int(month), int(day), int(hour), int(minute), int(second), micros, zone)
    if found := _COMMON.fullmatch(text):
        day, name, year, hour, minute, second, zone = found.groups()
        month = _MONTHS.get(name.lower(), 0)
        return _civil(int(year), month, int(day), int(hour), int(minute), int(second), 0, zone)
    if found := _NUMBER.fullmatch(text):
        whole, fraction = found.groups()
        if fraction is None or len(whole) > 11:  # a fraction of a millisecond is below what is kept
            return _epoch(int(whole))
        at = int(whole) * _MICROS + int(fraction[:6].ljust(6, "0"))
        return (at, EPOCH) if _YEAR_2000 <= at < _YEAR_2200 else None
    return None


def _epoch(value: float) -> tuple[int, int] | None:
    if not 0 < value < 1e20:
        return None
    for ceiling, numerator, divisor in ((1e11, _MICROS, 1), (1e14, 1000, 1), (1e17, 1, 1), (1e20, 1, 1000)):
        if value < ceiling:
            at = value * numerator // divisor if isinstance(value, int) else round(value * numerator / divisor)
            return (at, EPOCH) if _YEAR_2000 <= at < _YEAR_2200 else None
    return None


def _civil(
    year: int, month: int, day: int, hour: int, minute: int, second: int, micros: int, zone: str | None
) -> tuple[int, int] | None:
    if hour > 23 or minute > 59 or second > 60 or not 1970 <= year < 2200:  # 60: a leap second
        return None
    try:
        days = date(year, month, day).toordinal() - _FIRST_DAY
    except ValueError:
        return None
    at = (days * 86_400 + hour * 3600 + minute * 60 + second) * _MICROS + micros
    if not zone:
        return at, LOCAL
    if zone in {"Z", "z", "UTC"}:
        return at, 0
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or "0")
    if hours > 23 or minutes > 59:
        return None
    offset = (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)
    return at - offset * _MICROS, offset
