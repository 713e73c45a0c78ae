"""From the pool to a day's seal: which score is rare enough for each rung, given the alarm budget.

An account-day may raise its score at any event, and a score never falls within its day, so looking at every event
costs nothing: the chance that it ever exceeds a threshold is that of its last value. With budget β a month for N·T
account-days and the share w of a kind, a rung is crossed where p ≤ β·w / (N·T): the expected number of wrong steps
is β at most, however accounts, days and kinds depend on each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import KINDS, NEVER
from maillon.facts.evidence import Kind
from maillon.facts.policy import Policy
from maillon.facts.pool import LEVEL_STEP, LEVELS, NEWCOMER, POPULAR, SEALED, SERVICE, STRATA
from maillon.score.audit import lowered
from maillon.score.pool import Window, window
from maillon.score.reference import reference
from maillon.score.tail import levels
from maillon.score.volume import UNIT
from maillon.score.weight import COMMON_FROM

SHARES = (0.1, 0.1, 0.4, 0.05, 0.1, 0.05, 0.1, 0.1)
"""How the alarm budget is split over the kinds, in their order. The sharpest evidence has the most."""

ROLE_WEIGHT_DAYS = 100.0
"""The reference's means count as so many account-days beside the site's own."""

ANCHORED = 200.0
"""Borrowed tails are scaled to the site at the rarest level above which so many of its own account-days lie.

A theft of ten accounts over ten days hardly moves that, and a site whose lists, bulk days or numbering raise a kind of
score everywhere raises its thresholds as much.
"""

LEAST_SCALE = 0.5
COMPARABLE = 0.5
"""Scores under this say nothing of a scale."""

NEVER_REACHED = np.iinfo(np.int32).max
"""The threshold of a rung without a budget."""

ABSENT_KEY = np.uint64(0xFFFFFFFFFFFFFFFF)


def rarities(policy: Policy) -> NDArray[np.float64]:
    """Return p (kinds, rungs) at which each kind crosses step-up, pace and containment."""
    budgets = np.array([policy.step_up, policy.pace, policy.contain])
    return np.outer(SHARES, budgets) / policy.account_days_a_month


def _scale(own: NDArray[np.float64], shipped: NDArray[np.float64], count: int) -> float:
    """Return by how much scores of this site exceed those of the reference, where the site can tell."""
    reached = int(np.log10(max(count / ANCHORED, 1.0)) / LEVEL_STEP)
    if reached == 0 or own[reached] < COMPARABLE:
        return 1.0
    return max(LEAST_SCALE, float(own[reached] / max(shipped[reached], COMPARABLE)))


def _levels(pooled: Window, policy: Policy, stratum: int, kind: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scores by rarity (LEVELS,) of the site's own pool, and of the reference scaled to the site."""
    count, aside = int(pooled.count[stratum]), int(pooled.aside[stratum])
    # Honest days above step-up left the fit too: as many as the budget allows for stay in the count, above all others.
    honest = min(aside, round(count * policy.step_up / policy.account_days_a_month))
    own = levels(pooled.histogram[stratum, kind], pooled.largest[stratum, kind], count, honest)
    shipped = reference().levels[stratum, kind]
    return own, shipped * _scale(own, shipped, count)


_OWN_ONLY = (int(Kind.LISTED), int(Kind.WALK))
"""How long lists are, and how close the numbers that people read, is a site's own affair: no reference knows."""

_VOLUME = (int(Kind.DAY), int(Kind.WINDOW))
"""Lawful bulk differs too much between sites: on a borrowed tail a day's volume contains nobody, weeks only ask."""

_NO_PAST = (int(Kind.BURST), int(Kind.STRANGE))
"""An account without a past is not strange to itself: a program that starts would be contained on its first day."""


def _may_borrow(stratum: int, kind: int) -> NDArray[np.bool_]:
    """Return for which rungs the reference may speak where the site has too few account-days of its own."""
    moved = kind in (int(Kind.ORIGIN), int(Kind.REPLAY))
    if kind in _OWN_ONLY or (stratum == SERVICE and not moved):
        return np.zeros(3, bool)
    paces = kind != int(Kind.WINDOW)
    contains = kind not in _VOLUME and stratum != SERVICE and not (stratum == NEWCOMER and kind in _NO_PAST)
    return np.array([True, paces, contains])


def thresholds(pooled: Window, policy: Policy, sealed: np.void) -> None:
    """Set levels, thresholds and whose they are in `sealed`: the site's own where it has seen 1/p account-days."""
    sealed["audit"] = lowered(pooled)
    allowed = rarities(policy) / sealed["audit"][:, None]
    exponents = -np.log10(np.maximum(allowed, 1e-300)) / LEVEL_STEP
    for stratum in range(len(STRATA)):
        count = int(pooled.count[stratum] + pooled.aside[stratum])
        resolved = count * 10.0 ** (-LEVEL_STEP * np.arange(LEVELS)) >= 1.0
        for kind in range(KINDS):
            own, borrowed = _levels(pooled, policy, stratum, kind)
            sealed["levels"][stratum, kind] = np.maximum.accumulate(np.where(resolved, own, borrowed))
            enough = count * allowed[kind] >= 1.0
            at = np.interp(exponents[kind], np.arange(LEVELS), own)
            at = np.where(enough, at, np.interp(exponents[kind], np.arange(LEVELS), borrowed))
            at = np.where(enough | _may_borrow(stratum, kind), at, np.inf)
            at = np.where(allowed[kind] > 0.0, np.maximum.accumulate(at) * UNIT, np.inf)
            sealed["thresholds"][stratum, kind] = np.clip(
                np.floor(np.minimum(at, NEVER_REACHED) + 0.5), 1, NEVER_REACHED
            )
            sealed["borrowed"][stratum, kind] = ~enough


def role(pooled: Window) -> NDArray[np.float64]:
    """Return the means of a day over all accounts, the reference's weighing as some days."""
    count = float(pooled.count.sum())
    return np.asarray((ROLE_WEIGHT_DAYS * reference().role + pooled.sums) / (ROLE_WEIGHT_DAYS + count))


NEW_SITE = 5
"""Newcomers on one network that make it a new establishment's, not a stranger's."""

NEWCOMER_DAYS = 10


@dataclass(frozen=True)
class Used:
    """How many accounts used each network and client that counts for a day's seal. Those of shards add up."""

    networks: Tally  # origins that proved to be their account's own
    beginners: Tally  # networks of accounts in their own first days
    devices: Tally


Tally = tuple[NDArray[np.uint64], NDArray[np.int64]]
"""Keys, ascending, and how many accounts each."""


def used(accounts: NDArray[Any], day: int) -> Used:
    """Return what the seal of `day` has to know of the origins of `accounts` (rows of ACCOUNT).

    Only origins that proved to be their account's own two days before count, and the networks where an establishment
    begins: several accounts in their own first days.
    """
    until_day, since_day = day - 2, day - 32
    used = np.arange(accounts["origin_day"].shape[1]) < accounts["origin_count"][:, None]
    used &= accounts["origin_last"] >= since_day
    proved = used & (accounts["origin_proved"] > NEVER) & (accounts["origin_proved"] <= until_day)
    begins = used & (accounts["active_days"] < NEWCOMER_DAYS)[:, None]
    return Used(
        _counted(accounts["origin_network"], proved),
        _counted(accounts["origin_network"], begins),
        _counted(accounts["origin_device"], proved),
    )


def added(parts: Sequence[Used]) -> Used:
    """Return what several shards, none of which has an account of another, used together."""
    return Used(*(_sum([getattr(part, each.name) for part in parts]) for each in fields(Used)))


def _sum(tallies: Sequence[Tally]) -> Tally:
    every = np.concatenate([np.zeros(0, np.uint64), *(keys for keys, _ in tallies)])
    keys, places = np.unique(every, return_inverse=True)
    counts = np.zeros(len(keys), np.int64)
    np.add.at(counts, places, np.concatenate([counts[:0], *(count for _, count in tallies)]))
    return keys, counts


def _popular(tally: Tally, beginners: Tally | None = None) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Return the keys that several accounts used, ascending, and how many accounts each."""
    keys, counts = _from(tally, COMMON_FROM)
    if beginners:
        others, more = _from(beginners, NEW_SITE)
        beyond = ~np.isin(others, keys)
        keys, counts = np.append(keys, others[beyond]), np.append(counts, more[beyond])
    best = np.lexsort((keys, -counts))[:POPULAR]
    best = best[np.argsort(keys[best])]
    return keys[best], counts[best].astype(np.int32)


def _from(tally: Tally, least: int) -> Tally:
    keys, counts = tally
    return keys[counts >= least], counts[counts >= least]


def _counted(keys: NDArray[np.uint64], used: NDArray[np.bool_]) -> Tally:
    """Return the keys and how many accounts used each; one row an account."""
    own = np.sort(np.where(used, keys, 0), axis=1)
    once = own != 0
    once[:, 1:] &= own[:, 1:] != own[:, :-1]
    return np.unique(own[once], return_counts=True)


def seal_day(day: int, begun: int, pool: NDArray[Any], used: Used, policy: Policy) -> NDArray[Any]:
    """Return what governs `day` (one record of SEALED in an array), learnt from account-days up to two days before.

    `begun` is the first local day of the log.
    """
    sealed = np.zeros(1, SEALED)
    record = sealed[0]
    pooled = window(pool, day - 2)
    record["day"] = day
    record["begun"] = begun
    record["role"] = role(pooled)
    thresholds(pooled, policy, record)
    for name, (keys, counts) in (
        ("networks", _popular(used.networks, used.beginners)),
        ("devices", _popular(used.devices)),
    ):
        record[name] = ABSENT_KEY
        record[name][: len(keys)] = keys
        record[f"{name}_accounts"][: len(keys)] = counts
    return sealed
