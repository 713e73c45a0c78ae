"""Who works in the region: facilities of several kinds, accounts with a role, a pace of their own and dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.names import account_names
from maillon.sim.roles import FACILITY_KINDS, ROLE, ROLES

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

_KIND_SHARES = (0.45, 0.35, 0.20)
_NEVER = 1 << 14


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
