"""Times without a zone, put in the zone that the operator named; the hour that comes twice in autumn is told apart."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from maillon.facts.errors import UsageError
from maillon.read.instant import EPOCH, LOCAL

_MICROS = 1_000_000
_QUARTER = 900 * _MICROS  # every zone changes its clock on a quarter of an hour
_JITTER = 60 * _MICROS  # lines of one log may be this much out of order without the clock having been put back
_ORIGIN = datetime(1970, 1, 1)  # noqa: DTZ001 (a reading of a wall clock)


def zone_named(name: str) -> str:
    """Return the IANA zone `name`, "UTC" for none. Raises UsageError where no such zone exists."""
    try:
        ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"--tz {name!r}: there is no such time zone; write one as in Europe/Paris") from error
    return name or "UTC"


def settle(at: NDArray[np.int64], zone: NDArray[np.int64], name: str, state: dict[str, Any]) -> None:
    """Replace, in place, LOCAL and EPOCH in `zone` by seconds east of UTC, and local readings in `at` by instants.

    Rows are in the order of their source. In the hour that comes twice, a reading belongs to the first pass until
    the readings go back by more than a minute; `state` ("clock": [reading, pass]) remembers where the source stands.
    """
    for row in np.flatnonzero(zone == EPOCH):
        zone[row] = _offset_at(name, int(at[row]) // _QUARTER)
    local = np.flatnonzero(zone == LOCAL)
    if not local.size:
        return
    before, second_pass = state.get("clock", (0, 0))
    for row in local:
        reading = int(at[row])
        first, second = _offsets(name, reading // _QUARTER)
        if first <= second:  # an ordinary hour, or one that the spring skips
            second_pass = 0
        elif reading < before - _JITTER and _is_twice(name, before):
            second_pass = 1
        offset = second if second_pass else first
        at[row], zone[row] = reading - offset * _MICROS, offset
        if reading > before or reading < before - _JITTER:
            before = reading
    state["clock"] = [before, second_pass]


def _is_twice(name: str, reading: int) -> bool:
    first, second = _offsets(name, reading // _QUARTER)
    return first > second


@lru_cache(maxsize=4096)
def _offsets(name: str, quarter: int) -> tuple[int, int]:
    """Return the offsets of a local reading on the first and on the second pass; equal in ordinary hours."""
    wall = _ORIGIN + timedelta(microseconds=quarter * _QUARTER)
    zone = ZoneInfo(name)
    return _seconds(wall.replace(tzinfo=zone)), _seconds(wall.replace(tzinfo=zone, fold=1))


@lru_cache(maxsize=4096)
def _offset_at(name: str, quarter: int) -> int:
    utc = (_ORIGIN + timedelta(microseconds=quarter * _QUARTER)).replace(tzinfo=ZoneInfo("UTC"))
    return _seconds(utc.astimezone(ZoneInfo(name)))


def _seconds(moment: datetime) -> int:
    offset = moment.utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
