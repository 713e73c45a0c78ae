"""From attributed accesses to what an incident exposed, with bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from maillon.expose.attribute import CEILING, CERTAIN, THRESHOLD
from maillon.expose.notes import notes
from maillon.expose.rows import not_excluded
from maillon.facts.event import Action, Field
from maillon.facts.exposure import AccountExposure, Bounds, Exposure, Gap, RouteExposure, Start

Names = Mapping[str, Mapping[int, str]]

_COUNTS = ("lower", "likely", "upper")


def summarise(
    accesses: pl.LazyFrame,
    *,
    incident: str,
    names: Names,
    starts: Mapping[int, Start],
    gaps: Sequence[Gap],
    logs_begin: int,
) -> Exposure:
    """Count what attributed `accesses` (columns of expose.rows.ACCESS, of one incident) expose.

    `names` are the readable names by kind and hash, `starts` says when each account's theft began, `gaps` what the
    logs do not say. Whatever is counted, lower <= likely <= upper, and one more access never lowers a number.
    """
    named, listed = _counts().values(), _listed()
    whole = (
        accesses.select(*named, listed, *_moments(), *_times(), _emergencies(), pl.col("zone").last())
        .collect()
        .row(0, named=True)
    )
    by_account = accesses.group_by("account").agg(*_counts().values(), listed, *_moments(), _replayed()).collect()
    by_route = accesses.group_by("route").agg(*_counts().values(), listed).collect()
    unknown = {kind: sum(gap.patients for gap in gaps if gap.kind == kind) for kind in ("silent", "rejected")}
    parts = {"named": int(whole["upper"]), "listed": int(whole["listed"] or 0), **unknown}
    told = Exposure(
        incident=incident,
        zone=whole["zone"] or 0,
        since=whole["first"] or 0,
        until=whole["last"] or 0,
        patients=Bounds(whole["lower"], whole["likely"], sum(parts.values())),
        accesses=Bounds(*(whole[f"times_{count}"] for count in _COUNTS)),
        upper_parts=parts,
        fields=_fields(accesses, sum(unknown.values())),
        accounts=tuple(_account(row, names, starts) for row in by_account.sort("account").iter_rows(named=True)),
        routes=tuple(
            RouteExposure(names.get("route", {}).get(row["route"], ""), _bounds(row), int(row["listed"]))
            for row in by_route.sort("upper", "route", descending=[True, False]).iter_rows(named=True)
            if row["upper"] or row["listed"]
        ),
        gaps=tuple(gaps),
        start=_earliest([start for account, start in starts.items() if account in set(by_account["account"])]),
        logs_begin=logs_begin,
        threshold=THRESHOLD,
        ceiling=CEILING,
        break_glass=whole["break_glass"],
    )
    return notes(told)


def _kept() -> dict[str, pl.Expr]:
    """Say which accesses each of the three numbers counts."""
    excludable = not_excluded()
    return {
        "lower": (pl.col("thief") >= CERTAIN) & excludable,
        "likely": (pl.col("thief") >= THRESHOLD) & excludable,
        "upper": excludable,
    }


def _counts(also: pl.Expr | None = None) -> dict[str, pl.Expr]:
    """Count distinct named patients, of the accesses that are `also` so."""
    named = pl.col("patient") != 0 if also is None else (pl.col("patient") != 0) & also
    return {count: pl.col("patient").filter(named & kept).n_unique().alias(count) for count, kept in _kept().items()}


def _listed(also: pl.Expr | None = None) -> pl.Expr:
    kept = not_excluded() if also is None else not_excluded() & also
    return pl.col("listed").cast(pl.Int64).clip(0).filter(kept).sum().alias("listed")


def _moments() -> tuple[pl.Expr, pl.Expr]:
    likely = pl.col("at").filter(pl.col("thief") >= THRESHOLD)
    return likely.min().alias("first"), likely.max().alias("last")


def _times() -> list[pl.Expr]:
    return [kept.sum().alias(f"times_{count}") for count, kept in _kept().items()]


def _emergencies() -> pl.Expr:
    by_emergency = (pl.col("action") == int(Action.BREAK_GLASS)) & (pl.col("thief") >= THRESHOLD)
    return pl.col("patient").filter(by_emergency & (pl.col("patient") != 0)).n_unique().alias("break_glass")


def _replayed() -> pl.Expr:
    return pl.col("session").filter(pl.col("replayed")).n_unique().alias("replayed_sessions")


def _fields(accesses: pl.LazyFrame, unknown: int) -> dict[str, Bounds]:
    """Count the patients whose field was shown; lists and gaps widen the upper bound of the fields they may hold."""
    columns = []
    for one in Field:
        shows = (pl.col("fields") & int(one)) != 0
        columns += [expr.alias(f"{one.name}_{count}") for count, expr in _counts(shows).items()]
        columns.append(_listed(shows).alias(f"{one.name}_listed"))
    row = accesses.select(columns).collect().row(0, named=True)
    found = {}
    for one in Field:
        lower, likely, named, listed = (int(row[f"{one.name}_{count}"] or 0) for count in (*_COUNTS, "listed"))
        if named or listed:
            found[str(one.name).lower()] = Bounds(lower, likely, named + listed + unknown)
    return found


def _account(row: dict[str, Any], names: Names, starts: Mapping[int, Start]) -> AccountExposure:
    account = row["account"]
    return AccountExposure(
        account=names.get("account", {}).get(account, f"account {account:016x}"),
        account_hash=account,
        patients=_bounds(row),
        listed=int(row["listed"]),
        start=starts.get(account, Start(0, 0, 0)),
        first=row["first"] or 0,
        last=row["last"] or 0,
        replayed_sessions=row["replayed_sessions"],
    )


def _bounds(row: dict[str, Any]) -> Bounds:
    return Bounds(*(int(row[count]) for count in _COUNTS))


def _earliest(starts: Sequence[Start]) -> Start:
    """Return the start of the first theft of several."""
    if not starts:
        return Start(0, 0, 0)
    first = min(starts, key=lambda one: one.likely)
    return Start(
        min(one.earliest for one in starts),
        first.likely,
        first.latest,
        any(one.before_logs for one in starts),
    )
