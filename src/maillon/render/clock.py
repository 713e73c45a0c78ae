"""Moments as people and programs write them, on the clock of where they happened."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

_DAY_S = 86_400
_MONTHS = {
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


def moment(at: int, zone: int) -> datetime:
    """Return microseconds since 1970 as a moment with its own offset (UTC where the offset is not of whole minutes)."""
    sound = zone % 60 == 0 and abs(zone) < _DAY_S
    local = timezone(timedelta(seconds=zone)) if zone and sound else UTC
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(local)


def rfc3339(at: int, zone: int) -> str:
    """Return a moment as programs exchange it."""
    return moment(at, zone).isoformat()


def to_the_minute(at: int, zone: int, lang: str) -> str:
    """Return a moment on the local clock, with its year: `8 mars 2026 10:08`."""
    when = moment(at, zone)
    return f"{_day(when, lang)} {when.year} {when:%H:%M}"


def short(at: int, zone: int, lang: str) -> str:
    """Return a moment on the local clock, without its year: `8 mars 10:08`."""
    when = moment(at, zone)
    return f"{_day(when, lang)} {when:%H:%M}"


def day(iso: str, lang: str) -> str:
    """Return an ISO date as people write it, without its year."""
    return _day(date.fromisoformat(iso), lang)


def offset(at: int, zone: int) -> str:
    """Return the distance of the local clock from UTC: `UTC+01:00`."""
    return f"UTC{rfc3339(at, zone)[-6:]}" if zone else "UTC"


def local_day(at: int, zone: int) -> tuple[str, float]:
    """Return the local date and how much of that day had passed."""
    when = moment(at, zone)
    return when.date().isoformat(), (when.hour * 3600 + when.minute * 60 + when.second) / _DAY_S


def _day(when: date, lang: str) -> str:
    return f"{when.day} {_MONTHS[lang][when.month - 1]}"
