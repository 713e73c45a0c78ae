"""Indices spelled as the texts of a log: clock times, sessions, search terms. Each different one is spelled once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from maillon.sim.clock import SECOND
from maillon.sim.hashes import hashed, splitmix64
from maillon.sim.names import GIVEN, SURNAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

CHUNK = 50_000  # rows rendered at a time
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY_SECONDS = 86_400


def chunks(rows: int) -> Iterator[slice]:
    """Yield slices that cover so many rows."""
    return (slice(first, first + CHUNK) for first in range(0, rows, CHUNK))


def spelled(codes: NDArray[np.integer], spell: Callable[[int], str]) -> list[str]:
    """Return the text of each code."""
    different, place = np.unique(codes, return_inverse=True)
    table = [spell(code) for code in different.tolist()]
    return [table[index] for index in place.tolist()]


@cache
def _clock() -> list[str]:
    return [f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(_DAY_SECONDS)]


def _common_day(day: int) -> str:
    date = np.datetime64(day, "D").item()
    return f"{date.day:02}/{_MONTHS[date.month - 1]}/{date.year}:"


def _iso_day(day: int) -> str:
    return f"{np.datetime64(day, 'D')}T"


def _moments(
    at: NDArray[np.int64], zone: NDArray[np.integer], day_text: Callable[[int], str]
) -> tuple[list[str], list[str]]:
    """Return the local day and the local clock of each moment."""
    local = at // SECOND + zone
    clock = _clock()
    return spelled(local // _DAY_SECONDS, day_text), [clock[second] for second in (local % _DAY_SECONDS).tolist()]


def common_times(at: NDArray[np.int64], zone: NDArray[np.integer]) -> list[str]:
    """Return moments as web servers write them: `02/Mar/2026:08:15:30 +0100`."""
    days, clocks = _moments(at, zone, _common_day)
    zones = spelled(zone, lambda east: f" +{east // 3600:02}{east // 60 % 60:02}")
    return [day + clock + east for day, clock, east in zip(days, clocks, zones, strict=True)]


def iso_times(at: NDArray[np.int64], zone: NDArray[np.integer]) -> list[str]:
    """Return moments by RFC 3339, to the microsecond: `2026-03-02T08:15:30.123456+01:00`."""
    days, clocks = _moments(at, zone, _iso_day)
    zones = spelled(zone, lambda east: f"+{east // 3600:02}:{east // 60 % 60:02}")
    micros = (at % SECOND).tolist()
    return [
        f"{day}{clock}.{micro:06}{east}" for day, clock, micro, east in zip(days, clocks, micros, zones, strict=True)
    ]


def uuid_text(kind: str, index: int, salt: int = 0) -> str:
    """Return an identifier as identity providers make them."""
    high = hashed(kind, np.array([index]))
    low = splitmix64(high + np.uint64(salt))
    text = f"{int(high[0]):016x}{int(low[0]):016x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def session_text(index: int) -> str:
    """Return the identifier of a session: the portal's cookie and the identity provider's are the same."""
    return "-" if index < 0 else uuid_text("session", index)


@cache
def search_terms() -> list[str]:
    """Return what people search for: invented names, some with a birth date, some of a next page of results."""
    terms = []
    for index, surname in enumerate(SURNAMES):
        term = f"nom={quote(surname)}"
        if index % 3 == 0:
            term += f"&prenom={quote(GIVEN[index % len(GIVEN)])}"
        if index % 4 == 0:
            term += f"&naissance={1931 + index % 70}-{1 + index % 12:02}-{1 + index % 28:02}"
        terms.append(f"{term}&page={1 + (index % 5) // 4}")
    return terms
