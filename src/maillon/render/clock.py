"""Moments as people and programs write them, on the clock of where they happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

_DAY_S = 86_400


def moment(at: int, zone: int) -> datetime:
    """Return microseconds since 1970 as a moment with its own offset."""
    local = timezone(timedelta(seconds=zone)) if zone else UTC
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(local)


def to_the_minute(at: int, zone: int) -> str:
    """Return a moment on the local clock, to the minute."""
    return moment(at, zone).strftime("%Y-%m-%d %H:%M")


def local_day(at: int, zone: int) -> tuple[str, float]:
    """Return the local date and how much of that day had passed."""
    when = moment(at, zone)
    return when.date().isoformat(), (when.hour * 3600 + when.minute * 60 + when.second) / _DAY_S
