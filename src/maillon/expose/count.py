"""How many patients an incident exposes, with bounds; how many before containment; through which fields."""

from __future__ import annotations

import polars as pl

from maillon.facts.event import Field


def counts(accesses: pl.LazyFrame, steps: pl.LazyFrame) -> pl.LazyFrame:
    """Count patients per incident from `suspects.suspect_accesses`.

    `steps` has columns account, step_up, contain (µs of the first such step or a higher one; null = never). Columns
    out: incident, lower (distinct patients of the likely accesses), upper (distinct patients of all accesses since
    the start, plus every row that a list showed without naming it), before_step_up and before_contain (of the lower
    ones, those read before their account's step), first, last (µs).
    """
    named = pl.col("patient") != 0
    likely = named & pl.col("likely")
    return (
        accesses.join(steps, on="account", how="left")
        .group_by("incident")
        .agg(
            pl.col("patient").filter(likely).n_unique().alias("lower"),
            (pl.col("patient").filter(named).n_unique() + pl.col("listed").clip(0).sum()).alias("upper"),
            *[
                pl.col("patient").filter(likely & _before(step)).n_unique().alias(f"before_{step}")
                for step in ("step_up", "contain")
            ],
            pl.col("at").filter(pl.col("likely")).min().alias("first"),
            pl.col("at").filter(pl.col("likely")).max().alias("last"),
        )
    )


def _before(step: str) -> pl.Expr:
    return pl.col("at") <= pl.col(step).fill_null(pl.lit(2**62))


def counts_by_account(accesses: pl.LazyFrame, steps: pl.LazyFrame) -> pl.LazyFrame:
    """Count likely patients per account: columns account, read, before (its containment). `steps`: see `counts`."""
    likely = (pl.col("patient") != 0) & pl.col("likely")
    return (
        accesses.join(steps, on="account", how="left")
        .group_by("account")
        .agg(
            pl.col("patient").filter(likely).n_unique().alias("read"),
            pl.col("patient").filter(likely & _before("contain")).n_unique().alias("before"),
        )
    )


def fields(accesses: pl.LazyFrame) -> pl.LazyFrame:
    """Count, per incident and identity field, the patients whose field was shown: columns incident, one per field."""
    likely = accesses.filter((pl.col("patient") != 0) & pl.col("likely"))
    return likely.group_by("incident").agg(
        *[
            pl.col("patient").filter((pl.col("fields") & int(f)) != 0).n_unique().alias(str(f.name).lower())
            for f in Field
        ]
    )


def by_day(lake: pl.LazyFrame, accounts: pl.LazyFrame) -> pl.LazyFrame:
    """Count distinct patients per account (of `accounts`) and local day: columns account, day, patients, new."""
    local_day = (pl.col("at") + pl.col("zone").cast(pl.Int64) * 1_000_000) // 86_400_000_000
    reads = lake.filter(pl.col("patient") != 0).join(accounts.select("account").unique(), on="account", how="semi")
    first = pl.col("at") == pl.col("at").min().over("account", "patient")
    return (
        reads.with_columns(local_day.alias("day"), first.alias("is_first"))
        .group_by("account", "day")
        .agg(
            pl.col("patient").n_unique().alias("patients"),
            pl.col("patient").filter(pl.col("is_first")).n_unique().alias("new"),
        )
        .sort("account", "day")
    )


def peers_by_day(lake: pl.LazyFrame) -> pl.LazyFrame:
    """Return the median of patients a day over the accounts active that day: columns day, peers."""
    local_day = (pl.col("at") + pl.col("zone").cast(pl.Int64) * 1_000_000) // 86_400_000_000
    return (
        lake.filter((pl.col("patient") != 0) & (pl.col("account") != 0))
        .with_columns(local_day.alias("day"))
        .group_by("account", "day")
        .agg(pl.col("patient").n_unique().alias("patients"))
        .group_by("day")
        .agg(pl.col("patients").median().alias("peers"))
        .sort("day")
    )


def account_days(lake: pl.LazyFrame) -> pl.LazyFrame:
    """Count the accounts that read patients on each local day: columns day, accounts."""
    local_day = (pl.col("at") + pl.col("zone").cast(pl.Int64) * 1_000_000) // 86_400_000_000
    reads = lake.filter((pl.col("patient") != 0) & (pl.col("account") != 0))
    return reads.group_by(local_day.alias("day")).agg(pl.col("account").n_unique().alias("accounts"))


def hour_limit(lake: pl.LazyFrame, limit: int = 100) -> pl.LazyFrame:
    """Say when a fixed limit of distinct patients a clock hour would have stopped each account: account, stopped_at."""
    return (
        lake.filter((pl.col("patient") != 0) & (pl.col("account") != 0))
        .with_columns((pl.col("at") // 3_600_000_000).alias("hour"))
        .group_by("account", "hour", "patient")
        .agg(pl.col("at").min())
        .sort("account", "hour", "at")
        .with_columns(pl.int_range(pl.len()).over("account", "hour").alias("rank"))
        .filter(pl.col("rank") == limit)
        .group_by("account")
        .agg(pl.col("at").min().alias("stopped_at"))
    )
