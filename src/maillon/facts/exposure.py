"""What an incident exposed: of how many patients, which fields, through which accounts and routes, since when.

Every count has three values. `lower` counts what only the thief can have read, `likely` what the thief more likely than
not read, `upper` what nobody can exclude. docs/exposure.md says how each is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from maillon.facts.decision import Reason


@dataclass(frozen=True)
class Bounds:
    """A number that is known between two others: lower <= likely <= upper."""

    lower: int
    likely: int
    upper: int


@dataclass(frozen=True)
class Start:
    """When a theft began, µs since 1970 UTC: the likeliest moment, and the interval that holds it at 95 %."""

    earliest: int
    likely: int
    latest: int
    before_logs: bool = False  # the logs begin no earlier: "at least since"


@dataclass(frozen=True)
class Gap:
    """A part of the suspect time of which the logs say nothing.

    `kind` is "silent" (a service that is never silent so long: a missing rotation, a source that stopped), "rejected"
    (records that could not be read) or "beginning" (the logs begin after the theft may have). `patients` is what the
    gap adds to the upper bound.
    """

    kind: str
    service: str
    since: int
    until: int
    records: int
    patients: int


@dataclass(frozen=True)
class AccountExposure:
    """What was exposed through one account."""

    account: str  # the name that the operator reads
    account_hash: int
    patients: Bounds  # named ones
    listed: int  # rows of lists that name nobody: at most so many patients more
    start: Start
    first: int  # first and last likely access, µs; 0 = none
    last: int
    replayed_sessions: int  # sessions in use from two places at once: inside them nobody can be told apart


@dataclass(frozen=True)
class RouteExposure:
    """What was exposed through one route."""

    route: str
    patients: Bounds
    listed: int


@dataclass(frozen=True)
class Exposure:
    """What one incident exposed. `upper_parts` add up to `patients.upper`: named, listed, silent, rejected."""

    incident: str
    zone: int  # seconds east of UTC, where it happened
    since: int  # first and last likely access, µs; 0 = none
    until: int
    patients: Bounds
    accesses: Bounds  # how many times identities were shown
    upper_parts: dict[str, int]
    fields: dict[str, Bounds]  # identity field -> patients whose field was shown, by name
    accounts: tuple[AccountExposure, ...]
    routes: tuple[RouteExposure, ...]
    gaps: tuple[Gap, ...]
    start: Start
    logs_begin: int  # µs of the first event that is kept
    threshold: float  # an access counts as the thief's from this probability on
    ceiling: float  # an access is excluded below this probability
    break_glass: int  # of the likely patients, those read by an emergency passage
    notes: tuple[Reason, ...] = field(default=())  # what a person must know, in both languages


ROWS = (
    "account",
    "account_hash",
    "patient",
    "patient_hash",
    "fields",
    "route",
    "first",
    "last",
    "zone",
    "accesses",
    "thief",
    "replayed",
    "break_glass",
)
"""Columns of an exposure's rows: one row for each (account, patient, route, fields) that cannot be excluded.

account, patient (its full pseudonym), route: String · account_hash, patient_hash: UInt64 · fields: UInt32, bits of
event.Field · first, last: Int64, µs · zone: Int32 · accesses: UInt32 · thief: Float64, the probability that the thief
made at least one of these accesses · replayed, break_glass: Boolean.
"""
