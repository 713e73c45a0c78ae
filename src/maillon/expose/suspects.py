"""Which accesses of a suspected account are the thief's: rare networks that are new to it, else all since the start.

Every function goes from a lazy table to a lazy table (columns of facts/event.py); an edge opens and collects.
"""

from __future__ import annotations

import polars as pl

from maillon.facts.event import Action, Outcome

SHOWS = (
    *(Action.READ, Action.LIST, Action.SEARCH, Action.EXPORT, Action.UPDATE, Action.CARE),
    Action.BREAK_GLASS,  # an emergency passage opens the record all the same
)
"""Actions whose answer shows the patient they name."""


def is_shown() -> pl.Expr:
    """Tell whether the answer showed a patient's identity, or a list of them.

    Redirects, refusals and log-ins show nobody; a route whose profile says that they do has been read as answered.
    """
    return (
        pl.col("action").is_in([int(a) for a in SHOWS])
        & (pl.col("outcome") == int(Outcome.OK))
        & ((pl.col("patient") != 0) | (pl.col("listed") > 0))
    )


def shown(lake: pl.LazyFrame) -> pl.LazyFrame:
    """Keep the accesses whose answer showed a patient's identity, or a list of them."""
    return lake.filter(is_shown())


def rare_networks(lake: pl.LazyFrame, flagged: pl.LazyFrame) -> pl.LazyFrame:
    """Return (account, network, first) of the networks from which a flagged account may have been used by a thief.

    `flagged` has columns account and since (µs). The account must have come to the network as a newcomer (a day or
    more after its own first access), within 30 days before `since`; the network must have few regulars (accounts
    there a day before the first flagged one): at most one for every two flagged ones; and the flagged ones must be a
    quarter of its accounts.
    """
    day = 86_400_000_000
    used = (
        lake.filter((pl.col("network") != 0) & (pl.col("account") != 0))
        .group_by("account", "network")
        .agg(pl.col("at").min().alias("first"))
    )
    born = used.group_by("account").agg(pl.col("first").min().alias("born"))
    new = (
        used.join(flagged, on="account")
        .join(born, on="account")
        .filter((pl.col("first") >= pl.col("born") + day) & (pl.col("first") >= pl.col("since") - 30 * day))
    )
    came = new.group_by("network").agg(
        pl.col("first").min().alias("start"), pl.col("account").n_unique().alias("flagged_accounts")
    )
    crowd = (
        used.join(came, on="network")
        .group_by("network")
        .agg(
            (pl.col("first") < pl.col("start") - day).sum().alias("regulars"),
            pl.col("account").n_unique().alias("accounts"),
        )
    )
    return (
        new.join(came, on="network")
        .join(crowd, on="network")
        .filter(
            (pl.col("regulars") * 2 <= pl.col("flagged_accounts"))
            & (pl.col("flagged_accounts") * 4 >= pl.col("accounts"))
        )
        .select("account", "network", "first")
    )


def suspect_accesses(lake: pl.LazyFrame, windows: pl.LazyFrame, networks: pl.LazyFrame) -> pl.LazyFrame:
    """Return the accesses of suspected accounts since their start, with a column `likely`.

    `windows` has columns account, since, incident; `networks` account, network (the suspicious ones). `likely` is
    true where the access came from a suspicious network, or where the account has none (nothing tells them apart).
    """
    marked = networks.select("account", "network").unique().with_columns(pl.lit(value=True).alias("from_suspect"))
    with_some = marked.select("account").unique().with_columns(pl.lit(value=True).alias("has_suspect"))
    return (
        shown(lake)
        .join(windows, on="account")
        .filter(pl.col("at") >= pl.col("since"))
        .join(marked, on=["account", "network"], how="left")
        .join(with_some, on="account", how="left")
        .with_columns((pl.col("from_suspect").fill_null(value=False) | pl.col("has_suspect").is_null()).alias("likely"))
    )
