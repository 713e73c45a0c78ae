"""How well a region keeps its accounts, by establishment and by month; and what of it others may see.

An establishment is the directory's, else the community of a home network. What leaves the region has no names, no
group of fewer than ten accounts, and sizes in classes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import median

import numpy as np
import polars as pl

from maillon.ahead.shared import shared
from maillon.ahead.traits import OLD_CLIENTS
from maillon.facts.event import Action, Outcome
from maillon.facts.posture import Kept, Month, Posture
from maillon.facts.weakest import Weak, Weakest
from maillon.score.evidence import DORMANT_DAYS
from maillon.score.territory import community_of

SMALLEST = 10
"""Accounts of the smallest group that is shown apart outside the region."""

_DAY_US = 86_400_000_000


def posture(found: Weakest, months: Sequence[Month], networks: Mapping[int, str]) -> Posture:
    """Add the accounts of a ranking up by establishment; `months` come from `by_month`.

    `networks` are readable names of networks by their hash: without a directory, establishments bear them.
    """
    with np.errstate(over="ignore"):
        homes = {community_of(np.uint64(key)): name for key, name in networks.items()}
    told = any(one.trait.facility for one in found.ranked)
    groups: dict[str, list[Weak]] = defaultdict(list)
    for one in found.ranked:
        groups[one.trait.facility if told else _community(one.trait.home, homes)].append(one)
    kept = sorted(
        (_kept(name, some, found.at) for name, some in groups.items()), key=lambda one: (-one.accounts, one.name)
    )
    return Posture(_kept("", found.ranked, found.at), tuple(kept), tuple(months), found.at, found.zone, told)


def for_others(own: Posture) -> Posture:
    """Return what may leave the region: groups numbered by size, small ones added up, none of under ten accounts."""
    groups = list(own.groups)  # by size, the greatest first
    small: list[Kept] = []
    while groups and (groups[-1].accounts < SMALLEST or 0 < sum(one.accounts for one in small) < SMALLEST):
        small.append(groups.pop())
    named = [replace(one, name=str(rank)) for rank, one in enumerate(groups, 1)]
    if sum(one.accounts for one in small) >= SMALLEST:
        named.append(_added(small))
    region = own.region if own.region.accounts >= SMALLEST else replace(_added([]), name="")
    return replace(own, region=region, groups=tuple(named))


def size_class(accounts: int) -> str:
    """Return the class of a group's size, as it is told outside the region."""
    return next(
        (told for most, told in ((49, "10-49"), (199, "50-199"), (999, "200-999")) if accounts <= most), "1000+"
    )


def by_month(
    lake: pl.LazyFrame, devices: Mapping[int, str], strong: Sequence[tuple[int, int, bool]], zone: int
) -> list[Month]:
    """Return the months that a lake covers, in order.

    `strong` are log-ins whose level is known: moment (µs), account's hash, whether it was strong.
    """
    old = pl.Series([key for key, name in devices.items() if name.startswith(OLD_CLIENTS)], dtype=pl.UInt64)
    ok = (pl.col("account") != 0) & (pl.col("outcome") == int(Outcome.OK))
    local = pl.from_epoch(pl.col("at") + pl.col("zone").cast(pl.Int64) * 1_000_000, time_unit="us")
    dated = lake.filter(ok).with_columns(local.dt.strftime("%Y-%m").alias("month"), local.dt.date().alias("date"))
    uses = (
        dated.group_by("account", "month")
        .agg(
            pl.col("date").max().alias("last"),
            pl.col("date").min().alias("first"),
            pl.col("device").is_in(old.implode()).any().alias("old"),
            (pl.col("action") == int(Action.EXPORT)).any().alias("export"),
        )
        .collect()
    )
    if uses.is_empty():
        return []
    begun, until = uses["first"].min(), uses["last"].max()
    assert isinstance(begun, date)
    assert isinstance(until, date)
    levels: dict[str, dict[int, bool]] = defaultdict(dict)
    for at, account, good in sorted(strong):
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at, seconds=zone)
        levels[f"{moment:%Y-%m}"][account] = good
    found = []
    for month in sorted(uses["month"].unique()):
        mine = uses.filter(pl.col("month") == month)
        first, last = _ends(month)
        lasts = uses.filter(pl.col("month") <= month).group_by("account").agg(pl.col("last").max())
        limit = min(last, until) - timedelta(days=DORMANT_DAYS)
        told = levels.get(month, {})
        found.append(
            Month(
                month=month,
                active=len(mine),
                dormant=lasts.filter(pl.col("last") <= limit).height,
                shared=shared(dated.filter(pl.col("month") == month)).select(pl.len()).collect().item(),
                old_clients=int(mine["old"].sum()),
                exporting=int(mine["export"].sum()),
                logins_known=len(told),
                logins_strong=sum(told.values()),
                whole=begun <= first and until >= last,
            )
        )
    return found


def _kept(name: str, some: Sequence[Weak], at: int) -> Kept:
    people = [one for one in some if not one.trait.program]
    traits = [one.trait for one in people]
    unused = [(at - one.last) / _DAY_US for one in traits if one.dormant]
    count = max(len(people), 1)
    return Kept(
        name=name,
        accounts=len(people),
        programs=len(some) - len(people),
        strong=sum(one.strong is True for one in traits),
        weak=sum(one.strong is False for one in traits),
        unknown=sum(one.strong is None for one in traits),
        dormant=len(unused),
        unused_days=round(median(unused), 1) if unused else None,
        shared=sum(one.shared for one in traits),
        old_clients=sum(one.old_client for one in traits),
        leaked=sum(one.leak > 1.0 for one in traits),
        exporting=sum(one.exports > 0 for one in traits),
        exposed=round(sum(one.loss.contained for one in people) / count, 1),
        exposed_asked=round(sum(one.loss.asked for one in people) / count, 1),
    )


def _added(small: Sequence[Kept]) -> Kept:
    """Return groups added up. Their medians cannot be: that one is left out."""
    count = sum(one.accounts for one in small)

    def total(name: str) -> int:
        return sum(getattr(one, name) for one in small)

    def mean(name: str) -> float:
        return round(float(sum(getattr(one, name) * one.accounts for one in small)) / max(count, 1), 1)

    return Kept(
        "others", count, total("programs"), total("strong"), total("weak"), total("unknown"), total("dormant"), None,
        total("shared"), total("old_clients"), total("leaked"), total("exporting"), mean("exposed"),
        mean("exposed_asked"), merged=len(small),
    )  # fmt: skip


def _community(home: int, names: Mapping[int, str]) -> str:
    return names.get(home, f"network {home:04x}") if home else ""


def _ends(month: str) -> tuple[date, date]:
    """Return the first and the last day of a month."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
