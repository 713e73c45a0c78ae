"""Suspected accounts cut into sittings: one session at one network with one client, and what tells its person.

A sitting is the unit that is attributed to thief or owner: whoever sits there, it is one person. Every function goes
from lazy tables to a lazy table.
"""

from __future__ import annotations

import polars as pl

from maillon.expose.suspects import is_shown
from maillon.facts.event import Action

DAY = 86_400_000_000
_HOUR = 3_600_000_000
_PAUSE_US = 30 * 60_000_000
"""Where the log names no session, a pause of this length ends a sitting."""

_KEY = ("account", "session", "network", "device")
_READS = (int(Action.READ), int(Action.BREAK_GLASS))
_CARES = (int(Action.CARE), int(Action.UPDATE))


def numbered(events: pl.LazyFrame) -> pl.LazyFrame:
    """Give each event of the suspected accounts the number of its sitting, in a column `sitting`."""
    ordered = events.sort(*_KEY, "at")
    other = pl.any_horizontal(pl.col(name) != pl.col(name).shift(1) for name in _KEY)
    pause = (pl.col("session") == 0) & (pl.col("at") - pl.col("at").shift(1) > _PAUSE_US)
    return ordered.with_columns((other | pause).fill_null(value=True).cum_sum().alias("sitting"))


def crowds(lake: pl.LazyFrame, suspects: pl.LazyFrame) -> pl.LazyFrame:
    """Say who else uses the networks of the suspected accounts: network, others, fellows.

    `suspects` has columns account, since (µs), incident. `others` counts the accounts seen there that are not
    suspected, `fellows` the suspected ones that came there a day or more after their own first access.
    """
    used = (
        lake.filter((pl.col("network") != 0) & (pl.col("account") != 0))
        .group_by("account", "network")
        .agg(pl.col("at").min().alias("came"))
    )
    mine = used.join(suspects.select("account"), on="account", how="semi")
    newcomer = pl.col("came") >= pl.col("came").min().over("account") + DAY
    theirs = mine.with_columns(newcomer.alias("new")).group_by("network").agg(pl.col("new").sum().alias("fellows"))
    others = used.join(suspects.select("account"), on="account", how="anti").group_by("network").len("others")
    return theirs.join(others, on="network", how="left").with_columns(pl.col("others").fill_null(0))


def sittings(events: pl.LazyFrame, suspects: pl.LazyFrame, crowd: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row a sitting of `numbered` events, with what tells its person.

    Columns: account, sitting, session, network, device, first, last (µs), since (of the account's suspicion), came and
    device_came (the account's first use of the network and of the client), reads (times a patient was shown), patients
    (distinct), back (of them, read by the account on another day too), cared (with an act of care by it at any time),
    gap (median µs between reads), searches, habit (share of the account's other accesses that fall into the same hours
    of the day, 1 = evenly spread), others, fellows (see `crowds`), replayed (another place uses this very session
    meanwhile).
    """
    reads = is_shown() & (pl.col("patient") != 0) & pl.col("action").is_in(_READS)
    local = pl.col("at") + pl.col("zone").cast(pl.Int64) * 1_000_000
    marked = events.with_columns(
        reads.alias("is_read"),
        (local // DAY).alias("day"),
        (local // _HOUR % 24).alias("hour"),
        ((pl.col("patient") != 0) & pl.col("action").is_in(_CARES)).alias("is_care"),
    )
    marked = marked.with_columns(
        (pl.col("day").filter("is_read").n_unique().over("account", "patient") > 1).alias("is_back"),
        pl.col("is_care").any().over("account", "patient").alias("is_cared"),
        pl.col("at").min().over("account", "network").alias("came"),
        pl.col("at").min().over("account", "device").alias("device_came"),
        (pl.len().over("account", "hour") - pl.len().over("sitting", "hour")).alias("others_of_hour"),
        (pl.len().over("account") - pl.len().over("sitting")).alias("others_of_account"),
    )
    rows = (
        marked.group_by("account", "sitting")
        .agg(
            *(pl.col(name).first() for name in ("session", "network", "device", "came", "device_came")),
            pl.col("at").min().alias("first"),
            pl.col("at").max().alias("last"),
            pl.col("is_read").sum().alias("reads"),
            pl.col("patient").filter("is_read").n_unique().alias("patients"),
            pl.col("patient").filter(pl.col("is_read") & pl.col("is_back")).n_unique().alias("back"),
            pl.col("patient").filter(pl.col("is_read") & pl.col("is_cared")).n_unique().alias("cared"),
            pl.col("at").filter("is_read").sort().diff().median().alias("gap"),
            (pl.col("action") == int(Action.SEARCH)).sum().alias("searches"),
            pl.col("others_of_hour").mean().alias("hours"),
            pl.col("others_of_account").first(),
        )
        .join(suspects.select("account", "since", "incident"), on="account")
        .join(crowd, on="network", how="left")
        .with_columns(
            (24 * pl.col("hours") / pl.col("others_of_account").clip(1)).alias("habit"),
            *(pl.col(name).fill_null(0) for name in ("others", "fellows")),
        )
    )
    return rows.join(_replayed(rows), on="sitting", how="left").with_columns(pl.col("replayed").fill_null(value=False))


def _replayed(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return the sittings during which another network uses the same session: sitting, replayed."""
    keys = ["account", "session"]
    one = rows.filter((pl.col("network") != 0) & (pl.col("session") != 0)).select(
        *keys, "sitting", "network", "first", "last"
    )
    return (
        one.join(one, on=keys, suffix="_other")
        .filter(
            (pl.col("network") != pl.col("network_other"))
            & (pl.col("first") <= pl.col("last_other"))
            & (pl.col("first_other") <= pl.col("last"))
        )
        .select("sitting")
        .unique()
        .with_columns(pl.lit(value=True).alias("replayed"))
    )
