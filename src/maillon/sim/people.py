"""Who works in the region: facilities of several kinds, accounts with a role, a pace of their own and dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.names import account_names

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

FACILITY_KINDS = ("hospital", "care home", "social service")
_KIND_SHARES = (0.45, 0.35, 0.20)
_NEVER = 1 << 14


@dataclass(frozen=True)
class Role:
    """How people of one role work. Rates are per record read; `hours` are (start hour, length, weight) of shifts."""

    name: str
    share: tuple[float, float, float]  # of the staff, in each kind of facility
    reads: float  # median records a worked day
    spread: float  # log-normal spread of that between people
    new: float  # share of the records never read before
    panel: float  # how far back re-reading goes, in patients
    acts: float
    updates: float
    searches: float
    weekday: float  # chance of working
    weekend: float
    remote: float  # share of people who may work from home
    phone: float  # chance of a session on a phone
    away: float  # share of new patients of another facility
    bulk: float  # chance that a worked day is a review of many records
    hours: tuple[tuple[float, float, float], ...]


_OFFICE = ((8.0, 9.0, 0.6), (9.0, 8.5, 0.4))
_WARD = ((6.5, 7.5, 0.4), (13.5, 7.5, 0.35), (20.75, 10.0, 0.25))
_ALWAYS = ((0.0, 23.5, 1.0),)
ROLES = (
    Role("nurse", (0.46, 0.34, 0.05), 7, 0.5, 0.28, 12, 0.10, 0.10, 0.12, 0.60, 0.45, 0, 0.02, 0.02, 0.0005, _WARD),
    Role(
        "doctor", (0.27, 0.08, 0.03), 8, 0.7, 0.36, 16, 0.16, 0.05, 0.25, 0.72, 0.12, 0.25, 0.08, 0.06, 0.001, _OFFICE
    ),
    Role(
        "social worker",
        (0.08, 0.06, 0.55),
        12,
        0.6,
        0.30,
        25,
        0.35,
        0.15,
        0.30,
        0.80,
        0.01,
        0.3,
        0.1,
        0.05,
        0.003,
        _OFFICE,
    ),
    Role(
        "secretary", (0.13, 0.10, 0.18), 20, 0.7, 0.45, 30, 0.15, 0.25, 0.40, 0.80, 0.03, 0.05, 0, 0.03, 0.008, _OFFICE
    ),
    Role(
        "admissions",
        (0.01, 0.37, 0.02),
        11,
        0.6,
        0.60,
        15,
        0.20,
        0.10,
        0.15,
        0.78,
        0.06,
        0.1,
        0.02,
        0.08,
        0.003,
        _OFFICE,
    ),
    Role(
        "coordinator",
        (0.03, 0.04, 0.14),
        65,
        0.4,
        0.45,
        80,
        0.30,
        0.10,
        0.30,
        0.82,
        0.02,
        0.4,
        0.03,
        0.20,
        0.015,
        _OFFICE,
    ),
    Role("data quality", (0.02, 0.01, 0.03), 45, 0.6, 0.80, 60, 0.00, 0.10, 0.10, 0.75, 0, 0.4, 0, 0.15, 0.06, _OFFICE),
    Role("kiosk", (0, 0, 0), 28, 0.3, 0.30, 25, 0.10, 0.10, 0.15, 1.0, 1.0, 0, 0, 0.02, 0, _ALWAYS),
    Role("service", (0, 0, 0), 200, 0.03, 0.50, 900, 0.0, 0.30, 0.0, 1.0, 1.0, 0, 0, 0.30, 0, _ALWAYS),
)
ROLE = {role.name: index for index, role in enumerate(ROLES)}


@dataclass(frozen=True)
class People:
    """Facilities and accounts, by index."""

    kind: NDArray[np.int64]  # of each facility, in FACILITY_KINDS
    weight: NDArray[np.float64]  # of each facility: its share of the accounts
    migrates: int  # facility whose network changes in mid-period
    migration_day: int
    names: list[str]  # of accounts
    role: NDArray[np.int64]
    facility: NDArray[np.int64]
    pace: NDArray[np.float64]  # records a worked day
    joined: NDArray[np.int64]  # day of the period; negative or 0 = before it
    left: NDArray[np.int64]  # first day without work
    dormant: NDArray[np.bool_]  # worked a little at the start, then no more
    remote: NDArray[np.bool_]

    def personal(self) -> NDArray[np.bool_]:
        """Tell of each account whether it is one person's own."""
        shared: NDArray[np.bool_] = np.isin(self.role, (ROLE["kiosk"], ROLE["service"]))
        return ~shared


def draw_people(rng: Generator, accounts: int, days: int) -> People:
    """Draw facilities of heavy-tailed sizes and the accounts that work in them."""
    facilities = max(4, accounts // 22)
    kind = rng.choice(len(FACILITY_KINDS), facilities, p=_KIND_SHARES)
    kind[:3] = (0, 1, 2)
    weight = rng.pareto(1.6, facilities) + 0.35
    weight = np.minimum(weight / weight.sum(), 0.25)
    weight /= weight.sum()
    facility = rng.choice(facilities, accounts, p=weight)
    role = _roles(rng, kind[facility])
    joined, left, dormant = _dates(rng, role, days)
    trait = np.array([(r.reads, r.spread, r.remote) for r in ROLES])[role]
    return People(
        kind=kind,
        weight=weight,
        migrates=int(np.argsort(weight)[facilities * 2 // 3]),
        migration_day=int(rng.integers(days // 3, max(days // 3 + 1, days * 2 // 3))),
        names=account_names(accounts, facility),
        role=role,
        facility=facility,
        pace=trait[:, 0] * np.exp(trait[:, 1] * np.clip(rng.standard_normal(accounts), -2.5, 2.5)),
        joined=joined,
        left=left,
        dormant=dormant,
        remote=rng.random(accounts) < trait[:, 2],
    )


def _roles(rng: Generator, kind: NDArray[np.int64]) -> NDArray[np.int64]:
    """Draw roles by the kind of facility; the last accounts are services and shared kiosks."""
    accounts = len(kind)
    shares = np.array([role.share for role in ROLES]).T
    cumulated = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    role: NDArray[np.int64] = (rng.random(accounts)[:, None] >= cumulated[kind]).sum(axis=1).astype(np.int64)
    services = max(1, accounts // 2000)
    kiosks = max(1, accounts // 300)
    role[accounts - services :] = ROLE["service"]
    role[accounts - services - kiosks : accounts - services] = ROLE["kiosk"]
    return role


def _dates(
    rng: Generator, role: NDArray[np.int64], days: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Draw who joins in mid-period (4 %), who leaves (2 %), who falls asleep after a few days (2 %)."""
    accounts = len(role)
    luck = rng.random(accounts)
    day = rng.integers(1, max(2, days), accounts)
    nap = rng.integers(1, max(2, days // 6), accounts)
    luck[(role == ROLE["kiosk"]) | (role == ROLE["service"])] = 1.0
    joined = np.where(luck < 0.04, day, 0)
    dormant = (luck >= 0.04) & (luck < 0.06)
    left = np.where(dormant, nap, np.where((luck >= 0.06) & (luck < 0.08), day, _NEVER))
    return joined, left, dormant
