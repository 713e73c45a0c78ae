"""How well accounts are kept, by establishment and month: counts and shares, no account's name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kept:
    """The accounts of one establishment, or of the region. Counts are accounts, programs left out but in `programs`."""

    name: str  # of the directory, else of the home network's community; "" = the region
    accounts: int
    programs: int
    strong: int  # their last known log-in was strong
    weak: int  # … was not
    unknown: int  # no log tells
    dormant: int  # not used for thirty days, and nothing tells that they are closed
    unused_days: float | None  # median days since their last use: so long at least they stay open after a leaver
    shared: int
    old_clients: int
    leaked: int
    exporting: int
    exposed: float  # mean identities that one theft costs until containment
    exposed_asked: float  # … until a stronger log-in is asked for
    merged: int = 0  # how many establishments are added up here, because each is small


@dataclass(frozen=True)
class Month:
    """The region in one month of local time."""

    month: str  # ISO, 2026-03
    active: int  # accounts used
    dormant: int  # not used in its last thirty days, used before
    shared: int
    old_clients: int
    exporting: int
    logins_known: int  # accounts with a log-in whose level is known
    logins_strong: int  # … the last of which was strong
    whole: bool  # the logs cover it from its first to its last day


@dataclass(frozen=True)
class Posture:
    """The region, its establishments by size, and its months in order."""

    region: Kept
    groups: tuple[Kept, ...]
    months: tuple[Month, ...]
    at: int  # the moment of event time up to which the logs tell, µs
    zone: int
    directory: bool  # establishments are those of a directory, not of networks
