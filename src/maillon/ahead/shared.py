"""Two people behind one log-in: at work in two places at the same time, or for the hours of two.

A place is a network that an account uses on some days, and whose accounts are faithful to it: a hospital's gateway, a
home; not a telephone network, whose visitors are given another one at each turn, nor a remote access, where many come
through and few mainly are. One person goes from place to place; two people are at both within minutes. Two gateways of
one establishment are told by the several accounts that use both on one day. A desk that several people share is awake
for longer than a person can be, day after day.

What this cannot see: two people who work at the same place, one after the other, on the same machine.
"""

from __future__ import annotations

import polars as pl

from maillon.facts.event import Outcome

PLACE_DAYS = 3
FAITHFUL = 0.3
"""Share of a network's accounts that come back to it on PLACE_DAYS."""

APART_US = 30 * 60_000_000
"""Two places within so much time: nobody travels so fast, and who works at home does not go in for minutes."""

GATEWAYS = 3
"""Accounts that use both of two networks on one day, from which on these are one establishment's."""

WIDE_HOURS = 13.0
WIDE_SHARE = 0.5
WIDE_DAYS = 5
"""A day is wide where first and last access lie so far apart; an account, where half of its days are (five or more)."""

_DAY_US = 86_400_000_000
_HOUR_US = 3_600_000_000


def shared(lake: pl.LazyFrame) -> pl.LazyFrame:
    """Return the accounts that seem shared: account, both (days at two places at once), wide (wide days), days.

    `lake` has columns at, zone, account, session, network, outcome.
    """
    seen = lake.filter((pl.col("account") != 0) & (pl.col("outcome") == int(Outcome.OK))).select(
        "account", "session", "network", "at", (pl.col("at") + pl.col("zone").cast(pl.Int64) * 1_000_000).alias("local")
    )
    both = _both(seen.filter(pl.col("network") != 0))
    found = _wide(seen).join(both, on="account", how="left").with_columns(pl.col("both").fill_null(0))
    often = (pl.col("days") >= WIDE_DAYS) & (pl.col("wide") >= WIDE_SHARE * pl.col("days"))
    return found.filter((pl.col("both") > 0) | often).select("account", "both", "wide", "days")


def _wide(seen: pl.LazyFrame) -> pl.LazyFrame:
    """Count each account's days, and the wide ones."""
    return (
        seen.group_by("account", (pl.col("local") // _DAY_US).alias("day"))
        .agg((pl.col("local").max() - pl.col("local").min()).alias("span"))
        .group_by("account")
        .agg(pl.len().alias("days"), (pl.col("span") > WIDE_HOURS * _HOUR_US).sum().alias("wide"))
    )


def _both(seen: pl.LazyFrame) -> pl.LazyFrame:
    """Count the days on which an account was at two places within minutes: account, both."""
    uses = seen.group_by("account", "session", "network", (pl.col("local") // _DAY_US).alias("day")).agg(
        pl.col("at").min().alias("begin"), pl.col("at").max().alias("end")
    )
    days = pl.col("days")
    visits = (
        uses.group_by("account", "network")
        .agg(pl.col("day").n_unique().alias("days"))
        .with_columns((days >= PLACE_DAYS).alias("often"), (days == days.max().over("account")).alias("main"))
    )
    faithful = (
        visits.group_by("network")
        .agg(
            pl.col("often").mean().alias("back"),
            pl.col("often").sum().alias("regulars"),
            pl.col("main").filter("often").mean().alias("mainly"),
        )
        .filter((pl.col("back") >= FAITHFUL) & ((pl.col("regulars") < GATEWAYS) | (pl.col("mainly") >= FAITHFUL)))
    )
    places = visits.filter("often").join(faithful.select("network"), on="network")
    turns = (
        uses.join(places.select("account", "network"), on=["account", "network"])
        .sort("account", "begin", "end", "network")
        .with_columns(pl.col("network", "end").shift().over("account").name.prefix("last_"))
        .filter((pl.col("network") != pl.col("last_network")) & (pl.col("begin") - pl.col("last_end") < APART_US))
        .with_columns(
            pl.min_horizontal("network", "last_network").alias("one"),
            pl.max_horizontal("network", "last_network").alias("other"),
        )
    )
    own = turns.group_by("one", "other").agg(pl.col("account").n_unique().alias("by")).filter(pl.col("by") < GATEWAYS)
    return (
        turns.join(own.select("one", "other"), on=["one", "other"])
        .group_by("account")
        .agg(pl.col("day").n_unique().alias("both"))
    )
